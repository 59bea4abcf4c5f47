-- currencies:back: Currencies (transactioncurrencies)
-- dataverse.transactioncurrencies -> finops.Currencies, initial

-- step 1: extract dataverse.transactioncurrencies

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'currencies:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'currencies:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."transactioncurrencyid" AS VARCHAR), '') FROM "dataverse"."transactioncurrencies" AS source);

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."transactioncurrencyid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."transactioncurrencyid",
    source."modifiedon",
    source."isocurrencycode",
    source."currencyname",
    source."currencysymbol"
  FROM "dataverse"."transactioncurrencies" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon currencies.map.yaml:4
      WHEN length("isocurrencycode") > 3 THEN 2  -- TOO_LONG CURRENCYCODE currencies.map.yaml:12
      WHEN (CASE WHEN (length("isocurrencycode") <= 3) THEN "isocurrencycode" END) IS NULL THEN 3  -- KEY_NULL CURRENCYCODE currencies.map.yaml:12
      WHEN length("currencyname") > 60 THEN 4  -- TOO_LONG NAME currencies.map.yaml:16
      WHEN length("currencysymbol") > 5 THEN 5  -- TOO_LONG SYMBOL currencies.map.yaml:17
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("isocurrencycode" AS VARCHAR)
      WHEN 4 THEN CAST("currencyname" AS VARCHAR)
      WHEN 5 THEN CAST("currencysymbol" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length("currencyname") <= 60) THEN "currencyname" END AS VARCHAR) AS "NAME",  -- currencies.map.yaml:16
    CAST(CASE WHEN (length("currencysymbol") <= 5) THEN "currencysymbol" END AS VARCHAR) AS "SYMBOL",  -- currencies.map.yaml:17
    CASE WHEN (length("isocurrencycode") <= 3) THEN "isocurrencycode" END AS "key.CURRENCYCODE",  -- for later steps
    coalesce(CAST("isocurrencycode" AS VARCHAR), '') AS "#out_key",  -- for later steps
    "currencyname" AS "both.currencyname",  -- for later steps
    "currencysymbol" AS "both.currencysymbol",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."CURRENCYCODE" AS VARCHAR), '') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."CURRENCYCODE" AS "CURRENCYCODE", x."NAME" AS "NAME", x."SYMBOL" AS "SYMBOL"
  FROM "finops"."Currencies" AS x
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
      WHEN pact."currencyname" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.currencyname" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".target)) AND NOT (CAST(target."NAME" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".source))
    END AS "#goes.currencyname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."currencysymbol" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.currencysymbol" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".target)) AND NOT (CAST(target."SYMBOL" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".source))
    END AS "#goes.currencysymbol",
    target."#row" IS NOT NULL AND pact."currencyname" IS NOT NULL AND (CAST(mapped."both.currencyname" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".target)) AND (CAST(target."NAME" AS VARCHAR) IS DISTINCT FROM (pact."currencyname".source))
      AND (target."NAME" IS DISTINCT FROM mapped."NAME") AS "#clashes.currencyname",
    target."#row" IS NOT NULL AND pact."currencysymbol" IS NOT NULL AND (CAST(mapped."both.currencysymbol" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".target)) AND (CAST(target."SYMBOL" AS VARCHAR) IS DISTINCT FROM (pact."currencysymbol".source))
      AND (target."SYMBOL" IS DISTINCT FROM mapped."SYMBOL") AS "#clashes.currencysymbol",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.currencyname" THEN 'currencyname' || ': source ' || coalesce(CAST(target."NAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.currencyname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.currencysymbol" THEN 'currencysymbol' || ': source ' || coalesce(CAST(target."SYMBOL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.currencysymbol" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.currencyname" AND (target."NAME" IS DISTINCT FROM mapped."NAME"))
      OR ("#goes.currencysymbol" AND (target."SYMBOL" IS DISTINCT FROM mapped."SYMBOL")) AS "#differs",
    FALSE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."CURRENCYCODE" = mapped."key.CURRENCYCODE"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'currencies:back' AND state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'currencyname')[1] AS "currencyname",
      list_filter(cells, lambda cell: cell.column_name = 'currencysymbol')[1] AS "currencysymbol",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'currencies'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 7  -- TARGET_MISSING
    WHEN "#clashes.currencyname" THEN 15  -- CONFLICT_STALE currencyname
    WHEN "#clashes.currencysymbol" THEN 16  -- CONFLICT_STALE currencysymbol
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 10  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 9  -- UPDATE_NOT_ALLOWED
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
UPDATE shaped SET "#reason" = 8, "#value" = shaped."#target_key"
FROM meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#passes" AND shaped."#reason" IS NULL;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "key.CURRENCYCODE", min("#row") AS "#first", count(DISTINCT hash("#key", "NAME", "SYMBOL")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.CURRENCYCODE"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 12 ELSE 11 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.CURRENCYCODE" = duplicates."key.CURRENCYCODE"
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

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."transactioncurrencies" AS source
  WHERE TRUE
)), NULL
FROM shaped;

-- check LEFT_FILTER: rows that left
SELECT count(*), min("#key")
FROM shaped
WHERE "#fate" = 'filtered' AND "#linked" AND NOT "#passes";

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'currencies:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."Currencies") AS there
);

-- step 4: deliver finops.Currencies

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.currencyname" THEN shaped."NAME" ELSE t."NAME" END AS "NAME", CASE WHEN shaped."#goes.currencysymbol" THEN shaped."SYMBOL" ELSE t."SYMBOL" END AS "SYMBOL", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."Currencies" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'currencies:back' AS leg, new."#key" AS source_key, 'finops.Currencies' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'NAME', 'old': CAST(old."NAME" AS VARCHAR), 'new': CAST(new."NAME" AS VARCHAR)},
    {'column_name': 'SYMBOL', 'old': CAST(old."SYMBOL" AS VARCHAR), 'new': CAST(new."SYMBOL" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."Currencies" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."Currencies" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."Currencies"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'currencies:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."transactioncurrencyid" AS VARCHAR), '') FROM "dataverse"."transactioncurrencies" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT source_key, first_run, first_seen, attempts, rowid AS "#entry", FALSE AS "#same"
FROM crosswalk.rejects
WHERE leg = 'currencies:back' AND state = 'open' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" IN ('held', 'rejected'));

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'currencies:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'currencies:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'isocurrencycode', CAST(source."isocurrencycode" AS VARCHAR), 'currencyname', CAST(source."currencyname" AS VARCHAR), 'currencysymbol', CAST(source."currencysymbol" AS VARCHAR), 'currencyprecision', CAST(source."currencyprecision" AS VARCHAR), 'exchangerate', CAST(source."exchangerate" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'currencies.map.yaml:4'),
  (2, 'TOO_LONG', 'CURRENCYCODE', /* place */ 'currencies.map.yaml:12'),
  (3, 'KEY_NULL', 'CURRENCYCODE', /* place */ 'currencies.map.yaml:12'),
  (4, 'TOO_LONG', 'NAME', /* place */ 'currencies.map.yaml:16'),
  (5, 'TOO_LONG', 'SYMBOL', /* place */ 'currencies.map.yaml:17'),
  (6, 'TARGET_EXISTS', '', /* place */ 'currencies.map.yaml:4'),
  (7, 'TARGET_MISSING', '', /* place */ 'currencies.map.yaml:4'),
  (8, 'TARGET_DUPLICATE', '', /* place */ 'currencies.map.yaml:4'),
  (9, 'UPDATE_NOT_ALLOWED', '', /* place */ 'currencies.map.yaml:4'),
  (10, 'CONFLICT_STALE', '', /* place */ 'currencies.map.yaml:4'),
  (11, 'KEY_DUPLICATE', '', /* place */ 'currencies.map.yaml:4'),
  (12, 'SUPERSEDED', '', /* place */ 'currencies.map.yaml:4'),
  (13, 'SET_INCOMPLETE', '', /* place */ 'currencies.map.yaml:4'),
  (14, 'TARGET_REFUSED', '', /* place */ 'currencies.map.yaml:4'),
  (15, 'CONFLICT_STALE', 'currencyname', /* place */ 'currencies.map.yaml:16'),
  (16, 'CONFLICT_STALE', 'currencysymbol', /* place */ 'currencies.map.yaml:17')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."transactioncurrencies" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'currencies:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'currencies:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.Currencies' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'currencies:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.Currencies' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'currencies:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'currencies:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT coalesce(CAST(x."CURRENCYCODE" AS VARCHAR), '') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."Currencies" AS x
  JOIN shaped ON shaped."#target_key" = coalesce(CAST(x."CURRENCYCODE" AS VARCHAR), '') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'currencies' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    coalesce(CAST(now."CURRENCYCODE" AS VARCHAR), '') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."NAME" IS NOT DISTINCT FROM shaped."NAME"
        THEN {'column_name': 'currencyname', 'source': CAST(now."NAME" AS VARCHAR), 'target': CAST(shaped."both.currencyname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'currencyname')[1] END,
      CASE WHEN now."SYMBOL" IS NOT DISTINCT FROM shaped."SYMBOL"
        THEN {'column_name': 'currencysymbol', 'source': CAST(now."SYMBOL" AS VARCHAR), 'target': CAST(shaped."both.currencysymbol" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'currencysymbol')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."CURRENCYCODE" AS VARCHAR), '') AS "#target_key" FROM "finops"."Currencies" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'currencies' AND pact.source_key = coalesce(CAST(now."CURRENCYCODE" AS VARCHAR), '') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'currencies' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'currencies' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'currencies:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'currencies:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
