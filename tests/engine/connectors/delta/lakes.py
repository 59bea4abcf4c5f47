"""Delta tables for tests, made by the library itself, and entities that look like them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
from deltalake import DeltaTable, write_deltalake

from crosswalk import connectors
from crosswalk.connectors.delta.lake import DeltaLake
from crosswalk.contracts import Place
from crosswalk.errors import Span
from crosswalk.exchange import Change, Plain, Wanted
from crosswalk.model import Choice, Column, Connection, DataType, Entity, EntityRef
from tests.conformance.landed import Landed, land

HERE = Span("test", 1, 1)
TYPES = {
    "Id": DataType("guid"),
    "Name": DataType("text", length=60),
    "Count": DataType("int"),
    "Amount": DataType("decimal", precision=19, scale=4),
    "Open": DataType("boolean"),
    "Day": DataType("date"),
    "At": DataType("datetime"),
    "State": DataType("choice", coded="int"),
    "Kind": DataType("choice", coded="text"),
}
FIRST = UUID(int=1)
ROW: Mapping[str, Plain] = {
    "Id": FIRST,
    "Name": 'Ål "quoted", \n two lines',
    "Count": 9_007_199_254_740_993,
    "Amount": Decimal("-123456789012345.6789"),
    "Open": True,
    "Day": date(1999, 12, 31),
    "At": datetime(2026, 11, 27, 8, 0, 0, 123456),
    "State": 806380001,
    "Kind": "B",
}


def entity(name: str = "things", types: Mapping[str, DataType] = TYPES, key: Sequence[str] = ("Id",)) -> Entity:
    columns = {column: Column(column, kind, HERE, choices=(Choice(1, "One"),)) for column, kind in types.items()}
    return Entity(EntityRef("lake", name), name, tuple(key), columns, HERE)


NUMBERED = entity("numbers", {"Id": DataType("int"), "Text": DataType("text"), "Sum": TYPES["Amount"]})


def lake(root: Path, **settings: object) -> DeltaLake:
    spec = connectors.spec("delta")
    assert spec is not None
    connection = Connection("lake", "delta", {"folder": "lake", **settings}, HERE)
    opened = spec.open(connection, Place(root, 0, lambda text: text))
    assert isinstance(opened, DeltaLake)
    return opened


@contextmanager
def relation(sql: str) -> Iterator[duckdb.DuckDBPyRelation]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection.sql(sql)


def put(folder: Path, sql: str, mode: str = "append", *, feed: bool = False) -> DeltaTable:
    """Write the rows of a query to a table, as another program would."""
    with relation(sql) as rows:
        kept = {"delta.enableChangeDataFeed": "true"} if feed else None
        write_deltalake(folder, rows, mode=mode, configuration=kept)  # type: ignore[call-overload]
    return DeltaTable(folder)


def numbers(first: int, end: int, text: str = "x") -> str:
    """Write the query for rows of `NUMBERED`."""
    return (
        f'SELECT range AS "Id", \'{text}\' || range AS "Text", CAST(range * 1.25 AS DECIMAL(19, 4)) AS "Sum"'
        f" FROM range({first}, {end})"
    )


def whole(system: DeltaLake, of: Entity) -> Landed:
    return land(system.read(Wanted(of)), of)


def since(system: DeltaLake, of: Entity, mark: str | None) -> Landed:
    return land(system.read(Wanted(of, since=mark)), of)


def texts(landed: Landed) -> dict[Any, Plain]:
    return {row["Id"]: row["Text"] for row in landed.rows}


def insert(number: int, key: int, text: str | None = "new") -> Change:
    return Change(number, "insert", {"Id": key}, {"Text": text, "Sum": Decimal("1.5000")})


def update(number: int, key: int, text: str, before: Mapping[str, Plain] | None = None) -> Change:
    return Change(number, "update", {"Id": key}, {"Text": text}, before=before)


def delete(number: int, key: int) -> Change:
    return Change(number, "delete", {"Id": key}, {})
