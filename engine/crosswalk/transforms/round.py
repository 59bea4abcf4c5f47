"""`round`: declared rounding, to a fixed number of digits or to the number that the row itself names.

Why the modes are few: they are those that every engine computes exactly on decimals. Rounding is never done unasked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from crosswalk.contracts import Example, Fault, Surroundings, TransformError, TransformSpec, Value
from crosswalk.model import DataType
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions.guards import became, cast, guarded, need_kind

_STEPS = {
    "half_up": "round({x}, {n})",
    "half_even": (
        "CASE WHEN abs({x} % {unit}) + abs({x} % {unit}) = {unit} AND ({x} - {x} % {unit}) % ({unit} + {unit}) = 0"
        " THEN {x} - {x} % {unit} ELSE round({x}, {n}) END"
    ),
    "down": "{x} - {x} % {unit}",
}
"""`half_even` is spelt out: an engine's own function for it may go through DOUBLE."""


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Round to ``to`` digits after the point, by ``mode`` (half_up)."""
    need_kind(value, "round", "int", "decimal")
    given = argument if isinstance(argument, Mapping) else {"to": argument}
    to, mode = str(given["to"]).strip(), str(given.get("mode", "half_up"))
    if mode not in _STEPS:
        raise TransformError("ROUND_MODE", f"'{mode}' is not a way to round", f"known: {', '.join(_STEPS)}")
    if re.fullmatch(r"[0-9]{1,2}", to):
        return rounded(value, int(to), mode)
    if re.match(r"[-+.0-9]", to):
        raise TransformError("ROUND_DIGITS", f"'{to}' is not a number of digits", "write 0 to 38, or a path")
    return _by_row(value, surroundings.path(to), mode, surroundings)


def rounded(value: Value, to: int, mode: str = "half_up") -> Value:
    """Round a number to a fixed number of digits; one that has no more of them stays as it is."""
    scale = value.type.scale if value.type.kind == "decimal" else 0
    if to >= scale:
        return value
    kind = DataType("decimal", precision=max(1, value.type.precision - scale + to + 1), scale=to)
    return became(value, _step(value, to, mode, kind), kind)


def _by_row(value: Value, places: Value, mode: str, surroundings: Surroundings) -> Value:
    need_kind(places, "the number of digits", "int")
    if value.type.kind == "int":
        return value
    target = surroundings.target.type
    most = min(value.type.scale, target.scale) if target.kind == "decimal" else value.type.scale
    whole = value.type.precision - value.type.scale
    kind = DataType("decimal", precision=min(38, whole + most + 1), scale=most)
    finest = cast(_step(value, most, mode, None), kind)
    finer = fragment("{x} <> {finest}", x=value.sql, finest=finest)
    chosen = _chosen(value, places, mode, kind)
    unknown = fragment("{x} IS NOT NULL AND ({to} IS NULL OR {to} < 0)", x=value.sql, to=places.sql)
    lost = fragment("{to} > {most} AND {finer}", to=places.sql, most=literal(most), finer=finer)
    faults = [Fault("ROUND_DIGITS", unknown, places.sql), Fault("PRECISION_LOSS", lost, value.sql)]
    if whole + most + 1 > 38:
        room = cast(literal(10**whole - 1), value.type)
        chosen = guarded(fragment("abs({x}) < {room}", x=value.sql, room=room), chosen)
        faults.append(Fault("OUT_OF_RANGE", fragment("abs({x}) >= {room}", x=value.sql, room=room), value.sql))
    united = Value(value.sql, value.type, value.faults + places.faults, None, value.nullable)
    return became(united, chosen, kind, *faults)


def _chosen(value: Value, places: Value, mode: str, kind: DataType) -> Sql:
    """Round to the digits that the row names: an arm for each number, because engines want a constant there."""
    most = kind.scale
    arms = {f"r{n}": cast(_step(value, n, mode, None), kind) for n in range(most + 1)}
    numbers = {f"n{n}": literal(n) for n in range(most + 1)}
    lines = " ".join(f"WHEN {{n{n}}} THEN {{r{n}}}" for n in range(most + 1))
    beyond = f"CASE WHEN {{x}} = {{r{most}}} THEN {{r{most}}} END"
    pattern = f"CASE WHEN {{to}} > {{most}} THEN {beyond} ELSE CASE {{to}} {lines} END END"
    return fragment(pattern, **arms, **numbers, to=places.sql, most=literal(most), x=value.sql)


def _step(value: Value, to: int, mode: str, kind: DataType | None) -> Sql:
    if to >= value.type.scale:
        return value.sql
    unit = cast(literal(f"{Decimal(1).scaleb(-to):f}"), DataType("decimal", precision=to + 1, scale=to))
    step = fragment(_STEPS[mode], x=value.sql, n=literal(to), unit=unit)
    return cast(step, kind) if kind else step


SPEC = TransformSpec(
    name="round",
    summary="Rounds a number to a fixed number of digits, or to the number that a column of the row gives.",
    rank=80,
    arguments={
        "oneOf": [
            {"type": "integer", "minimum": 0, "maximum": 38},
            {
                "type": "object",
                "properties": {
                    "to": {"type": ["integer", "string"], "description": "How many digits, or the path that says it."},
                    "mode": {"enum": ["half_up", "half_even", "down"], "description": "Default: half_up."},
                },
                "required": ["to"],
                "additionalProperties": False,
            },
        ]
    },
    build=build,
    examples=(
        Example(2, "2.345", "2.35", type="decimal(9,3)", target="decimal(9,2)"),
        Example({"to": 2, "mode": "half_even"}, "2.345", "2.34", type="decimal(9,3)", target="decimal(9,2)"),
        Example({"to": 1, "mode": "down"}, "-2.39", "-2.3", type="decimal(9,2)", target="decimal(9,1)"),
        Example(0, "-2.5", "-3", type="decimal(9,1)", target="int"),
    ),
)
