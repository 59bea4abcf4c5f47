"""The bench of PostgreSQL: a database of a real server, looked at and changed past the connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from crosswalk.connectors import spec
from crosswalk.contracts import Outside, Place
from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, DataType, Entity
from crosswalk.sql import literal, name
from tests.conformance.bench import Bench, Fault
from tests.conformance.landed import Row, plain
from tests.servers.postgres import Cut, Database, PostgresServer, Relay, running

TYPES = {"guid": "uuid", "int": "bigint", "boolean": "boolean", "date": "date", "datetime": "timestamptz"}
COMMIT = b"COMMIT\0"


class PostgresBench:
    """One database; every table is made anew."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root, self._database = root, database
        self._relays: list[Relay] = []

    def open(self, faults: Sequence[Fault] = ()) -> Outside:
        settings: dict[str, object] = {"host": str(self._database.folder)}
        for fault in faults:
            settings = {"host": "127.0.0.1", "port": str(self._relay(fault).port)}
        whole = {"database": self._database.name, "user": "postgres", "stamps": "engine", **settings}
        found = spec("postgres")
        assert found is not None
        opened = found.open(
            Connection("far", "postgres", whole, Span("crosswalk.yaml", 1, 1)),
            Place(self._root, 300, lambda text: text),
        )
        return cast(Outside, opened)

    def _relay(self, fault: Fault) -> Relay:
        """Cut the connection once, before or after what was sent reached the server."""
        if fault.name not in ("lost_answer", "cut") or fault.on != "write":
            raise KeyError(fault.name)
        relay = Relay(self._database, Cut(COMMIT, fault.times), passes=fault.name == "lost_answer")
        self._relays.append(relay.__enter__())
        return relay

    def make(self, entity: Entity) -> Entity:
        """Make the table; choices that are numbers are numbers here, others an enum."""
        columns = {c.name: _as_here(c) for c in entity.columns.values()}
        labels = ", ".join(literal(str(choice.code)).text for c in columns.values() for choice in c.choices)
        table, kind = name(entity.ref.entity).text, name(f"choice of {entity.ref.entity}").text
        lines = [
            f"{name(c.name).text} {_declared(c, kind)}{' NOT NULL' if c.required else ''}" for c in columns.values()
        ]
        lines.append(f"PRIMARY KEY ({', '.join(name(c).text for c in entity.key)})")
        self._database.run(
            f"DROP TABLE IF EXISTS {table}",
            f"DROP TYPE IF EXISTS {kind}",
            f"CREATE TYPE {kind} AS ENUM ({labels})",
            f"CREATE TABLE {table} ({', '.join(lines)})",
        )
        return replace(entity, columns=columns)

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        table = name(entity.ref.entity).text
        with self._database.session() as client:
            client.run("BEGIN")
            for row in rows:
                names = ", ".join(name(c).text for c in row)
                values = ", ".join(_written(value, entity.columns[c]) for c, value in row.items())
                client.run(f"INSERT INTO {table} ({names}) VALUES ({values})")
            client.run("COMMIT")

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        sets = ", ".join(f"{name(c).text} = {_written(value, entity.columns[c])}" for c, value in cells.items())
        self._database.run(f"UPDATE {name(entity.ref.entity).text} SET {sets} WHERE {_meets(entity, key)}")

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self._database.run(f"DELETE FROM {name(entity.ref.entity).text} WHERE {_meets(entity, key)}")

    def rows(self, entity: Entity) -> list[Row]:
        cells = ", ".join(
            f"({name(c.name).text} AT TIME ZONE 'UTC')::text"
            if c.type.kind == "datetime"
            else f"{name(c.name).text}::text"
            for c in entity.columns.values()
        )
        found = self._database.rows(f"SELECT {cells} FROM {name(entity.ref.entity).text}")
        return [{c.name: _read(cell, c) for c, cell in zip(entity.columns.values(), row, strict=True)} for row in found]

    def close(self) -> None:
        for relay in self._relays:
            relay.__exit__()


def _as_here(column: Column) -> Column:
    if column.type.kind == "choice" and column.type.coded == "int":
        return replace(column, type=DataType("int"), choices=())
    return column


def _declared(column: Column, choice: str) -> str:
    kind = column.type
    match kind.kind:
        case "text":
            return f"varchar({kind.length})" if kind.length else "text"
        case "decimal":
            return f"numeric({kind.precision}, {kind.scale})"
        case "choice":
            return choice
    return TYPES[kind.kind]


def _written(value: Plain, column: Column) -> str:
    if value is None:
        return "NULL"
    text = f"{value}+00" if column.type.kind == "datetime" else str(value)
    return literal(text).text


def _meets(entity: Entity, key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(c).text} = {_written(value, entity.columns[c])}" for c, value in key.items())


def _read(cell: object, column: Column) -> Plain:
    match column.type.kind, cell:
        case _, None:
            return None
        case "boolean", str():
            return cell == "true"
        case "int", str():
            return int(cell)
    return plain(str(cell), column)


@contextmanager
def postgres(root: Path) -> Iterator[Bench]:
    try:
        server: PostgresServer = running()
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed, and with it PostgreSQL")
    bench = PostgresBench(root, server.database())
    try:
        yield bench
    finally:
        bench.close()
