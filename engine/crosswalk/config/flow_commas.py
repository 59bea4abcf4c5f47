"""The comma trap: inside ``{ }`` and ``[ ]`` YAML cuts ``decimal(19,4)`` and ``in ('a', 'b')`` at the comma.

Why it has a module: this is the one mistake that everybody makes once, and what comes out of it (a column property
``4)``) explains nothing. The pieces are joined again, so that the rest of the line is checked as it was meant. A
bracket that is never closed is told as well, because two entries must not become one without a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice, takewhile

from crosswalk.config.nodes import Node, Scalar
from crosswalk.errors import Problem, Problems

MOST_PIECES = 50


def is_open(node: Node) -> bool:
    """Whether an unquoted text has a bracket that is not closed in it."""
    return isinstance(node, Scalar) and node.plain and _depth(node) > 0


def problem(node: Scalar) -> Problem:
    message = f"the comma cuts '{node.text}' in two, because it stands unquoted inside brackets"
    return Problem("YAML_FLOW_COMMA", message, node.span, "put the whole text in quotes")


def joined_pairs(pairs: list[tuple[Scalar, Node]], problems: Problems) -> list[tuple[Scalar, Node]]:
    """Join the pieces of cut values: ``{type: decimal(19,4)}`` has the pairs ``type`` and ``4)`` without a value."""
    whole: list[tuple[Scalar, Node]] = []
    at = 0
    while at < len(pairs):
        key, value = pairs[at]
        behind = takewhile(lambda pair: isinstance(pair[1], Scalar) and pair[1].is_blank, islice(pairs, at + 1, None))
        pieces = _pieces(value, (piece for piece, _ in behind))
        whole.append((key, _joined(pieces, problems) if pieces else value))
        at += max(1, len(pieces))
    return whole


def joined_items(items: list[Node], problems: Problems) -> list[Node]:
    """Join the pieces of cut entries of a list in brackets."""
    whole: list[Node] = []
    at = 0
    while at < len(items):
        pieces = _pieces(items[at], islice(items, at + 1, None))
        whole.append(_joined(pieces, problems) if pieces else items[at])
        at += max(1, len(pieces))
    return whole


def _pieces(first: Node, behind: Iterable[Node]) -> list[Scalar]:
    """Gather the pieces of one text: up to where its bracket is closed, or as many as one text may have; none where
    nothing was cut.
    """
    if not isinstance(first, Scalar) or not is_open(first):
        return []
    pieces, depth = [first], _depth(first)
    for piece in islice(behind, MOST_PIECES):
        if not isinstance(piece, Scalar) or depth <= 0:
            break
        pieces.append(piece)
        depth += _depth(piece)
    return pieces if len(pieces) > 1 else []


def _depth(node: Scalar) -> int:
    return node.text.count("(") - node.text.count(")")


def _joined(pieces: list[Scalar], problems: Problems) -> Scalar:
    found = problem(pieces[0])
    text = ",".join(piece.text for piece in pieces)
    problems.extend([Problem(found.code, found.message, found.span, f'put it in quotes: "{text}"')])
    return Scalar(text, True, pieces[0].span)
