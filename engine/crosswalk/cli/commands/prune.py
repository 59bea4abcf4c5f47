"""Remove from the ledger what is over and old.

What is over are resolved rejects, and of runs the steps, findings and changes; also what a killed read left behind.
Whatever a run needs to go on stays, however old: open and dismissed rows, lineage, watermarks, numbers, documents. The
room becomes free inside the file; --compact writes the file anew, without it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.screen import Grid, Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.api import Pruned

_HOURS = {"d": 24, "h": 1}
_TIME = re.compile(r"([0-9]{1,5})([dh])")


def prune(
    session: Session,
    *,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="TIME", help="What was over so long ago, such as 90d or 36h.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    compact: Annotated[bool, typer.Option("--compact", help="Write the file anew, so that it gets smaller.")] = False,
) -> int:
    """Remove from the ledger what is over and old."""
    from crosswalk import api

    done = api.prune(session.load(), _duration(older_than), dry_run=dry_run, smaller=compact)
    if session.screen.as_json:
        session.screen.json(_as_json(done))
    else:
        _show(session, done)
    return 0


def _duration(text: str) -> timedelta:
    found = _TIME.fullmatch(text.strip())
    if found is None:
        message = f"'{text}' is no time that --older-than takes"
        raise UsageError(message, code="DURATION", remedy=f"{PROGRAM} prune --older-than 90d, or 36h")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _show(session: Session, done: Pruned) -> None:
    gone = [(table, count) for table, count in done.removed.items() if count]
    if gone:
        session.screen.grid(Grid(("table", "rows"), gone, frozenset({"rows"})))
    session.screen.lines([Line(_ending(done, anything=bool(gone)), "bold")])


def _ending(done: Pruned, *, anything: bool) -> str:
    since = f"{done.before:%Y-%m-%d %H:%M} UTC"
    if not anything:
        what = f"nothing is over since before {since}"
    else:
        what = f"what was over before {since} {'is gone' if done.written else 'would go; nothing was removed'}"
    after = "" if done.sizes.after == done.sizes.before else f", now {_size(done.sizes.after)}"
    return f"{what}; the file has {_size(done.sizes.before)}{after}"


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"


def _as_json(done: Pruned) -> dict[str, object]:
    return {
        "before": done.before.isoformat(),
        "removed": dict(done.removed),
        "written": done.written,
        "bytes_before": done.sizes.before,
        "bytes_after": done.sizes.after,
    }


SPEC = CommandSpec(run=prune)
