"""Aggregates over many rows, for `total` of a lookup and `expect` of a set.

A sum of decimal(p,s) is decimal(p+10,s): wide enough for ten thousand million rows, and narrow enough to be reckoned
with. `checksum` is md5 over the values as text, sorted and joined by commas; over no rows it is md5 of nothing, so
that two empty sets agree.
"""

from __future__ import annotations

from crosswalk.compiler.operators import made
from crosswalk.compiler.widths import decimal
from crosswalk.contracts import TransformError, Value
from crosswalk.model import DataType
from crosswalk.sql import fragment
from crosswalk.transforms.conversions.guards import INT
from crosswalk.transforms.conversions.numbers import as_decimal, digits
from crosswalk.transforms.conversions.to_text import to_text

_ROWS = 10
"""Digits that a sum grows by."""


def counted(value: Value | None) -> Value:
    """count(*) counts rows, count(x) those where x is not null."""
    if value is None:
        return Value(fragment("count(*)"), INT, nullable=False)
    return made(fragment("count({x})", x=value.sql), INT, [value], nullable=False)


def summed(value: Value) -> Value:
    """sum(x): null over no rows."""
    if value.type.kind not in ("int", "decimal"):
        raise TransformError("TYPE_MISMATCH", f"numbers are summed, this is {value.type}")
    precision, scale = digits(value.type)
    to = decimal(precision + _ROWS, scale)
    return made(fragment("sum({x})", x=as_decimal(value.sql, value.type)), to, [value], nullable=True)


def extreme(name: str, value: Value) -> Value:
    """min(x), max(x): null over no rows. A choice keeps its choices."""
    sql = fragment(name + "({x})", x=value.sql)
    return Value(sql, value.type, value.faults, value.column, nullable=True)


def checksum(value: Value) -> Value:
    """checksum(x): 32 characters that two sets share when they hold the same values."""
    text = to_text(value, DataType("text"))
    joined = fragment("string_agg({x}, ',' ORDER BY {x})", x=text.sql)
    return made(
        fragment("md5(coalesce({joined}, ''))", joined=joined), DataType("text", length=32), [value], nullable=False
    )
