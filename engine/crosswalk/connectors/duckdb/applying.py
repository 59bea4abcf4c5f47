"""Applies changes to a table of a DuckDB, many rows in one statement, each row judged for itself.

Changes of one shape, those that do the same with the same columns, go together. A row that the database refuses is
found by halving: what was done with the others is done again without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from crosswalk.connectors.files.plain import text_of
from crosswalk.entities import Entity
from crosswalk.exchange import Ack, Batch, Change
from crosswalk.sql import Sql, all_of, fragment, name, type_name

_NUMBER, _VERSION = "#number", "#version"
_STAGE = name("#changes")


@dataclass(frozen=True, slots=True)
class Shape:
    """What changes have in common."""

    operation: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    before: tuple[str, ...] | None
    versioned: bool


def shape_of(change: Change) -> Shape:
    before = None if change.before is None else tuple(change.before)
    return Shape(change.operation, tuple(change.key), tuple(change.values), before, change.version is not None)


def units(batch: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """Give the changes that are to be written together or not at all: those of a group, else each alone."""
    grouped: dict[str, list[Change]] = {}
    for change in batch:
        if change.group is None:
            yield (change,)
        else:
            grouped.setdefault(change.group, []).append(change)
    yield from (tuple(group) for group in grouped.values())


@dataclass(frozen=True, slots=True)
class Applying:
    """A table that is written: where it is, and what its columns are."""

    connection: duckdb.DuckDBPyConnection
    table: Sql
    entity: Entity

    def apply(self, batch: Batch, done: Callable[[list[Ack]], None]) -> list[Ack]:
        """Apply a batch in one transaction; `done` is called in it with what is said of each change."""
        acks = self._tried(list(units(batch)), done)
        return sorted(acks, key=lambda ack: ack.number)

    def _tried(self, parts: list[tuple[Change, ...]], done: Callable[[list[Ack]], None]) -> list[Ack]:
        self.connection.execute("BEGIN TRANSACTION")
        try:
            acks = self._applied(parts)
            done(acks)
            self.connection.execute("COMMIT")
        except (duckdb.ConstraintException, duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            self.connection.execute("ROLLBACK")
            if len(parts) == 1:
                refused = [Ack(change.number, "refused", "REFUSED", _first_line(error)) for change in parts[0]]
                self._noted(refused, done)
                return refused
            half = len(parts) // 2
            return self._tried(parts[:half], done) + self._tried(parts[half:], done)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        return acks

    def _noted(self, acks: list[Ack], done: Callable[[list[Ack]], None]) -> None:
        self.connection.execute("BEGIN TRANSACTION")
        done(acks)
        self.connection.execute("COMMIT")

    def _applied(self, parts: list[tuple[Change, ...]]) -> list[Ack]:
        """Judge all rows first, then write those that can be, without groups of which one row cannot."""
        shapes: dict[Shape, list[Change]] = {}
        acks: dict[int, Ack] = {}
        for change in (change for part in parts for change in part):
            long = self._too_long(change)
            if long:
                acks[change.number] = Ack(change.number, "refused", "TOO_LONG", f"the text of {long} is too long")
            else:
                shapes.setdefault(shape_of(change), []).append(change)
        for shape, changes in shapes.items():
            self._stage(shape, changes)
            acks.update((ack.number, ack) for ack in self._judged(shape, changes))
        others = kept_back(parts, acks)
        for shape, changes in shapes.items():
            good = [
                change for change in changes if acks[change.number].state == "applied" and change.number not in others
            ]
            if good:
                if len(shapes) > 1 or len(good) < len(changes):
                    self._stage(shape, good)
                self._write(shape)
        return [*others.values(), *(ack for number, ack in acks.items() if number not in others)]

    def _too_long(self, change: Change) -> str:
        """Name a column whose text is longer than the entity allows: the database itself has no lengths."""
        for column, value in change.values.items():
            most = self.entity.columns[column].type.length if column in self.entity.columns else None
            if most is not None and isinstance(value, str) and len(value) > most:
                return column
        return ""

    def _stage(self, shape: Shape, changes: list[Change]) -> None:
        columns: dict[str, list[object]] = {_NUMBER: [change.number for change in changes]}
        columns[_VERSION] = [change.version for change in changes]
        for prefix, names, cells in (
            ("k:", shape.key, [change.key for change in changes]),
            ("v:", shape.values, [change.values for change in changes]),
            ("b:", shape.before or (), [change.before or {} for change in changes]),
        ):
            columns |= {prefix + column: [text_of(given[column]) for given in cells] for column in names}
        bound = {f"c{at}": cells for at, cells in enumerate(columns.values())}
        listed = ", ".join(
            f"CAST(unnest(CAST($c{at} AS VARCHAR[])) AS {self._type(column)}) AS {name(column).text}"
            for at, column in enumerate(columns)
        )
        self.connection.execute(" ".join([f"CREATE OR REPLACE TEMP TABLE {_STAGE.text} AS SELECT", listed]), bound)

    def _type(self, staged: str) -> str:
        if staged in (_NUMBER, _VERSION):
            return "BIGINT" if staged == _NUMBER else "VARCHAR"
        column = self.entity.columns.get(staged[2:])
        return type_name(column.type).text if column else "VARCHAR"

    def _judged(self, shape: Shape, changes: list[Change]) -> Iterator[Ack]:
        """Count for each change the rows that have its key, and those of them that are as it expects."""
        number, holds, same = name("c", _NUMBER).text, self._holds(shape).text, self._same_key(shape).text
        counted = f"SELECT {number}, count(t.rowid), count(t.rowid) FILTER (WHERE {holds})"
        joined = f"FROM {_STAGE.text} AS c LEFT JOIN {self.table.text} AS t ON {same} GROUP BY 1"
        found = {row[0]: row[1:] for row in self.connection.execute(" ".join([counted, joined])).fetchall()}
        for change in changes:
            yield verdict(change, *found[change.number])

    def _same_key(self, shape: Shape) -> Sql:
        return all_of(
            [
                fragment("{t} IS NOT DISTINCT FROM {c}", t=self._stored(column), c=name("c", "k:" + column))
                for column in shape.key
            ]
        )

    def _stored(self, column: str) -> Sql:
        """Give a cell of the table as a value of the entity's type, whatever the table keeps it in."""
        kind = self.entity.columns[column].type if column in self.entity.columns else None
        if kind is None:
            return name("t", column)
        return fragment("TRY_CAST({x} AS {type})", x=name("t", column), type=type_name(kind))

    def _holds(self, shape: Shape) -> Sql:
        """Say in SQL that a row is still as it was read."""
        conditions = [
            fragment("{t} IS NOT DISTINCT FROM {c}", t=self._stored(column), c=name("c", "b:" + column))
            for column in shape.before or ()
        ]
        if shape.versioned and self.entity.row_version is not None:
            version = fragment("CAST({t} AS VARCHAR)", t=name("t", self.entity.row_version))
            conditions.append(fragment("{t} IS NOT DISTINCT FROM {c}", t=version, c=name("c", _VERSION)))
        return all_of(conditions)

    def _write(self, shape: Shape) -> None:
        same, stage, table = self._same_key(shape).text, _STAGE.text, self.table.text
        if shape.operation == "delete":
            self.connection.execute(" ".join(["DELETE FROM", table, "AS t USING", stage, "AS c WHERE", same]))
            return
        if shape.values:
            cells = ", ".join(f"{name(column).text} = {name('c', 'v:' + column).text}" for column in shape.values)
            self.connection.execute(" ".join(["UPDATE", table, "AS t SET", cells, "FROM", stage, "AS c WHERE", same]))
        if shape.operation == "insert":
            given = {**dict.fromkeys(shape.key, "k:"), **dict.fromkeys(shape.values, "v:")}
            columns = ", ".join(name(column).text for column in given)
            cells = ", ".join(name("c", kind + column).text for column, kind in given.items())
            absent = " ".join(["NOT EXISTS (SELECT 1 FROM", table, "AS t WHERE", same, ")"])
            self.connection.execute(
                " ".join(["INSERT INTO", table, f"({columns}) SELECT", cells, "FROM", stage, "AS c WHERE", absent])
            )


def verdict(change: Change, there: int, holding: int) -> Ack:
    """Judge a change by how many rows have its key, and how many of them are as the change expects."""
    if there > 1:
        return Ack(change.number, "refused", "TARGET_DUPLICATE", "several rows have this key")
    guarded = change.version is not None or change.before is not None
    if guarded and change.operation != "insert" and (there != holding or (change.operation == "update" and not there)):
        return Ack(
            change.number, "stale", "CONFLICT_STALE", "the row is not as it was read" if there else "the row is gone"
        )
    if change.operation == "update" and not there:
        return Ack(change.number, "refused", "TARGET_MISSING", "there is no row with this key")
    return Ack(change.number, "applied")


def kept_back(parts: list[tuple[Change, ...]], acks: dict[int, Ack]) -> dict[int, Ack]:
    """Refuse the good rows of a group that has a bad one."""
    return {
        change.number: Ack(change.number, "refused", "SET_INCOMPLETE", "another row of its group was not written")
        for part in parts
        if len(part) > 1 and any(acks[change.number].state != "applied" for change in part)
        for change in part
        if acks[change.number].state == "applied"
    }


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
