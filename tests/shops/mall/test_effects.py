"""What the truth tells of is in the data, and absent where it says so; asked by SQL of its own."""

from __future__ import annotations

import pytest

from semantic_layer.shops.mall.planted import PLAYBOOKS
from tests.shops.mall.conftest import Mall


def test_every_playbook_has_a_condition_and_a_place_without_it(mall: Mall) -> None:
    assert len(mall.truth["effects"]) >= 25
    for playbook in PLAYBOOKS:
        planted = [mall.effect(name) for name in mall.truth["playbooks"][playbook]]
        assert planted, playbook
        assert all(e["absent"] is not None for e in planted)


def test_a_stock_out_stops_a_category_in_a_region(mall: Mall) -> None:
    where, period = mall.effect("stockout_region")["where"], mall.within("stockout_region", "day")
    shelf = f"FROM stock_daily JOIN products USING (product_id) WHERE category = '{where['category']}' AND {period}"
    assert mall.one(f"SELECT max(on_hand) {shelf} AND warehouse = '{where['warehouse']}'") == 0
    assert mall.one(f"SELECT min(on_hand) > 0 OR avg((on_hand > 0)::INT) > 0.9 {shelf} AND warehouse <> '{where['warehouse']}'")
    sales = f"SELECT count(*) FROM orders JOIN order_lines USING (order_id) JOIN products USING (product_id) WHERE {mall.within('stockout_region', 'ordered_at')}"
    assert mall.one(f"{sales} AND category = '{where['category']}' AND region = '{where['region']}'") == 0
    assert mall.one(f"{sales} AND category = '{where['category']}' AND region <> '{where['region']}'") > 10
    assert mall.one(f"{sales} AND category <> '{where['category']}' AND region = '{where['region']}'") > 10


def test_average_order_value_falls_by_the_mix_of_channels(mall: Mall) -> None:
    month = "SELECT avg((channel = '小程序')::INT) FROM orders WHERE strftime(ordered_at, '%Y-%m') = '{}'"
    assert mall.one(month.format("2026-03")) > 2 * mall.one(month.format("2026-02"))
    lines = "SELECT avg(n) FROM (SELECT channel, count(*) AS n FROM orders JOIN order_lines USING (order_id) WHERE strftime(ordered_at, '%Y-%m') = '{}' GROUP BY order_id, channel)"
    assert mall.one(lines.format("2026-03")) > 1.05 * mall.one(lines.format("2026-02"))


def test_the_mini_program_sells_what_is_cheap(mall: Mall) -> None:
    price = "SELECT median(list_price) FROM order_lines JOIN orders USING (order_id) WHERE channel {} '小程序'"
    assert float(mall.one(price.format("="))) < 0.8 * float(mall.one(price.format("<>")))


def test_one_payment_channel_fails_for_three_days(mall: Mall) -> None:
    tries = f"SELECT avg((state = '成功')::INT) FROM payments WHERE pay_channel {{}} '支付宝' AND {mall.within('payment_outage', 'tried_at')}"
    assert mall.one(tries.format("=")) < 0.6
    assert mall.one(tries.format("<>")) > 0.85
    assert (
        mall.one(
            "SELECT avg((state = '成功')::INT) FROM payments WHERE pay_channel = '支付宝' AND tried_at >= '2025-10-01' AND tried_at < '2025-11-01'"
        )
        > 0.9
    )


def test_a_version_of_the_app_loses_orders(mall: Mall) -> None:
    carts = f"""SELECT avg(ordered::INT) FROM (SELECT bool_or(event_type = 'order') AS ordered, bool_or(event_type = 'cart') AS cart FROM events
        WHERE channel = 'App' AND {mall.within("checkout_bug", "event_time")} AND {{}} GROUP BY session_id) WHERE cart"""
    assert mall.one(carts.format("platform = 'iOS' AND app_version = '6.3.0'")) < 0.75 * mall.one(carts.format("platform = 'Android'"))


def test_who_was_reached_and_who_was_held_out(mall: Mall) -> None:
    for campaign in ("C05", "C06"):
        assert mall.one(f"SELECT avg((arm = '留出')::INT) FROM campaign_members WHERE campaign_id = '{campaign}'") == pytest.approx(0.2, abs=0.1)
        assert (
            mall.one(
                f"SELECT count(*) FROM messages JOIN campaign_members USING (campaign_id, user_id) WHERE campaign_id = '{campaign}' AND arm = '留出'"
            )
            == 0
        )
    assert mall.one("SELECT count(*) FROM campaign_members WHERE campaign_id = 'C07' AND arm = '留出'") == 0
    spent = "SELECT avg(n) FROM (SELECT u.user_id, count(order_id) FILTER (ordered_at < '2026-01-12') AS n FROM users u LEFT JOIN orders USING (user_id) GROUP BY 1) WHERE user_id {} (SELECT user_id FROM campaign_members WHERE campaign_id = 'C07')"
    assert mall.one(spent.format("IN")) > 1.5 * mall.one(spent.format("NOT IN"))


def test_experiments_are_split_as_told(mall: Mall) -> None:
    share = {str(name): float(b) for name, b in mall.rows("SELECT experiment_id, avg((arm = 'B')::INT) FROM assignments GROUP BY 1")}
    assert share["E01"] == pytest.approx(0.5, abs=0.1)
    assert share["E03"] < 0.48


@pytest.mark.parametrize(("kind", "least"), [("hesitant", 20), ("cart_abandoners", 20), ("second_order", 20), ("lapsing", 15)])
def test_groups_of_users_meet_their_rule(mall: Mall, kind: str, least: int) -> None:
    """Nearly all who were planted, nobody of a kind that cannot, and of the others a far smaller share."""
    effect = mall.effect(kind)
    assert effect["measured"]["users"] >= 0.8 * least
    assert effect["absent"]["users"] == 0
    assert effect["measured"]["users"] / effect["measured"]["among"] > 4 * effect["others"]["users"] / effect["others"]["among"]


def test_hesitant_users_looked_again_and_again_and_bought_nothing(mall: Mall) -> None:
    looked = "SELECT user_id FROM events WHERE event_type = 'view' AND event_time >= '2026-06-17' GROUP BY 1 HAVING count(*) >= 6 AND count(DISTINCT CAST(event_time AS DATE)) >= 2"
    assert mall.one(f"SELECT count(*) FROM latent_users WHERE buyer = 'hesitant' AND user_id IN ({looked})") >= 18
    assert mall.one("SELECT count(*) FROM orders JOIN latent_users USING (user_id) WHERE buyer = 'hesitant' AND ordered_at >= '2026-06-17'") == 0


def test_lapsing_buyers_bought_much_and_stopped(mall: Mall) -> None:
    assert mall.one("SELECT count(*) FROM orders JOIN latent_users USING (user_id) WHERE buyer = 'lapsing' AND ordered_at >= '2026-04-18'") == 0
    orders = "SELECT avg(n) FROM (SELECT user_id, count(*) AS n FROM orders JOIN latent_users USING (user_id) WHERE buyer = '{}' GROUP BY 1)"
    assert mall.one(orders.format("lapsing")) > 1.5 * mall.one(orders.format("plain"))


def test_first_buyers_still_visit(mall: Mall) -> None:
    assert (
        mall.one(
            """SELECT count(DISTINCT user_id) FROM latent_users JOIN events USING (user_id) WHERE buyer = 'second_order' AND event_time >= '2026-06-17'"""
        )
        >= 18
    )


def test_some_buy_what_is_reduced_and_some_what_is_new(mall: Mall) -> None:
    share = "SELECT avg({}::INT) FROM order_lines JOIN (SELECT order_id, ordered_at FROM orders) USING (order_id) JOIN products USING (product_id) JOIN latent_users USING (user_id) WHERE buyer = '{}'"
    assert mall.one(share.format("discounted", "price_sensitive")) > 2 * mall.one(share.format("discounted", "plain"))
    new = "(CAST(ordered_at AS DATE) - launched_on <= 37)"
    assert mall.one(share.format(new, "taster")) > 5 * mall.one(share.format(new, "plain"))


def test_the_reviews_of_a_product_turn_bad_for_its_quality(mall: Mall) -> None:
    where = mall.effect("bad_reviews")["where"]
    stars = "SELECT avg(rating) FROM reviews JOIN orders USING (order_id) WHERE product_id = '{}' AND ordered_at {} '2026-05-01'"
    assert mall.one(stars.format(where["product_id"], ">=")) < 3.2
    assert mall.one(stars.format(where["product_id"], "<")) > 4
    assert mall.one(stars.format(where["absent_product_id"], ">=")) > 4
    assert (
        mall.one(
            f"SELECT count(*) FROM reviews WHERE product_id = '{where['product_id']}' AND rating <= 2 AND regexp_matches(content, '质量|做工|耐用') AND created_at >= '2026-05-01'"
        )
        >= 5
    )


def test_a_product_rises(mall: Mall) -> None:
    where = mall.effect("rising_product")["where"]
    units = "SELECT coalesce(sum(quantity), 0) FROM order_lines JOIN orders USING (order_id) WHERE product_id = '{}' AND ordered_at >= '{}' AND ordered_at < '{}'"
    assert mall.one(units.format(where["product_id"], "2026-06-16", "2026-07-01")) > 4 * mall.one(
        units.format(where["product_id"], "2026-04-21", "2026-05-06")
    )
    other = where["absent_product_id"]
    assert mall.one(units.format(other, "2026-06-16", "2026-07-01")) < 4 * max(mall.one(units.format(other, "2026-04-21", "2026-05-06")), 3)


def test_a_category_falls_for_good(mall: Mall) -> None:
    share = "SELECT avg((category = '美妆护肤')::INT) FROM order_lines JOIN orders USING (order_id) JOIN products USING (product_id) WHERE ordered_at {} '2025-08-01'"
    assert mall.one(share.format(">=")) < 0.88 * mall.one(share.format("<"))


def test_a_sale_stands_in_no_calendar(mall: Mall) -> None:
    orders = "SELECT count(*) / 3 FROM orders WHERE ordered_at >= '{}' AND ordered_at < '{}'"
    assert mall.one(orders.format("2026-05-13", "2026-05-16")) > 1.3 * mall.one(orders.format("2026-05-10", "2026-05-13"))
    assert mall.one("SELECT count(*) FROM calendar WHERE promotion IS NOT NULL AND day BETWEEN '2026-05-10' AND '2026-05-20'") == 0
    assert mall.one("SELECT count(*) FROM campaigns WHERE starts_on <= '2026-05-15' AND ends_on >= '2026-05-13'") == 0


def test_a_carrier_is_slow_in_a_region(mall: Mall) -> None:
    hours = f"SELECT avg(delivery_hours) FROM shipments JOIN orders USING (order_id) WHERE {mall.within('slow_carrier', 'ordered_at')} AND carrier {{}} '迅达' AND region {{}} '西南'"
    assert mall.one(hours.format("=", "=")) > mall.one(hours.format("=", "<>")) + 48
    assert mall.one(hours.format("<>", "=")) < mall.one(hours.format("=", "<>")) + 24


def test_the_great_sales_rise_and_what_is_beside_them_falls(mall: Mall) -> None:
    orders = "SELECT count(*) / count(DISTINCT CAST(ordered_at AS DATE)) FROM orders WHERE CAST(ordered_at AS DATE) BETWEEN '{}' AND '{}'"
    plain = mall.one(orders.format("2025-10-10", "2025-10-26"))
    assert mall.one(orders.format("2025-11-11", "2025-11-11")) > 2.5 * plain
    assert mall.one(orders.format("2025-11-12", "2025-11-22")) < plain


def test_a_coupon_is_never_redeemed(mall: Mall) -> None:
    redeemed = dict(mall.rows("SELECT coupon_id, count(redeemed_at) FROM coupon_grants GROUP BY 1"))
    assert redeemed.pop("K09") == 0
    assert len(redeemed) == 11
    assert all(count > 0 for count in redeemed.values())


def test_a_ring_buys_one_product(mall: Mall) -> None:
    product = mall.effect("fake_orders")["where"]["product_id"]
    assert mall.rows("SELECT DISTINCT product_id FROM order_lines JOIN latent_fake_orders USING (order_id)") == [(product,)]
    assert mall.one("SELECT min(n) FROM (SELECT user_id, count(*) AS n FROM orders JOIN latent_fake_orders USING (order_id) GROUP BY 1)") >= 5
    assert mall.one("SELECT count(*) FROM events JOIN latent_fake_orders USING (order_id) WHERE event_type = 'view'") == 0


def test_what_methods_like_to_assume_is_not_so(mall: Mall) -> None:
    pairs = mall.effect("complements")["planted"]["pairs"]
    listed = ", ".join(f"('{a}', '{b}')" for a, b in pairs)
    together = f"SELECT avg((SELECT count(*) FROM order_lines x WHERE x.order_id = l.order_id AND x.product_id = second)) FROM order_lines l JOIN (VALUES {listed}) t(first, second) ON product_id = first"
    assert mall.one(together) > 0.15
    video = "SELECT avg((acquisition = '短视频')::INT) FROM users WHERE province {} ('四川', '河南')"
    assert mall.one(video.format("IN")) > 2 * mall.one(video.format("NOT IN"))
    mean, variance = mall.rows("SELECT avg(rate), var_samp(rate) FROM latent_users WHERE buyer = 'plain'")[0]
    assert mean**2 / variance == pytest.approx(mall.effect("heterogeneity")["planted"]["shape"], rel=0.35)


def test_people_use_several_devices_and_are_not_always_logged_in(mall: Mall) -> None:
    assert mall.one("SELECT count(*) FROM (SELECT visitor_id FROM events GROUP BY 1 HAVING count(DISTINCT device_id) > 1)") > 20
    assert 0.1 < mall.one("SELECT avg((user_id IS NULL)::INT) FROM events") < 0.2
    assert mall.one("SELECT count(*) FROM events JOIN devices USING (device_id) WHERE events.user_id IS NULL AND visitor_id <> devices.user_id") == 0
    assert mall.one("SELECT count(*) FROM events JOIN devices USING (device_id) WHERE events.user_id <> devices.user_id") == 0
