"""One runner at a time: a lock file beside the database that says who holds it, on which host, since when.

Why beside DuckDB's own lock: a second process that opens the file learns only that it cannot. The lock file is held by
the operating system for as long as the process lives, so a killed runner leaves no lock behind, only its signature. The
file is never removed: two runners that open a lock file under one name would each hold another file.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from crosswalk.errors import MachineError
from crosswalk.failpoints import around
from crosswalk.whole_files import NO_ROOM, refused

_PATIENCE_SECONDS = 0.5
"""A holder signs right after it has taken the lock; a second runner that comes in between looks again."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, or held it last. `since` is UTC as text."""

    user: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.user} on {self.host}, process {self.pid}, since {self.since}"


def lock_of(database: Path) -> Path:
    """Name the lock file of a database; the path of a project's database has no links in it, so one file has one."""
    return database.with_name(database.name + ".lock")


@contextmanager
def lease(database: Path) -> Iterator[None]:
    """Hold the lock of a database file; `MachineError` at once when another runner holds it."""
    path = lock_of(database)
    with _opened(path) as file:
        with around("lease"):
            _lock(file, database)
            _sign(file, path)
        try:
            yield
        finally:
            with suppress(OSError):
                file.truncate(0)


def holder_of(database: Path) -> tuple[Holder | None, bool]:
    """Say who signed the lock file last, and whether the lock is held now; for this the file is only read."""
    try:
        with lock_of(database).open("rb", buffering=0) as file:
            return _signature(file), not _free(file)
    except FileNotFoundError:
        return None, False


def check_free(database: Path) -> None:
    """Raise `MachineError` where a runner holds the database now."""
    with suppress(OSError):
        with lock_of(database).open("rb", buffering=0) as file:
            if not _free(file):
                raise _locked(file, database)


def _free(file: FileIO) -> bool:
    """Try the lock in passing: a shared one, so that two who look do not take each other for runners."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True


def _opened(path: Path) -> FileIO:
    """Open the lock file without a buffer: what cannot be written must fail here, not when it is closed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+b", buffering=0)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> MachineError:
    if error.errno in NO_ROOM:
        return refused(path, error)
    reason = error.strerror or str(error)
    there = next((found for found in (path, *path.parents) if found.exists()), path)
    owner = owner_of(there)
    message = f"{path} cannot be written by {user_name()}: {reason}; {there} belongs to {owner}"
    remedy = f"run as {owner}, or give {user_name()} the right to write to {there}"
    return MachineError(message, code="NO_RIGHTS", remedy=remedy)


def _lock(file: FileIO, database: Path) -> None:
    """Take the lock. A holder that has not signed yet is given a moment; who only looked has let go by then."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if _signature(file) is not None or time.monotonic() > end:
                raise _locked(file, database) from error
        time.sleep(_PATIENCE_SECONDS / 50)


def _locked(file: FileIO, database: Path) -> MachineError:
    holder = _signature(file) or "another runner, which has just begun"
    message = f"{database} is in use by {holder}"
    return MachineError(message, code="LOCKED", remedy="wait until it is done, then run again")


def _signature(file: FileIO) -> Holder | None:
    """Read who signed; None where nobody has, or not to the end yet."""
    file.seek(0)
    try:
        return Holder(**json.loads(file.readall() or b"null"))
    except (ValueError, TypeError):
        return None


def _sign(file: FileIO, path: Path) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = Holder(user_name(), socket.gethostname(), os.getpid(), since)
    try:
        file.truncate(0)
        file.write(json.dumps(asdict(holder)).encode())
    except OSError as error:
        raise _refused(path, error) from error


def owner_of(path: Path) -> str:
    """Name the owner of a file or folder; one without a password entry is named by its number."""
    return _named(path.stat().st_uid)


def user_name() -> str:
    """Name the user whose process this is, whatever its environment says; one without a password entry by number."""
    return _named(os.getuid())


def _named(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
