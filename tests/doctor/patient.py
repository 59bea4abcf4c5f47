"""A healthy project that has run: an outside SQLite file by way of a secret, an embedded target, a sequence, a reject."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from crosswalk import api

PROJECT = """
project: patient
database: patient.duckdb
connections:
  dev:
    shop: {kind: sqlite, file: "${file:secret.txt}"}
    books: {kind: embedded}
sequences:
  sales: {format: "S-{000}"}
"""
ORDERS = """
entity: orders
system: shop
key: [id]
modified: changed
columns:
  id: {type: int, required: true}
  title: {type: text(20)}
  changed: {type: datetime}
"""
SALES = """
entity: sales
system: books
key: [Id]
columns:
  Id: {type: int, required: true}
  Title: {type: text(20)}
  Number: {type: text(20)}
"""
MAP = """
map: orders
flow: sync
source: shop.orders
target: books.sales
key: {Id: id}
fields: {Title: {from: title, required: reject}, Number: {sequence: sales}}
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of the healthy project, into which a fault is planted."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "patient.duckdb"

    def sql(self, *statements: str) -> None:
        with duckdb.connect(str(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)

    def read(self, sql: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        (self.root / name).write_text(text.replace(old, new), encoding="utf-8")

    def examine(self, *, offline: bool = False) -> api.Diagnosis:
        return api.examine(self.root, None, offline=offline)

    def codes(self) -> Sequence[str]:
        return [one.code for one in self.examine().symptoms]


def healthy(root: Path, books: str = "{kind: embedded}", *, runs: bool = True) -> Path:
    """Make the project, with its target reached as `books` says, and run it once."""
    files = {
        "crosswalk.yaml": PROJECT.replace("{kind: embedded}", books),
        "entities/shop/orders.entity.yaml": ORDERS,
        "entities/books/sales.entity.yaml": SALES,
        "orders.map.yaml": MAP,
        "secret.txt": "shop.sqlite",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
        (root / name).chmod(0o600)
    with closing(sqlite3.connect(root / "shop.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY NOT NULL, title VARCHAR(20), changed TIMESTAMP);"
            "INSERT INTO orders VALUES (1, 'a', '2025-01-01 00:00:00'), (2, 'b', '2025-01-02 00:00:00'),"
            " (3, NULL, '2025-01-03 00:00:00');"
        )
    if not runs:
        return root
    result = api.run(api.load(root))
    assert result.exit_code == 0, result.message
    assert result.legs[0].fates["rejected"] == 1
    return root


def copied(root: Path, into: Path) -> Project:
    shutil.copytree(root, into)
    return Project(into)
