"""Readable sentences for what a schema finds: what is meant at a place, and what stands there instead."""

from __future__ import annotations

from collections.abc import Sequence as Listed

from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.config.schemas import Schema, alternatives, kinds_of

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "'name: value' lines",
    "array": "a list",
    "null": "null",
}
_SHOWN = 60


def expected(part: Schema, root: Schema) -> str:
    """Word what a place takes: ``text or a list``, ``keep, delete or report``."""
    if isinstance(part.get("x-says"), str):
        return str(part["x-says"])
    words: list[str] = []
    for alternative in alternatives(part, root):
        words += _words(alternative)
    return joined(list(dict.fromkeys(words)))


def _words(alternative: Schema) -> list[str]:
    if isinstance(alternative.get("x-says"), str):
        return [str(alternative["x-says"])]
    if "const" in alternative:
        return [_written(alternative["const"])]
    listed = alternative.get("enum")
    if isinstance(listed, list):
        return [_written(value) for value in listed]
    return [_KINDS.get(kind, kind) for kind in kinds_of(alternative)]


def joined(words: Listed[str], most: int = 0) -> str:
    """Join words as a person would: ``a, b or c``; at most so many of them."""
    if 0 < most < len(words):
        return f"{', '.join(words[:most])}, ..."
    if len(words) < 2:
        return "".join(words) or "something else"
    return f"{', '.join(words[:-1])} or {words[-1]}"


def found(node: Node) -> str:
    """Word what stands at a place."""
    match node:
        case Scalar(is_blank=True):
            return "nothing"
        case Scalar(text=text):
            return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}...'"
        case Sequence():
            return "a list"
        case Mapping():
            return "'name: value' lines"


def place(path: Listed[str | int]) -> str:
    """Name a place by its path: ``'lines'``, ``entry 2 of 'requires'``."""
    if not path:
        return "the file"
    last = path[-1]
    if isinstance(last, int):
        return f"entry {last + 1} of {place(path[:-1])}"
    return f"'{last}'"


def _written(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
