"""Tells a damage of a map that goes both ways once, though either leg finds it.

The way out and the way back look at the same pair of rows, each from its own end: a row that is missing on one side is
a row to be made in the eyes of one leg, and a row without origin in those of the other.
"""

from __future__ import annotations

from dataclasses import replace

from crosswalk.reconciling.discrepancies import Compared, Discrepancy


def told_once(legs: list[Compared]) -> list[Compared]:
    """Leave out of each leg what the other leg of its map tells better."""
    outs = {leg.map_name: leg for leg in legs if leg.leg == leg.map_name}
    backs = {leg.map_name: leg for leg in legs if leg.leg == f"{leg.map_name}:back"}
    return [_without(leg, outs.get(leg.map_name), backs.get(leg.map_name)) for leg in legs]


def _without(leg: Compared, out: Compared | None, back: Compared | None) -> Compared:
    if out is None or back is None:
        return leg
    if leg is back:
        pairs = {(one.target_key, one.key) for one in out.found if one.kind in ("missing right", "rejected")}
        made = {one.target_key for one in out.found if one.kind == "missing left" and one.key}
        return replace(leg, found=tuple(one for one in leg.found if not _told(one, pairs, made)))
    if leg is out:
        coming = back.blocked | {one.key for one in back.found if one.kind == "missing right"}
        return replace(leg, found=tuple(one for one in leg.found if not _comes(one, coming)))
    return leg


def _told(one: Discrepancy, pairs: set[tuple[str, str]], made: set[str]) -> bool:
    """Say whether the way out tells it: the row that it makes again, the conflict, the row whose source is gone."""
    if one.kind in ("missing left", "rejected"):
        return (one.key, one.target_key) in pairs
    return one.kind == "missing right" and one.key in made


def _comes(one: Discrepancy, coming: frozenset[str] | set[str]) -> bool:
    """Say whether a row that no map made is one that the way back is about to take over."""
    return one.kind == "missing left" and not one.key and one.target_key in coming
