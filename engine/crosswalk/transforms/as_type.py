"""`as`: a conversion that never loses silently.

Why no kindness: a value that is not plainly of the type is refused with a code (CAST_INT, CAST_DATE, ...), because a
guess that is right today becomes a wrong amount tomorrow.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosswalk.contracts import Example, Surroundings, TransformSpec, Value
from crosswalk.transforms.conversions.asked import Asked, convert
from crosswalk.transforms.conversions.naming import type_named, zone_named


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Convert to the type of ``as``, with ``format`` for dates as text and ``timezone`` between dates and instants."""
    given = argument if isinstance(argument, Mapping) else {"as": argument}
    form, zone = given.get("format"), given.get("timezone")
    asked = Asked(
        surroundings.target,
        form=None if form is None else str(form),
        zone=None if zone is None else zone_named(str(zone)),
    )
    return convert(value, type_named(str(given["as"]), surroundings.target), asked)


SPEC = TransformSpec(
    name="as",
    summary="Converts to another type; a value that is not plainly of that type is refused.",
    rank=50,
    arguments={"type": "string"},
    beside={
        "format": {
            "type": "string",
            "minLength": 1,
            "description": "How a date is written in text, in % letters such as %d/%m/%Y.",
        },
        "timezone": {
            "type": "string",
            "minLength": 1,
            "description": "The zone in which an instant becomes a date, or local time an instant: Europe/Oslo.",
        },
    },
    build=build,
    examples=(
        Example({"as": "int"}, "42", 42, target="int"),
        Example({"as": "int"}, "1e5", None, target="int", code="CAST_INT"),
        Example({"as": "int"}, "", None, target="int", code="EMPTY"),
        Example({"as": "decimal(9,2)"}, "12.30", "12.30", target="decimal(9,2)"),
        Example({"as": "decimal(9,2)"}, "12.345", None, target="decimal(9,2)", code="PRECISION_LOSS"),
        Example({"as": "boolean"}, "true", True, target="boolean"),
        Example({"as": "boolean"}, "yes", None, target="boolean", code="CAST_BOOL"),
        Example({"as": "date"}, "2026-02-28", "2026-02-28", target="date"),
        Example({"as": "date"}, "2026-02-30", None, target="date", code="CAST_DATE"),
        Example({"as": "date", "format": "%d/%m/%Y"}, "31/01/2026", "2026-01-31", target="date"),
        Example(
            {"as": "date", "timezone": "Europe/Oslo"},
            "2026-01-31 23:30:00",
            "2026-02-01",
            type="datetime",
            target="date",
        ),
        Example({"as": "datetime"}, "2026-01-31T10:00:00+02:00", "2026-01-31 08:00:00", target="datetime"),
        Example({"as": "datetime"}, "2026-01-31T10:00:00", None, target="datetime", code="CAST_DATETIME"),
        Example({"as": "text"}, 42, "42", type="int"),
    ),
)
