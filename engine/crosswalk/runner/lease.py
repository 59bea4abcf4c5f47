"""One runner at a time: a lock file beside the database that says who holds it, on which host, since when.

Why beside DuckDB's own lock: a second process that opens the file learns only that it cannot. The lock file is held by
the operating system for as long as the process lives, so a killed runner leaves no stale lock behind.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from crosswalk.errors import MachineError
from crosswalk.failpoints import around


@contextmanager
def lease(database: Path) -> Iterator[None]:
    """Hold the lock of a database file; `MachineError` at once when another runner holds it."""
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written: {error.strerror or error}", code="NO_RIGHTS", remedy="check the folder"
        ) from error
    with file:
        with around("lease"):
            _lock(file, database)
            _sign(file)
        yield
        file.truncate(0)


def _lock(file: TextIOWrapper, database: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MachineError(
            _held_by(file, database), code="LOCKED", remedy="wait until it is done, then run again"
        ) from error


def _held_by(file: TextIOWrapper, database: Path) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read() or "{}")
    except json.JSONDecodeError:
        holder = {}
    if not holder:
        return f"{database} is in use by another runner"
    who = f"{holder.get('user')} on {holder.get('host')}, process {holder.get('pid')}"
    return f"{database} is in use by {who}, since {holder.get('since')}"


def _sign(file: TextIOWrapper) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    signature = {"user": user_name(), "host": socket.gethostname(), "pid": os.getpid(), "since": since}
    file.seek(0)
    file.truncate(0)
    file.write(json.dumps(signature))
    file.flush()


def user_name() -> str:
    """Name the user; a process without a password entry is named by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
