"""What an examination finds, as values: symptoms, and what was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.errors import CrosswalkError
from crosswalk.loading import Loaded

Need = Literal["nothing", "project", "database"]


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that is not as it should be: a code, a sentence, and what to do. A warning stops no command; `exit` is
    what an error ends a command with: 2 for the project and its surroundings, 5 for another system, 6 for this machine.
    """

    code: str
    message: str
    remedy: str
    severity: Literal["warning", "error"] = "warning"
    exit: int = 6


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined. `loaded` is None where the project cannot be read, `backend` where the database is not there or
    cannot be opened; `refused` says why.
    """

    folder: Path
    loaded: Loaded | None
    backend: DuckDBBackend | None
    refused: tuple[CrosswalkError, ...] = ()
    offline: bool = False

    @property
    def project(self) -> Loaded:
        assert self.loaded is not None, "the check says that it needs the project"
        return self.loaded

    @property
    def database(self) -> DuckDBBackend:
        assert self.backend is not None, "the check says that it needs the database"
        return self.backend


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at: its name, what it needs, what is said where all is well, and how to look."""

    name: str
    needs: Need
    well: str
    look: Callable[[Patient], Iterator[Symptom]]


@dataclass(frozen=True, slots=True)
class Examined:
    """One check with what it found. `skipped` says why it could not look."""

    check: str
    well: str
    symptoms: tuple[Symptom, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks in their order."""

    checks: tuple[Examined, ...]

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        return tuple(found for check in self.checks for found in check.symptoms)

    @property
    def exit_code(self) -> int:
        """0 where there are warnings at most; else the code of the errors that stand first in the way of a run."""
        return min((found.exit for found in self.symptoms if found.severity == "error"), default=0)


def of_error(error: CrosswalkError) -> Symptom:
    """Turn what a command would have ended with into a symptom."""
    message = " ".join(str(error).split())
    return Symptom(error.code, message, error.remedy or "see the message", "error", error.exit_code)
