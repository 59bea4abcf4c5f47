"""Builds the checks that stop a leg before anything is written: too many rejects, too many removals, rows of others."""

from __future__ import annotations

from crosswalk.compiler.bound import Bound, BoundArm, target_key
from crosswalk.plan import Check, Mode, Statement
from crosswalk.sql import literal, name, table

_VOLUME = 0.5


def guards(bound: Bound, mode: Mode) -> tuple[Check, ...]:
    """Build the guards of a leg. A run that was asked for chosen rows only is not judged by shares."""
    whole = mode in ("initial", "incremental")
    found = [_left(bound)] if bound.leg.map.on_leave == "report" else []
    if whole:
        found += [_rejects(bound, mode), _volume(bound)]
    if whole and bound.leg.creates:
        found += [check for arm in bound.arms for check in (_foreign(bound, arm), _missing(bound, arm)) if check]
    return (_conserved(bound, mode), *found)


def _conserved(bound: Bound, mode: Mode) -> Check:
    """Every row that was chosen must be among the shaped ones, once: counted on the source, not on what was shaped."""
    source, deleted = table(bound.leg.source.ref).text, bound.leg.source.deleted
    living = "" if deleted is None else f" WHERE NOT coalesce({name(deleted).text}, FALSE)"
    chosen = f"(SELECT count(*) FROM {source}{living})"
    if mode != "initial":
        among = "rowid IN (SELECT \"#row\" FROM examined)"
        chosen = f"(SELECT count(*) FROM {source}{living}{' AND' if living else ' WHERE'} {among})"
    query = Statement(
        "rows lost or doubled on the way",
        f'SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - {chosen}), NULL FROM shaped',
    )
    return Check("DEFECT", "rows were lost or doubled while they were shaped", query, True, "please report this")


def _rejects(bound: Bound, mode: Mode) -> Check:
    """Too many rejects. Without a limit of the map a leg stops when *all* rows that it judges for the first time fail.

    Rows that were open before are left out: a run that finds nothing but them has nothing new to be judged by.
    """
    limit = bound.leg.map.limits.rejects_stop
    fresh = "\"#key\" NOT IN (SELECT source_key FROM again)"
    rejected = f"count(*) FILTER (WHERE \"#fate\" = 'rejected' AND {fresh})"
    judged = f"count(*) FILTER (WHERE \"#fate\" NOT IN ('filtered', 'deleted') AND {fresh})"
    if limit is None:
        beyond = f"{rejected} = {judged}" if mode == "initial" else "FALSE"
    else:
        beyond = f"{rejected} > {limit} * {judged}" if limit <= 1 else f"{rejected} > {limit}"
    query = Statement(
        "rows rejected",
        f"SELECT CASE WHEN {rejected} > 0 AND {beyond} THEN {rejected} ELSE 0 END,"
        " min(\"#key\") FILTER (WHERE \"#fate\" = 'rejected') FROM shaped",
    )
    remedy = "look at the rejects of `crosswalk plan`, or raise limits: {rejects: {stop: ..}} in the map"
    return Check("GUARD_REJECTS", f"too many rows of {bound.leg.source.ref} are rejected", query, True, remedy)


def _volume(bound: Bound) -> Check:
    """Removals are always guarded; changes are where the map says so."""
    limit = bound.leg.map.limits.volume
    fates = "('deleted')" if limit is None else "('deleted', 'updated')"
    size = " + ".join(f"(SELECT count(*) FROM {table(arm.target.ref).text})" for arm in bound.arms)
    count = f'count(*) FILTER (WHERE "#fate" IN {fates})'
    query = Statement(
        "rows changed or removed",
        f"SELECT CASE WHEN {count} > {_VOLUME if limit is None else limit} * ({size}) AND {count} > 10"
        f' THEN {count} ELSE 0 END, min("#key") FROM shaped',
    )
    remedy = "if this is meant, raise limits: {volume: ..} in the map"
    return Check("GUARD_VOLUME", "more rows would be changed or removed than the limit allows", query, True, remedy)


def _left(bound: Bound) -> Check:
    query = Statement(
        "rows that left",
        'SELECT count(*), min("#key") FROM shaped WHERE "#fate" = \'filtered\' AND "#linked" AND NOT "#passes"',
    )
    return Check("LEFT_FILTER", "rows delivered earlier no longer pass the filter or are gone", query, False)


def _foreign(bound: Bound, arm: BoundArm) -> Check | None:
    policy = bound.leg.map.guard.foreign_rows
    if policy == "ignore":
        return None
    key = target_key(arm, "target").text
    query = Statement(
        "rows that this map did not make",
        f"SELECT count(*), min({key}) FROM {_owned(arm)} WHERE NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link"
        f" WHERE link.leg = {bound.ledger_name.text} AND link.target = {literal(str(arm.target.ref)).text}"
        f" AND link.target_key = {key})"
        f" AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped.\"#target_row\" = target.rowid AND shaped.\"#arm\" = {arm.number})",
    )
    message = f"{arm.target.ref} holds rows that this map did not make"
    return Check("GUARD_FOREIGN_ROWS", message, query, policy == "stop", "give the map a `scope:` or remove the rows")


def _missing(bound: Bound, arm: BoundArm) -> Check | None:
    policy = bound.leg.map.guard.missing_rows
    if policy in ("ignore", "restore"):
        return None
    key = target_key(arm, "target").text
    query = Statement(
        "delivered rows that are missing",
        f"SELECT count(*), min(link.target_key) FROM crosswalk.lineage AS link WHERE link.leg = {bound.ledger_name.text}"
        f" AND link.state = 'live' AND link.target = {literal(str(arm.target.ref)).text}"
        f" AND NOT EXISTS (SELECT 1 FROM {table(arm.target.ref).text} AS target WHERE {key} = link.target_key)",
    )
    message = f"rows that this map delivered are missing in {arm.target.ref}"
    remedy = "guard: {missing_rows: restore} puts them back"
    return Check("GUARD_MISSING_ROWS", message, query, policy == "stop", remedy)


def _owned(arm: BoundArm) -> str:
    """The rows of the target that are this map's own business."""
    scoped = "" if arm.scope is None else f" WHERE {arm.scope.text}"
    return f"(SELECT *, rowid FROM {table(arm.target.ref).text}{scoped}) AS target"

