"""Builds what changes the shape of a map: `each`, one row that makes several, and `merge`, several that make one."""

from __future__ import annotations

from collections.abc import Iterable

from crosswalk.config.access import condition, mapping, pairs, scalar, scalars, text, word
from crosswalk.config.field_lines import FieldLines, constant
from crosswalk.config.lookups import check_start, missing_of
from crosswalk.config.names import check_clashes, check_name
from crosswalk.config.nodes import Mapping, Node, Scalar, Sequence
from crosswalk.errors import Problems, nearest
from crosswalk.model import Each, Entry, Merge, Part, Text


def build_each(root: Mapping, lines: FieldLines) -> tuple[Each, ...]:
    """Build the names of a fan-out, in the order written."""
    found = list(pairs(root, "each"))
    _check_names([name for name, _ in found], "entry", root, lines.problems)
    return tuple(_each(name, node, lines) for name, node in found)


def _each(name: Scalar, node: Node, lines: FieldLines) -> Each:
    if isinstance(node, Sequence):
        return Each(name.text, name.span, entries=_entries(name, node, lines.problems))
    of = mapping(node)
    return Each(
        name=name.text,
        span=name.span,
        entity=lines.known.entity(scalar(of.get("in")), lines.problems),
        where=lines.build(of, "where"),
        filter=condition(of, "filter"),
        missing=missing_of(of.get("missing"), "null"),
        code=word(of, "else", "NO_ENTRY"),
    )


def _entries(name: Scalar, node: Sequence, problems: Problems) -> tuple[Entry, ...]:
    """Build a fixed list: all entries have the same names, and no two the same values."""
    entries = tuple(_entry(mapping(item)) for item in node.items)
    seen: dict[tuple[str | None, ...], Entry] = {}
    for entry, item in zip(entries, node.items, strict=True):
        check_clashes((key for key, _ in mapping(item).entries), "value", problems)
        for key, _ in mapping(item).entries:
            check_name(key, "value", problems)
        _check_like_the_first(name, entry, entries[0], problems)
        first = seen.setdefault(tuple(_written(entry)), entry)
        if first is not entry:
            message = f"this entry of '{name.text}' has the values of that in line {first.span.line}"
            problems.add("ENTRY_TWICE", message, entry.span, "change a value, or remove one of the two")
    return entries


def _entry(of: Mapping) -> Entry:
    values = {key.text: constant(scalar(node)) for key, node in of.entries if key.text != "when"}
    return Entry(values, condition(of, "when"), of.span)


def _written(entry: Entry) -> list[str | None]:
    return [None if (value := entry.values[name].value) is None else str(value) for name in sorted(entry.values)]


def _check_like_the_first(name: Scalar, entry: Entry, first: Entry, problems: Problems) -> None:
    if not entry.values:
        problems.add("MISSING_PROPERTY", f"an entry of '{name.text}' has no value", entry.span, "add one: name: value")
    for missing in [value for value in first.values if value not in entry.values]:
        message = f"this entry of '{name.text}' has no '{missing}', and the first one has"
        problems.add("MISSING_PROPERTY", message, entry.span, f"add '{missing}: ...', or '{missing}: null'")
    for more in [value for value in entry.values if value not in first.values]:
        message = f"'{more}' is not a value of the first entry of '{name.text}'"
        problems.add("UNKNOWN_PROPERTY", message, entry.values[more].span, nearest(more, first.values))


def build_merge(root: Mapping, lines: FieldLines) -> Merge | None:
    """Build the rule by which several rows make one."""
    key, node = root.key("merge"), root.get("merge")
    if key is None or node is None:
        return None
    of = mapping(node)
    parts = [(name, scalar(when)) for name, when in pairs(of, "parts")]
    _check_names([name for name, _ in parts], "part", root, lines.problems)
    complete = tuple(text(one) for one in scalars(of, "complete"))
    _check_complete(complete, [name.text for name, _ in parts], lines.problems)
    return Merge(
        by=lines.build(of, "by"),
        parts=tuple(Part(name.text, text(when), name.span) for name, when in parts),
        complete=complete,
        code=word(of, "else", "PART_MISSING"),
        span=key.span,
    )


def _check_complete(complete: Iterable[Text], parts: list[str], problems: Problems) -> None:
    for one in complete:
        if one.value not in parts:
            hint = nearest(one.value, parts) or f"parts: {', '.join(parts)}"
            problems.add("UNKNOWN_PATH", f"'{one.value}' is not a part of this merge", one.span, hint)


def _check_names(names: list[Scalar], what: str, root: Mapping, problems: Problems) -> None:
    """A name of an entry or of a part starts paths, as the name of a lookup does: all of them differ."""
    check_clashes((*names, *(name for name, _ in pairs(root, "lookups"))), "name", problems)
    for name in names:
        check_start(name, what, problems)
