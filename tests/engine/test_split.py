"""Shares: a value is split over the rows that one row makes, and the shares add up to it to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from crosswalk import api
from crosswalk.errors import MapError
from tests.engine.shop import Shop

SPLIT = """\
each: {share: {in: store.parts, where: {order: id}}}
key: {Number: {concat: [number, {value: "-"}, share.id]}}
fields:
  Title: title
  Amount: {from: amount, split: {by: share.amount%s}%s}
on_leave: delete
"""


def shares(shop: Shop) -> list[str]:
    return [str(amount) for (amount,) in shop.read('SELECT "Amount" FROM books.sales ORDER BY "Number"')]


def weigh(shop: Shop, *weights: object, amount: object = "100.00", order: int = 1) -> Shop:
    """One order with a part for each weight."""
    shop.put("store.orders", {"id": order, "number": f"N{order}", "amount": amount})
    parts = ({"id": order * 10 + n, "order": order, "amount": weight} for n, weight in enumerate(weights))
    return shop.put("store.parts", *parts)


def agrees(shop: Shop) -> None:
    open_rows = shop.rejects()
    for full in (False, True):
        fates = shop.one(full=full)
        assert {fate for fate in fates if fate in ("inserted", "updated", "deleted")} == set()
        assert shop.rejects() == open_rows


@pytest.mark.parametrize(
    ("amount", "weights", "rest", "found"),
    [
        ("100.00", (1, 1, 1), "", ["33.34", "33.33", "33.33"]),
        ("100.00", (1, 1, 1), ", rest: first", ["33.34", "33.33", "33.33"]),
        ("100.00", (1, 1, 1), ", rest: last", ["33.33", "33.33", "33.34"]),
        ("100.00", ("33.33", "33.33", "33.34"), "", ["33.33", "33.33", "33.34"]),
        ("-100.00", (1, 1, 1), "", ["-33.34", "-33.33", "-33.33"]),
        ("-0.05", (1, 1), "", ["-0.02", "-0.03"]),
        ("0.05", (1, 2, 1), "", ["0.01", "0.03", "0.01"]),
        ("0.02", (1, 1, 1), ", rest: last", ["0.01", "0.01", "0.00"]),
        ("100.00", (0, 1, 3), ", rest: first", ["0.00", "25.00", "75.00"]),
        ("0.10", (0, 1, 1, 1), ", rest: first", ["0.00", "0.04", "0.03", "0.03"]),
        ("9999999999.99", ("9999999999.99", "0.01"), "", ["9999999999.98", "0.01"]),
        ("0.00", (2, 3), "", ["0.00", "0.00"]),
        (None, (2, 3), "", ["None", "None"]),
        ("77.77", (5,), "", ["77.77"]),
    ],
)
def test_shares_add_up_to_the_whole(
    shop: Shop, amount: str | None, weights: tuple[object, ...], rest: str, found: list[str]
) -> None:
    weigh(shop.map(SPLIT % (rest, "")), *weights, amount=amount)
    assert shop.one() == {"inserted": 1}
    assert shares(shop) == found
    assert amount is None or sum(map(Decimal, found)) == Decimal(amount)
    agrees(shop)


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("0", ["34", "33", "33"]),
        ("{to: 1, mode: half_up}", ["33.4", "33.3", "33.3"]),
        ("{to: 2, mode: down}", ["33.34", "33.33", "33.33"]),
        ("{to: quantity, mode: half_up}", ["33.4", "33.3", "33.3"]),
    ],
)
def test_shares_are_rounded_as_the_line_says(shop: Shop, how: str, found: list[str]) -> None:
    weigh(shop.map(SPLIT % ("", f", round: {how}")), 1, 1, 1).put("store.orders", {"id": 1, "quantity": 1})
    shop.run()
    assert [Decimal(share) for share in shares(shop)] == [Decimal(share) for share in found]


@pytest.mark.parametrize(
    ("mode", "found"),
    [("half_up", ["0.2", "0.3"]), ("half_even", ["0.3", "0.2"]), ("down", ["0.3", "0.2"])],
)
def test_a_half_is_rounded_by_the_mode(shop: Shop, mode: str, found: list[str]) -> None:
    weigh(shop.map(SPLIT % (", rest: first", f", round: {{to: 1, mode: {mode}}}")), "1", "1", amount="0.50")
    shop.run()
    assert [Decimal(share) for share in shares(shop)] == [Decimal(share) for share in found]


@pytest.mark.parametrize("weights", [(1, None), (1, -1), (0, 0), (None,)])
def test_weights_that_cannot_be_used_refuse_all_shares_of_the_row(shop: Shop, weights: tuple[object, ...]) -> None:
    weigh(shop.map(SPLIT % ("", "")), *weights)
    weigh(shop, 1, 1, order=2)
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert {(row.code, row.column) for row in shop.open_rows()} == {("SPLIT_INVALID", "Amount")}
    assert len(shop.open_rows()) == len(weights)
    assert shares(shop) == ["50.00", "50.00"]
    shop.sql("UPDATE store.parts SET amount = 1, changed = TIMESTAMP '2026-01-01'")
    assert shop.one()["inserted"] == 1
    assert shop.rejects() == []
    agrees(shop)


def test_a_weight_that_changes_changes_the_shares_beside_it(shop: Shop) -> None:
    weigh(shop.map(SPLIT % ("", "")), 1, 1)
    shop.run()
    shop.put("store.parts", {"id": 11, "amount": 3})
    assert shop.one() == {"updated": 1}
    assert shares(shop) == ["25.00", "75.00"]
    shop.put("store.parts", {"id": 12, "order": 1, "amount": 4})
    assert shop.one() == {"inserted": 1}
    assert shares(shop) == ["12.50", "37.50", "50.00"]
    shop.remove("store.parts", "id = 10")
    assert shop.one() == {"updated": 1}
    assert shares(shop) == ["42.86", "57.14"]
    agrees(shop)


def test_a_share_that_is_refused_still_has_its_part_of_the_whole(shop: Shop) -> None:
    weigh(shop.map(SPLIT % ("", "") + "requires: [{that: share.item is null}]"), 1, 3)
    shop.put("store.parts", {"id": 11, "item": "late"})
    assert shop.one() == {"held": 1}
    assert shares(shop) == ["25.00"]
    shop.put("store.parts", {"id": 11, "item": None})
    assert shop.one() == {"inserted": 1}
    assert shares(shop) == ["25.00", "75.00"]


def test_an_entry_that_the_filter_leaves_out_has_no_share(shop: Shop) -> None:
    weigh(shop.map(SPLIT % ("", "") + "filter: share.item is null"), 1, 3)
    shop.put("store.parts", {"id": 11, "item": "out"})
    shop.run()
    assert shares(shop) == ["100.00"]
    shop.put("store.parts", {"id": 11, "item": None})
    assert shop.one() == {"inserted": 1}
    assert shares(shop) == ["25.00", "75.00"]
    agrees(shop)


def test_one_share_that_is_tried_again_sees_the_shares_beside_it(shop: Shop) -> None:
    weigh(shop.map(SPLIT % ("", "") + "requires: [{that: share.item is null}]"), 1, 1, 1)
    shop.put("store.parts", {"id": 11, "item": "late"})
    shop.run()
    shop.sql("UPDATE store.parts SET item = NULL")
    assert shop.retry(key="2")["orders"] == {}
    assert shop.retry(key="1")["orders"] == {"inserted": 1}
    assert shares(shop) == ["33.34", "33.33", "33.33"]
    assert shop.one(key="1|11") == {"unchanged": 1}


def test_weights_of_a_list_are_numbers(shop: Shop) -> None:
    shop.map(
        "each: {kind: [{name: a, part: 33.3}, {name: b, part: 66.7}]}\n"
        "key: {Number: {concat: [number, kind.name]}}\nfields: {Amount: {from: amount, split: {by: kind.part}}}"
    ).put("store.orders", {"id": 1, "number": "N", "amount": "10.01"})
    shop.run()
    assert shares(shop) == ["3.33", "6.68"]


def test_whole_numbers_are_shared_in_whole_numbers(shop: Shop) -> None:
    shop.map((SPLIT % ("", "")).replace("Amount: {from: amount", "Count: {from: quantity"))
    weigh(shop, 1, 1, 1).put("store.orders", {"id": 1, "quantity": 100})
    shop.run()
    assert shop.sales("Number Count") == [("N1-10", 34), ("N1-11", 33), ("N1-12", 33)]
    shop.put("store.orders", {"id": 1, "quantity": 2**63 - 1})
    shop.run()
    assert sum(count for _, count in shop.sales("Number Count")) == 2**63 - 1


def test_a_value_that_differs_among_the_shares_is_no_whole(shop: Shop) -> None:
    weigh(shop.map((SPLIT % ("", "")).replace("from: amount", "from: share.amount")), 1, 2)
    weigh(shop, 5, 5, order=2)
    assert shop.one() == {"inserted": 1, "rejected": 1}
    assert [row.code for row in shop.open_rows()] == ["SPLIT_INVALID", "SPLIT_INVALID"]
    assert shares(shop) == ["2.50", "2.50"]


def test_a_split_that_needs_too_many_digits_is_refused(shop: Shop) -> None:
    shop.edit("store.orders", '"decimal(12,2)"', '"decimal(38,30)"')
    shop.map(SPLIT % ("", ""))
    with pytest.raises(MapError) as caught:
        api.load(shop.root)
    assert [(one.code, one.span.line, one.span.column) for one in caught.value.problems] == [("EXPR_TOO_WIDE", 9, 26)]


@pytest.mark.parametrize(
    ("amount", "weight"), [("decimal(38,4)", "decimal(38,10)"), ("decimal(38,0)", "decimal(18,18)"), ("int", "int")]
)
def test_no_value_and_no_weight_breaks_the_run(shop: Shop, amount: str, weight: str) -> None:
    """What is beyond the digits that a share is computed with is refused, row by row, and the rest goes on."""
    shop.edit("store.orders", '"decimal(12,2)"', f'"{amount}"')
    shop.edit("store.parts", '"decimal(12,2)"', f'"{weight}"')
    shop.edit("books.sales", '"decimal(14,2)"', '"decimal(38,4)"')
    shop.map(SPLIT % ("", ""))
    most = {"decimal(38,4)": "9" * 34 + ".9999", "decimal(38,0)": "9" * 38, "int": str(2**63 - 1)}[amount]
    heavy = {"decimal(38,10)": "9" * 28 + "." + "9" * 10, "decimal(18,18)": "0." + "9" * 18, "int": str(2**63 - 1)}[
        weight
    ]
    for order, value in enumerate([most, f"-{most}", "1", "1000000000"], start=1):
        weigh(shop, heavy, 0, heavy, amount=value, order=order)
    light = "0.1" if weight == "decimal(18,18)" else "3"
    weigh(shop, light, light, light, amount="100", order=5)
    fates = shop.one()
    assert sum(fates.values()) == 5
    assert {row.code for row in shop.open_rows()} <= {"OUT_OF_RANGE", "SPLIT_INVALID"}
    assert sum(map(Decimal, shares(shop)[-3:])) == 100
