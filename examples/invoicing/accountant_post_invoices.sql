-- What the accountant does in Finance and Operations with invoice proposals: the other system's part, not the engine's.
-- A proposal in Draft that holds all its lines is posted: a customer invoice is made, the proposal becomes Posted, the staged
-- billed rows get accounting amount, exchange rate (as shown: 100 is parity), voucher and sales tax. A proposal without lines
-- is never posted. A second run finds nothing to post. Numbers follow the proposal (ours), tax rates are ours: 20% for
-- UK-STD, 19% for DE-STD, none for US-EXEMPT.
-- Source: articles/invoicing/format-update-project-invoice-proposals.md

SET VARIABLE posted_at = CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP);

CREATE OR REPLACE TEMP TABLE proposal_line AS
SELECT dataAreaId, ProposalId, TransId, TaxGroupId, AmountCur, Qty FROM finops.ProjProposalEmpl
UNION ALL SELECT dataAreaId, ProposalId, TransId, TaxGroupId, AmountCur, Qty FROM finops.ProjProposalCost
UNION ALL SELECT dataAreaId, ProposalId, ProjTransId, TaxGroupId, AmountCur, Qty FROM finops.ProjProposalItem
UNION ALL SELECT dataAreaId, ProposalId, TransId, TaxGroupId, AmountCur, Qty FROM finops.ProjProposalRevenue
UNION ALL SELECT dataAreaId, ProposalId, TransId, TaxGroupId, AmountCur, Qty FROM finops.ProjProposalOnAcc;

CREATE OR REPLACE TEMP TABLE line_posting AS
SELECT
    line.*,
    CAST(round(line.AmountCur * CASE line.TaxGroupId WHEN 'UK-STD' THEN 0.20 WHEN 'DE-STD' THEN 0.19 ELSE 0.00 END, 2)
        AS DECIMAL(18, 2)) AS TaxAmount,
    CAST(coalesce(                                     -- the rate of the journal, else parity, agreed rate, rate of the day
        journal.PriceExchangeRate,
        CASE WHEN proposal.CurrencyId = ledger.AccountingCurrency THEN 100 END,
        agreed.Rate * 100,
        daily.Rate * 100) AS DECIMAL(14, 6)) AS ShownRate
FROM proposal_line AS line
JOIN finops.ProjInvoiceProposalV2 AS proposal
    ON proposal.dataAreaId = line.dataAreaId AND proposal.ProposalId = line.ProposalId
JOIN finops.Ledgers AS ledger
    ON ledger.dataAreaId = line.dataAreaId
LEFT JOIN finops.ProjAdvancedJournalLine AS journal
    ON journal.dataAreaId = line.dataAreaId AND journal.ProjTransId = line.TransId
LEFT JOIN finops.ProjContractFixedRate AS agreed
    ON agreed.dataAreaId = line.dataAreaId
    AND agreed.ContractId = proposal.ProjInvoiceProjId
    AND agreed.Currency = proposal.CurrencyId
LEFT JOIN finops.ExchangeRates AS daily
    ON daily.FromCurrency = proposal.CurrencyId
    AND daily.ToCurrency = ledger.AccountingCurrency
    AND proposal.InvoiceDate BETWEEN daily.ValidFrom AND daily.ValidTo
WHERE proposal.Status = 0                              -- Draft
    AND proposal.ExpectedLineCount = (
        SELECT count(*) FROM proposal_line AS every
        WHERE every.dataAreaId = proposal.dataAreaId AND every.ProposalId = proposal.ProposalId);

CREATE OR REPLACE TEMP TABLE proposal_posting AS
SELECT
    dataAreaId,
    ProposalId,
    CAST(sum(AmountCur) AS DECIMAL(32, 6)) AS Balance,
    CAST(sum(TaxAmount) AS DECIMAL(32, 6)) AS SumTax,
    CAST(sum(Qty) AS DECIMAL(32, 6)) AS Quantity
FROM line_posting
GROUP BY dataAreaId, ProposalId;

UPDATE finops.ProjCDSActualsImport AS staged
SET AccountingAmount = CAST(round(line.AmountCur * line.ShownRate * 0.01, 2) AS DECIMAL(32, 6)),
    ExchangeRate = line.ShownRate,
    VoucherNumber = 'IV-' || line.ProposalId,
    SalesTaxAmount = CAST(round(line.TaxAmount * line.ShownRate * 0.01, 2) AS DECIMAL(32, 6)),
    ModifiedDateTime = getvariable('posted_at'),
    RecVersion = coalesce(staged.RecVersion, 0) + 1
FROM line_posting AS line
WHERE staged.ProjectDataAreaId = line.dataAreaId
    AND staged.InvoiceProposalId = line.ProposalId
    AND staged.InvoiceProposalLineTransId = line.TransId;

INSERT INTO finops.ProjInvoiceJour (
    dataAreaId, ProjInvoiceId, ProposalId, ProjInvoiceProjId, OrderAccount, InvoiceAccount, CurrencyId, InvoiceDate, DueDate,
    Description, Payment, SalesOrderbalance, SumTax, InvoiceAmount, qty, LedgerVoucher, IsProforma, ModifiedDateTime,
    RecVersion)
SELECT
    proposal.dataAreaId, 'C' || proposal.ProposalId, proposal.ProposalId, proposal.ProjInvoiceProjId, proposal.InvoiceAccount,
    proposal.InvoiceAccount, proposal.CurrencyId, coalesce(proposal.InvoiceDate, CAST(getvariable('posted_at') AS DATE)),
    proposal.DueDate, proposal.Description, proposal.Payment, posting.Balance, posting.SumTax,
    posting.Balance + posting.SumTax, posting.Quantity, 'IV-' || proposal.ProposalId, 'no', getvariable('posted_at'), 1
FROM proposal_posting AS posting
JOIN finops.ProjInvoiceProposalV2 AS proposal
    ON proposal.dataAreaId = posting.dataAreaId AND proposal.ProposalId = posting.ProposalId;

UPDATE finops.ProjInvoiceProposalV2 AS proposal
SET Status = 1,                                        -- Posted
    ProjInvoiceId = 'C' || proposal.ProposalId,
    LedgerVoucher = 'IV-' || proposal.ProposalId,
    SalesOrderbalance = posting.Balance,
    SumTax = posting.SumTax,
    InvoiceAmount = posting.Balance + posting.SumTax,
    ModifiedDateTime = getvariable('posted_at'),
    RecVersion = coalesce(proposal.RecVersion, 0) + 1
FROM proposal_posting AS posting
WHERE proposal.dataAreaId = posting.dataAreaId AND proposal.ProposalId = posting.ProposalId;

DROP TABLE proposal_posting;
DROP TABLE line_posting;
DROP TABLE proposal_line;
