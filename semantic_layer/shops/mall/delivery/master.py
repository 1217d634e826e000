"""The product library, the user centre and the tables of ids."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.delivery.dirt import mark, note
from semantic_layer.shops.mall.delivery.files import csv
from semantic_layer.shops.mall.delivery.trade import epoch, money_text
from semantic_layer.shops.mall.goods import MISSPELT

_TEST_SHARE = 0.003
_MISSING = "['', '-1', 'NULL', '无']"


def prepare(bench: Workbench) -> None:
    """The test accounts, which no conformed table knows."""
    bench.run(f"""
        CREATE TABLE test_users AS
        SELECT i AS number, 'TEST' || lpad(CAST(i + 1 AS VARCHAR), 6, '0') AS user_id, uuid_of('test' || i) AS app_uuid, digits_of('test' || i) AS mini_no,
            '测试账号' || (i + 1) AS nickname
        FROM range((SELECT CAST(greatest(2, round(count(*) * {_TEST_SHARE})) AS BIGINT) FROM users)) t(i)
    """)


def deliver(bench: Workbench, folder: Path) -> None:
    """Writes products, users, devices and the two tables of ids."""
    _products(bench, folder / "products.csv")
    _users(bench, folder / "users.jsonl")
    bench.write(f"""SELECT d.device_id, u.app_uuid AS uid, lower(d.platform) AS platform, {epoch("d.first_seen")} AS first_seen
        FROM clean_devices d JOIN users u USING (user_id) ORDER BY u.number, d.platform""", folder / "devices.parquet")  # fmt: skip
    (folder / "id_map").mkdir(parents=True, exist_ok=True)
    csv(
        bench,
        "SELECT product_id AS erp_code, sku_no, wms_uuid FROM products WHERE NOT unmapped ORDER BY number",
        folder / "id_map" / "products.csv",
        "utf-8-sig",
    )
    note(bench, "id_map/products", "SELECT product_id, 'unmapped' FROM products WHERE unmapped")
    csv(
        bench,
        "SELECT user_id AS crm_code, app_uuid, mini_no FROM users UNION ALL SELECT user_id, app_uuid, mini_no FROM test_users",
        folder / "id_map" / "users.csv",
        "utf-8-sig",
    )


def _products(bench: Workbench, path: Path) -> None:
    rows = mark(bench, "products", "SELECT * FROM products ORDER BY number", "product_id")
    names = " ".join(f"WHEN '{name}' THEN ['{a}', '{b}'][lot(product_id, 'how') % 2 + 1]" for name, (a, b) in MISSPELT.items())
    price = f"""CASE kind WHEN 'price_in_fen' THEN CAST(fen AS VARCHAR)
        WHEN 'full_width' THEN translate({money_text("list_price")}, '0123456789.,', '０１２３４５６７８９．，') ELSE {money_text("list_price")} END"""
    launched = "CASE lot(product_id, 'day') % 5 WHEN 0 THEN strftime(launched_on, '%Y/%-m/%-d') WHEN 1 THEN strftime(launched_on, '%Y年%-m月%-d日') WHEN 2 THEN strftime(launched_on, '%Y%m%d') ELSE strftime(launched_on, '%Y-%m-%d') END"
    csv(bench, f"""
        SELECT product_id AS 商品编码, name AS 商品名称, CASE WHEN kind = 'category_misspelt' THEN CASE category {names} END ELSE category END AS 一级类目,
            subcategory AS 二级类目, brand AS 品牌, {price} AS 吊牌价,
            CASE WHEN kind = 'cost_missing' THEN {_MISSING}[lot(product_id, 'how') % 4 + 1] ELSE CAST(cost AS VARCHAR) END AS 成本价, {launched} AS 上架日期
        FROM {rows}""", path, "gb18030")  # fmt: skip


def _users(bench: Workbench, path: Path) -> None:
    rows = mark(
        bench,
        "users",
        "SELECT u.*, c.full_name FROM users u JOIN (SELECT DISTINCT province, full_name FROM cities) c USING (province) ORDER BY number",
        "user_id",
    )
    note(bench, "users", "SELECT user_id, 'test_account' FROM test_users")
    city = """CASE WHEN lot(user_id, 'city') < 15000 THEN city_code WHEN lot(user_id, 'city') < 20000 AND province <> city THEN full_name || city || '市'
        WHEN lot(user_id, 'city') < 50000 THEN city ELSE city || '市' END"""
    birthday = """CASE kind WHEN 'birthday_placeholder' THEN '1900-01-01' WHEN 'birthday_future' THEN '2099-12-31' WHEN 'birthday_missing' THEN ''
        ELSE strftime(birthday, '%Y-%m-%d') END"""
    gender = "CASE WHEN kind = 'gender_missing' THEN ['保密', '-1', ''][lot(user_id, 'how') % 3 + 1] WHEN lot(user_id, 'sex') < 20000 THEN if(gender = '女', '2', '1') ELSE gender END"
    registered = f"""CASE WHEN lot(user_id, 'time') < 30000 THEN CAST({epoch("registered_at")} AS VARCHAR)
        WHEN lot(user_id, 'time') < 50000 THEN CAST({epoch("registered_at", "ms")} AS VARCHAR) ELSE strftime(registered_at, '%Y-%m-%d %H:%M:%S') END"""
    bench.write(f"""
        SELECT app_uuid AS uid, nickname, CASE WHEN kind = 'phone_masked' THEN phone[1:3] || '****' || phone[8:] ELSE phone END AS phone, {gender} AS gender,
            {birthday} AS birthday, {city} AS city, CASE WHEN kind = 'older_state' AND copy = 1 THEN '普通' ELSE member_level END AS level, acquisition AS source,
            {registered} AS registered, consent, CASE WHEN kind = 'older_state' AND copy = 1 THEN strftime(registered_at, '%Y-%m-%d %H:%M:%S') ELSE '2026-06-30 23:00:00' END AS updated_at
        FROM {rows}
        UNION ALL
        SELECT app_uuid, nickname, '19000000000', '', '', '杭州', '普通', '自然流量', '2025-01-01 00:00:00', false, '2026-06-30 23:00:00' FROM test_users
        """, path, "FORMAT json")  # fmt: skip
