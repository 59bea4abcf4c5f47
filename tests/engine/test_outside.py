"""Outside systems: their tables are read into copies, changes are sent, and what the system says is kept row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.errors import UsageError
from crosswalk.exchange import Plain
from crosswalk.model import Entity, EntityRef
from crosswalk.results import RunResult
from tests.conformance.benches.drill import DrillBench

PROJECT = """
project: outside
database: outside.duckdb
connections:
  wire:
    shop: {{kind: drill, file: shop.sqlite, page: "3", batch: "2"{shop}}}
    books: {{kind: drill, file: books.sqlite, page: "3", batch: "2"{books}}}
"""
ORDERS = """
entity: orders
system: shop
title: Orders
key: [number]
modified: changed
row_version: version
columns:
  number: {type: int, required: true}
  basket: {type: text(10)}
  total: {type: "decimal(12,2)"}
  booked: {type: boolean}
  remark: {type: text(50)}
  changed: {type: datetime}
  version: {type: int}
"""
SALES = """
entity: sales
system: books
title: Sales
key: [code]
modified: changed
row_version: version
columns:
  code: {type: text(10), required: true}
  basket: {type: text(10)}
  amount: {type: "decimal(12,2)"}
  note: {type: text(50)}
  changed: {type: datetime}
  version: {type: int}
"""
MAP = """
map: sales
title: Orders become sales
version: "1.0"
flow: sync
source: shop.orders
target: books.sales
{more}
key:
  code: {{concat: [{{value: S}}, number]}}
fields:
  amount: total
  basket: basket
"""


@dataclass
class Shop:
    """A project whose two systems are files to drill with."""

    root: Path
    faults: dict[str, str] = field(default_factory=dict)
    more: str = ""

    def lay(self) -> Shop:
        texts = {
            "crosswalk.yaml": PROJECT.format(**{s: self.faults.get(s, "") for s in ("shop", "books")}),
            "orders.entity.yaml": ORDERS,
            "sales.entity.yaml": SALES,
            "sales.map.yaml": MAP.format(more=self.more),
        }
        for file, text in texts.items():
            (self.root / file).write_text(text.lstrip(), encoding="utf-8")
        return self

    @property
    def loaded(self) -> api.Loaded:
        return api.load(self.root)

    def run(self, *, full: bool = False) -> RunResult:
        return api.run(self.loaded, full=full)

    def entity(self, system: str, name: str) -> Entity:
        return self.loaded.project.entities[EntityRef(system, name)]

    def bench(self, system: str) -> _Desk:
        return _Desk(self.root, system)

    def order(self, *orders: Mapping[str, Plain]) -> None:
        entity, desk = self.entity("shop", "orders"), self.bench("shop")
        if not desk.file.exists():
            desk.make(entity)
        desk.put(entity, orders)

    def sales(self) -> dict[str, tuple[Plain, ...]]:
        rows = self.bench("books").rows(self.entity("books", "sales"))
        return {str(row["code"]): (str(row["amount"]), row["basket"], row["note"]) for row in rows}

    def ledger(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.root / "outside.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


class _Desk(DrillBench):
    def __init__(self, root: Path, system: str) -> None:
        super().__init__(root, "server")
        self._system = system

    @property
    def file(self) -> Path:
        return self._root / f"{self._system}.sqlite"


def order(number: int, total: str = "1.00", basket: str | None = None) -> dict[str, Plain]:
    return {"number": number, "basket": basket, "total": total, "booked": None, "remark": None}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path).lay()
    found.order(*(order(n, f"{n}.50") for n in range(1, 8)))
    return found


def fates(result: RunResult, leg: int = 0) -> dict[str, int]:
    return {fate: count for fate, count in result.legs[leg].fates.items() if count}


def test_rows_go_from_one_outside_system_to_the_other_and_a_second_run_changes_nothing(shop: Shop) -> None:
    assert fates(shop.run()) == {"inserted": 7}
    assert shop.sales() == {f"S{n}": (f"{n}.50", None, None) for n in range(1, 8)}
    assert sum(fates(shop.run()).values()) == fates(shop.run()).get("unchanged", 0)


def test_only_what_changed_is_sent(shop: Shop) -> None:
    shop.run()
    shop.bench("shop").change(shop.entity("shop", "orders"), {"number": 3}, {"total": "9.99"})
    assert shop.run().legs[0].fates["updated"] == 1
    assert shop.sales()["S3"] == ("9.99", None, None)
    sent = shop.bench("books").query("SELECT sum(row_count) FROM \"#requests\" WHERE operation = 'write'")
    assert sent == [(8,)]


def test_a_column_that_the_map_does_not_write_keeps_what_people_wrote(shop: Shop) -> None:
    shop.run()
    shop.bench("books").change(shop.entity("books", "sales"), {"code": "S3"}, {"note": "by hand"})
    shop.bench("shop").change(shop.entity("shop", "orders"), {"number": 3}, {"total": "9.99"})
    shop.run()
    assert shop.sales()["S3"] == ("9.99", None, "by hand")


def test_a_plan_reads_and_sends_nothing(shop: Shop) -> None:
    result = api.plan(shop.loaded)
    assert fates(result) == {"inserted": 7}
    assert shop.bench("books").query("SELECT count(*) FROM \"#requests\" WHERE operation = 'write'") == [(0,)]
    assert not (shop.root / "outside.duckdb").exists()


def test_a_refused_row_is_a_reject_with_the_words_of_the_system_and_the_rest_goes_on(shop: Shop) -> None:
    refuse = ', faults: [{on: write, fault: refuse_row, rows: [S2], code: E77, message: "no such basket"}]'
    shop.faults["books"] = refuse
    shop.lay()
    assert fates(shop.run()) == {"inserted": 6, "rejected": 1}
    (reject,) = api.rejects(shop.loaded)
    assert (reject.key, reject.code, reject.value) == ("2", "TARGET_REFUSED", "E77: no such basket")
    assert reject.row["total"] == "2.50"
    assert "S2" not in shop.sales()
    assert fates(shop.run())["inserted"] == 1
    assert shop.sales()["S2"] == ("2.50", None, None)
    assert api.rejects(shop.loaded) == ()


def test_an_answer_that_is_lost_makes_no_second_row_and_no_second_effect(shop: Shop) -> None:
    shop.faults["books"] = ", faults: [{on: write, fault: lost_answer, at: middle}]"
    shop.lay()
    assert fates(shop.run()) == {"inserted": 7}
    assert len(shop.sales()) == 7


def test_a_system_that_stays_away_ends_the_run_and_the_next_one_goes_on(shop: Shop) -> None:
    shop.faults["books"] = ', faults: [{on: write, fault: refused, at: last, times: "4"}]'
    shop.lay()
    stopped = shop.run()
    assert (stopped.exit_code, stopped.legs) == (5, ())
    assert shop.ledger("SELECT leg, count(*) FROM crosswalk.deliveries GROUP BY 1") == [("sales", 1)]
    assert len(shop.sales()) == 6
    assert fates(shop.run()) == {"inserted": 7}
    assert len(shop.sales()) == 7
    assert shop.ledger("SELECT count(*) FROM crosswalk.outbox") == [(0,)]


def test_an_unfinished_run_is_finished_first_even_when_it_is_not_asked_for(shop: Shop) -> None:
    shop.faults["books"] = ', faults: [{on: write, fault: refused, at: last, times: "4"}]'
    shop.lay()
    shop.run()
    other = MAP.replace("map: sales", "map: remarks").replace("  basket: basket\n", "  note: remark\n")
    (shop.root / "remarks.map.yaml").write_text(other.format(more="allow: [update]").lstrip(), encoding="utf-8")
    legs = api.run(shop.loaded, ("remarks",)).legs
    assert [(leg.map_name, leg.fates["inserted"]) for leg in legs] == [("sales", 7), ("remarks", 0)]
    assert "begun before" in legs[0].why_mode


def test_rows_that_are_gone_are_removed_where_the_map_says_so(shop: Shop) -> None:
    shop.more = "on_leave: delete\nallow: [create, update, delete]"
    shop.lay().run()
    shop.bench("shop").remove(shop.entity("shop", "orders"), {"number": 7})
    assert shop.run().legs[0].fates["deleted"] == 1
    assert sorted(shop.sales()) == ["S1", "S2", "S3", "S4", "S5", "S6"]


def test_a_removal_that_is_refused_is_told_and_tried_again(shop: Shop) -> None:
    shop.more = "on_leave: delete\nallow: [create, update, delete]"
    shop.lay().run()
    shop.faults["books"] = ", faults: [{on: write, fault: refuse_row, rows: [S7], code: E1, message: held}]"
    shop.lay()
    shop.bench("shop").remove(shop.entity("shop", "orders"), {"number": 7})
    told = shop.run().legs[0]
    assert [(found.code, found.count) for found in told.findings] == [("DELETE_REFUSED", 1)]
    assert "S7" in shop.sales()
    assert shop.run(full=True).legs[0].fates["deleted"] == 1
    assert "S7" not in shop.sales()


def test_a_set_of_which_a_row_is_refused_goes_in_as_a_whole_later(shop: Shop) -> None:
    shop.more = "allow: [create]\nall_or_nothing: {by: [basket], else: SET_BROKEN}"
    shop.faults["books"] = ", faults: [{on: write, fault: refuse_row, at: '6', rows: [S14], code: E1, message: full}]"
    shop.lay()
    shop.order(*(order(n, basket="B1") for n in range(11, 16)))
    first = shop.run()
    assert not {"S11", "S12", "S13", "S14", "S15"} & set(shop.sales())
    assert {(r.key, r.code) for r in api.rejects(shop.loaded)} == {
        ("14", "TARGET_REFUSED"),
        ("11", "SET_BROKEN"),
        ("12", "SET_BROKEN"),
        ("13", "TARGET_REFUSED"),
        ("15", "SET_BROKEN"),
    }
    assert first.legs[0].fates["held"] == 3
    assert fates(shop.run())["inserted"] == 5
    assert {"S11", "S12", "S13", "S14", "S15"} <= set(shop.sales())


def test_a_cell_that_is_no_value_of_its_column_keeps_its_row_out_and_is_told(shop: Shop) -> None:
    shop.run()
    spoil(shop, "UPDATE orders SET total = '12.345' WHERE number = 2")
    result = shop.run()
    assert sum(result.legs[0].fates.values()) == result.legs[0].fates["unchanged"]
    (reject,) = api.rejects(shop.loaded)
    assert (reject.map_name, reject.key, reject.code) == ("read shop.orders", "2", "CELL_UNREADABLE")
    assert (reject.column, reject.value, reject.place) == ("total", "12.345", "orders.entity.yaml:10")
    assert shop.sales()["S2"] == ("2.50", None, None)
    spoil(shop, "UPDATE orders SET total = '12.34' WHERE number = 2")
    shop.run()
    assert api.rejects(shop.loaded) == ()
    assert shop.sales()["S2"] == ("12.34", None, None)


def spoil(shop: Shop, statement: str) -> None:
    with closing(sqlite3.connect(shop.root / "shop.sqlite")) as connection, connection:
        connection.execute(statement)


def test_a_new_column_of_an_entity_is_read_for_all_rows(shop: Shop) -> None:
    shop.run()
    entity = (shop.root / "orders.entity.yaml").read_text(encoding="utf-8")
    without = entity.replace("  remark: {type: text(50)}\n", "")
    (shop.root / "orders.entity.yaml").write_text(without, encoding="utf-8")
    assert shop.run().exit_code == 0
    (shop.root / "orders.entity.yaml").write_text(entity, encoding="utf-8")
    assert shop.run().exit_code == 0
    assert shop.ledger("SELECT count(*) FROM shop.orders") == [(7,)]


def test_one_database_cannot_serve_copies_and_a_system_of_its_own(shop: Shop) -> None:
    shop.run()
    text = (shop.root / "crosswalk.yaml").read_text(encoding="utf-8")
    both = text + "  here:\n    shop: {kind: embedded}\n    books: {kind: embedded}\n"
    (shop.root / "crosswalk.yaml").write_text(both, encoding="utf-8")
    with pytest.raises(UsageError, match="copies of an outside system"):
        api.run(api.load(shop.root, "here"))


def test_a_table_that_differs_from_its_entity_stops_the_run_before_anything_is_read(shop: Shop) -> None:
    shop.run()
    entity = (shop.root / "orders.entity.yaml").read_text(encoding="utf-8")
    (shop.root / "orders.entity.yaml").write_text(entity.replace("text(50)", "int"), encoding="utf-8")
    stopped = shop.run()
    assert (stopped.exit_code, stopped.message.partition(":")[0]) == (4, "DRIFT")
