"""Kills at any instant, not only at named moments: also inside a statement, a commit and a checkpoint of the database.

pytest -m slow tests/crash/test_random.py           # 300 kills; CROSSWALK_SEED chooses others
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from random import Random

import pytest

from tests.crash.cells import play
from tests.crash.killing import killed_after, run
from tests.crash.worlds import WORLDS

KILLS = 300
SEED = os.environ.get("CROSSWALK_SEED", "1")


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
def test_a_run_that_is_killed_at_any_instant_ends_as_if_it_had_lived(world: str, tmp_path: Path) -> None:
    _kill(world, -(-KILLS // len(WORLDS)), tmp_path)


@pytest.mark.parametrize("world", ["documents", "outside"])
def test_a_few_kills_at_any_instant(world: str, tmp_path: Path) -> None:
    _kill(world, 3, tmp_path)


def _kill(world: str, kills: int, folder: Path) -> None:
    chance = Random(f"{SEED} {world}")
    stages = list(play(world, folder).values())
    killed = nth = 0
    while killed < kills:
        nth += 1
        played = stages[nth % 2]
        root = played.fresh(folder / "cell")
        began = time.monotonic()
        run(root, "run")
        whole = time.monotonic() - began
        root = played.fresh(folder / "cell")
        after = chance.random() * whole
        ended = killed_after(root, after, "run")
        assert ended.code in (-signal.SIGKILL, 0, 3), ended.said
        killed += ended.code == -signal.SIGKILL
        again = run(root, "run")
        assert again.code in (0, 3), f"seed {SEED}, kill {nth} after {after:.3f} s of {whole:.3f} s: {again.said}"
        assert played.compared(root) == [], f"seed {SEED}, kill {nth} after {after:.3f} s of {whole:.3f} s"
