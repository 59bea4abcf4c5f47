"""Merging: several rows of the source make one row of the target, also when some of them come late."""

from __future__ import annotations

from textwrap import dedent

import pytest

from crosswalk import api
from tests.engine.shop import Shop

PAIRS = """\
source: store.parts
merge:
  by: {Pair: order}
  parts: {cost: item like 'cost%', sales: item like 'sales%'}
  complete: cost
key: {Number: {concat: [merge.Pair]}}
fields: {Title: {first: [sales.item, cost.item]}, Amount: cost.amount, Count: sales.id}
on_leave: delete
"""


def part(key: int, order: int | None, item: str | None, amount: int | None = None) -> dict[str, object]:
    return {"id": key, "order": order, "item": item, "amount": amount}


def agrees(shop: Shop) -> None:
    """Check that nothing is left to do, for a run of what changed and for a run over all rows."""
    open_rows = shop.rejects()
    for full in (False, True):
        fates = shop.one(full=full)
        assert {fate for fate in fates if fate in ("inserted", "updated", "deleted")} == set()
        assert shop.rejects() == open_rows


def sold(shop: Shop) -> list[tuple[object, ...]]:
    return [(n, t, None if a is None else int(a), c) for n, t, a, c in shop.sales("Number Title Amount Count")]


@pytest.fixture
def pairs(shop: Shop) -> Shop:
    """One whole pair, and one of which half is there."""
    shop.put("store.parts", part(1, 10, "cost a", 5), part(2, 10, "sales a"), part(3, 20, "cost b", 7))
    return shop.map(PAIRS)


def test_rows_that_belong_together_make_one_row(pairs: Shop) -> None:
    assert pairs.one() == {"inserted": 3}
    assert pairs.leg().written == {"inserted": 2, "updated": 0, "deleted": 0}
    assert sold(pairs) == [("10", "sales a", 5, 2), ("20", "cost b", 7, None)]
    agrees(pairs)
    assert pairs.one(full=True) == {"unchanged": 3}
    assert pairs.one() == {}


def test_a_part_that_comes_late_changes_the_row(pairs: Shop) -> None:
    pairs.run()
    pairs.put("store.parts", part(4, 20, "sales b"))
    assert pairs.one() == {"updated": 2}
    assert sold(pairs) == [("10", "sales a", 5, 2), ("20", "sales b", 7, 4)]
    agrees(pairs)


def test_a_row_waits_for_the_part_that_makes_it_complete(shop: Shop) -> None:
    shop.map(PAIRS).put("store.parts", part(1, 10, "sales a"))
    assert shop.one() == {"held": 1}
    assert shop.rejects() == [("10", "held", "PART_MISSING")]
    assert [(row.column, row.row["item"]) for row in shop.open_rows()] == [("cost", "sales a")]
    shop.put("store.parts", part(2, 10, "cost a", 3))
    assert shop.one() == {"inserted": 2}
    assert shop.rejects() == []
    assert sold(shop) == [("10", "sales a", 3, 1)]
    agrees(shop)


def test_several_parts_may_be_waited_for_under_a_code_of_the_map(pairs: Shop) -> None:
    pairs.map(PAIRS.replace("complete: cost", "complete: [sales, cost]\n  else: HALF"))
    assert pairs.one() == {"inserted": 2, "held": 1}
    assert [(row.code, row.column) for row in pairs.open_rows()] == [("HALF", "sales")]


def test_a_part_that_is_removed_changes_the_row_and_the_last_one_takes_it_away(pairs: Shop) -> None:
    pairs.run()
    pairs.remove("store.parts", "id = 2")
    assert pairs.one() == {"updated": 1}
    assert sold(pairs) == [("10", "cost a", 5, None), ("20", "cost b", 7, None)]
    agrees(pairs)
    pairs.remove("store.parts", "id = 1")
    assert pairs.one() == {"deleted": 1}
    assert sold(pairs) == [("20", "cost b", 7, None)]
    agrees(pairs)


def test_a_row_that_loses_the_part_it_needs_is_held_and_stays_as_it_was(pairs: Shop) -> None:
    pairs.run()
    pairs.remove("store.parts", "id = 1")
    assert pairs.one() == {"held": 1}
    assert sold(pairs)[0] == ("10", "sales a", 5, 2)


def test_a_row_that_moves_to_another_group_changes_both(pairs: Shop) -> None:
    pairs.run()
    pairs.put("store.parts", {"id": 2, "order": 20})
    assert pairs.one() == {"updated": 3}
    assert sold(pairs) == [("10", "cost a", 5, None), ("20", "sales a", 7, 2)]
    agrees(pairs)


def test_two_rows_of_one_part_are_refused_together(pairs: Shop) -> None:
    pairs.put("store.parts", part(4, 10, "cost c", 9))
    assert pairs.one() == {"inserted": 1, "rejected": 3}
    assert pairs.rejects() == [("10", "rejected", "PART_AMBIGUOUS")]
    (row,) = pairs.open_rows()
    assert (row.column, row.value, [one["id"] for one in row.rows]) == ("cost", "2", ["1", "2", "4"])
    pairs.remove("store.parts", "id = 4")
    assert pairs.one() == {"inserted": 2}
    assert pairs.rejects() == []
    agrees(pairs)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (part(9, 10, "neither"), "NO_PART"),
        (part(9, 10, None), "NO_PART"),
        (part(9, 10, "cost sales"), "MANY_PARTS"),
        (part(9, None, "cost z"), "KEY_NULL"),
    ],
)
def test_a_row_that_belongs_to_no_group_is_refused_alone(pairs: Shop, row: dict[str, object], code: str) -> None:
    pairs.map(PAIRS.replace("item like 'sales%'", "item like '%sales%'"))
    pairs.put("store.parts", row)
    assert pairs.one() == {"inserted": 3, "rejected": 1}
    assert pairs.rejects() == [("\\-9", "rejected", code)]
    assert pairs.one(key="9") == {"rejected": 1}
    pairs.put("store.parts", part(9, 20, "sales z"))
    assert pairs.one() == {"updated": 2}
    assert pairs.rejects() == []
    agrees(pairs)


def test_the_filter_is_judged_row_by_row_before_the_merge(pairs: Shop) -> None:
    pairs.map(PAIRS + "filter: id <> 2")
    assert pairs.one() == {"inserted": 2, "filtered": 1}
    assert sold(pairs) == [("10", "cost a", 5, None), ("20", "cost b", 7, None)]
    pairs.put("store.parts", {"id": 2, "item": "sales z"})
    assert pairs.one() == {"filtered": 1}
    agrees(pairs)


def test_a_row_that_leaves_the_filter_changes_the_row_that_it_was_part_of(pairs: Shop) -> None:
    pairs.map(PAIRS + "filter: amount is null or amount > 0").run()
    pairs.put("store.parts", {"id": 2, "amount": -1}, {"id": 3, "amount": -1})
    assert pairs.one() == {"updated": 1, "deleted": 1, "filtered": 2}
    assert sold(pairs) == [("10", "cost a", 5, None)]
    agrees(pairs)


def test_rows_share_what_a_relation_says_of_them(shop: Shop) -> None:
    shop.put("store.regions", {"code": "n", "name": "North"}, {"code": "s", "name": "South"})
    shop.put("store.countries", {"code": "NO", "region": "n"}, {"code": "SE", "region": "n"})
    shop.map(
        dedent("""\
        source: store.countries
        merge: {by: {Region: region.name}, parts: {one: code = 'NO', two: code <> 'NO'}}
        key: {Number: merge.Region}
        fields: {Title: one.code, Kind: two.code}
        on_leave: delete
        """)
    )
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Number Title Kind") == [("North", "NO", "SE")]
    shop.put("store.regions", {"code": "n", "name": "Norden"})
    assert shop.one() == {"inserted": 2, "deleted": 1}
    assert shop.sales("Number Title Kind") == [("Norden", "NO", "SE")]
    shop.put("store.countries", {"code": "SE", "region": "zz"})
    assert shop.one() == {"updated": 1, "rejected": 1}
    assert shop.rejects() == [("\\-SE", "rejected", "LOOKUP_MISSING")]
    agrees(shop)


def test_lookups_and_relations_start_from_the_parts(shop: Shop) -> None:
    shop.put("store.customers", {"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"})
    shop.put(
        "store.orders",
        {"id": 1, "number": "A", "quantity": 1, "customer": 1, "title": "Bob"},
        {"id": 2, "number": "A", "quantity": 2, "customer": 2},
    )
    shop.map(
        dedent("""\
        merge: {by: {Number: number}, parts: {first: quantity = 1, next: quantity = 2}}
        lookups: {who: {in: store.customers, where: {name: first.title}}}
        key: {Number: merge.Number}
        fields: {Title: first.customer.name, Name: next.customer.name, Count: who.id}
        requires: [{that: first.quantity + next.quantity = 3}]
        """)
    )
    assert shop.one() == {"inserted": 2}
    assert shop.sales("Title Name Count") == [("Ann", "Bob", 2)]
    shop.put("store.customers", {"id": 2, "name": "Eve"}, {"id": 3, "name": "Bob"})
    assert shop.one() == {"updated": 2}
    assert shop.sales("Title Name Count") == [("Ann", "Eve", 3)]
    agrees(shop)


def test_what_is_shared_may_be_the_first_of_two_columns(shop: Shop) -> None:
    shop.put("store.parts", part(1, None, "cost", 5), part(2, 1, "sales"), part(3, 4, "sales"))
    shop.map(PAIRS.replace("Pair: order", "Pair: {first: [order, id]}"))
    assert shop.one() == {"inserted": 2, "held": 1}
    assert sold(shop) == [("1", "sales", 5, 2)]


def test_keys_of_several_parts_are_told_apart(shop: Shop) -> None:
    shop.put(
        "store.orders",
        {"id": 1, "number": "a|", "title": "b", "quantity": 1},
        {"id": 2, "number": "a", "title": "|b", "quantity": 1},
    )
    shop.map(
        "merge: {by: {One: number, Two: title}, parts: {one: quantity = 1}}\n"
        "key: {Number: {concat: [merge.One, {value: /}, merge.Two]}}\nfields: {Title: one.title}"
    )
    assert shop.one() == {"inserted": 2}
    assert shop.sales() == [("a/|b", "|b"), ("a|/b", "b")]


def test_all_rows_of_a_unit_are_settled(shop: Shop) -> None:
    shop.put("store.orders", {"id": 1, "number": "A", "quantity": 1}, {"id": 2, "number": "A", "quantity": 2})
    shop.map(
        "merge: {by: {Number: number}, parts: {first: quantity = 1, next: quantity = 2}}\nkey: {Number: merge.Number}\n"
        "fields: {Count: first.id}\nsettle: {done: {done: target.Number}}"
    )
    assert shop.one() == {"inserted": 2}
    assert shop.rows("store.orders", "id done") == [(1, "A"), (2, "A")]
    assert shop.one() == {"unchanged": 2}
    assert shop.one() == {}


def test_why_and_run_find_a_unit_by_the_key_of_one_of_its_rows(pairs: Shop) -> None:
    assert pairs.one(key="2") == {"inserted": 2}
    assert pairs.one(key="20") == {"inserted": 1}
    pairs.close()
    assert [(story.key, story.now) for story in api.why(pairs.loaded, "orders", "1")] == [("10", "unchanged")]


def test_a_source_without_times_and_versions_is_merged_too(shop: Shop) -> None:
    shop.put("store.companies", {"id": 1, "code": "A"}, {"id": 2, "code": "A"})
    shop.map(
        "source: store.companies\nmerge: {by: {Code: code}, parts: {one: id = 1, two: id = 2}}\n"
        "key: {Number: merge.Code}\nfields: {Count: two.id}"
    )
    assert shop.one() == {"inserted": 2}
    assert shop.one() == {}
    shop.remove("store.companies", "id = 2")
    assert shop.one() == {"updated": 1}
    assert shop.sales("Number Count") == [("A", None)]
    agrees(shop)
