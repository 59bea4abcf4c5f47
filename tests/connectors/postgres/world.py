"""Systems, entities and deliveries for the tests of the PostgreSQL connector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.postgres.system import PostgresSystem, open
from crosswalk.contracts import Place
from crosswalk.errors import Span
from crosswalk.exchange import Ack, Batch, Change, Page
from crosswalk.model import Connection, Entity
from crosswalk.secrets import reveal
from crosswalk.sql import name, type_name
from tests.servers.postgres import Database

PLACE = Place(Path(), 0, lambda text: reveal(text, Path()))


def system(place: Database, /, **settings: object) -> PostgresSystem:
    """Open a connection to a database, through its socket where nothing else is said."""
    reached = {"host": str(place.folder), "database": place.name, "user": "postgres", **settings}
    return open(Connection("books", "postgres", reached, Span("crosswalk.yaml", 5, 7)), PLACE)


def entity(opened: PostgresSystem, table: str) -> Entity:
    """Describe one table."""
    return opened.describe((table,))[table]


def cells(pages: Iterable[Page], kind: str = "rows") -> list[dict[str, object]]:
    """Land pages and give the rows of a kind as dictionaries."""
    found: list[dict[str, object]] = []
    backend = DuckDBBackend(None)
    for page in pages:
        if page.relation is None:
            continue
        backend.land(page, "landed")
        names = [str(row[0]) for row in backend.rows("DESCRIBE landed")]
        if page.kind == kind:
            found += [dict(zip(names, row, strict=True)) for row in backend.rows("FROM landed")]
    backend.close()
    return found


def read_all(pages: Iterable[Page]) -> tuple[list[dict[str, object]], str | None]:
    """Land pages and give the rows and the mark."""
    kept: list[str | None] = []

    def noted() -> Iterator[Page]:
        for page in pages:
            if page.mark is not None:
                kept.append(page.mark)
            yield page

    rows = cells(noted())
    return rows, kept[-1] if kept else None


class Sent:
    """A delivery that keeps what is said in memory. `stream` gives all of its changes, as the engine does."""

    def __init__(self, entity: Entity, changes: Sequence[Change], *, id: str = "run-1") -> None:
        self.id, self.entity, self.changes = id, entity, tuple(changes)
        used = {column for change in changes for column in change.values}
        self.columns = tuple(column for column in entity.columns if column in used and column not in entity.key)
        guarded = any(change.version is not None or change.before is not None for change in changes)
        sets = {column for change in changes if change.operation == "update" for column in change.values}
        self.updated = None if guarded else tuple(column for column in self.columns if column in sets)
        self.acks: dict[int, Ack] = {}
        self.whole = 0
        self.streams = 0
        self._backend = DuckDBBackend(None)

    def batches(self, most: int) -> Iterator[Batch]:
        waiting = [change for change in self.changes if change.number not in self.acks]
        for start in range(0, len(waiting), most):
            yield tuple(waiting[start : start + most])

    def sending(self, batch: Batch) -> None:
        assert not {change.number for change in batch} & set(self.acks)

    def answered(self, acks: Sequence[Ack]) -> None:
        self.acks.update({ack.number: ack for ack in acks})

    def unanswered(self, batch: Batch) -> Batch:
        return batch

    def stream(self) -> object:
        self.streams += 1
        wanted = (*self.entity.key, *self.columns)
        typed = ", ".join(f"{name(c).text} {type_name(self.entity.columns[c].type).text}" for c in wanted)
        self._backend.run(f'CREATE OR REPLACE TEMP TABLE stream ("#number" BIGINT, "#operation" VARCHAR, {typed})')
        for change in self.changes:
            row = {**change.key, **change.values}
            values = [change.number, change.operation, *(row.get(column) for column in wanted)]
            marks = ", ".join(f"$c{place}" for place in range(len(values)))
            self._backend.run(
                f"INSERT INTO stream VALUES ({marks})", {f"c{place}": value for place, value in enumerate(values)}
            )
        return self._backend.stream("FROM stream")

    def answered_whole(self) -> None:
        self.whole += 1
        self.acks.update({change.number: Ack(change.number, "applied") for change in self.changes})

    def states(self) -> dict[int, str]:
        return {number: ack.state for number, ack in sorted(self.acks.items())}
