-- Reference tables of both systems: companies, currencies, categories, projects, contracts, customers, rates, periods.
-- $variables: `projects` is the number of projects (each with its contract, customer, task and funding source).

SET VARIABLE made = TIMESTAMP '2026-03-31 18:00:00';

CREATE OR REPLACE TEMP TABLE company (n, code, currency, calendar, tax) AS
VALUES (0, 'usmf', 'USD', 'FC-US', 'US-EXEMPT'), (1, 'gbsi', 'GBP', 'FC-UK', 'UK-STD'), (2, '010', 'EUR', 'FC-DE', 'DE-STD');

INSERT INTO dataverse.cdm_companies BY NAME
SELECT CAST(md5('company' || n) AS UUID) AS cdm_companyid, code AS cdm_companycode, code AS cdm_name,
  getvariable('made') AS modifiedon, 1 AS versionnumber FROM company;

INSERT INTO dataverse.transactioncurrencies BY NAME
SELECT CAST(md5('currency' || code) AS UUID) AS transactioncurrencyid, code AS isocurrencycode, 2 AS currencyprecision,
  getvariable('made') AS modifiedon, 1 AS versionnumber
FROM (VALUES ('USD'), ('GBP'), ('EUR'), ('CHF')) AS currency (code);

INSERT INTO dataverse.msdyn_paymentterms BY NAME
SELECT CAST(md5('terms' || n) AS UUID) AS msdyn_paymenttermid, 'Net' || (30 + 15 * n) AS msdyn_name,
  getvariable('made') AS modifiedon, 1 AS versionnumber FROM range(2) AS terms (n);

INSERT INTO dataverse.uoms BY NAME
SELECT CAST(md5('unit' || n) AS UUID) AS uomid, ['hr', 'ea'][n + 1] AS msdyn_symbol,
  getvariable('made') AS modifiedon, 1 AS versionnumber FROM range(2) AS unit (n);

INSERT INTO dataverse.products BY NAME
SELECT CAST(md5('product' || n) AS UUID) AS productid, 'P-' || (100 + n) AS msdyn_productnumber,
  getvariable('made') AS modifiedon, 1 AS versionnumber FROM range(50) AS product (n);

CREATE OR REPLACE TEMP TABLE category (n, code, kind) AS
VALUES (0, 'TC-LABOR', 'Hour'), (1, 'TC-TRAVEL', 'Expense'), (2, 'TC-MATERIAL', 'Item'), (3, 'TC-FEE', 'Fee');

INSERT INTO dataverse.msdyn_transactioncategories BY NAME
SELECT CAST(md5('category' || n) AS UUID) AS msdyn_transactioncategoryid, code AS msdyn_transactioncategorynumber,
  getvariable('made') AS modifiedon, 1 AS versionnumber FROM category;

CREATE OR REPLACE TEMP TABLE project AS
SELECT p.n, company.*, 'PRJ-' || lpad(CAST(p.n AS VARCHAR), 7, '0') AS project, 'CON-' || lpad(CAST(p.n AS VARCHAR), 7, '0') AS contract,
  -- one project in seven is sold in another currency than its company keeps
  CASE WHEN p.n % 7 = 3 THEN ['GBP', 'EUR', 'CHF'][p.n % 3 + 1] ELSE company.currency END AS sold_in
FROM range(getvariable('projects')) AS p (n) JOIN company ON company.n = p.n % 3;

INSERT INTO dataverse.accounts BY NAME
SELECT CAST(md5('account' || n) AS UUID) AS accountid, 'C-' || n AS accountnumber, 'Customer ' || n AS name,
  CAST(md5('company' || n % 3) AS UUID) AS msdyn_company, getvariable('made') AS modifiedon, 1 AS versionnumber FROM project;

INSERT INTO dataverse.salesorders BY NAME
SELECT CAST(md5('contract' || n) AS UUID) AS salesorderid, contract AS ordernumber, contract AS msdyn_salesordernumber,
  'Contract ' || n AS name, CAST(md5('account' || n) AS UUID) AS customerid, CAST(md5('currency' || sold_in) AS UUID) AS transactioncurrencyid,
  CAST(md5('company' || n % 3) AS UUID) AS msdyn_company, getvariable('made') AS modifiedon, 1 AS versionnumber FROM project;

INSERT INTO dataverse.msdyn_projectcontractsplitbillingrules BY NAME
SELECT CAST(md5('rule' || n) AS UUID) AS msdyn_projectcontractsplitbillingruleid, 'FS-' || n AS msdyn_projectcontractsplitbillingrulenumber,
  CAST(md5('contract' || n) AS UUID) AS msdyn_projectcontractid, 100 AS msdyn_percentage,
  getvariable('made') AS modifiedon, 1 AS versionnumber FROM project;

INSERT INTO dataverse.msdyn_projects BY NAME
SELECT CAST(md5('project' || n) AS UUID) AS msdyn_projectid, project AS msdyn_projectnumber, 'Project ' || n AS msdyn_subject,
  CAST(md5('company' || n % 3) AS UUID) AS msdyn_owningcompany, getvariable('made') AS modifiedon, 1 AS versionnumber FROM project;

INSERT INTO dataverse.msdyn_projecttasks BY NAME
SELECT CAST(md5('task' || n) AS UUID) AS msdyn_projecttaskid, 'A-' || n AS msdyn_activitynumber,
  CAST(md5('project' || n) AS UUID) AS msdyn_project, getvariable('made') AS modifiedon, 1 AS versionnumber FROM project;

INSERT INTO finops.ProjTable BY NAME
SELECT code AS "dataAreaId", project AS "ProjId", contract AS "ProjInvoiceProjId", tax AS "TaxGroupId",
  getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion" FROM project;

INSERT INTO finops.ProjContractBillingRule BY NAME
SELECT code AS "dataAreaId", contract AS "ContractId", 'L1' AS "ContractLineId", 192350000 AS "Type",
  getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion" FROM project;

INSERT INTO finops.ProjContractFixedRate BY NAME
SELECT code AS "dataAreaId", contract AS "ContractId", sold_in AS "Currency", 1.25 AS "Rate",
  getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion" FROM project WHERE sold_in <> currency AND n % 2 = 0;

INSERT INTO finops.Ledgers BY NAME
SELECT code AS "dataAreaId", 'Ledger ' || code AS "Name", currency AS "AccountingCurrency", calendar AS "FiscalCalendar",
  getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion" FROM company;

INSERT INTO finops.ProjIntegrationSettings BY NAME
SELECT code AS "dataAreaId", ['Months', 'Days', 'Years'][n + 1] AS "GroupBy", DATE '2026-01-01' AS "StartDate",
  ['yes', 'no', 'yes'][n + 1] AS "MoveToOpenPeriod", getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion" FROM company;

INSERT INTO finops.FiscalPeriods BY NAME
SELECT code AS "dataAreaId", calendar AS "Calendar", make_date(2026, m, 1) AS "StartDate", last_day(make_date(2026, m, 1)) AS "EndDate",
  CASE WHEN m = 1 THEN 2 ELSE 0 END AS "Status", getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion"
FROM company, (SELECT CAST(m AS INTEGER) AS m FROM range(1, 13) AS month (m));

INSERT INTO finops.ProjCategory BY NAME
SELECT company.code AS "dataAreaId", category.code || '-' || kind AS "CategoryId", category.code AS "TransactionCategoryId",
  kind AS "CategoryType", 'FULL' AS "TaxItemGroupId", getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion"
FROM company, category;

INSERT INTO finops.ProjDefaultCategory BY NAME
SELECT company.code AS "dataAreaId", kind AS "CategoryType", upper(kind) AS "CategoryId", 'FULL' AS "TaxItemGroupId",
  getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion"
FROM company, category;

INSERT INTO finops.ProjBillingTypeLinePropertyDefault BY NAME
SELECT company.code AS "dataAreaId", billing AS "BillingType", property AS "LineProperty",
  getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion"
FROM company, (VALUES ('chargeable', 'BILL'), ('nonChargeable', 'NONBILL'), ('notAvailable', 'COSTONLY')) AS line (billing, property);

-- Two rates by date for each pair.
INSERT INTO finops.ExchangeRates BY NAME
SELECT a.code AS "FromCurrency", b.code AS "ToCurrency", day AS "ValidFrom", until AS "ValidTo",
  round(a.worth / b.worth, 4) + step AS "Rate", getvariable('made') AS "ModifiedDateTime", 1 AS "RecVersion"
FROM (VALUES ('USD', 1.00), ('GBP', 1.27), ('EUR', 1.09), ('CHF', 1.13)) AS a (code, worth),
  (VALUES ('USD', 1.00), ('GBP', 1.27), ('EUR', 1.09)) AS b (code, worth),
  (VALUES (DATE '2026-01-01', DATE '2026-02-28', 0.00), (DATE '2026-03-01', DATE '2026-12-31', 0.02)) AS valid (day, until, step)
WHERE a.code <> b.code;
