-- customers_v3: Customers V3 (accounts)
-- finops.CustomersV3 -> dataverse.accounts, incremental

-- step 1: extract finops.CustomersV3

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.CustomersV3' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."CustomersV3" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."CustomersV3" AS x), TRUE)
  ) AS content
FROM "finops"."CustomersV3" AS x
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
SELECT 'dataverse.msdyn_customergroups' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_customergroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_customergroups" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_customergroups" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_customergroups" AS x
UNION ALL
SELECT 'dataverse.msdyn_paymentdays' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentdayid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentdays" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentdays" AS x
UNION ALL
SELECT 'dataverse.msdyn_customerpaymentmethods' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_customerpaymentmethodid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_customerpaymentmethods" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_customerpaymentmethods" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_customerpaymentmethods" AS x
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
SELECT 'dataverse.msdyn_vendors' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendors" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_vendors" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_vendors" AS x
UNION ALL
SELECT 'dataverse.msdyn_parties' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_parties" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_parties" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_parties" AS x
UNION ALL
SELECT 'dataverse.msdyn_contactforparties' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_contactforpartyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_contactforparties" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_contactforparties" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_contactforparties" AS x
UNION ALL
SELECT 'dataverse.msdyn_taxgroups' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_taxgroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_taxgroups" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_taxgroups" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_taxgroups" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'customers_v3' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3' AND mark.entity = 'finops.CustomersV3'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'customers_v3' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."CustomersV3" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'customers_v3' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."CustomersV3" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'customers_v3' AND open.state = 'open'
);

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: transactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'transactioncurrencyid:transactioncurrencies changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_customergroups changed: msdyn_customergroupid:msdyn_customergroups
INSERT INTO examined
SELECT source.rowid, 'msdyn_customergroupid:msdyn_customergroups changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_customergroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentdays changed: msdyn_paymentday:msdyn_paymentdays
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentday:msdyn_paymentdays changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_customerpaymentmethods changed: msdyn_customerpaymentmethod:msdyn_customerpaymentmethods
INSERT INTO examined
SELECT source.rowid, 'msdyn_customerpaymentmethod:msdyn_customerpaymentmethods changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_customerpaymentmethods'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentschedules changed: msdyn_paymentschedule:msdyn_paymentschedules
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentschedule:msdyn_paymentschedules changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentterms changed: msdyn_paymentterm:msdyn_paymentterms
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentterm:msdyn_paymentterms changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_vendors changed: msdyn_vendor:msdyn_vendors
INSERT INTO examined
SELECT source.rowid, 'msdyn_vendor:msdyn_vendors changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_parties changed: msdyn_partyid:msdyn_parties
INSERT INTO examined
SELECT source.rowid, 'msdyn_partyid:msdyn_parties changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_contactforparties changed: msdyn_primarycontact:msdyn_contactforparties
INSERT INTO examined
SELECT source.rowid, 'msdyn_primarycontact:msdyn_contactforparties changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_contactforparties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_taxgroups changed: msdyn_salestaxgroup:msdyn_taxgroups
INSERT INTO examined
SELECT source.rowid, 'msdyn_salestaxgroup:msdyn_taxgroups changed'
FROM "finops"."CustomersV3" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_taxgroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."CustomersV3" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'customers_v3' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'customers_v3' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."CustomersV3") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'customers_v3' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."CUSTOMERACCOUNT",
    source."ModifiedDateTime",
    source."PARTYTYPE",
    source."CREDITLIMIT",
    source."SALESCURRENCYCODE",
    source."SALESMEMO",
    source."CREDITLIMITISMANDATORY",
    source."CREDITRATING",
    source."CUSTOMERGROUPID",
    source."IDENTIFICATIONNUMBER",
    source."ISONETIMECUSTOMER",
    source."ONHOLDSTATUS",
    source."PARTYCOUNTRY",
    source."PARTYSTATE",
    source."PAYMENTDAY",
    source."PAYMENTMETHOD",
    source."PAYMENTSCHEDULE",
    source."PAYMENTTERMS",
    source."PAYMENTTERMSBASEDAYS",
    source."TAXEXEMPTNUMBER",
    source."VENDORACCOUNT",
    source."PARTYNUMBER",
    source."CONTACTPERSONID",
    source."SALESTAXGROUP"
  FROM "finops"."CustomersV3" AS source
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
  LEFT JOIN (  -- transactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "transactioncurrencyid:transactioncurrencies.#1", count(*) AS "transactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "transactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("SALESCURRENCYCODE", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "transactioncurrencyid:transactioncurrencies.#1" = nullif("SALESCURRENCYCODE", '')
  LEFT JOIN (  -- msdyn_customergroupid:msdyn_customergroups
    SELECT x."msdyn_groupid" AS "msdyn_customergroupid:msdyn_customergroups.#1", x."msdyn_company" AS "msdyn_customergroupid:msdyn_customergroups.#2", count(*) AS "msdyn_customergroupid:msdyn_customergroups.#hits", any_value(x."msdyn_customergroupid") AS "msdyn_customergroupid:msdyn_customergroups.msdyn_customergroupid"
    FROM "dataverse"."msdyn_customergroups" AS x
    WHERE x."msdyn_groupid" IN (SELECT DISTINCT nullif("CUSTOMERGROUPID", '') FROM "landed")
    GROUP BY x."msdyn_groupid", x."msdyn_company"
  ) ON "msdyn_customergroupid:msdyn_customergroups.#1" = nullif("CUSTOMERGROUPID", '') AND "msdyn_customergroupid:msdyn_customergroups.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentday:msdyn_paymentdays
    SELECT x."msdyn_name" AS "msdyn_paymentday:msdyn_paymentdays.#1", x."msdyn_company" AS "msdyn_paymentday:msdyn_paymentdays.#2", count(*) AS "msdyn_paymentday:msdyn_paymentdays.#hits", any_value(x."msdyn_paymentdayid") AS "msdyn_paymentday:msdyn_paymentdays.msdyn_paymentdayid"
    FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTDAY", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentday:msdyn_paymentdays.#1" = nullif("PAYMENTDAY", '') AND "msdyn_paymentday:msdyn_paymentdays.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_customerpaymentmethod:msdyn_customerpaymentmethods
    SELECT x."msdyn_name" AS "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#1", x."msdyn_company" AS "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#2", count(*) AS "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#hits", any_value(x."msdyn_customerpaymentmethodid") AS "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.msdyn_customerpaymentmethodid"
    FROM "dataverse"."msdyn_customerpaymentmethods" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTMETHOD", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#1" = nullif("PAYMENTMETHOD", '') AND "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentschedule:msdyn_paymentschedules
    SELECT x."msdyn_name" AS "msdyn_paymentschedule:msdyn_paymentschedules.#1", x."msdyn_company" AS "msdyn_paymentschedule:msdyn_paymentschedules.#2", count(*) AS "msdyn_paymentschedule:msdyn_paymentschedules.#hits", any_value(x."msdyn_paymentscheduleid") AS "msdyn_paymentschedule:msdyn_paymentschedules.msdyn_paymentscheduleid"
    FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTSCHEDULE", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentschedule:msdyn_paymentschedules.#1" = nullif("PAYMENTSCHEDULE", '') AND "msdyn_paymentschedule:msdyn_paymentschedules.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentterm:msdyn_paymentterms
    SELECT x."msdyn_name" AS "msdyn_paymentterm:msdyn_paymentterms.#1", x."msdyn_company" AS "msdyn_paymentterm:msdyn_paymentterms.#2", count(*) AS "msdyn_paymentterm:msdyn_paymentterms.#hits", any_value(x."msdyn_paymenttermid") AS "msdyn_paymentterm:msdyn_paymentterms.msdyn_paymenttermid"
    FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTTERMS", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentterm:msdyn_paymentterms.#1" = nullif("PAYMENTTERMS", '') AND "msdyn_paymentterm:msdyn_paymentterms.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_vendor:msdyn_vendors
    SELECT x."msdyn_vendoraccountnumber" AS "msdyn_vendor:msdyn_vendors.#1", x."msdyn_company" AS "msdyn_vendor:msdyn_vendors.#2", count(*) AS "msdyn_vendor:msdyn_vendors.#hits", any_value(x."msdyn_vendorid") AS "msdyn_vendor:msdyn_vendors.msdyn_vendorid"
    FROM "dataverse"."msdyn_vendors" AS x
    WHERE x."msdyn_vendoraccountnumber" IN (SELECT DISTINCT nullif("VENDORACCOUNT", '') FROM "landed")
    GROUP BY x."msdyn_vendoraccountnumber", x."msdyn_company"
  ) ON "msdyn_vendor:msdyn_vendors.#1" = nullif("VENDORACCOUNT", '') AND "msdyn_vendor:msdyn_vendors.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_partyid:msdyn_parties
    SELECT x."msdyn_partynumber" AS "msdyn_partyid:msdyn_parties.#1", count(*) AS "msdyn_partyid:msdyn_parties.#hits", any_value(x."msdyn_partyid") AS "msdyn_partyid:msdyn_parties.msdyn_partyid"
    FROM "dataverse"."msdyn_parties" AS x
    WHERE x."msdyn_partynumber" IN (SELECT DISTINCT nullif("PARTYNUMBER", '') FROM "landed")
    GROUP BY x."msdyn_partynumber"
  ) ON "msdyn_partyid:msdyn_parties.#1" = nullif("PARTYNUMBER", '')
  LEFT JOIN (  -- msdyn_primarycontact:msdyn_contactforparties
    SELECT x."msdyn_contactforpartynumber" AS "msdyn_primarycontact:msdyn_contactforparties.#1", x."msdyn_company" AS "msdyn_primarycontact:msdyn_contactforparties.#2", count(*) AS "msdyn_primarycontact:msdyn_contactforparties.#hits", any_value(x."msdyn_contactforpartyid") AS "msdyn_primarycontact:msdyn_contactforparties.msdyn_contactforpartyid"
    FROM "dataverse"."msdyn_contactforparties" AS x
    WHERE x."msdyn_contactforpartynumber" IN (SELECT DISTINCT nullif("CONTACTPERSONID", '') FROM "landed")
    GROUP BY x."msdyn_contactforpartynumber", x."msdyn_company"
  ) ON "msdyn_primarycontact:msdyn_contactforparties.#1" = nullif("CONTACTPERSONID", '') AND "msdyn_primarycontact:msdyn_contactforparties.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_salestaxgroup:msdyn_taxgroups
    SELECT x."msdyn_name" AS "msdyn_salestaxgroup:msdyn_taxgroups.#1", x."msdyn_company" AS "msdyn_salestaxgroup:msdyn_taxgroups.#2", count(*) AS "msdyn_salestaxgroup:msdyn_taxgroups.#hits", any_value(x."msdyn_taxgroupid") AS "msdyn_salestaxgroup:msdyn_taxgroups.msdyn_taxgroupid"
    FROM "dataverse"."msdyn_taxgroups" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("SALESTAXGROUP", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_salestaxgroup:msdyn_taxgroups.#1" = nullif("SALESTAXGROUP", '') AND "msdyn_salestaxgroup:msdyn_taxgroups.#2" = "msdyn_company:cdm_companies.cdm_companyid"
),
judged AS (
  SELECT *,
    coalesce(("PARTYTYPE" = 'Organization'), FALSE) AS "#passes",  -- customers_v3.map.yaml:11
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime customers_v3.map.yaml:4
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_company customers_v3.map.yaml:13
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_company customers_v3.map.yaml:13
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 4  -- KEY_NULL msdyn_company customers_v3.map.yaml:13
      WHEN NOT (3 IN (3, 11)) THEN 5  -- VALUE_UNMAPPED customertypecode customers_v3.map.yaml:16
      WHEN NOT (abs(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 6  -- OUT_OF_RANGE creditlimit customers_v3.map.yaml:18
      WHEN (nullif("SALESCURRENCYCODE", '') IS NOT NULL) AND ("transactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 7  -- LOOKUP_MISSING transactioncurrencyid customers_v3.map.yaml:19
      WHEN coalesce("transactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS transactioncurrencyid customers_v3.map.yaml:19
      WHEN NOT ("CREDITLIMITISMANDATORY" IN ('yes', 'no')) THEN 9  -- VALUE_UNMAPPED msdyn_creditlimitismandatory customers_v3.map.yaml:21
      WHEN (nullif("CUSTOMERGROUPID", '') IS NOT NULL) AND ("msdyn_customergroupid:msdyn_customergroups.#hits" IS NULL) THEN 10  -- LOOKUP_MISSING msdyn_customergroupid customers_v3.map.yaml:23
      WHEN coalesce("msdyn_customergroupid:msdyn_customergroups.#hits", 0) > 1 THEN 11  -- LOOKUP_AMBIGUOUS msdyn_customergroupid customers_v3.map.yaml:23
      WHEN NOT ("ISONETIMECUSTOMER" IN ('yes', 'no')) THEN 12  -- VALUE_UNMAPPED msdyn_onetimecustomer customers_v3.map.yaml:26
      WHEN NOT ("ONHOLDSTATUS" IN ('no', 'invoice', 'all', 'payment', 'requisition', 'never')) THEN 13  -- VALUE_UNMAPPED msdyn_onholdstatus customers_v3.map.yaml:27
      WHEN NOT ((CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) IN (806380000, 806380001, 806380002, 806380003, 806380004, 806380005)) THEN 14  -- VALUE_UNMAPPED msdyn_onholdstatus customers_v3.map.yaml:27
      WHEN (nullif("PAYMENTDAY", '') IS NOT NULL) AND ("msdyn_paymentday:msdyn_paymentdays.#hits" IS NULL) THEN 15  -- LOOKUP_MISSING msdyn_paymentday customers_v3.map.yaml:30
      WHEN coalesce("msdyn_paymentday:msdyn_paymentdays.#hits", 0) > 1 THEN 16  -- LOOKUP_AMBIGUOUS msdyn_paymentday customers_v3.map.yaml:30
      WHEN (nullif("PAYMENTMETHOD", '') IS NOT NULL) AND ("msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#hits" IS NULL) THEN 17  -- LOOKUP_MISSING msdyn_customerpaymentmethod customers_v3.map.yaml:31
      WHEN coalesce("msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.#hits", 0) > 1 THEN 18  -- LOOKUP_AMBIGUOUS msdyn_customerpaymentmethod customers_v3.map.yaml:31
      WHEN (nullif("PAYMENTSCHEDULE", '') IS NOT NULL) AND ("msdyn_paymentschedule:msdyn_paymentschedules.#hits" IS NULL) THEN 19  -- LOOKUP_MISSING msdyn_paymentschedule customers_v3.map.yaml:32
      WHEN coalesce("msdyn_paymentschedule:msdyn_paymentschedules.#hits", 0) > 1 THEN 20  -- LOOKUP_AMBIGUOUS msdyn_paymentschedule customers_v3.map.yaml:32
      WHEN (nullif("PAYMENTTERMS", '') IS NOT NULL) AND ("msdyn_paymentterm:msdyn_paymentterms.#hits" IS NULL) THEN 21  -- LOOKUP_MISSING msdyn_paymentterm customers_v3.map.yaml:33
      WHEN coalesce("msdyn_paymentterm:msdyn_paymentterms.#hits", 0) > 1 THEN 22  -- LOOKUP_AMBIGUOUS msdyn_paymentterm customers_v3.map.yaml:33
      WHEN (nullif("VENDORACCOUNT", '') IS NOT NULL) AND ("msdyn_vendor:msdyn_vendors.#hits" IS NULL) THEN 23  -- LOOKUP_MISSING msdyn_vendor customers_v3.map.yaml:36
      WHEN coalesce("msdyn_vendor:msdyn_vendors.#hits", 0) > 1 THEN 24  -- LOOKUP_AMBIGUOUS msdyn_vendor customers_v3.map.yaml:36
      WHEN (nullif("PARTYNUMBER", '') IS NOT NULL) AND ("msdyn_partyid:msdyn_parties.#hits" IS NULL) THEN 25  -- LOOKUP_MISSING msdyn_partyid customers_v3.map.yaml:37
      WHEN coalesce("msdyn_partyid:msdyn_parties.#hits", 0) > 1 THEN 26  -- LOOKUP_AMBIGUOUS msdyn_partyid customers_v3.map.yaml:37
      WHEN (nullif("CONTACTPERSONID", '') IS NOT NULL) AND ("msdyn_primarycontact:msdyn_contactforparties.#hits" IS NULL) THEN 27  -- LOOKUP_MISSING msdyn_primarycontact customers_v3.map.yaml:38
      WHEN coalesce("msdyn_primarycontact:msdyn_contactforparties.#hits", 0) > 1 THEN 28  -- LOOKUP_AMBIGUOUS msdyn_primarycontact customers_v3.map.yaml:38
      WHEN (nullif("SALESTAXGROUP", '') IS NOT NULL) AND ("msdyn_salestaxgroup:msdyn_taxgroups.#hits" IS NULL) THEN 29  -- LOOKUP_MISSING msdyn_salestaxgroup customers_v3.map.yaml:39
      WHEN coalesce("msdyn_salestaxgroup:msdyn_taxgroups.#hits", 0) > 1 THEN 30  -- LOOKUP_AMBIGUOUS msdyn_salestaxgroup customers_v3.map.yaml:39
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
      WHEN 5 THEN CAST(3 AS VARCHAR)
      WHEN 6 THEN CAST(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("SALESCURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("SALESCURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST("CREDITLIMITISMANDATORY" AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.msdyn_customergroups: ' || coalesce(CAST(nullif("CUSTOMERGROUPID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.msdyn_customergroups: ' || coalesce(CAST(nullif("CUSTOMERGROUPID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 12 THEN CAST("ISONETIMECUSTOMER" AS VARCHAR)
      WHEN 13 THEN CAST("ONHOLDSTATUS" AS VARCHAR)
      WHEN 14 THEN CAST((CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.msdyn_paymentdays: ' || coalesce(CAST(nullif("PAYMENTDAY", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST(('dataverse.msdyn_paymentdays: ' || coalesce(CAST(nullif("PAYMENTDAY", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 17 THEN CAST(('dataverse.msdyn_customerpaymentmethods: ' || coalesce(CAST(nullif("PAYMENTMETHOD", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 18 THEN CAST(('dataverse.msdyn_customerpaymentmethods: ' || coalesce(CAST(nullif("PAYMENTMETHOD", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 19 THEN CAST(('dataverse.msdyn_paymentschedules: ' || coalesce(CAST(nullif("PAYMENTSCHEDULE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 20 THEN CAST(('dataverse.msdyn_paymentschedules: ' || coalesce(CAST(nullif("PAYMENTSCHEDULE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 21 THEN CAST(('dataverse.msdyn_paymentterms: ' || coalesce(CAST(nullif("PAYMENTTERMS", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 22 THEN CAST(('dataverse.msdyn_paymentterms: ' || coalesce(CAST(nullif("PAYMENTTERMS", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 23 THEN CAST(('dataverse.msdyn_vendors: ' || coalesce(CAST(nullif("VENDORACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 24 THEN CAST(('dataverse.msdyn_vendors: ' || coalesce(CAST(nullif("VENDORACCOUNT", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 25 THEN CAST(('dataverse.msdyn_parties: ' || coalesce(CAST(nullif("PARTYNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 26 THEN CAST(('dataverse.msdyn_parties: ' || coalesce(CAST(nullif("PARTYNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 27 THEN CAST(('dataverse.msdyn_contactforparties: ' || coalesce(CAST(nullif("CONTACTPERSONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 28 THEN CAST(('dataverse.msdyn_contactforparties: ' || coalesce(CAST(nullif("CONTACTPERSONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 29 THEN CAST(('dataverse.msdyn_taxgroups: ' || coalesce(CAST(nullif("SALESTAXGROUP", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 30 THEN CAST(('dataverse.msdyn_taxgroups: ' || coalesce(CAST(nullif("SALESTAXGROUP", '') AS VARCHAR), '')) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_company",  -- customers_v3.map.yaml:13
    "CUSTOMERACCOUNT" AS "accountnumber",  -- customers_v3.map.yaml:14
    CAST(CASE WHEN (3 IN (3, 11)) THEN 3 END AS BIGINT) AS "customertypecode",  -- customers_v3.map.yaml:16
    CAST(CASE WHEN (abs(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("CREDITLIMIT", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "creditlimit",  -- customers_v3.map.yaml:18
    "transactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS "transactioncurrencyid",  -- customers_v3.map.yaml:19
    "SALESMEMO" AS "description",  -- customers_v3.map.yaml:20
    CAST(CASE "CREDITLIMITISMANDATORY" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_creditlimitismandatory",  -- customers_v3.map.yaml:21
    "CREDITRATING" AS "msdyn_creditrating",  -- customers_v3.map.yaml:22
    "msdyn_customergroupid:msdyn_customergroups.msdyn_customergroupid" AS "msdyn_customergroupid",  -- customers_v3.map.yaml:23
    "IDENTIFICATIONNUMBER" AS "msdyn_identificationnumber",  -- customers_v3.map.yaml:24
    CAST(CASE "ISONETIMECUSTOMER" WHEN 'yes' THEN TRUE WHEN 'no' THEN FALSE ELSE NULL END AS BOOLEAN) AS "msdyn_onetimecustomer",  -- customers_v3.map.yaml:26
    CAST(CASE WHEN ((CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) IN (806380000, 806380001, 806380002, 806380003, 806380004, 806380005)) THEN (CASE "ONHOLDSTATUS" WHEN 'no' THEN 806380000 WHEN 'invoice' THEN 806380001 WHEN 'all' THEN 806380002 WHEN 'payment' THEN 806380003 WHEN 'requisition' THEN 806380004 WHEN 'never' THEN 806380005 ELSE NULL END) END AS BIGINT) AS "msdyn_onholdstatus",  -- customers_v3.map.yaml:27
    "PARTYCOUNTRY" AS "msdyn_partycountry",  -- customers_v3.map.yaml:28
    "PARTYSTATE" AS "msdyn_partystateprovince",  -- customers_v3.map.yaml:29
    "msdyn_paymentday:msdyn_paymentdays.msdyn_paymentdayid" AS "msdyn_paymentday",  -- customers_v3.map.yaml:30
    "msdyn_customerpaymentmethod:msdyn_customerpaymentmethods.msdyn_customerpaymentmethodid" AS "msdyn_customerpaymentmethod",  -- customers_v3.map.yaml:31
    "msdyn_paymentschedule:msdyn_paymentschedules.msdyn_paymentscheduleid" AS "msdyn_paymentschedule",  -- customers_v3.map.yaml:32
    "msdyn_paymentterm:msdyn_paymentterms.msdyn_paymenttermid" AS "msdyn_paymentterm",  -- customers_v3.map.yaml:33
    "PAYMENTTERMSBASEDAYS" AS "msdyn_paymenttermsbasedays",  -- customers_v3.map.yaml:34
    "TAXEXEMPTNUMBER" AS "msdyn_taxexemptnumber",  -- customers_v3.map.yaml:35
    "msdyn_vendor:msdyn_vendors.msdyn_vendorid" AS "msdyn_vendor",  -- customers_v3.map.yaml:36
    "msdyn_partyid:msdyn_parties.msdyn_partyid" AS "msdyn_partyid",  -- customers_v3.map.yaml:37
    "msdyn_primarycontact:msdyn_contactforparties.msdyn_contactforpartyid" AS "msdyn_primarycontact",  -- customers_v3.map.yaml:38
    "msdyn_salestaxgroup:msdyn_taxgroups.msdyn_taxgroupid" AS "msdyn_salestaxgroup",  -- customers_v3.map.yaml:39
    CAST(CAST(md5('finops.CustomersV3 dataverse.accounts accountid ' || "#key") AS UUID) AS UUID) AS "accountid",  -- made from the key
    "CREDITLIMIT" AS "both.CREDITLIMIT",  -- for later steps
    "SALESCURRENCYCODE" AS "both.SALESCURRENCYCODE",  -- for later steps
    "SALESMEMO" AS "both.SALESMEMO",  -- for later steps
    "CREDITLIMITISMANDATORY" AS "both.CREDITLIMITISMANDATORY",  -- for later steps
    "CREDITRATING" AS "both.CREDITRATING",  -- for later steps
    "CUSTOMERGROUPID" AS "both.CUSTOMERGROUPID",  -- for later steps
    "IDENTIFICATIONNUMBER" AS "both.IDENTIFICATIONNUMBER",  -- for later steps
    "ISONETIMECUSTOMER" AS "both.ISONETIMECUSTOMER",  -- for later steps
    "ONHOLDSTATUS" AS "both.ONHOLDSTATUS",  -- for later steps
    "PARTYCOUNTRY" AS "both.PARTYCOUNTRY",  -- for later steps
    "PARTYSTATE" AS "both.PARTYSTATE",  -- for later steps
    "PAYMENTDAY" AS "both.PAYMENTDAY",  -- for later steps
    "PAYMENTMETHOD" AS "both.PAYMENTMETHOD",  -- for later steps
    "PAYMENTSCHEDULE" AS "both.PAYMENTSCHEDULE",  -- for later steps
    "PAYMENTTERMS" AS "both.PAYMENTTERMS",  -- for later steps
    "PAYMENTTERMSBASEDAYS" AS "both.PAYMENTTERMSBASEDAYS",  -- for later steps
    "TAXEXEMPTNUMBER" AS "both.TAXEXEMPTNUMBER",  -- for later steps
    "VENDORACCOUNT" AS "both.VENDORACCOUNT",  -- for later steps
    "PARTYNUMBER" AS "both.PARTYNUMBER",  -- for later steps
    "CONTACTPERSONID" AS "both.CONTACTPERSONID",  -- for later steps
    "SALESTAXGROUP" AS "both.SALESTAXGROUP",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."accountid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."accountnumber" AS "accountnumber", x."customertypecode" AS "customertypecode", x."creditlimit" AS "creditlimit", x."transactioncurrencyid" AS "transactioncurrencyid", x."description" AS "description", x."msdyn_creditlimitismandatory" AS "msdyn_creditlimitismandatory", x."msdyn_creditrating" AS "msdyn_creditrating", x."msdyn_customergroupid" AS "msdyn_customergroupid", x."msdyn_identificationnumber" AS "msdyn_identificationnumber", x."msdyn_onetimecustomer" AS "msdyn_onetimecustomer", x."msdyn_onholdstatus" AS "msdyn_onholdstatus", x."msdyn_partycountry" AS "msdyn_partycountry", x."msdyn_partystateprovince" AS "msdyn_partystateprovince", x."msdyn_paymentday" AS "msdyn_paymentday", x."msdyn_customerpaymentmethod" AS "msdyn_customerpaymentmethod", x."msdyn_paymentschedule" AS "msdyn_paymentschedule", x."msdyn_paymentterm" AS "msdyn_paymentterm", x."msdyn_paymenttermsbasedays" AS "msdyn_paymenttermsbasedays", x."msdyn_taxexemptnumber" AS "msdyn_taxexemptnumber", x."msdyn_vendor" AS "msdyn_vendor", x."msdyn_partyid" AS "msdyn_partyid", x."msdyn_primarycontact" AS "msdyn_primarycontact", x."msdyn_salestaxgroup" AS "msdyn_salestaxgroup"
  FROM "dataverse"."accounts" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.accounts' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."accounts" AS x WHERE x."accountnumber" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."creditlimit" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".source)) AND NOT (CAST(target."creditlimit" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".target))
    END AS "#goes.creditlimit",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."transactioncurrencyid" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.SALESCURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".source)) OR (CAST(mapped."transactioncurrencyid" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".target))) AND NOT (CAST(target."transactioncurrencyid" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".target))
    END AS "#goes.transactioncurrencyid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."description" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.SALESMEMO" AS VARCHAR) IS DISTINCT FROM (pact."description".source)) AND NOT (CAST(target."description" AS VARCHAR) IS DISTINCT FROM (pact."description".target))
    END AS "#goes.description",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditlimitismandatory" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITLIMITISMANDATORY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".source)) AND NOT (CAST(target."msdyn_creditlimitismandatory" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".target))
    END AS "#goes.msdyn_creditlimitismandatory",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditrating" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source)) AND NOT (CAST(target."msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target))
    END AS "#goes.msdyn_creditrating",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_customergroupid" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.CUSTOMERGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".source)) OR (CAST(mapped."msdyn_customergroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".target))) AND NOT (CAST(target."msdyn_customergroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".target))
    END AS "#goes.msdyn_customergroupid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_identificationnumber" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.IDENTIFICATIONNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".source)) AND NOT (CAST(target."msdyn_identificationnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".target))
    END AS "#goes.msdyn_identificationnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_onetimecustomer" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ISONETIMECUSTOMER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".source)) AND NOT (CAST(target."msdyn_onetimecustomer" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".target))
    END AS "#goes.msdyn_onetimecustomer",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_onholdstatus" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source)) AND NOT (CAST(target."msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target))
    END AS "#goes.msdyn_onholdstatus",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partycountry" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PARTYCOUNTRY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".source)) AND NOT (CAST(target."msdyn_partycountry" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".target))
    END AS "#goes.msdyn_partycountry",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partystateprovince" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PARTYSTATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".source)) AND NOT (CAST(target."msdyn_partystateprovince" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".target))
    END AS "#goes.msdyn_partystateprovince",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentday" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PAYMENTDAY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".source)) OR (CAST(mapped."msdyn_paymentday" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".target))) AND NOT (CAST(target."msdyn_paymentday" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".target))
    END AS "#goes.msdyn_paymentday",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_customerpaymentmethod" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PAYMENTMETHOD" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".source)) OR (CAST(mapped."msdyn_customerpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".target))) AND NOT (CAST(target."msdyn_customerpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".target))
    END AS "#goes.msdyn_customerpaymentmethod",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentschedule" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PAYMENTSCHEDULE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source)) OR (CAST(mapped."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))) AND NOT (CAST(target."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))
    END AS "#goes.msdyn_paymentschedule",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentterm" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PAYMENTTERMS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".source)) OR (CAST(mapped."msdyn_paymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".target))) AND NOT (CAST(target."msdyn_paymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".target))
    END AS "#goes.msdyn_paymentterm",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymenttermsbasedays" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.PAYMENTTERMSBASEDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".source)) AND NOT (CAST(target."msdyn_paymenttermsbasedays" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".target))
    END AS "#goes.msdyn_paymenttermsbasedays",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_taxexemptnumber" IS NULL THEN TRUE
      ELSE (CAST(mapped."both.TAXEXEMPTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".source)) AND NOT (CAST(target."msdyn_taxexemptnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".target))
    END AS "#goes.msdyn_taxexemptnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendor" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.VENDORACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".source)) OR (CAST(mapped."msdyn_vendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".target))) AND NOT (CAST(target."msdyn_vendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".target))
    END AS "#goes.msdyn_vendor",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partyid" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.PARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source)) OR (CAST(mapped."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))) AND NOT (CAST(target."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))
    END AS "#goes.msdyn_partyid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_primarycontact" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.CONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source)) OR (CAST(mapped."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))) AND NOT (CAST(target."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))
    END AS "#goes.msdyn_primarycontact",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_salestaxgroup" IS NULL THEN TRUE
      ELSE ((CAST(mapped."both.SALESTAXGROUP" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".source)) OR (CAST(mapped."msdyn_salestaxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".target))) AND NOT (CAST(target."msdyn_salestaxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".target))
    END AS "#goes.msdyn_salestaxgroup",
    target."#row" IS NOT NULL AND pact."creditlimit" IS NOT NULL AND (CAST(mapped."both.CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".source)) AND (CAST(target."creditlimit" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".target))
      AND (target."creditlimit" IS DISTINCT FROM mapped."creditlimit") AS "#clashes.creditlimit",
    target."#row" IS NOT NULL AND pact."transactioncurrencyid" IS NOT NULL AND ((CAST(mapped."both.SALESCURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".source)) OR (CAST(mapped."transactioncurrencyid" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".target))) AND (CAST(target."transactioncurrencyid" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".target))
      AND (target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid") AS "#clashes.transactioncurrencyid",
    target."#row" IS NOT NULL AND pact."description" IS NOT NULL AND (CAST(mapped."both.SALESMEMO" AS VARCHAR) IS DISTINCT FROM (pact."description".source)) AND (CAST(target."description" AS VARCHAR) IS DISTINCT FROM (pact."description".target))
      AND (target."description" IS DISTINCT FROM mapped."description") AS "#clashes.description",
    target."#row" IS NOT NULL AND pact."msdyn_creditlimitismandatory" IS NOT NULL AND (CAST(mapped."both.CREDITLIMITISMANDATORY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".source)) AND (CAST(target."msdyn_creditlimitismandatory" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".target))
      AND (target."msdyn_creditlimitismandatory" IS DISTINCT FROM mapped."msdyn_creditlimitismandatory") AS "#clashes.msdyn_creditlimitismandatory",
    target."#row" IS NOT NULL AND pact."msdyn_creditrating" IS NOT NULL AND (CAST(mapped."both.CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source)) AND (CAST(target."msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target))
      AND (target."msdyn_creditrating" IS DISTINCT FROM mapped."msdyn_creditrating") AS "#clashes.msdyn_creditrating",
    target."#row" IS NOT NULL AND pact."msdyn_customergroupid" IS NOT NULL AND ((CAST(mapped."both.CUSTOMERGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".source)) OR (CAST(mapped."msdyn_customergroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".target))) AND (CAST(target."msdyn_customergroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".target))
      AND (target."msdyn_customergroupid" IS DISTINCT FROM mapped."msdyn_customergroupid") AS "#clashes.msdyn_customergroupid",
    target."#row" IS NOT NULL AND pact."msdyn_identificationnumber" IS NOT NULL AND (CAST(mapped."both.IDENTIFICATIONNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".source)) AND (CAST(target."msdyn_identificationnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".target))
      AND (target."msdyn_identificationnumber" IS DISTINCT FROM mapped."msdyn_identificationnumber") AS "#clashes.msdyn_identificationnumber",
    target."#row" IS NOT NULL AND pact."msdyn_onetimecustomer" IS NOT NULL AND (CAST(mapped."both.ISONETIMECUSTOMER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".source)) AND (CAST(target."msdyn_onetimecustomer" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".target))
      AND (target."msdyn_onetimecustomer" IS DISTINCT FROM mapped."msdyn_onetimecustomer") AS "#clashes.msdyn_onetimecustomer",
    target."#row" IS NOT NULL AND pact."msdyn_onholdstatus" IS NOT NULL AND (CAST(mapped."both.ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source)) AND (CAST(target."msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target))
      AND (target."msdyn_onholdstatus" IS DISTINCT FROM mapped."msdyn_onholdstatus") AS "#clashes.msdyn_onholdstatus",
    target."#row" IS NOT NULL AND pact."msdyn_partycountry" IS NOT NULL AND (CAST(mapped."both.PARTYCOUNTRY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".source)) AND (CAST(target."msdyn_partycountry" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".target))
      AND (target."msdyn_partycountry" IS DISTINCT FROM mapped."msdyn_partycountry") AS "#clashes.msdyn_partycountry",
    target."#row" IS NOT NULL AND pact."msdyn_partystateprovince" IS NOT NULL AND (CAST(mapped."both.PARTYSTATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".source)) AND (CAST(target."msdyn_partystateprovince" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".target))
      AND (target."msdyn_partystateprovince" IS DISTINCT FROM mapped."msdyn_partystateprovince") AS "#clashes.msdyn_partystateprovince",
    target."#row" IS NOT NULL AND pact."msdyn_paymentday" IS NOT NULL AND ((CAST(mapped."both.PAYMENTDAY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".source)) OR (CAST(mapped."msdyn_paymentday" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".target))) AND (CAST(target."msdyn_paymentday" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".target))
      AND (target."msdyn_paymentday" IS DISTINCT FROM mapped."msdyn_paymentday") AS "#clashes.msdyn_paymentday",
    target."#row" IS NOT NULL AND pact."msdyn_customerpaymentmethod" IS NOT NULL AND ((CAST(mapped."both.PAYMENTMETHOD" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".source)) OR (CAST(mapped."msdyn_customerpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".target))) AND (CAST(target."msdyn_customerpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".target))
      AND (target."msdyn_customerpaymentmethod" IS DISTINCT FROM mapped."msdyn_customerpaymentmethod") AS "#clashes.msdyn_customerpaymentmethod",
    target."#row" IS NOT NULL AND pact."msdyn_paymentschedule" IS NOT NULL AND ((CAST(mapped."both.PAYMENTSCHEDULE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source)) OR (CAST(mapped."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))) AND (CAST(target."msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target))
      AND (target."msdyn_paymentschedule" IS DISTINCT FROM mapped."msdyn_paymentschedule") AS "#clashes.msdyn_paymentschedule",
    target."#row" IS NOT NULL AND pact."msdyn_paymentterm" IS NOT NULL AND ((CAST(mapped."both.PAYMENTTERMS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".source)) OR (CAST(mapped."msdyn_paymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".target))) AND (CAST(target."msdyn_paymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".target))
      AND (target."msdyn_paymentterm" IS DISTINCT FROM mapped."msdyn_paymentterm") AS "#clashes.msdyn_paymentterm",
    target."#row" IS NOT NULL AND pact."msdyn_paymenttermsbasedays" IS NOT NULL AND (CAST(mapped."both.PAYMENTTERMSBASEDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".source)) AND (CAST(target."msdyn_paymenttermsbasedays" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".target))
      AND (target."msdyn_paymenttermsbasedays" IS DISTINCT FROM mapped."msdyn_paymenttermsbasedays") AS "#clashes.msdyn_paymenttermsbasedays",
    target."#row" IS NOT NULL AND pact."msdyn_taxexemptnumber" IS NOT NULL AND (CAST(mapped."both.TAXEXEMPTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".source)) AND (CAST(target."msdyn_taxexemptnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".target))
      AND (target."msdyn_taxexemptnumber" IS DISTINCT FROM mapped."msdyn_taxexemptnumber") AS "#clashes.msdyn_taxexemptnumber",
    target."#row" IS NOT NULL AND pact."msdyn_vendor" IS NOT NULL AND ((CAST(mapped."both.VENDORACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".source)) OR (CAST(mapped."msdyn_vendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".target))) AND (CAST(target."msdyn_vendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".target))
      AND (target."msdyn_vendor" IS DISTINCT FROM mapped."msdyn_vendor") AS "#clashes.msdyn_vendor",
    target."#row" IS NOT NULL AND pact."msdyn_partyid" IS NOT NULL AND ((CAST(mapped."both.PARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source)) OR (CAST(mapped."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))) AND (CAST(target."msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target))
      AND (target."msdyn_partyid" IS DISTINCT FROM mapped."msdyn_partyid") AS "#clashes.msdyn_partyid",
    target."#row" IS NOT NULL AND pact."msdyn_primarycontact" IS NOT NULL AND ((CAST(mapped."both.CONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source)) OR (CAST(mapped."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))) AND (CAST(target."msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target))
      AND (target."msdyn_primarycontact" IS DISTINCT FROM mapped."msdyn_primarycontact") AS "#clashes.msdyn_primarycontact",
    target."#row" IS NOT NULL AND pact."msdyn_salestaxgroup" IS NOT NULL AND ((CAST(mapped."both.SALESTAXGROUP" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".source)) OR (CAST(mapped."msdyn_salestaxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".target))) AND (CAST(target."msdyn_salestaxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".target))
      AND (target."msdyn_salestaxgroup" IS DISTINCT FROM mapped."msdyn_salestaxgroup") AS "#clashes.msdyn_salestaxgroup",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.creditlimit" THEN 'creditlimit' || ': source ' || coalesce(CAST(mapped."both.CREDITLIMIT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."creditlimit" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.transactioncurrencyid" THEN 'transactioncurrencyid' || ': source ' || coalesce(CAST(mapped."both.SALESCURRENCYCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."transactioncurrencyid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.description" THEN 'description' || ': source ' || coalesce(CAST(mapped."both.SALESMEMO" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."description" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditlimitismandatory" THEN 'msdyn_creditlimitismandatory' || ': source ' || coalesce(CAST(mapped."both.CREDITLIMITISMANDATORY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_creditlimitismandatory" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditrating" THEN 'msdyn_creditrating' || ': source ' || coalesce(CAST(mapped."both.CREDITRATING" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_creditrating" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_customergroupid" THEN 'msdyn_customergroupid' || ': source ' || coalesce(CAST(mapped."both.CUSTOMERGROUPID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_customergroupid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_identificationnumber" THEN 'msdyn_identificationnumber' || ': source ' || coalesce(CAST(mapped."both.IDENTIFICATIONNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_identificationnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_onetimecustomer" THEN 'msdyn_onetimecustomer' || ': source ' || coalesce(CAST(mapped."both.ISONETIMECUSTOMER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_onetimecustomer" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_onholdstatus" THEN 'msdyn_onholdstatus' || ': source ' || coalesce(CAST(mapped."both.ONHOLDSTATUS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_onholdstatus" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partycountry" THEN 'msdyn_partycountry' || ': source ' || coalesce(CAST(mapped."both.PARTYCOUNTRY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_partycountry" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partystateprovince" THEN 'msdyn_partystateprovince' || ': source ' || coalesce(CAST(mapped."both.PARTYSTATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_partystateprovince" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentday" THEN 'msdyn_paymentday' || ': source ' || coalesce(CAST(mapped."both.PAYMENTDAY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentday" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_customerpaymentmethod" THEN 'msdyn_customerpaymentmethod' || ': source ' || coalesce(CAST(mapped."both.PAYMENTMETHOD" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_customerpaymentmethod" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentschedule" THEN 'msdyn_paymentschedule' || ': source ' || coalesce(CAST(mapped."both.PAYMENTSCHEDULE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentschedule" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentterm" THEN 'msdyn_paymentterm' || ': source ' || coalesce(CAST(mapped."both.PAYMENTTERMS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymentterm" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymenttermsbasedays" THEN 'msdyn_paymenttermsbasedays' || ': source ' || coalesce(CAST(mapped."both.PAYMENTTERMSBASEDAYS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_paymenttermsbasedays" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_taxexemptnumber" THEN 'msdyn_taxexemptnumber' || ': source ' || coalesce(CAST(mapped."both.TAXEXEMPTNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_taxexemptnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendor" THEN 'msdyn_vendor' || ': source ' || coalesce(CAST(mapped."both.VENDORACCOUNT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_vendor" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partyid" THEN 'msdyn_partyid' || ': source ' || coalesce(CAST(mapped."both.PARTYNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_partyid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_primarycontact" THEN 'msdyn_primarycontact' || ': source ' || coalesce(CAST(mapped."both.CONTACTPERSONID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_primarycontact" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_salestaxgroup" THEN 'msdyn_salestaxgroup' || ': source ' || coalesce(CAST(mapped."both.SALESTAXGROUP" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(target."msdyn_salestaxgroup" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."customertypecode" IS DISTINCT FROM mapped."customertypecode")
      OR ("#goes.creditlimit" AND (target."creditlimit" IS DISTINCT FROM mapped."creditlimit"))
      OR ("#goes.transactioncurrencyid" AND (target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid"))
      OR ("#goes.description" AND (target."description" IS DISTINCT FROM mapped."description"))
      OR ("#goes.msdyn_creditlimitismandatory" AND (target."msdyn_creditlimitismandatory" IS DISTINCT FROM mapped."msdyn_creditlimitismandatory"))
      OR ("#goes.msdyn_creditrating" AND (target."msdyn_creditrating" IS DISTINCT FROM mapped."msdyn_creditrating"))
      OR ("#goes.msdyn_customergroupid" AND (target."msdyn_customergroupid" IS DISTINCT FROM mapped."msdyn_customergroupid"))
      OR ("#goes.msdyn_identificationnumber" AND (target."msdyn_identificationnumber" IS DISTINCT FROM mapped."msdyn_identificationnumber"))
      OR ("#goes.msdyn_onetimecustomer" AND (target."msdyn_onetimecustomer" IS DISTINCT FROM mapped."msdyn_onetimecustomer"))
      OR ("#goes.msdyn_onholdstatus" AND (target."msdyn_onholdstatus" IS DISTINCT FROM mapped."msdyn_onholdstatus"))
      OR ("#goes.msdyn_partycountry" AND (target."msdyn_partycountry" IS DISTINCT FROM mapped."msdyn_partycountry"))
      OR ("#goes.msdyn_partystateprovince" AND (target."msdyn_partystateprovince" IS DISTINCT FROM mapped."msdyn_partystateprovince"))
      OR ("#goes.msdyn_paymentday" AND (target."msdyn_paymentday" IS DISTINCT FROM mapped."msdyn_paymentday"))
      OR ("#goes.msdyn_customerpaymentmethod" AND (target."msdyn_customerpaymentmethod" IS DISTINCT FROM mapped."msdyn_customerpaymentmethod"))
      OR ("#goes.msdyn_paymentschedule" AND (target."msdyn_paymentschedule" IS DISTINCT FROM mapped."msdyn_paymentschedule"))
      OR ("#goes.msdyn_paymentterm" AND (target."msdyn_paymentterm" IS DISTINCT FROM mapped."msdyn_paymentterm"))
      OR ("#goes.msdyn_paymenttermsbasedays" AND (target."msdyn_paymenttermsbasedays" IS DISTINCT FROM mapped."msdyn_paymenttermsbasedays"))
      OR ("#goes.msdyn_taxexemptnumber" AND (target."msdyn_taxexemptnumber" IS DISTINCT FROM mapped."msdyn_taxexemptnumber"))
      OR ("#goes.msdyn_vendor" AND (target."msdyn_vendor" IS DISTINCT FROM mapped."msdyn_vendor"))
      OR ("#goes.msdyn_partyid" AND (target."msdyn_partyid" IS DISTINCT FROM mapped."msdyn_partyid"))
      OR ("#goes.msdyn_primarycontact" AND (target."msdyn_primarycontact" IS DISTINCT FROM mapped."msdyn_primarycontact"))
      OR ("#goes.msdyn_salestaxgroup" AND (target."msdyn_salestaxgroup" IS DISTINCT FROM mapped."msdyn_salestaxgroup")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."msdyn_company" AND target."accountnumber" = mapped."accountnumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'creditlimit')[1] AS "creditlimit",
      list_filter(cells, lambda cell: cell.column_name = 'transactioncurrencyid')[1] AS "transactioncurrencyid",
      list_filter(cells, lambda cell: cell.column_name = 'description')[1] AS "description",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditlimitismandatory')[1] AS "msdyn_creditlimitismandatory",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] AS "msdyn_creditrating",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_customergroupid')[1] AS "msdyn_customergroupid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_identificationnumber')[1] AS "msdyn_identificationnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_onetimecustomer')[1] AS "msdyn_onetimecustomer",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1] AS "msdyn_onholdstatus",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_partycountry')[1] AS "msdyn_partycountry",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_partystateprovince')[1] AS "msdyn_partystateprovince",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentday')[1] AS "msdyn_paymentday",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_customerpaymentmethod')[1] AS "msdyn_customerpaymentmethod",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1] AS "msdyn_paymentschedule",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymentterm')[1] AS "msdyn_paymentterm",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_paymenttermsbasedays')[1] AS "msdyn_paymenttermsbasedays",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_taxexemptnumber')[1] AS "msdyn_taxexemptnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_vendor')[1] AS "msdyn_vendor",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_partyid')[1] AS "msdyn_partyid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] AS "msdyn_primarycontact",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_salestaxgroup')[1] AS "msdyn_salestaxgroup",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'customers_v3'
  ) AS pact ON pact.source_key = mapped."#key" AND pact.target_key = replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 32  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 32  -- TARGET_MISSING
    WHEN "#clashes.creditlimit" THEN 40  -- CONFLICT_STALE creditlimit
    WHEN "#clashes.transactioncurrencyid" THEN 41  -- CONFLICT_STALE transactioncurrencyid
    WHEN "#clashes.description" THEN 42  -- CONFLICT_STALE description
    WHEN "#clashes.msdyn_creditlimitismandatory" THEN 43  -- CONFLICT_STALE msdyn_creditlimitismandatory
    WHEN "#clashes.msdyn_creditrating" THEN 44  -- CONFLICT_STALE msdyn_creditrating
    WHEN "#clashes.msdyn_customergroupid" THEN 45  -- CONFLICT_STALE msdyn_customergroupid
    WHEN "#clashes.msdyn_identificationnumber" THEN 46  -- CONFLICT_STALE msdyn_identificationnumber
    WHEN "#clashes.msdyn_onetimecustomer" THEN 47  -- CONFLICT_STALE msdyn_onetimecustomer
    WHEN "#clashes.msdyn_onholdstatus" THEN 48  -- CONFLICT_STALE msdyn_onholdstatus
    WHEN "#clashes.msdyn_partycountry" THEN 49  -- CONFLICT_STALE msdyn_partycountry
    WHEN "#clashes.msdyn_partystateprovince" THEN 50  -- CONFLICT_STALE msdyn_partystateprovince
    WHEN "#clashes.msdyn_paymentday" THEN 51  -- CONFLICT_STALE msdyn_paymentday
    WHEN "#clashes.msdyn_customerpaymentmethod" THEN 52  -- CONFLICT_STALE msdyn_customerpaymentmethod
    WHEN "#clashes.msdyn_paymentschedule" THEN 53  -- CONFLICT_STALE msdyn_paymentschedule
    WHEN "#clashes.msdyn_paymentterm" THEN 54  -- CONFLICT_STALE msdyn_paymentterm
    WHEN "#clashes.msdyn_paymenttermsbasedays" THEN 55  -- CONFLICT_STALE msdyn_paymenttermsbasedays
    WHEN "#clashes.msdyn_taxexemptnumber" THEN 56  -- CONFLICT_STALE msdyn_taxexemptnumber
    WHEN "#clashes.msdyn_vendor" THEN 57  -- CONFLICT_STALE msdyn_vendor
    WHEN "#clashes.msdyn_partyid" THEN 58  -- CONFLICT_STALE msdyn_partyid
    WHEN "#clashes.msdyn_primarycontact" THEN 59  -- CONFLICT_STALE msdyn_primarycontact
    WHEN "#clashes.msdyn_salestaxgroup" THEN 60  -- CONFLICT_STALE msdyn_salestaxgroup
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 34  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_company", "accountnumber", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_company", "accountnumber", "customertypecode", "creditlimit", "transactioncurrencyid", "description", "msdyn_creditlimitismandatory", "msdyn_creditrating", "msdyn_customergroupid", "msdyn_identificationnumber", "msdyn_onetimecustomer", "msdyn_onholdstatus", "msdyn_partycountry", "msdyn_partystateprovince", "msdyn_paymentday", "msdyn_customerpaymentmethod", "msdyn_paymentschedule", "msdyn_paymentterm", "msdyn_paymenttermsbasedays", "msdyn_taxexemptnumber", "msdyn_vendor", "msdyn_partyid", "msdyn_primarycontact", "msdyn_salestaxgroup", "accountid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_company", "accountnumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_company" = duplicates."msdyn_company" AND shaped."accountnumber" = duplicates."accountnumber"
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
UPDATE shaped SET "#reason" = 36, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'customers_v3' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.accounts' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."CustomersV3" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 36, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."CustomersV3" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 36, claim."#target_key"
FROM "finops"."CustomersV3" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60) THEN 'rejected'
  WHEN "#reason" IN (37) THEN 'superseded'
  WHEN "#reason" IN (38) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.accounts that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."accounts") AS target ON replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE (link.source_version IS NULL OR EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3' AND mark.entity = now.entity
    WHERE now.entity = 'finops.CustomersV3'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  ))
  AND link.leg = 'customers_v3' AND link.state = 'live' AND link.target = 'dataverse.accounts'
  AND NOT EXISTS (SELECT 1 FROM "finops"."CustomersV3" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."CustomersV3" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'customers_v3' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."accounts") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'customers_v3' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."accounts") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."accounts") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'customers_v3' AND link.target = 'dataverse.accounts' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'customers_v3' AND link.state = 'live' AND link.target = 'dataverse.accounts'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."accounts" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.accounts

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."customertypecode" AS "customertypecode", CASE WHEN shaped."#goes.creditlimit" THEN shaped."creditlimit" ELSE t."creditlimit" END AS "creditlimit", CASE WHEN shaped."#goes.transactioncurrencyid" THEN shaped."transactioncurrencyid" ELSE t."transactioncurrencyid" END AS "transactioncurrencyid", CASE WHEN shaped."#goes.description" THEN shaped."description" ELSE t."description" END AS "description", CASE WHEN shaped."#goes.msdyn_creditlimitismandatory" THEN shaped."msdyn_creditlimitismandatory" ELSE t."msdyn_creditlimitismandatory" END AS "msdyn_creditlimitismandatory", CASE WHEN shaped."#goes.msdyn_creditrating" THEN shaped."msdyn_creditrating" ELSE t."msdyn_creditrating" END AS "msdyn_creditrating", CASE WHEN shaped."#goes.msdyn_customergroupid" THEN shaped."msdyn_customergroupid" ELSE t."msdyn_customergroupid" END AS "msdyn_customergroupid", CASE WHEN shaped."#goes.msdyn_identificationnumber" THEN shaped."msdyn_identificationnumber" ELSE t."msdyn_identificationnumber" END AS "msdyn_identificationnumber", CASE WHEN shaped."#goes.msdyn_onetimecustomer" THEN shaped."msdyn_onetimecustomer" ELSE t."msdyn_onetimecustomer" END AS "msdyn_onetimecustomer", CASE WHEN shaped."#goes.msdyn_onholdstatus" THEN shaped."msdyn_onholdstatus" ELSE t."msdyn_onholdstatus" END AS "msdyn_onholdstatus", CASE WHEN shaped."#goes.msdyn_partycountry" THEN shaped."msdyn_partycountry" ELSE t."msdyn_partycountry" END AS "msdyn_partycountry", CASE WHEN shaped."#goes.msdyn_partystateprovince" THEN shaped."msdyn_partystateprovince" ELSE t."msdyn_partystateprovince" END AS "msdyn_partystateprovince", CASE WHEN shaped."#goes.msdyn_paymentday" THEN shaped."msdyn_paymentday" ELSE t."msdyn_paymentday" END AS "msdyn_paymentday", CASE WHEN shaped."#goes.msdyn_customerpaymentmethod" THEN shaped."msdyn_customerpaymentmethod" ELSE t."msdyn_customerpaymentmethod" END AS "msdyn_customerpaymentmethod", CASE WHEN shaped."#goes.msdyn_paymentschedule" THEN shaped."msdyn_paymentschedule" ELSE t."msdyn_paymentschedule" END AS "msdyn_paymentschedule", CASE WHEN shaped."#goes.msdyn_paymentterm" THEN shaped."msdyn_paymentterm" ELSE t."msdyn_paymentterm" END AS "msdyn_paymentterm", CASE WHEN shaped."#goes.msdyn_paymenttermsbasedays" THEN shaped."msdyn_paymenttermsbasedays" ELSE t."msdyn_paymenttermsbasedays" END AS "msdyn_paymenttermsbasedays", CASE WHEN shaped."#goes.msdyn_taxexemptnumber" THEN shaped."msdyn_taxexemptnumber" ELSE t."msdyn_taxexemptnumber" END AS "msdyn_taxexemptnumber", CASE WHEN shaped."#goes.msdyn_vendor" THEN shaped."msdyn_vendor" ELSE t."msdyn_vendor" END AS "msdyn_vendor", CASE WHEN shaped."#goes.msdyn_partyid" THEN shaped."msdyn_partyid" ELSE t."msdyn_partyid" END AS "msdyn_partyid", CASE WHEN shaped."#goes.msdyn_primarycontact" THEN shaped."msdyn_primarycontact" ELSE t."msdyn_primarycontact" END AS "msdyn_primarycontact", CASE WHEN shaped."#goes.msdyn_salestaxgroup" THEN shaped."msdyn_salestaxgroup" ELSE t."msdyn_salestaxgroup" END AS "msdyn_salestaxgroup", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."accounts" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of dataverse.accounts
INSERT INTO "dataverse"."accounts" ("msdyn_company", "accountnumber", "customertypecode", "creditlimit", "transactioncurrencyid", "description", "msdyn_creditlimitismandatory", "msdyn_creditrating", "msdyn_customergroupid", "msdyn_identificationnumber", "msdyn_onetimecustomer", "msdyn_onholdstatus", "msdyn_partycountry", "msdyn_partystateprovince", "msdyn_paymentday", "msdyn_customerpaymentmethod", "msdyn_paymentschedule", "msdyn_paymentterm", "msdyn_paymenttermsbasedays", "msdyn_taxexemptnumber", "msdyn_vendor", "msdyn_partyid", "msdyn_primarycontact", "msdyn_salestaxgroup", "accountid", "modifiedon", "versionnumber")
SELECT "msdyn_company", "accountnumber", "customertypecode", "creditlimit", "transactioncurrencyid", "description", "msdyn_creditlimitismandatory", "msdyn_creditrating", "msdyn_customergroupid", "msdyn_identificationnumber", "msdyn_onetimecustomer", "msdyn_onholdstatus", "msdyn_partycountry", "msdyn_partystateprovince", "msdyn_paymentday", "msdyn_customerpaymentmethod", "msdyn_paymentschedule", "msdyn_paymentterm", "msdyn_paymenttermsbasedays", "msdyn_taxexemptnumber", "msdyn_vendor", "msdyn_partyid", "msdyn_primarycontact", "msdyn_salestaxgroup", "accountid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'customers_v3' AS leg, new."#key" AS source_key, 'dataverse.accounts' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'customertypecode', 'old': CAST(old."customertypecode" AS VARCHAR), 'new': CAST(new."customertypecode" AS VARCHAR)},
    {'column_name': 'creditlimit', 'old': CAST(old."creditlimit" AS VARCHAR), 'new': CAST(new."creditlimit" AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(new."transactioncurrencyid" AS VARCHAR)},
    {'column_name': 'description', 'old': CAST(old."description" AS VARCHAR), 'new': CAST(new."description" AS VARCHAR)},
    {'column_name': 'msdyn_creditlimitismandatory', 'old': CAST(old."msdyn_creditlimitismandatory" AS VARCHAR), 'new': CAST(new."msdyn_creditlimitismandatory" AS VARCHAR)},
    {'column_name': 'msdyn_creditrating', 'old': CAST(old."msdyn_creditrating" AS VARCHAR), 'new': CAST(new."msdyn_creditrating" AS VARCHAR)},
    {'column_name': 'msdyn_customergroupid', 'old': CAST(old."msdyn_customergroupid" AS VARCHAR), 'new': CAST(new."msdyn_customergroupid" AS VARCHAR)},
    {'column_name': 'msdyn_identificationnumber', 'old': CAST(old."msdyn_identificationnumber" AS VARCHAR), 'new': CAST(new."msdyn_identificationnumber" AS VARCHAR)},
    {'column_name': 'msdyn_onetimecustomer', 'old': CAST(old."msdyn_onetimecustomer" AS VARCHAR), 'new': CAST(new."msdyn_onetimecustomer" AS VARCHAR)},
    {'column_name': 'msdyn_onholdstatus', 'old': CAST(old."msdyn_onholdstatus" AS VARCHAR), 'new': CAST(new."msdyn_onholdstatus" AS VARCHAR)},
    {'column_name': 'msdyn_partycountry', 'old': CAST(old."msdyn_partycountry" AS VARCHAR), 'new': CAST(new."msdyn_partycountry" AS VARCHAR)},
    {'column_name': 'msdyn_partystateprovince', 'old': CAST(old."msdyn_partystateprovince" AS VARCHAR), 'new': CAST(new."msdyn_partystateprovince" AS VARCHAR)},
    {'column_name': 'msdyn_paymentday', 'old': CAST(old."msdyn_paymentday" AS VARCHAR), 'new': CAST(new."msdyn_paymentday" AS VARCHAR)},
    {'column_name': 'msdyn_customerpaymentmethod', 'old': CAST(old."msdyn_customerpaymentmethod" AS VARCHAR), 'new': CAST(new."msdyn_customerpaymentmethod" AS VARCHAR)},
    {'column_name': 'msdyn_paymentschedule', 'old': CAST(old."msdyn_paymentschedule" AS VARCHAR), 'new': CAST(new."msdyn_paymentschedule" AS VARCHAR)},
    {'column_name': 'msdyn_paymentterm', 'old': CAST(old."msdyn_paymentterm" AS VARCHAR), 'new': CAST(new."msdyn_paymentterm" AS VARCHAR)},
    {'column_name': 'msdyn_paymenttermsbasedays', 'old': CAST(old."msdyn_paymenttermsbasedays" AS VARCHAR), 'new': CAST(new."msdyn_paymenttermsbasedays" AS VARCHAR)},
    {'column_name': 'msdyn_taxexemptnumber', 'old': CAST(old."msdyn_taxexemptnumber" AS VARCHAR), 'new': CAST(new."msdyn_taxexemptnumber" AS VARCHAR)},
    {'column_name': 'msdyn_vendor', 'old': CAST(old."msdyn_vendor" AS VARCHAR), 'new': CAST(new."msdyn_vendor" AS VARCHAR)},
    {'column_name': 'msdyn_partyid', 'old': CAST(old."msdyn_partyid" AS VARCHAR), 'new': CAST(new."msdyn_partyid" AS VARCHAR)},
    {'column_name': 'msdyn_primarycontact', 'old': CAST(old."msdyn_primarycontact" AS VARCHAR), 'new': CAST(new."msdyn_primarycontact" AS VARCHAR)},
    {'column_name': 'msdyn_salestaxgroup', 'old': CAST(old."msdyn_salestaxgroup" AS VARCHAR), 'new': CAST(new."msdyn_salestaxgroup" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."accounts" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "dataverse"."accounts" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "dataverse"."accounts"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'customers_v3' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'customers_v3.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (5, 'VALUE_UNMAPPED', 'customertypecode', /* place */ 'customers_v3.map.yaml:16'),
  (6, 'OUT_OF_RANGE', 'creditlimit', /* place */ 'customers_v3.map.yaml:18'),
  (7, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (8, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (9, 'VALUE_UNMAPPED', 'msdyn_creditlimitismandatory', /* place */ 'customers_v3.map.yaml:21'),
  (10, 'LOOKUP_MISSING', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (11, 'LOOKUP_AMBIGUOUS', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (12, 'VALUE_UNMAPPED', 'msdyn_onetimecustomer', /* place */ 'customers_v3.map.yaml:26'),
  (13, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (14, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (17, 'LOOKUP_MISSING', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (18, 'LOOKUP_AMBIGUOUS', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (19, 'LOOKUP_MISSING', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (20, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (21, 'LOOKUP_MISSING', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (22, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (23, 'LOOKUP_MISSING', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (24, 'LOOKUP_AMBIGUOUS', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (25, 'LOOKUP_MISSING', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (26, 'LOOKUP_AMBIGUOUS', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (27, 'LOOKUP_MISSING', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (28, 'LOOKUP_AMBIGUOUS', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (29, 'LOOKUP_MISSING', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39'),
  (30, 'LOOKUP_AMBIGUOUS', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39'),
  (31, 'TARGET_EXISTS', '', /* place */ 'customers_v3.map.yaml:4'),
  (32, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (33, 'TARGET_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (34, 'UPDATE_NOT_ALLOWED', '', /* place */ 'customers_v3.map.yaml:4'),
  (35, 'CONFLICT_STALE', '', /* place */ 'customers_v3.map.yaml:4'),
  (36, 'KEY_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (37, 'SUPERSEDED', '', /* place */ 'customers_v3.map.yaml:4'),
  (38, 'SET_INCOMPLETE', '', /* place */ 'customers_v3.map.yaml:4'),
  (39, 'TARGET_REFUSED', '', /* place */ 'customers_v3.map.yaml:4'),
  (40, 'CONFLICT_STALE', 'creditlimit', /* place */ 'customers_v3.map.yaml:18'),
  (41, 'CONFLICT_STALE', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (42, 'CONFLICT_STALE', 'description', /* place */ 'customers_v3.map.yaml:20'),
  (43, 'CONFLICT_STALE', 'msdyn_creditlimitismandatory', /* place */ 'customers_v3.map.yaml:21'),
  (44, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'customers_v3.map.yaml:22'),
  (45, 'CONFLICT_STALE', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (46, 'CONFLICT_STALE', 'msdyn_identificationnumber', /* place */ 'customers_v3.map.yaml:24'),
  (47, 'CONFLICT_STALE', 'msdyn_onetimecustomer', /* place */ 'customers_v3.map.yaml:26'),
  (48, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (49, 'CONFLICT_STALE', 'msdyn_partycountry', /* place */ 'customers_v3.map.yaml:28'),
  (50, 'CONFLICT_STALE', 'msdyn_partystateprovince', /* place */ 'customers_v3.map.yaml:29'),
  (51, 'CONFLICT_STALE', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (52, 'CONFLICT_STALE', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (53, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (54, 'CONFLICT_STALE', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (55, 'CONFLICT_STALE', 'msdyn_paymenttermsbasedays', /* place */ 'customers_v3.map.yaml:34'),
  (56, 'CONFLICT_STALE', 'msdyn_taxexemptnumber', /* place */ 'customers_v3.map.yaml:35'),
  (57, 'CONFLICT_STALE', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (58, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (59, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (60, 'CONFLICT_STALE', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'customers_v3' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'customers_v3' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'customers_v3' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'CUSTOMERACCOUNT', CAST(source."CUSTOMERACCOUNT" AS VARCHAR), 'PARTYTYPE', CAST(source."PARTYTYPE" AS VARCHAR), 'PARTYNUMBER', CAST(source."PARTYNUMBER" AS VARCHAR), 'CREDITLIMIT', CAST(source."CREDITLIMIT" AS VARCHAR), 'SALESCURRENCYCODE', CAST(source."SALESCURRENCYCODE" AS VARCHAR), 'SALESMEMO', CAST(source."SALESMEMO" AS VARCHAR), 'CREDITLIMITISMANDATORY', CAST(source."CREDITLIMITISMANDATORY" AS VARCHAR), 'CREDITRATING', CAST(source."CREDITRATING" AS VARCHAR), 'CUSTOMERGROUPID', CAST(source."CUSTOMERGROUPID" AS VARCHAR), 'IDENTIFICATIONNUMBER', CAST(source."IDENTIFICATIONNUMBER" AS VARCHAR), 'INVOICEACCOUNT', CAST(source."INVOICEACCOUNT" AS VARCHAR), 'ISONETIMECUSTOMER', CAST(source."ISONETIMECUSTOMER" AS VARCHAR), 'ONHOLDSTATUS', CAST(source."ONHOLDSTATUS" AS VARCHAR), 'PARTYCOUNTRY', CAST(source."PARTYCOUNTRY" AS VARCHAR), 'PARTYSTATE', CAST(source."PARTYSTATE" AS VARCHAR), 'PAYMENTDAY', CAST(source."PAYMENTDAY" AS VARCHAR), 'PAYMENTMETHOD', CAST(source."PAYMENTMETHOD" AS VARCHAR), 'PAYMENTSCHEDULE', CAST(source."PAYMENTSCHEDULE" AS VARCHAR), 'PAYMENTTERMS', CAST(source."PAYMENTTERMS" AS VARCHAR), 'PAYMENTTERMSBASEDAYS', CAST(source."PAYMENTTERMSBASEDAYS" AS VARCHAR), 'TAXEXEMPTNUMBER', CAST(source."TAXEXEMPTNUMBER" AS VARCHAR), 'VENDORACCOUNT', CAST(source."VENDORACCOUNT" AS VARCHAR), 'CONTACTPERSONID', CAST(source."CONTACTPERSONID" AS VARCHAR), 'SALESTAXGROUP', CAST(source."SALESTAXGROUP" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'customers_v3.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'customers_v3.map.yaml:13'),
  (5, 'VALUE_UNMAPPED', 'customertypecode', /* place */ 'customers_v3.map.yaml:16'),
  (6, 'OUT_OF_RANGE', 'creditlimit', /* place */ 'customers_v3.map.yaml:18'),
  (7, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (8, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (9, 'VALUE_UNMAPPED', 'msdyn_creditlimitismandatory', /* place */ 'customers_v3.map.yaml:21'),
  (10, 'LOOKUP_MISSING', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (11, 'LOOKUP_AMBIGUOUS', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (12, 'VALUE_UNMAPPED', 'msdyn_onetimecustomer', /* place */ 'customers_v3.map.yaml:26'),
  (13, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (14, 'VALUE_UNMAPPED', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (15, 'LOOKUP_MISSING', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (16, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (17, 'LOOKUP_MISSING', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (18, 'LOOKUP_AMBIGUOUS', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (19, 'LOOKUP_MISSING', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (20, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (21, 'LOOKUP_MISSING', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (22, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (23, 'LOOKUP_MISSING', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (24, 'LOOKUP_AMBIGUOUS', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (25, 'LOOKUP_MISSING', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (26, 'LOOKUP_AMBIGUOUS', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (27, 'LOOKUP_MISSING', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (28, 'LOOKUP_AMBIGUOUS', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (29, 'LOOKUP_MISSING', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39'),
  (30, 'LOOKUP_AMBIGUOUS', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39'),
  (31, 'TARGET_EXISTS', '', /* place */ 'customers_v3.map.yaml:4'),
  (32, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (33, 'TARGET_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (34, 'UPDATE_NOT_ALLOWED', '', /* place */ 'customers_v3.map.yaml:4'),
  (35, 'CONFLICT_STALE', '', /* place */ 'customers_v3.map.yaml:4'),
  (36, 'KEY_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (37, 'SUPERSEDED', '', /* place */ 'customers_v3.map.yaml:4'),
  (38, 'SET_INCOMPLETE', '', /* place */ 'customers_v3.map.yaml:4'),
  (39, 'TARGET_REFUSED', '', /* place */ 'customers_v3.map.yaml:4'),
  (40, 'CONFLICT_STALE', 'creditlimit', /* place */ 'customers_v3.map.yaml:18'),
  (41, 'CONFLICT_STALE', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (42, 'CONFLICT_STALE', 'description', /* place */ 'customers_v3.map.yaml:20'),
  (43, 'CONFLICT_STALE', 'msdyn_creditlimitismandatory', /* place */ 'customers_v3.map.yaml:21'),
  (44, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'customers_v3.map.yaml:22'),
  (45, 'CONFLICT_STALE', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (46, 'CONFLICT_STALE', 'msdyn_identificationnumber', /* place */ 'customers_v3.map.yaml:24'),
  (47, 'CONFLICT_STALE', 'msdyn_onetimecustomer', /* place */ 'customers_v3.map.yaml:26'),
  (48, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (49, 'CONFLICT_STALE', 'msdyn_partycountry', /* place */ 'customers_v3.map.yaml:28'),
  (50, 'CONFLICT_STALE', 'msdyn_partystateprovince', /* place */ 'customers_v3.map.yaml:29'),
  (51, 'CONFLICT_STALE', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (52, 'CONFLICT_STALE', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (53, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (54, 'CONFLICT_STALE', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (55, 'CONFLICT_STALE', 'msdyn_paymenttermsbasedays', /* place */ 'customers_v3.map.yaml:34'),
  (56, 'CONFLICT_STALE', 'msdyn_taxexemptnumber', /* place */ 'customers_v3.map.yaml:35'),
  (57, 'CONFLICT_STALE', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (58, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (59, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (60, 'CONFLICT_STALE', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."CustomersV3" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'customers_v3' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'customers_v3' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.accounts' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'customers_v3' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.accounts' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'customers_v3' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'customers_v3' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    shaped."#key" AS source_key, replace(replace(coalesce(CAST(shaped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."creditlimit" IS NOT DISTINCT FROM shaped."creditlimit"
        THEN {'column_name': 'creditlimit', 'source': CAST(shaped."both.CREDITLIMIT" AS VARCHAR), 'target': CAST(now."creditlimit" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'creditlimit')[1] END,
      CASE WHEN now."transactioncurrencyid" IS NOT DISTINCT FROM shaped."transactioncurrencyid"
        THEN {'column_name': 'transactioncurrencyid', 'source': CAST(shaped."both.SALESCURRENCYCODE" AS VARCHAR), 'target': CAST(now."transactioncurrencyid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'transactioncurrencyid')[1] END,
      CASE WHEN now."description" IS NOT DISTINCT FROM shaped."description"
        THEN {'column_name': 'description', 'source': CAST(shaped."both.SALESMEMO" AS VARCHAR), 'target': CAST(now."description" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'description')[1] END,
      CASE WHEN now."msdyn_creditlimitismandatory" IS NOT DISTINCT FROM shaped."msdyn_creditlimitismandatory"
        THEN {'column_name': 'msdyn_creditlimitismandatory', 'source': CAST(shaped."both.CREDITLIMITISMANDATORY" AS VARCHAR), 'target': CAST(now."msdyn_creditlimitismandatory" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditlimitismandatory')[1] END,
      CASE WHEN now."msdyn_creditrating" IS NOT DISTINCT FROM shaped."msdyn_creditrating"
        THEN {'column_name': 'msdyn_creditrating', 'source': CAST(shaped."both.CREDITRATING" AS VARCHAR), 'target': CAST(now."msdyn_creditrating" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] END,
      CASE WHEN now."msdyn_customergroupid" IS NOT DISTINCT FROM shaped."msdyn_customergroupid"
        THEN {'column_name': 'msdyn_customergroupid', 'source': CAST(shaped."both.CUSTOMERGROUPID" AS VARCHAR), 'target': CAST(now."msdyn_customergroupid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customergroupid')[1] END,
      CASE WHEN now."msdyn_identificationnumber" IS NOT DISTINCT FROM shaped."msdyn_identificationnumber"
        THEN {'column_name': 'msdyn_identificationnumber', 'source': CAST(shaped."both.IDENTIFICATIONNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_identificationnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_identificationnumber')[1] END,
      CASE WHEN now."msdyn_onetimecustomer" IS NOT DISTINCT FROM shaped."msdyn_onetimecustomer"
        THEN {'column_name': 'msdyn_onetimecustomer', 'source': CAST(shaped."both.ISONETIMECUSTOMER" AS VARCHAR), 'target': CAST(now."msdyn_onetimecustomer" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onetimecustomer')[1] END,
      CASE WHEN now."msdyn_onholdstatus" IS NOT DISTINCT FROM shaped."msdyn_onholdstatus"
        THEN {'column_name': 'msdyn_onholdstatus', 'source': CAST(shaped."both.ONHOLDSTATUS" AS VARCHAR), 'target': CAST(now."msdyn_onholdstatus" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1] END,
      CASE WHEN now."msdyn_partycountry" IS NOT DISTINCT FROM shaped."msdyn_partycountry"
        THEN {'column_name': 'msdyn_partycountry', 'source': CAST(shaped."both.PARTYCOUNTRY" AS VARCHAR), 'target': CAST(now."msdyn_partycountry" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partycountry')[1] END,
      CASE WHEN now."msdyn_partystateprovince" IS NOT DISTINCT FROM shaped."msdyn_partystateprovince"
        THEN {'column_name': 'msdyn_partystateprovince', 'source': CAST(shaped."both.PARTYSTATE" AS VARCHAR), 'target': CAST(now."msdyn_partystateprovince" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partystateprovince')[1] END,
      CASE WHEN now."msdyn_paymentday" IS NOT DISTINCT FROM shaped."msdyn_paymentday"
        THEN {'column_name': 'msdyn_paymentday', 'source': CAST(shaped."both.PAYMENTDAY" AS VARCHAR), 'target': CAST(now."msdyn_paymentday" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentday')[1] END,
      CASE WHEN now."msdyn_customerpaymentmethod" IS NOT DISTINCT FROM shaped."msdyn_customerpaymentmethod"
        THEN {'column_name': 'msdyn_customerpaymentmethod', 'source': CAST(shaped."both.PAYMENTMETHOD" AS VARCHAR), 'target': CAST(now."msdyn_customerpaymentmethod" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customerpaymentmethod')[1] END,
      CASE WHEN now."msdyn_paymentschedule" IS NOT DISTINCT FROM shaped."msdyn_paymentschedule"
        THEN {'column_name': 'msdyn_paymentschedule', 'source': CAST(shaped."both.PAYMENTSCHEDULE" AS VARCHAR), 'target': CAST(now."msdyn_paymentschedule" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1] END,
      CASE WHEN now."msdyn_paymentterm" IS NOT DISTINCT FROM shaped."msdyn_paymentterm"
        THEN {'column_name': 'msdyn_paymentterm', 'source': CAST(shaped."both.PAYMENTTERMS" AS VARCHAR), 'target': CAST(now."msdyn_paymentterm" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentterm')[1] END,
      CASE WHEN now."msdyn_paymenttermsbasedays" IS NOT DISTINCT FROM shaped."msdyn_paymenttermsbasedays"
        THEN {'column_name': 'msdyn_paymenttermsbasedays', 'source': CAST(shaped."both.PAYMENTTERMSBASEDAYS" AS VARCHAR), 'target': CAST(now."msdyn_paymenttermsbasedays" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymenttermsbasedays')[1] END,
      CASE WHEN now."msdyn_taxexemptnumber" IS NOT DISTINCT FROM shaped."msdyn_taxexemptnumber"
        THEN {'column_name': 'msdyn_taxexemptnumber', 'source': CAST(shaped."both.TAXEXEMPTNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_taxexemptnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_taxexemptnumber')[1] END,
      CASE WHEN now."msdyn_vendor" IS NOT DISTINCT FROM shaped."msdyn_vendor"
        THEN {'column_name': 'msdyn_vendor', 'source': CAST(shaped."both.VENDORACCOUNT" AS VARCHAR), 'target': CAST(now."msdyn_vendor" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendor')[1] END,
      CASE WHEN now."msdyn_partyid" IS NOT DISTINCT FROM shaped."msdyn_partyid"
        THEN {'column_name': 'msdyn_partyid', 'source': CAST(shaped."both.PARTYNUMBER" AS VARCHAR), 'target': CAST(now."msdyn_partyid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partyid')[1] END,
      CASE WHEN now."msdyn_primarycontact" IS NOT DISTINCT FROM shaped."msdyn_primarycontact"
        THEN {'column_name': 'msdyn_primarycontact', 'source': CAST(shaped."both.CONTACTPERSONID" AS VARCHAR), 'target': CAST(now."msdyn_primarycontact" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] END,
      CASE WHEN now."msdyn_salestaxgroup" IS NOT DISTINCT FROM shaped."msdyn_salestaxgroup"
        THEN {'column_name': 'msdyn_salestaxgroup', 'source': CAST(shaped."both.SALESTAXGROUP" AS VARCHAR), 'target': CAST(now."msdyn_salestaxgroup" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_salestaxgroup')[1] END
      , list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_billingaccount')[1]
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "dataverse"."accounts" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'customers_v3' AND pact.source_key = shaped."#key" AND pact.target_key = replace(replace(coalesce(CAST(shaped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(shaped."accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'customers_v3' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'customers_v3' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'customers_v3';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'customers_v3' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
