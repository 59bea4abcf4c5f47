"""The story of a row: by any key, of rows that are gone or could not be read, and without touching the database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.errors import MachineError, UsageError
from crosswalk.runner.lease import lease
from crosswalk.sql import Sql, key_text, literal, part_of_key
from tests.engine import test_outside as outside
from tests.engine.shop import Shop, orders

HOLD = "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); print(flush=True); sys.stdin.read()"


def made(shop: Shop) -> Shop:
    shop.map("on_leave: delete\nlimits: {volume: 1}").put(
        "store.orders", *orders((1, "A", "Chair"), (2, "B", "Desk"))
    ).run()
    shop.put("store.orders", {"id": 1, "title": "Stool"}).run()
    return shop


def test_a_story_is_told_while_a_runner_has_the_lease_and_changes_no_byte(shop: Shop) -> None:
    loaded = made(shop).loaded
    before = loaded.database.read_bytes()
    with lease(loaded.database):
        (story,) = api.why(loaded, "orders", "1")
    assert loaded.database.read_bytes() == before
    assert (story.now, [row[:2] for row in story.targets]) == ("unchanged", [("books.sales", "A")])
    ((run, change),) = story.changes
    assert dict(change.cells) == {"Title": ("Chair", "Stool")}
    assert {run, str(story.targets[0][2])} == set(story.began)


def test_a_story_says_that_a_run_holds_the_database(shop: Shop) -> None:
    loaded = made(shop).loaded
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(loaded.database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(MachineError, match="is in use by") as caught:
            api.why(loaded, "orders", "1")
    assert caught.value.code == "LOCKED"


def test_a_story_is_found_by_the_key_of_the_target_also_of_a_row_that_was_removed(shop: Shop) -> None:
    made(shop).remove("store.orders", "id = 2").run()
    assert [story.key for story in api.why(shop.loaded, "orders", "A", target=True)] == ["1"]
    (removed,) = api.why(shop.loaded, "orders", "B", target=True)
    assert (removed.key, removed.now, removed.targets) == ("2", "", ())
    assert [change.fate for _, change in removed.changes] == ["deleted"]
    assert api.why(shop.loaded, "orders", "C", target=True) == ()


def test_a_story_outlives_the_runs_that_are_not_kept(shop: Shop) -> None:
    made(shop).sql("DELETE FROM crosswalk.runs")
    (story,) = api.why(shop.loaded, "orders", "1")
    assert ([change.fate for _, change in story.changes], story.began) == (["updated"], {})


def test_a_story_tells_what_is_kept_where_its_tables_are_not_there(shop: Shop) -> None:
    made(shop).sql("DROP TABLE store.customers", "DROP TABLE books.sales")
    (story,) = api.why(shop.loaded, "orders", "1")
    assert (story.now, len(story.changes), len(story.targets)) == ("", 1, 1)
    assert "sales does not exist" in story.unknown


def test_a_spell_of_waiting_has_its_dates(shop: Shop) -> None:
    shop.map("requires: [{that: status = 'Open'}]").put("store.orders", *orders((1, "A", "x"))).run()
    shop.put("store.orders", {"id": 1, "status": 2}).run()
    (spell,) = api.why(shop.loaded, "orders", "1")[0].open_rows
    assert spell.first_seen < spell.resolved_at
    assert spell.state == "resolved"


HOSTILE = ("a", "", "a|b", "a\\", "\\", "\\|", "|", "||", "a\nb|", "\\\\|x", "ü|\\n", "1")


@pytest.mark.parametrize("parts", [2, 3])
def test_parts_are_read_back_from_a_key_as_they_were(parts: int) -> None:
    with duckdb.connect() as connection:
        for start in range(len(HOSTILE)):
            values = [HOSTILE[(start * 5 + n * 7) % len(HOSTILE)] for n in range(parts)]
            key = key_text([literal(value) for value in values])
            read = ", ".join(part_of_key(key, n, parts).text for n in range(parts))
            more = part_of_key(key, 0, parts + 1).text
            assert connection.execute(f"SELECT {read}, {more}").fetchone() == (*values, None)
    assert part_of_key(Sql("k"), 0, 1) == Sql("k")


def test_a_row_with_several_parts_in_its_key_is_found_by_it(shop: Shop) -> None:
    shop.edit("store.orders", "key: [id]", "key: [company, currency]")
    shop.map("key: {Number: number}")
    rows = [{"company": c, "currency": m, "number": f"{c}{n}"} for c in ("a", "|") for n, m in enumerate(HOSTILE[1:7])]
    shop.put("store.orders", *rows).run()
    keys = dict(shop.read("SELECT target_key, source_key FROM crosswalk.lineage"))
    assert len(keys) == len(set(keys.values())) == 12
    for number, key in keys.items():
        (story,) = api.why(shop.loaded, "orders", key)
        assert ([row[1] for row in story.targets], story.now) == ([number], "unchanged")
    assert shop.one(key=keys["|4"]) == {"unchanged": 1}


def test_a_row_that_could_not_be_read_has_a_story(tmp_path: Path) -> None:
    wired = outside.Shop(tmp_path).lay()
    wired.order(*(outside.order(n, f"{n}.50") for n in range(1, 4)))
    wired.run()
    wired.bench("shop").change(wired.entity("shop", "orders"), {"number": 3}, {"booked": "perhaps"})
    wired.run(full=True)
    for wanted in ("read shop.orders", "sales"):
        unread, story = api.why(wired.loaded, wanted, "3")
        assert (unread.leg, [spell.code for spell in unread.open_rows]) == ("read shop.orders", ["CELL_UNREADABLE"])
        assert (story.leg, story.now) == ("sales", "unchanged")
    with pytest.raises(UsageError, match="tried again when the table is read"):
        api.retry(wired.loaded, ("read shop.orders",))
