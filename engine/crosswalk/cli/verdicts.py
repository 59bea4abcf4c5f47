"""Writes the outcome of unit tests: what failed cell by cell, where it stands, and the line of the map that decided.

::

    FAIL  orders  an unknown currency is rejected   maps/orders.test.yaml:12
      insert books.SalesOrders
        INV-1  Amount    expected 12.00  got 12.50     maps/orders.test.yaml:20
        INV-2  is missing                              maps/orders.test.yaml:21
      reject
        INV-3  was not expected: LOOKUP_MISSING Currency, decided in maps/orders.map.yaml:17
    orders         11 of 12 passed   41 of 43 covered
      maps/orders.map.yaml:9   filter false
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.cli.finding import ROOT_FILE, shown_path
from crosswalk.cli.screen import Line
from crosswalk.errors import Span

if TYPE_CHECKING:
    from crosswalk.api import Coverage, Difference, TestOutcome, TestReport

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A report to be written; files are named as seen from the current folder."""

    report: TestReport
    folder: Path
    coverage: bool
    fail_under: float

    def lines(self, *, whole: bool) -> Iterator[Line]:
        """Write the failed tests in full and one line for each map; `whole` names the passed ones too."""
        for outcome in self.report.outcomes:
            if not outcome.passed:
                yield from self._failed(outcome)
            elif whole:
                yield Line(f"ok    {outcome.test.map_name}  {outcome.test.name}")
        width = max((len(one.map_name) for one in self.report.coverage), default=0)
        for one in self.report.coverage:
            yield from self._map(one, width)

    def _map(self, coverage: Coverage, width: int) -> Iterator[Line]:
        tests = [one for one in self.report.outcomes if one.test.map_name == coverage.map_name]
        passed = sum(outcome.passed for outcome in tests)
        counted = f"{passed:>4} of {len(tests)} passed"
        if self.coverage:
            counted += f"   {coverage.reached:>4} of {len(coverage.points)} covered, {_percent(coverage.percent)}"
        good = passed == len(tests) and (not self.coverage or not coverage.missed)
        yield Line(f"{coverage.map_name:<{width}}  {counted}", "" if good else "yellow")
        missed = coverage.missed if self.coverage else ()
        for point in missed[:_SHOWN]:
            way = "" if point.leg == "out" else f" ({point.leg})"
            yield Line(f"  {self.place(point.span)}  {point.kind} {point.what}{way}")
        if len(missed) > _SHOWN:
            yield Line(f"  ... and {len(missed) - _SHOWN:,} more")

    def _failed(self, outcome: TestOutcome) -> Iterator[Line]:
        test = outcome.test
        yield Line(f"FAIL  {test.map_name}  {test.name}   {self.place(test.span)}", "bold red")
        for name, group in groupby(outcome.differences, key=lambda difference: difference.outcome):
            found = list(group)
            yield Line(f"  {name}")
            width = max(len(one.key) for one in found)
            across = max(len(one.column) for one in found)
            for one in found:
                yield Line(f"    {one.key:<{width}}  {self.said(one, across)}".rstrip())

    def said(self, one: Difference, across: int = 0) -> str:
        """Say one difference in a sentence, with the place that it is about."""
        decided = f", decided in {self.place(one.reason.span)}" if one.reason else ""
        match one.kind:
            case "cell":
                words = f"{one.column:<{across}}  expected {one.expected}  got {one.got}{decided}"
            case "missing":
                words = f"is missing{f': it is {one.got}' if one.got else ''}{decided}"
            case "unexpected":
                words = f"was not expected{f': {one.got}' if one.got else ''}{decided}"
            case _:
                words = f"expected {one.expected}  got {one.got}"
        return f"{words}   {self.place(one.place)}"

    def place(self, span: Span) -> str:
        """Name a place by the path that a terminal can open."""
        root = self.folder.parent if self.folder.name == ROOT_FILE else self.folder
        return f"{shown_path(root / span.file)}:{span.line}"

    def last_line(self) -> str:
        """Say the end in words."""
        outcomes = self.report.outcomes
        failed = sum(not outcome.passed for outcome in outcomes)
        count = f"{len(outcomes):,} test{'s' * (len(outcomes) != 1)}"
        words = [f"{count}, {failed:,} failed" if failed else f"{count} passed"]
        points = sum(len(one.points) for one in self.report.coverage)
        missed = sum(len(one.missed) for one in self.report.coverage)
        if self.coverage:
            words.append(f"{_percent(100 * (points - missed) / points if points else 100)} covered")
        low = [one.map_name for one in self.report.coverage if one.percent < self.fail_under]
        if low:
            words.append(f"below {_percent(self.fail_under)}: {', '.join(low)}")
        words.append(f"{self.report.seconds:.1f} s")
        return "; ".join(words)

    def as_json(self, code: int) -> dict[str, object]:
        """Write the report for machines."""
        tests = [self._outcome_as_json(outcome) for outcome in self.report.outcomes]
        covered = [self._coverage_as_json(one) for one in self.report.coverage] if self.coverage else []
        return {"tests": tests, "coverage": covered, "exit": code}

    def _outcome_as_json(self, outcome: TestOutcome) -> dict[str, object]:
        test = outcome.test
        head = {"map": test.map_name, "name": test.name, "place": self.place(test.span), "passed": outcome.passed}
        differences = [self._difference_as_json(one) for one in outcome.differences]
        return {**head, "seconds": round(outcome.seconds, 6), "differences": differences}

    def _difference_as_json(self, one: Difference) -> dict[str, object]:
        decided = None if one.reason is None else {"code": one.reason.code, "place": self.place(one.reason.span)}
        cell = {"key": one.key, "column": one.column, "expected": one.expected, "got": one.got}
        return {"kind": one.kind, "outcome": one.outcome, **cell, "place": self.place(one.place), "decided": decided}

    def _coverage_as_json(self, one: Coverage) -> dict[str, object]:
        missed = [
            {"place": self.place(point.span), "kind": point.kind, "what": point.what, "leg": point.leg}
            for point in one.missed
        ]
        counted = {"points": len(one.points), "reached": one.reached, "percent": round(one.percent, 1)}
        return {"map": one.map_name, **counted, "missed": missed}


def _percent(value: float) -> str:
    """Write a share; one that is not whole is never shown as 100%."""
    return f"{int(value)}%"
