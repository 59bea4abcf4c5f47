"""Ask the results in SQL, read-only."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from crosswalk.cli.blocks import rows
from crosswalk.cli.failures import first_line
from crosswalk.cli.screen import Grid, Line
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import StatementError, UsageError, nearest


def query(
    session: Session,
    *,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One query; tables are written system.table.")],
) -> int:
    """Ask the results in SQL, read-only."""
    grid = _ask(session, sql)
    session.screen.grid(grid)
    if session.settings.output in (None, Output.text):
        session.screen.lines([Line(rows(len(grid.rows)), "dim")])
    return 0


def _ask(session: Session, sql: str) -> Grid:
    from crosswalk import api

    loaded = session.load()
    try:
        columns, found = api.query(loaded, sql)
    except StatementError as error:
        raise UsageError(first_line(error), code="QUERY_FAILED", remedy=_advice(error)) from error
    return Grid(columns, found, _numbers(columns, found))


def _advice(error: StatementError) -> str:
    """Propose a name that the database knows: it lists some below the first line, far ones among them."""
    first, _, rest = str(error).partition("\n")
    known = [name.rpartition(".")[2] for name in re.findall(r'"([^"]+)"', rest)]
    return next((hint for word in re.findall(r"\w+", first) if (hint := nearest(word, known))), "")


def _numbers(columns: tuple[str, ...], found: list[tuple[object, ...]]) -> frozenset[str]:
    """Find the columns that hold numbers, by their values."""
    numbers = set()
    for place, column in enumerate(columns):
        values = [row[place] for row in found if row[place] is not None]
        if values and all(type(value).__name__ in ("int", "float", "Decimal") for value in values):
            numbers.add(column)
    return frozenset(numbers)


SPEC = CommandSpec(run=query, tables=True)
