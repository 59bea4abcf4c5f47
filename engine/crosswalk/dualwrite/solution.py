"""Reads the rows of the table of maps out of a solution: a zip with ``customizations.xml``, or that file alone.

Why the document is walked twice: the first walk refuses a document type, without which there are no entities to
expand, before anything is built.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.parsers import expat

from crosswalk.errors import UsageError

LARGEST = 256 * 1024 * 1024
_FILE = "customizations.xml"


def is_zip(content: bytes) -> bool:
    return content.startswith(b"PK\x03\x04")


def rows_of_zip(name: str, content: bytes) -> Iterator[dict[str, object]]:
    """Read the rows of a solution file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [one for one in archive.infolist() if one.filename.rsplit("/", 1)[-1].lower() == _FILE]
            if not found:
                raise _refused(name, f"it holds no {_FILE}")
            with archive.open(found[0]) as file:
                inner = file.read(LARGEST + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise _refused(name, "it is no sound zip file") from None
    if len(inner) > LARGEST:
        raise _refused(name, f"{_FILE} is larger than {LARGEST // 1024 // 1024} MB")
    return rows_of_xml(name, inner)


def rows_of_xml(name: str, text: str | bytes) -> Iterator[dict[str, object]]:
    """Read the rows of a customizations document: every element that has a map in it."""
    content = text.encode("utf-8") if isinstance(text, str) else text
    _check(name, content, encoding="utf-8" if isinstance(text, str) else None)
    parser = ElementTree.XMLParser(encoding="utf-8" if isinstance(text, str) else None)
    for element in ElementTree.fromstring(content, parser=parser).iter():
        row: dict[str, object] = {_local(child.tag): child.text or "" for child in element}
        if "msdyn_mapping" in row:
            yield {**{_local(key): value for key, value in element.attrib.items()}, **row}


def _check(name: str, content: bytes, *, encoding: str | None) -> None:
    def refuse(*_: object) -> None:
        raise _refused(name, "it declares a document type, which a solution never does")

    walker = expat.ParserCreate(encoding)
    walker.StartDoctypeDeclHandler = refuse
    walker.EntityDeclHandler = refuse
    try:
        walker.Parse(content, True)
    except expat.ExpatError as error:
        raise _refused(name, f"line {error.lineno} is no XML") from None


def _local(tag: object) -> str:
    return str(tag).rsplit("}", 1)[-1]


def _refused(name: str, why: str) -> UsageError:
    return UsageError(f"{name} cannot be read: {why}", code="RECORD_UNREADABLE", remedy="export the solution again")
