"""What a command gets to work with: the settings, the screen, and the project they name."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crosswalk.cli.finding import project_folder
from crosswalk.cli.interrupts import PROGRAM, run_again
from crosswalk.cli.screen import Screen
from crosswalk.cli.settings import Settings
from crosswalk.errors import UsageError

if TYPE_CHECKING:
    from crosswalk.api import Loaded


@dataclass(frozen=True, slots=True)
class Session:
    """One call of one command. `arguments` are the words of the call, to say how to run it again."""

    command: str
    arguments: tuple[str, ...]
    settings: Settings

    @property
    def screen(self) -> Screen:
        return Screen(self.settings)

    @property
    def folder(self) -> Path:
        return project_folder(self.settings.project, Path.cwd())

    @property
    def again(self) -> str:
        """The words that repeat this call."""
        return run_again(self.arguments)

    def load(self, *, tests: bool = False) -> Loaded:
        """Read and compile the project, with its files of unit tests or without; loads the engine."""
        from crosswalk import api

        return api.load(self.folder, self.settings.profile, tests=tests)

    def next(self, command: str) -> str:
        """Complete a command that comes next with the project and profile of this call."""
        if not command.startswith(f"{PROGRAM} "):
            return command
        more = ["--project", str(self.settings.project)] if self.settings.project else []
        more += ["--profile", self.settings.profile] if self.settings.profile else []
        return f"{command} {shlex.join(more)}".rstrip()


def words(values: list[str] | None) -> tuple[str, ...]:
    """Take apart an option that may be repeated and may list several names with commas. An empty one is refused: it is
    most often a variable of a script that is not set, and it must not mean all.
    """
    found = tuple(word.strip() for value in values or () for word in value.split(",") if word.strip())
    if values and not found:
        raise UsageError(
            "an option that takes names is given none", code="UNKNOWN_MAP", remedy="name one, or leave it out"
        )
    return found
