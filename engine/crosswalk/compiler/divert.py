"""Builds the step that gives every row its fate."""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm, present, target_key
from crosswalk.compiler.guards import guards
from crosswalk.compiler.related import moved
from crosswalk.compiler.render import render
from crosswalk.compiler.sealing import change_set
from crosswalk.compiler.units import row_of
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


def divert(bound: Bound, mode: Mode) -> Divert:
    """Build the statements from the comparison of rows with each other to the fate of each."""
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
    ]
    return Divert(tuple(statements), guards(bound, mode), tally(bound), change_set(bound))


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
    values = {**present(bound), "arms": labels, "duplicate": bound.late("KEY_DUPLICATE")}
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
    return [_gone_from(bound, arm, mode) for arm in bound.arms]


def _gone_from(bound: Bound, arm: BoundArm, mode: Mode) -> Statement:
    """A run over all rows compares keys whatever the watermark says of the table."""
    sql = render(
        "gone",
        changed=mode != "initial",
        fate=_gone_fate(bound),
        moved=moved(bound),
        told=_told(bound),
        arm=literal(arm.number),
        label=literal(str(arm.target.ref)),
        target=table(arm.target.ref),
        target_key=target_key(arm, "target"),
        scope=arm.scope,
        **present(bound),
    )
    return Statement(f"delivered rows of {arm.target.ref} that are gone from the source", sql, about="earlier")


def _told(bound: Bound) -> bool:
    """Say whether the way back tells of rows that it made. One that is gone before this leg has read it leaves the
    table as it was when this leg read it last, so nothing but the link says that there is a row to miss.
    """
    back = bound.leg.map.back
    return bound.leg.name == "out" and back is not None and back.allow.create is not False


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


def _gone_fate(bound: Bound) -> Sql:
    if bound.leg.map.on_leave != "delete":
        return literal("filtered")
    return fragment("CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END")
