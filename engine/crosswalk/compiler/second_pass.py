"""Takes references out of a leg that cannot be known while its rows are made, and gives them a leg of their own.

Before: a map of parts with ``parent.number: ParentNumber``, or two maps whose rows refer to each other. After: the way
out makes the rows without these columns, and a leg ``map:references`` fills them once all rows of all maps are there.

Why a leg: filling a reference is an update of one column in rows that exist, which a leg says already. It passes over
rows that the way out did not deliver; a reference that finds nothing yet is a reject of its own, tried on every run.

A reference in the key, or in a column that must have a value, cannot wait: there a row needs another row to be made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from crosswalk.compiler.bound import Bound
from crosswalk.compiler.legs import Leg, LegArm
from crosswalk.errors import Problems
from crosswalk.model import EntityRef, FieldMapping, Permission, Reference
from crosswalk.model import Sequence as Numbers

Bind = Callable[[Leg], Bound]
Waits = Callable[[Bound, Bound], str]


def in_two_passes(legs: Sequence[Bound], bind: Bind, waits: Waits) -> list[Bound]:
    """Split the legs that need it; `waits` says why one leg waits for another. Raises `MapError` where one cannot."""
    making = [leg for leg in legs if leg.leg.name == "out" and leg.leg.creates]
    problems, split = Problems(), list[Bound]()
    for leg in legs:
        late = _late(leg, making, waits) if leg in making else {}
        _check(leg, late, problems)
        split += _split(leg.leg, late, bind) if late and not problems.found else [leg]
    problems.done()
    return split


Late = dict[tuple[int, str], str]
"""Why a column of an arm waits for the second pass, by the arm's number and the column."""


def _late(leg: Bound, making: Sequence[Bound], waits: Waits) -> Late:
    found: Late = {}
    for arm in leg.leg.arms:
        for line in (*arm.key, *arm.fields):
            why = _why(leg, line, making, waits)
            if why and (line in arm.key or line.required == "no"):
                found[arm.number, line.target] = why
    return found


def _why(leg: Bound, line: FieldMapping, making: Sequence[Bound], waits: Waits) -> str:
    """Say why a line must wait, or nothing: its table is written by this map, or by one that waits for this one."""
    for ref in _tables(line.source) if isinstance(line.source, Reference) else ():
        if ref in leg.writes:
            return f"'{line.target}' refers to {ref}, which this map writes itself"
        for other in making:
            if other is not leg and ref in other.writes and leg in _awaited(other, making, waits):
                return f"'{line.target}' refers to {ref}, which '{other.leg.map.name}' writes after this map"
    return ""


def _tables(reference: Reference) -> Iterator[EntityRef]:
    """List the tables in which rows are sought, also those in the middle of a path."""
    for one in reference.alternatives:
        yield one.entity
        for line in one.parts:
            if isinstance(line.source, Reference):
                yield from _tables(line.source)


def _awaited(leg: Bound, making: Sequence[Bound], waits: Waits) -> list[Bound]:
    """List the legs for which a leg waits, directly or through others."""
    found, new = list[Bound](), [leg]
    while new:
        one = new.pop()
        more = [other for other in making if other not in found and other is not one and waits(one, other)]
        found, new = found + more, new + more
    return found


def _check(leg: Bound, late: Late, problems: Problems) -> None:
    """Refuse what cannot be written after its row is made."""
    for arm in leg.leg.arms:
        numbered = any(isinstance(line.source, Numbers) for line in arm.key)
        for line in (*arm.key, *arm.fields):
            why = late.get((arm.number, line.target))
            column = arm.target.columns.get(line.target)
            if why is None or column is None or not (line in arm.key or column.required or numbered):
                continue
            reason = "stands in the key" if line in arm.key else "must have a value"
            reason = reason if line in arm.key or column.required else "belongs to rows whose key is drawn"
            hint = "refer by a column that may be null, or take a path or a lookup that does not lead there"
            problems.add("MAP_CYCLE", f"{why}, and it {reason}, so it cannot be filled later", line.span, hint)


def _split(leg: Leg, late: Late, bind: Bind) -> list[Bound]:
    first = tuple(replace(arm, fields=_lines(arm, late, waiting=False)) for arm in leg.arms)
    second = tuple(replace(arm, when=None, fields=_lines(arm, late, waiting=True)) for arm in leg.arms)
    return [bind(replace(leg, arms=first)), *(bind(_second(leg, arm, late)) for arm in second if arm.fields)]


def _lines(arm: LegArm, late: Late, *, waiting: bool) -> tuple[FieldMapping, ...]:
    return tuple(line for line in arm.fields if ((arm.number, line.target) in late) is waiting)


def _second(leg: Leg, arm: LegArm, late: Late) -> Leg:
    """The leg that fills the references of one target, in rows that the way out delivered there."""
    once = leg.allow.update is False
    fields = tuple(replace(line, write="create") if once else line for line in arm.fields)
    bare = replace(leg.map, requires=(), all_or_nothing=None, document=None, settle=(), on_leave="keep", absent="skip")
    return replace(
        leg,
        map=replace(bare, lookups=tuple(one for one in leg.map.lookups if one.name in _used(leg, arm))),
        arms=(replace(arm, number=0, fields=fields),),
        filter=None,
        allow=Permission(create=False, update=True if once else leg.allow.update),
        second="; ".join(late[arm.number, line.target] for line in arm.fields),
        nth=arm.number,
    )


def _used(leg: Leg, arm: LegArm) -> set[str]:
    """Name the lookups that lines speak of, and those that these speak of: all others would find faults twice."""
    texts = repr((arm.key, arm.fields, leg.company))
    used: set[str] = set()
    for lookup in reversed(leg.map.lookups):
        if re.search(rf"\b{re.escape(lookup.name)}\.", texts):
            used.add(lookup.name)
            texts += repr(lookup)
    return used
