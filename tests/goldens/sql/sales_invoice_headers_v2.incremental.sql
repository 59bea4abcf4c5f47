-- sales_invoice_headers_v2: Sales invoice headers V2 (invoices)
-- finops.SalesInvoiceHeadersV2 -> dataverse.invoices, incremental

-- step 1: extract finops.SalesInvoiceHeadersV2

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'finops.SalesInvoiceHeadersV2' AS entity, max(x."ModifiedDateTime") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."dataAreaId" AS VARCHAR), '') || '|' || coalesce(CAST(x."INVOICENUMBER" AS VARCHAR), '') || '|' || coalesce(CAST(x."RecVersion" AS VARCHAR), '') || '|' || coalesce(CAST(x."ModifiedDateTime" AS VARCHAR), ''))) AS VARCHAR) FROM "finops"."SalesInvoiceHeadersV2" AS x
    WHERE coalesce(x."ModifiedDateTime" >= (SELECT max(x."ModifiedDateTime") - INTERVAL 300 SECOND FROM "finops"."SalesInvoiceHeadersV2" AS x), TRUE)
  ) AS content
FROM "finops"."SalesInvoiceHeadersV2" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
SELECT 'dataverse.contacts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."contactid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."contacts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."contacts" AS x), TRUE)
  ) AS content
FROM "dataverse"."contacts" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.accounts' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."accountid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."accounts" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."accounts" AS x), TRUE)
  ) AS content
FROM "dataverse"."accounts" AS x
UNION ALL
SELECT 'dataverse.msdyn_paymentterms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_paymenttermid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_paymentterms" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_paymentterms" AS x
UNION ALL
SELECT 'dataverse.salesorders' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."salesorders" AS x), TRUE)
  ) AS content
FROM "dataverse"."salesorders" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'sales_invoice_headers_v2' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.SalesInvoiceHeadersV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."SalesInvoiceHeadersV2" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.SalesInvoiceHeadersV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'sales_invoice_headers_v2' AND mark.entity = 'finops.SalesInvoiceHeadersV2'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'sales_invoice_headers_v2' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.SalesInvoiceHeadersV2'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."SalesInvoiceHeadersV2" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'sales_invoice_headers_v2' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'sales_invoice_headers_v2' AND open.state = 'open'
);

-- all rows when dataverse.cdm_companies changed: msdyn_company:cdm_companies
INSERT INTO examined
SELECT source.rowid, 'msdyn_company:cdm_companies changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.contacts changed: msdyn_contactperson:contacts
INSERT INTO examined
SELECT source.rowid, 'msdyn_contactperson:contacts changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.contacts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.transactioncurrencies changed: transactioncurrencyid:transactioncurrencies
INSERT INTO examined
SELECT source.rowid, 'transactioncurrencyid:transactioncurrencies changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.accounts changed: customerid:accounts
INSERT INTO examined
SELECT source.rowid, 'customerid:accounts changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.accounts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.contacts changed: customerid:contacts
INSERT INTO examined
SELECT source.rowid, 'customerid:contacts changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.contacts'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.msdyn_paymentterms changed: msdyn_paymentterms:msdyn_paymentterms
INSERT INTO examined
SELECT source.rowid, 'msdyn_paymentterms:msdyn_paymentterms changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_paymentterms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- all rows when dataverse.salesorders changed: salesorderid:salesorders
INSERT INTO examined
SELECT source.rowid, 'salesorderid:salesorders changed'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'sales_invoice_headers_v2' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."SalesInvoiceHeadersV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'sales_invoice_headers_v2' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."SalesInvoiceHeadersV2" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."SalesInvoiceHeadersV2") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'sales_invoice_headers_v2' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key",
    CAST(source."RecVersion" AS VARCHAR) AS "#version",
    source."dataAreaId",
    source."INVOICENUMBER",
    source."ModifiedDateTime",
    source."SALESORDERNUMBER",
    source."CONTACTPERSONID",
    source."CURRENCYCODE",
    source."CUSTOMERSORDERREFERENCE",
    source."INVOICEADDRESSCITY",
    source."INVOICEADDRESSCOUNTRYREGIONISOCODE",
    source."INVOICEADDRESSSTATE",
    source."INVOICEADDRESSSTREET",
    source."INVOICEADDRESSSTREETNUMBER",
    source."INVOICEADDRESSZIPCODE",
    source."INVOICECUSTOMERACCOUNTNUMBER",
    source."INVOICEDATE",
    source."LEDGERVOUCHER",
    source."PAYMENTTERMSNAME",
    source."TOTALCHARGEAMOUNT",
    source."TOTALDISCOUNTAMOUNT",
    source."TOTALDISCOUNTCUSTOMERGROUPCODE",
    source."TOTALINVOICEAMOUNT",
    source."TOTALTAXAMOUNT"
  FROM "finops"."SalesInvoiceHeadersV2" AS source
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
  LEFT JOIN (  -- msdyn_contactperson:contacts
    SELECT x."msdyn_contactpersonid" AS "msdyn_contactperson:contacts.#1", x."msdyn_company" AS "msdyn_contactperson:contacts.#2", count(*) AS "msdyn_contactperson:contacts.#hits", any_value(x."contactid") AS "msdyn_contactperson:contacts.contactid"
    FROM "dataverse"."contacts" AS x
    WHERE x."msdyn_contactpersonid" IN (SELECT DISTINCT nullif("CONTACTPERSONID", '') FROM "landed")
    GROUP BY x."msdyn_contactpersonid", x."msdyn_company"
  ) ON "msdyn_contactperson:contacts.#1" = nullif("CONTACTPERSONID", '') AND "msdyn_contactperson:contacts.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- transactioncurrencyid:transactioncurrencies
    SELECT x."isocurrencycode" AS "transactioncurrencyid:transactioncurrencies.#1", count(*) AS "transactioncurrencyid:transactioncurrencies.#hits", any_value(x."transactioncurrencyid") AS "transactioncurrencyid:transactioncurrencies.transactioncurrencyid"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."isocurrencycode" IN (SELECT DISTINCT nullif("CURRENCYCODE", '') FROM "landed")
    GROUP BY x."isocurrencycode"
  ) ON "transactioncurrencyid:transactioncurrencies.#1" = nullif("CURRENCYCODE", '')
  LEFT JOIN (  -- customerid:accounts
    SELECT x."accountnumber" AS "customerid:accounts.#1", x."msdyn_company" AS "customerid:accounts.#2", count(*) AS "customerid:accounts.#hits", any_value(x."accountid") AS "customerid:accounts.accountid"
    FROM "dataverse"."accounts" AS x
    WHERE x."accountnumber" IN (SELECT DISTINCT nullif("INVOICECUSTOMERACCOUNTNUMBER", '') FROM "landed")
    GROUP BY x."accountnumber", x."msdyn_company"
  ) ON "customerid:accounts.#1" = nullif("INVOICECUSTOMERACCOUNTNUMBER", '') AND "customerid:accounts.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- customerid:contacts
    SELECT x."msdyn_contactpersonid" AS "customerid:contacts.#1", x."msdyn_company" AS "customerid:contacts.#2", count(*) AS "customerid:contacts.#hits", any_value(x."contactid") AS "customerid:contacts.contactid"
    FROM "dataverse"."contacts" AS x
    WHERE x."msdyn_contactpersonid" IN (SELECT DISTINCT nullif("INVOICECUSTOMERACCOUNTNUMBER", '') FROM "landed")
    GROUP BY x."msdyn_contactpersonid", x."msdyn_company"
  ) ON "customerid:contacts.#1" = nullif("INVOICECUSTOMERACCOUNTNUMBER", '') AND "customerid:contacts.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- msdyn_paymentterms:msdyn_paymentterms
    SELECT x."msdyn_name" AS "msdyn_paymentterms:msdyn_paymentterms.#1", x."msdyn_company" AS "msdyn_paymentterms:msdyn_paymentterms.#2", count(*) AS "msdyn_paymentterms:msdyn_paymentterms.#hits", any_value(x."msdyn_paymenttermid") AS "msdyn_paymentterms:msdyn_paymentterms.msdyn_paymenttermid"
    FROM "dataverse"."msdyn_paymentterms" AS x
    WHERE x."msdyn_name" IN (SELECT DISTINCT nullif("PAYMENTTERMSNAME", '') FROM "landed")
    GROUP BY x."msdyn_name", x."msdyn_company"
  ) ON "msdyn_paymentterms:msdyn_paymentterms.#1" = nullif("PAYMENTTERMSNAME", '') AND "msdyn_paymentterms:msdyn_paymentterms.#2" = "msdyn_company:cdm_companies.cdm_companyid"
  LEFT JOIN (  -- salesorderid:salesorders
    SELECT x."msdyn_salesordernumber" AS "salesorderid:salesorders.#1", count(*) AS "salesorderid:salesorders.#hits", any_value(x."salesorderid") AS "salesorderid:salesorders.salesorderid"
    FROM "dataverse"."salesorders" AS x
    WHERE x."msdyn_salesordernumber" IN (SELECT DISTINCT nullif("SALESORDERNUMBER", '') FROM "landed")
    GROUP BY x."msdyn_salesordernumber"
  ) ON "salesorderid:salesorders.#1" = nullif("SALESORDERNUMBER", '')
),
judged AS (
  SELECT *,
    coalesce(("SALESORDERNUMBER" <> ''), FALSE) AS "#passes",  -- sales_invoice_headers_v2.map.yaml:11
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime sales_invoice_headers_v2.map.yaml:5
      WHEN (nullif("dataAreaId", '') IS NOT NULL) AND ("msdyn_company:cdm_companies.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING msdyn_company sales_invoice_headers_v2.map.yaml:14
      WHEN coalesce("msdyn_company:cdm_companies.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS msdyn_company sales_invoice_headers_v2.map.yaml:14
      WHEN "msdyn_company:cdm_companies.cdm_companyid" IS NULL THEN 4  -- KEY_NULL msdyn_company sales_invoice_headers_v2.map.yaml:14
      WHEN NOT (4 IN (1, 2, 4, 5, 6, 3, 7, 100001, 100002, 100003)) THEN 5  -- VALUE_UNMAPPED statuscode sales_invoice_headers_v2.map.yaml:18
      WHEN (nullif("CONTACTPERSONID", '') IS NOT NULL) AND ("msdyn_contactperson:contacts.#hits" IS NULL) THEN 6  -- LOOKUP_MISSING msdyn_contactperson sales_invoice_headers_v2.map.yaml:19
      WHEN coalesce("msdyn_contactperson:contacts.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS msdyn_contactperson sales_invoice_headers_v2.map.yaml:19
      WHEN (nullif("CURRENCYCODE", '') IS NOT NULL) AND ("transactioncurrencyid:transactioncurrencies.#hits" IS NULL) THEN 8  -- LOOKUP_MISSING transactioncurrencyid sales_invoice_headers_v2.map.yaml:20
      WHEN coalesce("transactioncurrencyid:transactioncurrencies.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS transactioncurrencyid sales_invoice_headers_v2.map.yaml:20
      WHEN ((nullif("INVOICECUSTOMERACCOUNTNUMBER", '') IS NOT NULL) OR (nullif("INVOICECUSTOMERACCOUNTNUMBER", '') IS NOT NULL)) AND ("customerid:accounts.#hits" IS NULL) AND ("customerid:contacts.#hits" IS NULL) THEN 10  -- LOOKUP_MISSING customerid sales_invoice_headers_v2.map.yaml:28
      WHEN (coalesce("customerid:accounts.#hits", 0) > 1) OR (coalesce("customerid:contacts.#hits", 0) > 1) OR ((CAST(("customerid:accounts.#hits" IS NOT NULL) AS INTEGER) + CAST(("customerid:contacts.#hits" IS NOT NULL) AS INTEGER)) > 1) THEN 11  -- LOOKUP_AMBIGUOUS customerid sales_invoice_headers_v2.map.yaml:28
      WHEN (nullif("PAYMENTTERMSNAME", '') IS NOT NULL) AND ("msdyn_paymentterms:msdyn_paymentterms.#hits" IS NULL) THEN 12  -- LOOKUP_MISSING msdyn_paymentterms sales_invoice_headers_v2.map.yaml:32
      WHEN coalesce("msdyn_paymentterms:msdyn_paymentterms.#hits", 0) > 1 THEN 13  -- LOOKUP_AMBIGUOUS msdyn_paymentterms sales_invoice_headers_v2.map.yaml:32
      WHEN (nullif("SALESORDERNUMBER", '') IS NOT NULL) AND ("salesorderid:salesorders.#hits" IS NULL) THEN 14  -- LOOKUP_MISSING salesorderid sales_invoice_headers_v2.map.yaml:33
      WHEN coalesce("salesorderid:salesorders.#hits", 0) > 1 THEN 15  -- LOOKUP_AMBIGUOUS salesorderid sales_invoice_headers_v2.map.yaml:33
      WHEN NOT (abs(CAST(round("TOTALCHARGEAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 16  -- OUT_OF_RANGE freightamount sales_invoice_headers_v2.map.yaml:34
      WHEN NOT (abs(CAST(round("TOTALDISCOUNTAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 17  -- OUT_OF_RANGE totaldiscountamount sales_invoice_headers_v2.map.yaml:35
      WHEN NOT (abs(CAST(round("TOTALDISCOUNTCUSTOMERGROUPCODE", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 18  -- OUT_OF_RANGE discountamount sales_invoice_headers_v2.map.yaml:36
      WHEN NOT (abs(CAST(round("TOTALINVOICEAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 19  -- OUT_OF_RANGE totalamount sales_invoice_headers_v2.map.yaml:37
      WHEN NOT (abs(CAST(round("TOTALTAXAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN 20  -- OUT_OF_RANGE totaltax sales_invoice_headers_v2.map.yaml:38
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
      WHEN 5 THEN CAST(4 AS VARCHAR)
      WHEN 6 THEN CAST(('dataverse.contacts: ' || coalesce(CAST(nullif("CONTACTPERSONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 7 THEN CAST(('dataverse.contacts: ' || coalesce(CAST(nullif("CONTACTPERSONID", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 8 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 9 THEN CAST(('dataverse.transactioncurrencies: ' || coalesce(CAST(nullif("CURRENCYCODE", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 10 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICECUSTOMERACCOUNTNUMBER", '') AS VARCHAR), '') || '; ' || 'dataverse.contacts: ' || coalesce(CAST(nullif("INVOICECUSTOMERACCOUNTNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 11 THEN CAST(('dataverse.accounts: ' || coalesce(CAST(nullif("INVOICECUSTOMERACCOUNTNUMBER", '') AS VARCHAR), '') || '; ' || 'dataverse.contacts: ' || coalesce(CAST(nullif("INVOICECUSTOMERACCOUNTNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 12 THEN CAST(('dataverse.msdyn_paymentterms: ' || coalesce(CAST(nullif("PAYMENTTERMSNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 13 THEN CAST(('dataverse.msdyn_paymentterms: ' || coalesce(CAST(nullif("PAYMENTTERMSNAME", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 14 THEN CAST(('dataverse.salesorders: ' || coalesce(CAST(nullif("SALESORDERNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 15 THEN CAST(('dataverse.salesorders: ' || coalesce(CAST(nullif("SALESORDERNUMBER", '') AS VARCHAR), '')) AS VARCHAR)
      WHEN 16 THEN CAST(CAST(round("TOTALCHARGEAMOUNT", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 17 THEN CAST(CAST(round("TOTALDISCOUNTAMOUNT", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 18 THEN CAST(CAST(round("TOTALDISCOUNTCUSTOMERGROUPCODE", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 19 THEN CAST(CAST(round("TOTALINVOICEAMOUNT", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      WHEN 20 THEN CAST(CAST(round("TOTALTAXAMOUNT", 4) AS DECIMAL(31, 4)) AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company:cdm_companies.cdm_companyid" AS "msdyn_company",  -- sales_invoice_headers_v2.map.yaml:14
    "INVOICENUMBER" AS "msdyn_invoicenumber",  -- sales_invoice_headers_v2.map.yaml:15
    CAST(FALSE AS BOOLEAN) AS "ispricelocked",  -- sales_invoice_headers_v2.map.yaml:17
    CAST(CASE WHEN (4 IN (1, 2, 4, 5, 6, 3, 7, 100001, 100002, 100003)) THEN 4 END AS BIGINT) AS "statuscode",  -- sales_invoice_headers_v2.map.yaml:18
    "msdyn_contactperson:contacts.contactid" AS "msdyn_contactperson",  -- sales_invoice_headers_v2.map.yaml:19
    "transactioncurrencyid:transactioncurrencies.transactioncurrencyid" AS "transactioncurrencyid",  -- sales_invoice_headers_v2.map.yaml:20
    "CUSTOMERSORDERREFERENCE" AS "description",  -- sales_invoice_headers_v2.map.yaml:21
    "INVOICEADDRESSCITY" AS "billto_city",  -- sales_invoice_headers_v2.map.yaml:22
    "INVOICEADDRESSCOUNTRYREGIONISOCODE" AS "billto_country",  -- sales_invoice_headers_v2.map.yaml:23
    "INVOICEADDRESSSTATE" AS "billto_stateorprovince",  -- sales_invoice_headers_v2.map.yaml:24
    "INVOICEADDRESSSTREET" AS "billto_line1",  -- sales_invoice_headers_v2.map.yaml:25
    "INVOICEADDRESSSTREETNUMBER" AS "billto_line2",  -- sales_invoice_headers_v2.map.yaml:26
    "INVOICEADDRESSZIPCODE" AS "billto_postalcode",  -- sales_invoice_headers_v2.map.yaml:27
    CAST(coalesce("customerid:accounts.accountid", "customerid:contacts.contactid") AS UUID) AS "customerid",  -- sales_invoice_headers_v2.map.yaml:28
    "INVOICEDATE" AS "msdyn_invoicedate",  -- sales_invoice_headers_v2.map.yaml:30
    "LEDGERVOUCHER" AS "msdyn_ledgervoucher",  -- sales_invoice_headers_v2.map.yaml:31
    "msdyn_paymentterms:msdyn_paymentterms.msdyn_paymenttermid" AS "msdyn_paymentterms",  -- sales_invoice_headers_v2.map.yaml:32
    "salesorderid:salesorders.salesorderid" AS "salesorderid",  -- sales_invoice_headers_v2.map.yaml:33
    CAST(CASE WHEN (abs(CAST(round("TOTALCHARGEAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("TOTALCHARGEAMOUNT", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "freightamount",  -- sales_invoice_headers_v2.map.yaml:34
    CAST(CASE WHEN (abs(CAST(round("TOTALDISCOUNTAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("TOTALDISCOUNTAMOUNT", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "totaldiscountamount",  -- sales_invoice_headers_v2.map.yaml:35
    CAST(CASE WHEN (abs(CAST(round("TOTALDISCOUNTCUSTOMERGROUPCODE", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("TOTALDISCOUNTCUSTOMERGROUPCODE", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "discountamount",  -- sales_invoice_headers_v2.map.yaml:36
    CAST(CASE WHEN (abs(CAST(round("TOTALINVOICEAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("TOTALINVOICEAMOUNT", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "totalamount",  -- sales_invoice_headers_v2.map.yaml:37
    CAST(CASE WHEN (abs(CAST(round("TOTALTAXAMOUNT", 4) AS DECIMAL(31, 4))) < CAST(1000000000000000 AS DECIMAL(31, 4))) THEN CAST(CAST(round("TOTALTAXAMOUNT", 4) AS DECIMAL(31, 4)) AS DECIMAL(19, 4)) END AS DECIMAL(19, 4)) AS "totaltax",  -- sales_invoice_headers_v2.map.yaml:38
    CAST(CAST(md5('finops.SalesInvoiceHeadersV2 dataverse.invoices invoiceid ' || "#key") AS UUID) AS UUID) AS "invoiceid",  -- made from the key
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", coalesce(CAST(x."invoiceid" AS VARCHAR), '') AS "#key", CAST(x."versionnumber" AS VARCHAR) AS "#version", x."msdyn_company" AS "msdyn_company", x."msdyn_invoicenumber" AS "msdyn_invoicenumber", x."msdyn_ordertype" AS "msdyn_ordertype", x."ispricelocked" AS "ispricelocked", x."statuscode" AS "statuscode", x."msdyn_contactperson" AS "msdyn_contactperson", x."transactioncurrencyid" AS "transactioncurrencyid", x."description" AS "description", x."billto_city" AS "billto_city", x."billto_country" AS "billto_country", x."billto_stateorprovince" AS "billto_stateorprovince", x."billto_line1" AS "billto_line1", x."billto_line2" AS "billto_line2", x."billto_postalcode" AS "billto_postalcode", x."customerid" AS "customerid", x."msdyn_invoicedate" AS "msdyn_invoicedate", x."msdyn_ledgervoucher" AS "msdyn_ledgervoucher", x."msdyn_paymentterms" AS "msdyn_paymentterms", x."salesorderid" AS "salesorderid", x."freightamount" AS "freightamount", x."totaldiscountamount" AS "totaldiscountamount", x."discountamount" AS "discountamount", x."totalamount" AS "totalamount", x."totaltax" AS "totaltax"
  FROM "dataverse"."invoices" AS x
  WHERE coalesce((("msdyn_ordertype" IS NULL) OR ("msdyn_ordertype" = 192350000)), FALSE)
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."msdyn_invoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'dataverse.invoices' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."msdyn_invoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "dataverse"."invoices" AS x WHERE coalesce((("msdyn_ordertype" IS NULL) OR ("msdyn_ordertype" = 192350000)), FALSE) AND (x."msdyn_invoicenumber" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked))) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ispricelocked" IS DISTINCT FROM mapped."ispricelocked"
      OR target."statuscode" IS DISTINCT FROM mapped."statuscode"
      OR target."msdyn_contactperson" IS DISTINCT FROM mapped."msdyn_contactperson"
      OR target."transactioncurrencyid" IS DISTINCT FROM mapped."transactioncurrencyid"
      OR target."description" IS DISTINCT FROM mapped."description"
      OR target."billto_city" IS DISTINCT FROM mapped."billto_city"
      OR target."billto_country" IS DISTINCT FROM mapped."billto_country"
      OR target."billto_stateorprovince" IS DISTINCT FROM mapped."billto_stateorprovince"
      OR target."billto_line1" IS DISTINCT FROM mapped."billto_line1"
      OR target."billto_line2" IS DISTINCT FROM mapped."billto_line2"
      OR target."billto_postalcode" IS DISTINCT FROM mapped."billto_postalcode"
      OR target."customerid" IS DISTINCT FROM mapped."customerid"
      OR target."msdyn_invoicedate" IS DISTINCT FROM mapped."msdyn_invoicedate"
      OR target."msdyn_ledgervoucher" IS DISTINCT FROM mapped."msdyn_ledgervoucher"
      OR target."msdyn_paymentterms" IS DISTINCT FROM mapped."msdyn_paymentterms"
      OR target."salesorderid" IS DISTINCT FROM mapped."salesorderid"
      OR target."freightamount" IS DISTINCT FROM mapped."freightamount"
      OR target."totaldiscountamount" IS DISTINCT FROM mapped."totaldiscountamount"
      OR target."discountamount" IS DISTINCT FROM mapped."discountamount"
      OR target."totalamount" IS DISTINCT FROM mapped."totalamount"
      OR target."totaltax" IS DISTINCT FROM mapped."totaltax") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."msdyn_company" = mapped."msdyn_company" AND target."msdyn_invoicenumber" = mapped."msdyn_invoicenumber"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 22  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 22  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 24  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "msdyn_company", "msdyn_invoicenumber", min("#row") AS "#first", count(DISTINCT hash("#key", "msdyn_company", "msdyn_invoicenumber", "ispricelocked", "statuscode", "msdyn_contactperson", "transactioncurrencyid", "description", "billto_city", "billto_country", "billto_stateorprovince", "billto_line1", "billto_line2", "billto_postalcode", "customerid", "msdyn_invoicedate", "msdyn_ledgervoucher", "msdyn_paymentterms", "salesorderid", "freightamount", "totaldiscountamount", "discountamount", "totalamount", "totaltax", "invoiceid")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "msdyn_company", "msdyn_invoicenumber"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 27 ELSE 26 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."msdyn_company" = duplicates."msdyn_company" AND shaped."msdyn_invoicenumber" = duplicates."msdyn_invoicenumber"
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
UPDATE shaped SET "#reason" = 26, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'sales_invoice_headers_v2' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'dataverse.invoices' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "finops"."SalesInvoiceHeadersV2" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 26, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."SalesInvoiceHeadersV2" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 26, claim."#target_key"
FROM "finops"."SalesInvoiceHeadersV2" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 29) THEN 'rejected'
  WHEN "#reason" IN (27) THEN 'superseded'
  WHEN "#reason" IN (28) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of dataverse.invoices that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "dataverse"."invoices" WHERE coalesce((("msdyn_ordertype" IS NULL) OR ("msdyn_ordertype" = 192350000)), FALSE)) AS target ON replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_invoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'sales_invoice_headers_v2' AND mark.entity = now.entity
    WHERE now.entity = 'finops.SalesInvoiceHeadersV2'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'sales_invoice_headers_v2' AND link.state = 'live' AND link.target = 'dataverse.invoices'
  AND NOT EXISTS (SELECT 1 FROM "finops"."SalesInvoiceHeadersV2" AS source WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."SalesInvoiceHeadersV2" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'sales_invoice_headers_v2' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "dataverse"."invoices" WHERE coalesce((("msdyn_ordertype" IS NULL) OR ("msdyn_ordertype" = 192350000)), FALSE)) AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'sales_invoice_headers_v2' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "dataverse"."invoices" WHERE coalesce((("msdyn_ordertype" IS NULL) OR ("msdyn_ordertype" = 192350000)), FALSE)) AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_invoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "dataverse"."invoices" WHERE coalesce((("msdyn_ordertype" IS NULL) OR ("msdyn_ordertype" = 192350000)), FALSE)) AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'sales_invoice_headers_v2' AND link.target = 'dataverse.invoices' AND link.target_key = replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_invoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'sales_invoice_headers_v2' AND link.state = 'live' AND link.target = 'dataverse.invoices'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."invoices" AS target WHERE replace(replace(coalesce(CAST(target."msdyn_company" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."msdyn_invoicenumber" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver dataverse.invoices

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT shaped."ispricelocked" AS "ispricelocked", shaped."statuscode" AS "statuscode", shaped."msdyn_contactperson" AS "msdyn_contactperson", shaped."transactioncurrencyid" AS "transactioncurrencyid", shaped."description" AS "description", shaped."billto_city" AS "billto_city", shaped."billto_country" AS "billto_country", shaped."billto_stateorprovince" AS "billto_stateorprovince", shaped."billto_line1" AS "billto_line1", shaped."billto_line2" AS "billto_line2", shaped."billto_postalcode" AS "billto_postalcode", shaped."customerid" AS "customerid", shaped."msdyn_invoicedate" AS "msdyn_invoicedate", shaped."msdyn_ledgervoucher" AS "msdyn_ledgervoucher", shaped."msdyn_paymentterms" AS "msdyn_paymentterms", shaped."salesorderid" AS "salesorderid", shaped."freightamount" AS "freightamount", shaped."totaldiscountamount" AS "totaldiscountamount", shaped."discountamount" AS "discountamount", shaped."totalamount" AS "totalamount", shaped."totaltax" AS "totaltax", $now AS "modifiedon", coalesce(t."versionnumber", 0) + 1 AS "versionnumber", shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "dataverse"."invoices" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0
ORDER BY t.rowid;

-- new rows of dataverse.invoices
INSERT INTO "dataverse"."invoices" ("msdyn_company", "msdyn_invoicenumber", "ispricelocked", "statuscode", "msdyn_contactperson", "transactioncurrencyid", "description", "billto_city", "billto_country", "billto_stateorprovince", "billto_line1", "billto_line2", "billto_postalcode", "customerid", "msdyn_invoicedate", "msdyn_ledgervoucher", "msdyn_paymentterms", "salesorderid", "freightamount", "totaldiscountamount", "discountamount", "totalamount", "totaltax", "invoiceid", "modifiedon", "versionnumber")
SELECT "msdyn_company", "msdyn_invoicenumber", "ispricelocked", "statuscode", "msdyn_contactperson", "transactioncurrencyid", "description", "billto_city", "billto_country", "billto_stateorprovince", "billto_line1", "billto_line2", "billto_postalcode", "customerid", "msdyn_invoicedate", "msdyn_ledgervoucher", "msdyn_paymentterms", "salesorderid", "freightamount", "totaldiscountamount", "discountamount", "totalamount", "totaltax", "invoiceid", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'sales_invoice_headers_v2' AS leg, new."#key" AS source_key, 'dataverse.invoices' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ispricelocked', 'old': CAST(old."ispricelocked" AS VARCHAR), 'new': CAST(new."ispricelocked" AS VARCHAR)},
    {'column_name': 'statuscode', 'old': CAST(old."statuscode" AS VARCHAR), 'new': CAST(new."statuscode" AS VARCHAR)},
    {'column_name': 'msdyn_contactperson', 'old': CAST(old."msdyn_contactperson" AS VARCHAR), 'new': CAST(new."msdyn_contactperson" AS VARCHAR)},
    {'column_name': 'transactioncurrencyid', 'old': CAST(old."transactioncurrencyid" AS VARCHAR), 'new': CAST(new."transactioncurrencyid" AS VARCHAR)},
    {'column_name': 'description', 'old': CAST(old."description" AS VARCHAR), 'new': CAST(new."description" AS VARCHAR)},
    {'column_name': 'billto_city', 'old': CAST(old."billto_city" AS VARCHAR), 'new': CAST(new."billto_city" AS VARCHAR)},
    {'column_name': 'billto_country', 'old': CAST(old."billto_country" AS VARCHAR), 'new': CAST(new."billto_country" AS VARCHAR)},
    {'column_name': 'billto_stateorprovince', 'old': CAST(old."billto_stateorprovince" AS VARCHAR), 'new': CAST(new."billto_stateorprovince" AS VARCHAR)},
    {'column_name': 'billto_line1', 'old': CAST(old."billto_line1" AS VARCHAR), 'new': CAST(new."billto_line1" AS VARCHAR)},
    {'column_name': 'billto_line2', 'old': CAST(old."billto_line2" AS VARCHAR), 'new': CAST(new."billto_line2" AS VARCHAR)},
    {'column_name': 'billto_postalcode', 'old': CAST(old."billto_postalcode" AS VARCHAR), 'new': CAST(new."billto_postalcode" AS VARCHAR)},
    {'column_name': 'customerid', 'old': CAST(old."customerid" AS VARCHAR), 'new': CAST(new."customerid" AS VARCHAR)},
    {'column_name': 'msdyn_invoicedate', 'old': CAST(old."msdyn_invoicedate" AS VARCHAR), 'new': CAST(new."msdyn_invoicedate" AS VARCHAR)},
    {'column_name': 'msdyn_ledgervoucher', 'old': CAST(old."msdyn_ledgervoucher" AS VARCHAR), 'new': CAST(new."msdyn_ledgervoucher" AS VARCHAR)},
    {'column_name': 'msdyn_paymentterms', 'old': CAST(old."msdyn_paymentterms" AS VARCHAR), 'new': CAST(new."msdyn_paymentterms" AS VARCHAR)},
    {'column_name': 'salesorderid', 'old': CAST(old."salesorderid" AS VARCHAR), 'new': CAST(new."salesorderid" AS VARCHAR)},
    {'column_name': 'freightamount', 'old': CAST(old."freightamount" AS VARCHAR), 'new': CAST(new."freightamount" AS VARCHAR)},
    {'column_name': 'totaldiscountamount', 'old': CAST(old."totaldiscountamount" AS VARCHAR), 'new': CAST(new."totaldiscountamount" AS VARCHAR)},
    {'column_name': 'discountamount', 'old': CAST(old."discountamount" AS VARCHAR), 'new': CAST(new."discountamount" AS VARCHAR)},
    {'column_name': 'totalamount', 'old': CAST(old."totalamount" AS VARCHAR), 'new': CAST(new."totalamount" AS VARCHAR)},
    {'column_name': 'totaltax', 'old': CAST(old."totaltax" AS VARCHAR), 'new': CAST(new."totaltax" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "dataverse"."invoices" AS old ON old.rowid = new."#target_row";

-- change them in place
UPDATE "dataverse"."invoices" AS t SET "ispricelocked" = updates."ispricelocked", "statuscode" = updates."statuscode", "msdyn_contactperson" = updates."msdyn_contactperson", "transactioncurrencyid" = updates."transactioncurrencyid", "description" = updates."description", "billto_city" = updates."billto_city", "billto_country" = updates."billto_country", "billto_stateorprovince" = updates."billto_stateorprovince", "billto_line1" = updates."billto_line1", "billto_line2" = updates."billto_line2", "billto_postalcode" = updates."billto_postalcode", "customerid" = updates."customerid", "msdyn_invoicedate" = updates."msdyn_invoicedate", "msdyn_ledgervoucher" = updates."msdyn_ledgervoucher", "msdyn_paymentterms" = updates."msdyn_paymentterms", "salesorderid" = updates."salesorderid", "freightamount" = updates."freightamount", "totaldiscountamount" = updates."totaldiscountamount", "discountamount" = updates."discountamount", "totalamount" = updates."totalamount", "totaltax" = updates."totaltax", "modifiedon" = updates."modifiedon", "versionnumber" = updates."versionnumber"
FROM updates
WHERE t.rowid = updates."#target_row";

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'sales_invoice_headers_v2' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."INVOICENUMBER" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."SalesInvoiceHeadersV2" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'sales_invoice_headers_v2.map.yaml:14'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'sales_invoice_headers_v2.map.yaml:14'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'sales_invoice_headers_v2.map.yaml:14'),
  (5, 'VALUE_UNMAPPED', 'statuscode', /* place */ 'sales_invoice_headers_v2.map.yaml:18'),
  (6, 'LOOKUP_MISSING', 'msdyn_contactperson', /* place */ 'sales_invoice_headers_v2.map.yaml:19'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_contactperson', /* place */ 'sales_invoice_headers_v2.map.yaml:19'),
  (8, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'sales_invoice_headers_v2.map.yaml:20'),
  (9, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'sales_invoice_headers_v2.map.yaml:20'),
  (10, 'LOOKUP_MISSING', 'customerid', /* place */ 'sales_invoice_headers_v2.map.yaml:28'),
  (11, 'LOOKUP_AMBIGUOUS', 'customerid', /* place */ 'sales_invoice_headers_v2.map.yaml:28'),
  (12, 'LOOKUP_MISSING', 'msdyn_paymentterms', /* place */ 'sales_invoice_headers_v2.map.yaml:32'),
  (13, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentterms', /* place */ 'sales_invoice_headers_v2.map.yaml:32'),
  (14, 'LOOKUP_MISSING', 'salesorderid', /* place */ 'sales_invoice_headers_v2.map.yaml:33'),
  (15, 'LOOKUP_AMBIGUOUS', 'salesorderid', /* place */ 'sales_invoice_headers_v2.map.yaml:33'),
  (16, 'OUT_OF_RANGE', 'freightamount', /* place */ 'sales_invoice_headers_v2.map.yaml:34'),
  (17, 'OUT_OF_RANGE', 'totaldiscountamount', /* place */ 'sales_invoice_headers_v2.map.yaml:35'),
  (18, 'OUT_OF_RANGE', 'discountamount', /* place */ 'sales_invoice_headers_v2.map.yaml:36'),
  (19, 'OUT_OF_RANGE', 'totalamount', /* place */ 'sales_invoice_headers_v2.map.yaml:37'),
  (20, 'OUT_OF_RANGE', 'totaltax', /* place */ 'sales_invoice_headers_v2.map.yaml:38'),
  (21, 'TARGET_EXISTS', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (22, 'TARGET_MISSING', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (23, 'TARGET_DUPLICATE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (24, 'UPDATE_NOT_ALLOWED', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (25, 'CONFLICT_STALE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (26, 'KEY_DUPLICATE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (27, 'SUPERSEDED', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (28, 'SET_INCOMPLETE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (29, 'TARGET_REFUSED', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'sales_invoice_headers_v2' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'sales_invoice_headers_v2' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'sales_invoice_headers_v2' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'INVOICENUMBER', CAST(source."INVOICENUMBER" AS VARCHAR), 'SALESORDERNUMBER', CAST(source."SALESORDERNUMBER" AS VARCHAR), 'CONTACTPERSONID', CAST(source."CONTACTPERSONID" AS VARCHAR), 'CURRENCYCODE', CAST(source."CURRENCYCODE" AS VARCHAR), 'CUSTOMERSORDERREFERENCE', CAST(source."CUSTOMERSORDERREFERENCE" AS VARCHAR), 'INVOICEADDRESSCITY', CAST(source."INVOICEADDRESSCITY" AS VARCHAR), 'INVOICEADDRESSCOUNTRYREGIONISOCODE', CAST(source."INVOICEADDRESSCOUNTRYREGIONISOCODE" AS VARCHAR), 'INVOICEADDRESSSTATE', CAST(source."INVOICEADDRESSSTATE" AS VARCHAR), 'INVOICEADDRESSSTREET', CAST(source."INVOICEADDRESSSTREET" AS VARCHAR), 'INVOICEADDRESSSTREETNUMBER', CAST(source."INVOICEADDRESSSTREETNUMBER" AS VARCHAR), 'INVOICEADDRESSZIPCODE', CAST(source."INVOICEADDRESSZIPCODE" AS VARCHAR), 'INVOICECUSTOMERACCOUNTNUMBER', CAST(source."INVOICECUSTOMERACCOUNTNUMBER" AS VARCHAR), 'INVOICEDATE', CAST(source."INVOICEDATE" AS VARCHAR), 'LEDGERVOUCHER', CAST(source."LEDGERVOUCHER" AS VARCHAR), 'PAYMENTTERMSNAME', CAST(source."PAYMENTTERMSNAME" AS VARCHAR), 'TOTALCHARGEAMOUNT', CAST(source."TOTALCHARGEAMOUNT" AS VARCHAR), 'TOTALDISCOUNTAMOUNT', CAST(source."TOTALDISCOUNTAMOUNT" AS VARCHAR), 'TOTALDISCOUNTCUSTOMERGROUPCODE', CAST(source."TOTALDISCOUNTCUSTOMERGROUPCODE" AS VARCHAR), 'TOTALINVOICEAMOUNT', CAST(source."TOTALINVOICEAMOUNT" AS VARCHAR), 'TOTALTAXAMOUNT', CAST(source."TOTALTAXAMOUNT" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (2, 'LOOKUP_MISSING', 'msdyn_company', /* place */ 'sales_invoice_headers_v2.map.yaml:14'),
  (3, 'LOOKUP_AMBIGUOUS', 'msdyn_company', /* place */ 'sales_invoice_headers_v2.map.yaml:14'),
  (4, 'KEY_NULL', 'msdyn_company', /* place */ 'sales_invoice_headers_v2.map.yaml:14'),
  (5, 'VALUE_UNMAPPED', 'statuscode', /* place */ 'sales_invoice_headers_v2.map.yaml:18'),
  (6, 'LOOKUP_MISSING', 'msdyn_contactperson', /* place */ 'sales_invoice_headers_v2.map.yaml:19'),
  (7, 'LOOKUP_AMBIGUOUS', 'msdyn_contactperson', /* place */ 'sales_invoice_headers_v2.map.yaml:19'),
  (8, 'LOOKUP_MISSING', 'transactioncurrencyid', /* place */ 'sales_invoice_headers_v2.map.yaml:20'),
  (9, 'LOOKUP_AMBIGUOUS', 'transactioncurrencyid', /* place */ 'sales_invoice_headers_v2.map.yaml:20'),
  (10, 'LOOKUP_MISSING', 'customerid', /* place */ 'sales_invoice_headers_v2.map.yaml:28'),
  (11, 'LOOKUP_AMBIGUOUS', 'customerid', /* place */ 'sales_invoice_headers_v2.map.yaml:28'),
  (12, 'LOOKUP_MISSING', 'msdyn_paymentterms', /* place */ 'sales_invoice_headers_v2.map.yaml:32'),
  (13, 'LOOKUP_AMBIGUOUS', 'msdyn_paymentterms', /* place */ 'sales_invoice_headers_v2.map.yaml:32'),
  (14, 'LOOKUP_MISSING', 'salesorderid', /* place */ 'sales_invoice_headers_v2.map.yaml:33'),
  (15, 'LOOKUP_AMBIGUOUS', 'salesorderid', /* place */ 'sales_invoice_headers_v2.map.yaml:33'),
  (16, 'OUT_OF_RANGE', 'freightamount', /* place */ 'sales_invoice_headers_v2.map.yaml:34'),
  (17, 'OUT_OF_RANGE', 'totaldiscountamount', /* place */ 'sales_invoice_headers_v2.map.yaml:35'),
  (18, 'OUT_OF_RANGE', 'discountamount', /* place */ 'sales_invoice_headers_v2.map.yaml:36'),
  (19, 'OUT_OF_RANGE', 'totalamount', /* place */ 'sales_invoice_headers_v2.map.yaml:37'),
  (20, 'OUT_OF_RANGE', 'totaltax', /* place */ 'sales_invoice_headers_v2.map.yaml:38'),
  (21, 'TARGET_EXISTS', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (22, 'TARGET_MISSING', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (23, 'TARGET_DUPLICATE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (24, 'UPDATE_NOT_ALLOWED', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (25, 'CONFLICT_STALE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (26, 'KEY_DUPLICATE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (27, 'SUPERSEDED', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (28, 'SET_INCOMPLETE', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5'),
  (29, 'TARGET_REFUSED', '', /* place */ 'sales_invoice_headers_v2.map.yaml:5')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."SalesInvoiceHeadersV2" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'sales_invoice_headers_v2' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'sales_invoice_headers_v2' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'dataverse.invoices' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'sales_invoice_headers_v2' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'dataverse.invoices' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'sales_invoice_headers_v2' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'sales_invoice_headers_v2' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'sales_invoice_headers_v2';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'sales_invoice_headers_v2' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
