"""Compares both sides of one leg: shapes every row as a run over all rows does, and asks what nobody acts on.

Why the plan itself, and on a private copy: what a map would write is defined by the statements that write it. They are
run up to the end, without the checks that would stop a run, and what they wrote is what differs. The next leg then
meets tables that are as they should be, so a row that is wrong is told once, where it went wrong, and not again by
every leg that reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from crosswalk.compiler.comparison import Comparison
from crosswalk.contracts import Backend, Cell
from crosswalk.ledger.reading import changes
from crosswalk.plan import Divert, Extract, Plan, Shape, Statement
from crosswalk.reconciling.discrepancies import Compared, Discrepancy, Kind

_MANY = 2**40


@dataclass(frozen=True, slots=True)
class Face:
    """One leg on its way through a comparison: its plan, its questions, what is bound, and where it runs."""

    plan: Plan
    questions: Comparison
    bound: Mapping[str, object]
    backend: Backend

    def ask(self, sql: str) -> list[tuple[Cell, ...]]:
        """Run a query of ours, which may name the leg and the digest of its plan."""
        named = {"leg": self.plan.name, "digest": self.plan.digest}
        return self.backend.rows(sql, {name: value for name, value in named.items() if f"${name}" in sql})

    def take(self, statement: Statement) -> None:
        self.backend.run(statement.sql, {name: self.bound[name] for name in statement.parameters})

    @property
    def leg(self) -> str:
        return self.plan.name

    def found(self, kind: Kind, key: Cell, target_key: Cell = None, arm: Cell = None) -> Discrepancy:
        """Name a row by its keys as text, and its table by the number of the arm that takes it."""
        target = "" if arm is None else str(self.plan.targets[int(str(arm))])
        return Discrepancy(self.leg, kind, _text(key), target, _text(target_key))


def face(plan: Plan, questions: Comparison, backend: Backend) -> Compared:
    """Compare both sides of a leg, and leave the private copy as a repair would."""
    now = datetime.now(UTC).replace(tzinfo=None)
    bound = {"run_id": uuid4().hex[:12], "now": now, "digest": plan.digest, "key": None, "code": None}
    facing = Face(plan, questions, bound, backend)
    with backend.transaction():
        found = [*_doubled_links(facing), *_shaped(facing), *_unwritten(facing)]
        blocked = frozenset(_text(key) for (key,) in backend.rows(_BLOCKED))
        judged = int(str(backend.rows(_JUDGED)[0][0]))
        found += _written(facing)
    return Compared(plan.name, plan.map_name, str(plan.source), judged, tuple(found), blocked)


def _doubled_links(facing: Face) -> list[Discrepancy]:
    """A row that the ledger links twice would be shaped twice: the first step leaves one link of each."""
    return [
        replace(facing.found("doubled", key), note=f"the ledger links this row {count} times", mends=True)
        for key, count in facing.ask(_LINKED_TWICE)
    ]


def _shaped(facing: Face) -> list[Discrepancy]:
    """Run the steps that decide. Rows that meet several target rows are put aside: which of them is meant is open."""
    doubled: list[Discrepancy] = []
    for step in facing.plan.steps:
        if isinstance(step, Extract | Shape | Divert):
            for statement in step.statements:
                facing.take(statement)
        if isinstance(step, Shape):
            facing.backend.run(_DOUBLED)
            facing.backend.run(_SINGLE)
            doubled = [
                replace(facing.found("doubled", *row), note="the target holds several rows with this key")
                for row in facing.backend.rows(_EVERY_DOUBLED)
            ]
    return doubled


def _unwritten(facing: Face) -> Iterator[Discrepancy]:
    """Tell what no step writes, before any does."""
    for *keys, linked in facing.backend.rows(_MISSING):
        note = "delivered before" if linked else "never delivered"
        yield replace(facing.found("missing right", *keys), note=note, mends=True)
    yield from _alone(facing)
    yield from _blocked(facing)
    yield from _links(facing)
    yield from _agreements(facing)
    yield from _marks(facing)


def _alone(facing: Face) -> Iterator[Discrepancy]:
    """Tell of target rows without a source row, and of documents without a header."""
    for asked in facing.questions.orphans:
        for key, target_key, gone, removed in facing.ask(asked.query.sql):
            note = "its source row is gone" if gone else "its source row does not lead here any more"
            row = Discrepancy(facing.leg, "missing left", _text(key), str(asked.target), _text(target_key))
            yield replace(row, note=note, mends=bool(removed))
    for asked in facing.questions.foreign:
        for (target_key,) in facing.ask(asked.query.sql):
            row = Discrepancy(facing.leg, "missing left", "", str(asked.target), _text(target_key))
            yield replace(row, note="no map made it")
    for asked in facing.questions.headers:
        for group, target_key in facing.ask(asked.query.sql):
            row = Discrepancy(facing.leg, "missing right", _text(group), str(asked.target), _text(target_key))
            yield replace(row, note="the header of a document that was made")


def _blocked(facing: Face) -> Iterator[Discrepancy]:
    """Tell of rows that cannot go on, where the ledger does not know."""
    reasons = {r.number: r for step in facing.plan.steps if isinstance(step, Shape) for r in step.reasons}
    for *keys, fate, number in facing.ask(_UNKNOWN):
        reason = reasons[int(str(number))]
        row = facing.found("held" if fate == "held" else "rejected", *keys)
        yield replace(row, code=reason.code, note=f"{reason.column} {reason.span.file}:{reason.span.line}".strip())


def _links(facing: Face) -> Iterator[Discrepancy]:
    """Tell of rows that are alike on both sides, and of which the ledger holds something else."""
    for key, target_key, arm, linked, version, *held in facing.ask(facing.questions.links.sql):
        row = facing.found("ledger", key, target_key, arm)
        if not linked:
            yield replace(row, note="the ledger does not know where it came from", mends=True)
            continue
        said = (version, row.target, target_key)
        cells = {n: (_or_null(h), _or_null(s)) for n, h, s in zip(_LINK, held, said, strict=True) if h != s}
        yield replace(row, cells=cells, note="the ledger knows it otherwise", mends=True)


_LINK = ("source version", "target", "target key")


def _agreements(facing: Face) -> Iterator[Discrepancy]:
    """Tell of rows on which both sides agree, while the ledger holds other values as agreed."""
    for statement in facing.questions.agreed:
        facing.take(statement)
        for key, target_key in facing.backend.rows(_NOT_AGREED):
            row = facing.found("ledger", key, target_key, 0)
            yield replace(row, note="the ledger holds other values as agreed", mends=True)


def _marks(facing: Face) -> Iterator[Discrepancy]:
    """Tell of watermarks that would make the next run pass rows over."""
    for entity, mark, now in facing.ask(_AHEAD):
        cells = {"watermark": (_or_null(mark), _or_null(now))}
        row = Discrepancy(facing.leg, "ledger", "", _text(entity), "", cells)
        yield replace(row, note="how far the table was read", mends=True)


def _written(facing: Face) -> list[Discrepancy]:
    """Run the steps that write, where they would, and tell the cells that they change."""
    if not facing.backend.rows(_WRITES):
        return []
    for step in facing.plan.steps:
        if not isinstance(step, Extract | Shape | Divert):
            for statement in step.statements:
                facing.take(statement)
    changed = changes(str(facing.bound["run_id"]), facing.backend, _MANY)
    return [
        Discrepancy(facing.leg, "different", one.key, one.target, one.target_key, one.cells, mends=True)
        for one in changed
        if one.fate == "updated"
    ]


def _text(value: Cell) -> str:
    return "" if value is None else str(value)


def _or_null(value: Cell) -> str | None:
    return None if value is None else str(value)


_LINKED_TWICE = (
    "SELECT source_key, count(*) FROM crosswalk.lineage WHERE leg = $leg GROUP BY 1 HAVING count(*) > 1 ORDER BY 1"
)
_DOUBLED = (
    'CREATE OR REPLACE TEMP TABLE doubled AS SELECT "#row", "#key", min("#target_key") AS "#target_key", "#arm"'
    ' FROM shaped WHERE "#row" IS NOT NULL GROUP BY ALL HAVING count(*) > 1'
)
_SINGLE = 'DELETE FROM shaped WHERE "#row" IN (SELECT "#row" FROM doubled)'
_EVERY_DOUBLED = 'SELECT "#key", "#target_key", "#arm" FROM doubled ORDER BY ALL'
_MISSING = (
    'SELECT "#key", "#target_key", "#arm", "#linked" FROM shaped WHERE "#fate" = \'inserted\' ORDER BY "#arm", "#key"'
)
_UNKNOWN = (
    'SELECT DISTINCT "#key", "#target_key", "#arm", "#fate", "#reason" FROM shaped'
    " WHERE \"#fate\" IN ('held', 'rejected') AND \"#key\" NOT IN"
    " (SELECT source_key FROM crosswalk.rejects WHERE leg = $leg AND state <> 'resolved') ORDER BY ALL"
)
_BLOCKED = "SELECT DISTINCT \"#key\" FROM shaped WHERE \"#fate\" IN ('held', 'rejected')"
_JUDGED = 'SELECT (SELECT count(*) FROM shaped WHERE "#row" IS NOT NULL) + (SELECT count(*) FROM doubled)'
_WRITES = "SELECT 1 FROM shaped WHERE \"#fate\" IN ('inserted', 'updated', 'deleted') LIMIT 1"
_NOT_AGREED = (
    "SELECT source_key, target_key FROM agreeing WHERE list_sort(cells) IS DISTINCT FROM list_sort(before)"
    ' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" = \'unchanged\' AND "#row" IS NOT NULL) ORDER BY ALL'
)
_AHEAD = (
    "SELECT now.entity, mark.cursor, now.cursor FROM bounds AS now"
    " LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = $leg AND mark.entity = now.entity"
    " WHERE mark.cursor > now.cursor AND mark.row_count = now.row_count"
    " OR mark.entity IS NULL AND EXISTS (SELECT 1 FROM crosswalk.runs WHERE leg = $leg AND digest = $digest"
    " AND mode IN ('initial', 'incremental')) ORDER BY 1"
)
