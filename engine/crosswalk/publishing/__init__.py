"""The file for readers: a copy of the results, written beside the old one after an invocation, that takes its place.

Why a second file: DuckDB lets nobody else open a file while a runner writes to it. Why written anew and not a copy of
the bytes: older engines can read it, notes of what is being sent stay at home, and personal values can be hidden.
Why under the lease, after the database is closed: no other runner comes between, and whatever fails here leaves what
was committed alone. What was not published is published by the next invocation, for the file says what it holds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import CrosswalkError, MachineError
from crosswalk.ledger.tables import VERSION
from crosswalk.loading import Loaded
from crosswalk.logs import event
from crosswalk.opening import opened, reading_from
from crosswalk.publishing.contents import Contents, contents_of
from crosswalk.publishing.swapping import published_at, taking_its_place
from crosswalk.publishing.writing import stamp_of, write
from crosswalk.results import RunResult
from crosswalk.runner.lease import lease
from crosswalk.secrets import hide

_CODES = (0, 3)
"""What went well as far as the data go: that it is not published is the worse news."""


def published_after(loaded: Loaded, work: Callable[[DuckDBBackend], RunResult]) -> RunResult:
    """Do a piece of work on the database, alone, and publish what it leaves before another runner may come."""
    with lease(loaded.database):
        with opened(loaded) as backend:
            result = work(backend)
        return _published(loaded, result)


def _published(loaded: Loaded, result: RunResult) -> RunResult:
    """Bring the file for readers up to date; what fails undoes nothing and is told in the result."""
    contents = contents_of(loaded)
    if contents is None:
        return result
    try:
        _bring_up_to_date(loaded, contents)
    except (CrosswalkError, OSError) as error:
        return _failed(result, contents, error)
    return replace(result, published=True)


def _bring_up_to_date(loaded: Loaded, contents: Contents) -> None:
    before = published_at(contents.file)
    database = DuckDBBackend(loaded.database, read_only=True)
    try:
        stamp = stamp_of(contents, database)
    finally:
        database.close()
    if before is None or before.stamp != stamp:
        with taking_its_place(contents.file) as new:
            write(contents, stamp, loaded.database, new)


def _failed(result: RunResult, contents: Contents, error: CrosswalkError | OSError) -> RunResult:
    """Say why readers have the state before, and how they get this one."""
    told = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    remedy = error.remedy if isinstance(error, CrosswalkError) else ""
    why = hide(f"{contents.file} is as it was before: {told.partition(chr(10))[0]}")
    why = f"{error.code}: {why}" if isinstance(error, CrosswalkError) else why
    remedy = f"{remedy}; then run again" if remedy else "make room and check the rights of its folder, then run again"
    code = MachineError.exit_code if result.exit_code in _CODES else result.exit_code
    return replace(result, unpublished=f"{why}; {hide(remedy)}", exit_code=code)


@contextmanager
def reading(loaded: Loaded) -> Iterator[DuckDBBackend]:
    """Open the database to read or, while a run holds it, what was published before."""
    with ExitStack() as stack:
        yield _opened_to_read(loaded, stack)


def _opened_to_read(loaded: Loaded, stack: ExitStack) -> DuckDBBackend:
    try:
        return stack.enter_context(reading_from(loaded))
    except MachineError as error:
        contents = contents_of(loaded)
        before = published_at(contents.file) if contents is not None and error.code == "LOCKED" else None
        if contents is None or before is None or before.ledger != VERSION:
            raise
    event(logging.WARNING, "a run holds the database: this was published before", at=before.at, file=str(contents.file))
    backend = DuckDBBackend(contents.file, read_only=True)
    stack.callback(backend.close)
    return backend
