-- vendors_v2: Vendors V2 (msdyn_vendors)
-- finops.VendorsV2 -> dataverse.msdyn_vendors, incremental

-- step 1: extract finops.VendorsV2

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.VendorsV2' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."VENDORACCOUNTNUMBER" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."VendorsV2" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."VendorsV2" AS x), TRUE)
  ) AS content
FROM "finops"."VendorsV2" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.msdyn_vendorgroups' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorgroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendorgroups" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_vendorgroups" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_vendorgroups" AS x
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
FROM "dataverse"."msdyn_paymentschedules" AS x
UNION ALL
SELECT 'dataverse.msdyn_paymentterms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentterms" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentterms" AS x
UNION ALL
SELECT 'dataverse.msdyn_parties' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_parties" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_parties" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_parties" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.msdyn_vendorpaymentmethods' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorpaymentmethodid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendorpaymentmethods" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_vendorpaymentmethods" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_vendorpaymentmethods" AS x
UNION ALL
SELECT 'dataverse.msdyn_taxgroups' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_taxgroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_taxgroups" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_taxgroups" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_taxgroups" AS x
UNION ALL
SELECT 'dataverse.msdyn_contactforparties' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_contactforpartyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_contactforparties" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_contactforparties" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_contactforparties" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'vendors_v2' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.VendorsV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."VendorsV2" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.VendorsV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2' AND mark.entity = 'finops.VendorsV2'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendors_v2' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.VendorsV2'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."VendorsV2" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'vendors_v2' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."VendorsV2" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'vendors_v2' AND open.state = 'open'
);

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_vendorgroups changed: msdyn_vendorgroupid:msdyn_vendorgroups
INSERT INTO examined
SELECT source.rowid, 'msdyn_vendorgroupid:msdyn_vendorgroups changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendorgroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentdays changed: msdyn_defaultpaymentdayname:msdyn_paymentdays
INSERT INTO examined
SELECT source.rowid, 'msdyn_defaultpaymentdayname:msdyn_paymentdays changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentschedules changed: msdyn_paymentschedule:msdyn_paymentschedules
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentschedule:msdyn_paymentschedules changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentterms changed: msdyn_paymentterms:msdyn_paymentterms
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentterms:msdyn_paymentterms changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_parties changed: msdyn_partyid:msdyn_parties
INSERT INTO examined
SELECT source.rowid, 'msdyn_partyid:msdyn_parties changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: msdyn_currencycode:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'msdyn_currencycode:transactioncurrencies changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_vendorpaymentmethods changed: msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods
INSERT INTO examined
SELECT source.rowid, 'msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendorpaymentmethods'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_taxgroups changed: msdyn_taxgroup:msdyn_taxgroups
INSERT INTO examined
SELECT source.rowid, 'msdyn_taxgroup:msdyn_taxgroups changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_taxgroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_contactforparties changed: msdyn_primarycontact:msdyn_contactforparties
INSERT INTO examined
SELECT source.rowid, 'msdyn_primarycontact:msdyn_contactforparties changed'
FROM "finops"."VendorsV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_contactforparties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."VendorsV2" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'vendors_v2' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."VendorsV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'vendors_v2' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."VendorsV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."VendorsV2") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'vendors_v2' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."VENDORACCOUNTNUMBER",
    source."ModifiedDateTime",
    source."VENDORPARTYTYPE",
    source."VENDORGROUPID",
    source."CREDITLIMIT",
    source."ISFOREIGNENTITY",
    source."ISONETIMEVENDOR",
    source."CREDITRATING",
    source."DUNSNUMBER",
    source."ETHNICORIGINID",
    source."OURACCOUNTNUMBER",
    source."PAYMENTID",
    source."PRIMARYURL",
    source."DEFAULTPAYMENTDAYNAME",
    source."DEFAULTPAYMENTSCHEDULENAME",
    source."DEFAULTPAYMENTTERMSNAME",
    source."HASONLYTAKENBIDS",
    source."ISMINORITYOWNED",
    source."ISVENDORLOCALLYOWNED",
    source."ISSERVICEVETERANOWNED",
    source."ISOWNERDISABLED",
    source."ISWOMANOWNER",
    source."ORGANIZATIONEMPLOYEEAMOUNT",
    source."VENDORHOLDRELEASEDATE",
    source."VENDORPARTYNUMBER",
    source."ONHOLDSTATUS",
    source."CURRENCYCODE",
    source."ISVENDORLOCATEDINHUBZONE",
    source."DEFAULTVENDORPAYMENTMETHODNAME",
    source."AREPRICESINCLUDINGSALESTAX",
    source."SALESTAXGROUPCODE",
    source."PRIMARYCONTACTPERSONID"
  FROM "finops"."VendorsV2" AS source
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
  LEFT JOIN (  -- msdyn_vendorgroupid:msdyn_vendorgroups
    SELECT x."msdyn_vendorgroup" AS "msdyn_vendorgroupid:msdyn_vendorgroups.#1", x."msdyn_company" AS "msdyn_vendorgroupid:msdyn_vendorgroups.#2", count(*) AS "msdyn_vendorgroupid:msdyn_vendorgroups.#hits", any_value(x."msdyn_vendorgroupid") AS "msdyn_vendorgroupid:msdyn_vendorgroups.msdyn_vendorgroupid"
    FROM "dataverse"."msdyn_vendorgroups" AS x
    WHERE x."msdyn_vendorgroup" IN (SELECT DISTINCT nullif("VENDORGROUPID", '') FROM "landed")
    GROUP BY x."msdyn_vendorgroup", x."msdyn_company"
  ) ON "msdyn_vendorgroupid:msdyn_vendorgroups.#1" = nullif("VENDORGROUPID", '') AND "msdyn_vendorgroupid:msdyn_vendorgroups.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_defaultpaymentdayname:msdyn_paymentdays
    SELECT x."msdyn_name" AS "msdyn_defaultpaymentdayname:msdyn_paymentdays.#1", x."msdyn_company" AS "msdyn_defaultpaymentdayname:msdyn_paymentdays.#2", count(*) AS "msdyn_defaultpaymentdayname:msdyn_paymentdays.#hits", any_value(x."msdyn_paymentdayid") AS "msdyn_defaultpaymentdayname:msdyn_paymentdays.msdyn_paymentdayid"
    FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("DEFAULTPAYMENTDAYNAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_defaultpaymentdayname:msdyn_paymentdays.#1" = nullif("DEFAULTPAYMENTDAYNAME", '') AND "msdyn_defaultpaymentdayname:msdyn_paymentdays.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentschedule:msdyn_paymentschedules
    SELECT x."msdyn_name" AS "msdyn_paymentschedule:msdyn_paymentschedules.#1", x."msdyn_company" AS "msdyn_paymentschedule:msdyn_paymentschedules.#2", count(*) AS "msdyn_paymentschedule:msdyn_paymentschedules.#hits", any_value(x."msdyn_paymentscheduleid") AS "msdyn_paymentschedule:msdyn_paymentschedules.msdyn_paymentscheduleid"
    FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("DEFAULTPAYMENTSCHEDULENAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentschedule:msdyn_paymentschedules.#1" = nullif("DEFAULTPAYMENTSCHEDULENAME", '') AND "msdyn_paymentschedule:msdyn_paymentschedules.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentterms:msdyn_paymentterms
    SELECT x."msdyn_name" AS "msdyn_paymentterms:msdyn_paymentterms.#1", x."msdyn_company" AS "msdyn_paymentterms:msdyn_paymentterms.#2", count(*) AS "msdyn_paymentterms:msdyn_paymentterms.#hits", any_value(x."msdyn_paymenttermid") AS "msdyn_paymentterms:msdyn_paymentterms.msdyn_paymenttermid"
    FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("DEFAULTPAYMENTTERMSNAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentterms:msdyn_paymentterms.#1" = nullif("DEFAULTPAYMENTTERMSNAME", '') AND "msdyn_paymentterms:msdyn_paymentterms.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_partyid:msdyn_parties
    SELECT x."msdyn_partynumber" AS "msdyn_partyid:msdyn_parties.#1", count(*) AS "msdyn_partyid:msdyn_parties.#hits", any_value(x."msdyn_partyid") AS "msdyn_partyid:msdyn_parties.msdyn_partyid"
    FROM "dataverse"."msdyn_parties" AS x
    WHERE x."msdyn_partynumber" IN (SELECT DISTINCT nullif("VENDORPARTYNUMBER", '') FROM "landed")
    GROUP BY x."msdyn_partynumber"
  ) ON "msdyn_partyid:msdyn_parties.#1" = nullif("VENDORPARTYNUMBER", '')
  LEFT JOIN (  -- msdyn_currencycode:transactioncurrencies
    SELECT x."isocurrencycode" AS "msdyn_currencycode:transactioncurrencies.#1", count(*) AS "msdyn_currencycode:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "msdyn_currencycode:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("CURRENCYCODE", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "msdyn_currencycode:transactioncurrencies.#1" = nullif("CURRENCYCODE", '')
  LEFT JOIN (  -- msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods
    SELECT x."msdyn_name" AS "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#1", x."msdyn_company" AS "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#2", count(*) AS "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#hits", any_value(x."msdyn_vendorpaymentmethodid") AS "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.msdyn_vendorpaymentmethodid"
    FROM "dataverse"."msdyn_vendorpaymentmethods" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("DEFAULTVENDORPAYMENTMETHODNAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#1" = nullif("DEFAULTVENDORPAYMENTMETHODNAME", '') AND "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_taxgroup:msdyn_taxgroups
    SELECT x."msdyn_name" AS "msdyn_taxgroup:msdyn_taxgroups.#1", x."msdyn_company" AS "msdyn_taxgroup:msdyn_taxgroups.#2", count(*) AS "msdyn_taxgroup:msdyn_taxgroups.#hits", any_value(x."msdyn_taxgroupid") AS "msdyn_taxgroup:msdyn_taxgroups.msdyn_taxgroupid"
    FROM "dataverse"."msdyn_taxgroups" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("SALESTAXGROUPCODE", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_taxgroup:msdyn_taxgroups.#1" = nullif("SALESTAXGROUPCODE", '') AND "msdyn_taxgroup:msdyn_taxgroups.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_primarycontact:msdyn_contactforparties
    SELECT x."msdyn_contactforpartynumber" AS "msdyn_primarycontact:msdyn_contactforparties.#1", x."msdyn_company" AS "msdyn_primarycontact:msdyn_contactforparties.#2", count(*) AS "msdyn_primarycontact:msdyn_contactforparties.#hits", any_value(x."msdyn_contactforpartyid") AS "msdyn_primarycontact:msdyn_contactforparties.msdyn_contactforpartyid"
    FROM "dataverse"."msdyn_contactforparties" AS x
    WHERE x."msdyn_contactforpartynumber" IN (SELECT DISTINCT nullif("PRIMARYCONTACTPERSONID", '') FROM "landed")
    GROUP BY x."msdyn_contactforpartynumber", x."msdyn_company"
  ) ON "msdyn_primarycontact:msdyn_contactforparties.#1" = nullif("PRIMARYCONTACTPERSONID", '') AND "msdyn_primarycontact:msdyn_contactforparties.#2" = "msdyn_company:cdm_companies.cdm_companyid"
),
judged AS (
  SELECT *,
    coalesce((("VENDORPARTYTYPE" = 'Organization') OR ("VENDORPARTYTYPE" = 'Person')), FALSE) AS "#passes",  -- vendors_v2.map.yaml:11
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime vendors_v2.map.yaml:4
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_company vendors_v2.map.yaml:13
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_company vendors_v2.map.yaml:13
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 4  -- KEY_NULL msdyn_company vendors_v2.map.yaml:13
      WHEN (nullif("VENDORGROUPID", '') IS NOT NULL) AND ("msdyn_vendorgroupid:msdyn_vendorgroups.#hits" IS NULL) THEN 5  -- LOOKUP_MISSING msdyn_vendorgroupid vendors_v2.map.yaml:16
      WHEN coalesce("msdyn_vendorgroupid:msdyn_vendorgroups.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS msdyn_vendorgroupid vendors_v2.map.yaml:16
      WHEN NOT ("VENDORPARTYTYPE" IN ('Person', 'Organization')) THEN 7  -- VALUE_UNMAPPED msdyn_isperson vendors_v2.map.yaml:17
      WHEN NOT (abs(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 8  -- OUT_OF_RANGE msdyn_vendorcreditlimit vendors_v2.map.yaml:18
      WHEN NOT ("ISFOREIGNENTITY" IN ('yes', 'no')) THEN 9  -- VALUE_UNMAPPED msdyn_isforeignentity vendors_v2.map.yaml:19
      WHEN NOT ("ISONETIMEVENDOR" IN ('yes', 'no')) THEN 10  -- VALUE_UNMAPPED msdyn_isonetimevendor vendors_v2.map.yaml:20
      WHEN (nullif("DEFAULTPAYMENTDAYNAME", '') IS NOT NULL) AND ("msdyn_defaultpaymentdayname:msdyn_paymentdays.#hits" IS NULL) THEN 11  -- LOOKUP_MISSING msdyn_defaultpaymentdayname vendors_v2.map.yaml:27
      WHEN coalesce("msdyn_defaultpaymentdayname:msdyn_paymentdays.#hits", 0) > 1 THEN 12  -- LOOKUP_AMBIGUOUS msdyn_defaultpaymentdayname vendors_v2.map.yaml:27
      WHEN (nullif("DEFAULTPAYMENTSCHEDULENAME", '') IS NOT NULL) AND ("msdyn_paymentschedule:msdyn_paymentschedules.#hits" IS NULL) THEN 13  -- LOOKUP_MISSING msdyn_paymentschedule vendors_v2.map.yaml:28
      WHEN coalesce("msdyn_paymentschedule:msdyn_paymentschedules.#hits", 0) > 1 THEN 14  -- LOOKUP_AMBIGUOUS msdyn_paymentschedule vendors_v2.map.yaml:28
      WHEN (nullif("DEFAULTPAYMENTTERMSNAME", '') IS NOT NULL) AND ("msdyn_paymentterms:msdyn_paymentterms.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING msdyn_paymentterms vendors_v2.map.yaml:29
      WHEN coalesce("msdyn_paymentterms:msdyn_paymentterms.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS msdyn_paymentterms vendors_v2.map.yaml:29
      WHEN NOT ("HASONLYTAKENBIDS" IN ('yes', 'no')) THEN 17  -- VALUE_UNMAPPED msdyn_hasonlytakenbids vendors_v2.map.yaml:30
      WHEN NOT ("ISMINORITYOWNED" IN ('yes', 'no')) THEN 18  -- VALUE_UNMAPPED msdyn_isminorityowned vendors_v2.map.yaml:31
      WHEN NOT ("ISVENDORLOCALLYOWNED" IN ('yes', 'no')) THEN 19  -- VALUE_UNMAPPED msdyn_isvendorlocallyowned vendors_v2.map.yaml:32
      WHEN NOT ("ISSERVICEVETERANOWNED" IN ('yes', 'no')) THEN 20  -- VALUE_UNMAPPED msdyn_isserviceveteranowned vendors_v2.map.yaml:33
      WHEN NOT ("ISOWNERDISABLED" IN ('yes', 'no')) THEN 21  -- VALUE_UNMAPPED msdyn_ownerisdisabled vendors_v2.map.yaml:34
      WHEN NOT ("ISWOMANOWNER" IN ('yes', 'no')) THEN 22  -- VALUE_UNMAPPED msdyn_womanowner vendors_v2.map.yaml:35
      WHEN (nullif("VENDORPARTYNUMBER", '') IS NOT NULL) AND ("msdyn_partyid:msdyn_parties.#hits" IS NULL) THEN 23  -- LOOKUP_MISSING msdyn_partyid vendors_v2.map.yaml:38
      WHEN coalesce("msdyn_partyid:msdyn_parties.#hits", 0) > 1 THEN 24  -- LOOKUP_AMBIGUOUS msdyn_partyid vendors_v2.map.yaml:38
      WHEN NOT ("ONHOLDSTATUS" IN ('no', 'invoice', 'all', 'payment', 'requisition', 'never')) THEN 25  -- VALUE_UNMAPPED msdyn_onholdstatus vendors_v2.map.yaml:39
      WHEN NOT ((CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) IN (806380000, 806380001, 806380002, 806380003, 806380004, 806380005)) THEN 26  -- VALUE_UNMAPPED msdyn_onholdstatus vendors_v2.map.yaml:39
      WHEN (nullif("CURRENCYCODE", '') IS NOT NULL) AND ("msdyn_currencycode:transactioncurrencies.#hits" IS NULL) THEN 27  -- LOOKUP_MISSING msdyn_currencycode vendors_v2.map.yaml:40
      WHEN coalesce("msdyn_currencycode:transactioncurrencies.#hits", 0) > 1 THEN 28  -- LOOKUP_AMBIGUOUS msdyn_currencycode vendors_v2.map.yaml:40
      WHEN NOT ("ISVENDORLOCATEDINHUBZONE" IN ('yes', 'no')) THEN 29  -- VALUE_UNMAPPED msdyn_isvendorlocatedinhubzone vendors_v2.map.yaml:41
      WHEN (nullif("DEFAULTVENDORPAYMENTMETHODNAME", '') IS NOT NULL) AND ("msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#hits" IS NULL) THEN 30  -- LOOKUP_MISSING msdyn_vendorpaymentmethod vendors_v2.map.yaml:42
      WHEN coalesce("msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.#hits", 0) > 1 THEN 31  -- LOOKUP_AMBIGUOUS msdyn_vendorpaymentmethod vendors_v2.map.yaml:42
      WHEN NOT ("AREPRICESINCLUDINGSALESTAX" IN ('yes', 'no')) THEN 32  -- VALUE_UNMAPPED msdyn_priceincludessalestax vendors_v2.map.yaml:44
      WHEN (nullif("SALESTAXGROUPCODE", '') IS NOT NULL) AND ("msdyn_taxgroup:msdyn_taxgroups.#hits" IS NULL) THEN 33  -- LOOKUP_MISSING msdyn_taxgroup vendors_v2.map.yaml:45
      WHEN coalesce("msdyn_taxgroup:msdyn_taxgroups.#hits", 0) > 1 THEN 34  -- LOOKUP_AMBIGUOUS msdyn_taxgroup vendors_v2.map.yaml:45
      WHEN (nullif("PRIMARYCONTACTPERSONID", '') IS NOT NULL) AND ("msdyn_primarycontact:msdyn_contactforparties.#hits" IS NULL) THEN 35  -- LOOKUP_MISSING msdyn_primarycontact vendors_v2.map.yaml:46
      WHEN coalesce("msdyn_primarycontact:msdyn_contactforparties.#hits", 0) > 1 THEN 36  -- LOOKUP_AMBIGUOUS msdyn_primarycontact vendors_v2.map.yaml:46
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
      WHEN 5 THEN CAST(('dataverse.msdyn_vendorgroups: ' || coalesce(CAST(nullif("VENDORGROUPID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.msdyn_vendorgroups: ' || coalesce(CAST(nullif("VENDORGROUPID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST("VENDORPARTYTYPE" AS VARCHAR)
      WHEN 8 THEN CAST(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 9 THEN CAST("ISFOREIGNENTITY" AS VARCHAR)
      WHEN 10 THEN CAST("ISONETIMEVENDOR" AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.msdyn_paymentdays: ' || coalesce(CAST(nullif("DEFAULTPAYMENTDAYNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_paymentdays: ' || coalesce(CAST(nullif("DEFAULTPAYMENTDAYNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.msdyn_paymentschedules: ' || coalesce(CAST(nullif("DEFAULTPAYMENTSCHEDULENAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.msdyn_paymentschedules: ' || coalesce(CAST(nullif("DEFAULTPAYMENTSCHEDULENAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.msdyn_paymentterms: ' || coalesce(CAST(nullif("DEFAULTPAYMENTTERMSNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST(('dataverse.msdyn_paymentterms: ' || coalesce(CAST(nullif("DEFAULTPAYMENTTERMSNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 17 THEN CAST("HASONLYTAKENBIDS" AS VARCHAR)
      WHEN 18 THEN CAST("ISMINORITYOWNED" AS VARCHAR)
      WHEN 19 THEN CAST("ISVENDORLOCALLYOWNED" AS VARCHAR)
      WHEN 20 THEN CAST("ISSERVICEVETERANOWNED" AS VARCHAR)
      WHEN 21 THEN CAST("ISOWNERDISABLED" AS VARCHAR)
      WHEN 22 THEN CAST("ISWOMANOWNER" AS VARCHAR)
      WHEN 23 THEN CAST(('dataverse.msdyn_parties: ' || coalesce(CAST(nullif("VENDORPARTYNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 24 THEN CAST(('dataverse.msdyn_parties: ' || coalesce(CAST(nullif("VENDORPARTYNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 25 THEN CAST("ONHOLDSTATUS" AS VARCHAR)
      WHEN 26 THEN CAST((CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) AS VARCHAR)
      WHEN 27 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 28 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 29 THEN CAST("ISVENDORLOCATEDINHUBZONE" AS VARCHAR)
      WHEN 30 THEN CAST(('dataverse.msdyn_vendorpaymentmethods: ' || coalesce(CAST(nullif("DEFAULTVENDORPAYMENTMETHODNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 31 THEN CAST(('dataverse.msdyn_vendorpaymentmethods: ' || coalesce(CAST(nullif("DEFAULTVENDORPAYMENTMETHODNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 32 THEN CAST("AREPRICESINCLUDINGSALESTAX" AS VARCHAR)
      WHEN 33 THEN CAST(('dataverse.msdyn_taxgroups: ' || coalesce(CAST(nullif("SALESTAXGROUPCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 34 THEN CAST(('dataverse.msdyn_taxgroups: ' || coalesce(CAST(nullif("SALESTAXGROUPCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 35 THEN CAST(('dataverse.msdyn_contactforparties: ' || coalesce(CAST(nullif("PRIMARYCONTACTPERSONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 36 THEN CAST(('dataverse.msdyn_contactforparties: ' || coalesce(CAST(nullif("PRIMARYCONTACTPERSONID", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_company",  -- vendors_v2.map.yaml:13
    "VENDORACCOUNTNUMBER" AS "msdyn_vendoraccountnumber",  -- vendors_v2.map.yaml:14
    "msdyn_vendorgroupid:msdyn_vendorgroups.msdyn_vendorgroupid" AS "msdyn_vendorgroupid",  -- vendors_v2.map.yaml:16
    CAST(CASE "VENDORPARTYTYPE" WHEN 'Person' THEN TRUE WHEN 'Organization' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isperson",  -- vendors_v2.map.yaml:17
    CAST(CASE WHEN (abs(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "msdyn_vendorcreditlimit",  -- vendors_v2.map.yaml:18
    CAST(CASE "ISFOREIGNENTITY" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isforeignentity",  -- vendors_v2.map.yaml:19
    CAST(CASE "ISONETIMEVENDOR" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isonetimevendor",  -- vendors_v2.map.yaml:20
    "CREDITRATING" AS "msdyn_creditrating",  -- vendors_v2.map.yaml:21
    "DUNSNUMBER" AS "msdyn_dunsnumber",  -- vendors_v2.map.yaml:22
    "ETHNICORIGINID" AS "msdyn_ethnicorigin",  -- vendors_v2.map.yaml:23
    "OURACCOUNTNUMBER" AS "msdyn_ourvendoraccountnumber",  -- vendors_v2.map.yaml:24
    "PAYMENTID" AS "msdyn_paymentid",  -- vendors_v2.map.yaml:25
    "PRIMARYURL" AS "msdyn_primarycontacturl",  -- vendors_v2.map.yaml:26
    "msdyn_defaultpaymentdayname:msdyn_paymentdays.msdyn_paymentdayid" AS "msdyn_defaultpaymentdayname",  -- vendors_v2.map.yaml:27
    "msdyn_paymentschedule:msdyn_paymentschedules.msdyn_paymentscheduleid" AS "msdyn_paymentschedule",  -- vendors_v2.map.yaml:28
    "msdyn_paymentterms:msdyn_paymentterms.msdyn_paymenttermid" AS "msdyn_paymentterms",  -- vendors_v2.map.yaml:29
    CAST(CASE "HASONLYTAKENBIDS" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_hasonlytakenbids",  -- vendors_v2.map.yaml:30
    CAST(CASE "ISMINORITYOWNED" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isminorityowned",  -- vendors_v2.map.yaml:31
    CAST(CASE "ISVENDORLOCALLYOWNED" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isvendorlocallyowned",  -- vendors_v2.map.yaml:32
    CAST(CASE "ISSERVICEVETERANOWNED" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isserviceveteranowned",  -- vendors_v2.map.yaml:33
    CAST(CASE "ISOWNERDISABLED" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_ownerisdisabled",  -- vendors_v2.map.yaml:34
    CAST(CASE "ISWOMANOWNER" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_womanowner",  -- vendors_v2.map.yaml:35
    "ORGANIZATIONEMPLOYEEAMOUNT" AS "msdyn_numberofemployees",  -- vendors_v2.map.yaml:36
    "VENDORHOLDRELEASEDATE" AS "msdyn_vendoronholdreleasedate",  -- vendors_v2.map.yaml:37
    "msdyn_partyid:msdyn_parties.msdyn_partyid" AS "msdyn_partyid",  -- vendors_v2.map.yaml:38
    CAST(CASE WHEN ((CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) IN (806380000, 806380001, 806380002, 806380003, 806380004, 806380005)) THEN (CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) END AS BIGINT) AS "msdyn_onholdstatus",  -- vendors_v2.map.yaml:39
    "msdyn_currencycode:transactioncurrencies.transactioncurrencyid" AS "msdyn_currencycode",  -- vendors_v2.map.yaml:40
    CAST(CASE "ISVENDORLOCATEDINHUBZONE" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_isvendorlocatedinhubzone",  -- vendors_v2.map.yaml:41
    "msdyn_vendorpaymentmethod:msdyn_vendorpaymentmethods.msdyn_vendorpaymentmethodid" AS "msdyn_vendorpaymentmethod",  -- vendors_v2.map.yaml:42
    CAST(CASE "AREPRICESINCLUDINGSALESTAX" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_priceincludessalestax",  -- vendors_v2.map.yaml:44
    "msdyn_taxgroup:msdyn_taxgroups.msdyn_taxgroupid" AS "msdyn_taxgroup",  -- vendors_v2.map.yaml:45
    "msdyn_primarycontact:msdyn_contactforparties.msdyn_contactforpartyid" AS "msdyn_primarycontact",  -- vendors_v2.map.yaml:46
    CAST(CAST(md5('finops.VendorsV2 dataverse.msdyn_vendors msdyn_vendorid ' || "#key") AS UUID) AS UUID) AS "msdyn_vendorid",  -- made from the key
    "VENDORGROUPID" AS "both.VENDORGROUPID",  -- for later steps
    "VENDORPARTYTYPE" AS "both.VENDORPARTYTYPE",  -- for later steps
    "CREDITLIMIT" AS "both.CREDITLIMIT",  -- for later steps
    "ISFOREIGNENTITY" AS "both.ISFOREIGNENTITY",  -- for later steps
    "ISONETIMEVENDOR" AS "both.ISONETIMEVENDOR",  -- for later steps
    "CREDITRATING" AS "both.CREDITRATING",  -- for later steps
    "DUNSNUMBER" AS "both.DUNSNUMBER",  -- for later steps
    "ETHNICORIGINID" AS "both.ETHNICORIGINID",  -- for later steps
    "OURACCOUNTNUMBER" AS "both.OURACCOUNTNUMBER",  -- for later steps
    "PAYMENTID" AS "both.PAYMENTID",  -- for later steps
    "PRIMARYURL" AS "both.PRIMARYURL",  -- for later steps
    "DEFAULTPAYMENTDAYNAME" AS "both.DEFAULTPAYMENTDAYNAME",  -- for later steps
    "DEFAULTPAYMENTSCHEDULENAME" AS "both.DEFAULTPAYMENTSCHEDULENAME",  -- for later steps
    "DEFAULTPAYMENTTERMSNAME" AS "both.DEFAULTPAYMENTTERMSNAME",  -- for later steps
    "HASONLYTAKENBIDS" AS "both.HASONLYTAKENBIDS",  -- for later steps
    "ISMINORITYOWNED" AS "both.ISMINORITYOWNED",  -- for later steps
    "ISVENDORLOCALLYOWNED" AS "both.ISVENDORLOCALLYOWNED",  -- for later steps
    "ISSERVICEVETERANOWNED" AS "both.ISSERVICEVETERANOWNED",  -- for later steps
    "ISOWNERDISABLED" AS "both.ISOWNERDISABLED",  -- for later steps
    "ISWOMANOWNER" AS "both.ISWOMANOWNER",  -- for later steps
    "ORGANIZATIONEMPLOYEEAMOUNT" AS "both.ORGANIZATIONEMPLOYEEAMOUNT",  -- for later steps
    "VENDORHOLDRELEASEDATE" AS "both.VENDORHOLDRELEASEDATE",  -- for later steps
    "VENDORPARTYNUMBER" AS "both.VENDORPARTYNUMBER",  -- for later steps
    "ONHOLDSTATUS" AS "both.ONHOLDSTATUS",  -- for later steps
    "CURRENCYCODE" AS "both.CURRENCYCODE",  -- for later steps
    "ISVENDORLOCATEDINHUBZONE" AS "both.ISVENDORLOCATEDINHUBZONE",  -- for later steps
    "DEFAULTVENDORPAYMENTMETHODNAME" AS "both.DEFAULTVENDORPAYMENTMETHODNAME",  -- for later steps
    "AREPRICESINCLUDINGSALESTAX" AS "both.AREPRICESINCLUDINGSALESTAX",  -- for later steps
    "SALESTAXGROUPCODE" AS "both.SALESTAXGROUPCODE",  -- for later steps
    "PRIMARYCONTACTPERSONID" AS "both.PRIMARYCONTACTPERSONID",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."msdyn_vendorid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."msdyn_vendoraccountnumber" AS "msdyn_vendoraccountnumber", x."msdyn_vendorgroupid" AS "msdyn_vendorgroupid", x."msdyn_isperson" AS "msdyn_isperson", x."msdyn_vendorcreditlimit" AS "msdyn_vendorcreditlimit", x."msdyn_isforeignentity" AS "msdyn_isforeignentity", x."msdyn_isonetimevendor" AS "msdyn_isonetimevendor", x."msdyn_creditrating" AS "msdyn_creditrating", x."msdyn_dunsnumber" AS "msdyn_dunsnumber", x."msdyn_ethnicorigin" AS "msdyn_ethnicorigin", x."msdyn_ourvendoraccountnumber" AS "msdyn_ourvendoraccountnumber", x."msdyn_paymentid" AS "msdyn_paymentid", x."msdyn_primarycontacturl" AS "msdyn_primarycontacturl", x."msdyn_defaultpaymentdayname" AS "msdyn_defaultpaymentdayname", x."msdyn_paymentschedule" AS "msdyn_paymentschedule", x."msdyn_paymentterms" AS "msdyn_paymentterms", x."msdyn_hasonlytakenbids" AS "msdyn_hasonlytakenbids", x."msdyn_isminorityowned" AS "msdyn_isminorityowned", x."msdyn_isvendorlocallyowned" AS "msdyn_isvendorlocallyowned", x."msdyn_isserviceveteranowned" AS "msdyn_isserviceveteranowned", x."msdyn_ownerisdisabled" AS "msdyn_ownerisdisabled", x."msdyn_womanowner" AS "msdyn_womanowner", x."msdyn_numberofemployees" AS "msdyn_numberofemployees", x."msdyn_vendoronholdreleasedate" AS "msdyn_vendoronholdreleasedate", x."msdyn_partyid" AS "msdyn_partyid", x."msdyn_onholdstatus" AS "msdyn_onholdstatus", x."msdyn_currencycode" AS "msdyn_currencycode", x."msdyn_isvendorlocatedinhubzone" AS "msdyn_isvendorlocatedinhubzone", x."msdyn_vendorpaymentmethod" AS "msdyn_vendorpaymentmethod", x."msdyn_priceincludessalestax" AS "msdyn_priceincludessalestax", x."msdyn_taxgroup" AS "msdyn_taxgroup", x."msdyn_primarycontact" AS "msdyn_primarycontact"
  FROM "dataverse"."msdyn_vendors" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.msdyn_vendors' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."msdyn_vendors" AS x WHERE x."msdyn_vendoraccountnumber" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendorgroupid" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.VENDORGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".source)) OR (CAST(mapped."msdyn_vendorgroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".target))) AND NOT (CAST(target."msdyn_vendorgroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".target))
    END AS "#goes.msdyn_vendorgroupid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isperson" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.VENDORPARTYTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".source)) AND NOT (CAST(target."msdyn_isperson" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".target))
    END AS "#goes.msdyn_isperson",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendorcreditlimit" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".source)) AND NOT (CAST(target."msdyn_vendorcreditlimit" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".target))
    END AS "#goes.msdyn_vendorcreditlimit",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isforeignentity" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISFOREIGNENTITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".source)) AND NOT (CAST(target."msdyn_isforeignentity" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".target))
    END AS "#goes.msdyn_isforeignentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isonetimevendor" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISONETIMEVENDOR" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".source)) AND NOT (CAST(target."msdyn_isonetimevendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".target))
    END AS "#goes.msdyn_isonetimevendor",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditrating" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source)) AND NOT (CAST(target."msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target))
    END AS "#goes.msdyn_creditrating",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_dunsnumber" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.DUNSNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".source)) AND NOT (CAST(target."msdyn_dunsnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".target))
    END AS "#goes.msdyn_dunsnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_ethnicorigin" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ETHNICORIGINID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".source)) AND NOT (CAST(target."msdyn_ethnicorigin" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".target))
    END AS "#goes.msdyn_ethnicorigin",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_ourvendoraccountnumber" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.OURACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".source)) AND NOT (CAST(target."msdyn_ourvendoraccountnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".target))
    END AS "#goes.msdyn_ourvendoraccountnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentid" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PAYMENTID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".source)) AND NOT (CAST(target."msdyn_paymentid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".target))
    END AS "#goes.msdyn_paymentid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_primarycontacturl" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PRIMARYURL" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".source)) AND NOT (CAST(target."msdyn_primarycontacturl" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".target))
    END AS "#goes.msdyn_primarycontacturl",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_defaultpaymentdayname" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.DEFAULTPAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".source)) OR (CAST(mapped."msdyn_defaultpaymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".target))) AND NOT (CAST(target."msdyn_defaultpaymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".target))
    END AS "#goes.msdyn_defaultpaymentdayname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentschedule" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source)) OR (CAST(mapped."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))) AND NOT (CAST(target."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))
    END AS "#goes.msdyn_paymentschedule",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentterms" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.DEFAULTPAYMENTTERMSNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".source)) OR (CAST(mapped."msdyn_paymentterms" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".target))) AND NOT (CAST(target."msdyn_paymentterms" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".target))
    END AS "#goes.msdyn_paymentterms",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_hasonlytakenbids" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.HASONLYTAKENBIDS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".source)) AND NOT (CAST(target."msdyn_hasonlytakenbids" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".target))
    END AS "#goes.msdyn_hasonlytakenbids",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isminorityowned" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISMINORITYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".source)) AND NOT (CAST(target."msdyn_isminorityowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".target))
    END AS "#goes.msdyn_isminorityowned",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isvendorlocallyowned" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISVENDORLOCALLYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".source)) AND NOT (CAST(target."msdyn_isvendorlocallyowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".target))
    END AS "#goes.msdyn_isvendorlocallyowned",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isserviceveteranowned" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISSERVICEVETERANOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".source)) AND NOT (CAST(target."msdyn_isserviceveteranowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".target))
    END AS "#goes.msdyn_isserviceveteranowned",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_ownerisdisabled" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISOWNERDISABLED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".source)) AND NOT (CAST(target."msdyn_ownerisdisabled" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".target))
    END AS "#goes.msdyn_ownerisdisabled",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_womanowner" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISWOMANOWNER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".source)) AND NOT (CAST(target."msdyn_womanowner" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".target))
    END AS "#goes.msdyn_womanowner",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_numberofemployees" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".source)) AND NOT (CAST(target."msdyn_numberofemployees" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".target))
    END AS "#goes.msdyn_numberofemployees",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendoronholdreleasedate" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.VENDORHOLDRELEASEDATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".source)) AND NOT (CAST(target."msdyn_vendoronholdreleasedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".target))
    END AS "#goes.msdyn_vendoronholdreleasedate",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partyid" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.VENDORPARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source)) OR (CAST(mapped."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))) AND NOT (CAST(target."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))
    END AS "#goes.msdyn_partyid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_onholdstatus" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source)) AND NOT (CAST(target."msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target))
    END AS "#goes.msdyn_onholdstatus",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_currencycode" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.CURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".source)) OR (CAST(mapped."msdyn_currencycode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".target))) AND NOT (CAST(target."msdyn_currencycode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".target))
    END AS "#goes.msdyn_currencycode",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isvendorlocatedinhubzone" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISVENDORLOCATEDINHUBZONE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".source)) AND NOT (CAST(target."msdyn_isvendorlocatedinhubzone" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".target))
    END AS "#goes.msdyn_isvendorlocatedinhubzone",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendorpaymentmethod" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".source)) OR (CAST(mapped."msdyn_vendorpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".target))) AND NOT (CAST(target."msdyn_vendorpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".target))
    END AS "#goes.msdyn_vendorpaymentmethod",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_priceincludessalestax" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.AREPRICESINCLUDINGSALESTAX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".source)) AND NOT (CAST(target."msdyn_priceincludessalestax" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".target))
    END AS "#goes.msdyn_priceincludessalestax",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_taxgroup" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.SALESTAXGROUPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".source)) OR (CAST(mapped."msdyn_taxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".target))) AND NOT (CAST(target."msdyn_taxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".target))
    END AS "#goes.msdyn_taxgroup",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_primarycontact" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PRIMARYCONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source)) OR (CAST(mapped."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))) AND NOT (CAST(target."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))
    END AS "#goes.msdyn_primarycontact",
    target."#row" IS NOT NULL AND pact."msdyn_vendorgroupid" IS NOT NULL AND ((CAST(mapped."both.VENDORGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".source)) OR (CAST(mapped."msdyn_vendorgroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".target))) AND (CAST(target."msdyn_vendorgroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".target))
      AND (target."msdyn_vendorgroupid" IS DISTINCT FROM mapped."msdyn_vendorgroupid") AS "#clashes.msdyn_vendorgroupid",
    target."#row" IS NOT NULL AND pact."msdyn_isperson" IS NOT NULL AND (CAST(mapped."both.VENDORPARTYTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".source)) AND (CAST(target."msdyn_isperson" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".target))
      AND (target."msdyn_isperson" IS DISTINCT FROM mapped."msdyn_isperson") AS "#clashes.msdyn_isperson",
    target."#row" IS NOT NULL AND pact."msdyn_vendorcreditlimit" IS NOT NULL AND (CAST(mapped."both.CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".source)) AND (CAST(target."msdyn_vendorcreditlimit" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".target))
      AND (target."msdyn_vendorcreditlimit" IS DISTINCT FROM mapped."msdyn_vendorcreditlimit") AS "#clashes.msdyn_vendorcreditlimit",
    target."#row" IS NOT NULL AND pact."msdyn_isforeignentity" IS NOT NULL AND (CAST(mapped."both.ISFOREIGNENTITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".source)) AND (CAST(target."msdyn_isforeignentity" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".target))
      AND (target."msdyn_isforeignentity" IS DISTINCT FROM mapped."msdyn_isforeignentity") AS "#clashes.msdyn_isforeignentity",
    target."#row" IS NOT NULL AND pact."msdyn_isonetimevendor" IS NOT NULL AND (CAST(mapped."both.ISONETIMEVENDOR" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".source)) AND (CAST(target."msdyn_isonetimevendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".target))
      AND (target."msdyn_isonetimevendor" IS DISTINCT FROM mapped."msdyn_isonetimevendor") AS "#clashes.msdyn_isonetimevendor",
    target."#row" IS NOT NULL AND pact."msdyn_creditrating" IS NOT NULL AND (CAST(mapped."both.CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source)) AND (CAST(target."msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target))
      AND (target."msdyn_creditrating" IS DISTINCT FROM mapped."msdyn_creditrating") AS "#clashes.msdyn_creditrating",
    target."#row" IS NOT NULL AND pact."msdyn_dunsnumber" IS NOT NULL AND (CAST(mapped."both.DUNSNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".source)) AND (CAST(target."msdyn_dunsnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".target))
      AND (target."msdyn_dunsnumber" IS DISTINCT FROM mapped."msdyn_dunsnumber") AS "#clashes.msdyn_dunsnumber",
    target."#row" IS NOT NULL AND pact."msdyn_ethnicorigin" IS NOT NULL AND (CAST(mapped."both.ETHNICORIGINID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".source)) AND (CAST(target."msdyn_ethnicorigin" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".target))
      AND (target."msdyn_ethnicorigin" IS DISTINCT FROM mapped."msdyn_ethnicorigin") AS "#clashes.msdyn_ethnicorigin",
    target."#row" IS NOT NULL AND pact."msdyn_ourvendoraccountnumber" IS NOT NULL AND (CAST(mapped."both.OURACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".source)) AND (CAST(target."msdyn_ourvendoraccountnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".target))
      AND (target."msdyn_ourvendoraccountnumber" IS DISTINCT FROM mapped."msdyn_ourvendoraccountnumber") AS "#clashes.msdyn_ourvendoraccountnumber",
    target."#row" IS NOT NULL AND pact."msdyn_paymentid" IS NOT NULL AND (CAST(mapped."both.PAYMENTID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".source)) AND (CAST(target."msdyn_paymentid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".target))
      AND (target."msdyn_paymentid" IS DISTINCT FROM mapped."msdyn_paymentid") AS "#clashes.msdyn_paymentid",
    target."#row" IS NOT NULL AND pact."msdyn_primarycontacturl" IS NOT NULL AND (CAST(mapped."both.PRIMARYURL" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".source)) AND (CAST(target."msdyn_primarycontacturl" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".target))
      AND (target."msdyn_primarycontacturl" IS DISTINCT FROM mapped."msdyn_primarycontacturl") AS "#clashes.msdyn_primarycontacturl",
    target."#row" IS NOT NULL AND pact."msdyn_defaultpaymentdayname" IS NOT NULL AND ((CAST(mapped."both.DEFAULTPAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".source)) OR (CAST(mapped."msdyn_defaultpaymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".target))) AND (CAST(target."msdyn_defaultpaymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".target))
      AND (target."msdyn_defaultpaymentdayname" IS DISTINCT FROM mapped."msdyn_defaultpaymentdayname") AS "#clashes.msdyn_defaultpaymentdayname",
    target."#row" IS NOT NULL AND pact."msdyn_paymentschedule" IS NOT NULL AND ((CAST(mapped."both.DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source)) OR (CAST(mapped."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))) AND (CAST(target."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))
      AND (target."msdyn_paymentschedule" IS DISTINCT FROM mapped."msdyn_paymentschedule") AS "#clashes.msdyn_paymentschedule",
    target."#row" IS NOT NULL AND pact."msdyn_paymentterms" IS NOT NULL AND ((CAST(mapped."both.DEFAULTPAYMENTTERMSNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".source)) OR (CAST(mapped."msdyn_paymentterms" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".target))) AND (CAST(target."msdyn_paymentterms" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".target))
      AND (target."msdyn_paymentterms" IS DISTINCT FROM mapped."msdyn_paymentterms") AS "#clashes.msdyn_paymentterms",
    target."#row" IS NOT NULL AND pact."msdyn_hasonlytakenbids" IS NOT NULL AND (CAST(mapped."both.HASONLYTAKENBIDS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".source)) AND (CAST(target."msdyn_hasonlytakenbids" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".target))
      AND (target."msdyn_hasonlytakenbids" IS DISTINCT FROM mapped."msdyn_hasonlytakenbids") AS "#clashes.msdyn_hasonlytakenbids",
    target."#row" IS NOT NULL AND pact."msdyn_isminorityowned" IS NOT NULL AND (CAST(mapped."both.ISMINORITYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".source)) AND (CAST(target."msdyn_isminorityowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".target))
      AND (target."msdyn_isminorityowned" IS DISTINCT FROM mapped."msdyn_isminorityowned") AS "#clashes.msdyn_isminorityowned",
    target."#row" IS NOT NULL AND pact."msdyn_isvendorlocallyowned" IS NOT NULL AND (CAST(mapped."both.ISVENDORLOCALLYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".source)) AND (CAST(target."msdyn_isvendorlocallyowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".target))
      AND (target."msdyn_isvendorlocallyowned" IS DISTINCT FROM mapped."msdyn_isvendorlocallyowned") AS "#clashes.msdyn_isvendorlocallyowned",
    target."#row" IS NOT NULL AND pact."msdyn_isserviceveteranowned" IS NOT NULL AND (CAST(mapped."both.ISSERVICEVETERANOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".source)) AND (CAST(target."msdyn_isserviceveteranowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".target))
      AND (target."msdyn_isserviceveteranowned" IS DISTINCT FROM mapped."msdyn_isserviceveteranowned") AS "#clashes.msdyn_isserviceveteranowned",
    target."#row" IS NOT NULL AND pact."msdyn_ownerisdisabled" IS NOT NULL AND (CAST(mapped."both.ISOWNERDISABLED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".source)) AND (CAST(target."msdyn_ownerisdisabled" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".target))
      AND (target."msdyn_ownerisdisabled" IS DISTINCT FROM mapped."msdyn_ownerisdisabled") AS "#clashes.msdyn_ownerisdisabled",
    target."#row" IS NOT NULL AND pact."msdyn_womanowner" IS NOT NULL AND (CAST(mapped."both.ISWOMANOWNER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".source)) AND (CAST(target."msdyn_womanowner" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".target))
      AND (target."msdyn_womanowner" IS DISTINCT FROM mapped."msdyn_womanowner") AS "#clashes.msdyn_womanowner",
    target."#row" IS NOT NULL AND pact."msdyn_numberofemployees" IS NOT NULL AND (CAST(mapped."both.ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".source)) AND (CAST(target."msdyn_numberofemployees" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".target))
      AND (target."msdyn_numberofemployees" IS DISTINCT FROM mapped."msdyn_numberofemployees") AS "#clashes.msdyn_numberofemployees",
    target."#row" IS NOT NULL AND pact."msdyn_vendoronholdreleasedate" IS NOT NULL AND (CAST(mapped."both.VENDORHOLDRELEASEDATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".source)) AND (CAST(target."msdyn_vendoronholdreleasedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".target))
      AND (target."msdyn_vendoronholdreleasedate" IS DISTINCT FROM mapped."msdyn_vendoronholdreleasedate") AS "#clashes.msdyn_vendoronholdreleasedate",
    target."#row" IS NOT NULL AND pact."msdyn_partyid" IS NOT NULL AND ((CAST(mapped."both.VENDORPARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source)) OR (CAST(mapped."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))) AND (CAST(target."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))
      AND (target."msdyn_partyid" IS DISTINCT FROM mapped."msdyn_partyid") AS "#clashes.msdyn_partyid",
    target."#row" IS NOT NULL AND pact."msdyn_onholdstatus" IS NOT NULL AND (CAST(mapped."both.ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source)) AND (CAST(target."msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target))
      AND (target."msdyn_onholdstatus" IS DISTINCT FROM mapped."msdyn_onholdstatus") AS "#clashes.msdyn_onholdstatus",
    target."#row" IS NOT NULL AND pact."msdyn_currencycode" IS NOT NULL AND ((CAST(mapped."both.CURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".source)) OR (CAST(mapped."msdyn_currencycode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".target))) AND (CAST(target."msdyn_currencycode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".target))
      AND (target."msdyn_currencycode" IS DISTINCT FROM mapped."msdyn_currencycode") AS "#clashes.msdyn_currencycode",
    target."#row" IS NOT NULL AND pact."msdyn_isvendorlocatedinhubzone" IS NOT NULL AND (CAST(mapped."both.ISVENDORLOCATEDINHUBZONE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".source)) AND (CAST(target."msdyn_isvendorlocatedinhubzone" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".target))
      AND (target."msdyn_isvendorlocatedinhubzone" IS DISTINCT FROM mapped."msdyn_isvendorlocatedinhubzone") AS "#clashes.msdyn_isvendorlocatedinhubzone",
    target."#row" IS NOT NULL AND pact."msdyn_vendorpaymentmethod" IS NOT NULL AND ((CAST(mapped."both.DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".source)) OR (CAST(mapped."msdyn_vendorpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".target))) AND (CAST(target."msdyn_vendorpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".target))
      AND (target."msdyn_vendorpaymentmethod" IS DISTINCT FROM mapped."msdyn_vendorpaymentmethod") AS "#clashes.msdyn_vendorpaymentmethod",
    target."#row" IS NOT NULL AND pact."msdyn_priceincludessalestax" IS NOT NULL AND (CAST(mapped."both.AREPRICESINCLUDINGSALESTAX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".source)) AND (CAST(target."msdyn_priceincludessalestax" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".target))
      AND (target."msdyn_priceincludessalestax" IS DISTINCT FROM mapped."msdyn_priceincludessalestax") AS "#clashes.msdyn_priceincludessalestax",
    target."#row" IS NOT NULL AND pact."msdyn_taxgroup" IS NOT NULL AND ((CAST(mapped."both.SALESTAXGROUPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".source)) OR (CAST(mapped."msdyn_taxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".target))) AND (CAST(target."msdyn_taxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".target))
      AND (target."msdyn_taxgroup" IS DISTINCT FROM mapped."msdyn_taxgroup") AS "#clashes.msdyn_taxgroup",
    target."#row" IS NOT NULL AND pact."msdyn_primarycontact" IS NOT NULL AND ((CAST(mapped."both.PRIMARYCONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source)) OR (CAST(mapped."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))) AND (CAST(target."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))
      AND (target."msdyn_primarycontact" IS DISTINCT FROM mapped."msdyn_primarycontact") AS "#clashes.msdyn_primarycontact",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_vendorgroupid" THEN 'msdyn_vendorgroupid' || ': source ' || coalesce(CAST(mapped."both.VENDORGROUPID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_vendorgroupid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isperson" THEN 'msdyn_isperson' || ': source ' || coalesce(CAST(mapped."both.VENDORPARTYTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isperson" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendorcreditlimit" THEN 'msdyn_vendorcreditlimit' || ': source ' || coalesce(CAST(mapped."both.CREDITLIMIT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_vendorcreditlimit" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isforeignentity" THEN 'msdyn_isforeignentity' || ': source ' || coalesce(CAST(mapped."both.ISFOREIGNENTITY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isforeignentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isonetimevendor" THEN 'msdyn_isonetimevendor' || ': source ' || coalesce(CAST(mapped."both.ISONETIMEVENDOR" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isonetimevendor" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditrating" THEN 'msdyn_creditrating' || ': source ' || coalesce(CAST(mapped."both.CREDITRATING" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_creditrating" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_dunsnumber" THEN 'msdyn_dunsnumber' || ': source ' || coalesce(CAST(mapped."both.DUNSNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_dunsnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_ethnicorigin" THEN 'msdyn_ethnicorigin' || ': source ' || coalesce(CAST(mapped."both.ETHNICORIGINID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_ethnicorigin" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_ourvendoraccountnumber" THEN 'msdyn_ourvendoraccountnumber' || ': source ' || coalesce(CAST(mapped."both.OURACCOUNTNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_ourvendoraccountnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentid" THEN 'msdyn_paymentid' || ': source ' || coalesce(CAST(mapped."both.PAYMENTID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_primarycontacturl" THEN 'msdyn_primarycontacturl' || ': source ' || coalesce(CAST(mapped."both.PRIMARYURL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_primarycontacturl" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_defaultpaymentdayname" THEN 'msdyn_defaultpaymentdayname' || ': source ' || coalesce(CAST(mapped."both.DEFAULTPAYMENTDAYNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_defaultpaymentdayname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentschedule" THEN 'msdyn_paymentschedule' || ': source ' || coalesce(CAST(mapped."both.DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentschedule" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentterms" THEN 'msdyn_paymentterms' || ': source ' || coalesce(CAST(mapped."both.DEFAULTPAYMENTTERMSNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentterms" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_hasonlytakenbids" THEN 'msdyn_hasonlytakenbids' || ': source ' || coalesce(CAST(mapped."both.HASONLYTAKENBIDS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_hasonlytakenbids" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isminorityowned" THEN 'msdyn_isminorityowned' || ': source ' || coalesce(CAST(mapped."both.ISMINORITYOWNED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isminorityowned" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isvendorlocallyowned" THEN 'msdyn_isvendorlocallyowned' || ': source ' || coalesce(CAST(mapped."both.ISVENDORLOCALLYOWNED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isvendorlocallyowned" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isserviceveteranowned" THEN 'msdyn_isserviceveteranowned' || ': source ' || coalesce(CAST(mapped."both.ISSERVICEVETERANOWNED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isserviceveteranowned" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_ownerisdisabled" THEN 'msdyn_ownerisdisabled' || ': source ' || coalesce(CAST(mapped."both.ISOWNERDISABLED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_ownerisdisabled" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_womanowner" THEN 'msdyn_womanowner' || ': source ' || coalesce(CAST(mapped."both.ISWOMANOWNER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_womanowner" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_numberofemployees" THEN 'msdyn_numberofemployees' || ': source ' || coalesce(CAST(mapped."both.ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_numberofemployees" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendoronholdreleasedate" THEN 'msdyn_vendoronholdreleasedate' || ': source ' || coalesce(CAST(mapped."both.VENDORHOLDRELEASEDATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_vendoronholdreleasedate" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partyid" THEN 'msdyn_partyid' || ': source ' || coalesce(CAST(mapped."both.VENDORPARTYNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_partyid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_onholdstatus" THEN 'msdyn_onholdstatus' || ': source ' || coalesce(CAST(mapped."both.ONHOLDSTATUS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_onholdstatus" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_currencycode" THEN 'msdyn_currencycode' || ': source ' || coalesce(CAST(mapped."both.CURRENCYCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_currencycode" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isvendorlocatedinhubzone" THEN 'msdyn_isvendorlocatedinhubzone' || ': source ' || coalesce(CAST(mapped."both.ISVENDORLOCATEDINHUBZONE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_isvendorlocatedinhubzone" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendorpaymentmethod" THEN 'msdyn_vendorpaymentmethod' || ': source ' || coalesce(CAST(mapped."both.DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_vendorpaymentmethod" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_priceincludessalestax" THEN 'msdyn_priceincludessalestax' || ': source ' || coalesce(CAST(mapped."both.AREPRICESINCLUDINGSALESTAX" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_priceincludessalestax" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_taxgroup" THEN 'msdyn_taxgroup' || ': source ' || coalesce(CAST(mapped."both.SALESTAXGROUPCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_taxgroup" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_primarycontact" THEN 'msdyn_primarycontact' || ': source ' || coalesce(CAST(mapped."both.PRIMARYCONTACTPERSONID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_primarycontact" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_vendorgroupid" AND (target."msdyn_vendorgroupid" IS DISTINCT FROM mapped."msdyn_vendorgroupid"))
      OR ("#goes.msdyn_isperson" AND (target."msdyn_isperson" IS DISTINCT FROM mapped."msdyn_isperson"))
      OR ("#goes.msdyn_vendorcreditlimit" AND (target."msdyn_vendorcreditlimit" IS DISTINCT FROM mapped."msdyn_vendorcreditlimit"))
      OR ("#goes.msdyn_isforeignentity" AND (target."msdyn_isforeignentity" IS DISTINCT FROM mapped."msdyn_isforeignentity"))
      OR ("#goes.msdyn_isonetimevendor" AND (target."msdyn_isonetimevendor" IS DISTINCT FROM mapped."msdyn_isonetimevendor"))
      OR ("#goes.msdyn_creditrating" AND (target."msdyn_creditrating" IS DISTINCT FROM mapped."msdyn_creditrating"))
      OR ("#goes.msdyn_dunsnumber" AND (target."msdyn_dunsnumber" IS DISTINCT FROM mapped."msdyn_dunsnumber"))
      OR ("#goes.msdyn_ethnicorigin" AND (target."msdyn_ethnicorigin" IS DISTINCT FROM mapped."msdyn_ethnicorigin"))
      OR ("#goes.msdyn_ourvendoraccountnumber" AND (target."msdyn_ourvendoraccountnumber" IS DISTINCT FROM mapped."msdyn_ourvendoraccountnumber"))
      OR ("#goes.msdyn_paymentid" AND (target."msdyn_paymentid" IS DISTINCT FROM mapped."msdyn_paymentid"))
      OR ("#goes.msdyn_primarycontacturl" AND (target."msdyn_primarycontacturl" IS DISTINCT FROM mapped."msdyn_primarycontacturl"))
      OR ("#goes.msdyn_defaultpaymentdayname" AND (target."msdyn_defaultpaymentdayname" IS DISTINCT FROM mapped."msdyn_defaultpaymentdayname"))
      OR ("#goes.msdyn_paymentschedule" AND (target."msdyn_paymentschedule" IS DISTINCT FROM mapped."msdyn_paymentschedule"))
      OR ("#goes.msdyn_paymentterms" AND (target."msdyn_paymentterms" IS DISTINCT FROM mapped."msdyn_paymentterms"))
      OR ("#goes.msdyn_hasonlytakenbids" AND (target."msdyn_hasonlytakenbids" IS DISTINCT FROM mapped."msdyn_hasonlytakenbids"))
      OR ("#goes.msdyn_isminorityowned" AND (target."msdyn_isminorityowned" IS DISTINCT FROM mapped."msdyn_isminorityowned"))
      OR ("#goes.msdyn_isvendorlocallyowned" AND (target."msdyn_isvendorlocallyowned" IS DISTINCT FROM mapped."msdyn_isvendorlocallyowned"))
      OR ("#goes.msdyn_isserviceveteranowned" AND (target."msdyn_isserviceveteranowned" IS DISTINCT FROM mapped."msdyn_isserviceveteranowned"))
      OR ("#goes.msdyn_ownerisdisabled" AND (target."msdyn_ownerisdisabled" IS DISTINCT FROM mapped."msdyn_ownerisdisabled"))
      OR ("#goes.msdyn_womanowner" AND (target."msdyn_womanowner" IS DISTINCT FROM mapped."msdyn_womanowner"))
      OR ("#goes.msdyn_numberofemployees" AND (target."msdyn_numberofemployees" IS DISTINCT FROM mapped."msdyn_numberofemployees"))
      OR ("#goes.msdyn_vendoronholdreleasedate" AND (target."msdyn_vendoronholdreleasedate" IS DISTINCT FROM mapped."msdyn_vendoronholdreleasedate"))
      OR ("#goes.msdyn_partyid" AND (target."msdyn_partyid" IS DISTINCT FROM mapped."msdyn_partyid"))
      OR ("#goes.msdyn_onholdstatus" AND (target."msdyn_onholdstatus" IS DISTINCT FROM mapped."msdyn_onholdstatus"))
      OR ("#goes.msdyn_currencycode" AND (target."msdyn_currencycode" IS DISTINCT FROM mapped."msdyn_currencycode"))
      OR ("#goes.msdyn_isvendorlocatedinhubzone" AND (target."msdyn_isvendorlocatedinhubzone" IS DISTINCT FROM mapped."msdyn_isvendorlocatedinhubzone"))
      OR ("#goes.msdyn_vendorpaymentmethod" AND (target."msdyn_vendorpaymentmethod" IS DISTINCT FROM mapped."msdyn_vendorpaymentmethod"))
      OR ("#goes.msdyn_priceincludessalestax" AND (target."msdyn_priceincludessalestax" IS DISTINCT FROM mapped."msdyn_priceincludessalestax"))
      OR ("#goes.msdyn_taxgroup" AND (target."msdyn_taxgroup" IS DISTINCT FROM mapped."msdyn_taxgroup"))
      OR ("#goes.msdyn_primarycontact" AND (target."msdyn_primarycontact" IS DISTINCT FROM mapped."msdyn_primarycontact")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."msdyn_company" AND target."msdyn_vendoraccountnumber" = mapped."msdyn_vendoraccountnumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_vendorgroupid')[1] AS "msdyn_vendorgroupid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isperson')[1] AS "msdyn_isperson",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_vendorcreditlimit')[1] AS "msdyn_vendorcreditlimit",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isforeignentity')[1] AS "msdyn_isforeignentity",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isonetimevendor')[1] AS "msdyn_isonetimevendor",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] AS "msdyn_creditrating",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_dunsnumber')[1] AS "msdyn_dunsnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_ethnicorigin')[1] AS "msdyn_ethnicorigin",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_ourvendoraccountnumber')[1] AS "msdyn_ourvendoraccountnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentid')[1] AS "msdyn_paymentid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_primarycontacturl')[1] AS "msdyn_primarycontacturl",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_defaultpaymentdayname')[1] AS "msdyn_defaultpaymentdayname",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1] AS "msdyn_paymentschedule",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentterms')[1] AS "msdyn_paymentterms",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_hasonlytakenbids')[1] AS "msdyn_hasonlytakenbids",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isminorityowned')[1] AS "msdyn_isminorityowned",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isvendorlocallyowned')[1] AS "msdyn_isvendorlocallyowned",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isserviceveteranowned')[1] AS "msdyn_isserviceveteranowned",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_ownerisdisabled')[1] AS "msdyn_ownerisdisabled",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_womanowner')[1] AS "msdyn_womanowner",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_numberofemployees')[1] AS "msdyn_numberofemployees",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_vendoronholdreleasedate')[1] AS "msdyn_vendoronholdreleasedate",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_partyid')[1] AS "msdyn_partyid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1] AS "msdyn_onholdstatus",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_currencycode')[1] AS "msdyn_currencycode",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_isvendorlocatedinhubzone')[1] AS "msdyn_isvendorlocatedinhubzone",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_vendorpaymentmethod')[1] AS "msdyn_vendorpaymentmethod",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_priceincludessalestax')[1] AS "msdyn_priceincludessalestax",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_taxgroup')[1] AS "msdyn_taxgroup",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] AS "msdyn_primarycontact",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'vendors_v2'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 38  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 38  -- TARGET_MISSING
    WHEN "#clashes.msdyn_vendorgroupid" THEN 46  -- CONFLICT_STALE msdyn_vendorgroupid
    WHEN "#clashes.msdyn_isperson" THEN 47  -- CONFLICT_STALE msdyn_isperson
    WHEN "#clashes.msdyn_vendorcreditlimit" THEN 48  -- CONFLICT_STALE msdyn_vendorcreditlimit
    WHEN "#clashes.msdyn_isforeignentity" THEN 49  -- CONFLICT_STALE msdyn_isforeignentity
    WHEN "#clashes.msdyn_isonetimevendor" THEN 50  -- CONFLICT_STALE msdyn_isonetimevendor
    WHEN "#clashes.msdyn_creditrating" THEN 51  -- CONFLICT_STALE msdyn_creditrating
    WHEN "#clashes.msdyn_dunsnumber" THEN 52  -- CONFLICT_STALE msdyn_dunsnumber
    WHEN "#clashes.msdyn_ethnicorigin" THEN 53  -- CONFLICT_STALE msdyn_ethnicorigin
    WHEN "#clashes.msdyn_ourvendoraccountnumber" THEN 54  -- CONFLICT_STALE msdyn_ourvendoraccountnumber
    WHEN "#clashes.msdyn_paymentid" THEN 55  -- CONFLICT_STALE msdyn_paymentid
    WHEN "#clashes.msdyn_primarycontacturl" THEN 56  -- CONFLICT_STALE msdyn_primarycontacturl
    WHEN "#clashes.msdyn_defaultpaymentdayname" THEN 57  -- CONFLICT_STALE msdyn_defaultpaymentdayname
    WHEN "#clashes.msdyn_paymentschedule" THEN 58  -- CONFLICT_STALE msdyn_paymentschedule
    WHEN "#clashes.msdyn_paymentterms" THEN 59  -- CONFLICT_STALE msdyn_paymentterms
    WHEN "#clashes.msdyn_hasonlytakenbids" THEN 60  -- CONFLICT_STALE msdyn_hasonlytakenbids
    WHEN "#clashes.msdyn_isminorityowned" THEN 61  -- CONFLICT_STALE msdyn_isminorityowned
    WHEN "#clashes.msdyn_isvendorlocallyowned" THEN 62  -- CONFLICT_STALE msdyn_isvendorlocallyowned
    WHEN "#clashes.msdyn_isserviceveteranowned" THEN 63  -- CONFLICT_STALE msdyn_isserviceveteranowned
    WHEN "#clashes.msdyn_ownerisdisabled" THEN 64  -- CONFLICT_STALE msdyn_ownerisdisabled
    WHEN "#clashes.msdyn_womanowner" THEN 65  -- CONFLICT_STALE msdyn_womanowner
    WHEN "#clashes.msdyn_numberofemployees" THEN 66  -- CONFLICT_STALE msdyn_numberofemployees
    WHEN "#clashes.msdyn_vendoronholdreleasedate" THEN 67  -- CONFLICT_STALE msdyn_vendoronholdreleasedate
    WHEN "#clashes.msdyn_partyid" THEN 68  -- CONFLICT_STALE msdyn_partyid
    WHEN "#clashes.msdyn_onholdstatus" THEN 69  -- CONFLICT_STALE msdyn_onholdstatus
    WHEN "#clashes.msdyn_currencycode" THEN 70  -- CONFLICT_STALE msdyn_currencycode
    WHEN "#clashes.msdyn_isvendorlocatedinhubzone" THEN 71  -- CONFLICT_STALE msdyn_isvendorlocatedinhubzone
    WHEN "#clashes.msdyn_vendorpaymentmethod" THEN 72  -- CONFLICT_STALE msdyn_vendorpaymentmethod
    WHEN "#clashes.msdyn_priceincludessalestax" THEN 73  -- CONFLICT_STALE msdyn_priceincludessalestax
    WHEN "#clashes.msdyn_taxgroup" THEN 74  -- CONFLICT_STALE msdyn_taxgroup
    WHEN "#clashes.msdyn_primarycontact" THEN 75  -- CONFLICT_STALE msdyn_primarycontact
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 40  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_company", "msdyn_vendoraccountnumber", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_company", "msdyn_vendoraccountnumber", "msdyn_vendorgroupid", "msdyn_isperson", "msdyn_vendorcreditlimit", "msdyn_isforeignentity", "msdyn_isonetimevendor", "msdyn_creditrating", "msdyn_dunsnumber", "msdyn_ethnicorigin", "msdyn_ourvendoraccountnumber", "msdyn_paymentid", "msdyn_primarycontacturl", "msdyn_defaultpaymentdayname", "msdyn_paymentschedule", "msdyn_paymentterms", "msdyn_hasonlytakenbids", "msdyn_isminorityowned", "msdyn_isvendorlocallyowned", "msdyn_isserviceveteranowned", "msdyn_ownerisdisabled", "msdyn_womanowner", "msdyn_numberofemployees", "msdyn_vendoronholdreleasedate", "msdyn_partyid", "msdyn_onholdstatus", "msdyn_currencycode", "msdyn_isvendorlocatedinhubzone", "msdyn_vendorpaymentmethod", "msdyn_priceincludessalestax", "msdyn_taxgroup", "msdyn_primarycontact", "msdyn_vendorid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_company", "msdyn_vendoraccountnumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 43 ELSE 42 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_company" = duplicates."msdyn_company" AND shaped."msdyn_vendoraccountnumber" = duplicates."msdyn_vendoraccountnumber"
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
UPDATE shaped SET "#reason" = 42, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'vendors_v2' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.msdyn_vendors' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."VendorsV2" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 42, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."VendorsV2" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 42, claim."#target_key"
FROM "finops"."VendorsV2" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75) THEN 'rejected'
  WHEN "#reason" IN (43) THEN 'superseded'
  WHEN "#reason" IN (44) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.msdyn_vendors that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."msdyn_vendors") AS target ON replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE (link.source_version IS NULL OR EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.VendorsV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  ))
  AND link.leg = 'vendors_v2' AND link.state = 'live' AND link.target = 'dataverse.msdyn_vendors'
  AND NOT EXISTS (SELECT 1 FROM "finops"."VendorsV2" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."VendorsV2" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'vendors_v2' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_vendors") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'vendors_v2' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."msdyn_vendors") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."msdyn_vendors") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendors_v2' AND link.target = 'dataverse.msdyn_vendors' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'vendors_v2' AND link.state = 'live' AND link.target = 'dataverse.msdyn_vendors'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendors" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.msdyn_vendors

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_vendorgroupid" THEN shaped."msdyn_vendorgroupid" ELSE t."msdyn_vendorgroupid" END AS "msdyn_vendorgroupid", CASE WHEN shaped."#goes.msdyn_isperson" THEN shaped."msdyn_isperson" ELSE t."msdyn_isperson" END AS "msdyn_isperson", CASE WHEN shaped."#goes.msdyn_vendorcreditlimit" THEN shaped."msdyn_vendorcreditlimit" ELSE t."msdyn_vendorcreditlimit" END AS "msdyn_vendorcreditlimit", CASE WHEN shaped."#goes.msdyn_isforeignentity" THEN shaped."msdyn_isforeignentity" ELSE t."msdyn_isforeignentity" END AS "msdyn_isforeignentity", CASE WHEN shaped."#goes.msdyn_isonetimevendor" THEN shaped."msdyn_isonetimevendor" ELSE t."msdyn_isonetimevendor" END AS "msdyn_isonetimevendor", CASE WHEN shaped."#goes.msdyn_creditrating" THEN shaped."msdyn_creditrating" ELSE t."msdyn_creditrating" END AS "msdyn_creditrating", CASE WHEN shaped."#goes.msdyn_dunsnumber" THEN shaped."msdyn_dunsnumber" ELSE t."msdyn_dunsnumber" END AS "msdyn_dunsnumber", CASE WHEN shaped."#goes.msdyn_ethnicorigin" THEN shaped."msdyn_ethnicorigin" ELSE t."msdyn_ethnicorigin" END AS "msdyn_ethnicorigin", CASE WHEN shaped."#goes.msdyn_ourvendoraccountnumber" THEN shaped."msdyn_ourvendoraccountnumber" ELSE t."msdyn_ourvendoraccountnumber" END AS "msdyn_ourvendoraccountnumber", CASE WHEN shaped."#goes.msdyn_paymentid" THEN shaped."msdyn_paymentid" ELSE t."msdyn_paymentid" END AS "msdyn_paymentid", CASE WHEN shaped."#goes.msdyn_primarycontacturl" THEN shaped."msdyn_primarycontacturl" ELSE t."msdyn_primarycontacturl" END AS "msdyn_primarycontacturl", CASE WHEN shaped."#goes.msdyn_defaultpaymentdayname" THEN shaped."msdyn_defaultpaymentdayname" ELSE t."msdyn_defaultpaymentdayname" END AS "msdyn_defaultpaymentdayname", CASE WHEN shaped."#goes.msdyn_paymentschedule" THEN shaped."msdyn_paymentschedule" ELSE t."msdyn_paymentschedule" END AS "msdyn_paymentschedule", CASE WHEN shaped."#goes.msdyn_paymentterms" THEN shaped."msdyn_paymentterms" ELSE t."msdyn_paymentterms" END AS "msdyn_paymentterms", CASE WHEN shaped."#goes.msdyn_hasonlytakenbids" THEN shaped."msdyn_hasonlytakenbids" ELSE t."msdyn_hasonlytakenbids" END AS "msdyn_hasonlytakenbids", CASE WHEN shaped."#goes.msdyn_isminorityowned" THEN shaped."msdyn_isminorityowned" ELSE t."msdyn_isminorityowned" END AS "msdyn_isminorityowned", CASE WHEN shaped."#goes.msdyn_isvendorlocallyowned" THEN shaped."msdyn_isvendorlocallyowned" ELSE t."msdyn_isvendorlocallyowned" END AS "msdyn_isvendorlocallyowned", CASE WHEN shaped."#goes.msdyn_isserviceveteranowned" THEN shaped."msdyn_isserviceveteranowned" ELSE t."msdyn_isserviceveteranowned" END AS "msdyn_isserviceveteranowned", CASE WHEN shaped."#goes.msdyn_ownerisdisabled" THEN shaped."msdyn_ownerisdisabled" ELSE t."msdyn_ownerisdisabled" END AS "msdyn_ownerisdisabled", CASE WHEN shaped."#goes.msdyn_womanowner" THEN shaped."msdyn_womanowner" ELSE t."msdyn_womanowner" END AS "msdyn_womanowner", CASE WHEN shaped."#goes.msdyn_numberofemployees" THEN shaped."msdyn_numberofemployees" ELSE t."msdyn_numberofemployees" END AS "msdyn_numberofemployees", CASE WHEN shaped."#goes.msdyn_vendoronholdreleasedate" THEN shaped."msdyn_vendoronholdreleasedate" ELSE t."msdyn_vendoronholdreleasedate" END AS "msdyn_vendoronholdreleasedate", CASE WHEN shaped."#goes.msdyn_partyid" THEN shaped."msdyn_partyid" ELSE t."msdyn_partyid" END AS "msdyn_partyid", CASE WHEN shaped."#goes.msdyn_onholdstatus" THEN shaped."msdyn_onholdstatus" ELSE t."msdyn_onholdstatus" END AS "msdyn_onholdstatus", CASE WHEN shaped."#goes.msdyn_currencycode" THEN shaped."msdyn_currencycode" ELSE t."msdyn_currencycode" END AS "msdyn_currencycode", CASE WHEN shaped."#goes.msdyn_isvendorlocatedinhubzone" THEN shaped."msdyn_isvendorlocatedinhubzone" ELSE t."msdyn_isvendorlocatedinhubzone" END AS "msdyn_isvendorlocatedinhubzone", CASE WHEN shaped."#goes.msdyn_vendorpaymentmethod" THEN shaped."msdyn_vendorpaymentmethod" ELSE t."msdyn_vendorpaymentmethod" END AS "msdyn_vendorpaymentmethod", CASE WHEN shaped."#goes.msdyn_priceincludessalestax" THEN shaped."msdyn_priceincludessalestax" ELSE t."msdyn_priceincludessalestax" END AS "msdyn_priceincludessalestax", CASE WHEN shaped."#goes.msdyn_taxgroup" THEN shaped."msdyn_taxgroup" ELSE t."msdyn_taxgroup" END AS "msdyn_taxgroup", CASE WHEN shaped."#goes.msdyn_primarycontact" THEN shaped."msdyn_primarycontact" ELSE t."msdyn_primarycontact" END AS "msdyn_primarycontact", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."msdyn_vendors" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.msdyn_vendors
INSERT INTO "dataverse"."msdyn_vendors" ("msdyn_company", "msdyn_vendoraccountnumber", "msdyn_vendorgroupid", "msdyn_isperson", "msdyn_vendorcreditlimit", "msdyn_isforeignentity", "msdyn_isonetimevendor", "msdyn_creditrating", "msdyn_dunsnumber", "msdyn_ethnicorigin", "msdyn_ourvendoraccountnumber", "msdyn_paymentid", "msdyn_primarycontacturl", "msdyn_defaultpaymentdayname", "msdyn_paymentschedule", "msdyn_paymentterms", "msdyn_hasonlytakenbids", "msdyn_isminorityowned", "msdyn_isvendorlocallyowned", "msdyn_isserviceveteranowned", "msdyn_ownerisdisabled", "msdyn_womanowner", "msdyn_numberofemployees", "msdyn_vendoronholdreleasedate", "msdyn_partyid", "msdyn_onholdstatus", "msdyn_currencycode", "msdyn_isvendorlocatedinhubzone", "msdyn_vendorpaymentmethod", "msdyn_priceincludessalestax", "msdyn_taxgroup", "msdyn_primarycontact", "msdyn_vendorid", "modifiedon", "versionnumber")
SELECT "msdyn_company", "msdyn_vendoraccountnumber", "msdyn_vendorgroupid", "msdyn_isperson", "msdyn_vendorcreditlimit", "msdyn_isforeignentity", "msdyn_isonetimevendor", "msdyn_creditrating", "msdyn_dunsnumber", "msdyn_ethnicorigin", "msdyn_ourvendoraccountnumber", "msdyn_paymentid", "msdyn_primarycontacturl", "msdyn_defaultpaymentdayname", "msdyn_paymentschedule", "msdyn_paymentterms", "msdyn_hasonlytakenbids", "msdyn_isminorityowned", "msdyn_isvendorlocallyowned", "msdyn_isserviceveteranowned", "msdyn_ownerisdisabled", "msdyn_womanowner", "msdyn_numberofemployees", "msdyn_vendoronholdreleasedate", "msdyn_partyid", "msdyn_onholdstatus", "msdyn_currencycode", "msdyn_isvendorlocatedinhubzone", "msdyn_vendorpaymentmethod", "msdyn_priceincludessalestax", "msdyn_taxgroup", "msdyn_primarycontact", "msdyn_vendorid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'vendors_v2' AS leg, new."#key" AS source_key, 'dataverse.msdyn_vendors' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'msdyn_vendorgroupid', 'old': CAST(old."msdyn_vendorgroupid" AS VARCHAR), 'new': CAST(new."msdyn_vendorgroupid" AS VARCHAR)},
    {'column_name': 'msdyn_isperson', 'old': CAST(old."msdyn_isperson" AS VARCHAR), 'new': CAST(new."msdyn_isperson" AS VARCHAR)},
    {'column_name': 'msdyn_vendorcreditlimit', 'old': CAST(old."msdyn_vendorcreditlimit" AS VARCHAR), 'new': CAST(new."msdyn_vendorcreditlimit" AS VARCHAR)},
    {'column_name': 'msdyn_isforeignentity', 'old': CAST(old."msdyn_isforeignentity" AS VARCHAR), 'new': CAST(new."msdyn_isforeignentity" AS VARCHAR)},
    {'column_name': 'msdyn_isonetimevendor', 'old': CAST(old."msdyn_isonetimevendor" AS VARCHAR), 'new': CAST(new."msdyn_isonetimevendor" AS VARCHAR)},
    {'column_name': 'msdyn_creditrating', 'old': CAST(old."msdyn_creditrating" AS VARCHAR), 'new': CAST(new."msdyn_creditrating" AS VARCHAR)},
    {'column_name': 'msdyn_dunsnumber', 'old': CAST(old."msdyn_dunsnumber" AS VARCHAR), 'new': CAST(new."msdyn_dunsnumber" AS VARCHAR)},
    {'column_name': 'msdyn_ethnicorigin', 'old': CAST(old."msdyn_ethnicorigin" AS VARCHAR), 'new': CAST(new."msdyn_ethnicorigin" AS VARCHAR)},
    {'column_name': 'msdyn_ourvendoraccountnumber', 'old': CAST(old."msdyn_ourvendoraccountnumber" AS VARCHAR), 'new': CAST(new."msdyn_ourvendoraccountnumber" AS VARCHAR)},
    {'column_name': 'msdyn_paymentid', 'old': CAST(old."msdyn_paymentid" AS VARCHAR), 'new': CAST(new."msdyn_paymentid" AS VARCHAR)},
    {'column_name': 'msdyn_primarycontacturl', 'old': CAST(old."msdyn_primarycontacturl" AS VARCHAR), 'new': CAST(new."msdyn_primarycontacturl" AS VARCHAR)},
    {'column_name': 'msdyn_defaultpaymentdayname', 'old': CAST(old."msdyn_defaultpaymentdayname" AS VARCHAR), 'new': CAST(new."msdyn_defaultpaymentdayname" AS VARCHAR)},
    {'column_name': 'msdyn_paymentschedule', 'old': CAST(old."msdyn_paymentschedule" AS VARCHAR), 'new': CAST(new."msdyn_paymentschedule" AS VARCHAR)},
    {'column_name': 'msdyn_paymentterms', 'old': CAST(old."msdyn_paymentterms" AS VARCHAR), 'new': CAST(new."msdyn_paymentterms" AS VARCHAR)},
    {'column_name': 'msdyn_hasonlytakenbids', 'old': CAST(old."msdyn_hasonlytakenbids" AS VARCHAR), 'new': CAST(new."msdyn_hasonlytakenbids" AS VARCHAR)},
    {'column_name': 'msdyn_isminorityowned', 'old': CAST(old."msdyn_isminorityowned" AS VARCHAR), 'new': CAST(new."msdyn_isminorityowned" AS VARCHAR)},
    {'column_name': 'msdyn_isvendorlocallyowned', 'old': CAST(old."msdyn_isvendorlocallyowned" AS VARCHAR), 'new': CAST(new."msdyn_isvendorlocallyowned" AS VARCHAR)},
    {'column_name': 'msdyn_isserviceveteranowned', 'old': CAST(old."msdyn_isserviceveteranowned" AS VARCHAR), 'new': CAST(new."msdyn_isserviceveteranowned" AS VARCHAR)},
    {'column_name': 'msdyn_ownerisdisabled', 'old': CAST(old."msdyn_ownerisdisabled" AS VARCHAR), 'new': CAST(new."msdyn_ownerisdisabled" AS VARCHAR)},
    {'column_name': 'msdyn_womanowner', 'old': CAST(old."msdyn_womanowner" AS VARCHAR), 'new': CAST(new."msdyn_womanowner" AS VARCHAR)},
    {'column_name': 'msdyn_numberofemployees', 'old': CAST(old."msdyn_numberofemployees" AS VARCHAR), 'new': CAST(new."msdyn_numberofemployees" AS VARCHAR)},
    {'column_name': 'msdyn_vendoronholdreleasedate', 'old': CAST(old."msdyn_vendoronholdreleasedate" AS VARCHAR), 'new': CAST(new."msdyn_vendoronholdreleasedate" AS VARCHAR)},
    {'column_name': 'msdyn_partyid', 'old': CAST(old."msdyn_partyid" AS VARCHAR), 'new': CAST(new."msdyn_partyid" AS VARCHAR)},
    {'column_name': 'msdyn_onholdstatus', 'old': CAST(old."msdyn_onholdstatus" AS VARCHAR), 'new': CAST(new."msdyn_onholdstatus" AS VARCHAR)},
    {'column_name': 'msdyn_currencycode', 'old': CAST(old."msdyn_currencycode" AS VARCHAR), 'new': CAST(new."msdyn_currencycode" AS VARCHAR)},
    {'column_name': 'msdyn_isvendorlocatedinhubzone', 'old': CAST(old."msdyn_isvendorlocatedinhubzone" AS VARCHAR), 'new': CAST(new."msdyn_isvendorlocatedinhubzone" AS VARCHAR)},
    {'column_name': 'msdyn_vendorpaymentmethod', 'old': CAST(old."msdyn_vendorpaymentmethod" AS VARCHAR), 'new': CAST(new."msdyn_vendorpaymentmethod" AS VARCHAR)},
    {'column_name': 'msdyn_priceincludessalestax', 'old': CAST(old."msdyn_priceincludessalestax" AS VARCHAR), 'new': CAST(new."msdyn_priceincludessalestax" AS VARCHAR)},
    {'column_name': 'msdyn_taxgroup', 'old': CAST(old."msdyn_taxgroup" AS VARCHAR), 'new': CAST(new."msdyn_taxgroup" AS VARCHAR)},
    {'column_name': 'msdyn_primarycontact', 'old': CAST(old."msdyn_primarycontact" AS VARCHAR), 'new': CAST(new."msdyn_primarycontact" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."msdyn_vendors" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."msdyn_vendors" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."msdyn_vendors"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'vendors_v2' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."VendorsV2" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'vendors_v2.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'vendors_v2.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'vendors_v2.map.yaml:13'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'vendors_v2.map.yaml:13'),
  (5, 'LOOKUP_MISSING', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (6, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (7, 'VALUE_UNMAPPED', 'msdyn_isperson', /* place */ 'vendors_v2.map.yaml:17'),
  (8, 'OUT_OF_RANGE', 'msdyn_vendorcreditlimit', /* place */ 'vendors_v2.map.yaml:18'),
  (9, 'VALUE_UNMAPPED', 'msdyn_isforeignentity', /* place */ 'vendors_v2.map.yaml:19'),
  (10, 'VALUE_UNMAPPED', 'msdyn_isonetimevendor', /* place */ 'vendors_v2.map.yaml:20'),
  (11, 'LOOKUP_MISSING', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (13, 'LOOKUP_MISSING', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (15, 'LOOKUP_MISSING', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (17, 'VALUE_UNMAPPED', 'msdyn_hasonlytakenbids', /* place */ 'vendors_v2.map.yaml:30'),
  (18, 'VALUE_UNMAPPED', 'msdyn_isminorityowned', /* place */ 'vendors_v2.map.yaml:31'),
  (19, 'VALUE_UNMAPPED', 'msdyn_isvendorlocallyowned', /* place */ 'vendors_v2.map.yaml:32'),
  (20, 'VALUE_UNMAPPED', 'msdyn_isserviceveteranowned', /* place */ 'vendors_v2.map.yaml:33'),
  (21, 'VALUE_UNMAPPED', 'msdyn_ownerisdisabled', /* place */ 'vendors_v2.map.yaml:34'),
  (22, 'VALUE_UNMAPPED', 'msdyn_womanowner', /* place */ 'vendors_v2.map.yaml:35'),
  (23, 'LOOKUP_MISSING', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (24, 'LOOKUP_AMBIGUOUS', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (25, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (26, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (27, 'LOOKUP_MISSING', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (28, 'LOOKUP_AMBIGUOUS', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (29, 'VALUE_UNMAPPED', 'msdyn_isvendorlocatedinhubzone', /* place */ 'vendors_v2.map.yaml:41'),
  (30, 'LOOKUP_MISSING', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (31, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (32, 'VALUE_UNMAPPED', 'msdyn_priceincludessalestax', /* place */ 'vendors_v2.map.yaml:44'),
  (33, 'LOOKUP_MISSING', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (34, 'LOOKUP_AMBIGUOUS', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (35, 'LOOKUP_MISSING', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46'),
  (36, 'LOOKUP_AMBIGUOUS', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46'),
  (37, 'TARGET_EXISTS', '', /* place */ 'vendors_v2.map.yaml:4'),
  (38, 'TARGET_MISSING', '', /* place */ 'vendors_v2.map.yaml:4'),
  (39, 'TARGET_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (40, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (41, 'CONFLICT_STALE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (42, 'KEY_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (43, 'SUPERSEDED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (44, 'SET_INCOMPLETE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (45, 'TARGET_REFUSED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (46, 'CONFLICT_STALE', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (47, 'CONFLICT_STALE', 'msdyn_isperson', /* place */ 'vendors_v2.map.yaml:17'),
  (48, 'CONFLICT_STALE', 'msdyn_vendorcreditlimit', /* place */ 'vendors_v2.map.yaml:18'),
  (49, 'CONFLICT_STALE', 'msdyn_isforeignentity', /* place */ 'vendors_v2.map.yaml:19'),
  (50, 'CONFLICT_STALE', 'msdyn_isonetimevendor', /* place */ 'vendors_v2.map.yaml:20'),
  (51, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'vendors_v2.map.yaml:21'),
  (52, 'CONFLICT_STALE', 'msdyn_dunsnumber', /* place */ 'vendors_v2.map.yaml:22'),
  (53, 'CONFLICT_STALE', 'msdyn_ethnicorigin', /* place */ 'vendors_v2.map.yaml:23'),
  (54, 'CONFLICT_STALE', 'msdyn_ourvendoraccountnumber', /* place */ 'vendors_v2.map.yaml:24'),
  (55, 'CONFLICT_STALE', 'msdyn_paymentid', /* place */ 'vendors_v2.map.yaml:25'),
  (56, 'CONFLICT_STALE', 'msdyn_primarycontacturl', /* place */ 'vendors_v2.map.yaml:26'),
  (57, 'CONFLICT_STALE', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (58, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (59, 'CONFLICT_STALE', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (60, 'CONFLICT_STALE', 'msdyn_hasonlytakenbids', /* place */ 'vendors_v2.map.yaml:30'),
  (61, 'CONFLICT_STALE', 'msdyn_isminorityowned', /* place */ 'vendors_v2.map.yaml:31'),
  (62, 'CONFLICT_STALE', 'msdyn_isvendorlocallyowned', /* place */ 'vendors_v2.map.yaml:32'),
  (63, 'CONFLICT_STALE', 'msdyn_isserviceveteranowned', /* place */ 'vendors_v2.map.yaml:33'),
  (64, 'CONFLICT_STALE', 'msdyn_ownerisdisabled', /* place */ 'vendors_v2.map.yaml:34'),
  (65, 'CONFLICT_STALE', 'msdyn_womanowner', /* place */ 'vendors_v2.map.yaml:35'),
  (66, 'CONFLICT_STALE', 'msdyn_numberofemployees', /* place */ 'vendors_v2.map.yaml:36'),
  (67, 'CONFLICT_STALE', 'msdyn_vendoronholdreleasedate', /* place */ 'vendors_v2.map.yaml:37'),
  (68, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (69, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (70, 'CONFLICT_STALE', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (71, 'CONFLICT_STALE', 'msdyn_isvendorlocatedinhubzone', /* place */ 'vendors_v2.map.yaml:41'),
  (72, 'CONFLICT_STALE', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (73, 'CONFLICT_STALE', 'msdyn_priceincludessalestax', /* place */ 'vendors_v2.map.yaml:44'),
  (74, 'CONFLICT_STALE', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (75, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'vendors_v2' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'vendors_v2' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'vendors_v2' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'VENDORACCOUNTNUMBER', CAST(source."VENDORACCOUNTNUMBER" AS VARCHAR), 'VENDORPARTYTYPE', CAST(source."VENDORPARTYTYPE" AS VARCHAR), 'VENDORPARTYNUMBER', CAST(source."VENDORPARTYNUMBER" AS VARCHAR), 'VENDORGROUPID', CAST(source."VENDORGROUPID" AS VARCHAR), 'CREDITLIMIT', CAST(source."CREDITLIMIT" AS VARCHAR), 'ISFOREIGNENTITY', CAST(source."ISFOREIGNENTITY" AS VARCHAR), 'ISONETIMEVENDOR', CAST(source."ISONETIMEVENDOR" AS VARCHAR), 'CREDITRATING', CAST(source."CREDITRATING" AS VARCHAR), 'DUNSNUMBER', CAST(source."DUNSNUMBER" AS VARCHAR), 'ETHNICORIGINID', CAST(source."ETHNICORIGINID" AS VARCHAR), 'OURACCOUNTNUMBER', CAST(source."OURACCOUNTNUMBER" AS VARCHAR), 'PAYMENTID', CAST(source."PAYMENTID" AS VARCHAR), 'PRIMARYURL', CAST(source."PRIMARYURL" AS VARCHAR), 'DEFAULTPAYMENTDAYNAME', CAST(source."DEFAULTPAYMENTDAYNAME" AS VARCHAR), 'DEFAULTPAYMENTSCHEDULENAME', CAST(source."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR), 'DEFAULTPAYMENTTERMSNAME', CAST(source."DEFAULTPAYMENTTERMSNAME" AS VARCHAR), 'HASONLYTAKENBIDS', CAST(source."HASONLYTAKENBIDS" AS VARCHAR), 'ISMINORITYOWNED', CAST(source."ISMINORITYOWNED" AS VARCHAR), 'ISVENDORLOCALLYOWNED', CAST(source."ISVENDORLOCALLYOWNED" AS VARCHAR), 'ISSERVICEVETERANOWNED', CAST(source."ISSERVICEVETERANOWNED" AS VARCHAR), 'ISOWNERDISABLED', CAST(source."ISOWNERDISABLED" AS VARCHAR), 'ISWOMANOWNER', CAST(source."ISWOMANOWNER" AS VARCHAR), 'ORGANIZATIONEMPLOYEEAMOUNT', CAST(source."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR), 'VENDORHOLDRELEASEDATE', CAST(source."VENDORHOLDRELEASEDATE" AS VARCHAR), 'ONHOLDSTATUS', CAST(source."ONHOLDSTATUS" AS VARCHAR), 'CURRENCYCODE', CAST(source."CURRENCYCODE" AS VARCHAR), 'ISVENDORLOCATEDINHUBZONE', CAST(source."ISVENDORLOCATEDINHUBZONE" AS VARCHAR), 'DEFAULTVENDORPAYMENTMETHODNAME', CAST(source."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR), 'INVOICEVENDORACCOUNTNUMBER', CAST(source."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR), 'AREPRICESINCLUDINGSALESTAX', CAST(source."AREPRICESINCLUDINGSALESTAX" AS VARCHAR), 'SALESTAXGROUPCODE', CAST(source."SALESTAXGROUPCODE" AS VARCHAR), 'PRIMARYCONTACTPERSONID', CAST(source."PRIMARYCONTACTPERSONID" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'vendors_v2.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'vendors_v2.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'vendors_v2.map.yaml:13'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'vendors_v2.map.yaml:13'),
  (5, 'LOOKUP_MISSING', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (6, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (7, 'VALUE_UNMAPPED', 'msdyn_isperson', /* place */ 'vendors_v2.map.yaml:17'),
  (8, 'OUT_OF_RANGE', 'msdyn_vendorcreditlimit', /* place */ 'vendors_v2.map.yaml:18'),
  (9, 'VALUE_UNMAPPED', 'msdyn_isforeignentity', /* place */ 'vendors_v2.map.yaml:19'),
  (10, 'VALUE_UNMAPPED', 'msdyn_isonetimevendor', /* place */ 'vendors_v2.map.yaml:20'),
  (11, 'LOOKUP_MISSING', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (12, 'LOOKUP_AMBIGUOUS', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (13, 'LOOKUP_MISSING', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (14, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (15, 'LOOKUP_MISSING', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (17, 'VALUE_UNMAPPED', 'msdyn_hasonlytakenbids', /* place */ 'vendors_v2.map.yaml:30'),
  (18, 'VALUE_UNMAPPED', 'msdyn_isminorityowned', /* place */ 'vendors_v2.map.yaml:31'),
  (19, 'VALUE_UNMAPPED', 'msdyn_isvendorlocallyowned', /* place */ 'vendors_v2.map.yaml:32'),
  (20, 'VALUE_UNMAPPED', 'msdyn_isserviceveteranowned', /* place */ 'vendors_v2.map.yaml:33'),
  (21, 'VALUE_UNMAPPED', 'msdyn_ownerisdisabled', /* place */ 'vendors_v2.map.yaml:34'),
  (22, 'VALUE_UNMAPPED', 'msdyn_womanowner', /* place */ 'vendors_v2.map.yaml:35'),
  (23, 'LOOKUP_MISSING', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (24, 'LOOKUP_AMBIGUOUS', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (25, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (26, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (27, 'LOOKUP_MISSING', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (28, 'LOOKUP_AMBIGUOUS', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (29, 'VALUE_UNMAPPED', 'msdyn_isvendorlocatedinhubzone', /* place */ 'vendors_v2.map.yaml:41'),
  (30, 'LOOKUP_MISSING', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (31, 'LOOKUP_AMBIGUOUS', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (32, 'VALUE_UNMAPPED', 'msdyn_priceincludessalestax', /* place */ 'vendors_v2.map.yaml:44'),
  (33, 'LOOKUP_MISSING', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (34, 'LOOKUP_AMBIGUOUS', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (35, 'LOOKUP_MISSING', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46'),
  (36, 'LOOKUP_AMBIGUOUS', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46'),
  (37, 'TARGET_EXISTS', '', /* place */ 'vendors_v2.map.yaml:4'),
  (38, 'TARGET_MISSING', '', /* place */ 'vendors_v2.map.yaml:4'),
  (39, 'TARGET_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (40, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (41, 'CONFLICT_STALE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (42, 'KEY_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (43, 'SUPERSEDED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (44, 'SET_INCOMPLETE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (45, 'TARGET_REFUSED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (46, 'CONFLICT_STALE', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (47, 'CONFLICT_STALE', 'msdyn_isperson', /* place */ 'vendors_v2.map.yaml:17'),
  (48, 'CONFLICT_STALE', 'msdyn_vendorcreditlimit', /* place */ 'vendors_v2.map.yaml:18'),
  (49, 'CONFLICT_STALE', 'msdyn_isforeignentity', /* place */ 'vendors_v2.map.yaml:19'),
  (50, 'CONFLICT_STALE', 'msdyn_isonetimevendor', /* place */ 'vendors_v2.map.yaml:20'),
  (51, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'vendors_v2.map.yaml:21'),
  (52, 'CONFLICT_STALE', 'msdyn_dunsnumber', /* place */ 'vendors_v2.map.yaml:22'),
  (53, 'CONFLICT_STALE', 'msdyn_ethnicorigin', /* place */ 'vendors_v2.map.yaml:23'),
  (54, 'CONFLICT_STALE', 'msdyn_ourvendoraccountnumber', /* place */ 'vendors_v2.map.yaml:24'),
  (55, 'CONFLICT_STALE', 'msdyn_paymentid', /* place */ 'vendors_v2.map.yaml:25'),
  (56, 'CONFLICT_STALE', 'msdyn_primarycontacturl', /* place */ 'vendors_v2.map.yaml:26'),
  (57, 'CONFLICT_STALE', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (58, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (59, 'CONFLICT_STALE', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (60, 'CONFLICT_STALE', 'msdyn_hasonlytakenbids', /* place */ 'vendors_v2.map.yaml:30'),
  (61, 'CONFLICT_STALE', 'msdyn_isminorityowned', /* place */ 'vendors_v2.map.yaml:31'),
  (62, 'CONFLICT_STALE', 'msdyn_isvendorlocallyowned', /* place */ 'vendors_v2.map.yaml:32'),
  (63, 'CONFLICT_STALE', 'msdyn_isserviceveteranowned', /* place */ 'vendors_v2.map.yaml:33'),
  (64, 'CONFLICT_STALE', 'msdyn_ownerisdisabled', /* place */ 'vendors_v2.map.yaml:34'),
  (65, 'CONFLICT_STALE', 'msdyn_womanowner', /* place */ 'vendors_v2.map.yaml:35'),
  (66, 'CONFLICT_STALE', 'msdyn_numberofemployees', /* place */ 'vendors_v2.map.yaml:36'),
  (67, 'CONFLICT_STALE', 'msdyn_vendoronholdreleasedate', /* place */ 'vendors_v2.map.yaml:37'),
  (68, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (69, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (70, 'CONFLICT_STALE', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (71, 'CONFLICT_STALE', 'msdyn_isvendorlocatedinhubzone', /* place */ 'vendors_v2.map.yaml:41'),
  (72, 'CONFLICT_STALE', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (73, 'CONFLICT_STALE', 'msdyn_priceincludessalestax', /* place */ 'vendors_v2.map.yaml:44'),
  (74, 'CONFLICT_STALE', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (75, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."VendorsV2" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'vendors_v2' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'vendors_v2' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.msdyn_vendors' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'vendors_v2' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.msdyn_vendors' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'vendors_v2' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'vendors_v2' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, replace(replace(coalesce(CAST(shaped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."msdyn_vendorgroupid" IS NOT DISTINCT FROM shaped."msdyn_vendorgroupid"
        THEN {'column_name': 'msdyn_vendorgroupid', 'source': CAST(shaped."both.VENDORGROUPID" AS VARCHAR), 'target': CAST(now."msdyn_vendorgroupid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendorgroupid')[1] END,
      CASE WHEN now."msdyn_isperson" IS NOT DISTINCT FROM shaped."msdyn_isperson"
        THEN {'column_name': 'msdyn_isperson', 'source': CAST(shaped."both.VENDORPARTYTYPE" AS VARCHAR), 'target': CAST(now."msdyn_isperson" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isperson')[1] END,
      CASE WHEN now."msdyn_vendorcreditlimit" IS NOT DISTINCT FROM shaped."msdyn_vendorcreditlimit"
        THEN {'column_name': 'msdyn_vendorcreditlimit', 'source': CAST(shaped."both.CREDITLIMIT" AS VARCHAR), 'target': CAST(now."msdyn_vendorcreditlimit" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendorcreditlimit')[1] END,
      CASE WHEN now."msdyn_isforeignentity" IS NOT DISTINCT FROM shaped."msdyn_isforeignentity"
        THEN {'column_name': 'msdyn_isforeignentity', 'source': CAST(shaped."both.ISFOREIGNENTITY" AS VARCHAR), 'target': CAST(now."msdyn_isforeignentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isforeignentity')[1] END,
      CASE WHEN now."msdyn_isonetimevendor" IS NOT DISTINCT FROM shaped."msdyn_isonetimevendor"
        THEN {'column_name': 'msdyn_isonetimevendor', 'source': CAST(shaped."both.ISONETIMEVENDOR" AS VARCHAR), 'target': CAST(now."msdyn_isonetimevendor" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isonetimevendor')[1] END,
      CASE WHEN now."msdyn_creditrating" IS NOT DISTINCT FROM shaped."msdyn_creditrating"
        THEN {'column_name': 'msdyn_creditrating', 'source': CAST(shaped."both.CREDITRATING" AS VARCHAR), 'target': CAST(now."msdyn_creditrating" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] END,
      CASE WHEN now."msdyn_dunsnumber" IS NOT DISTINCT FROM shaped."msdyn_dunsnumber"
        THEN {'column_name': 'msdyn_dunsnumber', 'source': CAST(shaped."both.DUNSNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_dunsnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_dunsnumber')[1] END,
      CASE WHEN now."msdyn_ethnicorigin" IS NOT DISTINCT FROM shaped."msdyn_ethnicorigin"
        THEN {'column_name': 'msdyn_ethnicorigin', 'source': CAST(shaped."both.ETHNICORIGINID" AS VARCHAR), 'target': CAST(now."msdyn_ethnicorigin" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_ethnicorigin')[1] END,
      CASE WHEN now."msdyn_ourvendoraccountnumber" IS NOT DISTINCT FROM shaped."msdyn_ourvendoraccountnumber"
        THEN {'column_name': 'msdyn_ourvendoraccountnumber', 'source': CAST(shaped."both.OURACCOUNTNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_ourvendoraccountnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_ourvendoraccountnumber')[1] END,
      CASE WHEN now."msdyn_paymentid" IS NOT DISTINCT FROM shaped."msdyn_paymentid"
        THEN {'column_name': 'msdyn_paymentid', 'source': CAST(shaped."both.PAYMENTID" AS VARCHAR), 'target': CAST(now."msdyn_paymentid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentid')[1] END,
      CASE WHEN now."msdyn_primarycontacturl" IS NOT DISTINCT FROM shaped."msdyn_primarycontacturl"
        THEN {'column_name': 'msdyn_primarycontacturl', 'source': CAST(shaped."both.PRIMARYURL" AS VARCHAR), 'target': CAST(now."msdyn_primarycontacturl" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontacturl')[1] END,
      CASE WHEN now."msdyn_defaultpaymentdayname" IS NOT DISTINCT FROM shaped."msdyn_defaultpaymentdayname"
        THEN {'column_name': 'msdyn_defaultpaymentdayname', 'source': CAST(shaped."both.DEFAULTPAYMENTDAYNAME" AS VARCHAR), 'target': CAST(now."msdyn_defaultpaymentdayname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_defaultpaymentdayname')[1] END,
      CASE WHEN now."msdyn_paymentschedule" IS NOT DISTINCT FROM shaped."msdyn_paymentschedule"
        THEN {'column_name': 'msdyn_paymentschedule', 'source': CAST(shaped."both.DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR), 'target': CAST(now."msdyn_paymentschedule" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1] END,
      CASE WHEN now."msdyn_paymentterms" IS NOT DISTINCT FROM shaped."msdyn_paymentterms"
        THEN {'column_name': 'msdyn_paymentterms', 'source': CAST(shaped."both.DEFAULTPAYMENTTERMSNAME" AS VARCHAR), 'target': CAST(now."msdyn_paymentterms" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentterms')[1] END,
      CASE WHEN now."msdyn_hasonlytakenbids" IS NOT DISTINCT FROM shaped."msdyn_hasonlytakenbids"
        THEN {'column_name': 'msdyn_hasonlytakenbids', 'source': CAST(shaped."both.HASONLYTAKENBIDS" AS VARCHAR), 'target': CAST(now."msdyn_hasonlytakenbids" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_hasonlytakenbids')[1] END,
      CASE WHEN now."msdyn_isminorityowned" IS NOT DISTINCT FROM shaped."msdyn_isminorityowned"
        THEN {'column_name': 'msdyn_isminorityowned', 'source': CAST(shaped."both.ISMINORITYOWNED" AS VARCHAR), 'target': CAST(now."msdyn_isminorityowned" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isminorityowned')[1] END,
      CASE WHEN now."msdyn_isvendorlocallyowned" IS NOT DISTINCT FROM shaped."msdyn_isvendorlocallyowned"
        THEN {'column_name': 'msdyn_isvendorlocallyowned', 'source': CAST(shaped."both.ISVENDORLOCALLYOWNED" AS VARCHAR), 'target': CAST(now."msdyn_isvendorlocallyowned" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isvendorlocallyowned')[1] END,
      CASE WHEN now."msdyn_isserviceveteranowned" IS NOT DISTINCT FROM shaped."msdyn_isserviceveteranowned"
        THEN {'column_name': 'msdyn_isserviceveteranowned', 'source': CAST(shaped."both.ISSERVICEVETERANOWNED" AS VARCHAR), 'target': CAST(now."msdyn_isserviceveteranowned" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isserviceveteranowned')[1] END,
      CASE WHEN now."msdyn_ownerisdisabled" IS NOT DISTINCT FROM shaped."msdyn_ownerisdisabled"
        THEN {'column_name': 'msdyn_ownerisdisabled', 'source': CAST(shaped."both.ISOWNERDISABLED" AS VARCHAR), 'target': CAST(now."msdyn_ownerisdisabled" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_ownerisdisabled')[1] END,
      CASE WHEN now."msdyn_womanowner" IS NOT DISTINCT FROM shaped."msdyn_womanowner"
        THEN {'column_name': 'msdyn_womanowner', 'source': CAST(shaped."both.ISWOMANOWNER" AS VARCHAR), 'target': CAST(now."msdyn_womanowner" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_womanowner')[1] END,
      CASE WHEN now."msdyn_numberofemployees" IS NOT DISTINCT FROM shaped."msdyn_numberofemployees"
        THEN {'column_name': 'msdyn_numberofemployees', 'source': CAST(shaped."both.ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR), 'target': CAST(now."msdyn_numberofemployees" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_numberofemployees')[1] END,
      CASE WHEN now."msdyn_vendoronholdreleasedate" IS NOT DISTINCT FROM shaped."msdyn_vendoronholdreleasedate"
        THEN {'column_name': 'msdyn_vendoronholdreleasedate', 'source': CAST(shaped."both.VENDORHOLDRELEASEDATE" AS VARCHAR), 'target': CAST(now."msdyn_vendoronholdreleasedate" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendoronholdreleasedate')[1] END,
      CASE WHEN now."msdyn_partyid" IS NOT DISTINCT FROM shaped."msdyn_partyid"
        THEN {'column_name': 'msdyn_partyid', 'source': CAST(shaped."both.VENDORPARTYNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_partyid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partyid')[1] END,
      CASE WHEN now."msdyn_onholdstatus" IS NOT DISTINCT FROM shaped."msdyn_onholdstatus"
        THEN {'column_name': 'msdyn_onholdstatus', 'source': CAST(shaped."both.ONHOLDSTATUS" AS VARCHAR), 'target': CAST(now."msdyn_onholdstatus" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1] END,
      CASE WHEN now."msdyn_currencycode" IS NOT DISTINCT FROM shaped."msdyn_currencycode"
        THEN {'column_name': 'msdyn_currencycode', 'source': CAST(shaped."both.CURRENCYCODE" AS VARCHAR), 'target': CAST(now."msdyn_currencycode" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_currencycode')[1] END,
      CASE WHEN now."msdyn_isvendorlocatedinhubzone" IS NOT DISTINCT FROM shaped."msdyn_isvendorlocatedinhubzone"
        THEN {'column_name': 'msdyn_isvendorlocatedinhubzone', 'source': CAST(shaped."both.ISVENDORLOCATEDINHUBZONE" AS VARCHAR), 'target': CAST(now."msdyn_isvendorlocatedinhubzone" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isvendorlocatedinhubzone')[1] END,
      CASE WHEN now."msdyn_vendorpaymentmethod" IS NOT DISTINCT FROM shaped."msdyn_vendorpaymentmethod"
        THEN {'column_name': 'msdyn_vendorpaymentmethod', 'source': CAST(shaped."both.DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR), 'target': CAST(now."msdyn_vendorpaymentmethod" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendorpaymentmethod')[1] END,
      CASE WHEN now."msdyn_priceincludessalestax" IS NOT DISTINCT FROM shaped."msdyn_priceincludessalestax"
        THEN {'column_name': 'msdyn_priceincludessalestax', 'source': CAST(shaped."both.AREPRICESINCLUDINGSALESTAX" AS VARCHAR), 'target': CAST(now."msdyn_priceincludessalestax" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_priceincludessalestax')[1] END,
      CASE WHEN now."msdyn_taxgroup" IS NOT DISTINCT FROM shaped."msdyn_taxgroup"
        THEN {'column_name': 'msdyn_taxgroup', 'source': CAST(shaped."both.SALESTAXGROUPCODE" AS VARCHAR), 'target': CAST(now."msdyn_taxgroup" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_taxgroup')[1] END,
      CASE WHEN now."msdyn_primarycontact" IS NOT DISTINCT FROM shaped."msdyn_primarycontact"
        THEN {'column_name': 'msdyn_primarycontact', 'source': CAST(shaped."both.PRIMARYCONTACTPERSONID" AS VARCHAR), 'target': CAST(now."msdyn_primarycontact" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] END
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_invoicevendoraccountnumber')[1]
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "dataverse"."msdyn_vendors" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'vendors_v2' AND pact.source_key = shaped."#key" AND pact.target_key = replace(replace(coalesce(CAST(shaped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'vendors_v2' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'vendors_v2' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'vendors_v2';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'vendors_v2' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
