"""`pad`: fills text up to a length with one character.

Why a condition around the engine's function: that one cuts what is longer already, and padding must never lose a digit.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.contracts import Example, Surroundings, TransformSpec, Value
from crosswalk.model import DataType
from crosswalk.sql import fragment, literal
from crosswalk.transforms.conversions.guards import became, need_kind


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Pad to ``to`` characters with ``with`` (a blank) on the ``side`` (left)."""
    need_kind(value, "pad", "text")
    given = argument if isinstance(argument, Mapping) else {"to": argument}
    to = int(str(given["to"]))
    length = None if value.type.length is None else max(value.type.length, to)
    pattern = "rpad({x}, {to}, {fill})" if given.get("side") == "right" else "lpad({x}, {to}, {fill})"
    padded = fragment(
        "CASE WHEN length({x}) < {to} THEN " + pattern + " ELSE {x} END",
        x=value.sql,
        to=literal(to),
        fill=literal(str(given.get("with", " "))),
    )
    return became(value, padded, DataType("text", length=length))


SPEC = TransformSpec(
    name="pad",
    summary="Fills text up to a length with one character; longer text stays as it is.",
    rank=30,
    arguments={
        "type": "object",
        "properties": {
            "to": {"type": "integer", "minimum": 1, "maximum": 4000, "description": "How long the text becomes."},
            "with": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1,
                "description": "Which. Default: a blank.",
            },
            "side": {"enum": ["left", "right"], "description": "Where it is put. Default: left."},
        },
        "required": ["to"],
        "additionalProperties": False,
    },
    build=build,
    examples=(
        Example({"to": 6, "with": "0", "side": "left"}, "42", "000042"),
        Example({"to": 4, "side": "right"}, "ab", "ab  "),
        Example({"to": 3, "with": "0"}, "12345", "12345"),
    ),
)
