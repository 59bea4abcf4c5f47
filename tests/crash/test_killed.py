"""A run that is killed at any moment and run again ends as one that lived: tables, rejects, watermarks and the ledger.

A slice of the moments runs always, spread over kinds of maps, first and later runs, and points. ``make crash`` runs all
of them (CROSSWALK_CRASH=all) and prints the table.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import duckdb
import pytest

import crosswalk
from crosswalk import failpoints
from tests.crash.cells import MODES, Played, play
from tests.crash.killing import Moment, run
from tests.crash.worlds import WORLDS

CELLS = 66
"""So many cells run always."""

PLACES = [(world, mode) for world in WORLDS for mode in MODES]
ALL = os.environ.get("CROSSWALK_CRASH") == "all"
TABLE = os.environ.get("CROSSWALK_CRASH_TABLE", "")


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    """Every world, played."""
    return [played for world in WORLDS for played in play(world, tmp_path_factory.mktemp("world")).values()]


@pytest.fixture(scope="module")
def chosen(stages: list[Played]) -> list[tuple[Played, Moment]]:
    """Choose the slice: every point before and after in some world, those of few worlds first, then statements in turn."""
    where: dict[tuple[str, str], list[Played]] = {}
    for played in stages:
        for kind in {(moment.point, moment.when) for moment in played.moments}:
            where.setdefault(kind, []).append(played)
    taken: Counter[tuple[str, str]] = Counter()
    cells: list[tuple[Played, Moment]] = []

    def take(played: Played, kind: tuple[str, str]) -> None:
        times = [moment for moment in played.moments if (moment.point, moment.when) == kind]
        cells.append((played, times[len(cells) * 5 % len(times)]))
        taken[played.world, played.mode] += 1

    for kind, places in sorted(where.items(), key=lambda item: (len(item[1]), item[0])):
        take(min(places, key=lambda played: taken[played.world, played.mode]), kind)
    while len(cells) < CELLS:
        least = min(stages, key=lambda played: taken[played.world, played.mode])
        take(least, ("statement", ("before", "after")[len(cells) % 2]))
    return cells


def cell(played: Played, moment: Moment, folder: Path) -> list[str]:
    """Kill a run at a moment, run again, and say what is otherwise than if it had lived."""
    root = played.fresh(folder)
    ran = run(root, "run", moment=moment)
    if ran.code != -signal.SIGKILL:
        return [f"the moment was not reached: {ran.code}: {ran.said}"]
    again = run(root, "run")
    if again.code not in (0, 3):
        return [f"the next run ended with {again.code}: {again.said}"]
    return played.compared(root)


@pytest.mark.skipif(ALL, reason="all moments are killed one by one")
@pytest.mark.parametrize("nth", range(CELLS))
def test_a_run_that_is_killed_and_run_again_ends_as_if_it_had_lived(
    chosen: list[tuple[Played, Moment]], nth: int, tmp_path: Path
) -> None:
    played, moment = chosen[nth]
    assert cell(played, moment, tmp_path / "cell") == [], f"{played.world}, {played.mode}, {moment}"


@pytest.mark.skipif(not ALL, reason="make crash runs all moments")
@pytest.mark.parametrize("world", WORLDS)
def test_a_run_that_is_killed_at_any_moment_ends_as_if_it_had_lived(world: str, tmp_path: Path) -> None:
    failed = {}
    for played in play(world, tmp_path).values():
        for moment in played.moments:
            found = cell(played, moment, tmp_path / "cell")
            _note(played, moment, found)
            if found:
                failed[f"{played.mode} {moment}"] = found
    assert failed == {}


def _note(played: Played, moment: Moment, found: list[str]) -> None:
    """Keep what became of a cell for the table."""
    if TABLE:
        line = {"world": played.world, "mode": played.mode, "point": moment.point, "when": moment.when, "found": found}
        with Path(TABLE).open("a", encoding="utf-8") as table:
            table.write(json.dumps(line) + "\n")


def test_the_slice_is_large_and_reaches_every_kind_of_map_and_every_point(
    stages: list[Played], chosen: list[tuple[Played, Moment]]
) -> None:
    assert len(chosen) >= 60
    assert {(played.world, played.mode) for played, _ in chosen} == set(PLACES)
    reached = {(moment.point, moment.when) for played in stages for moment in played.moments}
    assert {(moment.point, moment.when) for _, moment in chosen} == reached
    assert {point for point, _ in reached} == set(failpoints.POINTS)


PLANTED = (
    "UPDATE books.sales SET Title = 'other' WHERE rowid = 0",
    "DELETE FROM books.sales WHERE rowid = 0",
    "UPDATE crosswalk.rejects SET attempts = attempts + 1 WHERE rowid = 0",
    "DELETE FROM crosswalk.rejects WHERE rowid = 0",
    "UPDATE crosswalk.watermarks SET row_count = row_count + 1 WHERE rowid = 0",
    "UPDATE crosswalk.lineage SET target_key = 'x' WHERE rowid = 0",
    "UPDATE crosswalk.numbers SET number = number + 1 WHERE rowid = 0",
    "UPDATE crosswalk.runs SET inserted = inserted + 1 WHERE rowid = 0",
    "INSERT INTO crosswalk.runs SELECT * REPLACE ('0123456789ab' AS run_id) FROM crosswalk.runs LIMIT 1",
    "UPDATE store.orders SET done = 'x' WHERE rowid = 0",
    "INSERT INTO crosswalk.outbox (run_id) VALUES ('x')",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_the_comparison_sees_what_is_otherwise(stages: list[Played], planted: str, tmp_path: Path) -> None:
    played = stages[0]
    root = played.fresh(tmp_path / "cell")
    assert run(root, "run").code in (0, 3)
    assert played.compared(root) == []
    with duckdb.connect(str(root / "work.duckdb")) as database:
        database.execute(planted)
    assert len(played.compared(root)) in (1, 2)


def test_a_process_that_is_armed_by_its_environment_is_killed_there(stages: list[Played], tmp_path: Path) -> None:
    played = stages[0]
    root = played.fresh(tmp_path / "cell")
    paths = str(Path(crosswalk.__file__).parents[1])
    env = {**os.environ, "PYTHONPATH": paths, failpoints.ARMED: "commit:before:1"}
    command = [sys.executable, "-m", "crosswalk", "--project", str(root), "run"]
    assert subprocess.run(command, env=env, check=False, capture_output=True).returncode == -signal.SIGKILL
    assert run(root, "run").code in (0, 3)
    assert played.compared(root) == []


def test_what_a_killed_read_put_aside_is_gone_when_the_next_run_begins(stages: list[Played], tmp_path: Path) -> None:
    (played,) = (one for one in stages if (one.world, one.mode) == ("outside", "initial"))
    root = played.fresh(tmp_path / "cell")
    assert run(root, "run", moment=Moment("page", "after", 1)).code == -signal.SIGKILL
    assert _aside(root) == ["crosswalk_arrived"]
    assert run(root, "run", moment=Moment("recover", "after", 1)).code == -signal.SIGKILL
    assert _aside(root) == []


def _aside(root: Path) -> list[str]:
    with duckdb.connect(str(root / "outside.duckdb")) as database:
        found = "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'crosswalk%' ORDER BY 1"
        return [str(name) for (name,) in database.execute(found).fetchall()]


SECOND = tuple(
    (point, when)
    for nth, point in enumerate(
        ("load", "lease", "open", "recover", "extract", "deliver", "advance", "record", "commit", "close")
    )
    for when in (("before", "after") if ALL else (("before", "after")[nth % 2],))
)


@pytest.mark.parametrize(("point", "when"), SECOND)
def test_a_second_kill_while_the_first_is_recovered_from_changes_nothing(
    stages: list[Played], point: str, when: str, tmp_path: Path
) -> None:
    """The first kill comes before the first commit, so that all is to be done again; the third run ends it."""
    played = stages[SECOND.index((point, when)) % len(stages)]
    root = played.fresh(tmp_path / "cell")
    assert run(root, "run", moment=Moment("commit", "before", 1)).code == -signal.SIGKILL
    assert run(root, "run", moment=Moment(point, when, 1)).code == -signal.SIGKILL
    assert run(root, "run").code in (0, 3)
    assert played.compared(root) == []


@pytest.mark.parametrize(("action", "code"), [("term", 143), ("int", 130)])
@pytest.mark.parametrize(("nth", "point"), [(0, "open"), (1, "extract"), (2, "deliver"), (3, "commit")])
def test_a_signal_ends_a_run_cleanly_and_the_next_goes_on(
    stages: list[Played], nth: int, point: str, action: str, code: int, tmp_path: Path
) -> None:
    played = stages[nth * 5 % len(stages)]
    root = played.fresh(tmp_path / "cell")
    ended = run(root, "run", moment=Moment(point, "before", 1), action=action)
    assert ended.code == code, ended.said
    assert "run again: crosswalk" in ended.said
    assert "Traceback" not in ended.said
    assert run(root, "run").code in (0, 3)
    assert played.compared(root) == []


@pytest.mark.parametrize(("action", "code"), [("full", 6), ("raise", 1)])
@pytest.mark.parametrize("point", ["record", "commit", "close"])
def test_a_failure_of_the_machine_or_of_ours_changes_nothing_that_was_not_committed(
    stages: list[Played], point: str, action: str, code: int, tmp_path: Path
) -> None:
    played = stages[0]
    root = played.fresh(tmp_path / "cell")
    ended = run(root, "run", moment=Moment(point, "before", 1), action=action)
    assert ended.code == code, ended.said
    assert run(root, "run").code in (0, 3)
    assert played.compared(root) == []
