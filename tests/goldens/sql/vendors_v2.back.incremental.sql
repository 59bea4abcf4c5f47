-- vendors_v2:back: Vendors V2 (msdyn_vendors)
-- dataverse.msdyn_vendors -> finops.VendorsV2, incremental

-- step 1: extract dataverse.msdyn_vendors

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_vendors' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendors" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_vendors" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_vendors" AS x
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
WHERE leg = 'vendors_v2:back' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') FROM "dataverse"."msdyn_vendors" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_vendors" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_vendors'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'vendors_v2:back' AND link.source_key = coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_vendors" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_vendors" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'vendors_v2:back' AND link.source_key = coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_vendors" AS source
WHERE coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'vendors_v2:back' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_company.#1", x."cdm_companycode" AS "msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_company.#1" = "msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_vendorgroupid
INSERT INTO examined
SELECT landed."#row", 'msdyn_vendorgroupid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_vendorgroupid" AS "msdyn_vendorgroupid.#1", x."msdyn_vendorgroup" AS "msdyn_vendorgroupid.msdyn_vendorgroup"
  FROM "dataverse"."msdyn_vendorgroups" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_vendorgroups'
  ), TRUE)
) ON "msdyn_vendorgroupid.#1" = "msdyn_vendorgroupid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendorgroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_vendorgroupid
INSERT INTO examined
SELECT landed."#row", 'msdyn_vendorgroupid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_vendorgroupid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendorgroups" AS x WHERE x."msdyn_vendorgroupid" = "msdyn_vendorgroupid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendorgroups'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_vendorgroups" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorgroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendorgroups" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_defaultpaymentdayname
INSERT INTO examined
SELECT landed."#row", 'msdyn_defaultpaymentdayname changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymentdayid" AS "msdyn_defaultpaymentdayname.#1", x."msdyn_name" AS "msdyn_defaultpaymentdayname.msdyn_name"
  FROM "dataverse"."msdyn_paymentdays" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_paymentdays'
  ), TRUE)
) ON "msdyn_defaultpaymentdayname.#1" = "msdyn_defaultpaymentdayname"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_defaultpaymentdayname
INSERT INTO examined
SELECT landed."#row", 'msdyn_defaultpaymentdayname gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_defaultpaymentdayname" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentdays" AS x WHERE x."msdyn_paymentdayid" = "msdyn_defaultpaymentdayname")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentdays'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentdays" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentdayid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentdays" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentschedule
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentschedule changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymentscheduleid" AS "msdyn_paymentschedule.#1", x."msdyn_name" AS "msdyn_paymentschedule.msdyn_name"
  FROM "dataverse"."msdyn_paymentschedules" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_paymentschedules'
  ), TRUE)
) ON "msdyn_paymentschedule.#1" = "msdyn_paymentschedule"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentschedule
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentschedule gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_paymentschedule" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentschedules" AS x WHERE x."msdyn_paymentscheduleid" = "msdyn_paymentschedule")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentschedules'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentschedules" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymentscheduleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentschedules" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_paymentterms
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentterms changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_paymenttermid" AS "msdyn_paymentterms.#1", x."msdyn_name" AS "msdyn_paymentterms.msdyn_name"
  FROM "dataverse"."msdyn_paymentterms" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_paymentterms'
  ), TRUE)
) ON "msdyn_paymentterms.#1" = "msdyn_paymentterms"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_paymentterms
INSERT INTO examined
SELECT landed."#row", 'msdyn_paymentterms gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_paymentterms" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."msdyn_paymenttermid" = "msdyn_paymentterms")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_paymentterms" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_partyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_partyid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_partyid" AS "msdyn_partyid.#1", x."msdyn_partynumber" AS "msdyn_partyid.msdyn_partynumber"
  FROM "dataverse"."msdyn_parties" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_parties'
  ), TRUE)
) ON "msdyn_partyid.#1" = "msdyn_partyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_partyid
INSERT INTO examined
SELECT landed."#row", 'msdyn_partyid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_partyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_parties" AS x WHERE x."msdyn_partyid" = "msdyn_partyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_parties'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_parties" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_partyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_parties" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_currencycode
INSERT INTO examined
SELECT landed."#row", 'msdyn_currencycode changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."transactioncurrencyid" AS "msdyn_currencycode.#1", x."isocurrencycode" AS "msdyn_currencycode.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "msdyn_currencycode.#1" = "msdyn_currencycode"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_currencycode
INSERT INTO examined
SELECT landed."#row", 'msdyn_currencycode gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_currencycode" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "msdyn_currencycode")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_vendorpaymentmethod
INSERT INTO examined
SELECT landed."#row", 'msdyn_vendorpaymentmethod changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_vendorpaymentmethodid" AS "msdyn_vendorpaymentmethod.#1", x."msdyn_name" AS "msdyn_vendorpaymentmethod.msdyn_name"
  FROM "dataverse"."msdyn_vendorpaymentmethods" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_vendorpaymentmethods'
  ), TRUE)
) ON "msdyn_vendorpaymentmethod.#1" = "msdyn_vendorpaymentmethod"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendorpaymentmethods'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_vendorpaymentmethod
INSERT INTO examined
SELECT landed."#row", 'msdyn_vendorpaymentmethod gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_vendorpaymentmethod" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendorpaymentmethods" AS x WHERE x."msdyn_vendorpaymentmethodid" = "msdyn_vendorpaymentmethod")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendorpaymentmethods'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_vendorpaymentmethods" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorpaymentmethodid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendorpaymentmethods" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_invoicevendoraccountnumber
INSERT INTO examined
SELECT landed."#row", 'msdyn_invoicevendoraccountnumber changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_vendorid" AS "msdyn_invoicevendoraccountnumber.#1", x."msdyn_vendoraccountnumber" AS "msdyn_invoicevendoraccountnumber.msdyn_vendoraccountnumber"
  FROM "dataverse"."msdyn_vendors" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_vendors'
  ), TRUE)
) ON "msdyn_invoicevendoraccountnumber.#1" = "msdyn_invoicevendoraccountnumber"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_invoicevendoraccountnumber
INSERT INTO examined
SELECT landed."#row", 'msdyn_invoicevendoraccountnumber gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_invoicevendoraccountnumber" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendors" AS x WHERE x."msdyn_vendorid" = "msdyn_invoicevendoraccountnumber")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_vendors" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_vendorid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_vendors" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_taxgroup
INSERT INTO examined
SELECT landed."#row", 'msdyn_taxgroup changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_taxgroupid" AS "msdyn_taxgroup.#1", x."msdyn_name" AS "msdyn_taxgroup.msdyn_name"
  FROM "dataverse"."msdyn_taxgroups" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_taxgroups'
  ), TRUE)
) ON "msdyn_taxgroup.#1" = "msdyn_taxgroup"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_taxgroups'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_taxgroup
INSERT INTO examined
SELECT landed."#row", 'msdyn_taxgroup gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_taxgroup" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_taxgroups" AS x WHERE x."msdyn_taxgroupid" = "msdyn_taxgroup")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_taxgroups'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_taxgroups" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_taxgroupid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_taxgroups" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_primarycontact
INSERT INTO examined
SELECT landed."#row", 'msdyn_primarycontact changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
JOIN (
  SELECT x."msdyn_contactforpartyid" AS "msdyn_primarycontact.#1", x."msdyn_contactforpartynumber" AS "msdyn_primarycontact.msdyn_contactforpartynumber"
  FROM "dataverse"."msdyn_contactforparties" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'vendors_v2:back' AND mark.entity = 'dataverse.msdyn_contactforparties'
  ), TRUE)
) ON "msdyn_primarycontact.#1" = "msdyn_primarycontact"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_contactforparties'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_primarycontact
INSERT INTO examined
SELECT landed."#row", 'msdyn_primarycontact gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_vendorid", source."modifiedon", source."msdyn_company", source."msdyn_vendoraccountnumber", source."msdyn_vendorgroupid", source."msdyn_isperson", source."msdyn_vendorcreditlimit", source."msdyn_isforeignentity", source."msdyn_isonetimevendor", source."msdyn_creditrating", source."msdyn_dunsnumber", source."msdyn_ethnicorigin", source."msdyn_ourvendoraccountnumber", source."msdyn_paymentid", source."msdyn_primarycontacturl", source."msdyn_defaultpaymentdayname", source."msdyn_paymentschedule", source."msdyn_paymentterms", source."msdyn_hasonlytakenbids", source."msdyn_isminorityowned", source."msdyn_isvendorlocallyowned", source."msdyn_isserviceveteranowned", source."msdyn_ownerisdisabled", source."msdyn_womanowner", source."msdyn_numberofemployees", source."msdyn_vendoronholdreleasedate", source."msdyn_partyid", source."msdyn_onholdstatus", source."msdyn_currencycode", source."msdyn_isvendorlocatedinhubzone", source."msdyn_vendorpaymentmethod", source."msdyn_invoicevendoraccountnumber", source."msdyn_priceincludessalestax", source."msdyn_taxgroup", source."msdyn_primarycontact" FROM "dataverse"."msdyn_vendors" AS source) AS landed
WHERE "msdyn_primarycontact" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_contactforparties" AS x WHERE x."msdyn_contactforpartyid" = "msdyn_primarycontact")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_contactforparties'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_contactforparties" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_contactforpartyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_contactforparties" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_vendors" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'vendors_v2:back' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') FROM "dataverse"."msdyn_vendors" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'vendors_v2:back' AND source_key IN (SELECT coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') FROM "dataverse"."msdyn_vendors" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_vendors") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'vendors_v2:back' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_vendorid",
    source."modifiedon",
    source."msdyn_company",
    source."msdyn_vendoraccountnumber",
    source."msdyn_vendorgroupid",
    source."msdyn_isperson",
    source."msdyn_vendorcreditlimit",
    source."msdyn_isforeignentity",
    source."msdyn_isonetimevendor",
    source."msdyn_creditrating",
    source."msdyn_dunsnumber",
    source."msdyn_ethnicorigin",
    source."msdyn_ourvendoraccountnumber",
    source."msdyn_paymentid",
    source."msdyn_primarycontacturl",
    source."msdyn_defaultpaymentdayname",
    source."msdyn_paymentschedule",
    source."msdyn_paymentterms",
    source."msdyn_hasonlytakenbids",
    source."msdyn_isminorityowned",
    source."msdyn_isvendorlocallyowned",
    source."msdyn_isserviceveteranowned",
    source."msdyn_ownerisdisabled",
    source."msdyn_womanowner",
    source."msdyn_numberofemployees",
    source."msdyn_vendoronholdreleasedate",
    source."msdyn_partyid",
    source."msdyn_onholdstatus",
    source."msdyn_currencycode",
    source."msdyn_isvendorlocatedinhubzone",
    source."msdyn_vendorpaymentmethod",
    source."msdyn_invoicevendoraccountnumber",
    source."msdyn_priceincludessalestax",
    source."msdyn_taxgroup",
    source."msdyn_primarycontact"
  FROM "dataverse"."msdyn_vendors" AS source
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
  LEFT JOIN (  -- msdyn_vendorgroupid
    SELECT x."msdyn_vendorgroupid" AS "msdyn_vendorgroupid.#1", count(*) AS "msdyn_vendorgroupid.#hits", any_value(x."msdyn_vendorgroup") AS "msdyn_vendorgroupid.msdyn_vendorgroup"
    FROM "dataverse"."msdyn_vendorgroups" AS x
    WHERE x."msdyn_vendorgroupid" IN (SELECT DISTINCT "msdyn_vendorgroupid" FROM "landed")
    GROUP BY x."msdyn_vendorgroupid"
  ) ON "msdyn_vendorgroupid.#1" = "msdyn_vendorgroupid"
  LEFT JOIN (  -- msdyn_defaultpaymentdayname
    SELECT x."msdyn_paymentdayid" AS "msdyn_defaultpaymentdayname.#1", count(*) AS "msdyn_defaultpaymentdayname.#hits", any_value(x."msdyn_name") AS "msdyn_defaultpaymentdayname.msdyn_name"
    FROM "dataverse"."msdyn_paymentdays" AS x
    WHERE x."msdyn_paymentdayid" IN (SELECT DISTINCT "msdyn_defaultpaymentdayname" FROM "landed")
    GROUP BY x."msdyn_paymentdayid"
  ) ON "msdyn_defaultpaymentdayname.#1" = "msdyn_defaultpaymentdayname"
  LEFT JOIN (  -- msdyn_paymentschedule
    SELECT x."msdyn_paymentscheduleid" AS "msdyn_paymentschedule.#1", count(*) AS "msdyn_paymentschedule.#hits", any_value(x."msdyn_name") AS "msdyn_paymentschedule.msdyn_name"
    FROM "dataverse"."msdyn_paymentschedules" AS x
    WHERE x."msdyn_paymentscheduleid" IN (SELECT DISTINCT "msdyn_paymentschedule" FROM "landed")
    GROUP BY x."msdyn_paymentscheduleid"
  ) ON "msdyn_paymentschedule.#1" = "msdyn_paymentschedule"
  LEFT JOIN (  -- msdyn_paymentterms
    SELECT x."msdyn_paymenttermid" AS "msdyn_paymentterms.#1", count(*) AS "msdyn_paymentterms.#hits", any_value(x."msdyn_name") AS "msdyn_paymentterms.msdyn_name"
    FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE x."msdyn_paymenttermid" IN (SELECT DISTINCT "msdyn_paymentterms" FROM "landed")
    GROUP BY x."msdyn_paymenttermid"
  ) ON "msdyn_paymentterms.#1" = "msdyn_paymentterms"
  LEFT JOIN (  -- msdyn_partyid
    SELECT x."msdyn_partyid" AS "msdyn_partyid.#1", count(*) AS "msdyn_partyid.#hits", any_value(x."msdyn_partynumber") AS "msdyn_partyid.msdyn_partynumber"
    FROM "dataverse"."msdyn_parties" AS x
    WHERE x."msdyn_partyid" IN (SELECT DISTINCT "msdyn_partyid" FROM "landed")
    GROUP BY x."msdyn_partyid"
  ) ON "msdyn_partyid.#1" = "msdyn_partyid"
  LEFT JOIN (  -- msdyn_currencycode
    SELECT x."transactioncurrencyid" AS "msdyn_currencycode.#1", count(*) AS "msdyn_currencycode.#hits", any_value(x."isocurrencycode") AS "msdyn_currencycode.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."transactioncurrencyid" IN (SELECT DISTINCT "msdyn_currencycode" FROM "landed")
    GROUP BY x."transactioncurrencyid"
  ) ON "msdyn_currencycode.#1" = "msdyn_currencycode"
  LEFT JOIN (  -- msdyn_vendorpaymentmethod
    SELECT x."msdyn_vendorpaymentmethodid" AS "msdyn_vendorpaymentmethod.#1", count(*) AS "msdyn_vendorpaymentmethod.#hits", any_value(x."msdyn_name") AS "msdyn_vendorpaymentmethod.msdyn_name"
    FROM "dataverse"."msdyn_vendorpaymentmethods" AS x
    WHERE x."msdyn_vendorpaymentmethodid" IN (SELECT DISTINCT "msdyn_vendorpaymentmethod" FROM "landed")
    GROUP BY x."msdyn_vendorpaymentmethodid"
  ) ON "msdyn_vendorpaymentmethod.#1" = "msdyn_vendorpaymentmethod"
  LEFT JOIN (  -- msdyn_invoicevendoraccountnumber
    SELECT x."msdyn_vendorid" AS "msdyn_invoicevendoraccountnumber.#1", count(*) AS "msdyn_invoicevendoraccountnumber.#hits", any_value(x."msdyn_vendoraccountnumber") AS "msdyn_invoicevendoraccountnumber.msdyn_vendoraccountnumber"
    FROM "dataverse"."msdyn_vendors" AS x
    WHERE x."msdyn_vendorid" IN (SELECT DISTINCT "msdyn_invoicevendoraccountnumber" FROM "landed")
    GROUP BY x."msdyn_vendorid"
  ) ON "msdyn_invoicevendoraccountnumber.#1" = "msdyn_invoicevendoraccountnumber"
  LEFT JOIN (  -- msdyn_taxgroup
    SELECT x."msdyn_taxgroupid" AS "msdyn_taxgroup.#1", count(*) AS "msdyn_taxgroup.#hits", any_value(x."msdyn_name") AS "msdyn_taxgroup.msdyn_name"
    FROM "dataverse"."msdyn_taxgroups" AS x
    WHERE x."msdyn_taxgroupid" IN (SELECT DISTINCT "msdyn_taxgroup" FROM "landed")
    GROUP BY x."msdyn_taxgroupid"
  ) ON "msdyn_taxgroup.#1" = "msdyn_taxgroup"
  LEFT JOIN (  -- msdyn_primarycontact
    SELECT x."msdyn_contactforpartyid" AS "msdyn_primarycontact.#1", count(*) AS "msdyn_primarycontact.#hits", any_value(x."msdyn_contactforpartynumber") AS "msdyn_primarycontact.msdyn_contactforpartynumber"
    FROM "dataverse"."msdyn_contactforparties" AS x
    WHERE x."msdyn_contactforpartyid" IN (SELECT DISTINCT "msdyn_primarycontact" FROM "landed")
    GROUP BY x."msdyn_contactforpartyid"
  ) ON "msdyn_primarycontact.#1" = "msdyn_primarycontact"
),
judged AS (
  SELECT *,
    TRUE AS "#passes",  -- every row
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon vendors_v2.map.yaml:4
      WHEN "msdyn_company" IS NOT NULL AND ("msdyn_company.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId vendors_v2.map.yaml:13
      WHEN coalesce("msdyn_company.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId vendors_v2.map.yaml:13
      WHEN "msdyn_company.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId vendors_v2.map.yaml:13
      WHEN length("msdyn_vendoraccountnumber") > 20 THEN 5  -- TOO_LONG VENDORACCOUNTNUMBER vendors_v2.map.yaml:14
      WHEN (CASE WHEN (length("msdyn_vendoraccountnumber") <= 20) THEN "msdyn_vendoraccountnumber" END) IS NULL THEN 6  -- KEY_NULL VENDORACCOUNTNUMBER vendors_v2.map.yaml:14
      WHEN "msdyn_vendorgroupid" IS NOT NULL AND ("msdyn_vendorgroupid.#hits" IS NULL) THEN 7  -- LOOKUP_MISSING VENDORGROUPID vendors_v2.map.yaml:16
      WHEN coalesce("msdyn_vendorgroupid.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS VENDORGROUPID vendors_v2.map.yaml:16
      WHEN length("msdyn_vendorgroupid.msdyn_vendorgroup") > 10 THEN 9  -- TOO_LONG VENDORGROUPID vendors_v2.map.yaml:16
      WHEN NOT ("msdyn_isperson" IN (TRUE, FALSE)) THEN 10  -- VALUE_UNMAPPED VENDORPARTYTYPE vendors_v2.map.yaml:17
      WHEN NOT ((CASE WHEN "msdyn_isperson" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isperson" WHEN TRUE THEN 'Person' WHEN FALSE THEN 'Organization' ELSE NULL END) END) IN ('Organization', 'Person')) THEN 11  -- VALUE_UNMAPPED VENDORPARTYTYPE vendors_v2.map.yaml:17
      WHEN NOT ("msdyn_isforeignentity" IN (TRUE, FALSE)) THEN 12  -- VALUE_UNMAPPED ISFOREIGNENTITY vendors_v2.map.yaml:19
      WHEN NOT ((CASE WHEN "msdyn_isforeignentity" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isforeignentity" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 13  -- VALUE_UNMAPPED ISFOREIGNENTITY vendors_v2.map.yaml:19
      WHEN NOT ("msdyn_isonetimevendor" IN (TRUE, FALSE)) THEN 14  -- VALUE_UNMAPPED ISONETIMEVENDOR vendors_v2.map.yaml:20
      WHEN NOT ((CASE WHEN "msdyn_isonetimevendor" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isonetimevendor" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 15  -- VALUE_UNMAPPED ISONETIMEVENDOR vendors_v2.map.yaml:20
      WHEN length("msdyn_creditrating") > 10 THEN 16  -- TOO_LONG CREDITRATING vendors_v2.map.yaml:21
      WHEN length("msdyn_dunsnumber") > 16 THEN 17  -- TOO_LONG DUNSNUMBER vendors_v2.map.yaml:22
      WHEN length("msdyn_ethnicorigin") > 10 THEN 18  -- TOO_LONG ETHNICORIGINID vendors_v2.map.yaml:23
      WHEN length("msdyn_ourvendoraccountnumber") > 20 THEN 19  -- TOO_LONG OURACCOUNTNUMBER vendors_v2.map.yaml:24
      WHEN length("msdyn_paymentid") > 20 THEN 20  -- TOO_LONG PAYMENTID vendors_v2.map.yaml:25
      WHEN "msdyn_defaultpaymentdayname" IS NOT NULL AND ("msdyn_defaultpaymentdayname.#hits" IS NULL) THEN 21  -- LOOKUP_MISSING DEFAULTPAYMENTDAYNAME vendors_v2.map.yaml:27
      WHEN coalesce("msdyn_defaultpaymentdayname.#hits", 0) > 1 THEN 22  -- LOOKUP_AMBIGUOUS DEFAULTPAYMENTDAYNAME vendors_v2.map.yaml:27
      WHEN length("msdyn_defaultpaymentdayname.msdyn_name") > 10 THEN 23  -- TOO_LONG DEFAULTPAYMENTDAYNAME vendors_v2.map.yaml:27
      WHEN "msdyn_paymentschedule" IS NOT NULL AND ("msdyn_paymentschedule.#hits" IS NULL) THEN 24  -- LOOKUP_MISSING DEFAULTPAYMENTSCHEDULENAME vendors_v2.map.yaml:28
      WHEN coalesce("msdyn_paymentschedule.#hits", 0) > 1 THEN 25  -- LOOKUP_AMBIGUOUS DEFAULTPAYMENTSCHEDULENAME vendors_v2.map.yaml:28
      WHEN length("msdyn_paymentschedule.msdyn_name") > 10 THEN 26  -- TOO_LONG DEFAULTPAYMENTSCHEDULENAME vendors_v2.map.yaml:28
      WHEN "msdyn_paymentterms" IS NOT NULL AND ("msdyn_paymentterms.#hits" IS NULL) THEN 27  -- LOOKUP_MISSING DEFAULTPAYMENTTERMSNAME vendors_v2.map.yaml:29
      WHEN coalesce("msdyn_paymentterms.#hits", 0) > 1 THEN 28  -- LOOKUP_AMBIGUOUS DEFAULTPAYMENTTERMSNAME vendors_v2.map.yaml:29
      WHEN length("msdyn_paymentterms.msdyn_name") > 10 THEN 29  -- TOO_LONG DEFAULTPAYMENTTERMSNAME vendors_v2.map.yaml:29
      WHEN NOT ("msdyn_hasonlytakenbids" IN (TRUE, FALSE)) THEN 30  -- VALUE_UNMAPPED HASONLYTAKENBIDS vendors_v2.map.yaml:30
      WHEN NOT ((CASE WHEN "msdyn_hasonlytakenbids" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_hasonlytakenbids" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 31  -- VALUE_UNMAPPED HASONLYTAKENBIDS vendors_v2.map.yaml:30
      WHEN NOT ("msdyn_isminorityowned" IN (TRUE, FALSE)) THEN 32  -- VALUE_UNMAPPED ISMINORITYOWNED vendors_v2.map.yaml:31
      WHEN NOT ((CASE WHEN "msdyn_isminorityowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isminorityowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 33  -- VALUE_UNMAPPED ISMINORITYOWNED vendors_v2.map.yaml:31
      WHEN NOT ("msdyn_isvendorlocallyowned" IN (TRUE, FALSE)) THEN 34  -- VALUE_UNMAPPED ISVENDORLOCALLYOWNED vendors_v2.map.yaml:32
      WHEN NOT ((CASE WHEN "msdyn_isvendorlocallyowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isvendorlocallyowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 35  -- VALUE_UNMAPPED ISVENDORLOCALLYOWNED vendors_v2.map.yaml:32
      WHEN NOT ("msdyn_isserviceveteranowned" IN (TRUE, FALSE)) THEN 36  -- VALUE_UNMAPPED ISSERVICEVETERANOWNED vendors_v2.map.yaml:33
      WHEN NOT ((CASE WHEN "msdyn_isserviceveteranowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isserviceveteranowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 37  -- VALUE_UNMAPPED ISSERVICEVETERANOWNED vendors_v2.map.yaml:33
      WHEN NOT ("msdyn_ownerisdisabled" IN (TRUE, FALSE)) THEN 38  -- VALUE_UNMAPPED ISOWNERDISABLED vendors_v2.map.yaml:34
      WHEN NOT ((CASE WHEN "msdyn_ownerisdisabled" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_ownerisdisabled" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 39  -- VALUE_UNMAPPED ISOWNERDISABLED vendors_v2.map.yaml:34
      WHEN NOT ("msdyn_womanowner" IN (TRUE, FALSE)) THEN 40  -- VALUE_UNMAPPED ISWOMANOWNER vendors_v2.map.yaml:35
      WHEN NOT ((CASE WHEN "msdyn_womanowner" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_womanowner" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 41  -- VALUE_UNMAPPED ISWOMANOWNER vendors_v2.map.yaml:35
      WHEN "msdyn_partyid" IS NOT NULL AND ("msdyn_partyid.#hits" IS NULL) THEN 42  -- LOOKUP_MISSING VENDORPARTYNUMBER vendors_v2.map.yaml:38
      WHEN coalesce("msdyn_partyid.#hits", 0) > 1 THEN 43  -- LOOKUP_AMBIGUOUS VENDORPARTYNUMBER vendors_v2.map.yaml:38
      WHEN NOT ("msdyn_onholdstatus" IN (806380000, 806380001, 806380002, 806380003, 806380004, 806380005)) THEN 44  -- VALUE_UNMAPPED ONHOLDSTATUS vendors_v2.map.yaml:39
      WHEN NOT ((CASE WHEN "msdyn_onholdstatus" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onholdstatus" WHEN 806380000 THEN 'no' WHEN 806380001 THEN 'invoice' WHEN 806380002 THEN 'all' WHEN 806380003 THEN 'payment' WHEN 806380004 THEN 'requisition' WHEN 806380005 THEN 'never' ELSE NULL END) END) IN ('no', 'invoice', 'all', 'payment', 'requisition', 'never')) THEN 45  -- VALUE_UNMAPPED ONHOLDSTATUS vendors_v2.map.yaml:39
      WHEN "msdyn_currencycode" IS NOT NULL AND ("msdyn_currencycode.#hits" IS NULL) THEN 46  -- LOOKUP_MISSING CURRENCYCODE vendors_v2.map.yaml:40
      WHEN coalesce("msdyn_currencycode.#hits", 0) > 1 THEN 47  -- LOOKUP_AMBIGUOUS CURRENCYCODE vendors_v2.map.yaml:40
      WHEN length("msdyn_currencycode.isocurrencycode") > 3 THEN 48  -- TOO_LONG CURRENCYCODE vendors_v2.map.yaml:40
      WHEN NOT ("msdyn_isvendorlocatedinhubzone" IN (TRUE, FALSE)) THEN 49  -- VALUE_UNMAPPED ISVENDORLOCATEDINHUBZONE vendors_v2.map.yaml:41
      WHEN NOT ((CASE WHEN "msdyn_isvendorlocatedinhubzone" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isvendorlocatedinhubzone" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 50  -- VALUE_UNMAPPED ISVENDORLOCATEDINHUBZONE vendors_v2.map.yaml:41
      WHEN "msdyn_vendorpaymentmethod" IS NOT NULL AND ("msdyn_vendorpaymentmethod.#hits" IS NULL) THEN 51  -- LOOKUP_MISSING DEFAULTVENDORPAYMENTMETHODNAME vendors_v2.map.yaml:42
      WHEN coalesce("msdyn_vendorpaymentmethod.#hits", 0) > 1 THEN 52  -- LOOKUP_AMBIGUOUS DEFAULTVENDORPAYMENTMETHODNAME vendors_v2.map.yaml:42
      WHEN length("msdyn_vendorpaymentmethod.msdyn_name") > 10 THEN 53  -- TOO_LONG DEFAULTVENDORPAYMENTMETHODNAME vendors_v2.map.yaml:42
      WHEN "msdyn_invoicevendoraccountnumber" IS NOT NULL AND ("msdyn_invoicevendoraccountnumber.#hits" IS NULL) THEN 54  -- LOOKUP_MISSING INVOICEVENDORACCOUNTNUMBER vendors_v2.map.yaml:43
      WHEN coalesce("msdyn_invoicevendoraccountnumber.#hits", 0) > 1 THEN 55  -- LOOKUP_AMBIGUOUS INVOICEVENDORACCOUNTNUMBER vendors_v2.map.yaml:43
      WHEN length("msdyn_invoicevendoraccountnumber.msdyn_vendoraccountnumber") > 20 THEN 56  -- TOO_LONG INVOICEVENDORACCOUNTNUMBER vendors_v2.map.yaml:43
      WHEN NOT ("msdyn_priceincludessalestax" IN (TRUE, FALSE)) THEN 57  -- VALUE_UNMAPPED AREPRICESINCLUDINGSALESTAX vendors_v2.map.yaml:44
      WHEN NOT ((CASE WHEN "msdyn_priceincludessalestax" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_priceincludessalestax" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN 58  -- VALUE_UNMAPPED AREPRICESINCLUDINGSALESTAX vendors_v2.map.yaml:44
      WHEN "msdyn_taxgroup" IS NOT NULL AND ("msdyn_taxgroup.#hits" IS NULL) THEN 59  -- LOOKUP_MISSING SALESTAXGROUPCODE vendors_v2.map.yaml:45
      WHEN coalesce("msdyn_taxgroup.#hits", 0) > 1 THEN 60  -- LOOKUP_AMBIGUOUS SALESTAXGROUPCODE vendors_v2.map.yaml:45
      WHEN length("msdyn_taxgroup.msdyn_name") > 10 THEN 61  -- TOO_LONG SALESTAXGROUPCODE vendors_v2.map.yaml:45
      WHEN "msdyn_primarycontact" IS NOT NULL AND ("msdyn_primarycontact.#hits" IS NULL) THEN 62  -- LOOKUP_MISSING PRIMARYCONTACTPERSONID vendors_v2.map.yaml:46
      WHEN coalesce("msdyn_primarycontact.#hits", 0) > 1 THEN 63  -- LOOKUP_AMBIGUOUS PRIMARYCONTACTPERSONID vendors_v2.map.yaml:46
      WHEN length("msdyn_primarycontact.msdyn_contactforpartynumber") > 20 THEN 64  -- TOO_LONG PRIMARYCONTACTPERSONID vendors_v2.map.yaml:46
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
      WHEN 5 THEN CAST("msdyn_vendoraccountnumber" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_vendorgroupid" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_vendorgroupid" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_vendorgroupid.msdyn_vendorgroup" AS VARCHAR)
      WHEN 10 THEN CAST("msdyn_isperson" AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_isforeignentity" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_isonetimevendor" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_creditrating" AS VARCHAR)
      WHEN 17 THEN CAST("msdyn_dunsnumber" AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_ethnicorigin" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_ourvendoraccountnumber" AS VARCHAR)
      WHEN 20 THEN CAST("msdyn_paymentid" AS VARCHAR)
      WHEN 21 THEN CAST("msdyn_defaultpaymentdayname" AS VARCHAR)
      WHEN 22 THEN CAST("msdyn_defaultpaymentdayname" AS VARCHAR)
      WHEN 23 THEN CAST("msdyn_defaultpaymentdayname.msdyn_name" AS VARCHAR)
      WHEN 24 THEN CAST("msdyn_paymentschedule" AS VARCHAR)
      WHEN 25 THEN CAST("msdyn_paymentschedule" AS VARCHAR)
      WHEN 26 THEN CAST("msdyn_paymentschedule.msdyn_name" AS VARCHAR)
      WHEN 27 THEN CAST("msdyn_paymentterms" AS VARCHAR)
      WHEN 28 THEN CAST("msdyn_paymentterms" AS VARCHAR)
      WHEN 29 THEN CAST("msdyn_paymentterms.msdyn_name" AS VARCHAR)
      WHEN 30 THEN CAST("msdyn_hasonlytakenbids" AS VARCHAR)
      WHEN 32 THEN CAST("msdyn_isminorityowned" AS VARCHAR)
      WHEN 34 THEN CAST("msdyn_isvendorlocallyowned" AS VARCHAR)
      WHEN 36 THEN CAST("msdyn_isserviceveteranowned" AS VARCHAR)
      WHEN 38 THEN CAST("msdyn_ownerisdisabled" AS VARCHAR)
      WHEN 40 THEN CAST("msdyn_womanowner" AS VARCHAR)
      WHEN 42 THEN CAST("msdyn_partyid" AS VARCHAR)
      WHEN 43 THEN CAST("msdyn_partyid" AS VARCHAR)
      WHEN 44 THEN CAST("msdyn_onholdstatus" AS VARCHAR)
      WHEN 46 THEN CAST("msdyn_currencycode" AS VARCHAR)
      WHEN 47 THEN CAST("msdyn_currencycode" AS VARCHAR)
      WHEN 48 THEN CAST("msdyn_currencycode.isocurrencycode" AS VARCHAR)
      WHEN 49 THEN CAST("msdyn_isvendorlocatedinhubzone" AS VARCHAR)
      WHEN 51 THEN CAST("msdyn_vendorpaymentmethod" AS VARCHAR)
      WHEN 52 THEN CAST("msdyn_vendorpaymentmethod" AS VARCHAR)
      WHEN 53 THEN CAST("msdyn_vendorpaymentmethod.msdyn_name" AS VARCHAR)
      WHEN 54 THEN CAST("msdyn_invoicevendoraccountnumber" AS VARCHAR)
      WHEN 55 THEN CAST("msdyn_invoicevendoraccountnumber" AS VARCHAR)
      WHEN 56 THEN CAST("msdyn_invoicevendoraccountnumber.msdyn_vendoraccountnumber" AS VARCHAR)
      WHEN 57 THEN CAST("msdyn_priceincludessalestax" AS VARCHAR)
      WHEN 59 THEN CAST("msdyn_taxgroup" AS VARCHAR)
      WHEN 60 THEN CAST("msdyn_taxgroup" AS VARCHAR)
      WHEN 61 THEN CAST("msdyn_taxgroup.msdyn_name" AS VARCHAR)
      WHEN 62 THEN CAST("msdyn_primarycontact" AS VARCHAR)
      WHEN 63 THEN CAST("msdyn_primarycontact" AS VARCHAR)
      WHEN 64 THEN CAST("msdyn_primarycontact.msdyn_contactforpartynumber" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company.cdm_companycode" AS "dataAreaId",  -- vendors_v2.map.yaml:13
    CAST(CASE WHEN (length("msdyn_vendoraccountnumber") <= 20) THEN "msdyn_vendoraccountnumber" END AS VARCHAR) AS "VENDORACCOUNTNUMBER",  -- vendors_v2.map.yaml:14
    CAST(CASE WHEN (length("msdyn_vendorgroupid.msdyn_vendorgroup") <= 10) THEN "msdyn_vendorgroupid.msdyn_vendorgroup" END AS VARCHAR) AS "VENDORGROUPID",  -- vendors_v2.map.yaml:16
    CAST(CASE WHEN ((CASE WHEN "msdyn_isperson" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isperson" WHEN TRUE THEN 'Person' WHEN FALSE THEN 'Organization' ELSE NULL END) END) IN ('Organization', 'Person')) THEN (CASE WHEN "msdyn_isperson" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isperson" WHEN TRUE THEN 'Person' WHEN FALSE THEN 'Organization' ELSE NULL END) END) END AS VARCHAR) AS "VENDORPARTYTYPE",  -- vendors_v2.map.yaml:17
    CAST(CAST("msdyn_vendorcreditlimit" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "CREDITLIMIT",  -- vendors_v2.map.yaml:18
    CAST(CASE WHEN ((CASE WHEN "msdyn_isforeignentity" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isforeignentity" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isforeignentity" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isforeignentity" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISFOREIGNENTITY",  -- vendors_v2.map.yaml:19
    CAST(CASE WHEN ((CASE WHEN "msdyn_isonetimevendor" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isonetimevendor" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isonetimevendor" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isonetimevendor" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISONETIMEVENDOR",  -- vendors_v2.map.yaml:20
    CAST(CASE WHEN (length("msdyn_creditrating") <= 10) THEN "msdyn_creditrating" END AS VARCHAR) AS "CREDITRATING",  -- vendors_v2.map.yaml:21
    CAST(CASE WHEN (length("msdyn_dunsnumber") <= 16) THEN "msdyn_dunsnumber" END AS VARCHAR) AS "DUNSNUMBER",  -- vendors_v2.map.yaml:22
    CAST(CASE WHEN (length("msdyn_ethnicorigin") <= 10) THEN "msdyn_ethnicorigin" END AS VARCHAR) AS "ETHNICORIGINID",  -- vendors_v2.map.yaml:23
    CAST(CASE WHEN (length("msdyn_ourvendoraccountnumber") <= 20) THEN "msdyn_ourvendoraccountnumber" END AS VARCHAR) AS "OURACCOUNTNUMBER",  -- vendors_v2.map.yaml:24
    CAST(CASE WHEN (length("msdyn_paymentid") <= 20) THEN "msdyn_paymentid" END AS VARCHAR) AS "PAYMENTID",  -- vendors_v2.map.yaml:25
    "msdyn_primarycontacturl" AS "PRIMARYURL",  -- vendors_v2.map.yaml:26
    CAST(CASE WHEN (length("msdyn_defaultpaymentdayname.msdyn_name") <= 10) THEN "msdyn_defaultpaymentdayname.msdyn_name" END AS VARCHAR) AS "DEFAULTPAYMENTDAYNAME",  -- vendors_v2.map.yaml:27
    CAST(CASE WHEN (length("msdyn_paymentschedule.msdyn_name") <= 10) THEN "msdyn_paymentschedule.msdyn_name" END AS VARCHAR) AS "DEFAULTPAYMENTSCHEDULENAME",  -- vendors_v2.map.yaml:28
    CAST(CASE WHEN (length("msdyn_paymentterms.msdyn_name") <= 10) THEN "msdyn_paymentterms.msdyn_name" END AS VARCHAR) AS "DEFAULTPAYMENTTERMSNAME",  -- vendors_v2.map.yaml:29
    CAST(CASE WHEN ((CASE WHEN "msdyn_hasonlytakenbids" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_hasonlytakenbids" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_hasonlytakenbids" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_hasonlytakenbids" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "HASONLYTAKENBIDS",  -- vendors_v2.map.yaml:30
    CAST(CASE WHEN ((CASE WHEN "msdyn_isminorityowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isminorityowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isminorityowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isminorityowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISMINORITYOWNED",  -- vendors_v2.map.yaml:31
    CAST(CASE WHEN ((CASE WHEN "msdyn_isvendorlocallyowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isvendorlocallyowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isvendorlocallyowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isvendorlocallyowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISVENDORLOCALLYOWNED",  -- vendors_v2.map.yaml:32
    CAST(CASE WHEN ((CASE WHEN "msdyn_isserviceveteranowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isserviceveteranowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isserviceveteranowned" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isserviceveteranowned" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISSERVICEVETERANOWNED",  -- vendors_v2.map.yaml:33
    CAST(CASE WHEN ((CASE WHEN "msdyn_ownerisdisabled" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_ownerisdisabled" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_ownerisdisabled" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_ownerisdisabled" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISOWNERDISABLED",  -- vendors_v2.map.yaml:34
    CAST(CASE WHEN ((CASE WHEN "msdyn_womanowner" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_womanowner" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_womanowner" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_womanowner" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISWOMANOWNER",  -- vendors_v2.map.yaml:35
    "msdyn_numberofemployees" AS "ORGANIZATIONEMPLOYEEAMOUNT",  -- vendors_v2.map.yaml:36
    "msdyn_vendoronholdreleasedate" AS "VENDORHOLDRELEASEDATE",  -- vendors_v2.map.yaml:37
    "msdyn_partyid.msdyn_partynumber" AS "VENDORPARTYNUMBER",  -- vendors_v2.map.yaml:38
    CAST(CASE WHEN ((CASE WHEN "msdyn_onholdstatus" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onholdstatus" WHEN 806380000 THEN 'no' WHEN 806380001 THEN 'invoice' WHEN 806380002 THEN 'all' WHEN 806380003 THEN 'payment' WHEN 806380004 THEN 'requisition' WHEN 806380005 THEN 'never' ELSE NULL END) END) IN ('no', 'invoice', 'all', 'payment', 'requisition', 'never')) THEN (CASE WHEN "msdyn_onholdstatus" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_onholdstatus" WHEN 806380000 THEN 'no' WHEN 806380001 THEN 'invoice' WHEN 806380002 THEN 'all' WHEN 806380003 THEN 'payment' WHEN 806380004 THEN 'requisition' WHEN 806380005 THEN 'never' ELSE NULL END) END) END AS VARCHAR) AS "ONHOLDSTATUS",  -- vendors_v2.map.yaml:39
    CAST(CASE WHEN (length("msdyn_currencycode.isocurrencycode") <= 3) THEN "msdyn_currencycode.isocurrencycode" END AS VARCHAR) AS "CURRENCYCODE",  -- vendors_v2.map.yaml:40
    CAST(CASE WHEN ((CASE WHEN "msdyn_isvendorlocatedinhubzone" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isvendorlocatedinhubzone" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_isvendorlocatedinhubzone" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_isvendorlocatedinhubzone" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "ISVENDORLOCATEDINHUBZONE",  -- vendors_v2.map.yaml:41
    CAST(CASE WHEN (length("msdyn_vendorpaymentmethod.msdyn_name") <= 10) THEN "msdyn_vendorpaymentmethod.msdyn_name" END AS VARCHAR) AS "DEFAULTVENDORPAYMENTMETHODNAME",  -- vendors_v2.map.yaml:42
    CAST(CASE WHEN (length("msdyn_invoicevendoraccountnumber.msdyn_vendoraccountnumber") <= 20) THEN "msdyn_invoicevendoraccountnumber.msdyn_vendoraccountnumber" END AS VARCHAR) AS "INVOICEVENDORACCOUNTNUMBER",  -- vendors_v2.map.yaml:43
    CAST(CASE WHEN ((CASE WHEN "msdyn_priceincludessalestax" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_priceincludessalestax" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) IN ('no', 'yes')) THEN (CASE WHEN "msdyn_priceincludessalestax" IS NULL THEN CAST(NULL AS VARCHAR) ELSE (CASE "msdyn_priceincludessalestax" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END) END AS VARCHAR) AS "AREPRICESINCLUDINGSALESTAX",  -- vendors_v2.map.yaml:44
    CAST(CASE WHEN (length("msdyn_taxgroup.msdyn_name") <= 10) THEN "msdyn_taxgroup.msdyn_name" END AS VARCHAR) AS "SALESTAXGROUPCODE",  -- vendors_v2.map.yaml:45
    CAST(CASE WHEN (length("msdyn_primarycontact.msdyn_contactforpartynumber") <= 20) THEN "msdyn_primarycontact.msdyn_contactforpartynumber" END AS VARCHAR) AS "PRIMARYCONTACTPERSONID",  -- vendors_v2.map.yaml:46
    replace(replace(coalesce(CAST("msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("msdyn_vendoraccountnumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#out_key",  -- for later steps
    "msdyn_vendorgroupid" AS "both.msdyn_vendorgroupid",  -- for later steps
    "msdyn_isperson" AS "both.msdyn_isperson",  -- for later steps
    "msdyn_vendorcreditlimit" AS "both.msdyn_vendorcreditlimit",  -- for later steps
    "msdyn_isforeignentity" AS "both.msdyn_isforeignentity",  -- for later steps
    "msdyn_isonetimevendor" AS "both.msdyn_isonetimevendor",  -- for later steps
    "msdyn_creditrating" AS "both.msdyn_creditrating",  -- for later steps
    "msdyn_dunsnumber" AS "both.msdyn_dunsnumber",  -- for later steps
    "msdyn_ethnicorigin" AS "both.msdyn_ethnicorigin",  -- for later steps
    "msdyn_ourvendoraccountnumber" AS "both.msdyn_ourvendoraccountnumber",  -- for later steps
    "msdyn_paymentid" AS "both.msdyn_paymentid",  -- for later steps
    "msdyn_primarycontacturl" AS "both.msdyn_primarycontacturl",  -- for later steps
    "msdyn_defaultpaymentdayname" AS "both.msdyn_defaultpaymentdayname",  -- for later steps
    "msdyn_paymentschedule" AS "both.msdyn_paymentschedule",  -- for later steps
    "msdyn_paymentterms" AS "both.msdyn_paymentterms",  -- for later steps
    "msdyn_hasonlytakenbids" AS "both.msdyn_hasonlytakenbids",  -- for later steps
    "msdyn_isminorityowned" AS "both.msdyn_isminorityowned",  -- for later steps
    "msdyn_isvendorlocallyowned" AS "both.msdyn_isvendorlocallyowned",  -- for later steps
    "msdyn_isserviceveteranowned" AS "both.msdyn_isserviceveteranowned",  -- for later steps
    "msdyn_ownerisdisabled" AS "both.msdyn_ownerisdisabled",  -- for later steps
    "msdyn_womanowner" AS "both.msdyn_womanowner",  -- for later steps
    "msdyn_numberofemployees" AS "both.msdyn_numberofemployees",  -- for later steps
    "msdyn_vendoronholdreleasedate" AS "both.msdyn_vendoronholdreleasedate",  -- for later steps
    "msdyn_partyid" AS "both.msdyn_partyid",  -- for later steps
    "msdyn_onholdstatus" AS "both.msdyn_onholdstatus",  -- for later steps
    "msdyn_currencycode" AS "both.msdyn_currencycode",  -- for later steps
    "msdyn_isvendorlocatedinhubzone" AS "both.msdyn_isvendorlocatedinhubzone",  -- for later steps
    "msdyn_vendorpaymentmethod" AS "both.msdyn_vendorpaymentmethod",  -- for later steps
    "msdyn_invoicevendoraccountnumber" AS "both.msdyn_invoicevendoraccountnumber",  -- for later steps
    "msdyn_priceincludessalestax" AS "both.msdyn_priceincludessalestax",  -- for later steps
    "msdyn_taxgroup" AS "both.msdyn_taxgroup",  -- for later steps
    "msdyn_primarycontact" AS "both.msdyn_primarycontact",  -- for later steps
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."VENDORACCOUNTNUMBER" AS "VENDORACCOUNTNUMBER", x."VENDORGROUPID" AS "VENDORGROUPID", x."VENDORPARTYTYPE" AS "VENDORPARTYTYPE", x."CREDITLIMIT" AS "CREDITLIMIT", x."ISFOREIGNENTITY" AS "ISFOREIGNENTITY", x."ISONETIMEVENDOR" AS "ISONETIMEVENDOR", x."CREDITRATING" AS "CREDITRATING", x."DUNSNUMBER" AS "DUNSNUMBER", x."ETHNICORIGINID" AS "ETHNICORIGINID", x."OURACCOUNTNUMBER" AS "OURACCOUNTNUMBER", x."PAYMENTID" AS "PAYMENTID", x."PRIMARYURL" AS "PRIMARYURL", x."DEFAULTPAYMENTDAYNAME" AS "DEFAULTPAYMENTDAYNAME", x."DEFAULTPAYMENTSCHEDULENAME" AS "DEFAULTPAYMENTSCHEDULENAME", x."DEFAULTPAYMENTTERMSNAME" AS "DEFAULTPAYMENTTERMSNAME", x."HASONLYTAKENBIDS" AS "HASONLYTAKENBIDS", x."ISMINORITYOWNED" AS "ISMINORITYOWNED", x."ISVENDORLOCALLYOWNED" AS "ISVENDORLOCALLYOWNED", x."ISSERVICEVETERANOWNED" AS "ISSERVICEVETERANOWNED", x."ISOWNERDISABLED" AS "ISOWNERDISABLED", x."ISWOMANOWNER" AS "ISWOMANOWNER", x."ORGANIZATIONEMPLOYEEAMOUNT" AS "ORGANIZATIONEMPLOYEEAMOUNT", x."VENDORHOLDRELEASEDATE" AS "VENDORHOLDRELEASEDATE", x."VENDORPARTYNUMBER" AS "VENDORPARTYNUMBER", x."ONHOLDSTATUS" AS "ONHOLDSTATUS", x."CURRENCYCODE" AS "CURRENCYCODE", x."ISVENDORLOCATEDINHUBZONE" AS "ISVENDORLOCATEDINHUBZONE", x."DEFAULTVENDORPAYMENTMETHODNAME" AS "DEFAULTVENDORPAYMENTMETHODNAME", x."INVOICEVENDORACCOUNTNUMBER" AS "INVOICEVENDORACCOUNTNUMBER", x."AREPRICESINCLUDINGSALESTAX" AS "AREPRICESINCLUDINGSALESTAX", x."SALESTAXGROUPCODE" AS "SALESTAXGROUPCODE", x."PRIMARYCONTACTPERSONID" AS "PRIMARYCONTACTPERSONID"
  FROM "finops"."VendorsV2" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.VendorsV2' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."VendorsV2" AS x WHERE x."VENDORACCOUNTNUMBER" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendorgroupid" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_vendorgroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".target)) OR (CAST(mapped."VENDORGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".source))) AND NOT (CAST(target."VENDORGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".source))
    END AS "#goes.msdyn_vendorgroupid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isperson" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isperson" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".target)) AND NOT (CAST(target."VENDORPARTYTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".source))
    END AS "#goes.msdyn_isperson",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendorcreditlimit" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_vendorcreditlimit" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".target)) AND NOT (CAST(target."CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".source))
    END AS "#goes.msdyn_vendorcreditlimit",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isforeignentity" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isforeignentity" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".target)) AND NOT (CAST(target."ISFOREIGNENTITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".source))
    END AS "#goes.msdyn_isforeignentity",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isonetimevendor" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isonetimevendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".target)) AND NOT (CAST(target."ISONETIMEVENDOR" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".source))
    END AS "#goes.msdyn_isonetimevendor",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_creditrating" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target)) AND NOT (CAST(target."CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source))
    END AS "#goes.msdyn_creditrating",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_dunsnumber" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_dunsnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".target)) AND NOT (CAST(target."DUNSNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".source))
    END AS "#goes.msdyn_dunsnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_ethnicorigin" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_ethnicorigin" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".target)) AND NOT (CAST(target."ETHNICORIGINID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".source))
    END AS "#goes.msdyn_ethnicorigin",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_ourvendoraccountnumber" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_ourvendoraccountnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".target)) AND NOT (CAST(target."OURACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".source))
    END AS "#goes.msdyn_ourvendoraccountnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentid" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_paymentid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".target)) AND NOT (CAST(target."PAYMENTID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".source))
    END AS "#goes.msdyn_paymentid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_primarycontacturl" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_primarycontacturl" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".target)) AND NOT (CAST(target."PRIMARYURL" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".source))
    END AS "#goes.msdyn_primarycontacturl",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_defaultpaymentdayname" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_defaultpaymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".target)) OR (CAST(mapped."DEFAULTPAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".source))) AND NOT (CAST(target."DEFAULTPAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".source))
    END AS "#goes.msdyn_defaultpaymentdayname",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentschedule" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target)) OR (CAST(mapped."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))) AND NOT (CAST(target."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))
    END AS "#goes.msdyn_paymentschedule",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_paymentterms" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_paymentterms" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".target)) OR (CAST(mapped."DEFAULTPAYMENTTERMSNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".source))) AND NOT (CAST(target."DEFAULTPAYMENTTERMSNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".source))
    END AS "#goes.msdyn_paymentterms",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_hasonlytakenbids" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_hasonlytakenbids" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".target)) AND NOT (CAST(target."HASONLYTAKENBIDS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".source))
    END AS "#goes.msdyn_hasonlytakenbids",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isminorityowned" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isminorityowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".target)) AND NOT (CAST(target."ISMINORITYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".source))
    END AS "#goes.msdyn_isminorityowned",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isvendorlocallyowned" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isvendorlocallyowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".target)) AND NOT (CAST(target."ISVENDORLOCALLYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".source))
    END AS "#goes.msdyn_isvendorlocallyowned",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isserviceveteranowned" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isserviceveteranowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".target)) AND NOT (CAST(target."ISSERVICEVETERANOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".source))
    END AS "#goes.msdyn_isserviceveteranowned",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_ownerisdisabled" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_ownerisdisabled" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".target)) AND NOT (CAST(target."ISOWNERDISABLED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".source))
    END AS "#goes.msdyn_ownerisdisabled",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_womanowner" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_womanowner" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".target)) AND NOT (CAST(target."ISWOMANOWNER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".source))
    END AS "#goes.msdyn_womanowner",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_numberofemployees" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_numberofemployees" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".target)) AND NOT (CAST(target."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".source))
    END AS "#goes.msdyn_numberofemployees",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendoronholdreleasedate" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_vendoronholdreleasedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".target)) AND NOT (CAST(target."VENDORHOLDRELEASEDATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".source))
    END AS "#goes.msdyn_vendoronholdreleasedate",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_partyid" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target)) OR (CAST(mapped."VENDORPARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))) AND NOT (CAST(target."VENDORPARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))
    END AS "#goes.msdyn_partyid",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_onholdstatus" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target)) AND NOT (CAST(target."ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source))
    END AS "#goes.msdyn_onholdstatus",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_currencycode" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_currencycode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".target)) OR (CAST(mapped."CURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".source))) AND NOT (CAST(target."CURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".source))
    END AS "#goes.msdyn_currencycode",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_isvendorlocatedinhubzone" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_isvendorlocatedinhubzone" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".target)) AND NOT (CAST(target."ISVENDORLOCATEDINHUBZONE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".source))
    END AS "#goes.msdyn_isvendorlocatedinhubzone",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_vendorpaymentmethod" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_vendorpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".target)) OR (CAST(mapped."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".source))) AND NOT (CAST(target."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".source))
    END AS "#goes.msdyn_vendorpaymentmethod",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_invoicevendoraccountnumber" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_invoicevendoraccountnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_invoicevendoraccountnumber".target)) OR (CAST(mapped."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_invoicevendoraccountnumber".source))) AND NOT (CAST(target."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_invoicevendoraccountnumber".source))
    END AS "#goes.msdyn_invoicevendoraccountnumber",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_priceincludessalestax" IS NULL THEN FALSE
      ELSE (CAST(mapped."both.msdyn_priceincludessalestax" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".target)) AND NOT (CAST(target."AREPRICESINCLUDINGSALESTAX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".source))
    END AS "#goes.msdyn_priceincludessalestax",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_taxgroup" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_taxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".target)) OR (CAST(mapped."SALESTAXGROUPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".source))) AND NOT (CAST(target."SALESTAXGROUPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".source))
    END AS "#goes.msdyn_taxgroup",
    CASE
      WHEN target."#row" IS NULL THEN TRUE
      WHEN pact."msdyn_primarycontact" IS NULL THEN FALSE
      ELSE ((CAST(mapped."both.msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target)) OR (CAST(mapped."PRIMARYCONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))) AND NOT (CAST(target."PRIMARYCONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))
    END AS "#goes.msdyn_primarycontact",
    target."#row" IS NOT NULL AND pact."msdyn_vendorgroupid" IS NOT NULL AND ((CAST(mapped."both.msdyn_vendorgroupid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".target)) OR (CAST(mapped."VENDORGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".source))) AND (CAST(target."VENDORGROUPID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorgroupid".source))
      AND (target."VENDORGROUPID" IS DISTINCT FROM mapped."VENDORGROUPID") AS "#clashes.msdyn_vendorgroupid",
    target."#row" IS NOT NULL AND pact."msdyn_isperson" IS NOT NULL AND (CAST(mapped."both.msdyn_isperson" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".target)) AND (CAST(target."VENDORPARTYTYPE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isperson".source))
      AND (target."VENDORPARTYTYPE" IS DISTINCT FROM mapped."VENDORPARTYTYPE") AS "#clashes.msdyn_isperson",
    target."#row" IS NOT NULL AND pact."msdyn_vendorcreditlimit" IS NOT NULL AND (CAST(mapped."both.msdyn_vendorcreditlimit" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".target)) AND (CAST(target."CREDITLIMIT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorcreditlimit".source))
      AND (target."CREDITLIMIT" IS DISTINCT FROM mapped."CREDITLIMIT") AS "#clashes.msdyn_vendorcreditlimit",
    target."#row" IS NOT NULL AND pact."msdyn_isforeignentity" IS NOT NULL AND (CAST(mapped."both.msdyn_isforeignentity" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".target)) AND (CAST(target."ISFOREIGNENTITY" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isforeignentity".source))
      AND (target."ISFOREIGNENTITY" IS DISTINCT FROM mapped."ISFOREIGNENTITY") AS "#clashes.msdyn_isforeignentity",
    target."#row" IS NOT NULL AND pact."msdyn_isonetimevendor" IS NOT NULL AND (CAST(mapped."both.msdyn_isonetimevendor" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".target)) AND (CAST(target."ISONETIMEVENDOR" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isonetimevendor".source))
      AND (target."ISONETIMEVENDOR" IS DISTINCT FROM mapped."ISONETIMEVENDOR") AS "#clashes.msdyn_isonetimevendor",
    target."#row" IS NOT NULL AND pact."msdyn_creditrating" IS NOT NULL AND (CAST(mapped."both.msdyn_creditrating" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".target)) AND (CAST(target."CREDITRATING" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_creditrating".source))
      AND (target."CREDITRATING" IS DISTINCT FROM mapped."CREDITRATING") AS "#clashes.msdyn_creditrating",
    target."#row" IS NOT NULL AND pact."msdyn_dunsnumber" IS NOT NULL AND (CAST(mapped."both.msdyn_dunsnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".target)) AND (CAST(target."DUNSNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_dunsnumber".source))
      AND (target."DUNSNUMBER" IS DISTINCT FROM mapped."DUNSNUMBER") AS "#clashes.msdyn_dunsnumber",
    target."#row" IS NOT NULL AND pact."msdyn_ethnicorigin" IS NOT NULL AND (CAST(mapped."both.msdyn_ethnicorigin" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".target)) AND (CAST(target."ETHNICORIGINID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ethnicorigin".source))
      AND (target."ETHNICORIGINID" IS DISTINCT FROM mapped."ETHNICORIGINID") AS "#clashes.msdyn_ethnicorigin",
    target."#row" IS NOT NULL AND pact."msdyn_ourvendoraccountnumber" IS NOT NULL AND (CAST(mapped."both.msdyn_ourvendoraccountnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".target)) AND (CAST(target."OURACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ourvendoraccountnumber".source))
      AND (target."OURACCOUNTNUMBER" IS DISTINCT FROM mapped."OURACCOUNTNUMBER") AS "#clashes.msdyn_ourvendoraccountnumber",
    target."#row" IS NOT NULL AND pact."msdyn_paymentid" IS NOT NULL AND (CAST(mapped."both.msdyn_paymentid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".target)) AND (CAST(target."PAYMENTID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentid".source))
      AND (target."PAYMENTID" IS DISTINCT FROM mapped."PAYMENTID") AS "#clashes.msdyn_paymentid",
    target."#row" IS NOT NULL AND pact."msdyn_primarycontacturl" IS NOT NULL AND (CAST(mapped."both.msdyn_primarycontacturl" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".target)) AND (CAST(target."PRIMARYURL" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontacturl".source))
      AND (target."PRIMARYURL" IS DISTINCT FROM mapped."PRIMARYURL") AS "#clashes.msdyn_primarycontacturl",
    target."#row" IS NOT NULL AND pact."msdyn_defaultpaymentdayname" IS NOT NULL AND ((CAST(mapped."both.msdyn_defaultpaymentdayname" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".target)) OR (CAST(mapped."DEFAULTPAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".source))) AND (CAST(target."DEFAULTPAYMENTDAYNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_defaultpaymentdayname".source))
      AND (target."DEFAULTPAYMENTDAYNAME" IS DISTINCT FROM mapped."DEFAULTPAYMENTDAYNAME") AS "#clashes.msdyn_defaultpaymentdayname",
    target."#row" IS NOT NULL AND pact."msdyn_paymentschedule" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentschedule" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".target)) OR (CAST(mapped."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))) AND (CAST(target."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentschedule".source))
      AND (target."DEFAULTPAYMENTSCHEDULENAME" IS DISTINCT FROM mapped."DEFAULTPAYMENTSCHEDULENAME") AS "#clashes.msdyn_paymentschedule",
    target."#row" IS NOT NULL AND pact."msdyn_paymentterms" IS NOT NULL AND ((CAST(mapped."both.msdyn_paymentterms" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".target)) OR (CAST(mapped."DEFAULTPAYMENTTERMSNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".source))) AND (CAST(target."DEFAULTPAYMENTTERMSNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_paymentterms".source))
      AND (target."DEFAULTPAYMENTTERMSNAME" IS DISTINCT FROM mapped."DEFAULTPAYMENTTERMSNAME") AS "#clashes.msdyn_paymentterms",
    target."#row" IS NOT NULL AND pact."msdyn_hasonlytakenbids" IS NOT NULL AND (CAST(mapped."both.msdyn_hasonlytakenbids" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".target)) AND (CAST(target."HASONLYTAKENBIDS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_hasonlytakenbids".source))
      AND (target."HASONLYTAKENBIDS" IS DISTINCT FROM mapped."HASONLYTAKENBIDS") AS "#clashes.msdyn_hasonlytakenbids",
    target."#row" IS NOT NULL AND pact."msdyn_isminorityowned" IS NOT NULL AND (CAST(mapped."both.msdyn_isminorityowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".target)) AND (CAST(target."ISMINORITYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isminorityowned".source))
      AND (target."ISMINORITYOWNED" IS DISTINCT FROM mapped."ISMINORITYOWNED") AS "#clashes.msdyn_isminorityowned",
    target."#row" IS NOT NULL AND pact."msdyn_isvendorlocallyowned" IS NOT NULL AND (CAST(mapped."both.msdyn_isvendorlocallyowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".target)) AND (CAST(target."ISVENDORLOCALLYOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocallyowned".source))
      AND (target."ISVENDORLOCALLYOWNED" IS DISTINCT FROM mapped."ISVENDORLOCALLYOWNED") AS "#clashes.msdyn_isvendorlocallyowned",
    target."#row" IS NOT NULL AND pact."msdyn_isserviceveteranowned" IS NOT NULL AND (CAST(mapped."both.msdyn_isserviceveteranowned" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".target)) AND (CAST(target."ISSERVICEVETERANOWNED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isserviceveteranowned".source))
      AND (target."ISSERVICEVETERANOWNED" IS DISTINCT FROM mapped."ISSERVICEVETERANOWNED") AS "#clashes.msdyn_isserviceveteranowned",
    target."#row" IS NOT NULL AND pact."msdyn_ownerisdisabled" IS NOT NULL AND (CAST(mapped."both.msdyn_ownerisdisabled" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".target)) AND (CAST(target."ISOWNERDISABLED" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_ownerisdisabled".source))
      AND (target."ISOWNERDISABLED" IS DISTINCT FROM mapped."ISOWNERDISABLED") AS "#clashes.msdyn_ownerisdisabled",
    target."#row" IS NOT NULL AND pact."msdyn_womanowner" IS NOT NULL AND (CAST(mapped."both.msdyn_womanowner" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".target)) AND (CAST(target."ISWOMANOWNER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_womanowner".source))
      AND (target."ISWOMANOWNER" IS DISTINCT FROM mapped."ISWOMANOWNER") AS "#clashes.msdyn_womanowner",
    target."#row" IS NOT NULL AND pact."msdyn_numberofemployees" IS NOT NULL AND (CAST(mapped."both.msdyn_numberofemployees" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".target)) AND (CAST(target."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_numberofemployees".source))
      AND (target."ORGANIZATIONEMPLOYEEAMOUNT" IS DISTINCT FROM mapped."ORGANIZATIONEMPLOYEEAMOUNT") AS "#clashes.msdyn_numberofemployees",
    target."#row" IS NOT NULL AND pact."msdyn_vendoronholdreleasedate" IS NOT NULL AND (CAST(mapped."both.msdyn_vendoronholdreleasedate" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".target)) AND (CAST(target."VENDORHOLDRELEASEDATE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendoronholdreleasedate".source))
      AND (target."VENDORHOLDRELEASEDATE" IS DISTINCT FROM mapped."VENDORHOLDRELEASEDATE") AS "#clashes.msdyn_vendoronholdreleasedate",
    target."#row" IS NOT NULL AND pact."msdyn_partyid" IS NOT NULL AND ((CAST(mapped."both.msdyn_partyid" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".target)) OR (CAST(mapped."VENDORPARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))) AND (CAST(target."VENDORPARTYNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_partyid".source))
      AND (target."VENDORPARTYNUMBER" IS DISTINCT FROM mapped."VENDORPARTYNUMBER") AS "#clashes.msdyn_partyid",
    target."#row" IS NOT NULL AND pact."msdyn_onholdstatus" IS NOT NULL AND (CAST(mapped."both.msdyn_onholdstatus" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".target)) AND (CAST(target."ONHOLDSTATUS" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_onholdstatus".source))
      AND (target."ONHOLDSTATUS" IS DISTINCT FROM mapped."ONHOLDSTATUS") AS "#clashes.msdyn_onholdstatus",
    target."#row" IS NOT NULL AND pact."msdyn_currencycode" IS NOT NULL AND ((CAST(mapped."both.msdyn_currencycode" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".target)) OR (CAST(mapped."CURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".source))) AND (CAST(target."CURRENCYCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_currencycode".source))
      AND (target."CURRENCYCODE" IS DISTINCT FROM mapped."CURRENCYCODE") AS "#clashes.msdyn_currencycode",
    target."#row" IS NOT NULL AND pact."msdyn_isvendorlocatedinhubzone" IS NOT NULL AND (CAST(mapped."both.msdyn_isvendorlocatedinhubzone" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".target)) AND (CAST(target."ISVENDORLOCATEDINHUBZONE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_isvendorlocatedinhubzone".source))
      AND (target."ISVENDORLOCATEDINHUBZONE" IS DISTINCT FROM mapped."ISVENDORLOCATEDINHUBZONE") AS "#clashes.msdyn_isvendorlocatedinhubzone",
    target."#row" IS NOT NULL AND pact."msdyn_vendorpaymentmethod" IS NOT NULL AND ((CAST(mapped."both.msdyn_vendorpaymentmethod" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".target)) OR (CAST(mapped."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".source))) AND (CAST(target."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_vendorpaymentmethod".source))
      AND (target."DEFAULTVENDORPAYMENTMETHODNAME" IS DISTINCT FROM mapped."DEFAULTVENDORPAYMENTMETHODNAME") AS "#clashes.msdyn_vendorpaymentmethod",
    target."#row" IS NOT NULL AND pact."msdyn_invoicevendoraccountnumber" IS NOT NULL AND ((CAST(mapped."both.msdyn_invoicevendoraccountnumber" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_invoicevendoraccountnumber".target)) OR (CAST(mapped."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_invoicevendoraccountnumber".source))) AND (CAST(target."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_invoicevendoraccountnumber".source))
      AND (target."INVOICEVENDORACCOUNTNUMBER" IS DISTINCT FROM mapped."INVOICEVENDORACCOUNTNUMBER") AS "#clashes.msdyn_invoicevendoraccountnumber",
    target."#row" IS NOT NULL AND pact."msdyn_priceincludessalestax" IS NOT NULL AND (CAST(mapped."both.msdyn_priceincludessalestax" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".target)) AND (CAST(target."AREPRICESINCLUDINGSALESTAX" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_priceincludessalestax".source))
      AND (target."AREPRICESINCLUDINGSALESTAX" IS DISTINCT FROM mapped."AREPRICESINCLUDINGSALESTAX") AS "#clashes.msdyn_priceincludessalestax",
    target."#row" IS NOT NULL AND pact."msdyn_taxgroup" IS NOT NULL AND ((CAST(mapped."both.msdyn_taxgroup" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".target)) OR (CAST(mapped."SALESTAXGROUPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".source))) AND (CAST(target."SALESTAXGROUPCODE" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_taxgroup".source))
      AND (target."SALESTAXGROUPCODE" IS DISTINCT FROM mapped."SALESTAXGROUPCODE") AS "#clashes.msdyn_taxgroup",
    target."#row" IS NOT NULL AND pact."msdyn_primarycontact" IS NOT NULL AND ((CAST(mapped."both.msdyn_primarycontact" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".target)) OR (CAST(mapped."PRIMARYCONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))) AND (CAST(target."PRIMARYCONTACTPERSONID" AS VARCHAR) IS DISTINCT FROM (pact."msdyn_primarycontact".source))
      AND (target."PRIMARYCONTACTPERSONID" IS DISTINCT FROM mapped."PRIMARYCONTACTPERSONID") AS "#clashes.msdyn_primarycontact",
    nullif(concat_ws('; '
      , CASE WHEN "#clashes.msdyn_vendorgroupid" THEN 'msdyn_vendorgroupid' || ': source ' || coalesce(CAST(target."VENDORGROUPID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_vendorgroupid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isperson" THEN 'msdyn_isperson' || ': source ' || coalesce(CAST(target."VENDORPARTYTYPE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isperson" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendorcreditlimit" THEN 'msdyn_vendorcreditlimit' || ': source ' || coalesce(CAST(target."CREDITLIMIT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_vendorcreditlimit" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isforeignentity" THEN 'msdyn_isforeignentity' || ': source ' || coalesce(CAST(target."ISFOREIGNENTITY" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isforeignentity" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isonetimevendor" THEN 'msdyn_isonetimevendor' || ': source ' || coalesce(CAST(target."ISONETIMEVENDOR" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isonetimevendor" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_creditrating" THEN 'msdyn_creditrating' || ': source ' || coalesce(CAST(target."CREDITRATING" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_creditrating" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_dunsnumber" THEN 'msdyn_dunsnumber' || ': source ' || coalesce(CAST(target."DUNSNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_dunsnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_ethnicorigin" THEN 'msdyn_ethnicorigin' || ': source ' || coalesce(CAST(target."ETHNICORIGINID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_ethnicorigin" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_ourvendoraccountnumber" THEN 'msdyn_ourvendoraccountnumber' || ': source ' || coalesce(CAST(target."OURACCOUNTNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_ourvendoraccountnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentid" THEN 'msdyn_paymentid' || ': source ' || coalesce(CAST(target."PAYMENTID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_primarycontacturl" THEN 'msdyn_primarycontacturl' || ': source ' || coalesce(CAST(target."PRIMARYURL" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_primarycontacturl" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_defaultpaymentdayname" THEN 'msdyn_defaultpaymentdayname' || ': source ' || coalesce(CAST(target."DEFAULTPAYMENTDAYNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_defaultpaymentdayname" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentschedule" THEN 'msdyn_paymentschedule' || ': source ' || coalesce(CAST(target."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentschedule" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_paymentterms" THEN 'msdyn_paymentterms' || ': source ' || coalesce(CAST(target."DEFAULTPAYMENTTERMSNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_paymentterms" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_hasonlytakenbids" THEN 'msdyn_hasonlytakenbids' || ': source ' || coalesce(CAST(target."HASONLYTAKENBIDS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_hasonlytakenbids" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isminorityowned" THEN 'msdyn_isminorityowned' || ': source ' || coalesce(CAST(target."ISMINORITYOWNED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isminorityowned" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isvendorlocallyowned" THEN 'msdyn_isvendorlocallyowned' || ': source ' || coalesce(CAST(target."ISVENDORLOCALLYOWNED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isvendorlocallyowned" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isserviceveteranowned" THEN 'msdyn_isserviceveteranowned' || ': source ' || coalesce(CAST(target."ISSERVICEVETERANOWNED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isserviceveteranowned" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_ownerisdisabled" THEN 'msdyn_ownerisdisabled' || ': source ' || coalesce(CAST(target."ISOWNERDISABLED" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_ownerisdisabled" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_womanowner" THEN 'msdyn_womanowner' || ': source ' || coalesce(CAST(target."ISWOMANOWNER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_womanowner" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_numberofemployees" THEN 'msdyn_numberofemployees' || ': source ' || coalesce(CAST(target."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_numberofemployees" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendoronholdreleasedate" THEN 'msdyn_vendoronholdreleasedate' || ': source ' || coalesce(CAST(target."VENDORHOLDRELEASEDATE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_vendoronholdreleasedate" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_partyid" THEN 'msdyn_partyid' || ': source ' || coalesce(CAST(target."VENDORPARTYNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_partyid" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_onholdstatus" THEN 'msdyn_onholdstatus' || ': source ' || coalesce(CAST(target."ONHOLDSTATUS" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_onholdstatus" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_currencycode" THEN 'msdyn_currencycode' || ': source ' || coalesce(CAST(target."CURRENCYCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_currencycode" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_isvendorlocatedinhubzone" THEN 'msdyn_isvendorlocatedinhubzone' || ': source ' || coalesce(CAST(target."ISVENDORLOCATEDINHUBZONE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_isvendorlocatedinhubzone" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_vendorpaymentmethod" THEN 'msdyn_vendorpaymentmethod' || ': source ' || coalesce(CAST(target."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_vendorpaymentmethod" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_invoicevendoraccountnumber" THEN 'msdyn_invoicevendoraccountnumber' || ': source ' || coalesce(CAST(target."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_invoicevendoraccountnumber" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_priceincludessalestax" THEN 'msdyn_priceincludessalestax' || ': source ' || coalesce(CAST(target."AREPRICESINCLUDINGSALESTAX" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_priceincludessalestax" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_taxgroup" THEN 'msdyn_taxgroup' || ': source ' || coalesce(CAST(target."SALESTAXGROUPCODE" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_taxgroup" AS VARCHAR), 'null') END
      , CASE WHEN "#clashes.msdyn_primarycontact" THEN 'msdyn_primarycontact' || ': source ' || coalesce(CAST(target."PRIMARYCONTACTPERSONID" AS VARCHAR), 'null') || ', target ' || coalesce(CAST(mapped."both.msdyn_primarycontact" AS VARCHAR), 'null') END
    ), '') AS "#clash",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    ("#goes.msdyn_vendorgroupid" AND (target."VENDORGROUPID" IS DISTINCT FROM mapped."VENDORGROUPID"))
      OR ("#goes.msdyn_isperson" AND (target."VENDORPARTYTYPE" IS DISTINCT FROM mapped."VENDORPARTYTYPE"))
      OR ("#goes.msdyn_vendorcreditlimit" AND (target."CREDITLIMIT" IS DISTINCT FROM mapped."CREDITLIMIT"))
      OR ("#goes.msdyn_isforeignentity" AND (target."ISFOREIGNENTITY" IS DISTINCT FROM mapped."ISFOREIGNENTITY"))
      OR ("#goes.msdyn_isonetimevendor" AND (target."ISONETIMEVENDOR" IS DISTINCT FROM mapped."ISONETIMEVENDOR"))
      OR ("#goes.msdyn_creditrating" AND (target."CREDITRATING" IS DISTINCT FROM mapped."CREDITRATING"))
      OR ("#goes.msdyn_dunsnumber" AND (target."DUNSNUMBER" IS DISTINCT FROM mapped."DUNSNUMBER"))
      OR ("#goes.msdyn_ethnicorigin" AND (target."ETHNICORIGINID" IS DISTINCT FROM mapped."ETHNICORIGINID"))
      OR ("#goes.msdyn_ourvendoraccountnumber" AND (target."OURACCOUNTNUMBER" IS DISTINCT FROM mapped."OURACCOUNTNUMBER"))
      OR ("#goes.msdyn_paymentid" AND (target."PAYMENTID" IS DISTINCT FROM mapped."PAYMENTID"))
      OR ("#goes.msdyn_primarycontacturl" AND (target."PRIMARYURL" IS DISTINCT FROM mapped."PRIMARYURL"))
      OR ("#goes.msdyn_defaultpaymentdayname" AND (target."DEFAULTPAYMENTDAYNAME" IS DISTINCT FROM mapped."DEFAULTPAYMENTDAYNAME"))
      OR ("#goes.msdyn_paymentschedule" AND (target."DEFAULTPAYMENTSCHEDULENAME" IS DISTINCT FROM mapped."DEFAULTPAYMENTSCHEDULENAME"))
      OR ("#goes.msdyn_paymentterms" AND (target."DEFAULTPAYMENTTERMSNAME" IS DISTINCT FROM mapped."DEFAULTPAYMENTTERMSNAME"))
      OR ("#goes.msdyn_hasonlytakenbids" AND (target."HASONLYTAKENBIDS" IS DISTINCT FROM mapped."HASONLYTAKENBIDS"))
      OR ("#goes.msdyn_isminorityowned" AND (target."ISMINORITYOWNED" IS DISTINCT FROM mapped."ISMINORITYOWNED"))
      OR ("#goes.msdyn_isvendorlocallyowned" AND (target."ISVENDORLOCALLYOWNED" IS DISTINCT FROM mapped."ISVENDORLOCALLYOWNED"))
      OR ("#goes.msdyn_isserviceveteranowned" AND (target."ISSERVICEVETERANOWNED" IS DISTINCT FROM mapped."ISSERVICEVETERANOWNED"))
      OR ("#goes.msdyn_ownerisdisabled" AND (target."ISOWNERDISABLED" IS DISTINCT FROM mapped."ISOWNERDISABLED"))
      OR ("#goes.msdyn_womanowner" AND (target."ISWOMANOWNER" IS DISTINCT FROM mapped."ISWOMANOWNER"))
      OR ("#goes.msdyn_numberofemployees" AND (target."ORGANIZATIONEMPLOYEEAMOUNT" IS DISTINCT FROM mapped."ORGANIZATIONEMPLOYEEAMOUNT"))
      OR ("#goes.msdyn_vendoronholdreleasedate" AND (target."VENDORHOLDRELEASEDATE" IS DISTINCT FROM mapped."VENDORHOLDRELEASEDATE"))
      OR ("#goes.msdyn_partyid" AND (target."VENDORPARTYNUMBER" IS DISTINCT FROM mapped."VENDORPARTYNUMBER"))
      OR ("#goes.msdyn_onholdstatus" AND (target."ONHOLDSTATUS" IS DISTINCT FROM mapped."ONHOLDSTATUS"))
      OR ("#goes.msdyn_currencycode" AND (target."CURRENCYCODE" IS DISTINCT FROM mapped."CURRENCYCODE"))
      OR ("#goes.msdyn_isvendorlocatedinhubzone" AND (target."ISVENDORLOCATEDINHUBZONE" IS DISTINCT FROM mapped."ISVENDORLOCATEDINHUBZONE"))
      OR ("#goes.msdyn_vendorpaymentmethod" AND (target."DEFAULTVENDORPAYMENTMETHODNAME" IS DISTINCT FROM mapped."DEFAULTVENDORPAYMENTMETHODNAME"))
      OR ("#goes.msdyn_invoicevendoraccountnumber" AND (target."INVOICEVENDORACCOUNTNUMBER" IS DISTINCT FROM mapped."INVOICEVENDORACCOUNTNUMBER"))
      OR ("#goes.msdyn_priceincludessalestax" AND (target."AREPRICESINCLUDINGSALESTAX" IS DISTINCT FROM mapped."AREPRICESINCLUDINGSALESTAX"))
      OR ("#goes.msdyn_taxgroup" AND (target."SALESTAXGROUPCODE" IS DISTINCT FROM mapped."SALESTAXGROUPCODE"))
      OR ("#goes.msdyn_primarycontact" AND (target."PRIMARYCONTACTPERSONID" IS DISTINCT FROM mapped."PRIMARYCONTACTPERSONID")) AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."VENDORACCOUNTNUMBER" = mapped."VENDORACCOUNTNUMBER"
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
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_invoicevendoraccountnumber')[1] AS "msdyn_invoicevendoraccountnumber",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_priceincludessalestax')[1] AS "msdyn_priceincludessalestax",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_taxgroup')[1] AS "msdyn_taxgroup",
      list_filter(cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] AS "msdyn_primarycontact",
      source_key, target_key
    FROM crosswalk.agreed WHERE leg = 'vendors_v2'
  ) AS pact ON pact.source_key = target."#key" AND pact.target_key = mapped."#out_key"
)
SELECT
  * REPLACE (CASE WHEN "#fault" IS NULL THEN "#clash" ELSE "#value" END AS "#value"),
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 66  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 66  -- TARGET_MISSING
    WHEN "#clashes.msdyn_vendorgroupid" THEN 74  -- CONFLICT_STALE msdyn_vendorgroupid
    WHEN "#clashes.msdyn_isperson" THEN 75  -- CONFLICT_STALE msdyn_isperson
    WHEN "#clashes.msdyn_vendorcreditlimit" THEN 76  -- CONFLICT_STALE msdyn_vendorcreditlimit
    WHEN "#clashes.msdyn_isforeignentity" THEN 77  -- CONFLICT_STALE msdyn_isforeignentity
    WHEN "#clashes.msdyn_isonetimevendor" THEN 78  -- CONFLICT_STALE msdyn_isonetimevendor
    WHEN "#clashes.msdyn_creditrating" THEN 79  -- CONFLICT_STALE msdyn_creditrating
    WHEN "#clashes.msdyn_dunsnumber" THEN 80  -- CONFLICT_STALE msdyn_dunsnumber
    WHEN "#clashes.msdyn_ethnicorigin" THEN 81  -- CONFLICT_STALE msdyn_ethnicorigin
    WHEN "#clashes.msdyn_ourvendoraccountnumber" THEN 82  -- CONFLICT_STALE msdyn_ourvendoraccountnumber
    WHEN "#clashes.msdyn_paymentid" THEN 83  -- CONFLICT_STALE msdyn_paymentid
    WHEN "#clashes.msdyn_primarycontacturl" THEN 84  -- CONFLICT_STALE msdyn_primarycontacturl
    WHEN "#clashes.msdyn_defaultpaymentdayname" THEN 85  -- CONFLICT_STALE msdyn_defaultpaymentdayname
    WHEN "#clashes.msdyn_paymentschedule" THEN 86  -- CONFLICT_STALE msdyn_paymentschedule
    WHEN "#clashes.msdyn_paymentterms" THEN 87  -- CONFLICT_STALE msdyn_paymentterms
    WHEN "#clashes.msdyn_hasonlytakenbids" THEN 88  -- CONFLICT_STALE msdyn_hasonlytakenbids
    WHEN "#clashes.msdyn_isminorityowned" THEN 89  -- CONFLICT_STALE msdyn_isminorityowned
    WHEN "#clashes.msdyn_isvendorlocallyowned" THEN 90  -- CONFLICT_STALE msdyn_isvendorlocallyowned
    WHEN "#clashes.msdyn_isserviceveteranowned" THEN 91  -- CONFLICT_STALE msdyn_isserviceveteranowned
    WHEN "#clashes.msdyn_ownerisdisabled" THEN 92  -- CONFLICT_STALE msdyn_ownerisdisabled
    WHEN "#clashes.msdyn_womanowner" THEN 93  -- CONFLICT_STALE msdyn_womanowner
    WHEN "#clashes.msdyn_numberofemployees" THEN 94  -- CONFLICT_STALE msdyn_numberofemployees
    WHEN "#clashes.msdyn_vendoronholdreleasedate" THEN 95  -- CONFLICT_STALE msdyn_vendoronholdreleasedate
    WHEN "#clashes.msdyn_partyid" THEN 96  -- CONFLICT_STALE msdyn_partyid
    WHEN "#clashes.msdyn_onholdstatus" THEN 97  -- CONFLICT_STALE msdyn_onholdstatus
    WHEN "#clashes.msdyn_currencycode" THEN 98  -- CONFLICT_STALE msdyn_currencycode
    WHEN "#clashes.msdyn_isvendorlocatedinhubzone" THEN 99  -- CONFLICT_STALE msdyn_isvendorlocatedinhubzone
    WHEN "#clashes.msdyn_vendorpaymentmethod" THEN 100  -- CONFLICT_STALE msdyn_vendorpaymentmethod
    WHEN "#clashes.msdyn_invoicevendoraccountnumber" THEN 101  -- CONFLICT_STALE msdyn_invoicevendoraccountnumber
    WHEN "#clashes.msdyn_priceincludessalestax" THEN 102  -- CONFLICT_STALE msdyn_priceincludessalestax
    WHEN "#clashes.msdyn_taxgroup" THEN 103  -- CONFLICT_STALE msdyn_taxgroup
    WHEN "#clashes.msdyn_primarycontact" THEN 104  -- CONFLICT_STALE msdyn_primarycontact
    WHEN "#target_row" IS NOT NULL AND "#disputed" AND "#stale" THEN 69  -- CONFLICT_STALE
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 68  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "VENDORACCOUNTNUMBER", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "VENDORACCOUNTNUMBER", "VENDORGROUPID", "VENDORPARTYTYPE", "CREDITLIMIT", "ISFOREIGNENTITY", "ISONETIMEVENDOR", "CREDITRATING", "DUNSNUMBER", "ETHNICORIGINID", "OURACCOUNTNUMBER", "PAYMENTID", "PRIMARYURL", "DEFAULTPAYMENTDAYNAME", "DEFAULTPAYMENTSCHEDULENAME", "DEFAULTPAYMENTTERMSNAME", "HASONLYTAKENBIDS", "ISMINORITYOWNED", "ISVENDORLOCALLYOWNED", "ISSERVICEVETERANOWNED", "ISOWNERDISABLED", "ISWOMANOWNER", "ORGANIZATIONEMPLOYEEAMOUNT", "VENDORHOLDRELEASEDATE", "VENDORPARTYNUMBER", "ONHOLDSTATUS", "CURRENCYCODE", "ISVENDORLOCATEDINHUBZONE", "DEFAULTVENDORPAYMENTMETHODNAME", "INVOICEVENDORACCOUNTNUMBER", "AREPRICESINCLUDINGSALESTAX", "SALESTAXGROUPCODE", "PRIMARYCONTACTPERSONID")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "VENDORACCOUNTNUMBER"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 71 ELSE 70 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."VENDORACCOUNTNUMBER" = duplicates."VENDORACCOUNTNUMBER"
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
UPDATE shaped SET "#reason" = 70, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'vendors_v2:back' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.VendorsV2' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendors" AS source WHERE coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 70, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_vendors" AS source
WHERE coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 70, claim."#target_key"
FROM "dataverse"."msdyn_vendors" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104) THEN 'rejected'
  WHEN "#reason" IN (71) THEN 'superseded'
  WHEN "#reason" IN (72) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.VendorsV2 that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."VendorsV2") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'vendors_v2:back' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_vendors'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'vendors_v2:back' AND link.state = 'live' AND link.target = 'finops.VendorsV2'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_vendors" AS source WHERE coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_vendors" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'vendors_v2:back' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."VendorsV2") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'vendors_v2:back' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."VendorsV2") AS there
);

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'vendors_v2:back' AND link.state = 'live' AND link.target = 'finops.VendorsV2'
  AND NOT EXISTS (SELECT 1 FROM "finops"."VendorsV2" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.VendorsV2

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (CASE WHEN shaped."#goes.msdyn_vendorgroupid" THEN shaped."VENDORGROUPID" ELSE t."VENDORGROUPID" END AS "VENDORGROUPID", CASE WHEN shaped."#goes.msdyn_isperson" THEN shaped."VENDORPARTYTYPE" ELSE t."VENDORPARTYTYPE" END AS "VENDORPARTYTYPE", CASE WHEN shaped."#goes.msdyn_vendorcreditlimit" THEN shaped."CREDITLIMIT" ELSE t."CREDITLIMIT" END AS "CREDITLIMIT", CASE WHEN shaped."#goes.msdyn_isforeignentity" THEN shaped."ISFOREIGNENTITY" ELSE t."ISFOREIGNENTITY" END AS "ISFOREIGNENTITY", CASE WHEN shaped."#goes.msdyn_isonetimevendor" THEN shaped."ISONETIMEVENDOR" ELSE t."ISONETIMEVENDOR" END AS "ISONETIMEVENDOR", CASE WHEN shaped."#goes.msdyn_creditrating" THEN shaped."CREDITRATING" ELSE t."CREDITRATING" END AS "CREDITRATING", CASE WHEN shaped."#goes.msdyn_dunsnumber" THEN shaped."DUNSNUMBER" ELSE t."DUNSNUMBER" END AS "DUNSNUMBER", CASE WHEN shaped."#goes.msdyn_ethnicorigin" THEN shaped."ETHNICORIGINID" ELSE t."ETHNICORIGINID" END AS "ETHNICORIGINID", CASE WHEN shaped."#goes.msdyn_ourvendoraccountnumber" THEN shaped."OURACCOUNTNUMBER" ELSE t."OURACCOUNTNUMBER" END AS "OURACCOUNTNUMBER", CASE WHEN shaped."#goes.msdyn_paymentid" THEN shaped."PAYMENTID" ELSE t."PAYMENTID" END AS "PAYMENTID", CASE WHEN shaped."#goes.msdyn_primarycontacturl" THEN shaped."PRIMARYURL" ELSE t."PRIMARYURL" END AS "PRIMARYURL", CASE WHEN shaped."#goes.msdyn_defaultpaymentdayname" THEN shaped."DEFAULTPAYMENTDAYNAME" ELSE t."DEFAULTPAYMENTDAYNAME" END AS "DEFAULTPAYMENTDAYNAME", CASE WHEN shaped."#goes.msdyn_paymentschedule" THEN shaped."DEFAULTPAYMENTSCHEDULENAME" ELSE t."DEFAULTPAYMENTSCHEDULENAME" END AS "DEFAULTPAYMENTSCHEDULENAME", CASE WHEN shaped."#goes.msdyn_paymentterms" THEN shaped."DEFAULTPAYMENTTERMSNAME" ELSE t."DEFAULTPAYMENTTERMSNAME" END AS "DEFAULTPAYMENTTERMSNAME", CASE WHEN shaped."#goes.msdyn_hasonlytakenbids" THEN shaped."HASONLYTAKENBIDS" ELSE t."HASONLYTAKENBIDS" END AS "HASONLYTAKENBIDS", CASE WHEN shaped."#goes.msdyn_isminorityowned" THEN shaped."ISMINORITYOWNED" ELSE t."ISMINORITYOWNED" END AS "ISMINORITYOWNED", CASE WHEN shaped."#goes.msdyn_isvendorlocallyowned" THEN shaped."ISVENDORLOCALLYOWNED" ELSE t."ISVENDORLOCALLYOWNED" END AS "ISVENDORLOCALLYOWNED", CASE WHEN shaped."#goes.msdyn_isserviceveteranowned" THEN shaped."ISSERVICEVETERANOWNED" ELSE t."ISSERVICEVETERANOWNED" END AS "ISSERVICEVETERANOWNED", CASE WHEN shaped."#goes.msdyn_ownerisdisabled" THEN shaped."ISOWNERDISABLED" ELSE t."ISOWNERDISABLED" END AS "ISOWNERDISABLED", CASE WHEN shaped."#goes.msdyn_womanowner" THEN shaped."ISWOMANOWNER" ELSE t."ISWOMANOWNER" END AS "ISWOMANOWNER", CASE WHEN shaped."#goes.msdyn_numberofemployees" THEN shaped."ORGANIZATIONEMPLOYEEAMOUNT" ELSE t."ORGANIZATIONEMPLOYEEAMOUNT" END AS "ORGANIZATIONEMPLOYEEAMOUNT", CASE WHEN shaped."#goes.msdyn_vendoronholdreleasedate" THEN shaped."VENDORHOLDRELEASEDATE" ELSE t."VENDORHOLDRELEASEDATE" END AS "VENDORHOLDRELEASEDATE", CASE WHEN shaped."#goes.msdyn_partyid" THEN shaped."VENDORPARTYNUMBER" ELSE t."VENDORPARTYNUMBER" END AS "VENDORPARTYNUMBER", CASE WHEN shaped."#goes.msdyn_onholdstatus" THEN shaped."ONHOLDSTATUS" ELSE t."ONHOLDSTATUS" END AS "ONHOLDSTATUS", CASE WHEN shaped."#goes.msdyn_currencycode" THEN shaped."CURRENCYCODE" ELSE t."CURRENCYCODE" END AS "CURRENCYCODE", CASE WHEN shaped."#goes.msdyn_isvendorlocatedinhubzone" THEN shaped."ISVENDORLOCATEDINHUBZONE" ELSE t."ISVENDORLOCATEDINHUBZONE" END AS "ISVENDORLOCATEDINHUBZONE", CASE WHEN shaped."#goes.msdyn_vendorpaymentmethod" THEN shaped."DEFAULTVENDORPAYMENTMETHODNAME" ELSE t."DEFAULTVENDORPAYMENTMETHODNAME" END AS "DEFAULTVENDORPAYMENTMETHODNAME", CASE WHEN shaped."#goes.msdyn_invoicevendoraccountnumber" THEN shaped."INVOICEVENDORACCOUNTNUMBER" ELSE t."INVOICEVENDORACCOUNTNUMBER" END AS "INVOICEVENDORACCOUNTNUMBER", CASE WHEN shaped."#goes.msdyn_priceincludessalestax" THEN shaped."AREPRICESINCLUDINGSALESTAX" ELSE t."AREPRICESINCLUDINGSALESTAX" END AS "AREPRICESINCLUDINGSALESTAX", CASE WHEN shaped."#goes.msdyn_taxgroup" THEN shaped."SALESTAXGROUPCODE" ELSE t."SALESTAXGROUPCODE" END AS "SALESTAXGROUPCODE", CASE WHEN shaped."#goes.msdyn_primarycontact" THEN shaped."PRIMARYCONTACTPERSONID" ELSE t."PRIMARYCONTACTPERSONID" END AS "PRIMARYCONTACTPERSONID", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."VendorsV2" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.VendorsV2
INSERT INTO "finops"."VendorsV2" ("dataAreaId", "VENDORACCOUNTNUMBER", "VENDORGROUPID", "VENDORPARTYTYPE", "CREDITLIMIT", "ISFOREIGNENTITY", "ISONETIMEVENDOR", "CREDITRATING", "DUNSNUMBER", "ETHNICORIGINID", "OURACCOUNTNUMBER", "PAYMENTID", "PRIMARYURL", "DEFAULTPAYMENTDAYNAME", "DEFAULTPAYMENTSCHEDULENAME", "DEFAULTPAYMENTTERMSNAME", "HASONLYTAKENBIDS", "ISMINORITYOWNED", "ISVENDORLOCALLYOWNED", "ISSERVICEVETERANOWNED", "ISOWNERDISABLED", "ISWOMANOWNER", "ORGANIZATIONEMPLOYEEAMOUNT", "VENDORHOLDRELEASEDATE", "VENDORPARTYNUMBER", "ONHOLDSTATUS", "CURRENCYCODE", "ISVENDORLOCATEDINHUBZONE", "DEFAULTVENDORPAYMENTMETHODNAME", "INVOICEVENDORACCOUNTNUMBER", "AREPRICESINCLUDINGSALESTAX", "SALESTAXGROUPCODE", "PRIMARYCONTACTPERSONID", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "VENDORACCOUNTNUMBER", "VENDORGROUPID", "VENDORPARTYTYPE", "CREDITLIMIT", "ISFOREIGNENTITY", "ISONETIMEVENDOR", "CREDITRATING", "DUNSNUMBER", "ETHNICORIGINID", "OURACCOUNTNUMBER", "PAYMENTID", "PRIMARYURL", "DEFAULTPAYMENTDAYNAME", "DEFAULTPAYMENTSCHEDULENAME", "DEFAULTPAYMENTTERMSNAME", "HASONLYTAKENBIDS", "ISMINORITYOWNED", "ISVENDORLOCALLYOWNED", "ISSERVICEVETERANOWNED", "ISOWNERDISABLED", "ISWOMANOWNER", "ORGANIZATIONEMPLOYEEAMOUNT", "VENDORHOLDRELEASEDATE", "VENDORPARTYNUMBER", "ONHOLDSTATUS", "CURRENCYCODE", "ISVENDORLOCATEDINHUBZONE", "DEFAULTVENDORPAYMENTMETHODNAME", "INVOICEVENDORACCOUNTNUMBER", "AREPRICESINCLUDINGSALESTAX", "SALESTAXGROUPCODE", "PRIMARYCONTACTPERSONID", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'vendors_v2:back' AS leg, new."#key" AS source_key, 'finops.VendorsV2' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'VENDORGROUPID', 'old': CAST(old."VENDORGROUPID" AS VARCHAR), 'new': CAST(new."VENDORGROUPID" AS VARCHAR)},
    {'column_name': 'VENDORPARTYTYPE', 'old': CAST(old."VENDORPARTYTYPE" AS VARCHAR), 'new': CAST(new."VENDORPARTYTYPE" AS VARCHAR)},
    {'column_name': 'CREDITLIMIT', 'old': CAST(old."CREDITLIMIT" AS VARCHAR), 'new': CAST(new."CREDITLIMIT" AS VARCHAR)},
    {'column_name': 'ISFOREIGNENTITY', 'old': CAST(old."ISFOREIGNENTITY" AS VARCHAR), 'new': CAST(new."ISFOREIGNENTITY" AS VARCHAR)},
    {'column_name': 'ISONETIMEVENDOR', 'old': CAST(old."ISONETIMEVENDOR" AS VARCHAR), 'new': CAST(new."ISONETIMEVENDOR" AS VARCHAR)},
    {'column_name': 'CREDITRATING', 'old': CAST(old."CREDITRATING" AS VARCHAR), 'new': CAST(new."CREDITRATING" AS VARCHAR)},
    {'column_name': 'DUNSNUMBER', 'old': CAST(old."DUNSNUMBER" AS VARCHAR), 'new': CAST(new."DUNSNUMBER" AS VARCHAR)},
    {'column_name': 'ETHNICORIGINID', 'old': CAST(old."ETHNICORIGINID" AS VARCHAR), 'new': CAST(new."ETHNICORIGINID" AS VARCHAR)},
    {'column_name': 'OURACCOUNTNUMBER', 'old': CAST(old."OURACCOUNTNUMBER" AS VARCHAR), 'new': CAST(new."OURACCOUNTNUMBER" AS VARCHAR)},
    {'column_name': 'PAYMENTID', 'old': CAST(old."PAYMENTID" AS VARCHAR), 'new': CAST(new."PAYMENTID" AS VARCHAR)},
    {'column_name': 'PRIMARYURL', 'old': CAST(old."PRIMARYURL" AS VARCHAR), 'new': CAST(new."PRIMARYURL" AS VARCHAR)},
    {'column_name': 'DEFAULTPAYMENTDAYNAME', 'old': CAST(old."DEFAULTPAYMENTDAYNAME" AS VARCHAR), 'new': CAST(new."DEFAULTPAYMENTDAYNAME" AS VARCHAR)},
    {'column_name': 'DEFAULTPAYMENTSCHEDULENAME', 'old': CAST(old."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR), 'new': CAST(new."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR)},
    {'column_name': 'DEFAULTPAYMENTTERMSNAME', 'old': CAST(old."DEFAULTPAYMENTTERMSNAME" AS VARCHAR), 'new': CAST(new."DEFAULTPAYMENTTERMSNAME" AS VARCHAR)},
    {'column_name': 'HASONLYTAKENBIDS', 'old': CAST(old."HASONLYTAKENBIDS" AS VARCHAR), 'new': CAST(new."HASONLYTAKENBIDS" AS VARCHAR)},
    {'column_name': 'ISMINORITYOWNED', 'old': CAST(old."ISMINORITYOWNED" AS VARCHAR), 'new': CAST(new."ISMINORITYOWNED" AS VARCHAR)},
    {'column_name': 'ISVENDORLOCALLYOWNED', 'old': CAST(old."ISVENDORLOCALLYOWNED" AS VARCHAR), 'new': CAST(new."ISVENDORLOCALLYOWNED" AS VARCHAR)},
    {'column_name': 'ISSERVICEVETERANOWNED', 'old': CAST(old."ISSERVICEVETERANOWNED" AS VARCHAR), 'new': CAST(new."ISSERVICEVETERANOWNED" AS VARCHAR)},
    {'column_name': 'ISOWNERDISABLED', 'old': CAST(old."ISOWNERDISABLED" AS VARCHAR), 'new': CAST(new."ISOWNERDISABLED" AS VARCHAR)},
    {'column_name': 'ISWOMANOWNER', 'old': CAST(old."ISWOMANOWNER" AS VARCHAR), 'new': CAST(new."ISWOMANOWNER" AS VARCHAR)},
    {'column_name': 'ORGANIZATIONEMPLOYEEAMOUNT', 'old': CAST(old."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR), 'new': CAST(new."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR)},
    {'column_name': 'VENDORHOLDRELEASEDATE', 'old': CAST(old."VENDORHOLDRELEASEDATE" AS VARCHAR), 'new': CAST(new."VENDORHOLDRELEASEDATE" AS VARCHAR)},
    {'column_name': 'VENDORPARTYNUMBER', 'old': CAST(old."VENDORPARTYNUMBER" AS VARCHAR), 'new': CAST(new."VENDORPARTYNUMBER" AS VARCHAR)},
    {'column_name': 'ONHOLDSTATUS', 'old': CAST(old."ONHOLDSTATUS" AS VARCHAR), 'new': CAST(new."ONHOLDSTATUS" AS VARCHAR)},
    {'column_name': 'CURRENCYCODE', 'old': CAST(old."CURRENCYCODE" AS VARCHAR), 'new': CAST(new."CURRENCYCODE" AS VARCHAR)},
    {'column_name': 'ISVENDORLOCATEDINHUBZONE', 'old': CAST(old."ISVENDORLOCATEDINHUBZONE" AS VARCHAR), 'new': CAST(new."ISVENDORLOCATEDINHUBZONE" AS VARCHAR)},
    {'column_name': 'DEFAULTVENDORPAYMENTMETHODNAME', 'old': CAST(old."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR), 'new': CAST(new."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR)},
    {'column_name': 'INVOICEVENDORACCOUNTNUMBER', 'old': CAST(old."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR), 'new': CAST(new."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR)},
    {'column_name': 'AREPRICESINCLUDINGSALESTAX', 'old': CAST(old."AREPRICESINCLUDINGSALESTAX" AS VARCHAR), 'new': CAST(new."AREPRICESINCLUDINGSALESTAX" AS VARCHAR)},
    {'column_name': 'SALESTAXGROUPCODE', 'old': CAST(old."SALESTAXGROUPCODE" AS VARCHAR), 'new': CAST(new."SALESTAXGROUPCODE" AS VARCHAR)},
    {'column_name': 'PRIMARYCONTACTPERSONID', 'old': CAST(old."PRIMARYCONTACTPERSONID" AS VARCHAR), 'new': CAST(new."PRIMARYCONTACTPERSONID" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."VendorsV2" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."VendorsV2" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."VendorsV2"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'vendors_v2:back' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_vendorid" AS VARCHAR), '') FROM "dataverse"."msdyn_vendors" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'vendors_v2.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'vendors_v2.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'vendors_v2.map.yaml:13'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'vendors_v2.map.yaml:13'),
  (5, 'TOO_LONG', 'VENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:14'),
  (6, 'KEY_NULL', 'VENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:14'),
  (7, 'LOOKUP_MISSING', 'VENDORGROUPID', /* place */ 'vendors_v2.map.yaml:16'),
  (8, 'LOOKUP_AMBIGUOUS', 'VENDORGROUPID', /* place */ 'vendors_v2.map.yaml:16'),
  (9, 'TOO_LONG', 'VENDORGROUPID', /* place */ 'vendors_v2.map.yaml:16'),
  (10, 'VALUE_UNMAPPED', 'VENDORPARTYTYPE', /* place */ 'vendors_v2.map.yaml:17'),
  (11, 'VALUE_UNMAPPED', 'VENDORPARTYTYPE', /* place */ 'vendors_v2.map.yaml:17'),
  (12, 'VALUE_UNMAPPED', 'ISFOREIGNENTITY', /* place */ 'vendors_v2.map.yaml:19'),
  (13, 'VALUE_UNMAPPED', 'ISFOREIGNENTITY', /* place */ 'vendors_v2.map.yaml:19'),
  (14, 'VALUE_UNMAPPED', 'ISONETIMEVENDOR', /* place */ 'vendors_v2.map.yaml:20'),
  (15, 'VALUE_UNMAPPED', 'ISONETIMEVENDOR', /* place */ 'vendors_v2.map.yaml:20'),
  (16, 'TOO_LONG', 'CREDITRATING', /* place */ 'vendors_v2.map.yaml:21'),
  (17, 'TOO_LONG', 'DUNSNUMBER', /* place */ 'vendors_v2.map.yaml:22'),
  (18, 'TOO_LONG', 'ETHNICORIGINID', /* place */ 'vendors_v2.map.yaml:23'),
  (19, 'TOO_LONG', 'OURACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:24'),
  (20, 'TOO_LONG', 'PAYMENTID', /* place */ 'vendors_v2.map.yaml:25'),
  (21, 'LOOKUP_MISSING', 'DEFAULTPAYMENTDAYNAME', /* place */ 'vendors_v2.map.yaml:27'),
  (22, 'LOOKUP_AMBIGUOUS', 'DEFAULTPAYMENTDAYNAME', /* place */ 'vendors_v2.map.yaml:27'),
  (23, 'TOO_LONG', 'DEFAULTPAYMENTDAYNAME', /* place */ 'vendors_v2.map.yaml:27'),
  (24, 'LOOKUP_MISSING', 'DEFAULTPAYMENTSCHEDULENAME', /* place */ 'vendors_v2.map.yaml:28'),
  (25, 'LOOKUP_AMBIGUOUS', 'DEFAULTPAYMENTSCHEDULENAME', /* place */ 'vendors_v2.map.yaml:28'),
  (26, 'TOO_LONG', 'DEFAULTPAYMENTSCHEDULENAME', /* place */ 'vendors_v2.map.yaml:28'),
  (27, 'LOOKUP_MISSING', 'DEFAULTPAYMENTTERMSNAME', /* place */ 'vendors_v2.map.yaml:29'),
  (28, 'LOOKUP_AMBIGUOUS', 'DEFAULTPAYMENTTERMSNAME', /* place */ 'vendors_v2.map.yaml:29'),
  (29, 'TOO_LONG', 'DEFAULTPAYMENTTERMSNAME', /* place */ 'vendors_v2.map.yaml:29'),
  (30, 'VALUE_UNMAPPED', 'HASONLYTAKENBIDS', /* place */ 'vendors_v2.map.yaml:30'),
  (31, 'VALUE_UNMAPPED', 'HASONLYTAKENBIDS', /* place */ 'vendors_v2.map.yaml:30'),
  (32, 'VALUE_UNMAPPED', 'ISMINORITYOWNED', /* place */ 'vendors_v2.map.yaml:31'),
  (33, 'VALUE_UNMAPPED', 'ISMINORITYOWNED', /* place */ 'vendors_v2.map.yaml:31'),
  (34, 'VALUE_UNMAPPED', 'ISVENDORLOCALLYOWNED', /* place */ 'vendors_v2.map.yaml:32'),
  (35, 'VALUE_UNMAPPED', 'ISVENDORLOCALLYOWNED', /* place */ 'vendors_v2.map.yaml:32'),
  (36, 'VALUE_UNMAPPED', 'ISSERVICEVETERANOWNED', /* place */ 'vendors_v2.map.yaml:33'),
  (37, 'VALUE_UNMAPPED', 'ISSERVICEVETERANOWNED', /* place */ 'vendors_v2.map.yaml:33'),
  (38, 'VALUE_UNMAPPED', 'ISOWNERDISABLED', /* place */ 'vendors_v2.map.yaml:34'),
  (39, 'VALUE_UNMAPPED', 'ISOWNERDISABLED', /* place */ 'vendors_v2.map.yaml:34'),
  (40, 'VALUE_UNMAPPED', 'ISWOMANOWNER', /* place */ 'vendors_v2.map.yaml:35'),
  (41, 'VALUE_UNMAPPED', 'ISWOMANOWNER', /* place */ 'vendors_v2.map.yaml:35'),
  (42, 'LOOKUP_MISSING', 'VENDORPARTYNUMBER', /* place */ 'vendors_v2.map.yaml:38'),
  (43, 'LOOKUP_AMBIGUOUS', 'VENDORPARTYNUMBER', /* place */ 'vendors_v2.map.yaml:38'),
  (44, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'vendors_v2.map.yaml:39'),
  (45, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'vendors_v2.map.yaml:39'),
  (46, 'LOOKUP_MISSING', 'CURRENCYCODE', /* place */ 'vendors_v2.map.yaml:40'),
  (47, 'LOOKUP_AMBIGUOUS', 'CURRENCYCODE', /* place */ 'vendors_v2.map.yaml:40'),
  (48, 'TOO_LONG', 'CURRENCYCODE', /* place */ 'vendors_v2.map.yaml:40'),
  (49, 'VALUE_UNMAPPED', 'ISVENDORLOCATEDINHUBZONE', /* place */ 'vendors_v2.map.yaml:41'),
  (50, 'VALUE_UNMAPPED', 'ISVENDORLOCATEDINHUBZONE', /* place */ 'vendors_v2.map.yaml:41'),
  (51, 'LOOKUP_MISSING', 'DEFAULTVENDORPAYMENTMETHODNAME', /* place */ 'vendors_v2.map.yaml:42'),
  (52, 'LOOKUP_AMBIGUOUS', 'DEFAULTVENDORPAYMENTMETHODNAME', /* place */ 'vendors_v2.map.yaml:42'),
  (53, 'TOO_LONG', 'DEFAULTVENDORPAYMENTMETHODNAME', /* place */ 'vendors_v2.map.yaml:42'),
  (54, 'LOOKUP_MISSING', 'INVOICEVENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:43'),
  (55, 'LOOKUP_AMBIGUOUS', 'INVOICEVENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:43'),
  (56, 'TOO_LONG', 'INVOICEVENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:43'),
  (57, 'VALUE_UNMAPPED', 'AREPRICESINCLUDINGSALESTAX', /* place */ 'vendors_v2.map.yaml:44'),
  (58, 'VALUE_UNMAPPED', 'AREPRICESINCLUDINGSALESTAX', /* place */ 'vendors_v2.map.yaml:44'),
  (59, 'LOOKUP_MISSING', 'SALESTAXGROUPCODE', /* place */ 'vendors_v2.map.yaml:45'),
  (60, 'LOOKUP_AMBIGUOUS', 'SALESTAXGROUPCODE', /* place */ 'vendors_v2.map.yaml:45'),
  (61, 'TOO_LONG', 'SALESTAXGROUPCODE', /* place */ 'vendors_v2.map.yaml:45'),
  (62, 'LOOKUP_MISSING', 'PRIMARYCONTACTPERSONID', /* place */ 'vendors_v2.map.yaml:46'),
  (63, 'LOOKUP_AMBIGUOUS', 'PRIMARYCONTACTPERSONID', /* place */ 'vendors_v2.map.yaml:46'),
  (64, 'TOO_LONG', 'PRIMARYCONTACTPERSONID', /* place */ 'vendors_v2.map.yaml:46'),
  (65, 'TARGET_EXISTS', '', /* place */ 'vendors_v2.map.yaml:4'),
  (66, 'TARGET_MISSING', '', /* place */ 'vendors_v2.map.yaml:4'),
  (67, 'TARGET_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (68, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (69, 'CONFLICT_STALE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (70, 'KEY_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (71, 'SUPERSEDED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (72, 'SET_INCOMPLETE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (73, 'TARGET_REFUSED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (74, 'CONFLICT_STALE', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (75, 'CONFLICT_STALE', 'msdyn_isperson', /* place */ 'vendors_v2.map.yaml:17'),
  (76, 'CONFLICT_STALE', 'msdyn_vendorcreditlimit', /* place */ 'vendors_v2.map.yaml:18'),
  (77, 'CONFLICT_STALE', 'msdyn_isforeignentity', /* place */ 'vendors_v2.map.yaml:19'),
  (78, 'CONFLICT_STALE', 'msdyn_isonetimevendor', /* place */ 'vendors_v2.map.yaml:20'),
  (79, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'vendors_v2.map.yaml:21'),
  (80, 'CONFLICT_STALE', 'msdyn_dunsnumber', /* place */ 'vendors_v2.map.yaml:22'),
  (81, 'CONFLICT_STALE', 'msdyn_ethnicorigin', /* place */ 'vendors_v2.map.yaml:23'),
  (82, 'CONFLICT_STALE', 'msdyn_ourvendoraccountnumber', /* place */ 'vendors_v2.map.yaml:24'),
  (83, 'CONFLICT_STALE', 'msdyn_paymentid', /* place */ 'vendors_v2.map.yaml:25'),
  (84, 'CONFLICT_STALE', 'msdyn_primarycontacturl', /* place */ 'vendors_v2.map.yaml:26'),
  (85, 'CONFLICT_STALE', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (86, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (87, 'CONFLICT_STALE', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (88, 'CONFLICT_STALE', 'msdyn_hasonlytakenbids', /* place */ 'vendors_v2.map.yaml:30'),
  (89, 'CONFLICT_STALE', 'msdyn_isminorityowned', /* place */ 'vendors_v2.map.yaml:31'),
  (90, 'CONFLICT_STALE', 'msdyn_isvendorlocallyowned', /* place */ 'vendors_v2.map.yaml:32'),
  (91, 'CONFLICT_STALE', 'msdyn_isserviceveteranowned', /* place */ 'vendors_v2.map.yaml:33'),
  (92, 'CONFLICT_STALE', 'msdyn_ownerisdisabled', /* place */ 'vendors_v2.map.yaml:34'),
  (93, 'CONFLICT_STALE', 'msdyn_womanowner', /* place */ 'vendors_v2.map.yaml:35'),
  (94, 'CONFLICT_STALE', 'msdyn_numberofemployees', /* place */ 'vendors_v2.map.yaml:36'),
  (95, 'CONFLICT_STALE', 'msdyn_vendoronholdreleasedate', /* place */ 'vendors_v2.map.yaml:37'),
  (96, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (97, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (98, 'CONFLICT_STALE', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (99, 'CONFLICT_STALE', 'msdyn_isvendorlocatedinhubzone', /* place */ 'vendors_v2.map.yaml:41'),
  (100, 'CONFLICT_STALE', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (101, 'CONFLICT_STALE', 'msdyn_invoicevendoraccountnumber', /* place */ 'vendors_v2.map.yaml:43'),
  (102, 'CONFLICT_STALE', 'msdyn_priceincludessalestax', /* place */ 'vendors_v2.map.yaml:44'),
  (103, 'CONFLICT_STALE', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (104, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'vendors_v2:back' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'vendors_v2:back' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'vendors_v2:back' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_vendorid', CAST(source."msdyn_vendorid" AS VARCHAR), 'msdyn_vendoraccountnumber', CAST(source."msdyn_vendoraccountnumber" AS VARCHAR), 'msdyn_vendorgroupid', CAST(source."msdyn_vendorgroupid" AS VARCHAR), 'msdyn_isperson', CAST(source."msdyn_isperson" AS VARCHAR), 'msdyn_vendorcreditlimit', CAST(source."msdyn_vendorcreditlimit" AS VARCHAR), 'msdyn_isforeignentity', CAST(source."msdyn_isforeignentity" AS VARCHAR), 'msdyn_isonetimevendor', CAST(source."msdyn_isonetimevendor" AS VARCHAR), 'msdyn_creditrating', CAST(source."msdyn_creditrating" AS VARCHAR), 'msdyn_dunsnumber', CAST(source."msdyn_dunsnumber" AS VARCHAR), 'msdyn_ethnicorigin', CAST(source."msdyn_ethnicorigin" AS VARCHAR), 'msdyn_ourvendoraccountnumber', CAST(source."msdyn_ourvendoraccountnumber" AS VARCHAR), 'msdyn_paymentid', CAST(source."msdyn_paymentid" AS VARCHAR), 'msdyn_primarycontacturl', CAST(source."msdyn_primarycontacturl" AS VARCHAR), 'msdyn_defaultpaymentdayname', CAST(source."msdyn_defaultpaymentdayname" AS VARCHAR), 'msdyn_paymentschedule', CAST(source."msdyn_paymentschedule" AS VARCHAR), 'msdyn_paymentterms', CAST(source."msdyn_paymentterms" AS VARCHAR), 'msdyn_hasonlytakenbids', CAST(source."msdyn_hasonlytakenbids" AS VARCHAR), 'msdyn_isminorityowned', CAST(source."msdyn_isminorityowned" AS VARCHAR), 'msdyn_isvendorlocallyowned', CAST(source."msdyn_isvendorlocallyowned" AS VARCHAR), 'msdyn_isserviceveteranowned', CAST(source."msdyn_isserviceveteranowned" AS VARCHAR), 'msdyn_ownerisdisabled', CAST(source."msdyn_ownerisdisabled" AS VARCHAR), 'msdyn_womanowner', CAST(source."msdyn_womanowner" AS VARCHAR), 'msdyn_numberofemployees', CAST(source."msdyn_numberofemployees" AS VARCHAR), 'msdyn_vendoronholdreleasedate', CAST(source."msdyn_vendoronholdreleasedate" AS VARCHAR), 'msdyn_partyid', CAST(source."msdyn_partyid" AS VARCHAR), 'msdyn_onholdstatus', CAST(source."msdyn_onholdstatus" AS VARCHAR), 'msdyn_currencycode', CAST(source."msdyn_currencycode" AS VARCHAR), 'msdyn_isvendorlocatedinhubzone', CAST(source."msdyn_isvendorlocatedinhubzone" AS VARCHAR), 'msdyn_vendorpaymentmethod', CAST(source."msdyn_vendorpaymentmethod" AS VARCHAR), 'msdyn_invoicevendoraccountnumber', CAST(source."msdyn_invoicevendoraccountnumber" AS VARCHAR), 'msdyn_priceincludessalestax', CAST(source."msdyn_priceincludessalestax" AS VARCHAR), 'msdyn_taxgroup', CAST(source."msdyn_taxgroup" AS VARCHAR), 'msdyn_primarycontact', CAST(source."msdyn_primarycontact" AS VARCHAR), 'msdyn_company', CAST(source."msdyn_company" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'vendors_v2.map.yaml:4'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'vendors_v2.map.yaml:13'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'vendors_v2.map.yaml:13'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'vendors_v2.map.yaml:13'),
  (5, 'TOO_LONG', 'VENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:14'),
  (6, 'KEY_NULL', 'VENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:14'),
  (7, 'LOOKUP_MISSING', 'VENDORGROUPID', /* place */ 'vendors_v2.map.yaml:16'),
  (8, 'LOOKUP_AMBIGUOUS', 'VENDORGROUPID', /* place */ 'vendors_v2.map.yaml:16'),
  (9, 'TOO_LONG', 'VENDORGROUPID', /* place */ 'vendors_v2.map.yaml:16'),
  (10, 'VALUE_UNMAPPED', 'VENDORPARTYTYPE', /* place */ 'vendors_v2.map.yaml:17'),
  (11, 'VALUE_UNMAPPED', 'VENDORPARTYTYPE', /* place */ 'vendors_v2.map.yaml:17'),
  (12, 'VALUE_UNMAPPED', 'ISFOREIGNENTITY', /* place */ 'vendors_v2.map.yaml:19'),
  (13, 'VALUE_UNMAPPED', 'ISFOREIGNENTITY', /* place */ 'vendors_v2.map.yaml:19'),
  (14, 'VALUE_UNMAPPED', 'ISONETIMEVENDOR', /* place */ 'vendors_v2.map.yaml:20'),
  (15, 'VALUE_UNMAPPED', 'ISONETIMEVENDOR', /* place */ 'vendors_v2.map.yaml:20'),
  (16, 'TOO_LONG', 'CREDITRATING', /* place */ 'vendors_v2.map.yaml:21'),
  (17, 'TOO_LONG', 'DUNSNUMBER', /* place */ 'vendors_v2.map.yaml:22'),
  (18, 'TOO_LONG', 'ETHNICORIGINID', /* place */ 'vendors_v2.map.yaml:23'),
  (19, 'TOO_LONG', 'OURACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:24'),
  (20, 'TOO_LONG', 'PAYMENTID', /* place */ 'vendors_v2.map.yaml:25'),
  (21, 'LOOKUP_MISSING', 'DEFAULTPAYMENTDAYNAME', /* place */ 'vendors_v2.map.yaml:27'),
  (22, 'LOOKUP_AMBIGUOUS', 'DEFAULTPAYMENTDAYNAME', /* place */ 'vendors_v2.map.yaml:27'),
  (23, 'TOO_LONG', 'DEFAULTPAYMENTDAYNAME', /* place */ 'vendors_v2.map.yaml:27'),
  (24, 'LOOKUP_MISSING', 'DEFAULTPAYMENTSCHEDULENAME', /* place */ 'vendors_v2.map.yaml:28'),
  (25, 'LOOKUP_AMBIGUOUS', 'DEFAULTPAYMENTSCHEDULENAME', /* place */ 'vendors_v2.map.yaml:28'),
  (26, 'TOO_LONG', 'DEFAULTPAYMENTSCHEDULENAME', /* place */ 'vendors_v2.map.yaml:28'),
  (27, 'LOOKUP_MISSING', 'DEFAULTPAYMENTTERMSNAME', /* place */ 'vendors_v2.map.yaml:29'),
  (28, 'LOOKUP_AMBIGUOUS', 'DEFAULTPAYMENTTERMSNAME', /* place */ 'vendors_v2.map.yaml:29'),
  (29, 'TOO_LONG', 'DEFAULTPAYMENTTERMSNAME', /* place */ 'vendors_v2.map.yaml:29'),
  (30, 'VALUE_UNMAPPED', 'HASONLYTAKENBIDS', /* place */ 'vendors_v2.map.yaml:30'),
  (31, 'VALUE_UNMAPPED', 'HASONLYTAKENBIDS', /* place */ 'vendors_v2.map.yaml:30'),
  (32, 'VALUE_UNMAPPED', 'ISMINORITYOWNED', /* place */ 'vendors_v2.map.yaml:31'),
  (33, 'VALUE_UNMAPPED', 'ISMINORITYOWNED', /* place */ 'vendors_v2.map.yaml:31'),
  (34, 'VALUE_UNMAPPED', 'ISVENDORLOCALLYOWNED', /* place */ 'vendors_v2.map.yaml:32'),
  (35, 'VALUE_UNMAPPED', 'ISVENDORLOCALLYOWNED', /* place */ 'vendors_v2.map.yaml:32'),
  (36, 'VALUE_UNMAPPED', 'ISSERVICEVETERANOWNED', /* place */ 'vendors_v2.map.yaml:33'),
  (37, 'VALUE_UNMAPPED', 'ISSERVICEVETERANOWNED', /* place */ 'vendors_v2.map.yaml:33'),
  (38, 'VALUE_UNMAPPED', 'ISOWNERDISABLED', /* place */ 'vendors_v2.map.yaml:34'),
  (39, 'VALUE_UNMAPPED', 'ISOWNERDISABLED', /* place */ 'vendors_v2.map.yaml:34'),
  (40, 'VALUE_UNMAPPED', 'ISWOMANOWNER', /* place */ 'vendors_v2.map.yaml:35'),
  (41, 'VALUE_UNMAPPED', 'ISWOMANOWNER', /* place */ 'vendors_v2.map.yaml:35'),
  (42, 'LOOKUP_MISSING', 'VENDORPARTYNUMBER', /* place */ 'vendors_v2.map.yaml:38'),
  (43, 'LOOKUP_AMBIGUOUS', 'VENDORPARTYNUMBER', /* place */ 'vendors_v2.map.yaml:38'),
  (44, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'vendors_v2.map.yaml:39'),
  (45, 'VALUE_UNMAPPED', 'ONHOLDSTATUS', /* place */ 'vendors_v2.map.yaml:39'),
  (46, 'LOOKUP_MISSING', 'CURRENCYCODE', /* place */ 'vendors_v2.map.yaml:40'),
  (47, 'LOOKUP_AMBIGUOUS', 'CURRENCYCODE', /* place */ 'vendors_v2.map.yaml:40'),
  (48, 'TOO_LONG', 'CURRENCYCODE', /* place */ 'vendors_v2.map.yaml:40'),
  (49, 'VALUE_UNMAPPED', 'ISVENDORLOCATEDINHUBZONE', /* place */ 'vendors_v2.map.yaml:41'),
  (50, 'VALUE_UNMAPPED', 'ISVENDORLOCATEDINHUBZONE', /* place */ 'vendors_v2.map.yaml:41'),
  (51, 'LOOKUP_MISSING', 'DEFAULTVENDORPAYMENTMETHODNAME', /* place */ 'vendors_v2.map.yaml:42'),
  (52, 'LOOKUP_AMBIGUOUS', 'DEFAULTVENDORPAYMENTMETHODNAME', /* place */ 'vendors_v2.map.yaml:42'),
  (53, 'TOO_LONG', 'DEFAULTVENDORPAYMENTMETHODNAME', /* place */ 'vendors_v2.map.yaml:42'),
  (54, 'LOOKUP_MISSING', 'INVOICEVENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:43'),
  (55, 'LOOKUP_AMBIGUOUS', 'INVOICEVENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:43'),
  (56, 'TOO_LONG', 'INVOICEVENDORACCOUNTNUMBER', /* place */ 'vendors_v2.map.yaml:43'),
  (57, 'VALUE_UNMAPPED', 'AREPRICESINCLUDINGSALESTAX', /* place */ 'vendors_v2.map.yaml:44'),
  (58, 'VALUE_UNMAPPED', 'AREPRICESINCLUDINGSALESTAX', /* place */ 'vendors_v2.map.yaml:44'),
  (59, 'LOOKUP_MISSING', 'SALESTAXGROUPCODE', /* place */ 'vendors_v2.map.yaml:45'),
  (60, 'LOOKUP_AMBIGUOUS', 'SALESTAXGROUPCODE', /* place */ 'vendors_v2.map.yaml:45'),
  (61, 'TOO_LONG', 'SALESTAXGROUPCODE', /* place */ 'vendors_v2.map.yaml:45'),
  (62, 'LOOKUP_MISSING', 'PRIMARYCONTACTPERSONID', /* place */ 'vendors_v2.map.yaml:46'),
  (63, 'LOOKUP_AMBIGUOUS', 'PRIMARYCONTACTPERSONID', /* place */ 'vendors_v2.map.yaml:46'),
  (64, 'TOO_LONG', 'PRIMARYCONTACTPERSONID', /* place */ 'vendors_v2.map.yaml:46'),
  (65, 'TARGET_EXISTS', '', /* place */ 'vendors_v2.map.yaml:4'),
  (66, 'TARGET_MISSING', '', /* place */ 'vendors_v2.map.yaml:4'),
  (67, 'TARGET_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (68, 'UPDATE_NOT_ALLOWED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (69, 'CONFLICT_STALE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (70, 'KEY_DUPLICATE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (71, 'SUPERSEDED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (72, 'SET_INCOMPLETE', '', /* place */ 'vendors_v2.map.yaml:4'),
  (73, 'TARGET_REFUSED', '', /* place */ 'vendors_v2.map.yaml:4'),
  (74, 'CONFLICT_STALE', 'msdyn_vendorgroupid', /* place */ 'vendors_v2.map.yaml:16'),
  (75, 'CONFLICT_STALE', 'msdyn_isperson', /* place */ 'vendors_v2.map.yaml:17'),
  (76, 'CONFLICT_STALE', 'msdyn_vendorcreditlimit', /* place */ 'vendors_v2.map.yaml:18'),
  (77, 'CONFLICT_STALE', 'msdyn_isforeignentity', /* place */ 'vendors_v2.map.yaml:19'),
  (78, 'CONFLICT_STALE', 'msdyn_isonetimevendor', /* place */ 'vendors_v2.map.yaml:20'),
  (79, 'CONFLICT_STALE', 'msdyn_creditrating', /* place */ 'vendors_v2.map.yaml:21'),
  (80, 'CONFLICT_STALE', 'msdyn_dunsnumber', /* place */ 'vendors_v2.map.yaml:22'),
  (81, 'CONFLICT_STALE', 'msdyn_ethnicorigin', /* place */ 'vendors_v2.map.yaml:23'),
  (82, 'CONFLICT_STALE', 'msdyn_ourvendoraccountnumber', /* place */ 'vendors_v2.map.yaml:24'),
  (83, 'CONFLICT_STALE', 'msdyn_paymentid', /* place */ 'vendors_v2.map.yaml:25'),
  (84, 'CONFLICT_STALE', 'msdyn_primarycontacturl', /* place */ 'vendors_v2.map.yaml:26'),
  (85, 'CONFLICT_STALE', 'msdyn_defaultpaymentdayname', /* place */ 'vendors_v2.map.yaml:27'),
  (86, 'CONFLICT_STALE', 'msdyn_paymentschedule', /* place */ 'vendors_v2.map.yaml:28'),
  (87, 'CONFLICT_STALE', 'msdyn_paymentterms', /* place */ 'vendors_v2.map.yaml:29'),
  (88, 'CONFLICT_STALE', 'msdyn_hasonlytakenbids', /* place */ 'vendors_v2.map.yaml:30'),
  (89, 'CONFLICT_STALE', 'msdyn_isminorityowned', /* place */ 'vendors_v2.map.yaml:31'),
  (90, 'CONFLICT_STALE', 'msdyn_isvendorlocallyowned', /* place */ 'vendors_v2.map.yaml:32'),
  (91, 'CONFLICT_STALE', 'msdyn_isserviceveteranowned', /* place */ 'vendors_v2.map.yaml:33'),
  (92, 'CONFLICT_STALE', 'msdyn_ownerisdisabled', /* place */ 'vendors_v2.map.yaml:34'),
  (93, 'CONFLICT_STALE', 'msdyn_womanowner', /* place */ 'vendors_v2.map.yaml:35'),
  (94, 'CONFLICT_STALE', 'msdyn_numberofemployees', /* place */ 'vendors_v2.map.yaml:36'),
  (95, 'CONFLICT_STALE', 'msdyn_vendoronholdreleasedate', /* place */ 'vendors_v2.map.yaml:37'),
  (96, 'CONFLICT_STALE', 'msdyn_partyid', /* place */ 'vendors_v2.map.yaml:38'),
  (97, 'CONFLICT_STALE', 'msdyn_onholdstatus', /* place */ 'vendors_v2.map.yaml:39'),
  (98, 'CONFLICT_STALE', 'msdyn_currencycode', /* place */ 'vendors_v2.map.yaml:40'),
  (99, 'CONFLICT_STALE', 'msdyn_isvendorlocatedinhubzone', /* place */ 'vendors_v2.map.yaml:41'),
  (100, 'CONFLICT_STALE', 'msdyn_vendorpaymentmethod', /* place */ 'vendors_v2.map.yaml:42'),
  (101, 'CONFLICT_STALE', 'msdyn_invoicevendoraccountnumber', /* place */ 'vendors_v2.map.yaml:43'),
  (102, 'CONFLICT_STALE', 'msdyn_priceincludessalestax', /* place */ 'vendors_v2.map.yaml:44'),
  (103, 'CONFLICT_STALE', 'msdyn_taxgroup', /* place */ 'vendors_v2.map.yaml:45'),
  (104, 'CONFLICT_STALE', 'msdyn_primarycontact', /* place */ 'vendors_v2.map.yaml:46')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_vendors" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'vendors_v2:back' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'vendors_v2:back' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.VendorsV2' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'vendors_v2:back' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.VendorsV2' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'vendors_v2:back' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'vendors_v2:back' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the version that the way out will find
UPDATE crosswalk.lineage SET source_version = written.version
FROM (
  SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, CAST(x."RecVersion" AS VARCHAR) AS version, shaped."#target_version" AS before
  FROM "finops"."VendorsV2" AS x
  JOIN shaped ON shaped."#target_key" = replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND shaped."#fate" = 'updated'
) AS written
WHERE lineage.leg = 'vendors_v2' AND lineage.source_key = written.source_key AND lineage.source_version IS NOT DISTINCT FROM written.before;

-- on what both sides agree now
CREATE OR REPLACE TEMP TABLE agreeing AS
SELECT *
FROM (
  SELECT
    replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS source_key, shaped."#out_key" AS target_key, pact.cells AS before,
    list_filter([
      CASE WHEN now."VENDORGROUPID" IS NOT DISTINCT FROM shaped."VENDORGROUPID"
        THEN {'column_name': 'msdyn_vendorgroupid', 'source': CAST(now."VENDORGROUPID" AS VARCHAR), 'target': CAST(shaped."both.msdyn_vendorgroupid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendorgroupid')[1] END,
      CASE WHEN now."VENDORPARTYTYPE" IS NOT DISTINCT FROM shaped."VENDORPARTYTYPE"
        THEN {'column_name': 'msdyn_isperson', 'source': CAST(now."VENDORPARTYTYPE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isperson" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isperson')[1] END,
      CASE WHEN now."CREDITLIMIT" IS NOT DISTINCT FROM shaped."CREDITLIMIT"
        THEN {'column_name': 'msdyn_vendorcreditlimit', 'source': CAST(now."CREDITLIMIT" AS VARCHAR), 'target': CAST(shaped."both.msdyn_vendorcreditlimit" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendorcreditlimit')[1] END,
      CASE WHEN now."ISFOREIGNENTITY" IS NOT DISTINCT FROM shaped."ISFOREIGNENTITY"
        THEN {'column_name': 'msdyn_isforeignentity', 'source': CAST(now."ISFOREIGNENTITY" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isforeignentity" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isforeignentity')[1] END,
      CASE WHEN now."ISONETIMEVENDOR" IS NOT DISTINCT FROM shaped."ISONETIMEVENDOR"
        THEN {'column_name': 'msdyn_isonetimevendor', 'source': CAST(now."ISONETIMEVENDOR" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isonetimevendor" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isonetimevendor')[1] END,
      CASE WHEN now."CREDITRATING" IS NOT DISTINCT FROM shaped."CREDITRATING"
        THEN {'column_name': 'msdyn_creditrating', 'source': CAST(now."CREDITRATING" AS VARCHAR), 'target': CAST(shaped."both.msdyn_creditrating" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_creditrating')[1] END,
      CASE WHEN now."DUNSNUMBER" IS NOT DISTINCT FROM shaped."DUNSNUMBER"
        THEN {'column_name': 'msdyn_dunsnumber', 'source': CAST(now."DUNSNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_dunsnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_dunsnumber')[1] END,
      CASE WHEN now."ETHNICORIGINID" IS NOT DISTINCT FROM shaped."ETHNICORIGINID"
        THEN {'column_name': 'msdyn_ethnicorigin', 'source': CAST(now."ETHNICORIGINID" AS VARCHAR), 'target': CAST(shaped."both.msdyn_ethnicorigin" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_ethnicorigin')[1] END,
      CASE WHEN now."OURACCOUNTNUMBER" IS NOT DISTINCT FROM shaped."OURACCOUNTNUMBER"
        THEN {'column_name': 'msdyn_ourvendoraccountnumber', 'source': CAST(now."OURACCOUNTNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_ourvendoraccountnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_ourvendoraccountnumber')[1] END,
      CASE WHEN now."PAYMENTID" IS NOT DISTINCT FROM shaped."PAYMENTID"
        THEN {'column_name': 'msdyn_paymentid', 'source': CAST(now."PAYMENTID" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentid')[1] END,
      CASE WHEN now."PRIMARYURL" IS NOT DISTINCT FROM shaped."PRIMARYURL"
        THEN {'column_name': 'msdyn_primarycontacturl', 'source': CAST(now."PRIMARYURL" AS VARCHAR), 'target': CAST(shaped."both.msdyn_primarycontacturl" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontacturl')[1] END,
      CASE WHEN now."DEFAULTPAYMENTDAYNAME" IS NOT DISTINCT FROM shaped."DEFAULTPAYMENTDAYNAME"
        THEN {'column_name': 'msdyn_defaultpaymentdayname', 'source': CAST(now."DEFAULTPAYMENTDAYNAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_defaultpaymentdayname" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_defaultpaymentdayname')[1] END,
      CASE WHEN now."DEFAULTPAYMENTSCHEDULENAME" IS NOT DISTINCT FROM shaped."DEFAULTPAYMENTSCHEDULENAME"
        THEN {'column_name': 'msdyn_paymentschedule', 'source': CAST(now."DEFAULTPAYMENTSCHEDULENAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentschedule" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentschedule')[1] END,
      CASE WHEN now."DEFAULTPAYMENTTERMSNAME" IS NOT DISTINCT FROM shaped."DEFAULTPAYMENTTERMSNAME"
        THEN {'column_name': 'msdyn_paymentterms', 'source': CAST(now."DEFAULTPAYMENTTERMSNAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_paymentterms" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_paymentterms')[1] END,
      CASE WHEN now."HASONLYTAKENBIDS" IS NOT DISTINCT FROM shaped."HASONLYTAKENBIDS"
        THEN {'column_name': 'msdyn_hasonlytakenbids', 'source': CAST(now."HASONLYTAKENBIDS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_hasonlytakenbids" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_hasonlytakenbids')[1] END,
      CASE WHEN now."ISMINORITYOWNED" IS NOT DISTINCT FROM shaped."ISMINORITYOWNED"
        THEN {'column_name': 'msdyn_isminorityowned', 'source': CAST(now."ISMINORITYOWNED" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isminorityowned" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isminorityowned')[1] END,
      CASE WHEN now."ISVENDORLOCALLYOWNED" IS NOT DISTINCT FROM shaped."ISVENDORLOCALLYOWNED"
        THEN {'column_name': 'msdyn_isvendorlocallyowned', 'source': CAST(now."ISVENDORLOCALLYOWNED" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isvendorlocallyowned" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isvendorlocallyowned')[1] END,
      CASE WHEN now."ISSERVICEVETERANOWNED" IS NOT DISTINCT FROM shaped."ISSERVICEVETERANOWNED"
        THEN {'column_name': 'msdyn_isserviceveteranowned', 'source': CAST(now."ISSERVICEVETERANOWNED" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isserviceveteranowned" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isserviceveteranowned')[1] END,
      CASE WHEN now."ISOWNERDISABLED" IS NOT DISTINCT FROM shaped."ISOWNERDISABLED"
        THEN {'column_name': 'msdyn_ownerisdisabled', 'source': CAST(now."ISOWNERDISABLED" AS VARCHAR), 'target': CAST(shaped."both.msdyn_ownerisdisabled" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_ownerisdisabled')[1] END,
      CASE WHEN now."ISWOMANOWNER" IS NOT DISTINCT FROM shaped."ISWOMANOWNER"
        THEN {'column_name': 'msdyn_womanowner', 'source': CAST(now."ISWOMANOWNER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_womanowner" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_womanowner')[1] END,
      CASE WHEN now."ORGANIZATIONEMPLOYEEAMOUNT" IS NOT DISTINCT FROM shaped."ORGANIZATIONEMPLOYEEAMOUNT"
        THEN {'column_name': 'msdyn_numberofemployees', 'source': CAST(now."ORGANIZATIONEMPLOYEEAMOUNT" AS VARCHAR), 'target': CAST(shaped."both.msdyn_numberofemployees" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_numberofemployees')[1] END,
      CASE WHEN now."VENDORHOLDRELEASEDATE" IS NOT DISTINCT FROM shaped."VENDORHOLDRELEASEDATE"
        THEN {'column_name': 'msdyn_vendoronholdreleasedate', 'source': CAST(now."VENDORHOLDRELEASEDATE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_vendoronholdreleasedate" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendoronholdreleasedate')[1] END,
      CASE WHEN now."VENDORPARTYNUMBER" IS NOT DISTINCT FROM shaped."VENDORPARTYNUMBER"
        THEN {'column_name': 'msdyn_partyid', 'source': CAST(now."VENDORPARTYNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_partyid" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_partyid')[1] END,
      CASE WHEN now."ONHOLDSTATUS" IS NOT DISTINCT FROM shaped."ONHOLDSTATUS"
        THEN {'column_name': 'msdyn_onholdstatus', 'source': CAST(now."ONHOLDSTATUS" AS VARCHAR), 'target': CAST(shaped."both.msdyn_onholdstatus" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_onholdstatus')[1] END,
      CASE WHEN now."CURRENCYCODE" IS NOT DISTINCT FROM shaped."CURRENCYCODE"
        THEN {'column_name': 'msdyn_currencycode', 'source': CAST(now."CURRENCYCODE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_currencycode" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_currencycode')[1] END,
      CASE WHEN now."ISVENDORLOCATEDINHUBZONE" IS NOT DISTINCT FROM shaped."ISVENDORLOCATEDINHUBZONE"
        THEN {'column_name': 'msdyn_isvendorlocatedinhubzone', 'source': CAST(now."ISVENDORLOCATEDINHUBZONE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_isvendorlocatedinhubzone" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_isvendorlocatedinhubzone')[1] END,
      CASE WHEN now."DEFAULTVENDORPAYMENTMETHODNAME" IS NOT DISTINCT FROM shaped."DEFAULTVENDORPAYMENTMETHODNAME"
        THEN {'column_name': 'msdyn_vendorpaymentmethod', 'source': CAST(now."DEFAULTVENDORPAYMENTMETHODNAME" AS VARCHAR), 'target': CAST(shaped."both.msdyn_vendorpaymentmethod" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_vendorpaymentmethod')[1] END,
      CASE WHEN now."INVOICEVENDORACCOUNTNUMBER" IS NOT DISTINCT FROM shaped."INVOICEVENDORACCOUNTNUMBER"
        THEN {'column_name': 'msdyn_invoicevendoraccountnumber', 'source': CAST(now."INVOICEVENDORACCOUNTNUMBER" AS VARCHAR), 'target': CAST(shaped."both.msdyn_invoicevendoraccountnumber" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_invoicevendoraccountnumber')[1] END,
      CASE WHEN now."AREPRICESINCLUDINGSALESTAX" IS NOT DISTINCT FROM shaped."AREPRICESINCLUDINGSALESTAX"
        THEN {'column_name': 'msdyn_priceincludessalestax', 'source': CAST(now."AREPRICESINCLUDINGSALESTAX" AS VARCHAR), 'target': CAST(shaped."both.msdyn_priceincludessalestax" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_priceincludessalestax')[1] END,
      CASE WHEN now."SALESTAXGROUPCODE" IS NOT DISTINCT FROM shaped."SALESTAXGROUPCODE"
        THEN {'column_name': 'msdyn_taxgroup', 'source': CAST(now."SALESTAXGROUPCODE" AS VARCHAR), 'target': CAST(shaped."both.msdyn_taxgroup" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_taxgroup')[1] END,
      CASE WHEN now."PRIMARYCONTACTPERSONID" IS NOT DISTINCT FROM shaped."PRIMARYCONTACTPERSONID"
        THEN {'column_name': 'msdyn_primarycontact', 'source': CAST(now."PRIMARYCONTACTPERSONID" AS VARCHAR), 'target': CAST(shaped."both.msdyn_primarycontact" AS VARCHAR)}
        ELSE list_filter(pact.cells, lambda cell: cell.column_name = 'msdyn_primarycontact')[1] END
    ], lambda cell: cell IS NOT NULL) AS cells
  FROM shaped
  JOIN (SELECT x.*, replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key" FROM "finops"."VendorsV2" AS x) AS now ON now."#target_key" = shaped."#target_key"
  LEFT JOIN crosswalk.agreed AS pact ON pact.leg = 'vendors_v2' AND pact.source_key = replace(replace(coalesce(CAST(now."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(now."VENDORACCOUNTNUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AND pact.target_key = shaped."#out_key"
  WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
)
WHERE cells IS DISTINCT FROM before AND len(cells) > 0;

-- what they agreed on before
DELETE FROM crosswalk.agreed WHERE leg = 'vendors_v2' AND source_key IN (SELECT source_key FROM agreeing);

-- keep it
INSERT INTO crosswalk.agreed BY NAME
SELECT 'vendors_v2' AS leg, source_key, target_key, cells FROM agreeing;

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'vendors_v2:back';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'vendors_v2:back' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
