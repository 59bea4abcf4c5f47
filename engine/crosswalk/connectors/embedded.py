"""A system whose tables are a schema of the database file itself: for examples, tests, and staging areas.

The engine makes missing tables from the entities. There are no keys and no indexes: they double the time of a load,
and the runner proves keys by query. Reading is a direct scan and writing is part of the run's own transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosswalk.contracts import Backend, ConnectorSpec, Place
from crosswalk.errors import nearest
from crosswalk.model import Connection, Entity
from crosswalk.sql import name, table, type_name


@dataclass(frozen=True, slots=True)
class EmbeddedSystem:
    """One schema of the database file."""

    system: str

    def prepare(self, entities: tuple[Entity, ...], backend: Backend) -> tuple[str, ...]:
        """Make the schema and the missing tables; give the names of the tables that were made."""
        backend.run(f"CREATE SCHEMA IF NOT EXISTS {name(self.system).text}")
        there = _tables(self.system, backend)
        made = tuple(entity for entity in entities if entity.ref.entity.casefold() not in there)
        for entity in made:
            backend.run(_create(entity))
        return tuple(str(entity.ref) for entity in made)

    def drift(self, entity: Entity, backend: Backend) -> tuple[str, ...]:
        """Compare the table with its entity, column by column."""
        found = _columns(entity, backend)
        differences = []
        for column in entity.columns.values():
            wanted = type_name(column.type).text.replace(" ", "")
            given = found.get(column.name.casefold())
            if given is None:
                hint = nearest(column.name, [f for f in found if f not in {c.casefold() for c in entity.columns}])
                differences.append(f"{entity.ref} has no column '{column.name}'" + (f"; {hint}" if hint else ""))
            elif given.replace(" ", "") != wanted:
                differences.append(f"{entity.ref}.{column.name} is {given}, and the entity says {column.type}")
        return tuple(differences)


def _tables(system: str, backend: Backend) -> set[str]:
    rows = backend.rows(
        "SELECT table_name FROM duckdb_tables() WHERE lower(schema_name) = lower($system)"
        " UNION ALL SELECT view_name FROM duckdb_views() WHERE lower(schema_name) = lower($system)",
        {"system": system},
    )
    return {str(row[0]).casefold() for row in rows}


def _columns(entity: Entity, backend: Backend) -> dict[str, str]:
    return {str(row[0]).casefold(): str(row[1]) for row in backend.rows(f"DESCRIBE {table(entity.ref).text}")}


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
