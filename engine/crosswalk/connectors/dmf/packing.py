"""Writes a package so that it is there whole or not at all, and so that the same rows make the same bytes."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from crosswalk.errors import MachineError

_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell: no package depends on when it was made."""
MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE}
_CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le"}


def write_package(path: Path, first: Mapping[str, bytes], data: str, lines: Iterator[str], encoding: str) -> None:
    """Write a package of some small files and one file of lines; `MachineError` when the disk refuses."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as partial, ZipFile(partial, "w", ZIP_DEFLATED) as package:
        for name, content in first.items():
            package.writestr(_entry(name), content, ZIP_DEFLATED)
        with package.open(_entry(data), "w", force_zip64=True) as opened:
            opened.write(MARKS[encoding])
            for line in lines:
                opened.write(line.encode(_CODECS[encoding]))


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    return entry


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Write under another name beside it, force that to the disk, and only then give it its name. A process that is
    killed leaves that other file, which the next one overwrites.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        yield partial
        _force(partial)
        partial.replace(path)
        _force(path.parent)
    except OSError as error:
        message = f"{path.name} cannot be written: {error.strerror or error}"
        raise MachineError(message, code="DISK_OR_FILE", remedy="check room and rights of the folder") from error


def _force(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
