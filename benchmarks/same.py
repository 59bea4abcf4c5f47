"""Compares what two ways of the flow left behind: rows per table, sums of amounts, open rejects per map."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

TABLES = {
    "finops.ProjInvoiceProposalV2": "sum(ExpectedLineCount), count(*) FILTER (WHERE Status = 1), sum(InvoiceAmount)",
    "finops.ProjCDSActualsImport": "sum(Amount), sum(AccountingAmount), sum(SalesTaxAmount), count(VoucherNumber), count(InvoiceProposalLineTransId)",
    "finops.ProjCDSTransactionRelationshipImport": "count(DISTINCT Transaction1Id)",
    "finops.ProjAdvancedJournal": "count(*) FILTER (WHERE Status = 2)",
    "finops.ProjAdvancedJournalLine": "sum(ExtendedCost), sum(ExtendedPrice), sum(CostExchangeRate), sum(PriceExchangeRate), max(LineNumber)",
    "finops.ProjProposalEmpl": "sum(AmountCur), sum(SalesPrice)",
    "finops.ProjProposalCost": "sum(AmountCur), sum(SalesPrice)",
    "finops.ProjProposalItem": "sum(AmountCur), sum(SalesPrice)",
    "finops.ProjProposalRevenue": "sum(AmountCur), sum(SalesPrice)",
    "finops.ProjProposalOnAcc": "sum(AmountCur)",
    "finops.ProjInvoiceJour": "sum(InvoiceAmount), sum(SumTax)",
    "dataverse.msdyn_actuals": "count(msdyn_vouchernumber), sum(msdyn_accountingamount), sum(msdyn_accountexchangerate)",
    "dataverse.invoices": "count(msdyn_customerinvoicenumber), sum(msdyn_accountingtaxamount), sum(msdyn_projectinvoicestatus)",
}
"""What is compared beside the number of rows."""


def check(compiled: Path, hand: Path) -> None:
    """Print the rows per table; end the program where a count or a sum differs."""
    left, right = _read(compiled, _OPEN), _read(hand, _REJECTED)
    for name, values in left.items():
        print(f"{name:54}{values[0]:>12,}{'' if right.get(name) == values else f'   DIFFERS: {values} and {right.get(name)}'}")
    if left != right:
        sys.exit("the two ways do not end with the same rows")


_OPEN = "SELECT leg, count(*) FROM crosswalk.rejects WHERE state = 'open' GROUP BY 1 ORDER BY 1"
_REJECTED = "SELECT map, count(*) FROM hand.rejects GROUP BY 1 ORDER BY 1"


def _read(database: Path, rejects: str) -> dict[str, tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = {name: _one(connection, f"SELECT count(*), {sums} FROM {name}") for name, sums in TABLES.items()}
        found |= {f"open rejects of {leg}": (count,) for leg, count in connection.execute(rejects).fetchall()}
    return found


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    row = connection.execute(sql).fetchone()
    return row or ()
