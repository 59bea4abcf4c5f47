-- integration_journal: Import from staging, part 1 (cost and unbilled sales to integration journals)
-- finops.ProjCDSActualsImport -> finops.ProjAdvancedJournalLine, initial

-- step 1: extract finops.ProjCDSActualsImport

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.ProjCDSActualsImport' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."ActualsImportId" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."ProjCDSActualsImport" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."ProjCDSActualsImport" AS x), TRUE)
  ) AS content
FROM "finops"."ProjCDSActualsImport" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'integration_journal' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_journal' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSActualsImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source);

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjCDSActualsImport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'integration_journal' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."ActualsImportId",
    source."ProjectDataAreaId",
    source."ModifiedDateTime",
    source."ProjectId",
    source."TransactionCategoryId",
    source."TransactionClassification",
    source."BillingType",
    source."ContractId",
    source."TransactionCurrencyId",
    source."AccountingDate",
    source."TransactionType",
    source."FromPackingSlip",
    source."VoucherNumber",
    source."DocumentDate",
    source."TaskNumber",
    source."BookableResourceName",
    source."Description",
    source."ExternalDescription",
    source."Quantity",
    source."UnitPrice",
    source."Amount",
    source."ProjAdvancedJournalLine"
  FROM "finops"."ProjCDSActualsImport" AS source
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- settings: integration_journal.map.yaml:19
    SELECT x."dataAreaId" AS "settings.#1", count(*) AS "settings.#hits", any_value(x."MoveToOpenPeriod") AS "settings.MoveToOpenPeriod", any_value(x."StartDate") AS "settings.StartDate", any_value(x."GroupBy") AS "settings.GroupBy"
    FROM "finops"."ProjIntegrationSettings" AS x
    GROUP BY x."dataAreaId"
  ) ON "settings.#1" = "ProjectDataAreaId"
  LEFT JOIN (  -- ledger: integration_journal.map.yaml:20
    SELECT x."dataAreaId" AS "ledger.#1", count(*) AS "ledger.#hits", any_value(x."AccountingCurrency") AS "ledger.AccountingCurrency", any_value(x."FiscalCalendar") AS "ledger.FiscalCalendar"
    FROM "finops"."Ledgers" AS x
    GROUP BY x."dataAreaId"
  ) ON "ledger.#1" = "ProjectDataAreaId"
  LEFT JOIN (  -- project: integration_journal.map.yaml:21
    SELECT x."ProjId" AS "project.#1", x."dataAreaId" AS "project.#2", count(*) AS "project.#hits", any_value(x."TaxGroupId") AS "project.TaxGroupId"
    FROM "finops"."ProjTable" AS x
    GROUP BY x."ProjId", x."dataAreaId"
  ) ON "project.#1" = "ProjectId" AND "project.#2" = "ProjectDataAreaId"
  LEFT JOIN (  -- category: integration_journal.map.yaml:22
    SELECT x."TransactionCategoryId" AS "category.#1", x."CategoryType" AS "category.#2", x."dataAreaId" AS "category.#3", count(*) AS "category.#hits", any_value(x."CategoryId") AS "category.CategoryId", any_value(x."TaxItemGroupId") AS "category.TaxItemGroupId"
    FROM "finops"."ProjCategory" AS x
    GROUP BY x."TransactionCategoryId", x."CategoryType", x."dataAreaId"
  ) ON "category.#1" = "TransactionCategoryId" AND "category.#2" = CASE WHEN ((CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) IN ('Hour', 'Expense', 'Item', 'Fee', 'OnAccount')) THEN (CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) END AND "category.#3" = "ProjectDataAreaId"
  LEFT JOIN (  -- fallback: integration_journal.map.yaml:28
    SELECT x."CategoryType" AS "fallback.#1", x."dataAreaId" AS "fallback.#2", count(*) AS "fallback.#hits", any_value(x."CategoryId") AS "fallback.CategoryId", any_value(x."TaxItemGroupId") AS "fallback.TaxItemGroupId"
    FROM "finops"."ProjDefaultCategory" AS x
    GROUP BY x."CategoryType", x."dataAreaId"
  ) ON "fallback.#1" = CASE WHEN ((CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) IN ('Hour', 'Expense', 'Item', 'Fee', 'OnAccount')) THEN (CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) END AND "fallback.#2" = "ProjectDataAreaId"
  LEFT JOIN (  -- property: integration_journal.map.yaml:32
    SELECT x."BillingType" AS "property.#1", x."dataAreaId" AS "property.#2", count(*) AS "property.#hits", any_value(x."LineProperty") AS "property.LineProperty"
    FROM "finops"."ProjBillingTypeLinePropertyDefault" AS x
    GROUP BY x."BillingType", x."dataAreaId"
  ) ON "property.#1" = CASE WHEN ("BillingType" IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN "BillingType" END AND "property.#2" = "ProjectDataAreaId"
  LEFT JOIN (  -- agreed: integration_journal.map.yaml:37
    SELECT x."ContractId" AS "agreed.#1", x."Currency" AS "agreed.#2", x."dataAreaId" AS "agreed.#3", count(*) AS "agreed.#hits", any_value(x."Rate") AS "agreed.Rate"
    FROM "finops"."ProjContractFixedRate" AS x
    GROUP BY x."ContractId", x."Currency", x."dataAreaId"
  ) ON "agreed.#1" = "ContractId" AND "agreed.#2" = "TransactionCurrencyId" AND "agreed.#3" = "ProjectDataAreaId"
),
"found daily" AS (
  SELECT "daily.#1", "daily.#2", "daily.#3", count(*) AS "daily.#hits", any_value(x."Rate") AS "daily.Rate"
  FROM (
    SELECT DISTINCT "AccountingDate" AS "daily.#1", "TransactionCurrencyId" AS "daily.#2", "ledger.AccountingCurrency" AS "daily.#3"
    FROM "joined_1"
  ) AS ask
  JOIN "finops"."ExchangeRates" AS x ON x."FromCurrency" = ask."daily.#2" AND x."ToCurrency" = ask."daily.#3" AND coalesce(x."ValidFrom" <= ask."daily.#1", TRUE) AND coalesce(x."ValidTo" >= ask."daily.#1", TRUE)
  GROUP BY "daily.#1", "daily.#2", "daily.#3"
),
"found period" AS (
  SELECT "period.#1", "period.#2", "period.#3", 1 AS "period.#hits", "period.StartDate"
  FROM (
    SELECT ask.*, x."StartDate" AS "period.StartDate",
      row_number() OVER (PARTITION BY "period.#1", "period.#2", "period.#3" ORDER BY x."StartDate" ASC NULLS LAST, x."dataAreaId" ASC NULLS LAST, x."Calendar" ASC NULLS LAST, x."StartDate" ASC NULLS LAST) AS "#n"
  FROM (
    SELECT DISTINCT "AccountingDate" AS "period.#1", "ledger.FiscalCalendar" AS "period.#2", "ProjectDataAreaId" AS "period.#3"
    FROM "joined_1"
  ) AS ask
  JOIN "finops"."FiscalPeriods" AS x ON x."Calendar" = ask."period.#2" AND x."dataAreaId" = ask."period.#3" AND (x."Status" = 0) AND (x."EndDate" >= ask."period.#1")
  ) AS ranked
  WHERE "#n" = 1
),
"joined_2" AS (
  SELECT *
  FROM "joined_1"
  LEFT JOIN "found daily" ON "daily.#1" = "AccountingDate" AND "daily.#2" = "TransactionCurrencyId" AND "daily.#3" = "ledger.AccountingCurrency"
  LEFT JOIN "found period" ON "period.#1" = "AccountingDate" AND "period.#2" = "ledger.FiscalCalendar" AND "period.#3" = "ProjectDataAreaId"
),
judged AS (
  SELECT *,
    coalesce((("TransactionType" = 'sales') OR (("TransactionType" = 'cost') AND (("FromPackingSlip" IS NULL) OR ("FromPackingSlip" = 'no')))), FALSE) AS "#passes",  -- integration_journal.map.yaml:14
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime integration_journal.map.yaml:5
      WHEN "settings.#hits" IS NULL THEN 2  -- COMPANY_NOT_SET_UP settings integration_journal.map.yaml:19
      WHEN coalesce("settings.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS settings integration_journal.map.yaml:19
      WHEN "ledger.#hits" IS NULL THEN 4  -- LEDGER_MISSING ledger integration_journal.map.yaml:20
      WHEN coalesce("ledger.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS ledger integration_journal.map.yaml:20
      WHEN "project.#hits" IS NULL THEN 6  -- PROJECT_MISSING project integration_journal.map.yaml:21
      WHEN coalesce("project.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS project integration_journal.map.yaml:21
      WHEN coalesce("category.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS category integration_journal.map.yaml:22
      WHEN coalesce("fallback.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS fallback integration_journal.map.yaml:28
      WHEN "property.#hits" IS NULL THEN 10  -- LINE_PROPERTY_MISSING property integration_journal.map.yaml:32
      WHEN coalesce("property.#hits", 0) > 1 THEN 11  -- LOOKUP_AMBIGUOUS property integration_journal.map.yaml:32
      WHEN coalesce("agreed.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS agreed integration_journal.map.yaml:37
      WHEN coalesce("daily.#hits", 0) > 1 THEN 13  -- LOOKUP_AMBIGUOUS daily integration_journal.map.yaml:41
      WHEN "period.#hits" IS NULL THEN 14  -- PERIOD_MISSING period integration_journal.map.yaml:46
      WHEN NOT coalesce((("AccountingDate" >= "period.StartDate") OR ("settings.MoveToOpenPeriod" = 'yes')), FALSE) THEN 15  -- PERIOD_CLOSED integration_journal.map.yaml:54
      WHEN NOT coalesce(((coalesce("agreed.Rate", 1) > 0) AND (coalesce("daily.Rate", 1) > 0)), FALSE) THEN 16  -- RATE_INVALID integration_journal.map.yaml:56
      WHEN NOT coalesce(("VoucherNumber" IS NULL), FALSE) THEN 17  -- POSTED_LINE_MISSING integration_journal.map.yaml:58
      WHEN greatest("AccountingDate", "period.StartDate") NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN 18  -- OUT_OF_RANGE Period integration_journal.map.yaml:64
      WHEN "ProjectDataAreaId" IS NULL THEN 19  -- KEY_NULL dataAreaId integration_journal.map.yaml:81
      WHEN NOT (0 IN (0, 1, 2, 3, 4, 5)) THEN 20  -- VALUE_UNMAPPED Status integration_journal.map.yaml:86
      WHEN NOT ("TransactionType" IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN 21  -- VALUE_UNMAPPED TransType integration_journal.map.yaml:87
      WHEN coalesce(nullif("category.CategoryId", ''), nullif("fallback.CategoryId", '')) IS NULL THEN 22  -- CATEGORY_MISSING ProjCategoryId integration_journal.map.yaml:93
      WHEN (CASE WHEN ("TransactionType" = 'cost') THEN "TransactionCurrencyId" ELSE "ledger.AccountingCurrency" END) IS NULL THEN 23  -- REQUIRED_NULL CostCurrency integration_journal.map.yaml:102
      WHEN NOT (abs(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN 24  -- OUT_OF_RANGE CostExchangeRate integration_journal.map.yaml:104
      WHEN (CASE WHEN (abs(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN CAST(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0))) AS DECIMAL(28, 10)) END) IS NULL THEN 25  -- RATE_MISSING CostExchangeRate integration_journal.map.yaml:104
      WHEN NOT (abs(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN 26  -- OUT_OF_RANGE PriceExchangeRate integration_journal.map.yaml:116
      WHEN (CASE WHEN (abs(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN CAST(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0))) AS DECIMAL(28, 10)) END) IS NULL THEN 27  -- RATE_MISSING PriceExchangeRate integration_journal.map.yaml:116
      ELSE NULL
    END AS "#fault"
  FROM "joined_2"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), '') AS VARCHAR)
      WHEN 3 THEN CAST(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), '') AS VARCHAR)
      WHEN 4 THEN CAST(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), '') AS VARCHAR)
      WHEN 5 THEN CAST(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), '') AS VARCHAR)
      WHEN 6 THEN CAST((replace(replace(coalesce(CAST("ProjectId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 7 THEN CAST((replace(replace(coalesce(CAST("ProjectId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 8 THEN CAST((replace(replace(coalesce(CAST("TransactionCategoryId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST((CASE WHEN ((CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) IN ('Hour', 'Expense', 'Item', 'Fee', 'OnAccount')) THEN (CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) END) AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 9 THEN CAST((replace(replace(coalesce(CAST((CASE WHEN ((CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) IN ('Hour', 'Expense', 'Item', 'Fee', 'OnAccount')) THEN (CASE "TransactionClassification" WHEN 192350000 THEN 'Hour' WHEN 192350001 THEN 'Expense' WHEN 192350002 THEN 'Item' WHEN 192350003 THEN 'OnAccount' WHEN 192350004 THEN 'Fee' WHEN 192350005 THEN 'OnAccount' ELSE NULL END) END) AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 10 THEN CAST((replace(replace(coalesce(CAST((CASE WHEN ("BillingType" IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN "BillingType" END) AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 11 THEN CAST((replace(replace(coalesce(CAST((CASE WHEN ("BillingType" IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN "BillingType" END) AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 12 THEN CAST((replace(replace(coalesce(CAST("ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("TransactionCurrencyId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 13 THEN CAST((replace(replace(coalesce(CAST("TransactionCurrencyId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ledger.AccountingCurrency" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 14 THEN CAST((replace(replace(coalesce(CAST("ledger.FiscalCalendar" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 18 THEN CAST(greatest("AccountingDate", "period.StartDate") AS VARCHAR)
      WHEN 20 THEN CAST(0 AS VARCHAR)
      WHEN 21 THEN CAST("TransactionType" AS VARCHAR)
      WHEN 22 THEN CAST(coalesce(nullif("category.CategoryId", ''), nullif("fallback.CategoryId", '')) AS VARCHAR)
      WHEN 23 THEN CAST((CASE WHEN ("TransactionType" = 'cost') THEN "TransactionCurrencyId" ELSE "ledger.AccountingCurrency" END) AS VARCHAR)
      WHEN 24 THEN CAST(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0))) AS VARCHAR)
      WHEN 25 THEN CAST((CASE WHEN (abs(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN CAST(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0))) AS DECIMAL(28, 10)) END) AS VARCHAR)
      WHEN 26 THEN CAST(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0))) AS VARCHAR)
      WHEN 27 THEN CAST((CASE WHEN (abs(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN CAST(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0))) AS DECIMAL(28, 10)) END) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "ProjectDataAreaId" AS "dataAreaId",  -- integration_journal.map.yaml:81
    CAST('PV-' || repeat('0', greatest(0, 8 - length(CAST("number.project_voucher" AS VARCHAR)))) || CAST("number.project_voucher" AS VARCHAR) || '' AS VARCHAR) AS "Voucher",  -- integration_journal.map.yaml:82
    CAST(NULL AS VARCHAR) AS "ProjAdvancedJournal",  -- integration_journal.map.yaml:84
    CAST(NULL AS DECIMAL(32, 6)) AS "LineNumber",  -- integration_journal.map.yaml:85
    CAST(CASE WHEN (0 IN (0, 1, 2, 3, 4, 5)) THEN 0 END AS BIGINT) AS "Status",  -- integration_journal.map.yaml:86
    CAST(CASE WHEN ("TransactionType" IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN "TransactionType" END AS VARCHAR) AS "TransType",  -- integration_journal.map.yaml:87
    CAST(greatest("AccountingDate", "period.StartDate") AS DATE) AS "AccountingDate",  -- integration_journal.map.yaml:88
    "DocumentDate" AS "ProjTransDate",  -- integration_journal.map.yaml:89
    "ProjectId" AS "ProjId",  -- integration_journal.map.yaml:90
    "ProjectDataAreaId" AS "ProjDataAreaId",  -- integration_journal.map.yaml:91
    CAST('PT-' || repeat('0', greatest(0, 8 - length(CAST("number.project_transaction" AS VARCHAR)))) || CAST("number.project_transaction" AS VARCHAR) || '' AS VARCHAR) AS "ProjTransId",  -- integration_journal.map.yaml:92
    CAST(coalesce(nullif("category.CategoryId", ''), nullif("fallback.CategoryId", '')) AS VARCHAR) AS "ProjCategoryId",  -- integration_journal.map.yaml:93
    "property.LineProperty" AS "LinePropertyId",  -- integration_journal.map.yaml:94
    "TaskNumber" AS "ActivityNumber",  -- integration_journal.map.yaml:95
    "BookableResourceName" AS "BookableResourceName",  -- integration_journal.map.yaml:96
    CAST(coalesce(nullif("Description", ''), nullif("ExternalDescription", '')) AS VARCHAR) AS "Text",  -- integration_journal.map.yaml:97
    "Quantity" AS "Quantity",  -- integration_journal.map.yaml:98
    CAST(CASE WHEN ("TransactionType" = 'cost') THEN "UnitPrice" ELSE 0 END AS DECIMAL(32, 6)) AS "UnitCost",  -- integration_journal.map.yaml:100
    CAST(CASE WHEN ("TransactionType" = 'cost') THEN "Amount" ELSE 0 END AS DECIMAL(32, 6)) AS "ExtendedCost",  -- integration_journal.map.yaml:101
    CAST(CASE WHEN ("TransactionType" = 'cost') THEN "TransactionCurrencyId" ELSE "ledger.AccountingCurrency" END AS VARCHAR) AS "CostCurrency",  -- integration_journal.map.yaml:102
    CAST(CASE WHEN (abs(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN CAST(((CASE WHEN (("TransactionType" <> 'cost') OR ("TransactionCurrencyId" = "ledger.AccountingCurrency")) THEN 1 ELSE "daily.Rate" END) * CAST('100' AS DECIMAL(3, 0))) AS DECIMAL(28, 10)) END AS DECIMAL(28, 10)) AS "CostExchangeRate",  -- integration_journal.map.yaml:104
    CAST(CASE WHEN ("TransactionType" = 'sales') THEN "UnitPrice" ELSE 0 END AS DECIMAL(32, 6)) AS "UnitPrice",  -- integration_journal.map.yaml:113
    CAST(CASE WHEN ("TransactionType" = 'sales') THEN "Amount" ELSE 0 END AS DECIMAL(32, 6)) AS "ExtendedPrice",  -- integration_journal.map.yaml:114
    "TransactionCurrencyId" AS "PriceCurrency",  -- integration_journal.map.yaml:115
    CAST(CASE WHEN (abs(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0)))) < CAST(1000000000000000000 AS DECIMAL(31, 10))) THEN CAST(((CASE WHEN ("TransactionCurrencyId" = "ledger.AccountingCurrency") THEN 1 WHEN ("TransactionType" = 'cost') THEN "daily.Rate" ELSE coalesce("agreed.Rate", "daily.Rate") END) * CAST('100' AS DECIMAL(3, 0))) AS DECIMAL(28, 10)) END AS DECIMAL(28, 10)) AS "PriceExchangeRate",  -- integration_journal.map.yaml:116
    CAST(CASE WHEN ("TransactionType" = 'sales') THEN "project.TaxGroupId" END AS VARCHAR) AS "ProjectSalesTaxGroup",  -- integration_journal.map.yaml:127
    CAST(CASE WHEN ("TransactionType" = 'sales') THEN coalesce("category.TaxItemGroupId", "fallback.TaxItemGroupId") END AS VARCHAR) AS "ProjectSalesTaxItemGroup",  -- integration_journal.map.yaml:128
    "ProjectDataAreaId" AS "document.Company",  -- for later steps
    CASE WHEN ("settings.GroupBy" = 'Days') THEN greatest("AccountingDate", "period.StartDate") WHEN ("settings.GroupBy" = 'Months') THEN CAST(date_trunc('month', (CASE WHEN (greatest("AccountingDate", "period.StartDate") BETWEEN DATE '0001-01-01' AND DATE '9999-12-31') THEN greatest("AccountingDate", "period.StartDate") END)) AS DATE) WHEN ("settings.GroupBy" = 'Years') THEN CAST(date_trunc('year', (CASE WHEN (greatest("AccountingDate", "period.StartDate") BETWEEN DATE '0001-01-01' AND DATE '9999-12-31') THEN greatest("AccountingDate", "period.StartDate") END)) AS DATE) ELSE "settings.StartDate" END AS "document.Period",  -- for later steps
    "AccountingDate" AS "order.0",  -- for later steps
    "ActualsImportId" AS "order.1",  -- for later steps
    0 AS "#arm"
  FROM judged
  LEFT JOIN (
    SELECT owner AS "number.project_voucher.#owner", number AS "number.project_voucher" FROM crosswalk.numbers WHERE sequence = 'project_voucher'
  ) ON "number.project_voucher.#owner" = 'finops.ProjCDSActualsImport ' || "#key"
  LEFT JOIN (
    SELECT owner AS "number.project_transaction.#owner", number AS "number.project_transaction" FROM crosswalk.numbers WHERE sequence = 'project_transaction'
  ) ON "number.project_transaction.#owner" = 'finops.ProjCDSActualsImport ' || "#key"
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."Voucher" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."Voucher" AS "Voucher", x."Status" AS "Status", x."TransType" AS "TransType", x."AccountingDate" AS "AccountingDate", x."ProjTransDate" AS "ProjTransDate", x."ProjId" AS "ProjId", x."ProjDataAreaId" AS "ProjDataAreaId", x."ProjCategoryId" AS "ProjCategoryId", x."LinePropertyId" AS "LinePropertyId", x."ActivityNumber" AS "ActivityNumber", x."BookableResourceName" AS "BookableResourceName", x."Text" AS "Text", x."Quantity" AS "Quantity", x."UnitCost" AS "UnitCost", x."ExtendedCost" AS "ExtendedCost", x."CostCurrency" AS "CostCurrency", x."CostExchangeRate" AS "CostExchangeRate", x."UnitPrice" AS "UnitPrice", x."ExtendedPrice" AS "ExtendedPrice", x."PriceCurrency" AS "PriceCurrency", x."PriceExchangeRate" AS "PriceExchangeRate", x."ProjectSalesTaxGroup" AS "ProjectSalesTaxGroup", x."ProjectSalesTaxItemGroup" AS "ProjectSalesTaxItemGroup"
  FROM "finops"."ProjAdvancedJournalLine" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."Voucher" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjAdvancedJournalLine' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."Voucher" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjAdvancedJournalLine" AS x) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."Status" IS DISTINCT FROM mapped."Status"
      OR target."TransType" IS DISTINCT FROM mapped."TransType"
      OR target."AccountingDate" IS DISTINCT FROM mapped."AccountingDate"
      OR target."ProjTransDate" IS DISTINCT FROM mapped."ProjTransDate"
      OR target."ProjId" IS DISTINCT FROM mapped."ProjId"
      OR target."ProjDataAreaId" IS DISTINCT FROM mapped."ProjDataAreaId"
      OR target."ProjCategoryId" IS DISTINCT FROM mapped."ProjCategoryId"
      OR target."LinePropertyId" IS DISTINCT FROM mapped."LinePropertyId"
      OR target."ActivityNumber" IS DISTINCT FROM mapped."ActivityNumber"
      OR target."BookableResourceName" IS DISTINCT FROM mapped."BookableResourceName"
      OR target."Text" IS DISTINCT FROM mapped."Text"
      OR target."Quantity" IS DISTINCT FROM mapped."Quantity"
      OR target."UnitCost" IS DISTINCT FROM mapped."UnitCost"
      OR target."ExtendedCost" IS DISTINCT FROM mapped."ExtendedCost"
      OR target."CostCurrency" IS DISTINCT FROM mapped."CostCurrency"
      OR target."CostExchangeRate" IS DISTINCT FROM mapped."CostExchangeRate"
      OR target."UnitPrice" IS DISTINCT FROM mapped."UnitPrice"
      OR target."ExtendedPrice" IS DISTINCT FROM mapped."ExtendedPrice"
      OR target."PriceCurrency" IS DISTINCT FROM mapped."PriceCurrency"
      OR target."PriceExchangeRate" IS DISTINCT FROM mapped."PriceExchangeRate"
      OR target."ProjectSalesTaxGroup" IS DISTINCT FROM mapped."ProjectSalesTaxGroup"
      OR target."ProjectSalesTaxItemGroup" IS DISTINCT FROM mapped."ProjectSalesTaxItemGroup") AS "#differs",
    TRUE AS "#may_create",
    FALSE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."Voucher" = mapped."Voucher"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'integration_journal' AND state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  ("#linked" AND "#there") AS "#done",
  CASE
    WHEN ("#linked" AND "#there") OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NOT NULL THEN 28  -- TARGET_EXISTS
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 29  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 31  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "#key", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "Voucher", "ProjAdvancedJournal", "LineNumber", "Status", "TransType", "AccountingDate", "ProjTransDate", "ProjId", "ProjDataAreaId", "ProjTransId", "ProjCategoryId", "LinePropertyId", "ActivityNumber", "BookableResourceName", "Text", "Quantity", "UnitCost", "ExtendedCost", "CostCurrency", "CostExchangeRate", "UnitPrice", "ExtendedPrice", "PriceCurrency", "PriceExchangeRate", "ProjectSalesTaxGroup", "ProjectSalesTaxItemGroup")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "#key"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 34 ELSE 33 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."#key" = duplicates."#key"
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
UPDATE shaped SET "#reason" = 33, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 3, 5, 7, 8, 9, 11, 12, 13, 18, 19, 20, 21, 23, 24, 26, 28, 29, 30, 31, 32, 33, 36) THEN 'rejected'
  WHEN "#reason" IN (2, 4, 6, 10, 14, 15, 16, 17, 22, 25, 27, 35) THEN 'held'
  WHEN "#reason" IN (34) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjCDSActualsImport" AS source
  WHERE TRUE
)), NULL
FROM shaped;

-- check LEFT_FILTER: rows that left
SELECT count(*), min("#key")
FROM shaped
WHERE "#fate" = 'filtered' AND "#linked" AND NOT "#passes";

-- check GUARD_REJECTS: rows rejected
SELECT CASE WHEN rejected > 0 AND rejected = judged THEN rejected ELSE 0 END, sample, judged
FROM (
  SELECT
    count(*) FILTER (WHERE "#fate" = 'rejected') AS rejected,
    count(*) FILTER (WHERE "#fate" NOT IN ('filtered', 'deleted')) AS judged,
    min("#key") FILTER (WHERE "#fate" = 'rejected') AS sample
  FROM shaped
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'integration_journal' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjAdvancedJournalLine") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'integration_journal' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjAdvancedJournalLine") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Voucher" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjAdvancedJournalLine") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'integration_journal' AND link.target = 'finops.ProjAdvancedJournalLine' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."Voucher" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- step 4: deliver finops.ProjAdvancedJournal

-- place the new lines in open and new documents
CREATE OR REPLACE TEMP TABLE placed AS
WITH fresh AS (
  SELECT "#row", "#key", coalesce(replace(replace(CAST("document.Company" AS VARCHAR), '\', '\\'), '|', '\|'), '\-') || '|' || coalesce(replace(replace(CAST("document.Period" AS VARCHAR), '\', '\\'), '|', '\|'), '\-') AS "#group", "document.Company", "document.Period",
    row_number() OVER (PARTITION BY "document.Company", "document.Period", TRUE ORDER BY "order.0", "order.1", "#key") AS "#n"
  FROM shaped
  WHERE "#fate" = 'inserted'
),
open AS (
  SELECT *, sum("#room") OVER (PARTITION BY "#group" ORDER BY "#header") AS "#upto", sum("#room") OVER (PARTITION BY "#group") AS "#all_room"
  FROM (
    SELECT kept.group_key AS "#group", kept.header_key AS "#header", kept.last_line,
      200 - ((SELECT count(*) FROM "finops"."ProjAdvancedJournalLine" AS line WHERE line."ProjAdvancedJournal" = header."ProjAdvancedJournalId" AND line."dataAreaId" = header."dataAreaId")) AS "#room", header."dataAreaId" AS "document.dataAreaId", header."ProjAdvancedJournalId" AS "document.ProjAdvancedJournalId", header."Description" AS "document.Description", header."Status" AS "document.Status"
    FROM crosswalk.documents AS kept
    JOIN (SELECT * FROM "finops"."ProjAdvancedJournal" WHERE coalesce(("Status" = 0), FALSE)) AS header ON replace(replace(coalesce(CAST(header."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(header."ProjAdvancedJournalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = kept.header_key
    WHERE kept.leg = 'integration_journal'
  )
  WHERE "#room" > 0
),
roomy AS (
  SELECT fresh.*, open."#header", coalesce(room."#all_room", 0) AS "#room", open.last_line + "#n" - (open."#upto" - open."#room") AS "#line", open."document.dataAreaId", open."document.ProjAdvancedJournalId", open."document.Description", open."document.Status"
  FROM fresh
  LEFT JOIN (SELECT DISTINCT "#group", "#all_room" FROM open) AS room ON room."#group" = fresh."#group"
  LEFT JOIN open ON open."#group" = fresh."#group" AND "#n" > open."#upto" - open."#room" AND "#n" <= open."#upto"
)
SELECT "#row", "#key", "#group", "document.Company", "document.Period", "#header",
  CASE WHEN "#header" IS NULL THEN ("#n" - "#room" - 1) // 200 END AS "#ordinal",
  CASE WHEN "#header" IS NULL THEN ("#n" - "#room" - 1) % 200 + 1 ELSE "#line" END AS "document.line", "document.dataAreaId", "document.ProjAdvancedJournalId", "document.Description", "document.Status"
FROM roomy;

-- one row per new header
CREATE OR REPLACE TEMP TABLE headers AS
SELECT *, row_number() OVER (ORDER BY "#group", "#ordinal") AS "#n", "#group" || '#' || $run_id || '#' || CAST("#ordinal" AS VARCHAR) AS "#owner"
FROM (
  SELECT DISTINCT "#group", "#ordinal", "document.Company", "document.Period" FROM placed WHERE "#ordinal" IS NOT NULL
);

-- draw numbers for new headers
INSERT INTO crosswalk.numbers
SELECT 'project_journal', "#owner", last.number + row_number() OVER (ORDER BY "#n")
FROM headers
CROSS JOIN (SELECT coalesce(max(number), 0) AS number FROM crosswalk.numbers WHERE sequence = 'project_journal') AS last
WHERE NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_journal' AND given.owner = "#owner");

-- the new headers
CREATE OR REPLACE TEMP TABLE header_rows AS
SELECT placed."#group", placed."#ordinal", CAST(placed."document.Company" AS VARCHAR) AS "dataAreaId", CAST('PJ-' || repeat('0', greatest(0, 6 - length(CAST(("number.project_journal".number) AS VARCHAR)))) || CAST(("number.project_journal".number) AS VARCHAR) || '' AS VARCHAR) AS "ProjAdvancedJournalId", CAST('Integration ' || coalesce(CAST(placed."document.Period" AS VARCHAR), '') AS VARCHAR) AS "Description", CAST(CASE WHEN (0 IN (0, 1, 2, 3)) THEN 0 END AS BIGINT) AS "Status"
FROM headers AS placed
JOIN crosswalk.numbers AS "number.project_journal" ON "number.project_journal".sequence = 'project_journal' AND "number.project_journal".owner = placed."#owner";

-- new rows of finops.ProjAdvancedJournal
INSERT INTO "finops"."ProjAdvancedJournal" ("dataAreaId", "ProjAdvancedJournalId", "Description", "Status", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ProjAdvancedJournalId", "Description", "Status", $now, 1
FROM header_rows;

-- remember which document belongs to which group
INSERT INTO crosswalk.documents
SELECT 'integration_journal', "#group", replace(replace(coalesce(CAST(header_rows."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(header_rows."ProjAdvancedJournalId" AS VARCHAR), ''), '\', '\\'), '|', '\|'), 0, $run_id
FROM header_rows;

-- how far the lines of a document have come
UPDATE crosswalk.documents SET last_line = far.line
FROM (
  SELECT coalesce(placed."#header", replace(replace(coalesce(CAST(header_rows."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(header_rows."ProjAdvancedJournalId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS header_key, max("document.line") AS line
  FROM placed
  LEFT JOIN header_rows ON header_rows."#group" = placed."#group" AND header_rows."#ordinal" = placed."#ordinal"
  GROUP BY 1
) AS far
WHERE documents.leg = 'integration_journal' AND documents.header_key = far.header_key;

-- give new headers to their lines
UPDATE placed SET "#header" = replace(replace(coalesce(CAST(header_rows."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(header_rows."ProjAdvancedJournalId" AS VARCHAR), ''), '\', '\\'), '|', '\|'), "document.dataAreaId" = header_rows."dataAreaId", "document.ProjAdvancedJournalId" = header_rows."ProjAdvancedJournalId", "document.Description" = header_rows."Description", "document.Status" = header_rows."Status"
FROM header_rows
WHERE header_rows."#group" = placed."#group" AND header_rows."#ordinal" = placed."#ordinal";

-- what the lines say of their document
CREATE OR REPLACE TEMP TABLE completed AS
SELECT shaped.* REPLACE (CAST(placed."document.ProjAdvancedJournalId" AS VARCHAR) AS "ProjAdvancedJournal", CAST(CAST(placed."document.line" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "LineNumber")
FROM shaped
LEFT JOIN placed ON placed."#row" = shaped."#row"
WHERE shaped."#fate" = 'inserted' AND shaped."#arm" = 0;

-- take the incomplete rows out
DELETE FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- put the completed ones in
INSERT INTO shaped SELECT * FROM completed;

-- step 5: deliver finops.ProjAdvancedJournalLine

-- draw numbers of 'project_voucher'
INSERT INTO crosswalk.numbers
SELECT 'project_voucher', 'finops.ProjCDSActualsImport ' || "#key", last."#last" + row_number() OVER (ORDER BY "order.0", "order.1", "#key")
FROM shaped
CROSS JOIN (SELECT coalesce(max(number), 0) AS "#last" FROM crosswalk.numbers WHERE sequence = 'project_voucher') AS last
WHERE "#fate" = 'inserted' AND "#arm" = 0 AND "Voucher" IS NULL
  AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_voucher' AND given.owner = 'finops.ProjCDSActualsImport ' || "#key");

-- draw numbers of 'project_transaction'
INSERT INTO crosswalk.numbers
SELECT 'project_transaction', 'finops.ProjCDSActualsImport ' || "#key", last."#last" + row_number() OVER (ORDER BY "order.0", "order.1", "#key")
FROM shaped
CROSS JOIN (SELECT coalesce(max(number), 0) AS "#last" FROM crosswalk.numbers WHERE sequence = 'project_transaction') AS last
WHERE "#fate" = 'inserted' AND "#arm" = 0 AND "ProjTransId" IS NULL
  AND NOT EXISTS (SELECT 1 FROM crosswalk.numbers AS given WHERE given.sequence = 'project_transaction' AND given.owner = 'finops.ProjCDSActualsImport ' || "#key");

-- write them into the new rows
CREATE OR REPLACE TEMP TABLE completed AS
SELECT shaped.* REPLACE (coalesce(shaped."Voucher", CAST('PV-' || repeat('0', greatest(0, 8 - length(CAST(("number.Voucher".number) AS VARCHAR)))) || CAST(("number.Voucher".number) AS VARCHAR) || '' AS VARCHAR)) AS "Voucher", coalesce(shaped."ProjTransId", CAST('PT-' || repeat('0', greatest(0, 8 - length(CAST(("number.ProjTransId".number) AS VARCHAR)))) || CAST(("number.ProjTransId".number) AS VARCHAR) || '' AS VARCHAR)) AS "ProjTransId")
FROM shaped
LEFT JOIN (
  SELECT owner, min(number) AS number FROM crosswalk.numbers
  WHERE sequence = 'project_voucher' AND owner IN (SELECT 'finops.ProjCDSActualsImport ' || "#key" FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0)
  GROUP BY owner
) AS "number.Voucher" ON "number.Voucher".owner = 'finops.ProjCDSActualsImport ' || "#key"
LEFT JOIN (
  SELECT owner, min(number) AS number FROM crosswalk.numbers
  WHERE sequence = 'project_transaction' AND owner IN (SELECT 'finops.ProjCDSActualsImport ' || "#key" FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0)
  GROUP BY owner
) AS "number.ProjTransId" ON "number.ProjTransId".owner = 'finops.ProjCDSActualsImport ' || "#key"
WHERE shaped."#fate" = 'inserted' AND shaped."#arm" = 0;

-- take the incomplete rows out
DELETE FROM shaped WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- put the completed ones in
INSERT INTO shaped SELECT * FROM completed;

-- the keys are complete now
UPDATE shaped SET "#target_key" = replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("Voucher" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- new rows of finops.ProjAdvancedJournalLine
INSERT INTO "finops"."ProjAdvancedJournalLine" ("dataAreaId", "Voucher", "ProjAdvancedJournal", "LineNumber", "Status", "TransType", "AccountingDate", "ProjTransDate", "ProjId", "ProjDataAreaId", "ProjTransId", "ProjCategoryId", "LinePropertyId", "ActivityNumber", "BookableResourceName", "Text", "Quantity", "UnitCost", "ExtendedCost", "CostCurrency", "CostExchangeRate", "UnitPrice", "ExtendedPrice", "PriceCurrency", "PriceExchangeRate", "ProjectSalesTaxGroup", "ProjectSalesTaxItemGroup", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "Voucher", "ProjAdvancedJournal", "LineNumber", "Status", "TransType", "AccountingDate", "ProjTransDate", "ProjId", "ProjDataAreaId", "ProjTransId", "ProjCategoryId", "LinePropertyId", "ActivityNumber", "BookableResourceName", "Text", "Quantity", "UnitCost", "ExtendedCost", "CostCurrency", "CostExchangeRate", "UnitPrice", "ExtendedPrice", "PriceCurrency", "PriceExchangeRate", "ProjectSalesTaxGroup", "ProjectSalesTaxItemGroup", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- step 6: settle finops.ProjCDSActualsImport

-- the delivered rows as they will be marked
CREATE OR REPLACE TEMP TABLE settled AS
SELECT CAST(shaped."Voucher" AS VARCHAR) AS "ProjAdvancedJournalLine", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", t.rowid AS "#row", shaped."#key"
FROM "finops"."ProjCDSActualsImport" AS t
JOIN shaped ON shaped."#row" = t.rowid
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
  AND (t."ProjAdvancedJournalLine" IS DISTINCT FROM CAST(shaped."Voucher" AS VARCHAR))
ORDER BY t.rowid;

-- mark them in place
UPDATE "finops"."ProjCDSActualsImport" AS t SET "ProjAdvancedJournalLine" = settled."ProjAdvancedJournalLine", "ModifiedDateTime" = settled."ModifiedDateTime", "RecVersion" = settled."RecVersion"
FROM settled
WHERE t.rowid = settled."#row";

-- step 7: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'integration_journal' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source)
  );

-- open rows that still cannot
CREATE OR REPLACE TEMP TABLE again AS
SELECT source_key, first_run, first_seen, attempts, rowid AS "#entry", FALSE AS "#same"
FROM crosswalk.rejects
WHERE leg = 'integration_journal' AND state = 'open' AND source_key IN (SELECT "#key" FROM shaped WHERE "#fate" IN ('held', 'rejected'));

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'integration_journal' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'integration_journal' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('ActualsImportId', CAST(source."ActualsImportId" AS VARCHAR), 'AccountingDate', CAST(source."AccountingDate" AS VARCHAR), 'ActualId', CAST(source."ActualId" AS VARCHAR), 'AdjustmentStatus', CAST(source."AdjustmentStatus" AS VARCHAR), 'Amount', CAST(source."Amount" AS VARCHAR), 'AmountMST', CAST(source."AmountMST" AS VARCHAR), 'BillingStatusId', CAST(source."BillingStatusId" AS VARCHAR), 'BillingType', CAST(source."BillingType" AS VARCHAR), 'ContractId', CAST(source."ContractId" AS VARCHAR), 'ContractLine', CAST(source."ContractLine" AS VARCHAR), 'ContractingUnit', CAST(source."ContractingUnit" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'DocumentDate', CAST(source."DocumentDate" AS VARCHAR), 'EndDate', CAST(source."EndDate" AS VARCHAR), 'ExchangeRateDate', CAST(source."ExchangeRateDate" AS VARCHAR), 'ExchangeRate', CAST(source."ExchangeRate" AS VARCHAR), 'ExternalDescription', CAST(source."ExternalDescription" AS VARCHAR), 'ExternalReference', CAST(source."ExternalReference" AS VARCHAR), 'InvoiceId', CAST(source."InvoiceId" AS VARCHAR), 'IsJournalized', CAST(source."IsJournalized" AS VARCHAR), 'OwningBusinessId', CAST(source."OwningBusinessId" AS VARCHAR), 'OwningUser', CAST(source."OwningUser" AS VARCHAR), 'ProjectId', CAST(source."ProjectId" AS VARCHAR), 'Quantity', CAST(source."Quantity" AS VARCHAR), 'Status', CAST(source."Status" AS VARCHAR), 'StatusReason', CAST(source."StatusReason" AS VARCHAR), 'StartDate', CAST(source."StartDate" AS VARCHAR), 'TaskId', CAST(source."TaskId" AS VARCHAR), 'TransactionClassification', CAST(source."TransactionClassification" AS VARCHAR), 'TransactionCategory', CAST(source."TransactionCategory" AS VARCHAR), 'TransactionCurrencyId', CAST(source."TransactionCurrencyId" AS VARCHAR), 'TransactionType', CAST(source."TransactionType" AS VARCHAR), 'UnitOfMeasure', CAST(source."UnitOfMeasure" AS VARCHAR), 'UnitPrice', CAST(source."UnitPrice" AS VARCHAR), 'UnitPriceMST', CAST(source."UnitPriceMST" AS VARCHAR), 'ProjAdvancedJournalLine', CAST(source."ProjAdvancedJournalLine" AS VARCHAR), 'ResourceId', CAST(source."ResourceId" AS VARCHAR), 'ResourceOperationUnitId', CAST(source."ResourceOperationUnitId" AS VARCHAR), 'ProjectDataAreaId', CAST(source."ProjectDataAreaId" AS VARCHAR), 'IsProcessed', CAST(source."IsProcessed" AS VARCHAR), 'IntegrationCount', CAST(source."IntegrationCount" AS VARCHAR), 'IsDuplicate', CAST(source."IsDuplicate" AS VARCHAR), 'TransactionCategoryId', CAST(source."TransactionCategoryId" AS VARCHAR), 'CustomerAccountNumber', CAST(source."CustomerAccountNumber" AS VARCHAR), 'ProductNumber', CAST(source."ProductNumber" AS VARCHAR), 'VoucherNumber', CAST(source."VoucherNumber" AS VARCHAR), 'SalesTaxAmount', CAST(source."SalesTaxAmount" AS VARCHAR), 'AccountingAmount', CAST(source."AccountingAmount" AS VARCHAR), 'BookableResourceName', CAST(source."BookableResourceName" AS VARCHAR), 'ActivityNumber', CAST(source."ActivityNumber" AS VARCHAR), 'FundingSource', CAST(source."FundingSource" AS VARCHAR), 'InvoiceProposalId', CAST(source."InvoiceProposalId" AS VARCHAR), 'InvoiceProposalLineTransId', CAST(source."InvoiceProposalLineTransId" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ResourcingCompany', CAST(source."ResourcingCompany" AS VARCHAR), 'ExternalOriginReference', CAST(source."ExternalOriginReference" AS VARCHAR), 'SubcontractLine', CAST(source."SubcontractLine" AS VARCHAR), 'SubConInvoiceId', CAST(source."SubConInvoiceId" AS VARCHAR), 'ProductDescription', CAST(source."ProductDescription" AS VARCHAR), 'ProjActualsImportSync', CAST(source."ProjActualsImportSync" AS VARCHAR), 'TaskNumber', CAST(source."TaskNumber" AS VARCHAR), 'ContractLineId', CAST(source."ContractLineId" AS VARCHAR), 'MatchedVendorInvoice', CAST(source."MatchedVendorInvoice" AS VARCHAR), 'VendInvoiceLineProjTransId', CAST(source."VendInvoiceLineProjTransId" AS VARCHAR), 'FromPackingSlip', CAST(source."FromPackingSlip" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'integration_journal.map.yaml:5'),
  (2, 'COMPANY_NOT_SET_UP', 'settings', /* place */ 'integration_journal.map.yaml:19'),
  (3, 'LOOKUP_AMBIGUOUS', 'settings', /* place */ 'integration_journal.map.yaml:19'),
  (4, 'LEDGER_MISSING', 'ledger', /* place */ 'integration_journal.map.yaml:20'),
  (5, 'LOOKUP_AMBIGUOUS', 'ledger', /* place */ 'integration_journal.map.yaml:20'),
  (6, 'PROJECT_MISSING', 'project', /* place */ 'integration_journal.map.yaml:21'),
  (7, 'LOOKUP_AMBIGUOUS', 'project', /* place */ 'integration_journal.map.yaml:21'),
  (8, 'LOOKUP_AMBIGUOUS', 'category', /* place */ 'integration_journal.map.yaml:22'),
  (9, 'LOOKUP_AMBIGUOUS', 'fallback', /* place */ 'integration_journal.map.yaml:28'),
  (10, 'LINE_PROPERTY_MISSING', 'property', /* place */ 'integration_journal.map.yaml:32'),
  (11, 'LOOKUP_AMBIGUOUS', 'property', /* place */ 'integration_journal.map.yaml:32'),
  (12, 'LOOKUP_AMBIGUOUS', 'agreed', /* place */ 'integration_journal.map.yaml:37'),
  (13, 'LOOKUP_AMBIGUOUS', 'daily', /* place */ 'integration_journal.map.yaml:41'),
  (14, 'PERIOD_MISSING', 'period', /* place */ 'integration_journal.map.yaml:46'),
  (15, 'PERIOD_CLOSED', '', /* place */ 'integration_journal.map.yaml:54'),
  (16, 'RATE_INVALID', '', /* place */ 'integration_journal.map.yaml:56'),
  (17, 'POSTED_LINE_MISSING', '', /* place */ 'integration_journal.map.yaml:58'),
  (18, 'OUT_OF_RANGE', 'Period', /* place */ 'integration_journal.map.yaml:64'),
  (19, 'KEY_NULL', 'dataAreaId', /* place */ 'integration_journal.map.yaml:81'),
  (20, 'VALUE_UNMAPPED', 'Status', /* place */ 'integration_journal.map.yaml:86'),
  (21, 'VALUE_UNMAPPED', 'TransType', /* place */ 'integration_journal.map.yaml:87'),
  (22, 'CATEGORY_MISSING', 'ProjCategoryId', /* place */ 'integration_journal.map.yaml:93'),
  (23, 'REQUIRED_NULL', 'CostCurrency', /* place */ 'integration_journal.map.yaml:102'),
  (24, 'OUT_OF_RANGE', 'CostExchangeRate', /* place */ 'integration_journal.map.yaml:104'),
  (25, 'RATE_MISSING', 'CostExchangeRate', /* place */ 'integration_journal.map.yaml:104'),
  (26, 'OUT_OF_RANGE', 'PriceExchangeRate', /* place */ 'integration_journal.map.yaml:116'),
  (27, 'RATE_MISSING', 'PriceExchangeRate', /* place */ 'integration_journal.map.yaml:116'),
  (28, 'TARGET_EXISTS', '', /* place */ 'integration_journal.map.yaml:5'),
  (29, 'TARGET_MISSING', '', /* place */ 'integration_journal.map.yaml:5'),
  (30, 'TARGET_DUPLICATE', '', /* place */ 'integration_journal.map.yaml:5'),
  (31, 'UPDATE_NOT_ALLOWED', '', /* place */ 'integration_journal.map.yaml:5'),
  (32, 'CONFLICT_STALE', '', /* place */ 'integration_journal.map.yaml:5'),
  (33, 'KEY_DUPLICATE', '', /* place */ 'integration_journal.map.yaml:5'),
  (34, 'SUPERSEDED', '', /* place */ 'integration_journal.map.yaml:5'),
  (35, 'SET_INCOMPLETE', '', /* place */ 'integration_journal.map.yaml:5'),
  (36, 'TARGET_REFUSED', '', /* place */ 'integration_journal.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjCDSActualsImport" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'integration_journal' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'integration_journal' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version") AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjAdvancedJournalLine' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN settled ON settled."#key" = shaped."#key"
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'integration_journal' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version"), FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version")
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjAdvancedJournalLine' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'integration_journal' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'integration_journal' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'integration_journal';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'integration_journal' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
