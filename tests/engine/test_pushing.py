"""The filter of a map goes to the outside system: fewer rows are read, and the target is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.exchange import Plain
from crosswalk.model import EntityRef
from crosswalk.results import RunResult
from tests.conformance.benches.drill import DrillBench

PROJECT = """
project: pushing
database: pushing.duckdb
connections:
  wire:
    shop: {kind: drill, file: far.sqlite}
    books: {kind: embedded}
"""
ORDERS = """
entity: orders
system: shop
title: Orders
key: [number]
modified: changed
columns:
  number: {type: int, required: true}
  after: {type: int, to: orders}
  status: {type: choice, choices: {1: Open, 2: Paid}}
  total: {type: "decimal(12,2)"}
  booked: {type: boolean}
  changed: {type: datetime}
"""
SALES = """
entity: sales
system: books
title: Sales
key: [code]
modified: changed
columns:
  code: {type: int, required: true}
  amount: {type: "decimal(12,2)"}
  changed: {type: datetime}
"""
MAP = """
map: sales
title: Orders become sales
version: "1.0"
flow: sync
source: shop.orders
target: books.sales
filter: status = 'Paid'
key: {code: number}
fields:
  amount: total
"""
OTHER = SALES.replace("entity: sales", "entity: others")
SECOND = MAP.replace("map: sales", "map: others").replace("books.sales", "books.others").replace("filter", "company_")
SECOND = "\n".join(line for line in SECOND.splitlines() if not line.startswith("company_"))


@dataclass
class Shop:
    """A project whose shop is a file to drill with, and whose books stand in the database."""

    root: Path
    far: DrillBench
    files: dict[str, str] = field(default_factory=dict)

    def lay(self, **more: str) -> Shop:
        texts = {"crosswalk.yaml": PROJECT, "orders.entity.yaml": ORDERS, "sales.entity.yaml": SALES}
        for file, text in {**texts, "sales.map.yaml": MAP, **self.files, **more}.items():
            (self.root / file.replace("__", ".")).write_text(text.lstrip(), encoding="utf-8")
        return self

    @property
    def loaded(self) -> api.Loaded:
        return api.load(self.root)

    def order(self, *rows: tuple[Plain, ...]) -> None:
        entity = self.loaded.project.entities[EntityRef("shop", "orders")]
        if not self.far.file.exists():
            self.far.make(entity)
        names = ("number", "after", "status", "total", "booked")
        self.far.put(entity, [dict(zip(names, row, strict=True)) for row in rows])

    def change(self, number: int, cells: Mapping[str, Plain]) -> None:
        self.far.change(self.loaded.project.entities[EntityRef("shop", "orders")], {"number": number}, cells)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.root / "pushing.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def copied(self) -> list[object]:
        return [row[0] for row in self.ask("SELECT number FROM shop.orders ORDER BY number")]

    def sold(self) -> list[object]:
        return [row[0] for row in self.ask("SELECT code FROM books.sales ORDER BY code")]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path, DrillBench(tmp_path, "server")).lay()
    found.order(
        (1, None, 1, "1.00", True), (2, 1, 2, "2.00", None), (3, None, 2, "3.00", False), (4, 2, None, None, None)
    )
    return found


def fates(result: RunResult) -> dict[str, int]:
    return {fate: count for fate, count in result.legs[0].fates.items() if count}


def test_rows_that_do_not_pass_stay_where_they_are(shop: Shop) -> None:
    result = api.run(shop.loaded)
    assert shop.copied() == [2, 3]
    assert shop.sold() == [2, 3]
    assert fates(result) == {"inserted": 2}
    assert "shop.orders is read where status = 2" in result.legs[0].why_mode


def test_a_row_that_leaves_is_seen_leaving_and_one_that_enters_goes_over(shop: Shop) -> None:
    shop.lay(sales__map__yaml=MAP + "on_leave: delete\nallow: {delete: true}\nlimits: {volume: 1}\n")
    api.run(shop.loaded)
    shop.change(2, {"status": 1})
    shop.change(1, {"status": 2})
    assert fates(api.run(shop.loaded)) == {"inserted": 1, "deleted": 1}
    assert shop.sold() == [1, 3]
    assert fates(api.run(shop.loaded, full=True)) == {"unchanged": 2}
    assert shop.copied() == [1, 3]


def test_a_row_that_left_before_everything_is_read_anew_is_taken_out_too(shop: Shop) -> None:
    shop.lay(sales__map__yaml=MAP + "on_leave: delete\nallow: {delete: true}\nlimits: {volume: 1}\n")
    api.run(shop.loaded)
    shop.change(2, {"status": 1})
    assert fates(api.run(shop.loaded, full=True)) == {"unchanged": 1, "deleted": 1}
    assert shop.sold() == [3]


def test_another_filter_reads_the_table_anew(shop: Shop) -> None:
    api.run(shop.loaded)
    shop.lay(sales__map__yaml=MAP.replace("status = 'Paid'", "total >= 1"))
    assert fates(api.run(shop.loaded)) == {"inserted": 1, "unchanged": 2}
    assert shop.copied() == [1, 2, 3]


def test_a_second_map_of_the_table_gets_all_rows_and_the_first_is_undisturbed(shop: Shop) -> None:
    api.run(shop.loaded)
    shop.lay(others__entity__yaml=OTHER, others__map__yaml=SECOND)
    result = api.run(shop.loaded)
    assert shop.copied() == [1, 2, 3, 4]
    assert {leg.map_name: leg.fates["inserted"] for leg in result.legs} == {"sales": 0, "others": 4}
    assert shop.sold() == [2, 3]


def test_asking_for_less_changes_nothing_in_the_target(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    api.run(shop.loaded)
    asked = shop.ask("SELECT code, amount FROM books.sales ORDER BY ALL")
    loaded = replace(shop.loaded, legs=tuple(replace(leg, scope=None) for leg in shop.loaded.legs))
    api.run(loaded, full=True)
    assert shop.copied() == [1, 2, 3, 4]
    assert shop.ask("SELECT code, amount FROM books.sales ORDER BY ALL") == asked


WAYS_TO_USE_A_TABLE_TWICE = {
    "a lookup of its own table": MAP
    + "lookups:\n  all: {in: shop.orders, where: {after: number}, total: {n: count(*)}}\n",
    "a relation to itself": MAP + "requires:\n  - that: after.total is null or after.total > 0\n    else: BEFORE\n",
    "rows that are settled": MAP + "settle: {done: {booked: {value: true}}}\n",
    "a way back": MAP + "back:\n  allow: [update]\n  conflict: target\n  fields: {total: amount}\n",
    "an empty source that stops": MAP + "limits: {empty_source: stop}\n",
    "no filter": MAP.replace("filter: status = 'Paid'\n", ""),
    "rows that are merged": MAP.replace("key: {code: number}", "key: {code: merge.no}").replace(
        "amount: total", "amount: one.total"
    )
    + "merge:\n  by: {no: number}\n  parts: {one: booked}\n  complete: one\n",
}


@pytest.mark.parametrize("written", WAYS_TO_USE_A_TABLE_TWICE.values(), ids=WAYS_TO_USE_A_TABLE_TWICE)
def test_a_table_that_is_used_in_another_way_too_is_read_as_a_whole(shop: Shop, written: str) -> None:
    shop.lay(sales__map__yaml=written)
    assert [leg.scope for leg in shop.loaded.legs] == [None] * len(shop.loaded.legs)


def test_the_plan_says_what_is_asked_for(shop: Shop) -> None:
    assert api.plans(shop.loaded)[0].asks == "shop.orders is read where status = 2"
    assert "shop.orders is read where status = 2" in api.plan(shop.loaded).legs[0].why_mode
