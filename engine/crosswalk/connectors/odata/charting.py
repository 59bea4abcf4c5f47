"""Joins an entity with what ``$metadata`` says of its set: what to call each column there, and how to write it."""

from __future__ import annotations

from collections.abc import Iterator

from crosswalk.connectors.odata.binding import Binding, bind
from crosswalk.connectors.odata.encoding import Spelling
from crosswalk.connectors.odata.metadata import Metadata, Navigation
from crosswalk.connectors.odata.settings import Settings
from crosswalk.connectors.odata.table import Leads, Table
from crosswalk.model import Entity


def table_of(entity: Entity, settings: Settings, metadata: Metadata) -> Table:
    """Describe the table of an entity for writing; `UsageError` when the service has none, or lacks a column."""
    binding, dialect = bind(entity, metadata, settings), settings.dialect
    there = {name: bound for name, bound in binding.columns.items() if not bound.is_etag}
    columns = {bound.name: name for name, bound in there.items()}
    unnamed = {name: found.type for name, found in binding.type.properties.items() if name not in columns}
    return Table(
        entity_set=binding.entity_set.name,
        type_name=binding.type.name,
        key=tuple(columns.get(name, name) for name in binding.type.key) or entity.key,
        columns=entity.columns,
        types={name: unnamed[name] for name in binding.type.key if name in unnamed}
        | {name: bound.edm for name, bound in there.items()},
        properties={name: bound.name for name, bound in binding.columns.items()},
        codes={name: bound.codes for name, bound in there.items() if bound.codes},
        lookups=dict(_lookups(binding, metadata)) if dialect.binds else {},
        alternates=tuple(frozenset(columns.get(name, name) for name in key) for key in binding.type.alternate_keys),
        spelling=Spelling(dialect.noon, settings.time_zone, dialect.no_date),
    )


def _lookups(binding: Binding, metadata: Metadata) -> Iterator[tuple[str, tuple[Leads, ...]]]:
    """Give the columns that only a reference can write: those that show under another name."""
    for name, bound in binding.columns.items():
        if bound.name.casefold() != name.casefold() and not bound.is_etag:
            found = (_leads(way, bound.name, binding, metadata) for way in binding.ways(name))
            if leads := tuple(way for way in found if way):
                yield name, leads


def _leads(way: Navigation, there: str, binding: Binding, metadata: Metadata) -> Leads | None:
    target = binding.entity_set.bindings.get(way.name) or metadata.set_of(way.type)
    if target is None:
        return None
    key, known = way.constraints[there], metadata.types.get(way.type)
    edm = known.properties[key].type if known and key in known.properties else "Edm.Guid"
    return Leads(way.name, target, key, edm)
