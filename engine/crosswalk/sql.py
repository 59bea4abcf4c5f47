"""The small `Sql` value: the only thing that may reach a statement template, made in few, safe ways.

Why a type of its own: SQL that is put together from plain text is one slip away from an injection. An `Sql` is made
from a quoted name, a literal, or a fragment of ours with `Sql` in its holes. `fragment` parses each pattern once, so
that a pattern with a slip fails when the engine is tested and not when a map meets it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from crosswalk.model import DataType, EntityRef

_CALL = re.compile(r"[A-Za-z_0-9]*\(")
_NAME = '"(?:[^"]|"")*"'
_ATOM = re.compile(rf"""[\w.]+|{_NAME}(\.{_NAME})*|\w+\.{_NAME}|'(?:[^']|'')*'|\w+\([^()]*\)""")


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of DuckDB SQL that is known to be one whole thing: a name, a literal or an expression."""

    text: str

    def __str__(self) -> str:
        raise TypeError("Sql does not turn into text by itself; render it through a template")

    @property
    def wrapped(self) -> str:
        """The text, in brackets where it would otherwise mix with what stands around it."""
        return self.text if _is_whole(self.text) else f"({self.text})"


def _is_whole(text: str) -> bool:
    """Tell whether a text stands by itself: a name, a literal, or one call or pair of brackets around all the rest."""
    if _ATOM.fullmatch(text):
        return True
    opening = _CALL.match(text)
    return opening is not None and _closing(text, opening.end() - 1) == len(text) - 1


def _closing(text: str, start: int) -> int:
    """Find the bracket that closes the one at `start`; brackets inside quotes do not count."""
    depth, quote = 0, ""
    for place in range(start, len(text)):
        mark = text[place]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "'\"":
            quote = mark
        else:
            depth += (mark == "(") - (mark == ")")
            if depth == 0:
                return place
    return -1


def name(*parts: str) -> Sql:
    """Quote a name of one or more parts: ``name("shop", "orders")`` is ``"shop"."orders"``."""
    return Sql(".".join('"' + part.replace('"', '""') + '"' for part in parts))


def table(ref: EntityRef) -> Sql:
    return name(ref.system, ref.entity)


def literal(value: str | int | bool | Decimal | None) -> Sql:
    """Write a constant: text in quotes, numbers and truth values bare."""
    match value:
        case None:
            return Sql("NULL")
        case bool():
            return Sql("TRUE" if value else "FALSE")
        case int():
            return Sql(str(value))
        case Decimal():
            return Sql(f"{value:f}")
        case str():
            return Sql("'" + value.replace("'", "''") + "'")


def type_name(kind: DataType) -> Sql:
    """Give the DuckDB type that stores a type of the language."""
    match kind.kind:
        case "guid":
            return Sql("UUID")
        case "text":
            return Sql("VARCHAR")
        case "int":
            return Sql("BIGINT")
        case "decimal":
            return Sql(f"DECIMAL({kind.precision}, {kind.scale})")
        case "boolean":
            return Sql("BOOLEAN")
        case "date":
            return Sql("DATE")
        case "datetime":
            return Sql("TIMESTAMP")
        case "choice":
            return Sql("BIGINT" if kind.coded == "int" else "VARCHAR")


def fragment(pattern: str, **holes: Sql) -> Sql:
    """Fill the ``{holes}`` of an expression of ours: ``fragment("lower({x})", x=name("title"))``.

    The pattern is parsed once and must be one expression. Holes are put in brackets where they are not atoms.
    """
    _check(pattern)
    return Sql(re.sub(r"\{(\w+)\}", lambda match: holes[match[1]].wrapped, pattern))


def all_of(conditions: list[Sql]) -> Sql:
    """Join conditions by AND; no condition at all is TRUE."""
    return _joined(conditions, " AND ", Sql("TRUE"))


def any_of(conditions: list[Sql]) -> Sql:
    """Join conditions by OR; no condition at all is FALSE."""
    return _joined(conditions, " OR ", Sql("FALSE"))


def _joined(conditions: list[Sql], word: str, empty: Sql) -> Sql:
    if len(conditions) < 2:
        return conditions[0] if conditions else empty
    return Sql(word.join(condition.wrapped for condition in conditions))


def key_text(parts: list[Sql]) -> Sql:
    """Write a key as text: one part as it is; several joined by ``|``, where ``|`` and ``\\`` in a part are escaped."""
    if len(parts) == 1:
        return fragment("coalesce(CAST({x} AS VARCHAR), '')", x=parts[0])
    return Sql(" || '|' || ".join(key_part(part).text for part in parts))


def key_part(part: Sql) -> Sql:
    """Write one part of a key so that it can stand beside others: a part never holds a bare ``|``."""
    return fragment("replace(replace(coalesce(CAST({x} AS VARCHAR), ''), '\\', '\\\\'), '|', '\\|')", x=part)


def part_of_key(key: Sql, nth: int, parts: int) -> Sql:
    """Read one part, counted from 0, back from a key as text; null where the text is no key of so many parts."""
    if parts == 1:
        return key
    part = r"(?:[^|\\]|\\.)*"
    whole = rf"(?s)^(?:{part}\|){{{nth}}}({part})(?:\|{part}){{{parts - nth - 1}}}$"
    return fragment(
        "CASE WHEN regexp_matches({key}, {whole}) THEN"
        " regexp_replace(regexp_extract({key}, {whole}, 1), {escaped}, {bare}, 'gs') END",
        key=key,
        whole=literal(whole),
        escaped=literal(r"\\(.)"),
        bare=literal(r"\1"),
    )


@lru_cache(maxsize=1024)
def _check(pattern: str) -> None:
    import sqlglot

    whole = sqlglot.parse(re.sub(r"\{(\w+)\}", r'"\1"', f"SELECT {pattern}"), read="duckdb")
    if len(whole) != 1 or whole[0] is None or len(whole[0].expressions) != 1:
        raise ValueError(f"not one expression: {pattern}")
