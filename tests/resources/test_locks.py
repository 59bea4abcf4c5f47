"""One runner at a time: who comes second is refused at once and told who holds the database, whoever that is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crosswalk.errors import MachineError
from crosswalk.runner.lease import holder_of, lease, user_name
from tests.resources.cells import EVERY
from tests.resources.scene import DATABASE, Scene, settled, state
from tests.resources.warm import Limits

RACES = 100 if EVERY else 3
OPEN = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == 'r'); print('open', flush=True); sys.stdin.read()"
HOLD = "import sys; from pathlib import Path; from crosswalk.runner.lease import lease\nwith lease(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()"
SILENT = "import fcntl, sys; f = open(sys.argv[1] + '.lock', 'a'); fcntl.flock(f, fcntl.LOCK_EX); print('open', flush=True); sys.stdin.read()"


@contextmanager
def another(script: str, *words: str) -> Iterator[int]:
    """Let another process hold something; give its number."""
    command = [sys.executable, "-c", script, *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process.pid
        process.kill()


def refused(scene: Scene, project: Path, *commands: str) -> str:
    """Run commands that must all be refused, and give what the last one said."""
    said = ""
    for command in commands:
        ended = scene.run(project, *command.split())
        assert ended.code == 6, ended.said
        assert "error[LOCKED]" in ended.err
        assert re.search(r"= (wait|close)", ended.err)
        said = ended.err
    return said


def test_commands_that_meet_a_runner_are_told_who_that_is(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    with another(HOLD, str(database)) as number:
        said = refused(scene, tmp_path / "project", "run", "retry")
        assert f"{user_name()} on {socket.gethostname()}, process {number}, since 2" in said
    assert scene.run(tmp_path / "project").code == 0
    assert state(database) == scene.after["incremental"]


def test_commands_that_look_while_a_runner_is_at_work_are_told_who_that_is(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    with another(HOLD, str(database)) as runner, another(OPEN, str(database), "w"):
        said = refused(scene, tmp_path / "project", "rejects", "runs", "plan", "why orders 7")
        assert f"process {runner}, since 2" in said


@pytest.mark.parametrize("mode", ["w", "r"])
def test_a_run_that_meets_the_shell_of_an_analyst_names_that_program(mode: str, scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    with another(OPEN, str(database), mode) as number:
        said = refused(scene, tmp_path / "project", "run", *(["plan", "rejects"] if mode == "w" else []))
        assert f"is in use by another program of {user_name()}: " in said
        assert f"python3.{sys.version_info[1]}" in said
        assert f"process {number}" in said
        if mode == "r":
            assert scene.run(tmp_path / "project", "rejects").code == 0
    assert scene.run(tmp_path / "project").code == 0
    assert state(database) == scene.after["incremental"]


def test_a_runner_that_has_the_lock_and_has_not_signed_yet_is_told_of(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    with another(SILENT, str(database)):
        assert "in use by another runner, which has just begun" in refused(scene, tmp_path / "project", "run")


def test_a_runner_that_signs_a_moment_later_is_named(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    signature = '{"user": "late", "host": "h", "pid": 1, "since": "now"}'
    lock = database.with_name(f"{DATABASE}.lock")
    with another(SILENT, str(database)):
        monkeypatch.setattr("crosswalk.runner.lease.time.sleep", lambda _: lock.write_text(signature, encoding="utf-8"))
        with pytest.raises(MachineError, match="late on h, process 1, since now"):
            lease(database).__enter__()


def test_two_paths_of_one_file_share_one_lock(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    other = tmp_path / "other"
    scene.lay("incremental", other)
    (other / DATABASE).unlink()
    (other / DATABASE).symlink_to(database)
    file = other / "crosswalk.yaml"
    named = file.read_text(encoding="utf-8").replace(f"database: {DATABASE}", f"database: {other / DATABASE}")
    file.write_text(named, encoding="utf-8")
    linked = tmp_path / "linked"
    linked.symlink_to(tmp_path / "project", target_is_directory=True)
    with another(HOLD, str(linked / DATABASE)) as number:
        for project in (other, linked, tmp_path / "project"):
            assert f"process {number}" in refused(scene, project, "run")
    killed = scene.run(other, environment={"CROSSWALK_FAILPOINT": "commit:after:2"})
    assert killed.code == -9
    assert scene.run(tmp_path / "project", "runs").code == 0
    assert state(database) == scene.after["incremental"]


def test_a_lock_file_that_somebody_removed_leaves_the_lock_of_the_database(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    with another(HOLD, str(database)), another(OPEN, str(database), "w") as holder:
        database.with_name(f"{DATABASE}.lock").unlink()
        assert f"process {holder}" in refused(scene, tmp_path / "project", "run")


def test_a_lock_that_a_killed_runner_left_holds_nobody_up(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    assert scene.run(tmp_path / "project", environment={"CROSSWALK_FAILPOINT": "record:before"}).code == -9
    holder, is_held = holder_of(database)
    assert holder is not None
    assert not is_held
    assert scene.run(tmp_path / "project").code == 0
    assert holder_of(database) == (None, False)


def test_a_run_that_failed_takes_its_name_off_the_lock(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    assert scene.run(tmp_path / "project", environment={"CROSSWALK_FAILPOINT": "record:before:1:full"}).code == 6
    assert holder_of(database) == (None, False)


def test_of_two_runners_in_the_same_moment_exactly_one_wins(scene: Scene, tmp_path: Path) -> None:
    """The winner stops for a moment with the lock in its hand, so that being first is all that counts."""
    project = tmp_path / "project"
    both = Limits(
        ["--project", str(project), "run"], environment={"CROSSWALK_FAILPOINT": "open:after:1:pause"}, pause=0.6
    )
    for _ in range(RACES):
        database = scene.lay("incremental", project)
        began = time.monotonic()
        ended = scene.children.together([both, both])
        assert sorted(one.code for one in ended) == [0, 6]
        loser = next(one for one in ended if one.code == 6)
        assert re.search(rf"in use by {user_name()} on \S+, process \d+, since 2\d+-", loser.err), loser.err
        assert f"process {os.getpid()}" not in loser.err
        assert state(database) == scene.after["incremental"]
        assert time.monotonic() - began < 60
    assert settled(state(database)) == settled(scene.after["incremental"])
