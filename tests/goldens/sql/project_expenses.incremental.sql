-- project_expenses: Project Operations integration project expenses export entity (msdyn_expenses)
-- finops.ProjExpenseExportEntity -> dataverse.msdyn_expenses, incremental

-- step 1: extract finops.ProjExpenseExportEntity

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjExpenseExportEntity' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ExpenseLineId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjExpenseExportEntity" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjExpenseExportEntity" AS x), TRUE)
  ) AS content
FROM "finops"."ProjExpenseExportEntity" AS x
UNION ALL
SELECT 'finops.ProjExpenseCategoryExport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."CategoryId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjExpenseCategoryExport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjExpenseCategoryExport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjExpenseCategoryExport" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.msdyn_expensecategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_expensecategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_expensecategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_expensecategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_expensecategories" AS x
UNION ALL
SELECT 'dataverse.msdyn_projects' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projects" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projects" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'project_expenses' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseExportEntity" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_expenses' AND mark.entity = 'finops.ProjExpenseExportEntity'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_expenses' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseExportEntity'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjExpenseExportEntity" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'project_expenses' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'project_expenses' AND open.state = 'open'
);

-- rows that look up a changed row: category
INSERT INTO examined
SELECT landed."#row", 'category changed'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."ExpenseLineId", source."ModifiedDateTime", source."CategoryId", source."ProjectId", source."Purpose", source."TransDate", source."Amount", source."SalesTaxAmount", source."CurrencyCode", source."ProjectDataAreaId" FROM "finops"."ProjExpenseExportEntity" AS source) AS landed
JOIN (
  SELECT x."CategoryId" AS "category.#1", x."dataAreaId" AS "category.#2", x."Name" AS "category.Name"
  FROM "finops"."ProjExpenseCategoryExport" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_expenses' AND mark.entity = 'finops.ProjExpenseCategoryExport'
  ), TRUE)
) ON "category.#1" = "CategoryId" AND "category.#2" = "dataAreaId"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseCategoryExport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: category
INSERT INTO examined
SELECT landed."#row", 'category gone'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."ExpenseLineId", source."ModifiedDateTime", source."CategoryId", source."ProjectId", source."Purpose", source."TransDate", source."Amount", source."SalesTaxAmount", source."CurrencyCode", source."ProjectDataAreaId" FROM "finops"."ProjExpenseExportEntity" AS source) AS landed
WHERE "CategoryId" IS NOT NULL AND "dataAreaId" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."ProjExpenseCategoryExport" AS x WHERE x."CategoryId" = "CategoryId" AND x."dataAreaId" = "dataAreaId")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseCategoryExport'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "finops"."ProjExpenseCategoryExport" AS x WHERE x."ModifiedDateTime" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."CategoryId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjExpenseCategoryExport" AS x
          WHERE coalesce(x."ModifiedDateTime" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- all rows when dataverse.transactioncurrencies changed: transactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'transactioncurrencyid:transactioncurrencies changed'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_expensecategories changed: msdyn_expensecategory:msdyn_expensecategories
INSERT INTO examined
SELECT source.rowid, 'msdyn_expensecategory:msdyn_expensecategories changed'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_expensecategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.cdm_companies changed: msdyn_owningcompany:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_owningcompany:cdm_companies changed'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_projects changed: msdyn_project:msdyn_projects
INSERT INTO examined
SELECT source.rowid, 'msdyn_project:msdyn_projects changed'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'project_expenses' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseExportEntity" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'project_expenses' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseExportEntity" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjExpenseExportEntity") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'project_expenses' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."ExpenseLineId",
    source."ModifiedDateTime",
    source."CategoryId",
    source."ProjectId",
    source."Purpose",
    source."TransDate",
    source."Amount",
    source."SalesTaxAmount",
    source."CurrencyCode",
    source."ProjectDataAreaId"
  FROM "finops"."ProjExpenseExportEntity" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- category: project_expenses.map.yaml:15
    SELECT x."CategoryId" AS "category.#1", x."dataAreaId" AS "category.#2", count(*) AS "category.#hits", any_value(x."Name") AS "category.Name"
    FROM "finops"."ProjExpenseCategoryExport" AS x
    WHERE x."CategoryId" IN (SELECT DISTINCT "CategoryId" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "dataAreaId" FROM "landed")
    GROUP BY x."CategoryId", x."dataAreaId"
  ) ON "category.#1" = "CategoryId" AND "category.#2" = "dataAreaId"
  LEFT JOIN (  -- transactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "transactioncurrencyid:transactioncurrencies.#1", count(*) AS "transactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "transactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("CurrencyCode", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "transactioncurrencyid:transactioncurrencies.#1" = nullif("CurrencyCode", '')
  LEFT JOIN (  -- msdyn_company:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_company:cdm_companies.#1", count(*) AS "msdyn_company:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_company:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("dataAreaId", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_company:cdm_companies.#1" = nullif("dataAreaId", '')
  LEFT JOIN (  -- msdyn_expensecategory:msdyn_expensecategories
    SELECT x."msdyn_company" AS "msdyn_expensecategory:msdyn_expensecategories.#1", x."msdyn_name" AS "msdyn_expensecategory:msdyn_expensecategories.#2", count(*) AS "msdyn_expensecategory:msdyn_expensecategories.#hits", any_value(x."msdyn_expensecategoryid") AS "msdyn_expensecategory:msdyn_expensecategories.msdyn_expensecategoryid"
    FROM "dataverse"."msdyn_expensecategories" AS x
    GROUP BY x."msdyn_company", x."msdyn_name"
  ) ON "msdyn_expensecategory:msdyn_expensecategories.#1" = "msdyn_company:cdm_companies.cdm_companyid" AND "msdyn_expensecategory:msdyn_expensecategories.#2" = nullif("category.Name", '')
  LEFT JOIN (  -- msdyn_owningcompany:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_owningcompany:cdm_companies.#1", count(*) AS "msdyn_owningcompany:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_owningcompany:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("ProjectDataAreaId", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_owningcompany:cdm_companies.#1" = nullif("ProjectDataAreaId", '')
  LEFT JOIN (  -- msdyn_project:msdyn_projects
    SELECT x."msdyn_owningcompany" AS "msdyn_project:msdyn_projects.#1", x."msdyn_projectnumber" AS "msdyn_project:msdyn_projects.#2", count(*) AS "msdyn_project:msdyn_projects.#hits", any_value(x."msdyn_projectid") AS "msdyn_project:msdyn_projects.msdyn_projectid"
    FROM "dataverse"."msdyn_projects" AS x
    WHERE x."msdyn_projectnumber" IN (SELECT DISTINCT nullif("ProjectId", '') FROM "landed")
    GROUP BY x."msdyn_owningcompany", x."msdyn_projectnumber"
  ) ON "msdyn_project:msdyn_projects.#1" = "msdyn_owningcompany:cdm_companies.cdm_companyid" AND "msdyn_project:msdyn_projects.#2" = nullif("ProjectId", '')
),
judged AS (
  SELECT *,
    coalesce(("ProjectId" IS NOT NULL), FALSE) AS "#passes",  -- project_expenses.map.yaml:12
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime project_expenses.map.yaml:5
      WHEN "category.#hits" IS NULL THEN 2  -- LOOKUP_MISSING category project_expenses.map.yaml:15
      WHEN coalesce("category.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS category project_expenses.map.yaml:15
      WHEN NOT (abs(CAST(round("Amount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 4  -- OUT_OF_RANGE msdyn_amount project_expenses.map.yaml:20
      WHEN NOT (abs(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 5  -- OUT_OF_RANGE msdyn_salestaxamount project_expenses.map.yaml:21
      WHEN (nullif("CurrencyCode", '') IS NOT NULL) AND ("transactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 6  -- LOOKUP_MISSING transactioncurrencyid project_expenses.map.yaml:22
      WHEN coalesce("transactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS transactioncurrencyid project_expenses.map.yaml:22
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING msdyn_expensecategory project_expenses.map.yaml:23
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS msdyn_expensecategory project_expenses.map.yaml:23
      WHEN (("msdyn_company:cdm_companies.cdm_companyid" IS NOT NULL) OR (nullif("category.Name", '') IS NOT NULL)) AND (("msdyn_company:cdm_companies.cdm_companyid" IS NULL) OR (nullif("category.Name", '') IS NULL)) THEN 10  -- REFERENCE_INCOMPLETE msdyn_expensecategory project_expenses.map.yaml:23
      WHEN (("msdyn_company:cdm_companies.cdm_companyid" IS NOT NULL) OR (nullif("category.Name", '') IS NOT NULL)) AND ("msdyn_expensecategory:msdyn_expensecategories.#hits" IS NULL) THEN 11  -- LOOKUP_MISSING msdyn_expensecategory project_expenses.map.yaml:23
      WHEN coalesce("msdyn_expensecategory:msdyn_expensecategories.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS msdyn_expensecategory project_expenses.map.yaml:23
      WHEN (nullif("ProjectDataAreaId", '') IS NOT NULL) AND ("msdyn_owningcompany:cdm_companies.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING msdyn_project project_expenses.map.yaml:25
      WHEN coalesce("msdyn_owningcompany:cdm_companies.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS msdyn_project project_expenses.map.yaml:25
      WHEN (("msdyn_owningcompany:cdm_companies.cdm_companyid" IS NOT NULL) OR (nullif("ProjectId", '') IS NOT NULL)) AND (("msdyn_owningcompany:cdm_companies.cdm_companyid" IS NULL) OR (nullif("ProjectId", '') IS NULL)) THEN 15  -- REFERENCE_INCOMPLETE msdyn_project project_expenses.map.yaml:25
      WHEN (("msdyn_owningcompany:cdm_companies.cdm_companyid" IS NOT NULL) OR (nullif("ProjectId", '') IS NOT NULL)) AND ("msdyn_project:msdyn_projects.#hits" IS NULL) THEN 16  -- LOOKUP_MISSING msdyn_project project_expenses.map.yaml:25
      WHEN coalesce("msdyn_project:msdyn_projects.#hits", 0) > 1 THEN 17  -- LOOKUP_AMBIGUOUS msdyn_project project_expenses.map.yaml:25
      WHEN NOT (192350004 IN (192350000, 192350001, 192350002, 192350003, 192350004, 192350005)) THEN 18  -- VALUE_UNMAPPED msdyn_expensestatus project_expenses.map.yaml:27
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST((replace(replace(coalesce(CAST("CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 3 THEN CAST((replace(replace(coalesce(CAST("CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 4 THEN CAST(CAST(round("Amount", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 5 THEN CAST(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CurrencyCode", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CurrencyCode", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.msdyn_expensecategories: ' || (replace(replace(coalesce(CAST("msdyn_company:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(nullif("category.Name", '') AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.msdyn_expensecategories: ' || (replace(replace(coalesce(CAST("msdyn_company:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(nullif("category.Name", '') AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_expensecategories: ' || (replace(replace(coalesce(CAST("msdyn_company:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(nullif("category.Name", '') AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("ProjectDataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("ProjectDataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.msdyn_projects: ' || (replace(replace(coalesce(CAST("msdyn_owningcompany:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(nullif("ProjectId", '') AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 16 THEN CAST(('dataverse.msdyn_projects: ' || (replace(replace(coalesce(CAST("msdyn_owningcompany:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(nullif("ProjectId", '') AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 17 THEN CAST(('dataverse.msdyn_projects: ' || (replace(replace(coalesce(CAST("msdyn_owningcompany:cdm_companies.cdm_companyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(nullif("ProjectId", '') AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 18 THEN CAST(192350004 AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "ExpenseLineId" AS "msdyn_externalexpenseline",  -- project_expenses.map.yaml:16
    "Purpose" AS "msdyn_name",  -- project_expenses.map.yaml:18
    "TransDate" AS "msdyn_transactiondate",  -- project_expenses.map.yaml:19
    CAST(CASE WHEN (abs(CAST(round("Amount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("Amount", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_amount",  -- project_expenses.map.yaml:20
    CAST(CASE WHEN (abs(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("SalesTaxAmount", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_salestaxamount",  -- project_expenses.map.yaml:21
    "transactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS "transactioncurrencyid",  -- project_expenses.map.yaml:22
    "msdyn_expensecategory:msdyn_expensecategories.msdyn_expensecategoryid" AS "msdyn_expensecategory",  -- project_expenses.map.yaml:23
    "msdyn_project:msdyn_projects.msdyn_projectid" AS "msdyn_project",  -- project_expenses.map.yaml:25
    CAST(CASE WHEN (192350004 IN (192350000, 192350001, 192350002, 192350003, 192350004, 192350005)) THEN 192350004 END AS BIGINT) AS "msdyn_expensestatus",  -- project_expenses.map.yaml:27
    CAST(CAST(md5('finops.ProjExpenseExportEntity dataverse.msdyn_expenses msdyn_expenseid ' || "#key") AS UUID) AS UUID) AS "msdyn_expenseid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_expenseid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_externalexpenseline" AS "msdyn_externalexpenseline", x."msdyn_name" AS "msdyn_name", x."msdyn_transactiondate" AS "msdyn_transactiondate", x."msdyn_amount" AS "msdyn_amount", x."msdyn_salestaxamount" AS "msdyn_salestaxamount", x."transactioncurrencyid" AS "transactioncurrencyid", x."msdyn_expensecategory" AS "msdyn_expensecategory", x."msdyn_project" AS "msdyn_project", x."msdyn_expensestatus" AS "msdyn_expensestatus"
  FROM "dataverse"."msdyn_expenses" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."msdyn_externalexpenseline" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_expenses' THEN link.target_key IN (SELECT coalesce(CAST(x."msdyn_externalexpenseline" AS VARCHAR), '') FROM "dataverse"."msdyn_expenses" AS x WHERE x."msdyn_externalexpenseline" IN (SELECT TRY_CAST("target_key" AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."msdyn_name" IS DISTINCT FROM mapped."msdyn_name"
      OR target."msdyn_transactiondate" IS DISTINCT FROM mapped."msdyn_transactiondate"
      OR target."msdyn_amount" IS DISTINCT FROM mapped."msdyn_amount"
      OR target."msdyn_salestaxamount" IS DISTINCT FROM mapped."msdyn_salestaxamount"
      OR target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid"
      OR target."msdyn_expensecategory" IS DISTINCT FROM mapped."msdyn_expensecategory"
      OR target."msdyn_project" IS DISTINCT FROM mapped."msdyn_project"
      OR target."msdyn_expensestatus" IS DISTINCT FROM mapped."msdyn_expensestatus") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_externalexpenseline" = mapped."msdyn_externalexpenseline"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 20  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 20  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 22  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_externalexpenseline", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_externalexpenseline", "msdyn_name", "msdyn_transactiondate", "msdyn_amount", "msdyn_salestaxamount", "transactioncurrencyid", "msdyn_expensecategory", "msdyn_project", "msdyn_expensestatus", "msdyn_expenseid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_externalexpenseline"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 25 ELSE 24 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_externalexpenseline" = duplicates."msdyn_externalexpenseline"
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
UPDATE shaped SET "#reason" = 24, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'project_expenses' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_expenses' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ProjExpenseExportEntity" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 24, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjExpenseExportEntity" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 24, claim."#target_key"
FROM "finops"."ProjExpenseExportEntity" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 27) THEN 'rejected'
  WHEN "#reason" IN (25) THEN 'superseded'
  WHEN "#reason" IN (26) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_expenses that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_expenses") AS target ON coalesce(CAST(target."msdyn_externalexpenseline" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_expenses' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseExportEntity'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'project_expenses' AND link.state = 'live' AND link.target = 'dataverse.msdyn_expenses'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjExpenseExportEntity" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjExpenseExportEntity" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'project_expenses' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_expenses") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'project_expenses' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_expenses") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."msdyn_externalexpenseline" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_expenses") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_expenses' AND link.target = 'dataverse.msdyn_expenses' AND link.target_key = coalesce(CAST(target."msdyn_externalexpenseline" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'project_expenses' AND link.state = 'live' AND link.target = 'dataverse.msdyn_expenses'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_expenses" AS target WHERE coalesce(CAST(target."msdyn_externalexpenseline" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.msdyn_expenses

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."msdyn_name" AS "msdyn_name", shaped."msdyn_transactiondate" AS "msdyn_transactiondate", shaped."msdyn_amount" AS "msdyn_amount", shaped."msdyn_salestaxamount" AS "msdyn_salestaxamount", shaped."transactioncurrencyid" AS "transactioncurrencyid", shaped."msdyn_expensecategory" AS "msdyn_expensecategory", shaped."msdyn_project" AS "msdyn_project", shaped."msdyn_expensestatus" AS "msdyn_expensestatus", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_expenses" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_expenses
INSERT INTO "dataverse"."msdyn_expenses" ("msdyn_externalexpenseline", "msdyn_name", "msdyn_transactiondate", "msdyn_amount", "msdyn_salestaxamount", "transactioncurrencyid", "msdyn_expensecategory", "msdyn_project", "msdyn_expensestatus", "msdyn_expenseid", "modifiedon", "versionnumber")
SELECT "msdyn_externalexpenseline", "msdyn_name", "msdyn_transactiondate", "msdyn_amount", "msdyn_salestaxamount", "transactioncurrencyid", "msdyn_expensecategory", "msdyn_project", "msdyn_expensestatus", "msdyn_expenseid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_expenses' AS leg, new."#key" AS source_key, 'dataverse.msdyn_expenses' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_name', 'old': CAST(old."msdyn_name" AS VARCHAR), 'new': CAST(new."msdyn_name" AS VARCHAR)},
    {'column_name': 'msdyn_transactiondate', 'old': CAST(old."msdyn_transactiondate" AS VARCHAR), 'new': CAST(new."msdyn_transactiondate" AS VARCHAR)},
    {'column_name': 'msdyn_amount', 'old': CAST(old."msdyn_amount" AS VARCHAR), 'new': CAST(new."msdyn_amount" AS VARCHAR)},
    {'column_name': 'msdyn_salestaxamount', 'old': CAST(old."msdyn_salestaxamount" AS VARCHAR), 'new': CAST(new."msdyn_salestaxamount" AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(new."transactioncurrencyid" AS VARCHAR)},
    {'column_name': 'msdyn_expensecategory', 'old': CAST(old."msdyn_expensecategory" AS VARCHAR), 'new': CAST(new."msdyn_expensecategory" AS VARCHAR)},
    {'column_name': 'msdyn_project', 'old': CAST(old."msdyn_project" AS VARCHAR), 'new': CAST(new."msdyn_project" AS VARCHAR)},
    {'column_name': 'msdyn_expensestatus', 'old': CAST(old."msdyn_expensestatus" AS VARCHAR), 'new': CAST(new."msdyn_expensestatus" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_expenses" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_expenses" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_expenses"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'project_expenses' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ExpenseLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseExportEntity" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'project_expenses.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'category', /* place */ 'project_expenses.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'category', /* place */ 'project_expenses.map.yaml:15'),
  (4, 'OUT_OF_RANGE', 'msdyn_amount', /* place */ 'project_expenses.map.yaml:20'),
  (5, 'OUT_OF_RANGE', 'msdyn_salestaxamount', /* place */ 'project_expenses.map.yaml:21'),
  (6, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'project_expenses.map.yaml:22'),
  (7, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'project_expenses.map.yaml:22'),
  (8, 'LOOKUP_MISSING', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (9, 'LOOKUP_AMBIGUOUS', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (10, 'REFERENCE_INCOMPLETE', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (11, 'LOOKUP_MISSING', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (13, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (15, 'REFERENCE_INCOMPLETE', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (16, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (17, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (18, 'VALUE_UNMAPPED', 'msdyn_expensestatus', /* place */ 'project_expenses.map.yaml:27'),
  (19, 'TARGET_EXISTS', '', /* place */ 'project_expenses.map.yaml:5'),
  (20, 'TARGET_MISSING', '', /* place */ 'project_expenses.map.yaml:5'),
  (21, 'TARGET_DUPLICATE', '', /* place */ 'project_expenses.map.yaml:5'),
  (22, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_expenses.map.yaml:5'),
  (23, 'CONFLICT_STALE', '', /* place */ 'project_expenses.map.yaml:5'),
  (24, 'KEY_DUPLICATE', '', /* place */ 'project_expenses.map.yaml:5'),
  (25, 'SUPERSEDED', '', /* place */ 'project_expenses.map.yaml:5'),
  (26, 'SET_INCOMPLETE', '', /* place */ 'project_expenses.map.yaml:5'),
  (27, 'TARGET_REFUSED', '', /* place */ 'project_expenses.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'project_expenses' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'project_expenses' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'project_expenses' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ExpenseLineId', CAST(source."ExpenseLineId" AS VARCHAR), 'CategoryId', CAST(source."CategoryId" AS VARCHAR), 'ProjectId', CAST(source."ProjectId" AS VARCHAR), 'ProjectDataAreaId', CAST(source."ProjectDataAreaId" AS VARCHAR), 'Purpose', CAST(source."Purpose" AS VARCHAR), 'TransDate', CAST(source."TransDate" AS VARCHAR), 'CurrencyCode', CAST(source."CurrencyCode" AS VARCHAR), 'Amount', CAST(source."Amount" AS VARCHAR), 'SalesTaxAmount', CAST(source."SalesTaxAmount" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'project_expenses.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'category', /* place */ 'project_expenses.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'category', /* place */ 'project_expenses.map.yaml:15'),
  (4, 'OUT_OF_RANGE', 'msdyn_amount', /* place */ 'project_expenses.map.yaml:20'),
  (5, 'OUT_OF_RANGE', 'msdyn_salestaxamount', /* place */ 'project_expenses.map.yaml:21'),
  (6, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'project_expenses.map.yaml:22'),
  (7, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'project_expenses.map.yaml:22'),
  (8, 'LOOKUP_MISSING', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (9, 'LOOKUP_AMBIGUOUS', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (10, 'REFERENCE_INCOMPLETE', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (11, 'LOOKUP_MISSING', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_expensecategory', /* place */ 'project_expenses.map.yaml:23'),
  (13, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (15, 'REFERENCE_INCOMPLETE', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (16, 'LOOKUP_MISSING', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (17, 'LOOKUP_AMBIGUOUS', 'msdyn_project', /* place */ 'project_expenses.map.yaml:25'),
  (18, 'VALUE_UNMAPPED', 'msdyn_expensestatus', /* place */ 'project_expenses.map.yaml:27'),
  (19, 'TARGET_EXISTS', '', /* place */ 'project_expenses.map.yaml:5'),
  (20, 'TARGET_MISSING', '', /* place */ 'project_expenses.map.yaml:5'),
  (21, 'TARGET_DUPLICATE', '', /* place */ 'project_expenses.map.yaml:5'),
  (22, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_expenses.map.yaml:5'),
  (23, 'CONFLICT_STALE', '', /* place */ 'project_expenses.map.yaml:5'),
  (24, 'KEY_DUPLICATE', '', /* place */ 'project_expenses.map.yaml:5'),
  (25, 'SUPERSEDED', '', /* place */ 'project_expenses.map.yaml:5'),
  (26, 'SET_INCOMPLETE', '', /* place */ 'project_expenses.map.yaml:5'),
  (27, 'TARGET_REFUSED', '', /* place */ 'project_expenses.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjExpenseExportEntity" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'project_expenses' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'project_expenses' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_expenses' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'project_expenses' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_expenses' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'project_expenses' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'project_expenses' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'project_expenses';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'project_expenses' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
