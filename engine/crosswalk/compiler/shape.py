"""Builds the step that maps the examined rows: joined, judged, mapped, and matched with the target, in
one statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.compiler.agreeing import differing, pact_of
from crosswalk.compiler.bound import Bound, BoundArm, Cell, Numbered, of, source_key, target_key, version_of
from crosswalk.compiler.guards import multiplied
from crosswalk.compiler.layers import KeyedJoin, keyed_join, layers_of
from crosswalk.compiler.moves import may_update
from crosswalk.compiler.numbering import formatted
from crosswalk.compiler.render import comment, render
from crosswalk.model import Path
from crosswalk.plan import Mode, Shape, Statement
from crosswalk.sql import Sql, all_of, fragment, key_text, literal, name, part_of_key, table, type_name


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of the mapped rows with the place of its line."""

    alias: Sql
    value: Sql
    comment: Sql


@dataclass(frozen=True, slots=True)
class Condition:
    when: Sql
    number: Sql
    value: Sql
    comment: Sql


@dataclass(frozen=True, slots=True)
class TargetRelation:
    """The target of an arm as the statement reads it."""

    relation: Sql
    table: Sql
    key_text: Sql
    version: Sql
    columns: tuple[Sql, ...]
    joined: tuple[Sql, ...]
    joins: tuple[KeyedJoin, ...]
    scope: Sql | None
    on: tuple[Sql, ...]


@dataclass(frozen=True, slots=True)
class UsedSequence:
    alias: Sql
    owner: Sql
    name: Sql


def shape(bound: Bound, mode: Mode) -> Shape:
    """Build the statement for a mode: all rows of the source, or those that were chosen."""
    statements = [Statement("map the examined rows", render("shape", **_values(bound, mode)))]
    if not bound.leg.creates:
        statements += _ambiguous(bound)
    return Shape(tuple(statements), bound.all_reasons, (multiplied(bound),))


def _ambiguous(bound: Bound) -> list[Statement]:
    """A way back finds rows by a business key, which two rows of the other side may share: that is a
    fault of the row.
    """
    return [
        Statement("rows that meet several target rows", render("meeting")),
        Statement("keep one of each", render("meeting_fold")),
        Statement("and refuse it", render("meeting_mark", number=bound.late("TARGET_DUPLICATE"))),
    ]


def _values(bound: Bound, mode: Mode) -> dict[str, object]:
    layers = layers_of(bound.joins, narrowed=mode != "initial")
    conditions = tuple(_condition(numbered) for numbered in bound.reasons)
    return {
        "key": bound.units.key,
        "version": bound.units.version,
        "landed": tuple(name(column) for column in bound.landed),
        "source": bound.units.relation,
        "conditions": _landing_conditions(bound, mode),
        "layers": layers,
        "joined": layers[-1].name,
        "shares": bound.shares,
        "passes": bound.filter,
        "filter_comment": _filter_comment(bound),
        "reasons": conditions,
        "valued": tuple(c for c in conditions if c.value != literal(None)),
        "arm": _arm_number(bound),
        "cells": (
            *(_shown(cell, bound) for arm in bound.arms for cell in arm.cells),
            *(Shown(alias, value, comment("for later steps")) for alias, value in bound.carried),
        ),
        "sequences": _sequences(bound),
        "owner": number_owner(bound, name("#key")),
        "targets": tuple(_target(arm) for arm in bound.arms),
        **_matching(bound, mode),
    }


def _landing_conditions(bound: Bound, mode: Mode) -> tuple[Sql, ...]:
    conditions = []
    if mode != "initial":
        conditions.append(Sql('source.rowid IN (SELECT "#row" FROM examined)'))
    if bound.units.deleted is not None:
        conditions.append(fragment("NOT coalesce({x}, FALSE)", x=bound.units.deleted))
    return tuple(conditions)


def _filter_comment(bound: Bound) -> Sql:
    text = bound.leg.filter
    return comment("every row" if text is None else f"{text.span.file}:{text.span.line}")


def _condition(numbered: Numbered) -> Condition:
    reason = numbered.reason
    label = f"{reason.code} {reason.column}".strip()
    remark = comment(f"{label}  {reason.span.file}:{reason.span.line}")
    value = numbered.value if "CAST(NULL " not in numbered.value.text else literal(None)
    return Condition(numbered.when, literal(reason.number), value, remark)


def _shown(cell: Cell, bound: Bound) -> Shown:
    if cell.sequence is not None:
        alias = name(f"number.{cell.sequence}")
        value = formatted(bound.leg.project.sequences[cell.sequence].format, alias)
    elif cell.late is not None:
        value = literal(None)
    else:
        value = cell.value.sql
    if _BARE.fullmatch(value.text) is None:
        value = Sql(f"CAST({value.text} AS {type_name(cell.column.type).text})")
    return Shown(cell.alias, value, comment(cell.place))


_BARE = re.compile(r'"(?:[^"]|"")*"')
"""A column as it stands: its type is the target's already, or widens to it when it is written."""


def _sequences(bound: Bound) -> tuple[UsedSequence, ...]:
    used = dict.fromkeys(cell.sequence for arm in bound.arms for cell in arm.cells if cell.sequence)
    return tuple(
        UsedSequence(name(f"number.{sequence}"), name(f"number.{sequence}.#owner"), literal(sequence))
        for sequence in used
    )


def number_owner(bound: Bound, key: Sql) -> Sql:
    """Name who a number belongs to: a key of the source table, since other tables have the same keys."""
    return fragment("{source} || {key}", source=literal(f"{bound.leg.source.ref} "), key=key)


def _arm_number(bound: Bound) -> Sql:
    cases = " ".join(f"WHEN {arm.when.text} THEN {arm.number}" for arm in bound.arms if arm.when is not None)
    return Sql(f"CASE {cases} END") if cases else literal(0)


def _target(arm: BoundArm) -> TargetRelation:
    entity = arm.target
    joins = tuple(keyed_join(join, None, []) for join in arm.joins)
    equal = [Sql(f"{part.target.text} = mapped.{part.alias.text}") for part in arm.key]
    if arm.when is not None:
        equal.append(Sql(f'mapped."#arm" = {arm.number}'))
    columns = dict.fromkeys([*arm.needed, *(cell.column.name for cell in arm.compared)])
    return TargetRelation(
        relation=name(arm.relation),
        table=table(entity.ref),
        key_text=source_key(entity, "x"),
        version=version_of(entity, "x"),
        columns=tuple(name(column) for column in columns),
        joined=tuple(column.alias for join in joins for column in join.columns),
        joins=joins,
        scope=arm.scope,
        on=tuple(equal),
    )


def _by_arm(bound: Bound, part: str) -> Sql:
    values = [f"{arm.relation}.{name(part).text}" for arm in bound.arms]
    return Sql(values[0] if len(values) == 1 else f"coalesce({', '.join(values)})")


def _matching(bound: Bound, mode: Mode) -> Mapping[str, object]:
    """Everything that the match with the target adds: what differs, what is allowed, what was agreed."""
    leg = bound.leg
    stale, agreed = _stale(bound)
    return {
        **pact_of(bound),
        "clashing": bool(bound.pairs) and leg.conflict == "reject",
        "leg": bound.ledger_name,
        "chosen": mode != "initial",
        "target_row": _by_arm(bound, "#row"),
        "target_version": _by_arm(bound, "#version"),
        "target_key": _target_key(bound),
        "there": _there(bound, mode),
        "stale": stale,
        "disputed": literal(False) if agreed is None else _differs(bound.arms[0], _one_way(bound, bound.arms[0])),
        "agreed": agreed,
        "agreed_key": _by_arm(bound, "#key"),
        "differs": _arm_case(bound, [_changing(bound, arm, stale) for arm in bound.arms]),
        "may_create": _arm_case(bound, [arm.create for arm in bound.arms]),
        "may_update": _arm_case(bound, [may_update(bound, arm) for arm in bound.arms]),
        "done": Sql('("#linked" AND "#there")') if leg.only_creates else literal(False),
        "checks": _target_checks(bound),
    }


def _changing(bound: Bound, arm: BoundArm, stale: Sql) -> Sql:
    """Whether the target row would change: in columns that go one way, and in those of the pairs that go now."""
    if not bound.pairs and (bound.leg.conflict != "skip" or stale == literal(False)):
        return _differs(arm, arm.compared)
    owned, single = owned_columns(bound), _one_way(bound, arm)
    one_way = _differs(arm, single)
    if bound.leg.conflict == "skip" and stale != literal(False):
        one_way = fragment("{d} AND NOT {s}", d=one_way, s=stale)
    always = _differs(arm, tuple(c for c in arm.compared if c.column.name in owned))
    going = [fragment("{goes} AND {d}", goes=pair.goes, d=differing(bound, pair)) for pair in bound.pairs]
    parts = [part.wrapped for part in (one_way, always, *going) if part != literal(False)]
    return Sql("\n      OR ".join(parts)) if parts else literal(False)


def _one_way(bound: Bound, arm: BoundArm) -> tuple[Cell, ...]:
    """The cells that are judged by the version of their row: they belong to no pair, and no side owns them."""
    judged = owned_columns(bound) | {cell.column.name for pair in bound.pairs for cell in pair.cells}
    return tuple(cell for cell in arm.compared if cell.column.name not in judged)


def _there(bound: Bound, mode: Mode) -> Sql:
    """Whether the target row to which a row was delivered is still there, under the key that it had then."""
    if not bound.leg.creates:
        return literal(True)
    cases = " ".join(_there_in(arm, chosen=mode != "initial") for arm in bound.arms)
    return Sql(f"coalesce(CASE link.target {cases} END, FALSE)")


def _there_in(arm: BoundArm, *, chosen: bool) -> str:
    conditions = [] if arm.scope is None else [arm.scope]
    if chosen:
        conditions.append(_linked_to(arm))
    where = f" WHERE {all_of(conditions).text}" if conditions else ""
    keys = f"SELECT {target_key(arm, 'x').text} FROM {table(arm.target.ref).text} AS x{where}"  # noqa: S608
    return f"WHEN {literal(str(arm.target.ref)).text} THEN link.target_key IN ({keys})"


def _linked_to(arm: BoundArm) -> Sql:
    """Narrow the table to what chosen rows may be linked to, by the last column of the key: keys as text would have to
    be made of all its rows.
    """
    last = arm.key[-1].target.text.replace(f"{arm.relation}.", "x.", 1)
    column = next((c for c in arm.target.columns.values() if of("x", c.name).text == last), None)
    if column is None:
        return literal(True)
    part = part_of_key(name("target_key"), len(arm.key) - 1, len(arm.key))
    keys = f"SELECT TRY_CAST({part.text} AS {type_name(column.type).text}) FROM linked"  # noqa: S608
    return Sql(f"{last} IN ({keys})")


def _may_double(arm: BoundArm) -> bool:
    """Say whether a row made under a key that stands outside the scope would be a second one of a key of the table."""
    named = {part.target for part in arm.key}
    whole = all(Sql(f"{arm.relation}.{name(column).text}") in named for column in arm.target.key)
    return arm.scope is not None and whole and not arm.numbered


def _of_others(arm: BoundArm) -> Sql:
    """The key belongs to a row outside the scope: it is not this map's to change, nor to make again."""
    assert arm.scope is not None
    keys = f"SELECT {target_key(arm, 'x').text} FROM {table(arm.target.ref).text} AS x WHERE NOT {arm.scope.wrapped}"  # noqa: S608
    return Sql(f'"#target_row" IS NULL AND "#arm" = {arm.number} AND "#target_key" IN ({keys})')


def _arm_case(bound: Bound, values: list[Sql]) -> Sql:
    if len(set(values)) == 1:
        return values[0]
    cases = " ".join(f"WHEN {arm.number} THEN {value.text}" for arm, value in zip(bound.arms, values, strict=True))
    return Sql(f'CASE mapped."#arm" {cases} END')


def _differs(arm: BoundArm, cells: tuple[Cell, ...]) -> Sql:
    pairs = [_unlike(arm, cell) for cell in cells]
    return (
        Sql("\n      OR ".join(pairs) if len(pairs) < 2 else "(" + "\n      OR ".join(pairs) + ")")
        if pairs
        else literal(False)
    )


def _unlike(arm: BoundArm, cell: Cell) -> str:
    there, mapped = f"{arm.relation}.{cell.target.text}", f"mapped.{cell.alias.text}"
    return f"({there} IS NULL AND {mapped} IS NOT NULL)" if cell.once else f"{there} IS DISTINCT FROM {mapped}"


def owned_columns(bound: Bound) -> frozenset[str]:
    """Name the columns of a way back that it writes whatever the conflict: the end that it reads owns them."""
    lines = bound.leg.map.both if bound.leg.name == "back" else ()
    return frozenset(line.source.parts[0] for line in lines if line.owner == "target" and isinstance(line.source, Path))


def _target_key(bound: Bound) -> Sql:
    if not bound.leg.creates:
        return _by_arm(bound, "#key")
    texts = [key_text([Sql(f"mapped.{part.alias.text}") for part in arm.key]) for arm in bound.arms]
    return _arm_case(bound, texts)


def _stale(bound: Bound) -> tuple[Sql, Sql | None]:
    """A way back compares the row's version with the one that the way out read or that was last written.

    A row that came back is linked before the way out has read it, so it has no such version yet.
    """
    if bound.leg.name == "out" or bound.leg.conflict == "write" or (bound.pairs and not _one_way(bound, bound.arms[0])):
        return literal(False), None
    known = "agreed.source_version" if bound.leg.creates else "agreed.source_key"
    stale = Sql(f"({known} IS NOT NULL AND agreed.source_version IS DISTINCT FROM {_by_arm(bound, '#version').text})")
    return stale, literal(bound.leg.map.name)


def _target_checks(bound: Bound) -> tuple[Condition, ...]:
    leg = bound.leg
    gone = all_of([Sql('"#target_row" IS NULL'), Sql('"#linked"'), Sql('NOT "#there"')])
    found: list[tuple[str, Sql]] = []
    if leg.only_creates:
        found.append(("TARGET_EXISTS", Sql('"#target_row" IS NOT NULL')))
    found += [("TARGET_EXISTS", _of_others(arm)) for arm in bound.arms if leg.creates and _may_double(arm)]
    if leg.creates and leg.map.guard.missing_rows != "restore":
        found.append(("TARGET_MISSING", gone))
    found.append(("TARGET_MISSING", Sql('"#target_row" IS NULL AND NOT "#may_create"')))
    if leg.conflict == "reject":
        found += [(pair.code, pair.clashes) for pair in bound.pairs]
    if leg.conflict == "reject" and leg.name == "back":
        found.append(("CONFLICT_STALE", Sql('"#target_row" IS NOT NULL AND "#disputed" AND "#stale"')))
    found.append(("UPDATE_NOT_ALLOWED", Sql('"#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update"')))
    return tuple(Condition(when, bound.late(code), literal(None), comment(code)) for code, when in found)
