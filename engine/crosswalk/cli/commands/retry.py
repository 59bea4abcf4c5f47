"""Try held and rejected rows again.

The steps are those of any run, for the open rows alone.
"""

from __future__ import annotations

from typing import Annotated

import typer

from crosswalk.cli.endings import show
from crosswalk.cli.masks import masks_of
from crosswalk.cli.progress import log_result, progress
from crosswalk.cli.session import Session, words
from crosswalk.cli.spec import CommandSpec


def retry(
    session: Session,
    *,
    map_name: Annotated[
        list[str] | None, typer.Option("--map", "-m", metavar="MAP", help="Rows of these maps only.")
    ] = None,
    code: Annotated[str | None, typer.Option("--code", metavar="CODE", help="Rows with this reason only.")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="This row only.")] = None,
) -> int:
    """Try those rows again."""
    from crosswalk import api

    loaded = session.load()
    with progress(session, len(api.select(loaded, words(map_name)))) as told:
        result = api.retry(loaded, words(map_name), code=code, key=key, progress=told)
    log_result(result)
    return show(session, masks_of(loaded).result(result), "retry")


SPEC = CommandSpec(run=retry)
