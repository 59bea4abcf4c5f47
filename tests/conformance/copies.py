"""A copy of an outside table as the engine keeps one: pages are laid over it in their order, by key."""

from __future__ import annotations

from dataclasses import dataclass, field

from crosswalk.contracts import Outside
from crosswalk.exchange import Condition, Plain, Wanted
from crosswalk.model import Entity
from tests.conformance.landed import Landed, Row, land

Key = tuple[Plain, ...]


@dataclass(slots=True)
class Copy:
    """The rows by key, and the mark where the next read starts."""

    entity: Entity
    rows: dict[Key, Row] = field(default_factory=dict)
    mark: str | None = None

    def key(self, row: Row) -> Key:
        return tuple(row[column] for column in self.entity.key)

    def read(self, system: Outside, filter: Condition | None = None) -> Landed:
        """Read what changed since the mark, or everything; give what came."""
        landed = land(system.read(Wanted(self.entity, self.mark, filter)), self.entity)
        if self.mark is None:
            self.rows = {}
        self.rows.update({self.key(row): row for row in landed.rows})
        for key in landed.gone:
            self.rows.pop(key, None)
        if landed.present is not None:
            there = set(landed.present)
            self.rows = {key: row for key, row in self.rows.items() if key in there}
        self.mark = landed.mark
        return landed


def by_key(rows: list[Row], entity: Entity) -> dict[Key, Row]:
    """Give rows by their key; two rows of one key are a failure."""
    found = {tuple(row[column] for column in entity.key): row for row in rows}
    assert len(found) == len(rows), "two rows have one key"
    return found
