"""Finds for each column of an entity the property that carries it, whatever the service calls it.

A lookup ``x`` is the property that the dialect makes of it, such as ``_x_value``. Names that differ in case only are
the same, for exported maps write them in capitals. A column for the row version may have no property: it is then made
from the ETag. Any other column without a property is an error that names what is near.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosswalk.connectors.odata.dialects import Dialect
from crosswalk.connectors.odata.metadata import EntitySet, EntityType, Metadata, Navigation
from crosswalk.connectors.odata.settings import Settings
from crosswalk.errors import UsageError, nearest
from crosswalk.model import Column, Entity

ETAG = "@odata.etag"


@dataclass(frozen=True, slots=True)
class Bound:
    """A column and its property: `name` on the wire, `edm` its type there. `codes` maps the members of an enumeration
    to the codes that the entity stores. The name of a row version that is made from the ETag is ``@odata.etag``.
    """

    column: Column
    name: str
    edm: str
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_etag(self) -> bool:
        return self.name == ETAG

    def member(self, code: str) -> str:
        """Give the member of the enumeration that stands for a code of the entity."""
        return next((member for member, known in self.codes.items() if known == code), code)


@dataclass(frozen=True, slots=True)
class Binding:
    """An entity and where the service keeps it."""

    entity: Entity
    entity_set: EntitySet
    type: EntityType
    columns: Mapping[str, Bound]

    @property
    def selected(self) -> tuple[str, ...]:
        """The properties to ask for, in the order of the columns."""
        return tuple(bound.name for bound in self.columns.values() if not bound.is_etag)

    @property
    def expected(self) -> frozenset[str]:
        """The names that every row of an answer must have."""
        return frozenset(bound.name for bound in self.columns.values())

    @property
    def modified(self) -> str | None:
        """The property with the modified time; None where the entity has none."""
        return self.columns[self.entity.modified].name if self.entity.modified else None

    def ways(self, column: str) -> tuple[Navigation, ...]:
        """Give the navigation properties that a lookup column is the key of, one for each table it may lead to."""
        return tuple(found for found in self.type.navigations if self.columns[column].name in found.constraints)


def bind(entity: Entity, metadata: Metadata, settings: Settings) -> Binding:
    """Bind an entity; `UsageError` where its table or one of its columns is not there."""
    wanted = settings.entity_set(entity.ref.entity)
    entity_set, kind = metadata.sets.get(wanted), metadata.type_of(wanted)
    if entity_set is None or kind is None:
        hint = nearest(wanted, metadata.sets) or "name its entity set below 'tables' of the connection"
        message = f"{settings.system} has no entity set '{wanted}'; {hint}"
        raise UsageError(message, code="SYSTEM_LACKS", remedy="correct the entity, or 'tables'")
    names = {name.casefold(): name for name in kind.properties}
    columns = {}
    for column in entity.columns.values():
        name = _property_name(column.name, names, settings.dialect) or _made(column, entity, names)
        edm = kind.properties[name].type if name != ETAG else "Edm.String"
        columns[column.name] = Bound(column, name, edm, _codes(column, metadata.enums.get(edm)))
    return Binding(entity, entity_set, kind, columns)


def _made(column: Column, entity: Entity, names: Mapping[str, str]) -> str:
    """Name the ETag for a row version without a property; `UsageError` for any other column."""
    if column.name == entity.row_version:
        return ETAG
    hint = nearest(column.name, names.values())
    message = f"{entity.ref} has no property for the column '{column.name}'" + (f"; {hint}" if hint else "")
    raise UsageError(message, code="SYSTEM_LACKS", remedy="correct the entity, or crosswalk entity pull")


def _property_name(column: str, names: Mapping[str, str], dialect: Dialect) -> str | None:
    for wanted in (column, dialect.lookup.format(column)):
        if (found := names.get(wanted.casefold())) is not None:
            return found
    return None


def _codes(column: Column, members: Mapping[str, int] | None) -> Mapping[str, str]:
    """Map the members of an enumeration to codes: by name, case aside, or by number where the entity stores numbers."""
    if members is None:
        return {}
    if column.type.kind == "int" or (column.type.kind == "choice" and column.type.coded == "int"):
        return {member: str(number) for member, number in members.items()}
    if column.type.kind == "boolean":
        return {member: "true" if number else "false" for member, number in members.items()}
    known = {str(choice.code).casefold(): str(choice.code) for choice in column.choices}
    return {member: known.get(member.casefold(), member) for member in members}
