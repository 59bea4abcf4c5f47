"""Evaluates one leg of a map for all rows of its source, row by row, and says what became of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from crosswalk.model import Project
from tests.oracle.cells import Row, Value
from tests.oracle.deliver import deliver
from tests.oracle.evaluate import holds
from tests.oracle.judge import Judged, Run, find_link, judge, linked_key
from tests.oracle.legs import leg_of
from tests.oracle.match import fold_duplicates, hits_of, hold_sets, match_all, target_keys
from tests.oracle.scopes import RowScope
from tests.oracle.units import Unit, alone_of, units_of
from tests.oracle.world import Outcome, RowFate, State, World


def run(
    project: Project,
    leg: str,
    world: World,
    state: State,
    now: datetime,
    *,
    first: bool = True,
    only: Collection[str] | None = None,
    gone: bool = True,
) -> Outcome:
    """Run a leg (a map's name, or ``map:back``). Changes `world` and `state` unless the outcome has a `stop`.

    All rows are examined, or `only` those of some source keys. A `first` run stops when every row is rejected, a later
    one when those are more than ten. Rows that are `gone` from the source are looked for unless only open ones are
    tried.
    """
    walk = Run(project, leg_of(project, leg), world, state.copy(), now)
    here = [row for row in world.rows(walk.leg.source.ref) if not deleted(walk, row)]
    units = made(walk, here)
    keys = {unit.key for unit in units}
    judged = [judge(walk, unit) for unit in units if only is None or unit.key in only]
    match_all(walk, judged)
    fold_duplicates(judged)
    hold_sets(walk, judged)
    count_missing(walk)
    count_emptied(walk)
    count_foreign(walk, judged)
    walk.outcome.stop = walk.outcome.stop or stopping(walk, judged, first=first)
    if not walk.outcome.stop:
        examined = {each.key for each in judged}
        deliver(walk, judged, keys if gone else keys | set(walk.state.links(leg)))
        waiting = walk.state.open_keys.get(leg, set())
        still = (waiting & keys if gone else waiting) - examined
        walk.state.open_keys[leg] = still | {each.key for each in judged if each.fate in ("held", "rejected")}
        state.lineage, state.numbers = walk.state.lineage, walk.state.numbers
        state.agreed = walk.state.agreed
        state.documents, state.open_keys = walk.state.documents, walk.state.open_keys
    walk.outcome.rows = [RowFate(each.key, each.fate, each.code, each.column) for each in judged]
    return walk.outcome


def made(walk: Run, rows: list[Row]) -> list[Unit]:
    """What the leg judges as one: its rows, their entries, or rows merged; rows left out of a merge are alone."""
    table_map, source = walk.leg.map, walk.leg.source
    if walk.leg.kind != "out" or table_map.merge is None:
        return units_of(walk.tables, source, rows, table_map.each if walk.leg.kind == "out" else None)
    text = table_map.filter
    inside = [row for row in rows if text is None or holds(text.value, RowScope(walk.tables, source, row))]
    alone = [alone_of(source, row, table_map.merge) for row in rows if not any(row is one for one in inside)]
    for unit in alone:
        unit.passes = False
    return units_of(walk.tables, source, inside, table_map.merge) + alone


def deleted(walk: Run, row: Row) -> bool:
    """Whether the source marks the row as removed: then it is not there."""
    column = walk.leg.source.deleted
    return column is not None and row.get(column) is True


def count_missing(walk: Run) -> None:
    """Delivered rows that somebody removed from the target."""
    if not walk.leg.creates or walk.leg.guard.missing_rows in ("ignore", "restore"):
        return
    links = [link for link in walk.state.links(walk.leg.name).values() if not link.left]
    lost = [link for link in links if find_link(walk, link.target, link.target_key) is None]
    walk.outcome.findings["GUARD_MISSING_ROWS"] += len(lost)


def count_emptied(walk: Run) -> None:
    """A source that is empty although rows of it were delivered."""
    links = [link for link in walk.state.links(walk.leg.name).values() if not link.left]
    if walk.leg.creates and not walk.world.rows(walk.leg.source.ref):
        walk.outcome.findings["GUARD_EMPTY_SOURCE"] += len(links)


def count_foreign(walk: Run, judged: list[Judged]) -> None:
    """Target rows that neither an earlier run stands behind nor a row of this one; only where the leg makes rows."""
    guard = walk.leg.guard.foreign_rows
    if not walk.leg.creates or guard == "ignore":
        return
    known: set[tuple[str, tuple[Value, ...]]] = {
        (link.target, link.target_key) for link in walk.state.links(walk.leg.name).values()
    }
    matched = {id(row) for each in judged if each.passes for row in hits_of(walk, each)}
    for way in {str(way.target.ref): way for way in walk.leg.ways}.values():
        for row, _ in target_keys(walk, way):
            if id(row) not in matched and (str(way.target.ref), linked_key(walk, way, row)) not in known:
                walk.outcome.findings["GUARD_FOREIGN_ROWS"] += 1


def stopping(walk: Run, judged: list[Judged], *, first: bool) -> str:
    """The guard that stops the leg, if one does. Counts above 1 are rows, up to 1 they are shares of those judged."""
    guard, limits, findings = walk.leg.guard, walk.leg.map.limits, walk.outcome.findings
    watched = limits.empty_source == "stop" or (limits.empty_source is None and not walk.leg.create_only)
    if watched and findings["GUARD_EMPTY_SOURCE"]:
        return "GUARD_EMPTY_SOURCE"
    fates = [each.fate for each in judged if each.key not in walk.state.open_keys.get(walk.leg.name, ())]
    rejects, new = fates.count("rejected"), len(fates) - fates.count("filtered")
    if limits.rejects_stop is None:
        stops = rejects == new and (first or rejects > 10)
    else:
        stops = rejects > (limits.rejects_stop if limits.rejects_stop > 1 else limits.rejects_stop * new)
    if rejects and stops:
        return "GUARD_REJECTS"
    if guard.missing_rows == "stop" and findings["GUARD_MISSING_ROWS"]:
        return "GUARD_MISSING_ROWS"
    return "GUARD_FOREIGN_ROWS" if guard.foreign_rows == "stop" and findings["GUARD_FOREIGN_ROWS"] else ""
