"""The command line: commands and rendering, on top of `crosswalk.api` alone.

``app`` puts the commands together, ``spec`` says what a command is, ``failures`` gives exit codes, ``blocks`` and
``stories`` write results for people. A command imports the engine when it runs, so that ``--help`` loads none of it.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from contextlib import suppress

from typer.main import get_command

from crosswalk.cli.app import build
from crosswalk.cli.interrupts import KEYBOARD, PROGRAM, TerminatedError, exit_code, interruptible
from crosswalk.cli.spec import Call
from crosswalk.errors import MachineError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these words, by default those of the process, and give the exit code."""
    given = tuple(sys.argv[1:] if arguments is None else arguments)
    _replace_unwritable()
    try:
        with interruptible(given):
            get_command(build(given)).main(args=list(given), prog_name=PROGRAM, obj=Call(given))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except (TerminatedError, KeyboardInterrupt):
        return exit_code() or KEYBOARD
    except OSError as error:
        return _unwritable(error)
    return 0


def _unwritable(error: OSError) -> int:
    """Say that help or a refusal found no room to be written in; what commands write is caught where they run."""
    with suppress(OSError):
        sys.stderr.write(f"error[DISK_FULL]: the output cannot be written: {error.strerror}\n  = make room for it\n")
    return MachineError.exit_code


def _replace_unwritable() -> None:
    """Let a terminal that cannot show a character show another one, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
