"""The conversions that need no word in a map: those that lose nothing, or are judged row by row.

Widening, int to decimal, a whole decimal to int, an int-coded choice to int, a choice to a choice of the same coding.
Everything else is asked for: `as` for types, `values` for meanings, `round` for digits, `timezone` for dates.
"""

from __future__ import annotations

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import Column
from crosswalk.sql import fragment, literal
from crosswalk.transforms.conversions.from_text import listed
from crosswalk.transforms.conversions.guards import became, guarded, retyped
from crosswalk.transforms.conversions.numbers import to_decimal, to_int


def implicit(value: Value, column: Column) -> Value:
    """Convert a value to the type of a column where no word is needed; `TransformError` where one is.

    The length of text is left as it is: `fit` judges it.
    """
    match value.type.kind, column.type.kind:
        case (("int" | "decimal"), "decimal"):
            return to_decimal(value, column.type)
        case "decimal", "int":
            return to_int(value)
        case "choice", "int" if value.type.coded == "int":
            return retyped(value, column.type)
        case "choice", "choice" if value.type.coded == column.type.coded:
            return _known_codes(value, column)
        case same, wanted if same == wanted and same != "choice":
            return value
        case _:
            raise _refusal(value, column)


def _known_codes(value: Value, column: Column) -> Value:
    """Let a choice into another; a code that the column does not know is a fault of the row.

    What the source declares does not settle it: a system may have got a new choice since its entity was written.
    """
    if not column.choices:
        return retyped(value, column.type)
    known = listed(value.sql, [literal(choice.code) for choice in column.choices])
    wrong = fragment("NOT {known}", known=known)
    return became(value, guarded(known, value.sql), column.type, Fault("VALUE_UNMAPPED", wrong, value.sql))


def _refusal(value: Value, column: Column) -> TransformError:
    offered, wanted = value.type.kind, column.type.kind
    message = f"{value.type} does not become {column.type} by itself"
    match offered, wanted:
        case ("date", "datetime") | ("datetime", "date"):
            return TransformError("TZ_REQUIRED", message, f"write as: {wanted} with timezone: UTC")
        case ("boolean", _) | (_, "boolean") | (_, "choice"):
            hint = "as: boolean reads 'true' and 'false'; " if offered == "text" and wanted == "boolean" else ""
            return TransformError("TYPE_MISMATCH", message, f"{hint}say which value becomes which: values: {{...}}")
        case "datetime", _:
            return TransformError("TYPE_MISMATCH", message, "make it a date first: as: date with timezone: UTC")
        case _:
            return TransformError("TYPE_MISMATCH", message, f"write as: {wanted}")
