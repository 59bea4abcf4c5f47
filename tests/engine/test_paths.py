"""Paths over relations: null on the way, references to nothing, references to one of several tables."""

from __future__ import annotations

from tests.engine.shop import Shop, orders

THREE = "fields: {Title: title, Name: customer.country.region.name}"


def test_three_hops_with_null_on_the_way_and_a_reference_to_nothing(shop: Shop) -> None:
    shop.put("store.regions", {"code": "n", "name": "North"})
    shop.put(
        "store.countries", {"code": "NO", "region": "n"}, {"code": "SE", "region": None}, {"code": "XX", "region": "?"}
    )
    countries = {1: "NO", 2: "SE", 3: "XX", 4: None, 5: "??"}
    shop.put("store.customers", *({"id": key, "country": country} for key, country in countries.items()))
    customers = [1, 2, 3, 4, 5, None, 99]
    rows = orders(*((key, f"N{key}", "x") for key in range(7)))
    shop.put("store.orders", *(row | {"customer": customer} for row, customer in zip(rows, customers, strict=True)))
    shop.map(THREE)
    assert shop.one() == {"inserted": 4, "rejected": 3}
    assert shop.sales("Number Name") == [("N0", "North"), ("N1", None), ("N3", None), ("N5", None)]
    assert [
        (one.key, one.code, one.column, one.value) for one in sorted(shop.open_rows(), key=lambda one: one.key)
    ] == [
        ("2", "LOOKUP_MISSING", "Name", "?"),
        ("4", "LOOKUP_MISSING", "Name", "??"),
        ("6", "LOOKUP_MISSING", "Name", "99"),
    ]


def test_a_reference_to_nothing_holds_a_row_back_only_where_a_line_follows_it(shop: Shop) -> None:
    shop.map("fields: {Count: customer}").put("store.orders", *orders((1, "A", "x"))).put(
        "store.orders", {"id": 1, "customer": 99}
    )
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Count") == [(99,)]


def test_a_reference_that_two_rows_answer_is_ambiguous(shop: Shop) -> None:
    shop.map("fields: {Name: customer.name}").put("store.customers", {"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"})
    shop.sql("INSERT INTO store.customers SELECT * REPLACE ('Anna' AS name) FROM store.customers WHERE id = 1")
    rows = orders((1, "A", "x"), (2, "B", "y"))
    shop.put("store.orders", rows[0] | {"customer": 1}, rows[1] | {"customer": 2})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("1", "rejected", "LOOKUP_AMBIGUOUS")]


def test_a_reference_to_one_of_two_tables(shop: Shop) -> None:
    shop.map("fields: {Name: payer.customers.name, Kind: payer.companies.code}")
    shop.put("store.customers", {"id": 1, "name": "Ann"}).put("store.companies", {"id": 2, "code": "c2"})
    rows = orders((1, "A", "x"), (2, "B", "y"), (3, "C", "z"), (4, "D", "u"))
    shop.put("store.orders", *(row | {"payer": payer} for row, payer in zip(rows, (1, 2, None, 3), strict=True)))
    assert shop.one() == {"inserted": 3, "rejected": 1}
    assert shop.sales("Number Name Kind") == [("A", "Ann", None), ("B", None, "c2"), ("C", None, None)]
    assert shop.rejects() == [("4", "rejected", "LOOKUP_MISSING")]
    shop.put("store.companies", {"id": 3, "code": "c3"})
    assert shop.one()["inserted"] == 1
    assert shop.sales("Number Kind")[-1] == ("D", "c3")


def test_a_filter_follows_a_path_and_takes_null_for_no(shop: Shop) -> None:
    shop.map("filter: customer.country = 'NO'").put(
        "store.customers", {"id": 1, "country": "NO"}, {"id": 2, "country": None}
    )
    rows = orders((1, "A", "x"), (2, "B", "y"), (3, "C", "z"))
    shop.put("store.orders", *(row | {"customer": customer} for row, customer in zip(rows, (1, 2, None), strict=True)))
    assert shop.one() == {"inserted": 1, "filtered": 2}
    assert shop.sales("Number") == [("A",)]
