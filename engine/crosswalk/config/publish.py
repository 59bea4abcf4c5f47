"""Builds what the project file says of the file for readers: by profile, or one word for all profiles."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from crosswalk.config.access import pairs, scalars, text, word
from crosswalk.config.nodes import Mapping, Node, Scalar
from crosswalk.errors import Problems, nearest
from crosswalk.model import Publish


def build_publish(root: Mapping, profiles: Iterable[str], problems: Problems) -> dict[str, Publish]:
    """Build the property `publish`; a profile that it does not name is left to the usual."""
    node, known = root.get("publish"), tuple(profiles)
    if isinstance(node, Scalar):
        return dict.fromkeys(known, _built(node))
    found = list(pairs(root, "publish"))
    for profile, _ in found:
        if profile.text not in known and isinstance(root.get("connections"), Mapping):
            hint = nearest(profile.text, known) or f"profiles: {', '.join(known)}"
            message = f"there is no profile '{profile.text}' in 'connections'"
            problems.add("UNKNOWN_PROFILE", message, profile.span, hint)
    return {profile.text: _built(said) for profile, said in found}


def _built(node: Node) -> Publish:
    if not isinstance(node, Mapping):
        return Publish(on=isinstance(node, Scalar) and node.text == "true")
    tables = tuple(text(one) for one in scalars(node, "tables"))
    return Publish(on=True, file=word(node, "file"), tables=tables, masked=word(node, "pii") == "mask")


def check_tables(publish: Iterable[Publish], known: Iterable[str], problems: Problems) -> None:
    """Find patterns of published tables that no entity file answers."""
    names = tuple(known)
    for pattern in (pattern for one in publish for pattern in one.tables):
        if not any(fnmatchcase(name, pattern.value) for name in names):
            message = f"'{pattern.value}' is no table of an entity file"
            problems.add("UNKNOWN_ENTITY", message, pattern.span, nearest(pattern.value, names))
