"""Builds the checks of a leg: what stops it before anything is written, and what is reported beside its result.

A check counts and gives one sample. Shares are judged over the rows that this run looks at for the first time: a run
that finds nothing but rows which were open before has nothing new to be judged by.
"""

from __future__ import annotations

from decimal import Decimal

from crosswalk.compiler.bound import Bound, BoundArm, of, target_key
from crosswalk.compiler.render import render
from crosswalk.plan import Check, Mode, Statement
from crosswalk.sql import Sql, fragment, literal, table

_VOLUME = 0.5
"""Share of the target's rows that one run may remove where the map sets no limit."""


def guards(bound: Bound, mode: Mode) -> tuple[Check, ...]:
    """Build the checks on the shaped rows. A run that was asked for chosen rows only is not judged by shares."""
    found = [_conserved(bound, mode), *_whole(bound)]
    on_leave = bound.leg.map.on_leave
    if on_leave == "report" or (on_leave == "delete" and any(arm.delete != literal(True) for arm in bound.arms)):
        found.append(_left())
    if mode in ("initial", "incremental"):
        found += [*_rejects(bound, mode), _volume(bound)]
        if bound.leg.creates:
            found += [check for arm in bound.arms for check in (*_foreign(bound, arm), *_missing(bound, arm))]
    return tuple(found)


def empty_source(bound: Bound) -> Check:
    """A source that was full and is empty now is more likely a fault of the reader than a wish."""
    source = bound.leg.source.ref
    query = _query("rows of a source that is empty now", "guard_empty", source=table(source), leg=bound.ledger_name)
    message = f"{source} is empty, and rows of it were delivered before"
    stops = bound.leg.map.limits.empty_source == "stop"
    return Check("GUARD_EMPTY_SOURCE", message, query, stops, "if this is meant, set limits: {empty_source: allow}")


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


def _rejects(bound: Bound, mode: Mode) -> tuple[Check, ...]:
    """Too many rejects. Without a limit of the map a first run stops when every row that it judges is rejected."""
    limits = bound.leg.map.limits
    default = "rejected = judged" if mode == "initial" else "FALSE"
    stop = fragment(default) if limits.rejects_stop is None else _beyond(limits.rejects_stop)
    message = f"too many rows of {bound.leg.source.ref} are rejected"
    remedy = "look at the rejects of `crosswalk plan`, or raise limits: {rejects: {stop: ..}} in the map"
    query = _query("rows rejected", "guard_rejects", beyond=stop, leg=bound.ledger_name)
    checks = [Check("GUARD_REJECTS", message, query, True, remedy)]
    if limits.rejects_warn is not None:
        query = _query("rows rejected", "guard_rejects", beyond=_beyond(limits.rejects_warn), leg=bound.ledger_name)
        checks.append(
            Check(
                "REJECTS_ABOVE_LIMIT",
                f"more rows of {bound.leg.source.ref} are rejected than the limit says",
                query,
                False,
            )
        )
    return tuple(checks)


def _beyond(limit: float) -> Sql:
    """A limit up to 1 is a share of the rows judged; above, it is a count."""
    pattern = "rejected > {limit} * judged" if limit <= 1 else "rejected > {limit}"
    return fragment(pattern, limit=literal(Decimal(str(limit))))


def _volume(bound: Bound) -> Check:
    """Removals are always guarded; changes are where the map sets a limit."""
    limit = bound.leg.map.limits.volume
    fates = ("deleted",) if limit is None else ("deleted", "updated")
    query = _query(
        "rows changed or removed",
        "guard_volume",
        share=literal(Decimal(str(_VOLUME if limit is None else limit))),
        targets=tuple(table(arm.target.ref) for arm in bound.arms),
        fates=tuple(literal(fate) for fate in fates),
    )
    remedy = "if this is meant, raise limits: {volume: ..} in the map"
    return Check("GUARD_VOLUME", "more rows would be changed or removed than the limit allows", query, True, remedy)


def _left() -> Check:
    message = "rows delivered earlier no longer pass the filter or are gone"
    return Check("LEFT_FILTER", message, _query("rows that left", "guard_left"), stops=False)


def _foreign(bound: Bound, arm: BoundArm) -> tuple[Check, ...]:
    policy = bound.leg.map.guard.foreign_rows
    if policy == "ignore":
        return ()
    query = _query("rows that this map did not make", "guard_foreign", scope=arm.scope, **_owned(bound, arm))
    message = f"{arm.target.ref} holds rows that this map did not make"
    remedy = "give the map a `scope:`, or remove the rows"
    return (Check("GUARD_FOREIGN_ROWS", message, query, policy == "stop", remedy),)


def _missing(bound: Bound, arm: BoundArm) -> tuple[Check, ...]:
    policy = bound.leg.map.guard.missing_rows
    if policy in ("ignore", "restore"):
        return ()
    query = _query("delivered rows that are missing", "guard_missing", **_owned(bound, arm))
    message = f"rows that this map delivered are missing in {arm.target.ref}"
    remedy = "guard: {missing_rows: restore} puts them back"
    return (Check("GUARD_MISSING_ROWS", message, query, policy == "stop", remedy),)


def _owned(bound: Bound, arm: BoundArm) -> dict[str, object]:
    return {
        "leg": bound.ledger_name,
        "label": literal(str(arm.target.ref)),
        "target": table(arm.target.ref),
        "key": target_key(arm, "target"),
        "arm": literal(arm.number),
    }
