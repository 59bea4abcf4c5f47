"""Evaluates one leg of a map for all rows of its source, row by row, and says what became of each."""

from __future__ import annotations

from datetime import datetime

from crosswalk.model import Project
from tests.oracle.cells import Value
from tests.oracle.deliver import deliver
from tests.oracle.judge import Judged, Run, judge, linked_key
from tests.oracle.legs import leg_of
from tests.oracle.match import fold_duplicates, hold_sets, match_all, target_keys
from tests.oracle.world import Outcome, RowFate, State, World


def run(project: Project, leg: str, world: World, state: State, now: datetime) -> Outcome:
    """Run a leg (a map's name, or ``map:back``). Changes `world` and `state` unless the outcome has a `stop`."""
    walk = Run(project, leg_of(project, leg), world, state.copy(), now)
    judged = [judge(walk, row) for row in world.rows(walk.leg.source.ref)]
    match_all(walk, judged)
    fold_duplicates(judged)
    hold_sets(walk, judged)
    count_foreign(walk, judged)
    walk.outcome.stop = stopping(walk, judged)
    if not walk.outcome.stop:
        deliver(walk, judged)
        state.lineage, state.numbers, state.documents = (
            walk.state.lineage,
            walk.state.numbers,
            walk.state.documents,
        )
    walk.outcome.rows = [RowFate(each.key, each.fate, each.code, each.column) for each in judged]
    return walk.outcome


def count_foreign(walk: Run, judged: list[Judged]) -> None:
    """Target rows that neither an earlier run nor this one stands behind; only where the leg makes rows."""
    guard = walk.leg.map.guard.foreign_rows
    if walk.leg.kind != "out" or not walk.leg.creates or guard == "ignore":
        return
    known: set[tuple[str, tuple[Value, ...]]] = {
        (link.target, link.target_key) for link in walk.state.links(walk.leg.name).values()
    }
    matched = {id(each.match) for each in judged if each.alive and each.match is not None}
    for way in {str(way.target.ref): way for way in walk.leg.ways}.values():
        for row, _ in target_keys(walk, way):
            if id(row) not in matched and (str(way.target.ref), linked_key(walk, way, row)) not in known:
                walk.outcome.findings["GUARD_FOREIGN_ROWS"] += 1


def stopping(walk: Run, judged: list[Judged]) -> str:
    """The guard that stops the leg, if one does. Counts above 1 are rows, up to 1 they are shares of those examined."""
    guard, limits, findings = walk.leg.map.guard, walk.leg.map.limits, walk.outcome.findings
    if limits.empty_source == "stop" and not judged:
        return "GUARD_EMPTY_SOURCE"
    if guard.missing_rows == "stop" and findings["GUARD_MISSING_ROWS"]:
        return "GUARD_MISSING_ROWS"
    if guard.foreign_rows == "stop" and findings["GUARD_FOREIGN_ROWS"]:
        return "GUARD_FOREIGN_ROWS"
    rejects = sum(each.fate == "rejected" for each in judged)
    if limits.rejects_stop is None:
        return "GUARD_REJECTS" if 0 < rejects == len(judged) else ""
    return "GUARD_REJECTS" if rejects > _bound(limits.rejects_stop, len(judged)) else ""


def _bound(limit: float, examined: int) -> float:
    return limit if limit > 1 else limit * examined
