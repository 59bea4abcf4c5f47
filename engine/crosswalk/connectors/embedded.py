"""A system whose tables are a schema of the database file itself: for examples, tests, and staging areas.

The engine makes missing tables from the entities. There are no keys and no indexes: they double the time of a load,
and the runner proves keys by query. Reading is a direct scan and writing is part of the run's own transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crosswalk.contracts import Backend, ConnectorSpec, Place
from crosswalk.drift import Difference, renamed
from crosswalk.errors import StoppedError
from crosswalk.model import Column, Connection, Entity
from crosswalk.sql import name, table, type_name


@dataclass(frozen=True, slots=True)
class EmbeddedSystem:
    """One schema of the database file."""

    system: str

    def prepare(self, entities: tuple[Entity, ...], backend: Backend) -> tuple[str, ...]:
        """Make the schema and the missing tables; give the names of the tables that were made."""
        backend.run(f"CREATE SCHEMA IF NOT EXISTS {name(self.system).text}")
        there = _tables(self.system, backend)
        views = [str(entity.ref) for entity in entities if there.get(entity.ref.entity.casefold()) == "view"]
        if views:
            is_one = f"{', '.join(views)} {'is a view' if len(views) == 1 else 'are views'}"
            message = f"{is_one}, and rows are found by their place in a table"
            remedy = "make a table of it: CREATE TABLE .. AS FROM the view"
            raise StoppedError(message, code="DRIFT", remedy=remedy)
        made = tuple(entity for entity in entities if entity.ref.entity.casefold() not in there)
        for entity in made:
            backend.run(_create(entity))
        return tuple(str(entity.ref) for entity in made)

    def drift(self, entity: Entity, backend: Backend) -> tuple[Difference, ...]:
        """Compare the table with its entity, column by column."""
        found = _columns(entity, backend)
        free = {one.name: one.type for name, one in found.items() if name in _unlisted(entity, found)}
        differences = [one for column in entity.columns.values() for one in _differs(entity, column, found, free)]
        return (*differences, *_refusing(entity, found))

    def unlisted(self, entity: Entity, backend: Backend) -> tuple[str, ...]:
        """Name the columns of the table that its entity does not list."""
        found = _columns(entity, backend)
        return tuple(found[name].name for name in _unlisted(entity, found))


@dataclass(frozen=True, slots=True)
class _Live:
    """A column of a table as the database has it; `needed` ones refuse a row that brings no value."""

    name: str
    type: str
    not_null: bool
    needed: bool


def _differs(
    entity: Entity, column: Column, found: Mapping[str, _Live], free: Mapping[str, str]
) -> Iterator[Difference]:
    wanted, given = type_name(column.type).text.replace(" ", ""), found.get(column.name.casefold())
    place = f"{entity.ref}.{column.name}"
    if given is None:
        message = f"{entity.ref} has no column '{column.name}'"
        hint = renamed(column.name, wanted, free)
        yield Difference("DRIFT_COLUMN_MISSING", message, column.span, hint, column=column.name)
    elif given.type != wanted:
        message = f"{place} is {given.type}, and the entity says {column.type}"
        yield Difference("DRIFT_COLUMN_TYPE", message, column.span, column=column.name)
    elif given.not_null and not (column.required or column.name in entity.key):
        message = f"{place} must have a value there, and the entity does not ask for one"
        hint = "add required: true"
        yield Difference("DRIFT_REQUIRED", message, column.span, hint, column=column.name, writing=True)


def _refusing(entity: Entity, found: Mapping[str, _Live]) -> Iterator[Difference]:
    """Find columns that refuse a row without a value and that the entity does not list."""
    needed = [found[name].name for name in _unlisted(entity, found) if found[name].needed]
    if needed:
        message = f"{entity.ref} must have a value in {', '.join(needed)}; the entity has no such column"
        hint = "add the column to the entity, or a default to the table"
        yield Difference("DRIFT_REQUIRED", message, entity.span, hint, writing=True)


def _unlisted(entity: Entity, found: Mapping[str, _Live]) -> list[str]:
    listed = {column.casefold() for column in entity.columns}
    return [name for name in found if name not in listed]


def _tables(system: str, backend: Backend) -> dict[str, str]:
    """Give what stands in a schema by folded names: tables and views."""
    rows = backend.rows(
        "SELECT table_name, 'table' FROM duckdb_tables() WHERE lower(schema_name) = lower($system)"
        " UNION ALL SELECT view_name, 'view' FROM duckdb_views() WHERE lower(schema_name) = lower($system)",
        {"system": system},
    )
    return {str(found).casefold(): str(kind) for found, kind in rows}


def _columns(entity: Entity, backend: Backend) -> dict[str, _Live]:
    """Describe the columns of a table by their folded names."""
    described = backend.rows(f"DESCRIBE {table(entity.ref).text}")
    live = [
        _Live(str(n), str(of).replace(" ", ""), null == "NO", null == "NO" and default is None)
        for n, of, null, _, default, *_ in described
    ]
    return {one.name.casefold(): one for one in live}


def _create(entity: Entity) -> str:
    columns = ",\n  ".join(f"{name(c.name).text} {type_name(c.type).text}" for c in entity.columns.values())
    return f"CREATE TABLE {table(entity.ref).text} (\n  {columns}\n)"


def _open(connection: Connection, place: Place) -> EmbeddedSystem:
    return EmbeddedSystem(connection.system)


SPEC = ConnectorSpec(
    kind="embedded",
    summary="A schema of the project's own DuckDB file.",
    settings={"type": "object", "additionalProperties": False, "properties": {}},
    open=_open,
    embedded=True,
)
