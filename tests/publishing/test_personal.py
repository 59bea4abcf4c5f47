"""Personal values are hidden in the published ledger, and in the data where the project says so."""

import json
from pathlib import Path

from crosswalk import api
from tests.engine.shop import Shop
from tests.publishing.reading import ask, file_of


def private(shop: Shop) -> Shop:
    shop.edit("store.orders", "title: {type: text(200)", "title: {type: text(200), pii: true")
    shop.edit("store.orders", "quantity: {type: int", "quantity: {type: int, pii: true")
    return shop


def rejected(shop: Shop) -> None:
    shop.map("fields: {Title: title, Count: quantity}")
    shop.put("store.orders", {"id": 1, "number": "A1", "title": "Ada Lovelace of Ockham Park", "quantity": 36})
    shop.put("store.orders", {"id": 2, "number": "A2", "title": "Grace", "quantity": 85})
    shop.put("store.orders", {"id": 3, "number": "A3"})
    api.run(shop.loaded)


def test_a_reject_shows_stars_for_personal_columns_and_values(shop: Shop) -> None:
    rejected(private(shop))
    assert shop.read("SELECT DISTINCT value FROM crosswalk.rejects") == [("Ada Lovelace of Ockham Park",)]
    found = ask(file_of(shop), "SELECT value, source_row FROM crosswalk.rejects ORDER BY leg")
    assert {value for value, _ in found} == {"***"}
    row = json.loads(found[0][1])
    assert (row["id"], row["number"], row["title"], row["quantity"], row["amount"]) == ("1", "A1", "***", "***", None)
    assert list(row) == list(json.loads(shop.read("SELECT source_row FROM crosswalk.rejects")[0][0]))


def test_what_is_not_personal_is_shown_as_it_is(shop: Shop) -> None:
    rejected(shop)
    kept = "SELECT * FROM crosswalk.rejects ORDER BY leg"
    assert ask(file_of(shop), kept) == shop.read(kept)


def test_a_change_shows_stars_for_what_a_personal_column_fills(shop: Shop) -> None:
    rejected(private(shop))
    shop.put("store.orders", {"id": 2, "title": "Hopper", "quantity": 86})
    api.run(shop.loaded, ("orders",))
    assert shop.read("SELECT len(cells) FROM crosswalk.changes") == [(2,)]
    found = ask(file_of(shop), "SELECT unnest(cells, recursive := true) FROM crosswalk.changes ORDER BY 1")
    assert found == [("Count", "***", "***"), ("Title", "***", "***")]


def test_rows_of_maps_that_are_gone_hide_whatever_is_personal_anywhere(shop: Shop) -> None:
    rejected(private(shop))
    Path(shop.root / "fees.map.yaml").unlink()
    shop.map("fields: {Count: quantity}")
    api.run(shop.loaded)
    found = ask(file_of(shop), "SELECT value, source_row FROM crosswalk.rejects WHERE leg = 'fees'")
    assert [value for value, _ in found] == ["***"]
    assert "Ada" not in found[0][1]


def test_a_kept_row_that_cannot_be_read_is_hidden_as_a_whole(shop: Shop) -> None:
    rejected(private(shop))
    shop.sql("UPDATE crosswalk.rejects SET source_row = 'Ada {', value = 'short'")
    api.run(shop.loaded, ("orders",))
    assert ask(file_of(shop), "SELECT source_row FROM crosswalk.rejects WHERE leg = 'fees'") == [("***",)]


def test_the_data_are_kept_unless_the_project_says_otherwise(shop: Shop) -> None:
    rejected(private(shop))
    asked = "SELECT title, quantity FROM store.orders ORDER BY id"
    assert ask(file_of(shop), asked)[1:] == [("Grace", 85), (None, None)]
    shop.setting("project: shop", "project: shop\npublish: {dev: {pii: mask}}")
    api.run(shop.loaded)
    assert ask(file_of(shop), asked) == [("***", None), ("***", None), (None, None)]
    kinds = (
        "SELECT data_type FROM duckdb_columns() WHERE table_name = 'orders' AND column_name IN ('title', 'quantity')"
    )
    assert sorted(ask(file_of(shop), kinds)) == [("BIGINT",), ("VARCHAR",)]
    assert b"Lovelace" not in file_of(shop).read_bytes()
