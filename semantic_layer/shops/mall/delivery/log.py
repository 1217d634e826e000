"""The behaviour log: Parquet from the app and the web, a folder of small JSON batches from the mini program."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.delivery.dirt import TEST_EVENTS, mark, note
from semantic_layer.shops.mall.delivery.files import batches
from semantic_layer.shops.mall.delivery.trade import SOURCE, epoch
from semantic_layer.shops.mall.effects import DOUBLED_BATCHES
from semantic_layer.shops.mall.settings import Month, date
from semantic_layer.shops.mall.texts import SYNONYMS

_ACTS = "['浏览', '搜索', '收藏', '加购', '下单', '支付'][list_position(['view', 'search', 'favorite', 'cart', 'order', 'pay'], event_type)]"
_SYNONYMS = " ".join(f"WHEN '{name}' THEN '{other}'" for name, other in SYNONYMS.items())
AHEAD = 2000 * 86_400  # how far a wrong clock is ahead, in seconds


def deliver(bench: Workbench, folder: Path, label: str, month: Month, block: int) -> None:
    """Writes the logs of the chunk."""
    _app(bench, folder, label)
    _mini(bench, folder / "mini_events", month, block)


def _app(bench: Workbench, folder: Path, label: str) -> None:
    tests = f"""SELECT e.* REPLACE ('T' || event_id AS event_id), t.app_uuid FROM clean_events e
        JOIN test_users t ON t.number = lot(event_id, 'which') % (SELECT count(*) FROM test_users) WHERE channel <> '小程序' AND lot(event_id, 'test') < {TEST_EVENTS}"""
    rows = mark(bench, "app_events", f"""
        SELECT e.*, u.app_uuid FROM clean_events e LEFT JOIN users u USING (user_id) WHERE channel <> '小程序' UNION ALL {tests}""", "event_id")  # fmt: skip
    note(bench, "app_events", f"SELECT event_id, 'test_account' FROM {rows} WHERE event_id LIKE 'T%' AND copy = 0")
    ms = epoch("event_time", "ms")
    bench.write(f"""
        SELECT event_id || CASE WHEN kind = 'resent' AND copy = 1 THEN 'R' ELSE '' END AS event_id,
            CASE WHEN kind = 'time_in_s' THEN {epoch("event_time")} WHEN kind = 'clock_ahead' THEN {ms} + {AHEAD}000
                 WHEN kind = 'resent' AND copy = 1 THEN {ms} + lot(event_id, 'again') % 900 + 50 ELSE {ms} END AS ts,
            r.app_uuid AS uid, device_id, CASE WHEN kind = 'session_missing' THEN NULL ELSE session_id END AS session, event_type AS type, g.sku_no AS sku,
            keyword, CASE r.channel WHEN 'App' THEN 'app' ELSE 'web' END AS channel, lower(platform) AS platform, app_version AS version, {SOURCE} AS source, order_id AS order_no
        FROM {rows} r LEFT JOIN products g USING (product_id)
        ORDER BY event_time + to_hours(CASE WHEN kind = 'late' THEN 1 + lot(event_id, 'hours') % 72 ELSE 0 END), event_id, copy
        """, folder / "app_events" / f"{label}.parquet")  # fmt: skip


def _mini(bench: Workbench, folder: Path, month: Month, block: int) -> None:
    rows = mark(
        bench, "mini_events", "SELECT e.*, u.mini_no FROM clean_events e LEFT JOIN users u USING (user_id) WHERE channel = '小程序'", "event_id"
    )
    last = date(month.end - 1)
    text = f"""CASE lot(event_id, 'format') % 4 WHEN 0 THEN strftime(event_time, '%Y-%m-%d %H:%M:%S') WHEN 1 THEN strftime(event_time, '%Y/%-m/%-d %H:%M:%S')
        WHEN 2 THEN CAST({epoch("event_time")} AS VARCHAR) ELSE CAST({epoch("event_time", "ms")} AS VARCHAR) END"""
    act = f"CASE WHEN kind = 'synonym' THEN CASE {_ACTS} {_SYNONYMS} END ELSE {_ACTS} END"
    suffix = f"-{block}" if block else ""
    batches(bench, f"""
        SELECT strftime(day, '%Y-%m-%d') || '{suffix}.jsonl', string_agg(line, chr(10) ORDER BY event_time, eid, copy)
        FROM (
            SELECT event_time, event_id AS eid, copy,
                least(CAST(event_time AS DATE) + CASE WHEN kind = 'late' THEN 1 ELSE 0 END, DATE '{last}') AS day,
                CAST(to_json({{eid: event_id, t: CASE WHEN kind = 'full_width' THEN translate({text}, '0123456789', '０１２３４５６７８９') ELSE {text} END,
                    openno: mini_no, dev: device_id, sess: session_id, act: {act}, code: product_id, kw: keyword, plat: platform, src: traffic_source,
                    order_no: order_id}}) AS VARCHAR) AS line
            FROM {rows}
        ) GROUP BY day ORDER BY day""", folder)  # fmt: skip
    for day in DOUBLED_BATCHES:
        if month.first <= day < month.end:
            _again(folder, date(day), suffix)


def _again(folder: Path, day: dt.date, suffix: str) -> None:
    delivered = folder / f"{day}{suffix}.jsonl"
    if delivered.exists():
        shutil.copyfile(delivered, folder / f"{day}{suffix}-retry.jsonl")
