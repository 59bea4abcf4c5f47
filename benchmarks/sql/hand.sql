-- The same flow by hand, as an engineer would write it for these tables and nothing else: temporary deltas behind a watermark, rejects with
-- a reason, columns of the target as markers of what was imported. It keeps no lineage, no history of changes, and no run log.
-- $variables: `now`, `since` (the time of the last run, or before all time).

-- leg: prepare
CREATE SCHEMA IF NOT EXISTS hand;
CREATE TABLE IF NOT EXISTS hand.rejects (map VARCHAR, key VARCHAR, reason VARCHAR, seen TIMESTAMP);

-- leg: project_invoice_proposal_v2
CREATE OR REPLACE TEMP TABLE billed AS
SELECT msdyn_invoice, msdyn_company, count(*) AS lines,
  md5(string_agg(CAST(msdyn_actualid AS VARCHAR), ',' ORDER BY CAST(msdyn_actualid AS VARCHAR))) AS ids
FROM dataverse.msdyn_actuals
WHERE msdyn_transactiontypecode = 192350006 AND NOT msdyn_skipsync AND msdyn_invoice IN (
  SELECT invoiceid FROM dataverse.invoices WHERE modifiedon > getvariable('since')
  UNION SELECT msdyn_invoice FROM dataverse.msdyn_actuals WHERE modifiedon > getvariable('since')
  UNION SELECT CAST(key AS UUID) FROM hand.rejects WHERE map = 'project_invoice_proposal_v2')
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE header AS
SELECT i.invoiceid, company.cdm_companycode AS company, i.invoicenumber AS number, contract.msdyn_salesordernumber AS contract,
  coalesce(account.accountnumber, contact.msdyn_contactpersonid) AS account, currency.isocurrencycode AS currency,
  i.msdyn_invoiceaccountingdate AS day, i.duedate, left(i.name, 60) AS description, terms.msdyn_name AS terms,
  left(i.shipto_name, 100) AS delivery, CASE WHEN i.msdyn_shouldautopost THEN 'yes' ELSE 'no' END AS autopost,
  coalesce(billed.lines, 0) AS lines, coalesce(billed.ids, md5('')) AS ids,
  CASE
    WHEN company.cdm_companycode IS NULL THEN 'KEY_NULL'
    WHEN length(i.invoicenumber) > 20 THEN 'TOO_LONG'
    WHEN i.salesorderid IS NULL THEN 'CONTRACT_MISSING'
    WHEN coalesce(account.accountnumber, contact.msdyn_contactpersonid) IS NULL THEN 'CUSTOMER_UNKNOWN'
    WHEN currency.isocurrencycode IS NULL THEN 'LOOKUP_MISSING'
    WHEN count(*) OVER (PARTITION BY company.cdm_companycode, i.invoicenumber) > 1 THEN 'KEY_DUPLICATE'
  END AS reason
FROM dataverse.invoices AS i
LEFT JOIN dataverse.cdm_companies AS company ON company.cdm_companyid = i.msdyn_company
LEFT JOIN dataverse.salesorders AS contract USING (salesorderid)
LEFT JOIN dataverse.accounts AS account ON account.accountid = i.customerid
LEFT JOIN dataverse.contacts AS contact ON contact.contactid = i.customerid
LEFT JOIN dataverse.transactioncurrencies AS currency ON currency.transactioncurrencyid = i.transactioncurrencyid
LEFT JOIN dataverse.msdyn_paymentterms AS terms ON terms.msdyn_paymenttermid = i.msdyn_paymentterms
LEFT JOIN billed ON billed.msdyn_invoice = i.invoiceid AND billed.msdyn_company = i.msdyn_company
WHERE i.msdyn_ordertype = 192350001 AND i.msdyn_projectinvoicestatus = 192350002
  AND (i.modifiedon > getvariable('since') OR billed.lines IS NOT NULL
    OR i.invoiceid IN (SELECT CAST(key AS UUID) FROM hand.rejects WHERE map = 'project_invoice_proposal_v2'));

DELETE FROM hand.rejects WHERE map = 'project_invoice_proposal_v2';
INSERT INTO hand.rejects SELECT 'project_invoice_proposal_v2', invoiceid, reason, getvariable('now') FROM header WHERE reason IS NOT NULL;

UPDATE finops.ProjInvoiceProposalV2 AS t
SET ExpectedLineCount = s.lines, HashedListOfBillableSalesActualIds = s.ids, CurrencyId = s.currency, InvoiceAccount = s.account,
  Description = s.description, Payment = s.terms, DeliveryName = s.delivery, ShouldAutoPost = s.autopost, ProjInvoiceProjId = s.contract,
  ModifiedDateTime = getvariable('now'), RecVersion = t.RecVersion + 1
FROM header AS s
WHERE t.dataAreaId = s.company AND t.ProposalId = s.number AND s.reason IS NULL AND t.Status <> 1
  AND (t.ExpectedLineCount, t.HashedListOfBillableSalesActualIds, t.CurrencyId, t.InvoiceAccount, t.Description, t.Payment, t.DeliveryName,
    t.ShouldAutoPost, t.ProjInvoiceProjId)
  IS DISTINCT FROM (s.lines, s.ids, s.currency, s.account, s.description, s.terms, s.delivery, s.autopost, s.contract);

INSERT INTO finops.ProjInvoiceProposalV2 (dataAreaId, ProposalId, ProjInvoiceProjId, InvoiceAccount, CurrencyId, InvoiceDate, DueDate, Description,
  Payment, DeliveryName, ShouldAutoPost, InvoiceType, ExpectedLineCount, HashedListOfBillableSalesActualIds, Status, ModifiedDateTime, RecVersion)
SELECT company, number, contract, account, currency, day, duedate, description, terms, delivery, autopost, 'Invoice', lines, ids, 0,
  getvariable('now'), 1
FROM header
WHERE reason IS NULL
  AND NOT EXISTS (SELECT 1 FROM finops.ProjInvoiceProposalV2 AS t WHERE t.dataAreaId = header.company AND t.ProposalId = header.number);

-- leg: integration_actuals
CREATE OR REPLACE TEMP TABLE staged AS
SELECT a.msdyn_actualid, company.cdm_companycode AS dataAreaId, a.msdyn_actualimportid AS ActualsImportId, a.msdyn_actualid AS ActualId,
  a.msdyn_accountingdate AS AccountingDate, a.msdyn_adjustmentstatus AS AdjustmentStatus, a.msdyn_amount AS Amount,
  a.msdyn_billingstatus AS BillingStatusId,
  CASE a.msdyn_billingtype WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary'
    WHEN 192350003 THEN 'notAvailable' END AS BillingType,
  left(a.msdyn_nameofbookableresource, 100) AS BookableResourceName, contract.msdyn_salesordernumber AS ContractId,
  a.msdyn_valueofsalescontractline AS ContractLineId, a.msdyn_description AS Description, a.msdyn_transactiondate AS DocumentDate,
  CAST(a.msdyn_startdatetime AS DATE) AS StartDate, CAST(a.msdyn_enddatetime AS DATE) AS EndDate,
  a.msdyn_externaldescription AS ExternalDescription, a.msdyn_externalreferenceid AS ExternalReference,
  a.msdyn_externaloriginreference AS ExternalOriginReference, rule.msdyn_projectcontractsplitbillingrulenumber AS FundingSource,
  i.msdyn_invoicenumber AS InvoiceProposalId, CASE a.msdyn_isjournalized WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' END AS IsJournalized,
  product.msdyn_productnumber AS ProductNumber, project.msdyn_projectnumber AS ProjectId, owner.cdm_companycode AS ProjectDataAreaId,
  a.msdyn_quantity AS Quantity, a.msdyn_price AS UnitPrice, a.statecode AS Status, a.statuscode AS StatusReason,
  task.msdyn_activitynumber AS TaskNumber, category.msdyn_transactioncategorynumber AS TransactionCategoryId,
  a.msdyn_transactionclassification AS TransactionClassification, currency.isocurrencycode AS TransactionCurrencyId,
  CASE a.msdyn_transactiontypecode WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales'
    WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' END AS TransactionType,
  unit.msdyn_symbol AS UnitOfMeasure, a.msdyn_accountingtaxamount AS SalesTaxAmount,
  CASE
    WHEN company.cdm_companycode IS NULL OR a.msdyn_actualimportid IS NULL THEN 'KEY_NULL'
    WHEN a.msdyn_accountingdate IS NULL THEN 'ACCOUNTING_DATE_NULL'
    WHEN BillingType IS NULL THEN 'BILLING_TYPE'
    WHEN length(contract.msdyn_salesordernumber) > 20 OR length(a.msdyn_externalreferenceid) > 60 OR length(i.msdyn_invoicenumber) > 20
      OR length(project.msdyn_projectnumber) > 20 THEN 'TOO_LONG'
    WHEN a.msdyn_transactiondate IS NULL THEN 'DOCUMENT_DATE_NULL'
    WHEN project.msdyn_projectnumber IS NULL OR owner.cdm_companycode IS NULL THEN 'PROJECT_MISSING'
    WHEN currency.isocurrencycode IS NULL OR length(currency.isocurrencycode) > 3 THEN 'CURRENCY_MISSING'
    WHEN TransactionType IS NULL THEN 'TRANSACTION_TYPE'
    WHEN (a.msdyn_invoice IS NOT NULL AND i.invoiceid IS NULL) OR (a.msdyn_task IS NOT NULL AND task.msdyn_projecttaskid IS NULL)
      OR (a.msdyn_product IS NOT NULL AND product.productid IS NULL) OR (a.msdyn_unit IS NOT NULL AND unit.uomid IS NULL)
      OR (a.msdyn_transactioncategory IS NOT NULL AND category.msdyn_transactioncategoryid IS NULL) THEN 'LOOKUP_MISSING'
  END AS reason
FROM dataverse.msdyn_actuals AS a
LEFT JOIN dataverse.cdm_companies AS company ON company.cdm_companyid = a.msdyn_company
LEFT JOIN dataverse.msdyn_projectcontractsplitbillingrules AS rule ON rule.msdyn_projectcontractsplitbillingruleid = a.msdyn_projectcontractsplitbillingrule
LEFT JOIN dataverse.salesorders AS contract ON contract.salesorderid = rule.msdyn_projectcontractid
LEFT JOIN dataverse.invoices AS i ON i.invoiceid = a.msdyn_invoice
LEFT JOIN dataverse.products AS product ON product.productid = a.msdyn_product
LEFT JOIN dataverse.msdyn_projects AS project ON project.msdyn_projectid = a.msdyn_project
LEFT JOIN dataverse.cdm_companies AS owner ON owner.cdm_companyid = project.msdyn_owningcompany
LEFT JOIN dataverse.msdyn_projecttasks AS task ON task.msdyn_projecttaskid = a.msdyn_task
LEFT JOIN dataverse.msdyn_transactioncategories AS category ON category.msdyn_transactioncategoryid = a.msdyn_transactioncategory
LEFT JOIN dataverse.transactioncurrencies AS currency ON currency.transactioncurrencyid = a.transactioncurrencyid
LEFT JOIN dataverse.uoms AS unit ON unit.uomid = a.msdyn_unit
WHERE NOT a.msdyn_skipsync AND (a.modifiedon > getvariable('since')
  OR a.msdyn_actualid IN (SELECT CAST(key AS UUID) FROM hand.rejects WHERE map = 'integration_actuals'));

UPDATE staged SET reason = 'KEY_DUPLICATE'
FROM (SELECT dataAreaId, ActualsImportId FROM staged WHERE reason IS NULL GROUP BY ALL HAVING count(*) > 1) AS twice
WHERE staged.dataAreaId = twice.dataAreaId AND staged.ActualsImportId = twice.ActualsImportId AND staged.reason IS NULL;

DELETE FROM hand.rejects WHERE map = 'integration_actuals';
INSERT INTO hand.rejects SELECT 'integration_actuals', msdyn_actualid, reason, getvariable('now') FROM staged WHERE reason IS NOT NULL;

CREATE OR REPLACE TEMP TABLE fresh AS
SELECT * FROM staged
WHERE reason IS NULL AND NOT EXISTS (
  SELECT 1 FROM finops.ProjCDSActualsImport AS t WHERE t.dataAreaId = staged.dataAreaId AND t.ActualsImportId = staged.ActualsImportId);

UPDATE finops.ProjCDSActualsImport AS t
SET ActualId = s.ActualId, AccountingDate = s.AccountingDate, AdjustmentStatus = s.AdjustmentStatus, Amount = s.Amount, BillingStatusId = s.BillingStatusId,
  BillingType = s.BillingType, BookableResourceName = s.BookableResourceName, ContractId = s.ContractId, ContractLineId = s.ContractLineId,
  Description = s.Description, DocumentDate = s.DocumentDate, StartDate = s.StartDate, EndDate = s.EndDate,
  ExternalDescription = s.ExternalDescription, ExternalReference = s.ExternalReference, ExternalOriginReference = s.ExternalOriginReference,
  FundingSource = s.FundingSource, InvoiceProposalId = s.InvoiceProposalId, IsJournalized = s.IsJournalized, ProductNumber = s.ProductNumber,
  ProjectId = s.ProjectId, ProjectDataAreaId = s.ProjectDataAreaId, Quantity = s.Quantity, UnitPrice = s.UnitPrice, Status = s.Status,
  StatusReason = s.StatusReason, TaskNumber = s.TaskNumber, TransactionCategoryId = s.TransactionCategoryId,
  TransactionClassification = s.TransactionClassification, TransactionCurrencyId = s.TransactionCurrencyId, TransactionType = s.TransactionType,
  UnitOfMeasure = s.UnitOfMeasure, ModifiedDateTime = getvariable('now'), RecVersion = t.RecVersion + 1
FROM staged AS s
WHERE s.reason IS NULL AND t.dataAreaId = s.dataAreaId AND t.ActualsImportId = s.ActualsImportId
  AND (t.ActualId, t.AccountingDate, t.Amount, t.BillingType, t.BillingStatusId, t.Description, t.ExternalDescription, t.Quantity, t.UnitPrice,
    t.ProjectId, t.TransactionCurrencyId, t.InvoiceProposalId, t.TransactionType, t.TransactionClassification, t.AdjustmentStatus,
    t.BookableResourceName, t.ContractId, t.ContractLineId, t.DocumentDate, t.ExternalReference, t.ProductNumber, t.TaskNumber)
  IS DISTINCT FROM (s.ActualId, s.AccountingDate, s.Amount, s.BillingType, s.BillingStatusId, s.Description, s.ExternalDescription, s.Quantity,
    s.UnitPrice, s.ProjectId, s.TransactionCurrencyId, s.InvoiceProposalId, s.TransactionType, s.TransactionClassification, s.AdjustmentStatus,
    s.BookableResourceName, s.ContractId, s.ContractLineId, s.DocumentDate, s.ExternalReference, s.ProductNumber, s.TaskNumber);

INSERT INTO finops.ProjCDSActualsImport BY NAME
SELECT * EXCLUDE (msdyn_actualid, reason), getvariable('now') AS ModifiedDateTime, 1 AS RecVersion FROM fresh;

-- leg: transaction_relationships
CREATE OR REPLACE TEMP TABLE link AS
SELECT msdyn_transactionconnectionid AS id, TRY_CAST(msdyn_transaction1 AS UUID) AS first, msdyn_transaction1role AS first_role,
  msdyn_transaction1type AS first_type, TRY_CAST(msdyn_transaction2 AS UUID) AS second, msdyn_transaction2role AS second_role,
  msdyn_transaction2type AS second_type,
  CASE WHEN first IS NULL OR second IS NULL THEN 'CAST_GUID'
    WHEN first_role IS NULL OR second_role IS NULL OR first_type IS NULL OR second_type IS NULL THEN 'REQUIRED_NULL'
    WHEN count(*) OVER (PARTITION BY id) > 1 THEN 'KEY_DUPLICATE' END AS reason
FROM dataverse.msdyn_transactionconnections
WHERE modifiedon > getvariable('since')
  OR msdyn_transactionconnectionid IN (SELECT CAST(key AS UUID) FROM hand.rejects WHERE map = 'transaction_relationships');

DELETE FROM hand.rejects WHERE map = 'transaction_relationships';
INSERT INTO hand.rejects SELECT 'transaction_relationships', id, reason, getvariable('now') FROM link WHERE reason IS NOT NULL;
DELETE FROM finops.ProjCDSTransactionRelationshipImport WHERE ConnectionId IN (SELECT id FROM link WHERE reason IS NULL);
INSERT INTO finops.ProjCDSTransactionRelationshipImport (ConnectionId, Transaction1Id, Transaction1Role, Transaction1Type, Transaction2Id,
  Transaction2Role, Transaction2Type, ModifiedDateTime, RecVersion)
SELECT id, first, first_role, first_type, second, second_role, second_type, getvariable('now'), 1 FROM link WHERE reason IS NULL;

-- leg: integration_journal
CREATE OR REPLACE TEMP TABLE due AS
SELECT s.rowid AS place, s.ActualsImportId, s.AccountingDate, s.DocumentDate, s.ProjectId, s.ProjectDataAreaId, s.TransactionType,
  s.TransactionCurrencyId, s.TaskNumber, s.BookableResourceName, s.Description, s.ExternalDescription, s.Quantity, s.UnitPrice, s.Amount, ledger.AccountingCurrency AS home, settings.GroupBy, settings.StartDate AS began, settings.MoveToOpenPeriod AS moves,
  period.StartDate AS period_start, greatest(s.AccountingDate, period.StartDate) AS posted_on,
  property.LineProperty AS property, coalesce(category.CategoryId, fallback.CategoryId) AS category,
  coalesce(category.TaxItemGroupId, fallback.TaxItemGroupId) AS tax_item, project.TaxGroupId AS tax, daily.Rate AS daily, agreed.Rate AS agreed,
  CASE
    WHEN settings.dataAreaId IS NULL THEN 'COMPANY_NOT_SET_UP'
    WHEN ledger.dataAreaId IS NULL THEN 'LEDGER_MISSING'
    WHEN project.ProjId IS NULL THEN 'PROJECT_MISSING'
    WHEN property.LineProperty IS NULL THEN 'LINE_PROPERTY_MISSING'
    WHEN period.StartDate IS NULL THEN 'PERIOD_MISSING'
    WHEN s.AccountingDate < period.StartDate AND settings.MoveToOpenPeriod <> 'yes' THEN 'PERIOD_CLOSED'
    WHEN coalesce(category.CategoryId, fallback.CategoryId) IS NULL THEN 'CATEGORY_MISSING'
    WHEN s.TransactionCurrencyId <> ledger.AccountingCurrency
      AND CASE WHEN s.TransactionType = 'cost' THEN daily.Rate ELSE coalesce(agreed.Rate, daily.Rate) END IS NULL THEN 'RATE_MISSING'
  END AS reason
FROM finops.ProjCDSActualsImport AS s
LEFT JOIN finops.ProjIntegrationSettings AS settings ON settings.dataAreaId = s.ProjectDataAreaId
LEFT JOIN finops.Ledgers AS ledger ON ledger.dataAreaId = s.ProjectDataAreaId
LEFT JOIN finops.ProjTable AS project ON project.dataAreaId = s.ProjectDataAreaId AND project.ProjId = s.ProjectId
LEFT JOIN (VALUES (192350000, 'Hour'), (192350001, 'Expense'), (192350002, 'Item'), (192350003, 'OnAccount'), (192350004, 'Fee'),
  (192350005, 'OnAccount')) AS kind (class, kind) ON kind.class = s.TransactionClassification
LEFT JOIN finops.ProjCategory AS category
  ON category.dataAreaId = s.ProjectDataAreaId AND category.TransactionCategoryId = s.TransactionCategoryId AND category.CategoryType = kind.kind
LEFT JOIN finops.ProjDefaultCategory AS fallback ON fallback.dataAreaId = s.ProjectDataAreaId AND fallback.CategoryType = kind.kind
LEFT JOIN finops.ProjBillingTypeLinePropertyDefault AS property ON property.dataAreaId = s.ProjectDataAreaId AND property.BillingType = s.BillingType
LEFT JOIN finops.ProjContractFixedRate AS agreed
  ON agreed.dataAreaId = s.ProjectDataAreaId AND agreed.ContractId = s.ContractId AND agreed.Currency = s.TransactionCurrencyId
LEFT JOIN finops.ExchangeRates AS daily ON daily.FromCurrency = s.TransactionCurrencyId AND daily.ToCurrency = ledger.AccountingCurrency
  AND s.AccountingDate BETWEEN daily.ValidFrom AND daily.ValidTo
LEFT JOIN (
  SELECT company, day, min(open.StartDate) AS StartDate
  FROM (SELECT DISTINCT ProjectDataAreaId AS company, AccountingDate AS day FROM finops.ProjCDSActualsImport) AS asked
  JOIN finops.Ledgers AS l ON l.dataAreaId = asked.company
  JOIN finops.FiscalPeriods AS open
    ON open.dataAreaId = asked.company AND open.Calendar = l.FiscalCalendar AND open.Status = 0 AND open.EndDate >= asked.day
  GROUP BY ALL
) AS period ON period.company = s.ProjectDataAreaId AND period.day = s.AccountingDate
WHERE (s.TransactionType = 'sales' OR s.TransactionType = 'cost' AND coalesce(s.FromPackingSlip, 'no') = 'no') AND s.ProjAdvancedJournalLine IS NULL;

DELETE FROM hand.rejects WHERE map = 'integration_journal';
INSERT INTO hand.rejects SELECT 'integration_journal', ActualsImportId, reason, getvariable('now') FROM due WHERE reason IS NOT NULL;

CREATE OR REPLACE TEMP TABLE grouped AS
SELECT place, ProjectDataAreaId,
  CASE GroupBy WHEN 'Days' THEN posted_on WHEN 'Months' THEN date_trunc('month', posted_on) WHEN 'Years' THEN date_trunc('year', posted_on)
    ELSE began END AS unit,
  row_number() OVER (PARTITION BY ProjectDataAreaId, unit ORDER BY AccountingDate, ActualsImportId) AS n,
  row_number() OVER (ORDER BY AccountingDate, ActualsImportId) AS v
FROM due WHERE reason IS NULL;

-- The room in the newest journal that is still a draft.
CREATE OR REPLACE TEMP TABLE room AS
SELECT j.dataAreaId AS company, j.Description, arg_max(j.ProjAdvancedJournalId, j.ProjAdvancedJournalId) AS journal,
  200 - arg_max((SELECT count(*) FROM finops.ProjAdvancedJournalLine AS l WHERE l.ProjAdvancedJournal = j.ProjAdvancedJournalId), j.ProjAdvancedJournalId) AS free
FROM finops.ProjAdvancedJournal AS j WHERE j.Status = 0 GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE line AS
SELECT place, ProjectDataAreaId, unit, n, coalesce(free, 0) AS free,
  CASE WHEN n <= coalesce(free, 0) THEN journal
    ELSE 'PJ-' || lpad(CAST(dense_rank() OVER (ORDER BY n <= coalesce(free, 0), ProjectDataAreaId, unit, (n - coalesce(free, 0) - 1) // 200)
      + (SELECT coalesce(max(CAST(substring(ProjAdvancedJournalId, 4) AS BIGINT)), 0) FROM finops.ProjAdvancedJournal) AS VARCHAR), 6, '0') END AS journal_id,
  CASE WHEN n <= coalesce(free, 0) THEN 200 - free + n ELSE (n - coalesce(free, 0) - 1) % 200 + 1 END AS line_number,
  'PV-' || lpad(CAST(v + (SELECT coalesce(max(CAST(substring(Voucher, 4) AS BIGINT)), 0) FROM finops.ProjAdvancedJournalLine) AS VARCHAR), 8, '0') AS voucher,
  'PT-' || lpad(CAST(v + (SELECT coalesce(max(CAST(substring(Voucher, 4) AS BIGINT)), 0) FROM finops.ProjAdvancedJournalLine) AS VARCHAR), 8, '0') AS trans
FROM grouped LEFT JOIN room ON room.company = grouped.ProjectDataAreaId AND room.Description = 'Integration ' || CAST(unit AS VARCHAR);

INSERT INTO finops.ProjAdvancedJournal (dataAreaId, ProjAdvancedJournalId, Description, Status, ModifiedDateTime, RecVersion)
SELECT DISTINCT ProjectDataAreaId, journal_id, 'Integration ' || CAST(unit AS VARCHAR), 0, getvariable('now'), 1 FROM line WHERE n > free;

INSERT INTO finops.ProjAdvancedJournalLine (dataAreaId, Voucher, ProjAdvancedJournal, LineNumber, Status, TransType, AccountingDate, ProjTransDate, ProjId,
  ProjDataAreaId, ProjTransId, ProjCategoryId, LinePropertyId, ActivityNumber, BookableResourceName, Text, Quantity, UnitCost, ExtendedCost,
  CostCurrency, CostExchangeRate, UnitPrice, ExtendedPrice, PriceCurrency, PriceExchangeRate, ProjectSalesTaxGroup, ProjectSalesTaxItemGroup,
  ModifiedDateTime, RecVersion)
SELECT ProjectDataAreaId, voucher, journal_id, line_number, 0, TransactionType, posted_on, DocumentDate, ProjectId, ProjectDataAreaId, trans, category,
  property, TaskNumber, BookableResourceName, coalesce(nullif(Description, ''), nullif(ExternalDescription, '')), Quantity,
  CASE WHEN TransactionType = 'cost' THEN UnitPrice ELSE 0 END, CASE WHEN TransactionType = 'cost' THEN Amount ELSE 0 END,
  CASE WHEN TransactionType = 'cost' THEN TransactionCurrencyId ELSE home END,
  100 * CASE WHEN TransactionType <> 'cost' OR TransactionCurrencyId = home THEN 1 ELSE daily END,
  CASE WHEN TransactionType = 'sales' THEN UnitPrice ELSE 0 END, CASE WHEN TransactionType = 'sales' THEN Amount ELSE 0 END,
  TransactionCurrencyId,
  100 * CASE WHEN TransactionCurrencyId = home THEN 1 WHEN TransactionType = 'cost' THEN daily ELSE coalesce(agreed, daily) END,
  CASE WHEN TransactionType = 'sales' THEN tax END, CASE WHEN TransactionType = 'sales' THEN tax_item END, getvariable('now'), 1
FROM due JOIN (SELECT place, voucher, trans, journal_id, line_number FROM line) USING (place);

UPDATE finops.ProjCDSActualsImport AS t
SET ProjAdvancedJournalLine = line.voucher, ModifiedDateTime = getvariable('now'), RecVersion = t.RecVersion + 1
FROM (SELECT place, voucher FROM line ORDER BY place) AS line WHERE t.rowid = line.place;

-- leg: invoice_proposal_lines
CREATE OR REPLACE TEMP TABLE due AS
SELECT s.rowid AS place, s.ActualsImportId, s.ActualId, s.InvoiceProposalId, s.ProjectDataAreaId, s.TransactionClassification, s.ExternalDescription,
  s.Description, s.ContractLineId, s.BookableResourceName, s.Amount, s.Quantity, s.UnitPrice, s.ProductNumber, proposal.ExpectedLineCount AS expected, proposal.HashedListOfBillableSalesActualIds AS ids, journal.Status AS journal_status,
  journal.ProjTransId AS trans, onaccount.TransId AS onaccount,
  coalesce(journal.ProjectSalesTaxGroup, onaccount.TaxGroupId) AS tax, coalesce(journal.ProjectSalesTaxItemGroup, onaccount.TaxItemGroupId) AS tax_item,
  CASE
    WHEN proposal.ProposalId IS NULL THEN 'PROPOSAL_MISSING'
    WHEN proposal.Status <> 0 THEN 'PROPOSAL_POSTED'
    WHEN NOT (s.TransactionClassification IN (192350003, 192350005) OR coalesce(rule.Type = 192350001, FALSE) OR coalesce(journal.Status = 3, FALSE))
      THEN 'UNBILLED_NOT_POSTED'
    WHEN coalesce(journal.Status <> 3, TRUE) AND onaccount.TransId IS NULL THEN 'ON_ACCOUNT_MISSING'
  END AS reason
FROM finops.ProjCDSActualsImport AS s
LEFT JOIN finops.ProjInvoiceProposalV2 AS proposal ON proposal.dataAreaId = s.ProjectDataAreaId AND proposal.ProposalId = s.InvoiceProposalId
LEFT JOIN finops.ProjCDSTransactionRelationshipImport AS reversal
  ON reversal.Transaction1Id = s.ActualId AND reversal.Transaction1Role = 'Reversing' AND reversal.Transaction2Role = 'Original'
LEFT JOIN finops.ProjCDSTransactionRelationshipImport AS link
  ON link.Transaction1Id = coalesce(reversal.Transaction2Id, s.ActualId) AND link.Transaction1Role = 'Billed Sales' AND link.Transaction2Role = 'Unbilled Sales'
LEFT JOIN finops.ProjCDSActualsImport AS unbilled ON unbilled.ActualId = link.Transaction2Id AND unbilled.dataAreaId = s.dataAreaId
LEFT JOIN finops.ProjAdvancedJournalLine AS journal ON journal.Voucher = unbilled.ProjAdvancedJournalLine AND journal.dataAreaId = s.ProjectDataAreaId
LEFT JOIN finops.ProjContractBillingRule AS rule
  ON rule.dataAreaId = s.ProjectDataAreaId AND rule.ContractId = s.ContractId AND rule.ContractLineId = s.ContractLineId
LEFT JOIN finops.ProjOnAccTrans AS onaccount ON onaccount.dataAreaId = s.ProjectDataAreaId AND onaccount.TransId = s.ExternalReference
WHERE s.TransactionType = 'billedSales' AND s.InvoiceProposalLineTransId IS NULL;

UPDATE due SET reason = 'LINES_INCOMPLETE'
FROM (
  SELECT InvoiceProposalId, ProjectDataAreaId FROM due GROUP BY ALL
  HAVING bool_or(reason IS NOT NULL) OR NOT coalesce(count(*) = any_value(expected)
    AND md5(string_agg(CAST(ActualId AS VARCHAR), ',' ORDER BY CAST(ActualId AS VARCHAR))) = any_value(ids), FALSE)
) AS part
WHERE due.InvoiceProposalId = part.InvoiceProposalId AND due.ProjectDataAreaId = part.ProjectDataAreaId AND due.reason IS NULL;

DELETE FROM hand.rejects WHERE map = 'invoice_proposal_lines';
INSERT INTO hand.rejects SELECT 'invoice_proposal_lines', ActualsImportId, reason, getvariable('now') FROM due WHERE reason IS NOT NULL;

INSERT INTO finops.ProjProposalEmpl BY NAME
SELECT ProjectDataAreaId AS dataAreaId, InvoiceProposalId AS ProposalId, trans AS TransId, coalesce(ExternalDescription, Description) AS Txt,
  tax AS TaxGroupId, tax_item AS TaxItemGroupId, ContractLineId AS PSAContractLineNum, BookableResourceName, Amount AS AmountCur, Quantity AS Qty,
  UnitPrice AS SalesPrice, getvariable('now') AS ModifiedDateTime, 1 AS RecVersion
FROM due WHERE reason IS NULL AND TransactionClassification = 192350000 AND journal_status = 3;
INSERT INTO finops.ProjProposalCost BY NAME
SELECT ProjectDataAreaId AS dataAreaId, InvoiceProposalId AS ProposalId, trans AS TransId, coalesce(ExternalDescription, Description) AS Txt,
  tax AS TaxGroupId, tax_item AS TaxItemGroupId, ContractLineId AS PSAContractLineNum, BookableResourceName, Amount AS AmountCur, Quantity AS Qty,
  UnitPrice AS SalesPrice, getvariable('now') AS ModifiedDateTime, 1 AS RecVersion
FROM due WHERE reason IS NULL AND TransactionClassification = 192350001 AND journal_status = 3;
INSERT INTO finops.ProjProposalItem BY NAME
SELECT ProjectDataAreaId AS dataAreaId, InvoiceProposalId AS ProposalId, trans AS ProjTransId, coalesce(ExternalDescription, Description) AS Txt,
  tax AS TaxGroupId, tax_item AS TaxItemGroupId, ContractLineId AS PSAContractLineNum, BookableResourceName, Amount AS AmountCur, Quantity AS Qty,
  ProductNumber AS ItemId, UnitPrice AS SalesPrice, getvariable('now') AS ModifiedDateTime, 1 AS RecVersion
FROM due WHERE reason IS NULL AND TransactionClassification = 192350002 AND journal_status = 3;
INSERT INTO finops.ProjProposalRevenue BY NAME
SELECT ProjectDataAreaId AS dataAreaId, InvoiceProposalId AS ProposalId, trans AS TransId, coalesce(ExternalDescription, Description) AS Txt,
  tax AS TaxGroupId, tax_item AS TaxItemGroupId, ContractLineId AS PSAContractLineNum, BookableResourceName, Amount AS AmountCur, Quantity AS Qty,
  UnitPrice AS SalesPrice, getvariable('now') AS ModifiedDateTime, 1 AS RecVersion
FROM due WHERE reason IS NULL AND TransactionClassification = 192350004 AND journal_status = 3;
INSERT INTO finops.ProjProposalOnAcc BY NAME
SELECT ProjectDataAreaId AS dataAreaId, InvoiceProposalId AS ProposalId, onaccount AS TransId, coalesce(ExternalDescription, Description) AS Txt,
  tax AS TaxGroupId, tax_item AS TaxItemGroupId, ContractLineId AS PSAContractLineNum, BookableResourceName, Amount AS AmountCur, Quantity AS Qty,
  getvariable('now') AS ModifiedDateTime, 1 AS RecVersion
FROM due WHERE reason IS NULL AND (TransactionClassification IN (192350003, 192350005) OR journal_status IS NULL);

UPDATE finops.ProjCDSActualsImport AS t
SET IsProcessed = 'yes', InvoiceProposalLineTransId = coalesce(due.trans, due.onaccount), ModifiedDateTime = getvariable('now'), RecVersion = t.RecVersion + 1
FROM due WHERE due.reason IS NULL AND t.rowid = due.place;

-- leg: integration_actuals:back
UPDATE dataverse.msdyn_actuals AS t
SET msdyn_accountingamount = round(s.AccountingAmount, 4), msdyn_accountexchangerate = round(s.ExchangeRate * 0.01, 10),
  msdyn_vouchernumber = s.VoucherNumber, msdyn_accountingtaxamount = round(s.SalesTaxAmount, 4),
  modifiedon = getvariable('now'), versionnumber = t.versionnumber + 1
FROM finops.ProjCDSActualsImport AS s
WHERE s.VoucherNumber IS NOT NULL AND s.ModifiedDateTime > getvariable('since') AND t.msdyn_actualimportid = s.ActualsImportId
  AND t.msdyn_company = (SELECT cdm_companyid FROM dataverse.cdm_companies WHERE cdm_companycode = s.dataAreaId)
  AND (t.msdyn_accountingamount, t.msdyn_vouchernumber, t.msdyn_accountingtaxamount, t.msdyn_accountexchangerate)
  IS DISTINCT FROM (round(s.AccountingAmount, 4), s.VoucherNumber, round(s.SalesTaxAmount, 4), round(s.ExchangeRate * 0.01, 10));

-- leg: posted_invoice
UPDATE dataverse.invoices AS t
SET msdyn_customerinvoicenumber = s.ProjInvoiceId, msdyn_customerinvoicedate = s.InvoiceDate, msdyn_accountingtaxamount = round(s.SumTax, 4),
  msdyn_projectinvoicestatus = 192350004, modifiedon = getvariable('now'), versionnumber = t.versionnumber + 1
FROM finops.ProjInvoiceJour AS s
JOIN dataverse.cdm_companies AS company ON company.cdm_companycode = s.dataAreaId
WHERE s.ProposalId IS NOT NULL AND s.ModifiedDateTime > getvariable('since') AND t.invoicenumber = s.ProposalId
  AND t.msdyn_company = company.cdm_companyid AND t.msdyn_ordertype = 192350001;
