"""A system whose tables are values: what it has can be said in a test, and nothing is read or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from crosswalk import connectors
from crosswalk.config.entities import build_entity
from crosswalk.config.known import Known
from crosswalk.config.reader import read
from crosswalk.contracts import ConnectorSpec, Outside, Place, Traits
from crosswalk.errors import Problems
from crosswalk.model import Connection, Entity, EntityRef

SETTINGS = {"type": "object", "additionalProperties": False, "properties": {"host": {"type": "string"}}}


@dataclass(slots=True)
class Says:
    """An outside system that says what its tables look like. `opened` counts the connections that are open."""

    found: dict[str, Entity] = field(default_factory=dict)
    traits: Traits = Traits()  # noqa: RUF009 - frozen
    opened: int = 0
    connections: list[Connection] = field(default_factory=list)

    def has(self, table: str, text: str, **more: object) -> None:
        """Say what a table looks like: the lines of an entity file below its columns."""
        content = f"entity: {table}\nsystem: shop\nkey: [{'id' if '  id:' in text else text.split(':')[0].strip()}]\ncolumns:\n{text}"
        problems = Problems()
        tree = read("live", content.encode(), problems)
        assert tree is not None
        names = tuple(EntityRef("shop", name) for name in ("customers", "orders", *self.found))
        entity = build_entity(tree, tree, Known(names, (), (), (), frozenset()), problems)
        problems.done()
        self.found[table] = replace(entity, **more)  # type: ignore[arg-type]

    def open(self, connection: Connection, place: Place) -> Outside:
        self.opened += 1
        self.connections.append(connection)
        return self  # type: ignore[return-value]

    def tables(self) -> tuple[str, ...]:
        return tuple(sorted(self.found))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        return {name: self.found[name] for name in tables if name in self.found}

    def close(self) -> None:
        self.opened -= 1


def install(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let there be a kind of systems ``says`` for one test."""
    system = Says()
    own = tuple(spec for spec in connectors.all_specs() if spec.embedded)
    specs = (*own, ConnectorSpec("says", "A system of this test.", SETTINGS, system.open))
    monkeypatch.setattr(connectors, "all_specs", lambda: specs)
    return system
