"""A set of a hundred thousand rows goes in as a whole."""

from __future__ import annotations

import pytest

from tests.engine.shop import Shop


@pytest.mark.slow
def test_a_set_of_a_hundred_thousand_rows_goes_in_whole_or_not_at_all(shop: Shop) -> None:
    shop.map(
        "allow: [create]\nlookups: {head: {in: store.companies, where: {id: quantity}}}\n"
        "all_or_nothing: {by: [quantity], expect: count(*) = 100000 and head.code = 'full'}"
    )
    shop.put("store.companies", {"id": 7, "code": "full"})
    shop.sql(
        "INSERT INTO store.orders (id, number, title, quantity, changed, version) SELECT n, 'N' || n, 'x', 7,"
        " TIMESTAMP '2025-01-01' + INTERVAL (n) SECOND, 1 FROM range(99999) AS r (n)"
    )
    assert shop.one() == {"held": 99_999}
    assert shop.sales("Number") == []
    shop.put("store.orders", {"id": 99_999, "number": "N99999", "title": "x", "quantity": 7})
    assert shop.one() == {"inserted": 100_000}
    assert shop.read("SELECT count(*), count(DISTINCT Number) FROM books.sales") == [(100_000, 100_000)]
    assert shop.open_rows() == ()
    assert shop.one() == {}
