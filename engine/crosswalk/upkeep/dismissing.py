"""Dismisses open rows with a reason, and takes that back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from crosswalk.errors import StoppedError, UsageError
from crosswalk.ledger import dismissing, outbox
from crosswalk.ledger.dismissing import Entries, Verdict
from crosswalk.loading import Loaded, select
from crosswalk.results import Reject
from crosswalk.runner.lease import user_name
from crosswalk.upkeep.opened import ledger_of

_READING = "read "
"""How the legs are named under which rows stand that could not be read."""


def dismiss(
    loaded: Loaded, wanted: str, reason: str, *, key: str | None = None, code: str | None = None
) -> tuple[Reject, ...]:
    """Close the open entries of a map, of one key, one code or both; `UsageError` where there is none."""
    if not reason.strip():
        raise UsageError("a row is dismissed with a reason", code="REASON_MISSING", remedy="--reason 'why it may stay'")
    if key is None and code is None:
        message = "which rows are to be dismissed is not said"
        raise UsageError(message, code="ROWS_UNNAMED", remedy="name the key of a row, or --code CODE")
    entries = Entries(_legs(loaded, wanted), key, code)
    verdict = Verdict(reason.strip(), user_name(), datetime.now(UTC).replace(tzinfo=None))
    with ledger_of(loaded) as backend:
        _refuse_unfinished(entries.legs, outbox.begun(backend))
        with backend.transaction():
            found = dismissing.dismiss(entries, verdict, backend)
    return _some(found, wanted, key or code or "", "open")


def reopen(loaded: Loaded, wanted: str, key: str) -> tuple[Reject, ...]:
    """Open the dismissed entry of a row again; the next run tries it."""
    with ledger_of(loaded) as backend:
        with backend.transaction():
            found = dismissing.reopen(Entries(_legs(loaded, wanted), key), backend)
    return _some(found, wanted, key, "dismissed")


def _legs(loaded: Loaded, wanted: str) -> tuple[str, ...]:
    if wanted in {f"{_READING}{ref}" for ref in loaded.project.entities}:
        return (wanted,)
    return tuple(leg.name for leg in select(loaded, (wanted,)))


def _refuse_unfinished(legs: Sequence[str], unfinished: Sequence[outbox.Unfinished]) -> None:
    """What a run has sent of an open row is only known as long as that run finds the row again."""
    for run in unfinished:
        if run.leg in legs:
            message = f"the run of '{run.leg}' begun at {run.started:%Y-%m-%d %H:%M:%S} UTC is not finished"
            remedy = f"crosswalk run --select {run.leg} finishes it; then dismiss what is still open"
            raise StoppedError(message, code="RUN_UNFINISHED", remedy=remedy)


def _some(found: tuple[Reject, ...], wanted: str, named: str, state: str) -> tuple[Reject, ...]:
    if not found:
        message = f"no {state} row of '{wanted}' is or has '{named}'"
        raise UsageError(message, code="UNKNOWN_KEY", remedy="crosswalk rejects --all lists rows by their keys")
    return found
