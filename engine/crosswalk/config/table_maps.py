"""Builds table maps from trees that the schema has found sound; what they refer to is checked by name."""

from __future__ import annotations

from typing import Literal, cast

from crosswalk.config.access import condition, items, mapping, scalar, scalars, text, word
from crosswalk.config.field_lines import FieldLines
from crosswalk.config.known import Known
from crosswalk.config.limits import build_limits
from crosswalk.config.lookups import build_lookups
from crosswalk.config.map_rules import check_rules
from crosswalk.config.nodes import Mapping, Scalar
from crosswalk.config.permissions import CREATE_AND_UPDATE, UPDATE_ONLY, build_permission
from crosswalk.config.shapes import build_each, build_merge
from crosswalk.errors import Problems
from crosswalk.model import (
    AllOrNothing,
    Arm,
    Back,
    Document,
    FieldMapping,
    Flow,
    Guard,
    Limits,
    Path,
    Requirement,
    TableMap,
)

Conflict = Literal["reject", "source", "target"]


def build_table_map(root: Mapping, known: Known, house: Limits, problems: Problems) -> TableMap | None:
    """Build one map. `house` holds the limits of the project."""
    lines = FieldLines(known, problems)
    name = scalar(root.get("map"))
    flow = cast(Flow, word(root, "flow"))
    built = TableMap(
        name=name.text,
        title=word(root, "title", name.text),
        version=word(root, "version"),
        flow=flow,
        source=known.entity(scalar(root.get("source")), problems),
        arms=_arms(root, lines),
        span=name.span,
        key=lines.build(root, "key", dotted=True),
        fields=lines.build(root, "fields", dotted=True),
        both=lines.build(root, "both", dotted=True),
        back=_back(root, lines),
        filter=condition(root, "filter"),
        scope=condition(root, "scope"),
        company=_company(root, lines),
        on_leave=cast(Literal["keep", "delete", "report"], word(root, "on_leave", "report")),
        allow=build_permission(root, UPDATE_ONLY if flow == "write_back" else CREATE_AND_UPDATE),
        absent=cast(Literal["reject", "hold", "skip"], word(root, "absent", "reject")),
        conflict=cast(Conflict, word(root, "conflict", "reject")),
        master=_master(root),
        guard=_guard(root),
        limits=build_limits(root, house),
        lookups=build_lookups(root, lines),
        requires=tuple(_requirement(mapping(node)) for node in items(root, "requires")),
        all_or_nothing=_all_or_nothing(root, lines),
        document=_document(root, lines),
        each=build_each(root, lines),
        merge=build_merge(root, lines),
        settle=_settle(root, lines),
        after=tuple(one.text for one in scalars(root, "after")),
        tags=tuple(one.text for one in scalars(root, "tags")),
    )
    check_rules(root, built, known, problems)
    return built


def _company(root: Mapping, lines: FieldLines) -> Path | None:
    node = root.get("company")
    return lines.path(scalar(node)) if node is not None else None


def _arms(root: Mapping, lines: FieldLines) -> tuple[Arm, ...]:
    one = root.get("target")
    if isinstance(one, Scalar):
        return (Arm(lines.known.entity(one, lines.problems), None, (), (), one.span),)
    return tuple(_arm(mapping(node), lines) for node in items(root, "targets"))


def _arm(node: Mapping, lines: FieldLines) -> Arm:
    target = scalar(node.get("target"))
    return Arm(
        target=lines.known.entity(target, lines.problems),
        when=condition(node, "when"),
        key=lines.build(node, "key", dotted=True),
        fields=lines.build(node, "fields", dotted=True),
        span=target.span,
    )


def _back(root: Mapping, lines: FieldLines) -> Back | None:
    key, node = root.key("back"), root.get("back")
    if key is None or node is None:
        return None
    back = mapping(node)
    return Back(
        fields=lines.build(back, "fields", dotted=True),
        span=key.span,
        filter=condition(back, "filter"),
        allow=build_permission(back, UPDATE_ONLY),
        conflict=cast(Conflict, word(back, "conflict", "reject")),
    )


def _master(root: Mapping) -> Literal["source", "target"]:
    node = root.get("initial")
    return cast(Literal["source", "target"], word(mapping(node), "master", "source")) if node is not None else "source"


def _guard(root: Mapping) -> Guard:
    node = root.get("guard")
    of = mapping(node) if node is not None else Mapping((), root.span)
    return Guard(
        foreign_rows=cast(Literal["ignore", "report", "stop"], word(of, "foreign_rows", "report")),
        missing_rows=cast(Literal["ignore", "report", "restore", "stop"], word(of, "missing_rows", "report")),
    )


def _requirement(node: Mapping) -> Requirement:
    that = text(scalar(node.get("that")))
    return Requirement(that, word(node, "else", "REQUIREMENT_NOT_MET"), that.span)


def _all_or_nothing(root: Mapping, lines: FieldLines) -> AllOrNothing | None:
    key, node = root.key("all_or_nothing"), root.get("all_or_nothing")
    if key is None or node is None:
        return None
    of = mapping(node)
    by = tuple(lines.path(one) for one in scalars(of, "by"))
    return AllOrNothing(by, condition(of, "expect"), word(of, "else", "SET_INCOMPLETE"), key.span)


def _document(root: Mapping, lines: FieldLines) -> Document | None:
    key, node = root.key("document"), root.get("document")
    if key is None or node is None:
        return None
    of = mapping(node)
    limit = of.get("lines")
    return Document(
        target=lines.known.entity(scalar(of.get("target")), lines.problems),
        by=lines.build(of, "by"),
        order=tuple(lines.path(one) for one in scalars(of, "order")),
        lines=int(scalar(limit).text) if limit is not None else None,
        reuse=condition(of, "reuse"),
        fields=lines.build(of, "fields"),
        span=key.span,
    )


def _settle(root: Mapping, lines: FieldLines) -> tuple[FieldMapping, ...]:
    node = root.get("settle")
    return lines.build(mapping(node), "done") if node is not None else ()
