"""One proposal with very many lines: it must go through whole, in one transaction."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import duckdb
import records

from crosswalk import api

ROOT = Path(__file__).parents[1]
ACCOUNTANT = ROOT / "examples" / "invoicing" / "accountant_post_journals.sql"


def show(folder: Path, lines: int) -> None:
    """Send the proposal over and print how long its lines took; end the program where they are not all there."""
    loaded = _loaded(folder / "one_document.duckdb", lines)
    api.run(loaded, ("tag:invoicing",))
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute(ACCOUNTANT.read_text(encoding="utf-8"))
    began = perf_counter()
    result = api.run(loaded, ("invoice_proposal_lines",))
    seconds = perf_counter() - began
    inserted = sum(leg.fates["inserted"] for leg in result.legs)
    print(f"\none proposal with {inserted:,} lines: {seconds:.2f} s")
    if inserted < lines:
        sys.exit(f"{lines:,} lines were expected")


def _loaded(database: Path, lines: int) -> api.Loaded:
    for file in (database, database.with_name(database.name + ".wal")):
        file.unlink(missing_ok=True)
    loaded = api.load(ROOT / "maps")
    loaded = loaded.at(database.resolve())
    api.make_tables(loaded)
    rows = lines * 5 // records.ROWS_PER_INVOICE * records.ROWS_PER_INVOICE
    records.make(database, rows)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"SET VARIABLE last_row = {rows}")
        connection.execute((records.SQL / "one_document.sql").read_text(encoding="utf-8"))
    return loaded
