-- expense_forecasts: Expense forecasts of staged estimates
-- finops.ProjCDSEstimateExpensesImport -> finops.ProjForecastCost, incremental

-- step 1: extract finops.ProjCDSEstimateExpensesImport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjCDSEstimateExpensesImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."EstimateExpensesImportId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSEstimateExpensesImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjCDSEstimateExpensesImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjCDSEstimateExpensesImport" AS x
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
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#source_key",
    coalesce(CAST(source."RecVersion" AS VARCHAR), '') AS "#version",
source."ModifiedDateTime" AS "#modified",
    source."TransType",
    source."dataAreaId",
    source."OriginEstimateLineId",
    source."EstimateExpensesImportId"
  FROM "finops"."ProjCDSEstimateExpensesImport" AS source
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
      WHEN coalesce("OriginEstimateLineId", "EstimateExpensesImportId") IS NULL THEN 3
      ELSE NULL
    END AS "#broken",
    CASE
      WHEN (CAST(coalesce(("TransType" = 'cost'), FALSE) AS INTEGER) + CAST(coalesce(("TransType" = 'sales'), FALSE) AS INTEGER)) = 0 THEN CAST(NULL AS VARCHAR)
      WHEN (CAST(coalesce(("TransType" = 'cost'), FALSE) AS INTEGER) + CAST(coalesce(("TransType" = 'sales'), FALSE) AS INTEGER)) > 1 THEN CAST(NULL AS VARCHAR)
      WHEN "dataAreaId" IS NULL THEN CAST(NULL AS VARCHAR)
      WHEN coalesce("OriginEstimateLineId", "EstimateExpensesImportId") IS NULL THEN CAST(NULL AS VARCHAR)
      ELSE NULL
    END AS "#broken_value",
    CASE
      WHEN coalesce(("TransType" = 'cost'), FALSE) THEN 0
      WHEN coalesce(("TransType" = 'sales'), FALSE) THEN 1
      ELSE NULL
    END AS "#part",
    "dataAreaId" AS "merge.Company",
    coalesce("OriginEstimateLineId", "EstimateExpensesImportId") AS "merge.Pair"
  FROM "joined_1"
)
SELECT * REPLACE (CASE WHEN "#taken" THEN "#broken" END AS "#broken", CASE WHEN "#taken" THEN "#broken_value" END AS "#broken_value"),
  CASE WHEN "#taken" AND "#broken" IS NULL THEN replace(replace(coalesce(CAST("merge.Company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("merge.Pair" AS VARCHAR), ''), '\', '\\'), '|', '\|') ELSE '\-' || "#source_key" END AS "#unit"
FROM judged;

-- one unit for the rows that belong together
CREATE OR REPLACE TEMP TABLE units AS
SELECT grouped.*, "cost"."ProjectId" AS "cost.ProjectId", "cost"."Description" AS "cost.Description", "cost"."Price" AS "cost.Price", "cost"."Quantity" AS "cost.Quantity", "cost"."CurrencyId" AS "cost.CurrencyId", "cost"."ModelId" AS "cost.ModelId", "cost"."DocumentDate" AS "cost.DocumentDate", "cost"."ActivityNumber" AS "cost.ActivityNumber", "cost"."StartDate" AS "cost.StartDate", "cost"."EndDate" AS "cost.EndDate", "sales"."Price" AS "sales.Price", "sales"."Quantity" AS "sales.Quantity", "sales"."CurrencyId" AS "sales.CurrencyId"
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
LEFT JOIN "finops"."ProjCDSEstimateExpensesImport" AS "cost" ON "cost".rowid = grouped."cost.#source"
LEFT JOIN "finops"."ProjCDSEstimateExpensesImport" AS "sales" ON "sales".rowid = grouped."sales.#source";

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'expense_forecasts' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateExpensesImport'
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
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateExpensesImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'expense_forecasts' AND link.source_key = source."#key"
      AND (link.source_version = source."#version")
  );

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "units" AS source
WHERE source."#key" IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'expense_forecasts' AND open.state = 'open'
);

-- rows that look up a changed row: settings
INSERT INTO examined
SELECT landed."#row", 'settings changed'
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjectId", source."#taken", source."cost.ModelId", source."cost.ActivityNumber", source."sales.Quantity", source."cost.Quantity", source."cost.Price", source."sales.Price", source."sales.CurrencyId", source."cost.CurrencyId", source."cost.DocumentDate", source."cost.StartDate", source."cost.EndDate", source."cost.Description" FROM "units" AS source) AS landed
JOIN (
  SELECT x."dataAreaId" AS "settings.#1", x."ForecastModel" AS "settings.ForecastModel"
  FROM "finops"."ProjForecastSettings" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_forecasts' AND mark.entity = 'finops.ProjForecastSettings'
  ), TRUE)
) ON "settings.#1" = "merge.Company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjForecastSettings'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: settings
INSERT INTO examined
SELECT landed."#row", 'settings gone'
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjectId", source."#taken", source."cost.ModelId", source."cost.ActivityNumber", source."sales.Quantity", source."cost.Quantity", source."cost.Price", source."sales.Price", source."sales.CurrencyId", source."cost.CurrencyId", source."cost.DocumentDate", source."cost.StartDate", source."cost.EndDate", source."cost.Description" FROM "units" AS source) AS landed
WHERE "merge.Company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjForecastSettings" AS x WHERE x."dataAreaId" = "merge.Company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
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
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjectId", source."#taken", source."cost.ModelId", source."cost.ActivityNumber", source."sales.Quantity", source."cost.Quantity", source."cost.Price", source."sales.Price", source."sales.CurrencyId", source."cost.CurrencyId", source."cost.DocumentDate", source."cost.StartDate", source."cost.EndDate", source."cost.Description" FROM "units" AS source) AS landed
JOIN (
  SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", x."ProjId" AS "project.ProjId"
  FROM "finops"."ProjTable" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_forecasts' AND mark.entity = 'finops.ProjTable'
  ), TRUE)
) ON "project.#1" = "cost.ProjectId" AND "project.#2" = "merge.Company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjTable'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: project
INSERT INTO examined
SELECT landed."#row", 'project gone'
FROM (SELECT source.rowid AS "#row", source."#broken", source."#broken_value", source."cost.#rows", source."sales.#rows", source."merge.Company", source."#undated", source."cost.ProjectId", source."#taken", source."cost.ModelId", source."cost.ActivityNumber", source."sales.Quantity", source."cost.Quantity", source."cost.Price", source."sales.Price", source."sales.CurrencyId", source."cost.CurrencyId", source."cost.DocumentDate", source."cost.StartDate", source."cost.EndDate", source."cost.Description" FROM "units" AS source) AS landed
WHERE "cost.ProjectId" IS NOT NULL AND "merge.Company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjTable" AS x WHERE x."ProjId" = "cost.ProjectId" AND x."dataAreaId" = "merge.Company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
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
    WHERE own.leg = 'expense_forecasts' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'expense_forecasts' AND source_key IN (SELECT source."#key" FROM "units" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjCDSEstimateExpensesImport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'expense_forecasts' AND state = 'live';

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
    source."cost.ProjectId",
    source."#taken",
    source."cost.ModelId",
    source."cost.ActivityNumber",
    source."sales.Quantity",
    source."cost.Quantity",
    source."cost.Price",
    source."sales.Price",
    source."sales.CurrencyId",
    source."cost.CurrencyId",
    source."cost.DocumentDate",
    source."cost.StartDate",
    source."cost.EndDate",
    source."cost.Description"
  FROM "units" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- settings: expense_forecasts.map.yaml:20
    SELECT x."dataAreaId" AS "settings.#1", count(*) AS "settings.#hits", any_value(x."ForecastModel") AS "settings.ForecastModel"
    FROM "finops"."ProjForecastSettings" AS x
    WHERE x."dataAreaId" IN (SELECT DISTINCT "merge.Company" FROM "landed")
    GROUP BY x."dataAreaId"
  ) ON "settings.#1" = "merge.Company"
  LEFT JOIN (  -- project: expense_forecasts.map.yaml:21
    SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", count(*) AS "project.#hits", any_value(x."ProjId") AS "project.ProjId"
    FROM "finops"."ProjTable" AS x
    WHERE x."ProjId" IN (SELECT DISTINCT "cost.ProjectId" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "merge.Company" FROM "landed")
    GROUP BY x."ProjId", x."dataAreaId"
  ) ON "project.#1" = "cost.ProjectId" AND "project.#2" = "merge.Company"
),
judged AS (
  SELECT *,
    "#taken" AS "#passes",  -- every row
    CASE
      WHEN "#broken" = 0 THEN 1  -- NO_PART expense_forecasts.map.yaml:15
      WHEN "#broken" = 1 THEN 2  -- MANY_PARTS expense_forecasts.map.yaml:15
      WHEN "#broken" = 2 THEN 3  -- KEY_NULL Company expense_forecasts.map.yaml:16
      WHEN "#broken" = 3 THEN 4  -- KEY_NULL Pair expense_forecasts.map.yaml:16
      WHEN "cost.#rows" > 1 THEN 5  -- PART_AMBIGUOUS cost expense_forecasts.map.yaml:17
      WHEN "sales.#rows" > 1 THEN 6  -- PART_AMBIGUOUS sales expense_forecasts.map.yaml:17
      WHEN ("#broken" IS NULL) AND "cost.#rows" = 0 THEN 7  -- PART_MISSING cost expense_forecasts.map.yaml:18
      WHEN "#undated" THEN 8  -- CURSOR_NULL ModifiedDateTime expense_forecasts.map.yaml:6
      WHEN "settings.#hits" IS NULL THEN 9  -- COMPANY_NOT_SET_UP settings expense_forecasts.map.yaml:20
      WHEN coalesce("settings.#hits", 0) > 1 THEN 10  -- LOOKUP_AMBIGUOUS settings expense_forecasts.map.yaml:20
      WHEN "project.#hits" IS NULL THEN 11  -- PROJECT_MISSING project expense_forecasts.map.yaml:21
      WHEN coalesce("project.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS project expense_forecasts.map.yaml:21
      WHEN "merge.Company" IS NULL THEN 13  -- KEY_NULL dataAreaId expense_forecasts.map.yaml:23
      WHEN "project.ProjId" IS NULL THEN 14  -- REQUIRED_NULL ProjectID expense_forecasts.map.yaml:27
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
      WHEN 11 THEN CAST((replace(replace(coalesce(CAST("cost.ProjectId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("merge.Company" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 12 THEN CAST((replace(replace(coalesce(CAST("cost.ProjectId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("merge.Company" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 14 THEN CAST("project.ProjId" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "merge.Company" AS "dataAreaId",  -- expense_forecasts.map.yaml:23
    CAST('FC-' || repeat('0', greatest(0, 8 - length(CAST("number.project_forecast" AS VARCHAR)))) || CAST("number.project_forecast" AS VARCHAR) || '' AS VARCHAR) AS "TransId",  -- expense_forecasts.map.yaml:24
    CAST(coalesce(nullif("cost.ModelId", ''), nullif("settings.ForecastModel", '')) AS VARCHAR) AS "ForecastModel",  -- expense_forecasts.map.yaml:26
    "project.ProjId" AS "ProjectID",  -- expense_forecasts.map.yaml:27
    "cost.ActivityNumber" AS "ActivityNumber",  -- expense_forecasts.map.yaml:28
    CAST(coalesce("sales.Quantity", "cost.Quantity") AS DECIMAL(32, 6)) AS "Quantity",  -- expense_forecasts.map.yaml:29
    "cost.Price" AS "CostPrice",  -- expense_forecasts.map.yaml:30
    "sales.Price" AS "SalesPrice",  -- expense_forecasts.map.yaml:31
    CAST(coalesce(nullif("sales.CurrencyId", ''), nullif("cost.CurrencyId", '')) AS VARCHAR) AS "SalesCurrency",  -- expense_forecasts.map.yaml:32
    CAST(coalesce("cost.DocumentDate", "cost.StartDate") AS DATE) AS "ProjectDate",  -- expense_forecasts.map.yaml:33
    "cost.EndDate" AS "EndDate",  -- expense_forecasts.map.yaml:34
    "cost.Description" AS "Description",  -- expense_forecasts.map.yaml:35
    0 AS "#arm"
  FROM judged
  LEFT JOIN (
    SELECT owner AS "number.project_forecast.#owner", number AS "number.project_forecast" FROM crosswalk.numbers WHERE sequence = 'project_forecast'
  ) ON "number.project_forecast.#owner" = 'finops.ProjCDSEstimateExpensesImport ' || "#key"
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."TransId" AS "TransId", x."ForecastModel" AS "ForecastModel", x."ProjectID" AS "ProjectID", x."ActivityNumber" AS "ActivityNumber", x."Quantity" AS "Quantity", x."CostPrice" AS "CostPrice", x."SalesPrice" AS "SalesPrice", x."SalesCurrency" AS "SalesCurrency", x."ProjectDate" AS "ProjectDate", x."EndDate" AS "EndDate", x."Description" AS "Description"
  FROM "finops"."ProjForecastCost" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjForecastCost' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjForecastCost" AS x WHERE x."TransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ForecastModel" IS DISTINCT FROM mapped."ForecastModel"
      OR target."ProjectID" IS DISTINCT FROM mapped."ProjectID"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber"
      OR target."Quantity" IS DISTINCT FROM mapped."Quantity"
      OR target."CostPrice" IS DISTINCT FROM mapped."CostPrice"
      OR target."SalesPrice" IS DISTINCT FROM mapped."SalesPrice"
      OR target."SalesCurrency" IS DISTINCT FROM mapped."SalesCurrency"
      OR target."ProjectDate" IS DISTINCT FROM mapped."ProjectDate"
      OR target."EndDate" IS DISTINCT FROM mapped."EndDate"
      OR target."Description" IS DISTINCT FROM mapped."Description") AS "#differs",
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
SELECT "#arm", "#key", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "TransId", "ForecastModel", "ProjectID", "ActivityNumber", "Quantity", "CostPrice", "SalesPrice", "SalesCurrency", "ProjectDate", "EndDate", "Description")) = 1 AS "#same"
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
WHERE link.leg = 'expense_forecasts' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjForecastCost' END
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

-- delivered rows of finops.ProjForecastCost that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjForecastCost") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_forecasts' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSEstimateExpensesImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'expense_forecasts' AND link.state = 'live' AND link.target = 'finops.ProjForecastCost'
  AND NOT EXISTS (SELECT 1 FROM "units" AS source WHERE source."#key" = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "units" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check DEFECT: rows that are in no unit
SELECT abs((SELECT count(DISTINCT "#source") FROM (SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of" FROM members JOIN units ON units."#key" = members."#unit")) - (
  SELECT count(*) FROM "finops"."ProjCDSEstimateExpensesImport" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'expense_forecasts' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjForecastCost") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'expense_forecasts' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjForecastCost") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjForecastCost") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'expense_forecasts' AND link.target = 'finops.ProjForecastCost' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'expense_forecasts' AND link.state = 'live' AND link.target = 'finops.ProjForecastCost'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjForecastCost" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjForecastCost

-- draw numbers of 'project_forecast'
INSERT INTO crosswalk.numbers
SELECT 'project_forecast', 'finops.ProjCDSEstimateExpensesImport ' || "#key", last."#last" + row_number() OVER (ORDER BY "#key")
FROM shaped
CROSS JOIN (SELECT coalesce(max(number), 0) AS "#last" FROM crosswalk.numbers WHERE sequence = 'project_forecast') AS last
WHERE "#fate" = 'inserted' AND "#arm" = 0 AND "TransId" IS NULL
  AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_forecast' AND given.owner = 'finops.ProjCDSEstimateExpensesImport ' || "#key");

-- write them into the new rows
CREATE OR REPLACE TEMP TABLE completed AS
SELECT shaped.* REPLACE (coalesce(shaped."TransId", CAST('FC-' || repeat('0', greatest(0, 8 - length(CAST(("number.TransId".number) AS VARCHAR)))) || CAST(("number.TransId".number) AS VARCHAR) || '' AS VARCHAR)) AS "TransId")
FROM shaped
LEFT JOIN (
  SELECT owner, min(number) AS number FROM crosswalk.numbers
  WHERE sequence = 'project_forecast' AND owner IN (SELECT 'finops.ProjCDSEstimateExpensesImport ' || "#key" FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0)
  GROUP BY owner
) AS "number.TransId" ON "number.TransId".owner = 'finops.ProjCDSEstimateExpensesImport ' || "#key"
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
SELECT t.* REPLACE (shaped."ForecastModel" AS "ForecastModel", shaped."ProjectID" AS "ProjectID", shaped."ActivityNumber" AS "ActivityNumber", shaped."Quantity" AS "Quantity", shaped."CostPrice" AS "CostPrice", shaped."SalesPrice" AS "SalesPrice", shaped."SalesCurrency" AS "SalesCurrency", shaped."ProjectDate" AS "ProjectDate", shaped."EndDate" AS "EndDate", shaped."Description" AS "Description", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjForecastCost" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjForecastCost
INSERT INTO "finops"."ProjForecastCost" ("dataAreaId", "TransId", "ForecastModel", "ProjectID", "ActivityNumber", "Quantity", "CostPrice", "SalesPrice", "SalesCurrency", "ProjectDate", "EndDate", "Description", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "TransId", "ForecastModel", "ProjectID", "ActivityNumber", "Quantity", "CostPrice", "SalesPrice", "SalesCurrency", "ProjectDate", "EndDate", "Description", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'expense_forecasts' AS leg, new."#key" AS source_key, 'finops.ProjForecastCost' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ForecastModel', 'old': CAST(old."ForecastModel" AS VARCHAR), 'new': CAST(new."ForecastModel" AS VARCHAR)},
    {'column_name': 'ProjectID', 'old': CAST(old."ProjectID" AS VARCHAR), 'new': CAST(new."ProjectID" AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(new."ActivityNumber" AS VARCHAR)},
    {'column_name': 'Quantity', 'old': CAST(old."Quantity" AS VARCHAR), 'new': CAST(new."Quantity" AS VARCHAR)},
    {'column_name': 'CostPrice', 'old': CAST(old."CostPrice" AS VARCHAR), 'new': CAST(new."CostPrice" AS VARCHAR)},
    {'column_name': 'SalesPrice', 'old': CAST(old."SalesPrice" AS VARCHAR), 'new': CAST(new."SalesPrice" AS VARCHAR)},
    {'column_name': 'SalesCurrency', 'old': CAST(old."SalesCurrency" AS VARCHAR), 'new': CAST(new."SalesCurrency" AS VARCHAR)},
    {'column_name': 'ProjectDate', 'old': CAST(old."ProjectDate" AS VARCHAR), 'new': CAST(new."ProjectDate" AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(new."EndDate" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjForecastCost" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjForecastCost" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjForecastCost"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: settle finops.ProjCDSEstimateExpensesImport

-- the delivered rows as they will be marked
CREATE OR REPLACE TEMP TABLE settled AS
SELECT CAST(shaped."TransId" AS VARCHAR) AS "TransId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", t.rowid AS "#row", shaped."#key"
FROM "finops"."ProjCDSEstimateExpensesImport" AS t
JOIN (SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of" FROM members JOIN units ON units."#key" = members."#unit") AS owner ON owner."#source" = t.rowid
JOIN shaped ON shaped."#row" = owner."#row"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
  AND (t."TransId" IS DISTINCT FROM CAST(shaped."TransId" AS VARCHAR))
ORDER BY t.rowid;

-- mark them in place
UPDATE "finops"."ProjCDSEstimateExpensesImport" AS t SET "TransId" = settled."TransId", "ModifiedDateTime" = settled."ModifiedDateTime", "RecVersion" = settled."RecVersion"
FROM settled
WHERE t.rowid = settled."#row";

-- step 6: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'expense_forecasts' AND state = 'open'
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
  (1, 'NO_PART', '', /* place */ 'expense_forecasts.map.yaml:15'),
  (2, 'MANY_PARTS', '', /* place */ 'expense_forecasts.map.yaml:15'),
  (3, 'KEY_NULL', 'Company', /* place */ 'expense_forecasts.map.yaml:16'),
  (4, 'KEY_NULL', 'Pair', /* place */ 'expense_forecasts.map.yaml:16'),
  (5, 'PART_AMBIGUOUS', 'cost', /* place */ 'expense_forecasts.map.yaml:17'),
  (6, 'PART_AMBIGUOUS', 'sales', /* place */ 'expense_forecasts.map.yaml:17'),
  (7, 'PART_MISSING', 'cost', /* place */ 'expense_forecasts.map.yaml:18'),
  (8, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'expense_forecasts.map.yaml:6'),
  (9, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'expense_forecasts.map.yaml:20'),
  (10, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'expense_forecasts.map.yaml:20'),
  (11, 'PROJECT_MISSING', 'project', /* place */ 'expense_forecasts.map.yaml:21'),
  (12, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'expense_forecasts.map.yaml:21'),
  (13, 'KEY_NULL', 'dataAreaId', /* place */ 'expense_forecasts.map.yaml:23'),
  (14, 'REQUIRED_NULL', 'ProjectID', /* place */ 'expense_forecasts.map.yaml:27'),
  (15, 'TARGET_EXISTS', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (16, 'TARGET_MISSING', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (19, 'CONFLICT_STALE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (21, 'SUPERSEDED', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (23, 'TARGET_REFUSED', '', /* place */ 'expense_forecasts.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'expense_forecasts' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'expense_forecasts' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'expense_forecasts' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, source.source_row AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'NO_PART', '', /* place */ 'expense_forecasts.map.yaml:15'),
  (2, 'MANY_PARTS', '', /* place */ 'expense_forecasts.map.yaml:15'),
  (3, 'KEY_NULL', 'Company', /* place */ 'expense_forecasts.map.yaml:16'),
  (4, 'KEY_NULL', 'Pair', /* place */ 'expense_forecasts.map.yaml:16'),
  (5, 'PART_AMBIGUOUS', 'cost', /* place */ 'expense_forecasts.map.yaml:17'),
  (6, 'PART_AMBIGUOUS', 'sales', /* place */ 'expense_forecasts.map.yaml:17'),
  (7, 'PART_MISSING', 'cost', /* place */ 'expense_forecasts.map.yaml:18'),
  (8, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'expense_forecasts.map.yaml:6'),
  (9, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'expense_forecasts.map.yaml:20'),
  (10, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'expense_forecasts.map.yaml:20'),
  (11, 'PROJECT_MISSING', 'project', /* place */ 'expense_forecasts.map.yaml:21'),
  (12, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'expense_forecasts.map.yaml:21'),
  (13, 'KEY_NULL', 'dataAreaId', /* place */ 'expense_forecasts.map.yaml:23'),
  (14, 'REQUIRED_NULL', 'ProjectID', /* place */ 'expense_forecasts.map.yaml:27'),
  (15, 'TARGET_EXISTS', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (16, 'TARGET_MISSING', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (19, 'CONFLICT_STALE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (21, 'SUPERSEDED', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'expense_forecasts.map.yaml:6'),
  (23, 'TARGET_REFUSED', '', /* place */ 'expense_forecasts.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN (
  SELECT owner."#row", CAST(to_json(list(json_object('TaskId', CAST(source."TaskId" AS VARCHAR), 'ProjectId', CAST(source."ProjectId" AS VARCHAR), 'ExchangeRate', CAST(source."ExchangeRate" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'Price', CAST(source."Price" AS VARCHAR), 'Quantity', CAST(source."Quantity" AS VARCHAR), 'CurrencyId', CAST(source."CurrencyId" AS VARCHAR), 'ModelId', CAST(source."ModelId" AS VARCHAR), 'TransId', CAST(source."TransId" AS VARCHAR), 'TransType', CAST(source."TransType" AS VARCHAR), 'DocumentDate', CAST(source."DocumentDate" AS VARCHAR), 'BillingType', CAST(source."BillingType" AS VARCHAR), 'TransClassification', CAST(source."TransClassification" AS VARCHAR), 'TransactionCategory', CAST(source."TransactionCategory" AS VARCHAR), 'EstimateLineId', CAST(source."EstimateLineId" AS VARCHAR), 'OriginEstimateLineId', CAST(source."OriginEstimateLineId" AS VARCHAR), 'ActivityNumber', CAST(source."ActivityNumber" AS VARCHAR), 'StartDate', CAST(source."StartDate" AS VARCHAR), 'EndDate', CAST(source."EndDate" AS VARCHAR), 'ResourceCategoryId', CAST(source."ResourceCategoryId" AS VARCHAR), 'TransactionCategoryId', CAST(source."TransactionCategoryId" AS VARCHAR), 'EstimateExpensesImportId', CAST(source."EstimateExpensesImportId" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) ORDER BY (replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')))) AS VARCHAR) AS source_row
  FROM (SELECT units.rowid AS "#row", members."#source", units."#key" AS "#of" FROM members JOIN units ON units."#key" = members."#unit") AS owner
  JOIN "finops"."ProjCDSEstimateExpensesImport" AS source ON source.rowid = owner."#source"
  WHERE owner."#row" IN (SELECT "#row" FROM shaped WHERE "#fate" IN ('held', 'rejected'))
  GROUP BY 1
) AS source ON source."#row" = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'expense_forecasts' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'expense_forecasts' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjForecastCost' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'expense_forecasts' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjForecastCost' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'expense_forecasts' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'expense_forecasts' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'expense_forecasts';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'expense_forecasts' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
