"""What can go wrong, as values: a place in a file, a problem at that place, and the exceptions that carry them.

The tree of exceptions, each with the exit code that the command line gives it::

    CrosswalkError            1   a defect of ours, when nothing below fits
    ├── StatementError        1   the database refused a statement
    ├── UsageError            2   the call names something that does not exist
    ├── MapError              2   problems in files: all of them, never only the first
    ├── StoppedError          4   a guard, a drift or a stale plan stopped the run; nothing was written
    ├── SystemFailure         5   the other system failed; the run can be resumed
    └── MachineError          6   lock, disk, memory or rights on this machine

Why problems are values: a file is read to its end and every mistake is shown in one pass, so the code that finds a
mistake must not raise at the first one. It collects `Problem`s; the stage raises one `MapError` with all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one line: `line` and `column` count from 1, `length` is in characters."""

    file: str
    line: int
    column: int
    length: int = 1

    def within(self, offset: int, length: int) -> Span:
        """Give the part of this span that starts `offset` characters to the right: a place inside an expression."""
        return Span(self.file, self.line, self.column + offset, max(1, length))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a code from `crosswalk.codes`, a sentence, where it stands, and what to write instead.

    An error stops everything; a warning says what will go wrong for some rows; a note is for the tidy.
    """

    code: str
    message: str
    span: Span
    hint: str = ""
    severity: Severity = "error"


class CrosswalkError(Exception):
    """Root of everything that Crosswalk raises on purpose."""

    exit_code = 1

    def __init__(self, message: str, *, code: str = "DEFECT", remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy


class StatementError(CrosswalkError):
    """The database refused a statement: ours, which is a defect, or one that a person typed."""


class UsageError(CrosswalkError):
    """The call names something that does not exist, or asks for what cannot be asked."""

    exit_code = 2


class MapError(CrosswalkError):
    """Problems in the files of a project, sorted by place."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems), key=lambda p: (p.span, p.code, p.message)))
        first = self.problems[0] if self.problems else None
        super().__init__(first.message if first else "no problem", code=first.code if first else "DEFECT")


class StoppedError(CrosswalkError):
    """A guard, a drift or a stale plan stopped the run before anything was written."""

    exit_code = 4


class SystemFailure(CrosswalkError):
    """The other system failed in the middle; what it has acknowledged is recorded and the run can be resumed."""

    exit_code = 5


class MachineError(CrosswalkError):
    """Lock, disk, memory or rights on this machine; nothing was changed."""

    exit_code = 6


def nearest(name: str, known: Iterable[str]) -> str:
    """Say what the writer may have meant: ``did you mean 'x'?``, or nothing where no name is near."""
    by_fold = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
    return f"did you mean '{by_fold[close[0]]}'?" if close else ""


@dataclass(slots=True)
class Problems:
    """A list that stages add to while they read on; `done` raises once, with everything in it."""

    found: list[Problem] = field(default_factory=list)

    def add(self, code: str, message: str, span: Span, hint: str = "") -> None:
        self.found.append(Problem(code, message, span, hint))

    def extend(self, problems: Sequence[Problem]) -> None:
        self.found.extend(problems)

    def done(self) -> None:
        """Raise `MapError` when anything was found."""
        if self.found:
            raise MapError(self.found)
