"""Tells the story of one source row: what the ledger kept of it, and what decides about it now.

Changes, held and rejected rows are stored; whether a row is unchanged or filtered is found by evaluating its key,
which is also how the line of the map that decides now is found. Nothing is written, so a story can be told while others
read, and from a copy of the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosswalk.contracts import Backend, Cell
from crosswalk.errors import StatementError
from crosswalk.ledger import reading
from crosswalk.plan import Divert, Extract, Plan, Reason, Shape
from crosswalk.results import Change, Reject
from crosswalk.runner.invocation import Leg


@dataclass(frozen=True, slots=True)
class Story:
    """All that is known of one row in one leg. `now` is its fate if it were run now, empty where it does not exist.

    `began` says of the runs that are named when they began, as text in UTC. `unknown` says why what decides now cannot
    be told, where it cannot.
    """

    leg: str
    key: str
    targets: tuple[tuple[Cell, ...], ...]
    changes: tuple[tuple[str, Change], ...]
    open_rows: tuple[Reject, ...]
    now: str
    reason: Reason | None
    began: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""


def stories_of(leg: Leg, key: str, backend: Backend) -> tuple[Story, ...]:
    """Gather what is known of a key: of the unit that has it, or of all that the row of that key makes."""
    try:
        found, unknown = _evaluate(leg.plan("key"), key, backend), ""
    except StatementError as error:
        found, unknown = [], f"what decides now cannot be told: {str(error).splitlines()[0]}"
    chosen = [one for one in found if one.key == key] or found or [Evaluated(key, "", None)]
    return tuple(_story(leg, one, unknown, backend) for one in chosen)


def keys_of_target(leg: str, target_key: str, backend: Backend) -> tuple[str, ...]:
    """Name the source rows that a target row came from, also where it has been removed since."""
    return reading.sources_of(leg, target_key, backend)


def unread(leg: str, key: str, backend: Backend) -> Story | None:
    """Tell of a row that could not be read from an outside table; None where it always could be read."""
    spells = reading.story(leg, key, backend)
    return Story(leg, key, (), (), spells, "", None) if spells else None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What would become of one unit now, and what the ledger links it to."""

    key: str
    fate: str
    number: int | None
    targets: tuple[tuple[Cell, ...], ...] | None = None


def _story(leg: Leg, one: Evaluated, unknown: str, backend: Backend) -> Story:
    reasons = [r for step in leg.plan("key").steps if isinstance(step, Shape) for r in step.reasons]
    targets = reading.lineage_of(leg.name, one.key, backend) if one.targets is None else one.targets
    changes = reading.changes_of(leg.name, one.key, backend)
    spells = reading.story(leg.name, one.key, backend)
    named = {str(run) for row in targets for run in row[2:4] if run}
    named |= {run for run, _ in changes} | {spell.run_id for spell in spells}
    began = reading.began(named, backend)
    return Story(
        leg=leg.name,
        key=one.key,
        targets=targets,
        changes=tuple(sorted(changes, key=lambda change: began.get(change[0], ""))),
        open_rows=spells,
        now=one.fate,
        reason=next((reason for reason in reasons if reason.number == one.number), None),
        began=began,
        unknown=unknown,
    )


def _evaluate(plan: Plan, key: str, backend: Backend) -> list[Evaluated]:
    """Run the steps that decide, for what was asked for alone, and forget what they did. A row that is there has its
    links beside it: the ledger is not asked for them again.
    """
    bound = {"run_id": "why", "now": None, "digest": plan.digest, "key": key, "code": None}
    backend.run("BEGIN TRANSACTION")
    try:
        for step in plan.steps:
            if isinstance(step, Extract | Shape | Divert):
                for statement in step.statements:
                    backend.run(statement.sql, {name: bound[name] for name in statement.parameters})
        rows = backend.rows(_DECIDED)
        links = backend.rows(_LINKED)
    finally:
        backend.run("ROLLBACK")
    return [
        Evaluated(
            str(found),
            str(fate),
            None if number is None else int(str(number)),
            tuple(link[1:] for link in links if link[0] == found),
        )
        for found, fate, number in rows
    ]


_DECIDED = (
    'SELECT DISTINCT "#key", "#fate", "#reason" FROM shaped'
    ' WHERE "#row" IN (SELECT "#row" FROM examined WHERE why = \'asked for\') ORDER BY ALL'
)
_LINKED = (
    "SELECT source_key, target, target_key, first_run, last_run, state FROM linked WHERE state <> 'filtered'"
    " ORDER BY target, target_key"
)
