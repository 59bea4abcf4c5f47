-- project_transaction_categories: Project transaction categories (msdyn_transactioncategories)
-- dataverse.msdyn_transactioncategories -> finops.SharedCategory, incremental

-- step 1: extract dataverse.msdyn_transactioncategories

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_transactioncategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactioncategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactioncategories" AS x
UNION ALL
SELECT 'finops.FeatureStates' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."Name" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."FeatureStates" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."FeatureStates" AS x), TRUE)
  ) AS content
FROM "finops"."FeatureStates" AS x;

-- one unit for each entry of a row
CREATE OR REPLACE TEMP TABLE units AS
WITH landed AS (
  SELECT
    source.rowid AS "#source",
    coalesce(CAST(source."msdyn_transactioncategoryid" AS VARCHAR), '') AS "#source_key",
    replace(replace(coalesce(CAST(source."msdyn_transactioncategoryid" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#of",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."modifiedon",
    source."msdyn_transactioncategorynumber",
    source."msdyn_name"
  FROM "dataverse"."msdyn_transactioncategories" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
fanned AS (
  SELECT *
  FROM "joined_1"
  CROSS JOIN (VALUES
    (0, '-1|Hour'),
    (1, '-2|Fee'),
    (2, '-3|Item'),
    (3, '-4|Expense'),
    (4, '-5|OnAccount')
  ) AS listed ("kind.#entry", "kind.#key")
)
SELECT "#source", "#source_key", "#of", "#of" || '|' || "kind.#key" AS "#key", "#version", "modifiedon", "kind.#entry", "msdyn_transactioncategorynumber", "msdyn_name"
FROM fanned;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'project_transaction_categories' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_transaction_categories' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT source."#key" FROM "units" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "units" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_transaction_categories' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_transaction_categories' AND link.source_key = source."#key"
      AND (link.source_version = source."#version")
  );

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "units" AS source
WHERE source."#key" IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'project_transaction_categories' AND open.state = 'open'
);

-- all rows when finops.FeatureStates changed: feature
INSERT INTO examined
SELECT source.rowid, 'feature changed'
FROM "units" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_transaction_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.FeatureStates'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "units" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND source."#key" IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'project_transaction_categories' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'project_transaction_categories' AND source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_transactioncategories") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'project_transaction_categories' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    source."#key" AS "#key",
    source."#version" AS "#version",
    source."modifiedon",
    source."kind.#entry",
    source."msdyn_transactioncategorynumber",
    source."msdyn_name"
  FROM "units" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- feature: project_transaction_categories.map.yaml:15
    SELECT x."Name" AS "feature.#1", count(*) AS "feature.#hits", any_value(x."Enabled") AS "feature.Enabled"
    FROM "finops"."FeatureStates" AS x
    WHERE x."Name" = 'On-account categories'
    GROUP BY x."Name"
  ) ON "feature.#1" = 'On-account categories'
),
judged AS (
  SELECT *,
    "kind.#entry" <> 4 OR coalesce(("feature.Enabled" = 'yes'), FALSE) AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon project_transaction_categories.map.yaml:5
      WHEN coalesce("feature.#hits", 0) > 1 THEN 2  -- LOOKUP_AMBIGUOUS feature project_transaction_categories.map.yaml:15
      WHEN length((coalesce("msdyn_transactioncategorynumber", '') || coalesce((CASE "kind.#entry" WHEN 0 THEN '-1' WHEN 1 THEN '-2' WHEN 2 THEN '-3' WHEN 3 THEN '-4' WHEN 4 THEN '-5' END), ''))) > 30 THEN 3  -- TOO_LONG CategoryId project_transaction_categories.map.yaml:24
      WHEN (CASE WHEN (length((coalesce("msdyn_transactioncategorynumber", '') || coalesce((CASE "kind.#entry" WHEN 0 THEN '-1' WHEN 1 THEN '-2' WHEN 2 THEN '-3' WHEN 3 THEN '-4' WHEN 4 THEN '-5' END), ''))) <= 30) THEN (coalesce("msdyn_transactioncategorynumber", '') || coalesce((CASE "kind.#entry" WHEN 0 THEN '-1' WHEN 1 THEN '-2' WHEN 2 THEN '-3' WHEN 3 THEN '-4' WHEN 4 THEN '-5' END), '')) END) IS NULL THEN 4  -- KEY_NULL CategoryId project_transaction_categories.map.yaml:24
      WHEN NOT ((CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) IN ('Hour', 'Fee', 'Item', 'Expense', 'OnAccount')) THEN 5  -- VALUE_UNMAPPED CategoryType project_transaction_categories.map.yaml:27
      WHEN (CASE WHEN ((CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) IN ('Hour', 'Fee', 'Item', 'Expense', 'OnAccount')) THEN (CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) END) IS NULL THEN 6  -- REQUIRED_NULL CategoryType project_transaction_categories.map.yaml:27
      WHEN length("msdyn_transactioncategorynumber") > 50 THEN 7  -- TOO_LONG IntegrationId project_transaction_categories.map.yaml:28
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(coalesce(CAST('On-account categories' AS VARCHAR), '') AS VARCHAR)
      WHEN 3 THEN CAST((coalesce("msdyn_transactioncategorynumber", '') || coalesce((CASE "kind.#entry" WHEN 0 THEN '-1' WHEN 1 THEN '-2' WHEN 2 THEN '-3' WHEN 3 THEN '-4' WHEN 4 THEN '-5' END), '')) AS VARCHAR)
      WHEN 5 THEN CAST((CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) AS VARCHAR)
      WHEN 6 THEN CAST((CASE WHEN ((CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) IN ('Hour', 'Fee', 'Item', 'Expense', 'OnAccount')) THEN (CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) END) AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_transactioncategorynumber" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length((coalesce("msdyn_transactioncategorynumber", '') || coalesce((CASE "kind.#entry" WHEN 0 THEN '-1' WHEN 1 THEN '-2' WHEN 2 THEN '-3' WHEN 3 THEN '-4' WHEN 4 THEN '-5' END), ''))) <= 30) THEN (coalesce("msdyn_transactioncategorynumber", '') || coalesce((CASE "kind.#entry" WHEN 0 THEN '-1' WHEN 1 THEN '-2' WHEN 2 THEN '-3' WHEN 3 THEN '-4' WHEN 4 THEN '-5' END), '')) END AS VARCHAR) AS "CategoryId",  -- project_transaction_categories.map.yaml:24
    CAST(substring("msdyn_name", 1, 60) AS VARCHAR) AS "CategoryName",  -- project_transaction_categories.map.yaml:26
    CAST(CASE WHEN ((CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) IN ('Hour', 'Fee', 'Item', 'Expense', 'OnAccount')) THEN (CASE "kind.#entry" WHEN 0 THEN 'Hour' WHEN 1 THEN 'Fee' WHEN 2 THEN 'Item' WHEN 3 THEN 'Expense' WHEN 4 THEN 'OnAccount' END) END AS VARCHAR) AS "CategoryType",  -- project_transaction_categories.map.yaml:27
    CAST(CASE WHEN (length("msdyn_transactioncategorynumber") <= 50) THEN "msdyn_transactioncategorynumber" END AS VARCHAR) AS "IntegrationId",  -- project_transaction_categories.map.yaml:28
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."CategoryId" AS VARCHAR), '') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."CategoryId" AS "CategoryId", x."CategoryName" AS "CategoryName", x."CategoryType" AS "CategoryType", x."IntegrationId" AS "IntegrationId"
  FROM "finops"."SharedCategory" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."CategoryId" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.SharedCategory' THEN link.target_key IN (SELECT coalesce(CAST(x."CategoryId" AS VARCHAR), '') FROM "finops"."SharedCategory" AS x WHERE x."CategoryId" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."CategoryName" IS DISTINCT FROM mapped."CategoryName"
      OR target."CategoryType" IS DISTINCT FROM mapped."CategoryType"
      OR target."IntegrationId" IS DISTINCT FROM mapped."IntegrationId") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."CategoryId" = mapped."CategoryId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 9  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 9  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 11  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "CategoryId", min("#row") AS "#first", count(DISTINCT hash("#key", "CategoryId", "CategoryName", "CategoryType", "IntegrationId")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "CategoryId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 14 ELSE 13 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."CategoryId" = duplicates."CategoryId"
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
WHERE link.leg = 'project_transaction_categories' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.SharedCategory' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 13, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "units" AS source
WHERE source."#key" IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 13, claim."#target_key"
FROM "units" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON source."#key" = claim.owner;

-- where the rows that leave stand in finops.SharedCategory
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."SharedCategory") AS target ON coalesce(CAST(target."CategoryId" AS VARCHAR), '') = link.target_key
  WHERE link.leg = 'project_transaction_categories' AND link.state = 'live' AND link.target = 'finops.SharedCategory'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16) THEN 'rejected'
  WHEN "#reason" IN (14) THEN 'superseded'
  WHEN "#reason" IN (15) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.SharedCategory that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."SharedCategory") AS target ON coalesce(CAST(target."CategoryId" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_transaction_categories' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'project_transaction_categories' AND link.state = 'live' AND link.target = 'finops.SharedCategory'
  AND NOT EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "units" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check DEFECT: rows that are in no unit
SELECT abs((SELECT count(DISTINCT "#source") FROM (SELECT rowid AS "#row", "#source", "#of" FROM units)) - (
  SELECT count(*) FROM "dataverse"."msdyn_transactioncategories" AS source
)), NULL;

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged AND rejected > 10 THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'project_transaction_categories' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."SharedCategory") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'project_transaction_categories' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."SharedCategory") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."CategoryId" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "finops"."SharedCategory") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_transaction_categories' AND link.target = 'finops.SharedCategory' AND link.target_key = coalesce(CAST(target."CategoryId" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'project_transaction_categories' AND link.state = 'live' AND link.target = 'finops.SharedCategory'
  AND NOT EXISTS (SELECT 1 FROM "finops"."SharedCategory" AS target WHERE coalesce(CAST(target."CategoryId" AS VARCHAR), '') = link.target_key);

-- step 4: deliver finops.SharedCategory

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."CategoryName" AS "CategoryName", shaped."CategoryType" AS "CategoryType", shaped."IntegrationId" AS "IntegrationId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."SharedCategory" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.SharedCategory
INSERT INTO "finops"."SharedCategory" ("CategoryId", "CategoryName", "CategoryType", "IntegrationId", "ModifiedDateTime", "RecVersion")
SELECT "CategoryId", "CategoryName", "CategoryType", "IntegrationId", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_transaction_categories' AS leg, new."#key" AS source_key, 'finops.SharedCategory' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'CategoryName', 'old': CAST(old."CategoryName" AS VARCHAR), 'new': CAST(new."CategoryName" AS VARCHAR)},
    {'column_name': 'CategoryType', 'old': CAST(old."CategoryType" AS VARCHAR), 'new': CAST(new."CategoryType" AS VARCHAR)},
    {'column_name': 'IntegrationId', 'old': CAST(old."IntegrationId" AS VARCHAR), 'new': CAST(new."IntegrationId" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."SharedCategory" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."SharedCategory" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."SharedCategory"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_transaction_categories' AS leg, shaped."#key" AS source_key, 'finops.SharedCategory' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'CategoryId', 'old': CAST(old."CategoryId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'CategoryName', 'old': CAST(old."CategoryName" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'CategoryType', 'old': CAST(old."CategoryType" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'IntegrationId', 'old': CAST(old."IntegrationId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."SharedCategory" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.SharedCategory
DELETE FROM "finops"."SharedCategory"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'project_transaction_categories' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT source."#key" FROM "units" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_transaction_categories.map.yaml:5'),
  (2, 'LOOKUP_AMBIGUOUS', 'feature', /* place */ 'project_transaction_categories.map.yaml:15'),
  (3, 'TOO_LONG', 'CategoryId', /* place */ 'project_transaction_categories.map.yaml:24'),
  (4, 'KEY_NULL', 'CategoryId', /* place */ 'project_transaction_categories.map.yaml:24'),
  (5, 'VALUE_UNMAPPED', 'CategoryType', /* place */ 'project_transaction_categories.map.yaml:27'),
  (6, 'REQUIRED_NULL', 'CategoryType', /* place */ 'project_transaction_categories.map.yaml:27'),
  (7, 'TOO_LONG', 'IntegrationId', /* place */ 'project_transaction_categories.map.yaml:28'),
  (8, 'TARGET_EXISTS', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (9, 'TARGET_MISSING', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (10, 'TARGET_DUPLICATE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (11, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (12, 'CONFLICT_STALE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (13, 'KEY_DUPLICATE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (14, 'SUPERSEDED', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (15, 'SET_INCOMPLETE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (16, 'TARGET_REFUSED', '', /* place */ 'project_transaction_categories.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'project_transaction_categories' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'project_transaction_categories' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'project_transaction_categories' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, source.source_row AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_transaction_categories.map.yaml:5'),
  (2, 'LOOKUP_AMBIGUOUS', 'feature', /* place */ 'project_transaction_categories.map.yaml:15'),
  (3, 'TOO_LONG', 'CategoryId', /* place */ 'project_transaction_categories.map.yaml:24'),
  (4, 'KEY_NULL', 'CategoryId', /* place */ 'project_transaction_categories.map.yaml:24'),
  (5, 'VALUE_UNMAPPED', 'CategoryType', /* place */ 'project_transaction_categories.map.yaml:27'),
  (6, 'REQUIRED_NULL', 'CategoryType', /* place */ 'project_transaction_categories.map.yaml:27'),
  (7, 'TOO_LONG', 'IntegrationId', /* place */ 'project_transaction_categories.map.yaml:28'),
  (8, 'TARGET_EXISTS', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (9, 'TARGET_MISSING', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (10, 'TARGET_DUPLICATE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (11, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (12, 'CONFLICT_STALE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (13, 'KEY_DUPLICATE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (14, 'SUPERSEDED', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (15, 'SET_INCOMPLETE', '', /* place */ 'project_transaction_categories.map.yaml:5'),
  (16, 'TARGET_REFUSED', '', /* place */ 'project_transaction_categories.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN (
  SELECT owner."#row", any_value(CAST(json_object('msdyn_transactioncategoryid', CAST(source."msdyn_transactioncategoryid" AS VARCHAR), 'msdyn_transactioncategorynumber', CAST(source."msdyn_transactioncategorynumber" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR)) AS source_row
  FROM (SELECT rowid AS "#row", "#source", "#of" FROM units) AS owner
  JOIN "dataverse"."msdyn_transactioncategories" AS source ON source.rowid = owner."#source"
  WHERE owner."#row" IN (SELECT "#row" FROM shaped WHERE "#fate" IN ('held', 'rejected'))
  GROUP BY 1
) AS source ON source."#row" = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'project_transaction_categories' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'project_transaction_categories' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.SharedCategory' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'project_transaction_categories' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.SharedCategory' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'project_transaction_categories' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'project_transaction_categories' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'project_transaction_categories';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'project_transaction_categories' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
