"""Runs unit tests one after the other on one connection in memory: fill, walk the plan, compare, roll back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter

from crosswalk.contracts import Backend
from crosswalk.model import Entity
from crosswalk.plan import Advance, Divert, Extract, Plan, Shape
from crosswalk.testing.comparing import Comparison, Written, no_such_leg, unexpected_stop
from crosswalk.testing.outcome import Asserted, Difference, JudgedRow, Row, TestOutcome
from crosswalk.testing.seen import Effects, effects, judged_rows, rows_of
from crosswalk.testing.world import Tables, later
from crosswalk.unit_tests import Step, UnitTest, names_of

MARKS = ("#passes", "#arm", "#linked", "#there", "#target_row", "#differs", "#may_create", "#may_update")
"""What the shaped rows say besides their fate; coverage is counted from it."""


@dataclass(frozen=True, slots=True)
class Legs:
    """The plans of one map by leg, and the entities of the project by ``system.entity``."""

    plans: Mapping[str, Plan]
    entities: Mapping[str, Entity]
    probes: Mapping[str, tuple[str, ...]]


def run_test(test: UnitTest, legs: Legs, tables: Tables) -> TestOutcome:
    """Run one test and forget what it did."""
    began, backend = perf_counter(), tables.backend
    tables.share(test.shared)
    backend.run("BEGIN TRANSACTION")
    try:
        found = list(_steps(test, legs, tables))
    finally:
        backend.run("ROLLBACK")
    return TestOutcome(
        test=test,
        differences=tuple(difference for one in found for difference in one.differences),
        asserted=tuple(one.asserted for one in found),
        judged=tuple(one.judged for one in found),
        seconds=perf_counter() - began,
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    differences: tuple[Difference, ...]
    asserted: Asserted
    judged: tuple[JudgedRow, ...]


def _steps(test: UnitTest, legs: Legs, tables: Tables) -> Iterable[_Outcome]:
    names = names_of([test])
    for number, step in enumerate(test.steps):
        filled = None
        if number == 0:
            filled = tables.start(step.given, step.gone)
        else:
            tables.change(step.given, step.gone, later(number))
        yield _Run(legs, tables.backend, names, number, last=step is test.steps[-1]).take(step, filled)


@dataclass(frozen=True, slots=True)
class _Run:
    """One step of a test: a run of one leg over all rows."""

    legs: Legs
    backend: Backend
    names: Mapping[str, str]
    number: int
    last: bool

    def take(self, step: Step, filled: frozenset[str] | None) -> _Outcome:
        """Run the step. `filled` names the tables that hold rows; None where that is not known."""
        plan = self.legs.plans.get(step.leg)
        if plan is None:
            return _Outcome((no_such_leg(step),), Asserted(step.leg), ())
        before = self._watched(step, plan, filled)
        stopped = self._walk(plan, judging=step.stop is not None)
        comparison = Comparison(step, self.legs.entities, self.names)
        comparison.differences.extend(unexpected_stop(step, stopped))
        if step.stop is not None:
            return _Outcome(tuple(comparison.differences), Asserted(step.leg), ())
        judged = judged_rows(plan, self.backend, (*MARKS, *self.legs.probes[step.leg]))
        written = Written(frozenset(map(str, plan.targets)), tuple(map(str, plan.writes)), str(plan.source))
        comparison.effects(self._effects(before), written)
        comparison.fates(judged)
        reasons = tuple((one, row.reason) for one, row in comparison.reasons if row.reason is not None)
        asserted = Asserted(step.leg, tuple(comparison.cells), reasons)
        return _Outcome(tuple(comparison.differences), asserted, judged)

    def _watched(self, step: Step, plan: Plan, filled: frozenset[str] | None) -> dict[str, list[Row]]:
        """Read the tables that the leg writes, and those that the test speaks of."""
        refs = dict.fromkeys([*map(str, plan.writes), *(one.table for one in step.effects)])
        return {
            ref: rows_of(self.legs.entities[ref], self.backend) if filled is None or ref in filled else []
            for ref in refs
        }

    def _effects(self, before: Mapping[str, list[Row]]) -> dict[str, Effects]:
        found = {}
        for ref, rows in before.items():
            entity = self.legs.entities[ref]
            found[ref] = effects(entity, rows, rows_of(entity, self.backend))
        return found

    def _needless(self) -> tuple[str, ...]:
        """Name what nobody asks for: what the ledger keeps after the last run, what it held before an only one."""
        return ("later", *(("earlier",) if self.number == 0 else ())) if self.last else ()

    def _walk(self, plan: Plan, *, judging: bool) -> str:
        """Walk the plan; give the code of the guard that stops it, where guards are judged."""
        bound = {
            "run_id": f"step {self.number}",
            "now": later(self.number),
            "digest": plan.digest,
            "key": None,
            "code": None,
        }
        needless = () if judging else self._needless()
        for step in plan.steps:
            if needless and isinstance(step, Advance):
                continue
            for statement in step.statements:
                if statement.about not in needless:
                    self.backend.run(statement.sql, {name: bound[name] for name in statement.parameters})
            if judging and isinstance(step, Extract | Shape | Divert):
                for check in step.checks:
                    values = {name: bound[name] for name in check.query.parameters}
                    count = self.backend.rows(check.query.sql, values)[0][0]
                    if check.stops and int(str(count or 0)):
                        return check.code
        return ""
