"""Reads one pair of columns out of a record, with everything that real records leave out or spell in their own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crosswalk.dualwrite.records import Direction, Line

DIRECTIONS: dict[str, Direction] = {"1": "to_dataverse", "2": "to_finance", "3": "both"}


def text_of(found: Mapping[str, object], name: str) -> str:
    """Give a text property whatever its letter case; missing, null and blank are one."""
    value = found.get(name)
    if value is None:
        value = next((other for key, other in found.items() if str(key).casefold() == name.casefold()), None)
    return str(value).strip().strip("\u200b\ufeff") if isinstance(value, str | int | float) else ""


def read_line(item: Mapping[str, object]) -> Line:
    """Read a pair of columns; what makes it useless is told as its fault."""
    finance, dataverse = text_of(item, "sourceField"), text_of(item, "destinationField")
    said = text_of(item, "syncDirection")
    line = Line(
        direction=DIRECTIONS.get(said, "both"),
        finance=finance,
        dataverse=dataverse,
        related=text_of(item, "destinationLookupFieldRelatedEntity"),
        fault="" if said in DIRECTIONS else f"its direction is {said or 'missing'}, and 1, 2 and 3 are known",
    )
    transforms = item.get("valueTransforms")
    for found in transforms if isinstance(transforms, list) else []:
        if isinstance(found, Mapping):
            line = _transformed(line, found)
    return settled(line)


def settled(line: Line) -> Line:
    """Check that a line says something: columns on both sides, or one column and a constant for it."""
    if line.finance and line.dataverse:
        return line
    if not line.finance and not line.dataverse:
        return replace(line, fault=line.fault or "it names no column on either side")
    if line.default is None:
        return replace(line, fault=line.fault or "it has neither a source column nor a value")
    towards: Direction = "to_dataverse" if line.dataverse else "to_finance"
    if line.direction not in (towards, "both"):
        return replace(line, fault=line.fault or "it goes towards the side on which it names no column")
    return replace(line, direction=towards)


def _transformed(line: Line, found: Mapping[str, object]) -> Line:
    kind = text_of(found, "transformType")
    if found.get("createValuesOnDestination") is True:
        return replace(line, fault="it asks that unknown values be created on the destination, which no map does here")
    if kind.casefold() == "valuemap" or (not kind and isinstance(found.get("valueMap"), Mapping)):
        pairs = found.get("valueMap")
        listed = pairs.items() if isinstance(pairs, Mapping) else ()
        return replace(line, pairs=tuple((_value(key), _value(value)) for key, value in listed))
    if kind.casefold() == "default":
        value = found.get("defaultValue")
        return replace(line, default=_value(value)) if value is not None else line
    return replace(line, fault=f"it has the transform '{kind}', which is not known")


def _value(found: object) -> str:
    """Keep a value as it is written, blanks and all."""
    if found is None:
        return ""
    return str(found).lower() if isinstance(found, bool) else str(found)
