"""The bench of another DuckDB file: DuckDB itself looks at it and changes it, between the calls of the connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import duckdb

from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name, type_name
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain


def less(column: Column) -> str:
    """Say what a database without lengths and choices keeps of a type."""
    match column.type.kind:
        case "text":
            return "text"
        case "choice":
            return "int" if column.type.coded == "int" else "text"
        case _:
            return str(column.type)


def written(column: Column) -> str:
    """Write a column of a table: the length of text is a rule of the table, as it is in other systems."""
    rule = f" CHECK (length({name(column.name).text}) <= {column.type.length})" if column.type.length else ""
    return f"{name(column.name).text} {type_name(column.type).text}{rule}"


class OtherFile:
    """One file below the test's folder."""

    def __init__(self, root: Path) -> None:
        self._root, self._file = root, root / "other.duckdb"

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        settings = {"file": self._file.name, "write": "true"}
        return Connection("far", "duckdb", settings, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        columns = ", ".join(written(column) for column in entity.columns.values())
        key = ", ".join(name(column).text for column in entity.key)
        self._run(f"CREATE OR REPLACE TABLE {self._table(entity)} ({columns}, PRIMARY KEY ({key}))", [])
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        taken = list(rows)
        marks = ", ".join("?" * len(entity.columns))
        with closing(duckdb.connect(self._file)) as connection:
            connection.execute("BEGIN")
            for row in taken:
                cells = [plain(row[column], entity.columns[column]) for column in entity.columns]
                connection.execute(f"INSERT INTO {self._table(entity)} VALUES ({marks})", cells)
            connection.execute("COMMIT")

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        sets = ", ".join(f"{name(column).text} = ?" for column in cells)
        self._run(f"UPDATE {self._table(entity)} SET {sets} WHERE {_meets(key)}", [*cells.values(), *key.values()])

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self._run(f"DELETE FROM {self._table(entity)} WHERE {_meets(key)}", list(key.values()))

    def rows(self, entity: Entity) -> list[Row]:
        columns = list(entity.columns)
        with closing(duckdb.connect(self._file)) as connection:
            names = ", ".join(name(column).text for column in columns)
            found = connection.execute(f"SELECT {names} FROM {self._table(entity)}").fetchall()
        return [dict(zip(columns, cast(tuple[Plain, ...], row), strict=True)) for row in found]

    def _table(self, entity: Entity) -> str:
        return name(entity.ref.entity).text

    def _run(self, text: str, values: Sequence[Plain]) -> None:
        with closing(duckdb.connect(self._file)) as connection:
            connection.execute(text, list(values))


def _meets(key: Mapping[str, Plain]) -> str:
    return " AND ".join(f"{name(column).text} = ?" for column in key)


@contextmanager
def duckdb_file(root: Path, wish: Wish) -> Iterator[FarSide]:
    yield OtherFile(root)
