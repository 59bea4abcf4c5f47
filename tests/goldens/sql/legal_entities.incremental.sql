-- legal_entities: Legal entities (cdm_companies)
-- finops.LegalEntities -> dataverse.cdm_companies, incremental

-- step 1: extract finops.LegalEntities

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.LegalEntities' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."LEGALENTITYID" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."LegalEntities" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."LegalEntities" AS x), TRUE)
  ) AS content
FROM "finops"."LegalEntities" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'legal_entities' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'legal_entities' AND mark.entity = now.entity
    WHERE now.entity = 'finops.LegalEntities'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') FROM "finops"."LegalEntities" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."LegalEntities" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'legal_entities' AND mark.entity = now.entity
    WHERE now.entity = 'finops.LegalEntities'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'legal_entities' AND mark.entity = 'finops.LegalEntities'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'legal_entities' AND link.source_key = coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."LegalEntities" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'legal_entities' AND mark.entity = now.entity
    WHERE now.entity = 'finops.LegalEntities'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."LegalEntities" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'legal_entities' AND link.source_key = coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."LegalEntities" AS source
WHERE coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'legal_entities' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."LegalEntities" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'legal_entities' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') FROM "finops"."LegalEntities" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'legal_entities' AND source_key IN (SELECT coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') FROM "finops"."LegalEntities" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."LegalEntities") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'legal_entities' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."LEGALENTITYID",
    source."ModifiedDateTime",
    source."NAME"
  FROM "finops"."LegalEntities" AS source
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
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime legal_entities.map.yaml:4
      WHEN "LEGALENTITYID" IS NULL THEN 2  -- KEY_NULL cdm_companycode legal_entities.map.yaml:13
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CAST(NULL AS VARCHAR) AS "#value",
    "LEGALENTITYID" AS "cdm_companycode",  -- legal_entities.map.yaml:13
    "NAME" AS "cdm_name",  -- legal_entities.map.yaml:15
    CAST(CAST(md5('finops.LegalEntities dataverse.cdm_companies cdm_companyid ' || "#key") AS UUID) AS UUID) AS "cdm_companyid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."cdm_companycode" AS "cdm_companycode", x."cdm_name" AS "cdm_name"
  FROM "dataverse"."cdm_companies" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."cdm_companycode" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.cdm_companies' THEN link.target_key IN (SELECT coalesce(CAST(x."cdm_companycode" AS VARCHAR), '') FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companycode" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    target."cdm_name" IS DISTINCT FROM mapped."cdm_name" AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."cdm_companycode" = mapped."cdm_companycode"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 4  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 4  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 6  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "cdm_companycode", min("#row") AS "#first", count(DISTINCT hash("#key", "cdm_companycode", "cdm_name", "cdm_companyid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "cdm_companycode"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 9 ELSE 8 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."cdm_companycode" = duplicates."cdm_companycode"
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
UPDATE shaped SET "#reason" = 8, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'legal_entities' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.cdm_companies' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."LegalEntities" AS source WHERE coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 8, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."LegalEntities" AS source
WHERE coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 8, claim."#target_key"
FROM "finops"."LegalEntities" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in dataverse.cdm_companies
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "dataverse"."cdm_companies") AS target ON coalesce(CAST(target."cdm_companycode" AS VARCHAR), '') = link.target_key
  WHERE link.leg = 'legal_entities' AND link.state = 'live' AND link.target = 'dataverse.cdm_companies'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 11) THEN 'rejected'
  WHEN "#reason" IN (9) THEN 'superseded'
  WHEN "#reason" IN (10) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.cdm_companies that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."cdm_companies") AS target ON coalesce(CAST(target."cdm_companycode" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'legal_entities' AND mark.entity = now.entity
    WHERE now.entity = 'finops.LegalEntities'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'legal_entities' AND link.state = 'live' AND link.target = 'dataverse.cdm_companies'
  AND NOT EXISTS (SELECT 1 FROM "finops"."LegalEntities" AS source WHERE coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."LegalEntities" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'legal_entities' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."cdm_companies") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'legal_entities' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."cdm_companies") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."cdm_companycode" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."cdm_companies") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'legal_entities' AND link.target = 'dataverse.cdm_companies' AND link.target_key = coalesce(CAST(target."cdm_companycode" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'legal_entities' AND link.state = 'live' AND link.target = 'dataverse.cdm_companies'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS target WHERE coalesce(CAST(target."cdm_companycode" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.cdm_companies

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."cdm_name" AS "cdm_name", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."cdm_companies" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of dataverse.cdm_companies
INSERT INTO "dataverse"."cdm_companies" ("cdm_companycode", "cdm_name", "cdm_companyid", "modifiedon", "versionnumber")
SELECT "cdm_companycode", "cdm_name", "cdm_companyid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'legal_entities' AS leg, new."#key" AS source_key, 'dataverse.cdm_companies' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'cdm_name', 'old': CAST(old."cdm_name" AS VARCHAR), 'new': CAST(new."cdm_name" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."cdm_companies" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."cdm_companies" AS t SET "cdm_name" = updates."cdm_name", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'legal_entities' AS leg, shaped."#key" AS source_key, 'dataverse.cdm_companies' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'cdm_companycode', 'old': CAST(old."cdm_companycode" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'cdm_name', 'old': CAST(old."cdm_name" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'cdm_companyid', 'old': CAST(old."cdm_companyid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "dataverse"."cdm_companies" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of dataverse.cdm_companies
DELETE FROM "dataverse"."cdm_companies"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'legal_entities' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."LEGALENTITYID" AS VARCHAR), '') FROM "finops"."LegalEntities" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'legal_entities.map.yaml:4'),
  (2, 'KEY_NULL', 'cdm_companycode', /* place */ 'legal_entities.map.yaml:13'),
  (3, 'TARGET_EXISTS', '', /* place */ 'legal_entities.map.yaml:4'),
  (4, 'TARGET_MISSING', '', /* place */ 'legal_entities.map.yaml:4'),
  (5, 'TARGET_DUPLICATE', '', /* place */ 'legal_entities.map.yaml:4'),
  (6, 'UPDATE_NOT_ALLOWED', '', /* place */ 'legal_entities.map.yaml:4'),
  (7, 'CONFLICT_STALE', '', /* place */ 'legal_entities.map.yaml:4'),
  (8, 'KEY_DUPLICATE', '', /* place */ 'legal_entities.map.yaml:4'),
  (9, 'SUPERSEDED', '', /* place */ 'legal_entities.map.yaml:4'),
  (10, 'SET_INCOMPLETE', '', /* place */ 'legal_entities.map.yaml:4'),
  (11, 'TARGET_REFUSED', '', /* place */ 'legal_entities.map.yaml:4')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'legal_entities' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'legal_entities' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'legal_entities' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('LEGALENTITYID', CAST(source."LEGALENTITYID" AS VARCHAR), 'NAME', CAST(source."NAME" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'legal_entities.map.yaml:4'),
  (2, 'KEY_NULL', 'cdm_companycode', /* place */ 'legal_entities.map.yaml:13'),
  (3, 'TARGET_EXISTS', '', /* place */ 'legal_entities.map.yaml:4'),
  (4, 'TARGET_MISSING', '', /* place */ 'legal_entities.map.yaml:4'),
  (5, 'TARGET_DUPLICATE', '', /* place */ 'legal_entities.map.yaml:4'),
  (6, 'UPDATE_NOT_ALLOWED', '', /* place */ 'legal_entities.map.yaml:4'),
  (7, 'CONFLICT_STALE', '', /* place */ 'legal_entities.map.yaml:4'),
  (8, 'KEY_DUPLICATE', '', /* place */ 'legal_entities.map.yaml:4'),
  (9, 'SUPERSEDED', '', /* place */ 'legal_entities.map.yaml:4'),
  (10, 'SET_INCOMPLETE', '', /* place */ 'legal_entities.map.yaml:4'),
  (11, 'TARGET_REFUSED', '', /* place */ 'legal_entities.map.yaml:4')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."LegalEntities" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'legal_entities' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'legal_entities' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.cdm_companies' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'legal_entities' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.cdm_companies' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'legal_entities' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'legal_entities' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'legal_entities';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'legal_entities' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
