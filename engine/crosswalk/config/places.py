"""Where the parser's events stand in the file: lines and columns counted from 1, in characters."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from crosswalk.errors import Span


@dataclass(frozen=True, slots=True)
class Places:
    """Turns the marks of events into spans of one file."""

    file: str
    lines: tuple[str, ...]

    def start(self, event: yaml.Event, length: int = 1) -> Span:
        line, column = _at(event.start_mark)
        return Span(self.file, line + 1, column + 1, length)

    def of_text(self, event: yaml.ScalarEvent) -> Span:
        """Cover the text of a scalar: what stands between the quotes, or the first line of a block."""
        (line, column), (last, end) = _at(event.start_mark), _at(event.end_mark)
        if event.style in ("|", ">"):
            return self._first_line_after(line)
        if not event.style and line == last:
            return Span(self.file, line + 1, end - len(event.value) + 1, max(1, len(event.value)))
        opening = self.lines[line].find(event.style, column) + 1 if event.style else column
        length = end - opening - 1 if line == last else len(self.lines[line].rstrip()) - opening
        return Span(self.file, line + 1, opening + 1, max(1, length))

    def _first_line_after(self, line: int) -> Span:
        for number in range(line + 1, len(self.lines)):
            bare = self.lines[number].strip()
            if bare:
                return Span(self.file, number + 1, self.lines[number].index(bare) + 1, len(bare))
        return Span(self.file, line + 1, 1)


def _at(mark: object) -> tuple[int, int]:
    """Give line and column of a mark, counted from 0. The two parsers have a class each for it."""
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    return int(line), int(column)
