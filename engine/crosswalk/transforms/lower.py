"""`lower`: writes text in small letters.

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
    need_kind(value, "lower", "text")
    return became(value, fragment("lower({x})", x=value.sql), value.type)


SPEC = TransformSpec(
    name="lower",
    summary="Writes text in small letters.",
    rank=21,
    arguments={"type": "boolean"},
    build=build,
    examples=(Example(True, "NoK", "nok"), Example(True, None, None)),
)
