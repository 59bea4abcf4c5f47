"""Proves how many digits a number can need, so that no row can overflow the type that holds it.

The engine multiplies two decimals of up to 18 digits in 64 bits and stops the statement for every row when one
product is larger; so operands are widened where a proof asks for it. Beyond 38 digits there is no type:
EXPR_TOO_WIDE.
"""

from __future__ import annotations

from crosswalk.contracts import TransformError
from crosswalk.model import DataType
from crosswalk.sql import Sql
from crosswalk.transforms.conversions.guards import cast
from crosswalk.transforms.conversions.numbers import digits

MOST = 38
_NARROW = 18


def decimal(precision: int, scale: int) -> DataType:
    """Give a decimal type; EXPR_TOO_WIDE beyond 38 digits."""
    if precision > MOST:
        message = f"the result may need {precision} digits, and {MOST} is the most"
        raise TransformError("EXPR_TOO_WIDE", message, "round a part first, or use multiply in the field line")
    return DataType("decimal", precision=precision, scale=scale)


def common(one: DataType, other: DataType) -> DataType:
    """Give the type that holds the values of both; TYPE_MISMATCH where they have nothing in common."""
    kinds = {one.kind, other.kind}
    if kinds == {"decimal"} or kinds == {"int", "decimal"}:
        (p1, s1), (p2, s2) = digits(one), digits(other)
        scale = max(s1, s2)
        return decimal(max(p1 - s1, p2 - s2) + scale, scale)
    if kinds == {"text"}:
        lengths = one.length, other.length
        return DataType("text", length=None if None in lengths else max(length or 1 for length in lengths))
    if len(kinds) == 1 and one.coded == other.coded:
        return one
    if kinds == {"int", "choice"} and "int" in (one.coded, other.coded):
        return DataType("int")
    hint = "an instant has a date in a time zone only" if kinds == {"date", "datetime"} else ""
    raise TransformError("TYPE_MISMATCH", f"{one} and {other} do not go together", hint)


def sum_type(one: DataType, other: DataType) -> DataType:
    """Give the type of a sum or a difference: one digit more before the point."""
    (p1, s1), (p2, s2) = digits(one), digits(other)
    scale = max(s1, s2)
    return decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)


def product_type(one: DataType, other: DataType) -> DataType:
    """Give the type of a product: the digits of both."""
    (p1, s1), (p2, s2) = digits(one), digits(other)
    return decimal(p1 + p2, s1 + s2)


def in_width(value: Sql, offered: DataType, wanted: DataType) -> Sql:
    """Write a number in the width that is wanted; other values as they are."""
    if wanted.kind != "decimal" or offered == wanted:
        return value
    return cast(value, wanted)


def factor(value: Sql, own: DataType, product: DataType) -> Sql:
    """Write a factor so wide that the engine computes the product in enough bits."""
    precision, scale = digits(own)
    narrow = product.precision > _NARROW >= precision
    if own.kind == "decimal" and not narrow:
        return value
    return cast(value, DataType("decimal", precision=max(precision, _NARROW + 1) if narrow else precision, scale=scale))
