"""Short ways to take apart a tree that the schema has found sound: builders ask for what they need, by name.

The shape is known to be right here, so a wrong kind of node is a defect and not a problem of the author.
"""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.model import Path, Text


def scalar(node: Node | None) -> Scalar:
    assert isinstance(node, Scalar), "the schema lets only a scalar through"
    return node


def mapping(node: Node | None) -> Mapping:
    assert isinstance(node, Mapping), "the schema lets only a mapping through"
    return node


def word(of: Mapping, name: str, otherwise: str = "") -> str:
    """The text of a property, or `otherwise` where it is not there."""
    found = of.get(name)
    return scalar(found).text if found is not None else otherwise


def scalars(of: Mapping, name: str) -> tuple[Scalar, ...]:
    """The entries of a list of scalars; one scalar counts as a list of one; nothing where it is not there."""
    found = of.get(name)
    match found:
        case None:
            return ()
        case Sequence(items):
            return tuple(scalar(item) for item in items)
        case _:
            return (scalar(found),)


def items(of: Mapping, name: str) -> tuple[Node, ...]:
    found = of.get(name)
    return found.items if isinstance(found, Sequence) else ()


def pairs(of: Mapping, name: str) -> Iterator[tuple[Scalar, Node]]:
    """The pairs of a property that is a mapping; none where it is not there."""
    found = of.get(name)
    return iter(found.entries if isinstance(found, Mapping) else ())


def condition(of: Mapping, name: str) -> Text | None:
    found = of.get(name)
    return text(scalar(found)) if found is not None else None


def text(node: Scalar) -> Text:
    return Text(node.text, node.span)


def path(node: Scalar) -> Path:
    return Path(node.text, node.span)


def truth(of: Mapping, name: str) -> bool:
    """Whether a property is there and true."""
    return word(of, name) == "true"
