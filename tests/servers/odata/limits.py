"""What the proxy checks before it lets a request through: how much was asked lately, and who asks.

The codes and headers are those that Microsoft documents for the service protection limits of Dataverse. The numbers
are the test's own: a limit of a real service would make tests slow.
"""

from __future__ import annotations

import math
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from time import monotonic
from typing import Literal

from tests.servers.odata.wire import Answer, refusal

TOO_MANY = "0x80072322"
TOO_MANY_AT_ONCE = "0x80072326"


@dataclass(slots=True)
class Throttle:
    """At most `operations` in any `window` of seconds, and `at_once` requests at the same time; None: no limit.

    An operation is a row: a part of a batch, a target of a bound action, a request otherwise. Whoever sends while
    throttled waits `penalty` seconds longer for each try. `violations` counts those tries. `hint` is how many requests
    at a time the server says it wants; it does not hold anyone to it, and `most_at_once` says what came.
    """

    operations: int | None = None
    window: float = 1.0
    at_once: int | None = None
    penalty: float = 0.0
    hint: int | None = None
    form: Literal["seconds", "date"] = "seconds"
    clock: Callable[[], float] = monotonic
    violations: int = 0
    refusals: int = 0
    most_at_once: int = 0
    _taken: deque[tuple[float, int]] = field(default_factory=deque)
    _closed_until: float = 0.0
    _running: int = 0
    _lock: Lock = field(default_factory=Lock)

    def enter(self, operations: int) -> Answer | None:
        """Let a request in, or give the answer that turns it away. One that was let in must `leave`."""
        with self._lock:
            now = self.clock()
            if now < self._closed_until:
                self.violations += 1
                self._closed_until += self.penalty
                return self._refused(TOO_MANY, self._closed_until - now)
            if self.at_once is not None and self._running >= self.at_once:
                return self._refused(TOO_MANY_AT_ONCE, 1.0)
            wait = self._wait(operations, now)
            if wait > 0:
                self._closed_until = now + wait
                return self._refused(TOO_MANY, wait)
            self._taken.append((now, operations))
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
            return None

    def leave(self) -> None:
        with self._lock:
            self._running -= 1

    def headers(self) -> dict[str, str]:
        """Say what is left, as Dataverse does on every answer."""
        hint = {} if self.hint is None else {"x-ms-dop-hint": str(self.hint)}
        if self.operations is None:
            return hint
        with self._lock:
            left = self.operations - self._used(self.clock())
        return {
            **hint,
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(max(0, left)),
            "x-ms-ratelimit-time-remaining-xrm-requests": "1,200.00",
        }

    def _used(self, now: float) -> int:
        while self._taken and self._taken[0][0] <= now - self.window:
            self._taken.popleft()
        return sum(count for _, count in self._taken)

    def _wait(self, operations: int, now: float) -> float:
        """Give the seconds until there is room. A request that is larger than the limit has room in an empty window."""
        if self.operations is None:
            return 0.0
        excess = self._used(now) + operations - max(self.operations, operations)
        for at, count in self._taken:
            if excess <= 0:
                return 0.0
            excess -= count
            if excess <= 0:
                return at + self.window - now
        return 0.0

    def _refused(self, code: str, wait: float) -> Answer:
        self.refusals += 1
        headers = {"retry-after": retry_after(wait, self.form)}
        return refusal(429, code, "The number of requests exceeds the limit of this test server.", headers)


def retry_after(wait: float, form: Literal["seconds", "date"]) -> str:
    """Write a wait as Retry-After does: whole seconds, or the moment when it ends."""
    seconds = math.ceil(wait)
    if form == "seconds":
        return str(seconds)
    end = datetime.now(UTC) + timedelta(seconds=wait)
    whole = end.replace(microsecond=0) + timedelta(seconds=1 if end.microsecond else 0)
    return format_datetime(whole, usegmt=True)


@dataclass(slots=True)
class Tokens:
    """Bearer tokens that the proxy takes, each until its time has passed."""

    clock: Callable[[], float] = monotonic
    issued: list[str] = field(default_factory=list)
    _ends: dict[str, float] = field(default_factory=dict)

    def issue(self, seconds: float = 3600.0) -> str:
        token = f"test-token-{len(self.issued) + 1}-{secrets.token_hex(8)}"
        self.issued.append(token)
        self._ends[token] = self.clock() + seconds
        return token

    def expire(self) -> None:
        """Let all tokens that were issued so far expire now."""
        self._ends = dict.fromkeys(self._ends, 0.0)

    def check(self, authorization: str) -> Answer | None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and self._ends.get(token, 0.0) > self.clock():
            return None
        return refusal(401, "401", "The token is missing, unknown or expired.", {"www-authenticate": "Bearer"})
