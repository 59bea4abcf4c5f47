"""Holds requests back: nothing leaves while the server throttles, and never more at a time than it takes.

Why one gate for all threads of a connection: a server that throttles counts every request, so a single thread that
goes on sending lengthens the wait of all.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import Protocol


class Clock(Protocol):
    """Time as the session sees it: tests bring one that never waits."""

    def now(self) -> float:
        """Seconds since 1970, for dates that a server names."""

    def passed(self) -> float:
        """Seconds since some moment; never goes back."""

    def sleep(self, seconds: float) -> None: ...


class RealClock:
    """The clock of this machine."""

    def now(self) -> float:
        return time.time()

    def passed(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(slots=True)
class Gate:
    """Lets requests through. `most` is the setting; `stated` what the server says it takes; `width` what goes well at
    the moment: it is halved when the server throttles, and grows by one for each round that went well.
    """

    most: int
    clock: Clock
    stated: int | None = None
    width: float = 0.0
    under_way: int = 0
    closed_until: float = 0.0
    _change: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self.width = float(self.most)

    @property
    def allowed(self) -> int:
        """How many requests may be under way at the moment."""
        return max(1, min(self.most, int(self.width), self.stated or self.most))

    @contextmanager
    def passage(self) -> Iterator[None]:
        """Wait until a request may leave, and count it as under way until it is answered."""
        self._enter()
        try:
            yield
        finally:
            with self._change:
                self.under_way -= 1
                self._change.notify_all()

    def _enter(self) -> None:
        while True:
            with self._change:
                wait = self.closed_until - self.clock.passed()
                if wait <= 0 and self.under_way < self.allowed:
                    self.under_way += 1
                    return
                if wait <= 0:
                    self._change.wait(1.0)
                    continue
            self.clock.sleep(wait)

    def close_for(self, seconds: float) -> None:
        """Let nothing through for so long, and less at a time from then on."""
        with self._change:
            if self.clock.passed() >= self.closed_until:
                self.width = max(1.0, self.width / 2)
            self.closed_until = max(self.closed_until, self.clock.passed() + seconds)

    def went_well(self, stated: int | None) -> None:
        """Note an answer, and what the server says it takes."""
        with self._change:
            self.stated = stated if stated is not None else self.stated
            self.width = min(float(self.most), self.width + 1 / max(1.0, self.width))
            self._change.notify_all()
