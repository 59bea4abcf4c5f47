"""Turns values from one declared type into another, and says why a row cannot go on where that would lose something."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from crosswalk.model import Column, DataType, Scalar
from tests.oracle.cells import EXACT, Cell, Fault, Unclear, Value, text_of
from tests.oracle.evaluate import number

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INT = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_FIRST, _LAST = date(1753, 1, 1), date(9999, 12, 31)


def constant(value: Scalar, column: Column) -> Value:
    """Read a constant of a map as the column that it is written to; a label of a choice counts as its code."""
    if value is None:
        return None
    written = text_of(value)
    if column.type.kind == "choice":
        for choice in column.choices:
            if written in (str(choice.code), choice.label):
                return choice.code
        raise Unclear(f"{written!r} is no choice of {column.name}")
    if column.type.kind == "text":
        return written
    if column.type.kind == "datetime" and _DATE.fullmatch(written):
        written += "T00:00:00Z"
    return from_text(written, column.type, None)


def land(cell: Cell, column: Column) -> Value:
    """The last step into a column: only what is implied, with `Fault` where the value does not fit."""
    value, kind = cell.value, column.type
    match kind.kind, value:
        case _, None:
            return None
        case "decimal", int() | Decimal() if not isinstance(value, bool):
            return fitted(number(value), kind)
        case "int", int() if not isinstance(value, bool):
            return whole(value)
        case ("text", str()) | ("guid", uuid.UUID()) | ("boolean", bool()) | ("datetime", datetime()):
            return value
        case "date", date() if not isinstance(value, datetime):
            return value
        case "choice", int() | str():
            return value
        case _:
            raise Unclear(f"{value!r} does not go into {column.name} {kind} by itself")


def fitted(amount: Decimal, kind: DataType) -> Decimal:
    """A number as DECIMAL(p,s): digits that do not fit are a fault on either side of the point."""
    scaled = amount.quantize(Decimal(1).scaleb(-kind.scale), context=EXACT)
    if scaled != amount:
        raise Fault("PRECISION_LOSS")
    if abs(scaled) >= Decimal(10) ** (kind.precision - kind.scale):
        raise Fault("OUT_OF_RANGE")
    return scaled + 0


def whole(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise Fault("OUT_OF_RANGE")
    return value


def converted(cell: Cell, kind: DataType, *, form: str | None = None, zone: str | None = None) -> Value:
    """The transform ``as``: a conversion that the map asks for."""
    value = cell.value
    match kind.kind, value:
        case _, None:
            return None
        case "text", _:
            return text_of(value)
        case "date", datetime():
            return _local(value, zone).date()
        case ("date", date()) | ("datetime", datetime()) | ("guid", uuid.UUID()) | ("boolean", bool()):
            return value
        case "datetime", date():
            return _universal(datetime(value.year, value.month, value.day), zone)
        case _, str() if kind.kind != "choice":
            return from_text(value, kind, zone, form)
        case "int", int() | Decimal():
            return _as_int(number(value))
        case "decimal", int() | Decimal():
            return fitted(number(value), kind)
        case "choice", int() | str():
            return value
        case _:
            raise Unclear(f"{value!r} cannot become {kind}")


def _as_int(amount: Decimal) -> int:
    if amount != amount.to_integral_value():
        raise Fault("PRECISION_LOSS")
    return whole(int(amount))


def from_text(text: str, kind: DataType, zone: str | None, form: str | None = None) -> Value:
    """Read text strictly: one spelling for each type, no blanks, no exponents, no words beside true and false."""
    if text == "" and kind.kind not in ("text", "choice"):
        raise Fault("EMPTY")
    match kind.kind:
        case "guid":
            return uuid.UUID(_spelled(text, _GUID, "CAST_GUID"))
        case "int":
            return whole(int(_spelled(text, _INT, "CAST_INT")))
        case "decimal":
            return fitted(Decimal(_spelled(text, _DECIMAL, "CAST_DECIMAL")), kind)
        case "boolean":
            return {"true": True, "false": False}[_spelled(text, re.compile("true|false"), "CAST_BOOL")]
        case "date":
            return _date(text, form)
        case "datetime":
            return _datetime(text, zone, form)
        case _:
            return text


def _spelled(text: str, pattern: re.Pattern[str], code: str) -> str:
    if not pattern.fullmatch(text):
        raise Fault(code)
    return text


def _date(text: str, form: str | None) -> date:
    try:
        spelled = text if form else _spelled(text, _DATE, "CAST_DATE")
        day = datetime.strptime(spelled, form or "%Y-%m-%d").date()
    except ValueError:
        raise Fault("CAST_DATE") from None
    return _in_range(day)


def _in_range(day: date) -> date:
    if not _FIRST <= day <= _LAST:
        raise Fault("OUT_OF_RANGE")
    return day


def _datetime(text: str, zone: str | None, form: str | None) -> datetime:
    try:
        spelled = text if form else _spelled(text, _INSTANT, "CAST_DATETIME")
        instant = datetime.strptime(spelled, form) if form else datetime.fromisoformat(spelled)
    except ValueError:
        raise Fault("CAST_DATETIME") from None
    _in_range(instant.date())
    if instant.tzinfo is not None:
        return instant.astimezone(UTC).replace(tzinfo=None)
    if zone is None:
        raise Fault("CAST_DATETIME")
    return _universal(instant, zone)


def _local(instant: datetime, zone: str | None) -> datetime:
    if zone is None:
        raise Unclear("an instant becomes a date in a zone only")
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def _universal(local: datetime, zone: str | None) -> datetime:
    if zone is None:
        raise Unclear("local time needs a zone")
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
