"""The bench of PostgreSQL: a real server, looked at and changed through connections of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast
from uuid import UUID

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.landing.reading import text_of
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain
from tests.servers.postgres import Cut, Database, PostgresServer, Relay


def declared(column: Column) -> str:
    """Declare a column as a database of this kind would."""
    kind = column.type
    match kind.kind:
        case "int":
            return "bigint"
        case "choice":
            return "bigint" if kind.coded == "int" else "text"
        case "guid":
            return "uuid"
        case "text":
            return f"varchar({kind.length})" if kind.length else "text"
        case "decimal":
            return f"numeric({kind.precision}, {kind.scale})"
        case "datetime":
            return "timestamp"
        case _:
            return kind.kind


def kept(column: Column) -> str:
    """Say what the catalogue tells of a column."""
    if column.type.kind == "choice":
        return "int" if column.type.coded == "int" else "text"
    return str(column.type)


class Postgres:
    """A database for one test."""

    def __init__(self, root: Path, database: Database, closing: ExitStack) -> None:
        self._root, self._database, self._closing = root, database, closing

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        settings = {"host": str(self._database.folder), "database": self._database.name, "user": "postgres"}
        for fault in faults:
            if fault.on != "write" or fault.name not in ("lost_answer", "cut"):
                raise KeyError(fault.name)
            cut = Cut(b"COMMIT\0", fault.times)
            relay = self._closing.enter_context(Relay(self._database, cut, passes=fault.name == "lost_answer"))
            settings |= {"host": "127.0.0.1", "port": str(relay.port), "ssl": "off"}
        return Connection("far", "postgres", settings, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        table = name(entity.ref.entity).text
        columns = ", ".join(f"{name(c.name).text} {declared(c)}" for c in entity.columns.values())
        key = ", ".join(name(column).text for column in entity.key)
        self._database.run(f"DROP TABLE IF EXISTS {table}", f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({key}))")
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        columns = list(entity.columns.values())
        cells = [", ".join(_literal(row[c.name], c) for c in columns) for row in rows]
        for start in range(0, len(cells), 500):
            values = ", ".join(f"({row})" for row in cells[start : start + 500])
            self._database.run(f"INSERT INTO {name(entity.ref.entity).text} VALUES {values}")

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        sets = ", ".join(f"{name(c).text} = {_literal(value, entity.columns[c])}" for c, value in cells.items())
        self._database.run(f"UPDATE {name(entity.ref.entity).text} SET {sets} WHERE {_meets(entity, key)}")

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self._database.run(f"DELETE FROM {name(entity.ref.entity).text} WHERE {_meets(entity, key)}")

    def rows(self, entity: Entity) -> list[Row]:
        columns = list(entity.columns.values())
        cells = ", ".join(f"CAST({name(c.name).text} AS text)" for c in columns)
        found = self._database.rows(f"SELECT {cells} FROM {name(entity.ref.entity).text}")
        return [{c.name: _read(cell, c) for c, cell in zip(columns, row, strict=True)} for row in found]


def _meets(entity: Entity, key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(c).text} = {_literal(value, entity.columns[c])}" for c, value in key.items())


def _literal(value: Plain, column: Column) -> str:
    text = text_of(plain(value, column))
    return "NULL" if text is None else f"CAST('{text.replace(chr(39), chr(39) * 2)}' AS {declared(column)})"


def _read(cell: str | None, column: Column) -> Plain:
    if cell is None:
        return None
    match column.type.kind:
        case "guid":
            return UUID(cell)
        case "decimal":
            return plain(Decimal(cell), column)
        case "boolean":
            return cell == "true"
        case "date":
            return date.fromisoformat(cell)
        case "datetime":
            return datetime.fromisoformat(cell)
        case "text":
            return cell
        case _:
            return int(cell) if column.type.kind == "int" or column.type.coded == "int" else cell


@contextmanager
def postgres(root: Path, wish: Wish) -> Iterator[FarSide]:
    server = cast(PostgresServer, wish("postgres_server"))
    with ExitStack() as closing:
        yield Postgres(root, server.database(), closing)
