"""The filter language of Dataverse: an OData ``$filter``, as far as table maps use it.

Read: eq ne gt ge lt le, and or not, startswith, endswith, contains, in, brackets, and constants. Written: the same,
with as few brackets as its order of words allows.
"""

from __future__ import annotations

import re

from crosswalk.dualwrite.filters.descent import Grammar
from crosswalk.dualwrite.filters.tokens import Token, Tokens, cut
from crosswalk.dualwrite.filters.tree import (
    Comparison,
    Filter,
    Group,
    Kind,
    Match,
    Negation,
    Operand,
    Shape,
    Sign,
    UnsayableError,
    joined,
)

_LANGUAGE = re.compile(
    r"(?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?!\w)"
    r"|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)"
    r"|(?P<date>\d{4}-\d\d-\d\d)"
    r"|(?P<number>[+-]?\d+(\.\d+)?([eE][+-]?\d+)?)(?!\w)"
    r"|(?P<word>[^\W\d]\w*([./][^\W\d]\w*)*)"
    r"|(?P<sign>[(),])"
)
_SIGNS: dict[str, Sign] = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_WORDS = {sign: word for word, sign in _SIGNS.items()}
_SHAPES: dict[str, Shape] = {"startswith": "starts", "endswith": "ends", "contains": "contains"}
_CALLS = {shape: call for call, shape in _SHAPES.items()}
_PLAIN: dict[str, Kind] = {"guid": "guid", "date": "date", "datetime": "datetime", "number": "number"}


def parse(text: str) -> Filter:
    """Read a filter; `FilterError` with the position of what cannot be read."""
    tokens = cut(text, _LANGUAGE, escape="doubled")
    return _GRAMMAR.read(tokens)


def _test(tokens: Tokens) -> Filter:
    if tokens.next.text.lower() in _SHAPES and tokens.following.text == "(":
        return _call(tokens)
    return _comparison(tokens)


def _call(tokens: Tokens) -> Filter:
    shape = _SHAPES[tokens.take().text.lower()]
    tokens.need("(")
    column = _column(tokens)
    tokens.need(",")
    text = tokens.take()
    if text.kind != "text":
        tokens.fail("quoted text is expected here", text)
    tokens.need(")")
    found = Match(column, shape, text.text)
    if tokens.next.text.lower() in ("eq", "ne") and tokens.following.text.lower() in ("true", "false"):
        turned = tokens.take().text.lower() == "ne"
        return Negation(found) if (tokens.take().text.lower() == "false") != turned else found
    return found


def _comparison(tokens: Tokens) -> Filter:
    column = _column(tokens)
    if tokens.taken("in"):
        tokens.need("(")
        items = [_operand(tokens.take(), tokens)]
        while tokens.taken(","):
            items.append(_operand(tokens.take(), tokens))
        tokens.need(")")
        return joined("or", [Comparison(column, "=", item) for item in items])
    sign = _SIGNS[tokens.need(*_SIGNS).text.lower()]
    return Comparison(column, sign, _operand(tokens.take(), tokens))


def _column(tokens: Tokens) -> str:
    token = tokens.take()
    if token.kind != "word" or tokens.next.text == "(":
        tokens.fail("the name of a column is expected here", token)
    return token.text.replace("/", ".")


def _operand(token: Token, tokens: Tokens) -> Operand:
    word = token.text.lower() if token.kind == "word" else ""
    if word in ("true", "false"):
        return Operand("boolean", word)
    if word == "null":
        return Operand("null", "null")
    if token.kind == "text":
        return Operand("text", token.text)
    if token.kind not in _PLAIN:
        tokens.fail("a constant is expected here", token)
    return Operand(_PLAIN[token.kind], token.text.lower() if token.kind == "guid" else token.text)


def write(tree: Filter) -> str:
    """Write a filter; `UnsayableError` where this language has no words for it."""
    match tree:
        case Group(word, parts):
            return f" {word} ".join(_part(part) for part in parts)
        case Negation(of):
            return f"not {write(of)}" if isinstance(of, Match) else f"not ({write(of)})"
        case Match("" | _, "like"):
            raise UnsayableError(f"'{tree.text}' has a star in the middle")
        case Match(column, shape, text):
            return f"{_CALLS[shape]}({_path(column)},{_quoted(text)})"
        case Comparison(column, sign, operand):
            return f"{_path(column)} {_WORDS[sign]} {_constant(operand)}"


def _part(part: Filter) -> str:
    return f"({write(part)})" if isinstance(part, Group) else write(part)


def _path(column: str) -> str:
    return column.replace(".", "/")


def _constant(operand: Operand) -> str:
    return _quoted(operand.text) if operand.kind in ("text", "element") else operand.text


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_GRAMMAR = Grammar(_test)
