"""The catalog of the mall fits its tables, answers as SQL does, and knows its words in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import Shop, open_shop
from semantic_layer.shops.check import check_shop
from tests.catalog.exchange.test_ossie_export import back, exported
from tests.conftest import answer
from tests.shops.mall.conftest import Mall


@pytest.fixture(scope="module")
def folder(mall_shop: Path) -> Path:
    """The shop over the conformed tables."""
    return mall_shop


@pytest.fixture(scope="module")
def small(folder: Path) -> Iterator[Shop]:
    opened = open_shop(str(folder))
    yield opened
    opened.close()


def test_the_catalog_has_no_mistakes(folder: Path) -> None:
    # A small mall need not hold every subcategory, city or carrier.
    problems = [p for p in check_shop(str(folder)) if p.severity == "error" and p.rule != "UnknownValue"]
    assert problems == []


def test_everything_has_a_name_and_metrics_a_sentence_in_both_languages(small: Shop) -> None:
    spec = small.catalog.spec
    for name, metric in spec.metrics.items():
        assert metric.label.zh and metric.label.en and metric.description.zh and metric.description.en, name
    for dataset in spec.datasets.values():
        assert dataset.label.zh and dataset.label.en
        for name, field in dataset.fields.items():
            assert field.kind == "key" or (field.label.zh and field.label.en), name


def test_the_catalog_comes_back_the_same_from_an_exchange_file(small: Shop, folder: Path, tmp_path: Path) -> None:
    _, text = exported(folder)
    again, guessed = back(text, folder / "mall.duckdb", tmp_path)
    assert (again.catalog.spec, guessed) == (small.catalog.spec, {})
    again.close()


@pytest.mark.parametrize(
    ("metric", "sql"),
    [
        ("gmv", "SELECT sum(amount) FROM order_lines"),
        ("paid_gmv", "SELECT sum(l.amount) FROM order_lines l JOIN orders USING (order_id) WHERE paid_at IS NOT NULL"),
        (
            "net_gmv",
            "SELECT (SELECT sum(l.amount) FROM order_lines l JOIN orders USING (order_id) WHERE paid_at IS NOT NULL) - (SELECT sum(refund_amount) FROM returns WHERE refunded_at IS NOT NULL)",
        ),
        ("paying_customers", "SELECT count(DISTINCT user_id) FROM orders WHERE paid_at IS NOT NULL"),
        ("conversion_rate", "SELECT count(DISTINCT visitor_id) FILTER (event_type = 'pay') / count(DISTINCT visitor_id) FROM events"),
        (
            "repurchase_rate",
            "SELECT count(*) FILTER (n >= 2) / count(*) FROM (SELECT count(*) AS n FROM orders WHERE paid_at IS NOT NULL GROUP BY user_id)",
        ),
        ("redemption_rate", "SELECT count(redeemed_at) / count(*) FROM coupon_grants"),
        ("open_rate", "SELECT count(opened_at) / count(*) FILTER (delivered) FROM messages"),
        (
            "ad_roi",
            "SELECT (SELECT sum(amount) FROM orders JOIN traffic_sources USING (traffic_source) WHERE is_paid AND paid_at IS NOT NULL) / (SELECT sum(cost) FROM ad_spend)",
        ),
        ("gross_margin", "SELECT sum(l.amount - l.cost) / sum(l.amount) FROM order_lines l JOIN orders USING (order_id) WHERE paid_at IS NOT NULL"),
        ("stock_level", "SELECT sum(on_hand) FROM stock_daily WHERE day = '2026-06-30'"),
        ("days_of_stock", "SELECT 28 * sum(on_hand) / sum(sold_28d) FROM stock_daily WHERE day = '2026-06-30'"),
        ("on_time_rate", "SELECT avg(on_time::INT) FROM shipments"),
        ("positive_review_rate", "SELECT avg((rating >= 4)::INT) FROM reviews"),
        ("late_rate", "SELECT count(*) FILTER (NOT on_time) / count(delivered_at) FROM shipments"),
        ("parcels_in_transit", "SELECT count(*) FILTER (delivered_at IS NULL) FROM shipments"),
        ("complaint_rate", "SELECT (SELECT count(*) FROM service_contacts WHERE topic = '投诉') / (SELECT count(*) FROM orders)"),
        (
            "cart_abandonment_rate",
            "SELECT count(*) FILTER (NOT ordered) / count(*) FROM (SELECT bool_or(event_type = 'order') AS ordered FROM events GROUP BY visitor_id HAVING bool_or(event_type = 'cart'))",
        ),
        ("cost_of_goods", "SELECT sum(cost) FROM order_lines JOIN orders USING (order_id) WHERE paid_at IS NOT NULL"),
        ("freight_charged", "SELECT sum(freight) FROM orders WHERE paid_at IS NOT NULL"),
        (
            "units_per_customer",
            "SELECT sum(quantity) / count(DISTINCT o.user_id) FROM order_lines JOIN orders o USING (order_id) WHERE paid_at IS NOT NULL",
        ),
    ],
)
def test_metrics_are_what_sql_says(mall: Mall, small: Shop, metric: str, sql: str) -> None:
    assert float(answer(small, {"metrics": [{"metric": metric}]})[0][metric]) == pytest.approx(float(mall.one(sql)))


def test_the_stock_out_rate_counts_every_evening_of_a_period(mall: Mall, small: Shop) -> None:
    query = {"metrics": [{"metric": "stock_out_rate"}], "time": {"start": "2026-04-01", "end": "2026-05-01"}}
    expected = mall.one("SELECT avg((on_hand <= 0)::INT) FROM stock_daily WHERE day >= '2026-04-01' AND day < '2026-05-01'")
    assert float(answer(small, query)[0]["stock_out_rate"]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("2026年5月各大区的销售额", "SELECT region, sum(l.amount) FROM order_lines l JOIN orders USING (order_id) WHERE paid_at IS NOT NULL AND strftime(ordered_at, '%Y-%m') = '2026-05' GROUP BY 1"),
        ("sales by region in May 2026", "SELECT region, sum(l.amount) FROM order_lines l JOIN orders USING (order_id) WHERE paid_at IS NOT NULL AND strftime(ordered_at, '%Y-%m') = '2026-05' GROUP BY 1"),
        ("2025年双11各渠道的订单数", "SELECT channel, count(*) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN '2025-11-08' AND '2025-11-11' GROUP BY 1"),
        ("各支付方式的支付成功率", "SELECT pay_channel, avg((state = '成功')::INT) FROM payments GROUP BY 1"),
        ("redemption rate by coupon", "SELECT name, count(redeemed_at) / count(*) FROM coupon_grants JOIN coupons USING (coupon_id) GROUP BY 1"),
        ("6月各仓的断货情况", "SELECT warehouse, avg((on_hand <= 0)::INT) FROM stock_daily WHERE strftime(day, '%Y-%m') = '2026-06' GROUP BY 1"),
        ("success rate by payment method", "SELECT pay_channel, avg((state = '成功')::INT) FROM payments GROUP BY 1"),
        ("6月各仓库的缺货率", "SELECT warehouse, avg((on_hand <= 0)::INT) FROM stock_daily WHERE strftime(day, '%Y-%m') = '2026-06' GROUP BY 1"),
    ],
)  # fmt: skip
def test_questions_in_both_languages_are_answered(mall: Mall, small: Shop, question: str, sql: str) -> None:
    said = Assistant(small).ask(question)
    assert said.status == "answered", said.text
    assert {str(k): pytest.approx(float(v)) for k, v in mall.rows(sql)} == {str(row[0]): float(row[1]) for row in said.rows}
