"""Binds `merge`: which rows make one, what its parts are, and why a row can be part of none.

What decides about a single row (the filter, `by`, the conditions of the parts) sees that row: its columns and
relations. Everything after sees the merged row, whose paths are ``merge.name`` and ``part.column``.
"""

from __future__ import annotations

from crosswalk.compiler.binding import Binding
from crosswalk.compiler.expressions import condition
from crosswalk.compiler.lines import source_value
from crosswalk.compiler.scope import Place, RowScope
from crosswalk.compiler.starts import Start, of_table
from crosswalk.compiler.units import Merged, MergedPart, Units, made_units
from crosswalk.contracts import Fault, Value
from crosswalk.errors import Span
from crosswalk.model import Column, DataType, FieldMapping, Merge, Path, Text
from crosswalk.sql import Sql, fragment, literal, name


def bind_merge(rule: Merge, binding: Binding) -> Units:
    """Bind the rule by which rows are merged and make its names known to all later lines."""
    leg = binding.leg
    later = ("merge", *(part.name for part in rule.parts), *(lookup.name for lookup in leg.map.lookups))
    row = RowScope(leg.source, leg.project, later=later)
    passes = _condition(leg.filter, row, binding)
    parts = tuple(MergedPart(part.name, _condition(part.when, row, binding)) for part in rule.parts)
    shared = {line.target: _shared(line, row, binding) for line in rule.by}
    by = {word: value for word, value in shared.items() if value is not None}
    scope = binding.scope
    scope.merged = True
    scope.told.update(f"merge.{word}" for word in shared if word not in by)
    known = {word: Value(name(f"merge.{word}"), value.type, column=value.column) for word, value in by.items()}
    scope.starts["merge"] = Start("merge", "what the rows share", known)
    scope.starts.update((part.name, of_table(part.name, "a part", leg.source)) for part in rule.parts)
    faults = _faults(rule, parts, by)
    for number, (fault, column, span) in enumerate(faults):
        binding.reason(Fault(fault.code, _is(number), name("#broken_value"), fault.fate), column, span)
    scope.landed.update({"#broken": None, "#broken_value": None})
    _parts(rule, binding)
    merged = Merged(
        row, passes, tuple((word, value.sql) for word, value in by.items()), parts, tuple(f for f, _, _ in faults)
    )
    return made_units(merged)


def _condition(text: Text | None, row: RowScope, binding: Binding) -> Sql:
    if text is None:
        return literal(True)
    bound = binding.attempt(text.span, lambda: condition(text, row))
    return literal(True) if bound is None else fragment("coalesce({x}, FALSE)", x=bound)


def _shared(line: FieldMapping, row: RowScope, binding: Binding) -> Value | None:
    place = Place(Column(line.target, DataType("text"), line.span), row, binding.leg.project)
    return binding.attempt(line.source.span, lambda: source_value(line, place))


def _is(number: int) -> Sql:
    return fragment("{fault} = {number}", fault=name("#broken"), number=literal(number))


Found = tuple[Fault, str, Span]


def _faults(rule: Merge, parts: tuple[MergedPart, ...], by: dict[str, Value]) -> list[Found]:
    """List why a row belongs to no group, in the order in which they are judged."""
    fits = Sql(" + ".join(fragment("CAST({x} AS INTEGER)", x=part.when).text for part in parts))
    found: list[Found] = [
        (Fault("NO_PART", fragment("{n} = 0", n=fits), literal(None)), "", rule.span),
        (Fault("MANY_PARTS", fragment("{n} > 1", n=fits), literal(None)), "", rule.span),
    ]
    for line in rule.by:
        if line.target in by:
            value = by[line.target]
            found += [(fault, line.target, line.span) for fault in value.faults]
            null = fragment("{x} IS NULL", x=value.sql)
            found.append((Fault("KEY_NULL", null, literal(None)), line.target, line.span))
    return found


def _parts(rule: Merge, binding: Binding) -> None:
    """Two rows of one part cannot be told apart; a part that must be there is waited for."""
    complete = {one.value: one.span for one in rule.complete}
    for part in rule.parts:
        rows = name(f"{part.name}.#rows")
        binding.scope.landed[f"{part.name}.#rows"] = None
        several = fragment("{rows} > 1", rows=rows)
        binding.reason(Fault("PART_AMBIGUOUS", several, rows), part.name, part.span)
    alone = fragment("{fault} IS NULL", fault=name("#broken"))
    for part in rule.parts:
        if part.name in complete:
            missing = fragment("{alone} AND {rows} = 0", alone=alone, rows=name(f"{part.name}.#rows"))
            binding.reason(Fault(rule.code, missing, literal(None), "held"), part.name, complete[part.name])


def company_of(rule: Merge, binding: Binding) -> Value | None:
    """Find the company of a merged row: what its rows share, where that is the company of each."""
    own = binding.leg.source.company
    for line in rule.by:
        if own is not None and isinstance(line.source, Path) and line.source.text == own and not line.transforms:
            return binding.scope.resolve(f"merge.{line.target}")
    return None
