"""The comma trap: inside ``{ }`` and ``[ ]`` YAML cuts ``decimal(19,4)`` and ``in ('a', 'b')`` at the comma.

Why it has a module: this is the one mistake that everybody makes once, and what comes out of it (a column property
``4)``) explains nothing. The pieces are joined again, so that the rest of the line is checked as it was meant.
"""

from __future__ import annotations

from crosswalk.config.nodes import Node, Scalar
from crosswalk.errors import Problem, Problems


def is_open(node: Node) -> bool:
    """Whether an unquoted text has a bracket that is not closed in it."""
    return isinstance(node, Scalar) and node.plain and node.text.count("(") > node.text.count(")")


def problem(node: Scalar) -> Problem:
    message = f"the comma cuts '{node.text}' in two, because it stands unquoted inside brackets"
    return Problem("YAML_FLOW_COMMA", message, node.span, "put the whole text in quotes")


def joined_pairs(pairs: list[tuple[Scalar, Node]], problems: Problems) -> list[tuple[Scalar, Node]]:
    """Join the pieces of cut values: ``{type: decimal(19,4)}`` has the pairs ``type`` and ``4)`` without a value."""
    whole: list[tuple[Scalar, Node]] = []
    for key, value in pairs:
        before = whole[-1][1] if whole else None
        if isinstance(before, Scalar) and is_open(before) and isinstance(value, Scalar) and value.is_blank:
            whole[-1] = (whole[-1][0], _joined(before, key, problems))
        else:
            whole.append((key, value))
    return whole


def joined_items(items: list[Node], problems: Problems) -> list[Node]:
    """Join the pieces of cut entries of a list in brackets."""
    whole: list[Node] = []
    for item in items:
        before = whole[-1] if whole else None
        if isinstance(before, Scalar) and is_open(before) and isinstance(item, Scalar):
            whole[-1] = _joined(before, item, problems)
        else:
            whole.append(item)
    return whole


def _joined(before: Scalar, piece: Scalar, problems: Problems) -> Scalar:
    whole = Scalar(f"{before.text},{piece.text}", True, before.span)
    if not is_open(whole):
        found = problem(before)
        problems.extend([Problem(found.code, found.message, found.span, f'put it in quotes: "{whole.text}"')])
    return whole
