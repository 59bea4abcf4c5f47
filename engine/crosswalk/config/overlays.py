"""Lays overlays over the files that they change: a few lines of a customer's own, and the shipped file stays as it is.

Before: the tree of a map, an entity or a value map, and those of the files that say ``extends:`` with its name. After:
one tree, built like any other; each node still knows its file, so a mistake is shown where it was written.

Why by name and not by place: lines, lookups and columns have names, so adding and replacing need no further words.
Lists without names (conditions, tests, tags) grow. What two overlays both change is refused, for the order of files
must not decide what a map means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crosswalk.config.access import items, mapping, pairs, scalar, scalars
from crosswalk.config.nodes import Mapping, Node, Scalar
from crosswalk.config.nodes import Sequence as Items
from crosswalk.errors import Problems, nearest

Route = tuple[str, ...]

_OWN_WORDS = ("extends", "remove")
_PARTS = ("back", "document", "settle", "merge")
"""Properties that hold further properties."""

_NAMED = ("fields", "both", "key", "lookups", "columns", "values", "each", "by", "parts", "done", "guard", "limits")
"""Properties whose entries are added and replaced one by one, by name."""

_GROWING = ("requires", "after", "tags", "tests")
_WRITTEN = (("fields",), ("both",), ("back", "fields"), ("columns",))
"""Where lines and columns stand that `remove` can name."""


@dataclass(slots=True)
class Overlays:
    """Lays the overlays of one file over it, in the order of their file names."""

    problems: Problems
    set_by: dict[Route, Scalar] = field(default_factory=dict)

    def over(self, base: Mapping, overlays: Sequence[Mapping]) -> Mapping:
        """Give the tree with every overlay in it; problems are added where overlays meet, or name what is not there."""
        whole = base
        for overlay in overlays:
            whole = self._removed(whole, scalars(overlay, "remove"))
            whole = self._merged(_moved(whole, overlay), overlay, ())
        return whole

    def _merged(self, below: Mapping, above: Mapping, route: Route) -> Mapping:
        for key, value in above.entries:
            if route or key.text not in _OWN_WORDS:
                there = below.get(key.text)
                below = _put(below, key, self._value(there, (key, value), (*route, key.text)))
        return below

    def _value(self, there: Node | None, entry: tuple[Scalar, Node], route: Route) -> Node:
        key, value = entry
        match there, value:
            case Mapping(), Mapping() if route[-1] in (*_PARTS, *_NAMED):
                return self._merged(there, value, route)
            case Items(), Items() if route[-1] in _GROWING:
                return Items((*there.items, *value.items), there.span)
            case Items(), Items() if route == ("targets",):
                return self._arms(there, value)
            case _:
                self._once(key, route)
                return value

    def _arms(self, there: Items, above: Items) -> Items:
        """Add lines to the arm of the same target; an arm of another target is a new one."""
        arms = [mapping(arm) for arm in there.items]
        for arm in (mapping(node) for node in above.items):
            target = scalar(arm.get("target"))
            place = next((n for n, one in enumerate(arms) if scalar(one.get("target")).text == target.text), None)
            if place is None:
                arms.append(arm)
                continue
            rest = Mapping(tuple(pair for pair in arm.entries if pair[0].text != "target"), arm.span)
            arms[place] = self._merged(arms[place], rest, ("targets", target.text))
        return Items(tuple(arms), there.span)

    def _once(self, key: Scalar, route: Route) -> None:
        first = self.set_by.setdefault(route, key)
        if first is not key:
            message = f"two overlays set '{'.'.join(route)}': here and in {first.span}"
            self.problems.add("OVERLAY_CLASH", message, key.span, "keep it in one of them")

    def _removed(self, whole: Mapping, names: Sequence[Scalar]) -> Mapping:
        for name in names:
            known = dict.fromkeys(key.text for route in _WRITTEN for key, _ in _lines(whole, route))
            known |= dict.fromkeys(
                key.text for arm in items(whole, "targets") for key, _ in pairs(mapping(arm), "fields")
            )
            if name.text not in known:
                message = f"there is no line or column '{name.text}' to remove"
                self.problems.add("UNKNOWN_COLUMN", message, name.span, nearest(name.text, known))
            whole = _without(whole, name.text)
        return whole


def _lines(whole: Mapping, route: Route) -> Iterator[tuple[Scalar, Node]]:
    *above, last = route
    for step in above:
        found = whole.get(step)
        whole = found if isinstance(found, Mapping) else Mapping((), whole.span)
    return pairs(whole, last)


def _moved(whole: Mapping, overlay: Mapping) -> Mapping:
    """Take out lines that the overlay writes in another block: a column in ``both`` is no longer one in ``fields``."""
    for block, other in (("fields", "both"), ("both", "fields")):
        for key, _ in pairs(overlay, block):
            whole = _cut(whole, (other,), key.text)
    return whole


def _without(whole: Mapping, name: str) -> Mapping:
    """Take a line or column out, wherever it stands."""
    for route in _WRITTEN:
        whole = _cut(whole, route, name)
    arms = whole.get("targets")
    if isinstance(arms, Items):
        kept = Items(tuple(_cut(mapping(arm), ("fields",), name) for arm in arms.items), arms.span)
        whole = _put(whole, scalar(whole.key("targets")), kept)
    return whole


def _cut(whole: Mapping, route: Route, name: str) -> Mapping:
    head, *rest = route
    found = whole.get(head)
    if not isinstance(found, Mapping):
        return whole
    kept = (
        _cut(found, tuple(rest), name)
        if rest
        else Mapping(tuple(pair for pair in found.entries if pair[0].text != name), found.span, found.cut)
    )
    return _put(whole, scalar(whole.key(head)), kept)


def _put(below: Mapping, key: Scalar, value: Node) -> Mapping:
    """Set an entry: in the place of the one of that name, or at the end."""
    if below.get(key.text) is None:
        return Mapping((*below.entries, (key, value)), below.span, below.cut)
    changed = tuple((key, value) if one.text == key.text else (one, node) for one, node in below.entries)
    return Mapping(changed, below.span, below.cut)
