"""Tells a damage once, though several legs find it.

The way out and the way back of a map look at the same pair of rows, each from its own end: a row that is missing on one
side is a row to be made in the eyes of one leg, and a row without origin in those of the other. And a leg that reads
what an earlier leg puts right meets rows with a new version, which are no damage of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from crosswalk.reconciling.discrepancies import Compared, Discrepancy


def told_once(legs: Sequence[Compared]) -> list[Compared]:
    """Leave out of each leg what another one tells better; legs stand in the order in which they were compared."""
    outs = {leg.map_name: leg for leg in legs if leg.leg == leg.map_name}
    backs = {leg.map_name: leg for leg in legs if leg.leg == f"{leg.map_name}:back"}
    found: list[Compared] = []
    renewed: set[tuple[str, str]] = set()
    for leg in legs:
        kept = _without(leg, outs.get(leg.map_name), backs.get(leg.map_name))
        found.append(replace(kept, found=tuple(one for one in kept.found if not _renewed(one, leg, renewed))))
        renewed |= {place for one in leg.found if one.mends for place in _places(one, leg)}
    return found


def _places(one: Discrepancy, leg: Compared) -> tuple[tuple[str, str], ...]:
    """The rows that a repair of this one may write: its target row, and the mark in its source row."""
    return ((one.target, one.target_key), (leg.source, one.key))


def _renewed(one: Discrepancy, leg: Compared, renewed: set[tuple[str, str]]) -> bool:
    return one.kind == "ledger" and (leg.source, one.key) in renewed


def _without(leg: Compared, out: Compared | None, back: Compared | None) -> Compared:
    if out is None or back is None:
        return leg
    if leg is back:
        pairs = {one.target_key for one in out.found if one.kind in _BLOCKED or one.kind == "missing right"}
        gone = {one.target_key for one in out.found if one.kind == "missing left" and one.key}
        return replace(leg, found=tuple(one for one in leg.found if not _told(one, pairs, gone)))
    if leg is out:
        coming = back.blocked | {one.key for one in back.found if one.kind == "missing right"}
        return replace(leg, found=tuple(one for one in leg.found if not _comes(one, coming)))
    return leg


_BLOCKED = ("held", "rejected")


def _told(one: Discrepancy, pairs: set[str], gone: set[str]) -> bool:
    """Say whether the way out tells it: a row that it makes again, a conflict, a row whose source row is gone."""
    if one.kind == "missing left":
        return one.key in pairs
    if one.kind in _BLOCKED:
        return one.key in pairs or one.key in gone
    return one.kind == "missing right" and one.key in gone


def _comes(one: Discrepancy, coming: frozenset[str] | set[str]) -> bool:
    """Say whether a row that no map made is one that the way back is about to take over."""
    return one.kind == "missing left" and not one.key and one.target_key in coming
