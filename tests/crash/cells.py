"""Plays a world once to the end and keeps the folder before each run, so that any moment of a run can be killed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.crash.killing import Moment, moments_of, run
from tests.crash.states import State, differences, state_of
from tests.crash.worlds import WORLDS

Mode = Literal["initial", "incremental"]
MODES: tuple[Mode, ...] = ("initial", "incremental")


@dataclass(frozen=True, slots=True)
class Played:
    """A run that lived: the folder before it, the moments in it, and the state after it, and after one more."""

    world: str
    mode: Mode
    before: Path
    moments: tuple[Moment, ...]
    once: State
    twice: State

    def fresh(self, folder: Path) -> Path:
        """Copy the folder as it was before the run."""
        shutil.rmtree(folder, ignore_errors=True)
        return Path(shutil.copytree(self.before, folder / "maps"))

    def compared(self, root: Path) -> list[str]:
        """Say how a project differs from one whose run lived."""
        return differences(state_of(root), self.once, self.twice)


def play(world: str, folder: Path) -> dict[Mode, Played]:
    """Play both runs of a world."""
    root = WORLDS[world].first(folder / "live")
    initial = _played(world, "initial", root, folder)
    assert run(root, "run").code in (0, 3)
    WORLDS[world].edit(root)
    return {"initial": initial, "incremental": _played(world, "incremental", root, folder)}


def _played(world: str, mode: Mode, root: Path, folder: Path) -> Played:
    kept = Path(shutil.copytree(root, folder / mode))
    there = Path(shutil.copytree(root, folder / f"{mode}-lived" / "maps"))
    log = folder / f"{mode}.log"
    ran = run(there, "run", log=log)
    assert ran.code in (0, 3), ran.said
    once = state_of(there)
    ran = run(there, "run")
    assert ran.code in (0, 3), ran.said
    return Played(world, mode, kept, tuple(moments_of(log)), once, state_of(there))
