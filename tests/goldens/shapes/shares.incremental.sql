-- shares: The amount of an order shared among the sites of its region
-- shop.orders -> books.shares, incremental

-- step 1: extract shop.orders

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'shop.orders' AS entity, max(x."changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."version" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "shop"."orders" AS x
    WHERE coalesce(x."changed" >= (SELECT max(x."changed") - INTERVAL 300 SECOND FROM "shop"."orders" AS x), TRUE)
  ) AS content
FROM "shop"."orders" AS x
UNION ALL
SELECT 'shop.sites' AS entity, max(x."changed") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."id" AS VARCHAR), '') || '|' || coalesce(CAST(x."version" AS VARCHAR), '') || '|' || coalesce(CAST(x."changed" AS VARCHAR), ''))) AS VARCHAR) FROM "shop"."sites" AS x
    WHERE coalesce(x."changed" >= (SELECT max(x."changed") - INTERVAL 300 SECOND FROM "shop"."sites" AS x), TRUE)
  ) AS content
FROM "shop"."sites" AS x;

-- one unit for each entry of a row
CREATE OR REPLACE TEMP TABLE units AS
WITH landed AS (
  SELECT
    source.rowid AS "#source",
    coalesce(CAST(source."id" AS VARCHAR), '') AS "#source_key",
    replace(replace(coalesce(CAST(source."id" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#of",
    CAST(source."version" AS VARCHAR) AS "#version",
    source."region",
    source."changed",
    source."number",
    source."amount"
  FROM "shop"."orders" AS source
  WHERE NOT coalesce(source."gone", FALSE)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
fanned AS (
  SELECT *
  FROM "joined_1"
  LEFT JOIN (
    SELECT TRUE AS "site.#there", x."id" AS "site.id", x."region" AS "site.region", x."code" AS "site.code", x."weight" AS "site.weight"
    FROM "shop"."sites" AS x
  ) ON ("site.region" = "region")
)
SELECT "#source", "#source_key", "#of", "#of" || '|' || CASE WHEN "site.#there" THEN replace(replace(coalesce(CAST("site.id" AS VARCHAR), ''), '\', '\\'), '|', '\|') ELSE '\-' END AS "#key", "#version", "changed", "site.code", "site.#there", "number", "site.id", "amount", "site.weight", "#source"
FROM fanned;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'shares' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'shares' AND mark.entity = now.entity
    WHERE now.entity IN ('shop.orders', 'shop.sites')
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
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'shares' AND mark.entity = now.entity
    WHERE now.entity = 'shop.orders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'shares' AND link.source_key = source."#key"
      AND (link.source_version = source."#version")
  );

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "units" AS source
WHERE source."#key" IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'shares' AND open.state = 'open'
);

-- all rows when shop.sites changed: sites
INSERT INTO examined
SELECT source.rowid, 'sites changed'
FROM "units" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'shares' AND mark.entity = now.entity
    WHERE now.entity = 'shop.sites'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- the other shares of their rows
INSERT INTO examined
SELECT source.rowid, 'same set'
FROM "units" AS source
JOIN (
  SELECT DISTINCT member."#source"
  FROM "units" AS member WHERE member.rowid IN (SELECT "#row" FROM examined)
) AS member ON source."#source" IS NOT DISTINCT FROM member."#source"
WHERE source.rowid NOT IN (SELECT "#row" FROM examined);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "units" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND source."#key" IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'shares' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'shares' AND source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "shop"."orders") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'shares' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    source."#key" AS "#key",
    source."#version" AS "#version",
    source."changed",
    source."site.code",
    source."site.#there",
    source."number",
    source."site.id",
    source."amount",
    source."site.weight",
    source."#source"
  FROM "units" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
weighed AS (
  SELECT *,
    coalesce((("site.code" IS NULL) OR ("site.code" <> 'z')), FALSE) AND ("site.#there" IS NOT NULL) AS "#counts",
    CAST(replace(CAST("amount" AS VARCHAR), '.', '') AS HUGEINT) AS "split Amount.#whole",
    CAST(replace(CAST("site.weight" AS VARCHAR), '.', '') AS HUGEINT) AS "split Amount.#weight",
    1 AS "split Amount.#unit"
  FROM "joined_1"
),
added AS (
  SELECT *,
    sum("split Amount.#weight") FILTER (WHERE "#counts") OVER units_of_row AS "split Amount.#weights",
    row_number() OVER (PARTITION BY "#source" ORDER BY "#counts" DESC, "split Amount.#weight" > 0 DESC NULLS LAST, "site.id" DESC, "#key") = 1 AS "split Amount.#carries",
    coalesce(bool_or("split Amount.#weight" IS NULL OR "split Amount.#weight" < 0) FILTER (WHERE "#counts") OVER units_of_row, FALSE)
      OR coalesce(sum("split Amount.#weight") FILTER (WHERE "#counts") OVER units_of_row, 0) = 0
      OR min(("split Amount.#whole", "split Amount.#unit")) FILTER (WHERE "#counts") OVER units_of_row
        IS DISTINCT FROM max(("split Amount.#whole", "split Amount.#unit")) FILTER (WHERE "#counts") OVER units_of_row AS "split Amount.#invalid"
  FROM weighed
  WINDOW units_of_row AS (PARTITION BY "#source")
),
parted AS (
  SELECT *,
    CASE WHEN "#counts" AND NOT "split Amount.#invalid" THEN CAST(sign(("split Amount.#whole" * "split Amount.#weight" * 1)) AS HUGEINT) * (abs(("split Amount.#whole" * "split Amount.#weight" * 1)) // nullif(("split Amount.#weights" * (10 * "split Amount.#unit")), 0) + CASE WHEN 2 * (abs(("split Amount.#whole" * "split Amount.#weight" * 1)) % nullif(("split Amount.#weights" * (10 * "split Amount.#unit")), 0)) > nullif(("split Amount.#weights" * (10 * "split Amount.#unit")), 0) OR (2 * (abs(("split Amount.#whole" * "split Amount.#weight" * 1)) % nullif(("split Amount.#weights" * (10 * "split Amount.#unit")), 0)) = nullif(("split Amount.#weights" * (10 * "split Amount.#unit")), 0) AND (abs(("split Amount.#whole" * "split Amount.#weight" * 1)) // nullif(("split Amount.#weights" * (10 * "split Amount.#unit")), 0)) % 2 = 1) THEN 1 ELSE 0 END) * "split Amount.#unit" END AS "split Amount.#share",
    CAST(sign(("split Amount.#whole" * 1)) AS HUGEINT) * (abs(("split Amount.#whole" * 1)) // nullif((10 * "split Amount.#unit"), 0) + CASE WHEN 2 * (abs(("split Amount.#whole" * 1)) % nullif((10 * "split Amount.#unit"), 0)) > nullif((10 * "split Amount.#unit"), 0) OR (2 * (abs(("split Amount.#whole" * 1)) % nullif((10 * "split Amount.#unit"), 0)) = nullif((10 * "split Amount.#unit"), 0) AND (abs(("split Amount.#whole" * 1)) // nullif((10 * "split Amount.#unit"), 0)) % 2 = 1) THEN 1 ELSE 0 END) * "split Amount.#unit" AS "split Amount.#rounded"
  FROM added
),
shared AS (
  SELECT *,
    CAST("split Amount.#share" + CASE WHEN "split Amount.#carries" THEN "split Amount.#rounded" - sum("split Amount.#share") OVER (PARTITION BY "#source") ELSE 0 END AS DECIMAL(18, 0)) * CAST(0.1 AS DECIMAL(2, 1)) AS "split Amount"
  FROM parted
),
judged AS (
  SELECT *,
    coalesce((("site.code" IS NULL) OR ("site.code" <> 'z')), FALSE) AND ("site.#there" IS NOT NULL) AS "#passes",  -- shares.map.yaml:6
    CASE
      WHEN "changed" IS NULL THEN 1  -- CURSOR_NULL changed shares.map.yaml:1
      WHEN NOT coalesce(("site.code" IS NOT NULL), FALSE) THEN 2  -- REQUIREMENT_NOT_MET shares.map.yaml:9
      WHEN length((coalesce("number", '') || '-' || coalesce(CAST("site.id" AS VARCHAR), ''))) > 40 THEN 3  -- TOO_LONG Number shares.map.yaml:10
      WHEN (CASE WHEN (length((coalesce("number", '') || '-' || coalesce(CAST("site.id" AS VARCHAR), ''))) <= 40) THEN (coalesce("number", '') || '-' || coalesce(CAST("site.id" AS VARCHAR), '')) END) IS NULL THEN 4  -- KEY_NULL Number shares.map.yaml:10
      WHEN ("amount" IS NOT NULL) AND "split Amount.#invalid" THEN 5  -- SPLIT_INVALID Amount shares.map.yaml:13
      WHEN NOT (abs("split Amount") < CAST(1000000000000 AS DECIMAL(20, 1))) THEN 6  -- OUT_OF_RANGE Amount shares.map.yaml:13
      ELSE NULL
    END AS "#fault"
  FROM shared
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 3 THEN CAST((coalesce("number", '') || '-' || coalesce(CAST("site.id" AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST("site.weight" AS VARCHAR)
      WHEN 6 THEN CAST("split Amount" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length((coalesce("number", '') || '-' || coalesce(CAST("site.id" AS VARCHAR), ''))) <= 40) THEN (coalesce("number", '') || '-' || coalesce(CAST("site.id" AS VARCHAR), '')) END AS VARCHAR) AS "Number",  -- shares.map.yaml:10
    CAST(substring("site.code", 1, 8) AS VARCHAR) AS "Title",  -- shares.map.yaml:12
    CAST(CASE WHEN (abs("split Amount") < CAST(1000000000000 AS DECIMAL(20, 1))) THEN CAST("split Amount" AS DECIMAL(14, 2)) END AS DECIMAL(14, 2)) AS "Amount",  -- shares.map.yaml:13
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."Number" AS VARCHAR), '') AS "#key", CAST(x."Version" AS VARCHAR) AS "#version", x."Number" AS "Number", x."Title" AS "Title", x."Amount" AS "Amount"
  FROM "books"."shares" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."Number" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'books.shares' THEN link.target_key IN (SELECT coalesce(CAST(x."Number" AS VARCHAR), '') FROM "books"."shares" AS x WHERE x."Number" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."Title" IS DISTINCT FROM mapped."Title"
      OR target."Amount" IS DISTINCT FROM mapped."Amount") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."Number" = mapped."Number"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 8  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 8  -- TARGET_MISSING
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
SELECT "#arm", "Number", min("#row") AS "#first", count(DISTINCT hash("#key", "Number", "Title", "Amount")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "Number"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 13 ELSE 12 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."Number" = duplicates."Number"
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
WHERE link.leg = 'shares' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'books.shares' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 12, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "units" AS source
WHERE source."#key" IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 12, claim."#target_key"
FROM "units" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON source."#key" = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15) THEN 'rejected'
  WHEN "#reason" IN (2, 14) THEN 'held'
  WHEN "#reason" IN (13) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of books.shares that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "books"."shares") AS target ON coalesce(CAST(target."Number" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'shares' AND mark.entity = now.entity
    WHERE now.entity IN ('shop.orders', 'shop.sites')
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'shares' AND link.state = 'live' AND link.target = 'books.shares'
  AND NOT EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "units" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check DEFECT: rows that are in no unit
SELECT abs((SELECT count(DISTINCT "#source") FROM (SELECT rowid AS "#row", "#source", "#of" FROM units)) - (
  SELECT count(*) FROM "shop"."orders" AS source WHERE NOT coalesce(source."gone", FALSE)
)), NULL;

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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'shares' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "books"."shares") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'shares' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "books"."shares") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."Number" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "books"."shares") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'shares' AND link.target = 'books.shares' AND link.target_key = coalesce(CAST(target."Number" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'shares' AND link.state = 'live' AND link.target = 'books.shares'
  AND NOT EXISTS (SELECT 1 FROM "books"."shares" AS target WHERE coalesce(CAST(target."Number" AS VARCHAR), '') = link.target_key);

-- step 4: deliver books.shares

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."Title" AS "Title", shaped."Amount" AS "Amount", $now AS "Changed", coalesce(t."Version", 0) + 1 AS "Version"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "books"."shares" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of books.shares
INSERT INTO "books"."shares" ("Number", "Title", "Amount", "Changed", "Version")
SELECT "Number", "Title", "Amount", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'shares' AS leg, new."#key" AS source_key, 'books.shares' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'Title', 'old': CAST(old."Title" AS VARCHAR), 'new': CAST(new."Title" AS VARCHAR)},
    {'column_name': 'Amount', 'old': CAST(old."Amount" AS VARCHAR), 'new': CAST(new."Amount" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "books"."shares" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "books"."shares" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "books"."shares"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'shares' AND state = 'open'
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
  (1, 'CURSOR_NULL', 'changed', /* place */ 'shares.map.yaml:1'),
  (2, 'REQUIREMENT_NOT_MET', '', /* place */ 'shares.map.yaml:9'),
  (3, 'TOO_LONG', 'Number', /* place */ 'shares.map.yaml:10'),
  (4, 'KEY_NULL', 'Number', /* place */ 'shares.map.yaml:10'),
  (5, 'SPLIT_INVALID', 'Amount', /* place */ 'shares.map.yaml:13'),
  (6, 'OUT_OF_RANGE', 'Amount', /* place */ 'shares.map.yaml:13'),
  (7, 'TARGET_EXISTS', '', /* place */ 'shares.map.yaml:1'),
  (8, 'TARGET_MISSING', '', /* place */ 'shares.map.yaml:1'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'shares.map.yaml:1'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'shares.map.yaml:1'),
  (11, 'CONFLICT_STALE', '', /* place */ 'shares.map.yaml:1'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'shares.map.yaml:1'),
  (13, 'SUPERSEDED', '', /* place */ 'shares.map.yaml:1'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'shares.map.yaml:1'),
  (15, 'TARGET_REFUSED', '', /* place */ 'shares.map.yaml:1')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'shares' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'shares' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'shares' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, source.source_row AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'changed', /* place */ 'shares.map.yaml:1'),
  (2, 'REQUIREMENT_NOT_MET', '', /* place */ 'shares.map.yaml:9'),
  (3, 'TOO_LONG', 'Number', /* place */ 'shares.map.yaml:10'),
  (4, 'KEY_NULL', 'Number', /* place */ 'shares.map.yaml:10'),
  (5, 'SPLIT_INVALID', 'Amount', /* place */ 'shares.map.yaml:13'),
  (6, 'OUT_OF_RANGE', 'Amount', /* place */ 'shares.map.yaml:13'),
  (7, 'TARGET_EXISTS', '', /* place */ 'shares.map.yaml:1'),
  (8, 'TARGET_MISSING', '', /* place */ 'shares.map.yaml:1'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'shares.map.yaml:1'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'shares.map.yaml:1'),
  (11, 'CONFLICT_STALE', '', /* place */ 'shares.map.yaml:1'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'shares.map.yaml:1'),
  (13, 'SUPERSEDED', '', /* place */ 'shares.map.yaml:1'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'shares.map.yaml:1'),
  (15, 'TARGET_REFUSED', '', /* place */ 'shares.map.yaml:1')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN (
  SELECT owner."#row", any_value(CAST(json_object('id', CAST(source."id" AS VARCHAR), 'number', CAST(source."number" AS VARCHAR), 'pair', CAST(source."pair" AS VARCHAR), 'kind', CAST(source."kind" AS VARCHAR), 'region', CAST(source."region" AS VARCHAR), 'amount', CAST(source."amount" AS VARCHAR), 'home', CAST(source."home" AS VARCHAR), 'gone', CAST(source."gone" AS VARCHAR), 'changed', CAST(source."changed" AS VARCHAR), 'version', CAST(source."version" AS VARCHAR)) AS VARCHAR)) AS source_row
  FROM (SELECT rowid AS "#row", "#source", "#of" FROM units) AS owner
  JOIN "shop"."orders" AS source ON source.rowid = owner."#source"
  WHERE owner."#row" IN (SELECT "#row" FROM shaped WHERE "#fate" IN ('held', 'rejected'))
  GROUP BY 1
) AS source ON source."#row" = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'shares' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'shares' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'books.shares' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'shares' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'books.shares' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'shares' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'shares' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'shares';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'shares' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
