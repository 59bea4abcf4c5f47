"""Check maps and entities; no database needed.

Shows every mistake of every file in one pass.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crosswalk.cli.failures import problem_as_json
from crosswalk.cli.finding import shown_path, with_lines
from crosswalk.cli.schemas import write_schemas
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import MapError, Problem
from crosswalk.problems import render


def validate(
    session: Session,
    *,
    schemas: Annotated[
        Path | None, typer.Option("--schemas", metavar="FOLDER", help="Also write the JSON schemas for editors there.")
    ] = None,
) -> int:
    """Check maps and entities; no database needed."""
    if schemas is not None:
        session.screen.lines(Line(f"wrote {shown_path(path)}") for path in write_schemas(schemas) if not _json(session))
    try:
        project = session.load(tests=True).project
    except MapError as error:
        return _show(session, error.problems)
    maps, entities = len(project.maps), len(project.entities)
    counted = f"{maps} map{'s' * (maps != 1)}, {entities} entit{'y' if entities == 1 else 'ies'}"
    if _json(session):
        session.screen.json({"maps": maps, "entities": entities, "problems": [], "exit": 0})
    else:
        session.screen.lines([Line(f"{counted}: no problem", "green")])
    return 0


def _show(session: Session, found: tuple[Problem, ...]) -> int:
    """Write the problems: they are the result of this command, so they go to stdout."""
    problems, lines = with_lines(found, session.folder)
    if _json(session):
        listed = [problem_as_json(problem) for problem in problems]
        session.screen.json({"problems": listed, "exit": MapError.exit_code})
    else:
        session.screen.lines(Line(line) for line in render(problems, lines).splitlines())
        count = "1 problem" if len(problems) == 1 else f"{len(problems):,} problems"
        session.screen.lines([Line(count, "bold red")])
    return MapError.exit_code


def _json(session: Session) -> bool:
    return session.screen.as_json


SPEC = CommandSpec(run=validate)
