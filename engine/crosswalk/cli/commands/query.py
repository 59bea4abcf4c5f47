"""`crosswalk query`: ask the results in SQL, read-only."""

from __future__ import annotations

from typing import Annotated

import typer

from crosswalk.cli.failures import first_line
from crosswalk.cli.screen import Grid, Line
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import StatementError, UsageError


def query(
    session: Session,
    *,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One query; tables are written system.table.")],
) -> int:
    """Ask the results in SQL, read-only."""
    grid = _ask(session, sql)
    session.screen.grid(grid)
    if session.settings.output in (None, Output.text):
        count = "1 row" if len(grid.rows) == 1 else f"{len(grid.rows):,} rows"
        session.screen.lines([Line(count, "dim")])
    return 0


def _ask(session: Session, sql: str) -> Grid:
    from crosswalk import api

    loaded = session.load()
    try:
        columns, rows = api.query(loaded, sql)
    except StatementError as error:
        raise UsageError(first_line(error), code="QUERY_FAILED") from error
    return Grid(columns, rows, _numbers(columns, rows))


def _numbers(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> frozenset[str]:
    """Find the columns that hold numbers, by their values."""
    found = set()
    for place, column in enumerate(columns):
        values = [row[place] for row in rows if row[place] is not None]
        if values and all(type(value).__name__ in ("int", "float", "Decimal") for value in values):
            found.add(column)
    return frozenset(found)


SPEC = CommandSpec(run=query, rank=100, tables=True)
