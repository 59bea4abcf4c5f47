"""Conversions between whole numbers and decimals: proven to fit, or guarded row by row.

Digits before the point are judged per row (OUT_OF_RANGE). Digits after it are never dropped: a smaller scale needs
`round`, and that is said when the map is read, not when the first odd cent comes by.
"""

from __future__ import annotations

from decimal import Decimal

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import DataType
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions.guards import INT, became, cast, guarded, retyped

LOWEST, HIGHEST = -(2**63), 2**63 - 1


def digits(kind: DataType) -> tuple[int, int]:
    """Give precision and scale of a number type; a whole number counts as decimal(19,0)."""
    return (kind.precision, kind.scale) if kind.kind == "decimal" else (19, 0)


def as_decimal(value: Sql, kind: DataType) -> Sql:
    """Write a number as a decimal of its own width, for arithmetic that cannot overflow."""
    if kind.kind == "decimal":
        return value
    return cast(value, DataType("decimal", precision=19))


def to_decimal(value: Value, to: DataType) -> Value:
    """Convert int or decimal to decimal; PRECISION_LOSS_POSSIBLE when the scale would shrink."""
    precision, scale = digits(value.type)
    if to.scale < scale:
        raise TransformError(
            "PRECISION_LOSS_POSSIBLE",
            f"{value.type} has {scale} digits after the point, {to} keeps {to.scale}",
            f"add round: {to.scale}",
        )
    if value.type == to:
        return value
    converted = cast(value.sql, to)
    room = to.precision - to.scale
    if room >= precision - scale:
        return became(value, converted, to)
    fits = _fits(value, room)
    return became(value, guarded(fits, converted), to, _out_of_range(value, fits))


def to_int(value: Value) -> Value:
    """Convert a decimal to int; digits after the point need `round` first."""
    precision, scale = digits(value.type)
    if scale:
        message = f"{value.type} has {scale} digits after the point, int keeps none"
        raise TransformError("PRECISION_LOSS_POSSIBLE", message, "write round: 0 and leave out as")
    if value.type.kind != "decimal":
        return retyped(value, INT)
    converted = cast(value.sql, INT)
    if precision <= 18:
        return became(value, converted, INT)
    lowest, highest = _number(LOWEST, value.type), _number(HIGHEST, value.type)
    fits = fragment("{x} BETWEEN {lowest} AND {highest}", x=value.sql, lowest=lowest, highest=highest)
    return became(value, guarded(fits, converted), INT, _out_of_range(value, fits))


def smaller_than_power(value: Sql, kind: DataType, room: int) -> Sql:
    """Say that a decimal has at most `room` digits before the point."""
    return fragment("abs({x}) < {power}", x=value, power=_number(10**room, kind))


def _fits(value: Value, room: int) -> Sql:
    if value.type.kind == "decimal":
        return smaller_than_power(value.sql, value.type, room)
    most = 10**room - 1
    return fragment("{x} BETWEEN {low} AND {high}", x=value.sql, low=literal(-most), high=literal(most))


def _out_of_range(value: Value, fits: Sql) -> Fault:
    return Fault("OUT_OF_RANGE", fragment("NOT {fits}", fits=fits), value.sql)


def _number(number: int, kind: DataType) -> Sql:
    return cast(literal(Decimal(number)), kind)
