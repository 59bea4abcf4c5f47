"""Rows that wait: requirements, and sets that go in as a whole or not at all."""

from __future__ import annotations

from tests.engine.shop import Shop, orders

READY = "requires:\n- {that: status = 'Open', else: NOT_OPEN}\n- {that: quantity > 0}\n"


def test_a_row_is_held_until_what_it_requires_is_there(shop: Shop) -> None:
    shop.map(READY)
    rows = orders((1, "A", "x"), (2, "B", "y"), (3, "C", "z"), (4, "D", "u"))
    values = ((2, 1), (1, 1), (None, 1), (2, 0))
    shop.put("store.orders", *(row | {"status": s, "quantity": q} for row, (s, q) in zip(rows, values, strict=True)))
    assert shop.one() == {"inserted": 1, "held": 3}
    assert shop.rejects() == [
        ("2", "held", "NOT_OPEN"),
        ("3", "held", "NOT_OPEN"),
        ("4", "held", "REQUIREMENT_NOT_MET"),
    ]
    assert shop.one() == {"held": 3}
    assert {one.attempts for one in shop.open_rows()} == {2}
    shop.put("store.orders", {"id": 2, "status": 2}, {"id": 4, "quantity": 5})
    assert shop.one() == {"inserted": 2, "held": 1}
    assert shop.sales("Number") == [("A",), ("B",), ("D",)]
    assert shop.rejects() == [("3", "held", "NOT_OPEN")]


def test_a_held_row_goes_on_when_another_table_changes(shop: Shop) -> None:
    shop.map("requires: [{that: customer.country = 'NO', else: NO_COUNTRY}]")
    shop.put("store.customers", {"id": 1}).put("store.orders", {"id": 1, "number": "A", "customer": 1})
    assert shop.one() == {"held": 1}
    shop.put("store.customers", {"id": 1, "country": "NO"})
    assert shop.one() == {"inserted": 1}


def test_the_first_reason_counts_lookups_then_requirements_then_key_then_fields(shop: Shop) -> None:
    shop.map(
        "lookups: {who: {in: store.customers, where: {id: customer}, else: FIRST}}\n"
        "requires: [{that: status = 'Open', else: SECOND}]\n"
        "fields: {Title: {from: title, required: reject, else: FOURTH}}"
    )
    shop.put("store.customers", {"id": 1}).put(
        "store.orders", {"id": 0, "number": "Z", "title": "z", "customer": 1, "status": 2}
    )
    row: dict[str, object] = {"number": None, "title": None, "customer": 2, "status": 1}
    shop.put(
        "store.orders", row | {"id": 1}, row | {"id": 2, "customer": 1}, row | {"id": 3, "customer": 1, "status": 2}
    )
    shop.put("store.orders", row | {"id": 4, "customer": 1, "status": 2, "number": "A"})
    assert shop.one() == {"inserted": 1, "rejected": 3, "held": 1}
    codes = ["FIRST", "SECOND", "KEY_NULL", "FOURTH"]
    assert [code for _, _, code in shop.rejects()] == codes


SET = (
    "all_or_nothing:\n  by: [customer]\n  expect: count(*) = who.size and sum(amount) < 100\n  else: SET_OPEN\n"
    "lookups: {who: {in: store.sizes, where: {id: customer}}}\n"
)
SIZES = "key: [id]\ncolumns:\n  id: {type: int}\n  size: {type: int}\n"


def in_sets(shop: Shop, lines: str, *sets: int | None) -> Shop:
    """Orders 1.. of these customers; sets 1 and 2 are of two orders."""
    shop.entity("store.sizes", SIZES)
    shop.map(SET + lines).put("store.sizes", {"id": 1, "size": 2}, {"id": 2, "size": 2})
    rows = orders(*((key, f"N{key}", "x") for key in range(1, len(sets) + 1)))
    return shop.put("store.orders", *(row | {"customer": s, "amount": 1} for row, s in zip(rows, sets, strict=True)))


def test_a_set_goes_in_when_all_of_it_is_there(shop: Shop) -> None:
    in_sets(shop, "allow: [create]", 1, 1, 2)
    assert shop.one() == {"inserted": 2, "held": 1}
    assert shop.rejects() == [("3", "held", "SET_OPEN")]
    shop.put("store.orders", {"id": 4, "number": "N4", "customer": 2, "amount": 1})
    assert shop.one()["inserted"] == 2
    assert shop.sales("Number") == [("N1",), ("N2",), ("N3",), ("N4",)]
    assert shop.rejects() == []


def test_one_row_that_cannot_go_on_holds_the_others_of_its_set(shop: Shop) -> None:
    in_sets(shop, "allow: [create]", 1, 1, 2, 2).put("store.orders", {"id": 1, "number": None})
    assert shop.one() == {"inserted": 2, "held": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "KEY_NULL"), ("2", "held", "SET_OPEN")]
    shop.put("store.orders", {"id": 1, "number": "N1"})
    assert shop.one() == {"inserted": 2}


def test_a_row_that_the_filter_leaves_out_is_no_member(shop: Shop) -> None:
    in_sets(shop, "allow: [create]\nfilter: title = 'x'", 1, 1, 1).put("store.orders", {"id": 3, "title": "other"})
    assert shop.one() == {"inserted": 2, "filtered": 1}


def test_a_row_that_comes_late_to_a_delivered_set_is_held_and_the_set_stays(shop: Shop) -> None:
    in_sets(shop, "allow: [create]", 1, 1).run()
    shop.put("store.orders", {"id": 3, "number": "N3", "customer": 1, "amount": 1})
    assert shop.one() == {"unchanged": 2, "held": 1}
    assert shop.rejects() == [("3", "held", "SET_OPEN")]
    assert shop.sales("Number") == [("N1",), ("N2",)]
    shop.put("store.sizes", {"id": 1, "size": 3})
    assert shop.one() == {"unchanged": 2, "inserted": 1}
    assert shop.sales("Number") == [("N1",), ("N2",), ("N3",)]


def test_a_missing_row_of_a_delivered_set_is_restored_alone(shop: Shop) -> None:
    in_sets(shop, "allow: [create]\nguard: {missing_rows: restore}", 1, 1).run()
    shop.remove("books.sales", "Number = 'N1'")
    assert shop.one() == {"inserted": 1, "unchanged": 1}
    assert shop.sales("Number") == [("N1",), ("N2",)]


def test_the_sum_of_a_set_is_judged_too(shop: Shop) -> None:
    in_sets(shop, "allow: [create]", 1, 1, 2, 2).put("store.orders", {"id": 1, "amount": 99})
    assert shop.one() == {"inserted": 2, "held": 2}
    assert shop.rejects() == [("1", "held", "SET_OPEN"), ("2", "held", "SET_OPEN")]


def test_rows_without_a_set_make_one_set(shop: Shop) -> None:
    shop.map("allow: [create]\nall_or_nothing: {by: [customer], expect: count(*) = 2}")
    shop.put("store.orders", *orders((1, "A", "x"), (2, "B", "y")), {"id": 3, "number": "C", "customer": 1})
    assert shop.one() == {"inserted": 2, "held": 1}
    assert shop.rejects() == [("3", "held", "SET_INCOMPLETE")]


def test_a_duplicate_key_holds_the_rest_of_its_set(shop: Shop) -> None:
    in_sets(shop, "allow: [create]", 1, 1, 2, 2).put("store.orders", {"id": 3, "number": "N1"})
    assert shop.one() == {"rejected": 2, "held": 2}
    assert [code for _, _, code in shop.rejects()] == ["KEY_DUPLICATE", "SET_OPEN", "KEY_DUPLICATE", "SET_OPEN"]


def test_a_set_that_may_change_is_held_as_a_whole(shop: Shop) -> None:
    in_sets(shop, "", 1, 1).run()
    shop.put("store.orders", {"id": 1, "title": "new"}, {"id": 2, "number": None})
    assert shop.one() == {"held": 1, "rejected": 1}
    assert shop.sales() == [("N1", "x"), ("N2", "x")]
