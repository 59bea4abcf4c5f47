"""`fit`: the length of text against the length of the column, refused unless the map says truncate.

Why it is always there: the engine stores six characters in a column of three without a word. The compiler puts `fit`
at the end of every line that writes text; where the length is proven it adds nothing.
"""

from __future__ import annotations

from dataclasses import replace

from crosswalk.contracts import Example, Fault, Surroundings, TransformSpec, Value
from crosswalk.model import DataType
from crosswalk.sql import fragment, literal
from crosswalk.transforms.conversions.guards import became, guarded


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Refuse longer text (TOO_LONG), or cut it."""
    target = surroundings.target.type
    if value.type.kind != "text" or target.kind != "text" or target.length is None:
        return value
    if value.type.length is not None and value.type.length <= target.length:
        return value
    most, to = literal(target.length), DataType("text", length=target.length)
    if argument == "truncate":
        return replace(value, sql=fragment("substring({x}, 1, {most})", x=value.sql, most=most), type=to, column=None)
    fits = fragment("length({x}) <= {most}", x=value.sql, most=most)
    longer = fragment("length({x}) > {most}", x=value.sql, most=most)
    return became(value, guarded(fits, value.sql), to, Fault("TOO_LONG", longer, value.sql))


SPEC = TransformSpec(
    name="fit",
    summary="Refuses text that is longer than the column (reject, the default), or cuts it (truncate).",
    rank=100,
    arguments={"enum": ["reject", "truncate"]},
    build=build,
    examples=(
        Example("truncate", "a long line", "a lon", target="text(5)"),
        Example("reject", "short", "short", target="text(5)"),
        Example("reject", "too long", None, target="text(5)", code="TOO_LONG"),
    ),
)
