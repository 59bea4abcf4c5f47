"""The shop example ends where it must: day by day, all at once, and a second time; its journals balance.

The end state is compared by business keys. Left out are generated numbers, row versions and times, and which lines
share a journal. Regenerate with CROSSWALK_REGENERATE=1 and read the differences.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from crosswalk import api

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
EXAMPLE = ROOT / "examples" / "shop"
QUERIES = {file.stem: file.read_text(encoding="utf-8") for file in sorted((HERE / "queries").glob("*.sql"))}
UNBALANCED = """
SELECT Journal, sum(Debit), sum(Credit) FROM books.JournalLines
GROUP BY Journal HAVING sum(Debit) <> sum(Credit) OR sum(Debit) IS NULL
"""


@pytest.fixture(scope="module")
def demo() -> ModuleType:
    spec = spec_from_file_location("shop_run", EXAMPLE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["shop_run"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def two_days(demo: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> api.Loaded:
    """Play both days one after the other, once for all tests of this file."""
    loaded: api.Loaded = demo.load(tmp_path_factory.mktemp("days") / "two_days.duckdb")
    for day in demo.DAYS:
        demo.play(loaded, day)
    return loaded


@pytest.mark.parametrize("query", QUERIES)
def test_two_days_end_in_the_golden_state(query: str, two_days: api.Loaded) -> None:
    found = _as_csv(two_days, QUERIES[query])
    file = HERE / "end_state" / f"{query}.csv"
    if os.environ.get("CROSSWALK_REGENERATE"):
        file.write_text(found, encoding="utf-8")
    assert found.splitlines() == file.read_text(encoding="utf-8").splitlines()


def test_one_run_over_all_records_ends_in_the_same_state(
    demo: ModuleType, two_days: api.Loaded, tmp_path: Path
) -> None:
    at_once = demo.load(tmp_path / "at_once.duckdb")
    demo.play(at_once, *demo.DAYS)
    for name, query in QUERIES.items():
        assert _as_csv(at_once, query) == _as_csv(two_days, query), name


def test_a_further_run_writes_nothing(two_days: api.Loaded) -> None:
    before = _all_tables(two_days)
    result = api.run(two_days)
    assert result.exit_code == 0
    assert [leg.map_name for leg in result.legs if leg.effects and sum(leg.effects.values())] == []
    assert _all_tables(two_days) == before


def test_every_journal_balances_to_the_cent(two_days: api.Loaded) -> None:
    assert api.query(two_days, UNBALANCED)[1] == []
    assert len(api.query(two_days, "FROM books.Journals")[1]) >= 5


def test_an_order_that_was_edited_meanwhile_keeps_both_values_until_it_is_repaired(
    demo: ModuleType, tmp_path: Path
) -> None:
    loaded = demo.load(tmp_path / "first_day.duckdb")
    demo.play(loaded, "day1")
    assert [(one.map_name, one.key) for one in api.rejects(loaded, code="CONFLICT_STALE")] == [("orders", "SO-2")]
    look = "SELECT booking_number, customer_id FROM shop.orders WHERE number = 'SO-2'"
    assert api.query(loaded, look)[1] == [(None, 2222)]
    demo.play(loaded, "day2")
    assert api.query(loaded, look)[1] == [("B-0302-EUR-S", 2)]


def test_a_payout_waits_as_a_whole_for_its_last_line(demo: ModuleType, tmp_path: Path) -> None:
    loaded = demo.load(tmp_path / "first_day.duckdb")
    demo.play(loaded, "day1")
    waiting = {one.key: one.code for one in api.rejects(loaded, "payout_journal")}
    assert waiting == {**dict.fromkeys(("201", "202", "203"), "RATE_MISSING"), "301": "PAYOUT_INCOMPLETE", "302": "PAYOUT_INCOMPLETE"}  # fmt: skip
    booked = "SELECT DISTINCT Document FROM books.JournalLines WHERE Kind IN ('charge', 'refund', 'fee', 'bank')"
    assert api.query(loaded, booked)[1] == [("PO-1",)]


def test_the_unit_tests_of_its_maps_pass_and_reach_all_of_them() -> None:
    loaded = api.load(EXAMPLE / "maps")
    report = api.unit_tests(loaded)
    assert [(one.test.name, one.differences) for one in report.outcomes if not one.passed] == []
    assert {one.test.map_name for one in report.outcomes} == set(loaded.project.maps)
    assert report.covers(100)


def test_an_overlay_brings_a_column_of_ones_own(demo: ModuleType, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE / "maps", tmp_path / "maps")
    shutil.copytree(EXAMPLE / "overlay", tmp_path / "maps" / "overlay")
    loaded = api.load(tmp_path / "maps")
    loaded = loaded.at(tmp_path / "overlay.duckdb")
    api.make_tables(loaded)
    demo.arrive(loaded, "day1")
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute("UPDATE shop.orders SET channel = ' market ' WHERE number = 'SO-1'")
    api.run(loaded)
    written = api.query(loaded, "SELECT Number, Channel FROM books.SalesOrders ORDER BY Number LIMIT 3")[1]
    assert written == [("SO-0", "web"), ("SO-1", "market"), ("SO-2", "web")]


def test_the_readme_shows_what_is_printed(
    demo: ModuleType, two_days: api.Loaded, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.report(two_days)
    printed = capsys.readouterr().out
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in readme.split("```")[1::2] if "python" not in block]
    assert len(blocks) >= 2
    assert [block for block in blocks if block not in printed] == []


def test_the_readme_names_every_map(two_days: api.Loaded) -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert [name for name in two_days.project.maps if f"| `{name}` |" not in readme] == []


def _as_csv(loaded: api.Loaded, query: str) -> str:
    names, rows = api.query(loaded, query)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()


def _all_tables(loaded: api.Loaded) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(loaded.database)) as connection:
        return {
            str(ref): connection.execute(f'SELECT * FROM "{ref.system}"."{ref.entity}" ORDER BY ALL').fetchall()
            for ref in loaded.project.entities
        }
