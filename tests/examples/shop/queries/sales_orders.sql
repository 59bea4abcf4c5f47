SELECT Number, Party, OrderDate, Currency, Total, BookingNumber, BookedOn FROM books.SalesOrders ORDER BY ALL
