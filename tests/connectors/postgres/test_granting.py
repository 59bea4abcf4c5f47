"""A role that was granted what `rights` prints, and nothing else, can run the maps; without one of the grants it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosswalk import api
from crosswalk.errors import UsageError
from tests.servers.postgres import Database

PROJECT = """
project: granting
database: granting.duckdb
connections:
  wire:
    shop: {{kind: postgres, host: {host}, database: {database}, user: {user}}}
    books: {{kind: embedded}}
"""
ORDERS = """
entity: orders
system: shop
title: Orders
key: [number]
modified: changed
columns:
  number: {type: int, required: true}
  total: {type: "decimal(12,2)"}
  entry: {type: text(20)}
  changed: {type: datetime}
"""
LINES = ORDERS.replace("entity: orders", "entity: lines").replace("Orders", "Lines")
BOOKED = ORDERS.replace("system: shop", "system: books").replace("entity: orders", "entity: booked")
MAP = """
map: lines
title: Orders become lines, for good
version: "1.0"
flow: sync
source: shop.orders
target: shop.lines
filter: total > 0
on_leave: delete
limits: {volume: 1}
key: {number: number}
fields: {total: total}
"""
SETTLED = """
map: booked
title: Orders are booked, and marked
version: "1.0"
flow: sync
source: shop.orders
target: books.booked
key: {number: number}
fields: {total: total}
settle:
  done: {entry: {value: booked}}
"""
TABLE = "(number bigint PRIMARY KEY, total numeric(12,2), entry varchar(20), changed timestamp)"


def project(root: Path, database: Database, user: str) -> api.Loaded:
    texts = {
        "crosswalk.yaml": PROJECT.format(host=database.folder, database=database.name, user=user),
        "orders.entity.yaml": ORDERS,
        "lines.entity.yaml": LINES,
        "booked.entity.yaml": BOOKED,
        "lines.map.yaml": MAP,
        "booked.map.yaml": SETTLED,
    }
    for file, text in texts.items():
        (root / file).write_text(text.lstrip(), encoding="utf-8")
    return api.load(root)


@pytest.fixture
def shop(database: Database) -> Database:
    database.run(
        f"CREATE TABLE orders {TABLE}",
        f"CREATE TABLE lines {TABLE}",
        f"CREATE TABLE secrets {TABLE}",
        "INSERT INTO orders VALUES (1, 1.50, NULL, '2026-01-01'), (2, 2.50, NULL, '2026-01-02')",
    )
    return database


def statements(loaded: api.Loaded) -> list[str]:
    (shop,) = api.rights(loaded)
    return [statement for right in shop.rights for statement in right.statements]


@pytest.fixture
def role(shop: Database) -> str:
    user = f"least_{shop.name}"
    shop.run(f"CREATE ROLE {user} LOGIN", "REVOKE ALL ON SCHEMA public FROM public")
    return user


def test_the_printed_grants_are_enough(shop: Database, role: str, tmp_path: Path) -> None:
    loaded = project(tmp_path, shop, role)
    shop.run(*statements(loaded))
    assert [leg.fates["inserted"] for leg in api.run(loaded).legs] == [2, 2]
    shop.run("UPDATE orders SET total = 0, changed = now() WHERE number = 1")
    result = api.run(loaded)
    assert result.exit_code == 0
    assert shop.rows("SELECT number, total::text FROM lines") == [(2, "2.50")]
    assert shop.rows("SELECT number, entry FROM orders ORDER BY 1") == [(1, "booked"), (2, "booked")]
    assert not [one for one in statements(loaded) if "GRANT INSERT" in one and "orders" in one]
    assert shop.rows(f"SELECT has_table_privilege('{role}', 'secrets', 'SELECT')") == [(False,)]


def run_and_remove(loaded: api.Loaded, shop: Database) -> None:
    api.run(loaded)
    shop.run("UPDATE orders SET total = 0, changed = now() WHERE number = 1")
    api.run(loaded)


@pytest.mark.parametrize(
    "missing", ['SELECT ON "public"."orders"', "INSERT (", "UPDATE (", "DELETE", "USAGE", "SELECT, INSERT"]
)
def test_none_of_them_is_too_much(shop: Database, role: str, tmp_path: Path, missing: str) -> None:
    loaded = project(tmp_path, shop, role)
    granted = [one for one in statements(loaded) if missing not in one]
    assert len(granted) < len(statements(loaded))
    shop.run(*granted)
    with pytest.raises(UsageError) as refused:
        run_and_remove(loaded, shop)
    assert refused.value.code.startswith("SYSTEM_")
