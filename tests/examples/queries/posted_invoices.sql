SELECT dataAreaId, ProjInvoiceId, ProposalId, CurrencyId, InvoiceDate, SalesOrderbalance, SumTax, InvoiceAmount
FROM finops.ProjInvoiceJour
ORDER BY dataAreaId, ProjInvoiceId
