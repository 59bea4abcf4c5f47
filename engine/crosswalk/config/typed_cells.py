"""Reads the values that a unit test gives or expects, in the type of their column.

Text of the file becomes a value here and nowhere else, so a date that is none is told where it stands, not by the
database. Where a guid is meant a short name will do (``c9``): it stands for one guid, the same in every test.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from crosswalk.config.access import scalar
from crosswalk.config.nodes import Mapping, Node
from crosswalk.errors import Problems, Span, nearest
from crosswalk.model import Column
from crosswalk.unit_tests import CellValue, TypedCell, named_guid

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,23}")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


class UnreadableError(ValueError):
    """A text is no value of its column: what is meant there, and what to write instead."""

    def __init__(self, meant: str, hint: str = "") -> None:
        super().__init__(meant)
        self.hint = hint


def read_cell(column: Column, node: Node, problems: Problems) -> TypedCell | None:
    """Read one value; a problem and None where the column cannot hold it."""
    if isinstance(node, Mapping):
        name = scalar(node.get("guid"))
        guid = _guid(name.text)
        return TypedCell(column.name, guid if column.type.kind == "guid" else str(guid), name.text, name.span)
    found = scalar(node)
    if found.is_null:
        return TypedCell(column.name, None, "null", found.span)
    return _typed(column, found.text, found.span, problems)


def _typed(column: Column, text: str, span: Span, problems: Problems) -> TypedCell | None:
    try:
        return TypedCell(column.name, read_value(column, text), text, span)
    except UnreadableError as error:
        message = f"'{text}' is no value of '{column.name}', which is {error}"
        problems.add("TEST_VALUE", message, span, error.hint)
        return None


def read_value(column: Column, text: str) -> CellValue:
    """Read a text as the column's type takes it; `UnreadableError` where it does not."""
    match column.type.kind:
        case "guid":
            return _guid(text)
        case "text":
            return _text(column, text)
        case "int":
            return int(_matched(_WHOLE, text, "a whole number")[0])
        case "decimal":
            return _decimal(column, text)
        case "boolean":
            return _truth(text)
        case "date" | "datetime":
            return _time(column, text)
        case "choice":
            return _choice(column, text)


def _matched(pattern: re.Pattern[str], text: str, meant: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise UnreadableError(meant)
    return found


def _guid(text: str) -> UUID:
    if _GUID.fullmatch(text):
        return UUID(text)
    if not _NAME.fullmatch(text):
        raise UnreadableError("a guid", "write a guid, or a short name for one such as c9")
    return named_guid(text)


def _text(column: Column, text: str) -> str:
    length = column.type.length
    if length is not None and len(text) > length:
        raise UnreadableError(f"{column.type}", f"it has {len(text)} characters")
    return text


def _decimal(column: Column, text: str) -> Decimal:
    kind = column.type
    found = _matched(_DECIMAL, text, str(kind))
    if len(found[2].lstrip("0")) > kind.precision - kind.scale or len((found[3] or "").rstrip("0")) > kind.scale:
        raise UnreadableError(str(kind), f"at most {kind.precision - kind.scale} digits and {kind.scale} decimals")
    return Decimal(text).quantize(Decimal(1).scaleb(-kind.scale))


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise UnreadableError("true or false", {"yes": "write true", "no": "write false"}.get(text, ""))
    return text == "true"


def _time(column: Column, text: str) -> date | datetime:
    try:
        if column.type.kind == "date":
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError:
        example = "2026-03-31" if column.type.kind == "date" else "2026-03-31T14:30:00"
        raise UnreadableError(f"a {column.type.kind}", f"write it like {example}") from None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _choice(column: Column, text: str) -> str | int:
    codes = {str(choice.code): choice.code for choice in column.choices}
    labels = {choice.label: choice.code for choice in column.choices}
    if text not in codes and text not in labels:
        raise UnreadableError("a choice", nearest(text, labels) or f"choices: {', '.join(list(labels)[:8])}")
    return codes[text] if text in codes else labels[text]
