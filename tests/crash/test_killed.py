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
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import crosswalk
from crosswalk import failpoints
from tests.crash.cells import MODES, Mode, Played, play
from tests.crash.killing import Moment, run
from tests.crash.states import differences, state_of
from tests.crash.worlds import WORLDS

SHARE = 4
"""So many cells of each world and mode run always."""

PLACES = [(world, mode) for world in WORLDS for mode in MODES]
ALL = os.environ.get("CROSSWALK_CRASH") == "all"
TABLE = os.environ.get("CROSSWALK_CRASH_TABLE", "")


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, Mode], Played]]:
    """Every world, played when it is first asked for."""
    yield _Stages(tmp_path_factory)


class _Stages(dict[tuple[str, Mode], Played]):
    def __init__(self, folders: pytest.TempPathFactory) -> None:
        super().__init__()
        self._folders = folders

    def __missing__(self, place: tuple[str, Mode]) -> Played:
        played = play(place[0], self._folders.mktemp("world"))
        self.update({(place[0], mode): one for mode, one in played.items()})
        return self[place]


def chosen(played: Played, nth: int, share: int) -> Moment:
    """Choose a moment: the points in turn, over all worlds, and of one that is often reached another time each."""
    place = PLACES.index((played.world, played.mode)) * share + nth
    kinds = sorted({(moment.point, moment.when) for moment in played.moments})
    point, when = kinds[place * 7 % len(kinds)]
    times = [moment for moment in played.moments if (moment.point, moment.when) == (point, when)]
    return times[place * 5 % len(times)]


def cell(played: Played, moment: Moment, folder: Path) -> list[str]:
    """Kill a run at a moment, run again, and say what is otherwise than if it had lived."""
    root = played.fresh(folder)
    ran = run(root, "run", moment=moment)
    assert ran.code == -signal.SIGKILL, f"{moment} was not reached: {ran.said}"
    again = run(root, "run")
    assert again.code in (0, 3), again.said
    return played.compared(root)


@pytest.mark.skipif(ALL, reason="all moments are killed one by one")
@pytest.mark.parametrize("nth", range(SHARE))
@pytest.mark.parametrize(("world", "mode"), PLACES)
def test_a_run_that_is_killed_and_run_again_ends_as_if_it_had_lived(
    stages: dict[tuple[str, Mode], Played], world: str, mode: Mode, nth: int, tmp_path: Path
) -> None:
    played = stages[world, mode]
    moment = chosen(played, nth, SHARE)
    assert cell(played, moment, tmp_path / "cell") == [], moment


@pytest.mark.skipif(not ALL, reason="make crash runs all moments")
@pytest.mark.parametrize(("world", "mode"), PLACES)
def test_a_run_that_is_killed_at_any_moment_ends_as_if_it_had_lived(
    stages: dict[tuple[str, Mode], Played], world: str, mode: Mode, tmp_path: Path
) -> None:
    played, failed = stages[world, mode], {}
    for moment in played.moments:
        found = cell(played, moment, tmp_path / "cell")
        _note(played, moment, found)
        if found:
            failed[str(moment)] = found
    assert failed == {}


def _note(played: Played, moment: Moment, found: list[str]) -> None:
    """Keep what became of a cell for the table."""
    if TABLE:
        line = {"world": played.world, "mode": played.mode, "point": moment.point, "when": moment.when, "found": found}
        with Path(TABLE).open("a", encoding="utf-8") as table:
            table.write(json.dumps(line) + "\n")


@pytest.mark.skipif(ALL, reason="all moments are killed one by one")
def test_the_slice_is_large_and_reaches_every_point(stages: dict[tuple[str, Mode], Played]) -> None:
    cells = [chosen(stages[place], nth, SHARE) for place in PLACES for nth in range(SHARE)]
    reached = {(moment.point, moment.when) for place in PLACES for moment in stages[place].moments}
    assert len(cells) >= 60
    assert {(moment.point, moment.when) for moment in cells} == reached
    assert {point for point, _ in reached} >= set(failpoints.POINTS) - {"publish", "swap"}
