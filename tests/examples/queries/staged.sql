SELECT * EXCLUDE (ModifiedDateTime, RecVersion, ProjAdvancedJournalLine, InvoiceProposalLineTransId, VoucherNumber),
    ProjAdvancedJournalLine IS NOT NULL AS journalized, InvoiceProposalLineTransId IS NOT NULL AS proposed,
    VoucherNumber IS NOT NULL AS posted
FROM finops.ProjCDSActualsImport
ORDER BY dataAreaId, ActualId
