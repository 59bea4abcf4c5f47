-- posted_invoice: Integration invoice proposal export entity (posted customer invoices)
-- finops.ProjInvoiceJour -> dataverse.invoices, initial

-- step 1: extract finops.ProjInvoiceJour

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjInvoiceJour' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ProjInvoiceId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjInvoiceJour" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjInvoiceJour" AS x), TRUE)
  ) AS content
FROM "finops"."ProjInvoiceJour" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'posted_invoice' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'posted_invoice' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjInvoiceJour'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ProjInvoiceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjInvoiceJour" AS source);

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ProjInvoiceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."ProjInvoiceId",
    source."ModifiedDateTime",
    source."ProposalId",
    source."InvoiceDate",
    source."SumTax"
  FROM "finops"."ProjInvoiceJour" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT *,
    coalesce(("ProposalId" IS NOT NULL), FALSE) AS "#passes",  -- posted_invoice.map.yaml:12
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime posted_invoice.map.yaml:5
      WHEN "ProposalId" IS NULL THEN 2  -- KEY_NULL invoicenumber posted_invoice.map.yaml:17
      WHEN "dataAreaId" IS NULL THEN 3  -- KEY_NULL msdyn_company.cdm_companycode posted_invoice.map.yaml:17
      WHEN NOT (abs(CAST(round("SumTax", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 4  -- OUT_OF_RANGE msdyn_accountingtaxamount posted_invoice.map.yaml:21
      WHEN NOT (192350004 IN (192350000, 192350001, 192350002, 192350003, 192350004)) THEN 5  -- VALUE_UNMAPPED msdyn_projectinvoicestatus posted_invoice.map.yaml:22
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 4 THEN CAST(CAST(round("SumTax", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 5 THEN CAST(192350004 AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "ProjInvoiceId" AS "msdyn_customerinvoicenumber",  -- posted_invoice.map.yaml:19
    "InvoiceDate" AS "msdyn_customerinvoicedate",  -- posted_invoice.map.yaml:20
    CAST(CASE WHEN (abs(CAST(round("SumTax", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("SumTax", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_accountingtaxamount",  -- posted_invoice.map.yaml:21
    CAST(CASE WHEN (192350004 IN (192350000, 192350001, 192350002, 192350003, 192350004)) THEN 192350004 END AS BIGINT) AS "msdyn_projectinvoicestatus",  -- posted_invoice.map.yaml:22
    "ProposalId" AS "key.invoicenumber",  -- for later steps
    "dataAreaId" AS "key.msdyn_company.cdm_companycode",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."invoiceid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."invoicenumber" AS "invoicenumber", x."msdyn_company" AS "msdyn_company", x."msdyn_ordertype" AS "msdyn_ordertype", x."msdyn_customerinvoicenumber" AS "msdyn_customerinvoicenumber", x."msdyn_customerinvoicedate" AS "msdyn_customerinvoicedate", x."msdyn_accountingtaxamount" AS "msdyn_accountingtaxamount", x."msdyn_projectinvoicestatus" AS "msdyn_projectinvoicestatus", "msdyn_company.cdm_companycode"
  FROM "dataverse"."invoices" AS x
  LEFT JOIN (
    SELECT x."cdm_companyid" AS "msdyn_company.#1", count(*) AS "msdyn_company.#hits", any_value(x."cdm_companycode") AS "msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_company.#1" = "msdyn_company"
  WHERE coalesce(("msdyn_ordertype" = 192350001), FALSE)
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
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_customerinvoicenumber" IS NULL THEN TRUE
      ELSE (CAST(mapped."msdyn_customerinvoicenumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicenumber".source)) AND NOT (CAST(target."msdyn_customerinvoicenumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicenumber".target))
    END AS "#goes.msdyn_customerinvoicenumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_customerinvoicedate" IS NULL THEN TRUE
      ELSE (CAST(mapped."msdyn_customerinvoicedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicedate".source)) AND NOT (CAST(target."msdyn_customerinvoicedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicedate".target))
    END AS "#goes.msdyn_customerinvoicedate",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_accountingtaxamount" IS NULL THEN TRUE
      ELSE (CAST(mapped."msdyn_accountingtaxamount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_accountingtaxamount".source)) AND NOT (CAST(target."msdyn_accountingtaxamount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_accountingtaxamount".target))
    END AS "#goes.msdyn_accountingtaxamount",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_projectinvoicestatus" IS NULL THEN TRUE
      ELSE (CAST(mapped."msdyn_projectinvoicestatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_projectinvoicestatus".source)) AND NOT (CAST(target."msdyn_projectinvoicestatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_projectinvoicestatus".target))
    END AS "#goes.msdyn_projectinvoicestatus",
    target."#row" IS NOT NULL AND pact."msdyn_customerinvoicenumber" IS NOT NULL AND (CAST(mapped."msdyn_customerinvoicenumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicenumber".source)) AND (CAST(target."msdyn_customerinvoicenumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicenumber".target))
      AND (target."msdyn_customerinvoicenumber" IS DISTINCT FROM mapped."msdyn_customerinvoicenumber") AS "#clashes.msdyn_customerinvoicenumber",
    target."#row" IS NOT NULL AND pact."msdyn_customerinvoicedate" IS NOT NULL AND (CAST(mapped."msdyn_customerinvoicedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicedate".source)) AND (CAST(target."msdyn_customerinvoicedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerinvoicedate".target))
      AND (target."msdyn_customerinvoicedate" IS DISTINCT FROM mapped."msdyn_customerinvoicedate") AS "#clashes.msdyn_customerinvoicedate",
    target."#row" IS NOT NULL AND pact."msdyn_accountingtaxamount" IS NOT NULL AND (CAST(mapped."msdyn_accountingtaxamount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_accountingtaxamount".source)) AND (CAST(target."msdyn_accountingtaxamount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_accountingtaxamount".target))
      AND (target."msdyn_accountingtaxamount" IS DISTINCT FROM mapped."msdyn_accountingtaxamount") AS "#clashes.msdyn_accountingtaxamount",
    target."#row" IS NOT NULL AND pact."msdyn_projectinvoicestatus" IS NOT NULL AND (CAST(mapped."msdyn_projectinvoicestatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_projectinvoicestatus".source)) AND (CAST(target."msdyn_projectinvoicestatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_projectinvoicestatus".target))
      AND (target."msdyn_projectinvoicestatus" IS DISTINCT FROM mapped."msdyn_projectinvoicestatus") AS "#clashes.msdyn_projectinvoicestatus",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_customerinvoicenumber" THEN 'msdyn_customerinvoicenumber' || ': source ' || coalesce(CAST(mapped."msdyn_customerinvoicenumber" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_customerinvoicenumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_customerinvoicedate" THEN 'msdyn_customerinvoicedate' || ': source ' || coalesce(CAST(mapped."msdyn_customerinvoicedate" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_customerinvoicedate" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_accountingtaxamount" THEN 'msdyn_accountingtaxamount' || ': source ' || coalesce(CAST(mapped."msdyn_accountingtaxamount" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_accountingtaxamount" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_projectinvoicestatus" THEN 'msdyn_projectinvoicestatus' || ': source ' || coalesce(CAST(mapped."msdyn_projectinvoicestatus" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_projectinvoicestatus" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_customerinvoicenumber" AND (target."msdyn_customerinvoicenumber" IS DISTINCT FROM mapped."msdyn_customerinvoicenumber"))
      OR ("#goes.msdyn_customerinvoicedate" AND (target."msdyn_customerinvoicedate" IS DISTINCT FROM mapped."msdyn_customerinvoicedate"))
      OR ("#goes.msdyn_accountingtaxamount" AND (target."msdyn_accountingtaxamount" IS DISTINCT FROM mapped."msdyn_accountingtaxamount"))
      OR ("#goes.msdyn_projectinvoicestatus" AND (target."msdyn_projectinvoicestatus" IS DISTINCT FROM mapped."msdyn_projectinvoicestatus")) AS "#differs",
    FALSE AS "#may_create",
    (NOT "#goes.msdyn_projectinvoicestatus" OR coalesce(target."msdyn_projectinvoicestatus" IS NULL OR target."msdyn_projectinvoicestatus" IS NOT DISTINCT FROM mapped."msdyn_projectinvoicestatus" OR target."msdyn_projectinvoicestatus" = 192350000 AND (mapped."msdyn_projectinvoicestatus" IN (192350001, 192350002)) OR target."msdyn_projectinvoicestatus" = 192350001 AND (mapped."msdyn_projectinvoicestatus" IN (192350000, 192350002)) OR target."msdyn_projectinvoicestatus" = 192350002 AND (mapped."msdyn_projectinvoicestatus" IN (192350003, 192350004)) OR target."msdyn_projectinvoicestatus" = 192350003 AND (mapped."msdyn_projectinvoicestatus" IN (192350004)), FALSE)) AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."invoicenumber" = mapped."key.invoicenumber" AND target."msdyn_company.cdm_companycode" = mapped."key.msdyn_company.cdm_companycode"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'posted_invoice' AND state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_customerinvoicenumber')[1] AS "msdyn_customerinvoicenumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_customerinvoicedate')[1] AS "msdyn_customerinvoicedate",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_accountingtaxamount')[1] AS "msdyn_accountingtaxamount",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_projectinvoicestatus')[1] AS "msdyn_projectinvoicestatus",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'posted_invoice'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = target."#key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 7  -- TARGET_MISSING
    WHEN "#clashes.msdyn_customerinvoicenumber" THEN 15  -- CONFLICT_STALE msdyn_customerinvoicenumber
    WHEN "#clashes.msdyn_customerinvoicedate" THEN 16  -- CONFLICT_STALE msdyn_customerinvoicedate
    WHEN "#clashes.msdyn_accountingtaxamount" THEN 17  -- CONFLICT_STALE msdyn_accountingtaxamount
    WHEN "#clashes.msdyn_projectinvoicestatus" THEN 18  -- CONFLICT_STALE msdyn_projectinvoicestatus
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
SELECT "#arm", "key.invoicenumber", "key.msdyn_company.cdm_companycode", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_customerinvoicenumber", "msdyn_customerinvoicedate", "msdyn_accountingtaxamount", "msdyn_projectinvoicestatus")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.invoicenumber", "key.msdyn_company.cdm_companycode"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 12 ELSE 11 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.invoicenumber" = duplicates."key.invoicenumber" AND shaped."key.msdyn_company.cdm_companycode" = duplicates."key.msdyn_company.cdm_companycode"
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
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18) THEN 'rejected'
  WHEN "#reason" IN (12) THEN 'superseded'
  WHEN "#reason" IN (13) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjInvoiceJour" AS source
  WHERE TRUE
)), NULL
FROM shaped;

-- check LEFT_FILTER: rows that left
SELECT count(*), min("#key")
FROM shaped
WHERE "#fate" = 'filtered' AND "#linked" AND NOT "#passes";

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected > 100.0 THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'posted_invoice' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."invoices" WHERE coalesce(("msdyn_ordertype" = 192350001), FALSE)) AS there
);

-- step 4: deliver dataverse.invoices

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT CASE WHEN shaped."#goes.msdyn_customerinvoicenumber" THEN shaped."msdyn_customerinvoicenumber" ELSE t."msdyn_customerinvoicenumber" END AS "msdyn_customerinvoicenumber", CASE WHEN shaped."#goes.msdyn_customerinvoicedate" THEN shaped."msdyn_customerinvoicedate" ELSE t."msdyn_customerinvoicedate" END AS "msdyn_customerinvoicedate", CASE WHEN shaped."#goes.msdyn_accountingtaxamount" THEN shaped."msdyn_accountingtaxamount" ELSE t."msdyn_accountingtaxamount" END AS "msdyn_accountingtaxamount", CASE WHEN shaped."#goes.msdyn_projectinvoicestatus" THEN shaped."msdyn_projectinvoicestatus" ELSE t."msdyn_projectinvoicestatus" END AS "msdyn_projectinvoicestatus", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."invoices" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'posted_invoice' AS leg, new."#key" AS source_key, 'dataverse.invoices' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_customerinvoicenumber', 'old': CAST(old."msdyn_customerinvoicenumber" AS VARCHAR), 'new': CAST(new."msdyn_customerinvoicenumber" AS VARCHAR)},
    {'column_name': 'msdyn_customerinvoicedate', 'old': CAST(old."msdyn_customerinvoicedate" AS VARCHAR), 'new': CAST(new."msdyn_customerinvoicedate" AS VARCHAR)},
    {'column_name': 'msdyn_accountingtaxamount', 'old': CAST(old."msdyn_accountingtaxamount" AS VARCHAR), 'new': CAST(new."msdyn_accountingtaxamount" AS VARCHAR)},
    {'column_name': 'msdyn_projectinvoicestatus', 'old': CAST(old."msdyn_projectinvoicestatus" AS VARCHAR), 'new': CAST(new."msdyn_projectinvoicestatus" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."invoices" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."invoices" AS t SET "msdyn_customerinvoicenumber" = updates."msdyn_customerinvoicenumber", "msdyn_customerinvoicedate" = updates."msdyn_customerinvoicedate", "msdyn_accountingtaxamount" = updates."msdyn_accountingtaxamount", "msdyn_projectinvoicestatus" = updates."msdyn_projectinvoicestatus", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'posted_invoice' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ProjInvoiceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjInvoiceJour" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT source_key, first_run, first_seen, attempts, rowid AS "#entry", FALSE AS "#same"
FROM crosswalk.rejects
WHERE leg = 'posted_invoice' AND state = 'open' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" IN ('held', 'rejected'));

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'posted_invoice' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'posted_invoice' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('OrderAccount', CAST(source."OrderAccount" AS VARCHAR), 'CashDisc', CAST(source."CashDisc" AS VARCHAR), 'CashDiscCode', CAST(source."CashDiscCode" AS VARCHAR), 'CashDiscDate', CAST(source."CashDiscDate" AS VARCHAR), 'CashDiscPercent', CAST(source."CashDiscPercent" AS VARCHAR), 'CostValue', CAST(source."CostValue" AS VARCHAR), 'CurrencyId', CAST(source."CurrencyId" AS VARCHAR), 'DefaultDimension', CAST(source."DefaultDimension" AS VARCHAR), 'DeliveryName', CAST(source."DeliveryName" AS VARCHAR), 'DeliveryPostalAddress', CAST(source."DeliveryPostalAddress" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'DirectDebitMandate', CAST(source."DirectDebitMandate" AS VARCHAR), 'DlvMode', CAST(source."DlvMode" AS VARCHAR), 'DlvTerm', CAST(source."DlvTerm" AS VARCHAR), 'DueDate', CAST(source."DueDate" AS VARCHAR), 'EInvoiceAccountCode', CAST(source."EInvoiceAccountCode" AS VARCHAR), 'EInvoiceLineSpecific', CAST(source."EInvoiceLineSpecific" AS VARCHAR), 'EndDisc', CAST(source."EndDisc" AS VARCHAR), 'EnterpriseNumber', CAST(source."EnterpriseNumber" AS VARCHAR), 'ExchRate', CAST(source."ExchRate" AS VARCHAR), 'ExchrateSecondary', CAST(source."ExchrateSecondary" AS VARCHAR), 'InterCompanyPosted', CAST(source."InterCompanyPosted" AS VARCHAR), 'IntrastatDispatchId', CAST(source."IntrastatDispatchId" AS VARCHAR), 'InvoiceAccount', CAST(source."InvoiceAccount" AS VARCHAR), 'InvoiceAmount', CAST(source."InvoiceAmount" AS VARCHAR), 'InvoiceDate', CAST(source."InvoiceDate" AS VARCHAR), 'InvoiceRoundOff', CAST(source."InvoiceRoundOff" AS VARCHAR), 'LanguageId', CAST(source."LanguageId" AS VARCHAR), 'LedgerVoucher', CAST(source."LedgerVoucher" AS VARCHAR), 'ListCodeId', CAST(source."ListCodeId" AS VARCHAR), 'NumberSequenceGroupId', CAST(source."NumberSequenceGroupId" AS VARCHAR), 'OnAccountAmount', CAST(source."OnAccountAmount" AS VARCHAR), 'ParmId', CAST(source."ParmId" AS VARCHAR), 'PaymDayId', CAST(source."PaymDayId" AS VARCHAR), 'Payment', CAST(source."Payment" AS VARCHAR), 'PaymentSched', CAST(source."PaymentSched" AS VARCHAR), 'PaymId', CAST(source."PaymId" AS VARCHAR), 'PostingJournalId', CAST(source."PostingJournalId" AS VARCHAR), 'PostingProfile', CAST(source."PostingProfile" AS VARCHAR), 'PrintedOriginals', CAST(source."PrintedOriginals" AS VARCHAR), 'ProjGroupId', CAST(source."ProjGroupId" AS VARCHAR), 'ProjInvoiceId', CAST(source."ProjInvoiceId" AS VARCHAR), 'ProjInvoiceProjId', CAST(source."ProjInvoiceProjId" AS VARCHAR), 'ProjInvoiceType', CAST(source."ProjInvoiceType" AS VARCHAR), 'ProposalId', CAST(source."ProposalId" AS VARCHAR), 'PSAEndDateMaxInvoiceId', CAST(source."PSAEndDateMaxInvoiceId" AS VARCHAR), 'PSAInvoiceFormats', CAST(source."PSAInvoiceFormats" AS VARCHAR), 'qty', CAST(source."qty" AS VARCHAR), 'ReasonTableRef', CAST(source."ReasonTableRef" AS VARCHAR), 'SalesOrderbalance', CAST(source."SalesOrderbalance" AS VARCHAR), 'SMASpecIndexCalc', CAST(source."SMASpecIndexCalc" AS VARCHAR), 'SourceDocumentHeader', CAST(source."SourceDocumentHeader" AS VARCHAR), 'SumLineDisc', CAST(source."SumLineDisc" AS VARCHAR), 'SumMarkup', CAST(source."SumMarkup" AS VARCHAR), 'SumTax', CAST(source."SumTax" AS VARCHAR), 'TaxGroupId', CAST(source."TaxGroupId" AS VARCHAR), 'TaxPrintOnInvoice', CAST(source."TaxPrintOnInvoice" AS VARCHAR), 'TaxSpecifyByLine', CAST(source."TaxSpecifyByLine" AS VARCHAR), 'TaxSpecifyTotal', CAST(source."TaxSpecifyTotal" AS VARCHAR), 'VATNum', CAST(source."VATNum" AS VARCHAR), 'Volume', CAST(source."Volume" AS VARCHAR), 'VoucherNumberSequenceTable', CAST(source."VoucherNumberSequenceTable" AS VARCHAR), 'Weight', CAST(source."Weight" AS VARCHAR), 'SentElectronically', CAST(source."SentElectronically" AS VARCHAR), 'IsProforma', CAST(source."IsProforma" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'posted_invoice.map.yaml:5'),
  (2, 'KEY_NULL', 'invoicenumber', /* place */ 'posted_invoice.map.yaml:17'),
  (3, 'KEY_NULL', 'msdyn_company.cdm_companycode', /* place */ 'posted_invoice.map.yaml:17'),
  (4, 'OUT_OF_RANGE', 'msdyn_accountingtaxamount', /* place */ 'posted_invoice.map.yaml:21'),
  (5, 'VALUE_UNMAPPED', 'msdyn_projectinvoicestatus', /* place */ 'posted_invoice.map.yaml:22'),
  (6, 'TARGET_EXISTS', '', /* place */ 'posted_invoice.map.yaml:5'),
  (7, 'TARGET_MISSING', '', /* place */ 'posted_invoice.map.yaml:5'),
  (8, 'TARGET_DUPLICATE', '', /* place */ 'posted_invoice.map.yaml:5'),
  (9, 'UPDATE_NOT_ALLOWED', '', /* place */ 'posted_invoice.map.yaml:5'),
  (10, 'CONFLICT_STALE', '', /* place */ 'posted_invoice.map.yaml:5'),
  (11, 'KEY_DUPLICATE', '', /* place */ 'posted_invoice.map.yaml:5'),
  (12, 'SUPERSEDED', '', /* place */ 'posted_invoice.map.yaml:5'),
  (13, 'SET_INCOMPLETE', '', /* place */ 'posted_invoice.map.yaml:5'),
  (14, 'TARGET_REFUSED', '', /* place */ 'posted_invoice.map.yaml:5'),
  (15, 'CONFLICT_STALE', 'msdyn_customerinvoicenumber', /* place */ 'posted_invoice.map.yaml:19'),
  (16, 'CONFLICT_STALE', 'msdyn_customerinvoicedate', /* place */ 'posted_invoice.map.yaml:20'),
  (17, 'CONFLICT_STALE', 'msdyn_accountingtaxamount', /* place */ 'posted_invoice.map.yaml:21'),
  (18, 'CONFLICT_STALE', 'msdyn_projectinvoicestatus', /* place */ 'posted_invoice.map.yaml:22')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjInvoiceJour" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'posted_invoice' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'posted_invoice' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.invoices' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'posted_invoice' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.invoices' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'posted_invoice' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'posted_invoice' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, shaped."#target_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."msdyn_customerinvoicenumber" IS NOT DISTINCT FROM shaped."msdyn_customerinvoicenumber"
        THEN {'column_name': 'msdyn_customerinvoicenumber', 'source': CAST(shaped."msdyn_customerinvoicenumber" AS VARCHAR), 'target': CAST(now."msdyn_customerinvoicenumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customerinvoicenumber')[1] END,
      CASE WHEN now."msdyn_customerinvoicedate" IS NOT DISTINCT FROM shaped."msdyn_customerinvoicedate"
        THEN {'column_name': 'msdyn_customerinvoicedate', 'source': CAST(shaped."msdyn_customerinvoicedate" AS VARCHAR), 'target': CAST(now."msdyn_customerinvoicedate" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customerinvoicedate')[1] END,
      CASE WHEN now."msdyn_accountingtaxamount" IS NOT DISTINCT FROM shaped."msdyn_accountingtaxamount"
        THEN {'column_name': 'msdyn_accountingtaxamount', 'source': CAST(shaped."msdyn_accountingtaxamount" AS VARCHAR), 'target': CAST(now."msdyn_accountingtaxamount" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_accountingtaxamount')[1] END,
      CASE WHEN now."msdyn_projectinvoicestatus" IS NOT DISTINCT FROM shaped."msdyn_projectinvoicestatus"
        THEN {'column_name': 'msdyn_projectinvoicestatus', 'source': CAST(shaped."msdyn_projectinvoicestatus" AS VARCHAR), 'target': CAST(now."msdyn_projectinvoicestatus" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_projectinvoicestatus')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."invoiceid" AS VARCHAR), '') AS "#target_key" FROM "dataverse"."invoices" AS x WHERE coalesce(("msdyn_ordertype" = 192350001), FALSE)) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'posted_invoice' AND pact.source_key = shaped."#key" AND pact.target_key = shaped."#target_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'posted_invoice' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'posted_invoice' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'posted_invoice';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'posted_invoice' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
