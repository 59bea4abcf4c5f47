"""What a project holds, without what differs from run to run: numbers of runs, clocks, processes.

A run is named by its leg and its place among the runs of the leg. A time of today is a stamp of the engine; the rows of
the tests have times of their own.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

Rows = dict[str, list[str]]

_OF_RUNS = ("runs", "steps", "findings")
_CLOCKS = ("seconds", "started_at", "finished_at", "pid", "host", "user_name", "invocation", "noted_at")
_HEX = re.compile(r"\b[0-9a-f]{12}\b")
_FILE = re.compile(r"^[0-9a-f]{8}:")
"""A drill names its file by chance in its marks."""

_NAMELESS = ("watermarks", "')")
"""A leg that runs twice between others may note a state that one run would have noted, and with its own name."""

_IN_FLIGHT = ("deliveries", "outbox", "receipts", "promised")


@dataclass(frozen=True, slots=True)
class State:
    """`tables` are those of the systems; `ledger` the rows of each leg by table, `runs` its runs in order."""

    tables: Rows
    ledger: dict[str, Rows]
    runs: dict[str, list[str]]
    in_flight: int


def state_of(root: Path) -> State:
    """Read the state of a project that nobody has open."""
    (file,) = (found for found in root.glob("*.duckdb") if ".published" not in found.name)
    with duckdb.connect(str(file), read_only=True) as database:
        runs = {str(run): f"{leg}#{nth}" for run, leg, nth in database.execute(_RUNS).fetchall()}
        names = database.execute(_TABLES).fetchall()
        tables = {f"{s}.{t}": _rows(database, f'"{s}"."{t}"', runs) for s, t in names if s != "crosswalk"}
        ledger: dict[str, Rows] = {}
        kept = [str(t) for s, t in names if s == "crosswalk" and t not in (*_OF_RUNS, *_IN_FLIGHT, "meta")]
        for table in kept:
            for row in _rows(database, f"crosswalk.{table}", runs, by="leg"):
                leg, _, text = row.partition("\t")
                ledger.setdefault(leg, {}).setdefault(table, []).append(text)
        in_flight = sum(
            int(database.execute(f"SELECT count(*) FROM crosswalk.{t}").fetchall()[0][0]) for t in _IN_FLIGHT
        )
        told = {leg: _rows(database, f"(FROM crosswalk.runs WHERE leg = '{leg}')", runs) for leg in _legs(runs)}
    for other in sorted(root.glob("*.published.duckdb")):
        tables |= _published(other, runs)
    for other in sorted(root.glob("*.sqlite")):
        tables |= _sqlite(other)
    return State(tables, ledger, told, in_flight)


def _published(file: Path, runs: dict[str, str]) -> Rows:
    """Read the tables of systems that readers have: they must be those of the last run."""
    with duckdb.connect(str(file), read_only=True) as database:
        names = database.execute(_TABLES).fetchall()
        return {f"published {s}.{t}": _rows(database, f'"{s}"."{t}"', runs) for s, t in names if s != "crosswalk"}


_RUNS = "SELECT run_id, leg, row_number() OVER (PARTITION BY leg ORDER BY rowid) FROM crosswalk.runs"
_TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary ORDER BY ALL"


def _legs(runs: dict[str, str]) -> list[str]:
    return sorted({name.partition("#")[0] for name in runs.values()})


def _rows(database: duckdb.DuckDBPyConnection, table: str, runs: dict[str, str], by: str = "") -> list[str]:
    """Give the rows as texts, sorted; the value of `by` first, empty where the table has no such column."""
    cursor = database.execute(f"SELECT * FROM {table}")
    columns = [str(column[0]) for column in cursor.description or []]
    dropped = {*_CLOCKS, *(("run_id",) if table.endswith(_NAMELESS) else ())}
    found = []
    for row in cursor.fetchall():
        cells = dict(zip(columns, (_cell(value, runs) for value in row), strict=True))
        if "cursor" in cells and cells["cursor"] == "<now>":
            cells["content"] = "<of now>"
        text = "|".join(f"{name}={value}" for name, value in cells.items() if name not in dropped)
        found.append(f"{cells.get(by, '')}\t{text}" if by else text)
    return sorted(found)


def _cell(value: object, runs: dict[str, str]) -> str:
    if isinstance(value, datetime):
        today = abs(datetime.now(UTC).replace(tzinfo=None) - value.replace(tzinfo=None)) < timedelta(days=2)
        return "<now>" if today else str(value)
    text = str(value).replace("; begun before, and finished now", "")
    text = _HEX.sub(lambda found: runs.get(found[0], found[0]), text)
    return _FILE.sub("<file>:", text)


def _sqlite(file: Path) -> Rows:
    found: Rows = {}
    with closing(sqlite3.connect(file)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            if not str(name).startswith("#"):
                cursor = database.execute(f'SELECT * FROM "{name}"')
                columns = [c[0] for c in cursor.description]
                stamps = {n for n, c in enumerate(columns) if c == "changed"}
                rows = (tuple(v for n, v in enumerate(row) if n not in stamps) for row in cursor.fetchall())
                found[f"{file.stem}.{name}"] = sorted(map(str, rows))
    return found


def differences(state: State, once: State, twice: State) -> list[str]:
    """Compare a state after a kill and another run with that after one run, and after two, that lived. A leg that had
    been committed before the kill has run twice, and perhaps before another leg wrote what it reads.
    """
    found = [f"in flight: {state.in_flight}"] if state.in_flight else []
    for table in sorted(once.tables.keys() | state.tables.keys()):
        found += _between(table, state.tables.get(table, []), once.tables.get(table, []))
    for leg in sorted({*once.runs, *state.runs, ""}):
        like = twice if len(state.runs.get(leg, [])) == len(twice.runs.get(leg, [])) else once
        found += _between(f"runs of {leg}", state.runs.get(leg, []), like.runs.get(leg, []))
        for table in sorted({*once.ledger.get(leg, {}), *state.ledger.get(leg, {})}):
            there = state.ledger.get(leg, {}).get(table, [])
            ways: list[list[str]] = [
                _between(f"{table} of {leg}", there, one.ledger.get(leg, {}).get(table, [])) for one in (like, once)
            ]
            found += min(ways, key=lambda way: sum(1 for _ in way))
    return found


def _between(name: str, there: list[str], meant: list[str]) -> list[str]:
    more, less = Counter(there) - Counter(meant), Counter(meant) - Counter(there)
    return [f"{name}: too much: {row}" for row in more.elements()] + [
        f"{name}: missing: {row}" for row in less.elements()
    ]
