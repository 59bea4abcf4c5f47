"""Evaluates field lines: where a value comes from, the transforms in their fixed order, and the column it lands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from crosswalk.errors import Span
from crosswalk.model import (
    Column,
    Concat,
    Constant,
    DataType,
    Expression,
    FieldMapping,
    First,
    Path,
    Reference,
    Scalar,
    Sequence,
    Source,
    TransformCall,
)
from tests.oracle import evaluate
from tests.oracle.cells import EXACT, Cell, Fault, Unclear, Value, empty, text_of
from tests.oracle.convert import constant, converted, land
from tests.oracle.scopes import RowScope
from tests.oracle.shares import share

ORDER = ("trim", "upper", "lower", "pad", "values", "as", "multiply", "round", "default")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TEXT = DataType("text")
_NOWHERE = Span("", 1, 1)


def value_of(line: FieldMapping, column: Column, scope: RowScope) -> Value:
    """The value that a field line gives its column; a `Fault` names the column."""
    try:
        cell = source_cell(line.source, column, scope)
        calls = {call.name: call for call in line.transforms}
        for name in ORDER:
            if name == "round" and line.split is not None:
                cell = share(cell, line, column, scope)
            elif name in calls:
                cell = _answered(cell, name, calls, column, scope)
        if cell.value is None and line.required != "no":
            code = line.otherwise_code or "REQUIRED_NULL"
            raise Fault(code, fate="held" if line.required == "hold" else "rejected")
        fit = calls.get("fit")
        return fit_into(land(cell, column), column, truncate=fit is not None and plain(fit.argument)[0] == "truncate")
    except Fault as fault:
        raise Fault(fault.code, line.target, fault.fate) from None


def _answered(cell: Cell, name: str, calls: Mapping[str, TransformCall], column: Column, scope: RowScope) -> Cell:
    """Transform a value; an empty text that cannot be converted counts as null where a default stands behind."""
    try:
        return _transformed(cell, calls[name], column, scope)
    except Fault as fault:
        if fault.code == "EMPTY" and "default" in calls:
            return Cell(None)
        raise


def fit_into(value: Value, column: Column, *, truncate: bool) -> Value:
    """Hold text to the length of its column: cut it where the map says so, else it is a fault."""
    length = column.type.length
    if column.type.kind != "text" or length is None or not isinstance(value, str) or len(value) <= length:
        return value
    if truncate:
        return value[:length]
    raise Fault("TOO_LONG")


def source_cell(source: Source, column: Column, scope: RowScope) -> Cell:
    match source:
        case Path() if source.parts[0] in getattr(scope, "listed", ()):
            return Cell(constant(scope.listed[source.parts[0]][source.parts[1]].value, column), column.type, column)
        case Path():
            return scope.cell(source.parts)
        case Constant(value):
            return Cell(constant(value, column), column.type, column)
        case First(items):
            cells = [source_cell(item, column, scope) for item in items]
            return next((cell for cell in cells if not empty(cell.value)), Cell(None, column.type))
        case Concat(items):
            text = Column("text", _TEXT, source.span)
            return Cell("".join(text_of(source_cell(item, text, scope).value) for item in items), _TEXT)
        case Expression():
            return Cell(evaluate.expression(source.text.value, scope))
        case Reference():
            raise Unclear("references stand in legs of the engine, and not in maps")
        case Sequence(name):
            return Cell(scope.draw(name), _TEXT)


def plain(argument: object) -> tuple[Scalar, bool]:
    """A bare constant of a transform and whether it was quoted."""
    if isinstance(argument, Constant):
        return argument.value, argument.quoted
    if isinstance(argument, Mapping) and set(argument) == {"value"}:
        return plain(argument["value"])[0], True
    if argument is None or isinstance(argument, str | int | bool):
        return argument, False
    raise Unclear(f"{argument!r} is no constant")


def _transformed(cell: Cell, call: TransformCall, column: Column, scope: RowScope) -> Cell:
    match call.name:
        case "trim" | "upper" | "lower":
            return _lettered(cell, call)
        case "pad":
            return _padded(cell, call.argument)
        case "values":
            return _mapped(cell, call.argument, column, scope)
        case "as":
            return _cast(cell, call.argument)
        case "multiply":
            return _multiplied(cell, call.argument, scope)
        case "round":
            return _rounded(cell, call.argument, scope)
        case _:
            fallback = plain(call.argument)[0]
            return Cell(constant(fallback, column), column.type, column) if empty(cell.value) else cell


def _lettered(cell: Cell, call: TransformCall) -> Cell:
    if call.argument is False or cell.value is None:
        return cell
    return Cell(evaluate.function(call.name, [cell.value]), cell.type)


def _padded(cell: Cell, argument: object) -> Cell:
    settings: Mapping[str, object] = argument if isinstance(argument, Mapping) else {"to": argument}
    if cell.value is None:
        return cell
    text, to = text_of(cell.value), int(str(settings["to"]))
    missing = (str(settings.get("with", " ")) * to)[: max(0, to - len(text))]
    return Cell(text + missing if settings.get("side") == "right" else missing + text, _TEXT)


def pairs_of(argument: object, scope: RowScope) -> tuple[Mapping[str, Scalar], Mapping[str, object]]:
    """The pairs of a value map, named or in place, and what stands beside them: otherwise, back."""
    beside: Mapping[str, object] = {}
    if isinstance(argument, Mapping) and "values" in argument and set(argument) <= {"values", "otherwise", "back"}:
        beside, argument = argument, argument["values"]
    if isinstance(argument, str):
        return scope.tables.project.value_maps[argument].values, beside
    if not isinstance(argument, Mapping):
        raise Unclear(f"{argument!r} is no value map")
    return {text_of(plain(key)[0]): plain(value)[0] for key, value in argument.items()}, beside


def _mapped(cell: Cell, argument: object, column: Column, scope: RowScope) -> Cell:
    pairs, beside = pairs_of(argument, scope)
    if empty(cell.value) and "" in pairs:
        return Cell(constant(pairs[""], column), column.type, column)
    if cell.value is None:
        return Cell(None, column.type, column)
    for key in spellings(cell):
        if key in pairs:
            return Cell(constant(pairs[key], column), column.type, column)
    otherwise, quoted = plain(beside.get("otherwise", "reject"))
    if otherwise is None or (otherwise == "null" and not quoted):
        return Cell(None, column.type, column)
    if otherwise == "pass" and not quoted:
        return cell
    if otherwise == "reject" and not quoted:
        raise Fault("VALUE_UNMAPPED")
    if otherwise == "hold" and not quoted:
        raise Fault("VALUE_UNMAPPED", fate="held")
    return Cell(constant(otherwise, column), column.type, column)


def spellings(cell: Cell) -> list[str]:
    """How a value map may name a value: its code, else its label."""
    choices = cell.column.choices if cell.column is not None else ()
    return [text_of(cell.value), *(choice.label for choice in choices if choice.code == cell.value)]


def type_of(text: str) -> DataType:
    """Read the name of a type as it stands in a map."""
    name, _, rest = text.replace(" ", "").rstrip(")").partition("(")
    if name == "text":
        return DataType("text", int(rest) if rest else None)
    if name == "decimal":
        precision, scale = rest.split(",")
        return DataType("decimal", None, int(precision), int(scale))
    for kind in ("guid", "int", "boolean", "date", "datetime", "choice"):
        if name == kind:
            return DataType(kind)
    raise Unclear(f"no type {text}")


def _cast(cell: Cell, argument: object) -> Cell:
    settings: Mapping[str, object] = argument if isinstance(argument, Mapping) else {"as": argument}
    kind = type_of(str(settings["as"]))
    form, zone = settings.get("format"), settings.get("timezone")
    value = converted(cell, kind, form=None if form is None else str(form), zone=None if zone is None else str(zone))
    return Cell(fit_into(value, Column("", kind, _NOWHERE), truncate=False), kind)


def _amount(argument: object, scope: RowScope) -> Value:
    """A number written in the map, or the path of one."""
    if isinstance(argument, bool):
        raise Unclear("a truth value is no number")
    if isinstance(argument, int | float | Decimal) or (isinstance(argument, str) and _NUMBER.fullmatch(argument)):
        return Decimal(str(argument))
    return scope.cell(tuple(str(argument).split("."))).value


def _multiplied(cell: Cell, argument: object, scope: RowScope) -> Cell:
    factor = _amount(argument, scope)
    if cell.value is None or factor is None:
        return Cell(None)
    return Cell(EXACT.multiply(evaluate.number(cell.value), evaluate.number(factor)))


def _rounded(cell: Cell, argument: object, scope: RowScope) -> Cell:
    settings: Mapping[str, object] = argument if isinstance(argument, Mapping) else {"to": argument}
    places = _amount(settings["to"], scope)
    if cell.value is None:
        return Cell(None)
    modes = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
    mode, amount = modes[str(settings.get("mode", "half_up"))], evaluate.number(cell.value)
    wanted = -1 if places is None else int(evaluate.number(places))
    if wanted < 0:
        raise Fault("ROUND_DIGITS")
    return Cell(evaluate.rounded(amount, min(wanted, 38), mode))
