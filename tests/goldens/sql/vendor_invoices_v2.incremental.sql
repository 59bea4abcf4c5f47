-- vendor_invoices_v2: Project Operations integration project vendor invoice export entity V2 (msdyn_projectvendorinvoices)
-- finops.ProjVendInvoiceExportEntityV2 -> dataverse.msdyn_projectvendorinvoices, incremental

-- step 1: extract finops.ProjVendInvoiceExportEntityV2

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjVendInvoiceExportEntityV2' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."VENDORINVOICENUM" AS VARCHAR), '') || '|' || coalesce(CAST(x."INVOICEACCOUNT" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjVendInvoiceExportEntityV2" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjVendInvoiceExportEntityV2" AS x), TRUE)
  ) AS content
FROM "finops"."ProjVendInvoiceExportEntityV2" AS x
UNION ALL
SELECT 'finops.ProjVendInvoiceLineExportEntity' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."PROJTRANSID" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjVendInvoiceLineExportEntity" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjVendInvoiceLineExportEntity" AS x), TRUE)
  ) AS content
FROM "finops"."ProjVendInvoiceLineExportEntity" AS x
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
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'vendor_invoices_v2' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceExportEntityV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjVendInvoiceExportEntityV2" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceExportEntityV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendor_invoices_v2' AND mark.entity = 'finops.ProjVendInvoiceExportEntityV2'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendor_invoices_v2' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceExportEntityV2'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjVendInvoiceExportEntityV2" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'vendor_invoices_v2' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'vendor_invoices_v2' AND open.state = 'open'
);

-- all rows when finops.ProjVendInvoiceLineExportEntity changed: projects
INSERT INTO examined
SELECT source.rowid, 'projects changed'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceLineExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.cdm_companies changed: msdyn_owningcompany:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_owningcompany:cdm_companies changed'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.accounts changed: msdyn_vendor:accounts
INSERT INTO examined
SELECT source.rowid, 'msdyn_vendor:accounts changed'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: transactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'transactioncurrencyid:transactioncurrencies changed'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'vendor_invoices_v2' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjVendInvoiceExportEntityV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'vendor_invoices_v2' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjVendInvoiceExportEntityV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjVendInvoiceExportEntityV2") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'vendor_invoices_v2' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."VENDORINVOICENUM",
    source."INVOICEACCOUNT",
    source."ModifiedDateTime",
    source."DESCRIPTION",
    source."TRANSDATE",
    source."CURRENCYCODE",
    source."SUBCONTRACTINVOICE"
  FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- projects: vendor_invoices_v2.map.yaml:15
    SELECT x."VENDORINVOICENUM" AS "projects.#1", x."INVOICEACCOUNT" AS "projects.#2", x."DAREAID" AS "projects.#3", count(*) AS "projects.#hits", count(*) AS "projects.lines"
    FROM "finops"."ProjVendInvoiceLineExportEntity" AS x
    WHERE x."PROJID" IS NOT NULL AND x."VENDORINVOICENUM" IN (SELECT DISTINCT "VENDORINVOICENUM" FROM "landed") AND x."INVOICEACCOUNT" IN (SELECT DISTINCT "INVOICEACCOUNT" FROM "landed") AND x."DAREAID" IN (SELECT DISTINCT "dataAreaId" FROM "landed")
    GROUP BY x."VENDORINVOICENUM", x."INVOICEACCOUNT", x."DAREAID"
  ) ON "projects.#1" = "VENDORINVOICENUM" AND "projects.#2" = "INVOICEACCOUNT" AND "projects.#3" = "dataAreaId"
  LEFT JOIN (  -- msdyn_owningcompany:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_owningcompany:cdm_companies.#1", count(*) AS "msdyn_owningcompany:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_owningcompany:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("dataAreaId", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_owningcompany:cdm_companies.#1" = nullif("dataAreaId", '')
  LEFT JOIN (  -- msdyn_vendor:accounts
    SELECT x."accountnumber" AS "msdyn_vendor:accounts.#1", x."msdyn_company" AS "msdyn_vendor:accounts.#2", count(*) AS "msdyn_vendor:accounts.#hits", any_value(x."accountid") AS "msdyn_vendor:accounts.accountid"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountnumber" IN (SELECT DISTINCT nullif("INVOICEACCOUNT", '') FROM "landed")
    GROUP BY x."accountnumber", x."msdyn_company"
  ) ON "msdyn_vendor:accounts.#1" = nullif("INVOICEACCOUNT", '') AND "msdyn_vendor:accounts.#2" = "msdyn_owningcompany:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- transactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "transactioncurrencyid:transactioncurrencies.#1", count(*) AS "transactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "transactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("CURRENCYCODE", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "transactioncurrencyid:transactioncurrencies.#1" = nullif("CURRENCYCODE", '')
),
judged AS (
  SELECT *,
    coalesce((coalesce("projects.lines", 0) > 0), FALSE) AS "#passes",  -- vendor_invoices_v2.map.yaml:20
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime vendor_invoices_v2.map.yaml:7
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_owningcompany:cdm_companies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_owningcompany vendor_invoices_v2.map.yaml:22
      WHEN coalesce("msdyn_owningcompany:cdm_companies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_owningcompany vendor_invoices_v2.map.yaml:22
      WHEN "msdyn_owningcompany:cdm_companies.cdm_companyid" IS NULL THEN 4  -- KEY_NULL msdyn_owningcompany vendor_invoices_v2.map.yaml:22
      WHEN (nullif("INVOICEACCOUNT", '') IS NOT NULL) AND ("msdyn_vendor:accounts.#hits" IS NULL) THEN 5  -- LOOKUP_MISSING msdyn_vendor vendor_invoices_v2.map.yaml:23
      WHEN coalesce("msdyn_vendor:accounts.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS msdyn_vendor vendor_invoices_v2.map.yaml:23
      WHEN "msdyn_vendor:accounts.accountid" IS NULL THEN 7  -- KEY_NULL msdyn_vendor vendor_invoices_v2.map.yaml:23
      WHEN (nullif("CURRENCYCODE", '') IS NOT NULL) AND ("transactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING transactioncurrencyid vendor_invoices_v2.map.yaml:30
      WHEN coalesce("transactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS transactioncurrencyid vendor_invoices_v2.map.yaml:30
      WHEN NOT ("SUBCONTRACTINVOICE" IN ('yes', 'no')) THEN 10  -- VALUE_UNMAPPED msdyn_enableautomaticconfirmation vendor_invoices_v2.map.yaml:31
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 3 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICEACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICEACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 10 THEN CAST("SUBCONTRACTINVOICE" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_owningcompany:cdm_companies.cdm_companyid" AS "msdyn_owningcompany",  -- vendor_invoices_v2.map.yaml:22
    "msdyn_vendor:accounts.accountid" AS "msdyn_vendor",  -- vendor_invoices_v2.map.yaml:23
    "VENDORINVOICENUM" AS "msdyn_vendorinvoicenumber",  -- vendor_invoices_v2.map.yaml:25
    "VENDORINVOICENUM" AS "msdyn_name",  -- vendor_invoices_v2.map.yaml:27
    "DESCRIPTION" AS "msdyn_description",  -- vendor_invoices_v2.map.yaml:28
    "TRANSDATE" AS "msdyn_invoicedate",  -- vendor_invoices_v2.map.yaml:29
    "transactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS "transactioncurrencyid",  -- vendor_invoices_v2.map.yaml:30
    CAST(CASE "SUBCONTRACTINVOICE" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_enableautomaticconfirmation",  -- vendor_invoices_v2.map.yaml:31
    CAST(TRUE AS BOOLEAN) AS "msdyn_hasexternalorigin",  -- vendor_invoices_v2.map.yaml:32
    CAST(CAST(md5('finops.ProjVendInvoiceExportEntityV2 dataverse.msdyn_projectvendorinvoices msdyn_projectvendorinvoiceid ' || "#key") AS UUID) AS UUID) AS "msdyn_projectvendorinvoiceid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_projectvendorinvoiceid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_owningcompany" AS "msdyn_owningcompany", x."msdyn_vendor" AS "msdyn_vendor", x."msdyn_vendorinvoicenumber" AS "msdyn_vendorinvoicenumber", x."msdyn_name" AS "msdyn_name", x."msdyn_description" AS "msdyn_description", x."msdyn_invoicedate" AS "msdyn_invoicedate", x."transactioncurrencyid" AS "transactioncurrencyid", x."msdyn_enableautomaticconfirmation" AS "msdyn_enableautomaticconfirmation", x."msdyn_hasexternalorigin" AS "msdyn_hasexternalorigin"
  FROM "dataverse"."msdyn_projectvendorinvoices" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_owningcompany" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_vendor" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_vendorinvoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_projectvendorinvoices' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_owningcompany" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_vendor" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_vendorinvoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."msdyn_projectvendorinvoices" AS x WHERE x."msdyn_vendorinvoicenumber" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."msdyn_name" IS DISTINCT FROM mapped."msdyn_name"
      OR target."msdyn_description" IS DISTINCT FROM mapped."msdyn_description"
      OR target."msdyn_invoicedate" IS DISTINCT FROM mapped."msdyn_invoicedate"
      OR target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid"
      OR target."msdyn_enableautomaticconfirmation" IS DISTINCT FROM mapped."msdyn_enableautomaticconfirmation"
      OR target."msdyn_hasexternalorigin" IS DISTINCT FROM mapped."msdyn_hasexternalorigin") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_owningcompany" = mapped."msdyn_owningcompany" AND target."msdyn_vendor" = mapped."msdyn_vendor" AND target."msdyn_vendorinvoicenumber" = mapped."msdyn_vendorinvoicenumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 12  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 12  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 14  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_owningcompany", "msdyn_vendor", "msdyn_vendorinvoicenumber", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_owningcompany", "msdyn_vendor", "msdyn_vendorinvoicenumber", "msdyn_name", "msdyn_description", "msdyn_invoicedate", "transactioncurrencyid", "msdyn_enableautomaticconfirmation", "msdyn_hasexternalorigin", "msdyn_projectvendorinvoiceid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_owningcompany", "msdyn_vendor", "msdyn_vendorinvoicenumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 17 ELSE 16 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_owningcompany" = duplicates."msdyn_owningcompany" AND shaped."msdyn_vendor" = duplicates."msdyn_vendor" AND shaped."msdyn_vendorinvoicenumber" = duplicates."msdyn_vendorinvoicenumber"
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
UPDATE shaped SET "#reason" = 16, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'vendor_invoices_v2' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_projectvendorinvoices' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ProjVendInvoiceExportEntityV2" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 16, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 16, claim."#target_key"
FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19) THEN 'rejected'
  WHEN "#reason" IN (17) THEN 'superseded'
  WHEN "#reason" IN (18) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_projectvendorinvoices that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_projectvendorinvoices") AS target ON replace(replace(coalesce(CAST(target."msdyn_owningcompany" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendor" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendorinvoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjVendInvoiceExportEntityV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'vendor_invoices_v2' AND link.state = 'live' AND link.target = 'dataverse.msdyn_projectvendorinvoices'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjVendInvoiceExportEntityV2" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjVendInvoiceExportEntityV2" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check LEFT_FILTER: rows that left
SELECT count(*), min("#key")
FROM shaped
WHERE "#fate" = 'filtered' AND "#linked" AND NOT "#passes";

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged AND rejected > 10 THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'vendor_invoices_v2' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_projectvendorinvoices") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'vendor_invoices_v2' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_projectvendorinvoices") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_owningcompany" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendor" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendorinvoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_projectvendorinvoices") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendor_invoices_v2' AND link.target = 'dataverse.msdyn_projectvendorinvoices' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_owningcompany" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendor" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendorinvoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'vendor_invoices_v2' AND link.state = 'live' AND link.target = 'dataverse.msdyn_projectvendorinvoices'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projectvendorinvoices" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_owningcompany" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendor" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendorinvoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.msdyn_projectvendorinvoices

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."msdyn_name" AS "msdyn_name", shaped."msdyn_description" AS "msdyn_description", shaped."msdyn_invoicedate" AS "msdyn_invoicedate", shaped."transactioncurrencyid" AS "transactioncurrencyid", shaped."msdyn_enableautomaticconfirmation" AS "msdyn_enableautomaticconfirmation", shaped."msdyn_hasexternalorigin" AS "msdyn_hasexternalorigin", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_projectvendorinvoices" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_projectvendorinvoices
INSERT INTO "dataverse"."msdyn_projectvendorinvoices" ("msdyn_owningcompany", "msdyn_vendor", "msdyn_vendorinvoicenumber", "msdyn_name", "msdyn_description", "msdyn_invoicedate", "transactioncurrencyid", "msdyn_enableautomaticconfirmation", "msdyn_hasexternalorigin", "msdyn_projectvendorinvoiceid", "modifiedon", "versionnumber")
SELECT "msdyn_owningcompany", "msdyn_vendor", "msdyn_vendorinvoicenumber", "msdyn_name", "msdyn_description", "msdyn_invoicedate", "transactioncurrencyid", "msdyn_enableautomaticconfirmation", "msdyn_hasexternalorigin", "msdyn_projectvendorinvoiceid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'vendor_invoices_v2' AS leg, new."#key" AS source_key, 'dataverse.msdyn_projectvendorinvoices' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_name', 'old': CAST(old."msdyn_name" AS VARCHAR), 'new': CAST(new."msdyn_name" AS VARCHAR)},
    {'column_name': 'msdyn_description', 'old': CAST(old."msdyn_description" AS VARCHAR), 'new': CAST(new."msdyn_description" AS VARCHAR)},
    {'column_name': 'msdyn_invoicedate', 'old': CAST(old."msdyn_invoicedate" AS VARCHAR), 'new': CAST(new."msdyn_invoicedate" AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(new."transactioncurrencyid" AS VARCHAR)},
    {'column_name': 'msdyn_enableautomaticconfirmation', 'old': CAST(old."msdyn_enableautomaticconfirmation" AS VARCHAR), 'new': CAST(new."msdyn_enableautomaticconfirmation" AS VARCHAR)},
    {'column_name': 'msdyn_hasexternalorigin', 'old': CAST(old."msdyn_hasexternalorigin" AS VARCHAR), 'new': CAST(new."msdyn_hasexternalorigin" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_projectvendorinvoices" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_projectvendorinvoices" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_projectvendorinvoices"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'vendor_invoices_v2' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjVendInvoiceExportEntityV2" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'msdyn_owningcompany', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_owningcompany', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (4, 'KEY_NULL', 'msdyn_owningcompany', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (5, 'LOOKUP_MISSING', 'msdyn_vendor', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (6, 'LOOKUP_AMBIGUOUS', 'msdyn_vendor', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (7, 'KEY_NULL', 'msdyn_vendor', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (8, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'vendor_invoices_v2.map.yaml:30'),
  (9, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'vendor_invoices_v2.map.yaml:30'),
  (10, 'VALUE_UNMAPPED', 'msdyn_enableautomaticconfirmation', /* place */ 'vendor_invoices_v2.map.yaml:31'),
  (11, 'TARGET_EXISTS', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (12, 'TARGET_MISSING', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (13, 'TARGET_DUPLICATE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (14, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (15, 'CONFLICT_STALE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (16, 'KEY_DUPLICATE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (17, 'SUPERSEDED', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (18, 'SET_INCOMPLETE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (19, 'TARGET_REFUSED', '', /* place */ 'vendor_invoices_v2.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'vendor_invoices_v2' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'vendor_invoices_v2' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'vendor_invoices_v2' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'VENDORINVOICENUM', CAST(source."VENDORINVOICENUM" AS VARCHAR), 'INVOICEACCOUNT', CAST(source."INVOICEACCOUNT" AS VARCHAR), 'DESCRIPTION', CAST(source."DESCRIPTION" AS VARCHAR), 'TRANSDATE', CAST(source."TRANSDATE" AS VARCHAR), 'CURRENCYCODE', CAST(source."CURRENCYCODE" AS VARCHAR), 'SUBCONTRACTINVOICE', CAST(source."SUBCONTRACTINVOICE" AS VARCHAR), 'PROJVENDINVOICESTATUS', CAST(source."PROJVENDINVOICESTATUS" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'msdyn_owningcompany', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_owningcompany', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (4, 'KEY_NULL', 'msdyn_owningcompany', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (5, 'LOOKUP_MISSING', 'msdyn_vendor', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (6, 'LOOKUP_AMBIGUOUS', 'msdyn_vendor', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (7, 'KEY_NULL', 'msdyn_vendor', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (8, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'vendor_invoices_v2.map.yaml:30'),
  (9, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'vendor_invoices_v2.map.yaml:30'),
  (10, 'VALUE_UNMAPPED', 'msdyn_enableautomaticconfirmation', /* place */ 'vendor_invoices_v2.map.yaml:31'),
  (11, 'TARGET_EXISTS', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (12, 'TARGET_MISSING', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (13, 'TARGET_DUPLICATE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (14, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (15, 'CONFLICT_STALE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (16, 'KEY_DUPLICATE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (17, 'SUPERSEDED', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (18, 'SET_INCOMPLETE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (19, 'TARGET_REFUSED', '', /* place */ 'vendor_invoices_v2.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjVendInvoiceExportEntityV2" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'vendor_invoices_v2' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'vendor_invoices_v2' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_projectvendorinvoices' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'vendor_invoices_v2' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_projectvendorinvoices' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'vendor_invoices_v2' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'vendor_invoices_v2' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'vendor_invoices_v2';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'vendor_invoices_v2' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
