"""From nodes to plain values, typed by the schema of the place where they stand.

A scalar takes the first type, in the order of the schema, that its spelling allows: where text comes first it stays
text. A fraction stays text wherever text is possible, because a float would not keep its digits.
"""

from __future__ import annotations

from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.config.scalars import typed
from crosswalk.config.schemas import Schema, alternatives, kinds_of, property_schema


def plain(node: Node, part: Schema | None, root: Schema) -> object:
    """Give the value of a node as JSON would hold it. Without a schema everything stays text."""
    match node:
        case Scalar():
            return _scalar(node, part, root)
        case Sequence(items):
            below = _below_list(part, root)
            return [plain(item, below, root) for item in items]
        case Mapping(entries):
            return {key.text: plain(value, child(part, key.text, root), root) for key, value in entries}


def child(part: Schema | None, name: str, root: Schema) -> Schema | None:
    """Give the schema of a property, from the first alternative that knows it."""
    for alternative in alternatives(part, root) if part is not None else ():
        found = property_schema(alternative, name)
        if found is not None:
            return found
    return None


def _below_list(part: Schema | None, root: Schema) -> Schema | None:
    for alternative in alternatives(part, root) if part is not None else ():
        items = alternative.get("items")
        if isinstance(items, dict):
            return items
    return None


def _scalar(node: Scalar, part: Schema | None, root: Schema) -> object:
    places = alternatives(part, root) if part is not None else ()
    kinds = [kind for alternative in places for kind in kinds_of(alternative)]
    for kind in kinds:
        fits, value = typed(node, kind)
        if fits and not (isinstance(value, float) and "string" in kinds):
            return value
    return None if node.is_null else node.text
