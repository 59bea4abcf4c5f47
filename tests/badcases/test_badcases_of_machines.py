"""The bad cases that no file alone makes: a ledger of tomorrow, a lock that is held, names that only a system knows.

`PLAYED` names the entry of the catalogue that each test plays.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from tests.badcases.case import BASES
from tests.badcases.playing import called, no_hang, told

PLAYED = {
    "H17": "test_a_ledger_of_a_newer_release_is_refused_and_not_touched",
    "H22": "test_the_holder_of_a_lock_is_named",
    "H19": "test_a_folder_with_blanks_quotes_and_an_emoji_in_its_name_is_a_folder",
    "H86": "test_a_file_whose_name_is_no_text_is_told_and_shown",
    "H87": "test_a_link_that_is_swapped_after_the_project_was_read_is_found_when_it_is_used",
}


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two rows, as the current folder."""
    folder = tmp_path / "rows"
    for path in sorted(BASES["rows"].rglob("*")):
        if path.is_file():
            (folder / path.relative_to(BASES["rows"])).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(BASES["rows"])).write_bytes(path.read_bytes())
    monkeypatch.chdir(folder)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "300")
    return folder


def test_a_ledger_of_a_newer_release_is_refused_and_not_touched(rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(["run"], capsys)[0] == 0
    with duckdb.connect("build/rows.duckdb") as connection:
        connection.execute("UPDATE crosswalk.meta SET value = '99'")
    before = Path("build/rows.duckdb").read_bytes()
    for words in (["run"], ["plan"], ["run", "--full"]):
        code, text = called(words, capsys)
        assert (code, told(text)) == (6, [("DATABASE_NEWER", "")]), text
    assert Path("build/rows.duckdb").read_bytes() == before


def test_the_holder_of_a_lock_is_named(rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    holder = {"user": "root", "host": "elsewhere", "pid": 1, "since": "2026-01-31T10:00:00+00:00"}
    Path("build").mkdir()
    Path("build/rows.duckdb.lock").write_text(json.dumps(holder), encoding="utf-8")
    script = "import fcntl; f = open('build/rows.duckdb.lock', 'a'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        code, text = called(["run"], capsys)
        other.kill()
    assert (code, told(text)) == (6, [("LOCKED", "")]), text
    assert "root on elsewhere, process 1, since 2026-01-31" in text


def test_a_folder_with_blanks_quotes_and_an_emoji_in_its_name_is_a_folder(
    rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = rows.parent / "a b 'c\" \U0001f600 $(x)"
    rows.rename(strange)
    os.chdir(strange.parent)
    for words in (["run"], ["plan"], ["validate"], ["rejects"]):
        code, text = called([*words, "--project", strange.name], capsys)
        assert code == 0, text


def test_a_file_whose_name_is_no_text_is_told_and_shown(rows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        Path(os.fsdecode(b"bad\xff.yaml")).write_bytes(b"map: x\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    for words in (["validate"], ["validate", "--output", "json"], ["run"], ["run", "--output", "json"]):
        code, text = called(words, capsys)
        assert code == 2
        assert "FILE_KIND" in text
        assert text.encode("utf-8")


@pytest.mark.parametrize(
    ("error", "exit_code", "code"), [(KeyboardInterrupt(), 130, "INTERRUPTED"), (ValueError("x"), 1, "DEFECT")]
)
def test_what_is_nobody_s_bad_input_has_a_code_too(
    rows: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    error: BaseException,
    exit_code: int,
    code: str,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(api, "run", broken)
    ended, text = called(["run", "--output", "json", "--quiet"], capsys)
    assert ended == exit_code
    assert f'"code": "{code}"' in text


def test_a_reference_to_a_keyring_names_the_package_that_it_needs(
    rows: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    project = Path("crosswalk.yaml")
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace("folder: data", 'folder: "${keyring:a/b}"'), encoding="utf-8")
    code, said = called(["run"], capsys)
    assert (code, told(said)) == (2, [("EXTRA_MISSING", "")]), said


def test_a_link_that_is_swapped_after_the_project_was_read_is_found_when_it_is_used(
    rows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(["run"], capsys)[0] == 0
    Path("data").rename("away")
    Path("data").symlink_to("/")
    with no_hang():
        code, text = called(["run"], capsys)
    assert (code, told(text)) == (2, [("CONNECTION_SETTINGS", "")]), text
