"""The conditions of our own maps, as far as the two other filter languages have words for them.

Written: a column is compared in its own type, so a literal takes the spelling that the type needs. Read: the same
forms, and those that a person writes by hand for the same thing (`in`, `between`, a bare truth value).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
    changed,
    joined,
    pattern,
    starred,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A column as a map names it: its path, the kind of its type, and the choices by code."""

    path: str
    kind: str = "text"
    choices: Mapping[str, str] = field(default_factory=dict)


Columns = Callable[[str], Named]
"""Finds what a name in a filter stands for; `UnsayableError` where it stands for nothing."""

_LANGUAGE = re.compile(
    r"(?P<number>[+-]?\d+(\.\d+)?)(?!\w)|(?P<word>[^\W\d]\w*(\.[^\W\d]\w*)*)|(?P<sign><>|!=|<=|>=|[=<>(),])"
)
_SIGNS: dict[str, Sign] = {"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_YES = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


def write(tree: Filter, columns: Columns) -> str:
    """Write a condition; `UnsayableError` where a column cannot be compared like this."""
    match tree:
        case Group(word, parts):
            return f" {word} ".join(
                f"({write(p, columns)})" if isinstance(p, Group) else write(p, columns) for p in parts
            )
        case Negation(of):
            return f"not ({write(of, columns)})"
        case Match():
            return _match(tree, columns(tree.column))
        case Comparison(column, sign, Operand("null")):
            return f"{columns(column).path} is {'not ' if sign == '<>' else ''}null"
        case Comparison(column, sign, operand):
            named = columns(column)
            return f"{named.path} {sign} {_literal(operand, named)}"


def _match(found: Match, named: Named) -> str:
    if named.kind != "text":
        raise UnsayableError(f"{named.path} is {named.kind}, and a pattern works on text")
    if found.shape == "starts" and re.search(r"[%_\\]", found.text):
        return f"substring({named.path}, 1, {len(found.text)}) = {quoted(found.text)}"
    if re.search(r"[%_\\]", found.text):
        raise UnsayableError(f"'{found.text}' holds a sign that stands for any letter in a pattern")
    return f"{named.path} like {quoted(starred(found).replace('*', '%'))}"


def _literal(operand: Operand, named: Named) -> str:
    text = operand.text
    match named.kind:
        case "choice":
            return _choice(operand, named)
        case "boolean" if text.lower() in _YES:
            return _YES[text.lower()]
        case "int" | "decimal" if re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
            return text.removeprefix("+")
        case "datetime" if operand.kind == "date":
            return quoted(f"{text}T00:00:00Z")
        case "text" if operand.kind != "boolean":
            return quoted(text)
        case "guid" | "date" | "datetime" if operand.kind not in ("number", "boolean"):
            return quoted(text)
        case _:
            raise UnsayableError(f"{named.path} is {named.kind}, and it is compared with {text!r}")


def _choice(operand: Operand, named: Named) -> str:
    for code, label in named.choices.items():
        if operand.text.lower() in (code.lower(), label.lower()):
            return quoted(label)
    raise UnsayableError(f"{named.path} has no choice {operand.text!r}")


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def blank_aware(tree: Filter) -> Filter:
    """Say what `unlike` and `like nothing` mean where a value is never null but blank: null counts as blank."""
    return changed(tree, _with_blank)


def _with_blank(found: Comparison | Match) -> Filter:
    if isinstance(found, Match) or found.operand.kind in ("null", "boolean"):
        return found
    nothing = Comparison(found.column, "=", Operand("null", "null"))
    if found.operand.text == "":
        known = Comparison(found.column, "<>", Operand("null", "null"))
        return joined("or", [nothing, found]) if found.sign == "=" else joined("and", [known, found])
    return joined("or", [nothing, found]) if found.sign == "<>" else found


def without_blanks(tree: Filter) -> Filter:
    """Take back what `blank_aware` has added; what else asks for null asks for blank."""
    match tree:
        case Group(word, parts):
            return joined(word, _paired([without_blanks(part) for part in parts], word))
        case Negation(of):
            return Negation(without_blanks(of))
        case Comparison(column, sign, Operand("null")):
            return Comparison(column, sign, Operand("text", ""))
        case _:
            return tree


def _paired(parts: list[Filter], word: str) -> list[Filter]:
    """Drop a test for blank beside a comparison that says it already."""
    compared = {(part.column, part.sign, bool(part.operand.text)) for part in parts if isinstance(part, Comparison)}
    kept: list[Filter] = []
    for part in parts:
        blank = isinstance(part, Comparison) and part.operand.text == ""
        if blank and isinstance(part, Comparison):
            beside = (part.column, "<>", True) in compared and word == "or" and part.sign == "="
            if beside or part in kept:
                continue
        kept.append(part)
    return kept


def parse(text: str) -> Filter:
    """Read a condition of a map; `FilterError` where it says what neither filter language can."""
    tokens = cut(text, _LANGUAGE, escape="doubled")
    return _GRAMMAR.read(tokens)


def _test(tokens: Tokens) -> Filter:
    return _prefix(tokens) if tokens.next.text.lower() == "substring" else _term(tokens)


def _prefix(tokens: Tokens) -> Filter:
    """Read ``substring(x, 1, n) = 'text'``: how a start is asked for that holds a sign of patterns."""
    start = tokens.take()
    tokens.need("(")
    column = _column(tokens)
    tokens.need(",")
    first = tokens.take()
    tokens.need(",")
    length = tokens.take()
    tokens.need(")")
    tokens.need("=")
    text = tokens.take()
    if first.text != "1" or text.kind != "text" or length.text != str(len(text.text)):
        tokens.fail("only a whole beginning can be asked for", start)
    return Match(column, "starts", text.text)


def _term(tokens: Tokens) -> Filter:
    column = _column(tokens)
    if tokens.taken("is"):
        sign: Sign = "<>" if tokens.taken("not") else "="
        word = tokens.need("null", "true", "false").text.lower()
        return Comparison(column, sign, Operand("null" if word == "null" else "boolean", word))
    turned = tokens.taken("not") is not None
    found = _words(column, tokens)
    if found is not None:
        return Negation(found) if turned else found
    if turned:
        tokens.fail("in, like or between is expected here")
    taken = tokens.taken(*_SIGNS)
    if taken is None:
        return Comparison(column, "=", Operand("boolean", "true"))
    return Comparison(column, _SIGNS[taken.text], _operand(tokens.take(), tokens))


def _words(column: str, tokens: Tokens) -> Filter | None:
    if tokens.taken("in"):
        tokens.need("(")
        items = [_operand(tokens.take(), tokens)]
        while tokens.taken(","):
            items.append(_operand(tokens.take(), tokens))
        tokens.need(")")
        return joined("or", [Comparison(column, "=", item) for item in items])
    if tokens.taken("like"):
        text = tokens.take()
        if text.kind != "text" or "_" in text.text or "*" in text.text:
            tokens.fail("a pattern with % alone is expected here", text)
        return Match(column, *pattern(text.text.replace("%", "*")))
    if tokens.taken("between"):
        low = _operand(tokens.take(), tokens)
        tokens.need("and")
        high = _operand(tokens.take(), tokens)
        return joined("and", [Comparison(column, ">=", low), Comparison(column, "<=", high)])
    return None


def _column(tokens: Tokens) -> str:
    token = tokens.take()
    if token.kind != "word" or tokens.next.text == "(":
        tokens.fail("the name of a column is expected here", token)
    return token.text


def _operand(token: Token, tokens: Tokens) -> Operand:
    word = token.text.lower() if token.kind == "word" else ""
    if word in ("true", "false"):
        return Operand("boolean", word)
    if token.kind == "text":
        return Operand("text", token.text)
    if token.kind != "number":
        tokens.fail("a constant is expected here", token)
    return Operand("number", token.text)


_GRAMMAR = Grammar(_test)
