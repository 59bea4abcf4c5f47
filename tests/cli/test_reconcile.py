"""`reconcile` and `why` on the command line: forms of output, exit codes, personal values."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import duckdb
import pytest

from tests.cli.calls import Shell


def damage(*statements: str) -> None:
    with duckdb.connect("build/data.duckdb") as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def damaged(shell: Shell, project: Path) -> Shell:
    shell("run")
    shell("reconcile", exit=0)
    damage(
        "UPDATE books.SalesOrders SET CustomerName = 'Eve' WHERE OrderNumber = 'SO-1'",
        "INSERT INTO books.SalesOrders (OrderNumber) VALUES ('X')",
    )
    return shell


def test_differences_are_written_in_every_form(damaged: Shell) -> None:
    told = damaged("reconcile", "--output", "json", exit=10).json
    assert [(one["kind"], one["key"], one["mends"]) for one in told["found"]] == [
        ("missing left", "", False),
        ("different", "1", True),
    ]
    assert told["found"][1]["cells"] == {"CustomerName": ["Eve", "Nordic Chairs"]}
    assert (told["exit"], told["next"]) == (10, "crosswalk reconcile --repair")
    assert told["legs"] == [{"leg": "orders", "rows": 6, "found": 2}]
    lines = damaged("reconcile", "--output", "csv", "--export", "all.csv", exit=10).out
    assert Path("all.csv").read_text() == lines
    assert [row["should be"] for row in csv.DictReader(lines.splitlines())] == ["", "Nordic Chairs"]


def test_a_repair_is_planned_first_and_leaves_what_belongs_to_a_person(damaged: Shell) -> None:
    before = Path("build/data.duckdb").read_bytes()
    planned = damaged("reconcile", "--repair", "--output", "json", exit=10).json
    assert Path("build/data.duckdb").read_bytes() == before
    assert planned["repair"]["legs"][0]["fates"]["updated"] == 1
    assert planned["repair"]["next"] == "crosswalk reconcile --repair --yes --select orders"
    damaged(*planned["repair"]["next"].split()[1:], exit=10)
    left = damaged("reconcile", "--repair", "--yes", exit=10).out
    assert "nothing of it is put right by a run" in left
    damage("DELETE FROM books.SalesOrders WHERE OrderNumber = 'X'", "UPDATE crosswalk.lineage SET source_version = 'x'")
    assert "the ledger would be put right; next: " in damaged("reconcile", "--repair", exit=10).out
    damaged("reconcile", "--repair", "--yes", exit=0)
    damaged("reconcile", exit=0)


def test_options_that_cannot_be_used_are_refused(shell: Shell, project: Path) -> None:
    said = shell("reconcile", "--yes", exit=2).err
    assert "WRONG_OPTION" in said
    assert "add --repair" in said
    assert "write it like" in shell("reconcile", "--waiting", "2 days", exit=2).err


def test_personal_cells_are_hidden(damaged: Shell) -> None:
    file = Path("maps/entities/books/sales_orders.entity.yaml")
    text = file.read_text().replace("CustomerName: {", "CustomerName: {pii: true, ")
    assert "pii: true" in text
    file.write_text(text)
    for form in ("text", "json", "csv"):
        printed = (
            damaged("reconcile", "--output", form, "--export", "all.csv", exit=10).out + Path("all.csv").read_text()
        )
        assert "***" in printed
        assert "Eve" not in printed
        assert "Nordic" not in printed


def test_why_takes_the_key_of_a_target_row(damaged: Shell) -> None:
    [story] = damaged("why", "orders", "SO-1", "--target", "--output", "json").json
    assert (story["key"], story["now"], story["unknown"]) == ("1", "updated", "")
    assert set(story["runs"]) == {story["targets"][0]["first_run"]}
    assert "has made a row with the key 'SO-99'" in damaged("why", "orders", "SO-99", "--target", exit=2).err
    assert json.loads(damaged("why", "orders", "3", "--output", "json").out)[0]["rejects"][0]["resolved_at"] == ""
