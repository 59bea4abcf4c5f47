"""What a command file exports as `SPEC`, and how the shared options join the options of a command.

Every command takes the shared options beside its own, so that both ``crosswalk --output json runs`` and ``crosswalk
runs --output json`` work. The two are joined once, here, instead of being written into every command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature

import typer

from crosswalk.cli.settings import Settings, shared

Receive = Callable[[typer.Context, Settings, Mapping[str, object]], None]

_SHARED = tuple(signature(shared, eval_str=True).parameters.values())
_gather: Callable[..., Settings] = shared


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command: the function that does it and gives the exit code.

    `run` takes a `Session` and then keyword-only parameters. The command is named after its file, and the docstring of
    the file is its help. `tables` says that its result can be written as CSV.
    """

    run: Callable[..., int]
    tables: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a call before the command is: its words, and the options in front of the command's name."""

    arguments: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)


def joined(run: Callable[..., object], receive: Receive) -> Callable[..., None]:
    """Give a callback with the parameters of `run`, but for its first, and the shared ones beside them."""
    own = tuple(signature(run, eval_str=True).parameters.values())[1:]

    def callback(ctx: typer.Context, **given: object) -> None:
        settings = _gather(**{each.name: given.pop(each.name) for each in _SHARED})
        receive(ctx, settings, given)

    context = Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = (context, *own, *_SHARED)
    callback.__annotations__ = {each.name: each.annotation for each in parameters}
    callback.__dict__["__signature__"] = Signature(parameters)
    return callback
