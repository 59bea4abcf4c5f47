"""List the rows that are held or rejected, with their reasons, or dismiss some of them.

`rejects dismiss MAP KEY --reason TEXT` closes an open row, `--code CODE` in the place of the key all rows with that
reason. The row is no longer tried nor listed until it changes, or something that it depends on does; while the same
is wrong with the same row, it stays dismissed. `rejects reopen MAP KEY` takes that back.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from crosswalk.cli.blocks import rows, shorten, times
from crosswalk.cli.dismissals import Action, Named, dismissed
from crosswalk.cli.finding import shown_path
from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.masks import masks_of
from crosswalk.cli.screen import Grid, Line, csv_of
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output
from crosswalk.cli.spec import CommandSpec
from crosswalk.cli.stories import closing
from crosswalk.errors import UsageError
from crosswalk.results import Reject
from crosswalk.whole_files import put

COLUMNS = ("map", "key", "fate", "code", "column", "value", "place", "attempts", "first seen")
CLOSED = ("state", "closed", "by", "note")


def rejects(
    session: Session,
    *,
    action: Annotated[
        Action | None, typer.Argument(metavar="dismiss|reopen", help="What to do with rows.", show_default=False)
    ] = None,
    of_map: Annotated[str | None, typer.Argument(metavar="MAP", help="The map of the rows to dismiss.")] = None,
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="The key of the row to dismiss.")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the rows may stay as they are.")] = "",
    closed: Annotated[bool, typer.Option("--all", help="Also rows that were resolved or dismissed.")] = False,
    map_name: Annotated[str | None, typer.Option("--map", "-m", metavar="MAP", help="Rows of this map only.")] = None,
    code: Annotated[str | None, typer.Option("--code", metavar="CODE", help="Rows with this reason only.")] = None,
    held: Annotated[bool, typer.Option("--held", help="Held rows only.")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="Rejected rows only.")] = False,
    row: Annotated[str | None, typer.Option("--row", metavar="KEY", help="Show this row with its source.")] = None,
    export: Annotated[Path | None, typer.Option("--export", metavar="FILE", help="Write the rows as CSV.")] = None,
) -> int:
    """List the rows that are held or rejected, with their reasons, or dismiss some of them."""
    if action is not None:
        return dismissed(session, action, Named(of_map or map_name, key or row, code, reason))
    fates = {fate for fate, wanted in (("held", held), ("rejected", rejected)) if wanted}
    found = [
        reject for reject in _open_rows(session, map_name, code, closed=closed) if not fates or reject.fate in fates
    ]
    if row is not None:
        found = _of_key(found, row)
    if export is not None:
        put(export, csv_of(_exported(found)))
        session.screen.lines([Line(f"{rows(len(found))} written to {shown_path(export)}")])
    elif session.settings.output is Output.csv:
        session.screen.grid(_exported(found))
    elif session.screen.as_json:
        session.screen.json([asdict(reject) for reject in found])
    else:
        _show(session, found, whole=row is not None)
    return 0


def _open_rows(session: Session, map_name: str | None, code: str | None, *, closed: bool) -> list[Reject]:
    from crosswalk import api

    loaded = session.load()
    if map_name is not None and map_name not in {f"read {ref}" for ref in loaded.project.entities}:
        api.select(loaded, (map_name,))
    masks = masks_of(loaded)
    return [masks.reject(reject) for reject in api.rejects(loaded, map_name, code, closed=closed)]


def _of_key(found: list[Reject], key: str) -> list[Reject]:
    chosen = [reject for reject in found if reject.key == key]
    if not chosen:
        message = f"no open row has the key '{key}'"
        raise UsageError(message, code="UNKNOWN_KEY", remedy=f"{PROGRAM} rejects, or {PROGRAM} why <map> {key}")
    return chosen


def _show(session: Session, found: list[Reject], *, whole: bool) -> None:
    if whole:
        session.screen.lines(line for reject in found for line in _whole(reject))
    elif not found:
        session.screen.lines([Line("no open row")])
    else:
        ended = any(reject.state != "open" for reject in found)
        cells = [(*_cells(reject), *(_ended(reject) if ended else ())) for reject in found]
        session.screen.grid(Grid((*COLUMNS, *(CLOSED if ended else ())), cells, frozenset({"attempts"})))
        session.screen.lines([Line("; ".join([_count(found), *_following(session, found)]), "bold")])


def _count(found: list[Reject]) -> str:
    count = sum(reject.state == "open" for reject in found)
    said = "1 open row" if count == 1 else f"{count:,} open rows"
    return said if count == len(found) else f"{said}, {len(found) - count:,} closed"


def _ended(reject: Reject) -> Sequence[object]:
    return (reject.state, reject.resolved_at[:19], reject.resolved_by, shorten(reject.note))


def _following(session: Session, found: list[Reject]) -> list[str]:
    """Name the command that tells more of the first row."""
    return [f"next: {session.next(shlex.join([PROGRAM, 'why', reject.map_name, reject.key]))}" for reject in found[:1]]


def _cells(reject: Reject) -> Sequence[object]:
    value = None if reject.value is None else shorten(reject.value)
    head = (_leg(reject), reject.key, reject.fate, reject.code, reject.column, value)
    return (*head, reject.place, reject.attempts, reject.first_seen[:19])


def _leg(reject: Reject) -> str:
    return reject.map_name if reject.leg == "out" else f"{reject.map_name}:{reject.leg}"


def _whole(reject: Reject) -> Iterator[Line]:
    yield Line(f"{_leg(reject)}  row {reject.key}  {reject.fate}  {reject.code} {reject.column}".rstrip(), "bold")
    yield Line(f"  value     {'null' if reject.value is None else reject.value}")
    yield Line(f"  place     {reject.place}")
    yield Line(f"  seen      {reject.first_seen[:19]}, tried {times(reject.attempts)}, last in run {reject.run_id}")
    if reject.state != "open":
        yield Line(f"  {closing(reject)}")
    width = max(map(len, reject.row), default=0)
    for number, row in enumerate(reject.rows or (reject.row,), start=1):
        if reject.rows:
            yield Line(f"  row {number} of {len(reject.rows)}")
        for column, value in row.items():
            yield Line(f"    {column:<{width}}  {'null' if value is None else value}")


def _exported(found: list[Reject]) -> Grid:
    """Put every column of the source rows beside the reason; rows of another table leave theirs empty."""
    source = list(dict.fromkeys(column for reject in found for column in reject.row))
    columns = (*COLUMNS, *CLOSED, *(f"row.{column}" for column in source))
    return Grid(columns, [(*_full(reject), *(reject.row.get(column) for column in source)) for reject in found])


def _full(reject: Reject) -> Sequence[object]:
    head = (_leg(reject), reject.key, reject.fate, reject.code, reject.column, reject.value)
    ended = (reject.state, reject.resolved_at, reject.resolved_by, reject.note)
    return (*head, reject.place, reject.attempts, reject.first_seen, *ended)


SPEC = CommandSpec(run=rejects, tables=True)
