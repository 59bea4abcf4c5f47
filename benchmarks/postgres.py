"""Times reading from and writing to PostgreSQL beside bare ADBC, which does the same and nothing more.

    PYTHONPATH=engine:. python benchmarks/postgres.py [--rows 500000] [--rounds 3]

Starts a server of its own. Bare reading is one query through COPY into a DuckDB table, decimals cast; bare writing is
the same load into a temporary table and the same MERGE, in one transaction. The two take turns; the best of the rounds
counts. Memory is the highest resident memory of this process during each.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]

from benchmarks.measure import forget_peak, peak_mib
from crosswalk.backends.duckdb import DuckDBBackend
from crosswalk.connectors.postgres.system import PostgresSystem, open
from crosswalk.contracts import Place
from crosswalk.errors import Span
from crosswalk.exchange import Batch, Wanted
from crosswalk.model import Connection, Entity
from tests.servers.postgres import Database, start

TABLE = """CREATE TABLE lines (id uuid PRIMARY KEY, number bigint, amount numeric(19,4), quantity numeric(12,2),
  day date, at timestamptz, done boolean, name varchar(60), code text, note text)"""
ROWS = """CREATE TABLE made AS SELECT i::BIGINT AS "#number", 'insert' AS "#operation", md5(i::VARCHAR)::UUID AS id,
  i::BIGINT AS number, (i * 1.2345)::DECIMAL(19, 4) AS amount, (i % 1000)::DECIMAL(12, 2) AS quantity,
  DATE '2020-01-01' + (i % 2000)::INT AS day, TIMESTAMP '2020-01-01' + to_seconds(i) AS at, i % 2 = 0 AS done,
  'name ' || i AS name, 'C' || (i % 50) AS code, CASE WHEN i % 3 > 0 THEN 'a note of some length ' || i END AS note
FROM range($rows) r(i)"""
COLUMNS = ("number", "amount", "quantity", "day", "at", "done", "name", "code", "note")
STAGED = ", ".join(f"s.{c}" if c != "at" else "s.at AT TIME ZONE 'UTC' AS at" for c in COLUMNS)
MERGE = f"""MERGE INTO lines AS t USING (SELECT s.id::uuid AS id, {STAGED} FROM pg_temp.bare AS s) AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET {", ".join(f"{c} = s.{c}" for c in COLUMNS)}
WHEN NOT MATCHED THEN INSERT (id, {", ".join(COLUMNS)}) VALUES (s.id, {", ".join(f"s.{c}" for c in COLUMNS)})"""
BARE = "SELECT id, number, amount, quantity, day, at, done, name, code, note FROM lines"
BARE_TAKEN = """CREATE OR REPLACE TEMP TABLE bare AS SELECT id, number, amount::DECIMAL(19, 4) AS amount,
  quantity::DECIMAL(12, 2) AS quantity, day, "at", done, name, code, note FROM page"""


class Whole:
    """A delivery that is one stream."""

    def __init__(self, entity: Entity, backend: DuckDBBackend, id: str) -> None:
        self.entity, self.columns, self.updated, self.id = entity, COLUMNS, COLUMNS, id
        self._backend, self.done = backend, False

    def stream(self) -> object:
        return self._backend.stream("FROM made")

    def answered_whole(self) -> None:
        self.done = True

    def batches(self, most: int) -> Iterator[Batch]:
        raise AssertionError("rows were refused")

    def sending(self, batch: Batch) -> None: ...

    def answered(self, acks: object) -> None: ...

    def unanswered(self, batch: Batch) -> Batch:
        return batch


def bare_write(database: Database, backend: DuckDBBackend) -> None:
    with dbapi.connect(database.uri, autocommit=True) as link, link.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.adbc_ingest("bare", backend.stream("FROM made"), mode="create", temporary=True)
        cursor.execute(MERGE)
        cursor.execute("COMMIT")


def bare_read(database: Database, local: duckdb.DuckDBPyConnection) -> None:
    with dbapi.connect(database.uri, autocommit=True) as link, link.cursor() as cursor:
        cursor.execute(BARE)
        local.register("page", cursor.fetch_arrow())
        local.execute(BARE_TAKEN)
        local.unregister("page")


def our_write(system: PostgresSystem, entity: Entity, backend: DuckDBBackend, id: str) -> None:
    delivery = Whole(entity, backend, id)
    system.write(delivery)
    assert delivery.done


def our_read(system: PostgresSystem, entity: Entity, since: str | None = None) -> str:
    backend, mark = DuckDBBackend(None), ""
    for page in system.read(Wanted(entity, since)):
        if page.relation is not None:
            backend.land(page, "landed")
        mark = page.mark or mark
    backend.close()
    return mark


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rows", type=int, default=500_000)
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    server = start()
    try:
        measure(server.database(), given.rows, given.rounds)
    finally:
        server.stop()


def measure(database: Database, rows: int, rounds: int) -> None:
    backend, local = DuckDBBackend(None), duckdb.connect()
    local.execute("SET TimeZone = 'UTC'")
    backend.run(ROWS, {"rows": rows})
    settings = {"host": str(database.folder), "database": database.name, "user": "postgres"}
    system = open(Connection("bench", "postgres", settings, Span("x", 1, 1)), Place(Path(), 0, lambda text: text))
    works: dict[str, Callable[[int], object]] = {
        "write new, bare": lambda n: bare_write(database, backend),
        "write new, connector": lambda n: our_write(system, entity, backend, f"new-{n}"),
        "write same, bare": lambda n: bare_write(database, backend),
        "write same, connector": lambda n: our_write(system, entity, backend, f"same-{n}"),
        "read, bare": lambda n: bare_read(database, local),
        "read, connector": lambda n: our_read(system, entity),
    }
    best = dict.fromkeys(works, float("inf"))
    peaks = dict.fromkeys(works, 0)
    for number in range(rounds):
        for name, work in works.items():
            if name.startswith("write"):
                database.run("DROP TABLE IF EXISTS lines", TABLE, "CHECKPOINT")
                entity = system.describe(("lines",))["lines"]
            if name.startswith("write same"):
                bare_write(database, backend)
            if name == "read, bare":
                database.run("VACUUM ANALYZE lines")
            forget_peak()
            best[name] = min(best[name], timed(lambda work=work, number=number: work(number)))  # type: ignore[misc]
            peaks[name] = max(peaks[name], peak_mib())
    report(best, peaks, rows)
    mark = our_read(system, entity)
    database.run("UPDATE lines SET note = 'x' WHERE number % 1000 = 0")
    seconds = timed(lambda: our_read(system, entity, mark))
    print(f"{'read 0.1% changed, and all keys':32}{seconds:8.2f} s")


def report(best: dict[str, float], peaks: dict[str, int], rows: int) -> None:
    print(f"{rows:,} rows of {len(COLUMNS) + 1} columns; the best of the rounds\n")
    for name, seconds in best.items():
        print(f"{name:32}{seconds:8.2f} s{rows / seconds:12,.0f} rows/s{peaks[name]:8,} MiB")
    for act, least in (("write new", 0.7), ("write same", 0.7), ("read", 0.8)):
        ratio = best[f"{act}, bare"] / best[f"{act}, connector"]
        print(f"{act}: {ratio:.2f} of bare ADBC (at least {least})")
        if ratio < least:
            sys.exit(f"{act} is too slow")


if __name__ == "__main__":
    main()
