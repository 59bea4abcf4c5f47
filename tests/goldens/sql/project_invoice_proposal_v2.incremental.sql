-- project_invoice_proposal_v2: Project invoice proposal V2 (invoices)
-- dataverse.invoices -> finops.ProjInvoiceProposalV2, incremental

-- step 1: extract dataverse.invoices

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.invoices' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."invoiceid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."invoices" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."invoices" AS x), TRUE)
  ) AS content
FROM "dataverse"."invoices" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.msdyn_actuals' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_actualid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_actuals" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_actuals" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_actuals" AS x
UNION ALL
SELECT 'dataverse.salesorders' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."salesorders" AS x), TRUE)
  ) AS content
FROM "dataverse"."salesorders" AS x
UNION ALL
SELECT 'dataverse.accounts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."accounts" AS x), TRUE)
  ) AS content
FROM "dataverse"."accounts" AS x
UNION ALL
SELECT 'dataverse.contacts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."contactid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."contacts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."contacts" AS x), TRUE)
  ) AS content
FROM "dataverse"."contacts" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.msdyn_paymentterms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentterms" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentterms" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'project_invoice_proposal_v2' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.invoices'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."invoiceid" AS VARCHAR), '') FROM "dataverse"."invoices" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."invoices" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.invoices'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.invoices'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_invoice_proposal_v2' AND link.source_key = coalesce(CAST(source."invoiceid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."invoices" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.invoices'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."invoices" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'project_invoice_proposal_v2' AND link.source_key = coalesce(CAST(source."invoiceid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."invoices" AS source
WHERE coalesce(CAST(source."invoiceid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'project_invoice_proposal_v2' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_company.#1", x."cdm_companycode" AS "msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_company.#1" = "msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
WHERE "msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- all rows when dataverse.msdyn_actuals changed: billed
INSERT INTO examined
SELECT source.rowid, 'billed changed'
FROM "dataverse"."invoices" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_actuals'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows that look up a changed row: salesorderid
INSERT INTO examined
SELECT landed."#row", 'salesorderid changed'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "salesorderid.#1", x."msdyn_salesordernumber" AS "salesorderid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.salesorders'
  ), TRUE)
) ON "salesorderid.#1" = "salesorderid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: salesorderid
INSERT INTO examined
SELECT landed."#row", 'salesorderid gone'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
WHERE "salesorderid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."salesorders" AS x WHERE x."salesorderid" = "salesorderid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."salesorders" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: customerid.accounts
INSERT INTO examined
SELECT landed."#row", 'customerid.accounts changed'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
JOIN (
  SELECT x."accountid" AS "customerid.accounts.#1", x."accountnumber" AS "customerid.accounts.accountnumber"
  FROM "dataverse"."accounts" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.accounts'
  ), TRUE)
) ON "customerid.accounts.#1" = "customerid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: customerid.accounts
INSERT INTO examined
SELECT landed."#row", 'customerid.accounts gone'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
WHERE "customerid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."accounts" AS x WHERE x."accountid" = "customerid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."accounts" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: customerid.contacts
INSERT INTO examined
SELECT landed."#row", 'customerid.contacts changed'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
JOIN (
  SELECT x."contactid" AS "customerid.contacts.#1", x."msdyn_contactpersonid" AS "customerid.contacts.msdyn_contactpersonid"
  FROM "dataverse"."contacts" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.contacts'
  ), TRUE)
) ON "customerid.contacts.#1" = "customerid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.contacts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: customerid.contacts
INSERT INTO examined
SELECT landed."#row", 'customerid.contacts gone'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
WHERE "customerid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."contacts" AS x WHERE x."contactid" = "customerid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.contacts'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."contacts" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."contactid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."contacts" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid changed'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
JOIN (
  SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", x."isocurrencycode" AS "transactioncurrencyid.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid gone'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
WHERE "transactioncurrencyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "transactioncurrencyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentterms
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentterms changed'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymenttermid" AS "msdyn_paymentterms.#1", x."msdyn_name" AS "msdyn_paymentterms.msdyn_name"
  FROM "dataverse"."msdyn_paymentterms" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_invoice_proposal_v2' AND mark.entity = 'dataverse.msdyn_paymentterms'
  ), TRUE)
) ON "msdyn_paymentterms.#1" = "msdyn_paymentterms"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentterms
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentterms gone'
FROM (SELECT source.rowid AS "#row", source."invoiceid", source."msdyn_company", source."modifiedon", source."msdyn_ordertype", source."msdyn_projectinvoicestatus", source."invoicenumber", source."salesorderid", source."customerid", source."transactioncurrencyid", source."msdyn_invoiceaccountingdate", source."duedate", source."name", source."msdyn_paymentterms", source."shipto_name", source."msdyn_shouldautopost" FROM "dataverse"."invoices" AS source) AS landed
WHERE "msdyn_paymentterms" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."msdyn_paymenttermid" = "msdyn_paymentterms")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- delivered rows that are missing in finops.ProjInvoiceProposalV2
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "dataverse"."invoices" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'project_invoice_proposal_v2' AND link.state = 'live' AND link.source_key = coalesce(CAST(source."invoiceid" AS VARCHAR), '')
WHERE link.target = 'finops.ProjInvoiceProposalV2'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjInvoiceProposalV2" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."invoices" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."invoiceid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'project_invoice_proposal_v2' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."invoiceid" AS VARCHAR), '') FROM "dataverse"."invoices" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'project_invoice_proposal_v2' AND source_key IN (SELECT coalesce(CAST(source."invoiceid" AS VARCHAR), '') FROM "dataverse"."invoices" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."invoices") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'project_invoice_proposal_v2' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."invoiceid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."invoiceid",
    source."msdyn_company",
    source."modifiedon",
    source."msdyn_ordertype",
    source."msdyn_projectinvoicestatus",
    source."invoicenumber",
    source."salesorderid",
    source."customerid",
    source."transactioncurrencyid",
    source."msdyn_invoiceaccountingdate",
    source."duedate",
    source."name",
    source."msdyn_paymentterms",
    source."shipto_name",
    source."msdyn_shouldautopost"
  FROM "dataverse"."invoices" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_company
    SELECT x."cdm_companyid" AS "msdyn_company.#1", count(*) AS "msdyn_company.#hits", any_value(x."cdm_companycode") AS "msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companyid" IN (SELECT DISTINCT "msdyn_company" FROM "landed")
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_company.#1" = "msdyn_company"
  LEFT JOIN (  -- billed: project_invoice_proposal_v2.map.yaml:19
    SELECT x."msdyn_invoice" AS "billed.#1", x."msdyn_company" AS "billed.#2", count(*) AS "billed.#hits", count(*) AS "billed.lines", md5(coalesce(string_agg(CAST(x."msdyn_actualid" AS VARCHAR), ',' ORDER BY CAST(x."msdyn_actualid" AS VARCHAR)), '')) AS "billed.ids"
    FROM "dataverse"."msdyn_actuals" AS x
    WHERE (x."msdyn_transactiontypecode" = 192350006) AND (x."msdyn_skipsync" = FALSE) AND x."msdyn_invoice" IN (SELECT DISTINCT "invoiceid" FROM "landed") AND x."msdyn_company" IN (SELECT DISTINCT "msdyn_company" FROM "landed")
    GROUP BY x."msdyn_invoice", x."msdyn_company"
  ) ON "billed.#1" = "invoiceid" AND "billed.#2" = "msdyn_company"
  LEFT JOIN (  -- salesorderid
    SELECT x."salesorderid" AS "salesorderid.#1", count(*) AS "salesorderid.#hits", any_value(x."msdyn_salesordernumber") AS "salesorderid.msdyn_salesordernumber"
    FROM "dataverse"."salesorders" AS x
    WHERE x."salesorderid" IN (SELECT DISTINCT "salesorderid" FROM "landed")
    GROUP BY x."salesorderid"
  ) ON "salesorderid.#1" = "salesorderid"
  LEFT JOIN (  -- customerid.accounts
    SELECT x."accountid" AS "customerid.accounts.#1", count(*) AS "customerid.accounts.#hits", any_value(x."accountnumber") AS "customerid.accounts.accountnumber"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountid" IN (SELECT DISTINCT "customerid" FROM "landed")
    GROUP BY x."accountid"
  ) ON "customerid.accounts.#1" = "customerid"
  LEFT JOIN (  -- customerid.contacts
    SELECT x."contactid" AS "customerid.contacts.#1", count(*) AS "customerid.contacts.#hits", any_value(x."msdyn_contactpersonid") AS "customerid.contacts.msdyn_contactpersonid"
    FROM "dataverse"."contacts" AS x
    WHERE x."contactid" IN (SELECT DISTINCT "customerid" FROM "landed")
    GROUP BY x."contactid"
  ) ON "customerid.contacts.#1" = "customerid"
  LEFT JOIN (  -- transactioncurrencyid
    SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", count(*) AS "transactioncurrencyid.#hits", any_value(x."isocurrencycode") AS "transactioncurrencyid.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."transactioncurrencyid" IN (SELECT DISTINCT "transactioncurrencyid" FROM "landed")
    GROUP BY x."transactioncurrencyid"
  ) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
  LEFT JOIN (  -- msdyn_paymentterms
    SELECT x."msdyn_paymenttermid" AS "msdyn_paymentterms.#1", count(*) AS "msdyn_paymentterms.#hits", any_value(x."msdyn_name") AS "msdyn_paymentterms.msdyn_name"
    FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE x."msdyn_paymenttermid" IN (SELECT DISTINCT "msdyn_paymentterms" FROM "landed")
    GROUP BY x."msdyn_paymenttermid"
  ) ON "msdyn_paymentterms.#1" = "msdyn_paymentterms"
),
judged AS (
  SELECT *,
    coalesce((("msdyn_ordertype" = 192350001) AND ("msdyn_projectinvoicestatus" = 192350002)), FALSE) AS "#passes",  -- project_invoice_proposal_v2.map.yaml:14
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon project_invoice_proposal_v2.map.yaml:6
      WHEN "msdyn_company" IS NOT NULL AND ("msdyn_company.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId project_invoice_proposal_v2.map.yaml:25
      WHEN coalesce("msdyn_company.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId project_invoice_proposal_v2.map.yaml:25
      WHEN "msdyn_company.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId project_invoice_proposal_v2.map.yaml:25
      WHEN length("invoicenumber") > 20 THEN 5  -- TOO_LONG ProposalId project_invoice_proposal_v2.map.yaml:26
      WHEN (CASE WHEN (length("invoicenumber") <= 20) THEN "invoicenumber" END) IS NULL THEN 6  -- KEY_NULL ProposalId project_invoice_proposal_v2.map.yaml:26
      WHEN "salesorderid" IS NOT NULL AND ("salesorderid.#hits" IS NULL) THEN 7  -- LOOKUP_MISSING ProjInvoiceProjId project_invoice_proposal_v2.map.yaml:28
      WHEN coalesce("salesorderid.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS ProjInvoiceProjId project_invoice_proposal_v2.map.yaml:28
      WHEN length("salesorderid.msdyn_salesordernumber") > 20 THEN 9  -- TOO_LONG ProjInvoiceProjId project_invoice_proposal_v2.map.yaml:28
      WHEN (CASE WHEN (length("salesorderid.msdyn_salesordernumber") <= 20) THEN "salesorderid.msdyn_salesordernumber" END) IS NULL THEN 10  -- CONTRACT_MISSING ProjInvoiceProjId project_invoice_proposal_v2.map.yaml:28
      WHEN "customerid" IS NOT NULL AND (("customerid.accounts.#hits" IS NULL) AND ("customerid.contacts.#hits" IS NULL)) THEN 11  -- LOOKUP_MISSING InvoiceAccount project_invoice_proposal_v2.map.yaml:29
      WHEN (coalesce("customerid.accounts.#hits", 0) > 1) OR (coalesce("customerid.contacts.#hits", 0) > 1) THEN 12  -- LOOKUP_AMBIGUOUS InvoiceAccount project_invoice_proposal_v2.map.yaml:29
      WHEN coalesce(nullif("customerid.accounts.accountnumber", ''), nullif("customerid.contacts.msdyn_contactpersonid", '')) IS NULL THEN 13  -- CUSTOMER_UNKNOWN InvoiceAccount project_invoice_proposal_v2.map.yaml:29
      WHEN "transactioncurrencyid" IS NOT NULL AND ("transactioncurrencyid.#hits" IS NULL) THEN 14  -- LOOKUP_MISSING CurrencyId project_invoice_proposal_v2.map.yaml:33
      WHEN coalesce("transactioncurrencyid.#hits", 0) > 1 THEN 15  -- LOOKUP_AMBIGUOUS CurrencyId project_invoice_proposal_v2.map.yaml:33
      WHEN length("transactioncurrencyid.isocurrencycode") > 3 THEN 16  -- TOO_LONG CurrencyId project_invoice_proposal_v2.map.yaml:33
      WHEN (CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END) IS NULL THEN 17  -- REQUIRED_NULL CurrencyId project_invoice_proposal_v2.map.yaml:33
      WHEN "msdyn_paymentterms" IS NOT NULL AND ("msdyn_paymentterms.#hits" IS NULL) THEN 18  -- LOOKUP_MISSING Payment project_invoice_proposal_v2.map.yaml:37
      WHEN coalesce("msdyn_paymentterms.#hits", 0) > 1 THEN 19  -- LOOKUP_AMBIGUOUS Payment project_invoice_proposal_v2.map.yaml:37
      WHEN NOT ("msdyn_shouldautopost" IN (TRUE, FALSE)) THEN 20  -- VALUE_UNMAPPED ShouldAutoPost project_invoice_proposal_v2.map.yaml:39
      WHEN NOT ((CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN 21  -- VALUE_UNMAPPED ShouldAutoPost project_invoice_proposal_v2.map.yaml:39
      WHEN NOT ((CASE WHEN ((CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN (CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 22  -- VALUE_UNMAPPED ShouldAutoPost project_invoice_proposal_v2.map.yaml:39
      WHEN NOT ('Invoice' IN ('Invoice', 'CreditNote')) THEN 23  -- VALUE_UNMAPPED InvoiceType project_invoice_proposal_v2.map.yaml:40
      WHEN NOT (0 IN (0, 1)) THEN 24  -- VALUE_UNMAPPED Status project_invoice_proposal_v2.map.yaml:43
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_company" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_company" AS VARCHAR)
      WHEN 5 THEN CAST("invoicenumber" AS VARCHAR)
      WHEN 7 THEN CAST("salesorderid" AS VARCHAR)
      WHEN 8 THEN CAST("salesorderid" AS VARCHAR)
      WHEN 9 THEN CAST("salesorderid.msdyn_salesordernumber" AS VARCHAR)
      WHEN 10 THEN CAST((CASE WHEN (length("salesorderid.msdyn_salesordernumber") <= 20) THEN "salesorderid.msdyn_salesordernumber" END) AS VARCHAR)
      WHEN 11 THEN CAST("customerid" AS VARCHAR)
      WHEN 12 THEN CAST("customerid" AS VARCHAR)
      WHEN 13 THEN CAST(coalesce(nullif("customerid.accounts.accountnumber", ''), nullif("customerid.contacts.msdyn_contactpersonid", '')) AS VARCHAR)
      WHEN 14 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 15 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 16 THEN CAST("transactioncurrencyid.isocurrencycode" AS VARCHAR)
      WHEN 17 THEN CAST((CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END) AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_paymentterms" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_paymentterms" AS VARCHAR)
      WHEN 20 THEN CAST("msdyn_shouldautopost" AS VARCHAR)
      WHEN 21 THEN CAST((CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) AS VARCHAR)
      WHEN 22 THEN CAST((CASE WHEN ((CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN (CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) AS VARCHAR)
      WHEN 23 THEN CAST('Invoice' AS VARCHAR)
      WHEN 24 THEN CAST(0 AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company.cdm_companycode" AS "dataAreaId",  -- project_invoice_proposal_v2.map.yaml:25
    CAST(CASE WHEN (length("invoicenumber") <= 20) THEN "invoicenumber" END AS VARCHAR) AS "ProposalId",  -- project_invoice_proposal_v2.map.yaml:26
    CAST(CASE WHEN (length("salesorderid.msdyn_salesordernumber") <= 20) THEN "salesorderid.msdyn_salesordernumber" END AS VARCHAR) AS "ProjInvoiceProjId",  -- project_invoice_proposal_v2.map.yaml:28
    CAST(coalesce(nullif("customerid.accounts.accountnumber", ''), nullif("customerid.contacts.msdyn_contactpersonid", '')) AS VARCHAR) AS "InvoiceAccount",  -- project_invoice_proposal_v2.map.yaml:29
    CAST(CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END AS VARCHAR) AS "CurrencyId",  -- project_invoice_proposal_v2.map.yaml:33
    "msdyn_invoiceaccountingdate" AS "InvoiceDate",  -- project_invoice_proposal_v2.map.yaml:34
    "duedate" AS "DueDate",  -- project_invoice_proposal_v2.map.yaml:35
    CAST(substring("name", 1, 60) AS VARCHAR) AS "Description",  -- project_invoice_proposal_v2.map.yaml:36
    "msdyn_paymentterms.msdyn_name" AS "Payment",  -- project_invoice_proposal_v2.map.yaml:37
    CAST(substring("shipto_name", 1, 100) AS VARCHAR) AS "DeliveryName",  -- project_invoice_proposal_v2.map.yaml:38
    CAST(coalesce((CASE WHEN ((CASE WHEN ((CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN (CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN ((CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN (CASE "msdyn_shouldautopost" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END), 'no') AS VARCHAR) AS "ShouldAutoPost",  -- project_invoice_proposal_v2.map.yaml:39
    CAST(CASE WHEN ('Invoice' IN ('Invoice', 'CreditNote')) THEN 'Invoice' END AS VARCHAR) AS "InvoiceType",  -- project_invoice_proposal_v2.map.yaml:40
    CAST(coalesce("billed.lines", 0) AS BIGINT) AS "ExpectedLineCount",  -- project_invoice_proposal_v2.map.yaml:41
    CAST(coalesce("billed.ids", 'd41d8cd98f00b204e9800998ecf8427e') AS VARCHAR) AS "HashedListOfBillableSalesActualIds",  -- project_invoice_proposal_v2.map.yaml:42
    CAST(CASE WHEN (0 IN (0, 1)) THEN 0 END AS BIGINT) AS "Status",  -- project_invoice_proposal_v2.map.yaml:43
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProposalId" AS "ProposalId", x."Status" AS "Status", x."ProjInvoiceProjId" AS "ProjInvoiceProjId", x."InvoiceAccount" AS "InvoiceAccount", x."CurrencyId" AS "CurrencyId", x."Description" AS "Description", x."Payment" AS "Payment", x."DeliveryName" AS "DeliveryName", x."ShouldAutoPost" AS "ShouldAutoPost", x."InvoiceType" AS "InvoiceType", x."ExpectedLineCount" AS "ExpectedLineCount", x."HashedListOfBillableSalesActualIds" AS "HashedListOfBillableSalesActualIds"
  FROM "finops"."ProjInvoiceProposalV2" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjInvoiceProposalV2' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjInvoiceProposalV2" AS x WHERE x."ProposalId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ProjInvoiceProjId" IS DISTINCT FROM mapped."ProjInvoiceProjId"
      OR target."InvoiceAccount" IS DISTINCT FROM mapped."InvoiceAccount"
      OR target."CurrencyId" IS DISTINCT FROM mapped."CurrencyId"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."Payment" IS DISTINCT FROM mapped."Payment"
      OR target."DeliveryName" IS DISTINCT FROM mapped."DeliveryName"
      OR target."ShouldAutoPost" IS DISTINCT FROM mapped."ShouldAutoPost"
      OR target."InvoiceType" IS DISTINCT FROM mapped."InvoiceType"
      OR target."ExpectedLineCount" IS DISTINCT FROM mapped."ExpectedLineCount"
      OR target."HashedListOfBillableSalesActualIds" IS DISTINCT FROM mapped."HashedListOfBillableSalesActualIds") AS "#differs",
    TRUE AS "#may_create",
    coalesce((target."Status" <> 1), FALSE) AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."ProposalId" = mapped."ProposalId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 26  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 28  -- UPDATE_NOT_ALLOWED
    ELSE NULL
  END AS "#reason",
  CAST(NULL AS VARCHAR) AS "#fate"
FROM matched;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "dataAreaId", "ProposalId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "ProposalId", "ProjInvoiceProjId", "InvoiceAccount", "CurrencyId", "InvoiceDate", "DueDate", "Description", "Payment", "DeliveryName", "ShouldAutoPost", "InvoiceType", "ExpectedLineCount", "HashedListOfBillableSalesActualIds", "Status")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "ProposalId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 31 ELSE 30 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."ProposalId" = duplicates."ProposalId"
  AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done"
  AND NOT (duplicates."#same" AND shaped."#row" = duplicates."#first");

-- source keys that several rows share
CREATE OR REPLACE TEMP TABLE twice AS
SELECT "#key"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done"
GROUP BY "#key"
HAVING count(*) > 1;

-- refuse them
UPDATE shaped SET "#reason" = 30, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'project_invoice_proposal_v2' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjInvoiceProposalV2' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."invoices" AS source WHERE coalesce(CAST(source."invoiceid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 30, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."invoices" AS source
WHERE coalesce(CAST(source."invoiceid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 30, claim."#target_key"
FROM "dataverse"."invoices" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."invoiceid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 33) THEN 'rejected'
  WHEN "#reason" IN (31) THEN 'superseded'
  WHEN "#reason" IN (32) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjInvoiceProposalV2 that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjInvoiceProposalV2") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_invoice_proposal_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.invoices'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'project_invoice_proposal_v2' AND link.state = 'live' AND link.target = 'finops.ProjInvoiceProposalV2'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."invoices" AS source WHERE coalesce(CAST(source."invoiceid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."invoices" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged AND rejected > 10 THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'project_invoice_proposal_v2' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjInvoiceProposalV2") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'project_invoice_proposal_v2' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjInvoiceProposalV2") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjInvoiceProposalV2") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_invoice_proposal_v2' AND link.target = 'finops.ProjInvoiceProposalV2' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- step 4: deliver finops.ProjInvoiceProposalV2

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."ProjInvoiceProjId" AS "ProjInvoiceProjId", shaped."InvoiceAccount" AS "InvoiceAccount", shaped."CurrencyId" AS "CurrencyId", shaped."Description" AS "Description", shaped."Payment" AS "Payment", shaped."DeliveryName" AS "DeliveryName", shaped."ShouldAutoPost" AS "ShouldAutoPost", shaped."InvoiceType" AS "InvoiceType", shaped."ExpectedLineCount" AS "ExpectedLineCount", shaped."HashedListOfBillableSalesActualIds" AS "HashedListOfBillableSalesActualIds", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjInvoiceProposalV2" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of finops.ProjInvoiceProposalV2
INSERT INTO "finops"."ProjInvoiceProposalV2" ("dataAreaId", "ProposalId", "ProjInvoiceProjId", "InvoiceAccount", "CurrencyId", "InvoiceDate", "DueDate", "Description", "Payment", "DeliveryName", "ShouldAutoPost", "InvoiceType", "ExpectedLineCount", "HashedListOfBillableSalesActualIds", "Status", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ProposalId", "ProjInvoiceProjId", "InvoiceAccount", "CurrencyId", "InvoiceDate", "DueDate", "Description", "Payment", "DeliveryName", "ShouldAutoPost", "InvoiceType", "ExpectedLineCount", "HashedListOfBillableSalesActualIds", "Status", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_invoice_proposal_v2' AS leg, new."#key" AS source_key, 'finops.ProjInvoiceProposalV2' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ProjInvoiceProjId', 'old': CAST(old."ProjInvoiceProjId" AS VARCHAR), 'new': CAST(new."ProjInvoiceProjId" AS VARCHAR)},
    {'column_name': 'InvoiceAccount', 'old': CAST(old."InvoiceAccount" AS VARCHAR), 'new': CAST(new."InvoiceAccount" AS VARCHAR)},
    {'column_name': 'CurrencyId', 'old': CAST(old."CurrencyId" AS VARCHAR), 'new': CAST(new."CurrencyId" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'Payment', 'old': CAST(old."Payment" AS VARCHAR), 'new': CAST(new."Payment" AS VARCHAR)},
    {'column_name': 'DeliveryName', 'old': CAST(old."DeliveryName" AS VARCHAR), 'new': CAST(new."DeliveryName" AS VARCHAR)},
    {'column_name': 'ShouldAutoPost', 'old': CAST(old."ShouldAutoPost" AS VARCHAR), 'new': CAST(new."ShouldAutoPost" AS VARCHAR)},
    {'column_name': 'InvoiceType', 'old': CAST(old."InvoiceType" AS VARCHAR), 'new': CAST(new."InvoiceType" AS VARCHAR)},
    {'column_name': 'ExpectedLineCount', 'old': CAST(old."ExpectedLineCount" AS VARCHAR), 'new': CAST(new."ExpectedLineCount" AS VARCHAR)},
    {'column_name': 'HashedListOfBillableSalesActualIds', 'old': CAST(old."HashedListOfBillableSalesActualIds" AS VARCHAR), 'new': CAST(new."HashedListOfBillableSalesActualIds" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjInvoiceProposalV2" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "finops"."ProjInvoiceProposalV2" AS t SET "ProjInvoiceProjId" = updates."ProjInvoiceProjId", "InvoiceAccount" = updates."InvoiceAccount", "CurrencyId" = updates."CurrencyId", "Description" = updates."Description", "Payment" = updates."Payment", "DeliveryName" = updates."DeliveryName", "ShouldAutoPost" = updates."ShouldAutoPost", "InvoiceType" = updates."InvoiceType", "ExpectedLineCount" = updates."ExpectedLineCount", "HashedListOfBillableSalesActualIds" = updates."HashedListOfBillableSalesActualIds", "ModifiedDateTime" = updates."ModifiedDateTime", "RecVersion" = updates."RecVersion"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'project_invoice_proposal_v2' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."invoiceid" AS VARCHAR), '') FROM "dataverse"."invoices" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT
  open.source_key, open.first_run, open.first_seen, open.attempts, open.rowid AS "#entry",
  coalesce(count(*) OVER (PARTITION BY open.source_key) = 1
    AND open.fate = shaped."#fate" AND open.code = reason.code AND open.column_name = reason.column_name AND open.place = reason.place
    AND open.value IS NOT DISTINCT FROM shaped."#value" AND open.digest = $digest
    AND shaped."#row" NOT IN (SELECT "#row" FROM examined WHERE why = 'changed'), FALSE) AS "#same"
FROM crosswalk.rejects AS open
JOIN shaped ON shaped."#key" = open.source_key
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_invoice_proposal_v2.map.yaml:25'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_invoice_proposal_v2.map.yaml:25'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'project_invoice_proposal_v2.map.yaml:25'),
  (5, 'TOO_LONG', 'ProposalId', /* place */ 'project_invoice_proposal_v2.map.yaml:26'),
  (6, 'KEY_NULL', 'ProposalId', /* place */ 'project_invoice_proposal_v2.map.yaml:26'),
  (7, 'LOOKUP_MISSING', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (8, 'LOOKUP_AMBIGUOUS', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (9, 'TOO_LONG', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (10, 'CONTRACT_MISSING', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (11, 'LOOKUP_MISSING', 'InvoiceAccount', /* place */ 'project_invoice_proposal_v2.map.yaml:29'),
  (12, 'LOOKUP_AMBIGUOUS', 'InvoiceAccount', /* place */ 'project_invoice_proposal_v2.map.yaml:29'),
  (13, 'CUSTOMER_UNKNOWN', 'InvoiceAccount', /* place */ 'project_invoice_proposal_v2.map.yaml:29'),
  (14, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (15, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (16, 'TOO_LONG', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (17, 'REQUIRED_NULL', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (18, 'LOOKUP_MISSING', 'Payment', /* place */ 'project_invoice_proposal_v2.map.yaml:37'),
  (19, 'LOOKUP_AMBIGUOUS', 'Payment', /* place */ 'project_invoice_proposal_v2.map.yaml:37'),
  (20, 'VALUE_UNMAPPED', 'ShouldAutoPost', /* place */ 'project_invoice_proposal_v2.map.yaml:39'),
  (21, 'VALUE_UNMAPPED', 'ShouldAutoPost', /* place */ 'project_invoice_proposal_v2.map.yaml:39'),
  (22, 'VALUE_UNMAPPED', 'ShouldAutoPost', /* place */ 'project_invoice_proposal_v2.map.yaml:39'),
  (23, 'VALUE_UNMAPPED', 'InvoiceType', /* place */ 'project_invoice_proposal_v2.map.yaml:40'),
  (24, 'VALUE_UNMAPPED', 'Status', /* place */ 'project_invoice_proposal_v2.map.yaml:43'),
  (25, 'TARGET_EXISTS', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (26, 'TARGET_MISSING', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (27, 'TARGET_DUPLICATE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (28, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (29, 'CONFLICT_STALE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (30, 'KEY_DUPLICATE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (31, 'SUPERSEDED', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (32, 'SET_INCOMPLETE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (33, 'TARGET_REFUSED', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'project_invoice_proposal_v2' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'project_invoice_proposal_v2' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'project_invoice_proposal_v2' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('invoiceid', CAST(source."invoiceid" AS VARCHAR), 'emailaddress', CAST(source."emailaddress" AS VARCHAR), 'name', CAST(source."name" AS VARCHAR), 'processid', CAST(source."processid" AS VARCHAR), 'stageid', CAST(source."stageid" AS VARCHAR), 'traversedpath', CAST(source."traversedpath" AS VARCHAR), 'billto_city', CAST(source."billto_city" AS VARCHAR), 'billto_composite', CAST(source."billto_composite" AS VARCHAR), 'billto_country', CAST(source."billto_country" AS VARCHAR), 'billto_fax', CAST(source."billto_fax" AS VARCHAR), 'billto_line1', CAST(source."billto_line1" AS VARCHAR), 'billto_line2', CAST(source."billto_line2" AS VARCHAR), 'billto_line3', CAST(source."billto_line3" AS VARCHAR), 'billto_name', CAST(source."billto_name" AS VARCHAR), 'billto_postalcode', CAST(source."billto_postalcode" AS VARCHAR), 'billto_stateorprovince', CAST(source."billto_stateorprovince" AS VARCHAR), 'billto_telephone', CAST(source."billto_telephone" AS VARCHAR), 'datedelivered', CAST(source."datedelivered" AS VARCHAR), 'description', CAST(source."description" AS VARCHAR), 'discountamount', CAST(source."discountamount" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'exchangerate', CAST(source."exchangerate" AS VARCHAR), 'discountamount_base', CAST(source."discountamount_base" AS VARCHAR), 'discountpercentage', CAST(source."discountpercentage" AS VARCHAR), 'duedate', CAST(source."duedate" AS VARCHAR), 'freightamount', CAST(source."freightamount" AS VARCHAR), 'freightamount_base', CAST(source."freightamount_base" AS VARCHAR), 'invoicenumber', CAST(source."invoicenumber" AS VARCHAR), 'ispricelocked', CAST(source."ispricelocked" AS VARCHAR), 'lastbackofficesubmit', CAST(source."lastbackofficesubmit" AS VARCHAR), 'opportunityid', CAST(source."opportunityid" AS VARCHAR), 'paymenttermscode', CAST(source."paymenttermscode" AS VARCHAR), 'pricelevelid', CAST(source."pricelevelid" AS VARCHAR), 'pricingerrorcode', CAST(source."pricingerrorcode" AS VARCHAR), 'prioritycode', CAST(source."prioritycode" AS VARCHAR), 'salesorderid', CAST(source."salesorderid" AS VARCHAR), 'shippingmethodcode', CAST(source."shippingmethodcode" AS VARCHAR), 'shipto_city', CAST(source."shipto_city" AS VARCHAR), 'shipto_composite', CAST(source."shipto_composite" AS VARCHAR), 'shipto_country', CAST(source."shipto_country" AS VARCHAR), 'shipto_fax', CAST(source."shipto_fax" AS VARCHAR), 'shipto_freighttermscode', CAST(source."shipto_freighttermscode" AS VARCHAR), 'shipto_line1', CAST(source."shipto_line1" AS VARCHAR), 'shipto_line2', CAST(source."shipto_line2" AS VARCHAR), 'shipto_line3', CAST(source."shipto_line3" AS VARCHAR), 'shipto_name', CAST(source."shipto_name" AS VARCHAR), 'shipto_postalcode', CAST(source."shipto_postalcode" AS VARCHAR), 'shipto_stateorprovince', CAST(source."shipto_stateorprovince" AS VARCHAR), 'shipto_telephone', CAST(source."shipto_telephone" AS VARCHAR), 'statecode', CAST(source."statecode" AS VARCHAR), 'statuscode', CAST(source."statuscode" AS VARCHAR), 'totalamount', CAST(source."totalamount" AS VARCHAR), 'totalamount_base', CAST(source."totalamount_base" AS VARCHAR), 'totalamountlessfreight', CAST(source."totalamountlessfreight" AS VARCHAR), 'totalamountlessfreight_base', CAST(source."totalamountlessfreight_base" AS VARCHAR), 'totaldiscountamount', CAST(source."totaldiscountamount" AS VARCHAR), 'totaldiscountamount_base', CAST(source."totaldiscountamount_base" AS VARCHAR), 'totallineitemamount', CAST(source."totallineitemamount" AS VARCHAR), 'totallineitemamount_base', CAST(source."totallineitemamount_base" AS VARCHAR), 'totallineitemdiscountamount', CAST(source."totallineitemdiscountamount" AS VARCHAR), 'totallineitemdiscountamount_base', CAST(source."totallineitemdiscountamount_base" AS VARCHAR), 'totaltax', CAST(source."totaltax" AS VARCHAR), 'totaltax_base', CAST(source."totaltax_base" AS VARCHAR), 'willcall', CAST(source."willcall" AS VARCHAR), 'slaid', CAST(source."slaid" AS VARCHAR), 'slainvokedid', CAST(source."slainvokedid" AS VARCHAR), 'onholdtime', CAST(source."onholdtime" AS VARCHAR), 'lastonholdtime', CAST(source."lastonholdtime" AS VARCHAR), 'entityimageid', CAST(source."entityimageid" AS VARCHAR), 'accountid', CAST(source."accountid" AS VARCHAR), 'contactid', CAST(source."contactid" AS VARCHAR), 'msdyn_billtocontactname', CAST(source."msdyn_billtocontactname" AS VARCHAR), 'msdyn_hascorrections', CAST(source."msdyn_hascorrections" AS VARCHAR), 'msdyn_ordertype', CAST(source."msdyn_ordertype" AS VARCHAR), 'msdyn_projectinvoicestatus', CAST(source."msdyn_projectinvoicestatus" AS VARCHAR), 'msdyn_invoicenumber', CAST(source."msdyn_invoicenumber" AS VARCHAR), 'msdyn_invoicedate', CAST(source."msdyn_invoicedate" AS VARCHAR), 'msdyn_ledgervoucher', CAST(source."msdyn_ledgervoucher" AS VARCHAR), 'msdyn_contactperson', CAST(source."msdyn_contactperson" AS VARCHAR), 'msdyn_paymentterms', CAST(source."msdyn_paymentterms" AS VARCHAR), 'customerid', CAST(source."customerid" AS VARCHAR), 'msdyn_invoiceaccountingdate', CAST(source."msdyn_invoiceaccountingdate" AS VARCHAR), 'msdyn_shouldautopost', CAST(source."msdyn_shouldautopost" AS VARCHAR), 'msdyn_customerinvoicenumber', CAST(source."msdyn_customerinvoicenumber" AS VARCHAR), 'msdyn_customerinvoicedate', CAST(source."msdyn_customerinvoicedate" AS VARCHAR), 'msdyn_accountingtaxamount', CAST(source."msdyn_accountingtaxamount" AS VARCHAR), 'msdyn_company', CAST(source."msdyn_company" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_invoice_proposal_v2.map.yaml:25'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_invoice_proposal_v2.map.yaml:25'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'project_invoice_proposal_v2.map.yaml:25'),
  (5, 'TOO_LONG', 'ProposalId', /* place */ 'project_invoice_proposal_v2.map.yaml:26'),
  (6, 'KEY_NULL', 'ProposalId', /* place */ 'project_invoice_proposal_v2.map.yaml:26'),
  (7, 'LOOKUP_MISSING', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (8, 'LOOKUP_AMBIGUOUS', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (9, 'TOO_LONG', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (10, 'CONTRACT_MISSING', 'ProjInvoiceProjId', /* place */ 'project_invoice_proposal_v2.map.yaml:28'),
  (11, 'LOOKUP_MISSING', 'InvoiceAccount', /* place */ 'project_invoice_proposal_v2.map.yaml:29'),
  (12, 'LOOKUP_AMBIGUOUS', 'InvoiceAccount', /* place */ 'project_invoice_proposal_v2.map.yaml:29'),
  (13, 'CUSTOMER_UNKNOWN', 'InvoiceAccount', /* place */ 'project_invoice_proposal_v2.map.yaml:29'),
  (14, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (15, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (16, 'TOO_LONG', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (17, 'REQUIRED_NULL', 'CurrencyId', /* place */ 'project_invoice_proposal_v2.map.yaml:33'),
  (18, 'LOOKUP_MISSING', 'Payment', /* place */ 'project_invoice_proposal_v2.map.yaml:37'),
  (19, 'LOOKUP_AMBIGUOUS', 'Payment', /* place */ 'project_invoice_proposal_v2.map.yaml:37'),
  (20, 'VALUE_UNMAPPED', 'ShouldAutoPost', /* place */ 'project_invoice_proposal_v2.map.yaml:39'),
  (21, 'VALUE_UNMAPPED', 'ShouldAutoPost', /* place */ 'project_invoice_proposal_v2.map.yaml:39'),
  (22, 'VALUE_UNMAPPED', 'ShouldAutoPost', /* place */ 'project_invoice_proposal_v2.map.yaml:39'),
  (23, 'VALUE_UNMAPPED', 'InvoiceType', /* place */ 'project_invoice_proposal_v2.map.yaml:40'),
  (24, 'VALUE_UNMAPPED', 'Status', /* place */ 'project_invoice_proposal_v2.map.yaml:43'),
  (25, 'TARGET_EXISTS', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (26, 'TARGET_MISSING', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (27, 'TARGET_DUPLICATE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (28, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (29, 'CONFLICT_STALE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (30, 'KEY_DUPLICATE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (31, 'SUPERSEDED', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (32, 'SET_INCOMPLETE', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6'),
  (33, 'TARGET_REFUSED', '', /* place */ 'project_invoice_proposal_v2.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."invoices" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'project_invoice_proposal_v2' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'project_invoice_proposal_v2' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjInvoiceProposalV2' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'project_invoice_proposal_v2' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjInvoiceProposalV2' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'project_invoice_proposal_v2' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'project_invoice_proposal_v2' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'project_invoice_proposal_v2';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'project_invoice_proposal_v2' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
