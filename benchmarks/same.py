"""Compares what two ways of the flow left behind: rows per table, sums of amounts, open rejects per map."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

TABLES = {
    "finops.ProjInvoiceProposalV2": ("ExpectedLineCount", "Status", "InvoiceAmount"),
    "finops.ProjCDSActualsImport": ("Amount", "AccountingAmount", "SalesTaxAmount", "ExchangeRate"),
    "finops.ProjCDSTransactionRelationshipImport": (),
    "finops.ProjAdvancedJournal": ("Status",),
    "finops.ProjAdvancedJournalLine": ("ExtendedCost", "ExtendedPrice", "CostExchangeRate", "PriceExchangeRate"),
    "finops.ProjProposalEmpl": ("AmountCur", "SalesPrice"),
    "finops.ProjProposalCost": ("AmountCur", "SalesPrice"),
    "finops.ProjProposalItem": ("AmountCur", "SalesPrice"),
    "finops.ProjProposalRevenue": ("AmountCur", "SalesPrice"),
    "finops.ProjProposalOnAcc": ("AmountCur",),
    "finops.ProjInvoiceJour": ("InvoiceAmount", "SumTax"),
    "dataverse.msdyn_actuals": ("msdyn_accountingamount", "msdyn_accountexchangerate", "msdyn_accountingtaxamount"),
    "dataverse.invoices": ("msdyn_accountingtaxamount", "msdyn_projectinvoicestatus"),
}
"""The columns whose values are counted and added up, beside the number of rows."""


def check(compiled: Path, hand: Path) -> None:
    """Print the rows per table; end the program where a count or a sum differs."""
    left, right = _read(compiled, _OPEN), _read(hand, _REJECTED)
    for name, values in left.items():
        differs = "" if right.get(name) == values else f"   DIFFERS: {values} and {right.get(name)}"
        print(f"{name:54}{values[0]:>12,}{differs}")
    if left != right:
        sys.exit("the two ways do not end with the same rows")


_OPEN = "SELECT leg, count(*) FROM crosswalk.rejects WHERE state = 'open' GROUP BY 1 ORDER BY 1"
_REJECTED = "SELECT map, count(*) FROM hand.rejects GROUP BY 1 ORDER BY 1"


def _read(database: Path, rejects: str) -> dict[str, tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = {name: _one(connection, name, columns) for name, columns in TABLES.items()}
        found |= {f"open rejects of {leg}": (count,) for leg, count in connection.execute(rejects).fetchall()}
    return found


def _one(connection: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, ...]) -> tuple[object, ...]:
    sums = "".join(f", count({column}), sum({column})" for column in columns)
    return connection.execute(f"SELECT count(*){sums} FROM {name}").fetchone() or ()
