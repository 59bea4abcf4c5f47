"""Constants typed by the column that they are written to, checked when the map is read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from crosswalk.contracts import TransformError, Value
from crosswalk.errors import nearest
from crosswalk.model import Choice, Column, DataType, Scalar
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions.from_text import GUID
from crosswalk.transforms.conversions.guards import cast
from crosswalk.transforms.conversions.numbers import HIGHEST, LOWEST
from crosswalk.transforms.conversions.times import INSTANT, ISO_DATE

_NUMBER = re.compile(r"[+-]?[0-9]+([.][0-9]+)?")


def constant(scalar: Scalar, column: Column) -> Value:
    """Give a constant in the type of a column; DEFAULT_DOES_NOT_FIT or UNKNOWN_CHOICE where that cannot be."""
    if scalar is None:
        return Value(cast(literal(None), column.type), column.type)
    text = str(scalar).lower() if isinstance(scalar, bool) else str(scalar)
    kind = column.type
    if kind.kind == "choice" and column.choices:
        return Value(literal(code_of(text, column).code), kind, column=column, nullable=False)
    if kind.kind == "text":
        kind = DataType("text", length=max(1, len(text)))
        if len(text) > (column.type.length or len(text)):
            raise _misfit(text, column, f"it has {len(text)} characters")
    return Value(written(text, column), kind, nullable=False)


def code_of(text: str, column: Column) -> Choice:
    """Find a choice of a column by its code, or else by its label."""
    for choice in column.choices:
        if str(choice.code) == text:
            return choice
    return labelled(text, column)


def labelled(text: str, column: Column) -> Choice:
    """Find a choice of a column by its label."""
    for choice in column.choices:
        if choice.label == text:
            return choice
    labels = [choice.label for choice in column.choices]
    hint = nearest(text, labels) or f"choices: {', '.join(labels[:8])}"
    raise TransformError("UNKNOWN_CHOICE", f"'{text}' is not a choice of {column.name}", hint)


def written(text: str, column: Column) -> Sql:
    """Write a constant in the SQL of a column's type; DEFAULT_DOES_NOT_FIT where it is no such value."""
    match column.type.kind:
        case "text" | "choice":
            return _code(text, column)
        case "int":
            return _int(text, column)
        case "decimal":
            return _decimal(text, column)
        case "boolean" if text in ("true", "false"):
            return literal(text == "true")
        case "guid" if re.fullmatch(GUID, text):
            return cast(literal(text.lower()), column.type)
        case "date" if (day := _day(text)) is not None:
            return fragment("CAST({day} AS DATE)", day=literal(day.isoformat()))
        case "datetime" if (instant := _instant(text)) is not None:
            return fragment("CAST({instant} AS TIMESTAMP)", instant=literal(instant.isoformat(sep=" ")))
        case "datetime":
            raise _misfit(text, column, "write it like 2026-01-31T00:00:00Z")
        case "date":
            raise _misfit(text, column, "write it like 2026-01-31")
        case _:
            raise _misfit(text, column, "")


def _code(text: str, column: Column) -> Sql:
    return _int(text, column) if column.type.kind == "choice" and column.type.coded == "int" else literal(text)


def _int(text: str, column: Column) -> Sql:
    if not re.fullmatch(r"[+-]?[0-9]{1,20}", text) or not LOWEST < int(text) <= HIGHEST:
        raise _misfit(text, column, "")
    return literal(int(text))


def _decimal(text: str, column: Column) -> Sql:
    kind = column.type
    if not _NUMBER.fullmatch(text) or len(text) > 80:
        raise _misfit(text, column, "")
    whole, _, fraction = text.lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > kind.precision - kind.scale or len(fraction.rstrip("0")) > kind.scale:
        raise _misfit(text, column, "")
    return cast(literal(text), kind)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(ISO_DATE, text) else None
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text) if re.fullmatch(INSTANT, text) else None
        return instant.astimezone(UTC).replace(tzinfo=None) if instant else None
    except (ValueError, OverflowError):
        return None


def _misfit(text: str, column: Column, hint: str) -> TransformError:
    message = f"'{text}' does not fit {column.name}, which is {column.type}"
    return TransformError("DEFAULT_DOES_NOT_FIT", message, hint)
