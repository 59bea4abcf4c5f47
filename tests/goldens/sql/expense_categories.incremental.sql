-- expense_categories: Project Operations integration project expense categories export entity (msdyn_expensecategories)
-- finops.ProjExpenseCategoryExport -> dataverse.msdyn_expensecategories, incremental

-- step 1: extract finops.ProjExpenseCategoryExport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjExpenseCategoryExport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."CategoryId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjExpenseCategoryExport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjExpenseCategoryExport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjExpenseCategoryExport" AS x
UNION ALL
SELECT 'finops.SharedCategory' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."CategoryId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."SharedCategory" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."SharedCategory" AS x), TRUE)
  ) AS content
FROM "finops"."SharedCategory" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.msdyn_transactioncategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactioncategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactioncategories" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'expense_categories' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseCategoryExport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseCategoryExport" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseCategoryExport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_categories' AND mark.entity = 'finops.ProjExpenseCategoryExport'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'expense_categories' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseCategoryExport'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjExpenseCategoryExport" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'expense_categories' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'expense_categories' AND open.state = 'open'
);

-- rows that look up a changed row: shared
INSERT INTO examined
SELECT landed."#row", 'shared changed'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."CategoryId", source."ModifiedDateTime", source."UseInExpense", source."Name" FROM "finops"."ProjExpenseCategoryExport" AS source) AS landed
JOIN (
  SELECT x."CategoryId" AS "shared.#1", x."IntegrationId" AS "shared.IntegrationId"
  FROM "finops"."SharedCategory" AS x
  WHERE coalesce(x."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_categories' AND mark.entity = 'finops.SharedCategory'
  ), TRUE)
) ON "shared.#1" = "CategoryId"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.SharedCategory'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: shared
INSERT INTO examined
SELECT landed."#row", 'shared gone'
FROM (SELECT source.rowid AS "#row", source."dataAreaId", source."CategoryId", source."ModifiedDateTime", source."UseInExpense", source."Name" FROM "finops"."ProjExpenseCategoryExport" AS source) AS landed
WHERE "CategoryId" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "finops"."SharedCategory" AS x WHERE x."CategoryId" = "CategoryId")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.SharedCategory'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "finops"."SharedCategory" AS x WHERE x."ModifiedDateTime" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."CategoryId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."SharedCategory" AS x
          WHERE coalesce(x."ModifiedDateTime" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_transactioncategories changed: msdyn_expensecategoryuid:msdyn_transactioncategories
INSERT INTO examined
SELECT source.rowid, 'msdyn_expensecategoryuid:msdyn_transactioncategories changed'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'expense_categories' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseCategoryExport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'expense_categories' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseCategoryExport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjExpenseCategoryExport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'expense_categories' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."CategoryId",
    source."ModifiedDateTime",
    source."UseInExpense",
    source."Name"
  FROM "finops"."ProjExpenseCategoryExport" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- shared: expense_categories.map.yaml:17
    SELECT x."CategoryId" AS "shared.#1", count(*) AS "shared.#hits", any_value(x."IntegrationId") AS "shared.IntegrationId"
    FROM "finops"."SharedCategory" AS x
    WHERE x."CategoryId" IN (SELECT DISTINCT "CategoryId" FROM "landed")
    GROUP BY x."CategoryId"
  ) ON "shared.#1" = "CategoryId"
  LEFT JOIN (  -- msdyn_company:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_company:cdm_companies.#1", count(*) AS "msdyn_company:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_company:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("dataAreaId", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_company:cdm_companies.#1" = nullif("dataAreaId", '')
  LEFT JOIN (  -- msdyn_expensecategoryuid:msdyn_transactioncategories
    SELECT x."msdyn_transactioncategorynumber" AS "msdyn_expensecategoryuid:msdyn_transactioncategories.#1", count(*) AS "msdyn_expensecategoryuid:msdyn_transactioncategories.#hits", any_value(x."msdyn_transactioncategoryid") AS "msdyn_expensecategoryuid:msdyn_transactioncategories.msdyn_transactioncategoryid"
    FROM "dataverse"."msdyn_transactioncategories" AS x
    GROUP BY x."msdyn_transactioncategorynumber"
  ) ON "msdyn_expensecategoryuid:msdyn_transactioncategories.#1" = nullif("shared.IntegrationId", '')
),
judged AS (
  SELECT *,
    coalesce(("UseInExpense" = 'yes'), FALSE) AS "#passes",  -- expense_categories.map.yaml:13
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime expense_categories.map.yaml:6
      WHEN "shared.#hits" IS NULL THEN 2  -- CATEGORY_MISSING shared expense_categories.map.yaml:17
      WHEN coalesce("shared.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS shared expense_categories.map.yaml:17
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING msdyn_company expense_categories.map.yaml:19
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS msdyn_company expense_categories.map.yaml:19
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 6  -- KEY_NULL msdyn_company expense_categories.map.yaml:19
      WHEN "Name" IS NULL THEN 7  -- KEY_NULL msdyn_name expense_categories.map.yaml:20
      WHEN (nullif("shared.IntegrationId", '') IS NOT NULL) AND ("msdyn_expensecategoryuid:msdyn_transactioncategories.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING msdyn_expensecategoryuid expense_categories.map.yaml:22
      WHEN coalesce("msdyn_expensecategoryuid:msdyn_transactioncategories.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS msdyn_expensecategoryuid expense_categories.map.yaml:22
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(coalesce(CAST("CategoryId" AS VARCHAR), '') AS VARCHAR)
      WHEN 3 THEN CAST(coalesce(CAST("CategoryId" AS VARCHAR), '') AS VARCHAR)
      WHEN 4 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.msdyn_transactioncategories: ' || coalesce(CAST(nullif("shared.IntegrationId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.msdyn_transactioncategories: ' || coalesce(CAST(nullif("shared.IntegrationId", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_company",  -- expense_categories.map.yaml:19
    "Name" AS "msdyn_name",  -- expense_categories.map.yaml:20
    "msdyn_expensecategoryuid:msdyn_transactioncategories.msdyn_transactioncategoryid" AS "msdyn_expensecategoryuid",  -- expense_categories.map.yaml:22
    CAST(CAST(md5('finops.ProjExpenseCategoryExport dataverse.msdyn_expensecategories msdyn_expensecategoryid ' || "#key") AS UUID) AS UUID) AS "msdyn_expensecategoryid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_expensecategoryid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."msdyn_name" AS "msdyn_name", x."msdyn_expensecategoryuid" AS "msdyn_expensecategoryuid"
  FROM "dataverse"."msdyn_expensecategories" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_expensecategories' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."msdyn_expensecategories" AS x WHERE x."msdyn_name" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    target."msdyn_expensecategoryuid" IS DISTINCT FROM mapped."msdyn_expensecategoryuid" AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."msdyn_company" AND target."msdyn_name" = mapped."msdyn_name"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 11  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 11  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 13  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_company", "msdyn_name", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_company", "msdyn_name", "msdyn_expensecategoryuid", "msdyn_expensecategoryid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_company", "msdyn_name"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 16 ELSE 15 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_company" = duplicates."msdyn_company" AND shaped."msdyn_name" = duplicates."msdyn_name"
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
UPDATE shaped SET "#reason" = 15, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'expense_categories' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_expensecategories' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ProjExpenseCategoryExport" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 15, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjExpenseCategoryExport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 15, claim."#target_key"
FROM "finops"."ProjExpenseCategoryExport" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- where the rows that leave stand in dataverse.msdyn_expensecategories
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_expensecategories") AS target ON replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'expense_categories' AND link.state = 'live' AND link.target = 'dataverse.msdyn_expensecategories'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 18) THEN 'rejected'
  WHEN "#reason" IN (2, 17) THEN 'held'
  WHEN "#reason" IN (16) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_expensecategories that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_expensecategories") AS target ON replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_categories' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjExpenseCategoryExport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'expense_categories' AND link.state = 'live' AND link.target = 'dataverse.msdyn_expensecategories'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjExpenseCategoryExport" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjExpenseCategoryExport" AS source
  WHERE TRUE AND source.rowid IN (SELECT "#row" FROM examined)
)), NULL
FROM shaped;

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged AND rejected > 10 THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'expense_categories' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_expensecategories") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'expense_categories' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_expensecategories") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_expensecategories") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'expense_categories' AND link.target = 'dataverse.msdyn_expensecategories' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'expense_categories' AND link.state = 'live' AND link.target = 'dataverse.msdyn_expensecategories'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_expensecategories" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.msdyn_expensecategories

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."msdyn_expensecategoryuid" AS "msdyn_expensecategoryuid", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_expensecategories" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of dataverse.msdyn_expensecategories
INSERT INTO "dataverse"."msdyn_expensecategories" ("msdyn_company", "msdyn_name", "msdyn_expensecategoryuid", "msdyn_expensecategoryid", "modifiedon", "versionnumber")
SELECT "msdyn_company", "msdyn_name", "msdyn_expensecategoryuid", "msdyn_expensecategoryid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'expense_categories' AS leg, new."#key" AS source_key, 'dataverse.msdyn_expensecategories' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_expensecategoryuid', 'old': CAST(old."msdyn_expensecategoryuid" AS VARCHAR), 'new': CAST(new."msdyn_expensecategoryuid" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_expensecategories" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."msdyn_expensecategories" AS t SET "msdyn_expensecategoryuid" = updates."msdyn_expensecategoryuid", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'expense_categories' AS leg, shaped."#key" AS source_key, 'dataverse.msdyn_expensecategories' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'msdyn_company', 'old': CAST(old."msdyn_company" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_name', 'old': CAST(old."msdyn_name" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_expensecategoryuid', 'old': CAST(old."msdyn_expensecategoryuid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_expensecategoryid', 'old': CAST(old."msdyn_expensecategoryid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "dataverse"."msdyn_expensecategories" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of dataverse.msdyn_expensecategories
DELETE FROM "dataverse"."msdyn_expensecategories"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'expense_categories' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjExpenseCategoryExport" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'expense_categories.map.yaml:6'),
  (2, 'CATEGORY_MISSING', 'shared', /* place */ 'expense_categories.map.yaml:17'),
  (3, 'LOOKUP_AMBIGUOUS', 'shared', /* place */ 'expense_categories.map.yaml:17'),
  (4, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'expense_categories.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'expense_categories.map.yaml:19'),
  (6, 'KEY_NULL', 'msdyn_company', /* place */ 'expense_categories.map.yaml:19'),
  (7, 'KEY_NULL', 'msdyn_name', /* place */ 'expense_categories.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'msdyn_expensecategoryuid', /* place */ 'expense_categories.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'msdyn_expensecategoryuid', /* place */ 'expense_categories.map.yaml:22'),
  (10, 'TARGET_EXISTS', '', /* place */ 'expense_categories.map.yaml:6'),
  (11, 'TARGET_MISSING', '', /* place */ 'expense_categories.map.yaml:6'),
  (12, 'TARGET_DUPLICATE', '', /* place */ 'expense_categories.map.yaml:6'),
  (13, 'UPDATE_NOT_ALLOWED', '', /* place */ 'expense_categories.map.yaml:6'),
  (14, 'CONFLICT_STALE', '', /* place */ 'expense_categories.map.yaml:6'),
  (15, 'KEY_DUPLICATE', '', /* place */ 'expense_categories.map.yaml:6'),
  (16, 'SUPERSEDED', '', /* place */ 'expense_categories.map.yaml:6'),
  (17, 'SET_INCOMPLETE', '', /* place */ 'expense_categories.map.yaml:6'),
  (18, 'TARGET_REFUSED', '', /* place */ 'expense_categories.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'expense_categories' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'expense_categories' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'expense_categories' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'CategoryId', CAST(source."CategoryId" AS VARCHAR), 'Name', CAST(source."Name" AS VARCHAR), 'UseInExpense', CAST(source."UseInExpense" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'expense_categories.map.yaml:6'),
  (2, 'CATEGORY_MISSING', 'shared', /* place */ 'expense_categories.map.yaml:17'),
  (3, 'LOOKUP_AMBIGUOUS', 'shared', /* place */ 'expense_categories.map.yaml:17'),
  (4, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'expense_categories.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'expense_categories.map.yaml:19'),
  (6, 'KEY_NULL', 'msdyn_company', /* place */ 'expense_categories.map.yaml:19'),
  (7, 'KEY_NULL', 'msdyn_name', /* place */ 'expense_categories.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'msdyn_expensecategoryuid', /* place */ 'expense_categories.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'msdyn_expensecategoryuid', /* place */ 'expense_categories.map.yaml:22'),
  (10, 'TARGET_EXISTS', '', /* place */ 'expense_categories.map.yaml:6'),
  (11, 'TARGET_MISSING', '', /* place */ 'expense_categories.map.yaml:6'),
  (12, 'TARGET_DUPLICATE', '', /* place */ 'expense_categories.map.yaml:6'),
  (13, 'UPDATE_NOT_ALLOWED', '', /* place */ 'expense_categories.map.yaml:6'),
  (14, 'CONFLICT_STALE', '', /* place */ 'expense_categories.map.yaml:6'),
  (15, 'KEY_DUPLICATE', '', /* place */ 'expense_categories.map.yaml:6'),
  (16, 'SUPERSEDED', '', /* place */ 'expense_categories.map.yaml:6'),
  (17, 'SET_INCOMPLETE', '', /* place */ 'expense_categories.map.yaml:6'),
  (18, 'TARGET_REFUSED', '', /* place */ 'expense_categories.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjExpenseCategoryExport" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'expense_categories' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'expense_categories' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_expensecategories' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'expense_categories' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_expensecategories' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'expense_categories' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'expense_categories' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'expense_categories';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'expense_categories' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
