"""Opens the database of a project: alone to write, beside others to read, or as a private copy; and makes it ready."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from glob import escape
from pathlib import Path

from crosswalk.backends.duckdb import SPILLED, DuckDBBackend
from crosswalk.connecting import copies_of, folders_of
from crosswalk.connectors.embedded import EmbeddedSystem
from crosswalk.errors import MachineError, UsageError
from crosswalk.failpoints import around
from crosswalk.ledger import tables
from crosswalk.loading import Loaded, used_in
from crosswalk.model import Entity, EntityRef
from crosswalk.results import Finding
from crosswalk.runner.lease import check_free, lease
from crosswalk.runner.readiness import Systems, prepare

COPIES = "crosswalk-plan-"
"""How the folders of private copies begin, among the temporary files of this machine."""


@contextmanager
def writing(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to write, alone: a second runner is refused at once and told who holds it."""
    with lease(loaded.database), opened(loaded) as backend:
        yield backend


@contextmanager
def opened(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to write; the caller holds its lease."""
    with around("open"):
        backend = DuckDBBackend(loaded.database, folders=folders_of(loaded))
        _sweep(loaded.database)
    try:
        yield backend
    finally:
        with around("close"):
            backend.close()


def _sweep(database: Path) -> None:
    """Remove what killed processes had spilled: nobody else has the file open now, so it is nobody's any more."""
    for folder in spilled(database):
        shutil.rmtree(folder, ignore_errors=True)


def spilled(database: Path) -> tuple[Path, ...]:
    """Name the folders beside a database that hold what did not fit into memory."""
    return tuple(sorted(database.parent.glob(f"{escape(database.name)}{SPILLED}*")))


@contextmanager
def reading_from(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to read. A ledger of an earlier version is brought up to date first."""
    if not loaded.database.exists():
        message = f"{loaded.database} does not exist yet"
        raise UsageError(message, code="DATABASE_MISSING", remedy="crosswalk run")
    if _outdated(loaded):
        with writing(loaded) as backend, backend.transaction():
            tables.prepare(backend)
    backend = opened_to_read(loaded.database)
    try:
        tables.readable(backend)
        yield backend
    finally:
        backend.close()


def _outdated(loaded: Loaded) -> bool:
    backend = opened_to_read(loaded.database)
    try:
        return tables.outdated(backend)
    finally:
        backend.close()


def opened_to_read(database: Path) -> DuckDBBackend:
    """Open a file to read; where a runner holds it, tell who that is, which the database itself does not know."""
    try:
        return DuckDBBackend(database, read_only=True)
    except MachineError as refused:
        if refused.code == "LOCKED":
            check_free(database)
        raise


@contextmanager
def copied(loaded: Loaded, folder: Path) -> Iterator[DuckDBBackend]:
    """Open a private copy of the database, made in `folder`, so that the file itself is never opened to write."""
    copy = folder / "plan.duckdb"
    try:
        _copy(loaded.database, copy)
    except OSError as error:
        message = f"{loaded.database} cannot be copied to {folder}: {error.strerror or error}"
        remedy = "make room there, or name another folder in the environment variable TMPDIR"
        raise MachineError(message, code="DISK_FULL", remedy=remedy) from error
    backend = DuckDBBackend(copy, folders=folders_of(loaded))
    try:
        yield backend
    finally:
        backend.close()


def _copy(database: Path, copy: Path) -> None:
    """Copy the database while it is held open to read, so that nobody writes to it meanwhile."""
    if not database.exists():
        return
    holder = opened_to_read(database)
    try:
        shutil.copyfile(database, copy)
        log = database.with_name(database.name + ".wal")
        if log.exists():
            shutil.copyfile(log, copy.with_name(copy.name + ".wal"))
    finally:
        holder.close()


def make_ready(
    loaded: Loaded, backend: DuckDBBackend, allowed: frozenset[str] = frozenset()
) -> Mapping[EntityRef, Finding]:
    """Make the ledger and the missing tables of embedded systems; `StoppedError` where a table differs. Gives what
    there is to be told of tables.
    """
    by_system: dict[str, tuple[Entity, ...]] = {}
    for entity in loaded.project.entities.values():
        by_system[entity.ref.system] = (*by_system.get(entity.ref.system, ()), entity)
    systems = Systems(
        connectors={system: EmbeddedSystem(system) for system in by_system},
        entities=by_system,
        copies=copies_of(loaded),
        written=frozenset(ref for leg in loaded.legs for ref in leg.bound.writes),
        uses=partial(used_in, loaded),
    )
    with around("recover"):
        return prepare(systems, backend, allowed)
