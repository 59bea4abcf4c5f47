-- notes:references: Notes and cards, there and back
-- right.Notes -> left.cards, initial

-- step 1: extract right.Notes

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'right.Notes' AS entity, max(x."Changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."Code" AS VARCHAR), '') || '|' || coalesce(CAST(x."Version" AS VARCHAR), '') || '|' || coalesce(CAST(x."Changed" AS VARCHAR), ''))) AS VARCHAR) FROM "right"."Notes" AS x
    WHERE coalesce(x."Changed" >= (SELECT max(x."Changed") - INTERVAL 300 SECOND FROM "right"."Notes" AS x), TRUE)
  ) AS content
FROM "right"."Notes" AS x
UNION ALL
SELECT 'left.cards' AS entity, max(x."changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."version" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "left"."cards" AS x
    WHERE coalesce(x."changed" >= (SELECT max(x."changed") - INTERVAL 300 SECOND FROM "left"."cards" AS x), TRUE)
  ) AS content
FROM "left"."cards" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'notes:references' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:references' AND mark.entity = now.entity
    WHERE now.entity = 'right.Notes'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."Code" AS VARCHAR), '') FROM "right"."Notes" AS source);

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
    source."Above"
  FROM "right"."Notes" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- above:cards
    SELECT x."code" AS "above:cards.#1", count(*) AS "above:cards.#hits", any_value(x."id") AS "above:cards.id"
    FROM "left"."cards" AS x
    GROUP BY x."code"
  ) ON "above:cards.#1" = nullif("Above", '')
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "#key" NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'notes' AND target = 'left.cards' AND state = 'live') THEN 1  -- TARGET_MISSING notes.map.yaml:1
      WHEN "Changed" IS NULL THEN 2  -- CURSOR_NULL Changed notes.map.yaml:1
      WHEN (nullif("Above", '') IS NOT NULL) AND ("above:cards.#hits" IS NULL) THEN 3  -- LOOKUP_MISSING above notes.map.yaml:11
      WHEN coalesce("above:cards.#hits", 0) > 1 THEN 4  -- LOOKUP_AMBIGUOUS above notes.map.yaml:11
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 3 THEN CAST(('left.cards: ' || coalesce(CAST(nullif("Above", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 4 THEN CAST(('left.cards: ' || coalesce(CAST(nullif("Above", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "above:cards.id" AS "above",  -- notes.map.yaml:11
    "Code" AS "key.code",  -- for later steps
    "Above" AS "both.Above",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."id" AS VARCHAR), '') AS "#key", CAST(x."version" AS VARCHAR) AS "#version", x."code" AS "code", x."above" AS "above"
  FROM "left"."cards" AS x
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
      WHEN pact."above" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.Above" AS VARCHAR) IS DISTINCT FROM (pact."above".source)) OR (CAST(mapped."above" AS VARCHAR) IS DISTINCT FROM (pact."above".target))) AND NOT (CAST(target."above" AS VARCHAR) IS DISTINCT FROM (pact."above".target))
    END AS "#goes.above",
    target."#row" IS NOT NULL AND pact."above" IS NOT NULL AND ((CAST(mapped."both.Above" AS VARCHAR) IS DISTINCT FROM (pact."above".source)) OR (CAST(mapped."above" AS VARCHAR) IS DISTINCT FROM (pact."above".target))) AND (CAST(target."above" AS VARCHAR) IS DISTINCT FROM (pact."above".target))
      AND (target."above" IS DISTINCT FROM mapped."above") AS "#clashes.above",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.above" THEN 'above' || ': source ' || coalesce(CAST(mapped."both.Above" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."above" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.above" AND (target."above" IS DISTINCT FROM mapped."above")) AS "#differs",
    FALSE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."code" = mapped."key.code"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'notes:references' AND state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'above')[1] AS "above",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'notes'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = coalesce(CAST(mapped."key.code" AS VARCHAR), '')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 6  -- TARGET_MISSING
    WHEN "#clashes.above" THEN 14  -- CONFLICT_STALE above
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 8  -- UPDATE_NOT_ALLOWED
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
UPDATE shaped SET "#reason" = 7, "#value" = shaped."#target_key"
FROM meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#passes" AND shaped."#reason" IS NULL;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "key.code", min("#row") AS "#first", count(DISTINCT hash("#key", "above")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.code"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 11 ELSE 10 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.code" = duplicates."key.code"
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

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 6) THEN 'filtered'
  WHEN "#reason" IN (2, 3, 4, 5, 7, 8, 9, 10, 13, 14) THEN 'rejected'
  WHEN "#reason" IN (11) THEN 'superseded'
  WHEN "#reason" IN (12) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "right"."Notes" AS source
  WHERE TRUE
)), NULL
FROM shaped;

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'notes:references' AND state IN ('open', 'dismissed'))
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

-- step 4: deliver left.cards

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT CASE WHEN shaped."#goes.above" THEN shaped."above" ELSE t."above" END AS "above", $now AS "changed", coalesce(t."version", 0) + 1 AS "version", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "left"."cards" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'notes:references' AS leg, new."#key" AS source_key, 'left.cards' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'above', 'old': CAST(old."above" AS VARCHAR), 'new': CAST(new."above" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "left"."cards" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "left"."cards" AS t SET "above" = updates."above", "changed" = updates."changed", "version" = updates."version"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'notes:references' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."Code" AS VARCHAR), '') FROM "right"."Notes" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT source_key, first_run, first_seen, attempts, rowid AS "#entry", FALSE AS "#same"
FROM crosswalk.rejects
WHERE leg = 'notes:references' AND state = 'open' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" IN ('held', 'rejected'));

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'notes:references' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'notes:references' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('Code', CAST(source."Code" AS VARCHAR), 'Name', CAST(source."Name" AS VARCHAR), 'Owner', CAST(source."Owner" AS VARCHAR), 'Above', CAST(source."Above" AS VARCHAR), 'Changed', CAST(source."Changed" AS VARCHAR), 'Version', CAST(source."Version" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'TARGET_MISSING', '', /* place */ 'notes.map.yaml:1'),
  (2, 'CURSOR_NULL', 'Changed', /* place */ 'notes.map.yaml:1'),
  (3, 'LOOKUP_MISSING', 'above', /* place */ 'notes.map.yaml:11'),
  (4, 'LOOKUP_AMBIGUOUS', 'above', /* place */ 'notes.map.yaml:11'),
  (5, 'TARGET_EXISTS', '', /* place */ 'notes.map.yaml:1'),
  (6, 'TARGET_MISSING', '', /* place */ 'notes.map.yaml:1'),
  (7, 'TARGET_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (8, 'UPDATE_NOT_ALLOWED', '', /* place */ 'notes.map.yaml:1'),
  (9, 'CONFLICT_STALE', '', /* place */ 'notes.map.yaml:1'),
  (10, 'KEY_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (11, 'SUPERSEDED', '', /* place */ 'notes.map.yaml:1'),
  (12, 'SET_INCOMPLETE', '', /* place */ 'notes.map.yaml:1'),
  (13, 'TARGET_REFUSED', '', /* place */ 'notes.map.yaml:1'),
  (14, 'CONFLICT_STALE', 'above', /* place */ 'notes.map.yaml:11')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "right"."Notes" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'notes:references' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'notes:references' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
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
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'notes:references' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'left.cards' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'notes:references' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'notes:references' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, coalesce(CAST(shaped."key.code" AS VARCHAR), '') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."above" IS NOT DISTINCT FROM shaped."above"
        THEN {'column_name': 'above', 'source': CAST(shaped."both.Above" AS VARCHAR), 'target': CAST(now."above" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'above')[1] END
      , list_filter(pact.cells, lambda cell: cell.column_name = 'name')[1]
      , list_filter(pact.cells, lambda cell: cell.column_name = 'owner')[1]
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."id" AS VARCHAR), '') AS "#target_key" FROM "left"."cards" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'notes' AND pact.source_key = shaped."#key" AND pact.target_key = coalesce(CAST(shaped."key.code" AS VARCHAR), '')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'notes' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'notes' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'notes:references';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'notes:references' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
