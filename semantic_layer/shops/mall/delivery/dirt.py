"""Which rows are dirty in which way: one kind a row, decided by a lot of its id, and noted."""

from __future__ import annotations

from semantic_layer.engines.workbench import Workbench

# The share of a source's rows. Every row has one kind at most; other variety (formats, names of places) is no mistake of a row.
RATES: dict[str, dict[str, float]] = {
    "products": {"doubled": 0.01, "category_misspelt": 0.02, "cost_missing": 0.05, "price_in_fen": 0.01, "full_width": 0.005},
    "users": {"birthday_placeholder": 0.06, "birthday_future": 0.003, "birthday_missing": 0.04, "gender_missing": 0.08, "older_state": 0.02, "phone_masked": 0.15},
    "orders": {"doubled": 0.008, "older_state": 0.005, "total_missing": 0.005, "total_impossible": 0.001, "user_missing": 0.002},
    "mini_orders": {"doubled": 0.008, "older_state": 0.005, "total_missing": 0.005, "total_impossible": 0.001, "user_missing": 0.002},
    "order_lines": {"doubled": 0.005, "quantity_impossible": 0.001, "amount_missing": 0.005},
    "mini_order_lines": {"doubled": 0.005, "quantity_impossible": 0.001, "amount_missing": 0.005, "id_untidy": 0.01},
    "payments": {"doubled": 0.006, "amount_missing": 0.003, "time_in_ms": 0.01},
    "shipments": {"delivered_before_shipped": 0.003, "doubled": 0.005, "carrier_misnamed": 0.03, "delivered_missing": 0.01},
    "returns": {"refund_negative": 0.3, "doubled": 0.007, "order_unknown": 0.002, "id_damaged": 0.01},
    "reviews": {"stars_missing": 0.01, "doubled": 0.005, "emoji": 0.01, "text_blank": 0.01},
    "questions": {"doubled": 0.005},
    "app_events": {"doubled": 0.02, "resent": 0.005, "time_in_s": 0.005, "clock_ahead": 0.001, "session_missing": 0.01, "late": 0.01},
    "mini_events": {"doubled": 0.02, "late": 0.03, "full_width": 0.005, "synonym": 0.1},
    "marketing": {"cost_as_text": 0.1, "cost_in_wan": 0.01, "channel_misnamed": 0.05},
    "coupon_grants": {"doubled": 0.005, "user_missing": 0.003},
    "messages": {"doubled": 0.005, "opened_before_sent": 0.002, "user_missing": 0.003},
    "stock": {"negative": 0.001, "doubled": 0.002},
    "service": {"doubled": 0.005, "score_impossible": 0.005, "resolved_before_created": 0.002},
}  # fmt: skip
TEST_RATES = {"orders": 0.001, "app_events": 0.0005}
TEST_ORDERS, TEST_EVENTS = (round(TEST_RATES[source] * 100_000) for source in ("orders", "app_events"))
_TWICE = ("doubled", "resent", "older_state")
STOCK_GAPS = ("2025-08-17", "2026-01-09")  # days of which the warehouse delivered nothing
FEN_MONTH = "2025-07"  # of the mini program's orders: fen where yuan are wanted


def prepare(bench: Workbench) -> None:
    """The list of dirty rows."""
    bench.run("CREATE TABLE dirt (source VARCHAR, row_id VARCHAR, kind VARCHAR)")


def mark(bench: Workbench, source: str, rows: str, row_id: str) -> str:
    """Makes a table of the rows of a query with the columns `kind` (or null) and `copy` (1 for a further row), and notes the dirty ones.

    The copy of an older state comes before the row, as it would; its name is returned.
    """
    bounds, cases = 0, []
    for kind, rate in RATES[source].items():
        bounds += round(rate * 100_000)
        cases.append(f"WHEN lot < {bounds} THEN '{kind}'")
    name = f"marked_{source}"
    twice = ", ".join(f"'{kind}'" for kind in _TWICE)
    bench.run(f"""
        CREATE OR REPLACE TABLE {name} AS
        SELECT * EXCLUDE (lot), unnest(CASE WHEN kind = 'older_state' THEN [1, 0] WHEN kind IN ({twice}) THEN [0, 1] ELSE [0] END) AS copy
        FROM (SELECT *, CASE {" ".join(cases)} END AS kind FROM (SELECT *, lot({row_id}, '{source}') AS lot FROM ({rows})))
    """)
    note(bench, source, f"SELECT {row_id}, kind FROM {name} WHERE kind IS NOT NULL AND copy = 0")
    return name


def note(bench: Workbench, source: str, rows: str) -> None:
    """Notes dirty rows: a query of row id and kind."""
    bench.run(f"INSERT INTO dirt SELECT '{source}', * FROM ({rows})")
