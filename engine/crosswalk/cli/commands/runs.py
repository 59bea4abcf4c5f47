"""List what ran, when, and what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from crosswalk.cli.screen import Grid, Line
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output
from crosswalk.cli.spec import CommandSpec
from crosswalk.results import FATES

_HEAD = ("started_at", "leg", "mode", "examined")
_TAIL = ("seconds", "run_id")


def runs(
    session: Session,
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, newest first.")] = 20,
) -> int:
    """List what ran, when, and what it did."""
    from crosswalk import api

    found = api.runs(session.load(), limit)
    if session.settings.output in (Output.json, Output.csv):
        names = tuple(found[0]) if found else (*_HEAD, *FATES, *_TAIL)
        session.screen.grid(Grid(names, [tuple(run.values()) for run in found]))
    elif not found:
        session.screen.lines([Line("nothing has run yet; next: " + session.next("crosswalk run"))])
    else:
        columns = (*_HEAD, *_seen(found), *_TAIL)
        session.screen.grid(Grid(columns, [_cells(run, columns) for run in found], frozenset({*columns[3:-1]})))
    return 0


def _seen(found: Sequence[Mapping[str, object]]) -> list[str]:
    """Name the fates that any of these runs had; the others would be columns of zeros."""
    return [fate for fate in FATES if any(run.get(fate) for run in found)]


def _cells(run: Mapping[str, object], columns: Sequence[str]) -> list[object]:
    return [_cell(column, run.get(column)) for column in columns]


def _cell(column: str, value: object) -> object:
    match value:
        case float():
            return f"{value:.2f}"
        case int():
            return f"{value:,}"
        case _:
            return str(value)[:19] if column == "started_at" else value


SPEC = CommandSpec(run=runs, tables=True)
