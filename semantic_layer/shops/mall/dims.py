"""The tables that everything else points to, on the workbench: users, products and cities with their ids in three systems."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.goods import CATEGORIES, PRICE_BANDS, SUBCATEGORIES
from semantic_layer.shops.mall.people import ACQUISITION, LEVELS
from semantic_layer.shops.mall.places import CITIES
from semantic_layer.shops.mall.settings import START
from semantic_layer.shops.mall.texts import ENDS, NAMES
from semantic_layer.shops.mall.world import World


def text(value: str) -> str:
    """A text as SQL."""
    return "'" + value.replace("'", "''") + "'"


def one_of(names: Iterable[str], number: str) -> str:
    """SQL that picks a name by its number, counted from 0; nothing for a negative one."""
    return f"CASE WHEN {number} >= 0 THEN [{', '.join(map(text, names))}][CAST({number} AS INTEGER) + 1] END"


def _macros(seed: int) -> Sequence[str]:
    epoch = f"epoch(TIMESTAMP '{START:%Y-%m-%d}')"
    return (
        f"CREATE MACRO moment(s) AS make_timestamp(CAST(({epoch} + s) * 1000000 AS BIGINT))",
        "CREATE MACRO moment_or_not(s) AS CASE WHEN s >= 0 THEN moment(s) END",
        "CREATE MACRO yuan(fen) AS CAST(fen / 100 AS DECIMAL(12, 2))",
        f"CREATE MACRO order_no(key) AS strftime(DATE '{START:%Y-%m-%d}' + CAST(key // 1000000000 AS INTEGER), '%Y%m%d')"
        " || lpad(CAST(key % 1000000000 AS VARCHAR), 9, '0')",
        # What chance decides about a row, whatever else is drawn: a number from 0 to 99,999.
        f"CREATE MACRO lot(id, purpose) AS CAST(hash(id || purpose || '{seed}') % 100000 AS INTEGER)",
        f"CREATE MACRO uuid_of(id) AS regexp_replace(md5(id || '{seed}'), '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.{{12}})', '\\1-\\2-\\3-\\4-\\5')",
        f"""CREATE MACRO digits_of(id) AS CAST(10 + hash(id || 'a{seed}') % 90 AS VARCHAR)
            || lpad(CAST(hash(id || 'b{seed}') % 1000000000000000 AS VARCHAR), 15, '0')
            || lpad(CAST(hash(id || 'c{seed}') % 1000000000000000 AS VARCHAR), 15, '0')""",
        f"CREATE MACRO device_no(device) AS 'D' || substr(md5('device' || device || '{seed}'), 1, 15)",
    )


def prepare(bench: Workbench, world: World) -> None:
    """Macros, and the tables `cities`, `users` and `products` with a column `number`."""
    for macro in _macros(world.size.seed):
        bench.run(macro)
    bench.lists(
        "cities", ("number", "city", "city_code", "province", "full_name", "province_code", "region"), [(i, *c) for i, c in enumerate(CITIES)]
    )
    _users(bench, world)
    _products(bench, world)


def _users(bench: Workbench, world: World) -> None:
    p = world.people
    bench.table("u", {
        "number": np.arange(len(p)), "city": p.city, "female": p.female, "born": p.born, "registered": p.registered, "acquisition": p.acquisition,
        "level": p.level, "consent": p.consent, "kind": p.kind, "rate": p.rate, "apple": p.platform == 0,
    })  # fmt: skip
    bench.run(f"""
        CREATE TABLE users AS
        SELECT u.number, 'VIP' || lpad(CAST(u.number + 1 AS VARCHAR), 7, '0') AS user_id, uuid_of('u' || u.number) AS app_uuid,
            digits_of('u' || u.number) AS mini_no,
            {one_of(NAMES, f"hash('n' || u.number) % {len(NAMES)}")} || {one_of(ENDS, f"hash('e' || u.number) % {len(ENDS)}")} AS nickname,
            '190' || lpad(CAST(10000000 + (u.number * 7919) % 89999999 AS VARCHAR), 8, '0') AS phone,
            CASE WHEN female THEN '女' ELSE '男' END AS gender, CAST(born AS INTEGER) AS birth_year, make_date(born, 1 + CAST(hash('m' || u.number) % 12 AS INTEGER), 1 + CAST(hash('d' || u.number) % 28 AS INTEGER)) AS birthday,
            CASE WHEN 2026 - born < 25 THEN '18-24' WHEN 2026 - born < 35 THEN '25-34' WHEN 2026 - born < 45 THEN '35-44'
                 WHEN 2026 - born < 55 THEN '45-54' ELSE '55+' END AS age_band,
            c.city, c.city_code, c.province, c.region, {one_of(LEVELS, "level")} AS member_level, {one_of(ACQUISITION, "acquisition")} AS acquisition,
            moment(registered) AS registered_at, consent, kind AS buyer, rate, apple
        FROM u JOIN cities c ON c.number = u.city ORDER BY u.number
    """)


def _products(bench: Workbench, world: World) -> None:
    p = world.products
    bench.table("g", {
        "number": np.arange(len(p)), "category": p.category, "subcategory": p.subcategory, "brand": p.brand, "way": p.way, "price": p.price,
        "cost": p.cost, "launched": p.launched, "liked": p.liked,
    })  # fmt: skip
    bench.run(f"""
        CREATE TABLE products AS
        SELECT number, 'SP-' || lpad(CAST(number + 1 AS VARCHAR), 6, '0') AS product_id, digits_of('g' || number) AS sku_no, uuid_of('g' || number) AS wms_uuid,
            brand_name || ' ' || way_name || kind_name || ' ' || chr(CAST(65 + number % 26 AS INTEGER)) || CAST(100 + number AS VARCHAR) AS name,
            category_name AS category, kind_name AS subcategory, brand_name AS brand, yuan(price) AS list_price, yuan(cost) AS cost,
            CAST(moment(launched * 86400) AS DATE) AS launched_on,
            CASE WHEN price < 10000 THEN '{PRICE_BANDS[0]}' WHEN price < 30000 THEN '{PRICE_BANDS[1]}' ELSE '{PRICE_BANDS[2]}' END AS price_band,
            price AS fen, cost AS cost_fen, row_number() OVER (ORDER BY liked, number) <= greatest(1, round(0.005 * count(*) OVER ())) AS unmapped
        FROM (
            SELECT *, {one_of((c.name for c in CATEGORIES), "category")} AS category_name, {one_of((s[1] for s in SUBCATEGORIES), "subcategory")} AS kind_name,
                [{", ".join("[" + ", ".join(map(text, c.brands)) + "]" for c in CATEGORIES)}][category + 1][brand + 1] AS brand_name,
                [{", ".join("[" + ", ".join(map(text, c.ways)) + "]" for c in CATEGORIES)}][category + 1][way + 1] AS way_name
            FROM g
        ) ORDER BY number
    """)
