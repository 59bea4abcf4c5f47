"""Reads the names of types and time zones as maps write them.

Zones are checked when a map is read, because an unknown zone would stop the statement for every row. Abbreviations such
as CST are refused: they name several zones. The list of zones is the one of the time zone database of the machine.
"""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from crosswalk.contracts import TransformError
from crosswalk.errors import nearest
from crosswalk.model import Column, DataType

_PLAIN = {
    "guid": DataType("guid"),
    "text": DataType("text"),
    "int": DataType("int"),
    "boolean": DataType("boolean"),
    "date": DataType("date"),
    "datetime": DataType("datetime"),
}
_TEXT = re.compile(r"text\(\s*([0-9]{1,7})\s*\)")
_DECIMAL = re.compile(r"decimal\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)")


def type_named(text: str, target: Column) -> DataType:
    """Read the name of a type. Plain ``decimal`` and ``choice`` take their particulars from the target column."""
    name = text.strip().lower()
    if name in _PLAIN:
        return _PLAIN[name]
    if name in ("decimal", "choice") and target.type.kind == name:
        return target.type
    if (sized := _TEXT.fullmatch(name)) and int(sized[1]) > 0:
        return DataType("text", length=int(sized[1]))
    if measured := _DECIMAL.fullmatch(name):
        precision, scale = int(measured[1]), int(measured[2])
        if 1 <= precision <= 38 and scale <= precision:
            return DataType("decimal", precision=precision, scale=scale)
    known = [*_PLAIN, "text(20)", "decimal(19,4)", "choice"]
    hint = nearest(name, known) or f"known types: {', '.join(known)}"
    raise TransformError("UNKNOWN_TYPE", f"'{text}' is not a type for this column", hint)


def zone_named(text: str) -> str:
    """Check the name of a time zone: UTC or Area/City."""
    if text == "UTC":
        return text
    known = _zones()
    if text not in known:
        raise TransformError("UNKNOWN_ZONE", f"'{text}' is not a time zone", nearest(text, known) or "write Area/City")
    return text


@cache
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name)
