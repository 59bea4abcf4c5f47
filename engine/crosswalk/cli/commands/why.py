"""Tell the story of one row: every run, its fate, the line of the map that decided.

It only reads. A row that could not be read from an outside table is told by the name under which `rejects` lists it,
as in: why "read shop.orders" 17.
"""

from __future__ import annotations

from typing import Annotated

import typer

from crosswalk.cli.interrupts import PROGRAM
from crosswalk.cli.masks import masks_of
from crosswalk.cli.session import Session
from crosswalk.cli.spec import CommandSpec
from crosswalk.cli.stories import as_json, known, tell
from crosswalk.errors import UsageError


def why(
    session: Session,
    *,
    map_name: Annotated[str, typer.Argument(metavar="MAP", help="The name of a map, or map:back for one leg.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key of a source row; parts are joined by |.")],
    target: Annotated[bool, typer.Option("--target", help="The key is that of a row of the target.")] = False,
) -> int:
    """Tell the story of one row: every run, its fate, the line of the map that decided."""
    from crosswalk import api

    loaded = session.load()
    stories = [story for story in api.why(loaded, map_name, key, target=target) if known(story)]
    if not stories:
        message = f"no row of '{map_name}' has the key '{key}': it is not in the source, and no run has seen it"
        message = f"no run of '{map_name}' has made a row with the key '{key}'" if target else message
        raise UsageError(message, code="UNKNOWN_KEY", remedy=f"{PROGRAM} rejects lists open rows by their keys")
    masks = masks_of(loaded)
    if session.screen.as_json:
        session.screen.json([as_json(story, masks) for story in stories])
    else:
        for story in stories:
            session.screen.lines(tell(story, loaded.project.lines, masks))
    return 0


SPEC = CommandSpec(run=why)
