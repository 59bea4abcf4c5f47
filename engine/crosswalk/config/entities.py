"""Builds entities and checks what can be seen in one file: its columns, its key, its choices."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.config.access import mapping, pairs, scalar, scalars, truth, word
from crosswalk.config.choices import build_choices, build_moves
from crosswalk.config.data_types import read_type
from crosswalk.config.known import Known
from crosswalk.config.names import check_clashes, check_name
from crosswalk.config.nodes import Mapping, Scalar
from crosswalk.errors import Problems, nearest
from crosswalk.model import Column, DataType, Entity, EntityRef

COLUMN_LIMIT = 1000
_ROLES = {
    "modified": ("datetime",),
    "row_version": ("int",),
    "deleted": ("boolean",),
    "company": (),
    "valid": ("date", "datetime"),
    "key": (),
}


def build_entity(written: Mapping, sound: Mapping, known: Known, problems: Problems) -> Entity:
    """Build one entity. `written` is the whole file: a column with a fault in it is a column all the same."""
    name, system = scalar(sound.get("entity")), scalar(sound.get("system"))
    check_name(name, "table", problems)
    check_name(system, "system", problems)
    columns = dict(_columns(sound, system.text, known, problems))
    named = [key for key, _ in pairs(written, "columns")]
    check_clashes(named, "column", problems)
    if len(named) > COLUMN_LIMIT:
        message = f"{len(named):,} columns; the limit is {COLUMN_LIMIT:,}"
        problems.add("TOO_MANY", message, named[COLUMN_LIMIT].span, "leave out the columns that no map uses")
    _check_roles(sound, [key.text for key in named], columns, problems)
    valid = [one.text for one in scalars(sound, "valid")]
    return Entity(
        ref=EntityRef(system.text, name.text),
        title=word(sound, "title", name.text),
        key=tuple(part.text for part in scalars(sound, "key")),
        columns=columns,
        span=name.span,
        modified=_optional(sound, "modified"),
        row_version=_optional(sound, "row_version"),
        deleted=_optional(sound, "deleted"),
        company=_optional(sound, "company"),
        valid=(valid[0], valid[1]) if valid else None,
    )


def _optional(root: Mapping, name: str) -> str | None:
    return word(root, name) or None


def _columns(root: Mapping, system: str, known: Known, problems: Problems) -> Iterator[tuple[str, Column]]:
    for name, node in pairs(root, "columns"):
        check_name(name, "column", problems)
        column = _column(name, mapping(node), problems)
        if column is not None:
            _check_relation(mapping(node), system, known, problems)
            yield name.text, column


def _column(name: Scalar, node: Mapping, problems: Problems) -> Column | None:
    kind = read_type(scalar(node.get("type")), problems)
    if kind is None:
        return None
    choices, coded = build_choices(node, kind, problems)
    return Column(
        name=name.text,
        type=DataType("choice", coded=coded) if kind.kind == "choice" else kind,
        span=name.span,
        required=truth(node, "required"),
        choices=choices,
        moves=build_moves(node, choices, problems),
        relation=tuple(one.text for one in scalars(node, "to")),
        title=word(node, "title"),
        pii=truth(node, "pii"),
    )


def _check_relation(node: Mapping, system: str, known: Known, problems: Problems) -> None:
    names = [ref.entity for ref in known.entities if ref.system == system]
    for one in scalars(node, "to"):
        if one.text not in names and "entity" not in known.unsure:
            hint = nearest(one.text, names) or "add an entity file for it, or leave 'to' out"
            problems.add("UNKNOWN_ENTITY", f"there is no entity '{one.text}' in {system}", one.span, hint)


def _check_roles(root: Mapping, names: list[str], columns: dict[str, Column], problems: Problems) -> None:
    for role, kinds in _ROLES.items():
        for one in scalars(root, role):
            if one.text not in names:
                message = f"'{role}' names '{one.text}', which is not a column of this table"
                problems.add("UNKNOWN_COLUMN", message, one.span, nearest(one.text, names))
            elif kinds and one.text in columns and columns[one.text].type.kind not in kinds:
                message = f"'{role}' names '{one.text}', which is {columns[one.text].type} and not {' or '.join(kinds)}"
                problems.add("COLUMN_ROLE", message, one.span)
