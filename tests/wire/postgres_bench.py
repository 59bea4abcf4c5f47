"""A PostgreSQL database as people of its system see it: rows are saved, changed and removed past the connector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from crosswalk.exchange import Plain
from crosswalk.model import Column, Entity
from crosswalk.sql import literal, name
from tests.conformance.landed import Row, plain
from tests.servers.postgres import Database, PostgresServer

TYPES = {"guid": "uuid", "int": "bigint", "boolean": "boolean", "date": "date", "datetime": "timestamptz"}


@dataclass(slots=True)
class PostgresBench:
    """One database; a table is made of each entity, with its key as primary key."""

    database: Database
    server: PostgresServer

    def make(self, entity: Entity) -> Entity:
        lines = [f"{name(c.name).text} {_declared(c)}{' NOT NULL' if c.required else ''}" for c in _columns(entity)]
        lines.append(f"PRIMARY KEY ({', '.join(name(c).text for c in entity.key)})")
        self.database.run(f"CREATE TABLE {_table(entity)} ({', '.join(lines)})")
        return entity

    def save(self, entity: Entity, rows: Iterable[Row]) -> None:
        rows, columns = list(rows), list(entity.columns)
        names = ", ".join(name(c).text for c in columns)
        sets = ", ".join(f"{name(c).text} = EXCLUDED.{name(c).text}" for c in columns)
        key = ", ".join(name(c).text for c in entity.key)
        for start in range(0, len(rows), 500):
            cells = [
                ", ".join(_written(row.get(c), entity.columns[c]) for c in columns) for row in rows[start : start + 500]
            ]
            values = ", ".join(f"({line})" for line in cells)
            self.database.run(
                f"INSERT INTO {_table(entity)} ({names}) VALUES {values} ON CONFLICT ({key}) DO UPDATE SET {sets}"
            )

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self.database.run(f"DELETE FROM {_table(entity)} WHERE {_meets(entity, key)}")

    def keep(self, folder: Path) -> Database:
        """Keep all rows, with the transactions that wrote them, and give what `restore` makes a copy of."""
        return self.server.database(like=self.database)

    def restore(self, kept: Database) -> None:
        self.database = self.server.database(like=kept)

    def settings(self, port: int = 0) -> str:
        """Write the connection to the database, or through what stands in front of the server."""
        if port:
            return f'{{kind: postgres, host: 127.0.0.1, port: "{port}", database: {self.database.name}, user: postgres, ssl: "off"}}'
        return f'{{kind: postgres, uri: "{self.database.uri}"}}'

    def rows(self, entity: Entity) -> list[Row]:
        cells = ", ".join(_asked(column) for column in _columns(entity))
        found = self.database.rows(f"SELECT {cells} FROM {_table(entity)}")
        return [
            {column.name: _read(cast(Plain, cell), column) for column, cell in zip(_columns(entity), row, strict=True)}
            for row in found
        ]


def _columns(entity: Entity) -> list[Column]:
    return list(entity.columns.values())


def _table(entity: Entity) -> str:
    return name(entity.ref.entity).text


def _declared(column: Column) -> str:
    kind = column.type
    match kind.kind:
        case "text":
            return f"varchar({kind.length})" if kind.length else "text"
        case "decimal":
            return f"numeric({kind.precision}, {kind.scale})"
        case "choice":
            return "integer" if kind.coded == "int" else "text"
    return TYPES[kind.kind]


def _written(value: Plain, column: Column) -> str:
    if value is None:
        return "NULL"
    text = f"{value}+00" if column.type.kind == "datetime" else str(value)
    return literal(text).text


def _meets(entity: Entity, key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(c).text} = {_written(value, entity.columns[c])}" for c, value in key.items())


def _asked(column: Column) -> str:
    cell = name(column.name).text
    return f"({cell} AT TIME ZONE 'UTC')::text" if column.type.kind == "datetime" else f"{cell}::text"


def _read(cell: Plain, column: Column) -> Plain:
    if cell is None:
        return None
    kind = column.type
    if kind.kind == "boolean":
        return cell == "true"
    whole = kind.kind == "int" or (kind.kind == "choice" and kind.coded == "int")
    return int(str(cell)) if whole else plain(cell, column)
