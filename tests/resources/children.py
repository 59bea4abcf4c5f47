"""Sends commands to the warm process of `warm.py`, and gives what became of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import crosswalk
from tests.resources.warm import Ended, Limits

ROOT = Path(__file__).resolve().parents[2]


class Children:
    """A warm process; with a `disk` it has a small file system of `size` bytes mounted there, for itself alone."""

    def __init__(self, disk: Path | None = None, size: int = 0) -> None:
        self.named = disk or Path()
        paths = os.pathsep.join((str(Path(crosswalk.__file__).parents[1]), str(ROOT)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.resources.warm", *([str(disk), str(size)] if disk else [])],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": paths, "NO_COLOR": "1", "TERM": "dumb"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.works = self._answer() == "ready\n"

    def why_not(self) -> str:
        """Say why the process did not come up."""
        return self._process.communicate()[1].strip()

    @property
    def disk(self) -> Path:
        """The small disk as it is reached from here; the process itself knows it as `named`."""
        return Path(f"/proc/{self._process.pid}/root{self.named}")

    def run(self, *arguments: str, **limits: Any) -> Ended:  # noqa: ANN401 - the fields of `Limits`
        (ended,) = self.together([Limits(list(arguments), **limits)])
        return ended

    def together(self, commands: Sequence[Limits]) -> list[Ended]:
        """Run commands that begin in the same moment."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([asdict(each) for each in commands]) + "\n")
        self._process.stdin.flush()
        return [Ended(**each) for each in json.loads(self._answer())]

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()
