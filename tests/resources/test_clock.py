"""A clock that was set back, or that is wrong for a while, loses no row and leaves the order of runs as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.resources.cells import some
from tests.resources.scene import Scene, held

HOUR, DAY = 3600, 24 * 3600
SHIFTS = {"an hour back": -HOUR, "a day back": -DAY, "a year back": -365 * DAY, "a year ahead": 365 * DAY}


def asked(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def change(database: Path, title: str) -> None:
    """Change a row of the target of `orders`, which is the source of `fees`: the run stamps it with its own time."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "UPDATE store.orders SET title = ?, changed = (SELECT max(changed) FROM store.orders) + INTERVAL 1 SECOND,"
            " version = version + 1 WHERE id IN (3, 4)",
            [title],
        )


@pytest.mark.parametrize("shift", some(SHIFTS, ("a year back",)))
def test_a_run_after_the_clock_was_moved_does_what_it_would_have_done(shift: str, scene: Scene, tmp_path: Path) -> None:
    scene.lay("incremental", tmp_path / "project")
    ended = scene.run(tmp_path / "project", clock=SHIFTS[shift])
    assert ended.code == 0, ended.said
    assert held(scene, "incremental", tmp_path / "project", ended) == "done"


@pytest.mark.parametrize("shift", some(SHIFTS, ("an hour back",)))
def test_what_a_run_changed_under_a_wrong_clock_is_found_by_the_maps_that_read_it(
    shift: str, scene: Scene, tmp_path: Path
) -> None:
    database = scene.lay("initial", tmp_path / "project")
    clocks = (0, SHIFTS[shift], SHIFTS[shift], 0, 0)
    marks: list[Any] = []
    for number, clock in enumerate(clocks):
        if number:
            change(database, f"title {number}")
        ended = scene.run(tmp_path / "project", clock=clock)
        assert ended.code == 0, ended.said
        if number:
            wanted = [("N3", f"title {number}"), ("N4", f"title {number}")]
            assert (
                asked(
                    database, 'SELECT "Number", "Title" FROM books.sales WHERE "Number" IN (\'N3\', \'N4\') ORDER BY 1'
                )
                == wanted
            )
            assert (
                asked(
                    database, 'SELECT "Number", "Title" FROM books.fees WHERE "Number" IN (\'N3\', \'N4\') ORDER BY 1'
                )
                == wanted
            )
        mark = asked(database, "SELECT cursor FROM crosswalk.watermarks WHERE leg = 'fees' AND entity = 'books.sales'")[
            0
        ][0]
        marks.append(mark)
        examined = asked(database, "SELECT leg, mode FROM crosswalk.runs ORDER BY rowid DESC LIMIT 2")
        assert {mode for _, mode in examined} == {"incremental" if number else "initial"}
    assert marks == sorted(marks), "a watermark never goes back"
    times = asked(database, "SELECT started_at, finished_at FROM crosswalk.runs ORDER BY rowid")
    assert times == sorted(times)
    assert len({started for started, _ in times}) == len(times)
    counted = asked(database, 'SELECT count(*), count(DISTINCT "Number") FROM books.fees')
    assert counted == [(len(scene.after["initial"]["fees"]),) * 2]


def test_the_newest_run_is_told_first_whatever_the_clock_said(scene: Scene, tmp_path: Path) -> None:
    """A ledger that an earlier release wrote may hold a run of the future: it is older all the same."""
    database = scene.lay("incremental", tmp_path / "project")
    assert scene.run(tmp_path / "project").code == 0
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "UPDATE crosswalk.runs SET started_at = started_at + INTERVAL 2 YEAR, digest = 'another' WHERE rowid < 2"
        )
    ended = scene.run(tmp_path / "project", "--output", "csv", "runs")
    first = asked(database, "SELECT run_id FROM crosswalk.runs ORDER BY rowid DESC LIMIT 1")[0][0]
    assert ended.out.splitlines()[1].startswith(str(first))
    assert scene.run(tmp_path / "project").code == 0
    modes = asked(database, "SELECT mode FROM crosswalk.runs ORDER BY rowid DESC LIMIT 2")
    assert modes == [("incremental",), ("incremental",)]
