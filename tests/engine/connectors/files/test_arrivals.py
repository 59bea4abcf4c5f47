"""Each file is taken once, by what stands in it; order decides who wins, and what still comes is waited for."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from crosswalk.connectors.files.marks import Taken, taken_of
from crosswalk.errors import UsageError
from crosswalk.exchange import MarkExpired
from tests.conformance.copies import Copy
from tests.conformance.landed import land
from tests.engine.connectors.files.arriving import ORDERS, TIMED, Folder, cells

HEAD = "Id,Name,Amount"


def names(copy: Copy) -> list[object]:
    return [row["Name"] for _, row in sorted(copy.rows.items(), key=lambda item: str(item[0]))]


def test_a_file_is_taken_once(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,a,1")
    first = folder.read()
    assert cells(first, "Id", "Name") == [(1, "a")]
    assert folder.read(mark=first.mark).rows == []


def test_only_new_files_are_read(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,a,1")
    first = folder.read()
    folder.csv("orders-2.csv", HEAD, "2,b,1")
    assert cells(folder.read(mark=first.mark), "Id") == [(2,)]


def test_a_copy_under_another_name_is_not_taken_again(folder: Folder) -> None:
    file = folder.csv("orders-1.csv", HEAD, "1,a,1")
    first = folder.read()
    (folder.path / "orders-2.csv").write_bytes(file.read_bytes())
    file.rename(folder.path / "orders-3.csv")
    assert folder.read(mark=first.mark).rows == []


def test_a_file_that_changed_under_its_name_is_new(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,a,1")
    first = folder.read()
    folder.csv("orders-1.csv", HEAD, "1,b,1")
    assert cells(folder.read(mark=first.mark), "Name") == [("b",)]


def test_a_file_that_is_changed_and_given_its_old_times_is_new(folder: Folder) -> None:
    file = folder.csv("orders-1.csv", HEAD, "1,a,1")
    seen = file.stat()
    first = folder.read()
    folder.csv("orders-1.csv", HEAD, "1,b,1")
    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert cells(folder.read(mark=first.mark), "Name") == [("b",)]


def test_the_later_file_wins(folder: Folder) -> None:
    folder.csv("orders-2.csv", HEAD, "1,second,1")
    folder.csv("orders-1.csv", HEAD, "1,first,1", "2,only,1")
    copy = Copy(ORDERS)
    folder.into(copy)
    assert names(copy) == ["second", "only"]


def test_files_in_the_order_of_time_are_in_the_order_of_time(folder: Folder) -> None:
    later = folder.csv("orders-1.csv", HEAD, "1,late,1")
    earlier = folder.csv("orders-2.csv", HEAD, "1,early,1")
    os.utime(earlier, (1000, 1000))
    os.utime(later, (2000, 2000))
    copy = Copy(ORDERS)
    folder.into(copy, order="time")
    assert names(copy) == ["late"]


def test_a_file_that_comes_late_does_not_win_over_those_behind_it(folder: Folder) -> None:
    copy = Copy(ORDERS)
    folder.csv("orders-2.csv", HEAD, "1,second,1")
    folder.into(copy)
    folder.csv("orders-1.csv", HEAD, "1,first,1", "2,only,1")
    folder.into(copy)
    assert names(copy) == ["second", "only"]


def test_by_a_named_column_the_greatest_value_wins_whenever_it_came(folder: Folder) -> None:
    copy = Copy(ORDERS)
    folder.csv("orders-1.csv", HEAD, "1,high,9")
    folder.into(copy, newest_by="Amount")
    folder.csv("orders-2.csv", HEAD, "1,low,5")
    folder.into(copy, newest_by="Amount")
    assert names(copy) == ["high"]


def test_in_one_file_the_later_time_wins(folder: Folder) -> None:
    folder.csv("orders.csv", "Id,Name,At", "1,new,2026-01-02T00:00:00", "1,old,2026-01-01T00:00:00")
    assert cells(folder.read(TIMED), "Id", "Name") == [(1, "new")]


def test_a_file_that_is_touched_waits_and_those_behind_it_too(folder: Folder) -> None:
    old = time.time() - 3600
    folder.csv("orders-2.csv", HEAD, "2,b,1")
    young = folder.csv("orders-3.csv", HEAD, "3,c,1")
    assert folder.read(settle="60").rows == []
    os.utime(young, (old, old))
    assert folder.read(settle="60").rows == [], "the time of a file can be set, so its change counts too"
    assert cells(folder.read(settle="0"), "Id") == [(2,), (3,)]


@pytest.mark.parametrize("name", [".orders.csv", "_orders.csv", "orders.csv.tmp", "orders.csv.part", "orders.csv.crc"])
def test_a_name_that_says_that_it_still_comes_is_left_alone(folder: Folder, name: str) -> None:
    folder.csv(name, HEAD, "1,a,1")
    assert folder.read().rows == []


def test_a_name_that_goes_on_with_letters_is_of_another_table(folder: Folder) -> None:
    folder.csv("orders.csv", HEAD, "1,a,1")
    folder.csv("orders_2026-11-27.csv", HEAD, "2,b,1")
    folder.csv("orders/part.csv", HEAD, "3,c,1")
    folder.csv("orders_lines-1.csv", "X", "1")
    assert cells(folder.read(), "Id") == [(1,), (2,), (3,)]
    system = folder.open()
    assert system.tables() == ("orders", "orders_lines")
    system.close()


def test_a_table_may_name_its_files(folder: Folder) -> None:
    folder.csv("deep/er/export_A.dat", "Id;Name;Amount", "1;a;1,5")
    tables = {"orders": {"files": "deep/*/export_*.dat", "format": "csv", "delimiter": ";", "decimal": ","}}
    assert [str(row["Amount"]) for row in folder.read(tables=tables).rows] == ["1.5000"]


def test_letters_of_a_name_are_no_pattern(folder: Folder) -> None:
    folder.csv("orders/[1]*?.csv", HEAD, "1,right,1")
    folder.csv("orders/1x.csv", HEAD, "2,other,1")
    assert cells(folder.read(), "Id", "Name") == [(1, "right"), (2, "other")]


def test_when_each_file_holds_all_rows_those_that_the_last_leaves_out_are_gone(folder: Folder) -> None:
    copy = Copy(ORDERS)
    folder.csv("orders-1.csv", HEAD, "1,a,1", "2,b,1")
    folder.into(copy, whole="true")
    folder.csv("orders-2.csv", HEAD, "2,b,2", "3,c,1")
    folder.into(copy, whole="true")
    assert names(copy) == ["b", "c"]
    folder.csv("orders-0.csv", HEAD, "9,late,1")
    folder.into(copy, whole="true")
    assert names(copy) == ["b", "c"]


def test_a_file_that_is_removed_means_nothing(folder: Folder) -> None:
    copy = Copy(ORDERS)
    file = folder.csv("orders-1.csv", HEAD, "1,a,1")
    folder.into(copy)
    file.unlink()
    folder.into(copy)
    assert names(copy) == ["a"]


def test_files_are_read_anew_when_they_are_read_in_another_way(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,a,1")
    first = folder.read()
    with pytest.raises(MarkExpired):
        folder.read(mark=first.mark, decimal=",")


def test_a_mark_keeps_the_files_that_are_there_and_the_latest_of_those_that_are_gone() -> None:
    taken = Taken("f", {f"d{n}": "" for n in range(10_005)}).without_old({"d0"})
    assert len(taken.files) == 10_001
    assert "d0" in taken.files
    assert "d1" not in taken.files
    assert taken_of(taken.text(), "f") == taken


def test_a_mark_of_a_thousand_files_is_short() -> None:
    taken = Taken("f", {f"{n:024}": f"{n:012}" for n in range(1000)})
    assert len(taken.text()) < 40_000
    json.loads(taken.text())


def test_find_gives_the_rows_of_the_last_file_that_has_them(folder: Folder) -> None:
    folder.csv("orders-1.csv", HEAD, "1,first,1", "2,two,1")
    folder.csv("orders-2.csv", HEAD, "1,second,1")
    system = folder.open()
    found = land(system.find(ORDERS, ("Id",), [(1,), (2,), (7,)]), ORDERS)
    system.close()
    assert cells(found, "Id", "Name") == [(1, "second"), (2, "two")]


def test_a_link_that_leads_out_of_the_folder_is_refused(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(f"{HEAD}\n1,secret,1\n", encoding="utf-8")
    (folder.path / "orders.csv").symlink_to(secret)
    with pytest.raises(UsageError, match="leads out of"):
        folder.read()


@pytest.mark.parametrize("path", ["..", "in/../..", "link"])
def test_a_relative_folder_lies_in_the_project(folder: Folder, path: str) -> None:
    (folder.root / "link").symlink_to("/")
    with pytest.raises(UsageError, match="outside the project"):
        folder.open(folder=path)


def test_a_pattern_does_not_lead_out(folder: Folder) -> None:
    with pytest.raises(UsageError, match="not below"):
        folder.read(tables={"orders": "../*.csv"})


def test_a_folder_that_is_not_there_is_told(folder: Folder) -> None:
    with pytest.raises(UsageError) as caught:
        folder.read(folder="nowhere")
    assert caught.value.code == "FILE_MISSING"
