"""An operand of an expression: a typed value, or a literal that takes its type from what it stands beside.

Why literals wait: ``'Open'`` is a label beside a choice, a date beside a date, and text beside text. `united`
decides, and refuses what the engine would convert by itself and stop at the first row that does not convert.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from crosswalk.compiler.widths import common
from crosswalk.contracts import TransformError, Value
from crosswalk.errors import MapError, Problem, Span, nearest
from crosswalk.model import Choice, Column, DataType
from crosswalk.sql import Sql, literal
from crosswalk.transforms.conversions.constants import written
from crosswalk.transforms.conversions.guards import cast


@dataclass(frozen=True, slots=True)
class Operand:
    """A part of an expression. `text` is what the author wrote, for literals."""

    value: Value
    span: Span
    form: Literal["value", "text", "number", "null"] = "value"
    text: str = ""


def text_literal(text: str, span: Span) -> Operand:
    return Operand(Value(literal(text), DataType("text", length=max(1, len(text))), nullable=False), span, "text", text)


def number_literal(text: str, span: Span) -> Operand:
    """Type a number by its digits, as the engine does: ``0.05`` is decimal(3,2), ``100`` is an int.

    `text` holds digits and at most one point, with a minus before them or not.
    """
    whole, _, fraction = text.removeprefix("-").partition(".")
    whole = whole.lstrip("0") or "0"
    kind = DataType("decimal", precision=len(whole) + len(fraction), scale=len(fraction))
    if kind.precision > 38:
        raise TransformError("EXPR_TOO_WIDE", f"a number of {len(text):,} characters has more than 38 digits")
    if not fraction and kind.precision <= 18:
        kind = DataType("int")
    plain = ("-" if text.startswith("-") else "") + whole + (f".{fraction}" if fraction else "")
    number = Sql(plain) if len(plain) <= 18 or fraction else cast(literal(int(plain)), kind)
    return Operand(Value(number, kind, nullable=False), span, "number", plain)


def null_literal(span: Span) -> Operand:
    return Operand(Value(literal(None), DataType("text", length=1)), span, "null")


def united(operands: list[Operand]) -> tuple[list[Value], DataType]:
    """Give operands one type: literals take it from the first operand that is none. Nulls have any type."""
    typed = [operand for operand in operands if operand.form == "value"]
    leader = next((one for one in typed if one.value.type.kind == "choice"), typed[0] if typed else None)
    spoken = [_beside(one, leader.value) if leader else one for one in operands]
    to = _common([one for one in spoken if one.form != "null"])
    return [one.value for one in spoken], to


def column_of(values: list[Value]) -> Column | None:
    """Give the column whose choices all choice operands share, if there is one."""
    columns = [value.column for value in values if value.type.kind == "choice" and value.column]
    same = all(column.choices == columns[0].choices for column in columns)
    return columns[0] if columns and same else None


def _common(operands: list[Operand]) -> DataType:
    """Find the type of all operands. Literals come last: they count by their own digits, not by those of an int."""
    if not operands:
        raise TransformError("TYPE_MISMATCH", "nothing but null says no type", "write a value for one of them")
    ordered = sorted(operands, key=lambda one: one.form == "number")
    fine = any(one.value.type.kind == "decimal" for one in operands)
    to = _own_type(ordered[0], fine=fine)
    for one in ordered[1:]:
        try:
            to = common(to, _own_type(one, fine=fine))
        except TransformError as error:
            raise MapError([Problem(error.code, str(error), one.span, error.hint)]) from None
    return to


def _own_type(one: Operand, *, fine: bool) -> DataType:
    if fine and one.form == "number" and one.value.type.kind == "int":
        return DataType("decimal", precision=len(one.text.removeprefix("-")))
    return one.value.type


def _beside(operand: Operand, leader: Value) -> Operand:
    """Type a literal by what it stands beside."""
    if operand.form not in ("text", "number"):
        return operand
    try:
        return replace(operand, value=_typed(operand, leader))
    except TransformError as error:
        raise MapError([Problem(error.code, str(error), operand.span, error.hint)]) from None


def _typed(operand: Operand, leader: Value) -> Value:
    numeric = leader.type.kind in ("int", "decimal")
    match operand.form, leader.type.kind:
        case _, "choice":
            return Value(literal(_choice(operand, leader).code), leader.type, column=leader.column, nullable=False)
        case ("text", "text") | ("number", "int" | "decimal"):
            return operand.value
        case "text", ("date" | "datetime" | "guid"):
            return _moment(operand, leader)
        case "text", "boolean" if operand.text in ("true", "false"):
            raise TransformError("TYPE_MISMATCH", "text beside a truth value", f"write {operand.text} without quotes")
        case _:
            hint = "numbers stand without quotes" if numeric else ""
            hint = "text stands in quotes" if leader.type.kind == "text" else hint
            said = "text" if operand.form == "text" else "a number"
            raise TransformError("TYPE_MISMATCH", f"{said} beside {leader.type}", hint)


def _choice(operand: Operand, leader: Value) -> Choice:
    """Find a choice by its label where the literal is text, by its code where it is a number."""
    column = leader.column
    if column is None or not column.choices:
        hint = "compare the column itself"
        raise TransformError("TYPE_MISMATCH", "the choices of this value are not known", hint)
    for choice in column.choices:
        if (choice.label if operand.form == "text" else str(choice.code)) == operand.text:
            return choice
    coded = next((one.label for one in column.choices if str(one.code) == operand.text), "")
    labels = [one.label for one in column.choices]
    offered = nearest(operand.text, labels) or f"choices: {', '.join(labels[:8])}"
    hint = f"quoted text is a label: write '{coded}'" if coded else offered
    raise TransformError("UNKNOWN_CHOICE", f"'{operand.text}' is not a choice of {column.name}", hint)


def _moment(operand: Operand, leader: Value) -> Value:
    column = Column("the value beside it", leader.type, operand.span)
    try:
        return Value(written(operand.text, column), leader.type, nullable=False)
    except TransformError as error:
        message = f"'{operand.text}' is no {leader.type}"
        raise TransformError("TYPE_MISMATCH", message, error.hint) from None
