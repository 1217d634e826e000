"""The conformed tables of a month, without dirt: the numbers of `chunk` as a shop would store them."""

from __future__ import annotations

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.behaviour import TYPES
from semantic_layer.shops.mall.checkout import CARRIERS, KINDS, PAY_CHANNELS, REASONS
from semantic_layer.shops.mall.demand import CHANNELS, VERSIONS
from semantic_layer.shops.mall.dims import one_of, text
from semantic_layer.shops.mall.goods import SUBCATEGORIES
from semantic_layer.shops.mall.marketing import SOURCES
from semantic_layer.shops.mall.people import PLATFORMS
from semantic_layer.shops.mall.places import WAREHOUSES
from semantic_layer.shops.mall.texts import ASPECTS, BAD_TAILS, DEFAULT_PRAISE, QUESTIONS, TAILS, TOPICS

_PRAISE = "[" + ", ".join("[" + ", ".join(map(text, praise)) + "]" for _, praise, _ in ASPECTS) + "]"
_BLAME = "[" + ", ".join("[" + ", ".join(map(text, blame)) + "]" for _, _, blame in ASPECTS) + "]"

TABLES = {
    "orders": f"""
        SELECT order_no(o.key) AS order_id, u.user_id, moment(o.at) AS ordered_at, moment_or_not(o.paid) AS paid_at,
            CASE WHEN o.paid < 0 THEN '已取消' WHEN o.arrived >= 0 THEN '已完成' ELSE '已支付' END AS status,
            {one_of(CHANNELS, "o.channel")} AS channel, {one_of(PLATFORMS, "o.platform")} AS platform, {one_of(SOURCES, "o.source")} AS traffic_source,
            c.city, c.province, c.region, yuan(o.goods) AS goods_amount, yuan(o.coupon) AS coupon_amount, yuan(o.freight) AS freight,
            yuan(o.goods - o.coupon + o.freight) AS amount, CASE WHEN o.grant_id >= 0 THEN 'G' || lpad(CAST(o.grant_id AS VARCHAR), 8, '0') END AS grant_id
        FROM o JOIN users u ON u.number = o."user" JOIN cities c ON c.number = o.city ORDER BY o.key""",
    "order_lines": """
        SELECT order_no(l.key) AS order_id, CAST(l.number AS INTEGER) AS line_no, u.user_id, g.product_id, CAST(l.quantity AS INTEGER) AS quantity,
            yuan(l.listed) AS list_price, yuan(l.price) AS unit_price, yuan(l.amount) AS amount, yuan(l.cost) AS cost, l.reduced AS discounted
        FROM l JOIN products g ON g.number = l.product JOIN o ON o.key = l.key JOIN users u ON u.number = o."user" ORDER BY l.key, l.number""",
    "payments": f"""
        SELECT 'P' || order_no(key) || row_number() OVER (PARTITION BY key ORDER BY p.at) AS payment_id, order_no(key) AS order_id,
            {one_of(PAY_CHANNELS, "channel")} AS pay_channel, yuan(amount) AS amount, CASE WHEN good THEN '成功' ELSE '失败' END AS state,
            moment(p.at) AS tried_at
        FROM p ORDER BY p.at, key""",
    "shipments": f"""
        SELECT 'W' || order_no(key) AS shipment_id, order_no(key) AS order_id, {one_of(WAREHOUSES, "warehouse")} AS warehouse,
            {one_of(CARRIERS, "carrier")} AS carrier, moment(shipped) AS shipped_at, moment(promised) AS promised_at,
            moment_or_not(delivered) AS delivered_at, CASE WHEN delivered >= 0 THEN CAST((delivered - shipped) / 3600 AS DECIMAL(8, 2)) END AS delivery_hours,
            CASE WHEN delivered >= 0 THEN delivered <= promised END AS on_time
        FROM s ORDER BY shipped, key""",
    "returns": f"""
        SELECT 'R' || order_no(r.key) || r.number AS return_id, order_no(r.key) AS order_id, CAST(r.number AS INTEGER) AS line_no, g.product_id,
            {one_of(KINDS, "r.kind")} AS kind, {one_of(REASONS, "r.reason")} AS reason, moment(requested) AS requested_at,
            moment_or_not(refunded) AS refunded_at, yuan(r.amount) AS refund_amount
        FROM r JOIN products g ON g.number = r.product ORDER BY requested, r.key, r.number""",
    "reviews": f"""
        SELECT 'C' || order_no(v.key) || v.number AS review_id, order_no(v.key) AS order_id, g.product_id, u.user_id, CAST(v.rating AS INTEGER) AS rating,
            CASE WHEN is_default THEN {text(DEFAULT_PRAISE)}
                 ELSE concat_ws('，但是', {_PRAISE}[praise + 1][way % len({_PRAISE}[praise + 1]) + 1], {_BLAME}[blame + 1][way % len({_BLAME}[blame + 1]) + 1])
                    || CASE WHEN rating >= 3 THEN {one_of(TAILS, "tail")} ELSE {one_of(BAD_TAILS, "tail")} END END AS content,
            moment(v.at) AS created_at, is_default
        FROM v JOIN products g ON g.number = v.product JOIN users u ON u.number = v."user" ORDER BY v.at, v.key, v.number""",
    "questions": f"""
        SELECT 'Q' || strftime(moment(q.at), '%Y%m%d') || lpad(CAST(q."user" AS VARCHAR), 8, '0') || (q.at % 86400) AS question_id, g.product_id, u.user_id,
            moment(q.at) AS asked_at, {one_of((t[0] for t in QUESTIONS), "q.text")} AS content,
            CASE WHEN q.answered >= 0 THEN {one_of((t[1] for t in QUESTIONS), "q.text")} END AS answer, moment_or_not(q.answered) AS answered_at
        FROM q JOIN products g ON g.number = q.product JOIN users u ON u.number = q."user" ORDER BY q.at""",
    "service_contacts": f"""
        SELECT 'T' || order_no(c.key) || c.topic AS contact_id, u.user_id, order_no(c.key) AS order_id,
            CASE WHEN c.channel = 1 THEN '电话' ELSE '在线' END AS channel, {one_of(TOPICS, "c.topic")} AS topic, moment(c.at) AS created_at,
            moment_or_not(c.resolved) AS resolved_at, CASE WHEN c.score > 0 THEN CAST(c.score AS INTEGER) END AS satisfaction
        FROM c JOIN users u ON u.number = c."user" ORDER BY c.at, c.key, c.topic""",
    "events": f"""
        SELECT 'E' || lpad(CAST(e.number AS VARCHAR), 13, '0') AS event_id, moment(e.at) AS event_time,
            coalesce(u.user_id, device_no(e.device)) AS visitor_id, CASE WHEN e.hidden = 0 THEN u.user_id END AS user_id, device_no(e.device) AS device_id,
            'S' || (e.number // 100000000) || '-' || e.session AS session_id, {one_of(TYPES, "e.type")} AS event_type, g.product_id,
            {one_of((s[1] for s in SUBCATEGORIES), "e.keyword")} AS keyword, {one_of(CHANNELS, "e.channel")} AS channel,
            {one_of(PLATFORMS, "e.platform")} AS platform, {one_of((v for v, _ in VERSIONS), "e.version")} AS app_version,
            {one_of(SOURCES, "e.source")} AS traffic_source, CASE WHEN e."order" >= 0 THEN order_no(e."order") END AS order_id
        FROM e LEFT JOIN users u ON u.number = e."user" LEFT JOIN products g ON g.number = e.product ORDER BY e.number""",
}


def conform(bench: Workbench) -> None:
    """Makes the conformed tables of the chunk that lies on the workbench, each named `clean_` and its name."""
    for name, sql in TABLES.items():
        bench.run(f"CREATE OR REPLACE TABLE clean_{name} AS {sql}")
