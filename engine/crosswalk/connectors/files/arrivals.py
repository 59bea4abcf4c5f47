"""Files that arrive in a folder: which are there, which still come, and which were taken before, told by content.

Why by content: a file that is renamed or copied says nothing new, and one that is changed under its name does. Files
that come before one another by name are taken in that order, so what lies behind a file that still comes waits too.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import time

from crosswalk.connectors.files.form import ENDINGS, ending
from crosswalk.connectors.files.marks import Taken
from crosswalk.errors import SystemFailure, UsageError

_COMING = (".tmp", ".part", ".partial", ".crdownload", ".filepart")
_CHUNK = 1 << 20
_STEADY = 2.0
"""Seconds after which a file system surely gives a changed file another time of change."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file as it was found. `name` is its path below the folder; times are seconds since 1970."""

    path: Path
    name: str
    size: int
    modified: float
    changed: float
    inode: int

    @property
    def signature(self) -> str:
        """What tells, without reading it, that nothing touched the file since: as a version control system does."""
        seen = f"{self.name}\0{self.size}\0{self.modified!r}\0{self.changed!r}\0{self.inode}"
        return _short(hashlib.sha256(seen.encode("utf-8", "surrogateescape")).digest()[:9])


@dataclass(frozen=True, slots=True)
class Read:
    """A file and the digest of its content; `signature` is empty where the file is too young for one."""

    arrival: Arrival
    digest: str
    signature: str


def below(folder: Path, pattern: str | None, table: str) -> list[Arrival]:
    """List the files of a table, whole ones and those that still come, by name."""
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} is not there", code="FILE_MISSING", remedy="check 'folder'")
    try:
        found = _by_pattern(folder, pattern) if pattern else _by_table(folder, table)
        return sorted((arrival(folder, path) for path in found), key=lambda file: file.name)
    except OSError as error:
        raise unreadable(Path(str(error.filename or folder)), error) from error


def unreadable(path: Path, error: OSError) -> SystemFailure:
    """Say that a file or folder cannot be read."""
    message = f"{path} cannot be read: {error.strerror or error}"
    return SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy="check that it is there and may be read; run again")


def _by_pattern(folder: Path, pattern: str) -> Iterator[Path]:
    parts = PurePosixPath(pattern).parts
    if pattern.startswith("/") or ".." in parts:
        message = f"the files '{pattern}' are not below the folder"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="name them from 'folder' on, without ..")
    return (path for path in folder.glob(pattern) if path.is_file() and not _hidden(path, folder))


def _by_table(folder: Path, table: str) -> Iterator[Path]:
    """Find ``<table>.csv``, ``<table>-2026-11-27.csv`` and all of the folder ``<table>``: a name may go on with digits
    only, for ``order*`` would take the files of order_lines as well.
    """
    for path in folder.iterdir():
        if path.is_dir() and path.name.casefold() == table.casefold():
            yield from (file for file in path.rglob("*") if file.is_file() and _kept(file, folder))
        elif path.is_file() and _kept(path, folder) and table_of(path.name).casefold() == table.casefold():
            yield path


def table_of(name: str) -> str:
    """Tell the table from the name of a file: without its ending and the digits behind it."""
    stem = name[: len(name) - len(ending(name))]
    return re.sub(r"[-_. ]?\d[-_.:0-9TZ]*$", "", stem) or stem


def _kept(path: Path, folder: Path) -> bool:
    return ending(path.name) in ENDINGS and not _hidden(path, folder)


def _hidden(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return any(part.startswith((".", "_")) for part in parts) or path.name.casefold().endswith(_COMING)


def arrival(folder: Path, path: Path) -> Arrival:
    """Look at a file; a link that leads out of the folder is refused."""
    real = path.resolve()
    if not real.is_relative_to(folder.resolve()):
        message = f"{path} is a link that leads out of {folder}"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="put the file itself there, or name its folder")
    seen = real.stat()
    name = path.relative_to(folder).as_posix()
    return Arrival(real, name, seen.st_size, seen.st_mtime, seen.st_ctime, seen.st_ino)


def settled(files: list[Arrival], settle: float) -> list[Arrival]:
    """Give the files up to the first that was touched within so many seconds: those behind it wait for it."""
    now = time()
    for place, file in enumerate(files):
        if settle > 0 and 0 <= now - max(file.modified, file.changed) < settle:
            return files[:place]
    return files


def read_through(files: list[Arrival], taken: Taken, settle: float) -> list[Read]:
    """Tell the content of each file, reading only those that were touched; ends at one that changes meanwhile."""
    known = {signature: digest for digest, signature in taken.files.items() if signature}
    found: list[Read] = []
    for file in settled(files, settle):
        signature = file.signature
        if signature in known:
            found.append(Read(file, known[signature], signature))
            continue
        begun = time()
        digest = _digest(file, _unchanged)
        if digest is None:
            break
        found.append(Read(file, digest, signature if begun - file.changed > _STEADY else ""))
    return found


def _digest(file: Arrival, unchanged: Callable[[Arrival], bool]) -> str | None:
    """Take the digest of a file; none where somebody writes it at the same time, or took it away."""
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
        return _short(digest.digest()[:18]) if unchanged(file) else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(file.path, error) from error


def _unchanged(file: Arrival) -> bool:
    seen = file.path.stat()
    return (seen.st_size, seen.st_mtime, seen.st_ctime) == (file.size, file.modified, file.changed)


def _short(digest: bytes) -> str:
    return urlsafe_b64encode(digest).decode("ascii")
