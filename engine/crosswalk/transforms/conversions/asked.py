"""The conversions that `as` asks for: one table of what may become what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crosswalk.contracts import TransformError, Value
from crosswalk.model import Column, DataType
from crosswalk.transforms.conversions.from_text import (
    text_to_boolean,
    text_to_decimal,
    text_to_guid,
    text_to_int,
    to_choice,
)
from crosswalk.transforms.conversions.implicit import implicit
from crosswalk.transforms.conversions.numbers import to_decimal, to_int
from crosswalk.transforms.conversions.times import date_to_datetime, datetime_to_date, text_to_date, text_to_datetime
from crosswalk.transforms.conversions.to_text import to_text


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands beside `as`: a date pattern, a time zone, and the column in the end."""

    target: Column
    form: str | None = None
    zone: str | None = None


def convert(value: Value, to: DataType, asked: Asked) -> Value:
    """Convert a value as a map asks for; a row for which it cannot be done has a fault and null."""
    if asked.form and not _takes_format(value.type, to):
        raise TransformError("BAD_FORMAT", f"a format has no meaning from {value.type} to {to}", "leave format out")
    if value.type.kind == "text" and to.kind != "text":
        return _from_text(value, to, asked)
    match value.type.kind, to.kind:
        case _, "text":
            return to_text(value, to, asked.form)
        case "date", "datetime":
            return date_to_datetime(value, asked.zone)
        case "datetime", "date":
            return datetime_to_date(value, asked.zone)
        case (("int" | "decimal"), "decimal"):
            return to_decimal(value, to)
        case (("int" | "decimal"), "int"):
            return to_int(value)
        case "int", "choice":
            return to_choice(value, asked.target)
        case _:
            return implicit(value, Column(asked.target.name, to, asked.target.span, choices=asked.target.choices))


def _from_text(value: Value, to: DataType, asked: Asked) -> Value:
    simple: dict[str, Callable[[Value], Value]] = {
        "int": text_to_int,
        "boolean": text_to_boolean,
        "guid": text_to_guid,
    }
    match to.kind:
        case "decimal":
            return text_to_decimal(value, to)
        case "date":
            return text_to_date(value, asked.form)
        case "datetime":
            return text_to_datetime(value, asked.form, asked.zone)
        case "choice":
            return to_choice(value, asked.target)
        case _:
            return simple[to.kind](value)


def _takes_format(offered: DataType, to: DataType) -> bool:
    return (offered.kind == "text" and to.kind in ("date", "datetime")) or (
        offered.kind == "date" and to.kind == "text"
    )
