"""Past weeks forecast again from each of several earlier days, as if that day were today, and set against what came.

The baseline is the seasonal naive: each day is forecast as the last known day of its weekday.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.answer.model import Answer
from assistant.ask import Assistant
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop

HORIZONS = (7, 14, 28)  # days
ORIGINS = 8  # one a week; those of the aim are the last ones
COVERED = (0.65, 0.95)  # of the days, inside a band that should hold 80%
_DAY = dt.timedelta(days=1)


@dataclass
class Errors:
    """Of one horizon: sums over all origins and days."""

    actual: float = 0.0
    ours: float = 0.0  # absolute errors of days
    naive: float = 0.0
    totals: float = 0.0  # sums of the horizon
    ours_total: float = 0.0  # absolute errors of those sums
    naive_total: float = 0.0
    days: int = 0
    inside: int = 0
    origins: list[dt.date] = field(default_factory=list)

    def line(self) -> dict[str, float]:
        """Errors as shares of what came, and the share of days inside the band."""
        return {
            "origins": len(self.origins), "day": self.ours / self.actual, "day_naive": self.naive / self.actual,
            "sum": self.ours_total / self.totals, "sum_naive": self.naive_total / self.totals, "inside": self.inside / self.days,
        }  # fmt: skip


def backtest(which: str, metric: str, weeks: int) -> dict[int, Errors]:
    """The errors by horizon of so many weekly origins, the last of which leaves just the horizon of whole days. Raises WenshuError."""
    shop = open_shop(which)
    days = _actual(Assistant(shop), metric, shop.today)
    shop.close()
    end = max(days) + _DAY
    out = {h: Errors() for h in HORIZONS}
    for back in range(1, weeks + max(HORIZONS) // 7):
        origin = end - back * 7 * _DAY
        wanted = [h for h in HORIZONS if h <= back * 7 and back < weeks + h // 7]
        if not wanted:
            continue
        forecast = _forecast(which, metric, origin, min(max(HORIZONS), back * 7))
        for h in wanted:
            _add(out[h], days, forecast, origin, h)
    return out


def _actual(assistant: Assistant, metric: str, today: dt.date) -> dict[dt.date, float]:
    query = SemanticQuery.model_validate({"metrics": [metric], "group_by": [{"field": "time", "grain": "day"}]})
    rows = assistant.answer(query, "en").rows
    return {d: float(v or 0) for d, v in ((_date(day), value) for day, value in rows) if d < today}


def _date(value: object) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value)[:10])


def _forecast(which: str, metric: str, origin: dt.date, days: int) -> dict[dt.date, tuple[float, float, float]]:
    """(forecast, low, high) of each day."""
    shop = open_shop(which, origin)
    query = SemanticQuery.model_validate({"metrics": [metric], "time": {"start": origin, "end": origin + days * _DAY}})
    answer = Assistant(shop).answer(query, "en", analysis="forecast")
    shop.close()
    if answer.status != "answered":
        raise RuntimeError(f"{which} {origin}: {answer.status}: {answer.text}")
    return {d: band for d, band in _bands(answer) if d >= origin}


def _bands(answer: Answer) -> Iterable[tuple[dt.date, tuple[float, float, float]]]:
    names = [c.name for c in answer.columns]
    at = [names.index(n) for n in ("forecast", "low", "high")]
    for row in answer.rows:
        if row[at[0]] is not None:
            yield _date(row[0]), (float(row[at[0]]), float(row[at[1]]), float(row[at[2]]))


def _add(errors: Errors, days: dict[dt.date, float], forecast: dict[dt.date, tuple[float, float, float]], origin: dt.date, horizon: int) -> None:
    dates = [origin + n * _DAY for n in range(horizon)]
    actual, ours = [days[d] for d in dates], [forecast[d] for d in dates]
    naive = [_naive(days, d, origin) for d in dates]
    errors.origins.append(origin)
    errors.actual += sum(abs(a) for a in actual)
    errors.ours += _gap(actual, [f for f, _, _ in ours])
    errors.naive += _gap(actual, naive)
    errors.totals += abs(sum(actual))
    errors.ours_total += abs(sum(actual) - sum(f for f, _, _ in ours))
    errors.naive_total += abs(sum(actual) - sum(naive))
    errors.days += horizon
    errors.inside += sum(low <= a <= high for a, (_, low, high) in zip(actual, ours, strict=True))


def _gap(actual: Sequence[float], said: Sequence[float]) -> float:
    return sum(abs(a - f) for a, f in zip(actual, said, strict=True))


def _naive(days: dict[dt.date, float], date: dt.date, origin: dt.date) -> float:
    while date >= origin:
        date -= 7 * _DAY
    return days[date]
