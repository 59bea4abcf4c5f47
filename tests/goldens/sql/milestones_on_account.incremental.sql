-- milestones_on_account: On-account transactions of staged milestones
-- finops.ProjCDSContractLineMilestoneImport -> finops.ProjOnAccTrans, incremental

-- step 1: extract finops.ProjCDSContractLineMilestoneImport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjCDSContractLineMilestoneImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."TransactionId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSContractLineMilestoneImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjCDSContractLineMilestoneImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjCDSContractLineMilestoneImport" AS x
UNION ALL
SELECT 'finops.ProjCDSContractLineImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."TransactionId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSContractLineImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjCDSContractLineImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjCDSContractLineImport" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'milestones_on_account' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'milestones_on_account' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSContractLineMilestoneImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSContractLineMilestoneImport" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'milestones_on_account' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSContractLineMilestoneImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'milestones_on_account' AND mark.entity = 'finops.ProjCDSContractLineMilestoneImport'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'milestones_on_account' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'milestones_on_account' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSContractLineMilestoneImport'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjCDSContractLineMilestoneImport" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'milestones_on_account' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'milestones_on_account' AND open.state = 'open'
);

-- rows that look up a changed row: line
INSERT INTO examined
SELECT landed."#row", 'line changed'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."TransactionId", source."ModifiedDateTime", source."ContractLineRef", source."CurrencyId", source."Description", source."Amount", source."InvoiceDate", source."ProjOnAccount" FROM "finops"."ProjCDSContractLineMilestoneImport" AS source) AS landed
JOIN (
  SELECT x."TransactionId" AS "line.#1", x."dataAreaId" AS "line.#2", x."ProjectId" AS "line.ProjectId", x."ContractLine" AS "line.ContractLine"
  FROM "finops"."ProjCDSContractLineImport" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'milestones_on_account' AND mark.entity = 'finops.ProjCDSContractLineImport'
  ), TRUE)
) ON "line.#1" = "ContractLineRef" AND "line.#2" = "dataAreaId"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'milestones_on_account' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSContractLineImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: line
INSERT INTO examined
SELECT landed."#row", 'line gone'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."TransactionId", source."ModifiedDateTime", source."ContractLineRef", source."CurrencyId", source."Description", source."Amount", source."InvoiceDate", source."ProjOnAccount" FROM "finops"."ProjCDSContractLineMilestoneImport" AS source) AS landed
WHERE "ContractLineRef" IS NOT NULL AND "dataAreaId" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSContractLineImport" AS x WHERE x."TransactionId" = "ContractLineRef" AND x."dataAreaId" = "dataAreaId")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'milestones_on_account' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSContractLineImport'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "finops"."ProjCDSContractLineImport" AS x WHERE x."ModifiedDateTime" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."TransactionId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSContractLineImport" AS x
          WHERE coalesce(x."ModifiedDateTime" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'milestones_on_account' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSContractLineMilestoneImport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'milestones_on_account' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSContractLineMilestoneImport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjCDSContractLineMilestoneImport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'milestones_on_account' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."TransactionId",
    source."ModifiedDateTime",
    source."ContractLineRef",
    source."CurrencyId",
    source."Description",
    source."Amount",
    source."InvoiceDate",
    source."ProjOnAccount"
  FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- line: milestones_on_account.map.yaml:16
    SELECT x."TransactionId" AS "line.#1", x."dataAreaId" AS "line.#2", count(*) AS "line.#hits", any_value(x."ProjectId") AS "line.ProjectId", any_value(x."ContractLine") AS "line.ContractLine"
    FROM "finops"."ProjCDSContractLineImport" AS x
    WHERE x."TransactionId" IN (SELECT DISTINCT "ContractLineRef" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "dataAreaId" FROM "landed")
    GROUP BY x."TransactionId", x."dataAreaId"
  ) ON "line.#1" = "ContractLineRef" AND "line.#2" = "dataAreaId"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime milestones_on_account.map.yaml:7
      WHEN "line.#hits" IS NULL THEN 2  -- CONTRACT_LINE_MISSING line milestones_on_account.map.yaml:16
      WHEN coalesce("line.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS line milestones_on_account.map.yaml:16
      WHEN "dataAreaId" IS NULL THEN 4  -- KEY_NULL dataAreaId milestones_on_account.map.yaml:22
      WHEN "line.ProjectId" IS NULL THEN 5  -- PROJECT_MISSING ProjID milestones_on_account.map.yaml:25
      WHEN NOT ('yes' IN ('no', 'yes')) THEN 6  -- VALUE_UNMAPPED PSAIsOnAccount milestones_on_account.map.yaml:32
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST((replace(replace(coalesce(CAST("ContractLineRef" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 3 THEN CAST((replace(replace(coalesce(CAST("ContractLineRef" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 5 THEN CAST("line.ProjectId" AS VARCHAR)
      WHEN 6 THEN CAST('yes' AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "dataAreaId" AS "dataAreaId",  -- milestones_on_account.map.yaml:22
    CAST('OA-' || repeat('0', greatest(0, 8 - length(CAST("number.project_on_account" AS VARCHAR)))) || CAST("number.project_on_account" AS VARCHAR) || '' AS VARCHAR) AS "TransId",  -- milestones_on_account.map.yaml:23
    "line.ProjectId" AS "ProjID",  -- milestones_on_account.map.yaml:25
    "CurrencyId" AS "CurrencyId",  -- milestones_on_account.map.yaml:26
    "Description" AS "Description",  -- milestones_on_account.map.yaml:27
    CAST(CAST('1' AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Qty",  -- milestones_on_account.map.yaml:28
    "Amount" AS "TotalSalesAmountCur",  -- milestones_on_account.map.yaml:29
    "InvoiceDate" AS "TransDate",  -- milestones_on_account.map.yaml:30
    "line.ContractLine" AS "PSAContractLineNum",  -- milestones_on_account.map.yaml:31
    CAST(CASE WHEN ('yes' IN ('no', 'yes')) THEN 'yes' END AS VARCHAR) AS "PSAIsOnAccount",  -- milestones_on_account.map.yaml:32
    0 AS "#arm"
  FROM judged
  LEFT JOIN (
    SELECT owner AS "number.project_on_account.#owner", number AS "number.project_on_account" FROM crosswalk.numbers WHERE sequence = 'project_on_account'
  ) ON "number.project_on_account.#owner" = 'finops.ProjCDSContractLineMilestoneImport ' || "#key"
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."TransId" AS "TransId", x."ProjID" AS "ProjID", x."CurrencyId" AS "CurrencyId", x."Description" AS "Description", x."Qty" AS "Qty", x."TotalSalesAmountCur" AS "TotalSalesAmountCur", x."TransDate" AS "TransDate", x."PSAContractLineNum" AS "PSAContractLineNum", x."PSAIsOnAccount" AS "PSAIsOnAccount"
  FROM "finops"."ProjOnAccTrans" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjOnAccTrans' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjOnAccTrans" AS x WHERE x."TransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ProjID" IS DISTINCT FROM mapped."ProjID"
      OR target."CurrencyId" IS DISTINCT FROM mapped."CurrencyId"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."Qty" IS DISTINCT FROM mapped."Qty"
      OR target."TotalSalesAmountCur" IS DISTINCT FROM mapped."TotalSalesAmountCur"
      OR target."TransDate" IS DISTINCT FROM mapped."TransDate"
      OR target."PSAContractLineNum" IS DISTINCT FROM mapped."PSAContractLineNum"
      OR target."PSAIsOnAccount" IS DISTINCT FROM mapped."PSAIsOnAccount") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."TransId" = mapped."TransId"
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
SELECT "#arm", "#key", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "TransId", "ProjID", "CurrencyId", "Description", "Qty", "TotalSalesAmountCur", "TransDate", "PSAContractLineNum", "PSAIsOnAccount")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "#key"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 13 ELSE 12 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."#key" = duplicates."#key"
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
WHERE link.leg = 'milestones_on_account' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjOnAccTrans' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ProjCDSContractLineMilestoneImport" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 12, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 12, claim."#target_key"
FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 15) THEN 'rejected'
  WHEN "#reason" IN (2, 5, 14) THEN 'held'
  WHEN "#reason" IN (13) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjOnAccTrans that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjOnAccTrans") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'milestones_on_account' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSContractLineMilestoneImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'milestones_on_account' AND link.state = 'live' AND link.target = 'finops.ProjOnAccTrans'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSContractLineMilestoneImport" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjCDSContractLineMilestoneImport" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'milestones_on_account' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjOnAccTrans") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'milestones_on_account' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjOnAccTrans") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjOnAccTrans") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'milestones_on_account' AND link.target = 'finops.ProjOnAccTrans' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'milestones_on_account' AND link.state = 'live' AND link.target = 'finops.ProjOnAccTrans'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjOnAccTrans" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjOnAccTrans

-- draw numbers of 'project_on_account'
INSERT INTO crosswalk.numbers
SELECT 'project_on_account', 'finops.ProjCDSContractLineMilestoneImport ' || "#key", last."#last" + row_number() OVER (ORDER BY "#key")
FROM shaped
CROSS JOIN (SELECT coalesce(max(number), 0) AS "#last" FROM crosswalk.numbers WHERE sequence = 'project_on_account') AS last
WHERE "#fate" = 'inserted' AND "#arm" = 0 AND "TransId" IS NULL
  AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_on_account' AND given.owner = 'finops.ProjCDSContractLineMilestoneImport ' || "#key");

-- write them into the new rows
CREATE OR REPLACE TEMP TABLE completed AS
SELECT shaped.* REPLACE (coalesce(shaped."TransId", CAST('OA-' || repeat('0', greatest(0, 8 - length(CAST(("number.TransId".number) AS VARCHAR)))) || CAST(("number.TransId".number) AS VARCHAR) || '' AS VARCHAR)) AS "TransId")
FROM shaped
LEFT JOIN (
  SELECT owner, min(number) AS number FROM crosswalk.numbers
  WHERE sequence = 'project_on_account' AND owner IN (SELECT 'finops.ProjCDSContractLineMilestoneImport ' || "#key" FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0)
  GROUP BY owner
) AS "number.TransId" ON "number.TransId".owner = 'finops.ProjCDSContractLineMilestoneImport ' || "#key"
WHERE shaped."#fate" = 'inserted' AND shaped."#arm" = 0;

-- take the incomplete rows out
DELETE FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- put the completed ones in
INSERT INTO shaped SELECT * FROM completed;

-- the keys are complete now
UPDATE shaped SET "#target_key" = replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ProjID" AS "ProjID", shaped."CurrencyId" AS "CurrencyId", shaped."Description" AS "Description", shaped."Qty" AS "Qty", shaped."TotalSalesAmountCur" AS "TotalSalesAmountCur", shaped."TransDate" AS "TransDate", shaped."PSAContractLineNum" AS "PSAContractLineNum", shaped."PSAIsOnAccount" AS "PSAIsOnAccount", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjOnAccTrans" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjOnAccTrans
INSERT INTO "finops"."ProjOnAccTrans" ("dataAreaId", "TransId", "ProjID", "CurrencyId", "Description", "Qty", "TotalSalesAmountCur", "TransDate", "PSAContractLineNum", "PSAIsOnAccount", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "TransId", "ProjID", "CurrencyId", "Description", "Qty", "TotalSalesAmountCur", "TransDate", "PSAContractLineNum", "PSAIsOnAccount", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'milestones_on_account' AS leg, new."#key" AS source_key, 'finops.ProjOnAccTrans' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ProjID', 'old': CAST(old."ProjID" AS VARCHAR), 'new': CAST(new."ProjID" AS VARCHAR)},
    {'column_name': 'CurrencyId', 'old': CAST(old."CurrencyId" AS VARCHAR), 'new': CAST(new."CurrencyId" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'Qty', 'old': CAST(old."Qty" AS VARCHAR), 'new': CAST(new."Qty" AS VARCHAR)},
    {'column_name': 'TotalSalesAmountCur', 'old': CAST(old."TotalSalesAmountCur" AS VARCHAR), 'new': CAST(new."TotalSalesAmountCur" AS VARCHAR)},
    {'column_name': 'TransDate', 'old': CAST(old."TransDate" AS VARCHAR), 'new': CAST(new."TransDate" AS VARCHAR)},
    {'column_name': 'PSAContractLineNum', 'old': CAST(old."PSAContractLineNum" AS VARCHAR), 'new': CAST(new."PSAContractLineNum" AS VARCHAR)},
    {'column_name': 'PSAIsOnAccount', 'old': CAST(old."PSAIsOnAccount" AS VARCHAR), 'new': CAST(new."PSAIsOnAccount" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjOnAccTrans" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjOnAccTrans" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjOnAccTrans"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: settle finops.ProjCDSContractLineMilestoneImport

-- the delivered rows as they will be marked
CREATE OR REPLACE TEMP TABLE settled AS
SELECT CAST(shaped."TransId" AS VARCHAR) AS "ProjOnAccount", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", t.rowid AS "#row", shaped."#key"
FROM "finops"."ProjCDSContractLineMilestoneImport" AS t
JOIN shaped ON shaped."#row" = t.rowid
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
  AND (t."ProjOnAccount" IS DISTINCT FROM CAST(shaped."TransId" AS VARCHAR))
ORDER BY t.rowid;

-- mark them in place
UPDATE "finops"."ProjCDSContractLineMilestoneImport" AS t SET "ProjOnAccount" = settled."ProjOnAccount", "ModifiedDateTime" = settled."ModifiedDateTime", "RecVersion" = settled."RecVersion"
FROM settled
WHERE t.rowid = settled."#row";

-- step 6: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'milestones_on_account' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSContractLineMilestoneImport" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'milestones_on_account.map.yaml:7'),
  (2, 'CONTRACT_LINE_MISSING', 'line', /* place */ 'milestones_on_account.map.yaml:16'),
  (3, 'LOOKUP_AMBIGUOUS', 'line', /* place */ 'milestones_on_account.map.yaml:16'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'milestones_on_account.map.yaml:22'),
  (5, 'PROJECT_MISSING', 'ProjID', /* place */ 'milestones_on_account.map.yaml:25'),
  (6, 'VALUE_UNMAPPED', 'PSAIsOnAccount', /* place */ 'milestones_on_account.map.yaml:32'),
  (7, 'TARGET_EXISTS', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (8, 'TARGET_MISSING', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (11, 'CONFLICT_STALE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (13, 'SUPERSEDED', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (15, 'TARGET_REFUSED', '', /* place */ 'milestones_on_account.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'milestones_on_account' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'milestones_on_account' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'milestones_on_account' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('TransactionId', CAST(source."TransactionId" AS VARCHAR), 'ContractLineRef', CAST(source."ContractLineRef" AS VARCHAR), 'InvoiceDate', CAST(source."InvoiceDate" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'CurrencyId', CAST(source."CurrencyId" AS VARCHAR), 'Amount', CAST(source."Amount" AS VARCHAR), 'PSAContractLineItems', CAST(source."PSAContractLineItems" AS VARCHAR), 'ProjOnAccount', CAST(source."ProjOnAccount" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'milestones_on_account.map.yaml:7'),
  (2, 'CONTRACT_LINE_MISSING', 'line', /* place */ 'milestones_on_account.map.yaml:16'),
  (3, 'LOOKUP_AMBIGUOUS', 'line', /* place */ 'milestones_on_account.map.yaml:16'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'milestones_on_account.map.yaml:22'),
  (5, 'PROJECT_MISSING', 'ProjID', /* place */ 'milestones_on_account.map.yaml:25'),
  (6, 'VALUE_UNMAPPED', 'PSAIsOnAccount', /* place */ 'milestones_on_account.map.yaml:32'),
  (7, 'TARGET_EXISTS', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (8, 'TARGET_MISSING', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (11, 'CONFLICT_STALE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (13, 'SUPERSEDED', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'milestones_on_account.map.yaml:7'),
  (15, 'TARGET_REFUSED', '', /* place */ 'milestones_on_account.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjCDSContractLineMilestoneImport" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'milestones_on_account' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'milestones_on_account' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version") AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjOnAccTrans' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN settled ON settled."#key" = shaped."#key"
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'milestones_on_account' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version"), FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version")
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjOnAccTrans' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'milestones_on_account' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'milestones_on_account' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'milestones_on_account';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'milestones_on_account' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
