-- party_postal_address_locations:back: CDS Party postal address locations (msdyn_partypostaladdresses)
-- dataverse.msdyn_partypostaladdresses -> finops.PartyPostalAddressLocations, incremental

-- step 1: extract dataverse.msdyn_partypostaladdresses

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_partypostaladdresses' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partypostaladdressid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_partypostaladdresses" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_partypostaladdresses" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_partypostaladdresses" AS x
UNION ALL
SELECT 'dataverse.msdyn_parties' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_parties" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_parties" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_parties" AS x
UNION ALL
SELECT 'dataverse.msdyn_postaladdresscollections' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_postaladdresscollectionid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_postaladdresscollections" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_postaladdresscollections" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_postaladdresscollections" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'party_postal_address_locations:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_partypostaladdresses'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_partypostaladdresses" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_partypostaladdresses" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_partypostaladdresses'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'party_postal_address_locations:back' AND mark.entity = 'dataverse.msdyn_partypostaladdresses'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'party_postal_address_locations:back' AND link.source_key = coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_partypostaladdresses" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_partypostaladdresses'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_partypostaladdresses" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'party_postal_address_locations:back' AND link.source_key = coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_partypostaladdresses" AS source
WHERE coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'party_postal_address_locations:back' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_partyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_partyid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_partypostaladdressid", source."modifiedon", source."msdyn_partyid", source."msdyn_postaladdresscollectionid", source."msdyn_postaladdresspurposenames", source."msdyn_isprimary" FROM "dataverse"."msdyn_partypostaladdresses" AS source) AS landed
JOIN (
  SELECT x."msdyn_partyid" AS "msdyn_partyid.#1", x."msdyn_partynumber" AS "msdyn_partyid.msdyn_partynumber"
  FROM "dataverse"."msdyn_parties" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'party_postal_address_locations:back' AND mark.entity = 'dataverse.msdyn_parties'
  ), TRUE)
) ON "msdyn_partyid.#1" = "msdyn_partyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_partyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_partyid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_partypostaladdressid", source."modifiedon", source."msdyn_partyid", source."msdyn_postaladdresscollectionid", source."msdyn_postaladdresspurposenames", source."msdyn_isprimary" FROM "dataverse"."msdyn_partypostaladdresses" AS source) AS landed
WHERE "msdyn_partyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_parties" AS x WHERE x."msdyn_partyid" = "msdyn_partyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_parties" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_parties" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_postaladdresscollectionid
INSERT INTO examined
SELECT landed."#row", 'msdyn_postaladdresscollectionid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_partypostaladdressid", source."modifiedon", source."msdyn_partyid", source."msdyn_postaladdresscollectionid", source."msdyn_postaladdresspurposenames", source."msdyn_isprimary" FROM "dataverse"."msdyn_partypostaladdresses" AS source) AS landed
JOIN (
  SELECT x."msdyn_postaladdresscollectionid" AS "msdyn_postaladdresscollectionid.#1", x."msdyn_location" AS "msdyn_postaladdresscollectionid.msdyn_location"
  FROM "dataverse"."msdyn_postaladdresscollections" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'party_postal_address_locations:back' AND mark.entity = 'dataverse.msdyn_postaladdresscollections'
  ), TRUE)
) ON "msdyn_postaladdresscollectionid.#1" = "msdyn_postaladdresscollectionid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_postaladdresscollections'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_postaladdresscollectionid
INSERT INTO examined
SELECT landed."#row", 'msdyn_postaladdresscollectionid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_partypostaladdressid", source."modifiedon", source."msdyn_partyid", source."msdyn_postaladdresscollectionid", source."msdyn_postaladdresspurposenames", source."msdyn_isprimary" FROM "dataverse"."msdyn_partypostaladdresses" AS source) AS landed
WHERE "msdyn_postaladdresscollectionid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_postaladdresscollections" AS x WHERE x."msdyn_postaladdresscollectionid" = "msdyn_postaladdresscollectionid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
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
FROM "dataverse"."msdyn_partypostaladdresses" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'party_postal_address_locations:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_partypostaladdresses" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'party_postal_address_locations:back' AND source_key IN (SELECT coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_partypostaladdresses" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_partypostaladdresses") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'party_postal_address_locations:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_partypostaladdressid",
    source."modifiedon",
    source."msdyn_partyid",
    source."msdyn_postaladdresscollectionid",
    source."msdyn_postaladdresspurposenames",
    source."msdyn_isprimary"
  FROM "dataverse"."msdyn_partypostaladdresses" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_partyid
    SELECT x."msdyn_partyid" AS "msdyn_partyid.#1", count(*) AS "msdyn_partyid.#hits", any_value(x."msdyn_partynumber") AS "msdyn_partyid.msdyn_partynumber"
    FROM "dataverse"."msdyn_parties" AS x
    WHERE x."msdyn_partyid" IN (SELECT DISTINCT "msdyn_partyid" FROM "landed")
    GROUP BY x."msdyn_partyid"
  ) ON "msdyn_partyid.#1" = "msdyn_partyid"
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
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon party_postal_address_locations.map.yaml:6
      WHEN "msdyn_partyid" IS NOT NULL AND ("msdyn_partyid.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING PARTYNUMBER party_postal_address_locations.map.yaml:16
      WHEN coalesce("msdyn_partyid.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS PARTYNUMBER party_postal_address_locations.map.yaml:16
      WHEN "msdyn_partyid.msdyn_partynumber" IS NULL THEN 4  -- KEY_NULL PARTYNUMBER party_postal_address_locations.map.yaml:16
      WHEN "msdyn_postaladdresscollectionid" IS NOT NULL AND ("msdyn_postaladdresscollectionid.#hits" IS NULL) THEN 5  -- LOOKUP_MISSING LOCATIONID party_postal_address_locations.map.yaml:17
      WHEN coalesce("msdyn_postaladdresscollectionid.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS LOCATIONID party_postal_address_locations.map.yaml:17
      WHEN length("msdyn_postaladdresscollectionid.msdyn_location") > 30 THEN 7  -- TOO_LONG LOCATIONID party_postal_address_locations.map.yaml:17
      WHEN (CASE WHEN (length("msdyn_postaladdresscollectionid.msdyn_location") <= 30) THEN "msdyn_postaladdresscollectionid.msdyn_location" END) IS NULL THEN 8  -- KEY_NULL LOCATIONID party_postal_address_locations.map.yaml:17
      WHEN NOT ("msdyn_isprimary" IN (TRUE, FALSE)) THEN 9  -- VALUE_UNMAPPED ISPRIMARY party_postal_address_locations.map.yaml:22
      WHEN NOT ((CASE WHEN "msdyn_isprimary" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isprimary" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 10  -- VALUE_UNMAPPED ISPRIMARY party_postal_address_locations.map.yaml:22
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_partyid" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_partyid" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_postaladdresscollectionid" AS VARCHAR)
      WHEN 6 THEN CAST("msdyn_postaladdresscollectionid" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_postaladdresscollectionid.msdyn_location" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_isprimary" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_partyid.msdyn_partynumber" AS "PARTYNUMBER",  -- party_postal_address_locations.map.yaml:16
    CAST(CASE WHEN (length("msdyn_postaladdresscollectionid.msdyn_location") <= 30) THEN "msdyn_postaladdresscollectionid.msdyn_location" END AS VARCHAR) AS "LOCATIONID",  -- party_postal_address_locations.map.yaml:17
    "msdyn_postaladdresspurposenames" AS "PURPOSE",  -- party_postal_address_locations.map.yaml:21
    CAST(CASE WHEN ((CASE WHEN "msdyn_isprimary" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isprimary" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isprimary" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isprimary" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISPRIMARY",  -- party_postal_address_locations.map.yaml:22
    replace(replace(coalesce(CAST("msdyn_partyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_postaladdresscollectionid" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#out_key",  -- for later steps
    "msdyn_postaladdresspurposenames" AS "both.msdyn_postaladdresspurposenames",  -- for later steps
    "msdyn_isprimary" AS "both.msdyn_isprimary",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."PARTYNUMBER" AS "PARTYNUMBER", x."LOCATIONID" AS "LOCATIONID", x."PURPOSE" AS "PURPOSE", x."ISPRIMARY" AS "ISPRIMARY"
  FROM "finops"."PartyPostalAddressLocations" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.PartyPostalAddressLocations' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PartyPostalAddressLocations" AS x WHERE x."LOCATIONID" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_postaladdresspurposenames" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_postaladdresspurposenames" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postaladdresspurposenames".target)) AND NOT (CAST(target."PURPOSE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postaladdresspurposenames".source))
    END AS "#goes.msdyn_postaladdresspurposenames",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isprimary" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isprimary" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isprimary".target)) AND NOT (CAST(target."ISPRIMARY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isprimary".source))
    END AS "#goes.msdyn_isprimary",
    target."#row" IS NOT NULL AND pact."msdyn_postaladdresspurposenames" IS NOT NULL AND (CAST(mapped."both.msdyn_postaladdresspurposenames" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postaladdresspurposenames".target)) AND (CAST(target."PURPOSE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_postaladdresspurposenames".source))
      AND (target."PURPOSE" IS DISTINCT FROM mapped."PURPOSE") AS "#clashes.msdyn_postaladdresspurposenames",
    target."#row" IS NOT NULL AND pact."msdyn_isprimary" IS NOT NULL AND (CAST(mapped."both.msdyn_isprimary" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isprimary".target)) AND (CAST(target."ISPRIMARY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isprimary".source))
      AND (target."ISPRIMARY" IS DISTINCT FROM mapped."ISPRIMARY") AS "#clashes.msdyn_isprimary",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_postaladdresspurposenames" THEN 'msdyn_postaladdresspurposenames' || ': source ' || coalesce(CAST(target."PURPOSE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_postaladdresspurposenames" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isprimary" THEN 'msdyn_isprimary' || ': source ' || coalesce(CAST(target."ISPRIMARY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isprimary" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_postaladdresspurposenames" AND (target."PURPOSE" IS DISTINCT FROM mapped."PURPOSE"))
      OR ("#goes.msdyn_isprimary" AND (target."ISPRIMARY" IS DISTINCT FROM mapped."ISPRIMARY")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."PARTYNUMBER" = mapped."PARTYNUMBER" AND target."LOCATIONID" = mapped."LOCATIONID"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_postaladdresspurposenames')[1] AS "msdyn_postaladdresspurposenames",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isprimary')[1] AS "msdyn_isprimary",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'party_postal_address_locations'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 12  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 12  -- TARGET_MISSING
    WHEN "#clashes.msdyn_postaladdresspurposenames" THEN 20  -- CONFLICT_STALE msdyn_postaladdresspurposenames
    WHEN "#clashes.msdyn_isprimary" THEN 21  -- CONFLICT_STALE msdyn_isprimary
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 15  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 14  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "PARTYNUMBER", "LOCATIONID", min("#row") AS "#first", count(DISTINCT hash("#key", "PARTYNUMBER", "LOCATIONID", "PURPOSE", "ISPRIMARY")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "PARTYNUMBER", "LOCATIONID"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 17 ELSE 16 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."PARTYNUMBER" = duplicates."PARTYNUMBER" AND shaped."LOCATIONID" = duplicates."LOCATIONID"
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
UPDATE shaped SET "#reason" = 16, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'party_postal_address_locations:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.PartyPostalAddressLocations' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_partypostaladdresses" AS source WHERE coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 16, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_partypostaladdresses" AS source
WHERE coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 16, claim."#target_key"
FROM "dataverse"."msdyn_partypostaladdresses" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21) THEN 'rejected'
  WHEN "#reason" IN (17) THEN 'superseded'
  WHEN "#reason" IN (18) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.PartyPostalAddressLocations that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."PartyPostalAddressLocations") AS target ON replace(replace(coalesce(CAST(target."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'party_postal_address_locations:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_partypostaladdresses'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'party_postal_address_locations:back' AND link.state = 'live' AND link.target = 'finops.PartyPostalAddressLocations'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_partypostaladdresses" AS source WHERE coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_partypostaladdresses" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'party_postal_address_locations:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."PartyPostalAddressLocations") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'party_postal_address_locations:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."PartyPostalAddressLocations") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'party_postal_address_locations:back' AND link.state = 'live' AND link.target = 'finops.PartyPostalAddressLocations'
  AND NOT EXISTS (SELECT 1 FROM "finops"."PartyPostalAddressLocations" AS target WHERE replace(replace(coalesce(CAST(target."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.PartyPostalAddressLocations

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_postaladdresspurposenames" THEN shaped."PURPOSE" ELSE t."PURPOSE" END AS "PURPOSE", CASE WHEN shaped."#goes.msdyn_isprimary" THEN shaped."ISPRIMARY" ELSE t."ISPRIMARY" END AS "ISPRIMARY", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."PartyPostalAddressLocations" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.PartyPostalAddressLocations
INSERT INTO "finops"."PartyPostalAddressLocations" ("PARTYNUMBER", "LOCATIONID", "PURPOSE", "ISPRIMARY", "ModifiedDateTime", "RecVersion")
SELECT "PARTYNUMBER", "LOCATIONID", "PURPOSE", "ISPRIMARY", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'party_postal_address_locations:back' AS leg, new."#key" AS source_key, 'finops.PartyPostalAddressLocations' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'PURPOSE', 'old': CAST(old."PURPOSE" AS VARCHAR), 'new': CAST(new."PURPOSE" AS VARCHAR)},
    {'column_name': 'ISPRIMARY', 'old': CAST(old."ISPRIMARY" AS VARCHAR), 'new': CAST(new."ISPRIMARY" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."PartyPostalAddressLocations" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."PartyPostalAddressLocations" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."PartyPostalAddressLocations"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'party_postal_address_locations:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_partypostaladdressid" AS VARCHAR), '') FROM "dataverse"."msdyn_partypostaladdresses" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'PARTYNUMBER', /* place */ 'party_postal_address_locations.map.yaml:16'),
  (3, 'LOOKUP_AMBIGUOUS', 'PARTYNUMBER', /* place */ 'party_postal_address_locations.map.yaml:16'),
  (4, 'KEY_NULL', 'PARTYNUMBER', /* place */ 'party_postal_address_locations.map.yaml:16'),
  (5, 'LOOKUP_MISSING', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (6, 'LOOKUP_AMBIGUOUS', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (7, 'TOO_LONG', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (8, 'KEY_NULL', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (9, 'VALUE_UNMAPPED', 'ISPRIMARY', /* place */ 'party_postal_address_locations.map.yaml:22'),
  (10, 'VALUE_UNMAPPED', 'ISPRIMARY', /* place */ 'party_postal_address_locations.map.yaml:22'),
  (11, 'TARGET_EXISTS', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (12, 'TARGET_MISSING', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (13, 'TARGET_DUPLICATE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (14, 'UPDATE_NOT_ALLOWED', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (15, 'CONFLICT_STALE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (16, 'KEY_DUPLICATE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (17, 'SUPERSEDED', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (18, 'SET_INCOMPLETE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (19, 'TARGET_REFUSED', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (20, 'CONFLICT_STALE', 'msdyn_postaladdresspurposenames', /* place */ 'party_postal_address_locations.map.yaml:21'),
  (21, 'CONFLICT_STALE', 'msdyn_isprimary', /* place */ 'party_postal_address_locations.map.yaml:22')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'party_postal_address_locations:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'party_postal_address_locations:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'party_postal_address_locations:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_partypostaladdressid', CAST(source."msdyn_partypostaladdressid" AS VARCHAR), 'msdyn_partyid', CAST(source."msdyn_partyid" AS VARCHAR), 'msdyn_postaladdresscollectionid', CAST(source."msdyn_postaladdresscollectionid" AS VARCHAR), 'msdyn_postaladdresspurposenames', CAST(source."msdyn_postaladdresspurposenames" AS VARCHAR), 'msdyn_isprimary', CAST(source."msdyn_isprimary" AS VARCHAR), 'msdyn_islocationowner', CAST(source."msdyn_islocationowner" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'PARTYNUMBER', /* place */ 'party_postal_address_locations.map.yaml:16'),
  (3, 'LOOKUP_AMBIGUOUS', 'PARTYNUMBER', /* place */ 'party_postal_address_locations.map.yaml:16'),
  (4, 'KEY_NULL', 'PARTYNUMBER', /* place */ 'party_postal_address_locations.map.yaml:16'),
  (5, 'LOOKUP_MISSING', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (6, 'LOOKUP_AMBIGUOUS', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (7, 'TOO_LONG', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (8, 'KEY_NULL', 'LOCATIONID', /* place */ 'party_postal_address_locations.map.yaml:17'),
  (9, 'VALUE_UNMAPPED', 'ISPRIMARY', /* place */ 'party_postal_address_locations.map.yaml:22'),
  (10, 'VALUE_UNMAPPED', 'ISPRIMARY', /* place */ 'party_postal_address_locations.map.yaml:22'),
  (11, 'TARGET_EXISTS', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (12, 'TARGET_MISSING', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (13, 'TARGET_DUPLICATE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (14, 'UPDATE_NOT_ALLOWED', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (15, 'CONFLICT_STALE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (16, 'KEY_DUPLICATE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (17, 'SUPERSEDED', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (18, 'SET_INCOMPLETE', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (19, 'TARGET_REFUSED', '', /* place */ 'party_postal_address_locations.map.yaml:6'),
  (20, 'CONFLICT_STALE', 'msdyn_postaladdresspurposenames', /* place */ 'party_postal_address_locations.map.yaml:21'),
  (21, 'CONFLICT_STALE', 'msdyn_isprimary', /* place */ 'party_postal_address_locations.map.yaml:22')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_partypostaladdresses" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'party_postal_address_locations:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'party_postal_address_locations:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.PartyPostalAddressLocations' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'party_postal_address_locations:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.PartyPostalAddressLocations' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'party_postal_address_locations:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'party_postal_address_locations:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT replace(replace(coalesce(CAST(x."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."PartyPostalAddressLocations" AS x
  JOIN shaped ON shaped."#target_key" = replace(replace(coalesce(CAST(x."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'party_postal_address_locations' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- which target rows the new rows came from
INSERT INTO crosswalk.lineage BY NAME
SELECT 'party_postal_address_locations' AS leg, replace(replace(coalesce(CAST(now."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, 'dataverse.msdyn_partypostaladdresses' AS target, shaped."#out_key" AS target_key, $run_id AS first_run, $run_id AS last_run, 'live' AS state
FROM shaped
JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."PartyPostalAddressLocations" AS x) AS now ON now."#target_key" = shaped."#target_key"
WHERE shaped."#fate" = 'inserted'
  AND replace(replace(coalesce(CAST(now."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'party_postal_address_locations');

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    replace(replace(coalesce(CAST(now."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."PURPOSE" IS NOT DISTINCT FROM shaped."PURPOSE"
        THEN {'column_name': 'msdyn_postaladdresspurposenames', 'source': CAST(now."PURPOSE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_postaladdresspurposenames" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_postaladdresspurposenames')[1] END,
      CASE WHEN now."ISPRIMARY" IS NOT DISTINCT FROM shaped."ISPRIMARY"
        THEN {'column_name': 'msdyn_isprimary', 'source': CAST(now."ISPRIMARY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isprimary" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isprimary')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."PartyPostalAddressLocations" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'party_postal_address_locations' AND pact.source_key = replace(replace(coalesce(CAST(now."PARTYNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."LOCATIONID" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'party_postal_address_locations' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'party_postal_address_locations' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'party_postal_address_locations:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'party_postal_address_locations:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
