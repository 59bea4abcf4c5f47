"""A disk that fills up while outside systems are read and written: what was sent is known, and nothing is sent twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.doctor.patient import healthy
from tests.resources.cells import some
from tests.resources.children import Children

POINTS = ("page", "seal", "note", "send", "receipt", "give back", "record", "commit", "finish")
CELLS = [(point, when) for point in POINTS for when in ("before", "after")]
BOOKS = (
    "CREATE TABLE sales (Id INTEGER PRIMARY KEY NOT NULL, Title VARCHAR(20), Number VARCHAR(20));"
    "CREATE TABLE writes (Id INTEGER); CREATE TRIGGER noted AFTER INSERT ON sales BEGIN INSERT INTO writes VALUES (new.Id); END;"
)


@pytest.mark.parametrize(("point", "when"), some(CELLS, [("note", "after"), ("receipt", "before")]))
def test_a_run_between_outside_systems_that_finds_the_disk_full(
    point: str, when: str, children: Children, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "books.sqlite")) as connection:
        connection.executescript(BOOKS)
    healthy(tmp_path, "{kind: sqlite, file: books.sqlite, write: true}", runs=False)
    call = ("--project", str(tmp_path), "run")
    ended = children.run(*call, environment={"CROSSWALK_FAILPOINT": f"{point}:{when}:1:full"})
    assert "Traceback" not in ended.said
    assert ended.code == 6, ended.said
    assert "DISK_FULL" in ended.said
    again = children.run(*call)
    assert again.code == 0, again.said
    with closing(sqlite3.connect(tmp_path / "books.sqlite")) as connection:
        assert connection.execute("SELECT Id, Title, Number FROM sales ORDER BY Id").fetchall() == [
            (1, "a", "S-001"),
            (2, "b", "S-002"),
        ]
        assert connection.execute("SELECT Id FROM writes ORDER BY Id").fetchall() == [(1,), (2,)]
    assert children.run("--project", str(tmp_path), "doctor").said.endswith("nothing found\n")
