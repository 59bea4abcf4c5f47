"""What the file for readers holds, when it is written, and what becomes of a run where it cannot be."""

import logging
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from crosswalk import api, failpoints
from crosswalk.errors import MachineError, MapError
from crosswalk.ledger.meanings import MEANINGS, READ_BY_OTHERS
from crosswalk.ledger.tables import TABLES
from tests.engine.shop import Shop
from tests.publishing.reading import ask, file_of, orders, stands


def test_readers_get_the_tables_and_the_ledger_beside_them(shop: Shop) -> None:
    shop.put("store.orders", *orders("A1", "A2"))
    result = api.run(shop.loaded)
    assert (result.published, result.unpublished, result.exit_code) == (True, "", 0)
    found = ask(file_of(shop), "SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY 1")
    assert found == [("books",), ("crosswalk",), ("store",)]
    assert ask(file_of(shop), "SELECT Number FROM books.sales ORDER BY 1") == [("A1",), ("A2",)]
    ledger = ask(file_of(shop), "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'crosswalk' ORDER BY 1")
    assert [name for (name,) in ledger] == sorted([*READ_BY_OTHERS, "published"])
    assert ask(file_of(shop), "SELECT leg, inserted FROM crosswalk.runs ORDER BY 1") == [("fees", 2), ("orders", 2)]
    assert ask(file_of(shop), "SELECT count(*) FROM crosswalk.lineage") == [(4,)]


def test_every_table_and_column_has_a_comment(shop: Shop) -> None:
    shop.edit("store.orders", "status: {", "status: {title: How far it's come, ")
    api.run(shop.loaded)
    file = file_of(shop)
    assert ask(file, "SELECT table_name FROM duckdb_tables() WHERE coalesce(comment, '') = ''") == []
    assert ask(file, "SELECT column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''") == []
    said = ask(file, "SELECT comment FROM duckdb_columns() WHERE table_name = 'orders' AND column_name = 'status'")
    assert said == [("How far it's come; 1 Draft, 2 Open, 3 Closed",)]


def test_each_published_column_of_the_ledger_has_its_meaning() -> None:
    for table in READ_BY_OTHERS:
        outside = TABLES[table].partition(" STRUCT(")[0]
        assert list(MEANINGS[table]) == [part.split()[0] for part in outside.split(", ")], table


def test_a_run_that_changed_nothing_leaves_the_file(shop: Shop) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    before = stands(file_of(shop))
    assert api.run(shop.loaded).published
    assert stands(file_of(shop)) == before


def test_a_row_that_waits_leaves_the_file_until_it_moves(shop: Shop) -> None:
    shop.map("fields: {Title: title, Name: {from: customer.name, required: reject}}\nlimits: {rejects: {stop: 100}}")
    shop.put("store.orders", {"id": 1, "number": "A1", "title": "t", "customer": 7})
    api.run(shop.loaded)
    assert ask(file_of(shop), "SELECT state FROM crosswalk.rejects") == [("open",)]
    before = stands(file_of(shop))
    api.run(shop.loaded)
    assert stands(file_of(shop)) == before
    shop.put("store.customers", {"id": 7, "name": "Ada"})
    api.run(shop.loaded)
    assert ask(file_of(shop), "SELECT state FROM crosswalk.rejects") == [("resolved",)]


def test_a_reject_that_somebody_looked_at_is_published_by_a_run_that_changed_nothing(shop: Shop) -> None:
    shop.map("fields: {Title: title, Name: {from: customer.name, required: reject}}\nlimits: {rejects: {stop: 100}}")
    shop.put("store.orders", {"id": 1, "number": "A1", "title": "t", "customer": 7})
    api.run(shop.loaded)
    shop.sql("UPDATE crosswalk.rejects SET note = 'asked Ada'")
    api.run(shop.loaded, ("fees",))
    assert ask(file_of(shop), "SELECT note FROM crosswalk.rejects") == [("asked Ada",)]


def test_a_retry_publishes_too(shop: Shop) -> None:
    shop.map("fields: {Title: title, Name: {from: customer.name, required: reject}}\nlimits: {rejects: {stop: 100}}")
    shop.put("store.orders", {"id": 1, "number": "A1", "title": "t", "customer": 7})
    api.run(shop.loaded)
    shop.put("store.customers", {"id": 7, "name": "Ada"})
    assert api.retry(shop.loaded).published
    assert ask(file_of(shop), "SELECT Name FROM books.sales") == [("Ada",)]


def test_a_changed_description_is_published_though_no_row_changed(shop: Shop) -> None:
    api.run(shop.loaded)
    shop.edit("books.fees", "entity: fees", "entity: fees\ntitle: What we ask for")
    api.run(shop.loaded)
    said = ask(file_of(shop), "SELECT comment FROM duckdb_tables() WHERE table_name = 'fees'")
    assert said == [("What we ask for; one row for each Number",)]


def test_a_plan_publishes_nothing(shop: Shop) -> None:
    shop.put("store.orders", *orders("A1"))
    assert not api.plan(shop.loaded).published
    assert not file_of(shop).exists()


def test_a_stopped_invocation_publishes_the_legs_that_stay(shop: Shop) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    shop.put("store.orders", *orders("A2"))
    shop.sql("INSERT INTO books.sales (Number) VALUES ('A2'), ('A2')")
    result = api.run(shop.loaded)
    assert result.exit_code == 4
    assert [leg.map_name for leg in result.legs] == ["fees"]
    assert (result.published, ask(file_of(shop), "SELECT count(*) FROM books.fees")) == (True, [(2,)])


@pytest.mark.parametrize("said", ["false", "{dev: false}"])
def test_publishing_can_be_switched_off(shop: Shop, said: str) -> None:
    shop.setting("project: shop", f"project: shop\npublish: {said}")
    result = api.run(shop.loaded)
    assert (result.published, result.unpublished, file_of(shop).exists()) == (False, "", False)


def test_chosen_tables_are_published_to_a_chosen_file(shop: Shop, tmp_path: Path) -> None:
    shop.setting("project: shop", "project: shop\npublish: {dev: {file: ../out/all.duckdb, tables: [books.*]}}")
    api.run(shop.loaded)
    found = ask(tmp_path / "out" / "all.duckdb", "SELECT DISTINCT schema_name FROM duckdb_tables() ORDER BY 1")
    assert found == [("books",), ("crosswalk",)]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{dew: false}", "UNKNOWN_PROFILE"),
        ("{dev: {tables: [books.sale]}}", "UNKNOWN_ENTITY"),
        ("{dev: {table: [books.sales]}}", "UNKNOWN_PROPERTY"),
        ("{dev: {pii: hide}}", "WRONG_VALUE"),
        ("sometimes", "WRONG_TYPE"),
    ],
)
def test_a_slip_in_the_setting_is_told_with_its_place(shop: Shop, said: str, code: str) -> None:
    shop.setting("project: shop", f"project: shop\npublish: {said}")
    with pytest.raises(MapError) as caught:
        _ = shop.loaded
    [problem] = caught.value.problems
    assert (problem.code, problem.span.file, problem.span.line) == (code, "crosswalk.yaml", 2)


def test_the_file_is_written_in_the_oldest_form_and_nobody_may_write_to_it(shop: Shop) -> None:
    api.run(shop.loaded)
    head = file_of(shop).read_bytes()[:20]
    assert (head[8:12], int.from_bytes(head[12:20], "little")) == (b"DUCK", 64)
    assert stat.S_IMODE(file_of(shop).stat().st_mode) & 0o222 == 0


def test_readers_keep_the_rights_that_they_were_given(shop: Shop) -> None:
    api.run(shop.loaded)
    file_of(shop).chmod(0o640)
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    assert stat.S_IMODE(file_of(shop).stat().st_mode) == 0o440


def test_a_reader_who_has_the_file_open_keeps_what_was_there(shop: Shop) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    with duckdb.connect(str(file_of(shop)), read_only=True) as reader:
        shop.put("store.orders", *orders("A2"))
        assert api.run(shop.loaded).published
        assert reader.execute("SELECT count(*) FROM books.sales").fetchall() == [(1,)]
    assert ask(file_of(shop), "SELECT count(*) FROM books.sales") == [(2,)]


@pytest.mark.parametrize("point", ["publish:before:1:full", "publish:after:2:full", "swap:before:1:full"])
def test_what_cannot_be_published_is_committed_and_published_by_the_next_run(shop: Shop, point: str) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    shop.put("store.orders", *orders("A2"))
    loaded = shop.loaded
    failpoints.arm(point)
    result = api.run(loaded)
    failpoints.arm()
    assert (result.exit_code, result.published) == (6, False)
    assert "is as it was before: No space left on device" in result.unpublished
    assert shop.read("SELECT count(*) FROM books.sales") == [(2,)]
    assert ask(file_of(shop), "SELECT count(*) FROM books.sales") == [(1,)]
    assert sorted(path.name for path in shop.root.glob("*.new*")) == []
    again = api.run(shop.loaded)
    assert (again.exit_code, again.published, again.legs[0].examined) == (0, True, 0)
    assert ask(file_of(shop), "SELECT count(*) FROM books.sales") == [(2,)]


def test_a_folder_that_cannot_be_made_undoes_nothing(shop: Shop) -> None:
    shop.write("taken", "a file where the folder should be")
    shop.setting("project: shop", "project: shop\npublish: {dev: {file: taken/all.duckdb}}")
    shop.put("store.orders", *orders("A1"))
    result = api.run(shop.loaded)
    assert (result.exit_code, result.published) == (6, False)
    assert shop.read("SELECT count(*) FROM books.sales") == [(1,)]


@pytest.mark.parametrize("foreign", ["text", "database", "itself"])
def test_a_file_that_is_not_ours_is_never_replaced(shop: Shop, foreign: str) -> None:
    file = shop.root / ("work.duckdb" if foreign == "itself" else "mine.duckdb")
    shop.setting("project: shop", f"project: shop\npublish: {{dev: {{file: {file.name}}}}}")
    if foreign == "text":
        file.write_text("my notes")
    elif foreign == "database":
        duckdb.connect(str(file)).execute("CREATE TABLE precious AS SELECT 1").close()
    before = None if foreign == "itself" else file.read_bytes()
    shop.put("store.orders", *orders("A1"))
    result = api.run(shop.loaded)
    assert (result.exit_code, result.published) == (6, False)
    assert result.unpublished.startswith("PUBLISHED_FOREIGN")
    assert "was not published by Crosswalk" in result.unpublished
    assert before is None or file.read_bytes() == before
    assert shop.read("SELECT count(*) FROM books.sales") == [(1,)]


def test_a_log_that_somebody_left_beside_the_file_is_not_read_into_the_next(shop: Shop) -> None:
    api.run(shop.loaded)
    log = shop.root / "work.published.duckdb.wal"
    log.write_bytes(b"of another file")
    shop.put("store.orders", *orders("A1"))
    result = api.run(shop.loaded)
    assert (result.exit_code, result.published) == (6, False)
    log.unlink()
    assert api.run(shop.loaded).published


HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE IF NOT EXISTS main.busy AS SELECT 1")
print("held", flush=True)
sys.stdin.read()
"""


def test_questions_are_answered_from_the_published_file_while_a_run_holds_the_database(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.put("store.orders", *orders("A1"))
    api.run(shop.loaded)
    loaded = shop.loaded
    monkeypatch.setattr(logging.getLogger("crosswalk"), "propagate", True)
    command = [sys.executable, "-c", HOLD, str(loaded.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert api.query(loaded, "SELECT count(*) AS n FROM books.sales") == (("n",), [(1,)])
        assert [run["leg"] for run in api.runs(loaded)] == ["orders", "fees"]
        assert api.rejects(loaded) == ()
        assert "a run holds the database" in caplog.text
        file_of(shop).unlink()
        with pytest.raises(MachineError) as caught:
            api.runs(loaded)
        assert caught.value.code == "LOCKED"
        holder.communicate()
