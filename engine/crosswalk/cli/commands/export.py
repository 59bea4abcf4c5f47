"""Give table maps back as records of another product: dual-write MAP... -o FOLDER.

What a map says beyond the format is told line by line; nothing is written then, unless --lossy is said.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.blocks import number_of
from crosswalk.cli.bringing import Format, given_lines, named_systems
from crosswalk.cli.finding import shown_path
from crosswalk.cli.screen import Line
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec
from crosswalk.errors import UsageError
from crosswalk.whole_files import put

if TYPE_CHECKING:
    from crosswalk.api import GivenBack


def give(
    session: Session,
    *,
    kind: Annotated[Format, typer.Argument(metavar="dual-write", help="The format of the records.")],
    maps: Annotated[list[str] | None, typer.Argument(metavar="MAP...", help="Maps by name; default all.")] = None,
    into: Annotated[Path, typer.Option("--into", "-o", metavar="FOLDER", help="Where records are written.")] = Path(
        "records"
    ),
    left: Annotated[str, typer.Option("--left", metavar="NAME", help="The name of the system on the left side.")] = "",
    right: Annotated[str, typer.Option("--right", metavar="NAME", help="The name of the other system.")] = "",
    lossy: Annotated[bool, typer.Option("--lossy", help="Leave out what a record cannot say.")] = False,
) -> int:
    """Give table maps back as records of another product."""
    from crosswalk import api

    given = api.export_records(session.load(), words(maps), systems=named_systems(left, right))
    lost = sum(len(one.lost) + bool(one.refused) for one in given)
    if lost and not lossy:
        _show(session, given, [])
        message = f"{lost} thing{'s' * (lost != 1)} would be lost; nothing was written"
        raise UsageError(message, code="CANNOT_EXPRESS", remedy="look into the list, or say --lossy to go on")
    into.mkdir(parents=True, exist_ok=True)
    written = [into / f"{one.name}.record.json" for one in given if one.record is not None]
    for path, one in zip(written, (one for one in given if one.record is not None), strict=True):
        put(path, one.text)
    _show(session, given, written)
    return 0


def _show(session: Session, given: tuple[GivenBack, ...], written: list[Path]) -> None:
    if session.screen.as_json:
        maps = [
            {
                "map": one.name,
                "refused": one.refused,
                "lost": [{"what": lost.what, "why": lost.why} for lost in one.lost],
            }
            for one in given
        ]
        session.screen.json({"maps": maps, "written": [shown_path(path) for path in written]})
        return
    session.screen.lines(given_lines(given))
    session.screen.lines([Line(f"{number_of(len(written), 'record')} written", "bold")])


SPEC = CommandSpec(run=give)
