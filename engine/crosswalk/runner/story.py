"""Tells the story of one source row: what the ledger kept of it, and what decides about it now.

Changes, held and rejected rows are stored; whether a row is unchanged or filtered is found by evaluating its key,
which is also how the line of the map that decides now is found.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.contracts import Backend, Cell
from crosswalk.ledger import reading
from crosswalk.plan import Divert, Extract, Plan, Reason, Shape
from crosswalk.results import Change, Reject
from crosswalk.runner.invocation import Leg


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of one row in one leg. `now` is its fate if it were run now, empty where it does not exist."""

    leg: str
    key: str
    targets: tuple[tuple[Cell, ...], ...]
    changes: tuple[tuple[str, Change], ...]
    open_rows: tuple[Reject, ...]
    now: str
    reason: Reason | None


def stories_of(leg: Leg, key: str, backend: Backend) -> tuple[Story, ...]:
    """Gather what is known of a key: of the unit that has it, or of all that the row of that key makes."""
    found = _evaluate(leg.plan("key"), key, backend)
    chosen = [one for one in found if one.key == key] or found or [Evaluated(key, "", None)]
    return tuple(_story(leg, one, backend) for one in chosen)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What would become of one unit now."""

    key: str
    fate: str
    number: int | None


def _story(leg: Leg, one: Evaluated, backend: Backend) -> Story:
    key, fate, number = one.key, one.fate, one.number
    reasons = [r for step in leg.plan("key").steps if isinstance(step, Shape) for r in step.reasons]
    return Story(
        leg=leg.name,
        key=key,
        targets=reading.lineage_of(leg.name, key, backend),
        changes=reading.changes_of(leg.name, key, backend),
        open_rows=reading.story(leg.name, key, backend),
        now=fate,
        reason=next((reason for reason in reasons if reason.number == number), None),
    )


def _evaluate(plan: Plan, key: str, backend: Backend) -> list[Evaluated]:
    """Run the steps that decide, for what was asked for alone, and forget what they did."""
    bound = {"run_id": "why", "now": None, "digest": plan.digest, "key": key, "code": None}
    backend.run("BEGIN TRANSACTION")
    try:
        for step in plan.steps:
            if isinstance(step, Extract | Shape | Divert):
                for statement in step.statements:
                    backend.run(statement.sql, {name: bound[name] for name in statement.parameters})
        rows = backend.rows(_DECIDED)
    finally:
        backend.run("ROLLBACK")
    return [
        Evaluated(str(found), str(fate), None if number is None else int(str(number))) for found, fate, number in rows
    ]


_DECIDED = (
    'SELECT DISTINCT "#key", "#fate", "#reason" FROM shaped'
    ' WHERE "#row" IN (SELECT "#row" FROM examined WHERE why = \'asked for\') ORDER BY ALL'
)
