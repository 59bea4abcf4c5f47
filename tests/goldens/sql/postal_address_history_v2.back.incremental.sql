-- postal_address_history_v2:back: CDS postal address history V2 (msdyn_postaladdresses)
-- dataverse.msdyn_postaladdresses -> finops.PostalAddressHistoryV2, incremental

-- step 1: extract dataverse.msdyn_postaladdresses

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_postaladdresses' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_postaladdressid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_postaladdresses" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_postaladdresses" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_postaladdresses" AS x
UNION ALL
SELECT 'dataverse.msdyn_postaladdresscollections' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_postaladdresscollections" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_postaladdresscollections" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_postaladdresscollections" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'postal_address_history_v2:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresses'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresses" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_postaladdresses" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresses'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'postal_address_history_v2:back' AND mark.entity = 'dataverse.msdyn_postaladdresses'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'postal_address_history_v2:back' AND link.source_key = coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_postaladdresses" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresses'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_postaladdresses" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'postal_address_history_v2:back' AND link.source_key = coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_postaladdresses" AS source
WHERE coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'postal_address_history_v2:back' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_postaladdresscollectionid
INSERT INTO examined
SELECT landed."#row", 'msdyn_postaladdresscollectionid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_postaladdressid", source."modifiedon", source."msdyn_postaladdresscollectionid", source."msdyn_validfrom", source."msdyn_validto", source."msdyn_name", source."msdyn_street", source."msdyn_streetnumber", source."msdyn_city", source."msdyn_state", source."msdyn_countryregionid", source."msdyn_zipcode", source."msdyn_county", source."msdyn_district", source."msdyn_buildingcompliment", source."msdyn_postbox", source."msdyn_latitude", source."msdyn_longitude" FROM "dataverse"."msdyn_postaladdresses" AS source) AS landed
JOIN (
  SELECT x."msdyn_postaladdresscollectionid" AS "msdyn_postaladdresscollectionid.#1", x."msdyn_location" AS "msdyn_postaladdresscollectionid.msdyn_location"
  FROM "dataverse"."msdyn_postaladdresscollections" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'postal_address_history_v2:back' AND mark.entity = 'dataverse.msdyn_postaladdresscollections'
  ), TRUE)
) ON "msdyn_postaladdresscollectionid.#1" = "msdyn_postaladdresscollectionid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_postaladdresscollectionid
INSERT INTO examined
SELECT landed."#row", 'msdyn_postaladdresscollectionid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_postaladdressid", source."modifiedon", source."msdyn_postaladdresscollectionid", source."msdyn_validfrom", source."msdyn_validto", source."msdyn_name", source."msdyn_street", source."msdyn_streetnumber", source."msdyn_city", source."msdyn_state", source."msdyn_countryregionid", source."msdyn_zipcode", source."msdyn_county", source."msdyn_district", source."msdyn_buildingcompliment", source."msdyn_postbox", source."msdyn_latitude", source."msdyn_longitude" FROM "dataverse"."msdyn_postaladdresses" AS source) AS landed
WHERE "msdyn_postaladdresscollectionid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresscollections" AS x WHERE x."msdyn_postaladdresscollectionid" = "msdyn_postaladdresscollectionid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_postaladdresscollections" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_postaladdresscollections" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_postaladdresses" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'postal_address_history_v2:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresses" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'postal_address_history_v2:back' AND source_key IN (SELECT coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresses" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_postaladdresses") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'postal_address_history_v2:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_postaladdressid",
    source."modifiedon",
    source."msdyn_postaladdresscollectionid",
    source."msdyn_validfrom",
    source."msdyn_validto",
    source."msdyn_name",
    source."msdyn_street",
    source."msdyn_streetnumber",
    source."msdyn_city",
    source."msdyn_state",
    source."msdyn_countryregionid",
    source."msdyn_zipcode",
    source."msdyn_county",
    source."msdyn_district",
    source."msdyn_buildingcompliment",
    source."msdyn_postbox",
    source."msdyn_latitude",
    source."msdyn_longitude"
  FROM "dataverse"."msdyn_postaladdresses" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_postaladdresscollectionid
    SELECT x."msdyn_postaladdresscollectionid" AS "msdyn_postaladdresscollectionid.#1", count(*) AS "msdyn_postaladdresscollectionid.#hits", any_value(x."msdyn_location") AS "msdyn_postaladdresscollectionid.msdyn_location"
    FROM "dataverse"."msdyn_postaladdresscollections" AS x
    WHERE x."msdyn_postaladdresscollectionid" IN (SELECT DISTINCT "msdyn_postaladdresscollectionid" FROM "landed")
    GROUP BY x."msdyn_postaladdresscollectionid"
  ) ON "msdyn_postaladdresscollectionid.#1" = "msdyn_postaladdresscollectionid"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon postal_address_history_v2.map.yaml:6
      WHEN "msdyn_postaladdresscollectionid" IS NOT NULL AND ("msdyn_postaladdresscollectionid.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING LOCATIONID postal_address_history_v2.map.yaml:15
      WHEN coalesce("msdyn_postaladdresscollectionid.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS LOCATIONID postal_address_history_v2.map.yaml:15
      WHEN length("msdyn_postaladdresscollectionid.msdyn_location") > 30 THEN 4  -- TOO_LONG LOCATIONID postal_address_history_v2.map.yaml:15
      WHEN (CASE WHEN (length("msdyn_postaladdresscollectionid.msdyn_location") <= 30) THEN "msdyn_postaladdresscollectionid.msdyn_location" END) IS NULL THEN 5  -- KEY_NULL LOCATIONID postal_address_history_v2.map.yaml:15
      WHEN "msdyn_validfrom" IS NULL THEN 6  -- KEY_NULL VALIDFROM postal_address_history_v2.map.yaml:16
      WHEN length("msdyn_name") > 60 THEN 7  -- TOO_LONG DESCRIPTION postal_address_history_v2.map.yaml:19
      WHEN length("msdyn_streetnumber") > 20 THEN 8  -- TOO_LONG STREETNUMBER postal_address_history_v2.map.yaml:21
      WHEN length("msdyn_city") > 60 THEN 9  -- TOO_LONG CITY postal_address_history_v2.map.yaml:22
      WHEN length("msdyn_state") > 10 THEN 10  -- TOO_LONG STATE postal_address_history_v2.map.yaml:23
      WHEN length("msdyn_countryregionid") > 10 THEN 11  -- TOO_LONG COUNTRYREGIONISOCODE postal_address_history_v2.map.yaml:24
      WHEN length("msdyn_zipcode") > 10 THEN 12  -- TOO_LONG ZIPCODE postal_address_history_v2.map.yaml:25
      WHEN length("msdyn_county") > 10 THEN 13  -- TOO_LONG COUNTY postal_address_history_v2.map.yaml:26
      WHEN length("msdyn_district") > 60 THEN 14  -- TOO_LONG DISTRICTNAME postal_address_history_v2.map.yaml:27
      WHEN length("msdyn_buildingcompliment") > 60 THEN 15  -- TOO_LONG BUILDINGCOMPLIMENT postal_address_history_v2.map.yaml:28
      WHEN length("msdyn_postbox") > 20 THEN 16  -- TOO_LONG POSTBOX postal_address_history_v2.map.yaml:29
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_postaladdresscollectionid" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_postaladdresscollectionid" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_postaladdresscollectionid.msdyn_location" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_name" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_streetnumber" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_city" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_state" AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_countryregionid" AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_zipcode" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_county" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_district" AS VARCHAR)
      WHEN 15 THEN CAST("msdyn_buildingcompliment" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_postbox" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    CAST(CASE WHEN (length("msdyn_postaladdresscollectionid.msdyn_location") <= 30) THEN "msdyn_postaladdresscollectionid.msdyn_location" END AS VARCHAR) AS "LOCATIONID",  -- postal_address_history_v2.map.yaml:15
    "msdyn_validfrom" AS "VALIDFROM",  -- postal_address_history_v2.map.yaml:16
    "msdyn_validto" AS "VALIDTO",  -- postal_address_history_v2.map.yaml:18
    CAST(CASE WHEN (length("msdyn_name") <= 60) THEN "msdyn_name" END AS VARCHAR) AS "DESCRIPTION",  -- postal_address_history_v2.map.yaml:19
    "msdyn_street" AS "STREET",  -- postal_address_history_v2.map.yaml:20
    CAST(CASE WHEN (length("msdyn_streetnumber") <= 20) THEN "msdyn_streetnumber" END AS VARCHAR) AS "STREETNUMBER",  -- postal_address_history_v2.map.yaml:21
    CAST(CASE WHEN (length("msdyn_city") <= 60) THEN "msdyn_city" END AS VARCHAR) AS "CITY",  -- postal_address_history_v2.map.yaml:22
    CAST(CASE WHEN (length("msdyn_state") <= 10) THEN "msdyn_state" END AS VARCHAR) AS "STATE",  -- postal_address_history_v2.map.yaml:23
    CAST(CASE WHEN (length("msdyn_countryregionid") <= 10) THEN "msdyn_countryregionid" END AS VARCHAR) AS "COUNTRYREGIONISOCODE",  -- postal_address_history_v2.map.yaml:24
    CAST(CASE WHEN (length("msdyn_zipcode") <= 10) THEN "msdyn_zipcode" END AS VARCHAR) AS "ZIPCODE",  -- postal_address_history_v2.map.yaml:25
    CAST(CASE WHEN (length("msdyn_county") <= 10) THEN "msdyn_county" END AS VARCHAR) AS "COUNTY",  -- postal_address_history_v2.map.yaml:26
    CAST(CASE WHEN (length("msdyn_district") <= 60) THEN "msdyn_district" END AS VARCHAR) AS "DISTRICTNAME",  -- postal_address_history_v2.map.yaml:27
    CAST(CASE WHEN (length("msdyn_buildingcompliment") <= 60) THEN "msdyn_buildingcompliment" END AS VARCHAR) AS "BUILDINGCOMPLIMENT",  -- postal_address_history_v2.map.yaml:28
    CAST(CASE WHEN (length("msdyn_postbox") <= 20) THEN "msdyn_postbox" END AS VARCHAR) AS "POSTBOX",  -- postal_address_history_v2.map.yaml:29
    "msdyn_latitude" AS "LATITUDE",  -- postal_address_history_v2.map.yaml:30
    "msdyn_longitude" AS "LONGITUDE",  -- postal_address_history_v2.map.yaml:31
    replace(replace(coalesce(CAST("msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#out_key",  -- for later steps
    "msdyn_validto" AS "both.msdyn_validto",  -- for later steps
    "msdyn_name" AS "both.msdyn_name",  -- for later steps
    "msdyn_street" AS "both.msdyn_street",  -- for later steps
    "msdyn_streetnumber" AS "both.msdyn_streetnumber",  -- for later steps
    "msdyn_city" AS "both.msdyn_city",  -- for later steps
    "msdyn_state" AS "both.msdyn_state",  -- for later steps
    "msdyn_countryregionid" AS "both.msdyn_countryregionid",  -- for later steps
    "msdyn_zipcode" AS "both.msdyn_zipcode",  -- for later steps
    "msdyn_county" AS "both.msdyn_county",  -- for later steps
    "msdyn_district" AS "both.msdyn_district",  -- for later steps
    "msdyn_buildingcompliment" AS "both.msdyn_buildingcompliment",  -- for later steps
    "msdyn_postbox" AS "both.msdyn_postbox",  -- for later steps
    "msdyn_latitude" AS "both.msdyn_latitude",  -- for later steps
    "msdyn_longitude" AS "both.msdyn_longitude",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."LOCATIONID" AS "LOCATIONID", x."VALIDFROM" AS "VALIDFROM", x."VALIDTO" AS "VALIDTO", x."DESCRIPTION" AS "DESCRIPTION", x."STREET" AS "STREET", x."STREETNUMBER" AS "STREETNUMBER", x."CITY" AS "CITY", x."STATE" AS "STATE", x."COUNTRYREGIONISOCODE" AS "COUNTRYREGIONISOCODE", x."ZIPCODE" AS "ZIPCODE", x."COUNTY" AS "COUNTY", x."DISTRICTNAME" AS "DISTRICTNAME", x."BUILDINGCOMPLIMENT" AS "BUILDINGCOMPLIMENT", x."POSTBOX" AS "POSTBOX", x."LATITUDE" AS "LATITUDE", x."LONGITUDE" AS "LONGITUDE"
  FROM "finops"."PostalAddressHistoryV2" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.PostalAddressHistoryV2' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PostalAddressHistoryV2" AS x WHERE x."VALIDFROM" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS TIMESTAMP) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_validto" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_validto" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".target)) AND NOT (CAST(target."VALIDTO" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".source))
    END AS "#goes.msdyn_validto",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_name" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_name" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".target)) AND NOT (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".source))
    END AS "#goes.msdyn_name",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_street" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_street" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".target)) AND NOT (CAST(target."STREET" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".source))
    END AS "#goes.msdyn_street",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_streetnumber" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_streetnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".target)) AND NOT (CAST(target."STREETNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".source))
    END AS "#goes.msdyn_streetnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_city" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_city" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".target)) AND NOT (CAST(target."CITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".source))
    END AS "#goes.msdyn_city",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_state" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_state" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".target)) AND NOT (CAST(target."STATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".source))
    END AS "#goes.msdyn_state",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_countryregionid" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_countryregionid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".target)) AND NOT (CAST(target."COUNTRYREGIONISOCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".source))
    END AS "#goes.msdyn_countryregionid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_zipcode" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_zipcode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".target)) AND NOT (CAST(target."ZIPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".source))
    END AS "#goes.msdyn_zipcode",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_county" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_county" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".target)) AND NOT (CAST(target."COUNTY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".source))
    END AS "#goes.msdyn_county",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_district" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_district" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".target)) AND NOT (CAST(target."DISTRICTNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".source))
    END AS "#goes.msdyn_district",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_buildingcompliment" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_buildingcompliment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".target)) AND NOT (CAST(target."BUILDINGCOMPLIMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".source))
    END AS "#goes.msdyn_buildingcompliment",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_postbox" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_postbox" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".target)) AND NOT (CAST(target."POSTBOX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".source))
    END AS "#goes.msdyn_postbox",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_latitude" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_latitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".target)) AND NOT (CAST(target."LATITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".source))
    END AS "#goes.msdyn_latitude",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_longitude" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_longitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".target)) AND NOT (CAST(target."LONGITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".source))
    END AS "#goes.msdyn_longitude",
    target."#row" IS NOT NULL AND pact."msdyn_validto" IS NOT NULL AND (CAST(mapped."both.msdyn_validto" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".target)) AND (CAST(target."VALIDTO" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".source))
      AND (target."VALIDTO" IS DISTINCT FROM mapped."VALIDTO") AS "#clashes.msdyn_validto",
    target."#row" IS NOT NULL AND pact."msdyn_name" IS NOT NULL AND (CAST(mapped."both.msdyn_name" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".target)) AND (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".source))
      AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION") AS "#clashes.msdyn_name",
    target."#row" IS NOT NULL AND pact."msdyn_street" IS NOT NULL AND (CAST(mapped."both.msdyn_street" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".target)) AND (CAST(target."STREET" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".source))
      AND (target."STREET" IS DISTINCT FROM mapped."STREET") AS "#clashes.msdyn_street",
    target."#row" IS NOT NULL AND pact."msdyn_streetnumber" IS NOT NULL AND (CAST(mapped."both.msdyn_streetnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".target)) AND (CAST(target."STREETNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".source))
      AND (target."STREETNUMBER" IS DISTINCT FROM mapped."STREETNUMBER") AS "#clashes.msdyn_streetnumber",
    target."#row" IS NOT NULL AND pact."msdyn_city" IS NOT NULL AND (CAST(mapped."both.msdyn_city" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".target)) AND (CAST(target."CITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".source))
      AND (target."CITY" IS DISTINCT FROM mapped."CITY") AS "#clashes.msdyn_city",
    target."#row" IS NOT NULL AND pact."msdyn_state" IS NOT NULL AND (CAST(mapped."both.msdyn_state" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".target)) AND (CAST(target."STATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".source))
      AND (target."STATE" IS DISTINCT FROM mapped."STATE") AS "#clashes.msdyn_state",
    target."#row" IS NOT NULL AND pact."msdyn_countryregionid" IS NOT NULL AND (CAST(mapped."both.msdyn_countryregionid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".target)) AND (CAST(target."COUNTRYREGIONISOCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".source))
      AND (target."COUNTRYREGIONISOCODE" IS DISTINCT FROM mapped."COUNTRYREGIONISOCODE") AS "#clashes.msdyn_countryregionid",
    target."#row" IS NOT NULL AND pact."msdyn_zipcode" IS NOT NULL AND (CAST(mapped."both.msdyn_zipcode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".target)) AND (CAST(target."ZIPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".source))
      AND (target."ZIPCODE" IS DISTINCT FROM mapped."ZIPCODE") AS "#clashes.msdyn_zipcode",
    target."#row" IS NOT NULL AND pact."msdyn_county" IS NOT NULL AND (CAST(mapped."both.msdyn_county" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".target)) AND (CAST(target."COUNTY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".source))
      AND (target."COUNTY" IS DISTINCT FROM mapped."COUNTY") AS "#clashes.msdyn_county",
    target."#row" IS NOT NULL AND pact."msdyn_district" IS NOT NULL AND (CAST(mapped."both.msdyn_district" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".target)) AND (CAST(target."DISTRICTNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".source))
      AND (target."DISTRICTNAME" IS DISTINCT FROM mapped."DISTRICTNAME") AS "#clashes.msdyn_district",
    target."#row" IS NOT NULL AND pact."msdyn_buildingcompliment" IS NOT NULL AND (CAST(mapped."both.msdyn_buildingcompliment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".target)) AND (CAST(target."BUILDINGCOMPLIMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".source))
      AND (target."BUILDINGCOMPLIMENT" IS DISTINCT FROM mapped."BUILDINGCOMPLIMENT") AS "#clashes.msdyn_buildingcompliment",
    target."#row" IS NOT NULL AND pact."msdyn_postbox" IS NOT NULL AND (CAST(mapped."both.msdyn_postbox" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".target)) AND (CAST(target."POSTBOX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".source))
      AND (target."POSTBOX" IS DISTINCT FROM mapped."POSTBOX") AS "#clashes.msdyn_postbox",
    target."#row" IS NOT NULL AND pact."msdyn_latitude" IS NOT NULL AND (CAST(mapped."both.msdyn_latitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".target)) AND (CAST(target."LATITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".source))
      AND (target."LATITUDE" IS DISTINCT FROM mapped."LATITUDE") AS "#clashes.msdyn_latitude",
    target."#row" IS NOT NULL AND pact."msdyn_longitude" IS NOT NULL AND (CAST(mapped."both.msdyn_longitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".target)) AND (CAST(target."LONGITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".source))
      AND (target."LONGITUDE" IS DISTINCT FROM mapped."LONGITUDE") AS "#clashes.msdyn_longitude",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_validto" THEN 'msdyn_validto' || ': source ' || coalesce(CAST(target."VALIDTO" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_validto" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_name" THEN 'msdyn_name' || ': source ' || coalesce(CAST(target."DESCRIPTION" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_name" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_street" THEN 'msdyn_street' || ': source ' || coalesce(CAST(target."STREET" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_street" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_streetnumber" THEN 'msdyn_streetnumber' || ': source ' || coalesce(CAST(target."STREETNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_streetnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_city" THEN 'msdyn_city' || ': source ' || coalesce(CAST(target."CITY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_city" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_state" THEN 'msdyn_state' || ': source ' || coalesce(CAST(target."STATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_state" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_countryregionid" THEN 'msdyn_countryregionid' || ': source ' || coalesce(CAST(target."COUNTRYREGIONISOCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_countryregionid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_zipcode" THEN 'msdyn_zipcode' || ': source ' || coalesce(CAST(target."ZIPCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_zipcode" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_county" THEN 'msdyn_county' || ': source ' || coalesce(CAST(target."COUNTY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_county" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_district" THEN 'msdyn_district' || ': source ' || coalesce(CAST(target."DISTRICTNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_district" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_buildingcompliment" THEN 'msdyn_buildingcompliment' || ': source ' || coalesce(CAST(target."BUILDINGCOMPLIMENT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_buildingcompliment" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_postbox" THEN 'msdyn_postbox' || ': source ' || coalesce(CAST(target."POSTBOX" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_postbox" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_latitude" THEN 'msdyn_latitude' || ': source ' || coalesce(CAST(target."LATITUDE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_latitude" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_longitude" THEN 'msdyn_longitude' || ': source ' || coalesce(CAST(target."LONGITUDE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_longitude" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_validto" AND (target."VALIDTO" IS DISTINCT FROM mapped."VALIDTO"))
      OR ("#goes.msdyn_name" AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION"))
      OR ("#goes.msdyn_street" AND (target."STREET" IS DISTINCT FROM mapped."STREET"))
      OR ("#goes.msdyn_streetnumber" AND (target."STREETNUMBER" IS DISTINCT FROM mapped."STREETNUMBER"))
      OR ("#goes.msdyn_city" AND (target."CITY" IS DISTINCT FROM mapped."CITY"))
      OR ("#goes.msdyn_state" AND (target."STATE" IS DISTINCT FROM mapped."STATE"))
      OR ("#goes.msdyn_countryregionid" AND (target."COUNTRYREGIONISOCODE" IS DISTINCT FROM mapped."COUNTRYREGIONISOCODE"))
      OR ("#goes.msdyn_zipcode" AND (target."ZIPCODE" IS DISTINCT FROM mapped."ZIPCODE"))
      OR ("#goes.msdyn_county" AND (target."COUNTY" IS DISTINCT FROM mapped."COUNTY"))
      OR ("#goes.msdyn_district" AND (target."DISTRICTNAME" IS DISTINCT FROM mapped."DISTRICTNAME"))
      OR ("#goes.msdyn_buildingcompliment" AND (target."BUILDINGCOMPLIMENT" IS DISTINCT FROM mapped."BUILDINGCOMPLIMENT"))
      OR ("#goes.msdyn_postbox" AND (target."POSTBOX" IS DISTINCT FROM mapped."POSTBOX"))
      OR ("#goes.msdyn_latitude" AND (target."LATITUDE" IS DISTINCT FROM mapped."LATITUDE"))
      OR ("#goes.msdyn_longitude" AND (target."LONGITUDE" IS DISTINCT FROM mapped."LONGITUDE")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."LOCATIONID" = mapped."LOCATIONID" AND target."VALIDFROM" = mapped."VALIDFROM"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_validto')[1] AS "msdyn_validto",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_name')[1] AS "msdyn_name",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_street')[1] AS "msdyn_street",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_streetnumber')[1] AS "msdyn_streetnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_city')[1] AS "msdyn_city",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_state')[1] AS "msdyn_state",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_countryregionid')[1] AS "msdyn_countryregionid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_zipcode')[1] AS "msdyn_zipcode",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_county')[1] AS "msdyn_county",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_district')[1] AS "msdyn_district",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_buildingcompliment')[1] AS "msdyn_buildingcompliment",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_postbox')[1] AS "msdyn_postbox",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_latitude')[1] AS "msdyn_latitude",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_longitude')[1] AS "msdyn_longitude",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'postal_address_history_v2'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 18  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 18  -- TARGET_MISSING
    WHEN "#clashes.msdyn_validto" THEN 26  -- CONFLICT_STALE msdyn_validto
    WHEN "#clashes.msdyn_name" THEN 27  -- CONFLICT_STALE msdyn_name
    WHEN "#clashes.msdyn_street" THEN 28  -- CONFLICT_STALE msdyn_street
    WHEN "#clashes.msdyn_streetnumber" THEN 29  -- CONFLICT_STALE msdyn_streetnumber
    WHEN "#clashes.msdyn_city" THEN 30  -- CONFLICT_STALE msdyn_city
    WHEN "#clashes.msdyn_state" THEN 31  -- CONFLICT_STALE msdyn_state
    WHEN "#clashes.msdyn_countryregionid" THEN 32  -- CONFLICT_STALE msdyn_countryregionid
    WHEN "#clashes.msdyn_zipcode" THEN 33  -- CONFLICT_STALE msdyn_zipcode
    WHEN "#clashes.msdyn_county" THEN 34  -- CONFLICT_STALE msdyn_county
    WHEN "#clashes.msdyn_district" THEN 35  -- CONFLICT_STALE msdyn_district
    WHEN "#clashes.msdyn_buildingcompliment" THEN 36  -- CONFLICT_STALE msdyn_buildingcompliment
    WHEN "#clashes.msdyn_postbox" THEN 37  -- CONFLICT_STALE msdyn_postbox
    WHEN "#clashes.msdyn_latitude" THEN 38  -- CONFLICT_STALE msdyn_latitude
    WHEN "#clashes.msdyn_longitude" THEN 39  -- CONFLICT_STALE msdyn_longitude
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 21  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 20  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "LOCATIONID", "VALIDFROM", min("#row") AS "#first", count(DISTINCT hash("#key", "LOCATIONID", "VALIDFROM", "VALIDTO", "DESCRIPTION", "STREET", "STREETNUMBER", "CITY", "STATE", "COUNTRYREGIONISOCODE", "ZIPCODE", "COUNTY", "DISTRICTNAME", "BUILDINGCOMPLIMENT", "POSTBOX", "LATITUDE", "LONGITUDE")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "LOCATIONID", "VALIDFROM"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 23 ELSE 22 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."LOCATIONID" = duplicates."LOCATIONID" AND shaped."VALIDFROM" = duplicates."VALIDFROM"
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
UPDATE shaped SET "#reason" = 22, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'postal_address_history_v2:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.PostalAddressHistoryV2' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresses" AS source WHERE coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 22, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_postaladdresses" AS source
WHERE coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 22, claim."#target_key"
FROM "dataverse"."msdyn_postaladdresses" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39) THEN 'rejected'
  WHEN "#reason" IN (23) THEN 'superseded'
  WHEN "#reason" IN (24) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.PostalAddressHistoryV2 that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."PostalAddressHistoryV2") AS target ON replace(replace(coalesce(CAST(target."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresses'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'postal_address_history_v2:back' AND link.state = 'live' AND link.target = 'finops.PostalAddressHistoryV2'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresses" AS source WHERE coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_postaladdresses" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'postal_address_history_v2:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."PostalAddressHistoryV2") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'postal_address_history_v2:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."PostalAddressHistoryV2") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'postal_address_history_v2:back' AND link.state = 'live' AND link.target = 'finops.PostalAddressHistoryV2'
  AND NOT EXISTS (SELECT 1 FROM "finops"."PostalAddressHistoryV2" AS target WHERE replace(replace(coalesce(CAST(target."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.PostalAddressHistoryV2

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_validto" THEN shaped."VALIDTO" ELSE t."VALIDTO" END AS "VALIDTO", CASE WHEN shaped."#goes.msdyn_name" THEN shaped."DESCRIPTION" ELSE t."DESCRIPTION" END AS "DESCRIPTION", CASE WHEN shaped."#goes.msdyn_street" THEN shaped."STREET" ELSE t."STREET" END AS "STREET", CASE WHEN shaped."#goes.msdyn_streetnumber" THEN shaped."STREETNUMBER" ELSE t."STREETNUMBER" END AS "STREETNUMBER", CASE WHEN shaped."#goes.msdyn_city" THEN shaped."CITY" ELSE t."CITY" END AS "CITY", CASE WHEN shaped."#goes.msdyn_state" THEN shaped."STATE" ELSE t."STATE" END AS "STATE", CASE WHEN shaped."#goes.msdyn_countryregionid" THEN shaped."COUNTRYREGIONISOCODE" ELSE t."COUNTRYREGIONISOCODE" END AS "COUNTRYREGIONISOCODE", CASE WHEN shaped."#goes.msdyn_zipcode" THEN shaped."ZIPCODE" ELSE t."ZIPCODE" END AS "ZIPCODE", CASE WHEN shaped."#goes.msdyn_county" THEN shaped."COUNTY" ELSE t."COUNTY" END AS "COUNTY", CASE WHEN shaped."#goes.msdyn_district" THEN shaped."DISTRICTNAME" ELSE t."DISTRICTNAME" END AS "DISTRICTNAME", CASE WHEN shaped."#goes.msdyn_buildingcompliment" THEN shaped."BUILDINGCOMPLIMENT" ELSE t."BUILDINGCOMPLIMENT" END AS "BUILDINGCOMPLIMENT", CASE WHEN shaped."#goes.msdyn_postbox" THEN shaped."POSTBOX" ELSE t."POSTBOX" END AS "POSTBOX", CASE WHEN shaped."#goes.msdyn_latitude" THEN shaped."LATITUDE" ELSE t."LATITUDE" END AS "LATITUDE", CASE WHEN shaped."#goes.msdyn_longitude" THEN shaped."LONGITUDE" ELSE t."LONGITUDE" END AS "LONGITUDE", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."PostalAddressHistoryV2" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.PostalAddressHistoryV2
INSERT INTO "finops"."PostalAddressHistoryV2" ("LOCATIONID", "VALIDFROM", "VALIDTO", "DESCRIPTION", "STREET", "STREETNUMBER", "CITY", "STATE", "COUNTRYREGIONISOCODE", "ZIPCODE", "COUNTY", "DISTRICTNAME", "BUILDINGCOMPLIMENT", "POSTBOX", "LATITUDE", "LONGITUDE", "ModifiedDateTime", "RecVersion")
SELECT "LOCATIONID", "VALIDFROM", "VALIDTO", "DESCRIPTION", "STREET", "STREETNUMBER", "CITY", "STATE", "COUNTRYREGIONISOCODE", "ZIPCODE", "COUNTY", "DISTRICTNAME", "BUILDINGCOMPLIMENT", "POSTBOX", "LATITUDE", "LONGITUDE", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'postal_address_history_v2:back' AS leg, new."#key" AS source_key, 'finops.PostalAddressHistoryV2' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'VALIDTO', 'old': CAST(old."VALIDTO" AS VARCHAR), 'new': CAST(new."VALIDTO" AS VARCHAR)},
    {'column_name': 'DESCRIPTION', 'old': CAST(old."DESCRIPTION" AS VARCHAR), 'new': CAST(new."DESCRIPTION" AS VARCHAR)},
    {'column_name': 'STREET', 'old': CAST(old."STREET" AS VARCHAR), 'new': CAST(new."STREET" AS VARCHAR)},
    {'column_name': 'STREETNUMBER', 'old': CAST(old."STREETNUMBER" AS VARCHAR), 'new': CAST(new."STREETNUMBER" AS VARCHAR)},
    {'column_name': 'CITY', 'old': CAST(old."CITY" AS VARCHAR), 'new': CAST(new."CITY" AS VARCHAR)},
    {'column_name': 'STATE', 'old': CAST(old."STATE" AS VARCHAR), 'new': CAST(new."STATE" AS VARCHAR)},
    {'column_name': 'COUNTRYREGIONISOCODE', 'old': CAST(old."COUNTRYREGIONISOCODE" AS VARCHAR), 'new': CAST(new."COUNTRYREGIONISOCODE" AS VARCHAR)},
    {'column_name': 'ZIPCODE', 'old': CAST(old."ZIPCODE" AS VARCHAR), 'new': CAST(new."ZIPCODE" AS VARCHAR)},
    {'column_name': 'COUNTY', 'old': CAST(old."COUNTY" AS VARCHAR), 'new': CAST(new."COUNTY" AS VARCHAR)},
    {'column_name': 'DISTRICTNAME', 'old': CAST(old."DISTRICTNAME" AS VARCHAR), 'new': CAST(new."DISTRICTNAME" AS VARCHAR)},
    {'column_name': 'BUILDINGCOMPLIMENT', 'old': CAST(old."BUILDINGCOMPLIMENT" AS VARCHAR), 'new': CAST(new."BUILDINGCOMPLIMENT" AS VARCHAR)},
    {'column_name': 'POSTBOX', 'old': CAST(old."POSTBOX" AS VARCHAR), 'new': CAST(new."POSTBOX" AS VARCHAR)},
    {'column_name': 'LATITUDE', 'old': CAST(old."LATITUDE" AS VARCHAR), 'new': CAST(new."LATITUDE" AS VARCHAR)},
    {'column_name': 'LONGITUDE', 'old': CAST(old."LONGITUDE" AS VARCHAR), 'new': CAST(new."LONGITUDE" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."PostalAddressHistoryV2" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."PostalAddressHistoryV2" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."PostalAddressHistoryV2"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'postal_address_history_v2:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_postaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_postaladdresses" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (4, 'TOO_LONG', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (5, 'KEY_NULL', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (6, 'KEY_NULL', 'VALIDFROM', /* place */ 'postal_address_history_v2.map.yaml:16'),
  (7, 'TOO_LONG', 'DESCRIPTION', /* place */ 'postal_address_history_v2.map.yaml:19'),
  (8, 'TOO_LONG', 'STREETNUMBER', /* place */ 'postal_address_history_v2.map.yaml:21'),
  (9, 'TOO_LONG', 'CITY', /* place */ 'postal_address_history_v2.map.yaml:22'),
  (10, 'TOO_LONG', 'STATE', /* place */ 'postal_address_history_v2.map.yaml:23'),
  (11, 'TOO_LONG', 'COUNTRYREGIONISOCODE', /* place */ 'postal_address_history_v2.map.yaml:24'),
  (12, 'TOO_LONG', 'ZIPCODE', /* place */ 'postal_address_history_v2.map.yaml:25'),
  (13, 'TOO_LONG', 'COUNTY', /* place */ 'postal_address_history_v2.map.yaml:26'),
  (14, 'TOO_LONG', 'DISTRICTNAME', /* place */ 'postal_address_history_v2.map.yaml:27'),
  (15, 'TOO_LONG', 'BUILDINGCOMPLIMENT', /* place */ 'postal_address_history_v2.map.yaml:28'),
  (16, 'TOO_LONG', 'POSTBOX', /* place */ 'postal_address_history_v2.map.yaml:29'),
  (17, 'TARGET_EXISTS', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (18, 'TARGET_MISSING', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (19, 'TARGET_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (20, 'UPDATE_NOT_ALLOWED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (21, 'CONFLICT_STALE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (22, 'KEY_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (23, 'SUPERSEDED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (24, 'SET_INCOMPLETE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (25, 'TARGET_REFUSED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (26, 'CONFLICT_STALE', 'msdyn_validto', /* place */ 'postal_address_history_v2.map.yaml:18'),
  (27, 'CONFLICT_STALE', 'msdyn_name', /* place */ 'postal_address_history_v2.map.yaml:19'),
  (28, 'CONFLICT_STALE', 'msdyn_street', /* place */ 'postal_address_history_v2.map.yaml:20'),
  (29, 'CONFLICT_STALE', 'msdyn_streetnumber', /* place */ 'postal_address_history_v2.map.yaml:21'),
  (30, 'CONFLICT_STALE', 'msdyn_city', /* place */ 'postal_address_history_v2.map.yaml:22'),
  (31, 'CONFLICT_STALE', 'msdyn_state', /* place */ 'postal_address_history_v2.map.yaml:23'),
  (32, 'CONFLICT_STALE', 'msdyn_countryregionid', /* place */ 'postal_address_history_v2.map.yaml:24'),
  (33, 'CONFLICT_STALE', 'msdyn_zipcode', /* place */ 'postal_address_history_v2.map.yaml:25'),
  (34, 'CONFLICT_STALE', 'msdyn_county', /* place */ 'postal_address_history_v2.map.yaml:26'),
  (35, 'CONFLICT_STALE', 'msdyn_district', /* place */ 'postal_address_history_v2.map.yaml:27'),
  (36, 'CONFLICT_STALE', 'msdyn_buildingcompliment', /* place */ 'postal_address_history_v2.map.yaml:28'),
  (37, 'CONFLICT_STALE', 'msdyn_postbox', /* place */ 'postal_address_history_v2.map.yaml:29'),
  (38, 'CONFLICT_STALE', 'msdyn_latitude', /* place */ 'postal_address_history_v2.map.yaml:30'),
  (39, 'CONFLICT_STALE', 'msdyn_longitude', /* place */ 'postal_address_history_v2.map.yaml:31')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'postal_address_history_v2:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'postal_address_history_v2:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'postal_address_history_v2:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_postaladdressid', CAST(source."msdyn_postaladdressid" AS VARCHAR), 'msdyn_postaladdresscollectionid', CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), 'msdyn_validfrom', CAST(source."msdyn_validfrom" AS VARCHAR), 'msdyn_validto', CAST(source."msdyn_validto" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'msdyn_street', CAST(source."msdyn_street" AS VARCHAR), 'msdyn_streetnumber', CAST(source."msdyn_streetnumber" AS VARCHAR), 'msdyn_city', CAST(source."msdyn_city" AS VARCHAR), 'msdyn_state', CAST(source."msdyn_state" AS VARCHAR), 'msdyn_countryregionid', CAST(source."msdyn_countryregionid" AS VARCHAR), 'msdyn_zipcode', CAST(source."msdyn_zipcode" AS VARCHAR), 'msdyn_county', CAST(source."msdyn_county" AS VARCHAR), 'msdyn_district', CAST(source."msdyn_district" AS VARCHAR), 'msdyn_buildingcompliment', CAST(source."msdyn_buildingcompliment" AS VARCHAR), 'msdyn_postbox', CAST(source."msdyn_postbox" AS VARCHAR), 'msdyn_latitude', CAST(source."msdyn_latitude" AS VARCHAR), 'msdyn_longitude', CAST(source."msdyn_longitude" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (4, 'TOO_LONG', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (5, 'KEY_NULL', 'LOCATIONID', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (6, 'KEY_NULL', 'VALIDFROM', /* place */ 'postal_address_history_v2.map.yaml:16'),
  (7, 'TOO_LONG', 'DESCRIPTION', /* place */ 'postal_address_history_v2.map.yaml:19'),
  (8, 'TOO_LONG', 'STREETNUMBER', /* place */ 'postal_address_history_v2.map.yaml:21'),
  (9, 'TOO_LONG', 'CITY', /* place */ 'postal_address_history_v2.map.yaml:22'),
  (10, 'TOO_LONG', 'STATE', /* place */ 'postal_address_history_v2.map.yaml:23'),
  (11, 'TOO_LONG', 'COUNTRYREGIONISOCODE', /* place */ 'postal_address_history_v2.map.yaml:24'),
  (12, 'TOO_LONG', 'ZIPCODE', /* place */ 'postal_address_history_v2.map.yaml:25'),
  (13, 'TOO_LONG', 'COUNTY', /* place */ 'postal_address_history_v2.map.yaml:26'),
  (14, 'TOO_LONG', 'DISTRICTNAME', /* place */ 'postal_address_history_v2.map.yaml:27'),
  (15, 'TOO_LONG', 'BUILDINGCOMPLIMENT', /* place */ 'postal_address_history_v2.map.yaml:28'),
  (16, 'TOO_LONG', 'POSTBOX', /* place */ 'postal_address_history_v2.map.yaml:29'),
  (17, 'TARGET_EXISTS', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (18, 'TARGET_MISSING', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (19, 'TARGET_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (20, 'UPDATE_NOT_ALLOWED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (21, 'CONFLICT_STALE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (22, 'KEY_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (23, 'SUPERSEDED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (24, 'SET_INCOMPLETE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (25, 'TARGET_REFUSED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (26, 'CONFLICT_STALE', 'msdyn_validto', /* place */ 'postal_address_history_v2.map.yaml:18'),
  (27, 'CONFLICT_STALE', 'msdyn_name', /* place */ 'postal_address_history_v2.map.yaml:19'),
  (28, 'CONFLICT_STALE', 'msdyn_street', /* place */ 'postal_address_history_v2.map.yaml:20'),
  (29, 'CONFLICT_STALE', 'msdyn_streetnumber', /* place */ 'postal_address_history_v2.map.yaml:21'),
  (30, 'CONFLICT_STALE', 'msdyn_city', /* place */ 'postal_address_history_v2.map.yaml:22'),
  (31, 'CONFLICT_STALE', 'msdyn_state', /* place */ 'postal_address_history_v2.map.yaml:23'),
  (32, 'CONFLICT_STALE', 'msdyn_countryregionid', /* place */ 'postal_address_history_v2.map.yaml:24'),
  (33, 'CONFLICT_STALE', 'msdyn_zipcode', /* place */ 'postal_address_history_v2.map.yaml:25'),
  (34, 'CONFLICT_STALE', 'msdyn_county', /* place */ 'postal_address_history_v2.map.yaml:26'),
  (35, 'CONFLICT_STALE', 'msdyn_district', /* place */ 'postal_address_history_v2.map.yaml:27'),
  (36, 'CONFLICT_STALE', 'msdyn_buildingcompliment', /* place */ 'postal_address_history_v2.map.yaml:28'),
  (37, 'CONFLICT_STALE', 'msdyn_postbox', /* place */ 'postal_address_history_v2.map.yaml:29'),
  (38, 'CONFLICT_STALE', 'msdyn_latitude', /* place */ 'postal_address_history_v2.map.yaml:30'),
  (39, 'CONFLICT_STALE', 'msdyn_longitude', /* place */ 'postal_address_history_v2.map.yaml:31')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_postaladdresses" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'postal_address_history_v2:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'postal_address_history_v2:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.PostalAddressHistoryV2' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'postal_address_history_v2:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.PostalAddressHistoryV2' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'postal_address_history_v2:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'postal_address_history_v2:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."PostalAddressHistoryV2" AS x
  JOIN shaped ON shaped."#target_key" = replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'postal_address_history_v2' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- which target rows the new rows came from
INSERT INTO crosswalk.lineage BY NAME
SELECT 'postal_address_history_v2' AS leg, replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, 'dataverse.msdyn_postaladdresses' AS target, shaped."#out_key" AS target_key, $run_id AS first_run, $run_id AS last_run, 'live' AS state
FROM shaped
JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."PostalAddressHistoryV2" AS x) AS now ON now."#target_key" = shaped."#target_key"
WHERE shaped."#fate" = 'inserted'
  AND replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'postal_address_history_v2');

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."VALIDTO" IS NOT DISTINCT FROM shaped."VALIDTO"
        THEN {'column_name': 'msdyn_validto', 'source': CAST(now."VALIDTO" AS VARCHAR), 'target': CAST(shaped."both.msdyn_validto" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_validto')[1] END,
      CASE WHEN now."DESCRIPTION" IS NOT DISTINCT FROM shaped."DESCRIPTION"
        THEN {'column_name': 'msdyn_name', 'source': CAST(now."DESCRIPTION" AS VARCHAR), 'target': CAST(shaped."both.msdyn_name" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_name')[1] END,
      CASE WHEN now."STREET" IS NOT DISTINCT FROM shaped."STREET"
        THEN {'column_name': 'msdyn_street', 'source': CAST(now."STREET" AS VARCHAR), 'target': CAST(shaped."both.msdyn_street" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_street')[1] END,
      CASE WHEN now."STREETNUMBER" IS NOT DISTINCT FROM shaped."STREETNUMBER"
        THEN {'column_name': 'msdyn_streetnumber', 'source': CAST(now."STREETNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_streetnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_streetnumber')[1] END,
      CASE WHEN now."CITY" IS NOT DISTINCT FROM shaped."CITY"
        THEN {'column_name': 'msdyn_city', 'source': CAST(now."CITY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_city" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_city')[1] END,
      CASE WHEN now."STATE" IS NOT DISTINCT FROM shaped."STATE"
        THEN {'column_name': 'msdyn_state', 'source': CAST(now."STATE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_state" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_state')[1] END,
      CASE WHEN now."COUNTRYREGIONISOCODE" IS NOT DISTINCT FROM shaped."COUNTRYREGIONISOCODE"
        THEN {'column_name': 'msdyn_countryregionid', 'source': CAST(now."COUNTRYREGIONISOCODE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_countryregionid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_countryregionid')[1] END,
      CASE WHEN now."ZIPCODE" IS NOT DISTINCT FROM shaped."ZIPCODE"
        THEN {'column_name': 'msdyn_zipcode', 'source': CAST(now."ZIPCODE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_zipcode" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_zipcode')[1] END,
      CASE WHEN now."COUNTY" IS NOT DISTINCT FROM shaped."COUNTY"
        THEN {'column_name': 'msdyn_county', 'source': CAST(now."COUNTY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_county" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_county')[1] END,
      CASE WHEN now."DISTRICTNAME" IS NOT DISTINCT FROM shaped."DISTRICTNAME"
        THEN {'column_name': 'msdyn_district', 'source': CAST(now."DISTRICTNAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_district" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_district')[1] END,
      CASE WHEN now."BUILDINGCOMPLIMENT" IS NOT DISTINCT FROM shaped."BUILDINGCOMPLIMENT"
        THEN {'column_name': 'msdyn_buildingcompliment', 'source': CAST(now."BUILDINGCOMPLIMENT" AS VARCHAR), 'target': CAST(shaped."both.msdyn_buildingcompliment" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_buildingcompliment')[1] END,
      CASE WHEN now."POSTBOX" IS NOT DISTINCT FROM shaped."POSTBOX"
        THEN {'column_name': 'msdyn_postbox', 'source': CAST(now."POSTBOX" AS VARCHAR), 'target': CAST(shaped."both.msdyn_postbox" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_postbox')[1] END,
      CASE WHEN now."LATITUDE" IS NOT DISTINCT FROM shaped."LATITUDE"
        THEN {'column_name': 'msdyn_latitude', 'source': CAST(now."LATITUDE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_latitude" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_latitude')[1] END,
      CASE WHEN now."LONGITUDE" IS NOT DISTINCT FROM shaped."LONGITUDE"
        THEN {'column_name': 'msdyn_longitude', 'source': CAST(now."LONGITUDE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_longitude" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_longitude')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."PostalAddressHistoryV2" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'postal_address_history_v2' AND pact.source_key = replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'postal_address_history_v2' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'postal_address_history_v2' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'postal_address_history_v2:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'postal_address_history_v2:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
