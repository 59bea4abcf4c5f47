"""Builds the checks of a leg: what stops it before anything is written, and what is reported beside its result.

A check counts and gives one sample. Shares are judged over the rows that this run looks at for the first time: a run
that finds nothing but rows which were open before has nothing new to be judged by.
"""

from __future__ import annotations

from crosswalk.compiler.bound import Bound, BoundArm, of, target_key
from crosswalk.compiler.limits import rejects, volume
from crosswalk.compiler.render import render
from crosswalk.plan import Check, Mode, Statement
from crosswalk.sql import literal, table


def guards(bound: Bound, mode: Mode) -> tuple[Check, ...]:
    """Build the checks on the shaped rows. A run that was asked for chosen rows only is not judged by shares."""
    found = [_conserved(bound, mode), *_whole(bound)]
    on_leave = bound.leg.map.on_leave
    if on_leave == "report" or (on_leave == "delete" and any(arm.delete != literal(True) for arm in bound.arms)):
        found.append(_left())
    if mode in ("initial", "incremental"):
        found += [*rejects(bound, mode), *volume(bound)]
        if bound.leg.creates:
            found += [check for arm in bound.arms for check in (*_foreign(bound, arm), *_missing(bound, arm))]
    return tuple(found)


def multiplied(bound: Bound) -> Check:
    """A target with two rows of one key would write a source row twice."""
    target = ", ".join(str(arm.target.ref) for arm in bound.arms)
    remedy = f"remove the duplicates from {target}, then run again"
    query = _query("rows that meet two target rows", "guard_multiplied")
    return Check("TARGET_DUPLICATE", f"{target} holds several rows with one key", query, stops=True, remedy=remedy)


def _query(purpose: str, template: str, **values: object) -> Statement:
    return Statement(purpose, render(template, **values))


def _conserved(bound: Bound, mode: Mode) -> Check:
    """Every chosen row must be among the shaped ones, once: counted on the source, not on what was shaped."""
    query = _query(
        "rows lost or doubled on the way",
        "guard_conserved",
        source=bound.units.relation,
        deleted=bound.units.deleted,
        chosen=mode != "initial",
    )
    return Check("DEFECT", "rows were lost or doubled while they were shaped", query, True, "please report this")


def _whole(bound: Bound) -> tuple[Check, ...]:
    """Every row of the source is in a unit, where rows are not units by themselves."""
    if bound.units.made is None:
        return ()
    source = bound.leg.source
    query = _query(
        "rows that are in no unit",
        "guard_whole",
        rows=bound.units.rows,
        source=table(source.ref),
        deleted=None if source.deleted is None else of("source", source.deleted),
    )
    return (Check("DEFECT", "rows were lost while units were made of them", query, True, "please report this"),)


def _left() -> Check:
    message = "rows delivered earlier no longer pass the filter or are gone"
    return Check("LEFT_FILTER", message, _query("rows that left", "guard_left"), stops=False)


def _foreign(bound: Bound, arm: BoundArm) -> tuple[Check, ...]:
    policy = bound.leg.map.guard.foreign_rows
    if policy == "ignore":
        return ()
    query = _query("rows that this map did not make", "guard_foreign", scope=arm.scope, **_owned(bound, arm))
    message = f"{arm.target.ref} holds rows that this map did not make"
    remedy = "remove the rows, say which rows are the map's own with scope: .., let them be with"
    remedy += " guard: {foreign_rows: report}, or once: crosswalk run --allow foreign_rows"
    return (Check("GUARD_FOREIGN_ROWS", message, query, policy == "stop", remedy, guard="foreign_rows"),)


def _missing(bound: Bound, arm: BoundArm) -> tuple[Check, ...]:
    policy = bound.leg.map.guard.missing_rows
    if policy in ("ignore", "restore"):
        return ()
    query = _query("delivered rows that are missing", "guard_missing", **_owned(bound, arm))
    message = f"rows that this map delivered are missing in {arm.target.ref}"
    remedy = "put them back with guard: {missing_rows: restore}, or go on once: crosswalk run --allow missing_rows"
    return (Check("GUARD_MISSING_ROWS", message, query, policy == "stop", remedy, guard="missing_rows"),)


def _owned(bound: Bound, arm: BoundArm) -> dict[str, object]:
    return {
        "leg": bound.ledger_name,
        "label": literal(str(arm.target.ref)),
        "target": table(arm.target.ref),
        "key": target_key(arm, "target"),
        "arm": literal(arm.number),
    }
