-- payment_terms:back: Terms of payment (msdyn_paymentterms)
-- dataverse.msdyn_paymentterms -> finops.PaymentTerms, incremental

-- step 1: extract dataverse.msdyn_paymentterms

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_paymentterms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentterms" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentterms" AS x
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
WHERE leg = 'payment_terms:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') FROM "dataverse"."msdyn_paymentterms" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_paymentterms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'payment_terms:back' AND mark.entity = 'dataverse.msdyn_paymentterms'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'payment_terms:back' AND link.source_key = coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_paymentterms" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentterms" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'payment_terms:back' AND link.source_key = coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_paymentterms" AS source
WHERE coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'payment_terms:back' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_paymenttermid", source."modifiedon", source."msdyn_company", source."msdyn_name", source."msdyn_description", source."msdyn_numberofmonth", source."msdyn_days", source."msdyn_cutoffdayofmonth", source."msdyn_iscashpayment", source."msdyn_iscertifiedcompanycheck", source."msdyn_isdefaultpaymentterm", source."msdyn_creditcardpaymenttype", source."msdyn_creditcardcreditchecktype", source."msdyn_paymentdayname", source."msdyn_paymentschedulename", source."msdyn_paymentmethodtype" FROM "dataverse"."msdyn_paymentterms" AS source) AS landed
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_company.#1", x."cdm_companycode" AS "msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'payment_terms:back' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_company.#1" = "msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_paymenttermid", source."modifiedon", source."msdyn_company", source."msdyn_name", source."msdyn_description", source."msdyn_numberofmonth", source."msdyn_days", source."msdyn_cutoffdayofmonth", source."msdyn_iscashpayment", source."msdyn_iscertifiedcompanycheck", source."msdyn_isdefaultpaymentterm", source."msdyn_creditcardpaymenttype", source."msdyn_creditcardcreditchecktype", source."msdyn_paymentdayname", source."msdyn_paymentschedulename", source."msdyn_paymentmethodtype" FROM "dataverse"."msdyn_paymentterms" AS source) AS landed
WHERE "msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentdayname
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentdayname changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_paymenttermid", source."modifiedon", source."msdyn_company", source."msdyn_name", source."msdyn_description", source."msdyn_numberofmonth", source."msdyn_days", source."msdyn_cutoffdayofmonth", source."msdyn_iscashpayment", source."msdyn_iscertifiedcompanycheck", source."msdyn_isdefaultpaymentterm", source."msdyn_creditcardpaymenttype", source."msdyn_creditcardcreditchecktype", source."msdyn_paymentdayname", source."msdyn_paymentschedulename", source."msdyn_paymentmethodtype" FROM "dataverse"."msdyn_paymentterms" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymentdayid" AS "msdyn_paymentdayname.#1", x."msdyn_name" AS "msdyn_paymentdayname.msdyn_name"
  FROM "dataverse"."msdyn_paymentdays" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'payment_terms:back' AND mark.entity = 'dataverse.msdyn_paymentdays'
  ), TRUE)
) ON "msdyn_paymentdayname.#1" = "msdyn_paymentdayname"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentdayname
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentdayname gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_paymenttermid", source."modifiedon", source."msdyn_company", source."msdyn_name", source."msdyn_description", source."msdyn_numberofmonth", source."msdyn_days", source."msdyn_cutoffdayofmonth", source."msdyn_iscashpayment", source."msdyn_iscertifiedcompanycheck", source."msdyn_isdefaultpaymentterm", source."msdyn_creditcardpaymenttype", source."msdyn_creditcardcreditchecktype", source."msdyn_paymentdayname", source."msdyn_paymentschedulename", source."msdyn_paymentmethodtype" FROM "dataverse"."msdyn_paymentterms" AS source) AS landed
WHERE "msdyn_paymentdayname" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentdays" AS x WHERE x."msdyn_paymentdayid" = "msdyn_paymentdayname")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentdays" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentdayid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentdays" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentschedulename
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentschedulename changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_paymenttermid", source."modifiedon", source."msdyn_company", source."msdyn_name", source."msdyn_description", source."msdyn_numberofmonth", source."msdyn_days", source."msdyn_cutoffdayofmonth", source."msdyn_iscashpayment", source."msdyn_iscertifiedcompanycheck", source."msdyn_isdefaultpaymentterm", source."msdyn_creditcardpaymenttype", source."msdyn_creditcardcreditchecktype", source."msdyn_paymentdayname", source."msdyn_paymentschedulename", source."msdyn_paymentmethodtype" FROM "dataverse"."msdyn_paymentterms" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymentscheduleid" AS "msdyn_paymentschedulename.#1", x."msdyn_name" AS "msdyn_paymentschedulename.msdyn_name"
  FROM "dataverse"."msdyn_paymentschedules" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'payment_terms:back' AND mark.entity = 'dataverse.msdyn_paymentschedules'
  ), TRUE)
) ON "msdyn_paymentschedulename.#1" = "msdyn_paymentschedulename"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentschedulename
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentschedulename gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_paymenttermid", source."modifiedon", source."msdyn_company", source."msdyn_name", source."msdyn_description", source."msdyn_numberofmonth", source."msdyn_days", source."msdyn_cutoffdayofmonth", source."msdyn_iscashpayment", source."msdyn_iscertifiedcompanycheck", source."msdyn_isdefaultpaymentterm", source."msdyn_creditcardpaymenttype", source."msdyn_creditcardcreditchecktype", source."msdyn_paymentdayname", source."msdyn_paymentschedulename", source."msdyn_paymentmethodtype" FROM "dataverse"."msdyn_paymentterms" AS source) AS landed
WHERE "msdyn_paymentschedulename" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentschedules" AS x WHERE x."msdyn_paymentscheduleid" = "msdyn_paymentschedulename")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentschedules" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentscheduleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentschedules" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_paymentterms" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'payment_terms:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') FROM "dataverse"."msdyn_paymentterms" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'payment_terms:back' AND source_key IN (SELECT coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') FROM "dataverse"."msdyn_paymentterms" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_paymentterms") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'payment_terms:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_paymenttermid",
    source."modifiedon",
    source."msdyn_company",
    source."msdyn_name",
    source."msdyn_description",
    source."msdyn_numberofmonth",
    source."msdyn_days",
    source."msdyn_cutoffdayofmonth",
    source."msdyn_iscashpayment",
    source."msdyn_iscertifiedcompanycheck",
    source."msdyn_isdefaultpaymentterm",
    source."msdyn_creditcardpaymenttype",
    source."msdyn_creditcardcreditchecktype",
    source."msdyn_paymentdayname",
    source."msdyn_paymentschedulename",
    source."msdyn_paymentmethodtype"
  FROM "dataverse"."msdyn_paymentterms" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_company
    SELECT x."cdm_companyid" AS "msdyn_company.#1", count(*) AS "msdyn_company.#hits", any_value(x."cdm_companycode") AS "msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    WHERE x."cdm_companyid" IN (SELECT DISTINCT "msdyn_company" FROM "landed")
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_company.#1" = "msdyn_company"
  LEFT JOIN (  -- msdyn_paymentdayname
    SELECT x."msdyn_paymentdayid" AS "msdyn_paymentdayname.#1", count(*) AS "msdyn_paymentdayname.#hits", any_value(x."msdyn_name") AS "msdyn_paymentdayname.msdyn_name"
    FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE x."msdyn_paymentdayid" IN (SELECT DISTINCT "msdyn_paymentdayname" FROM "landed")
    GROUP BY x."msdyn_paymentdayid"
  ) ON "msdyn_paymentdayname.#1" = "msdyn_paymentdayname"
  LEFT JOIN (  -- msdyn_paymentschedulename
    SELECT x."msdyn_paymentscheduleid" AS "msdyn_paymentschedulename.#1", count(*) AS "msdyn_paymentschedulename.#hits", any_value(x."msdyn_name") AS "msdyn_paymentschedulename.msdyn_name"
    FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE x."msdyn_paymentscheduleid" IN (SELECT DISTINCT "msdyn_paymentschedulename" FROM "landed")
    GROUP BY x."msdyn_paymentscheduleid"
  ) ON "msdyn_paymentschedulename.#1" = "msdyn_paymentschedulename"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon payment_terms.map.yaml:4
      WHEN "msdyn_company" IS NOT NULL AND ("msdyn_company.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId payment_terms.map.yaml:12
      WHEN coalesce("msdyn_company.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId payment_terms.map.yaml:12
      WHEN "msdyn_company.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId payment_terms.map.yaml:12
      WHEN length("msdyn_name") > 10 THEN 5  -- TOO_LONG NAME payment_terms.map.yaml:13
      WHEN (CASE WHEN (length("msdyn_name") <= 10) THEN "msdyn_name" END) IS NULL THEN 6  -- KEY_NULL NAME payment_terms.map.yaml:13
      WHEN length("msdyn_description") > 60 THEN 7  -- TOO_LONG DESCRIPTION payment_terms.map.yaml:15
      WHEN NOT ("msdyn_iscashpayment" IN (TRUE, FALSE)) THEN 8  -- VALUE_UNMAPPED ISCASHPAYMENT payment_terms.map.yaml:19
      WHEN NOT ((CASE WHEN "msdyn_iscashpayment" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_iscashpayment" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 9  -- VALUE_UNMAPPED ISCASHPAYMENT payment_terms.map.yaml:19
      WHEN NOT ("msdyn_iscertifiedcompanycheck" IN (TRUE, FALSE)) THEN 10  -- VALUE_UNMAPPED ISCERTIFIEDCOMPANYCHECK payment_terms.map.yaml:20
      WHEN NOT ((CASE WHEN "msdyn_iscertifiedcompanycheck" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_iscertifiedcompanycheck" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 11  -- VALUE_UNMAPPED ISCERTIFIEDCOMPANYCHECK payment_terms.map.yaml:20
      WHEN NOT ("msdyn_isdefaultpaymentterm" IN (TRUE, FALSE)) THEN 12  -- VALUE_UNMAPPED ISDEFAULTPAYMENTTERM payment_terms.map.yaml:21
      WHEN NOT ((CASE WHEN "msdyn_isdefaultpaymentterm" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isdefaultpaymentterm" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 13  -- VALUE_UNMAPPED ISDEFAULTPAYMENTTERM payment_terms.map.yaml:21
      WHEN NOT ("msdyn_creditcardpaymenttype" IN (806380998, 806380999)) THEN 14  -- VALUE_UNMAPPED CREDITCARDPAYMENTTYPE payment_terms.map.yaml:22
      WHEN NOT ((CASE WHEN "msdyn_creditcardpaymenttype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditcardpaymenttype" WHEN 806380998 THEN 'na' WHEN 806380999 THEN 'creditCard' ELSE NULL END) END) IN ('na', 'creditCard')) THEN 15  -- VALUE_UNMAPPED CREDITCARDPAYMENTTYPE payment_terms.map.yaml:22
      WHEN NOT ("msdyn_creditcardcreditchecktype" IN (806380000, 806380001)) THEN 16  -- VALUE_UNMAPPED CREDITCARDCREDITCHECKTYPE payment_terms.map.yaml:23
      WHEN NOT ((CASE WHEN "msdyn_creditcardcreditchecktype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditcardcreditchecktype" WHEN 806380000 THEN 'normal' WHEN 806380001 THEN 'byPass' ELSE NULL END) END) IN ('normal', 'byPass')) THEN 17  -- VALUE_UNMAPPED CREDITCARDCREDITCHECKTYPE payment_terms.map.yaml:23
      WHEN "msdyn_paymentdayname" IS NOT NULL AND ("msdyn_paymentdayname.#hits" IS NULL) THEN 18  -- LOOKUP_MISSING PAYMENTDAYNAME payment_terms.map.yaml:24
      WHEN coalesce("msdyn_paymentdayname.#hits", 0) > 1 THEN 19  -- LOOKUP_AMBIGUOUS PAYMENTDAYNAME payment_terms.map.yaml:24
      WHEN length("msdyn_paymentdayname.msdyn_name") > 10 THEN 20  -- TOO_LONG PAYMENTDAYNAME payment_terms.map.yaml:24
      WHEN "msdyn_paymentschedulename" IS NOT NULL AND ("msdyn_paymentschedulename.#hits" IS NULL) THEN 21  -- LOOKUP_MISSING PAYMENTSCHEDULENAME payment_terms.map.yaml:25
      WHEN coalesce("msdyn_paymentschedulename.#hits", 0) > 1 THEN 22  -- LOOKUP_AMBIGUOUS PAYMENTSCHEDULENAME payment_terms.map.yaml:25
      WHEN length("msdyn_paymentschedulename.msdyn_name") > 10 THEN 23  -- TOO_LONG PAYMENTSCHEDULENAME payment_terms.map.yaml:25
      WHEN NOT ("msdyn_paymentmethodtype" IN (806380991, 806380992, 806380993, 806380994, 806380995, 806380996, 806380997)) THEN 24  -- VALUE_UNMAPPED PAYMENTMETHODTYPE payment_terms.map.yaml:27
      WHEN NOT ((CASE WHEN "msdyn_paymentmethodtype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_paymentmethodtype" WHEN 806380991 THEN 'net' WHEN 806380992 THEN 'currentMth' WHEN 806380993 THEN 'currentQuart' WHEN 806380994 THEN 'currentYear' WHEN 806380995 THEN 'currentWeek' WHEN 806380996 THEN 'cod' WHEN 806380997 THEN 'cutOffDate' ELSE NULL END) END) IN ('net', 'currentMth', 'currentQuart', 'currentYear', 'currentWeek', 'cod', 'cutOffDate')) THEN 25  -- VALUE_UNMAPPED PAYMENTMETHODTYPE payment_terms.map.yaml:27
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_company" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_company" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_name" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_description" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_iscashpayment" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_iscertifiedcompanycheck" AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_isdefaultpaymentterm" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_creditcardpaymenttype" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_creditcardcreditchecktype" AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_paymentdayname" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_paymentdayname" AS VARCHAR)
      WHEN 20 THEN CAST("msdyn_paymentdayname.msdyn_name" AS VARCHAR)
      WHEN 21 THEN CAST("msdyn_paymentschedulename" AS VARCHAR)
      WHEN 22 THEN CAST("msdyn_paymentschedulename" AS VARCHAR)
      WHEN 23 THEN CAST("msdyn_paymentschedulename.msdyn_name" AS VARCHAR)
      WHEN 24 THEN CAST("msdyn_paymentmethodtype" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company.cdm_companycode" AS "dataAreaId",  -- payment_terms.map.yaml:12
    CAST(CASE WHEN (length("msdyn_name") <= 10) THEN "msdyn_name" END AS VARCHAR) AS "NAME",  -- payment_terms.map.yaml:13
    CAST(CASE WHEN (length("msdyn_description") <= 60) THEN "msdyn_description" END AS VARCHAR) AS "DESCRIPTION",  -- payment_terms.map.yaml:15
    "msdyn_numberofmonth" AS "NUMBEROFMONTHS",  -- payment_terms.map.yaml:16
    "msdyn_days" AS "NUMBEROFDAYS",  -- payment_terms.map.yaml:17
    "msdyn_cutoffdayofmonth" AS "CUTOFFDAYOFMONTH",  -- payment_terms.map.yaml:18
    CAST(CASE WHEN ((CASE WHEN "msdyn_iscashpayment" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_iscashpayment" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_iscashpayment" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_iscashpayment" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISCASHPAYMENT",  -- payment_terms.map.yaml:19
    CAST(CASE WHEN ((CASE WHEN "msdyn_iscertifiedcompanycheck" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_iscertifiedcompanycheck" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_iscertifiedcompanycheck" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_iscertifiedcompanycheck" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISCERTIFIEDCOMPANYCHECK",  -- payment_terms.map.yaml:20
    CAST(CASE WHEN ((CASE WHEN "msdyn_isdefaultpaymentterm" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isdefaultpaymentterm" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isdefaultpaymentterm" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isdefaultpaymentterm" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISDEFAULTPAYMENTTERM",  -- payment_terms.map.yaml:21
    CAST(CASE WHEN ((CASE WHEN "msdyn_creditcardpaymenttype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditcardpaymenttype" WHEN 806380998 THEN 'na' WHEN 806380999 THEN 'creditCard' ELSE NULL END) END) IN ('na', 'creditCard')) THEN (CASE WHEN "msdyn_creditcardpaymenttype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditcardpaymenttype" WHEN 806380998 THEN 'na' WHEN 806380999 THEN 'creditCard' ELSE NULL END) END) END AS VARCHAR) AS "CREDITCARDPAYMENTTYPE",  -- payment_terms.map.yaml:22
    CAST(CASE WHEN ((CASE WHEN "msdyn_creditcardcreditchecktype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditcardcreditchecktype" WHEN 806380000 THEN 'normal' WHEN 806380001 THEN 'byPass' ELSE NULL END) END) IN ('normal', 'byPass')) THEN (CASE WHEN "msdyn_creditcardcreditchecktype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditcardcreditchecktype" WHEN 806380000 THEN 'normal' WHEN 806380001 THEN 'byPass' ELSE NULL END) END) END AS VARCHAR) AS "CREDITCARDCREDITCHECKTYPE",  -- payment_terms.map.yaml:23
    CAST(CASE WHEN (length("msdyn_paymentdayname.msdyn_name") <= 10) THEN "msdyn_paymentdayname.msdyn_name" END AS VARCHAR) AS "PAYMENTDAYNAME",  -- payment_terms.map.yaml:24
    CAST(CASE WHEN (length("msdyn_paymentschedulename.msdyn_name") <= 10) THEN "msdyn_paymentschedulename.msdyn_name" END AS VARCHAR) AS "PAYMENTSCHEDULENAME",  -- payment_terms.map.yaml:25
    CAST(CASE WHEN ((CASE WHEN "msdyn_paymentmethodtype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_paymentmethodtype" WHEN 806380991 THEN 'net' WHEN 806380992 THEN 'currentMth' WHEN 806380993 THEN 'currentQuart' WHEN 806380994 THEN 'currentYear' WHEN 806380995 THEN 'currentWeek' WHEN 806380996 THEN 'cod' WHEN 806380997 THEN 'cutOffDate' ELSE NULL END) END) IN ('net', 'currentMth', 'currentQuart', 'currentYear', 'currentWeek', 'cod', 'cutOffDate')) THEN (CASE WHEN "msdyn_paymentmethodtype" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_paymentmethodtype" WHEN 806380991 THEN 'net' WHEN 806380992 THEN 'currentMth' WHEN 806380993 THEN 'currentQuart' WHEN 806380994 THEN 'currentYear' WHEN 806380995 THEN 'currentWeek' WHEN 806380996 THEN 'cod' WHEN 806380997 THEN 'cutOffDate' ELSE NULL END) END) END AS VARCHAR) AS "PAYMENTMETHODTYPE",  -- payment_terms.map.yaml:27
    replace(replace(coalesce(CAST("msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_name" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#out_key",  -- for later steps
    "msdyn_description" AS "both.msdyn_description",  -- for later steps
    "msdyn_numberofmonth" AS "both.msdyn_numberofmonth",  -- for later steps
    "msdyn_days" AS "both.msdyn_days",  -- for later steps
    "msdyn_cutoffdayofmonth" AS "both.msdyn_cutoffdayofmonth",  -- for later steps
    "msdyn_iscashpayment" AS "both.msdyn_iscashpayment",  -- for later steps
    "msdyn_iscertifiedcompanycheck" AS "both.msdyn_iscertifiedcompanycheck",  -- for later steps
    "msdyn_isdefaultpaymentterm" AS "both.msdyn_isdefaultpaymentterm",  -- for later steps
    "msdyn_creditcardpaymenttype" AS "both.msdyn_creditcardpaymenttype",  -- for later steps
    "msdyn_creditcardcreditchecktype" AS "both.msdyn_creditcardcreditchecktype",  -- for later steps
    "msdyn_paymentdayname" AS "both.msdyn_paymentdayname",  -- for later steps
    "msdyn_paymentschedulename" AS "both.msdyn_paymentschedulename",  -- for later steps
    "msdyn_paymentmethodtype" AS "both.msdyn_paymentmethodtype",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."NAME" AS "NAME", x."DESCRIPTION" AS "DESCRIPTION", x."NUMBEROFMONTHS" AS "NUMBEROFMONTHS", x."NUMBEROFDAYS" AS "NUMBEROFDAYS", x."CUTOFFDAYOFMONTH" AS "CUTOFFDAYOFMONTH", x."ISCASHPAYMENT" AS "ISCASHPAYMENT", x."ISCERTIFIEDCOMPANYCHECK" AS "ISCERTIFIEDCOMPANYCHECK", x."ISDEFAULTPAYMENTTERM" AS "ISDEFAULTPAYMENTTERM", x."CREDITCARDPAYMENTTYPE" AS "CREDITCARDPAYMENTTYPE", x."CREDITCARDCREDITCHECKTYPE" AS "CREDITCARDCREDITCHECKTYPE", x."PAYMENTDAYNAME" AS "PAYMENTDAYNAME", x."PAYMENTSCHEDULENAME" AS "PAYMENTSCHEDULENAME", x."PAYMENTMETHODTYPE" AS "PAYMENTMETHODTYPE"
  FROM "finops"."PaymentTerms" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.PaymentTerms' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."PaymentTerms" AS x WHERE x."NAME" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_description" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target)) AND NOT (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source))
    END AS "#goes.msdyn_description",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_numberofmonth" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_numberofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".target)) AND NOT (CAST(target."NUMBEROFMONTHS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".source))
    END AS "#goes.msdyn_numberofmonth",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_days" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_days" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".target)) AND NOT (CAST(target."NUMBEROFDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".source))
    END AS "#goes.msdyn_days",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_cutoffdayofmonth" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_cutoffdayofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".target)) AND NOT (CAST(target."CUTOFFDAYOFMONTH" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".source))
    END AS "#goes.msdyn_cutoffdayofmonth",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_iscashpayment" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_iscashpayment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".target)) AND NOT (CAST(target."ISCASHPAYMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".source))
    END AS "#goes.msdyn_iscashpayment",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_iscertifiedcompanycheck" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_iscertifiedcompanycheck" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".target)) AND NOT (CAST(target."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".source))
    END AS "#goes.msdyn_iscertifiedcompanycheck",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isdefaultpaymentterm" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isdefaultpaymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".target)) AND NOT (CAST(target."ISDEFAULTPAYMENTTERM" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".source))
    END AS "#goes.msdyn_isdefaultpaymentterm",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditcardpaymenttype" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_creditcardpaymenttype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".target)) AND NOT (CAST(target."CREDITCARDPAYMENTTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".source))
    END AS "#goes.msdyn_creditcardpaymenttype",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditcardcreditchecktype" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_creditcardcreditchecktype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".target)) AND NOT (CAST(target."CREDITCARDCREDITCHECKTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".source))
    END AS "#goes.msdyn_creditcardcreditchecktype",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentdayname" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".target)) OR (CAST(mapped."PAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".source))) AND NOT (CAST(target."PAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".source))
    END AS "#goes.msdyn_paymentdayname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentschedulename" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentschedulename" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".target)) OR (CAST(mapped."PAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".source))) AND NOT (CAST(target."PAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".source))
    END AS "#goes.msdyn_paymentschedulename",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentmethodtype" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_paymentmethodtype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".target)) AND NOT (CAST(target."PAYMENTMETHODTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".source))
    END AS "#goes.msdyn_paymentmethodtype",
    target."#row" IS NOT NULL AND pact."msdyn_description" IS NOT NULL AND (CAST(mapped."both.msdyn_description" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".target)) AND (CAST(target."DESCRIPTION" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_description".source))
      AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION") AS "#clashes.msdyn_description",
    target."#row" IS NOT NULL AND pact."msdyn_numberofmonth" IS NOT NULL AND (CAST(mapped."both.msdyn_numberofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".target)) AND (CAST(target."NUMBEROFMONTHS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofmonth".source))
      AND (target."NUMBEROFMONTHS" IS DISTINCT FROM mapped."NUMBEROFMONTHS") AS "#clashes.msdyn_numberofmonth",
    target."#row" IS NOT NULL AND pact."msdyn_days" IS NOT NULL AND (CAST(mapped."both.msdyn_days" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".target)) AND (CAST(target."NUMBEROFDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_days".source))
      AND (target."NUMBEROFDAYS" IS DISTINCT FROM mapped."NUMBEROFDAYS") AS "#clashes.msdyn_days",
    target."#row" IS NOT NULL AND pact."msdyn_cutoffdayofmonth" IS NOT NULL AND (CAST(mapped."both.msdyn_cutoffdayofmonth" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".target)) AND (CAST(target."CUTOFFDAYOFMONTH" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_cutoffdayofmonth".source))
      AND (target."CUTOFFDAYOFMONTH" IS DISTINCT FROM mapped."CUTOFFDAYOFMONTH") AS "#clashes.msdyn_cutoffdayofmonth",
    target."#row" IS NOT NULL AND pact."msdyn_iscashpayment" IS NOT NULL AND (CAST(mapped."both.msdyn_iscashpayment" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".target)) AND (CAST(target."ISCASHPAYMENT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscashpayment".source))
      AND (target."ISCASHPAYMENT" IS DISTINCT FROM mapped."ISCASHPAYMENT") AS "#clashes.msdyn_iscashpayment",
    target."#row" IS NOT NULL AND pact."msdyn_iscertifiedcompanycheck" IS NOT NULL AND (CAST(mapped."both.msdyn_iscertifiedcompanycheck" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".target)) AND (CAST(target."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_iscertifiedcompanycheck".source))
      AND (target."ISCERTIFIEDCOMPANYCHECK" IS DISTINCT FROM mapped."ISCERTIFIEDCOMPANYCHECK") AS "#clashes.msdyn_iscertifiedcompanycheck",
    target."#row" IS NOT NULL AND pact."msdyn_isdefaultpaymentterm" IS NOT NULL AND (CAST(mapped."both.msdyn_isdefaultpaymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".target)) AND (CAST(target."ISDEFAULTPAYMENTTERM" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isdefaultpaymentterm".source))
      AND (target."ISDEFAULTPAYMENTTERM" IS DISTINCT FROM mapped."ISDEFAULTPAYMENTTERM") AS "#clashes.msdyn_isdefaultpaymentterm",
    target."#row" IS NOT NULL AND pact."msdyn_creditcardpaymenttype" IS NOT NULL AND (CAST(mapped."both.msdyn_creditcardpaymenttype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".target)) AND (CAST(target."CREDITCARDPAYMENTTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardpaymenttype".source))
      AND (target."CREDITCARDPAYMENTTYPE" IS DISTINCT FROM mapped."CREDITCARDPAYMENTTYPE") AS "#clashes.msdyn_creditcardpaymenttype",
    target."#row" IS NOT NULL AND pact."msdyn_creditcardcreditchecktype" IS NOT NULL AND (CAST(mapped."both.msdyn_creditcardcreditchecktype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".target)) AND (CAST(target."CREDITCARDCREDITCHECKTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditcardcreditchecktype".source))
      AND (target."CREDITCARDCREDITCHECKTYPE" IS DISTINCT FROM mapped."CREDITCARDCREDITCHECKTYPE") AS "#clashes.msdyn_creditcardcreditchecktype",
    target."#row" IS NOT NULL AND pact."msdyn_paymentdayname" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".target)) OR (CAST(mapped."PAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".source))) AND (CAST(target."PAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentdayname".source))
      AND (target."PAYMENTDAYNAME" IS DISTINCT FROM mapped."PAYMENTDAYNAME") AS "#clashes.msdyn_paymentdayname",
    target."#row" IS NOT NULL AND pact."msdyn_paymentschedulename" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentschedulename" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".target)) OR (CAST(mapped."PAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".source))) AND (CAST(target."PAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedulename".source))
      AND (target."PAYMENTSCHEDULENAME" IS DISTINCT FROM mapped."PAYMENTSCHEDULENAME") AS "#clashes.msdyn_paymentschedulename",
    target."#row" IS NOT NULL AND pact."msdyn_paymentmethodtype" IS NOT NULL AND (CAST(mapped."both.msdyn_paymentmethodtype" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".target)) AND (CAST(target."PAYMENTMETHODTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentmethodtype".source))
      AND (target."PAYMENTMETHODTYPE" IS DISTINCT FROM mapped."PAYMENTMETHODTYPE") AS "#clashes.msdyn_paymentmethodtype",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_description" THEN 'msdyn_description' || ': source ' || coalesce(CAST(target."DESCRIPTION" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_description" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_numberofmonth" THEN 'msdyn_numberofmonth' || ': source ' || coalesce(CAST(target."NUMBEROFMONTHS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_numberofmonth" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_days" THEN 'msdyn_days' || ': source ' || coalesce(CAST(target."NUMBEROFDAYS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_days" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_cutoffdayofmonth" THEN 'msdyn_cutoffdayofmonth' || ': source ' || coalesce(CAST(target."CUTOFFDAYOFMONTH" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_cutoffdayofmonth" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_iscashpayment" THEN 'msdyn_iscashpayment' || ': source ' || coalesce(CAST(target."ISCASHPAYMENT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_iscashpayment" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_iscertifiedcompanycheck" THEN 'msdyn_iscertifiedcompanycheck' || ': source ' || coalesce(CAST(target."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_iscertifiedcompanycheck" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isdefaultpaymentterm" THEN 'msdyn_isdefaultpaymentterm' || ': source ' || coalesce(CAST(target."ISDEFAULTPAYMENTTERM" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isdefaultpaymentterm" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditcardpaymenttype" THEN 'msdyn_creditcardpaymenttype' || ': source ' || coalesce(CAST(target."CREDITCARDPAYMENTTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_creditcardpaymenttype" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditcardcreditchecktype" THEN 'msdyn_creditcardcreditchecktype' || ': source ' || coalesce(CAST(target."CREDITCARDCREDITCHECKTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_creditcardcreditchecktype" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentdayname" THEN 'msdyn_paymentdayname' || ': source ' || coalesce(CAST(target."PAYMENTDAYNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentdayname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentschedulename" THEN 'msdyn_paymentschedulename' || ': source ' || coalesce(CAST(target."PAYMENTSCHEDULENAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentschedulename" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentmethodtype" THEN 'msdyn_paymentmethodtype' || ': source ' || coalesce(CAST(target."PAYMENTMETHODTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentmethodtype" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_description" AND (target."DESCRIPTION" IS DISTINCT FROM mapped."DESCRIPTION"))
      OR ("#goes.msdyn_numberofmonth" AND (target."NUMBEROFMONTHS" IS DISTINCT FROM mapped."NUMBEROFMONTHS"))
      OR ("#goes.msdyn_days" AND (target."NUMBEROFDAYS" IS DISTINCT FROM mapped."NUMBEROFDAYS"))
      OR ("#goes.msdyn_cutoffdayofmonth" AND (target."CUTOFFDAYOFMONTH" IS DISTINCT FROM mapped."CUTOFFDAYOFMONTH"))
      OR ("#goes.msdyn_iscashpayment" AND (target."ISCASHPAYMENT" IS DISTINCT FROM mapped."ISCASHPAYMENT"))
      OR ("#goes.msdyn_iscertifiedcompanycheck" AND (target."ISCERTIFIEDCOMPANYCHECK" IS DISTINCT FROM mapped."ISCERTIFIEDCOMPANYCHECK"))
      OR ("#goes.msdyn_isdefaultpaymentterm" AND (target."ISDEFAULTPAYMENTTERM" IS DISTINCT FROM mapped."ISDEFAULTPAYMENTTERM"))
      OR ("#goes.msdyn_creditcardpaymenttype" AND (target."CREDITCARDPAYMENTTYPE" IS DISTINCT FROM mapped."CREDITCARDPAYMENTTYPE"))
      OR ("#goes.msdyn_creditcardcreditchecktype" AND (target."CREDITCARDCREDITCHECKTYPE" IS DISTINCT FROM mapped."CREDITCARDCREDITCHECKTYPE"))
      OR ("#goes.msdyn_paymentdayname" AND (target."PAYMENTDAYNAME" IS DISTINCT FROM mapped."PAYMENTDAYNAME"))
      OR ("#goes.msdyn_paymentschedulename" AND (target."PAYMENTSCHEDULENAME" IS DISTINCT FROM mapped."PAYMENTSCHEDULENAME"))
      OR ("#goes.msdyn_paymentmethodtype" AND (target."PAYMENTMETHODTYPE" IS DISTINCT FROM mapped."PAYMENTMETHODTYPE")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."NAME" = mapped."NAME"
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
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 27  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 27  -- TARGET_MISSING
    WHEN "#clashes.msdyn_description" THEN 35  -- CONFLICT_STALE msdyn_description
    WHEN "#clashes.msdyn_numberofmonth" THEN 36  -- CONFLICT_STALE msdyn_numberofmonth
    WHEN "#clashes.msdyn_days" THEN 37  -- CONFLICT_STALE msdyn_days
    WHEN "#clashes.msdyn_cutoffdayofmonth" THEN 38  -- CONFLICT_STALE msdyn_cutoffdayofmonth
    WHEN "#clashes.msdyn_iscashpayment" THEN 39  -- CONFLICT_STALE msdyn_iscashpayment
    WHEN "#clashes.msdyn_iscertifiedcompanycheck" THEN 40  -- CONFLICT_STALE msdyn_iscertifiedcompanycheck
    WHEN "#clashes.msdyn_isdefaultpaymentterm" THEN 41  -- CONFLICT_STALE msdyn_isdefaultpaymentterm
    WHEN "#clashes.msdyn_creditcardpaymenttype" THEN 42  -- CONFLICT_STALE msdyn_creditcardpaymenttype
    WHEN "#clashes.msdyn_creditcardcreditchecktype" THEN 43  -- CONFLICT_STALE msdyn_creditcardcreditchecktype
    WHEN "#clashes.msdyn_paymentdayname" THEN 44  -- CONFLICT_STALE msdyn_paymentdayname
    WHEN "#clashes.msdyn_paymentschedulename" THEN 45  -- CONFLICT_STALE msdyn_paymentschedulename
    WHEN "#clashes.msdyn_paymentmethodtype" THEN 46  -- CONFLICT_STALE msdyn_paymentmethodtype
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 30  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 29  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "NAME", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "NAME", "DESCRIPTION", "NUMBEROFMONTHS", "NUMBEROFDAYS", "CUTOFFDAYOFMONTH", "ISCASHPAYMENT", "ISCERTIFIEDCOMPANYCHECK", "ISDEFAULTPAYMENTTERM", "CREDITCARDPAYMENTTYPE", "CREDITCARDCREDITCHECKTYPE", "PAYMENTDAYNAME", "PAYMENTSCHEDULENAME", "PAYMENTMETHODTYPE")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "NAME"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 32 ELSE 31 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."NAME" = duplicates."NAME"
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
UPDATE shaped SET "#reason" = 31, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'payment_terms:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.PaymentTerms' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentterms" AS source WHERE coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 31, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_paymentterms" AS source
WHERE coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 31, claim."#target_key"
FROM "dataverse"."msdyn_paymentterms" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46) THEN 'rejected'
  WHEN "#reason" IN (32) THEN 'superseded'
  WHEN "#reason" IN (33) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.PaymentTerms that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."PaymentTerms") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'payment_terms:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'payment_terms:back' AND link.state = 'live' AND link.target = 'finops.PaymentTerms'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentterms" AS source WHERE coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_paymentterms" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'payment_terms:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."PaymentTerms") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'payment_terms:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."PaymentTerms") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'payment_terms:back' AND link.state = 'live' AND link.target = 'finops.PaymentTerms'
  AND NOT EXISTS (SELECT 1 FROM "finops"."PaymentTerms" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.PaymentTerms

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_description" THEN shaped."DESCRIPTION" ELSE t."DESCRIPTION" END AS "DESCRIPTION", CASE WHEN shaped."#goes.msdyn_numberofmonth" THEN shaped."NUMBEROFMONTHS" ELSE t."NUMBEROFMONTHS" END AS "NUMBEROFMONTHS", CASE WHEN shaped."#goes.msdyn_days" THEN shaped."NUMBEROFDAYS" ELSE t."NUMBEROFDAYS" END AS "NUMBEROFDAYS", CASE WHEN shaped."#goes.msdyn_cutoffdayofmonth" THEN shaped."CUTOFFDAYOFMONTH" ELSE t."CUTOFFDAYOFMONTH" END AS "CUTOFFDAYOFMONTH", CASE WHEN shaped."#goes.msdyn_iscashpayment" THEN shaped."ISCASHPAYMENT" ELSE t."ISCASHPAYMENT" END AS "ISCASHPAYMENT", CASE WHEN shaped."#goes.msdyn_iscertifiedcompanycheck" THEN shaped."ISCERTIFIEDCOMPANYCHECK" ELSE t."ISCERTIFIEDCOMPANYCHECK" END AS "ISCERTIFIEDCOMPANYCHECK", CASE WHEN shaped."#goes.msdyn_isdefaultpaymentterm" THEN shaped."ISDEFAULTPAYMENTTERM" ELSE t."ISDEFAULTPAYMENTTERM" END AS "ISDEFAULTPAYMENTTERM", CASE WHEN shaped."#goes.msdyn_creditcardpaymenttype" THEN shaped."CREDITCARDPAYMENTTYPE" ELSE t."CREDITCARDPAYMENTTYPE" END AS "CREDITCARDPAYMENTTYPE", CASE WHEN shaped."#goes.msdyn_creditcardcreditchecktype" THEN shaped."CREDITCARDCREDITCHECKTYPE" ELSE t."CREDITCARDCREDITCHECKTYPE" END AS "CREDITCARDCREDITCHECKTYPE", CASE WHEN shaped."#goes.msdyn_paymentdayname" THEN shaped."PAYMENTDAYNAME" ELSE t."PAYMENTDAYNAME" END AS "PAYMENTDAYNAME", CASE WHEN shaped."#goes.msdyn_paymentschedulename" THEN shaped."PAYMENTSCHEDULENAME" ELSE t."PAYMENTSCHEDULENAME" END AS "PAYMENTSCHEDULENAME", CASE WHEN shaped."#goes.msdyn_paymentmethodtype" THEN shaped."PAYMENTMETHODTYPE" ELSE t."PAYMENTMETHODTYPE" END AS "PAYMENTMETHODTYPE", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."PaymentTerms" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.PaymentTerms
INSERT INTO "finops"."PaymentTerms" ("dataAreaId", "NAME", "DESCRIPTION", "NUMBEROFMONTHS", "NUMBEROFDAYS", "CUTOFFDAYOFMONTH", "ISCASHPAYMENT", "ISCERTIFIEDCOMPANYCHECK", "ISDEFAULTPAYMENTTERM", "CREDITCARDPAYMENTTYPE", "CREDITCARDCREDITCHECKTYPE", "PAYMENTDAYNAME", "PAYMENTSCHEDULENAME", "PAYMENTMETHODTYPE", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "NAME", "DESCRIPTION", "NUMBEROFMONTHS", "NUMBEROFDAYS", "CUTOFFDAYOFMONTH", "ISCASHPAYMENT", "ISCERTIFIEDCOMPANYCHECK", "ISDEFAULTPAYMENTTERM", "CREDITCARDPAYMENTTYPE", "CREDITCARDCREDITCHECKTYPE", "PAYMENTDAYNAME", "PAYMENTSCHEDULENAME", "PAYMENTMETHODTYPE", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'payment_terms:back' AS leg, new."#key" AS source_key, 'finops.PaymentTerms' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'DESCRIPTION', 'old': CAST(old."DESCRIPTION" AS VARCHAR), 'new': CAST(new."DESCRIPTION" AS VARCHAR)},
    {'column_name': 'NUMBEROFMONTHS', 'old': CAST(old."NUMBEROFMONTHS" AS VARCHAR), 'new': CAST(new."NUMBEROFMONTHS" AS VARCHAR)},
    {'column_name': 'NUMBEROFDAYS', 'old': CAST(old."NUMBEROFDAYS" AS VARCHAR), 'new': CAST(new."NUMBEROFDAYS" AS VARCHAR)},
    {'column_name': 'CUTOFFDAYOFMONTH', 'old': CAST(old."CUTOFFDAYOFMONTH" AS VARCHAR), 'new': CAST(new."CUTOFFDAYOFMONTH" AS VARCHAR)},
    {'column_name': 'ISCASHPAYMENT', 'old': CAST(old."ISCASHPAYMENT" AS VARCHAR), 'new': CAST(new."ISCASHPAYMENT" AS VARCHAR)},
    {'column_name': 'ISCERTIFIEDCOMPANYCHECK', 'old': CAST(old."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR), 'new': CAST(new."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR)},
    {'column_name': 'ISDEFAULTPAYMENTTERM', 'old': CAST(old."ISDEFAULTPAYMENTTERM" AS VARCHAR), 'new': CAST(new."ISDEFAULTPAYMENTTERM" AS VARCHAR)},
    {'column_name': 'CREDITCARDPAYMENTTYPE', 'old': CAST(old."CREDITCARDPAYMENTTYPE" AS VARCHAR), 'new': CAST(new."CREDITCARDPAYMENTTYPE" AS VARCHAR)},
    {'column_name': 'CREDITCARDCREDITCHECKTYPE', 'old': CAST(old."CREDITCARDCREDITCHECKTYPE" AS VARCHAR), 'new': CAST(new."CREDITCARDCREDITCHECKTYPE" AS VARCHAR)},
    {'column_name': 'PAYMENTDAYNAME', 'old': CAST(old."PAYMENTDAYNAME" AS VARCHAR), 'new': CAST(new."PAYMENTDAYNAME" AS VARCHAR)},
    {'column_name': 'PAYMENTSCHEDULENAME', 'old': CAST(old."PAYMENTSCHEDULENAME" AS VARCHAR), 'new': CAST(new."PAYMENTSCHEDULENAME" AS VARCHAR)},
    {'column_name': 'PAYMENTMETHODTYPE', 'old': CAST(old."PAYMENTMETHODTYPE" AS VARCHAR), 'new': CAST(new."PAYMENTMETHODTYPE" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."PaymentTerms" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."PaymentTerms" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."PaymentTerms"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'payment_terms:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_paymenttermid" AS VARCHAR), '') FROM "dataverse"."msdyn_paymentterms" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'payment_terms.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'payment_terms.map.yaml:12'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'payment_terms.map.yaml:12'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'payment_terms.map.yaml:12'),
  (5, 'TOO_LONG', 'NAME', /* place */ 'payment_terms.map.yaml:13'),
  (6, 'KEY_NULL', 'NAME', /* place */ 'payment_terms.map.yaml:13'),
  (7, 'TOO_LONG', 'DESCRIPTION', /* place */ 'payment_terms.map.yaml:15'),
  (8, 'VALUE_UNMAPPED', 'ISCASHPAYMENT', /* place */ 'payment_terms.map.yaml:19'),
  (9, 'VALUE_UNMAPPED', 'ISCASHPAYMENT', /* place */ 'payment_terms.map.yaml:19'),
  (10, 'VALUE_UNMAPPED', 'ISCERTIFIEDCOMPANYCHECK', /* place */ 'payment_terms.map.yaml:20'),
  (11, 'VALUE_UNMAPPED', 'ISCERTIFIEDCOMPANYCHECK', /* place */ 'payment_terms.map.yaml:20'),
  (12, 'VALUE_UNMAPPED', 'ISDEFAULTPAYMENTTERM', /* place */ 'payment_terms.map.yaml:21'),
  (13, 'VALUE_UNMAPPED', 'ISDEFAULTPAYMENTTERM', /* place */ 'payment_terms.map.yaml:21'),
  (14, 'VALUE_UNMAPPED', 'CREDITCARDPAYMENTTYPE', /* place */ 'payment_terms.map.yaml:22'),
  (15, 'VALUE_UNMAPPED', 'CREDITCARDPAYMENTTYPE', /* place */ 'payment_terms.map.yaml:22'),
  (16, 'VALUE_UNMAPPED', 'CREDITCARDCREDITCHECKTYPE', /* place */ 'payment_terms.map.yaml:23'),
  (17, 'VALUE_UNMAPPED', 'CREDITCARDCREDITCHECKTYPE', /* place */ 'payment_terms.map.yaml:23'),
  (18, 'LOOKUP_MISSING', 'PAYMENTDAYNAME', /* place */ 'payment_terms.map.yaml:24'),
  (19, 'LOOKUP_AMBIGUOUS', 'PAYMENTDAYNAME', /* place */ 'payment_terms.map.yaml:24'),
  (20, 'TOO_LONG', 'PAYMENTDAYNAME', /* place */ 'payment_terms.map.yaml:24'),
  (21, 'LOOKUP_MISSING', 'PAYMENTSCHEDULENAME', /* place */ 'payment_terms.map.yaml:25'),
  (22, 'LOOKUP_AMBIGUOUS', 'PAYMENTSCHEDULENAME', /* place */ 'payment_terms.map.yaml:25'),
  (23, 'TOO_LONG', 'PAYMENTSCHEDULENAME', /* place */ 'payment_terms.map.yaml:25'),
  (24, 'VALUE_UNMAPPED', 'PAYMENTMETHODTYPE', /* place */ 'payment_terms.map.yaml:27'),
  (25, 'VALUE_UNMAPPED', 'PAYMENTMETHODTYPE', /* place */ 'payment_terms.map.yaml:27'),
  (26, 'TARGET_EXISTS', '', /* place */ 'payment_terms.map.yaml:4'),
  (27, 'TARGET_MISSING', '', /* place */ 'payment_terms.map.yaml:4'),
  (28, 'TARGET_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (29, 'UPDATE_NOT_ALLOWED', '', /* place */ 'payment_terms.map.yaml:4'),
  (30, 'CONFLICT_STALE', '', /* place */ 'payment_terms.map.yaml:4'),
  (31, 'KEY_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (32, 'SUPERSEDED', '', /* place */ 'payment_terms.map.yaml:4'),
  (33, 'SET_INCOMPLETE', '', /* place */ 'payment_terms.map.yaml:4'),
  (34, 'TARGET_REFUSED', '', /* place */ 'payment_terms.map.yaml:4'),
  (35, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'payment_terms.map.yaml:15'),
  (36, 'CONFLICT_STALE', 'msdyn_numberofmonth', /* place */ 'payment_terms.map.yaml:16'),
  (37, 'CONFLICT_STALE', 'msdyn_days', /* place */ 'payment_terms.map.yaml:17'),
  (38, 'CONFLICT_STALE', 'msdyn_cutoffdayofmonth', /* place */ 'payment_terms.map.yaml:18'),
  (39, 'CONFLICT_STALE', 'msdyn_iscashpayment', /* place */ 'payment_terms.map.yaml:19'),
  (40, 'CONFLICT_STALE', 'msdyn_iscertifiedcompanycheck', /* place */ 'payment_terms.map.yaml:20'),
  (41, 'CONFLICT_STALE', 'msdyn_isdefaultpaymentterm', /* place */ 'payment_terms.map.yaml:21'),
  (42, 'CONFLICT_STALE', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (43, 'CONFLICT_STALE', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (44, 'CONFLICT_STALE', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (45, 'CONFLICT_STALE', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (46, 'CONFLICT_STALE', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'payment_terms:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'payment_terms:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'payment_terms:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_paymenttermid', CAST(source."msdyn_paymenttermid" AS VARCHAR), 'msdyn_name', CAST(source."msdyn_name" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'msdyn_numberofmonth', CAST(source."msdyn_numberofmonth" AS VARCHAR), 'msdyn_days', CAST(source."msdyn_days" AS VARCHAR), 'msdyn_cutoffdayofmonth', CAST(source."msdyn_cutoffdayofmonth" AS VARCHAR), 'msdyn_iscashpayment', CAST(source."msdyn_iscashpayment" AS VARCHAR), 'msdyn_iscertifiedcompanycheck', CAST(source."msdyn_iscertifiedcompanycheck" AS VARCHAR), 'msdyn_isdefaultpaymentterm', CAST(source."msdyn_isdefaultpaymentterm" AS VARCHAR), 'msdyn_creditcardpaymenttype', CAST(source."msdyn_creditcardpaymenttype" AS VARCHAR), 'msdyn_creditcardcreditchecktype', CAST(source."msdyn_creditcardcreditchecktype" AS VARCHAR), 'msdyn_paymentdayname', CAST(source."msdyn_paymentdayname" AS VARCHAR), 'msdyn_paymentschedulename', CAST(source."msdyn_paymentschedulename" AS VARCHAR), 'msdyn_paymentmethodtype', CAST(source."msdyn_paymentmethodtype" AS VARCHAR), 'msdyn_company', CAST(source."msdyn_company" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'payment_terms.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'payment_terms.map.yaml:12'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'payment_terms.map.yaml:12'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'payment_terms.map.yaml:12'),
  (5, 'TOO_LONG', 'NAME', /* place */ 'payment_terms.map.yaml:13'),
  (6, 'KEY_NULL', 'NAME', /* place */ 'payment_terms.map.yaml:13'),
  (7, 'TOO_LONG', 'DESCRIPTION', /* place */ 'payment_terms.map.yaml:15'),
  (8, 'VALUE_UNMAPPED', 'ISCASHPAYMENT', /* place */ 'payment_terms.map.yaml:19'),
  (9, 'VALUE_UNMAPPED', 'ISCASHPAYMENT', /* place */ 'payment_terms.map.yaml:19'),
  (10, 'VALUE_UNMAPPED', 'ISCERTIFIEDCOMPANYCHECK', /* place */ 'payment_terms.map.yaml:20'),
  (11, 'VALUE_UNMAPPED', 'ISCERTIFIEDCOMPANYCHECK', /* place */ 'payment_terms.map.yaml:20'),
  (12, 'VALUE_UNMAPPED', 'ISDEFAULTPAYMENTTERM', /* place */ 'payment_terms.map.yaml:21'),
  (13, 'VALUE_UNMAPPED', 'ISDEFAULTPAYMENTTERM', /* place */ 'payment_terms.map.yaml:21'),
  (14, 'VALUE_UNMAPPED', 'CREDITCARDPAYMENTTYPE', /* place */ 'payment_terms.map.yaml:22'),
  (15, 'VALUE_UNMAPPED', 'CREDITCARDPAYMENTTYPE', /* place */ 'payment_terms.map.yaml:22'),
  (16, 'VALUE_UNMAPPED', 'CREDITCARDCREDITCHECKTYPE', /* place */ 'payment_terms.map.yaml:23'),
  (17, 'VALUE_UNMAPPED', 'CREDITCARDCREDITCHECKTYPE', /* place */ 'payment_terms.map.yaml:23'),
  (18, 'LOOKUP_MISSING', 'PAYMENTDAYNAME', /* place */ 'payment_terms.map.yaml:24'),
  (19, 'LOOKUP_AMBIGUOUS', 'PAYMENTDAYNAME', /* place */ 'payment_terms.map.yaml:24'),
  (20, 'TOO_LONG', 'PAYMENTDAYNAME', /* place */ 'payment_terms.map.yaml:24'),
  (21, 'LOOKUP_MISSING', 'PAYMENTSCHEDULENAME', /* place */ 'payment_terms.map.yaml:25'),
  (22, 'LOOKUP_AMBIGUOUS', 'PAYMENTSCHEDULENAME', /* place */ 'payment_terms.map.yaml:25'),
  (23, 'TOO_LONG', 'PAYMENTSCHEDULENAME', /* place */ 'payment_terms.map.yaml:25'),
  (24, 'VALUE_UNMAPPED', 'PAYMENTMETHODTYPE', /* place */ 'payment_terms.map.yaml:27'),
  (25, 'VALUE_UNMAPPED', 'PAYMENTMETHODTYPE', /* place */ 'payment_terms.map.yaml:27'),
  (26, 'TARGET_EXISTS', '', /* place */ 'payment_terms.map.yaml:4'),
  (27, 'TARGET_MISSING', '', /* place */ 'payment_terms.map.yaml:4'),
  (28, 'TARGET_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (29, 'UPDATE_NOT_ALLOWED', '', /* place */ 'payment_terms.map.yaml:4'),
  (30, 'CONFLICT_STALE', '', /* place */ 'payment_terms.map.yaml:4'),
  (31, 'KEY_DUPLICATE', '', /* place */ 'payment_terms.map.yaml:4'),
  (32, 'SUPERSEDED', '', /* place */ 'payment_terms.map.yaml:4'),
  (33, 'SET_INCOMPLETE', '', /* place */ 'payment_terms.map.yaml:4'),
  (34, 'TARGET_REFUSED', '', /* place */ 'payment_terms.map.yaml:4'),
  (35, 'CONFLICT_STALE', 'msdyn_description', /* place */ 'payment_terms.map.yaml:15'),
  (36, 'CONFLICT_STALE', 'msdyn_numberofmonth', /* place */ 'payment_terms.map.yaml:16'),
  (37, 'CONFLICT_STALE', 'msdyn_days', /* place */ 'payment_terms.map.yaml:17'),
  (38, 'CONFLICT_STALE', 'msdyn_cutoffdayofmonth', /* place */ 'payment_terms.map.yaml:18'),
  (39, 'CONFLICT_STALE', 'msdyn_iscashpayment', /* place */ 'payment_terms.map.yaml:19'),
  (40, 'CONFLICT_STALE', 'msdyn_iscertifiedcompanycheck', /* place */ 'payment_terms.map.yaml:20'),
  (41, 'CONFLICT_STALE', 'msdyn_isdefaultpaymentterm', /* place */ 'payment_terms.map.yaml:21'),
  (42, 'CONFLICT_STALE', 'msdyn_creditcardpaymenttype', /* place */ 'payment_terms.map.yaml:22'),
  (43, 'CONFLICT_STALE', 'msdyn_creditcardcreditchecktype', /* place */ 'payment_terms.map.yaml:23'),
  (44, 'CONFLICT_STALE', 'msdyn_paymentdayname', /* place */ 'payment_terms.map.yaml:24'),
  (45, 'CONFLICT_STALE', 'msdyn_paymentschedulename', /* place */ 'payment_terms.map.yaml:25'),
  (46, 'CONFLICT_STALE', 'msdyn_paymentmethodtype', /* place */ 'payment_terms.map.yaml:26')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_paymentterms" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'payment_terms:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'payment_terms:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.PaymentTerms' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'payment_terms:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.PaymentTerms' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'payment_terms:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'payment_terms:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."PaymentTerms" AS x
  JOIN shaped ON shaped."#target_key" = replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'payment_terms' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- which target rows the new rows came from
INSERT INTO crosswalk.lineage BY NAME
SELECT 'payment_terms' AS leg, replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, 'dataverse.msdyn_paymentterms' AS target, shaped."#out_key" AS target_key, $run_id AS first_run, $run_id AS last_run, 'live' AS state
FROM shaped
JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."PaymentTerms" AS x) AS now ON now."#target_key" = shaped."#target_key"
WHERE shaped."#fate" = 'inserted'
  AND replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') NOT IN (SELECT source_key FROM crosswalk.lineage WHERE leg = 'payment_terms');

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."DESCRIPTION" IS NOT DISTINCT FROM shaped."DESCRIPTION"
        THEN {'column_name': 'msdyn_description', 'source': CAST(now."DESCRIPTION" AS VARCHAR), 'target': CAST(shaped."both.msdyn_description" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_description')[1] END,
      CASE WHEN now."NUMBEROFMONTHS" IS NOT DISTINCT FROM shaped."NUMBEROFMONTHS"
        THEN {'column_name': 'msdyn_numberofmonth', 'source': CAST(now."NUMBEROFMONTHS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_numberofmonth" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_numberofmonth')[1] END,
      CASE WHEN now."NUMBEROFDAYS" IS NOT DISTINCT FROM shaped."NUMBEROFDAYS"
        THEN {'column_name': 'msdyn_days', 'source': CAST(now."NUMBEROFDAYS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_days" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_days')[1] END,
      CASE WHEN now."CUTOFFDAYOFMONTH" IS NOT DISTINCT FROM shaped."CUTOFFDAYOFMONTH"
        THEN {'column_name': 'msdyn_cutoffdayofmonth', 'source': CAST(now."CUTOFFDAYOFMONTH" AS VARCHAR), 'target': CAST(shaped."both.msdyn_cutoffdayofmonth" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_cutoffdayofmonth')[1] END,
      CASE WHEN now."ISCASHPAYMENT" IS NOT DISTINCT FROM shaped."ISCASHPAYMENT"
        THEN {'column_name': 'msdyn_iscashpayment', 'source': CAST(now."ISCASHPAYMENT" AS VARCHAR), 'target': CAST(shaped."both.msdyn_iscashpayment" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_iscashpayment')[1] END,
      CASE WHEN now."ISCERTIFIEDCOMPANYCHECK" IS NOT DISTINCT FROM shaped."ISCERTIFIEDCOMPANYCHECK"
        THEN {'column_name': 'msdyn_iscertifiedcompanycheck', 'source': CAST(now."ISCERTIFIEDCOMPANYCHECK" AS VARCHAR), 'target': CAST(shaped."both.msdyn_iscertifiedcompanycheck" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_iscertifiedcompanycheck')[1] END,
      CASE WHEN now."ISDEFAULTPAYMENTTERM" IS NOT DISTINCT FROM shaped."ISDEFAULTPAYMENTTERM"
        THEN {'column_name': 'msdyn_isdefaultpaymentterm', 'source': CAST(now."ISDEFAULTPAYMENTTERM" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isdefaultpaymentterm" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isdefaultpaymentterm')[1] END,
      CASE WHEN now."CREDITCARDPAYMENTTYPE" IS NOT DISTINCT FROM shaped."CREDITCARDPAYMENTTYPE"
        THEN {'column_name': 'msdyn_creditcardpaymenttype', 'source': CAST(now."CREDITCARDPAYMENTTYPE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_creditcardpaymenttype" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditcardpaymenttype')[1] END,
      CASE WHEN now."CREDITCARDCREDITCHECKTYPE" IS NOT DISTINCT FROM shaped."CREDITCARDCREDITCHECKTYPE"
        THEN {'column_name': 'msdyn_creditcardcreditchecktype', 'source': CAST(now."CREDITCARDCREDITCHECKTYPE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_creditcardcreditchecktype" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditcardcreditchecktype')[1] END,
      CASE WHEN now."PAYMENTDAYNAME" IS NOT DISTINCT FROM shaped."PAYMENTDAYNAME"
        THEN {'column_name': 'msdyn_paymentdayname', 'source': CAST(now."PAYMENTDAYNAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentdayname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentdayname')[1] END,
      CASE WHEN now."PAYMENTSCHEDULENAME" IS NOT DISTINCT FROM shaped."PAYMENTSCHEDULENAME"
        THEN {'column_name': 'msdyn_paymentschedulename', 'source': CAST(now."PAYMENTSCHEDULENAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentschedulename" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedulename')[1] END,
      CASE WHEN now."PAYMENTMETHODTYPE" IS NOT DISTINCT FROM shaped."PAYMENTMETHODTYPE"
        THEN {'column_name': 'msdyn_paymentmethodtype', 'source': CAST(now."PAYMENTMETHODTYPE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentmethodtype" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentmethodtype')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."PaymentTerms" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'payment_terms' AND pact.source_key = replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."NAME" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'payment_terms' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'payment_terms' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'payment_terms:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'payment_terms:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
