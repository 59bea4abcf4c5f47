"""What the page on comparing shows is what is printed: its blocks run one after the other on the starter project."""

from __future__ import annotations

import os
import re
from pathlib import Path

import duckdb
import pytest

from crosswalk.cli import main
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "reconcile.md"
BLOCK = re.compile(r"```\n(\$ .*?)```", re.DOTALL)
VARIES = ((r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-03-02 06:00:00"), (r"\b([Rr]un) [0-9a-f]{12}", r"\1 5f0c3a9d17e2"))


def test_the_blocks_of_the_page_print_what_they_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)
    main(["-q", "init", "demo"])
    monkeypatch.chdir(tmp_path / "demo")
    main(["run"])
    capsys.readouterr()

    def played(block: re.Match[str]) -> str:
        calls = [line for line in block[1].splitlines() if line.startswith("$ ")]
        return "```\n" + "".join(f"{call}\n{_printed(call, capsys)}" for call in calls) + "```"

    text = PAGE.read_text(encoding="utf-8")
    now = BLOCK.sub(played, text)
    if os.environ.get("CROSSWALK_REGENERATE"):
        PAGE.write_text(now, encoding="utf-8")
    assert now == PAGE.read_text(encoding="utf-8")


def _printed(call: str, capsys: pytest.CaptureFixture[str]) -> str:
    program, _, rest = call.removeprefix("$ ").partition(" ")
    if program == "sql":
        with duckdb.connect("build/data.duckdb") as connection:
            connection.execute(rest)
        return ""
    main(rest.split())
    printed = capsys.readouterr().out
    for pattern, shown in VARIES:
        printed = re.sub(pattern, shown, printed)
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
