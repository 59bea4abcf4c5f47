-- transaction_relationships: Integration entity for project transaction relationships (msdyn_transactionconnections)
-- dataverse.msdyn_transactionconnections -> finops.ProjCDSTransactionRelationshipImport, incremental

-- step 1: extract dataverse.msdyn_transactionconnections

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_transactionconnections' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactionconnectionid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactionconnections" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactionconnections" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactionconnections" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'transaction_relationships' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'transaction_relationships' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactionconnections'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_transactionconnections" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_transactionconnections" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'transaction_relationships' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactionconnections'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'transaction_relationships' AND mark.entity = 'dataverse.msdyn_transactionconnections'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'transaction_relationships' AND link.source_key = coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_transactionconnections" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'transaction_relationships' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactionconnections'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_transactionconnections" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'transaction_relationships' AND link.source_key = coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_transactionconnections" AS source
WHERE coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'transaction_relationships' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_transactionconnections" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'transaction_relationships' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_transactionconnections" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'transaction_relationships' AND source_key IN (SELECT coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_transactionconnections" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_transactionconnections") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'transaction_relationships' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_transactionconnectionid",
    source."modifiedon",
    source."msdyn_transaction1",
    source."msdyn_transaction1role",
    source."msdyn_transaction1type",
    source."msdyn_transaction2",
    source."msdyn_transaction2role",
    source."msdyn_transaction2type"
  FROM "dataverse"."msdyn_transactionconnections" AS source
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
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon transaction_relationships.map.yaml:4
      WHEN "msdyn_transactionconnectionid" IS NULL THEN 2  -- KEY_NULL ConnectionId transaction_relationships.map.yaml:13
      WHEN "msdyn_transaction1" = '' THEN 3  -- EMPTY Transaction1Id transaction_relationships.map.yaml:15
      WHEN NOT regexp_matches("msdyn_transaction1", '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})?$') THEN 4  -- CAST_GUID Transaction1Id transaction_relationships.map.yaml:15
      WHEN TRY_CAST(regexp_extract("msdyn_transaction1", '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$', 0) AS UUID) IS NULL THEN 5  -- REQUIRED_NULL Transaction1Id transaction_relationships.map.yaml:15
      WHEN "msdyn_transaction1role" IS NULL THEN 6  -- REQUIRED_NULL Transaction1Role transaction_relationships.map.yaml:16
      WHEN "msdyn_transaction1type" IS NULL THEN 7  -- REQUIRED_NULL Transaction1Type transaction_relationships.map.yaml:17
      WHEN "msdyn_transaction2" = '' THEN 8  -- EMPTY Transaction2Id transaction_relationships.map.yaml:18
      WHEN NOT regexp_matches("msdyn_transaction2", '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})?$') THEN 9  -- CAST_GUID Transaction2Id transaction_relationships.map.yaml:18
      WHEN TRY_CAST(regexp_extract("msdyn_transaction2", '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$', 0) AS UUID) IS NULL THEN 10  -- REQUIRED_NULL Transaction2Id transaction_relationships.map.yaml:18
      WHEN "msdyn_transaction2role" IS NULL THEN 11  -- REQUIRED_NULL Transaction2Role transaction_relationships.map.yaml:19
      WHEN "msdyn_transaction2type" IS NULL THEN 12  -- REQUIRED_NULL Transaction2Type transaction_relationships.map.yaml:20
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 3 THEN CAST("msdyn_transaction1" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_transaction1" AS VARCHAR)
      WHEN 5 THEN CAST(TRY_CAST(regexp_extract("msdyn_transaction1", '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$', 0) AS UUID) AS VARCHAR)
      WHEN 6 THEN CAST("msdyn_transaction1role" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_transaction1type" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_transaction2" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_transaction2" AS VARCHAR)
      WHEN 10 THEN CAST(TRY_CAST(regexp_extract("msdyn_transaction2", '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$', 0) AS UUID) AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_transaction2role" AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_transaction2type" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_transactionconnectionid" AS "ConnectionId",  -- transaction_relationships.map.yaml:13
    CAST(TRY_CAST(regexp_extract("msdyn_transaction1", '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$', 0) AS UUID) AS UUID) AS "Transaction1Id",  -- transaction_relationships.map.yaml:15
    "msdyn_transaction1role" AS "Transaction1Role",  -- transaction_relationships.map.yaml:16
    "msdyn_transaction1type" AS "Transaction1Type",  -- transaction_relationships.map.yaml:17
    CAST(TRY_CAST(regexp_extract("msdyn_transaction2", '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$', 0) AS UUID) AS UUID) AS "Transaction2Id",  -- transaction_relationships.map.yaml:18
    "msdyn_transaction2role" AS "Transaction2Role",  -- transaction_relationships.map.yaml:19
    "msdyn_transaction2type" AS "Transaction2Type",  -- transaction_relationships.map.yaml:20
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."ConnectionId" AS VARCHAR), '') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."ConnectionId" AS "ConnectionId", x."Transaction1Id" AS "Transaction1Id", x."Transaction1Role" AS "Transaction1Role", x."Transaction1Type" AS "Transaction1Type", x."Transaction2Id" AS "Transaction2Id", x."Transaction2Role" AS "Transaction2Role", x."Transaction2Type" AS "Transaction2Type"
  FROM "finops"."ProjCDSTransactionRelationshipImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."ConnectionId" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjCDSTransactionRelationshipImport' THEN link.target_key IN (SELECT coalesce(CAST(x."ConnectionId" AS VARCHAR), '') FROM "finops"."ProjCDSTransactionRelationshipImport" AS x WHERE x."ConnectionId" IN (SELECT TRY_CAST("target_key" AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."Transaction1Id" IS DISTINCT FROM mapped."Transaction1Id"
      OR target."Transaction1Role" IS DISTINCT FROM mapped."Transaction1Role"
      OR target."Transaction1Type" IS DISTINCT FROM mapped."Transaction1Type"
      OR target."Transaction2Id" IS DISTINCT FROM mapped."Transaction2Id"
      OR target."Transaction2Role" IS DISTINCT FROM mapped."Transaction2Role"
      OR target."Transaction2Type" IS DISTINCT FROM mapped."Transaction2Type") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."ConnectionId" = mapped."ConnectionId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 14  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 14  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 16  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "ConnectionId", min("#row") AS "#first", count(DISTINCT hash("#key", "ConnectionId", "Transaction1Id", "Transaction1Role", "Transaction1Type", "Transaction2Id", "Transaction2Role", "Transaction2Type")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "ConnectionId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 19 ELSE 18 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."ConnectionId" = duplicates."ConnectionId"
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
UPDATE shaped SET "#reason" = 18, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'transaction_relationships' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjCDSTransactionRelationshipImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_transactionconnections" AS source WHERE coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 18, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_transactionconnections" AS source
WHERE coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 18, claim."#target_key"
FROM "dataverse"."msdyn_transactionconnections" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21) THEN 'rejected'
  WHEN "#reason" IN (19) THEN 'superseded'
  WHEN "#reason" IN (20) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjCDSTransactionRelationshipImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSTransactionRelationshipImport") AS target ON coalesce(CAST(target."ConnectionId" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'transaction_relationships' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactionconnections'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'transaction_relationships' AND link.state = 'live' AND link.target = 'finops.ProjCDSTransactionRelationshipImport'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_transactionconnections" AS source WHERE coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_transactionconnections" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'transaction_relationships' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSTransactionRelationshipImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'transaction_relationships' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSTransactionRelationshipImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."ConnectionId" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "finops"."ProjCDSTransactionRelationshipImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'transaction_relationships' AND link.target = 'finops.ProjCDSTransactionRelationshipImport' AND link.target_key = coalesce(CAST(target."ConnectionId" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'transaction_relationships' AND link.state = 'live' AND link.target = 'finops.ProjCDSTransactionRelationshipImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSTransactionRelationshipImport" AS target WHERE coalesce(CAST(target."ConnectionId" AS VARCHAR), '') = link.target_key);

-- step 4: deliver finops.ProjCDSTransactionRelationshipImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."Transaction1Id" AS "Transaction1Id", shaped."Transaction1Role" AS "Transaction1Role", shaped."Transaction1Type" AS "Transaction1Type", shaped."Transaction2Id" AS "Transaction2Id", shaped."Transaction2Role" AS "Transaction2Role", shaped."Transaction2Type" AS "Transaction2Type", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjCDSTransactionRelationshipImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjCDSTransactionRelationshipImport
INSERT INTO "finops"."ProjCDSTransactionRelationshipImport" ("ConnectionId", "Transaction1Id", "Transaction1Role", "Transaction1Type", "Transaction2Id", "Transaction2Role", "Transaction2Type", "ModifiedDateTime", "RecVersion")
SELECT "ConnectionId", "Transaction1Id", "Transaction1Role", "Transaction1Type", "Transaction2Id", "Transaction2Role", "Transaction2Type", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'transaction_relationships' AS leg, new."#key" AS source_key, 'finops.ProjCDSTransactionRelationshipImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'Transaction1Id', 'old': CAST(old."Transaction1Id" AS VARCHAR), 'new': CAST(new."Transaction1Id" AS VARCHAR)},
    {'column_name': 'Transaction1Role', 'old': CAST(old."Transaction1Role" AS VARCHAR), 'new': CAST(new."Transaction1Role" AS VARCHAR)},
    {'column_name': 'Transaction1Type', 'old': CAST(old."Transaction1Type" AS VARCHAR), 'new': CAST(new."Transaction1Type" AS VARCHAR)},
    {'column_name': 'Transaction2Id', 'old': CAST(old."Transaction2Id" AS VARCHAR), 'new': CAST(new."Transaction2Id" AS VARCHAR)},
    {'column_name': 'Transaction2Role', 'old': CAST(old."Transaction2Role" AS VARCHAR), 'new': CAST(new."Transaction2Role" AS VARCHAR)},
    {'column_name': 'Transaction2Type', 'old': CAST(old."Transaction2Type" AS VARCHAR), 'new': CAST(new."Transaction2Type" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjCDSTransactionRelationshipImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjCDSTransactionRelationshipImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjCDSTransactionRelationshipImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'transaction_relationships' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_transactionconnectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_transactionconnections" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'transaction_relationships.map.yaml:4'),
  (2, 'KEY_NULL', 'ConnectionId', /* place */ 'transaction_relationships.map.yaml:13'),
  (3, 'EMPTY', 'Transaction1Id', /* place */ 'transaction_relationships.map.yaml:15'),
  (4, 'CAST_GUID', 'Transaction1Id', /* place */ 'transaction_relationships.map.yaml:15'),
  (5, 'REQUIRED_NULL', 'Transaction1Id', /* place */ 'transaction_relationships.map.yaml:15'),
  (6, 'REQUIRED_NULL', 'Transaction1Role', /* place */ 'transaction_relationships.map.yaml:16'),
  (7, 'REQUIRED_NULL', 'Transaction1Type', /* place */ 'transaction_relationships.map.yaml:17'),
  (8, 'EMPTY', 'Transaction2Id', /* place */ 'transaction_relationships.map.yaml:18'),
  (9, 'CAST_GUID', 'Transaction2Id', /* place */ 'transaction_relationships.map.yaml:18'),
  (10, 'REQUIRED_NULL', 'Transaction2Id', /* place */ 'transaction_relationships.map.yaml:18'),
  (11, 'REQUIRED_NULL', 'Transaction2Role', /* place */ 'transaction_relationships.map.yaml:19'),
  (12, 'REQUIRED_NULL', 'Transaction2Type', /* place */ 'transaction_relationships.map.yaml:20'),
  (13, 'TARGET_EXISTS', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (14, 'TARGET_MISSING', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (15, 'TARGET_DUPLICATE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (16, 'UPDATE_NOT_ALLOWED', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (17, 'CONFLICT_STALE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (18, 'KEY_DUPLICATE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (19, 'SUPERSEDED', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (20, 'SET_INCOMPLETE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (21, 'TARGET_REFUSED', '', /* place */ 'transaction_relationships.map.yaml:4')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'transaction_relationships' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'transaction_relationships' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'transaction_relationships' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_transactionconnectionid', CAST(source."msdyn_transactionconnectionid" AS VARCHAR), 'statecode', CAST(source."statecode" AS VARCHAR), 'statuscode', CAST(source."statuscode" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'msdyn_transaction1', CAST(source."msdyn_transaction1" AS VARCHAR), 'msdyn_transaction1role', CAST(source."msdyn_transaction1role" AS VARCHAR), 'msdyn_transaction1type', CAST(source."msdyn_transaction1type" AS VARCHAR), 'msdyn_transaction2', CAST(source."msdyn_transaction2" AS VARCHAR), 'msdyn_transaction2role', CAST(source."msdyn_transaction2role" AS VARCHAR), 'msdyn_transaction2type', CAST(source."msdyn_transaction2type" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'transaction_relationships.map.yaml:4'),
  (2, 'KEY_NULL', 'ConnectionId', /* place */ 'transaction_relationships.map.yaml:13'),
  (3, 'EMPTY', 'Transaction1Id', /* place */ 'transaction_relationships.map.yaml:15'),
  (4, 'CAST_GUID', 'Transaction1Id', /* place */ 'transaction_relationships.map.yaml:15'),
  (5, 'REQUIRED_NULL', 'Transaction1Id', /* place */ 'transaction_relationships.map.yaml:15'),
  (6, 'REQUIRED_NULL', 'Transaction1Role', /* place */ 'transaction_relationships.map.yaml:16'),
  (7, 'REQUIRED_NULL', 'Transaction1Type', /* place */ 'transaction_relationships.map.yaml:17'),
  (8, 'EMPTY', 'Transaction2Id', /* place */ 'transaction_relationships.map.yaml:18'),
  (9, 'CAST_GUID', 'Transaction2Id', /* place */ 'transaction_relationships.map.yaml:18'),
  (10, 'REQUIRED_NULL', 'Transaction2Id', /* place */ 'transaction_relationships.map.yaml:18'),
  (11, 'REQUIRED_NULL', 'Transaction2Role', /* place */ 'transaction_relationships.map.yaml:19'),
  (12, 'REQUIRED_NULL', 'Transaction2Type', /* place */ 'transaction_relationships.map.yaml:20'),
  (13, 'TARGET_EXISTS', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (14, 'TARGET_MISSING', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (15, 'TARGET_DUPLICATE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (16, 'UPDATE_NOT_ALLOWED', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (17, 'CONFLICT_STALE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (18, 'KEY_DUPLICATE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (19, 'SUPERSEDED', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (20, 'SET_INCOMPLETE', '', /* place */ 'transaction_relationships.map.yaml:4'),
  (21, 'TARGET_REFUSED', '', /* place */ 'transaction_relationships.map.yaml:4')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_transactionconnections" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'transaction_relationships' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'transaction_relationships' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjCDSTransactionRelationshipImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'transaction_relationships' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjCDSTransactionRelationshipImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'transaction_relationships' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'transaction_relationships' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'transaction_relationships';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'transaction_relationships' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
