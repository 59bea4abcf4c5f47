"""Reads packages as what they are: archives that strangers may have made.

Names that lead out are refused, nothing is ever written to the disk, and what comes out of an archive is counted while
it comes, whatever the archive says of itself.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 - a class with the name of a function

from crosswalk.connectors.dmf.manifest import MANIFEST, Content, read_manifest
from crosswalk.errors import SystemFailure

MOST_FILES = 1_000
MOST_MANIFEST = 16 * 2**20
MOST_DATA = 4 * 2**30
MOST_RATIO = 500
_LONGEST_CELL = 16 * 2**20
_SMALL = 2**20
"""Below this size the ratio says nothing: a few kilobytes of blanks are no bomb."""


def packages(folder: Path) -> list[Path]:
    """List the packages of a folder by name; links that lead out of it are left out."""
    found = sorted(folder.glob("*.zip")) if folder.is_dir() else []
    return [each for each in found if each.resolve().is_relative_to(folder)]


def contents(path: Path) -> tuple[Content, ...]:
    """Say what a package holds."""
    with _opened(path) as package:
        entry = _entry(package, MANIFEST, path)
        return read_manifest(_bounded(package, entry, MOST_MANIFEST, path).read(), path.name)


def rows(path: Path, content: Content) -> Iterator[dict[str, str]]:
    """Give the rows of one table of a package by the names in its first line."""
    csv.field_size_limit(_LONGEST_CELL)
    with _opened(path) as package:
        opened = _bounded(package, _entry(package, content.file, path), MOST_DATA, path)
        try:
            with io.TextIOWrapper(opened, encoding=_encoding(package, content.file, path), newline="") as text:
                for row in csv.DictReader(text, restkey="#more", restval=""):
                    yield {name: cell for name, cell in row.items() if name != "#more"}
        except (csv.Error, UnicodeError, BadZipFile, ZlibError, EOFError) as error:
            raise _unreadable(path, f"{content.file}: {error}") from error


def _opened(path: Path) -> ZipFile:
    try:
        package = ZipFile(path)
    except (BadZipFile, OSError) as error:
        raise _unreadable(path, str(error)) from error
    entries = package.infolist()
    names = [entry.filename for entry in entries]
    wrong = next((name for name in names if _leads_out(name)), None)
    if wrong is not None or len(entries) > MOST_FILES or len(set(names)) < len(names):
        package.close()
        reason = f"it holds the name '{wrong}'" if wrong is not None else f"it holds {len(entries)} files, or one twice"
        raise _unreadable(path, reason)
    return package


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ":" in name or ".." in PurePosixPath(name.replace("\\", "/")).parts


def _entry(package: ZipFile, name: str, path: Path) -> ZipInfo:
    for entry in package.infolist():
        if entry.filename.casefold() == name.casefold():
            if entry.flag_bits & 1:
                raise _unreadable(path, f"{name} is encrypted")
            return entry
    raise _unreadable(path, f"it holds no '{name}'")


def _encoding(package: ZipFile, name: str, path: Path) -> str:
    with package.open(_entry(package, name, path)) as opened:
        start = opened.read(4)
    return "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"


class _Counted(io.RawIOBase):
    """A stream out of an archive that ends with an error when more comes than may."""

    def __init__(self, package: ZipFile, entry: ZipInfo, most: int, path: Path) -> None:
        self._stream, self._most, self._path, self._taken = package.open(entry), most, path, 0
        self._packed = max(entry.compress_size, 1)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        part = self._stream.read(len(buffer))
        self._taken += len(part)
        if self._taken > self._most or self._taken > _SMALL + MOST_RATIO * self._packed:
            raise _unreadable(self._path, "it grows beyond what a package may hold")
        buffer[: len(part)] = part
        return len(part)


def _bounded(package: ZipFile, entry: ZipInfo, most: int, path: Path) -> io.BufferedReader:
    return io.BufferedReader(_Counted(package, entry, most, path))


def _unreadable(path: Path, reason: str) -> SystemFailure:
    remedy = "export the package again, or take it out of the folder"
    return SystemFailure(f"the package {path.name} cannot be read: {reason}", code="SYSTEM_FAILED", remedy=remedy)
