"""Closes open rows by the word of a person, and opens them again.

What is closed is the entry, not the row: the row is looked at again when it changes, or what it depends on, and as long
as the same is wrong with the same row the entry stays closed. So nothing that could go on is ever kept back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crosswalk.contracts import Backend
from crosswalk.ledger.reading import reject_of
from crosswalk.results import Reject


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of some legs: of one key, with one code, or both."""

    legs: Sequence[str]
    key: str | None = None
    code: str | None = None

    @property
    def bound(self) -> dict[str, object]:
        return {"legs": list(self.legs), "key": self.key, "code": self.code}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why entries are closed, by whom, and when (UTC)."""

    reason: str
    by: str
    at: datetime


_CLOSE = (
    "UPDATE crosswalk.rejects SET state = 'dismissed', note = $reason, resolved_by = $by, resolved_at = $at,"
    " resolved_run = NULL WHERE state = 'open' AND leg IN (SELECT unnest(CAST($legs AS VARCHAR[])))"
    " AND ($key IS NULL OR source_key = $key) AND ($code IS NULL OR code = $code)"
)
_OPEN = (
    "UPDATE crosswalk.rejects AS closed SET state = 'open', note = NULL, resolved_by = NULL, resolved_at = NULL"
    " WHERE state = 'dismissed' AND leg IN (SELECT unnest(CAST($legs AS VARCHAR[])))"
    " AND ($key IS NULL OR source_key = $key) AND ($code IS NULL OR code = $code)"
    " AND NOT EXISTS (SELECT 1 FROM crosswalk.rejects AS other WHERE other.leg = closed.leg"
    " AND other.source_key = closed.source_key"
    " AND (other.state = 'open' OR (other.state = 'dismissed' AND other.rowid > closed.rowid)))"
)
"""Of one row at most one entry is open: of several that were dismissed the last is opened."""

_LISTED = (
    "SELECT leg, source_key, fate, code, column_name, value, place, run_id, first_seen, attempts, state, source_row,"
    " resolved_at, resolved_by, note FROM crosswalk.rejects"
    " WHERE state = $state AND leg IN (SELECT unnest(CAST($legs AS VARCHAR[])))"
    " AND ($key IS NULL OR source_key = $key) AND ($code IS NULL OR code = $code) ORDER BY leg, source_key, first_seen"
)


def dismiss(entries: Entries, verdict: Verdict, backend: Backend) -> tuple[Reject, ...]:
    """Close open entries; gives them as they were."""
    found = _of(entries, "open", backend)
    backend.run(_CLOSE, entries.bound | {"reason": verdict.reason, "by": verdict.by, "at": verdict.at})
    return found


def reopen(entries: Entries, backend: Backend) -> tuple[Reject, ...]:
    """Open dismissed entries again; gives those that were dismissed. A row that has an open entry keeps it."""
    found = _of(entries, "dismissed", backend)
    backend.run(_OPEN, entries.bound)
    return found


def _of(entries: Entries, state: str, backend: Backend) -> tuple[Reject, ...]:
    return tuple(reject_of(row) for row in backend.rows(_LISTED, entries.bound | {"state": state}))
