-- project_tasks: Project tasks (msdyn_projecttasks)
-- dataverse.msdyn_projecttasks -> finops.ProjCDSTaskImport, incremental

-- step 1: extract dataverse.msdyn_projecttasks

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_projecttasks' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projecttasks" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projecttasks" AS x
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
FROM "dataverse"."cdm_companies" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'project_tasks' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') FROM "dataverse"."msdyn_projecttasks" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_projecttasks" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_tasks' AND mark.entity = 'dataverse.msdyn_projecttasks'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_tasks' AND link.source_key = coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_projecttasks" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projecttasks" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'project_tasks' AND link.source_key = coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_projecttasks" AS source
WHERE coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'project_tasks' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projecttaskid", source."msdyn_project", source."modifiedon", source."msdyn_subject", source."msdyn_wbsid", source."msdyn_parenttask" FROM "dataverse"."msdyn_projecttasks" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_tasks' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
) ON "msdyn_project.#1" = "msdyn_project"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projecttaskid", source."msdyn_project", source."modifiedon", source."msdyn_subject", source."msdyn_wbsid", source."msdyn_parenttask" FROM "dataverse"."msdyn_projecttasks" AS source) AS landed
WHERE "msdyn_project" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS x WHERE x."msdyn_projectid" = "msdyn_project")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
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
FROM (SELECT source.rowid AS "#row", source."msdyn_projecttaskid", source."msdyn_project", source."modifiedon", source."msdyn_subject", source."msdyn_wbsid", source."msdyn_parenttask" FROM "dataverse"."msdyn_projecttasks" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_project.msdyn_owningcompany.#1", x."cdm_companycode" AS "msdyn_project.msdyn_owningcompany.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_tasks' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_project.msdyn_owningcompany.#1" = "msdyn_project.msdyn_owningcompany"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_project.msdyn_owningcompany gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projecttaskid", source."msdyn_project", source."modifiedon", source."msdyn_subject", source."msdyn_wbsid", source."msdyn_parenttask" FROM "dataverse"."msdyn_projecttasks" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
WHERE "msdyn_project.msdyn_owningcompany" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_project.msdyn_owningcompany")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- delivered rows that are missing in finops.ProjCDSTaskImport
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "dataverse"."msdyn_projecttasks" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'project_tasks' AND link.state = 'live' AND link.source_key = coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '')
WHERE link.target = 'finops.ProjCDSTaskImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSTaskImport" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_projecttasks" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'project_tasks' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') FROM "dataverse"."msdyn_projecttasks" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'project_tasks' AND source_key IN (SELECT coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') FROM "dataverse"."msdyn_projecttasks" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_projecttasks") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'project_tasks' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_projecttaskid",
    source."msdyn_project",
    source."modifiedon",
    source."msdyn_subject",
    source."msdyn_wbsid",
    source."msdyn_parenttask"
  FROM "dataverse"."msdyn_projecttasks" AS source
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
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon project_tasks.map.yaml:5
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId project_tasks.map.yaml:18
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId project_tasks.map.yaml:18
      WHEN "msdyn_project.msdyn_owningcompany" IS NOT NULL AND ("msdyn_project.msdyn_owningcompany.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING dataAreaId project_tasks.map.yaml:18
      WHEN coalesce("msdyn_project.msdyn_owningcompany.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS dataAreaId project_tasks.map.yaml:18
      WHEN "msdyn_project.msdyn_owningcompany.cdm_companycode" IS NULL THEN 6  -- KEY_NULL dataAreaId project_tasks.map.yaml:18
      WHEN "msdyn_projecttaskid" IS NULL THEN 7  -- KEY_NULL Task project_tasks.map.yaml:19
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING ProjectId project_tasks.map.yaml:21
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS ProjectId project_tasks.map.yaml:21
      WHEN length("msdyn_project.msdyn_projectnumber") > 20 THEN 10  -- TOO_LONG ProjectId project_tasks.map.yaml:21
      WHEN (CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) IS NULL THEN 11  -- REQUIRED_NULL ProjectId project_tasks.map.yaml:21
      WHEN length("msdyn_wbsid") > 100 THEN 12  -- TOO_LONG WorkBreakdownStructureID project_tasks.map.yaml:23
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
      WHEN 12 THEN CAST("msdyn_wbsid" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_project.msdyn_owningcompany.cdm_companycode" AS "dataAreaId",  -- project_tasks.map.yaml:18
    "msdyn_projecttaskid" AS "Task",  -- project_tasks.map.yaml:19
    CAST(CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END AS VARCHAR) AS "ProjectId",  -- project_tasks.map.yaml:21
    CAST(substring("msdyn_subject", 1, 60) AS VARCHAR) AS "Name",  -- project_tasks.map.yaml:22
    CAST(CASE WHEN (length("msdyn_wbsid") <= 100) THEN "msdyn_wbsid" END AS VARCHAR) AS "WorkBreakdownStructureID",  -- project_tasks.map.yaml:23
    "msdyn_parenttask" AS "ParentTask",  -- project_tasks.map.yaml:24
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."Task" AS "Task", x."ProjectId" AS "ProjectId", x."Name" AS "Name", x."WorkBreakdownStructureID" AS "WorkBreakdownStructureID", x."ParentTask" AS "ParentTask"
  FROM "finops"."ProjCDSTaskImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjCDSTaskImport' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSTaskImport" AS x WHERE x."Task" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ProjectId" IS DISTINCT FROM mapped."ProjectId"
      OR target."Name" IS DISTINCT FROM mapped."Name"
      OR target."WorkBreakdownStructureID" IS DISTINCT FROM mapped."WorkBreakdownStructureID"
      OR target."ParentTask" IS DISTINCT FROM mapped."ParentTask") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."Task" = mapped."Task"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 14  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 16  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "Task", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "Task", "ProjectId", "Name", "WorkBreakdownStructureID", "ParentTask")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "Task"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 19 ELSE 18 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."Task" = duplicates."Task"
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
UPDATE shaped SET "#reason" = 18, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'project_tasks' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjCDSTaskImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_projecttasks" AS source WHERE coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 18, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_projecttasks" AS source
WHERE coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 18, claim."#target_key"
FROM "dataverse"."msdyn_projecttasks" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjCDSTaskImport
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSTaskImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'project_tasks' AND link.state = 'live' AND link.target = 'finops.ProjCDSTaskImport'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21) THEN 'rejected'
  WHEN "#reason" IN (19) THEN 'superseded'
  WHEN "#reason" IN (20) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjCDSTaskImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSTaskImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_tasks' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'project_tasks' AND link.state = 'live' AND link.target = 'finops.ProjCDSTaskImport'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projecttasks" AS source WHERE coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_projecttasks" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'project_tasks' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSTaskImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'project_tasks' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSTaskImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjCDSTaskImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_tasks' AND link.target = 'finops.ProjCDSTaskImport' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Task" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- step 4: deliver finops.ProjCDSTaskImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ProjectId" AS "ProjectId", shaped."Name" AS "Name", shaped."WorkBreakdownStructureID" AS "WorkBreakdownStructureID", shaped."ParentTask" AS "ParentTask", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjCDSTaskImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjCDSTaskImport
INSERT INTO "finops"."ProjCDSTaskImport" ("dataAreaId", "Task", "ProjectId", "Name", "WorkBreakdownStructureID", "ParentTask", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "Task", "ProjectId", "Name", "WorkBreakdownStructureID", "ParentTask", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_tasks' AS leg, new."#key" AS source_key, 'finops.ProjCDSTaskImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(new."ProjectId" AS VARCHAR)},
    {'column_name': 'Name', 'old': CAST(old."Name" AS VARCHAR), 'new': CAST(new."Name" AS VARCHAR)},
    {'column_name': 'WorkBreakdownStructureID', 'old': CAST(old."WorkBreakdownStructureID" AS VARCHAR), 'new': CAST(new."WorkBreakdownStructureID" AS VARCHAR)},
    {'column_name': 'ParentTask', 'old': CAST(old."ParentTask" AS VARCHAR), 'new': CAST(new."ParentTask" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjCDSTaskImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjCDSTaskImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjCDSTaskImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_tasks' AS leg, shaped."#key" AS source_key, 'finops.ProjCDSTaskImport' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Task', 'old': CAST(old."Task" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'Name', 'old': CAST(old."Name" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'WorkBreakdownStructureID', 'old': CAST(old."WorkBreakdownStructureID" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ParentTask', 'old': CAST(old."ParentTask" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjCDSTaskImport" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjCDSTaskImport
DELETE FROM "finops"."ProjCDSTaskImport"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'project_tasks' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projecttaskid" AS VARCHAR), '') FROM "dataverse"."msdyn_projecttasks" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_tasks.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (7, 'KEY_NULL', 'Task', /* place */ 'project_tasks.map.yaml:19'),
  (8, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (9, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (10, 'TOO_LONG', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (11, 'REQUIRED_NULL', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (12, 'TOO_LONG', 'WorkBreakdownStructureID', /* place */ 'project_tasks.map.yaml:23'),
  (13, 'TARGET_EXISTS', '', /* place */ 'project_tasks.map.yaml:5'),
  (14, 'TARGET_MISSING', '', /* place */ 'project_tasks.map.yaml:5'),
  (15, 'TARGET_DUPLICATE', '', /* place */ 'project_tasks.map.yaml:5'),
  (16, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_tasks.map.yaml:5'),
  (17, 'CONFLICT_STALE', '', /* place */ 'project_tasks.map.yaml:5'),
  (18, 'KEY_DUPLICATE', '', /* place */ 'project_tasks.map.yaml:5'),
  (19, 'SUPERSEDED', '', /* place */ 'project_tasks.map.yaml:5'),
  (20, 'SET_INCOMPLETE', '', /* place */ 'project_tasks.map.yaml:5'),
  (21, 'TARGET_REFUSED', '', /* place */ 'project_tasks.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'project_tasks' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'project_tasks' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'project_tasks' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_projecttaskid', CAST(source."msdyn_projecttaskid" AS VARCHAR), 'msdyn_activitynumber', CAST(source."msdyn_activitynumber" AS VARCHAR), 'msdyn_subject', CAST(source."msdyn_subject" AS VARCHAR), 'msdyn_wbsid', CAST(source."msdyn_wbsid" AS VARCHAR), 'msdyn_parenttask', CAST(source."msdyn_parenttask" AS VARCHAR), 'msdyn_project', CAST(source."msdyn_project" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_tasks.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'project_tasks.map.yaml:18'),
  (7, 'KEY_NULL', 'Task', /* place */ 'project_tasks.map.yaml:19'),
  (8, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (9, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (10, 'TOO_LONG', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (11, 'REQUIRED_NULL', 'ProjectId', /* place */ 'project_tasks.map.yaml:21'),
  (12, 'TOO_LONG', 'WorkBreakdownStructureID', /* place */ 'project_tasks.map.yaml:23'),
  (13, 'TARGET_EXISTS', '', /* place */ 'project_tasks.map.yaml:5'),
  (14, 'TARGET_MISSING', '', /* place */ 'project_tasks.map.yaml:5'),
  (15, 'TARGET_DUPLICATE', '', /* place */ 'project_tasks.map.yaml:5'),
  (16, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_tasks.map.yaml:5'),
  (17, 'CONFLICT_STALE', '', /* place */ 'project_tasks.map.yaml:5'),
  (18, 'KEY_DUPLICATE', '', /* place */ 'project_tasks.map.yaml:5'),
  (19, 'SUPERSEDED', '', /* place */ 'project_tasks.map.yaml:5'),
  (20, 'SET_INCOMPLETE', '', /* place */ 'project_tasks.map.yaml:5'),
  (21, 'TARGET_REFUSED', '', /* place */ 'project_tasks.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_projecttasks" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'project_tasks' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'project_tasks' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjCDSTaskImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'project_tasks' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjCDSTaskImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'project_tasks' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'project_tasks' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'project_tasks';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'project_tasks' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
