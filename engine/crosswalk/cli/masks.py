"""Hides personal values: what a column marked ``pii`` holds is shown as three stars, in text, JSON and exports."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from crosswalk.model import Path, TableMap
from crosswalk.results import Change, LegResult, Reject, RunResult

if TYPE_CHECKING:
    from crosswalk.api import Loaded

STARS = "***"


@dataclass(frozen=True, slots=True)
class Masks:
    """The personal columns of a project: by table, of every leg's source, and those of a map that either side changes.

    The value of a conflict names its columns and holds what stands on both sides, of which the reject has one row only.
    """

    tables: Mapping[str, frozenset[str]]
    sources: Mapping[tuple[str, str], str]
    disputed: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def reject(self, reject: Reject) -> Reject:
        """Hide the personal values of the source row, also where one of them is the offending value."""
        hidden = self.tables.get(self.sources.get((reject.map_name, reject.leg), ""), frozenset())
        whole = reject.rows or (reject.row,)
        secret = {row[column] for row in whole for column in hidden if row.get(column) is not None}
        masked = tuple({column: STARS if value in secret else value for column, value in row.items()} for row in whole)
        value = STARS if self._personal(reject, secret) else reject.value
        return replace(reject, row=masked[0], rows=masked if reject.rows else (), value=value)

    def _personal(self, reject: Reject, secret: Collection[str | None]) -> bool:
        if not reject.value:
            return False
        named = self.disputed.get(reject.map_name, frozenset()) if reject.code == "CONFLICT_STALE" else ()
        return any(one and one in reject.value for one in (*secret, *named))

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
    sources = {(leg.map_name, leg.bound.leg.label): str(leg.bound.leg.source.ref) for leg in loaded.legs}
    sources |= {(f"read {table}", "out"): table for table in tables}
    return Masks(tables, sources, {one.name: _disputed(one, tables) for one in maps})


def _disputed(table_map: TableMap, tables: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Name the columns of the target that are personal there, or are filled from a personal column."""
    source = tables.get(str(table_map.source), frozenset())
    target = frozenset(column for arm in table_map.arms for column in tables.get(str(arm.target), frozenset()))
    filled = {
        line.target.partition(".")[0]
        for line in (*table_map.both, *table_map.fields)
        if isinstance(line.source, Path) and line.source.parts[0] in source
    }
    return target | filled
