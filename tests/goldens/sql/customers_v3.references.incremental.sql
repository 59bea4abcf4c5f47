-- customers_v3:references: Customers V3 (accounts)
-- finops.CustomersV3 -> dataverse.accounts, incremental

-- step 1: extract finops.CustomersV3

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.CustomersV3' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."CustomersV3" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."CustomersV3" AS x), TRUE)
  ) AS content
FROM "finops"."CustomersV3" AS x
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
WHERE leg = 'customers_v3:references' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:references' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:references' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:references' AND mark.entity = 'finops.CustomersV3'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'customers_v3:references' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:references' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."CustomersV3" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'customers_v3:references' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."CustomersV3" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'customers_v3:references' AND open.state = 'open'
);

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:references' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.accounts changed: msdyn_billingaccount:accounts
INSERT INTO examined
SELECT source.rowid, 'msdyn_billingaccount:accounts changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:references' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows that were passed over
INSERT INTO examined
SELECT source.rowid, 'may be in the target now'
FROM "finops"."CustomersV3" AS source
WHERE NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'customers_v3:references' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:references' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."CustomersV3" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'customers_v3:references' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'customers_v3:references' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."CUSTOMERACCOUNT",
    source."ModifiedDateTime",
    source."INVOICEACCOUNT"
  FROM "finops"."CustomersV3" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_company:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_company:cdm_companies.#1", count(*) AS "msdyn_company:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_company:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("dataAreaId", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_company:cdm_companies.#1" = nullif("dataAreaId", '')
  LEFT JOIN (  -- msdyn_billingaccount:accounts
    SELECT x."accountnumber" AS "msdyn_billingaccount:accounts.#1", x."msdyn_company" AS "msdyn_billingaccount:accounts.#2", count(*) AS "msdyn_billingaccount:accounts.#hits", any_value(x."accountid") AS "msdyn_billingaccount:accounts.accountid"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountnumber" IN (SELECT DISTINCT nullif("INVOICEACCOUNT", '') FROM "landed")
    GROUP BY x."accountnumber", x."msdyn_company"
  ) ON "msdyn_billingaccount:accounts.#1" = nullif("INVOICEACCOUNT", '') AND "msdyn_billingaccount:accounts.#2" = "msdyn_company:cdm_companies.cdm_companyid"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "#key" NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'customers_v3' AND target = 'dataverse.accounts' AND state = 'live') THEN 1  -- TARGET_MISSING customers_v3.map.yaml:4
      WHEN "ModifiedDateTime" IS NULL THEN 2  -- CURSOR_NULL ModifiedDateTime customers_v3.map.yaml:4
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 3  -- LOOKUP_MISSING msdyn_company customers_v3.map.yaml:13
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 4  -- LOOKUP_AMBIGUOUS msdyn_company customers_v3.map.yaml:13
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 5  -- KEY_NULL msdyn_company customers_v3.map.yaml:13
      WHEN (nullif("INVOICEACCOUNT", '') IS NOT NULL) AND ("msdyn_billingaccount:accounts.#hits" IS NULL) THEN 6  -- LOOKUP_MISSING msdyn_billingaccount customers_v3.map.yaml:25
      WHEN coalesce("msdyn_billingaccount:accounts.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS msdyn_billingaccount customers_v3.map.yaml:25
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 3 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 4 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICEACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICEACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_billingaccount:accounts.accountid" AS "msdyn_billingaccount",  -- customers_v3.map.yaml:25
    "msdyn_company:cdm_companies.cdm_companyid" AS "key.msdyn_company",  -- for later steps
    "CUSTOMERACCOUNT" AS "key.accountnumber",  -- for later steps
    "INVOICEACCOUNT" AS "both.INVOICEACCOUNT",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."accountid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."accountnumber" AS "accountnumber", x."msdyn_billingaccount" AS "msdyn_billingaccount"
  FROM "dataverse"."accounts" AS x
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
      WHEN pact."msdyn_billingaccount" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.INVOICEACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".source)) OR (CAST(mapped."msdyn_billingaccount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".target))) AND NOT (CAST(target."msdyn_billingaccount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".target))
    END AS "#goes.msdyn_billingaccount",
    target."#row" IS NOT NULL AND pact."msdyn_billingaccount" IS NOT NULL AND ((CAST(mapped."both.INVOICEACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".source)) OR (CAST(mapped."msdyn_billingaccount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".target))) AND (CAST(target."msdyn_billingaccount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".target))
      AND (target."msdyn_billingaccount" IS DISTINCT FROM mapped."msdyn_billingaccount") AS "#clashes.msdyn_billingaccount",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_billingaccount" THEN 'msdyn_billingaccount' || ': source ' || coalesce(CAST(mapped."both.INVOICEACCOUNT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_billingaccount" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_billingaccount" AND (target."msdyn_billingaccount" IS DISTINCT FROM mapped."msdyn_billingaccount")) AS "#differs",
    FALSE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."key.msdyn_company" AND target."accountnumber" = mapped."key.accountnumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_billingaccount')[1] AS "msdyn_billingaccount",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'customers_v3'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = replace(replace(coalesce(CAST(mapped."key.msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."key.accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 9  -- TARGET_MISSING
    WHEN "#clashes.msdyn_billingaccount" THEN 17  -- CONFLICT_STALE msdyn_billingaccount
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 11  -- UPDATE_NOT_ALLOWED
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
UPDATE shaped SET "#reason" = 10, "#value" = shaped."#target_key"
FROM meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#passes" AND shaped."#reason" IS NULL;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "key.msdyn_company", "key.accountnumber", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_billingaccount")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.msdyn_company", "key.accountnumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 14 ELSE 13 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.msdyn_company" = duplicates."key.msdyn_company" AND shaped."key.accountnumber" = duplicates."key.accountnumber"
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
UPDATE shaped SET "#reason" = 13, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'customers_v3:references' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.accounts' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."CustomersV3" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 13, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."CustomersV3" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 13, claim."#target_key"
FROM "finops"."CustomersV3" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 9) THEN 'filtered'
  WHEN "#reason" IN (2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17) THEN 'rejected'
  WHEN "#reason" IN (14) THEN 'superseded'
  WHEN "#reason" IN (15) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."CustomersV3" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'customers_v3:references' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."accounts") AS there
);

-- step 4: deliver dataverse.accounts

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT CASE WHEN shaped."#goes.msdyn_billingaccount" THEN shaped."msdyn_billingaccount" ELSE t."msdyn_billingaccount" END AS "msdyn_billingaccount", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."accounts" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'customers_v3:references' AS leg, new."#key" AS source_key, 'dataverse.accounts' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_billingaccount', 'old': CAST(old."msdyn_billingaccount" AS VARCHAR), 'new': CAST(new."msdyn_billingaccount" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."accounts" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."accounts" AS t SET "msdyn_billingaccount" = updates."msdyn_billingaccount", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'customers_v3:references' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source)
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
  (1, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (2, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'customers_v3.map.yaml:4'),
  (3, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (4, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (5, 'KEY_NULL', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (6, 'LOOKUP_MISSING', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25'),
  (8, 'TARGET_EXISTS', '', /* place */ 'customers_v3.map.yaml:4'),
  (9, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (10, 'TARGET_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (11, 'UPDATE_NOT_ALLOWED', '', /* place */ 'customers_v3.map.yaml:4'),
  (12, 'CONFLICT_STALE', '', /* place */ 'customers_v3.map.yaml:4'),
  (13, 'KEY_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (14, 'SUPERSEDED', '', /* place */ 'customers_v3.map.yaml:4'),
  (15, 'SET_INCOMPLETE', '', /* place */ 'customers_v3.map.yaml:4'),
  (16, 'TARGET_REFUSED', '', /* place */ 'customers_v3.map.yaml:4'),
  (17, 'CONFLICT_STALE', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'customers_v3:references' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'customers_v3:references' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'customers_v3:references' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'CUSTOMERACCOUNT', CAST(source."CUSTOMERACCOUNT" AS VARCHAR), 'PARTYTYPE', CAST(source."PARTYTYPE" AS VARCHAR), 'PARTYNUMBER', CAST(source."PARTYNUMBER" AS VARCHAR), 'CREDITLIMIT', CAST(source."CREDITLIMIT" AS VARCHAR), 'SALESCURRENCYCODE', CAST(source."SALESCURRENCYCODE" AS VARCHAR), 'SALESMEMO', CAST(source."SALESMEMO" AS VARCHAR), 'CREDITLIMITISMANDATORY', CAST(source."CREDITLIMITISMANDATORY" AS VARCHAR), 'CREDITRATING', CAST(source."CREDITRATING" AS VARCHAR), 'CUSTOMERGROUPID', CAST(source."CUSTOMERGROUPID" AS VARCHAR), 'IDENTIFICATIONNUMBER', CAST(source."IDENTIFICATIONNUMBER" AS VARCHAR), 'INVOICEACCOUNT', CAST(source."INVOICEACCOUNT" AS VARCHAR), 'ISONETIMECUSTOMER', CAST(source."ISONETIMECUSTOMER" AS VARCHAR), 'ONHOLDSTATUS', CAST(source."ONHOLDSTATUS" AS VARCHAR), 'PARTYCOUNTRY', CAST(source."PARTYCOUNTRY" AS VARCHAR), 'PARTYSTATE', CAST(source."PARTYSTATE" AS VARCHAR), 'PAYMENTDAY', CAST(source."PAYMENTDAY" AS VARCHAR), 'PAYMENTMETHOD', CAST(source."PAYMENTMETHOD" AS VARCHAR), 'PAYMENTSCHEDULE', CAST(source."PAYMENTSCHEDULE" AS VARCHAR), 'PAYMENTTERMS', CAST(source."PAYMENTTERMS" AS VARCHAR), 'PAYMENTTERMSBASEDAYS', CAST(source."PAYMENTTERMSBASEDAYS" AS VARCHAR), 'TAXEXEMPTNUMBER', CAST(source."TAXEXEMPTNUMBER" AS VARCHAR), 'VENDORACCOUNT', CAST(source."VENDORACCOUNT" AS VARCHAR), 'CONTACTPERSONID', CAST(source."CONTACTPERSONID" AS VARCHAR), 'SALESTAXGROUP', CAST(source."SALESTAXGROUP" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (2, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'customers_v3.map.yaml:4'),
  (3, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (4, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (5, 'KEY_NULL', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (6, 'LOOKUP_MISSING', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25'),
  (8, 'TARGET_EXISTS', '', /* place */ 'customers_v3.map.yaml:4'),
  (9, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (10, 'TARGET_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (11, 'UPDATE_NOT_ALLOWED', '', /* place */ 'customers_v3.map.yaml:4'),
  (12, 'CONFLICT_STALE', '', /* place */ 'customers_v3.map.yaml:4'),
  (13, 'KEY_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (14, 'SUPERSEDED', '', /* place */ 'customers_v3.map.yaml:4'),
  (15, 'SET_INCOMPLETE', '', /* place */ 'customers_v3.map.yaml:4'),
  (16, 'TARGET_REFUSED', '', /* place */ 'customers_v3.map.yaml:4'),
  (17, 'CONFLICT_STALE', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."CustomersV3" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'customers_v3:references' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'customers_v3:references' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.accounts' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'customers_v3:references' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.accounts' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'customers_v3:references' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'customers_v3:references' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, replace(replace(coalesce(CAST(shaped."key.msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."key.accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."msdyn_billingaccount" IS NOT DISTINCT FROM shaped."msdyn_billingaccount"
        THEN {'column_name': 'msdyn_billingaccount', 'source': CAST(shaped."both.INVOICEACCOUNT" AS VARCHAR), 'target': CAST(now."msdyn_billingaccount" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_billingaccount')[1] END
      , list_filter(pact.cells, lambda cell: cell.column_name = 'creditlimit')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'transactioncurrencyid')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'description')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditlimitismandatory')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customergroupid')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_identificationnumber')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onetimecustomer')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partycountry')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partystateprovince')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentday')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customerpaymentmethod')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentterm')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymenttermsbasedays')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_taxexemptnumber')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendor')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partyid')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_salestaxgroup')[1]
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."accountid" AS VARCHAR), '') AS "#target_key" FROM "dataverse"."accounts" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'customers_v3' AND pact.source_key = shaped."#key" AND pact.target_key = replace(replace(coalesce(CAST(shaped."key.msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."key.accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'customers_v3' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'customers_v3' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'customers_v3:references';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'customers_v3:references' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
