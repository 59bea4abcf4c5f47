"""Bring the target up to date.

Each leg is one transaction: it commits whole or changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.commands.plan import Allow, Select, Wanted, planned
from crosswalk.cli.endings import show
from crosswalk.cli.masks import masks_of
from crosswalk.cli.progress import log_result, progress
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError
from crosswalk.promises import read_plan

if TYPE_CHECKING:
    from crosswalk.api import Loaded
    from crosswalk.results import RunResult


def run(
    session: Session,
    *,
    select: Select = None,
    full: Annotated[bool, typer.Option("--full", help="Look at all rows, not only at changed ones.")] = False,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="Run one row or document only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do what plan does.")] = False,
    allow: Allow = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Do exactly what plan --out FILE wrote, or refuse.")
    ] = None,
) -> int:
    """Bring the target up to date."""
    asked = Wanted(words(select), full, key, words(allow))
    if plan is not None:
        return _carried_out(session, plan, alone=asked == Wanted() and not dry_run)
    if dry_run:
        return show(session, planned(session, session.load(), asked), "plan", asked.command)
    return _ran(session, asked)


def _ran(session: Session, asked: Wanted) -> int:
    from crosswalk import api

    loaded = session.load()
    with progress(session, len(api.select(loaded, asked.select))) as told:
        result = api.run(loaded, asked.select, full=asked.full, key=asked.key, allow=asked.allow, progress=told)
    return _told(session, loaded, result)


def _carried_out(session: Session, file: Path, *, alone: bool) -> int:
    """Carry out a kept plan: what to run stands in its file, and nowhere else."""
    from crosswalk import api

    kept = read_plan(file)
    loaded = session.load()
    if not alone or loaded.profile != kept.profile:
        message = f"{file} says what to run, of the profile '{kept.profile}'"
        remedy = f"crosswalk --profile {kept.profile} run --plan {file}, without other options"
        raise UsageError(message, code="PLAN_UNREADABLE", remedy=remedy)
    with progress(session, len(kept.legs)) as told:
        result = api.carry_out(loaded, kept, told)
    return _told(session, loaded, result)


def _told(session: Session, loaded: Loaded, result: RunResult) -> int:
    log_result(result)
    return show(session, masks_of(loaded).result(result), "run")


SPEC = CommandSpec(run=run)
