"""A real OData server as people of its system see it: rows are saved, changed and removed past the service."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

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

    def keep(self, folder: Path) -> Path:
        """Keep all rows, with their versions, and give what `restore` puts back."""
        kept = folder / f"{self.server.service.namespace}.sqlite"
        _copied(self.server.folder / ROWS, kept)
        return kept

    def restore(self, kept: Path) -> None:
        _copied(kept, self.server.folder / ROWS)

    def settings(self, url: str = "") -> str:
        """Write the connection to the server, or to what stands in front of it."""
        dialect = "dataverse" if self.server.service.lookups else "finops"
        return f'{{kind: odata, url: "{url or self.server.url}", dialect: {dialect}}}'

    def rows(self, entity: Entity) -> list[Row]:
        columns = entity.columns
        return [
            {name: plain(cell, columns[name]) for name, cell in row.items()}
            for row in self.server.rows(entity.ref.entity)
        ]


ROWS = "rows.sqlite"


def _copied(source: Path, target: Path) -> None:
    """Copy a file of SQLite over another, which may be in use."""
    with closing(sqlite3.connect(source, timeout=30)) as one, closing(sqlite3.connect(target, timeout=30)) as other:
        one.backup(other)


def _restamped(entity: Entity, row: Row) -> Row:
    """The server gives the stamps of what is saved."""
    return {column: None if column in (entity.modified, entity.row_version) else cell for column, cell in row.items()}
