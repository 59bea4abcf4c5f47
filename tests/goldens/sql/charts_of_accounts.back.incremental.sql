-- charts_of_accounts:back: Chart of accounts (msdyn_chartofaccountses)
-- dataverse.msdyn_chartofaccountses -> finops.ChartsOfAccounts, incremental

-- step 1: extract dataverse.msdyn_chartofaccountses

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_chartofaccountses' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_chartofaccountsid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_chartofaccountses" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_chartofaccountses" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_chartofaccountses" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'charts_of_accounts:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'charts_of_accounts:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_chartofaccountses'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') FROM "dataverse"."msdyn_chartofaccountses" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_chartofaccountses" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'charts_of_accounts:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_chartofaccountses'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'charts_of_accounts:back' AND mark.entity = 'dataverse.msdyn_chartofaccountses'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'charts_of_accounts:back' AND link.source_key = coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_chartofaccountses" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'charts_of_accounts:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_chartofaccountses'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_chartofaccountses" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'charts_of_accounts:back' AND link.source_key = coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_chartofaccountses" AS source
WHERE coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'charts_of_accounts:back' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_chartofaccountses" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'charts_of_accounts:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') FROM "dataverse"."msdyn_chartofaccountses" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'charts_of_accounts:back' AND source_key IN (SELECT coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') FROM "dataverse"."msdyn_chartofaccountses" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_chartofaccountses") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'charts_of_accounts:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_chartofaccountsid",
    source."modifiedon",
    source."msdyn_name",
    source."msdyn_description",
    source."msdyn_mainaccountmask"
  FROM "dataverse"."msdyn_chartofaccountses" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon charts_of_accounts.map.yaml:3
      WHEN length("msdyn_name") > 60 THEN 2  -- TOO_LONG CHARTOFACCOUNTS charts_of_accounts.map.yaml:10
      WHEN (CASE WHEN (length("msdyn_name") <= 60) THEN "msdyn_name" END) IS NULL THEN 3  -- KEY_NULL CHARTOFACCOUNTS charts_of_accounts.map.yaml:10
      WHEN length("msdyn_description") > 60 THEN 4  -- TOO_LONG DESCRIPTION charts_of_accounts.map.yaml:12
      WHEN length("msdyn_mainaccountmask") > 60 THEN 5  -- TOO_LONG MAINACCOUNTMASK charts_of_accounts.map.yaml:13
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_name" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_description" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_mainaccountmask" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length("msdyn_name") <= 60) THEN "msdyn_name" END AS VARCHAR) AS "CHARTOFACCOUNTS",  -- charts_of_accounts.map.yaml:10
    CAST(CASE WHEN (length("msdyn_description") <= 60) THEN "msdyn_description" END AS VARCHAR) AS "DESCRIPTION",  -- charts_of_accounts.map.yaml:12
    CAST(CASE WHEN (length("msdyn_mainaccountmask") <= 60) THEN "msdyn_mainaccountmask" END AS VARCHAR) AS "MAINACCOUNTMASK",  -- charts_of_accounts.map.yaml:13
    coalesce(CAST("msdyn_name" AS VARCHAR), '') AS "#out_key",  -- for later steps
    "msdyn_description" AS "both.msdyn_description",  -- for later steps
    "msdyn_mainaccountmask" AS "both.msdyn_mainaccountmask",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."CHARTOFACCOUNTS" AS VARCHAR), '') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."CHARTOFACCOUNTS" AS "CHARTOFACCOUNTS", x."DESCRIPTION" AS "DESCRIPTION", x."MAINACCOUNTMASK" AS "MAINACCOUNTMASK"
  FROM "finops"."ChartsOfAccounts" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."CHARTOFACCOUNTS" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ChartsOfAccounts' THEN link.target_key IN (SELECT coalesce(CAST(x."CHARTOFACCOUNTS" AS VARCHAR), '') FROM "finops"."ChartsOfAccounts" AS x WHERE x."CHARTOFACCOUNTS" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_description" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target)) AND NOT (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source))
    END AS "#goes.msdyn_description",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_mainaccountmask" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_mainaccountmask" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_mainaccountmask".target)) AND NOT (CAST(target."MAINACCOUNTMASK" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_mainaccountmask".source))
    END AS "#goes.msdyn_mainaccountmask",
    target."#row" IS NOT NULL AND pact."msdyn_description" IS NOT NULL AND (CAST(mapped."both.msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target)) AND (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source))
      AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION") AS "#clashes.msdyn_description",
    target."#row" IS NOT NULL AND pact."msdyn_mainaccountmask" IS NOT NULL AND (CAST(mapped."both.msdyn_mainaccountmask" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_mainaccountmask".target)) AND (CAST(target."MAINACCOUNTMASK" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_mainaccountmask".source))
      AND (target."MAINACCOUNTMASK" IS DISTINCT FROM mapped."MAINACCOUNTMASK") AS "#clashes.msdyn_mainaccountmask",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_description" THEN 'msdyn_description' || ': source ' || coalesce(CAST(target."DESCRIPTION" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_description" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_mainaccountmask" THEN 'msdyn_mainaccountmask' || ': source ' || coalesce(CAST(target."MAINACCOUNTMASK" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_mainaccountmask" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_description" AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION"))
      OR ("#goes.msdyn_mainaccountmask" AND (target."MAINACCOUNTMASK" IS DISTINCT FROM mapped."MAINACCOUNTMASK")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."CHARTOFACCOUNTS" = mapped."CHARTOFACCOUNTS"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_description')[1] AS "msdyn_description",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_mainaccountmask')[1] AS "msdyn_mainaccountmask",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'charts_of_accounts'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 7  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 7  -- TARGET_MISSING
    WHEN "#clashes.msdyn_description" THEN 15  -- CONFLICT_STALE msdyn_description
    WHEN "#clashes.msdyn_mainaccountmask" THEN 16  -- CONFLICT_STALE msdyn_mainaccountmask
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 10  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 9  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "CHARTOFACCOUNTS", min("#row") AS "#first", count(DISTINCT hash("#key", "CHARTOFACCOUNTS", "DESCRIPTION", "MAINACCOUNTMASK")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "CHARTOFACCOUNTS"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 12 ELSE 11 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."CHARTOFACCOUNTS" = duplicates."CHARTOFACCOUNTS"
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

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'charts_of_accounts:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ChartsOfAccounts' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_chartofaccountses" AS source WHERE coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 11, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_chartofaccountses" AS source
WHERE coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 11, claim."#target_key"
FROM "dataverse"."msdyn_chartofaccountses" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 16) THEN 'rejected'
  WHEN "#reason" IN (12) THEN 'superseded'
  WHEN "#reason" IN (13) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ChartsOfAccounts that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ChartsOfAccounts") AS target ON coalesce(CAST(target."CHARTOFACCOUNTS" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'charts_of_accounts:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_chartofaccountses'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'charts_of_accounts:back' AND link.state = 'live' AND link.target = 'finops.ChartsOfAccounts'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_chartofaccountses" AS source WHERE coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_chartofaccountses" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'charts_of_accounts:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ChartsOfAccounts") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'charts_of_accounts:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ChartsOfAccounts") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'charts_of_accounts:back' AND link.state = 'live' AND link.target = 'finops.ChartsOfAccounts'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ChartsOfAccounts" AS target WHERE coalesce(CAST(target."CHARTOFACCOUNTS" AS VARCHAR), '') = link.target_key);

-- step 4: deliver finops.ChartsOfAccounts

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_description" THEN shaped."DESCRIPTION" ELSE t."DESCRIPTION" END AS "DESCRIPTION", CASE WHEN shaped."#goes.msdyn_mainaccountmask" THEN shaped."MAINACCOUNTMASK" ELSE t."MAINACCOUNTMASK" END AS "MAINACCOUNTMASK", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ChartsOfAccounts" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ChartsOfAccounts
INSERT INTO "finops"."ChartsOfAccounts" ("CHARTOFACCOUNTS", "DESCRIPTION", "MAINACCOUNTMASK", "ModifiedDateTime", "RecVersion")
SELECT "CHARTOFACCOUNTS", "DESCRIPTION", "MAINACCOUNTMASK", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'charts_of_accounts:back' AS leg, new."#key" AS source_key, 'finops.ChartsOfAccounts' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'DESCRIPTION', 'old': CAST(old."DESCRIPTION" AS VARCHAR), 'new': CAST(new."DESCRIPTION" AS VARCHAR)},
    {'column_name': 'MAINACCOUNTMASK', 'old': CAST(old."MAINACCOUNTMASK" AS VARCHAR), 'new': CAST(new."MAINACCOUNTMASK" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ChartsOfAccounts" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ChartsOfAccounts" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ChartsOfAccounts"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'charts_of_accounts:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_chartofaccountsid" AS VARCHAR), '') FROM "dataverse"."msdyn_chartofaccountses" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'charts_of_accounts.map.yaml:3'),
  (2, 'TOO_LONG', 'CHARTOFACCOUNTS', /* place */ 'charts_of_accounts.map.yaml:10'),
  (3, 'KEY_NULL', 'CHARTOFACCOUNTS', /* place */ 'charts_of_accounts.map.yaml:10'),
  (4, 'TOO_LONG', 'DESCRIPTION', /* place */ 'charts_of_accounts.map.yaml:12'),
  (5, 'TOO_LONG', 'MAINACCOUNTMASK', /* place */ 'charts_of_accounts.map.yaml:13'),
  (6, 'TARGET_EXISTS', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (7, 'TARGET_MISSING', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (8, 'TARGET_DUPLICATE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (9, 'UPDATE_NOT_ALLOWED', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (10, 'CONFLICT_STALE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (11, 'KEY_DUPLICATE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (12, 'SUPERSEDED', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (13, 'SET_INCOMPLETE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (14, 'TARGET_REFUSED', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (15, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'charts_of_accounts.map.yaml:12'),
  (16, 'CONFLICT_STALE', 'msdyn_mainaccountmask', /* place */ 'charts_of_accounts.map.yaml:13')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'charts_of_accounts:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'charts_of_accounts:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'charts_of_accounts:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_chartofaccountsid', CAST(source."msdyn_chartofaccountsid" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'msdyn_mainaccountmask', CAST(source."msdyn_mainaccountmask" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'charts_of_accounts.map.yaml:3'),
  (2, 'TOO_LONG', 'CHARTOFACCOUNTS', /* place */ 'charts_of_accounts.map.yaml:10'),
  (3, 'KEY_NULL', 'CHARTOFACCOUNTS', /* place */ 'charts_of_accounts.map.yaml:10'),
  (4, 'TOO_LONG', 'DESCRIPTION', /* place */ 'charts_of_accounts.map.yaml:12'),
  (5, 'TOO_LONG', 'MAINACCOUNTMASK', /* place */ 'charts_of_accounts.map.yaml:13'),
  (6, 'TARGET_EXISTS', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (7, 'TARGET_MISSING', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (8, 'TARGET_DUPLICATE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (9, 'UPDATE_NOT_ALLOWED', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (10, 'CONFLICT_STALE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (11, 'KEY_DUPLICATE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (12, 'SUPERSEDED', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (13, 'SET_INCOMPLETE', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (14, 'TARGET_REFUSED', '', /* place */ 'charts_of_accounts.map.yaml:3'),
  (15, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'charts_of_accounts.map.yaml:12'),
  (16, 'CONFLICT_STALE', 'msdyn_mainaccountmask', /* place */ 'charts_of_accounts.map.yaml:13')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_chartofaccountses" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'charts_of_accounts:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'charts_of_accounts:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ChartsOfAccounts' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'charts_of_accounts:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ChartsOfAccounts' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'charts_of_accounts:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'charts_of_accounts:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT coalesce(CAST(x."CHARTOFACCOUNTS" AS VARCHAR), '') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."ChartsOfAccounts" AS x
  JOIN shaped ON shaped."#target_key" = coalesce(CAST(x."CHARTOFACCOUNTS" AS VARCHAR), '') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'charts_of_accounts' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- which target rows the new rows came from
INSERT INTO crosswalk.lineage BY NAME
SELECT 'charts_of_accounts' AS leg, coalesce(CAST(now."CHARTOFACCOUNTS" AS VARCHAR), '') AS source_key, 'dataverse.msdyn_chartofaccountses' AS target, shaped."#out_key" AS target_key, $run_id AS first_run, $run_id AS last_run, 'live' AS state
FROM shaped
JOIN (SELECT x.*, coalesce(CAST(x."CHARTOFACCOUNTS" AS VARCHAR), '') AS "#target_key" FROM "finops"."ChartsOfAccounts" AS x) AS now ON now."#target_key" = shaped."#target_key"
WHERE shaped."#fate" = 'inserted'
  AND coalesce(CAST(now."CHARTOFACCOUNTS" AS VARCHAR), '') NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'charts_of_accounts');

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    coalesce(CAST(now."CHARTOFACCOUNTS" AS VARCHAR), '') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."DESCRIPTION" IS NOT DISTINCT FROM shaped."DESCRIPTION"
        THEN {'column_name': 'msdyn_description', 'source': CAST(now."DESCRIPTION" AS VARCHAR), 'target': CAST(shaped."both.msdyn_description" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_description')[1] END,
      CASE WHEN now."MAINACCOUNTMASK" IS NOT DISTINCT FROM shaped."MAINACCOUNTMASK"
        THEN {'column_name': 'msdyn_mainaccountmask', 'source': CAST(now."MAINACCOUNTMASK" AS VARCHAR), 'target': CAST(shaped."both.msdyn_mainaccountmask" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_mainaccountmask')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."CHARTOFACCOUNTS" AS VARCHAR), '') AS "#target_key" FROM "finops"."ChartsOfAccounts" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'charts_of_accounts' AND pact.source_key = coalesce(CAST(now."CHARTOFACCOUNTS" AS VARCHAR), '') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'charts_of_accounts' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'charts_of_accounts' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'charts_of_accounts:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'charts_of_accounts:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
