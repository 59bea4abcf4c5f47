SELECT * FROM books.Settlements ORDER BY ALL
