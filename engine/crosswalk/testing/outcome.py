"""What a unit test came to, as values: differences cell by cell, and what the test has reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from crosswalk.errors import Span
from crosswalk.plan import Reason
from crosswalk.unit_tests import CellValue, ExpectedEffect, Judged, TypedCell, UnitTest


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected. `kind` says what: a cell, a row or a number.

    `outcome` names the expectation (``insert shop.orders``), `reason` the line of the map that decided about the row.
    """

    kind: Literal["cell", "missing", "unexpected", "count", "stop"]
    outcome: str
    key: str
    column: str
    expected: str
    got: str
    place: Span
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Asserted:
    """What a test has shown: cells of written rows that are as expected, and reasons that are."""

    leg: str
    cells: tuple[tuple[ExpectedEffect, TypedCell], ...] = ()
    reasons: tuple[tuple[Judged, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A source row as the run judged it. `marks` holds what else is known of it, by the name of the column."""

    key: str
    fate: str
    reason: Reason | None
    value: str | None
    marks: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One test that was run. `asserted` and `judged` are what coverage is counted from, one of each for a step."""

    __test__ = False

    test: UnitTest
    differences: tuple[Difference, ...]
    asserted: tuple[Asserted, ...]
    judged: tuple[tuple[JudgedRow, ...], ...]
    seconds: float

    @property
    def passed(self) -> bool:
        return not self.differences


Row = dict[str, CellValue]
