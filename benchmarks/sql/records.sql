-- Invoices, records of work and their links, for the rows `first_row` (counted from 0) up to but without `last_row`.
-- $variables: `first_row`, `last_row` (multiples of 20), `projects`, `changed_at`,
-- `pace` (seconds between two rows: they were not all saved at once). Nothing is random: each choice is
-- arithmetic on the row number, so the same numbers give the same rows on every machine.
--
-- Twenty rows belong to one invoice: four entries of four rows (cost, unbilled, the unbilled taken back, billed) and two entries that
-- wait (cost, unbilled). About one row in a hundred is defective.

CREATE OR REPLACE TEMP TABLE entry_row AS
SELECT i, i // 4 AS unit, i // 20 AS invoice,
  CASE WHEN (i // 4) % 5 = 4 THEN i % 2 ELSE i % 4 END AS role,                   -- cost, unbilled, taken back, billed
  (i // 20) % getvariable('projects') AS p,
  CASE WHEN (i // 4) * 7919 % 100 < 70 THEN 0 WHEN (i // 4) * 7919 % 100 < 83 THEN 1 WHEN (i // 4) * 7919 % 100 < 93 THEN 2
    WHEN (i // 4) * 7919 % 100 < 98 OR (i // 4) % 5 = 4 THEN 4 ELSE 3 END AS class,  -- time, expense, material, fee, milestone
  DATE '2026-01-25' + CAST((i // 4) * 104729 % 64 AS INTEGER) AS day,
  i * 48271 % 10007 AS luck
FROM range(getvariable('first_row'), getvariable('last_row')) AS r (i);

INSERT INTO dataverse.msdyn_actuals BY NAME
SELECT
  CAST(md5('record' || i) AS UUID) AS msdyn_actualid,
  CAST(md5('import' || CASE WHEN luck BETWEEN 90 AND 92 AND role = 1 AND class <> 3 THEN i - 1 ELSE i END) AS UUID) AS msdyn_actualimportid,
  0 AS statecode, 1 AS statuscode,
  ['Engineering', 'Travel', 'Material', 'Milestone', 'Fee'][class + 1] || ', entry ' || unit AS msdyn_description,
  CASE WHEN luck NOT BETWEEN 75 AND 89 THEN day END AS msdyn_accountingdate,
  day AS msdyn_documentdate, day AS msdyn_transactiondate,
  CAST(day AS TIMESTAMP) + INTERVAL 8 HOUR AS msdyn_startdatetime, CAST(day AS TIMESTAMP) + INTERVAL 16 HOUR AS msdyn_enddatetime,
  CASE WHEN role = 2 THEN 192350002 END AS msdyn_adjustmentstatus,
  CASE role WHEN 1 THEN 192350002 WHEN 2 THEN 192350000 END AS msdyn_billingstatus,
  CASE WHEN luck BETWEEN 45 AND 59 THEN NULL WHEN role = 0 AND unit % 9 = 0 THEN 192350003 ELSE 192350001 END AS msdyn_billingtype,
  [192350000, 192350005, 192350005, 192350006][role + 1] AS msdyn_transactiontypecode,
  192350000 + class AS msdyn_transactionclassification,
  CAST((unit % 8 + 1) * CASE WHEN role = 2 THEN -1 ELSE 1 END AS DECIMAL(19, 2)) AS msdyn_quantity,
  CAST((unit % 150 + 50) * CASE WHEN role = 0 THEN 1 ELSE 2 END AS DECIMAL(19, 4)) AS msdyn_price,
  msdyn_quantity * msdyn_price AS msdyn_amount,
  CASE WHEN luck BETWEEN 30 AND 44 THEN CAST(md5('nowhere' || i) AS UUID) ELSE CAST(md5('currency' || project.sold_in) AS UUID) END
    AS transactioncurrencyid,
  'Person ' || unit % 997 AS msdyn_nameofbookableresource,
  'TE-' || unit AS msdyn_externaloriginreference,
  CASE WHEN role = 3 THEN 'Work of entry ' || unit END AS msdyn_externaldescription,
  CASE WHEN luck BETWEEN 60 AND 74 THEN repeat('X', 70) WHEN class = 3 AND role = 3 THEN 'OA-' || i END AS msdyn_externalreferenceid,
  FALSE AS msdyn_isjournalized,
  CASE WHEN class = 2 THEN CAST(md5('product' || unit % 50) AS UUID) END AS msdyn_product,
  CAST(md5('unit' || CASE WHEN class = 0 THEN 0 ELSE 1 END) AS UUID) AS msdyn_unit,
  CASE WHEN luck < 15 THEN NULL WHEN luck < 30 THEN CAST(md5('nowhere' || i) AS UUID) ELSE CAST(md5('project' || p) AS UUID) END AS msdyn_project,
  CASE WHEN class < 3 THEN CAST(md5('task' || p) AS UUID) END AS msdyn_task,
  CAST(md5('category' || CASE class WHEN 3 THEN 3 WHEN 4 THEN 3 ELSE class END) AS UUID) AS msdyn_transactioncategory,
  CAST(md5('contract' || p) AS UUID) AS msdyn_salescontract,
  CASE WHEN role > 0 THEN CAST(md5('rule' || p) AS UUID) END AS msdyn_projectcontractsplitbillingrule,
  CASE WHEN role > 0 THEN 'L1' END AS msdyn_valueofsalescontractline,
  CASE WHEN role = 3 THEN CAST(md5('invoice' || invoice) AS UUID) END AS msdyn_invoice,
  role = 2 OR (class = 3 AND role < 3) AS msdyn_skipsync,
  CAST(md5('company' || p % 3) AS UUID) AS msdyn_company,
  getvariable('changed_at') - to_seconds((getvariable('last_row') - i) * getvariable('pace')) AS modifiedon, 100000 + i AS versionnumber
FROM entry_row JOIN project ON project.n = entry_row.p
ORDER BY i;

INSERT INTO finops.ProjOnAccTrans BY NAME
SELECT code AS "dataAreaId", 'OA-' || i AS "TransId", project AS "ProjID", sold_in AS "CurrencyId", 1 AS "Qty", tax AS "TaxGroupId",
  'FULL' AS "TaxItemGroupId", getvariable('changed_at') AS "ModifiedDateTime", 1 AS "RecVersion"
FROM entry_row JOIN project ON project.n = entry_row.p
WHERE class = 3 AND role = 3;

INSERT INTO dataverse.msdyn_transactionconnections BY NAME
SELECT
  CAST(md5('link' || i) AS UUID) AS msdyn_transactionconnectionid, 0 AS statecode, 1 AS statuscode,
  CASE WHEN luck = 93 THEN 'no guid' ELSE CAST(CAST(md5('record' || i) AS UUID) AS VARCHAR) END AS msdyn_transaction1,
  ['Unbilled Sales', 'Reversing', 'Billed Sales'][role] AS msdyn_transaction1role, 'msdyn_actual' AS msdyn_transaction1type,
  CAST(CAST(md5('record' || (i - CASE role WHEN 3 THEN 2 ELSE 1 END)) AS UUID) AS VARCHAR) AS msdyn_transaction2,
  ['Cost', 'Original', 'Unbilled Sales'][role] AS msdyn_transaction2role, 'msdyn_actual' AS msdyn_transaction2type,
  getvariable('changed_at') - to_seconds((getvariable('last_row') - i) * getvariable('pace')) AS modifiedon, 100000 + i AS versionnumber
FROM entry_row
WHERE role > 0 AND class <> 3
ORDER BY i;

INSERT INTO dataverse.invoices BY NAME
SELECT
  CAST(md5('invoice' || v) AS UUID) AS invoiceid, 'Invoice ' || v AS name,
  'INV-' || v || CASE WHEN v % 501 = 7 THEN '-of-a-very-long-name' ELSE '' END AS invoicenumber, 'INV-' || v AS msdyn_invoicenumber,
  FALSE AS ispricelocked, 0 AS statecode, 1 AS statuscode,
  CASE WHEN v % 401 = 11 THEN CAST(md5('nowhere' || v) AS UUID) ELSE CAST(md5('currency' || sold_in) AS UUID) END AS transactioncurrencyid,
  CASE WHEN v % 301 = 13 THEN NULL ELSE CAST(md5('contract' || n) AS UUID) END AS salesorderid, CAST(md5('account' || n) AS UUID) AS customerid,
  CASE WHEN v % 97 = 5 THEN 192350000 ELSE 192350001 END AS msdyn_ordertype,
  CASE WHEN v % 25 = 17 THEN 192350000 WHEN v % 50 = 18 THEN 192350001 ELSE 192350002 END AS msdyn_projectinvoicestatus,
  FALSE AS msdyn_hascorrections, DATE '2026-03-16' + CAST(v % 10 AS INTEGER) AS msdyn_invoiceaccountingdate, DATE '2026-04-30' AS duedate,
  CAST(md5('terms' || v % 2) AS UUID) AS msdyn_paymentterms, v % 2 = 0 AS msdyn_shouldautopost, 'Site ' || n AS shipto_name,
  CAST(md5('company' || n % 3) AS UUID) AS msdyn_company, getvariable('changed_at') - to_seconds((getvariable('last_row') - v * 20) * getvariable('pace')) AS modifiedon, 100000 + v AS versionnumber
FROM range(getvariable('first_row') // 20, getvariable('last_row') // 20) AS r (v)
JOIN project ON project.n = v % getvariable('projects')
ORDER BY v;

DROP TABLE entry_row;
