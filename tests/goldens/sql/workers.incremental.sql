-- workers: Worker (cdm_workers)
-- finops.Workers -> dataverse.cdm_workers, incremental

-- step 1: extract finops.Workers

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.Workers' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."PERSONNELNUMBER" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."Workers" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."Workers" AS x), TRUE)
  ) AS content
FROM "finops"."Workers" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'workers' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Workers'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') FROM "finops"."Workers" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."Workers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Workers'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'workers' AND mark.entity = 'finops.Workers'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'workers' AND link.source_key = coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."Workers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Workers'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."Workers" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'workers' AND link.source_key = coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."Workers" AS source
WHERE coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'workers' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."Workers" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'workers' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') FROM "finops"."Workers" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'workers' AND source_key IN (SELECT coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') FROM "finops"."Workers" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."Workers") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'workers' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."PERSONNELNUMBER",
    source."ModifiedDateTime",
    source."NAME",
    source."FIRSTNAME",
    source."MIDDLENAME",
    source."LASTNAME",
    source."PRIMARYCONTACTEMAIL",
    source."PRIMARYCONTACTPHONE",
    source."PRIMARYCONTACTFACEBOOK",
    source."PRIMARYCONTACTTWITTER",
    source."PRIMARYCONTACTLINKEDIN",
    source."PRIMARYCONTACTURL",
    source."BIRTHDATE"
  FROM "finops"."Workers" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime workers.map.yaml:4
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CAST(NULL AS VARCHAR) AS "#value",
    "PERSONNELNUMBER" AS "cdm_workernumber",  -- workers.map.yaml:11
    "NAME" AS "cdm_fullname",  -- workers.map.yaml:13
    "FIRSTNAME" AS "cdm_firstname",  -- workers.map.yaml:15
    "MIDDLENAME" AS "cdm_middlename",  -- workers.map.yaml:16
    "LASTNAME" AS "cdm_lastname",  -- workers.map.yaml:17
    "PRIMARYCONTACTEMAIL" AS "cdm_primaryemailaddress",  -- workers.map.yaml:18
    "PRIMARYCONTACTPHONE" AS "cdm_primarytelephone",  -- workers.map.yaml:19
    "PRIMARYCONTACTFACEBOOK" AS "cdm_facebookidentity",  -- workers.map.yaml:20
    "PRIMARYCONTACTTWITTER" AS "cdm_twitteridentity",  -- workers.map.yaml:21
    "PRIMARYCONTACTLINKEDIN" AS "cdm_linkedinidentity",  -- workers.map.yaml:22
    "PRIMARYCONTACTURL" AS "cdm_websiteurl",  -- workers.map.yaml:23
    "BIRTHDATE" AS "cdm_birthdate",  -- workers.map.yaml:24
    CAST(CAST(md5('finops.Workers dataverse.cdm_workers cdm_workerid ' || "#key") AS UUID) AS UUID) AS "cdm_workerid",  -- made from the key
    "FIRSTNAME" AS "both.FIRSTNAME",  -- for later steps
    "MIDDLENAME" AS "both.MIDDLENAME",  -- for later steps
    "LASTNAME" AS "both.LASTNAME",  -- for later steps
    "PRIMARYCONTACTEMAIL" AS "both.PRIMARYCONTACTEMAIL",  -- for later steps
    "PRIMARYCONTACTPHONE" AS "both.PRIMARYCONTACTPHONE",  -- for later steps
    "PRIMARYCONTACTFACEBOOK" AS "both.PRIMARYCONTACTFACEBOOK",  -- for later steps
    "PRIMARYCONTACTTWITTER" AS "both.PRIMARYCONTACTTWITTER",  -- for later steps
    "PRIMARYCONTACTLINKEDIN" AS "both.PRIMARYCONTACTLINKEDIN",  -- for later steps
    "PRIMARYCONTACTURL" AS "both.PRIMARYCONTACTURL",  -- for later steps
    "BIRTHDATE" AS "both.BIRTHDATE",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."cdm_workerid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."cdm_workernumber" AS "cdm_workernumber", x."cdm_fullname" AS "cdm_fullname", x."cdm_firstname" AS "cdm_firstname", x."cdm_middlename" AS "cdm_middlename", x."cdm_lastname" AS "cdm_lastname", x."cdm_primaryemailaddress" AS "cdm_primaryemailaddress", x."cdm_primarytelephone" AS "cdm_primarytelephone", x."cdm_facebookidentity" AS "cdm_facebookidentity", x."cdm_twitteridentity" AS "cdm_twitteridentity", x."cdm_linkedinidentity" AS "cdm_linkedinidentity", x."cdm_websiteurl" AS "cdm_websiteurl", x."cdm_birthdate" AS "cdm_birthdate"
  FROM "dataverse"."cdm_workers" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."cdm_workernumber" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.cdm_workers' THEN link.target_key IN (SELECT coalesce(CAST(x."cdm_workernumber" AS VARCHAR), '') FROM "dataverse"."cdm_workers" AS x WHERE x."cdm_workernumber" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_firstname" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.FIRSTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".source)) AND NOT (CAST(target."cdm_firstname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".target))
    END AS "#goes.cdm_firstname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_middlename" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.MIDDLENAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".source)) AND NOT (CAST(target."cdm_middlename" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".target))
    END AS "#goes.cdm_middlename",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_lastname" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.LASTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".source)) AND NOT (CAST(target."cdm_lastname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".target))
    END AS "#goes.cdm_lastname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_primaryemailaddress" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYCONTACTEMAIL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".source)) AND NOT (CAST(target."cdm_primaryemailaddress" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".target))
    END AS "#goes.cdm_primaryemailaddress",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_primarytelephone" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYCONTACTPHONE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".source)) AND NOT (CAST(target."cdm_primarytelephone" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".target))
    END AS "#goes.cdm_primarytelephone",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_facebookidentity" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYCONTACTFACEBOOK" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".source)) AND NOT (CAST(target."cdm_facebookidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".target))
    END AS "#goes.cdm_facebookidentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_twitteridentity" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYCONTACTTWITTER" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".source)) AND NOT (CAST(target."cdm_twitteridentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".target))
    END AS "#goes.cdm_twitteridentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_linkedinidentity" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYCONTACTLINKEDIN" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".source)) AND NOT (CAST(target."cdm_linkedinidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".target))
    END AS "#goes.cdm_linkedinidentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_websiteurl" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYCONTACTURL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".source)) AND NOT (CAST(target."cdm_websiteurl" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".target))
    END AS "#goes.cdm_websiteurl",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_birthdate" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.BIRTHDATE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".source)) AND NOT (CAST(target."cdm_birthdate" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".target))
    END AS "#goes.cdm_birthdate",
    target."#row" IS NOT NULL AND pact."cdm_firstname" IS NOT NULL AND (CAST(mapped."both.FIRSTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".source)) AND (CAST(target."cdm_firstname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".target))
      AND (target."cdm_firstname" IS DISTINCT FROM mapped."cdm_firstname") AS "#clashes.cdm_firstname",
    target."#row" IS NOT NULL AND pact."cdm_middlename" IS NOT NULL AND (CAST(mapped."both.MIDDLENAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".source)) AND (CAST(target."cdm_middlename" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".target))
      AND (target."cdm_middlename" IS DISTINCT FROM mapped."cdm_middlename") AS "#clashes.cdm_middlename",
    target."#row" IS NOT NULL AND pact."cdm_lastname" IS NOT NULL AND (CAST(mapped."both.LASTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".source)) AND (CAST(target."cdm_lastname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".target))
      AND (target."cdm_lastname" IS DISTINCT FROM mapped."cdm_lastname") AS "#clashes.cdm_lastname",
    target."#row" IS NOT NULL AND pact."cdm_primaryemailaddress" IS NOT NULL AND (CAST(mapped."both.PRIMARYCONTACTEMAIL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".source)) AND (CAST(target."cdm_primaryemailaddress" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".target))
      AND (target."cdm_primaryemailaddress" IS DISTINCT FROM mapped."cdm_primaryemailaddress") AS "#clashes.cdm_primaryemailaddress",
    target."#row" IS NOT NULL AND pact."cdm_primarytelephone" IS NOT NULL AND (CAST(mapped."both.PRIMARYCONTACTPHONE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".source)) AND (CAST(target."cdm_primarytelephone" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".target))
      AND (target."cdm_primarytelephone" IS DISTINCT FROM mapped."cdm_primarytelephone") AS "#clashes.cdm_primarytelephone",
    target."#row" IS NOT NULL AND pact."cdm_facebookidentity" IS NOT NULL AND (CAST(mapped."both.PRIMARYCONTACTFACEBOOK" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".source)) AND (CAST(target."cdm_facebookidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".target))
      AND (target."cdm_facebookidentity" IS DISTINCT FROM mapped."cdm_facebookidentity") AS "#clashes.cdm_facebookidentity",
    target."#row" IS NOT NULL AND pact."cdm_twitteridentity" IS NOT NULL AND (CAST(mapped."both.PRIMARYCONTACTTWITTER" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".source)) AND (CAST(target."cdm_twitteridentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".target))
      AND (target."cdm_twitteridentity" IS DISTINCT FROM mapped."cdm_twitteridentity") AS "#clashes.cdm_twitteridentity",
    target."#row" IS NOT NULL AND pact."cdm_linkedinidentity" IS NOT NULL AND (CAST(mapped."both.PRIMARYCONTACTLINKEDIN" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".source)) AND (CAST(target."cdm_linkedinidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".target))
      AND (target."cdm_linkedinidentity" IS DISTINCT FROM mapped."cdm_linkedinidentity") AS "#clashes.cdm_linkedinidentity",
    target."#row" IS NOT NULL AND pact."cdm_websiteurl" IS NOT NULL AND (CAST(mapped."both.PRIMARYCONTACTURL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".source)) AND (CAST(target."cdm_websiteurl" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".target))
      AND (target."cdm_websiteurl" IS DISTINCT FROM mapped."cdm_websiteurl") AS "#clashes.cdm_websiteurl",
    target."#row" IS NOT NULL AND pact."cdm_birthdate" IS NOT NULL AND (CAST(mapped."both.BIRTHDATE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".source)) AND (CAST(target."cdm_birthdate" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".target))
      AND (target."cdm_birthdate" IS DISTINCT FROM mapped."cdm_birthdate") AS "#clashes.cdm_birthdate",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.cdm_firstname" THEN 'cdm_firstname' || ': source ' || coalesce(CAST(mapped."both.FIRSTNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_firstname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_middlename" THEN 'cdm_middlename' || ': source ' || coalesce(CAST(mapped."both.MIDDLENAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_middlename" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_lastname" THEN 'cdm_lastname' || ': source ' || coalesce(CAST(mapped."both.LASTNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_lastname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_primaryemailaddress" THEN 'cdm_primaryemailaddress' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTEMAIL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_primaryemailaddress" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_primarytelephone" THEN 'cdm_primarytelephone' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTPHONE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_primarytelephone" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_facebookidentity" THEN 'cdm_facebookidentity' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTFACEBOOK" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_facebookidentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_twitteridentity" THEN 'cdm_twitteridentity' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTTWITTER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_twitteridentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_linkedinidentity" THEN 'cdm_linkedinidentity' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTLINKEDIN" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_linkedinidentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_websiteurl" THEN 'cdm_websiteurl' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTURL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_websiteurl" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_birthdate" THEN 'cdm_birthdate' || ': source ' || coalesce(CAST(mapped."both.BIRTHDATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."cdm_birthdate" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."cdm_fullname" IS DISTINCT FROM mapped."cdm_fullname")
      OR ("#goes.cdm_firstname" AND (target."cdm_firstname" IS DISTINCT FROM mapped."cdm_firstname"))
      OR ("#goes.cdm_middlename" AND (target."cdm_middlename" IS DISTINCT FROM mapped."cdm_middlename"))
      OR ("#goes.cdm_lastname" AND (target."cdm_lastname" IS DISTINCT FROM mapped."cdm_lastname"))
      OR ("#goes.cdm_primaryemailaddress" AND (target."cdm_primaryemailaddress" IS DISTINCT FROM mapped."cdm_primaryemailaddress"))
      OR ("#goes.cdm_primarytelephone" AND (target."cdm_primarytelephone" IS DISTINCT FROM mapped."cdm_primarytelephone"))
      OR ("#goes.cdm_facebookidentity" AND (target."cdm_facebookidentity" IS DISTINCT FROM mapped."cdm_facebookidentity"))
      OR ("#goes.cdm_twitteridentity" AND (target."cdm_twitteridentity" IS DISTINCT FROM mapped."cdm_twitteridentity"))
      OR ("#goes.cdm_linkedinidentity" AND (target."cdm_linkedinidentity" IS DISTINCT FROM mapped."cdm_linkedinidentity"))
      OR ("#goes.cdm_websiteurl" AND (target."cdm_websiteurl" IS DISTINCT FROM mapped."cdm_websiteurl"))
      OR ("#goes.cdm_birthdate" AND (target."cdm_birthdate" IS DISTINCT FROM mapped."cdm_birthdate")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."cdm_workernumber" = mapped."cdm_workernumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'cdm_firstname')[1] AS "cdm_firstname",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_middlename')[1] AS "cdm_middlename",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_lastname')[1] AS "cdm_lastname",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_primaryemailaddress')[1] AS "cdm_primaryemailaddress",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_primarytelephone')[1] AS "cdm_primarytelephone",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_facebookidentity')[1] AS "cdm_facebookidentity",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_twitteridentity')[1] AS "cdm_twitteridentity",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_linkedinidentity')[1] AS "cdm_linkedinidentity",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_websiteurl')[1] AS "cdm_websiteurl",
      list_filter(cells, lambda cell: cell.column_name = 'cdm_birthdate')[1] AS "cdm_birthdate",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'workers'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = coalesce(CAST(mapped."cdm_workernumber" AS VARCHAR), '')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 3  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 3  -- TARGET_MISSING
    WHEN "#clashes.cdm_firstname" THEN 11  -- CONFLICT_STALE cdm_firstname
    WHEN "#clashes.cdm_middlename" THEN 12  -- CONFLICT_STALE cdm_middlename
    WHEN "#clashes.cdm_lastname" THEN 13  -- CONFLICT_STALE cdm_lastname
    WHEN "#clashes.cdm_primaryemailaddress" THEN 14  -- CONFLICT_STALE cdm_primaryemailaddress
    WHEN "#clashes.cdm_primarytelephone" THEN 15  -- CONFLICT_STALE cdm_primarytelephone
    WHEN "#clashes.cdm_facebookidentity" THEN 16  -- CONFLICT_STALE cdm_facebookidentity
    WHEN "#clashes.cdm_twitteridentity" THEN 17  -- CONFLICT_STALE cdm_twitteridentity
    WHEN "#clashes.cdm_linkedinidentity" THEN 18  -- CONFLICT_STALE cdm_linkedinidentity
    WHEN "#clashes.cdm_websiteurl" THEN 19  -- CONFLICT_STALE cdm_websiteurl
    WHEN "#clashes.cdm_birthdate" THEN 20  -- CONFLICT_STALE cdm_birthdate
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 5  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "cdm_workernumber", min("#row") AS "#first", count(DISTINCT hash("#key", "cdm_workernumber", "cdm_fullname", "cdm_firstname", "cdm_middlename", "cdm_lastname", "cdm_primaryemailaddress", "cdm_primarytelephone", "cdm_facebookidentity", "cdm_twitteridentity", "cdm_linkedinidentity", "cdm_websiteurl", "cdm_birthdate", "cdm_workerid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "cdm_workernumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 8 ELSE 7 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."cdm_workernumber" = duplicates."cdm_workernumber"
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
UPDATE shaped SET "#reason" = 7, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'workers' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.cdm_workers' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."Workers" AS source WHERE coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 7, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."Workers" AS source
WHERE coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 7, claim."#target_key"
FROM "finops"."Workers" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20) THEN 'rejected'
  WHEN "#reason" IN (8) THEN 'superseded'
  WHEN "#reason" IN (9) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.cdm_workers that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."cdm_workers") AS target ON coalesce(CAST(target."cdm_workernumber" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Workers'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'workers' AND link.state = 'live' AND link.target = 'dataverse.cdm_workers'
  AND NOT EXISTS (SELECT 1 FROM "finops"."Workers" AS source WHERE coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."Workers" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'workers' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."cdm_workers") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'workers' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."cdm_workers") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."cdm_workernumber" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."cdm_workers") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'workers' AND link.target = 'dataverse.cdm_workers' AND link.target_key = coalesce(CAST(target."cdm_workernumber" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'workers' AND link.state = 'live' AND link.target = 'dataverse.cdm_workers'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_workers" AS target WHERE coalesce(CAST(target."cdm_workernumber" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.cdm_workers

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."cdm_fullname" AS "cdm_fullname", CASE WHEN shaped."#goes.cdm_firstname" THEN shaped."cdm_firstname" ELSE t."cdm_firstname" END AS "cdm_firstname", CASE WHEN shaped."#goes.cdm_middlename" THEN shaped."cdm_middlename" ELSE t."cdm_middlename" END AS "cdm_middlename", CASE WHEN shaped."#goes.cdm_lastname" THEN shaped."cdm_lastname" ELSE t."cdm_lastname" END AS "cdm_lastname", CASE WHEN shaped."#goes.cdm_primaryemailaddress" THEN shaped."cdm_primaryemailaddress" ELSE t."cdm_primaryemailaddress" END AS "cdm_primaryemailaddress", CASE WHEN shaped."#goes.cdm_primarytelephone" THEN shaped."cdm_primarytelephone" ELSE t."cdm_primarytelephone" END AS "cdm_primarytelephone", CASE WHEN shaped."#goes.cdm_facebookidentity" THEN shaped."cdm_facebookidentity" ELSE t."cdm_facebookidentity" END AS "cdm_facebookidentity", CASE WHEN shaped."#goes.cdm_twitteridentity" THEN shaped."cdm_twitteridentity" ELSE t."cdm_twitteridentity" END AS "cdm_twitteridentity", CASE WHEN shaped."#goes.cdm_linkedinidentity" THEN shaped."cdm_linkedinidentity" ELSE t."cdm_linkedinidentity" END AS "cdm_linkedinidentity", CASE WHEN shaped."#goes.cdm_websiteurl" THEN shaped."cdm_websiteurl" ELSE t."cdm_websiteurl" END AS "cdm_websiteurl", CASE WHEN shaped."#goes.cdm_birthdate" THEN shaped."cdm_birthdate" ELSE t."cdm_birthdate" END AS "cdm_birthdate", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."cdm_workers" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.cdm_workers
INSERT INTO "dataverse"."cdm_workers" ("cdm_workernumber", "cdm_fullname", "cdm_firstname", "cdm_middlename", "cdm_lastname", "cdm_primaryemailaddress", "cdm_primarytelephone", "cdm_facebookidentity", "cdm_twitteridentity", "cdm_linkedinidentity", "cdm_websiteurl", "cdm_birthdate", "cdm_workerid", "modifiedon", "versionnumber")
SELECT "cdm_workernumber", "cdm_fullname", "cdm_firstname", "cdm_middlename", "cdm_lastname", "cdm_primaryemailaddress", "cdm_primarytelephone", "cdm_facebookidentity", "cdm_twitteridentity", "cdm_linkedinidentity", "cdm_websiteurl", "cdm_birthdate", "cdm_workerid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'workers' AS leg, new."#key" AS source_key, 'dataverse.cdm_workers' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'cdm_fullname', 'old': CAST(old."cdm_fullname" AS VARCHAR), 'new': CAST(new."cdm_fullname" AS VARCHAR)},
    {'column_name': 'cdm_firstname', 'old': CAST(old."cdm_firstname" AS VARCHAR), 'new': CAST(new."cdm_firstname" AS VARCHAR)},
    {'column_name': 'cdm_middlename', 'old': CAST(old."cdm_middlename" AS VARCHAR), 'new': CAST(new."cdm_middlename" AS VARCHAR)},
    {'column_name': 'cdm_lastname', 'old': CAST(old."cdm_lastname" AS VARCHAR), 'new': CAST(new."cdm_lastname" AS VARCHAR)},
    {'column_name': 'cdm_primaryemailaddress', 'old': CAST(old."cdm_primaryemailaddress" AS VARCHAR), 'new': CAST(new."cdm_primaryemailaddress" AS VARCHAR)},
    {'column_name': 'cdm_primarytelephone', 'old': CAST(old."cdm_primarytelephone" AS VARCHAR), 'new': CAST(new."cdm_primarytelephone" AS VARCHAR)},
    {'column_name': 'cdm_facebookidentity', 'old': CAST(old."cdm_facebookidentity" AS VARCHAR), 'new': CAST(new."cdm_facebookidentity" AS VARCHAR)},
    {'column_name': 'cdm_twitteridentity', 'old': CAST(old."cdm_twitteridentity" AS VARCHAR), 'new': CAST(new."cdm_twitteridentity" AS VARCHAR)},
    {'column_name': 'cdm_linkedinidentity', 'old': CAST(old."cdm_linkedinidentity" AS VARCHAR), 'new': CAST(new."cdm_linkedinidentity" AS VARCHAR)},
    {'column_name': 'cdm_websiteurl', 'old': CAST(old."cdm_websiteurl" AS VARCHAR), 'new': CAST(new."cdm_websiteurl" AS VARCHAR)},
    {'column_name': 'cdm_birthdate', 'old': CAST(old."cdm_birthdate" AS VARCHAR), 'new': CAST(new."cdm_birthdate" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."cdm_workers" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."cdm_workers" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."cdm_workers"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'workers' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."PERSONNELNUMBER" AS VARCHAR), '') FROM "finops"."Workers" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'workers.map.yaml:4'),
  (2, 'TARGET_EXISTS', '', /* place */ 'workers.map.yaml:4'),
  (3, 'TARGET_MISSING', '', /* place */ 'workers.map.yaml:4'),
  (4, 'TARGET_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (5, 'UPDATE_NOT_ALLOWED', '', /* place */ 'workers.map.yaml:4'),
  (6, 'CONFLICT_STALE', '', /* place */ 'workers.map.yaml:4'),
  (7, 'KEY_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (8, 'SUPERSEDED', '', /* place */ 'workers.map.yaml:4'),
  (9, 'SET_INCOMPLETE', '', /* place */ 'workers.map.yaml:4'),
  (10, 'TARGET_REFUSED', '', /* place */ 'workers.map.yaml:4'),
  (11, 'CONFLICT_STALE', 'cdm_firstname', /* place */ 'workers.map.yaml:15'),
  (12, 'CONFLICT_STALE', 'cdm_middlename', /* place */ 'workers.map.yaml:16'),
  (13, 'CONFLICT_STALE', 'cdm_lastname', /* place */ 'workers.map.yaml:17'),
  (14, 'CONFLICT_STALE', 'cdm_primaryemailaddress', /* place */ 'workers.map.yaml:18'),
  (15, 'CONFLICT_STALE', 'cdm_primarytelephone', /* place */ 'workers.map.yaml:19'),
  (16, 'CONFLICT_STALE', 'cdm_facebookidentity', /* place */ 'workers.map.yaml:20'),
  (17, 'CONFLICT_STALE', 'cdm_twitteridentity', /* place */ 'workers.map.yaml:21'),
  (18, 'CONFLICT_STALE', 'cdm_linkedinidentity', /* place */ 'workers.map.yaml:22'),
  (19, 'CONFLICT_STALE', 'cdm_websiteurl', /* place */ 'workers.map.yaml:23'),
  (20, 'CONFLICT_STALE', 'cdm_birthdate', /* place */ 'workers.map.yaml:24')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'workers' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'workers' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'workers' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('PERSONNELNUMBER', CAST(source."PERSONNELNUMBER" AS VARCHAR), 'FIRSTNAME', CAST(source."FIRSTNAME" AS VARCHAR), 'MIDDLENAME', CAST(source."MIDDLENAME" AS VARCHAR), 'LASTNAME', CAST(source."LASTNAME" AS VARCHAR), 'NAME', CAST(source."NAME" AS VARCHAR), 'PRIMARYCONTACTEMAIL', CAST(source."PRIMARYCONTACTEMAIL" AS VARCHAR), 'PRIMARYCONTACTPHONE', CAST(source."PRIMARYCONTACTPHONE" AS VARCHAR), 'PRIMARYCONTACTFACEBOOK', CAST(source."PRIMARYCONTACTFACEBOOK" AS VARCHAR), 'PRIMARYCONTACTTWITTER', CAST(source."PRIMARYCONTACTTWITTER" AS VARCHAR), 'PRIMARYCONTACTLINKEDIN', CAST(source."PRIMARYCONTACTLINKEDIN" AS VARCHAR), 'PRIMARYCONTACTURL', CAST(source."PRIMARYCONTACTURL" AS VARCHAR), 'BIRTHDATE', CAST(source."BIRTHDATE" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'workers.map.yaml:4'),
  (2, 'TARGET_EXISTS', '', /* place */ 'workers.map.yaml:4'),
  (3, 'TARGET_MISSING', '', /* place */ 'workers.map.yaml:4'),
  (4, 'TARGET_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (5, 'UPDATE_NOT_ALLOWED', '', /* place */ 'workers.map.yaml:4'),
  (6, 'CONFLICT_STALE', '', /* place */ 'workers.map.yaml:4'),
  (7, 'KEY_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (8, 'SUPERSEDED', '', /* place */ 'workers.map.yaml:4'),
  (9, 'SET_INCOMPLETE', '', /* place */ 'workers.map.yaml:4'),
  (10, 'TARGET_REFUSED', '', /* place */ 'workers.map.yaml:4'),
  (11, 'CONFLICT_STALE', 'cdm_firstname', /* place */ 'workers.map.yaml:15'),
  (12, 'CONFLICT_STALE', 'cdm_middlename', /* place */ 'workers.map.yaml:16'),
  (13, 'CONFLICT_STALE', 'cdm_lastname', /* place */ 'workers.map.yaml:17'),
  (14, 'CONFLICT_STALE', 'cdm_primaryemailaddress', /* place */ 'workers.map.yaml:18'),
  (15, 'CONFLICT_STALE', 'cdm_primarytelephone', /* place */ 'workers.map.yaml:19'),
  (16, 'CONFLICT_STALE', 'cdm_facebookidentity', /* place */ 'workers.map.yaml:20'),
  (17, 'CONFLICT_STALE', 'cdm_twitteridentity', /* place */ 'workers.map.yaml:21'),
  (18, 'CONFLICT_STALE', 'cdm_linkedinidentity', /* place */ 'workers.map.yaml:22'),
  (19, 'CONFLICT_STALE', 'cdm_websiteurl', /* place */ 'workers.map.yaml:23'),
  (20, 'CONFLICT_STALE', 'cdm_birthdate', /* place */ 'workers.map.yaml:24')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."Workers" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'workers' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'workers' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.cdm_workers' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'workers' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.cdm_workers' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'workers' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'workers' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, coalesce(CAST(shaped."cdm_workernumber" AS VARCHAR), '') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."cdm_firstname" IS NOT DISTINCT FROM shaped."cdm_firstname"
        THEN {'column_name': 'cdm_firstname', 'source': CAST(shaped."both.FIRSTNAME" AS VARCHAR), 'target': CAST(now."cdm_firstname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_firstname')[1] END,
      CASE WHEN now."cdm_middlename" IS NOT DISTINCT FROM shaped."cdm_middlename"
        THEN {'column_name': 'cdm_middlename', 'source': CAST(shaped."both.MIDDLENAME" AS VARCHAR), 'target': CAST(now."cdm_middlename" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_middlename')[1] END,
      CASE WHEN now."cdm_lastname" IS NOT DISTINCT FROM shaped."cdm_lastname"
        THEN {'column_name': 'cdm_lastname', 'source': CAST(shaped."both.LASTNAME" AS VARCHAR), 'target': CAST(now."cdm_lastname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_lastname')[1] END,
      CASE WHEN now."cdm_primaryemailaddress" IS NOT DISTINCT FROM shaped."cdm_primaryemailaddress"
        THEN {'column_name': 'cdm_primaryemailaddress', 'source': CAST(shaped."both.PRIMARYCONTACTEMAIL" AS VARCHAR), 'target': CAST(now."cdm_primaryemailaddress" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_primaryemailaddress')[1] END,
      CASE WHEN now."cdm_primarytelephone" IS NOT DISTINCT FROM shaped."cdm_primarytelephone"
        THEN {'column_name': 'cdm_primarytelephone', 'source': CAST(shaped."both.PRIMARYCONTACTPHONE" AS VARCHAR), 'target': CAST(now."cdm_primarytelephone" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_primarytelephone')[1] END,
      CASE WHEN now."cdm_facebookidentity" IS NOT DISTINCT FROM shaped."cdm_facebookidentity"
        THEN {'column_name': 'cdm_facebookidentity', 'source': CAST(shaped."both.PRIMARYCONTACTFACEBOOK" AS VARCHAR), 'target': CAST(now."cdm_facebookidentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_facebookidentity')[1] END,
      CASE WHEN now."cdm_twitteridentity" IS NOT DISTINCT FROM shaped."cdm_twitteridentity"
        THEN {'column_name': 'cdm_twitteridentity', 'source': CAST(shaped."both.PRIMARYCONTACTTWITTER" AS VARCHAR), 'target': CAST(now."cdm_twitteridentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_twitteridentity')[1] END,
      CASE WHEN now."cdm_linkedinidentity" IS NOT DISTINCT FROM shaped."cdm_linkedinidentity"
        THEN {'column_name': 'cdm_linkedinidentity', 'source': CAST(shaped."both.PRIMARYCONTACTLINKEDIN" AS VARCHAR), 'target': CAST(now."cdm_linkedinidentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_linkedinidentity')[1] END,
      CASE WHEN now."cdm_websiteurl" IS NOT DISTINCT FROM shaped."cdm_websiteurl"
        THEN {'column_name': 'cdm_websiteurl', 'source': CAST(shaped."both.PRIMARYCONTACTURL" AS VARCHAR), 'target': CAST(now."cdm_websiteurl" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_websiteurl')[1] END,
      CASE WHEN now."cdm_birthdate" IS NOT DISTINCT FROM shaped."cdm_birthdate"
        THEN {'column_name': 'cdm_birthdate', 'source': CAST(shaped."both.BIRTHDATE" AS VARCHAR), 'target': CAST(now."cdm_birthdate" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_birthdate')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."cdm_workernumber" AS VARCHAR), '') AS "#target_key" FROM "dataverse"."cdm_workers" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'workers' AND pact.source_key = shaped."#key" AND pact.target_key = coalesce(CAST(shaped."cdm_workernumber" AS VARCHAR), '')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'workers' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'workers' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'workers';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'workers' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
