"""Builds the steps that write: numbers, headers, new rows, changed rows, removed rows, one step per target table.

A change set is made in a temporary table first. Where it touches few columns of a wide table it is applied in place, in
the order of the rows: a sixth of the time for half of the table, and no more for a few rows. Otherwise it is applied as
delete by place and insert, for an update in place rewrites each column of every row group it touches. An update in the
order of a join takes ten times as long as either.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm, Cell
from crosswalk.compiler.headers import headers
from crosswalk.compiler.numbering import formatted, replaced
from crosswalk.compiler.render import render
from crosswalk.compiler.sent import sent_arm, sent_headers
from crosswalk.compiler.shape import number_owner, owned_columns
from crosswalk.compiler.stamps import Written, bound_now, kept
from crosswalk.plan import Deliver, Statement
from crosswalk.sql import Sql, key_text, literal, name, table, type_name


def deliver(bound: Bound) -> tuple[Deliver, ...]:
    """Build one step per target, after one for the headers of documents where the leg has them."""
    steps = [_header_step(bound)] if bound.document is not None else []
    return (*steps, *(_arm_step(bound, arm) for arm in bound.arms))


def _header_step(bound: Bound) -> Deliver:
    assert bound.document is not None
    document = bound.document
    columns = tuple(c.column.name for c in document.cells)
    prepared, statements = headers(bound, document)
    sent = sent_headers(bound, document, len(prepared))
    return Deliver(document.target.ref, prepared + statements, columns, sent)


def _arm_step(bound: Bound, arm: BoundArm) -> Deliver:
    prepared: list[Statement] = []
    statements: list[Statement] = []
    if bound.leg.creates:
        prepared += _numbered(bound, arm)
        if arm.numbered:
            prepared.append(_rekeyed(arm))
        statements.append(_inserted(arm))
    if bound.leg.updates and arm.compared:
        values = _changing(bound, arm)
        updates = render("updates", **values)
        prepared.append(Statement("the changed rows as they will be", updates, bound_now(arm.target)))
        statements += _updated(values)
    if bound.leg.map.on_leave == "delete" and bound.leg.creates:
        statements += _deleted(bound, arm)
    columns = tuple(cell.column.name for cell in arm.cells)
    return Deliver(arm.target.ref, (*prepared, *statements), columns, sent_arm(bound, arm, len(prepared)))


@dataclass(frozen=True, slots=True)
class NumberedCell:
    """A column that takes a number of a sequence; `numbers` names the relation that the number comes from."""

    alias: Sql
    sequence: Sql
    numbers: Sql
    written: Sql
    type: Sql


def _numbered(bound: Bound, arm: BoundArm) -> list[Statement]:
    """Draw numbers for the new rows that have none, in the order of their document or key, and write them."""
    cells = tuple(_numbered_cell(bound, cell) for cell in arm.cells if cell.sequence is not None)
    if not cells:
        return []
    order = (*(bound.document.order if bound.document is not None else ()), name("#key"))
    owner = number_owner(bound, name("#key"))
    write = render("numbers_write", cells=cells, owner=owner, arm=literal(arm.number))
    return [
        *(_drawn(arm, cell, owner, order) for cell in cells),
        Statement("write them into the new rows", write),
        *replaced(arm),
    ]


def _drawn(arm: BoundArm, cell: NumberedCell, owner: Sql, order: tuple[Sql, ...]) -> Statement:
    values = {"sequence": cell.sequence, "alias": cell.alias, "owner": owner, "order": order}
    sql = render("numbers_draw", arm=literal(arm.number), **values)
    return Statement(f"draw numbers of {cell.sequence.text}", sql)


def _numbered_cell(bound: Bound, cell: Cell) -> NumberedCell:
    assert cell.sequence is not None
    numbers = name(f"number.{cell.column.name}")
    written = formatted(bound.leg.project.sequences[cell.sequence].format, Sql(f"{numbers.text}.number"))
    return NumberedCell(cell.alias, literal(cell.sequence), numbers, written, type_name(cell.column.type))


def _rekeyed(arm: BoundArm) -> Statement:
    sql = render("rekey", key=key_text([part.alias for part in arm.key]), arm=literal(arm.number))
    return Statement("the keys are complete now", sql)


def _inserted(arm: BoundArm) -> Statement:
    written = [Written(cell.target, cell.alias) for cell in arm.cells] + kept(arm.target, first=True)
    sql = render("insert", target=table(arm.target.ref), written=written, arm=literal(arm.number))
    return Statement(f"new rows of {arm.target.ref}", sql, bound_now(arm.target))


def _changing(bound: Bound, arm: BoundArm) -> dict[str, object]:
    """Change rows in what they may change in."""
    written = [Written(cell.target, _changed(bound, cell)) for cell in arm.compared]
    return {
        "target": table(arm.target.ref),
        "written": written + kept(arm.target, first=False),
        "cells": tuple(Shown(literal(cell.column.name), cell.target) for cell in arm.compared),
        "arm": literal(arm.number),
        "leg": bound.ledger_name,
        "label": literal(str(arm.target.ref)),
        "narrow": len(written) * _NARROW <= len(arm.target.columns),
    }


def _updated(values: dict[str, object]) -> list[Statement]:
    return [
        Statement("keep what they were", render("changes_updated", **values), ("run_id",), about="later"),
        *_applied(values),
    ]


_NARROW = 4
"""A change set is narrow when it touches at most one in so many columns."""


def _applied(values: dict[str, object]) -> tuple[Statement, ...]:
    if values["narrow"]:
        return (Statement("change them in place", render("updates_apply", **values)),)
    return (
        Statement("take the old ones out", render("updates_delete", **values)),
        Statement("put the new ones in", render("updates_insert", **values)),
    )


def _changed(bound: Bound, cell: Cell) -> Sql:
    """What an update writes; where the other leg carries a column or wins a conflict, the row keeps what it has."""
    value = Sql(f"shaped.{cell.alias.text}")
    if cell.once:
        return Sql(f"coalesce(t.{cell.target.text}, {value.text})")
    goes = [pair.goes for pair in bound.pairs if cell in pair.cells]
    if goes:
        return Sql(f"CASE WHEN shaped.{goes[0].text} THEN {value.text} ELSE t.{cell.target.text} END")
    if bound.leg.name == "out" or bound.leg.conflict != "skip" or cell.column.name in owned_columns(bound):
        return value
    return Sql(f'CASE WHEN shaped."#stale" THEN t.{cell.target.text} ELSE {value.text} END')


@dataclass(frozen=True, slots=True)
class Shown:
    label: Sql
    column: Sql


def _deleted(bound: Bound, arm: BoundArm) -> list[Statement]:
    values = {
        "target": table(arm.target.ref),
        "cells": tuple(Shown(literal(cell.column.name), cell.target) for cell in arm.cells),
        "arm": literal(arm.number),
        "leg": bound.ledger_name,
        "label": literal(str(arm.target.ref)),
    }
    return [
        Statement("keep what the removed rows were", render("changes_deleted", **values), ("run_id",), about="later"),
        Statement(f"remove rows of {arm.target.ref}", render("delete", **values)),
    ]
