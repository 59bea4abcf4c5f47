"""Turns what goes wrong into words and an exit code; nothing but ``--debug`` shows a traceback.

================  ====  ==================================================================
map, usage        2     every problem with its place, or one sentence and what to do
guard, drift      4     what stopped the run; nothing was written
other system      5     what failed, and the command that goes on
machine           6     lock, disk, memory, rights
interrupted       130   (143 for a polite kill) and the command that goes on
anything else     1     a mistake of ours: a report file, and one line that names it
================  ====  ==================================================================
"""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crosswalk.cli.finding import with_lines
from crosswalk.cli.interrupts import KEYBOARD, SENTENCE, TerminatedError, exit_code
from crosswalk.cli.screen import visible
from crosswalk.cli.session import Session
from crosswalk.cli.versions import versions
from crosswalk.errors import CrosswalkError, MachineError, MapError, Problem, StoppedError, SystemFailure
from crosswalk.logs import LogFormat, event, open_log
from crosswalk.problems import SHOWN, render
from crosswalk.secrets import hide
from crosswalk.whole_files import NO_ROOM

_REMEDIES = {
    "OUT_OF_MEMORY": "free memory, or run fewer maps at once with --select",
    "DISK_FULL": "make room on the disk, then run again",
    "DISK_OR_FILE": "check room and rights on the disk, then run again",
    "NO_RIGHTS": "check who owns the file or folder, then run again",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is said about something that went wrong."""

    exit: int
    code: str
    message: str
    remedy: str = ""
    problems: tuple[Problem, ...] = ()


def guarded(session: Session, act: Callable[[], int]) -> int:
    """Do what a command does; whatever goes wrong becomes words and an exit code."""
    open_log(sys.stderr, session.settings.log_form, session.settings.log_level)
    try:
        return act()
    except (KeyboardInterrupt, TerminatedError):
        return _report(session, _interrupted(session, exit_code() or KEYBOARD))
    except Exception as error:  # noqa: BLE001 - the last place that can turn it into words
        interrupted = exit_code()  # the database turns an interrupt into a failure of its own
        if interrupted is not None:
            return _report(session, _interrupted(session, interrupted))
        failure = _failure(session, error)
        if session.settings.debug:
            traceback.print_exception(error)
        return _report(session, failure)


def first_line(error: BaseException) -> str:
    """Give the first line of a message that may have many."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _failure(session: Session, error: Exception) -> Failure:
    match error:
        case MapError():
            return Failure(error.exit_code, error.code, str(error), problems=error.problems)
        case CrosswalkError(exit_code=1):
            return _defect(session, error)
        case CrosswalkError():
            return Failure(error.exit_code, error.code, _one_line(error), _remedy(session, error))
        case OSError():
            return _of_machine(_code_of(error), _where(error))
        case MemoryError():
            return _of_machine("OUT_OF_MEMORY", "there is not enough memory")
        case _:
            return _defect(session, error)


def _one_line(error: Exception) -> str:
    return hide(" ".join(str(error).split("\n")))


def _remedy(session: Session, error: CrosswalkError) -> str:
    return error.remedy or (session.again if isinstance(error, SystemFailure) else "")


def _of_machine(code: str, message: str) -> Failure:
    return Failure(MachineError.exit_code, code, message, _REMEDIES[code])


def _code_of(error: OSError) -> str:
    if error.errno in NO_ROOM:
        return "DISK_FULL"
    return "NO_RIGHTS" if isinstance(error, PermissionError) else "DISK_OR_FILE"


def _where(error: OSError) -> str:
    reason = error.strerror or first_line(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _interrupted(session: Session, code: int) -> Failure:
    return Failure(code, "INTERRUPTED", SENTENCE, session.again)


def _defect(session: Session, error: Exception) -> Failure:
    now = datetime.now(UTC)
    report = Path(f"crosswalk-defect-{now:%Y%m%dT%H%M%S}Z.txt")
    text = hide("".join(traceback.format_exception(error)))
    head = f"{now.isoformat()}\n{versions()}\nPython {platform.python_version()} on {platform.platform()}\n"
    named = "no report could be written"
    with suppress(OSError):
        report.write_text(f"{head}{session.again}\n\n{text}", encoding="utf-8")
        named = str(report)
    return Failure(
        1, "DEFECT", f"a mistake in Crosswalk itself ({type(error).__name__}: {hide(first_line(error))})", named
    )


def _report(session: Session, failure: Failure) -> int:
    """Say what went wrong: as JSON on stdout where that was asked for, and as text or as an event on stderr."""
    folder = session.folder
    problems, lines = with_lines(failure.problems, folder)
    if session.screen.as_json:
        with suppress(OSError):
            session.screen.json(_as_json(failure, problems))
    if session.settings.log_form is LogFormat.json:
        _log(failure, problems)
    elif failure.problems:
        _say(render(problems, lines, SHOWN).rstrip("\n"))
    elif not session.screen.as_json:
        _say(_words(failure))
    return failure.exit


def _words(failure: Failure) -> str:
    message, remedy = visible(failure.message), visible(failure.remedy)
    if failure.code == "INTERRUPTED":
        return f"{message}; run again: {remedy}"
    if failure.exit == StoppedError.exit_code:
        return f"stopped by {failure.code}: {message}; nothing written" + (f"; next: {remedy}" if remedy else "")
    if failure.code == "DEFECT":
        return f"error[DEFECT]: {message}; report: {remedy}"
    return f"error[{failure.code}]: {message}" + (f"\n  = {remedy}" if remedy else "")


def _log(failure: Failure, problems: list[Problem]) -> None:
    for problem in problems[:SHOWN]:
        event(logging.ERROR, "problem", code=problem.code, message=problem.message, place=str(problem.span))
    event(logging.ERROR, "failed", code=failure.code, message=failure.message, next=failure.remedy, exit=failure.exit)


def _as_json(failure: Failure, problems: list[Problem]) -> dict[str, object]:
    return {
        "error": {"code": failure.code, "message": failure.message},
        "problems": [problem_as_json(problem) for problem in problems],
        "data_committed": False,
        "published": False,
        "exit": failure.exit,
        "next": failure.remedy,
    }


def problem_as_json(problem: Problem) -> dict[str, object]:
    """Write a problem for machines."""
    span = problem.span
    place = {"file": span.file, "line": span.line, "column": span.column, "length": span.length}
    said = {"code": problem.code, "severity": problem.severity, "message": problem.message}
    return {**said, **place, "hint": problem.hint}


def _say(text: str) -> None:
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
