"""Runs compiled SQL on one DuckDB file: the ledger and the embedded systems are schemas of it.

The connection is locked down when it opens: no file outside, no extension, no network, no more memory than is allowed,
time zone UTC, and none of it can be switched back by a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import duckdb

from crosswalk.backends import machine
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
)
_LOCK = ("SET GLOBAL TimeZone = 'UTC'", "SET lock_configuration = true")

SPILLED = ".tmp-"
"""What does not fit into memory goes into a folder beside the file, named after it with this and a word of its own."""

_FOR_FEW_ROWS = ("SET threads = 1", "PRAGMA disable_optimizer")
"""On a few rows a better plan never pays for the time that it takes to find."""

_PARSED_MOST = 5000

_OF_COMMIT = (duckdb.TransactionException, duckdb.FatalException)
"""What a commit raises that could not be written."""

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
        self._file = file
        self._parsed: dict[str, duckdb.Statement] | None = {} if few_rows else None
        few = _FOR_FEW_ROWS if few_rows else ()
        allowed = machine.limits()
        with _translated(file):
            self._connection = _connect(file, read_only=read_only)
            if copy is not None:
                self._connection.execute(f"ATTACH {literal(str(copy)).text} AS {COPY} (STORAGE_VERSION '{_OLDEST}')")
            for statement in (*_places(file, folders), *_LOCK_DOWN, *allowed, *few, *_LOCK):
                self._connection.execute(statement)

    def run(self, sql: str, bound: Mapping[str, object] | None = None) -> None:
        with _translated(self._file):
            self._connection.execute(self._statement(sql), dict(bound or {}))

    def _statement(self, sql: str) -> str | duckdb.Statement:
        """Parse a statement once where there are few rows: it comes again, and parsing is a third of its time."""
        if self._parsed is None:
            return sql
        if sql not in self._parsed and len(self._parsed) < _PARSED_MOST:
            self._parsed[sql] = self._connection.extract_statements(sql)[0]
        return self._parsed.get(sql, sql)

    def rows(self, sql: str, bound: Mapping[str, object] | None = None) -> list[tuple[Cell, ...]]:
        with _translated(self._file):
            return self._connection.execute(self._statement(sql), dict(bound or {})).fetchall()

    def pages(self, sql: str, size: int) -> Iterator[list[tuple[Cell, ...]]]:
        with _translated(self._file):
            cursor = self._connection.execute(sql)
            while page := cursor.fetchmany(size):
                yield page

    def table(self, sql: str) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
        """Run one query and give the names of its columns with its rows."""
        with _translated(self._file):
            cursor = self._connection.execute(sql)
            return tuple(column[0] for column in cursor.description or []), cursor.fetchall()

    def land(self, page: Page, name: str) -> None:
        """Make the rows of a page a temporary table of this name."""
        assert page.relation is not None, "a page without rows has nothing to land"
        try:
            if page.arrow is not None:
                with _translated(self._file):
                    self._connection.register("page", page.arrow)
            self.run(f"CREATE OR REPLACE TEMP TABLE {quoted(name).text} AS {page.relation.text}", page.bound)
        except StatementError as error:
            raise error if page.arrow is None else _broken(error) from error
        finally:
            if page.arrow is not None:
                self._connection.unregister("page")

    def stream(self, sql: str) -> object:
        """Give the rows of a query as an Arrow stream; it must be read to its end before the next statement."""
        with _translated(self._file):
            return self._connection.sql(sql)

    def beside(self) -> DuckDBBackend:
        """Open a second connection to the same file, whose transactions are its own: what it commits stays, whatever
        becomes of the transaction of this one.
        """
        other = object.__new__(DuckDBBackend)
        other._connection = self._connection.cursor()
        other._parsed = None
        other._file = self._file
        other.run(f"USE {_CATALOG}")
        return other

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, roll back on any exception; an interrupt rolls back too.

        What cannot be rolled back any more was never committed: the first failure is the one to tell.
        """
        self.run("BEGIN TRANSACTION")
        try:
            yield
        except BaseException:
            with suppress(StatementError, MachineError):
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
    except duckdb.OutOfMemoryException:
        connection.close()
        raise
    except duckdb.IOException as error:
        connection.close()
        raise _not_opened(file, str(error)) from error
    except duckdb.Error as error:
        connection.close()
        remedy = "check the path in crosswalk.yaml; a file of a newer DuckDB needs that version"
        raise MachineError(
            f"{file} is no readable database: {error}", code="DATABASE_UNREADABLE", remedy=remedy
        ) from error


def _places(file: Path | None, folders: Sequence[Path]) -> tuple[str, ...]:
    """Say where the connection may read and write besides its file: folders of connections, and what is spilled."""
    allowed = ", ".join(literal(f"{folder.resolve()}/").text for folder in folders)
    spilled = "" if file is None else literal(f"{file}{SPILLED}{uuid4().hex[:8]}").text
    return (
        *((f"SET temp_directory = {spilled}",) if spilled else ()),
        *((f"SET allowed_directories = [{allowed}]",) if allowed else ()),
    )


def _not_opened(file: Path, reason: str) -> MachineError:
    if machine.is_of_disk(reason):
        return machine.on_disk(reason, file)
    _readable(file)
    remedy = "close the other program, or wait until it is done, then run again"
    return MachineError(f"{file} is in use by {machine.held_by(reason)}", code="LOCKED", remedy=remedy)


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
def _translated(file: Path | None) -> Iterator[None]:
    """Raise our own exceptions: the limits of this machine apart from what is wrong with a statement."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise machine.no_memory(str(error)) from error
    except duckdb.IOException as error:
        raise machine.on_disk(str(error), file) from error
    except duckdb.Error as error:
        if isinstance(error, _OF_COMMIT) and machine.is_of_disk(str(error)):
            raise machine.on_disk(str(error), file) from error
        raise StatementError(str(error), code="STATEMENT") from error
