"""Parquet is written a whole file at a time; the same delivery again is the same file."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from crosswalk.errors import SystemFailure, UsageError
from crosswalk.exchange import Change
from tests.conformance.copies import Copy
from tests.conformance.delivery import LoggedDelivery
from tests.engine.connectors.files.arriving import ORDERS, Folder


def insert(number: int, key: int, name: str) -> Change:
    return Change(number, "insert", {"Id": key}, {"Name": name, "Amount": None})


def write(folder: Folder, changes: list[Change], how: str, *, id: str = "run-1") -> LoggedDelivery:
    system = folder.open(output=how)
    delivery = LoggedDelivery(system, ORDERS, changes, id=id)
    try:
        system.write(delivery)
    finally:
        system.close()
    return delivery


def names(folder: Folder, how: str) -> dict[object, object]:
    copy = Copy(ORDERS)
    folder.into(copy, output=how)
    return {row["Id"]: row["Name"] for row in copy.rows.values()}


def files(folder: Folder) -> list[str]:
    return sorted(path.relative_to(folder.path).as_posix() for path in folder.path.rglob("*") if path.is_file())


def test_a_folder_is_read_only_unless_it_says_otherwise(folder: Folder) -> None:
    with pytest.raises(UsageError) as caught:
        write(folder, [insert(1, 1, "a")], "no")
    assert caught.value.code == "NOT_WRITABLE"


def test_one_file_is_replaced(folder: Folder) -> None:
    write(folder, [insert(1, 1, "a"), insert(2, 2, "b")], "replace")
    write(
        folder, [Change(1, "update", {"Id": 1}, {"Name": "c"}), Change(2, "delete", {"Id": 2}, {})], "replace", id="2"
    )
    assert files(folder) == ["orders.parquet"]
    assert names(folder, "replace") == {1: "c"}


def test_each_delivery_is_a_file_of_what_became_of_its_rows(folder: Folder) -> None:
    write(folder, [insert(1, 1, "a"), insert(2, 2, "b"), insert(3, 3, "x")], "changes")
    write(
        folder, [Change(1, "update", {"Id": 1}, {"Name": "c"}), Change(2, "delete", {"Id": 2}, {})], "changes", id="2"
    )
    assert len(files(folder)) == 2
    assert names(folder, "changes") == {1: "c", 3: "x"}
    last = str(folder.path / files(folder)[-1])
    told = duckdb.execute(f"""SELECT "Id", "#operation" FROM read_parquet('{last}') ORDER BY 1""").fetchall()
    assert told == [(1, "row"), (2, "delete")]


@pytest.mark.parametrize("how", ["replace", "changes"])
def test_the_same_delivery_again_writes_the_same_file(folder: Folder, how: str) -> None:
    write(folder, [insert(1, 1, "a")], how)
    there = files(folder)
    again = write(folder, [insert(1, 1, "a"), insert(2, 2, "b")], how)
    assert again.states() == {1: "applied", 2: "applied"}
    assert files(folder) == there
    assert names(folder, how) == {1: "a", 2: "b"}


@pytest.mark.parametrize("how", ["replace", "changes"])
def test_a_delivery_that_ends_in_the_middle_leaves_what_was_there(
    folder: Folder, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(folder, [insert(1, 1, "a")], how)
    there = files(folder)

    def full(source: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SystemFailure, match="No space left"):
        write(folder, [insert(1, 2, "b")], how, id="2")
    monkeypatch.undo()
    assert files(folder) == there
    assert names(folder, how) == {1: "a"}


def test_nothing_to_write_writes_nothing(folder: Folder) -> None:
    write(folder, [], "changes")
    assert files(folder) == []
