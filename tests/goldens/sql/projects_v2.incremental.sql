-- projects_v2: Projects V2 (msdyn_projects)
-- dataverse.msdyn_projects -> finops.ProjTable, incremental

-- step 1: extract dataverse.msdyn_projects

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
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
SELECT 'dataverse.salesorders' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."salesorders" AS x), TRUE)
  ) AS content
FROM "dataverse"."salesorders" AS x
UNION ALL
SELECT 'dataverse.accounts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."accounts" AS x), TRUE)
  ) AS content
FROM "dataverse"."accounts" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'projects_v2' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') FROM "dataverse"."msdyn_projects" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_projects" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'projects_v2' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'projects_v2' AND link.source_key = coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_projects" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projects" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'projects_v2' AND link.source_key = coalesce(CAST(source."msdyn_projectid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_projects" AS source
WHERE coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'projects_v2' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_owningcompany changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectid", source."msdyn_owningcompany", source."modifiedon", source."msdyn_projectnumber", source."msdyn_subject", source."msdyn_scheduledstart", source."msdyn_scheduledend", source."msdyn_actualstart", source."msdyn_actualend", source."msdyn_salesorderid", source."msdyn_customer", source."statecode" FROM "dataverse"."msdyn_projects" AS source) AS landed
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_owningcompany.#1", x."cdm_companycode" AS "msdyn_owningcompany.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'projects_v2' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_owningcompany.#1" = "msdyn_owningcompany"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_owningcompany gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectid", source."msdyn_owningcompany", source."modifiedon", source."msdyn_projectnumber", source."msdyn_subject", source."msdyn_scheduledstart", source."msdyn_scheduledend", source."msdyn_actualstart", source."msdyn_actualend", source."msdyn_salesorderid", source."msdyn_customer", source."statecode" FROM "dataverse"."msdyn_projects" AS source) AS landed
WHERE "msdyn_owningcompany" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_owningcompany")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_salesorderid
INSERT INTO examined
SELECT landed."#row", 'msdyn_salesorderid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectid", source."msdyn_owningcompany", source."modifiedon", source."msdyn_projectnumber", source."msdyn_subject", source."msdyn_scheduledstart", source."msdyn_scheduledend", source."msdyn_actualstart", source."msdyn_actualend", source."msdyn_salesorderid", source."msdyn_customer", source."statecode" FROM "dataverse"."msdyn_projects" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "msdyn_salesorderid.#1", x."msdyn_salesordernumber" AS "msdyn_salesorderid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'projects_v2' AND mark.entity = 'dataverse.salesorders'
  ), TRUE)
) ON "msdyn_salesorderid.#1" = "msdyn_salesorderid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_salesorderid
INSERT INTO examined
SELECT landed."#row", 'msdyn_salesorderid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectid", source."msdyn_owningcompany", source."modifiedon", source."msdyn_projectnumber", source."msdyn_subject", source."msdyn_scheduledstart", source."msdyn_scheduledend", source."msdyn_actualstart", source."msdyn_actualend", source."msdyn_salesorderid", source."msdyn_customer", source."statecode" FROM "dataverse"."msdyn_projects" AS source) AS landed
WHERE "msdyn_salesorderid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."salesorders" AS x WHERE x."salesorderid" = "msdyn_salesorderid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."salesorders" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_customer
INSERT INTO examined
SELECT landed."#row", 'msdyn_customer changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectid", source."msdyn_owningcompany", source."modifiedon", source."msdyn_projectnumber", source."msdyn_subject", source."msdyn_scheduledstart", source."msdyn_scheduledend", source."msdyn_actualstart", source."msdyn_actualend", source."msdyn_salesorderid", source."msdyn_customer", source."statecode" FROM "dataverse"."msdyn_projects" AS source) AS landed
JOIN (
  SELECT x."accountid" AS "msdyn_customer.#1", x."accountnumber" AS "msdyn_customer.accountnumber"
  FROM "dataverse"."accounts" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'projects_v2' AND mark.entity = 'dataverse.accounts'
  ), TRUE)
) ON "msdyn_customer.#1" = "msdyn_customer"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_customer
INSERT INTO examined
SELECT landed."#row", 'msdyn_customer gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectid", source."msdyn_owningcompany", source."modifiedon", source."msdyn_projectnumber", source."msdyn_subject", source."msdyn_scheduledstart", source."msdyn_scheduledend", source."msdyn_actualstart", source."msdyn_actualend", source."msdyn_salesorderid", source."msdyn_customer", source."statecode" FROM "dataverse"."msdyn_projects" AS source) AS landed
WHERE "msdyn_customer" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."accounts" AS x WHERE x."accountid" = "msdyn_customer")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."accounts" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_projects" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'projects_v2' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') FROM "dataverse"."msdyn_projects" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'projects_v2' AND source_key IN (SELECT coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') FROM "dataverse"."msdyn_projects" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_projects") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'projects_v2' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_projectid",
    source."msdyn_owningcompany",
    source."modifiedon",
    source."msdyn_projectnumber",
    source."msdyn_subject",
    source."msdyn_scheduledstart",
    source."msdyn_scheduledend",
    source."msdyn_actualstart",
    source."msdyn_actualend",
    source."msdyn_salesorderid",
    source."msdyn_customer",
    source."statecode"
  FROM "dataverse"."msdyn_projects" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_owningcompany
    SELECT x."cdm_companyid" AS "msdyn_owningcompany.#1", count(*) AS "msdyn_owningcompany.#hits", any_value(x."cdm_companycode") AS "msdyn_owningcompany.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companyid" IN (SELECT DISTINCT "msdyn_owningcompany" FROM "landed")
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_owningcompany.#1" = "msdyn_owningcompany"
  LEFT JOIN (  -- msdyn_salesorderid
    SELECT x."salesorderid" AS "msdyn_salesorderid.#1", count(*) AS "msdyn_salesorderid.#hits", any_value(x."msdyn_salesordernumber") AS "msdyn_salesorderid.msdyn_salesordernumber"
    FROM "dataverse"."salesorders" AS x
    WHERE x."salesorderid" IN (SELECT DISTINCT "msdyn_salesorderid" FROM "landed")
    GROUP BY x."salesorderid"
  ) ON "msdyn_salesorderid.#1" = "msdyn_salesorderid"
  LEFT JOIN (  -- msdyn_customer
    SELECT x."accountid" AS "msdyn_customer.#1", count(*) AS "msdyn_customer.#hits", any_value(x."accountnumber") AS "msdyn_customer.accountnumber"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountid" IN (SELECT DISTINCT "msdyn_customer" FROM "landed")
    GROUP BY x."accountid"
  ) ON "msdyn_customer.#1" = "msdyn_customer"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon projects_v2.map.yaml:8
      WHEN "msdyn_owningcompany" IS NOT NULL AND ("msdyn_owningcompany.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId projects_v2.map.yaml:20
      WHEN coalesce("msdyn_owningcompany.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId projects_v2.map.yaml:20
      WHEN "msdyn_owningcompany.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId projects_v2.map.yaml:20
      WHEN length("msdyn_projectnumber") > 20 THEN 5  -- TOO_LONG ProjId projects_v2.map.yaml:21
      WHEN (CASE WHEN (length("msdyn_projectnumber") <= 20) THEN "msdyn_projectnumber" END) IS NULL THEN 6  -- KEY_NULL ProjId projects_v2.map.yaml:21
      WHEN NOT ("msdyn_scheduledstart" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 7  -- OUT_OF_RANGE ProjectedStartDate projects_v2.map.yaml:24
      WHEN NOT ("msdyn_scheduledend" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 8  -- OUT_OF_RANGE ProjectedEndDate projects_v2.map.yaml:25
      WHEN NOT ("msdyn_actualstart" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 9  -- OUT_OF_RANGE StartDate projects_v2.map.yaml:26
      WHEN NOT ("msdyn_actualend" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 10  -- OUT_OF_RANGE EndDate projects_v2.map.yaml:27
      WHEN "msdyn_salesorderid" IS NOT NULL AND ("msdyn_salesorderid.#hits" IS NULL) THEN 11  -- LOOKUP_MISSING ProjInvoiceProjId projects_v2.map.yaml:28
      WHEN coalesce("msdyn_salesorderid.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS ProjInvoiceProjId projects_v2.map.yaml:28
      WHEN length("msdyn_salesorderid.msdyn_salesordernumber") > 20 THEN 13  -- TOO_LONG ProjInvoiceProjId projects_v2.map.yaml:28
      WHEN "msdyn_customer" IS NOT NULL AND ("msdyn_customer.#hits" IS NULL) THEN 14  -- LOOKUP_MISSING CustomerAccount projects_v2.map.yaml:29
      WHEN coalesce("msdyn_customer.#hits", 0) > 1 THEN 15  -- LOOKUP_AMBIGUOUS CustomerAccount projects_v2.map.yaml:29
      WHEN NOT ("statecode" IN (0, 1)) THEN 16  -- VALUE_UNMAPPED ProjectStage projects_v2.map.yaml:30
      WHEN NOT ((CASE "statecode" WHEN 0 THEN 'InProcess' WHEN 1 THEN 'completed' ELSE NULL END) IN ('InProcess', 'completed')) THEN 17  -- VALUE_UNMAPPED ProjectStage projects_v2.map.yaml:30
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_owningcompany" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_owningcompany" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_projectnumber" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_scheduledstart" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_scheduledend" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_actualstart" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_actualend" AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_salesorderid" AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_salesorderid" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_salesorderid.msdyn_salesordernumber" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_customer" AS VARCHAR)
      WHEN 15 THEN CAST("msdyn_customer" AS VARCHAR)
      WHEN 16 THEN CAST("statecode" AS VARCHAR)
      WHEN 17 THEN CAST((CASE "statecode" WHEN 0 THEN 'InProcess' WHEN 1 THEN 'completed' ELSE NULL END) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_owningcompany.cdm_companycode" AS "dataAreaId",  -- projects_v2.map.yaml:20
    CAST(CASE WHEN (length("msdyn_projectnumber") <= 20) THEN "msdyn_projectnumber" END AS VARCHAR) AS "ProjId",  -- projects_v2.map.yaml:21
    CAST(substring("msdyn_subject", 1, 60) AS VARCHAR) AS "Name",  -- projects_v2.map.yaml:23
    CAST(CASE WHEN ("msdyn_scheduledstart" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_scheduledstart" AS DATE) END AS DATE) AS "ProjectedStartDate",  -- projects_v2.map.yaml:24
    CAST(CASE WHEN ("msdyn_scheduledend" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_scheduledend" AS DATE) END AS DATE) AS "ProjectedEndDate",  -- projects_v2.map.yaml:25
    CAST(CASE WHEN ("msdyn_actualstart" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_actualstart" AS DATE) END AS DATE) AS "StartDate",  -- projects_v2.map.yaml:26
    CAST(CASE WHEN ("msdyn_actualend" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_actualend" AS DATE) END AS DATE) AS "EndDate",  -- projects_v2.map.yaml:27
    CAST(CASE WHEN (length("msdyn_salesorderid.msdyn_salesordernumber") <= 20) THEN "msdyn_salesorderid.msdyn_salesordernumber" END AS VARCHAR) AS "ProjInvoiceProjId",  -- projects_v2.map.yaml:28
    "msdyn_customer.accountnumber" AS "CustomerAccount",  -- projects_v2.map.yaml:29
    CAST(CASE WHEN ((CASE "statecode" WHEN 0 THEN 'InProcess' WHEN 1 THEN 'completed' ELSE NULL END) IN ('InProcess', 'completed')) THEN (CASE "statecode" WHEN 0 THEN 'InProcess' WHEN 1 THEN 'completed' ELSE NULL END) END AS VARCHAR) AS "ProjectStage",  -- projects_v2.map.yaml:30
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProjId" AS "ProjId", x."Name" AS "Name", x."ProjectedStartDate" AS "ProjectedStartDate", x."ProjectedEndDate" AS "ProjectedEndDate", x."StartDate" AS "StartDate", x."EndDate" AS "EndDate", x."ProjInvoiceProjId" AS "ProjInvoiceProjId", x."CustomerAccount" AS "CustomerAccount", x."ProjectStage" AS "ProjectStage"
  FROM "finops"."ProjTable" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjTable' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjTable" AS x WHERE x."ProjId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."Name" IS DISTINCT FROM mapped."Name"
      OR target."ProjectedStartDate" IS DISTINCT FROM mapped."ProjectedStartDate"
      OR target."ProjectedEndDate" IS DISTINCT FROM mapped."ProjectedEndDate"
      OR target."StartDate" IS DISTINCT FROM mapped."StartDate"
      OR target."EndDate" IS DISTINCT FROM mapped."EndDate"
      OR target."ProjInvoiceProjId" IS DISTINCT FROM mapped."ProjInvoiceProjId"
      OR target."CustomerAccount" IS DISTINCT FROM mapped."CustomerAccount"
      OR target."ProjectStage" IS DISTINCT FROM mapped."ProjectStage") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."ProjId" = mapped."ProjId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 19  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 19  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 21  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "ProjId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "ProjId", "Name", "ProjectedStartDate", "ProjectedEndDate", "StartDate", "EndDate", "ProjInvoiceProjId", "CustomerAccount", "ProjectStage")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "ProjId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 24 ELSE 23 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."ProjId" = duplicates."ProjId"
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
UPDATE shaped SET "#reason" = 23, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'projects_v2' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjTable' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS source WHERE coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 23, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_projects" AS source
WHERE coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 23, claim."#target_key"
FROM "dataverse"."msdyn_projects" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjTable
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjTable") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'projects_v2' AND link.state = 'live' AND link.target = 'finops.ProjTable'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 26) THEN 'rejected'
  WHEN "#reason" IN (24) THEN 'superseded'
  WHEN "#reason" IN (25) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjTable that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjTable") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'projects_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'projects_v2' AND link.state = 'live' AND link.target = 'finops.ProjTable'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS source WHERE coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_projects" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'projects_v2' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjTable") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'projects_v2' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjTable") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjTable") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'projects_v2' AND link.target = 'finops.ProjTable' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'projects_v2' AND link.state = 'live' AND link.target = 'finops.ProjTable'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjTable" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjTable

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."Name" AS "Name", shaped."ProjectedStartDate" AS "ProjectedStartDate", shaped."ProjectedEndDate" AS "ProjectedEndDate", shaped."StartDate" AS "StartDate", shaped."EndDate" AS "EndDate", shaped."ProjInvoiceProjId" AS "ProjInvoiceProjId", shaped."CustomerAccount" AS "CustomerAccount", shaped."ProjectStage" AS "ProjectStage", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjTable" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjTable
INSERT INTO "finops"."ProjTable" ("dataAreaId", "ProjId", "Name", "ProjectedStartDate", "ProjectedEndDate", "StartDate", "EndDate", "ProjInvoiceProjId", "CustomerAccount", "ProjectStage", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ProjId", "Name", "ProjectedStartDate", "ProjectedEndDate", "StartDate", "EndDate", "ProjInvoiceProjId", "CustomerAccount", "ProjectStage", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'projects_v2' AS leg, new."#key" AS source_key, 'finops.ProjTable' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'Name', 'old': CAST(old."Name" AS VARCHAR), 'new': CAST(new."Name" AS VARCHAR)},
    {'column_name': 'ProjectedStartDate', 'old': CAST(old."ProjectedStartDate" AS VARCHAR), 'new': CAST(new."ProjectedStartDate" AS VARCHAR)},
    {'column_name': 'ProjectedEndDate', 'old': CAST(old."ProjectedEndDate" AS VARCHAR), 'new': CAST(new."ProjectedEndDate" AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(new."StartDate" AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(new."EndDate" AS VARCHAR)},
    {'column_name': 'ProjInvoiceProjId', 'old': CAST(old."ProjInvoiceProjId" AS VARCHAR), 'new': CAST(new."ProjInvoiceProjId" AS VARCHAR)},
    {'column_name': 'CustomerAccount', 'old': CAST(old."CustomerAccount" AS VARCHAR), 'new': CAST(new."CustomerAccount" AS VARCHAR)},
    {'column_name': 'ProjectStage', 'old': CAST(old."ProjectStage" AS VARCHAR), 'new': CAST(new."ProjectStage" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjTable" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjTable" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjTable"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'projects_v2' AS leg, shaped."#key" AS source_key, 'finops.ProjTable' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjId', 'old': CAST(old."ProjId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Name', 'old': CAST(old."Name" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectedStartDate', 'old': CAST(old."ProjectedStartDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectedEndDate', 'old': CAST(old."ProjectedEndDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjInvoiceProjId', 'old': CAST(old."ProjInvoiceProjId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'CustomerAccount', 'old': CAST(old."CustomerAccount" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectStage', 'old': CAST(old."ProjectStage" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjTable" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjTable
DELETE FROM "finops"."ProjTable"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'projects_v2' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projectid" AS VARCHAR), '') FROM "dataverse"."msdyn_projects" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'projects_v2.map.yaml:8'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'projects_v2.map.yaml:20'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'projects_v2.map.yaml:20'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'projects_v2.map.yaml:20'),
  (5, 'TOO_LONG', 'ProjId', /* place */ 'projects_v2.map.yaml:21'),
  (6, 'KEY_NULL', 'ProjId', /* place */ 'projects_v2.map.yaml:21'),
  (7, 'OUT_OF_RANGE', 'ProjectedStartDate', /* place */ 'projects_v2.map.yaml:24'),
  (8, 'OUT_OF_RANGE', 'ProjectedEndDate', /* place */ 'projects_v2.map.yaml:25'),
  (9, 'OUT_OF_RANGE', 'StartDate', /* place */ 'projects_v2.map.yaml:26'),
  (10, 'OUT_OF_RANGE', 'EndDate', /* place */ 'projects_v2.map.yaml:27'),
  (11, 'LOOKUP_MISSING', 'ProjInvoiceProjId', /* place */ 'projects_v2.map.yaml:28'),
  (12, 'LOOKUP_AMBIGUOUS', 'ProjInvoiceProjId', /* place */ 'projects_v2.map.yaml:28'),
  (13, 'TOO_LONG', 'ProjInvoiceProjId', /* place */ 'projects_v2.map.yaml:28'),
  (14, 'LOOKUP_MISSING', 'CustomerAccount', /* place */ 'projects_v2.map.yaml:29'),
  (15, 'LOOKUP_AMBIGUOUS', 'CustomerAccount', /* place */ 'projects_v2.map.yaml:29'),
  (16, 'VALUE_UNMAPPED', 'ProjectStage', /* place */ 'projects_v2.map.yaml:30'),
  (17, 'VALUE_UNMAPPED', 'ProjectStage', /* place */ 'projects_v2.map.yaml:30'),
  (18, 'TARGET_EXISTS', '', /* place */ 'projects_v2.map.yaml:8'),
  (19, 'TARGET_MISSING', '', /* place */ 'projects_v2.map.yaml:8'),
  (20, 'TARGET_DUPLICATE', '', /* place */ 'projects_v2.map.yaml:8'),
  (21, 'UPDATE_NOT_ALLOWED', '', /* place */ 'projects_v2.map.yaml:8'),
  (22, 'CONFLICT_STALE', '', /* place */ 'projects_v2.map.yaml:8'),
  (23, 'KEY_DUPLICATE', '', /* place */ 'projects_v2.map.yaml:8'),
  (24, 'SUPERSEDED', '', /* place */ 'projects_v2.map.yaml:8'),
  (25, 'SET_INCOMPLETE', '', /* place */ 'projects_v2.map.yaml:8'),
  (26, 'TARGET_REFUSED', '', /* place */ 'projects_v2.map.yaml:8')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'projects_v2' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'projects_v2' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'projects_v2' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_projectid', CAST(source."msdyn_projectid" AS VARCHAR), 'msdyn_projectnumber', CAST(source."msdyn_projectnumber" AS VARCHAR), 'msdyn_subject', CAST(source."msdyn_subject" AS VARCHAR), 'msdyn_owningcompany', CAST(source."msdyn_owningcompany" AS VARCHAR), 'msdyn_scheduledstart', CAST(source."msdyn_scheduledstart" AS VARCHAR), 'msdyn_scheduledend', CAST(source."msdyn_scheduledend" AS VARCHAR), 'msdyn_actualstart', CAST(source."msdyn_actualstart" AS VARCHAR), 'msdyn_actualend', CAST(source."msdyn_actualend" AS VARCHAR), 'msdyn_salesorderid', CAST(source."msdyn_salesorderid" AS VARCHAR), 'msdyn_customer', CAST(source."msdyn_customer" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'statecode', CAST(source."statecode" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'projects_v2.map.yaml:8'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'projects_v2.map.yaml:20'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'projects_v2.map.yaml:20'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'projects_v2.map.yaml:20'),
  (5, 'TOO_LONG', 'ProjId', /* place */ 'projects_v2.map.yaml:21'),
  (6, 'KEY_NULL', 'ProjId', /* place */ 'projects_v2.map.yaml:21'),
  (7, 'OUT_OF_RANGE', 'ProjectedStartDate', /* place */ 'projects_v2.map.yaml:24'),
  (8, 'OUT_OF_RANGE', 'ProjectedEndDate', /* place */ 'projects_v2.map.yaml:25'),
  (9, 'OUT_OF_RANGE', 'StartDate', /* place */ 'projects_v2.map.yaml:26'),
  (10, 'OUT_OF_RANGE', 'EndDate', /* place */ 'projects_v2.map.yaml:27'),
  (11, 'LOOKUP_MISSING', 'ProjInvoiceProjId', /* place */ 'projects_v2.map.yaml:28'),
  (12, 'LOOKUP_AMBIGUOUS', 'ProjInvoiceProjId', /* place */ 'projects_v2.map.yaml:28'),
  (13, 'TOO_LONG', 'ProjInvoiceProjId', /* place */ 'projects_v2.map.yaml:28'),
  (14, 'LOOKUP_MISSING', 'CustomerAccount', /* place */ 'projects_v2.map.yaml:29'),
  (15, 'LOOKUP_AMBIGUOUS', 'CustomerAccount', /* place */ 'projects_v2.map.yaml:29'),
  (16, 'VALUE_UNMAPPED', 'ProjectStage', /* place */ 'projects_v2.map.yaml:30'),
  (17, 'VALUE_UNMAPPED', 'ProjectStage', /* place */ 'projects_v2.map.yaml:30'),
  (18, 'TARGET_EXISTS', '', /* place */ 'projects_v2.map.yaml:8'),
  (19, 'TARGET_MISSING', '', /* place */ 'projects_v2.map.yaml:8'),
  (20, 'TARGET_DUPLICATE', '', /* place */ 'projects_v2.map.yaml:8'),
  (21, 'UPDATE_NOT_ALLOWED', '', /* place */ 'projects_v2.map.yaml:8'),
  (22, 'CONFLICT_STALE', '', /* place */ 'projects_v2.map.yaml:8'),
  (23, 'KEY_DUPLICATE', '', /* place */ 'projects_v2.map.yaml:8'),
  (24, 'SUPERSEDED', '', /* place */ 'projects_v2.map.yaml:8'),
  (25, 'SET_INCOMPLETE', '', /* place */ 'projects_v2.map.yaml:8'),
  (26, 'TARGET_REFUSED', '', /* place */ 'projects_v2.map.yaml:8')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_projects" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'projects_v2' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'projects_v2' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjTable' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'projects_v2' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjTable' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'projects_v2' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'projects_v2' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'projects_v2';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'projects_v2' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
