"""Shows how far a run is: a moving line on a terminal, and an event for each step in the log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crosswalk.cli.blocks import leg_name
from crosswalk.cli.screen import visible
from crosswalk.cli.session import Session
from crosswalk.logs import LogFormat, event
from crosswalk.results import RunResult

Told = Callable[[str, str], None]


@contextmanager
def progress(session: Session, legs: int) -> Iterator[Told]:
    """Give what is to be told of every leg and step that begins; `legs` is their number."""
    console = Console(stderr=True, no_color=True if session.settings.no_color else None)
    if not _wanted(session, console):
        yield _log_step
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=legs)
        seen: list[str] = []

        def told(leg: str, step: str) -> None:
            if leg not in seen:
                seen.append(leg)
            bar.update(task, completed=len(seen) - 1, description=f"{len(seen)}/{legs} {visible(leg)}  {step}")

        yield told


def log_result(result: RunResult) -> None:
    """Log every leg and the end of an invocation."""
    for leg in result.legs:
        event(
            logging.INFO,
            "leg",
            invocation=result.invocation,
            run_id=leg.run_id,
            leg=leg_name(leg),
            mode=leg.mode,
            examined=leg.examined,
            **{fate: count for fate, count in leg.fates.items() if count},
            seconds=round(leg.seconds, 3),
        )
    event(
        logging.ERROR if result.message else logging.INFO,
        "finished",
        invocation=result.invocation,
        exit=result.exit_code,
        **({"message": result.message} if result.message else {}),
    )


def _log_step(leg: str, step: str) -> None:
    event(logging.INFO, "step", leg=leg, step=step)


def _wanted(session: Session, console: Console) -> bool:
    settings = session.settings
    plain = settings.log_form is LogFormat.text and not (settings.quiet or settings.verbose or settings.debug)
    return plain and console.is_terminal and not console.is_dumb_terminal and sys.stderr.isatty()
