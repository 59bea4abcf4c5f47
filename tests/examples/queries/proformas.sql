SELECT * EXCLUDE (modifiedon, versionnumber)
FROM dataverse.invoices
ORDER BY invoiceid
