"""Turns one field line into a typed value: its source, its transforms in order, and the type of the column it writes.

Before: ``CurrencyId: {from: currency.code, upper: true}``. After: an expression over the joined row, the type of the
target column, and the conditions under which this row has no such value.
"""

from __future__ import annotations

from dataclasses import replace

from crosswalk.compiler.expressions import expression
from crosswalk.compiler.landing import constant, land
from crosswalk.compiler.scope import Place
from crosswalk.compiler.sources import concat_of, first_of
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.model import (
    Concat,
    Constant,
    DataType,
    Expression,
    FieldMapping,
    First,
    Path,
    Sequence,
    Source,
    TransformCall,
)
from crosswalk.sql import fragment
from crosswalk.transforms import spec


def line_value(line: FieldMapping, place: Place) -> Value:
    """Compute what a field line writes; raise `TransformError` or `MapError` where it cannot be computed."""
    value = source_value(line, place)
    value = land(value, place.target)
    value = _with_late_transforms(value, line, place)
    return _required(value, line, place)


def source_value(line: FieldMapping, place: Place) -> Value:
    """Compute the source of a line and the transforms that come before the type of the column."""
    value = _source(line.source, place)
    for call in line.transforms:
        if call.name not in _LATE:
            value = _apply(value, call, place)
    return value


_LATE = ("default", "fit")


def _with_late_transforms(value: Value, line: FieldMapping, place: Place) -> Value:
    calls = {call.name: call for call in line.transforms if call.name in _LATE}
    if "default" in calls:
        value = _apply(value, calls["default"], place)
    if "fit" in calls or _may_be_long(value.type, place.target.type):
        call = calls.get("fit") or TransformCall("fit", "reject", line.span)
        value = _apply(value, call, place)
    return replace(value, type=place.target.type)


def _may_be_long(given: DataType, wanted: DataType) -> bool:
    if wanted.kind != "text" or wanted.length is None:
        return False
    return given.length is None or given.length > wanted.length


def _apply(value: Value, call: TransformCall, place: Place) -> Value:
    return spec(call.name).build(value, call.argument, place)


def _source(source: Source, place: Place) -> Value:
    match source:
        case Path():
            return place.scope.resolve(source.text)
        case Constant():
            return constant(source, place.target)
        case First():
            return first_of([_source(item, place) for item in source.items])
        case Concat():
            return concat_of([_part(item, place) for item in source.items])
        case Expression():
            return expression(source.text, place.scope)
        case Sequence():
            raise TransformError("SEQUENCE_PLACE", "a sequence number cannot be part of another value")


def _part(source: Source, place: Place) -> Value:
    """A constant inside a concatenation is text, whatever the column that the whole is written to."""
    if not isinstance(source, Constant):
        return _source(source, place)
    text = replace(place.target, type=DataType("text"), choices=())
    return constant(source, text)


def _required(value: Value, line: FieldMapping, place: Place) -> Value:
    """Add what must not be null: by the line's own `required`, else by the column's."""
    if line.required != "no":
        code = line.otherwise_code or "REQUIRED_NULL"
        fate = "held" if line.required == "hold" else "rejected"
    elif place.target.required and value.nullable:
        code, fate = "REQUIRED_NULL", "rejected"
    else:
        return value
    empty = fragment("{x} IS NULL", x=value.sql)
    fault = Fault(code, empty, value.sql, "held" if fate == "held" else "rejected")
    return replace(value, faults=(*value.faults, fault), nullable=False)
