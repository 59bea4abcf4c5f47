"""Runs a command in a process that is forked for it, with a failpoint armed: as a power cut would, or a signal.

Why forked: a process of its own that has all loaded costs a hundredth of a fresh one, and hundreds of moments are to be
tried. One test goes the long way, by the environment.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from crosswalk import failpoints
from crosswalk.cli import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, or a signal below zero, and what it wrote."""

    code: int
    said: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The `number`-th time that a moment of a point is reached in a run."""

    point: str
    when: str
    number: int

    def __str__(self) -> str:
        return f"{self.point}:{self.when}:{self.number}"


def run(root: Path, *words: str, moment: Moment | None = None, action: str = "kill", log: Path | None = None) -> Ended:
    """Run a command on a project and wait for its end."""
    child, said = begin(root, *words, armed=f"{moment}:{action}" if moment else "", log=log)
    _, status = os.waitpid(child, 0)
    return ended(status, said)


def begin(root: Path, *words: str, armed: str = "", log: Path | None = None) -> tuple[int, int]:
    """Start a command; gives its process and where it writes."""
    said = (
        os.memfd_create("said") if hasattr(os, "memfd_create") else os.open(tempfile.mktemp(), os.O_RDWR | os.O_CREAT)
    )
    child = os.fork()
    if child == 0:
        _live(root, words, armed, log, said)
    return child, said


def _live(root: Path, words: tuple[str, ...], armed: str, log: Path | None, said: int) -> None:
    """Be the process: it never comes back."""
    code = 70
    try:
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.stdout = io.TextIOWrapper(os.fdopen(1, "wb", closefd=False), write_through=True)
        sys.stderr = io.TextIOWrapper(os.fdopen(2, "wb", closefd=False), write_through=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        os.chdir(root)
        failpoints.arm(armed, "" if log is None else str(log))
        code = main(["--project", str(root), *words])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended(status: int, said: int) -> Ended:
    """Read how a process ended."""
    os.lseek(said, 0, os.SEEK_SET)
    with os.fdopen(said, "rb") as written:
        text = written.read().decode("utf-8", "replace")
    return Ended(-os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), text)


def killed_after(root: Path, seconds: float, *words: str) -> Ended:
    """Run a command and kill it after a while, wherever it is."""
    child, said = begin(root, *words)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return ended(status, said)
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return ended(status, said)


def moments_of(log: Path) -> list[Moment]:
    """List the moments of a run that was logged, in order."""
    seen: dict[tuple[str, str], int] = {}
    found: list[Moment] = []
    for line in log.read_text(encoding="utf-8").splitlines():
        point, when = line.split("\t")[:2]
        seen[point, when] = seen.get((point, when), 0) + 1
        found.append(Moment(point, when, seen[point, when]))
    return found
