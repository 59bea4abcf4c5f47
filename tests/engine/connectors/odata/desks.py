"""What the tests of writing share: an entity, a session on a clock that never waits, changes, a way to send them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import httpx

from crosswalk.connectors.odata.dialects import PLAIN, Dialect
from crosswalk.connectors.odata.gate import Gate
from crosswalk.connectors.odata.metadata import EntitySet, EntityType, Metadata, Property
from crosswalk.connectors.odata.session import Session
from crosswalk.connectors.odata.settings import Limits, Settings
from crosswalk.connectors.odata.writing import write
from crosswalk.entities import Column, DataType, Entity, EntityRef
from crosswalk.errors import Span
from crosswalk.exchange import Change, Plain
from tests.engine.connectors.odata.deliveries import MemoryDelivery
from tests.engine.connectors.odata.failing import Store

SPAN = Span("things.entity.yaml", 1, 1)
SMALL = replace(PLAIN, batch_most=10)


def entity(row_version: str | None = None) -> Entity:
    kinds = {
        "id": DataType("text", 50),
        "name": DataType("text", 50),
        "size": DataType("int"),
        "stamp": DataType("int"),
    }
    columns = {name: Column(name, kind, SPAN) for name, kind in kinds.items()}
    return Entity(EntityRef("outside", "things"), "Things", ("id",), columns, SPAN, row_version=row_version)


EDM = {"id": "Edm.String", "name": "Edm.String", "size": "Edm.Int32", "stamp": "Edm.Int64"}
METADATA = Metadata(
    {"things": EntitySet("things", "Model.thing")},
    {"Model.thing": EntityType("Model.thing", ("id",), {name: Property(name, edm) for name, edm in EDM.items()})},
    {},
)


@dataclass(slots=True)
class QuickClock:
    """A clock on which waiting takes no time. `slept` are the seconds that were waited for."""

    time: float = 1_800_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def passed(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def session(url: str, dialect: Dialect = SMALL, *, parallel: int = 1, tries: int = 4) -> Session:
    settings = Settings("outside", url, dialect=dialect, limits=Limits(parallel, 1, tries, 600))
    clock = QuickClock()
    client = httpx.Client(timeout=1.2, trust_env=False)
    return Session(settings, client, clock, None, Gate(parallel, clock), random.Random(1))


def inserts(count: int, **values: Plain) -> list[Change]:
    return [Change(n, "insert", {"id": f"k{n:03}"}, {"name": f"n{n}", "size": n, **values}) for n in range(count)]


def is_there(store: Store, change: Change) -> bool:
    row = store.rows.get(str(change.key["id"]))
    if change.operation == "delete":
        return row is None
    return row is not None and all(row.get(name) == value for name, value in change.values.items())


def deliver(
    store: Store, url: str, changes: Sequence[Change], line: Session | None = None, row_version: str | None = None
) -> MemoryDelivery:
    """Send changes to the scripted server; gives the delivery with what was said."""
    made = MemoryDelivery(entity(row_version), changes, lambda change: is_there(store, change))
    used = line or session(url)
    try:
        write(used, used.settings.dialect, METADATA, made)
    finally:
        used.close()
    return made
