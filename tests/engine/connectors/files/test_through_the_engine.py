"""Files that arrive go through maps into a database, a DuckDB file and a folder of Parquet, run after run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

from crosswalk import api
from crosswalk.results import RunResult

PROJECT = """
    project: files
    connections:
      dev:
        shop: {kind: files, folder: in, settle: 0, delimiter: ";", decimal: ",", date: "%d.%m.%Y"}
        books: TARGET
"""
ORDERS = """
    entity: orders
    system: shop
    key: [Id]
    columns:
      Id: {type: int}
      Title: {type: text(20)}
      Amount: {type: "decimal(12,2)"}
      Day: {type: date}
"""
SALES = """
    entity: sales
    system: books
    key: [Number]
    columns:
      Number: {type: text(20), required: true}
      Title: {type: text(20)}
      Amount: {type: "decimal(12,2)"}
      Day: {type: date}
"""
MAP = """
    map: sales
    version: "1.0"
    flow: sync
    source: shop.orders
    target: books.sales
    key: {Number: {from: Id, as: text}}
    fields: {Title: Title, Amount: Amount, Day: Day}
"""
HEAD = "Id;Title;Amount;Day"
CREATE = "CREATE TABLE sales (Number VARCHAR(20) PRIMARY KEY, Title VARCHAR(20), Amount DECIMAL(12,2), Day DATE)"


class Project:
    def __init__(self, root: Path, target: str) -> None:
        self.root = root
        texts = {
            "crosswalk.yaml": PROJECT.replace("TARGET", target),
            "entities/shop/orders.entity.yaml": ORDERS,
            "entities/books/sales.entity.yaml": SALES,
            "sales.map.yaml": MAP,
        }
        for name, text in texts.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(dedent(text), encoding="utf-8")
        (root / "in").mkdir()

    def arrive(self, name: str, *lines: str) -> None:
        (self.root / "in" / name).write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")

    def run(self) -> RunResult:
        loaded = api.load(self.root)
        return api.run(loaded, tuple(leg.name for leg in loaded.legs))


def in_sqlite(root: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(root / "far.db")) as connection:
        return connection.execute("SELECT Number, Title, CAST(Amount AS TEXT), Day FROM sales ORDER BY 1").fetchall()


def in_duckdb(root: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(root / "far.duckdb") as connection:
        query = 'SELECT "Number", "Title", CAST("Amount" AS VARCHAR), CAST("Day" AS VARCHAR) FROM sales ORDER BY 1'
        return connection.execute(query).fetchall()


def in_parquet(root: Path) -> list[tuple[object, ...]]:
    file = root / "out" / "sales.parquet"
    query = f"""SELECT "Number", "Title", CAST("Amount" AS VARCHAR), CAST("Day" AS VARCHAR) FROM '{file}' ORDER BY 1"""
    return duckdb.execute(query).fetchall()


def make_sqlite(root: Path) -> None:
    with closing(sqlite3.connect(root / "far.db")) as connection, connection:
        connection.execute(CREATE)


def make_duckdb(root: Path) -> None:
    with duckdb.connect(root / "far.duckdb") as connection:
        connection.execute(CREATE)


def make_folder(root: Path) -> None:
    (root / "out").mkdir()


Rows = Callable[[Path], list[tuple[object, ...]]]


@pytest.mark.parametrize(
    ("target", "make", "rows"),
    [
        ('{kind: sqlite, file: far.db, write: "true"}', make_sqlite, in_sqlite),
        ('{kind: duckdb, file: far.duckdb, write: "true"}', make_duckdb, in_duckdb),
        ("{kind: files, folder: out, output: replace}", make_folder, in_parquet),
    ],
)
def test_files_that_arrive_reach_the_target(
    tmp_path: Path, target: str, make: Callable[[Path], None], rows: Rows
) -> None:
    project = Project(tmp_path, target)
    make(tmp_path)
    project.arrive("orders-1.csv", "1;one;1,50;27.11.2026", "2;two;2,00;28.11.2026", "3;bad;1.5;28.11.2026")
    first = project.run()
    assert first.exit_code == 0, first.message
    assert [row[:2] for row in rows(tmp_path)] == [("1", "one"), ("2", "two")]
    project.arrive("orders-2.csv", "2;changed;2,25;28.11.2026", "3;good;3,00;29.11.2026")
    second = project.run()
    assert second.exit_code == 0, second.message
    assert [row[1] for row in rows(tmp_path)] == ["one", "changed", "good"]
    assert [row[3] for row in rows(tmp_path)] == ["2026-11-27", "2026-11-28", "2026-11-29"]
    third = project.run()
    assert third.exit_code == 0, third.message
    assert all(leg.fates["inserted"] + leg.fates["updated"] == 0 for leg in third.legs)


def test_a_broken_file_stops_the_run_and_the_corrected_one_is_taken(tmp_path: Path) -> None:
    project = Project(tmp_path, "{kind: files, folder: out, output: replace}")
    make_folder(tmp_path)
    project.arrive("orders-1.csv", "1;one;1,50;27.11.2026", "2;two")
    result = project.run()
    assert result.exit_code == 5
    assert "orders-1.csv:3: 4 cells are expected, and 2 are there" in result.message
    project.arrive("orders-1.csv", "1;one;1,50;27.11.2026")
    assert project.run().exit_code == 0
    assert [row[1] for row in in_parquet(tmp_path)] == ["one"]
