"""What there is to test in a map, as points: each line, pair, outcome and reason that the map itself speaks of.

What every map can do without saying so (a null key, a duplicate, a reference that leads nowhere) is the engine's
business and is tested with the engine. `docs/testing.md` lists the kinds and says when each counts as reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crosswalk.compiler import CompiledLeg
from crosswalk.compiler.bound import Bound, Pair
from crosswalk.errors import Span
from crosswalk.model import Constant, FieldMapping, Text
from crosswalk.plan import Plan, Reason, Shape

Kind = Literal[
    "column", "value", "filter", "requirement", "reason", "target", "allow", "leave", "restore", "each", "merge"
]


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One thing that a test can reach: what it is, in which leg, and the line that says it."""

    span: Span
    leg: str
    kind: Kind
    what: str


def points_of(leg: CompiledLeg) -> tuple[Point, ...]:
    """List everything that the map says in one leg."""
    bound, plan = leg.bound, leg.plan("initial")
    way = bound.leg.label
    found = [
        *_columns(bound),
        *(Point(p.span, way, p.kind, pair.key or "''") for p in bound.probes for pair in p.pairs.values()),
        *(Point(p.span, way, "each", left_out(pair)) for p in bound.probes for pair in p.pairs.values() if pair.when),
        *(Point(one.span, way, "each", one.name) for one in bound.leg.map.each if not one.entries),
        *_truths("filter", bound.leg.filter, way),
        *_truths("allow", bound.leg.allow.create, way, "create "),
        *_truths("allow", bound.leg.allow.update, way, "update "),
        *(Point(one.span, way, "requirement", "met") for one in bound.leg.map.requires),
        *(Point(one.span, way, "requirement", "not met") for one in bound.leg.map.requires),
        *(reason_point(reason, way) for reason in own_reasons(bound, plan)),
        *_targets(bound),
        *_afterwards(bound),
    ]
    return tuple(sorted(set(found)))


def left_out(pair: Pair) -> str:
    """Name the point of an entry whose condition does not hold."""
    return f"{pair.key}, left out"


def reason_point(reason: Reason, way: str) -> Point:
    """Give the point of a reason."""
    return Point(reason.span, way, "reason", f"{reason.code} {reason.column}".strip())


def column_lines(bound: Bound) -> Iterator[tuple[str, str, FieldMapping]]:
    """Give the table and the column that each line writes; a path on the left writes the column that it starts with."""
    leg = bound.leg
    for arm in leg.arms:
        for line in (*(arm.key if leg.creates else ()), *arm.fields):
            yield str(arm.target.ref), line.target.partition(".")[0], line
    document = leg.map.document
    if document is not None:
        header = leg.project.entities[document.target]
        for line in (*document.by, *document.fields):
            if line.target in header.columns:
                yield str(document.target), line.target, line
    for line in leg.map.settle:
        yield str(leg.source.ref), line.target, line


def column_point(line: FieldMapping, way: str) -> Point:
    """Give the point of a line."""
    return Point(line.span, way, "column", line.target)


def _columns(bound: Bound) -> Iterator[Point]:
    for _, _, line in column_lines(bound):
        if not (isinstance(line.source, Constant) and line.source.value is None):
            yield column_point(line, bound.leg.label)


def _truths(kind: Kind, condition: object, way: str, before: str = "") -> Iterator[Point]:
    if isinstance(condition, Text):
        yield Point(condition.span, way, kind, f"{before}true")
        yield Point(condition.span, way, kind, f"{before}false")


def own_reasons(bound: Bound, plan: Plan) -> Iterator[Reason]:
    """Give the reasons that the map asks for by its own words, as far as a row can meet them."""
    wanted = {(code, span) for code, span in _asked(bound)}
    for step in plan.steps:
        if isinstance(step, Shape):
            yield from (reason for reason in step.reasons if (reason.code, reason.span) in wanted)


def _asked(bound: Bound) -> Iterator[tuple[str, Span]]:
    leg = bound.leg
    yield from ((one.code, one.span) for one in leg.map.lookups if one.missing != "null")
    yield from ((one.code, one.span) for one in leg.map.each if one.missing != "null")
    if leg.map.merge is not None:
        yield from ((leg.map.merge.code, one.span) for one in leg.map.merge.complete)
    if leg.map.all_or_nothing is not None:
        yield leg.map.all_or_nothing.code, leg.map.all_or_nothing.span
    for line in {line.span: line for _, _, line in column_lines(bound)}.values():
        if line.required != "no":
            yield line.otherwise_code or "REQUIRED_NULL", line.span
        if any(call.name == "fit" and call.argument == "reject" for call in line.transforms):
            yield "TOO_LONG", line.span
    yield from (("VALUE_UNMAPPED", probe.span) for probe in bound.probes if probe.refuses)
    if not leg.creates:
        yield "TARGET_MISSING", leg.map.span
    if leg.conflict == "reject" and leg.name == "back" and _alone(bound):
        yield "CONFLICT_STALE", leg.map.span


def _alone(bound: Bound) -> bool:
    """Tell whether a line goes this way alone: rows are disputed over those, the others column by column."""
    paired = {cell.column.name for pair in bound.pairs for cell in pair.cells}
    return any(line.target not in paired for arm in bound.leg.arms for line in arm.fields)


def _targets(bound: Bound) -> Iterator[Point]:
    if len(bound.arms) > 1:
        for arm in bound.leg.arms:
            yield target_point(bound, arm.number)


def target_point(bound: Bound, number: int) -> Point:
    """Give the point of one of several targets."""
    arm = bound.leg.arms[number]
    return Point(arm.span, bound.leg.label, "target", str(arm.target.ref))


def _afterwards(bound: Bound) -> Iterator[Point]:
    """What the map says of rows that were delivered once: those that leave the filter, and those that are missing."""
    leg = bound.leg
    if not leg.creates:
        return
    if leg.map.on_leave != "report":
        yield Point(leg.map.span, leg.label, "leave", leg.map.on_leave)
    if leg.map.guard.missing_rows == "restore":
        yield Point(leg.map.span, leg.label, "restore", "a missing row")
