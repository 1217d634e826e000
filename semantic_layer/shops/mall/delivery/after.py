"""What comes after an order: shipments, returns, reviews, questions, service contacts."""

from __future__ import annotations

from pathlib import Path

from semantic_layer.engines.workbench import Workbench
from semantic_layer.shops.mall.delivery.dirt import mark
from semantic_layer.shops.mall.delivery.files import csv
from semantic_layer.shops.mall.delivery.trade import epoch
from semantic_layer.shops.mall.effects import LATE_SOURCE_DAYS
from semantic_layer.shops.mall.settings import DAYS, date

JSON = "FORMAT json"
CUT = date(DAYS - LATE_SOURCE_DAYS)  # the day from which on the carriers have not delivered their data yet


def deliver(bench: Workbench, folder: Path, label: str) -> None:
    """Writes the files of the chunk."""
    _shipments(bench, folder / "shipments" / f"{label}.jsonl")
    _returns(bench, folder / "returns" / f"{label}.csv")
    _reviews(bench, folder / "reviews" / f"{label}.jsonl")
    rows = mark(
        bench,
        "questions",
        "SELECT q.*, u.app_uuid, g.sku_no FROM clean_questions q JOIN users u USING (user_id) JOIN products g USING (product_id) ORDER BY asked_at",
        "question_id",
    )
    bench.write(f"SELECT question_id AS id, app_uuid AS uid, sku_no AS sku, asked_at AS asked, content AS question, answer, answered_at AS answered FROM {rows}", folder / "questions" / f"{label}.jsonl", JSON)  # fmt: skip
    _service(bench, folder / "service" / f"{label}.jsonl")


def _written(column: str) -> str:
    """A time as the carriers write it: with the zone, without it, or in UTC."""
    return f"""CASE lot(shipment_id, 'format') % 3 WHEN 0 THEN strftime({column}, '%Y-%m-%dT%H:%M:%S+08:00')
        WHEN 1 THEN strftime({column}, '%Y-%m-%d %H:%M:%S') ELSE strftime({column} - INTERVAL 8 HOUR, '%Y-%m-%dT%H:%M:%SZ') END"""


def _shipments(bench: Workbench, path: Path) -> None:
    rows = mark(bench, "shipments", f"SELECT * FROM clean_shipments WHERE shipped_at < DATE '{CUT}' ORDER BY shipped_at, shipment_id", "shipment_id")
    delivered = f"""CASE WHEN kind = 'delivered_missing' OR delivered_at >= DATE '{CUT}' THEN NULL
        WHEN kind = 'delivered_before_shipped' THEN shipped_at - INTERVAL 1 DAY ELSE delivered_at END"""
    bench.write(f"""
        SELECT shipment_id AS waybill, order_id AS order_no, warehouse, carrier || CASE WHEN kind = 'carrier_misnamed' THEN '快递' ELSE '' END AS carrier,
            {_written("shipped_at")} AS shipped, {_written("promised_at")} AS promised, {_written(f"({delivered})")} AS delivered
        FROM {rows}""", path, JSON)  # fmt: skip


def _returns(bench: Workbench, path: Path) -> None:
    rows = mark(
        bench,
        "returns",
        "SELECT r.* RENAME (kind AS kind_of), g.sku_no FROM clean_returns r JOIN products g USING (product_id) ORDER BY requested_at, return_id",
        "return_id",
    )
    csv(bench, f"""
        SELECT return_id AS return_no, CASE WHEN kind = 'order_unknown' THEN '0' || substr(order_id, 2) ELSE order_id END AS order_no, line_no,
            CASE WHEN kind = 'id_damaged' THEN sku_no[1] || '.' || sku_no[2:3] || 'E+31' ELSE sku_no END AS sku_no, r.kind_of AS kind, reason,
            strftime(requested_at, '%Y-%m-%d %H:%M:%S') AS requested, strftime(refunded_at, '%Y-%m-%d %H:%M:%S') AS refunded,
            CASE WHEN kind = 'refund_negative' THEN -refund_amount ELSE refund_amount END AS refund
        FROM {rows} r""", path)  # fmt: skip


def _reviews(bench: Workbench, path: Path) -> None:
    rows = mark(
        bench,
        "reviews",
        "SELECT v.*, u.app_uuid, g.sku_no FROM clean_reviews v JOIN users u USING (user_id) JOIN products g USING (product_id) ORDER BY created_at, review_id",
        "review_id",
    )
    bench.write(f"""
        SELECT review_id AS id, order_id AS order_no, app_uuid AS uid, sku_no AS sku, CASE WHEN kind = 'stars_missing' THEN NULL ELSE rating END AS stars,
            CASE kind WHEN 'text_blank' THEN ' ' WHEN 'emoji' THEN content || '😊👍' ELSE content END AS text, {epoch("created_at")} AS ts,
            is_default AS "default"
        FROM {rows}""", path, JSON)  # fmt: skip


def _service(bench: Workbench, path: Path) -> None:
    rows = mark(bench, "service", "SELECT * FROM clean_service_contacts ORDER BY created_at, contact_id", "contact_id")
    bench.write(f"""
        SELECT contact_id AS ticket, user_id AS crm_code, order_id AS order_no, channel, topic, strftime(created_at, '%Y-%m-%d %H:%M:%S') AS created,
            strftime(CASE WHEN kind = 'resolved_before_created' THEN created_at - INTERVAL 2 HOUR ELSE resolved_at END, '%Y-%m-%d %H:%M:%S') AS resolved,
            CASE WHEN kind = 'score_impossible' THEN [0, 9, 99][lot(contact_id, 'how') % 3 + 1] ELSE satisfaction END AS score
        FROM {rows}""", path, JSON)  # fmt: skip
