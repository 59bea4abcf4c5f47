"""What outside systems refuse that is no plain row: headers of documents, marks, sets over several targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk import api
from tests.engine.test_outside import ORDERS, SALES, Shop, fates, order

HEADS = """
entity: heads
system: books
title: Heads
key: [serial]
modified: changed
columns:
  serial: {type: text(10), required: true}
  basket: {type: text(10)}
  changed: {type: datetime}
"""
DOCUMENTS = """
map: sales
title: Orders become lines of documents
version: "1.0"
flow: staging_import
source: shop.orders
target: books.sales
allow: [create]
document:
  target: books.heads
  by: {basket: basket}
  order: [number]
  fields:
    serial: {sequence: heads}
key:
  code: {concat: [{value: S}, number]}
fields:
  amount: total
  basket: document.serial
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    found = Shop(tmp_path).lay()
    found.order(*(order(n, f"{n}.50", f"B{n % 2}") for n in range(1, 6)))
    return found


def documents(shop: Shop) -> None:
    shop.lay()
    project = (shop.root / "crosswalk.yaml").read_text(encoding="utf-8")
    (shop.root / "crosswalk.yaml").write_text(project + 'sequences:\n  heads: {format: "H{0000}"}\n', encoding="utf-8")
    (shop.root / "heads.entity.yaml").write_text(HEADS.lstrip(), encoding="utf-8")
    (shop.root / "sales.map.yaml").write_text(DOCUMENTS.lstrip(), encoding="utf-8")


def heads(shop: Shop) -> list[str]:
    return sorted(str(row["serial"]) for row in shop.bench("books").rows(shop.entity("books", "heads")))


def test_lines_whose_header_is_refused_are_rejected_and_go_in_under_another(shop: Shop) -> None:
    shop.faults["books"] = (
        ", faults: [{on: write, table: heads, fault: refuse_row, rows: [H0001], code: E1, message: no}]"
    )
    documents(shop)
    first = shop.run()
    assert fates(first) == {"inserted": 3, "rejected": 2}
    assert first.legs[0].findings == ()
    assert {(r.key, r.code, r.value) for r in api.rejects(shop.loaded)} == {
        ("2", "TARGET_REFUSED", "E1: no"),
        ("4", "TARGET_REFUSED", "E1: no"),
    }
    assert heads(shop) == ["H0002"]
    assert fates(shop.run())["inserted"] == 2
    assert heads(shop) == ["H0002", "H0003"]
    assert shop.sales()["S2"][1] == "H0003"
    assert shop.ledger("SELECT count(*) FROM crosswalk.documents") == [(2,)]


def test_documents_that_broke_off_have_each_header_once(shop: Shop) -> None:
    shop.faults["books"] = ', faults: [{on: write, table: sales, fault: refused, at: last, times: "8"}]'
    documents(shop)
    assert shop.run().exit_code == 5
    assert shop.run().exit_code == 5
    assert fates(shop.run()) == {"inserted": 5}
    assert heads(shop) == ["H0001", "H0002"]
    assert len(shop.sales()) == 5


MARKS = "allow: [create]\nfilter: booked is null\nsettle: {done: {booked: {value: true}}}"


def test_a_mark_that_is_refused_is_told_and_the_row_stays_delivered(shop: Shop) -> None:
    shop.more = MARKS
    shop.faults["shop"] = ", faults: [{on: write, fault: refuse_row, rows: ['2'], at: '1', code: E1, message: locked}]"
    shop.lay()
    first = shop.run().legs[0]
    assert [(found.code, found.count) for found in first.findings] == [("MARK_REFUSED", 1)]
    assert first.fates["inserted"] == 5
    assert fates(shop.run(full=True)) == {"unchanged": 5}
    assert len(shop.sales()) == 5


@pytest.mark.parametrize("stamp", ["modified", "row_version"])
def test_marks_where_an_entity_has_one_stamp_only_do_not_come_back(tmp_path: Path, stamp: str) -> None:
    shop = Shop(tmp_path, more=MARKS.replace("filter: booked is null\n", "")).lay()
    other = {"modified": "row_version: version\n", "row_version": "modified: changed\n"}[stamp]
    for system, text in (("orders", ORDERS), ("sales", SALES)):
        (shop.root / f"{system}.entity.yaml").write_text(text.replace(other, "").lstrip(), encoding="utf-8")
    shop.order(*(order(n, f"{n}.50") for n in range(1, 6)))
    assert fates(shop.run()) == {"inserted": 5}
    second = fates(shop.run())
    assert set(second) <= {"unchanged"}
    counted = "SELECT count(*) FROM \"#requests\" WHERE operation = 'write'"
    before = [shop.bench(s).query(counted) for s in ("shop", "books")]
    assert set(fates(shop.run(full=True))) == {"unchanged"}
    assert [shop.bench(s).query(counted) for s in ("shop", "books")] == before


TWO = """
map: sales
title: Small orders go here, large ones there
version: "1.0"
flow: sync
source: shop.orders
allow: [create]
all_or_nothing: {by: [basket], else: SET_BROKEN}
targets:
  - {target: %s, when: total < 3}
  - {target: books.sales, when: total >= 3}
key:
  code: {concat: [{value: S}, number]}
fields:
  amount: total
  basket: basket
"""


def two_targets(shop: Shop, first: str) -> None:
    shop.faults["books"] = (
        ", faults: [{on: write, table: sales, fault: refuse_row, rows: [S5], at: '2', code: E1, message: no}]"
    )
    shop.lay()
    system, _, table = first.partition(".")
    entity = SALES.replace("entity: sales", f"entity: {table}").replace("system: books", f"system: {system}")
    (shop.root / f"{table}.entity.yaml").write_text(entity.lstrip(), encoding="utf-8")
    if system != "books":
        project = (shop.root / "crosswalk.yaml").read_text(encoding="utf-8")
        (shop.root / "crosswalk.yaml").write_text(project + f"    {system}: {{kind: embedded}}\n", encoding="utf-8")
    (shop.root / "sales.map.yaml").write_text((TWO % first).lstrip(), encoding="utf-8")


@pytest.mark.parametrize("first", ["books.small", "here.small"])
def test_a_set_over_two_targets_is_taken_out_of_both_and_goes_in_whole_later(shop: Shop, first: str) -> None:
    two_targets(shop, first)
    assert fates(shop.run()) == {"inserted": 2, "held": 1, "rejected": 2}
    small = f"SELECT code FROM {first} ORDER BY 1"
    assert shop.ledger(small) == [("S2",)]
    assert sorted(shop.sales()) == ["S4"]
    assert fates(shop.run()) == {"inserted": 3}
    assert shop.ledger(small) == [("S1",), ("S2",)]
    assert sorted(shop.sales()) == ["S3", "S4", "S5"]
    assert set(fates(shop.run(full=True))) == {"unchanged"}


BACK = """
map: sales
title: Orders and sales
version: "1.0"
flow: sync
source: shop.orders
target: books.sales
key:
  code: basket
fields: {}
both:
  amount: total
back: {}
"""


@pytest.mark.parametrize("fault", ["lost_answer", "cut", "refused"])
def test_a_way_back_that_broke_off_is_no_conflict_with_itself(tmp_path: Path, fault: str) -> None:
    shop = Shop(tmp_path).lay()
    shop.order(*(order(n, f"{n}.50", f"S{n}") for n in range(1, 6)))
    (shop.root / "sales.map.yaml").write_text(BACK.lstrip(), encoding="utf-8")
    assert shop.run().exit_code == 0
    for number in (1, 2, 3):
        shop.bench("books").change(shop.entity("books", "sales"), {"code": f"S{number}"}, {"amount": f"{number}0.00"})
    shop.faults["shop"] = (
        f", faults: [{{on: write, fault: {fault}, at: '1'}}, {{on: write, fault: refused, at: '2', times: '4'}}]"
    )
    shop.lay()
    (shop.root / "sales.map.yaml").write_text(BACK.lstrip(), encoding="utf-8")
    assert shop.run().exit_code == 5
    again = shop.run()
    assert again.exit_code == 0
    assert again.legs[0].fates["updated"] == 3
    totals = {row["number"]: str(row["total"]) for row in shop.bench("shop").rows(shop.entity("shop", "orders"))}
    assert [totals[number] for number in (1, 2, 3)] == ["10.00", "20.00", "30.00"]
    assert api.rejects(shop.loaded) == ()
    last = shop.run(full=True)
    assert all(set(fates(last, leg)) <= {"unchanged"} for leg in range(len(last.legs)))
