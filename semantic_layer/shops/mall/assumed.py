"""Planted effects that methods like to assume away, and those of the sources: heterogeneity, correlation, elasticity, late and doubled files."""

from __future__ import annotations

from semantic_layer.shops.mall import effects
from semantic_layer.shops.mall.goods import CATEGORIES
from semantic_layer.shops.mall.planted import Effect
from semantic_layer.shops.mall.seasons import PROMOTIONS
from semantic_layer.shops.mall.settings import DAYS, date
from semantic_layer.shops.mall.world import World


def shapes(world: World) -> list[Effect]:
    """How people and products differ, and depend on each other."""
    pairs = [(f"SP-{a + 1:06}", f"SP-{b + 1:06}") for a, b in world.products.pairs]
    with_first = ", ".join(f"('{a}', '{b}')" for a, b in pairs)
    bought = f"""SELECT round(avg(EXISTS (FROM order_lines x WHERE x.order_id = l.order_id AND x.product_id = t.second)::INT), 4) AS with_second
        FROM order_lines l JOIN (VALUES {with_first}) t(first, second) ON l.product_id = t.first"""
    shifted = ", ".join(f"('{a}', '{b}')" for (a, _), (_, b) in zip(pairs, pairs[1:] + pairs[:1], strict=True))
    videos = "SELECT round(avg((acquisition = '短视频')::INT), 4) AS share, count(*) AS users FROM users WHERE province {} IN ('四川', '河南')"
    cheap = "SELECT round(avg(l.list_price), 2) AS average_price FROM order_lines l JOIN orders USING (order_id) WHERE channel {} '小程序'"
    day = """SELECT round(count(*) / count(DISTINCT CAST(ordered_at AS DATE)), 2) AS orders_per_day FROM orders
        WHERE CAST(ordered_at AS DATE) IN (SELECT day FROM calendar WHERE promotion IN ('618', '双11')) = {}"""
    return [
        Effect("heterogeneity", "Order rates are gamma distributed", "下单频率服从伽马分布",
               "SELECT round(avg(rate), 5) AS mean, round(var_samp(rate), 6) AS variance FROM latent_users WHERE buyer = 'plain'", planted={"shape": effects.RATE_SHAPE}),
        Effect("correlated_dimensions", "Short videos win users in two provinces above all", "短视频获客集中在两个省份", videos.format(""), videos.format("NOT"),
               where={"province": sorted(effects.SOURCE_OF), "acquisition": "短视频"}),
        Effect("price_per_channel", "The mini program sells what is cheap", "小程序偏低价", cheap.format("="), cheap.format("<>"), where={"channel": "小程序"},
               planted={"power": effects.CHEAPNESS}),
        Effect("elasticity", "Units go with price", "价格弹性", "SELECT round(avg(discounted::INT), 4) AS reduced FROM order_lines",
               planted={c.name: c.elasticity for c in CATEGORIES}),
        Effect("complements", "Products that go together", "连带购买的商品", bought, bought.replace(with_first, shifted), planted={"rate": effects.PAIR_RATE, "pairs": pairs}),
        Effect("promotions", "The great sales, with a dip before and after", "大促及其前后低谷", day.format("true"), day.format("false"),
               planted={f"{p.name} {date(p.first)}": {"last": str(date(p.last)), "lift": p.lift, "peak": p.peak, "discount": p.discount} for p in PROMOTIONS}),
    ]  # fmt: skip


def deliveries() -> list[Effect]:
    """What is wrong with whole files."""
    days = [str(date(d)) for d in effects.DOUBLED_BATCHES]
    listed = ", ".join(f"DATE '{d}'" for d in days)
    log = "SELECT count(*) AS events FROM events WHERE channel = '小程序' AND CAST(event_time AS DATE) {} (" + listed + ")"
    return [
        Effect("late_source", "Shipments end before the rest", "物流数据晚到", f"SELECT count(*) AS shipments FROM shipments WHERE shipped_at >= DATE '{date(DAYS - effects.LATE_SOURCE_DAYS)}'",
               period=(DAYS - effects.LATE_SOURCE_DAYS, DAYS), where={"source": "shipments"}, planted={"days": effects.LATE_SOURCE_DAYS}),
        Effect("double_delivery", "Two days of the log are delivered twice", "日志重复投递", log.format("IN"), log.format("NOT IN"),
               period=(effects.DOUBLED_BATCHES[0], effects.DOUBLED_BATCHES[-1] + 1), where={"source": "mini_events", "days": days}),
    ]  # fmt: skip
