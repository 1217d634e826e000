"""What has to become of each kind of dirt, and what of the truth was never delivered.

A dirty row is well treated when it arrives with every value true, but those that nobody can know any more and that are then
unknown (`lost`); or, where `reasons` are given, when it does not arrive and lies in quarantine for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.shops.mall.delivery.after import CUT
from semantic_layer.shops.mall.delivery.dirt import STOCK_GAPS
from semantic_layer.shops.mall.delivery.promotion import SPEND_GAPS

UNMAPPED = "product_unmapped"  # a row that names a product by an id that the table of ids lacks


@dataclass(frozen=True)
class Treatment:
    """`lost` names the columns that may be unknown, `mark` the mark that may stand for that; `copy` says that a further row,
    which was planted beside the true one, lies in quarantine for one of the reasons."""

    lost: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    mark: str = ""
    copy: bool = False


REPAIRED = Treatment()
TEST = Treatment(reasons=("rule:test_account", "refers:order_id"))
OLDER = Treatment(reasons=("key:superseded",), copy=True)
_NO_PRODUCT = Treatment(lost=("product_id",))

# Kinds that are not named here are to be repaired: a doubled row, a misspelt name, a number in another unit.
TREATMENTS: dict[tuple[str, str], Treatment] = {
    ("products", "cost_missing"): Treatment(lost=("cost",)),
    ("users", "birthday_placeholder"): Treatment(lost=("birth_year", "age_band")),
    ("users", "birthday_future"): Treatment(lost=("birth_year", "age_band")),
    ("users", "birthday_missing"): Treatment(lost=("birth_year", "age_band")),
    ("users", "gender_missing"): Treatment(lost=("gender",)),
    ("users", "phone_masked"): Treatment(lost=("phone",)),
    ("users", "older_state"): OLDER,
    ("orders", "older_state"): OLDER,
    ("mini_orders", "older_state"): OLDER,
    ("orders", "user_missing"): Treatment(lost=("user_id",)),
    ("mini_orders", "user_missing"): Treatment(lost=("user_id",)),
    ("payments", "amount_missing"): Treatment(lost=("amount",)),
    ("shipments", "delivered_before_shipped"): Treatment(lost=("delivered_at", "delivery_hours", "on_time")),
    ("shipments", "delivered_missing"): Treatment(lost=("delivered_at", "delivery_hours", "on_time")),
    ("returns", "order_unknown"): Treatment(lost=("order_id",), mark="refers:order_id"),
    ("returns", "id_damaged"): Treatment(lost=("product_id",)),
    ("reviews", "stars_missing"): Treatment(lost=("rating",)),
    ("reviews", "text_blank"): Treatment(lost=("content",)),
    ("app_events", "resent"): Treatment(reasons=("key:repeated",), copy=True),
    ("app_events", "clock_ahead"): Treatment(reasons=("rule:from_the_future",)),
    ("app_events", "session_missing"): Treatment(lost=("session_id",)),
    ("coupon_grants", "user_missing"): Treatment(lost=("user_id",)),
    ("messages", "user_missing"): Treatment(lost=("user_id",)),
    ("messages", "opened_before_sent"): Treatment(lost=("opened_at",)),
    ("stock", "negative"): Treatment(lost=("on_hand",)),
    ("stock", UNMAPPED): Treatment(reasons=("product_id:map",)),
    ("service", "score_impossible"): Treatment(lost=("satisfaction",)),
    ("service", "resolved_before_created"): Treatment(lost=("resolved_at",)),
    **{(source, UNMAPPED): _NO_PRODUCT for source in ("order_lines", "returns", "reviews", "questions", "app_events")},
    **{(source, "test_account"): TEST for source in ("users", "orders", "mini_orders", "payments", "app_events")},
}


@dataclass(frozen=True)
class Checked:
    """A table whose rows are compared with the truth. `source` is SQL that says which of the lists of dirt a row is in, over the
    true rows `t`; `keys` are the columns of the sources by which a row in quarantine is found again."""

    source: str
    keys: tuple[str, ...] = ()
    delivered: str = "TRUE"  # whether a true row is in the sources at all
    true: tuple[tuple[str, str], ...] = ()  # columns that are to be otherwise than in the truth, as SQL
    apart: tuple[str, ...] = ()  # columns that cannot be compared
    to_the_minute: tuple[str, ...] = ()


_MINI = "t.channel = '小程序'"
_MINI_ORDER = "t.order_id IN (SELECT order_id FROM truth.orders WHERE channel = '小程序')"


def _either(condition: str, one: str, other: str) -> str:
    return f"CASE WHEN {condition} THEN '{one}' ELSE '{other}' END"


def _days(days: tuple[str, ...]) -> str:
    return "t.day NOT IN (" + ", ".join(f"DATE '{day}'" for day in days) + ")"


_LATE = "t.delivered_at >= DATE '" + str(CUT) + "'"
_EMOJI = "t.review_id IN (SELECT row_id FROM dirt WHERE kind = 'emoji')"
CHECKED: dict[str, Checked] = {
    "products": Checked("'products'", ("商品编码",)),
    # A phone number is kept as a hash: only whether there is one can be compared.
    "users": Checked("'users'", ("uid",), apart=("phone",)),
    "devices": Checked("'devices'"),
    # One of the four formats of the mini program's times has no seconds.
    "orders": Checked(_either(_MINI, "mini_orders", "orders"), ("order_no", "订单号"), to_the_minute=("ordered_at", "paid_at")),
    "order_lines": Checked(_either(_MINI_ORDER, "mini_order_lines", "order_lines")),
    "payments": Checked("'payments'", ("pay_no",)),
    # The carriers' data end five days before the rest: what happened after that they could not tell.
    "shipments": Checked("'shipments'", (), f"t.shipped_at < DATE '{CUT}'", (
        ("delivered_at", f"CASE WHEN {_LATE} THEN NULL ELSE t.delivered_at END"), ("on_time", f"CASE WHEN {_LATE} THEN NULL ELSE t.on_time END"),
        ("delivery_hours", f"CASE WHEN {_LATE} THEN NULL ELSE t.delivery_hours END"),
    )),
    "returns": Checked("'returns'"),
    # Who writes with emoji means them.
    "reviews": Checked("'reviews'", true=(("content", f"CASE WHEN {_EMOJI} THEN t.content || '😊👍' ELSE t.content END"),)),
    "questions": Checked("'questions'"),
    "events": Checked(_either(_MINI, "mini_events", "app_events"), ("event_id",)),
    "ad_spend": Checked("'marketing'", (), _days(tuple(map(str, SPEND_GAPS)))),
    "coupon_grants": Checked("'coupon_grants'"),
    "messages": Checked("'messages'"),
    "stock_daily": Checked("'stock'", (), _days(STOCK_GAPS)),
    "service_contacts": Checked("'service'"),
    **{table: Checked(f"'{table}'") for table in ("campaigns", "campaign_members", "coupons", "experiments", "assignments", "calendar", "cities")},
}  # fmt: skip
# The lists of dirt whose rows name products by an id of another system.
BY_OTHER_ID = {
    "order_lines": "order_lines", "returns": "returns", "reviews": "reviews", "questions": "questions", "events": "app_events",
    "stock_daily": "stock",
}  # fmt: skip
