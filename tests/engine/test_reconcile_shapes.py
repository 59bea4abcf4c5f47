"""Damage in maps that go both ways, write back, fan out, merge, route, fill documents, remove, or reach outside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.cli.masks import masks_of
from tests.engine import test_outside as outside
from tests.engine.shop import Shop, orders
from tests.engine.test_back import delivered, post
from tests.engine.test_documents import REUSE, lines
from tests.engine.test_each import FIRMS
from tests.engine.test_merge import PAIRS, part
from tests.engine.test_reconcile import Told, found, only
from tests.engine.test_two_ways import guid, two_way

Damages = list[tuple[str, dict[str, list[Told]]]]


def each_found(shop: Shop, damages: Damages) -> None:
    """Do one damage after the other to the same healthy state, and see what is found."""
    assert found(shop) == {}
    shop.close()
    healthy = shop.database.read_bytes()
    for statement, expected in damages:
        shop.close()
        shop.database.write_bytes(healthy)
        shop.sql(statement)
        assert found(shop) == expected, statement


def test_damage_of_a_map_that_goes_both_ways_is_told_once(shop: Shop) -> None:
    two_way(shop)
    shop.run()
    a, b = guid("a"), guid("b")
    each_found(
        shop,
        [
            ("DELETE FROM books.sales WHERE Number = 'A'", {"orders": [("missing right", a, "A", {})]}),
            ("DELETE FROM store.orders WHERE number = 'A'", {"orders": [("missing left", a, "A", {})]}),
            (
                "UPDATE books.sales SET Title = 'Stool' WHERE Number = 'A'",
                {"orders:back": [("different", "A", "A", {"title": ("Chair", "Stool")})]},
            ),
            (
                "UPDATE store.orders SET title = 'Stool' WHERE number = 'A'",
                {"orders": [("different", a, "A", {"Title": ("Chair", "Stool")})]},
            ),
            (
                "UPDATE books.sales SET Amount = 5 WHERE Number = 'A'",
                {"orders": [("different", a, "A", {"Amount": ("5.00", None)})]},
            ),
            (
                "UPDATE store.orders SET title = 'Ours' WHERE number = 'A';"
                "UPDATE books.sales SET Title = 'Theirs' WHERE Number = 'A'",
                {"orders": [("rejected", a, "A", {})]},
            ),
            (
                "INSERT INTO books.sales (Number, Title, Changed) VALUES ('X', 'new', TIMESTAMP '2026-01-01')",
                {"orders:back": [("missing right", "X", "X", {})]},
            ),
            ("INSERT INTO books.sales (Number) VALUES ('X')", {"orders:back": [("rejected", "X", "X", {})]}),
            (
                f"UPDATE store.orders SET version = 9 WHERE id = '{b}'",
                {"orders": [("ledger", b, "B", {"source version": ("1", "9")})]},
            ),
            (
                "UPDATE books.sales SET Version = 9 WHERE Number = 'B'",
                {"orders:back": [("ledger", "B", "B", {"source version": ("1", "9")})]},
            ),
            (
                "UPDATE crosswalk.agreed SET cells = list_transform(cells, lambda c: {'column_name': c.column_name,"
                f" 'source': 'x', 'target': 'x'}}) WHERE source_key = '{b}'",
                {"orders": [("ledger", b, "B", {})]},
            ),
        ],
    )


def test_damage_of_what_comes_back_is_found(shop: Shop) -> None:
    post(delivered(shop), "A").run()
    shop.run()
    each_found(
        shop,
        [
            (
                "UPDATE store.orders SET done = 'by hand' WHERE id = 1",
                {"orders:back": [("different", "A", "1", {"done": ("by hand", "H")})]},
            ),
            ("UPDATE store.orders SET done = 'by hand' WHERE id = 2", {}),
            (
                "UPDATE books.sales SET State = 1, Place = 7 WHERE Number = 'B'",
                {"orders:back": [("different", "B", "2", {"quantity": (None, "7")})]},
            ),
            ("DELETE FROM store.orders WHERE id = 1", {"orders": [("missing left", "1", "A", {})]}),
        ],
    )


def test_damage_of_rows_that_fan_out_is_found(shop: Shop) -> None:
    shop.put("store.companies", {"id": 1, "code": "A"}, {"id": 2, "code": "B"})
    shop.put("store.orders", *orders((1, "N1", "Chair"), (2, "N2", "Desk"))).map(FIRMS % "").run()
    gone: list[Told] = [("missing left", "1|2", "N1-B", {}), ("missing left", "2|2", "N2-B", {})]
    each_found(
        shop,
        [
            ("DELETE FROM books.sales WHERE Number = 'N1-B'", {"orders": [("missing right", "1|2", "N1-B", {})]}),
            ("DELETE FROM store.companies WHERE id = 2", {"orders": gone}),
            (
                "UPDATE books.sales SET Title = 'x' WHERE Number = 'N2-A'",
                {"orders": [("different", "2|1", "N2-A", {"Title": ("x", "Desk")})]},
            ),
        ],
    )
    assert api.reconcile(shop.sql("DELETE FROM store.orders WHERE id = 1").loaded).mending == ("orders",)


def test_damage_of_rows_that_are_merged_is_found(shop: Shop) -> None:
    shop.put("store.parts", part(1, 10, "cost a", 5), part(2, 10, "sales a"), part(3, 20, "cost b", 7)).map(PAIRS).run()
    each_found(
        shop,
        [
            ("DELETE FROM books.sales WHERE Number = '20'", {"orders": [("missing right", "20", "20", {})]}),
            (
                "UPDATE books.sales SET Amount = 6, Title = 'x' WHERE Number = '10'",
                {"orders": [("different", "10", "10", {"Title": ("x", "sales a"), "Amount": ("6.00", "5.00")})]},
            ),
            ("DELETE FROM store.parts WHERE id = 3", {"orders": [("missing left", "20", "20", {})]}),
        ],
    )


def test_damage_of_documents_is_found_and_a_line_goes_into_a_document_again(shop: Shop) -> None:
    lines(shop.map(REUSE), "EUR", "EUR", "EUR", "NOK").run()
    each_found(
        shop,
        [
            ("DELETE FROM books.sales WHERE Number = 'N4'", {"orders": [("missing right", "4", "N4", {})]}),
            ("UPDATE books.sales SET Title = 'by hand' WHERE Number = 'N4'", {}),
            ("DELETE FROM books.headers WHERE Id = 'H-02'", {"orders": [("missing right", "EUR", "H-02", {})]}),
        ],
    )
    shop.sql("INSERT INTO books.headers (Id, State) VALUES ('H-02', 0)", "DELETE FROM books.sales WHERE Number = 'N4'")
    assert api.repair(shop.loaded, ("orders",), committed=True).exit_code == 0
    assert [number for number, header in shop.sales("Number Header") if header == "H-03"] == ["N4"]
    assert found(shop) == {}


ROUTED = """\
targets:
  - {target: books.sales, when: status = 'Open'}
  - {target: books.fees, when: status = 'Closed'}
"""


def test_damage_of_rows_that_take_different_ways_is_found_where_it_is(shop: Shop) -> None:
    rows = orders((1, "A", "Chair"), (2, "B", "Desk"))
    shop.map(ROUTED).put("store.orders", {**rows[0], "status": 2}, {**rows[1], "status": 3}).run()
    each_found(
        shop,
        [
            ("DELETE FROM books.fees", {"orders": [("missing right", "2", "B", {})]}),
            (
                "UPDATE store.orders SET status = 3 WHERE id = 1",
                {"orders": [("missing right", "1", "A", {}), ("missing left", "1", "A", {})]},
            ),
        ],
    )


@pytest.mark.parametrize(("policy", "mends"), [("keep", False), ("report", False), ("delete", True)])
def test_what_leaves_is_found_and_removed_where_the_map_says_so(shop: Shop, policy: str, mends: bool) -> None:
    shop.map(f"on_leave: {policy}\nlimits: {{volume: 1}}\nfilter: title <> 'no'")
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"), (3, "C", "Lamp"))).run()
    kept = ("crosswalk.lineage", "books.sales")
    shop.sql(*(f"CREATE TABLE main.kept_{n} AS FROM {table}" for n, table in enumerate(kept)))
    shop.sql("DELETE FROM store.orders WHERE id = 2", "UPDATE store.orders SET title = 'no' WHERE id = 3").run()
    shop.sql(*(f"DELETE FROM {table}" for table in kept))
    shop.sql(*(f"INSERT INTO {table} FROM main.kept_{n}" for n, table in enumerate(kept)))
    left: list[Told] = [("missing left", "2", "B", {}), *([("missing left", "3", "C", {})] if mends else [])]
    assert only(shop) == left
    assert {one.mends for one in api.reconcile(shop.loaded).found} == {mends}
    api.repair(shop.loaded, ("orders",), committed=True)
    assert shop.sales("Number") == ([("A",)] if mends else [("A",), ("B",), ("C",)])
    assert only(shop) == (left if policy == "report" else [])


def test_what_a_run_would_pass_over_for_its_watermark_is_found(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    shop.sql("UPDATE store.orders SET title = 'Late', version = 2, changed = TIMESTAMP '2020-01-01' WHERE id = 1")
    shop.sql("UPDATE crosswalk.watermarks SET content = NULL")
    assert shop.one().get("updated", 0) == 0
    assert only(shop) == [("different", "1", "A", {"Title": ("Chair", "Late")})]


def test_one_damage_in_a_chain_of_maps_is_told_where_it_is(shop: Shop) -> None:
    shop.map()
    shop.map(
        "map: fees\nsource: books.sales\ntarget: books.fees\nkey: {Number: Number}\nfields: {Title: Title}", "fees"
    )
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))).run()
    each_found(
        shop,
        [
            (
                "UPDATE books.sales SET Title = 'x' WHERE Number = 'A'",
                {"orders": [("different", "1", "A", {"Title": ("x", "Chair")})]},
            ),
            ("DELETE FROM books.sales WHERE Number = 'A'", {"orders": [("missing right", "1", "A", {})]}),
            ("DELETE FROM books.fees WHERE Number = 'A'", {"fees": [("missing right", "A", "A", {})]}),
        ],
    )
    assert set(found(shop, "fees")) == {"fees"}


def test_rows_that_wait_are_told_when_they_have_waited_for_longer(shop: Shop) -> None:
    shop.map("requires: [{that: status = 'Open'}]").put("store.orders", *orders((1, "A", "x"), (2, "B", "y"))).run()
    assert only(shop) == []
    shop.sql("UPDATE crosswalk.rejects SET first_seen = first_seen - INTERVAL 3 DAY WHERE source_key = '2'")
    (leg,) = api.reconcile(shop.loaded, waiting=timedelta(days=2)).legs
    assert [(one.kind, one.key, one.code) for one in leg.found] == [("waiting", "2", "REQUIREMENT_NOT_MET")]


@pytest.fixture
def wired(tmp_path: Path) -> outside.Shop:
    wired = outside.Shop(tmp_path).lay()
    wired.order(*(outside.order(n, f"{n}.50") for n in range(1, 5)))
    assert wired.run().exit_code == 0
    return wired


def told(wired: outside.Shop) -> list[tuple[str, str, Told]]:
    return [
        (leg.leg, one.code, (one.kind, one.key, one.target_key, dict(one.cells)))
        for leg in api.reconcile(wired.loaded).legs
        for one in leg.found
    ]


def behind(file: Path, statement: str) -> None:
    """Change a table of an outside system so that neither its stamps nor its log of changes tell of it."""
    with closing(sqlite3.connect(file)) as connection, connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


def test_outside_tables_are_compared_as_they_are_now(wired: outside.Shop) -> None:
    wired.run()
    assert told(wired) == []
    before = (wired.root / "outside.duckdb").read_bytes()
    books, sales = wired.bench("books"), wired.entity("books", "sales")
    books.change(sales, {"code": "S1"}, {"amount": "7.00"})
    books.remove(sales, {"code": "S2"})
    books.put(sales, [{"code": "X", "amount": "1.00"}])
    wired.bench("shop").remove(wired.entity("shop", "orders"), {"number": 3})
    behind(books.file, "UPDATE sales SET basket = 'x' WHERE code = 'S4'")
    assert told(wired) == [
        ("sales", "", ("missing right", "2", "S2", {})),
        ("sales", "", ("missing left", "3", "S3", {})),
        ("sales", "", ("missing left", "", "X", {})),
        ("sales", "", ("different", "1", "S1", {"amount": ("7.00", "1.50")})),
        ("sales", "", ("different", "4", "S4", {"basket": ("x", None)})),
    ]
    assert (wired.root / "outside.duckdb").read_bytes() == before
    assert api.repair(wired.loaded, ("sales",), committed=True).exit_code == 0
    assert {code: row[0] for code, row in wired.sales().items()} == {
        "S1": "1.50", "S2": "2.50", "S3": "3.50", "S4": "4.50", "X": "1.00",
    }  # fmt: skip


def test_a_row_that_cannot_be_read_is_told_until_a_run_has_said_so_and_keeps_since_when(wired: outside.Shop) -> None:
    entity = wired.entity("shop", "orders")
    wired.bench("shop").change(entity, {"number": 3}, {"booked": "perhaps"})
    assert [(leg, code) for leg, code, _ in told(wired)] == [("read shop.orders", "CELL_UNREADABLE")]
    wired.run()
    assert told(wired) == []
    (first,) = api.rejects(wired.loaded)
    wired.run(full=True)
    (again,) = api.rejects(wired.loaded)
    assert (again.first_seen, again.attempts) == (first.first_seen, 2)
    (leg,) = [leg for leg in api.reconcile(wired.loaded, waiting=timedelta()).legs if leg.found]
    assert [(one.kind, one.key) for one in leg.found] == [("waiting", "3")]
    wired.bench("shop").change(entity, {"number": 3}, {"booked": None})
    wired.run(full=True)
    assert api.rejects(wired.loaded) == ()


def test_a_row_without_a_key_stays_open_however_often_it_is_read(wired: outside.Shop) -> None:
    behind(wired.bench("shop").file, "UPDATE orders SET number = NULL WHERE number = 4")
    for attempts in (1, 2, 3):
        wired.run(full=True)
        assert [(one.code, one.attempts) for one in api.rejects(wired.loaded)] == [("KEY_NULL", attempts)]


def test_personal_cells_of_a_row_that_cannot_be_read_are_hidden(wired: outside.Shop) -> None:
    file = wired.root / "orders.entity.yaml"
    file.write_text(file.read_text().replace("remark: {", "remark: {pii: true, "))
    wired.bench("shop").change(wired.entity("shop", "orders"), {"number": 3}, {"booked": "x", "remark": "Ann"})
    wired.run(full=True)
    (reject,) = api.rejects(wired.loaded)
    assert reject.row["remark"] == "Ann"
    assert masks_of(wired.loaded).reject(reject).row["remark"] == "***"
