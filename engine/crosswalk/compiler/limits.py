"""Builds the checks by share: too many rejects, too much of the target changed or removed, a source that is empty now.

All of them stop a run without being asked for. Why the defaults are not simply "a share": a limit that every small run
passes would hold up the one bad row that waits for a hand, and a share of three rows says nothing. So a first run
stops when every row of it is rejected, a later one when that are more than ten new rows; removals count above ten
rows, and changes above a hundred, of legs that make the rows they change. A map that was changed since its last run
is meant to change rows.
"""

from __future__ import annotations

from decimal import Decimal

from crosswalk.compiler.bound import Bound
from crosswalk.compiler.render import render
from crosswalk.model import EntityRef
from crosswalk.plan import Check, Mode, Statement
from crosswalk.sql import Sql, fragment, literal, table

_FEW = 10
"""So many rows are never too many: removed ones, and new rejects of a run that is not the first."""

_SOME = 100
"""So many changed rows are never too many where the map sets no limit."""

_VOLUME = 0.5
"""Share of the target's rows that one run may remove, and change, where the map sets no limit."""


def rejects(bound: Bound, mode: Mode) -> tuple[Check, ...]:
    """Too many rejects: above `stop`, by default every row that is judged; or above `warn`, which is reported."""
    limits = bound.leg.map.limits
    message = f"too many rows of {bound.leg.source.ref} are rejected"
    default = "rejected = judged" if mode == "initial" else f"rejected = judged AND rejected > {_FEW}"
    stop = fragment(default) if limits.rejects_stop is None else _beyond(limits.rejects_stop)
    limit = "a run in which every row is rejected stops" if limits.rejects_stop is None else _said(limits.rejects_stop)
    remedy = f"look at the rows, then {_once('rejects')}, or write limits: {{rejects: {{stop: ..}}}} in {_file(bound)}"
    checks = [Check("GUARD_REJECTS", message, _rejected(bound, stop), True, remedy, limit, "rejects")]
    if limits.rejects_warn is not None:
        message = f"more rows of {bound.leg.source.ref} are rejected than the limit says"
        query = _rejected(bound, _beyond(limits.rejects_warn))
        checks.append(Check("REJECTS_ABOVE_LIMIT", message, query, False, limit=_said(limits.rejects_warn)))
    return tuple(checks)


def volume(bound: Bound) -> tuple[Check, ...]:
    """More of the target would be removed or changed than anybody meant. Without a limit of the map, changes are
    judged apart from removals, and where the run is not the first one of a map that was changed.
    """
    limit = bound.leg.map.limits.volume
    if limit is not None:
        return (_volume(bound, ("deleted", "updated"), "changed or removed", limit),)
    removed = _volume(bound, ("deleted",), "removed", _VOLUME)
    if bound.leg.second or not bound.leg.creates:
        return (removed,)
    return (removed, _volume(bound, ("updated",), "changed", _VOLUME, least=_SOME))


def empty_source(bound: Bound) -> tuple[Check, ...]:
    """A source that was full and is empty now is more likely a fault of the reader than a wish."""
    source = bound.leg.source.ref
    query = Statement(
        "rows of a source that is empty now", render("guard_empty", source=table(source), leg=_leg(bound))
    )
    message = f"{source} is empty, and rows of it were delivered before"
    remedy = f"check the source; if this is meant, {_once('empty_source')},"
    remedy += f" or write limits: {{empty_source: allow}} in {_file(bound)}"
    stops = source not in may_empty(bound)
    return (Check("GUARD_EMPTY_SOURCE", message, query, stops, remedy, guard="empty_source"),)


def may_empty(bound: Bound) -> tuple[EntityRef, ...]:
    """Name the tables that may be found empty after they were full. The source of a leg that only creates is one:
    nothing is ever taken from what it made, and staging tables are cleared.
    """
    said = bound.leg.map.limits.empty_source
    if said == "allow":
        return tuple(dict.fromkeys((*bound.reads, *bound.writes)))
    return (bound.leg.source.ref,) if said is None and bound.leg.only_creates else ()


def _volume(bound: Bound, fates: tuple[str, ...], done: str, limit: float, *, least: int = _FEW) -> Check:
    targets = tuple({"table": table(arm.target.ref), "scope": arm.scope} for arm in bound.arms)
    by_default = least == _SOME
    sql = render(
        "guard_volume",
        share=literal(Decimal(str(limit))),
        least=literal(least),
        targets=targets,
        fates=tuple(literal(fate) for fate in fates),
        leg=_leg(bound) if by_default else None,
    )
    named = ", ".join(dict.fromkeys(str(arm.target.ref) for arm in bound.arms))
    remedy = f"look at crosswalk plan; if this is meant, {_once('volume')}, or write limits: {{volume: 1}}"
    query = Statement(f"rows {done}", sql, ("digest",) if by_default else ())
    message = f"rows of {named} would be {done}"
    return Check("GUARD_VOLUME", message, query, True, f"{remedy} in {_file(bound)}", _said(limit), "volume")


def _rejected(bound: Bound, beyond: Sql) -> Statement:
    return Statement("rows rejected", render("guard_rejects", beyond=beyond, leg=_leg(bound)))


def _beyond(limit: float) -> Sql:
    """A limit up to 1 is a share of the rows judged; above, it is a count."""
    pattern = "rejected > {limit} * judged" if limit <= 1 else "rejected > {limit}"
    return fragment(pattern, limit=literal(Decimal(str(limit))))


def _said(limit: float) -> str:
    return f"the limit is {100 * limit:,g}%" if limit <= 1 else f"the limit is {limit:,g} rows"


def _once(guard: str) -> str:
    return f"crosswalk run --allow {guard}"


def _leg(bound: Bound) -> Sql:
    return bound.ledger_name


def _file(bound: Bound) -> str:
    return bound.leg.map.span.file
