"""Failpoints do nothing until one is armed, and then what was armed, once."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosswalk import failpoints
from crosswalk.failpoints import ArmedFailure, around, reach


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoints.arm()


def test_nothing_happens_where_nothing_is_armed() -> None:
    for point in failpoints.POINTS:
        with around(point):
            pass


def test_the_time_that_was_asked_for_fails_and_no_other() -> None:
    failpoints.arm("commit:before:3:raise")
    for _ in range(2):
        reach("commit", "before")
        reach("commit", "after")
        reach("record", "before")
    with pytest.raises(ArmedFailure):
        reach("commit", "before")
    reach("commit", "before")


def test_what_fails_inside_has_no_moment_after() -> None:
    failpoints.arm("shape:after:1:raise")
    with pytest.raises(ValueError, match="inside"), around("shape"):
        raise ValueError("inside")


def test_a_full_disk_is_the_error_of_the_system() -> None:
    failpoints.arm("open:before:1:full")
    with pytest.raises(OSError, match="space") as full:
        reach("open", "before")
    assert full.value.errno == errno.ENOSPC


@pytest.mark.parametrize(("action", "number"), [("term", signal.SIGTERM), ("int", signal.SIGINT), ("", signal.SIGKILL)])
def test_a_signal_goes_to_the_process_itself(monkeypatch: pytest.MonkeyPatch, action: str, number: int) -> None:
    sent: list[int] = []
    monkeypatch.setattr("os.kill", lambda process, signal_number: sent.append(signal_number))
    failpoints.arm(f"open:before:1:{action}")
    reach("open", "before")
    assert sent == [number]


def test_moments_are_noted_with_their_detail(tmp_path: Path) -> None:
    log = tmp_path / "moments.txt"
    failpoints.arm(log=str(log))
    with around("deliver", "orders"):
        reach("statement", "before", "orders: insert")
    assert log.read_text().splitlines() == [
        "deliver\tbefore\torders",
        "statement\tbefore\torders: insert",
        "deliver\tafter\torders",
    ]
