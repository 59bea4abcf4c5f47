"""Say what a run would change, and change nothing.

It works on a private copy of the database.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.blocks import changes_of
from crosswalk.cli.endings import as_json, show
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.masks import masks_of
from crosswalk.cli.progress import log_result, progress
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec
from crosswalk.promises import KeptPlan, promised_by
from crosswalk.results import GUARDS, RunResult
from crosswalk.whole_files import put

if TYPE_CHECKING:
    from crosswalk.api import Loaded

CHANGES = 10
"""Exit code of a plan that would change something, where that is asked for."""

Select = Annotated[
    list[str] | None,
    typer.Option("--select", "-s", metavar="NAME", help="Maps, map:back or tag:name; may be repeated, or a,b."),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow", metavar="GUARD", help=f"Let this run pass a guard: {', '.join(GUARDS)}; may be repeated, or a,b."
    ),
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
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Also write the plan to a file, for run --plan, as JSON."),
    ] = None,
    allow: Allow = None,
) -> int:
    """Say what a run would change, and change nothing."""
    asked = Wanted(words(select), full, key, words(allow))
    loaded = session.load()
    result = planned(session, loaded, asked, sealed=out is not None)
    following = asked.command
    if out is not None:
        following = shlex.join([PROGRAM, "run", "--plan", str(out)])
        kept = replace(asked.kept(loaded.profile), legs=promised_by(result))
        found = {**as_json(session, result, following), "promise": kept.form}
        put(out, json.dumps(found, indent=2, default=str) + "\n")
    code = show(session, result, "plan", following)
    return CHANGES if detailed_exitcode and code == 0 and changes_of(result) else code


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan or a run is asked for: maps, all rows or one key, and the guards that it may pass."""

    select: tuple[str, ...] = ()
    full: bool = False
    key: str | None = None
    allow: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """Write the command that carries a plan out."""
        chosen = ["--select", ",".join(self.select)] if self.select else []
        named = ["--key", self.key] if self.key is not None else []
        passed = ["--allow", ",".join(self.allow)] if self.allow else []
        return shlex.join([PROGRAM, "run", *chosen, *(["--full"] if self.full else []), *named, *passed])

    def kept(self, profile: str) -> KeptPlan:
        """Say the same for a file."""
        return KeptPlan(profile, self.select, self.full, self.key, self.allow)


def planned(session: Session, loaded: Loaded, asked: Wanted, *, sealed: bool = False) -> RunResult:
    """Make a plan and show how far it is."""
    from crosswalk import api

    with progress(session, len(api.select(loaded, asked.select))) as told:
        result = api.plan(
            loaded,
            asked.select,
            full=asked.full,
            key=asked.key,
            allow=asked.allow,
            sealed=sealed,
            progress=told,
        )
    log_result(result)
    return masks_of(loaded).result(result)


SPEC = CommandSpec(run=plan)
