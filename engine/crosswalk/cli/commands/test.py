"""Run the unit tests of maps in memory; every difference is shown cell by cell."""

from __future__ import annotations

from typing import Annotated

import typer

from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.cli.verdicts import as_json, last_line, verdicts

FAILED = 7


def unit_tests(
    session: Session,
    *,
    maps: Annotated[list[str] | None, typer.Argument(metavar="MAPS...", help="Maps by name; default all.")] = None,
    select: Annotated[
        str, typer.Option("--select", "-s", metavar="NAME", help="Tests whose name holds this; * is anything.")
    ] = "",
) -> int:
    """Run the unit tests of maps in memory; every difference is shown cell by cell."""
    from crosswalk import api

    outcomes = api.unit_tests(session.load(), tuple(maps or ()), select)
    failed = any(not outcome.passed for outcome in outcomes)
    if session.screen.as_json:
        session.screen.json(as_json(outcomes, FAILED if failed else 0))
    else:
        session.screen.lines(verdicts(outcomes, whole=session.settings.verbose))
        session.screen.lines([Line(last_line(outcomes), "bold red" if failed else "bold green")])
    return FAILED if failed else 0


SPEC = CommandSpec(run=unit_tests)
