SELECT * FROM books.FreightShares ORDER BY ALL
