"""`values`: a value map from source codes to target codes, strict unless it says otherwise.

Why strict: a code that nobody thought of is a decision that nobody took, so the row is rejected (VALUE_UNMAPPED) and
not given a guess. Keys are codes, or labels of the choices of the source column; '' is blank: null or empty text. A
result is a constant in the type of the target column, for a choice its code or label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.contracts import Example, Fault, Surroundings, TransformError, TransformSpec, Value
from crosswalk.errors import nearest
from crosswalk.model import DataType, Scalar
from crosswalk.sql import Sql, fragment, literal
from crosswalk.transforms.conversions import constant, implicit
from crosswalk.transforms.conversions.from_text import listed
from crosswalk.transforms.conversions.guards import need_kind
from crosswalk.transforms.conversions.reversing import text_of

_CONSTANT: dict[str, object] = {"type": ["string", "number", "boolean", "null"]}
_PAIRS: dict[str, object] = {"type": "object", "additionalProperties": _CONSTANT}


@dataclass(frozen=True, slots=True)
class _Arm:
    key: Sql
    result: Value


def build(value: Value, argument: object, surroundings: Surroundings) -> Value:
    """Map the value; what the map does not name is treated as ``otherwise`` says."""
    need_kind(value, "values", "choice", "int", "text", "boolean")
    given = argument if isinstance(argument, Mapping) else {"values": argument}
    named = isinstance(given["values"], str)
    pairs = _pairs(given["values"], surroundings)
    blank = constant(pairs.pop(""), surroundings.target) if "" in pairs else None
    arms = _arms(value, pairs, surroundings, lenient=named)
    rest, faults = _rest(value, given.get("otherwise", "reject"), arms, surroundings, blank=blank is not None)
    results = [arm.result for arm in arms] + [one for one in (blank, rest) if one]
    to = _united(surroundings.target.type, results)
    nullable = rest is None or (value.nullable and blank is None) or any(one.nullable for one in results)
    known = value.faults + (rest.faults if rest else ()) + faults
    column = surroundings.target if to.kind == "choice" else None
    return Value(_case(value, arms, blank, rest), to, tuple(dict.fromkeys(known)), column, nullable)


def _pairs(values: object, surroundings: Surroundings) -> dict[str, Scalar]:
    found = values if isinstance(values, Mapping) else surroundings.value_map(str(values))
    pairs: dict[str, Scalar] = {}
    for key, result in found.items():
        pairs[text_of(key)] = result if isinstance(result, str | int | bool | None) else str(result)
    return pairs


def _arms(value: Value, pairs: Mapping[str, Scalar], surroundings: Surroundings, *, lenient: bool) -> list[_Arm]:
    """Make one arm for each key. A shared map may have keys that this column does not know; an own one may not."""
    arms: dict[Sql, _Arm] = {}
    for key, result in pairs.items():
        found = _key(value, key)
        if found is None and lenient:
            continue
        if found is None:
            raise _unknown_key(value, key)
        if found in arms:
            raise TransformError("VALUE_MAP_KEY", f"'{key}' is named twice: once as a code, once as a label")
        arms[found] = _Arm(found, constant(result, surroundings.target))
    return list(arms.values())


def _key(value: Value, key: str) -> Sql | None:
    choices = value.column.choices if value.column and value.type.kind == "choice" else ()
    if choices:
        by_label = {one.label: one.code for one in choices}
        code = {str(one.code): one.code for one in choices}.get(key, by_label.get(key))
        return None if code is None else literal(code)
    match value.type.kind:
        case "boolean":
            return literal(key == "true") if key in ("true", "false") else None
        case "text":
            return literal(key)
        case "choice" if value.type.coded == "text":
            return literal(key)
        case _:
            number = key.removeprefix("-")
            return literal(int(key)) if number.isascii() and number.isdigit() and len(number) < 19 else None


def _unknown_key(value: Value, key: str) -> TransformError:
    choices = value.column.choices if value.column else ()
    if choices and value.column:
        hint = nearest(key, [choice.label for choice in choices])
        return TransformError("UNKNOWN_CHOICE", f"'{key}' is not a choice of {value.column.name}", hint)
    return TransformError("VALUE_MAP_KEY", f"'{key}' is no value of {value.type}", "")


def _rest(
    value: Value, otherwise: object, arms: list[_Arm], surroundings: Surroundings, *, blank: bool
) -> tuple[Value | None, tuple[Fault, ...]]:
    """Say what becomes of a value that no arm takes: its result, or a fault."""
    if isinstance(otherwise, Mapping):
        return constant(text_of(otherwise.get("value")), surroundings.target), ()
    if otherwise in (None, "null"):
        return None, ()
    if otherwise == "pass":
        return implicit(value, surroundings.target), ()
    if otherwise not in ("reject", "hold"):
        return constant(text_of(otherwise), surroundings.target), ()
    keys = [arm.key for arm in arms] + ([literal("")] if blank and _textual(value) else [])
    unmapped = fragment("NOT {known}", known=listed(value.sql, keys))
    if not keys:
        unmapped = fragment("{x} IS NOT NULL", x=value.sql)
    return None, (Fault("VALUE_UNMAPPED", unmapped, value.sql, "held" if otherwise == "hold" else "rejected"),)


def _united(target: DataType, results: list[Value]) -> DataType:
    """Give the type of all results: the target's; for text the longest of them."""
    if target.kind != "text":
        return target
    lengths = [one.type.length for one in results]
    return DataType("text", length=None if None in lengths else max([1, *(length or 1 for length in lengths)]))


def _case(value: Value, arms: list[_Arm], blank: Value | None, rest: Value | None) -> Sql:
    keys = {f"k{number}": arm.key for number, arm in enumerate(arms)}
    results = {f"r{number}": arm.result.sql for number, arm in enumerate(arms)}
    lines = [f"WHEN {{k{number}}} THEN {{r{number}}}" for number in range(len(arms))]
    last = rest.sql if rest else literal(None)
    if blank and _textual(value):
        whole = " ".join(["CASE coalesce({x}, '') WHEN '' THEN {blank}", *lines, "ELSE {last} END"])
        return fragment(whole, **keys, **results, x=value.sql, blank=blank.sql, last=last)
    null = blank.sql if blank else literal(None)
    if not lines:
        return fragment("CASE WHEN {x} IS NULL THEN {null} ELSE {last} END", x=value.sql, null=null, last=last)
    mapped = fragment(" ".join(["CASE {x}", *lines, "ELSE {last} END"]), **keys, **results, x=value.sql, last=last)
    if blank is None and rest is None:
        return mapped
    return fragment("CASE WHEN {x} IS NULL THEN {null} ELSE {mapped} END", x=value.sql, null=null, mapped=mapped)


def _textual(value: Value) -> bool:
    return value.type.kind == "text" or (value.type.kind == "choice" and value.type.coded == "text")


SPEC = TransformSpec(
    name="values",
    summary="Maps codes to codes; a code that is not named is refused, unless otherwise says what becomes of it.",
    rank=40,
    arguments={"oneOf": [{"type": "string"}, _PAIRS]},
    beside={
        "otherwise": {
            **_CONSTANT,
            "description": "What other values become: reject (the default), hold, null, pass, or a constant.",
        },
        "back": {**_PAIRS, "description": "The value that returns where several have one code, as code: value."},
    },
    build=build,
    examples=(
        Example({"values": {"C": "Card", "B": "Bank"}}, "C", "Card"),
        Example({"values": {"C": "Card"}}, "X", None, code="VALUE_UNMAPPED"),
        Example({"values": {"C": "Card", "": "None"}}, None, "None"),
        Example({"values": {"C": "Card"}, "otherwise": "pass"}, "Cash", "Cash"),
        Example({"values": {"true": "yes", "false": "no"}}, True, "yes", type="boolean"),
        Example({"values": {"1": "10"}, "otherwise": "0"}, 2, 0, type="int", target="int"),
    ),
)
