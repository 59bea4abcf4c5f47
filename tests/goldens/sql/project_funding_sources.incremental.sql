-- project_funding_sources: Project funding source (msdyn_projectcontractsplitbillingrules)
-- dataverse.msdyn_projectcontractsplitbillingrules -> finops.ProjFundingSource, incremental

-- step 1: extract dataverse.msdyn_projectcontractsplitbillingrules

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_projectcontractsplitbillingrules' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
UNION ALL
SELECT 'dataverse.salesorders' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."salesorders" AS x), TRUE)
  ) AS content
FROM "dataverse"."salesorders" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.accounts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."accounts" AS x), TRUE)
  ) AS content
FROM "dataverse"."accounts" AS x
UNION ALL
SELECT 'dataverse.contacts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."contactid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."contacts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."contacts" AS x), TRUE)
  ) AS content
FROM "dataverse"."contacts" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'project_funding_sources' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_funding_sources' AND mark.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_funding_sources' AND link.source_key = coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'project_funding_sources' AND link.source_key = coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
WHERE coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'project_funding_sources' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_projectcontractid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "msdyn_projectcontractid.#1", x."msdyn_company" AS "msdyn_projectcontractid.msdyn_company", x."msdyn_salesordernumber" AS "msdyn_projectcontractid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_funding_sources' AND mark.entity = 'dataverse.salesorders'
  ), TRUE)
) ON "msdyn_projectcontractid.#1" = "msdyn_projectcontractid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectcontractid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
WHERE "msdyn_projectcontractid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."salesorders" AS x WHERE x."salesorderid" = "msdyn_projectcontractid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."salesorders" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_projectcontractid.msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractid.msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "msdyn_projectcontractid.#1", x."msdyn_company" AS "msdyn_projectcontractid.msdyn_company", x."msdyn_salesordernumber" AS "msdyn_projectcontractid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
) ON "msdyn_projectcontractid.#1" = "msdyn_projectcontractid"
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_projectcontractid.msdyn_company.#1", x."cdm_companycode" AS "msdyn_projectcontractid.msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_funding_sources' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_projectcontractid.msdyn_company.#1" = "msdyn_projectcontractid.msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectcontractid.msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractid.msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
JOIN (
  SELECT x."salesorderid" AS "msdyn_projectcontractid.#1", x."msdyn_company" AS "msdyn_projectcontractid.msdyn_company", x."msdyn_salesordernumber" AS "msdyn_projectcontractid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
) ON "msdyn_projectcontractid.#1" = "msdyn_projectcontractid"
WHERE "msdyn_projectcontractid.msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_projectcontractid.msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_customer.accounts
INSERT INTO examined
SELECT landed."#row", 'msdyn_customer.accounts changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
JOIN (
  SELECT x."accountid" AS "msdyn_customer.accounts.#1", x."accountnumber" AS "msdyn_customer.accounts.accountnumber"
  FROM "dataverse"."accounts" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_funding_sources' AND mark.entity = 'dataverse.accounts'
  ), TRUE)
) ON "msdyn_customer.accounts.#1" = "msdyn_customer"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_customer.accounts
INSERT INTO examined
SELECT landed."#row", 'msdyn_customer.accounts gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
WHERE "msdyn_customer" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."accounts" AS x WHERE x."accountid" = "msdyn_customer")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."accounts" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_customer.contacts
INSERT INTO examined
SELECT landed."#row", 'msdyn_customer.contacts changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
JOIN (
  SELECT x."contactid" AS "msdyn_customer.contacts.#1", x."msdyn_contactpersonid" AS "msdyn_customer.contacts.msdyn_contactpersonid"
  FROM "dataverse"."contacts" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'project_funding_sources' AND mark.entity = 'dataverse.contacts'
  ), TRUE)
) ON "msdyn_customer.contacts.#1" = "msdyn_customer"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.contacts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_customer.contacts
INSERT INTO examined
SELECT landed."#row", 'msdyn_customer.contacts gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_projectcontractsplitbillingruleid", source."msdyn_projectcontractid", source."modifiedon", source."msdyn_projectcontractsplitbillingrulenumber", source."msdyn_customer", source."msdyn_paymentterms" FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source) AS landed
WHERE "msdyn_customer" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."contacts" AS x WHERE x."contactid" = "msdyn_customer")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.contacts'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."contacts" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."contactid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."contacts" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'project_funding_sources' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'project_funding_sources' AND source_key IN (SELECT coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_projectcontractsplitbillingrules") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'project_funding_sources' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_projectcontractsplitbillingruleid",
    source."msdyn_projectcontractid",
    source."modifiedon",
    source."msdyn_projectcontractsplitbillingrulenumber",
    source."msdyn_customer",
    source."msdyn_paymentterms"
  FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- msdyn_projectcontractid
    SELECT x."salesorderid" AS "msdyn_projectcontractid.#1", count(*) AS "msdyn_projectcontractid.#hits", any_value(x."msdyn_company") AS "msdyn_projectcontractid.msdyn_company", any_value(x."msdyn_salesordernumber") AS "msdyn_projectcontractid.msdyn_salesordernumber"
    FROM "dataverse"."salesorders" AS x
    WHERE x."salesorderid" IN (SELECT DISTINCT "msdyn_projectcontractid" FROM "landed")
    GROUP BY x."salesorderid"
  ) ON "msdyn_projectcontractid.#1" = "msdyn_projectcontractid"
  LEFT JOIN (  -- msdyn_projectcontractid.msdyn_company
    SELECT x."cdm_companyid" AS "msdyn_projectcontractid.msdyn_company.#1", count(*) AS "msdyn_projectcontractid.msdyn_company.#hits", any_value(x."cdm_companycode") AS "msdyn_projectcontractid.msdyn_company.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_projectcontractid.msdyn_company.#1" = "msdyn_projectcontractid.msdyn_company"
  LEFT JOIN (  -- msdyn_customer.accounts
    SELECT x."accountid" AS "msdyn_customer.accounts.#1", count(*) AS "msdyn_customer.accounts.#hits", any_value(x."accountnumber") AS "msdyn_customer.accounts.accountnumber"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountid" IN (SELECT DISTINCT "msdyn_customer" FROM "landed")
    GROUP BY x."accountid"
  ) ON "msdyn_customer.accounts.#1" = "msdyn_customer"
  LEFT JOIN (  -- msdyn_customer.contacts
    SELECT x."contactid" AS "msdyn_customer.contacts.#1", count(*) AS "msdyn_customer.contacts.#hits", any_value(x."msdyn_contactpersonid") AS "msdyn_customer.contacts.msdyn_contactpersonid"
    FROM "dataverse"."contacts" AS x
    WHERE x."contactid" IN (SELECT DISTINCT "msdyn_customer" FROM "landed")
    GROUP BY x."contactid"
  ) ON "msdyn_customer.contacts.#1" = "msdyn_customer"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon project_funding_sources.map.yaml:6
      WHEN "msdyn_projectcontractid" IS NOT NULL AND ("msdyn_projectcontractid.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId project_funding_sources.map.yaml:18
      WHEN coalesce("msdyn_projectcontractid.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId project_funding_sources.map.yaml:18
      WHEN "msdyn_projectcontractid.msdyn_company" IS NOT NULL AND ("msdyn_projectcontractid.msdyn_company.#hits" IS NULL) THEN 4  -- LOOKUP_MISSING dataAreaId project_funding_sources.map.yaml:18
      WHEN coalesce("msdyn_projectcontractid.msdyn_company.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS dataAreaId project_funding_sources.map.yaml:18
      WHEN "msdyn_projectcontractid.msdyn_company.cdm_companycode" IS NULL THEN 6  -- KEY_NULL dataAreaId project_funding_sources.map.yaml:18
      WHEN "msdyn_projectcontractid" IS NOT NULL AND ("msdyn_projectcontractid.#hits" IS NULL) THEN 7  -- LOOKUP_MISSING ContractId project_funding_sources.map.yaml:19
      WHEN coalesce("msdyn_projectcontractid.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS ContractId project_funding_sources.map.yaml:19
      WHEN length("msdyn_projectcontractid.msdyn_salesordernumber") > 20 THEN 9  -- TOO_LONG ContractId project_funding_sources.map.yaml:19
      WHEN (CASE WHEN (length("msdyn_projectcontractid.msdyn_salesordernumber") <= 20) THEN "msdyn_projectcontractid.msdyn_salesordernumber" END) IS NULL THEN 10  -- KEY_NULL ContractId project_funding_sources.map.yaml:19
      WHEN length("msdyn_projectcontractsplitbillingrulenumber") > 20 THEN 11  -- TOO_LONG FundingSourceId project_funding_sources.map.yaml:20
      WHEN (CASE WHEN (length("msdyn_projectcontractsplitbillingrulenumber") <= 20) THEN "msdyn_projectcontractsplitbillingrulenumber" END) IS NULL THEN 12  -- KEY_NULL FundingSourceId project_funding_sources.map.yaml:20
      WHEN "msdyn_customer" IS NOT NULL AND (("msdyn_customer.accounts.#hits" IS NULL) AND ("msdyn_customer.contacts.#hits" IS NULL)) THEN 13  -- LOOKUP_MISSING CustAccount project_funding_sources.map.yaml:22
      WHEN (coalesce("msdyn_customer.accounts.#hits", 0) > 1) OR (coalesce("msdyn_customer.contacts.#hits", 0) > 1) THEN 14  -- LOOKUP_AMBIGUOUS CustAccount project_funding_sources.map.yaml:22
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST("msdyn_projectcontractid" AS VARCHAR)
      WHEN 3 THEN CAST("msdyn_projectcontractid" AS VARCHAR)
      WHEN 4 THEN CAST("msdyn_projectcontractid.msdyn_company" AS VARCHAR)
      WHEN 5 THEN CAST("msdyn_projectcontractid.msdyn_company" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_projectcontractid" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_projectcontractid" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_projectcontractid.msdyn_salesordernumber" AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_projectcontractsplitbillingrulenumber" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_customer" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_customer" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_projectcontractid.msdyn_company.cdm_companycode" AS "dataAreaId",  -- project_funding_sources.map.yaml:18
    CAST(CASE WHEN (length("msdyn_projectcontractid.msdyn_salesordernumber") <= 20) THEN "msdyn_projectcontractid.msdyn_salesordernumber" END AS VARCHAR) AS "ContractId",  -- project_funding_sources.map.yaml:19
    CAST(CASE WHEN (length("msdyn_projectcontractsplitbillingrulenumber") <= 20) THEN "msdyn_projectcontractsplitbillingrulenumber" END AS VARCHAR) AS "FundingSourceId",  -- project_funding_sources.map.yaml:20
    CAST(coalesce(nullif("msdyn_customer.accounts.accountnumber", ''), nullif("msdyn_customer.contacts.msdyn_contactpersonid", '')) AS VARCHAR) AS "CustAccount",  -- project_funding_sources.map.yaml:22
    CAST(CAST("msdyn_paymentterms" AS VARCHAR) AS VARCHAR) AS "PaymentTermsId",  -- project_funding_sources.map.yaml:23
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ContractId" AS "ContractId", x."FundingSourceId" AS "FundingSourceId", x."CustAccount" AS "CustAccount", x."PaymentTermsId" AS "PaymentTermsId"
  FROM "finops"."ProjFundingSource" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjFundingSource' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjFundingSource" AS x WHERE x."FundingSourceId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."CustAccount" IS DISTINCT FROM mapped."CustAccount"
      OR target."PaymentTermsId" IS DISTINCT FROM mapped."PaymentTermsId") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."ContractId" = mapped."ContractId" AND target."FundingSourceId" = mapped."FundingSourceId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 16  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 16  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 18  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "ContractId", "FundingSourceId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "ContractId", "FundingSourceId", "CustAccount", "PaymentTermsId")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "ContractId", "FundingSourceId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 21 ELSE 20 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."ContractId" = duplicates."ContractId" AND shaped."FundingSourceId" = duplicates."FundingSourceId"
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
UPDATE shaped SET "#reason" = 20, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'project_funding_sources' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjFundingSource' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source WHERE coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 20, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
WHERE coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 20, claim."#target_key"
FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') = claim.owner;

-- where the rows that leave stand in finops.ProjFundingSource
UPDATE shaped SET "#target_row" = there."#place", "#target_key" = there.target_key, "#arm" = 0
FROM (
  SELECT link.source_key, link.target_key, target.rowid AS "#place"
  FROM crosswalk.lineage AS link
  LEFT JOIN (SELECT *, rowid FROM "finops"."ProjFundingSource") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
  WHERE link.leg = 'project_funding_sources' AND link.state = 'live' AND link.target = 'finops.ProjFundingSource'
) AS there
WHERE shaped."#key" = there.source_key AND shaped."#linked" AND NOT shaped."#passes";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" AND "#linked" AND "#target_row" IS NOT NULL THEN 'deleted'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 23) THEN 'rejected'
  WHEN "#reason" IN (21) THEN 'superseded'
  WHEN "#reason" IN (22) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjFundingSource that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, CASE WHEN target.rowid IS NULL THEN 'filtered' ELSE 'deleted' END
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjFundingSource") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'project_funding_sources' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'project_funding_sources' AND link.state = 'live' AND link.target = 'finops.ProjFundingSource'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source WHERE coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') = link.source_key);

-- target rows that another row goes on with
UPDATE shaped SET "#fate" = 'filtered'
FROM (SELECT DISTINCT "#arm", "#target_row" FROM shaped WHERE "#fate" IN ('updated', 'unchanged') AND "#passes") AS kept
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = kept."#arm" AND shaped."#target_row" = kept."#target_row";

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'project_funding_sources' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjFundingSource") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'project_funding_sources' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjFundingSource") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjFundingSource") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'project_funding_sources' AND link.target = 'finops.ProjFundingSource' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'project_funding_sources' AND link.state = 'live' AND link.target = 'finops.ProjFundingSource'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjFundingSource" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."FundingSourceId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjFundingSource

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."CustAccount" AS "CustAccount", shaped."PaymentTermsId" AS "PaymentTermsId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjFundingSource" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of finops.ProjFundingSource
INSERT INTO "finops"."ProjFundingSource" ("dataAreaId", "ContractId", "FundingSourceId", "CustAccount", "PaymentTermsId", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ContractId", "FundingSourceId", "CustAccount", "PaymentTermsId", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_funding_sources' AS leg, new."#key" AS source_key, 'finops.ProjFundingSource' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'CustAccount', 'old': CAST(old."CustAccount" AS VARCHAR), 'new': CAST(new."CustAccount" AS VARCHAR)},
    {'column_name': 'PaymentTermsId', 'old': CAST(old."PaymentTermsId" AS VARCHAR), 'new': CAST(new."PaymentTermsId" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjFundingSource" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "finops"."ProjFundingSource" AS t SET "CustAccount" = updates."CustAccount", "PaymentTermsId" = updates."PaymentTermsId", "ModifiedDateTime" = updates."ModifiedDateTime", "RecVersion" = updates."RecVersion"
FROM updates
WHERE t.rowid = updates."#target_row";

-- keep what the removed rows were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'project_funding_sources' AS leg, shaped."#key" AS source_key, 'finops.ProjFundingSource' AS target, shaped."#target_key" AS target_key, 'deleted' AS fate,
  [
    {'column_name': 'dataAreaId', 'old': CAST(old."dataAreaId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'ContractId', 'old': CAST(old."ContractId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'FundingSourceId', 'old': CAST(old."FundingSourceId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'CustAccount', 'old': CAST(old."CustAccount" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)},
    {'column_name': 'PaymentTermsId', 'old': CAST(old."PaymentTermsId" AS VARCHAR), 'new': CAST(NULL AS VARCHAR)}
  ] AS cells
FROM shaped
JOIN "finops"."ProjFundingSource" AS old ON old.rowid = shaped."#target_row"
WHERE shaped."#fate" = 'deleted' AND shaped."#arm" = 0;

-- remove rows of finops.ProjFundingSource
DELETE FROM "finops"."ProjFundingSource"
WHERE rowid IN (SELECT "#target_row" FROM shaped WHERE "#fate" = 'deleted' AND "#arm" = 0);

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'project_funding_sources' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_funding_sources.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (7, 'LOOKUP_MISSING', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (8, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (9, 'TOO_LONG', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (10, 'KEY_NULL', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (11, 'TOO_LONG', 'FundingSourceId', /* place */ 'project_funding_sources.map.yaml:20'),
  (12, 'KEY_NULL', 'FundingSourceId', /* place */ 'project_funding_sources.map.yaml:20'),
  (13, 'LOOKUP_MISSING', 'CustAccount', /* place */ 'project_funding_sources.map.yaml:22'),
  (14, 'LOOKUP_AMBIGUOUS', 'CustAccount', /* place */ 'project_funding_sources.map.yaml:22'),
  (15, 'TARGET_EXISTS', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (16, 'TARGET_MISSING', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (19, 'CONFLICT_STALE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (21, 'SUPERSEDED', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (23, 'TARGET_REFUSED', '', /* place */ 'project_funding_sources.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'project_funding_sources' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'project_funding_sources' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'project_funding_sources' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_projectcontractsplitbillingruleid', CAST(source."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), 'msdyn_projectcontractsplitbillingrulenumber', CAST(source."msdyn_projectcontractsplitbillingrulenumber" AS VARCHAR), 'msdyn_projectcontractid', CAST(source."msdyn_projectcontractid" AS VARCHAR), 'msdyn_percentage', CAST(source."msdyn_percentage" AS VARCHAR), 'msdyn_paymentterms', CAST(source."msdyn_paymentterms" AS VARCHAR), 'msdyn_customer', CAST(source."msdyn_customer" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'project_funding_sources.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (4, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (5, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (6, 'KEY_NULL', 'dataAreaId', /* place */ 'project_funding_sources.map.yaml:18'),
  (7, 'LOOKUP_MISSING', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (8, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (9, 'TOO_LONG', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (10, 'KEY_NULL', 'ContractId', /* place */ 'project_funding_sources.map.yaml:19'),
  (11, 'TOO_LONG', 'FundingSourceId', /* place */ 'project_funding_sources.map.yaml:20'),
  (12, 'KEY_NULL', 'FundingSourceId', /* place */ 'project_funding_sources.map.yaml:20'),
  (13, 'LOOKUP_MISSING', 'CustAccount', /* place */ 'project_funding_sources.map.yaml:22'),
  (14, 'LOOKUP_AMBIGUOUS', 'CustAccount', /* place */ 'project_funding_sources.map.yaml:22'),
  (15, 'TARGET_EXISTS', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (16, 'TARGET_MISSING', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (17, 'TARGET_DUPLICATE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (18, 'UPDATE_NOT_ALLOWED', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (19, 'CONFLICT_STALE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (20, 'KEY_DUPLICATE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (21, 'SUPERSEDED', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (22, 'SET_INCOMPLETE', '', /* place */ 'project_funding_sources.map.yaml:6'),
  (23, 'TARGET_REFUSED', '', /* place */ 'project_funding_sources.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_projectcontractsplitbillingrules" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'project_funding_sources' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'project_funding_sources' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjFundingSource' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'project_funding_sources' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjFundingSource' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'project_funding_sources' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'project_funding_sources' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'project_funding_sources';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'project_funding_sources' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
