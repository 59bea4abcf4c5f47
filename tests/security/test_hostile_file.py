"""A database file from elsewhere is data: what stands in it is shown as text or refused, and never obeyed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.cli.calls import Shell
from tests.cli.conftest import made as made
from tests.cli.conftest import project as project
from tests.cli.conftest import shell as shell

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202eevil\u2066 [red]x[/red] '; DROP TABLE crosswalk.runs; --"
READING = (
    ("rejects",),
    ("rejects", "--output", "json"),
    ("rejects", "--output", "csv"),
    ("runs",),
    ("runs", "--output", "json"),
    ("why", "orders", "1004"),
    ("query", "SELECT * FROM crosswalk.rejects"),
)
SPOILT = (
    "UPDATE crosswalk.rejects SET value = $text, code = $text, column_name = $text, place = $text, note = $text",
    "UPDATE crosswalk.runs SET leg = leg || $text, user_name = $text, host = $text, version = $text, why_mode = $text",
    "UPDATE crosswalk.changes SET target_key = $text",
    "UPDATE crosswalk.findings SET message = $text, sample = $text",
    "UPDATE crosswalk.lineage SET target_key = $text WHERE leg <> 'orders'",
)


def spoil(project: Path, act: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    with duckdb.connect(next(project.rglob("data.duckdb"))) as database:
        act(database)


def put_text(database: duckdb.DuckDBPyConnection) -> None:
    for statement in SPOILT:
        database.execute(statement, {"text": HOSTILE})


def test_text_in_the_ledger_moves_no_cursor_and_turns_no_line_round(shell: Shell, project: Path) -> None:
    shell("run", exit=None)
    spoil(project, put_text)
    for words in READING:
        ran = shell(*words, exit=None)
        assert ran.exit in (0, 2)
        for letter in ("\x1b", "\x07", "\u202e", "\u2066"):
            if "csv" not in words:
                assert letter not in ran.out + ran.err, words


def test_text_in_the_ledger_is_never_run(shell: Shell, project: Path) -> None:
    shell("run", exit=None)
    spoil(project, put_text)
    assert shell("run", exit=None).exit in (0, 3)
    assert shell("query", "SELECT count(*) FROM crosswalk.runs").out


def replaced(view: str, sql: str) -> Callable[[duckdb.DuckDBPyConnection], object]:
    return lambda database: database.execute(f"DROP TABLE {view}; CREATE VIEW {view} AS {sql}")


BROKEN: dict[str, Callable[[duckdb.DuckDBPyConnection], object]] = {
    "a view instead of a table": replaced("books.SalesOrders", "SELECT 1 AS OrderNumber"),
    "a view that reads a file": replaced("crosswalk.watermarks", "SELECT * FROM read_text('maps/crosswalk.yaml')"),
    "a table of the ledger is missing": lambda database: database.execute("DROP TABLE crosswalk.lineage"),
    "a column of the ledger is missing": lambda database: database.execute("ALTER TABLE crosswalk.runs DROP digest"),
    "a column of the ledger has another type": lambda database: database.execute(
        "ALTER TABLE crosswalk.rejects ALTER attempts TYPE VARCHAR USING 'many'"
    ),
    "the version is no number": lambda database: database.execute(
        "UPDATE crosswalk.meta SET value = 'soon' WHERE name = 'version'"
    ),
    "the version is missing": lambda database: database.execute("DELETE FROM crosswalk.meta WHERE name = 'version'"),
    "a source row in the ledger is no JSON": lambda database: database.execute(
        "UPDATE crosswalk.rejects SET source_row = '{not json'"
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_file_that_is_not_as_we_left_it_is_refused_in_words_or_mended(shell: Shell, project: Path, how: str) -> None:
    shell("run", exit=None)
    spoil(project, BROKEN[how])
    for words in (("run",), ("rejects",), ("runs",), ("plan",)):
        ran = shell(*words, exit=None)
        assert ran.exit in (0, 3, 4, 6), (words, ran.out + ran.err)
    assert not list(project.glob("crosswalk-defect-*"))


@pytest.mark.parametrize("macro", ["upper(a)", "Hash(a)", "md5_number_lower(a)", "count(a)"])
def test_a_macro_that_takes_the_place_of_a_function_is_refused(shell: Shell, project: Path, macro: str) -> None:
    shell("run", exit=None)
    spoil(project, lambda database: database.execute(f"CREATE MACRO main.{macro} AS 'owned'"))
    for words in (("run",), ("rejects",), ("query", "SELECT upper('x')")):
        assert "takes the place of a function" in shell(*words, exit=6).err


def test_macros_and_views_of_an_analyst_are_left_alone(shell: Shell, project: Path) -> None:
    shell("run", exit=None)
    spoil(project, lambda database: database.execute(MINE))
    assert shell("run", "--full", exit=None).exit in (0, 3)
    assert "net" not in shell("query", "SELECT main.net(100), count(*) FROM mine.totals").err


MINE = (
    "CREATE MACRO main.net(a) AS a / 1.2; CREATE SCHEMA mine; CREATE MACRO mine.upper(a) AS 'mine';"
    "CREATE VIEW mine.totals AS SELECT count(*) AS n FROM books.SalesOrders"
)
