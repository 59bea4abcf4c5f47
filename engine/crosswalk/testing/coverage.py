"""Counts what the tests of a map reach: points that a passed step has shown, against all that the map says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from crosswalk.compiler import CompiledLeg
from crosswalk.compiler.bound import Bound, Probe
from crosswalk.compiler.units import FanOut
from crosswalk.model import Text
from crosswalk.testing.outcome import Asserted, JudgedRow, TestOutcome
from crosswalk.testing.points import (
    Point,
    column_lines,
    column_point,
    left_out,
    own_reasons,
    points_of,
    reason_point,
    target_point,
)

_WRITTEN = ("inserted", "updated", "unchanged")


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the tests of one map reach, and what they do not."""

    map_name: str
    points: tuple[Point, ...]
    missed: tuple[Point, ...]

    @property
    def reached(self) -> int:
        return len(self.points) - len(self.missed)

    @property
    def percent(self) -> float:
        return 100.0 * self.reached / len(self.points) if self.points else 100.0


def coverage_of(map_name: str, legs: Iterable[CompiledLeg], outcomes: Iterable[TestOutcome]) -> Coverage:
    """Count over all legs of a map; steps that failed show nothing."""
    ways: dict[str, CompiledLeg] = {leg.bound.leg.label: leg for leg in legs}
    shown = [
        (asserted, judged)
        for outcome in outcomes
        if outcome.passed
        for asserted, judged in zip(outcome.asserted, outcome.judged, strict=True)
    ]
    points = tuple(sorted({point for leg in ways.values() for point in points_of(leg)}))
    reached = {point for asserted, judged in shown for point in _reached(ways[asserted.leg], asserted, judged)}
    return Coverage(map_name, points, tuple(point for point in points if point not in reached))


def _reached(leg: CompiledLeg, asserted: Asserted, judged: tuple[JudgedRow, ...]) -> Iterator[Point]:
    bound = leg.bound
    yield from _columns(bound, asserted)
    yield from _reasons(leg, asserted)
    for row in judged:
        yield from _row(bound, row)
    for probe in bound.probes:
        yield from _values(bound, probe, asserted, judged)
    yield from _fanned(bound, judged)


def _columns(bound: Bound, asserted: Asserted) -> Iterator[Point]:
    """A line is reached by an expected value that is not null, in a row that was made or changed by it."""
    written = {
        (expected.table, cell.column, expected.effect == "settle")
        for expected, cell in asserted.cells
        if cell.value is not None and expected.effect != "delete"
    }
    settled = {line.span for line in bound.leg.map.settle}
    for table, column, line in column_lines(bound):
        if (table, column, line.span in settled) in written:
            yield column_point(line, bound.leg.label)


def _reasons(leg: CompiledLeg, asserted: Asserted) -> Iterator[Point]:
    """A reason is reached by a row that was expected with its code, or that was passed over for it."""
    way = leg.bound.leg.label
    named = [reason for judged, reason in asserted.reasons if judged.code is not None or reason.fate == "filtered"]
    for reason in own_reasons(leg.bound, leg.plan("initial")):
        if reason in named:
            yield reason_point(reason, way)
    for one in leg.bound.leg.map.requires:
        if any(reason.span == one.span for reason in named):
            yield Point(one.span, way, "requirement", "not met")
    refused = {reason.code for reason in named}
    for kind, code in (("update", "UPDATE_NOT_ALLOWED"), ("create", "TARGET_MISSING")):
        condition = leg.bound.leg.allow.update if kind == "update" else leg.bound.leg.allow.create
        if isinstance(condition, Text) and code in refused:
            yield Point(condition.span, way, "allow", f"{kind} false")


def _row(bound: Bound, row: JudgedRow) -> Iterator[Point]:
    """What a row shows by its fate alone, which the test has named."""
    leg, marks = bound.leg, row.marks
    if leg.filter is not None and not leg.map.each:
        yield Point(leg.filter.span, leg.label, "filter", "true" if marks["#passes"] else "false")
    if not marks["#passes"]:
        if marks["#linked"] and row.fate in ("filtered", "deleted"):
            yield Point(leg.map.span, leg.label, "leave", leg.map.on_leave)
        return
    for one in leg.map.requires:
        if row.fate in _WRITTEN or (row.reason is not None and row.reason.number > _number(bound, one.span)):
            yield Point(one.span, leg.label, "requirement", "met")
    if row.fate == "inserted" and marks["#linked"]:
        yield Point(leg.map.span, leg.label, "restore", "a missing row")
    for fate, condition, kind in (("inserted", leg.allow.create, "create"), ("updated", leg.allow.update, "update")):
        if row.fate == fate and isinstance(condition, Text):
            yield Point(condition.span, leg.label, "allow", f"{kind} true")
    if row.fate in _WRITTEN and len(bound.arms) > 1 and isinstance(marks["#arm"], int):
        yield target_point(bound, marks["#arm"])


def _number(bound: Bound, span: object) -> int:
    return next((one.reason.number for one in bound.reasons if one.reason.span == span), 0)


def _values(bound: Bound, probe: Probe, asserted: Asserted, judged: tuple[JudgedRow, ...]) -> Iterator[Point]:
    """A pair is reached by a written row that took it; where it is written to a column, a test has named the result.

    A pair that only finds a row of a lookup is also reached by a row that was refused with a code that a test named.
    """
    told = {one.key for one, _ in asserted.reasons if one.code is not None} if not probe.column else set()
    rows = [row for row in judged if row.fate in _WRITTEN and probe.arm in (None, row.marks["#arm"])]
    rows += [row for row in judged if row.key in told or probe.kind == "filter"]
    taken = {str(row.marks[probe.alias]) for row in rows if row.marks[probe.alias] is not None}
    named = _named(bound, probe, asserted)
    for number, pair in probe.pairs.items():
        shown = not probe.column or pair.result is None or pair.result in named
        if number in taken and shown:
            yield Point(probe.span, bound.leg.label, probe.kind, pair.key or "''")


def _fanned(bound: Bound, judged: tuple[JudgedRow, ...]) -> Iterator[Point]:
    """An entry of a table is reached by a row that is written, a condition by a row that has another entry alone."""
    if any(row.fate in _WRITTEN for row in judged):
        yield from (Point(one.span, bound.leg.label, "each", one.name) for one in bound.leg.map.each if not one.entries)
    passed = {_row_key(bound, row) for row in judged if row.marks["#passes"]}
    for probe in bound.probes:
        for row in judged if probe.kind == "each" else ():
            pair = probe.pairs.get(str(row.marks[probe.alias]))
            if pair is not None and not row.marks["#passes"] and _row_key(bound, row) in passed:
                yield Point(probe.span, bound.leg.label, "each", left_out(pair))


def _row_key(bound: Bound, row: JudgedRow) -> str:
    """Give the part of a unit's key that names its source row."""
    made = bound.units.made
    parts = made.parts if isinstance(made, FanOut) else 0
    return re.sub(r"([|]([^|\\]|\\.)*){" + str(parts) + "}$", "", row.key)


def _named(bound: Bound, probe: Probe, asserted: Asserted) -> set[str]:
    """Give the values of a column that were expected, choices by code and by label."""
    columns: Mapping[tuple[str, str], object] = {
        (table, column): None for table, column, line in column_lines(bound) if line.span == probe.span
    }
    found: set[str] = set()
    for expected, cell in asserted.cells:
        if (expected.table, cell.column) in columns:
            found |= {cell.written, str(cell.value)}
            entity = next(one for one in bound.leg.project.entities.values() if str(one.ref) == expected.table)
            found |= {choice.label for choice in entity.columns[cell.column].choices if choice.code == cell.value}
    return found
