-- integration_actuals: Project Operations integration actuals (msdyn_actuals)
-- dataverse.msdyn_actuals -> finops.ProjCDSActualsImport, incremental

-- step 1: extract dataverse.msdyn_actuals

-- note how far the tables have come
CREATE OR REPLACE TEMP TABLE bounds AS
SELECT 'dataverse.msdyn_actuals' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_actualid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_actuals" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_actuals" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_actuals" AS x
UNION ALL
SELECT 'dataverse.cdm_companies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."cdm_companies" AS x), TRUE)
  ) AS content
FROM "dataverse"."cdm_companies" AS x
UNION ALL
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
SELECT 'dataverse.invoices' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."invoiceid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."invoices" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."invoices" AS x), TRUE)
  ) AS content
FROM "dataverse"."invoices" AS x
UNION ALL
SELECT 'dataverse.products' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."productid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."products" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."products" AS x), TRUE)
  ) AS content
FROM "dataverse"."products" AS x
UNION ALL
SELECT 'dataverse.msdyn_projects' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projects" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projects" AS x
UNION ALL
SELECT 'dataverse.msdyn_projecttasks' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_projecttasks" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_projecttasks" AS x
UNION ALL
SELECT 'dataverse.msdyn_transactioncategories' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."msdyn_transactioncategories" AS x), TRUE)
  ) AS content
FROM "dataverse"."msdyn_transactioncategories" AS x
UNION ALL
SELECT 'dataverse.transactioncurrencies' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."transactioncurrencies" AS x), TRUE)
  ) AS content
FROM "dataverse"."transactioncurrencies" AS x
UNION ALL
SELECT 'dataverse.uoms' AS entity, max(x."modifiedon") AS cursor, count(*) AS row_count, (
    SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."uomid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."uoms" AS x
    WHERE coalesce(x."modifiedon" >= (SELECT max(x."modifiedon") - INTERVAL 300 SECOND FROM "dataverse"."uoms" AS x), TRUE)
  ) AS content
FROM "dataverse"."uoms" AS x;

-- filtered rows that are gone
DELETE FROM crosswalk.lineage
WHERE leg = 'integration_actuals' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_actuals'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') FROM "dataverse"."msdyn_actuals" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "dataverse"."msdyn_actuals" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_actuals'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.msdyn_actuals'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'integration_actuals' AND link.source_key = coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '')
      AND (link.source_version = CAST(source."versionnumber" AS VARCHAR))
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "dataverse"."msdyn_actuals" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_actuals'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_actuals" AS source WHERE source."modifiedon" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'integration_actuals' AND link.source_key = coalesce(CAST(source."msdyn_actualid" AS VARCHAR), ''));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "dataverse"."msdyn_actuals" AS source
WHERE coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'integration_actuals' AND open.state = 'open'
);

-- rows that look up a changed row: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_company.#1", x."cdm_companycode" AS "msdyn_company.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_company.#1" = "msdyn_company"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_company
INSERT INTO examined
SELECT landed."#row", 'msdyn_company gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_company" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_company")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_projectcontractsplitbillingrule
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractsplitbillingrule changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectcontractsplitbillingruleid" AS "msdyn_projectcontractsplitbillingrule.#1", x."msdyn_projectcontractid" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid", x."msdyn_projectcontractsplitbillingrulenumber" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber"
  FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
  ), TRUE)
) ON "msdyn_projectcontractsplitbillingrule.#1" = "msdyn_projectcontractsplitbillingrule"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectcontractsplitbillingrule
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractsplitbillingrule gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_projectcontractsplitbillingrule" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x WHERE x."msdyn_projectcontractsplitbillingruleid" = "msdyn_projectcontractsplitbillingrule")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projectcontractsplitbillingrules'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectcontractsplitbillingruleid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectcontractsplitbillingruleid" AS "msdyn_projectcontractsplitbillingrule.#1", x."msdyn_projectcontractid" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid", x."msdyn_projectcontractsplitbillingrulenumber" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber"
  FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
) ON "msdyn_projectcontractsplitbillingrule.#1" = "msdyn_projectcontractsplitbillingrule"
JOIN (
  SELECT x."salesorderid" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#1", x."msdyn_salesordernumber" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.msdyn_salesordernumber"
  FROM "dataverse"."salesorders" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.salesorders'
  ), TRUE)
) ON "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#1" = "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid
INSERT INTO examined
SELECT landed."#row", 'msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectcontractsplitbillingruleid" AS "msdyn_projectcontractsplitbillingrule.#1", x."msdyn_projectcontractid" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid", x."msdyn_projectcontractsplitbillingrulenumber" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber"
  FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
) ON "msdyn_projectcontractsplitbillingrule.#1" = "msdyn_projectcontractsplitbillingrule"
WHERE "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."salesorders" AS x WHERE x."salesorderid" = "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.salesorders'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."salesorders" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."salesorderid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."salesorders" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_invoice
INSERT INTO examined
SELECT landed."#row", 'msdyn_invoice changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."invoiceid" AS "msdyn_invoice.#1", x."msdyn_invoicenumber" AS "msdyn_invoice.msdyn_invoicenumber"
  FROM "dataverse"."invoices" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.invoices'
  ), TRUE)
) ON "msdyn_invoice.#1" = "msdyn_invoice"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.invoices'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_invoice
INSERT INTO examined
SELECT landed."#row", 'msdyn_invoice gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_invoice" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."invoices" AS x WHERE x."invoiceid" = "msdyn_invoice")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.invoices'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."invoices" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."invoiceid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."invoices" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_product
INSERT INTO examined
SELECT landed."#row", 'msdyn_product changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."productid" AS "msdyn_product.#1", x."msdyn_productnumber" AS "msdyn_product.msdyn_productnumber"
  FROM "dataverse"."products" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.products'
  ), TRUE)
) ON "msdyn_product.#1" = "msdyn_product"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.products'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_product
INSERT INTO examined
SELECT landed."#row", 'msdyn_product gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_product" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."products" AS x WHERE x."productid" = "msdyn_product")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.products'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."products" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."productid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."products" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany"
  FROM "dataverse"."msdyn_projects" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.msdyn_projects'
  ), TRUE)
) ON "msdyn_project.#1" = "msdyn_project"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project
INSERT INTO examined
SELECT landed."#row", 'msdyn_project gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_project" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projects" AS x WHERE x."msdyn_projectid" = "msdyn_project")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projects'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projects" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projectid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projects" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_project.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_project.msdyn_owningcompany changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
JOIN (
  SELECT x."cdm_companyid" AS "msdyn_project.msdyn_owningcompany.#1", x."cdm_companycode" AS "msdyn_project.msdyn_owningcompany.cdm_companycode"
  FROM "dataverse"."cdm_companies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.cdm_companies'
  ), TRUE)
) ON "msdyn_project.msdyn_owningcompany.#1" = "msdyn_project.msdyn_owningcompany"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_project.msdyn_owningcompany
INSERT INTO examined
SELECT landed."#row", 'msdyn_project.msdyn_owningcompany gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projectid" AS "msdyn_project.#1", x."msdyn_projectnumber" AS "msdyn_project.msdyn_projectnumber", x."msdyn_owningcompany" AS "msdyn_project.msdyn_owningcompany"
  FROM "dataverse"."msdyn_projects" AS x
) ON "msdyn_project.#1" = "msdyn_project"
WHERE "msdyn_project.msdyn_owningcompany" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."cdm_companies" AS x WHERE x."cdm_companyid" = "msdyn_project.msdyn_owningcompany")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.cdm_companies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."cdm_companies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."cdm_companyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."cdm_companies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_task
INSERT INTO examined
SELECT landed."#row", 'msdyn_task changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_projecttaskid" AS "msdyn_task.#1", x."msdyn_activitynumber" AS "msdyn_task.msdyn_activitynumber"
  FROM "dataverse"."msdyn_projecttasks" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.msdyn_projecttasks'
  ), TRUE)
) ON "msdyn_task.#1" = "msdyn_task"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_task
INSERT INTO examined
SELECT landed."#row", 'msdyn_task gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_task" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."msdyn_projecttaskid" = "msdyn_task")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_projecttasks'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_projecttasks" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_projecttaskid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_projecttasks" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_transactioncategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_transactioncategory changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."msdyn_transactioncategoryid" AS "msdyn_transactioncategory.#1", x."msdyn_transactioncategorynumber" AS "msdyn_transactioncategory.msdyn_transactioncategorynumber"
  FROM "dataverse"."msdyn_transactioncategories" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.msdyn_transactioncategories'
  ), TRUE)
) ON "msdyn_transactioncategory.#1" = "msdyn_transactioncategory"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_transactioncategory
INSERT INTO examined
SELECT landed."#row", 'msdyn_transactioncategory gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_transactioncategory" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_transactioncategories" AS x WHERE x."msdyn_transactioncategoryid" = "msdyn_transactioncategory")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_transactioncategories'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."msdyn_transactioncategories" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."msdyn_transactioncategoryid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."msdyn_transactioncategories" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", x."isocurrencycode" AS "transactioncurrencyid.isocurrencycode"
  FROM "dataverse"."transactioncurrencies" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.transactioncurrencies'
  ), TRUE)
) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: transactioncurrencyid
INSERT INTO examined
SELECT landed."#row", 'transactioncurrencyid gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "transactioncurrencyid" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."transactioncurrencies" AS x WHERE x."transactioncurrencyid" = "transactioncurrencyid")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.transactioncurrencies'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."transactioncurrencies" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."transactioncurrencyid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."transactioncurrencies" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- rows that look up a changed row: msdyn_unit
INSERT INTO examined
SELECT landed."#row", 'msdyn_unit changed'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
JOIN (
  SELECT x."uomid" AS "msdyn_unit.#1", x."msdyn_symbol" AS "msdyn_unit.msdyn_symbol"
  FROM "dataverse"."uoms" AS x
  WHERE coalesce(x."modifiedon" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'integration_actuals' AND mark.entity = 'dataverse.uoms'
  ), TRUE)
) ON "msdyn_unit.#1" = "msdyn_unit"
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.uoms'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  );

-- rows whose looked-up row is gone: msdyn_unit
INSERT INTO examined
SELECT landed."#row", 'msdyn_unit gone'
FROM (SELECT source.rowid AS "#row", source."msdyn_actualid", source."msdyn_company", source."modifiedon", source."msdyn_skipsync", source."msdyn_actualimportid", source."msdyn_accountingdate", source."msdyn_adjustmentstatus", source."msdyn_amount", source."msdyn_billingstatus", source."msdyn_billingtype", source."msdyn_nameofbookableresource", source."msdyn_projectcontractsplitbillingrule", source."msdyn_valueofsalescontractline", source."msdyn_description", source."msdyn_transactiondate", source."msdyn_startdatetime", source."msdyn_enddatetime", source."msdyn_externaldescription", source."msdyn_externalreferenceid", source."msdyn_externaloriginreference", source."msdyn_invoice", source."msdyn_isjournalized", source."msdyn_product", source."msdyn_project", source."msdyn_quantity", source."msdyn_price", source."statecode", source."statuscode", source."msdyn_task", source."msdyn_transactioncategory", source."msdyn_transactionclassification", source."transactioncurrencyid", source."msdyn_transactiontypecode", source."msdyn_unit", source."msdyn_accountingtaxamount" FROM "dataverse"."msdyn_actuals" AS source) AS landed
WHERE "msdyn_unit" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "dataverse"."uoms" AS x WHERE x."uomid" = "msdyn_unit")
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.uoms'
      AND (now.row_count < mark.row_count + (SELECT count(*) FROM "dataverse"."uoms" AS x WHERE x."modifiedon" > mark.cursor)
        OR mark.content IS DISTINCT FROM (
          SELECT CAST(bit_xor(md5_number_lower(coalesce(CAST(x."uomid" AS VARCHAR), '') || '|' || coalesce(CAST(x."versionnumber" AS VARCHAR), '') || '|' || coalesce(CAST(x."modifiedon" AS VARCHAR), ''))) AS VARCHAR) FROM "dataverse"."uoms" AS x
          WHERE coalesce(x."modifiedon" BETWEEN mark.cursor - INTERVAL 300 SECOND AND mark.cursor, TRUE)
        ))
  );

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_actuals" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'integration_actuals' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') FROM "dataverse"."msdyn_actuals" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'integration_actuals' AND source_key IN (SELECT coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') FROM "dataverse"."msdyn_actuals" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "dataverse"."msdyn_actuals") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'integration_actuals' AND state = 'live';

-- step 2: shape

-- map the examined rows
CREATE OR REPLACE TEMP TABLE shaped AS
WITH landed AS (
  SELECT
    source.rowid AS "#row",
    coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') AS "#key",
    CAST(source."versionnumber" AS VARCHAR) AS "#version",
    source."msdyn_actualid",
    source."msdyn_company",
    source."modifiedon",
    source."msdyn_skipsync",
    source."msdyn_actualimportid",
    source."msdyn_accountingdate",
    source."msdyn_adjustmentstatus",
    source."msdyn_amount",
    source."msdyn_billingstatus",
    source."msdyn_billingtype",
    source."msdyn_nameofbookableresource",
    source."msdyn_projectcontractsplitbillingrule",
    source."msdyn_valueofsalescontractline",
    source."msdyn_description",
    source."msdyn_transactiondate",
    source."msdyn_startdatetime",
    source."msdyn_enddatetime",
    source."msdyn_externaldescription",
    source."msdyn_externalreferenceid",
    source."msdyn_externaloriginreference",
    source."msdyn_invoice",
    source."msdyn_isjournalized",
    source."msdyn_product",
    source."msdyn_project",
    source."msdyn_quantity",
    source."msdyn_price",
    source."statecode",
    source."statuscode",
    source."msdyn_task",
    source."msdyn_transactioncategory",
    source."msdyn_transactionclassification",
    source."transactioncurrencyid",
    source."msdyn_transactiontypecode",
    source."msdyn_unit",
    source."msdyn_accountingtaxamount"
  FROM "dataverse"."msdyn_actuals" AS source
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
  LEFT JOIN (  -- msdyn_projectcontractsplitbillingrule
    SELECT x."msdyn_projectcontractsplitbillingruleid" AS "msdyn_projectcontractsplitbillingrule.#1", count(*) AS "msdyn_projectcontractsplitbillingrule.#hits", any_value(x."msdyn_projectcontractid") AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid", any_value(x."msdyn_projectcontractsplitbillingrulenumber") AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber"
    FROM "dataverse"."msdyn_projectcontractsplitbillingrules" AS x
    WHERE x."msdyn_projectcontractsplitbillingruleid" IN (SELECT DISTINCT "msdyn_projectcontractsplitbillingrule" FROM "landed")
    GROUP BY x."msdyn_projectcontractsplitbillingruleid"
  ) ON "msdyn_projectcontractsplitbillingrule.#1" = "msdyn_projectcontractsplitbillingrule"
  LEFT JOIN (  -- msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid
    SELECT x."salesorderid" AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#1", count(*) AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#hits", any_value(x."msdyn_salesordernumber") AS "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.msdyn_salesordernumber"
    FROM "dataverse"."salesorders" AS x
    GROUP BY x."salesorderid"
  ) ON "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#1" = "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid"
  LEFT JOIN (  -- msdyn_invoice
    SELECT x."invoiceid" AS "msdyn_invoice.#1", count(*) AS "msdyn_invoice.#hits", any_value(x."msdyn_invoicenumber") AS "msdyn_invoice.msdyn_invoicenumber"
    FROM "dataverse"."invoices" AS x
    WHERE x."invoiceid" IN (SELECT DISTINCT "msdyn_invoice" FROM "landed")
    GROUP BY x."invoiceid"
  ) ON "msdyn_invoice.#1" = "msdyn_invoice"
  LEFT JOIN (  -- msdyn_product
    SELECT x."productid" AS "msdyn_product.#1", count(*) AS "msdyn_product.#hits", any_value(x."msdyn_productnumber") AS "msdyn_product.msdyn_productnumber"
    FROM "dataverse"."products" AS x
    WHERE x."productid" IN (SELECT DISTINCT "msdyn_product" FROM "landed")
    GROUP BY x."productid"
  ) ON "msdyn_product.#1" = "msdyn_product"
  LEFT JOIN (  -- msdyn_project
    SELECT x."msdyn_projectid" AS "msdyn_project.#1", count(*) AS "msdyn_project.#hits", any_value(x."msdyn_projectnumber") AS "msdyn_project.msdyn_projectnumber", any_value(x."msdyn_owningcompany") AS "msdyn_project.msdyn_owningcompany"
    FROM "dataverse"."msdyn_projects" AS x
    WHERE x."msdyn_projectid" IN (SELECT DISTINCT "msdyn_project" FROM "landed")
    GROUP BY x."msdyn_projectid"
  ) ON "msdyn_project.#1" = "msdyn_project"
  LEFT JOIN (  -- msdyn_project.msdyn_owningcompany
    SELECT x."cdm_companyid" AS "msdyn_project.msdyn_owningcompany.#1", count(*) AS "msdyn_project.msdyn_owningcompany.#hits", any_value(x."cdm_companycode") AS "msdyn_project.msdyn_owningcompany.cdm_companycode"
    FROM "dataverse"."cdm_companies" AS x
    GROUP BY x."cdm_companyid"
  ) ON "msdyn_project.msdyn_owningcompany.#1" = "msdyn_project.msdyn_owningcompany"
  LEFT JOIN (  -- msdyn_task
    SELECT x."msdyn_projecttaskid" AS "msdyn_task.#1", count(*) AS "msdyn_task.#hits", any_value(x."msdyn_activitynumber") AS "msdyn_task.msdyn_activitynumber"
    FROM "dataverse"."msdyn_projecttasks" AS x
    WHERE x."msdyn_projecttaskid" IN (SELECT DISTINCT "msdyn_task" FROM "landed")
    GROUP BY x."msdyn_projecttaskid"
  ) ON "msdyn_task.#1" = "msdyn_task"
  LEFT JOIN (  -- msdyn_transactioncategory
    SELECT x."msdyn_transactioncategoryid" AS "msdyn_transactioncategory.#1", count(*) AS "msdyn_transactioncategory.#hits", any_value(x."msdyn_transactioncategorynumber") AS "msdyn_transactioncategory.msdyn_transactioncategorynumber"
    FROM "dataverse"."msdyn_transactioncategories" AS x
    WHERE x."msdyn_transactioncategoryid" IN (SELECT DISTINCT "msdyn_transactioncategory" FROM "landed")
    GROUP BY x."msdyn_transactioncategoryid"
  ) ON "msdyn_transactioncategory.#1" = "msdyn_transactioncategory"
  LEFT JOIN (  -- transactioncurrencyid
    SELECT x."transactioncurrencyid" AS "transactioncurrencyid.#1", count(*) AS "transactioncurrencyid.#hits", any_value(x."isocurrencycode") AS "transactioncurrencyid.isocurrencycode"
    FROM "dataverse"."transactioncurrencies" AS x
    WHERE x."transactioncurrencyid" IN (SELECT DISTINCT "transactioncurrencyid" FROM "landed")
    GROUP BY x."transactioncurrencyid"
  ) ON "transactioncurrencyid.#1" = "transactioncurrencyid"
  LEFT JOIN (  -- msdyn_unit
    SELECT x."uomid" AS "msdyn_unit.#1", count(*) AS "msdyn_unit.#hits", any_value(x."msdyn_symbol") AS "msdyn_unit.msdyn_symbol"
    FROM "dataverse"."uoms" AS x
    WHERE x."uomid" IN (SELECT DISTINCT "msdyn_unit" FROM "landed")
    GROUP BY x."uomid"
  ) ON "msdyn_unit.#1" = "msdyn_unit"
),
judged AS (
  SELECT *,
    coalesce(("msdyn_skipsync" = FALSE), FALSE) AS "#passes",  -- integration_actuals.map.yaml:14
    CASE
      WHEN "modifiedon" IS NULL THEN 1  -- CURSOR_NULL modifiedon integration_actuals.map.yaml:6
      WHEN "msdyn_company" IS NOT NULL AND ("msdyn_company.#hits" IS NULL) THEN 2  -- LOOKUP_MISSING dataAreaId integration_actuals.map.yaml:18
      WHEN coalesce("msdyn_company.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS dataAreaId integration_actuals.map.yaml:18
      WHEN "msdyn_company.cdm_companycode" IS NULL THEN 4  -- KEY_NULL dataAreaId integration_actuals.map.yaml:18
      WHEN "msdyn_actualimportid" IS NULL THEN 5  -- KEY_NULL ActualsImportId integration_actuals.map.yaml:19
      WHEN "msdyn_accountingdate" IS NULL THEN 6  -- REQUIRED_NULL AccountingDate integration_actuals.map.yaml:22
      WHEN NOT ("msdyn_adjustmentstatus" IN (192350000, 192350001, 192350002)) THEN 7  -- VALUE_UNMAPPED AdjustmentStatus integration_actuals.map.yaml:23
      WHEN NOT ("msdyn_billingstatus" IN (192350000, 192350001, 192350002, 192350003, 192350004, 690970000)) THEN 8  -- VALUE_UNMAPPED BillingStatusId integration_actuals.map.yaml:25
      WHEN NOT ("msdyn_billingtype" IN (192350000, 192350001, 192350002, 192350003)) THEN 9  -- VALUE_UNMAPPED BillingType integration_actuals.map.yaml:26
      WHEN NOT ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN 10  -- VALUE_UNMAPPED BillingType integration_actuals.map.yaml:26
      WHEN (CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END) IS NULL THEN 11  -- REQUIRED_NULL BillingType integration_actuals.map.yaml:26
      WHEN "msdyn_projectcontractsplitbillingrule" IS NOT NULL AND ("msdyn_projectcontractsplitbillingrule.#hits" IS NULL) THEN 12  -- LOOKUP_MISSING ContractId integration_actuals.map.yaml:28
      WHEN coalesce("msdyn_projectcontractsplitbillingrule.#hits", 0) > 1 THEN 13  -- LOOKUP_AMBIGUOUS ContractId integration_actuals.map.yaml:28
      WHEN "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid" IS NOT NULL AND ("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#hits" IS NULL) THEN 14  -- LOOKUP_MISSING ContractId integration_actuals.map.yaml:28
      WHEN coalesce("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.#hits", 0) > 1 THEN 15  -- LOOKUP_AMBIGUOUS ContractId integration_actuals.map.yaml:28
      WHEN length("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.msdyn_salesordernumber") > 20 THEN 16  -- TOO_LONG ContractId integration_actuals.map.yaml:28
      WHEN "msdyn_transactiondate" IS NULL THEN 17  -- REQUIRED_NULL DocumentDate integration_actuals.map.yaml:31
      WHEN NOT ("msdyn_startdatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 18  -- OUT_OF_RANGE StartDate integration_actuals.map.yaml:32
      WHEN NOT ("msdyn_enddatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN 19  -- OUT_OF_RANGE EndDate integration_actuals.map.yaml:33
      WHEN length("msdyn_externalreferenceid") > 60 THEN 20  -- TOO_LONG ExternalReference integration_actuals.map.yaml:35
      WHEN "msdyn_projectcontractsplitbillingrule" IS NOT NULL AND ("msdyn_projectcontractsplitbillingrule.#hits" IS NULL) THEN 21  -- LOOKUP_MISSING FundingSource integration_actuals.map.yaml:37
      WHEN coalesce("msdyn_projectcontractsplitbillingrule.#hits", 0) > 1 THEN 22  -- LOOKUP_AMBIGUOUS FundingSource integration_actuals.map.yaml:37
      WHEN length("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber") > 20 THEN 23  -- TOO_LONG FundingSource integration_actuals.map.yaml:37
      WHEN "msdyn_invoice" IS NOT NULL AND ("msdyn_invoice.#hits" IS NULL) THEN 24  -- LOOKUP_MISSING InvoiceProposalId integration_actuals.map.yaml:38
      WHEN coalesce("msdyn_invoice.#hits", 0) > 1 THEN 25  -- LOOKUP_AMBIGUOUS InvoiceProposalId integration_actuals.map.yaml:38
      WHEN length("msdyn_invoice.msdyn_invoicenumber") > 20 THEN 26  -- TOO_LONG InvoiceProposalId integration_actuals.map.yaml:38
      WHEN NOT ("msdyn_isjournalized" IN (TRUE, FALSE)) THEN 27  -- VALUE_UNMAPPED IsJournalized integration_actuals.map.yaml:39
      WHEN NOT ((CASE "msdyn_isjournalized" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN 28  -- VALUE_UNMAPPED IsJournalized integration_actuals.map.yaml:39
      WHEN "msdyn_product" IS NOT NULL AND ("msdyn_product.#hits" IS NULL) THEN 29  -- LOOKUP_MISSING ProductNumber integration_actuals.map.yaml:40
      WHEN coalesce("msdyn_product.#hits", 0) > 1 THEN 30  -- LOOKUP_AMBIGUOUS ProductNumber integration_actuals.map.yaml:40
      WHEN length("msdyn_product.msdyn_productnumber") > 70 THEN 31  -- TOO_LONG ProductNumber integration_actuals.map.yaml:40
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 32  -- LOOKUP_MISSING ProjectId integration_actuals.map.yaml:41
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 33  -- LOOKUP_AMBIGUOUS ProjectId integration_actuals.map.yaml:41
      WHEN length("msdyn_project.msdyn_projectnumber") > 20 THEN 34  -- TOO_LONG ProjectId integration_actuals.map.yaml:41
      WHEN (CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) IS NULL THEN 35  -- REQUIRED_NULL ProjectId integration_actuals.map.yaml:41
      WHEN "msdyn_project" IS NOT NULL AND ("msdyn_project.#hits" IS NULL) THEN 36  -- LOOKUP_MISSING ProjectDataAreaId integration_actuals.map.yaml:42
      WHEN coalesce("msdyn_project.#hits", 0) > 1 THEN 37  -- LOOKUP_AMBIGUOUS ProjectDataAreaId integration_actuals.map.yaml:42
      WHEN "msdyn_project.msdyn_owningcompany" IS NOT NULL AND ("msdyn_project.msdyn_owningcompany.#hits" IS NULL) THEN 38  -- LOOKUP_MISSING ProjectDataAreaId integration_actuals.map.yaml:42
      WHEN coalesce("msdyn_project.msdyn_owningcompany.#hits", 0) > 1 THEN 39  -- LOOKUP_AMBIGUOUS ProjectDataAreaId integration_actuals.map.yaml:42
      WHEN "msdyn_project.msdyn_owningcompany.cdm_companycode" IS NULL THEN 40  -- REQUIRED_NULL ProjectDataAreaId integration_actuals.map.yaml:42
      WHEN NOT ("statecode" IN (0, 1)) THEN 41  -- VALUE_UNMAPPED Status integration_actuals.map.yaml:45
      WHEN NOT ("statuscode" IN (1, 2)) THEN 42  -- VALUE_UNMAPPED StatusReason integration_actuals.map.yaml:46
      WHEN "msdyn_task" IS NOT NULL AND ("msdyn_task.#hits" IS NULL) THEN 43  -- LOOKUP_MISSING TaskNumber integration_actuals.map.yaml:47
      WHEN coalesce("msdyn_task.#hits", 0) > 1 THEN 44  -- LOOKUP_AMBIGUOUS TaskNumber integration_actuals.map.yaml:47
      WHEN "msdyn_transactioncategory" IS NOT NULL AND ("msdyn_transactioncategory.#hits" IS NULL) THEN 45  -- LOOKUP_MISSING TransactionCategoryId integration_actuals.map.yaml:48
      WHEN coalesce("msdyn_transactioncategory.#hits", 0) > 1 THEN 46  -- LOOKUP_AMBIGUOUS TransactionCategoryId integration_actuals.map.yaml:48
      WHEN length("msdyn_transactioncategory.msdyn_transactioncategorynumber") > 50 THEN 47  -- TOO_LONG TransactionCategoryId integration_actuals.map.yaml:48
      WHEN NOT ("msdyn_transactionclassification" IN (192350000, 192350001, 192350002, 192350003, 192350004, 192350005, 690970000, 690970001, 690970002)) THEN 48  -- VALUE_UNMAPPED TransactionClassification integration_actuals.map.yaml:49
      WHEN (CASE WHEN ("msdyn_transactionclassification" IN (192350000, 192350001, 192350002, 192350003, 192350004, 192350005, 690970000, 690970001, 690970002)) THEN "msdyn_transactionclassification" END) IS NULL THEN 49  -- REQUIRED_NULL TransactionClassification integration_actuals.map.yaml:49
      WHEN "transactioncurrencyid" IS NOT NULL AND ("transactioncurrencyid.#hits" IS NULL) THEN 50  -- LOOKUP_MISSING TransactionCurrencyId integration_actuals.map.yaml:50
      WHEN coalesce("transactioncurrencyid.#hits", 0) > 1 THEN 51  -- LOOKUP_AMBIGUOUS TransactionCurrencyId integration_actuals.map.yaml:50
      WHEN length("transactioncurrencyid.isocurrencycode") > 3 THEN 52  -- TOO_LONG TransactionCurrencyId integration_actuals.map.yaml:50
      WHEN (CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END) IS NULL THEN 53  -- REQUIRED_NULL TransactionCurrencyId integration_actuals.map.yaml:50
      WHEN NOT ("msdyn_transactiontypecode" IN (192350000, 192350005, 192350006, 192350007, 192350008)) THEN 54  -- VALUE_UNMAPPED TransactionType integration_actuals.map.yaml:51
      WHEN NOT ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN 55  -- VALUE_UNMAPPED TransactionType integration_actuals.map.yaml:51
      WHEN "msdyn_unit" IS NOT NULL AND ("msdyn_unit.#hits" IS NULL) THEN 56  -- LOOKUP_MISSING UnitOfMeasure integration_actuals.map.yaml:52
      WHEN coalesce("msdyn_unit.#hits", 0) > 1 THEN 57  -- LOOKUP_AMBIGUOUS UnitOfMeasure integration_actuals.map.yaml:52
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
      WHEN 6 THEN CAST("msdyn_accountingdate" AS VARCHAR)
      WHEN 7 THEN CAST("msdyn_adjustmentstatus" AS VARCHAR)
      WHEN 8 THEN CAST("msdyn_billingstatus" AS VARCHAR)
      WHEN 9 THEN CAST("msdyn_billingtype" AS VARCHAR)
      WHEN 10 THEN CAST((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) AS VARCHAR)
      WHEN 11 THEN CAST((CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END) AS VARCHAR)
      WHEN 12 THEN CAST("msdyn_projectcontractsplitbillingrule" AS VARCHAR)
      WHEN 13 THEN CAST("msdyn_projectcontractsplitbillingrule" AS VARCHAR)
      WHEN 14 THEN CAST("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid" AS VARCHAR)
      WHEN 15 THEN CAST("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid" AS VARCHAR)
      WHEN 16 THEN CAST("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.msdyn_salesordernumber" AS VARCHAR)
      WHEN 17 THEN CAST("msdyn_transactiondate" AS VARCHAR)
      WHEN 18 THEN CAST("msdyn_startdatetime" AS VARCHAR)
      WHEN 19 THEN CAST("msdyn_enddatetime" AS VARCHAR)
      WHEN 20 THEN CAST("msdyn_externalreferenceid" AS VARCHAR)
      WHEN 21 THEN CAST("msdyn_projectcontractsplitbillingrule" AS VARCHAR)
      WHEN 22 THEN CAST("msdyn_projectcontractsplitbillingrule" AS VARCHAR)
      WHEN 23 THEN CAST("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber" AS VARCHAR)
      WHEN 24 THEN CAST("msdyn_invoice" AS VARCHAR)
      WHEN 25 THEN CAST("msdyn_invoice" AS VARCHAR)
      WHEN 26 THEN CAST("msdyn_invoice.msdyn_invoicenumber" AS VARCHAR)
      WHEN 27 THEN CAST("msdyn_isjournalized" AS VARCHAR)
      WHEN 28 THEN CAST((CASE "msdyn_isjournalized" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) AS VARCHAR)
      WHEN 29 THEN CAST("msdyn_product" AS VARCHAR)
      WHEN 30 THEN CAST("msdyn_product" AS VARCHAR)
      WHEN 31 THEN CAST("msdyn_product.msdyn_productnumber" AS VARCHAR)
      WHEN 32 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 33 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 34 THEN CAST("msdyn_project.msdyn_projectnumber" AS VARCHAR)
      WHEN 35 THEN CAST((CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END) AS VARCHAR)
      WHEN 36 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 37 THEN CAST("msdyn_project" AS VARCHAR)
      WHEN 38 THEN CAST("msdyn_project.msdyn_owningcompany" AS VARCHAR)
      WHEN 39 THEN CAST("msdyn_project.msdyn_owningcompany" AS VARCHAR)
      WHEN 40 THEN CAST("msdyn_project.msdyn_owningcompany.cdm_companycode" AS VARCHAR)
      WHEN 41 THEN CAST("statecode" AS VARCHAR)
      WHEN 42 THEN CAST("statuscode" AS VARCHAR)
      WHEN 43 THEN CAST("msdyn_task" AS VARCHAR)
      WHEN 44 THEN CAST("msdyn_task" AS VARCHAR)
      WHEN 45 THEN CAST("msdyn_transactioncategory" AS VARCHAR)
      WHEN 46 THEN CAST("msdyn_transactioncategory" AS VARCHAR)
      WHEN 47 THEN CAST("msdyn_transactioncategory.msdyn_transactioncategorynumber" AS VARCHAR)
      WHEN 48 THEN CAST("msdyn_transactionclassification" AS VARCHAR)
      WHEN 49 THEN CAST((CASE WHEN ("msdyn_transactionclassification" IN (192350000, 192350001, 192350002, 192350003, 192350004, 192350005, 690970000, 690970001, 690970002)) THEN "msdyn_transactionclassification" END) AS VARCHAR)
      WHEN 50 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 51 THEN CAST("transactioncurrencyid" AS VARCHAR)
      WHEN 52 THEN CAST("transactioncurrencyid.isocurrencycode" AS VARCHAR)
      WHEN 53 THEN CAST((CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END) AS VARCHAR)
      WHEN 54 THEN CAST("msdyn_transactiontypecode" AS VARCHAR)
      WHEN 55 THEN CAST((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) AS VARCHAR)
      WHEN 56 THEN CAST("msdyn_unit" AS VARCHAR)
      WHEN 57 THEN CAST("msdyn_unit" AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "msdyn_company.cdm_companycode" AS "dataAreaId",  -- integration_actuals.map.yaml:18
    "msdyn_actualimportid" AS "ActualsImportId",  -- integration_actuals.map.yaml:19
    "msdyn_actualid" AS "ActualId",  -- integration_actuals.map.yaml:21
    "msdyn_accountingdate" AS "AccountingDate",  -- integration_actuals.map.yaml:22
    CAST(CASE WHEN ("msdyn_adjustmentstatus" IN (192350000, 192350001, 192350002)) THEN "msdyn_adjustmentstatus" END AS BIGINT) AS "AdjustmentStatus",  -- integration_actuals.map.yaml:23
    CAST(CAST("msdyn_amount" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Amount",  -- integration_actuals.map.yaml:24
    CAST(CASE WHEN ("msdyn_billingstatus" IN (192350000, 192350001, 192350002, 192350003, 192350004, 690970000)) THEN "msdyn_billingstatus" END AS BIGINT) AS "BillingStatusId",  -- integration_actuals.map.yaml:25
    CAST(CASE WHEN ((CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) IN ('notSpecified', 'chargeable', 'nonChargeable', 'complimentary', 'notAvailable')) THEN (CASE "msdyn_billingtype" WHEN 192350000 THEN 'nonChargeable' WHEN 192350001 THEN 'chargeable' WHEN 192350002 THEN 'complimentary' WHEN 192350003 THEN 'notAvailable' ELSE NULL END) END AS VARCHAR) AS "BillingType",  -- integration_actuals.map.yaml:26
    CAST(substring("msdyn_nameofbookableresource", 1, 100) AS VARCHAR) AS "BookableResourceName",  -- integration_actuals.map.yaml:27
    CAST(CASE WHEN (length("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.msdyn_salesordernumber") <= 20) THEN "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractid.msdyn_salesordernumber" END AS VARCHAR) AS "ContractId",  -- integration_actuals.map.yaml:28
    "msdyn_valueofsalescontractline" AS "ContractLineId",  -- integration_actuals.map.yaml:29
    "msdyn_description" AS "Description",  -- integration_actuals.map.yaml:30
    "msdyn_transactiondate" AS "DocumentDate",  -- integration_actuals.map.yaml:31
    CAST(CASE WHEN ("msdyn_startdatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_startdatetime" AS DATE) END AS DATE) AS "StartDate",  -- integration_actuals.map.yaml:32
    CAST(CASE WHEN ("msdyn_enddatetime" BETWEEN TIMESTAMP '1753-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999') THEN CAST("msdyn_enddatetime" AS DATE) END AS DATE) AS "EndDate",  -- integration_actuals.map.yaml:33
    "msdyn_externaldescription" AS "ExternalDescription",  -- integration_actuals.map.yaml:34
    CAST(CASE WHEN (length("msdyn_externalreferenceid") <= 60) THEN "msdyn_externalreferenceid" END AS VARCHAR) AS "ExternalReference",  -- integration_actuals.map.yaml:35
    "msdyn_externaloriginreference" AS "ExternalOriginReference",  -- integration_actuals.map.yaml:36
    CAST(CASE WHEN (length("msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber") <= 20) THEN "msdyn_projectcontractsplitbillingrule.msdyn_projectcontractsplitbillingrulenumber" END AS VARCHAR) AS "FundingSource",  -- integration_actuals.map.yaml:37
    CAST(CASE WHEN (length("msdyn_invoice.msdyn_invoicenumber") <= 20) THEN "msdyn_invoice.msdyn_invoicenumber" END AS VARCHAR) AS "InvoiceProposalId",  -- integration_actuals.map.yaml:38
    CAST(CASE WHEN ((CASE "msdyn_isjournalized" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) IN ('no', 'yes')) THEN (CASE "msdyn_isjournalized" WHEN TRUE THEN 'yes' WHEN FALSE THEN 'no' ELSE NULL END) END AS VARCHAR) AS "IsJournalized",  -- integration_actuals.map.yaml:39
    CAST(CASE WHEN (length("msdyn_product.msdyn_productnumber") <= 70) THEN "msdyn_product.msdyn_productnumber" END AS VARCHAR) AS "ProductNumber",  -- integration_actuals.map.yaml:40
    CAST(CASE WHEN (length("msdyn_project.msdyn_projectnumber") <= 20) THEN "msdyn_project.msdyn_projectnumber" END AS VARCHAR) AS "ProjectId",  -- integration_actuals.map.yaml:41
    "msdyn_project.msdyn_owningcompany.cdm_companycode" AS "ProjectDataAreaId",  -- integration_actuals.map.yaml:42
    CAST(CAST("msdyn_quantity" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "Quantity",  -- integration_actuals.map.yaml:43
    CAST(CAST("msdyn_price" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "UnitPrice",  -- integration_actuals.map.yaml:44
    CAST(CASE WHEN ("statecode" IN (0, 1)) THEN "statecode" END AS BIGINT) AS "Status",  -- integration_actuals.map.yaml:45
    CAST(CASE WHEN ("statuscode" IN (1, 2)) THEN "statuscode" END AS BIGINT) AS "StatusReason",  -- integration_actuals.map.yaml:46
    "msdyn_task.msdyn_activitynumber" AS "TaskNumber",  -- integration_actuals.map.yaml:47
    CAST(CASE WHEN (length("msdyn_transactioncategory.msdyn_transactioncategorynumber") <= 50) THEN "msdyn_transactioncategory.msdyn_transactioncategorynumber" END AS VARCHAR) AS "TransactionCategoryId",  -- integration_actuals.map.yaml:48
    CAST(CASE WHEN ("msdyn_transactionclassification" IN (192350000, 192350001, 192350002, 192350003, 192350004, 192350005, 690970000, 690970001, 690970002)) THEN "msdyn_transactionclassification" END AS BIGINT) AS "TransactionClassification",  -- integration_actuals.map.yaml:49
    CAST(CASE WHEN (length("transactioncurrencyid.isocurrencycode") <= 3) THEN "transactioncurrencyid.isocurrencycode" END AS VARCHAR) AS "TransactionCurrencyId",  -- integration_actuals.map.yaml:50
    CAST(CASE WHEN ((CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) IN ('cost', 'sales', 'tax', 'billedSales', 'interOrgSales', 'resourcingUnitCost')) THEN (CASE "msdyn_transactiontypecode" WHEN 192350000 THEN 'cost' WHEN 192350005 THEN 'sales' WHEN 192350006 THEN 'billedSales' WHEN 192350007 THEN 'resourcingUnitCost' WHEN 192350008 THEN 'interOrgSales' ELSE NULL END) END AS VARCHAR) AS "TransactionType",  -- integration_actuals.map.yaml:51
    "msdyn_unit.msdyn_symbol" AS "UnitOfMeasure",  -- integration_actuals.map.yaml:52
    CAST(CAST("msdyn_accountingtaxamount" AS DECIMAL(32, 6)) AS DECIMAL(32, 6)) AS "SalesTaxAmount",  -- integration_actuals.map.yaml:54
    0 AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ActualsImportId" AS "ActualsImportId", x."ActualId" AS "ActualId", x."AccountingDate" AS "AccountingDate", x."AdjustmentStatus" AS "AdjustmentStatus", x."Amount" AS "Amount", x."BillingStatusId" AS "BillingStatusId", x."BillingType" AS "BillingType", x."BookableResourceName" AS "BookableResourceName", x."ContractId" AS "ContractId", x."ContractLineId" AS "ContractLineId", x."Description" AS "Description", x."DocumentDate" AS "DocumentDate", x."StartDate" AS "StartDate", x."EndDate" AS "EndDate", x."ExternalDescription" AS "ExternalDescription", x."ExternalReference" AS "ExternalReference", x."ExternalOriginReference" AS "ExternalOriginReference", x."FundingSource" AS "FundingSource", x."InvoiceProposalId" AS "InvoiceProposalId", x."IsJournalized" AS "IsJournalized", x."ProductNumber" AS "ProductNumber", x."ProjectId" AS "ProjectId", x."ProjectDataAreaId" AS "ProjectDataAreaId", x."Quantity" AS "Quantity", x."UnitPrice" AS "UnitPrice", x."Status" AS "Status", x."StatusReason" AS "StatusReason", x."TaskNumber" AS "TaskNumber", x."TransactionCategoryId" AS "TransactionCategoryId", x."TransactionClassification" AS "TransactionClassification", x."TransactionCurrencyId" AS "TransactionCurrencyId", x."TransactionType" AS "TransactionType", x."UnitOfMeasure" AS "UnitOfMeasure"
  FROM "finops"."ProjCDSActualsImport" AS x
),
matched AS (
  SELECT
    mapped.*,
    target."#row" AS "#target_row",
    target."#version" AS "#target_version",
    replace(replace(coalesce(CAST(mapped."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjCDSActualsImport' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS x WHERE x."ActualsImportId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){1}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS UUID) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    (target."ActualId" IS DISTINCT FROM mapped."ActualId"
      OR target."AccountingDate" IS DISTINCT FROM mapped."AccountingDate"
      OR target."AdjustmentStatus" IS DISTINCT FROM mapped."AdjustmentStatus"
      OR target."Amount" IS DISTINCT FROM mapped."Amount"
      OR target."BillingStatusId" IS DISTINCT FROM mapped."BillingStatusId"
      OR target."BillingType" IS DISTINCT FROM mapped."BillingType"
      OR target."BookableResourceName" IS DISTINCT FROM mapped."BookableResourceName"
      OR target."ContractId" IS DISTINCT FROM mapped."ContractId"
      OR target."ContractLineId" IS DISTINCT FROM mapped."ContractLineId"
      OR target."Description" IS DISTINCT FROM mapped."Description"
      OR target."DocumentDate" IS DISTINCT FROM mapped."DocumentDate"
      OR target."StartDate" IS DISTINCT FROM mapped."StartDate"
      OR target."EndDate" IS DISTINCT FROM mapped."EndDate"
      OR target."ExternalDescription" IS DISTINCT FROM mapped."ExternalDescription"
      OR target."ExternalReference" IS DISTINCT FROM mapped."ExternalReference"
      OR target."ExternalOriginReference" IS DISTINCT FROM mapped."ExternalOriginReference"
      OR target."FundingSource" IS DISTINCT FROM mapped."FundingSource"
      OR target."InvoiceProposalId" IS DISTINCT FROM mapped."InvoiceProposalId"
      OR target."IsJournalized" IS DISTINCT FROM mapped."IsJournalized"
      OR target."ProductNumber" IS DISTINCT FROM mapped."ProductNumber"
      OR target."ProjectId" IS DISTINCT FROM mapped."ProjectId"
      OR target."ProjectDataAreaId" IS DISTINCT FROM mapped."ProjectDataAreaId"
      OR target."Quantity" IS DISTINCT FROM mapped."Quantity"
      OR target."UnitPrice" IS DISTINCT FROM mapped."UnitPrice"
      OR target."Status" IS DISTINCT FROM mapped."Status"
      OR target."StatusReason" IS DISTINCT FROM mapped."StatusReason"
      OR target."TaskNumber" IS DISTINCT FROM mapped."TaskNumber"
      OR target."TransactionCategoryId" IS DISTINCT FROM mapped."TransactionCategoryId"
      OR target."TransactionClassification" IS DISTINCT FROM mapped."TransactionClassification"
      OR target."TransactionCurrencyId" IS DISTINCT FROM mapped."TransactionCurrencyId"
      OR target."TransactionType" IS DISTINCT FROM mapped."TransactionType"
      OR target."UnitOfMeasure" IS DISTINCT FROM mapped."UnitOfMeasure") AS "#differs",
    TRUE AS "#may_create",
    TRUE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."dataAreaId" AND target."ActualsImportId" = mapped."ActualsImportId"
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  FALSE AS "#done",
  CASE
    WHEN FALSE OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN ("#target_row" IS NULL) AND "#linked" AND (NOT "#there") THEN 59  -- TARGET_MISSING
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 59  -- TARGET_MISSING
    WHEN "#target_row" IS NOT NULL AND "#differs" AND NOT "#may_update" THEN 61  -- UPDATE_NOT_ALLOWED
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
SELECT "#arm", "dataAreaId", "ActualsImportId", min("#row") AS "#first", count(DISTINCT hash("#key", "dataAreaId", "ActualsImportId", "ActualId", "AccountingDate", "AdjustmentStatus", "Amount", "BillingStatusId", "BillingType", "BookableResourceName", "ContractId", "ContractLineId", "Description", "DocumentDate", "StartDate", "EndDate", "ExternalDescription", "ExternalReference", "ExternalOriginReference", "FundingSource", "InvoiceProposalId", "IsJournalized", "ProductNumber", "ProjectId", "ProjectDataAreaId", "Quantity", "UnitPrice", "Status", "StatusReason", "TaskNumber", "TransactionCategoryId", "TransactionClassification", "TransactionCurrencyId", "TransactionType", "UnitOfMeasure", "SalesTaxAmount")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "dataAreaId", "ActualsImportId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 64 ELSE 63 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."dataAreaId" = duplicates."dataAreaId" AND shaped."ActualsImportId" = duplicates."ActualsImportId"
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
UPDATE shaped SET "#reason" = 63, "#value" = shaped."#key"
FROM twice
WHERE shaped."#key" = twice."#key" AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- keys that belong to rows not examined
CREATE OR REPLACE TEMP TABLE claims AS
SELECT shaped."#key" AS claimant, link.source_key AS owner, shaped."#target_key", shaped."#target_row", shaped."#arm"
FROM shaped
JOIN crosswalk.lineage AS link ON link.target_key = shaped."#target_key"
WHERE link.leg = 'integration_actuals' AND link.state = 'live'
  AND link.target = CASE shaped."#arm" WHEN 0 THEN 'finops.ProjCDSActualsImport' END
  AND shaped."#passes" AND shaped."#reason" IS NULL AND shaped."#target_row" IS NOT NULL
  AND link.source_key NOT IN (SELECT "#key" FROM shaped)
  AND EXISTS (SELECT 1 FROM "dataverse"."msdyn_actuals" AS source WHERE coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') = link.source_key);

-- refuse the rows that claim them
UPDATE shaped SET "#reason" = 63, "#value" = shaped."#target_key"
WHERE "#key" IN (SELECT claimant FROM claims);

-- examine their owners
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "dataverse"."msdyn_actuals" AS source
WHERE coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') IN (SELECT owner FROM claims);

-- and refuse them too
INSERT INTO shaped ("#row", "#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#reason", "#value")
SELECT source.rowid, claim.owner, claim."#target_key", claim."#target_row", claim."#arm", TRUE, TRUE, FALSE, 63, claim."#target_key"
FROM "dataverse"."msdyn_actuals" AS source
JOIN (SELECT DISTINCT owner, "#target_key", "#target_row", "#arm" FROM claims) AS claim ON coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') = claim.owner;

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 66) THEN 'rejected'
  WHEN "#reason" IN (64) THEN 'superseded'
  WHEN "#reason" IN (65) THEN 'held'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- delivered rows of finops.ProjCDSActualsImport that are gone from the source
INSERT INTO shaped ("#key", "#target_key", "#target_row", "#arm", "#passes", "#linked", "#done", "#fate")
SELECT link.source_key, link.target_key, target.rowid, 0, FALSE, TRUE, FALSE, 'filtered'
FROM crosswalk.lineage AS link
LEFT JOIN (SELECT *, rowid FROM "finops"."ProjCDSActualsImport") AS target ON replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'integration_actuals' AND mark.entity = now.entity
    WHERE now.entity = 'dataverse.msdyn_actuals'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND link.leg = 'integration_actuals' AND link.state = 'live' AND link.target = 'finops.ProjCDSActualsImport'
  AND NOT EXISTS (SELECT 1 FROM "dataverse"."msdyn_actuals" AS source WHERE coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') = link.source_key);

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "dataverse"."msdyn_actuals" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'integration_actuals' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSActualsImport") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'integration_actuals' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjCDSActualsImport") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjCDSActualsImport") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'integration_actuals' AND link.target = 'finops.ProjCDSActualsImport' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_MISSING_ROWS: delivered rows that are missing
SELECT count(*), min(link.target_key)
FROM crosswalk.lineage AS link
WHERE link.leg = 'integration_actuals' AND link.state = 'live' AND link.target = 'finops.ProjCDSActualsImport'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjCDSActualsImport" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- step 4: deliver finops.ProjCDSActualsImport

-- the changed rows as they will be
CREATE OR REPLACE TEMP TABLE updates AS
SELECT t.* REPLACE (shaped."ActualId" AS "ActualId", shaped."AccountingDate" AS "AccountingDate", shaped."AdjustmentStatus" AS "AdjustmentStatus", shaped."Amount" AS "Amount", shaped."BillingStatusId" AS "BillingStatusId", shaped."BillingType" AS "BillingType", shaped."BookableResourceName" AS "BookableResourceName", shaped."ContractId" AS "ContractId", shaped."ContractLineId" AS "ContractLineId", shaped."Description" AS "Description", shaped."DocumentDate" AS "DocumentDate", shaped."StartDate" AS "StartDate", shaped."EndDate" AS "EndDate", shaped."ExternalDescription" AS "ExternalDescription", shaped."ExternalReference" AS "ExternalReference", shaped."ExternalOriginReference" AS "ExternalOriginReference", shaped."FundingSource" AS "FundingSource", shaped."InvoiceProposalId" AS "InvoiceProposalId", shaped."IsJournalized" AS "IsJournalized", shaped."ProductNumber" AS "ProductNumber", shaped."ProjectId" AS "ProjectId", shaped."ProjectDataAreaId" AS "ProjectDataAreaId", shaped."Quantity" AS "Quantity", shaped."UnitPrice" AS "UnitPrice", shaped."Status" AS "Status", shaped."StatusReason" AS "StatusReason", shaped."TaskNumber" AS "TaskNumber", shaped."TransactionCategoryId" AS "TransactionCategoryId", shaped."TransactionClassification" AS "TransactionClassification", shaped."TransactionCurrencyId" AS "TransactionCurrencyId", shaped."TransactionType" AS "TransactionType", shaped."UnitOfMeasure" AS "UnitOfMeasure", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion"), shaped."#target_row", shaped."#key", shaped."#target_key"
FROM "finops"."ProjCDSActualsImport" AS t
JOIN shaped ON shaped."#target_row" = t.rowid
WHERE shaped."#fate" = 'updated' AND shaped."#arm" = 0;

-- new rows of finops.ProjCDSActualsImport
INSERT INTO "finops"."ProjCDSActualsImport" ("dataAreaId", "ActualsImportId", "ActualId", "AccountingDate", "AdjustmentStatus", "Amount", "BillingStatusId", "BillingType", "BookableResourceName", "ContractId", "ContractLineId", "Description", "DocumentDate", "StartDate", "EndDate", "ExternalDescription", "ExternalReference", "ExternalOriginReference", "FundingSource", "InvoiceProposalId", "IsJournalized", "ProductNumber", "ProjectId", "ProjectDataAreaId", "Quantity", "UnitPrice", "Status", "StatusReason", "TaskNumber", "TransactionCategoryId", "TransactionClassification", "TransactionCurrencyId", "TransactionType", "UnitOfMeasure", "SalesTaxAmount", "ModifiedDateTime", "RecVersion")
SELECT "dataAreaId", "ActualsImportId", "ActualId", "AccountingDate", "AdjustmentStatus", "Amount", "BillingStatusId", "BillingType", "BookableResourceName", "ContractId", "ContractLineId", "Description", "DocumentDate", "StartDate", "EndDate", "ExternalDescription", "ExternalReference", "ExternalOriginReference", "FundingSource", "InvoiceProposalId", "IsJournalized", "ProductNumber", "ProjectId", "ProjectDataAreaId", "Quantity", "UnitPrice", "Status", "StatusReason", "TaskNumber", "TransactionCategoryId", "TransactionClassification", "TransactionCurrencyId", "TransactionType", "UnitOfMeasure", "SalesTaxAmount", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- keep what they were
INSERT INTO crosswalk.changes BY NAME
SELECT
  $run_id AS run_id, 'integration_actuals' AS leg, new."#key" AS source_key, 'finops.ProjCDSActualsImport' AS target, new."#target_key" AS target_key, 'updated' AS fate,
  list_filter([
    {'column_name': 'ActualId', 'old': CAST(old."ActualId" AS VARCHAR), 'new': CAST(new."ActualId" AS VARCHAR)},
    {'column_name': 'AccountingDate', 'old': CAST(old."AccountingDate" AS VARCHAR), 'new': CAST(new."AccountingDate" AS VARCHAR)},
    {'column_name': 'AdjustmentStatus', 'old': CAST(old."AdjustmentStatus" AS VARCHAR), 'new': CAST(new."AdjustmentStatus" AS VARCHAR)},
    {'column_name': 'Amount', 'old': CAST(old."Amount" AS VARCHAR), 'new': CAST(new."Amount" AS VARCHAR)},
    {'column_name': 'BillingStatusId', 'old': CAST(old."BillingStatusId" AS VARCHAR), 'new': CAST(new."BillingStatusId" AS VARCHAR)},
    {'column_name': 'BillingType', 'old': CAST(old."BillingType" AS VARCHAR), 'new': CAST(new."BillingType" AS VARCHAR)},
    {'column_name': 'BookableResourceName', 'old': CAST(old."BookableResourceName" AS VARCHAR), 'new': CAST(new."BookableResourceName" AS VARCHAR)},
    {'column_name': 'ContractId', 'old': CAST(old."ContractId" AS VARCHAR), 'new': CAST(new."ContractId" AS VARCHAR)},
    {'column_name': 'ContractLineId', 'old': CAST(old."ContractLineId" AS VARCHAR), 'new': CAST(new."ContractLineId" AS VARCHAR)},
    {'column_name': 'Description', 'old': CAST(old."Description" AS VARCHAR), 'new': CAST(new."Description" AS VARCHAR)},
    {'column_name': 'DocumentDate', 'old': CAST(old."DocumentDate" AS VARCHAR), 'new': CAST(new."DocumentDate" AS VARCHAR)},
    {'column_name': 'StartDate', 'old': CAST(old."StartDate" AS VARCHAR), 'new': CAST(new."StartDate" AS VARCHAR)},
    {'column_name': 'EndDate', 'old': CAST(old."EndDate" AS VARCHAR), 'new': CAST(new."EndDate" AS VARCHAR)},
    {'column_name': 'ExternalDescription', 'old': CAST(old."ExternalDescription" AS VARCHAR), 'new': CAST(new."ExternalDescription" AS VARCHAR)},
    {'column_name': 'ExternalReference', 'old': CAST(old."ExternalReference" AS VARCHAR), 'new': CAST(new."ExternalReference" AS VARCHAR)},
    {'column_name': 'ExternalOriginReference', 'old': CAST(old."ExternalOriginReference" AS VARCHAR), 'new': CAST(new."ExternalOriginReference" AS VARCHAR)},
    {'column_name': 'FundingSource', 'old': CAST(old."FundingSource" AS VARCHAR), 'new': CAST(new."FundingSource" AS VARCHAR)},
    {'column_name': 'InvoiceProposalId', 'old': CAST(old."InvoiceProposalId" AS VARCHAR), 'new': CAST(new."InvoiceProposalId" AS VARCHAR)},
    {'column_name': 'IsJournalized', 'old': CAST(old."IsJournalized" AS VARCHAR), 'new': CAST(new."IsJournalized" AS VARCHAR)},
    {'column_name': 'ProductNumber', 'old': CAST(old."ProductNumber" AS VARCHAR), 'new': CAST(new."ProductNumber" AS VARCHAR)},
    {'column_name': 'ProjectId', 'old': CAST(old."ProjectId" AS VARCHAR), 'new': CAST(new."ProjectId" AS VARCHAR)},
    {'column_name': 'ProjectDataAreaId', 'old': CAST(old."ProjectDataAreaId" AS VARCHAR), 'new': CAST(new."ProjectDataAreaId" AS VARCHAR)},
    {'column_name': 'Quantity', 'old': CAST(old."Quantity" AS VARCHAR), 'new': CAST(new."Quantity" AS VARCHAR)},
    {'column_name': 'UnitPrice', 'old': CAST(old."UnitPrice" AS VARCHAR), 'new': CAST(new."UnitPrice" AS VARCHAR)},
    {'column_name': 'Status', 'old': CAST(old."Status" AS VARCHAR), 'new': CAST(new."Status" AS VARCHAR)},
    {'column_name': 'StatusReason', 'old': CAST(old."StatusReason" AS VARCHAR), 'new': CAST(new."StatusReason" AS VARCHAR)},
    {'column_name': 'TaskNumber', 'old': CAST(old."TaskNumber" AS VARCHAR), 'new': CAST(new."TaskNumber" AS VARCHAR)},
    {'column_name': 'TransactionCategoryId', 'old': CAST(old."TransactionCategoryId" AS VARCHAR), 'new': CAST(new."TransactionCategoryId" AS VARCHAR)},
    {'column_name': 'TransactionClassification', 'old': CAST(old."TransactionClassification" AS VARCHAR), 'new': CAST(new."TransactionClassification" AS VARCHAR)},
    {'column_name': 'TransactionCurrencyId', 'old': CAST(old."TransactionCurrencyId" AS VARCHAR), 'new': CAST(new."TransactionCurrencyId" AS VARCHAR)},
    {'column_name': 'TransactionType', 'old': CAST(old."TransactionType" AS VARCHAR), 'new': CAST(new."TransactionType" AS VARCHAR)},
    {'column_name': 'UnitOfMeasure', 'old': CAST(old."UnitOfMeasure" AS VARCHAR), 'new': CAST(new."UnitOfMeasure" AS VARCHAR)}
  ], lambda cell: cell.old IS DISTINCT FROM cell.new) AS cells
FROM updates AS new
JOIN "finops"."ProjCDSActualsImport" AS old ON old.rowid = new."#target_row";

-- take the old ones out
DELETE FROM "finops"."ProjCDSActualsImport" WHERE rowid IN (SELECT "#target_row" FROM updates);

-- put the new ones in
INSERT INTO "finops"."ProjCDSActualsImport"
SELECT * EXCLUDE ("#target_row", "#key", "#target_key") FROM updates;

-- step 5: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'integration_actuals' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT coalesce(CAST(source."msdyn_actualid" AS VARCHAR), '') FROM "dataverse"."msdyn_actuals" AS source)
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
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'integration_actuals.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'integration_actuals.map.yaml:18'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'integration_actuals.map.yaml:18'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'integration_actuals.map.yaml:18'),
  (5, 'KEY_NULL', 'ActualsImportId', /* place */ 'integration_actuals.map.yaml:19'),
  (6, 'REQUIRED_NULL', 'AccountingDate', /* place */ 'integration_actuals.map.yaml:22'),
  (7, 'VALUE_UNMAPPED', 'AdjustmentStatus', /* place */ 'integration_actuals.map.yaml:23'),
  (8, 'VALUE_UNMAPPED', 'BillingStatusId', /* place */ 'integration_actuals.map.yaml:25'),
  (9, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'integration_actuals.map.yaml:26'),
  (10, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'integration_actuals.map.yaml:26'),
  (11, 'REQUIRED_NULL', 'BillingType', /* place */ 'integration_actuals.map.yaml:26'),
  (12, 'LOOKUP_MISSING', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (13, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (14, 'LOOKUP_MISSING', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (15, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (16, 'TOO_LONG', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (17, 'REQUIRED_NULL', 'DocumentDate', /* place */ 'integration_actuals.map.yaml:31'),
  (18, 'OUT_OF_RANGE', 'StartDate', /* place */ 'integration_actuals.map.yaml:32'),
  (19, 'OUT_OF_RANGE', 'EndDate', /* place */ 'integration_actuals.map.yaml:33'),
  (20, 'TOO_LONG', 'ExternalReference', /* place */ 'integration_actuals.map.yaml:35'),
  (21, 'LOOKUP_MISSING', 'FundingSource', /* place */ 'integration_actuals.map.yaml:37'),
  (22, 'LOOKUP_AMBIGUOUS', 'FundingSource', /* place */ 'integration_actuals.map.yaml:37'),
  (23, 'TOO_LONG', 'FundingSource', /* place */ 'integration_actuals.map.yaml:37'),
  (24, 'LOOKUP_MISSING', 'InvoiceProposalId', /* place */ 'integration_actuals.map.yaml:38'),
  (25, 'LOOKUP_AMBIGUOUS', 'InvoiceProposalId', /* place */ 'integration_actuals.map.yaml:38'),
  (26, 'TOO_LONG', 'InvoiceProposalId', /* place */ 'integration_actuals.map.yaml:38'),
  (27, 'VALUE_UNMAPPED', 'IsJournalized', /* place */ 'integration_actuals.map.yaml:39'),
  (28, 'VALUE_UNMAPPED', 'IsJournalized', /* place */ 'integration_actuals.map.yaml:39'),
  (29, 'LOOKUP_MISSING', 'ProductNumber', /* place */ 'integration_actuals.map.yaml:40'),
  (30, 'LOOKUP_AMBIGUOUS', 'ProductNumber', /* place */ 'integration_actuals.map.yaml:40'),
  (31, 'TOO_LONG', 'ProductNumber', /* place */ 'integration_actuals.map.yaml:40'),
  (32, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (33, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (34, 'TOO_LONG', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (35, 'REQUIRED_NULL', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (36, 'LOOKUP_MISSING', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (37, 'LOOKUP_AMBIGUOUS', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (38, 'LOOKUP_MISSING', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (39, 'LOOKUP_AMBIGUOUS', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (40, 'REQUIRED_NULL', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (41, 'VALUE_UNMAPPED', 'Status', /* place */ 'integration_actuals.map.yaml:45'),
  (42, 'VALUE_UNMAPPED', 'StatusReason', /* place */ 'integration_actuals.map.yaml:46'),
  (43, 'LOOKUP_MISSING', 'TaskNumber', /* place */ 'integration_actuals.map.yaml:47'),
  (44, 'LOOKUP_AMBIGUOUS', 'TaskNumber', /* place */ 'integration_actuals.map.yaml:47'),
  (45, 'LOOKUP_MISSING', 'TransactionCategoryId', /* place */ 'integration_actuals.map.yaml:48'),
  (46, 'LOOKUP_AMBIGUOUS', 'TransactionCategoryId', /* place */ 'integration_actuals.map.yaml:48'),
  (47, 'TOO_LONG', 'TransactionCategoryId', /* place */ 'integration_actuals.map.yaml:48'),
  (48, 'VALUE_UNMAPPED', 'TransactionClassification', /* place */ 'integration_actuals.map.yaml:49'),
  (49, 'REQUIRED_NULL', 'TransactionClassification', /* place */ 'integration_actuals.map.yaml:49'),
  (50, 'LOOKUP_MISSING', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (51, 'LOOKUP_AMBIGUOUS', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (52, 'TOO_LONG', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (53, 'REQUIRED_NULL', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (54, 'VALUE_UNMAPPED', 'TransactionType', /* place */ 'integration_actuals.map.yaml:51'),
  (55, 'VALUE_UNMAPPED', 'TransactionType', /* place */ 'integration_actuals.map.yaml:51'),
  (56, 'LOOKUP_MISSING', 'UnitOfMeasure', /* place */ 'integration_actuals.map.yaml:52'),
  (57, 'LOOKUP_AMBIGUOUS', 'UnitOfMeasure', /* place */ 'integration_actuals.map.yaml:52'),
  (58, 'TARGET_EXISTS', '', /* place */ 'integration_actuals.map.yaml:6'),
  (59, 'TARGET_MISSING', '', /* place */ 'integration_actuals.map.yaml:6'),
  (60, 'TARGET_DUPLICATE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (61, 'UPDATE_NOT_ALLOWED', '', /* place */ 'integration_actuals.map.yaml:6'),
  (62, 'CONFLICT_STALE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (63, 'KEY_DUPLICATE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (64, 'SUPERSEDED', '', /* place */ 'integration_actuals.map.yaml:6'),
  (65, 'SET_INCOMPLETE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (66, 'TARGET_REFUSED', '', /* place */ 'integration_actuals.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'integration_actuals' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'integration_actuals' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'integration_actuals' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('msdyn_actualid', CAST(source."msdyn_actualid" AS VARCHAR), 'statecode', CAST(source."statecode" AS VARCHAR), 'statuscode', CAST(source."statuscode" AS VARCHAR), 'msdyn_description', CAST(source."msdyn_description" AS VARCHAR), 'msdyn_accountcustomer', CAST(source."msdyn_accountcustomer" AS VARCHAR), 'msdyn_accountingdate', CAST(source."msdyn_accountingdate" AS VARCHAR), 'msdyn_accountvendor', CAST(source."msdyn_accountvendor" AS VARCHAR), 'msdyn_adjustmentstatus', CAST(source."msdyn_adjustmentstatus" AS VARCHAR), 'msdyn_amount', CAST(source."msdyn_amount" AS VARCHAR), 'transactioncurrencyid', CAST(source."transactioncurrencyid" AS VARCHAR), 'exchangerate', CAST(source."exchangerate" AS VARCHAR), 'msdyn_amount_base', CAST(source."msdyn_amount_base" AS VARCHAR), 'msdyn_amountmethod', CAST(source."msdyn_amountmethod" AS VARCHAR), 'msdyn_basisamount', CAST(source."msdyn_basisamount" AS VARCHAR), 'msdyn_basisamount_base', CAST(source."msdyn_basisamount_base" AS VARCHAR), 'msdyn_basisprice', CAST(source."msdyn_basisprice" AS VARCHAR), 'msdyn_basisprice_base', CAST(source."msdyn_basisprice_base" AS VARCHAR), 'msdyn_basisquantity', CAST(source."msdyn_basisquantity" AS VARCHAR), 'msdyn_billingstatus', CAST(source."msdyn_billingstatus" AS VARCHAR), 'msdyn_billingtype', CAST(source."msdyn_billingtype" AS VARCHAR), 'msdyn_bookableresource', CAST(source."msdyn_bookableresource" AS VARCHAR), 'msdyn_contactcustomer', CAST(source."msdyn_contactcustomer" AS VARCHAR), 'msdyn_contactvendor', CAST(source."msdyn_contactvendor" AS VARCHAR), 'msdyn_customertype', CAST(source."msdyn_customertype" AS VARCHAR), 'msdyn_documentdate', CAST(source."msdyn_documentdate" AS VARCHAR), 'msdyn_enddatetime', CAST(source."msdyn_enddatetime" AS VARCHAR), 'msdyn_exchangeratedate', CAST(source."msdyn_exchangeratedate" AS VARCHAR), 'msdyn_externaldescription', CAST(source."msdyn_externaldescription" AS VARCHAR), 'msdyn_externalreferencedate', CAST(source."msdyn_externalreferencedate" AS VARCHAR), 'msdyn_externalreferenceid', CAST(source."msdyn_externalreferenceid" AS VARCHAR), 'msdyn_invoice', CAST(source."msdyn_invoice" AS VARCHAR), 'msdyn_isjournalized', CAST(source."msdyn_isjournalized" AS VARCHAR), 'msdyn_percent', CAST(source."msdyn_percent" AS VARCHAR), 'msdyn_price', CAST(source."msdyn_price" AS VARCHAR), 'msdyn_price_base', CAST(source."msdyn_price_base" AS VARCHAR), 'msdyn_pricelist', CAST(source."msdyn_pricelist" AS VARCHAR), 'msdyn_product', CAST(source."msdyn_product" AS VARCHAR), 'msdyn_quantity', CAST(source."msdyn_quantity" AS VARCHAR), 'msdyn_salescontract', CAST(source."msdyn_salescontract" AS VARCHAR), 'msdyn_salescontractline', CAST(source."msdyn_salescontractline" AS VARCHAR), 'msdyn_startdatetime', CAST(source."msdyn_startdatetime" AS VARCHAR), 'msdyn_transactionclassification', CAST(source."msdyn_transactionclassification" AS VARCHAR), 'msdyn_transactiontypecode', CAST(source."msdyn_transactiontypecode" AS VARCHAR), 'msdyn_unit', CAST(source."msdyn_unit" AS VARCHAR), 'msdyn_unitschedule', CAST(source."msdyn_unitschedule" AS VARCHAR), 'msdyn_vendortype', CAST(source."msdyn_vendortype" AS VARCHAR), 'msdyn_contractorganizationalunitid', CAST(source."msdyn_contractorganizationalunitid" AS VARCHAR), 'msdyn_project', CAST(source."msdyn_project" AS VARCHAR), 'msdyn_resourcecategory', CAST(source."msdyn_resourcecategory" AS VARCHAR), 'msdyn_resourceorganizationalunitid', CAST(source."msdyn_resourceorganizationalunitid" AS VARCHAR), 'msdyn_salescontractlineid', CAST(source."msdyn_salescontractlineid" AS VARCHAR), 'msdyn_task', CAST(source."msdyn_task" AS VARCHAR), 'msdyn_transactioncategory', CAST(source."msdyn_transactioncategory" AS VARCHAR), 'msdyn_actualimportid', CAST(source."msdyn_actualimportid" AS VARCHAR), 'msdyn_projectcontractsplitbillingrule', CAST(source."msdyn_projectcontractsplitbillingrule" AS VARCHAR), 'msdyn_nameofbookableresource', CAST(source."msdyn_nameofbookableresource" AS VARCHAR), 'msdyn_valueofsalescontractline', CAST(source."msdyn_valueofsalescontractline" AS VARCHAR), 'msdyn_externaloriginreference', CAST(source."msdyn_externaloriginreference" AS VARCHAR), 'msdyn_istransition', CAST(source."msdyn_istransition" AS VARCHAR), 'msdyn_accountexchangerate', CAST(source."msdyn_accountexchangerate" AS VARCHAR), 'msdyn_vouchernumber', CAST(source."msdyn_vouchernumber" AS VARCHAR), 'msdyn_accountingtaxamount', CAST(source."msdyn_accountingtaxamount" AS VARCHAR), 'msdyn_accountingamount', CAST(source."msdyn_accountingamount" AS VARCHAR), 'msdyn_transactiondate', CAST(source."msdyn_transactiondate" AS VARCHAR), 'msdyn_skipsync', CAST(source."msdyn_skipsync" AS VARCHAR), 'msdyn_company', CAST(source."msdyn_company" AS VARCHAR), 'modifiedon', CAST(source."modifiedon" AS VARCHAR), 'versionnumber', CAST(source."versionnumber" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'modifiedon', /* place */ 'integration_actuals.map.yaml:6'),
  (2, 'LOOKUP_MISSING', 'dataAreaId', /* place */ 'integration_actuals.map.yaml:18'),
  (3, 'LOOKUP_AMBIGUOUS', 'dataAreaId', /* place */ 'integration_actuals.map.yaml:18'),
  (4, 'KEY_NULL', 'dataAreaId', /* place */ 'integration_actuals.map.yaml:18'),
  (5, 'KEY_NULL', 'ActualsImportId', /* place */ 'integration_actuals.map.yaml:19'),
  (6, 'REQUIRED_NULL', 'AccountingDate', /* place */ 'integration_actuals.map.yaml:22'),
  (7, 'VALUE_UNMAPPED', 'AdjustmentStatus', /* place */ 'integration_actuals.map.yaml:23'),
  (8, 'VALUE_UNMAPPED', 'BillingStatusId', /* place */ 'integration_actuals.map.yaml:25'),
  (9, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'integration_actuals.map.yaml:26'),
  (10, 'VALUE_UNMAPPED', 'BillingType', /* place */ 'integration_actuals.map.yaml:26'),
  (11, 'REQUIRED_NULL', 'BillingType', /* place */ 'integration_actuals.map.yaml:26'),
  (12, 'LOOKUP_MISSING', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (13, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (14, 'LOOKUP_MISSING', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (15, 'LOOKUP_AMBIGUOUS', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (16, 'TOO_LONG', 'ContractId', /* place */ 'integration_actuals.map.yaml:28'),
  (17, 'REQUIRED_NULL', 'DocumentDate', /* place */ 'integration_actuals.map.yaml:31'),
  (18, 'OUT_OF_RANGE', 'StartDate', /* place */ 'integration_actuals.map.yaml:32'),
  (19, 'OUT_OF_RANGE', 'EndDate', /* place */ 'integration_actuals.map.yaml:33'),
  (20, 'TOO_LONG', 'ExternalReference', /* place */ 'integration_actuals.map.yaml:35'),
  (21, 'LOOKUP_MISSING', 'FundingSource', /* place */ 'integration_actuals.map.yaml:37'),
  (22, 'LOOKUP_AMBIGUOUS', 'FundingSource', /* place */ 'integration_actuals.map.yaml:37'),
  (23, 'TOO_LONG', 'FundingSource', /* place */ 'integration_actuals.map.yaml:37'),
  (24, 'LOOKUP_MISSING', 'InvoiceProposalId', /* place */ 'integration_actuals.map.yaml:38'),
  (25, 'LOOKUP_AMBIGUOUS', 'InvoiceProposalId', /* place */ 'integration_actuals.map.yaml:38'),
  (26, 'TOO_LONG', 'InvoiceProposalId', /* place */ 'integration_actuals.map.yaml:38'),
  (27, 'VALUE_UNMAPPED', 'IsJournalized', /* place */ 'integration_actuals.map.yaml:39'),
  (28, 'VALUE_UNMAPPED', 'IsJournalized', /* place */ 'integration_actuals.map.yaml:39'),
  (29, 'LOOKUP_MISSING', 'ProductNumber', /* place */ 'integration_actuals.map.yaml:40'),
  (30, 'LOOKUP_AMBIGUOUS', 'ProductNumber', /* place */ 'integration_actuals.map.yaml:40'),
  (31, 'TOO_LONG', 'ProductNumber', /* place */ 'integration_actuals.map.yaml:40'),
  (32, 'LOOKUP_MISSING', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (33, 'LOOKUP_AMBIGUOUS', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (34, 'TOO_LONG', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (35, 'REQUIRED_NULL', 'ProjectId', /* place */ 'integration_actuals.map.yaml:41'),
  (36, 'LOOKUP_MISSING', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (37, 'LOOKUP_AMBIGUOUS', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (38, 'LOOKUP_MISSING', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (39, 'LOOKUP_AMBIGUOUS', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (40, 'REQUIRED_NULL', 'ProjectDataAreaId', /* place */ 'integration_actuals.map.yaml:42'),
  (41, 'VALUE_UNMAPPED', 'Status', /* place */ 'integration_actuals.map.yaml:45'),
  (42, 'VALUE_UNMAPPED', 'StatusReason', /* place */ 'integration_actuals.map.yaml:46'),
  (43, 'LOOKUP_MISSING', 'TaskNumber', /* place */ 'integration_actuals.map.yaml:47'),
  (44, 'LOOKUP_AMBIGUOUS', 'TaskNumber', /* place */ 'integration_actuals.map.yaml:47'),
  (45, 'LOOKUP_MISSING', 'TransactionCategoryId', /* place */ 'integration_actuals.map.yaml:48'),
  (46, 'LOOKUP_AMBIGUOUS', 'TransactionCategoryId', /* place */ 'integration_actuals.map.yaml:48'),
  (47, 'TOO_LONG', 'TransactionCategoryId', /* place */ 'integration_actuals.map.yaml:48'),
  (48, 'VALUE_UNMAPPED', 'TransactionClassification', /* place */ 'integration_actuals.map.yaml:49'),
  (49, 'REQUIRED_NULL', 'TransactionClassification', /* place */ 'integration_actuals.map.yaml:49'),
  (50, 'LOOKUP_MISSING', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (51, 'LOOKUP_AMBIGUOUS', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (52, 'TOO_LONG', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (53, 'REQUIRED_NULL', 'TransactionCurrencyId', /* place */ 'integration_actuals.map.yaml:50'),
  (54, 'VALUE_UNMAPPED', 'TransactionType', /* place */ 'integration_actuals.map.yaml:51'),
  (55, 'VALUE_UNMAPPED', 'TransactionType', /* place */ 'integration_actuals.map.yaml:51'),
  (56, 'LOOKUP_MISSING', 'UnitOfMeasure', /* place */ 'integration_actuals.map.yaml:52'),
  (57, 'LOOKUP_AMBIGUOUS', 'UnitOfMeasure', /* place */ 'integration_actuals.map.yaml:52'),
  (58, 'TARGET_EXISTS', '', /* place */ 'integration_actuals.map.yaml:6'),
  (59, 'TARGET_MISSING', '', /* place */ 'integration_actuals.map.yaml:6'),
  (60, 'TARGET_DUPLICATE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (61, 'UPDATE_NOT_ALLOWED', '', /* place */ 'integration_actuals.map.yaml:6'),
  (62, 'CONFLICT_STALE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (63, 'KEY_DUPLICATE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (64, 'SUPERSEDED', '', /* place */ 'integration_actuals.map.yaml:6'),
  (65, 'SET_INCOMPLETE', '', /* place */ 'integration_actuals.map.yaml:6'),
  (66, 'TARGET_REFUSED', '', /* place */ 'integration_actuals.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "dataverse"."msdyn_actuals" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'integration_actuals' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'integration_actuals' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, shaped."#version" AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE 'finops.ProjCDSActualsImport' END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'integration_actuals' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = shaped."#version", FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM shaped."#version"
    OR (NOT shaped."#done" AND (link.target <> 'finops.ProjCDSActualsImport' OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'integration_actuals' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'integration_actuals' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'integration_actuals';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'integration_actuals' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
