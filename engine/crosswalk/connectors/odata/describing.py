"""Describes the tables of a service as entities, from what ``$metadata`` says and its catalogue of attributes.

Left out are properties that no type of the language holds: binary values, streams, places, lists and structures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from crosswalk.connectors.odata.catalogue import Attribute, Catalogue
from crosswalk.connectors.odata.dialects import Dialect
from crosswalk.connectors.odata.metadata import EntitySet, EntityType, Metadata, Property
from crosswalk.connectors.odata.settings import Settings
from crosswalk.errors import Span
from crosswalk.model import Choice, Column, DataType, Entity, EntityRef

_WHOLE = {"Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte", "Edm.SByte"}
_FLOAT = {"Edm.Double", "Edm.Single"}
_MOST_DIGITS = 38
_SPAN = Span("$metadata", 1, 1)


def describe(name: str, metadata: Metadata, settings: Settings, catalogue: Catalogue) -> Entity | None:
    """Describe the table of this name; None where the service has none."""
    wanted = settings.entity_set(name)
    entity_set, kind = metadata.sets.get(wanted), metadata.type_of(wanted)
    if entity_set is None or kind is None:
        return None
    describer = _Describer(metadata, settings, catalogue, kind, entity_set)
    columns = {column.name: column for column in describer.columns()}
    dialect = settings.dialect
    return Entity(
        ref=EntityRef(settings.system, name),
        title=name,
        key=tuple(describer.column_name(part) for part in kind.key),
        columns=columns,
        span=_SPAN,
        modified=next((found for found in dialect.modified if _is(columns, found, "datetime")), None),
        row_version=dialect.row_version if _is(columns, dialect.row_version, "int") else None,
        company=dialect.company if dialect.company in columns else None,
    )


def _is(columns: Mapping[str, Column], name: str, kind: str) -> bool:
    return name in columns and columns[name].type.kind == kind


class _Describer:
    """Makes columns of the properties of one type."""

    def __init__(
        self, metadata: Metadata, settings: Settings, catalogue: Catalogue, kind: EntityType, entity_set: EntitySet
    ) -> None:
        self.metadata, self.settings, self.catalogue = metadata, settings, catalogue
        self.kind, self.entity_set = kind, entity_set

    @property
    def dialect(self) -> Dialect:
        return self.settings.dialect

    def columns(self) -> Iterator[Column]:
        for found in self.kind.properties.values():
            if (column := self._column(found)) is not None:
                yield column
        if self.dialect.version == "opaque" and self.dialect.company and self.dialect.row_version not in self._names:
            yield Column(self.dialect.row_version, DataType("int"), _SPAN, title="Made from the ETag")

    @property
    def _names(self) -> frozenset[str]:
        return frozenset(self.kind.properties)

    def column_name(self, name: str) -> str:
        """Give the name of the column that a property becomes: ``_x_value`` is the lookup ``x``."""
        before, _, after = self.dialect.lookup.partition("{}")
        inside = name.removeprefix(before).removesuffix(after)
        folded = bool(before) and name == self.dialect.lookup.format(inside) and inside not in self._names
        return inside if folded else name

    def _column(self, found: Property) -> Column | None:
        name = self.column_name(found.name)
        said = self.catalogue.get(name.casefold(), Attribute())
        kind = self._type(found, said)
        if kind is None:
            return None
        choices = said.choices or self._members(found)
        required = not found.nullable or found.name in self.kind.key
        relation = self._relation(found)
        return Column(name, kind, _SPAN, required=required, choices=choices, relation=relation, title=said.title)

    def _members(self, found: Property) -> tuple[Choice, ...]:
        return tuple(Choice(member, member) for member in self.metadata.enums.get(found.type, ()))

    def _relation(self, found: Property) -> tuple[str, ...]:
        """Name the tables that a property is the key of: where a navigation property rests on it alone."""
        leads = [way for way in self.kind.navigations if set(way.constraints) == {found.name}]
        sets = [self.entity_set.bindings.get(way.name) or self.metadata.set_of(way.type) for way in leads]
        return tuple(dict.fromkeys(self._entity_name(one) for one in sets if one))

    def _entity_name(self, entity_set: str) -> str:
        known = {given: name for name, given in self.settings.tables.items()}
        return known.get(entity_set, entity_set)

    def _type(self, found: Property, said: Attribute) -> DataType | None:
        if said.choices:
            return DataType("choice", coded="int")
        match found.type:
            case "Edm.Guid":
                return DataType("guid")
            case "Edm.String":
                return DataType("text", length=found.length or said.length)
            case "Edm.Boolean":
                return DataType("boolean")
            case "Edm.Date":
                return DataType("date")
            case "Edm.DateTimeOffset":
                return DataType("datetime")
            case "Edm.TimeOfDay" | "Edm.Duration":
                return DataType("text")
            case "Edm.Decimal":
                return self._decimal(found, said)
            case name if name in _WHOLE:
                return DataType("int")
            case name if name in _FLOAT:
                return self._decimal(replace(found, precision=None, scale=None), said)
            case name if name in self.metadata.enums:
                return DataType("choice", coded="text")
            case _:
                return None

    def _decimal(self, found: Property, said: Attribute) -> DataType:
        """Take precision and scale as they are said; where they are not, the dialect's."""
        precision, scale = said.digits or self.dialect.decimal
        if found.precision is not None:
            precision = min(found.precision, _MOST_DIGITS)
            scale = found.scale if found.scale is not None else min(scale, precision)
        elif found.scale is not None:
            scale = found.scale
        return DataType("decimal", precision=precision, scale=min(scale, precision))
