-- postal_address_history_v2: CDS postal address history V2 (msdyn_postaladdresses)
-- finops.PostalAddressHistoryV2 -> dataverse.msdyn_postaladdresses, incremental

-- step 1: extract finops.PostalAddressHistoryV2

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.PostalAddressHistoryV2' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."LOCATIONID" AS VARCHAR), '') || '|' || coalesce(CAST(x."VALIDFROM" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."PostalAddressHistoryV2" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."PostalAddressHistoryV2" AS x), TRUE)
  ) AS content
FROM "finops"."PostalAddressHistoryV2" AS x
UNION ALL
SELECT 'dataverse.msdyn_postaladdresscollections' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_postaladdresscollections" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_postaladdresscollections" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_postaladdresscollections" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'postal_address_history_v2' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PostalAddressHistoryV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PostalAddressHistoryV2" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."PostalAddressHistoryV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PostalAddressHistoryV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'postal_address_history_v2' AND mark.entity = 'finops.PostalAddressHistoryV2'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'postal_address_history_v2' AND link.source_key = replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."PostalAddressHistoryV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PostalAddressHistoryV2'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."PostalAddressHistoryV2" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'postal_address_history_v2' AND link.source_key = replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."PostalAddressHistoryV2" AS source
WHERE replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'postal_address_history_v2' AND open.state = 'open'
);

-- all rows when dataverse.msdyn_postaladdresscollections changed: msdyn_postaladdresscollectionid:msdyn_postaladdresscollections
INSERT INTO examined
SELECT source.rowid, 'msdyn_postaladdresscollectionid:msdyn_postaladdresscollections changed'
FROM "finops"."PostalAddressHistoryV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."PostalAddressHistoryV2" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'postal_address_history_v2' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PostalAddressHistoryV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'postal_address_history_v2' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PostalAddressHistoryV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."PostalAddressHistoryV2") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'postal_address_history_v2' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."LOCATIONID",
    source."VALIDFROM",
    source."ModifiedDateTime",
    source."VALIDTO",
    source."DESCRIPTION",
    source."STREET",
    source."STREETNUMBER",
    source."CITY",
    source."STATE",
    source."COUNTRYREGIONISOCODE",
    source."ZIPCODE",
    source."COUNTY",
    source."DISTRICTNAME",
    source."BUILDINGCOMPLIMENT",
    source."POSTBOX",
    source."LATITUDE",
    source."LONGITUDE"
  FROM "finops"."PostalAddressHistoryV2" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_postaladdresscollectionid:msdyn_postaladdresscollections
    SELECT x."msdyn_location" AS "msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.#1", count(*) AS "msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.#hits", any_value(x."msdyn_postaladdresscollectionid") AS "msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.msdyn_postaladdresscollectionid"
    FROM "dataverse"."msdyn_postaladdresscollections" AS x
    WHERE x."msdyn_location" IN (SELECT DISTINCT nullif("LOCATIONID", '') FROM "landed")
    GROUP BY x."msdyn_location"
  ) ON "msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.#1" = nullif("LOCATIONID", '')
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime postal_address_history_v2.map.yaml:6
      WHEN (nullif("LOCATIONID", '') IS NOT NULL) AND ("msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_postaladdresscollectionid postal_address_history_v2.map.yaml:15
      WHEN coalesce("msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_postaladdresscollectionid postal_address_history_v2.map.yaml:15
      WHEN "msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.msdyn_postaladdresscollectionid" IS NULL THEN 4  -- KEY_NULL msdyn_postaladdresscollectionid postal_address_history_v2.map.yaml:15
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(('dataverse.msdyn_postaladdresscollections: ' || coalesce(CAST(nullif("LOCATIONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 3 THEN CAST(('dataverse.msdyn_postaladdresscollections: ' || coalesce(CAST(nullif("LOCATIONID", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_postaladdresscollectionid:msdyn_postaladdresscollections.msdyn_postaladdresscollectionid" AS "msdyn_postaladdresscollectionid",  -- postal_address_history_v2.map.yaml:15
    "VALIDFROM" AS "msdyn_validfrom",  -- postal_address_history_v2.map.yaml:16
    "VALIDTO" AS "msdyn_validto",  -- postal_address_history_v2.map.yaml:18
    "DESCRIPTION" AS "msdyn_name",  -- postal_address_history_v2.map.yaml:19
    "STREET" AS "msdyn_street",  -- postal_address_history_v2.map.yaml:20
    "STREETNUMBER" AS "msdyn_streetnumber",  -- postal_address_history_v2.map.yaml:21
    "CITY" AS "msdyn_city",  -- postal_address_history_v2.map.yaml:22
    "STATE" AS "msdyn_state",  -- postal_address_history_v2.map.yaml:23
    "COUNTRYREGIONISOCODE" AS "msdyn_countryregionid",  -- postal_address_history_v2.map.yaml:24
    "ZIPCODE" AS "msdyn_zipcode",  -- postal_address_history_v2.map.yaml:25
    "COUNTY" AS "msdyn_county",  -- postal_address_history_v2.map.yaml:26
    "DISTRICTNAME" AS "msdyn_district",  -- postal_address_history_v2.map.yaml:27
    "BUILDINGCOMPLIMENT" AS "msdyn_buildingcompliment",  -- postal_address_history_v2.map.yaml:28
    "POSTBOX" AS "msdyn_postbox",  -- postal_address_history_v2.map.yaml:29
    "LATITUDE" AS "msdyn_latitude",  -- postal_address_history_v2.map.yaml:30
    "LONGITUDE" AS "msdyn_longitude",  -- postal_address_history_v2.map.yaml:31
    CAST(CAST(md5('finops.PostalAddressHistoryV2 dataverse.msdyn_postaladdresses msdyn_postaladdressid ' || "#key") AS UUID) AS UUID) AS "msdyn_postaladdressid",  -- made from the key
    "VALIDTO" AS "both.VALIDTO",  -- for later steps
    "DESCRIPTION" AS "both.DESCRIPTION",  -- for later steps
    "STREET" AS "both.STREET",  -- for later steps
    "STREETNUMBER" AS "both.STREETNUMBER",  -- for later steps
    "CITY" AS "both.CITY",  -- for later steps
    "STATE" AS "both.STATE",  -- for later steps
    "COUNTRYREGIONISOCODE" AS "both.COUNTRYREGIONISOCODE",  -- for later steps
    "ZIPCODE" AS "both.ZIPCODE",  -- for later steps
    "COUNTY" AS "both.COUNTY",  -- for later steps
    "DISTRICTNAME" AS "both.DISTRICTNAME",  -- for later steps
    "BUILDINGCOMPLIMENT" AS "both.BUILDINGCOMPLIMENT",  -- for later steps
    "POSTBOX" AS "both.POSTBOX",  -- for later steps
    "LATITUDE" AS "both.LATITUDE",  -- for later steps
    "LONGITUDE" AS "both.LONGITUDE",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_postaladdressid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_postaladdresscollectionid" AS "msdyn_postaladdresscollectionid", x."msdyn_validfrom" AS "msdyn_validfrom", x."msdyn_validto" AS "msdyn_validto", x."msdyn_name" AS "msdyn_name", x."msdyn_street" AS "msdyn_street", x."msdyn_streetnumber" AS "msdyn_streetnumber", x."msdyn_city" AS "msdyn_city", x."msdyn_state" AS "msdyn_state", x."msdyn_countryregionid" AS "msdyn_countryregionid", x."msdyn_zipcode" AS "msdyn_zipcode", x."msdyn_county" AS "msdyn_county", x."msdyn_district" AS "msdyn_district", x."msdyn_buildingcompliment" AS "msdyn_buildingcompliment", x."msdyn_postbox" AS "msdyn_postbox", x."msdyn_latitude" AS "msdyn_latitude", x."msdyn_longitude" AS "msdyn_longitude"
  FROM "dataverse"."msdyn_postaladdresses" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_postaladdresses' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."msdyn_postaladdresses" AS x WHERE x."msdyn_validfrom" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS TIMESTAMP) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_validto" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.VALIDTO" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".source)) AND NOT (CAST(target."msdyn_validto" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".target))
    END AS "#goes.msdyn_validto",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_name" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".source)) AND NOT (CAST(target."msdyn_name" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".target))
    END AS "#goes.msdyn_name",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_street" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.STREET" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".source)) AND NOT (CAST(target."msdyn_street" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".target))
    END AS "#goes.msdyn_street",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_streetnumber" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.STREETNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".source)) AND NOT (CAST(target."msdyn_streetnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".target))
    END AS "#goes.msdyn_streetnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_city" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".source)) AND NOT (CAST(target."msdyn_city" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".target))
    END AS "#goes.msdyn_city",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_state" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.STATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".source)) AND NOT (CAST(target."msdyn_state" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".target))
    END AS "#goes.msdyn_state",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_countryregionid" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.COUNTRYREGIONISOCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".source)) AND NOT (CAST(target."msdyn_countryregionid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".target))
    END AS "#goes.msdyn_countryregionid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_zipcode" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ZIPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".source)) AND NOT (CAST(target."msdyn_zipcode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".target))
    END AS "#goes.msdyn_zipcode",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_county" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.COUNTY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".source)) AND NOT (CAST(target."msdyn_county" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".target))
    END AS "#goes.msdyn_county",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_district" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.DISTRICTNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".source)) AND NOT (CAST(target."msdyn_district" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".target))
    END AS "#goes.msdyn_district",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_buildingcompliment" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.BUILDINGCOMPLIMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".source)) AND NOT (CAST(target."msdyn_buildingcompliment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".target))
    END AS "#goes.msdyn_buildingcompliment",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_postbox" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.POSTBOX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".source)) AND NOT (CAST(target."msdyn_postbox" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".target))
    END AS "#goes.msdyn_postbox",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_latitude" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.LATITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".source)) AND NOT (CAST(target."msdyn_latitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".target))
    END AS "#goes.msdyn_latitude",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_longitude" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.LONGITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".source)) AND NOT (CAST(target."msdyn_longitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".target))
    END AS "#goes.msdyn_longitude",
    target."#row" IS NOT NULL AND pact."msdyn_validto" IS NOT NULL AND (CAST(mapped."both.VALIDTO" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".source)) AND (CAST(target."msdyn_validto" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_validto".target))
      AND (target."msdyn_validto" IS DISTINCT FROM mapped."msdyn_validto") AS "#clashes.msdyn_validto",
    target."#row" IS NOT NULL AND pact."msdyn_name" IS NOT NULL AND (CAST(mapped."both.DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".source)) AND (CAST(target."msdyn_name" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_name".target))
      AND (target."msdyn_name" IS DISTINCT FROM mapped."msdyn_name") AS "#clashes.msdyn_name",
    target."#row" IS NOT NULL AND pact."msdyn_street" IS NOT NULL AND (CAST(mapped."both.STREET" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".source)) AND (CAST(target."msdyn_street" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_street".target))
      AND (target."msdyn_street" IS DISTINCT FROM mapped."msdyn_street") AS "#clashes.msdyn_street",
    target."#row" IS NOT NULL AND pact."msdyn_streetnumber" IS NOT NULL AND (CAST(mapped."both.STREETNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".source)) AND (CAST(target."msdyn_streetnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_streetnumber".target))
      AND (target."msdyn_streetnumber" IS DISTINCT FROM mapped."msdyn_streetnumber") AS "#clashes.msdyn_streetnumber",
    target."#row" IS NOT NULL AND pact."msdyn_city" IS NOT NULL AND (CAST(mapped."both.CITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".source)) AND (CAST(target."msdyn_city" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_city".target))
      AND (target."msdyn_city" IS DISTINCT FROM mapped."msdyn_city") AS "#clashes.msdyn_city",
    target."#row" IS NOT NULL AND pact."msdyn_state" IS NOT NULL AND (CAST(mapped."both.STATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".source)) AND (CAST(target."msdyn_state" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_state".target))
      AND (target."msdyn_state" IS DISTINCT FROM mapped."msdyn_state") AS "#clashes.msdyn_state",
    target."#row" IS NOT NULL AND pact."msdyn_countryregionid" IS NOT NULL AND (CAST(mapped."both.COUNTRYREGIONISOCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".source)) AND (CAST(target."msdyn_countryregionid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_countryregionid".target))
      AND (target."msdyn_countryregionid" IS DISTINCT FROM mapped."msdyn_countryregionid") AS "#clashes.msdyn_countryregionid",
    target."#row" IS NOT NULL AND pact."msdyn_zipcode" IS NOT NULL AND (CAST(mapped."both.ZIPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".source)) AND (CAST(target."msdyn_zipcode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_zipcode".target))
      AND (target."msdyn_zipcode" IS DISTINCT FROM mapped."msdyn_zipcode") AS "#clashes.msdyn_zipcode",
    target."#row" IS NOT NULL AND pact."msdyn_county" IS NOT NULL AND (CAST(mapped."both.COUNTY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".source)) AND (CAST(target."msdyn_county" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_county".target))
      AND (target."msdyn_county" IS DISTINCT FROM mapped."msdyn_county") AS "#clashes.msdyn_county",
    target."#row" IS NOT NULL AND pact."msdyn_district" IS NOT NULL AND (CAST(mapped."both.DISTRICTNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".source)) AND (CAST(target."msdyn_district" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_district".target))
      AND (target."msdyn_district" IS DISTINCT FROM mapped."msdyn_district") AS "#clashes.msdyn_district",
    target."#row" IS NOT NULL AND pact."msdyn_buildingcompliment" IS NOT NULL AND (CAST(mapped."both.BUILDINGCOMPLIMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".source)) AND (CAST(target."msdyn_buildingcompliment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_buildingcompliment".target))
      AND (target."msdyn_buildingcompliment" IS DISTINCT FROM mapped."msdyn_buildingcompliment") AS "#clashes.msdyn_buildingcompliment",
    target."#row" IS NOT NULL AND pact."msdyn_postbox" IS NOT NULL AND (CAST(mapped."both.POSTBOX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".source)) AND (CAST(target."msdyn_postbox" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postbox".target))
      AND (target."msdyn_postbox" IS DISTINCT FROM mapped."msdyn_postbox") AS "#clashes.msdyn_postbox",
    target."#row" IS NOT NULL AND pact."msdyn_latitude" IS NOT NULL AND (CAST(mapped."both.LATITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".source)) AND (CAST(target."msdyn_latitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_latitude".target))
      AND (target."msdyn_latitude" IS DISTINCT FROM mapped."msdyn_latitude") AS "#clashes.msdyn_latitude",
    target."#row" IS NOT NULL AND pact."msdyn_longitude" IS NOT NULL AND (CAST(mapped."both.LONGITUDE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".source)) AND (CAST(target."msdyn_longitude" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_longitude".target))
      AND (target."msdyn_longitude" IS DISTINCT FROM mapped."msdyn_longitude") AS "#clashes.msdyn_longitude",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_validto" THEN 'msdyn_validto' || ': source ' || coalesce(CAST(mapped."both.VALIDTO" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_validto" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_name" THEN 'msdyn_name' || ': source ' || coalesce(CAST(mapped."both.DESCRIPTION" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_name" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_street" THEN 'msdyn_street' || ': source ' || coalesce(CAST(mapped."both.STREET" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_street" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_streetnumber" THEN 'msdyn_streetnumber' || ': source ' || coalesce(CAST(mapped."both.STREETNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_streetnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_city" THEN 'msdyn_city' || ': source ' || coalesce(CAST(mapped."both.CITY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_city" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_state" THEN 'msdyn_state' || ': source ' || coalesce(CAST(mapped."both.STATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_state" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_countryregionid" THEN 'msdyn_countryregionid' || ': source ' || coalesce(CAST(mapped."both.COUNTRYREGIONISOCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_countryregionid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_zipcode" THEN 'msdyn_zipcode' || ': source ' || coalesce(CAST(mapped."both.ZIPCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_zipcode" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_county" THEN 'msdyn_county' || ': source ' || coalesce(CAST(mapped."both.COUNTY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_county" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_district" THEN 'msdyn_district' || ': source ' || coalesce(CAST(mapped."both.DISTRICTNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_district" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_buildingcompliment" THEN 'msdyn_buildingcompliment' || ': source ' || coalesce(CAST(mapped."both.BUILDINGCOMPLIMENT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_buildingcompliment" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_postbox" THEN 'msdyn_postbox' || ': source ' || coalesce(CAST(mapped."both.POSTBOX" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_postbox" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_latitude" THEN 'msdyn_latitude' || ': source ' || coalesce(CAST(mapped."both.LATITUDE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_latitude" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_longitude" THEN 'msdyn_longitude' || ': source ' || coalesce(CAST(mapped."both.LONGITUDE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_longitude" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_validto" AND (target."msdyn_validto" IS DISTINCT FROM mapped."msdyn_validto"))
      OR ("#goes.msdyn_name" AND (target."msdyn_name" IS DISTINCT FROM mapped."msdyn_name"))
      OR ("#goes.msdyn_street" AND (target."msdyn_street" IS DISTINCT FROM mapped."msdyn_street"))
      OR ("#goes.msdyn_streetnumber" AND (target."msdyn_streetnumber" IS DISTINCT FROM mapped."msdyn_streetnumber"))
      OR ("#goes.msdyn_city" AND (target."msdyn_city" IS DISTINCT FROM mapped."msdyn_city"))
      OR ("#goes.msdyn_state" AND (target."msdyn_state" IS DISTINCT FROM mapped."msdyn_state"))
      OR ("#goes.msdyn_countryregionid" AND (target."msdyn_countryregionid" IS DISTINCT FROM mapped."msdyn_countryregionid"))
      OR ("#goes.msdyn_zipcode" AND (target."msdyn_zipcode" IS DISTINCT FROM mapped."msdyn_zipcode"))
      OR ("#goes.msdyn_county" AND (target."msdyn_county" IS DISTINCT FROM mapped."msdyn_county"))
      OR ("#goes.msdyn_district" AND (target."msdyn_district" IS DISTINCT FROM mapped."msdyn_district"))
      OR ("#goes.msdyn_buildingcompliment" AND (target."msdyn_buildingcompliment" IS DISTINCT FROM mapped."msdyn_buildingcompliment"))
      OR ("#goes.msdyn_postbox" AND (target."msdyn_postbox" IS DISTINCT FROM mapped."msdyn_postbox"))
      OR ("#goes.msdyn_latitude" AND (target."msdyn_latitude" IS DISTINCT FROM mapped."msdyn_latitude"))
      OR ("#goes.msdyn_longitude" AND (target."msdyn_longitude" IS DISTINCT FROM mapped."msdyn_longitude")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_postaladdresscollectionid" = mapped."msdyn_postaladdresscollectionid" AND target."msdyn_validfrom" = mapped."msdyn_validfrom"
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
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = replace(replace(coalesce(CAST(mapped."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 6  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 6  -- TARGET_MISSING
    WHEN "#clashes.msdyn_validto" THEN 14  -- CONFLICT_STALE msdyn_validto
    WHEN "#clashes.msdyn_name" THEN 15  -- CONFLICT_STALE msdyn_name
    WHEN "#clashes.msdyn_street" THEN 16  -- CONFLICT_STALE msdyn_street
    WHEN "#clashes.msdyn_streetnumber" THEN 17  -- CONFLICT_STALE msdyn_streetnumber
    WHEN "#clashes.msdyn_city" THEN 18  -- CONFLICT_STALE msdyn_city
    WHEN "#clashes.msdyn_state" THEN 19  -- CONFLICT_STALE msdyn_state
    WHEN "#clashes.msdyn_countryregionid" THEN 20  -- CONFLICT_STALE msdyn_countryregionid
    WHEN "#clashes.msdyn_zipcode" THEN 21  -- CONFLICT_STALE msdyn_zipcode
    WHEN "#clashes.msdyn_county" THEN 22  -- CONFLICT_STALE msdyn_county
    WHEN "#clashes.msdyn_district" THEN 23  -- CONFLICT_STALE msdyn_district
    WHEN "#clashes.msdyn_buildingcompliment" THEN 24  -- CONFLICT_STALE msdyn_buildingcompliment
    WHEN "#clashes.msdyn_postbox" THEN 25  -- CONFLICT_STALE msdyn_postbox
    WHEN "#clashes.msdyn_latitude" THEN 26  -- CONFLICT_STALE msdyn_latitude
    WHEN "#clashes.msdyn_longitude" THEN 27  -- CONFLICT_STALE msdyn_longitude
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 8  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_postaladdresscollectionid", "msdyn_validfrom", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_postaladdresscollectionid", "msdyn_validfrom", "msdyn_validto", "msdyn_name", "msdyn_street", "msdyn_streetnumber", "msdyn_city", "msdyn_state", "msdyn_countryregionid", "msdyn_zipcode", "msdyn_county", "msdyn_district", "msdyn_buildingcompliment", "msdyn_postbox", "msdyn_latitude", "msdyn_longitude", "msdyn_postaladdressid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_postaladdresscollectionid", "msdyn_validfrom"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 11 ELSE 10 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_postaladdresscollectionid" = duplicates."msdyn_postaladdresscollectionid" AND shaped."msdyn_validfrom" = duplicates."msdyn_validfrom"
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
UPDATE shaped SET "#reason" = 10, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'postal_address_history_v2' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_postaladdresses' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."PostalAddressHistoryV2" AS source WHERE replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 10, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."PostalAddressHistoryV2" AS source
WHERE replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 10, claim."#target_key"
FROM "finops"."PostalAddressHistoryV2" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27) THEN 'rejected'
  WHEN "#reason" IN (11) THEN 'superseded'
  WHEN "#reason" IN (12) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_postaladdresses that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_postaladdresses") AS target ON replace(replace(coalesce(CAST(target."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE (link.source_version IS NULL OR EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'postal_address_history_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PostalAddressHistoryV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  ))
  AND link.leg = 'postal_address_history_v2' AND link.state = 'live' AND link.target = 'dataverse.msdyn_postaladdresses'
  AND NOT EXISTS (SELECT 1 FROM "finops"."PostalAddressHistoryV2" AS source WHERE replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."PostalAddressHistoryV2" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'postal_address_history_v2' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_postaladdresses") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'postal_address_history_v2' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_postaladdresses") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_postaladdresses") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'postal_address_history_v2' AND link.target = 'dataverse.msdyn_postaladdresses' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'postal_address_history_v2' AND link.state = 'live' AND link.target = 'dataverse.msdyn_postaladdresses'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresses" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.msdyn_postaladdresses

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_validto" THEN shaped."msdyn_validto" ELSE t."msdyn_validto" END AS "msdyn_validto", CASE WHEN shaped."#goes.msdyn_name" THEN shaped."msdyn_name" ELSE t."msdyn_name" END AS "msdyn_name", CASE WHEN shaped."#goes.msdyn_street" THEN shaped."msdyn_street" ELSE t."msdyn_street" END AS "msdyn_street", CASE WHEN shaped."#goes.msdyn_streetnumber" THEN shaped."msdyn_streetnumber" ELSE t."msdyn_streetnumber" END AS "msdyn_streetnumber", CASE WHEN shaped."#goes.msdyn_city" THEN shaped."msdyn_city" ELSE t."msdyn_city" END AS "msdyn_city", CASE WHEN shaped."#goes.msdyn_state" THEN shaped."msdyn_state" ELSE t."msdyn_state" END AS "msdyn_state", CASE WHEN shaped."#goes.msdyn_countryregionid" THEN shaped."msdyn_countryregionid" ELSE t."msdyn_countryregionid" END AS "msdyn_countryregionid", CASE WHEN shaped."#goes.msdyn_zipcode" THEN shaped."msdyn_zipcode" ELSE t."msdyn_zipcode" END AS "msdyn_zipcode", CASE WHEN shaped."#goes.msdyn_county" THEN shaped."msdyn_county" ELSE t."msdyn_county" END AS "msdyn_county", CASE WHEN shaped."#goes.msdyn_district" THEN shaped."msdyn_district" ELSE t."msdyn_district" END AS "msdyn_district", CASE WHEN shaped."#goes.msdyn_buildingcompliment" THEN shaped."msdyn_buildingcompliment" ELSE t."msdyn_buildingcompliment" END AS "msdyn_buildingcompliment", CASE WHEN shaped."#goes.msdyn_postbox" THEN shaped."msdyn_postbox" ELSE t."msdyn_postbox" END AS "msdyn_postbox", CASE WHEN shaped."#goes.msdyn_latitude" THEN shaped."msdyn_latitude" ELSE t."msdyn_latitude" END AS "msdyn_latitude", CASE WHEN shaped."#goes.msdyn_longitude" THEN shaped."msdyn_longitude" ELSE t."msdyn_longitude" END AS "msdyn_longitude", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_postaladdresses" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_postaladdresses
INSERT INTO "dataverse"."msdyn_postaladdresses" ("msdyn_postaladdresscollectionid", "msdyn_validfrom", "msdyn_validto", "msdyn_name", "msdyn_street", "msdyn_streetnumber", "msdyn_city", "msdyn_state", "msdyn_countryregionid", "msdyn_zipcode", "msdyn_county", "msdyn_district", "msdyn_buildingcompliment", "msdyn_postbox", "msdyn_latitude", "msdyn_longitude", "msdyn_postaladdressid", "modifiedon", "versionnumber")
SELECT "msdyn_postaladdresscollectionid", "msdyn_validfrom", "msdyn_validto", "msdyn_name", "msdyn_street", "msdyn_streetnumber", "msdyn_city", "msdyn_state", "msdyn_countryregionid", "msdyn_zipcode", "msdyn_county", "msdyn_district", "msdyn_buildingcompliment", "msdyn_postbox", "msdyn_latitude", "msdyn_longitude", "msdyn_postaladdressid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'postal_address_history_v2' AS leg, new."#key" AS source_key, 'dataverse.msdyn_postaladdresses' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_validto', 'old': CAST(old."msdyn_validto" AS VARCHAR), 'new': CAST(new."msdyn_validto" AS VARCHAR)},
    {'column_name': 'msdyn_name', 'old': CAST(old."msdyn_name" AS VARCHAR), 'new': CAST(new."msdyn_name" AS VARCHAR)},
    {'column_name': 'msdyn_street', 'old': CAST(old."msdyn_street" AS VARCHAR), 'new': CAST(new."msdyn_street" AS VARCHAR)},
    {'column_name': 'msdyn_streetnumber', 'old': CAST(old."msdyn_streetnumber" AS VARCHAR), 'new': CAST(new."msdyn_streetnumber" AS VARCHAR)},
    {'column_name': 'msdyn_city', 'old': CAST(old."msdyn_city" AS VARCHAR), 'new': CAST(new."msdyn_city" AS VARCHAR)},
    {'column_name': 'msdyn_state', 'old': CAST(old."msdyn_state" AS VARCHAR), 'new': CAST(new."msdyn_state" AS VARCHAR)},
    {'column_name': 'msdyn_countryregionid', 'old': CAST(old."msdyn_countryregionid" AS VARCHAR), 'new': CAST(new."msdyn_countryregionid" AS VARCHAR)},
    {'column_name': 'msdyn_zipcode', 'old': CAST(old."msdyn_zipcode" AS VARCHAR), 'new': CAST(new."msdyn_zipcode" AS VARCHAR)},
    {'column_name': 'msdyn_county', 'old': CAST(old."msdyn_county" AS VARCHAR), 'new': CAST(new."msdyn_county" AS VARCHAR)},
    {'column_name': 'msdyn_district', 'old': CAST(old."msdyn_district" AS VARCHAR), 'new': CAST(new."msdyn_district" AS VARCHAR)},
    {'column_name': 'msdyn_buildingcompliment', 'old': CAST(old."msdyn_buildingcompliment" AS VARCHAR), 'new': CAST(new."msdyn_buildingcompliment" AS VARCHAR)},
    {'column_name': 'msdyn_postbox', 'old': CAST(old."msdyn_postbox" AS VARCHAR), 'new': CAST(new."msdyn_postbox" AS VARCHAR)},
    {'column_name': 'msdyn_latitude', 'old': CAST(old."msdyn_latitude" AS VARCHAR), 'new': CAST(new."msdyn_latitude" AS VARCHAR)},
    {'column_name': 'msdyn_longitude', 'old': CAST(old."msdyn_longitude" AS VARCHAR), 'new': CAST(new."msdyn_longitude" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_postaladdresses" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_postaladdresses" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_postaladdresses"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'postal_address_history_v2' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VALIDFROM" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PostalAddressHistoryV2" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'msdyn_postaladdresscollectionid', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_postaladdresscollectionid', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (4, 'KEY_NULL', 'msdyn_postaladdresscollectionid', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (5, 'TARGET_EXISTS', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (6, 'TARGET_MISSING', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (7, 'TARGET_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (8, 'UPDATE_NOT_ALLOWED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (9, 'CONFLICT_STALE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (10, 'KEY_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (11, 'SUPERSEDED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (12, 'SET_INCOMPLETE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (13, 'TARGET_REFUSED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (14, 'CONFLICT_STALE', 'msdyn_validto', /* place */ 'postal_address_history_v2.map.yaml:18'),
  (15, 'CONFLICT_STALE', 'msdyn_name', /* place */ 'postal_address_history_v2.map.yaml:19'),
  (16, 'CONFLICT_STALE', 'msdyn_street', /* place */ 'postal_address_history_v2.map.yaml:20'),
  (17, 'CONFLICT_STALE', 'msdyn_streetnumber', /* place */ 'postal_address_history_v2.map.yaml:21'),
  (18, 'CONFLICT_STALE', 'msdyn_city', /* place */ 'postal_address_history_v2.map.yaml:22'),
  (19, 'CONFLICT_STALE', 'msdyn_state', /* place */ 'postal_address_history_v2.map.yaml:23'),
  (20, 'CONFLICT_STALE', 'msdyn_countryregionid', /* place */ 'postal_address_history_v2.map.yaml:24'),
  (21, 'CONFLICT_STALE', 'msdyn_zipcode', /* place */ 'postal_address_history_v2.map.yaml:25'),
  (22, 'CONFLICT_STALE', 'msdyn_county', /* place */ 'postal_address_history_v2.map.yaml:26'),
  (23, 'CONFLICT_STALE', 'msdyn_district', /* place */ 'postal_address_history_v2.map.yaml:27'),
  (24, 'CONFLICT_STALE', 'msdyn_buildingcompliment', /* place */ 'postal_address_history_v2.map.yaml:28'),
  (25, 'CONFLICT_STALE', 'msdyn_postbox', /* place */ 'postal_address_history_v2.map.yaml:29'),
  (26, 'CONFLICT_STALE', 'msdyn_latitude', /* place */ 'postal_address_history_v2.map.yaml:30'),
  (27, 'CONFLICT_STALE', 'msdyn_longitude', /* place */ 'postal_address_history_v2.map.yaml:31')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'postal_address_history_v2' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'postal_address_history_v2' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'postal_address_history_v2' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('LOCATIONID', CAST(source."LOCATIONID" AS VARCHAR), 'VALIDFROM', CAST(source."VALIDFROM" AS VARCHAR), 'VALIDTO', CAST(source."VALIDTO" AS VARCHAR), 'DESCRIPTION', CAST(source."DESCRIPTION" AS VARCHAR), 'STREET', CAST(source."STREET" AS VARCHAR), 'STREETNUMBER', CAST(source."STREETNUMBER" AS VARCHAR), 'CITY', CAST(source."CITY" AS VARCHAR), 'STATE', CAST(source."STATE" AS VARCHAR), 'COUNTRYREGIONISOCODE', CAST(source."COUNTRYREGIONISOCODE" AS VARCHAR), 'ZIPCODE', CAST(source."ZIPCODE" AS VARCHAR), 'COUNTY', CAST(source."COUNTY" AS VARCHAR), 'DISTRICTNAME', CAST(source."DISTRICTNAME" AS VARCHAR), 'BUILDINGCOMPLIMENT', CAST(source."BUILDINGCOMPLIMENT" AS VARCHAR), 'POSTBOX', CAST(source."POSTBOX" AS VARCHAR), 'LATITUDE', CAST(source."LATITUDE" AS VARCHAR), 'LONGITUDE', CAST(source."LONGITUDE" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'msdyn_postaladdresscollectionid', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_postaladdresscollectionid', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (4, 'KEY_NULL', 'msdyn_postaladdresscollectionid', /* place */ 'postal_address_history_v2.map.yaml:15'),
  (5, 'TARGET_EXISTS', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (6, 'TARGET_MISSING', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (7, 'TARGET_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (8, 'UPDATE_NOT_ALLOWED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (9, 'CONFLICT_STALE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (10, 'KEY_DUPLICATE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (11, 'SUPERSEDED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (12, 'SET_INCOMPLETE', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (13, 'TARGET_REFUSED', '', /* place */ 'postal_address_history_v2.map.yaml:6'),
  (14, 'CONFLICT_STALE', 'msdyn_validto', /* place */ 'postal_address_history_v2.map.yaml:18'),
  (15, 'CONFLICT_STALE', 'msdyn_name', /* place */ 'postal_address_history_v2.map.yaml:19'),
  (16, 'CONFLICT_STALE', 'msdyn_street', /* place */ 'postal_address_history_v2.map.yaml:20'),
  (17, 'CONFLICT_STALE', 'msdyn_streetnumber', /* place */ 'postal_address_history_v2.map.yaml:21'),
  (18, 'CONFLICT_STALE', 'msdyn_city', /* place */ 'postal_address_history_v2.map.yaml:22'),
  (19, 'CONFLICT_STALE', 'msdyn_state', /* place */ 'postal_address_history_v2.map.yaml:23'),
  (20, 'CONFLICT_STALE', 'msdyn_countryregionid', /* place */ 'postal_address_history_v2.map.yaml:24'),
  (21, 'CONFLICT_STALE', 'msdyn_zipcode', /* place */ 'postal_address_history_v2.map.yaml:25'),
  (22, 'CONFLICT_STALE', 'msdyn_county', /* place */ 'postal_address_history_v2.map.yaml:26'),
  (23, 'CONFLICT_STALE', 'msdyn_district', /* place */ 'postal_address_history_v2.map.yaml:27'),
  (24, 'CONFLICT_STALE', 'msdyn_buildingcompliment', /* place */ 'postal_address_history_v2.map.yaml:28'),
  (25, 'CONFLICT_STALE', 'msdyn_postbox', /* place */ 'postal_address_history_v2.map.yaml:29'),
  (26, 'CONFLICT_STALE', 'msdyn_latitude', /* place */ 'postal_address_history_v2.map.yaml:30'),
  (27, 'CONFLICT_STALE', 'msdyn_longitude', /* place */ 'postal_address_history_v2.map.yaml:31')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."PostalAddressHistoryV2" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'postal_address_history_v2' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'postal_address_history_v2' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_postaladdresses' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'postal_address_history_v2' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_postaladdresses' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'postal_address_history_v2' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'postal_address_history_v2' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, replace(replace(coalesce(CAST(shaped."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."msdyn_validto" IS NOT DISTINCT FROM shaped."msdyn_validto"
        THEN {'column_name': 'msdyn_validto', 'source': CAST(shaped."both.VALIDTO" AS VARCHAR), 'target': CAST(now."msdyn_validto" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_validto')[1] END,
      CASE WHEN now."msdyn_name" IS NOT DISTINCT FROM shaped."msdyn_name"
        THEN {'column_name': 'msdyn_name', 'source': CAST(shaped."both.DESCRIPTION" AS VARCHAR), 'target': CAST(now."msdyn_name" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_name')[1] END,
      CASE WHEN now."msdyn_street" IS NOT DISTINCT FROM shaped."msdyn_street"
        THEN {'column_name': 'msdyn_street', 'source': CAST(shaped."both.STREET" AS VARCHAR), 'target': CAST(now."msdyn_street" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_street')[1] END,
      CASE WHEN now."msdyn_streetnumber" IS NOT DISTINCT FROM shaped."msdyn_streetnumber"
        THEN {'column_name': 'msdyn_streetnumber', 'source': CAST(shaped."both.STREETNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_streetnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_streetnumber')[1] END,
      CASE WHEN now."msdyn_city" IS NOT DISTINCT FROM shaped."msdyn_city"
        THEN {'column_name': 'msdyn_city', 'source': CAST(shaped."both.CITY" AS VARCHAR), 'target': CAST(now."msdyn_city" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_city')[1] END,
      CASE WHEN now."msdyn_state" IS NOT DISTINCT FROM shaped."msdyn_state"
        THEN {'column_name': 'msdyn_state', 'source': CAST(shaped."both.STATE" AS VARCHAR), 'target': CAST(now."msdyn_state" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_state')[1] END,
      CASE WHEN now."msdyn_countryregionid" IS NOT DISTINCT FROM shaped."msdyn_countryregionid"
        THEN {'column_name': 'msdyn_countryregionid', 'source': CAST(shaped."both.COUNTRYREGIONISOCODE" AS VARCHAR), 'target': CAST(now."msdyn_countryregionid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_countryregionid')[1] END,
      CASE WHEN now."msdyn_zipcode" IS NOT DISTINCT FROM shaped."msdyn_zipcode"
        THEN {'column_name': 'msdyn_zipcode', 'source': CAST(shaped."both.ZIPCODE" AS VARCHAR), 'target': CAST(now."msdyn_zipcode" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_zipcode')[1] END,
      CASE WHEN now."msdyn_county" IS NOT DISTINCT FROM shaped."msdyn_county"
        THEN {'column_name': 'msdyn_county', 'source': CAST(shaped."both.COUNTY" AS VARCHAR), 'target': CAST(now."msdyn_county" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_county')[1] END,
      CASE WHEN now."msdyn_district" IS NOT DISTINCT FROM shaped."msdyn_district"
        THEN {'column_name': 'msdyn_district', 'source': CAST(shaped."both.DISTRICTNAME" AS VARCHAR), 'target': CAST(now."msdyn_district" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_district')[1] END,
      CASE WHEN now."msdyn_buildingcompliment" IS NOT DISTINCT FROM shaped."msdyn_buildingcompliment"
        THEN {'column_name': 'msdyn_buildingcompliment', 'source': CAST(shaped."both.BUILDINGCOMPLIMENT" AS VARCHAR), 'target': CAST(now."msdyn_buildingcompliment" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_buildingcompliment')[1] END,
      CASE WHEN now."msdyn_postbox" IS NOT DISTINCT FROM shaped."msdyn_postbox"
        THEN {'column_name': 'msdyn_postbox', 'source': CAST(shaped."both.POSTBOX" AS VARCHAR), 'target': CAST(now."msdyn_postbox" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_postbox')[1] END,
      CASE WHEN now."msdyn_latitude" IS NOT DISTINCT FROM shaped."msdyn_latitude"
        THEN {'column_name': 'msdyn_latitude', 'source': CAST(shaped."both.LATITUDE" AS VARCHAR), 'target': CAST(now."msdyn_latitude" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_latitude')[1] END,
      CASE WHEN now."msdyn_longitude" IS NOT DISTINCT FROM shaped."msdyn_longitude"
        THEN {'column_name': 'msdyn_longitude', 'source': CAST(shaped."both.LONGITUDE" AS VARCHAR), 'target': CAST(now."msdyn_longitude" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_longitude')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "dataverse"."msdyn_postaladdresses" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'postal_address_history_v2' AND pact.source_key = shaped."#key" AND pact.target_key = replace(replace(coalesce(CAST(shaped."msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'postal_address_history_v2' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'postal_address_history_v2' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'postal_address_history_v2';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'postal_address_history_v2' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
