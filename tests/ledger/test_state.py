"""The state of a ledger is carried to another file, which goes on as the first would have; other files are refused."""

from __future__ import annotations

import gzip
import io
import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.errors import StoppedError, UsageError
from crosswalk.ledger.tables import VERSION
from crosswalk.loading import Loaded
from tests.ledger.keep import EMBEDDED, lay, play_outside, unpack
from tests.ledger.test_upgrade import ask, contents, fates, outside

TABLES = ("runs", "watermarks", "lineage", "agreed", "numbers", "documents", "rejects")
EDITS = (
    "UPDATE store.orders SET title = 'Table', changed = '2025-03-01', version = 3 WHERE id = 2",
    "UPDATE store.orders SET number = 'N3', changed = '2025-03-01', version = 2 WHERE id = 3",
    "UPDATE store.customers SET name = 'Beth', changed = '2025-03-01', version = 3 WHERE id = 2",
    "DELETE FROM store.orders WHERE id = 5",
    "INSERT INTO store.parts VALUES (5, 'y', '2025-03-01', 1), (6, 'x', '2025-03-01', 1)",
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose ledger is up to date, with rows held, rejected and dismissed."""
    root = lay(EMBEDDED, tmp_path_factory.mktemp("played") / "project")
    unpack(VERSION, "work.duckdb", root)
    loaded = api.load(root)
    api.run(loaded)
    api.dismiss(loaded, "orders", "no customer", key="4")
    return root


@pytest.fixture
def first(played: Path, tmp_path: Path) -> Loaded:
    return api.load(shutil.copytree(played, tmp_path / "first"))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """A new file that tests leave as it is."""
    loaded = api.load(lay(EMBEDDED, tmp_path_factory.mktemp("empty")))
    api.make_tables(loaded)
    return loaded


@pytest.fixture
def second(first: Loaded, tmp_path: Path) -> Loaded:
    """A new file whose systems are filled by other means."""
    loaded = api.load(lay(EMBEDDED, tmp_path / "second"))
    api.make_tables(loaded)
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute(f"ATTACH '{first.database}' AS other (READ_ONLY)")
        found = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'other'"
        for schema, table in connection.execute(found).fetchall():
            if schema != "crosswalk":
                connection.execute(f"INSERT INTO {schema}.{table} FROM other.{schema}.{table}")
    return loaded


@pytest.fixture
def file(first: Loaded, tmp_path: Path) -> Path:
    file = tmp_path / "state.jsonl"
    api.export_to(first, file)
    return file


def said(loaded: Loaded) -> list[object]:
    """What a run does and what there is afterwards, without what differs from run to run."""
    result = api.run(loaded)
    seen = {name: rows for name, (_, rows) in contents(loaded.database).items() if not name.startswith("crosswalk.")}
    rejects = [(r.key, r.state, r.code, r.note, r.first_seen, r.attempts) for r in api.rejects(loaded, closed=True)]
    plain = {name: [row[:-2] for row in sorted(rows)] for name, rows in seen.items()}
    return [fates(result), [(leg.mode, leg.why_mode) for leg in result.legs], plain, rejects]


def test_a_file_that_took_a_state_over_goes_on_as_the_first_would_have(
    first: Loaded, second: Loaded, file: Path
) -> None:
    carried = api.import_state(second, file)
    assert {table for table, count in carried.rows.items() if count} == set(TABLES)
    ask(first.database, "DELETE FROM crosswalk.rejects WHERE state = 'resolved'")
    for loaded in (first, second):
        ask(loaded.database, *EDITS)
    goes_on, went_on = said(second), said(first)
    assert goes_on == went_on
    assert goes_on[1] == [("incremental", "rows changed since the last run")] * 4
    assert ask(second.database, "SELECT sequence, owner, number FROM crosswalk.numbers ORDER BY ALL LIMIT 1")


def test_a_state_is_the_same_after_it_was_carried(second: Loaded, file: Path) -> None:
    api.import_state(second, file)
    again = io.BytesIO()
    api.export_state(second, again)
    before, after = file.read_bytes().splitlines(), again.getvalue().splitlines()
    assert after[1:-1] == before[1:-1]


def test_any_text_that_a_ledger_holds_is_carried_as_it_is(first: Loaded, second: Loaded, tmp_path: Path) -> None:
    odd = "a\0b\u2028\u202e\U0001f600'\"\\;--\n"
    with duckdb.connect(str(first.database)) as connection:
        connection.execute("UPDATE crosswalk.rejects SET value = $odd, note = $odd WHERE state = 'open'", {"odd": odd})
        connection.execute("UPDATE crosswalk.lineage SET source_key = source_key || $odd", {"odd": odd})
        connection.execute("UPDATE crosswalk.watermarks SET cursor = '0044-03-15 (BC) 00:00:00' WHERE leg = 'papers'")
        connection.execute("UPDATE crosswalk.numbers SET number = 9223372036854775807 WHERE owner = 'store.orders 1'")
    api.export_to(first, tmp_path / "odd.jsonl")
    api.import_state(second, tmp_path / "odd.jsonl")
    for table in ("lineage", "watermarks", "numbers", "agreed", "documents"):
        assert ask(second.database, f"FROM crosswalk.{table}") == ask(first.database, f"FROM crosswalk.{table}")


def test_a_dismissed_row_is_dismissed_in_the_new_file_too(second: Loaded, file: Path) -> None:
    api.import_state(second, file)
    assert [(r.key, r.note) for r in api.rejects(second, closed=True) if r.state == "dismissed"] == [
        ("4", "no customer")
    ]
    api.run(second, full=True)
    assert [r.key for r in api.rejects(second)] == ["3", "6"]


def refused(loaded: Loaded, file: Path, *, replace: bool = False) -> UsageError:
    """See that a file is refused, and that nothing came of it."""
    before = contents(loaded.database)
    with pytest.raises(UsageError) as found:
        api.import_state(loaded, file, replace=replace)
    assert found.value.exit_code == 2
    assert contents(loaded.database) == before
    assert [path.name for path in loaded.database.parent.glob("*.aside*")] == []
    return found.value


def test_a_ledger_that_is_not_empty_is_not_replaced_unasked(first: Loaded, file: Path) -> None:
    assert refused(first, file).code == "STATE_THERE"


def test_a_ledger_that_is_replaced_is_copied_aside_first(first: Loaded, file: Path) -> None:
    ask(first.database, "DELETE FROM crosswalk.lineage WHERE source_key = '1'")
    before = contents(first.database)
    carried = api.import_state(first, file, replace=True)
    assert carried.aside is not None
    assert contents(carried.aside) == before
    assert ask(first.database, "SELECT count(*) FROM crosswalk.changes") == [(0,)]
    exported = io.BytesIO()
    api.export_state(first, exported)
    assert exported.getvalue().splitlines()[1:-1] == file.read_bytes().splitlines()[1:-1]
    assert api.import_state(first, file, replace=True).aside != carried.aside


def test_a_ledger_stays_when_what_would_replace_it_is_refused(first: Loaded, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sealed([head(), link(), link(), entry(state="lost")]))
    assert "line 4" in str(refused(first, tmp_path / "x", replace=True))


def test_an_empty_ledger_needs_no_copy(second: Loaded, file: Path) -> None:
    assert api.import_state(second, file, replace=True).aside is None


def test_a_file_that_is_there_is_not_written_over(first: Loaded, file: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(UsageError) as found:
        api.export_to(first, file)
    assert (found.value.code, file.read_bytes()) == ("FILE_EXISTS", before)


def test_an_export_that_breaks_off_leaves_no_file(first: Loaded, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        api.export_to(first, tmp_path / "nowhere" / "state.jsonl")
    ask(first.database, "DROP TABLE crosswalk.rejects")
    with pytest.raises(Exception, match="rejects"):
        api.export_to(first, tmp_path / "state.jsonl")
    assert list(tmp_path.glob("state*")) == []


def test_the_state_of_a_run_that_is_not_finished_is_not_carried(tmp_path: Path, second: Loaded, file: Path) -> None:
    loaded = outside(VERSION, tmp_path)
    with pytest.raises(StoppedError) as found:
        api.export_state(loaded, io.BytesIO())
    assert found.value.code == "RUN_UNFINISHED"
    begun = "INSERT INTO crosswalk.deliveries VALUES ('r', 'orders', '2025-01-01', 'key', '', NULL, NULL, '', NULL)"
    ask(second.database, begun)
    with pytest.raises(StoppedError):
        api.import_state(second, file, replace=True)


def test_a_new_file_reads_outside_tables_as_a_whole_and_sends_nothing_twice(tmp_path: Path) -> None:
    loaded = outside(VERSION, tmp_path)
    api.run(loaded)
    state = tmp_path / "state.jsonl"
    api.export_to(loaded, state)
    orders = ask(loaded.database, "FROM shop.orders")
    loaded.database.unlink()
    api.make_tables(loaded)
    with duckdb.connect(str(loaded.database)) as connection:
        connection.executemany("INSERT INTO shop.orders VALUES (?, ?, ?)", orders)
    api.import_state(loaded, state)
    result = api.run(loaded)
    assert fates(result) == {"sales": {}}
    assert [leg.mode for leg in result.legs] == ["incremental"]
    ask(loaded.database, "INSERT INTO shop.orders VALUES (6, 6.5, '2025-03-01')")
    assert fates(api.run(loaded)) == {"sales": {"inserted": 1}}
    assert ask(loaded.database, "SELECT serial FROM books.sales WHERE code = 'S6'") == [("S-006",)]


def sealed(lines: list[str]) -> bytes:
    """Put an end to lines, as who writes such a file would."""
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    counted = {table: sum(line.startswith(f'{{"{table}"') for line in lines[1:]) for table in TABLES}
    return body + (json.dumps({"end": {"rows": counted, "sha256": sha256(body).hexdigest()}}) + "\n").encode()


def head(**other: object) -> str:
    known = {"crosswalk": "state", "project": "kept", "profile": "dev", "ledger": VERSION}
    return json.dumps({**known, "written_at": "2026-01-01", "written_by": "x", "format": 1, **other})


LINK = {"leg": "orders", "source_key": "1", "state": "live"}
ENTRY = {
    "leg": "orders",
    "source_key": "1",
    "fate": "held",
    "code": "X",
    "source_row": "{}",
    "run_id": "r",
    "first_run": "r",
    "first_seen": "2025-01-01 00:00:00",
    "attempts": 1,
    "state": "open",
}


def link(**other: object) -> str:
    return json.dumps({"lineage": {**LINK, **other}})


def entry(**other: object) -> str:
    return json.dumps({"rejects": {**ENTRY, **other}})


def test_what_is_well_formed_is_taken_over(second: Loaded, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sealed([head(), link(), entry()]))
    assert {t: n for t, n in api.import_state(second, tmp_path / "x").rows.items() if n} == {"lineage": 1, "rejects": 1}


HOSTILE = {
    "no json": (["x"], 1, "is no JSON"),
    "no object": (["[]"], 1, "is no JSON object"),
    "no state": ([head(crosswalk="map")], 1, "is no state"),
    "more in the head": ([head(more=1)], 1, "another head"),
    "true is no number": ([head(ledger=True)], 1, "another head"),
    "no row": ([head(), "{}"], 2, "something else than one row"),
    "two rows": ([head(), '{"lineage": {}, "runs": {}}'], 2, "something else than one row"),
    "meta is not carried": ([head(), '{"meta": {"name": "version", "value": "9"}}'], 2, "something else than one row"),
    "a list": ([head(), link(), '{"lineage": []}'], 3, "a row is an object"),
    "a column too much": ([head(), link(extra="x")], 2, "'extra' is no column"),
    "a column too few": ([head(), '{"lineage": {"leg": "orders", "state": "live"}}'], 2, "'source_key' is missing"),
    "null in a key": ([head(), link(source_key=None)], 2, "'source_key' is missing"),
    "a number for a text": ([head(), link(source_key=1)], 2, "'source_key' is no text"),
    "half a character": ([head(), link(source_key="\ud800")], 2, "no text that can be kept"),
    "another state": ([head(), link(state="lost")], 2, "'state' is none of filtered, left, live"),
    "a resolved reject": ([head(), entry(state="resolved")], 2, "'state' is none of dismissed, open"),
    "a text for a number": ([head(), entry(attempts="1")], 2, "no whole number"),
    "a huge number": ([head(), entry(attempts=2**63)], 2, "no whole number"),
    "a huge literal": ([head(), entry(attempts=1).replace(": 1,", f": {'9' * 5000},")], 2, "is no JSON"),
    "infinity": ([head(), entry(attempts=1).replace(": 1,", ": 1e999,")], 2, "no whole number"),
    "not a number": ([head(), entry(attempts=1).replace(": 1,", ": NaN,")], 2, "NaN is no number"),
    "no time": ([head(), entry(first_seen="yesterday")], 2, "'first_seen' is no time"),
    "month 13": ([head(), entry(first_seen="2025-13-01 00:00:00")], 2, "month must be in"),
    "no source row": ([head(), entry(source_row="[]")], 2, "'source_row' holds no row"),
    "a deep source row": ([head(), entry(source_row="[" * 100_000)], 2, "'source_row' holds no row"),
    "a source row of numbers": ([head(), entry(source_row='{"a": 1}')], 2, "'source_row' holds no row"),
    "cells of another shape": (
        [head(), '{"agreed": {"leg": "a", "source_key": "1", "cells": [{"column_name": "x"}]}}'],
        2,
        "'cells' is no list of cells",
    ),
    "a name twice": ([head(), '{"lineage": {"leg": "a", "leg": "b"}}'], 2, "a name stands twice"),
    "very deep": ([head(), "[" * 200_000], 2, "is no JSON"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_its_place(case: str, empty: Loaded, tmp_path: Path) -> None:
    lines, line, message = HOSTILE[case]
    hostile = tmp_path / "hostile.jsonl"
    hostile.write_bytes(sealed(lines))
    found = refused(empty, hostile)
    assert found.code == "STATE_UNREADABLE"
    assert f"hostile.jsonl, line {line}: " in str(found)
    assert message in str(found)


def cut(content: bytes) -> Iterator[tuple[str, bytes, str]]:
    lines = content.splitlines(keepends=True)
    yield "empty", b"", "line 1: is missing"
    yield "without its end", b"".join(lines[:-1]), f"line {len(lines)}: is missing"
    yield "cut in a line", content[:-5], f"line {len(lines)}: is cut off"
    yield "without a row", b"".join(lines[:5] + lines[6:]), "the digest is another"
    yield "with a row twice", b"".join([*lines[:6], *lines[5:]]), "the digest is another"
    yield (
        "with an edit",
        content.replace(b"Armchair", b"armchair").replace(b'"live"', b'"left"', 1),
        "the digest is another",
    )
    yield "with another head", content.replace(b'"written_by": "', b'"written_by": "x', 1), "the digest is another"
    yield "with more behind", content + b"{}\n", f"line {len(lines) + 1}: stands behind the end"
    yield "of bytes", gzip.compress(content), "line 1: is no JSON"


def test_a_file_that_was_cut_or_changed_is_refused(empty: Loaded, file: Path, tmp_path: Path) -> None:
    for case, content, message in cut(file.read_bytes()):
        changed = tmp_path / "changed.jsonl"
        changed.write_bytes(content)
        assert message in str(refused(empty, changed)), case


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"project": "another"}, "STATE_OTHER"),
        ({"profile": "prod"}, "STATE_OTHER"),
        ({"ledger": VERSION + 1}, "STATE_NEWER"),
        ({"format": 2}, "STATE_NEWER"),
    ],
)
def test_a_state_of_another_project_or_of_a_newer_release_is_refused(
    empty: Loaded, tmp_path: Path, other: dict[str, object], code: str
) -> None:
    (tmp_path / "x").write_bytes(sealed([head(**other), link()]))
    assert refused(empty, tmp_path / "x").code == code


@pytest.mark.parametrize("end", ['{"end": {}}', '{"end": {"rows": {}, "sha256": "D"}}', '{"end": 1}'])
def test_a_file_with_another_end_is_refused(end: str, empty: Loaded, tmp_path: Path) -> None:
    """An end that counts other rows than there are is no end, whatever its digest says."""
    good = sealed([head(), link()]).splitlines(keepends=True)
    digest = json.loads(good[-1])["end"]["sha256"]
    (tmp_path / "x").write_bytes(b"".join(good[:-1]) + end.replace("D", digest).encode() + b"\n")
    assert "line 3: " in str(refused(empty, tmp_path / "x"))


def test_what_may_stand_once_may_not_stand_twice(empty: Loaded, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(sealed([head(), link(), link(target="b")]))
    assert "the lineage of 1 in orders stands there twice" in str(refused(empty, tmp_path / "x"))


def test_a_file_that_is_not_there_is_said_to_be_so(empty: Loaded, tmp_path: Path) -> None:
    assert refused(empty, tmp_path / "nothing").code == "FILE_MISSING"


def test_an_unfinished_run_is_played_by_the_kept_project(tmp_path: Path) -> None:
    """What the kept files hold is what their script plays today."""
    play_outside(tmp_path)
    assert ask(tmp_path / "outside.duckdb", "SELECT count(*) FROM crosswalk.deliveries") == [(1,)]
