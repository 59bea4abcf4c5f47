"""Another DuckDB file as an outside system: opened to read or to write only as long as that takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from crosswalk.connectors.duckdb.applying import Applying
from crosswalk.connectors.duckdb.marks import mark_of, since_of
from crosswalk.connectors.duckdb.receipts import RECEIPTS, Receipts, send
from crosswalk.connectors.files.cells import cell
from crosswalk.connectors.files.conditions import filtered
from crosswalk.connectors.files.described import data_type, entity
from crosswalk.connectors.files.form import Form
from crosswalk.connectors.files.newest import sought
from crosswalk.connectors.files.plain import text_of
from crosswalk.connectors.files.reader import Stream, locked_down
from crosswalk.connectors.files.settings import inside
from crosswalk.contracts import Place, Traits
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Ack, Batch, Delivery, Page, Plain, Wanted
from crosswalk.model import Connection, Entity, EntityRef
from crosswalk.sql import Sql, fragment, literal, name

_CATALOG = "other"
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class DuckDBFile:
    """The tables of one schema of a file."""

    connection: Connection
    file: Path
    schema: str
    overlap: int

    @property
    def traits(self) -> Traits:
        return Traits(folds_case=True)

    def close(self) -> None:
        """Nothing is held between calls."""

    def tables(self) -> tuple[str, ...]:
        with self._opened() as opened:
            return tuple(sorted({table for table, *_ in self._columns(opened)} - {RECEIPTS}))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        """Describe tables and views; the key is the primary key where there is one."""
        with self._opened() as opened:
            found = self._columns(opened)
            keys = self._keys(opened)
        described = {}
        for table in {row[0] for row in found} & set(tables):
            columns = [(called, data_type(kind), required) for at, called, kind, required in found if at == table]
            ref = EntityRef(self.connection.system, table)
            described[table] = entity(ref, columns, keys.get(table, ()), self.connection.span)
        return described

    def _columns(self, opened: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, bool]]:
        rows = opened.execute(
            "SELECT table_name, column_name, data_type, NOT is_nullable FROM duckdb_columns()"
            " WHERE database_name = $catalog AND schema_name = $schema AND NOT internal"
            " ORDER BY table_name, column_index",
            {"catalog": _CATALOG, "schema": self.schema},
        ).fetchall()
        return [(str(table), str(column), str(kind), bool(required)) for table, column, kind, required in rows]

    def _keys(self, opened: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
        rows = opened.execute(
            "SELECT table_name, constraint_column_names FROM duckdb_constraints()"
            " WHERE database_name = $catalog AND schema_name = $schema AND constraint_type = 'PRIMARY KEY'",
            {"catalog": _CATALOG, "schema": self.schema},
        ).fetchall()
        return {str(table): tuple(columns) for table, columns in rows}

    def read(self, wanted: Wanted) -> Iterator[Page]:
        """Read a table in one snapshot: rows since the mark less the overlap, or all where no column tells time."""
        of = wanted.entity
        with self._opened() as opened:
            source, modified = self._source(opened, of), of.modified
            since = since_of(wanted.since, modified)
            with _reading(self.file):
                opened.execute(" ".join(["DESCRIBE", source.text]))
                mark = self._mark(opened, source, modified)
            chosen = source
            if since is not None and modified is not None:
                chosen = _where(source, _changed(modified, since - timedelta(seconds=self.overlap)))
            elif wanted.since is None:
                chosen = filtered(source, wanted.filter, of)
            yield _streamed(opened, chosen)
            if wanted.since is not None and of.key and self.connection.settings.get("deletes") != "ignore":
                keys = ", ".join(name(part).text for part in of.key)
                yield _streamed(opened, Sql(" ".join(["SELECT", keys, "FROM (", source.text, ")"])), "present")
            yield Page(None, mark=mark)

    def _mark(self, opened: duckdb.DuckDBPyConnection, source: Sql, modified: str | None) -> str:
        if modified is None:
            return mark_of(None)
        greatest = " ".join(["SELECT max(TRY_CAST(", name(modified).text, "AS TIMESTAMP)) FROM (", source.text, ")"])
        found = opened.execute(greatest).fetchone()
        return mark_of(str(found[0]) if found and found[0] is not None else "")

    def _source(self, opened: duckdb.DuckDBPyConnection, of: Entity) -> Sql:
        """Select the columns of an entity, each cell as a page has it."""
        table = self._table(of)
        rows = self._columns(opened)
        found = {
            column.casefold(): (column, kind)
            for at, column, kind, _ in rows
            if at.casefold() == of.ref.entity.casefold()
        }
        if not found:
            message = f"{self.connection.span}: {self.file} has no table '{of.ref.entity}' in the schema {self.schema}"
            raise UsageError(message, code="SYSTEM_LACKS", remedy="check the name of the entity, or 'schema'")
        missing = [column for column in of.columns if column.casefold() not in found]
        if missing:
            message = f"{of.ref} in {self.file} has no column '{missing[0]}'"
            raise UsageError(message, code="SYSTEM_LACKS", remedy="correct the entity, or the table")
        cells = [
            (cell(name(found[called.casefold()][0]), found[called.casefold()][1], column, Form()), called)
            for called, column in of.columns.items()
        ]
        listed = ", ".join(f"{x.text} AS {name(called).text}" for x, called in cells)
        return Sql(" ".join(["SELECT", listed, "FROM", table.text]))

    def _table(self, of: Entity) -> Sql:
        return name(_CATALOG, self.schema, of.ref.entity)

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        """Read rows by key."""
        whole = [key for key in keys if None not in key]
        if not whole:
            return
        with self._opened() as opened:
            source = Sql(" ".join(["SELECT *, 'row' AS \"#operation\" FROM (", self._source(opened, entity).text, ")"]))
            bound = {f"k{at}": [text_of(key[at]) for key in whole] for at in range(len(by))}
            stream = Stream(opened, sought(source, entity, by).text, bound)
            yield Page(Sql("SELECT * FROM page"), arrow=stream)

    def write(self, delivery: Delivery) -> None:
        """Write batch by batch, each in one transaction with its receipt."""
        if self.connection.settings.get("write") != "true":
            message = f"{self.connection.span}: '{self.connection.system}' is read only"
            raise UsageError(message, code="NOT_WRITABLE", remedy="set 'write' to true")
        with self._opened(write=True) as opened:
            receipts = Receipts(_runs(opened), name(_CATALOG, self.schema, RECEIPTS))
            applying = Applying(opened, self._table(delivery.entity), delivery.entity)

            def apply(batch: Batch) -> Sequence[Ack]:
                with _reading(self.file):
                    return applying.apply(batch, lambda acks: receipts.note(delivery.id, acks))

            send(delivery, receipts, _BATCH, apply)

    @contextmanager
    def _opened(self, *, write: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file, alone: whoever writes it meanwhile has its lock."""
        if not self.file.is_file():
            message = f"{self.connection.span}: {self.file} is not there"
            raise UsageError(message, code="FILE_MISSING", remedy="check 'file'; a database is not made here")
        attach = f"ATTACH {literal(str(self.file)).text} AS {_CATALOG}" + ("" if write else " (READ_ONLY)")
        try:
            opened = locked_down((), (attach,))
        except duckdb.IOException as error:
            message = f"{self.file} cannot be opened: {_said(error)}"
            remedy = "another program may hold it: wait until it is done, or close it; then run again"
            raise SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy=remedy) from error
        except duckdb.Error as error:
            remedy = "check 'file'; a file of a newer DuckDB needs that version"
            raise UsageError(f"{self.file} is no DuckDB: {_said(error)}", code="FILE_MISSING", remedy=remedy) from error
        try:
            yield opened
        finally:
            opened.close()


def _runs(opened: duckdb.DuckDBPyConnection) -> Callable[[str, Sequence[object]], list[tuple[object, ...]]]:
    return lambda sql, parameters: opened.execute(sql, list(parameters)).fetchall()


def _changed(modified: str, since: datetime) -> Sql:
    moment = fragment("TRY_CAST({x} AS TIMESTAMP)", x=name(modified))
    given = fragment("CAST({x} AS TIMESTAMP)", x=literal(since.isoformat()))
    return fragment("{x} >= {since} OR {x} IS NULL", x=moment, since=given)


def _where(source: Sql, condition: Sql) -> Sql:
    return Sql(" ".join(["SELECT * FROM (", source.text, ") WHERE", condition.text]))


def _streamed(opened: duckdb.DuckDBPyConnection, relation: Sql, kind: str = "rows") -> Page:
    arrow = Stream(opened, relation.text)
    return Page(Sql("SELECT * FROM page"), "present" if kind == "present" else "rows", arrow=arrow)


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        message = f"{file}: {_said(error)}"
        raise SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy="check its disk, and run again") from error


def _said(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]


def open(connection: Connection, place: Place) -> DuckDBFile:
    """Open a file; nothing is touched before it is read or written."""
    file = inside(connection, place, "file")
    return DuckDBFile(connection, file, str(connection.settings.get("schema") or "main"), place.overlap)
