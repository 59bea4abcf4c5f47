"""Lookups: by key, by date, the first of several, totals; and what happens when nothing, or too much, is found."""

from __future__ import annotations

from decimal import Decimal
from hashlib import md5

import pytest

from tests.engine.shop import Shop, orders

WHO = "lookups: {who: {in: store.customers, where: {name: title}%s}}\nfields: {Title: title, Count: who.id}"
PART = "lookups: {part: {in: store.parts, where: {order: id}%s}}\nfields: {Name: part.item}"


def ask(shop: Shop, lines: str) -> Shop:
    """Two orders, of which the first finds a customer."""
    shop.put("store.customers", {"id": 7, "name": "Ann"}, {"id": 8, "name": "Eve"}, {"id": 9, "name": "Eve"})
    return shop.map(lines).put("store.orders", *orders((1, "A", "Ann"), (2, "B", "Bob")))


@pytest.mark.parametrize(
    ("more", "fate", "code"),
    [
        ("", "rejected", "LOOKUP_MISSING"),
        (", missing: reject, else: NO_CUSTOMER", "rejected", "NO_CUSTOMER"),
        (", missing: hold", "held", "LOOKUP_MISSING"),
        (", missing: hold, else: NO_CUSTOMER", "held", "NO_CUSTOMER"),
    ],
)
def test_a_row_that_finds_nothing_waits_until_it_does(shop: Shop, more: str, fate: str, code: str) -> None:
    ask(shop, WHO % more)
    assert shop.one() == {"inserted": 1, fate: 1}
    assert shop.rejects() == [("2", fate, code)]
    assert [(one.column, one.value) for one in shop.open_rows()] == [("who", "Bob")]
    shop.put("store.customers", {"id": 10, "name": "Bob"})
    assert shop.one()["inserted"] == 1
    assert shop.sales("Number Count") == [("A", 7), ("B", 10)]
    assert shop.rejects() == []


def test_a_lookup_that_may_miss_gives_null(shop: Shop) -> None:
    ask(shop, WHO % ", missing: null")
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number Count") == [("A", 7), ("B", None)]


@pytest.mark.parametrize("missing", ["reject", "hold", "null"])
def test_two_rows_found_are_ambiguous(shop: Shop, missing: str) -> None:
    ask(shop, WHO % f", missing: {missing}").put("store.orders", {"id": 2, "title": "Eve"})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("2", "rejected", "LOOKUP_AMBIGUOUS")]
    shop.remove("store.customers", "id = 9")
    assert shop.one()["inserted"] == 1
    assert shop.sales("Number Count") == [("A", 7), ("B", 8)]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("[amount]", "low"),
        ("[-amount]", "high"),
        ("[item]", "first"),
        ("[-item]", "second"),
        ("[-amount, item]", "high"),
    ],
)
def test_the_first_of_several_in_an_order(shop: Shop, order: str, found: str) -> None:
    names = {"low": "m", "high": "n", "first": "a", "second": "z"}
    parts = [("m", 1), ("n", 9), ("a", 5), ("z", 5), ("x", None)]
    shop.put(
        "store.parts",
        *({"id": key, "order": 1, "item": item, "amount": amount} for key, (item, amount) in enumerate(parts)),
    )
    shop.map(PART % f", first_by: {order}").put("store.orders", *orders((1, "A", "Chair")))
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Name") == [(names[found],)]


def test_of_equals_the_one_with_the_smallest_key_is_first_however_the_rows_lie(shop: Shop) -> None:
    shop.put("store.parts", *({"id": key, "order": 1, "item": f"p{key}", "amount": 5} for key in (9, 3, 7, 5)))
    shop.map(PART % ", first_by: [-amount]").put("store.orders", *orders((1, "A", "Chair"))).run()
    assert shop.sales("Name") == [("p3",)]
    shop.sql("CREATE TABLE kept AS SELECT * FROM store.parts ORDER BY id DESC", "DELETE FROM store.parts")
    shop.sql("INSERT INTO store.parts SELECT * FROM kept", "DROP TABLE kept")
    assert shop.one(full=True) == {"unchanged": 1}


def test_the_first_of_none_is_missing(shop: Shop) -> None:
    shop.map(PART % ", first_by: [amount], else: NO_PART").put("store.orders", *orders((1, "A", "x"), (2, "B", "y")))
    shop.put("store.parts", {"id": 1, "order": 1, "item": "p"})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("2", "rejected", "NO_PART")]


RATE = (
    "lookups: {rate: {in: store.rates, where: {currency: currency}, as_of: placed, missing: null}}\n"
    "fields: {Amount: {from: rate.rate, round: {to: 2, mode: half_up}}}"
)


def test_an_effective_date_finds_the_period_it_falls_into(shop: Shop) -> None:
    rate = {"currency": "EUR", "company": "c1"}
    shop.put("store.rates", rate | {"since": "2025-02-01", "until": "2025-02-28", "rate": 2})
    shop.put("store.rates", rate | {"since": "2025-03-01", "until": None, "rate": 3})
    shop.put("store.rates", rate | {"company": "c2", "since": "2025-01-01", "rate": 9})
    days = ("2025-01-31", "2025-02-01", "2025-02-28", "2025-03-01", "2099-01-01", None)
    order: dict[str, str | int | None] = {"currency": "EUR", "company": "c1"}
    shop.map(RATE).put(
        "store.orders", *(order | {"id": key, "number": f"N{key}", "placed": day} for key, day in enumerate(days))
    )
    assert shop.one() == {"inserted": 6}
    found = [None if amount is None else int(amount) for _, amount in shop.sales("Number Amount")]
    assert found == [None, 2, 2, 3, 3, None]


def test_an_open_beginning_reaches_back_without_end(shop: Shop) -> None:
    shop.edit("store.rates", "key: [currency, since]", "key: [currency, rate]")
    rate = {"currency": "EUR", "company": "c1"}
    shop.put("store.rates", rate | {"since": None, "until": "2025-02-28", "rate": 2})
    shop.map(RATE).put("store.orders", {"id": 1, "number": "A", "placed": "1900-01-01", **rate | {}})
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Amount") == [(Decimal("2.00"),)]


def test_periods_that_overlap_are_ambiguous(shop: Shop) -> None:
    rate = {"currency": "EUR", "company": "c1"}
    shop.put("store.rates", rate | {"since": "2025-01-01", "rate": 2}, rate | {"since": "2025-02-01", "rate": 3})
    order: dict[str, str | int | None] = {"currency": "EUR", "company": "c1"}
    shop.map(RATE).put("store.orders", order | {"id": 1, "number": "A", "placed": "2025-01-15"})
    shop.put("store.orders", order | {"id": 2, "number": "B", "placed": "2025-02-15"})
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert shop.rejects() == [("2", "rejected", "LOOKUP_AMBIGUOUS")]


def test_a_table_per_company_is_read_in_the_company_of_the_row(shop: Shop) -> None:
    shop.map(
        "lookups: {rate: {in: store.rates, where: {currency: currency, since: placed}, missing: null}}\n"
        "fields: {Amount: {from: rate.rate, round: {to: 2, mode: half_up}}}"
    )
    shop.edit("store.rates", "key: [currency, since]", "key: [currency, since, company]")
    rate = {"currency": "EUR", "since": "2025-01-01"}
    shop.put("store.rates", rate | {"company": "c1", "rate": 1}, rate | {"company": "c2", "rate": 2})
    order = {"currency": "EUR", "placed": "2025-01-01"}
    for key, company in enumerate(("c1", "c2", "c3", None)):
        shop.put("store.orders", order | {"id": key, "number": f"N{key}", "company": company})
    assert shop.one() == {"inserted": 4}
    assert [amount and int(amount) for _, amount in shop.sales("Number Amount")] == [1, 2, None, None]


def test_the_company_of_a_row_may_stand_in_another_table(shop: Shop) -> None:
    shop.map(
        "company: payer.companies.code\n"
        "lookups: {rate: {in: store.rates, where: {currency: currency}, missing: null}}\n"
        "fields: {Amount: {from: rate.rate, round: {to: 2, mode: half_up}}}"
    )
    shop.put("store.companies", {"id": 5, "code": "c2"})
    shop.put("store.rates", {"currency": "EUR", "since": "2025-01-01", "company": "c1", "rate": 1})
    shop.put("store.rates", {"currency": "EUR", "since": "2025-01-02", "company": "c2", "rate": 2})
    shop.put("store.orders", {"id": 1, "number": "A", "company": "c1", "currency": "EUR", "payer": 5})
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Amount") == [(Decimal("2.00"),)]


TOTAL = (
    "lookups: {parts: {in: store.parts, where: {order: id}, %s"
    "total: {n: count(*), sum: sum(amount), items: checksum(item), least: min(amount), filled: count(item)}}}\n"
    "fields: {Count: parts.n, Amount: parts.sum, Name: parts.items, Place: parts.filled}"
)


def checksum(*items: str) -> str:
    return md5(",".join(sorted(items)).encode(), usedforsecurity=False).hexdigest()


def test_totals_of_many_one_and_no_rows(shop: Shop) -> None:
    shop.put("store.parts", {"id": 1, "order": 1, "item": "b", "amount": "1.10"})
    shop.put("store.parts", {"id": 2, "order": 1, "item": "a", "amount": "2.20"})
    shop.put("store.parts", {"id": 3, "order": 2, "item": None, "amount": None})
    shop.map(TOTAL % "").put("store.orders", *orders((1, "A", "x"), (2, "B", "y"), (3, "C", "z")))
    assert shop.one() == {"inserted": 3}
    assert shop.sales("Number Count Amount Name Place") == [
        ("A", 2, Decimal("3.30"), checksum("a", "b"), 2),
        ("B", 1, None, checksum(), 0),
        ("C", 0, None, checksum(), 0),
    ]


def test_totals_over_the_rows_that_pass_a_filter_with_the_row_read(shop: Shop) -> None:
    shop.put("store.parts", *({"id": n, "order": 1, "item": f"p{n}", "amount": n} for n in range(1, 6)))
    shop.map(TOTAL % "filter: amount >= row.quantity, ").put(
        "store.orders",
        *(row | {"quantity": least} for row, least in zip(orders((1, "A", "x"), (2, "B", "y")), (4, 4), strict=True)),
    )
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number Count Amount") == [("A", 2, Decimal("9.00")), ("B", 0, None)]


def test_a_filter_compares_with_the_row_read(shop: Shop) -> None:
    shop.map(PART % ", filter: amount = row.quantity and item <> 'no', missing: null")
    shop.put(
        "store.parts",
        {"id": 1, "order": 1, "item": "p1", "amount": 1},
        {"id": 2, "order": 1, "item": "p2", "amount": 2},
    )
    shop.put("store.parts", {"id": 3, "order": 1, "item": "no", "amount": 2})
    rows = orders((1, "A", "x"), (2, "B", "y"))
    shop.put("store.orders", rows[0] | {"quantity": 2}, rows[1] | {"quantity": 2})
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number Name") == [("A", "p2"), ("B", None)]


def test_a_later_lookup_uses_an_earlier_one(shop: Shop) -> None:
    shop.map(
        "lookups:\n  part: {in: store.parts, where: {order: id}, first_by: [id]}\n"
        "  who: {in: store.customers, where: {name: part.item}}\n"
        "  home: {in: store.countries, where: {code: who.country}, missing: null}\n"
        "fields: {Name: home.name, Count: who.id, Kind: who.country.region}"
    )
    shop.put("store.countries", {"code": "NO", "name": "Norway", "region": "n"})
    shop.put("store.customers", {"id": 7, "name": "Ann", "country": "NO"})
    shop.put("store.parts", {"id": 1, "order": 1, "item": "Ann"}, {"id": 2, "order": 1, "item": "Bob"})
    shop.put("store.orders", *orders((1, "A", "x")))
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Name Count Kind") == [("Norway", 7, "n")]
    shop.put("store.countries", {"code": "NO", "name": "Norge"})
    assert shop.one() == {"updated": 1}
    assert shop.sales("Name") == [("Norge",)]


def test_a_table_of_one_row_is_looked_up_without_a_key(shop: Shop) -> None:
    shop.map("lookups: {own: {in: store.companies, missing: hold, else: NOT_SET_UP}}\nfields: {Name: own.code}")
    shop.put("store.orders", *orders((1, "A", "x"), (2, "B", "y")))
    assert shop.one() == {"held": 2}
    shop.put("store.companies", {"id": 1, "code": "c1"})
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Name") == [("c1",), ("c1",)]
    shop.put("store.companies", {"id": 2, "code": "c2"})
    assert shop.one() == {"rejected": 2}
    assert shop.rejects() == [("1", "rejected", "LOOKUP_AMBIGUOUS"), ("2", "rejected", "LOOKUP_AMBIGUOUS")]


def test_a_null_is_never_found(shop: Shop) -> None:
    ask(shop, WHO % ", missing: null").put("store.customers", {"id": 11, "name": None})
    shop.put("store.orders", {"id": 1, "title": None})
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number Count") == [("A", None), ("B", None)]


def test_a_constant_in_where_is_compared_with_the_column(shop: Shop) -> None:
    shop.map("lookups: {part: {in: store.parts, where: {order: id, item: {value: 'it''s'}}}}\nfields: {Count: part.id}")
    shop.put("store.parts", {"id": 4, "order": 1, "item": "it's"}, {"id": 5, "order": 1, "item": "its"})
    shop.put("store.orders", *orders((1, "A", "x")))
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Count") == [(4,)]
