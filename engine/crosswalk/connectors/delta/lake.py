"""The system: Delta tables below one folder, opened anew for every call, so that each sees the newest version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswalk.connectors.delta.changes import read_changes
from crosswalk.connectors.delta.making import describe_table
from crosswalk.connectors.delta.places import below, table_folder, table_names
from crosswalk.connectors.delta.reading import Mark, find_rows, read_whole
from crosswalk.connectors.delta.tables import needed, open_table
from crosswalk.connectors.delta.writing import Manner, write_delivery
from crosswalk.contracts import Place, Traits
from crosswalk.exchange import Delivery, Page, Plain, Wanted
from crosswalk.model import Connection, Entity, EntityRef


@dataclass(frozen=True, slots=True)
class DeltaLake:
    """The tables of one folder. `named` gives the folders of tables that are not called like their entity."""

    system: str
    folder: Path
    named: Mapping[str, str]
    manner: Manner

    @property
    def traits(self) -> Traits:
        return Traits(makes=self.manner.create)

    def tables(self) -> tuple[str, ...]:
        return table_names(self.folder, self.named)

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        opened = {table: open_table(self._place(table)) for table in tables}
        return {
            name: describe_table(table, EntityRef(self.system, name))
            for name, table in opened.items()
            if table is not None
        }

    def read(self, wanted: Wanted) -> Iterator[Page]:
        folder = self._place(wanted.entity.ref.entity)
        if self.manner.create and open_table(folder) is None:
            return iter(())
        table = needed(folder, wanted.entity)
        if wanted.since is None:
            return read_whole(table, wanted)
        return read_changes(table, wanted, Mark.of(wanted.since))

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        table = open_table(self._place(entity.ref.entity))
        return find_rows(table, entity, by, keys) if table is not None and keys else iter(())

    def write(self, delivery: Delivery) -> None:
        write_delivery(self._place(delivery.entity.ref.entity), delivery, self.manner)

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _place(self, entity: str) -> Path:
        return table_folder(self.folder, self.named, entity)


def open(connection: Connection, place: Place) -> DeltaLake:
    """Open the folder that a connection names; it need not be there yet."""
    settings = connection.settings
    folder = below(place.root, place.reveal(str(settings["folder"])), "the folder")
    named = settings.get("tables")
    tables = {str(entity): str(path) for entity, path in named.items()} if isinstance(named, dict) else {}
    manner = Manner(
        replace=settings.get("write") == "replace",
        create=settings.get("create") == "on",
        change_feed=settings.get("change_feed") != "off",
        tries=int(str(settings.get("tries", 10))),
    )
    return DeltaLake(connection.system, folder, tables, manner)
