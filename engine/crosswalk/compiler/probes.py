"""Lets the shaped rows tell which pair of a value map, which entry of a list and which parts of a merged row they took.

That is what the coverage of unit tests counts. The probe of a line is the same line with the numbers of its pairs as
results, carried beside the cells. So a pair is told apart from another one with the same result, by the transform's own
way of comparing, and the cells stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.bound import Pair, Probe
from crosswalk.compiler.expressions import condition
from crosswalk.compiler.lines import source_value
from crosswalk.compiler.scope import Place
from crosswalk.contracts import Value
from crosswalk.errors import Span
from crosswalk.model import Column, DataType, Entry, FieldMapping, TransformCall
from crosswalk.sql import fragment, name
from crosswalk.transforms import spec

REST = "otherwise"


def bind_probes(binding: Binding) -> tuple[Probe, ...]:
    """Carry one column for each line with a value map, each fixed list of entries and each part of a merged row."""
    found = [*_filter(binding), *_entries(binding), *_parts(binding)]
    for number, (line, arm, column) in enumerate(_lines(binding)):
        call = next((call for call in line.transforms if call.name == "values"), None)
        if call is not None:
            probe = binding.attempt(line.span, lambda: _probe(binding, line, call, f"#probe {number}"))  # noqa: B023
            found += [] if probe is None else [replace(probe, arm=arm, column=column)]
    return tuple(found)


def _filter(binding: Binding) -> Iterator[Probe]:
    """Tell a row that the filter leaves out from an entry that does not count: neither passes."""
    text = binding.leg.filter
    if text is not None and binding.leg.map.each:
        passes = binding.attempt(text.span, lambda: condition(text, binding.scope))
        if passes is not None:
            binding.carry("#filter", fragment("CAST(coalesce({x}, FALSE) AS VARCHAR)", x=passes))
            pairs = {word: Pair(word, None) for word in ("true", "false")}
            yield Probe("#filter", pairs, False, None, "", text.span, "filter")


def _entries(binding: Binding) -> Iterator[Probe]:
    for one in binding.leg.map.each:
        if one.entries:
            place = f"{one.name}.#entry"
            binding.scope.landed[place] = None
            binding.carry(f"#each {one.name}", fragment("CAST({x} AS VARCHAR)", x=name(place)))
            pairs = {
                str(number): Pair(_words(one.name, entry), None, None if entry.when is None else entry.when.span)
                for number, entry in enumerate(one.entries)
            }
            yield Probe(f"#each {one.name}", pairs, False, None, "", one.span, "each")


def _words(each: str, entry: Entry) -> str:
    return f"{each} {' '.join(str(constant.value) for constant in entry.values.values())}"


def _parts(binding: Binding) -> Iterator[Probe]:
    rule = binding.leg.map.merge
    for part in rule.parts if rule is not None else ():
        rows = name(f"{part.name}.#rows")
        binding.carry(f"#part {part.name}", fragment("CASE WHEN {rows} > 0 THEN 'there' END", rows=rows))
        yield Probe(f"#part {part.name}", {"there": Pair(part.name, None)}, False, None, "", part.span, "merge")


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
    pairs = {number: Pair(key, written[key]) for key, number in numbered.items() if key or written[key]}
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
