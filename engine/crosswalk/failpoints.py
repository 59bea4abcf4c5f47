"""Named moments of a run at which a test may end the process, slow it down, or make the disk full.

Nothing happens unless the environment arms a point when the process starts::

    CROSSWALK_FAILPOINT=commit:before            the first time that a leg is about to commit: SIGKILL
    CROSSWALK_FAILPOINT=statement:after:17       after the 17th statement of the steps
    CROSSWALK_FAILPOINT=record:before:1:term     SIGTERM instead; int, full, pause and raise are known too
    CROSSWALK_FAILPOINTS_LOG=moments.txt         note every moment that is reached: point, moment, detail

Why in the engine and not patched in by tests: a crash is a promise kept between two lines of our own code, so those
lines say which ones they are, and who reads the runner sees where it may die.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, get_args

Moment = Literal["before", "after"]

Point = Literal[
    "load",  # the files of the project are read
    "validate",  # and compiled
    "lease",  # the lock of the database file is taken
    "open",  # the file is opened
    "recover",  # the ledger is made or brought up to date, unfinished runs are found
    "page",  # one page of an outside table is put aside
    "seal",  # the pages of a table are merged into its copy, with its mark
    "begin",  # the transaction of a leg begins
    "extract",
    "shape",
    "divert",
    "deliver",
    "settle",
    "advance",
    "statement",  # one statement of a step
    "check",  # one check of a step: keys, guards, conservation
    "note",  # a change set is noted before it is sent
    "send",  # it is noted that a batch leaves
    "receipt",  # what was answered is noted
    "give back",  # what the system made of the rows is taken over
    "audit",  # the fates are counted
    "record",  # the row of the run is written
    "commit",
    "finish",  # notes of what was sent are dropped
    "publish",  # the file for readers is written beside the old one
    "swap",  # and takes its place
    "close",  # the file is closed
    "tell",  # the result is written out
]
POINTS: tuple[Point, ...] = get_args(Point)
MOMENTS: tuple[Moment, ...] = get_args(Moment)

Action = Literal["kill", "term", "int", "full", "pause", "raise"]

ARMED = "CROSSWALK_FAILPOINT"
LOG = "CROSSWALK_FAILPOINTS_LOG"

PAUSE_SECONDS = 30.0


class ArmedFailure(RuntimeError):
    """Stands for a mistake of ours at a failpoint; no code path of the engine expects it."""


@dataclass(slots=True)
class _Trap:
    """What is armed: the `number`-th time that a moment of a point is reached. `left` counts down."""

    point: str = ""
    moment: str = ""
    left: int = 0
    action: str = "kill"
    log: str = ""
    active: bool = field(default=False)


def _set(text: str, log: str) -> _Trap:
    parts = text.split(":")
    if len(parts) < len(("point", "moment")):
        return _Trap(log=log, active=bool(log))
    point, moment, number, action = (*parts, *("", "")[len(parts) - 2 :])[:4]
    return _Trap(point, moment, int(number or 1), action or "kill", log, active=True)


_TRAP = _set(os.environ.get(ARMED, ""), os.environ.get(LOG, ""))


def arm(text: str = "", log: str = "") -> None:
    """Arm a point in this process from here on, as the environment would have; nothing disarms all."""
    global _TRAP
    _TRAP = _set(text, log)


def reach(point: Point, moment: Moment, detail: str = "") -> None:
    """Pass a moment; where it is the armed one, do what was armed."""
    if _TRAP.active:
        _spring(_TRAP, point, moment, detail)


@contextmanager
def around(point: Point, detail: str = "") -> Iterator[None]:
    """Pass the moments before and after what stands inside; what fails inside has no moment after."""
    reach(point, "before", detail)
    yield
    reach(point, "after", detail)


def _spring(trap: _Trap, point: str, moment: str, detail: str) -> None:
    if trap.log:
        with open(trap.log, "a", encoding="utf-8") as log:  # noqa: PTH123 - as short a way to the disk as there is
            log.write(f"{point}\t{moment}\t{detail}\n")
    if (point, moment) != (trap.point, trap.moment):
        return
    trap.left -= 1
    if trap.left == 0:
        _act(trap.action)


def _act(action: str) -> None:
    match action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "term":
            os.kill(os.getpid(), signal.SIGTERM)
        case "int":
            os.kill(os.getpid(), signal.SIGINT)
        case "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case "pause":
            time.sleep(PAUSE_SECONDS)
        case _:
            raise ArmedFailure(f"armed to fail: {action}")
