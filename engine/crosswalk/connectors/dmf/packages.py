"""The system: packages in one folder. A delivery becomes a package that is named by it.

Why what was written here is not read as the state of the system: a package is a message, and somebody takes it away
when it was imported. The engine's own copy says what was sent; only rows that are sought by key are looked for in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosswalk.connectors.delta.places import below
from crosswalk.connectors.dmf.manifest import HEADER, MANIFEST, Content, header_xml, manifest_xml
from crosswalk.connectors.dmf.packing import write_package
from crosswalk.connectors.dmf.reading import find_rows, read_rows
from crosswalk.connectors.dmf.unpacking import contents, packages
from crosswalk.connectors.dmf.writing import in_batches, lines, sort_out
from crosswalk.contracts import Place, Traits
from crosswalk.errors import Span
from crosswalk.exchange import Ack, Delivery, Page, Plain, Wanted
from crosswalk.model import Column, Connection, DataType, Entity, EntityRef

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Packages:
    """The packages of one folder, and how they are written."""

    system: str
    folder: Path
    named: Mapping[str, str]
    places: Mapping[str, str]
    project: str
    source_format: str = "CSV"
    encoding: str = "utf-8"
    labels: bool = True

    @property
    def traits(self) -> Traits:
        return Traits(makes=True)

    def tables(self) -> tuple[str, ...]:
        return tuple(sorted(self._held()))

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        held = self._held()
        return {table: _described(EntityRef(self.system, table), held[table]) for table in tables if table in held}

    def _held(self) -> dict[str, Content]:
        called = {name: entity for entity, name in self.named.items()}
        found = (content for path in packages(self.folder) for content in contents(path) if not content.ours)
        return {called.get(content.entity, content.entity): content for content in found}

    def read(self, wanted: Wanted) -> Iterator[Page]:
        return read_rows(self.folder, self._called(wanted.entity), wanted)

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        return find_rows(self.folder, self._called(entity), entity, by, keys)

    def write(self, delivery: Delivery) -> None:
        """Write what can go as one package; one that is there already is whole, and is not written again."""
        path = self.folder / package_name(delivery.id, delivery.entity)
        going = sort_out(delivery)
        if not going:
            return
        if not path.exists():
            self._pack(path, delivery, going)
        for some in in_batches(going):
            delivery.answered([Ack(number, "applied") for number in some])

    def _pack(self, path: Path, delivery: Delivery, going: set[int]) -> None:
        entity = delivery.entity
        fields = (*entity.key, *(column for column in delivery.columns if column not in entity.key))
        place = self.places.get(entity.ref.entity, "1.1.1").split(".")
        file = f"{_UNSAFE.sub('_', self._called(entity))}.csv"
        content = Content(self._called(entity), file, fields, self.source_format, (place[0], place[1], place[2]))
        first = {HEADER: header_xml(self.project), MANIFEST: manifest_xml(self.project, [content])}
        rows = lines(delivery, fields, going, labels=self.labels)
        write_package(path, first, file, rows, self.encoding)

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _called(self, entity: Entity) -> str:
        return self.named.get(entity.ref.entity, entity.ref.entity)


def package_name(delivery: str, entity: Entity) -> str:
    """Name the package of a delivery: the same for the same delivery, whatever its id is made of."""
    return f"{_UNSAFE.sub('_', delivery)}-{_UNSAFE.sub('_', entity.ref.entity)}.zip"


def _described(ref: EntityRef, content: Content) -> Entity:
    span = Span(content.file, 1, 1)
    return Entity(ref, ref.entity, (), {field: Column(field, DataType("text"), span) for field in content.fields}, span)


def open(connection: Connection, place: Place) -> Packages:
    """Open the folder that a connection names; it need not be there yet."""
    settings = connection.settings
    return Packages(
        system=connection.system,
        folder=below(place.root, place.reveal(str(settings["folder"])), "the folder"),
        named=_texts(settings.get("entities")),
        places=_texts(settings.get("places")),
        project=str(settings.get("project", connection.system)),
        source_format=str(settings.get("source_format", "CSV")),
        encoding=str(settings.get("encoding", "utf-8")),
        labels=settings.get("choices") != "codes",
    )


def _texts(setting: object) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in setting.items()} if isinstance(setting, dict) else {}
