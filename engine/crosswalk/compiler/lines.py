"""Turns one field line into a typed value: its source, its transforms in order, and the type of the column it writes.

Before: ``CurrencyId: {from: currency.code, upper: true}``. After: an expression over the joined row, the type of the
target column, and the conditions under which this row has no such value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from crosswalk.compiler.expressions import expression
from crosswalk.compiler.landing import constant, land
from crosswalk.compiler.references import reference_of
from crosswalk.compiler.scope import Place, RowScope, at
from crosswalk.compiler.sharing import share_of
from crosswalk.compiler.sources import concat_of, first_of
from crosswalk.compiler.starts import by_entry
from crosswalk.contracts import Fault, TransformError, Value
from crosswalk.errors import MapError, Problem, Problems
from crosswalk.model import (
    Concat,
    Constant,
    DataType,
    Expression,
    FieldMapping,
    First,
    Path,
    Reference,
    Sequence,
    Source,
    Split,
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
        if call.name not in _LATE and not (line.split and call.name == "round"):
            value = _apply(value, call, place)
    return value if line.split is None else _shared(value, line, line.split, place)


def _shared(value: Value, line: FieldMapping, split: Split, place: Place) -> Value:
    """Split a value, rounded on the way, so that the shares add up to it."""
    try:
        return share_of(value, split, line, place)
    except TransformError as error:
        raise MapError([Problem(*at(split.span, error))]) from None


def sought_value(line: FieldMapping, place: Place) -> Value:
    """Compute what a column of another table must equal; what that column cannot hold equals nothing."""
    value = land(source_value(line, place), place.target)
    for call in line.transforms:
        if call.name in _LATE:
            value = _apply(value, call, place)
    return value


_LATE = ("default", "fit")


def _with_late_transforms(value: Value, line: FieldMapping, place: Place) -> Value:
    calls = {call.name: call for call in line.transforms if call.name in _LATE}
    if "default" in calls:
        value = _apply(value, calls["default"], place)
    if "fit" in calls or may_be_long(value.type, place.target.type):
        call = calls.get("fit") or TransformCall("fit", "reject", line.span)
        value = _apply(value, call, place)
    return replace(value, type=place.target.type)


def may_be_long(given: DataType, wanted: DataType) -> bool:
    if wanted.kind != "text" or wanted.length is None:
        return False
    return given.length is None or given.length > wanted.length


def _apply(value: Value, call: TransformCall, place: Place) -> Value:
    """Apply one transform; what is wrong with it is laid at its place in the line."""
    try:
        if call.name == "fit" and place.target.type.kind != "text":
            message = f"fit is for text, and '{place.target.name}' is {place.target.type}"
            raise TransformError("TYPE_MISMATCH", message, "leave fit out")
        return spec(call.name).build(value, call.argument, place)
    except TransformError as error:
        raise MapError([Problem(*at(call.span, error))]) from None


def _source(source: Source, place: Place) -> Value:
    match source:
        case Path():
            return _listed(source, place) or place.scope.resolve(source.text)
        case Constant():
            return constant(source, place.target)
        case First():
            return first_of(_items(source.items, place, _source))
        case Concat():
            return concat_of(_items(source.items, place, _part))
        case Expression():
            return expression(source.text, place.scope)
        case Reference():
            return reference_of(source, place, sought_value)
        case Sequence():
            message = "a sequence gives numbers to the rows that are made, so it stands in key and fields only"
            raise TransformError("SEQUENCE_PLACE", message, "take a path")


def _listed(path: Path, place: Place) -> Value | None:
    """Take a value of a fixed list: a constant for each entry, typed by the column that it is written to."""
    head, _, word = path.text.partition(".")
    start = place.scope.starts.get(head) if isinstance(place.scope, RowScope) else None
    if start is None or word not in start.listed:
        return None
    place.scope.resolve(path.text)
    return by_entry(start, word, place.target)


def _items(items: tuple[Source, ...], place: Place, make: Callable[[Source, Place], Value]) -> list[Value]:
    """Compute the items of a list; the mistakes of all of them are told, each at its own place."""
    problems, found = Problems(), list[Value]()
    for item in items:
        try:
            found.append(make(item, place))
        except TransformError as error:
            problems.add(*at(item.span, error))
        except MapError as error:
            problems.extend(error.problems)
    problems.done()
    return found


def _part(source: Source, place: Place) -> Value:
    """A constant inside a concatenation is text, whatever the column that the whole is written to."""
    if not isinstance(source, Constant | Path):
        return _source(source, place)
    text = replace(place.target, type=DataType("text"), choices=())
    return constant(source, text) if isinstance(source, Constant) else _source(source, replace(place, target=text))


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
