"""Builds what judges columns that either side may change: by the values on which both sides last agreed.

For every such column the ledger keeps what the source and what the target held when they agreed. A side whose column
holds something else now has changed it:

=====================  ====================================================================================
only the side read     its value is written
only the side written  nothing is written; the other leg carries that value over
both, to one value     that is agreed from now on
both, to two values    the one that the map names wins; where it names none, the row is rejected
=====================  ====================================================================================

Where nothing was agreed yet, the master of the map wins. A column is agreed when it holds, after the writing, what this
leg made of the other side; so what is left for the other leg stays open until that leg has carried it.

Why the columns as they stand and not what lines make of them: both legs must find the same change on the same side, and
a value that is rounded on its way would differ for ever. Only for a path through another table, whose rows change
without the row that refers to them, the value that is made counts as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crosswalk.compiler.bound import Bound, BoundPair, of, source_key, target_key
from crosswalk.compiler.render import render
from crosswalk.plan import Statement
from crosswalk.sql import Sql, all_of, any_of, fragment, key_text, literal, name, table


@dataclass(frozen=True, slots=True)
class Judged:
    """What a statement says of one pair: who moved since both agreed, what then goes, and what clashes."""

    name: Sql
    label: Sql
    pact: Sql
    there: Sql
    master: Sql
    moved: Sql
    changed: Sql
    differs: Sql
    wins: bool
    goes: Sql
    clashes: Sql
    told: Sql


def pact_of(bound: Bound) -> Mapping[str, object]:
    """Give what the match with the target adds for the pairs of a leg; nothing where it has none."""
    if not bound.pairs:
        return {"pairs": ()}
    return {
        "pairs": tuple(_judged(bound, pair) for pair in bound.pairs),
        "pact_leg": literal(bound.leg.map.name),
        "pact_key": _source_key_of(bound, "mapped"),
        "pact_target": _target_key_of(bound, "mapped"),
    }


def differing(bound: Bound, pair: BoundPair) -> Sql:
    """Say whether the target row holds another value than the cells of a pair, in the matched relation."""
    relation = bound.arms[0].relation
    return any_of([_unlike(of(relation, cell.column.name), Sql(f"mapped.{cell.alias.text}")) for cell in pair.cells])


def _judged(bound: Bound, pair: BoundPair) -> Judged:
    relation, back = bound.arms[0].relation, bound.leg.name == "back"
    far = as_text([Sql(f"mapped.{alias.text}") for alias in pair.far])
    near = as_text([of(relation, cell.column.name) for cell in pair.cells])
    pact = of("pact", pair.name)
    far_was, near_was = Sql(f"{pact.text}.source"), Sql(f"{pact.text}.target")
    if back:
        far_was, near_was = near_was, far_was
    moved = _unlike(far, far_was)
    if not pair.plain:
        made = as_text([Sql(f"mapped.{cell.alias.text}") for cell in pair.cells])
        moved = any_of([moved, _unlike(made, near_was)])
    sides = (near, far) if back else (far, near)
    return Judged(
        name=name(pair.name),
        label=literal(pair.name),
        pact=pact,
        there=Sql(f'{relation}."#row"'),
        master=_first_contact(bound, near),
        moved=Sql(moved.wrapped),
        changed=Sql(_unlike(near, near_was).wrapped),
        differs=Sql(differing(bound, pair).wrapped),
        wins=bound.leg.conflict == "write",
        goes=pair.goes,
        clashes=pair.clashes,
        told=_told(pair, *sides),
    )


def _first_contact(bound: Bound, near: Sql) -> Sql:
    """Say whether a value goes while nothing is agreed. A second pass fills what the first one had to leave empty."""
    goes = (bound.leg.map.master == "target") == (bound.leg.name == "back")
    return fragment("{near} IS NULL", near=near) if bound.leg.second and not goes else literal(goes)


def _told(pair: BoundPair, source: Sql, target: Sql) -> Sql:
    """Write both values of a conflict, for the reject that keeps them."""
    pattern = "{name} || ': source ' || coalesce({source}, 'null') || ', target ' || coalesce({target}, 'null')"
    return fragment(pattern, name=literal(pair.name), source=source, target=target)


def _unlike(left: Sql, right: Sql) -> Sql:
    return fragment("{a} IS DISTINCT FROM {b}", a=left, b=right)


def as_text(values: list[Sql]) -> Sql:
    """Write columns as one text in which null differs from empty: one as it stands, several as a JSON list."""
    texts = [fragment("CAST({x} AS VARCHAR)", x=value) for value in values]
    if len(texts) == 1:
        return texts[0]
    return Sql(f"CAST(json_array({', '.join(text.text for text in texts)}) AS VARCHAR)")


def _source_key_of(bound: Bound, relation: str) -> Sql:
    """The key of the row of the map's source, whichever end of the leg it is."""
    if bound.leg.name == "back":
        return Sql(f'{bound.arms[0].relation}."#key"') if relation == "mapped" else Sql(f'{relation}."#target_key"')
    return Sql(f'{relation}."#key"')


def _target_key_of(bound: Bound, relation: str) -> Sql:
    """The key of the row of the map's target, as the way out writes it, whichever end of the leg it is."""
    if bound.leg.name == "back":
        return Sql(f'{relation}."#out_key"')
    if bound.leg.creates or bound.leg.second:
        return key_text([Sql(f"{relation}.{part.alias.text}") for part in bound.arms[0].key])
    return Sql(f'{bound.arms[0].relation}."#key"') if relation == "mapped" else Sql(f'{relation}."#target_key"')


@dataclass(frozen=True, slots=True)
class AgreedCell:
    label: Sql
    same: Sql
    source: Sql
    target: Sql


def agree(bound: Bound) -> list[Statement]:
    """Build the statements that note on what both sides agree after the writing."""
    if not bound.pairs:
        return []
    arm, back = bound.arms[0], bound.leg.name == "back"
    here = {pair.name for pair in bound.pairs}
    values = {
        "leg": literal(bound.leg.map.name),
        "cells": tuple(_agreed(pair, back=back) for pair in bound.pairs),
        "others": tuple(literal(pair.name) for pair in bound.leg.pairs if pair.name not in here),
        "target": table(arm.target.ref),
        "scope": arm.scope,
        "key": target_key(arm, "x") if bound.leg.creates else source_key(arm.target, "x"),
        "source_key": _after(bound),
        "target_key": _target_key_of(bound, "shaped"),
    }
    return [
        Statement("on what both sides agree now", render("agreed_fresh", **values)),
        Statement("what they agreed on before", render("agreed_drop", **values)),
        Statement("keep it", render("agreed_keep", **values)),
    ]


def _after(bound: Bound) -> Sql:
    return source_key(bound.arms[0].target, "now") if bound.leg.name == "back" else Sql('shaped."#key"')


def _agreed(pair: BoundPair, *, back: bool) -> AgreedCell:
    far = as_text([Sql(f"shaped.{alias.text}") for alias in pair.far])
    near = as_text([of("now", cell.column.name) for cell in pair.cells])
    same = all_of(
        [
            fragment("{a} IS NOT DISTINCT FROM {b}", a=of("now", cell.column.name), b=Sql(f"shaped.{cell.alias.text}"))
            for cell in pair.cells
        ]
    )
    source, target = (near, far) if back else (far, near)
    return AgreedCell(literal(pair.name), same, source, target)
