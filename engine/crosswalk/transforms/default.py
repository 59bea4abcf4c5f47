"""`default`: a constant where the value is null or empty.

Why it lands first: null and constant must meet in one type, and that is the type of the target column. Empty text
that a conversion would refuse is answered by the default too, so the fault EMPTY goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crosswalk.contracts import Example, Surroundings, TransformError, TransformSpec, Value
from crosswalk.model import DataType
from crosswalk.sql import fragment
from crosswalk.transforms.conversions import constant, implicit


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Put the constant in the place of null and of empty text."""
    scalar = argument.get("value") if isinstance(argument, Mapping) else argument
    if not isinstance(scalar, str | int | bool | float):
        raise TransformError("DEFAULT_DOES_NOT_FIT", "default needs a constant", "write default: 0 or the like")
    answer = constant(str(scalar) if isinstance(scalar, float) else scalar, surroundings.target)
    landed = implicit(value, surroundings.target)
    faults = tuple(fault for fault in landed.faults if fault.code != "EMPTY")
    if landed.type.kind == "text":
        filled = fragment("coalesce(nullif({x}, ''), {answer})", x=landed.sql, answer=answer.sql)
        lengths = landed.type.length, answer.type.length
        longest = None if None in lengths else max(length or 0 for length in lengths)
        return Value(filled, DataType("text", length=longest), faults, None, nullable=False)
    filled = fragment("coalesce({x}, {answer})", x=landed.sql, answer=answer.sql)
    return replace(landed, sql=filled, faults=faults, nullable=False)


SPEC = TransformSpec(
    name="default",
    summary="Puts a constant in the place of null and of empty text.",
    rank=90,
    arguments={"type": ["string", "number", "boolean"]},
    build=build,
    examples=(
        Example("none", None, "none"),
        Example("none", "", "none"),
        Example("none", "red", "red"),
        Example(0, None, "0.00", type="decimal(9,2)", target="decimal(9,2)"),
        Example("2026-01-31", None, "2026-01-31", type="date", target="date"),
    ),
)
