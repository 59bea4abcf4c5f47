"""The bench of another SQLite file, as programs of all kinds make them: the types are words, the rules are CHECKs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.landing.reading import text_of
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain


def declared(column: Column) -> str:
    """Declare a column so that SQLite keeps each value exactly: decimals, dates and truth values have homes of their own."""
    kind = column.type
    match kind.kind:
        case "int":
            return "BIGINT"
        case "choice":
            return "BIGINT" if kind.coded == "int" else "TEXT"
        case "guid":
            return "TEXT"
        case "text":
            return (
                f"VARCHAR({kind.length}) CHECK (length({name(column.name).text}) <= {kind.length})"
                if kind.length
                else "TEXT"
            )
        case "decimal":
            return "TEXT"
        case "boolean":
            return "BOOLEAN"
        case "date":
            return "DATE"
        case "datetime":
            return "TIMESTAMP"


def kept(column: Column) -> str:
    """Say what the declared types tell of a column."""
    match column.type.kind:
        case "guid" | "decimal":
            return "text"
        case "choice":
            return "int" if column.type.coded == "int" else "text"
        case _:
            return str(column.type)


class Lite:
    """One file below the test's folder."""

    def __init__(self, root: Path) -> None:
        self._root, self._file = root, root / "other.sqlite"

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        return Connection("far", "sqlite", {"file": self._file.name, "write": "true"}, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        table = name(entity.ref.entity).text
        columns = ", ".join(f"{name(c.name).text} {declared(c)}" for c in entity.columns.values())
        key = ", ".join(name(column).text for column in entity.key)
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({key}))")
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * len(entity.columns))
        cells = [[_stored(row[c.name], c) for c in entity.columns.values()] for row in rows]
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.executemany(f"INSERT INTO {name(entity.ref.entity).text} VALUES ({marks})", cells)

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        sets = ", ".join(f"{name(column).text} = ?" for column in cells)
        self._run(f"UPDATE {name(entity.ref.entity).text} SET {sets} WHERE {_meets(key)}", entity, cells, key)

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self._run(f"DELETE FROM {name(entity.ref.entity).text} WHERE {_meets(key)}", entity, key)

    def rows(self, entity: Entity) -> list[Row]:
        columns = list(entity.columns.values())
        names = ", ".join(name(column.name).text for column in columns)
        with closing(sqlite3.connect(self._file)) as connection:
            found = connection.execute(f"SELECT {names} FROM {name(entity.ref.entity).text}").fetchall()
        return [{c.name: _read(cell, c) for c, cell in zip(columns, row, strict=True)} for row in found]

    def _run(self, text: str, entity: Entity, *parts: Mapping[str, Plain]) -> None:
        values = [_stored(value, entity.columns[column]) for part in parts for column, value in part.items()]
        with closing(sqlite3.connect(self._file)) as connection, connection:
            assert connection.execute(text, values).rowcount == 1


def _meets(key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(column).text} = ?" for column in key)


def _stored(value: Plain, column: Column) -> str | int | None:
    found = plain(value, column)
    match found:
        case bool():
            return int(found)
        case int():
            return found
        case _:
            return text_of(found)


def _read(cell: str | int | None, column: Column) -> Plain:
    if column.type.kind == "boolean" and cell is not None:
        return bool(cell) if isinstance(cell, int) else cell == "true"
    return plain(cell, column)


@contextmanager
def sqlite_file(root: Path, wish: Wish) -> Iterator[FarSide]:
    yield Lite(root)
