"""Keeps a database file from growing for ever: removes what is over, and gives the room back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import UsageError
from crosswalk.ledger import pruning, tables
from crosswalk.ledger.compacting import Sizes, compact
from crosswalk.loading import Loaded
from crosswalk.opening import writing
from crosswalk.runner.lease import lease

_PAUSE = timedelta(days=1)
"""A ledger that is pruned of itself is pruned once a day: what is kept is counted in days."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, in rows by table of the ledger, and the size of the file. `before` is UTC."""

    before: datetime
    removed: Mapping[str, int]
    sizes: Sizes
    written: bool


def prune(loaded: Loaded, older_than: timedelta, *, dry_run: bool = False, smaller: bool = False) -> Pruned:
    """Remove what was over so long ago; a dry run says what and removes nothing. `smaller` writes the file anew."""
    if not loaded.database.exists():
        message = f"{loaded.database} does not exist yet"
        raise UsageError(message, code="DATABASE_MISSING", remedy="crosswalk run")
    before, size = _now() - older_than, loaded.database.stat().st_size
    with writing(loaded) as backend:
        removed = _removed(loaded, before, backend, kept=dry_run)
    if smaller and not dry_run:
        with lease(loaded.database):
            compact(loaded.database)
    return Pruned(before, removed, Sizes(size, loaded.database.stat().st_size), not dry_run)


def tidy(loaded: Loaded, backend: DuckDBBackend) -> None:
    """Prune as the project says, once a day; nothing where it says nothing."""
    history = loaded.project.history_seconds
    if history is None:
        return
    last, now = pruning.pruned_at(backend), _now()
    if last is not None and last <= now < last + _PAUSE:
        return
    with backend.transaction():
        pruning.prune(now - timedelta(seconds=history), _tables(loaded), backend)
        pruning.note_pruned(now, backend)


def _removed(loaded: Loaded, before: datetime, backend: DuckDBBackend, *, kept: bool) -> Mapping[str, int]:
    backend.run("BEGIN TRANSACTION")
    try:
        tables.prepare(backend)
        removed = pruning.prune(before, _tables(loaded), backend)
    except BaseException:
        backend.run("ROLLBACK")
        raise
    backend.run("ROLLBACK" if kept else "COMMIT")
    return removed


def _tables(loaded: Loaded) -> frozenset[str]:
    return frozenset(str(ref) for ref in loaded.project.entities)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
