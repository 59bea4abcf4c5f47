"""Say what a run would change, and change nothing.

It works on a private copy of the database.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Annotated

import typer

from crosswalk.cli.blocks import changes_of
from crosswalk.cli.endings import as_json, show
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.masks import masks_of
from crosswalk.cli.progress import log_result, progress
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec
from crosswalk.results import RunResult
from crosswalk.whole_files import put

CHANGES = 10
"""Exit code of a plan that would change something, where that is asked for."""

Select = Annotated[
    list[str] | None,
    typer.Option("--select", "-s", metavar="NAME", help="Maps, map:back or tag:name; may be repeated, or a,b."),
]


def plan(
    session: Session,
    *,
    select: Select = None,
    full: Annotated[bool, typer.Option("--full", help="Look at all rows, not only at changed ones.")] = False,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="One row or document only.")] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="End with 10 when there are changes.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Also write the plan to a file, as JSON.")
    ] = None,
) -> int:
    """Say what a run would change, and change nothing."""
    result = planned(session, words(select), full=full, key=key)
    following = carried_out(words(select), full=full, key=key)
    if out is not None:
        put(out, json.dumps(as_json(session, result, following), indent=2, default=str) + "\n")
    code = show(session, result, "plan", following)
    return CHANGES if detailed_exitcode and code == 0 and changes_of(result) else code


def planned(session: Session, wanted: tuple[str, ...], *, full: bool, key: str | None = None) -> RunResult:
    """Make a plan and show how far it is."""
    from crosswalk import api

    loaded = session.load()
    with progress(session, len(api.select(loaded, wanted))) as told:
        result = api.plan(loaded, wanted, full=full, key=key, progress=told)
    log_result(result)
    return masks_of(loaded).result(result)


def carried_out(wanted: tuple[str, ...], *, full: bool, key: str | None = None) -> str:
    """Write the command that carries a plan out."""
    chosen = ["--select", ",".join(wanted)] if wanted else []
    named = ["--key", key] if key is not None else []
    return shlex.join([PROGRAM, "run", *chosen, *(["--full"] if full else []), *named])


SPEC = CommandSpec(run=plan)
