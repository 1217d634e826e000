"""What somebody sees first: `wenshu demo` on a home of its own, over a small mall; its answers hold against the truth of the mall."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from semantic_layer.shops.settings import read_settings
from semantic_layer.shops.shop import PACKAGED
from tests.command import wenshu
from tests.malls import SCALE

EXAMPLES = read_settings(PACKAGED / "mall")[0].examples
# What really happened, by the tables that are without dirt; amounts that the sources spoilt for good may be unknown.
SALES = "sum(l.amount) FROM lines l JOIN orders o USING (order_id) JOIN products p USING (product_id) WHERE o.paid_at IS NOT NULL"
TRUTH = {
    EXAMPLES.zh[0]: f"SELECT p.category, {SALES} AND o.ordered_at >= '2026-06-01' GROUP BY 1",
    EXAMPLES.zh[1]: f"SELECT o.region, {SALES} AND o.ordered_at BETWEEN '2026-06-15' AND '2026-06-19' GROUP BY 1",
    EXAMPLES.en[0]: f"SELECT p.category, {SALES} AND o.ordered_at >= '2026-06-01' GROUP BY 1",
}


@pytest.fixture(scope="module")
def place(made_mall: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home without a shop. What making a mall gives at this scale was made for other tests as well, and is copied."""

    def copied(folder: Path, scale: float) -> None:
        assert scale == SCALE
        shutil.copytree(made_mall, folder, dirs_exist_ok=True)

    with patch("semantic_layer.shops.mall.load.generate", copied):
        yield {"WENSHU_HOME": str(tmp_path_factory.mktemp("home")), "WENSHU_MALL_SCALE": str(SCALE), "WENSHU_SHOP": ""}


def test_the_demo_answers_in_chinese_first_and_names_the_page(place: dict[str, str]) -> None:
    done = wenshu("demo", **place)
    assert done.returncode == 0 and "http://127.0.0.1:" in done.stdout, done.stderr
    said = [done.stdout.index(f'"{question}"') for question in (*EXAMPLES.zh[:2], EXAMPLES.en[0])]
    assert said == sorted(said) and "今年618大促" in done.stdout


@pytest.mark.parametrize("question", TRUTH)
def test_who_names_no_shop_asks_the_mall_and_is_answered_right(place: dict[str, str], question: str) -> None:
    answer = json.loads(wenshu("ask", question, "--format", "json", **place).stdout)
    assert answer["status"] == "answered"
    truth = Path(place["WENSHU_HOME"]) / "shops" / "mall" / "truth"
    with duckdb.connect() as connection:
        for name, table in (("lines", "order_lines"), ("orders", "orders"), ("products", "products")):
            connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{truth}/{table}/*.parquet')")
        expected = dict(connection.execute(TRUTH[question].replace("", "")).fetchall())
    got = {row[0]: row[1] for row in answer["rows"] if row[0] is not None}
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        assert got[name] == pytest.approx(float(value), rel=0.02), name
