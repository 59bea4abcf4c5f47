-- exchange_rates: CDS Exchange Rates (msdyn_currencyexchangerates)
-- finops.ExchangeRates -> dataverse.msdyn_currencyexchangerates, incremental

-- step 1: extract finops.ExchangeRates

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ExchangeRates' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."FromCurrency" AS VARCHAR), '') || '|' || coalesce(CAST(x."ToCurrency" AS VARCHAR), '') || '|' || coalesce(CAST(x."ValidFrom" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ExchangeRates" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ExchangeRates" AS x), TRUE)
  ) AS content
FROM "finops"."ExchangeRates" AS x
UNION ALL
SELECT 'dataverse.msdyn_exchangeratetypes' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_exchangeratetypeid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_exchangeratetypes" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_exchangeratetypes" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_exchangeratetypes" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.msdyn_currencyexchangeratepairs' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_currencyexchangeratepairid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_currencyexchangeratepairs" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_currencyexchangeratepairs" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_currencyexchangeratepairs" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'exchange_rates' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ExchangeRates'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ExchangeRates" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ExchangeRates" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ExchangeRates'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'exchange_rates' AND mark.entity = 'finops.ExchangeRates'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'exchange_rates' AND link.source_key = replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ExchangeRates" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ExchangeRates'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ExchangeRates" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'exchange_rates' AND link.source_key = replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ExchangeRates" AS source
WHERE replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'exchange_rates' AND open.state = 'open'
);

-- all rows when dataverse.msdyn_exchangeratetypes changed: msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes
INSERT INTO examined
SELECT source.rowid, 'msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes changed'
FROM "finops"."ExchangeRates" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_exchangeratetypes'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: msdyn_fromtransactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'msdyn_fromtransactioncurrencyid:transactioncurrencies changed'
FROM "finops"."ExchangeRates" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: msdyn_totransactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'msdyn_totransactioncurrencyid:transactioncurrencies changed'
FROM "finops"."ExchangeRates" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_currencyexchangeratepairs changed: msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs
INSERT INTO examined
SELECT source.rowid, 'msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs changed'
FROM "finops"."ExchangeRates" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_currencyexchangeratepairs'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ExchangeRates" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'exchange_rates' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ExchangeRates" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'exchange_rates' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ExchangeRates" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ExchangeRates") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'exchange_rates' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."FromCurrency",
    source."ToCurrency",
    source."ValidFrom",
    source."ModifiedDateTime",
    source."ExchangeRateTypeName",
    source."Rate",
    source."ValidTo"
  FROM "finops"."ExchangeRates" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes
    SELECT x."msdyn_name" AS "msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.#1", count(*) AS "msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.#hits", any_value(x."msdyn_exchangeratetypeid") AS "msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid"
    FROM "dataverse"."msdyn_exchangeratetypes" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("ExchangeRateTypeName", '') FROM "landed")
    GROUP BY x."msdyn_name"
  ) ON "msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.#1" = nullif("ExchangeRateTypeName", '')
  LEFT JOIN (  -- msdyn_fromtransactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "msdyn_fromtransactioncurrencyid:transactioncurrencies.#1", count(*) AS "msdyn_fromtransactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("FromCurrency", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "msdyn_fromtransactioncurrencyid:transactioncurrencies.#1" = nullif("FromCurrency", '')
  LEFT JOIN (  -- msdyn_totransactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "msdyn_totransactioncurrencyid:transactioncurrencies.#1", count(*) AS "msdyn_totransactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("ToCurrency", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "msdyn_totransactioncurrencyid:transactioncurrencies.#1" = nullif("ToCurrency", '')
  LEFT JOIN (  -- msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs
    SELECT x."msdyn_currencyexchangeratetypeid" AS "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#1", x."msdyn_fromtransactioncurrencyid" AS "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#2", x."msdyn_totransactioncurrencyid" AS "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#3", count(*) AS "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#hits", any_value(x."msdyn_currencyexchangeratepairid") AS "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.msdyn_currencyexchangeratepairid"
    FROM "dataverse"."msdyn_currencyexchangeratepairs" AS x
    GROUP BY x."msdyn_currencyexchangeratetypeid", x."msdyn_fromtransactioncurrencyid", x."msdyn_totransactioncurrencyid"
  ) ON "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#1" = "msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AND "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#2" = "msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AND "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#3" = "msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid"
),
judged AS (
  SELECT *,
    coalesce(("ExchangeRateTypeName" IS NOT NULL), FALSE) AS "#passes",  -- exchange_rates.map.yaml:9
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime exchange_rates.map.yaml:3
      WHEN (nullif("ExchangeRateTypeName", '') IS NOT NULL) AND ("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN coalesce("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN (nullif("FromCurrency", '') IS NOT NULL) AND ("msdyn_fromtransactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN coalesce("msdyn_fromtransactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN (nullif("ToCurrency", '') IS NOT NULL) AND ("msdyn_totransactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 6  -- LOOKUP_MISSING msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN coalesce("msdyn_totransactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN (("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" IS NOT NULL) OR ("msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" IS NOT NULL) OR ("msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid" IS NOT NULL)) AND (("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" IS NULL) OR ("msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" IS NULL) OR ("msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid" IS NULL)) THEN 8  -- REFERENCE_INCOMPLETE msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN (("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" IS NOT NULL) OR ("msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" IS NOT NULL) OR ("msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid" IS NOT NULL)) AND ("msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#hits" IS NULL) THEN 9  -- LOOKUP_MISSING msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN coalesce("msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.#hits", 0) > 1 THEN 10  -- LOOKUP_AMBIGUOUS msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      WHEN "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.msdyn_currencyexchangeratepairid" IS NULL THEN 11  -- KEY_NULL msdyn_currencyexchangeratepair exchange_rates.map.yaml:14
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("ExchangeRateTypeName", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 3 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("ExchangeRateTypeName", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 4 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("FromCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("FromCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("ToCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("ToCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.msdyn_currencyexchangeratepairs: ' || (replace(replace(coalesce(CAST("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.msdyn_currencyexchangeratepairs: ' || (replace(replace(coalesce(CAST("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.msdyn_currencyexchangeratepairs: ' || (replace(replace(coalesce(CAST("msdyn_currencyexchangeratetypeid:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_fromtransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_totransactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS VARCHAR), ''), '\', '\\'), '|', '\|'))) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_currencyexchangeratepair:msdyn_currencyexchangeratepairs.msdyn_currencyexchangeratepairid" AS "msdyn_currencyexchangeratepair",  -- exchange_rates.map.yaml:14
    "ValidFrom" AS "msdyn_validfrom",  -- exchange_rates.map.yaml:17
    "Rate" AS "msdyn_exchangerate",  -- exchange_rates.map.yaml:19
    "ValidTo" AS "msdyn_validto",  -- exchange_rates.map.yaml:20
    CAST(CAST(md5('finops.ExchangeRates dataverse.msdyn_currencyexchangerates msdyn_currencyexchangerateid ' || "#key") AS UUID) AS UUID) AS "msdyn_currencyexchangerateid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_currencyexchangerateid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_currencyexchangeratepair" AS "msdyn_currencyexchangeratepair", x."msdyn_validfrom" AS "msdyn_validfrom", x."msdyn_exchangerate" AS "msdyn_exchangerate", x."msdyn_validto" AS "msdyn_validto"
  FROM "dataverse"."msdyn_currencyexchangerates" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_currencyexchangerates' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."msdyn_currencyexchangerates" AS x WHERE x."msdyn_validfrom" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS DATE) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."msdyn_exchangerate" IS DISTINCT FROM mapped."msdyn_exchangerate"
      OR target."msdyn_validto" IS DISTINCT FROM mapped."msdyn_validto") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_currencyexchangeratepair" = mapped."msdyn_currencyexchangeratepair" AND target."msdyn_validfrom" = mapped."msdyn_validfrom"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 13  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 13  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 15  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_currencyexchangeratepair", "msdyn_validfrom", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_currencyexchangeratepair", "msdyn_validfrom", "msdyn_exchangerate", "msdyn_validto", "msdyn_currencyexchangerateid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_currencyexchangeratepair", "msdyn_validfrom"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 18 ELSE 17 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_currencyexchangeratepair" = duplicates."msdyn_currencyexchangeratepair" AND shaped."msdyn_validfrom" = duplicates."msdyn_validfrom"
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
UPDATE shaped SET "#reason" = 17, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'exchange_rates' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_currencyexchangerates' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."ExchangeRates" AS source WHERE replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 17, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ExchangeRates" AS source
WHERE replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 17, claim."#target_key"
FROM "finops"."ExchangeRates" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- where the rows that leave stand in dataverse.msdyn_currencyexchangerates
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_currencyexchangerates") AS target ON replace(replace(coalesce(CAST(target."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'exchange_rates' AND link.state = 'live' AND link.target = 'dataverse.msdyn_currencyexchangerates'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20) THEN 'rejected'
  WHEN "#reason" IN (18) THEN 'superseded'
  WHEN "#reason" IN (19) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_currencyexchangerates that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_currencyexchangerates") AS target ON replace(replace(coalesce(CAST(target."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'exchange_rates' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ExchangeRates'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'exchange_rates' AND link.state = 'live' AND link.target = 'dataverse.msdyn_currencyexchangerates'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ExchangeRates" AS source WHERE replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ExchangeRates" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'exchange_rates' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_currencyexchangerates") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'exchange_rates' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_currencyexchangerates") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_currencyexchangerates") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'exchange_rates' AND link.target = 'dataverse.msdyn_currencyexchangerates' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'exchange_rates' AND link.state = 'live' AND link.target = 'dataverse.msdyn_currencyexchangerates'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_currencyexchangerates" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_currencyexchangeratepair" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_validfrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.msdyn_currencyexchangerates

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."msdyn_exchangerate" AS "msdyn_exchangerate", shaped."msdyn_validto" AS "msdyn_validto", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_currencyexchangerates" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_currencyexchangerates
INSERT INTO "dataverse"."msdyn_currencyexchangerates" ("msdyn_currencyexchangeratepair", "msdyn_validfrom", "msdyn_exchangerate", "msdyn_validto", "msdyn_currencyexchangerateid", "modifiedon", "versionnumber")
SELECT "msdyn_currencyexchangeratepair", "msdyn_validfrom", "msdyn_exchangerate", "msdyn_validto", "msdyn_currencyexchangerateid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'exchange_rates' AS leg, new."#key" AS source_key, 'dataverse.msdyn_currencyexchangerates' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_exchangerate', 'old': CAST(old."msdyn_exchangerate" AS VARCHAR), 'new': CAST(new."msdyn_exchangerate" AS VARCHAR)},
    {'column_name': 'msdyn_validto', 'old': CAST(old."msdyn_validto" AS VARCHAR), 'new': CAST(new."msdyn_validto" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_currencyexchangerates" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_currencyexchangerates" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_currencyexchangerates"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'exchange_rates' AS leg, shaped."#key" AS source_key, 'dataverse.msdyn_currencyexchangerates' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'msdyn_currencyexchangeratepair', 'old': CAST(old."msdyn_currencyexchangeratepair" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_validfrom', 'old': CAST(old."msdyn_validfrom" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_exchangerate', 'old': CAST(old."msdyn_exchangerate" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_validto', 'old': CAST(old."msdyn_validto" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_currencyexchangerateid', 'old': CAST(old."msdyn_currencyexchangerateid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "dataverse"."msdyn_currencyexchangerates" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of dataverse.msdyn_currencyexchangerates
DELETE FROM "dataverse"."msdyn_currencyexchangerates"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'exchange_rates' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."FromCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ToCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ValidFrom" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ExchangeRates" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'exchange_rates.map.yaml:3'),
  (2, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (4, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (5, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (6, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (8, 'REFERENCE_INCOMPLETE', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (9, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (10, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (11, 'KEY_NULL', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (12, 'TARGET_EXISTS', '', /* place */ 'exchange_rates.map.yaml:3'),
  (13, 'TARGET_MISSING', '', /* place */ 'exchange_rates.map.yaml:3'),
  (14, 'TARGET_DUPLICATE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (15, 'UPDATE_NOT_ALLOWED', '', /* place */ 'exchange_rates.map.yaml:3'),
  (16, 'CONFLICT_STALE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (17, 'KEY_DUPLICATE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (18, 'SUPERSEDED', '', /* place */ 'exchange_rates.map.yaml:3'),
  (19, 'SET_INCOMPLETE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (20, 'TARGET_REFUSED', '', /* place */ 'exchange_rates.map.yaml:3')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'exchange_rates' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'exchange_rates' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'exchange_rates' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('FromCurrency', CAST(source."FromCurrency" AS VARCHAR), 'ToCurrency', CAST(source."ToCurrency" AS VARCHAR), 'ValidFrom', CAST(source."ValidFrom" AS VARCHAR), 'ValidTo', CAST(source."ValidTo" AS VARCHAR), 'Rate', CAST(source."Rate" AS VARCHAR), 'ExchangeRateTypeName', CAST(source."ExchangeRateTypeName" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'exchange_rates.map.yaml:3'),
  (2, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (4, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (5, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (6, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (8, 'REFERENCE_INCOMPLETE', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (9, 'LOOKUP_MISSING', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (10, 'LOOKUP_AMBIGUOUS', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (11, 'KEY_NULL', 'msdyn_currencyexchangeratepair', /* place */ 'exchange_rates.map.yaml:14'),
  (12, 'TARGET_EXISTS', '', /* place */ 'exchange_rates.map.yaml:3'),
  (13, 'TARGET_MISSING', '', /* place */ 'exchange_rates.map.yaml:3'),
  (14, 'TARGET_DUPLICATE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (15, 'UPDATE_NOT_ALLOWED', '', /* place */ 'exchange_rates.map.yaml:3'),
  (16, 'CONFLICT_STALE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (17, 'KEY_DUPLICATE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (18, 'SUPERSEDED', '', /* place */ 'exchange_rates.map.yaml:3'),
  (19, 'SET_INCOMPLETE', '', /* place */ 'exchange_rates.map.yaml:3'),
  (20, 'TARGET_REFUSED', '', /* place */ 'exchange_rates.map.yaml:3')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ExchangeRates" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'exchange_rates' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'exchange_rates' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_currencyexchangerates' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'exchange_rates' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_currencyexchangerates' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'exchange_rates' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'exchange_rates' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'exchange_rates';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'exchange_rates' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
