SELECT 'card' AS by, * FROM books.CardReceipts UNION ALL SELECT 'bank', * FROM books.BankReceipts ORDER BY ALL
