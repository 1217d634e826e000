"""Forecasts: their figures, bands and gates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assistant.answer.model import Answer
from semantic_layer.query import SemanticQuery
from tests.analyses.conftest import FIRST, TODAY, WEEKDAY, Opened

_DAY = dt.timedelta(days=1)
_WEEK = sum(WEEKDAY) * 10


def _ask(opened: Opened, metric: str, start: str, end: str, lang: str = "en", more: dict[str, Any] | None = None, **options: Any) -> Answer:
    query = {"metrics": [metric], "time": {"start": start, "end": end}, **(more or {})}
    return opened(**options).answer(SemanticQuery.model_validate(query), lang, analysis="forecast")


def _column(answer: Answer, name: str) -> list[Any]:
    at = [c.name for c in answer.columns].index(name)
    return [row[at] for row in answer.rows]


def _total(answer: Answer) -> dict[str, float]:
    (finding,) = answer.findings
    return finding.numbers


def test_two_weeks_are_forecast_by_their_weekdays(opened: Opened) -> None:
    answer = _ask(opened, "takings", "2026-01-05", "2026-01-19")
    ahead = {day: f for day, f in zip(_column(answer, "day"), _column(answer, "forecast"), strict=True) if f is not None}
    assert list(ahead) == [dt.date(2026, 1, 5) + n * _DAY for n in range(14)]
    for day, said in ahead.items():
        assert said == pytest.approx(10 * WEEKDAY[day.weekday()], rel=0.05)
    assert _total(answer)["forecast"] == pytest.approx(sum(ahead.values()), rel=1e-6)
    assert _total(answer)["forecast"] == pytest.approx(2 * _WEEK, rel=0.03)
    assert "2026-01-05 to 2026-01-18" in answer.text and "80% band" in answer.text and "missed days by" in answer.findings[0].text


def test_band_history_and_baseline_stand_beside(opened: Opened) -> None:
    answer = _ask(opened, "takings", "2026-01-05", "2026-01-12")
    for row in answer.rows:
        day, actual, forecast, low, high, naive = row
        assert (actual is None) == (day >= TODAY) and (forecast is None) == (actual is not None)
        if forecast is not None:
            assert low <= forecast <= high and naive > 0
    numbers = _total(answer)
    assert numbers["low"] < numbers["forecast"] < numbers["high"] and numbers["origins"] >= 4
    assert answer.chart
    drawn = [d for d in answer.chart["data"]["values"] if d["actual"] is not None or d["expected"] is not None]
    assert len(drawn) == len(answer.rows)


def test_the_chart_leaves_room_for_the_days_between(opened: Opened) -> None:
    answer = _ask(opened, "takings", "2026-01-19", "2026-01-26")
    assert answer.chart
    drawn = [d["key"] for d in answer.chart["data"]["values"]]
    assert "2026-01-12" in drawn and drawn == answer.chart["encoding"]["x"]["scale"]["domain"]
    assert dt.date(2026, 1, 12) not in _column(answer, "day")


def test_a_period_that_runs_counts_what_came(opened: Opened) -> None:
    answer = _ask(opened, "takings", "2025-12-29", "2026-01-05")  # two days of it are over
    actual = [a for d, a in zip(_column(answer, "day"), _column(answer, "takings"), strict=True) if a and d >= dt.date(2025, 12, 29)]
    ahead = [f for f in _column(answer, "forecast") if f is not None]
    assert len(actual) + len(ahead) == 7
    assert _total(answer)["forecast"] == pytest.approx(sum(actual) + sum(ahead), rel=1e-6)
    assert f"in the {len(actual)} days that are over" in answer.text


def test_months_are_sums_of_their_days(opened: Opened) -> None:
    more = {"group_by": [{"field": "time", "grain": "month"}]}
    by_month = _ask(opened, "takings", "2026-01-01", "2026-03-01", more=more)
    rows = {d: f for d, f in zip(_column(by_month, "month"), _column(by_month, "forecast"), strict=True) if f is not None}
    assert list(rows) == [dt.date(2026, 1, 1), dt.date(2026, 2, 1)]
    assert sum(rows.values()) == pytest.approx(_total(by_month)["forecast"], rel=1e-6)


def test_a_ratio_follows_from_its_parts(opened: Opened) -> None:
    ratio = _total(_ask(opened, "order_value", "2026-01-05", "2026-01-12"))["forecast"]
    assert ratio == pytest.approx(_WEEK / 70, rel=0.03)


def test_different_customers_are_never_added_up(opened: Opened) -> None:
    assistant = opened()
    month = SemanticQuery.model_validate({"metrics": ["buyers"], "time": {"start": "2026-01-01", "end": "2026-02-01"}})
    answer = assistant.answer(month, "en", analysis="forecast")
    assert _total(answer)["forecast"] == 5  # the same five in every month; their days would make 155
    odd = SemanticQuery.model_validate({"metrics": ["buyer_value"], "time": {"start": "2026-01-05", "end": "2026-01-15"}})
    refused = assistant.answer(odd, "en", analysis="forecast")
    assert refused.status == "refused" and "do not add up" in refused.text and not refused.rows


def test_orders_come_on_one_day_each_and_add_up(opened: Opened) -> None:
    assert _total(_ask(opened, "order_count", "2026-01-05", "2026-01-19"))["forecast"] == pytest.approx(140, rel=0.01)


def test_an_event_that_was_there_before_counts(opened: Opened) -> None:
    sale = {"label": {"zh": "新春大促", "en": "spring sale"}, "dates": [{"start": "2025-01-08", "end": "2025-01-09"}, {"start": "2026-01-07", "end": "2026-01-08"}]}
    planted = {dt.date(2025, 1, 8): 2500.0, dt.date(2025, 1, 9): 2500.0}
    answer = _ask(opened, "takings", "2026-01-05", "2026-01-12", amounts=planted, spring_sale=sale)
    said = dict(zip(_column(answer, "day"), _column(answer, "forecast"), strict=True))
    assert said[dt.date(2026, 1, 7)] > 2000 and said[dt.date(2026, 1, 9)] < 1200
    assert "spring sale" in answer.findings[0].text


def test_an_event_without_an_earlier_time_is_said_not_to_count(opened: Opened) -> None:
    sale = {"label": {"zh": "新春大促", "en": "spring sale"}, "dates": [{"start": "2026-01-07", "end": "2026-01-08"}]}
    answer = _ask(opened, "takings", "2026-01-05", "2026-01-12", spring_sale=sale)
    assert any("spring sale" in c and "not counted in" in c for c in answer.caveats)


@pytest.mark.parametrize(("lang", "said"), [("en", "at least 8 clean weeks"), ("zh", "至少需要 8 个完整周")])
def test_less_than_eight_weeks_are_refused_by_what_is_missing(opened: Opened, lang: str, said: str) -> None:
    answer = _ask(opened, "takings", "2026-01-05", "2026-01-12", lang, since=TODAY - 50 * _DAY)
    assert answer.status == "refused" and said in answer.text and "6" in answer.text
    assert not answer.rows and not answer.chart


def test_a_metric_that_has_stopped_is_refused(opened: Opened) -> None:
    assistant = opened()
    query = {"metrics": ["takings"], "where": [{"field": "time", "op": "<", "value": "2025-10-01"}], "time": {"start": "2026-01-05", "end": "2026-01-12"}}
    answer = assistant.answer(SemanticQuery.model_validate(query), "en", analysis="forecast")
    assert answer.status == "refused" and "2025-09-30" in answer.text


def test_what_is_over_is_no_forecast(opened: Opened) -> None:
    answer = _ask(opened, "takings", "2025-11-01", "2025-12-01")
    assert answer.status == "refused" and "over" in answer.text


def test_days_without_data_offer_the_forecast(opened: Opened) -> None:
    assistant = opened()
    answer = assistant.ask("营业额下周", "zh")
    offered = [c for c in answer.nearest if c.analysis == "forecast"]
    assert answer.status == "refused" and len(offered) == 1
    run = assistant.answer(SemanticQuery.model_validate(offered[0].query), "zh", analysis="forecast")
    assert run.status == "answered" and "预计为" in run.text


def test_the_offer_is_taken_in_a_conversation(opened: Opened) -> None:
    assistant = opened()
    assistant.ask("takings next week", conversation="a")
    picked = assistant.ask("2", conversation="a")
    assert picked.status == "answered" and picked.analysis == "forecast"


def test_the_history_is_not_seen_beyond_today(opened: Opened) -> None:
    later = {FIRST + n * _DAY: 5000.0 for n in range(700, 730)}
    early = TODAY - 30 * _DAY
    assistant = opened(later)
    shop = type(assistant.shop)(assistant.shop.folder, assistant.shop.folder, early)
    query = SemanticQuery.model_validate({"metrics": ["takings"], "time": {"start": early.isoformat(), "end": (early + 7 * _DAY).isoformat()}})
    answer = type(assistant)(shop).answer(query, "en", analysis="forecast")
    shop.close()
    assert _total(answer)["forecast"] == pytest.approx(_WEEK, rel=0.05)
