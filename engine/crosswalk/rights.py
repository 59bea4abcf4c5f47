"""Says what a login must be allowed to do in each outside system of a profile, and no more: read off the plans.

Why of all maps: a role is made once, and a run of one map may have to finish what another one sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crosswalk.compiler import CompiledLeg
from crosswalk.compiler.bound import Bound
from crosswalk.connecting import outside_of, place_of
from crosswalk.contracts import Need, Right
from crosswalk.errors import UsageError, nearest
from crosswalk.loading import Loaded
from crosswalk.model import Entity, EntityRef, Project


@dataclass(frozen=True, slots=True)
class SystemRights:
    """What one system must allow."""

    system: str
    kind: str
    rights: tuple[Right, ...]


def rights(loaded: Loaded, system: str | None = None) -> tuple[SystemRights, ...]:
    """Give the rights that the maps need in the outside systems of the profile, or in one of them."""
    outside = outside_of(loaded)
    if system is not None and system not in outside:
        message = f"profile '{loaded.profile}' has no connection for '{system}' that leads out of the database file"
        remedy = nearest(system, outside) or f"outside systems: {', '.join(outside) or 'none; choose another profile'}"
        raise UsageError(message, code="UNKNOWN_SYSTEM", remedy=remedy)
    found, place = needs_of(loaded.legs, loaded.project), place_of(loaded)
    return tuple(
        SystemRights(one, spec.kind, spec.rights(connection, place, [n for n in found if n.entity.ref.system == one]))
        for one, (connection, spec) in outside.items()
        if system in (None, one)
    )


def needs_of(legs: Sequence[CompiledLeg], project: Project) -> tuple[Need, ...]:
    """Put together what all legs need, by table, sorted."""
    whole: dict[EntityRef, Need] = {}
    for leg in legs:
        for need in _needs(leg.bound, project):
            known = whole.get(need.entity.ref)
            whole[need.entity.ref] = need if known is None else _together(known, need)
    return tuple(whole[ref] for ref in sorted(whole, key=str))


def _together(one: Need, other: Need) -> Need:
    return replace(
        one,
        reads=one.reads or other.reads,
        creates=_both(one.creates, other.creates),
        updates=_both(one.updates, other.updates),
        deletes=one.deletes or other.deletes,
        leads=_both(one.leads, other.leads),
        led_to=one.led_to or other.led_to,
        many=one.many or other.many,
        maps=_both(one.maps, other.maps),
    )


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _needs(bound: Bound, project: Project) -> Iterator[Need]:
    maps = (bound.leg.map.name,)
    yield from (Need(project.entities[ref], reads=True, maps=maps) for ref in bound.reads)
    for need in _written(bound):
        yield replace(need, maps=maps)
        yield from (replace(led, maps=maps) for led in _led_to(need, project))


def _written(bound: Bound) -> Iterator[Need]:
    """Give what a leg writes. Rows of a set of which one is refused are taken out again."""
    leg = bound.leg
    removes = leg.creates and (leg.map.on_leave == "delete" or bound.whole is not None)
    for arm in bound.arms:
        creates = tuple(cell.column.name for cell in arm.cells) if leg.creates else ()
        updates = tuple(cell.column.name for cell in arm.compared) if leg.updates else ()
        yield _with_leads(Need(arm.target, creates=creates, updates=updates, deletes=removes))
    if bound.document is not None:
        columns = tuple(cell.column.name for cell in bound.document.cells)
        yield _with_leads(Need(bound.document.target, creates=columns))
    if bound.settle:
        yield _with_leads(Need(leg.source, updates=tuple(column.name for column, _ in bound.settle)))


def _with_leads(need: Need) -> Need:
    return replace(need, leads=tuple(dict.fromkeys(to for _, led in _references(need) for to in led)))


def _references(need: Need) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give the written columns that refer to other tables, each with those tables."""
    for column in dict.fromkeys((*need.creates, *need.updates)):
        if need.entity.columns[column].relation:
            yield column, need.entity.columns[column].relation


def _led_to(need: Need, project: Project) -> Iterator[Need]:
    for _, led in _references(need):
        for one in led:
            entity: Entity | None = project.entities.get(EntityRef(need.entity.ref.system, one))
            if entity is not None:
                yield Need(entity, led_to=True, many=len(led) > 1)
