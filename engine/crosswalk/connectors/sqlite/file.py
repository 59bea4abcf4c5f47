"""A SQLite file as an outside system: one snapshot for each read, one transaction for each batch that is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from crosswalk.connectors.duckdb.marks import mark_of, since_of
from crosswalk.connectors.duckdb.receipts import RECEIPTS, Receipts, send
from crosswalk.connectors.files.cells import from_text
from crosswalk.connectors.files.conditions import filtered
from crosswalk.connectors.files.described import entity
from crosswalk.connectors.files.form import Form
from crosswalk.connectors.files.settings import inside
from crosswalk.connectors.sqlite.cells import spelled_all, stored
from crosswalk.connectors.sqlite.declared import affinity, meaning
from crosswalk.connectors.sqlite.writing import Writing, folded
from crosswalk.contracts import Place, Traits
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Column, Connection, Entity, EntityRef
from crosswalk.sql import Sql, name

_ROWS = 20_000
_BATCH = 10_000
_MOST_BOUND = 30_000
_NEARLY = 0.1
"""Seconds by which a modified time may be off when SQLite has computed with it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A column as the table declares it. `place` is its place in the primary key, from 1; 0 for none."""

    name: str
    type: str
    required: bool
    place: int


@dataclass(frozen=True, slots=True)
class SQLiteFile:
    """The tables of a file."""

    connection: Connection
    file: Path
    overlap: int
    wait: int

    @property
    def traits(self) -> Traits:
        return Traits(folds_case=True)

    def close(self) -> None:
        """Nothing is held between calls."""

    def tables(self) -> tuple[str, ...]:
        with self._opened() as opened:
            rows = opened.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
        return tuple(
            sorted(str(row[0]) for row in rows if not str(row[0]).startswith("sqlite_") and row[0] != RECEIPTS)
        )

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        """Describe tables by what they declare."""
        found = {}
        with self._opened() as opened:
            for table in tables:
                columns = _declared(opened, table)
                if columns:
                    told = [(column.name, meaning(column.type), column.required) for column in columns]
                    key = tuple(c.name for c in sorted(columns, key=lambda column: column.place) if c.place)
                    found[table] = entity(EntityRef(self.connection.system, table), told, key, self.connection.span)
        return found

    def read(self, wanted: Wanted) -> Iterator[Page]:
        """Read a table in one snapshot: rows since the mark less the overlap, or all where no column tells time."""
        of, modified = wanted.entity, wanted.entity.modified
        since = since_of(wanted.since, modified)
        with self._opened() as opened:
            self._check(opened, of)
            opened.execute("BEGIN")
            mark = _mark(opened, of, modified)
            condition = wanted.filter if wanted.since is None else None
            for page in _pages(opened, of, tuple(of.columns), self._changed(modified, since)):
                yield page if page.relation is None else replace(page, relation=filtered(page.relation, condition, of))
            if wanted.since is not None and of.key and self.connection.settings.get("deletes") != "ignore":
                yield Page(None, "present")
                for page in _pages(opened, of, of.key, ("", ())):
                    yield Page(page.relation, "present", page.bound)
            yield Page(None, mark=mark)

    def _changed(self, modified: str | None, since: datetime | None) -> tuple[str, tuple[str | float, ...]]:
        """Say which rows to read; those whose time SQLite cannot tell are always among them."""
        if modified is None or since is None:
            return "", ()
        moment = f"julianday({name(modified).text})"
        bound = (since.isoformat(sep=" "), (self.overlap + _NEARLY) / 86400)
        return f" WHERE {moment} >= julianday(?) - ? OR {moment} IS NULL", bound

    def _check(self, opened: sqlite3.Connection, of: Entity) -> None:
        declared = {column.name.casefold() for column in _declared(opened, of.ref.entity)}
        if not declared:
            message = f"{self.connection.span}: {self.file} has no table '{of.ref.entity}'"
            raise UsageError(message, code="SYSTEM_LACKS", remedy="check the name of the entity")
        missing = [column for column in of.columns if column.casefold() not in declared]
        if missing:
            message = f"{of.ref} in {self.file} has no column '{missing[0]}'"
            raise UsageError(message, code="SYSTEM_LACKS", remedy="correct the entity, or the table")

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        """Read rows by key."""
        whole, most = [key for key in keys if None not in key], _MOST_BOUND // len(by)
        with self._opened() as opened:
            self._check(opened, entity)
            kept = {column.name: affinity(column.type) for column in _declared(opened, entity.ref.entity)}
            columns = [entity.columns[column] for column in by]
            sought = ", ".join(f"{name(column.name).text}{_collation(column)}" for column in columns)
            for start in range(0, len(whole), most):
                part = whole[start : start + most]
                marks = ", ".join(["(" + ", ".join("?" * len(by)) + ")"] * len(part))
                bound = [
                    stored(value, column, kept.get(column.name, "blob"))
                    for key in part
                    for value, column in zip(key, columns, strict=True)
                ]
                yield from _pages(
                    opened, entity, tuple(entity.columns), (f" WHERE ({sought}) IN (VALUES {marks})", bound)
                )

    def write(self, delivery: Delivery) -> None:
        """Write batch by batch, each in one transaction with its receipt."""
        if self.connection.settings.get("write") != "true":
            message = f"{self.connection.span}: '{self.connection.system}' is read only"
            raise UsageError(message, code="NOT_WRITABLE", remedy="set 'write' to true")
        with self._opened(write=True) as opened:
            self._check(opened, delivery.entity)
            declared = _declared(opened, delivery.entity.ref.entity)
            kept = {column.name: affinity(column.type) for column in declared}
            writing = Writing(opened, delivery.entity, kept, folded(opened, delivery.entity))
            receipts = Receipts(lambda sql, bound: opened.execute(sql, tuple(bound)).fetchall(), name(RECEIPTS))
            send(delivery, receipts, _BATCH, lambda batch: writing.apply(batch, receipts, delivery.id))

    @contextmanager
    def _opened(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        if not self.file.is_file():
            message = f"{self.connection.span}: {self.file} is not there"
            raise UsageError(message, code="FILE_MISSING", remedy="check 'file'; a database is not made here")
        address = f"{self.file.as_uri()}?mode={'rw' if write else 'ro'}"
        opened = sqlite3.connect(address, uri=True, timeout=self.wait, isolation_level=None, check_same_thread=False)
        try:
            yield opened
        except sqlite3.Error as error:
            message = f"{self.file}: {error}"
            raise SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy=_remedy(error)) from error
        finally:
            opened.close()


def _remedy(error: sqlite3.Error) -> str:
    if error.sqlite_errorname in ("SQLITE_BUSY", "SQLITE_LOCKED"):
        return "another program writes the file: wait until it is done, or set 'wait' to more seconds; then run again"
    return "check that the file is a SQLite database and may be read; run again"


def _declared(opened: sqlite3.Connection, table: str) -> list[Declared]:
    rows = opened.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table,)).fetchall()
    return [Declared(str(called), str(kind), bool(required), int(place)) for called, kind, required, place in rows]


def _mark(opened: sqlite3.Connection, of: Entity, modified: str | None) -> str:
    if modified is None:
        return mark_of(None)
    latest = f"SELECT strftime('%Y-%m-%d %H:%M:%f', max(julianday({name(modified).text}))) FROM"
    found = opened.execute(" ".join([latest, name(of.ref.entity).text])).fetchone()[0]
    return mark_of(found or "")


def _collation(column: Column) -> str:
    return " COLLATE NOCASE" if column.type.kind == "guid" else ""


def _pages(
    opened: sqlite3.Connection, of: Entity, columns: tuple[str, ...], where: tuple[str, Sequence[object]]
) -> Iterator[Page]:
    """Read rows in pages of text."""
    listed = ", ".join(name(column).text for column in columns)
    told, bound = where
    rows = opened.execute(" ".join(["SELECT", listed, "FROM", name(of.ref.entity).text]) + told, tuple(bound))
    taken = ", ".join(f"unnest(CAST($c{at} AS VARCHAR[])) AS {name(column).text}" for at, column in enumerate(columns))
    spelling = ", ".join(f"{_cell(of.columns[column]).text} AS {name(column).text}" for column in columns)
    relation = Sql(" ".join(["SELECT", spelling, "FROM (SELECT", taken, ")"]))
    while page := rows.fetchmany(_ROWS):
        cells = zip(columns, zip(*page, strict=True), strict=True)
        lists = [spelled_all(found, of.columns[column]) for column, found in cells]
        yield Page(relation, bound={f"c{at}": found for at, found in enumerate(lists)})


def _cell(column: Column) -> Sql:
    """Times are spelled by DuckDB, many at once."""
    return from_text(name(column.name), column, Form()) if column.type.kind == "datetime" else name(column.name)


def open(connection: Connection, place: Place) -> SQLiteFile:
    """Open a file; nothing is touched before it is read or written."""
    wait = int(str(connection.settings.get("wait", "10")))
    return SQLiteFile(connection, inside(connection, place, "file"), place.overlap, wait)
