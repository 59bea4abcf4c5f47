SELECT Number, Party, OrderDate, Currency, Total, Settled, BookingNumber, BookedOn FROM books.SalesOrders ORDER BY ALL
