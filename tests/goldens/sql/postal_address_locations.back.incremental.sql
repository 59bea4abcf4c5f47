-- postal_address_locations:back: CDS postal address locations (msdyn_postaladdresscollections)
-- dataverse.msdyn_postaladdresscollections -> finops.PostalAddressLocations, incremental

-- step 1: extract dataverse.msdyn_postaladdresscollections

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_postaladdresscollections' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_postaladdresscollections" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_postaladdresscollections" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_postaladdresscollections" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'postal_address_locations:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresscollections" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_postaladdresscollections" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'postal_address_locations:back' AND mark.entity = 'dataverse.msdyn_postaladdresscollections'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'postal_address_locations:back' AND link.source_key = coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_postaladdresscollections" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_postaladdresscollections" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'postal_address_locations:back' AND link.source_key = coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_postaladdresscollections" AS source
WHERE coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'postal_address_locations:back' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_postaladdresscollections" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'postal_address_locations:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresscollections" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'postal_address_locations:back' AND source_key IN (SELECT coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresscollections" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_postaladdresscollections") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'postal_address_locations:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_postaladdresscollectionid",
    source."modifiedon",
    source."msdyn_location",
    source."msdyn_description"
  FROM "dataverse"."msdyn_postaladdresscollections" AS source
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
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon postal_address_locations.map.yaml:4
      WHEN length("msdyn_location") > 30 THEN 2  -- TOO_LONG LOCATIONID postal_address_locations.map.yaml:12
      WHEN (CASE WHEN (length("msdyn_location") <= 30) THEN "msdyn_location" END) IS NULL THEN 3  -- KEY_NULL LOCATIONID postal_address_locations.map.yaml:12
      WHEN length("msdyn_description") > 60 THEN 4  -- TOO_LONG DESCRIPTION postal_address_locations.map.yaml:14
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_location" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_description" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length("msdyn_location") <= 30) THEN "msdyn_location" END AS VARCHAR) AS "LOCATIONID",  -- postal_address_locations.map.yaml:12
    CAST(CASE WHEN (length("msdyn_description") <= 60) THEN "msdyn_description" END AS VARCHAR) AS "DESCRIPTION",  -- postal_address_locations.map.yaml:14
    coalesce(CAST("msdyn_location" AS VARCHAR), '') AS "#out_key",  -- for later steps
    "msdyn_description" AS "both.msdyn_description",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."LOCATIONID" AS "LOCATIONID", x."DESCRIPTION" AS "DESCRIPTION"
  FROM "finops"."PostalAddressLocations" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."LOCATIONID" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.PostalAddressLocations' THEN link.target_key IN (SELECT coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') FROM "finops"."PostalAddressLocations" AS x WHERE x."LOCATIONID" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_description" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target)) AND NOT (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source))
    END AS "#goes.msdyn_description",
    target."#row" IS NOT NULL AND pact."msdyn_description" IS NOT NULL AND (CAST(mapped."both.msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target)) AND (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source))
      AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION") AS "#clashes.msdyn_description",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_description" THEN 'msdyn_description' || ': source ' || coalesce(CAST(target."DESCRIPTION" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_description" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_description" AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."LOCATIONID" = mapped."LOCATIONID"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_description')[1] AS "msdyn_description",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'postal_address_locations'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 6  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 6  -- TARGET_MISSING
    WHEN "#clashes.msdyn_description" THEN 14  -- CONFLICT_STALE msdyn_description
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 9  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 8  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "LOCATIONID", min("#row") AS "#first", count(DISTINCT hash("#key", "LOCATIONID", "DESCRIPTION")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "LOCATIONID"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 11 ELSE 10 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."LOCATIONID" = duplicates."LOCATIONID"
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
UPDATE shaped SET "#reason" = 10, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'postal_address_locations:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.PostalAddressLocations' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresscollections" AS source WHERE coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 10, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_postaladdresscollections" AS source
WHERE coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 10, claim."#target_key"
FROM "dataverse"."msdyn_postaladdresscollections" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14) THEN 'rejected'
  WHEN "#reason" IN (11) THEN 'superseded'
  WHEN "#reason" IN (12) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.PostalAddressLocations that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."PostalAddressLocations") AS target ON coalesce(CAST(target."LOCATIONID" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'postal_address_locations:back' AND link.state = 'live' AND link.target = 'finops.PostalAddressLocations'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresscollections" AS source WHERE coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_postaladdresscollections" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'postal_address_locations:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."PostalAddressLocations") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'postal_address_locations:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."PostalAddressLocations") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'postal_address_locations:back' AND link.state = 'live' AND link.target = 'finops.PostalAddressLocations'
  AND NOT EXISTS (SELECT 1 FROM "finops"."PostalAddressLocations" AS target WHERE coalesce(CAST(target."LOCATIONID" AS VARCHAR), '') = link.target_key);

-- step 4: deliver finops.PostalAddressLocations

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT CASE WHEN shaped."#goes.msdyn_description" THEN shaped."DESCRIPTION" ELSE t."DESCRIPTION" END AS "DESCRIPTION", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."PostalAddressLocations" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of finops.PostalAddressLocations
INSERT INTO "finops"."PostalAddressLocations" ("LOCATIONID", "DESCRIPTION", "ModifiedDateTime", "RecVersion")
SELECT "LOCATIONID", "DESCRIPTION", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'postal_address_locations:back' AS leg, new."#key" AS source_key, 'finops.PostalAddressLocations' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'DESCRIPTION', 'old': CAST(old."DESCRIPTION" AS VARCHAR), 'new': CAST(new."DESCRIPTION" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."PostalAddressLocations" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "finops"."PostalAddressLocations" AS t SET "DESCRIPTION" = updates."DESCRIPTION", "ModifiedDateTime" = updates."ModifiedDateTime", "RecVersion" = updates."RecVersion"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'postal_address_locations:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresscollections" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'postal_address_locations.map.yaml:4'),
  (2, 'TOO_LONG', 'LOCATIONID', /* place */ 'postal_address_locations.map.yaml:12'),
  (3, 'KEY_NULL', 'LOCATIONID', /* place */ 'postal_address_locations.map.yaml:12'),
  (4, 'TOO_LONG', 'DESCRIPTION', /* place */ 'postal_address_locations.map.yaml:14'),
  (5, 'TARGET_EXISTS', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (6, 'TARGET_MISSING', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (7, 'TARGET_DUPLICATE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (8, 'UPDATE_NOT_ALLOWED', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (9, 'CONFLICT_STALE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (10, 'KEY_DUPLICATE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (11, 'SUPERSEDED', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (12, 'SET_INCOMPLETE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (13, 'TARGET_REFUSED', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (14, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'postal_address_locations.map.yaml:14')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'postal_address_locations:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'postal_address_locations:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'postal_address_locations:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_postaladdresscollectionid', CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), 'msdyn_location', CAST(source."msdyn_location" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'postal_address_locations.map.yaml:4'),
  (2, 'TOO_LONG', 'LOCATIONID', /* place */ 'postal_address_locations.map.yaml:12'),
  (3, 'KEY_NULL', 'LOCATIONID', /* place */ 'postal_address_locations.map.yaml:12'),
  (4, 'TOO_LONG', 'DESCRIPTION', /* place */ 'postal_address_locations.map.yaml:14'),
  (5, 'TARGET_EXISTS', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (6, 'TARGET_MISSING', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (7, 'TARGET_DUPLICATE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (8, 'UPDATE_NOT_ALLOWED', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (9, 'CONFLICT_STALE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (10, 'KEY_DUPLICATE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (11, 'SUPERSEDED', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (12, 'SET_INCOMPLETE', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (13, 'TARGET_REFUSED', '', /* place */ 'postal_address_locations.map.yaml:4'),
  (14, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'postal_address_locations.map.yaml:14')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_postaladdresscollections" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'postal_address_locations:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'postal_address_locations:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.PostalAddressLocations' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'postal_address_locations:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.PostalAddressLocations' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'postal_address_locations:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'postal_address_locations:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."PostalAddressLocations" AS x
  JOIN shaped ON shaped."#target_key" = coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'postal_address_locations' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- which target rows the new rows came from
INSERT INTO crosswalk.lineage BY NAME
SELECT 'postal_address_locations' AS leg, coalesce(CAST(now."LOCATIONID" AS VARCHAR), '') AS source_key, 'dataverse.msdyn_postaladdresscollections' AS target, shaped."#out_key" AS target_key, $run_id AS first_run, $run_id AS last_run, 'live' AS state
FROM shaped
JOIN (SELECT x.*, coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') AS "#target_key" FROM "finops"."PostalAddressLocations" AS x) AS now ON now."#target_key" = shaped."#target_key"
WHERE shaped."#fate" = 'inserted'
  AND coalesce(CAST(now."LOCATIONID" AS VARCHAR), '') NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'postal_address_locations');

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    coalesce(CAST(now."LOCATIONID" AS VARCHAR), '') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."DESCRIPTION" IS NOT DISTINCT FROM shaped."DESCRIPTION"
        THEN {'column_name': 'msdyn_description', 'source': CAST(now."DESCRIPTION" AS VARCHAR), 'target': CAST(shaped."both.msdyn_description" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_description')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') AS "#target_key" FROM "finops"."PostalAddressLocations" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'postal_address_locations' AND pact.source_key = coalesce(CAST(now."LOCATIONID" AS VARCHAR), '') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'postal_address_locations' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'postal_address_locations' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'postal_address_locations:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'postal_address_locations:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
