"""A folder of files for tests, and the connector that reads it as the engine does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from crosswalk.contracts import Outside
from crosswalk.errors import Span
from crosswalk.exchange import Wanted
from crosswalk.model import Column, Connection, DataType, Entity, EntityRef, Kind
from tests.conformance.bench import open_connection
from tests.conformance.copies import Copy
from tests.conformance.landed import Landed, land

HERE = Span("crosswalk.yaml", 3, 5)


def column(name: str, kind: Kind, **more: int) -> Column:
    return Column(name, DataType(kind, **more), HERE)  # type: ignore[arg-type]


ORDERS = Entity(
    EntityRef("shop", "orders"),
    "orders",
    ("Id",),
    {
        "Id": column("Id", "int"),
        "Name": column("Name", "text"),
        "Amount": column("Amount", "decimal", precision=19, scale=4),
    },
    HERE,
)
TIMED = replace(
    ORDERS,
    columns={"Id": column("Id", "int"), "Name": column("Name", "text"), "At": column("At", "datetime")},
    modified="At",
)


class Folder:
    """Files below the test's folder; `open` gives a connector with some settings, as a fresh process would."""

    def __init__(self, root: Path) -> None:
        self.root, self.path = root, root / "in"
        self.path.mkdir()

    def open(self, **settings: object) -> Outside:
        whole = {"folder": "in", "settle": "0", **settings}
        return open_connection(Connection("shop", "files", whole, HERE), self.root)

    def csv(self, name: str, *lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((end.join(lines) + end).encode(encoding))
        return file

    def read(self, entity: Entity = ORDERS, mark: str | None = None, **settings: object) -> Landed:
        system = self.open(**settings)
        try:
            return land(system.read(Wanted(entity, mark)), entity)
        finally:
            system.close()

    def into(self, copy: Copy, **settings: object) -> Landed:
        system = self.open(**settings)
        try:
            return copy.read(system)
        finally:
            system.close()


def cells(landed: Landed, *columns: str) -> list[tuple[object, ...]]:
    """Give some cells of the rows, sorted by the first."""
    return sorted((tuple(row[column] for column in columns) for row in landed.rows), key=lambda row: str(row[0]))
