"""The way back: named columns of rows that exist, no echo, no change of another lost."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop, now, orders

MAP = """
fields: {Title: title, State: {value: Draft, write: create}}
back:
  filter: State = 'Posted'
  fields: {done: Header, quantity: Place}
"""


def delivered(shop: Shop, lines: str = MAP) -> Shop:
    """Two orders that were delivered; nothing is posted yet."""
    shop.map(lines).put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    assert shop.run()["orders"] == {"inserted": 2}
    return shop


def post(shop: Shop, number: str, header: str | None = "H", place: int = 5) -> Shop:
    """Post a sale, as someone who works in the books does."""
    text = "NULL" if header is None else f"'{header}'"
    return shop.sql(
        f"UPDATE books.sales SET State = 1, Header = {text}, Place = {place}, Changed = TIMESTAMP '{now()}',"
        f" Version = Version + 1 WHERE Number = '{number}'"
    )


def touch(shop: Shop, key: int, **columns: object) -> Shop:
    return shop.put("store.orders", {"id": key, "changed": now(), **columns})


def test_what_is_posted_comes_back(shop: Shop) -> None:
    delivered(shop)
    ((before,),) = shop.read(
        "SELECT struct_pack(*COLUMNS(* EXCLUDE (done, quantity, changed, version))) FROM store.orders WHERE id = 1"
    )
    other = shop.read("SELECT * FROM store.orders WHERE id = 2")
    start = now()
    post(shop, "A")
    assert shop.run() == {"orders": {}, "orders:back": {"updated": 1}}
    assert shop.leg("orders:back").changed_columns == {"done": 1, "quantity": 1}
    ((done, quantity, changed, version),) = shop.read(
        "SELECT done, quantity, changed, version FROM store.orders WHERE id = 1"
    )
    assert (done, quantity, version) == ("H", 5, 2)
    assert start <= changed <= now()
    assert shop.read(
        "SELECT struct_pack(*COLUMNS(* EXCLUDE (done, quantity, changed, version))) FROM store.orders WHERE id = 1"
    ) == [(before,)]
    assert shop.read("SELECT * FROM store.orders WHERE id = 2") == other


def test_nothing_goes_to_and_fro_in_ten_rounds(shop: Shop) -> None:
    delivered(shop)
    assert post(shop, "A").run()["orders:back"] == {"updated": 1}
    for _ in range(10):
        assert shop.run() == {"orders": {}, "orders:back": {}}
    assert shop.rows("store.orders", "id done version") == [(1, "H", 2), (2, None, 1)]
    assert shop.sales("Number Version") == [("A", 2), ("B", 1)]


def test_a_null_comes_back_over_a_value(shop: Shop) -> None:
    delivered(shop)
    post(shop, "A").run()
    post(shop, "A", header=None)
    assert shop.run()["orders:back"] == {"updated": 1}
    assert shop.rows("store.orders", "id done quantity") == [(1, None, 5), (2, None, None)]


def test_both_ends_change_other_columns_in_one_round(shop: Shop) -> None:
    delivered(shop)
    post(touch(shop, 1, title="Stool"), "A")
    fates = shop.run()
    assert (fates["orders"], fates["orders:back"]) == ({"updated": 1}, {"updated": 1})
    assert shop.rows("store.orders", "id title done") == [(1, "Stool", "H"), (2, "Desk", None)]
    assert shop.sales("Number Title Header") == [("A", "Stool", "H"), ("B", "Desk", None)]
    fates = shop.run()
    assert {fate for leg in fates.values() for fate in leg} <= {"unchanged", "filtered"}


STUCK = {"title": "far too long for the twenty characters of the other side"}


def test_a_row_that_changed_and_could_not_go_out_is_stale(shop: Shop) -> None:
    delivered(shop)
    post(touch(shop, 1, **STUCK), "A")
    before = shop.read("SELECT * FROM store.orders")
    assert shop.run() == {"orders": {"rejected": 1}, "orders:back": {"rejected": 1}}
    assert shop.rejects("orders:back") == [("A", "rejected", "CONFLICT_STALE")]
    assert shop.read("SELECT * FROM store.orders") == before
    touch(shop, 1, title="Stool")
    fates = shop.run()
    assert (fates["orders"], fates["orders:back"]) == ({"updated": 1}, {"updated": 1})
    assert shop.rejects() == []
    assert shop.rows("store.orders", "id title done") == [(1, "Stool", "H"), (2, "Desk", None)]


@pytest.mark.parametrize(
    ("winner", "fates", "done"), [("source", {"unchanged": 1}, None), ("target", {"updated": 1}, "H")]
)
def test_a_conflict_has_a_winner_where_the_map_names_one(
    shop: Shop, winner: str, fates: dict[str, int], done: str | None
) -> None:
    delivered(shop, MAP + f"  conflict: {winner}\n")
    post(touch(shop, 1, **STUCK), "A")
    assert shop.run() == {"orders": {"rejected": 1}, "orders:back": fates}
    assert shop.read("SELECT done FROM store.orders WHERE id = 1") == [(done,)]
    assert shop.read("SELECT title FROM store.orders WHERE id = 1") == [(STUCK["title"],)]


def test_a_row_without_a_row_to_write_is_rejected(shop: Shop) -> None:
    delivered(shop)
    shop.sql(f"INSERT INTO books.sales (Number, State, Changed, Version) VALUES ('X', 1, TIMESTAMP '{now()}', 1)")
    assert shop.run()["orders:back"] == {"rejected": 1}
    assert shop.rejects("orders:back") == [("X", "rejected", "TARGET_MISSING")]
    assert len(shop.rows("store.orders", "id")) == 2


def test_a_key_that_two_rows_of_the_other_side_share_is_a_fault_of_the_row(shop: Shop) -> None:
    delivered(shop)
    shop.put("store.orders", {"id": 3, "number": "A", "title": "twin", "changed": now()})
    post(post(shop, "A"), "B")
    fates = shop.run()
    assert fates["orders:back"] == {"rejected": 1, "updated": 1}
    assert shop.rejects("orders:back") == [("A", "rejected", "TARGET_DUPLICATE")]
    assert shop.rows("store.orders", "id done") == [(1, None), (2, "H"), (3, None)]


OWNED = "fields: {Title: title}\nboth: {Kind: {from: currency, owner: %s}}\nback: {}\n"


def test_a_column_owned_by_the_target_goes_out_once_and_comes_back_always(shop: Shop) -> None:
    shop.map(OWNED % "target").put("store.orders", {"id": 1, "number": "A", "title": "Chair", "currency": "EUR"}).run()
    assert shop.sales("Title Kind") == [("Chair", "EUR")]
    touch(shop, 1, currency="NOK", title="Stool")
    fates = shop.run()
    assert fates["orders"] == {"updated": 1}
    assert shop.sales("Title Kind") == [("Stool", "EUR")]
    assert shop.rows("store.orders", "title currency") == [("Stool", "EUR")]
    shop.sql(f"UPDATE books.sales SET Kind = 'USD', Changed = TIMESTAMP '{now()}', Version = Version + 1")
    assert shop.run()["orders:back"] == {"updated": 1}
    assert shop.rows("store.orders", "title currency") == [("Stool", "USD")]
    assert shop.sales("Title Kind") == [("Stool", "USD")]


def test_a_column_owned_by_the_source_goes_out_always_and_never_comes_back(shop: Shop) -> None:
    shop.map(OWNED.replace("back: {}", "back: {fields: {done: Header}}") % "source")
    shop.put("store.orders", {"id": 1, "number": "A", "currency": "EUR"}).run()
    shop.sql(f"UPDATE books.sales SET Kind = 'USD', Header = 'H', Changed = TIMESTAMP '{now()}', Version = Version + 1")
    shop.run()
    assert shop.rows("store.orders", "currency done") == [("EUR", "H")]
    touch(shop, 1, title="x")
    assert shop.run()["orders"] == {"updated": 1}
    assert shop.sales("Kind Header") == [("EUR", "H")]


def test_a_column_that_goes_both_ways_follows_the_end_that_changed(shop: Shop) -> None:
    shop.map("fields: {Title: title}\nboth: {Kind: currency}\nback: {}")
    shop.put("store.orders", {"id": 1, "number": "A", "currency": "EUR"}).run()
    touch(shop, 1, currency="NOK")
    assert shop.run()["orders"] == {"updated": 1}
    assert shop.sales("Kind") == [("NOK",)]
    shop.sql(f"UPDATE books.sales SET Kind = 'USD', Changed = TIMESTAMP '{now()}', Version = Version + 1")
    assert shop.run()["orders:back"] == {"updated": 1}
    assert shop.rows("store.orders", "currency") == [("USD",)]
    assert shop.sales("Kind") == [("USD",)]


def test_a_value_map_is_turned_round(shop: Shop) -> None:
    shop.map(
        "fields: {}\nboth: {State: {from: status, values: {Draft: Draft, Open: Draft, Closed: Posted}, back:"
        " {Draft: Open}}}\nback: {}"
    )
    shop.put("store.orders", {"id": 1, "number": "A", "status": 3}).run()
    assert shop.sales("State") == [(1,)]
    shop.sql(f"UPDATE books.sales SET State = 0, Changed = TIMESTAMP '{now()}', Version = Version + 1")
    assert shop.run()["orders:back"] == {"updated": 1}
    assert shop.rows("store.orders", "status") == [(2,)]


def test_a_way_back_may_create_where_the_map_says_so(shop: Shop) -> None:
    shop.map(
        "key: {Number: id}\nfields: {}\nboth: {Title: title}\nback: {allow: [create, update]}".replace(
            "Number: id", "Number: number"
        )
    )
    shop.edit("store.orders", "key: [id]", "key: [number]")
    shop.put("store.orders", {"number": "A", "title": "Chair"}).run()
    shop.sql(
        f"INSERT INTO books.sales (Number, Title, Changed, Version) VALUES ('X', 'Theirs', TIMESTAMP '{now()}', 1)"
    )
    assert shop.run()["orders:back"] == {"inserted": 1}
    assert shop.rows("store.orders", "number title version") == [("A", "Chair", 1), ("X", "Theirs", 1)]
    fates = shop.run()
    assert {fate for leg in fates.values() for fate in leg} <= {"unchanged"}
    assert len(shop.sales("Number")) == 2


WRITE_BACK = """
map: posted
flow: write_back
source: books.sales
target: store.orders
key: {number: Number}
fields: {done: Header}
"""


def test_a_write_back_writes_named_columns_of_rows_that_exist(shop: Shop) -> None:
    shop.map(WRITE_BACK).put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk")))
    shop.put("books.sales", {"Number": "A", "Header": "H1"}, {"Number": "X", "Header": "H2"})
    assert shop.one() == {"updated": 1, "rejected": 1}
    assert shop.rejects() == [("X", "rejected", "TARGET_MISSING")]
    assert shop.rows("store.orders", "id title done version") == [(1, "Chair", "H1", 2), (2, "Desk", None, 1)]
    assert shop.one() == {"rejected": 1}
    assert shop.one(full=True) == {"unchanged": 1, "rejected": 1}


def test_a_write_back_finds_its_row_by_paths_over_it(shop: Shop) -> None:
    shop.map(
        WRITE_BACK.replace("{number: Number}", "{number: Number, customer.name: Name, customer.country.region: Kind}")
    )
    shop.put("store.countries", {"code": "NO", "region": "n"}, {"code": "ES", "region": "s"})
    shop.put("store.customers", {"id": 1, "name": "Ann", "country": "NO"}, {"id": 2, "name": "Ann", "country": "ES"})
    rows = orders((1, "A", "x"), (2, "A", "y"), (3, "A", "z"))
    shop.put("store.orders", *(row | {"customer": who} for row, who in zip(rows, (1, 2, None), strict=True)))
    shop.put("books.sales", {"Number": "A", "Name": "Ann", "Kind": "s", "Header": "H"})
    assert shop.one() == {"updated": 1}
    assert shop.rows("store.orders", "id done version") == [(1, None, 1), (2, "H", 2), (3, None, 1)]


def test_a_write_back_with_a_key_that_is_null_is_rejected(shop: Shop) -> None:
    shop.map(WRITE_BACK.replace("{number: Number}", "{number: Name}")).put(
        "store.orders", *orders((1, "A", "x"), (2, None, "y"))
    )
    shop.put("books.sales", {"Number": "1", "Name": None, "Header": "H"}, {"Number": "2", "Name": "A", "Header": "H"})
    assert shop.one() == {"rejected": 1, "updated": 1}
    assert shop.rejects() == [("1", "rejected", "KEY_NULL")]
    assert shop.rows("store.orders", "id done") == [(1, "H"), (2, None)]


def test_two_rows_that_write_one_row_back_are_both_rejected(shop: Shop) -> None:
    shop.map(WRITE_BACK.replace("{number: Number}", "{number: Name}")).put(
        "store.orders", *orders((1, "A", "x"), (2, "B", "y"))
    )
    shop.put(
        "books.sales",
        *({"Number": key, "Name": name, "Header": key} for key, name in (("1", "A"), ("2", "A"), ("3", "B"))),
    )
    assert shop.one() == {"rejected": 2, "updated": 1}
    assert shop.rejects() == [("1", "rejected", "KEY_DUPLICATE"), ("2", "rejected", "KEY_DUPLICATE")]
    assert shop.rows("store.orders", "id done") == [(1, None), (2, "3")]
