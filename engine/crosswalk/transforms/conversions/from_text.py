"""Conversions from text: strict patterns first, so that what the engine would read kindly is refused here.

By itself the engine takes ``1e5``, ``' 12 '`` and ``1_000`` as numbers and ``t`` as a truth value, and it rounds digits
away. So a value is cut out of the text by an anchored pattern, which gives '' where it does not match, and only then
cast. Empty text is a fault of its own, EMPTY, which `default` answers.
"""

from __future__ import annotations

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import Column, DataType
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions.guards import INT, became, cast, guarded, try_cast

_INT = "[+-]?[0-9]+"
_DECIMAL = "[+-]?[0-9]+([.][0-9]+)?"
_GUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
GUID = f"^{_GUID}$"


def text_to_int(value: Value) -> Value:
    """Read a whole number: CAST_INT for anything else, OUT_OF_RANGE beyond 64 bits."""
    number = try_cast(matching(value.sql, f"^{_INT}$"), INT)
    wrong = unlike(value.sql, f"^({_INT})?$")
    outside = fragment("{like} AND {number} IS NULL", like=like(value.sql, f"^{_INT}$"), number=number)
    return became(
        value,
        number,
        INT,
        empty(value),
        Fault("CAST_INT", wrong, value.sql),
        Fault("OUT_OF_RANGE", outside, value.sql),
    )


def text_to_decimal(value: Value, to: DataType) -> Value:
    """Read a decimal number with a point; PRECISION_LOSS where digits other than zero would be lost."""
    exact = f"^[+-]?[0-9]+([.]{_fraction(to.scale)})?$"
    number = try_cast(matching(value.sql, exact), to)
    wrong = unlike(value.sql, f"^({_DECIMAL})?$")
    finer = fragment("{like} AND {inexact}", like=like(value.sql, f"^{_DECIMAL}$"), inexact=unlike(value.sql, exact))
    outside = fragment("{like} AND {number} IS NULL", like=like(value.sql, f"^{_DECIMAL}$"), number=number)
    return became(
        value,
        number,
        to,
        empty(value),
        Fault("CAST_DECIMAL", wrong, value.sql),
        Fault("PRECISION_LOSS", finer, value.sql),
        Fault("OUT_OF_RANGE", outside, value.sql),
    )


def _fraction(scale: int) -> str:
    return f"[0-9]{{1,{scale}}}0*" if scale else "0+"


def text_to_boolean(value: Value) -> Value:
    """Read ``true`` and ``false``, and nothing else: other spellings are the business of `values`."""
    truth = fragment("CASE {x} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END", x=value.sql)
    wrong = fragment("{x} NOT IN ('true', 'false', '')", x=value.sql)
    return became(value, truth, DataType("boolean"), empty(value), Fault("CAST_BOOL", wrong, value.sql))


def text_to_guid(value: Value) -> Value:
    """Read a guid of 36 characters without braces."""
    guid = try_cast(matching(value.sql, GUID), DataType("guid"))
    wrong = unlike(value.sql, f"^({_GUID})?$")
    return became(value, guid, DataType("guid"), empty(value), Fault("CAST_GUID", wrong, value.sql))


def to_choice(value: Value, column: Column) -> Value:
    """Take text or a whole number as the code of a choice; VALUE_UNMAPPED for a code that the column does not know."""
    if column.type.kind != "choice" or not column.choices:
        raise TransformError("TYPE_MISMATCH", f"{column.name} is no choice, but {column.type}")
    text = cast(value.sql, DataType("text")) if value.type.kind == "int" else value.sql
    codes = [literal(str(choice.code)) for choice in column.choices]
    known = listed(text, codes)
    code = text if column.type.coded == "text" else cast(text, INT)
    wrong = fragment("{x} <> '' AND NOT {known}", x=text, known=known)
    faults = () if value.type.kind == "int" else (empty(value),)
    return became(value, guarded(known, code), column.type, *faults, Fault("VALUE_UNMAPPED", wrong, value.sql))


def listed(value: Sql, items: list[Sql]) -> Sql:
    """Write ``value IN (items)``; nothing is in an empty list."""
    if not items:
        return Sql("FALSE")
    holes = {f"item{number}": item for number, item in enumerate(items)}
    return fragment("{value} IN (" + ", ".join("{" + hole + "}" for hole in holes) + ")", value=value, **holes)


def empty(value: Value) -> Fault:
    """Give the fault of empty text."""
    return Fault("EMPTY", fragment("{x} = ''", x=value.sql), value.sql)


def matching(value: Sql, pattern: str) -> Sql:
    """Cut the text out of `value` that an anchored pattern matches, or '' where it does not match."""
    return fragment("regexp_extract({x}, {shape}, 0)", x=value, shape=literal(pattern))


def like(value: Sql, pattern: str) -> Sql:
    return fragment("regexp_matches({x}, {shape})", x=value, shape=literal(pattern))


def unlike(value: Sql, pattern: str) -> Sql:
    return fragment("NOT regexp_matches({x}, {shape})", x=value, shape=literal(pattern))
