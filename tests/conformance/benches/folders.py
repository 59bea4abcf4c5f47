"""The benches of folders of files: files are put, replaced and read by DuckDB and the standard library."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import duckdb

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import Span
from crosswalk.exchange import Plain
from crosswalk.landing import page_of, text_of
from crosswalk.model import Connection, Entity
from crosswalk.sql import literal, name, type_name
from tests.conformance.bench import FarSide, Fault, Wish
from tests.conformance.landed import Row, plain_row

Write = Callable[[Path, Entity, Sequence[Row]], None]
"""Write a file with rows; those with an ``#operation`` tell what became of a row."""


class Folder:
    """A folder in which a file arrives whenever something changes. Or one file is written anew: `whole`.

    The bench keeps its own list of rows, apart from what the connector writes, which it reads from the files.
    """

    def __init__(self, root: Path, settings: Mapping[str, object], write: Write, *, whole: bool = False) -> None:
        self._root, self._settings, self._write, self._whole = root, settings, write, whole
        self._put: dict[str, dict[tuple[Plain, ...], Row]] = {}
        self._number = 0
        (root / "far").mkdir()

    @property
    def root(self) -> Path:
        return self._root

    def connection(self, faults: Sequence[Fault] = ()) -> Connection:
        if faults:
            raise KeyError(faults[0].name)
        return Connection("far", "files", {"folder": "far", **self._settings}, Span("crosswalk.yaml", 1, 1))

    def make(self, entity: Entity) -> Entity:
        self._put[entity.ref.entity] = {}
        self._file(entity, [])
        return entity

    def put(self, entity: Entity, rows: Iterable[Row]) -> None:
        held = self._held(entity)
        taken = [plain_row(row, entity) for row in rows]
        held.update({tuple(row[column] for column in entity.key): row for row in taken})
        self._file(entity, list(held.values()) if self._whole else taken)

    def change(self, entity: Entity, key: Mapping[str, Plain], cells: Mapping[str, Plain]) -> None:
        held = self._held(entity)
        found = tuple(key[column] for column in entity.key)
        held[found] = {**held[found], **plain_row(cells, entity)}
        self._file(entity, list(held.values()) if self._whole else [held[found]])

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        held = self._held(entity)
        gone = held.pop(tuple(key[column] for column in entity.key))
        self._file(entity, list(held.values()) if self._whole else [cast(Row, {**gone, "#operation": "delete"})])

    def rows(self, entity: Entity) -> list[Row]:
        """Lay the files over each other in the order of their names, where the connector writes them."""
        if not self._settings.get("output"):
            return list(self._put[entity.ref.entity].values())
        held: dict[tuple[Plain, ...], Row] = {}
        for file in self._files(entity):
            held = {} if self._whole else held
            for row in _parquet_rows(file, entity):
                key = tuple(row[column] for column in entity.key)
                held.pop(key, None)
                if row.get("#operation", "row") != "delete":
                    held[key] = {column: row[column] for column in entity.columns}
        return list(held.values())

    def _held(self, entity: Entity) -> dict[tuple[Plain, ...], Row]:
        """Take what the connector wrote as what is there, for it is what other programs would see."""
        if self._settings.get("output"):
            return {tuple(row[column] for column in entity.key): row for row in self.rows(entity)}
        return self._put[entity.ref.entity]

    def _files(self, entity: Entity) -> list[Path]:
        folder, table = self._root / "far", entity.ref.entity
        return sorted(folder.joinpath(table).glob("*")) if not self._whole else [folder / f"{table}.parquet"]

    def _file(self, entity: Entity, rows: Sequence[Row]) -> None:
        folder, table = self._root / "far", entity.ref.entity
        if self._whole:
            self._write(folder / f"{table}.parquet", entity, rows)
            return
        self._number = max([self._number, *(int(file.name.split("-")[0]) for file in self._files(entity))]) + 1
        folder.joinpath(table).mkdir(exist_ok=True)
        self._write(folder / table / f"{self._number:010d}-put", entity, rows)


def _parquet(path: Path, entity: Entity, rows: Sequence[Row]) -> None:
    """Write Parquet with the types of the entity, and the operation where a row has one."""
    backend = duckdb.connect()
    columns = [f"{name(c.name).text} {type_name(c.type).text}" for c in entity.columns.values()]
    operation = [f"{name('#operation').text} VARCHAR"] if path.parent.name != "far" else []
    backend.execute(f"CREATE TABLE held ({', '.join([*columns, *operation])})")
    page = page_of(entity, rows)
    assert page.relation is not None
    cells = ", ".join(f"CAST({name(c.name).text} AS {type_name(c.type).text})" for c in entity.columns.values())
    told = {str(row.get("#operation", "row")) for row in rows} or {"row"}
    more = f", {literal(told.pop()).text}" if operation else ""
    if rows:
        backend.execute(f"INSERT INTO held SELECT {cells}{more} FROM ({page.relation.text})", dict(page.bound))
    target = path if path.suffix else path.with_suffix(".parquet")
    backend.execute(f"COPY held TO {literal(str(target)).text} (FORMAT parquet)")
    backend.close()


def _parquet_rows(path: Path, entity: Entity) -> list[Row]:
    backend = DuckDBBackend(None, folders=[path.parent])
    escaped = "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path.resolve()))
    names, found = backend.table(f"FROM read_parquet({literal(escaped).text})")
    backend.close()
    return [cast(Row, dict(zip(names, row, strict=True))) for row in found]


def _csv(path: Path, entity: Entity, rows: Sequence[Row]) -> None:
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(entity.columns)
        for row in rows:
            writer.writerow([_NULL if row[column] is None else text_of(row[column]) for column in entity.columns])


_NULL = "\\N"


def _jsonl(path: Path, entity: Entity, rows: Sequence[Row]) -> None:
    """Write a line for each row; numbers bare, in all their digits."""
    with path.with_suffix(".jsonl").open("w", encoding="utf-8") as opened:
        for row in rows:
            cells = [f"{json.dumps(column)}: {_json(row[column], column, entity)}" for column in entity.columns]
            opened.write("{" + ", ".join(cells) + "}\n")


def _json(value: Plain, column: str, entity: Entity) -> str:
    if entity.columns[column].type.kind in ("int", "decimal", "boolean") and value is not None:
        return str(text_of(value))
    return json.dumps(text_of(value), ensure_ascii=False)


@contextmanager
def replaced(root: Path, wish: Wish) -> Iterator[FarSide]:
    """One Parquet file for each table."""
    yield Folder(root, {"output": "replace"}, _parquet, whole=True)


@contextmanager
def changes(root: Path, wish: Wish) -> Iterator[FarSide]:
    """A Parquet file for each delivery."""
    yield Folder(root, {"output": "changes"}, _parquet)


@contextmanager
def arriving_csv(root: Path, wish: Wish) -> Iterator[FarSide]:
    """CSV files that arrive."""
    yield Folder(root, {"settle": "0", "null": _NULL}, _csv)


@contextmanager
def arriving_json(root: Path, wish: Wish) -> Iterator[FarSide]:
    """Files of JSON lines that arrive."""
    yield Folder(root, {"settle": "0"}, _jsonl)
