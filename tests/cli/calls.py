"""Calls the command line as a shell would, inside this process, and keeps what it wrote."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from crosswalk.cli import main


@dataclass(frozen=True, slots=True)
class Ran:
    """The end of one call."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands; no traceback ever reaches a person who did not ask for one."""

    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: str, exit: int | None = 0) -> Ran:
        code = main(words)
        written = self.capture.readouterr()
        if "--debug" not in words:
            assert "Traceback" not in written.out + written.err
        if exit is not None:
            assert code == exit, written.out + written.err
        return Ran(code, written.out, written.err)
