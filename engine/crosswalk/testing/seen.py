"""Reads what a run did: rows of a table made, changed or removed since it was last looked at, and the judged rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from crosswalk.contracts import Backend
from crosswalk.model import Entity
from crosswalk.plan import Plan, Reason, Shape
from crosswalk.sql import name, table
from crosswalk.testing.outcome import JudgedRow, Row
from crosswalk.unit_tests import CellValue

Key = tuple[CellValue, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """What became of the rows of one table: the new ones, the changed ones before and after, the removed ones."""

    made: list[Row] = field(default_factory=list)
    changed: list[tuple[Row, Row]] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)


def rows_of(entity: Entity, backend: Backend) -> list[Row]:
    """Read a table."""
    columns = list(entity.columns)
    listed = ", ".join(name(column).text for column in columns)
    found = backend.rows(" ".join(["SELECT", listed, "FROM", table(entity.ref).text]))
    return [dict(zip(columns, row, strict=True)) for row in found]  # type: ignore[arg-type]


def effects(entity: Entity, before: list[Row], after: list[Row]) -> Effects:
    """Compare a table with what it was, row by row; what the system keeps by itself is no change."""
    found = Effects()
    earlier, later = _by_key(entity, before), _by_key(entity, after)
    for key in dict.fromkeys([*earlier, *later]):
        _compare(entity, earlier.get(key, []), later.get(key, []), found)
    return found


def _by_key(entity: Entity, rows: Iterable[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in entity.key), []).append(row)
    return found


def _compare(entity: Entity, before: list[Row], after: list[Row], found: Effects) -> None:
    """Compare the rows of one key: those that are the same on both sides are paired first."""
    kept = (entity.modified, entity.row_version)
    old = [row for row in before if not any(_same(row, other, kept) for other in after)]
    new = [row for row in after if not any(_same(row, other, kept) for other in before)]
    found.changed.extend(zip(old, new, strict=False))
    found.made.extend(new[len(old) :])
    found.removed.extend(old[len(new) :])
    surplus = len(after) - len(before) - (len(new) - len(old))
    found.made.extend(after[:surplus] if surplus > 0 else [])
    found.removed.extend(before[:-surplus] if surplus < 0 else [])


def _same(row: Row, other: Row, kept: tuple[str | None, ...]) -> bool:
    return all(other[column] == value for column, value in row.items() if column not in kept)


def judged_rows(plan: Plan, backend: Backend, marks: tuple[str, ...]) -> tuple[JudgedRow, ...]:
    """Read the source rows as the run judged them, each once."""
    reasons = {r.number: r for step in plan.steps if isinstance(step, Shape) for r in step.reasons}
    listed = ", ".join(name(column).text for column in ("#key", "#fate", "#reason", "#value", *marks))
    found = backend.rows(" ".join(["SELECT", listed, 'FROM shaped ORDER BY "#key"']))
    return tuple(_judged(row, reasons, marks) for row in found)


def _judged(row: tuple[object, ...], reasons: dict[int, Reason], marks: tuple[str, ...]) -> JudgedRow:
    key, fate, number, value, *rest = row
    reason = None if number is None else reasons.get(int(str(number)))
    return JudgedRow(
        str(key), str(fate), reason, None if value is None else str(value), dict(zip(marks, rest, strict=True))
    )
