"""The page on the ledger names every table with what its comment says, and its commands run in the order they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from crosswalk.cli import main
from crosswalk.ledger.tables import COMMENTS, TABLES
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
TOLD = re.compile(r"^\| `(\w+)` \| (.*) \|$", re.MULTILINE)
BLOCK = re.compile(r"```\n(.*?)```", re.DOTALL)


def test_every_table_is_told_of_as_its_comment_does() -> None:
    assert dict(TOLD.findall(PAGE)) == COMMENTS
    assert COMMENTS.keys() == TABLES.keys()


def test_the_commands_of_the_page_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = [line for block in BLOCK.findall(PAGE) for line in block.splitlines()]
    assert len(commands) == 11
    assert main(["-q", "init", str(tmp_path / "demo")]) == 0
    monkeypatch.chdir(tmp_path / "demo")
    assert main(["run"]) == 0
    for command in commands:
        program, *words = shlex.split(command)
        assert program == "crosswalk"
        assert main(words) == 0, command + capsys.readouterr().err
    written = capsys.readouterr().out
    for told in ("fax orders were closed in 2019", "1 row open again", "the state is taken over"):
        assert told in written
