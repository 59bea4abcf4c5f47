"""One proposal with very many lines: it must go through whole, in one transaction."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import duckdb
import records

from crosswalk import api

ROOT = Path(__file__).parents[1]
ACCOUNTANT = ROOT / "examples" / "invoicing" / "accountant_post_journals.sql"
WHOLE = """
    -- every entry is without fault, has its billed row, and all billed rows belong to the first invoice
    DELETE FROM dataverse.invoices WHERE invoiceid <> CAST(md5('invoice0') AS UUID);
    UPDATE dataverse.invoices SET invoicenumber = 'INV-0', msdyn_invoicenumber = 'INV-0';
    UPDATE dataverse.msdyn_actuals SET msdyn_invoice = CAST(md5('invoice0') AS UUID) WHERE msdyn_invoice IS NOT NULL;
    UPDATE dataverse.msdyn_actuals SET msdyn_company = CAST(md5('company0') AS UUID), msdyn_project = CAST(md5('project0') AS UUID),
      msdyn_projectcontractsplitbillingrule = CAST(md5('rule0') AS UUID), msdyn_task = NULL, msdyn_billingtype = 192350001,
      transactioncurrencyid = CAST(md5('currencyUSD') AS UUID), msdyn_accountingdate = DATE '2026-03-02',
      msdyn_actualimportid = msdyn_actualid, msdyn_externalreferenceid = CASE WHEN length(msdyn_externalreferenceid) < 60 THEN msdyn_externalreferenceid END,
      msdyn_transactionclassification = 192350000, msdyn_skipsync = msdyn_adjustmentstatus IS NOT NULL;
    DELETE FROM dataverse.msdyn_transactionconnections;
    INSERT INTO dataverse.msdyn_transactionconnections BY NAME
    SELECT CAST(md5('link' || i) AS UUID) AS msdyn_transactionconnectionid, 0 AS statecode,
      CAST(CAST(md5('record' || i) AS UUID) AS VARCHAR) AS msdyn_transaction1, 'Billed Sales' AS msdyn_transaction1role,
      'msdyn_actual' AS msdyn_transaction1type, CAST(CAST(md5('record' || (i - 2)) AS UUID) AS VARCHAR) AS msdyn_transaction2,
      'Unbilled Sales' AS msdyn_transaction2role, 'msdyn_actual' AS msdyn_transaction2type, TIMESTAMP '2026-03-31 18:00:00' AS modifiedon, 1 AS versionnumber
    FROM range(3, getvariable('last_row'), 4) AS r (i) WHERE (i // 4) % 5 <> 4;
"""


def show(folder: Path, lines: int) -> None:
    """Send the proposal over and print how long its lines took; end the program where they are not all there."""
    loaded = _loaded(folder / "one_document.duckdb", lines)
    api.run(loaded)
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
    loaded = replace(loaded, project=replace(loaded.project, database=str(database.resolve())))
    api.make_tables(loaded)
    rows = lines * 5 // records.ROWS_PER_INVOICE * records.ROWS_PER_INVOICE
    records.make(database, rows)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"SET VARIABLE last_row = {rows}")
        connection.execute(WHOLE)
    return loaded
