"""Turns what a server says of a row back into the cells of its columns, and tells whether a cell still holds a value.

Only rows that come back from a write go this way, one at a time; tables are read in bulk elsewhere.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID
from zoneinfo import ZoneInfo

from crosswalk.connectors.odata.encoding import Json, Spelling
from crosswalk.exchange import Plain
from crosswalk.model import Column


def decode(found: Json, column: Column, spelling: Spelling) -> Plain:
    """Give the value of a column; ValueError when what was found cannot be one."""
    if found is None or isinstance(found, list | dict):
        return None
    try:
        return _decode(found, column, spelling)
    except InvalidOperation:
        raise ValueError(f"no {column.type} in '{column.name}'") from None


def _decode(found: str | float | Decimal, column: Column, spelling: Spelling) -> Plain:
    match column.type.kind:
        case "guid":
            return str(UUID(str(found)))
        case "int":
            return int(Decimal(str(found)))
        case "decimal":
            return Decimal(str(found))
        case "boolean":
            return found if isinstance(found, bool) else str(found).lower() in {"true", "yes", "1"}
        case "date":
            return _day(str(found), spelling)
        case "datetime":
            return _instant(str(found), spelling)
        case "choice":
            return int(str(found)) if column.type.coded == "int" else str(found)
        case "text":
            return str(found)


def _day(text: str, spelling: Spelling) -> date | None:
    if text[:10] == spelling.no_date:
        return None
    if len(text) == 10 or spelling.noon:
        return date.fromisoformat(text[:10])
    return datetime.fromisoformat(text).astimezone(ZoneInfo(spelling.zone)).date()


def _instant(text: str, spelling: Spelling) -> datetime | None:
    if text[:10] == spelling.no_date:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def holds(found: Json, value: Plain, column: Column, spelling: Spelling) -> bool:
    """Tell whether a cell holds a value. Where a server knows no null, an empty text is one."""
    try:
        now = decode(found, column, spelling)
    except ValueError:
        return False
    if spelling.no_date is not None and column.type.kind == "text":
        return (now or None) == (value or None)
    if isinstance(value, UUID) or column.type.kind == "guid":
        return _guid(now) == _guid(value)
    return now == value


def _guid(value: Plain) -> str | None:
    return None if value is None else str(value).lower()
