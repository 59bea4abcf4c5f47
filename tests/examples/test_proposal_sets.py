"""A proposal gets all of its lines or none, of whatever classes they are and however many.

The rows are made here by SQL, so that the numbers are free: billed rows of a staged proposal, each with its unbilled
row, the link between them and the journal line that the accountant may have posted.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from crosswalk import api
from crosswalk.model import Choice

MAPS = Path(__file__).resolve().parents[2] / "maps"
LINES = "invoice_proposal_lines"
TABLES = ("ProjProposalEmpl", "ProjProposalCost", "ProjProposalItem", "ProjProposalRevenue", "ProjProposalOnAcc")
TIME, EXPENSE, MATERIAL, FEE = 192350000, 192350001, 192350002, 192350004

STAGE = """
CREATE TEMP TABLE line AS
SELECT number, billed, unbilled, 'V' || lpad(CAST(number AS VARCHAR), 7, '0') AS voucher,
    list_extract([$time, $expense, $material, $fee], CAST(number % $classes AS INTEGER) + 1) AS class
FROM (
    SELECT number, CAST(printf('0b000000-0000-4000-8000-%012d', number) AS UUID) AS billed,
        CAST(printf('0a000000-0000-4000-8000-%012d', number) AS UUID) AS unbilled
    FROM range($lines) AS numbers (number)
)
"""
STAGED = """
INSERT INTO finops.ProjCDSActualsImport BY NAME
SELECT 'usmf' AS dataAreaId, {actual} AS ActualsImportId, {actual} AS ActualId, '{kind}' AS TransactionType,
    class AS TransactionClassification, 'P-1' AS InvoiceProposalId, 'usmf' AS ProjectDataAreaId, 'PRJ' AS ProjectId,
    'chargeable' AS BillingType, 'USD' AS TransactionCurrencyId, DATE '2026-03-01' AS AccountingDate,
    DATE '2026-03-01' AS DocumentDate, 10 AS Amount, 1 AS Quantity, 10 AS UnitPrice,
    {voucher} AS ProjAdvancedJournalLine,
    TIMESTAMP '2026-03-02' AS ModifiedDateTime, 1 AS RecVersion
FROM line
"""
LINKS = """
INSERT INTO finops.ProjCDSTransactionRelationshipImport BY NAME
SELECT CAST(printf('0c000000-0000-4000-8000-%012d', number) AS UUID) AS ConnectionId, billed AS Transaction1Id,
    'Billed Sales' AS Transaction1Role, 'msdyn_actual' AS Transaction1Type, unbilled AS Transaction2Id,
    'Unbilled Sales' AS Transaction2Role, 'msdyn_actual' AS Transaction2Type,
    TIMESTAMP '2026-03-02' AS ModifiedDateTime, 1 AS RecVersion
FROM line
"""
JOURNAL = """
INSERT INTO finops.ProjAdvancedJournalLine BY NAME
SELECT 'usmf' AS dataAreaId, voucher AS Voucher, 'J-1' AS ProjAdvancedJournal,
    'T' || substring(voucher, 2) AS ProjTransId,
    DATE '2026-03-01' AS AccountingDate, 'USD' AS CostCurrency, 'USD' AS PriceCurrency,
    CASE WHEN number = $waiting THEN $draft ELSE $posted END AS Status,
    TIMESTAMP '2026-03-02' AS ModifiedDateTime, 1 AS RecVersion
FROM line
"""
HEADER = """
INSERT INTO finops.ProjInvoiceProposalV2 BY NAME
SELECT 'usmf' AS dataAreaId, 'P-1' AS ProposalId, 'C-1' AS ProjInvoiceProjId, 'ACC' AS InvoiceAccount, 0 AS Status,
    count(*) AS ExpectedLineCount, TIMESTAMP '2026-03-02' AS ModifiedDateTime, 1 AS RecVersion,
    md5(string_agg(CAST(billed AS VARCHAR), ',' ORDER BY CAST(billed AS VARCHAR))) AS HashedListOfBillableSalesActualIds
FROM line
"""


def _stage(loaded: api.Loaded, lines: int, waiting: int) -> None:
    """Stage a proposal of so many lines in four classes; the journal line of number `waiting` is not posted yet."""
    api.make_tables(loaded)
    status = {choice.label: choice.code for choice in _status(loaded)}
    with duckdb.connect(str(loaded.database)) as connection:
        codes = {"time": TIME, "expense": EXPENSE, "material": MATERIAL, "fee": FEE}
        connection.execute(STAGE, {**codes, "lines": lines, "classes": 4})
        connection.execute(STAGED.format(actual="billed", kind="billedSales", voucher="NULL"))
        connection.execute(STAGED.format(actual="unbilled", kind="sales", voucher="voucher"))
        connection.execute(LINKS)
        connection.execute(JOURNAL, {"waiting": waiting, "draft": status["Draft"], "posted": status["Posted"]})
        connection.execute(HEADER)


def _status(loaded: api.Loaded) -> tuple[Choice, ...]:
    entity = next(e for ref, e in loaded.project.entities.items() if ref.entity == "ProjAdvancedJournalLine")
    return entity.columns["Status"].choices


def _post_all(loaded: api.Loaded) -> None:
    status = {choice.label: choice.code for choice in _status(loaded)}
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute("UPDATE finops.ProjAdvancedJournalLine SET Status = $posted", {"posted": status["Posted"]})


def _lines(loaded: api.Loaded) -> list[int]:
    with duckdb.connect(str(loaded.database)) as connection:
        return [connection.execute(f"SELECT count(*) FROM finops.{table}").fetchall()[0][0] for table in TABLES]


@pytest.fixture
def loaded(tmp_path: Path) -> api.Loaded:
    shipped = api.load(MAPS)
    return shipped.at(tmp_path / "sets.duckdb")


def test_a_proposal_of_four_classes_waits_for_the_one_line_that_is_not_posted(loaded: api.Loaded) -> None:
    _stage(loaded, lines=4, waiting=2)
    held = api.run(loaded, (LINES,)).legs[0]
    assert (held.fates["held"], held.fates["inserted"]) == (4, 0)
    assert {(code, count) for _, code, _, count in held.reasons} == {
        ("UNBILLED_NOT_POSTED", 1),
        ("LINES_INCOMPLETE", 3),
    }
    assert _lines(loaded) == [0, 0, 0, 0, 0]
    _post_all(loaded)
    released = api.run(loaded, (LINES,)).legs[0]
    assert (released.fates["held"], released.fates["inserted"]) == (0, 4)
    assert _lines(loaded) == [1, 1, 1, 1, 0]


def test_a_proposal_of_many_lines_goes_through_whole(loaded: api.Loaded) -> None:
    """The product that we follow stops at 1,000 (environment/project-invoice-dual-write-asynchronous.md)."""
    _stage(loaded, lines=100_000, waiting=77_777)
    held = api.run(loaded, (LINES,)).legs[0]
    assert (held.fates["held"], held.fates["inserted"]) == (100_000, 0)
    _post_all(loaded)
    released = api.run(loaded, (LINES,)).legs[0]
    assert (released.fates["held"], released.fates["inserted"]) == (0, 100_000)
    assert _lines(loaded) == [25_000, 25_000, 25_000, 25_000, 0]


def test_a_deleted_line_is_made_again(loaded: api.Loaded) -> None:
    """After "Delete all lines" the next import makes them again (invoicing/correct-project-invoice-proposals.md)."""
    _stage(loaded, lines=8, waiting=-1)
    api.run(loaded, (LINES,))
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute("DELETE FROM finops.ProjProposalEmpl WHERE TransId = 'T0000000'")
    again = api.run(loaded, (LINES,)).legs[0]
    assert (again.fates["inserted"], again.fates["held"], again.fates["rejected"]) == (1, 0, 0)
    assert _lines(loaded) == [2, 2, 2, 2, 0]


def test_one_proposal_can_be_imported_alone(loaded: api.Loaded) -> None:
    """Selective import, as in 10.0.47 of the product (invoicing/format-update-project-invoice-proposals.md)."""
    _stage(loaded, lines=4, waiting=-1)
    with duckdb.connect(str(loaded.database)) as connection:
        connection.execute(
            "INSERT INTO finops.ProjCDSActualsImport SELECT * REPLACE (uuid() AS ActualsImportId, uuid() AS ActualId,"
            " 'P-2' AS InvoiceProposalId) FROM finops.ProjCDSActualsImport WHERE TransactionType = 'billedSales'"
            " LIMIT 1"
        )
    alone = api.run(loaded, (LINES,), key="P-1").legs[0]
    assert (alone.examined, alone.fates["inserted"]) == (4 + 4, 4)
