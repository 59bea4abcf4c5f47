-- integration_actuals:back: Project Operations integration actuals (msdyn_actuals)
-- finops.ProjCDSActualsImport -> dataverse.msdyn_actuals, initial

-- step 1: extract finops.ProjCDSActualsImport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjCDSActualsImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ActualsImportId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSActualsImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjCDSActualsImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjCDSActualsImport" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'integration_actuals:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals:back' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSActualsImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source);

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."ActualsImportId",
    source."ModifiedDateTime",
    source."VoucherNumber",
    source."AccountingAmount",
    source."ExchangeRate",
    source."SalesTaxAmount"
  FROM "finops"."ProjCDSActualsImport" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT *,
    coalesce(("VoucherNumber" IS NOT NULL), FALSE) AS "#passes",  -- integration_actuals.map.yaml:56
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime integration_actuals.map.yaml:6
      WHEN "dataAreaId" IS NULL THEN 2  -- KEY_NULL msdyn_company.cdm_companycode integration_actuals.map.yaml:18
      WHEN NOT (abs(CAST(round("AccountingAmount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 3  -- OUT_OF_RANGE msdyn_accountingamount integration_actuals.map.yaml:60
      WHEN NOT (abs(CAST(round(("ExchangeRate" * CAST('0.01' AS DECIMAL(3, 2))), 10) AS DECIMAL(30, 10))) < CAST(10000000000000 AS DECIMAL(30, 10))) THEN 4  -- OUT_OF_RANGE msdyn_accountexchangerate integration_actuals.map.yaml:62
      WHEN NOT (abs(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 5  -- OUT_OF_RANGE msdyn_accountingtaxamount integration_actuals.map.yaml:54
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 3 THEN CAST(CAST(round("AccountingAmount", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 4 THEN CAST(CAST(round(("ExchangeRate" * CAST('0.01' AS DECIMAL(3, 2))), 10) AS DECIMAL(30, 10)) AS VARCHAR)
      WHEN 5 THEN CAST(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (abs(CAST(round("AccountingAmount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("AccountingAmount", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_accountingamount",  -- integration_actuals.map.yaml:60
    CAST(CASE WHEN (abs(CAST(round(("ExchangeRate" * CAST('0.01' AS DECIMAL(3, 2))), 10) AS DECIMAL(30, 10))) < CAST(10000000000000 AS DECIMAL(30, 10))) THEN CAST(CAST(round(("ExchangeRate" * CAST('0.01' AS DECIMAL(3, 2))), 10) AS DECIMAL(30, 10)) AS DECIMAL(23, 10)) END AS DECIMAL(23, 10)) AS "msdyn_accountexchangerate",  -- integration_actuals.map.yaml:62
    "VoucherNumber" AS "msdyn_vouchernumber",  -- integration_actuals.map.yaml:63
    CAST(CASE WHEN (abs(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_accountingtaxamount",  -- integration_actuals.map.yaml:54
    "dataAreaId" AS "key.msdyn_company.cdm_companycode",  -- for later steps
    "ActualsImportId" AS "key.msdyn_actualimportid",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_actualid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."msdyn_actualimportid" AS "msdyn_actualimportid", x."msdyn_accountingamount" AS "msdyn_accountingamount", x."msdyn_accountexchangerate" AS "msdyn_accountexchangerate", x."msdyn_vouchernumber" AS "msdyn_vouchernumber", x."msdyn_accountingtaxamount" AS "msdyn_accountingtaxamount", "msdyn_company.cdm_companycode"
  FROM "dataverse"."msdyn_actuals" AS x
  LEFT JOIN (
    SELECT x."cdm_companyid" AS "msdyn_company.#1", count(*) AS "msdyn_company.#hits", any_value(x."cdm_companycode") AS "msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_company.#1" = "msdyn_company"
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
    (agreed.source_key IS NOT NULL AND agreed.source_version IS DISTINCT FROM target."#version") AS "#stale",
    (target."msdyn_accountingamount" IS DISTINCT FROM mapped."msdyn_accountingamount"
      OR target."msdyn_accountexchangerate" IS DISTINCT FROM mapped."msdyn_accountexchangerate"
      OR target."msdyn_vouchernumber" IS DISTINCT FROM mapped."msdyn_vouchernumber") AS "#disputed",
    (target."msdyn_accountingamount" IS DISTINCT FROM mapped."msdyn_accountingamount"
      OR target."msdyn_accountexchangerate" IS DISTINCT FROM mapped."msdyn_accountexchangerate"
      OR target."msdyn_vouchernumber" IS DISTINCT FROM mapped."msdyn_vouchernumber"
      OR target."msdyn_accountingtaxamount" IS DISTINCT FROM mapped."msdyn_accountingtaxamount") AS "#differs",
    FALSE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company.cdm_companycode" = mapped."key.msdyn_company.cdm_companycode" AND target."msdyn_actualimportid" = mapped."key.msdyn_actualimportid"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'integration_actuals:back' AND state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'integration_actuals') AS agreed ON agreed.source_key = target."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 7  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 10  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 9  -- UPDATE_NOT_ALLOWED
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
UPDATE shaped SET "#reason" = 8, "#value" = shaped."#target_key"
FROM meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#passes" AND shaped."#reason" IS NULL;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "key.msdyn_company.cdm_companycode", "key.msdyn_actualimportid", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_accountingamount", "msdyn_accountexchangerate", "msdyn_vouchernumber", "msdyn_accountingtaxamount")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.msdyn_company.cdm_companycode", "key.msdyn_actualimportid"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 12 ELSE 11 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.msdyn_company.cdm_companycode" = duplicates."key.msdyn_company.cdm_companycode" AND shaped."key.msdyn_actualimportid" = duplicates."key.msdyn_actualimportid"
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
UPDATE shaped SET "#reason" = 11, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14) THEN 'rejected'
  WHEN "#reason" IN (12) THEN 'superseded'
  WHEN "#reason" IN (13) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjCDSActualsImport" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'integration_actuals:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_actuals") AS there
);

-- step 4: deliver dataverse.msdyn_actuals

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."msdyn_accountingamount" AS "msdyn_accountingamount", shaped."msdyn_accountexchangerate" AS "msdyn_accountexchangerate", shaped."msdyn_vouchernumber" AS "msdyn_vouchernumber", shaped."msdyn_accountingtaxamount" AS "msdyn_accountingtaxamount", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_actuals" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'integration_actuals:back' AS leg, new."#key" AS source_key, 'dataverse.msdyn_actuals' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_accountingamount', 'old': CAST(old."msdyn_accountingamount" AS VARCHAR), 'new': CAST(new."msdyn_accountingamount" AS VARCHAR)},
    {'column_name': 'msdyn_accountexchangerate', 'old': CAST(old."msdyn_accountexchangerate" AS VARCHAR), 'new': CAST(new."msdyn_accountexchangerate" AS VARCHAR)},
    {'column_name': 'msdyn_vouchernumber', 'old': CAST(old."msdyn_vouchernumber" AS VARCHAR), 'new': CAST(new."msdyn_vouchernumber" AS VARCHAR)},
    {'column_name': 'msdyn_accountingtaxamount', 'old': CAST(old."msdyn_accountingtaxamount" AS VARCHAR), 'new': CAST(new."msdyn_accountingtaxamount" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_actuals" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."msdyn_actuals" AS t SET "msdyn_accountingamount" = updates."msdyn_accountingamount", "msdyn_accountexchangerate" = updates."msdyn_accountexchangerate", "msdyn_vouchernumber" = updates."msdyn_vouchernumber", "msdyn_accountingtaxamount" = updates."msdyn_accountingtaxamount", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'integration_actuals:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT source_key, first_run, first_seen, attempts, rowid AS "#entry", FALSE AS "#same"
FROM crosswalk.rejects
WHERE leg = 'integration_actuals:back' AND state = 'open' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" IN ('held', 'rejected'));

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'integration_actuals:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'integration_actuals:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('ActualsImportId', CAST(source."ActualsImportId" AS VARCHAR), 'AccountingDate', CAST(source."AccountingDate" AS VARCHAR), 'ActualId', CAST(source."ActualId" AS VARCHAR), 'AdjustmentStatus', CAST(source."AdjustmentStatus" AS VARCHAR), 'Amount', CAST(source."Amount" AS VARCHAR), 'AmountMST', CAST(source."AmountMST" AS VARCHAR), 'BillingStatusId', CAST(source."BillingStatusId" AS VARCHAR), 'BillingType', CAST(source."BillingType" AS VARCHAR), 'ContractId', CAST(source."ContractId" AS VARCHAR), 'ContractLine', CAST(source."ContractLine" AS VARCHAR), 'ContractingUnit', CAST(source."ContractingUnit" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'DocumentDate', CAST(source."DocumentDate" AS VARCHAR), 'EndDate', CAST(source."EndDate" AS VARCHAR), 'ExchangeRateDate', CAST(source."ExchangeRateDate" AS VARCHAR), 'ExchangeRate', CAST(source."ExchangeRate" AS VARCHAR), 'ExternalDescription', CAST(source."ExternalDescription" AS VARCHAR), 'ExternalReference', CAST(source."ExternalReference" AS VARCHAR), 'InvoiceId', CAST(source."InvoiceId" AS VARCHAR), 'IsJournalized', CAST(source."IsJournalized" AS VARCHAR), 'OwningBusinessId', CAST(source."OwningBusinessId" AS VARCHAR), 'OwningUser', CAST(source."OwningUser" AS VARCHAR), 'ProjectId', CAST(source."ProjectId" AS VARCHAR), 'Quantity', CAST(source."Quantity" AS VARCHAR), 'Status', CAST(source."Status" AS VARCHAR), 'StatusReason', CAST(source."StatusReason" AS VARCHAR), 'StartDate', CAST(source."StartDate" AS VARCHAR), 'TaskId', CAST(source."TaskId" AS VARCHAR), 'TransactionClassification', CAST(source."TransactionClassification" AS VARCHAR), 'TransactionCategory', CAST(source."TransactionCategory" AS VARCHAR), 'TransactionCurrencyId', CAST(source."TransactionCurrencyId" AS VARCHAR), 'TransactionType', CAST(source."TransactionType" AS VARCHAR), 'UnitOfMeasure', CAST(source."UnitOfMeasure" AS VARCHAR), 'UnitPrice', CAST(source."UnitPrice" AS VARCHAR), 'UnitPriceMST', CAST(source."UnitPriceMST" AS VARCHAR), 'ProjAdvancedJournalLine', CAST(source."ProjAdvancedJournalLine" AS VARCHAR), 'ResourceId', CAST(source."ResourceId" AS VARCHAR), 'ResourceOperationUnitId', CAST(source."ResourceOperationUnitId" AS VARCHAR), 'ProjectDataAreaId', CAST(source."ProjectDataAreaId" AS VARCHAR), 'IsProcessed', CAST(source."IsProcessed" AS VARCHAR), 'IntegrationCount', CAST(source."IntegrationCount" AS VARCHAR), 'IsDuplicate', CAST(source."IsDuplicate" AS VARCHAR), 'TransactionCategoryId', CAST(source."TransactionCategoryId" AS VARCHAR), 'CustomerAccountNumber', CAST(source."CustomerAccountNumber" AS VARCHAR), 'ProductNumber', CAST(source."ProductNumber" AS VARCHAR), 'VoucherNumber', CAST(source."VoucherNumber" AS VARCHAR), 'SalesTaxAmount', CAST(source."SalesTaxAmount" AS VARCHAR), 'AccountingAmount', CAST(source."AccountingAmount" AS VARCHAR), 'BookableResourceName', CAST(source."BookableResourceName" AS VARCHAR), 'ActivityNumber', CAST(source."ActivityNumber" AS VARCHAR), 'FundingSource', CAST(source."FundingSource" AS VARCHAR), 'InvoiceProposalId', CAST(source."InvoiceProposalId" AS VARCHAR), 'InvoiceProposalLineTransId', CAST(source."InvoiceProposalLineTransId" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ResourcingCompany', CAST(source."ResourcingCompany" AS VARCHAR), 'ExternalOriginReference', CAST(source."ExternalOriginReference" AS VARCHAR), 'SubcontractLine', CAST(source."SubcontractLine" AS VARCHAR), 'SubConInvoiceId', CAST(source."SubConInvoiceId" AS VARCHAR), 'ProductDescription', CAST(source."ProductDescription" AS VARCHAR), 'ProjActualsImportSync', CAST(source."ProjActualsImportSync" AS VARCHAR), 'TaskNumber', CAST(source."TaskNumber" AS VARCHAR), 'ContractLineId', CAST(source."ContractLineId" AS VARCHAR), 'MatchedVendorInvoice', CAST(source."MatchedVendorInvoice" AS VARCHAR), 'VendInvoiceLineProjTransId', CAST(source."VendInvoiceLineProjTransId" AS VARCHAR), 'FromPackingSlip', CAST(source."FromPackingSlip" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'integration_actuals.map.yaml:6'),
  (2, 'KEY_NULL', 'msdyn_company.cdm_companycode', /* place */ 'integration_actuals.map.yaml:18'),
  (3, 'OUT_OF_RANGE', 'msdyn_accountingamount', /* place */ 'integration_actuals.map.yaml:60'),
  (4, 'OUT_OF_RANGE', 'msdyn_accountexchangerate', /* place */ 'integration_actuals.map.yaml:62'),
  (5, 'OUT_OF_RANGE', 'msdyn_accountingtaxamount', /* place */ 'integration_actuals.map.yaml:54'),
  (6, 'TARGET_EXISTS', '', /* place */ 'integration_actuals.map.yaml:6'),
  (7, 'TARGET_MISSING', '', /* place */ 'integration_actuals.map.yaml:6'),
  (8, 'TARGET_DUPLICATE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (9, 'UPDATE_NOT_ALLOWED', '', /* place */ 'integration_actuals.map.yaml:6'),
  (10, 'CONFLICT_STALE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (11, 'KEY_DUPLICATE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (12, 'SUPERSEDED', '', /* place */ 'integration_actuals.map.yaml:6'),
  (13, 'SET_INCOMPLETE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (14, 'TARGET_REFUSED', '', /* place */ 'integration_actuals.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjCDSActualsImport" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'integration_actuals:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'integration_actuals:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_actuals' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'integration_actuals:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_actuals' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'integration_actuals:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'integration_actuals:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT coalesce(CAST(x."msdyn_actualid" AS VARCHAR), '') AS source_key, CAST(x."versionnumber" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "dataverse"."msdyn_actuals" AS x
  JOIN shaped ON shaped."#target_key" = coalesce(CAST(x."msdyn_actualid" AS VARCHAR), '') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'integration_actuals' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'integration_actuals:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'integration_actuals:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
