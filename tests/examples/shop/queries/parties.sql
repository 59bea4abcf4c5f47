SELECT Number, Name, Email, TaxArea, VatNumber, Terms, Blocked FROM books.Parties ORDER BY ALL
