"""Writes a file as a whole or not at all: what was there stays until the new content is on the disk.

Why one function: a report, an export or an entity file of which a full disk kept the first half looks like a whole one.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from crosswalk.errors import MachineError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What an operating system calls a disk that is full, an allowance that is used up, a file that may not grow."""


def put(path: Path, content: str | bytes) -> None:
    """Write a file over the one that may be there; `MachineError` where the disk or the rights refuse it.

    A device or a pipe is written to directly: nothing can take its place.
    """
    text = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(text)
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise refused(path, error) from error


def _replace(path: Path, text: bytes) -> None:
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_bytes(text)
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        os.replace(new, path)  # noqa: PTH105 - one step, over what is there
    except OSError:
        with suppress(OSError):
            new.unlink(missing_ok=True)
        raise


def refused(path: Path, error: OSError) -> MachineError:
    """Say that a file could not be written, why, and what to do."""
    message = f"{path} cannot be written: {error.strerror or error}"
    folder = path.absolute().parent
    if error.errno in NO_ROOM:
        remedy = f"make room on the disk of {folder}, then run again"
        return MachineError(message, code="DISK_FULL", remedy=remedy)
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        remedy = f"check who owns {folder} and the file in it, or name another one"
        return MachineError(message, code="NO_RIGHTS", remedy=remedy)
    return MachineError(message, code="DISK_OR_FILE", remedy=f"check {folder}, or name another file")
