"""What a table looks like, as the file remembers it: an entity as plain values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from crosswalk.errors import Span
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef, Kind

Plainly = Mapping[str, object]
_ROLES = ("modified", "row_version", "deleted", "company")
_HERE = Span("#tables", 1, 1)


def description(entity: Entity) -> Plainly:
    """Write an entity as JSON can hold it."""
    return {
        "table": entity.ref.entity,
        "title": entity.title,
        "key": list(entity.key),
        "roles": {role: getattr(entity, role) for role in _ROLES},
        "valid": list(entity.valid or ()),
        "columns": [_column(column) for column in entity.columns.values()],
    }


def _column(column: Column) -> Plainly:
    kind = column.type
    return {
        "name": column.name,
        "type": [kind.kind, kind.length, kind.precision, kind.scale, kind.coded],
        "required": column.required,
        "choices": [[choice.code, choice.label] for choice in column.choices],
        "relation": list(column.relation),
        "title": column.title,
    }


def described(plainly: Plainly, system: str) -> Entity:
    """Read an entity that `description` wrote."""
    columns = [_column_of(found) for found in cast(list[Plainly], plainly["columns"])]
    roles = cast(Mapping[str, str | None], plainly["roles"])
    valid = cast(list[str], plainly["valid"])
    return Entity(
        EntityRef(system, str(plainly["table"])),
        str(plainly["title"]),
        tuple(cast(list[str], plainly["key"])),
        {column.name: column for column in columns},
        _HERE,
        valid=(valid[0], valid[1]) if valid else None,
        **roles,
    )


def _column_of(plainly: Plainly) -> Column:
    kind, length, precision, scale, coded = cast(tuple[Kind, int | None, int, int, str], plainly["type"])
    choices = cast(list[tuple[str | int, str]], plainly["choices"])
    return Column(
        str(plainly["name"]),
        DataType(kind, length, precision, scale, "int" if coded == "int" else "text"),
        _HERE,
        required=bool(plainly["required"]),
        choices=tuple(Choice(code, label) for code, label in choices),
        relation=tuple(cast(list[str], plainly["relation"])),
        title=str(plainly["title"]),
    )
