"""Writes changes batch by batch, with an answer for each: applied, refused with the server's words, or stale.

Each batch is one transaction with its receipt, which holds the answers: a change that an earlier try has answered is
not written again, however the batches are cut now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from crosswalk.connectors.postgres.catalog import Table, read_table
from crosswalk.connectors.postgres.fitting import value_of
from crosswalk.connectors.postgres.merging import Staged
from crosswalk.connectors.postgres.preconditions import Stretch
from crosswalk.connectors.postgres.receipts import Receipts, open_receipts
from crosswalk.connectors.postgres.session import Session
from crosswalk.connectors.postgres.settings import Settings
from crosswalk.connectors.postgres.stage import SOURCE, alike, make, put, units, writable
from crosswalk.connectors.postgres.statements import filled
from crosswalk.connectors.postgres.tries import Tries
from crosswalk.connectors.postgres.units import write_units
from crosswalk.exchange import Ack, Batch, Change, Delivery
from crosswalk.sql import Sql, literal, name

_MOST_ROWS = 5_000
_MOST_CELLS = 200_000
"""Cells of one batch, so that wide rows do not fill the memory."""


def write_batches(settings: Settings, delivery: Delivery) -> None:
    """Write and answer the changes that are still to send."""
    most = max(1, min(_MOST_ROWS, _MOST_CELLS // (len(delivery.columns) + len(delivery.entity.key) + 1)))
    writer = BatchWriter(settings, delivery)
    with Tries(settings) as tries:
        for batch in delivery.batches(most):
            delivery.sending(batch)
            delivery.answered(tries.run(lambda session, batch=batch: writer.write(session, batch)))  # type: ignore[misc]


class BatchWriter:
    """Writes batches of one delivery; what it knows of the table and of earlier answers belongs to one session."""

    def __init__(self, settings: Settings, delivery: Delivery) -> None:
        self._settings, self._delivery = settings, delivery
        self._session: Session | None = None
        self._earlier: Mapping[int, Ack] | None = None
        self._places = {column: place for place, column in enumerate(delivery.entity.columns)}

    def write(self, session: Session, batch: Batch) -> Sequence[Ack]:
        """Write a batch in one transaction, except what an earlier try has answered."""
        if session is not self._session:
            self._prepare(session)
        with session.transaction("ISOLATION LEVEL READ COMMITTED READ WRITE"):
            self._receipts.lock(session)
            if self._earlier is None:
                self._earlier = self._receipts.answers(session)
            open_ones = [change for change in batch if change.number not in self._earlier]
            acks = self._written(session, open_ones)
            if acks:
                self._receipts.keep(session, list(acks.values()))
        return [self._earlier.get(change.number) or acks[change.number] for change in batch]

    def _prepare(self, session: Session) -> None:
        self._table: Table = read_table(session, self._settings, self._delivery.entity)
        self._receipts: Receipts = open_receipts(session, self._settings, self._delivery, self._table)
        self._earlier = None
        make(session)
        self._session = session

    def _written(self, session: Session, changes: Sequence[Change]) -> Mapping[int, Ack]:
        message = "a text holds what no text of PostgreSQL can: a NUL, or half a character"
        answers = {c.number: Ack(c.number, "refused", "22021", message) for c in changes if not writable(c)}
        for run in alike([change for change in changes if change.number not in answers]):
            stretch = Stretch(self._table, self._delivery.entity, self._staged(run), self._places)
            staged = units(run)
            session.run(Sql("DELETE FROM pg_temp.crosswalk_changes"))
            put(session, staged, self._places)
            answers.update(write_units(session, stretch, staged))
        return answers

    def _staged(self, run: Sequence[Change]) -> Staged:
        key = tuple(run[0].key)
        set_ones = [change for change in run if change.operation != "delete"]
        columns = tuple(dict.fromkeys(c for change in set_ones for c in change.values if c not in key))
        inserted = next((tuple(c.values) for c in run if c.operation == "insert"), ())
        partial = [c for c in columns if any(c not in change.values for change in set_ones)]
        return Staged(
            source=SOURCE,
            operation=name("operation"),
            key={column: self._value(column, "key", place) for place, column in enumerate(key)},
            cells={column: self._value(column, "cells", str(self._places[column])) for column in columns},
            partial={c: filled("s.cells ? {place}", place=literal(str(self._places[c]))) for c in partial},
            inserted=tuple(dict.fromkeys((*key, *inserted))),
            updated=columns,
        )

    def _value(self, column: str, part: Literal["key", "cells"], place: int | str) -> Sql:
        x = filled("(s.{part} ->> {place})", part=Sql(part), place=literal(place))
        return value_of(self._table, self._delivery.entity, column, x)
