-- hour_forecasts: Hour forecasts of staged estimates
-- finops.ProjCDSEstimateHoursImport -> finops.ProjForecastEmpl, incremental

-- step 1: extract finops.ProjCDSEstimateHoursImport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjCDSEstimateHoursImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."EstimateHoursImportId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSEstimateHoursImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjCDSEstimateHoursImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjCDSEstimateHoursImport" AS x
UNION ALL
SELECT 'finops.ProjForecastSettings' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjForecastSettings" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjForecastSettings" AS x), TRUE)
  ) AS content
FROM "finops"."ProjForecastSettings" AS x
UNION ALL
SELECT 'finops.ProjTable' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ProjId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjTable" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjTable" AS x), TRUE)
  ) AS content
FROM "finops"."ProjTable" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'hour_forecasts' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateHoursImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSEstimateHoursImport" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjCDSEstimateHoursImport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateHoursImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_forecasts' AND mark.entity = 'finops.ProjCDSEstimateHoursImport'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'hour_forecasts' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjCDSEstimateHoursImport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateHoursImport'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjCDSEstimateHoursImport" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'hour_forecasts' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjCDSEstimateHoursImport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'hour_forecasts' AND open.state = 'open'
);

-- rows that look up a changed row: settings
INSERT INTO examined
SELECT landed."#row", 'settings changed'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."EstimateHoursImportId", source."ModifiedDateTime", source."ProjectId", source."ModelId", source."ActivityNumber", source."Duration", source."PlannedCostAmount", source."PlannedSalesAmount", source."CurrencyId", source."StartDate", source."Description", source."ResourceCategoryId", source."TransId" FROM "finops"."ProjCDSEstimateHoursImport" AS source) AS landed
JOIN (
  SELECT x."dataAreaId" AS "settings.#1", x."ForecastModel" AS "settings.ForecastModel"
  FROM "finops"."ProjForecastSettings" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_forecasts' AND mark.entity = 'finops.ProjForecastSettings'
  ), TRUE)
) ON "settings.#1" = "dataAreaId"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSettings'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: settings
INSERT INTO examined
SELECT landed."#row", 'settings gone'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."EstimateHoursImportId", source."ModifiedDateTime", source."ProjectId", source."ModelId", source."ActivityNumber", source."Duration", source."PlannedCostAmount", source."PlannedSalesAmount", source."CurrencyId", source."StartDate", source."Description", source."ResourceCategoryId", source."TransId" FROM "finops"."ProjCDSEstimateHoursImport" AS source) AS landed
WHERE "dataAreaId" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjForecastSettings" AS x WHERE x."dataAreaId" = "dataAreaId")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSettings'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "finops"."ProjForecastSettings" AS x WHERE x."ModifiedDateTime" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjForecastSettings" AS x
          WHERE coalesce(x."ModifiedDateTime" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: project
INSERT INTO examined
SELECT landed."#row", 'project changed'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."EstimateHoursImportId", source."ModifiedDateTime", source."ProjectId", source."ModelId", source."ActivityNumber", source."Duration", source."PlannedCostAmount", source."PlannedSalesAmount", source."CurrencyId", source."StartDate", source."Description", source."ResourceCategoryId", source."TransId" FROM "finops"."ProjCDSEstimateHoursImport" AS source) AS landed
JOIN (
  SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", x."ProjId" AS "project.ProjId"
  FROM "finops"."ProjTable" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_forecasts' AND mark.entity = 'finops.ProjTable'
  ), TRUE)
) ON "project.#1" = "ProjectId" AND "project.#2" = "dataAreaId"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjTable'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: project
INSERT INTO examined
SELECT landed."#row", 'project gone'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."EstimateHoursImportId", source."ModifiedDateTime", source."ProjectId", source."ModelId", source."ActivityNumber", source."Duration", source."PlannedCostAmount", source."PlannedSalesAmount", source."CurrencyId", source."StartDate", source."Description", source."ResourceCategoryId", source."TransId" FROM "finops"."ProjCDSEstimateHoursImport" AS source) AS landed
WHERE "ProjectId" IS NOT NULL AND "dataAreaId" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjTable" AS x WHERE x."ProjId" = "ProjectId" AND x."dataAreaId" = "dataAreaId")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjTable'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "finops"."ProjTable" AS x WHERE x."ModifiedDateTime" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ProjId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjTable" AS x
          WHERE coalesce(x."ModifiedDateTime" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjCDSEstimateHoursImport" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'hour_forecasts' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSEstimateHoursImport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'hour_forecasts' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSEstimateHoursImport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjCDSEstimateHoursImport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'hour_forecasts' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."EstimateHoursImportId",
    source."ModifiedDateTime",
    source."ProjectId",
    source."ModelId",
    source."ActivityNumber",
    source."Duration",
    source."PlannedCostAmount",
    source."PlannedSalesAmount",
    source."CurrencyId",
    source."StartDate",
    source."Description",
    source."ResourceCategoryId",
    source."TransId"
  FROM "finops"."ProjCDSEstimateHoursImport" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- settings: hour_forecasts.map.yaml:15
    SELECT x."dataAreaId" AS "settings.#1", count(*) AS "settings.#hits", any_value(x."ForecastModel") AS "settings.ForecastModel"
    FROM "finops"."ProjForecastSettings" AS x
    WHERE x."dataAreaId" IN (SELECT DISTINCT "dataAreaId" FROM "landed")
    GROUP BY x."dataAreaId"
  ) ON "settings.#1" = "dataAreaId"
  LEFT JOIN (  -- project: hour_forecasts.map.yaml:16
    SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", count(*) AS "project.#hits", any_value(x."ProjId") AS "project.ProjId"
    FROM "finops"."ProjTable" AS x
    WHERE x."ProjId" IN (SELECT DISTINCT "ProjectId" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "dataAreaId" FROM "landed")
    GROUP BY x."ProjId", x."dataAreaId"
  ) ON "project.#1" = "ProjectId" AND "project.#2" = "dataAreaId"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime hour_forecasts.map.yaml:6
      WHEN "settings.#hits" IS NULL THEN 2  -- COMPANY_NOT_SET_UP settings hour_forecasts.map.yaml:15
      WHEN coalesce("settings.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS settings hour_forecasts.map.yaml:15
      WHEN "project.#hits" IS NULL THEN 4  -- PROJECT_MISSING project hour_forecasts.map.yaml:16
      WHEN coalesce("project.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS project hour_forecasts.map.yaml:16
      WHEN "dataAreaId" IS NULL THEN 6  -- KEY_NULL dataAreaId hour_forecasts.map.yaml:18
      WHEN "project.ProjId" IS NULL THEN 7  -- REQUIRED_NULL ProjectID hour_forecasts.map.yaml:22
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(coalesce(CAST("dataAreaId" AS VARCHAR), '') AS VARCHAR)
      WHEN 3 THEN CAST(coalesce(CAST("dataAreaId" AS VARCHAR), '') AS VARCHAR)
      WHEN 4 THEN CAST((replace(replace(coalesce(CAST("ProjectId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 5 THEN CAST((replace(replace(coalesce(CAST("ProjectId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 7 THEN CAST("project.ProjId" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "dataAreaId" AS "dataAreaId",  -- hour_forecasts.map.yaml:18
    CAST('FC-' || repeat('0', greatest(0, 8 - length(CAST("number.project_forecast" AS VARCHAR)))) || CAST("number.project_forecast" AS VARCHAR) || '' AS VARCHAR) AS "TransactionID",  -- hour_forecasts.map.yaml:19
    CAST(coalesce(nullif("ModelId", ''), nullif("settings.ForecastModel", '')) AS VARCHAR) AS "ForecastModel",  -- hour_forecasts.map.yaml:21
    "project.ProjId" AS "ProjectID",  -- hour_forecasts.map.yaml:22
    "ActivityNumber" AS "ActivityNumber",  -- hour_forecasts.map.yaml:23
    "Duration" AS "Hours",  -- hour_forecasts.map.yaml:24
    "PlannedCostAmount" AS "CostPrice",  -- hour_forecasts.map.yaml:25
    "PlannedSalesAmount" AS "SalesPrice",  -- hour_forecasts.map.yaml:26
    "CurrencyId" AS "SalesCurrency",  -- hour_forecasts.map.yaml:27
    "StartDate" AS "ProjectDate",  -- hour_forecasts.map.yaml:28
    "Description" AS "Description",  -- hour_forecasts.map.yaml:29
    "ResourceCategoryId" AS "ResourceCategoryId",  -- hour_forecasts.map.yaml:30
    0 AS "#arm"
  FROM judged
  LEFT JOIN (
    SELECT owner AS "number.project_forecast.#owner", number AS "number.project_forecast" FROM crosswalk.numbers WHERE sequence = 'project_forecast'
  ) ON "number.project_forecast.#owner" = 'finops.ProjCDSEstimateHoursImport ' || "#key"
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."TransactionID" AS "TransactionID", x."ForecastModel" AS "ForecastModel", x."ProjectID" AS "ProjectID", x."ActivityNumber" AS "ActivityNumber", x."Hours" AS "Hours", x."CostPrice" AS "CostPrice", x."SalesPrice" AS "SalesPrice", x."SalesCurrency" AS "SalesCurrency", x."ProjectDate" AS "ProjectDate", x."Description" AS "Description", x."ResourceCategoryId" AS "ResourceCategoryId"
  FROM "finops"."ProjForecastEmpl" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjForecastEmpl' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjForecastEmpl" AS x WHERE x."TransactionID" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ForecastModel" IS DISTINCT FROM mapped."ForecastModel"
      OR target."ProjectID" IS DISTINCT FROM mapped."ProjectID"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber"
      OR target."Hours" IS DISTINCT FROM mapped."Hours"
      OR target."CostPrice" IS DISTINCT FROM mapped."CostPrice"
      OR target."SalesPrice" IS DISTINCT FROM mapped."SalesPrice"
      OR target."SalesCurrency" IS DISTINCT FROM mapped."SalesCurrency"
      OR target."ProjectDate" IS DISTINCT FROM mapped."ProjectDate"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."ResourceCategoryId" IS DISTINCT FROM mapped."ResourceCategoryId") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."TransactionID" = mapped."TransactionID"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 9  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 9  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 11  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "#key", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "TransactionID", "ForecastModel", "ProjectID", "ActivityNumber", "Hours", "CostPrice", "SalesPrice", "SalesCurrency", "ProjectDate", "Description", "ResourceCategoryId")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "#key"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 14 ELSE 13 END,
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
UPDATE shaped SET "#reason" = 13, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'hour_forecasts' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjForecastEmpl' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ProjCDSEstimateHoursImport" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 13, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjCDSEstimateHoursImport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 13, claim."#target_key"
FROM "finops"."ProjCDSEstimateHoursImport" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16) THEN 'rejected'
  WHEN "#reason" IN (2, 4, 15) THEN 'held'
  WHEN "#reason" IN (14) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjForecastEmpl that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjForecastEmpl") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateHoursImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'hour_forecasts' AND link.state = 'live' AND link.target = 'finops.ProjForecastEmpl'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSEstimateHoursImport" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjCDSEstimateHoursImport" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'hour_forecasts' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjForecastEmpl") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'hour_forecasts' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjForecastEmpl") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjForecastEmpl") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'hour_forecasts' AND link.target = 'finops.ProjForecastEmpl' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'hour_forecasts' AND link.state = 'live' AND link.target = 'finops.ProjForecastEmpl'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjForecastEmpl" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjForecastEmpl

-- draw numbers of 'project_forecast'
INSERT INTO crosswalk.numbers
SELECT 'project_forecast', 'finops.ProjCDSEstimateHoursImport ' || "#key", last."#last" + row_number() OVER (ORDER BY "#key")
FROM shaped
CROSS JOIN (SELECT coalesce(max(number), 0) AS "#last" FROM crosswalk.numbers WHERE sequence = 'project_forecast') AS last
WHERE "#fate" = 'inserted' AND "#arm" = 0 AND "TransactionID" IS NULL
  AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_forecast' AND given.owner = 'finops.ProjCDSEstimateHoursImport ' || "#key");

-- write them into the new rows
CREATE OR REPLACE TEMP TABLE completed AS
SELECT shaped.* REPLACE (coalesce(shaped."TransactionID", CAST('FC-' || repeat('0', greatest(0, 8 - length(CAST(("number.TransactionID".number) AS VARCHAR)))) || CAST(("number.TransactionID".number) AS VARCHAR) || '' AS VARCHAR)) AS "TransactionID")
FROM shaped
LEFT JOIN (
  SELECT owner, min(number) AS number FROM crosswalk.numbers
  WHERE sequence = 'project_forecast' AND owner IN (SELECT 'finops.ProjCDSEstimateHoursImport ' || "#key" FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0)
  GROUP BY owner
) AS "number.TransactionID" ON "number.TransactionID".owner = 'finops.ProjCDSEstimateHoursImport ' || "#key"
WHERE shaped."#fate" = 'inserted' AND shaped."#arm" = 0;

-- take the incomplete rows out
DELETE FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- put the completed ones in
INSERT INTO shaped SELECT * FROM completed;

-- the keys are complete now
UPDATE shaped SET "#target_key" = replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("TransactionID" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ForecastModel" AS "ForecastModel", shaped."ProjectID" AS "ProjectID", shaped."ActivityNumber" AS "ActivityNumber", shaped."Hours" AS "Hours", shaped."CostPrice" AS "CostPrice", shaped."SalesPrice" AS "SalesPrice", shaped."SalesCurrency" AS "SalesCurrency", shaped."ProjectDate" AS "ProjectDate", shaped."Description" AS "Description", shaped."ResourceCategoryId" AS "ResourceCategoryId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjForecastEmpl" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjForecastEmpl
INSERT INTO "finops"."ProjForecastEmpl" ("dataAreaId", "TransactionID", "ForecastModel", "ProjectID", "ActivityNumber", "Hours", "CostPrice", "SalesPrice", "SalesCurrency", "ProjectDate", "Description", "ResourceCategoryId", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "TransactionID", "ForecastModel", "ProjectID", "ActivityNumber", "Hours", "CostPrice", "SalesPrice", "SalesCurrency", "ProjectDate", "Description", "ResourceCategoryId", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'hour_forecasts' AS leg, new."#key" AS source_key, 'finops.ProjForecastEmpl' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ForecastModel', 'old': CAST(old."ForecastModel" AS VARCHAR), 'new': CAST(new."ForecastModel" AS VARCHAR)},
    {'column_name': 'ProjectID', 'old': CAST(old."ProjectID" AS VARCHAR), 'new': CAST(new."ProjectID" AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(new."ActivityNumber" AS VARCHAR)},
    {'column_name': 'Hours', 'old': CAST(old."Hours" AS VARCHAR), 'new': CAST(new."Hours" AS VARCHAR)},
    {'column_name': 'CostPrice', 'old': CAST(old."CostPrice" AS VARCHAR), 'new': CAST(new."CostPrice" AS VARCHAR)},
    {'column_name': 'SalesPrice', 'old': CAST(old."SalesPrice" AS VARCHAR), 'new': CAST(new."SalesPrice" AS VARCHAR)},
    {'column_name': 'SalesCurrency', 'old': CAST(old."SalesCurrency" AS VARCHAR), 'new': CAST(new."SalesCurrency" AS VARCHAR)},
    {'column_name': 'ProjectDate', 'old': CAST(old."ProjectDate" AS VARCHAR), 'new': CAST(new."ProjectDate" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'ResourceCategoryId', 'old': CAST(old."ResourceCategoryId" AS VARCHAR), 'new': CAST(new."ResourceCategoryId" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjForecastEmpl" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjForecastEmpl" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjForecastEmpl"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: settle finops.ProjCDSEstimateHoursImport

-- the delivered rows as they will be marked
CREATE OR REPLACE TEMP TABLE settled AS
SELECT CAST(shaped."TransactionID" AS VARCHAR) AS "TransId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", t.rowid AS "#row", shaped."#key"
FROM "finops"."ProjCDSEstimateHoursImport" AS t
JOIN shaped ON shaped."#row" = t.rowid
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
  AND (t."TransId" IS DISTINCT FROM CAST(shaped."TransactionID" AS VARCHAR))
ORDER BY t.rowid;

-- mark them in place
UPDATE "finops"."ProjCDSEstimateHoursImport" AS t SET "TransId" = settled."TransId", "ModifiedDateTime" = settled."ModifiedDateTime", "RecVersion" = settled."RecVersion"
FROM settled
WHERE t.rowid = settled."#row";

-- step 6: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'hour_forecasts' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSEstimateHoursImport" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'hour_forecasts.map.yaml:6'),
  (2, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'hour_forecasts.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'hour_forecasts.map.yaml:15'),
  (4, 'PROJECT_MISSING', 'project', /* place */ 'hour_forecasts.map.yaml:16'),
  (5, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'hour_forecasts.map.yaml:16'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'hour_forecasts.map.yaml:18'),
  (7, 'REQUIRED_NULL', 'ProjectID', /* place */ 'hour_forecasts.map.yaml:22'),
  (8, 'TARGET_EXISTS', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (9, 'TARGET_MISSING', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (10, 'TARGET_DUPLICATE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (11, 'UPDATE_NOT_ALLOWED', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (12, 'CONFLICT_STALE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (13, 'KEY_DUPLICATE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (14, 'SUPERSEDED', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (15, 'SET_INCOMPLETE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (16, 'TARGET_REFUSED', '', /* place */ 'hour_forecasts.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'hour_forecasts' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'hour_forecasts' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'hour_forecasts' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('TaskId', CAST(source."TaskId" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'ProjectId', CAST(source."ProjectId" AS VARCHAR), 'CurrencyId', CAST(source."CurrencyId" AS VARCHAR), 'ExchangeRate', CAST(source."ExchangeRate" AS VARCHAR), 'PlannedCostAmount', CAST(source."PlannedCostAmount" AS VARCHAR), 'PlannedSalesAmount', CAST(source."PlannedSalesAmount" AS VARCHAR), 'Duration', CAST(source."Duration" AS VARCHAR), 'ModelId', CAST(source."ModelId" AS VARCHAR), 'TransId', CAST(source."TransId" AS VARCHAR), 'StartDate', CAST(source."StartDate" AS VARCHAR), 'ActivityNumber', CAST(source."ActivityNumber" AS VARCHAR), 'EstimateHoursImportId', CAST(source."EstimateHoursImportId" AS VARCHAR), 'ResourceCategoryId', CAST(source."ResourceCategoryId" AS VARCHAR), 'TransactionCategoryId', CAST(source."TransactionCategoryId" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'hour_forecasts.map.yaml:6'),
  (2, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'hour_forecasts.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'hour_forecasts.map.yaml:15'),
  (4, 'PROJECT_MISSING', 'project', /* place */ 'hour_forecasts.map.yaml:16'),
  (5, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'hour_forecasts.map.yaml:16'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'hour_forecasts.map.yaml:18'),
  (7, 'REQUIRED_NULL', 'ProjectID', /* place */ 'hour_forecasts.map.yaml:22'),
  (8, 'TARGET_EXISTS', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (9, 'TARGET_MISSING', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (10, 'TARGET_DUPLICATE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (11, 'UPDATE_NOT_ALLOWED', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (12, 'CONFLICT_STALE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (13, 'KEY_DUPLICATE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (14, 'SUPERSEDED', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (15, 'SET_INCOMPLETE', '', /* place */ 'hour_forecasts.map.yaml:6'),
  (16, 'TARGET_REFUSED', '', /* place */ 'hour_forecasts.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjCDSEstimateHoursImport" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'hour_forecasts' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'hour_forecasts' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version") AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjForecastEmpl' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN settled ON settled."#key" = shaped."#key"
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'hour_forecasts' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version"), FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version")
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjForecastEmpl' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'hour_forecasts' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'hour_forecasts' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'hour_forecasts';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'hour_forecasts' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
