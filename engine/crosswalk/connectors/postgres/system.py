"""Opens a PostgreSQL database as a system outside: every call has a session of its own and leaves nothing open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crosswalk.connectors.postgres.catalog import described, read_tables, table_names
from crosswalk.connectors.postgres.failures import asking
from crosswalk.connectors.postgres.reading import find, read
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import Settings, read_settings
from crosswalk.connectors.postgres.writing import write
from crosswalk.contracts import Place, Traits
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Connection, Entity


@dataclass(frozen=True, slots=True)
class PostgresSystem:
    """One schema of one database."""

    settings: Settings

    @property
    def traits(self) -> Traits:
        return Traits(stamps=self.settings.stamps)

    def tables(self) -> tuple[str, ...]:
        with asking(self.settings.system), Session(self.settings) as session:
            return tuple(sorted(self.settings.entity(table) for table in table_names(session, self.settings.schema)))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        names = {self.settings.table(entity): entity for entity in tables}
        with asking(self.settings.system), Session(self.settings) as session:
            found = read_tables(session, self.settings, names)
        return {names[table]: described(content, self.settings) for table, content in found.items()}

    def read(self, wanted: Wanted) -> Iterator[Page]:
        return read(self.settings, wanted)

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        return find(self.settings, entity, by, keys)

    def write(self, delivery: Delivery) -> None:
        write(self.settings, delivery)

    def close(self) -> None:
        """Nothing is held between calls."""


def open(connection: Connection, place: Place) -> PostgresSystem:
    """Open a connection; the server is not asked before the first call."""
    return PostgresSystem(read_settings(connection, place))
