"""Hides personal values: what a column marked ``pii`` holds is shown as three stars, in text, JSON and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crosswalk.results import Change, LegResult, Reject, RunResult

if TYPE_CHECKING:
    from crosswalk.api import Loaded

STARS = "***"


@dataclass(frozen=True, slots=True)
class Masks:
    """The personal columns of a project: by table, and of every leg's source."""

    tables: Mapping[str, frozenset[str]]
    sources: Mapping[tuple[str, str], str]

    def reject(self, reject: Reject) -> Reject:
        """Hide the personal values of the source row, also where one of them is the offending value."""
        hidden = self.tables.get(self.sources.get((reject.map_name, reject.leg), ""), frozenset())
        whole = reject.rows or (reject.row,)
        secret = {row[column] for row in whole for column in hidden if row.get(column) is not None}
        masked = tuple({column: STARS if value in secret else value for column, value in row.items()} for row in whole)
        value = STARS if reject.value in secret else reject.value
        return replace(reject, row=masked[0], rows=masked if reject.rows else (), value=value)

    def change(self, change: Change) -> Change:
        """Hide the cells of personal columns of the target."""
        hidden = self.tables.get(change.target, frozenset())
        return replace(change, cells={c: (STARS, STARS) if c in hidden else cell for c, cell in change.cells.items()})

    def result(self, result: RunResult) -> RunResult:
        """Hide what a result shows of personal cells."""
        return replace(result, legs=tuple(self._leg(leg) for leg in result.legs))

    def _leg(self, leg: LegResult) -> LegResult:
        return replace(leg, changes=tuple(self.change(change) for change in leg.changes))


def masks_of(loaded: Loaded) -> Masks:
    """Gather the personal columns of a project."""
    entities = loaded.project.entities.values()
    tables = {str(e.ref): frozenset(c.name for c in e.columns.values() if c.pii) for e in entities}
    maps = loaded.project.maps.values()
    out = {(one.name, "out"): str(one.source) for one in maps}
    back = {(one.name, "back"): str(one.arms[0].target) for one in maps if one.arms}
    return Masks(tables, {**out, **back})
