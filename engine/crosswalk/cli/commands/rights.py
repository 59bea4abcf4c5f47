"""Say what a login must be allowed to do in the outside systems of a profile, and no more.

Read off the maps: which tables are read, made, changed, removed. Nothing is asked of the systems.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from crosswalk.cli.screen import Grid, Line
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output
from crosswalk.cli.spec import CommandSpec

if TYPE_CHECKING:
    from crosswalk.api import SystemRights


def rights(
    session: Session,
    *,
    system: Annotated[
        str | None, typer.Option("--system", metavar="NAME", help="One system only; by default all outside systems.")
    ] = None,
) -> int:
    """Say what a login must be allowed to do in the outside systems of a profile, and no more."""
    from crosswalk import api

    loaded = session.load()
    found = api.rights(loaded, system)
    if session.screen.as_json:
        session.screen.json([_as_json(one) for one in found])
    elif not found:
        told = f"every system of profile '{loaded.profile}' is embedded: no login is needed"
        session.screen.lines([Line(told, "dim")])
    else:
        session.screen.grid(Grid(("system", "table", "rights", "maps"), [row for one in found for row in _rows(one)]))
        if session.settings.output in (None, Output.text):
            session.screen.lines(_statements(found))
    return 0


def _rows(one: SystemRights) -> Iterator[tuple[str, str, str, str]]:
    for right in one.rights:
        yield one.system, right.table, ", ".join(right.verbs), ", ".join(right.maps)


def _statements(found: Sequence[SystemRights]) -> Iterator[Line]:
    """Give what can be handed to a system as it stands."""
    for one in found:
        written = [statement for right in one.rights for statement in right.statements]
        if written:
            yield Line("")
            yield Line(f"-- {one.system}, as the owner of its tables", "bold")
            yield from (Line(statement) for statement in written)


def _as_json(one: SystemRights) -> dict[str, object]:
    return {
        "system": one.system,
        "kind": one.kind,
        "tables": [
            {"table": r.table, "rights": r.verbs, "maps": r.maps, "statements": r.statements} for r in one.rights
        ],
    }


SPEC = CommandSpec(run=rights, tables=True)
