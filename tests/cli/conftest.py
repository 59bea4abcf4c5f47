"""The starter project, fresh for each test, as the current folder."""

import os
from pathlib import Path

import pytest

from crosswalk.cli import main
from tests.cli.calls import Shell


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    return Shell(capsys)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the starter project once; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("starter") / "demo"
    assert main(["-q", "init", str(folder)]) == 0
    return folder


@pytest.fixture
def project(made: Path, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the starter project; commands run in it."""
    shell.capture.readouterr()
    folder = tmp_path / "demo"
    for path in sorted(made.rglob("*")):
        copy = folder / path.relative_to(made)
        if path.is_dir():
            copy.mkdir(parents=True)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.chdir(folder)
    assert os.fspath(Path.cwd()) == os.fspath(folder.resolve())
    return folder
