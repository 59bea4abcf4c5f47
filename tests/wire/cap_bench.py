"""A real OData server as people of its system see it: rows are saved, changed and removed past the service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crosswalk.exchange import Plain
from crosswalk.model import Entity
from tests.conformance.landed import Row, plain
from tests.servers.odata.cap import Server


@dataclass(slots=True)
class CapBench:
    """One server, whose tables are there from the start."""

    server: Server

    def make(self, entity: Entity) -> Entity:
        return entity

    def save(self, entity: Entity, rows: Iterable[Row]) -> None:
        self.server.load({entity.ref.entity: [_restamped(entity, row) for row in rows]})

    def remove(self, entity: Entity, key: Mapping[str, Plain]) -> None:
        self.server.remove(entity.ref.entity, key)

    def rows(self, entity: Entity) -> list[Row]:
        columns = entity.columns
        return [
            {name: plain(cell, columns[name]) for name, cell in row.items()}
            for row in self.server.rows(entity.ref.entity)
        ]


def _restamped(entity: Entity, row: Row) -> Row:
    """The server gives the stamps of what is saved."""
    return {column: None if column in (entity.modified, entity.row_version) else cell for column, cell in row.items()}
