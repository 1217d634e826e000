"""The planted effects as the truth tells them: each with a measure in the clean tables, and a place where it is absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.settings import DAYS, date
from semantic_layer.shops.mall.world import World


@dataclass(frozen=True)
class Effect:
    """`measured` and `absent` are queries of one row over the clean tables: what came out, and the same where nothing was planted;
    `others` the natural rate among users without a story."""

    id: str
    en: str
    zh: str
    measured: str
    absent: str | None = None
    period: tuple[int, int] | None = None
    where: Mapping[str, object] = field(default_factory=dict)
    planted: Mapping[str, object] = field(default_factory=dict)
    others: str | None = None


END = f"DATE '{date(DAYS)}'"
BUYERS = "(SELECT user_id FROM latent_users WHERE buyer = '{}')"


def within(column: str, period: tuple[int, int]) -> str:
    """A condition: a time lies in a period of days."""
    return f"{column} >= DATE '{date(period[0])}' AND {column} < DATE '{date(period[1])}'"


def before(period: tuple[int, int], days: int | None = None) -> tuple[int, int]:
    """As many days before a period as it has, or so many."""
    return period[0] - (days or period[1] - period[0]), period[0]


def _sales(where: str, period: tuple[int, int]) -> str:
    """Sales per day within a period against the eight weeks before it."""
    earlier = before(period, 56)
    return f"""SELECT round(coalesce(sum(l.amount) FILTER ({within("ordered_at", period)}), 0) / {period[1] - period[0]}, 2) AS per_day,
        round(coalesce(sum(l.amount) FILTER ({within("ordered_at", earlier)}), 0) / 56, 2) AS per_day_before
        FROM order_lines l JOIN orders o USING (order_id) JOIN products p USING (product_id) WHERE {where}"""


def _average_order(condition: str) -> str:
    now, earlier = within("ordered_at", effects.MIX_SHIFT), within("ordered_at", before(effects.MIX_SHIFT, 28))
    return f"""SELECT round(avg(goods_amount) FILTER ({now}), 2) AS average_order, round(avg(goods_amount) FILTER ({earlier}), 2) AS average_order_before,
        round(avg((channel = '小程序')::INT) FILTER ({now}), 4) AS mini_share, round(avg((channel = '小程序')::INT) FILTER ({earlier}), 4) AS mini_share_before
        FROM orders WHERE {condition}"""


def _lift(campaign: str) -> str:
    return f"""SELECT round(avg(n) FILTER (arm = '触达'), 4) AS orders_reached, round(avg(n) FILTER (arm = '留出'), 4) AS orders_held_out,
        count(*) FILTER (arm = '触达') AS reached, count(*) FILTER (arm = '留出') AS held_out
        FROM (SELECT m.user_id, m.arm, count(o.order_id) AS n FROM campaign_members m JOIN campaigns c USING (campaign_id) LEFT JOIN orders o
            ON o.user_id = m.user_id AND o.ordered_at >= c.starts_on AND o.ordered_at < c.starts_on + INTERVAL {effects.LIFT_DAYS} DAY
            WHERE m.campaign_id = '{campaign}' GROUP BY ALL)"""


def _experiment(which: str) -> str:
    return f"""SELECT round(avg(n) FILTER (arm = 'A'), 4) AS orders_a, round(avg(n) FILTER (arm = 'B'), 4) AS orders_b,
        round(avg((arm = 'B')::INT), 4) AS share_b, count(*) AS users
        FROM (SELECT a.user_id, a.arm, count(o.order_id) AS n FROM assignments a JOIN experiments x USING (experiment_id) LEFT JOIN orders o
            ON o.user_id = a.user_id AND o.ordered_at >= x.starts_on AND o.ordered_at < x.ends_on + INTERVAL 1 DAY
            WHERE a.experiment_id = '{which}' GROUP BY ALL)"""


def _paid(condition: str) -> str:
    return f"""SELECT round(avg((state = '成功')::INT), 4) AS success, count(*) AS tries FROM payments
        WHERE {condition} AND {within("tried_at", effects.OUTAGE)}"""


def _carts(condition: str) -> str:
    return f"""SELECT round(count(*) FILTER (ordered) / nullif(count(*), 0), 4) AS ordered_after_cart, count(*) AS carts
        FROM (SELECT session_id, bool_or(event_type = 'order') AS ordered FROM events
            WHERE channel = 'App' AND {within("event_time", effects.CHECKOUT_BUG)} AND {condition}
            GROUP BY session_id HAVING bool_or(event_type = 'cart'))"""


def _stars(product: str) -> str:
    return f"""SELECT round(avg(r.rating) FILTER (o.ordered_at >= DATE '{date(effects.BAD_REVIEWS)}'), 2) AS rating, round(avg(r.rating) FILTER (o.ordered_at < DATE '{date(effects.BAD_REVIEWS)}'), 2) AS rating_before,
        count(*) FILTER (o.ordered_at >= DATE '{date(effects.BAD_REVIEWS)}') AS reviews
        FROM reviews r JOIN orders o USING (order_id) WHERE r.product_id = '{product}'"""


def _rise(product: str) -> str:
    recent = (DAYS - 14, DAYS)
    return f"""SELECT coalesce(sum(quantity) FILTER ({within("ordered_at", recent)}), 0) AS units, coalesce(sum(quantity) FILTER ({within("ordered_at", before(effects.RISING, 14))}), 0) AS units_before
        FROM order_lines JOIN orders USING (order_id) WHERE product_id = '{product}'"""


def _hours(condition: str) -> str:
    return f"""SELECT round(avg(delivery_hours), 2) AS hours, round(avg(on_time::INT), 4) AS on_time, count(*) AS shipments
        FROM shipments s JOIN orders o USING (order_id) WHERE {within("ordered_at", effects.SLOW)} AND {condition}"""


def audiences() -> list[Effect]:
    """Groups of users of whom something can be expected."""
    hesitant = f"""SELECT count(DISTINCT e.user_id) AS users, (SELECT count(*) FROM {{}}) AS among FROM (SELECT user_id, category FROM events JOIN products USING (product_id)
        WHERE event_type = 'view' AND event_time >= {END} - INTERVAL 14 DAY AND user_id IN {{}} GROUP BY ALL
        HAVING count(*) >= 6 AND count(DISTINCT product_id) >= 3 AND count(DISTINCT CAST(event_time AS DATE)) >= 2) e
        WHERE NOT EXISTS (FROM orders o JOIN order_lines l USING (order_id) JOIN products p USING (product_id)
            WHERE o.user_id = e.user_id AND p.category = e.category AND o.ordered_at >= {END} - INTERVAL 14 DAY)"""
    carts = f"""SELECT count(DISTINCT user_id) AS users, (SELECT count(*) FROM {{}}) AS among FROM events e WHERE event_type = 'cart' AND event_time >= {END} - INTERVAL 7 DAY AND user_id IN {{}}
        AND NOT EXISTS (FROM orders o WHERE o.user_id = e.user_id AND o.ordered_at >= e.event_time)"""
    lapsing = f"""SELECT count(*) AS users, (SELECT count(*) FROM {{}}) AS among FROM (SELECT user_id FROM orders WHERE paid_at IS NOT NULL AND user_id IN {{}} GROUP BY user_id
        HAVING count(*) >= 8 AND max(ordered_at) < {END} - INTERVAL 74 DAY AND max(ordered_at) >= {END} - INTERVAL 150 DAY)"""
    second = f"""SELECT count(*) AS users, (SELECT count(*) FROM {{}}) AS among FROM (SELECT user_id FROM orders WHERE user_id IN {{}} GROUP BY user_id
        HAVING count(*) = 1 AND min(ordered_at) >= {END} - INTERVAL 46 DAY AND min(ordered_at) < {END} - INTERVAL 19 DAY)"""
    reduced = "SELECT round(avg(discounted::INT), 4) AS reduced FROM order_lines l JOIN orders USING (order_id) WHERE l.user_id IN {}"
    new = """SELECT round(avg((CAST(ordered_at AS DATE) - launched_on <= 37 AND launched_on <= CAST(ordered_at AS DATE))::INT), 4) AS new
        FROM order_lines l JOIN orders USING (order_id) JOIN products USING (product_id) WHERE l.user_id IN {}"""
    # The kind, its rule, and a kind of which by its nature nobody meets it.
    rows = (
        ("hesitant", "hesitant", "Users who look and do not buy", "犹豫的用户", hesitant, "lapsing"),
        ("cart_abandoners", "abandoner", "Carts without an order", "加购未下单", carts, "lapsing"),
        ("lapsing", "lapsing", "Buyers of high value who stopped", "流失中的高价值用户", lapsing, "second_order"),
        ("second_order", "second_order", "First buyers who can be won for a second order", "可促二单的首购用户", second, "lapsing"),
        ("price_sensitive", "price_sensitive", "Buyers who buy what is reduced", "价格敏感用户", reduced, "plain"),
        ("tasters", "taster", "Buyers who buy what is new", "新品尝鲜用户", new, "plain"),
    )
    return [
        Effect(
            id, en, zh, _of(sql, kind), _of(sql, without), others=_of(sql, "plain"), where={"latent_users.buyer": kind, "absent latent_users.buyer": without}
        )
        for id, kind, en, zh, sql, without in rows
    ]  # fmt: skip


def _of(sql: str, kind: str) -> str:
    return sql.replace("{}", BUYERS.format(kind))


def events_of_sales(world: World) -> list[Effect]:
    """What happened to sales, payments, products and parcels."""
    code = {name: f"SP-{product + 1:06}" for name, product in world.products.story.items()}
    out, slow, split = effects.STOCKOUT, effects.SLOW, effects.TREND_BREAK
    category, region = effects.STOCKOUT_CATEGORY, effects.STOCKOUT_REGION
    return [
        Effect("stockout_region", "A regional drop by a stock-out", "缺货导致的区域下滑", _sales(f"p.category = '{category}' AND o.region = '{region}'", out),
               _sales(f"p.category = '{category}' AND o.region <> '{region}'", out), out,
               {"category": category, "region": region, "warehouse": effects.STOCKOUT_WAREHOUSE}, {"on_hand": 0}),
        Effect("mix_shift", "Average order value falls while it rises in each channel", "各渠道客单价上升而整体下降", _average_order("true"), _average_order("channel = 'App'"),
               effects.MIX_SHIFT, {"dimension": "channel"}, {"mini_share_times": effects.MIX_MINI, "further_lines_times": effects.MIX_BASKET}),
        Effect("payment_outage", "A payment channel fails", "支付渠道故障", _paid(f"pay_channel = '{effects.OUTAGE_CHANNEL}'"), _paid(f"pay_channel <> '{effects.OUTAGE_CHANNEL}'"),
               effects.OUTAGE, {"pay_channel": effects.OUTAGE_CHANNEL}, {"success": effects.OUTAGE_SUCCESS}),
        Effect("checkout_bug", "A version of the app loses orders", "App 版本缺陷导致下单流失", _carts(f"platform = 'iOS' AND app_version = '{effects.BUG_VERSION}'"),
               _carts("platform = 'Android'"), effects.CHECKOUT_BUG, {"platform": "iOS", "app_version": effects.BUG_VERSION}, {"lost": effects.BUG_LOSS}),
        Effect("bad_reviews", "The reviews of a product turn bad", "商品口碑恶化", _stars(code["bad"]), _stars(code["bad_sibling"]),
               (effects.BAD_REVIEWS, DAYS), {"product_id": code["bad"], "absent_product_id": code["bad_sibling"], "aspect": "质量"}, {"rating": effects.BAD_RATING}),
        Effect("rising_product", "A product rises", "飙升商品", _rise(code["rising"]), _rise(code["rising_sibling"]), effects.RISING,
               {"product_id": code["rising"], "absent_product_id": code["rising_sibling"]}, {"growth_per_week": effects.RISING_GROWTH - 1}),
        Effect("trend_break", "A category falls to a lower level for good", "品类趋势断点", _sales(f"p.category = '{effects.BREAK_CATEGORY}'", (split, split + 56)),
               _sales(f"p.category <> '{effects.BREAK_CATEGORY}'", (split, split + 56)), (split, DAYS), {"category": effects.BREAK_CATEGORY},
               {"lost": effects.BREAK_LOSS}),
        Effect("unlabelled_promotion", "A sale that no table knows", "未登记的促销", _sales("l.discounted", effects.FLASH), _sales("l.discounted", before(effects.FLASH, 3)),
               effects.FLASH, {}, {"lift": effects.FLASH_LIFT, "discount": effects.FLASH_DISCOUNT}),
        Effect("slow_carrier", "A carrier is slow in a region", "承运商区域性延误", _hours(f"carrier = '{effects.SLOW_CARRIER}' AND region = '{effects.SLOW_REGION}'"),
               _hours(f"carrier = '{effects.SLOW_CARRIER}' AND region <> '{effects.SLOW_REGION}'"), slow,
               {"carrier": effects.SLOW_CARRIER, "region": effects.SLOW_REGION, "aspect": "物流"}, {"hours_more": effects.SLOW_HOURS}),
        Effect("fake_orders", "A ring buys one product again and again", "刷单", "SELECT count(*) AS orders, count(DISTINCT user_id) AS users FROM latent_fake_orders JOIN orders USING (order_id)",
               f"SELECT count(*) AS orders FROM order_lines WHERE product_id = '{code['fake_sibling']}' AND order_id IN (SELECT order_id FROM latent_fake_orders)",
               effects.FAKE, {"product_id": code["fake"]}),
    ]  # fmt: skip


def tests_and_actions() -> list[Effect]:
    """Campaigns, experiments and coupons."""
    used = "SELECT count(*) AS granted, count(redeemed_at) AS redeemed FROM coupon_grants WHERE coupon_id {} 'K09'"
    naive = """SELECT round(avg(n) FILTER (reached), 4) AS orders_reached, round(avg(n) FILTER (NOT reached), 4) AS orders_others,
        round(avg(n0) FILTER (reached), 4) AS orders_reached_before, round(avg(n0) FILTER (NOT reached), 4) AS orders_others_before
        FROM (SELECT u.user_id, u.user_id IN (SELECT user_id FROM campaign_members WHERE campaign_id = 'C07') AS reached,
            count(o.order_id) FILTER (o.ordered_at >= c.starts_on AND o.ordered_at < c.starts_on + INTERVAL 7 DAY) AS n,
            count(o.order_id) FILTER (o.ordered_at < c.starts_on AND o.ordered_at >= c.starts_on - INTERVAL 7 DAY) AS n0
            FROM users u JOIN campaigns c ON c.campaign_id = 'C07' AND u.registered_at < c.starts_on LEFT JOIN orders o ON o.user_id = u.user_id GROUP BY ALL)"""
    return [
        Effect("campaign_lift", "A campaign with a lift", "有效的活动", _lift("C05"), _lift("C06"), None, {"campaign_id": "C05"}, {"lift": effects.LIFT, "days": effects.LIFT_DAYS}),
        Effect("campaign_no_lift", "A campaign without a lift", "无效的活动", _lift("C06"), _lift("C05"), None, {"campaign_id": "C06"}, {"lift": 0}),
        Effect("campaign_targeted", "A campaign to the best buyers: they buy more, with it or without", "定向给高价值用户的活动", naive, None, None,
               {"campaign_id": "C07"}, {"lift": 0, "randomised": False}),
        Effect("experiment_effect", "An experiment with an effect", "有效果的实验", _experiment("E01"), _experiment("E02"), None, {"experiment_id": "E01"}, {"lift": effects.EXPERIMENT_LIFT}),
        Effect("experiment_null", "An experiment without an effect", "无效果的实验", _experiment("E02"), _experiment("E01"), None, {"experiment_id": "E02"}, {"lift": 0}),
        Effect("experiment_broken_split", "An experiment whose split is broken", "分流异常的实验", _experiment("E03"), _experiment("E04"), None, {"experiment_id": "E03"},
               {"planned_share": 0.5, "share_b": effects.BROKEN_SHARE}),
        Effect("coupon_unredeemed", "A coupon that nobody redeems", "无人核销的优惠券", used.format("="), used.format("<>"), None, {"coupon_id": "K09"}),
    ]  # fmt: skip


# Which effects each playbook of actions is for.
PLAYBOOKS = {
    "falling_metric": ("stockout_region", "trend_break"), "stock_out": ("stockout_region",), "hesitant_buyers": ("hesitant",),
    "cart_abandoners": ("cart_abandoners",), "lapsing_high_value": ("lapsing",), "first_to_second": ("second_order",),
    "price_sensitive": ("price_sensitive",), "bad_reviews": ("bad_reviews",), "failing_step": ("payment_outage", "checkout_bug"),
    "campaign_without_lift": ("campaign_no_lift",), "coupon_never_redeemed": ("coupon_unredeemed",), "rising_product": ("rising_product",),
}  # fmt: skip
