"""The filter language of Finance and Operations: a query range expression.

By the book every term stands in brackets and text in double quotes. The reader takes what real maps hold as well: one
``=``, missing brackets, single quotes, ``<>``, the words and and or. What is written is by the book.
"""

from __future__ import annotations

import re

from crosswalk.dualwrite.filters.descent import Grammar
from crosswalk.dualwrite.filters.tokens import Token, Tokens, cut
from crosswalk.dualwrite.filters.tree import (
    Comparison,
    Filter,
    Group,
    Match,
    Negation,
    Operand,
    Sign,
    UnsayableError,
    pattern,
    starred,
)

_LANGUAGE = re.compile(
    r"(?P<date>\d{1,2}\\\d{1,2}\\\d{4})"
    r"|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z?)"
    r"|(?P<number>[+-]?\d+(\.\d+)?)(?!\w)"
    r"|(?P<element>[^\W\d]\w*\s*::\s*[^\W\d]\w*)"
    r"|(?P<word>[^\W\d]\w*(\.[^\W\d]\w*)*)"
    r"|(?P<sign>&&|\|\||==|!=|<>|<=|>=|[=<>!()])"
)
_SIGNS: dict[str, Sign] = {
    "==": "=",
    "=": "=",
    "!=": "<>",
    "<>": "<>",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}
_WRITTEN = {"=": "==", "<>": "!="}


def parse(text: str) -> Filter:
    """Read a filter; `FilterError` with the position of what cannot be read."""
    tokens = cut(text, _LANGUAGE, escape="backslash")
    return _GRAMMAR.read(tokens)


def _term(tokens: Tokens) -> Filter:
    column = tokens.take()
    if column.kind != "word":
        tokens.fail("the name of a field is expected here", column)
    if tokens.taken("like"):
        text = tokens.take()
        if text.kind != "text":
            tokens.fail("quoted text is expected here", text)
        return Match(column.text, *pattern(text.text))
    sign = _SIGNS[tokens.need(*_SIGNS).text]
    return Comparison(column.text, sign, _operand(tokens.take(), tokens))


def _operand(token: Token, tokens: Tokens) -> Operand:
    match token.kind:
        case "text" | "number" | "datetime" as kind:
            return Operand(kind, token.text)
        case "date":
            day, month, year = (int(part) for part in token.text.split("\\"))
            return Operand("date", f"{year:04}-{month:02}-{day:02}")
        case "element":
            enum, _, name = token.text.partition("::")
            return Operand("element", name.strip(), enum.strip())
        case "word" if token.text.lower() in ("true", "false"):
            return Operand("boolean", token.text.lower())
    tokens.fail("a constant is expected here", token)
    raise AssertionError


def write(tree: Filter) -> str:
    """Write a filter; `UnsayableError` where this language has no words for it."""
    match tree:
        case Group(word, parts):
            sign = " && " if word == "and" else " || "
            return "(" + sign.join(write(part) for part in parts) + ")"
        case Negation(of):
            return f"(!{write(of)})"
        case Match(column):
            return f"({column} like {_quoted(starred(tree))})"
        case Comparison(column, sign, operand):
            return f"({column} {_WRITTEN.get(sign, sign)} {_constant(operand)})"


def _constant(operand: Operand) -> str:
    match operand.kind:
        case "text" | "guid":
            return _quoted(operand.text)
        case "null":
            raise UnsayableError("there is no null there; a field without a value is blank")
        case "date":
            year, month, day = operand.text.split("-")
            return f"{day}\\{month}\\{year}"
        case "element":
            return f"{operand.enum}::{operand.text}" if operand.enum else _quoted(operand.text)
        case _:
            return operand.text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_GRAMMAR = Grammar(_term, either=("||", "or"), every=("&&", "and"), negated=("!",))
