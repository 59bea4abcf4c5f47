"""What writing has to know of a table: its set and keys, what its columns are called there, and where lookups lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crosswalk.connectors.odata.addressing import Part
from crosswalk.connectors.odata.encoding import Json, Spelling
from crosswalk.exchange import Plain
from crosswalk.model import Column


@dataclass(frozen=True, slots=True)
class Leads:
    """One table to which a lookup leads: the navigation property, the set behind it, and its key there."""

    navigation: str
    entity_set: str
    key: str
    edm: str = "Edm.Guid"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a service. `key` and `alternates` name columns; `properties` says what a column is called in addresses
    and answers where that is not its own name, `types` its type there; `codes` maps the members of its enumeration to
    the codes that the entity has for them; `lookups` are the columns that are written as references, with the tables
    that they may lead to.
    """

    entity_set: str
    type_name: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    types: Mapping[str, str]
    properties: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lookups: Mapping[str, tuple[Leads, ...]] = field(default_factory=dict)
    alternates: tuple[frozenset[str], ...] = ()
    spelling: Spelling = field(default_factory=Spelling)

    def property_of(self, column: str) -> str:
        return self.properties.get(column, column)

    def edm(self, column: str) -> str:
        return self.types.get(column, "Edm.String")

    def parts(self, key: Mapping[str, Plain]) -> tuple[Part, ...]:
        """Give the parts of a key, those of the table's own key in its order."""
        order = [name for name in self.key if name in key] + [name for name in key if name not in self.key]
        return tuple(Part(self.property_of(name), self.edm(name), self.member(name, key[name])) for name in order)

    def member(self, column: str, value: Plain) -> Plain:
        """Give the member of the column's enumeration that stands for a code; any other value as it is."""
        codes = self.codes.get(column)
        if not codes or value is None:
            return value
        code = str(value).lower() if isinstance(value, bool) else str(value)
        return next((member for member, known in codes.items() if known == code), code)

    def code(self, column: str, found: Json) -> Json:
        """Give the code that stands for a member of the column's enumeration; anything else as it is."""
        return self.codes.get(column, {}).get(found, found) if isinstance(found, str) else found

    def is_key(self, columns: Iterable[str]) -> bool:
        return frozenset(columns) == frozenset(self.key)

    def is_alternate(self, columns: Iterable[str]) -> bool:
        return frozenset(columns) in self.alternates
