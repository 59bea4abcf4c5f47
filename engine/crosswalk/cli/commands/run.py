"""Bring the target up to date.

Each leg is one transaction: it commits whole or changes nothing.
"""

from __future__ import annotations

from typing import Annotated

import typer

from crosswalk.cli.commands.plan import Select, carried_out, planned
from crosswalk.cli.endings import show
from crosswalk.cli.masks import masks_of
from crosswalk.cli.progress import log_result, progress
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec


def run(
    session: Session,
    *,
    select: Select = None,
    full: Annotated[bool, typer.Option("--full", help="Look at all rows, not only at changed ones.")] = False,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="Run one row or document only.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do what plan does.")] = False,
) -> int:
    """Bring the target up to date."""
    from crosswalk import api

    wanted = words(select)
    if dry_run:
        result = planned(session, wanted, full=full, key=key)
        return show(session, result, "plan", carried_out(wanted, full=full, key=key))
    loaded = session.load()
    with progress(session, len(api.select(loaded, wanted))) as told:
        result = api.run(loaded, wanted, full=full, key=key, progress=told)
    log_result(result)
    return show(session, masks_of(loaded).result(result), "run")


SPEC = CommandSpec(run=run)
