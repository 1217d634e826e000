"""The shop of the corpus: made-up rows, with markers planted in everything that the role of the tests must not see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import duckdb

HIDDEN_AMOUNT = "424242.42"
HIDDEN_NAMES = ("payroll", "salary", "memo", "email", "phone", "id_number")

# The planted text as it stands, backwards, in hexadecimal and in Base64; the planted number with and without its
# point, but not the digits that 14/33 and 8/33 bring about.
_MARKER = re.compile(r"canary|yranac|43414e415259|q0foqvj|(?<![\d.])424[,_ ]?242|\b24\.242424\b", re.IGNORECASE)

_SCHEMA = """
CREATE TABLE products (
  product_id INTEGER PRIMARY KEY, product_name VARCHAR NOT NULL, category VARCHAR NOT NULL,
  brand VARCHAR, list_price DECIMAL(10, 2), unit_cost DECIMAL(10, 2), launched_on DATE,
  "产品线" VARCHAR, tags VARCHAR[]
);
CREATE TABLE users (
  user_id INTEGER PRIMARY KEY, user_name VARCHAR, gender VARCHAR, city VARCHAR, region VARCHAR,
  level VARCHAR, registered_at TIMESTAMP, birthday DATE,
  email VARCHAR, phone VARCHAR, id_number VARCHAR
);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY, user_id INTEGER, order_date DATE, paid_at TIMESTAMP, status VARCHAR,
  region VARCHAR, channel VARCHAR, amount DECIMAL(12, 2), discount DECIMAL(12, 2), note VARCHAR
);
CREATE TABLE order_items (
  order_id INTEGER, line_no INTEGER, product_id INTEGER, quantity INTEGER,
  unit_price DECIMAL(10, 2), discount DECIMAL(10, 2)
);
CREATE TABLE events (
  event_id BIGINT, user_id INTEGER, event_time TIMESTAMP, event_type VARCHAR, page VARCHAR,
  session_id VARCHAR, device VARCHAR, properties JSON
);
CREATE TABLE payroll (user_id INTEGER, salary DECIMAL(12, 2), memo VARCHAR);
"""

# Primes step through the lists, so that no two columns go in step. Lists count from 1.
_ROWS = """
INSERT INTO products
SELECT i, 'Product ' || i, ['Coffee', 'Tea', 'Snack', 'Home'][1 + i % 4], ['Aster', 'Boreal', 'Cedar', NULL][1 + (i * 7 // 4) % 4],
  (4 + (i * 37) % 180) + 0.5, CASE WHEN i % 9 <> 0 THEN (2 + (i * 17) % 90) + 0.25 END, DATE '2023-01-01' + CAST((i * 53) % 700 AS INTEGER),
  ['家居', '饮品', '零食', NULL][1 + (i * 5 // 3) % 4], CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN [] ELSE ['t' || i % 4, 't' || (i + 1) % 4, 'new'] END
FROM range(1, 41) t(i);

INSERT INTO users
SELECT i, CASE WHEN i % 13 <> 0 THEN 'User ' || i END, ['f', 'm', NULL][1 + i % 3], ['Shanghai', 'Hangzhou', 'Nanjing', 'Beijing', '广州', '成都'][1 + (i * 5) % 6],
  ['East', 'South', 'North', 'West'][1 + i % 4], ['gold', 'silver', 'basic', NULL][1 + (i * 7 // 5) % 4],
  TIMESTAMP '2023-03-01 08:00:00' + to_minutes(CAST((i * 7919) % 800000 AS BIGINT)), CASE WHEN i % 7 <> 0 THEN DATE '1960-02-29' + CAST((i * 977) % 16000 AS INTEGER) END,
  'CANARY.' || i || '@example.com', 'CANARY-139' || lpad(i::VARCHAR, 8, '0'), 'CANARY-ID-' || (310000 + i)
FROM range(1, 121) t(i);

INSERT INTO orders
SELECT i, 1 + (i * 31) % 109, DATE '2025-01-01' + CAST((i * 17) % 181 AS INTEGER),
  CASE WHEN i % 6 <> 0 THEN TIMESTAMP '2025-01-01 09:30:00' + to_days(CAST((i * 17) % 181 AS INTEGER)) + to_minutes(CAST((i * 37) % 700 AS BIGINT)) END,
  ['paid', 'shipped', 'cancelled', 'returned', 'paid'][1 + (i * 3 // 7) % 5], CASE WHEN i % 97 <> 0 THEN ['East', 'South', 'North', 'West', 'East'][1 + i % 5] END,
  ['app', 'web', 'store', 'mini'][1 + (i * 11 // 3) % 4], CASE WHEN i % 41 <> 0 THEN (10 + (i * 173) % 900) + 0.75 END,
  CASE WHEN i % 3 = 0 THEN (i % 20) + 0.5 END, CASE WHEN i % 8 = 0 THEN 'gift ' || i END
FROM range(1, 601) t(i);

UPDATE orders SET amount = 424242.42, discount = 424242.42, note = 'CANARY note ' || order_id, status = 'CANARY status', channel = 'CANARY channel'
WHERE region IS DISTINCT FROM 'East';

INSERT INTO order_items
SELECT 1 + (i * 7) % 600, 1 + i // 600, 1 + (i * 11) % 38, 1 + (i * 13) % 5, (3 + (i * 29) % 170) + 0.5, CASE WHEN i % 4 = 0 THEN (i % 6) + 0.25 END
FROM range(1400) t(i);

INSERT INTO events
SELECT i, CASE WHEN i % 19 <> 0 THEN 1 + (i * 23) % 120 END, TIMESTAMP '2025-05-01 00:00:00' + to_seconds((i * 3571) % 2592000),
  ['view', 'view', 'cart', 'checkout', 'pay'][1 + (i * 7 // 2) % 5], '/p/' || (i * 3) % 41, 's' || i // 6, ['desktop', 'tablet', NULL][1 + i % 3],
  CASE WHEN i % 10 <> 0 THEN '{"ab": "' || ['A', 'B'][1 + i % 2] || '", "n": ' || i % 17 || ', "tags": ["x", "y' || i % 3 || '"], "ref": {"source": "' || ['ad', 'mail', 'direct'][1 + i % 3] || '"}}' END
FROM range(1200) t(i);

INSERT INTO payroll SELECT i, 424242.42, 'CANARY memo ' || i FROM range(1, 121) t(i);
"""

_RIGHTS_BY_HAND = """
DELETE FROM orders WHERE region IS DISTINCT FROM 'East';
ALTER TABLE users DROP COLUMN email;
ALTER TABLE users DROP COLUMN phone;
ALTER TABLE users DROP COLUMN id_number;
DROP TABLE payroll;
"""


def build(path: Path, *, backwards: bool = False) -> Path:
    """Writes the whole database to a new file; `backwards` stores the rows in the opposite order."""
    return _write(path, "", backwards)


def reference(path: Path, *, backwards: bool = False) -> Path:
    """Writes what the role may see, and nothing else: three columns, the orders outside East and one table are really absent."""
    return _write(path, _RIGHTS_BY_HAND, backwards)


def leaks(texts: Iterable[object], statement: str, path: Path) -> list[str]:
    """The values that show what must stay hidden: a marker, or a hidden name or the file's path unless the statement wrote it itself."""
    own = statement.casefold()
    secrets = [name for name in (*HIDDEN_NAMES, str(path)) if name.casefold() not in own]
    names = re.compile(r"\b(?:" + "|".join(map(re.escape, secrets)) + r")\b", re.IGNORECASE) if secrets else None
    return [text for text in map(str, texts) if _MARKER.search(text) or (names and names.search(text))]


def _write(path: Path, more: str, backwards: bool) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(_SCHEMA + _ROWS + more)
        if backwards:
            for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                connection.execute(f"CREATE TEMP TABLE turned AS FROM {table} ORDER BY rowid DESC; DELETE FROM {table}")
                connection.execute(f"INSERT INTO {table} FROM turned; DROP TABLE turned")
    return path
