"""What writing has to know of a table: its set and keys, what its columns are called there, and where lookups lead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crosswalk.connectors.odata.addressing import Part
from crosswalk.connectors.odata.encoding import Spelling
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
    and answers where that is not its own name, `types` its type there; `lookups` are the columns that are written as
    references, with the tables that they may lead to.
    """

    entity_set: str
    type_name: str
    key: tuple[str, ...]
    columns: Mapping[str, Column]
    types: Mapping[str, str]
    properties: Mapping[str, str] = field(default_factory=dict)
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
        return tuple(Part(self.property_of(name), self.edm(name), key[name]) for name in order)

    def is_key(self, columns: Iterable[str]) -> bool:
        return frozenset(columns) == frozenset(self.key)

    def is_alternate(self, columns: Iterable[str]) -> bool:
        return frozenset(columns) in self.alternates
