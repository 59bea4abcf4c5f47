"""A project whose source is a Delta table and whose targets are a Delta table and data packages, run by the engine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

from deltalake import DeltaTable

from crosswalk import api
from crosswalk.model import DataType
from tests.engine.connectors.delta.lakes import entity, lake, put, whole

PROJECT = """
project: lakes
default_profile: dev
database: dev.duckdb
connections:
  dev:
    shop: {kind: delta, folder: in}
    books: {kind: delta, folder: lake, create: on}
    far: {kind: dmf, folder: packages}
"""
ORDERS = """
entity: orders
system: shop
key: [id]
columns:
  id: {type: guid, required: true}
  number: {type: text(20)}
  amount: {type: "decimal(19,4)"}
"""
SALES = """
entity: sales
system: SYSTEM
key: [Number]
columns:
  Number: {type: text(20), required: true}
  Amount: {type: "decimal(19,4)"}
  Unmapped: {type: text(20)}
"""
MAP = """
map: to_SYSTEM
version: "1.0"
flow: sync
source: shop.orders
target: SYSTEM.sales
on_leave: report
key: {Number: number}
fields: {Amount: amount}
"""
ROWS = (
    "SELECT CAST(uuid() AS VARCHAR) AS id, 'N' || range AS number, CAST(range * 1.25 AS DECIMAL(19, 4)) AS amount"
    " FROM range(300)"
)


def project(root: Path) -> Path:
    files = {"crosswalk.yaml": PROJECT, "orders.entity.yaml": ORDERS}
    for system in ("books", "far"):
        files[f"{system}.entity.yaml"] = SALES.replace("SYSTEM", system)
        files[f"{system}.map.yaml"] = MAP.replace("SYSTEM", system)
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def run(root: Path) -> None:
    loaded = api.load(root)
    result = api.run(loaded, tuple(leg.name for leg in loaded.legs))
    assert result.exit_code == 0, result


def test_a_run_reads_a_lake_and_writes_a_lake_and_packages_once(tmp_path: Path) -> None:
    put(tmp_path / "in/orders", ROWS, feed=True)
    root = project(tmp_path)
    run(root)
    kinds = {"Number": DataType("text"), "Amount": DataType("decimal", precision=19, scale=4)}
    sales = entity("sales", kinds, ("Number",))
    rows = {row["Number"]: row["Amount"] for row in whole(lake(tmp_path), sales).rows}
    assert (len(rows), rows["N2"]) == (300, Decimal("2.5000"))
    DeltaTable(tmp_path / "in/orders").update({"amount": "amount + 1"}, predicate="number = 'N2'")
    run(root)
    rows = {row["Number"]: row["Amount"] for row in whole(lake(tmp_path), sales).rows}
    assert (len(rows), rows["N2"], rows["N3"]) == (300, Decimal("3.5000"), Decimal("3.7500"))
    run(root)
    assert DeltaTable(tmp_path / "lake/sales").version() == 2, "one to make it, and two with changes"
    packages = sorted((tmp_path / "packages").glob("*.zip"), key=lambda path: path.stat().st_mtime_ns)
    contents = [ZipFile(path).read("sales.csv").decode("utf-8-sig").splitlines() for path in packages]
    assert [len(lines) for lines in contents] == [301, 2]
    assert contents[1] == ['"Number","Amount"', '"N2",3.5000']
