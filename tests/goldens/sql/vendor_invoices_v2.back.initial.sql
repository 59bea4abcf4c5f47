-- vendor_invoices_v2:back: Project Operations integration project vendor invoice export entity V2 (msdyn_projectvendorinvoices)
-- dataverse.msdyn_projectvendorinvoices -> finops.ProjVendInvoiceExportEntityV2, initial

-- step 1: extract dataverse.msdyn_projectvendorinvoices

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_projectvendorinvoices' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectvendorinvoiceid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projectvendorinvoices" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projectvendorinvoices" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projectvendorinvoices" AS x
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
FROM "dataverse"."accounts" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'vendor_invoices_v2:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendor_invoices_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectvendorinvoices'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projectvendorinvoiceid" AS VARCHAR), '') FROM "dataverse"."msdyn_projectvendorinvoices" AS source);

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_projectvendorinvoiceid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_projectvendorinvoiceid",
    source."modifiedon",
    source."msdyn_owningcompany",
    source."msdyn_vendor",
    source."msdyn_vendorinvoicenumber",
    source."statuscode"
  FROM "dataverse"."msdyn_projectvendorinvoices" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_owningcompany
    SELECT x."cdm_companyid" AS "msdyn_owningcompany.#1", count(*) AS "msdyn_owningcompany.#hits", any_value(x."cdm_companycode") AS "msdyn_owningcompany.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_owningcompany.#1" = "msdyn_owningcompany"
  LEFT JOIN (  -- msdyn_vendor
    SELECT x."accountid" AS "msdyn_vendor.#1", count(*) AS "msdyn_vendor.#hits", any_value(x."accountnumber") AS "msdyn_vendor.accountnumber", any_value(x."msdyn_company") AS "msdyn_vendor.msdyn_company"
    FROM "dataverse"."accounts" AS x
    GROUP BY x."accountid"
  ) ON "msdyn_vendor.#1" = "msdyn_vendor"
  LEFT JOIN (  -- msdyn_vendor.msdyn_company
    SELECT x."cdm_companyid" AS "msdyn_vendor.msdyn_company.#1", count(*) AS "msdyn_vendor.msdyn_company.#hits", any_value(x."cdm_companycode") AS "msdyn_vendor.msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_vendor.msdyn_company.#1" = "msdyn_vendor.msdyn_company"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon vendor_invoices_v2.map.yaml:7
      WHEN "msdyn_owningcompany" IS NOT NULL AND ("msdyn_owningcompany.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId vendor_invoices_v2.map.yaml:22
      WHEN coalesce("msdyn_owningcompany.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId vendor_invoices_v2.map.yaml:22
      WHEN "msdyn_owningcompany.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId vendor_invoices_v2.map.yaml:22
      WHEN "msdyn_vendor" IS NOT NULL AND ("msdyn_vendor.#hits" IS NULL) THEN 5  -- LOOKUP_MISSING INVOICEACCOUNT vendor_invoices_v2.map.yaml:23
      WHEN coalesce("msdyn_vendor.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS INVOICEACCOUNT vendor_invoices_v2.map.yaml:23
      WHEN "msdyn_vendor.accountnumber" IS NULL THEN 7  -- KEY_NULL INVOICEACCOUNT vendor_invoices_v2.map.yaml:23
      WHEN "msdyn_vendor" IS NOT NULL AND ("msdyn_vendor.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING dataAreaId vendor_invoices_v2.map.yaml:24
      WHEN coalesce("msdyn_vendor.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS dataAreaId vendor_invoices_v2.map.yaml:24
      WHEN "msdyn_vendor.msdyn_company" IS NOT NULL AND ("msdyn_vendor.msdyn_company.#hits" IS NULL) THEN 10  -- LOOKUP_MISSING dataAreaId vendor_invoices_v2.map.yaml:24
      WHEN coalesce("msdyn_vendor.msdyn_company.#hits", 0) > 1 THEN 11  -- LOOKUP_AMBIGUOUS dataAreaId vendor_invoices_v2.map.yaml:24
      WHEN "msdyn_vendor.msdyn_company.cdm_companycode" IS NULL THEN 12  -- KEY_NULL dataAreaId vendor_invoices_v2.map.yaml:24
      WHEN length("msdyn_vendorinvoicenumber") > 20 THEN 13  -- TOO_LONG VENDORINVOICENUM vendor_invoices_v2.map.yaml:25
      WHEN (CASE WHEN (length("msdyn_vendorinvoicenumber") <= 20) THEN "msdyn_vendorinvoicenumber" END) IS NULL THEN 14  -- KEY_NULL VENDORINVOICENUM vendor_invoices_v2.map.yaml:25
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_owningcompany" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_owningcompany" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_vendor" AS VARCHAR)
      WHEN 6 THEN CAST("msdyn_vendor" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_vendor" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_vendor" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_vendor.msdyn_company" AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_vendor.msdyn_company" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_vendorinvoicenumber" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "statuscode" AS "PROJVENDINVOICESTATUS",  -- vendor_invoices_v2.map.yaml:37
    "msdyn_vendor.msdyn_company.cdm_companycode" AS "key.dataAreaId",  -- for later steps
    "msdyn_vendor.accountnumber" AS "key.INVOICEACCOUNT",  -- for later steps
    CASE WHEN (length("msdyn_vendorinvoicenumber") <= 20) THEN "msdyn_vendorinvoicenumber" END AS "key.VENDORINVOICENUM",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."INVOICEACCOUNT" AS "INVOICEACCOUNT", x."VENDORINVOICENUM" AS "VENDORINVOICENUM", x."PROJVENDINVOICESTATUS" AS "PROJVENDINVOICESTATUS"
  FROM "finops"."ProjVendInvoiceExportEntityV2" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    target."#key" AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    TRUE AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    target."PROJVENDINVOICESTATUS" IS DISTINCT FROM mapped."PROJVENDINVOICESTATUS" AS "#differs",
    FALSE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."key.dataAreaId" AND target."INVOICEACCOUNT" = mapped."key.INVOICEACCOUNT" AND target."dataAreaId" = mapped."key.dataAreaId" AND target."VENDORINVOICENUM" = mapped."key.VENDORINVOICENUM"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'vendor_invoices_v2:back' AND state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 16  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 18  -- UPDATE_NOT_ALLOWED
    ELSE NULL
  END AS "#reason",
  CAST(NULL AS VARCHAR) AS "#fate"
FROM matched;

-- rows that meet several target rows
CREATE OR REPLACE TEMP TABLE meeting AS
SELECT "#row", min("#target_row") AS "#kept"
FROM shaped
GROUP BY "#row"
HAVING count(*) > 1;

-- keep one of each
DELETE FROM shaped USING meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#target_row" <> meeting."#kept";

-- and refuse it
UPDATE shaped SET "#reason" = 17, "#value" = shaped."#target_key"
FROM meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#passes" AND shaped."#reason" IS NULL;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "key.dataAreaId", "key.INVOICEACCOUNT", "key.dataAreaId", "key.VENDORINVOICENUM", min("#row") AS "#first", count(DISTINCT hash("#key", "PROJVENDINVOICESTATUS")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.dataAreaId", "key.INVOICEACCOUNT", "key.dataAreaId", "key.VENDORINVOICENUM"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 21 ELSE 20 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.dataAreaId" = duplicates."key.dataAreaId" AND shaped."key.INVOICEACCOUNT" = duplicates."key.INVOICEACCOUNT" AND shaped."key.dataAreaId" = duplicates."key.dataAreaId" AND shaped."key.VENDORINVOICENUM" = duplicates."key.VENDORINVOICENUM"
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
UPDATE shaped SET "#reason" = 20, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23) THEN 'rejected'
  WHEN "#reason" IN (21) THEN 'superseded'
  WHEN "#reason" IN (22) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_projectvendorinvoices" AS source
  WHERE TRUE
)), NULL
FROM shaped;

-- check LEFT_FILTER: rows that left
SELECT count(*), min("#key")
FROM shaped
WHERE "#fate" = 'filtered' AND "#linked" AND NOT "#passes";

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'vendor_invoices_v2:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjVendInvoiceExportEntityV2") AS there
);

-- step 4: deliver finops.ProjVendInvoiceExportEntityV2

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."PROJVENDINVOICESTATUS" AS "PROJVENDINVOICESTATUS", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjVendInvoiceExportEntityV2" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'vendor_invoices_v2:back' AS leg, new."#key" AS source_key, 'finops.ProjVendInvoiceExportEntityV2' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'PROJVENDINVOICESTATUS', 'old': CAST(old."PROJVENDINVOICESTATUS" AS VARCHAR), 'new': CAST(new."PROJVENDINVOICESTATUS" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjVendInvoiceExportEntityV2" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "finops"."ProjVendInvoiceExportEntityV2" AS t SET "PROJVENDINVOICESTATUS" = updates."PROJVENDINVOICESTATUS", "ModifiedDateTime" = updates."ModifiedDateTime", "RecVersion" = updates."RecVersion"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'vendor_invoices_v2:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projectvendorinvoiceid" AS VARCHAR), '') FROM "dataverse"."msdyn_projectvendorinvoices" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT source_key, first_run, first_seen, attempts, rowid AS "#entry", FALSE AS "#same"
FROM crosswalk.rejects
WHERE leg = 'vendor_invoices_v2:back' AND state = 'open' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" IN ('held', 'rejected'));

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'vendor_invoices_v2:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'vendor_invoices_v2:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_projectvendorinvoiceid', CAST(source."msdyn_projectvendorinvoiceid" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'msdyn_vendorinvoicenumber', CAST(source."msdyn_vendorinvoicenumber" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'msdyn_vendor', CAST(source."msdyn_vendor" AS VARCHAR), 'msdyn_invoicedate', CAST(source."msdyn_invoicedate" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'statuscode', CAST(source."statuscode" AS VARCHAR), 'msdyn_enableautomaticconfirmation', CAST(source."msdyn_enableautomaticconfirmation" AS VARCHAR), 'msdyn_hasexternalorigin', CAST(source."msdyn_hasexternalorigin" AS VARCHAR), 'msdyn_owningcompany', CAST(source."msdyn_owningcompany" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:22'),
  (5, 'LOOKUP_MISSING', 'INVOICEACCOUNT', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (6, 'LOOKUP_AMBIGUOUS', 'INVOICEACCOUNT', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (7, 'KEY_NULL', 'INVOICEACCOUNT', /* place */ 'vendor_invoices_v2.map.yaml:23'),
  (8, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:24'),
  (9, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:24'),
  (10, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:24'),
  (11, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:24'),
  (12, 'KEY_NULL', 'dataAreaId', /* place */ 'vendor_invoices_v2.map.yaml:24'),
  (13, 'TOO_LONG', 'VENDORINVOICENUM', /* place */ 'vendor_invoices_v2.map.yaml:25'),
  (14, 'KEY_NULL', 'VENDORINVOICENUM', /* place */ 'vendor_invoices_v2.map.yaml:25'),
  (15, 'TARGET_EXISTS', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (16, 'TARGET_MISSING', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (19, 'CONFLICT_STALE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (21, 'SUPERSEDED', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'vendor_invoices_v2.map.yaml:7'),
  (23, 'TARGET_REFUSED', '', /* place */ 'vendor_invoices_v2.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_projectvendorinvoices" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'vendor_invoices_v2:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'vendor_invoices_v2:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjVendInvoiceExportEntityV2' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'vendor_invoices_v2:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjVendInvoiceExportEntityV2' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'vendor_invoices_v2:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'vendor_invoices_v2:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."ProjVendInvoiceExportEntityV2" AS x
  JOIN shaped ON shaped."#target_key" = replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORINVOICENUM" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."INVOICEACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'vendor_invoices_v2' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'vendor_invoices_v2:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'vendor_invoices_v2:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
