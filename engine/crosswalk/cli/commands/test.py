"""Run the unit tests of maps in memory, and say what no test reaches.

A failed test shows every cell that is not as expected; coverage counts the lines, pairs, outcomes and reasons of a map.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.finding import ROOT_FILE, shown_path
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.cli.verdicts import Verdicts
from crosswalk.errors import UsageError, nearest
from crosswalk.whole_files import put

if TYPE_CHECKING:
    from crosswalk.api import Loaded

FAILED = 7
WHOLE = 100.0


def unit_tests(
    session: Session,
    *,
    maps: Annotated[
        list[str] | None,
        typer.Argument(metavar="MAPS...", help="Maps by name, tag or file, or a project folder."),
    ] = None,
    select: Annotated[
        str, typer.Option("--select", "-s", metavar="NAME", help="Tests whose name holds this; * is anything.")
    ] = "",
    junit: Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML there.")] = None,
    coverage: Annotated[bool, typer.Option(help="Say what no test reaches.")] = True,
    fail_under: Annotated[
        float, typer.Option(metavar="PERCENT", help="Fail when a map is covered to less.", min=0, max=WHOLE)
    ] = 0,
) -> int:
    """Run the unit tests of maps in memory, and say what no test reaches."""
    from crosswalk import api

    session, loaded, wanted = _chosen(session, maps or [])
    report = api.unit_tests(loaded, wanted, select)
    if select and not report.outcomes:
        names = {test.name for tests in loaded.project.tests.values() for test in tests}
        remedy = nearest(select, names) or "crosswalk test --verbose lists the tests by name"
        raise UsageError(f"no test has '{select}' in its name", code="UNKNOWN_TEST", remedy=remedy)
    verdicts = Verdicts(report, session.folder, coverage=coverage and not select, fail_under=fail_under)
    failed = not report.passed or not report.covers(fail_under)
    if junit is not None:
        put(junit, api.junit(report.outcomes, verdicts.said))
    if session.screen.as_json:
        session.screen.json(verdicts.as_json(FAILED if failed else 0))
    else:
        session.screen.lines(verdicts.lines(whole=session.settings.verbose))
        session.screen.lines([Line(f"wrote {shown_path(junit)}")] if junit is not None else [])
        session.screen.lines([Line(verdicts.last_line(), "bold red" if failed else "bold green")])
    return FAILED if failed else 0


def _chosen(session: Session, words: list[str]) -> tuple[Session, Loaded, list[str]]:
    """Load the project that the words name, and give the maps among them."""
    folders = [word for word in words if (Path(word) / ROOT_FILE).is_file()]
    if folders:
        session = replace(session, settings=replace(session.settings, project=Path(folders[0])))
    loaded = session.load(tests=True)
    files = {(loaded.root / found.span.file).resolve(): name for name, found in loaded.project.maps.items()}
    files |= {(loaded.root / t.span.file).resolve(): t.map_name for ts in loaded.project.tests.values() for t in ts}
    wanted = [files.get(Path(word).resolve(), word) for word in words if word not in folders]
    return session, loaded, wanted


SPEC = CommandSpec(run=unit_tests)
