-- currencies: Currencies (transactioncurrencies)
-- finops.Currencies -> dataverse.transactioncurrencies, incremental

-- step 1: extract finops.Currencies

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.Currencies' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."CURRENCYCODE" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."Currencies" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."Currencies" AS x), TRUE)
  ) AS content
FROM "finops"."Currencies" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'currencies' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'currencies' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Currencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') FROM "finops"."Currencies" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."Currencies" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'currencies' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Currencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'currencies' AND mark.entity = 'finops.Currencies'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'currencies' AND link.source_key = coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."Currencies" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'currencies' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Currencies'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."Currencies" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'currencies' AND link.source_key = coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."Currencies" AS source
WHERE coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'currencies' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."Currencies" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'currencies' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') FROM "finops"."Currencies" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'currencies' AND source_key IN (SELECT coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') FROM "finops"."Currencies" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."Currencies") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'currencies' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."CURRENCYCODE",
    source."ModifiedDateTime",
    source."NAME",
    source."SYMBOL"
  FROM "finops"."Currencies" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT *,
    coalesce(("CURRENCYCODE" <> '999'), FALSE) AS "#passes",  -- currencies.map.yaml:10
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime currencies.map.yaml:4
      WHEN "CURRENCYCODE" IS NULL THEN 2  -- KEY_NULL isocurrencycode currencies.map.yaml:12
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CAST(NULL AS VARCHAR) AS "#value",
    "CURRENCYCODE" AS "isocurrencycode",  -- currencies.map.yaml:12
    CAST(CAST('1' AS DECIMAL(28, 10)) AS DECIMAL(28, 10)) AS "exchangerate",  -- currencies.map.yaml:14
    "NAME" AS "currencyname",  -- currencies.map.yaml:16
    "SYMBOL" AS "currencysymbol",  -- currencies.map.yaml:17
    CAST(CAST(md5('finops.Currencies dataverse.transactioncurrencies transactioncurrencyid ' || "#key") AS UUID) AS UUID) AS "transactioncurrencyid",  -- made from the key
    "NAME" AS "both.NAME",  -- for later steps
    "SYMBOL" AS "both.SYMBOL",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."isocurrencycode" AS "isocurrencycode", x."currencyname" AS "currencyname", x."currencysymbol" AS "currencysymbol"
  FROM "dataverse"."transactioncurrencies" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."isocurrencycode" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.transactioncurrencies' THEN link.target_key IN (SELECT coalesce(CAST(x."isocurrencycode" AS VARCHAR), '') FROM "dataverse"."transactioncurrencies" AS x WHERE x."isocurrencycode" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."currencyname" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.NAME" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".source)) AND NOT (CAST(target."currencyname" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".target))
    END AS "#goes.currencyname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."currencysymbol" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.SYMBOL" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".source)) AND NOT (CAST(target."currencysymbol" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".target))
    END AS "#goes.currencysymbol",
    target."#row" IS NOT NULL AND pact."currencyname" IS NOT NULL AND (CAST(mapped."both.NAME" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".source)) AND (CAST(target."currencyname" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".target))
      AND (target."currencyname" IS DISTINCT FROM mapped."currencyname") AS "#clashes.currencyname",
    target."#row" IS NOT NULL AND pact."currencysymbol" IS NOT NULL AND (CAST(mapped."both.SYMBOL" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".source)) AND (CAST(target."currencysymbol" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".target))
      AND (target."currencysymbol" IS DISTINCT FROM mapped."currencysymbol") AS "#clashes.currencysymbol",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.currencyname" THEN 'currencyname' || ': source ' || coalesce(CAST(mapped."both.NAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."currencyname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.currencysymbol" THEN 'currencysymbol' || ': source ' || coalesce(CAST(mapped."both.SYMBOL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."currencysymbol" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.currencyname" AND (target."currencyname" IS DISTINCT FROM mapped."currencyname"))
      OR ("#goes.currencysymbol" AND (target."currencysymbol" IS DISTINCT FROM mapped."currencysymbol")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."isocurrencycode" = mapped."isocurrencycode"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'currencyname')[1] AS "currencyname",
      list_filter(cells, lambda cell: cell.column_name = 'currencysymbol')[1] AS "currencysymbol",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'currencies'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = coalesce(CAST(mapped."isocurrencycode" AS VARCHAR), '')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 4  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 4  -- TARGET_MISSING
    WHEN "#clashes.currencyname" THEN 12  -- CONFLICT_STALE currencyname
    WHEN "#clashes.currencysymbol" THEN 13  -- CONFLICT_STALE currencysymbol
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
SELECT "#arm", "isocurrencycode", min("#row") AS "#first", count(DISTINCT hash("#key", "isocurrencycode", "exchangerate", "currencyname", "currencysymbol", "transactioncurrencyid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "isocurrencycode"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 9 ELSE 8 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."isocurrencycode" = duplicates."isocurrencycode"
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
WHERE link.leg = 'currencies' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.transactioncurrencies' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."Currencies" AS source WHERE coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 8, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."Currencies" AS source
WHERE coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 8, claim."#target_key"
FROM "finops"."Currencies" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13) THEN 'rejected'
  WHEN "#reason" IN (9) THEN 'superseded'
  WHEN "#reason" IN (10) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.transactioncurrencies that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."transactioncurrencies") AS target ON coalesce(CAST(target."isocurrencycode" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'currencies' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Currencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'currencies' AND link.state = 'live' AND link.target = 'dataverse.transactioncurrencies'
  AND NOT EXISTS (SELECT 1 FROM "finops"."Currencies" AS source WHERE coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."Currencies" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'currencies' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."transactioncurrencies") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'currencies' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."transactioncurrencies") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."isocurrencycode" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."transactioncurrencies") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'currencies' AND link.target = 'dataverse.transactioncurrencies' AND link.target_key = coalesce(CAST(target."isocurrencycode" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'currencies' AND link.state = 'live' AND link.target = 'dataverse.transactioncurrencies'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS target WHERE coalesce(CAST(target."isocurrencycode" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.transactioncurrencies

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT CASE WHEN shaped."#goes.currencyname" THEN shaped."currencyname" ELSE t."currencyname" END AS "currencyname", CASE WHEN shaped."#goes.currencysymbol" THEN shaped."currencysymbol" ELSE t."currencysymbol" END AS "currencysymbol", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."transactioncurrencies" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of dataverse.transactioncurrencies
INSERT INTO "dataverse"."transactioncurrencies" ("isocurrencycode", "exchangerate", "currencyname", "currencysymbol", "transactioncurrencyid", "modifiedon", "versionnumber")
SELECT "isocurrencycode", "exchangerate", "currencyname", "currencysymbol", "transactioncurrencyid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'currencies' AS leg, new."#key" AS source_key, 'dataverse.transactioncurrencies' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'currencyname', 'old': CAST(old."currencyname" AS VARCHAR), 'new': CAST(new."currencyname" AS VARCHAR)},
    {'column_name': 'currencysymbol', 'old': CAST(old."currencysymbol" AS VARCHAR), 'new': CAST(new."currencysymbol" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."transactioncurrencies" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."transactioncurrencies" AS t SET "currencyname" = updates."currencyname", "currencysymbol" = updates."currencysymbol", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'currencies' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."CURRENCYCODE" AS VARCHAR), '') FROM "finops"."Currencies" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'currencies.map.yaml:4'),
  (2, 'KEY_NULL', 'isocurrencycode', /* place */ 'currencies.map.yaml:12'),
  (3, 'TARGET_EXISTS', '', /* place */ 'currencies.map.yaml:4'),
  (4, 'TARGET_MISSING', '', /* place */ 'currencies.map.yaml:4'),
  (5, 'TARGET_DUPLICATE', '', /* place */ 'currencies.map.yaml:4'),
  (6, 'UPDATE_NOT_ALLOWED', '', /* place */ 'currencies.map.yaml:4'),
  (7, 'CONFLICT_STALE', '', /* place */ 'currencies.map.yaml:4'),
  (8, 'KEY_DUPLICATE', '', /* place */ 'currencies.map.yaml:4'),
  (9, 'SUPERSEDED', '', /* place */ 'currencies.map.yaml:4'),
  (10, 'SET_INCOMPLETE', '', /* place */ 'currencies.map.yaml:4'),
  (11, 'TARGET_REFUSED', '', /* place */ 'currencies.map.yaml:4'),
  (12, 'CONFLICT_STALE', 'currencyname', /* place */ 'currencies.map.yaml:16'),
  (13, 'CONFLICT_STALE', 'currencysymbol', /* place */ 'currencies.map.yaml:17')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'currencies' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'currencies' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'currencies' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('CURRENCYCODE', CAST(source."CURRENCYCODE" AS VARCHAR), 'NAME', CAST(source."NAME" AS VARCHAR), 'SYMBOL', CAST(source."SYMBOL" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'currencies.map.yaml:4'),
  (2, 'KEY_NULL', 'isocurrencycode', /* place */ 'currencies.map.yaml:12'),
  (3, 'TARGET_EXISTS', '', /* place */ 'currencies.map.yaml:4'),
  (4, 'TARGET_MISSING', '', /* place */ 'currencies.map.yaml:4'),
  (5, 'TARGET_DUPLICATE', '', /* place */ 'currencies.map.yaml:4'),
  (6, 'UPDATE_NOT_ALLOWED', '', /* place */ 'currencies.map.yaml:4'),
  (7, 'CONFLICT_STALE', '', /* place */ 'currencies.map.yaml:4'),
  (8, 'KEY_DUPLICATE', '', /* place */ 'currencies.map.yaml:4'),
  (9, 'SUPERSEDED', '', /* place */ 'currencies.map.yaml:4'),
  (10, 'SET_INCOMPLETE', '', /* place */ 'currencies.map.yaml:4'),
  (11, 'TARGET_REFUSED', '', /* place */ 'currencies.map.yaml:4'),
  (12, 'CONFLICT_STALE', 'currencyname', /* place */ 'currencies.map.yaml:16'),
  (13, 'CONFLICT_STALE', 'currencysymbol', /* place */ 'currencies.map.yaml:17')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."Currencies" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'currencies' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'currencies' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.transactioncurrencies' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'currencies' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.transactioncurrencies' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'currencies' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'currencies' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, coalesce(CAST(shaped."isocurrencycode" AS VARCHAR), '') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."currencyname" IS NOT DISTINCT FROM shaped."currencyname"
        THEN {'column_name': 'currencyname', 'source': CAST(shaped."both.NAME" AS VARCHAR), 'target': CAST(now."currencyname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'currencyname')[1] END,
      CASE WHEN now."currencysymbol" IS NOT DISTINCT FROM shaped."currencysymbol"
        THEN {'column_name': 'currencysymbol', 'source': CAST(shaped."both.SYMBOL" AS VARCHAR), 'target': CAST(now."currencysymbol" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'currencysymbol')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."isocurrencycode" AS VARCHAR), '') AS "#target_key" FROM "dataverse"."transactioncurrencies" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'currencies' AND pact.source_key = shaped."#key" AND pact.target_key = coalesce(CAST(shaped."isocurrencycode" AS VARCHAR), '')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'currencies' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'currencies' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'currencies';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'currencies' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
