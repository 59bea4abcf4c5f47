-- hour_estimates: Project Operations integration entity for hour estimates (msdyn_resourceassignments)
-- dataverse.msdyn_resourceassignments -> finops.ProjCDSEstimateHoursImport, incremental

-- step 1: extract dataverse.msdyn_resourceassignments

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_resourceassignments' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_resourceassignmentid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_resourceassignments" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_resourceassignments" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_resourceassignments" AS x
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
FROM "dataverse"."msdyn_projecttasks" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'hour_estimates' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_resourceassignments'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') FROM "dataverse"."msdyn_resourceassignments" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_resourceassignments" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_resourceassignments'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_estimates' AND mark.entity = 'dataverse.msdyn_resourceassignments'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'hour_estimates' AND link.source_key = coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_resourceassignments" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_resourceassignments'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_resourceassignments" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'hour_estimates' AND link.source_key = coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_resourceassignments" AS source
WHERE coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'hour_estimates' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_projectid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_projectid.#1", x."msdyn_owningcompany" AS "msdyn_projectid.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_projectid.msdyn_projectnumber", x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid"
  FROM "dataverse"."msdyn_projects" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_estimates' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
) ON "msdyn_projectid.#1" = "msdyn_projectid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
WHERE "msdyn_projectid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS x WHERE x."msdyn_projectid" = "msdyn_projectid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projects" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_projectid.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectid.msdyn_owningcompany changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_projectid.#1", x."msdyn_owningcompany" AS "msdyn_projectid.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_projectid.msdyn_projectnumber", x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_projectid.#1" = "msdyn_projectid"
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_projectid.msdyn_owningcompany.#1", x."cdm_companycode" AS "msdyn_projectid.msdyn_owningcompany.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_estimates' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_projectid.msdyn_owningcompany.#1" = "msdyn_projectid.msdyn_owningcompany"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectid.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectid.msdyn_owningcompany gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_projectid.#1", x."msdyn_owningcompany" AS "msdyn_projectid.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_projectid.msdyn_projectnumber", x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_projectid.#1" = "msdyn_projectid"
WHERE "msdyn_projectid.msdyn_owningcompany" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_projectid.msdyn_owningcompany")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_projectid.transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectid.transactioncurrencyid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_projectid.#1", x."msdyn_owningcompany" AS "msdyn_projectid.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_projectid.msdyn_projectnumber", x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_projectid.#1" = "msdyn_projectid"
JOIN (
  SELECT x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid.#1", x."isocurrencycode" AS "msdyn_projectid.transactioncurrencyid.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_estimates' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "msdyn_projectid.transactioncurrencyid.#1" = "msdyn_projectid.transactioncurrencyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectid.transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectid.transactioncurrencyid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_projectid.#1", x."msdyn_owningcompany" AS "msdyn_projectid.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_projectid.msdyn_projectnumber", x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_projectid.#1" = "msdyn_projectid"
WHERE "msdyn_projectid.transactioncurrencyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "msdyn_projectid.transactioncurrencyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_taskid
INSERT INTO examined
SELECT landed."#row", 'msdyn_taskid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
JOIN (
  SELECT x."msdyn_projecttaskid" AS "msdyn_taskid.#1", x."msdyn_activitynumber" AS "msdyn_taskid.msdyn_activitynumber"
  FROM "dataverse"."msdyn_projecttasks" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'hour_estimates' AND mark.entity = 'dataverse.msdyn_projecttasks'
  ), TRUE)
) ON "msdyn_taskid.#1" = "msdyn_taskid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_taskid
INSERT INTO examined
SELECT landed."#row", 'msdyn_taskid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_resourceassignmentid", source."msdyn_projectid", source."modifiedon", source."msdyn_taskid", source."msdyn_fromdate", source."msdyn_name", source."msdyn_hours", source."msdyn_plannedcost", source."msdyn_plannedsales" FROM "dataverse"."msdyn_resourceassignments" AS source) AS landed
WHERE "msdyn_taskid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."msdyn_projecttaskid" = "msdyn_taskid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_resourceassignments" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'hour_estimates' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') FROM "dataverse"."msdyn_resourceassignments" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'hour_estimates' AND source_key IN (SELECT coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') FROM "dataverse"."msdyn_resourceassignments" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_resourceassignments") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'hour_estimates' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_resourceassignmentid",
    source."msdyn_projectid",
    source."modifiedon",
    source."msdyn_taskid",
    source."msdyn_fromdate",
    source."msdyn_name",
    source."msdyn_hours",
    source."msdyn_plannedcost",
    source."msdyn_plannedsales"
  FROM "dataverse"."msdyn_resourceassignments" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_projectid
    SELECT x."msdyn_projectid" AS "msdyn_projectid.#1", count(*) AS "msdyn_projectid.#hits", any_value(x."msdyn_owningcompany") AS "msdyn_projectid.msdyn_owningcompany", any_value(x."msdyn_projectnumber") AS "msdyn_projectid.msdyn_projectnumber", any_value(x."transactioncurrencyid") AS "msdyn_projectid.transactioncurrencyid"
    FROM "dataverse"."msdyn_projects" AS x
    WHERE x."msdyn_projectid" IN (SELECT DISTINCT "msdyn_projectid" FROM "landed")
    GROUP BY x."msdyn_projectid"
  ) ON "msdyn_projectid.#1" = "msdyn_projectid"
  LEFT JOIN (  -- msdyn_projectid.msdyn_owningcompany
    SELECT x."cdm_companyid" AS "msdyn_projectid.msdyn_owningcompany.#1", count(*) AS "msdyn_projectid.msdyn_owningcompany.#hits", any_value(x."cdm_companycode") AS "msdyn_projectid.msdyn_owningcompany.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_projectid.msdyn_owningcompany.#1" = "msdyn_projectid.msdyn_owningcompany"
  LEFT JOIN (  -- msdyn_projectid.transactioncurrencyid
    SELECT x."transactioncurrencyid" AS "msdyn_projectid.transactioncurrencyid.#1", count(*) AS "msdyn_projectid.transactioncurrencyid.#hits", any_value(x."isocurrencycode") AS "msdyn_projectid.transactioncurrencyid.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    GROUP BY x."transactioncurrencyid"
  ) ON "msdyn_projectid.transactioncurrencyid.#1" = "msdyn_projectid.transactioncurrencyid"
  LEFT JOIN (  -- msdyn_taskid
    SELECT x."msdyn_projecttaskid" AS "msdyn_taskid.#1", count(*) AS "msdyn_taskid.#hits", any_value(x."msdyn_activitynumber") AS "msdyn_taskid.msdyn_activitynumber"
    FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE x."msdyn_projecttaskid" IN (SELECT DISTINCT "msdyn_taskid" FROM "landed")
    GROUP BY x."msdyn_projecttaskid"
  ) ON "msdyn_taskid.#1" = "msdyn_taskid"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon hour_estimates.map.yaml:7
      WHEN "msdyn_projectid" IS NOT NULL AND ("msdyn_projectid.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId hour_estimates.map.yaml:19
      WHEN coalesce("msdyn_projectid.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId hour_estimates.map.yaml:19
      WHEN "msdyn_projectid.msdyn_owningcompany" IS NOT NULL AND ("msdyn_projectid.msdyn_owningcompany.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING dataAreaId hour_estimates.map.yaml:19
      WHEN coalesce("msdyn_projectid.msdyn_owningcompany.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS dataAreaId hour_estimates.map.yaml:19
      WHEN "msdyn_projectid.msdyn_owningcompany.cdm_companycode" IS NULL THEN 6  -- KEY_NULL dataAreaId hour_estimates.map.yaml:19
      WHEN "msdyn_resourceassignmentid" IS NULL THEN 7  -- KEY_NULL EstimateHoursImportId hour_estimates.map.yaml:20
      WHEN "msdyn_projectid" IS NOT NULL AND ("msdyn_projectid.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING ProjectId hour_estimates.map.yaml:22
      WHEN coalesce("msdyn_projectid.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS ProjectId hour_estimates.map.yaml:22
      WHEN length("msdyn_projectid.msdyn_projectnumber") > 20 THEN 10  -- TOO_LONG ProjectId hour_estimates.map.yaml:22
      WHEN (CASE WHEN (length("msdyn_projectid.msdyn_projectnumber") <= 20) THEN "msdyn_projectid.msdyn_projectnumber" END) IS NULL THEN 11  -- REQUIRED_NULL ProjectId hour_estimates.map.yaml:22
      WHEN NOT ("msdyn_fromdate" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 12  -- OUT_OF_RANGE StartDate hour_estimates.map.yaml:24
      WHEN "msdyn_projectid" IS NOT NULL AND ("msdyn_projectid.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING CurrencyId hour_estimates.map.yaml:27
      WHEN coalesce("msdyn_projectid.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS CurrencyId hour_estimates.map.yaml:27
      WHEN "msdyn_projectid.transactioncurrencyid" IS NOT NULL AND ("msdyn_projectid.transactioncurrencyid.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING CurrencyId hour_estimates.map.yaml:27
      WHEN coalesce("msdyn_projectid.transactioncurrencyid.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS CurrencyId hour_estimates.map.yaml:27
      WHEN length("msdyn_projectid.transactioncurrencyid.isocurrencycode") > 3 THEN 17  -- TOO_LONG CurrencyId hour_estimates.map.yaml:27
      WHEN "msdyn_taskid" IS NOT NULL AND ("msdyn_taskid.#hits" IS NULL) THEN 18  -- LOOKUP_MISSING ActivityNumber hour_estimates.map.yaml:30
      WHEN coalesce("msdyn_taskid.#hits", 0) > 1 THEN 19  -- LOOKUP_AMBIGUOUS ActivityNumber hour_estimates.map.yaml:30
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_projectid" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_projectid" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_projectid.msdyn_owningcompany" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_projectid.msdyn_owningcompany" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_projectid" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_projectid" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_projectid.msdyn_projectnumber" AS VARCHAR)
      WHEN 11 THEN CAST((CASE WHEN (length("msdyn_projectid.msdyn_projectnumber") <= 20) THEN "msdyn_projectid.msdyn_projectnumber" END) AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_fromdate" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_projectid" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_projectid" AS VARCHAR)
      WHEN 15 THEN CAST("msdyn_projectid.transactioncurrencyid" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_projectid.transactioncurrencyid" AS VARCHAR)
      WHEN 17 THEN CAST("msdyn_projectid.transactioncurrencyid.isocurrencycode" AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_taskid" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_taskid" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_projectid.msdyn_owningcompany.cdm_companycode" AS "dataAreaId",  -- hour_estimates.map.yaml:19
    "msdyn_resourceassignmentid" AS "EstimateHoursImportId",  -- hour_estimates.map.yaml:20
    CAST(CASE WHEN (length("msdyn_projectid.msdyn_projectnumber") <= 20) THEN "msdyn_projectid.msdyn_projectnumber" END AS VARCHAR) AS "ProjectId",  -- hour_estimates.map.yaml:22
    "msdyn_taskid" AS "TaskId",  -- hour_estimates.map.yaml:23
    CAST(CASE WHEN ("msdyn_fromdate" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_fromdate" AS DATE) END AS DATE) AS "StartDate",  -- hour_estimates.map.yaml:24
    "msdyn_name" AS "Description",  -- hour_estimates.map.yaml:25
    CAST(CAST("msdyn_hours" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Duration",  -- hour_estimates.map.yaml:26
    CAST(CASE WHEN (length("msdyn_projectid.transactioncurrencyid.isocurrencycode") <= 3) THEN "msdyn_projectid.transactioncurrencyid.isocurrencycode" END AS VARCHAR) AS "CurrencyId",  -- hour_estimates.map.yaml:27
    CAST(CAST("msdyn_plannedcost" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "PlannedCostAmount",  -- hour_estimates.map.yaml:28
    CAST(CAST("msdyn_plannedsales" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "PlannedSalesAmount",  -- hour_estimates.map.yaml:29
    "msdyn_taskid.msdyn_activitynumber" AS "ActivityNumber",  -- hour_estimates.map.yaml:30
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."EstimateHoursImportId" AS "EstimateHoursImportId", x."ProjectId" AS "ProjectId", x."TaskId" AS "TaskId", x."StartDate" AS "StartDate", x."Description" AS "Description", x."Duration" AS "Duration", x."CurrencyId" AS "CurrencyId", x."PlannedCostAmount" AS "PlannedCostAmount", x."PlannedSalesAmount" AS "PlannedSalesAmount", x."ActivityNumber" AS "ActivityNumber"
  FROM "finops"."ProjCDSEstimateHoursImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjCDSEstimateHoursImport' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSEstimateHoursImport" AS x WHERE x."EstimateHoursImportId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ProjectId" IS DISTINCT FROM mapped."ProjectId"
      OR target."TaskId" IS DISTINCT FROM mapped."TaskId"
      OR target."StartDate" IS DISTINCT FROM mapped."StartDate"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."Duration" IS DISTINCT FROM mapped."Duration"
      OR target."CurrencyId" IS DISTINCT FROM mapped."CurrencyId"
      OR target."PlannedCostAmount" IS DISTINCT FROM mapped."PlannedCostAmount"
      OR target."PlannedSalesAmount" IS DISTINCT FROM mapped."PlannedSalesAmount"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."EstimateHoursImportId" = mapped."EstimateHoursImportId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 21  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 21  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 23  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "EstimateHoursImportId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "EstimateHoursImportId", "ProjectId", "TaskId", "StartDate", "Description", "Duration", "CurrencyId", "PlannedCostAmount", "PlannedSalesAmount", "ActivityNumber")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "EstimateHoursImportId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 26 ELSE 25 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."EstimateHoursImportId" = duplicates."EstimateHoursImportId"
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
UPDATE shaped SET "#reason" = 25, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'hour_estimates' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjCDSEstimateHoursImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_resourceassignments" AS source WHERE coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 25, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_resourceassignments" AS source
WHERE coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 25, claim."#target_key"
FROM "dataverse"."msdyn_resourceassignments" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjCDSEstimateHoursImport
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSEstimateHoursImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'hour_estimates' AND link.state = 'live' AND link.target = 'finops.ProjCDSEstimateHoursImport'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28) THEN 'rejected'
  WHEN "#reason" IN (26) THEN 'superseded'
  WHEN "#reason" IN (27) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjCDSEstimateHoursImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSEstimateHoursImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'hour_estimates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_resourceassignments'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'hour_estimates' AND link.state = 'live' AND link.target = 'finops.ProjCDSEstimateHoursImport'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_resourceassignments" AS source WHERE coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_resourceassignments" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'hour_estimates' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSEstimateHoursImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'hour_estimates' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSEstimateHoursImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjCDSEstimateHoursImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'hour_estimates' AND link.target = 'finops.ProjCDSEstimateHoursImport' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'hour_estimates' AND link.state = 'live' AND link.target = 'finops.ProjCDSEstimateHoursImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSEstimateHoursImport" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."EstimateHoursImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjCDSEstimateHoursImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ProjectId" AS "ProjectId", shaped."TaskId" AS "TaskId", shaped."StartDate" AS "StartDate", shaped."Description" AS "Description", shaped."Duration" AS "Duration", shaped."CurrencyId" AS "CurrencyId", shaped."PlannedCostAmount" AS "PlannedCostAmount", shaped."PlannedSalesAmount" AS "PlannedSalesAmount", shaped."ActivityNumber" AS "ActivityNumber", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjCDSEstimateHoursImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjCDSEstimateHoursImport
INSERT INTO "finops"."ProjCDSEstimateHoursImport" ("dataAreaId", "EstimateHoursImportId", "ProjectId", "TaskId", "StartDate", "Description", "Duration", "CurrencyId", "PlannedCostAmount", "PlannedSalesAmount", "ActivityNumber", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "EstimateHoursImportId", "ProjectId", "TaskId", "StartDate", "Description", "Duration", "CurrencyId", "PlannedCostAmount", "PlannedSalesAmount", "ActivityNumber", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'hour_estimates' AS leg, new."#key" AS source_key, 'finops.ProjCDSEstimateHoursImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(new."ProjectId" AS VARCHAR)},
    {'column_name': 'TaskId', 'old': CAST(old."TaskId" AS VARCHAR), 'new': CAST(new."TaskId" AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(new."StartDate" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'Duration', 'old': CAST(old."Duration" AS VARCHAR), 'new': CAST(new."Duration" AS VARCHAR)},
    {'column_name': 'CurrencyId', 'old': CAST(old."CurrencyId" AS VARCHAR), 'new': CAST(new."CurrencyId" AS VARCHAR)},
    {'column_name': 'PlannedCostAmount', 'old': CAST(old."PlannedCostAmount" AS VARCHAR), 'new': CAST(new."PlannedCostAmount" AS VARCHAR)},
    {'column_name': 'PlannedSalesAmount', 'old': CAST(old."PlannedSalesAmount" AS VARCHAR), 'new': CAST(new."PlannedSalesAmount" AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(new."ActivityNumber" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjCDSEstimateHoursImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjCDSEstimateHoursImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjCDSEstimateHoursImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'hour_estimates' AS leg, shaped."#key" AS source_key, 'finops.ProjCDSEstimateHoursImport' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'EstimateHoursImportId', 'old': CAST(old."EstimateHoursImportId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TaskId', 'old': CAST(old."TaskId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Duration', 'old': CAST(old."Duration" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'CurrencyId', 'old': CAST(old."CurrencyId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'PlannedCostAmount', 'old': CAST(old."PlannedCostAmount" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'PlannedSalesAmount', 'old': CAST(old."PlannedSalesAmount" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ActivityNumber', 'old': CAST(old."ActivityNumber" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjCDSEstimateHoursImport" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjCDSEstimateHoursImport
DELETE FROM "finops"."ProjCDSEstimateHoursImport"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'hour_estimates' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_resourceassignmentid" AS VARCHAR), '') FROM "dataverse"."msdyn_resourceassignments" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'hour_estimates.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (7, 'KEY_NULL', 'EstimateHoursImportId', /* place */ 'hour_estimates.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (10, 'TOO_LONG', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (11, 'REQUIRED_NULL', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (12, 'OUT_OF_RANGE', 'StartDate', /* place */ 'hour_estimates.map.yaml:24'),
  (13, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (14, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (16, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (17, 'TOO_LONG', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (18, 'LOOKUP_MISSING', 'ActivityNumber', /* place */ 'hour_estimates.map.yaml:30'),
  (19, 'LOOKUP_AMBIGUOUS', 'ActivityNumber', /* place */ 'hour_estimates.map.yaml:30'),
  (20, 'TARGET_EXISTS', '', /* place */ 'hour_estimates.map.yaml:7'),
  (21, 'TARGET_MISSING', '', /* place */ 'hour_estimates.map.yaml:7'),
  (22, 'TARGET_DUPLICATE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (23, 'UPDATE_NOT_ALLOWED', '', /* place */ 'hour_estimates.map.yaml:7'),
  (24, 'CONFLICT_STALE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (25, 'KEY_DUPLICATE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (26, 'SUPERSEDED', '', /* place */ 'hour_estimates.map.yaml:7'),
  (27, 'SET_INCOMPLETE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (28, 'TARGET_REFUSED', '', /* place */ 'hour_estimates.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'hour_estimates' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'hour_estimates' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'hour_estimates' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_resourceassignmentid', CAST(source."msdyn_resourceassignmentid" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'msdyn_fromdate', CAST(source."msdyn_fromdate" AS VARCHAR), 'msdyn_todate', CAST(source."msdyn_todate" AS VARCHAR), 'msdyn_hours', CAST(source."msdyn_hours" AS VARCHAR), 'msdyn_projectid', CAST(source."msdyn_projectid" AS VARCHAR), 'msdyn_taskid', CAST(source."msdyn_taskid" AS VARCHAR), 'msdyn_bookableresourceid', CAST(source."msdyn_bookableresourceid" AS VARCHAR), 'msdyn_plannedcost', CAST(source."msdyn_plannedcost" AS VARCHAR), 'msdyn_plannedsales', CAST(source."msdyn_plannedsales" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'hour_estimates.map.yaml:7'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'hour_estimates.map.yaml:19'),
  (7, 'KEY_NULL', 'EstimateHoursImportId', /* place */ 'hour_estimates.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (10, 'TOO_LONG', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (11, 'REQUIRED_NULL', 'ProjectId', /* place */ 'hour_estimates.map.yaml:22'),
  (12, 'OUT_OF_RANGE', 'StartDate', /* place */ 'hour_estimates.map.yaml:24'),
  (13, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (14, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (16, 'LOOKUP_AMBIGUOUS', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (17, 'TOO_LONG', 'CurrencyId', /* place */ 'hour_estimates.map.yaml:27'),
  (18, 'LOOKUP_MISSING', 'ActivityNumber', /* place */ 'hour_estimates.map.yaml:30'),
  (19, 'LOOKUP_AMBIGUOUS', 'ActivityNumber', /* place */ 'hour_estimates.map.yaml:30'),
  (20, 'TARGET_EXISTS', '', /* place */ 'hour_estimates.map.yaml:7'),
  (21, 'TARGET_MISSING', '', /* place */ 'hour_estimates.map.yaml:7'),
  (22, 'TARGET_DUPLICATE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (23, 'UPDATE_NOT_ALLOWED', '', /* place */ 'hour_estimates.map.yaml:7'),
  (24, 'CONFLICT_STALE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (25, 'KEY_DUPLICATE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (26, 'SUPERSEDED', '', /* place */ 'hour_estimates.map.yaml:7'),
  (27, 'SET_INCOMPLETE', '', /* place */ 'hour_estimates.map.yaml:7'),
  (28, 'TARGET_REFUSED', '', /* place */ 'hour_estimates.map.yaml:7')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_resourceassignments" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'hour_estimates' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'hour_estimates' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjCDSEstimateHoursImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'hour_estimates' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjCDSEstimateHoursImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'hour_estimates' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'hour_estimates' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'hour_estimates';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'hour_estimates' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
