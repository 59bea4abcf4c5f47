"""The page of primitives is true: what it names exists, and the maps that it names use the words that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "primitives.md"
ALL = {f"PR{number:02}" for number in range(1, 48)}
LINK = re.compile(r"\[[^\]]+\]\(([^)]+)\)")
WORD = re.compile(r"`([a-z_]+)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows(heading: str) -> list[list[str]]:
    """Give the cells of the table below a heading."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in section.splitlines() if line[:4] == "| PR"
    ]


LANGUAGE, ENGINE, ELSEWHERE = (rows(one) for one in ("In the language", "In the engine", "In another system"))


def names_in(part: object) -> Iterator[str]:
    if isinstance(part, list):
        for below in part:
            yield from names_in(below)
    if isinstance(part, Mapping):
        for name, below in part.items():
            yield str(name)
            yield from names_in(below)


def linked(cell: str) -> Path:
    found = LINK.search(cell)
    assert found, cell
    return (PAGE.parent / found[1]).resolve()


def test_each_of_the_47_stands_on_the_page_once() -> None:
    found = [row[0] for row in (*LANGUAGE, *ENGINE, *ELSEWHERE)]
    assert sorted(found) == sorted(ALL)


def test_every_page_and_every_map_that_is_named_exists() -> None:
    assert [row[0] for row in LANGUAGE if not (linked(row[3]).is_file() and linked(row[4]).is_file())] == []


def test_every_map_uses_the_words_that_are_named_beside_it() -> None:
    missing = []
    for row in LANGUAGE:
        used = set(names_in(yaml.load(linked(row[4]).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)))
        words = WORD.findall(row[2])
        missing += [(row[0], word) for word in words if word not in used]
        assert words, row[0]
    assert missing == []


def test_every_page_says_the_words_that_are_named_beside_it() -> None:
    said = {row[0]: linked(row[3]).read_text(encoding="utf-8") for row in LANGUAGE}
    assert [(row[0], word) for row in LANGUAGE for word in WORD.findall(row[2])[:1] if word not in said[row[0]]] == []


def test_every_test_that_is_named_exists() -> None:
    for row in (*LANGUAGE, *ENGINE):
        named = TEST.search(row[-1])
        assert named, row[0]
        assert f"def {named[2]}(" in (ROOT / named[1]).read_text(encoding="utf-8"), row[0]


def test_what_belongs_elsewhere_has_a_reason() -> None:
    assert [row[0] for row in ELSEWHERE if len(row[-1]) < 80] == []
