"""Columns that either side may change: who changed a column is told from what both sides last agreed on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shop import Shop, now

MAP = """
fields: {Amount: amount}
both: {Title: {from: title, fit: truncate}, Kind: currency, Count: quantity}
back: {allow: [create, update], conflict: %s}
"""
GUIDS = "  id: {type: int}\n", "  id: {type: guid}\n"


def two_way(shop: Shop, conflict: str = "reject", lines: str = MAP) -> Shop:
    """Orders with a key of their own that both sides make, and three of them that are agreed."""
    shop.edit("store.orders", *GUIDS)
    shop.map(lines % conflict)
    for number, title in (("A", "Chair"), ("B", "Desk"), ("C", "Lamp")):
        shop.put("store.orders", {"id": guid(number), "number": number, "title": title, "currency": "EUR"})
    shop.run()
    return shop


def guid(letter: str) -> str:
    return f"{letter * 8}-0000-0000-0000-000000000000".lower()


def store(shop: Shop, number: str, **columns: Any) -> Shop:  # noqa: ANN401
    """Change an order, as someone who works in the store does."""
    return _changed(shop, "store.orders", "number", number, {**columns, "changed": now()}, "version")


def books(shop: Shop, number: str, **columns: Any) -> Shop:  # noqa: ANN401
    """Change a sale, as someone who works in the books does."""
    return _changed(shop, "books.sales", "Number", number, {**columns, "Changed": now()}, "Version")


def _changed(shop: Shop, table: str, key: str, value: str, columns: dict[str, Any], version: str) -> Shop:
    sets = ", ".join(f'"{column}" = ?' for column in columns)
    shop.open().execute(
        f'UPDATE {table} SET {sets}, {version} = {version} + 1 WHERE "{key}" = ?', [*columns.values(), value]
    )
    return shop


def both(shop: Shop) -> list[tuple[Any, ...]]:
    """What both sides hold of each row, side by side."""
    return shop.read(
        "SELECT coalesce(o.number, s.Number), o.title, o.currency, o.quantity, s.Title, s.Kind, s.Count"
        " FROM store.orders AS o FULL JOIN books.sales AS s ON s.Number = o.number ORDER BY 1"
    )


def quiet(shop: Shop, rounds: int = 2) -> None:
    """See that nothing is written in so many rounds: whole tables, with their versions and times."""
    before = {name: rows for name, rows in shop.everything().items() if not name.startswith("crosswalk.")}
    for round_number in range(rounds):
        fates = shop.run(full=round_number % 2 == 1)
        assert {fate for leg in fates.values() for fate in leg} <= {"unchanged", "rejected", "held"}
    assert {name: rows for name, rows in shop.everything().items() if not name.startswith("crosswalk.")} == before


def test_each_column_follows_the_side_that_changed_it(shop: Shop) -> None:
    two_way(shop)
    books(store(shop, "A", title="Stool"), "A", Kind="USD", Count=7)
    fates = shop.run()
    assert (fates["orders"], fates["orders:back"]["updated"]) == ({"updated": 1}, 1)
    assert both(shop)[0] == ("A", "Stool", "USD", 7, "Stool", "USD", 7)
    assert shop.rejects() == []
    quiet(shop)


def test_nothing_goes_to_and_fro_in_ten_rounds(shop: Shop) -> None:
    two_way(shop)
    books(store(shop, "A", title="Stool"), "A", Kind="USD", Count=7)
    books(store(shop, "B", quantity=3, currency=None), "B", Title="", Kind="NOK")
    shop.sql(f"INSERT INTO books.sales (Number, Title, Changed, Version) VALUES ('X', 't', TIMESTAMP '{now()}', 1)")
    shop.put("store.orders", {"id": guid("d"), "number": "D", "title": "Ours", "changed": now()})
    shop.run()
    assert {one.key for one in shop.open_rows()} == {"B", guid("b")}
    quiet(shop, 10)


def test_a_change_of_the_target_is_not_overwritten_by_a_full_run(shop: Shop) -> None:
    two_way(shop)
    books(shop, "A", Title="Theirs", Kind=None)
    fates = shop.run(full=True)
    assert fates == {"orders": {"unchanged": 3}, "orders:back": {"updated": 1, "unchanged": 2}}
    assert both(shop)[0] == ("A", "Theirs", None, None, "Theirs", None, None)
    quiet(shop)


def test_the_same_change_on_both_sides_is_agreed(shop: Shop) -> None:
    two_way(shop)
    books(store(shop, "A", title="Same"), "A", Title="Same")
    shop.run()
    assert shop.rejects() == []
    store(shop, "A", title="Next")
    assert shop.run()["orders"] == {"updated": 1}
    assert both(shop)[0][1::3] == ("Next", "Next")
    quiet(shop)


def test_a_conflict_is_rejected_on_both_legs_with_both_values_and_nothing_is_overwritten(shop: Shop) -> None:
    two_way(shop)
    books(store(shop, "A", title="Ours", currency="NOK", quantity=1), "A", Title="Theirs", Kind="USD")
    tables = [shop.read("FROM store.orders"), shop.read("FROM books.sales")]
    fates = shop.run()
    assert (fates["orders"]["rejected"], fates["orders:back"]["rejected"]) == (1, 1)
    assert [shop.read("FROM store.orders"), shop.read("FROM books.sales")] == tables
    kept = {(one.leg, one.code, one.column, one.value) for one in shop.open_rows()}
    values = "Title: source Ours, target Theirs; Kind: source NOK, target USD"
    assert kept == {(leg, "CONFLICT_STALE", "Title", values) for leg in ("out", "back")}
    quiet(shop)
    books(shop, "A", Title="Ours", Kind="EUR")
    shop.run()
    assert shop.rejects() == []
    assert both(shop)[0] == ("A", "Ours", "NOK", 1, "Ours", "NOK", 1)
    quiet(shop)


@pytest.mark.parametrize(("winner", "title"), [("source", "Ours"), ("target", "Theirs")])
def test_a_conflict_has_a_winner_by_column(shop: Shop, winner: str, title: str) -> None:
    two_way(shop, winner)
    books(store(shop, "A", title="Ours", currency="NOK"), "A", Title="Theirs", Count=2)
    shop.run()
    assert both(shop)[0] == ("A", title, "NOK", 2, title, "NOK", 2)
    assert shop.rejects() == []
    quiet(shop)


@pytest.mark.parametrize(("winner", "title"), [("source", "Ours"), ("target", "Theirs")])
def test_the_winner_does_not_depend_on_which_leg_runs_first(shop: Shop, winner: str, title: str) -> None:
    two_way(shop, winner)
    books(store(shop, "A", title="Ours"), "A", Title="Theirs")
    shop.run("orders:back")
    shop.run("orders")
    shop.run()
    assert both(shop)[0][1::3] == (title, title)
    quiet(shop)


@pytest.mark.parametrize("conflict", ["reject", "source", "target"])
@pytest.mark.parametrize(("owner", "title"), [("source", "Ours"), ("target", "Theirs")])
def test_the_owner_of_a_column_comes_before_the_rule_of_the_map(
    shop: Shop, owner: str, title: str, conflict: str
) -> None:
    owned = MAP.replace("{from: title, fit: truncate}", f"{{from: title, fit: truncate, owner: {owner}}}")
    two_way(shop, conflict, owned)
    books(store(shop, "A", title="Ours", currency="NOK"), "A", Title="Theirs")
    shop.run()
    assert both(shop)[0] == ("A", title, "NOK", None, title, "NOK", None)
    quiet(shop)


def test_a_row_made_on_either_side_is_made_on_the_other_once(shop: Shop) -> None:
    two_way(shop)
    shop.sql(
        "INSERT INTO books.sales (Number, Title, Kind, Changed, Version)"
        f" VALUES ('X', 'Theirs', 'USD', TIMESTAMP '{now()}', 1)"
    )
    shop.put("store.orders", {"id": guid("d"), "number": "D", "title": "Ours", "changed": now()})
    fates = shop.run()
    assert (fates["orders"]["inserted"], fates["orders:back"]["inserted"]) == (1, 1)
    assert both(shop)[3:] == [
        ("D", "Ours", None, None, "Ours", None, None),
        ("X", "Theirs", "USD", None, "Theirs", "USD", None),
    ]
    assert len(shop.read("SELECT DISTINCT id FROM store.orders WHERE id IS NOT NULL")) == 5
    quiet(shop)
    books(store(shop, "X", title="Now ours"), "X", Kind="SEK")
    shop.run()
    assert both(shop)[4] == ("X", "Now ours", "SEK", None, "Now ours", "SEK", None)
    quiet(shop)


@pytest.mark.parametrize("owner", ["source", "target"])
def test_a_row_made_by_the_side_that_does_not_own_a_column_brings_its_value_along(shop: Shop, owner: str) -> None:
    two_way(shop, lines=MAP.replace("Kind: currency", f"Kind: {{from: currency, owner: {owner}}}"))
    shop.sql(f"INSERT INTO books.sales (Number, Kind, Changed, Version) VALUES ('X', 'USD', TIMESTAMP '{now()}', 1)")
    shop.put("store.orders", {"id": guid("d"), "number": "D", "currency": "NOK", "changed": now()})
    shop.run()
    assert [row[2::3] for row in both(shop)[3:]] == [("NOK", "NOK"), ("USD", "USD")]
    quiet(shop)


def test_a_change_that_is_still_to_go_out_is_not_lost_when_the_way_back_writes_the_row(shop: Shop) -> None:
    two_way(shop)
    books(store(shop, "A", title="Ours"), "A", Kind="USD")
    assert shop.run("orders:back") == {"orders:back": {"updated": 1}}
    assert shop.run()["orders"] == {"updated": 1}
    assert both(shop)[0] == ("A", "Ours", "USD", None, "Ours", "USD", None)
    quiet(shop)


def test_a_row_that_came_back_is_not_stale_before_the_way_out_has_seen_it(shop: Shop) -> None:
    two_way(shop, lines=MAP.replace("back: {", "back: {fields: {done: Header}, "))
    shop.sql(f"INSERT INTO books.sales (Number, Header, Changed, Version) VALUES ('X', 'h', TIMESTAMP '{now()}', 1)")
    shop.run("orders:back")
    books(shop, "X", Header="i")
    assert shop.run("orders:back") == {"orders:back": {"updated": 1}}
    assert shop.read("SELECT done FROM store.orders WHERE number = 'X'") == [("i",)]


def test_a_made_key_follows_from_the_key_of_the_row_it_is_made_from(shop: Shop) -> None:
    two_way(shop)
    shop.sql(f"INSERT INTO books.sales (Number, Changed, Version) VALUES ('X', TIMESTAMP '{now()}', 1)")
    shop.run()
    ((made,),) = shop.read("SELECT CAST(id AS VARCHAR) FROM store.orders WHERE number = 'X'")
    ((again,),) = shop.read("SELECT CAST(CAST(md5('books.sales store.orders id X') AS UUID) AS VARCHAR)")
    assert made == again


def test_a_row_deleted_on_one_side_is_neither_deleted_nor_made_again_on_the_other(shop: Shop) -> None:
    two_way(shop)
    shop.sql(f"INSERT INTO books.sales (Number, Changed, Version) VALUES ('X', TIMESTAMP '{now()}', 1)")
    shop.run()
    shop.remove("books.sales", "Number IN ('A', 'X')").remove("store.orders", "number = 'B'")
    fates = shop.run()
    assert fates["orders"]["filtered"] == 1
    assert shop.findings()["LEFT_FILTER"] == (1, guid("b"))
    books(store(store(shop, "A", title="Touched"), "X", title="Touched"), "B", Title="Touched")
    shop.run(full=True)
    assert [one.code for one in shop.open_rows()] == ["TARGET_MISSING"] * 3
    assert shop.rows("store.orders", "number") == [("A",), ("C",), ("X",)]
    assert shop.rows("books.sales", "Number") == [("B",), ("C",)]


def test_a_delete_crosses_over_where_the_map_says_so_and_only_outward(shop: Shop) -> None:
    two_way(shop, lines="on_leave: delete\nlimits: {volume: 1.0}\n" + MAP)
    shop.remove("books.sales", "Number = 'A'").remove("store.orders", "number = 'B'")
    fates = shop.run()
    assert fates["orders"]["deleted"] == 1
    assert shop.rows("store.orders", "number") == [("A",), ("C",)]
    assert shop.rows("books.sales", "Number") == [("C",)]


@pytest.mark.parametrize(("master", "title"), [("source", "Ours"), ("target", "Theirs")])
def test_the_master_wins_where_nothing_was_agreed_yet(shop: Shop, master: str, title: str) -> None:
    shop.edit("store.orders", *GUIDS)
    shop.map(f"initial: {{master: {master}}}\n" + MAP % "reject")
    shop.put("store.orders", {"id": guid("a"), "number": "A", "title": "Ours", "currency": "NOK"})
    shop.put("books.sales", {"Number": "A", "Title": "Theirs", "Kind": "NOK", "Count": 3})
    shop.run()
    assert both(shop)[0][1::3] == (title, title)
    assert shop.rejects() == []
    quiet(shop)
    store(shop, "A", title="Changed")
    shop.run()
    assert both(shop)[0][1::3] == ("Changed", "Changed")


def test_a_value_that_is_shortened_on_its_way_does_not_come_back(shop: Shop) -> None:
    two_way(shop)
    long = "far too long for the twenty characters of the other side"
    store(shop, "A", title=long)
    shop.run()
    assert both(shop)[0][1::3] == (long, long[:20])
    quiet(shop)
    books(shop, "A", Title="short")
    shop.run()
    assert both(shop)[0][1::3] == ("short", "short")
    quiet(shop)


PATHS = """
both: {Title: customer.name, Kind: customer.country, Name: title}
fields: {}
back: {conflict: %s}
"""


def test_columns_over_one_reference_are_judged_together(shop: Shop) -> None:
    shop.edit("store.orders", *GUIDS)
    shop.map(PATHS % "reject")
    people = ((1, "Ann", "NO"), (2, "Ann", "ES"), (3, "Bob", "ES"))
    shop.put("store.countries", {"code": "NO"}, {"code": "ES"})
    shop.put("store.customers", *({"id": key, "name": name, "country": land} for key, name, land in people))
    shop.put("store.orders", {"id": guid("a"), "number": "A", "customer": 1, "title": "x"})
    shop.run()
    books(shop, "A", Kind="ES")
    shop.run()
    assert shop.read("SELECT customer FROM store.orders") == [(2,)]
    quiet(shop)
    books(store(shop, "A", customer=1), "A", Title="Bob")
    shop.run()
    kept = {(one.leg, one.code, one.column) for one in shop.open_rows()}
    assert kept == {(leg, "CONFLICT_STALE", "Kind, Title") for leg in ("out", "back")}
    shop.put("store.customers", {"id": 3, "name": "Bob", "country": "ES", "changed": now()})
    store(shop, "A", customer=3)
    shop.run()
    assert shop.rejects() == []
    assert shop.rows("books.sales", "Title Kind") == [("Bob", "ES")]
    quiet(shop)


def test_a_new_name_of_the_row_referred_to_goes_out(shop: Shop) -> None:
    shop.edit("store.orders", *GUIDS)
    shop.map("both: {Title: customer.name}\nfields: {}\nback: {conflict: reject}\n")
    shop.put("store.customers", {"id": 1, "name": "Ann"})
    shop.put("store.orders", {"id": guid("a"), "number": "A", "customer": 1}).run()
    shop.put("store.customers", {"id": 1, "name": "Anna", "changed": now()})
    assert shop.run()["orders"] == {"updated": 1}
    assert shop.sales() == [("A", "Anna")]
    quiet(shop)


def test_a_new_name_of_the_row_that_is_found_comes_back_over_a_path_on_the_left(shop: Shop) -> None:
    shop.map(
        "source: books.sales\ntarget: store.orders\nkey: {number: Number}\nfields: {id: Count}\n"
        "both: {customer.name: Name}\nback: {conflict: reject}\n"
    )
    shop.put("store.customers", {"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"})
    shop.put("books.sales", {"Number": "A", "Count": 1, "Name": "Ann"}).run()
    assert shop.read("SELECT customer FROM store.orders") == [(1,)]
    shop.put("store.customers", {"id": 1, "name": "Anna", "changed": now()})
    shop.run()
    assert shop.rows("books.sales", "Number Name") == [("A", "Anna")]
    shop.run()
    assert shop.rejects() == []
    quiet(shop)


WRITE_BACK = """
map: posted
flow: write_back
conflict: %s
source: books.sales
target: store.orders
key: {number: Number}
fields: {done: Header, quantity: Place}
"""


@pytest.mark.parametrize("conflict", ["reject", "source", "target"])
def test_a_write_back_sees_what_somebody_else_wrote_since(shop: Shop, conflict: str) -> None:
    shop.map(WRITE_BACK % conflict)
    shop.put("store.orders", {"id": 1, "number": "A"}).put("books.sales", {"Number": "A", "Header": "H1", "Place": 1})
    assert shop.one() == {"updated": 1}
    store(shop, "A", done="mine")
    books(shop, "A", Place=2)
    shop.run()
    assert shop.rejects() == []
    kept = "H1" if conflict == "source" else "mine"
    assert shop.rows("store.orders", "done quantity") == [(kept, 2)]
    store(shop, "A", done="mine")
    books(shop, "A", Header="H2", Place=3)
    fates = shop.one()
    if conflict == "reject":
        assert fates == {"rejected": 1}
        (reject,) = shop.open_rows()
        assert (reject.code, reject.column) == ("CONFLICT_STALE", "done")
        assert reject.value == "done: source H2, target mine"
    wanted = {"reject": ("mine", 2), "source": ("H2", 3), "target": ("mine", 3)}
    assert shop.rows("store.orders", "done quantity") == [wanted[conflict]]


VALUES = """
both: {Kind: {from: status, %s}}
fields: {}
back: {conflict: reject}
"""


def valued(shop: Shop, words: str) -> Shop:
    """One order in each state, and one without."""
    shop.edit("store.orders", *GUIDS)
    shop.write("value_maps/state.yaml", "value_map: state\nvalues: {Draft: d, Open: o, Closed: c, Lost: c, '': n}\n")
    shop.map(VALUES % words)
    for letter, status in zip("abcd", (1, 2, 3, None), strict=True):
        shop.put("store.orders", {"id": guid(letter), "number": letter, "status": status})
    shop.run()
    return shop


@pytest.mark.parametrize("words", ["values: state, back: {c: Closed}", "values: {Draft: d, Open: o, Closed: c, '': n}"])
def test_a_value_map_goes_both_ways_blanks_included(shop: Shop, words: str) -> None:
    valued(shop, words)
    assert shop.sales("Number Kind") == [("a", "d"), ("b", "o"), ("c", "c"), ("d", "n")]
    for number, code in zip("abcd", ("c", "n", None, "o"), strict=True):
        books(shop, number, Kind=code)
    assert shop.run()["orders:back"] == {"updated": 4}
    assert shop.rows("store.orders", "number status") == [("a", 3), ("b", None), ("c", None), ("d", 2)]
    quiet(shop)
    books(shop, "a", Kind="")
    assert shop.run()["orders:back"] == {"updated": 1}
    assert shop.rows("store.orders", "number status")[0] == ("a", None)
    quiet(shop)
    assert shop.sales("Number Kind") == [("a", ""), ("b", "n"), ("c", None), ("d", "o")]


def test_a_shared_value_map_is_turned_round_for_the_choices_of_the_column(shop: Shop) -> None:
    valued(shop, "values: state")
    books(shop, "a", Kind="c")
    assert shop.run()["orders:back"] == {"updated": 1}
    assert shop.rows("store.orders", "number status")[0] == ("a", 3)


def test_a_value_that_no_arm_names_is_passed_on_both_ways_where_the_map_says_so(shop: Shop) -> None:
    shop.edit("store.orders", *GUIDS)
    shop.map("both: {Kind: {from: currency, values: {EUR: E}, otherwise: pass}}\nfields: {}\nback: {}\n")
    shop.put("store.orders", {"id": guid("a"), "number": "a", "currency": "NOK"}).run()
    assert shop.sales("Kind") == [("NOK",)]
    books(shop, "a", Kind="USD")
    shop.run()
    assert shop.rows("store.orders", "currency") == [("USD",)]
    books(shop, "a", Kind="E")
    shop.run()
    assert shop.rows("store.orders", "currency") == [("EUR",)]
    quiet(shop)
