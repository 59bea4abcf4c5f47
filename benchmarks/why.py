"""Times `crosswalk why` on ten million rows: the whole command, beside what no tool can do without.

    PYTHONPATH=engine python benchmarks/why.py [--rows 10000000] [--folder build/benchmarks] [--times 5]

The reference is a new Python process that imports duckdb, opens the same file to read, and asks for one row of each of
four tables by its key. What `why` takes beyond it is reading the project, compiling the map, and finding out what
decides now.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb

from crosswalk import api

SQL = Path(__file__).parent / "sql" / "why.sql"
FILES = {
    "crosswalk.yaml": """\
project: why
database: why.duckdb
connections: {here: {store: {kind: embedded}, books: {kind: embedded}}}
""",
    "customers.entity.yaml": """\
entity: customers
system: store
key: [id]
modified: changed
row_version: version
columns:
  id: {type: guid}
  name: {type: text(60)}
  changed: {type: datetime}
  version: {type: int}
""",
    "orders.entity.yaml": """\
entity: orders
system: store
key: [id]
modified: changed
row_version: version
columns:
  id: {type: guid}
  number: {type: text(20)}
  title: {type: text(100)}
  customer: {type: guid, to: customers}
  status: {type: choice, choices: {1: Draft, 2: Open, 3: Closed}}
  amount: {type: "decimal(12,2)"}
  placed: {type: date}
  changed: {type: datetime}
  version: {type: int}
""",
    "sales.entity.yaml": """\
entity: sales
system: books
key: [Company, Number]
modified: Changed
row_version: Version
columns:
  Company: {type: text(4), required: true}
  Number: {type: text(20), required: true}
  Title: {type: text(100)}
  Customer: {type: text(60)}
  Amount: {type: "decimal(14,2)"}
  Day: {type: date}
  Changed: {type: datetime}
  Version: {type: int}
""",
    "orders.map.yaml": """\
map: orders
title: Orders that are open become sales
version: "1.0"
flow: sync
source: store.orders
target: books.sales
filter: status <> 'Draft'
key: {Company: {value: "0001"}, Number: number}
fields:
  Title: title
  Customer: customer.name
  Amount: {from: amount, required: reject}
  Day: placed
""",
}
REFERENCE = """\
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for table, column in (("store.orders", "id"), ("crosswalk.lineage", "source_key"), ("crosswalk.changes", "source_key"),
                      ("crosswalk.rejects", "source_key")):
    print(connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", [sys.argv[2]]).fetchall())
"""


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds on the clock and of the processors, one for each call."""

    wall: list[float]
    cpu: list[float]

    def __str__(self) -> str:
        fastest, slowest = min(self.wall), max(self.wall)
        return f"{median(self.wall):5.2f} s ({fastest:.2f}-{slowest:.2f})   {median(self.cpu):5.2f} CPU s"


def main() -> None:
    wish = _wish()
    folder = wish.folder.resolve() / f"why-{wish.rows}"
    loaded = _project(folder)
    if not loaded.database.exists():
        _fill(loaded, wish.rows)
    api.make_tables(loaded)
    print(f"{wish.rows:,} rows, {loaded.database.stat().st_size / 2**30:.1f} GiB, median of {wish.times}")
    for name, key in _keys(loaded.database).items():
        command = [sys.executable, "-m", "crosswalk", "--project", str(folder), "why", "orders", key]
        reference = [sys.executable, "-c", REFERENCE, str(loaded.database), key]
        told, bare = _timed(command, wish.times), _timed(reference, wish.times)
        print(f"{name:<10} why        {told}\n{'':<10} reference  {bare}")


def _wish() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"))
    parser.add_argument("--times", type=int, default=5)
    return parser.parse_args()


def _project(folder: Path) -> api.Loaded:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return api.load(folder)


def _fill(loaded: api.Loaded, rows: int) -> None:
    began = perf_counter()
    api.make_tables(loaded)
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute(f"SET VARIABLE last_row = {rows}")
        connection.execute(SQL.read_text(encoding="utf-8"))
    print(f"made in {perf_counter() - began:.0f} s")


def _keys(database: Path) -> dict[str, str]:
    """Choose rows in the middle of the table: one that was delivered and changed, and one that is rejected."""
    with duckdb.connect(str(database), read_only=True) as connection:
        changed, rejected = (connection.execute(_MIDDLE.format(table)).fetchone() for table in ("lineage", "rejects"))
    found = {"changed": changed or ("",), "rejected": rejected or ("",)}
    return {name: str(row[0]) for name, row in found.items()}


_MIDDLE = "SELECT source_key FROM crosswalk.{0} WHERE rowid = (SELECT count(*) // 2 FROM crosswalk.{0})"


def _timed(command: list[str], times: int) -> Timed:
    _called(command)
    spent = [_called(command) for _ in range(times)]
    return Timed([wall for wall, _ in spent], [cpu for _, cpu in spent])


def _called(command: list[str]) -> tuple[float, float]:
    before, began = os.times(), perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = perf_counter() - began, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
