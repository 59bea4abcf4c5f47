"""One transaction per map, one runner at a time, plans that write nothing, and what the ledger records."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from crosswalk import api, failpoints
from crosswalk.errors import MachineError
from crosswalk.ledger.tables import VERSION
from crosswalk.results import LegResult
from crosswalk.runner.lease import user_name
from tests.engine.shop import Shop, now, orders


def test_a_failure_in_the_second_map_leaves_the_first_and_nothing_of_the_second(shop: Shop) -> None:
    shop.map("map: first\nsettle: {done: {done: target.Number}}", "a")
    shop.map(
        "map: second\ntarget: books.fees\nafter: [first]\n"
        "lookups: {r: {in: store.regions, where: {code: currency}, missing: null}}\nfields: {Title: r.code}",
        "b",
    )
    shop.put("store.orders", *orders((1, "A", "Chair"), (2, None, "No number")))
    failpoints.arm("record:after:2:raise")
    with pytest.raises(failpoints.ArmedFailure):
        api.run(shop.loaded)
    failpoints.arm()
    assert shop.sales() == [("A", "Chair")]
    assert shop.rows("store.orders", "id done") == [(1, "A"), (2, None)]
    assert shop.rows("books.fees", "Number") == []
    for table in ("runs", "lineage", "rejects", "watermarks"):
        assert shop.read(f"SELECT DISTINCT leg FROM crosswalk.{table}") == [("first",)]
    fates = shop.run()
    assert fates["second"] == {"inserted": 1, "rejected": 1}
    assert shop.rows("books.fees", "Number") == [("A",)]


def test_a_failure_in_the_middle_of_a_map_undoes_what_it_wrote(shop: Shop) -> None:
    shop.map("settle: {done: {done: target.Number}}").put("store.orders", *orders((1, "A", "Chair")))
    before = shop.everything()
    failpoints.arm("record:after:1:raise")
    with pytest.raises(failpoints.ArmedFailure):
        api.run(shop.loaded)
    failpoints.arm()
    assert shop.everything() == before


def told(leg: LegResult) -> LegResult:
    """What a leg did, without what differs from run to run."""
    return replace(leg, run_id="", seconds=0.0)


def digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def test_a_plan_writes_no_byte_and_says_exactly_what_the_run_does(shop: Shop) -> None:
    shop.map(
        "on_leave: delete\nfields: {Title: title, Kind: {sequence: sales}}\nrequires: [{that: quantity is null}]\n"
        "settle: {done: {done: target.Kind}}"
    )
    shop.put("store.orders", *orders((1, "A", "a"), (2, "B", "b"), (3, "C", "c"), (4, "D", "d"), (5, "E", "e"))).run()
    shop.put("store.orders", {"id": 1, "title": "new"}, {"id": 2, "number": None}, {"id": 3, "quantity": 1})
    shop.put("store.orders", *orders((6, "F", "f"))).remove("store.orders", "id = 4")
    shop.sql("INSERT INTO books.sales (Number) VALUES ('X')").close()
    before = digest(shop.database)
    files = {path.name for path in shop.database.parent.iterdir()}
    planned = api.plan(shop.loaded)
    assert digest(shop.database) == before
    assert {path.name for path in shop.database.parent.iterdir()} <= files | {"work.duckdb.lock"}
    assert not planned.committed
    done = api.run(shop.loaded)
    assert done.committed
    assert digest(shop.database) != before
    assert [told(leg) for leg in done.legs] == [told(leg) for leg in planned.legs]
    assert {fate: n for fate, n in done.legs[0].fates.items() if n} == {
        "inserted": 1,
        "updated": 1,
        "deleted": 1,
        "held": 1,
        "rejected": 1,
    }


def test_a_plan_of_a_project_without_a_database_makes_none(shop: Shop) -> None:
    shop.map()
    assert shop.plan() == {"orders": {}}
    assert not shop.database.exists()


def test_a_plan_says_that_a_guard_would_stop_the_run(shop: Shop) -> None:
    shop.map("guard: {foreign_rows: stop}").put("store.orders", *orders((1, "A", "a")))
    shop.sql("INSERT INTO books.sales (Number) VALUES ('X')")
    planned = api.plan(shop.loaded)
    assert planned.exit_code == 4
    assert planned.message.startswith("GUARD_FOREIGN_ROWS")


HOLDER = """
import sys
from pathlib import Path
from crosswalk.runner.lease import lease

with lease(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_runner_is_told_who_holds_the_database(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"))).close()
    command = [sys.executable, "-c", HOLDER, str(shop.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        for call in (api.run, api.make_tables):
            with pytest.raises(MachineError) as refused:
                call(shop.loaded)
            assert refused.value.code == "LOCKED"
            assert refused.value.exit_code == 6
            message = str(refused.value)
            assert f"{user_name()} on {socket.gethostname()}, process {other.pid}, since 20" in message
        other.kill()
    assert shop.one() == {"inserted": 1}


def test_a_database_that_another_program_has_open_is_refused(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"))).close()
    opened = f"import duckdb, sys; c = duckdb.connect({str(shop.database)!r})"
    script = opened + "; print('open', flush=True); sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        for call in (api.run, api.plan):
            with pytest.raises(MachineError) as refused:
                call(shop.loaded)
            assert refused.value.code == "LOCKED"
        other.kill()


def test_a_ledger_of_a_newer_version_is_not_touched(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"))).run()
    shop.sql("UPDATE crosswalk.meta SET value = '99'", "DROP TABLE store.parts")
    before = shop.everything()
    for call in (api.run, api.make_tables, api.plan):
        with pytest.raises(MachineError) as refused:
            call(shop.loaded)
        assert refused.value.code == "DATABASE_NEWER"
    assert shop.everything() == before


def test_a_ledger_of_the_first_version_is_brought_up_and_goes_on(shop: Shop) -> None:
    shop.map("fields: {}\nboth: {Title: title}\nback: {}").put("store.orders", *orders((1, "A", "a"), (2, "B", "b")))
    shop.run()
    fresh = shop.read("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'agreed'")
    remark = shop.read("SELECT comment FROM duckdb_tables() WHERE table_name = 'agreed'")
    dropped = [f"ALTER TABLE crosswalk.runs DROP COLUMN rows_{fate}" for fate in ("inserted", "updated", "deleted")]
    later = ("agreed", "landings", "deliveries", "outbox", "receipts", "promised")
    columns = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY table_name, column_name"
    )
    whole = set(shop.read(columns))
    dropped += [f"DROP TABLE crosswalk.{table}" for table in later]
    shop.sql(*dropped, "UPDATE crosswalk.meta SET value = '1' WHERE name = 'version'")
    shop.put("store.orders", {"id": 1, "title": "new", "changed": now()})
    assert shop.run()["orders"] == {"updated": 1}
    assert shop.read("SELECT value FROM crosswalk.meta WHERE name = 'version'") == [(str(VERSION),)]
    upgraded = shop.read("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'agreed'")
    assert upgraded == fresh
    assert set(shop.read(columns)) == whole
    assert shop.read("SELECT comment FROM duckdb_tables() WHERE table_name = 'agreed'") == remark
    assert shop.read("SELECT source_key, cells[1].target FROM crosswalk.agreed ORDER BY 1") == [("1", "new")]
    counted = (
        "SELECT rows_inserted, rows_updated, rows_deleted FROM crosswalk.runs WHERE leg = 'orders' ORDER BY started_at"
    )
    assert shop.read(counted) == [(2, 0, 0), (0, 1, 0)]


def test_the_ledger_says_who_ran_what_where_and_when(shop: Shop) -> None:
    shop.map("map: first", "a").map("map: second\ntarget: books.fees\nafter: [first]", "b")
    shop.put("store.orders", *orders((1, "A", "a"), (2, None, "b"))).run()
    rows = shop.read(
        "SELECT leg, host, user_name, mode, why_mode, source, target, examined, inserted, rejected, finished_at"
        " >= started_at,"
        " length(version) > 0, length(engine_version) > 0, length(digest), pid > 0 FROM crosswalk.runs ORDER BY leg"
    )
    who = (socket.gethostname(), user_name(), "initial", "first run", "store.orders")
    assert rows == [
        ("first", *who, "books.sales", 2, 1, 1, True, True, True, 16, True),
        ("second", *who, "books.fees", 2, 1, 1, True, True, True, 16, True),
    ]
    assert shop.last is not None
    counts = shop.read(
        "SELECT leg, examined, inserted, updated, deleted, unchanged, filtered, held, rejected, superseded FROM"
        " crosswalk.runs ORDER BY 1"
    )
    assert counts == [(leg.map_name, leg.examined, *leg.fates.values()) for leg in shop.last.legs]
    assert shop.read("SELECT count(DISTINCT invocation), count(DISTINCT run_id) FROM crosswalk.runs") == [(1, 2)]
    steps = shop.read(
        "SELECT step, detail FROM crosswalk.steps JOIN crosswalk.runs USING (run_id) WHERE leg = 'first' ORDER"
        " BY number"
    )
    assert steps == [
        ("extract", "store.orders"),
        ("shape", ""),
        ("divert", ""),
        ("deliver", "books.sales"),
        ("advance", ""),
    ]


def test_findings_are_recorded_beside_their_run(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"))).sql("INSERT INTO books.sales (Number) VALUES ('X')").run()
    assert shop.read("SELECT run_id, leg, code, row_count, sample FROM crosswalk.findings") == [
        (shop.leg().run_id, "orders", "GUARD_FOREIGN_ROWS", 1, "X")
    ]


def test_the_ledger_tells_which_row_came_from_which(shop: Shop) -> None:
    shop.map().put("store.orders", *orders((1, "A", "a"), (2, "B", "b"))).run()
    first = shop.leg().run_id
    shop.put("store.orders", {"id": 1, "title": "c"}).run()
    assert shop.rows("crosswalk.lineage", "source_key source_version target target_key first_run last_run state") == [
        ("1", "2", "books.sales", "A", first, shop.leg().run_id, "live"),
        ("2", "1", "books.sales", "B", first, first, "live"),
    ]
