"""Coupons, campaigns, messages, experiments, the calendar, and the marketing workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.delivery.dirt import mark
from semantic_layer.shops.mall.delivery.files import csv
from semantic_layer.shops.mall.delivery.trade import epoch, money_text
from semantic_layer.shops.mall.settings import END

SPEND_GAPS = (dt.date(2025, 9, 7), dt.date(2026, 4, 19))  # days that the workbook misses


def deliver(bench: Workbench, folder: Path) -> None:
    """Writes all but the messages."""
    csv(bench, "SELECT day, festival, promotion, is_weekend, is_holiday FROM clean_calendar", folder / "calendar.csv")
    csv(
        bench,
        "SELECT coupon_id AS coupon_no, name, kind, face_value AS face, min_spend, starts_on AS starts, ends_on AS ends FROM clean_coupons",
        folder / "coupons.csv",
    )
    csv(
        bench,
        "SELECT experiment_id AS exp_no, name, starts_on AS starts, ends_on AS ends, planned_share FROM clean_experiments",
        folder / "experiments.csv",
    )
    sources = "SELECT traffic_source AS 来源, CASE WHEN is_paid THEN '是' ELSE '否' END AS 是否付费 FROM clean_traffic_sources"
    csv(bench, sources, folder / "traffic_sources.csv")
    for table in ("channels", "platforms", "cities", "warehouses"):
        csv(bench, f"FROM clean_{table}", folder / "reference" / f"{table}.csv")
    bench.write("SELECT campaign_id AS campaign_no, user_id AS crm_code, arm FROM clean_campaign_members", folder / "campaign_members.parquet")
    bench.write(f"""SELECT experiment_id AS exp_no, app_uuid AS uid, arm, {epoch("assigned_at")} AS assigned FROM clean_assignments JOIN users USING (user_id)
        ORDER BY exp_no, number""", folder / "assignments.parquet")  # fmt: skip
    _workbook(bench, folder / "marketing.xlsx")


def coupons(bench: Workbench, folder: Path) -> None:
    """Writes the coupons granted."""
    rows = mark(bench, "coupon_grants", "SELECT * FROM clean_coupon_grants ORDER BY grant_id", "grant_id")
    bench.write(f"""
        SELECT grant_id AS grant_no, coupon_id AS coupon_no, CASE WHEN kind = 'user_missing' THEN NULL ELSE user_id END AS crm_code,
            {epoch("granted_at", "ms")} AS granted_ms, {epoch("expires_at", "ms")} AS expires_ms, {epoch("redeemed_at", "ms")} AS redeemed_ms,
            order_id AS order_no, CAST(redeemed_amount * 100 AS BIGINT) AS redeemed_fen
        FROM {rows}""", folder / "coupon_grants.parquet")  # fmt: skip


def messages(bench: Workbench, folder: Path, campaign: str) -> None:
    """Writes the messages of a campaign."""
    rows = mark(bench, "messages", "SELECT * FROM clean_messages ORDER BY sent_at, message_id", "message_id")
    bench.write(f"""
        SELECT message_id AS message_no, campaign_id AS campaign_no, CASE WHEN kind = 'user_missing' THEN NULL ELSE user_id END AS crm_code, channel,
            {epoch("sent_at")} AS sent, delivered,
            CASE WHEN kind = 'opened_before_sent' THEN {epoch("sent_at")} - 600 ELSE {epoch("opened_at")} END AS opened, {epoch("clicked_at")} AS clicked
        FROM {rows}""", folder / "messages" / f"{campaign}.parquet")  # fmt: skip


def _workbook(bench: Workbench, path: Path) -> None:
    rows = mark(bench, "marketing", "SELECT * FROM clean_ad_spend", "day || '/' || traffic_source")
    gaps = ", ".join(f"DATE '{day}'" for day in SPEND_GAPS)
    spend = bench.rows(f"""
        SELECT strftime(day, '%Y-%m-%d'), CASE WHEN kind = 'channel_misnamed' THEN replace(traffic_source, '广告', '投放') ELSE traffic_source END,
            impressions, clicks, CAST(cost AS DOUBLE), CASE kind WHEN 'cost_as_text' THEN {money_text("cost")}
            WHEN 'cost_in_wan' THEN format('{{:.6f}}万', CAST(cost AS DOUBLE) / 10000) END
        FROM {rows} WHERE day NOT IN ({gaps})""")  # fmt: skip
    campaigns = bench.rows(
        "SELECT campaign_id, name, kind, channel, strftime(starts_on, '%Y-%m-%d'), strftime(ends_on, '%Y-%m-%d'), budget FROM clean_campaigns"
    )
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.set_properties({"created": dt.datetime(END.year, END.month, END.day)})  # else the file would tell when it was made
    _sheet(
        book,
        "投放花费",
        "市场部 投放花费明细（单位：元）",
        ("日期", "渠道", "曝光", "点击", "花费"),
        [(*row[:4], row[5] or row[4]) for row in spend],
        3,
    )
    _sheet(book, "活动", None, ("活动编号", "活动名称", "类型", "渠道", "开始", "结束", "预算"), campaigns, 0)
    book.close()


def _sheet(book: xlsxwriter.Workbook, name: str, title: str | None, header: Sequence[str], rows: Iterable[Sequence[object]], blank: int) -> None:
    """A sheet with a title over all columns above the header, if it has one, and blank rows at the end."""
    sheet, at = book.add_worksheet(name), 0
    if title is not None:
        sheet.merge_range(0, 0, 0, len(header) - 1, title)
        at = 1
    for row in (header, *rows, *[[" "] * len(header)] * blank):
        sheet.write_row(at, 0, row)
        at += 1
