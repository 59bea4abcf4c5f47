"""A cell in the CSV file of a package, and back.

Days and instants are ISO, decimals have a point, text and guids stand in quotes, truth is Yes or No, a choice is its
label, and null is nothing at all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from crosswalk.model import Column

_TRUTH = {"yes": "true", "true": "true", "1": "true", "no": "false", "false": "false", "0": "false"}


def written(value: object, column: Column, *, labels: bool) -> str:
    """Spell a value for the file."""
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case int() | str() if labels and column.type.kind == "choice":
            return quoted(_label(value, column))
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case UUID() | str():
            return quoted(str(value))
        case _:
            raise TypeError(f"no value of a cell: {type(value)}")


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _label(code: int | str, column: Column) -> str:
    return next((choice.label for choice in column.choices if choice.code == code), str(code))


def read(text: str, column: Column) -> str | None:
    """Spell a cell of the file as pages spell it; what cannot be told stays as it is, and the engine rejects it."""
    if not text:
        return None
    match column.type.kind:
        case "boolean":
            return _TRUTH.get(text.casefold(), text)
        case "guid":
            return text.strip("{}").lower()
        case "datetime":
            return text.replace(" ", "T", 1)
        case "date":
            return text.removesuffix("T00:00:00Z").removesuffix("T00:00:00").removesuffix(" 00:00:00")
        case "choice":
            return next((str(choice.code) for choice in column.choices if choice.label == text), text)
        case _:
            return text
