"""Orders, their lines and payments: from the app and the web as Parquet, from the mini program as CSV in GB18030."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.delivery.dirt import FEN_MONTH, TEST_ORDERS, mark, note
from semantic_layer.shops.mall.delivery.files import csv

# How the trade system calls things.
STATUS = "CASE status WHEN '已完成' THEN 'finished' WHEN '已支付' THEN 'paid' ELSE 'cancelled' END"
SOURCE = """CASE traffic_source WHEN '直接访问' THEN 'direct' WHEN '站内推荐' THEN 'rec' WHEN '搜索广告' THEN 'search_ad'
    WHEN '信息流广告' THEN 'feed_ad' WHEN '短视频广告' THEN 'video_ad' ELSE 'push' END"""
_MINI_STATUS = "CASE status WHEN '已完成' THEN '交易成功' WHEN '已支付' THEN '已付款' ELSE '交易关闭' END"
_WXPAY = "CASE pay_channel WHEN '微信支付' THEN 'WXPAY' WHEN '支付宝' THEN 'ALIPAY' WHEN '银行卡' THEN 'BANK' ELSE 'HUABEI' END"


def epoch(column: str, unit: str = "s") -> str:
    """Seconds or milliseconds since 1970, of a local time without a zone."""
    return f"CAST((epoch({column}) - 28800) * {1 if unit == 's' else 1000} AS BIGINT)"


def clock_text(column: str, by: str) -> str:
    """A local time as text in one of four formats."""
    lot = f"lot({by}, 'format') % 4"
    return f"""CASE {lot} WHEN 0 THEN strftime({column}, '%Y-%m-%d %H:%M:%S') WHEN 1 THEN strftime({column}, '%Y/%m/%d %H:%M')
        WHEN 2 THEN strftime({column}, '%Y年%m月%d日 %H:%M:%S') ELSE strftime({column}, '%Y%m%d%H%M%S') END"""


def money_text(column: str) -> str:
    """An amount as ¥1,299.00."""
    return f"'¥' || format('{{:,.2f}}', CAST({column} AS DOUBLE))"


def deliver(bench: Workbench, folder: Path, label: str) -> None:
    """Writes the trade files of the chunk."""
    _with_tests(bench)
    _orders(bench, folder, label)
    _mini_orders(bench, folder, label)
    _lines(bench, folder, label)
    _payments(bench, folder, label)


def _with_tests(bench: Workbench) -> None:
    """The orders, and those that test accounts made."""
    bench.run(f"""
        CREATE OR REPLACE TABLE sent_orders AS
        SELECT c.*, u.app_uuid, u.mini_no, p.full_name, p.province_code FROM clean_orders c JOIN users u USING (user_id)
            JOIN (SELECT DISTINCT province, full_name, province_code FROM cities) p ON p.province = c.province
        UNION ALL
        SELECT c.* REPLACE ('T' || order_id AS order_id), t.app_uuid, t.mini_no, p.full_name, p.province_code
        FROM clean_orders c JOIN test_users t ON t.number = lot(order_id, 'which') % (SELECT count(*) FROM test_users)
            JOIN (SELECT DISTINCT province, full_name, province_code FROM cities) p USING (province)
        WHERE lot(order_id, 'test') < {TEST_ORDERS}
    """)
    note(bench, "orders", "SELECT order_id, 'test_account' FROM sent_orders WHERE order_id LIKE 'T%' AND channel <> '小程序'")
    note(bench, "mini_orders", "SELECT order_id, 'test_account' FROM sent_orders WHERE order_id LIKE 'T%' AND channel = '小程序'")


def _orders(bench: Workbench, folder: Path, label: str) -> None:
    rows = mark(bench, "orders", "SELECT * FROM sent_orders WHERE channel <> '小程序' ORDER BY ordered_at, order_id", "order_id")
    older = "kind = 'older_state' AND copy = 1"
    bench.write(f"""
        SELECT order_id AS order_no, CASE WHEN kind = 'user_missing' THEN NULL ELSE app_uuid END AS uid,
            CASE WHEN {older} THEN 'created' ELSE {STATUS} END AS status, CASE channel WHEN 'App' THEN 'app' ELSE 'web' END AS channel,
            lower(platform) AS platform, {SOURCE} AS source, {epoch("ordered_at", "ms")} AS created_ms,
            CASE WHEN {older} THEN NULL ELSE {epoch("paid_at", "ms")} END AS paid_ms, CAST(province_code AS INTEGER) AS province_code, city,
            CAST(goods_amount * 100 AS BIGINT) AS goods_fen, CAST(coupon_amount * 100 AS BIGINT) AS coupon_fen, CAST(freight * 100 AS BIGINT) AS freight_fen,
            CAST(CASE kind WHEN 'total_missing' THEN NULL WHEN 'total_impossible' THEN if(lot(order_id, 'how') % 2 = 0, -amount, 99999999) ELSE amount END * 100 AS BIGINT) AS pay_fen,
            grant_id AS grant_no
        FROM {rows}""", folder / "orders" / f"{label}.parquet")  # fmt: skip


def _mini_orders(bench: Workbench, folder: Path, label: str) -> None:
    rows = mark(bench, "mini_orders", "SELECT * FROM sent_orders WHERE channel = '小程序' ORDER BY ordered_at, order_id", "order_id")
    older = "kind = 'older_state' AND copy = 1"
    money = (lambda column: f"CAST(CAST({column} * 100 AS BIGINT) AS VARCHAR)") if label.startswith(FEN_MONTH) else money_text
    total = f"CASE kind WHEN 'total_missing' THEN '' WHEN 'total_impossible' THEN if(lot(order_id, 'how') % 2 = 0, '-1', '99999999') ELSE {money('amount')} END"
    csv(bench, f"""
        SELECT order_id AS 订单号, CASE WHEN kind = 'user_missing' THEN '' ELSE mini_no END AS 用户号,
            CASE WHEN {older} THEN '待付款' ELSE {_MINI_STATUS} END AS 状态, CASE platform WHEN 'Android' THEN '安卓' ELSE platform END AS 平台,
            traffic_source AS 来源, {clock_text("ordered_at", "order_id")} AS 下单时间,
            CASE WHEN {older} OR paid_at IS NULL THEN '' ELSE {clock_text("paid_at", "order_id")} END AS 付款时间,
            CASE lot(order_id, 'place') % 3 WHEN 0 THEN full_name WHEN 1 THEN province ELSE province_code END AS 省份,
            city || CASE WHEN lot(order_id, 'city') % 2 = 0 THEN '市' ELSE '' END AS 城市,
            {money("goods_amount")} AS 商品金额, {money("coupon_amount")} AS 优惠券, {money("freight")} AS 运费, {total} AS 实付, grant_id AS 券号
        FROM {rows}""", _csv(folder, "mini_orders", label), "gb18030")  # fmt: skip


def _lines(bench: Workbench, folder: Path, label: str) -> None:
    """The lines, also of the orders of test accounts."""
    bench.run(f"""
        CREATE OR REPLACE TABLE sent_lines AS
        SELECT l.*, o.channel, g.sku_no, l.order_id || '/' || l.line_no AS row_id
        FROM (SELECT * FROM clean_order_lines UNION ALL
              SELECT * REPLACE ('T' || order_id AS order_id) FROM clean_order_lines WHERE lot(order_id, 'test') < {TEST_ORDERS}) l
            JOIN sent_orders o USING (order_id) JOIN products g USING (product_id) ORDER BY l.order_id, l.line_no
    """)
    quantity = "CASE WHEN kind = 'quantity_impossible' THEN [0, -1, 9999][lot(row_id, 'how') % 3 + 1] ELSE quantity END"
    amount = "CASE WHEN kind = 'amount_missing' THEN NULL ELSE amount END"
    rows = mark(bench, "order_lines", "SELECT * FROM sent_lines WHERE channel <> '小程序'", "row_id")
    bench.write(f"""
        SELECT order_id AS order_no, line_no, sku_no, {quantity} AS qty, CAST(list_price * 100 AS BIGINT) AS list_fen,
            CAST(unit_price * 100 AS BIGINT) AS price_fen, CAST({amount} * 100 AS BIGINT) AS amount_fen, CAST(cost * 100 AS BIGINT) AS cost_fen,
            discounted AS is_promo
        FROM {rows}""", folder / "order_lines" / f"{label}.parquet")  # fmt: skip
    rows = mark(bench, "mini_order_lines", "SELECT * FROM sent_lines WHERE channel = '小程序'", "row_id")
    code = "CASE WHEN kind = 'id_untidy' THEN if(lot(row_id, 'how') % 2 = 0, lower(product_id), ' ' || product_id || ' ') ELSE product_id END"
    csv(bench, f"""
        SELECT order_id AS 订单号, line_no AS 行号, {code} AS 商品编码, {quantity} AS 数量, list_price AS 吊牌价, unit_price AS 成交价,
            {amount} AS 金额, cost AS 成本, CASE WHEN discounted THEN '是' ELSE '否' END AS 促销
        FROM {rows}""", _csv(folder, "mini_order_lines", label), "gb18030")  # fmt: skip


def _payments(bench: Workbench, folder: Path, label: str) -> None:
    tests = f"SELECT * REPLACE ('T' || payment_id AS payment_id, 'T' || order_id AS order_id) FROM clean_payments WHERE lot(order_id, 'test') < {TEST_ORDERS}"
    rows = mark(bench, "payments", f"SELECT * FROM clean_payments UNION ALL {tests} ORDER BY tried_at, payment_id", "payment_id")
    note(bench, "payments", f"SELECT payment_id, 'test_account' FROM {rows} WHERE payment_id LIKE 'T%' AND copy = 0")
    bench.write(f"""
        SELECT payment_id AS pay_no, order_id AS order_no, {_WXPAY} AS channel,
            CASE WHEN kind = 'amount_missing' THEN NULL ELSE CAST(amount AS DOUBLE) END AS amount,
            CASE state WHEN '成功' THEN 'SUCCESS' ELSE 'FAIL' END AS state,
            CASE WHEN kind = 'time_in_ms' THEN {epoch("tried_at", "ms")} ELSE {epoch("tried_at")} END AS tried_at
        FROM {rows}""", folder / "payments" / f"{label}.parquet")  # fmt: skip


def _csv(folder: Path, source: str, label: str) -> Path:
    return folder / source / f"{label}.csv"
