"""A database of our own, beside the project's: where changes are laid out before they are written or given on.

Why not in memory alone: a change set may be larger than the memory; what does not fit goes to a folder of the system
for temporary files. Nothing else outside is open to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import duckdb
from arro3.core import RecordBatchReader
from arro3.core.types import ArrowStreamExportable

from crosswalk.errors import MachineError
from crosswalk.sql import literal

_SETTINGS = (
    "SET memory_limit = '1GB'",
    "SET enable_external_access = false",
    "SET autoload_known_extensions = false",
    "SET autoinstall_known_extensions = false",
    "SET TimeZone = 'UTC'",
    "SET lock_configuration = true",
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A connection to that database."""

    connection: duckdb.DuckDBPyConnection

    def run(self, sql: str, bound: Mapping[str, object] | None = None) -> None:
        with _translated():
            self.connection.execute(sql, dict(bound or {}))

    def take(self, sql: str, stream: ArrowStreamExportable) -> None:
        """Run a statement that reads an Arrow stream under the name ``page``, whoever gives it: DuckDB would refuse a
        relation of another connection, but not the stream that it is.
        """
        self.connection.register("page", RecordBatchReader.from_arrow(stream))
        try:
            self.run(sql)
        finally:
            self.connection.unregister("page")

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with _translated():
            return self.connection.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        """Run a query for one whole number."""
        found = self.rows(sql)[0][0]
        return found if isinstance(found, int) else 0

    def stream(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Give the rows of a query as something that can be read as an Arrow stream, once."""
        return self.connection.sql(sql)


@contextmanager
def bench() -> Iterator[Bench]:
    """Open the database for as long as it is needed."""
    with TemporaryDirectory(prefix="crosswalk-") as folder:
        connection = duckdb.connect(":memory:")
        try:
            connection.execute(f"SET temp_directory = {literal(folder).text}")
            for setting in _SETTINGS:
                connection.execute(setting)
            yield Bench(connection)
        finally:
            connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MachineError(str(error), code="OUT_OF_MEMORY", remedy="give the process more memory") from error
    except duckdb.IOException as error:
        raise MachineError(str(error), code="DISK_OR_FILE", remedy="check the folder for temporary files") from error
