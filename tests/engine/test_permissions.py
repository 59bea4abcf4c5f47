"""What a map may do to its target: create, update, each under a condition; and what becomes of the rest."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop, orders

DRAFTS = (
    "allow: {create: true, update: target.State <> 'Posted'}\n"
    "fields: {Title: title, State: {value: Draft, write: create}}"
)


def test_a_posted_row_is_not_changed_and_a_draft_is(shop: Shop) -> None:
    shop.map(DRAFTS).put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"), (3, "C", "Lamp"))).run()
    shop.sql("UPDATE books.sales SET State = 1 WHERE Number IN ('A', 'C')")
    shop.put("store.orders", {"id": 1, "title": "Stool"}, {"id": 2, "title": "Table"}, {"id": 3, "currency": "EUR"})
    assert shop.one() == {"rejected": 1, "updated": 1, "unchanged": 1}
    assert shop.rejects() == [("1", "rejected", "UPDATE_NOT_ALLOWED")]
    assert shop.sales() == [("A", "Chair"), ("B", "Table"), ("C", "Lamp")]


def test_a_row_that_may_be_changed_again_is_resolved(shop: Shop) -> None:
    shop.map(DRAFTS).put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.sql("UPDATE books.sales SET State = 1").put("store.orders", {"id": 1, "title": "Stool"})
    assert shop.one() == {"rejected": 1}
    shop.sql("UPDATE books.sales SET State = 0")
    assert shop.one() == {"updated": 1}
    assert shop.rejects() == []
    assert shop.sales() == [("A", "Stool")]


def test_a_condition_that_is_null_allows_nothing(shop: Shop) -> None:
    shop.map("allow: {update: target.State <> 'Posted'}").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.put("store.orders", {"id": 1, "title": "Stool"})
    assert shop.one() == {"rejected": 1}
    assert shop.rejects() == [("1", "rejected", "UPDATE_NOT_ALLOWED")]


def test_a_condition_may_ask_the_row_itself(shop: Shop) -> None:
    shop.map("allow: {create: status = 'Open', update: quantity > target.Count}\nfields: {Count: quantity}")
    shop.put("store.orders", {"id": 1, "number": "A", "quantity": 5, "status": 2})
    shop.put("store.orders", {"id": 2, "number": "B", "quantity": 5, "status": 1})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("2", "rejected", "TARGET_MISSING")]
    shop.put("store.orders", {"id": 1, "quantity": 4}, {"id": 2, "status": 2})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "UPDATE_NOT_ALLOWED")]
    shop.put("store.orders", {"id": 1, "quantity": 6})
    assert shop.one() == {"updated": 1}
    assert shop.sales("Number Count") == [("A", 6), ("B", 5)]


@pytest.mark.parametrize(
    ("policy", "fates", "open_rows"),
    [
        ("", {"updated": 1, "rejected": 1}, [("2", "rejected", "TARGET_MISSING")]),
        ("absent: reject\n", {"updated": 1, "rejected": 1}, [("2", "rejected", "TARGET_MISSING")]),
        ("absent: hold\n", {"updated": 1, "held": 1}, [("2", "held", "TARGET_MISSING")]),
        ("absent: skip\n", {"updated": 1, "filtered": 1}, []),
    ],
)
def test_a_row_that_may_only_update_and_finds_none(
    shop: Shop, policy: str, fates: dict[str, int], open_rows: list[tuple[str, str, str]]
) -> None:
    shop.map(policy + "allow: [update]").put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.sql("INSERT INTO books.sales (Number, Title, Kind, Version) VALUES ('A', 'Old', 'kept', 7)")
    assert shop.one() == fates
    assert shop.rejects() == open_rows
    assert shop.sales("Number Title Kind Version") == [("A", "Chair", "kept", 8)]


@pytest.mark.parametrize("policy", ["reject", "hold", "skip"])
def test_an_absent_row_that_appears_is_written(shop: Shop, policy: str) -> None:
    shop.map(f"absent: {policy}\nallow: [update]").put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.sql("INSERT INTO books.sales (Number, Version) VALUES ('A', 1)").run()
    shop.sql("INSERT INTO books.sales (Number, Version) VALUES ('B', 1)")
    assert shop.one()["updated"] == 1
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    assert shop.rejects() == []


def test_a_row_that_was_skipped_is_not_counted_as_missing(shop: Shop) -> None:
    shop.map("absent: skip\nallow: {create: status = 'Open'}").put("store.orders", *orders((1, "A", "Chair")))
    assert shop.one() == {"filtered": 1}
    assert shop.findings() == {}
    assert shop.one(full=True) == {"filtered": 1}
    assert shop.findings() == {}
    assert shop.read("SELECT count(*) FROM crosswalk.lineage") == [(0,)]


def test_a_leg_that_only_creates_refuses_rows_that_others_made(shop: Shop) -> None:
    shop.map("allow: [create]").put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.sql("INSERT INTO books.sales (Number, Title) VALUES ('A', 'Theirs')")
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "TARGET_EXISTS")]
    assert shop.sales() == [("A", "Theirs"), ("B", "Desk")]
    shop.remove("books.sales", "Number = 'A'")
    assert shop.one() == {"inserted": 1}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]


def test_a_leg_that_only_creates_does_not_judge_delivered_rows_again(shop: Shop) -> None:
    shop.map("allow: [create]\nfields: {Title: {from: title, required: reject}}")
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.put("store.orders", {"id": 1, "title": None}, {"id": 2, "title": "Other"})
    assert shop.one() == {}
    assert shop.one(full=True) == {"unchanged": 2}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    assert shop.rejects() == []


def test_a_second_row_with_the_key_of_a_delivered_one_exists_already(shop: Shop) -> None:
    shop.map("allow: [create]").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.put("store.orders", *orders((2, "A", "Desk")))
    assert shop.one() == {"rejected": 1}
    assert shop.rejects() == [("2", "rejected", "TARGET_EXISTS")]
    assert shop.sales() == [("A", "Chair")]


SPARED = """
filter: status = 'Open'
on_leave: delete
allow: {create: true, update: true, delete: target.State <> 'Posted'}
fields: {Title: title, State: {value: Draft, write: create}}
"""


@pytest.mark.parametrize("gone", [False, True])
def test_a_row_that_may_not_be_removed_stays_and_is_reported(shop: Shop, gone: bool) -> None:
    two = orders((1, "A", "Chair"), (2, "B", "Desk"))
    shop.map(SPARED).put("store.orders", *({**row, "status": 2} for row in two))
    assert shop.one() == {"inserted": 2}
    shop.sql("UPDATE books.sales SET State = 1 WHERE Number = 'A'")
    if gone:
        shop.remove("store.orders", "TRUE")
    else:
        shop.put("store.orders", {"id": 1, "status": 3}, {"id": 2, "status": 3})
    assert shop.one(allow=("empty_source",)) == {"deleted": 1, "filtered": 1}
    assert shop.sales("Number State") == [("A", 1)]
    assert ("LEFT_FILTER", 1) in [(one.code, one.count) for one in shop.leg("orders").findings]


def test_rows_that_may_never_be_removed_stay_and_are_reported(shop: Shop) -> None:
    shop.map("on_leave: delete\nallow: {delete: false}").put(
        "store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))
    )
    shop.run()
    shop.sql("DELETE FROM store.orders WHERE id = 2")
    shop.run()
    assert shop.last is not None
    leg = shop.last.legs[0]
    assert (leg.fates["deleted"], leg.fates["filtered"]) == (0, 1)
    assert [(found.code, found.count) for found in leg.findings] == [("LEFT_FILTER", 1)]
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
