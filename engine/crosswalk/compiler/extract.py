"""Builds the step that chooses the rows to examine.

An incremental run looks at the rows whose version is not the one last agreed and that changed since the watermark, at
the rows still open, at the rows whose looked-up rows changed, at rows that went missing in a target that is to be kept
whole, and at the other members of their sets. A looked-up table of which a change cannot be followed back to the rows
that used it (totals, ranges, filters, tables without a modified time) has all rows examined again.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm, of, target_key
from crosswalk.compiler.limits import empty_source
from crosswalk.compiler.related import common_values, moved, related, row_digest
from crosswalk.compiler.render import render
from crosswalk.compiler.unit_steps import unit_statements
from crosswalk.model import Entity
from crosswalk.plan import Check, Extract, Mode, Statement
from crosswalk.sql import Sql, fragment, key_text, literal, table


@dataclass(frozen=True, slots=True)
class Bounded:
    """A table whose state is noted before rows are read. `row` is what a change of a row shows in, as text."""

    name: Sql
    label: Sql
    modified: Sql | None
    row: Sql


def extract(bound: Bound, mode: Mode) -> Extract:
    """Build the statements that fill ``examined``; an initial run reads the whole source and needs none."""
    whole = mode in ("initial", "incremental")
    statements = [*([_bounds(bound)] if whole else []), *unit_statements(bound)]
    if whole:
        statements.append(_forgotten(bound))
    if mode != "initial":
        statements.append(Statement("no row chosen yet", render("examined_start")))
        statements += _chosen(bound, mode)
        statements += _sets(bound)
        statements.append(Statement("other rows of the same keys", render("examined_twins", **common_values(bound))))
        statements.append(Statement("what the ledger links them to", render("linked", **common_values(bound))))
    return Extract(bound.leg.source.ref, tuple(statements), _checks(bound, mode))


def _bounds(bound: Bound) -> Statement:
    entities = {entity.ref: entity for entity in [bound.leg.source, *(_watched_entities(bound))]}
    tables = tuple(_bounded(entity) for entity in entities.values())
    overlap = literal(bound.leg.project.overlap_seconds)
    sql = render("bounds", tables=tables, overlap=overlap)
    return Statement("note how far the tables have come", sql, about="earlier")


def _forgotten(bound: Bound) -> Statement:
    """A row that was passed over and is gone: one that comes with its key later is another row, of the same version."""
    values = {**common_values(bound), "deleted": bound.units.deleted, "moved": moved(bound)}
    return Statement("filtered rows that are gone", render("lineage_forget", **values), about="earlier")


def _watched_entities(bound: Bound) -> list[Entity]:
    joined = [join.entity for join in bound.joins if join.name in bound.watched]
    joined += bound.units.tables
    return joined + ([arm.target for arm in bound.arms] if _skips(bound) else [])


def _skips(bound: Bound) -> bool:
    """Say whether rows are passed over as long as the target has no row for them."""
    return bound.leg.map.absent == "skip" and bound.leg.allow.create is not True


def _bounded(entity: Entity) -> Bounded:
    """Note the newest modified time, the size, and what stands in the overlap window or, without such a time, in the
    table.
    """
    modified = None if entity.modified is None else of("x", entity.modified)
    return Bounded(table(entity.ref), literal(str(entity.ref)), modified, row_digest(entity))


def _chosen(bound: Bound, mode: Mode) -> list[Statement]:
    match mode:
        case "key":
            return [_asked(bound), _twins(bound)]
        case "open":
            return [_open(bound, chosen=True), _twins(bound)]
        case _:
            chosen = [_changed(bound), *_late(bound), _open(bound, chosen=False)]
            return [*chosen, *related(bound), *_missing(bound), *_skipped(bound)]


def _changed(bound: Bound) -> Statement:
    sql = render(
        "examined_changed", modified=bound.units.modified, only_creates=bound.leg.only_creates, **common_values(bound)
    )
    return Statement("rows changed since the watermark", sql)


def _late(bound: Bound) -> list[Statement]:
    """Rows that came in behind the watermark: there are more of them than rows that changed after it."""
    if bound.units.modified is None:
        return []
    sql = render("examined_late", modified=bound.units.modified, **common_values(bound))
    return [Statement("rows that came in late", sql)]


def _open(bound: Bound, *, chosen: bool) -> Statement:
    sql = render("examined_open", chosen=chosen, asked=bound.units.asked, **common_values(bound))
    return Statement("rows still held or rejected", sql, ("code", "key") if chosen else ())


def _twins(bound: Bound) -> Statement:
    """Rows that share their key with a chosen one: judged alone, each of them would pass."""
    return Statement("rows refused for the same key", render("examined_twins", **common_values(bound)))


def _asked(bound: Bound) -> Statement:
    """One record by its key, or one document or set by what its rows share."""
    asked = list(bound.units.asked)
    if bound.whole is not None:
        parts = [of("source", column) for _, column in bound.whole.by]
        keys = [key_text(parts), *(fragment("CAST({x} AS VARCHAR)", x=part) for part in parts)]
        asked += [fragment("{key} = $key", key=key) for key in keys]
    return Statement("the rows asked for", render("examined_key", asked=asked, **common_values(bound)), ("key",))


def _missing(bound: Bound) -> list[Statement]:
    leg = bound.leg
    if not leg.creates or leg.map.guard.missing_rows != "restore":
        return []
    return [_missing_in(bound, arm) for arm in bound.arms]


def _skipped(bound: Bound) -> list[Statement]:
    """Rows without a target row are not open, so they are looked at again when the target changed."""
    values = common_values(bound)
    return [
        Statement(
            "rows that were passed over",
            render("examined_skipped", **{**values, "label": literal(str(arm.target.ref))}),
        )
        for arm in bound.arms
        if _skips(bound)
    ]


def _missing_in(bound: Bound, arm: BoundArm) -> Statement:
    values = {**common_values(bound), "label": literal(str(arm.target.ref))}
    sql = render(
        "examined_missing", table=table(arm.target.ref), target_key=target_key(arm, "target"), scope=arm.scope, **values
    )
    return Statement(f"delivered rows that are missing in {arm.target.ref}", sql)


def _sets(bound: Bound) -> list[Statement]:
    groups = [] if bound.whole is None else [("the other rows of their sets", [column for _, column in bound.whole.by])]
    if bound.shares:
        groups.append(("the other shares of their rows", ["#source"]))
    return [_together(bound, purpose, columns) for purpose, columns in groups]


def _together(bound: Bound, purpose: str, columns: list[str]) -> Statement:
    by = tuple(of("member", column) for column in columns)
    same = tuple(
        fragment("{a} IS NOT DISTINCT FROM {b}", a=of("source", column), b=of("member", column)) for column in columns
    )
    return Statement(purpose, render("examined_set", by=by, same=same, **common_values(bound)))


def _checks(bound: Bound, mode: Mode) -> tuple[Check, ...]:
    return empty_source(bound) if mode in ("initial", "incremental") and bound.leg.creates else ()
