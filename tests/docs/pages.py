"""Reads a page of the documentation as parts: files, tables of rows, mistakes with what is said, quoted sentences.

A part is found by the line above it, so that a page reads as plain Markdown:

=====================================  ====================================================================
```` ```yaml ```` with ``# file.yaml``  a file of the example; below the heading *Mistakes*, lines that replace
                                       those of the same names in that file
```` ```text ````                       what is said of the mistake above it
Given `system.table`                   rows that stand there before the run; a row that is there is changed
Gives `system.table`                   rows after the run, in the columns named
Waits                                  rows held or rejected after the run
Tests                                  the unit tests of the maps, each with what it found
Reports                                what the run noticed; ``Stops`` where a guard stopped it
``<!-- says: kind/path -->``           the sentence of the schema at that place, quoted
``<!-- table: kind/path -->``          the properties of the schema at that place, each with its sentence
``<!-- functions: row -->``            the functions of expressions; ``aggregates`` for those over many rows
=====================================  ====================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "language"
TABLE = re.compile(r"^(Given|Gives|Waits|Reports|Stops|Tests)(?: `([\w.]+)`)?.*:$")
MARK = re.compile(r"^<!-- (says|table|functions): (\S+) -->$")
FENCE = re.compile(r"^```(yaml|text)$")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page: lines ``first`` to ``last`` (left out) hold its content; `head` says what it is about."""

    kind: str
    head: str
    first: int
    last: int


def parts(lines: list[str]) -> Iterator[Part]:
    """Find the parts of a page, in its order."""
    number, mistakes = 0, False
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("## "):
            mistakes = line == "## Mistakes"
        part = _part(lines, number, line, mistakes=mistakes)
        if part is not None:
            yield part
            number = part.last


def _part(lines: list[str], number: int, line: str, *, mistakes: bool) -> Part | None:
    fence, mark, table = FENCE.match(line), MARK.match(line), TABLE.match(line)
    if fence:
        last = _until(lines, number, lambda text: text == "```")
        kind = {"yaml": "mistake" if mistakes else "file", "text": "said"}[fence[1]]
        return Part(kind, lines[number].removeprefix("# ") if kind != "said" else "", number, last)
    if mark:
        return Part(mark[1], mark[2], number, _until(lines, number, lambda text: text == ""))
    if table:
        first = number + 1
        return Part(
            table[1].lower(), table[2] or "", first, _until(lines, first, lambda text: not text.startswith("|"))
        )
    return None


def _until(lines: list[str], first: int, ends: object) -> int:
    assert callable(ends)
    return next((number for number in range(first, len(lines)) if ends(lines[number])), len(lines))


def rows(lines: list[str]) -> tuple[list[str], list[list[str | None]]]:
    """Read a Markdown table: its heads, and its rows. An empty cell is null, two quotes are empty text."""
    cells = [[_cell(cell) for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]] for line in lines]
    return [head or "" for head in cells[0]], cells[2:]


def table(heads: list[str], found: list[list[str | None]]) -> list[str]:
    """Write a Markdown table."""
    written = [_row([_shown(cell) for cell in row]) for row in found]
    return [_row(heads), "|" + "---|" * len(heads), *written]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(text: str) -> str | None:
    found = text.strip().replace("\\|", "|")
    return {"": None, "''": ""}.get(found, found)


def _shown(cell: str | None) -> str:
    if cell is None:
        return ""
    return cell.replace("|", "\\|") or "''"


def pages() -> list[Path]:
    """List the pages that people wrote, index first; those of the transforms are generated."""
    index = FOLDER / "README.md"
    return [index, *sorted(page for page in FOLDER.glob("*.md") if page != index)]


def lines_of(page: Path) -> list[str]:
    return page.read_text(encoding="utf-8").splitlines()
