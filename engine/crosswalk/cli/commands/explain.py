"""Say what an error code means and what to do about it.

Needs no project.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.codes import CODES, CodeEntry
from crosswalk.errors import UsageError, nearest

_STAGES = {
    "config": "found while the files are read",
    "compile": "found while a map is compiled",
    "advice": "a warning or a note of validate; nothing stops",
    "row": "why one row cannot go on",
    "stop": "why a run stops before it writes",
    "machine": "something on this machine",
    "doctor": "found by crosswalk doctor",
    "usage": "something about the call",
}


def explain(
    session: Session,
    *,
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="A code such as LOOKUP_MISSING.")] = None,
) -> int:
    """Say what an error code means and what to do about it."""
    chosen = CODES if code is None else {code.upper(): _entry(code)}
    if session.screen.as_json:
        session.screen.json({name: asdict(entry) for name, entry in chosen.items()})
    elif code is None:
        width = max(map(len, CODES))
        session.screen.lines(Line(f"{name:<{width}}  {entry.summary}") for name, entry in chosen.items())
    else:
        session.screen.lines(_lines(code.upper(), chosen[code.upper()]))
    return 0


def _entry(code: str) -> CodeEntry:
    if code.upper() not in CODES:
        remedy = nearest(code, CODES) or f"{PROGRAM} explain lists all codes"
        message = f"'{code}' is no code of Crosswalk; a code that a map gives with 'else' means what the map says"
        raise UsageError(message, code="UNKNOWN_CODE", remedy=remedy)
    return CODES[code.upper()]


def _lines(code: str, entry: CodeEntry) -> list[Line]:
    head = [Line(f"{code}  ({_STAGES.get(entry.stage, entry.stage)})", "bold"), Line(f"  {entry.summary}")]
    return [*head, Line(f"  {entry.explanation}"), Line(f"  What to do: {entry.remedy}")]


SPEC = CommandSpec(run=explain)
