WITH line AS (
    SELECT 'ProjProposalEmpl' AS line_table, dataAreaId, ProposalId, TransId, Txt, TaxGroupId, TaxItemGroupId, AmountCur, Qty
    FROM finops.ProjProposalEmpl
    UNION ALL
    SELECT 'ProjProposalCost', dataAreaId, ProposalId, TransId, Txt, TaxGroupId, TaxItemGroupId, AmountCur, Qty
    FROM finops.ProjProposalCost
    UNION ALL
    SELECT 'ProjProposalItem', dataAreaId, ProposalId, ProjTransId, Txt, TaxGroupId, TaxItemGroupId, AmountCur, Qty
    FROM finops.ProjProposalItem
    UNION ALL
    SELECT 'ProjProposalRevenue', dataAreaId, ProposalId, TransId, Txt, TaxGroupId, TaxItemGroupId, AmountCur, Qty
    FROM finops.ProjProposalRevenue
    UNION ALL
    SELECT 'ProjProposalOnAcc', dataAreaId, ProposalId, TransId, Txt, TaxGroupId, TaxItemGroupId, AmountCur, Qty
    FROM finops.ProjProposalOnAcc
)
SELECT staged.ActualId, line.* EXCLUDE (TransId)
FROM line
JOIN finops.ProjCDSActualsImport AS staged
    ON staged.ProjectDataAreaId = line.dataAreaId
    AND staged.InvoiceProposalId = line.ProposalId
    AND staged.InvoiceProposalLineTransId = line.TransId
ORDER BY staged.ActualId
