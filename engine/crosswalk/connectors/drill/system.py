"""The connector's own side: sends requests, meets the faults of the script, and does what a careful client does.

A request that got no answer is read back through the delivery before anything is sent again; a system that asks to
wait is waited for; a login that is no longer good is renewed once. After `tries` the run stops and can be resumed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from time import sleep
from typing import TypeVar

from crosswalk.connectors.drill import server
from crosswalk.connectors.drill.cells import Stored, page, stored
from crosswalk.connectors.drill.conditions import meets
from crosswalk.connectors.drill.faults import (
    FAULTS,
    Fault,
    LoginExpired,
    Moment,
    Script,
    Throttled,
    Unanswered,
    after,
    before,
    script_of,
)
from crosswalk.connectors.drill.store import Store, last_version, token
from crosswalk.contracts import Place, Traits
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Ack, Batch, Delivery, MarkExpired, Page, Plain, Wanted
from crosswalk.model import Connection, Entity
from crosswalk.sql import name

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes in one request, and how often one is tried."""

    page: int
    batch: int
    tries: int


class DrillSystem:
    """One system to drill with."""

    def __init__(self, system: str, store: Store, script: Script, limits: Limits, *, stamps: bool) -> None:
        self._system, self._store, self._script, self._limits = system, store, script, limits
        self._stamps = stamps

    @property
    def traits(self) -> Traits:
        return Traits(stamps=self._stamps, makes=True)

    def tables(self) -> tuple[str, ...]:
        return self._store.tables()

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        found = {table: self._store.describe(self._system, table) for table in tables}
        return {table: entity for table, entity in found.items() if entity is not None}

    def read(self, wanted: Wanted) -> Iterator[Page]:
        """Read a table, or what changed in it; the mark is the version of the last change that the snapshot holds."""
        self._store.ready(wanted.entity)
        table = wanted.entity.ref.entity
        with self._store.snapshot() as connection:
            made, version = token(connection, table), last_version(connection)
            requests = list(_read_requests(connection, wanted, made, self._limits.page))
            for number, ask in enumerate(requests, 1):
                yield from self._asked(Moment("read", table, number, len(requests)), ask)
            yield Page(None, mark=f"{made}:{version}")

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        self._store.ready(entity)
        remaining = iter(dict.fromkeys(keys))
        chunks = list(iter(lambda: list(islice(remaining, self._limits.page)), []))
        for number, chunk in enumerate(chunks, 1):
            moment = Moment("find", entity.ref.entity, number, len(chunks))
            yield from self._asked(moment, lambda chunk=chunk: _found(self._store.connection, entity, by, chunk))  # type: ignore[misc]

    def write(self, delivery: Delivery) -> None:
        self._store.ready(delivery.entity)
        batches = list(delivery.batches(self._limits.batch))
        for number, batch in enumerate(batches, 1):
            moment = Moment("write", delivery.entity.ref.entity, number, len(batches))
            self._deliver(delivery, batch, moment)

    def close(self) -> None:
        self._store.close()

    def _asked(self, moment: Moment, ask: Callable[[], Page | None]) -> Iterator[Page]:
        """Ask for a page until it comes; asking twice does no harm."""
        for _ in range(self._limits.tries):
            try:
                answer = self._patiently(lambda: self._request(moment, 0, lambda faults: ask()))
            except Unanswered as lost:
                failure = str(lost)
                continue
            if answer is not None:
                yield answer
            return
        raise self._failed(moment, failure)

    def _deliver(self, delivery: Delivery, batch: Batch, moment: Moment) -> None:
        """Send a batch until all of it is answered; what was not answered is read back first."""
        for _ in range(self._limits.tries):
            delivery.sending(batch)
            acks, failure = self._answers(delivery.entity, batch, moment)
            if acks:
                delivery.answered(acks)
            said = {ack.number for ack in acks}
            rest = tuple(change for change in batch if change.number not in said)
            batch = delivery.unanswered(rest) if rest else ()
            if not batch:
                return
        raise self._failed(moment, failure)

    def _answers(self, entity: Entity, batch: Batch, moment: Moment) -> tuple[list[Ack], str]:
        """Give the answers to one request, and why some are missing."""
        try:
            return self._patiently(lambda: self._written(entity, batch, moment)), FAULTS["partial"]
        except Unanswered as lost:
            return [], str(lost)

    def _patiently(self, request: Callable[[], Answer]) -> Answer:
        """Wait where the system asks for it, and renew a login that ran out: once, for a new one must be good."""
        renewed = False
        for _ in range(self._limits.tries):
            try:
                return request()
            except Throttled as wait:
                sleep(wait.seconds)
            except LoginExpired:
                if renewed:
                    message = f"'{self._system}' refuses the login, a new one too"
                    raise UsageError(message, code="LOGIN_REFUSED", remedy="see the faults of the connection") from None
                renewed = True
        message = f"'{self._system}' asked to wait {self._limits.tries} times"
        raise SystemFailure(message, code="SYSTEM_THROTTLED", remedy="run again later")

    def _failed(self, moment: Moment, failure: str) -> SystemFailure:
        where = f"{moment.operation} of {moment.table}, request {moment.number} of {moment.count}"
        message = f"'{self._system}' did not answer after {self._limits.tries} tries ({where}): {failure}"
        return SystemFailure(message, code="SYSTEM_UNREACHABLE", remedy="run again")

    def _written(self, entity: Entity, batch: Batch, moment: Moment) -> list[Ack]:
        def applied(faults: Sequence[Fault]) -> list[Ack]:
            kinds = {fault.fault for fault in faults}
            taken = batch[: len(batch) // 2] if "cut" in kinds else batch
            with self._store.transaction() as connection:
                acks = server.apply(connection, entity, taken, faults)
            return acks[: len(acks) // 2] if "partial" in kinds else acks

        return self._request(moment, len(batch), applied)

    def _request(self, moment: Moment, size: int, served: Callable[[Sequence[Fault]], Answer]) -> Answer:
        """Let one request meet the script, and write down what came of it."""
        noted = (moment.operation, moment.table, moment.number, size)
        faults: list[Fault] = []
        try:
            for fault in self._script.at(moment):
                faults.append(fault)
                if fault.fault == "kill":
                    self._store.note(noted, f"killed {fault.when}")
                before(fault)
            answer = served(faults)
            for fault in faults:
                after(fault)
        except (Unanswered, Throttled, LoginExpired):
            self._store.note(noted, faults[-1].fault)
            raise
        self._store.note(noted, ", ".join(("answered", *(fault.fault for fault in faults))))
        return answer


def _read_requests(
    connection: sqlite3.Connection, wanted: Wanted, made: str, size: int
) -> Iterator[Callable[[], Page | None]]:
    """Cut a read into requests: of all rows, or of the keys that changed since the mark."""
    entity = wanted.entity
    if wanted.since is None:
        count = " ".join(("SELECT max(rowid) FROM", name(entity.ref.entity).text))
        for start in range(0, int(connection.execute(count).fetchone()[0] or 1), size):
            yield lambda start=start: _scanned(connection, wanted, (start, start + size))  # type: ignore[misc]
        return
    keys = _changed_keys(connection, wanted, made)
    for start in range(0, len(keys) or 1, size):
        chunk = keys[start : start + size]
        yield lambda chunk=chunk: _rows(connection, entity, chunk)  # type: ignore[misc]
        yield lambda chunk=chunk: _gone(connection, entity, chunk)  # type: ignore[misc]


def _scanned(connection: sqlite3.Connection, wanted: Wanted, between: tuple[int, int]) -> Page | None:
    entity = wanted.entity
    table = name(entity.ref.entity).text
    text = ("SELECT", server.columns_of(entity), "FROM", table, "WHERE rowid > ? AND rowid <= ? ORDER BY rowid")
    rows = connection.execute(" ".join(text), between).fetchall()
    names = tuple(entity.columns)
    return _page(entity, [r for r in rows if meets(dict(zip(names, r, strict=True)), wanted.filter, entity)])


def _changed_keys(connection: sqlite3.Connection, wanted: Wanted, made: str) -> list[tuple[Stored, ...]]:
    token_then, _, version = str(wanted.since).partition(":")
    if token_then != made or not version.isdecimal():
        raise MarkExpired
    statement = 'SELECT DISTINCT row_key FROM "#changes" WHERE "table" = ? AND version > ?'
    found = connection.execute(statement, (wanted.entity.ref.entity, int(version)))
    return [tuple(json.loads(row[0])) for row in found]


def _rows(connection: sqlite3.Connection, entity: Entity, keys: Sequence[tuple[Stored, ...]]) -> Page | None:
    return _page(entity, [row for key in keys for row in server.rows_by(connection, entity, entity.key, key)])


def _gone(connection: sqlite3.Connection, entity: Entity, keys: Sequence[tuple[Stored, ...]]) -> Page | None:
    gone = [key for key in keys if not server.rows_by(connection, entity, entity.key, key)]
    return page(entity.key, gone, "gone") if gone else None


def _found(
    connection: sqlite3.Connection, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]
) -> Page | None:
    cells = [tuple(stored(value, entity.columns[c]) for c, value in zip(by, key, strict=True)) for key in keys]
    return _page(entity, [row for key in cells for row in server.rows_by(connection, entity, by, key)])


def _page(entity: Entity, rows: Sequence[tuple[Stored, ...]]) -> Page | None:
    return page(tuple(entity.columns), rows) if rows else None


def open_system(connection: Connection, place: Place) -> DrillSystem:
    """Open the system of a connection; its file is made where it is missing."""
    said = connection.settings
    file = (place.root / str(said.get("file"))).resolve()
    if not file.is_relative_to(place.root.resolve()):
        message = f"{connection.span}: the file of '{connection.system}' lies outside the project"
        raise UsageError(message, code="CONNECTION_SETTINGS", remedy="name a path below the project's folder")
    stamps = said.get("stamps", "server") == "server"
    faults = script_of(connection)
    store = Store(file, stamps=stamps)
    limits = Limits(
        *(int(str(said.get(word, usual))) for word, usual in (("page", 1000), ("batch", 100), ("tries", 4)))
    )
    return DrillSystem(connection.system, store, Script(faults, store.fired, store.count), limits, stamps=stamps)
