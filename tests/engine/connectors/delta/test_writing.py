"""Deliveries become commits of a Delta table: one each, whole, and once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from deltalake import DeltaTable

from crosswalk.connectors.delta import writing
from crosswalk.connectors.delta.staging import Staged
from crosswalk.connectors.delta.tables import LakeTable
from crosswalk.connectors.delta.verdicts import decide
from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Change, Plain
from crosswalk.model import DataType
from tests.conformance.delivery import LoggedDelivery
from tests.engine.connectors.delta.lakes import (
    NUMBERED,
    ROW,
    delete,
    entity,
    insert,
    lake,
    numbers,
    put,
    since,
    texts,
    update,
    whole,
)

MODES = pytest.mark.parametrize("write", ["merge", "replace"])


def changes() -> list[Change]:
    return [insert(1, 100), update(2, 1, "other"), delete(3, 2)]


@MODES
def test_a_delivery_inserts_updates_and_deletes_in_one_commit(tmp_path: Path, write: str) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 4))
    system = lake(tmp_path, write=write)
    delivery = LoggedDelivery(system, NUMBERED, changes())
    system.write(delivery)
    assert delivery.states() == dict.fromkeys((1, 2, 3), "applied")
    assert texts(whole(system, NUMBERED)) == {0: "x0", 1: "other", 3: "x3", 100: "new"}
    assert DeltaTable(tmp_path / "lake/numbers").version() == 1


@MODES
def test_an_update_leaves_the_cells_that_it_does_not_name(tmp_path: Path, write: str) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 2))
    system = lake(tmp_path, write=write)
    one = Change(1, "update", {"Id": 0}, {"Text": None})
    other = Change(2, "update", {"Id": 1}, {"Sum": Decimal("9.0000")})
    system.write(LoggedDelivery(system, NUMBERED, [one, other]))
    rows = sorted(tuple(row.values()) for row in whole(system, NUMBERED).rows)
    assert rows == [(0, None, Decimal("0.0000")), (1, "x1", Decimal("9.0000"))]


@MODES
def test_the_same_delivery_has_its_effect_once(tmp_path: Path, write: str) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 4))
    system = lake(tmp_path, write=write)
    system.write(LoggedDelivery(system, NUMBERED, changes()))
    put(tmp_path / "lake/numbers", numbers(2, 3, "put back"))
    again = LoggedDelivery(system, NUMBERED, changes())
    system.write(again)
    assert again.finished()
    assert texts(whole(system, NUMBERED))[2] == "put back2"
    other = LoggedDelivery(system, NUMBERED, changes(), id="run-2")
    system.write(other)
    assert 2 not in texts(whole(system, NUMBERED))


@MODES
def test_every_type_comes_back_as_it_was_written(tmp_path: Path, write: str) -> None:
    system = lake(tmp_path, create="on", write=write)
    things = entity()
    empty: dict[str, Plain] = {**dict.fromkeys(ROW), "Id": UUID(int=2)}
    inserts = [
        Change(number, "insert", {"Id": row["Id"]}, {name: cell for name, cell in row.items() if name != "Id"})
        for number, row in enumerate((ROW, empty), start=1)
    ]
    system.write(LoggedDelivery(system, things, inserts))
    assert whole(system, things).rows == [ROW, empty]
    blanked = {name: None for name in ROW if name != "Id"}
    system.write(LoggedDelivery(system, things, [Change(1, "update", {"Id": ROW["Id"]}, blanked)], id="run-2"))
    filled = Change(1, "update", {"Id": empty["Id"]}, {name: cell for name, cell in ROW.items() if name != "Id"})
    system.write(LoggedDelivery(system, things, [filled], id="run-3"))
    assert sorted(whole(system, things).rows, key=lambda row: str(row["Id"])) == [
        {**ROW, **blanked},
        {**ROW, "Id": empty["Id"]},
    ]


def test_a_table_that_is_not_there_is_made_only_where_the_connection_says_so(tmp_path: Path) -> None:
    closed = lake(tmp_path)
    with pytest.raises(UsageError, match="holds no Delta table for 'numbers'"):
        closed.write(LoggedDelivery(closed, NUMBERED, [insert(1, 1)]))
    with pytest.raises(UsageError, match="holds no Delta table"):
        whole(closed, NUMBERED)
    system = lake(tmp_path, create="on")
    assert whole(system, NUMBERED).rows == []
    system.write(LoggedDelivery(system, NUMBERED, [insert(1, 1)]))
    assert texts(whole(system, NUMBERED)) == {1: "new"}
    assert system.tables() == ("numbers",)


def test_what_cannot_go_is_refused_and_the_rest_goes(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 4))
    system = lake(tmp_path)
    several = [
        update(1, 77, "nowhere"),
        update(2, 1, "late", before={"Text": "something else"}),
        update(3, 2, "in time", before={"Text": "x2"}),
        Change(4, "insert", {"Text": "no key"}, {"Sum": Decimal("1.0000")}),
        delete(5, 99),
        update(6, 3, "one"),
        update(7, 3, "two"),
    ]
    delivery = LoggedDelivery(system, NUMBERED, several)
    system.write(delivery)
    assert {number: (ack.state, ack.code) for number, ack in sorted(delivery.acks.items())} == {
        1: ("refused", "ROW_MISSING"),
        2: ("stale", "STALE"),
        3: ("applied", ""),
        4: ("refused", "KEY_NULL"),
        5: ("applied", ""),
        6: ("refused", "KEY_DUPLICATE"),
        7: ("refused", "KEY_DUPLICATE"),
    }
    assert texts(whole(system, NUMBERED)) == {0: "x0", 1: "x1", 2: "in time", 3: "x3"}


def test_a_row_version_that_moved_on_stops_the_change(tmp_path: Path) -> None:
    types = {"Id": DataType("int"), "Text": DataType("text"), "Version": DataType("int")}
    stamped = entity("stamped", types)
    object.__setattr__(stamped, "row_version", "Version")
    put(tmp_path / "lake/stamped", 'SELECT range AS "Id", \'x\' AS "Text", 5 AS "Version" FROM range(2)')
    system = lake(tmp_path)
    two = [
        Change(1, "update", {"Id": 0}, {"Text": "good"}, version="5"),
        Change(2, "update", {"Id": 1}, {"Text": "bad"}, version="4"),
    ]
    delivery = LoggedDelivery(system, stamped, two)
    system.write(delivery)
    assert delivery.states() == {1: "applied", 2: "stale"}
    assert texts(whole(system, stamped)) == {0: "good", 1: "x"}


def test_rows_of_a_group_go_together_or_not_at_all(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 3))
    system = lake(tmp_path)
    grouped = [
        Change(1, "update", {"Id": 0}, {"Text": "a"}, group="first"),
        Change(2, "update", {"Id": 50}, {"Text": "a"}, group="first"),
        Change(3, "update", {"Id": 1}, {"Text": "b"}, group="second"),
        Change(4, "update", {"Id": 2}, {"Text": "b"}, group="second"),
    ]
    delivery = LoggedDelivery(system, NUMBERED, grouped)
    system.write(delivery)
    assert {number: ack.code for number, ack in sorted(delivery.acks.items())} == {
        1: "GROUP",
        2: "ROW_MISSING",
        3: "",
        4: "",
    }
    assert texts(whole(system, NUMBERED)) == {0: "x0", 1: "b", 2: "b"}


def test_a_key_of_two_columns_finds_its_row(tmp_path: Path) -> None:
    types = {"Company": DataType("text"), "Id": DataType("int"), "Text": DataType("text")}
    lines = entity("lines", types, ("Company", "Id"))
    put(
        tmp_path / "lake/lines",
        "SELECT c AS \"Company\", range AS \"Id\", 'x' AS \"Text\" FROM range(2), (VALUES ('a'), ('b')) v(c)",
    )
    system = lake(tmp_path)
    delivery = LoggedDelivery(
        system,
        lines,
        [
            Change(1, "update", {"Company": "b", "Id": 1}, {"Text": "hit"}),
            Change(2, "update", {"Company": "c", "Id": 1}, {"Text": "miss"}),
            Change(3, "delete", {"Company": "a", "Id": 0}, {}),
        ],
    )
    system.write(delivery)
    assert delivery.states() == {1: "applied", 2: "refused", 3: "applied"}
    rows = sorted(tuple(row.values()) for row in whole(system, lines).rows)
    assert rows == [("a", 1, "x"), ("b", 0, "x"), ("b", 1, "hit")]


def test_a_value_that_the_table_would_bend_is_refused(tmp_path: Path) -> None:
    put(
        tmp_path / "lake/numbers",
        'SELECT CAST(0 AS INTEGER) AS "Id", \'x\' AS "Text", CAST(1 AS DECIMAL(9, 2)) AS "Sum"',
    )
    system = lake(tmp_path)
    narrow = [
        Change(1, "insert", {"Id": 1}, {"Sum": Decimal("1.2500")}),
        Change(2, "insert", {"Id": 2}, {"Sum": Decimal("1.2550")}),
        Change(3, "insert", {"Id": 3}, {"Sum": Decimal("99999999.0000")}),
        Change(4, "insert", {"Id": 5_000_000_000}, {"Sum": Decimal("1.0000")}),
    ]
    delivery = LoggedDelivery(system, NUMBERED, narrow)
    system.write(delivery)
    assert delivery.states() == {1: "applied", 2: "refused", 3: "refused", 4: "refused"}
    assert {row["Sum"] for row in whole(system, NUMBERED).rows} == {Decimal("1.0000"), Decimal("1.2500")}


@MODES
def test_another_writer_in_between_is_met_by_another_try(
    tmp_path: Path, write: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 4))
    system = lake(tmp_path, write=write)
    busy = iter(range(2))

    def between(staged: Staged, table: LakeTable) -> None:
        decide(staged, table)
        for turn in busy:
            put(tmp_path / "lake/numbers", numbers(10 + turn, 11 + turn, "theirs"))
            return

    monkeypatch.setattr(writing, "decide", between)
    delivery = LoggedDelivery(system, NUMBERED, [update(1, 1, "mine", before={"Text": "x1"})])
    system.write(delivery)
    assert delivery.states() == {1: "applied"}
    assert texts(whole(system, NUMBERED)) == {0: "x0", 1: "mine", 2: "x2", 3: "x3", 10: "theirs10", 11: "theirs11"}


def test_a_precondition_is_looked_at_again_after_another_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 2))
    system = lake(tmp_path)
    done: list[int] = []

    def between(staged: Staged, table: LakeTable) -> None:
        decide(staged, table)
        if not done:
            done.append(1)
            DeltaTable(tmp_path / "lake/numbers").update({'"Text"': "'theirs'"}, predicate='"Id" = 1')

    monkeypatch.setattr(writing, "decide", between)
    delivery = LoggedDelivery(system, NUMBERED, [update(1, 1, "mine", before={"Text": "x1"})])
    system.write(delivery)
    assert delivery.states() == {1: "stale"}
    assert texts(whole(system, NUMBERED)) == {0: "x0", 1: "theirs"}


def test_a_table_that_never_rests_is_a_failure_that_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 2))
    system = lake(tmp_path, tries="3")

    def between(staged: Staged, table: LakeTable) -> None:
        decide(staged, table)
        put(tmp_path / "lake/numbers", numbers(0, 1))

    monkeypatch.setattr(writing, "decide", between)
    delivery = LoggedDelivery(system, NUMBERED, [update(1, 1, "mine")])
    with pytest.raises(SystemFailure, match="at each of 3 tries") as refused:
        system.write(delivery)
    assert refused.value.code == "SYSTEM_BUSY"
    monkeypatch.undo()
    delivery.recover()
    system.write(delivery)
    assert delivery.states() == {1: "applied"}


def test_an_empty_delivery_commits_nothing(tmp_path: Path) -> None:
    put(tmp_path / "lake/numbers", numbers(0, 2))
    system = lake(tmp_path)
    system.write(LoggedDelivery(system, NUMBERED, []))
    assert DeltaTable(tmp_path / "lake/numbers").version() == 0


@pytest.mark.parametrize(
    "hostile", ['a"b', "a'b", "a.b", "a;b", "a b", "select", "Zürich", "_change_type2", "v0", "UPPER"]
)
def test_names_of_columns_may_be_hostile(tmp_path: Path, hostile: str) -> None:
    odd = entity("odd", {"Id": DataType("int"), hostile: DataType("text"), "Text": DataType("text")})
    system = lake(tmp_path, create="on")
    system.write(LoggedDelivery(system, odd, [Change(1, "insert", {"Id": 1}, {hostile: "it's", "Text": "x"})]))
    mark = whole(system, odd).mark
    system.write(
        LoggedDelivery(
            system, odd, [Change(1, "update", {"Id": 1}, {hostile: '"; DROP'}, before={hostile: "it's"})], id="run-2"
        )
    )
    assert whole(system, odd).rows == [{"Id": 1, hostile: '"; DROP', "Text": "x"}]
    assert since(system, odd, mark).rows == [{"Id": 1, hostile: '"; DROP', "Text": "x"}]
