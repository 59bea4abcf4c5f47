"""Calls Crosswalk for a bad case and reads what it prints: the codes, each with its place."""

from __future__ import annotations

import faulthandler
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from crosswalk.cli import main

HANGS_AFTER_SECONDS = 60
_TOLD = re.compile(r"^(?:error|warning|note)\[([A-Z_]+)\]: .*(?:\n +--> (.+:\d+:\d+)$)?", re.MULTILINE)
_STOPPED = re.compile(r"stopped by ([A-Z_]+)(?=[: ])")


class HangError(BaseException):
    """A call did not come back. No `Exception`: Crosswalk would turn it into words and an exit code of its own."""


@contextmanager
def no_hang() -> Iterator[None]:
    """Fail where a call does not come back; a limit far above what any case takes, not a measure of speed."""

    def late(*_: object) -> None:
        raise HangError(f"no end after {HANGS_AFTER_SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(HANGS_AFTER_SECONDS)
    faulthandler.dump_traceback_later(HANGS_AFTER_SECONDS + 10, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        signal.alarm(0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)


def called(words: list[str], capture: pytest.CaptureFixture[str], *, process: bool = False) -> tuple[int, str]:
    """Call Crosswalk; give its exit code and all that it printed."""
    if process:
        command = [sys.executable, "-m", "crosswalk", *words]
        ended = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        return ended.returncode, ended.stdout + ended.stderr
    code = main(words)
    written = capture.readouterr()
    return code, written.out + written.err


def told(text: str) -> list[tuple[str, str]]:
    """Give the codes that were printed, each with its place or an empty text."""
    return [(code, place) for code, place in _TOLD.findall(text)] + [(code, "") for code in _STOPPED.findall(text)]
