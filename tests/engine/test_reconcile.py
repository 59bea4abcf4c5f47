"""Each damage is found, by itself and exactly; a state without damage lists nothing; a repair puts right what it can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crosswalk import api
from tests.engine.shop import Shop, orders

Told = tuple[str, str, str, dict[str, tuple[str | None, str | None]]]
"""Kind, source key, target key, cells."""

PLAIN = "fields: {Title: title, Amount: amount}\nscope: Kind is null or Kind <> 'hand'"


def found(shop: Shop, *wanted: str) -> dict[str, list[Told]]:
    """What a comparison finds, by leg; the database is as it was before."""
    database = shop.loaded.database
    before = database.read_bytes()
    legs = api.reconcile(shop.loaded, wanted).legs
    assert database.read_bytes() == before
    return {
        leg.leg: [(one.kind, one.key, one.target_key, dict(one.cells)) for one in leg.found]
        for leg in legs
        if leg.found
    }


def only(shop: Shop) -> list[Told]:
    """What is found in the leg ``orders``, where nothing else is found."""
    told = found(shop)
    assert set(told) <= {"orders"}, told
    return told.get("orders", [])


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, bytes]]:
    """Four orders that were delivered, and the file as it is then: each test begins with it."""
    shop = Shop(tmp_path_factory.mktemp("filled")).map(PLAIN)
    rows = orders((1, "A", "Chair"), (2, "B", "Desk"), (3, "C", "Lamp"), (4, "D", "Shelf"))
    shop.put("store.orders", *({**row, "amount": 10} for row in rows)).run()
    assert only(shop) == []
    yield shop, shop.loaded.database.read_bytes()
    shop.close()


CELLS: dict[str, tuple[str, list[Told]]] = {
    "a target row is removed": (
        "DELETE FROM books.sales WHERE Number = 'B'",
        [("missing right", "2", "B", {})],
    ),
    "a source row is removed": (
        "DELETE FROM store.orders WHERE id = 2",
        [("missing left", "2", "B", {})],
    ),
    "the newest source row is removed": (
        "DELETE FROM store.orders WHERE id = 4",
        [("missing left", "4", "D", {})],
    ),
    "a mapped cell of the target is changed": (
        "UPDATE books.sales SET Title = 'Stool' WHERE Number = 'B'",
        [("different", "2", "B", {"Title": ("Stool", "Desk")})],
    ),
    "two mapped cells of the target are changed": (
        "UPDATE books.sales SET Title = 'Stool', Amount = 3 WHERE Number = 'B'",
        [("different", "2", "B", {"Title": ("Stool", "Desk"), "Amount": ("3.00", "10.00")})],
    ),
    "a cell of the target that the map does not write is changed": (
        "UPDATE books.sales SET Name = 'Smith', Day = DATE '2025-02-03' WHERE Number = 'B'",
        [],
    ),
    "a cell of the target is emptied": (
        "UPDATE books.sales SET Amount = NULL WHERE Number = 'B'",
        [("different", "2", "B", {"Amount": (None, "10.00")})],
    ),
    "a mapped cell of the source is changed behind its version": (
        "UPDATE store.orders SET title = 'Stool' WHERE id = 2",
        [("different", "2", "B", {"Title": ("Desk", "Stool")})],
    ),
    "a cell of the source that the map does not read is changed behind its version": (
        "UPDATE store.orders SET currency = 'EUR' WHERE id = 2",
        [],
    ),
    "only the version of a source row is changed": (
        "UPDATE store.orders SET version = 9 WHERE id = 2",
        [("ledger", "2", "B", {"source version": ("1", "9")})],
    ),
    "only the version of a target row is changed": (
        "UPDATE books.sales SET Version = 9 WHERE Number = 'B'",
        [],
    ),
    "the key of a target row is changed": (
        "UPDATE books.sales SET Number = 'Z' WHERE Number = 'B'",
        [("missing right", "2", "B", {}), ("missing left", "", "Z", {})],
    ),
    "the key of a target row is emptied": (
        "UPDATE books.sales SET Number = NULL WHERE Number = 'B'",
        [("missing right", "2", "B", {}), ("missing left", "", "", {})],
    ),
    "the key of a source row is changed": (
        "UPDATE store.orders SET id = 22 WHERE id = 2",
        [("ledger", "22", "B", {})],
    ),
    "a source row says another target key": (
        "UPDATE store.orders SET number = 'Z' WHERE id = 2",
        [("missing right", "2", "Z", {}), ("missing left", "2", "B", {})],
    ),
    "two target rows are swapped": (
        "UPDATE books.sales SET Number = CASE Number WHEN 'A' THEN 'B' ELSE 'A' END WHERE Number IN ('A', 'B')",
        [("different", "1", "A", {"Title": ("Desk", "Chair")}), ("different", "2", "B", {"Title": ("Chair", "Desk")})],
    ),
    "a row is added to the target": (
        "INSERT INTO books.sales (Number) VALUES ('X')",
        [("missing left", "", "X", {})],
    ),
    "a row outside the scope is added to the target": (
        "INSERT INTO books.sales (Number, Kind) VALUES ('X', 'hand')",
        [],
    ),
    "a target row stands there twice": (
        "INSERT INTO books.sales SELECT * FROM books.sales WHERE Number = 'B'",
        [("doubled", "2", "B", {})],
    ),
    "a row is added to the source": (
        "INSERT INTO store.orders (id, number, changed, version) VALUES (5, 'E', TIMESTAMP '2020-01-01', 1)",
        [("missing right", "5", "E", {})],
    ),
    "a source row stands there twice": (
        "INSERT INTO store.orders SELECT * REPLACE ('E' AS number) FROM store.orders WHERE id = 2",
        [("rejected", "2", "B", {}), ("rejected", "2", "E", {})],
    ),
    "a cell that the map needs is emptied": (
        "UPDATE store.orders SET number = NULL WHERE id = 2",
        [("rejected", "2", "", {})],
    ),
    "the ledger forgets a row": (
        "DELETE FROM crosswalk.lineage WHERE source_key = '2'",
        [("ledger", "2", "B", {})],
    ),
    "the ledger links a row to another one": (
        "UPDATE crosswalk.lineage SET target_key = 'C' WHERE source_key = '2'",
        [("ledger", "2", "B", {"target key": ("C", "B")})],
    ),
    "the ledger links a row twice": (
        "INSERT INTO crosswalk.lineage SELECT * FROM crosswalk.lineage WHERE source_key = '2'",
        [("doubled", "2", "", {})],
    ),
    "the ledger holds another version of a row": (
        "UPDATE crosswalk.lineage SET source_version = '7' WHERE source_key = '2'",
        [("ledger", "2", "B", {"source version": ("7", "1")})],
    ),
    "the ledger forgets how far a table was read": (
        "DELETE FROM crosswalk.watermarks",
        [("ledger", "", "", {"watermark": (None, "2025-01-01 04:00:00")})],
    ),
    "the ledger says that a table was read further than it goes": (
        "UPDATE crosswalk.watermarks SET cursor = TIMESTAMP '2031-01-01'",
        [("ledger", "", "", {"watermark": ("2031-01-01 00:00:00", "2025-01-01 04:00:00")})],
    ),
}


LEFT: dict[str, list[Told]] = {
    "a source row is removed": [("missing left", "2", "B", {})],
    "the newest source row is removed": [("missing left", "4", "D", {})],
    "the key of a target row is changed": [("missing left", "", "Z", {})],
    "the key of a target row is emptied": [("missing left", "", "", {})],
    "a source row says another target key": [("missing left", "", "B", {})],
    "a row is added to the target": [("missing left", "", "X", {})],
}
"""What belongs to a person: a repair names it and leaves it as it is."""


@pytest.mark.parametrize("damage", CELLS)
def test_each_damage_is_found_exactly(filled: tuple[Shop, bytes], damage: str) -> None:
    statement, expected = CELLS[damage]
    assert only(hurt(filled, statement)) == expected


QUICK = {"a target row is removed", "two target rows are swapped", "the ledger links a row to another one", *LEFT}


@pytest.mark.parametrize("damage", [d if d in QUICK else pytest.param(d, marks=pytest.mark.slow) for d in CELLS])
def test_a_repair_leaves_what_no_run_puts_right(filled: tuple[Shop, bytes], damage: str) -> None:
    shop = hurt(filled, CELLS[damage][0])
    mended = api.repair(shop.loaded, ("orders",), committed=True)
    if damage == "a target row stands there twice":
        assert mended.exit_code == 4
        return
    assert (mended.exit_code, mended.message) == (0, "")
    assert only(shop) == LEFT.get(damage, [])


def hurt(filled: tuple[Shop, bytes], *statements: str) -> Shop:
    """Begin with the healthy file, and do some damage."""
    shop, healthy = filled
    shop.loaded.database.write_bytes(healthy)
    return shop.sql(*statements)


def test_after_a_repair_nothing_is_left_to_do_and_the_map_counts_as_unchanged(filled: tuple[Shop, bytes]) -> None:
    shop = hurt(
        filled, "DELETE FROM books.sales WHERE Number = 'B'", "UPDATE store.orders SET title = 'Stool' WHERE id = 1"
    )
    assert api.repair(shop.loaded, ("orders",), committed=False).legs[0].written["inserted"] == 1
    api.repair(shop.loaded, ("orders",), committed=True)
    assert (shop.one(), shop.leg().mode) == ({}, "incremental")
