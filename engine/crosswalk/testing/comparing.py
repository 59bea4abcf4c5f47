"""Lays what a run did beside what a test expects: differences by key and column, strict about what is not named.

Every fate that occurs must be expected, by its rows or by their number. Of an expected row only the named columns are
compared. An expectation without tables speaks of the target alone; one that names tables speaks of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from crosswalk.model import Entity
from crosswalk.testing.outcome import Difference, JudgedRow, Row
from crosswalk.testing.seen import Effects
from crosswalk.unit_tests import (
    CellValue,
    Effect,
    ExpectedEffect,
    ExpectedFate,
    Fate,
    Judged,
    Step,
    TypedCell,
    TypedRow,
)

_FATES: Mapping[str, Fate] = {
    "unchanged": "unchanged",
    "filtered": "filtered",
    "held": "held",
    "rejected": "reject",
    "superseded": "superseded",
}


@dataclass(frozen=True, slots=True)
class Written:
    """The tables of a leg: its targets, all that it writes with the headers of documents, and its source."""

    targets: frozenset[str]
    all: tuple[str, ...]
    source: str


@dataclass(slots=True)
class Comparison:
    """One step of a test being compared. `names` gives guids the short names that the author chose."""

    step: Step
    entities: Mapping[str, Entity]
    names: Mapping[str, str]
    differences: list[Difference] = field(default_factory=list)
    cells: list[tuple[ExpectedEffect, TypedCell]] = field(default_factory=list)
    reasons: list[tuple[Judged, JudgedRow]] = field(default_factory=list)

    def effects(self, seen: Mapping[str, Effects], written: Written) -> None:
        """Compare rows made, changed and removed; changes of the source are a matter of ``settle``."""
        kinds: tuple[Effect, ...] = ("insert", "update", "delete")
        for kind in kinds:
            expected = {one.table: one for one in self.step.effects if one.effect == kind}
            everywhere = not expected or any(one.whole for one in expected.values())
            strict = written.all if everywhere else written.targets
            for table in dict.fromkeys([*expected, *strict]):
                self._table(kind, table, expected.get(table), _of(seen[table], kind))
        for one in self.step.effects:
            if one.effect == "settle":
                self._table("settle", one.table, one, _of(seen.get(written.source, Effects()), "update"))

    def _table(self, kind: Effect, table: str, expected: ExpectedEffect | None, found: list[tuple[Row, Row]]) -> None:
        outcome = f"{kind} {table}"
        rows = expected.rows if expected is not None else ()
        count = expected.count if expected is not None else 0
        left = list(found)
        for row in rows:
            self._row(outcome, expected, row, left)
        if expected is not None and not rows and count:
            if count != len(found):
                self._add("count", outcome, "", (str(count), str(len(found))))
            return
        for _, after in left:
            self._add("unexpected", outcome, self._key(table, after), ("", ""))

    def _row(self, outcome: str, expected: ExpectedEffect | None, row: TypedRow, left: list[tuple[Row, Row]]) -> None:
        assert expected is not None
        entity = self.entities[expected.table]
        named = [cell for cell in row.cells if cell.column in entity.key]
        near = [pair for pair in left if all(pair[1][cell.column] == cell.value for cell in named)]
        if not near:
            key = "|".join(cell.written for cell in named)
            self.differences.append(Difference("missing", outcome, key, "", "", "", row.span))
            return
        best = min(near, key=lambda pair: sum(pair[1][cell.column] != cell.value for cell in row.cells))
        left.remove(best)
        for cell in row.cells:
            self._cell(outcome, expected, cell, best)

    def _cell(self, outcome: str, expected: ExpectedEffect, cell: TypedCell, pair: tuple[Row, Row]) -> None:
        before, after = pair
        got = after[cell.column]
        if got == cell.value:
            if expected.effect not in ("update", "settle") or before[cell.column] != got:
                self.cells.append((expected, cell))
            return
        key = self._key(expected.table, after)
        shown = (self._shown(cell.value), self._shown(got))
        self.differences.append(Difference("cell", outcome, key, cell.column, *shown, cell.span))

    def fates(self, rows: tuple[JudgedRow, ...]) -> None:
        """Compare the fates of the source rows."""
        by_fate: dict[str, dict[str, JudgedRow]] = {}
        for row in rows:
            if row.fate in _FATES:
                by_fate.setdefault(_FATES[row.fate], {}).setdefault(row.key, row)
        expected = {one.fate: one for one in self.step.fates}
        everywhere = {row.key: row for row in rows}
        for fate in _FATES.values():
            self._fate(fate, expected.get(fate), by_fate.get(fate, {}), everywhere)

    def _fate(
        self,
        fate: Fate,
        expected: ExpectedFate | None,
        found: dict[str, JudgedRow],
        everywhere: Mapping[str, JudgedRow],
    ) -> None:
        left = dict(found)
        for one in expected.rows if expected is not None else ():
            key = self._meant(one, everywhere)
            row = left.pop(key, None)
            if row is None:
                self._absent(fate, one, everywhere.get(key))
            elif self._reason(fate, one, row):
                self.reasons.append((one, row))
        if expected is not None and not expected.rows and expected.count:
            if expected.count != len(found):
                self._add("count", fate, "", (str(expected.count), str(len(found))))
            return
        for row in left.values():
            self._unexpected(fate, row)

    def _meant(self, one: Judged, everywhere: Mapping[str, JudgedRow]) -> str:
        """Find the key that a test means: as the ledger writes it, or with the short names of guids in it."""
        if one.key in everywhere:
            return one.key
        return next((key for key in everywhere if self._shown_key(key) == one.written), one.key)

    def _absent(self, fate: Fate, one: Judged, row: JudgedRow | None) -> None:
        got = "no such row" if row is None else f"{row.fate} {_words(row)}".strip()
        reason = None if row is None else row.reason
        self.differences.append(Difference("missing", fate, one.written, "", fate, got, one.span, reason))

    def _unexpected(self, fate: Fate, row: JudgedRow) -> None:
        key = self._shown_key(row.key)
        difference = Difference("unexpected", fate, key, "", "", _words(row), self.step.span, row.reason)
        self.differences.append(difference)

    def _reason(self, fate: Fate, one: Judged, row: JudgedRow) -> bool:
        """Compare what is said of a reason; only what the author named."""
        reason = row.reason
        got = {
            "code": reason.code if reason else "",
            "column": reason.column if reason else "",
            "value": row.value,
        }
        wrong = [
            Difference("cell", fate, one.written, name, str(wanted), str(got[name]), one.span, reason)
            for name, wanted in (("code", one.code), ("column", one.column), ("value", one.value))
            if wanted is not None and wanted != got[name]
        ]
        self.differences.extend(wrong)
        return not wrong

    def _add(self, kind: str, outcome: str, key: str, shown: tuple[str, str]) -> None:
        match kind:
            case "count":
                self.differences.append(Difference("count", outcome, key, "", *shown, self.step.span))
            case _:
                self.differences.append(Difference("unexpected", outcome, key, "", *shown, self.step.span))

    def _key(self, table: str, row: Row) -> str:
        return "|".join(self._shown(row[column]) for column in self.entities[table].key)

    def _shown(self, value: CellValue) -> str:
        match value:
            case None:
                return "null"
            case bool():
                return "true" if value else "false"
            case _:
                return self.names.get(str(value), str(value))

    def _shown_key(self, key: str) -> str:
        return "|".join(self.names.get(part, part) for part in key.split("|"))


def _of(found: Effects, kind: Effect) -> list[tuple[Row, Row]]:
    match kind:
        case "insert":
            return [({}, row) for row in found.made]
        case "delete":
            return [(row, row) for row in found.removed]
        case _:
            return found.changed


def _words(row: JudgedRow) -> str:
    return f"{row.reason.code} {row.reason.column}".strip() if row.reason else ""


def no_such_leg(step: Step) -> Difference:
    """Say that the map has no such way."""
    return Difference("stop", "leg", "", "", step.leg, "the map has no such way", step.span)


def unexpected_stop(step: Step, got: str) -> Iterator[Difference]:
    """Compare the guard that stopped the run with the one that the test names."""
    if step.stop is not None and step.stop != got:
        yield Difference("stop", "stop", "", "", step.stop, got or "no guard stops the run", step.span)
