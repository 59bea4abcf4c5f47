"""The neutral tree of a row filter: comparisons, patterns, and how they are joined.

Every language reads into this tree and is written from it; what one of them has no words for is an `UnsayableError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["text", "number", "boolean", "null", "guid", "date", "datetime", "element"]
Sign = Literal["=", "<>", "<", "<=", ">", ">="]
Shape = Literal["starts", "ends", "contains", "like"]
Word = Literal["and", "or"]


@dataclass(frozen=True, slots=True)
class Operand:
    """A constant. `text` is its plain spelling: 42, true, 2026-01-31; of an element its name, with its `enum`."""

    kind: Kind
    text: str
    enum: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    column: str
    sign: Sign
    operand: Operand


@dataclass(frozen=True, slots=True)
class Match:
    """Text that starts, ends or goes on with `text`; `like` takes ``*`` for any run of characters."""

    column: str
    shape: Shape
    text: str


@dataclass(frozen=True, slots=True)
class Negation:
    of: Filter


@dataclass(frozen=True, slots=True)
class Group:
    """Two parts or more; none of them is a group of the same word."""

    word: Word
    parts: tuple[Filter, ...]


Filter = Comparison | Match | Negation | Group


class FilterError(Exception):
    """A filter that cannot be read. `position` counts characters from 0."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


class UnsayableError(Exception):
    """A filter that the language at hand has no words for."""


def joined(word: Word, parts: Iterable[Filter]) -> Filter:
    """Join parts by a word; parts of the same word are laid into one group."""
    flat: list[Filter] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Group) and part.word == word else [part])
    return flat[0] if len(flat) == 1 else Group(word, tuple(flat))


def leaves(tree: Filter) -> Iterator[Comparison | Match]:
    """Give the comparisons and patterns of a filter in the order they are written."""
    match tree:
        case Group(_, parts):
            for part in parts:
                yield from leaves(part)
        case Negation(of):
            yield from leaves(of)
        case Comparison() | Match():
            yield tree


def changed(tree: Filter, change: Callable[[Comparison | Match], Filter]) -> Filter:
    """Put something else in the place of every comparison and pattern."""
    match tree:
        case Group(word, parts):
            return joined(word, [changed(part, change) for part in parts])
        case Negation(of):
            return replace(tree, of=changed(of, change))
        case Comparison() | Match():
            return change(tree)


def pattern(text: str) -> tuple[Shape, str]:
    """Tell what a pattern with ``*`` asks for, and the text without its stars."""
    inner = text.strip("*")
    leading, trailing = text.startswith("*"), text.endswith("*")
    stars = text.count("*")
    if leading and trailing and stars == 2 and inner:
        return "contains", inner
    if trailing and stars == 1 and inner:
        return "starts", inner
    if leading and stars == 1 and inner:
        return "ends", inner
    return "like", text


def starred(found: Match) -> str:
    """Write a pattern with ``*``."""
    if "*" in found.text and found.shape != "like":
        raise UnsayableError(f"'{found.text}' holds a star, which stands for any text there")
    return {"starts": f"{found.text}*", "ends": f"*{found.text}", "contains": f"*{found.text}*"}.get(
        found.shape, found.text
    )
