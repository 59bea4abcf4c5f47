SELECT staged.ActualId, line.* EXCLUDE (ModifiedDateTime, RecVersion, ProjAdvancedJournal, Voucher, ProjTransId, LineNumber),
    journal.Description AS journal, journal.Status AS journal_status
FROM finops.ProjAdvancedJournalLine AS line
JOIN finops.ProjCDSActualsImport AS staged
    ON staged.ProjectDataAreaId = line.dataAreaId AND staged.ProjAdvancedJournalLine = line.Voucher
JOIN finops.ProjAdvancedJournal AS journal
    ON journal.dataAreaId = line.dataAreaId AND journal.ProjAdvancedJournalId = line.ProjAdvancedJournal
ORDER BY staged.ActualId
