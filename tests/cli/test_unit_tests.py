"""`crosswalk test`: what it prints, what it writes, and the exit codes."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.calls import Shell
from tests.testing.bench import Bench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path / "maps")
    monkeypatch.chdir(tmp_path)
    return made


GOOD = """\
  - name: an order is posted
    expect: {insert: [{Number: N-1, Customer: Ada, Amount: 12.5}]}
  - name: a draft is not
    given: {shop.orders: [{id: o1, status: Draft}]}
    expect: {filtered: 1}
"""
BAD = """\
  - name: the amount is wrong
    given: {shop.orders: [{id: o2, status: Paid}]}
    expect: {insert: [{Number: N-1, Amount: 12}]}
"""


def test_all_passed_is_one_line_for_each_map_and_exit_0(shell: Shell, bench: Bench) -> None:
    bench.tests(GOOD)
    lines = shell("test", "--fail-under", "100").out.splitlines()
    assert lines[0] == "orders     2 of 2 passed      5 of 5 covered, 100%"
    assert lines[1].startswith("2 tests passed; 100% covered; ")
    assert len(lines) == 2


def test_a_failed_test_shows_its_cells_and_exits_7(shell: Shell, bench: Bench) -> None:
    bench.tests(BAD)
    out = shell("test", exit=7).out
    assert "FAIL  orders  the amount is wrong   maps/orders.test.yaml:6" in out
    assert "    N-1  Amount  expected 12.00  got 12.50   maps/orders.test.yaml:8" in out
    assert (
        "    o2  was not expected: KEY_NULL Number, decided in maps/orders.map.yaml:6   maps/orders.test.yaml:8" in out
    )
    assert out.splitlines()[-1].startswith("1 test, 1 failed; 0% covered; ")


def test_what_no_test_reaches_is_listed_with_its_line(shell: Shell, bench: Bench) -> None:
    bench.tests(GOOD.replace(", Amount: 12.5", ""))
    assert "  maps/orders.map.yaml:9  column Amount" in shell("test").out.splitlines()
    assert "column Amount" not in shell("test", "--no-coverage").out


def test_too_little_coverage_exits_7(shell: Shell, bench: Bench) -> None:
    bench.tests(GOOD.replace(", Amount: 12.5", ""))
    assert "below 100%: orders" in shell("test", "--fail-under", "100", exit=7).out
    shell("test", "--fail-under", "80")


def test_tests_are_chosen_by_name_and_maps_by_name_file_or_folder(shell: Shell, bench: Bench) -> None:
    bench.tests(GOOD + BAD)
    shell("test", exit=7)
    shell("test", "--select", "posted")
    for words in (("orders",), ("maps/orders.test.yaml",), ("maps/orders.map.yaml",), ("maps",), ("maps/", "orders")):
        assert "2 of 3 passed" in shell("test", *words, exit=7).out
    assert "no map is called 'ordres'" in shell("test", "ordres", exit=2).err


def test_machines_get_every_difference_and_every_point(shell: Shell, bench: Bench) -> None:
    bench.tests(BAD)
    found = shell("test", "--output", "json", exit=7).json
    (one,) = found["tests"]
    assert (found["exit"], one["map"], one["passed"]) == (7, "orders", False)
    assert one["differences"][0] == {
        "kind": "cell",
        "outcome": "insert books.postings",
        "key": "N-1",
        "column": "Amount",
        "expected": "12.00",
        "got": "12.50",
        "place": "maps/orders.test.yaml:8",
        "decided": None,
    }
    assert one["differences"][1]["decided"] == {"code": "KEY_NULL", "place": "maps/orders.map.yaml:6"}
    assert {(point["kind"], point["place"]) for point in found["coverage"][0]["missed"]} >= {
        ("column", "maps/orders.map.yaml:9")
    }


def test_junit_is_written_beside_the_result(shell: Shell, bench: Bench) -> None:
    bench.tests(GOOD + BAD)
    out = shell("test", "--junit", "report.xml", exit=7).out
    assert "wrote report.xml" in out
    root = ElementTree.parse("report.xml").getroot()
    assert root.get("failures") == "1"
    assert "Amount  expected 12.00  got 12.50" in str(root.findtext("testsuite/testcase/failure"))


def test_mistakes_in_tests_are_told_with_all_others(shell: Shell, bench: Bench) -> None:
    bench.tests("  - {name: a slip, expect: {insert: [{Numbr: N-1}]}}\n")
    bench.map("map: orders\nflow: sync\nsource: shop.orders\ntarget: books.postings\nkey: {Number: nmber}\n")
    told = shell("validate", exit=2).out
    assert "maps/orders.test.yaml:6:37" in told
    assert "maps/orders.map.yaml:5:15" in told
    assert told.endswith("2 problems\n")


def test_a_run_does_not_read_files_of_tests(shell: Shell, bench: Bench) -> None:
    bench.tests("  - {name: a slip, expect: {insert: [{Numbr: N-1}]}}\n")
    shell("validate", exit=2)
    shell("plan")


def test_the_starter_project_is_tested_in_full(shell: Shell, project: Path) -> None:
    assert shell("test", "--fail-under", "100").out.splitlines()[-1].startswith("6 tests passed; 100% covered")


def test_a_name_that_no_test_has_is_a_slip_and_not_a_success(shell: Shell, bench: Bench) -> None:
    bench.tests(GOOD)
    assert shell("test", "--select", "nothing", exit=2).err.startswith("error[UNKNOWN_TEST]: ")
    assert "did you mean 'a draft is not'?" in shell("test", "--select", "a draft is nt", exit=2).err
