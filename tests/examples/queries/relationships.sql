SELECT * EXCLUDE (ModifiedDateTime, RecVersion)
FROM finops.ProjCDSTransactionRelationshipImport
ORDER BY ConnectionId
