"""Settling: the delivered source row is marked, and the mark is no change of the source."""

from __future__ import annotations

from tests.engine.shop import Shop, now, orders

SETTLE = (
    "allow: [create]\nsettle: {done: {done: target.Number, quantity: {value: 7}}}\nkey: {Number: {sequence: sales}}\n"
)


def test_a_delivered_row_is_marked_and_the_others_are_not(shop: Shop) -> None:
    shop.map(SETTLE + "filter: title <> 'no'").put("store.orders", *orders((1, "A", "x"), (2, "B", "no")))
    before = shop.read("SELECT * FROM store.orders WHERE id = 2")
    start = now()
    assert shop.one() == {"inserted": 1, "filtered": 1}
    assert shop.read("SELECT * FROM store.orders WHERE id = 2") == before
    ((done, quantity, title, version, changed),) = shop.read(
        "SELECT done, quantity, title, version, changed FROM store.orders WHERE id = 1"
    )
    assert (done, quantity, title, version) == ("S-001", 7, "x", 2)
    assert start <= changed <= now()


def test_the_mark_does_not_come_back_as_a_change(shop: Shop) -> None:
    shop.map(SETTLE.replace("allow: [create]\n", "").replace("{sequence: sales}", "number")).put(
        "store.orders", *orders((1, "A", "x"))
    )
    assert shop.one() == {"inserted": 1}
    assert shop.one() == {}
    shop.put("store.orders", {"id": 1, "title": "y", "changed": now()})
    assert shop.one() == {"updated": 1}
    assert shop.one() == {}
    assert shop.rows("store.orders", "id done version") == [(1, "A", 3)]


def test_a_row_that_is_held_is_not_marked(shop: Shop) -> None:
    shop.map(SETTLE + "requires: [{that: status = 'Open'}]").put("store.orders", *orders((1, "A", "x")))
    assert shop.one() == {"held": 1}
    assert shop.rows("store.orders", "done version") == [(None, 1)]
    shop.put("store.orders", {"id": 1, "status": 2}).run()
    assert shop.rows("store.orders", "done version") == [("S-001", 3)]


def test_a_restored_row_is_marked_anew(shop: Shop) -> None:
    shop.map(SETTLE + "guard: {missing_rows: restore}").put("store.orders", *orders((1, "A", "x"))).run()
    shop.sql("UPDATE store.orders SET done = NULL", "DELETE FROM books.sales")
    assert shop.one() == {"inserted": 1}
    assert shop.rows("store.orders", "done version") == [("S-001", 3)]


def test_a_mark_may_come_from_the_target_that_took_the_row(shop: Shop) -> None:
    shop.map(
        "allow: [create]\nsettle: {done: {done: target.Title}}\nfields: {}\ntargets:\n"
        "- {target: books.sales, when: quantity = 1, fields: {Title: {value: sale}}}\n"
        "- {target: books.fees, when: quantity = 2, fields: {Title: {value: fee}}}"
    )
    rows = orders((1, "A", "x"), (2, "B", "y"))
    shop.put("store.orders", rows[0] | {"quantity": 1}, rows[1] | {"quantity": 2})
    assert shop.one() == {"inserted": 2}
    assert shop.rows("store.orders", "id done") == [(1, "sale"), (2, "fee")]


def test_two_maps_mark_one_table_and_neither_undoes_the_other(shop: Shop) -> None:
    shop.map("map: first\nallow: [create]\nsettle: {done: {done: target.Number}}", "a")
    shop.map("map: second\nallow: [create]\ntarget: books.fees\nsettle: {done: {quantity: {value: 7}}}", "b")
    shop.put("store.orders", *orders((1, "A", "x"), (2, "B", "y")))
    shop.run()
    assert shop.run() == {"first": {}, "second": {}}
    assert shop.rows("store.orders", "id done quantity version") == [(1, "A", 7, 3), (2, "B", 7, 3)]
