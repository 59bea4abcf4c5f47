"""Where the parts of a YAML file begin and end, as offsets in its text: what an edit in place needs to know.

Why beside the reader: a reader says where a mistake stands, so it knows beginnings; an edit must also know where a part
ends, what is written in braces, and what is shared by an alias. Files are read by the reader first: here a file is
known to be sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import yaml

_FAST: type[yaml.CSafeLoader | yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Extent:
    """A part of a text: ``text[start:end]``. `flow` is said of what stands in braces or brackets; `shared` of what has
    an anchor or is an alias, so that a change would reach other places.
    """

    start: int
    end: int
    flow: bool = False
    shared: bool = False
    parts: tuple[Entry, ...] = ()

    def get(self, step: str | int) -> Entry | None:
        """Find the entry of a mapping by its name, or that of a list by its number."""
        if isinstance(step, int):
            return self.parts[step] if step < len(self.parts) else None
        return next((part for part in self.parts if part.name == step), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a mapping or a list; `start` is where its key begins, or its value where it has no key."""

    name: str
    start: int
    value: Extent

    @property
    def end(self) -> int:
        return self.value.end


def extents(text: str) -> Extent:
    """Find the extents of a file that the reader has found sound."""
    events = yaml.parse(text, Loader=_FAST)
    next(events)
    next(events)
    return _Extents(text, _line_starts(text), events).node(0)


def line_end(text: str, offset: int) -> int:
    """Give the offset behind the line that `offset` stands in, its line end included."""
    found = _LINE.match(text, offset)
    return found.end() if found else len(text)


def line_start(text: str, offset: int) -> int:
    """Give the offset at which the line of `offset` begins."""
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def _line_starts(text: str) -> list[int]:
    return [0, *accumulate(len(line) for line in re.findall(r"[^\r\n]*(?:\r\n|\n|\r)", text))]


@dataclass(slots=True)
class _Extents:
    text: str
    starts: list[int]
    events: Iterator[yaml.Event]

    def node(self, indent: int) -> Extent:
        """Read one node; `indent` is the column of the key or dash that it belongs to."""
        return self._node(next(self.events), indent)

    def _node(self, event: yaml.Event, indent: int) -> Extent:
        start, end = self._offset(event.start_mark), self._offset(event.end_mark)
        if isinstance(event, yaml.AliasEvent):
            return Extent(start, end, shared=True)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        shared = event.anchor is not None
        if isinstance(event, yaml.ScalarEvent):
            whole = self._block_end(start, indent) if event.style in ("|", ">") else end
            return Extent(start, whole, shared=shared)
        parts, closing = self._parts(event, indent)
        if event.flow_style:
            return Extent(start, self._offset(closing.end_mark), True, shared, parts)
        return Extent(parts[0].start if parts else start, parts[-1].end if parts else start, False, shared, parts)

    def _parts(self, opening: yaml.CollectionStartEvent, indent: int) -> tuple[tuple[Entry, ...], yaml.Event]:
        found: list[Entry] = []
        while not isinstance(event := next(self.events), yaml.CollectionEndEvent):
            start, column = self._offset(event.start_mark), self._column(event.start_mark)
            if isinstance(opening, yaml.MappingStartEvent):
                name = event.value if isinstance(event, yaml.ScalarEvent) else ""
                self._node(event, indent)
                found.append(Entry(name, start, self.node(column)))
            else:
                found.append(Entry("", start, self._node(event, indent)))
        return tuple(found), event

    def _block_end(self, start: int, indent: int) -> int:
        """Give the end of a block of text: its last line that is not empty and stands deeper than its key."""
        here = line_end(self.text, start)
        end = len(self.text[:here].rstrip("\r\n"))
        while here < len(self.text):
            after = line_end(self.text, here)
            line = self.text[here:after].rstrip("\r\n")
            if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
                break
            end = here + len(line) if line.strip() else end
            here = after
        return end

    def _offset(self, mark: object) -> int:
        line, column = int(getattr(mark, "line", 0)), self._column(mark)
        return min(self.starts[min(line, len(self.starts) - 1)] + column, len(self.text))

    def _column(self, mark: object) -> int:
        return int(getattr(mark, "column", 0))
