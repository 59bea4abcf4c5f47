-- Makes one whole document of all records: every entry is without fault, and all billed rows belong to the first invoice.
-- $variables: `last_row`.
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
