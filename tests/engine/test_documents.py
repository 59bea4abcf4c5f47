"""Documents: lines under headers, grouped, ordered, limited; and numbers from sequences."""

from __future__ import annotations

from tests.engine.shop import Shop, orders

DOCUMENT = (
    "allow: [create]\ndocument:\n  target: books.headers\n  by: {Group: currency}\n  order: [placed]\n  lines: 2\n"
    "  fields: {Id: {sequence: headers}, State: {value: Draft}}\n"
    "fields: {Title: title, Header: document.Id, Place: document.line}\n"
)
REUSE = DOCUMENT.replace("  lines: 2\n", "  lines: 2\n  reuse: State = 'Draft'\n")


def lines(shop: Shop, *groups: str | None, start: int = 1) -> Shop:
    """One order per group, each placed a day before the one above it."""
    return shop.put(
        "store.orders",
        *(
            {"id": key, "number": f"N{key}", "title": "x", "currency": group, "placed": f"2025-01-{31 - key}"}
            for key, group in enumerate(groups, start=start)
        ),
    )


def test_five_lines_of_one_group_make_three_headers_of_two(shop: Shop) -> None:
    lines(shop.map(DOCUMENT), "EUR", "EUR", "EUR", "EUR", "EUR")
    assert shop.one() == {"inserted": 5}
    assert shop.rows("books.headers", "Id Group State Version") == [
        ("H-01", "EUR", 0, 1),
        ("H-02", "EUR", 0, 1),
        ("H-03", "EUR", 0, 1),
    ]
    assert shop.sales("Header Place Number") == [
        ("H-01", 1, "N5"),
        ("H-01", 2, "N4"),
        ("H-02", 1, "N3"),
        ("H-02", 2, "N2"),
        ("H-03", 1, "N1"),
    ]
    assert shop.one() == {}


def test_groups_have_headers_of_their_own(shop: Shop) -> None:
    lines(shop.map(DOCUMENT), "EUR", "NOK", "EUR", "NOK", "NOK")
    assert shop.one() == {"inserted": 5}
    assert shop.rows("books.headers", "Id Group") == [("H-01", "EUR"), ("H-02", "NOK"), ("H-03", "NOK")]
    assert shop.sales("Header Place Number") == [
        ("H-01", 1, "N3"),
        ("H-01", 2, "N1"),
        ("H-02", 1, "N5"),
        ("H-02", 2, "N4"),
        ("H-03", 1, "N2"),
    ]


def test_without_a_limit_a_group_has_one_header(shop: Shop) -> None:
    lines(shop.map(DOCUMENT.replace("  lines: 2\n", "")), *["EUR"] * 5)
    assert shop.one() == {"inserted": 5}
    assert shop.rows("books.headers", "Id") == [("H-01",)]
    assert shop.sales("Place") == [(1,), (2,), (3,), (4,), (5,)]


def test_lines_that_tie_in_the_order_are_numbered_by_their_key(shop: Shop) -> None:
    shop.map(DOCUMENT.replace("  lines: 2\n", ""))
    shop.put("store.orders", *({"id": key, "number": f"N{key}", "placed": "2025-01-01"} for key in (3, 1, 2)))
    assert shop.one() == {"inserted": 3}
    assert shop.sales("Place Number") == [(1, "N1"), (2, "N2"), (3, "N3")]


def test_a_draft_takes_more_lines_until_it_is_full(shop: Shop) -> None:
    lines(shop.map(REUSE), "EUR").run()
    lines(shop, "EUR", "EUR", start=2)
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Header Place Number") == [("H-01", 1, "N1"), ("H-01", 2, "N3"), ("H-02", 1, "N2")]
    lines(shop, "EUR", start=4)
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Header Place Number")[-1] == ("H-02", 2, "N4")
    assert shop.rows("books.headers", "Id") == [("H-01",), ("H-02",)]


def test_a_posted_header_takes_no_more_lines(shop: Shop) -> None:
    lines(shop.map(REUSE), "EUR").run()
    shop.sql("UPDATE books.headers SET State = 1")
    lines(shop, "EUR", start=2)
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Header Place Number") == [("H-01", 1, "N1"), ("H-02", 1, "N2")]
    assert shop.rows("books.headers", "Id State") == [("H-01", 1), ("H-02", 0)]


def test_without_reuse_every_run_makes_new_headers(shop: Shop) -> None:
    lines(shop.map(DOCUMENT), "EUR").run()
    lines(shop, "EUR", start=2).run()
    assert shop.sales("Header Place") == [("H-01", 1), ("H-02", 1)]


def test_a_header_of_another_group_takes_no_lines(shop: Shop) -> None:
    lines(shop.map(REUSE), "EUR").run()
    lines(shop, "NOK", start=2).run()
    assert shop.rows("books.headers", "Id Group") == [("H-01", "EUR"), ("H-02", "NOK")]
    assert shop.sales("Header Place Number") == [("H-01", 1, "N1"), ("H-02", 1, "N2")]


def test_an_empty_and_a_missing_part_of_a_group_stay_apart(shop: Shop) -> None:
    lines(shop.map(REUSE), "", None, "", None)
    assert shop.one() == {"inserted": 4}
    found = shop.read(
        'SELECT h."Group", list(s.Number ORDER BY s.Place) FROM books.sales s JOIN books.headers h ON h.Id = s.Header'
        " GROUP BY h.Id, 1 ORDER BY 1 NULLS LAST"
    )
    assert found == [("", ["N3", "N1"]), (None, ["N4", "N2"])]
    lines(shop, None, start=5)
    assert shop.one() == {"inserted": 1}
    assert shop.read('SELECT count(*) FROM books.headers WHERE "Group" IS NULL') == [(2,)]


def test_a_header_that_was_removed_takes_no_lines(shop: Shop) -> None:
    lines(shop.map(REUSE), "EUR").run()
    shop.sql("DELETE FROM books.headers")
    lines(shop, "EUR", start=2).run()
    assert shop.rows("books.headers", "Id") == [("H-02",)]
    assert shop.sales("Header") == [("H-01",), ("H-02",)]


def test_a_line_that_was_removed_makes_room_and_its_place_is_not_given_again(shop: Shop) -> None:
    lines(shop.map(REUSE), "EUR", "EUR").run()
    shop.remove("books.sales", "Number = 'N2'")
    lines(shop, "EUR", start=3)
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Header Place Number") == [("H-01", 2, "N1"), ("H-01", 3, "N3")]


def test_a_restored_line_goes_into_a_document_again(shop: Shop) -> None:
    lines(shop.map(DOCUMENT + "guard: {missing_rows: restore}"), "EUR", "EUR").run()
    shop.sql("DELETE FROM books.sales", "DELETE FROM books.headers")
    assert shop.one() == {"inserted": 2}
    assert shop.rows("books.headers", "Id") == [("H-02",)]
    assert shop.sales("Header Place Number") == [("H-02", 1, "N2"), ("H-02", 2, "N1")]


def test_a_held_line_takes_no_place(shop: Shop) -> None:
    lines(shop.map(DOCUMENT + "requires: [{that: quantity is null}]"), "EUR", "EUR", "EUR")
    shop.put("store.orders", {"id": 2, "quantity": 1})
    assert shop.one() == {"inserted": 2, "held": 1}
    assert shop.sales("Header Place Number") == [("H-01", 1, "N3"), ("H-01", 2, "N1")]


def test_no_lines_make_no_header(shop: Shop) -> None:
    lines(shop.map(DOCUMENT + "filter: quantity = 1"), "EUR")
    assert shop.one() == {"filtered": 1}
    assert shop.rows("books.headers", "Id") == []


NUMBERED = "allow: [create]\nkey: {Number: {sequence: sales}}\nfields: {Title: title}\n"


def test_a_number_is_given_once_per_row(shop: Shop) -> None:
    shop.map(NUMBERED).put("store.orders", *orders((2, "", "b"), (1, "", "a")))
    assert shop.one() == {"inserted": 2}
    assert shop.sales() == [("S-001", "a"), ("S-002", "b")]
    shop.put("store.orders", *orders((3, "", "c")))
    assert shop.one() == {"inserted": 1}
    assert shop.one(full=True) == {"unchanged": 3}
    assert shop.sales() == [("S-001", "a"), ("S-002", "b"), ("S-003", "c")]


def test_a_restored_row_keeps_its_number(shop: Shop) -> None:
    shop.map(NUMBERED + "guard: {missing_rows: restore}").put("store.orders", *orders((1, "", "a"), (2, "", "b"))).run()
    shop.sql("DELETE FROM books.sales")
    assert shop.one() == {"inserted": 2}
    assert shop.sales() == [("S-001", "a"), ("S-002", "b")]
    shop.put("store.orders", *orders((3, "", "c"))).run()
    assert shop.sales()[-1] == ("S-003", "c")


def test_a_held_row_draws_no_number(shop: Shop) -> None:
    shop.map(NUMBERED + "requires: [{that: title <> 'wait'}]").put(
        "store.orders", *orders((1, "", "wait"), (2, "", "b"))
    )
    assert shop.one() == {"inserted": 1, "held": 1}
    shop.put("store.orders", {"id": 1, "title": "a"})
    assert shop.one()["inserted"] == 1
    assert shop.sales() == [("S-001", "b"), ("S-002", "a")]


def test_a_number_that_is_no_key_stays_through_updates(shop: Shop) -> None:
    shop.map("fields: {Title: title, Kind: {sequence: sales}}").put("store.orders", *orders((1, "A", "a"))).run()
    shop.put("store.orders", {"id": 1, "title": "b"})
    assert shop.one() == {"updated": 1}
    assert shop.sales("Number Title Kind") == [("A", "b", "S-001")]


def test_two_columns_with_one_sequence_hold_the_same_number(shop: Shop) -> None:
    shop.map("fields: {Title: title, Kind: {sequence: sales}, Name: {sequence: sales}}").put(
        "store.orders", *orders((1, "A", "a"))
    )
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Number Kind Name") == [("A", "S-001", "S-001")]
    assert shop.one(full=True) == {"unchanged": 1}


def test_two_maps_with_one_sequence_never_give_one_number_twice(shop: Shop) -> None:
    shop.map("map: first\nkey: {Number: {sequence: sales}}\nallow: [create]", "a")
    shop.map(
        "map: second\nsource: store.customers\nallow: [create]\nkey: {Number: {sequence: sales}}\nfields:"
        " {Title: name}",
        "b",
    )
    shop.put("store.orders", *orders((1, "", "order"))).put("store.customers", {"id": 1, "name": "customer"})
    shop.setting("overlap: 60s", "overlap: 60s\nlimits: {empty_source: allow}")
    shop.run()
    numbers = [number for number, _ in shop.sales()]
    assert len(numbers) == len(set(numbers)) == 2
