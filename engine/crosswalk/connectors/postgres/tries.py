"""Keeps a session and opens another when the connection is lost; tries collisions again.

Why it is safe to try again: whoever writes looks for the receipt first, under a lock for which a lost session that the
server still works for must be done.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

from crosswalk.connectors.postgres.failures import Collided
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import Settings
from crosswalk.errors import SystemFailure
from crosswalk.sql import Sql

_TRIES = 3
_PAUSE = 0.5
"""Seconds before the second try; doubled before each further one."""

_NEVER_IDLE = "SET idle_in_transaction_session_timeout = '60s'"
"""Nothing is waited for inside a transaction that writes: one that stands still has lost its client."""

Result = TypeVar("Result")
"""What a try gives."""


class Tries:
    """A session that may be another one at each try."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Session | None = None

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Do work that is one transaction; after the last try the failure goes on."""
        for attempt in range(_TRIES):
            try:
                return work(self._opened())
            except SystemFailure as failure:
                self.close()
                if attempt == _TRIES - 1 or failure.code != "SYSTEM_UNREACHABLE":
                    raise
            except Collided as collided:
                if attempt == _TRIES - 1:
                    raise collided.ended(self._settings.system) from None
            time.sleep(_PAUSE * 2**attempt)
        raise AssertionError("a loop that returns or raises")

    def close(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            session.dropped()

    def __enter__(self) -> Tries:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _opened(self) -> Session:
        if self._session is None:
            self._session = Session(self._settings)
            self._session.run(Sql(_NEVER_IDLE))
        return self._session
