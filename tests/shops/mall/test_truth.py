"""The conformed tables agree with each other, and with the totals that are told."""

from __future__ import annotations

import pytest

from tests.shops.mall.conftest import Mall

KEYS = {
    "users": "user_id", "devices": "device_id", "products": "product_id", "orders": "order_id", "order_lines": "order_id, line_no",
    "payments": "payment_id", "shipments": "shipment_id", "returns": "return_id", "reviews": "review_id", "questions": "question_id",
    "events": "event_id", "ad_spend": "day, traffic_source", "coupons": "coupon_id", "coupon_grants": "grant_id", "campaigns": "campaign_id",
    "campaign_members": "campaign_id, user_id", "messages": "message_id", "experiments": "experiment_id", "assignments": "experiment_id, user_id",
    "stock_daily": "day, product_id, warehouse", "service_contacts": "contact_id", "calendar": "day", "channels": "channel", "platforms": "platform", "warehouses": "warehouse", "cities": "city", "traffic_sources": "traffic_source",
}  # fmt: skip
REFERENCES = [
    ("orders", "user_id", "users"), ("order_lines", "order_id", "orders"), ("order_lines", "product_id", "products"), ("payments", "order_id", "orders"),
    ("shipments", "order_id", "orders"), ("returns", "order_id", "orders"), ("reviews", "order_id", "orders"), ("reviews", "product_id", "products"),
    ("events", "user_id", "users"), ("events", "product_id", "products"), ("events", "order_id", "orders"), ("coupon_grants", "order_id", "orders"),
    ("coupon_grants", "coupon_id", "coupons"), ("messages", "campaign_id", "campaigns"), ("stock_daily", "product_id", "products"),
    ("service_contacts", "order_id", "orders"), ("orders", "grant_id", "coupon_grants"), ("orders", "traffic_source", "traffic_sources"),
]  # fmt: skip


@pytest.mark.parametrize("table", sorted(KEYS))
def test_keys_are_unique(mall: Mall, table: str) -> None:
    assert mall.one(f"SELECT count(*) FROM {table}") > 0
    assert mall.rows(f"SELECT {KEYS[table]} FROM {table} GROUP BY ALL HAVING count(*) > 1 LIMIT 3") == []


@pytest.mark.parametrize(("table", "column", "other"), REFERENCES)
def test_what_is_pointed_to_is_there(mall: Mall, table: str, column: str, other: str) -> None:
    assert mall.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {column} FROM {other}) LIMIT 3") == []


def test_amounts_add_up(mall: Mall) -> None:
    assert mall.one("SELECT count(*) FROM orders WHERE amount <> goods_amount - coupon_amount + freight OR amount < 0") == 0
    assert mall.one("SELECT count(*) FROM order_lines WHERE amount <> quantity * unit_price OR unit_price > list_price OR quantity < 1") == 0
    assert (
        mall.one(
            "SELECT count(*) FROM orders JOIN (SELECT order_id, sum(amount) AS s FROM order_lines GROUP BY 1) USING (order_id) WHERE s <> goods_amount"
        )
        == 0
    )
    assert mall.one("SELECT count(*) FROM (SELECT order_id FROM orders EXCEPT SELECT order_id FROM order_lines)") == 0


def test_a_paid_order_has_one_payment_of_its_amount(mall: Mall) -> None:
    assert (
        mall.one("""SELECT count(*) FROM orders o LEFT JOIN (SELECT order_id, count(*) AS n, sum(amount) AS paid FROM payments WHERE state = '成功' GROUP BY 1) p
        USING (order_id) WHERE (paid_at IS NOT NULL) <> (coalesce(n, 0) = 1) OR (n = 1 AND paid <> o.amount)""")
        == 0
    )
    assert mall.one("SELECT count(*) FROM orders WHERE (paid_at IS NULL) <> (status = '已取消')") == 0


def test_times_are_in_order(mall: Mall) -> None:
    for condition in (
        "FROM orders WHERE paid_at < ordered_at", "FROM orders JOIN users USING (user_id) WHERE ordered_at < registered_at",
        "FROM shipments JOIN orders USING (order_id) WHERE shipped_at < paid_at OR delivered_at < shipped_at", "FROM returns WHERE refunded_at < requested_at",
        "FROM reviews JOIN shipments USING (order_id) WHERE created_at < delivered_at", "FROM coupon_grants WHERE redeemed_at < granted_at OR redeemed_at > expires_at",
        "FROM messages WHERE opened_at < sent_at OR clicked_at < opened_at", "FROM service_contacts WHERE resolved_at < created_at",
        "FROM order_lines JOIN orders USING (order_id) JOIN products USING (product_id) WHERE ordered_at < launched_on AND product_id NOT IN (SELECT product_id FROM order_lines l JOIN latent_fake_orders USING (order_id))",
    ):  # fmt: skip
        assert mall.one(f"SELECT count(*) {condition}") == 0, condition


def test_orders_stand_in_the_log(mall: Mall) -> None:
    assert mall.one("SELECT count(*) FROM orders WHERE order_id NOT IN (SELECT order_id FROM events WHERE event_type = 'order')") == 0
    assert mall.one("SELECT count(*) FROM events e JOIN orders o USING (order_id) WHERE event_type = 'order' AND event_time <> ordered_at") == 0


def test_the_stock_follows_from_the_evening_before(mall: Mall) -> None:
    assert (
        mall.one("""SELECT count(*) FROM (SELECT *, lag(on_hand) OVER (PARTITION BY product_id, warehouse ORDER BY day) AS before FROM stock_daily)
        WHERE on_hand <> before + received - sold + adjusted OR on_hand < 0""")
        == 0
    )
    assert mall.one("SELECT sum(sold) FROM stock_daily") == mall.one(
        "SELECT sum(quantity) FROM order_lines JOIN orders USING (order_id) WHERE paid_at IS NOT NULL"
    )


def test_a_coupon_lowers_the_order_that_redeems_it(mall: Mall) -> None:
    assert (
        mall.one(
            "SELECT count(*) FROM orders o FULL JOIN (FROM coupon_grants WHERE redeemed_at IS NOT NULL) g USING (grant_id) WHERE o.grant_id IS NOT NULL AND (coupon_amount <> redeemed_amount OR o.order_id <> g.order_id OR o.user_id <> g.user_id)"
        )
        == 0
    )
    assert mall.one("SELECT sum(coupon_amount) FROM orders") == mall.one("SELECT sum(redeemed_amount) FROM coupon_grants")


def test_the_totals_are_those_of_the_tables(mall: Mall) -> None:
    totals = mall.truth["totals"]
    assert float(mall.one("SELECT sum(amount) FROM orders WHERE paid_at IS NOT NULL")) == totals["gmv_paid"]
    assert mall.one("SELECT count(DISTINCT visitor_id) FROM events") == totals["visitors"]


def test_ids_are_of_three_systems(mall: Mall) -> None:
    mapping = mall.source("id_map/products.csv").read_bytes()
    assert mapping.startswith(b"\xef\xbb\xbf")
    rows = [line.split(",") for line in mapping.decode("utf-8-sig").splitlines()[1:]]
    assert len({sku for _, sku, _ in rows}) == len(rows)
    assert all(len(sku) == 32 and sku.isdigit() and not sku.endswith("0" * 12) and len(uuid) == 36 for _, sku, uuid in rows)
    assert {code for code, _, _ in rows} < {str(r[0]) for r in mall.rows("SELECT product_id FROM products")}
