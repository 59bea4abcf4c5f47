"""A delivery for tests: simple, strict about the order of calls, with a log on the disk that a killed process leaves.

It stands for the engine's own: changes wait until they are answered; each call is written down before it returns; what
was sent and not answered is read back through the connector itself. A connector that calls out of order, answers twice
or answers what it was not given fails at once with `OutOfOrder`.

    delivery = LoggedDelivery(system, entity, changes, log=folder / "log")
    system.write(delivery)
    assert delivery.states() == {1: "applied", 2: "refused"}

A delivery is named after its changes: the same changes are the same delivery, as they are for the engine.

After a kill, a second `LoggedDelivery` on the same log knows what was answered; call `recover` before `write`, as the
engine does: it reads back what was sent and got no answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Literal

from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.contracts import Outside
from crosswalk.exchange import Ack, Batch, Change, Plain
from crosswalk.model import Entity
from crosswalk.sql import name, type_name
from tests.conformance.landed import Row, land, plain_row

State = Literal["open", "sent", "applied", "refused", "stale"]


class OutOfOrder(AssertionError):
    """A connector broke the order of calls."""


class LoggedDelivery:
    """Changes of one table on their way to `target`, which is also asked when they must be read back.

    `log` keeps one JSON line per call, out of this process before the call returns; None keeps it in memory only.
    """

    def __init__(
        self, target: Outside, entity: Entity, changes: Iterable[Change], *, log: Path | None = None, id: str = ""
    ) -> None:
        self._target, self._entity = target, entity
        self._changes = {change.number: change for change in changes}
        self._id = id or sha256(repr((entity.ref, self._changes)).encode()).hexdigest()[:16]
        self._states: dict[int, State] = dict.fromkeys(self._changes, "open")
        self._given: set[int] = set()
        self._log, self._thread = log, threading.get_ident()
        self._arrow_source = DuckDBBackend(None)
        self.acks: dict[int, Ack] = {}
        self.calls: list[tuple[str, tuple[int, ...]]] = []
        for line in log.read_text(encoding="utf-8").splitlines() if log is not None and log.exists() else ():
            self._replay(json.loads(line))

    @property
    def id(self) -> str:
        return self._id

    @property
    def entity(self) -> Entity:
        return self._entity

    @property
    def columns(self) -> tuple[str, ...]:
        used = {column for change in self._changes.values() for column in change.values}
        return tuple(column for column in self._entity.columns if column in used and column not in self._entity.key)

    @property
    def updated(self) -> tuple[str, ...] | None:
        """All columns, for the stream fills what an update leaves alone with what the target holds."""
        guarded = any(change.version is not None or change.before is not None for change in self._changes.values())
        return None if guarded else self.columns

    def batches(self, most: int) -> Iterator[Batch]:
        """Give what is open. A group goes in one batch where it fits; a larger one is cut."""
        self._same_thread()
        if most < 1:
            raise OutOfOrder(f"batches of {most} rows")
        batch: list[Change] = []
        for group in self._groups():
            if batch and len(batch) + len(group) > most:
                yield self._give(batch)
                batch = []
            batch += group
            while len(batch) >= most:
                yield self._give(batch[:most])
                batch = batch[most:]
        if batch:
            yield self._give(batch)

    def sending(self, batch: Batch) -> None:
        self._same_thread()
        for change in batch:
            if change.number not in self._given:
                raise OutOfOrder(f"change {change.number} was sent and never given")
            if self._states[change.number] != "open":
                raise OutOfOrder(f"change {change.number} is sent while it is '{self._states[change.number]}'")
        self._note("sending", [change.number for change in batch])

    def answered(self, acks: Sequence[Ack]) -> None:
        self._same_thread()
        for ack in acks:
            if self._states.get(ack.number) != "sent":
                raise OutOfOrder(f"change {ack.number} is answered while it is '{self._states.get(ack.number)}'")
            if ack.state == "refused" and not ack.code:
                raise OutOfOrder(f"change {ack.number} is refused without a code")
        self._note("answered", [ack.number for ack in acks], acks)

    def unanswered(self, batch: Batch) -> Batch:
        """Read back through the connector: what is there as it was sent is applied, the rest is open again."""
        self._same_thread()
        for change in batch:
            if self._states[change.number] != "sent":
                raise OutOfOrder(f"change {change.number} is unanswered while it is '{self._states[change.number]}'")
        done = self._applied(batch)
        self._note("unanswered", [change.number for change in batch], [Ack(number, "applied") for number in done])
        return tuple(change for change in batch if change.number not in done)

    def stream(self) -> object:
        """Give a relation of DuckDB, which any reader of Arrow streams takes."""
        self._same_thread()
        self._note("stream", [])
        rows = [self._as_it_will_be(change) for change in self._changes.values() if self._is_open(change)]
        self._arrow_source.run(f'CREATE OR REPLACE TEMP TABLE "stream" ({self._stream_columns()})')
        if rows:
            marks = "(" + ", ".join(f"$c{place}" for place in range(len(rows[0]))) + ")"
            for row in rows:
                bound = {f"c{place}": value for place, value in enumerate(row)}
                self._arrow_source.run('INSERT INTO "stream" VALUES ' + marks, bound)
        return self._arrow_source.stream('FROM "stream"')

    def answered_whole(self) -> None:
        self._same_thread()
        numbers = [change.number for change in self._changes.values() if self._is_open(change)]
        self._note("answered_whole", numbers, [Ack(number, "applied") for number in numbers])

    def recover(self) -> None:
        """Read back what an earlier process sent without hearing of it, before anything else is sent."""
        doubtful = tuple(self._changes[number] for number, state in self._states.items() if state == "sent")
        if doubtful:
            self.unanswered(doubtful)

    def states(self) -> dict[int, State]:
        """Say where each change is, by its number."""
        return dict(self._states)

    def finished(self) -> bool:
        return not {"open", "sent"} & set(self._states.values())

    def _is_open(self, change: Change) -> bool:
        return self._states[change.number] in ("open", "sent")

    def _groups(self) -> Iterator[list[Change]]:
        waiting = [change for change in self._changes.values() if self._states[change.number] == "open"]
        waiting.sort(key=lambda change: (change.group or "", change.number if change.group is None else 0))
        for group, members in groupby(waiting, key=lambda change: change.group or change.number):
            del group
            yield list(members)

    def _give(self, batch: Sequence[Change]) -> Batch:
        self._given.update(change.number for change in batch)
        return tuple(batch)

    def _applied(self, batch: Batch) -> set[int]:
        """Find the changes whose effect can be seen."""
        seen: dict[tuple[tuple[str, ...], tuple[Plain, ...]], Row] = {}
        for by in dict.fromkeys(tuple(change.key) for change in batch):
            keys = [tuple(change.key.values()) for change in batch if tuple(change.key) == by]
            for row in land(self._target.find(self._entity, by, keys), self._entity).rows:
                seen[by, tuple(row[column] for column in by)] = row
        return {change.number for change in batch if self._is_effect(change, seen.get(self._found_by(change)))}

    def _found_by(self, change: Change) -> tuple[tuple[str, ...], tuple[Plain, ...]]:
        key = plain_row(change.key, self._entity)
        return tuple(key), tuple(key.values())

    def _is_effect(self, change: Change, row: Row | None) -> bool:
        if change.operation == "delete" or row is None:
            return change.operation == "delete" and row is None
        wanted = plain_row(change.values, self._entity)
        return all(row[column] == value for column, value in wanted.items())

    def _as_it_will_be(self, change: Change) -> list[Plain]:
        """Fill the cells that a change leaves alone with what the target holds now."""
        cells = {**plain_row(change.key, self._entity), **plain_row(change.values, self._entity)}
        wanted = (*self._entity.key, *self.columns)
        if change.operation == "update" and not set(wanted) <= set(cells):
            pages = self._target.find(self._entity, tuple(change.key), [tuple(change.key.values())])
            cells = {**next(iter(land(pages, self._entity).rows), {}), **cells}
        return [change.number, change.operation, *(cells.get(column) for column in wanted)]

    def _stream_columns(self) -> str:
        columns = [self._entity.columns[column] for column in (*self._entity.key, *self.columns)]
        typed = (f"{name(column.name).text} {type_name(column.type).text}" for column in columns)
        return ", ".join(('"#number" BIGINT', '"#operation" VARCHAR', *typed))

    def _note(self, call: str, numbers: Sequence[int], acks: Sequence[Ack] = ()) -> None:
        line = {"call": call, "numbers": list(numbers), "acks": [[a.number, a.state, a.code, a.message] for a in acks]}
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as opened:
                opened.write(json.dumps(line) + "\n")
        self._replay(line)
        self.acks.update({ack.number: ack for ack in acks})

    def _replay(self, line: Mapping[str, object]) -> None:
        numbers, acks = line["numbers"], line["acks"]
        assert isinstance(numbers, list)
        assert isinstance(acks, list)
        self.calls.append((str(line["call"]), tuple(numbers)))
        match line["call"]:
            case "sending":
                self._states.update(dict.fromkeys(numbers, "sent"))
            case "unanswered":
                self._states.update(dict.fromkeys(numbers, "open"))
        for number, state, code, message in acks:
            self._states[number] = state
            self.acks[number] = Ack(number, state, code, message)

    def _same_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise OutOfOrder("a delivery was called from another thread")
