"""The options of every command: where the project is, how results are written, how much is said."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Option

from crosswalk.logs import LogFormat

PANEL = "Options of every command"


class Output(StrEnum):
    """How a result is written to stdout."""

    text = "text"
    json = "json"
    csv = "csv"


@dataclass(frozen=True, slots=True)
class Settings:
    """What was asked for before or after the name of the command. None and false: nothing was said."""

    project: Path | None = None
    profile: str | None = None
    output: Output | None = None
    log_format: LogFormat | None = None
    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    no_color: bool = False

    def over(self, outer: Settings) -> Settings:
        """Let what was said here win over what was said before."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(outer, **{name: value for name, value in said.items() if value})

    @property
    def log_form(self) -> LogFormat:
        """The log follows the result where nothing else is said: who reads JSON gets it from both."""
        return self.log_format or (LogFormat.json if self.output is Output.json else LogFormat.text)

    @property
    def log_level(self) -> int:
        if self.debug:
            return logging.DEBUG
        if self.quiet:
            return logging.ERROR
        return logging.INFO if self.verbose or self.log_format is LogFormat.json else logging.WARNING


def shared(
    *,
    project: Annotated[
        Path | None,
        Option(
            "--project",
            "-C",
            metavar="FOLDER",
            help="The folder of crosswalk.yaml. Default: the nearest one upwards, or ./maps.",
            rich_help_panel=PANEL,
        ),
    ] = None,
    profile: Annotated[
        str | None, Option(metavar="NAME", help="The connections to use.", rich_help_panel=PANEL)
    ] = None,
    output: Annotated[
        Output | None, Option("--output", help="How results are written; csv for tables.", rich_help_panel=PANEL)
    ] = None,
    log_format: Annotated[
        LogFormat | None, Option("--log-format", help="How the log on stderr is written.", rich_help_panel=PANEL)
    ] = None,
    quiet: Annotated[bool, Option("--quiet", "-q", help="Log errors only.", rich_help_panel=PANEL)] = False,
    verbose: Annotated[bool, Option("--verbose", "-v", help="Log every step.", rich_help_panel=PANEL)] = False,
    debug: Annotated[bool, Option("--debug", help="Show tracebacks.", rich_help_panel=PANEL)] = False,
    no_color: Annotated[bool, Option("--no-color", help="Write without colours.", rich_help_panel=PANEL)] = False,
) -> Settings:
    """Gather the options of every command; its signature is what the command line offers."""
    return Settings(project, profile, output, log_format, quiet, verbose, debug, no_color)
