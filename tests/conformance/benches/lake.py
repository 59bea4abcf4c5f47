"""The bench of Delta tables: the library itself looks at them and changes them, one commit each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable, Schema, write_deltalake
from deltalake.schema import Field, PrimitiveType

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.landing.reading import text_of
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import literal, name
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain


def described(column: Column) -> str:
    """Say what a Delta table keeps of a type: guids are texts there."""
    match column.type.kind:
        case "guid" | "text":
            return "text"
        case "choice":
            return "int" if column.type.coded == "int" else "text"
        case _:
            return str(column.type)


def delta_type(column: Column) -> str:
    kind = column.type
    match kind.kind:
        case "int":
            return "long"
        case "choice":
            return "long" if kind.coded == "int" else "string"
        case "decimal":
            return f"decimal({kind.precision},{kind.scale})"
        case "datetime":
            return "timestamp"
        case "boolean" | "date":
            return kind.kind
        case _:
            return "string"


DUCKDB_TYPES = {"long": "BIGINT", "string": "VARCHAR", "timestamp": "TIMESTAMPTZ", "boolean": "BOOLEAN", "date": "DATE"}


class Lake:
    """A folder of tables below the test's folder; `write` is the connector's way to write, `feed` says whether tables keep a change feed."""

    def __init__(self, root: Path, write: str, *, feed: bool) -> None:
        self._root, self._write, self._feed = root, write, feed

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        return Connection("far", "delta", {"folder": "lake", "write": self._write}, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        fields = [Field(c.name, PrimitiveType(delta_type(c))) for c in entity.columns.values()]
        kept = {"delta.enableChangeDataFeed": "true" if self._feed else "false"}
        DeltaTable.create(self._folder(entity), Schema(fields), mode="overwrite", configuration=kept)
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        with _relation(entity, list(rows)) as relation:
            write_deltalake(self._folder(entity), relation, mode="append")

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        rows = [{**row, **cells} for row in self.rows(entity) if _meets(row, key, entity)]
        same = " AND ".join(f"target.{name(column).text} = source.{name(column).text}" for column in key)
        with _relation(entity, rows) as relation:
            merging = DeltaTable(self._folder(entity)).merge(
                relation, same, source_alias="source", target_alias="target"
            )
            merging.when_matched_update_all().execute()

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        same = " AND ".join(f"{name(column).text} = {literal(text_of(value)).text}" for column, value in key.items())
        DeltaTable(self._folder(entity)).delete(same)

    def rows(self, entity: Entity) -> list[Row]:
        files = [unquote(file) for file in DeltaTable(self._folder(entity)).file_uris()]
        if not files:
            return []
        columns = list(entity.columns.values())
        cells = ", ".join(_read(column) for column in columns)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            found = connection.execute(f"SELECT {cells} FROM read_parquet($files)", {"files": files}).fetchall()
        return [{c.name: plain(cell, c) for c, cell in zip(columns, row, strict=True)} for row in found]

    def _folder(self, entity: Entity) -> Path:
        return self._root / "lake" / entity.ref.entity


@contextmanager
def _relation(entity: Entity, rows: Sequence[Row]) -> Iterator[duckdb.DuckDBPyRelation]:
    """Give rows in the types of the table."""
    columns = list(entity.columns.values())
    cells = ", ".join(_written(place, column) for place, column in enumerate(columns, 1))
    texts = [[text_of(plain(row[column.name], column)) for column in columns] for row in rows]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        unnested = "SELECT unnest(CAST($rows AS VARCHAR[][])) AS r"
        yield connection.sql(f"SELECT {cells} FROM ({unnested})", params={"rows": texts})


def _meets(row: Row, key: Mapping[str, Plain], entity: Entity) -> bool:
    return all(plain(row[c], entity.columns[c]) == plain(value, entity.columns[c]) for c, value in key.items())


def _written(place: int, column: Column) -> str:
    kind = delta_type(column)
    return f"CAST(r[{place}] AS {DUCKDB_TYPES.get(kind, kind)}) AS {name(column.name).text}"


def _read(column: Column) -> str:
    cell = name(column.name).text
    return f"timezone('UTC', {cell})" if column.type.kind == "datetime" else cell


@contextmanager
def lake(root: Path, wish: Wish, write: str, *, feed: bool) -> Iterator[FarSide]:
    yield Lake(root, write, feed=feed)
