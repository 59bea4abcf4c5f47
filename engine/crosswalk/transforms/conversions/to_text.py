"""Conversions to text: one spelling per type, the same on every engine."""

from __future__ import annotations

from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import DataType
from crosswalk.sql import fragment, literal
from crosswalk.transforms.conversions.formats import text_form
from crosswalk.transforms.conversions.guards import TEXT, became, cast, guarded, retyped


def to_text(value: Value, to: DataType, form: str | None = None) -> Value:
    """Write a value as text; dates in ISO form, or in the `form` that is asked for."""
    written = _written(value, form)
    if to.length is None or (written.type.length or to.length + 1) <= to.length:
        return written
    fits = fragment("length({x}) <= {most}", x=written.sql, most=literal(to.length))
    longer = fragment("length({x}) > {most}", x=written.sql, most=literal(to.length))
    return became(written, guarded(fits, written.sql), to, Fault("TOO_LONG", longer, written.sql))


def text_length(value: Value) -> int | None:
    """Give the most characters that a value can need as text, or None where there is no bound."""
    match value.type.kind:
        case "text":
            return value.type.length
        case "int":
            return 20
        case "decimal":
            return value.type.precision + 3
        case "guid":
            return 36
        case "date":
            return 20
        case "boolean":
            return 5
        case "choice" if value.column and value.column.choices:
            return max(len(str(choice.code)) for choice in value.column.choices)
        case "choice":
            return 20 if value.type.coded == "int" else None
        case "datetime":
            return 32


def _written(value: Value, form: str | None) -> Value:
    length = text_length(value)
    match value.type.kind:
        case "text":
            return value
        case "choice" if value.type.coded == "text":
            return became(value, value.sql, DataType("text", length=length))
        case "date" if form:
            dated = fragment("strftime({x}, {form})", x=value.sql, form=literal(text_form(form)))
            return became(value, dated, DataType("text", length=len(form) + 10))
        case "int" | "decimal" | "guid" | "date" | "choice":
            return retyped(became(value, cast(value.sql, TEXT), TEXT), DataType("text", length=length))
        case "boolean":
            hint = "say what true and false are called: values: {true: yes, false: no}"
            raise TransformError("TYPE_MISMATCH", "boolean does not become text by itself", hint)
        case "datetime":
            raise TransformError("TYPE_MISMATCH", "datetime does not become text", "make it a date first")
