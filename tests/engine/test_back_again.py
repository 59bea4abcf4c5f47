"""Rows that the way back made, and that are gone before the way out has read them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.shop import Shop
from tests.engine.test_two_ways import MAP, both, two_way


@pytest.mark.parametrize("asked", [{}, {"full": True}])
def test_a_row_that_came_back_and_is_deleted_before_the_way_out_has_read_it_is_missed(shop: Shop, asked: Any) -> None:  # noqa: ANN401
    """The table then is what it was when the way out read it last: nothing but the link tells of the row."""
    two_way(shop, lines=MAP + "on_leave: delete\n").put("books.sales", {"Number": "D", "Title": "Bed"})
    assert shop.run()["orders:back"] == {"inserted": 1}
    shop.remove("store.orders", "number = 'D'")
    assert shop.run(**asked)["orders"]["deleted"] == 1
    assert [number for number, *_ in both(shop)] == ["A", "B", "C"]
    assert "deleted" not in shop.run()["orders"]
