"""The two systems of the invoicing example as outside systems: what people do there, done past the connectors.

Records arrive by key, as the systems' own users would save them. The accountant's scripts speak of both systems as
schemas of one database: they are run on a picture of the far tables, and what they changed there is done in the system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from crosswalk.exchange import Plain
from crosswalk.landing import page_of
from crosswalk.model import Entity
from crosswalk.sql import name, table, type_name
from tests.conformance.landed import Row

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "invoicing"


class People(Protocol):
    """What people do in one system, past its connector."""

    def make(self, entity: Entity) -> Entity:
        """Make the table, where it is not there from the start."""

    def save(self, entity: Entity, rows: Iterable[Row]) -> None:
        """Save whole rows, new ones and such that are there."""

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        """Remove a row."""

    def rows(self, entity: Entity) -> list[Row]:
        """Read all rows, as Python values."""

    def keep(self, folder: Path) -> object:
        """Keep everything as it is now, and give what `restore` puts back."""

    def restore(self, kept: Any) -> None:  # noqa: ANN401  each takes what it kept
        """Put back what was kept."""

    def settings(self) -> str:
        """Write the connection to the system, as a flow mapping."""


@dataclass(slots=True)
class FarWorld:
    """Benches by system, and the entities of their tables."""

    benches: Mapping[str, People]
    entities: tuple[Entity, ...]
    versions: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000_000, 2_000_000_000)))

    def make(self) -> None:
        for entity in self.entities:
            self.benches[entity.ref.system].make(entity)

    def arrive(self, day: str) -> None:
        """Save the records of a day: new rows, or all cells of rows that are there, stamped with the present."""
        for entity in self.entities:
            file = EXAMPLE / "data" / day / entity.ref.system / f"{entity.ref.entity}.csv"
            if file.exists():
                self.save(entity, _records(entity, file))

    def save(self, entity: Entity, rows: Iterable[Row]) -> None:
        self.benches[entity.ref.system].save(entity, [self._stamped(entity, row) for row in rows])

    def _stamped(self, entity: Entity, row: Row) -> Row:
        stamped = dict(row)
        if entity.modified:
            stamped[entity.modified] = datetime.now(UTC).replace(tzinfo=None)
        if entity.row_version:
            stamped[entity.row_version] = next(self.versions)
        return stamped

    def act(self, script: str) -> None:
        """Let people of these systems do what a script says."""
        with self.picture() as picture:
            before = {entity.ref: _rows(entity, picture) for entity in self.entities}
            picture.execute((EXAMPLE / script).read_text(encoding="utf-8"))
            for entity in self.entities:
                self._follow(entity, before[entity.ref], _rows(entity, picture))

    def _follow(
        self, entity: Entity, before: dict[tuple[Plain, ...], Row], after: dict[tuple[Plain, ...], Row]
    ) -> None:
        saved = [row for key, row in after.items() if before.get(key) != row]
        if saved:
            self.save(entity, saved)
        for key in before:
            if key not in after:
                self.benches[entity.ref.system].remove(entity, dict(zip(entity.key, key, strict=True)))

    def picture(self) -> duckdb.DuckDBPyConnection:
        """Give a database in memory with all far tables as they are now."""
        connection = duckdb.connect(":memory:")
        for system in {entity.ref.system for entity in self.entities}:
            connection.execute(f"CREATE SCHEMA {name(system).text}")
        for entity in self.entities:
            columns = ", ".join(f"{name(c.name).text} {type_name(c.type).text}" for c in entity.columns.values())
            connection.execute(f"CREATE TABLE {table(entity.ref).text} ({columns})")
            rows = self.benches[entity.ref.system].rows(entity)
            for start in range(0, len(rows), 5000):
                page = page_of(entity, rows[start : start + 5000])
                assert page.relation is not None
                connection.execute(f"INSERT INTO {table(entity.ref).text} {page.relation.text}", dict(page.bound))
        return connection


def _records(entity: Entity, file: Path) -> list[Row]:
    with duckdb.connect(":memory:") as connection:
        columns = ", ".join(f"{name(c.name).text} {type_name(c.type).text}" for c in entity.columns.values())
        connection.execute(f"CREATE TABLE arrived ({columns})")
        connection.execute(
            "INSERT INTO arrived BY NAME SELECT * FROM read_csv($f, all_varchar = true)", {"f": str(file)}
        )
        rows = connection.execute("FROM arrived").fetchall()
    return [dict(zip(entity.columns, row, strict=True)) for row in rows]


def _rows(entity: Entity, connection: duckdb.DuckDBPyConnection) -> dict[tuple[Plain, ...], Row]:
    rows = connection.execute(f"FROM {table(entity.ref).text}").fetchall()
    found = [dict(zip(entity.columns, row, strict=True)) for row in rows]
    return {_key(entity, row): row for row in found}


def _key(entity: Entity, row: Row) -> tuple[Plain, ...]:
    return tuple(row[column] for column in entity.key)
