"""Writes results to stdout: coloured lines, tables, JSON and CSV.

Values come from other people's tables, so a character that would move the cursor or turn the text round is shown by its
number, and square brackets are no markup. A reader that goes away early (``| head``) is no failure.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from crosswalk.cli.settings import Output, Settings

_UNLIMITED = 100_000
_OBEYED = ("Cc", "Cf", "Cs", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result with a style of rich, such as ``green`` or ``bold``."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the names of its columns, its rows, and which columns hold numbers."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Screen:
    """Where results go. Every method writes whole lines."""

    settings: Settings

    @property
    def as_json(self) -> bool:
        return self.settings.output is Output.json

    def lines(self, lines: Iterable[Line]) -> None:
        """Write lines as they are, never folded."""
        parts = [Text(visible(line.text), style=line.style) for line in lines]
        _write(self._rendered(parts, folded=False))

    def json(self, value: object) -> None:
        """Write one JSON value; numbers that JSON cannot hold exactly are text."""
        text = json.dumps(_plain(value), indent=2, ensure_ascii=False)
        _write("".join(_escaped(letter) for letter in text) + "\n")

    def grid(self, grid: Grid) -> None:
        """Write a table in the form that was asked for."""
        match self.settings.output:
            case Output.json:
                names = _unique(grid.columns)
                self.json([dict(zip(names, row, strict=True)) for row in grid.rows])
            case Output.csv:
                _write(csv_of(grid))
            case _:
                _write(self._rendered([_table(grid)], folded=True))

    def _rendered(self, parts: Iterable[RenderableType], *, folded: bool) -> str:
        """Render through rich into text: its own writing would end the process when nobody reads any more."""
        terminal = sys.stdout.isatty()
        text = io.StringIO()
        console = Console(
            file=text,
            force_terminal=terminal,
            width=None if terminal else _UNLIMITED,
            no_color=True if self.settings.no_color else None,
            highlight=False,
            markup=False,
            emoji=False,
        )
        for part in parts:
            console.print(part, soft_wrap=not folded)
        return text.getvalue()


def _table(grid: Grid) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in grid.columns:
        right = column in grid.numbers
        table.add_column(Text(visible(column)), justify="right" if right else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def csv_of(grid: Grid) -> str:
    """Write a table as CSV with a head line; null is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(grid.columns)
    writer.writerows([["" if value is None else value for value in row] for row in grid.rows])
    return text.getvalue()


def _escaped(letter: str) -> str:
    """Write a letter that a terminal obeys as JSON may write any letter."""
    if letter == "\n" or unicodedata.category(letter) not in _OBEYED:
        return letter
    return json.dumps(letter)[1:-1]


def visible(text: str) -> str:
    """Show characters that a terminal would obey by their numbers."""
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _OBEYED else c for c in text)


def _cell(value: object) -> Text:
    return Text("null", style="dim") if value is None else Text(visible(str(value)))


def _plain(value: object) -> object:
    """Turn a value into what JSON knows."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _unique(names: Sequence[str]) -> list[str]:
    """Tell columns of one name apart: a query may give two."""
    found: list[str] = []
    for name in names:
        number, free = 1, name
        while free in found:
            number += 1
            free = f"{name}_{number}"
        found.append(free)
    return found


def _write(text: str) -> None:
    """Write; when nobody reads any more, throw the rest away, so that the exit code still says what was done."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
