"""Builds the step that gives every row its fate and keeps the rows that cannot go on."""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm, of, source_key, target_key
from crosswalk.compiler.guards import guards
from crosswalk.compiler.related import moved
from crosswalk.compiler.render import render
from crosswalk.compiler.units import Merged, row_of
from crosswalk.errors import Span
from crosswalk.plan import Divert, Mode, Statement
from crosswalk.results import TELLING
from crosswalk.sql import Sql, fragment, literal, name, table


@dataclass(frozen=True, slots=True)
class FateGroup:
    fate: Sql
    numbers: tuple[Sql, ...]


@dataclass(frozen=True, slots=True)
class OwnedBy:
    number: Sql
    target: Sql


@dataclass(frozen=True, slots=True)
class ReasonRow:
    number: Sql
    code: Sql
    column: Sql
    place: Sql


def divert(bound: Bound, mode: Mode) -> Divert:
    """Build the statements from the comparison of rows with each other to the ledger of open rows."""
    statements = [
        *(statement for arm in bound.arms for statement in _duplicates(bound, arm)),
        *_twice(bound),
        *_claims(bound, mode),
        *_sets(bound),
        *_leaving(bound),
        _fates(bound),
        *_gone(bound, mode),
        *_taken_over(bound),
        *(_spared(bound, arm) for arm in bound.arms if _spares(bound, arm)),
        *_rejects(bound, mode),
    ]
    return Divert(tuple(statements), guards(bound, mode), tally(bound))


def tally(bound: Bound) -> Statement:
    """Count source rows by fate. Of a row that makes several units the most telling fate counts."""
    if bound.units.made is None:
        return Statement("how many rows had which fate", render("tally"))
    fates = Sql("[" + ", ".join(literal(fate).text for fate in TELLING) + "]")
    sql = render("tally_units", rows=bound.units.rows, row=row_of(bound.units), fates=fates)
    return Statement("how many rows had which fate", sql)


def _duplicates(bound: Bound, arm: BoundArm) -> list[Statement]:
    """Two rows with one key: the same row twice is folded, two different ones are both refused."""
    key = (name("#key"),) if arm.numbered else tuple(part.alias for part in arm.key)
    values = {
        "key": key,
        "cells": tuple(cell.alias for cell in arm.cells),
        "arm": Sql(f'"#arm" = {arm.number}'),
        "superseded": bound.late("SUPERSEDED"),
        "duplicate": bound.late("KEY_DUPLICATE"),
    }
    return [
        Statement("keys that several rows share", render("duplicates", **values)),
        Statement("refuse them, or fold what is the same", render("duplicates_mark", **values)),
    ]


def _twice(bound: Bound) -> list[Statement]:
    """Two rows with one source key cannot be told apart later, wherever they go."""
    duplicate = bound.late("KEY_DUPLICATE")
    return [
        Statement("source keys that several rows share", render("twice")),
        Statement("refuse them", render("twice_mark", duplicate=duplicate)),
    ]


def _claims(bound: Bound, mode: Mode) -> list[Statement]:
    """A key that belongs to a row not examined now: both are refused, as they would be if both were examined."""
    if mode == "initial" or bound.leg.only_creates:
        return []
    labels = tuple(OwnedBy(literal(arm.number), literal(str(arm.target.ref))) for arm in bound.arms)
    values = {**_present(bound), "arms": labels, "duplicate": bound.late("KEY_DUPLICATE")}
    return [
        Statement("keys that belong to rows not examined", render("claims", **values)),
        Statement("refuse the rows that claim them", render("claims_mark", **values)),
        Statement("examine their owners", render("claims_examine", **values)),
        Statement("and refuse them too", render("claims_owners", **values)),
    ]


def _sets(bound: Bound) -> list[Statement]:
    if bound.whole is None:
        return []
    values = {
        "by": tuple(alias for alias, _ in bound.whole.by),
        "expect": bound.whole.expect,
        "number": bound.late("SET_INCOMPLETE"),
        "superseded": bound.late("SUPERSEDED"),
    }
    return [
        Statement("sets that are not complete", render("sets", **values)),
        Statement("hold all rows of such a set", render("sets_mark", **values)),
    ]


def _leaving(bound: Bound) -> list[Statement]:
    """Find what is to be removed by the key under which it was delivered, whatever the row says now."""
    if bound.leg.map.on_leave != "delete" or not bound.leg.creates:
        return []
    return [_leaving_from(bound, arm) for arm in bound.arms]


def _leaving_from(bound: Bound, arm: BoundArm) -> Statement:
    sql = render(
        "leaving",
        leg=bound.ledger_name,
        label=literal(str(arm.target.ref)),
        arm=literal(arm.number),
        target=table(arm.target.ref),
        target_key=target_key(arm, "target"),
        scope=arm.scope,
    )
    return Statement(f"where the rows that leave stand in {arm.target.ref}", sql)


def _fates(bound: Bound) -> Statement:
    groups: dict[str, list[Sql]] = {}
    for reason in bound.all_reasons:
        groups.setdefault(reason.fate, []).append(literal(reason.number))
    ordered = tuple(FateGroup(literal(fate), tuple(numbers)) for fate, numbers in groups.items())
    leave_delete = bound.leg.map.on_leave == "delete" and bound.leg.creates
    return Statement("give every row its fate", render("fates", groups=ordered, leave_delete=leave_delete))


def _gone(bound: Bound, mode: Mode) -> list[Statement]:
    """Rows that were delivered and are no longer in the source, found by comparing keys."""
    leg = bound.leg
    if leg.only_creates or not leg.creates or mode not in ("initial", "incremental"):
        return []
    return [_gone_from(bound, arm) for arm in bound.arms]


def _gone_from(bound: Bound, arm: BoundArm) -> Statement:
    sql = render(
        "gone",
        fate=_gone_fate(bound),
        moved=moved(bound),
        arm=literal(arm.number),
        label=literal(str(arm.target.ref)),
        target=table(arm.target.ref),
        target_key=target_key(arm, "target"),
        scope=arm.scope,
        **_present(bound),
    )
    return Statement(f"delivered rows of {arm.target.ref} that are gone from the source", sql, about="earlier")


def _taken_over(bound: Bound) -> list[Statement]:
    """A row that takes over the key of one that leaves keeps the target row."""
    if bound.leg.map.on_leave != "delete" or not bound.leg.creates:
        return []
    return [Statement("target rows that another row goes on with", render("leaving_kept"))]


def _spares(bound: Bound, arm: BoundArm) -> bool:
    return bound.leg.map.on_leave == "delete" and bound.leg.creates and arm.delete != literal(True)


def _spared(bound: Bound, arm: BoundArm) -> Statement:
    """A row of the target that may not be removed stays, and the run says so."""
    sql = render("leaving_spared", target=table(arm.target.ref), arm=literal(arm.number), removable=arm.delete)
    return Statement(f"rows of {arm.target.ref} that may not be removed", sql)


def _present(bound: Bound) -> dict[str, object]:
    """What tells whether a source row is there: a row with a tombstone is not."""
    return {
        "leg": bound.ledger_name,
        "source": bound.units.relation,
        "key": bound.units.key,
        "deleted": bound.units.deleted,
    }


def _gone_fate(bound: Bound) -> Sql:
    if bound.leg.map.on_leave != "delete":
        return literal("filtered")
    return fragment("CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END")


def _rejects(bound: Bound, mode: Mode) -> list[Statement]:
    values = {
        **_present(bound),
        **_evidence(bound),
        "whole": mode in ("initial", "incremental"),
        "known": mode == "incremental",
        "reasons": tuple(
            ReasonRow(literal(r.number), literal(r.code), literal(r.column), _place(r.span)) for r in bound.all_reasons
        ),
    }
    digest = ("digest",) if mode == "incremental" else ()
    return [
        _kept("open rows that can go on now", render("rejects_close", **values), "run_id", "now"),
        _kept("open rows that still cannot", render("rejects_again", **values), *digest),
        _kept("count one more attempt where all is as before", render("rejects_touch", **values), "run_id"),
        _kept("the other entries are written anew", render("rejects_drop", **values)),
        _kept("keep the rows that cannot go on", render("rejects_keep", **values), "run_id", "now", "digest"),
    ]


def _kept(purpose: str, sql: str, *parameters: str) -> Statement:
    return Statement(purpose, sql, parameters, about="later")


def _place(span: Span) -> Sql:
    """Write a place so that the digest of a plan can leave it out: a line moved is not a map changed."""
    return Sql(f"/* place */ {literal(f'{span.file}:{span.line}').text}")


def _evidence(bound: Bound) -> dict[str, object]:
    """Write the source rows that a reject keeps: the row itself; for a unit of several rows a list of all."""
    table_of, row = table(bound.leg.source.ref), _row_as_json(bound)
    if bound.units.made is None:
        return {"kept_from": table_of, "row": row, "rows": None}
    merged = isinstance(bound.units.made, Merged)
    key = source_key(bound.leg.source, "source")
    several = fragment("CAST(to_json(list({row} ORDER BY {key})) AS VARCHAR)", row=_json(bound), key=key)
    kept = several if merged else fragment("any_value({row})", row=row)
    return {"kept_from": table_of, "row": Sql("source.source_row"), "rows": bound.units.rows, "kept": kept}


def _row_as_json(bound: Bound) -> Sql:
    """Write the whole source row as JSON, every value as text, so that nothing is lost to a number format."""
    return Sql(f"CAST({_json(bound).text} AS VARCHAR)")


def _json(bound: Bound) -> Sql:
    cells = ", ".join(
        f"{literal(column).text}, CAST({of('source', column).text} AS VARCHAR)" for column in bound.leg.source.columns
    )
    return Sql(f"json_object({cells})")
