SELECT line.Document, line.Kind, line.Account, line.Debit, line.Credit, line.Text, line.TaxCode, journal.Day,
    journal.Currency, journal.Rate, journal.Text AS Journal, journal.BookingNumber
FROM books.JournalLines AS line JOIN books.Journals AS journal ON journal.Number = line.Journal
ORDER BY ALL
