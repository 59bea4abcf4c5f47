"""Lookups that may find more than one row, or that nothing uses; and other names that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.advice.reading import Reading
from crosswalk.compiler.bound import Bound
from crosswalk.compiler.joins import Join
from crosswalk.compiler.parsing import parse
from crosswalk.compiler.walking import path_of
from crosswalk.errors import Problem, Span
from crosswalk.model import FieldMapping, Lookup, Sequence, TableMap


def ambiguous_lookups(reading: Reading) -> Iterator[Problem]:
    """Find lookups whose columns do not cover the key of their table, and that do not say which row is meant."""
    for bound in reading.bound:
        lookups = {lookup.name: lookup for lookup in bound.leg.map.lookups}
        for join in bound.joins:
            lookup = lookups.get(join.name)
            if join.lookup and lookup is not None and not (join.order or join.totals or lookup.as_of):
                left = [column for column in join.entity.key if column not in _covered(join, lookup)]
                if left:
                    yield _ambiguous(join, left)


def _ambiguous(join: Join, left: list[str]) -> Problem:
    message = f"'{join.name}' may find several rows of {join.entity.ref}: its key has '{left[0]}' too"
    hint = "add it to `where`, or say first_by or total"
    return Problem("LOOKUP_MAY_BE_AMBIGUOUS", message, join.span, hint, "warning")


def _covered(join: Join, lookup: Lookup) -> set[str]:
    """Name the columns by which a row is found; of a filter those that it speaks of."""
    found = {match.column for match in join.matches}
    if lookup.filter is not None:
        found |= {path_of(node) for node in parse(lookup.filter, aggregates=False).walk() if path_of(node)}
    return found


def unused_names(reading: Reading) -> Iterator[Problem]:
    """Find lookups, value maps and sequences that nothing uses."""
    for bound in reading.bound:
        yield from _unused_lookups(bound)
    used = set(_words(reading))
    for value_map in reading.project.value_maps.values():
        if value_map.name not in used:
            yield _unused(f"no line uses the value map '{value_map.name}'", value_map.span)
    for sequence in reading.project.sequences.values():
        if sequence.name not in used:
            yield _unused(f"no line takes a number of the sequence '{sequence.name}'", sequence.span)


def _unused_lookups(bound: Bound) -> Iterator[Problem]:
    lookups = {lookup.name: lookup for lookup in bound.leg.map.lookups}
    for join in bound.joins:
        lookup = lookups.get(join.name)
        if lookup is None or lookup.missing != "null" or join.columns or join.totals:
            continue
        if not any(join.named_in(one.when) for one in bound.reasons if one.reason.span != join.span):
            yield _unused(f"nothing uses the lookup '{join.name}'", join.span)


def _unused(message: str, span: Span) -> Problem:
    return Problem("UNUSED", message, span, "remove it, or use it", "note")


def _words(reading: Reading) -> Iterator[str]:
    for table_map in reading.project.maps.values():
        for line in _lines(table_map):
            if isinstance(line.source, Sequence):
                yield line.source.name
            for call in line.transforms:
                values = call.argument.get("values") if isinstance(call.argument, dict) else call.argument
                if call.name == "values" and isinstance(values, str):
                    yield values


def _lines(table_map: TableMap) -> Iterator[FieldMapping]:
    yield from (*table_map.key, *table_map.fields, *table_map.both, *table_map.settle)
    yield from (line for arm in table_map.arms for line in (*arm.key, *arm.fields))
    yield from (line for lookup in table_map.lookups for line in lookup.where)
    yield from (line for each in table_map.each for line in each.where)
    if table_map.back is not None:
        yield from table_map.back.fields
    if table_map.document is not None:
        yield from (*table_map.document.by, *table_map.document.fields)
    if table_map.merge is not None:
        yield from table_map.merge.by
