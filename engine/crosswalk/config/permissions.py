"""Builds `allow`: what may be done to a table, as a list of words or with a condition for each."""

from __future__ import annotations

from crosswalk.config.access import text
from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.model import Permission, Text

CREATE_AND_UPDATE = Permission()
UPDATE_ONLY = Permission(create=False)


def build_permission(of: Mapping, default: Permission) -> Permission:
    """Build `allow`. In a list, what is not named is not allowed, apart from removal, which `on_leave` asks for; in a
    mapping it keeps its default.
    """
    match of.get("allow"):
        case Sequence(items):
            named = {item.text for item in items if isinstance(item, Scalar)}
            return Permission(create="create" in named, update="update" in named, delete="delete" in named or None)
        case Mapping() as conditions:
            return Permission(
                create=_answer(conditions.get("create"), default=default.create),
                update=_answer(conditions.get("update"), default=default.update),
                delete=_removal(conditions.get("delete")),
            )
        case _:
            return default


def _removal(node: Node | None) -> bool | Text | None:
    return None if node is None else _answer(node, default=False)


def _answer(node: Node | None, *, default: bool | Text) -> bool | Text:
    if not isinstance(node, Scalar):
        return default
    if node.plain and node.text in ("true", "false"):
        return node.text == "true"
    return text(node)
