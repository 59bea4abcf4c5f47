"""Fills the tables of a test: rows are laid one over the other by their key, system columns filled in.

The rows that a test starts with are put together here and inserted at once; rows that come later change the tables as
another program would, with a newer modified time and the next row version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crosswalk.contracts import Backend
from crosswalk.model import Entity
from crosswalk.sql import Sql, all_of, name, table
from crosswalk.testing.outcome import Row
from crosswalk.unit_tests import CellValue, Rows, TypedRow

START = datetime(2026, 1, 1)
"""The modified time of the rows that a test starts with; each further step is a day later."""

Entities = Mapping[str, Entity]


@dataclass(slots=True)
class Tables:
    """The tables of the project, which a test fills. `lying` are the rows that stay there between tests."""

    entities: Entities
    backend: Backend
    shared: tuple[Rows, ...] = ()
    lying: dict[str, list[Row]] = field(default_factory=dict)

    def share(self, shared: tuple[Rows, ...]) -> None:
        """Put rows there for several tests in a row: most tests change few of those that their file gives to all."""
        if shared is self.shared:
            return
        for ref in self.lying:
            self._clear(self.entities[ref])
        self.shared, self.lying = shared, {}
        _lay(self.lying, shared, self.entities)
        for ref, rows in self.lying.items():
            self._fill(self.entities[ref], rows)

    def start(self, own: tuple[Rows, ...], gone: tuple[Rows, ...]) -> frozenset[str]:
        """Lay the rows of a test over the shared ones: one whose key is there changes the columns that it names.

        Gives the tables that hold rows then.
        """
        world = {rows.table: [dict(row) for row in self.lying.get(rows.table, [])] for rows in (*gone, *own)}
        for rows in gone:
            world[rows.table] = [row for row in world[rows.table] if not _agrees(row, rows.rows)]
        _lay(world, own, self.entities)
        for ref, found in world.items():
            if self.lying.get(ref):
                self._clear(self.entities[ref])
            self._fill(self.entities[ref], found)
        return frozenset(ref for ref, found in {**self.lying, **world}.items() if found)

    def _fill(self, entity: Entity, rows: list[Row]) -> None:
        if rows:
            self._insert(entity, [self._dated(entity, row, START) for row in rows])

    def _clear(self, entity: Entity) -> None:
        self.backend.run(" ".join(["DELETE FROM", table(entity.ref).text]))

    def change(self, given: tuple[Rows, ...], gone: tuple[Rows, ...], now: datetime) -> None:
        """Remove rows, then bring in or change others."""
        for rows in gone:
            self._remove(self.entities[rows.table], rows)
        for rows in given:
            for row in rows.rows:
                self._put(self.entities[rows.table], row, now)

    def _remove(self, entity: Entity, rows: Rows) -> None:
        for row in rows.rows:
            where, bound = _conditions(row.values)
            self.backend.run(" ".join(["DELETE FROM", table(entity.ref).text, "WHERE", where.text]), bound)
        if not rows.rows:
            self._clear(entity)

    def _put(self, entity: Entity, row: TypedRow, now: datetime) -> None:
        key = {column: row.value(column) for column in entity.key}
        fresh = self._dated(entity, row.values, now)
        version = entity.row_version
        moved = {column: value for column, value in fresh.items() if column != version or column in row.values}
        where, bound = _conditions(key)
        sets = [f"{name(column).text} = $s{number}" for number, column in enumerate(moved)]
        if version and version not in row.values:
            sets.append(f"{name(version).text} = coalesce({name(version).text}, 0) + 1")
        words = ["UPDATE", table(entity.ref).text, "SET", ", ".join(sets), "WHERE", where.text, "RETURNING 1"]
        values = {f"s{number}": value for number, value in enumerate(moved.values())}
        if not self.backend.rows(" ".join(words), {**values, **bound}):
            self._insert(entity, [fresh])

    def _dated(self, entity: Entity, row: Row, now: datetime) -> Row:
        kept: Row = {}
        if entity.modified is not None:
            kept[entity.modified] = now
        if entity.row_version is not None:
            kept[entity.row_version] = 1
        return {**kept, **row}

    def _insert(self, entity: Entity, rows: list[Row]) -> None:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        listed = ", ".join(name(column).text for column in columns)
        width = len(columns)
        marks = ", ".join(
            f"({', '.join(f'$v{width * number + place}' for place in range(width))})" for number in range(len(rows))
        )
        values = [row.get(column) for row in rows for column in columns]
        bound = {f"v{number}": value for number, value in enumerate(values)}
        self.backend.run(" ".join(["INSERT INTO", table(entity.ref).text, "(", listed, ") VALUES", marks]), bound)


def later(step: int) -> datetime:
    """Give the time of a step of a test."""
    return START + timedelta(days=step)


def _lay(world: dict[str, list[Row]], layer: tuple[Rows, ...], entities: Entities) -> None:
    for rows in layer:
        below = list(world.setdefault(rows.table, []))
        for row in rows.rows:
            _lay_row(world[rows.table], below, row.values, entities[rows.table].key)


def _lay_row(found: list[Row], below: list[Row], row: Row, key: tuple[str, ...]) -> None:
    """Change the rows of earlier layers that have this key, or add a row: two rows of one layer may share a key."""
    same = [one for one in below if all(column in row and one.get(column) == row[column] for column in key)]
    for one in same:
        one.update(row)
    if not same:
        found.append(dict(row))


def _agrees(row: Row, gone: tuple[TypedRow, ...]) -> bool:
    return not gone or any(all(row.get(column) == value for column, value in one.values.items()) for one in gone)


def _conditions(values: Mapping[str, CellValue]) -> tuple[Sql, dict[str, object]]:
    parts = [Sql(f"({name(column).text} IS NOT DISTINCT FROM $k{number})") for number, column in enumerate(values)]
    bound: dict[str, object] = {f"k{number}": value for number, value in enumerate(values.values())}
    return all_of(parts), bound
