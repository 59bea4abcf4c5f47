"""Keys: a null part, one key twice, the same row twice."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop, orders

TWO_PARTS = "target: books.lines\nkey: {Order: number, Place: quantity}\nfields: {Text: title}"
LINES = """
key: [Order, Place]
columns:
  Order: {type: text(20), required: true}
  Place: {type: int, required: true}
  Text: {type: text(20)}
"""


def test_a_key_that_is_null_is_rejected_and_the_rest_goes_on(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, None, "Chair"), (2, "B", "Desk")))
    assert shop.one() == {"inserted": 1, "rejected": 1}
    (reject,) = shop.open_rows()
    assert (reject.key, reject.code, reject.column, reject.value) == ("1", "KEY_NULL", "Number", None)
    assert reject.place == "orders.map.yaml:5"
    assert shop.one() == {"rejected": 1}


def test_a_null_in_one_part_of_a_key_is_rejected(shop: Shop) -> None:
    shop.entity("books.lines", LINES)
    shop.map(TWO_PARTS)
    rows = orders((1, "A", "Chair"), (2, "A", "Desk"), (3, "A", "Lamp"), (4, None, "Sofa"))
    shop.put("store.orders", *(row | {"quantity": part} for row, part in zip(rows, (1, 2, None, 1), strict=True)))
    assert shop.one() == {"inserted": 2, "rejected": 2}
    assert [(one.key, one.code, one.column) for one in shop.open_rows()] == [
        ("3", "KEY_NULL", "Place"),
        ("4", "KEY_NULL", "Order"),
    ]
    assert shop.rows("books.lines", "Order Place Text") == [("A", 1, "Chair"), ("A", 2, "Desk")]


def test_parts_of_a_key_that_would_run_together_stay_apart(shop: Shop) -> None:
    shop.entity("books.lines", LINES.replace("Place: {type: int", "Place: {type: text(20)"))
    shop.map(TWO_PARTS.replace("quantity", "currency"))
    shop.put("store.orders", {"id": 1, "number": "a|b", "currency": "c"}, {"id": 2, "number": "a", "currency": "b|c"})
    assert shop.one() == {"inserted": 2}
    assert shop.one(full=True) == {"unchanged": 2}
    keys = {row[0] for row in shop.read("SELECT target_key FROM crosswalk.lineage")}
    assert keys == {"a\\|b|c", "a|b\\|c"}


def test_two_orders_with_one_key_are_both_rejected(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "A", "Desk"), (3, "B", "Lamp")))
    assert shop.one() == {"inserted": 1, "rejected": 2}
    assert shop.rejects() == [("1", "rejected", "KEY_DUPLICATE"), ("2", "rejected", "KEY_DUPLICATE")]
    assert [one.value for one in shop.open_rows()] == ["A", "A"]
    assert shop.sales("Number") == [("B",)]
    shop.put("store.orders", {"id": 2, "number": "C"})
    assert shop.one() == {"inserted": 2}
    assert shop.sales() == [("A", "Chair"), ("B", "Lamp"), ("C", "Desk")]


def test_keys_that_only_become_equal_by_the_map_are_duplicates(shop: Shop) -> None:
    shop.map("key: {Number: {from: number, upper: true}}").put(
        "store.orders", *orders((1, "a", "x"), (2, "A", "y"), (3, "b", "z"))
    )
    assert shop.one() == {"inserted": 1, "rejected": 2}
    assert shop.sales("Number") == [("B",)]


def test_a_row_that_is_rejected_for_something_else_duplicates_nothing(shop: Shop) -> None:
    shop.map("fields: {Title: {from: title, required: reject}}")
    shop.put("store.orders", *orders((1, "A", None), (2, "A", "Desk")))
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "REQUIRED_NULL")]


def test_a_row_that_stands_twice_in_the_source_is_delivered_once(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.sql("INSERT INTO store.orders SELECT * FROM store.orders WHERE id = 1")
    assert shop.one() == {"inserted": 2, "superseded": 1}
    assert shop.sales() == [("A", "Chair"), ("B", "Desk")]
    assert shop.one() == {}
    assert shop.one(full=True) == {"unchanged": 2, "superseded": 1}
    assert shop.rejects() == []


@pytest.mark.parametrize("number", ["A", "Z"])
def test_one_source_key_with_two_contents_has_both_rejected(shop: Shop, number: str) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.sql(
        f"INSERT INTO store.orders SELECT * REPLACE ('{number}' AS number, 'Stool' AS title)"
        " FROM store.orders WHERE id = 1"
    )
    assert shop.one() == {"inserted": 1, "rejected": 2}
    assert {code for _, _, code in shop.rejects()} == {"KEY_DUPLICATE"}
    assert shop.one() == {"rejected": 2}
    assert shop.sales() == [("B", "Desk")]
    shop.remove("store.orders", "title = 'Stool'")
    assert shop.one() == {"inserted": 1}
    assert shop.rejects() == []
