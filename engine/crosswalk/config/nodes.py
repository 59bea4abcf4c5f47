"""What a YAML file holds, as values that know where they stand.

Why not plain dicts and lists: a mistake is shown at its place, and a plain ``null`` differs from a quoted one. A
scalar keeps its text; what type it has is decided later, by the schema of the place where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from crosswalk.errors import Span

NULLS = ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A piece of text. `span` covers the text itself: of a quoted one what stands between the quotes."""

    text: str
    plain: bool
    span: Span

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in NULLS

    @property
    def is_blank(self) -> bool:
        """Nothing was written at all: ``key:`` with an empty right side."""
        return self.plain and self.text == ""


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs in the order of the file; keys are unique. `span` is the first key, or the opening brace.

    `cut` names the pairs that were taken out for a fault: what misses them has been told already.
    """

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span
    cut: tuple[str, ...] = ()

    def get(self, name: str) -> Node | None:
        return next((value for key, value in self.entries if key.text == name), None)

    def key(self, name: str) -> Scalar | None:
        return next((key for key, _ in self.entries if key.text == name), None)

    def names(self) -> tuple[str, ...]:
        return tuple(key.text for key, _ in self.entries)


Node = Scalar | Sequence | Mapping


def at(node: Node, path: Iterator[str | int]) -> Node:
    """Walk down `path` (keys and positions) as far as it leads."""
    for step in path:
        below = _child(node, step)
        if below is None:
            return node
        node = below
    return node


def _child(node: Node, step: str | int) -> Node | None:
    match node:
        case Mapping():
            return node.get(str(step))
        case Sequence() if isinstance(step, int) and step < len(node.items):
            return node.items[step]
        case _:
            return None


def without(node: Mapping, paths: frozenset[tuple[str | int, ...]]) -> Mapping:
    """Copy a mapping, leaving out what stands at any of `paths`."""
    copied = _copied(node, paths)
    assert isinstance(copied, Mapping)
    return copied


def _copied(node: Node, paths: frozenset[tuple[str | int, ...]]) -> Node:
    if not paths:
        return node
    match node:
        case Scalar():
            return node
        case Sequence(items, span):
            kept = [_copied(item, _below(paths, i)) for i, item in enumerate(items) if (i,) not in paths]
            return Sequence(tuple(kept), span)
        case Mapping(entries, span, cut):
            pairs = [(k, _copied(v, _below(paths, k.text))) for k, v in entries if (k.text,) not in paths]
            gone = tuple(k.text for k, _ in entries if (k.text,) in paths)
            return Mapping(tuple(pairs), span, (*cut, *gone))


def _below(paths: frozenset[tuple[str | int, ...]], step: str | int) -> frozenset[tuple[str | int, ...]]:
    return frozenset(path[1:] for path in paths if len(path) > 1 and path[0] == step)
