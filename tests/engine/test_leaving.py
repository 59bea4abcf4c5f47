"""Rows that leave: out of the filter, out of the source, or marked as deleted."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop, orders

OPEN = "filter: status = 'Open'\n"


def two(shop: Shop, lines: str) -> Shop:
    """Deliver two open orders."""
    rows = orders((1, "A", "Chair"), (2, "B", "Desk"))
    shop.map(lines).put("store.orders", *(row | {"status": 2} for row in rows))
    shop.run()
    return shop


@pytest.mark.parametrize(("policy", "found"), [("report", {"LEFT_FILTER": (1, "1")}), ("keep", {})])
def test_a_row_that_leaves_the_filter_stays_in_the_target(shop: Shop, policy: str, found: dict[str, object]) -> None:
    two(shop, OPEN + f"on_leave: {policy}").put("store.orders", {"id": 1, "status": 3, "title": "Late"})
    assert shop.one() == {"filtered": 1}
    assert shop.findings() == found
    assert shop.sales("Number Title Version") == [("A", "Chair", 1), ("B", "Desk", 1)]
    assert shop.one() == {}
    assert shop.findings() == {}


def test_a_row_that_leaves_the_filter_is_deleted_where_the_map_says_so(shop: Shop) -> None:
    two(shop, OPEN + "on_leave: delete").put("store.orders", {"id": 1, "status": 3})
    assert shop.one() == {"deleted": 1}
    assert shop.sales() == [("B", "Desk")]
    (change,) = shop.leg().changes
    assert (change.target_key, change.fate, change.cells["Title"]) == ("A", "deleted", ("Chair", None))
    assert shop.leg().effects == {"books.sales": 1}
    assert shop.one() == {}


@pytest.mark.parametrize(
    ("policy", "fates"), [("report", {"updated": 1}), ("keep", {"updated": 1}), ("delete", {"inserted": 1})]
)
def test_a_row_that_comes_back_into_the_filter_is_delivered_again(
    shop: Shop, policy: str, fates: dict[str, int]
) -> None:
    two(shop, OPEN + f"on_leave: {policy}").put("store.orders", {"id": 1, "status": 3}).run()
    shop.put("store.orders", {"id": 1, "status": 2, "title": "Stool"})
    assert shop.one() == fates
    assert shop.sales() == [("A", "Stool"), ("B", "Desk")]
    assert shop.one(full=True) == {"unchanged": 2}


@pytest.mark.parametrize(("policy", "found"), [("report", {"LEFT_FILTER": (1, "1")}), ("keep", {})])
def test_a_row_that_is_gone_stays_in_the_target(shop: Shop, policy: str, found: dict[str, object]) -> None:
    two(shop, f"on_leave: {policy}").remove("store.orders", "id = 1")
    assert shop.one() == {"filtered": 1}
    assert shop.findings() == found
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    assert shop.one() == {}
    shop.put("store.orders", *orders((1, "A", "Chair")))
    assert shop.one() == {"unchanged": 1}


def test_a_row_that_is_gone_is_deleted_where_the_map_says_so(shop: Shop) -> None:
    two(shop, "on_leave: delete").remove("store.orders", "id = 1")
    assert shop.one() == {"deleted": 1}
    assert shop.sales() == [("B", "Desk")]
    assert shop.one() == {}
    shop.put("store.orders", *orders((1, "A", "Chair")))
    assert shop.one() == {"inserted": 1}


def test_a_full_run_finds_rows_that_are_gone_too(shop: Shop) -> None:
    two(shop, "on_leave: delete").remove("store.orders", "id = 1")
    assert shop.one(full=True) == {"deleted": 1, "unchanged": 1}
    assert shop.sales() == [("B", "Desk")]


def test_a_gone_row_whose_target_is_gone_too_is_only_counted(shop: Shop) -> None:
    two(shop, "on_leave: delete").remove("store.orders", "id = 1").remove("books.sales", "Number = 'A'")
    assert shop.one() == {"filtered": 1}
    assert shop.one() == {}


def test_rows_made_by_others_are_never_deleted(shop: Shop) -> None:
    two(shop, OPEN + "on_leave: delete").sql("INSERT INTO books.sales (Number) VALUES ('X'), ('Y')")
    shop.put("store.orders", {"id": 3, "number": "X", "status": 3}, {"id": 1, "status": 3})
    assert shop.one() == {"deleted": 1, "filtered": 1}
    assert shop.sales("Number") == [("B",), ("X",), ("Y",)]


def test_a_row_that_leaves_with_a_new_key_takes_away_its_own_row_and_no_other(shop: Shop) -> None:
    two(shop, OPEN + "on_leave: delete").put("store.orders", {"id": 1, "number": "B", "status": 3})
    assert shop.one() == {"deleted": 1}
    assert shop.sales() == [("B", "Desk")]
    assert shop.one(full=True) == {"unchanged": 1, "filtered": 1}


def test_a_row_that_leaves_with_a_new_target_is_taken_from_the_old_one(shop: Shop) -> None:
    two(
        shop,
        OPEN + "on_leave: delete\ntargets:\n- {target: books.sales, when: quantity = 1}\n"
        "- {target: books.fees, when: quantity is null}",
    )
    shop.put("store.orders", {"id": 1, "quantity": 1, "status": 3})
    assert shop.one() == {"deleted": 1}
    assert shop.rows("books.fees", "Number") == [("B",)]


def test_a_deletion_stays_inside_the_scope(shop: Shop) -> None:
    two(shop, "scope: Kind = 'shop'\non_leave: delete\nfields: {Title: title, Kind: {value: shop}}")
    shop.sql("INSERT INTO books.sales (Number, Kind) VALUES ('A', 'web')").remove("store.orders", "id = 1")
    assert shop.one() == {"deleted": 1}
    assert shop.sales("Number Kind") == [("A", "web"), ("B", "shop")]


def test_a_gone_row_is_deleted_from_the_target_that_took_it(shop: Shop) -> None:
    two(
        shop,
        "on_leave: delete\ntargets:\n- {target: books.sales, when: quantity = 1}\n"
        "- {target: books.fees, when: quantity is null}",
    )
    assert shop.rows("books.fees", "Number") == [("A",), ("B",)]
    shop.put("store.orders", {"id": 3, "number": "C", "quantity": 1}, {"id": 4, "number": "D", "quantity": 1})
    assert shop.one() == {"inserted": 2}
    shop.remove("store.orders", "id IN (2, 3)")
    assert shop.one() == {"deleted": 2}
    assert shop.rows("books.fees", "Number") == [("A",)]
    assert shop.sales("Number") == [("D",)]
    assert shop.one() == {}


@pytest.fixture
def marked(shop: Shop) -> Shop:
    """Orders that are marked as deleted, not removed."""
    shop.edit("store.orders", "columns:\n", "deleted: void\ncolumns:\n  void: {type: boolean}\n")
    return shop


def test_a_tombstone_counts_as_gone(marked: Shop) -> None:
    two(marked, "on_leave: delete").put("store.orders", {"id": 1, "void": True})
    assert marked.one() == {"deleted": 1}
    assert marked.sales() == [("B", "Desk")]
    assert marked.one(full=True) == {"unchanged": 1}
    marked.put("store.orders", {"id": 1, "void": False})
    assert marked.one() == {"inserted": 1}


def test_a_tombstone_is_reported_where_nothing_is_deleted(marked: Shop) -> None:
    two(marked, "").put("store.orders", {"id": 1, "void": True})
    assert marked.one() == {"filtered": 1}
    assert marked.findings() == {"LEFT_FILTER": (1, "1")}
    assert marked.sales() == [("A", "Chair"), ("B", "Desk")]


def test_a_row_that_was_never_delivered_and_has_a_tombstone_is_no_row(marked: Shop) -> None:
    two(marked, "").put("store.orders", {"id": 3, "number": None, "void": True})
    assert marked.one() == {}
    assert marked.rejects() == []


def test_an_open_row_that_gets_a_tombstone_is_resolved(marked: Shop) -> None:
    two(marked, "").put("store.orders", {"id": 3, "title": "No number"})
    assert marked.one() == {"rejected": 1}
    marked.put("store.orders", {"id": 3, "void": True})
    assert marked.one() == {}
    assert marked.rejects() == []
    assert marked.read("SELECT source_key, state FROM crosswalk.rejects") == [("3", "resolved")]


def test_a_leg_that_only_creates_keeps_what_it_made_and_does_not_judge_it_again(shop: Shop) -> None:
    two(shop, OPEN + "allow: [create]\non_leave: delete").put("store.orders", {"id": 1, "status": 3, "title": "Other"})
    assert shop.one() == {}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    shop.put("store.orders", {"id": 1, "status": 2})
    assert shop.one() == {}
    assert shop.rejects() == []
    shop.remove("store.orders", "id = 1")
    assert shop.one() == {}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]


def test_a_row_that_takes_over_the_key_of_one_that_is_gone_keeps_the_target_row(shop: Shop) -> None:
    shop.map("on_leave: delete").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.remove("store.orders", "id = 1").put("store.orders", *orders((2, "A", "Desk")))
    assert shop.one() == {"updated": 1, "filtered": 1}
    assert shop.sales() == [("A", "Desk")]
    assert shop.one(full=True) == {"unchanged": 1}


def test_a_row_that_takes_over_the_key_of_one_that_leaves_keeps_the_target_row(shop: Shop) -> None:
    shop.map("on_leave: delete\nfilter: quantity is null").put("store.orders", *orders((1, "A", "Chair"))).run()
    shop.put("store.orders", {"id": 1, "quantity": 1}, *orders((2, "A", "Desk")))
    assert shop.one() == {"updated": 1, "filtered": 1}
    assert shop.sales() == [("A", "Desk")]
    assert shop.one(full=True) == {"unchanged": 1, "filtered": 1}
