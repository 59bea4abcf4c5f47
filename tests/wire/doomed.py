"""Runs a command of Crosswalk in a process of its own that is killed at a chosen call of a delivery, as a power cut would.

    python doomed.py run --select sales        # DOOM holds a `Doom` as JSON

What a connector says to its delivery marks the moments: ``sending`` (it was noted that a batch leaves; nothing left yet),
``answered`` (the system has applied a batch and said so; nothing is noted of that), ``recorded`` (that is noted, and the
run is not committed). Every such call is added to a log, so that a run that lives tells how many there are.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import crosswalk
from crosswalk.cli import main as command
from crosswalk.connectors.odata.dialects import DIALECTS, Dialect
from crosswalk.runner.posting import Posting

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Doom:
    """Where the process is killed: at the `number`-th `call` for a table; "" lets it live. `batch` is the size of
    batches of OData services, 0 for their own.
    """

    log: str
    table: str = ""
    call: str = ""
    number: int = 0
    batch: int = 0


def begin(root: Path, doom: Doom, *arguments: str) -> subprocess.Popen[str]:
    """Start a command on a project."""
    paths = os.pathsep.join((str(Path(crosswalk.__file__).parents[1]), str(ROOT)))
    return subprocess.Popen(
        [sys.executable, str(Path(__file__)), "--project", str(root), *arguments],
        env={**os.environ, "PYTHONPATH": paths, "DOOM": json.dumps(asdict(doom))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(root: Path, doom: Doom, *arguments: str) -> tuple[int, str]:
    """Run a command on a project and give its exit code, -9 where it was killed, and what it said."""
    process = begin(root, doom, *arguments)
    said, _ = process.communicate(timeout=600)
    return process.returncode, said


def calls(doom: Doom) -> list[tuple[str, str]]:
    """Read the log: table and call, in order."""
    file = Path(doom.log)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [(line.split()[0], line.split()[1]) for line in lines]


def _at(posting: Posting, call: str, doom: Doom) -> None:
    table = str(posting.entity.ref)
    with Path(doom.log).open("a", encoding="utf-8") as log:
        log.write(f"{table} {call}\n")
    if (table, call) == (doom.table, doom.call) and calls(doom).count((table, call)) == doom.number:
        os.kill(os.getpid(), signal.SIGKILL)


def _marked(real: Callable[..., Any], before: str, after: str, doom: Doom) -> Callable[..., Any]:
    def marked(posting: Posting, *given: object) -> object:
        if before:
            _at(posting, before, doom)
        result = real(posting, *given)
        if after:
            _at(posting, after, doom)
        return result

    return marked


def main() -> None:
    doom = Doom(**json.loads(os.environ["DOOM"]))
    marks = {
        "sending": ("", "sending"),
        "stream": ("", "sending"),
        "answered": ("answered", "recorded"),
        "answered_whole": ("answered", "recorded"),
    }
    for name, (before, after) in marks.items():
        setattr(Posting, name, _marked(getattr(Posting, name), before, after, doom))
    if doom.batch:
        smaller = {k: replace(d, batch_most=doom.batch, multiples_most=doom.batch) for k, d in DIALECTS.items()}
        cast("dict[str, Dialect]", DIALECTS).update(smaller)
    sys.exit(command())


if __name__ == "__main__":
    main()
