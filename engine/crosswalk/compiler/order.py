"""Puts legs in the order they run: who writes a table comes before who reads it; ways back come after all ways out.

Why two rounds: a way back writes the table that its way out reads, so with all legs in one graph every map with a way back
would be a circle. A way back only adds to rows that exist, so it can always follow.
"""

from __future__ import annotations

from collections.abc import Sequence

from crosswalk.compiler.bound import Bound
from crosswalk.errors import Problems


def in_order(legs: Sequence[Bound]) -> list[Bound]:
    """Sort legs; `MapError` names the maps of a circle."""
    out = [leg for leg in legs if leg.leg.creates]
    back = [leg for leg in legs if not leg.leg.creates]
    return _sorted(out) + _sorted(back)


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
    reads = set(leg.reads)
    return [
        other
        for other in legs
        if other is not leg and (reads & set(other.writes) or other.leg.map.name in leg.leg.map.after)
    ]


def _circle(legs: list[Bound]) -> None:
    names = ", ".join(leg.leg.map.name for leg in legs)
    problems = Problems()
    message = f"these maps wait for each other: {names}"
    hint = "a map reads what another writes; take one of the lookups out, or split a map"
    problems.add("MAP_CYCLE", message, legs[0].leg.map.span, hint)
    problems.done()
