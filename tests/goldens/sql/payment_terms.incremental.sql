-- payment_terms: Terms of payment (msdyn_paymentterms)
-- finops.PaymentTerms -> dataverse.msdyn_paymentterms, incremental

-- step 1: extract finops.PaymentTerms

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.PaymentTerms' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."NAME" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."PaymentTerms" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."PaymentTerms" AS x), TRUE)
  ) AS content
FROM "finops"."PaymentTerms" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.msdyn_paymentdays' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentdayid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentdays" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentdays" AS x
UNION ALL
SELECT 'dataverse.msdyn_paymentschedules' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentscheduleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentschedules" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentschedules" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'payment_terms' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PaymentTerms'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PaymentTerms" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."PaymentTerms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PaymentTerms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'payment_terms' AND mark.entity = 'finops.PaymentTerms'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'payment_terms' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."PaymentTerms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PaymentTerms'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."PaymentTerms" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'payment_terms' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."PaymentTerms" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'payment_terms' AND open.state = 'open'
);

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."PaymentTerms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentdays changed: msdyn_paymentdayname:msdyn_paymentdays
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentdayname:msdyn_paymentdays changed'
FROM "finops"."PaymentTerms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentschedules changed: msdyn_paymentschedulename:msdyn_paymentschedules
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentschedulename:msdyn_paymentschedules changed'
FROM "finops"."PaymentTerms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."PaymentTerms" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'payment_terms' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PaymentTerms" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'payment_terms' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PaymentTerms" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."PaymentTerms") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'payment_terms' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."NAME",
    source."ModifiedDateTime",
    source."DESCRIPTION",
    source."NUMBEROFMONTHS",
    source."NUMBEROFDAYS",
    source."CUTOFFDAYOFMONTH",
    source."ISCASHPAYMENT",
    source."ISCERTIFIEDCOMPANYCHECK",
    source."ISDEFAULTPAYMENTTERM",
    source."CREDITCARDPAYMENTTYPE",
    source."CREDITCARDCREDITCHECKTYPE",
    source."PAYMENTDAYNAME",
    source."PAYMENTSCHEDULENAME",
    source."PAYMENTMETHODTYPE"
  FROM "finops"."PaymentTerms" AS source
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
  LEFT JOIN (  -- msdyn_paymentdayname:msdyn_paymentdays
    SELECT x."msdyn_name" AS "msdyn_paymentdayname:msdyn_paymentdays.#1", x."msdyn_company" AS "msdyn_paymentdayname:msdyn_paymentdays.#2", count(*) AS "msdyn_paymentdayname:msdyn_paymentdays.#hits", any_value(x."msdyn_paymentdayid") AS "msdyn_paymentdayname:msdyn_paymentdays.msdyn_paymentdayid"
    FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTDAYNAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentdayname:msdyn_paymentdays.#1" = nullif("PAYMENTDAYNAME", '') AND "msdyn_paymentdayname:msdyn_paymentdays.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentschedulename:msdyn_paymentschedules
    SELECT x."msdyn_name" AS "msdyn_paymentschedulename:msdyn_paymentschedules.#1", x."msdyn_company" AS "msdyn_paymentschedulename:msdyn_paymentschedules.#2", count(*) AS "msdyn_paymentschedulename:msdyn_paymentschedules.#hits", any_value(x."msdyn_paymentscheduleid") AS "msdyn_paymentschedulename:msdyn_paymentschedules.msdyn_paymentscheduleid"
    FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTSCHEDULENAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentschedulename:msdyn_paymentschedules.#1" = nullif("PAYMENTSCHEDULENAME", '') AND "msdyn_paymentschedulename:msdyn_paymentschedules.#2" = "msdyn_company:cdm_companies.cdm_companyid"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime payment_terms.map.yaml:4
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_company payment_terms.map.yaml:12
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_company payment_terms.map.yaml:12
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 4  -- KEY_NULL msdyn_company payment_terms.map.yaml:12
      WHEN NOT ("ISCASHPAYMENT" IN ('yes', 'no')) THEN 5  -- VALUE_UNMAPPED msdyn_iscashpayment payment_terms.map.yaml:19
      WHEN NOT ("ISCERTIFIEDCOMPANYCHECK" IN ('yes', 'no')) THEN 6  -- VALUE_UNMAPPED msdyn_iscertifiedcompanycheck payment_terms.map.yaml:20
      WHEN NOT ("ISDEFAULTPAYMENTTERM" IN ('yes', 'no')) THEN 7  -- VALUE_UNMAPPED msdyn_isdefaultpaymentterm payment_terms.map.yaml:21
      WHEN NOT ("CREDITCARDPAYMENTTYPE" IN ('na', 'creditCard')) THEN 8  -- VALUE_UNMAPPED msdyn_creditcardpaymenttype payment_terms.map.yaml:22
      WHEN NOT ((CASE "CREDITCARDPAYMENTTYPE" WHEN 'na' THEN 806380998 WHEN 'creditCard' THEN 806380999 ELSE NULL END) IN (806380998, 806380999)) THEN 9  -- VALUE_UNMAPPED msdyn_creditcardpaymenttype payment_terms.map.yaml:22
      WHEN NOT ("CREDITCARDCREDITCHECKTYPE" IN ('normal', 'byPass')) THEN 10  -- VALUE_UNMAPPED msdyn_creditcardcreditchecktype payment_terms.map.yaml:23
      WHEN NOT ((CASE "CREDITCARDCREDITCHECKTYPE" WHEN 'normal' THEN 806380000 WHEN 'byPass' THEN 806380001 ELSE NULL END) IN (806380000, 806380001)) THEN 11  -- VALUE_UNMAPPED msdyn_creditcardcreditchecktype payment_terms.map.yaml:23
      WHEN (nullif("PAYMENTDAYNAME", '') IS NOT NULL) AND ("msdyn_paymentdayname:msdyn_paymentdays.#hits" IS NULL) THEN 12  -- LOOKUP_MISSING msdyn_paymentdayname payment_terms.map.yaml:24
      WHEN coalesce("msdyn_paymentdayname:msdyn_paymentdays.#hits", 0) > 1 THEN 13  -- LOOKUP_AMBIGUOUS msdyn_paymentdayname payment_terms.map.yaml:24
      WHEN (nullif("PAYMENTSCHEDULENAME", '') IS NOT NULL) AND ("msdyn_paymentschedulename:msdyn_paymentschedules.#hits" IS NULL) THEN 14  -- LOOKUP_MISSING msdyn_paymentschedulename payment_terms.map.yaml:25
      WHEN coalesce("msdyn_paymentschedulename:msdyn_paymentschedules.#hits", 0) > 1 THEN 15  -- LOOKUP_AMBIGUOUS msdyn_paymentschedulename payment_terms.map.yaml:25
      WHEN NOT ("PAYMENTMETHODTYPE" IN ('net', 'currentMth', 'currentQuart', 'currentYear', 'currentWeek', 'cod', 'cutOffDate')) THEN 16  -- VALUE_UNMAPPED msdyn_paymentmethodtype payment_terms.map.yaml:26
      WHEN NOT ((CASE "PAYMENTMETHODTYPE" WHEN 'net' THEN 806380991 WHEN 'currentMth' THEN 806380992 WHEN 'currentQuart' THEN 806380993 WHEN 'currentYear' THEN 806380994 WHEN 'currentWeek' THEN 806380995 WHEN 'cod' THEN 806380996 WHEN 'cutOffDate' THEN 806380997 ELSE NULL END) IN (806380991, 806380992, 806380993, 806380994, 806380995, 806380996, 806380997)) THEN 17  -- VALUE_UNMAPPED msdyn_paymentmethodtype payment_terms.map.yaml:26
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
      WHEN 5 THEN CAST("ISCASHPAYMENT" AS VARCHAR)
      WHEN 6 THEN CAST("ISCERTIFIEDCOMPANYCHECK" AS VARCHAR)
      WHEN 7 THEN CAST("ISDEFAULTPAYMENTTERM" AS VARCHAR)
      WHEN 8 THEN CAST("CREDITCARDPAYMENTTYPE" AS VARCHAR)
      WHEN 9 THEN CAST((CASE "CREDITCARDPAYMENTTYPE" WHEN 'na' THEN 806380998 WHEN 'creditCard' THEN 806380999 ELSE NULL END) AS VARCHAR)
      WHEN 10 THEN CAST("CREDITCARDCREDITCHECKTYPE" AS VARCHAR)
      WHEN 11 THEN CAST((CASE "CREDITCARDCREDITCHECKTYPE" WHEN 'normal' THEN 806380000 WHEN 'byPass' THEN 806380001 ELSE NULL END) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_paymentdays: ' || coalesce(CAST(nullif("PAYMENTDAYNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.msdyn_paymentdays: ' || coalesce(CAST(nullif("PAYMENTDAYNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.msdyn_paymentschedules: ' || coalesce(CAST(nullif("PAYMENTSCHEDULENAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.msdyn_paymentschedules: ' || coalesce(CAST(nullif("PAYMENTSCHEDULENAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST("PAYMENTMETHODTYPE" AS VARCHAR)
      WHEN 17 THEN CAST((CASE "PAYMENTMETHODTYPE" WHEN 'net' THEN 806380991 WHEN 'currentMth' THEN 806380992 WHEN 'currentQuart' THEN 806380993 WHEN 'currentYear' THEN 806380994 WHEN 'currentWeek' THEN 806380995 WHEN 'cod' THEN 806380996 WHEN 'cutOffDate' THEN 806380997 ELSE NULL END) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_company",  -- payment_terms.map.yaml:12
    "NAME" AS "msdyn_name",  -- payment_terms.map.yaml:13
    "DESCRIPTION" AS "msdyn_description",  -- payment_terms.map.yaml:15
    "NUMBEROFMONTHS" AS "msdyn_numberofmonth",  -- payment_terms.map.yaml:16
    "NUMBEROFDAYS" AS "msdyn_days",  -- payment_terms.map.yaml:17
    "CUTOFFDAYOFMONTH" AS "msdyn_cutoffdayofmonth",  -- payment_terms.map.yaml:18
    CAST(CASE "ISCASHPAYMENT" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_iscashpayment",  -- payment_terms.map.yaml:19
    CAST(CASE "ISCERTIFIEDCOMPANYCHECK" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_iscertifiedcompanycheck",  -- payment_terms.map.yaml:20
    CAST(CASE "ISDEFAULTPAYMENTTERM" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isdefaultpaymentterm",  -- payment_terms.map.yaml:21
    CAST(CASE WHEN ((CASE "CREDITCARDPAYMENTTYPE" WHEN 'na' THEN 806380998 WHEN 'creditCard' THEN 806380999 ELSE NULL END) IN (806380998, 806380999)) THEN (CASE "CREDITCARDPAYMENTTYPE" WHEN 'na' THEN 806380998 WHEN 'creditCard' THEN 806380999 ELSE NULL END) END AS BIGINT) AS "msdyn_creditcardpaymenttype",  -- payment_terms.map.yaml:22
    CAST(CASE WHEN ((CASE "CREDITCARDCREDITCHECKTYPE" WHEN 'normal' THEN 806380000 WHEN 'byPass' THEN 806380001 ELSE NULL END) IN (806380000, 806380001)) THEN (CASE "CREDITCARDCREDITCHECKTYPE" WHEN 'normal' THEN 806380000 WHEN 'byPass' THEN 806380001 ELSE NULL END) END AS BIGINT) AS "msdyn_creditcardcreditchecktype",  -- payment_terms.map.yaml:23
    "msdyn_paymentdayname:msdyn_paymentdays.msdyn_paymentdayid" AS "msdyn_paymentdayname",  -- payment_terms.map.yaml:24
    "msdyn_paymentschedulename:msdyn_paymentschedules.msdyn_paymentscheduleid" AS "msdyn_paymentschedulename",  -- payment_terms.map.yaml:25
    CAST(CASE WHEN ((CASE "PAYMENTMETHODTYPE" WHEN 'net' THEN 806380991 WHEN 'currentMth' THEN 806380992 WHEN 'currentQuart' THEN 806380993 WHEN 'currentYear' THEN 806380994 WHEN 'currentWeek' THEN 806380995 WHEN 'cod' THEN 806380996 WHEN 'cutOffDate' THEN 806380997 ELSE NULL END) IN (806380991, 806380992, 806380993, 806380994, 806380995, 806380996, 806380997)) THEN (CASE "PAYMENTMETHODTYPE" WHEN 'net' THEN 806380991 WHEN 'currentMth' THEN 806380992 WHEN 'currentQuart' THEN 806380993 WHEN 'currentYear' THEN 806380994 WHEN 'currentWeek' THEN 806380995 WHEN 'cod' THEN 806380996 WHEN 'cutOffDate' THEN 806380997 ELSE NULL END) END AS BIGINT) AS "msdyn_paymentmethodtype",  -- payment_terms.map.yaml:26
    CAST(CAST(md5('finops.PaymentTerms dataverse.msdyn_paymentterms msdyn_paymenttermid ' || "#key") AS UUID) AS UUID) AS "msdyn_paymenttermid",  -- made from the key
    "DESCRIPTION" AS "both.DESCRIPTION",  -- for later steps
    "NUMBEROFMONTHS" AS "both.NUMBEROFMONTHS",  -- for later steps
    "NUMBEROFDAYS" AS "both.NUMBEROFDAYS",  -- for later steps
    "CUTOFFDAYOFMONTH" AS "both.CUTOFFDAYOFMONTH",  -- for later steps
    "ISCASHPAYMENT" AS "both.ISCASHPAYMENT",  -- for later steps
    "ISCERTIFIEDCOMPANYCHECK" AS "both.ISCERTIFIEDCOMPANYCHECK",  -- for later steps
    "ISDEFAULTPAYMENTTERM" AS "both.ISDEFAULTPAYMENTTERM",  -- for later steps
    "CREDITCARDPAYMENTTYPE" AS "both.CREDITCARDPAYMENTTYPE",  -- for later steps
    "CREDITCARDCREDITCHECKTYPE" AS "both.CREDITCARDCREDITCHECKTYPE",  -- for later steps
    "PAYMENTDAYNAME" AS "both.PAYMENTDAYNAME",  -- for later steps
    "PAYMENTSCHEDULENAME" AS "both.PAYMENTSCHEDULENAME",  -- for later steps
    "PAYMENTMETHODTYPE" AS "both.PAYMENTMETHODTYPE",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."msdyn_name" AS "msdyn_name", x."msdyn_description" AS "msdyn_description", x."msdyn_numberofmonth" AS "msdyn_numberofmonth", x."msdyn_days" AS "msdyn_days", x."msdyn_cutoffdayofmonth" AS "msdyn_cutoffdayofmonth", x."msdyn_iscashpayment" AS "msdyn_iscashpayment", x."msdyn_iscertifiedcompanycheck" AS "msdyn_iscertifiedcompanycheck", x."msdyn_isdefaultpaymentterm" AS "msdyn_isdefaultpaymentterm", x."msdyn_creditcardpaymenttype" AS "msdyn_creditcardpaymenttype", x."msdyn_creditcardcreditchecktype" AS "msdyn_creditcardcreditchecktype", x."msdyn_paymentdayname" AS "msdyn_paymentdayname", x."msdyn_paymentschedulename" AS "msdyn_paymentschedulename", x."msdyn_paymentmethodtype" AS "msdyn_paymentmethodtype"
  FROM "dataverse"."msdyn_paymentterms" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_paymentterms' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."msdyn_name" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_description" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source)) AND NOT (CAST(target."msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target))
    END AS "#goes.msdyn_description",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_numberofmonth" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.NUMBEROFMONTHS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".source)) AND NOT (CAST(target."msdyn_numberofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".target))
    END AS "#goes.msdyn_numberofmonth",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_days" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.NUMBEROFDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".source)) AND NOT (CAST(target."msdyn_days" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".target))
    END AS "#goes.msdyn_days",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_cutoffdayofmonth" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CUTOFFDAYOFMONTH" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".source)) AND NOT (CAST(target."msdyn_cutoffdayofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".target))
    END AS "#goes.msdyn_cutoffdayofmonth",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_iscashpayment" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISCASHPAYMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".source)) AND NOT (CAST(target."msdyn_iscashpayment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".target))
    END AS "#goes.msdyn_iscashpayment",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_iscertifiedcompanycheck" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISCERTIFIEDCOMPANYCHECK" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".source)) AND NOT (CAST(target."msdyn_iscertifiedcompanycheck" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".target))
    END AS "#goes.msdyn_iscertifiedcompanycheck",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isdefaultpaymentterm" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISDEFAULTPAYMENTTERM" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".source)) AND NOT (CAST(target."msdyn_isdefaultpaymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".target))
    END AS "#goes.msdyn_isdefaultpaymentterm",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditcardpaymenttype" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITCARDPAYMENTTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".source)) AND NOT (CAST(target."msdyn_creditcardpaymenttype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".target))
    END AS "#goes.msdyn_creditcardpaymenttype",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditcardcreditchecktype" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITCARDCREDITCHECKTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".source)) AND NOT (CAST(target."msdyn_creditcardcreditchecktype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".target))
    END AS "#goes.msdyn_creditcardcreditchecktype",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentdayname" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".source)) OR (CAST(mapped."msdyn_paymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".target))) AND NOT (CAST(target."msdyn_paymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".target))
    END AS "#goes.msdyn_paymentdayname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentschedulename" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".source)) OR (CAST(mapped."msdyn_paymentschedulename" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".target))) AND NOT (CAST(target."msdyn_paymentschedulename" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".target))
    END AS "#goes.msdyn_paymentschedulename",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentmethodtype" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PAYMENTMETHODTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".source)) AND NOT (CAST(target."msdyn_paymentmethodtype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".target))
    END AS "#goes.msdyn_paymentmethodtype",
    target."#row" IS NOT NULL AND pact."msdyn_description" IS NOT NULL AND (CAST(mapped."both.DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source)) AND (CAST(target."msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target))
      AND (target."msdyn_description" IS DISTINCT FROM mapped."msdyn_description") AS "#clashes.msdyn_description",
    target."#row" IS NOT NULL AND pact."msdyn_numberofmonth" IS NOT NULL AND (CAST(mapped."both.NUMBEROFMONTHS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".source)) AND (CAST(target."msdyn_numberofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".target))
      AND (target."msdyn_numberofmonth" IS DISTINCT FROM mapped."msdyn_numberofmonth") AS "#clashes.msdyn_numberofmonth",
    target."#row" IS NOT NULL AND pact."msdyn_days" IS NOT NULL AND (CAST(mapped."both.NUMBEROFDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".source)) AND (CAST(target."msdyn_days" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".target))
      AND (target."msdyn_days" IS DISTINCT FROM mapped."msdyn_days") AS "#clashes.msdyn_days",
    target."#row" IS NOT NULL AND pact."msdyn_cutoffdayofmonth" IS NOT NULL AND (CAST(mapped."both.CUTOFFDAYOFMONTH" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".source)) AND (CAST(target."msdyn_cutoffdayofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".target))
      AND (target."msdyn_cutoffdayofmonth" IS DISTINCT FROM mapped."msdyn_cutoffdayofmonth") AS "#clashes.msdyn_cutoffdayofmonth",
    target."#row" IS NOT NULL AND pact."msdyn_iscashpayment" IS NOT NULL AND (CAST(mapped."both.ISCASHPAYMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".source)) AND (CAST(target."msdyn_iscashpayment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".target))
      AND (target."msdyn_iscashpayment" IS DISTINCT FROM mapped."msdyn_iscashpayment") AS "#clashes.msdyn_iscashpayment",
    target."#row" IS NOT NULL AND pact."msdyn_iscertifiedcompanycheck" IS NOT NULL AND (CAST(mapped."both.ISCERTIFIEDCOMPANYCHECK" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".source)) AND (CAST(target."msdyn_iscertifiedcompanycheck" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".target))
      AND (target."msdyn_iscertifiedcompanycheck" IS DISTINCT FROM mapped."msdyn_iscertifiedcompanycheck") AS "#clashes.msdyn_iscertifiedcompanycheck",
    target."#row" IS NOT NULL AND pact."msdyn_isdefaultpaymentterm" IS NOT NULL AND (CAST(mapped."both.ISDEFAULTPAYMENTTERM" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".source)) AND (CAST(target."msdyn_isdefaultpaymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".target))
      AND (target."msdyn_isdefaultpaymentterm" IS DISTINCT FROM mapped."msdyn_isdefaultpaymentterm") AS "#clashes.msdyn_isdefaultpaymentterm",
    target."#row" IS NOT NULL AND pact."msdyn_creditcardpaymenttype" IS NOT NULL AND (CAST(mapped."both.CREDITCARDPAYMENTTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".source)) AND (CAST(target."msdyn_creditcardpaymenttype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".target))
      AND (target."msdyn_creditcardpaymenttype" IS DISTINCT FROM mapped."msdyn_creditcardpaymenttype") AS "#clashes.msdyn_creditcardpaymenttype",
    target."#row" IS NOT NULL AND pact."msdyn_creditcardcreditchecktype" IS NOT NULL AND (CAST(mapped."both.CREDITCARDCREDITCHECKTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".source)) AND (CAST(target."msdyn_creditcardcreditchecktype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".target))
      AND (target."msdyn_creditcardcreditchecktype" IS DISTINCT FROM mapped."msdyn_creditcardcreditchecktype") AS "#clashes.msdyn_creditcardcreditchecktype",
    target."#row" IS NOT NULL AND pact."msdyn_paymentdayname" IS NOT NULL AND ((CAST(mapped."both.PAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".source)) OR (CAST(mapped."msdyn_paymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".target))) AND (CAST(target."msdyn_paymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".target))
      AND (target."msdyn_paymentdayname" IS DISTINCT FROM mapped."msdyn_paymentdayname") AS "#clashes.msdyn_paymentdayname",
    target."#row" IS NOT NULL AND pact."msdyn_paymentschedulename" IS NOT NULL AND ((CAST(mapped."both.PAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".source)) OR (CAST(mapped."msdyn_paymentschedulename" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".target))) AND (CAST(target."msdyn_paymentschedulename" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".target))
      AND (target."msdyn_paymentschedulename" IS DISTINCT FROM mapped."msdyn_paymentschedulename") AS "#clashes.msdyn_paymentschedulename",
    target."#row" IS NOT NULL AND pact."msdyn_paymentmethodtype" IS NOT NULL AND (CAST(mapped."both.PAYMENTMETHODTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".source)) AND (CAST(target."msdyn_paymentmethodtype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".target))
      AND (target."msdyn_paymentmethodtype" IS DISTINCT FROM mapped."msdyn_paymentmethodtype") AS "#clashes.msdyn_paymentmethodtype",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_description" THEN 'msdyn_description' || ': source ' || coalesce(CAST(mapped."both.DESCRIPTION" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_description" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_numberofmonth" THEN 'msdyn_numberofmonth' || ': source ' || coalesce(CAST(mapped."both.NUMBEROFMONTHS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_numberofmonth" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_days" THEN 'msdyn_days' || ': source ' || coalesce(CAST(mapped."both.NUMBEROFDAYS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_days" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_cutoffdayofmonth" THEN 'msdyn_cutoffdayofmonth' || ': source ' || coalesce(CAST(mapped."both.CUTOFFDAYOFMONTH" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_cutoffdayofmonth" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_iscashpayment" THEN 'msdyn_iscashpayment' || ': source ' || coalesce(CAST(mapped."both.ISCASHPAYMENT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_iscashpayment" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_iscertifiedcompanycheck" THEN 'msdyn_iscertifiedcompanycheck' || ': source ' || coalesce(CAST(mapped."both.ISCERTIFIEDCOMPANYCHECK" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_iscertifiedcompanycheck" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isdefaultpaymentterm" THEN 'msdyn_isdefaultpaymentterm' || ': source ' || coalesce(CAST(mapped."both.ISDEFAULTPAYMENTTERM" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isdefaultpaymentterm" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditcardpaymenttype" THEN 'msdyn_creditcardpaymenttype' || ': source ' || coalesce(CAST(mapped."both.CREDITCARDPAYMENTTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_creditcardpaymenttype" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditcardcreditchecktype" THEN 'msdyn_creditcardcreditchecktype' || ': source ' || coalesce(CAST(mapped."both.CREDITCARDCREDITCHECKTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_creditcardcreditchecktype" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentdayname" THEN 'msdyn_paymentdayname' || ': source ' || coalesce(CAST(mapped."both.PAYMENTDAYNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentdayname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentschedulename" THEN 'msdyn_paymentschedulename' || ': source ' || coalesce(CAST(mapped."both.PAYMENTSCHEDULENAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentschedulename" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentmethodtype" THEN 'msdyn_paymentmethodtype' || ': source ' || coalesce(CAST(mapped."both.PAYMENTMETHODTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentmethodtype" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_description" AND (target."msdyn_description" IS DISTINCT FROM mapped."msdyn_description"))
      OR ("#goes.msdyn_numberofmonth" AND (target."msdyn_numberofmonth" IS DISTINCT FROM mapped."msdyn_numberofmonth"))
      OR ("#goes.msdyn_days" AND (target."msdyn_days" IS DISTINCT FROM mapped."msdyn_days"))
      OR ("#goes.msdyn_cutoffdayofmonth" AND (target."msdyn_cutoffdayofmonth" IS DISTINCT FROM mapped."msdyn_cutoffdayofmonth"))
      OR ("#goes.msdyn_iscashpayment" AND (target."msdyn_iscashpayment" IS DISTINCT FROM mapped."msdyn_iscashpayment"))
      OR ("#goes.msdyn_iscertifiedcompanycheck" AND (target."msdyn_iscertifiedcompanycheck" IS DISTINCT FROM mapped."msdyn_iscertifiedcompanycheck"))
      OR ("#goes.msdyn_isdefaultpaymentterm" AND (target."msdyn_isdefaultpaymentterm" IS DISTINCT FROM mapped."msdyn_isdefaultpaymentterm"))
      OR ("#goes.msdyn_creditcardpaymenttype" AND (target."msdyn_creditcardpaymenttype" IS DISTINCT FROM mapped."msdyn_creditcardpaymenttype"))
      OR ("#goes.msdyn_creditcardcreditchecktype" AND (target."msdyn_creditcardcreditchecktype" IS DISTINCT FROM mapped."msdyn_creditcardcreditchecktype"))
      OR ("#goes.msdyn_paymentdayname" AND (target."msdyn_paymentdayname" IS DISTINCT FROM mapped."msdyn_paymentdayname"))
      OR ("#goes.msdyn_paymentschedulename" AND (target."msdyn_paymentschedulename" IS DISTINCT FROM mapped."msdyn_paymentschedulename"))
      OR ("#goes.msdyn_paymentmethodtype" AND (target."msdyn_paymentmethodtype" IS DISTINCT FROM mapped."msdyn_paymentmethodtype")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."msdyn_company" AND target."msdyn_name" = mapped."msdyn_name"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_description')[1] AS "msdyn_description",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_numberofmonth')[1] AS "msdyn_numberofmonth",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_days')[1] AS "msdyn_days",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_cutoffdayofmonth')[1] AS "msdyn_cutoffdayofmonth",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_iscashpayment')[1] AS "msdyn_iscashpayment",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_iscertifiedcompanycheck')[1] AS "msdyn_iscertifiedcompanycheck",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isdefaultpaymentterm')[1] AS "msdyn_isdefaultpaymentterm",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditcardpaymenttype')[1] AS "msdyn_creditcardpaymenttype",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditcardcreditchecktype')[1] AS "msdyn_creditcardcreditchecktype",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentdayname')[1] AS "msdyn_paymentdayname",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentschedulename')[1] AS "msdyn_paymentschedulename",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentmethodtype')[1] AS "msdyn_paymentmethodtype",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'payment_terms'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 19  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 19  -- TARGET_MISSING
    WHEN "#clashes.msdyn_description" THEN 27  -- CONFLICT_STALE msdyn_description
    WHEN "#clashes.msdyn_numberofmonth" THEN 28  -- CONFLICT_STALE msdyn_numberofmonth
    WHEN "#clashes.msdyn_days" THEN 29  -- CONFLICT_STALE msdyn_days
    WHEN "#clashes.msdyn_cutoffdayofmonth" THEN 30  -- CONFLICT_STALE msdyn_cutoffdayofmonth
    WHEN "#clashes.msdyn_iscashpayment" THEN 31  -- CONFLICT_STALE msdyn_iscashpayment
    WHEN "#clashes.msdyn_iscertifiedcompanycheck" THEN 32  -- CONFLICT_STALE msdyn_iscertifiedcompanycheck
    WHEN "#clashes.msdyn_isdefaultpaymentterm" THEN 33  -- CONFLICT_STALE msdyn_isdefaultpaymentterm
    WHEN "#clashes.msdyn_creditcardpaymenttype" THEN 34  -- CONFLICT_STALE msdyn_creditcardpaymenttype
    WHEN "#clashes.msdyn_creditcardcreditchecktype" THEN 35  -- CONFLICT_STALE msdyn_creditcardcreditchecktype
    WHEN "#clashes.msdyn_paymentdayname" THEN 36  -- CONFLICT_STALE msdyn_paymentdayname
    WHEN "#clashes.msdyn_paymentschedulename" THEN 37  -- CONFLICT_STALE msdyn_paymentschedulename
    WHEN "#clashes.msdyn_paymentmethodtype" THEN 38  -- CONFLICT_STALE msdyn_paymentmethodtype
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 21  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_company", "msdyn_name", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_company", "msdyn_name", "msdyn_description", "msdyn_numberofmonth", "msdyn_days", "msdyn_cutoffdayofmonth", "msdyn_iscashpayment", "msdyn_iscertifiedcompanycheck", "msdyn_isdefaultpaymentterm", "msdyn_creditcardpaymenttype", "msdyn_creditcardcreditchecktype", "msdyn_paymentdayname", "msdyn_paymentschedulename", "msdyn_paymentmethodtype", "msdyn_paymenttermid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_company", "msdyn_name"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 24 ELSE 23 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_company" = duplicates."msdyn_company" AND shaped."msdyn_name" = duplicates."msdyn_name"
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
UPDATE shaped SET "#reason" = 23, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'payment_terms' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_paymentterms' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."PaymentTerms" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 23, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."PaymentTerms" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 23, claim."#target_key"
FROM "finops"."PaymentTerms" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38) THEN 'rejected'
  WHEN "#reason" IN (24) THEN 'superseded'
  WHEN "#reason" IN (25) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_paymentterms that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_paymentterms") AS target ON replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE (link.source_version IS NULL OR EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms' AND mark.entity = now.entity
    WHERE now.entity = 'finops.PaymentTerms'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  ))
  AND link.leg = 'payment_terms' AND link.state = 'live' AND link.target = 'dataverse.msdyn_paymentterms'
  AND NOT EXISTS (SELECT 1 FROM "finops"."PaymentTerms" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."PaymentTerms" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'payment_terms' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_paymentterms") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'payment_terms' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_paymentterms") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_paymentterms") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'payment_terms' AND link.target = 'dataverse.msdyn_paymentterms' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'payment_terms' AND link.state = 'live' AND link.target = 'dataverse.msdyn_paymentterms'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentterms" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.msdyn_paymentterms

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_description" THEN shaped."msdyn_description" ELSE t."msdyn_description" END AS "msdyn_description", CASE WHEN shaped."#goes.msdyn_numberofmonth" THEN shaped."msdyn_numberofmonth" ELSE t."msdyn_numberofmonth" END AS "msdyn_numberofmonth", CASE WHEN shaped."#goes.msdyn_days" THEN shaped."msdyn_days" ELSE t."msdyn_days" END AS "msdyn_days", CASE WHEN shaped."#goes.msdyn_cutoffdayofmonth" THEN shaped."msdyn_cutoffdayofmonth" ELSE t."msdyn_cutoffdayofmonth" END AS "msdyn_cutoffdayofmonth", CASE WHEN shaped."#goes.msdyn_iscashpayment" THEN shaped."msdyn_iscashpayment" ELSE t."msdyn_iscashpayment" END AS "msdyn_iscashpayment", CASE WHEN shaped."#goes.msdyn_iscertifiedcompanycheck" THEN shaped."msdyn_iscertifiedcompanycheck" ELSE t."msdyn_iscertifiedcompanycheck" END AS "msdyn_iscertifiedcompanycheck", CASE WHEN shaped."#goes.msdyn_isdefaultpaymentterm" THEN shaped."msdyn_isdefaultpaymentterm" ELSE t."msdyn_isdefaultpaymentterm" END AS "msdyn_isdefaultpaymentterm", CASE WHEN shaped."#goes.msdyn_creditcardpaymenttype" THEN shaped."msdyn_creditcardpaymenttype" ELSE t."msdyn_creditcardpaymenttype" END AS "msdyn_creditcardpaymenttype", CASE WHEN shaped."#goes.msdyn_creditcardcreditchecktype" THEN shaped."msdyn_creditcardcreditchecktype" ELSE t."msdyn_creditcardcreditchecktype" END AS "msdyn_creditcardcreditchecktype", CASE WHEN shaped."#goes.msdyn_paymentdayname" THEN shaped."msdyn_paymentdayname" ELSE t."msdyn_paymentdayname" END AS "msdyn_paymentdayname", CASE WHEN shaped."#goes.msdyn_paymentschedulename" THEN shaped."msdyn_paymentschedulename" ELSE t."msdyn_paymentschedulename" END AS "msdyn_paymentschedulename", CASE WHEN shaped."#goes.msdyn_paymentmethodtype" THEN shaped."msdyn_paymentmethodtype" ELSE t."msdyn_paymentmethodtype" END AS "msdyn_paymentmethodtype", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_paymentterms" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_paymentterms
INSERT INTO "dataverse"."msdyn_paymentterms" ("msdyn_company", "msdyn_name", "msdyn_description", "msdyn_numberofmonth", "msdyn_days", "msdyn_cutoffdayofmonth", "msdyn_iscashpayment", "msdyn_iscertifiedcompanycheck", "msdyn_isdefaultpaymentterm", "msdyn_creditcardpaymenttype", "msdyn_creditcardcreditchecktype", "msdyn_paymentdayname", "msdyn_paymentschedulename", "msdyn_paymentmethodtype", "msdyn_paymenttermid", "modifiedon", "versionnumber")
SELECT "msdyn_company", "msdyn_name", "msdyn_description", "msdyn_numberofmonth", "msdyn_days", "msdyn_cutoffdayofmonth", "msdyn_iscashpayment", "msdyn_iscertifiedcompanycheck", "msdyn_isdefaultpaymentterm", "msdyn_creditcardpaymenttype", "msdyn_creditcardcreditchecktype", "msdyn_paymentdayname", "msdyn_paymentschedulename", "msdyn_paymentmethodtype", "msdyn_paymenttermid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'payment_terms' AS leg, new."#key" AS source_key, 'dataverse.msdyn_paymentterms' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_description', 'old': CAST(old."msdyn_description" AS VARCHAR), 'new': CAST(new."msdyn_description" AS VARCHAR)},
    {'column_name': 'msdyn_numberofmonth', 'old': CAST(old."msdyn_numberofmonth" AS VARCHAR), 'new': CAST(new."msdyn_numberofmonth" AS VARCHAR)},
    {'column_name': 'msdyn_days', 'old': CAST(old."msdyn_days" AS VARCHAR), 'new': CAST(new."msdyn_days" AS VARCHAR)},
    {'column_name': 'msdyn_cutoffdayofmonth', 'old': CAST(old."msdyn_cutoffdayofmonth" AS VARCHAR), 'new': CAST(new."msdyn_cutoffdayofmonth" AS VARCHAR)},
    {'column_name': 'msdyn_iscashpayment', 'old': CAST(old."msdyn_iscashpayment" AS VARCHAR), 'new': CAST(new."msdyn_iscashpayment" AS VARCHAR)},
    {'column_name': 'msdyn_iscertifiedcompanycheck', 'old': CAST(old."msdyn_iscertifiedcompanycheck" AS VARCHAR), 'new': CAST(new."msdyn_iscertifiedcompanycheck" AS VARCHAR)},
    {'column_name': 'msdyn_isdefaultpaymentterm', 'old': CAST(old."msdyn_isdefaultpaymentterm" AS VARCHAR), 'new': CAST(new."msdyn_isdefaultpaymentterm" AS VARCHAR)},
    {'column_name': 'msdyn_creditcardpaymenttype', 'old': CAST(old."msdyn_creditcardpaymenttype" AS VARCHAR), 'new': CAST(new."msdyn_creditcardpaymenttype" AS VARCHAR)},
    {'column_name': 'msdyn_creditcardcreditchecktype', 'old': CAST(old."msdyn_creditcardcreditchecktype" AS VARCHAR), 'new': CAST(new."msdyn_creditcardcreditchecktype" AS VARCHAR)},
    {'column_name': 'msdyn_paymentdayname', 'old': CAST(old."msdyn_paymentdayname" AS VARCHAR), 'new': CAST(new."msdyn_paymentdayname" AS VARCHAR)},
    {'column_name': 'msdyn_paymentschedulename', 'old': CAST(old."msdyn_paymentschedulename" AS VARCHAR), 'new': CAST(new."msdyn_paymentschedulename" AS VARCHAR)},
    {'column_name': 'msdyn_paymentmethodtype', 'old': CAST(old."msdyn_paymentmethodtype" AS VARCHAR), 'new': CAST(new."msdyn_paymentmethodtype" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_paymentterms" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_paymentterms" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_paymentterms"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'payment_terms' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PaymentTerms" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'payment_terms.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'payment_terms.map.yaml:12'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'payment_terms.map.yaml:12'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'payment_terms.map.yaml:12'),
  (5, 'VALUE_UNMAPPED', 'msdyn_iscashpayment', /* place */ 'payment_terms.map.yaml:19'),
  (6, 'VALUE_UNMAPPED', 'msdyn_iscertifiedcompanycheck', /* place */ 'payment_terms.map.yaml:20'),
  (7, 'VALUE_UNMAPPED', 'msdyn_isdefaultpaymentterm', /* place */ 'payment_terms.map.yaml:21'),
  (8, 'VALUE_UNMAPPED', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (9, 'VALUE_UNMAPPED', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (10, 'VALUE_UNMAPPED', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (11, 'VALUE_UNMAPPED', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (12, 'LOOKUP_MISSING', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (13, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (14, 'LOOKUP_MISSING', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (15, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (16, 'VALUE_UNMAPPED', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26'),
  (17, 'VALUE_UNMAPPED', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26'),
  (18, 'TARGET_EXISTS', '', /* place */ 'payment_terms.map.yaml:4'),
  (19, 'TARGET_MISSING', '', /* place */ 'payment_terms.map.yaml:4'),
  (20, 'TARGET_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (21, 'UPDATE_NOT_ALLOWED', '', /* place */ 'payment_terms.map.yaml:4'),
  (22, 'CONFLICT_STALE', '', /* place */ 'payment_terms.map.yaml:4'),
  (23, 'KEY_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (24, 'SUPERSEDED', '', /* place */ 'payment_terms.map.yaml:4'),
  (25, 'SET_INCOMPLETE', '', /* place */ 'payment_terms.map.yaml:4'),
  (26, 'TARGET_REFUSED', '', /* place */ 'payment_terms.map.yaml:4'),
  (27, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'payment_terms.map.yaml:15'),
  (28, 'CONFLICT_STALE', 'msdyn_numberofmonth', /* place */ 'payment_terms.map.yaml:16'),
  (29, 'CONFLICT_STALE', 'msdyn_days', /* place */ 'payment_terms.map.yaml:17'),
  (30, 'CONFLICT_STALE', 'msdyn_cutoffdayofmonth', /* place */ 'payment_terms.map.yaml:18'),
  (31, 'CONFLICT_STALE', 'msdyn_iscashpayment', /* place */ 'payment_terms.map.yaml:19'),
  (32, 'CONFLICT_STALE', 'msdyn_iscertifiedcompanycheck', /* place */ 'payment_terms.map.yaml:20'),
  (33, 'CONFLICT_STALE', 'msdyn_isdefaultpaymentterm', /* place */ 'payment_terms.map.yaml:21'),
  (34, 'CONFLICT_STALE', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (35, 'CONFLICT_STALE', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (36, 'CONFLICT_STALE', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (37, 'CONFLICT_STALE', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (38, 'CONFLICT_STALE', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'payment_terms' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'payment_terms' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'payment_terms' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'NAME', CAST(source."NAME" AS VARCHAR), 'DESCRIPTION', CAST(source."DESCRIPTION" AS VARCHAR), 'NUMBEROFMONTHS', CAST(source."NUMBEROFMONTHS" AS VARCHAR), 'NUMBEROFDAYS', CAST(source."NUMBEROFDAYS" AS VARCHAR), 'CUTOFFDAYOFMONTH', CAST(source."CUTOFFDAYOFMONTH" AS VARCHAR), 'ISCASHPAYMENT', CAST(source."ISCASHPAYMENT" AS VARCHAR), 'ISCERTIFIEDCOMPANYCHECK', CAST(source."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR), 'ISDEFAULTPAYMENTTERM', CAST(source."ISDEFAULTPAYMENTTERM" AS VARCHAR), 'CREDITCARDPAYMENTTYPE', CAST(source."CREDITCARDPAYMENTTYPE" AS VARCHAR), 'CREDITCARDCREDITCHECKTYPE', CAST(source."CREDITCARDCREDITCHECKTYPE" AS VARCHAR), 'PAYMENTDAYNAME', CAST(source."PAYMENTDAYNAME" AS VARCHAR), 'PAYMENTSCHEDULENAME', CAST(source."PAYMENTSCHEDULENAME" AS VARCHAR), 'PAYMENTMETHODTYPE', CAST(source."PAYMENTMETHODTYPE" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'payment_terms.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'payment_terms.map.yaml:12'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'payment_terms.map.yaml:12'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'payment_terms.map.yaml:12'),
  (5, 'VALUE_UNMAPPED', 'msdyn_iscashpayment', /* place */ 'payment_terms.map.yaml:19'),
  (6, 'VALUE_UNMAPPED', 'msdyn_iscertifiedcompanycheck', /* place */ 'payment_terms.map.yaml:20'),
  (7, 'VALUE_UNMAPPED', 'msdyn_isdefaultpaymentterm', /* place */ 'payment_terms.map.yaml:21'),
  (8, 'VALUE_UNMAPPED', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (9, 'VALUE_UNMAPPED', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (10, 'VALUE_UNMAPPED', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (11, 'VALUE_UNMAPPED', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (12, 'LOOKUP_MISSING', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (13, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (14, 'LOOKUP_MISSING', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (15, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (16, 'VALUE_UNMAPPED', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26'),
  (17, 'VALUE_UNMAPPED', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26'),
  (18, 'TARGET_EXISTS', '', /* place */ 'payment_terms.map.yaml:4'),
  (19, 'TARGET_MISSING', '', /* place */ 'payment_terms.map.yaml:4'),
  (20, 'TARGET_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (21, 'UPDATE_NOT_ALLOWED', '', /* place */ 'payment_terms.map.yaml:4'),
  (22, 'CONFLICT_STALE', '', /* place */ 'payment_terms.map.yaml:4'),
  (23, 'KEY_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (24, 'SUPERSEDED', '', /* place */ 'payment_terms.map.yaml:4'),
  (25, 'SET_INCOMPLETE', '', /* place */ 'payment_terms.map.yaml:4'),
  (26, 'TARGET_REFUSED', '', /* place */ 'payment_terms.map.yaml:4'),
  (27, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'payment_terms.map.yaml:15'),
  (28, 'CONFLICT_STALE', 'msdyn_numberofmonth', /* place */ 'payment_terms.map.yaml:16'),
  (29, 'CONFLICT_STALE', 'msdyn_days', /* place */ 'payment_terms.map.yaml:17'),
  (30, 'CONFLICT_STALE', 'msdyn_cutoffdayofmonth', /* place */ 'payment_terms.map.yaml:18'),
  (31, 'CONFLICT_STALE', 'msdyn_iscashpayment', /* place */ 'payment_terms.map.yaml:19'),
  (32, 'CONFLICT_STALE', 'msdyn_iscertifiedcompanycheck', /* place */ 'payment_terms.map.yaml:20'),
  (33, 'CONFLICT_STALE', 'msdyn_isdefaultpaymentterm', /* place */ 'payment_terms.map.yaml:21'),
  (34, 'CONFLICT_STALE', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (35, 'CONFLICT_STALE', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (36, 'CONFLICT_STALE', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (37, 'CONFLICT_STALE', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (38, 'CONFLICT_STALE', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."PaymentTerms" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'payment_terms' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'payment_terms' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_paymentterms' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'payment_terms' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_paymentterms' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'payment_terms' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'payment_terms' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, replace(replace(coalesce(CAST(shaped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."msdyn_description" IS NOT DISTINCT FROM shaped."msdyn_description"
        THEN {'column_name': 'msdyn_description', 'source': CAST(shaped."both.DESCRIPTION" AS VARCHAR), 'target': CAST(now."msdyn_description" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_description')[1] END,
      CASE WHEN now."msdyn_numberofmonth" IS NOT DISTINCT FROM shaped."msdyn_numberofmonth"
        THEN {'column_name': 'msdyn_numberofmonth', 'source': CAST(shaped."both.NUMBEROFMONTHS" AS VARCHAR), 'target': CAST(now."msdyn_numberofmonth" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_numberofmonth')[1] END,
      CASE WHEN now."msdyn_days" IS NOT DISTINCT FROM shaped."msdyn_days"
        THEN {'column_name': 'msdyn_days', 'source': CAST(shaped."both.NUMBEROFDAYS" AS VARCHAR), 'target': CAST(now."msdyn_days" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_days')[1] END,
      CASE WHEN now."msdyn_cutoffdayofmonth" IS NOT DISTINCT FROM shaped."msdyn_cutoffdayofmonth"
        THEN {'column_name': 'msdyn_cutoffdayofmonth', 'source': CAST(shaped."both.CUTOFFDAYOFMONTH" AS VARCHAR), 'target': CAST(now."msdyn_cutoffdayofmonth" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_cutoffdayofmonth')[1] END,
      CASE WHEN now."msdyn_iscashpayment" IS NOT DISTINCT FROM shaped."msdyn_iscashpayment"
        THEN {'column_name': 'msdyn_iscashpayment', 'source': CAST(shaped."both.ISCASHPAYMENT" AS VARCHAR), 'target': CAST(now."msdyn_iscashpayment" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_iscashpayment')[1] END,
      CASE WHEN now."msdyn_iscertifiedcompanycheck" IS NOT DISTINCT FROM shaped."msdyn_iscertifiedcompanycheck"
        THEN {'column_name': 'msdyn_iscertifiedcompanycheck', 'source': CAST(shaped."both.ISCERTIFIEDCOMPANYCHECK" AS VARCHAR), 'target': CAST(now."msdyn_iscertifiedcompanycheck" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_iscertifiedcompanycheck')[1] END,
      CASE WHEN now."msdyn_isdefaultpaymentterm" IS NOT DISTINCT FROM shaped."msdyn_isdefaultpaymentterm"
        THEN {'column_name': 'msdyn_isdefaultpaymentterm', 'source': CAST(shaped."both.ISDEFAULTPAYMENTTERM" AS VARCHAR), 'target': CAST(now."msdyn_isdefaultpaymentterm" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isdefaultpaymentterm')[1] END,
      CASE WHEN now."msdyn_creditcardpaymenttype" IS NOT DISTINCT FROM shaped."msdyn_creditcardpaymenttype"
        THEN {'column_name': 'msdyn_creditcardpaymenttype', 'source': CAST(shaped."both.CREDITCARDPAYMENTTYPE" AS VARCHAR), 'target': CAST(now."msdyn_creditcardpaymenttype" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditcardpaymenttype')[1] END,
      CASE WHEN now."msdyn_creditcardcreditchecktype" IS NOT DISTINCT FROM shaped."msdyn_creditcardcreditchecktype"
        THEN {'column_name': 'msdyn_creditcardcreditchecktype', 'source': CAST(shaped."both.CREDITCARDCREDITCHECKTYPE" AS VARCHAR), 'target': CAST(now."msdyn_creditcardcreditchecktype" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditcardcreditchecktype')[1] END,
      CASE WHEN now."msdyn_paymentdayname" IS NOT DISTINCT FROM shaped."msdyn_paymentdayname"
        THEN {'column_name': 'msdyn_paymentdayname', 'source': CAST(shaped."both.PAYMENTDAYNAME" AS VARCHAR), 'target': CAST(now."msdyn_paymentdayname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentdayname')[1] END,
      CASE WHEN now."msdyn_paymentschedulename" IS NOT DISTINCT FROM shaped."msdyn_paymentschedulename"
        THEN {'column_name': 'msdyn_paymentschedulename', 'source': CAST(shaped."both.PAYMENTSCHEDULENAME" AS VARCHAR), 'target': CAST(now."msdyn_paymentschedulename" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedulename')[1] END,
      CASE WHEN now."msdyn_paymentmethodtype" IS NOT DISTINCT FROM shaped."msdyn_paymentmethodtype"
        THEN {'column_name': 'msdyn_paymentmethodtype', 'source': CAST(shaped."both.PAYMENTMETHODTYPE" AS VARCHAR), 'target': CAST(now."msdyn_paymentmethodtype" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentmethodtype')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "dataverse"."msdyn_paymentterms" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'payment_terms' AND pact.source_key = shaped."#key" AND pact.target_key = replace(replace(coalesce(CAST(shaped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'payment_terms' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'payment_terms' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'payment_terms';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'payment_terms' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
