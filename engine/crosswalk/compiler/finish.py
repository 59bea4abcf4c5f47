"""Builds the last steps of a leg: mark the source rows that were delivered, note what was agreed, move
the watermarks.
"""

from __future__ import annotations

from crosswalk.compiler.agreeing import agree
from crosswalk.compiler.bound import Bound, source_key, target_key, version_of
from crosswalk.compiler.open_rows import open_rows
from crosswalk.compiler.render import render
from crosswalk.compiler.sent import sent_settled
from crosswalk.compiler.stamps import Written, bound_now, kept
from crosswalk.plan import Advance, Mode, Settle, Statement
from crosswalk.sql import Sql, fragment, literal, name, table, type_name


def settle(bound: Bound) -> tuple[Settle, ...]:
    """Build the step that marks delivered rows; none where the map settles nothing."""
    if not bound.settle:
        return ()
    source = bound.leg.source
    marked = [Written(name(c.name), _typed(_of_shaped(v), type_name(c.type))) for c, v in bound.settle]
    rows = None if bound.units.made is None else bound.units.rows
    values = {
        "source": table(source.ref),
        "rows": rows,
        "marked": marked,
        "written": marked + kept(source, first=False),
    }
    marking = Statement("the delivered rows as they will be marked", render("settled", **values), bound_now(source))
    marks = Statement("mark them in place", render("settled_apply", **values))
    return (Settle(source.ref, (marking, marks), sent_settled(bound, 1)),)


def _of_shaped(value: Sql) -> str:
    """Say that a name is one of the shaped row; what is more than a name is made of names that only it has."""
    return f"shaped.{value.text}" if value.text.startswith('"') else value.text


def _typed(value: str, kind: Sql) -> Sql:
    return Sql(f"CAST({value} AS {kind.text})")


def advance(bound: Bound, mode: Mode) -> Advance:
    """Build the step that keeps the rows that cannot go on and notes what was agreed; only a run over all or all
    changed rows moves the watermarks.
    """
    values = _values(bound)
    statements = [
        *open_rows(bound, mode),
        Statement("what is agreed now", render("lineage_fresh", **values), ("run_id",)),
        Statement("earlier notes of these rows", render("lineage_drop", **values)),
        Statement("note which target row came from which source row", render("lineage_keep", **values)),
    ]
    if bound.leg.name == "back":
        statements.append(_agree(bound))
        statements += _linked(bound)
    statements += agree(bound)
    if mode in ("initial", "incremental"):
        statements.append(Statement("the old watermarks", render("watermarks_drop", **values)))
        statements.append(Statement("the new watermarks", render("watermarks_keep", **values), ("run_id",)))
    return Advance(tuple(statements))


def _values(bound: Bound) -> dict[str, object]:
    targets = [literal(str(arm.target.ref)) for arm in bound.arms]
    cases = " ".join(f"WHEN {arm.number} THEN {target.text}" for arm, target in zip(bound.arms, targets, strict=True))
    return {
        "leg": bound.ledger_name,
        "target": targets[0] if len(targets) == 1 else Sql(f'CASE shaped."#arm" {cases} END'),
        "settled": bool(bound.settle) and bound.units.made is None,
        "version": _version_after(bound),
    }


def _version_after(bound: Bound) -> Sql:
    """The version of the source row when this run ends: settling it is our own change and must not come back as one."""
    version = Sql('shaped."#version"')
    if not bound.settle or bound.units.made is not None:
        return version
    return fragment("coalesce({s}, {v})", s=version_of(bound.leg.source, "settled"), v=version)


def _agree(bound: Bound) -> Statement:
    """What the way back wrote is agreed with the way out too, or it would come back as a change of the source.

    Only where the way out had read the row as it was: what else changed in it is still to go out.
    """
    entity = bound.arms[0].target
    sql = render(
        "lineage_agree",
        key=source_key(entity, "x"),
        version=version_of(entity, "x"),
        target=table(entity.ref),
        shaped_key=target_key(bound.arms[0], "x") if bound.leg.creates else source_key(entity, "x"),
        out=literal(bound.leg.map.name),
    )
    return Statement("the version that the way out will find", sql)


def _linked(bound: Bound) -> list[Statement]:
    """Tell the way out which target row a source row was made from, or it would make that row again once it is deleted.

    It is told without a version, so the way out judges the row at its next run. Where it has a filter, it finds out by
    itself whether the row is one of its own: a link would make a row that never passed look like one that left.
    """
    if not bound.leg.creates or bound.leg.map.filter is not None:
        return []
    entity = bound.arms[0].target
    values = {
        "out": literal(bound.leg.map.name),
        "label": literal(str(bound.leg.source.ref)),
        "target": table(entity.ref),
        "key": target_key(bound.arms[0], "x"),
        "source_key": source_key(entity, "now"),
    }
    return [Statement("which target rows the new rows came from", render("lineage_link", **values), ("run_id",))]
