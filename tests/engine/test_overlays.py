"""A column of one's own is added to a map that is not edited, from YAML to rows."""

from __future__ import annotations

import pytest

from crosswalk import api
from crosswalk.errors import MapError
from tests.engine.shop import Shop, orders

ORDERS = "extends: store.orders\ncolumns: {colour: {type: text(9)}}\n"
SALES = "extends: books.sales\ncolumns: {Colour: {type: text(9)}}\n"
OURS = "extends: orders\nversion: 1.0.0-ours\nfields: {Colour: {from: colour, upper: true}}\nremove: [Title]\n"


def extended(shop: Shop) -> Shop:
    shop.map().write("ours/orders.entity.yaml", ORDERS)
    shop.write("ours/sales.entity.yaml", SALES)
    shop.write("ours/orders.map.yaml", OURS)
    shop.template = None
    return shop


def test_a_column_is_added_by_an_overlay_end_to_end(shop: Shop) -> None:
    extended(shop).put("store.orders", {"id": 1, "number": "A", "title": "Chair", "colour": "red"})
    assert shop.one() == {"inserted": 1}
    assert shop.sales("Number Title Colour") == [("A", None, "RED")]


def test_an_overlay_is_a_change_of_the_map(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair")))
    shop.run()
    shop.write("ours/orders.map.yaml", "extends: orders\nfields: {Kind: {value: new}}\n")
    assert shop.one() == {"updated": 1}
    assert shop.leg().mode == "initial"
    assert shop.sales("Number Title Kind") == [("A", "Chair", "new")]


def test_a_mistake_in_an_overlay_is_told_once_and_at_its_place(shop: Shop) -> None:
    shop.map().write("ours/orders.map.yaml", "extends: orders\nfields: {Kind: ttle}\n")
    with pytest.raises(MapError) as raised:
        api.load(shop.root)
    assert [(one.code, str(one.span)) for one in raised.value.problems] == [
        ("UNKNOWN_COLUMN", "ours/orders.map.yaml:2:16")
    ]
