"""The invoicing flow end to end on an embedded DuckDB file: two days of records, imported, posted and written back.

    python examples/invoicing/demo.py

Run it again and nothing changes; `--fresh` starts over. What stands in this file is the part of the *other* systems,
in plain SQL: the project manager's records arrive as CSV files, and the accountant posts journals and proposals.
Everything between is done by the maps in `maps/`, run here through the Python interface. The command line does the
same step by step: ``crosswalk --project maps run --select tag:invoicing``.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import duckdb

from crosswalk import api
from crosswalk.model import Entity
from crosswalk.results import FATES, LegResult, RunResult

HERE = Path(__file__).resolve().parent
MAPS = HERE.parents[1] / "maps"
JOURNALS = "accountant_post_journals.sql"
PROPOSALS = "accountant_post_invoices.sql"


def main() -> None:
    loaded = load(_options().database)
    if _options().fresh:
        forget(loaded.database)
    if not loaded.database.exists():
        for day in ("day1", "day2"):
            play(loaded, day)
    print("\n== once more, without new data: nothing changes ==")
    show(api.run(loaded))
    _invoices(loaded.database)
    print(f'\nThe result is in {loaded.database}. Ask it: crosswalk --project maps query "FROM crosswalk.runs"')


def load(database: Path | None = None) -> api.Loaded:
    """Load the maps of the flow (tag invoicing), with another database file where one is named."""
    shipped = api.load(MAPS)
    loaded = replace(shipped, legs=api.select(shipped, ("tag:invoicing",)))
    return loaded if database is None else loaded.at(database)


def play(loaded: api.Loaded, *days: str) -> None:
    """Play a day: its records arrive, and the accountant posts journals and then proposals, with a run after each."""
    api.make_tables(loaded)
    print(f"\n== {' and '.join(days)}: records arrive; sync and import ==")
    for day in days:
        arrive(loaded, day)
    show(api.run(loaded))
    for act, script in (("post journals", JOURNALS), ("post proposals", PROPOSALS)):
        print(f"\n== {' and '.join(days)}: {act}; import and write back ==")
        post(loaded.database, script)
        show(api.run(loaded))


def arrive(loaded: api.Loaded, day: str) -> None:
    """Load the records of a day as the systems would have saved them: by key, stamped with the present."""
    with duckdb.connect(str(loaded.database)) as connection:
        for entity in loaded.project.entities.values():
            file = HERE / "data" / day / entity.ref.system / f"{entity.ref.entity}.csv"
            if file.exists():
                _merge(connection, entity, file)


def _merge(connection: duckdb.DuckDBPyConnection, entity: Entity, file: Path) -> None:
    names = {
        "table": f'"{entity.ref.system}"."{entity.ref.entity}"',
        "modified": f'"{entity.modified}"',
        "same": " AND ".join(f'there."{column}" = arrived."{column}"' for column in entity.key),
    }
    connection.execute(_EMPTY.format(**names))
    connection.execute(_READ, {"file": str(file)})
    if entity.modified:
        connection.execute(_STAMP.format(**names))
    connection.execute(_TAKE_OUT.format(**names))
    connection.execute(_PUT_IN.format(**names))


_EMPTY = "CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM {table} LIMIT 0"
_READ = "INSERT INTO arrived BY NAME SELECT * FROM read_csv($file, all_varchar = true)"
_STAMP = "UPDATE arrived SET {modified} = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)"
_TAKE_OUT = "DELETE FROM {table} AS there USING arrived WHERE {same}"
_PUT_IN = "INSERT INTO {table} SELECT * FROM arrived"


def post(database: Path, script: str) -> None:
    """Let the accountant post what is ready."""
    with duckdb.connect(str(database)) as connection:
        connection.execute((HERE / script).read_text(encoding="utf-8"))


def forget(database: Path) -> None:
    for file in (database, database.with_name(database.name + ".wal")):
        file.unlink(missing_ok=True)


def show(result: RunResult) -> None:
    """Print what became of the rows, leg by leg, with the sum that must equal the rows examined."""
    used = [fate for fate in FATES if any(leg.fates[fate] for leg in result.legs)]
    print(f"{'map':<34}{'examined':>9}" + "".join(f"{fate:>11}" for fate in used) + f"{'sum':>7}")
    for leg in result.legs:
        print(_line(leg, used))
    if result.message:
        raise SystemExit(f"{result.message}\n{result.next_command}")


def _line(leg: LegResult, used: list[str]) -> str:
    name = leg.map_name if leg.leg == "out" else f"{leg.map_name}:{leg.leg}"
    counts = "".join(f"{leg.fates[fate] or '.':>11}" for fate in used)
    return f"{name:<34}{leg.examined:>9}{counts}{sum(leg.fates.values()):>7}"


def _invoices(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        invoices = connection.execute(_INVOICES).fetchall()
        totals = connection.execute(_TOTALS).fetchall()
    print(
        f"\n{'invoice':<12}{'proposal':<11}{'company':<9}{'date':<12}{'amount':>12}{'tax':>10}  currency  in Dataverse"
    )
    for number, proposal, company, date, amount, tax, currency, status in invoices:
        print(
            f"{number:<12}{proposal:<11}{company:<9}{date!s:<12}{amount:>12,.2f}{tax:>10,.2f}  {currency:<10}{status}"
        )
    for currency, count, amount, tax in totals:
        print(f"{'':<12}{f'{count} invoices':<32}{amount:>12,.2f}{tax:>10,.2f}  {currency}")


_INVOICES = """
SELECT posted.ProjInvoiceId, posted.ProposalId, posted.dataAreaId, posted.InvoiceDate, posted.SalesOrderbalance,
    posted.SumTax, posted.CurrencyId, coalesce(back.msdyn_customerinvoicenumber, 'not written back')
FROM finops.ProjInvoiceJour AS posted
LEFT JOIN dataverse.invoices AS back ON back.invoicenumber = posted.ProposalId
WHERE posted.SalesOrderbalance IS NOT NULL
ORDER BY ALL
"""
_TOTALS = """
SELECT CurrencyId, count(*), sum(SalesOrderbalance), sum(SumTax)
FROM finops.ProjInvoiceJour WHERE SalesOrderbalance IS NOT NULL
GROUP BY CurrencyId ORDER BY CurrencyId
"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Play two days of customer invoicing.")
    parser.add_argument("--fresh", action="store_true", help="forget the database of an earlier run")
    parser.add_argument("--database", type=Path, help="another file than the one that maps/crosswalk.yaml names")
    return parser.parse_args()


if __name__ == "__main__":
    main()
