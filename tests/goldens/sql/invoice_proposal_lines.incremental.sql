-- invoice_proposal_lines: Import from staging, part 2 (billed sales to proposal lines)
-- finops.ProjCDSActualsImport -> finops.ProjProposalEmpl, finops.ProjProposalCost, finops.ProjProposalItem, finops.ProjProposalRevenue, finops.ProjProposalOnAcc, incremental

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
WHERE leg = 'invoice_proposal_lines' AND state = 'filtered'
  AND EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'invoice_proposal_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSActualsImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source);

-- no row chosen yet
CREATE OR REPLACE TEMP TABLE examined ("#row" BIGINT, why VARCHAR);

-- rows changed since the watermark
INSERT INTO examined
SELECT source.rowid, 'changed'
FROM "finops"."ProjCDSActualsImport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    LEFT JOIN crosswalk.watermarks AS mark ON mark.leg = 'invoice_proposal_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSActualsImport'
      AND (now.row_count IS DISTINCT FROM mark.row_count
        OR now.cursor IS DISTINCT FROM mark.cursor
        OR now.content IS DISTINCT FROM mark.content)
  )
  AND coalesce(source."ModifiedDateTime" >= (
    SELECT mark.cursor - INTERVAL 300 SECOND FROM crosswalk.watermarks AS mark
    WHERE mark.leg = 'invoice_proposal_lines' AND mark.entity = 'finops.ProjCDSActualsImport'
  ), TRUE)
  AND NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'invoice_proposal_lines' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
      AND (link.source_version = CAST(source."RecVersion" AS VARCHAR) OR link.state = 'live')
  );

-- rows that came in late
INSERT INTO examined
SELECT source.rowid, 'came in late'
FROM "finops"."ProjCDSActualsImport" AS source
WHERE EXISTS (
    SELECT 1 FROM bounds AS now
    JOIN crosswalk.watermarks AS mark ON mark.leg = 'invoice_proposal_lines' AND mark.entity = now.entity
    WHERE now.entity = 'finops.ProjCDSActualsImport'
      AND now.row_count > mark.row_count + (SELECT count(*) FROM "finops"."ProjCDSActualsImport" AS source WHERE source."ModifiedDateTime" > mark.cursor)
  )
  AND NOT EXISTS (SELECT 1 FROM crosswalk.lineage AS link WHERE link.leg = 'invoice_proposal_lines' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|'));

-- rows still held or rejected
INSERT INTO examined
SELECT source.rowid, 'open'
FROM "finops"."ProjCDSActualsImport" AS source
WHERE replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
  SELECT open.source_key FROM crosswalk.rejects AS open
  WHERE open.leg = 'invoice_proposal_lines' AND open.state = 'open'
);

-- delivered rows that are missing in finops.ProjProposalEmpl
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "finops"."ProjCDSActualsImport" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'invoice_proposal_lines' AND link.state = 'live' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE link.target = 'finops.ProjProposalEmpl'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjProposalEmpl" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- delivered rows that are missing in finops.ProjProposalCost
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "finops"."ProjCDSActualsImport" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'invoice_proposal_lines' AND link.state = 'live' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE link.target = 'finops.ProjProposalCost'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjProposalCost" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- delivered rows that are missing in finops.ProjProposalItem
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "finops"."ProjCDSActualsImport" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'invoice_proposal_lines' AND link.state = 'live' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE link.target = 'finops.ProjProposalItem'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjProposalItem" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjTransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- delivered rows that are missing in finops.ProjProposalRevenue
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "finops"."ProjCDSActualsImport" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'invoice_proposal_lines' AND link.state = 'live' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE link.target = 'finops.ProjProposalRevenue'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjProposalRevenue" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- delivered rows that are missing in finops.ProjProposalOnAcc
INSERT INTO examined
SELECT source.rowid, 'missing in the target'
FROM "finops"."ProjCDSActualsImport" AS source
JOIN crosswalk.lineage AS link ON link.leg = 'invoice_proposal_lines' AND link.state = 'live' AND link.source_key = replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
WHERE link.target = 'finops.ProjProposalOnAcc'
  AND NOT EXISTS (SELECT 1 FROM "finops"."ProjProposalOnAcc" AS target WHERE replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') = link.target_key);

-- the other rows of their sets
INSERT INTO examined
SELECT source.rowid, 'same set'
FROM "finops"."ProjCDSActualsImport" AS source
JOIN (
  SELECT DISTINCT member."InvoiceProposalId", member."ProjectDataAreaId"
  FROM "finops"."ProjCDSActualsImport" AS member WHERE member.rowid IN (SELECT "#row" FROM examined)
) AS member ON source."InvoiceProposalId" IS NOT DISTINCT FROM member."InvoiceProposalId" AND source."ProjectDataAreaId" IS NOT DISTINCT FROM member."ProjectDataAreaId"
WHERE source.rowid NOT IN (SELECT "#row" FROM examined);

-- other rows of the same keys
INSERT INTO examined
SELECT source.rowid, 'same key'
FROM "finops"."ProjCDSActualsImport" AS source
WHERE source.rowid NOT IN (SELECT "#row" FROM examined)
  AND replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') IN (
    SELECT twin.source_key FROM crosswalk.rejects AS twin
    JOIN crosswalk.rejects AS own ON own.leg = twin.leg AND own.value = twin.value
    WHERE own.leg = 'invoice_proposal_lines' AND own.state IN ('open', 'dismissed') AND own.code = 'KEY_DUPLICATE'
      AND twin.state IN ('open', 'dismissed') AND twin.code = 'KEY_DUPLICATE'
      AND own.source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined))
  );

-- what the ledger links them to
CREATE OR REPLACE TEMP TABLE linked AS
SELECT *
FROM crosswalk.lineage
WHERE leg = 'invoice_proposal_lines' AND source_key IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source WHERE source.rowid IN (SELECT "#row" FROM examined));

-- check GUARD_EMPTY_SOURCE: rows of a source that is empty now
SELECT CASE WHEN (SELECT count(*) FROM "finops"."ProjCDSActualsImport") = 0 THEN count(*) ELSE 0 END, min(source_key)
FROM crosswalk.lineage
WHERE leg = 'invoice_proposal_lines' AND state = 'live';

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
    source."InvoiceProposalId",
    source."ActualId",
    source."ContractId",
    source."ContractLineId",
    source."ExternalReference",
    source."TransactionType",
    source."TransactionClassification",
    source."ExternalDescription",
    source."Description",
    source."BookableResourceName",
    source."Amount",
    source."Quantity",
    source."UnitPrice",
    source."ProductNumber",
    source."IsProcessed",
    source."InvoiceProposalLineTransId"
  FROM "finops"."ProjCDSActualsImport" AS source
  WHERE source.rowid IN (SELECT "#row" FROM examined)
),
"joined_1" AS (
  SELECT *
  FROM "landed"
  LEFT JOIN (  -- proposal: invoice_proposal_lines.map.yaml:17
    SELECT x."ProposalId" AS "proposal.#1", x."dataAreaId" AS "proposal.#2", count(*) AS "proposal.#hits", any_value(x."Status") AS "proposal.Status", any_value(x."ExpectedLineCount") AS "proposal.ExpectedLineCount", any_value(x."HashedListOfBillableSalesActualIds") AS "proposal.HashedListOfBillableSalesActualIds"
    FROM "finops"."ProjInvoiceProposalV2" AS x
    WHERE x."ProposalId" IN (SELECT DISTINCT "InvoiceProposalId" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "ProjectDataAreaId" FROM "landed")
    GROUP BY x."ProposalId", x."dataAreaId"
  ) ON "proposal.#1" = "InvoiceProposalId" AND "proposal.#2" = "ProjectDataAreaId"
  LEFT JOIN (  -- reversal: invoice_proposal_lines.map.yaml:22
    SELECT x."Transaction1Id" AS "reversal.#1", x."Transaction1Role" AS "reversal.#2", x."Transaction2Role" AS "reversal.#3", count(*) AS "reversal.#hits", any_value(x."Transaction2Id") AS "reversal.Transaction2Id"
    FROM "finops"."ProjCDSTransactionRelationshipImport" AS x
    WHERE x."Transaction1Id" IN (SELECT DISTINCT "ActualId" FROM "landed") AND x."Transaction1Role" = 'Reversing' AND x."Transaction2Role" = 'Original'
    GROUP BY x."Transaction1Id", x."Transaction1Role", x."Transaction2Role"
  ) ON "reversal.#1" = "ActualId" AND "reversal.#2" = 'Reversing' AND "reversal.#3" = 'Original'
  LEFT JOIN (  -- link: invoice_proposal_lines.map.yaml:26
    SELECT x."Transaction1Id" AS "link.#1", x."Transaction1Role" AS "link.#2", x."Transaction2Role" AS "link.#3", count(*) AS "link.#hits", any_value(x."Transaction2Id") AS "link.Transaction2Id"
    FROM "finops"."ProjCDSTransactionRelationshipImport" AS x
    WHERE x."Transaction1Role" = 'Billed Sales' AND x."Transaction2Role" = 'Unbilled Sales'
    GROUP BY x."Transaction1Id", x."Transaction1Role", x."Transaction2Role"
  ) ON "link.#1" = coalesce("reversal.Transaction2Id", "ActualId") AND "link.#2" = 'Billed Sales' AND "link.#3" = 'Unbilled Sales'
  LEFT JOIN (  -- unbilled: invoice_proposal_lines.map.yaml:33
    SELECT x."ActualId" AS "unbilled.#1", x."dataAreaId" AS "unbilled.#2", count(*) AS "unbilled.#hits", any_value(x."ProjAdvancedJournalLine") AS "unbilled.ProjAdvancedJournalLine"
    FROM "finops"."ProjCDSActualsImport" AS x
    WHERE x."dataAreaId" IN (SELECT DISTINCT "dataAreaId" FROM "landed")
    GROUP BY x."ActualId", x."dataAreaId"
  ) ON "unbilled.#1" = "link.Transaction2Id" AND "unbilled.#2" = "dataAreaId"
  LEFT JOIN (  -- journal: invoice_proposal_lines.map.yaml:37
    SELECT x."Voucher" AS "journal.#1", x."dataAreaId" AS "journal.#2", count(*) AS "journal.#hits", any_value(x."Status") AS "journal.Status", any_value(x."ProjTransId") AS "journal.ProjTransId", any_value(x."ProjectSalesTaxGroup") AS "journal.ProjectSalesTaxGroup", any_value(x."ProjectSalesTaxItemGroup") AS "journal.ProjectSalesTaxItemGroup"
    FROM "finops"."ProjAdvancedJournalLine" AS x
    WHERE x."dataAreaId" IN (SELECT DISTINCT "ProjectDataAreaId" FROM "landed")
    GROUP BY x."Voucher", x."dataAreaId"
  ) ON "journal.#1" = "unbilled.ProjAdvancedJournalLine" AND "journal.#2" = "ProjectDataAreaId"
  LEFT JOIN (  -- rule: invoice_proposal_lines.map.yaml:41
    SELECT x."ContractId" AS "rule.#1", x."ContractLineId" AS "rule.#2", x."dataAreaId" AS "rule.#3", count(*) AS "rule.#hits", any_value(x."Type") AS "rule.Type"
    FROM "finops"."ProjContractBillingRule" AS x
    WHERE x."ContractId" IN (SELECT DISTINCT "ContractId" FROM "landed") AND x."ContractLineId" IN (SELECT DISTINCT "ContractLineId" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "ProjectDataAreaId" FROM "landed")
    GROUP BY x."ContractId", x."ContractLineId", x."dataAreaId"
  ) ON "rule.#1" = "ContractId" AND "rule.#2" = "ContractLineId" AND "rule.#3" = "ProjectDataAreaId"
  LEFT JOIN (  -- onaccount: invoice_proposal_lines.map.yaml:45
    SELECT x."TransId" AS "onaccount.#1", x."dataAreaId" AS "onaccount.#2", count(*) AS "onaccount.#hits", any_value(x."TransId") AS "onaccount.TransId", any_value(x."TaxGroupId") AS "onaccount.TaxGroupId", any_value(x."TaxItemGroupId") AS "onaccount.TaxItemGroupId"
    FROM "finops"."ProjOnAccTrans" AS x
    WHERE x."TransId" IN (SELECT DISTINCT "ExternalReference" FROM "landed") AND x."dataAreaId" IN (SELECT DISTINCT "ProjectDataAreaId" FROM "landed")
    GROUP BY x."TransId", x."dataAreaId"
  ) ON "onaccount.#1" = "ExternalReference" AND "onaccount.#2" = "ProjectDataAreaId"
),
judged AS (
  SELECT *,
    coalesce(("TransactionType" = 'billedSales'), FALSE) AS "#passes",  -- invoice_proposal_lines.map.yaml:13
    CASE
      WHEN "ModifiedDateTime" IS NULL THEN 1  -- CURSOR_NULL ModifiedDateTime invoice_proposal_lines.map.yaml:6
      WHEN "proposal.#hits" IS NULL THEN 2  -- PROPOSAL_MISSING proposal invoice_proposal_lines.map.yaml:17
      WHEN coalesce("proposal.#hits", 0) > 1 THEN 3  -- LOOKUP_AMBIGUOUS proposal invoice_proposal_lines.map.yaml:17
      WHEN coalesce("reversal.#hits", 0) > 1 THEN 4  -- LOOKUP_AMBIGUOUS reversal invoice_proposal_lines.map.yaml:22
      WHEN coalesce("link.#hits", 0) > 1 THEN 5  -- LOOKUP_AMBIGUOUS link invoice_proposal_lines.map.yaml:26
      WHEN coalesce("unbilled.#hits", 0) > 1 THEN 6  -- LOOKUP_AMBIGUOUS unbilled invoice_proposal_lines.map.yaml:33
      WHEN coalesce("journal.#hits", 0) > 1 THEN 7  -- LOOKUP_AMBIGUOUS journal invoice_proposal_lines.map.yaml:37
      WHEN coalesce("rule.#hits", 0) > 1 THEN 8  -- LOOKUP_AMBIGUOUS rule invoice_proposal_lines.map.yaml:41
      WHEN coalesce("onaccount.#hits", 0) > 1 THEN 9  -- LOOKUP_AMBIGUOUS onaccount invoice_proposal_lines.map.yaml:45
      WHEN NOT coalesce(("proposal.Status" = 0), FALSE) THEN 10  -- PROPOSAL_POSTED invoice_proposal_lines.map.yaml:50
      WHEN NOT coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("rule.Type" = 192350001) OR ("journal.Status" = 3)), FALSE) THEN 11  -- UNBILLED_NOT_POSTED invoice_proposal_lines.map.yaml:55
      WHEN NOT coalesce((("journal.Status" = 3) OR ("onaccount.TransId" IS NOT NULL)), FALSE) THEN 12  -- ON_ACCOUNT_MISSING invoice_proposal_lines.map.yaml:59
      WHEN (CAST(coalesce((("TransactionClassification" = 192350000) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" = 192350001) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" = 192350002) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" = 192350004) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("journal.Status" IS NULL)), FALSE) AS INTEGER)) = 0 THEN 13  -- NO_TARGET_ARM invoice_proposal_lines.map.yaml:6
      WHEN (CAST(coalesce((("TransactionClassification" = 192350000) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" = 192350001) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" = 192350002) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" = 192350004) AND ("journal.Status" = 3)), FALSE) AS INTEGER) + CAST(coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("journal.Status" IS NULL)), FALSE) AS INTEGER)) > 1 THEN 14  -- MANY_TARGET_ARMS invoice_proposal_lines.map.yaml:6
      WHEN coalesce((("TransactionClassification" = 192350000) AND ("journal.Status" = 3)), FALSE) AND ("ProjectDataAreaId" IS NULL) THEN 15  -- KEY_NULL dataAreaId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350000) AND ("journal.Status" = 3)), FALSE) AND ("InvoiceProposalId" IS NULL) THEN 16  -- KEY_NULL ProposalId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350000) AND ("journal.Status" = 3)), FALSE) AND ("journal.ProjTransId" IS NULL) THEN 17  -- KEY_NULL TransId invoice_proposal_lines.map.yaml:77
      WHEN coalesce((("TransactionClassification" = 192350001) AND ("journal.Status" = 3)), FALSE) AND ("ProjectDataAreaId" IS NULL) THEN 18  -- KEY_NULL dataAreaId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350001) AND ("journal.Status" = 3)), FALSE) AND ("InvoiceProposalId" IS NULL) THEN 19  -- KEY_NULL ProposalId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350001) AND ("journal.Status" = 3)), FALSE) AND ("journal.ProjTransId" IS NULL) THEN 20  -- KEY_NULL TransId invoice_proposal_lines.map.yaml:81
      WHEN coalesce((("TransactionClassification" = 192350002) AND ("journal.Status" = 3)), FALSE) AND ("ProjectDataAreaId" IS NULL) THEN 21  -- KEY_NULL dataAreaId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350002) AND ("journal.Status" = 3)), FALSE) AND ("InvoiceProposalId" IS NULL) THEN 22  -- KEY_NULL ProposalId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350002) AND ("journal.Status" = 3)), FALSE) AND ("journal.ProjTransId" IS NULL) THEN 23  -- KEY_NULL ProjTransId invoice_proposal_lines.map.yaml:85
      WHEN coalesce((("TransactionClassification" = 192350004) AND ("journal.Status" = 3)), FALSE) AND ("ProjectDataAreaId" IS NULL) THEN 24  -- KEY_NULL dataAreaId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350004) AND ("journal.Status" = 3)), FALSE) AND ("InvoiceProposalId" IS NULL) THEN 25  -- KEY_NULL ProposalId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" = 192350004) AND ("journal.Status" = 3)), FALSE) AND ("journal.ProjTransId" IS NULL) THEN 26  -- KEY_NULL TransId invoice_proposal_lines.map.yaml:89
      WHEN coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("journal.Status" IS NULL)), FALSE) AND ("ProjectDataAreaId" IS NULL) THEN 27  -- KEY_NULL dataAreaId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("journal.Status" IS NULL)), FALSE) AND ("InvoiceProposalId" IS NULL) THEN 28  -- KEY_NULL ProposalId invoice_proposal_lines.map.yaml:65
      WHEN coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("journal.Status" IS NULL)), FALSE) AND ("onaccount.TransId" IS NULL) THEN 29  -- KEY_NULL TransId invoice_proposal_lines.map.yaml:93
      WHEN NOT ('yes' IN ('no', 'yes')) THEN 30  -- VALUE_UNMAPPED IsProcessed invoice_proposal_lines.map.yaml:96
      ELSE NULL
    END AS "#fault"
  FROM "joined_1"
),
mapped AS (
  SELECT
    "#row", "#key", "#version", "#passes", "#fault",
    CASE "#fault"
      WHEN 2 THEN CAST((replace(replace(coalesce(CAST("InvoiceProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 3 THEN CAST((replace(replace(coalesce(CAST("InvoiceProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 4 THEN CAST((replace(replace(coalesce(CAST("ActualId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST('Reversing' AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST('Original' AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 5 THEN CAST((replace(replace(coalesce(CAST(coalesce("reversal.Transaction2Id", "ActualId") AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST('Billed Sales' AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST('Unbilled Sales' AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 6 THEN CAST((replace(replace(coalesce(CAST("link.Transaction2Id" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 7 THEN CAST((replace(replace(coalesce(CAST("unbilled.ProjAdvancedJournalLine" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 8 THEN CAST((replace(replace(coalesce(CAST("ContractId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ContractLineId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 9 THEN CAST((replace(replace(coalesce(CAST("ExternalReference" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST("ProjectDataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|')) AS VARCHAR)
      WHEN 30 THEN CAST('yes' AS VARCHAR)
      ELSE NULL
    END AS "#value",
    "ProjectDataAreaId" AS "ProjProposalEmpl.dataAreaId",  -- invoice_proposal_lines.map.yaml:65
    "InvoiceProposalId" AS "ProjProposalEmpl.ProposalId",  -- invoice_proposal_lines.map.yaml:65
    "journal.ProjTransId" AS "ProjProposalEmpl.TransId",  -- invoice_proposal_lines.map.yaml:77
    CAST(coalesce(nullif("ExternalDescription", ''), nullif("Description", '')) AS VARCHAR) AS "ProjProposalEmpl.Txt",  -- invoice_proposal_lines.map.yaml:67
    CAST(coalesce(nullif("journal.ProjectSalesTaxGroup", ''), nullif("onaccount.TaxGroupId", '')) AS VARCHAR) AS "ProjProposalEmpl.TaxGroupId",  -- invoice_proposal_lines.map.yaml:68
    CAST(coalesce(nullif("journal.ProjectSalesTaxItemGroup", ''), nullif("onaccount.TaxItemGroupId", '')) AS VARCHAR) AS "ProjProposalEmpl.TaxItemGroupId",  -- invoice_proposal_lines.map.yaml:69
    "ContractLineId" AS "ProjProposalEmpl.PSAContractLineNum",  -- invoice_proposal_lines.map.yaml:70
    "BookableResourceName" AS "ProjProposalEmpl.BookableResourceName",  -- invoice_proposal_lines.map.yaml:71
    "Amount" AS "ProjProposalEmpl.AmountCur",  -- invoice_proposal_lines.map.yaml:72
    "Quantity" AS "ProjProposalEmpl.Qty",  -- invoice_proposal_lines.map.yaml:73
    "UnitPrice" AS "ProjProposalEmpl.SalesPrice",  -- invoice_proposal_lines.map.yaml:78
    "ProjectDataAreaId" AS "ProjProposalCost.dataAreaId",  -- invoice_proposal_lines.map.yaml:65
    "InvoiceProposalId" AS "ProjProposalCost.ProposalId",  -- invoice_proposal_lines.map.yaml:65
    "journal.ProjTransId" AS "ProjProposalCost.TransId",  -- invoice_proposal_lines.map.yaml:81
    CAST(coalesce(nullif("ExternalDescription", ''), nullif("Description", '')) AS VARCHAR) AS "ProjProposalCost.Txt",  -- invoice_proposal_lines.map.yaml:67
    CAST(coalesce(nullif("journal.ProjectSalesTaxGroup", ''), nullif("onaccount.TaxGroupId", '')) AS VARCHAR) AS "ProjProposalCost.TaxGroupId",  -- invoice_proposal_lines.map.yaml:68
    CAST(coalesce(nullif("journal.ProjectSalesTaxItemGroup", ''), nullif("onaccount.TaxItemGroupId", '')) AS VARCHAR) AS "ProjProposalCost.TaxItemGroupId",  -- invoice_proposal_lines.map.yaml:69
    "ContractLineId" AS "ProjProposalCost.PSAContractLineNum",  -- invoice_proposal_lines.map.yaml:70
    "BookableResourceName" AS "ProjProposalCost.BookableResourceName",  -- invoice_proposal_lines.map.yaml:71
    "Amount" AS "ProjProposalCost.AmountCur",  -- invoice_proposal_lines.map.yaml:72
    "Quantity" AS "ProjProposalCost.Qty",  -- invoice_proposal_lines.map.yaml:73
    "UnitPrice" AS "ProjProposalCost.SalesPrice",  -- invoice_proposal_lines.map.yaml:82
    "ProjectDataAreaId" AS "ProjProposalItem.dataAreaId",  -- invoice_proposal_lines.map.yaml:65
    "InvoiceProposalId" AS "ProjProposalItem.ProposalId",  -- invoice_proposal_lines.map.yaml:65
    "journal.ProjTransId" AS "ProjProposalItem.ProjTransId",  -- invoice_proposal_lines.map.yaml:85
    CAST(coalesce(nullif("ExternalDescription", ''), nullif("Description", '')) AS VARCHAR) AS "ProjProposalItem.Txt",  -- invoice_proposal_lines.map.yaml:67
    CAST(coalesce(nullif("journal.ProjectSalesTaxGroup", ''), nullif("onaccount.TaxGroupId", '')) AS VARCHAR) AS "ProjProposalItem.TaxGroupId",  -- invoice_proposal_lines.map.yaml:68
    CAST(coalesce(nullif("journal.ProjectSalesTaxItemGroup", ''), nullif("onaccount.TaxItemGroupId", '')) AS VARCHAR) AS "ProjProposalItem.TaxItemGroupId",  -- invoice_proposal_lines.map.yaml:69
    "ContractLineId" AS "ProjProposalItem.PSAContractLineNum",  -- invoice_proposal_lines.map.yaml:70
    "BookableResourceName" AS "ProjProposalItem.BookableResourceName",  -- invoice_proposal_lines.map.yaml:71
    "Amount" AS "ProjProposalItem.AmountCur",  -- invoice_proposal_lines.map.yaml:72
    "Quantity" AS "ProjProposalItem.Qty",  -- invoice_proposal_lines.map.yaml:73
    "ProductNumber" AS "ProjProposalItem.ItemId",  -- invoice_proposal_lines.map.yaml:86
    "UnitPrice" AS "ProjProposalItem.SalesPrice",  -- invoice_proposal_lines.map.yaml:86
    "ProjectDataAreaId" AS "ProjProposalRevenue.dataAreaId",  -- invoice_proposal_lines.map.yaml:65
    "InvoiceProposalId" AS "ProjProposalRevenue.ProposalId",  -- invoice_proposal_lines.map.yaml:65
    "journal.ProjTransId" AS "ProjProposalRevenue.TransId",  -- invoice_proposal_lines.map.yaml:89
    CAST(coalesce(nullif("ExternalDescription", ''), nullif("Description", '')) AS VARCHAR) AS "ProjProposalRevenue.Txt",  -- invoice_proposal_lines.map.yaml:67
    CAST(coalesce(nullif("journal.ProjectSalesTaxGroup", ''), nullif("onaccount.TaxGroupId", '')) AS VARCHAR) AS "ProjProposalRevenue.TaxGroupId",  -- invoice_proposal_lines.map.yaml:68
    CAST(coalesce(nullif("journal.ProjectSalesTaxItemGroup", ''), nullif("onaccount.TaxItemGroupId", '')) AS VARCHAR) AS "ProjProposalRevenue.TaxItemGroupId",  -- invoice_proposal_lines.map.yaml:69
    "ContractLineId" AS "ProjProposalRevenue.PSAContractLineNum",  -- invoice_proposal_lines.map.yaml:70
    "BookableResourceName" AS "ProjProposalRevenue.BookableResourceName",  -- invoice_proposal_lines.map.yaml:71
    "Amount" AS "ProjProposalRevenue.AmountCur",  -- invoice_proposal_lines.map.yaml:72
    "Quantity" AS "ProjProposalRevenue.Qty",  -- invoice_proposal_lines.map.yaml:73
    "UnitPrice" AS "ProjProposalRevenue.SalesPrice",  -- invoice_proposal_lines.map.yaml:90
    "ProjectDataAreaId" AS "ProjProposalOnAcc.dataAreaId",  -- invoice_proposal_lines.map.yaml:65
    "InvoiceProposalId" AS "ProjProposalOnAcc.ProposalId",  -- invoice_proposal_lines.map.yaml:65
    "onaccount.TransId" AS "ProjProposalOnAcc.TransId",  -- invoice_proposal_lines.map.yaml:93
    CAST(coalesce(nullif("ExternalDescription", ''), nullif("Description", '')) AS VARCHAR) AS "ProjProposalOnAcc.Txt",  -- invoice_proposal_lines.map.yaml:67
    CAST(coalesce(nullif("journal.ProjectSalesTaxGroup", ''), nullif("onaccount.TaxGroupId", '')) AS VARCHAR) AS "ProjProposalOnAcc.TaxGroupId",  -- invoice_proposal_lines.map.yaml:68
    CAST(coalesce(nullif("journal.ProjectSalesTaxItemGroup", ''), nullif("onaccount.TaxItemGroupId", '')) AS VARCHAR) AS "ProjProposalOnAcc.TaxItemGroupId",  -- invoice_proposal_lines.map.yaml:69
    "ContractLineId" AS "ProjProposalOnAcc.PSAContractLineNum",  -- invoice_proposal_lines.map.yaml:70
    "BookableResourceName" AS "ProjProposalOnAcc.BookableResourceName",  -- invoice_proposal_lines.map.yaml:71
    "Amount" AS "ProjProposalOnAcc.AmountCur",  -- invoice_proposal_lines.map.yaml:72
    "Quantity" AS "ProjProposalOnAcc.Qty",  -- invoice_proposal_lines.map.yaml:73
    "InvoiceProposalId" AS "source.InvoiceProposalId",  -- for later steps
    "ProjectDataAreaId" AS "source.ProjectDataAreaId",  -- for later steps
    "proposal.ExpectedLineCount" AS "source.proposal.ExpectedLineCount",  -- for later steps
    "proposal.HashedListOfBillableSalesActualIds" AS "source.proposal.HashedListOfBillableSalesActualIds",  -- for later steps
    "ActualId" AS "source.ActualId",  -- for later steps
    CASE WHEN ('yes' IN ('no', 'yes')) THEN 'yes' END AS "settle.IsProcessed",  -- for later steps
    coalesce(nullif("journal.ProjTransId", ''), nullif("onaccount.TransId", '')) AS "settle.InvoiceProposalLineTransId",  -- for later steps
    CASE WHEN coalesce((("TransactionClassification" = 192350000) AND ("journal.Status" = 3)), FALSE) THEN 0 WHEN coalesce((("TransactionClassification" = 192350001) AND ("journal.Status" = 3)), FALSE) THEN 1 WHEN coalesce((("TransactionClassification" = 192350002) AND ("journal.Status" = 3)), FALSE) THEN 2 WHEN coalesce((("TransactionClassification" = 192350004) AND ("journal.Status" = 3)), FALSE) THEN 3 WHEN coalesce((("TransactionClassification" IN (192350003, 192350005)) OR ("journal.Status" IS NULL)), FALSE) THEN 4 END AS "#arm"
  FROM judged
),
"target" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProposalId" AS "ProposalId", x."TransId" AS "TransId", x."Txt" AS "Txt", x."TaxGroupId" AS "TaxGroupId", x."TaxItemGroupId" AS "TaxItemGroupId", x."PSAContractLineNum" AS "PSAContractLineNum", x."BookableResourceName" AS "BookableResourceName", x."AmountCur" AS "AmountCur", x."Qty" AS "Qty", x."SalesPrice" AS "SalesPrice"
  FROM "finops"."ProjProposalEmpl" AS x
),
"target_1" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProposalId" AS "ProposalId", x."TransId" AS "TransId", x."Txt" AS "Txt", x."TaxGroupId" AS "TaxGroupId", x."TaxItemGroupId" AS "TaxItemGroupId", x."PSAContractLineNum" AS "PSAContractLineNum", x."BookableResourceName" AS "BookableResourceName", x."AmountCur" AS "AmountCur", x."Qty" AS "Qty", x."SalesPrice" AS "SalesPrice"
  FROM "finops"."ProjProposalCost" AS x
),
"target_2" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProjTransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProposalId" AS "ProposalId", x."ProjTransId" AS "ProjTransId", x."Txt" AS "Txt", x."TaxGroupId" AS "TaxGroupId", x."TaxItemGroupId" AS "TaxItemGroupId", x."PSAContractLineNum" AS "PSAContractLineNum", x."BookableResourceName" AS "BookableResourceName", x."AmountCur" AS "AmountCur", x."Qty" AS "Qty", x."ItemId" AS "ItemId", x."SalesPrice" AS "SalesPrice"
  FROM "finops"."ProjProposalItem" AS x
),
"target_3" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProposalId" AS "ProposalId", x."TransId" AS "TransId", x."Txt" AS "Txt", x."TaxGroupId" AS "TaxGroupId", x."TaxItemGroupId" AS "TaxItemGroupId", x."PSAContractLineNum" AS "PSAContractLineNum", x."BookableResourceName" AS "BookableResourceName", x."AmountCur" AS "AmountCur", x."Qty" AS "Qty", x."SalesPrice" AS "SalesPrice"
  FROM "finops"."ProjProposalRevenue" AS x
),
"target_4" AS (
  SELECT x.rowid AS "#row", replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') AS "#key", CAST(x."RecVersion" AS VARCHAR) AS "#version", x."dataAreaId" AS "dataAreaId", x."ProposalId" AS "ProposalId", x."TransId" AS "TransId", x."Txt" AS "Txt", x."TaxGroupId" AS "TaxGroupId", x."TaxItemGroupId" AS "TaxItemGroupId", x."PSAContractLineNum" AS "PSAContractLineNum", x."BookableResourceName" AS "BookableResourceName", x."AmountCur" AS "AmountCur", x."Qty" AS "Qty"
  FROM "finops"."ProjProposalOnAcc" AS x
),
matched AS (
  SELECT
    mapped.*,
    coalesce(target."#row", target_1."#row", target_2."#row", target_3."#row", target_4."#row") AS "#target_row",
    coalesce(target."#version", target_1."#version", target_2."#version", target_3."#version", target_4."#version") AS "#target_version",
    CASE mapped."#arm" WHEN 0 THEN replace(replace(coalesce(CAST(mapped."ProjProposalEmpl.dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalEmpl.ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalEmpl.TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') WHEN 1 THEN replace(replace(coalesce(CAST(mapped."ProjProposalCost.dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalCost.ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalCost.TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') WHEN 2 THEN replace(replace(coalesce(CAST(mapped."ProjProposalItem.dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalItem.ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalItem.ProjTransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') WHEN 3 THEN replace(replace(coalesce(CAST(mapped."ProjProposalRevenue.dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalRevenue.ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalRevenue.TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') WHEN 4 THEN replace(replace(coalesce(CAST(mapped."ProjProposalOnAcc.dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalOnAcc.ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(mapped."ProjProposalOnAcc.TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') END AS "#target_key",
    link.source_key IS NOT NULL AS "#linked",
    coalesce(CASE link.target WHEN 'finops.ProjProposalEmpl' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjProposalEmpl" AS x WHERE x."TransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) WHEN 'finops.ProjProposalCost' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjProposalCost" AS x WHERE x."TransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) WHEN 'finops.ProjProposalItem' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProjTransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjProposalItem" AS x WHERE x."ProjTransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) WHEN 'finops.ProjProposalRevenue' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjProposalRevenue" AS x WHERE x."TransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) WHEN 'finops.ProjProposalOnAcc' THEN link.target_key IN (SELECT replace(replace(coalesce(CAST(x."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(x."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjProposalOnAcc" AS x WHERE x."TransId" IN (SELECT TRY_CAST(CASE WHEN regexp_matches("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$') THEN regexp_replace(regexp_extract("target_key", '(?s)^(?:(?:[^|\\]|\\.)*\|){2}((?:[^|\\]|\\.)*)(?:\|(?:[^|\\]|\\.)*){0}$', 1), '\\(.)', '\1', 'gs') END AS VARCHAR) FROM linked)) END, FALSE) AS "#there",
    link.source_version AS "#agreed",
    FALSE AS "#stale",
    FALSE AS "#disputed",
    CASE mapped."#arm" WHEN 0 THEN (target."Txt" IS DISTINCT FROM mapped."ProjProposalEmpl.Txt"
      OR target."TaxGroupId" IS DISTINCT FROM mapped."ProjProposalEmpl.TaxGroupId"
      OR target."TaxItemGroupId" IS DISTINCT FROM mapped."ProjProposalEmpl.TaxItemGroupId"
      OR target."PSAContractLineNum" IS DISTINCT FROM mapped."ProjProposalEmpl.PSAContractLineNum"
      OR target."BookableResourceName" IS DISTINCT FROM mapped."ProjProposalEmpl.BookableResourceName"
      OR target."AmountCur" IS DISTINCT FROM mapped."ProjProposalEmpl.AmountCur"
      OR target."Qty" IS DISTINCT FROM mapped."ProjProposalEmpl.Qty"
      OR target."SalesPrice" IS DISTINCT FROM mapped."ProjProposalEmpl.SalesPrice") WHEN 1 THEN (target_1."Txt" IS DISTINCT FROM mapped."ProjProposalCost.Txt"
      OR target_1."TaxGroupId" IS DISTINCT FROM mapped."ProjProposalCost.TaxGroupId"
      OR target_1."TaxItemGroupId" IS DISTINCT FROM mapped."ProjProposalCost.TaxItemGroupId"
      OR target_1."PSAContractLineNum" IS DISTINCT FROM mapped."ProjProposalCost.PSAContractLineNum"
      OR target_1."BookableResourceName" IS DISTINCT FROM mapped."ProjProposalCost.BookableResourceName"
      OR target_1."AmountCur" IS DISTINCT FROM mapped."ProjProposalCost.AmountCur"
      OR target_1."Qty" IS DISTINCT FROM mapped."ProjProposalCost.Qty"
      OR target_1."SalesPrice" IS DISTINCT FROM mapped."ProjProposalCost.SalesPrice") WHEN 2 THEN (target_2."Txt" IS DISTINCT FROM mapped."ProjProposalItem.Txt"
      OR target_2."TaxGroupId" IS DISTINCT FROM mapped."ProjProposalItem.TaxGroupId"
      OR target_2."TaxItemGroupId" IS DISTINCT FROM mapped."ProjProposalItem.TaxItemGroupId"
      OR target_2."PSAContractLineNum" IS DISTINCT FROM mapped."ProjProposalItem.PSAContractLineNum"
      OR target_2."BookableResourceName" IS DISTINCT FROM mapped."ProjProposalItem.BookableResourceName"
      OR target_2."AmountCur" IS DISTINCT FROM mapped."ProjProposalItem.AmountCur"
      OR target_2."Qty" IS DISTINCT FROM mapped."ProjProposalItem.Qty"
      OR target_2."ItemId" IS DISTINCT FROM mapped."ProjProposalItem.ItemId"
      OR target_2."SalesPrice" IS DISTINCT FROM mapped."ProjProposalItem.SalesPrice") WHEN 3 THEN (target_3."Txt" IS DISTINCT FROM mapped."ProjProposalRevenue.Txt"
      OR target_3."TaxGroupId" IS DISTINCT FROM mapped."ProjProposalRevenue.TaxGroupId"
      OR target_3."TaxItemGroupId" IS DISTINCT FROM mapped."ProjProposalRevenue.TaxItemGroupId"
      OR target_3."PSAContractLineNum" IS DISTINCT FROM mapped."ProjProposalRevenue.PSAContractLineNum"
      OR target_3."BookableResourceName" IS DISTINCT FROM mapped."ProjProposalRevenue.BookableResourceName"
      OR target_3."AmountCur" IS DISTINCT FROM mapped."ProjProposalRevenue.AmountCur"
      OR target_3."Qty" IS DISTINCT FROM mapped."ProjProposalRevenue.Qty"
      OR target_3."SalesPrice" IS DISTINCT FROM mapped."ProjProposalRevenue.SalesPrice") WHEN 4 THEN (target_4."Txt" IS DISTINCT FROM mapped."ProjProposalOnAcc.Txt"
      OR target_4."TaxGroupId" IS DISTINCT FROM mapped."ProjProposalOnAcc.TaxGroupId"
      OR target_4."TaxItemGroupId" IS DISTINCT FROM mapped."ProjProposalOnAcc.TaxItemGroupId"
      OR target_4."PSAContractLineNum" IS DISTINCT FROM mapped."ProjProposalOnAcc.PSAContractLineNum"
      OR target_4."BookableResourceName" IS DISTINCT FROM mapped."ProjProposalOnAcc.BookableResourceName"
      OR target_4."AmountCur" IS DISTINCT FROM mapped."ProjProposalOnAcc.AmountCur"
      OR target_4."Qty" IS DISTINCT FROM mapped."ProjProposalOnAcc.Qty") END AS "#differs",
    TRUE AS "#may_create",
    FALSE AS "#may_update"
  FROM mapped
  LEFT JOIN "target" ON target."dataAreaId" = mapped."ProjProposalEmpl.dataAreaId" AND target."ProposalId" = mapped."ProjProposalEmpl.ProposalId" AND target."TransId" = mapped."ProjProposalEmpl.TransId" AND mapped."#arm" = 0
  LEFT JOIN "target_1" ON target_1."dataAreaId" = mapped."ProjProposalCost.dataAreaId" AND target_1."ProposalId" = mapped."ProjProposalCost.ProposalId" AND target_1."TransId" = mapped."ProjProposalCost.TransId" AND mapped."#arm" = 1
  LEFT JOIN "target_2" ON target_2."dataAreaId" = mapped."ProjProposalItem.dataAreaId" AND target_2."ProposalId" = mapped."ProjProposalItem.ProposalId" AND target_2."ProjTransId" = mapped."ProjProposalItem.ProjTransId" AND mapped."#arm" = 2
  LEFT JOIN "target_3" ON target_3."dataAreaId" = mapped."ProjProposalRevenue.dataAreaId" AND target_3."ProposalId" = mapped."ProjProposalRevenue.ProposalId" AND target_3."TransId" = mapped."ProjProposalRevenue.TransId" AND mapped."#arm" = 3
  LEFT JOIN "target_4" ON target_4."dataAreaId" = mapped."ProjProposalOnAcc.dataAreaId" AND target_4."ProposalId" = mapped."ProjProposalOnAcc.ProposalId" AND target_4."TransId" = mapped."ProjProposalOnAcc.TransId" AND mapped."#arm" = 4
  LEFT JOIN (SELECT * FROM linked WHERE state = 'live') AS link ON link.source_key = mapped."#key"
)
SELECT
  *,
  ("#linked" AND "#there") AS "#done",
  CASE
    WHEN ("#linked" AND "#there") OR NOT "#passes" THEN NULL
    WHEN "#fault" IS NOT NULL THEN "#fault"
    WHEN "#target_row" IS NOT NULL THEN 31  -- TARGET_EXISTS
    WHEN "#target_row" IS NULL AND NOT "#may_create" THEN 32  -- TARGET_MISSING
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
SELECT "#arm", "ProjProposalEmpl.dataAreaId", "ProjProposalEmpl.ProposalId", "ProjProposalEmpl.TransId", min("#row") AS "#first", count(DISTINCT hash("#key", "ProjProposalEmpl.dataAreaId", "ProjProposalEmpl.ProposalId", "ProjProposalEmpl.TransId", "ProjProposalEmpl.Txt", "ProjProposalEmpl.TaxGroupId", "ProjProposalEmpl.TaxItemGroupId", "ProjProposalEmpl.PSAContractLineNum", "ProjProposalEmpl.BookableResourceName", "ProjProposalEmpl.AmountCur", "ProjProposalEmpl.Qty", "ProjProposalEmpl.SalesPrice")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 0
GROUP BY "#arm", "ProjProposalEmpl.dataAreaId", "ProjProposalEmpl.ProposalId", "ProjProposalEmpl.TransId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."ProjProposalEmpl.dataAreaId" = duplicates."ProjProposalEmpl.dataAreaId" AND shaped."ProjProposalEmpl.ProposalId" = duplicates."ProjProposalEmpl.ProposalId" AND shaped."ProjProposalEmpl.TransId" = duplicates."ProjProposalEmpl.TransId"
  AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done"
  AND NOT (duplicates."#same" AND shaped."#row" = duplicates."#first");

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "ProjProposalCost.dataAreaId", "ProjProposalCost.ProposalId", "ProjProposalCost.TransId", min("#row") AS "#first", count(DISTINCT hash("#key", "ProjProposalCost.dataAreaId", "ProjProposalCost.ProposalId", "ProjProposalCost.TransId", "ProjProposalCost.Txt", "ProjProposalCost.TaxGroupId", "ProjProposalCost.TaxItemGroupId", "ProjProposalCost.PSAContractLineNum", "ProjProposalCost.BookableResourceName", "ProjProposalCost.AmountCur", "ProjProposalCost.Qty", "ProjProposalCost.SalesPrice")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 1
GROUP BY "#arm", "ProjProposalCost.dataAreaId", "ProjProposalCost.ProposalId", "ProjProposalCost.TransId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."ProjProposalCost.dataAreaId" = duplicates."ProjProposalCost.dataAreaId" AND shaped."ProjProposalCost.ProposalId" = duplicates."ProjProposalCost.ProposalId" AND shaped."ProjProposalCost.TransId" = duplicates."ProjProposalCost.TransId"
  AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done"
  AND NOT (duplicates."#same" AND shaped."#row" = duplicates."#first");

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "ProjProposalItem.dataAreaId", "ProjProposalItem.ProposalId", "ProjProposalItem.ProjTransId", min("#row") AS "#first", count(DISTINCT hash("#key", "ProjProposalItem.dataAreaId", "ProjProposalItem.ProposalId", "ProjProposalItem.ProjTransId", "ProjProposalItem.Txt", "ProjProposalItem.TaxGroupId", "ProjProposalItem.TaxItemGroupId", "ProjProposalItem.PSAContractLineNum", "ProjProposalItem.BookableResourceName", "ProjProposalItem.AmountCur", "ProjProposalItem.Qty", "ProjProposalItem.ItemId", "ProjProposalItem.SalesPrice")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 2
GROUP BY "#arm", "ProjProposalItem.dataAreaId", "ProjProposalItem.ProposalId", "ProjProposalItem.ProjTransId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."ProjProposalItem.dataAreaId" = duplicates."ProjProposalItem.dataAreaId" AND shaped."ProjProposalItem.ProposalId" = duplicates."ProjProposalItem.ProposalId" AND shaped."ProjProposalItem.ProjTransId" = duplicates."ProjProposalItem.ProjTransId"
  AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done"
  AND NOT (duplicates."#same" AND shaped."#row" = duplicates."#first");

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "ProjProposalRevenue.dataAreaId", "ProjProposalRevenue.ProposalId", "ProjProposalRevenue.TransId", min("#row") AS "#first", count(DISTINCT hash("#key", "ProjProposalRevenue.dataAreaId", "ProjProposalRevenue.ProposalId", "ProjProposalRevenue.TransId", "ProjProposalRevenue.Txt", "ProjProposalRevenue.TaxGroupId", "ProjProposalRevenue.TaxItemGroupId", "ProjProposalRevenue.PSAContractLineNum", "ProjProposalRevenue.BookableResourceName", "ProjProposalRevenue.AmountCur", "ProjProposalRevenue.Qty", "ProjProposalRevenue.SalesPrice")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 3
GROUP BY "#arm", "ProjProposalRevenue.dataAreaId", "ProjProposalRevenue.ProposalId", "ProjProposalRevenue.TransId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."ProjProposalRevenue.dataAreaId" = duplicates."ProjProposalRevenue.dataAreaId" AND shaped."ProjProposalRevenue.ProposalId" = duplicates."ProjProposalRevenue.ProposalId" AND shaped."ProjProposalRevenue.TransId" = duplicates."ProjProposalRevenue.TransId"
  AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done"
  AND NOT (duplicates."#same" AND shaped."#row" = duplicates."#first");

-- keys that several rows share
CREATE OR REPLACE TEMP TABLE duplicates AS
SELECT "#arm", "ProjProposalOnAcc.dataAreaId", "ProjProposalOnAcc.ProposalId", "ProjProposalOnAcc.TransId", min("#row") AS "#first", count(DISTINCT hash("#key", "ProjProposalOnAcc.dataAreaId", "ProjProposalOnAcc.ProposalId", "ProjProposalOnAcc.TransId", "ProjProposalOnAcc.Txt", "ProjProposalOnAcc.TaxGroupId", "ProjProposalOnAcc.TaxItemGroupId", "ProjProposalOnAcc.PSAContractLineNum", "ProjProposalOnAcc.BookableResourceName", "ProjProposalOnAcc.AmountCur", "ProjProposalOnAcc.Qty")) = 1 AS "#same"
FROM shaped
WHERE "#passes" AND "#reason" IS NULL AND NOT "#done" AND "#arm" = 4
GROUP BY "#arm", "ProjProposalOnAcc.dataAreaId", "ProjProposalOnAcc.ProposalId", "ProjProposalOnAcc.TransId"
HAVING count(*) > 1;

-- refuse them, or fold what is the same
UPDATE shaped SET
  "#reason" = CASE WHEN duplicates."#same" THEN 37 ELSE 36 END,
  "#value" = shaped."#target_key"
FROM duplicates
WHERE shaped."#arm" = duplicates."#arm" AND shaped."ProjProposalOnAcc.dataAreaId" = duplicates."ProjProposalOnAcc.dataAreaId" AND shaped."ProjProposalOnAcc.ProposalId" = duplicates."ProjProposalOnAcc.ProposalId" AND shaped."ProjProposalOnAcc.TransId" = duplicates."ProjProposalOnAcc.TransId"
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

-- sets that are not complete
CREATE OR REPLACE TEMP TABLE sets AS
SELECT "source.InvoiceProposalId", "source.ProjectDataAreaId", bool_or("#reason" IS NOT NULL) OR NOT coalesce(((count(*) = min("source.proposal.ExpectedLineCount")) AND (md5(coalesce(string_agg(CAST("source.ActualId" AS VARCHAR), ',' ORDER BY CAST("source.ActualId" AS VARCHAR)), '')) = min("source.proposal.HashedListOfBillableSalesActualIds"))), FALSE) AS "#incomplete"
FROM shaped
WHERE "#passes" AND NOT coalesce("#reason" = 37, FALSE)
GROUP BY "source.InvoiceProposalId", "source.ProjectDataAreaId";

-- hold all rows of such a set
UPDATE shaped SET "#reason" = 38
FROM sets
WHERE sets."#incomplete" AND shaped."source.InvoiceProposalId" IS NOT DISTINCT FROM sets."source.InvoiceProposalId" AND shaped."source.ProjectDataAreaId" IS NOT DISTINCT FROM sets."source.ProjectDataAreaId"
  AND shaped."#passes" AND shaped."#reason" IS NULL AND NOT shaped."#done";

-- give every row its fate
UPDATE shaped SET "#fate" = CASE
  WHEN "#done" THEN 'unchanged'
  WHEN NOT "#passes" THEN 'filtered'
  WHEN "#reason" IN (1, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39) THEN 'rejected'
  WHEN "#reason" IN (2, 10, 11, 12, 38) THEN 'held'
  WHEN "#reason" IN (37) THEN 'superseded'
  WHEN "#target_row" IS NULL THEN 'inserted'
  WHEN "#differs" THEN 'updated'
  ELSE 'unchanged'
END;

-- check DEFECT: rows lost or doubled on the way
SELECT abs(count(*) FILTER (WHERE "#row" IS NOT NULL) - (
  SELECT count(*) FROM "finops"."ProjCDSActualsImport" AS source
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
  WHERE "#key" NOT IN (SELECT source_key FROM crosswalk.rejects WHERE leg = 'invoice_proposal_lines' AND state IN ('open', 'dismissed'))
);

-- check GUARD_VOLUME: rows removed
SELECT CASE WHEN touched > 10 AND touched > 0.5 * there THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('deleted')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjProposalEmpl") + (SELECT count(*) FROM "finops"."ProjProposalCost") + (SELECT count(*) FROM "finops"."ProjProposalItem") + (SELECT count(*) FROM "finops"."ProjProposalRevenue") + (SELECT count(*) FROM "finops"."ProjProposalOnAcc") AS there
);

-- check GUARD_VOLUME: rows changed
SELECT CASE WHEN touched > 100 AND touched > 0.5 * there
  AND $digest = (
    SELECT max_by(digest, (started_at, finished_at)) FROM crosswalk.runs
    WHERE leg = 'invoice_proposal_lines' AND mode IN ('initial', 'incremental')
  )
 THEN touched ELSE 0 END, sample, there
FROM (
  SELECT count(*) AS touched, min("#key") AS sample
  FROM shaped
  WHERE "#fate" IN ('updated')
), (
  SELECT (SELECT count(*) FROM "finops"."ProjProposalEmpl") + (SELECT count(*) FROM "finops"."ProjProposalCost") + (SELECT count(*) FROM "finops"."ProjProposalItem") + (SELECT count(*) FROM "finops"."ProjProposalRevenue") + (SELECT count(*) FROM "finops"."ProjProposalOnAcc") AS there
);

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjProposalEmpl") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'invoice_proposal_lines' AND link.target = 'finops.ProjProposalEmpl' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 0 AND shaped."#passes");

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjProposalCost") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'invoice_proposal_lines' AND link.target = 'finops.ProjProposalCost' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 1 AND shaped."#passes");

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjTransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjProposalItem") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'invoice_proposal_lines' AND link.target = 'finops.ProjProposalItem' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProjTransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 2 AND shaped."#passes");

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjProposalRevenue") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'invoice_proposal_lines' AND link.target = 'finops.ProjProposalRevenue' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 3 AND shaped."#passes");

-- check GUARD_FOREIGN_ROWS: rows that this map did not make
SELECT count(*), min(replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|'))
FROM (SELECT *, rowid FROM "finops"."ProjProposalOnAcc") AS target
WHERE NOT EXISTS (
    SELECT 1 FROM crosswalk.lineage AS link
    WHERE link.leg = 'invoice_proposal_lines' AND link.target = 'finops.ProjProposalOnAcc' AND link.target_key = replace(replace(coalesce(CAST(target."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."ProposalId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(target."TransId" AS VARCHAR), ''), '\', '\\'), '|', '\|')
  )
  AND NOT EXISTS (SELECT 1 FROM shaped WHERE shaped."#target_row" = target.rowid AND shaped."#arm" = 4 AND shaped."#passes");

-- step 4: deliver finops.ProjProposalEmpl

-- new rows of finops.ProjProposalEmpl
INSERT INTO "finops"."ProjProposalEmpl" ("dataAreaId", "ProposalId", "TransId", "Txt", "TaxGroupId", "TaxItemGroupId", "PSAContractLineNum", "BookableResourceName", "AmountCur", "Qty", "SalesPrice", "ModifiedDateTime", "RecVersion")
SELECT "ProjProposalEmpl.dataAreaId", "ProjProposalEmpl.ProposalId", "ProjProposalEmpl.TransId", "ProjProposalEmpl.Txt", "ProjProposalEmpl.TaxGroupId", "ProjProposalEmpl.TaxItemGroupId", "ProjProposalEmpl.PSAContractLineNum", "ProjProposalEmpl.BookableResourceName", "ProjProposalEmpl.AmountCur", "ProjProposalEmpl.Qty", "ProjProposalEmpl.SalesPrice", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 0;

-- step 5: deliver finops.ProjProposalCost

-- new rows of finops.ProjProposalCost
INSERT INTO "finops"."ProjProposalCost" ("dataAreaId", "ProposalId", "TransId", "Txt", "TaxGroupId", "TaxItemGroupId", "PSAContractLineNum", "BookableResourceName", "AmountCur", "Qty", "SalesPrice", "ModifiedDateTime", "RecVersion")
SELECT "ProjProposalCost.dataAreaId", "ProjProposalCost.ProposalId", "ProjProposalCost.TransId", "ProjProposalCost.Txt", "ProjProposalCost.TaxGroupId", "ProjProposalCost.TaxItemGroupId", "ProjProposalCost.PSAContractLineNum", "ProjProposalCost.BookableResourceName", "ProjProposalCost.AmountCur", "ProjProposalCost.Qty", "ProjProposalCost.SalesPrice", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 1;

-- step 6: deliver finops.ProjProposalItem

-- new rows of finops.ProjProposalItem
INSERT INTO "finops"."ProjProposalItem" ("dataAreaId", "ProposalId", "ProjTransId", "Txt", "TaxGroupId", "TaxItemGroupId", "PSAContractLineNum", "BookableResourceName", "AmountCur", "Qty", "ItemId", "SalesPrice", "ModifiedDateTime", "RecVersion")
SELECT "ProjProposalItem.dataAreaId", "ProjProposalItem.ProposalId", "ProjProposalItem.ProjTransId", "ProjProposalItem.Txt", "ProjProposalItem.TaxGroupId", "ProjProposalItem.TaxItemGroupId", "ProjProposalItem.PSAContractLineNum", "ProjProposalItem.BookableResourceName", "ProjProposalItem.AmountCur", "ProjProposalItem.Qty", "ProjProposalItem.ItemId", "ProjProposalItem.SalesPrice", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 2;

-- step 7: deliver finops.ProjProposalRevenue

-- new rows of finops.ProjProposalRevenue
INSERT INTO "finops"."ProjProposalRevenue" ("dataAreaId", "ProposalId", "TransId", "Txt", "TaxGroupId", "TaxItemGroupId", "PSAContractLineNum", "BookableResourceName", "AmountCur", "Qty", "SalesPrice", "ModifiedDateTime", "RecVersion")
SELECT "ProjProposalRevenue.dataAreaId", "ProjProposalRevenue.ProposalId", "ProjProposalRevenue.TransId", "ProjProposalRevenue.Txt", "ProjProposalRevenue.TaxGroupId", "ProjProposalRevenue.TaxItemGroupId", "ProjProposalRevenue.PSAContractLineNum", "ProjProposalRevenue.BookableResourceName", "ProjProposalRevenue.AmountCur", "ProjProposalRevenue.Qty", "ProjProposalRevenue.SalesPrice", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 3;

-- step 8: deliver finops.ProjProposalOnAcc

-- new rows of finops.ProjProposalOnAcc
INSERT INTO "finops"."ProjProposalOnAcc" ("dataAreaId", "ProposalId", "TransId", "Txt", "TaxGroupId", "TaxItemGroupId", "PSAContractLineNum", "BookableResourceName", "AmountCur", "Qty", "ModifiedDateTime", "RecVersion")
SELECT "ProjProposalOnAcc.dataAreaId", "ProjProposalOnAcc.ProposalId", "ProjProposalOnAcc.TransId", "ProjProposalOnAcc.Txt", "ProjProposalOnAcc.TaxGroupId", "ProjProposalOnAcc.TaxItemGroupId", "ProjProposalOnAcc.PSAContractLineNum", "ProjProposalOnAcc.BookableResourceName", "ProjProposalOnAcc.AmountCur", "ProjProposalOnAcc.Qty", $now, 1
FROM shaped
WHERE "#fate" = 'inserted' AND "#arm" = 4;

-- step 9: settle finops.ProjCDSActualsImport

-- the delivered rows as they will be marked
CREATE OR REPLACE TEMP TABLE settled AS
SELECT CAST(shaped."settle.IsProcessed" AS VARCHAR) AS "IsProcessed", CAST(shaped."settle.InvoiceProposalLineTransId" AS VARCHAR) AS "InvoiceProposalLineTransId", $now AS "ModifiedDateTime", coalesce(t."RecVersion", 0) + 1 AS "RecVersion", t.rowid AS "#row", shaped."#key"
FROM "finops"."ProjCDSActualsImport" AS t
JOIN shaped ON shaped."#row" = t.rowid
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged') AND NOT shaped."#done"
  AND (t."IsProcessed" IS DISTINCT FROM CAST(shaped."settle.IsProcessed" AS VARCHAR) OR t."InvoiceProposalLineTransId" IS DISTINCT FROM CAST(shaped."settle.InvoiceProposalLineTransId" AS VARCHAR))
ORDER BY t.rowid;

-- mark them in place
UPDATE "finops"."ProjCDSActualsImport" AS t SET "IsProcessed" = settled."IsProcessed", "InvoiceProposalLineTransId" = settled."InvoiceProposalLineTransId", "ModifiedDateTime" = settled."ModifiedDateTime", "RecVersion" = settled."RecVersion"
FROM settled
WHERE t.rowid = settled."#row";

-- step 10: advance

-- open rows that can go on now
UPDATE crosswalk.rejects SET state = 'resolved', resolved_run = $run_id, resolved_at = $now
WHERE leg = 'invoice_proposal_lines' AND state = 'open'
  AND (source_key IN (SELECT "#key" FROM shaped WHERE "#fate" NOT IN ('held', 'rejected'))
    OR source_key NOT IN (SELECT replace(replace(coalesce(CAST(source."dataAreaId" AS VARCHAR), ''), '\', '\\'), '|', '\|') || '|' || replace(replace(coalesce(CAST(source."ActualsImportId" AS VARCHAR), ''), '\', '\\'), '|', '\|') FROM "finops"."ProjCDSActualsImport" AS source)
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
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (2, 'PROPOSAL_MISSING', 'proposal', /* place */ 'invoice_proposal_lines.map.yaml:17'),
  (3, 'LOOKUP_AMBIGUOUS', 'proposal', /* place */ 'invoice_proposal_lines.map.yaml:17'),
  (4, 'LOOKUP_AMBIGUOUS', 'reversal', /* place */ 'invoice_proposal_lines.map.yaml:22'),
  (5, 'LOOKUP_AMBIGUOUS', 'link', /* place */ 'invoice_proposal_lines.map.yaml:26'),
  (6, 'LOOKUP_AMBIGUOUS', 'unbilled', /* place */ 'invoice_proposal_lines.map.yaml:33'),
  (7, 'LOOKUP_AMBIGUOUS', 'journal', /* place */ 'invoice_proposal_lines.map.yaml:37'),
  (8, 'LOOKUP_AMBIGUOUS', 'rule', /* place */ 'invoice_proposal_lines.map.yaml:41'),
  (9, 'LOOKUP_AMBIGUOUS', 'onaccount', /* place */ 'invoice_proposal_lines.map.yaml:45'),
  (10, 'PROPOSAL_POSTED', '', /* place */ 'invoice_proposal_lines.map.yaml:50'),
  (11, 'UNBILLED_NOT_POSTED', '', /* place */ 'invoice_proposal_lines.map.yaml:55'),
  (12, 'ON_ACCOUNT_MISSING', '', /* place */ 'invoice_proposal_lines.map.yaml:59'),
  (13, 'NO_TARGET_ARM', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (14, 'MANY_TARGET_ARMS', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (15, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (16, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (17, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:77'),
  (18, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (19, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (20, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:81'),
  (21, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (22, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (23, 'KEY_NULL', 'ProjTransId', /* place */ 'invoice_proposal_lines.map.yaml:85'),
  (24, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (25, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (26, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:89'),
  (27, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (28, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (29, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:93'),
  (30, 'VALUE_UNMAPPED', 'IsProcessed', /* place */ 'invoice_proposal_lines.map.yaml:96'),
  (31, 'TARGET_EXISTS', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (32, 'TARGET_MISSING', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (33, 'TARGET_DUPLICATE', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (34, 'UPDATE_NOT_ALLOWED', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (35, 'CONFLICT_STALE', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (36, 'KEY_DUPLICATE', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (37, 'SUPERSEDED', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (38, 'LINES_INCOMPLETE', '', /* place */ 'invoice_proposal_lines.map.yaml:61'),
  (39, 'TARGET_REFUSED', '', /* place */ 'invoice_proposal_lines.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
WHERE open.leg = 'invoice_proposal_lines' AND open.state = 'open' AND shaped."#fate" IN ('held', 'rejected')
ORDER BY open.rowid;

-- count one more attempt where all is as before
UPDATE crosswalk.rejects AS entry SET attempts = entry.attempts + 1, run_id = $run_id
FROM again
WHERE again."#same" AND entry.rowid = again."#entry";

-- the other entries are written anew
DELETE FROM crosswalk.rejects
WHERE leg = 'invoice_proposal_lines' AND state = 'open' AND source_key IN (SELECT source_key FROM again WHERE NOT "#same");

-- keep the rows that cannot go on
INSERT INTO crosswalk.rejects BY NAME
SELECT
  'invoice_proposal_lines' AS leg, shaped."#key" AS source_key, shaped."#fate" AS fate, reason.code AS code, reason.column_name AS column_name,
  shaped."#value" AS value, reason.place AS place, CAST(json_object('ActualsImportId', CAST(source."ActualsImportId" AS VARCHAR), 'AccountingDate', CAST(source."AccountingDate" AS VARCHAR), 'ActualId', CAST(source."ActualId" AS VARCHAR), 'AdjustmentStatus', CAST(source."AdjustmentStatus" AS VARCHAR), 'Amount', CAST(source."Amount" AS VARCHAR), 'AmountMST', CAST(source."AmountMST" AS VARCHAR), 'BillingStatusId', CAST(source."BillingStatusId" AS VARCHAR), 'BillingType', CAST(source."BillingType" AS VARCHAR), 'ContractId', CAST(source."ContractId" AS VARCHAR), 'ContractLine', CAST(source."ContractLine" AS VARCHAR), 'ContractingUnit', CAST(source."ContractingUnit" AS VARCHAR), 'Description', CAST(source."Description" AS VARCHAR), 'DocumentDate', CAST(source."DocumentDate" AS VARCHAR), 'EndDate', CAST(source."EndDate" AS VARCHAR), 'ExchangeRateDate', CAST(source."ExchangeRateDate" AS VARCHAR), 'ExchangeRate', CAST(source."ExchangeRate" AS VARCHAR), 'ExternalDescription', CAST(source."ExternalDescription" AS VARCHAR), 'ExternalReference', CAST(source."ExternalReference" AS VARCHAR), 'InvoiceId', CAST(source."InvoiceId" AS VARCHAR), 'IsJournalized', CAST(source."IsJournalized" AS VARCHAR), 'OwningBusinessId', CAST(source."OwningBusinessId" AS VARCHAR), 'OwningUser', CAST(source."OwningUser" AS VARCHAR), 'ProjectId', CAST(source."ProjectId" AS VARCHAR), 'Quantity', CAST(source."Quantity" AS VARCHAR), 'Status', CAST(source."Status" AS VARCHAR), 'StatusReason', CAST(source."StatusReason" AS VARCHAR), 'StartDate', CAST(source."StartDate" AS VARCHAR), 'TaskId', CAST(source."TaskId" AS VARCHAR), 'TransactionClassification', CAST(source."TransactionClassification" AS VARCHAR), 'TransactionCategory', CAST(source."TransactionCategory" AS VARCHAR), 'TransactionCurrencyId', CAST(source."TransactionCurrencyId" AS VARCHAR), 'TransactionType', CAST(source."TransactionType" AS VARCHAR), 'UnitOfMeasure', CAST(source."UnitOfMeasure" AS VARCHAR), 'UnitPrice', CAST(source."UnitPrice" AS VARCHAR), 'UnitPriceMST', CAST(source."UnitPriceMST" AS VARCHAR), 'ProjAdvancedJournalLine', CAST(source."ProjAdvancedJournalLine" AS VARCHAR), 'ResourceId', CAST(source."ResourceId" AS VARCHAR), 'ResourceOperationUnitId', CAST(source."ResourceOperationUnitId" AS VARCHAR), 'ProjectDataAreaId', CAST(source."ProjectDataAreaId" AS VARCHAR), 'IsProcessed', CAST(source."IsProcessed" AS VARCHAR), 'IntegrationCount', CAST(source."IntegrationCount" AS VARCHAR), 'IsDuplicate', CAST(source."IsDuplicate" AS VARCHAR), 'TransactionCategoryId', CAST(source."TransactionCategoryId" AS VARCHAR), 'CustomerAccountNumber', CAST(source."CustomerAccountNumber" AS VARCHAR), 'ProductNumber', CAST(source."ProductNumber" AS VARCHAR), 'VoucherNumber', CAST(source."VoucherNumber" AS VARCHAR), 'SalesTaxAmount', CAST(source."SalesTaxAmount" AS VARCHAR), 'AccountingAmount', CAST(source."AccountingAmount" AS VARCHAR), 'BookableResourceName', CAST(source."BookableResourceName" AS VARCHAR), 'ActivityNumber', CAST(source."ActivityNumber" AS VARCHAR), 'FundingSource', CAST(source."FundingSource" AS VARCHAR), 'InvoiceProposalId', CAST(source."InvoiceProposalId" AS VARCHAR), 'InvoiceProposalLineTransId', CAST(source."InvoiceProposalLineTransId" AS VARCHAR), 'dataAreaId', CAST(source."dataAreaId" AS VARCHAR), 'ResourcingCompany', CAST(source."ResourcingCompany" AS VARCHAR), 'ExternalOriginReference', CAST(source."ExternalOriginReference" AS VARCHAR), 'SubcontractLine', CAST(source."SubcontractLine" AS VARCHAR), 'SubConInvoiceId', CAST(source."SubConInvoiceId" AS VARCHAR), 'ProductDescription', CAST(source."ProductDescription" AS VARCHAR), 'ProjActualsImportSync', CAST(source."ProjActualsImportSync" AS VARCHAR), 'TaskNumber', CAST(source."TaskNumber" AS VARCHAR), 'ContractLineId', CAST(source."ContractLineId" AS VARCHAR), 'MatchedVendorInvoice', CAST(source."MatchedVendorInvoice" AS VARCHAR), 'VendInvoiceLineProjTransId', CAST(source."VendInvoiceLineProjTransId" AS VARCHAR), 'FromPackingSlip', CAST(source."FromPackingSlip" AS VARCHAR), 'ModifiedDateTime', CAST(source."ModifiedDateTime" AS VARCHAR), 'RecVersion', CAST(source."RecVersion" AS VARCHAR)) AS VARCHAR) AS source_row,
  $digest AS digest, $run_id AS run_id, coalesce(again.first_run, $run_id) AS first_run,
  coalesce(again.first_seen, $now) AS first_seen, coalesce(again.attempts, 0) + 1 AS attempts, 'open' AS state
FROM shaped
JOIN (VALUES
  (1, 'CURSOR_NULL', 'ModifiedDateTime', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (2, 'PROPOSAL_MISSING', 'proposal', /* place */ 'invoice_proposal_lines.map.yaml:17'),
  (3, 'LOOKUP_AMBIGUOUS', 'proposal', /* place */ 'invoice_proposal_lines.map.yaml:17'),
  (4, 'LOOKUP_AMBIGUOUS', 'reversal', /* place */ 'invoice_proposal_lines.map.yaml:22'),
  (5, 'LOOKUP_AMBIGUOUS', 'link', /* place */ 'invoice_proposal_lines.map.yaml:26'),
  (6, 'LOOKUP_AMBIGUOUS', 'unbilled', /* place */ 'invoice_proposal_lines.map.yaml:33'),
  (7, 'LOOKUP_AMBIGUOUS', 'journal', /* place */ 'invoice_proposal_lines.map.yaml:37'),
  (8, 'LOOKUP_AMBIGUOUS', 'rule', /* place */ 'invoice_proposal_lines.map.yaml:41'),
  (9, 'LOOKUP_AMBIGUOUS', 'onaccount', /* place */ 'invoice_proposal_lines.map.yaml:45'),
  (10, 'PROPOSAL_POSTED', '', /* place */ 'invoice_proposal_lines.map.yaml:50'),
  (11, 'UNBILLED_NOT_POSTED', '', /* place */ 'invoice_proposal_lines.map.yaml:55'),
  (12, 'ON_ACCOUNT_MISSING', '', /* place */ 'invoice_proposal_lines.map.yaml:59'),
  (13, 'NO_TARGET_ARM', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (14, 'MANY_TARGET_ARMS', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (15, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (16, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (17, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:77'),
  (18, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (19, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (20, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:81'),
  (21, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (22, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (23, 'KEY_NULL', 'ProjTransId', /* place */ 'invoice_proposal_lines.map.yaml:85'),
  (24, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (25, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (26, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:89'),
  (27, 'KEY_NULL', 'dataAreaId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (28, 'KEY_NULL', 'ProposalId', /* place */ 'invoice_proposal_lines.map.yaml:65'),
  (29, 'KEY_NULL', 'TransId', /* place */ 'invoice_proposal_lines.map.yaml:93'),
  (30, 'VALUE_UNMAPPED', 'IsProcessed', /* place */ 'invoice_proposal_lines.map.yaml:96'),
  (31, 'TARGET_EXISTS', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (32, 'TARGET_MISSING', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (33, 'TARGET_DUPLICATE', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (34, 'UPDATE_NOT_ALLOWED', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (35, 'CONFLICT_STALE', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (36, 'KEY_DUPLICATE', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (37, 'SUPERSEDED', '', /* place */ 'invoice_proposal_lines.map.yaml:6'),
  (38, 'LINES_INCOMPLETE', '', /* place */ 'invoice_proposal_lines.map.yaml:61'),
  (39, 'TARGET_REFUSED', '', /* place */ 'invoice_proposal_lines.map.yaml:6')
) AS reason (number, code, column_name, place) ON reason.number = shaped."#reason"
JOIN "finops"."ProjCDSActualsImport" AS source ON source.rowid = shaped."#row"
LEFT JOIN (SELECT DISTINCT ON (source_key) * FROM again) AS again ON again.source_key = shaped."#key"
WHERE shaped."#fate" IN ('held', 'rejected')
  AND shaped."#key" NOT IN (SELECT source_key FROM again WHERE "#same");

-- but not those that were dismissed as they are
DELETE FROM crosswalk.rejects AS entry
WHERE leg = 'invoice_proposal_lines' AND state = 'open' AND first_run = $run_id
  AND EXISTS (
    SELECT 1 FROM crosswalk.rejects AS closed
    WHERE closed.leg = 'invoice_proposal_lines' AND closed.state = 'dismissed' AND closed.source_key = entry.source_key
      AND closed.code = entry.code AND closed.column_name = entry.column_name
      AND closed.value IS NOT DISTINCT FROM entry.value AND closed.source_row = entry.source_row
  );

-- what is agreed now
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT
  shaped."#key" AS source_key, coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version") AS source_version,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target ELSE CASE shaped."#arm" WHEN 0 THEN 'finops.ProjProposalEmpl' WHEN 1 THEN 'finops.ProjProposalCost' WHEN 2 THEN 'finops.ProjProposalItem' WHEN 3 THEN 'finops.ProjProposalRevenue' WHEN 4 THEN 'finops.ProjProposalOnAcc' END END AS target,
  CASE WHEN shaped."#done" OR NOT shaped."#passes" THEN link.target_key ELSE shaped."#target_key" END AS target_key,
  shaped."#fate" AS fate, coalesce(link.first_run, CASE WHEN shaped."#fate" = 'inserted' THEN $run_id END) AS first_run,
  CASE WHEN shaped."#fate" IN ('inserted', 'updated') THEN $run_id ELSE link.last_run END AS last_run,
  CASE WHEN shaped."#passes" OR shaped."#done" THEN 'live' WHEN link.state IN ('live', 'left') THEN 'left' ELSE 'filtered' END AS state
FROM shaped
LEFT JOIN settled ON settled."#key" = shaped."#key"
LEFT JOIN crosswalk.lineage AS link ON link.leg = 'invoice_proposal_lines' AND link.source_key = shaped."#key"
WHERE shaped."#fate" IN ('inserted', 'updated', 'unchanged', 'filtered', 'deleted')
  AND (link.source_key IS NOT NULL OR NOT shaped."#passes" OR shaped."#fate" <> 'filtered')
  AND NOT coalesce(shaped."#fate" = 'filtered' AND link.state = 'filtered' AND link.source_version = coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version"), FALSE)
  AND (shaped."#fate" <> 'unchanged' OR link.source_key IS NULL OR link.state <> 'live' OR link.source_version IS DISTINCT FROM coalesce(CAST(settled."RecVersion" AS VARCHAR), shaped."#version")
    OR (NOT shaped."#done" AND (link.target <> CASE shaped."#arm" WHEN 0 THEN 'finops.ProjProposalEmpl' WHEN 1 THEN 'finops.ProjProposalCost' WHEN 2 THEN 'finops.ProjProposalItem' WHEN 3 THEN 'finops.ProjProposalRevenue' WHEN 4 THEN 'finops.ProjProposalOnAcc' END OR link.target_key IS DISTINCT FROM shaped."#target_key")));

-- earlier notes of these rows
DELETE FROM crosswalk.lineage WHERE leg = 'invoice_proposal_lines' AND source_key IN (SELECT source_key FROM fresh);

-- note which target row came from which source row
INSERT INTO crosswalk.lineage BY NAME
SELECT 'invoice_proposal_lines' AS leg, * EXCLUDE (fate) FROM fresh WHERE fate <> 'deleted';

-- the old watermarks
DELETE FROM crosswalk.watermarks WHERE leg = 'invoice_proposal_lines';

-- the new watermarks
INSERT INTO crosswalk.watermarks BY NAME
SELECT 'invoice_proposal_lines' AS leg, entity, cursor, row_count, content, $run_id AS run_id FROM bounds;
