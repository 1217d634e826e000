"""Questions about days to come and days that stand out, in both languages, on a shop of its own words."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.answer.model import Answer
from tests.analyses.conftest import Opened

# Today is 2025-12-31, a Wednesday.
_AHEAD = [
    ("下个月营业额预计多少", "takings", "2026-01-01", "2026-02-01"),
    ("预测一下下个月的营业额", "takings", "2026-01-01", "2026-02-01"),
    ("预测未来四周的订单数", "order_count", "2026-01-05", "2026-02-02"),
    ("未来10天营业额会是多少", "takings", "2026-01-01", "2026-01-11"),
    ("预测2月的营业额", "takings", "2026-02-01", "2026-03-01"),
    ("照这个势头，下周能有多少营业额", "takings", "2026-01-05", "2026-01-12"),
    ("what will takings be next month", "takings", "2026-01-01", "2026-02-01"),
    ("forecast next 4 weeks of takings", "takings", "2026-01-05", "2026-02-02"),
    ("forecast takings for the next 10 days", "takings", "2026-01-01", "2026-01-11"),
    ("expected order count over the coming two weeks", "order_count", "2026-01-05", "2026-01-19"),
    ("takings forecast for February", "takings", "2026-02-01", "2026-03-01"),
]


@pytest.mark.parametrize(("question", "metric", "start", "end"), _AHEAD)
def test_a_forecast_is_of_the_metric_and_the_days_asked(opened: Opened, question: str, metric: str, start: str, end: str) -> None:
    answer = opened().ask(question)
    assert (answer.status, answer.analysis) == ("answered", "forecast"), answer.text
    assert answer.query and answer.query["metrics"] == [{"metric": metric}]
    assert (answer.query["time"]["start"], answer.query["time"]["end"]) == (start, end)
    assert not answer.unexplained


def test_conditions_stay(opened: Opened) -> None:
    assistant = opened()
    whole = assistant.ask("下周营业额预测")
    for question in ("下周Delft的营业额预测", "forecast next week's takings in Delft"):
        part = assistant.ask(question)
        assert part.query and part.query["where"] == [{"field": "orders.city", "value": "Delft"}]
        assert part.findings[0].numbers["forecast"] == pytest.approx(0.7 * whole.findings[0].numbers["forecast"], rel=0.01)


@pytest.mark.parametrize("question", ["下周各城市的营业额预测", "expected takings next week by city", "forecast the top 3 cities by takings next month"])
def test_groups_are_refused_and_the_whole_is_offered(opened: Opened, question: str) -> None:
    answer = opened().ask(question)
    assert answer.status == "refused"
    assert [c.analysis for c in answer.nearest] == ["forecast"] and answer.nearest[0].query["metrics"] == [{"metric": "takings"}]


def test_no_period_is_said(opened: Opened) -> None:
    assert "no period was said: the next 28 days" in opened().ask("takings forecast").reading


_UNUSUAL = [
    ("九月哪些天营业额异常", "2025-09-01", "2025-10-01"),
    ("9月有没有异常的日子，看营业额", "2025-09-01", "2025-10-01"),
    ("上个季度营业额有没有异常波动", "2025-07-01", "2025-10-01"),
    ("any unusual days in September for takings", "2025-09-01", "2025-10-01"),
    ("flag any anomalies in Q3 daily takings", "2025-07-01", "2025-10-01"),
    ("which days in September had odd takings?", "2025-09-01", "2025-10-01"),
    ("9月营业额哪天最异常", "2025-09-01", "2025-10-01"),
    ("were takings in September normal", "2025-09-01", "2025-10-01"),
    ("9月的营业额正常吗", "2025-09-01", "2025-10-01"),
]


@pytest.mark.parametrize(("question", "start", "end"), _UNUSUAL)
def test_unusual_days_are_looked_for_in_the_period_asked(opened: Opened, question: str, start: str, end: str) -> None:
    answer = opened({dt.date(2025, 9, 17): 1600.0}).ask(question)
    assert (answer.status, answer.analysis) == ("answered", "anomaly"), answer.text
    assert answer.query and (answer.query["time"]["start"], answer.query["time"]["end"]) == (start, end)
    assert [f.query["time"]["start"] for f in answer.findings if f.query] == ["2025-09-17"]


@pytest.mark.parametrize("question", ["最近订单有没有突降", "any sudden drop in order count recently?", "最近订单数有没有突然下降"])
def test_recently_is_the_last_quarter_and_says_so(opened: Opened, question: str) -> None:
    answer = opened().ask(question)
    assert answer.analysis == "anomaly", answer.text
    assert answer.query and answer.query["time"]["start"] == "2025-10-01"
    assert "91" in answer.reading


@pytest.mark.parametrize("question", ["异常订单有哪些", "which customers are suspicious", "预测哪些顾客会流失", "which cities had unusual takings"])
def test_single_things_and_groups_are_not_days(opened: Opened, question: str) -> None:
    assert opened().ask(question).status in ("refused", "clarify")


def _words(answer: Answer) -> dict[str, str]:
    return {w.text: w.became for w in answer.words}


def test_words_say_what_they_became(opened: Opened) -> None:
    words = _words(opened().ask("下个月营业额预计多少"))
    assert words["预计"] == "forecast" and words["下个月"] == "time"
