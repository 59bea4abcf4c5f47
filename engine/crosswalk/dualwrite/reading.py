"""Reads the files that table-map records come in: JSON of several shapes, and the customizations of a solution.

A file is told by its content and not by its name. Whatever a record leaves out, writes as null or as "" means the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from crosswalk.dualwrite.fieldlines import read_line, text_of
from crosswalk.dualwrite.published import is_published, read_published
from crosswalk.dualwrite.records import Record
from crosswalk.dualwrite.solution import is_zip, rows_of_xml, rows_of_zip
from crosswalk.errors import UsageError

LARGEST = 64 * 1024 * 1024
_LISTS = ("value", "entityMappingTasks", "maps")


def read_records(name: str, content: bytes) -> tuple[Record, ...]:
    """Read every record of a file; `UsageError` RECORD_UNREADABLE where it holds none or cannot be read."""
    if len(content) > LARGEST:
        raise unreadable(name, f"it is larger than {LARGEST // 1024 // 1024} MB")
    if is_zip(content):
        found = tuple(record for row in rows_of_zip(name, content) for record in _of_row(name, row))
    else:
        text = _decoded(name, content)
        if text.lstrip().startswith("<"):
            found = tuple(record for row in rows_of_xml(name, text) for record in _of_row(name, row))
        else:
            found = tuple(_of_json(name, _parsed(name, text)))
    if not found:
        raise unreadable(name, "it holds no table map")
    return found


def unreadable(name: str, why: str) -> UsageError:
    return UsageError(f"{name} cannot be read: {why}", code="RECORD_UNREADABLE", remedy="name a file of map records")


def _decoded(name: str, content: bytes) -> str:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(name, "it is neither UTF-8 nor UTF-16") from None


def _parsed(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise unreadable(name, f"line {error.lineno}, column {error.colno} is no JSON ({error.msg})") from None
    except RecursionError:
        raise unreadable(name, "it is nested too deeply") from None


def _of_json(name: str, found: object) -> Iterator[Record]:
    """Find records in what a JSON file holds: one, a list of them, or an answer of a service around a list."""
    if isinstance(found, list):
        for item in found:
            yield from _of_json(name, item)
    if not isinstance(found, Mapping):
        return
    if is_published(found):
        yield read_published(name, found)
    elif "msdyn_mapping" in found:
        yield from _of_row(name, found)
    elif isinstance(found.get("legs"), list):
        yield from _of_mapping(name, found, {})
    else:
        for listed in _LISTS:
            if isinstance(found.get(listed), list):
                yield from _of_json(name, found[listed])


def _of_row(name: str, row: Mapping[str, object]) -> Iterator[Record]:
    """Read a row of the table of maps: its two JSON texts, of which only the map itself must be sound."""
    mapping = row.get("msdyn_mapping")
    shown = text_of(row, "msdyn_displayname") or text_of(row, "msdyn_name") or "a map"
    if isinstance(mapping, str):
        mapping = _parsed(f"{name} ({shown})", mapping.strip().lstrip("\ufeff"))
    if isinstance(mapping, Mapping):
        yield from _of_mapping(name, mapping, row)


def _of_mapping(name: str, mapping: Mapping[str, object], row: Mapping[str, object]) -> Iterator[Record]:
    legs = mapping.get("legs")
    sound = [leg for leg in legs if isinstance(leg, Mapping)] if isinstance(legs, list) else []
    description, notes = _properties(row.get("msdyn_properties"))
    for number, leg in enumerate(sound, start=1):
        record = _of_leg(name, leg, text_of(row, "msdyn_version"))
        title = text_of(row, "msdyn_displayname") or f"{record.dataverse} - {record.finance}"
        title = f"{title} ({number})" if len(sound) > 1 else title
        yield Record(
            origin=record.origin,
            title=title,
            finance=record.finance,
            dataverse=record.dataverse,
            version=record.version,
            description=description,
            finance_filter=record.finance_filter,
            dataverse_filter=record.dataverse_filter,
            lines=record.lines,
            notes=notes,
        )


def _of_leg(name: str, leg: Mapping[str, object], version: str) -> Record:
    finance, dataverse = text_of(leg, "sourceSchema"), text_of(leg, "destinationSchema")
    if not finance or not dataverse:
        raise unreadable(name, "a leg of it names no source or no destination")
    fields = leg.get("fieldMappings")
    lines = tuple(read_line(item) for item in (fields if isinstance(fields, list) else []) if isinstance(item, Mapping))
    return Record(
        origin=name,
        title="",
        finance=finance,
        dataverse=dataverse,
        version=version,
        finance_filter=text_of(leg, "sourceFilter"),
        dataverse_filter=text_of(leg, "reversedSourceFilter"),
        lines=lines,
    )


def _properties(found: object) -> tuple[str, tuple[str, ...]]:
    """Take the description out of the properties; where they are no JSON, that is a note and no more."""
    if isinstance(found, str) and found.strip():
        try:
            found = json.loads(found)
        except (json.JSONDecodeError, RecursionError):
            return "", ("its properties are no valid JSON and were read past",)
    return (text_of(found, "Description") if isinstance(found, Mapping) else ""), ()
