"""The delivery of the tests keeps the order of calls, outlives its process, and gives its changes as one stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from crosswalk.contracts import Outside, Traits
from crosswalk.errors import Span
from crosswalk.exchange import Ack, Change, Delivery, Page, Plain, Wanted
from crosswalk.model import Column, DataType, Entity, EntityRef
from crosswalk.sql import Sql
from tests.conformance.delivery import LoggedDelivery, OutOfOrder

HERE = Span("test", 1, 1)
ENTITY = Entity(
    EntityRef("far", "things"),
    "",
    ("Id",),
    {"Id": Column("Id", DataType("int"), HERE), "Text": Column("Text", DataType("text"), HERE)},
    HERE,
)


@dataclass
class Shelf:
    """A system that holds rows in memory and can be found by key; nothing else is asked of it here."""

    rows: dict[int, str] = field(default_factory=dict)

    @property
    def traits(self) -> Traits:
        return Traits()

    def tables(self) -> tuple[str, ...]:
        return ("things",)

    def describe(self, tables: tuple[str, ...]) -> Mapping[str, Entity]:
        return {"things": ENTITY}

    def read(self, wanted: Wanted) -> Iterator[Page]:
        raise NotImplementedError

    def find(self, entity: Entity, by: tuple[str, ...], keys: Sequence[tuple[Plain, ...]]) -> Iterator[Page]:
        for (key,) in keys:
            if key in self.rows:
                bound = {"id": key, "text": self.rows[key]}  # type: ignore[index]
                yield Page(Sql('SELECT CAST($id AS BIGINT) AS "Id", CAST($text AS VARCHAR) AS "Text"'), bound=bound)

    def write(self, delivery: Delivery) -> None:
        raise NotImplementedError

    def close(self) -> None: ...


class Bare:
    """A stream of which nothing but the Arrow interface can be seen."""

    def __init__(self, stream: object) -> None:
        self._stream = stream

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._stream.__arrow_c_stream__(requested_schema)  # type: ignore[attr-defined]


def change(number: int, text: str = "new", group: str | None = None) -> Change:
    return Change(number, "insert", {"Id": number}, {"Text": text}, group=group)


def test_the_shelf_is_a_system_and_the_delivery_a_delivery() -> None:
    system: Outside = Shelf()
    delivery: Delivery = LoggedDelivery(system, ENTITY, [])
    assert delivery.columns == ()


def test_batches_hold_at_most_so_many_and_keep_groups_together() -> None:
    changes = [change(1), change(2, group="b"), change(3, group="a"), change(4, group="b")]
    delivery = LoggedDelivery(Shelf(), ENTITY, changes)
    assert [[c.number for c in batch] for batch in delivery.batches(2)] == [[1, 3], [2, 4]]


def test_what_is_unanswered_is_read_back_and_only_the_rest_is_given_again() -> None:
    delivery = LoggedDelivery(Shelf({1: "new", 2: "other"}), ENTITY, [change(1), change(2), change(3)])
    (batch,) = delivery.batches(10)
    delivery.sending(batch)
    assert [c.number for c in delivery.unanswered(batch)] == [2, 3]
    assert delivery.states() == {1: "applied", 2: "open", 3: "open"}


def test_a_second_process_knows_what_was_answered_and_reads_the_doubtful_back(tmp_path: Path) -> None:
    shelf, changes = Shelf({2: "new"}), [change(1), change(2), change(3)]
    first = LoggedDelivery(shelf, ENTITY, changes, log=tmp_path / "log")
    (batch,) = first.batches(10)
    first.sending(batch)
    first.answered([Ack(1, "refused", "X")])
    second = LoggedDelivery(shelf, ENTITY, changes, log=tmp_path / "log")
    second.recover()
    assert second.states() == {1: "refused", 2: "applied", 3: "open"}
    assert [[c.number for c in batch] for batch in second.batches(10)] == [[3]]


def test_calls_out_of_order_fail() -> None:
    delivery = LoggedDelivery(Shelf(), ENTITY, [change(1)])
    with pytest.raises(OutOfOrder, match="never given"):
        delivery.sending((change(1),))
    (batch,) = delivery.batches(1)
    with pytest.raises(OutOfOrder, match="answered while it is 'open'"):
        delivery.answered([Ack(1, "applied")])
    delivery.sending(batch)
    with pytest.raises(OutOfOrder, match="without a code"):
        delivery.answered([Ack(1, "refused")])
    delivery.answered([Ack(1, "applied")])
    with pytest.raises(OutOfOrder, match="sent while it is 'applied'"):
        delivery.sending(batch)


def test_the_stream_holds_whole_rows_in_the_types_of_the_entity() -> None:
    shelf = Shelf({2: "there"})
    changes = [change(1, "a"), Change(2, "update", {"Id": 2}, {}), Change(3, "delete", {"Id": 3}, {})]
    delivery = LoggedDelivery(shelf, ENTITY, changes)
    stream = delivery.stream()
    taken = duckdb.connect().from_arrow(Bare(stream)).fetchall()
    assert taken == [(1, "insert", 1, "a"), (2, "update", 2, "there"), (3, "delete", 3, None)]
    delivery.answered_whole()
    assert delivery.finished()
