-- vendor_invoice_lines: Project Operations integration project vendor invoice line export entity (msdyn_projectvendorinvoicelines)
-- finops.ProjVendInvoiceLineExportEntity -> dataverse.msdyn_projectvendorinvoicelines, incremental

-- step 1: extract finops.ProjVendInvoiceLineExportEntity

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjVendInvoiceLineExportEntity' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."PROJTRANSID" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjVendInvoiceLineExportEntity" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjVendInvoiceLineExportEntity" AS x), TRUE)
  ) AS content
FROM "finops"."ProjVendInvoiceLineExportEntity" AS x
UNION ALL
SELECT 'dataverse.uoms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."uomid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."uoms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."uoms" AS x), TRUE)
  ) AS content
FROM "dataverse"."uoms" AS x
UNION ALL
SELECT 'dataverse.msdyn_transactioncategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactioncategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactioncategories" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.accounts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."accounts" AS x), TRUE)
  ) AS content
FROM "dataverse"."accounts" AS x
UNION ALL
SELECT 'dataverse.msdyn_projectvendorinvoices' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectvendorinvoiceid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projectvendorinvoices" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projectvendorinvoices" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projectvendorinvoices" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.bookableresourcecategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."bookableresourcecategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."bookableresourcecategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."bookableresourcecategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."bookableresourcecategories" AS x
UNION ALL
SELECT 'dataverse.msdyn_projects' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projects" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projects" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'vendor_invoice_lines' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceLineExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') FROM "finops"."ProjVendInvoiceLineExportEntity" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceLineExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendor_invoice_lines' AND mark.entity = 'finops.ProjVendInvoiceLineExportEntity'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendor_invoice_lines' AND link.source_key = coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceLineExportEntity'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjVendInvoiceLineExportEntity" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'vendor_invoice_lines' AND link.source_key = coalesce(CAST(source."PROJTRANSID" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'vendor_invoice_lines' AND open.state = 'open'
);

-- all rows when dataverse.uoms changed: msdyn_unit:uoms
INSERT INTO examined
SELECT source.rowid, 'msdyn_unit:uoms changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.uoms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_transactioncategories changed: msdyn_transactioncategory:msdyn_transactioncategories
INSERT INTO examined
SELECT source.rowid, 'msdyn_transactioncategory:msdyn_transactioncategories changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.accounts changed: msdyn_vendor:accounts
INSERT INTO examined
SELECT source.rowid, 'msdyn_vendor:accounts changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_projectvendorinvoices changed: msdyn_vendorinvoice:msdyn_projectvendorinvoices
INSERT INTO examined
SELECT source.rowid, 'msdyn_vendorinvoice:msdyn_projectvendorinvoices changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectvendorinvoices'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: transactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'transactioncurrencyid:transactioncurrencies changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.bookableresourcecategories changed: msdyn_resourcecategory:bookableresourcecategories
INSERT INTO examined
SELECT source.rowid, 'msdyn_resourcecategory:bookableresourcecategories changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.bookableresourcecategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.cdm_companies changed: msdyn_owningcompany:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_owningcompany:cdm_companies changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_projects changed: msdyn_project:msdyn_projects
INSERT INTO examined
SELECT source.rowid, 'msdyn_project:msdyn_projects changed'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'vendor_invoice_lines' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') FROM "finops"."ProjVendInvoiceLineExportEntity" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'vendor_invoice_lines' AND source_key IN (SELECT coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') FROM "finops"."ProjVendInvoiceLineExportEntity" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjVendInvoiceLineExportEntity") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'vendor_invoice_lines' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."PROJTRANSID",
    source."DAREAID",
    source."ModifiedDateTime",
    source."PROJID",
    source."PURCHPRICE",
    source."PURCHUNIT",
    source."QTYRECEIVENOW",
    source."TRANSACTIONCATEGORYID",
    source."VENDORINVOICENUM",
    source."INVOICEACCOUNT",
    source."CURRENCYCODE",
    source."BILLINGTYPE",
    source."CATEGORYTYPE",
    source."ROLEID",
    source."PROJDATAAREAID"
  FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_unit:uoms
    SELECT x."msdyn_symbol" AS "msdyn_unit:uoms.#1", count(*) AS "msdyn_unit:uoms.#hits", any_value(x."uomid") AS "msdyn_unit:uoms.uomid"
    FROM "dataverse"."uoms" AS x
    WHERE x."msdyn_symbol" IN (SELECT DISTINCT nullif("PURCHUNIT", '') FROM "landed")
    GROUP BY x."msdyn_symbol"
  ) ON "msdyn_unit:uoms.#1" = nullif("PURCHUNIT", '')
  LEFT JOIN (  -- msdyn_transactioncategory:msdyn_transactioncategories
    SELECT x."msdyn_transactioncategorynumber" AS "msdyn_transactioncategory:msdyn_transactioncategories.#1", count(*) AS "msdyn_transactioncategory:msdyn_transactioncategories.#hits", any_value(x."msdyn_transactioncategoryid") AS "msdyn_transactioncategory:msdyn_transactioncategories.msdyn_transactioncategoryid"
    FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE x."msdyn_transactioncategorynumber" IN (SELECT DISTINCT nullif("TRANSACTIONCATEGORYID", '') FROM "landed")
    GROUP BY x."msdyn_transactioncategorynumber"
  ) ON "msdyn_transactioncategory:msdyn_transactioncategories.#1" = nullif("TRANSACTIONCATEGORYID", '')
  LEFT JOIN (  -- msdyn_company:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_company:cdm_companies.#1", count(*) AS "msdyn_company:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_company:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("DAREAID", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_company:cdm_companies.#1" = nullif("DAREAID", '')
  LEFT JOIN (  -- msdyn_vendor:accounts
    SELECT x."accountnumber" AS "msdyn_vendor:accounts.#1", x."msdyn_company" AS "msdyn_vendor:accounts.#2", count(*) AS "msdyn_vendor:accounts.#hits", any_value(x."accountid") AS "msdyn_vendor:accounts.accountid"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountnumber" IN (SELECT DISTINCT nullif("INVOICEACCOUNT", '') FROM "landed")
    GROUP BY x."accountnumber", x."msdyn_company"
  ) ON "msdyn_vendor:accounts.#1" = nullif("INVOICEACCOUNT", '') AND "msdyn_vendor:accounts.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_vendorinvoice:msdyn_projectvendorinvoices
    SELECT x."msdyn_vendorinvoicenumber" AS "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#1", x."msdyn_vendor" AS "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#2", x."msdyn_owningcompany" AS "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#3", count(*) AS "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#hits", any_value(x."msdyn_projectvendorinvoiceid") AS "msdyn_vendorinvoice:msdyn_projectvendorinvoices.msdyn_projectvendorinvoiceid"
    FROM "dataverse"."msdyn_projectvendorinvoices" AS x
    WHERE x."msdyn_vendorinvoicenumber" IN (SELECT DISTINCT nullif("VENDORINVOICENUM", '') FROM "landed")
    GROUP BY x."msdyn_vendorinvoicenumber", x."msdyn_vendor", x."msdyn_owningcompany"
  ) ON "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#1" = nullif("VENDORINVOICENUM", '') AND "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#2" = "msdyn_vendor:accounts.accountid" AND "msdyn_vendorinvoice:msdyn_projectvendorinvoices.#3" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- transactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "transactioncurrencyid:transactioncurrencies.#1", count(*) AS "transactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "transactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("CURRENCYCODE", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "transactioncurrencyid:transactioncurrencies.#1" = nullif("CURRENCYCODE", '')
  LEFT JOIN (  -- msdyn_resourcecategory:bookableresourcecategories
    SELECT x."msdyn_resourcecategorynumber" AS "msdyn_resourcecategory:bookableresourcecategories.#1", count(*) AS "msdyn_resourcecategory:bookableresourcecategories.#hits", any_value(x."bookableresourcecategoryid") AS "msdyn_resourcecategory:bookableresourcecategories.bookableresourcecategoryid"
    FROM "dataverse"."bookableresourcecategories" AS x
    WHERE x."msdyn_resourcecategorynumber" IN (SELECT DISTINCT nullif("ROLEID", '') FROM "landed")
    GROUP BY x."msdyn_resourcecategorynumber"
  ) ON "msdyn_resourcecategory:bookableresourcecategories.#1" = nullif("ROLEID", '')
  LEFT JOIN (  -- msdyn_owningcompany:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_owningcompany:cdm_companies.#1", count(*) AS "msdyn_owningcompany:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_owningcompany:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("PROJDATAAREAID", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_owningcompany:cdm_companies.#1" = nullif("PROJDATAAREAID", '')
  LEFT JOIN (  -- msdyn_project:msdyn_projects
    SELECT x."msdyn_projectnumber" AS "msdyn_project:msdyn_projects.#1", x."msdyn_owningcompany" AS "msdyn_project:msdyn_projects.#2", count(*) AS "msdyn_project:msdyn_projects.#hits", any_value(x."msdyn_projectid") AS "msdyn_project:msdyn_projects.msdyn_projectid"
    FROM "dataverse"."msdyn_projects" AS x
    WHERE x."msdyn_projectnumber" IN (SELECT DISTINCT nullif("PROJID", '') FROM "landed")
    GROUP BY x."msdyn_projectnumber", x."msdyn_owningcompany"
  ) ON "msdyn_project:msdyn_projects.#1" = nullif("PROJID", '') AND "msdyn_project:msdyn_projects.#2" = "msdyn_owningcompany:cdm_companies.cdm_companyid"
),
judged AS (
  SELECT *,
    coalesce(("PROJID" IS NOT NULL), FALSE) AS "#passes",  -- vendor_invoice_lines.map.yaml:14
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime vendor_invoice_lines.map.yaml:7
      WHEN NOT (abs(CAST(round("PURCHPRICE", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 2  -- OUT_OF_RANGE msdyn_price vendor_invoice_lines.map.yaml:20
      WHEN (nullif("PURCHUNIT", '') IS NOT NULL) AND ("msdyn_unit:uoms.#hits" IS NULL) THEN 3  -- LOOKUP_MISSING msdyn_unit vendor_invoice_lines.map.yaml:21
      WHEN coalesce("msdyn_unit:uoms.#hits", 0) > 1 THEN 4  -- LOOKUP_AMBIGUOUS msdyn_unit vendor_invoice_lines.map.yaml:21
      WHEN NOT (abs(CAST(round("QTYRECEIVENOW", 2) AS DECIMAL(29, 2))) < CAST(100000000000000000 AS DECIMAL(29, 2))) THEN 5  -- OUT_OF_RANGE msdyn_quantity vendor_invoice_lines.map.yaml:22
      WHEN (nullif("TRANSACTIONCATEGORYID", '') IS NOT NULL) AND ("msdyn_transactioncategory:msdyn_transactioncategories.#hits" IS NULL) THEN 6  -- LOOKUP_MISSING msdyn_transactioncategory vendor_invoice_lines.map.yaml:23
      WHEN coalesce("msdyn_transactioncategory:msdyn_transactioncategories.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS msdyn_transactioncategory vendor_invoice_lines.map.yaml:23
      WHEN (nullif("INVOICEACCOUNT", '') IS NOT NULL) AND ("msdyn_vendor:accounts.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN coalesce("msdyn_vendor:accounts.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN (nullif("DAREAID", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 10  -- LOOKUP_MISSING msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 11  -- LOOKUP_AMBIGUOUS msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN ((nullif("VENDORINVOICENUM", '') IS NOT NULL) OR ("msdyn_vendor:accounts.accountid" IS NOT NULL) OR ("msdyn_company:cdm_companies.cdm_companyid" IS NOT NULL)) AND ((nullif("VENDORINVOICENUM", '') IS NULL) OR ("msdyn_vendor:accounts.accountid" IS NULL) OR ("msdyn_company:cdm_companies.cdm_companyid" IS NULL)) THEN 12  -- REFERENCE_INCOMPLETE msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN ((nullif("VENDORINVOICENUM", '') IS NOT NULL) OR ("msdyn_vendor:accounts.accountid" IS NOT NULL) OR ("msdyn_company:cdm_companies.cdm_companyid" IS NOT NULL)) AND ("msdyn_vendorinvoice:msdyn_projectvendorinvoices.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN coalesce("msdyn_vendorinvoice:msdyn_projectvendorinvoices.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS msdyn_vendorinvoice vendor_invoice_lines.map.yaml:24
      WHEN (nullif("CURRENCYCODE", '') IS NOT NULL) AND ("transactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING transactioncurrencyid vendor_invoice_lines.map.yaml:28
      WHEN coalesce("transactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS transactioncurrencyid vendor_invoice_lines.map.yaml:28
      WHEN NOT ((CASE "BILLINGTYPE" WHEN 'nonChargeable' THEN 192350000 WHEN 'chargeable' THEN 192350001 WHEN 'complimentary' THEN 192350002 WHEN 'notAvailable' THEN 192350003 ELSE NULL END) IN (192350000, 192350001, 192350002, 192350003)) THEN 17  -- VALUE_UNMAPPED msdyn_billingtype vendor_invoice_lines.map.yaml:29
      WHEN NOT ("CATEGORYTYPE" IN ('Hour', 'Expense', 'Item', 'Fee')) THEN 18  -- VALUE_UNMAPPED msdyn_transactionclassification vendor_invoice_lines.map.yaml:33
      WHEN NOT ((CASE "CATEGORYTYPE" WHEN 'Hour' THEN 192350000 WHEN 'Expense' THEN 192350001 WHEN 'Item' THEN 192350002 WHEN 'Fee' THEN 192350004 ELSE NULL END) IN (192350000, 192350001, 192350002, 192350003, 192350004)) THEN 19  -- VALUE_UNMAPPED msdyn_transactionclassification vendor_invoice_lines.map.yaml:33
      WHEN (nullif("ROLEID", '') IS NOT NULL) AND ("msdyn_resourcecategory:bookableresourcecategories.#hits" IS NULL) THEN 20  -- LOOKUP_MISSING msdyn_resourcecategory vendor_invoice_lines.map.yaml:36
      WHEN coalesce("msdyn_resourcecategory:bookableresourcecategories.#hits", 0) > 1 THEN 21  -- LOOKUP_AMBIGUOUS msdyn_resourcecategory vendor_invoice_lines.map.yaml:36
      WHEN (nullif("PROJDATAAREAID", '') IS NOT NULL) AND ("msdyn_owningcompany:cdm_companies.#hits" IS NULL) THEN 22  -- LOOKUP_MISSING msdyn_project vendor_invoice_lines.map.yaml:37
      WHEN coalesce("msdyn_owningcompany:cdm_companies.#hits", 0) > 1 THEN 23  -- LOOKUP_AMBIGUOUS msdyn_project vendor_invoice_lines.map.yaml:37
      WHEN ((nullif("PROJID", '') IS NOT NULL) OR ("msdyn_owningcompany:cdm_companies.cdm_companyid" IS NOT NULL)) AND ((nullif("PROJID", '') IS NULL) OR ("msdyn_owningcompany:cdm_companies.cdm_companyid" IS NULL)) THEN 24  -- REFERENCE_INCOMPLETE msdyn_project vendor_invoice_lines.map.yaml:37
      WHEN ((nullif("PROJID", '') IS NOT NULL) OR ("msdyn_owningcompany:cdm_companies.cdm_companyid" IS NOT NULL)) AND ("msdyn_project:msdyn_projects.#hits" IS NULL) THEN 25  -- LOOKUP_MISSING msdyn_project vendor_invoice_lines.map.yaml:37
      WHEN coalesce("msdyn_project:msdyn_projects.#hits", 0) > 1 THEN 26  -- LOOKUP_AMBIGUOUS msdyn_project vendor_invoice_lines.map.yaml:37
      WHEN (nullif("DAREAID", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 27  -- LOOKUP_MISSING msdyn_owningcompany vendor_invoice_lines.map.yaml:39
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 28  -- LOOKUP_AMBIGUOUS msdyn_owningcompany vendor_invoice_lines.map.yaml:39
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(CAST(round("PURCHPRICE", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 3 THEN CAST(('dataverse.uoms: ' || coalesce(CAST(nullif("PURCHUNIT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 4 THEN CAST(('dataverse.uoms: ' || coalesce(CAST(nullif("PURCHUNIT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST(CAST(round("QTYRECEIVENOW", 2) AS DECIMAL(29, 2)) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.msdyn_transactioncategories: ' || coalesce(CAST(nullif("TRANSACTIONCATEGORYID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.msdyn_transactioncategories: ' || coalesce(CAST(nullif("TRANSACTIONCATEGORYID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICEACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICEACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("DAREAID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("DAREAID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_projectvendorinvoices: ' || (replace(replace(coalesce(CAST(nullif("VENDORINVOICENUM", '') AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_vendor:accounts.accountid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_company:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.msdyn_projectvendorinvoices: ' || (replace(replace(coalesce(CAST(nullif("VENDORINVOICENUM", '') AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_vendor:accounts.accountid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_company:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.msdyn_projectvendorinvoices: ' || (replace(replace(coalesce(CAST(nullif("VENDORINVOICENUM", '') AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_vendor:accounts.accountid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_company:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 17 THEN CAST((CASE "BILLINGTYPE" WHEN 'nonChargeable' THEN 192350000 WHEN 'chargeable' THEN 192350001 WHEN 'complimentary' THEN 192350002 WHEN 'notAvailable' THEN 192350003 ELSE NULL END) AS VARCHAR)
      WHEN 18 THEN CAST("CATEGORYTYPE" AS VARCHAR)
      WHEN 19 THEN CAST((CASE "CATEGORYTYPE" WHEN 'Hour' THEN 192350000 WHEN 'Expense' THEN 192350001 WHEN 'Item' THEN 192350002 WHEN 'Fee' THEN 192350004 ELSE NULL END) AS VARCHAR)
      WHEN 20 THEN CAST(('dataverse.bookableresourcecategories: ' || coalesce(CAST(nullif("ROLEID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 21 THEN CAST(('dataverse.bookableresourcecategories: ' || coalesce(CAST(nullif("ROLEID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 22 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("PROJDATAAREAID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 23 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("PROJDATAAREAID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 24 THEN CAST(('dataverse.msdyn_projects: ' || (replace(replace(coalesce(CAST(nullif("PROJID", '') AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_owningcompany:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 25 THEN CAST(('dataverse.msdyn_projects: ' || (replace(replace(coalesce(CAST(nullif("PROJID", '') AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_owningcompany:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 26 THEN CAST(('dataverse.msdyn_projects: ' || (replace(replace(coalesce(CAST(nullif("PROJID", '') AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_owningcompany:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 27 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("DAREAID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 28 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("DAREAID", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "PROJTRANSID" AS "msdyn_externalinvoiceline",  -- vendor_invoice_lines.map.yaml:18
    CAST(CASE WHEN (abs(CAST(round("PURCHPRICE", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("PURCHPRICE", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_price",  -- vendor_invoice_lines.map.yaml:20
    "msdyn_unit:uoms.uomid" AS "msdyn_unit",  -- vendor_invoice_lines.map.yaml:21
    CAST(CASE WHEN (abs(CAST(round("QTYRECEIVENOW", 2) AS DECIMAL(29, 2))) < CAST(100000000000000000 AS DECIMAL(29, 2))) THEN CAST(CAST(round("QTYRECEIVENOW", 2) AS DECIMAL(29, 2)) AS DECIMAL(19, 2)) END AS DECIMAL(19, 2)) AS "msdyn_quantity",  -- vendor_invoice_lines.map.yaml:22
    "msdyn_transactioncategory:msdyn_transactioncategories.msdyn_transactioncategoryid" AS "msdyn_transactioncategory",  -- vendor_invoice_lines.map.yaml:23
    "msdyn_vendorinvoice:msdyn_projectvendorinvoices.msdyn_projectvendorinvoiceid" AS "msdyn_vendorinvoice",  -- vendor_invoice_lines.map.yaml:24
    "transactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS "transactioncurrencyid",  -- vendor_invoice_lines.map.yaml:28
    CAST(CASE WHEN ((CASE "BILLINGTYPE" WHEN 'nonChargeable' THEN 192350000 WHEN 'chargeable' THEN 192350001 WHEN 'complimentary' THEN 192350002 WHEN 'notAvailable' THEN 192350003 ELSE NULL END) IN (192350000, 192350001, 192350002, 192350003)) THEN (CASE "BILLINGTYPE" WHEN 'nonChargeable' THEN 192350000 WHEN 'chargeable' THEN 192350001 WHEN 'complimentary' THEN 192350002 WHEN 'notAvailable' THEN 192350003 ELSE NULL END) END AS BIGINT) AS "msdyn_billingtype",  -- vendor_invoice_lines.map.yaml:29
    CAST(CASE WHEN ((CASE "CATEGORYTYPE" WHEN 'Hour' THEN 192350000 WHEN 'Expense' THEN 192350001 WHEN 'Item' THEN 192350002 WHEN 'Fee' THEN 192350004 ELSE NULL END) IN (192350000, 192350001, 192350002, 192350003, 192350004)) THEN (CASE "CATEGORYTYPE" WHEN 'Hour' THEN 192350000 WHEN 'Expense' THEN 192350001 WHEN 'Item' THEN 192350002 WHEN 'Fee' THEN 192350004 ELSE NULL END) END AS BIGINT) AS "msdyn_transactionclassification",  -- vendor_invoice_lines.map.yaml:33
    "msdyn_resourcecategory:bookableresourcecategories.bookableresourcecategoryid" AS "msdyn_resourcecategory",  -- vendor_invoice_lines.map.yaml:36
    "msdyn_project:msdyn_projects.msdyn_projectid" AS "msdyn_project",  -- vendor_invoice_lines.map.yaml:37
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_owningcompany",  -- vendor_invoice_lines.map.yaml:39
    CAST(CAST(md5('finops.ProjVendInvoiceLineExportEntity dataverse.msdyn_projectvendorinvoicelines msdyn_projectvendorinvoicelineid ' || "#key") AS UUID) AS UUID) AS "msdyn_projectvendorinvoicelineid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_projectvendorinvoicelineid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_externalinvoiceline" AS "msdyn_externalinvoiceline", x."msdyn_price" AS "msdyn_price", x."msdyn_unit" AS "msdyn_unit", x."msdyn_quantity" AS "msdyn_quantity", x."msdyn_transactioncategory" AS "msdyn_transactioncategory", x."msdyn_vendorinvoice" AS "msdyn_vendorinvoice", x."transactioncurrencyid" AS "transactioncurrencyid", x."msdyn_billingtype" AS "msdyn_billingtype", x."msdyn_transactionclassification" AS "msdyn_transactionclassification", x."msdyn_resourcecategory" AS "msdyn_resourcecategory", x."msdyn_project" AS "msdyn_project", x."msdyn_owningcompany" AS "msdyn_owningcompany"
  FROM "dataverse"."msdyn_projectvendorinvoicelines" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."msdyn_externalinvoiceline" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_projectvendorinvoicelines' THEN link.target_key IN (SELECT coalesce(CAST(x."msdyn_externalinvoiceline" AS VARCHAR), '') FROM "dataverse"."msdyn_projectvendorinvoicelines" AS x WHERE x."msdyn_externalinvoiceline" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."msdyn_price" IS DISTINCT FROM mapped."msdyn_price"
      OR target."msdyn_unit" IS DISTINCT FROM mapped."msdyn_unit"
      OR target."msdyn_quantity" IS DISTINCT FROM mapped."msdyn_quantity"
      OR target."msdyn_transactioncategory" IS DISTINCT FROM mapped."msdyn_transactioncategory"
      OR target."msdyn_vendorinvoice" IS DISTINCT FROM mapped."msdyn_vendorinvoice"
      OR target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid"
      OR target."msdyn_billingtype" IS DISTINCT FROM mapped."msdyn_billingtype"
      OR target."msdyn_transactionclassification" IS DISTINCT FROM mapped."msdyn_transactionclassification"
      OR target."msdyn_resourcecategory" IS DISTINCT FROM mapped."msdyn_resourcecategory"
      OR target."msdyn_project" IS DISTINCT FROM mapped."msdyn_project"
      OR target."msdyn_owningcompany" IS DISTINCT FROM mapped."msdyn_owningcompany") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_externalinvoiceline" = mapped."msdyn_externalinvoiceline"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 30  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 30  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 32  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_externalinvoiceline", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_externalinvoiceline", "msdyn_price", "msdyn_unit", "msdyn_quantity", "msdyn_transactioncategory", "msdyn_vendorinvoice", "transactioncurrencyid", "msdyn_billingtype", "msdyn_transactionclassification", "msdyn_resourcecategory", "msdyn_project", "msdyn_owningcompany", "msdyn_projectvendorinvoicelineid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_externalinvoiceline"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 35 ELSE 34 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_externalinvoiceline" = duplicates."msdyn_externalinvoiceline"
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
UPDATE shaped SET "#reason" = 34, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'vendor_invoice_lines' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_projectvendorinvoicelines' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ProjVendInvoiceLineExportEntity" AS source WHERE coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 34, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
WHERE coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 34, claim."#target_key"
FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in dataverse.msdyn_projectvendorinvoicelines
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_projectvendorinvoicelines") AS target ON coalesce(CAST(target."msdyn_externalinvoiceline" AS VARCHAR), '') = link.target_key
  WHERE link.leg = 'vendor_invoice_lines' AND link.state = 'live' AND link.target = 'dataverse.msdyn_projectvendorinvoicelines'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 37) THEN 'rejected'
  WHEN "#reason" IN (35) THEN 'superseded'
  WHEN "#reason" IN (36) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_projectvendorinvoicelines that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_projectvendorinvoicelines") AS target ON coalesce(CAST(target."msdyn_externalinvoiceline" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoice_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceLineExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'vendor_invoice_lines' AND link.state = 'live' AND link.target = 'dataverse.msdyn_projectvendorinvoicelines'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjVendInvoiceLineExportEntity" AS source WHERE coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjVendInvoiceLineExportEntity" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'vendor_invoice_lines' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_projectvendorinvoicelines") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'vendor_invoice_lines' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_projectvendorinvoicelines") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."msdyn_externalinvoiceline" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_projectvendorinvoicelines") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendor_invoice_lines' AND link.target = 'dataverse.msdyn_projectvendorinvoicelines' AND link.target_key = coalesce(CAST(target."msdyn_externalinvoiceline" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'vendor_invoice_lines' AND link.state = 'live' AND link.target = 'dataverse.msdyn_projectvendorinvoicelines'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projectvendorinvoicelines" AS target WHERE coalesce(CAST(target."msdyn_externalinvoiceline" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.msdyn_projectvendorinvoicelines

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."msdyn_price" AS "msdyn_price", shaped."msdyn_unit" AS "msdyn_unit", shaped."msdyn_quantity" AS "msdyn_quantity", shaped."msdyn_transactioncategory" AS "msdyn_transactioncategory", shaped."msdyn_vendorinvoice" AS "msdyn_vendorinvoice", shaped."transactioncurrencyid" AS "transactioncurrencyid", shaped."msdyn_billingtype" AS "msdyn_billingtype", shaped."msdyn_transactionclassification" AS "msdyn_transactionclassification", shaped."msdyn_resourcecategory" AS "msdyn_resourcecategory", shaped."msdyn_project" AS "msdyn_project", shaped."msdyn_owningcompany" AS "msdyn_owningcompany", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_projectvendorinvoicelines" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_projectvendorinvoicelines
INSERT INTO "dataverse"."msdyn_projectvendorinvoicelines" ("msdyn_externalinvoiceline", "msdyn_price", "msdyn_unit", "msdyn_quantity", "msdyn_transactioncategory", "msdyn_vendorinvoice", "transactioncurrencyid", "msdyn_billingtype", "msdyn_transactionclassification", "msdyn_resourcecategory", "msdyn_project", "msdyn_owningcompany", "msdyn_projectvendorinvoicelineid", "modifiedon", "versionnumber")
SELECT "msdyn_externalinvoiceline", "msdyn_price", "msdyn_unit", "msdyn_quantity", "msdyn_transactioncategory", "msdyn_vendorinvoice", "transactioncurrencyid", "msdyn_billingtype", "msdyn_transactionclassification", "msdyn_resourcecategory", "msdyn_project", "msdyn_owningcompany", "msdyn_projectvendorinvoicelineid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'vendor_invoice_lines' AS leg, new."#key" AS source_key, 'dataverse.msdyn_projectvendorinvoicelines' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_price', 'old': CAST(old."msdyn_price" AS VARCHAR), 'new': CAST(new."msdyn_price" AS VARCHAR)},
    {'column_name': 'msdyn_unit', 'old': CAST(old."msdyn_unit" AS VARCHAR), 'new': CAST(new."msdyn_unit" AS VARCHAR)},
    {'column_name': 'msdyn_quantity', 'old': CAST(old."msdyn_quantity" AS VARCHAR), 'new': CAST(new."msdyn_quantity" AS VARCHAR)},
    {'column_name': 'msdyn_transactioncategory', 'old': CAST(old."msdyn_transactioncategory" AS VARCHAR), 'new': CAST(new."msdyn_transactioncategory" AS VARCHAR)},
    {'column_name': 'msdyn_vendorinvoice', 'old': CAST(old."msdyn_vendorinvoice" AS VARCHAR), 'new': CAST(new."msdyn_vendorinvoice" AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(new."transactioncurrencyid" AS VARCHAR)},
    {'column_name': 'msdyn_billingtype', 'old': CAST(old."msdyn_billingtype" AS VARCHAR), 'new': CAST(new."msdyn_billingtype" AS VARCHAR)},
    {'column_name': 'msdyn_transactionclassification', 'old': CAST(old."msdyn_transactionclassification" AS VARCHAR), 'new': CAST(new."msdyn_transactionclassification" AS VARCHAR)},
    {'column_name': 'msdyn_resourcecategory', 'old': CAST(old."msdyn_resourcecategory" AS VARCHAR), 'new': CAST(new."msdyn_resourcecategory" AS VARCHAR)},
    {'column_name': 'msdyn_project', 'old': CAST(old."msdyn_project" AS VARCHAR), 'new': CAST(new."msdyn_project" AS VARCHAR)},
    {'column_name': 'msdyn_owningcompany', 'old': CAST(old."msdyn_owningcompany" AS VARCHAR), 'new': CAST(new."msdyn_owningcompany" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_projectvendorinvoicelines" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_projectvendorinvoicelines" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_projectvendorinvoicelines"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'vendor_invoice_lines' AS leg, shaped."#key" AS source_key, 'dataverse.msdyn_projectvendorinvoicelines' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'msdyn_externalinvoiceline', 'old': CAST(old."msdyn_externalinvoiceline" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_price', 'old': CAST(old."msdyn_price" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_unit', 'old': CAST(old."msdyn_unit" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_quantity', 'old': CAST(old."msdyn_quantity" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_transactioncategory', 'old': CAST(old."msdyn_transactioncategory" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_vendorinvoice', 'old': CAST(old."msdyn_vendorinvoice" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_billingtype', 'old': CAST(old."msdyn_billingtype" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_transactionclassification', 'old': CAST(old."msdyn_transactionclassification" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_resourcecategory', 'old': CAST(old."msdyn_resourcecategory" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_project', 'old': CAST(old."msdyn_project" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_owningcompany', 'old': CAST(old."msdyn_owningcompany" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_projectvendorinvoicelineid', 'old': CAST(old."msdyn_projectvendorinvoicelineid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "dataverse"."msdyn_projectvendorinvoicelines" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of dataverse.msdyn_projectvendorinvoicelines
DELETE FROM "dataverse"."msdyn_projectvendorinvoicelines"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'vendor_invoice_lines' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."PROJTRANSID" AS VARCHAR), '') FROM "finops"."ProjVendInvoiceLineExportEntity" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (2, 'OUT_OF_RANGE', 'msdyn_price', /* place */ 'vendor_invoice_lines.map.yaml:20'),
  (3, 'LOOKUP_MISSING', 'msdyn_unit', /* place */ 'vendor_invoice_lines.map.yaml:21'),
  (4, 'LOOKUP_AMBIGUOUS', 'msdyn_unit', /* place */ 'vendor_invoice_lines.map.yaml:21'),
  (5, 'OUT_OF_RANGE', 'msdyn_quantity', /* place */ 'vendor_invoice_lines.map.yaml:22'),
  (6, 'LOOKUP_MISSING', 'msdyn_transactioncategory', /* place */ 'vendor_invoice_lines.map.yaml:23'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_transactioncategory', /* place */ 'vendor_invoice_lines.map.yaml:23'),
  (8, 'LOOKUP_MISSING', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (9, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (10, 'LOOKUP_MISSING', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (11, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (12, 'REFERENCE_INCOMPLETE', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (13, 'LOOKUP_MISSING', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (15, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'vendor_invoice_lines.map.yaml:28'),
  (16, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'vendor_invoice_lines.map.yaml:28'),
  (17, 'VALUE_UNMAPPED', 'msdyn_billingtype', /* place */ 'vendor_invoice_lines.map.yaml:29'),
  (18, 'VALUE_UNMAPPED', 'msdyn_transactionclassification', /* place */ 'vendor_invoice_lines.map.yaml:33'),
  (19, 'VALUE_UNMAPPED', 'msdyn_transactionclassification', /* place */ 'vendor_invoice_lines.map.yaml:33'),
  (20, 'LOOKUP_MISSING', 'msdyn_resourcecategory', /* place */ 'vendor_invoice_lines.map.yaml:36'),
  (21, 'LOOKUP_AMBIGUOUS', 'msdyn_resourcecategory', /* place */ 'vendor_invoice_lines.map.yaml:36'),
  (22, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (23, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (24, 'REFERENCE_INCOMPLETE', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (25, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (26, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (27, 'LOOKUP_MISSING', 'msdyn_owningcompany', /* place */ 'vendor_invoice_lines.map.yaml:39'),
  (28, 'LOOKUP_AMBIGUOUS', 'msdyn_owningcompany', /* place */ 'vendor_invoice_lines.map.yaml:39'),
  (29, 'TARGET_EXISTS', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (30, 'TARGET_MISSING', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (31, 'TARGET_DUPLICATE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (32, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (33, 'CONFLICT_STALE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (34, 'KEY_DUPLICATE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (35, 'SUPERSEDED', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (36, 'SET_INCOMPLETE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (37, 'TARGET_REFUSED', '', /* place */ 'vendor_invoice_lines.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'vendor_invoice_lines' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'vendor_invoice_lines' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'vendor_invoice_lines' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('PROJTRANSID', CAST(source."PROJTRANSID" AS VARCHAR), 'DAREAID', CAST(source."DAREAID" AS VARCHAR), 'VENDORINVOICENUM', CAST(source."VENDORINVOICENUM" AS VARCHAR), 'INVOICEACCOUNT', CAST(source."INVOICEACCOUNT" AS VARCHAR), 'PROJID', CAST(source."PROJID" AS VARCHAR), 'PROJDATAAREAID', CAST(source."PROJDATAAREAID" AS VARCHAR), 'TRANSACTIONCATEGORYID', CAST(source."TRANSACTIONCATEGORYID" AS VARCHAR), 'CATEGORYTYPE', CAST(source."CATEGORYTYPE" AS VARCHAR), 'ROLEID', CAST(source."ROLEID" AS VARCHAR), 'BILLINGTYPE', CAST(source."BILLINGTYPE" AS VARCHAR), 'CURRENCYCODE', CAST(source."CURRENCYCODE" AS VARCHAR), 'PURCHPRICE', CAST(source."PURCHPRICE" AS VARCHAR), 'PURCHUNIT', CAST(source."PURCHUNIT" AS VARCHAR), 'QTYRECEIVENOW', CAST(source."QTYRECEIVENOW" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (2, 'OUT_OF_RANGE', 'msdyn_price', /* place */ 'vendor_invoice_lines.map.yaml:20'),
  (3, 'LOOKUP_MISSING', 'msdyn_unit', /* place */ 'vendor_invoice_lines.map.yaml:21'),
  (4, 'LOOKUP_AMBIGUOUS', 'msdyn_unit', /* place */ 'vendor_invoice_lines.map.yaml:21'),
  (5, 'OUT_OF_RANGE', 'msdyn_quantity', /* place */ 'vendor_invoice_lines.map.yaml:22'),
  (6, 'LOOKUP_MISSING', 'msdyn_transactioncategory', /* place */ 'vendor_invoice_lines.map.yaml:23'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_transactioncategory', /* place */ 'vendor_invoice_lines.map.yaml:23'),
  (8, 'LOOKUP_MISSING', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (9, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (10, 'LOOKUP_MISSING', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (11, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (12, 'REFERENCE_INCOMPLETE', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (13, 'LOOKUP_MISSING', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorinvoice', /* place */ 'vendor_invoice_lines.map.yaml:24'),
  (15, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'vendor_invoice_lines.map.yaml:28'),
  (16, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'vendor_invoice_lines.map.yaml:28'),
  (17, 'VALUE_UNMAPPED', 'msdyn_billingtype', /* place */ 'vendor_invoice_lines.map.yaml:29'),
  (18, 'VALUE_UNMAPPED', 'msdyn_transactionclassification', /* place */ 'vendor_invoice_lines.map.yaml:33'),
  (19, 'VALUE_UNMAPPED', 'msdyn_transactionclassification', /* place */ 'vendor_invoice_lines.map.yaml:33'),
  (20, 'LOOKUP_MISSING', 'msdyn_resourcecategory', /* place */ 'vendor_invoice_lines.map.yaml:36'),
  (21, 'LOOKUP_AMBIGUOUS', 'msdyn_resourcecategory', /* place */ 'vendor_invoice_lines.map.yaml:36'),
  (22, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (23, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (24, 'REFERENCE_INCOMPLETE', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (25, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (26, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'vendor_invoice_lines.map.yaml:37'),
  (27, 'LOOKUP_MISSING', 'msdyn_owningcompany', /* place */ 'vendor_invoice_lines.map.yaml:39'),
  (28, 'LOOKUP_AMBIGUOUS', 'msdyn_owningcompany', /* place */ 'vendor_invoice_lines.map.yaml:39'),
  (29, 'TARGET_EXISTS', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (30, 'TARGET_MISSING', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (31, 'TARGET_DUPLICATE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (32, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (33, 'CONFLICT_STALE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (34, 'KEY_DUPLICATE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (35, 'SUPERSEDED', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (36, 'SET_INCOMPLETE', '', /* place */ 'vendor_invoice_lines.map.yaml:7'),
  (37, 'TARGET_REFUSED', '', /* place */ 'vendor_invoice_lines.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjVendInvoiceLineExportEntity" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'vendor_invoice_lines' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'vendor_invoice_lines' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_projectvendorinvoicelines' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'vendor_invoice_lines' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_projectvendorinvoicelines' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'vendor_invoice_lines' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'vendor_invoice_lines' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'vendor_invoice_lines';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'vendor_invoice_lines' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
