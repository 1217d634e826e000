"""Runs inside the peer's own environment: the probe questions in its own language, as JSON to standard output.

Reads {"database", "model", "compiles", "runs", "probes": [{"name", "sql"}]} from standard input.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

TOP3 = (
    "SELECT department, product_id, sales FROM ({inner}) "
    "QUALIFY row_number() OVER (PARTITION BY department ORDER BY sales DESC, product_id) <= 3"
)
DEPARTMENT, INCOME, MONTH = "products.department", "demographics.income", "transactions.at__month"
SALES, RECEIPTS = "transactions.sales", {"explore": "receipts"}

# The arguments of SemanticLayer.compile. `post_process` is raw SQL.
QUERIES: dict[str, dict[str, Any]] = {
    "q01_total": {"metrics": [SALES]},
    "q02_month": {"metrics": [SALES], "dimensions": [MONTH]},
    "q03_dept10": {"metrics": [SALES], "dimensions": [DEPARTMENT], "order_by": [f"{SALES} DESC"], "limit": 10, **RECEIPTS},
    "q04_basket": {"metrics": ["basket_value"]},
    "q05_ratio": {"metrics": ["coupon_share"], "dimensions": [MONTH]},
    "q06_filter": {"metrics": [SALES], "dimensions": [DEPARTMENT], "filters": [f"{INCOME} = '50-74K'"], **RECEIPTS},
    "q07_twofact": {"metrics": ["dated_sales.sales", "dated_redemptions.redemptions"], "dimensions": ["days.day__month"]},
    "q08_share": {"metrics": [SALES], "dimensions": [DEPARTMENT], "table_calculations": ["share"], **RECEIPTS},
    "q09_mom": {"metrics": ["growth"], "dimensions": [MONTH]},
    "q10_ytd": {"metrics": ["to_date"], "dimensions": [MONTH]},
    "q11_hh": {"metrics": ["transactions.customers"], "dimensions": [MONTH]},
    "q12_top3": {"metrics": [SALES], "dimensions": [DEPARTMENT, "transactions.product_id"], "post_process": TOP3, **RECEIPTS},
    "q13_chasm": {"metrics": [SALES, "coupon_redemptions.redemptions"], "dimensions": [INCOME]},
    "q14_fanout": {"metrics": [SALES, "demographics.households"], "dimensions": [INCOME], **RECEIPTS},
}
NOTES = {
    "q08_share": "gives percent; divided by 100 here",
    "q09_mom": "gives percent; divided by 100 here",
    "q12_top3": "needs raw SQL (post_process)",
}
COLUMNS = {"q08_share": [0, 2], "q09_mom": [0, 2], "q10_ytd": [0, 2]}
PERCENT = ("q08_share", "q09_mom")


def main() -> None:
    """Answers on standard output."""
    from sidemantic import SemanticLayer, __version__  # type: ignore[import-not-found, unused-ignore]

    asked = json.load(sys.stdin)
    layer = SemanticLayer.from_yaml(asked["model"], connection=f"duckdb:///{asked['database']}")
    layer.adapter.execute("SET threads = 2")
    results = [_answer(layer, probe, asked["compiles"], asked["runs"]) for probe in asked["probes"]]
    print(json.dumps({"peer": "sidemantic", "version": __version__, "results": results}, default=str))


def _answer(layer: Any, probe: dict[str, str], compiles: int, runs: int) -> dict[str, Any]:
    name = probe["name"]
    try:
        sql = layer.compile(**QUERIES[name])
        rows = [_shaped(name, row) for row in _run(layer, sql)]
        hand, own = _alternated(lambda: _run(layer, probe["sql"]), lambda: _run(layer, sql), runs)
        compiling = _median(lambda: layer.compile(**QUERIES[name]), time.process_time, compiles)
    except Exception as error:  # whatever a peer raises is its answer
        return {"name": name, "error": f"{type(error).__name__}: {error}"[:300]}
    note = NOTES.get(name, "")
    return {"name": name, "sql": sql, "rows": rows, "compile_ms": compiling, "own_ms": own, "hand_ms": hand, "note": note}


def _run(layer: Any, sql: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = layer.adapter.execute(sql).fetchall()
    return rows


def _shaped(name: str, row: tuple[Any, ...]) -> list[Any]:
    chosen = [row[place] for place in COLUMNS.get(name, range(len(row)))]
    if name in PERCENT and chosen[-1] is not None:
        chosen[-1] = float(chosen[-1]) / 100
    return chosen


def _median(work: Callable[[], object], clock: Callable[[], float], repeats: int) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append((clock() - start) * 1000)
    return statistics.median(times)


def _alternated(one: Callable[[], object], other: Callable[[], object], repeats: int) -> tuple[float, float]:
    one(), other()
    pairs = [(_median_of_one(one), _median_of_one(other)) for _ in range(repeats)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def _median_of_one(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
