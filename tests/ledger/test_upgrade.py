"""Ledgers that earlier versions made, kept as files: they are brought up to date whole or not at all, and gone on with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.errors import MachineError
from crosswalk.ledger import tables
from crosswalk.ledger.tables import VERSION
from crosswalk.loading import Loaded
from crosswalk.results import RunResult
from tests.ledger.keep import EMBEDDED, KEPT, OUTSIDE, WITH_SYSTEMS, lay, unpack

VERSIONS = range(1, VERSION + 1)
STRUCTURE = (
    "SELECT table_name, column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns()"
    " WHERE schema_name = 'crosswalk' ORDER BY table_name, column_index",
    "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'crosswalk' ORDER BY ALL",
)
Row = tuple[object, ...]


def embedded(version: int, folder: Path) -> Loaded:
    """The project of the kept files, with the file of a version."""
    root = lay(EMBEDDED, folder / "embedded")
    unpack(version, "work.duckdb", root)
    return api.load(root)


def outside(version: int, folder: Path) -> Loaded:
    """The same with an outside system, and a run that is not finished."""
    root = lay(OUTSIDE, folder / "outside")
    for name in ("outside.duckdb", "books.sqlite"):
        unpack(version, name, root)
    return api.load(root)


def ask(file: Path, *questions: str) -> list[Row]:
    with duckdb.connect(str(file)) as connection:
        return [row for question in questions for row in connection.execute(question).fetchall()]


def contents(file: Path) -> dict[str, tuple[Sequence[str], list[Row]]]:
    """Read every table of a file: its columns and its rows, in order."""
    with duckdb.connect(str(file)) as connection:
        names = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        found: dict[str, tuple[Sequence[str], list[Row]]] = {}
        for schema, table in names:
            cursor = connection.execute(f'FROM "{schema}"."{table}"')
            found[f"{schema}.{table}"] = ([column[0] for column in cursor.description or []], cursor.fetchall())
        return found


def fates(result: RunResult) -> dict[str, dict[str, int]]:
    assert result.exit_code == 0, result.message
    legs = ((leg.map_name + ("" if leg.leg == "out" else ":back"), leg.fates) for leg in result.legs)
    return {name: {fate: count for fate, count in counted.items() if count} for name, counted in legs}


def test_every_version_of_the_ledger_has_a_kept_file() -> None:
    assert sorted(int(folder.name) for folder in KEPT.iterdir()) == [*VERSIONS]


def test_the_tables_do_not_change_without_a_new_version(tmp_path: Path) -> None:
    kept = embedded(VERSION, tmp_path).database
    fresh = api.make_tables(api.load(lay(EMBEDDED, tmp_path / "fresh")))
    assert ask(kept, *STRUCTURE) == ask(fresh, *STRUCTURE)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_upgraded_ledger_is_built_as_a_fresh_one_with_all_that_it_held(version: int, tmp_path: Path) -> None:
    loaded = embedded(version, tmp_path)
    before = contents(loaded.database)
    api.make_tables(loaded)
    fresh = api.make_tables(api.load(lay(EMBEDDED, tmp_path / "fresh")))
    assert ask(loaded.database, *STRUCTURE) == ask(fresh, *STRUCTURE)
    after = contents(loaded.database)
    assert after.pop("crosswalk.meta")[1][0] == ("version", str(VERSION))
    before.pop("crosswalk.meta")
    for table, (columns, rows) in before.items():
        now, kept = after[table]
        places = [now.index(column) for column in columns]
        assert [tuple(row[place] for place in places) for row in kept] == rows, table
    settled = loaded.database.read_bytes()
    api.make_tables(loaded)
    assert loaded.database.read_bytes() == settled


@pytest.mark.parametrize("version", VERSIONS)
def test_the_next_run_goes_on_from_an_upgraded_ledger(version: int, tmp_path: Path) -> None:
    """The maps may compile to other statements than in the version's day: then all rows are looked at, and none is
    taken for new.
    """
    loaded = embedded(version, tmp_path)
    open_rows = {reject.key: (reject.fate, reject.code, reject.first_seen) for reject in api.rejects(loaded)}
    assert sorted(open_rows) == ["3", "4", "6"]
    result = api.run(loaded)
    assert {leg.why_mode for leg in result.legs} <= {"the map changed since the last run", _LATER}
    for counted in fates(result).values():
        assert counted.keys() <= {"unchanged", "held", "rejected"}
    assert {r.key: (r.fate, r.code, r.first_seen) for r in api.rejects(loaded)} == open_rows


@pytest.mark.parametrize("version", VERSIONS)
def test_the_next_run_looks_at_changed_rows_alone_when_the_map_says_the_same(version: int, tmp_path: Path) -> None:
    """What a map compiles to is not what this is about: the ledger is told that it is what it was."""
    loaded = embedded(version, tmp_path)
    api.make_tables(loaded)
    for plan in api.plans(loaded):
        ask(loaded.database, f"UPDATE crosswalk.runs SET digest = '{plan.digest}' WHERE leg = '{plan.name}'")
    _edit(loaded)
    result = api.run(loaded)
    assert {leg.why_mode for leg in result.legs} == {_LATER}
    assert fates(result) == {
        "orders": {"inserted": 1, "updated": 1, "held": 1, "rejected": 1},
        "papers": {"inserted": 1},
        "partners": {},
        "partners:back": {},
    }
    _ended(loaded)


_LATER = "rows changed since the last run"


def _edit(loaded: Loaded) -> None:
    ask(
        loaded.database,
        "UPDATE store.orders SET title = 'Table', changed = '2025-03-01', version = 3 WHERE id = 2",
        "UPDATE store.orders SET number = 'N3', changed = '2025-03-01', version = 2 WHERE id = 3",
        "INSERT INTO store.parts VALUES (5, 'y', '2025-03-01', 1)",
    )


def _ended(loaded: Loaded) -> None:
    """Numbers go on where they were, documents get new lines, resolved rows are known still."""
    assert ask(loaded.database, "SELECT Number, Title, Name, Serial FROM books.sales ORDER BY 1") == [
        ("N1", "Armchair", "Anna", "S-001"),
        ("N2", "Table", "Bob", "S-002"),
        ("N3", "no number", "Anna", "S-004"),
        ("N5", "soon", "Bob", "S-003"),
    ]
    assert ask(loaded.database, "SELECT Part, Header, Place FROM books.lines ORDER BY 1") == [
        (1, "H-01", 1),
        (2, "H-01", 2),
        (3, "H-02", 1),
        (4, "H-03", 1),
        (5, "H-04", 1),
    ]
    assert ask(loaded.database, "SELECT source_key, state FROM crosswalk.rejects ORDER BY 1") == [
        ("3", "resolved"),
        ("4", "open"),
        ("5", "resolved"),
        ("6", "open"),
    ]


@pytest.mark.parametrize("version", range(WITH_SYSTEMS, VERSION + 1))
def test_a_run_that_broke_off_in_an_earlier_version_is_finished(version: int, tmp_path: Path) -> None:
    loaded = outside(version, tmp_path)
    result = api.run(loaded)
    assert result.legs[0].why_mode.endswith("; begun before, and finished now")
    api.run(loaded)
    sales = "SELECT code, CAST(amount AS VARCHAR), serial FROM books.sales ORDER BY 1"
    assert ask(loaded.database, sales) == [(f"S{n}", f"{n}.50", f"S-00{n}") for n in range(1, 6)]
    assert ask(loaded.database, "SELECT count(*) FROM crosswalk.deliveries") == [(0,)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_ledger_of_an_earlier_version_can_be_looked_at(version: int, tmp_path: Path) -> None:
    loaded = embedded(version, tmp_path)
    assert len(api.runs(loaded)) == 12
    assert [reject.key for reject in api.rejects(loaded)] == ["3", "4", "6"]


def test_a_ledger_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    loaded = embedded(VERSION, tmp_path)
    ask(loaded.database, f"UPDATE crosswalk.meta SET value = '{VERSION + 1}' WHERE name = 'version'")
    before = loaded.database.read_bytes()
    for call in (api.run, api.plan, api.make_tables, api.rejects, api.runs):
        with pytest.raises(MachineError) as refused:
            call(loaded)
        assert (refused.value.code, refused.value.exit_code) == ("DATABASE_NEWER", 6)
    assert loaded.database.read_bytes() == before
    assert [path.name for path in loaded.database.parent.glob("*.wal")] == []


@pytest.mark.parametrize("version", ["", "five", "0", "-1", "1.5", None])
def test_a_ledger_without_a_version_that_makes_sense_is_refused(version: str | None, tmp_path: Path) -> None:
    loaded = embedded(VERSION, tmp_path)
    if version is None:
        ask(loaded.database, "DELETE FROM crosswalk.meta")
    else:
        ask(loaded.database, f"UPDATE crosswalk.meta SET value = '{version}' WHERE name = 'version'")
    with pytest.raises(MachineError) as refused:
        api.run(loaded)
    assert refused.value.code == "DATABASE_DAMAGED"


KILLED = """
import os, signal, sys
from crosswalk import api
from crosswalk.ledger import tables

class Deadly(tuple):
    def __iter__(self):
        yield from tuple(self[:int(sys.argv[2])])
        os.kill(os.getpid(), signal.SIGKILL)

tables.UPGRADES = {**tables.UPGRADES, tables.VERSION - 1: Deadly(tables.UPGRADES[tables.VERSION - 1])}
api.run(api.load(sys.argv[1]))
"""
PLAIN = "import sys\nfrom crosswalk import api\napi.run(api.load(sys.argv[1]))"
LAST = len(tables.UPGRADES[VERSION - 1])


@pytest.mark.parametrize(
    ("script", "armed", "done"),
    [(KILLED, "", False), (PLAIN, "recover:before", False), (PLAIN, "recover:after", True)],
)
def test_an_upgrade_that_is_killed_is_done_whole_or_not_at_all(
    script: str, armed: str, done: bool, tmp_path: Path
) -> None:
    loaded = embedded(1, tmp_path)
    before, built = contents(loaded.database), ask(loaded.database, *STRUCTURE)
    environment = {**os.environ, "CROSSWALK_FAILPOINT": armed}
    command = [sys.executable, "-c", script, str(loaded.root), str(LAST)]
    assert subprocess.run(command, env=environment, check=False).returncode == -9
    assert (ask(loaded.database, *STRUCTURE) != built) == done
    if not done:
        assert contents(loaded.database) == before
    again = api.run(loaded)
    assert again.exit_code == 0
    assert ask(loaded.database, "SELECT value FROM crosswalk.meta WHERE name = 'version'") == [(str(VERSION),)]
