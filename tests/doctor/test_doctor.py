"""The doctor finds every planted fault, that fault alone, with a remedy; a healthy project gives none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from crosswalk import api
from crosswalk.cli import main
from crosswalk.codes import CODES
from crosswalk.diagnosis import CHECKS
from crosswalk.diagnosis.repairing import SENTENCES
from tests.doctor.faults import FAULTS
from tests.doctor.patient import Project, copied, healthy

MOST_FAULTS = 20


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return healthy(tmp_path_factory.mktemp("healthy"))


@pytest.fixture
def project(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A healthy copy; temporary files of other programs are out of sight."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return copied(made, tmp_path / "project")


def contents(root: Path) -> dict[str, str]:
    """Digest every file of a project."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_healthy_project_has_no_symptom_and_every_check_has_looked(project: Project) -> None:
    before = contents(project.root)
    found = project.examine()
    assert found.symptoms == ()
    assert found.exit_code == 0
    assert [check.check for check in found.checks if check.skipped] == []
    assert contents(project.root) == before


def test_at_least_twenty_faults_are_planted() -> None:
    assert len({fault.code for fault in FAULTS.values()}) >= MOST_FAULTS


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_no_other(name: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    fault = FAULTS[name]
    fault.plant(project, monkeypatch)
    before = contents(project.root)
    found = project.examine()
    assert {one.code for one in found.symptoms} == {fault.code}, found.symptoms
    assert any(fault.tells in one.message for one in found.symptoms), found.symptoms
    assert all(one.remedy for one in found.symptoms)
    assert found.exit_code == fault.exit
    assert fault.code in CODES
    assert contents(project.root) == before


@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.mended])
def test_a_repair_copies_aside_mends_and_the_next_run_goes_on(
    name: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    FAULTS[name].plant(project, monkeypatch)
    before = contents(project.root)
    repaired = api.mend(project.root, None)
    assert repaired.diagnosis.symptoms == ()
    assert repaired.aside is not None
    assert len(repaired.done) == 1
    kept = contents(repaired.aside)
    lost = {file: digest for file, digest in before.items() if contents(project.root).get(file) != digest}
    for file, digest in lost.items():
        assert kept[file] == digest, f"{file} was changed or removed, and no copy lies aside"
    assert api.run(api.load(project.root)).exit_code == 0
    assert project.codes() == []


def test_a_repair_without_anything_to_mend_touches_nothing(project: Project) -> None:
    project.sql("UPDATE crosswalk.runs SET inserted = 7")
    before = contents(project.root)
    repaired = api.mend(project.root, None)
    assert (repaired.aside, repaired.done) == (None, ())
    assert [one.code for one in repaired.diagnosis.symptoms] == ["FATES_DISAGREE"]
    assert contents(project.root) == before


HOLD = "import sys; from pathlib import Path; from crosswalk.runner.lease import lease\nwith lease(Path(sys.argv[1])): print('open', flush=True); sys.stdin.read()"
OPEN = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"


@pytest.mark.parametrize(("script", "tells"), [(HOLD, "a run goes on"), (OPEN, "another program")])
def test_a_database_in_use_is_told_and_a_repair_keeps_off(script: str, tells: str, project: Project) -> None:
    command = [sys.executable, "-c", script, str(project.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        found = project.examine()
        assert [one.code for one in found.symptoms] == ["LOCKED"]
        assert tells in found.symptoms[0].message
        assert f"process {other.pid}" in found.symptoms[0].message
        (project.root / ".half.new").write_bytes(b"x")
        before = contents(project.root)
        assert main(["--project", str(project.root), "doctor", "--repair"]) == 6
        assert {name: digest for name, digest in contents(project.root).items() if name in before} == before
        other.kill()


def test_who_may_not_write_is_told_whose_the_files_are(made: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become another user, and root may write anywhere")
    with tempfile.TemporaryDirectory(prefix="crosswalk-doctor-") as folder:
        Path(folder).chmod(0o755)
        project = copied(made, Path(folder) / "project")
        for path in (project.root, *project.root.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        call = "import json, os, sys; from pathlib import Path; from crosswalk import api; project = api.load(sys.argv[1]); api.examine(Path(sys.argv[1]), None);"
        call += "os.setgid(65534); os.setuid(65534);"
        call += "print(json.dumps([(s.code, s.message) for s in api.examine(Path(sys.argv[1]), None).symptoms]))"
        ran = subprocess.run(
            [sys.executable, "-c", call, str(project.root)], capture_output=True, text=True, check=False, cwd=folder
        )
        assert ran.returncode == 0, ran.stderr
        found = [message for code, message in json.loads(ran.stdout) if code == "NO_RIGHTS"]
        assert [
            f"nobody may not write to {place}, which belongs to root"
            for place in (project.root, project.database, f"{project.database}.lock")
        ] == found


def test_a_ledger_of_an_earlier_release_is_told(project: Project) -> None:
    from crosswalk.ledger.tables import VERSION

    project.sql(f"UPDATE crosswalk.meta SET value = '{VERSION - 1}' WHERE name = 'version'")
    assert project.codes() == ["LEDGER_OLD"]


def test_who_is_offline_asks_no_system(project: Project) -> None:
    (project.root / "shop.sqlite").unlink()
    found = project.examine(offline=True)
    assert found.symptoms == ()
    assert {check.check: check.skipped for check in found.checks}["systems"] == "asked to stay offline"


def test_a_project_that_has_not_run_yet_is_healthy(project: Project) -> None:
    project.database.unlink()
    found = project.examine()
    assert found.symptoms == ()
    assert {check.skipped for check in found.checks if check.skipped} == {"there is no database yet"}


def called(capsys: pytest.CaptureFixture[str], project: Project, *words: str) -> tuple[int, str]:
    code = main(["--project", str(project.root), *words])
    return code, capsys.readouterr().out


def test_the_command_says_in_words_and_in_json_what_it_found(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "secret.txt").chmod(0o644)
    project.sql("UPDATE crosswalk.runs SET inserted = 7")
    code, said = called(capsys, project, "doctor")
    assert code == 6
    assert "warning  secrets: every user of this machine may read the secret file secret.txt" in said
    assert f"= chmod 600 {project.root / 'secret.txt'}" in said
    assert "error    entries: runs do not add up" in said
    assert said.endswith("1 error, 1 warning\n")
    assert "shop.sqlite" not in said, "the content of the secret file"
    code, said = called(capsys, project, "--output", "json", "doctor")
    found: dict[str, Any] = json.loads(said)
    assert (code, found["exit"]) == (6, 6)
    states = {check["check"]: check["state"] for check in found["checks"]}
    assert states["secrets"] == "warning"
    assert states["entries"] == "error"
    assert states["clock"] == "ok"
    project.sql("UPDATE crosswalk.runs SET inserted = 2")
    assert called(capsys, project, "doctor")[0] == 0


def test_a_repair_says_what_it_did_and_where_the_copies_are(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.sql("CREATE TABLE crosswalk.crosswalk_seen (a INTEGER)")
    code, said = called(capsys, project, "doctor", "--repair")
    assert code == 0
    (aside,) = project.root.glob("patient.duckdb.aside-*")
    assert f"{aside.name}\n  took out tables of a read that was killed\n" in said
    code, said = called(capsys, project, "--output", "json", "doctor", "--repair")
    assert json.loads(said)["repaired"] == {"aside": "", "done": []}


def test_the_page_of_the_doctor_names_every_check_and_every_code_that_was_planted() -> None:
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert [check.name for check in CHECKS] == re.findall(r"^\| ([a-z]+) \| (?:`|what)", page, re.MULTILINE)
    assert set(re.findall(r"`([A-Z_]+)`", page)) >= {fault.code for fault in FAULTS.values()}
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", page)) <= set(CODES)
    repaired = page.partition("## What --repair does")[2]
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", repaired)) == set(SENTENCES)
