"""Runs compiled SQL on one DuckDB file: the ledger and the embedded systems are schemas of it.

The connection is locked down when it opens: no file outside, no extension, no network, time zone UTC, and none of it
can be switched back by a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from crosswalk.contracts import Cell
from crosswalk.errors import MachineError, StatementError, SystemFailure
from crosswalk.exchange import Page
from crosswalk.secrets import hide
from crosswalk.sql import literal
from crosswalk.sql import name as quoted

_LOCK_DOWN = (
    "SET enable_external_access = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET GLOBAL TimeZone = 'UTC'",
)


_FOR_FEW_ROWS = ("SET threads = 1", "PRAGMA disable_optimizer")
"""On a few rows a better plan never pays for the time that it takes to find."""

_PARSED_MOST = 5000

_CATALOG = "crosswalk_file"
"""The file is attached under a name of its own: named after itself, it could share its name with one of its schemas."""

COPY = "crosswalk_copy"
"""The name under which a new file is attached that is filled from this one."""

_OLDEST = "v1.0.0"
"""Every DuckDB from 1.0 on reads what is written so: readers need not have the version that runs here."""


class DuckDBBackend:
    """A connection to the file, or to memory where there is no file."""

    dialect = "duckdb"

    def __init__(
        self,
        file: Path | None,
        *,
        read_only: bool = False,
        few_rows: bool = False,
        folders: Sequence[Path] = (),
        copy: Path | None = None,
    ) -> None:
        """Open a file; `copy` is a new file that is filled from it, in the oldest form that is written."""
        self._connection = _connect(file, read_only=read_only)
        if copy is not None:
            with _translated():
                self._connection.execute(f"ATTACH {literal(str(copy)).text} AS {COPY} (STORAGE_VERSION '{_OLDEST}')")
        if folders:
            allowed = ", ".join(literal(f"{folder.resolve()}/").text for folder in folders)
            self._connection.execute(f"SET allowed_directories = [{allowed}]")
        self._parsed: dict[str, duckdb.Statement] | None = {} if few_rows else None
        for statement in (*(_FOR_FEW_ROWS if few_rows else ()), *_LOCK_DOWN):
            self._connection.execute(statement)
        self._connection.execute("SET lock_configuration = true")

    def run(self, sql: str, bound: Mapping[str, object] | None = None) -> None:
        with _translated():
            self._connection.execute(self._statement(sql), dict(bound or {}))

    def _statement(self, sql: str) -> str | duckdb.Statement:
        """Parse a statement once where there are few rows: it comes again, and parsing is a third of its time."""
        if self._parsed is None:
            return sql
        if sql not in self._parsed and len(self._parsed) < _PARSED_MOST:
            self._parsed[sql] = self._connection.extract_statements(sql)[0]
        return self._parsed.get(sql, sql)

    def rows(self, sql: str, bound: Mapping[str, object] | None = None) -> list[tuple[Cell, ...]]:
        with _translated():
            return self._connection.execute(self._statement(sql), dict(bound or {})).fetchall()

    def pages(self, sql: str, size: int) -> Iterator[list[tuple[Cell, ...]]]:
        with _translated():
            cursor = self._connection.execute(sql)
            while page := cursor.fetchmany(size):
                yield page

    def table(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Run one query and give the names of its columns with its rows."""
        with _translated():
            cursor = self._connection.execute(sql)
            return tuple(column[0] for column in cursor.description or []), cursor.fetchall()

    def land(self, page: Page, name: str) -> None:
        """Make the rows of a page a temporary table of this name."""
        assert page.relation is not None, "a page without rows has nothing to land"
        try:
            if page.arrow is not None:
                with _translated():
                    self._connection.register("page", page.arrow)
            self.run(f"CREATE OR REPLACE TEMP TABLE {quoted(name).text} AS {page.relation.text}", page.bound)
        except StatementError as error:
            raise error if page.arrow is None else _broken(error) from error
        finally:
            if page.arrow is not None:
                self._connection.unregister("page")

    def stream(self, sql: str) -> object:
        """Give the rows of a query as an Arrow stream; it must be read to its end before the next statement."""
        with _translated():
            return self._connection.sql(sql)

    def beside(self) -> DuckDBBackend:
        """Open a second connection to the same file, whose transactions are its own: what it commits stays, whatever
        becomes of the transaction of this one.
        """
        other = object.__new__(DuckDBBackend)
        other._connection = self._connection.cursor()
        other._parsed = None
        other.run(f"USE {_CATALOG}")
        return other

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, roll back on any exception; an interrupt rolls back too."""
        self.run("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def close(self) -> None:
        self._connection.close()


def _connect(file: Path | None, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    if file is None:
        return connection
    try:
        connection.execute(f"ATTACH {literal(str(file)).text} AS {_CATALOG}{' (READ_ONLY)' if read_only else ''}")
        connection.execute(f"USE {_CATALOG}")
        return connection
    except duckdb.IOException as error:
        _readable(file)
        remedy = "close the other program, or wait until it is done"
        raise MachineError(f"{file} cannot be opened: {error}", code="LOCKED", remedy=remedy) from error
    except duckdb.Error as error:
        remedy = "check the path in crosswalk.yaml; a file of a newer DuckDB needs that version"
        raise MachineError(
            f"{file} is no readable database: {error}", code="DATABASE_UNREADABLE", remedy=remedy
        ) from error


def _readable(file: Path) -> None:
    """Tell a file that may not be read, or is no database, from one that somebody else holds."""
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise MachineError(message, code="NO_RIGHTS", remedy="check the owner and the rights of the file") from error
    if head[8:] != b"DUCK":
        remedy = "check the path in crosswalk.yaml; what stands there was not made by DuckDB"
        raise MachineError(f"{file} is no DuckDB database", code="DATABASE_UNREADABLE", remedy=remedy)


def _broken(error: StatementError) -> SystemFailure:
    """A page that comes in pieces breaks off while DuckDB reads it: what failed is the system that sends it."""
    message = f"a system broke off in the middle of its rows: {hide(str(error))}"
    remedy = "see what it says; where it was lost, run the same command again when it is back"
    return SystemFailure(message, code="SYSTEM_ANSWER", remedy=remedy)


def engine_version() -> str:
    """Name the version of DuckDB that runs."""
    return str(duckdb.__version__)


@contextmanager
def _translated() -> Iterator[None]:
    """Raise our own exceptions: the limits of this machine apart from what is wrong with a statement."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MachineError(str(error), code="OUT_OF_MEMORY", remedy="give the process more memory") from error
    except duckdb.IOException as error:
        raise MachineError(
            str(error), code="DISK_OR_FILE", remedy="check free space and rights of the database's folder"
        ) from error
    except duckdb.Error as error:
        raise StatementError(str(error), code="STATEMENT") from error
