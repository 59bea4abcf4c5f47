"""Loads one command file by its name and makes the function that typer calls for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module

import typer

from crosswalk.cli.failures import guarded
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output, Settings
from crosswalk.cli.spec import Call, CommandSpec, joined
from crosswalk.errors import UsageError


def load_command(name: str) -> Callable[..., None]:
    """Give the callback of a command: it takes the options, does the work and ends with the exit code."""
    spec: CommandSpec = import_module(f"crosswalk.cli.commands.{name}").SPEC

    def receive(ctx: typer.Context, settings: Settings, given: Mapping[str, object]) -> None:
        outer = ctx.obj if isinstance(ctx.obj, Call) else Call()
        session = Session(name, outer.arguments, settings.over(outer.settings))
        raise typer.Exit(guarded(session, lambda: _run(spec, session, given)))

    return joined(spec.run, receive)


def _run(spec: CommandSpec, session: Session, given: Mapping[str, object]) -> int:
    if session.settings.output is Output.csv and not spec.tables:
        message = f"{session.command} has no table to write as csv"
        raise UsageError(message, code="OUTPUT_FORMAT", remedy=f"--output {Output.text} or {Output.json}")
    return spec.run(session, **given)
