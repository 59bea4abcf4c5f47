-- material_forecasts: Item forecasts of staged estimates
-- finops.ProjForecastSalesImport -> finops.ForecastSales, incremental

-- step 1: extract finops.ProjForecastSalesImport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjForecastSalesImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ImportId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjForecastSalesImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjForecastSalesImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjForecastSalesImport" AS x
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

-- what each row is a part of
CREATE OR REPLACE TEMP TABLE members AS
WITH landed AS (
  SELECT
    source.rowid AS "#source",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#source_key",
    coalesce(CAST(source."RecVersion" AS VARCHAR), '') AS "#version",
source."ModifiedDateTime" AS "#modified",
    source."TransType",
    source."dataAreaId",
    source."ForecastLineIdOrigin",
    source."ImportId"
  FROM "finops"."ProjForecastSalesImport" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT
    "#source", "#source_key", "#version", "#modified",
    TRUE AS "#taken",
    CASE
      WHEN (CAST(coalesce(("TransType" = 'cost'), FALSE) AS INTEGER) + CAST(coalesce(("TransType" = 'sales'), FALSE) AS INTEGER)) = 0 THEN 0
      WHEN (CAST(coalesce(("TransType" = 'cost'), FALSE) AS INTEGER) + CAST(coalesce(("TransType" = 'sales'), FALSE) AS INTEGER)) > 1 THEN 1
      WHEN "dataAreaId" IS NULL THEN 2
      WHEN coalesce("ForecastLineIdOrigin", "ImportId") IS NULL THEN 3
      ELSE NULL
    END AS "#broken",
    CASE
      WHEN (CAST(coalesce(("TransType" = 'cost'), FALSE) AS INTEGER) + CAST(coalesce(("TransType" = 'sales'), FALSE) AS INTEGER)) = 0 THEN CAST(NULL AS VARCHAR)
      WHEN (CAST(coalesce(("TransType" = 'cost'), FALSE) AS INTEGER) + CAST(coalesce(("TransType" = 'sales'), FALSE) AS INTEGER)) > 1 THEN CAST(NULL AS VARCHAR)
      WHEN "dataAreaId" IS NULL THEN CAST(NULL AS VARCHAR)
      WHEN coalesce("ForecastLineIdOrigin", "ImportId") IS NULL THEN CAST(NULL AS VARCHAR)
      ELSE NULL
    END AS "#broken_value",
    CASE
      WHEN coalesce(("TransType" = 'cost'), FALSE) THEN 0
      WHEN coalesce(("TransType" = 'sales'), FALSE) THEN 1
      ELSE NULL
    END AS "#part",
    "dataAreaId" AS "merge.Company",
    coalesce("ForecastLineIdOrigin", "ImportId") AS "merge.Pair"
  FROM "joined_1"
)
SELECT * REPLACE (CASE WHEN "#taken" THEN "#broken" END AS "#broken", CASE WHEN "#taken" THEN "#broken_value" END AS "#broken_value"),
  CASE WHEN "#taken" AND "#broken" IS NULL THEN replace(replace(coalesce(CAST("merge.Company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("merge.Pair" AS VARCHAR), ''), '\', '\\'), '|', '\|') ELSE '\-' || "#source_key" END AS "#unit"
FROM judged;

-- one unit for the rows that belong together
CREATE OR REPLACE TEMP TABLE units AS
SELECT grouped.*, "cost"."ItemId" AS "cost.ItemId", "cost"."ActivityNumber" AS "cost.ActivityNumber", "cost"."Currency" AS "cost.Currency", "cost"."ProjId" AS "cost.ProjId", "cost"."Price" AS "cost.Price", "cost"."Comment" AS "cost.Comment", "cost"."StartDate" AS "cost.StartDate", "cost"."EndDate" AS "cost.EndDate", "cost"."SalesQty" AS "cost.SalesQty", "sales"."Currency" AS "sales.Currency", "sales"."Price" AS "sales.Price", "sales"."SalesQty" AS "sales.SalesQty"
FROM (
  SELECT
    "#unit" AS "#key",
    CAST(sum(md5_number_lower("#source_key" || ' ' || "#version")) AS VARCHAR) AS "#version",
    bool_or("#taken") AS "#taken",
    bool_or("#modified" IS NULL) AS "#undated",
    min("#broken") AS "#broken",
    min("#broken_value") AS "#broken_value",
    min("merge.Company") AS "merge.Company",
    min("merge.Pair") AS "merge.Pair",
    count(*) FILTER (WHERE "#part" = 0 AND "#taken" AND "#broken" IS NULL) AS "cost.#rows",
    min("#source") FILTER (WHERE "#part" = 0) AS "cost.#source",
    count(*) FILTER (WHERE "#part" = 1 AND "#taken" AND "#broken" IS NULL) AS "sales.#rows",
    min("#source") FILTER (WHERE "#part" = 1) AS "sales.#source"
  FROM members
  GROUP BY "#unit"
) AS grouped
LEFT JOIN "finops"."ProjForecastSalesImport" AS "cost" ON "cost".rowid = grouped."cost.#source"
LEFT JOIN "finops"."ProjForecastSalesImport" AS "sales" ON "sales".rowid = grouped."sales.#source";

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'material_forecasts' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSalesImport'
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
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSalesImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'material_forecasts' AND link.source_key = source."#key"
      AND (link.source_version = source."#version")
  );

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "units" AS source
WHERE source."#key" IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'material_forecasts' AND open.state = 'open'
);

-- rows that look up a changed row: settings
INSERT INTO examined
SELECT landed."#row", 'settings changed'
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjId", source."#taken", source."cost.ActivityNumber", source."cost.ItemId", source."sales.SalesQty", source."cost.SalesQty", source."cost.Price", source."sales.Price", source."sales.Currency", source."cost.Currency", source."cost.StartDate", source."cost.EndDate", source."cost.Comment" FROM "units" AS source) AS landed
JOIN (
  SELECT x."dataAreaId" AS "settings.#1", x."ForecastModel" AS "settings.ForecastModel"
  FROM "finops"."ProjForecastSettings" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_forecasts' AND mark.entity = 'finops.ProjForecastSettings'
  ), TRUE)
) ON "settings.#1" = "merge.Company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSettings'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: settings
INSERT INTO examined
SELECT landed."#row", 'settings gone'
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjId", source."#taken", source."cost.ActivityNumber", source."cost.ItemId", source."sales.SalesQty", source."cost.SalesQty", source."cost.Price", source."sales.Price", source."sales.Currency", source."cost.Currency", source."cost.StartDate", source."cost.EndDate", source."cost.Comment" FROM "units" AS source) AS landed
WHERE "merge.Company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjForecastSettings" AS x WHERE x."dataAreaId" = "merge.Company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
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
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjId", source."#taken", source."cost.ActivityNumber", source."cost.ItemId", source."sales.SalesQty", source."cost.SalesQty", source."cost.Price", source."sales.Price", source."sales.Currency", source."cost.Currency", source."cost.StartDate", source."cost.EndDate", source."cost.Comment" FROM "units" AS source) AS landed
JOIN (
  SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", x."ProjId" AS "project.ProjId"
  FROM "finops"."ProjTable" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_forecasts' AND mark.entity = 'finops.ProjTable'
  ), TRUE)
) ON "project.#1" = "cost.ProjId" AND "project.#2" = "merge.Company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjTable'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: project
INSERT INTO examined
SELECT landed."#row", 'project gone'
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjId", source."#taken", source."cost.ActivityNumber", source."cost.ItemId", source."sales.SalesQty", source."cost.SalesQty", source."cost.Price", source."sales.Price", source."sales.Currency", source."cost.Currency", source."cost.StartDate", source."cost.EndDate", source."cost.Comment" FROM "units" AS source) AS landed
WHERE "cost.ProjId" IS NOT NULL AND "merge.Company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjTable" AS x WHERE x."ProjId" = "cost.ProjId" AND x."dataAreaId" = "merge.Company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
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
FROM "units" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND source."#key" IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'material_forecasts' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'material_forecasts' AND source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjForecastSalesImport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'material_forecasts' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    source."#key" AS "#key",
    source."#version" AS "#version",
    source."#broken",
    source."#broken_value",
    source."cost.#rows",
    source."sales.#rows",
    source."merge.Company",
    source."#undated",
    source."cost.ProjId",
    source."#taken",
    source."cost.ActivityNumber",
    source."cost.ItemId",
    source."sales.SalesQty",
    source."cost.SalesQty",
    source."cost.Price",
    source."sales.Price",
    source."sales.Currency",
    source."cost.Currency",
    source."cost.StartDate",
    source."cost.EndDate",
    source."cost.Comment"
  FROM "units" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- settings: material_forecasts.map.yaml:20
    SELECT x."dataAreaId" AS "settings.#1", count(*) AS "settings.#hits", any_value(x."ForecastModel") AS "settings.ForecastModel"
    FROM "finops"."ProjForecastSettings" AS x
    WHERE x."dataAreaId" IN (SELECT DISTINCT "merge.Company" FROM "landed")
    GROUP BY x."dataAreaId"
  ) ON "settings.#1" = "merge.Company"
  LEFT JOIN (  -- project: material_forecasts.map.yaml:21
    SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", count(*) AS "project.#hits", any_value(x."ProjId") AS "project.ProjId"
    FROM "finops"."ProjTable" AS x
    WHERE x."ProjId" IN (SELECT DISTINCT "cost.ProjId" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "merge.Company" FROM "landed")
    GROUP BY x."ProjId", x."dataAreaId"
  ) ON "project.#1" = "cost.ProjId" AND "project.#2" = "merge.Company"
),
judged AS (
  SELECT *,
    "#taken" AS "#passes",  -- every row
    CASE
      WHEN "#broken" = 0 THEN 1  -- NO_PART material_forecasts.map.yaml:15
      WHEN "#broken" = 1 THEN 2  -- MANY_PARTS material_forecasts.map.yaml:15
      WHEN "#broken" = 2 THEN 3  -- KEY_NULL Company material_forecasts.map.yaml:16
      WHEN "#broken" = 3 THEN 4  -- KEY_NULL Pair material_forecasts.map.yaml:16
      WHEN "cost.#rows" > 1 THEN 5  -- PART_AMBIGUOUS cost material_forecasts.map.yaml:17
      WHEN "sales.#rows" > 1 THEN 6  -- PART_AMBIGUOUS sales material_forecasts.map.yaml:17
      WHEN ("#broken" IS NULL) AND "cost.#rows" = 0 THEN 7  -- PART_MISSING cost material_forecasts.map.yaml:18
      WHEN "#undated" THEN 8  -- CURSOR_NULL ModifiedDateTime material_forecasts.map.yaml:6
      WHEN "settings.#hits" IS NULL THEN 9  -- COMPANY_NOT_SET_UP settings material_forecasts.map.yaml:20
      WHEN coalesce("settings.#hits", 0) > 1 THEN 10  -- LOOKUP_AMBIGUOUS settings material_forecasts.map.yaml:20
      WHEN "project.#hits" IS NULL THEN 11  -- PROJECT_MISSING project material_forecasts.map.yaml:21
      WHEN coalesce("project.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS project material_forecasts.map.yaml:21
      WHEN "merge.Company" IS NULL THEN 13  -- KEY_NULL dataAreaId material_forecasts.map.yaml:23
      WHEN "project.ProjId" IS NULL THEN 14  -- REQUIRED_NULL ProjectId material_forecasts.map.yaml:27
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 1 THEN CAST("#broken_value" AS VARCHAR)
      WHEN 2 THEN CAST("#broken_value" AS VARCHAR)
      WHEN 3 THEN CAST("#broken_value" AS VARCHAR)
      WHEN 4 THEN CAST("#broken_value" AS VARCHAR)
      WHEN 5 THEN CAST("cost.#rows" AS VARCHAR)
      WHEN 6 THEN CAST("sales.#rows" AS VARCHAR)
      WHEN 9 THEN CAST(coalesce(CAST("merge.Company" AS VARCHAR), '') AS VARCHAR)
      WHEN 10 THEN CAST(coalesce(CAST("merge.Company" AS VARCHAR), '') AS VARCHAR)
      WHEN 11 THEN CAST((replace(replace(coalesce(CAST("cost.ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("merge.Company" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 12 THEN CAST((replace(replace(coalesce(CAST("cost.ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("merge.Company" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 14 THEN CAST("project.ProjId" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "merge.Company" AS "dataAreaId",  -- material_forecasts.map.yaml:23
    CAST('FC-' || repeat('0', greatest(0, 8 - length(CAST("number.project_forecast" AS VARCHAR)))) || CAST("number.project_forecast" AS VARCHAR) || '' AS VARCHAR) AS "ProjectTransactionId",  -- material_forecasts.map.yaml:24
    "settings.ForecastModel" AS "ModelId",  -- material_forecasts.map.yaml:26
    "project.ProjId" AS "ProjectId",  -- material_forecasts.map.yaml:27
    "cost.ActivityNumber" AS "ActivityNumber",  -- material_forecasts.map.yaml:28
    "cost.ItemId" AS "ItemId",  -- material_forecasts.map.yaml:29
    CAST(coalesce("sales.SalesQty", "cost.SalesQty") AS DECIMAL(32, 6)) AS "SalesQuantity",  -- material_forecasts.map.yaml:30
    "cost.Price" AS "CostPrice",  -- material_forecasts.map.yaml:31
    "sales.Price" AS "SalesPrice",  -- material_forecasts.map.yaml:32
    CAST(coalesce(nullif("sales.Currency", ''), nullif("cost.Currency", '')) AS VARCHAR) AS "Currency",  -- material_forecasts.map.yaml:33
    "cost.StartDate" AS "StartDate",  -- material_forecasts.map.yaml:34
    "cost.EndDate" AS "EndDate",  -- material_forecasts.map.yaml:35
    "cost.Comment" AS "BudgetComment",  -- material_forecasts.map.yaml:36
    0 AS "#arm"
  FROM judged
  LEFT JOIN (
    SELECT owner AS "number.project_forecast.#owner", number AS "number.project_forecast" FROM crosswalk.numbers WHERE sequence = 'project_forecast'
  ) ON "number.project_forecast.#owner" = 'finops.ProjForecastSalesImport ' || "#key"
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProjectTransactionId" AS "ProjectTransactionId", x."ModelId" AS "ModelId", x."ProjectId" AS "ProjectId", x."ActivityNumber" AS "ActivityNumber", x."ItemId" AS "ItemId", x."SalesQuantity" AS "SalesQuantity", x."CostPrice" AS "CostPrice", x."SalesPrice" AS "SalesPrice", x."Currency" AS "Currency", x."StartDate" AS "StartDate", x."EndDate" AS "EndDate", x."BudgetComment" AS "BudgetComment"
  FROM "finops"."ForecastSales" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ForecastSales' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ForecastSales" AS x WHERE x."ProjectTransactionId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ModelId" IS DISTINCT FROM mapped."ModelId"
      OR target."ProjectId" IS DISTINCT FROM mapped."ProjectId"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber"
      OR target."ItemId" IS DISTINCT FROM mapped."ItemId"
      OR target."SalesQuantity" IS DISTINCT FROM mapped."SalesQuantity"
      OR target."CostPrice" IS DISTINCT FROM mapped."CostPrice"
      OR target."SalesPrice" IS DISTINCT FROM mapped."SalesPrice"
      OR target."Currency" IS DISTINCT FROM mapped."Currency"
      OR target."StartDate" IS DISTINCT FROM mapped."StartDate"
      OR target."EndDate" IS DISTINCT FROM mapped."EndDate"
      OR target."BudgetComment" IS DISTINCT FROM mapped."BudgetComment") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."ProjectTransactionId" = mapped."ProjectTransactionId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 16  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 16  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 18  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "#key", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "ProjectTransactionId", "ModelId", "ProjectId", "ActivityNumber", "ItemId", "SalesQuantity", "CostPrice", "SalesPrice", "Currency", "StartDate", "EndDate", "BudgetComment")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "#key"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 21 ELSE 20 END,
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
UPDATE shaped SET "#reason" = 20, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'material_forecasts' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ForecastSales' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 20, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "units" AS source
WHERE source."#key" IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 20, claim."#target_key"
FROM "units" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON source."#key" = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 8, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23) THEN 'rejected'
  WHEN "#reason" IN (7, 9, 11, 22) THEN 'held'
  WHEN "#reason" IN (21) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ForecastSales that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ForecastSales") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSalesImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'material_forecasts' AND link.state = 'live' AND link.target = 'finops.ForecastSales'
  AND NOT EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "units" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check DEFECT: rows that are in no unit
SELECT abs((SELECT count(DISTINCT "#source") FROM (SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of" FROM members JOIN units ON units."#key" = members."#unit")) - (
  SELECT count(*) FROM "finops"."ProjForecastSalesImport" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'material_forecasts' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ForecastSales") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'material_forecasts' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ForecastSales") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ForecastSales") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'material_forecasts' AND link.target = 'finops.ForecastSales' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'material_forecasts' AND link.state = 'live' AND link.target = 'finops.ForecastSales'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ForecastSales" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ForecastSales

-- draw numbers of 'project_forecast'
INSERT INTO crosswalk.numbers
SELECT 'project_forecast', 'finops.ProjForecastSalesImport ' || "#key", last."#last" + row_number() OVER (ORDER BY "#key")
FROM shaped
CROSS JOIN (SELECT coalesce(max(number), 0) AS "#last" FROM crosswalk.numbers WHERE sequence = 'project_forecast') AS last
WHERE "#fate" = 'inserted' AND "#arm" = 0 AND "ProjectTransactionId" IS NULL
  AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_forecast' AND given.owner = 'finops.ProjForecastSalesImport ' || "#key");

-- write them into the new rows
CREATE OR REPLACE TEMP TABLE completed AS
SELECT shaped.* REPLACE (coalesce(shaped."ProjectTransactionId", CAST('FC-' || repeat('0', greatest(0, 8 - length(CAST(("number.ProjectTransactionId".number) AS VARCHAR)))) || CAST(("number.ProjectTransactionId".number) AS VARCHAR) || '' AS VARCHAR)) AS "ProjectTransactionId")
FROM shaped
LEFT JOIN (
  SELECT owner, min(number) AS number FROM crosswalk.numbers
  WHERE sequence = 'project_forecast' AND owner IN (SELECT 'finops.ProjForecastSalesImport ' || "#key" FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0)
  GROUP BY owner
) AS "number.ProjectTransactionId" ON "number.ProjectTransactionId".owner = 'finops.ProjForecastSalesImport ' || "#key"
WHERE shaped."#fate" = 'inserted' AND shaped."#arm" = 0;

-- take the incomplete rows out
DELETE FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- put the completed ones in
INSERT INTO shaped SELECT * FROM completed;

-- the keys are complete now
UPDATE shaped SET "#target_key" = replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectTransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ModelId" AS "ModelId", shaped."ProjectId" AS "ProjectId", shaped."ActivityNumber" AS "ActivityNumber", shaped."ItemId" AS "ItemId", shaped."SalesQuantity" AS "SalesQuantity", shaped."CostPrice" AS "CostPrice", shaped."SalesPrice" AS "SalesPrice", shaped."Currency" AS "Currency", shaped."StartDate" AS "StartDate", shaped."EndDate" AS "EndDate", shaped."BudgetComment" AS "BudgetComment", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ForecastSales" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ForecastSales
INSERT INTO "finops"."ForecastSales" ("dataAreaId", "ProjectTransactionId", "ModelId", "ProjectId", "ActivityNumber", "ItemId", "SalesQuantity", "CostPrice", "SalesPrice", "Currency", "StartDate", "EndDate", "BudgetComment", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ProjectTransactionId", "ModelId", "ProjectId", "ActivityNumber", "ItemId", "SalesQuantity", "CostPrice", "SalesPrice", "Currency", "StartDate", "EndDate", "BudgetComment", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'material_forecasts' AS leg, new."#key" AS source_key, 'finops.ForecastSales' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ModelId', 'old': CAST(old."ModelId" AS VARCHAR), 'new': CAST(new."ModelId" AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(new."ProjectId" AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(new."ActivityNumber" AS VARCHAR)},
    {'column_name': 'ItemId', 'old': CAST(old."ItemId" AS VARCHAR), 'new': CAST(new."ItemId" AS VARCHAR)},
    {'column_name': 'SalesQuantity', 'old': CAST(old."SalesQuantity" AS VARCHAR), 'new': CAST(new."SalesQuantity" AS VARCHAR)},
    {'column_name': 'CostPrice', 'old': CAST(old."CostPrice" AS VARCHAR), 'new': CAST(new."CostPrice" AS VARCHAR)},
    {'column_name': 'SalesPrice', 'old': CAST(old."SalesPrice" AS VARCHAR), 'new': CAST(new."SalesPrice" AS VARCHAR)},
    {'column_name': 'Currency', 'old': CAST(old."Currency" AS VARCHAR), 'new': CAST(new."Currency" AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(new."StartDate" AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(new."EndDate" AS VARCHAR)},
    {'column_name': 'BudgetComment', 'old': CAST(old."BudgetComment" AS VARCHAR), 'new': CAST(new."BudgetComment" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ForecastSales" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ForecastSales" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ForecastSales"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: settle finops.ProjForecastSalesImport

-- the delivered rows as they will be marked
CREATE OR REPLACE TEMP TABLE settled AS
SELECT CAST(shaped."ProjectTransactionId" AS VARCHAR) AS "TransId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", t.rowid AS "#row", shaped."#key"
FROM "finops"."ProjForecastSalesImport" AS t
JOIN (SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of" FROM members JOIN units ON units."#key" = members."#unit") AS owner ON owner."#source" = t.rowid
JOIN shaped ON shaped."#row" = owner."#row"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
  AND (t."TransId" IS DISTINCT FROM CAST(shaped."ProjectTransactionId" AS VARCHAR))
ORDER BY t.rowid;

-- mark them in place
UPDATE "finops"."ProjForecastSalesImport" AS t SET "TransId" = settled."TransId", "ModifiedDateTime" = settled."ModifiedDateTime", "RecVersion" = settled."RecVersion"
FROM settled
WHERE t.rowid = settled."#row";

-- step 6: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'material_forecasts' AND state = 'open'
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
  (1, 'NO_PART', '', /* place */ 'material_forecasts.map.yaml:15'),
  (2, 'MANY_PARTS', '', /* place */ 'material_forecasts.map.yaml:15'),
  (3, 'KEY_NULL', 'Company', /* place */ 'material_forecasts.map.yaml:16'),
  (4, 'KEY_NULL', 'Pair', /* place */ 'material_forecasts.map.yaml:16'),
  (5, 'PART_AMBIGUOUS', 'cost', /* place */ 'material_forecasts.map.yaml:17'),
  (6, 'PART_AMBIGUOUS', 'sales', /* place */ 'material_forecasts.map.yaml:17'),
  (7, 'PART_MISSING', 'cost', /* place */ 'material_forecasts.map.yaml:18'),
  (8, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'material_forecasts.map.yaml:6'),
  (9, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'material_forecasts.map.yaml:20'),
  (10, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'material_forecasts.map.yaml:20'),
  (11, 'PROJECT_MISSING', 'project', /* place */ 'material_forecasts.map.yaml:21'),
  (12, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'material_forecasts.map.yaml:21'),
  (13, 'KEY_NULL', 'dataAreaId', /* place */ 'material_forecasts.map.yaml:23'),
  (14, 'REQUIRED_NULL', 'ProjectId', /* place */ 'material_forecasts.map.yaml:27'),
  (15, 'TARGET_EXISTS', '', /* place */ 'material_forecasts.map.yaml:6'),
  (16, 'TARGET_MISSING', '', /* place */ 'material_forecasts.map.yaml:6'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'material_forecasts.map.yaml:6'),
  (19, 'CONFLICT_STALE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (21, 'SUPERSEDED', '', /* place */ 'material_forecasts.map.yaml:6'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (23, 'TARGET_REFUSED', '', /* place */ 'material_forecasts.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'material_forecasts' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'material_forecasts' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'material_forecasts' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, source.source_row AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'NO_PART', '', /* place */ 'material_forecasts.map.yaml:15'),
  (2, 'MANY_PARTS', '', /* place */ 'material_forecasts.map.yaml:15'),
  (3, 'KEY_NULL', 'Company', /* place */ 'material_forecasts.map.yaml:16'),
  (4, 'KEY_NULL', 'Pair', /* place */ 'material_forecasts.map.yaml:16'),
  (5, 'PART_AMBIGUOUS', 'cost', /* place */ 'material_forecasts.map.yaml:17'),
  (6, 'PART_AMBIGUOUS', 'sales', /* place */ 'material_forecasts.map.yaml:17'),
  (7, 'PART_MISSING', 'cost', /* place */ 'material_forecasts.map.yaml:18'),
  (8, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'material_forecasts.map.yaml:6'),
  (9, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'material_forecasts.map.yaml:20'),
  (10, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'material_forecasts.map.yaml:20'),
  (11, 'PROJECT_MISSING', 'project', /* place */ 'material_forecasts.map.yaml:21'),
  (12, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'material_forecasts.map.yaml:21'),
  (13, 'KEY_NULL', 'dataAreaId', /* place */ 'material_forecasts.map.yaml:23'),
  (14, 'REQUIRED_NULL', 'ProjectId', /* place */ 'material_forecasts.map.yaml:27'),
  (15, 'TARGET_EXISTS', '', /* place */ 'material_forecasts.map.yaml:6'),
  (16, 'TARGET_MISSING', '', /* place */ 'material_forecasts.map.yaml:6'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'material_forecasts.map.yaml:6'),
  (19, 'CONFLICT_STALE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (21, 'SUPERSEDED', '', /* place */ 'material_forecasts.map.yaml:6'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'material_forecasts.map.yaml:6'),
  (23, 'TARGET_REFUSED', '', /* place */ 'material_forecasts.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN (
  SELECT owner."#row", CAST(to_json(list(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ImportId', CAST(source."ImportId" AS VARCHAR), 'ItemId', CAST(source."ItemId" AS VARCHAR), 'ActivityNumber', CAST(source."ActivityNumber" AS VARCHAR), 'TransId', CAST(source."TransId" AS VARCHAR), 'Currency', CAST(source."Currency" AS VARCHAR), 'TransType', CAST(source."TransType" AS VARCHAR), 'SequenceNumber', CAST(source."SequenceNumber" AS VARCHAR), 'ProjId', CAST(source."ProjId" AS VARCHAR), 'ForecastCostPaymDate', CAST(source."ForecastCostPaymDate" AS VARCHAR), 'ForecastInvoiceDate', CAST(source."ForecastInvoiceDate" AS VARCHAR), 'Price', CAST(source."Price" AS VARCHAR), 'ForecastLineId', CAST(source."ForecastLineId" AS VARCHAR), 'TransactionCategoryId', CAST(source."TransactionCategoryId" AS VARCHAR), 'ForecastLineIdOrigin', CAST(source."ForecastLineIdOrigin" AS VARCHAR), 'Comment', CAST(source."Comment" AS VARCHAR), 'StartDate', CAST(source."StartDate" AS VARCHAR), 'InventQty', CAST(source."InventQty" AS VARCHAR), 'BillingType', CAST(source."BillingType" AS VARCHAR), 'EndDate', CAST(source."EndDate" AS VARCHAR), 'ItemDescription', CAST(source."ItemDescription" AS VARCHAR), 'ContractLineId', CAST(source."ContractLineId" AS VARCHAR), 'SalesQty', CAST(source."SalesQty" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) ORDER BY (replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')))) AS VARCHAR) AS source_row
  FROM (SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of" FROM members JOIN units ON units."#key" = members."#unit") AS owner
  JOIN "finops"."ProjForecastSalesImport" AS source ON source.rowid = owner."#source"
  WHERE owner."#row" IN (SELECT "#row" FROM shaped WHERE "#fate" IN ('held', 'rejected'))
  GROUP BY 1
) AS source ON source."#row" = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'material_forecasts' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'material_forecasts' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ForecastSales' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'material_forecasts' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ForecastSales' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'material_forecasts' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'material_forecasts' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'material_forecasts';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'material_forecasts' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
