"""Checks what does not go together with `each`, `merge` and `split`, and refuses it where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.config.nodes import Mapping, Scalar
from crosswalk.errors import Problems
from crosswalk.model import FieldMapping, TableMap


def check_shapes(root: Mapping, built: TableMap, problems: Problems) -> None:
    """Check one map."""
    for name, message, hint in _misplaced(root):
        key = root.key(name)
        if key:
            problems.add("MISPLACED_PROPERTY", message, key.span, hint)
    for line in _elsewhere(built):
        if line.split is not None:
            message = "'split' gives shares of a value that is written, and this line writes none"
            problems.add("MISPLACED_PROPERTY", message, line.split.span, "move it to a line of fields")
    for line in _fields(built):
        if line.split is not None and not built.each:
            message = "'split' shares a value among the rows that one row makes, and this map makes one row of each"
            problems.add("MISPLACED_PROPERTY", message, line.split.span, "add each: with the entries, or remove it")


def _misplaced(root: Mapping) -> Iterator[tuple[str, str, str]]:
    shape = next((name for name in ("each", "merge") if root.get(name)), None)
    if shape is None:
        return
    if root.get("each") and root.get("merge"):
        yield "merge", "a map has 'each' or 'merge', not both", "make two maps, one after the other"
    for name in ("both", "back"):
        yield name, f"'{name}' does not go with '{shape}': a row of the target is no row of the source", "make two maps"
    if root.get("each"):
        yield "settle", "'settle' does not go with 'each': a row is done when all its rows are", "remove it"
    flow = root.get("flow")
    if isinstance(flow, Scalar) and flow.text == "write_back":
        message = f"'{shape}' does not go with flow write_back, which writes to one row from one row"
        yield shape, message, "sum several rows up with a lookup: total"


def _fields(built: TableMap) -> Iterator[FieldMapping]:
    yield from built.fields
    for arm in built.arms:
        yield from arm.fields


def _elsewhere(built: TableMap) -> Iterator[FieldMapping]:
    yield from built.key
    yield from built.settle
    for arm in built.arms:
        yield from arm.key
    for lookup in built.lookups:
        yield from lookup.where
    for one in built.each:
        yield from one.where
    if built.merge is not None:
        yield from built.merge.by
    if built.document is not None:
        yield from (*built.document.by, *built.document.fields)
    if built.back is not None:
        yield from built.back.fields
