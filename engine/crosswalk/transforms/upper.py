"""`upper`: writes text in capital letters.

Why before `values` and `fit`: codes that differ only in their letters then meet one line of a value map.
"""

from __future__ import annotations

from crosswalk.contracts import Example, Surroundings, TransformSpec, Value
from crosswalk.sql import fragment
from crosswalk.transforms.conversions.guards import became, need_kind


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Change the letters, unless the argument says false."""
    if argument is False:
        return value
    need_kind(value, "upper", "text")
    return became(value, fragment("upper({x})", x=value.sql), value.type)


SPEC = TransformSpec(
    name="upper",
    summary="Writes text in capital letters.",
    rank=20,
    arguments={"type": "boolean"},
    build=build,
    examples=(Example(True, "NoK", "NOK"), Example(True, None, None)),
)
