"""A disk that fills up at any write of a run: exit 6, nothing changed, the folder is named, and the next run converges.

Three ways to fill it: a limit on the size of a file that moves through the whole run, a small file system of which ever
more is free, and the failpoints of the engine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resources.cells import some
from tests.resources.children import Children
from tests.resources.scene import DATABASE, MOMENTS, Scene, held, settled, state

KILO = 1024
SIZES = some(
    [0, 10, 100, *range(4 * KILO, 300 * KILO, 24 * KILO), *range(300 * KILO, 800 * KILO, 50 * KILO)],
    (0, 350 * KILO),
)
ROOMS = some([0, 4 * KILO, 8 * KILO, *range(16 * KILO, 1600 * KILO, 64 * KILO)], (8 * KILO, 336 * KILO))
SMALL_DISK = 16 * KILO * KILO


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("size", SIZES)
def test_a_run_that_cannot_write_more_than_some_bytes_to_a_file(
    size: int, moment: str, scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    scene.lay(moment, folder)
    ended = scene.run(folder, largest=size)
    if held(scene, moment, folder, ended) != "done":
        assert f"make room on the disk of {folder}" in ended.said


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    folder = tmp_path_factory.mktemp("small")
    on_disk = Children(folder, SMALL_DISK)
    if not on_disk.works:
        pytest.skip(on_disk.why_not())
    yield on_disk
    on_disk.end()


def fill(disk: Path, filler: Path, room: int) -> None:
    """Fill a disk up to some bytes."""
    left = os.statvfs(disk)
    filler.write_bytes(b"\0" * max(0, left.f_bavail * left.f_frsize - room))


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("room", ROOMS)
def test_a_run_on_a_disk_with_little_room(room: int, moment: str, scene: Scene, small: Children) -> None:
    inside = Scene(scene.kept, small, scene.before, scene.after)
    disk = small.disk
    filler = disk / "filler"
    filler.unlink(missing_ok=True)
    folder = disk / "project"
    inside.lay(moment, folder)
    fill(disk, filler, room)
    ended = small.run("--project", str(small.named / "project"), "run")
    filler.unlink()
    found = state(folder / DATABASE)
    again = small.run("--project", str(small.named / "project"), "run")
    assert again.code == 0, again.said
    assert settled(state(folder / DATABASE)) == settled(scene.after[moment])
    assert "Traceback" not in ended.said
    if ended.code == 0:
        assert found == scene.after[moment]
        return
    assert ended.code == 6, ended.said
    assert f"make room on the disk of {small.named / 'project'}" in ended.said
    assert found == scene.before[moment] or "the leg before it stays" in ended.said
    assert found.get("fees", []) == scene.before[moment].get("fees", [])


BEFORE_COMMIT = (
    "load",
    "validate",
    "lease",
    "open",
    "recover",
    "begin",
    "extract",
    "shape",
    "divert",
    "deliver",
    "settle",
)
LATER = ("advance", "statement", "check", "audit", "record")
FEW = {("lease", "after"), ("record", "after")}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    ("point", "when"),
    some(
        [*((point, when) for point in (*BEFORE_COMMIT, *LATER) for when in ("before", "after")), ("commit", "before")],
        FEW,
    ),
)
def test_a_run_that_finds_the_disk_full_at_a_step(
    point: str, when: str, moment: str, scene: Scene, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    scene.lay(moment, folder)
    ended = scene.run(folder, environment={"CROSSWALK_FAILPOINT": f"{point}:{when}:1:full"})
    assert "DISK_FULL" in ended.said
    assert "make room on the disk" in ended.said
    assert held(scene, moment, folder, ended) == "nothing"


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_result_that_cannot_be_written_does_not_hide_that_the_run_was_committed(
    output: str, scene: Scene, tmp_path: Path
) -> None:
    scene.lay("incremental", tmp_path / "project")
    ended = scene.run(tmp_path / "project", "--output", output, "run", out="/dev/full")
    assert ended.code == 0
    assert "the result could not be written" in ended.err
    assert "crosswalk runs" in ended.err
    assert state(tmp_path / "project" / DATABASE) == scene.after["incremental"]


@pytest.mark.parametrize("full", some([("out",), ("err",), ("out", "err")], [("out", "err")]))
def test_a_process_whose_output_goes_to_a_full_disk_ends_with_the_code_of_what_it_did(
    full: tuple[str, ...], scene: Scene, tmp_path: Path
) -> None:
    scene.lay("initial", tmp_path / "project")
    command = [sys.executable, "-m", "crosswalk", "--verbose", "--project", str(tmp_path / "project"), "run"]
    with Path("/dev/full").open("w") as device:
        streams = {f"std{name}": device if name in full else subprocess.DEVNULL for name in ("out", "err")}
        assert subprocess.run(command, **streams, check=False).returncode == 0  # type: ignore[call-overload]
    assert state(tmp_path / "project" / DATABASE) == scene.after["initial"]


@pytest.mark.parametrize("words", ["--help", "--version", "run --help"])
def test_help_that_finds_no_room_says_so(words: str, scene: Scene) -> None:
    ended = scene.children.run(*words.split(), out="/dev/full")
    assert (ended.code, ended.err.splitlines()[0]) == (
        6,
        "error[DISK_FULL]: the output cannot be written: No space left on device",
    )


WRITTEN = {
    "plan": ("plan", "--out", "given.json"),
    "rejects": ("rejects", "--export", "given.csv"),
    "test": ("test", "--junit", "given.xml"),
}


@pytest.mark.parametrize("command", WRITTEN)
def test_a_file_that_finds_no_room_stays_as_it_was(command: str, scene: Scene, small: Children, tmp_path: Path) -> None:
    scene.lay("incremental", tmp_path / "project")
    *words, name = WRITTEN[command]
    given, filler = small.disk / name, small.disk / "filler"
    filler.unlink(missing_ok=True)
    given.write_text("as it was", encoding="utf-8")
    fill(small.disk, filler, 0)
    call = ("--project", str(tmp_path / "project"), *words, str(small.named / name))
    ended = small.run(*call)
    assert ended.code == 6, ended.said
    assert "DISK_FULL" in ended.err
    assert f"make room on the disk of {small.named}" in ended.err
    assert given.read_text(encoding="utf-8") == "as it was"
    assert [path.name for path in small.disk.iterdir() if "given" in path.name] == [name]
    filler.unlink()
    assert small.run(*call).code == 0
    assert given.read_text(encoding="utf-8") != "as it was"
    given.unlink()


@pytest.mark.parametrize("command", ["compile orders", "runs", "rejects", "explain DRIFT"])
def test_what_is_only_shown_says_that_there_was_no_room_for_it(command: str, scene: Scene, tmp_path: Path) -> None:
    scene.lay("incremental", tmp_path / "project")
    ended = scene.run(tmp_path / "project", *command.split(), out="/dev/full")
    assert ended.code == 6
    assert ended.err.startswith("error[DISK_FULL]")
    assert "make room" in ended.err


def test_a_plan_that_finds_no_room_for_its_copy_names_the_folder_of_temporary_files(
    scene: Scene, tmp_path: Path
) -> None:
    scene.lay("incremental", tmp_path / "project")
    (tmp_path / "temporary").mkdir()
    ended = scene.run(tmp_path / "project", "plan", largest=50_000, environment={"TMPDIR": str(tmp_path / "temporary")})
    assert ended.code == 6
    assert re.search(rf"DISK_FULL.*{tmp_path}/temporary", ended.err)
    assert "TMPDIR" in ended.err
    assert list((tmp_path / "temporary").iterdir()) == []
    assert state(tmp_path / "project" / DATABASE) == scene.before["incremental"]


SORTED = "SELECT max(a) FROM (SELECT md5(CAST(range AS VARCHAR)) AS a, row_number() OVER (ORDER BY a) AS n FROM range(800000)) WHERE n % 2 = 0"
TIGHT = {"CROSSWALK_MEMORY": "40MB", "CROSSWALK_THREADS": "1"}


def test_what_does_not_fit_into_memory_goes_beside_the_database_and_is_gone_after(scene: Scene, tmp_path: Path) -> None:
    scene.lay("incremental", tmp_path / "project")
    there = sorted(path.name for path in (tmp_path / "project").iterdir())
    ended = scene.run(tmp_path / "project", "query", SORTED, environment=TIGHT, place=str(tmp_path))
    assert ended.code == 0, ended.said
    assert sorted(path.name for path in (tmp_path / "project").iterdir()) == there
    assert [path.name for path in tmp_path.iterdir()] == ["project"]
    ended = scene.run(tmp_path / "project", "query", "SELECT current_setting('temp_directory')")
    assert f"{tmp_path / 'project' / DATABASE}.tmp-" in ended.out
    ended = scene.run(tmp_path / "project", "query", SORTED, environment=TIGHT, largest=1_000_000)
    assert ended.code == 6, ended.said
    assert f"make room on the disk of {tmp_path / 'project'}" in ended.err


def test_what_a_killed_process_had_spilled_is_swept_by_the_next_run(scene: Scene, tmp_path: Path) -> None:
    database = scene.lay("incremental", tmp_path / "project")
    left = database.with_name(f"{DATABASE}.tmp-0badcafe")
    left.mkdir()
    (left / "duckdb_temp_storage-0.tmp").write_bytes(b"\0" * 4096)
    assert scene.run(tmp_path / "project", "rejects").code == 0
    assert left.exists(), "who only reads does not know whose it is"
    assert scene.run(tmp_path / "project").code == 0
    assert not left.exists()
    assert state(database) == scene.after["incremental"]
