"""A writer that is killed leaves the old version of a table or the new one, and run again it has its effect once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.conformance.delivery import LoggedDelivery
from tests.engine.connectors.delta.lakes import NUMBERED, insert, lake, numbers, put, texts, update, whole

ROWS = 300_000
CHILD = """
import sys
from pathlib import Path
from tests.engine.connectors.delta.test_kills import write
write(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
"""


def write(root: Path, run: str, text: str) -> None:
    """Update a few rows and insert one, with a log that outlives this process."""
    system = lake(root, tries="40")
    changes = [*(update(n, n * 100, text) for n in range(5)), insert(ROWS, ROWS)]
    delivery = LoggedDelivery(system, NUMBERED, changes, log=root / f"{run}.log", id=run)
    delivery.recover()
    system.write(delivery)
    assert delivery.finished()


def started(root: Path, run: str = "run-1", text: str = "new") -> subprocess.Popen[bytes]:
    tests = Path(__file__).parents[4]
    return subprocess.Popen([sys.executable, "-c", CHILD, str(root), run, text], cwd=tests, env=dict(os.environ))


def files(folder: Path) -> int:
    return sum(1 for _ in folder.rglob("*.parquet"))


@pytest.mark.parametrize("moment", ["files written", "committed"])
def test_a_writer_killed_in_the_middle_leaves_a_whole_version(tmp_path: Path, moment: str) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, ROWS))
    before = files(folder)
    child = started(tmp_path)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and child.poll() is None:
            if moment == "files written" and files(folder) > before:
                break
            if moment == "committed" and (folder / "_delta_log" / f"{1:020}.json").exists():
                break
            time.sleep(0.001)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    version = DeltaTable(folder).version()
    seen = texts(whole(lake(tmp_path), NUMBERED))
    assert (version, len(seen), seen[0]) in [(0, ROWS, "x0"), (1, ROWS + 1, "new")]
    write(tmp_path, "run-1", "new")
    table = DeltaTable(folder)
    seen = texts(whole(lake(tmp_path), NUMBERED))
    assert (table.version(), len(seen), seen[0], seen[1], seen[ROWS]) == (1, ROWS + 1, "new", "x1", "new")
    write(tmp_path, "run-1", "new")
    assert DeltaTable(folder).version() == 1


def test_two_writers_at_once_both_have_their_effect(tmp_path: Path) -> None:
    folder = tmp_path / "lake/numbers"
    put(folder, numbers(0, ROWS))
    children = [started(tmp_path, "run-1", "first"), started(tmp_path, "run-2", "second")]
    try:
        assert [child.wait(timeout=90) for child in children] == [0, 0]
    finally:
        for child in children:
            child.kill()
            child.wait()
    history = DeltaTable(folder).history()
    assert sorted(commit.get("crosswalk.delivery", "") for commit in history) == ["", "run-1", "run-2"]
    seen = texts(whole(lake(tmp_path), NUMBERED))
    assert (len(seen), seen[0]) in [(ROWS + 1, "first"), (ROWS + 1, "second")]
