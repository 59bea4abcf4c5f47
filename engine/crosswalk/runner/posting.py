"""One delivery on its way: gives a connector its batches, writes receipts, and reads back what was not answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby

from crosswalk.contracts import Backend, Outside
from crosswalk.exchange import Ack, Batch, Change, Plain, well_formed
from crosswalk.failpoints import around, reach
from crosswalk.landing import look
from crosswalk.ledger import outbox
from crosswalk.ledger.outbox import Note, State
from crosswalk.model import Entity
from crosswalk.runner.changes import SENDING, ChangeSet, Prepared, prepared
from crosswalk.secrets import hide
from crosswalk.sql import name

Earlier = dict[tuple[str, str, str], State]
"""What an earlier try of a run heard, by target key, operation and digest."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not written: which, and what the system said."""

    source_key: str
    arm: int
    state: State
    message: str


@dataclass(slots=True)
class Posting:
    """The delivery of one step of a run; see `crosswalk.exchange.Delivery` for what a connector may ask of it.

    `backend` is the connection of the run, `beside` the one whose transactions are their own.
    """

    run_id: str
    step: int
    digest: str
    changes: ChangeSet
    outside: Outside
    backend: Backend
    beside: Backend
    earlier: Earlier = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    given: dict[tuple[str, ...], list[Mapping[str, Plain]]] = field(default_factory=dict)
    unseen: dict[tuple[str, ...], list[tuple[Plain, ...]]] = field(default_factory=dict)
    applied: int = 0
    _open: dict[int, Prepared] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.run_id}-{self.step}-{self.digest}"

    @property
    def entity(self) -> Entity:
        return self.changes.entity

    @property
    def columns(self) -> tuple[str, ...]:
        return self.changes.columns

    @property
    def updated(self) -> tuple[str, ...] | None:
        return self.changes.updated

    def batches(self, most: int) -> Iterator[Batch]:
        """Give what is still to send; what an earlier try of this run got through is not sent again."""
        doubtful: list[Prepared] = []
        batch: list[Prepared] = []
        for group in self._groups():
            ahead = [one for one in group if self._earlier(one) not in ("applied", "sent")]
            doubtful += [one for one in group if self._earlier(one) == "sent"]
            for one in group:
                if self._earlier(one) == "applied":
                    self._applied(one, None)
            if batch and len(batch) + len(ahead) > most:
                yield self._out(batch)
                batch = []
            batch += ahead
            while len(batch) > most:
                yield self._out(batch[:most])
                batch = batch[most:]
            while len(doubtful) >= most:
                yield from self._after_all(doubtful[:most])
                doubtful = doubtful[most:]
        if batch:
            yield self._out(batch)
        yield from self._after_all(doubtful)

    def _groups(self) -> Iterator[list[Prepared]]:
        """Give the changes group by group; a row without a group is one by itself."""
        changes = prepared(self.changes, self.backend)
        for _, group in groupby(changes, lambda one: (one.change.group, one.change.group or one.change.number)):
            yield list(group)

    def _earlier(self, one: Prepared) -> State | None:
        return self.earlier.get((one.target_key, one.change.operation, one.content))

    def _after_all(self, doubtful: list[Prepared]) -> Iterator[Batch]:
        """Rows that an earlier try sent and heard nothing of: those that did not arrive are sent again."""
        if doubtful:
            rest = self.unanswered(self._out(doubtful))
            if rest:
                yield rest

    def _out(self, batch: Sequence[Prepared]) -> Batch:
        self._open.update((one.change.number, one) for one in batch)
        return tuple(one.change for one in batch)

    def sending(self, batch: Batch) -> None:
        with around("send", str(self.entity.ref)):
            self._note([(self._open[change.number], Ack(change.number, "applied")) for change in batch], sent=True)

    def answered(self, acks: Sequence[Ack]) -> None:
        told = [(self._open.pop(ack.number), _clean(ack)) for ack in acks]
        with around("receipt", str(self.entity.ref)):
            self._note(told)
        for one, ack in told:
            if ack.state == "applied":
                self._applied(one, ack)
            else:
                message = ": ".join(part for part in (ack.code, ack.message) if part)
                self.refusals.append(Refusal(one.source_key, one.arm, ack.state, message))

    def unanswered(self, batch: Batch) -> Batch:
        there, other = self._there(batch)
        done = [Ack(change.number, "applied") for change in batch if change.number in there]
        if done:
            self.answered(done)
        rest = [change for change in batch if change.number not in there]
        return tuple(self._changed(change) if change.number in other else change for change in rest)

    def _changed(self, change: Change) -> Change:
        """A new row that is there with other values than were sent is not made once more: its values are sent."""
        return replace(
            change,
            operation="update",
            values={column: value for column, value in change.values.items() if column not in self.entity.key},
        )

    def stream(self) -> object:
        reach("send", "after", str(self.entity.ref))
        keys = ", ".join(self._key_cell(column) for column in self.changes.key)
        cells = ", ".join(name(column).text for column in self.columns if column not in self.changes.key)
        chosen = ", ".join(part for part in ('"#number"', '"#operation"', keys, cells) if part)
        return self.backend.stream(f'SELECT {chosen} FROM {SENDING} ORDER BY "#number"')

    def _key_cell(self, column: str) -> str:
        """Give a part of the key: as the copy knows it, else, for a new row, as it is written."""
        cell, known = name(column).text, name(f"key.{column}").text
        return f"coalesce({known}, {cell}) AS {cell}" if column in self.columns else f"{known} AS {cell}"

    def answered_whole(self) -> None:
        with around("receipt", str(self.entity.ref)):
            self.applied = self.changes.count

    def _note(self, told: Sequence[tuple[Prepared, Ack]], *, sent: bool = False) -> None:
        notes = [
            Note(
                one.target_key,
                one.change.operation,
                one.content,
                "sent" if sent else ack.state,
                ack.code,
                ack.message,
            )
            for one, ack in told
        ]
        outbox.note(self.run_id, self.step, notes, datetime.now(UTC).replace(tzinfo=None), self.beside)

    def _applied(self, one: Prepared, ack: Ack | None) -> None:
        self.applied += 1
        if one.change.operation == "delete":
            return
        by = tuple(one.change.key)
        if ack is not None and ack.row is not None and set(ack.row) >= set(self.entity.columns):
            self.given.setdefault(by, []).append(ack.row)
        else:
            self.unseen.setdefault(by, []).append(tuple(one.change.key.values()))

    def _there(self, batch: Batch) -> tuple[set[int], set[int]]:
        """Read the rows of a batch back: which changes the system holds, and which new rows are there otherwise."""
        by = tuple(batch[0].key)
        same = [change for change in batch if tuple(change.key) == by]
        keys = [tuple(c.key.values()) for c in same]
        found = look(self.entity, self.outside.find(self.entity, by, keys), self.backend)
        columns = tuple(dict.fromkeys((*by, *self.columns)))
        chosen = ", ".join(name(column).text for column in columns)
        rows = self.backend.rows(f"SELECT {chosen} FROM {found}")
        held = {tuple(row[: len(by)]): dict(zip(columns, row, strict=True)) for row in rows}
        there = {
            change.number
            for change in same
            if _holds(held.get(tuple(change.key.values())), change.operation, change.values)
        }
        inserts = [change for change in same if change.operation == "insert" and change.number not in there]
        other = {change.number for change in inserts if tuple(change.key.values()) in held}
        others = tuple(change for change in batch if tuple(change.key) != by)
        more = self._there(others) if others else (set(), set())
        return there | more[0], other | more[1]


def _clean(ack: Ack) -> Ack:
    """What a system says is kept and shown: without half letters, and without secrets that it repeats."""
    return replace(ack, code=hide(well_formed(ack.code)), message=hide(well_formed(ack.message)))


def _holds(row: dict[str, object] | None, operation: str, values: object) -> bool:
    if operation == "delete":
        return row is None
    assert isinstance(values, dict)
    return row is not None and all(row[column] == value for column, value in values.items())
