"""Reads the name of a type: ``text(200)``, ``decimal(19,4)``, ``guid``."""

from __future__ import annotations

import re
from typing import cast, get_args

from crosswalk.config.nodes import Scalar
from crosswalk.errors import Problems, nearest
from crosswalk.model import DataType, Kind

_SHAPE = re.compile(r"([a-z]+)\s*(?:\(\s*([0-9]{1,9})\s*(?:,\s*([0-9]{1,9})\s*)?\))?")
_OTHER_WORDS = {
    "integer": "int", "bigint": "int", "long": "int", "string": "text", "varchar": "text",
    "nvarchar": "text",
    "bool": "boolean", "bit": "boolean", "number": "decimal(19,4)", "numeric": "decimal(19,4)",
    "money": "decimal(19,4)",
    "float": "decimal(28,10)", "double": "decimal(28,10)", "uuid": "guid", "timestamp": "datetime", "enum": "choice",
}  # fmt: skip
DIGITS_LIMIT = 38


def read_type(node: Scalar, problems: Problems) -> DataType | None:
    """Read a type; a problem and None where it is none."""
    match = _SHAPE.fullmatch(node.text)
    word = match[1] if match else ""
    if match is None or word not in get_args(Kind):
        problems.add("UNKNOWN_TYPE", f"'{node.text}' is not a type", node.span, _hint(node.text))
        return None
    fault = _fault(word, match[2], match[3])
    if fault:
        problems.add("UNKNOWN_TYPE", f"'{node.text}' is not possible: {fault}", node.span)
        return None
    if word == "text":
        return DataType("text", length=int(match[2]) if match[2] else None)
    return DataType(cast(Kind, word), precision=int(match[2] or 0), scale=int(match[3] or 0))


def _fault(word: str, first: str | None, second: str | None) -> str:
    match word:
        case "text":
            return "text takes one length above 0" if second or (first and int(first) == 0) else ""
        case "decimal" if not first or not second:
            return "decimal takes digits and decimals, such as decimal(19,4)"
        case "decimal":
            digits, scale = int(first or 0), int(second or 0)
            return (
                ""
                if 1 <= digits <= DIGITS_LIMIT and scale <= digits
                else "at most 38 digits, and no more decimals than digits"
            )
        case _:
            return f"{word} takes no length" if first else ""


def _hint(text: str) -> str:
    word = re.split(r"[^a-z]", text.lower(), maxsplit=1)[0]
    if word in _OTHER_WORDS:
        return f"did you mean '{_OTHER_WORDS[word]}'?"
    return (
        nearest(word, get_args(Kind))
        or "types: guid, text(n), text, int, decimal(p,s), boolean, date, datetime, choice"
    )
