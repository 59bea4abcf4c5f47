SELECT dataAreaId, ProposalId, ProjInvoiceProjId, InvoiceAccount, CurrencyId, InvoiceDate, DueDate, Description, Payment,
    DeliveryName, ShouldAutoPost, InvoiceType, ExpectedLineCount, HashedListOfBillableSalesActualIds, Status, ProjInvoiceId,
    SalesOrderbalance, SumTax, InvoiceAmount
FROM finops.ProjInvoiceProposalV2
ORDER BY dataAreaId, ProposalId
