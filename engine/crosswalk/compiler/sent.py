"""Builds what a step tells an outside system: its change set, and what becomes of the rows that the system refuses.

Why beside the statements that write: those bring the copy of the table in the database file to the same state, in the
transaction of the run, for the rows that the system took. Embedded systems need nothing else.

A change set has one row per target row, with these columns: ``#operation``, ``#source_key``, ``#arm``,
``#target_key``, ``#version`` (of the row as it was read, where the write has a precondition), ``#group`` (rows that
go together), ``#changed`` (names of the columns that an update changes), ``key.x`` for the key of the table,
``before.x`` for what was read, and the written columns under their own names.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundArm, BoundDocument, of, source_key, target_key
from crosswalk.compiler.render import render
from crosswalk.compiler.stamps import Written, bound_now, kept
from crosswalk.model import Entity
from crosswalk.plan import Sent, Statement, Undone
from crosswalk.sql import Sql, fragment, key_text, literal, name, table, type_name


@dataclass(frozen=True, slots=True)
class Compared:
    label: Sql
    column: Sql


def sent_arm(bound: Bound, arm: BoundArm, at: int) -> Sent:
    """Build the change set of an arm; `at` is the number of statements that come before it."""
    compared = arm.compared if bound.leg.updates else ()
    guarded = bool(bound.pairs) or bound.leg.name == "back"
    stamped = kept(arm.target, first=True)
    values: dict[str, object] = {
        "arm": literal(arm.number),
        "target": table(arm.target.ref),
        "inserts": bound.leg.creates,
        "updates": bool(compared),
        "deletes": bound.leg.map.on_leave == "delete" and bound.leg.creates,
        "group": _group(bound),
        "version": Sql('shaped."#target_version"') if guarded else fragment("CAST(NULL AS VARCHAR)"),
        "new_key": _new_key(arm),
        "old_key": _key(arm.target, "old"),
        "inserted": [Written(c.target, Sql(f"shaped.{c.alias.text}")) for c in arm.cells] + stamped,
        "updated": [
            Written(column, Sql(f"new.{column.text}"))
            for column in (*(c.target for c in compared), *(w.column for w in stamped))
        ],
        "cells": tuple(Compared(literal(c.column.name), c.target) for c in compared),
        "before": [Written(name(f"before.{c.column.name}"), Sql(f"old.{c.target.text}")) for c in compared]
        if guarded
        else [],
    }
    refused = [_refused(bound)]
    if values["deletes"]:
        refused.insert(0, Statement("rows that could not be removed are looked for again", render("refused_deletes")))
    if bound.whole is not None:
        waits = render("refused_sets", group=_group(bound), number=bound.late("SET_INCOMPLETE"))
        refused.append(Statement("the other rows of their sets wait", waits))
    if compared:
        refused.append(Statement("their changes are not made", render("refused_updates", arm=literal(arm.number))))
    match = tuple(cell.column.name for cell in arm.cells if cell.alias in {part.alias for part in arm.key})
    now = bound_now(arm.target) if bound.leg.creates else ()
    rows = Statement(f"changes of {arm.target.ref}", render("sent", **values), now)
    updated = (*(cell.column.name for cell in compared), *_stamps(arm.target)) if compared else ()
    undone = _undone(bound, arm)
    return Sent(rows, at, match, _stamps(arm.target), tuple(refused), undone=undone, updated=updated)


def _undone(bound: Bound, last: BoundArm) -> tuple[Undone, ...]:
    """Rows of a set that are in before one is refused, in this target and in those written before."""
    if bound.whole is None or not bound.leg.creates:
        return ()
    return tuple(_undo(bound, arm, copied=arm is not last) for arm in bound.arms[: last.number + 1])


def _undo(bound: Bound, arm: BoundArm, *, copied: bool) -> Undone:
    rows = render("undone", arm=literal(arm.number), key=_new_key(arm), group=_group(bound))
    values = {"target": table(arm.target.ref), "target_key": target_key(arm, "t"), "rows": Sql(rows)}
    copy = Statement("and out of the copy", render("undone_copy", **values)) if copied else None
    return Undone(arm.target.ref, Statement(f"rows of broken sets in {arm.target.ref}", rows), copy)


def _refused(bound: Bound) -> Statement:
    values = {"number": bound.late("TARGET_REFUSED"), "stale": bound.late("CONFLICT_STALE")}
    return Statement("rows that the other system refused", render("refused", **values))


def _group(bound: Bound) -> Sql:
    """Rows of a set go in together or not at all."""
    if bound.whole is None:
        return fragment("CAST(NULL AS VARCHAR)")
    return key_text([Sql(f"shaped.{alias.text}") for alias, _ in bound.whole.by])


def _key(entity: Entity, alias: str) -> tuple[Written, ...]:
    return tuple(Written(name(f"key.{column}"), of(alias, column)) for column in entity.key)


def _new_key(arm: BoundArm) -> tuple[Written, ...]:
    """The key of a new row, as far as the map writes it; the other system gives the rest."""
    written = {cell.column.name: Sql(f"shaped.{cell.alias.text}") for cell in arm.cells}
    unknown = {c: fragment("CAST(NULL AS {t})", t=type_name(arm.target.columns[c].type)) for c in arm.target.key}
    return tuple(Written(name(f"key.{column}"), written.get(column, unknown[column])) for column in arm.target.key)


def _stamps(entity: Entity) -> tuple[str, ...]:
    return tuple(column for column in (entity.modified, entity.row_version) if column is not None)


def sent_headers(bound: Bound, document: BoundDocument, at: int) -> Sent:
    """Build the change set of new headers; the lines of a header that is refused cannot go on."""
    entity = document.target
    written = [Written(cell.target, of("header_rows", cell.column.name)) for cell in document.cells]
    values = {
        "new_key": key_text([of("header_rows", column) for column in entity.key]),
        "key": _key(entity, "header_rows"),
        "written": written + kept(entity, first=True),
    }
    refused = (
        Statement("lines whose header was refused", render("refused_headers", number=bound.late("TARGET_REFUSED"))),
        Statement("those headers are not made", render("refused_header_rows")),
    )
    rows = Statement(f"changes of {entity.ref}", render("sent_headers", **values), bound_now(entity))
    return Sent(rows, at, entity.key, _stamps(entity), refused)


def sent_settled(bound: Bound, at: int) -> Sent:
    """Build the change set of the marks; a mark that is refused is tried again when its row is looked at again."""
    entity = bound.leg.source
    columns = tuple(column.name for column, _ in bound.settle)
    values = {
        "source": table(entity.ref),
        "source_key": source_key(entity, "old"),
        "key": _key(entity, "old"),
        "cells": tuple(Compared(literal(column), name(column)) for column in columns),
        "written": [Written(name(column), of("settled", column)) for column in (*columns, *_stamps(entity))],
    }
    stamps = tuple(name(column) for column in _stamps(entity))
    after = render("settled_version", source=table(entity.ref), columns=stamps)
    return Sent(
        Statement(f"changes of {entity.ref}", render("sent_settled", **values)),
        at,
        entity.key,
        _stamps(entity),
        (Statement("marks that were refused are not made", render("refused_settled")),),
        (Statement("the versions that the system gave", after),) if stamps else (),
        updated=(*columns, *_stamps(entity)),
    )
