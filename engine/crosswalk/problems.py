"""Problems as text: code and message, the place, the line, and a caret under the words that are meant.

Why widths and not lengths: in a terminal a wide character takes two columns and a combining one none. Characters that
would move the cursor or turn the text round are shown by their number.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from crosswalk.errors import Problem

SHOWN = 50
_WINDOW = 160
_BEFORE = 60

Lines = Mapping[str, Sequence[str]]


def render(problems: Iterable[Problem], lines: Lines, limit: int = SHOWN) -> str:
    """Write problems one after the other. `lines` holds the lines of each file, by name."""
    whole = list(problems)
    blocks = [render_one(problem, lines) for problem in whole[:limit]]
    if len(whole) > limit:
        blocks.append(f"... and {len(whole) - limit:,} more\n")
    return "\n".join(blocks)


def render_one(problem: Problem, lines: Lines) -> str:
    """Write one problem; without its line where the file has none there."""
    span = problem.span
    head = f"{problem.severity}[{problem.code}]: {_safe(problem.message)}\n"
    margin = " " * len(str(span.line))
    place = f"{margin}--> {_safe(span.file)}:{span.line}:{span.column}\n"
    of_file = lines.get(span.file, ())
    hint = _safe(problem.hint)
    if not 0 < span.line <= len(of_file):
        return head + place + (f"{margin} = {hint}\n" if hint else "")
    line, column = _cut(of_file[span.line - 1], span.column - 1)
    marked = line[column : column + span.length]
    caret = " " * _width(line[:column]) + "^" * max(1, _width(marked))
    text = _safe(line).rstrip()
    under = f"{caret} {hint}".rstrip()
    return f"{head}{place}{margin} |\n{span.line} | {text}\n{margin} | {under}\n"


def _cut(line: str, column: int) -> tuple[str, int]:
    """Show a window of a very long line; give it and the column inside it."""
    if len(line) <= _WINDOW:
        return line, column
    start = max(0, min(column - _BEFORE, len(line) - _WINDOW))
    return line[start : start + _WINDOW], column - start


def _safe(text: str) -> str:
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char == "\t":
        return "    "
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return f"<U+{ord(char):04X}>"
    return char


def _width(text: str) -> int:
    return sum(_columns(char) for shown in map(_shown, text) for char in shown)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
