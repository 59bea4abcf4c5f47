"""Turns Python values into what OData takes: JSON values in bodies, literals in addresses.

Decimals and 64-bit integers travel as text, which the content type announces, for a JSON number passes through a
binary float in many servers and loses digits. What a property is called in ``$metadata`` decides the spelling: a date
may be kept as an instant, a truth value as a name of an enumeration.

Source: OData JSON Format 4.01, sections 3.2 and 7.1; OData ABNF, primitive literals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from crosswalk.exchange import Plain
from crosswalk.model import Column

Json = str | int | float | bool | Decimal | None | list["Json"] | dict[str, "Json"]
"""What a JSON document holds; numbers with a point are read as decimals, so that no digit is lost."""

JSON_TYPE = "application/json;IEEE754Compatible=true"
"""The content type of a body whose decimals and 64-bit integers are text."""

_LONG = {"Edm.Decimal", "Edm.Int64"}
_SHORT = {"Edm.Int32", "Edm.Int16", "Edm.Byte", "Edm.SByte"}
_FLOAT = {"Edm.Double", "Edm.Single"}
_YES_NO = {True: "Yes", False: "No"}
_WHOLE = re.compile(r"-?\d+", re.ASCII)

_BY_KIND = {
    "guid": "Edm.Guid",
    "text": "Edm.String",
    "int": "Edm.Int32",
    "decimal": "Edm.Decimal",
    "boolean": "Edm.Boolean",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
}


class Unfit(Exception):
    """A value cannot be written as its property asks; the message names neither the value nor a secret."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How one server spells what OData leaves open. A day that is kept as an instant is noon in UTC where `noon` says
    so, else the first moment of the day in `zone`; `no_date` is the day that stands for none.
    """

    noon: bool = False
    zone: str = "UTC"
    no_date: str | None = None


def edm_of(column: Column) -> str:
    """Say what a column most likely is where ``$metadata`` was not read."""
    if column.type.kind == "choice":
        return "Edm.Int32" if column.type.coded == "int" else "Edm.String"
    return _BY_KIND[column.type.kind]


def encode(value: Plain, edm: str, spelling: Spelling | None = None) -> Json:
    """Give the JSON value of a cell for a property of the type `edm`; `Unfit` when there is none."""
    match value:
        case None:
            return None
        case bool():
            return _truth(value, edm)
        case int():
            return _whole(value, edm)
        case Decimal():
            return _number(value, edm)
        case datetime():
            return _instant(value, edm)
        case date():
            return _day(value, edm, spelling or Spelling())
        case UUID():
            return str(value)
        case str():
            return _text(value, edm)


def literal(value: Plain, edm: str, spelling: Spelling | None = None) -> str:
    """Write a value as it stands in keys and filters, before it is escaped for an address."""
    encoded = encode(value, edm, spelling)
    match encoded:
        case None:
            return "null"
        case bool():
            return "true" if encoded else "false"
        case str() if edm == "Edm.String":
            return quoted(encoded)
        case str() if not edm.startswith("Edm."):
            return edm + quoted(encoded)
        case _:
            return str(encoded)


def quoted(text: str) -> str:
    """Put a text in single quotes; those inside are doubled."""
    return "'" + text.replace("'", "''") + "'"


def _truth(value: bool, edm: str) -> Json:  # noqa: FBT001  a cell is a truth value
    if edm == "Edm.Boolean":
        return value
    if edm == "Edm.String":
        return "true" if value else "false"
    if edm.startswith("Edm."):
        return int(value)
    return _YES_NO[value]


def _whole(value: int, edm: str) -> Json:
    return value if edm in _SHORT or edm in _FLOAT else str(value)


def _number(value: Decimal, edm: str) -> Json:
    if not value.is_finite():
        raise Unfit("a number that is not finite has no place in JSON")
    if edm in _FLOAT:
        return float(value)
    if edm in _SHORT or edm == "Edm.Int64":
        if value != value.to_integral_value():
            raise Unfit(f"a number with decimals does not fit {edm}")
        return _whole(int(value), edm)
    return f"{value:f}"


def _instant(value: datetime, edm: str) -> Json:
    if edm == "Edm.Date":
        if value.time() != time(0):
            raise Unfit("an instant that is not midnight does not fit Edm.Date")
        return value.date().isoformat()
    return value.isoformat() + "Z"


def _day(value: date, edm: str, spelling: Spelling) -> Json:
    if edm != "Edm.DateTimeOffset":
        return value.isoformat()
    if spelling.noon:
        return f"{value.isoformat()}T12:00:00Z"
    start = datetime.combine(value, time(0), ZoneInfo(spelling.zone))
    return start.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _text(value: str, edm: str) -> Json:
    try:
        if edm == "Edm.Guid":
            return str(UUID(value))
        if edm in _LONG:
            return _number(Decimal(value), edm)
    except (ValueError, InvalidOperation):
        raise Unfit(f"a text does not fit {edm}") from None
    if edm in _SHORT:
        return _code(value, edm)
    return value


def _code(value: str, edm: str) -> Json:
    if not _WHOLE.fullmatch(value):
        raise Unfit(f"a text does not fit {edm}")
    return int(value)
