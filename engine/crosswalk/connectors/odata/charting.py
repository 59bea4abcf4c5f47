"""Joins an entity with what ``$metadata`` says of its set: what to call each column there, and how to write it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crosswalk.connectors.odata.encoding import Spelling, edm_of
from crosswalk.connectors.odata.metadata import EntityType, Metadata, Navigation
from crosswalk.connectors.odata.settings import Settings
from crosswalk.connectors.odata.table import Leads, Table
from crosswalk.errors import UsageError, nearest
from crosswalk.model import Entity


def table_of(entity: Entity, settings: Settings, metadata: Metadata) -> Table:
    """Describe the table of an entity for writing; `UsageError` when the service has none of that name."""
    entity_set = settings.entity_set(entity.ref.entity)
    type_ = metadata.type_of(entity_set)
    if type_ is None:
        raise _no_such(entity_set, settings, metadata)
    dialect = settings.dialect
    lookup = {name: dialect.lookup.format(name) for name in entity.columns}
    properties = {
        name: there for name, there in lookup.items() if name not in type_.properties and there in type_.properties
    }
    columns = {properties.get(name, name): name for name in entity.columns}
    own = {column: type_.properties[name].type for name, column in columns.items() if name in type_.properties}
    keys = {name: type_.properties[name].type for name in type_.key if name not in columns and name in type_.properties}
    return Table(
        entity_set=entity_set,
        type_name=type_.name,
        key=tuple(columns.get(name, name) for name in type_.key) or entity.key,
        columns=entity.columns,
        types=own or {name: edm_of(column) for name, column in entity.columns.items()} | keys,
        properties=properties,
        lookups=dict(_lookups(properties, type_, metadata, entity_set)) if dialect.binds else {},
        alternates=tuple(frozenset(columns.get(name, name) for name in key) for key in type_.alternate_keys),
        spelling=Spelling(dialect.noon, settings.time_zone, dialect.no_date),
    )


def _lookups(
    properties: Mapping[str, str], type_: EntityType, metadata: Metadata, entity_set: str
) -> Iterator[tuple[str, tuple[Leads, ...]]]:
    for column, there in properties.items():
        ways = [way for way in type_.navigations if there in way.constraints]
        leads = tuple(found for way in ways if (found := _leads(way, there, metadata, entity_set)))
        if leads:
            yield column, leads


def _leads(way: Navigation, there: str, metadata: Metadata, entity_set: str) -> Leads | None:
    target = metadata.sets[entity_set].bindings.get(way.name) or metadata.set_of(way.type)
    if target is None:
        return None
    key = way.constraints[there]
    known = metadata.types.get(way.type)
    edm = known.properties[key].type if known and key in known.properties else "Edm.Guid"
    return Leads(way.name, target, key, edm)


def _no_such(entity_set: str, settings: Settings, metadata: Metadata) -> UsageError:
    hint = nearest(entity_set, metadata.sets)
    message = f"{settings.system} has no table '{entity_set}'" + (f"; {hint}" if hint else "")
    return UsageError(message, code="SYSTEM_TABLE", remedy="correct the entity, or 'tables' of the connection")
