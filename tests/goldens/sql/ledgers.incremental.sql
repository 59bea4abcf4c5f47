-- ledgers: Ledger (msdyn_ledgers)
-- finops.Ledgers -> dataverse.msdyn_ledgers, incremental

-- step 1: extract finops.Ledgers

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.Ledgers' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."Ledgers" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."Ledgers" AS x), TRUE)
  ) AS content
FROM "finops"."Ledgers" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.msdyn_exchangeratetypes' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_exchangeratetypeid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_exchangeratetypes" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_exchangeratetypes" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_exchangeratetypes" AS x
UNION ALL
SELECT 'dataverse.msdyn_chartofaccountses' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_chartofaccountsid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_chartofaccountses" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_chartofaccountses" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_chartofaccountses" AS x
UNION ALL
SELECT 'dataverse.msdyn_fiscalcalendars' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_fiscalcalendarid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_fiscalcalendars" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_fiscalcalendars" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_fiscalcalendars" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'ledgers' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Ledgers'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."dataAreaId" AS VARCHAR), '') FROM "finops"."Ledgers" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Ledgers'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'ledgers' AND mark.entity = 'finops.Ledgers'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'ledgers' AND link.source_key = coalesce(CAST(source."dataAreaId" AS VARCHAR), '')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Ledgers'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."Ledgers" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'ledgers' AND link.source_key = coalesce(CAST(source."dataAreaId" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."Ledgers" AS source
WHERE coalesce(CAST(source."dataAreaId" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'ledgers' AND open.state = 'open'
);

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: msdyn_accountingcurrency:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'msdyn_accountingcurrency:transactioncurrencies changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: msdyn_reportingcurrency:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'msdyn_reportingcurrency:transactioncurrencies changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_exchangeratetypes changed: msdyn_exchangeratetype:msdyn_exchangeratetypes
INSERT INTO examined
SELECT source.rowid, 'msdyn_exchangeratetype:msdyn_exchangeratetypes changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_exchangeratetypes'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_exchangeratetypes changed: msdyn_budgetexchangeratetype:msdyn_exchangeratetypes
INSERT INTO examined
SELECT source.rowid, 'msdyn_budgetexchangeratetype:msdyn_exchangeratetypes changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_exchangeratetypes'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_exchangeratetypes changed: msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes
INSERT INTO examined
SELECT source.rowid, 'msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_exchangeratetypes'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_chartofaccountses changed: msdyn_chartofaccounts:msdyn_chartofaccountses
INSERT INTO examined
SELECT source.rowid, 'msdyn_chartofaccounts:msdyn_chartofaccountses changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_chartofaccountses'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_fiscalcalendars changed: msdyn_fiscalcalendar:msdyn_fiscalcalendars
INSERT INTO examined
SELECT source.rowid, 'msdyn_fiscalcalendar:msdyn_fiscalcalendars changed'
FROM "finops"."Ledgers" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_fiscalcalendars'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."Ledgers" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."dataAreaId" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'ledgers' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."dataAreaId" AS VARCHAR), '') FROM "finops"."Ledgers" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'ledgers' AND source_key IN (SELECT coalesce(CAST(source."dataAreaId" AS VARCHAR), '') FROM "finops"."Ledgers" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."Ledgers") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'ledgers' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."dataAreaId" AS VARCHAR), '') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."ModifiedDateTime",
    source."Name",
    source."Description",
    source."AccountingCurrency",
    source."ReportingCurrency",
    source."ExchangeRateType",
    source."BudgetExchangeRateType",
    source."ReportingCurrencyExchangeRateType",
    source."ChartOfAccounts",
    source."FiscalCalendar",
    source."IsBudgetControlEnabled"
  FROM "finops"."Ledgers" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_company:cdm_companies
    SELECT x."cdm_companycode" AS "msdyn_company:cdm_companies.#1", count(*) AS "msdyn_company:cdm_companies.#hits", any_value(x."cdm_companyid") AS "msdyn_company:cdm_companies.cdm_companyid"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companycode" IN (SELECT DISTINCT nullif("dataAreaId", '') FROM "landed")
    GROUP BY x."cdm_companycode"
  ) ON "msdyn_company:cdm_companies.#1" = nullif("dataAreaId", '')
  LEFT JOIN (  -- msdyn_accountingcurrency:transactioncurrencies
    SELECT x."isocurrencycode" AS "msdyn_accountingcurrency:transactioncurrencies.#1", count(*) AS "msdyn_accountingcurrency:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "msdyn_accountingcurrency:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("AccountingCurrency", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "msdyn_accountingcurrency:transactioncurrencies.#1" = nullif("AccountingCurrency", '')
  LEFT JOIN (  -- msdyn_reportingcurrency:transactioncurrencies
    SELECT x."isocurrencycode" AS "msdyn_reportingcurrency:transactioncurrencies.#1", count(*) AS "msdyn_reportingcurrency:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "msdyn_reportingcurrency:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("ReportingCurrency", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "msdyn_reportingcurrency:transactioncurrencies.#1" = nullif("ReportingCurrency", '')
  LEFT JOIN (  -- msdyn_exchangeratetype:msdyn_exchangeratetypes
    SELECT x."msdyn_name" AS "msdyn_exchangeratetype:msdyn_exchangeratetypes.#1", count(*) AS "msdyn_exchangeratetype:msdyn_exchangeratetypes.#hits", any_value(x."msdyn_exchangeratetypeid") AS "msdyn_exchangeratetype:msdyn_exchangeratetypes.msdyn_exchangeratetypeid"
    FROM "dataverse"."msdyn_exchangeratetypes" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("ExchangeRateType", '') FROM "landed")
    GROUP BY x."msdyn_name"
  ) ON "msdyn_exchangeratetype:msdyn_exchangeratetypes.#1" = nullif("ExchangeRateType", '')
  LEFT JOIN (  -- msdyn_budgetexchangeratetype:msdyn_exchangeratetypes
    SELECT x."msdyn_name" AS "msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.#1", count(*) AS "msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.#hits", any_value(x."msdyn_exchangeratetypeid") AS "msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.msdyn_exchangeratetypeid"
    FROM "dataverse"."msdyn_exchangeratetypes" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("BudgetExchangeRateType", '') FROM "landed")
    GROUP BY x."msdyn_name"
  ) ON "msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.#1" = nullif("BudgetExchangeRateType", '')
  LEFT JOIN (  -- msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes
    SELECT x."msdyn_name" AS "msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.#1", count(*) AS "msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.#hits", any_value(x."msdyn_exchangeratetypeid") AS "msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.msdyn_exchangeratetypeid"
    FROM "dataverse"."msdyn_exchangeratetypes" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("ReportingCurrencyExchangeRateType", '') FROM "landed")
    GROUP BY x."msdyn_name"
  ) ON "msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.#1" = nullif("ReportingCurrencyExchangeRateType", '')
  LEFT JOIN (  -- msdyn_chartofaccounts:msdyn_chartofaccountses
    SELECT x."msdyn_name" AS "msdyn_chartofaccounts:msdyn_chartofaccountses.#1", count(*) AS "msdyn_chartofaccounts:msdyn_chartofaccountses.#hits", any_value(x."msdyn_chartofaccountsid") AS "msdyn_chartofaccounts:msdyn_chartofaccountses.msdyn_chartofaccountsid"
    FROM "dataverse"."msdyn_chartofaccountses" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("ChartOfAccounts", '') FROM "landed")
    GROUP BY x."msdyn_name"
  ) ON "msdyn_chartofaccounts:msdyn_chartofaccountses.#1" = nullif("ChartOfAccounts", '')
  LEFT JOIN (  -- msdyn_fiscalcalendar:msdyn_fiscalcalendars
    SELECT x."msdyn_calendar" AS "msdyn_fiscalcalendar:msdyn_fiscalcalendars.#1", count(*) AS "msdyn_fiscalcalendar:msdyn_fiscalcalendars.#hits", any_value(x."msdyn_fiscalcalendarid") AS "msdyn_fiscalcalendar:msdyn_fiscalcalendars.msdyn_fiscalcalendarid"
    FROM "dataverse"."msdyn_fiscalcalendars" AS x
    WHERE x."msdyn_calendar" IN (SELECT DISTINCT nullif("FiscalCalendar", '') FROM "landed")
    GROUP BY x."msdyn_calendar"
  ) ON "msdyn_fiscalcalendar:msdyn_fiscalcalendars.#1" = nullif("FiscalCalendar", '')
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime ledgers.map.yaml:3
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_company ledgers.map.yaml:12
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_company ledgers.map.yaml:12
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 4  -- KEY_NULL msdyn_company ledgers.map.yaml:12
      WHEN (nullif("AccountingCurrency", '') IS NOT NULL) AND ("msdyn_accountingcurrency:transactioncurrencies.#hits" IS NULL) THEN 5  -- LOOKUP_MISSING msdyn_accountingcurrency ledgers.map.yaml:16
      WHEN coalesce("msdyn_accountingcurrency:transactioncurrencies.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS msdyn_accountingcurrency ledgers.map.yaml:16
      WHEN (nullif("ReportingCurrency", '') IS NOT NULL) AND ("msdyn_reportingcurrency:transactioncurrencies.#hits" IS NULL) THEN 7  -- LOOKUP_MISSING msdyn_reportingcurrency ledgers.map.yaml:17
      WHEN coalesce("msdyn_reportingcurrency:transactioncurrencies.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS msdyn_reportingcurrency ledgers.map.yaml:17
      WHEN (nullif("ExchangeRateType", '') IS NOT NULL) AND ("msdyn_exchangeratetype:msdyn_exchangeratetypes.#hits" IS NULL) THEN 9  -- LOOKUP_MISSING msdyn_exchangeratetype ledgers.map.yaml:18
      WHEN coalesce("msdyn_exchangeratetype:msdyn_exchangeratetypes.#hits", 0) > 1 THEN 10  -- LOOKUP_AMBIGUOUS msdyn_exchangeratetype ledgers.map.yaml:18
      WHEN (nullif("BudgetExchangeRateType", '') IS NOT NULL) AND ("msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.#hits" IS NULL) THEN 11  -- LOOKUP_MISSING msdyn_budgetexchangeratetype ledgers.map.yaml:19
      WHEN coalesce("msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS msdyn_budgetexchangeratetype ledgers.map.yaml:19
      WHEN (nullif("ReportingCurrencyExchangeRateType", '') IS NOT NULL) AND ("msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING msdyn_reportingcurrencyexchangeratetype ledgers.map.yaml:20
      WHEN coalesce("msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS msdyn_reportingcurrencyexchangeratetype ledgers.map.yaml:20
      WHEN (nullif("ChartOfAccounts", '') IS NOT NULL) AND ("msdyn_chartofaccounts:msdyn_chartofaccountses.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING msdyn_chartofaccounts ledgers.map.yaml:21
      WHEN coalesce("msdyn_chartofaccounts:msdyn_chartofaccountses.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS msdyn_chartofaccounts ledgers.map.yaml:21
      WHEN (nullif("FiscalCalendar", '') IS NOT NULL) AND ("msdyn_fiscalcalendar:msdyn_fiscalcalendars.#hits" IS NULL) THEN 17  -- LOOKUP_MISSING msdyn_fiscalcalendar ledgers.map.yaml:22
      WHEN coalesce("msdyn_fiscalcalendar:msdyn_fiscalcalendars.#hits", 0) > 1 THEN 18  -- LOOKUP_AMBIGUOUS msdyn_fiscalcalendar ledgers.map.yaml:22
      WHEN NOT ("IsBudgetControlEnabled" IN ('yes', 'no')) THEN 19  -- VALUE_UNMAPPED msdyn_isbudgetcontrolenabled ledgers.map.yaml:23
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 3 THEN CAST(('dataverse.cdm_companies: ' || coalesce(CAST(nullif("dataAreaId", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 5 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("AccountingCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("AccountingCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("ReportingCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("ReportingCurrency", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("ExchangeRateType", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("ExchangeRateType", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("BudgetExchangeRateType", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("BudgetExchangeRateType", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("ReportingCurrencyExchangeRateType", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.msdyn_exchangeratetypes: ' || coalesce(CAST(nullif("ReportingCurrencyExchangeRateType", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.msdyn_chartofaccountses: ' || coalesce(CAST(nullif("ChartOfAccounts", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST(('dataverse.msdyn_chartofaccountses: ' || coalesce(CAST(nullif("ChartOfAccounts", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 17 THEN CAST(('dataverse.msdyn_fiscalcalendars: ' || coalesce(CAST(nullif("FiscalCalendar", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 18 THEN CAST(('dataverse.msdyn_fiscalcalendars: ' || coalesce(CAST(nullif("FiscalCalendar", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 19 THEN CAST("IsBudgetControlEnabled" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_company",  -- ledgers.map.yaml:12
    "Name" AS "msdyn_name",  -- ledgers.map.yaml:14
    "Description" AS "msdyn_description",  -- ledgers.map.yaml:15
    "msdyn_accountingcurrency:transactioncurrencies.transactioncurrencyid" AS "msdyn_accountingcurrency",  -- ledgers.map.yaml:16
    "msdyn_reportingcurrency:transactioncurrencies.transactioncurrencyid" AS "msdyn_reportingcurrency",  -- ledgers.map.yaml:17
    "msdyn_exchangeratetype:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AS "msdyn_exchangeratetype",  -- ledgers.map.yaml:18
    "msdyn_budgetexchangeratetype:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AS "msdyn_budgetexchangeratetype",  -- ledgers.map.yaml:19
    "msdyn_reportingcurrencyexchangeratetype:msdyn_exchangeratetypes.msdyn_exchangeratetypeid" AS "msdyn_reportingcurrencyexchangeratetype",  -- ledgers.map.yaml:20
    "msdyn_chartofaccounts:msdyn_chartofaccountses.msdyn_chartofaccountsid" AS "msdyn_chartofaccounts",  -- ledgers.map.yaml:21
    "msdyn_fiscalcalendar:msdyn_fiscalcalendars.msdyn_fiscalcalendarid" AS "msdyn_fiscalcalendar",  -- ledgers.map.yaml:22
    CAST(CASE "IsBudgetControlEnabled" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isbudgetcontrolenabled",  -- ledgers.map.yaml:23
    CAST(CAST(md5('finops.Ledgers dataverse.msdyn_ledgers msdyn_ledgerid ' || "#key") AS UUID) AS UUID) AS "msdyn_ledgerid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_ledgerid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."msdyn_name" AS "msdyn_name", x."msdyn_description" AS "msdyn_description", x."msdyn_accountingcurrency" AS "msdyn_accountingcurrency", x."msdyn_reportingcurrency" AS "msdyn_reportingcurrency", x."msdyn_exchangeratetype" AS "msdyn_exchangeratetype", x."msdyn_budgetexchangeratetype" AS "msdyn_budgetexchangeratetype", x."msdyn_reportingcurrencyexchangeratetype" AS "msdyn_reportingcurrencyexchangeratetype", x."msdyn_chartofaccounts" AS "msdyn_chartofaccounts", x."msdyn_fiscalcalendar" AS "msdyn_fiscalcalendar", x."msdyn_isbudgetcontrolenabled" AS "msdyn_isbudgetcontrolenabled"
  FROM "dataverse"."msdyn_ledgers" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    coalesce(CAST(mapped."msdyn_company" AS VARCHAR), '') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_ledgers' THEN link.target_key IN (SELECT coalesce(CAST(x."msdyn_company" AS VARCHAR), '') FROM "dataverse"."msdyn_ledgers" AS x WHERE x."msdyn_company" IN (SELECT TRY_CAST("target_key" AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."msdyn_name" IS DISTINCT FROM mapped."msdyn_name"
      OR target."msdyn_description" IS DISTINCT FROM mapped."msdyn_description"
      OR target."msdyn_accountingcurrency" IS DISTINCT FROM mapped."msdyn_accountingcurrency"
      OR target."msdyn_reportingcurrency" IS DISTINCT FROM mapped."msdyn_reportingcurrency"
      OR target."msdyn_exchangeratetype" IS DISTINCT FROM mapped."msdyn_exchangeratetype"
      OR target."msdyn_budgetexchangeratetype" IS DISTINCT FROM mapped."msdyn_budgetexchangeratetype"
      OR target."msdyn_reportingcurrencyexchangeratetype" IS DISTINCT FROM mapped."msdyn_reportingcurrencyexchangeratetype"
      OR target."msdyn_chartofaccounts" IS DISTINCT FROM mapped."msdyn_chartofaccounts"
      OR target."msdyn_fiscalcalendar" IS DISTINCT FROM mapped."msdyn_fiscalcalendar"
      OR target."msdyn_isbudgetcontrolenabled" IS DISTINCT FROM mapped."msdyn_isbudgetcontrolenabled") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."msdyn_company"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 21  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 21  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 23  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_company", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_company", "msdyn_name", "msdyn_description", "msdyn_accountingcurrency", "msdyn_reportingcurrency", "msdyn_exchangeratetype", "msdyn_budgetexchangeratetype", "msdyn_reportingcurrencyexchangeratetype", "msdyn_chartofaccounts", "msdyn_fiscalcalendar", "msdyn_isbudgetcontrolenabled", "msdyn_ledgerid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_company"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 26 ELSE 25 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_company" = duplicates."msdyn_company"
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
UPDATE shaped SET "#reason" = 25, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'ledgers' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_ledgers' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."Ledgers" AS source WHERE coalesce(CAST(source."dataAreaId" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 25, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."Ledgers" AS source
WHERE coalesce(CAST(source."dataAreaId" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 25, claim."#target_key"
FROM "finops"."Ledgers" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."dataAreaId" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in dataverse.msdyn_ledgers
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_ledgers") AS target ON coalesce(CAST(target."msdyn_company" AS VARCHAR), '') = link.target_key
  WHERE link.leg = 'ledgers' AND link.state = 'live' AND link.target = 'dataverse.msdyn_ledgers'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 28) THEN 'rejected'
  WHEN "#reason" IN (26) THEN 'superseded'
  WHEN "#reason" IN (27) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_ledgers that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_ledgers") AS target ON coalesce(CAST(target."msdyn_company" AS VARCHAR), '') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'ledgers' AND mark.entity = now.entity
    WHERE now.entity = 'finops.Ledgers'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'ledgers' AND link.state = 'live' AND link.target = 'dataverse.msdyn_ledgers'
  AND NOT EXISTS (SELECT 1 FROM "finops"."Ledgers" AS source WHERE coalesce(CAST(source."dataAreaId" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."Ledgers" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'ledgers' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_ledgers") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'ledgers' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_ledgers") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_ledgers") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'ledgers' AND link.target = 'dataverse.msdyn_ledgers' AND link.target_key = coalesce(CAST(target."msdyn_company" AS VARCHAR), '')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'ledgers' AND link.state = 'live' AND link.target = 'dataverse.msdyn_ledgers'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_ledgers" AS target WHERE coalesce(CAST(target."msdyn_company" AS VARCHAR), '') = link.target_key);

-- step 4: deliver dataverse.msdyn_ledgers

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."msdyn_name" AS "msdyn_name", shaped."msdyn_description" AS "msdyn_description", shaped."msdyn_accountingcurrency" AS "msdyn_accountingcurrency", shaped."msdyn_reportingcurrency" AS "msdyn_reportingcurrency", shaped."msdyn_exchangeratetype" AS "msdyn_exchangeratetype", shaped."msdyn_budgetexchangeratetype" AS "msdyn_budgetexchangeratetype", shaped."msdyn_reportingcurrencyexchangeratetype" AS "msdyn_reportingcurrencyexchangeratetype", shaped."msdyn_chartofaccounts" AS "msdyn_chartofaccounts", shaped."msdyn_fiscalcalendar" AS "msdyn_fiscalcalendar", shaped."msdyn_isbudgetcontrolenabled" AS "msdyn_isbudgetcontrolenabled", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_ledgers" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_ledgers
INSERT INTO "dataverse"."msdyn_ledgers" ("msdyn_company", "msdyn_name", "msdyn_description", "msdyn_accountingcurrency", "msdyn_reportingcurrency", "msdyn_exchangeratetype", "msdyn_budgetexchangeratetype", "msdyn_reportingcurrencyexchangeratetype", "msdyn_chartofaccounts", "msdyn_fiscalcalendar", "msdyn_isbudgetcontrolenabled", "msdyn_ledgerid", "modifiedon", "versionnumber")
SELECT "msdyn_company", "msdyn_name", "msdyn_description", "msdyn_accountingcurrency", "msdyn_reportingcurrency", "msdyn_exchangeratetype", "msdyn_budgetexchangeratetype", "msdyn_reportingcurrencyexchangeratetype", "msdyn_chartofaccounts", "msdyn_fiscalcalendar", "msdyn_isbudgetcontrolenabled", "msdyn_ledgerid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'ledgers' AS leg, new."#key" AS source_key, 'dataverse.msdyn_ledgers' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_name', 'old': CAST(old."msdyn_name" AS VARCHAR), 'new': CAST(new."msdyn_name" AS VARCHAR)},
    {'column_name': 'msdyn_description', 'old': CAST(old."msdyn_description" AS VARCHAR), 'new': CAST(new."msdyn_description" AS VARCHAR)},
    {'column_name': 'msdyn_accountingcurrency', 'old': CAST(old."msdyn_accountingcurrency" AS VARCHAR), 'new': CAST(new."msdyn_accountingcurrency" AS VARCHAR)},
    {'column_name': 'msdyn_reportingcurrency', 'old': CAST(old."msdyn_reportingcurrency" AS VARCHAR), 'new': CAST(new."msdyn_reportingcurrency" AS VARCHAR)},
    {'column_name': 'msdyn_exchangeratetype', 'old': CAST(old."msdyn_exchangeratetype" AS VARCHAR), 'new': CAST(new."msdyn_exchangeratetype" AS VARCHAR)},
    {'column_name': 'msdyn_budgetexchangeratetype', 'old': CAST(old."msdyn_budgetexchangeratetype" AS VARCHAR), 'new': CAST(new."msdyn_budgetexchangeratetype" AS VARCHAR)},
    {'column_name': 'msdyn_reportingcurrencyexchangeratetype', 'old': CAST(old."msdyn_reportingcurrencyexchangeratetype" AS VARCHAR), 'new': CAST(new."msdyn_reportingcurrencyexchangeratetype" AS VARCHAR)},
    {'column_name': 'msdyn_chartofaccounts', 'old': CAST(old."msdyn_chartofaccounts" AS VARCHAR), 'new': CAST(new."msdyn_chartofaccounts" AS VARCHAR)},
    {'column_name': 'msdyn_fiscalcalendar', 'old': CAST(old."msdyn_fiscalcalendar" AS VARCHAR), 'new': CAST(new."msdyn_fiscalcalendar" AS VARCHAR)},
    {'column_name': 'msdyn_isbudgetcontrolenabled', 'old': CAST(old."msdyn_isbudgetcontrolenabled" AS VARCHAR), 'new': CAST(new."msdyn_isbudgetcontrolenabled" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_ledgers" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_ledgers" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_ledgers"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'ledgers' AS leg, shaped."#key" AS source_key, 'dataverse.msdyn_ledgers' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'msdyn_company', 'old': CAST(old."msdyn_company" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_name', 'old': CAST(old."msdyn_name" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_description', 'old': CAST(old."msdyn_description" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_accountingcurrency', 'old': CAST(old."msdyn_accountingcurrency" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_reportingcurrency', 'old': CAST(old."msdyn_reportingcurrency" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_exchangeratetype', 'old': CAST(old."msdyn_exchangeratetype" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_budgetexchangeratetype', 'old': CAST(old."msdyn_budgetexchangeratetype" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_reportingcurrencyexchangeratetype', 'old': CAST(old."msdyn_reportingcurrencyexchangeratetype" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_chartofaccounts', 'old': CAST(old."msdyn_chartofaccounts" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_fiscalcalendar', 'old': CAST(old."msdyn_fiscalcalendar" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_isbudgetcontrolenabled', 'old': CAST(old."msdyn_isbudgetcontrolenabled" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'msdyn_ledgerid', 'old': CAST(old."msdyn_ledgerid" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "dataverse"."msdyn_ledgers" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of dataverse.msdyn_ledgers
DELETE FROM "dataverse"."msdyn_ledgers"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'ledgers' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."dataAreaId" AS VARCHAR), '') FROM "finops"."Ledgers" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'ledgers.map.yaml:3'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'ledgers.map.yaml:12'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'ledgers.map.yaml:12'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'ledgers.map.yaml:12'),
  (5, 'LOOKUP_MISSING', 'msdyn_accountingcurrency', /* place */ 'ledgers.map.yaml:16'),
  (6, 'LOOKUP_AMBIGUOUS', 'msdyn_accountingcurrency', /* place */ 'ledgers.map.yaml:16'),
  (7, 'LOOKUP_MISSING', 'msdyn_reportingcurrency', /* place */ 'ledgers.map.yaml:17'),
  (8, 'LOOKUP_AMBIGUOUS', 'msdyn_reportingcurrency', /* place */ 'ledgers.map.yaml:17'),
  (9, 'LOOKUP_MISSING', 'msdyn_exchangeratetype', /* place */ 'ledgers.map.yaml:18'),
  (10, 'LOOKUP_AMBIGUOUS', 'msdyn_exchangeratetype', /* place */ 'ledgers.map.yaml:18'),
  (11, 'LOOKUP_MISSING', 'msdyn_budgetexchangeratetype', /* place */ 'ledgers.map.yaml:19'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_budgetexchangeratetype', /* place */ 'ledgers.map.yaml:19'),
  (13, 'LOOKUP_MISSING', 'msdyn_reportingcurrencyexchangeratetype', /* place */ 'ledgers.map.yaml:20'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_reportingcurrencyexchangeratetype', /* place */ 'ledgers.map.yaml:20'),
  (15, 'LOOKUP_MISSING', 'msdyn_chartofaccounts', /* place */ 'ledgers.map.yaml:21'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_chartofaccounts', /* place */ 'ledgers.map.yaml:21'),
  (17, 'LOOKUP_MISSING', 'msdyn_fiscalcalendar', /* place */ 'ledgers.map.yaml:22'),
  (18, 'LOOKUP_AMBIGUOUS', 'msdyn_fiscalcalendar', /* place */ 'ledgers.map.yaml:22'),
  (19, 'VALUE_UNMAPPED', 'msdyn_isbudgetcontrolenabled', /* place */ 'ledgers.map.yaml:23'),
  (20, 'TARGET_EXISTS', '', /* place */ 'ledgers.map.yaml:3'),
  (21, 'TARGET_MISSING', '', /* place */ 'ledgers.map.yaml:3'),
  (22, 'TARGET_DUPLICATE', '', /* place */ 'ledgers.map.yaml:3'),
  (23, 'UPDATE_NOT_ALLOWED', '', /* place */ 'ledgers.map.yaml:3'),
  (24, 'CONFLICT_STALE', '', /* place */ 'ledgers.map.yaml:3'),
  (25, 'KEY_DUPLICATE', '', /* place */ 'ledgers.map.yaml:3'),
  (26, 'SUPERSEDED', '', /* place */ 'ledgers.map.yaml:3'),
  (27, 'SET_INCOMPLETE', '', /* place */ 'ledgers.map.yaml:3'),
  (28, 'TARGET_REFUSED', '', /* place */ 'ledgers.map.yaml:3')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'ledgers' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'ledgers' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'ledgers' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'Name', CAST(source."Name" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'AccountingCurrency', CAST(source."AccountingCurrency" AS VARCHAR), 'ReportingCurrency', CAST(source."ReportingCurrency" AS VARCHAR), 'FiscalCalendar', CAST(source."FiscalCalendar" AS VARCHAR), 'ChartOfAccounts', CAST(source."ChartOfAccounts" AS VARCHAR), 'ExchangeRateType', CAST(source."ExchangeRateType" AS VARCHAR), 'BudgetExchangeRateType', CAST(source."BudgetExchangeRateType" AS VARCHAR), 'ReportingCurrencyExchangeRateType', CAST(source."ReportingCurrencyExchangeRateType" AS VARCHAR), 'IsBudgetControlEnabled', CAST(source."IsBudgetControlEnabled" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'ledgers.map.yaml:3'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'ledgers.map.yaml:12'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'ledgers.map.yaml:12'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'ledgers.map.yaml:12'),
  (5, 'LOOKUP_MISSING', 'msdyn_accountingcurrency', /* place */ 'ledgers.map.yaml:16'),
  (6, 'LOOKUP_AMBIGUOUS', 'msdyn_accountingcurrency', /* place */ 'ledgers.map.yaml:16'),
  (7, 'LOOKUP_MISSING', 'msdyn_reportingcurrency', /* place */ 'ledgers.map.yaml:17'),
  (8, 'LOOKUP_AMBIGUOUS', 'msdyn_reportingcurrency', /* place */ 'ledgers.map.yaml:17'),
  (9, 'LOOKUP_MISSING', 'msdyn_exchangeratetype', /* place */ 'ledgers.map.yaml:18'),
  (10, 'LOOKUP_AMBIGUOUS', 'msdyn_exchangeratetype', /* place */ 'ledgers.map.yaml:18'),
  (11, 'LOOKUP_MISSING', 'msdyn_budgetexchangeratetype', /* place */ 'ledgers.map.yaml:19'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_budgetexchangeratetype', /* place */ 'ledgers.map.yaml:19'),
  (13, 'LOOKUP_MISSING', 'msdyn_reportingcurrencyexchangeratetype', /* place */ 'ledgers.map.yaml:20'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_reportingcurrencyexchangeratetype', /* place */ 'ledgers.map.yaml:20'),
  (15, 'LOOKUP_MISSING', 'msdyn_chartofaccounts', /* place */ 'ledgers.map.yaml:21'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_chartofaccounts', /* place */ 'ledgers.map.yaml:21'),
  (17, 'LOOKUP_MISSING', 'msdyn_fiscalcalendar', /* place */ 'ledgers.map.yaml:22'),
  (18, 'LOOKUP_AMBIGUOUS', 'msdyn_fiscalcalendar', /* place */ 'ledgers.map.yaml:22'),
  (19, 'VALUE_UNMAPPED', 'msdyn_isbudgetcontrolenabled', /* place */ 'ledgers.map.yaml:23'),
  (20, 'TARGET_EXISTS', '', /* place */ 'ledgers.map.yaml:3'),
  (21, 'TARGET_MISSING', '', /* place */ 'ledgers.map.yaml:3'),
  (22, 'TARGET_DUPLICATE', '', /* place */ 'ledgers.map.yaml:3'),
  (23, 'UPDATE_NOT_ALLOWED', '', /* place */ 'ledgers.map.yaml:3'),
  (24, 'CONFLICT_STALE', '', /* place */ 'ledgers.map.yaml:3'),
  (25, 'KEY_DUPLICATE', '', /* place */ 'ledgers.map.yaml:3'),
  (26, 'SUPERSEDED', '', /* place */ 'ledgers.map.yaml:3'),
  (27, 'SET_INCOMPLETE', '', /* place */ 'ledgers.map.yaml:3'),
  (28, 'TARGET_REFUSED', '', /* place */ 'ledgers.map.yaml:3')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."Ledgers" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'ledgers' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'ledgers' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_ledgers' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'ledgers' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_ledgers' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'ledgers' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'ledgers' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'ledgers';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'ledgers' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
