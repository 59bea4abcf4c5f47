-- project_contract_lines: Project contract lines (salesorderdetails)
-- dataverse.salesorderdetails -> finops.ProjCDSContractLineImport, incremental

-- step 1: extract dataverse.salesorderdetails

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.salesorderdetails' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderdetailid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorderdetails" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."salesorderdetails" AS x), TRUE)
  ) AS content
FROM "dataverse"."salesorderdetails" AS x
UNION ALL
SELECT 'dataverse.salesorders' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."salesorders" AS x), TRUE)
  ) AS content
FROM "dataverse"."salesorders" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.msdyn_projects' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projects" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projects" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'project_contract_lines' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorderdetails'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') FROM "dataverse"."salesorderdetails" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."salesorderdetails" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorderdetails'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_contract_lines' AND mark.entity = 'dataverse.salesorderdetails'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_contract_lines' AND link.source_key = coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."salesorderdetails" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorderdetails'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."salesorderdetails" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'project_contract_lines' AND link.source_key = coalesce(CAST(source."salesorderdetailid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."salesorderdetails" AS source
WHERE coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'project_contract_lines' AND open.state = 'open'
);

-- rows that look up a changed row: salesorderid
INSERT INTO examined
SELECT landed."#row", 'salesorderid changed'
FROM (SELECT source.rowid AS "#row", source."salesorderdetailid", source."salesorderid", source."modifiedon", source."producttypecode", source."sequencenumber", source."msdyn_billingmethod", source."productdescription", source."msdyn_project" FROM "dataverse"."salesorderdetails" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "salesorderid.#1", x."msdyn_company" AS "salesorderid.msdyn_company", x."msdyn_salesordernumber" AS "salesorderid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_contract_lines' AND mark.entity = 'dataverse.salesorders'
  ), TRUE)
) ON "salesorderid.#1" = "salesorderid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: salesorderid
INSERT INTO examined
SELECT landed."#row", 'salesorderid gone'
FROM (SELECT source.rowid AS "#row", source."salesorderdetailid", source."salesorderid", source."modifiedon", source."producttypecode", source."sequencenumber", source."msdyn_billingmethod", source."productdescription", source."msdyn_project" FROM "dataverse"."salesorderdetails" AS source) AS landed
WHERE "salesorderid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."salesorders" AS x WHERE x."salesorderid" = "salesorderid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."salesorders" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: salesorderid.msdyn_company
INSERT INTO examined
SELECT landed."#row", 'salesorderid.msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."salesorderdetailid", source."salesorderid", source."modifiedon", source."producttypecode", source."sequencenumber", source."msdyn_billingmethod", source."productdescription", source."msdyn_project" FROM "dataverse"."salesorderdetails" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "salesorderid.#1", x."msdyn_company" AS "salesorderid.msdyn_company", x."msdyn_salesordernumber" AS "salesorderid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
) ON "salesorderid.#1" = "salesorderid"
JOIN (
  SELECT x."cdm_companyid" AS "salesorderid.msdyn_company.#1", x."cdm_companycode" AS "salesorderid.msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_contract_lines' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "salesorderid.msdyn_company.#1" = "salesorderid.msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: salesorderid.msdyn_company
INSERT INTO examined
SELECT landed."#row", 'salesorderid.msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."salesorderdetailid", source."salesorderid", source."modifiedon", source."producttypecode", source."sequencenumber", source."msdyn_billingmethod", source."productdescription", source."msdyn_project" FROM "dataverse"."salesorderdetails" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "salesorderid.#1", x."msdyn_company" AS "salesorderid.msdyn_company", x."msdyn_salesordernumber" AS "salesorderid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
) ON "salesorderid.#1" = "salesorderid"
WHERE "salesorderid.msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "salesorderid.msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project changed'
FROM (SELECT source.rowid AS "#row", source."salesorderdetailid", source."salesorderid", source."modifiedon", source."producttypecode", source."sequencenumber", source."msdyn_billingmethod", source."productdescription", source."msdyn_project" FROM "dataverse"."salesorderdetails" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_contract_lines' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
) ON "msdyn_project.#1" = "msdyn_project"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project gone'
FROM (SELECT source.rowid AS "#row", source."salesorderdetailid", source."salesorderid", source."modifiedon", source."producttypecode", source."sequencenumber", source."msdyn_billingmethod", source."productdescription", source."msdyn_project" FROM "dataverse"."salesorderdetails" AS source) AS landed
WHERE "msdyn_project" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS x WHERE x."msdyn_projectid" = "msdyn_project")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projects" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."salesorderdetails" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'project_contract_lines' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') FROM "dataverse"."salesorderdetails" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'project_contract_lines' AND source_key IN (SELECT coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') FROM "dataverse"."salesorderdetails" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."salesorderdetails") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'project_contract_lines' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."salesorderdetailid",
    source."salesorderid",
    source."modifiedon",
    source."producttypecode",
    source."sequencenumber",
    source."msdyn_billingmethod",
    source."productdescription",
    source."msdyn_project"
  FROM "dataverse"."salesorderdetails" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- salesorderid
    SELECT x."salesorderid" AS "salesorderid.#1", count(*) AS "salesorderid.#hits", any_value(x."msdyn_company") AS "salesorderid.msdyn_company", any_value(x."msdyn_salesordernumber") AS "salesorderid.msdyn_salesordernumber"
    FROM "dataverse"."salesorders" AS x
    WHERE x."salesorderid" IN (SELECT DISTINCT "salesorderid" FROM "landed")
    GROUP BY x."salesorderid"
  ) ON "salesorderid.#1" = "salesorderid"
  LEFT JOIN (  -- salesorderid.msdyn_company
    SELECT x."cdm_companyid" AS "salesorderid.msdyn_company.#1", count(*) AS "salesorderid.msdyn_company.#hits", any_value(x."cdm_companycode") AS "salesorderid.msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "salesorderid.msdyn_company.#1" = "salesorderid.msdyn_company"
  LEFT JOIN (  -- msdyn_project
    SELECT x."msdyn_projectid" AS "msdyn_project.#1", count(*) AS "msdyn_project.#hits", any_value(x."msdyn_projectnumber") AS "msdyn_project.msdyn_projectnumber"
    FROM "dataverse"."msdyn_projects" AS x
    WHERE x."msdyn_projectid" IN (SELECT DISTINCT "msdyn_project" FROM "landed")
    GROUP BY x."msdyn_projectid"
  ) ON "msdyn_project.#1" = "msdyn_project"
),
judged AS (
  SELECT *,
    coalesce(("producttypecode" = 5), FALSE) AS "#passes",  -- project_contract_lines.map.yaml:14
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon project_contract_lines.map.yaml:6
      WHEN "salesorderid" IS NOT NULL AND ("salesorderid.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId project_contract_lines.map.yaml:19
      WHEN coalesce("salesorderid.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId project_contract_lines.map.yaml:19
      WHEN "salesorderid.msdyn_company" IS NOT NULL AND ("salesorderid.msdyn_company.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING dataAreaId project_contract_lines.map.yaml:19
      WHEN coalesce("salesorderid.msdyn_company.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS dataAreaId project_contract_lines.map.yaml:19
      WHEN "salesorderid.msdyn_company.cdm_companycode" IS NULL THEN 6  -- KEY_NULL dataAreaId project_contract_lines.map.yaml:19
      WHEN "salesorderdetailid" IS NULL THEN 7  -- KEY_NULL TransactionId project_contract_lines.map.yaml:20
      WHEN "salesorderid" IS NOT NULL AND ("salesorderid.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING ContractId project_contract_lines.map.yaml:22
      WHEN coalesce("salesorderid.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS ContractId project_contract_lines.map.yaml:22
      WHEN length("salesorderid.msdyn_salesordernumber") > 20 THEN 10  -- TOO_LONG ContractId project_contract_lines.map.yaml:22
      WHEN (CASE WHEN (length("salesorderid.msdyn_salesordernumber") <= 20) THEN "salesorderid.msdyn_salesordernumber" END) IS NULL THEN 11  -- CONTRACT_MISSING ContractId project_contract_lines.map.yaml:22
      WHEN NOT ("msdyn_billingmethod" IN (192350000, 192350001)) THEN 12  -- VALUE_UNMAPPED Type project_contract_lines.map.yaml:24
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING ProjectId project_contract_lines.map.yaml:26
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS ProjectId project_contract_lines.map.yaml:26
      WHEN length("msdyn_project.msdyn_projectnumber") > 20 THEN 15  -- TOO_LONG ProjectId project_contract_lines.map.yaml:26
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("salesorderid" AS VARCHAR)
      WHEN 3 THEN CAST("salesorderid" AS VARCHAR)
      WHEN 4 THEN CAST("salesorderid.msdyn_company" AS VARCHAR)
      WHEN 5 THEN CAST("salesorderid.msdyn_company" AS VARCHAR)
      WHEN 8 THEN CAST("salesorderid" AS VARCHAR)
      WHEN 9 THEN CAST("salesorderid" AS VARCHAR)
      WHEN 10 THEN CAST("salesorderid.msdyn_salesordernumber" AS VARCHAR)
      WHEN 11 THEN CAST((CASE WHEN (length("salesorderid.msdyn_salesordernumber") <= 20) THEN "salesorderid.msdyn_salesordernumber" END) AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_billingmethod" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 15 THEN CAST("msdyn_project.msdyn_projectnumber" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "salesorderid.msdyn_company.cdm_companycode" AS "dataAreaId",  -- project_contract_lines.map.yaml:19
    "salesorderdetailid" AS "TransactionId",  -- project_contract_lines.map.yaml:20
    CAST(CASE WHEN (length("salesorderid.msdyn_salesordernumber") <= 20) THEN "salesorderid.msdyn_salesordernumber" END AS VARCHAR) AS "ContractId",  -- project_contract_lines.map.yaml:22
    CAST(CAST("sequencenumber" AS VARCHAR) AS VARCHAR) AS "ContractLine",  -- project_contract_lines.map.yaml:23
    CAST(CASE WHEN ("msdyn_billingmethod" IN (192350000, 192350001)) THEN "msdyn_billingmethod" END AS BIGINT) AS "Type",  -- project_contract_lines.map.yaml:24
    CAST(substring("productdescription", 1, 255) AS VARCHAR) AS "Description",  -- project_contract_lines.map.yaml:25
    CAST(CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END AS VARCHAR) AS "ProjectId",  -- project_contract_lines.map.yaml:26
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."TransactionId" AS "TransactionId", x."ContractId" AS "ContractId", x."ContractLine" AS "ContractLine", x."Type" AS "Type", x."Description" AS "Description", x."ProjectId" AS "ProjectId"
  FROM "finops"."ProjCDSContractLineImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjCDSContractLineImport' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSContractLineImport" AS x WHERE x."TransactionId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ContractId" IS DISTINCT FROM mapped."ContractId"
      OR target."ContractLine" IS DISTINCT FROM mapped."ContractLine"
      OR target."Type" IS DISTINCT FROM mapped."Type"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."ProjectId" IS DISTINCT FROM mapped."ProjectId") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."TransactionId" = mapped."TransactionId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 17  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 17  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 19  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "TransactionId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "TransactionId", "ContractId", "ContractLine", "Type", "Description", "ProjectId")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "TransactionId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 22 ELSE 21 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."TransactionId" = duplicates."TransactionId"
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
UPDATE shaped SET "#reason" = 21, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'project_contract_lines' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjCDSContractLineImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."salesorderdetails" AS source WHERE coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 21, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."salesorderdetails" AS source
WHERE coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 21, claim."#target_key"
FROM "dataverse"."salesorderdetails" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjCDSContractLineImport
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSContractLineImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'project_contract_lines' AND link.state = 'live' AND link.target = 'finops.ProjCDSContractLineImport'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 24) THEN 'rejected'
  WHEN "#reason" IN (22) THEN 'superseded'
  WHEN "#reason" IN (23) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjCDSContractLineImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSContractLineImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_contract_lines' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorderdetails'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'project_contract_lines' AND link.state = 'live' AND link.target = 'finops.ProjCDSContractLineImport'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."salesorderdetails" AS source WHERE coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."salesorderdetails" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'project_contract_lines' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSContractLineImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'project_contract_lines' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSContractLineImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjCDSContractLineImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_contract_lines' AND link.target = 'finops.ProjCDSContractLineImport' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'project_contract_lines' AND link.state = 'live' AND link.target = 'finops.ProjCDSContractLineImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSContractLineImport" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransactionId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjCDSContractLineImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ContractId" AS "ContractId", shaped."ContractLine" AS "ContractLine", shaped."Type" AS "Type", shaped."Description" AS "Description", shaped."ProjectId" AS "ProjectId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjCDSContractLineImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjCDSContractLineImport
INSERT INTO "finops"."ProjCDSContractLineImport" ("dataAreaId", "TransactionId", "ContractId", "ContractLine", "Type", "Description", "ProjectId", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "TransactionId", "ContractId", "ContractLine", "Type", "Description", "ProjectId", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_contract_lines' AS leg, new."#key" AS source_key, 'finops.ProjCDSContractLineImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ContractId', 'old': CAST(old."ContractId" AS VARCHAR), 'new': CAST(new."ContractId" AS VARCHAR)},
    {'column_name': 'ContractLine', 'old': CAST(old."ContractLine" AS VARCHAR), 'new': CAST(new."ContractLine" AS VARCHAR)},
    {'column_name': 'Type', 'old': CAST(old."Type" AS VARCHAR), 'new': CAST(new."Type" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(new."ProjectId" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjCDSContractLineImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjCDSContractLineImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjCDSContractLineImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_contract_lines' AS leg, shaped."#key" AS source_key, 'finops.ProjCDSContractLineImport' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'TransactionId', 'old': CAST(old."TransactionId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ContractId', 'old': CAST(old."ContractId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ContractLine', 'old': CAST(old."ContractLine" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Type', 'old': CAST(old."Type" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjCDSContractLineImport" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjCDSContractLineImport
DELETE FROM "finops"."ProjCDSContractLineImport"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'project_contract_lines' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."salesorderdetailid" AS VARCHAR), '') FROM "dataverse"."salesorderdetails" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_contract_lines.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (7, 'KEY_NULL', 'TransactionId', /* place */ 'project_contract_lines.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (10, 'TOO_LONG', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (11, 'CONTRACT_MISSING', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (12, 'VALUE_UNMAPPED', 'Type', /* place */ 'project_contract_lines.map.yaml:24'),
  (13, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'project_contract_lines.map.yaml:26'),
  (14, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'project_contract_lines.map.yaml:26'),
  (15, 'TOO_LONG', 'ProjectId', /* place */ 'project_contract_lines.map.yaml:26'),
  (16, 'TARGET_EXISTS', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (17, 'TARGET_MISSING', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (18, 'TARGET_DUPLICATE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (19, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (20, 'CONFLICT_STALE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (21, 'KEY_DUPLICATE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (22, 'SUPERSEDED', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (23, 'SET_INCOMPLETE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (24, 'TARGET_REFUSED', '', /* place */ 'project_contract_lines.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'project_contract_lines' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'project_contract_lines' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'project_contract_lines' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('salesorderdetailid', CAST(source."salesorderdetailid" AS VARCHAR), 'salesorderid', CAST(source."salesorderid" AS VARCHAR), 'sequencenumber', CAST(source."sequencenumber" AS VARCHAR), 'productdescription', CAST(source."productdescription" AS VARCHAR), 'producttypecode', CAST(source."producttypecode" AS VARCHAR), 'msdyn_billingmethod', CAST(source."msdyn_billingmethod" AS VARCHAR), 'msdyn_project', CAST(source."msdyn_project" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_contract_lines.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'project_contract_lines.map.yaml:19'),
  (7, 'KEY_NULL', 'TransactionId', /* place */ 'project_contract_lines.map.yaml:20'),
  (8, 'LOOKUP_MISSING', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (10, 'TOO_LONG', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (11, 'CONTRACT_MISSING', 'ContractId', /* place */ 'project_contract_lines.map.yaml:22'),
  (12, 'VALUE_UNMAPPED', 'Type', /* place */ 'project_contract_lines.map.yaml:24'),
  (13, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'project_contract_lines.map.yaml:26'),
  (14, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'project_contract_lines.map.yaml:26'),
  (15, 'TOO_LONG', 'ProjectId', /* place */ 'project_contract_lines.map.yaml:26'),
  (16, 'TARGET_EXISTS', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (17, 'TARGET_MISSING', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (18, 'TARGET_DUPLICATE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (19, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (20, 'CONFLICT_STALE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (21, 'KEY_DUPLICATE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (22, 'SUPERSEDED', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (23, 'SET_INCOMPLETE', '', /* place */ 'project_contract_lines.map.yaml:6'),
  (24, 'TARGET_REFUSED', '', /* place */ 'project_contract_lines.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."salesorderdetails" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'project_contract_lines' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'project_contract_lines' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjCDSContractLineImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'project_contract_lines' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjCDSContractLineImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'project_contract_lines' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'project_contract_lines' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'project_contract_lines';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'project_contract_lines' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
