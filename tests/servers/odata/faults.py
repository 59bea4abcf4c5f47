"""Network faults as values, and the table of all of them that every reader and writer is tried against.

    gate.script(Fault("cut", at=2, method="GET", path="/accounts"))

The n-th request that fits meets the fault. `TABLE` says of each kind whether it concerns reading or writing and what is
on the server afterwards, so that one test can be run over kind, position and direction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tests.servers.odata.wire import Request

Kind = Literal[
    "refused",
    "silent",
    "silent after",
    "lost",
    "cut",
    "batch cut",
    "partial batch",
    "status",
    "row",
    "html",
    "truncated",
    "redirect",
    "page twice",
    "pages reordered",
    "page loop",
]
Direction = Literal["read", "write"]
Position = Literal["first", "middle", "last"]
Landed = Literal["none", "all", "half", "but one"]
"""What of the request that met the fault is on the server: nothing, all of it, the first half of a batch, all but one
row of a batch (all but one changeset, where it has some). Of a request that is no batch, "half" and "but one" are nothing.
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that the requests number `at` to ``at + times - 1`` meet, counted from 1 among those that fit `method`
    and `path`, a pattern sought in path and query.

    `status` belongs to ``status`` and ``row``; `reached` says that the request went through to the server before the
    answer was replaced; `retry_after` is written on the answer, in seconds or as a date; `part` is the row of a batch
    that fails, counted from 1, 0 for the middle one; `seconds` is how long a refusal or a silence lasts at most.

    A refusal starts when the request before has been answered, at once for the first, and holds for every request: who
    does not connect within `seconds` does not meet it.
    """

    kind: Kind
    at: int = 1
    times: int = 1
    method: str = ""
    path: str = ""
    status: int = 0
    reached: bool = False
    retry_after: float | None = None
    form: Literal["seconds", "date"] = "seconds"
    part: int = 0
    seconds: float = 30.0

    def fits(self, request: Request) -> bool:
        return (not self.method or request.method == self.method) and bool(re.search(self.path, request.target))


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the fault table. `ends` says that no try helps: the run must stop and say why."""

    name: str
    fault: Fault
    directions: tuple[Direction, ...] = ("read", "write")
    landed: Landed = "none"
    ends: bool = False


_READ: tuple[Direction, ...] = ("read",)
_WRITE: tuple[Direction, ...] = ("write",)

TABLE: tuple[Case, ...] = (
    Case("refused", Fault("refused", seconds=0.2)),
    Case("timeout before", Fault("silent")),
    Case("timeout after", Fault("silent after"), landed="all"),
    Case("cut in the answer", Fault("cut"), landed="all"),
    Case("cut in the batch", Fault("batch cut"), _WRITE, landed="half"),
    Case("answer lost", Fault("lost"), landed="all"),
    Case("429 in seconds", Fault("status", status=429, retry_after=1)),
    Case("429 as a date", Fault("status", status=429, retry_after=1, form="date")),
    Case("500", Fault("status", status=500)),
    Case("500 after", Fault("status", status=500, reached=True), landed="all"),
    Case("502", Fault("status", status=502)),
    Case("502 after", Fault("status", status=502, reached=True), landed="all"),
    Case("503", Fault("status", status=503, retry_after=1)),
    Case("504", Fault("status", status=504)),
    Case("504 after", Fault("status", status=504, reached=True), landed="all"),
    Case("401 once", Fault("status", status=401)),
    Case("401 twice", Fault("status", times=2, status=401), ends=True),
    Case("413", Fault("status", status=413), _WRITE),
    Case("403 for one row", Fault("row", status=403), _WRITE, landed="but one"),
    Case("404 for one row", Fault("row", status=404), _WRITE, landed="but one"),
    Case("412 for one row", Fault("row", status=412), _WRITE, landed="but one"),
    Case("partial batch", Fault("partial batch"), _WRITE, landed="half"),
    Case("page twice", Fault("page twice"), _READ),
    Case("pages reordered", Fault("pages reordered"), _READ),
    Case("looping next link", Fault("page loop", times=1_000_000), _READ, ends=True),
    Case("HTML instead of JSON", Fault("html")),
    Case("HTML after the write", Fault("html", reached=True), _WRITE, landed="all"),
    Case("truncated JSON", Fault("truncated"), landed="all"),
    Case("redirect to another host", Fault("redirect"), ends=True),
)


def places(count: int) -> dict[Position, int]:
    """Give the number of the first, a middle and the last of so many requests; fewer for fewer than three."""
    found: dict[Position, int] = {"first": 1}
    if count > 2:
        found["middle"] = (count + 1) // 2
    if count > 1:
        found["last"] = count
    return found


def cases(direction: Direction) -> list[tuple[Case, Position]]:
    """Give every kind at every position, for a parametrised test; ids are made of both (see `name_of`)."""
    positions: tuple[Position, ...] = ("first", "middle", "last")
    return [(case, position) for case in TABLE if direction in case.directions for position in positions]


def name_of(value: object) -> str:
    """Name a case or a position in the id of a test: ``ids=name_of``."""
    return value.name if isinstance(value, Case) else str(value)
