"""`crosswalk prune` and `crosswalk state`: how they are called and what they say."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.cli.calls import Shell


@pytest.fixture
def old(project: Path, shell: Shell) -> Path:
    """The starter project after two runs, long ago."""
    shell("run")
    with duckdb.connect("build/data.duckdb") as connection:
        connection.execute(
            "UPDATE shop.orders SET changed_at = now()::TIMESTAMP WHERE id = (SELECT min(id) FROM shop.orders)"
        )
    shell("run")
    with duckdb.connect("build/data.duckdb") as connection:
        connection.execute("UPDATE crosswalk.runs SET started_at = started_at - INTERVAL 100 DAY")
    return project


def test_what_would_go_is_said_and_then_gone(shell: Shell, old: Path) -> None:
    planned = shell("prune", "--older-than", "90d", "--dry-run").out
    assert "would go; nothing was removed; the file has " in planned
    found = shell("prune", "--older-than", "90d", "--output", "json").json
    assert (found["written"], found["removed"]["steps"]) == (True, 5)
    assert found["bytes_before"] == found["bytes_after"]
    assert shell("prune", "--older-than", "90d").out.startswith("nothing is over since before ")
    assert ", now " in shell("prune", "--older-than", "90d", "--compact").out


@pytest.mark.parametrize("time", ["90", "d", "90m", "-1d", "1e3d", "90 days", "999999d"])
def test_a_time_that_is_not_known_is_refused(shell: Shell, project: Path, time: str) -> None:
    assert "error[DURATION]" in shell("prune", "--older-than", time, exit=2).err


def test_a_state_is_written_to_the_screen_or_into_a_file(shell: Shell, old: Path) -> None:
    shown = shell("state", "export").out
    assert json.loads(shown.splitlines()[0])["project"] == "shop_orders"
    said = shell("state", "export", "--output-file", "s.jsonl").out
    assert said.endswith("the state is written to s.jsonl; next: crosswalk state import s.jsonl\n")
    assert Path("s.jsonl").read_text(encoding="utf-8").splitlines()[1:-1] == shown.splitlines()[1:-1]
    assert "error[STATE_THERE]" in shell("state", "import", "s.jsonl", exit=2).err
    taken = shell("state", "import", "s.jsonl", "--replace").out
    assert "the state is taken over; the file before is build/data.duckdb.20" in taken
    assert "2 rows read" in shell("run").out


def test_an_import_without_a_file_is_refused(shell: Shell, project: Path) -> None:
    assert "crosswalk state import FILE" in shell("state", "import", exit=2).err
