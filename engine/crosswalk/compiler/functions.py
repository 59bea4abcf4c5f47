"""The functions that an expression may call, each typed and written so that no row can stop the statement.

Why so few: they are those that mean the same on every engine, or are written here so that they do. Functions of the
calendar stand behind a range of years, because the engine's own stop at its farthest dates.
"""

from __future__ import annotations

from collections.abc import Callable

from crosswalk.compiler.operands import Operand, column_of, united
from crosswalk.compiler.operators import compared, made, shaped
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import DataType
from crosswalk.sql import fragment, literal
from crosswalk.transforms.conversions.guards import DATE, INT, cast, guarded
from crosswalk.transforms.conversions.numbers import as_decimal, digits
from crosswalk.transforms.round import rounded

Function = Callable[[list[Operand]], Value]
UNITS = ("year", "quarter", "month", "week", "day")


def several(name: str) -> Function:
    """coalesce, greatest, least: several values of one type. Nulls are passed over; all null gives null."""

    def build(operands: list[Operand]) -> Value:
        values, to = united(operands)
        if name != "coalesce" and to.kind not in ("int", "decimal", "date", "datetime", "text"):
            raise TransformError("TYPE_MISMATCH", f"{to} has no order", "")
        holes = {f"v{number}": sql for number, sql in enumerate(shaped(operands, values, to))}
        sql = fragment(f"{name}({', '.join('{' + hole + '}' for hole in holes)})", **holes)
        whole = made(sql, to, values, nullable=all(value.nullable for value in values))
        return Value(sql, to, whole.faults, column_of(values), whole.nullable)

    return build


def null_if(operands: list[Operand]) -> Value:
    """nullif(a, b): a, or null where it equals b."""
    if operands[0].form == "null":
        raise TransformError("TYPE_MISMATCH", "null is null already")
    compared("{v0} = {v1}", operands, ordered=False)
    values, _ = united(operands)
    sql = fragment("nullif({v0}, {v1})", v0=values[0].sql, v1=values[1].sql)
    whole = made(sql, values[0].type, values, nullable=True)
    return Value(sql, whole.type, whole.faults, values[0].column, nullable=True)


def of_text(pattern: str) -> Function:
    """lower, upper, trim: text of the same length or less. `trim` takes off blanks only, whatever the engine calls a
    space.
    """

    def build(operands: list[Operand]) -> Value:
        value = _need(operands[0], "text")
        return made(fragment(pattern, x=value.sql), value.type, [value])

    return build


def length(operands: list[Operand]) -> Value:
    """length(x): how many characters text has."""
    value = _need(operands[0], "text")
    return made(fragment("CAST(length({x}) AS BIGINT)", x=value.sql), INT, [value])


def substring(operands: list[Operand]) -> Value:
    """substring(x, start, length): both numbers are literals, counted from 1, because engines differ before that."""
    value = _need(operands[0], "text")
    start, most = _whole(operands[1], 1), _whole(operands[2], 0) if len(operands) > 2 else value.type.length
    to = DataType("text", length=max(1, min(most, value.type.length or most)) if most is not None else None)
    if len(operands) == 2:
        return made(fragment("substring({x}, {start})", x=value.sql, start=literal(start)), to, [value])
    sql = fragment("substring({x}, {start}, {most})", x=value.sql, start=literal(start), most=literal(most))
    return made(sql, to, [value])


def absolute(operands: list[Operand]) -> Value:
    """abs(x): as a decimal, because the smallest int has no opposite among the ints."""
    value = _need(operands[0], "int", "decimal")
    precision, scale = digits(value.type)
    to = DataType("decimal", precision=precision, scale=scale)
    return made(fragment("abs({x})", x=as_decimal(value.sql, value.type)), to, [value])


def round_half_up(operands: list[Operand]) -> Value:
    """round(x, n): half away from zero; n is a literal, 0 where it is left out."""
    value = _need(operands[0], "int", "decimal")
    return rounded(value, _whole(operands[1], 0) if len(operands) > 1 else 0)


def part(name: str) -> Function:
    """year, month, day: a part of a date, or of an instant in UTC."""

    def build(operands: list[Operand]) -> Value:
        value = _need(_dated(operands[0]), "date", "datetime")
        return made(fragment(f"CAST({name}({{x}}) AS BIGINT)", x=value.sql), INT, [value], nullable=True)

    return build


def date(operands: list[Operand]) -> Value:
    """date('2026-01-31') is a constant; date(x) of a date is the date itself. An instant needs a zone."""
    dated = _dated(operands[0])
    if dated.value.type.kind == "datetime":
        hint = "use as: date with timezone: UTC in the field line"
        raise TransformError("TZ_REQUIRED", "an instant has a date in a time zone only", hint)
    return _need(dated, "date")


def truncated(unit: str, operand: Operand) -> Value:
    """date_trunc('month', x): the first day of the unit; of an instant, its first moment in UTC."""
    if unit not in UNITS:
        raise TransformError("EXPR_FORBIDDEN", f"'{unit}' is no unit of date_trunc", f"known: {', '.join(UNITS)}")
    value = _need(_dated(operand), "date", "datetime")
    bounds = "DATE '0001-01-01' AND DATE '9999-12-31'"
    if value.type.kind == "datetime":
        bounds = "TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
    inside = guarded(fragment("{x} BETWEEN " + bounds, x=value.sql), value.sql)
    cut = cast(fragment("date_trunc({unit}, {x})", unit=literal(unit), x=inside), value.type)
    beyond = Fault("OUT_OF_RANGE", fragment("{x} NOT BETWEEN " + bounds, x=value.sql), value.sql)
    return Value(cut, value.type, (*value.faults, beyond), nullable=True)


def _dated(operand: Operand) -> Operand:
    """Read a text literal as a date."""
    if operand.form != "text":
        return operand
    beside = Operand(Value(literal(None), DATE), operand.span)
    values, _ = united([operand, beside])
    return Operand(values[0], operand.span)


def _need(operand: Operand, *kinds: str) -> Value:
    if operand.form == "null" or operand.value.type.kind not in kinds:
        said = "null" if operand.form == "null" else str(operand.value.type)
        raise TransformError("TYPE_MISMATCH", f"this works on {' and '.join(kinds)}, not on {said}", "")
    return operand.value


def _whole(operand: Operand, least: int) -> int:
    if operand.form != "number" or not operand.text.isdigit() or not least <= int(operand.text) <= 10_000:
        raise TransformError("EXPR_FORBIDDEN", f"a plain number from {least} on is needed here", "")
    return int(operand.text)


BY_NAME: dict[str, tuple[Function, int, int]] = {
    "coalesce": (several("coalesce"), 1, 99),
    "greatest": (several("greatest"), 2, 99),
    "least": (several("least"), 2, 99),
    "nullif": (null_if, 2, 2),
    "lower": (of_text("lower({x})"), 1, 1),
    "upper": (of_text("upper({x})"), 1, 1),
    "trim": (of_text("trim({x}, ' ')"), 1, 1),
    "length": (length, 1, 1),
    "substring": (substring, 2, 3),
    "abs": (absolute, 1, 1),
    "round": (round_half_up, 1, 2),
    "year": (part("year"), 1, 1),
    "month": (part("month"), 1, 1),
    "day": (part("day"), 1, 1),
    "date": (date, 1, 1),
}
"""Function, least and most arguments. date_trunc and the aggregates have forms of their own."""

SENTENCES: dict[str, tuple[str, str]] = {
    "coalesce": ("a, b, ...", "The first that is not null."),
    "greatest": ("a, b, ...", "The largest; nulls are passed over."),
    "least": ("a, b, ...", "The smallest; nulls are passed over."),
    "nullif": ("a, b", "a, or null where it equals b."),
    "lower": ("text", "The text in small letters."),
    "upper": ("text", "The text in capital letters."),
    "trim": ("text", "The text without blanks at its ends."),
    "length": ("text", "How many characters the text has."),
    "substring": (
        "text, start, length",
        "A piece of the text, counted from 1; without a length, the rest.",
    ),
    "abs": ("number", "The number without its sign, as a decimal."),
    "round": (
        "number, digits",
        "The number rounded half away from zero; without digits, to a whole one.",
    ),
    "year": ("date", "The year, as a number; of an instant, in UTC."),
    "month": ("date", "The month from 1 to 12; of an instant, in UTC."),
    "day": ("date", "The day of the month; of an instant, in UTC."),
    "date": ("text or date", "A constant day, as in date('2026-01-31'); a date stays what it is."),
    "date_trunc": ("unit, date", "The first day of the 'year', 'quarter', 'month', 'week' or 'day'."),
    "count": ("* or value", "How many rows, or how many values that are not null."),
    "sum": ("number", "The sum; null over no rows."),
    "min": ("value", "The smallest; null over no rows."),
    "max": ("value", "The largest; null over no rows."),
    "checksum": ("value", "32 characters that two sets of rows share when they hold the same values."),
}
"""What the documents say of each function that may be called: its arguments, and what it gives."""
