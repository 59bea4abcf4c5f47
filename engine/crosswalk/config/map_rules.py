"""Checks what the shape of a map cannot say: one target or several, no column twice, properties that fit the flow."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.config.access import scalars, word
from crosswalk.config.known import Known
from crosswalk.config.names import check_name
from crosswalk.config.nodes import Mapping, Scalar
from crosswalk.config.shape_rules import check_shapes
from crosswalk.errors import Problems, Span
from crosswalk.model import FieldMapping, TableMap

LINE_LIMIT = 1000


def check_rules(root: Mapping, built: TableMap, known: Known, problems: Problems) -> None:
    """Check one map. What concerns several maps is checked where all are known."""
    name = root.key("map")
    check_name(Scalar(built.name, True, built.span), "map", problems)
    _check_targets(root, name.span if name else root.span, problems)
    _check_key(root, built, problems)
    _check_twice(built, problems)
    _check_flow(root, problems)
    check_shapes(root, built, problems)
    _check_after(root, built, known, problems)


def _check_targets(root: Mapping, span: Span, problems: Problems) -> None:
    several = root.key("targets")
    if several and root.get("target"):
        message = "a map has one 'target' or a list of 'targets', not both"
        problems.add("MISPLACED_PROPERTY", message, several.span, "move the one target into the list")
    if not several and not root.get("target") and not {"target", "targets"} & set(root.cut):
        problems.add("MISSING_PROPERTY", "the file has no 'target'", root.span, "add a line 'target: system.entity'")


def _check_key(root: Mapping, built: TableMap, problems: Problems) -> None:
    if not root.get("key") and "key" not in root.cut and not (built.arms and all(arm.key for arm in built.arms)):
        hint = "add 'key:' with the columns that name a target row"
        problems.add("MISSING_PROPERTY", "the file has no 'key'", root.span, hint)


def _check_twice(built: TableMap, problems: Problems) -> None:
    common = [*built.key, *built.fields, *built.both]
    if len(common) > LINE_LIMIT:
        message = f"{len(common):,} field lines; the limit is {LINE_LIMIT:,}"
        problems.add("TOO_MANY", message, common[LINE_LIMIT].span)
    _check_columns(common, problems)
    for arm in built.arms:
        _check_columns([*common, *arm.key, *arm.fields], problems, since=len(common))


def _check_columns(lines: list[FieldMapping], problems: Problems, *, since: int = 0) -> None:
    """Find columns written twice, of which the second is at place `since` or later."""
    seen: dict[str, FieldMapping] = {}
    for number, line in enumerate(lines):
        first = seen.setdefault(line.target, line)
        if first is not line and number >= since:
            message = f"column '{line.target}' is written twice: here and in line {first.span.line}"
            problems.add("MAP_DUP_TARGET", message, line.span, "keep one of the two")


def _check_flow(root: Mapping, problems: Problems) -> None:
    for name, sentence in _misplaced(root):
        key = root.key(name)
        if key:
            problems.add("MISPLACED_PROPERTY", sentence, key.span)


def _misplaced(root: Mapping) -> Iterator[tuple[str, str]]:
    flow = root.get("flow")
    if isinstance(flow, Scalar) and flow.text == "write_back":
        for name in ("both", "back", "targets", "document"):
            yield name, f"'{name}' does not go with flow write_back: the map is the way back itself"
    elif root.get("conflict"):
        yield "conflict", "'conflict' belongs to flow write_back, or inside 'back'"
    if not root.get("back") and _master(root) == "target":
        yield "initial", "the target cannot be the master: this map has no way back"
    if root.get("targets") and root.get("back"):
        yield "back", "a map with several targets has no way back"


def _master(root: Mapping) -> str:
    """Say who is the master at first contact. The source of a one-way map is, which may be said."""
    initial = root.get("initial")
    return word(initial, "master") if isinstance(initial, Mapping) else ""


def _check_after(root: Mapping, built: TableMap, known: Known, problems: Problems) -> None:
    for one in scalars(root, "after"):
        if one.text == built.name:
            problems.add("MAP_CYCLE", f"'{one.text}' cannot run after itself", one.span, "remove it")
        else:
            known.check_map(one, problems)
