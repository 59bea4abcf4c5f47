-- workers:back: Worker (cdm_workers)
-- dataverse.cdm_workers -> finops.Workers, incremental

-- step 1: extract dataverse.cdm_workers

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.cdm_workers' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_workerid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_workers" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_workers" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_workers" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'workers:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_workers'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') FROM "dataverse"."cdm_workers" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."cdm_workers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_workers'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'workers:back' AND mark.entity = 'dataverse.cdm_workers'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'workers:back' AND link.source_key = coalesce(CAST(source."cdm_workerid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."cdm_workers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'workers:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_workers'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_workers" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'workers:back' AND link.source_key = coalesce(CAST(source."cdm_workerid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."cdm_workers" AS source
WHERE coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'workers:back' AND open.state = 'open'
);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."cdm_workers" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'workers:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') FROM "dataverse"."cdm_workers" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'workers:back' AND source_key IN (SELECT coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') FROM "dataverse"."cdm_workers" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."cdm_workerid",
    source."modifiedon",
    source."cdm_workernumber",
    source."cdm_firstname",
    source."cdm_middlename",
    source."cdm_lastname",
    source."cdm_primaryemailaddress",
    source."cdm_primarytelephone",
    source."cdm_facebookidentity",
    source."cdm_twitteridentity",
    source."cdm_linkedinidentity",
    source."cdm_websiteurl",
    source."cdm_birthdate"
  FROM "dataverse"."cdm_workers" AS source
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
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon workers.map.yaml:4
      WHEN length("cdm_workernumber") > 25 THEN 2  -- TOO_LONG PERSONNELNUMBER workers.map.yaml:11
      WHEN (CASE WHEN (length("cdm_workernumber") <= 25) THEN "cdm_workernumber" END) IS NULL THEN 3  -- KEY_NULL PERSONNELNUMBER workers.map.yaml:11
      WHEN length("cdm_firstname") > 25 THEN 4  -- TOO_LONG FIRSTNAME workers.map.yaml:15
      WHEN length("cdm_middlename") > 25 THEN 5  -- TOO_LONG MIDDLENAME workers.map.yaml:16
      WHEN length("cdm_lastname") > 25 THEN 6  -- TOO_LONG LASTNAME workers.map.yaml:17
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("cdm_workernumber" AS VARCHAR)
      WHEN 4 THEN CAST("cdm_firstname" AS VARCHAR)
      WHEN 5 THEN CAST("cdm_middlename" AS VARCHAR)
      WHEN 6 THEN CAST("cdm_lastname" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length("cdm_firstname") <= 25) THEN "cdm_firstname" END AS VARCHAR) AS "FIRSTNAME",  -- workers.map.yaml:15
    CAST(CASE WHEN (length("cdm_middlename") <= 25) THEN "cdm_middlename" END AS VARCHAR) AS "MIDDLENAME",  -- workers.map.yaml:16
    CAST(CASE WHEN (length("cdm_lastname") <= 25) THEN "cdm_lastname" END AS VARCHAR) AS "LASTNAME",  -- workers.map.yaml:17
    "cdm_primaryemailaddress" AS "PRIMARYCONTACTEMAIL",  -- workers.map.yaml:18
    "cdm_primarytelephone" AS "PRIMARYCONTACTPHONE",  -- workers.map.yaml:19
    "cdm_facebookidentity" AS "PRIMARYCONTACTFACEBOOK",  -- workers.map.yaml:20
    "cdm_twitteridentity" AS "PRIMARYCONTACTTWITTER",  -- workers.map.yaml:21
    "cdm_linkedinidentity" AS "PRIMARYCONTACTLINKEDIN",  -- workers.map.yaml:22
    "cdm_websiteurl" AS "PRIMARYCONTACTURL",  -- workers.map.yaml:23
    "cdm_birthdate" AS "BIRTHDATE",  -- workers.map.yaml:24
    CASE WHEN (length("cdm_workernumber") <= 25) THEN "cdm_workernumber" END AS "key.PERSONNELNUMBER",  -- for later steps
    coalesce(CAST("cdm_workernumber" AS VARCHAR), '') AS "#out_key",  -- for later steps
    "cdm_firstname" AS "both.cdm_firstname",  -- for later steps
    "cdm_middlename" AS "both.cdm_middlename",  -- for later steps
    "cdm_lastname" AS "both.cdm_lastname",  -- for later steps
    "cdm_primaryemailaddress" AS "both.cdm_primaryemailaddress",  -- for later steps
    "cdm_primarytelephone" AS "both.cdm_primarytelephone",  -- for later steps
    "cdm_facebookidentity" AS "both.cdm_facebookidentity",  -- for later steps
    "cdm_twitteridentity" AS "both.cdm_twitteridentity",  -- for later steps
    "cdm_linkedinidentity" AS "both.cdm_linkedinidentity",  -- for later steps
    "cdm_websiteurl" AS "both.cdm_websiteurl",  -- for later steps
    "cdm_birthdate" AS "both.cdm_birthdate",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."PERSONNELNUMBER" AS VARCHAR), '') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."PERSONNELNUMBER" AS "PERSONNELNUMBER", x."FIRSTNAME" AS "FIRSTNAME", x."MIDDLENAME" AS "MIDDLENAME", x."LASTNAME" AS "LASTNAME", x."PRIMARYCONTACTEMAIL" AS "PRIMARYCONTACTEMAIL", x."PRIMARYCONTACTPHONE" AS "PRIMARYCONTACTPHONE", x."PRIMARYCONTACTFACEBOOK" AS "PRIMARYCONTACTFACEBOOK", x."PRIMARYCONTACTTWITTER" AS "PRIMARYCONTACTTWITTER", x."PRIMARYCONTACTLINKEDIN" AS "PRIMARYCONTACTLINKEDIN", x."PRIMARYCONTACTURL" AS "PRIMARYCONTACTURL", x."BIRTHDATE" AS "BIRTHDATE"
  FROM "finops"."Workers" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    target."#key" AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    TRUE AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_firstname" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_firstname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".target)) AND NOT (CAST(target."FIRSTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".source))
    END AS "#goes.cdm_firstname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_middlename" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_middlename" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".target)) AND NOT (CAST(target."MIDDLENAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".source))
    END AS "#goes.cdm_middlename",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_lastname" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_lastname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".target)) AND NOT (CAST(target."LASTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".source))
    END AS "#goes.cdm_lastname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_primaryemailaddress" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_primaryemailaddress" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".target)) AND NOT (CAST(target."PRIMARYCONTACTEMAIL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".source))
    END AS "#goes.cdm_primaryemailaddress",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_primarytelephone" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_primarytelephone" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".target)) AND NOT (CAST(target."PRIMARYCONTACTPHONE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".source))
    END AS "#goes.cdm_primarytelephone",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_facebookidentity" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_facebookidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".target)) AND NOT (CAST(target."PRIMARYCONTACTFACEBOOK" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".source))
    END AS "#goes.cdm_facebookidentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_twitteridentity" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_twitteridentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".target)) AND NOT (CAST(target."PRIMARYCONTACTTWITTER" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".source))
    END AS "#goes.cdm_twitteridentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_linkedinidentity" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_linkedinidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".target)) AND NOT (CAST(target."PRIMARYCONTACTLINKEDIN" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".source))
    END AS "#goes.cdm_linkedinidentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_websiteurl" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_websiteurl" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".target)) AND NOT (CAST(target."PRIMARYCONTACTURL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".source))
    END AS "#goes.cdm_websiteurl",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."cdm_birthdate" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.cdm_birthdate" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".target)) AND NOT (CAST(target."BIRTHDATE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".source))
    END AS "#goes.cdm_birthdate",
    target."#row" IS NOT NULL AND pact."cdm_firstname" IS NOT NULL AND (CAST(mapped."both.cdm_firstname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".target)) AND (CAST(target."FIRSTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_firstname".source))
      AND (target."FIRSTNAME" IS DISTINCT FROM mapped."FIRSTNAME") AS "#clashes.cdm_firstname",
    target."#row" IS NOT NULL AND pact."cdm_middlename" IS NOT NULL AND (CAST(mapped."both.cdm_middlename" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".target)) AND (CAST(target."MIDDLENAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_middlename".source))
      AND (target."MIDDLENAME" IS DISTINCT FROM mapped."MIDDLENAME") AS "#clashes.cdm_middlename",
    target."#row" IS NOT NULL AND pact."cdm_lastname" IS NOT NULL AND (CAST(mapped."both.cdm_lastname" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".target)) AND (CAST(target."LASTNAME" AS VARCHAR) IS DISTINCT FROM (pact."cdm_lastname".source))
      AND (target."LASTNAME" IS DISTINCT FROM mapped."LASTNAME") AS "#clashes.cdm_lastname",
    target."#row" IS NOT NULL AND pact."cdm_primaryemailaddress" IS NOT NULL AND (CAST(mapped."both.cdm_primaryemailaddress" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".target)) AND (CAST(target."PRIMARYCONTACTEMAIL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primaryemailaddress".source))
      AND (target."PRIMARYCONTACTEMAIL" IS DISTINCT FROM mapped."PRIMARYCONTACTEMAIL") AS "#clashes.cdm_primaryemailaddress",
    target."#row" IS NOT NULL AND pact."cdm_primarytelephone" IS NOT NULL AND (CAST(mapped."both.cdm_primarytelephone" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".target)) AND (CAST(target."PRIMARYCONTACTPHONE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_primarytelephone".source))
      AND (target."PRIMARYCONTACTPHONE" IS DISTINCT FROM mapped."PRIMARYCONTACTPHONE") AS "#clashes.cdm_primarytelephone",
    target."#row" IS NOT NULL AND pact."cdm_facebookidentity" IS NOT NULL AND (CAST(mapped."both.cdm_facebookidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".target)) AND (CAST(target."PRIMARYCONTACTFACEBOOK" AS VARCHAR) IS DISTINCT FROM (pact."cdm_facebookidentity".source))
      AND (target."PRIMARYCONTACTFACEBOOK" IS DISTINCT FROM mapped."PRIMARYCONTACTFACEBOOK") AS "#clashes.cdm_facebookidentity",
    target."#row" IS NOT NULL AND pact."cdm_twitteridentity" IS NOT NULL AND (CAST(mapped."both.cdm_twitteridentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".target)) AND (CAST(target."PRIMARYCONTACTTWITTER" AS VARCHAR) IS DISTINCT FROM (pact."cdm_twitteridentity".source))
      AND (target."PRIMARYCONTACTTWITTER" IS DISTINCT FROM mapped."PRIMARYCONTACTTWITTER") AS "#clashes.cdm_twitteridentity",
    target."#row" IS NOT NULL AND pact."cdm_linkedinidentity" IS NOT NULL AND (CAST(mapped."both.cdm_linkedinidentity" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".target)) AND (CAST(target."PRIMARYCONTACTLINKEDIN" AS VARCHAR) IS DISTINCT FROM (pact."cdm_linkedinidentity".source))
      AND (target."PRIMARYCONTACTLINKEDIN" IS DISTINCT FROM mapped."PRIMARYCONTACTLINKEDIN") AS "#clashes.cdm_linkedinidentity",
    target."#row" IS NOT NULL AND pact."cdm_websiteurl" IS NOT NULL AND (CAST(mapped."both.cdm_websiteurl" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".target)) AND (CAST(target."PRIMARYCONTACTURL" AS VARCHAR) IS DISTINCT FROM (pact."cdm_websiteurl".source))
      AND (target."PRIMARYCONTACTURL" IS DISTINCT FROM mapped."PRIMARYCONTACTURL") AS "#clashes.cdm_websiteurl",
    target."#row" IS NOT NULL AND pact."cdm_birthdate" IS NOT NULL AND (CAST(mapped."both.cdm_birthdate" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".target)) AND (CAST(target."BIRTHDATE" AS VARCHAR) IS DISTINCT FROM (pact."cdm_birthdate".source))
      AND (target."BIRTHDATE" IS DISTINCT FROM mapped."BIRTHDATE") AS "#clashes.cdm_birthdate",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.cdm_firstname" THEN 'cdm_firstname' || ': source ' || coalesce(CAST(target."FIRSTNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_firstname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_middlename" THEN 'cdm_middlename' || ': source ' || coalesce(CAST(target."MIDDLENAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_middlename" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_lastname" THEN 'cdm_lastname' || ': source ' || coalesce(CAST(target."LASTNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_lastname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_primaryemailaddress" THEN 'cdm_primaryemailaddress' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTEMAIL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_primaryemailaddress" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_primarytelephone" THEN 'cdm_primarytelephone' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTPHONE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_primarytelephone" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_facebookidentity" THEN 'cdm_facebookidentity' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTFACEBOOK" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_facebookidentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_twitteridentity" THEN 'cdm_twitteridentity' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTTWITTER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_twitteridentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_linkedinidentity" THEN 'cdm_linkedinidentity' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTLINKEDIN" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_linkedinidentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_websiteurl" THEN 'cdm_websiteurl' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTURL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_websiteurl" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.cdm_birthdate" THEN 'cdm_birthdate' || ': source ' || coalesce(CAST(target."BIRTHDATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.cdm_birthdate" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.cdm_firstname" AND (target."FIRSTNAME" IS DISTINCT FROM mapped."FIRSTNAME"))
      OR ("#goes.cdm_middlename" AND (target."MIDDLENAME" IS DISTINCT FROM mapped."MIDDLENAME"))
      OR ("#goes.cdm_lastname" AND (target."LASTNAME" IS DISTINCT FROM mapped."LASTNAME"))
      OR ("#goes.cdm_primaryemailaddress" AND (target."PRIMARYCONTACTEMAIL" IS DISTINCT FROM mapped."PRIMARYCONTACTEMAIL"))
      OR ("#goes.cdm_primarytelephone" AND (target."PRIMARYCONTACTPHONE" IS DISTINCT FROM mapped."PRIMARYCONTACTPHONE"))
      OR ("#goes.cdm_facebookidentity" AND (target."PRIMARYCONTACTFACEBOOK" IS DISTINCT FROM mapped."PRIMARYCONTACTFACEBOOK"))
      OR ("#goes.cdm_twitteridentity" AND (target."PRIMARYCONTACTTWITTER" IS DISTINCT FROM mapped."PRIMARYCONTACTTWITTER"))
      OR ("#goes.cdm_linkedinidentity" AND (target."PRIMARYCONTACTLINKEDIN" IS DISTINCT FROM mapped."PRIMARYCONTACTLINKEDIN"))
      OR ("#goes.cdm_websiteurl" AND (target."PRIMARYCONTACTURL" IS DISTINCT FROM mapped."PRIMARYCONTACTURL"))
      OR ("#goes.cdm_birthdate" AND (target."BIRTHDATE" IS DISTINCT FROM mapped."BIRTHDATE")) AS "#differs",
    FALSE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."PERSONNELNUMBER" = mapped."key.PERSONNELNUMBER"
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
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 8  -- TARGET_MISSING
    WHEN "#clashes.cdm_firstname" THEN 16  -- CONFLICT_STALE cdm_firstname
    WHEN "#clashes.cdm_middlename" THEN 17  -- CONFLICT_STALE cdm_middlename
    WHEN "#clashes.cdm_lastname" THEN 18  -- CONFLICT_STALE cdm_lastname
    WHEN "#clashes.cdm_primaryemailaddress" THEN 19  -- CONFLICT_STALE cdm_primaryemailaddress
    WHEN "#clashes.cdm_primarytelephone" THEN 20  -- CONFLICT_STALE cdm_primarytelephone
    WHEN "#clashes.cdm_facebookidentity" THEN 21  -- CONFLICT_STALE cdm_facebookidentity
    WHEN "#clashes.cdm_twitteridentity" THEN 22  -- CONFLICT_STALE cdm_twitteridentity
    WHEN "#clashes.cdm_linkedinidentity" THEN 23  -- CONFLICT_STALE cdm_linkedinidentity
    WHEN "#clashes.cdm_websiteurl" THEN 24  -- CONFLICT_STALE cdm_websiteurl
    WHEN "#clashes.cdm_birthdate" THEN 25  -- CONFLICT_STALE cdm_birthdate
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 11  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 10  -- UPDATE_NOT_ALLOWED
    ELSE NULL
  END AS "#reason",
  CAST(NULL AS VARCHAR) AS "#fate"
FROM matched;

-- rows that meet several target rows
CREATE OR REPLACE TEMP TABLE meeting AS
SELECT "#row", min("#target_row") AS "#kept"
FROM shaped
GROUP BY "#row"
HAVING count(*) > 1;

-- keep one of each
DELETE FROM shaped USING meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#target_row" <> meeting."#kept";

-- and refuse it
UPDATE shaped SET "#reason" = 9, "#value" = shaped."#target_key"
FROM meeting
WHERE shaped."#row" = meeting."#row" AND shaped."#passes" AND shaped."#reason" IS NULL;

-- check TARGET_DUPLICATE: rows that meet two target rows
SELECT count(*), min("#target_key")
FROM (SELECT "#row", min("#target_key") AS "#target_key" FROM shaped GROUP BY "#row" HAVING count(*) > 1);

-- step 3: divert

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "key.PERSONNELNUMBER", min("#row") AS "#first", count(DISTINCT hash("#key", "FIRSTNAME", "MIDDLENAME", "LASTNAME", "PRIMARYCONTACTEMAIL", "PRIMARYCONTACTPHONE", "PRIMARYCONTACTFACEBOOK", "PRIMARYCONTACTTWITTER", "PRIMARYCONTACTLINKEDIN", "PRIMARYCONTACTURL", "BIRTHDATE")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "key.PERSONNELNUMBER"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 13 ELSE 12 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."key.PERSONNELNUMBER" = duplicates."key.PERSONNELNUMBER"
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
UPDATE shaped SET "#reason" = 12, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'workers:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.Workers' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."cdm_workers" AS source WHERE coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 12, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."cdm_workers" AS source
WHERE coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 12, claim."#target_key"
FROM "dataverse"."cdm_workers" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25) THEN 'rejected'
  WHEN "#reason" IN (13) THEN 'superseded'
  WHEN "#reason" IN (14) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."cdm_workers" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'workers:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."Workers") AS there
);

-- step 4: deliver finops.Workers

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.cdm_firstname" THEN shaped."FIRSTNAME" ELSE t."FIRSTNAME" END AS "FIRSTNAME", CASE WHEN shaped."#goes.cdm_middlename" THEN shaped."MIDDLENAME" ELSE t."MIDDLENAME" END AS "MIDDLENAME", CASE WHEN shaped."#goes.cdm_lastname" THEN shaped."LASTNAME" ELSE t."LASTNAME" END AS "LASTNAME", CASE WHEN shaped."#goes.cdm_primaryemailaddress" THEN shaped."PRIMARYCONTACTEMAIL" ELSE t."PRIMARYCONTACTEMAIL" END AS "PRIMARYCONTACTEMAIL", CASE WHEN shaped."#goes.cdm_primarytelephone" THEN shaped."PRIMARYCONTACTPHONE" ELSE t."PRIMARYCONTACTPHONE" END AS "PRIMARYCONTACTPHONE", CASE WHEN shaped."#goes.cdm_facebookidentity" THEN shaped."PRIMARYCONTACTFACEBOOK" ELSE t."PRIMARYCONTACTFACEBOOK" END AS "PRIMARYCONTACTFACEBOOK", CASE WHEN shaped."#goes.cdm_twitteridentity" THEN shaped."PRIMARYCONTACTTWITTER" ELSE t."PRIMARYCONTACTTWITTER" END AS "PRIMARYCONTACTTWITTER", CASE WHEN shaped."#goes.cdm_linkedinidentity" THEN shaped."PRIMARYCONTACTLINKEDIN" ELSE t."PRIMARYCONTACTLINKEDIN" END AS "PRIMARYCONTACTLINKEDIN", CASE WHEN shaped."#goes.cdm_websiteurl" THEN shaped."PRIMARYCONTACTURL" ELSE t."PRIMARYCONTACTURL" END AS "PRIMARYCONTACTURL", CASE WHEN shaped."#goes.cdm_birthdate" THEN shaped."BIRTHDATE" ELSE t."BIRTHDATE" END AS "BIRTHDATE", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."Workers" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'workers:back' AS leg, new."#key" AS source_key, 'finops.Workers' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'FIRSTNAME', 'old': CAST(old."FIRSTNAME" AS VARCHAR), 'new': CAST(new."FIRSTNAME" AS VARCHAR)},
    {'column_name': 'MIDDLENAME', 'old': CAST(old."MIDDLENAME" AS VARCHAR), 'new': CAST(new."MIDDLENAME" AS VARCHAR)},
    {'column_name': 'LASTNAME', 'old': CAST(old."LASTNAME" AS VARCHAR), 'new': CAST(new."LASTNAME" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTEMAIL', 'old': CAST(old."PRIMARYCONTACTEMAIL" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTEMAIL" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTPHONE', 'old': CAST(old."PRIMARYCONTACTPHONE" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTPHONE" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTFACEBOOK', 'old': CAST(old."PRIMARYCONTACTFACEBOOK" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTFACEBOOK" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTTWITTER', 'old': CAST(old."PRIMARYCONTACTTWITTER" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTTWITTER" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTLINKEDIN', 'old': CAST(old."PRIMARYCONTACTLINKEDIN" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTLINKEDIN" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTURL', 'old': CAST(old."PRIMARYCONTACTURL" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTURL" AS VARCHAR)},
    {'column_name': 'BIRTHDATE', 'old': CAST(old."BIRTHDATE" AS VARCHAR), 'new': CAST(new."BIRTHDATE" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."Workers" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."Workers" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."Workers"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'workers:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."cdm_workerid" AS VARCHAR), '') FROM "dataverse"."cdm_workers" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'workers.map.yaml:4'),
  (2, 'TOO_LONG', 'PERSONNELNUMBER', /* place */ 'workers.map.yaml:11'),
  (3, 'KEY_NULL', 'PERSONNELNUMBER', /* place */ 'workers.map.yaml:11'),
  (4, 'TOO_LONG', 'FIRSTNAME', /* place */ 'workers.map.yaml:15'),
  (5, 'TOO_LONG', 'MIDDLENAME', /* place */ 'workers.map.yaml:16'),
  (6, 'TOO_LONG', 'LASTNAME', /* place */ 'workers.map.yaml:17'),
  (7, 'TARGET_EXISTS', '', /* place */ 'workers.map.yaml:4'),
  (8, 'TARGET_MISSING', '', /* place */ 'workers.map.yaml:4'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'workers.map.yaml:4'),
  (11, 'CONFLICT_STALE', '', /* place */ 'workers.map.yaml:4'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (13, 'SUPERSEDED', '', /* place */ 'workers.map.yaml:4'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'workers.map.yaml:4'),
  (15, 'TARGET_REFUSED', '', /* place */ 'workers.map.yaml:4'),
  (16, 'CONFLICT_STALE', 'cdm_firstname', /* place */ 'workers.map.yaml:15'),
  (17, 'CONFLICT_STALE', 'cdm_middlename', /* place */ 'workers.map.yaml:16'),
  (18, 'CONFLICT_STALE', 'cdm_lastname', /* place */ 'workers.map.yaml:17'),
  (19, 'CONFLICT_STALE', 'cdm_primaryemailaddress', /* place */ 'workers.map.yaml:18'),
  (20, 'CONFLICT_STALE', 'cdm_primarytelephone', /* place */ 'workers.map.yaml:19'),
  (21, 'CONFLICT_STALE', 'cdm_facebookidentity', /* place */ 'workers.map.yaml:20'),
  (22, 'CONFLICT_STALE', 'cdm_twitteridentity', /* place */ 'workers.map.yaml:21'),
  (23, 'CONFLICT_STALE', 'cdm_linkedinidentity', /* place */ 'workers.map.yaml:22'),
  (24, 'CONFLICT_STALE', 'cdm_websiteurl', /* place */ 'workers.map.yaml:23'),
  (25, 'CONFLICT_STALE', 'cdm_birthdate', /* place */ 'workers.map.yaml:24')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'workers:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'workers:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'workers:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('cdm_workerid', CAST(source."cdm_workerid" AS VARCHAR), 'cdm_workernumber', CAST(source."cdm_workernumber" AS VARCHAR), 'cdm_firstname', CAST(source."cdm_firstname" AS VARCHAR), 'cdm_middlename', CAST(source."cdm_middlename" AS VARCHAR), 'cdm_lastname', CAST(source."cdm_lastname" AS VARCHAR), 'cdm_fullname', CAST(source."cdm_fullname" AS VARCHAR), 'cdm_primaryemailaddress', CAST(source."cdm_primaryemailaddress" AS VARCHAR), 'cdm_primarytelephone', CAST(source."cdm_primarytelephone" AS VARCHAR), 'cdm_facebookidentity', CAST(source."cdm_facebookidentity" AS VARCHAR), 'cdm_twitteridentity', CAST(source."cdm_twitteridentity" AS VARCHAR), 'cdm_linkedinidentity', CAST(source."cdm_linkedinidentity" AS VARCHAR), 'cdm_websiteurl', CAST(source."cdm_websiteurl" AS VARCHAR), 'cdm_birthdate', CAST(source."cdm_birthdate" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'workers.map.yaml:4'),
  (2, 'TOO_LONG', 'PERSONNELNUMBER', /* place */ 'workers.map.yaml:11'),
  (3, 'KEY_NULL', 'PERSONNELNUMBER', /* place */ 'workers.map.yaml:11'),
  (4, 'TOO_LONG', 'FIRSTNAME', /* place */ 'workers.map.yaml:15'),
  (5, 'TOO_LONG', 'MIDDLENAME', /* place */ 'workers.map.yaml:16'),
  (6, 'TOO_LONG', 'LASTNAME', /* place */ 'workers.map.yaml:17'),
  (7, 'TARGET_EXISTS', '', /* place */ 'workers.map.yaml:4'),
  (8, 'TARGET_MISSING', '', /* place */ 'workers.map.yaml:4'),
  (9, 'TARGET_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (10, 'UPDATE_NOT_ALLOWED', '', /* place */ 'workers.map.yaml:4'),
  (11, 'CONFLICT_STALE', '', /* place */ 'workers.map.yaml:4'),
  (12, 'KEY_DUPLICATE', '', /* place */ 'workers.map.yaml:4'),
  (13, 'SUPERSEDED', '', /* place */ 'workers.map.yaml:4'),
  (14, 'SET_INCOMPLETE', '', /* place */ 'workers.map.yaml:4'),
  (15, 'TARGET_REFUSED', '', /* place */ 'workers.map.yaml:4'),
  (16, 'CONFLICT_STALE', 'cdm_firstname', /* place */ 'workers.map.yaml:15'),
  (17, 'CONFLICT_STALE', 'cdm_middlename', /* place */ 'workers.map.yaml:16'),
  (18, 'CONFLICT_STALE', 'cdm_lastname', /* place */ 'workers.map.yaml:17'),
  (19, 'CONFLICT_STALE', 'cdm_primaryemailaddress', /* place */ 'workers.map.yaml:18'),
  (20, 'CONFLICT_STALE', 'cdm_primarytelephone', /* place */ 'workers.map.yaml:19'),
  (21, 'CONFLICT_STALE', 'cdm_facebookidentity', /* place */ 'workers.map.yaml:20'),
  (22, 'CONFLICT_STALE', 'cdm_twitteridentity', /* place */ 'workers.map.yaml:21'),
  (23, 'CONFLICT_STALE', 'cdm_linkedinidentity', /* place */ 'workers.map.yaml:22'),
  (24, 'CONFLICT_STALE', 'cdm_websiteurl', /* place */ 'workers.map.yaml:23'),
  (25, 'CONFLICT_STALE', 'cdm_birthdate', /* place */ 'workers.map.yaml:24')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."cdm_workers" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'workers:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'workers:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.Workers' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'workers:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.Workers' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'workers:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'workers:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT coalesce(CAST(x."PERSONNELNUMBER" AS VARCHAR), '') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."Workers" AS x
  JOIN shaped ON shaped."#target_key" = coalesce(CAST(x."PERSONNELNUMBER" AS VARCHAR), '') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'workers' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    coalesce(CAST(now."PERSONNELNUMBER" AS VARCHAR), '') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."FIRSTNAME" IS NOT DISTINCT FROM shaped."FIRSTNAME"
        THEN {'column_name': 'cdm_firstname', 'source': CAST(now."FIRSTNAME" AS VARCHAR), 'target': CAST(shaped."both.cdm_firstname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_firstname')[1] END,
      CASE WHEN now."MIDDLENAME" IS NOT DISTINCT FROM shaped."MIDDLENAME"
        THEN {'column_name': 'cdm_middlename', 'source': CAST(now."MIDDLENAME" AS VARCHAR), 'target': CAST(shaped."both.cdm_middlename" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_middlename')[1] END,
      CASE WHEN now."LASTNAME" IS NOT DISTINCT FROM shaped."LASTNAME"
        THEN {'column_name': 'cdm_lastname', 'source': CAST(now."LASTNAME" AS VARCHAR), 'target': CAST(shaped."both.cdm_lastname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_lastname')[1] END,
      CASE WHEN now."PRIMARYCONTACTEMAIL" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTEMAIL"
        THEN {'column_name': 'cdm_primaryemailaddress', 'source': CAST(now."PRIMARYCONTACTEMAIL" AS VARCHAR), 'target': CAST(shaped."both.cdm_primaryemailaddress" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_primaryemailaddress')[1] END,
      CASE WHEN now."PRIMARYCONTACTPHONE" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTPHONE"
        THEN {'column_name': 'cdm_primarytelephone', 'source': CAST(now."PRIMARYCONTACTPHONE" AS VARCHAR), 'target': CAST(shaped."both.cdm_primarytelephone" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_primarytelephone')[1] END,
      CASE WHEN now."PRIMARYCONTACTFACEBOOK" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTFACEBOOK"
        THEN {'column_name': 'cdm_facebookidentity', 'source': CAST(now."PRIMARYCONTACTFACEBOOK" AS VARCHAR), 'target': CAST(shaped."both.cdm_facebookidentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_facebookidentity')[1] END,
      CASE WHEN now."PRIMARYCONTACTTWITTER" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTTWITTER"
        THEN {'column_name': 'cdm_twitteridentity', 'source': CAST(now."PRIMARYCONTACTTWITTER" AS VARCHAR), 'target': CAST(shaped."both.cdm_twitteridentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_twitteridentity')[1] END,
      CASE WHEN now."PRIMARYCONTACTLINKEDIN" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTLINKEDIN"
        THEN {'column_name': 'cdm_linkedinidentity', 'source': CAST(now."PRIMARYCONTACTLINKEDIN" AS VARCHAR), 'target': CAST(shaped."both.cdm_linkedinidentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_linkedinidentity')[1] END,
      CASE WHEN now."PRIMARYCONTACTURL" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTURL"
        THEN {'column_name': 'cdm_websiteurl', 'source': CAST(now."PRIMARYCONTACTURL" AS VARCHAR), 'target': CAST(shaped."both.cdm_websiteurl" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_websiteurl')[1] END,
      CASE WHEN now."BIRTHDATE" IS NOT DISTINCT FROM shaped."BIRTHDATE"
        THEN {'column_name': 'cdm_birthdate', 'source': CAST(now."BIRTHDATE" AS VARCHAR), 'target': CAST(shaped."both.cdm_birthdate" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'cdm_birthdate')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, coalesce(CAST(x."PERSONNELNUMBER" AS VARCHAR), '') AS "#target_key" FROM "finops"."Workers" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'workers' AND pact.source_key = coalesce(CAST(now."PERSONNELNUMBER" AS VARCHAR), '') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'workers' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'workers' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'workers:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'workers:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
