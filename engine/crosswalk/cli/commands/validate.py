"""Check maps and entities; no database needed.

Shows every mistake of every file in one pass. Where there is none, it warns of what will reject rows and of maps that
get into each other's way. Warnings do not change the exit code, unless --strict asks for it. With --against it also
compares the entities with the tables of a profile's systems.
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
from crosswalk.errors import SEVERITIES, MapError, Problem, Severity
from crosswalk.model import Project
from crosswalk.problems import render


def validate(
    session: Session,
    *,
    schemas: Annotated[
        Path | None, typer.Option("--schemas", metavar="FOLDER", help="Also write the JSON schemas for editors there.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for mistakes: exit 2.")] = False,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="PROFILE", help="Also compare the entities with the systems of a profile."),
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes too: what may be refused row by row.")] = False,
) -> int:
    """Check maps and entities; no database needed."""
    if schemas is not None:
        session.screen.lines(Line(f"wrote {shown_path(path)}") for path in write_schemas(schemas) if not _json(session))
    from crosswalk import api

    try:
        loaded = session.load(tests=True)
    except MapError as error:
        return _show(session, error.problems, MapError.exit_code, _said(error.problems))
    live = api.compare(loaded, against) if against is not None else ()
    found = tuple(sorted((*api.advise(loaded), *live), key=lambda one: one.severity != "error"))
    _say_what_is_embedded(session, api.embedded_in(loaded, against) if against is not None else ())
    grave = {one.severity for one in found} & ({"error", "warning"} if strict else {"error"})
    if found:
        shown = tuple(one for one in found if notes or _json(session) or one.severity != "note")
        code = MapError.exit_code if grave else 0
        return _show(session, shown, code, f"{_counted(loaded.project)}: {_said(found)}")
    if _json(session):
        project = loaded.project
        session.screen.json({"maps": len(project.maps), "entities": len(project.entities), "problems": [], "exit": 0})
    else:
        session.screen.lines([Line(f"{_counted(loaded.project)}: no problem", "green")])
    return 0


def _say_what_is_embedded(session: Session, systems: tuple[str, ...]) -> None:
    if not _json(session):
        made = "its tables are made from its entity files, so there is nothing to compare"
        session.screen.lines(Line(f"{system} is embedded: {made}") for system in systems)


def _counted(project: Project) -> str:
    maps, entities = len(project.maps), len(project.entities)
    return f"{maps} map{'s' * (maps != 1)}, {entities} entit{'y' if entities == 1 else 'ies'}"


def _show(session: Session, found: tuple[Problem, ...], code: int, ending: str) -> int:
    """Write the findings: they are the result of this command, so they go to stdout."""
    problems, lines = with_lines(found, session.folder)
    if _json(session):
        session.screen.json({"problems": [problem_as_json(problem) for problem in problems], "exit": code})
    else:
        session.screen.lines(Line(line) for line in render(problems, lines).splitlines())
        session.screen.lines([Line(ending, "bold red" if code else "bold yellow" if found else "green")])
    return code


def _said(found: tuple[Problem, ...]) -> str:
    """Count the findings by severity, in words."""
    if all(one.severity == "note" for one in found):
        return f"no problem, {_number(found, 'note')}"
    return ", ".join(_number(found, severity) for severity in SEVERITIES if _number(found, severity))


def _number(found: tuple[Problem, ...], severity: Severity) -> str:
    """Count the findings of one severity, in words; nothing where there is none."""
    count = sum(one.severity == severity for one in found)
    word = "problem" if severity == "error" else severity
    return f"{count:,} {word}{'s' * (count != 1)}" if count else ""


def _json(session: Session) -> bool:
    return session.screen.as_json


SPEC = CommandSpec(run=validate)
