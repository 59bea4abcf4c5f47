"""Bring table maps along from another product: dual-write FILE... makes maps, entities and a file of questions.

Records are JSON, or the customizations of a solution. What they do not say is asked in questions.yml: fill it in and
import again with --answers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.bringing import Format, laid_lines, named_systems, report_json, report_lines
from crosswalk.cli.finding import shown_path
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.api import Imported, Laid


def bring(
    session: Session,
    *,
    kind: Annotated[Format, typer.Argument(metavar="dual-write", help="The format of the records.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON records, or a solution (zip or xml).")],
    into: Annotated[
        Path | None,
        typer.Option("--into", "-o", metavar="FOLDER", help="Where files are written. Default: the project."),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option("--answers", metavar="FILE", help="The file of questions, filled in.")
    ] = None,
    version: Annotated[
        str,
        typer.Option("--version", metavar="VERSION", help="Of several versions of a map, this one; else the highest."),
    ] = "",
    left: Annotated[str, typer.Option("--left", metavar="NAME", help="The name of the system on the left side.")] = "",
    right: Annotated[str, typer.Option("--right", metavar="NAME", help="The name of the other system.")] = "",
    report: Annotated[
        bool, typer.Option("--report", help="Say what would become of each map, and write nothing.")
    ] = False,
    lossy: Annotated[bool, typer.Option("--lossy", help="Go on where lines cannot be expressed.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also overwrite files that were edited.")] = False,
) -> int:
    """Bring table maps along from another product."""
    from crosswalk import api

    found = api.import_records(files, answers=answers, systems=named_systems(left, right), version=version)
    if report or not (found.lossless or lossy):
        _show(session, found)
        return 0 if report else _refused(found)
    folder = into or session.folder
    _show(session, found, (folder, api.lay(found.files, folder, force=force)))
    return 0


def _refused(found: Imported) -> int:
    lost = sum(len(one.cannot) for one in found.maps)
    message = f"{lost} line{'s' * (lost != 1)} cannot be expressed; nothing was written"
    raise UsageError(message, code="CANNOT_EXPRESS", remedy="look into the report, or say --lossy to leave them out")


def _show(session: Session, found: Imported, laid: tuple[Path, Laid] | None = None) -> None:
    if session.screen.as_json:
        files = {"written": laid[1].written, "kept": laid[1].kept} if laid else {}
        session.screen.json({**report_json(found), **files, "exit": 0 if laid or found.lossless else 2})
        return
    session.screen.lines(report_lines(found))
    if laid:
        session.screen.lines(laid_lines(laid[1], laid[0]))
        session.screen.lines([Line(session.next(f"{PROGRAM} validate --project {shown_path(laid[0])}"))])


SPEC = CommandSpec(run=bring)
