"""`multiply`: scales a number by a constant or by another column of the row.

Why the operands are guarded: a product needs as many digits as its operands together, and the engine stops the
statement beyond 38. Where the sum is larger, the digits before the point are shared out between the operands, and a
row that needs more is OUT_OF_RANGE. Digits after the point are all kept; `round` says when they go.
"""

from __future__ import annotations

import re
from decimal import Decimal

from crosswalk.contracts import Example, Fault, Surroundings, TransformError, TransformSpec, Value
from crosswalk.model import DataType
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions.guards import became, cast, guarded, need_kind
from crosswalk.transforms.conversions.numbers import as_decimal, digits, smaller_than_power

_NUMBER = re.compile(r"-?[0-9]+([.][0-9]+)?")
_LEAST_ROOM = 10
"""Digits before the point that each operand keeps at least."""


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Multiply by a number, or by the value of a path."""
    need_kind(value, "multiply", "int", "decimal")
    factor = _factor(argument, surroundings)
    need_kind(factor, "multiply", "int", "decimal")
    left, right = _measured(value), _measured(factor)
    (p1, s1), (p2, s2) = digits(left.type), digits(right.type)
    if p1 + p2 > 38:
        left, right = _narrowed(left, right)
    elif p1 + p2 > 18 >= max(p1, p2):
        left = became(left, cast(left.sql, DataType("decimal", precision=19, scale=s1)), left.type)
    product = fragment("{left} * {right}", left=left.sql, right=right.sql)
    to = DataType("decimal", precision=min(38, p1 + p2), scale=s1 + s2)
    return Value(product, to, left.faults + right.faults, nullable=left.nullable or right.nullable)


def _factor(argument: object, surroundings: Surroundings) -> Value:
    text = f"{argument:f}" if isinstance(argument, Decimal) else str(argument).strip()
    if not _NUMBER.fullmatch(text):
        if re.match(r"[-+.0-9]", text):
            raise TransformError("TYPE_MISMATCH", f"'{text}' is not a number", "write it like 100 or 0.01")
        return surroundings.path(text)
    whole, _, fraction = text.lstrip("-").partition(".")
    kind = DataType("decimal", precision=len(whole) + len(fraction), scale=len(fraction))
    if kind.precision > 38:
        raise TransformError("EXPR_TOO_WIDE", f"'{text}' has more than 38 digits")
    return Value(cast(literal(text), kind), kind, nullable=False)


def _measured(value: Value) -> Value:
    precision, scale = digits(value.type)
    kind = DataType("decimal", precision=precision, scale=scale)
    return Value(as_decimal(value.sql, value.type), kind, value.faults, None, value.nullable)


def _narrowed(left: Value, right: Value) -> tuple[Value, Value]:
    scale = left.type.scale + right.type.scale
    rooms = left.type.precision - left.type.scale, right.type.precision - right.type.scale
    share = (38 - scale) // 2
    first = min(rooms[0], max(share, 38 - scale - rooms[1]))
    second = min(rooms[1], 38 - scale - first)
    if min(first - min(rooms[0], _LEAST_ROOM), second - min(rooms[1], _LEAST_ROOM)) < 0:
        message = f"{left.type} times {right.type} needs more than 38 digits"
        raise TransformError("EXPR_TOO_WIDE", message, "round one of them first")
    return _kept(left, first), _kept(right, second)


def _kept(value: Value, room: int) -> Value:
    kind = DataType("decimal", precision=max(1, room + value.type.scale), scale=value.type.scale)
    if kind.precision >= value.type.precision:
        return value
    fits = smaller_than_power(value.sql, value.type, room)
    beyond = Fault("OUT_OF_RANGE", _negated(fits), value.sql)
    return became(value, guarded(fits, cast(value.sql, kind)), kind, beyond)


def _negated(condition: Sql) -> Sql:
    return fragment("NOT {condition}", condition=condition)


SPEC = TransformSpec(
    name="multiply",
    summary="Scales a number by a constant or by another column.",
    rank=60,
    arguments={"type": ["number", "string"]},
    build=build,
    examples=(
        Example("0.01", "12.50", "0.125000", type="decimal(19,4)", target="decimal(19,6)"),
        Example(100, 7, "700", type="int", target="decimal(22,0)"),
        Example("-1", "9.99", "-9.99", type="decimal(5,2)", target="decimal(6,2)"),
    ),
)
