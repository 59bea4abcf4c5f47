"""Cells between the spelling of pages, the values of Python and the columns of SQLite.

Every cell is stored as the text that a page holds, whole numbers as numbers: what is looked at with any tool is what
passes over the wire, and nothing goes through floating point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from crosswalk.exchange import Page, Plain
from crosswalk.model import Column, DataType
from crosswalk.sql import Sql, name

Stored = str | int | None
"""A cell in the file."""


class DoesNotFit(Exception):
    """A value is not one of its column: `code` and message are the system's answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def whole(kind: DataType) -> bool:
    """Tell whether a type is stored as a number."""
    return kind.kind == "int" or (kind.kind == "choice" and kind.coded == "int")


def stored(value: Plain, column: Column) -> Stored:
    """Write a value as the file holds it; `DoesNotFit` when it is none of its column."""
    if value is None:
        if column.required:
            raise DoesNotFit("ValueRequired", f"{column.name} must have a value")
        return None
    if whole(column.type):
        return _number(value, column)
    text = _text(value, column)
    if column.type.kind == "text" and column.type.length and len(text) > column.type.length:
        raise DoesNotFit("TooLong", f"{column.name} holds {column.type.length} characters and was given {len(text)}")
    return text


def _number(value: Plain, column: Column) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise DoesNotFit("WrongType", f"{column.name} is {column.type}")
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise DoesNotFit("OutOfRange", f"{column.name} holds 64 bits")
    return number


def _text(value: Plain, column: Column) -> str:
    match column.type.kind, value:
        case "guid", UUID() | str():
            return str(UUID(str(value)))
        case "decimal", Decimal() | int():
            return _decimal(Decimal(value), column)
        case "boolean", bool():
            return "true" if value else "false"
        case "datetime", datetime():
            return value.isoformat()
        case "date", date() if not isinstance(value, datetime):
            return value.isoformat()
        case (("text" | "choice" | "decimal" | "date" | "datetime"), str()):
            return value
    raise DoesNotFit("WrongType", f"{column.name} is {column.type}")


def _decimal(value: Decimal, column: Column) -> str:
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or -exponent > column.type.scale:
        raise DoesNotFit("OutOfRange", f"{column.name} holds {column.type.scale} decimals")
    if len(digits) + exponent > column.type.precision - column.type.scale and any(digits):
        raise DoesNotFit("OutOfRange", f"{column.name} is {column.type}")
    return f"{value:f}"


def value_of(cell: Plain, column: Column) -> Plain:
    """Read a cell of the file as a value of Python, to compare it; values of Python stay as they are."""
    if cell is None or not isinstance(cell, str | int) or isinstance(cell, bool):
        return cell
    text = str(cell)
    match column.type.kind:
        case "guid":
            return UUID(text)
        case "decimal":
            return Decimal(text)
        case "boolean":
            return text == "true"
        case "date":
            return date.fromisoformat(text)
        case "datetime":
            return datetime.fromisoformat(text.removesuffix("Z"))
        case _:
            return int(text) if whole(column.type) else text


def page(columns: Sequence[str], rows: Sequence[Sequence[Stored]], kind: str = "rows") -> Page:
    """Make a page of rows; every cell is text."""
    cells = (Sql(f"cells[{place}] AS {name(column).text}") for place, column in enumerate(columns, 1))
    taken = ", ".join(cell.text for cell in cells)
    text = " ".join(("SELECT", taken, "FROM (SELECT unnest(CAST($rows AS VARCHAR[][])) AS cells)"))
    bound = {"rows": [[None if cell is None else str(cell) for cell in row] for row in rows]}
    match kind:
        case "gone":
            return Page(Sql(text), "gone", bound)
        case _:
            return Page(Sql(text), bound=bound)


def key_of(values: Mapping[str, Plain], key: Sequence[str]) -> str:
    """Write a key as scripts name it: its parts joined by ``|``."""
    return "|".join(str(values.get(column)) for column in key)
