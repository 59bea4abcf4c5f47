"""The command line as typer sees it: the shared options, and one command for each file in `commands`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

import typer

from crosswalk.cli import commands
from crosswalk.cli.settings import Settings
from crosswalk.cli.spec import Call, CommandSpec, callback_of, joined
from crosswalk.cli.versions import versions

_HELP = "Show the versions of Crosswalk and DuckDB."


def build() -> typer.Typer:
    """Gather the commands. None of their files loads the engine, so asking for help stays fast."""
    app = typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(joined(crosswalk, _receive))
    for name, spec in sorted(_specs().items(), key=lambda item: item[1].rank):
        app.command(name)(callback_of(name, spec))
    return app


def crosswalk(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=lambda wanted: _version(wanted=wanted), is_eager=True, help=_HELP)
    ] = False,
) -> None:
    """Keep the tables of two systems in step: table maps in, readable SQL and a ledger of every row out."""


def _specs() -> Mapping[str, CommandSpec]:
    names = sorted(module.name for module in iter_modules(commands.__path__))
    return {name: import_module(f"{commands.__name__}.{name}").SPEC for name in names}


def _receive(ctx: typer.Context, settings: Settings, given: Mapping[str, object]) -> None:
    call = ctx.obj if isinstance(ctx.obj, Call) else Call()
    ctx.obj = replace(call, settings=settings)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(versions())
        raise typer.Exit
