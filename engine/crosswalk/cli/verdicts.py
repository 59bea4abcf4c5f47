"""Writes the outcome of unit tests: what failed cell by cell, with the place of the test and the line that decided.

::

    orders  an unknown currency is rejected   maps/orders.test.yaml:12
      insert books.SalesOrders
        INV-1  Amount    expected 12.00  got 12.50     maps/orders.test.yaml:20
        INV-2  is missing
      reject
        INV-3  was not expected: LOOKUP_MISSING Currency, decided in maps/orders.map.yaml:17
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from crosswalk.cli.screen import Line

if TYPE_CHECKING:
    from crosswalk.api import Difference, TestOutcome


def verdicts(outcomes: Sequence[TestOutcome], *, whole: bool) -> Iterator[Line]:
    """Write the failed tests in full, and one line for each map."""
    for outcome in outcomes:
        if not outcome.passed:
            yield from _failed(outcome)
        elif whole:
            yield Line(f"ok    {outcome.test.map_name}  {outcome.test.name}")
    for name, group in groupby(outcomes, key=lambda outcome: outcome.test.map_name):
        tests = list(group)
        passed = sum(outcome.passed for outcome in tests)
        style = "" if passed == len(tests) else "red"
        yield Line(f"{name:<32} {passed:>4} of {len(tests)} passed", style)


def _failed(outcome: TestOutcome) -> Iterator[Line]:
    test = outcome.test
    yield Line(f"FAIL  {test.map_name}  {test.name}   {test.span.file}:{test.span.line}", "bold red")
    for name, group in groupby(outcome.differences, key=lambda difference: difference.outcome):
        found = list(group)
        yield Line(f"  {name}")
        width = max(len(one.key) for one in found)
        across = max(len(one.column) for one in found)
        for one in found:
            yield Line(f"    {one.key:<{width}}  {said(one, across)}".rstrip())


def said(one: Difference, across: int = 0) -> str:
    """Say one difference in a sentence, with the place that it is about."""
    place = f"{one.place.file}:{one.place.line}"
    decided = f", decided in {one.reason.span.file}:{one.reason.span.line}" if one.reason else ""
    match one.kind:
        case "cell":
            return f"{one.column:<{across}}  expected {one.expected}  got {one.got}   {place}{decided}"
        case "missing":
            return f"is missing{f': it is {one.got}' if one.got else ''}{decided}   {place}"
        case "unexpected":
            return f"was not expected{f': {one.got}' if one.got else ''}{decided}   {place}"
        case _:
            return f"expected {one.expected}  got {one.got}   {place}"


def last_line(outcomes: Sequence[TestOutcome]) -> str:
    """Say the end in words."""
    failed = sum(not outcome.passed for outcome in outcomes)
    count = f"{len(outcomes):,} test{'s' * (len(outcomes) != 1)}"
    seconds = sum(outcome.seconds for outcome in outcomes)
    return f"{count}: {failed:,} failed; {seconds:.1f} s" if failed else f"{count} passed; {seconds:.1f} s"


def as_json(outcomes: Sequence[TestOutcome], code: int) -> dict[str, object]:
    """Write the outcome for machines."""
    return {"tests": [_as_json(outcome) for outcome in outcomes], "exit": code}


def _as_json(outcome: TestOutcome) -> dict[str, object]:
    test = outcome.test
    place = {"file": test.span.file, "line": test.span.line}
    differences = [_difference(one) for one in outcome.differences]
    head = {"map": test.map_name, "name": test.name, **place, "passed": outcome.passed}
    return {**head, "seconds": round(outcome.seconds, 6), "differences": differences}


def _difference(one: Difference) -> dict[str, object]:
    decided = None if one.reason is None else {"code": one.reason.code, "place": str(one.reason.span)}
    return {
        "kind": one.kind,
        "outcome": one.outcome,
        "key": one.key,
        "column": one.column,
        "expected": one.expected,
        "got": one.got,
        "file": one.place.file,
        "line": one.place.line,
        "decided": decided,
    }
