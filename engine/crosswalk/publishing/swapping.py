"""Lets a new file for readers take the place of the old one in one step, and only where that one was ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import CrosswalkError, MachineError
from crosswalk.failpoints import around

_NO_WRITING = 0o444
"""Rights that are left: who opens the file to write would lock it, and leave a log beside it that the next file has
not been made for.
"""


@dataclass(frozen=True, slots=True)
class Published:
    """What a file for readers says of itself: the state that it holds, the version of its ledger, and since when."""

    stamp: str
    ledger: int
    at: str


def published_at(file: Path) -> Published | None:
    """Read what was published, None where nothing was; `MachineError` where the file is not one of ours."""
    if not file.exists():
        return None
    remedy = "move it away, or name another one: publish: {<profile>: {file: ..}}"
    try:
        backend = DuckDBBackend(file, read_only=True)
        try:
            rows = backend.rows("SELECT stamp, ledger, published_at FROM crosswalk.published")
        finally:
            backend.close()
    except CrosswalkError as error:
        if error.code == "LOCKED":
            message = f"{file} is held open by a program that opened it to write"
            raise MachineError(message, code="LOCKED", remedy="close it, and open the file read-only") from error
        message = f"{file} was not published by Crosswalk, or is damaged"
        raise MachineError(message, code="PUBLISHED_FOREIGN", remedy=remedy) from error
    if len(rows) != 1:
        raise MachineError(f"{file} was not published by Crosswalk", code="PUBLISHED_FOREIGN", remedy=remedy)
    stamp, ledger, at = rows[0]
    return Published(str(stamp), int(str(ledger)), str(at))


@contextmanager
def taking_its_place(file: Path) -> Iterator[Path]:
    """Give the name of a file beside `file`; when it has been written it takes its place, else it is removed."""
    new = file.with_name(f"{file.name}.new")
    file.parent.mkdir(parents=True, exist_ok=True)
    _remove(new)
    try:
        with around("publish"):
            yield new
        _refuse_log(file)
        _keep_rights(file, new)
        _to_disk(new)
        with around("swap"):
            os.replace(new, file)  # noqa: PTH105 - the word for what has to happen in one step
            _to_disk(file.parent)
    finally:
        _remove(new)


def _remove(new: Path) -> None:
    for left in (new, new.with_name(f"{new.name}.wal")):
        left.unlink(missing_ok=True)


def _refuse_log(file: Path) -> None:
    """A log beside the old file would be read into the new one by whoever opens it next."""
    log = file.with_name(f"{file.name}.wal")
    if log.exists():
        message = f"somebody wrote to {file}: {log.name} lies beside it"
        raise MachineError(message, code="PUBLISHED_FOREIGN", remedy=f"close that program and move {log.name} away")


def _keep_rights(file: Path, new: Path) -> None:
    """Readers keep the rights that they were given, except that of writing."""
    mode = (file if file.exists() else new).stat().st_mode
    new.chmod(mode & _NO_WRITING)


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
