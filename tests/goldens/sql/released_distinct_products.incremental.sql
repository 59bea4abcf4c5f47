-- released_distinct_products: CDS released distinct products (products)
-- finops.ReleasedDistinctProducts -> dataverse.products, incremental

-- step 1: extract finops.ReleasedDistinctProducts

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ReleasedDistinctProducts' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."PRODUCTNUMBER" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ReleasedDistinctProducts" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ReleasedDistinctProducts" AS x), TRUE)
  ) AS content
FROM "finops"."ReleasedDistinctProducts" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.uoms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."uomid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."uoms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."uoms" AS x), TRUE)
  ) AS content
FROM "dataverse"."uoms" AS x
UNION ALL
SELECT 'dataverse.msdyn_productcolors' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_productcolorid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_productcolors" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_productcolors" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_productcolors" AS x
UNION ALL
SELECT 'dataverse.msdyn_productconfigurations' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_productconfigurationid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_productconfigurations" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_productconfigurations" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_productconfigurations" AS x
UNION ALL
SELECT 'dataverse.msdyn_productsizes' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_productsizeid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_productsizes" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_productsizes" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_productsizes" AS x
UNION ALL
SELECT 'dataverse.msdyn_productstyles' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_productstyleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_productstyles" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_productstyles" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_productstyles" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'released_distinct_products' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ReleasedDistinctProducts'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') FROM "finops"."ReleasedDistinctProducts" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ReleasedDistinctProducts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'released_distinct_products' AND mark.entity = 'finops.ReleasedDistinctProducts'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'released_distinct_products' AND link.source_key = coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ReleasedDistinctProducts'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ReleasedDistinctProducts" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'released_distinct_products' AND link.source_key = coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'released_distinct_products' AND open.state = 'open'
);

-- all rows when dataverse.transactioncurrencies changed: transactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'transactioncurrencyid:transactioncurrencies changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.uoms changed: defaultuomid:uoms
INSERT INTO examined
SELECT source.rowid, 'defaultuomid:uoms changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.uoms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_productcolors changed: msdyn_productcolor:msdyn_productcolors
INSERT INTO examined
SELECT source.rowid, 'msdyn_productcolor:msdyn_productcolors changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_productcolors'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_productconfigurations changed: msdyn_productconfiguration:msdyn_productconfigurations
INSERT INTO examined
SELECT source.rowid, 'msdyn_productconfiguration:msdyn_productconfigurations changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_productconfigurations'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_productsizes changed: msdyn_productsize:msdyn_productsizes
INSERT INTO examined
SELECT source.rowid, 'msdyn_productsize:msdyn_productsizes changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_productsizes'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_productstyles changed: msdyn_productstyle:msdyn_productstyles
INSERT INTO examined
SELECT source.rowid, 'msdyn_productstyle:msdyn_productstyles changed'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_productstyles'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'released_distinct_products' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') FROM "finops"."ReleasedDistinctProducts" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'released_distinct_products' AND source_key IN (SELECT coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') FROM "finops"."ReleasedDistinctProducts" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ReleasedDistinctProducts") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'released_distinct_products' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."PRODUCTNUMBER",
    source."ModifiedDateTime",
    source."PRODUCTNAME",
    source."PRODUCTDESCRIPTION",
    source."ITEMNUMBER",
    source."CURRENCYCODE",
    source."SALESUNITSYMBOL",
    source."SALESPRICE",
    source."UNITCOST",
    source."SALESUNITDECIMALPRECISION",
    source."ISCATCHWEIGHTPRODUCT",
    source."PRODUCTCOLORID",
    source."PRODUCTCONFIGURATIONID",
    source."PRODUCTSIZEID",
    source."PRODUCTSTYLEID"
  FROM "finops"."ReleasedDistinctProducts" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- transactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "transactioncurrencyid:transactioncurrencies.#1", count(*) AS "transactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "transactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("CURRENCYCODE", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "transactioncurrencyid:transactioncurrencies.#1" = nullif("CURRENCYCODE", '')
  LEFT JOIN (  -- defaultuomid:uoms
    SELECT x."msdyn_symbol" AS "defaultuomid:uoms.#1", count(*) AS "defaultuomid:uoms.#hits", any_value(x."uomid") AS "defaultuomid:uoms.uomid"
    FROM "dataverse"."uoms" AS x
    WHERE x."msdyn_symbol" IN (SELECT DISTINCT nullif("SALESUNITSYMBOL", '') FROM "landed")
    GROUP BY x."msdyn_symbol"
  ) ON "defaultuomid:uoms.#1" = nullif("SALESUNITSYMBOL", '')
  LEFT JOIN (  -- msdyn_productcolor:msdyn_productcolors
    SELECT x."msdyn_productcolorname" AS "msdyn_productcolor:msdyn_productcolors.#1", count(*) AS "msdyn_productcolor:msdyn_productcolors.#hits", any_value(x."msdyn_productcolorid") AS "msdyn_productcolor:msdyn_productcolors.msdyn_productcolorid"
    FROM "dataverse"."msdyn_productcolors" AS x
    WHERE x."msdyn_productcolorname" IN (SELECT DISTINCT nullif("PRODUCTCOLORID", '') FROM "landed")
    GROUP BY x."msdyn_productcolorname"
  ) ON "msdyn_productcolor:msdyn_productcolors.#1" = nullif("PRODUCTCOLORID", '')
  LEFT JOIN (  -- msdyn_productconfiguration:msdyn_productconfigurations
    SELECT x."msdyn_productconfiguration" AS "msdyn_productconfiguration:msdyn_productconfigurations.#1", count(*) AS "msdyn_productconfiguration:msdyn_productconfigurations.#hits", any_value(x."msdyn_productconfigurationid") AS "msdyn_productconfiguration:msdyn_productconfigurations.msdyn_productconfigurationid"
    FROM "dataverse"."msdyn_productconfigurations" AS x
    WHERE x."msdyn_productconfiguration" IN (SELECT DISTINCT nullif("PRODUCTCONFIGURATIONID", '') FROM "landed")
    GROUP BY x."msdyn_productconfiguration"
  ) ON "msdyn_productconfiguration:msdyn_productconfigurations.#1" = nullif("PRODUCTCONFIGURATIONID", '')
  LEFT JOIN (  -- msdyn_productsize:msdyn_productsizes
    SELECT x."msdyn_productsize" AS "msdyn_productsize:msdyn_productsizes.#1", count(*) AS "msdyn_productsize:msdyn_productsizes.#hits", any_value(x."msdyn_productsizeid") AS "msdyn_productsize:msdyn_productsizes.msdyn_productsizeid"
    FROM "dataverse"."msdyn_productsizes" AS x
    WHERE x."msdyn_productsize" IN (SELECT DISTINCT nullif("PRODUCTSIZEID", '') FROM "landed")
    GROUP BY x."msdyn_productsize"
  ) ON "msdyn_productsize:msdyn_productsizes.#1" = nullif("PRODUCTSIZEID", '')
  LEFT JOIN (  -- msdyn_productstyle:msdyn_productstyles
    SELECT x."msdyn_productstyle" AS "msdyn_productstyle:msdyn_productstyles.#1", count(*) AS "msdyn_productstyle:msdyn_productstyles.#hits", any_value(x."msdyn_productstyleid") AS "msdyn_productstyle:msdyn_productstyles.msdyn_productstyleid"
    FROM "dataverse"."msdyn_productstyles" AS x
    WHERE x."msdyn_productstyle" IN (SELECT DISTINCT nullif("PRODUCTSTYLEID", '') FROM "landed")
    GROUP BY x."msdyn_productstyle"
  ) ON "msdyn_productstyle:msdyn_productstyles.#1" = nullif("PRODUCTSTYLEID", '')
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime released_distinct_products.map.yaml:5
      WHEN (nullif("CURRENCYCODE", '') IS NOT NULL) AND ("transactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING transactioncurrencyid released_distinct_products.map.yaml:19
      WHEN coalesce("transactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS transactioncurrencyid released_distinct_products.map.yaml:19
      WHEN (nullif("SALESUNITSYMBOL", '') IS NOT NULL) AND ("defaultuomid:uoms.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING defaultuomid released_distinct_products.map.yaml:20
      WHEN coalesce("defaultuomid:uoms.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS defaultuomid released_distinct_products.map.yaml:20
      WHEN NOT (abs(CAST(round("SALESPRICE", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 6  -- OUT_OF_RANGE price released_distinct_products.map.yaml:21
      WHEN NOT (abs(CAST(round("UNITCOST", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 7  -- OUT_OF_RANGE currentcost released_distinct_products.map.yaml:22
      WHEN NOT ("ISCATCHWEIGHTPRODUCT" IN ('yes', 'no')) THEN 8  -- VALUE_UNMAPPED msdyn_iscatchweight released_distinct_products.map.yaml:24
      WHEN (nullif("PRODUCTCOLORID", '') IS NOT NULL) AND ("msdyn_productcolor:msdyn_productcolors.#hits" IS NULL) THEN 9  -- LOOKUP_MISSING msdyn_productcolor released_distinct_products.map.yaml:25
      WHEN coalesce("msdyn_productcolor:msdyn_productcolors.#hits", 0) > 1 THEN 10  -- LOOKUP_AMBIGUOUS msdyn_productcolor released_distinct_products.map.yaml:25
      WHEN (nullif("PRODUCTCONFIGURATIONID", '') IS NOT NULL) AND ("msdyn_productconfiguration:msdyn_productconfigurations.#hits" IS NULL) THEN 11  -- LOOKUP_MISSING msdyn_productconfiguration released_distinct_products.map.yaml:26
      WHEN coalesce("msdyn_productconfiguration:msdyn_productconfigurations.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS msdyn_productconfiguration released_distinct_products.map.yaml:26
      WHEN (nullif("PRODUCTSIZEID", '') IS NOT NULL) AND ("msdyn_productsize:msdyn_productsizes.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING msdyn_productsize released_distinct_products.map.yaml:27
      WHEN coalesce("msdyn_productsize:msdyn_productsizes.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS msdyn_productsize released_distinct_products.map.yaml:27
      WHEN (nullif("PRODUCTSTYLEID", '') IS NOT NULL) AND ("msdyn_productstyle:msdyn_productstyles.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING msdyn_productstyle released_distinct_products.map.yaml:28
      WHEN coalesce("msdyn_productstyle:msdyn_productstyles.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS msdyn_productstyle released_distinct_products.map.yaml:28
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 3 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 4 THEN CAST(('dataverse.uoms: ' || coalesce(CAST(nullif("SALESUNITSYMBOL", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST(('dataverse.uoms: ' || coalesce(CAST(nullif("SALESUNITSYMBOL", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 6 THEN CAST(CAST(round("SALESPRICE", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 7 THEN CAST(CAST(round("UNITCOST", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 8 THEN CAST("ISCATCHWEIGHTPRODUCT" AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.msdyn_productcolors: ' || coalesce(CAST(nullif("PRODUCTCOLORID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.msdyn_productcolors: ' || coalesce(CAST(nullif("PRODUCTCOLORID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.msdyn_productconfigurations: ' || coalesce(CAST(nullif("PRODUCTCONFIGURATIONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_productconfigurations: ' || coalesce(CAST(nullif("PRODUCTCONFIGURATIONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.msdyn_productsizes: ' || coalesce(CAST(nullif("PRODUCTSIZEID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.msdyn_productsizes: ' || coalesce(CAST(nullif("PRODUCTSIZEID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.msdyn_productstyles: ' || coalesce(CAST(nullif("PRODUCTSTYLEID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST(('dataverse.msdyn_productstyles: ' || coalesce(CAST(nullif("PRODUCTSTYLEID", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "PRODUCTNUMBER" AS "msdyn_productnumber",  -- released_distinct_products.map.yaml:14
    "PRODUCTNAME" AS "name",  -- released_distinct_products.map.yaml:16
    "PRODUCTDESCRIPTION" AS "description",  -- released_distinct_products.map.yaml:17
    "ITEMNUMBER" AS "msdyn_itemnumber",  -- released_distinct_products.map.yaml:18
    "transactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS "transactioncurrencyid",  -- released_distinct_products.map.yaml:19
    "defaultuomid:uoms.uomid" AS "defaultuomid",  -- released_distinct_products.map.yaml:20
    CAST(CASE WHEN (abs(CAST(round("SALESPRICE", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("SALESPRICE", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "price",  -- released_distinct_products.map.yaml:21
    CAST(CASE WHEN (abs(CAST(round("UNITCOST", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("UNITCOST", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "currentcost",  -- released_distinct_products.map.yaml:22
    CAST(coalesce("SALESUNITDECIMALPRECISION", 0) AS BIGINT) AS "quantitydecimal",  -- released_distinct_products.map.yaml:23
    CAST(CASE "ISCATCHWEIGHTPRODUCT" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_iscatchweight",  -- released_distinct_products.map.yaml:24
    "msdyn_productcolor:msdyn_productcolors.msdyn_productcolorid" AS "msdyn_productcolor",  -- released_distinct_products.map.yaml:25
    "msdyn_productconfiguration:msdyn_productconfigurations.msdyn_productconfigurationid" AS "msdyn_productconfiguration",  -- released_distinct_products.map.yaml:26
    "msdyn_productsize:msdyn_productsizes.msdyn_productsizeid" AS "msdyn_productsize",  -- released_distinct_products.map.yaml:27
    "msdyn_productstyle:msdyn_productstyles.msdyn_productstyleid" AS "msdyn_productstyle",  -- released_distinct_products.map.yaml:28
    CAST(CAST(md5('finops.ReleasedDistinctProducts dataverse.products productid ' || "#key") AS UUID) AS UUID) AS "productid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."productid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_productnumber" AS "msdyn_productnumber", x."name" AS "name", x."description" AS "description", x."msdyn_itemnumber" AS "msdyn_itemnumber", x."transactioncurrencyid" AS "transactioncurrencyid", x."defaultuomid" AS "defaultuomid", x."price" AS "price", x."currentcost" AS "currentcost", x."quantitydecimal" AS "quantitydecimal", x."msdyn_iscatchweight" AS "msdyn_iscatchweight", x."msdyn_productcolor" AS "msdyn_productcolor", x."msdyn_productconfiguration" AS "msdyn_productconfiguration", x."msdyn_productsize" AS "msdyn_productsize", x."msdyn_productstyle" AS "msdyn_productstyle"
  FROM "dataverse"."products" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."msdyn_productnumber" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.products' THEN link.target_key IN (SELECT coalesce(CAST(x."msdyn_productnumber" AS VARCHAR), '') FROM "dataverse"."products" AS x WHERE x."msdyn_productnumber" IN (SELECT TRY_CAST("target_key" AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."name" IS DISTINCT FROM mapped."name"
      OR target."description" IS DISTINCT FROM mapped."description"
      OR target."msdyn_itemnumber" IS DISTINCT FROM mapped."msdyn_itemnumber"
      OR target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid"
      OR target."defaultuomid" IS DISTINCT FROM mapped."defaultuomid"
      OR target."price" IS DISTINCT FROM mapped."price"
      OR target."currentcost" IS DISTINCT FROM mapped."currentcost"
      OR target."quantitydecimal" IS DISTINCT FROM mapped."quantitydecimal"
      OR target."msdyn_iscatchweight" IS DISTINCT FROM mapped."msdyn_iscatchweight"
      OR target."msdyn_productcolor" IS DISTINCT FROM mapped."msdyn_productcolor"
      OR target."msdyn_productconfiguration" IS DISTINCT FROM mapped."msdyn_productconfiguration"
      OR target."msdyn_productsize" IS DISTINCT FROM mapped."msdyn_productsize"
      OR target."msdyn_productstyle" IS DISTINCT FROM mapped."msdyn_productstyle") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_productnumber" = mapped."msdyn_productnumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 18  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 18  -- TARGET_MISSING
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
SELECT "#arm", "msdyn_productnumber", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_productnumber", "name", "description", "msdyn_itemnumber", "transactioncurrencyid", "defaultuomid", "price", "currentcost", "quantitydecimal", "msdyn_iscatchweight", "msdyn_productcolor", "msdyn_productconfiguration", "msdyn_productsize", "msdyn_productstyle", "productid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_productnumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 23 ELSE 22 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_productnumber" = duplicates."msdyn_productnumber"
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
WHERE link.leg = 'released_distinct_products' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.products' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ReleasedDistinctProducts" AS source WHERE coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 22, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ReleasedDistinctProducts" AS source
WHERE coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 22, claim."#target_key"
FROM "finops"."ReleasedDistinctProducts" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in dataverse.products
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "dataverse"."products") AS target ON coalesce(CAST(target."msdyn_productnumber" AS VARCHAR), '') = link.target_key
  WHERE link.leg = 'released_distinct_products' AND link.state = 'live' AND link.target = 'dataverse.products'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 25) THEN 'rejected'
  WHEN "#reason" IN (23) THEN 'superseded'
  WHEN "#reason" IN (24) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.products that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."products") AS target ON coalesce(CAST(target."msdyn_productnumber" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'released_distinct_products' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ReleasedDistinctProducts'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'released_distinct_products' AND link.state = 'live' AND link.target = 'dataverse.products'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ReleasedDistinctProducts" AS source WHERE coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ReleasedDistinctProducts" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'released_distinct_products' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."products") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'released_distinct_products' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."products") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."msdyn_productnumber" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."products") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'released_distinct_products' AND link.target = 'dataverse.products' AND link.target_key = coalesce(CAST(target."msdyn_productnumber" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'released_distinct_products' AND link.state = 'live' AND link.target = 'dataverse.products'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."products" AS target WHERE coalesce(CAST(target."msdyn_productnumber" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.products

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."name" AS "name", shaped."description" AS "description", shaped."msdyn_itemnumber" AS "msdyn_itemnumber", shaped."transactioncurrencyid" AS "transactioncurrencyid", shaped."defaultuomid" AS "defaultuomid", shaped."price" AS "price", shaped."currentcost" AS "currentcost", shaped."quantitydecimal" AS "quantitydecimal", shaped."msdyn_iscatchweight" AS "msdyn_iscatchweight", shaped."msdyn_productcolor" AS "msdyn_productcolor", shaped."msdyn_productconfiguration" AS "msdyn_productconfiguration", shaped."msdyn_productsize" AS "msdyn_productsize", shaped."msdyn_productstyle" AS "msdyn_productstyle", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."products" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.products
INSERT INTO "dataverse"."products" ("msdyn_productnumber", "name", "description", "msdyn_itemnumber", "transactioncurrencyid", "defaultuomid", "price", "currentcost", "quantitydecimal", "msdyn_iscatchweight", "msdyn_productcolor", "msdyn_productconfiguration", "msdyn_productsize", "msdyn_productstyle", "productid", "modifiedon", "versionnumber")
SELECT "msdyn_productnumber", "name", "description", "msdyn_itemnumber", "transactioncurrencyid", "defaultuomid", "price", "currentcost", "quantitydecimal", "msdyn_iscatchweight", "msdyn_productcolor", "msdyn_productconfiguration", "msdyn_productsize", "msdyn_productstyle", "productid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'released_distinct_products' AS leg, new."#key" AS source_key, 'dataverse.products' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'name', 'old': CAST(old."name" AS VARCHAR), 'new': CAST(new."name" AS VARCHAR)},
    {'column_name': 'description', 'old': CAST(old."description" AS VARCHAR), 'new': CAST(new."description" AS VARCHAR)},
    {'column_name': 'msdyn_itemnumber', 'old': CAST(old."msdyn_itemnumber" AS VARCHAR), 'new': CAST(new."msdyn_itemnumber" AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(new."transactioncurrencyid" AS VARCHAR)},
    {'column_name': 'defaultuomid', 'old': CAST(old."defaultuomid" AS VARCHAR), 'new': CAST(new."defaultuomid" AS VARCHAR)},
    {'column_name': 'price', 'old': CAST(old."price" AS VARCHAR), 'new': CAST(new."price" AS VARCHAR)},
    {'column_name': 'currentcost', 'old': CAST(old."currentcost" AS VARCHAR), 'new': CAST(new."currentcost" AS VARCHAR)},
    {'column_name': 'quantitydecimal', 'old': CAST(old."quantitydecimal" AS VARCHAR), 'new': CAST(new."quantitydecimal" AS VARCHAR)},
    {'column_name': 'msdyn_iscatchweight', 'old': CAST(old."msdyn_iscatchweight" AS VARCHAR), 'new': CAST(new."msdyn_iscatchweight" AS VARCHAR)},
    {'column_name': 'msdyn_productcolor', 'old': CAST(old."msdyn_productcolor" AS VARCHAR), 'new': CAST(new."msdyn_productcolor" AS VARCHAR)},
    {'column_name': 'msdyn_productconfiguration', 'old': CAST(old."msdyn_productconfiguration" AS VARCHAR), 'new': CAST(new."msdyn_productconfiguration" AS VARCHAR)},
    {'column_name': 'msdyn_productsize', 'old': CAST(old."msdyn_productsize" AS VARCHAR), 'new': CAST(new."msdyn_productsize" AS VARCHAR)},
    {'column_name': 'msdyn_productstyle', 'old': CAST(old."msdyn_productstyle" AS VARCHAR), 'new': CAST(new."msdyn_productstyle" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."products" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."products" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."products"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'released_distinct_products' AS leg, shaped."#key" AS source_key, 'dataverse.products' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'msdyn_productnumber', 'old': CAST(old."msdyn_productnumber" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'name', 'old': CAST(old."name" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'description', 'old': CAST(old."description" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_itemnumber', 'old': CAST(old."msdyn_itemnumber" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'defaultuomid', 'old': CAST(old."defaultuomid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'price', 'old': CAST(old."price" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'currentcost', 'old': CAST(old."currentcost" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'quantitydecimal', 'old': CAST(old."quantitydecimal" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_iscatchweight', 'old': CAST(old."msdyn_iscatchweight" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_productcolor', 'old': CAST(old."msdyn_productcolor" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_productconfiguration', 'old': CAST(old."msdyn_productconfiguration" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_productsize', 'old': CAST(old."msdyn_productsize" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_productstyle', 'old': CAST(old."msdyn_productstyle" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'productid', 'old': CAST(old."productid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "dataverse"."products" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of dataverse.products
DELETE FROM "dataverse"."products"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'released_distinct_products' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."PRODUCTNUMBER" AS VARCHAR), '') FROM "finops"."ReleasedDistinctProducts" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'released_distinct_products.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'released_distinct_products.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'released_distinct_products.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'defaultuomid', /* place */ 'released_distinct_products.map.yaml:20'),
  (5, 'LOOKUP_AMBIGUOUS', 'defaultuomid', /* place */ 'released_distinct_products.map.yaml:20'),
  (6, 'OUT_OF_RANGE', 'price', /* place */ 'released_distinct_products.map.yaml:21'),
  (7, 'OUT_OF_RANGE', 'currentcost', /* place */ 'released_distinct_products.map.yaml:22'),
  (8, 'VALUE_UNMAPPED', 'msdyn_iscatchweight', /* place */ 'released_distinct_products.map.yaml:24'),
  (9, 'LOOKUP_MISSING', 'msdyn_productcolor', /* place */ 'released_distinct_products.map.yaml:25'),
  (10, 'LOOKUP_AMBIGUOUS', 'msdyn_productcolor', /* place */ 'released_distinct_products.map.yaml:25'),
  (11, 'LOOKUP_MISSING', 'msdyn_productconfiguration', /* place */ 'released_distinct_products.map.yaml:26'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_productconfiguration', /* place */ 'released_distinct_products.map.yaml:26'),
  (13, 'LOOKUP_MISSING', 'msdyn_productsize', /* place */ 'released_distinct_products.map.yaml:27'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_productsize', /* place */ 'released_distinct_products.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'msdyn_productstyle', /* place */ 'released_distinct_products.map.yaml:28'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_productstyle', /* place */ 'released_distinct_products.map.yaml:28'),
  (17, 'TARGET_EXISTS', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (18, 'TARGET_MISSING', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (19, 'TARGET_DUPLICATE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (20, 'UPDATE_NOT_ALLOWED', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (21, 'CONFLICT_STALE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (22, 'KEY_DUPLICATE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (23, 'SUPERSEDED', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (24, 'SET_INCOMPLETE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (25, 'TARGET_REFUSED', '', /* place */ 'released_distinct_products.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'released_distinct_products' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'released_distinct_products' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'released_distinct_products' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('PRODUCTNUMBER', CAST(source."PRODUCTNUMBER" AS VARCHAR), 'PRODUCTNAME', CAST(source."PRODUCTNAME" AS VARCHAR), 'PRODUCTDESCRIPTION', CAST(source."PRODUCTDESCRIPTION" AS VARCHAR), 'ITEMNUMBER', CAST(source."ITEMNUMBER" AS VARCHAR), 'CURRENCYCODE', CAST(source."CURRENCYCODE" AS VARCHAR), 'SALESUNITSYMBOL', CAST(source."SALESUNITSYMBOL" AS VARCHAR), 'SALESPRICE', CAST(source."SALESPRICE" AS VARCHAR), 'UNITCOST', CAST(source."UNITCOST" AS VARCHAR), 'SALESUNITDECIMALPRECISION', CAST(source."SALESUNITDECIMALPRECISION" AS VARCHAR), 'ISCATCHWEIGHTPRODUCT', CAST(source."ISCATCHWEIGHTPRODUCT" AS VARCHAR), 'PRODUCTCOLORID', CAST(source."PRODUCTCOLORID" AS VARCHAR), 'PRODUCTCONFIGURATIONID', CAST(source."PRODUCTCONFIGURATIONID" AS VARCHAR), 'PRODUCTSIZEID', CAST(source."PRODUCTSIZEID" AS VARCHAR), 'PRODUCTSTYLEID', CAST(source."PRODUCTSTYLEID" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'released_distinct_products.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'released_distinct_products.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'released_distinct_products.map.yaml:19'),
  (4, 'LOOKUP_MISSING', 'defaultuomid', /* place */ 'released_distinct_products.map.yaml:20'),
  (5, 'LOOKUP_AMBIGUOUS', 'defaultuomid', /* place */ 'released_distinct_products.map.yaml:20'),
  (6, 'OUT_OF_RANGE', 'price', /* place */ 'released_distinct_products.map.yaml:21'),
  (7, 'OUT_OF_RANGE', 'currentcost', /* place */ 'released_distinct_products.map.yaml:22'),
  (8, 'VALUE_UNMAPPED', 'msdyn_iscatchweight', /* place */ 'released_distinct_products.map.yaml:24'),
  (9, 'LOOKUP_MISSING', 'msdyn_productcolor', /* place */ 'released_distinct_products.map.yaml:25'),
  (10, 'LOOKUP_AMBIGUOUS', 'msdyn_productcolor', /* place */ 'released_distinct_products.map.yaml:25'),
  (11, 'LOOKUP_MISSING', 'msdyn_productconfiguration', /* place */ 'released_distinct_products.map.yaml:26'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_productconfiguration', /* place */ 'released_distinct_products.map.yaml:26'),
  (13, 'LOOKUP_MISSING', 'msdyn_productsize', /* place */ 'released_distinct_products.map.yaml:27'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_productsize', /* place */ 'released_distinct_products.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'msdyn_productstyle', /* place */ 'released_distinct_products.map.yaml:28'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_productstyle', /* place */ 'released_distinct_products.map.yaml:28'),
  (17, 'TARGET_EXISTS', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (18, 'TARGET_MISSING', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (19, 'TARGET_DUPLICATE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (20, 'UPDATE_NOT_ALLOWED', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (21, 'CONFLICT_STALE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (22, 'KEY_DUPLICATE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (23, 'SUPERSEDED', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (24, 'SET_INCOMPLETE', '', /* place */ 'released_distinct_products.map.yaml:5'),
  (25, 'TARGET_REFUSED', '', /* place */ 'released_distinct_products.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ReleasedDistinctProducts" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'released_distinct_products' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'released_distinct_products' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.products' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'released_distinct_products' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.products' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'released_distinct_products' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'released_distinct_products' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'released_distinct_products';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'released_distinct_products' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
