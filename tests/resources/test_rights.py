"""Files and folders that may not be written: who only looks goes on, who writes is told the owner, nothing changes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.resources.cells import some
from tests.resources.scene import DATABASE, Scene, held, state

NOBODY = 65534
LOOKING = {
    "plan": ("plan",),
    "rejects": ("rejects",),
    "runs": ("runs",),
    "query": ("query", "SELECT count(*) AS n FROM books.sales"),
    "why": ("why", "orders", "7"),
    "validate": ("validate",),
    "compile": ("compile", "orders"),
}
WRITING = {"run": ("run",), "retry": ("retry",)}
PLACES = {
    "a read-only file": (0o777, 0o444),
    "a read-only folder": (0o555, 0o666),
    "a read-only file in a read-only folder": (0o555, 0o444),
}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can reach."""
    if os.getuid() != 0:
        pytest.skip("only root can become another user, and root may write anywhere")
    folder = Path(mkdtemp(prefix="crosswalk-rights-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(folder)


def given(folder: Path, rights: tuple[int, int]) -> None:
    """Give all of a project these rights: of its folders, and of its files."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(rights[0] if path.is_dir() else rights[1])


@pytest.mark.parametrize("place", some(PLACES, ("a read-only file in a read-only folder",)))
@pytest.mark.parametrize("command", LOOKING)
def test_who_only_looks_needs_no_right_to_write(command: str, place: str, scene: Scene, open_folder: Path) -> None:
    database = scene.lay("incremental", open_folder / "project")
    given(open_folder / "project", PLACES[place])
    there = sorted(path.name for path in database.parent.iterdir())
    ended = scene.run(open_folder / "project", *LOOKING[command], user=NOBODY, place=str(open_folder))
    assert ended.code == 0, ended.said
    assert sorted(path.name for path in database.parent.iterdir()) == there
    assert state(database) == scene.before["incremental"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", some(WRITING, ("run",)))
def test_who_would_write_is_told_who_may(command: str, place: str, scene: Scene, open_folder: Path) -> None:
    project = open_folder / "project"
    scene.lay("incremental", project)
    given(project, PLACES[place])
    ended = scene.run(project, *WRITING[command], user=NOBODY, place=str(open_folder))
    assert ended.code == 6
    assert "error[NO_RIGHTS]" in ended.err
    assert str(project) in ended.err
    if place != "a read-only folder":
        assert f"cannot be written by nobody: Permission denied; {project / DATABASE}.lock belongs to root" in ended.err
        assert "= run as root, or give nobody the right" in ended.err
    given(project, (0o755, 0o644))
    assert held(scene, "incremental", project, ended) == "nothing"


def test_a_project_whose_first_run_finds_a_read_only_folder_makes_nothing(scene: Scene, open_folder: Path) -> None:
    project = open_folder / "project"
    scene.lay("initial", project).unlink()
    (project / f"{DATABASE}.lock").unlink(missing_ok=True)
    given(project, (0o555, 0o444))
    ended = scene.run(project, user=NOBODY, place=str(open_folder))
    assert ended.code == 6
    assert f"{project} belongs to root" in ended.err
    assert not [path for path in project.iterdir() if DATABASE in path.name]


def test_a_file_that_may_not_even_be_read_is_named(scene: Scene, open_folder: Path) -> None:
    database = scene.lay("incremental", open_folder / "project")
    database.chmod(0o600)
    for command in ("rejects", "plan", "why"):
        ended = scene.run(open_folder / "project", *LOOKING[command], user=NOBODY, place=str(open_folder))
        assert ended.code == 6, ended.said
        assert "NO_RIGHTS" in ended.err
        assert str(database.parent) in ended.err


def test_a_read_only_file_of_a_killed_run_shows_what_was_committed(scene: Scene, open_folder: Path) -> None:
    project = open_folder / "project"
    database = scene.lay("incremental", project)
    killed = scene.run(project, environment={"CROSSWALK_FAILPOINT": "commit:after:2"})
    assert killed.code == -9
    assert database.with_name(f"{DATABASE}.wal").stat().st_size > 0
    given(project, (0o555, 0o444))
    for command in ("query", "rejects", "runs", "plan"):
        ended = scene.run(project, *LOOKING[command], user=NOBODY, place=str(open_folder))
        assert ended.code == 0, ended.said
        if command == "query":
            assert str(len(scene.after["incremental"]["sales"])) in ended.out
    assert state(database) == scene.after["incremental"]
