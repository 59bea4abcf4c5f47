"""What a command file exports as `SPEC`, and how it becomes a command of the command line.

Every command takes the shared options beside its own, so that both ``crosswalk --output json runs`` and ``crosswalk
runs --output json`` work. The two are joined once, here, instead of being written into every command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature

import typer

from crosswalk.cli.failures import guarded
from crosswalk.cli.session import Session
from crosswalk.cli.settings import Output, Settings, shared
from crosswalk.errors import UsageError
from crosswalk.logs import LogFormat

_SHARED = tuple(signature(shared, eval_str=True).parameters.values())
_gather: Callable[..., Settings] = shared


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command: the function that does it and gives the exit code, and its place in the help.

    `run` takes a `Session` and then keyword-only parameters; the command is named after its file.
    `tables` says that its result can be written as CSV.
    """

    run: Callable[..., int]
    rank: int
    tables: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call before the command is: its words, and the options in front of the command's name."""

    arguments: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)


def callback_of(name: str, spec: CommandSpec) -> Callable[..., None]:
    """Make the function that typer calls for a command."""

    def call(ctx: typer.Context, settings: Settings, given: Mapping[str, object]) -> None:
        outer = ctx.obj if isinstance(ctx.obj, Call) else Call()
        session = Session(name, outer.arguments, settings.over(outer.settings))
        raise typer.Exit(guarded(session, lambda: _checked(spec, session, given)))

    return joined(spec.run, call)


def joined(
    run: Callable[..., object], receive: Callable[[typer.Context, Settings, Mapping[str, object]], None]
) -> Callable[..., None]:
    """Give a callback with the parameters of `run`, but for its first, and the shared ones beside them."""
    own = tuple(signature(run, eval_str=True).parameters.values())[1:]

    def callback(ctx: typer.Context, **given: object) -> None:
        settings = _gather(**{each.name: given.pop(each.name) for each in _SHARED})
        receive(ctx, settings, given)

    context = Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = (context, *own, *_SHARED)
    callback.__doc__ = run.__doc__
    callback.__annotations__ = {each.name: each.annotation for each in parameters}
    callback.__dict__["__signature__"] = Signature(parameters)
    return callback


def _checked(spec: CommandSpec, session: Session, given: Mapping[str, object]) -> int:
    if session.settings.output is Output.csv and not spec.tables:
        message = f"{session.command} has no table to write as csv"
        raise UsageError(message, code="OUTPUT_FORMAT", remedy=f"--output {LogFormat.text} or {LogFormat.json}")
    return spec.run(session, **given)
