-- material_estimates: Project integration table for material estimates (msdyn_estimatelines)
-- dataverse.msdyn_estimatelines -> finops.ProjForecastSalesImport, incremental

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
SELECT 'dataverse.products' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."productid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."products" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."products" AS x), TRUE)
  ) AS content
FROM "dataverse"."products" AS x
UNION ALL
SELECT 'dataverse.msdyn_projecttasks' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projecttasks" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projecttasks" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.msdyn_transactioncategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactioncategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactioncategories" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'material_estimates' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
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
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.msdyn_estimatelines'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'material_estimates' AND link.source_key = coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_estimatelines" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'material_estimates' AND link.source_key = coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'material_estimates' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
) ON "msdyn_project.#1" = "msdyn_project"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_project" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS x WHERE x."msdyn_projectid" = "msdyn_project")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
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
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_project.msdyn_owningcompany.#1", x."cdm_companycode" AS "msdyn_project.msdyn_owningcompany.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_project.msdyn_owningcompany.#1" = "msdyn_project.msdyn_owningcompany"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_project.msdyn_owningcompany gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
WHERE "msdyn_project.msdyn_owningcompany" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_project.msdyn_owningcompany")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_product
INSERT INTO examined
SELECT landed."#row", 'msdyn_product changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."productid" AS "msdyn_product.#1", x."msdyn_productnumber" AS "msdyn_product.msdyn_productnumber"
  FROM "dataverse"."products" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.products'
  ), TRUE)
) ON "msdyn_product.#1" = "msdyn_product"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.products'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_product
INSERT INTO examined
SELECT landed."#row", 'msdyn_product gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_product" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."products" AS x WHERE x."productid" = "msdyn_product")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.products'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."products" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."productid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."products" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_task
INSERT INTO examined
SELECT landed."#row", 'msdyn_task changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_projecttaskid" AS "msdyn_task.#1", x."msdyn_activitynumber" AS "msdyn_task.msdyn_activitynumber"
  FROM "dataverse"."msdyn_projecttasks" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.msdyn_projecttasks'
  ), TRUE)
) ON "msdyn_task.#1" = "msdyn_task"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_task
INSERT INTO examined
SELECT landed."#row", 'msdyn_task gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_task" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."msdyn_projecttaskid" = "msdyn_task")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", x."isocurrencycode" AS "transactioncurrencyid.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "transactioncurrencyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "transactioncurrencyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_transactioncategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_transactioncategory changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
JOIN (
  SELECT x."msdyn_transactioncategoryid" AS "msdyn_transactioncategory.#1", x."msdyn_transactioncategorynumber" AS "msdyn_transactioncategory.msdyn_transactioncategorynumber"
  FROM "dataverse"."msdyn_transactioncategories" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'material_estimates' AND mark.entity = 'dataverse.msdyn_transactioncategories'
  ), TRUE)
) ON "msdyn_transactioncategory.#1" = "msdyn_transactioncategory"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_transactioncategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_transactioncategory gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_estimatelineid", source."msdyn_project", source."modifiedon", source."msdyn_transactionclassification", source."msdyn_product", source."msdyn_task", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_price", source."msdyn_originestimateline", source."msdyn_transactioncategory", source."msdyn_description", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_quantity", source."msdyn_billingtype" FROM "dataverse"."msdyn_estimatelines" AS source) AS landed
WHERE "msdyn_transactioncategory" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_transactioncategories" AS x WHERE x."msdyn_transactioncategoryid" = "msdyn_transactioncategory")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_transactioncategories" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
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
    WHERE own.leg = 'material_estimates' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') FROM "dataverse"."msdyn_estimatelines" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'material_estimates' AND source_key IN (SELECT coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') FROM "dataverse"."msdyn_estimatelines" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_estimatelines") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'material_estimates' AND state = 'live';

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
    source."msdyn_product",
    source."msdyn_task",
    source."transactioncurrencyid",
    source."msdyn_transactiontypecode",
    source."msdyn_price",
    source."msdyn_originestimateline",
    source."msdyn_transactioncategory",
    source."msdyn_description",
    source."msdyn_startdatetime",
    source."msdyn_enddatetime",
    source."msdyn_quantity",
    source."msdyn_billingtype"
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
  LEFT JOIN (  -- msdyn_product
    SELECT x."productid" AS "msdyn_product.#1", count(*) AS "msdyn_product.#hits", any_value(x."msdyn_productnumber") AS "msdyn_product.msdyn_productnumber"
    FROM "dataverse"."products" AS x
    WHERE x."productid" IN (SELECT DISTINCT "msdyn_product" FROM "landed")
    GROUP BY x."productid"
  ) ON "msdyn_product.#1" = "msdyn_product"
  LEFT JOIN (  -- msdyn_task
    SELECT x."msdyn_projecttaskid" AS "msdyn_task.#1", count(*) AS "msdyn_task.#hits", any_value(x."msdyn_activitynumber") AS "msdyn_task.msdyn_activitynumber"
    FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE x."msdyn_projecttaskid" IN (SELECT DISTINCT "msdyn_task" FROM "landed")
    GROUP BY x."msdyn_projecttaskid"
  ) ON "msdyn_task.#1" = "msdyn_task"
  LEFT JOIN (  -- transactioncurrencyid
    SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", count(*) AS "transactioncurrencyid.#hits", any_value(x."isocurrencycode") AS "transactioncurrencyid.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."transactioncurrencyid" IN (SELECT DISTINCT "transactioncurrencyid" FROM "landed")
    GROUP BY x."transactioncurrencyid"
  ) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
  LEFT JOIN (  -- msdyn_transactioncategory
    SELECT x."msdyn_transactioncategoryid" AS "msdyn_transactioncategory.#1", count(*) AS "msdyn_transactioncategory.#hits", any_value(x."msdyn_transactioncategorynumber") AS "msdyn_transactioncategory.msdyn_transactioncategorynumber"
    FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE x."msdyn_transactioncategoryid" IN (SELECT DISTINCT "msdyn_transactioncategory" FROM "landed")
    GROUP BY x."msdyn_transactioncategoryid"
  ) ON "msdyn_transactioncategory.#1" = "msdyn_transactioncategory"
),
judged AS (
  SELECT *,
    coalesce(("msdyn_transactionclassification" = 192350002), FALSE) AS "#passes",  -- material_estimates.map.yaml:14
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon material_estimates.map.yaml:6
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId material_estimates.map.yaml:19
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId material_estimates.map.yaml:19
      WHEN "msdyn_project.msdyn_owningcompany" IS NOT NULL AND ("msdyn_project.msdyn_owningcompany.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING dataAreaId material_estimates.map.yaml:19
      WHEN coalesce("msdyn_project.msdyn_owningcompany.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS dataAreaId material_estimates.map.yaml:19
      WHEN "msdyn_project.msdyn_owningcompany.cdm_companycode" IS NULL THEN 6  -- KEY_NULL dataAreaId material_estimates.map.yaml:19
      WHEN "msdyn_estimatelineid" IS NULL THEN 7  -- KEY_NULL ImportId material_estimates.map.yaml:20
      WHEN "msdyn_product" IS NOT NULL AND ("msdyn_product.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING ItemId material_estimates.map.yaml:22
      WHEN coalesce("msdyn_product.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS ItemId material_estimates.map.yaml:22
      WHEN length("msdyn_product.msdyn_productnumber") > 20 THEN 10  -- TOO_LONG ItemId material_estimates.map.yaml:22
      WHEN "msdyn_task" IS NOT NULL AND ("msdyn_task.#hits" IS NULL) THEN 11  -- LOOKUP_MISSING ActivityNumber material_estimates.map.yaml:23
      WHEN coalesce("msdyn_task.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS ActivityNumber material_estimates.map.yaml:23
      WHEN "transactioncurrencyid" IS NOT NULL AND ("transactioncurrencyid.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING Currency material_estimates.map.yaml:24
      WHEN coalesce("transactioncurrencyid.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS Currency material_estimates.map.yaml:24
      WHEN length("transactioncurrencyid.isocurrencycode") > 3 THEN 15  -- TOO_LONG Currency material_estimates.map.yaml:24
      WHEN NOT ("msdyn_transactiontypecode" IN (192350000, 192350005, 192350006, 192350007, 192350008)) THEN 16  -- VALUE_UNMAPPED TransType material_estimates.map.yaml:25
      WHEN NOT ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN 17  -- VALUE_UNMAPPED TransType material_estimates.map.yaml:25
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 18  -- LOOKUP_MISSING ProjId material_estimates.map.yaml:26
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 19  -- LOOKUP_AMBIGUOUS ProjId material_estimates.map.yaml:26
      WHEN length("msdyn_project.msdyn_projectnumber") > 20 THEN 20  -- TOO_LONG ProjId material_estimates.map.yaml:26
      WHEN (CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) IS NULL THEN 21  -- REQUIRED_NULL ProjId material_estimates.map.yaml:26
      WHEN "msdyn_transactioncategory" IS NOT NULL AND ("msdyn_transactioncategory.#hits" IS NULL) THEN 22  -- LOOKUP_MISSING TransactionCategoryId material_estimates.map.yaml:30
      WHEN coalesce("msdyn_transactioncategory.#hits", 0) > 1 THEN 23  -- LOOKUP_AMBIGUOUS TransactionCategoryId material_estimates.map.yaml:30
      WHEN length("msdyn_transactioncategory.msdyn_transactioncategorynumber") > 50 THEN 24  -- TOO_LONG TransactionCategoryId material_estimates.map.yaml:30
      WHEN NOT ("msdyn_startdatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 25  -- OUT_OF_RANGE StartDate material_estimates.map.yaml:32
      WHEN NOT ("msdyn_enddatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 26  -- OUT_OF_RANGE EndDate material_estimates.map.yaml:33
      WHEN NOT ("msdyn_billingtype" IN (192350000, 192350001, 192350002, 192350003)) THEN 27  -- VALUE_UNMAPPED BillingType material_estimates.map.yaml:35
      WHEN NOT ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN 28  -- VALUE_UNMAPPED BillingType material_estimates.map.yaml:35
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
      WHEN 8 THEN CAST("msdyn_product" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_product" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_product.msdyn_productnumber" AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_task" AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_task" AS VARCHAR)
      WHEN 13 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 14 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 15 THEN CAST("transactioncurrencyid.isocurrencycode" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_transactiontypecode" AS VARCHAR)
      WHEN 17 THEN CAST((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 20 THEN CAST("msdyn_project.msdyn_projectnumber" AS VARCHAR)
      WHEN 21 THEN CAST((CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) AS VARCHAR)
      WHEN 22 THEN CAST("msdyn_transactioncategory" AS VARCHAR)
      WHEN 23 THEN CAST("msdyn_transactioncategory" AS VARCHAR)
      WHEN 24 THEN CAST("msdyn_transactioncategory.msdyn_transactioncategorynumber" AS VARCHAR)
      WHEN 25 THEN CAST("msdyn_startdatetime" AS VARCHAR)
      WHEN 26 THEN CAST("msdyn_enddatetime" AS VARCHAR)
      WHEN 27 THEN CAST("msdyn_billingtype" AS VARCHAR)
      WHEN 28 THEN CAST((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_project.msdyn_owningcompany.cdm_companycode" AS "dataAreaId",  -- material_estimates.map.yaml:19
    "msdyn_estimatelineid" AS "ImportId",  -- material_estimates.map.yaml:20
    CAST(CASE WHEN (length("msdyn_product.msdyn_productnumber") <= 20) THEN "msdyn_product.msdyn_productnumber" END AS VARCHAR) AS "ItemId",  -- material_estimates.map.yaml:22
    "msdyn_task.msdyn_activitynumber" AS "ActivityNumber",  -- material_estimates.map.yaml:23
    CAST(CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END AS VARCHAR) AS "Currency",  -- material_estimates.map.yaml:24
    CAST(CASE WHEN ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN (CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) END AS VARCHAR) AS "TransType",  -- material_estimates.map.yaml:25
    CAST(CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END AS VARCHAR) AS "ProjId",  -- material_estimates.map.yaml:26
    CAST(CAST("msdyn_price" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Price",  -- material_estimates.map.yaml:27
    "msdyn_estimatelineid" AS "ForecastLineId",  -- material_estimates.map.yaml:28
    "msdyn_originestimateline" AS "ForecastLineIdOrigin",  -- material_estimates.map.yaml:29
    CAST(CASE WHEN (length("msdyn_transactioncategory.msdyn_transactioncategorynumber") <= 50) THEN "msdyn_transactioncategory.msdyn_transactioncategorynumber" END AS VARCHAR) AS "TransactionCategoryId",  -- material_estimates.map.yaml:30
    CAST(substring("msdyn_description", 1, 255) AS VARCHAR) AS "Comment",  -- material_estimates.map.yaml:31
    CAST(CASE WHEN ("msdyn_startdatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_startdatetime" AS DATE) END AS DATE) AS "StartDate",  -- material_estimates.map.yaml:32
    CAST(CASE WHEN ("msdyn_enddatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_enddatetime" AS DATE) END AS DATE) AS "EndDate",  -- material_estimates.map.yaml:33
    CAST(CAST("msdyn_quantity" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "SalesQty",  -- material_estimates.map.yaml:34
    CAST(CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END AS VARCHAR) AS "BillingType",  -- material_estimates.map.yaml:35
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ImportId" AS "ImportId", x."ItemId" AS "ItemId", x."ActivityNumber" AS "ActivityNumber", x."Currency" AS "Currency", x."TransType" AS "TransType", x."ProjId" AS "ProjId", x."Price" AS "Price", x."ForecastLineId" AS "ForecastLineId", x."ForecastLineIdOrigin" AS "ForecastLineIdOrigin", x."TransactionCategoryId" AS "TransactionCategoryId", x."Comment" AS "Comment", x."StartDate" AS "StartDate", x."EndDate" AS "EndDate", x."SalesQty" AS "SalesQty", x."BillingType" AS "BillingType"
  FROM "finops"."ProjForecastSalesImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjForecastSalesImport' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjForecastSalesImport" AS x WHERE x."ImportId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ItemId" IS DISTINCT FROM mapped."ItemId"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber"
      OR target."Currency" IS DISTINCT FROM mapped."Currency"
      OR target."TransType" IS DISTINCT FROM mapped."TransType"
      OR target."ProjId" IS DISTINCT FROM mapped."ProjId"
      OR target."Price" IS DISTINCT FROM mapped."Price"
      OR target."ForecastLineId" IS DISTINCT FROM mapped."ForecastLineId"
      OR target."ForecastLineIdOrigin" IS DISTINCT FROM mapped."ForecastLineIdOrigin"
      OR target."TransactionCategoryId" IS DISTINCT FROM mapped."TransactionCategoryId"
      OR target."Comment" IS DISTINCT FROM mapped."Comment"
      OR target."StartDate" IS DISTINCT FROM mapped."StartDate"
      OR target."EndDate" IS DISTINCT FROM mapped."EndDate"
      OR target."SalesQty" IS DISTINCT FROM mapped."SalesQty"
      OR target."BillingType" IS DISTINCT FROM mapped."BillingType") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."ImportId" = mapped."ImportId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 30  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 30  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 32  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "ImportId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "ImportId", "ItemId", "ActivityNumber", "Currency", "TransType", "ProjId", "Price", "ForecastLineId", "ForecastLineIdOrigin", "TransactionCategoryId", "Comment", "StartDate", "EndDate", "SalesQty", "BillingType")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "ImportId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 35 ELSE 34 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."ImportId" = duplicates."ImportId"
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
UPDATE shaped SET "#reason" = 34, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'material_estimates' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjForecastSalesImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_estimatelines" AS source WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 34, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_estimatelines" AS source
WHERE coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 34, claim."#target_key"
FROM "dataverse"."msdyn_estimatelines" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_estimatelineid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjForecastSalesImport
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjForecastSalesImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'material_estimates' AND link.state = 'live' AND link.target = 'finops.ProjForecastSalesImport'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 37) THEN 'rejected'
  WHEN "#reason" IN (35) THEN 'superseded'
  WHEN "#reason" IN (36) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjForecastSalesImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjForecastSalesImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'material_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_estimatelines'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'material_estimates' AND link.state = 'live' AND link.target = 'finops.ProjForecastSalesImport'
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'material_estimates' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjForecastSalesImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'material_estimates' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjForecastSalesImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjForecastSalesImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'material_estimates' AND link.target = 'finops.ProjForecastSalesImport' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'material_estimates' AND link.state = 'live' AND link.target = 'finops.ProjForecastSalesImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjForecastSalesImport" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjForecastSalesImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ItemId" AS "ItemId", shaped."ActivityNumber" AS "ActivityNumber", shaped."Currency" AS "Currency", shaped."TransType" AS "TransType", shaped."ProjId" AS "ProjId", shaped."Price" AS "Price", shaped."ForecastLineId" AS "ForecastLineId", shaped."ForecastLineIdOrigin" AS "ForecastLineIdOrigin", shaped."TransactionCategoryId" AS "TransactionCategoryId", shaped."Comment" AS "Comment", shaped."StartDate" AS "StartDate", shaped."EndDate" AS "EndDate", shaped."SalesQty" AS "SalesQty", shaped."BillingType" AS "BillingType", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjForecastSalesImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjForecastSalesImport
INSERT INTO "finops"."ProjForecastSalesImport" ("dataAreaId", "ImportId", "ItemId", "ActivityNumber", "Currency", "TransType", "ProjId", "Price", "ForecastLineId", "ForecastLineIdOrigin", "TransactionCategoryId", "Comment", "StartDate", "EndDate", "SalesQty", "BillingType", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ImportId", "ItemId", "ActivityNumber", "Currency", "TransType", "ProjId", "Price", "ForecastLineId", "ForecastLineIdOrigin", "TransactionCategoryId", "Comment", "StartDate", "EndDate", "SalesQty", "BillingType", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'material_estimates' AS leg, new."#key" AS source_key, 'finops.ProjForecastSalesImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ItemId', 'old': CAST(old."ItemId" AS VARCHAR), 'new': CAST(new."ItemId" AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(new."ActivityNumber" AS VARCHAR)},
    {'column_name': 'Currency', 'old': CAST(old."Currency" AS VARCHAR), 'new': CAST(new."Currency" AS VARCHAR)},
    {'column_name': 'TransType', 'old': CAST(old."TransType" AS VARCHAR), 'new': CAST(new."TransType" AS VARCHAR)},
    {'column_name': 'ProjId', 'old': CAST(old."ProjId" AS VARCHAR), 'new': CAST(new."ProjId" AS VARCHAR)},
    {'column_name': 'Price', 'old': CAST(old."Price" AS VARCHAR), 'new': CAST(new."Price" AS VARCHAR)},
    {'column_name': 'ForecastLineId', 'old': CAST(old."ForecastLineId" AS VARCHAR), 'new': CAST(new."ForecastLineId" AS VARCHAR)},
    {'column_name': 'ForecastLineIdOrigin', 'old': CAST(old."ForecastLineIdOrigin" AS VARCHAR), 'new': CAST(new."ForecastLineIdOrigin" AS VARCHAR)},
    {'column_name': 'TransactionCategoryId', 'old': CAST(old."TransactionCategoryId" AS VARCHAR), 'new': CAST(new."TransactionCategoryId" AS VARCHAR)},
    {'column_name': 'Comment', 'old': CAST(old."Comment" AS VARCHAR), 'new': CAST(new."Comment" AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(new."StartDate" AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(new."EndDate" AS VARCHAR)},
    {'column_name': 'SalesQty', 'old': CAST(old."SalesQty" AS VARCHAR), 'new': CAST(new."SalesQty" AS VARCHAR)},
    {'column_name': 'BillingType', 'old': CAST(old."BillingType" AS VARCHAR), 'new': CAST(new."BillingType" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjForecastSalesImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjForecastSalesImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjForecastSalesImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'material_estimates' AS leg, shaped."#key" AS source_key, 'finops.ProjForecastSalesImport' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ImportId', 'old': CAST(old."ImportId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ItemId', 'old': CAST(old."ItemId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Currency', 'old': CAST(old."Currency" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TransType', 'old': CAST(old."TransType" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjId', 'old': CAST(old."ProjId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Price', 'old': CAST(old."Price" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ForecastLineId', 'old': CAST(old."ForecastLineId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ForecastLineIdOrigin', 'old': CAST(old."ForecastLineIdOrigin" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TransactionCategoryId', 'old': CAST(old."TransactionCategoryId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Comment', 'old': CAST(old."Comment" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'SalesQty', 'old': CAST(old."SalesQty" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'BillingType', 'old': CAST(old."BillingType" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjForecastSalesImport" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjForecastSalesImport
DELETE FROM "finops"."ProjForecastSalesImport"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'material_estimates' AND state = 'open'
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'material_estimates.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (7, 'KEY_NULL', 'ImportId', /* place */ 'material_estimates.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'ItemId', /* place */ 'material_estimates.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'ItemId', /* place */ 'material_estimates.map.yaml:22'),
  (10, 'TOO_LONG', 'ItemId', /* place */ 'material_estimates.map.yaml:22'),
  (11, 'LOOKUP_MISSING', 'ActivityNumber', /* place */ 'material_estimates.map.yaml:23'),
  (12, 'LOOKUP_AMBIGUOUS', 'ActivityNumber', /* place */ 'material_estimates.map.yaml:23'),
  (13, 'LOOKUP_MISSING', 'Currency', /* place */ 'material_estimates.map.yaml:24'),
  (14, 'LOOKUP_AMBIGUOUS', 'Currency', /* place */ 'material_estimates.map.yaml:24'),
  (15, 'TOO_LONG', 'Currency', /* place */ 'material_estimates.map.yaml:24'),
  (16, 'VALUE_UNMAPPED', 'TransType', /* place */ 'material_estimates.map.yaml:25'),
  (17, 'VALUE_UNMAPPED', 'TransType', /* place */ 'material_estimates.map.yaml:25'),
  (18, 'LOOKUP_MISSING', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (19, 'LOOKUP_AMBIGUOUS', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (20, 'TOO_LONG', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (21, 'REQUIRED_NULL', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (22, 'LOOKUP_MISSING', 'TransactionCategoryId', /* place */ 'material_estimates.map.yaml:30'),
  (23, 'LOOKUP_AMBIGUOUS', 'TransactionCategoryId', /* place */ 'material_estimates.map.yaml:30'),
  (24, 'TOO_LONG', 'TransactionCategoryId', /* place */ 'material_estimates.map.yaml:30'),
  (25, 'OUT_OF_RANGE', 'StartDate', /* place */ 'material_estimates.map.yaml:32'),
  (26, 'OUT_OF_RANGE', 'EndDate', /* place */ 'material_estimates.map.yaml:33'),
  (27, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'material_estimates.map.yaml:35'),
  (28, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'material_estimates.map.yaml:35'),
  (29, 'TARGET_EXISTS', '', /* place */ 'material_estimates.map.yaml:6'),
  (30, 'TARGET_MISSING', '', /* place */ 'material_estimates.map.yaml:6'),
  (31, 'TARGET_DUPLICATE', '', /* place */ 'material_estimates.map.yaml:6'),
  (32, 'UPDATE_NOT_ALLOWED', '', /* place */ 'material_estimates.map.yaml:6'),
  (33, 'CONFLICT_STALE', '', /* place */ 'material_estimates.map.yaml:6'),
  (34, 'KEY_DUPLICATE', '', /* place */ 'material_estimates.map.yaml:6'),
  (35, 'SUPERSEDED', '', /* place */ 'material_estimates.map.yaml:6'),
  (36, 'SET_INCOMPLETE', '', /* place */ 'material_estimates.map.yaml:6'),
  (37, 'TARGET_REFUSED', '', /* place */ 'material_estimates.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'material_estimates' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'material_estimates' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'material_estimates' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_estimatelineid', CAST(source."msdyn_estimatelineid" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'msdyn_accountingdate', CAST(source."msdyn_accountingdate" AS VARCHAR), 'msdyn_startdatetime', CAST(source."msdyn_startdatetime" AS VARCHAR), 'msdyn_enddatetime', CAST(source."msdyn_enddatetime" AS VARCHAR), 'msdyn_billingtype', CAST(source."msdyn_billingtype" AS VARCHAR), 'msdyn_transactionclassification', CAST(source."msdyn_transactionclassification" AS VARCHAR), 'msdyn_transactiontypecode', CAST(source."msdyn_transactiontypecode" AS VARCHAR), 'msdyn_quantity', CAST(source."msdyn_quantity" AS VARCHAR), 'msdyn_price', CAST(source."msdyn_price" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'exchangerate', CAST(source."exchangerate" AS VARCHAR), 'msdyn_product', CAST(source."msdyn_product" AS VARCHAR), 'msdyn_project', CAST(source."msdyn_project" AS VARCHAR), 'msdyn_task', CAST(source."msdyn_task" AS VARCHAR), 'msdyn_transactioncategory', CAST(source."msdyn_transactioncategory" AS VARCHAR), 'msdyn_resourcecategory', CAST(source."msdyn_resourcecategory" AS VARCHAR), 'msdyn_originestimateline', CAST(source."msdyn_originestimateline" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'material_estimates.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'material_estimates.map.yaml:19'),
  (7, 'KEY_NULL', 'ImportId', /* place */ 'material_estimates.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'ItemId', /* place */ 'material_estimates.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'ItemId', /* place */ 'material_estimates.map.yaml:22'),
  (10, 'TOO_LONG', 'ItemId', /* place */ 'material_estimates.map.yaml:22'),
  (11, 'LOOKUP_MISSING', 'ActivityNumber', /* place */ 'material_estimates.map.yaml:23'),
  (12, 'LOOKUP_AMBIGUOUS', 'ActivityNumber', /* place */ 'material_estimates.map.yaml:23'),
  (13, 'LOOKUP_MISSING', 'Currency', /* place */ 'material_estimates.map.yaml:24'),
  (14, 'LOOKUP_AMBIGUOUS', 'Currency', /* place */ 'material_estimates.map.yaml:24'),
  (15, 'TOO_LONG', 'Currency', /* place */ 'material_estimates.map.yaml:24'),
  (16, 'VALUE_UNMAPPED', 'TransType', /* place */ 'material_estimates.map.yaml:25'),
  (17, 'VALUE_UNMAPPED', 'TransType', /* place */ 'material_estimates.map.yaml:25'),
  (18, 'LOOKUP_MISSING', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (19, 'LOOKUP_AMBIGUOUS', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (20, 'TOO_LONG', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (21, 'REQUIRED_NULL', 'ProjId', /* place */ 'material_estimates.map.yaml:26'),
  (22, 'LOOKUP_MISSING', 'TransactionCategoryId', /* place */ 'material_estimates.map.yaml:30'),
  (23, 'LOOKUP_AMBIGUOUS', 'TransactionCategoryId', /* place */ 'material_estimates.map.yaml:30'),
  (24, 'TOO_LONG', 'TransactionCategoryId', /* place */ 'material_estimates.map.yaml:30'),
  (25, 'OUT_OF_RANGE', 'StartDate', /* place */ 'material_estimates.map.yaml:32'),
  (26, 'OUT_OF_RANGE', 'EndDate', /* place */ 'material_estimates.map.yaml:33'),
  (27, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'material_estimates.map.yaml:35'),
  (28, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'material_estimates.map.yaml:35'),
  (29, 'TARGET_EXISTS', '', /* place */ 'material_estimates.map.yaml:6'),
  (30, 'TARGET_MISSING', '', /* place */ 'material_estimates.map.yaml:6'),
  (31, 'TARGET_DUPLICATE', '', /* place */ 'material_estimates.map.yaml:6'),
  (32, 'UPDATE_NOT_ALLOWED', '', /* place */ 'material_estimates.map.yaml:6'),
  (33, 'CONFLICT_STALE', '', /* place */ 'material_estimates.map.yaml:6'),
  (34, 'KEY_DUPLICATE', '', /* place */ 'material_estimates.map.yaml:6'),
  (35, 'SUPERSEDED', '', /* place */ 'material_estimates.map.yaml:6'),
  (36, 'SET_INCOMPLETE', '', /* place */ 'material_estimates.map.yaml:6'),
  (37, 'TARGET_REFUSED', '', /* place */ 'material_estimates.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_estimatelines" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'material_estimates' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'material_estimates' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjForecastSalesImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'material_estimates' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjForecastSalesImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'material_estimates' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'material_estimates' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'material_estimates';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'material_estimates' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
