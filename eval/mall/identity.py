"""Who is who: the account of a device, and the user of a row that names him by an id of another system."""

from __future__ import annotations

from dataclasses import dataclass

from eval.mall.opened import Opened

# The tables whose rows name users, with what tells a row; each system has ids of its own.
_ROWS = {
    "orders": "order_id", "events": "event_id", "reviews": "review_id", "questions": "question_id", "coupon_grants": "grant_id",
    "messages": "message_id", "service_contacts": "contact_id",
}  # fmt: skip


@dataclass(frozen=True)
class Match:
    """How well things were brought together: pairs found, true pairs, and those that are both."""

    found: int
    true: int
    both: int

    @property
    def precision(self) -> float:
        """The share of what was found that is true."""
        return self.both / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of what is true that was found."""
        return self.both / self.true if self.true else 1.0


def score_devices(mall: Opened) -> Match:
    """The pairs of device and account in the log, also of events for which nobody was signed in."""
    pairs = [f"SELECT DISTINCT device_id, visitor_id FROM {side}.events WHERE device_id <> visitor_id" for side in ("mall.main", "truth")]
    return _match(mall, *pairs)


def score_users(mall: Opened) -> Match:
    """The pairs of row and user over all tables, by way of the table of ids."""

    def pairs(side: str) -> str:
        rows = (f"SELECT '{table}' AS what, {key} AS k, user_id FROM {side}.{table}" for table, key in _ROWS.items())
        return f"SELECT * FROM ({' UNION ALL '.join(rows)}) WHERE user_id IS NOT NULL"

    return _match(mall, pairs("mall.main"), pairs("truth"))


def _match(mall: Opened, found: str, true: str) -> Match:
    counts = (f"SELECT count(*) FROM ({q})" for q in (found, true, f"({found}) INTERSECT ALL ({true})"))
    return Match(*(int(mall.one(q)) for q in counts))
