"""Rows that a person dismissed: closed with a reason, not looked at again as they are, and lost never."""

from __future__ import annotations

import getpass

import pytest

from crosswalk import api
from crosswalk.errors import StoppedError, UsageError
from tests.engine.shop import Shop, now, orders

HELD = "requires: [{that: customer.country = 'NO', else: NO_COUNTRY}]"


@pytest.fixture
def broken(shop: Shop) -> Shop:
    """Of four orders two cannot go on: 2 has no number, 3 waits for its customer."""
    shop.map(HELD).put("store.customers", {"id": 1, "country": "NO"}, {"id": 2})
    rows = orders((1, "A", "a"), (2, None, "b"), (3, "C", "c"), (4, "D", "d"))
    shop.put("store.orders", *(row | {"customer": 2 if row["id"] == 3 else 1} for row in rows))
    assert shop.one() == {"inserted": 2, "rejected": 1, "held": 1}
    return shop


def dismiss(shop: Shop, key: str, reason: str = "a test order") -> None:
    api.dismiss(shop.loaded, "orders", reason, key=key)


def entries(shop: Shop) -> list[tuple[object, ...]]:
    """All that is kept: key, code, state, attempts."""
    return shop.read("SELECT source_key, code, state, attempts FROM crosswalk.rejects ORDER BY source_key, rowid")


def test_a_dismissed_row_is_neither_listed_nor_tried(broken: Shop) -> None:
    dismiss(broken, "2")
    dismiss(broken, "3")
    assert broken.rejects() == []
    assert broken.one() == {}
    assert broken.retry() == {"orders": {}}
    assert [state for _, _, state, _ in entries(broken)] == ["dismissed", "dismissed"]


def test_it_is_kept_who_dismissed_a_row_when_and_why(broken: Shop) -> None:
    before = now()
    dismiss(broken, "2", "  never posted ")
    (row,) = broken.read(
        'SELECT note, resolved_by, resolved_at, resolved_run, source_row LIKE \'%"id":"2"%\''
        " FROM crosswalk.rejects WHERE state = 'dismissed'"
    )
    note, user, at, run, whole = row
    assert (note, user, run, whole) == ("never posted", getpass.getuser(), None, True)
    assert before <= at <= now()
    (kept,) = api.rejects(broken.loaded, "orders", "KEY_NULL", closed=True)
    assert (kept.state, kept.note, kept.resolved_by) == ("dismissed", "never posted", getpass.getuser())
    (story,) = api.why(broken.loaded, "orders", "2")
    assert [reject.state for reject in story.open_rows] == ["dismissed"]
    assert story.now == "rejected"


def test_rows_are_dismissed_by_their_reason_too(broken: Shop) -> None:
    broken.put("store.orders", {"id": 5, "number": None, "customer": 1}).run()
    assert [reject.key for reject in api.dismiss(broken.loaded, "orders", "no", code="KEY_NULL")] == ["2", "5"]
    assert broken.rejects() == [("3", "held", "NO_COUNTRY")]


def test_a_full_run_leaves_a_row_dismissed_while_the_same_is_wrong_with_it(broken: Shop) -> None:
    dismiss(broken, "2")
    dismiss(broken, "3")
    assert broken.one(full=True) == {"unchanged": 2, "rejected": 1, "held": 1}
    assert [(key, state) for key, _, state, _ in entries(broken)] == [("2", "dismissed"), ("3", "dismissed")]


def test_another_plan_leaves_a_row_dismissed_while_the_same_is_wrong_with_it(broken: Shop) -> None:
    dismiss(broken, "2")
    broken.map(HELD + "\nfields: {Title: title, Kind: currency}")
    assert broken.one() == {"unchanged": 2, "rejected": 1, "held": 1}
    assert broken.rejects() == [("3", "held", "NO_COUNTRY")]


def test_a_dismissed_row_that_changes_is_examined_and_rejected_anew(broken: Shop) -> None:
    dismiss(broken, "2")
    broken.put("store.orders", {"id": 2, "title": "other"})
    assert broken.one()["rejected"] == 1
    assert broken.rejects() == [("2", "rejected", "KEY_NULL"), ("3", "held", "NO_COUNTRY")]
    assert [entry for entry in entries(broken) if entry[0] == "2"] == [
        ("2", "KEY_NULL", "dismissed", 1),
        ("2", "KEY_NULL", "open", 1),
    ]


def test_a_dismissed_row_with_another_thing_wrong_is_open_again(broken: Shop) -> None:
    dismiss(broken, "3")
    broken.map(HELD.replace("NO_COUNTRY", "OTHER"))
    assert broken.one() == {"unchanged": 2, "held": 1, "rejected": 1}
    assert broken.rejects() == [("2", "rejected", "KEY_NULL"), ("3", "held", "OTHER")]


def test_a_dismissed_row_that_is_mended_is_delivered(broken: Shop) -> None:
    dismiss(broken, "2")
    broken.put("store.orders", {"id": 2, "number": "B"})
    assert broken.one() == {"inserted": 1, "held": 1}
    assert ("B", "b") in broken.sales()
    assert broken.rejects() == [("3", "held", "NO_COUNTRY")]


@pytest.mark.parametrize("full", [False, True])
def test_what_a_dismissed_row_waited_for_lets_it_go_on(broken: Shop, full: bool) -> None:
    """Not the row is dismissed but what was wrong with it: initial and incremental runs agree on that."""
    dismiss(broken, "3")
    broken.put("store.customers", {"id": 2, "country": "NO"})
    assert broken.one(full=full)["inserted"] == 1
    assert ("C", "c") in broken.sales()


def test_a_row_that_goes_back_to_what_was_dismissed_loses_no_entry(broken: Shop) -> None:
    dismiss(broken, "2")
    broken.put("store.orders", {"id": 2, "title": "other"}).run()
    broken.put("store.orders", {"id": 2, "title": "b", "version": 1, "changed": "2025-01-01 04:00:00"})
    broken.run(full=True)
    assert len([entry for entry in entries(broken) if entry[0] == "2"]) == 2
    assert ("2", "rejected", "KEY_NULL") in broken.rejects()


def test_a_reopened_row_is_tried_again(broken: Shop) -> None:
    dismiss(broken, "2")
    assert [reject.key for reject in api.reopen(broken.loaded, "orders", "2")] == ["2"]
    assert broken.rejects() == [("2", "rejected", "KEY_NULL"), ("3", "held", "NO_COUNTRY")]
    assert broken.one() == {"rejected": 1, "held": 1}
    assert broken.read("SELECT DISTINCT note, resolved_by, resolved_at FROM crosswalk.rejects") == [(None, None, None)]


def test_of_a_row_that_was_dismissed_twice_one_entry_is_opened(broken: Shop) -> None:
    dismiss(broken, "2")
    broken.put("store.orders", {"id": 2, "title": "other"}).run()
    dismiss(broken, "2", "again")
    api.reopen(broken.loaded, "orders", "2")
    assert [state for key, _, state, _ in entries(broken) if key == "2"] == ["dismissed", "open"]


def test_a_set_is_not_complete_without_its_dismissed_member(shop: Shop) -> None:
    shop.map("all_or_nothing: {by: [customer], expect: count(*) = 2, else: SET_OPEN}")
    rows = orders((1, "A", "a"), (2, None, "b"), (3, "C", "c"))
    shop.put("store.orders", *(row | {"customer": 2 if row["id"] == 3 else 1} for row in rows))
    assert shop.one() == {"rejected": 1, "held": 2}
    for key in ("1", "2"):
        dismiss(shop, key)
    assert shop.one() == {"held": 1}
    assert shop.one(full=True) == {"rejected": 1, "held": 2}
    assert shop.rejects() == [("3", "held", "SET_OPEN")]
    shop.put("store.orders", {"id": 2, "number": "B"})
    assert shop.one() == {"inserted": 2, "held": 1}
    assert shop.rejects() == [("3", "held", "SET_OPEN")]


@pytest.mark.parametrize("full", [False, True])
def test_a_duplicate_does_not_pass_because_its_twin_is_dismissed(shop: Shop, full: bool) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"), (2, "A", "b"), (3, "C", "c")))
    assert shop.one() == {"inserted": 1, "rejected": 2}
    dismiss(shop, "1")
    assert shop.one(full=full)["rejected"] == 2
    assert shop.sales() == [("C", "c")]
    assert shop.rejects() == [("2", "rejected", "KEY_DUPLICATE")]


def test_a_dismissed_twin_that_changes_its_key_sets_the_other_free(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"), (2, "A", "b"), (3, "C", "c"))).run()
    dismiss(shop, "1")
    dismiss(shop, "2")
    shop.put("store.orders", {"id": 1, "number": "B"})
    assert shop.one() == {"inserted": 2}


def test_merged_rows_are_dismissed_as_the_one_that_they_make(shop: Shop) -> None:
    """The entry holds all rows of the unit: one that comes later makes it another."""
    shop.map(
        "source: store.parts\nmerge: {by: {Pair: order}, parts: {cost: item = 'cost', sales: item = 'sales'}}\n"
        "key: {Number: {concat: [merge.Pair]}}\nfields: {Amount: cost.amount}\nrequires: [{that: cost.amount > 9}]"
    )
    shop.put("store.parts", *({"id": n, "order": n, "item": "cost", "amount": 1} for n in (1, 2))).run()
    assert [key for key, _, _ in shop.rejects()] == ["1", "2"]
    dismiss(shop, "1")
    assert shop.one(full=True) == {"held": 2}
    assert [key for key, _, _ in shop.rejects()] == ["2"]
    shop.put("store.parts", {"id": 3, "order": 1, "item": "sales"}).run()
    assert [(reject.key, len(reject.rows)) for reject in shop.open_rows()] == [("1", 2), ("2", 1)]


def test_dismissed_rows_do_not_count_against_the_limit(shop: Shop) -> None:
    shop.map("limits: {rejects: {warn: 0}}").put("store.orders", *orders((1, "A", "a"), (2, None, "b")))
    shop.run()
    assert shop.last is not None
    assert shop.last.exit_code == 3
    dismiss(shop, "2")
    shop.run(full=True)
    assert shop.last.exit_code == 0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"reason": "  ", "key": "2"}, "REASON_MISSING"),
        ({"reason": "x"}, "ROWS_UNNAMED"),
        ({"reason": "x", "key": "1"}, "UNKNOWN_KEY"),
        ({"reason": "x", "code": "KEY_NUL"}, "UNKNOWN_KEY"),
        ({"reason": "x", "key": "2", "code": "NO_COUNTRY"}, "UNKNOWN_KEY"),
        ({"reason": "x", "wanted": "order", "key": "2"}, "UNKNOWN_MAP"),
    ],
)
def test_what_cannot_be_dismissed_is_refused_and_changes_nothing(
    broken: Shop, asked: dict[str, str], code: str
) -> None:
    before = broken.everything()
    with pytest.raises(UsageError) as refused:
        api.dismiss(broken.loaded, **{"wanted": "orders", **asked})
    assert refused.value.code == code
    assert broken.everything() == before


def test_nothing_is_dismissed_while_a_run_of_the_map_is_not_finished(broken: Shop) -> None:
    broken.sql(
        "INSERT INTO crosswalk.deliveries VALUES ('r', 'orders', '2025-01-01', 'incremental', '', NULL, NULL, '', NULL)"
    )
    with pytest.raises(StoppedError) as refused:
        dismiss(broken, "2")
    assert refused.value.code == "RUN_UNFINISHED"
    assert len(broken.rejects()) == 2
