"""Lets the shaped rows tell which pair of a value map each of them took: what the coverage of unit tests counts.

A probe is the same line with the numbers of its pairs as results, carried beside the cells. So a pair is told apart
from another one with the same result, by the transform's own way of comparing, and the cells stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import Pair, Probe
from crosswalk.compiler.lines import source_value
from crosswalk.compiler.scope import Place
from crosswalk.contracts import Value
from crosswalk.errors import Span
from crosswalk.model import Column, DataType, FieldMapping, TransformCall
from crosswalk.transforms import spec

REST = "otherwise"


def bind_probes(binding: Binding) -> tuple[Probe, ...]:
    """Carry one column for each line of the leg that has a value map."""
    found = []
    for number, (line, arm, column) in enumerate(_lines(binding)):
        call = next((call for call in line.transforms if call.name == "values"), None)
        if call is not None:
            probe = binding.attempt(line.span, lambda: _probe(binding, line, call, f"#probe {number}"))  # noqa: B023
            found += [] if probe is None else [replace(probe, arm=arm, column=column)]
    return tuple(found)


def _lines(binding: Binding) -> Iterator[tuple[FieldMapping, int | None, str]]:
    """Give every line with the number of its target and the column that it writes."""
    leg = binding.leg
    alone = len(leg.arms) == 1
    for lookup in leg.map.lookups:
        yield from ((line, None, "") for line in lookup.where)
    seen: set[Span] = set()
    for arm in leg.arms:
        for line in (*arm.key, *arm.fields):
            common = alone or sum(line in (*other.key, *other.fields) for other in leg.arms) > 1
            if line.span not in seen:
                seen.add(line.span)
                yield line, None if common else arm.number, line.target
    if leg.map.document is not None:
        yield from ((line, None, line.target) for line in leg.map.document.fields)


def _probe(binding: Binding, line: FieldMapping, call: TransformCall, alias: str) -> Probe:
    earlier = line.transforms[: line.transforms.index(call)]
    place = Place(Column("probe", DataType("text"), line.span), binding.scope, binding.leg.project)
    value = source_value(replace(line, transforms=earlier), place)
    argument = call.argument if isinstance(call.argument, Mapping) else {"values": call.argument}
    written = _written(argument["values"], place)
    keys = [key for key in written if _known(value, key)]
    numbered = {key: str(number) for number, key in enumerate(keys)}
    pairs = {number: Pair(key, written[key]) for key, number in numbered.items()}
    rest = argument.get("otherwise", "reject")
    refuses = rest in ("reject", "hold")
    open_end = not _complete(value, keys)
    if open_end and not refuses:
        pairs[REST] = Pair(REST, None)
    last = "null" if refuses else {"value": REST}
    mapped = spec("values").build(value, {"values": numbered or {"": "none"}, "otherwise": last}, place)
    binding.carry(alias, mapped.sql)
    return Probe(alias, pairs, refuses and open_end, None, "", line.span)


def _written(values: object, place: Place) -> Mapping[str, str | None]:
    pairs = values if isinstance(values, Mapping) else place.value_map(str(values))
    return {_text(key): None if result is None else _text(result) for key, result in pairs.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _known(value: Value, key: str) -> bool:
    """Whether a row can hold this key: a shared value map may have keys that this column does not know."""
    choices = value.column.choices if value.column is not None else ()
    if choices and key:
        return any(key in (str(choice.code), choice.label) for choice in choices)
    return value.type.kind != "boolean" or key in ("true", "false", "")


def _complete(value: Value, keys: list[str]) -> bool:
    """Whether every value that a row can hold has a pair."""
    choices = value.column.choices if value.column is not None else ()
    if choices:
        return all(str(choice.code) in keys or choice.label in keys for choice in choices)
    return value.type.kind == "boolean" and {"true", "false"} <= set(keys)
