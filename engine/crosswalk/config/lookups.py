"""Builds lookups: one row of another table, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from crosswalk.config.access import condition, mapping, pairs, scalar, scalars, text, word
from crosswalk.config.field_lines import FieldLines
from crosswalk.config.names import RESERVED, check_clashes, check_name
from crosswalk.config.nodes import Mapping, Scalar
from crosswalk.errors import Problems
from crosswalk.model import Lookup, Missing


def build_lookups(root: Mapping, lines: FieldLines) -> tuple[Lookup, ...]:
    """Build the lookups of a map, in the order written: a later one may use an earlier one."""
    found = [(name, mapping(node)) for name, node in pairs(root, "lookups")]
    check_clashes((name for name, _ in found), "lookup", lines.problems)
    return tuple(_built(found, lines))


def _built(found: list[tuple[Scalar, Mapping]], lines: FieldLines) -> Iterator[Lookup]:
    for name, node in found:
        check_start(name, "lookup", lines.problems)
        as_of = node.get("as_of")
        yield Lookup(
            name=name.text,
            entity=lines.known.entity(scalar(node.get("in")), lines.problems),
            where=lines.build(node, "where"),
            span=name.span,
            filter=condition(node, "filter"),
            as_of=lines.path(scalar(as_of)) if as_of is not None else None,
            first_by=tuple(text(one) for one in scalars(node, "first_by")),
            total={key.text: text(scalar(value)) for key, value in pairs(node, "total")},
            missing=missing_of(node.get("missing"), "reject"),
            code=word(node, "else", "LOOKUP_MISSING"),
        )


def missing_of(node: object, otherwise: Missing) -> Missing:
    """Read what happens where nothing is found; `otherwise` where the map does not say."""
    if not isinstance(node, Scalar):
        return otherwise
    return "null" if node.is_null else cast(Literal["reject", "hold"], node.text)


def check_start(name: Scalar, what: str, problems: Problems) -> None:
    """Check a name that starts paths."""
    if check_name(name, what, problems) and name.text in RESERVED:
        message = f"'{name.text}' has a meaning of its own at the start of a path"
        problems.add("IDENT_RESERVED", message, name.span, f"choose another name for the {what}")
