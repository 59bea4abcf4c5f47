-- notes: Notes and cards, there and back
-- right.Notes -> left.cards, incremental

-- step 1: extract right.Notes

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'right.Notes' AS entity, max(x."Changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."Code" AS VARCHAR), '') || '|' || coalesce(CAST(x."Version" AS VARCHAR), '') || '|' || coalesce(CAST(x."Changed" AS VARCHAR), ''))) AS VARCHAR) FROM "right"."Notes" AS x
    WHERE coalesce(x."Changed" >= (SELECT max(x."Changed") - INTERVAL 300 SECOND FROM "right"."Notes" AS x), TRUE)
  ) AS content
FROM "right"."Notes" AS x
UNION ALL
SELECT 'left.owners' AS entity, max(x."changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "left"."owners" AS x
    WHERE coalesce(x."changed" >= (SELECT max(x."changed") - INTERVAL 300 SECOND FROM "left"."owners" AS x), TRUE)
  ) AS content
FROM "left"."owners" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'notes' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes' AND mark.entity = now.entity
    WHERE now.entity = 'right.Notes'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."Code" AS VARCHAR), '') FROM "right"."Notes" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "right"."Notes" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes' AND mark.entity = now.entity
    WHERE now.entity = 'right.Notes'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."Changed" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'notes' AND mark.entity = 'right.Notes'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'notes' AND link.source_key = coalesce(CAST(source."Code" AS VARCHAR), '')
      AND (link.source_version = CAST(source."Version" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "right"."Notes" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes' AND mark.entity = now.entity
    WHERE now.entity = 'right.Notes'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "right"."Notes" AS source WHERE source."Changed" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'notes' AND link.source_key = coalesce(CAST(source."Code" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "right"."Notes" AS source
WHERE coalesce(CAST(source."Code" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'notes' AND open.state = 'open'
);

-- all rows when left.owners changed: owner:owners
INSERT INTO examined
SELECT source.rowid, 'owner:owners changed'
FROM "right"."Notes" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes' AND mark.entity = now.entity
    WHERE now.entity = 'left.owners'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "right"."Notes" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."Code" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'notes' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."Code" AS VARCHAR), '') FROM "right"."Notes" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'notes' AND source_key IN (SELECT coalesce(CAST(source."Code" AS VARCHAR), '') FROM "right"."Notes" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "right"."Notes") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'notes' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."Code" AS VARCHAR), '') AS "#key",
    CAST(source."Version" AS VARCHAR) AS "#version",
    source."Code",
    source."Changed",
    source."Name",
    source."Owner"
  FROM "right"."Notes" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- owner:owners
    SELECT x."code" AS "owner:owners.#1", count(*) AS "owner:owners.#hits", any_value(x."id") AS "owner:owners.id"
    FROM "left"."owners" AS x
    WHERE x."code" IN (SELECT DISTINCT nullif("Owner", '') FROM "landed")
    GROUP BY x."code"
  ) ON "owner:owners.#1" = nullif("Owner", '')
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "Changed" IS NULL THEN 1  -- CURSOR_NULL Changed notes.map.yaml:1
      WHEN (nullif("Owner", '') IS NOT NULL) AND ("owner:owners.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING owner notes.map.yaml:10
      WHEN coalesce("owner:owners.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS owner notes.map.yaml:10
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(('left.owners: ' || coalesce(CAST(nullif("Owner", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 3 THEN CAST(('left.owners: ' || coalesce(CAST(nullif("Owner", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "Code" AS "code",  -- notes.map.yaml:7
    "Name" AS "name",  -- notes.map.yaml:9
    "owner:owners.id" AS "owner",  -- notes.map.yaml:10
    CAST(CAST(md5('right.Notes left.cards id ' || "#key") AS UUID) AS UUID) AS "id",  -- made from the key
    "Name" AS "both.Name",  -- for later steps
    "Owner" AS "both.Owner",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."id" AS VARCHAR), '') AS "#key", CAST(x."version" AS VARCHAR) AS "#version", x."code" AS "code", x."name" AS "name", x."owner" AS "owner"
  FROM "left"."cards" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."code" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'left.cards' THEN link.target_key IN (SELECT coalesce(CAST(x."code" AS VARCHAR), '') FROM "left"."cards" AS x WHERE x."code" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."name" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.Name" AS VARCHAR) IS DISTINCT FROM (pact."name".source)) AND NOT (CAST(target."name" AS VARCHAR) IS DISTINCT FROM (pact."name".target))
    END AS "#goes.name",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."owner" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.Owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".source)) OR (CAST(mapped."owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".target))) AND NOT (CAST(target."owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".target))
    END AS "#goes.owner",
    target."#row" IS NOT NULL AND pact."name" IS NOT NULL AND (CAST(mapped."both.Name" AS VARCHAR) IS DISTINCT FROM (pact."name".source)) AND (CAST(target."name" AS VARCHAR) IS DISTINCT FROM (pact."name".target))
      AND (target."name" IS DISTINCT FROM mapped."name") AS "#clashes.name",
    target."#row" IS NOT NULL AND pact."owner" IS NOT NULL AND ((CAST(mapped."both.Owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".source)) OR (CAST(mapped."owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".target))) AND (CAST(target."owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".target))
      AND (target."owner" IS DISTINCT FROM mapped."owner") AS "#clashes.owner",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.name" THEN 'name' || ': source ' || coalesce(CAST(mapped."both.Name" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."name" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.owner" THEN 'owner' || ': source ' || coalesce(CAST(mapped."both.Owner" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."owner" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.name" AND (target."name" IS DISTINCT FROM mapped."name"))
      OR ("#goes.owner" AND (target."owner" IS DISTINCT FROM mapped."owner")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."code" = mapped."code"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'name')[1] AS "name",
      list_filter(cells, lambda cell: cell.column_name = 'owner')[1] AS "owner",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'notes'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = coalesce(CAST(mapped."code" AS VARCHAR), '')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 5  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 5  -- TARGET_MISSING
    WHEN "#clashes.name" THEN 13  -- CONFLICT_STALE name
    WHEN "#clashes.owner" THEN 14  -- CONFLICT_STALE owner
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 7  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "code", min("#row") AS "#first", count(DISTINCT hash("#key", "code", "name", "owner", "id")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "code"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 10 ELSE 9 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."code" = duplicates."code"
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
UPDATE shaped SET "#reason" = 9, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'notes' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'left.cards' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "right"."Notes" AS source WHERE coalesce(CAST(source."Code" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 9, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "right"."Notes" AS source
WHERE coalesce(CAST(source."Code" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 9, claim."#target_key"
FROM "right"."Notes" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."Code" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14) THEN 'rejected'
  WHEN "#reason" IN (10) THEN 'superseded'
  WHEN "#reason" IN (11) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of left.cards that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "left"."cards") AS target ON coalesce(CAST(target."code" AS VARCHAR), '') = link.target_key
WHERE (link.source_version IS NULL OR EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes' AND mark.entity = now.entity
    WHERE now.entity = 'right.Notes'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  ))
  AND link.leg = 'notes' AND link.state = 'live' AND link.target = 'left.cards'
  AND NOT EXISTS (SELECT 1 FROM "right"."Notes" AS source WHERE coalesce(CAST(source."Code" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "right"."Notes" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'notes' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "left"."cards") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'notes' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "left"."cards") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."code" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "left"."cards") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'notes' AND link.target = 'left.cards' AND link.target_key = coalesce(CAST(target."code" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'notes' AND link.state = 'live' AND link.target = 'left.cards'
  AND NOT EXISTS (SELECT 1 FROM "left"."cards" AS target WHERE coalesce(CAST(target."code" AS VARCHAR), '') = link.target_key);

-- step 4: deliver left.cards

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.name" THEN shaped."name" ELSE t."name" END AS "name", CASE WHEN shaped."#goes.owner" THEN shaped."owner" ELSE t."owner" END AS "owner", $now AS "changed", coalesce(t."version", 0) + 1 AS "version"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "left"."cards" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of left.cards
INSERT INTO "left"."cards" ("code", "name", "owner", "id", "changed", "version")
SELECT "code", "name", "owner", "id", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'notes' AS leg, new."#key" AS source_key, 'left.cards' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'name', 'old': CAST(old."name" AS VARCHAR), 'new': CAST(new."name" AS VARCHAR)},
    {'column_name': 'owner', 'old': CAST(old."owner" AS VARCHAR), 'new': CAST(new."owner" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "left"."cards" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "left"."cards" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "left"."cards"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'notes' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."Code" AS VARCHAR), '') FROM "right"."Notes" AS source)
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
  (1, 'CURSOR_NULL', 'Changed', /* place */ 'notes.map.yaml:1'),
  (2, 'LOOKUP_MISSING', 'owner', /* place */ 'notes.map.yaml:10'),
  (3, 'LOOKUP_AMBIGUOUS', 'owner', /* place */ 'notes.map.yaml:10'),
  (4, 'TARGET_EXISTS', '', /* place */ 'notes.map.yaml:1'),
  (5, 'TARGET_MISSING', '', /* place */ 'notes.map.yaml:1'),
  (6, 'TARGET_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (7, 'UPDATE_NOT_ALLOWED', '', /* place */ 'notes.map.yaml:1'),
  (8, 'CONFLICT_STALE', '', /* place */ 'notes.map.yaml:1'),
  (9, 'KEY_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (10, 'SUPERSEDED', '', /* place */ 'notes.map.yaml:1'),
  (11, 'SET_INCOMPLETE', '', /* place */ 'notes.map.yaml:1'),
  (12, 'TARGET_REFUSED', '', /* place */ 'notes.map.yaml:1'),
  (13, 'CONFLICT_STALE', 'name', /* place */ 'notes.map.yaml:9'),
  (14, 'CONFLICT_STALE', 'owner', /* place */ 'notes.map.yaml:10')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'notes' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'notes' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'notes' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('Code', CAST(source."Code" AS VARCHAR), 'Name', CAST(source."Name" AS VARCHAR), 'Owner', CAST(source."Owner" AS VARCHAR), 'Above', CAST(source."Above" AS VARCHAR), 'Changed', CAST(source."Changed" AS VARCHAR), 'Version', CAST(source."Version" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'Changed', /* place */ 'notes.map.yaml:1'),
  (2, 'LOOKUP_MISSING', 'owner', /* place */ 'notes.map.yaml:10'),
  (3, 'LOOKUP_AMBIGUOUS', 'owner', /* place */ 'notes.map.yaml:10'),
  (4, 'TARGET_EXISTS', '', /* place */ 'notes.map.yaml:1'),
  (5, 'TARGET_MISSING', '', /* place */ 'notes.map.yaml:1'),
  (6, 'TARGET_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (7, 'UPDATE_NOT_ALLOWED', '', /* place */ 'notes.map.yaml:1'),
  (8, 'CONFLICT_STALE', '', /* place */ 'notes.map.yaml:1'),
  (9, 'KEY_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (10, 'SUPERSEDED', '', /* place */ 'notes.map.yaml:1'),
  (11, 'SET_INCOMPLETE', '', /* place */ 'notes.map.yaml:1'),
  (12, 'TARGET_REFUSED', '', /* place */ 'notes.map.yaml:1'),
  (13, 'CONFLICT_STALE', 'name', /* place */ 'notes.map.yaml:9'),
  (14, 'CONFLICT_STALE', 'owner', /* place */ 'notes.map.yaml:10')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "right"."Notes" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'notes' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'notes' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'left.cards' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'notes' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'left.cards' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'notes' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'notes' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, coalesce(CAST(shaped."code" AS VARCHAR), '') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."name" IS NOT DISTINCT FROM shaped."name"
        THEN {'column_name': 'name', 'source': CAST(shaped."both.Name" AS VARCHAR), 'target': CAST(now."name" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'name')[1] END,
      CASE WHEN now."owner" IS NOT DISTINCT FROM shaped."owner"
        THEN {'column_name': 'owner', 'source': CAST(shaped."both.Owner" AS VARCHAR), 'target': CAST(now."owner" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'owner')[1] END
      , list_filter(pact.cells, lambda cell: cell.column_name = 'above')[1]
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."code" AS VARCHAR), '') AS "#target_key" FROM "left"."cards" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'notes' AND pact.source_key = shaped."#key" AND pact.target_key = coalesce(CAST(shaped."code" AS VARCHAR), '')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'notes' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'notes' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'notes';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'notes' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
