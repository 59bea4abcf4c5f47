SELECT 'customer' AS of, number, email, terms, blocked, NULL AS booking_number, NULL AS booked_on FROM shop.customers
UNION ALL SELECT 'order', number, NULL, NULL, NULL, booking_number, booked_on FROM shop.orders
UNION ALL SELECT 'payout', number, NULL, NULL, NULL, booking_number, booked_on FROM shop.payouts
ORDER BY ALL
