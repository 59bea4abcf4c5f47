-- Rows by arithmetic on their numbers. Keys are in no order, as those of a real system are: no statistics of a block help.
CREATE TEMP TABLE numbered AS
SELECT i, CAST(md5('order ' || i) AS UUID) AS id, CAST(md5('customer ' || i % 100000) AS UUID) AS customer
FROM range(1, getvariable('last_row') + 1) AS t (i);

INSERT INTO store.customers BY NAME
SELECT CAST(md5('customer ' || i) AS UUID) AS id, 'Customer ' || i AS name, TIMESTAMP '2024-01-01' AS changed, 1 AS version
FROM range(100000) AS t (i);

-- One in a hundred has no amount, which is rejected; one in fifty is a draft, which is filtered.
INSERT INTO store.orders BY NAME
SELECT id, 'N' || i AS number, 'Order of the day ' || i % 5000 AS title, customer,
  CASE WHEN i % 50 = 7 THEN 1 ELSE 2 END AS status, CASE WHEN i % 100 <> 3 THEN i % 100000 / 100 END AS amount,
  DATE '2024-01-01' + CAST(i % 600 AS INTEGER) AS placed, TIMESTAMP '2024-01-01' + INTERVAL 1 SECOND * i AS changed, 2 AS version
FROM numbered;

INSERT INTO books.sales BY NAME
SELECT '0001' AS Company, 'N' || i AS Number, 'Order of the day ' || i % 5000 AS Title,
  'Customer ' || i % 100000 AS Customer, i % 100000 / 100 AS Amount, DATE '2024-01-01' + CAST(i % 600 AS INTEGER) AS Day,
  TIMESTAMP '2024-06-01' AS Changed, 2 AS Version
FROM numbered WHERE i % 50 <> 7 AND i % 100 <> 3;

INSERT INTO crosswalk.runs BY NAME
SELECT printf('%012x', i) AS run_id, printf('%012x', i) AS invocation, 'orders' AS leg, 'orders' AS map_name,
  'store.orders' AS source, 'books.sales' AS target, 'incremental' AS mode, 'rows changed since the last run' AS why_mode,
  '' AS digest, TIMESTAMP '2024-06-01' + INTERVAL 1 HOUR * i AS started_at, TIMESTAMP '2024-06-01' + INTERVAL 1 HOUR * i AS finished_at
FROM range(2000) AS t (i);

INSERT INTO crosswalk.lineage BY NAME
SELECT 'orders' AS leg, CAST(id AS VARCHAR) AS source_key, '2' AS source_version, 'books.sales' AS target,
  '0001|N' || i AS target_key, printf('%012x', i % 1000) AS first_run, printf('%012x', i % 1000 + 1000) AS last_run, 'live' AS state
FROM numbered WHERE i % 50 <> 7 AND i % 100 <> 3;

INSERT INTO crosswalk.changes BY NAME
SELECT printf('%012x', i % 1000 + 1000) AS run_id, 'orders' AS leg, CAST(id AS VARCHAR) AS source_key, 'books.sales' AS target,
  '0001|N' || i AS target_key, 'updated' AS fate,
  [{'column_name': 'Amount', 'old': CAST(i % 1000 AS VARCHAR), 'new': CAST(i % 100000 / 100 AS VARCHAR)}] AS cells
FROM numbered;

INSERT INTO crosswalk.rejects BY NAME
SELECT 'orders' AS leg, CAST(id AS VARCHAR) AS source_key, 'rejected' AS fate, 'REQUIRED' AS code, 'Amount' AS column_name,
  'orders.map.yaml:12' AS place, json_object('id', id, 'number', 'N' || i) AS source_row, '' AS digest,
  printf('%012x', i % 2000) AS run_id, printf('%012x', i % 1000) AS first_run, TIMESTAMP '2024-06-01' AS first_seen,
  3 AS attempts, 'open' AS state
FROM numbered WHERE i % 100 = 3;

CHECKPOINT;
