"""Carry the state of a ledger to another database file: export writes it, import takes it over.

The state is what the next runs go on from: lineage, watermarks, numbers, documents, what both sides agreed on, open and
dismissed rows. The tables of embedded systems are carried by other means. A run then does what it would have done.
"""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.blocks import rows
from crosswalk.cli.finding import shown_path
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.api import Carried


class Action(StrEnum):
    """What can be done with a state."""

    export = "export"
    take = "import"


def state(
    session: Session,
    *,
    action: Annotated[Action, typer.Argument(metavar="export|import", help="Write the state, or take one over.")],
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The file to take over.")] = None,
    output_file: Annotated[
        Path | None, typer.Option("--output-file", metavar="FILE", help="Write the state here, not to the screen.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget what the ledger knows; its file is copied aside first.")
    ] = False,
) -> int:
    """Carry the state of a ledger to another database file: export writes it, import takes it over."""
    if action is Action.export:
        return _export(session, output_file or file)
    if file is None:
        message = "'import' needs the file to take over"
        raise UsageError(message, code="FILE_MISSING", remedy=f"{PROGRAM} state import FILE")
    return _import(session, file, replace=replace)


def _export(session: Session, file: Path | None) -> int:
    from crosswalk import api

    if file is None:
        api.export_state(session.load(), sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return 0
    carried = api.export_to(session.load(), file)
    _say(session, carried, f"written to {shown_path(file)}", shlex.join([PROGRAM, "state", "import", str(file)]))
    return 0


def _import(session: Session, file: Path, *, replace: bool) -> int:
    from crosswalk import api

    carried = api.import_state(session.load(), file, replace=replace)
    aside = f"; the file before is {shown_path(carried.aside)}" if carried.aside else ""
    _say(session, carried, f"taken over{aside}", f"{PROGRAM} plan")
    return 0


def _say(session: Session, carried: Carried, what: str, following: str) -> None:
    if session.screen.as_json:
        aside = None if carried.aside is None else str(carried.aside)
        session.screen.json({"rows": dict(carried.rows), "aside": aside, "next": session.next(following)})
        return
    told = (f"{rows(count)} of {table}" for table, count in carried.rows.items() if count)
    session.screen.lines(Line(f"  {line}") for line in told)
    session.screen.lines([Line(f"the state is {what}; next: {session.next(following)}", "bold")])


SPEC = CommandSpec(run=state)
