"""`trim`: takes the blanks off both ends of text.

Why blanks only: engines differ in what else they call a space, and tabs and line ends inside data are worth seeing.
"""

from __future__ import annotations

from crosswalk.contracts import Example, Surroundings, TransformSpec, Value
from crosswalk.sql import fragment
from crosswalk.transforms.conversions.guards import became, need_kind


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Trim the text, unless the argument says false."""
    if argument is False:
        return value
    need_kind(value, "trim", "text")
    return became(value, fragment("trim({x}, ' ')", x=value.sql), value.type)


SPEC = TransformSpec(
    name="trim",
    summary="Takes the blanks off both ends of text.",
    rank=10,
    arguments={"type": "boolean"},
    build=build,
    examples=(Example(True, "  Oslo ", "Oslo"), Example(False, " Oslo", " Oslo")),
)
