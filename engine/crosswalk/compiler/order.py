"""Puts legs in the order they run: who writes a table comes before who reads it; ways back come after all ways out.

Why in rounds: a way back writes the table that its way out reads, so with all legs in one graph every map with a way
back would be a circle. A way back only adds to rows that exist, so it can always follow. Second passes stand between:
they refer to each other's tables as they like, for by then all rows are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from crosswalk.compiler.bound import Bound
from crosswalk.errors import Problems


def in_order(legs: Sequence[Bound]) -> list[Bound]:
    """Sort legs; `MapError` names the maps of a circle."""
    second = [leg for leg in legs if leg.leg.second]
    back = [leg for leg in legs if leg not in second and (leg.leg.name == "back" or not leg.leg.creates)]
    return _sorted([leg for leg in legs if leg not in back and leg not in second]) + second + _sorted(back)


def _sorted(legs: list[Bound]) -> list[Bound]:
    waiting = {id(leg): _before(leg, legs) for leg in legs}
    done: list[Bound] = []
    while len(done) < len(legs):
        ready = [leg for leg in legs if leg not in done and all(other in done for other in waiting[id(leg)])]
        if not ready:
            _circle([leg for leg in legs if leg not in done])
        done.append(ready[0])
    return done


def _before(leg: Bound, legs: list[Bound]) -> list[Bound]:
    """List the legs that must run first: those that write what this one reads, and those it names in `after`."""
    return [other for other in legs if other is not leg and why_waits(leg, other)]


def why_waits(leg: Bound, other: Bound) -> str:
    """Say why a leg waits for another; nothing where it does not."""
    if other.leg.map.name in leg.leg.map.after:
        return f"comes after '{other.leg.map.name}'"
    read = sorted(str(ref) for ref in set(leg.reads) & set(other.writes))
    return f"reads {read[0]}, which '{other.leg.map.name}' writes" if read else ""


def _circle(legs: list[Bound]) -> None:
    """Name one circle among legs that all wait, each with the reason why it waits for the next."""
    way = [legs[0]]
    while way[-1] not in way[:-1]:
        way.append(_before(way[-1], legs)[0])
    way = way[way.index(way[-1]) :]
    problems = Problems()
    steps = [f"'{one.leg.map.name}' {why_waits(one, other)}" for one, other in pairwise(way)]
    hint = "take one of these out: a name in after, a lookup, or a part of the map"
    message = f"maps wait for each other: {'; '.join(steps)}"
    problems.add("MAP_CYCLE", message, way[0].leg.map.span, hint)
    problems.done()
