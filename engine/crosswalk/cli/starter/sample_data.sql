-- A few customers and orders; `crosswalk init` has put them into build/data.duckdb.
INSERT INTO shop.customers BY NAME
SELECT * FROM (VALUES
  (1, 'Nordic Chairs', 'hello@nordic.example', 'NET30', TIMESTAMP '2026-01-05 08:00:00', 1),
  (2, 'Blue Lamp',     'shop@lamp.example',    'NET14', TIMESTAMP '2026-01-05 08:00:00', 1),
  (3, 'Old Mill',      'mill@old.example',     'NET60', TIMESTAMP '2026-01-05 08:00:00', 1)
) AS t (id, name, email, terms_code, changed_at, version);

INSERT INTO shop.orders BY NAME
SELECT * FROM (VALUES
  (1, 'SO-1', 1, TIMESTAMP '2026-02-01 09:30:00', 'web',   1, 120.5000, TIMESTAMP '2026-02-01 09:30:00', 1),
  (2, 'SO-2', 2, TIMESTAMP '2026-02-02 10:00:00', 'phone', 1,  75.2550, TIMESTAMP '2026-02-02 10:00:00', 1),
  (3, 'SO-3', 3, TIMESTAMP '2026-02-02 11:00:00', 'web',   1,  18.0000, TIMESTAMP '2026-02-02 11:00:00', 1),
  (4, 'SO-4', 1, TIMESTAMP '2026-02-03 12:00:00', 'web',   0, 310.0000, TIMESTAMP '2026-02-03 12:00:00', 1),
  (5, 'SO-5', 2, TIMESTAMP '2026-02-03 13:00:00', 'fax',   1,  42.0000, TIMESTAMP '2026-02-03 13:00:00', 1),
  (6, 'SO-6', 1, TIMESTAMP '2026-02-04 14:00:00', 'web',   1,  99.9900, TIMESTAMP '2026-02-04 14:00:00', 1)
) AS t (id, number, customer_id, ordered_at, channel, status, total, changed_at, version);

INSERT INTO books."PaymentTerms" BY NAME
SELECT * FROM (VALUES ('NET14', 14), ('NET30', 30)) AS t ("Code", "Days");
