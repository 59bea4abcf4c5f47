-- What the accountant does in Finance and Operations with integration journals: the other system's part, not the engine's.
-- Every journal in Draft is posted. Journal and lines become Posted; the staged rows get accounting amount, exchange rate
-- (as shown: 100 is parity), voucher and sales tax. A second run finds no Draft and changes nothing.
-- Source: articles/project-accounting/project-operations-integration-journal.md,
--         articles/environment/resource-dual-write-estimates-actuals.md

SET VARIABLE posted_at = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP);

CREATE OR REPLACE TEMP TABLE journal_posting AS
SELECT
    line.dataAreaId,
    line.ProjAdvancedJournal,
    line.Voucher,
    CASE WHEN line.TransType = 'cost' THEN line.CostExchangeRate ELSE line.PriceExchangeRate END AS ShownRate,
    CAST(round(
        CASE
            WHEN line.TransType = 'cost'
                THEN CAST(line.ExtendedCost AS DECIMAL(18, 4)) * CAST(line.CostExchangeRate AS DECIMAL(14, 6))
            ELSE CAST(line.ExtendedPrice AS DECIMAL(18, 4)) * CAST(line.PriceExchangeRate AS DECIMAL(14, 6))
        END * 0.01, 2) AS DECIMAL(32, 6)) AS AccountingAmount
FROM finops.ProjAdvancedJournalLine AS line
JOIN finops.ProjAdvancedJournal AS journal
    ON journal.dataAreaId = line.dataAreaId
    AND journal.ProjAdvancedJournalId = line.ProjAdvancedJournal
WHERE journal.Status = 0;                              -- Draft

UPDATE finops.ProjCDSActualsImport AS staged
SET AccountingAmount = posting.AccountingAmount,
    ExchangeRate = posting.ShownRate,
    VoucherNumber = posting.Voucher,
    SalesTaxAmount = 0,                                -- tax arises with the customer invoice
    ModifiedDateTime = getvariable('posted_at'),
    RecVersion = coalesce(staged.RecVersion, 0) + 1
FROM journal_posting AS posting
WHERE staged.ProjectDataAreaId = posting.dataAreaId
    AND staged.ProjAdvancedJournalLine = posting.Voucher;

UPDATE finops.ProjAdvancedJournalLine AS line
SET Status = 3,                                        -- Posted
    ModifiedDateTime = getvariable('posted_at'),
    RecVersion = coalesce(line.RecVersion, 0) + 1
FROM journal_posting AS posting
WHERE line.dataAreaId = posting.dataAreaId
    AND line.Voucher = posting.Voucher;

UPDATE finops.ProjAdvancedJournal AS journal
SET Status = 2,                                        -- Posted
    PostedDateTime = CAST(getvariable('posted_at') AS DATE),
    PostedUserId = 'accountant',
    ModifiedDateTime = getvariable('posted_at'),
    RecVersion = coalesce(journal.RecVersion, 0) + 1
WHERE journal.Status = 0;

DROP TABLE journal_posting;
