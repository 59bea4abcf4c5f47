"""Carries the state of a ledger to another database file, where the next runs go on as if nothing had happened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import IO

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import StatementError, StoppedError, UsageError
from crosswalk.ledger import carrying, outbox, tables
from crosswalk.loading import Loaded
from crosswalk.opening import make_ready, opened, reading_from
from crosswalk.runner.lease import lease, user_name
from crosswalk.upkeep.statefile import Head, Reading, Row, written

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried, in rows by table; `aside` is the copy of the database file that was made before."""

    rows: Mapping[str, int]
    aside: Path | None = None


def export_state(loaded: Loaded, to: IO[bytes]) -> Carried:
    """Write the state. `StoppedError` while a run is not finished: what it sent is known to its database alone."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    head = Head(loaded.project.name, loaded.profile, tables.VERSION, now, user_name())
    with reading_from(loaded) as backend:
        _refuse_unfinished(backend)
        found = {table: carrying.rows_of(table, backend) for table in carrying.READ}
        return Carried(written(head, found, to))


def export_to(loaded: Loaded, file: Path) -> Carried:
    """Write the state into a new file, whole or not at all."""
    if file.exists():
        raise UsageError(f"{file} is there already", code="FILE_EXISTS", remedy="name a file that is not there yet")
    begun = file.with_name(f"{file.name}.part")
    try:
        with begun.open("wb") as written_to:
            carried = export_state(loaded, written_to)
            written_to.flush()
            os.fsync(written_to.fileno())
        begun.replace(file)
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror or error}"
        raise UsageError(message, code="FILE_MISSING", remedy="name a file in a folder that can be written") from error
    finally:
        begun.unlink(missing_ok=True)
    return carried


def import_state(loaded: Loaded, file: Path, *, replace: bool = False) -> Carried:
    """Take over a state, whole or not at all. A ledger that is not empty is only replaced when that is asked for, and
    then the database file is copied aside first.
    """
    try:
        source = file.open("rb")
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror or error}"
        raise UsageError(message, code="FILE_MISSING", remedy="name a file that is there") from None
    with source, lease(loaded.database):
        aside = _copy_aside(loaded.database) if replace and loaded.database.exists() else None
        try:
            with opened(loaded) as backend:
                make_ready(loaded, backend)
                empty = _refuse_filled(loaded, backend, replace=replace)
                columns = {table: carrying.columns_of(table, backend) for table in carrying.READ}
                reading = Reading(str(file), source, columns)
                _refuse_other(loaded, reading.head(), file)
                with backend.transaction():
                    carrying.clear(backend)
                    counted = _take(reading, backend)
        except BaseException:
            _forget(aside)
            raise
    if empty:
        _forget(aside)
    return Carried(counted, None if empty else aside)


def _refuse_filled(loaded: Loaded, backend: DuckDBBackend, *, replace: bool) -> bool:
    """Say whether the ledger is empty; one that is not is only replaced when that is asked for."""
    _refuse_unfinished(backend)
    empty = carrying.is_empty(backend)
    if not empty and not replace:
        message = f"{loaded.database} has a ledger that is not empty"
        remedy = "import into a new database file; --replace copies this one aside and forgets what it knows"
        raise UsageError(message, code="STATE_THERE", remedy=remedy)
    return empty


def _take(reading: Reading, backend: DuckDBBackend) -> Mapping[str, int]:
    counted = dict.fromkeys(reading.columns, 0)
    for batch in _batches(reading.rows()):
        table, line = batch[0].table, batch[0].line
        try:
            carrying.put(table, [row.cells for row in batch], reading.columns[table], backend)
        except StatementError as error:
            message = f"{reading.name}, from line {line} on: {error}"
            raise UsageError(message, code="STATE_UNREADABLE", remedy="crosswalk state export writes one") from error
        counted[table] += len(batch)
    if found := carrying.twice(backend):
        message = f"{reading.name}: the {found} stands there twice"
        raise UsageError(message, code="STATE_UNREADABLE", remedy="crosswalk state export writes one")
    return counted


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Give rows of one table at a time, so many at once."""
    kept: list[Row] = []
    for row in rows:
        if kept and (row.table != kept[0].table or len(kept) == _BATCH):
            yield kept
            kept = []
        kept.append(row)
    if kept:
        yield kept


def _refuse_unfinished(backend: DuckDBBackend) -> None:
    for run in outbox.begun(backend):
        message = f"the run of '{run.leg}' begun at {run.started:%Y-%m-%d %H:%M:%S} UTC is not finished"
        raise StoppedError(message, code="RUN_UNFINISHED", remedy=f"crosswalk run --select {run.leg} finishes it")


def _refuse_other(loaded: Loaded, head: Head, file: Path) -> None:
    if head.project != loaded.project.name or head.profile != loaded.profile:
        message = f"{file} is the state of the project '{head.project}' in the profile '{head.profile}'"
        remedy = f"this is '{loaded.project.name}' in '{loaded.profile}'; --profile chooses another"
        raise UsageError(message, code="STATE_OTHER", remedy=remedy)
    if head.ledger > tables.VERSION:
        message = f"{file} comes from a ledger of version {head.ledger}; this Crosswalk knows up to {tables.VERSION}"
        raise UsageError(message, code="STATE_NEWER", remedy="install the newer Crosswalk")


def _copy_aside(database: Path) -> Path:
    """Copy the file with its log. It is not open yet: closing a second handle would give up the lock of the first."""
    stem = f"{database.name}.{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = chain([f"{stem}.aside"], (f"{stem}-{number}.aside" for number in count(2)))
    aside = next(path for path in map(database.with_name, names) if not path.exists())
    log = database.with_name(database.name + ".wal")
    if log.exists():
        shutil.copyfile(log, aside.with_name(aside.name + ".wal"))
    shutil.copyfile(database, aside)
    return aside


def _forget(aside: Path | None) -> None:
    """Nothing was replaced: the copy would say the same as the file."""
    if aside is not None:
        aside.unlink(missing_ok=True)
        aside.with_name(aside.name + ".wal").unlink(missing_ok=True)
