"""Compare both sides of every leg, and list what differs.

It reads both sides as they are now and writes nothing. Rows that are missing on the right or on the left, cells that
differ, and what the ledger knows otherwise are listed row by row. With --repair it says what a run would write to put
that right; with --repair --yes the run is made.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli import differing, endings
from crosswalk.cli.blocks import changes_of
from crosswalk.cli.commands.plan import CHANGES, Select
from crosswalk.cli.differing import grid_of, masked
from crosswalk.cli.finding import shown_path
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.masks import masks_of
from crosswalk.cli.progress import log_result, progress
from crosswalk.cli.screen import Line, csv_of
from crosswalk.cli.session import Session, words
from crosswalk.cli.settings import Output
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.api import Discrepancy, Loaded, Reconciled

FOUND = CHANGES
"""The exit code where something differs: that of a plan with changes, for nothing was written."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def reconcile(
    session: Session,
    *,
    select: Select = None,
    waiting: Annotated[
        str | None, typer.Option("--waiting", metavar="TIME", help="Also rows that are open for longer, such as 2d.")
    ] = None,
    repair: Annotated[bool, typer.Option("--repair", help="Say what a run would write to put it right.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --repair: make that run.")] = False,
    export: Annotated[Path | None, typer.Option("--export", metavar="FILE", help="Write all lines as CSV.")] = None,
) -> int:
    """Compare both sides of every leg, and list what differs."""
    from crosswalk import api

    if yes and not repair:
        raise UsageError("--yes says that a repair is to be made", code="WRONG_OPTION", remedy="add --repair")
    wanted, since = words(select), _time(waiting)
    loaded = session.load()
    with progress(session, len(api.select(loaded, wanted))) as following:
        told = api.reconcile(loaded, wanted, since, progress=following)
    found = masked(told.found, masks_of(loaded))
    if export is not None:
        export.write_text(csv_of(grid_of(found)), encoding="utf-8")
    if repair and told.mending:
        return _repair(session, loaded, told, found, made=yes)
    return _end(session, told, found, export)


def _end(session: Session, told: Reconciled, found: Sequence[Discrepancy], export: Path | None) -> int:
    code, screen = (FOUND if found else 0), session.screen
    following = session.next(shlex.join(_REPAIR)) if told.mending else ""
    if screen.as_json:
        screen.json({**differing.as_json(told, found), "exit": code, "next": following})
    elif session.settings.output is Output.csv:
        screen.grid(grid_of(found))
    else:
        differing.show(session, told, found)
        if export is not None:
            screen.lines([Line(f"written to {shown_path(export)}")])
        if found:
            nobody = "nothing of it is put right by a run"
            screen.lines([Line(f"nothing written; {f'next: {following}' if following else nobody}", "bold")])
    return code


def _repair(session: Session, loaded: Loaded, told: Reconciled, found: Sequence[Discrepancy], *, made: bool) -> int:
    """Make the run that puts right what a run can put right, or say what it would write; the rest is named."""
    from crosswalk import api

    with progress(session, len(told.mending)) as following:
        result = api.repair(loaded, told.mending, committed=made, progress=following)
    log_result(result)
    result = masks_of(loaded).result(result)
    left = [one for one in found if not one.mends]
    code = result.exit_code or (FOUND if left or not made else 0)
    command = "" if made else shlex.join([*_REPAIR, "--yes", "--select", ",".join(told.mending)])
    if session.screen.as_json:
        ran = endings.as_json(session, result, command)
        session.screen.json({**differing.as_json(told, found), "repair": ran, "left": len(left), "exit": code})
    else:
        if left or not made:
            differing.show(session, told, left if made else found)
        endings.show(session, result, "repair", command)
        if not made and not result.message and not changes_of(result):
            session.screen.lines([Line(f"the ledger would be put right; next: {session.next(command)}", "bold")])
    return code


_REPAIR = (PROGRAM, "reconcile", "--repair")


def _time(text: str | None) -> timedelta | None:
    """Read a span of time such as 90s, 15m, 12h or 2d."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise UsageError(
            f"'{text}' is no span of time", code="WRONG_OPTION", remedy="write it like 90s, 15m, 12h or 2d"
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


SPEC = CommandSpec(run=reconcile, tables=True)
