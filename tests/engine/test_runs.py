"""First runs, second runs, and what a run says of itself."""

from __future__ import annotations

from crosswalk import api
from tests.engine.shop import Shop, full_map, orders


def test_a_first_run_delivers_every_row(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    assert shop.run() == {"orders": {"inserted": 2}}
    assert shop.leg().mode == "initial"
    assert shop.leg().why_mode == "first run"
    assert shop.sales("Number Title Version") == [("A", "Chair", 1), ("B", "Desk", 1)]
    assert shop.leg().effects == {"books.sales": 2}


def test_a_second_run_examines_nothing_and_writes_nothing(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.run()
    before = {name: rows for name, rows in shop.everything().items() if not name.startswith("crosswalk.")}
    assert shop.run() == {"orders": {}}
    assert shop.leg().mode == "incremental"
    after = {name: rows for name, rows in shop.everything().items() if not name.startswith("crosswalk.")}
    assert after == before


def test_a_full_second_run_finds_every_row_unchanged_and_touches_none(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.run()
    before = shop.sales("Number Title Changed Version")
    assert shop.one(full=True) == {"unchanged": 2}
    assert shop.leg().why_mode == "asked for all rows"
    assert shop.leg().effects == {}
    assert shop.sales("Number Title Changed Version") == before


def test_only_the_changed_row_is_written(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.run()
    untouched = shop.read("SELECT * FROM books.sales WHERE Number = 'B'")
    shop.put("store.orders", {"id": 1, "title": "Armchair"})
    assert shop.one() == {"updated": 1}
    assert shop.sales("Number Title Version") == [("A", "Armchair", 2), ("B", "Desk", 1)]
    assert shop.read("SELECT * FROM books.sales WHERE Number = 'B'") == untouched
    (change,) = shop.leg().changes
    assert (change.target_key, change.fate, dict(change.cells)) == ("A", "updated", {"Title": ("Chair", "Armchair")})
    assert shop.leg().changed_columns == {"Title": 1}


def test_a_change_of_a_column_that_is_not_mapped_writes_nothing(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.put("store.orders", {"id": 1, "currency": "EUR"})
    assert shop.one() == {"unchanged": 1}
    assert shop.sales("Number Version") == [("A", 1)]


def test_columns_that_are_not_mapped_survive_an_update(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.sql("UPDATE books.sales SET Kind = 'kept', State = 1")
    shop.put("store.orders", {"id": 1, "title": "Stool"})
    assert shop.one() == {"updated": 1}
    assert shop.sales("Title Kind State") == [("Stool", "kept", 1)]


def test_the_source_of_a_one_way_map_is_not_touched(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, None, "No number")))
    before = shop.read("SELECT * FROM store.orders")
    shop.run()
    assert shop.read("SELECT * FROM store.orders") == before


def test_a_changed_map_has_all_rows_evaluated_and_says_so(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.run()
    shop.map("fields: {Title: {from: title, upper: true}}")
    assert shop.one() == {"updated": 2}
    assert shop.leg().mode == "initial"
    assert shop.leg().why_mode == "the map changed since the last run"
    assert shop.sales() == [("A", "CHAIR"), ("B", "DESK")]
    assert shop.one() == {}


def test_a_comment_in_a_map_is_no_change(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.write("orders.map.yaml", "# Orders of the shop\n\n" + full_map("title: Orders\ntags: [daily]  # at night"))
    assert shop.one() == {}
    assert shop.leg().mode == "incremental"


def test_a_constant_that_changes_after_two_dashes_is_a_change(shop: Shop) -> None:
    shop.map("fields: {Title: {value: 'a -- b'}}").put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.map("fields: {Title: {value: 'a -- c'}}")
    assert shop.one() == {"updated": 1}
    assert shop.sales() == [("A", "a -- c")]


def test_a_column_written_on_create_only_is_never_changed_afterwards(shop: Shop) -> None:
    shop.map("fields: {Title: title, Kind: {from: currency, write: create}}")
    shop.put("store.orders", {"id": 1, "number": "A", "title": "Chair", "currency": "EUR"})
    shop.run()
    assert shop.sales("Title Kind") == [("Chair", "EUR")]
    shop.put("store.orders", {"id": 1, "title": "Stool", "currency": "USD"})
    assert shop.one() == {"updated": 1}
    assert shop.sales("Title Kind") == [("Stool", "EUR")]
    shop.sql("UPDATE books.sales SET Kind = 'mine'")
    assert shop.one(full=True) == {"unchanged": 1}
    assert shop.sales("Title Kind") == [("Stool", "mine")]


def test_a_change_of_the_target_by_hand_is_put_right_when_the_row_is_examined(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.sql("UPDATE books.sales SET Title = 'scratched'")
    assert shop.one() == {}
    assert shop.one(full=True) == {"updated": 1}
    assert shop.sales("Title Version") == [("Chair", 2)]


def test_maps_run_in_the_order_in_which_they_feed_each_other(shop: Shop) -> None:
    shop.map("map: second\nsource: books.sales\ntarget: books.fees\nkey: {Number: Number}\nfields: {Title: Title}", "a")
    shop.map("map: first", "b").put("store.orders", *orders((1, "A", "Chair")))
    assert shop.run() == {"first": {"inserted": 1}, "second": {"inserted": 1}}
    assert list(shop.run()) == ["first", "second"]
    assert shop.rows("books.fees", "Number Title") == [("A", "Chair")]


def test_legs_are_chosen_by_name_and_by_tag(shop: Shop) -> None:
    shop.map("map: first\ntags: [daily]", "a")
    shop.map("map: second\ntarget: books.fees\ntags: [nightly]", "b").put("store.orders", *orders((1, "A", "Chair")))
    assert shop.run("tag:nightly") == {"second": {"inserted": 1}}
    assert shop.run("first") == {"first": {"inserted": 1}}


def test_what_ran_is_listed_newest_first(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.put("store.orders", *orders((2, "B", "Desk")))
    shop.run()
    assert [(run["mode"], run["inserted"]) for run in api.runs(shop.loaded)] == [("incremental", 1), ("initial", 1)]
