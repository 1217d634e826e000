"""A catalog that has just been loaded, asked from many threads at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from semantic_layer.catalog import Catalog, CatalogSpec

THREADS = 8
CATALOGS = 30
CHAIN = 12


def chained() -> Catalog:
    """A metric of a metric of a metric."""
    metrics = {"m0": {"expression": "SUM(t.x)"}} | {f"m{n}": {"expression": f"m{n - 1} + SUM(t.x) * {n}"} for n in range(1, CHAIN)}
    return Catalog(CatalogSpec.model_validate({"datasets": {"t": {"fields": {"x": {"type": "number"}}}}, "metrics": metrics}))


def test_a_metric_first_asked_for_by_many_is_no_circle() -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(CATALOGS):
            catalog, together = chained(), threading.Barrier(THREADS)

            def first(catalog: Catalog = catalog, together: threading.Barrier = together) -> str:
                together.wait()
                return catalog.formula(f"m{CHAIN - 1}").tree.sql()

            asked = [pool.submit(first) for _ in range(THREADS)]
            assert len({a.result() for a in asked}) == 1
