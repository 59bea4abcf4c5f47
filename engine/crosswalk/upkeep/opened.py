"""Opens the ledger of a project to change it: alone, and brought up to date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import UsageError
from crosswalk.ledger import tables
from crosswalk.loading import Loaded
from crosswalk.opening import writing


@contextmanager
def ledger_of(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Hold the ledger; `UsageError` where there is no database yet."""
    if not loaded.database.exists():
        message = f"{loaded.database} does not exist yet"
        raise UsageError(message, code="DATABASE_MISSING", remedy="crosswalk run")
    with writing(loaded) as backend:
        with backend.transaction():
            tables.prepare(backend)
        yield backend
