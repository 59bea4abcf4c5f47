"""Changes arrive once and whole: inserted, updated, removed, refused row by row, and never over what somebody else did."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crosswalk.exchange import Change
from tests.conformance.bench import Bench, Entry
from tests.conformance.copies import Copy
from tests.conformance.landed import Row
from tests.conformance.sent import deliver, differences, held, inserts, unstamped, update
from tests.conformance.shapes import LINES, START, THINGS, extreme_things, guid, lines, thing


@pytest.mark.behaviour("every type written exact")
def test_every_value_is_written_as_it_stands(entry: Entry, bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    rows = held(entry, extreme_things())
    delivery = deliver(system, entity, inserts(system, entity, rows))
    assert set(delivery.states().values()) == {"applied"}, delivery.acks
    assert differences(unstamped(bench.rows(entity), entity), unstamped(rows, entity)) == []


@pytest.mark.behaviour("insert and read back")
def test_what_was_written_is_what_is_read(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    rows = [thing(n) for n in range(1, 30)]
    deliver(system, entity, inserts(system, entity, rows))
    copy = Copy(entity)
    copy.read(bench.open())
    assert unstamped(copy.rows.values(), entity) == unstamped(rows, entity)


@pytest.mark.behaviour("upsert idempotent")
@pytest.mark.parametrize("id", ["run-1", "run-2"])
def test_the_same_rows_twice_have_one_effect(entry: Entry, bench: Bench, id: str) -> None:
    entity, system = bench.make(THINGS), bench.open()
    rows = [thing(n) for n in range(1, 8)]
    deliver(system, entity, inserts(system, entity, rows), id="run-1")
    again = deliver(bench.open(), entity, inserts(system, entity, rows), id=id)
    assert set(again.states().values()) <= ({"applied"} if entry.upserts else {"applied", "refused"}), again.acks
    assert unstamped(bench.rows(entity), entity) == unstamped(rows, entity)


@pytest.mark.behaviour("update touches only its columns")
def test_an_update_leaves_all_other_cells_alone(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    rows = [thing(1, Note="keep"), thing(2, Note="keep too")]
    bench.put(entity, rows)
    delivery = deliver(system, entity, [update(system, entity, 1, {"Id": guid(1)}, Name="new", Amount=None)])
    assert delivery.states() == {1: "applied"}, delivery.acks
    wanted = [{**rows[0], "Name": "new", "Amount": None}, rows[1]]
    assert unstamped(bench.rows(entity), entity) == unstamped(wanted, entity)


@pytest.mark.behaviour("composite keys")
def test_rows_with_a_key_of_several_columns_are_written_and_changed(bench: Bench) -> None:
    entity, system = bench.make(LINES), bench.open()
    key: Row = {"Company": "usmf", "Number": "A|1/2", "Line": 1}
    row: Row = {**key, "Text": "old", "modifiedon": START, "versionnumber": 1}
    deliver(system, entity, inserts(system, entity, [row, {**row, "Line": 2}]))
    deliver(system, entity, [update(system, entity, 1, key, Text="new")])
    found = unstamped(bench.rows(entity), entity)
    assert {k: r["Text"] for k, r in found.items()} == {("usmf", "A|1/2", 1): "new", ("usmf", "A|1/2", 2): "old"}


@pytest.mark.behaviour("partial failure")
def test_one_bad_row_is_refused_with_a_code_and_the_others_are_applied(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    rows = [thing(1), thing(2, Name="x" * 60), thing(3)]
    delivery = deliver(system, entity, inserts(system, entity, rows))
    assert delivery.states() == {1: "applied", 2: "refused", 3: "applied"}, delivery.acks
    assert delivery.acks[2].code
    assert delivery.acks[2].message
    assert unstamped(bench.rows(entity), entity) == unstamped([rows[0], rows[2]], entity)


@pytest.mark.behaviour("groups")
def test_rows_of_a_group_are_written_together_or_not_at_all(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    rows = [thing(1), thing(2), thing(3, Name="x" * 60), thing(4)]
    groups = ("a", "b", "b", None)
    changes = [replace(c, group=g) for c, g in zip(inserts(system, entity, rows), groups, strict=True)]
    delivery = deliver(system, entity, changes)
    assert delivery.states() == {1: "applied", 2: "refused", 3: "refused", 4: "applied"}, delivery.acks
    assert sorted(unstamped(bench.rows(entity), entity)) == [(guid(1),), (guid(4),)]


@pytest.mark.behaviour("update of a missing row")
def test_an_update_of_a_row_that_is_not_there_makes_none(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    delivery = deliver(system, entity, [update(system, entity, 1, {"Id": guid(1)}, Name="new")])
    assert delivery.states()[1] in ("refused", "stale"), delivery.acks
    assert bench.rows(entity) == []


@pytest.mark.behaviour("conflict by version")
def test_a_row_whose_version_moved_on_is_stale_and_nothing_is_written_over(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    bench.put(entity, [thing(1), thing(2)])
    copy = Copy(entity)
    copy.read(system)
    versions = {key[0]: str(row["versionnumber"]) for key, row in copy.rows.items()}
    later = START + timedelta(hours=1)
    bench.change(entity, {"Id": guid(1)}, {"Name": "theirs", "modifiedon": later, "versionnumber": 90})
    changes = [
        replace(update(system, entity, n, {"Id": guid(n)}, Name="ours"), version=versions[guid(n)]) for n in (1, 2)
    ]
    delivery = deliver(system, entity, changes)
    assert delivery.states() == {1: "stale", 2: "applied"}, delivery.acks
    found = unstamped(bench.rows(entity), entity)
    assert [found[(guid(n),)]["Name"] for n in (1, 2)] == ["theirs", "ours"]


@pytest.mark.behaviour("conflict by cells")
def test_a_row_whose_cells_are_not_as_they_were_is_stale_and_nothing_is_written_over(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    bench.put(entity, [thing(1, Note="theirs"), thing(2, Note=None), thing(3, Note=None, Amount=None)])
    befores: tuple[Row, ...] = ({"Note": "as we read it"}, {"Note": None}, {"Note": None, "Amount": None})
    changes = [
        replace(update(system, entity, n, {"Id": guid(n)}, Note="ours"), before=before)
        for n, before in enumerate(befores, 1)
    ]
    delivery = deliver(system, entity, changes)
    assert delivery.states() == {1: "stale", 2: "applied", 3: "applied"}, delivery.acks
    found = unstamped(bench.rows(entity), entity)
    assert [found[(guid(n),)]["Note"] for n in (1, 2, 3)] == ["theirs", "ours", "ours"]


@pytest.mark.behaviour("delete")
def test_a_delete_removes_its_row_and_one_that_is_gone_already_is_no_failure(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    bench.put(entity, [thing(1), thing(2)])
    delivery = deliver(
        system, entity, [Change(1, "delete", {"Id": guid(1)}, {}), Change(2, "delete", {"Id": guid(7)}, {})]
    )
    assert delivery.states()[1] == "applied", delivery.acks
    assert delivery.states()[2] in ("applied", "stale"), delivery.acks
    assert sorted(unstamped(bench.rows(entity), entity)) == [(guid(2),)]


@pytest.mark.behaviour("delete with precondition")
def test_a_delete_of_a_row_that_moved_on_is_stale(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    bench.put(entity, [thing(1)])
    delivery = deliver(system, entity, [Change(1, "delete", {"Id": guid(1)}, {}, version="987654")])
    assert delivery.states() == {1: "stale"}, delivery.acks
    assert len(bench.rows(entity)) == 1


@pytest.mark.behaviour("all operations in one delivery")
def test_inserts_updates_and_deletes_go_in_one_delivery(bench: Bench, tmp_path: Path) -> None:
    entity, system = bench.make(THINGS), bench.open()
    bench.put(entity, [thing(1), thing(2)])
    changes = [
        *inserts(system, entity, [thing(3)]),
        update(system, entity, 2, {"Id": guid(1)}, Name="new"),
        Change(3, "delete", {"Id": guid(2)}, {}),
    ]
    delivery = deliver(system, entity, changes, log=tmp_path / "log")
    assert set(delivery.states().values()) == {"applied"}, delivery.acks
    wanted = [thing(1, Name="new"), thing(3)]
    assert unstamped(bench.rows(entity), entity) == unstamped(wanted, entity)


@pytest.mark.behaviour("nothing to write")
def test_a_delivery_without_changes_is_done_at_once(bench: Bench) -> None:
    entity, system = bench.make(THINGS), bench.open()
    bench.put(entity, [thing(1)])
    deliver(system, entity, [])
    assert len(bench.rows(entity)) == 1


@pytest.mark.behaviour("large batch split")
def test_five_thousand_rows_arrive_once_each(bench: Bench) -> None:
    entity, system = bench.make(LINES), bench.open()
    rows = lines(5000)
    delivery = deliver(system, entity, inserts(system, entity, rows))
    assert set(delivery.states().values()) == {"applied"}
    assert unstamped(bench.rows(entity), entity) == unstamped(rows, entity)
