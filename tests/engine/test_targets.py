"""Several targets: exactly one takes a row."""

from __future__ import annotations

from tests.engine.shop import Shop, orders

ARMS = (
    "targets:\n- {target: books.sales, when: quantity < 10, fields: {Count: quantity}}\n"
    "- {target: books.fees, when: quantity > 5}\n"
)


def of(shop: Shop, *quantities: int | None) -> Shop:
    rows = orders(*((key, f"N{key}", "x") for key in range(1, len(quantities) + 1)))
    return shop.put("store.orders", *(row | {"quantity": q} for row, q in zip(rows, quantities, strict=True)))


def test_a_row_goes_to_the_one_target_that_takes_it(shop: Shop) -> None:
    of(shop.map(ARMS), 1, 20)
    assert shop.one() == {"inserted": 2}
    assert shop.leg().effects == {"books.sales": 1, "books.fees": 1}
    assert shop.sales("Number Title Count") == [("N1", "x", 1)]
    assert shop.rows("books.fees", "Number Title") == [("N2", "x")]
    assert shop.one() == {}
    assert shop.one(full=True) == {"unchanged": 2}


def test_a_row_that_no_target_or_two_targets_take_is_rejected(shop: Shop) -> None:
    of(shop.map(ARMS), 1, 7, None)
    assert shop.one() == {"inserted": 1, "rejected": 2}
    assert shop.rejects() == [("2", "rejected", "MANY_TARGET_ARMS"), ("3", "rejected", "NO_TARGET_ARM")]
    shop.put("store.orders", {"id": 2, "quantity": 2}, {"id": 3, "quantity": 30})
    assert shop.one() == {"inserted": 2}
    assert shop.rejects() == []


def test_a_changed_row_changes_in_its_target(shop: Shop) -> None:
    of(shop.map(ARMS), 1, 20).run()
    shop.put("store.orders", {"id": 1, "quantity": 2}, {"id": 2, "title": "y"})
    assert shop.one() == {"updated": 2}
    assert shop.sales("Number Count Version") == [("N1", 2, 2)]
    assert shop.rows("books.fees", "Number Title Version") == [("N2", "y", 2)]


def test_a_fault_of_another_target_does_not_matter(shop: Shop) -> None:
    arms = ARMS.replace("{Count: quantity}", "{Count: quantity, Name: {from: currency, required: reject}}")
    of(shop.map(arms), 1, 20)
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "REQUIRED_NULL")]
    assert shop.rows("books.fees", "Number") == [("N2",)]


def test_each_target_may_have_a_key_of_its_own(shop: Shop) -> None:
    shop.map(
        "key: {}\nfields: {}\ntargets:\n"
        "- {target: books.sales, when: quantity = 1, key: {Number: number}}\n"
        "- {target: books.headers, when: quantity = 2, key: {Id: title}, fields: {Group: number}}"
    )
    of(shop, 1, 2)
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number") == [("N1",)]
    assert shop.rows("books.headers", "Id Group") == [("x", "N2")]


def test_one_key_in_two_targets_is_no_duplicate(shop: Shop) -> None:
    of(shop.map(ARMS), 1, 20).put("store.orders", {"id": 2, "number": "N1"})
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number") == [("N1",)]
    assert shop.rows("books.fees", "Number") == [("N1",)]


def test_missing_rows_are_restored_in_their_target(shop: Shop) -> None:
    of(shop.map(ARMS + "guard: {missing_rows: restore}"), 1, 20, 30).run()
    shop.remove("books.fees", "Number = 'N2'")
    assert shop.one() == {"inserted": 1}
    assert shop.rows("books.fees", "Number") == [("N2",), ("N3",)]


def test_sets_go_over_all_targets(shop: Shop) -> None:
    shop.map(ARMS + "allow: [create]\nall_or_nothing: {by: [currency], expect: count(*) = 3}")
    of(shop, 1, 20)
    assert shop.one() == {"held": 2}
    shop.put("store.orders", {"id": 3, "number": "N3", "quantity": 2})
    assert shop.one() == {"inserted": 3}
    assert shop.sales("Number") == [("N1",), ("N3",)]
    assert shop.rows("books.fees", "Number") == [("N2",)]


def test_a_row_that_changes_its_target_is_made_there_and_the_old_one_is_reported(shop: Shop) -> None:
    of(shop.map(ARMS), 1, 20).run()
    shop.put("store.orders", {"id": 1, "quantity": 30})
    assert shop.one() == {"inserted": 1}
    assert shop.rows("books.fees", "Number") == [("N1",), ("N2",)]
    assert shop.findings() == {}
    shop.run()
    assert shop.findings() == {"GUARD_FOREIGN_ROWS": (1, "N1")}
