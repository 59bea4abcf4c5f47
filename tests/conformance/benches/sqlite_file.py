"""The bench of a SQLite file: the standard library looks at it and changes it, between the calls of the connector."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name
from tests.conformance.bench import FarSide, Fault
from tests.conformance.landed import Row, plain

WORDS = {"guid": "UUID", "int": "INTEGER", "boolean": "BOOLEAN", "date": "DATE", "datetime": "DATETIME"}


def declared(column: Column) -> str:
    """Write a column as people declare it. Decimals stand as text, as programs write them that must be exact: a column
    that is declared as a decimal makes reals of them. The length of text is a rule of the table.
    """
    kind, called = column.type, name(column.name).text
    match kind.kind:
        case "decimal":
            word = "TEXT"
        case "text":
            word = f"VARCHAR({kind.length}) CHECK (length({called}) <= {kind.length})" if kind.length else "TEXT"
        case "choice":
            word = "INTEGER" if kind.coded == "int" else "TEXT"
        case other:
            word = WORDS[other]
    return f"{called} {word}"


def described(column: Column) -> str:
    """Say what a table without choices keeps of a type."""
    if column.type.kind == "decimal":
        return "text"
    if column.type.kind == "choice":
        return "int" if column.type.coded == "int" else "text"
    return str(column.type)


class SQLiteTables:
    """One file below the test's folder."""

    def __init__(self, root: Path) -> None:
        self._root, self._file = root, root / "other.sqlite"
        self._file.touch()

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        settings = {"file": self._file.name, "write": "true"}
        return Connection("far", "sqlite", settings, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        columns = ", ".join(declared(column) for column in entity.columns.values())
        key = ", ".join(name(column).text for column in entity.key)
        self._run(f"DROP TABLE IF EXISTS {name(entity.ref.entity).text}", [])
        self._run(f"CREATE TABLE {name(entity.ref.entity).text} ({columns}, PRIMARY KEY ({key}))", [])
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * len(entity.columns))
        with closing(sqlite3.connect(self._file)) as connection, connection:
            cells = ([kept(row[c.name], c) for c in entity.columns.values()] for row in rows)
            connection.executemany(f"INSERT INTO {name(entity.ref.entity).text} VALUES ({marks})", cells)

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        sets = ", ".join(f"{name(column).text} = ?" for column in cells)
        values = [kept(value, entity.columns[column]) for part in (cells, key) for column, value in part.items()]
        self._run(f"UPDATE {name(entity.ref.entity).text} SET {sets} WHERE {_meets(key)}", values)

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        values = [kept(value, entity.columns[column]) for column, value in key.items()]
        self._run(f"DELETE FROM {name(entity.ref.entity).text} WHERE {_meets(key)}", values)

    def rows(self, entity: Entity) -> list[Row]:
        columns = list(entity.columns.values())
        names = ", ".join(name(column.name).text for column in columns)
        with closing(sqlite3.connect(self._file)) as connection:
            found = connection.execute(f"SELECT {names} FROM {name(entity.ref.entity).text}").fetchall()
        return [{c.name: value_of(cell, c) for c, cell in zip(columns, row, strict=True)} for row in found]

    def _run(self, text: str, values: Sequence[object]) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute(text, list(values))


def kept(value: Plain, column: Column) -> str | int | None:
    """Give a value as other programs put it into such a table: truth as 0 and 1, times with a blank in the middle."""
    match plain(value, column):
        case bool() as truth:
            return int(truth)
        case datetime() as moment:
            return moment.isoformat(sep=" ")
        case Decimal() as number:
            return f"{number:f}"
        case date() | UUID() as found:
            return str(found)
        case found:
            return found


def value_of(cell: str | float | None, column: Column) -> Plain:
    if column.type.kind == "boolean" and cell is not None:
        return bool(cell)
    return plain(str(cell) if isinstance(cell, float) else cell, column)


def _meets(key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(column).text} = ?" for column in key)


@contextmanager
def sqlite_file(root: Path) -> Iterator[FarSide]:
    yield SQLiteTables(root)
