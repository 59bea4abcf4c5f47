"""Opens the database of a project: alone to write, beside others to read, or as a private copy; and makes it ready."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connecting import copies_of, folders_of
from crosswalk.connectors.embedded import EmbeddedSystem
from crosswalk.errors import UsageError
from crosswalk.failpoints import around
from crosswalk.ledger import tables
from crosswalk.loading import Loaded
from crosswalk.model import Entity
from crosswalk.runner.invocation import Systems, prepare
from crosswalk.runner.lease import lease


@contextmanager
def writing(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to write, alone: a second runner is refused at once and told who holds it."""
    with lease(loaded.database), opened(loaded) as backend:
        yield backend


@contextmanager
def opened(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to write; the caller holds the lease."""
    with around("open"):
        backend = DuckDBBackend(loaded.database, folders=folders_of(loaded))
    try:
        yield backend
    finally:
        with around("close"):
            backend.close()


@contextmanager
def reading_from(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to read."""
    if not loaded.database.exists():
        message = f"{loaded.database} does not exist yet"
        raise UsageError(message, code="DATABASE_MISSING", remedy="crosswalk run")
    backend = DuckDBBackend(loaded.database, read_only=True)
    try:
        tables.readable(backend)
        yield backend
    finally:
        backend.close()


@contextmanager
def copied(loaded: Loaded, folder: Path) -> Iterator[DuckDBBackend]:
    """Open a private copy of the database, made in `folder`, so that the file itself is never opened to write."""
    copy = folder / "plan.duckdb"
    _copy(loaded.database, copy)
    backend = DuckDBBackend(copy, folders=folders_of(loaded))
    try:
        yield backend
    finally:
        backend.close()


def _copy(database: Path, copy: Path) -> None:
    """Copy the database while it is held open to read, so that nobody writes to it meanwhile."""
    if not database.exists():
        return
    holder = DuckDBBackend(database, read_only=True)
    try:
        shutil.copyfile(database, copy)
        log = database.with_name(database.name + ".wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(copy.name + ".wal"))
    finally:
        holder.close()


def make_ready(loaded: Loaded, backend: DuckDBBackend) -> None:
    """Make the ledger and the missing tables of embedded systems; `StoppedError` where a table differs."""
    by_system: dict[str, tuple[Entity, ...]] = {}
    for entity in loaded.project.entities.values():
        by_system[entity.ref.system] = (*by_system.get(entity.ref.system, ()), entity)
    embedded = {system: EmbeddedSystem(system) for system in by_system}
    with around("recover"):
        prepare(Systems(embedded, by_system, copies=copies_of(loaded)), backend)
