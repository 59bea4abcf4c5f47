"""Says the end of a run in one line of words, and the whole of it for machines."""

from __future__ import annotations

import logging
from dataclasses import asdict

from crosswalk.cli.blocks import blocks, changes_of, count_of, rows
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.failpoints import around
from crosswalk.logs import event
from crosswalk.results import RunResult

ABOVE_LIMIT = 3
SYSTEM_FAILED = 5


def show(session: Session, result: RunResult, head: str, following: str = "") -> int:
    """Write a result in the form that was asked for, and give its exit code; `following` carries out a plan.

    Where the result of a run cannot be written, the exit code still says what was done.
    """
    try:
        with around("tell"):
            _write(session, result, head, following)
    except OSError as error:
        if not _committed(result):
            raise
        event(
            logging.ERROR, "the result could not be written", reason=error.strerror, next=session.next("crosswalk runs")
        )
    return result.exit_code


def _write(session: Session, result: RunResult, head: str, following: str) -> None:
    if session.screen.as_json:
        session.screen.json(as_json(session, result, following))
    else:
        session.screen.lines(blocks(result, head))
        session.screen.lines([_last(session, result, following)])


def as_json(session: Session, result: RunResult, following: str = "") -> dict[str, object]:
    """Write a result for machines: every leg, and what its last line says."""
    return {
        **asdict(result),
        "data_committed": _committed(result),
        "published": result.published and _committed(result),
        "rejects": count_of(result, "rejected"),
        "exit": result.exit_code,
        "next": _next(session, result, following),
    }


def _committed(result: RunResult) -> bool:
    """A leg that is stopped writes nothing; those before it stay."""
    return result.committed and bool(result.legs)


def _last(session: Session, result: RunResult, following: str) -> Line:
    command = _next(session, result, following)
    lost = [result.unpublished] if result.unpublished else []
    words = [_done(result), *lost, *([f"next: {command}"] if command else [])]
    return Line("; ".join(words), "bold red" if result.message else "bold")


def _done(result: RunResult) -> str:
    if result.message:
        unpublished = "; not published" if result.unpublished else ""
        return f"stopped by {result.message}; {_kept(result)}{unpublished}"
    if not result.committed:
        changes = changes_of(result)
        left = f"{rows(changes)} to change" if changes else _nobody(result) or "nothing to change"
        return f"{left}; nothing written"
    committed = "data committed, not published" if result.unpublished else "committed"
    committed += " and published" if result.published else ""
    nobody = _nobody(result)
    if nobody:
        return f"{committed}; {nobody}"
    counts = [f"{n:,} {fate}" for fate in ("rejected", "held") if (n := count_of(result, fate))]
    limit = ", above the limit" if result.exit_code == ABOVE_LIMIT else ""
    return committed + (f"; {', '.join(counts)}{limit}" if counts else "")


def _nobody(result: RunResult) -> str:
    """Rows were asked for, and no leg has one of them: likely a slip in the key."""
    modes = {leg.mode for leg in result.legs}
    if any(leg.examined for leg in result.legs) or len(modes) != 1:
        return ""
    return {"key": "no row has this key", "open": "no such row is open"}.get(modes.pop(), "")


def _kept(result: RunResult) -> str:
    if result.exit_code == SYSTEM_FAILED:
        legs = len(result.legs)
        before = (
            f"the {legs} legs before it stay, and " if legs > 1 else "the leg before it stays, and " if legs else ""
        )
        return f"{before}what was taken is noted: the next run goes on from there"
    if not _committed(result):
        return "nothing written"
    legs = len(result.legs)
    return "nothing of it written, the leg before it stays" if legs == 1 else f"the {legs} legs before it stay"


def _next(session: Session, result: RunResult, following: str) -> str:
    """A plan that stands is carried out; what it would reject is not in the ledger yet."""
    if result.committed or result.message:
        return session.next(result.next_command)
    return session.next(following) if changes_of(result) else ""
