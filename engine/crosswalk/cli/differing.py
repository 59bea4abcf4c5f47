"""Shows what a comparison of both sides found: a table with a line for each cell, JSON, or CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from crosswalk.cli.blocks import number_of, rows, shorten
from crosswalk.cli.masks import Masks
from crosswalk.cli.screen import Grid, Line
from crosswalk.cli.session import Session
from crosswalk.results import Change

if TYPE_CHECKING:
    from crosswalk.api import Discrepancy, Reconciled

COLUMNS = ("leg", "kind", "key", "table", "target key", "column", "there", "should be", "what", "repair")
_SHOWN = 100
"""So many lines stand on the screen; a file holds all."""


def masked(found: Sequence[Discrepancy], masks: Masks) -> list[Discrepancy]:
    """Hide the cells of personal columns."""
    return [replace(one, cells=masks.change(_as_change(one)).cells) for one in found]


def _as_change(one: Discrepancy) -> Change:
    return Change(one.key, one.target, one.target_key, "", one.cells)


def grid_of(found: Sequence[Discrepancy], most: int | None = None) -> Grid:
    """Write a line for each cell that differs, and one for what has no cells; `most` shortens for the screen."""
    lines = [line for one in found for line in _lines(one, short=most is not None)]
    return Grid(COLUMNS, lines[:most])


def _lines(one: Discrepancy, *, short: bool) -> Iterator[Sequence[object]]:
    what = "  ".join(part for part in (one.code, one.note) if part)
    head, tail = (one.leg, one.kind, one.key, one.target, one.target_key), (what, "yes" if one.mends else "no")
    if not one.cells:
        yield (*head, "", "", "", *tail)
    for column, (old, new) in one.cells.items():
        cells = (shorten(old), shorten(new)) if short else (old, new)
        yield (*head, column, *cells, *tail)


def show(session: Session, told: Reconciled, found: Sequence[Discrepancy]) -> None:
    """Write what was found on the screen, and in the last line what it comes to."""
    screen = session.screen
    if not found:
        legs = number_of(len(told.legs), "leg")
        screen.lines([Line(f"{rows(sum(leg.judged for leg in told.legs))} of {legs} compared: no difference", "bold")])
        return
    grid = grid_of(found, _SHOWN)
    screen.grid(grid)
    if len(grid.rows) == _SHOWN:
        screen.lines([Line("  only the first of them are shown; --export <file> writes all", "dim")])
    kinds = Counter(one.kind for one in found)
    screen.lines([Line(", ".join(f"{count:,} {kind}" for kind, count in kinds.items()), "bold")])


def as_json(told: Reconciled, found: Sequence[Discrepancy]) -> dict[str, object]:
    """Write what was found for machines."""
    legs = [{"leg": leg.leg, "rows": leg.judged, "found": len(leg.found)} for leg in told.legs]
    return {"legs": legs, "found": [asdict(one) for one in found]}
