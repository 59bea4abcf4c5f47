"""A web shop and its books on an embedded DuckDB file: two days of orders, payments and payouts, there and back.

    python examples/shop/run.py

Run it again and nothing changes; `--fresh` starts over. This file plays the *other* systems: the shop's records arrive
as CSV files, and a bookkeeper (a small SQL script) posts journals. Everything between is done by the maps.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.model import Entity
from crosswalk.results import FATES, RunResult

HERE = Path(__file__).resolve().parent
DAYS = ("day1", "day2")


def main() -> None:
    options = _options()
    loaded = load(options.database)
    if options.fresh:
        for file in (loaded.database, loaded.database.with_name(loaded.database.name + ".wal")):
            file.unlink(missing_ok=True)
    if not loaded.database.exists():
        for day in DAYS:
            play(loaded, day)
            report(loaded)
    print("\n== once more, without new records: nothing changes ==")
    show(api.run(loaded))
    report(loaded)


def load(database: Path | None = None) -> api.Loaded:
    """Load the maps of the example, with another database file where one is named."""
    loaded = api.load(HERE / "maps")
    return loaded if database is None else loaded.at(database)


def play(loaded: api.Loaded, *days: str) -> None:
    """Play a day: records arrive, maps run, the bookkeeper posts, the shop goes on working, maps run again."""
    api.make_tables(loaded)
    print(f"\n== {' and '.join(days)}: records arrive ==")
    for day in days[:-1]:
        arrive(loaded, day)
        arrive(loaded, f"{day}_evening")
    arrive(loaded, days[-1])
    show(api.run(loaded))
    print(f"\n== {' and '.join(days)}: journals are posted, orders are edited meanwhile ==")
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute((HERE / "bookkeeper.sql").read_text(encoding="utf-8"))
    arrive(loaded, f"{days[-1]}_evening")
    show(api.run(loaded))


def arrive(loaded: api.Loaded, day: str) -> None:
    """Save the records of a day as the systems would: by key, stamped with the present."""
    with duckdb.connect(str(loaded.database)) as connection:
        for entity in loaded.project.entities.values():
            file = HERE / "data" / day / entity.ref.system / f"{entity.ref.entity}.csv"
            if file.exists():
                _save(connection, entity, file)


def _save(connection: duckdb.DuckDBPyConnection, entity: Entity, file: Path) -> None:
    """Save the rows of a file. In a row that exists, columns that the file does not name keep their values."""
    heads = file.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
    stamped = [entity.modified] if entity.modified else []
    names = {
        "table": f'"{entity.ref.system}"."{entity.ref.entity}"',
        "modified": f'"{entity.modified}"',
        "same": " AND ".join(f'there."{column}" = arrived."{column}"' for column in entity.key),
        "cells": ", ".join(f'"{one}" = arrived."{one}"' for one in (*heads, *stamped) if one not in entity.key),
    }
    connection.execute(_EMPTY.format(**names))
    connection.execute(_READ, {"file": str(file)})
    for statement in (*[_STAMP for _ in stamped], _CHANGE, _ADD):
        connection.execute(statement.format(**names))


_EMPTY = "CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM {table} LIMIT 0"
_READ = "INSERT INTO arrived BY NAME SELECT * FROM read_csv($file, all_varchar = true)"
_STAMP = "UPDATE arrived SET {modified} = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)"
_CHANGE = "UPDATE {table} AS there SET {cells} FROM arrived WHERE {same}"
_ADD = "INSERT INTO {table} SELECT * FROM arrived WHERE NOT EXISTS (FROM {table} AS there WHERE {same})"


def show(result: RunResult) -> None:
    """Print what became of the rows, leg by leg."""
    used = [fate for fate in FATES if any(leg.fates[fate] for leg in result.legs)]
    print(f"{'map':<24}{'examined':>9}" + "".join(f"{fate:>11}" for fate in used))
    for leg in result.legs:
        name = leg.map_name if leg.leg == "out" else f"{leg.map_name}:{leg.leg}"
        print(f"{name:<24}{leg.examined:>9}" + "".join(f"{leg.fates[fate] or '.':>11}" for fate in used))
    if result.message:
        raise SystemExit(f"{result.message}\n{result.next_command}")


def report(loaded: api.Loaded) -> None:
    """Print what a person wants to see: journals that balance, booking numbers in the shop, who waits and why."""
    print("\njournal  day         currency    debit     credit   booked as")
    for number, day, currency, debit, credit, booked in api.query(loaded, _JOURNALS)[1]:
        print(f"{number:<9}{day!s:<12}{currency:<6}{debit:>11,.2f}{credit:>11,.2f}   {booked or 'not posted'}")
    print(
        "\nin the shop: " + "  ".join(f"{number} {booked or '-'}" for number, booked in api.query(loaded, _BOOKED)[1])
    )
    print("\nwho waits                           fate      why")
    for one in api.rejects(loaded):
        name = one.map_name if one.leg == "out" else f"{one.map_name}:{one.leg}"
        print(f"{name + ' ' + one.key:<36}{one.fate:<10}{one.code} {one.value or ''}".rstrip())


_JOURNALS = """
SELECT journal.Number, Day, Currency, sum(Debit), sum(Credit), BookingNumber
FROM books.Journals AS journal JOIN books.JournalLines AS line ON line.Journal = journal.Number
GROUP BY ALL ORDER BY journal.Number
"""
_BOOKED = """
SELECT kind, string_agg(number || ' ' || coalesce(booking_number, '-'), ', ' ORDER BY number)
FROM (
    SELECT 'orders' AS kind, number, booking_number FROM shop.orders WHERE status IN (2, 3)
    UNION ALL SELECT 'payouts', number, booking_number FROM shop.payouts
)
GROUP BY kind ORDER BY kind
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Play two days of a web shop and its books.")
    parser.add_argument("--fresh", action="store_true", help="forget the database of an earlier run")
    parser.add_argument("--database", type=Path, help="another file than the one that maps/crosswalk.yaml names")
    return parser.parse_args()


if __name__ == "__main__":
    main()
