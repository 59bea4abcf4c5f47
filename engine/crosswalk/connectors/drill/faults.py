"""The script of faults: what goes wrong at which request, and how often it did already.

How often is counted in the system's own file before the fault happens, so that a run after a kill goes on past it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import sleep
from typing import Literal, cast

from crosswalk.errors import UsageError
from crosswalk.model import Connection

Operation = Literal["read", "find", "write"]
OPERATIONS: tuple[Operation, ...] = ("read", "find", "write")
FAULTS: Mapping[str, str] = {
    "refused": "the connection is refused: the request never arrives",
    "timeout": "no answer comes, and nothing was applied",
    "lost_answer": "all was applied, and the answer is lost",
    "cut": "the connection is cut: the first half was applied, and no answer comes",
    "throttled": "too many requests: nothing was applied, and the answer says how long to wait",
    "server_error": "the server answers that it failed; nothing was applied",
    "login_expired": "the login is no longer good: nothing was applied",
    "partial": "the answer speaks of the first half of the rows only; all were applied",
    "refuse_row": "some rows are refused, the others applied",
    "stale_row": "somebody else changed some rows just before: their precondition fails",
    "slow": "the answer takes its time",
    "kill": "the process of Crosswalk is killed",
}
"""What can go wrong, and what it means."""

_WRITING = ("partial", "refuse_row", "stale_row")


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the script. `place` is its position there, by which it is counted."""

    place: int
    on: Operation
    fault: str
    at: str = "first"
    table: str = ""
    times: int = 1
    when: str = "after"
    seconds: float = 0.05
    rows: tuple[str, ...] = ()
    code: str = "Refused"
    message: str = "refused by the script of the drill"


@dataclass(frozen=True, slots=True)
class Moment:
    """One request: the `number`-th of `count` of an operation on a table."""

    operation: Operation
    table: str
    number: int
    count: int

    def meets(self, fault: Fault) -> bool:
        """Tell whether a line of the script speaks of this request."""
        places = {"first": 1, "middle": (self.count + 1) // 2, "last": self.count}
        hit = places[fault.at] if fault.at in places else int(fault.at)
        return fault.on == self.operation and self.number == hit and fault.table in ("", self.table)


class Unanswered(Exception):
    """No answer came: what the request did is not known."""


class Throttled(Exception):
    """The system asks to wait; nothing was done."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LoginExpired(Exception):
    """The login is no longer good; nothing was done."""


@dataclass(frozen=True, slots=True)
class Script:
    """The lines of the script. `fired` says how often a line happened, `count` writes down that it happens again."""

    faults: tuple[Fault, ...]
    fired: Callable[[int], int]
    count: Callable[[int], None]

    def at(self, moment: Moment) -> Iterator[Fault]:
        """Give what happens at a request, each counted before it is given."""
        for fault in self.faults:
            if moment.meets(fault) and self.fired(fault.place) < fault.times:
                self.count(fault.place)
                yield fault


def before(fault: Fault) -> None:
    """Play what happens to a request before anything is applied."""
    match fault.fault:
        case "refused" | "timeout" | "server_error":
            raise Unanswered(FAULTS[fault.fault])
        case "throttled":
            raise Throttled(fault.seconds)
        case "login_expired":
            raise LoginExpired
        case "slow":
            sleep(fault.seconds)
        case "kill" if fault.when == "before":
            kill()


def after(fault: Fault) -> None:
    """Play what happens to an answer after all was applied."""
    match fault.fault:
        case "lost_answer" | "cut":
            raise Unanswered(FAULTS[fault.fault])
        case "kill" if fault.when == "after":
            kill()


def kill() -> None:
    """End this process as a power cut would: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def script_of(connection: Connection) -> tuple[Fault, ...]:
    """Read the script off the settings; `UsageError` for a fault that the operation cannot have."""
    lines = cast(list[Mapping[str, object]], connection.settings.get("faults") or [])
    return tuple(_fault(place, line, connection) for place, line in enumerate(lines))


def _fault(place: int, line: Mapping[str, object], connection: Connection) -> Fault:
    on, fault = str(line.get("on")), str(line.get("fault"))
    if on not in OPERATIONS or fault not in FAULTS or (on != "write" and fault in _WRITING):
        message = f"{connection.span}: line {place + 1} of the faults of '{connection.system}': no {fault} on {on}"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy=f"{', '.join(_WRITING)} happen on write only")
    given = {word: str(line[word]) for word in ("at", "table", "when", "code", "message") if word in line}
    return Fault(
        place,
        on,
        fault,
        times=int(str(line.get("times", 1))),
        seconds=float(str(line.get("seconds", 0.05))),
        rows=tuple(str(key) for key in cast(list[object], line.get("rows") or [])),
        **given,
    )
