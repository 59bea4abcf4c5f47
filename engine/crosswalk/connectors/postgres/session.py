"""One session with the server: statements, small results as rows, large ones as Arrow streams, and bulk loads.

The driver's results are Arrow; a DuckDB of its own in memory turns small ones into rows. Transactions are opened and
ended by statements, so that each says its isolation. The settings of the role that change how values are spelled are
set to what the connector expects; its search path stays, for triggers may rely on it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import cast

import duckdb
from adbc_driver_manager import Error
from adbc_driver_manager.dbapi import Connection, Cursor
from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]

from crosswalk.connectors.postgres.failures import Collided, RowRefused, broken_off, refused_to_open, translated
from crosswalk.connectors.postgres.settings import Settings
from crosswalk.connectors.postgres.statements import filled
from crosswalk.errors import CrosswalkError, SystemFailure
from crosswalk.sql import Sql, literal

_TRIES = 3
_PAUSE = 0.3
"""Seconds before the second try to reach a server; doubled before each further one."""

_SPELLING = (
    "SET standard_conforming_strings = on",
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'iso_8601'",
    "SET bytea_output = 'hex'",
    "SET extra_float_digits = 1",
    "SET row_security = on",
)
_WATCHED = (
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
    "SET client_connection_check_interval = '10s'",
)
"""A server that notices soon that nobody listens any more gives back what the session holds."""


class Session:
    """An open session. Used by one thread, for one thing at a time."""

    def __init__(self, settings: Settings) -> None:
        self.system = settings.system
        self._link = _reached(settings)
        self._open: list[Cursor] = []
        self._local = duckdb.connect(":memory:", config={"threads": 1})
        limit = literal(settings.timeout * 1000)
        for statement in (*map(Sql, (*_SPELLING, *_WATCHED)), filled("SET statement_timeout = {limit}", limit=limit)):
            self.run(statement)

    def run(self, statement: Sql) -> int:
        """Run a statement that gives no rows, and say how many rows it touched; -1 where that means nothing."""
        with self._translated(), self._link.cursor() as cursor:
            cursor.execute(statement.text)
            return cursor.rowcount

    def rows(self, query: Sql) -> list[tuple[object, ...]]:
        """Run a query and give its rows."""
        with self._translated(), self._link.cursor() as cursor:
            cursor.execute(query.text)
            self._local.register("answer", cursor.fetch_arrow())
            try:
                return cast(list[tuple[object, ...]], self._local.execute("SELECT * FROM answer").fetchall())
            except duckdb.Error as error:
                raise broken_off(error, self.system) from error
            finally:
                self._local.unregister("answer")

    def stream(self, query: Sql) -> object:
        """Run a query and give its rows as an Arrow stream, to be read before the next statement."""
        with self._translated():
            cursor = self._link.cursor()
            self._open.append(cursor)
            cursor.execute(query.text)
            return cursor.fetch_arrow()

    def load(self, table: str, stream: object) -> int:
        """Load an Arrow stream into a temporary table, which is made with the columns of the stream."""
        with self._translated(), self._link.cursor() as cursor:
            return cursor.adbc_ingest(table, stream, mode="create", temporary=True)

    @contextmanager
    def transaction(self, how: str = "") -> Iterator[None]:
        """All or nothing. After an error the transaction is over, whether or not the server still answers."""
        self.run(Sql(f"BEGIN {how}".strip()))
        try:
            yield
        except BaseException:
            self.abandon()
            raise
        self.run(Sql("COMMIT"))

    def abandon(self) -> None:
        """Roll back, as far as the server can still be told."""
        try:
            self.free()
            self.run(Sql("ROLLBACK"))
        except (Error, CrosswalkError, RowRefused, Collided):
            return  # what ended the transaction matters, not whether the server still hears of it

    def free(self) -> None:
        """Give back the streams that were read."""
        while self._open:
            self._open.pop().close()

    def close(self) -> None:
        self._local.close()
        try:
            self.free()
        finally:
            self._link.close()

    def dropped(self) -> None:
        """Close, whether or not the server still answers."""
        try:
            self.close()
        except Error:
            return

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.dropped()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except Error as error:
            raise translated(error, self.system) from error


def _reached(settings: Settings) -> Connection:
    """Open a connection; a server that does not answer is tried again."""
    for attempt in range(_TRIES):
        try:
            link: Connection = dbapi.connect(settings.address(), autocommit=True)
            return link
        except Error as error:
            failure = refused_to_open(error, settings.system)
            if not isinstance(failure, SystemFailure) or attempt == _TRIES - 1:
                raise failure from None
        time.sleep(_PAUSE * 2**attempt)
    raise AssertionError("a loop that returns or raises")
