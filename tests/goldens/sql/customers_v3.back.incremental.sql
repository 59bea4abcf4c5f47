-- customers_v3:back: Customers V3 (accounts)
-- dataverse.accounts -> finops.CustomersV3, incremental

-- step 1: extract dataverse.accounts

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.accounts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."accounts" AS x), TRUE)
  ) AS content
FROM "dataverse"."accounts" AS x
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
WHERE leg = 'customers_v3:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."accountid" AS VARCHAR), '') FROM "dataverse"."accounts" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."accounts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.accounts'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'customers_v3:back' AND link.source_key = coalesce(CAST(source."accountid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."accounts" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."accounts" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'customers_v3:back' AND link.source_key = coalesce(CAST(source."accountid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."accounts" AS source
WHERE coalesce(CAST(source."accountid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'customers_v3:back' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_company.#1", x."cdm_companycode" AS "msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_company.#1" = "msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", x."isocurrencycode" AS "transactioncurrencyid.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "transactioncurrencyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "transactioncurrencyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_customergroupid
INSERT INTO examined
SELECT landed."#row", 'msdyn_customergroupid changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_customergroupid" AS "msdyn_customergroupid.#1", x."msdyn_groupid" AS "msdyn_customergroupid.msdyn_groupid"
  FROM "dataverse"."msdyn_customergroups" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_customergroups'
  ), TRUE)
) ON "msdyn_customergroupid.#1" = "msdyn_customergroupid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_customergroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_customergroupid
INSERT INTO examined
SELECT landed."#row", 'msdyn_customergroupid gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_customergroupid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_customergroups" AS x WHERE x."msdyn_customergroupid" = "msdyn_customergroupid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_customergroups'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_customergroups" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_customergroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_customergroups" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_billingaccount
INSERT INTO examined
SELECT landed."#row", 'msdyn_billingaccount changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."accountid" AS "msdyn_billingaccount.#1", x."accountnumber" AS "msdyn_billingaccount.accountnumber"
  FROM "dataverse"."accounts" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.accounts'
  ), TRUE)
) ON "msdyn_billingaccount.#1" = "msdyn_billingaccount"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_billingaccount
INSERT INTO examined
SELECT landed."#row", 'msdyn_billingaccount gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_billingaccount" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."accounts" AS x WHERE x."accountid" = "msdyn_billingaccount")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."accounts" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentday
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentday changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymentdayid" AS "msdyn_paymentday.#1", x."msdyn_name" AS "msdyn_paymentday.msdyn_name"
  FROM "dataverse"."msdyn_paymentdays" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_paymentdays'
  ), TRUE)
) ON "msdyn_paymentday.#1" = "msdyn_paymentday"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentday
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentday gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_paymentday" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentdays" AS x WHERE x."msdyn_paymentdayid" = "msdyn_paymentday")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentdays" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentdayid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentdays" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_customerpaymentmethod
INSERT INTO examined
SELECT landed."#row", 'msdyn_customerpaymentmethod changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_customerpaymentmethodid" AS "msdyn_customerpaymentmethod.#1", x."msdyn_name" AS "msdyn_customerpaymentmethod.msdyn_name"
  FROM "dataverse"."msdyn_customerpaymentmethods" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_customerpaymentmethods'
  ), TRUE)
) ON "msdyn_customerpaymentmethod.#1" = "msdyn_customerpaymentmethod"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_customerpaymentmethods'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_customerpaymentmethod
INSERT INTO examined
SELECT landed."#row", 'msdyn_customerpaymentmethod gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_customerpaymentmethod" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_customerpaymentmethods" AS x WHERE x."msdyn_customerpaymentmethodid" = "msdyn_customerpaymentmethod")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_customerpaymentmethods'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_customerpaymentmethods" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_customerpaymentmethodid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_customerpaymentmethods" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentschedule
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentschedule changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymentscheduleid" AS "msdyn_paymentschedule.#1", x."msdyn_name" AS "msdyn_paymentschedule.msdyn_name"
  FROM "dataverse"."msdyn_paymentschedules" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_paymentschedules'
  ), TRUE)
) ON "msdyn_paymentschedule.#1" = "msdyn_paymentschedule"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentschedule
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentschedule gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_paymentschedule" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentschedules" AS x WHERE x."msdyn_paymentscheduleid" = "msdyn_paymentschedule")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentschedules" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentscheduleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentschedules" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentterm
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentterm changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymenttermid" AS "msdyn_paymentterm.#1", x."msdyn_name" AS "msdyn_paymentterm.msdyn_name"
  FROM "dataverse"."msdyn_paymentterms" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_paymentterms'
  ), TRUE)
) ON "msdyn_paymentterm.#1" = "msdyn_paymentterm"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentterm
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentterm gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_paymentterm" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."msdyn_paymenttermid" = "msdyn_paymentterm")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_vendor
INSERT INTO examined
SELECT landed."#row", 'msdyn_vendor changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_vendorid" AS "msdyn_vendor.#1", x."msdyn_vendoraccountnumber" AS "msdyn_vendor.msdyn_vendoraccountnumber"
  FROM "dataverse"."msdyn_vendors" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_vendors'
  ), TRUE)
) ON "msdyn_vendor.#1" = "msdyn_vendor"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_vendor
INSERT INTO examined
SELECT landed."#row", 'msdyn_vendor gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_vendor" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendors" AS x WHERE x."msdyn_vendorid" = "msdyn_vendor")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_vendors" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendors" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_partyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_partyid changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_partyid" AS "msdyn_partyid.#1", x."msdyn_partynumber" AS "msdyn_partyid.msdyn_partynumber"
  FROM "dataverse"."msdyn_parties" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_parties'
  ), TRUE)
) ON "msdyn_partyid.#1" = "msdyn_partyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_partyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_partyid gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_partyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_parties" AS x WHERE x."msdyn_partyid" = "msdyn_partyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_parties" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_parties" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_primarycontact
INSERT INTO examined
SELECT landed."#row", 'msdyn_primarycontact changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_contactforpartyid" AS "msdyn_primarycontact.#1", x."msdyn_contactforpartynumber" AS "msdyn_primarycontact.msdyn_contactforpartynumber"
  FROM "dataverse"."msdyn_contactforparties" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_contactforparties'
  ), TRUE)
) ON "msdyn_primarycontact.#1" = "msdyn_primarycontact"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_contactforparties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_primarycontact
INSERT INTO examined
SELECT landed."#row", 'msdyn_primarycontact gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_primarycontact" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_contactforparties" AS x WHERE x."msdyn_contactforpartyid" = "msdyn_primarycontact")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_contactforparties'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_contactforparties" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_contactforpartyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_contactforparties" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_salestaxgroup
INSERT INTO examined
SELECT landed."#row", 'msdyn_salestaxgroup changed'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
JOIN (
  SELECT x."msdyn_taxgroupid" AS "msdyn_salestaxgroup.#1", x."msdyn_name" AS "msdyn_salestaxgroup.msdyn_name"
  FROM "dataverse"."msdyn_taxgroups" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'customers_v3:back' AND mark.entity = 'dataverse.msdyn_taxgroups'
  ), TRUE)
) ON "msdyn_salestaxgroup.#1" = "msdyn_salestaxgroup"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_taxgroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_salestaxgroup
INSERT INTO examined
SELECT landed."#row", 'msdyn_salestaxgroup gone'
FROM (SELECT source.rowid AS "#row", source."accountid", source."modifiedon", source."customertypecode", source."msdyn_company", source."accountnumber", source."creditlimit", source."transactioncurrencyid", source."description", source."msdyn_creditlimitismandatory", source."msdyn_creditrating", source."msdyn_customergroupid", source."msdyn_identificationnumber", source."msdyn_billingaccount", source."msdyn_onetimecustomer", source."msdyn_onholdstatus", source."msdyn_partycountry", source."msdyn_partystateprovince", source."msdyn_paymentday", source."msdyn_customerpaymentmethod", source."msdyn_paymentschedule", source."msdyn_paymentterm", source."msdyn_paymenttermsbasedays", source."msdyn_taxexemptnumber", source."msdyn_vendor", source."msdyn_partyid", source."msdyn_primarycontact", source."msdyn_salestaxgroup" FROM "dataverse"."accounts" AS source) AS landed
WHERE "msdyn_salestaxgroup" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_taxgroups" AS x WHERE x."msdyn_taxgroupid" = "msdyn_salestaxgroup")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_taxgroups'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_taxgroups" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_taxgroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_taxgroups" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."accounts" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."accountid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'customers_v3:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."accountid" AS VARCHAR), '') FROM "dataverse"."accounts" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'customers_v3:back' AND source_key IN (SELECT coalesce(CAST(source."accountid" AS VARCHAR), '') FROM "dataverse"."accounts" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."accounts") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'customers_v3:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."accountid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."accountid",
    source."modifiedon",
    source."customertypecode",
    source."msdyn_company",
    source."accountnumber",
    source."creditlimit",
    source."transactioncurrencyid",
    source."description",
    source."msdyn_creditlimitismandatory",
    source."msdyn_creditrating",
    source."msdyn_customergroupid",
    source."msdyn_identificationnumber",
    source."msdyn_billingaccount",
    source."msdyn_onetimecustomer",
    source."msdyn_onholdstatus",
    source."msdyn_partycountry",
    source."msdyn_partystateprovince",
    source."msdyn_paymentday",
    source."msdyn_customerpaymentmethod",
    source."msdyn_paymentschedule",
    source."msdyn_paymentterm",
    source."msdyn_paymenttermsbasedays",
    source."msdyn_taxexemptnumber",
    source."msdyn_vendor",
    source."msdyn_partyid",
    source."msdyn_primarycontact",
    source."msdyn_salestaxgroup"
  FROM "dataverse"."accounts" AS source
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
  LEFT JOIN (  -- transactioncurrencyid
    SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", count(*) AS "transactioncurrencyid.#hits", any_value(x."isocurrencycode") AS "transactioncurrencyid.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."transactioncurrencyid" IN (SELECT DISTINCT "transactioncurrencyid" FROM "landed")
    GROUP BY x."transactioncurrencyid"
  ) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
  LEFT JOIN (  -- msdyn_customergroupid
    SELECT x."msdyn_customergroupid" AS "msdyn_customergroupid.#1", count(*) AS "msdyn_customergroupid.#hits", any_value(x."msdyn_groupid") AS "msdyn_customergroupid.msdyn_groupid"
    FROM "dataverse"."msdyn_customergroups" AS x
    WHERE x."msdyn_customergroupid" IN (SELECT DISTINCT "msdyn_customergroupid" FROM "landed")
    GROUP BY x."msdyn_customergroupid"
  ) ON "msdyn_customergroupid.#1" = "msdyn_customergroupid"
  LEFT JOIN (  -- msdyn_billingaccount
    SELECT x."accountid" AS "msdyn_billingaccount.#1", count(*) AS "msdyn_billingaccount.#hits", any_value(x."accountnumber") AS "msdyn_billingaccount.accountnumber"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountid" IN (SELECT DISTINCT "msdyn_billingaccount" FROM "landed")
    GROUP BY x."accountid"
  ) ON "msdyn_billingaccount.#1" = "msdyn_billingaccount"
  LEFT JOIN (  -- msdyn_paymentday
    SELECT x."msdyn_paymentdayid" AS "msdyn_paymentday.#1", count(*) AS "msdyn_paymentday.#hits", any_value(x."msdyn_name") AS "msdyn_paymentday.msdyn_name"
    FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE x."msdyn_paymentdayid" IN (SELECT DISTINCT "msdyn_paymentday" FROM "landed")
    GROUP BY x."msdyn_paymentdayid"
  ) ON "msdyn_paymentday.#1" = "msdyn_paymentday"
  LEFT JOIN (  -- msdyn_customerpaymentmethod
    SELECT x."msdyn_customerpaymentmethodid" AS "msdyn_customerpaymentmethod.#1", count(*) AS "msdyn_customerpaymentmethod.#hits", any_value(x."msdyn_name") AS "msdyn_customerpaymentmethod.msdyn_name"
    FROM "dataverse"."msdyn_customerpaymentmethods" AS x
    WHERE x."msdyn_customerpaymentmethodid" IN (SELECT DISTINCT "msdyn_customerpaymentmethod" FROM "landed")
    GROUP BY x."msdyn_customerpaymentmethodid"
  ) ON "msdyn_customerpaymentmethod.#1" = "msdyn_customerpaymentmethod"
  LEFT JOIN (  -- msdyn_paymentschedule
    SELECT x."msdyn_paymentscheduleid" AS "msdyn_paymentschedule.#1", count(*) AS "msdyn_paymentschedule.#hits", any_value(x."msdyn_name") AS "msdyn_paymentschedule.msdyn_name"
    FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE x."msdyn_paymentscheduleid" IN (SELECT DISTINCT "msdyn_paymentschedule" FROM "landed")
    GROUP BY x."msdyn_paymentscheduleid"
  ) ON "msdyn_paymentschedule.#1" = "msdyn_paymentschedule"
  LEFT JOIN (  -- msdyn_paymentterm
    SELECT x."msdyn_paymenttermid" AS "msdyn_paymentterm.#1", count(*) AS "msdyn_paymentterm.#hits", any_value(x."msdyn_name") AS "msdyn_paymentterm.msdyn_name"
    FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE x."msdyn_paymenttermid" IN (SELECT DISTINCT "msdyn_paymentterm" FROM "landed")
    GROUP BY x."msdyn_paymenttermid"
  ) ON "msdyn_paymentterm.#1" = "msdyn_paymentterm"
  LEFT JOIN (  -- msdyn_vendor
    SELECT x."msdyn_vendorid" AS "msdyn_vendor.#1", count(*) AS "msdyn_vendor.#hits", any_value(x."msdyn_vendoraccountnumber") AS "msdyn_vendor.msdyn_vendoraccountnumber"
    FROM "dataverse"."msdyn_vendors" AS x
    WHERE x."msdyn_vendorid" IN (SELECT DISTINCT "msdyn_vendor" FROM "landed")
    GROUP BY x."msdyn_vendorid"
  ) ON "msdyn_vendor.#1" = "msdyn_vendor"
  LEFT JOIN (  -- msdyn_partyid
    SELECT x."msdyn_partyid" AS "msdyn_partyid.#1", count(*) AS "msdyn_partyid.#hits", any_value(x."msdyn_partynumber") AS "msdyn_partyid.msdyn_partynumber"
    FROM "dataverse"."msdyn_parties" AS x
    WHERE x."msdyn_partyid" IN (SELECT DISTINCT "msdyn_partyid" FROM "landed")
    GROUP BY x."msdyn_partyid"
  ) ON "msdyn_partyid.#1" = "msdyn_partyid"
  LEFT JOIN (  -- msdyn_primarycontact
    SELECT x."msdyn_contactforpartyid" AS "msdyn_primarycontact.#1", count(*) AS "msdyn_primarycontact.#hits", any_value(x."msdyn_contactforpartynumber") AS "msdyn_primarycontact.msdyn_contactforpartynumber"
    FROM "dataverse"."msdyn_contactforparties" AS x
    WHERE x."msdyn_contactforpartyid" IN (SELECT DISTINCT "msdyn_primarycontact" FROM "landed")
    GROUP BY x."msdyn_contactforpartyid"
  ) ON "msdyn_primarycontact.#1" = "msdyn_primarycontact"
  LEFT JOIN (  -- msdyn_salestaxgroup
    SELECT x."msdyn_taxgroupid" AS "msdyn_salestaxgroup.#1", count(*) AS "msdyn_salestaxgroup.#hits", any_value(x."msdyn_name") AS "msdyn_salestaxgroup.msdyn_name"
    FROM "dataverse"."msdyn_taxgroups" AS x
    WHERE x."msdyn_taxgroupid" IN (SELECT DISTINCT "msdyn_salestaxgroup" FROM "landed")
    GROUP BY x."msdyn_taxgroupid"
  ) ON "msdyn_salestaxgroup.#1" = "msdyn_salestaxgroup"
),
judged AS (
  SELECT *,
    coalesce(("customertypecode" = 3), FALSE) AS "#passes",  -- customers_v3.map.yaml:41
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon customers_v3.map.yaml:4
      WHEN "msdyn_company" IS NOT NULL AND ("msdyn_company.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId customers_v3.map.yaml:13
      WHEN coalesce("msdyn_company.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId customers_v3.map.yaml:13
      WHEN "msdyn_company.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId customers_v3.map.yaml:13
      WHEN "accountnumber" IS NULL THEN 5  -- KEY_NULL CUSTOMERACCOUNT customers_v3.map.yaml:14
      WHEN NOT ('Organization' IN ('Organization', 'Person')) THEN 6  -- VALUE_UNMAPPED PARTYTYPE customers_v3.map.yaml:45
      WHEN "transactioncurrencyid" IS NOT NULL AND ("transactioncurrencyid.#hits" IS NULL) THEN 7  -- LOOKUP_MISSING SALESCURRENCYCODE customers_v3.map.yaml:19
      WHEN coalesce("transactioncurrencyid.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS SALESCURRENCYCODE customers_v3.map.yaml:19
      WHEN length("transactioncurrencyid.isocurrencycode") > 3 THEN 9  -- TOO_LONG SALESCURRENCYCODE customers_v3.map.yaml:19
      WHEN length("description") > 1000 THEN 10  -- TOO_LONG SALESMEMO customers_v3.map.yaml:20
      WHEN NOT ("msdyn_creditlimitismandatory" IN (TRUE, FALSE)) THEN 11  -- VALUE_UNMAPPED CREDITLIMITISMANDATORY customers_v3.map.yaml:21
      WHEN NOT ((CASE WHEN "msdyn_creditlimitismandatory" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditlimitismandatory" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 12  -- VALUE_UNMAPPED CREDITLIMITISMANDATORY customers_v3.map.yaml:21
      WHEN length("msdyn_creditrating") > 10 THEN 13  -- TOO_LONG CREDITRATING customers_v3.map.yaml:22
      WHEN "msdyn_customergroupid" IS NOT NULL AND ("msdyn_customergroupid.#hits" IS NULL) THEN 14  -- LOOKUP_MISSING CUSTOMERGROUPID customers_v3.map.yaml:23
      WHEN coalesce("msdyn_customergroupid.#hits", 0) > 1 THEN 15  -- LOOKUP_AMBIGUOUS CUSTOMERGROUPID customers_v3.map.yaml:23
      WHEN length("msdyn_customergroupid.msdyn_groupid") > 10 THEN 16  -- TOO_LONG CUSTOMERGROUPID customers_v3.map.yaml:23
      WHEN length("msdyn_identificationnumber") > 50 THEN 17  -- TOO_LONG IDENTIFICATIONNUMBER customers_v3.map.yaml:24
      WHEN "msdyn_billingaccount" IS NOT NULL AND ("msdyn_billingaccount.#hits" IS NULL) THEN 18  -- LOOKUP_MISSING INVOICEACCOUNT customers_v3.map.yaml:25
      WHEN coalesce("msdyn_billingaccount.#hits", 0) > 1 THEN 19  -- LOOKUP_AMBIGUOUS INVOICEACCOUNT customers_v3.map.yaml:25
      WHEN NOT ("msdyn_onetimecustomer" IN (TRUE, FALSE)) THEN 20  -- VALUE_UNMAPPED ISONETIMECUSTOMER customers_v3.map.yaml:26
      WHEN NOT ((CASE WHEN "msdyn_onetimecustomer" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onetimecustomer" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 21  -- VALUE_UNMAPPED ISONETIMECUSTOMER customers_v3.map.yaml:26
      WHEN NOT ("msdyn_onholdstatus" IN (806380000, 806380001, 806380002, 806380003, 806380004, 806380005)) THEN 22  -- VALUE_UNMAPPED ONHOLDSTATUS customers_v3.map.yaml:27
      WHEN NOT ((CASE WHEN "msdyn_onholdstatus" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onholdstatus" WHEN 806380000 THEN 'no' WHEN 806380001 THEN 'invoice' WHEN 806380002 THEN 'all' WHEN 806380003 THEN 'payment' WHEN 806380004 THEN 'requisition' WHEN 806380005 THEN 'never' ELSE NULL END) END) IN ('no', 'invoice', 'all', 'payment', 'requisition', 'never')) THEN 23  -- VALUE_UNMAPPED ONHOLDSTATUS customers_v3.map.yaml:27
      WHEN length("msdyn_partycountry") > 10 THEN 24  -- TOO_LONG PARTYCOUNTRY customers_v3.map.yaml:28
      WHEN length("msdyn_partystateprovince") > 10 THEN 25  -- TOO_LONG PARTYSTATE customers_v3.map.yaml:29
      WHEN "msdyn_paymentday" IS NOT NULL AND ("msdyn_paymentday.#hits" IS NULL) THEN 26  -- LOOKUP_MISSING PAYMENTDAY customers_v3.map.yaml:30
      WHEN coalesce("msdyn_paymentday.#hits", 0) > 1 THEN 27  -- LOOKUP_AMBIGUOUS PAYMENTDAY customers_v3.map.yaml:30
      WHEN length("msdyn_paymentday.msdyn_name") > 10 THEN 28  -- TOO_LONG PAYMENTDAY customers_v3.map.yaml:30
      WHEN "msdyn_customerpaymentmethod" IS NOT NULL AND ("msdyn_customerpaymentmethod.#hits" IS NULL) THEN 29  -- LOOKUP_MISSING PAYMENTMETHOD customers_v3.map.yaml:31
      WHEN coalesce("msdyn_customerpaymentmethod.#hits", 0) > 1 THEN 30  -- LOOKUP_AMBIGUOUS PAYMENTMETHOD customers_v3.map.yaml:31
      WHEN length("msdyn_customerpaymentmethod.msdyn_name") > 10 THEN 31  -- TOO_LONG PAYMENTMETHOD customers_v3.map.yaml:31
      WHEN "msdyn_paymentschedule" IS NOT NULL AND ("msdyn_paymentschedule.#hits" IS NULL) THEN 32  -- LOOKUP_MISSING PAYMENTSCHEDULE customers_v3.map.yaml:32
      WHEN coalesce("msdyn_paymentschedule.#hits", 0) > 1 THEN 33  -- LOOKUP_AMBIGUOUS PAYMENTSCHEDULE customers_v3.map.yaml:32
      WHEN length("msdyn_paymentschedule.msdyn_name") > 10 THEN 34  -- TOO_LONG PAYMENTSCHEDULE customers_v3.map.yaml:32
      WHEN "msdyn_paymentterm" IS NOT NULL AND ("msdyn_paymentterm.#hits" IS NULL) THEN 35  -- LOOKUP_MISSING PAYMENTTERMS customers_v3.map.yaml:33
      WHEN coalesce("msdyn_paymentterm.#hits", 0) > 1 THEN 36  -- LOOKUP_AMBIGUOUS PAYMENTTERMS customers_v3.map.yaml:33
      WHEN length("msdyn_paymentterm.msdyn_name") > 10 THEN 37  -- TOO_LONG PAYMENTTERMS customers_v3.map.yaml:33
      WHEN length("msdyn_taxexemptnumber") > 20 THEN 38  -- TOO_LONG TAXEXEMPTNUMBER customers_v3.map.yaml:35
      WHEN "msdyn_vendor" IS NOT NULL AND ("msdyn_vendor.#hits" IS NULL) THEN 39  -- LOOKUP_MISSING VENDORACCOUNT customers_v3.map.yaml:36
      WHEN coalesce("msdyn_vendor.#hits", 0) > 1 THEN 40  -- LOOKUP_AMBIGUOUS VENDORACCOUNT customers_v3.map.yaml:36
      WHEN length("msdyn_vendor.msdyn_vendoraccountnumber") > 20 THEN 41  -- TOO_LONG VENDORACCOUNT customers_v3.map.yaml:36
      WHEN "msdyn_partyid" IS NOT NULL AND ("msdyn_partyid.#hits" IS NULL) THEN 42  -- LOOKUP_MISSING PARTYNUMBER customers_v3.map.yaml:37
      WHEN coalesce("msdyn_partyid.#hits", 0) > 1 THEN 43  -- LOOKUP_AMBIGUOUS PARTYNUMBER customers_v3.map.yaml:37
      WHEN "msdyn_primarycontact" IS NOT NULL AND ("msdyn_primarycontact.#hits" IS NULL) THEN 44  -- LOOKUP_MISSING CONTACTPERSONID customers_v3.map.yaml:38
      WHEN coalesce("msdyn_primarycontact.#hits", 0) > 1 THEN 45  -- LOOKUP_AMBIGUOUS CONTACTPERSONID customers_v3.map.yaml:38
      WHEN length("msdyn_primarycontact.msdyn_contactforpartynumber") > 20 THEN 46  -- TOO_LONG CONTACTPERSONID customers_v3.map.yaml:38
      WHEN "msdyn_salestaxgroup" IS NOT NULL AND ("msdyn_salestaxgroup.#hits" IS NULL) THEN 47  -- LOOKUP_MISSING SALESTAXGROUP customers_v3.map.yaml:39
      WHEN coalesce("msdyn_salestaxgroup.#hits", 0) > 1 THEN 48  -- LOOKUP_AMBIGUOUS SALESTAXGROUP customers_v3.map.yaml:39
      WHEN length("msdyn_salestaxgroup.msdyn_name") > 10 THEN 49  -- TOO_LONG SALESTAXGROUP customers_v3.map.yaml:39
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
      WHEN 6 THEN CAST('Organization' AS VARCHAR)
      WHEN 7 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 8 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 9 THEN CAST("transactioncurrencyid.isocurrencycode" AS VARCHAR)
      WHEN 10 THEN CAST("description" AS VARCHAR)
      WHEN 11 THEN CAST("msdyn_creditlimitismandatory" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_creditrating" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_customergroupid" AS VARCHAR)
      WHEN 15 THEN CAST("msdyn_customergroupid" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_customergroupid.msdyn_groupid" AS VARCHAR)
      WHEN 17 THEN CAST("msdyn_identificationnumber" AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_billingaccount" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_billingaccount" AS VARCHAR)
      WHEN 20 THEN CAST("msdyn_onetimecustomer" AS VARCHAR)
      WHEN 22 THEN CAST("msdyn_onholdstatus" AS VARCHAR)
      WHEN 24 THEN CAST("msdyn_partycountry" AS VARCHAR)
      WHEN 25 THEN CAST("msdyn_partystateprovince" AS VARCHAR)
      WHEN 26 THEN CAST("msdyn_paymentday" AS VARCHAR)
      WHEN 27 THEN CAST("msdyn_paymentday" AS VARCHAR)
      WHEN 28 THEN CAST("msdyn_paymentday.msdyn_name" AS VARCHAR)
      WHEN 29 THEN CAST("msdyn_customerpaymentmethod" AS VARCHAR)
      WHEN 30 THEN CAST("msdyn_customerpaymentmethod" AS VARCHAR)
      WHEN 31 THEN CAST("msdyn_customerpaymentmethod.msdyn_name" AS VARCHAR)
      WHEN 32 THEN CAST("msdyn_paymentschedule" AS VARCHAR)
      WHEN 33 THEN CAST("msdyn_paymentschedule" AS VARCHAR)
      WHEN 34 THEN CAST("msdyn_paymentschedule.msdyn_name" AS VARCHAR)
      WHEN 35 THEN CAST("msdyn_paymentterm" AS VARCHAR)
      WHEN 36 THEN CAST("msdyn_paymentterm" AS VARCHAR)
      WHEN 37 THEN CAST("msdyn_paymentterm.msdyn_name" AS VARCHAR)
      WHEN 38 THEN CAST("msdyn_taxexemptnumber" AS VARCHAR)
      WHEN 39 THEN CAST("msdyn_vendor" AS VARCHAR)
      WHEN 40 THEN CAST("msdyn_vendor" AS VARCHAR)
      WHEN 41 THEN CAST("msdyn_vendor.msdyn_vendoraccountnumber" AS VARCHAR)
      WHEN 42 THEN CAST("msdyn_partyid" AS VARCHAR)
      WHEN 43 THEN CAST("msdyn_partyid" AS VARCHAR)
      WHEN 44 THEN CAST("msdyn_primarycontact" AS VARCHAR)
      WHEN 45 THEN CAST("msdyn_primarycontact" AS VARCHAR)
      WHEN 46 THEN CAST("msdyn_primarycontact.msdyn_contactforpartynumber" AS VARCHAR)
      WHEN 47 THEN CAST("msdyn_salestaxgroup" AS VARCHAR)
      WHEN 48 THEN CAST("msdyn_salestaxgroup" AS VARCHAR)
      WHEN 49 THEN CAST("msdyn_salestaxgroup.msdyn_name" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company.cdm_companycode" AS "dataAreaId",  -- customers_v3.map.yaml:13
    "accountnumber" AS "CUSTOMERACCOUNT",  -- customers_v3.map.yaml:14
    CAST(CASE WHEN ('Organization' IN ('Organization', 'Person')) THEN 'Organization' END AS VARCHAR) AS "PARTYTYPE",  -- customers_v3.map.yaml:45
    CAST(CAST("creditlimit" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "CREDITLIMIT",  -- customers_v3.map.yaml:18
    CAST(CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END AS VARCHAR) AS "SALESCURRENCYCODE",  -- customers_v3.map.yaml:19
    CAST(CASE WHEN (length("description") <= 1000) THEN "description" END AS VARCHAR) AS "SALESMEMO",  -- customers_v3.map.yaml:20
    CAST(CASE WHEN ((CASE WHEN "msdyn_creditlimitismandatory" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditlimitismandatory" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_creditlimitismandatory" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_creditlimitismandatory" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "CREDITLIMITISMANDATORY",  -- customers_v3.map.yaml:21
    CAST(CASE WHEN (length("msdyn_creditrating") <= 10) THEN "msdyn_creditrating" END AS VARCHAR) AS "CREDITRATING",  -- customers_v3.map.yaml:22
    CAST(CASE WHEN (length("msdyn_customergroupid.msdyn_groupid") <= 10) THEN "msdyn_customergroupid.msdyn_groupid" END AS VARCHAR) AS "CUSTOMERGROUPID",  -- customers_v3.map.yaml:23
    CAST(CASE WHEN (length("msdyn_identificationnumber") <= 50) THEN "msdyn_identificationnumber" END AS VARCHAR) AS "IDENTIFICATIONNUMBER",  -- customers_v3.map.yaml:24
    "msdyn_billingaccount.accountnumber" AS "INVOICEACCOUNT",  -- customers_v3.map.yaml:25
    CAST(CASE WHEN ((CASE WHEN "msdyn_onetimecustomer" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onetimecustomer" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_onetimecustomer" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onetimecustomer" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISONETIMECUSTOMER",  -- customers_v3.map.yaml:26
    CAST(CASE WHEN ((CASE WHEN "msdyn_onholdstatus" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onholdstatus" WHEN 806380000 THEN 'no' WHEN 806380001 THEN 'invoice' WHEN 806380002 THEN 'all' WHEN 806380003 THEN 'payment' WHEN 806380004 THEN 'requisition' WHEN 806380005 THEN 'never' ELSE NULL END) END) IN ('no', 'invoice', 'all', 'payment', 'requisition', 'never')) THEN (CASE WHEN "msdyn_onholdstatus" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onholdstatus" WHEN 806380000 THEN 'no' WHEN 806380001 THEN 'invoice' WHEN 806380002 THEN 'all' WHEN 806380003 THEN 'payment' WHEN 806380004 THEN 'requisition' WHEN 806380005 THEN 'never' ELSE NULL END) END) END AS VARCHAR) AS "ONHOLDSTATUS",  -- customers_v3.map.yaml:27
    CAST(CASE WHEN (length("msdyn_partycountry") <= 10) THEN "msdyn_partycountry" END AS VARCHAR) AS "PARTYCOUNTRY",  -- customers_v3.map.yaml:28
    CAST(CASE WHEN (length("msdyn_partystateprovince") <= 10) THEN "msdyn_partystateprovince" END AS VARCHAR) AS "PARTYSTATE",  -- customers_v3.map.yaml:29
    CAST(CASE WHEN (length("msdyn_paymentday.msdyn_name") <= 10) THEN "msdyn_paymentday.msdyn_name" END AS VARCHAR) AS "PAYMENTDAY",  -- customers_v3.map.yaml:30
    CAST(CASE WHEN (length("msdyn_customerpaymentmethod.msdyn_name") <= 10) THEN "msdyn_customerpaymentmethod.msdyn_name" END AS VARCHAR) AS "PAYMENTMETHOD",  -- customers_v3.map.yaml:31
    CAST(CASE WHEN (length("msdyn_paymentschedule.msdyn_name") <= 10) THEN "msdyn_paymentschedule.msdyn_name" END AS VARCHAR) AS "PAYMENTSCHEDULE",  -- customers_v3.map.yaml:32
    CAST(CASE WHEN (length("msdyn_paymentterm.msdyn_name") <= 10) THEN "msdyn_paymentterm.msdyn_name" END AS VARCHAR) AS "PAYMENTTERMS",  -- customers_v3.map.yaml:33
    "msdyn_paymenttermsbasedays" AS "PAYMENTTERMSBASEDAYS",  -- customers_v3.map.yaml:34
    CAST(CASE WHEN (length("msdyn_taxexemptnumber") <= 20) THEN "msdyn_taxexemptnumber" END AS VARCHAR) AS "TAXEXEMPTNUMBER",  -- customers_v3.map.yaml:35
    CAST(CASE WHEN (length("msdyn_vendor.msdyn_vendoraccountnumber") <= 20) THEN "msdyn_vendor.msdyn_vendoraccountnumber" END AS VARCHAR) AS "VENDORACCOUNT",  -- customers_v3.map.yaml:36
    "msdyn_partyid.msdyn_partynumber" AS "PARTYNUMBER",  -- customers_v3.map.yaml:37
    CAST(CASE WHEN (length("msdyn_primarycontact.msdyn_contactforpartynumber") <= 20) THEN "msdyn_primarycontact.msdyn_contactforpartynumber" END AS VARCHAR) AS "CONTACTPERSONID",  -- customers_v3.map.yaml:38
    CAST(CASE WHEN (length("msdyn_salestaxgroup.msdyn_name") <= 10) THEN "msdyn_salestaxgroup.msdyn_name" END AS VARCHAR) AS "SALESTAXGROUP",  -- customers_v3.map.yaml:39
    replace(replace(coalesce(CAST("msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("accountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#out_key",  -- for later steps
    "creditlimit" AS "both.creditlimit",  -- for later steps
    "transactioncurrencyid" AS "both.transactioncurrencyid",  -- for later steps
    "description" AS "both.description",  -- for later steps
    "msdyn_creditlimitismandatory" AS "both.msdyn_creditlimitismandatory",  -- for later steps
    "msdyn_creditrating" AS "both.msdyn_creditrating",  -- for later steps
    "msdyn_customergroupid" AS "both.msdyn_customergroupid",  -- for later steps
    "msdyn_identificationnumber" AS "both.msdyn_identificationnumber",  -- for later steps
    "msdyn_billingaccount" AS "both.msdyn_billingaccount",  -- for later steps
    "msdyn_onetimecustomer" AS "both.msdyn_onetimecustomer",  -- for later steps
    "msdyn_onholdstatus" AS "both.msdyn_onholdstatus",  -- for later steps
    "msdyn_partycountry" AS "both.msdyn_partycountry",  -- for later steps
    "msdyn_partystateprovince" AS "both.msdyn_partystateprovince",  -- for later steps
    "msdyn_paymentday" AS "both.msdyn_paymentday",  -- for later steps
    "msdyn_customerpaymentmethod" AS "both.msdyn_customerpaymentmethod",  -- for later steps
    "msdyn_paymentschedule" AS "both.msdyn_paymentschedule",  -- for later steps
    "msdyn_paymentterm" AS "both.msdyn_paymentterm",  -- for later steps
    "msdyn_paymenttermsbasedays" AS "both.msdyn_paymenttermsbasedays",  -- for later steps
    "msdyn_taxexemptnumber" AS "both.msdyn_taxexemptnumber",  -- for later steps
    "msdyn_vendor" AS "both.msdyn_vendor",  -- for later steps
    "msdyn_partyid" AS "both.msdyn_partyid",  -- for later steps
    "msdyn_primarycontact" AS "both.msdyn_primarycontact",  -- for later steps
    "msdyn_salestaxgroup" AS "both.msdyn_salestaxgroup",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."CUSTOMERACCOUNT" AS "CUSTOMERACCOUNT", x."PARTYTYPE" AS "PARTYTYPE", x."CREDITLIMIT" AS "CREDITLIMIT", x."SALESCURRENCYCODE" AS "SALESCURRENCYCODE", x."SALESMEMO" AS "SALESMEMO", x."CREDITLIMITISMANDATORY" AS "CREDITLIMITISMANDATORY", x."CREDITRATING" AS "CREDITRATING", x."CUSTOMERGROUPID" AS "CUSTOMERGROUPID", x."IDENTIFICATIONNUMBER" AS "IDENTIFICATIONNUMBER", x."INVOICEACCOUNT" AS "INVOICEACCOUNT", x."ISONETIMECUSTOMER" AS "ISONETIMECUSTOMER", x."ONHOLDSTATUS" AS "ONHOLDSTATUS", x."PARTYCOUNTRY" AS "PARTYCOUNTRY", x."PARTYSTATE" AS "PARTYSTATE", x."PAYMENTDAY" AS "PAYMENTDAY", x."PAYMENTMETHOD" AS "PAYMENTMETHOD", x."PAYMENTSCHEDULE" AS "PAYMENTSCHEDULE", x."PAYMENTTERMS" AS "PAYMENTTERMS", x."PAYMENTTERMSBASEDAYS" AS "PAYMENTTERMSBASEDAYS", x."TAXEXEMPTNUMBER" AS "TAXEXEMPTNUMBER", x."VENDORACCOUNT" AS "VENDORACCOUNT", x."PARTYNUMBER" AS "PARTYNUMBER", x."CONTACTPERSONID" AS "CONTACTPERSONID", x."SALESTAXGROUP" AS "SALESTAXGROUP"
  FROM "finops"."CustomersV3" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.CustomersV3' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."CustomersV3" AS x WHERE x."CUSTOMERACCOUNT" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."creditlimit" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.creditlimit" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".target)) AND NOT (CAST(target."CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".source))
    END AS "#goes.creditlimit",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."transactioncurrencyid" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.transactioncurrencyid" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".target)) OR (CAST(mapped."SALESCURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".source))) AND NOT (CAST(target."SALESCURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".source))
    END AS "#goes.transactioncurrencyid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."description" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.description" AS VARCHAR) IS DISTINCT FROM (pact."description".target)) AND NOT (CAST(target."SALESMEMO" AS VARCHAR) IS DISTINCT FROM (pact."description".source))
    END AS "#goes.description",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditlimitismandatory" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_creditlimitismandatory" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".target)) AND NOT (CAST(target."CREDITLIMITISMANDATORY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".source))
    END AS "#goes.msdyn_creditlimitismandatory",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditrating" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target)) AND NOT (CAST(target."CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source))
    END AS "#goes.msdyn_creditrating",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_customergroupid" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_customergroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".target)) OR (CAST(mapped."CUSTOMERGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".source))) AND NOT (CAST(target."CUSTOMERGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".source))
    END AS "#goes.msdyn_customergroupid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_identificationnumber" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_identificationnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".target)) AND NOT (CAST(target."IDENTIFICATIONNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".source))
    END AS "#goes.msdyn_identificationnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_billingaccount" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_billingaccount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".target)) OR (CAST(mapped."INVOICEACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".source))) AND NOT (CAST(target."INVOICEACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".source))
    END AS "#goes.msdyn_billingaccount",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_onetimecustomer" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_onetimecustomer" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".target)) AND NOT (CAST(target."ISONETIMECUSTOMER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".source))
    END AS "#goes.msdyn_onetimecustomer",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_onholdstatus" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target)) AND NOT (CAST(target."ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source))
    END AS "#goes.msdyn_onholdstatus",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partycountry" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_partycountry" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".target)) AND NOT (CAST(target."PARTYCOUNTRY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".source))
    END AS "#goes.msdyn_partycountry",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partystateprovince" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_partystateprovince" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".target)) AND NOT (CAST(target."PARTYSTATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".source))
    END AS "#goes.msdyn_partystateprovince",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentday" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentday" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".target)) OR (CAST(mapped."PAYMENTDAY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".source))) AND NOT (CAST(target."PAYMENTDAY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".source))
    END AS "#goes.msdyn_paymentday",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_customerpaymentmethod" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_customerpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".target)) OR (CAST(mapped."PAYMENTMETHOD" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".source))) AND NOT (CAST(target."PAYMENTMETHOD" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".source))
    END AS "#goes.msdyn_customerpaymentmethod",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentschedule" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target)) OR (CAST(mapped."PAYMENTSCHEDULE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))) AND NOT (CAST(target."PAYMENTSCHEDULE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))
    END AS "#goes.msdyn_paymentschedule",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentterm" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".target)) OR (CAST(mapped."PAYMENTTERMS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".source))) AND NOT (CAST(target."PAYMENTTERMS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".source))
    END AS "#goes.msdyn_paymentterm",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymenttermsbasedays" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_paymenttermsbasedays" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".target)) AND NOT (CAST(target."PAYMENTTERMSBASEDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".source))
    END AS "#goes.msdyn_paymenttermsbasedays",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_taxexemptnumber" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_taxexemptnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".target)) AND NOT (CAST(target."TAXEXEMPTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".source))
    END AS "#goes.msdyn_taxexemptnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendor" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_vendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".target)) OR (CAST(mapped."VENDORACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".source))) AND NOT (CAST(target."VENDORACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".source))
    END AS "#goes.msdyn_vendor",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partyid" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target)) OR (CAST(mapped."PARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))) AND NOT (CAST(target."PARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))
    END AS "#goes.msdyn_partyid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_primarycontact" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target)) OR (CAST(mapped."CONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))) AND NOT (CAST(target."CONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))
    END AS "#goes.msdyn_primarycontact",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_salestaxgroup" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_salestaxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".target)) OR (CAST(mapped."SALESTAXGROUP" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".source))) AND NOT (CAST(target."SALESTAXGROUP" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".source))
    END AS "#goes.msdyn_salestaxgroup",
    target."#row" IS NOT NULL AND pact."creditlimit" IS NOT NULL AND (CAST(mapped."both.creditlimit" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".target)) AND (CAST(target."CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."creditlimit".source))
      AND (target."CREDITLIMIT" IS DISTINCT FROM mapped."CREDITLIMIT") AS "#clashes.creditlimit",
    target."#row" IS NOT NULL AND pact."transactioncurrencyid" IS NOT NULL AND ((CAST(mapped."both.transactioncurrencyid" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".target)) OR (CAST(mapped."SALESCURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".source))) AND (CAST(target."SALESCURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."transactioncurrencyid".source))
      AND (target."SALESCURRENCYCODE" IS DISTINCT FROM mapped."SALESCURRENCYCODE") AS "#clashes.transactioncurrencyid",
    target."#row" IS NOT NULL AND pact."description" IS NOT NULL AND (CAST(mapped."both.description" AS VARCHAR) IS DISTINCT FROM (pact."description".target)) AND (CAST(target."SALESMEMO" AS VARCHAR) IS DISTINCT FROM (pact."description".source))
      AND (target."SALESMEMO" IS DISTINCT FROM mapped."SALESMEMO") AS "#clashes.description",
    target."#row" IS NOT NULL AND pact."msdyn_creditlimitismandatory" IS NOT NULL AND (CAST(mapped."both.msdyn_creditlimitismandatory" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".target)) AND (CAST(target."CREDITLIMITISMANDATORY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditlimitismandatory".source))
      AND (target."CREDITLIMITISMANDATORY" IS DISTINCT FROM mapped."CREDITLIMITISMANDATORY") AS "#clashes.msdyn_creditlimitismandatory",
    target."#row" IS NOT NULL AND pact."msdyn_creditrating" IS NOT NULL AND (CAST(mapped."both.msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target)) AND (CAST(target."CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source))
      AND (target."CREDITRATING" IS DISTINCT FROM mapped."CREDITRATING") AS "#clashes.msdyn_creditrating",
    target."#row" IS NOT NULL AND pact."msdyn_customergroupid" IS NOT NULL AND ((CAST(mapped."both.msdyn_customergroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".target)) OR (CAST(mapped."CUSTOMERGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".source))) AND (CAST(target."CUSTOMERGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customergroupid".source))
      AND (target."CUSTOMERGROUPID" IS DISTINCT FROM mapped."CUSTOMERGROUPID") AS "#clashes.msdyn_customergroupid",
    target."#row" IS NOT NULL AND pact."msdyn_identificationnumber" IS NOT NULL AND (CAST(mapped."both.msdyn_identificationnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".target)) AND (CAST(target."IDENTIFICATIONNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_identificationnumber".source))
      AND (target."IDENTIFICATIONNUMBER" IS DISTINCT FROM mapped."IDENTIFICATIONNUMBER") AS "#clashes.msdyn_identificationnumber",
    target."#row" IS NOT NULL AND pact."msdyn_billingaccount" IS NOT NULL AND ((CAST(mapped."both.msdyn_billingaccount" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".target)) OR (CAST(mapped."INVOICEACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".source))) AND (CAST(target."INVOICEACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_billingaccount".source))
      AND (target."INVOICEACCOUNT" IS DISTINCT FROM mapped."INVOICEACCOUNT") AS "#clashes.msdyn_billingaccount",
    target."#row" IS NOT NULL AND pact."msdyn_onetimecustomer" IS NOT NULL AND (CAST(mapped."both.msdyn_onetimecustomer" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".target)) AND (CAST(target."ISONETIMECUSTOMER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onetimecustomer".source))
      AND (target."ISONETIMECUSTOMER" IS DISTINCT FROM mapped."ISONETIMECUSTOMER") AS "#clashes.msdyn_onetimecustomer",
    target."#row" IS NOT NULL AND pact."msdyn_onholdstatus" IS NOT NULL AND (CAST(mapped."both.msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target)) AND (CAST(target."ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source))
      AND (target."ONHOLDSTATUS" IS DISTINCT FROM mapped."ONHOLDSTATUS") AS "#clashes.msdyn_onholdstatus",
    target."#row" IS NOT NULL AND pact."msdyn_partycountry" IS NOT NULL AND (CAST(mapped."both.msdyn_partycountry" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".target)) AND (CAST(target."PARTYCOUNTRY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partycountry".source))
      AND (target."PARTYCOUNTRY" IS DISTINCT FROM mapped."PARTYCOUNTRY") AS "#clashes.msdyn_partycountry",
    target."#row" IS NOT NULL AND pact."msdyn_partystateprovince" IS NOT NULL AND (CAST(mapped."both.msdyn_partystateprovince" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".target)) AND (CAST(target."PARTYSTATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partystateprovince".source))
      AND (target."PARTYSTATE" IS DISTINCT FROM mapped."PARTYSTATE") AS "#clashes.msdyn_partystateprovince",
    target."#row" IS NOT NULL AND pact."msdyn_paymentday" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentday" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".target)) OR (CAST(mapped."PAYMENTDAY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".source))) AND (CAST(target."PAYMENTDAY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentday".source))
      AND (target."PAYMENTDAY" IS DISTINCT FROM mapped."PAYMENTDAY") AS "#clashes.msdyn_paymentday",
    target."#row" IS NOT NULL AND pact."msdyn_customerpaymentmethod" IS NOT NULL AND ((CAST(mapped."both.msdyn_customerpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".target)) OR (CAST(mapped."PAYMENTMETHOD" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".source))) AND (CAST(target."PAYMENTMETHOD" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_customerpaymentmethod".source))
      AND (target."PAYMENTMETHOD" IS DISTINCT FROM mapped."PAYMENTMETHOD") AS "#clashes.msdyn_customerpaymentmethod",
    target."#row" IS NOT NULL AND pact."msdyn_paymentschedule" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target)) OR (CAST(mapped."PAYMENTSCHEDULE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))) AND (CAST(target."PAYMENTSCHEDULE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))
      AND (target."PAYMENTSCHEDULE" IS DISTINCT FROM mapped."PAYMENTSCHEDULE") AS "#clashes.msdyn_paymentschedule",
    target."#row" IS NOT NULL AND pact."msdyn_paymentterm" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentterm" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".target)) OR (CAST(mapped."PAYMENTTERMS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".source))) AND (CAST(target."PAYMENTTERMS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterm".source))
      AND (target."PAYMENTTERMS" IS DISTINCT FROM mapped."PAYMENTTERMS") AS "#clashes.msdyn_paymentterm",
    target."#row" IS NOT NULL AND pact."msdyn_paymenttermsbasedays" IS NOT NULL AND (CAST(mapped."both.msdyn_paymenttermsbasedays" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".target)) AND (CAST(target."PAYMENTTERMSBASEDAYS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymenttermsbasedays".source))
      AND (target."PAYMENTTERMSBASEDAYS" IS DISTINCT FROM mapped."PAYMENTTERMSBASEDAYS") AS "#clashes.msdyn_paymenttermsbasedays",
    target."#row" IS NOT NULL AND pact."msdyn_taxexemptnumber" IS NOT NULL AND (CAST(mapped."both.msdyn_taxexemptnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".target)) AND (CAST(target."TAXEXEMPTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxexemptnumber".source))
      AND (target."TAXEXEMPTNUMBER" IS DISTINCT FROM mapped."TAXEXEMPTNUMBER") AS "#clashes.msdyn_taxexemptnumber",
    target."#row" IS NOT NULL AND pact."msdyn_vendor" IS NOT NULL AND ((CAST(mapped."both.msdyn_vendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".target)) OR (CAST(mapped."VENDORACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".source))) AND (CAST(target."VENDORACCOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendor".source))
      AND (target."VENDORACCOUNT" IS DISTINCT FROM mapped."VENDORACCOUNT") AS "#clashes.msdyn_vendor",
    target."#row" IS NOT NULL AND pact."msdyn_partyid" IS NOT NULL AND ((CAST(mapped."both.msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target)) OR (CAST(mapped."PARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))) AND (CAST(target."PARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))
      AND (target."PARTYNUMBER" IS DISTINCT FROM mapped."PARTYNUMBER") AS "#clashes.msdyn_partyid",
    target."#row" IS NOT NULL AND pact."msdyn_primarycontact" IS NOT NULL AND ((CAST(mapped."both.msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target)) OR (CAST(mapped."CONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))) AND (CAST(target."CONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))
      AND (target."CONTACTPERSONID" IS DISTINCT FROM mapped."CONTACTPERSONID") AS "#clashes.msdyn_primarycontact",
    target."#row" IS NOT NULL AND pact."msdyn_salestaxgroup" IS NOT NULL AND ((CAST(mapped."both.msdyn_salestaxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".target)) OR (CAST(mapped."SALESTAXGROUP" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".source))) AND (CAST(target."SALESTAXGROUP" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_salestaxgroup".source))
      AND (target."SALESTAXGROUP" IS DISTINCT FROM mapped."SALESTAXGROUP") AS "#clashes.msdyn_salestaxgroup",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.creditlimit" THEN 'creditlimit' || ': source ' || coalesce(CAST(target."CREDITLIMIT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.creditlimit" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.transactioncurrencyid" THEN 'transactioncurrencyid' || ': source ' || coalesce(CAST(target."SALESCURRENCYCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.transactioncurrencyid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.description" THEN 'description' || ': source ' || coalesce(CAST(target."SALESMEMO" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.description" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditlimitismandatory" THEN 'msdyn_creditlimitismandatory' || ': source ' || coalesce(CAST(target."CREDITLIMITISMANDATORY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_creditlimitismandatory" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditrating" THEN 'msdyn_creditrating' || ': source ' || coalesce(CAST(target."CREDITRATING" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_creditrating" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_customergroupid" THEN 'msdyn_customergroupid' || ': source ' || coalesce(CAST(target."CUSTOMERGROUPID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_customergroupid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_identificationnumber" THEN 'msdyn_identificationnumber' || ': source ' || coalesce(CAST(target."IDENTIFICATIONNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_identificationnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_billingaccount" THEN 'msdyn_billingaccount' || ': source ' || coalesce(CAST(target."INVOICEACCOUNT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_billingaccount" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_onetimecustomer" THEN 'msdyn_onetimecustomer' || ': source ' || coalesce(CAST(target."ISONETIMECUSTOMER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_onetimecustomer" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_onholdstatus" THEN 'msdyn_onholdstatus' || ': source ' || coalesce(CAST(target."ONHOLDSTATUS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_onholdstatus" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partycountry" THEN 'msdyn_partycountry' || ': source ' || coalesce(CAST(target."PARTYCOUNTRY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_partycountry" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partystateprovince" THEN 'msdyn_partystateprovince' || ': source ' || coalesce(CAST(target."PARTYSTATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_partystateprovince" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentday" THEN 'msdyn_paymentday' || ': source ' || coalesce(CAST(target."PAYMENTDAY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentday" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_customerpaymentmethod" THEN 'msdyn_customerpaymentmethod' || ': source ' || coalesce(CAST(target."PAYMENTMETHOD" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_customerpaymentmethod" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentschedule" THEN 'msdyn_paymentschedule' || ': source ' || coalesce(CAST(target."PAYMENTSCHEDULE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentschedule" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentterm" THEN 'msdyn_paymentterm' || ': source ' || coalesce(CAST(target."PAYMENTTERMS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentterm" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymenttermsbasedays" THEN 'msdyn_paymenttermsbasedays' || ': source ' || coalesce(CAST(target."PAYMENTTERMSBASEDAYS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymenttermsbasedays" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_taxexemptnumber" THEN 'msdyn_taxexemptnumber' || ': source ' || coalesce(CAST(target."TAXEXEMPTNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_taxexemptnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendor" THEN 'msdyn_vendor' || ': source ' || coalesce(CAST(target."VENDORACCOUNT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_vendor" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partyid" THEN 'msdyn_partyid' || ': source ' || coalesce(CAST(target."PARTYNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_partyid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_primarycontact" THEN 'msdyn_primarycontact' || ': source ' || coalesce(CAST(target."CONTACTPERSONID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_primarycontact" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_salestaxgroup" THEN 'msdyn_salestaxgroup' || ': source ' || coalesce(CAST(target."SALESTAXGROUP" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_salestaxgroup" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    (agreed.source_version IS NOT NULL AND agreed.source_version IS DISTINCT FROM target."#version") AS "#stale",
    target."PARTYTYPE" IS DISTINCT FROM mapped."PARTYTYPE" AS "#disputed",
    (target."PARTYTYPE" IS DISTINCT FROM mapped."PARTYTYPE")
      OR ("#goes.creditlimit" AND (target."CREDITLIMIT" IS DISTINCT FROM mapped."CREDITLIMIT"))
      OR ("#goes.transactioncurrencyid" AND (target."SALESCURRENCYCODE" IS DISTINCT FROM mapped."SALESCURRENCYCODE"))
      OR ("#goes.description" AND (target."SALESMEMO" IS DISTINCT FROM mapped."SALESMEMO"))
      OR ("#goes.msdyn_creditlimitismandatory" AND (target."CREDITLIMITISMANDATORY" IS DISTINCT FROM mapped."CREDITLIMITISMANDATORY"))
      OR ("#goes.msdyn_creditrating" AND (target."CREDITRATING" IS DISTINCT FROM mapped."CREDITRATING"))
      OR ("#goes.msdyn_customergroupid" AND (target."CUSTOMERGROUPID" IS DISTINCT FROM mapped."CUSTOMERGROUPID"))
      OR ("#goes.msdyn_identificationnumber" AND (target."IDENTIFICATIONNUMBER" IS DISTINCT FROM mapped."IDENTIFICATIONNUMBER"))
      OR ("#goes.msdyn_billingaccount" AND (target."INVOICEACCOUNT" IS DISTINCT FROM mapped."INVOICEACCOUNT"))
      OR ("#goes.msdyn_onetimecustomer" AND (target."ISONETIMECUSTOMER" IS DISTINCT FROM mapped."ISONETIMECUSTOMER"))
      OR ("#goes.msdyn_onholdstatus" AND (target."ONHOLDSTATUS" IS DISTINCT FROM mapped."ONHOLDSTATUS"))
      OR ("#goes.msdyn_partycountry" AND (target."PARTYCOUNTRY" IS DISTINCT FROM mapped."PARTYCOUNTRY"))
      OR ("#goes.msdyn_partystateprovince" AND (target."PARTYSTATE" IS DISTINCT FROM mapped."PARTYSTATE"))
      OR ("#goes.msdyn_paymentday" AND (target."PAYMENTDAY" IS DISTINCT FROM mapped."PAYMENTDAY"))
      OR ("#goes.msdyn_customerpaymentmethod" AND (target."PAYMENTMETHOD" IS DISTINCT FROM mapped."PAYMENTMETHOD"))
      OR ("#goes.msdyn_paymentschedule" AND (target."PAYMENTSCHEDULE" IS DISTINCT FROM mapped."PAYMENTSCHEDULE"))
      OR ("#goes.msdyn_paymentterm" AND (target."PAYMENTTERMS" IS DISTINCT FROM mapped."PAYMENTTERMS"))
      OR ("#goes.msdyn_paymenttermsbasedays" AND (target."PAYMENTTERMSBASEDAYS" IS DISTINCT FROM mapped."PAYMENTTERMSBASEDAYS"))
      OR ("#goes.msdyn_taxexemptnumber" AND (target."TAXEXEMPTNUMBER" IS DISTINCT FROM mapped."TAXEXEMPTNUMBER"))
      OR ("#goes.msdyn_vendor" AND (target."VENDORACCOUNT" IS DISTINCT FROM mapped."VENDORACCOUNT"))
      OR ("#goes.msdyn_partyid" AND (target."PARTYNUMBER" IS DISTINCT FROM mapped."PARTYNUMBER"))
      OR ("#goes.msdyn_primarycontact" AND (target."CONTACTPERSONID" IS DISTINCT FROM mapped."CONTACTPERSONID"))
      OR ("#goes.msdyn_salestaxgroup" AND (target."SALESTAXGROUP" IS DISTINCT FROM mapped."SALESTAXGROUP")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."CUSTOMERACCOUNT" = mapped."CUSTOMERACCOUNT"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
  LEFT JOIN (SELECT * FROM crosswalk.lineage WHERE leg = 'customers_v3') AS agreed ON agreed.source_key = target."#key"
  LEFT JOIN (
    SELECT
      list_filter(cells, lambda cell: cell.column_name = 'creditlimit')[1] AS "creditlimit",
      list_filter(cells, lambda cell: cell.column_name = 'transactioncurrencyid')[1] AS "transactioncurrencyid",
      list_filter(cells, lambda cell: cell.column_name = 'description')[1] AS "description",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditlimitismandatory')[1] AS "msdyn_creditlimitismandatory",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] AS "msdyn_creditrating",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_customergroupid')[1] AS "msdyn_customergroupid",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_identificationnumber')[1] AS "msdyn_identificationnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_billingaccount')[1] AS "msdyn_billingaccount",
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
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 51  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 51  -- TARGET_MISSING
    WHEN "#clashes.creditlimit" THEN 59  -- CONFLICT_STALE creditlimit
    WHEN "#clashes.transactioncurrencyid" THEN 60  -- CONFLICT_STALE transactioncurrencyid
    WHEN "#clashes.description" THEN 61  -- CONFLICT_STALE description
    WHEN "#clashes.msdyn_creditlimitismandatory" THEN 62  -- CONFLICT_STALE msdyn_creditlimitismandatory
    WHEN "#clashes.msdyn_creditrating" THEN 63  -- CONFLICT_STALE msdyn_creditrating
    WHEN "#clashes.msdyn_customergroupid" THEN 64  -- CONFLICT_STALE msdyn_customergroupid
    WHEN "#clashes.msdyn_identificationnumber" THEN 65  -- CONFLICT_STALE msdyn_identificationnumber
    WHEN "#clashes.msdyn_billingaccount" THEN 66  -- CONFLICT_STALE msdyn_billingaccount
    WHEN "#clashes.msdyn_onetimecustomer" THEN 67  -- CONFLICT_STALE msdyn_onetimecustomer
    WHEN "#clashes.msdyn_onholdstatus" THEN 68  -- CONFLICT_STALE msdyn_onholdstatus
    WHEN "#clashes.msdyn_partycountry" THEN 69  -- CONFLICT_STALE msdyn_partycountry
    WHEN "#clashes.msdyn_partystateprovince" THEN 70  -- CONFLICT_STALE msdyn_partystateprovince
    WHEN "#clashes.msdyn_paymentday" THEN 71  -- CONFLICT_STALE msdyn_paymentday
    WHEN "#clashes.msdyn_customerpaymentmethod" THEN 72  -- CONFLICT_STALE msdyn_customerpaymentmethod
    WHEN "#clashes.msdyn_paymentschedule" THEN 73  -- CONFLICT_STALE msdyn_paymentschedule
    WHEN "#clashes.msdyn_paymentterm" THEN 74  -- CONFLICT_STALE msdyn_paymentterm
    WHEN "#clashes.msdyn_paymenttermsbasedays" THEN 75  -- CONFLICT_STALE msdyn_paymenttermsbasedays
    WHEN "#clashes.msdyn_taxexemptnumber" THEN 76  -- CONFLICT_STALE msdyn_taxexemptnumber
    WHEN "#clashes.msdyn_vendor" THEN 77  -- CONFLICT_STALE msdyn_vendor
    WHEN "#clashes.msdyn_partyid" THEN 78  -- CONFLICT_STALE msdyn_partyid
    WHEN "#clashes.msdyn_primarycontact" THEN 79  -- CONFLICT_STALE msdyn_primarycontact
    WHEN "#clashes.msdyn_salestaxgroup" THEN 80  -- CONFLICT_STALE msdyn_salestaxgroup
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 54  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 53  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "CUSTOMERACCOUNT", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "CUSTOMERACCOUNT", "PARTYTYPE", "CREDITLIMIT", "SALESCURRENCYCODE", "SALESMEMO", "CREDITLIMITISMANDATORY", "CREDITRATING", "CUSTOMERGROUPID", "IDENTIFICATIONNUMBER", "INVOICEACCOUNT", "ISONETIMECUSTOMER", "ONHOLDSTATUS", "PARTYCOUNTRY", "PARTYSTATE", "PAYMENTDAY", "PAYMENTMETHOD", "PAYMENTSCHEDULE", "PAYMENTTERMS", "PAYMENTTERMSBASEDAYS", "TAXEXEMPTNUMBER", "VENDORACCOUNT", "PARTYNUMBER", "CONTACTPERSONID", "SALESTAXGROUP")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "CUSTOMERACCOUNT"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 56 ELSE 55 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."CUSTOMERACCOUNT" = duplicates."CUSTOMERACCOUNT"
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
UPDATE shaped SET "#reason" = 55, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'customers_v3:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.CustomersV3' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."accounts" AS source WHERE coalesce(CAST(source."accountid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 55, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."accounts" AS source
WHERE coalesce(CAST(source."accountid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 55, claim."#target_key"
FROM "dataverse"."accounts" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."accountid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80) THEN 'rejected'
  WHEN "#reason" IN (56) THEN 'superseded'
  WHEN "#reason" IN (57) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.CustomersV3 that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."CustomersV3") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'customers_v3:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'customers_v3:back' AND link.state = 'live' AND link.target = 'finops.CustomersV3'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."accounts" AS source WHERE coalesce(CAST(source."accountid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."accounts" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'customers_v3:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."CustomersV3") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'customers_v3:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."CustomersV3") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'customers_v3:back' AND link.state = 'live' AND link.target = 'finops.CustomersV3'
  AND NOT EXISTS (SELECT 1 FROM "finops"."CustomersV3" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.CustomersV3

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."PARTYTYPE" AS "PARTYTYPE", CASE WHEN shaped."#goes.creditlimit" THEN shaped."CREDITLIMIT" ELSE t."CREDITLIMIT" END AS "CREDITLIMIT", CASE WHEN shaped."#goes.transactioncurrencyid" THEN shaped."SALESCURRENCYCODE" ELSE t."SALESCURRENCYCODE" END AS "SALESCURRENCYCODE", CASE WHEN shaped."#goes.description" THEN shaped."SALESMEMO" ELSE t."SALESMEMO" END AS "SALESMEMO", CASE WHEN shaped."#goes.msdyn_creditlimitismandatory" THEN shaped."CREDITLIMITISMANDATORY" ELSE t."CREDITLIMITISMANDATORY" END AS "CREDITLIMITISMANDATORY", CASE WHEN shaped."#goes.msdyn_creditrating" THEN shaped."CREDITRATING" ELSE t."CREDITRATING" END AS "CREDITRATING", CASE WHEN shaped."#goes.msdyn_customergroupid" THEN shaped."CUSTOMERGROUPID" ELSE t."CUSTOMERGROUPID" END AS "CUSTOMERGROUPID", CASE WHEN shaped."#goes.msdyn_identificationnumber" THEN shaped."IDENTIFICATIONNUMBER" ELSE t."IDENTIFICATIONNUMBER" END AS "IDENTIFICATIONNUMBER", CASE WHEN shaped."#goes.msdyn_billingaccount" THEN shaped."INVOICEACCOUNT" ELSE t."INVOICEACCOUNT" END AS "INVOICEACCOUNT", CASE WHEN shaped."#goes.msdyn_onetimecustomer" THEN shaped."ISONETIMECUSTOMER" ELSE t."ISONETIMECUSTOMER" END AS "ISONETIMECUSTOMER", CASE WHEN shaped."#goes.msdyn_onholdstatus" THEN shaped."ONHOLDSTATUS" ELSE t."ONHOLDSTATUS" END AS "ONHOLDSTATUS", CASE WHEN shaped."#goes.msdyn_partycountry" THEN shaped."PARTYCOUNTRY" ELSE t."PARTYCOUNTRY" END AS "PARTYCOUNTRY", CASE WHEN shaped."#goes.msdyn_partystateprovince" THEN shaped."PARTYSTATE" ELSE t."PARTYSTATE" END AS "PARTYSTATE", CASE WHEN shaped."#goes.msdyn_paymentday" THEN shaped."PAYMENTDAY" ELSE t."PAYMENTDAY" END AS "PAYMENTDAY", CASE WHEN shaped."#goes.msdyn_customerpaymentmethod" THEN shaped."PAYMENTMETHOD" ELSE t."PAYMENTMETHOD" END AS "PAYMENTMETHOD", CASE WHEN shaped."#goes.msdyn_paymentschedule" THEN shaped."PAYMENTSCHEDULE" ELSE t."PAYMENTSCHEDULE" END AS "PAYMENTSCHEDULE", CASE WHEN shaped."#goes.msdyn_paymentterm" THEN shaped."PAYMENTTERMS" ELSE t."PAYMENTTERMS" END AS "PAYMENTTERMS", CASE WHEN shaped."#goes.msdyn_paymenttermsbasedays" THEN shaped."PAYMENTTERMSBASEDAYS" ELSE t."PAYMENTTERMSBASEDAYS" END AS "PAYMENTTERMSBASEDAYS", CASE WHEN shaped."#goes.msdyn_taxexemptnumber" THEN shaped."TAXEXEMPTNUMBER" ELSE t."TAXEXEMPTNUMBER" END AS "TAXEXEMPTNUMBER", CASE WHEN shaped."#goes.msdyn_vendor" THEN shaped."VENDORACCOUNT" ELSE t."VENDORACCOUNT" END AS "VENDORACCOUNT", CASE WHEN shaped."#goes.msdyn_partyid" THEN shaped."PARTYNUMBER" ELSE t."PARTYNUMBER" END AS "PARTYNUMBER", CASE WHEN shaped."#goes.msdyn_primarycontact" THEN shaped."CONTACTPERSONID" ELSE t."CONTACTPERSONID" END AS "CONTACTPERSONID", CASE WHEN shaped."#goes.msdyn_salestaxgroup" THEN shaped."SALESTAXGROUP" ELSE t."SALESTAXGROUP" END AS "SALESTAXGROUP", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."CustomersV3" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.CustomersV3
INSERT INTO "finops"."CustomersV3" ("dataAreaId", "CUSTOMERACCOUNT", "PARTYTYPE", "CREDITLIMIT", "SALESCURRENCYCODE", "SALESMEMO", "CREDITLIMITISMANDATORY", "CREDITRATING", "CUSTOMERGROUPID", "IDENTIFICATIONNUMBER", "INVOICEACCOUNT", "ISONETIMECUSTOMER", "ONHOLDSTATUS", "PARTYCOUNTRY", "PARTYSTATE", "PAYMENTDAY", "PAYMENTMETHOD", "PAYMENTSCHEDULE", "PAYMENTTERMS", "PAYMENTTERMSBASEDAYS", "TAXEXEMPTNUMBER", "VENDORACCOUNT", "PARTYNUMBER", "CONTACTPERSONID", "SALESTAXGROUP", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "CUSTOMERACCOUNT", "PARTYTYPE", "CREDITLIMIT", "SALESCURRENCYCODE", "SALESMEMO", "CREDITLIMITISMANDATORY", "CREDITRATING", "CUSTOMERGROUPID", "IDENTIFICATIONNUMBER", "INVOICEACCOUNT", "ISONETIMECUSTOMER", "ONHOLDSTATUS", "PARTYCOUNTRY", "PARTYSTATE", "PAYMENTDAY", "PAYMENTMETHOD", "PAYMENTSCHEDULE", "PAYMENTTERMS", "PAYMENTTERMSBASEDAYS", "TAXEXEMPTNUMBER", "VENDORACCOUNT", "PARTYNUMBER", "CONTACTPERSONID", "SALESTAXGROUP", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'customers_v3:back' AS leg, new."#key" AS source_key, 'finops.CustomersV3' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'PARTYTYPE', 'old': CAST(old."PARTYTYPE" AS VARCHAR), 'new': CAST(new."PARTYTYPE" AS VARCHAR)},
    {'column_name': 'CREDITLIMIT', 'old': CAST(old."CREDITLIMIT" AS VARCHAR), 'new': CAST(new."CREDITLIMIT" AS VARCHAR)},
    {'column_name': 'SALESCURRENCYCODE', 'old': CAST(old."SALESCURRENCYCODE" AS VARCHAR), 'new': CAST(new."SALESCURRENCYCODE" AS VARCHAR)},
    {'column_name': 'SALESMEMO', 'old': CAST(old."SALESMEMO" AS VARCHAR), 'new': CAST(new."SALESMEMO" AS VARCHAR)},
    {'column_name': 'CREDITLIMITISMANDATORY', 'old': CAST(old."CREDITLIMITISMANDATORY" AS VARCHAR), 'new': CAST(new."CREDITLIMITISMANDATORY" AS VARCHAR)},
    {'column_name': 'CREDITRATING', 'old': CAST(old."CREDITRATING" AS VARCHAR), 'new': CAST(new."CREDITRATING" AS VARCHAR)},
    {'column_name': 'CUSTOMERGROUPID', 'old': CAST(old."CUSTOMERGROUPID" AS VARCHAR), 'new': CAST(new."CUSTOMERGROUPID" AS VARCHAR)},
    {'column_name': 'IDENTIFICATIONNUMBER', 'old': CAST(old."IDENTIFICATIONNUMBER" AS VARCHAR), 'new': CAST(new."IDENTIFICATIONNUMBER" AS VARCHAR)},
    {'column_name': 'INVOICEACCOUNT', 'old': CAST(old."INVOICEACCOUNT" AS VARCHAR), 'new': CAST(new."INVOICEACCOUNT" AS VARCHAR)},
    {'column_name': 'ISONETIMECUSTOMER', 'old': CAST(old."ISONETIMECUSTOMER" AS VARCHAR), 'new': CAST(new."ISONETIMECUSTOMER" AS VARCHAR)},
    {'column_name': 'ONHOLDSTATUS', 'old': CAST(old."ONHOLDSTATUS" AS VARCHAR), 'new': CAST(new."ONHOLDSTATUS" AS VARCHAR)},
    {'column_name': 'PARTYCOUNTRY', 'old': CAST(old."PARTYCOUNTRY" AS VARCHAR), 'new': CAST(new."PARTYCOUNTRY" AS VARCHAR)},
    {'column_name': 'PARTYSTATE', 'old': CAST(old."PARTYSTATE" AS VARCHAR), 'new': CAST(new."PARTYSTATE" AS VARCHAR)},
    {'column_name': 'PAYMENTDAY', 'old': CAST(old."PAYMENTDAY" AS VARCHAR), 'new': CAST(new."PAYMENTDAY" AS VARCHAR)},
    {'column_name': 'PAYMENTMETHOD', 'old': CAST(old."PAYMENTMETHOD" AS VARCHAR), 'new': CAST(new."PAYMENTMETHOD" AS VARCHAR)},
    {'column_name': 'PAYMENTSCHEDULE', 'old': CAST(old."PAYMENTSCHEDULE" AS VARCHAR), 'new': CAST(new."PAYMENTSCHEDULE" AS VARCHAR)},
    {'column_name': 'PAYMENTTERMS', 'old': CAST(old."PAYMENTTERMS" AS VARCHAR), 'new': CAST(new."PAYMENTTERMS" AS VARCHAR)},
    {'column_name': 'PAYMENTTERMSBASEDAYS', 'old': CAST(old."PAYMENTTERMSBASEDAYS" AS VARCHAR), 'new': CAST(new."PAYMENTTERMSBASEDAYS" AS VARCHAR)},
    {'column_name': 'TAXEXEMPTNUMBER', 'old': CAST(old."TAXEXEMPTNUMBER" AS VARCHAR), 'new': CAST(new."TAXEXEMPTNUMBER" AS VARCHAR)},
    {'column_name': 'VENDORACCOUNT', 'old': CAST(old."VENDORACCOUNT" AS VARCHAR), 'new': CAST(new."VENDORACCOUNT" AS VARCHAR)},
    {'column_name': 'PARTYNUMBER', 'old': CAST(old."PARTYNUMBER" AS VARCHAR), 'new': CAST(new."PARTYNUMBER" AS VARCHAR)},
    {'column_name': 'CONTACTPERSONID', 'old': CAST(old."CONTACTPERSONID" AS VARCHAR), 'new': CAST(new."CONTACTPERSONID" AS VARCHAR)},
    {'column_name': 'SALESTAXGROUP', 'old': CAST(old."SALESTAXGROUP" AS VARCHAR), 'new': CAST(new."SALESTAXGROUP" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."CustomersV3" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."CustomersV3" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."CustomersV3"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'customers_v3:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."accountid" AS VARCHAR), '') FROM "dataverse"."accounts" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'customers_v3.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'customers_v3.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'customers_v3.map.yaml:13'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'customers_v3.map.yaml:13'),
  (5, 'KEY_NULL', 'CUSTOMERACCOUNT', /* place */ 'customers_v3.map.yaml:14'),
  (6, 'VALUE_UNMAPPED', 'PARTYTYPE', /* place */ 'customers_v3.map.yaml:45'),
  (7, 'LOOKUP_MISSING', 'SALESCURRENCYCODE', /* place */ 'customers_v3.map.yaml:19'),
  (8, 'LOOKUP_AMBIGUOUS', 'SALESCURRENCYCODE', /* place */ 'customers_v3.map.yaml:19'),
  (9, 'TOO_LONG', 'SALESCURRENCYCODE', /* place */ 'customers_v3.map.yaml:19'),
  (10, 'TOO_LONG', 'SALESMEMO', /* place */ 'customers_v3.map.yaml:20'),
  (11, 'VALUE_UNMAPPED', 'CREDITLIMITISMANDATORY', /* place */ 'customers_v3.map.yaml:21'),
  (12, 'VALUE_UNMAPPED', 'CREDITLIMITISMANDATORY', /* place */ 'customers_v3.map.yaml:21'),
  (13, 'TOO_LONG', 'CREDITRATING', /* place */ 'customers_v3.map.yaml:22'),
  (14, 'LOOKUP_MISSING', 'CUSTOMERGROUPID', /* place */ 'customers_v3.map.yaml:23'),
  (15, 'LOOKUP_AMBIGUOUS', 'CUSTOMERGROUPID', /* place */ 'customers_v3.map.yaml:23'),
  (16, 'TOO_LONG', 'CUSTOMERGROUPID', /* place */ 'customers_v3.map.yaml:23'),
  (17, 'TOO_LONG', 'IDENTIFICATIONNUMBER', /* place */ 'customers_v3.map.yaml:24'),
  (18, 'LOOKUP_MISSING', 'INVOICEACCOUNT', /* place */ 'customers_v3.map.yaml:25'),
  (19, 'LOOKUP_AMBIGUOUS', 'INVOICEACCOUNT', /* place */ 'customers_v3.map.yaml:25'),
  (20, 'VALUE_UNMAPPED', 'ISONETIMECUSTOMER', /* place */ 'customers_v3.map.yaml:26'),
  (21, 'VALUE_UNMAPPED', 'ISONETIMECUSTOMER', /* place */ 'customers_v3.map.yaml:26'),
  (22, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'customers_v3.map.yaml:27'),
  (23, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'customers_v3.map.yaml:27'),
  (24, 'TOO_LONG', 'PARTYCOUNTRY', /* place */ 'customers_v3.map.yaml:28'),
  (25, 'TOO_LONG', 'PARTYSTATE', /* place */ 'customers_v3.map.yaml:29'),
  (26, 'LOOKUP_MISSING', 'PAYMENTDAY', /* place */ 'customers_v3.map.yaml:30'),
  (27, 'LOOKUP_AMBIGUOUS', 'PAYMENTDAY', /* place */ 'customers_v3.map.yaml:30'),
  (28, 'TOO_LONG', 'PAYMENTDAY', /* place */ 'customers_v3.map.yaml:30'),
  (29, 'LOOKUP_MISSING', 'PAYMENTMETHOD', /* place */ 'customers_v3.map.yaml:31'),
  (30, 'LOOKUP_AMBIGUOUS', 'PAYMENTMETHOD', /* place */ 'customers_v3.map.yaml:31'),
  (31, 'TOO_LONG', 'PAYMENTMETHOD', /* place */ 'customers_v3.map.yaml:31'),
  (32, 'LOOKUP_MISSING', 'PAYMENTSCHEDULE', /* place */ 'customers_v3.map.yaml:32'),
  (33, 'LOOKUP_AMBIGUOUS', 'PAYMENTSCHEDULE', /* place */ 'customers_v3.map.yaml:32'),
  (34, 'TOO_LONG', 'PAYMENTSCHEDULE', /* place */ 'customers_v3.map.yaml:32'),
  (35, 'LOOKUP_MISSING', 'PAYMENTTERMS', /* place */ 'customers_v3.map.yaml:33'),
  (36, 'LOOKUP_AMBIGUOUS', 'PAYMENTTERMS', /* place */ 'customers_v3.map.yaml:33'),
  (37, 'TOO_LONG', 'PAYMENTTERMS', /* place */ 'customers_v3.map.yaml:33'),
  (38, 'TOO_LONG', 'TAXEXEMPTNUMBER', /* place */ 'customers_v3.map.yaml:35'),
  (39, 'LOOKUP_MISSING', 'VENDORACCOUNT', /* place */ 'customers_v3.map.yaml:36'),
  (40, 'LOOKUP_AMBIGUOUS', 'VENDORACCOUNT', /* place */ 'customers_v3.map.yaml:36'),
  (41, 'TOO_LONG', 'VENDORACCOUNT', /* place */ 'customers_v3.map.yaml:36'),
  (42, 'LOOKUP_MISSING', 'PARTYNUMBER', /* place */ 'customers_v3.map.yaml:37'),
  (43, 'LOOKUP_AMBIGUOUS', 'PARTYNUMBER', /* place */ 'customers_v3.map.yaml:37'),
  (44, 'LOOKUP_MISSING', 'CONTACTPERSONID', /* place */ 'customers_v3.map.yaml:38'),
  (45, 'LOOKUP_AMBIGUOUS', 'CONTACTPERSONID', /* place */ 'customers_v3.map.yaml:38'),
  (46, 'TOO_LONG', 'CONTACTPERSONID', /* place */ 'customers_v3.map.yaml:38'),
  (47, 'LOOKUP_MISSING', 'SALESTAXGROUP', /* place */ 'customers_v3.map.yaml:39'),
  (48, 'LOOKUP_AMBIGUOUS', 'SALESTAXGROUP', /* place */ 'customers_v3.map.yaml:39'),
  (49, 'TOO_LONG', 'SALESTAXGROUP', /* place */ 'customers_v3.map.yaml:39'),
  (50, 'TARGET_EXISTS', '', /* place */ 'customers_v3.map.yaml:4'),
  (51, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (52, 'TARGET_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (53, 'UPDATE_NOT_ALLOWED', '', /* place */ 'customers_v3.map.yaml:4'),
  (54, 'CONFLICT_STALE', '', /* place */ 'customers_v3.map.yaml:4'),
  (55, 'KEY_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (56, 'SUPERSEDED', '', /* place */ 'customers_v3.map.yaml:4'),
  (57, 'SET_INCOMPLETE', '', /* place */ 'customers_v3.map.yaml:4'),
  (58, 'TARGET_REFUSED', '', /* place */ 'customers_v3.map.yaml:4'),
  (59, 'CONFLICT_STALE', 'creditlimit', /* place */ 'customers_v3.map.yaml:18'),
  (60, 'CONFLICT_STALE', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (61, 'CONFLICT_STALE', 'description', /* place */ 'customers_v3.map.yaml:20'),
  (62, 'CONFLICT_STALE', 'msdyn_creditlimitismandatory', /* place */ 'customers_v3.map.yaml:21'),
  (63, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'customers_v3.map.yaml:22'),
  (64, 'CONFLICT_STALE', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (65, 'CONFLICT_STALE', 'msdyn_identificationnumber', /* place */ 'customers_v3.map.yaml:24'),
  (66, 'CONFLICT_STALE', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25'),
  (67, 'CONFLICT_STALE', 'msdyn_onetimecustomer', /* place */ 'customers_v3.map.yaml:26'),
  (68, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (69, 'CONFLICT_STALE', 'msdyn_partycountry', /* place */ 'customers_v3.map.yaml:28'),
  (70, 'CONFLICT_STALE', 'msdyn_partystateprovince', /* place */ 'customers_v3.map.yaml:29'),
  (71, 'CONFLICT_STALE', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (72, 'CONFLICT_STALE', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (73, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (74, 'CONFLICT_STALE', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (75, 'CONFLICT_STALE', 'msdyn_paymenttermsbasedays', /* place */ 'customers_v3.map.yaml:34'),
  (76, 'CONFLICT_STALE', 'msdyn_taxexemptnumber', /* place */ 'customers_v3.map.yaml:35'),
  (77, 'CONFLICT_STALE', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (78, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (79, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (80, 'CONFLICT_STALE', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'customers_v3:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'customers_v3:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'customers_v3:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('accountid', CAST(source."accountid" AS VARCHAR), 'accountnumber', CAST(source."accountnumber" AS VARCHAR), 'name', CAST(source."name" AS VARCHAR), 'customertypecode', CAST(source."customertypecode" AS VARCHAR), 'description', CAST(source."description" AS VARCHAR), 'creditlimit', CAST(source."creditlimit" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'msdyn_creditlimitismandatory', CAST(source."msdyn_creditlimitismandatory" AS VARCHAR), 'msdyn_creditrating', CAST(source."msdyn_creditrating" AS VARCHAR), 'msdyn_customergroupid', CAST(source."msdyn_customergroupid" AS VARCHAR), 'msdyn_identificationnumber', CAST(source."msdyn_identificationnumber" AS VARCHAR), 'msdyn_billingaccount', CAST(source."msdyn_billingaccount" AS VARCHAR), 'msdyn_onetimecustomer', CAST(source."msdyn_onetimecustomer" AS VARCHAR), 'msdyn_onholdstatus', CAST(source."msdyn_onholdstatus" AS VARCHAR), 'msdyn_partycountry', CAST(source."msdyn_partycountry" AS VARCHAR), 'msdyn_partystateprovince', CAST(source."msdyn_partystateprovince" AS VARCHAR), 'msdyn_paymentday', CAST(source."msdyn_paymentday" AS VARCHAR), 'msdyn_customerpaymentmethod', CAST(source."msdyn_customerpaymentmethod" AS VARCHAR), 'msdyn_paymentschedule', CAST(source."msdyn_paymentschedule" AS VARCHAR), 'msdyn_paymentterm', CAST(source."msdyn_paymentterm" AS VARCHAR), 'msdyn_paymenttermsbasedays', CAST(source."msdyn_paymenttermsbasedays" AS VARCHAR), 'msdyn_taxexemptnumber', CAST(source."msdyn_taxexemptnumber" AS VARCHAR), 'msdyn_vendor', CAST(source."msdyn_vendor" AS VARCHAR), 'msdyn_partyid', CAST(source."msdyn_partyid" AS VARCHAR), 'msdyn_primarycontact', CAST(source."msdyn_primarycontact" AS VARCHAR), 'msdyn_salestaxgroup', CAST(source."msdyn_salestaxgroup" AS VARCHAR), 'msdyn_company', CAST(source."msdyn_company" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'customers_v3.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'customers_v3.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'customers_v3.map.yaml:13'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'customers_v3.map.yaml:13'),
  (5, 'KEY_NULL', 'CUSTOMERACCOUNT', /* place */ 'customers_v3.map.yaml:14'),
  (6, 'VALUE_UNMAPPED', 'PARTYTYPE', /* place */ 'customers_v3.map.yaml:45'),
  (7, 'LOOKUP_MISSING', 'SALESCURRENCYCODE', /* place */ 'customers_v3.map.yaml:19'),
  (8, 'LOOKUP_AMBIGUOUS', 'SALESCURRENCYCODE', /* place */ 'customers_v3.map.yaml:19'),
  (9, 'TOO_LONG', 'SALESCURRENCYCODE', /* place */ 'customers_v3.map.yaml:19'),
  (10, 'TOO_LONG', 'SALESMEMO', /* place */ 'customers_v3.map.yaml:20'),
  (11, 'VALUE_UNMAPPED', 'CREDITLIMITISMANDATORY', /* place */ 'customers_v3.map.yaml:21'),
  (12, 'VALUE_UNMAPPED', 'CREDITLIMITISMANDATORY', /* place */ 'customers_v3.map.yaml:21'),
  (13, 'TOO_LONG', 'CREDITRATING', /* place */ 'customers_v3.map.yaml:22'),
  (14, 'LOOKUP_MISSING', 'CUSTOMERGROUPID', /* place */ 'customers_v3.map.yaml:23'),
  (15, 'LOOKUP_AMBIGUOUS', 'CUSTOMERGROUPID', /* place */ 'customers_v3.map.yaml:23'),
  (16, 'TOO_LONG', 'CUSTOMERGROUPID', /* place */ 'customers_v3.map.yaml:23'),
  (17, 'TOO_LONG', 'IDENTIFICATIONNUMBER', /* place */ 'customers_v3.map.yaml:24'),
  (18, 'LOOKUP_MISSING', 'INVOICEACCOUNT', /* place */ 'customers_v3.map.yaml:25'),
  (19, 'LOOKUP_AMBIGUOUS', 'INVOICEACCOUNT', /* place */ 'customers_v3.map.yaml:25'),
  (20, 'VALUE_UNMAPPED', 'ISONETIMECUSTOMER', /* place */ 'customers_v3.map.yaml:26'),
  (21, 'VALUE_UNMAPPED', 'ISONETIMECUSTOMER', /* place */ 'customers_v3.map.yaml:26'),
  (22, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'customers_v3.map.yaml:27'),
  (23, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'customers_v3.map.yaml:27'),
  (24, 'TOO_LONG', 'PARTYCOUNTRY', /* place */ 'customers_v3.map.yaml:28'),
  (25, 'TOO_LONG', 'PARTYSTATE', /* place */ 'customers_v3.map.yaml:29'),
  (26, 'LOOKUP_MISSING', 'PAYMENTDAY', /* place */ 'customers_v3.map.yaml:30'),
  (27, 'LOOKUP_AMBIGUOUS', 'PAYMENTDAY', /* place */ 'customers_v3.map.yaml:30'),
  (28, 'TOO_LONG', 'PAYMENTDAY', /* place */ 'customers_v3.map.yaml:30'),
  (29, 'LOOKUP_MISSING', 'PAYMENTMETHOD', /* place */ 'customers_v3.map.yaml:31'),
  (30, 'LOOKUP_AMBIGUOUS', 'PAYMENTMETHOD', /* place */ 'customers_v3.map.yaml:31'),
  (31, 'TOO_LONG', 'PAYMENTMETHOD', /* place */ 'customers_v3.map.yaml:31'),
  (32, 'LOOKUP_MISSING', 'PAYMENTSCHEDULE', /* place */ 'customers_v3.map.yaml:32'),
  (33, 'LOOKUP_AMBIGUOUS', 'PAYMENTSCHEDULE', /* place */ 'customers_v3.map.yaml:32'),
  (34, 'TOO_LONG', 'PAYMENTSCHEDULE', /* place */ 'customers_v3.map.yaml:32'),
  (35, 'LOOKUP_MISSING', 'PAYMENTTERMS', /* place */ 'customers_v3.map.yaml:33'),
  (36, 'LOOKUP_AMBIGUOUS', 'PAYMENTTERMS', /* place */ 'customers_v3.map.yaml:33'),
  (37, 'TOO_LONG', 'PAYMENTTERMS', /* place */ 'customers_v3.map.yaml:33'),
  (38, 'TOO_LONG', 'TAXEXEMPTNUMBER', /* place */ 'customers_v3.map.yaml:35'),
  (39, 'LOOKUP_MISSING', 'VENDORACCOUNT', /* place */ 'customers_v3.map.yaml:36'),
  (40, 'LOOKUP_AMBIGUOUS', 'VENDORACCOUNT', /* place */ 'customers_v3.map.yaml:36'),
  (41, 'TOO_LONG', 'VENDORACCOUNT', /* place */ 'customers_v3.map.yaml:36'),
  (42, 'LOOKUP_MISSING', 'PARTYNUMBER', /* place */ 'customers_v3.map.yaml:37'),
  (43, 'LOOKUP_AMBIGUOUS', 'PARTYNUMBER', /* place */ 'customers_v3.map.yaml:37'),
  (44, 'LOOKUP_MISSING', 'CONTACTPERSONID', /* place */ 'customers_v3.map.yaml:38'),
  (45, 'LOOKUP_AMBIGUOUS', 'CONTACTPERSONID', /* place */ 'customers_v3.map.yaml:38'),
  (46, 'TOO_LONG', 'CONTACTPERSONID', /* place */ 'customers_v3.map.yaml:38'),
  (47, 'LOOKUP_MISSING', 'SALESTAXGROUP', /* place */ 'customers_v3.map.yaml:39'),
  (48, 'LOOKUP_AMBIGUOUS', 'SALESTAXGROUP', /* place */ 'customers_v3.map.yaml:39'),
  (49, 'TOO_LONG', 'SALESTAXGROUP', /* place */ 'customers_v3.map.yaml:39'),
  (50, 'TARGET_EXISTS', '', /* place */ 'customers_v3.map.yaml:4'),
  (51, 'TARGET_MISSING', '', /* place */ 'customers_v3.map.yaml:4'),
  (52, 'TARGET_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (53, 'UPDATE_NOT_ALLOWED', '', /* place */ 'customers_v3.map.yaml:4'),
  (54, 'CONFLICT_STALE', '', /* place */ 'customers_v3.map.yaml:4'),
  (55, 'KEY_DUPLICATE', '', /* place */ 'customers_v3.map.yaml:4'),
  (56, 'SUPERSEDED', '', /* place */ 'customers_v3.map.yaml:4'),
  (57, 'SET_INCOMPLETE', '', /* place */ 'customers_v3.map.yaml:4'),
  (58, 'TARGET_REFUSED', '', /* place */ 'customers_v3.map.yaml:4'),
  (59, 'CONFLICT_STALE', 'creditlimit', /* place */ 'customers_v3.map.yaml:18'),
  (60, 'CONFLICT_STALE', 'transactioncurrencyid', /* place */ 'customers_v3.map.yaml:19'),
  (61, 'CONFLICT_STALE', 'description', /* place */ 'customers_v3.map.yaml:20'),
  (62, 'CONFLICT_STALE', 'msdyn_creditlimitismandatory', /* place */ 'customers_v3.map.yaml:21'),
  (63, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'customers_v3.map.yaml:22'),
  (64, 'CONFLICT_STALE', 'msdyn_customergroupid', /* place */ 'customers_v3.map.yaml:23'),
  (65, 'CONFLICT_STALE', 'msdyn_identificationnumber', /* place */ 'customers_v3.map.yaml:24'),
  (66, 'CONFLICT_STALE', 'msdyn_billingaccount', /* place */ 'customers_v3.map.yaml:25'),
  (67, 'CONFLICT_STALE', 'msdyn_onetimecustomer', /* place */ 'customers_v3.map.yaml:26'),
  (68, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'customers_v3.map.yaml:27'),
  (69, 'CONFLICT_STALE', 'msdyn_partycountry', /* place */ 'customers_v3.map.yaml:28'),
  (70, 'CONFLICT_STALE', 'msdyn_partystateprovince', /* place */ 'customers_v3.map.yaml:29'),
  (71, 'CONFLICT_STALE', 'msdyn_paymentday', /* place */ 'customers_v3.map.yaml:30'),
  (72, 'CONFLICT_STALE', 'msdyn_customerpaymentmethod', /* place */ 'customers_v3.map.yaml:31'),
  (73, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'customers_v3.map.yaml:32'),
  (74, 'CONFLICT_STALE', 'msdyn_paymentterm', /* place */ 'customers_v3.map.yaml:33'),
  (75, 'CONFLICT_STALE', 'msdyn_paymenttermsbasedays', /* place */ 'customers_v3.map.yaml:34'),
  (76, 'CONFLICT_STALE', 'msdyn_taxexemptnumber', /* place */ 'customers_v3.map.yaml:35'),
  (77, 'CONFLICT_STALE', 'msdyn_vendor', /* place */ 'customers_v3.map.yaml:36'),
  (78, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'customers_v3.map.yaml:37'),
  (79, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'customers_v3.map.yaml:38'),
  (80, 'CONFLICT_STALE', 'msdyn_salestaxgroup', /* place */ 'customers_v3.map.yaml:39')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."accounts" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'customers_v3:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'customers_v3:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.CustomersV3' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'customers_v3:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.CustomersV3' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'customers_v3:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'customers_v3:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."CustomersV3" AS x
  JOIN shaped ON shaped."#target_key" = replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'customers_v3' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."CREDITLIMIT" IS NOT DISTINCT FROM shaped."CREDITLIMIT"
        THEN {'column_name': 'creditlimit', 'source': CAST(now."CREDITLIMIT" AS VARCHAR), 'target': CAST(shaped."both.creditlimit" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'creditlimit')[1] END,
      CASE WHEN now."SALESCURRENCYCODE" IS NOT DISTINCT FROM shaped."SALESCURRENCYCODE"
        THEN {'column_name': 'transactioncurrencyid', 'source': CAST(now."SALESCURRENCYCODE" AS VARCHAR), 'target': CAST(shaped."both.transactioncurrencyid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'transactioncurrencyid')[1] END,
      CASE WHEN now."SALESMEMO" IS NOT DISTINCT FROM shaped."SALESMEMO"
        THEN {'column_name': 'description', 'source': CAST(now."SALESMEMO" AS VARCHAR), 'target': CAST(shaped."both.description" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'description')[1] END,
      CASE WHEN now."CREDITLIMITISMANDATORY" IS NOT DISTINCT FROM shaped."CREDITLIMITISMANDATORY"
        THEN {'column_name': 'msdyn_creditlimitismandatory', 'source': CAST(now."CREDITLIMITISMANDATORY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_creditlimitismandatory" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditlimitismandatory')[1] END,
      CASE WHEN now."CREDITRATING" IS NOT DISTINCT FROM shaped."CREDITRATING"
        THEN {'column_name': 'msdyn_creditrating', 'source': CAST(now."CREDITRATING" AS VARCHAR), 'target': CAST(shaped."both.msdyn_creditrating" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] END,
      CASE WHEN now."CUSTOMERGROUPID" IS NOT DISTINCT FROM shaped."CUSTOMERGROUPID"
        THEN {'column_name': 'msdyn_customergroupid', 'source': CAST(now."CUSTOMERGROUPID" AS VARCHAR), 'target': CAST(shaped."both.msdyn_customergroupid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customergroupid')[1] END,
      CASE WHEN now."IDENTIFICATIONNUMBER" IS NOT DISTINCT FROM shaped."IDENTIFICATIONNUMBER"
        THEN {'column_name': 'msdyn_identificationnumber', 'source': CAST(now."IDENTIFICATIONNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_identificationnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_identificationnumber')[1] END,
      CASE WHEN now."INVOICEACCOUNT" IS NOT DISTINCT FROM shaped."INVOICEACCOUNT"
        THEN {'column_name': 'msdyn_billingaccount', 'source': CAST(now."INVOICEACCOUNT" AS VARCHAR), 'target': CAST(shaped."both.msdyn_billingaccount" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_billingaccount')[1] END,
      CASE WHEN now."ISONETIMECUSTOMER" IS NOT DISTINCT FROM shaped."ISONETIMECUSTOMER"
        THEN {'column_name': 'msdyn_onetimecustomer', 'source': CAST(now."ISONETIMECUSTOMER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_onetimecustomer" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onetimecustomer')[1] END,
      CASE WHEN now."ONHOLDSTATUS" IS NOT DISTINCT FROM shaped."ONHOLDSTATUS"
        THEN {'column_name': 'msdyn_onholdstatus', 'source': CAST(now."ONHOLDSTATUS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_onholdstatus" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1] END,
      CASE WHEN now."PARTYCOUNTRY" IS NOT DISTINCT FROM shaped."PARTYCOUNTRY"
        THEN {'column_name': 'msdyn_partycountry', 'source': CAST(now."PARTYCOUNTRY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_partycountry" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partycountry')[1] END,
      CASE WHEN now."PARTYSTATE" IS NOT DISTINCT FROM shaped."PARTYSTATE"
        THEN {'column_name': 'msdyn_partystateprovince', 'source': CAST(now."PARTYSTATE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_partystateprovince" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partystateprovince')[1] END,
      CASE WHEN now."PAYMENTDAY" IS NOT DISTINCT FROM shaped."PAYMENTDAY"
        THEN {'column_name': 'msdyn_paymentday', 'source': CAST(now."PAYMENTDAY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentday" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentday')[1] END,
      CASE WHEN now."PAYMENTMETHOD" IS NOT DISTINCT FROM shaped."PAYMENTMETHOD"
        THEN {'column_name': 'msdyn_customerpaymentmethod', 'source': CAST(now."PAYMENTMETHOD" AS VARCHAR), 'target': CAST(shaped."both.msdyn_customerpaymentmethod" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_customerpaymentmethod')[1] END,
      CASE WHEN now."PAYMENTSCHEDULE" IS NOT DISTINCT FROM shaped."PAYMENTSCHEDULE"
        THEN {'column_name': 'msdyn_paymentschedule', 'source': CAST(now."PAYMENTSCHEDULE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentschedule" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1] END,
      CASE WHEN now."PAYMENTTERMS" IS NOT DISTINCT FROM shaped."PAYMENTTERMS"
        THEN {'column_name': 'msdyn_paymentterm', 'source': CAST(now."PAYMENTTERMS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentterm" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentterm')[1] END,
      CASE WHEN now."PAYMENTTERMSBASEDAYS" IS NOT DISTINCT FROM shaped."PAYMENTTERMSBASEDAYS"
        THEN {'column_name': 'msdyn_paymenttermsbasedays', 'source': CAST(now."PAYMENTTERMSBASEDAYS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymenttermsbasedays" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymenttermsbasedays')[1] END,
      CASE WHEN now."TAXEXEMPTNUMBER" IS NOT DISTINCT FROM shaped."TAXEXEMPTNUMBER"
        THEN {'column_name': 'msdyn_taxexemptnumber', 'source': CAST(now."TAXEXEMPTNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_taxexemptnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_taxexemptnumber')[1] END,
      CASE WHEN now."VENDORACCOUNT" IS NOT DISTINCT FROM shaped."VENDORACCOUNT"
        THEN {'column_name': 'msdyn_vendor', 'source': CAST(now."VENDORACCOUNT" AS VARCHAR), 'target': CAST(shaped."both.msdyn_vendor" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendor')[1] END,
      CASE WHEN now."PARTYNUMBER" IS NOT DISTINCT FROM shaped."PARTYNUMBER"
        THEN {'column_name': 'msdyn_partyid', 'source': CAST(now."PARTYNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_partyid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partyid')[1] END,
      CASE WHEN now."CONTACTPERSONID" IS NOT DISTINCT FROM shaped."CONTACTPERSONID"
        THEN {'column_name': 'msdyn_primarycontact', 'source': CAST(now."CONTACTPERSONID" AS VARCHAR), 'target': CAST(shaped."both.msdyn_primarycontact" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] END,
      CASE WHEN now."SALESTAXGROUP" IS NOT DISTINCT FROM shaped."SALESTAXGROUP"
        THEN {'column_name': 'msdyn_salestaxgroup', 'source': CAST(now."SALESTAXGROUP" AS VARCHAR), 'target': CAST(shaped."both.msdyn_salestaxgroup" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_salestaxgroup')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."CustomersV3" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'customers_v3' AND pact.source_key = replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."CUSTOMERACCOUNT" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'customers_v3' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'customers_v3' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'customers_v3:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'customers_v3:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
