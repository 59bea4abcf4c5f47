"""What is over and old goes, what a run needs stays, and the file does not grow for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.errors import MachineError, UsageError
from crosswalk.ledger import compacting
from crosswalk.results import RunResult
from tests.engine.shop import Shop as Embedded
from tests.engine.shop import orders
from tests.engine.test_outside import Shop as Outside
from tests.engine.test_outside import order

DAYS = timedelta(days=90)
NEEDED = ("lineage", "watermarks", "numbers", "documents", "agreed", "meta")
DOCUMENT = (
    "allow: [create]\ndocument: {target: books.headers, by: {Group: currency}, fields: {Id: {sequence: headers}}}\n"
    "fields: {Title: title, Header: document.Id}\n"
)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five runs, all long ago: order 2 was rejected and mended, 3 is open, 4 is dismissed, 1 was changed."""
    found = Embedded(tmp_path_factory.mktemp("old")).map()
    found.put("store.orders", *orders((1, "A", "a"), (2, None, "b"), (3, None, "c"), (4, None, "d"))).run()
    found.put("store.orders", {"id": 2, "number": "B"}, {"id": 1, "title": "new"}).run()
    found.put("store.orders", {"id": 1, "title": "newer"}).run()
    api.dismiss(found.loaded, "orders", "no", key="4")
    found.put("store.orders", {"id": 1, "title": "newest"}).run()
    found.put("store.orders", {"id": 1, "title": "last"}).run()
    age(found, 100)
    found.close()
    return found.database


@pytest.fixture
def shop(tmp_path: Path, old: Path) -> Iterator[Embedded]:
    found = Embedded(tmp_path, old).map()
    found.open()
    found.clock = datetime(2025, 6, 1)
    yield found
    found.close()


def age(shop: Embedded, days: int) -> None:
    """Let everything that the ledger holds have happened so many days earlier."""
    shop.sql(
        f"UPDATE crosswalk.runs SET started_at = started_at - INTERVAL {days} DAY",
        f"UPDATE crosswalk.rejects SET resolved_at = resolved_at - INTERVAL {days} DAY",
    )


def pruned(shop: Embedded, older_than: timedelta = DAYS, **asked: bool) -> dict[str, int]:
    found = api.prune(shop.loaded, older_than, **asked)
    return {table: count for table, count in found.removed.items() if count}


def counted(shop: Embedded, table: str) -> int:
    return int(shop.read(f"SELECT count(*) FROM crosswalk.{table}")[0][0])


def test_of_runs_that_are_over_the_history_goes_and_what_runs_need_stays(shop: Embedded) -> None:
    needed = {table: shop.read(f"FROM crosswalk.{table} ORDER BY ALL") for table in NEEDED}
    newest = shop.read("SELECT arg_max(run_id, started_at) FROM crosswalk.runs")
    assert pruned(shop) == {"rejects": 1, "steps": 20, "changes": 3, "runs": 1}
    assert {table: shop.read(f"FROM crosswalk.{table} ORDER BY ALL") for table in NEEDED} == needed
    assert shop.read("SELECT DISTINCT run_id FROM crosswalk.steps") == newest
    assert shop.read("SELECT source_key, state FROM crosswalk.rejects ORDER BY 1") == [
        ("3", "open"),
        ("4", "dismissed"),
    ]
    assert pruned(shop) == {}


def test_what_is_younger_stays_whole(shop: Embedded) -> None:
    before = shop.everything()
    assert pruned(shop, timedelta(days=110)) == {}
    assert shop.everything() == before


def test_every_run_that_anything_names_is_still_known(shop: Embedded) -> None:
    assert pruned(shop, timedelta(0))["runs"] == 1
    assert (
        shop.read(
            "SELECT run FROM (SELECT unnest([first_run, last_run]) AS run FROM crosswalk.lineage UNION ALL"
            " SELECT unnest([run_id, first_run, resolved_run]) FROM crosswalk.rejects UNION ALL"
            " SELECT run_id FROM crosswalk.watermarks UNION ALL SELECT run_id FROM crosswalk.changes)"
            " WHERE run IS NOT NULL AND run NOT IN (SELECT run_id FROM crosswalk.runs)"
        )
        == []
    )
    (story,) = api.why(shop.loaded, "orders", "1")
    assert [run for _, _, *runs, _ in story.targets for run in runs if run not in names(shop)] == []


def names(shop: Embedded) -> set[str]:
    return {str(run["run_id"]) for run in api.runs(shop.loaded)}


@pytest.mark.parametrize("asked", [{}, {"smaller": True}])
def test_the_next_run_goes_on_as_if_nothing_had_been_removed(shop: Embedded, asked: dict[str, bool]) -> None:
    assert pruned(shop, timedelta(0), **asked)
    assert shop.one() == {"rejected": 1}
    assert shop.leg().why_mode == "rows changed since the last run"
    shop.put("store.orders", {"id": 1, "title": "other"}, {"id": 3, "number": "C"}, {"id": 5, "number": "E"})
    assert shop.one() == {"inserted": 2, "updated": 1}
    assert shop.one(full=True) == {"unchanged": 4, "rejected": 1}


def test_a_leg_that_was_last_asked_for_one_row_goes_on_from_its_last_whole_run(shop: Embedded) -> None:
    for _ in range(2):
        shop.run(key="1")
    age(shop, 100)
    pruned(shop)
    shop.run()
    assert shop.leg().why_mode == "rows changed since the last run"


def test_documents_and_numbers_go_on(tmp_path: Path) -> None:
    shop = Embedded(tmp_path).map(DOCUMENT + "key: {Number: {sequence: sales}}\n")
    row = {"title": "x", "currency": "EUR"}
    shop.put("store.orders", row | {"id": 1}).run()
    shop.put("store.orders", row | {"id": 2}).run()
    shop.run()
    age(shop, 100)
    pruned(shop, timedelta(0), smaller=True)
    shop.put("store.orders", row | {"id": 3}).run()
    assert shop.sales("Number Header") == [("S-001", "H-01"), ("S-002", "H-02"), ("S-003", "H-03")]


def test_a_dry_run_says_the_same_and_writes_no_byte(shop: Embedded) -> None:
    shop.close()
    before = shop.database.read_bytes()
    found = api.prune(shop.loaded, DAYS, dry_run=True, smaller=True)
    assert not found.written
    assert shop.database.read_bytes() == before
    assert found.removed == api.prune(shop.loaded, DAYS).removed


def test_a_project_without_a_database_has_nothing_to_prune(tmp_path: Path) -> None:
    shop = Embedded(tmp_path).map()
    with pytest.raises(UsageError) as refused:
        api.prune(shop.loaded, DAYS)
    assert refused.value.code == "DATABASE_MISSING"
    assert not shop.database.exists()


def test_a_project_that_says_how_long_is_pruned_by_its_runs_once_a_day(shop: Embedded) -> None:
    shop.setting("overlap: 60s\n", "overlap: 60s\nhistory: 90d\n")
    assert shop.plan() == {"orders": {"rejected": 1}}
    assert (counted(shop, "steps"), counted(shop, "changes")) == (25, 4)
    shop.run()
    assert (counted(shop, "steps"), counted(shop, "changes")) == (10, 1)
    age(shop, 100)
    shop.run()
    assert counted(shop, "changes") == 1
    shop.sql("UPDATE crosswalk.meta SET value = CAST(now() - INTERVAL 25 HOUR AS VARCHAR) WHERE name = 'pruned'")
    shop.run()
    assert counted(shop, "changes") == 0


def test_a_project_that_says_nothing_keeps_all(shop: Embedded) -> None:
    shop.run()
    assert (counted(shop, "runs"), counted(shop, "changes")) == (6, 4)


def unfinished(tmp_path: Path) -> Outside:
    shop = Outside(tmp_path).lay()
    shop.order(*(order(n, f"{n}.50") for n in range(1, 8)))
    shop.faults["books"] = ', faults: [{on: write, fault: refused, at: last, times: "4"}]'
    assert shop.lay().run().exit_code == 5
    return shop


def asked_of(shop: Outside, *questions: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(shop.root / "outside.duckdb")) as connection:
        return [row for question in questions for row in connection.execute(question).fetchall()]


def test_a_run_that_is_not_finished_keeps_what_it_noted(tmp_path: Path) -> None:
    shop = unfinished(tmp_path)
    tables = ("deliveries", "outbox", "receipts", "promised", "landings")
    before = [asked_of(shop, f"FROM crosswalk.{table}") for table in tables]
    api.prune(shop.loaded, timedelta(0), smaller=True)
    assert [asked_of(shop, f"FROM crosswalk.{table}") for table in tables] == before
    result: RunResult = shop.run()
    assert result.legs[0].why_mode.endswith("begun before, and finished now")
    assert {fate: count for fate, count in result.legs[0].fates.items() if count} == {"inserted": 7}


def test_what_killed_reads_and_runs_left_goes(tmp_path: Path) -> None:
    shop = unfinished(tmp_path)
    shop.run()
    asked_of(
        shop,
        "CREATE TABLE crosswalk.crosswalk_arrived (a INTEGER)",
        "CREATE TABLE crosswalk.crosswalk_odd (a INTEGER)",
        "INSERT INTO crosswalk.outbox VALUES ('dead', 1, 't', 'k', 'insert', 'c', 's', '{}')",
        "INSERT INTO crosswalk.receipts VALUES ('dead', 1, 'k', 'insert', 'c', 'sent', '', '', now()::TIMESTAMP)",
        "INSERT INTO crosswalk.promised VALUES ('dead', 's', 'o', 1)",
    )
    found = api.prune(shop.loaded, DAYS).removed
    assert {table: count for table, count in found.items() if count} == {
        "outbox": 1,
        "receipts": 1,
        "promised": 1,
        "pages": 2,
    }
    assert asked_of(shop, "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'crosswalk_%'") == []


def test_the_copy_of_a_table_that_left_the_project_goes_when_it_is_old(tmp_path: Path) -> None:
    shop = unfinished(tmp_path)
    shop.run()
    asked_of(
        shop,
        "CREATE TABLE shop.former (a INTEGER)",
        "INSERT INTO crosswalk.landings SELECT 'shop.former', mark, scope, whole_at, read_at, 1 FROM crosswalk.landings LIMIT 1",
        "UPDATE crosswalk.landings SET read_at = read_at - INTERVAL 100 DAY",
    )
    assert api.prune(shop.loaded, timedelta(days=200)).removed["copies"] == 0
    assert api.prune(shop.loaded, DAYS).removed["copies"] == 1
    assert asked_of(shop, "SELECT entity FROM crosswalk.landings ORDER BY 1") == [("books.sales",), ("shop.orders",)]
    assert asked_of(shop, "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'shop'") == [("orders",)]


STRUCTURE = "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
COMMENTS = "SELECT schema_name, table_name, comment FROM duckdb_tables() ORDER BY ALL"


def test_a_file_that_is_written_anew_is_smaller_and_holds_the_same(shop: Embedded) -> None:
    shop.sql("CREATE TABLE store.large AS SELECT range AS n, hash(range) AS h FROM range(200000)")
    shop.sql("CHECKPOINT", "DROP TABLE store.large", "CREATE VIEW store.seen AS SELECT 1 AS one")
    before = (shop.everything(), shop.read(STRUCTURE), shop.read(COMMENTS), shop.read("FROM store.seen"))
    shop.close()
    shop.database.chmod(0o640)
    done = api.prune(shop.loaded, timedelta(days=200), smaller=True)
    assert done.sizes.after < done.sizes.before - 2**20
    assert (shop.everything(), shop.read(STRUCTURE), shop.read(COMMENTS), shop.read("FROM store.seen")) == before
    assert shop.database.stat().st_mode & 0o777 == 0o640
    assert files(shop) == ["work.duckdb", "work.duckdb.lock"]


def files(shop: Embedded) -> list[str]:
    shop.close()
    return sorted(path.name for path in shop.database.parent.glob("work*"))


def test_a_file_reached_by_a_link_is_written_anew_where_it_is(shop: Embedded) -> None:
    real, link = shop.root / "real.duckdb", shop.database
    shop.close()
    link.rename(real)
    link.symlink_to(real)
    compacting.compact(link)
    assert link.is_symlink()
    assert shop.one() == {"rejected": 1}


@pytest.mark.parametrize("armed", ["publish:after", "swap:before"])
def test_a_file_whose_writing_anew_is_killed_is_whole(shop: Embedded, armed: str) -> None:
    api.prune(shop.loaded, DAYS)
    before = shop.everything()
    shop.close()
    script = "import sys\nfrom pathlib import Path\nfrom crosswalk.ledger.compacting import compact\ncompact(Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(shop.database)]
    killed = subprocess.run(command, env={**os.environ, "CROSSWALK_FAILPOINT": armed}, check=False)
    assert killed.returncode == -9
    assert shop.everything() == before
    assert shop.one() == {"rejected": 1}
    api.prune(shop.loaded, DAYS, smaller=True)
    assert files(shop) == ["work.duckdb", "work.duckdb.lock"]


def test_a_file_that_cannot_be_written_anew_stays_as_it_is(shop: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    before = shop.everything()
    monkeypatch.setattr(compacting, "_to_disk", full)
    with pytest.raises(MachineError, match=r"is as it was: .*No space left"):
        api.prune(shop.loaded, timedelta(days=200), smaller=True)
    assert shop.everything() == before
    assert files(shop) == ["work.duckdb", "work.duckdb.lock"]


def test_a_copy_that_lacks_rows_does_not_take_the_place_of_the_file(
    shop: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shop.everything()
    monkeypatch.setattr(compacting, "_COUNTS", compacting._COUNTS.replace("('old', 'new')", "('old')"))
    with pytest.raises(MachineError, match="does not hold the same rows"):
        api.prune(shop.loaded, timedelta(days=200), smaller=True)
    assert shop.everything() == before


def sizes(shop: Embedded, runs: int, *, every: int) -> Sequence[int]:
    """Run so often, with one change in each, and give the size of the file after each stretch that ends in a prune."""
    found = []
    for number in range(runs):
        shop.put(
            "store.orders", {"id": 1, "title": f"title {number}"}, {"id": 3, "number": None if number % 2 else "C"}
        )
        shop.run()
        if every and number % every == every - 1:
            api.prune(shop.loaded, timedelta(0))
            found.append(shop.database.stat().st_size)
    return found


def test_a_pruned_file_reuses_its_room(tmp_path: Path) -> None:
    shop = Embedded(tmp_path).map()
    shop.put("store.orders", *orders((1, "A", "a"), (3, "C", "c"))).run()
    found = sizes(shop, 12, every=4)
    assert max(found) <= found[0] * 1.1
    assert counted(shop, "runs") <= 3


def test_the_clock_set_back_removes_nothing_that_is_needed(shop: Embedded) -> None:
    shop.sql(f"UPDATE crosswalk.runs SET started_at = '{datetime(2050, 1, 1)}' WHERE mode = 'initial'")
    pruned(shop)
    shop.run()
    assert shop.leg().why_mode == "rows changed since the last run"
