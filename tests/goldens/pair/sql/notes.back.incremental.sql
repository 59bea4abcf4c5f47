-- notes:back: Notes and cards, there and back
-- left.cards -> right.Notes, incremental

-- step 1: extract left.cards

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'left.cards' AS entity, max(x."changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."version" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "left"."cards" AS x
    WHERE coalesce(x."changed" >= (SELECT max(x."changed") - INTERVAL 300 SECOND FROM "left"."cards" AS x), TRUE)
  ) AS content
FROM "left"."cards" AS x
UNION ALL
SELECT 'left.owners' AS entity, max(x."changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "left"."owners" AS x
    WHERE coalesce(x."changed" >= (SELECT max(x."changed") - INTERVAL 300 SECOND FROM "left"."owners" AS x), TRUE)
  ) AS content
FROM "left"."owners" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'notes:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.cards'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."id" AS VARCHAR), '') FROM "left"."cards" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "left"."cards" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.cards'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."changed" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'notes:back' AND mark.entity = 'left.cards'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'notes:back' AND link.source_key = coalesce(CAST(source."id" AS VARCHAR), '')
      AND (link.source_version = CAST(source."version" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "left"."cards" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.cards'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "left"."cards" AS source WHERE source."changed" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'notes:back' AND link.source_key = coalesce(CAST(source."id" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "left"."cards" AS source
WHERE coalesce(CAST(source."id" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'notes:back' AND open.state = 'open'
);

-- rows that look up a changed row: owner
INSERT INTO examined
SELECT landed."#row", 'owner changed'
FROM (SELECT source.rowid AS "#row", source."id", source."changed", source."code", source."name", source."owner", source."above" FROM "left"."cards" AS source) AS landed
JOIN (
  SELECT x."id" AS "owner.#1", x."code" AS "owner.code"
  FROM "left"."owners" AS x
  WHERE coalesce(x."changed" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'notes:back' AND mark.entity = 'left.owners'
  ), TRUE)
) ON "owner.#1" = "owner"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.owners'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: owner
INSERT INTO examined
SELECT landed."#row", 'owner gone'
FROM (SELECT source.rowid AS "#row", source."id", source."changed", source."code", source."name", source."owner", source."above" FROM "left"."cards" AS source) AS landed
WHERE "owner" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "left"."owners" AS x WHERE x."id" = "owner")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.owners'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "left"."owners" AS x WHERE x."changed" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "left"."owners" AS x
          WHERE coalesce(x."changed" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: above
INSERT INTO examined
SELECT landed."#row", 'above changed'
FROM (SELECT source.rowid AS "#row", source."id", source."changed", source."code", source."name", source."owner", source."above" FROM "left"."cards" AS source) AS landed
JOIN (
  SELECT x."id" AS "above.#1", x."code" AS "above.code"
  FROM "left"."cards" AS x
  WHERE coalesce(x."changed" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'notes:back' AND mark.entity = 'left.cards'
  ), TRUE)
) ON "above.#1" = "above"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.cards'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: above
INSERT INTO examined
SELECT landed."#row", 'above gone'
FROM (SELECT source.rowid AS "#row", source."id", source."changed", source."code", source."name", source."owner", source."above" FROM "left"."cards" AS source) AS landed
WHERE "above" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "left"."cards" AS x WHERE x."id" = "above")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.cards'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "left"."cards" AS x WHERE x."changed" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."version" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "left"."cards" AS x
          WHERE coalesce(x."changed" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "left"."cards" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."id" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'notes:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."id" AS VARCHAR), '') FROM "left"."cards" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'notes:back' AND source_key IN (SELECT coalesce(CAST(source."id" AS VARCHAR), '') FROM "left"."cards" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "left"."cards") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'notes:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."id" AS VARCHAR), '') AS "#key",
    CAST(source."version" AS VARCHAR) AS "#version",
    source."id",
    source."changed",
    source."code",
    source."name",
    source."owner",
    source."above"
  FROM "left"."cards" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- owner
    SELECT x."id" AS "owner.#1", count(*) AS "owner.#hits", any_value(x."code") AS "owner.code"
    FROM "left"."owners" AS x
    WHERE x."id" IN (SELECT DISTINCT "owner" FROM "landed")
    GROUP BY x."id"
  ) ON "owner.#1" = "owner"
  LEFT JOIN (  -- above
    SELECT x."id" AS "above.#1", count(*) AS "above.#hits", any_value(x."code") AS "above.code"
    FROM "left"."cards" AS x
    WHERE x."id" IN (SELECT DISTINCT "above" FROM "landed")
    GROUP BY x."id"
  ) ON "above.#1" = "above"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "changed" IS NULL THEN 1  -- CURSOR_NULL changed notes.map.yaml:1
      WHEN "code" IS NULL THEN 2  -- KEY_NULL Code notes.map.yaml:7
      WHEN "owner" IS NOT NULL AND ("owner.#hits" IS NULL) THEN 3  -- LOOKUP_MISSING Owner notes.map.yaml:10
      WHEN coalesce("owner.#hits", 0) > 1 THEN 4  -- LOOKUP_AMBIGUOUS Owner notes.map.yaml:10
      WHEN "above" IS NOT NULL AND ("above.#hits" IS NULL) THEN 5  -- LOOKUP_MISSING Above notes.map.yaml:11
      WHEN coalesce("above.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS Above notes.map.yaml:11
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 3 THEN CAST("owner" AS VARCHAR)
      WHEN 4 THEN CAST("owner" AS VARCHAR)
      WHEN 5 THEN CAST("above" AS VARCHAR)
      WHEN 6 THEN CAST("above" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "code" AS "Code",  -- notes.map.yaml:7
    CAST(substring("name", 1, 20) AS VARCHAR) AS "Name",  -- notes.map.yaml:9
    "owner.code" AS "Owner",  -- notes.map.yaml:10
    "above.code" AS "Above",  -- notes.map.yaml:11
    coalesce(CAST("code" AS VARCHAR), '') AS "#out_key",  -- for later steps
    "name" AS "both.name",  -- for later steps
    "owner" AS "both.owner",  -- for later steps
    "above" AS "both.above",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."Code" AS VARCHAR), '') AS "#key", CAST(x."Version" AS VARCHAR) AS "#version", x."Code" AS "Code", x."Name" AS "Name", x."Owner" AS "Owner", x."Above" AS "Above"
  FROM "right"."Notes" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."Code" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'right.Notes' THEN link.target_key IN (SELECT coalesce(CAST(x."Code" AS VARCHAR), '') FROM "right"."Notes" AS x WHERE x."Code" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."name" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.name" AS VARCHAR) IS DISTINCT FROM (pact."name".target)) AND NOT (CAST(target."Name" AS VARCHAR) IS DISTINCT FROM (pact."name".source))
    END AS "#goes.name",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."owner" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".target)) OR (CAST(mapped."Owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".source))) AND NOT (CAST(target."Owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".source))
    END AS "#goes.owner",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."above" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.above" AS VARCHAR) IS DISTINCT FROM (pact."above".target)) OR (CAST(mapped."Above" AS VARCHAR) IS DISTINCT FROM (pact."above".source))) AND NOT (CAST(target."Above" AS VARCHAR) IS DISTINCT FROM (pact."above".source))
    END AS "#goes.above",
    target."#row" IS NOT NULL AND pact."name" IS NOT NULL AND (CAST(mapped."both.name" AS VARCHAR) IS DISTINCT FROM (pact."name".target)) AND (CAST(target."Name" AS VARCHAR) IS DISTINCT FROM (pact."name".source))
      AND (target."Name" IS DISTINCT FROM mapped."Name") AS "#clashes.name",
    target."#row" IS NOT NULL AND pact."owner" IS NOT NULL AND ((CAST(mapped."both.owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".target)) OR (CAST(mapped."Owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".source))) AND (CAST(target."Owner" AS VARCHAR) IS DISTINCT FROM (pact."owner".source))
      AND (target."Owner" IS DISTINCT FROM mapped."Owner") AS "#clashes.owner",
    target."#row" IS NOT NULL AND pact."above" IS NOT NULL AND ((CAST(mapped."both.above" AS VARCHAR) IS DISTINCT FROM (pact."above".target)) OR (CAST(mapped."Above" AS VARCHAR) IS DISTINCT FROM (pact."above".source))) AND (CAST(target."Above" AS VARCHAR) IS DISTINCT FROM (pact."above".source))
      AND (target."Above" IS DISTINCT FROM mapped."Above") AS "#clashes.above",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.name" THEN 'name' || ': source ' || coalesce(CAST(target."Name" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.name" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.owner" THEN 'owner' || ': source ' || coalesce(CAST(target."Owner" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.owner" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.above" THEN 'above' || ': source ' || coalesce(CAST(target."Above" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.above" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.name" AND (target."Name" IS DISTINCT FROM mapped."Name"))
      OR ("#goes.owner" AND (target."Owner" IS DISTINCT FROM mapped."Owner"))
      OR ("#goes.above" AND (target."Above" IS DISTINCT FROM mapped."Above")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."Code" = mapped."Code"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'name')[1] AS "name",
      list_filter(cells, lambda cell: cell.column_name = 'owner')[1] AS "owner",
      list_filter(cells, lambda cell: cell.column_name = 'above')[1] AS "above",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'notes'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 8  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 8  -- TARGET_MISSING
    WHEN "#clashes.name" THEN 16  -- CONFLICT_STALE name
    WHEN "#clashes.owner" THEN 17  -- CONFLICT_STALE owner
    WHEN "#clashes.above" THEN 18  -- CONFLICT_STALE above
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 11  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 10  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "Code", min("#row") AS "#first", count(DISTINCT hash("#key", "Code", "Name", "Owner", "Above")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "Code"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 13 ELSE 12 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."Code" = duplicates."Code"
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
UPDATE shaped SET "#reason" = 12, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'notes:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'right.Notes' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "left"."cards" AS source WHERE coalesce(CAST(source."id" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 12, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "left"."cards" AS source
WHERE coalesce(CAST(source."id" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 12, claim."#target_key"
FROM "left"."cards" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."id" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18) THEN 'rejected'
  WHEN "#reason" IN (13) THEN 'superseded'
  WHEN "#reason" IN (14) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of right.Notes that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "right"."Notes") AS target ON coalesce(CAST(target."Code" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'notes:back' AND mark.entity = now.entity
    WHERE now.entity = 'left.cards'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'notes:back' AND link.state = 'live' AND link.target = 'right.Notes'
  AND NOT EXISTS (SELECT 1 FROM "left"."cards" AS source WHERE coalesce(CAST(source."id" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "left"."cards" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'notes:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "right"."Notes") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'notes:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "right"."Notes") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'notes:back' AND link.state = 'live' AND link.target = 'right.Notes'
  AND NOT EXISTS (SELECT 1 FROM "right"."Notes" AS target WHERE coalesce(CAST(target."Code" AS VARCHAR), '') = link.target_key);

-- step 4: deliver right.Notes

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.name" THEN shaped."Name" ELSE t."Name" END AS "Name", CASE WHEN shaped."#goes.owner" THEN shaped."Owner" ELSE t."Owner" END AS "Owner", CASE WHEN shaped."#goes.above" THEN shaped."Above" ELSE t."Above" END AS "Above", $now AS "Changed", coalesce(t."Version", 0) + 1 AS "Version"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "right"."Notes" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of right.Notes
INSERT INTO "right"."Notes" ("Code", "Name", "Owner", "Above", "Changed", "Version")
SELECT "Code", "Name", "Owner", "Above", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'notes:back' AS leg, new."#key" AS source_key, 'right.Notes' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'Name', 'old': CAST(old."Name" AS VARCHAR), 'new': CAST(new."Name" AS VARCHAR)},
    {'column_name': 'Owner', 'old': CAST(old."Owner" AS VARCHAR), 'new': CAST(new."Owner" AS VARCHAR)},
    {'column_name': 'Above', 'old': CAST(old."Above" AS VARCHAR), 'new': CAST(new."Above" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "right"."Notes" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "right"."Notes" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "right"."Notes"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'notes:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."id" AS VARCHAR), '') FROM "left"."cards" AS source)
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
  (1, 'CURSOR_NULL', 'changed', /* place */ 'notes.map.yaml:1'),
  (2, 'KEY_NULL', 'Code', /* place */ 'notes.map.yaml:7'),
  (3, 'LOOKUP_MISSING', 'Owner', /* place */ 'notes.map.yaml:10'),
  (4, 'LOOKUP_AMBIGUOUS', 'Owner', /* place */ 'notes.map.yaml:10'),
  (5, 'LOOKUP_MISSING', 'Above', /* place */ 'notes.map.yaml:11'),
  (6, 'LOOKUP_AMBIGUOUS', 'Above', /* place */ 'notes.map.yaml:11'),
  (7, 'TARGET_EXISTS', '', /* place */ 'notes.map.yaml:1'),
  (8, 'TARGET_MISSING', '', /* place */ 'notes.map.yaml:1'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'notes.map.yaml:1'),
  (11, 'CONFLICT_STALE', '', /* place */ 'notes.map.yaml:1'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (13, 'SUPERSEDED', '', /* place */ 'notes.map.yaml:1'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'notes.map.yaml:1'),
  (15, 'TARGET_REFUSED', '', /* place */ 'notes.map.yaml:1'),
  (16, 'CONFLICT_STALE', 'name', /* place */ 'notes.map.yaml:9'),
  (17, 'CONFLICT_STALE', 'owner', /* place */ 'notes.map.yaml:10'),
  (18, 'CONFLICT_STALE', 'above', /* place */ 'notes.map.yaml:11')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'notes:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'notes:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'notes:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('id', CAST(source."id" AS VARCHAR), 'code', CAST(source."code" AS VARCHAR), 'name', CAST(source."name" AS VARCHAR), 'owner', CAST(source."owner" AS VARCHAR), 'above', CAST(source."above" AS VARCHAR), 'changed', CAST(source."changed" AS VARCHAR), 'version', CAST(source."version" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'changed', /* place */ 'notes.map.yaml:1'),
  (2, 'KEY_NULL', 'Code', /* place */ 'notes.map.yaml:7'),
  (3, 'LOOKUP_MISSING', 'Owner', /* place */ 'notes.map.yaml:10'),
  (4, 'LOOKUP_AMBIGUOUS', 'Owner', /* place */ 'notes.map.yaml:10'),
  (5, 'LOOKUP_MISSING', 'Above', /* place */ 'notes.map.yaml:11'),
  (6, 'LOOKUP_AMBIGUOUS', 'Above', /* place */ 'notes.map.yaml:11'),
  (7, 'TARGET_EXISTS', '', /* place */ 'notes.map.yaml:1'),
  (8, 'TARGET_MISSING', '', /* place */ 'notes.map.yaml:1'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'notes.map.yaml:1'),
  (11, 'CONFLICT_STALE', '', /* place */ 'notes.map.yaml:1'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'notes.map.yaml:1'),
  (13, 'SUPERSEDED', '', /* place */ 'notes.map.yaml:1'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'notes.map.yaml:1'),
  (15, 'TARGET_REFUSED', '', /* place */ 'notes.map.yaml:1'),
  (16, 'CONFLICT_STALE', 'name', /* place */ 'notes.map.yaml:9'),
  (17, 'CONFLICT_STALE', 'owner', /* place */ 'notes.map.yaml:10'),
  (18, 'CONFLICT_STALE', 'above', /* place */ 'notes.map.yaml:11')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "left"."cards" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'notes:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'notes:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'right.Notes' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'notes:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'right.Notes' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'notes:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'notes:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT coalesce(CAST(x."Code" AS VARCHAR), '') AS source_key, CAST(x."Version" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "right"."Notes" AS x
  JOIN shaped ON shaped."#target_key" = coalesce(CAST(x."Code" AS VARCHAR), '') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'notes' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- which target rows the new rows came from
INSERT INTO crosswalk.lineage BY NAME
SELECT 'notes' AS leg, coalesce(CAST(now."Code" AS VARCHAR), '') AS source_key, 'left.cards' AS target, shaped."#out_key" AS target_key, $run_id AS first_run, $run_id AS last_run, 'live' AS state
FROM shaped
JOIN (SELECT x.*, coalesce(CAST(x."Code" AS VARCHAR), '') AS "#target_key" FROM "right"."Notes" AS x) AS now ON now."#target_key" = shaped."#target_key"
WHERE shaped."#fate" = 'inserted'
  AND coalesce(CAST(now."Code" AS VARCHAR), '') NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'notes');

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    coalesce(CAST(now."Code" AS VARCHAR), '') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."Name" IS NOT DISTINCT FROM shaped."Name"
        THEN {'column_name': 'name', 'source': CAST(now."Name" AS VARCHAR), 'target': CAST(shaped."both.name" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'name')[1] END,
      CASE WHEN now."Owner" IS NOT DISTINCT FROM shaped."Owner"
        THEN {'column_name': 'owner', 'source': CAST(now."Owner" AS VARCHAR), 'target': CAST(shaped."both.owner" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'owner')[1] END,
      CASE WHEN now."Above" IS NOT DISTINCT FROM shaped."Above"
        THEN {'column_name': 'above', 'source': CAST(now."Above" AS VARCHAR), 'target': CAST(shaped."both.above" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'above')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."Code" AS VARCHAR), '') AS "#target_key" FROM "right"."Notes" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'notes' AND pact.source_key = coalesce(CAST(now."Code" AS VARCHAR), '') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'notes' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'notes' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'notes:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'notes:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
