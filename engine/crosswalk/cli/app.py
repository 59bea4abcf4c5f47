"""The command line as typer sees it: the shared options, and one command for each file in `commands`.

Why only the command that is called is loaded: the help needs no more of a command than the first sentence of its file,
and most of the time of a short command would go into loading the others.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Annotated

import typer

from crosswalk.cli import commands
from crosswalk.cli.settings import Settings
from crosswalk.cli.spec import Call, joined

_VERSION = "Show the versions of Crosswalk and DuckDB."
_COMPLETION = "_CROSSWALK_COMPLETE"


def build(arguments: Sequence[str]) -> typer.Typer:
    """Gather the commands; of those that the call does not name, their names and first sentences alone."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(help=crosswalk.__doc__)(joined(crosswalk, _receive))
    for name, text in _texts().items():
        app.command(name, help=text)(_load(name) if name in arguments or _COMPLETION in os.environ else _unused)
    return app


def crosswalk(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda wanted: _version(wanted=wanted), is_eager=True, help=_VERSION)
    ] = False,
) -> None:
    """Keep the tables of two systems in step: table maps in, readable SQL and a ledger of every row out."""


def _texts() -> Mapping[str, str]:
    """Give the commands in the order of their use, with the docstrings of their files; new ones come last."""
    found = {
        file.name.removesuffix(".py"): ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        for file in files(commands).iterdir()
        if file.name.endswith(".py") and not file.name.startswith("_")
    }
    ordered = [name for name in commands.ORDER if name in found]
    return {name: _flowing(found[name]) for name in [*ordered, *sorted(found.keys() - set(ordered))]}


def _flowing(text: str) -> str:
    """Let paragraphs break where the screen does, not where the file does."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _load(name: str) -> Callable[..., None]:
    from crosswalk.cli.loading import load_command

    return load_command(name)


def _unused() -> None:
    """Stand for a command that the call does not name."""


def _receive(ctx: typer.Context, settings: Settings, given: Mapping[str, object]) -> None:
    call = ctx.obj if isinstance(ctx.obj, Call) else Call()
    ctx.obj = replace(call, settings=settings)


def _version(*, wanted: bool) -> None:
    from crosswalk.cli.versions import versions

    if wanted:
        typer.echo(versions())
        raise typer.Exit
