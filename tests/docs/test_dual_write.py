"""The page on dual-write: its commands run in their order, and its map is what they write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crosswalk.cli import main
from crosswalk.dualwrite.answers import MAP_WORDS, TABLE_WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "dual-write.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^crosswalk (.*)$", PAGE, re.MULTILINE)


def block(language: str, number: int = 0) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)[number]


def test_the_commands_of_the_page_run_and_write_the_map_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("books.record.json").write_text(block("json"))
    Path("answers.yml").write_text(block("yaml"))
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        assert main(command.split()) == 0, command
    written = Path("maps/lib_books_library_books.map.yaml").read_text()
    assert "".join(line for line in written.splitlines(keepends=True) if not line.startswith("#")) == block("yaml", 1)
    assert Path("records/lib_books_library_books.record.json").is_file()


def test_every_word_that_can_be_answered_stands_on_the_page() -> None:
    assert [word for word in (*MAP_WORDS, *TABLE_WORDS) if f"`{word}`" not in PAGE] == []
