"""The conformed tables that are made at once, not month by month: who, what, coupons, campaigns, advertising, the calendar."""

from __future__ import annotations

import numpy as np

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall import marketing, seasons
from semantic_layer.shops.mall.coupons import COUPONS, Grants
from semantic_layer.shops.mall.demand import CHANNELS
from semantic_layer.shops.mall.dims import one_of, text
from semantic_layer.shops.mall.marketing import CAMPAIGNS, EXPERIMENTS, MESSAGE_CHANNELS, PAID_SOURCES, SOURCES
from semantic_layer.shops.mall.people import PLATFORMS
from semantic_layer.shops.mall.places import TIERS, WAREHOUSES
from semantic_layer.shops.mall.settings import date
from semantic_layer.shops.mall.world import World

_CAMPAIGN_ID = "'C' || lpad(CAST(campaign + 1 AS VARCHAR), 2, '0')"
_COUPON_ID = "'K' || lpad(CAST(coupon + 1 AS VARCHAR), 2, '0')"
_EXPERIMENT_ID = "'E' || lpad(CAST(experiment + 1 AS VARCHAR), 2, '0')"

# Made from the tables on the workbench.
FIXED = {
    "users": "SELECT user_id, nickname, phone, gender, birth_year, age_band, city, province, region, member_level, acquisition, registered_at, consent FROM users ORDER BY number",
    "devices": """SELECT device_no(number * 2 + pc) AS device_id, user_id, CASE WHEN pc = 1 THEN 'PC' WHEN apple THEN 'iOS' ELSE 'Android' END AS platform,
        registered_at AS first_seen FROM users, (VALUES (0), (1)) t(pc) ORDER BY number, pc""",
    "products": "SELECT product_id, name, category, subcategory, brand, list_price, cost, launched_on, price_band FROM products ORDER BY number",
    "traffic_sources": f"SELECT {one_of(SOURCES, 'i')} AS traffic_source, i IN {PAID_SOURCES} AS is_paid FROM range({len(SOURCES)}) t(i) ORDER BY i",
    "channels": f"SELECT channel, channel = '网页' AS on_desktop FROM unnest([{', '.join(map(text, CHANNELS))}]) t(channel)",
    "platforms": f"SELECT platform, platform <> 'PC' AS is_mobile FROM unnest([{', '.join(map(text, PLATFORMS))}]) t(platform)",
    "warehouses": f"SELECT warehouse FROM unnest([{', '.join(map(text, WAREHOUSES))}]) t(warehouse)",
    "cities": f"""SELECT city, province, region, CASE WHEN city IN {TIERS[0]} THEN '一线' WHEN city IN {TIERS[1]} THEN '新一线' ELSE '其他' END AS city_tier
        FROM cities ORDER BY number""",
    "calendar": "SELECT * FROM calendar_rows ORDER BY day",
    "coupons": "SELECT * FROM coupon_rows ORDER BY coupon_id",
    "campaigns": "SELECT * FROM campaign_rows ORDER BY campaign_id",
    "campaign_members": f"""SELECT {_CAMPAIGN_ID} AS campaign_id, user_id, CASE reached WHEN 1 THEN '触达' ELSE '留出' END AS arm
        FROM member_rows m JOIN users u ON u.number = m."user" ORDER BY campaign, u.number""",
    "experiments": "SELECT * FROM experiment_rows ORDER BY experiment_id",
    "assignments": f"""SELECT {_EXPERIMENT_ID} AS experiment_id, user_id, CASE arm WHEN 1 THEN 'A' ELSE 'B' END AS arm, moment(assigned) AS assigned_at
        FROM assignment_rows a JOIN users u ON u.number = a."user" ORDER BY experiment, u.number""",
    "ad_spend": f"""SELECT CAST(moment(day * 86400) AS DATE) AS day, {one_of(SOURCES, "source")} AS traffic_source, CAST(impressions AS INTEGER) AS impressions,
        CAST(clicks AS INTEGER) AS clicks, yuan(cost) AS cost FROM ad_rows ORDER BY ad_rows.day, source""",
    "coupon_grants": f"""SELECT 'G' || lpad(CAST(grant_id AS VARCHAR), 8, '0') AS grant_id, {_COUPON_ID} AS coupon_id, user_id, moment(granted) AS granted_at,
        moment(expires) AS expires_at, moment_or_not(redeemed) AS redeemed_at, CASE WHEN "order" >= 0 THEN order_no("order") END AS order_id,
        CASE WHEN redeemed >= 0 THEN yuan(amount) END AS redeemed_amount FROM grant_rows g JOIN users u ON u.number = g."user" ORDER BY grant_id""",
}  # fmt: skip
MESSAGES = f"""SELECT 'M' || lpad(CAST(campaign + 1 AS VARCHAR), 2, '0') || lpad(CAST(u.number AS VARCHAR), 8, '0') AS message_id, {_CAMPAIGN_ID} AS campaign_id, user_id,
    {one_of(MESSAGE_CHANNELS, "channel")} AS channel, moment(sent) AS sent_at, delivered = 1 AS delivered, moment_or_not(opened) AS opened_at,
    moment_or_not(clicked) AS clicked_at FROM message_rows m JOIN users u ON u.number = m."user" ORDER BY sent, u.number"""
STOCK = f"""SELECT CAST(moment(s.day * 86400) AS DATE) AS day, product_id, {one_of(WAREHOUSES, "warehouse")} AS warehouse, on_hand, received, sold, adjusted, sold_28d
    FROM stock_rows s JOIN products g ON g.number = s.product ORDER BY s.day, g.number, warehouse"""


def prepare(bench: Workbench, world: World) -> None:
    """Lays what does not depend on the months on the workbench. The grants come with `granted`, when all is redeemed."""
    m = world.marketing
    bench.lists("calendar_rows", ("day", "festival", "promotion", "is_weekend", "is_holiday"), [(date(d), *rest) for d, *rest in seasons.day_rows()])
    bench.lists(
        "coupon_rows",
        ("coupon_id", "name", "kind", "face_value", "min_spend", "starts_on", "ends_on"),
        [(f"K{i + 1:02}", c.name, c.kind, c.face // 100, c.least // 100, date(c.first), date(c.last)) for i, c in enumerate(COUPONS)],
    )
    bench.lists(
        "campaign_rows",
        ("campaign_id", "name", "kind", "channel", "starts_on", "ends_on", "budget"),
        [(f"C{i + 1:02}", c.name, c.kind, MESSAGE_CHANNELS[c.channel], date(c.first), date(c.last), c.budget) for i, c in enumerate(CAMPAIGNS)],
    )
    bench.lists("experiment_rows", ("experiment_id", "name", "starts_on", "ends_on", "planned_share"),
                [(f"E{i + 1:02}", e.name, date(e.first), date(e.last), 0.5) for i, e in enumerate(EXPERIMENTS)])  # fmt: skip
    campaign, user = np.nonzero(m.reached)
    bench.table("member_rows", {"campaign": campaign, "user": user, "reached": m.reached[campaign, user].astype(np.int64)})
    experiment, user = np.nonzero(m.arm)
    first = np.array([e.first for e in EXPERIMENTS])[experiment]
    assigned = first * 86_400 + world.size.rng("assigned").integers(0, 5 * 86_400, len(user))
    bench.table("assignment_rows", {"experiment": experiment, "user": user, "arm": m.arm[experiment, user].astype(np.int64), "assigned": assigned})
    bench.table("ad_rows", marketing.advertising(world.size, np.diff(world.reach)))


def granted(bench: Workbench, grants: Grants) -> None:
    """Lays the grants on the workbench."""
    bench.table("grant_rows", {
        "grant_id": np.arange(len(grants.user)), "coupon": grants.coupon, "user": grants.user, "granted": grants.granted, "expires": grants.expires,
        "redeemed": grants.redeemed, "order": grants.order, "amount": grants.amount,
    })  # fmt: skip
