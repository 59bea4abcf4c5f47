"""Cells between SQLite, where any column may hold any kind of value, and the one spelling of pages.

A real tells at most 15 digits. One that takes more to write down may have been any of several decimals, so it comes
with a question mark before it and its row is rejected; and a decimal that has more is not written where SQLite would
make it a real.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from uuid import UUID

from crosswalk.connectors.files.plain import text_of
from crosswalk.connectors.sqlite.declared import Affinity
from crosswalk.entities import Column
from crosswalk.exchange import Plain

Stored = str | int | float | bytes | None
_MOST_DIGITS = 15
_INT64 = 2**63


class DoesNotFit(Exception):
    """A value cannot be kept as it is: `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_BY_DUCKDB = ("text", "choice", "date", "decimal", "int", "datetime")
"""Kinds of columns whose text goes on as it stands; `crosswalk.connectors.files.cells` does the rest, in DuckDB."""


def spelled_all(cells: Sequence[Stored], column: Column) -> list[str | None]:
    """Give the cells of a column as text for DuckDB; most cells of a column are of one kind."""
    if column.type.kind not in _BY_DUCKDB:
        return [spelled(cell, column) for cell in cells]
    return [
        cell if cell is None or isinstance(cell, str) else str(cell) if cell.__class__ is int else spelled(cell, column)
        for cell in cells
    ]


def spelled(value: Stored, column: Column) -> str | None:
    """Give a cell in the spelling of pages."""
    kind = column.type.kind
    match value:
        case None:
            return None
        case str():
            return _text(value, kind)
        case float():
            return _real(value)
        case int():
            return _truth(value) if kind == "boolean" else str(value)
        case bytes():
            return str(UUID(bytes=value)) if kind == "guid" and len(value) == 16 else "?" + value.hex()


def _text(value: str, kind: str) -> str:
    match kind:
        case "guid":
            return value.strip("{}").lower()
        case "boolean":
            return value.lower()
        case "datetime":
            return _time(value)
        case _:
            return value


def _time(value: str) -> str:
    """Times without an offset are UTC, as SQLite itself takes them."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return "?" + value
    if found.tzinfo is not None:
        found = found.astimezone(UTC).replace(tzinfo=None)
    return found.isoformat()


def _truth(value: int) -> str:
    return {0: "false", 1: "true"}.get(value, f"?{value}")


def _real(value: float) -> str:
    short = repr(value)
    if len(short) <= _MOST_DIGITS + 1 and short.lstrip("-").replace(".", "", 1).isdigit():
        return short.removesuffix(".0")
    if not isfinite(value):
        return f"?{value!r}"
    exact = Decimal(repr(value))
    if _digits(exact) > _MOST_DIGITS:
        return f"?{value!r}"
    return f"{int(exact)}" if exact == exact.to_integral_value() else f"{exact:f}"


def _digits(value: Decimal) -> int:
    """Count the digits that tell a number: neither zeros before it nor zeros behind it."""
    return len("".join(str(digit) for digit in value.as_tuple().digits).strip("0"))


def stored(value: Plain, column: Column, kept: Affinity) -> Stored:
    """Give a value as it is put into a column; `DoesNotFit` when it would not come back as it is."""
    match value:
        case None:
            return None
        case bool():
            return ("true" if value else "false") if kept == "text" else int(value)
        case int():
            return _whole(value, kept)
        case Decimal():
            return _decimal(value, column, kept)
        case str():
            return _short(value, column)
        case datetime():
            return value.isoformat(sep=" ")
        case date() | UUID():
            return str(value)


def _short(value: str, column: Column) -> str:
    most = column.type.length
    if column.type.kind == "text" and most is not None and len(value) > most:
        raise DoesNotFit("TOO_LONG", f"{column.name} holds {most} characters, and there are {len(value)}")
    return value


def _whole(value: int, kept: Affinity) -> Stored:
    return str(value) if kept == "text" else value


def _decimal(value: Decimal, column: Column, kept: Affinity) -> Stored:
    if kept in ("text", "blob"):
        return f"{value:f}"
    whole = value == value.to_integral_value()
    if whole and kept != "real" and abs(value) < _INT64:
        return int(value)
    if _digits(value) > _MOST_DIGITS:
        message = f"{column.name} keeps numbers as reals, which tell {_MOST_DIGITS} digits: {value:f} has more"
        raise DoesNotFit("PRECISION_LOSS", message)
    return f"{value:f}"


def same(cell: Stored, given: Plain, column: Column) -> bool:
    """Tell whether a cell still holds a value."""
    found, wanted = spelled(cell, column), text_of(given)
    if found is None or wanted is None:
        return found is wanted
    match column.type.kind:
        case "int" | "decimal":
            return not found.startswith("?") and Decimal(found) == Decimal(wanted)
        case "datetime":
            return found == _time(wanted)
        case "guid" | "boolean":
            return found == wanted.lower()
        case _:
            return found == wanted
