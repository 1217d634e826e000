"""The headline metrics of the cleaned mall against those of the truth."""

from __future__ import annotations

from dataclasses import dataclass

from eval.mall.opened import Opened

_PAID = "(SELECT sum(amount) FROM {side}.orders WHERE paid_at IS NOT NULL)"
_BACK = "(SELECT coalesce(sum(refund_amount), 0) FROM {side}.returns WHERE refunded_at IS NOT NULL)"
# Over the tables of one `side`; docs/mall.md says what they hold.
METRICS: dict[str, str] = {
    "gmv ordered": "SELECT sum(amount) FROM {side}.orders",
    "gmv paid": f"SELECT {_PAID}",
    "gmv net of returns": f"SELECT {_PAID} - {_BACK}",
    "refunded": f"SELECT {_BACK}",
    "orders": "SELECT count(*) FROM {side}.orders",
    "paid orders": "SELECT count(*) FROM {side}.orders WHERE paid_at IS NOT NULL",
    "paying customers": "SELECT count(DISTINCT user_id) FROM {side}.orders WHERE paid_at IS NOT NULL",
    "sales of lines": "SELECT sum(l.amount) FROM {side}.order_lines l JOIN {side}.orders USING (order_id) WHERE paid_at IS NOT NULL",
    "units": "SELECT sum(quantity) FROM {side}.order_lines",
    "cost of goods": "SELECT sum(cost) FROM {side}.order_lines",
    "returns": "SELECT count(*) FROM {side}.returns",
    "users": "SELECT count(*) FROM {side}.users",
    "page views": "SELECT count(*) FROM {side}.events WHERE event_type = 'view'",
    "visitors": "SELECT count(DISTINCT visitor_id) FROM {side}.events",
    "visitors by day": "SELECT count(DISTINCT (visitor_id, CAST(event_time AS DATE))) FROM {side}.events",
    "carts": "SELECT count(*) FROM {side}.events WHERE event_type = 'cart'",
    "events": "SELECT count(*) FROM {side}.events",
    "reviews": "SELECT count(*) FROM {side}.reviews",
    "coupons redeemed": "SELECT count(redeemed_at) FROM {side}.coupon_grants",
    "messages sent": "SELECT count(*) FROM {side}.messages",
    "advertising cost": "SELECT sum(cost) FROM {side}.ad_spend",
    "advertising cost of the days delivered": "SELECT sum(cost) FROM {side}.ad_spend WHERE day IN (SELECT day FROM mall.main.ad_spend)",
}
AIM = 0.001
# What was never delivered cannot be known: two days of advertising.
AIMS = {"advertising cost": 0.005}


@dataclass(frozen=True)
class Total:
    """A metric in the cleaned mall and in truth."""

    metric: str
    arrived: float
    true: float

    @property
    def off(self) -> float:
        """By what share of the truth the cleaned mall is off."""
        return abs(self.arrived - self.true) / abs(self.true) if self.true else float(self.arrived != self.true)

    @property
    def aim(self) -> float:
        """How far it may be off: also by one, of so few that one is more than the share."""
        return max(AIMS.get(self.metric, AIM), 1 / abs(self.true) if self.true else 0.0)


def score_totals(mall: Opened) -> list[Total]:
    """All headline metrics."""
    return [Total(name, *(float(mall.one(sql.format(side=side))) for side in ("mall.main", "truth"))) for name, sql in METRICS.items()]
