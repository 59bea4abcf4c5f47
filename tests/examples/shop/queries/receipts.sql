SELECT 'card' AS by, * FROM books.CardReceipts UNION ALL SELECT 'bank', * FROM books.BankReceipts
UNION ALL SELECT 'before', * FROM books.OpeningItems ORDER BY ALL
