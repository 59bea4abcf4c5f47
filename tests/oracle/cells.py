"""Plain values as the oracle holds them: their text, their order, and the faults that stop a row."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Literal

from crosswalk.model import Column, DataType

Value = uuid.UUID | str | int | Decimal | bool | date | datetime | None
Row = dict[str, Value]
Stop = Literal["held", "rejected"]

EXACT = Context(prec=200)
"""Arithmetic of the oracle never rounds by itself: two hundred digits hold any product of two columns."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value with what is known of it: its declared type, and the column that it stands in as it is."""

    value: Value
    type: DataType | None = None
    column: Column | None = None


class Fault(Exception):
    """A row cannot go on. `column` is the target column or the lookup; empty where the whole row is meant."""

    def __init__(self, code: str, column: str = "", fate: Stop = "rejected") -> None:
        super().__init__(code)
        self.code = code
        self.column = column
        self.fate: Stop = fate


class Unclear(Exception):
    """The map says something that a compiler has to refuse; the oracle has no opinion about rows then."""


def text_of(value: Value) -> str:
    """Write a value as text, the way keys, checksums and joined text see it. Null is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(abs(value) if value == 0 else value, "f")
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _instant(value: datetime) -> str:
    whole = value.replace(microsecond=0).isoformat(sep=" ")
    return f"{whole}.{value.microsecond:06d}".rstrip("0") if value.microsecond else whole


def key_text(parts: list[Value]) -> str:
    """Join the parts of a key by ``|``; in a key of several parts ``\\`` and ``|`` inside a part are escaped."""
    if len(parts) == 1:
        return text_of(parts[0])
    return "|".join(text_of(part).replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def empty(value: Value) -> bool:
    return value is None or value == ""


def same(left: Value, right: Value) -> bool:
    """Whether two values are the same, null included. Truth values are no numbers here."""
    if left is None or right is None:
        return left is right
    return isinstance(left, bool) == isinstance(right, bool) and left == right
