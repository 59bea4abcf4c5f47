-- expense_estimates: Project Operations integration entity for expense estimates (msdyn_estimatelines)
-- dataverse.msdyn_estimatelines -> finops.ProjCDSEstimateExpensesImport, incremental

-- step 1: extract dataverse.msdyn_estimatelines

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_estimatelines' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_estimatelineid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_estimatelines" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_estimatelines" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_estimatelines" AS x
UNION ALL
SELECT 'dataverse.msdyn_projects' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projects" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projects" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.msdyn_projecttasks' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projecttasks" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projecttasks" AS x
UNION ALL
SELECT 'dataverse.msdyn_transactioncategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactioncategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactioncategories" AS x
UNION ALL
SELECT 'dataverse.bookableresourcecategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."bookableresourcecategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."bookableresourcecategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."bookableresourcecategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."bookableresourcecategories" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'expense_estimates' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') FROM "dataverse"."msdyn_estimatelines" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.msdyn_estimatelines'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'expense_estimates' AND link.source_key = coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_estimatelines" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'expense_estimates' AND link.source_key = coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'expense_estimates' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
) ON "msdyn_project.#1" = "msdyn_project"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_project" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS x WHERE x."msdyn_projectid" = "msdyn_project")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projects" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_project.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_project.msdyn_owningcompany changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_project.msdyn_owningcompany.#1", x."cdm_companycode" AS "msdyn_project.msdyn_owningcompany.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_project.msdyn_owningcompany.#1" = "msdyn_project.msdyn_owningcompany"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_project.msdyn_owningcompany gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
WHERE "msdyn_project.msdyn_owningcompany" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_project.msdyn_owningcompany")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", x."isocurrencycode" AS "transactioncurrencyid.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "transactioncurrencyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "transactioncurrencyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_task
INSERT INTO examined
SELECT landed."#row", 'msdyn_task changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projecttaskid" AS "msdyn_task.#1", x."msdyn_activitynumber" AS "msdyn_task.msdyn_activitynumber"
  FROM "dataverse"."msdyn_projecttasks" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.msdyn_projecttasks'
  ), TRUE)
) ON "msdyn_task.#1" = "msdyn_task"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_task
INSERT INTO examined
SELECT landed."#row", 'msdyn_task gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_task" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."msdyn_projecttaskid" = "msdyn_task")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_transactioncategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_transactioncategory changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_transactioncategoryid" AS "msdyn_transactioncategory.#1", x."msdyn_transactioncategorynumber" AS "msdyn_transactioncategory.msdyn_transactioncategorynumber"
  FROM "dataverse"."msdyn_transactioncategories" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.msdyn_transactioncategories'
  ), TRUE)
) ON "msdyn_transactioncategory.#1" = "msdyn_transactioncategory"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_transactioncategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_transactioncategory gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_transactioncategory" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_transactioncategories" AS x WHERE x."msdyn_transactioncategoryid" = "msdyn_transactioncategory")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_transactioncategories" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_resourcecategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_resourcecategory changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."bookableresourcecategoryid" AS "msdyn_resourcecategory.#1", x."msdyn_resourcecategorynumber" AS "msdyn_resourcecategory.msdyn_resourcecategorynumber"
  FROM "dataverse"."bookableresourcecategories" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'expense_estimates' AND mark.entity = 'dataverse.bookableresourcecategories'
  ), TRUE)
) ON "msdyn_resourcecategory.#1" = "msdyn_resourcecategory"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.bookableresourcecategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_resourcecategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_resourcecategory gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."exchangerate", source."msdyn_accountingdate", source."msdyn_description", source."msdyn_billingtype", source."transactioncurrencyid", source."msdyn_quantity", source."msdyn_price", source."msdyn_transactioncategory", source."msdyn_task", source."msdyn_transactiontypecode", source."msdyn_originestimateline", source."msdyn_resourcecategory", source."msdyn_startdatetime", source."msdyn_enddatetime" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_resourcecategory" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."bookableresourcecategories" AS x WHERE x."bookableresourcecategoryid" = "msdyn_resourcecategory")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.bookableresourcecategories'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."bookableresourcecategories" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."bookableresourcecategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."bookableresourcecategories" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'expense_estimates' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') FROM "dataverse"."msdyn_estimatelines" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'expense_estimates' AND source_key IN (SELECT coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') FROM "dataverse"."msdyn_estimatelines" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_estimatelines") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'expense_estimates' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_estimatelineid",
    source."msdyn_project",
    source."modifiedon",
    source."msdyn_transactionclassification",
    source."exchangerate",
    source."msdyn_accountingdate",
    source."msdyn_description",
    source."msdyn_billingtype",
    source."transactioncurrencyid",
    source."msdyn_quantity",
    source."msdyn_price",
    source."msdyn_transactioncategory",
    source."msdyn_task",
    source."msdyn_transactiontypecode",
    source."msdyn_originestimateline",
    source."msdyn_resourcecategory",
    source."msdyn_startdatetime",
    source."msdyn_enddatetime"
  FROM "dataverse"."msdyn_estimatelines" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_project
    SELECT x."msdyn_projectid" AS "msdyn_project.#1", count(*) AS "msdyn_project.#hits", any_value(x."msdyn_owningcompany") AS "msdyn_project.msdyn_owningcompany", any_value(x."msdyn_projectnumber") AS "msdyn_project.msdyn_projectnumber"
    FROM "dataverse"."msdyn_projects" AS x
    WHERE x."msdyn_projectid" IN (SELECT DISTINCT "msdyn_project" FROM "landed")
    GROUP BY x."msdyn_projectid"
  ) ON "msdyn_project.#1" = "msdyn_project"
  LEFT JOIN (  -- msdyn_project.msdyn_owningcompany
    SELECT x."cdm_companyid" AS "msdyn_project.msdyn_owningcompany.#1", count(*) AS "msdyn_project.msdyn_owningcompany.#hits", any_value(x."cdm_companycode") AS "msdyn_project.msdyn_owningcompany.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_project.msdyn_owningcompany.#1" = "msdyn_project.msdyn_owningcompany"
  LEFT JOIN (  -- transactioncurrencyid
    SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", count(*) AS "transactioncurrencyid.#hits", any_value(x."isocurrencycode") AS "transactioncurrencyid.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."transactioncurrencyid" IN (SELECT DISTINCT "transactioncurrencyid" FROM "landed")
    GROUP BY x."transactioncurrencyid"
  ) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
  LEFT JOIN (  -- msdyn_task
    SELECT x."msdyn_projecttaskid" AS "msdyn_task.#1", count(*) AS "msdyn_task.#hits", any_value(x."msdyn_activitynumber") AS "msdyn_task.msdyn_activitynumber"
    FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE x."msdyn_projecttaskid" IN (SELECT DISTINCT "msdyn_task" FROM "landed")
    GROUP BY x."msdyn_projecttaskid"
  ) ON "msdyn_task.#1" = "msdyn_task"
  LEFT JOIN (  -- msdyn_transactioncategory
    SELECT x."msdyn_transactioncategoryid" AS "msdyn_transactioncategory.#1", count(*) AS "msdyn_transactioncategory.#hits", any_value(x."msdyn_transactioncategorynumber") AS "msdyn_transactioncategory.msdyn_transactioncategorynumber"
    FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE x."msdyn_transactioncategoryid" IN (SELECT DISTINCT "msdyn_transactioncategory" FROM "landed")
    GROUP BY x."msdyn_transactioncategoryid"
  ) ON "msdyn_transactioncategory.#1" = "msdyn_transactioncategory"
  LEFT JOIN (  -- msdyn_resourcecategory
    SELECT x."bookableresourcecategoryid" AS "msdyn_resourcecategory.#1", count(*) AS "msdyn_resourcecategory.#hits", any_value(x."msdyn_resourcecategorynumber") AS "msdyn_resourcecategory.msdyn_resourcecategorynumber"
    FROM "dataverse"."bookableresourcecategories" AS x
    WHERE x."bookableresourcecategoryid" IN (SELECT DISTINCT "msdyn_resourcecategory" FROM "landed")
    GROUP BY x."bookableresourcecategoryid"
  ) ON "msdyn_resourcecategory.#1" = "msdyn_resourcecategory"
),
judged AS (
  SELECT *,
    coalesce(("msdyn_transactionclassification" = 192350001), FALSE) AS "#passes",  -- expense_estimates.map.yaml:15
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon expense_estimates.map.yaml:7
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId expense_estimates.map.yaml:20
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId expense_estimates.map.yaml:20
      WHEN "msdyn_project.msdyn_owningcompany" IS NOT NULL AND ("msdyn_project.msdyn_owningcompany.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING dataAreaId expense_estimates.map.yaml:20
      WHEN coalesce("msdyn_project.msdyn_owningcompany.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS dataAreaId expense_estimates.map.yaml:20
      WHEN "msdyn_project.msdyn_owningcompany.cdm_companycode" IS NULL THEN 6  -- KEY_NULL dataAreaId expense_estimates.map.yaml:20
      WHEN "msdyn_estimatelineid" IS NULL THEN 7  -- KEY_NULL EstimateExpensesImportId expense_estimates.map.yaml:21
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING ProjectId expense_estimates.map.yaml:24
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS ProjectId expense_estimates.map.yaml:24
      WHEN length("msdyn_project.msdyn_projectnumber") > 20 THEN 10  -- TOO_LONG ProjectId expense_estimates.map.yaml:24
      WHEN (CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) IS NULL THEN 11  -- REQUIRED_NULL ProjectId expense_estimates.map.yaml:24
      WHEN NOT ("msdyn_billingtype" IN (192350000, 192350001, 192350002, 192350003)) THEN 12  -- VALUE_UNMAPPED BillingType expense_estimates.map.yaml:27
      WHEN NOT ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN 13  -- VALUE_UNMAPPED BillingType expense_estimates.map.yaml:27
      WHEN NOT ((CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN 14  -- VALUE_UNMAPPED BillingType expense_estimates.map.yaml:27
      WHEN "transactioncurrencyid" IS NOT NULL AND ("transactioncurrencyid.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING CurrencyId expense_estimates.map.yaml:28
      WHEN coalesce("transactioncurrencyid.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS CurrencyId expense_estimates.map.yaml:28
      WHEN length("transactioncurrencyid.isocurrencycode") > 3 THEN 17  -- TOO_LONG CurrencyId expense_estimates.map.yaml:28
      WHEN (CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END) IS NULL THEN 18  -- REQUIRED_NULL CurrencyId expense_estimates.map.yaml:28
      WHEN NOT ("msdyn_transactiontypecode" IN (192350000, 192350005, 192350006, 192350007, 192350008)) THEN 19  -- VALUE_UNMAPPED TransType expense_estimates.map.yaml:34
      WHEN NOT ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN 20  -- VALUE_UNMAPPED TransType expense_estimates.map.yaml:34
      WHEN (CASE WHEN ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN (CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) END) IS NULL THEN 21  -- REQUIRED_NULL TransType expense_estimates.map.yaml:34
      WHEN "msdyn_task" IS NOT NULL AND ("msdyn_task.#hits" IS NULL) THEN 22  -- LOOKUP_MISSING ActivityNumber expense_estimates.map.yaml:37
      WHEN coalesce("msdyn_task.#hits", 0) > 1 THEN 23  -- LOOKUP_AMBIGUOUS ActivityNumber expense_estimates.map.yaml:37
      WHEN "msdyn_transactioncategory" IS NOT NULL AND ("msdyn_transactioncategory.#hits" IS NULL) THEN 24  -- LOOKUP_MISSING TransactionCategoryId expense_estimates.map.yaml:38
      WHEN coalesce("msdyn_transactioncategory.#hits", 0) > 1 THEN 25  -- LOOKUP_AMBIGUOUS TransactionCategoryId expense_estimates.map.yaml:38
      WHEN length("msdyn_transactioncategory.msdyn_transactioncategorynumber") > 50 THEN 26  -- TOO_LONG TransactionCategoryId expense_estimates.map.yaml:38
      WHEN "msdyn_resourcecategory" IS NOT NULL AND ("msdyn_resourcecategory.#hits" IS NULL) THEN 27  -- LOOKUP_MISSING ResourceCategoryId expense_estimates.map.yaml:39
      WHEN coalesce("msdyn_resourcecategory.#hits", 0) > 1 THEN 28  -- LOOKUP_AMBIGUOUS ResourceCategoryId expense_estimates.map.yaml:39
      WHEN NOT ("msdyn_startdatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 29  -- OUT_OF_RANGE StartDate expense_estimates.map.yaml:40
      WHEN NOT ("msdyn_enddatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 30  -- OUT_OF_RANGE EndDate expense_estimates.map.yaml:41
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_project.msdyn_owningcompany" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_project.msdyn_owningcompany" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_project.msdyn_projectnumber" AS VARCHAR)
      WHEN 11 THEN CAST((CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_billingtype" AS VARCHAR)
      WHEN 13 THEN CAST((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) AS VARCHAR)
      WHEN 14 THEN CAST((CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END) AS VARCHAR)
      WHEN 15 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 16 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 17 THEN CAST("transactioncurrencyid.isocurrencycode" AS VARCHAR)
      WHEN 18 THEN CAST((CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END) AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_transactiontypecode" AS VARCHAR)
      WHEN 20 THEN CAST((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) AS VARCHAR)
      WHEN 21 THEN CAST((CASE WHEN ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN (CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) END) AS VARCHAR)
      WHEN 22 THEN CAST("msdyn_task" AS VARCHAR)
      WHEN 23 THEN CAST("msdyn_task" AS VARCHAR)
      WHEN 24 THEN CAST("msdyn_transactioncategory" AS VARCHAR)
      WHEN 25 THEN CAST("msdyn_transactioncategory" AS VARCHAR)
      WHEN 26 THEN CAST("msdyn_transactioncategory.msdyn_transactioncategorynumber" AS VARCHAR)
      WHEN 27 THEN CAST("msdyn_resourcecategory" AS VARCHAR)
      WHEN 28 THEN CAST("msdyn_resourcecategory" AS VARCHAR)
      WHEN 29 THEN CAST("msdyn_startdatetime" AS VARCHAR)
      WHEN 30 THEN CAST("msdyn_enddatetime" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_project.msdyn_owningcompany.cdm_companycode" AS "dataAreaId",  -- expense_estimates.map.yaml:20
    "msdyn_estimatelineid" AS "EstimateExpensesImportId",  -- expense_estimates.map.yaml:21
    CAST(CAST("exchangerate" AS DECIMAL(28, 10)) AS DECIMAL(28, 10)) AS "ExchangeRate",  -- expense_estimates.map.yaml:23
    CAST(CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END AS VARCHAR) AS "ProjectId",  -- expense_estimates.map.yaml:24
    "msdyn_accountingdate" AS "DocumentDate",  -- expense_estimates.map.yaml:25
    CAST(substring("msdyn_description", 1, 255) AS VARCHAR) AS "Description",  -- expense_estimates.map.yaml:26
    CAST(coalesce((CASE WHEN ((CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END) END), 'notSpecified') AS VARCHAR) AS "BillingType",  -- expense_estimates.map.yaml:27
    CAST(CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END AS VARCHAR) AS "CurrencyId",  -- expense_estimates.map.yaml:28
    CAST(CAST("msdyn_quantity" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Quantity",  -- expense_estimates.map.yaml:29
    CAST(CAST("msdyn_price" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Price",  -- expense_estimates.map.yaml:30
    "msdyn_transactioncategory" AS "TransactionCategory",  -- expense_estimates.map.yaml:31
    "msdyn_task" AS "TaskId",  -- expense_estimates.map.yaml:32
    "msdyn_estimatelineid" AS "EstimateLineId",  -- expense_estimates.map.yaml:33
    CAST(CASE WHEN ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN (CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) END AS VARCHAR) AS "TransType",  -- expense_estimates.map.yaml:34
    "msdyn_originestimateline" AS "OriginEstimateLineId",  -- expense_estimates.map.yaml:36
    "msdyn_task.msdyn_activitynumber" AS "ActivityNumber",  -- expense_estimates.map.yaml:37
    CAST(CASE WHEN (length("msdyn_transactioncategory.msdyn_transactioncategorynumber") <= 50) THEN "msdyn_transactioncategory.msdyn_transactioncategorynumber" END AS VARCHAR) AS "TransactionCategoryId",  -- expense_estimates.map.yaml:38
    "msdyn_resourcecategory.msdyn_resourcecategorynumber" AS "ResourceCategoryId",  -- expense_estimates.map.yaml:39
    CAST(CASE WHEN ("msdyn_startdatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_startdatetime" AS DATE) END AS DATE) AS "StartDate",  -- expense_estimates.map.yaml:40
    CAST(CASE WHEN ("msdyn_enddatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_enddatetime" AS DATE) END AS DATE) AS "EndDate",  -- expense_estimates.map.yaml:41
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."EstimateExpensesImportId" AS "EstimateExpensesImportId", x."ExchangeRate" AS "ExchangeRate", x."ProjectId" AS "ProjectId", x."DocumentDate" AS "DocumentDate", x."Description" AS "Description", x."BillingType" AS "BillingType", x."CurrencyId" AS "CurrencyId", x."Quantity" AS "Quantity", x."Price" AS "Price", x."TransactionCategory" AS "TransactionCategory", x."TaskId" AS "TaskId", x."EstimateLineId" AS "EstimateLineId", x."TransType" AS "TransType", x."OriginEstimateLineId" AS "OriginEstimateLineId", x."ActivityNumber" AS "ActivityNumber", x."TransactionCategoryId" AS "TransactionCategoryId", x."ResourceCategoryId" AS "ResourceCategoryId", x."StartDate" AS "StartDate", x."EndDate" AS "EndDate"
  FROM "finops"."ProjCDSEstimateExpensesImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjCDSEstimateExpensesImport' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSEstimateExpensesImport" AS x WHERE x."EstimateExpensesImportId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ExchangeRate" IS DISTINCT FROM mapped."ExchangeRate"
      OR target."ProjectId" IS DISTINCT FROM mapped."ProjectId"
      OR target."DocumentDate" IS DISTINCT FROM mapped."DocumentDate"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."BillingType" IS DISTINCT FROM mapped."BillingType"
      OR target."CurrencyId" IS DISTINCT FROM mapped."CurrencyId"
      OR target."Quantity" IS DISTINCT FROM mapped."Quantity"
      OR target."Price" IS DISTINCT FROM mapped."Price"
      OR target."TransactionCategory" IS DISTINCT FROM mapped."TransactionCategory"
      OR target."TaskId" IS DISTINCT FROM mapped."TaskId"
      OR target."EstimateLineId" IS DISTINCT FROM mapped."EstimateLineId"
      OR target."TransType" IS DISTINCT FROM mapped."TransType"
      OR target."OriginEstimateLineId" IS DISTINCT FROM mapped."OriginEstimateLineId"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber"
      OR target."TransactionCategoryId" IS DISTINCT FROM mapped."TransactionCategoryId"
      OR target."ResourceCategoryId" IS DISTINCT FROM mapped."ResourceCategoryId"
      OR target."StartDate" IS DISTINCT FROM mapped."StartDate"
      OR target."EndDate" IS DISTINCT FROM mapped."EndDate") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."EstimateExpensesImportId" = mapped."EstimateExpensesImportId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 32  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 32  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 34  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "EstimateExpensesImportId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "EstimateExpensesImportId", "ExchangeRate", "ProjectId", "DocumentDate", "Description", "BillingType", "CurrencyId", "Quantity", "Price", "TransactionCategory", "TaskId", "EstimateLineId", "TransType", "OriginEstimateLineId", "ActivityNumber", "TransactionCategoryId", "ResourceCategoryId", "StartDate", "EndDate")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "EstimateExpensesImportId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."EstimateExpensesImportId" = duplicates."EstimateExpensesImportId"
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
UPDATE shaped SET "#reason" = 36, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'expense_estimates' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjCDSEstimateExpensesImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_estimatelines" AS source WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 36, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 36, claim."#target_key"
FROM "dataverse"."msdyn_estimatelines" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjCDSEstimateExpensesImport
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSEstimateExpensesImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'expense_estimates' AND link.state = 'live' AND link.target = 'finops.ProjCDSEstimateExpensesImport'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39) THEN 'rejected'
  WHEN "#reason" IN (37) THEN 'superseded'
  WHEN "#reason" IN (38) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjCDSEstimateExpensesImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSEstimateExpensesImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'expense_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'expense_estimates' AND link.state = 'live' AND link.target = 'finops.ProjCDSEstimateExpensesImport'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_estimatelines" AS source WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_estimatelines" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'expense_estimates' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSEstimateExpensesImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'expense_estimates' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSEstimateExpensesImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjCDSEstimateExpensesImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'expense_estimates' AND link.target = 'finops.ProjCDSEstimateExpensesImport' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'expense_estimates' AND link.state = 'live' AND link.target = 'finops.ProjCDSEstimateExpensesImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSEstimateExpensesImport" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateExpensesImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjCDSEstimateExpensesImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ExchangeRate" AS "ExchangeRate", shaped."ProjectId" AS "ProjectId", shaped."DocumentDate" AS "DocumentDate", shaped."Description" AS "Description", shaped."BillingType" AS "BillingType", shaped."CurrencyId" AS "CurrencyId", shaped."Quantity" AS "Quantity", shaped."Price" AS "Price", shaped."TransactionCategory" AS "TransactionCategory", shaped."TaskId" AS "TaskId", shaped."EstimateLineId" AS "EstimateLineId", shaped."TransType" AS "TransType", shaped."OriginEstimateLineId" AS "OriginEstimateLineId", shaped."ActivityNumber" AS "ActivityNumber", shaped."TransactionCategoryId" AS "TransactionCategoryId", shaped."ResourceCategoryId" AS "ResourceCategoryId", shaped."StartDate" AS "StartDate", shaped."EndDate" AS "EndDate", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjCDSEstimateExpensesImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjCDSEstimateExpensesImport
INSERT INTO "finops"."ProjCDSEstimateExpensesImport" ("dataAreaId", "EstimateExpensesImportId", "ExchangeRate", "ProjectId", "DocumentDate", "Description", "BillingType", "CurrencyId", "Quantity", "Price", "TransactionCategory", "TaskId", "EstimateLineId", "TransType", "OriginEstimateLineId", "ActivityNumber", "TransactionCategoryId", "ResourceCategoryId", "StartDate", "EndDate", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "EstimateExpensesImportId", "ExchangeRate", "ProjectId", "DocumentDate", "Description", "BillingType", "CurrencyId", "Quantity", "Price", "TransactionCategory", "TaskId", "EstimateLineId", "TransType", "OriginEstimateLineId", "ActivityNumber", "TransactionCategoryId", "ResourceCategoryId", "StartDate", "EndDate", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'expense_estimates' AS leg, new."#key" AS source_key, 'finops.ProjCDSEstimateExpensesImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ExchangeRate', 'old': CAST(old."ExchangeRate" AS VARCHAR), 'new': CAST(new."ExchangeRate" AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(new."ProjectId" AS VARCHAR)},
    {'column_name': 'DocumentDate', 'old': CAST(old."DocumentDate" AS VARCHAR), 'new': CAST(new."DocumentDate" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'BillingType', 'old': CAST(old."BillingType" AS VARCHAR), 'new': CAST(new."BillingType" AS VARCHAR)},
    {'column_name': 'CurrencyId', 'old': CAST(old."CurrencyId" AS VARCHAR), 'new': CAST(new."CurrencyId" AS VARCHAR)},
    {'column_name': 'Quantity', 'old': CAST(old."Quantity" AS VARCHAR), 'new': CAST(new."Quantity" AS VARCHAR)},
    {'column_name': 'Price', 'old': CAST(old."Price" AS VARCHAR), 'new': CAST(new."Price" AS VARCHAR)},
    {'column_name': 'TransactionCategory', 'old': CAST(old."TransactionCategory" AS VARCHAR), 'new': CAST(new."TransactionCategory" AS VARCHAR)},
    {'column_name': 'TaskId', 'old': CAST(old."TaskId" AS VARCHAR), 'new': CAST(new."TaskId" AS VARCHAR)},
    {'column_name': 'EstimateLineId', 'old': CAST(old."EstimateLineId" AS VARCHAR), 'new': CAST(new."EstimateLineId" AS VARCHAR)},
    {'column_name': 'TransType', 'old': CAST(old."TransType" AS VARCHAR), 'new': CAST(new."TransType" AS VARCHAR)},
    {'column_name': 'OriginEstimateLineId', 'old': CAST(old."OriginEstimateLineId" AS VARCHAR), 'new': CAST(new."OriginEstimateLineId" AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(new."ActivityNumber" AS VARCHAR)},
    {'column_name': 'TransactionCategoryId', 'old': CAST(old."TransactionCategoryId" AS VARCHAR), 'new': CAST(new."TransactionCategoryId" AS VARCHAR)},
    {'column_name': 'ResourceCategoryId', 'old': CAST(old."ResourceCategoryId" AS VARCHAR), 'new': CAST(new."ResourceCategoryId" AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(new."StartDate" AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(new."EndDate" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjCDSEstimateExpensesImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjCDSEstimateExpensesImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjCDSEstimateExpensesImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'expense_estimates' AS leg, shaped."#key" AS source_key, 'finops.ProjCDSEstimateExpensesImport' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'EstimateExpensesImportId', 'old': CAST(old."EstimateExpensesImportId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ExchangeRate', 'old': CAST(old."ExchangeRate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'DocumentDate', 'old': CAST(old."DocumentDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'BillingType', 'old': CAST(old."BillingType" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'CurrencyId', 'old': CAST(old."CurrencyId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Quantity', 'old': CAST(old."Quantity" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Price', 'old': CAST(old."Price" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TransactionCategory', 'old': CAST(old."TransactionCategory" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TaskId', 'old': CAST(old."TaskId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'EstimateLineId', 'old': CAST(old."EstimateLineId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TransType', 'old': CAST(old."TransType" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'OriginEstimateLineId', 'old': CAST(old."OriginEstimateLineId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TransactionCategoryId', 'old': CAST(old."TransactionCategoryId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ResourceCategoryId', 'old': CAST(old."ResourceCategoryId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjCDSEstimateExpensesImport" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjCDSEstimateExpensesImport
DELETE FROM "finops"."ProjCDSEstimateExpensesImport"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'expense_estimates' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') FROM "dataverse"."msdyn_estimatelines" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'expense_estimates.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (7, 'KEY_NULL', 'EstimateExpensesImportId', /* place */ 'expense_estimates.map.yaml:21'),
  (8, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (9, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (10, 'TOO_LONG', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (11, 'REQUIRED_NULL', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (12, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'expense_estimates.map.yaml:27'),
  (13, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'expense_estimates.map.yaml:27'),
  (14, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'expense_estimates.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (16, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (17, 'TOO_LONG', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (18, 'REQUIRED_NULL', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (19, 'VALUE_UNMAPPED', 'TransType', /* place */ 'expense_estimates.map.yaml:34'),
  (20, 'VALUE_UNMAPPED', 'TransType', /* place */ 'expense_estimates.map.yaml:34'),
  (21, 'REQUIRED_NULL', 'TransType', /* place */ 'expense_estimates.map.yaml:34'),
  (22, 'LOOKUP_MISSING', 'ActivityNumber', /* place */ 'expense_estimates.map.yaml:37'),
  (23, 'LOOKUP_AMBIGUOUS', 'ActivityNumber', /* place */ 'expense_estimates.map.yaml:37'),
  (24, 'LOOKUP_MISSING', 'TransactionCategoryId', /* place */ 'expense_estimates.map.yaml:38'),
  (25, 'LOOKUP_AMBIGUOUS', 'TransactionCategoryId', /* place */ 'expense_estimates.map.yaml:38'),
  (26, 'TOO_LONG', 'TransactionCategoryId', /* place */ 'expense_estimates.map.yaml:38'),
  (27, 'LOOKUP_MISSING', 'ResourceCategoryId', /* place */ 'expense_estimates.map.yaml:39'),
  (28, 'LOOKUP_AMBIGUOUS', 'ResourceCategoryId', /* place */ 'expense_estimates.map.yaml:39'),
  (29, 'OUT_OF_RANGE', 'StartDate', /* place */ 'expense_estimates.map.yaml:40'),
  (30, 'OUT_OF_RANGE', 'EndDate', /* place */ 'expense_estimates.map.yaml:41'),
  (31, 'TARGET_EXISTS', '', /* place */ 'expense_estimates.map.yaml:7'),
  (32, 'TARGET_MISSING', '', /* place */ 'expense_estimates.map.yaml:7'),
  (33, 'TARGET_DUPLICATE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (34, 'UPDATE_NOT_ALLOWED', '', /* place */ 'expense_estimates.map.yaml:7'),
  (35, 'CONFLICT_STALE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (36, 'KEY_DUPLICATE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (37, 'SUPERSEDED', '', /* place */ 'expense_estimates.map.yaml:7'),
  (38, 'SET_INCOMPLETE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (39, 'TARGET_REFUSED', '', /* place */ 'expense_estimates.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'expense_estimates' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'expense_estimates' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'expense_estimates' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_estimatelineid', CAST(source."msdyn_estimatelineid" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'msdyn_accountingdate', CAST(source."msdyn_accountingdate" AS VARCHAR), 'msdyn_startdatetime', CAST(source."msdyn_startdatetime" AS VARCHAR), 'msdyn_enddatetime', CAST(source."msdyn_enddatetime" AS VARCHAR), 'msdyn_billingtype', CAST(source."msdyn_billingtype" AS VARCHAR), 'msdyn_transactionclassification', CAST(source."msdyn_transactionclassification" AS VARCHAR), 'msdyn_transactiontypecode', CAST(source."msdyn_transactiontypecode" AS VARCHAR), 'msdyn_quantity', CAST(source."msdyn_quantity" AS VARCHAR), 'msdyn_price', CAST(source."msdyn_price" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'exchangerate', CAST(source."exchangerate" AS VARCHAR), 'msdyn_product', CAST(source."msdyn_product" AS VARCHAR), 'msdyn_project', CAST(source."msdyn_project" AS VARCHAR), 'msdyn_task', CAST(source."msdyn_task" AS VARCHAR), 'msdyn_transactioncategory', CAST(source."msdyn_transactioncategory" AS VARCHAR), 'msdyn_resourcecategory', CAST(source."msdyn_resourcecategory" AS VARCHAR), 'msdyn_originestimateline', CAST(source."msdyn_originestimateline" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'expense_estimates.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'expense_estimates.map.yaml:20'),
  (7, 'KEY_NULL', 'EstimateExpensesImportId', /* place */ 'expense_estimates.map.yaml:21'),
  (8, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (9, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (10, 'TOO_LONG', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (11, 'REQUIRED_NULL', 'ProjectId', /* place */ 'expense_estimates.map.yaml:24'),
  (12, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'expense_estimates.map.yaml:27'),
  (13, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'expense_estimates.map.yaml:27'),
  (14, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'expense_estimates.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (16, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (17, 'TOO_LONG', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (18, 'REQUIRED_NULL', 'CurrencyId', /* place */ 'expense_estimates.map.yaml:28'),
  (19, 'VALUE_UNMAPPED', 'TransType', /* place */ 'expense_estimates.map.yaml:34'),
  (20, 'VALUE_UNMAPPED', 'TransType', /* place */ 'expense_estimates.map.yaml:34'),
  (21, 'REQUIRED_NULL', 'TransType', /* place */ 'expense_estimates.map.yaml:34'),
  (22, 'LOOKUP_MISSING', 'ActivityNumber', /* place */ 'expense_estimates.map.yaml:37'),
  (23, 'LOOKUP_AMBIGUOUS', 'ActivityNumber', /* place */ 'expense_estimates.map.yaml:37'),
  (24, 'LOOKUP_MISSING', 'TransactionCategoryId', /* place */ 'expense_estimates.map.yaml:38'),
  (25, 'LOOKUP_AMBIGUOUS', 'TransactionCategoryId', /* place */ 'expense_estimates.map.yaml:38'),
  (26, 'TOO_LONG', 'TransactionCategoryId', /* place */ 'expense_estimates.map.yaml:38'),
  (27, 'LOOKUP_MISSING', 'ResourceCategoryId', /* place */ 'expense_estimates.map.yaml:39'),
  (28, 'LOOKUP_AMBIGUOUS', 'ResourceCategoryId', /* place */ 'expense_estimates.map.yaml:39'),
  (29, 'OUT_OF_RANGE', 'StartDate', /* place */ 'expense_estimates.map.yaml:40'),
  (30, 'OUT_OF_RANGE', 'EndDate', /* place */ 'expense_estimates.map.yaml:41'),
  (31, 'TARGET_EXISTS', '', /* place */ 'expense_estimates.map.yaml:7'),
  (32, 'TARGET_MISSING', '', /* place */ 'expense_estimates.map.yaml:7'),
  (33, 'TARGET_DUPLICATE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (34, 'UPDATE_NOT_ALLOWED', '', /* place */ 'expense_estimates.map.yaml:7'),
  (35, 'CONFLICT_STALE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (36, 'KEY_DUPLICATE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (37, 'SUPERSEDED', '', /* place */ 'expense_estimates.map.yaml:7'),
  (38, 'SET_INCOMPLETE', '', /* place */ 'expense_estimates.map.yaml:7'),
  (39, 'TARGET_REFUSED', '', /* place */ 'expense_estimates.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_estimatelines" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'expense_estimates' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'expense_estimates' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjCDSEstimateExpensesImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'expense_estimates' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjCDSEstimateExpensesImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'expense_estimates' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'expense_estimates' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'expense_estimates';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'expense_estimates' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
