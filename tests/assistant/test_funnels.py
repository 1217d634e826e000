"""Funnels asked for in words: the steps that a catalog declares; which one is asked back, and none is refused. Units behind numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assistant.answer.chart import plan_of
from assistant.ask import Assistant
from eval.agreement import disagreements
from tests.conftest import MakeShop


def _metric(step: str, zh: str, en: str, **more: Any) -> dict[str, Any]:
    return {"expression": "COUNT(events.*)", "filter": [{"field": "events.step", "value": step}], "label": {"zh": zh, "en": en}, **more}


FIELDS: dict[str, Any] = {"day": {"kind": "time", "type": "date"}, "step": {}, "took": {"kind": "measure", "type": "number", "unit": "h"}}
FIELDS["shop"] = {"label": {"zh": "门店", "en": "store"}}
ONE = {
    "looks": _metric("look", "浏览次数", "views"),
    "carts": _metric("cart", "加购次数", "cart adds", follows="looks"),
    "buys": _metric("buy", "成交次数", "purchases", follows="carts"),
    "rate": {"expression": "buys / looks", "format": "percent", "label": {"zh": "转化率", "en": "conversion rate"}, "synonyms": {"zh": ["转化"], "en": ["conversion"]}},
    "wait": {"expression": "AVG(events.took)", "unit": "h", "label": {"zh": "平均等待时间", "en": "average wait"}},
}
MORE = {"sent": _metric("sent", "短信发送量", "texts sent"), "opened": _metric("open", "短信打开量", "texts opened", follows="sent")}
NONE = {name: {k: v for k, v in spec.items() if k != "follows"} for name, spec in ONE.items()}
ROWS = """CREATE TABLE events AS SELECT DATE '2024-05-01' + CAST(i % 61 AS INTEGER) AS day, 'S' || i % 2 AS shop, 2.5 AS took,
    CASE WHEN i < 600 THEN 'look' WHEN i < 900 THEN 'cart' WHEN i < 1000 THEN 'buy' WHEN i < 1400 THEN 'sent' ELSE 'open' END AS step FROM range(1500) r(i)"""


@pytest.fixture
def asked(make_shop: MakeShop) -> Any:
    def opened(metrics: dict[str, Any]) -> Assistant:
        catalog = {"datasets": {"events": {"time": "day", "fields": FIELDS}}, "metrics": {"all": {"expression": "COUNT(events.*)", "default": True}, **metrics}}
        return Assistant(make_shop(catalog, ROWS, today=dt.date(2024, 7, 1)))

    return opened


@pytest.mark.parametrize("question", ["转化漏斗", "漏斗分析", "6月的转化漏斗", "the conversion funnel in June"])
def test_the_only_funnel_is_shown(asked: Any, question: str) -> None:
    answer = asked(ONE).ask(question)
    assert [c.name for c in answer.columns] == ["looks", "carts", "buys"]
    plan = plan_of(answer)
    assert plan and plan.form == "funnel" and not disagreements(answer)
    if "6" not in question and "June" not in question:
        assert list(answer.rows[0]) == [600, 300, 100]


@pytest.mark.parametrize(
    ("question", "first"), [("转化漏斗", "looks"), ("短信漏斗", "sent"), ("conversion funnel", "looks"), ("funnel of texts sent", "sent"), ("加购漏斗", "looks")]
)
def test_of_two_the_one_is_shown_that_is_named(asked: Any, question: str, first: str) -> None:
    answer = asked(ONE | MORE).ask(question)
    assert answer.status == "answered" and answer.columns[0].name == first


@pytest.mark.parametrize("question", ["6月漏斗", "the funnel in June"])
def test_else_it_is_asked_back_with_its_period(asked: Any, question: str) -> None:
    answer = asked(ONE | MORE).ask(question)
    assert answer.status == "clarify" and len(answer.choices) == 2
    assert {c.query["time"]["start"] for c in answer.choices} == {"2024-06-01"}


def test_a_funnel_of_each_store_keeps_its_groups(asked: Any) -> None:
    answer = asked(ONE).ask("各门店的转化漏斗")
    assert [c.name for c in answer.columns] == ["shop", "looks", "carts", "buys"] and len(answer.rows) == 2


@pytest.mark.parametrize("question", ["转化漏斗", "conversion funnel"])
def test_without_steps_there_is_none(asked: Any, question: str) -> None:
    answer = asked(NONE).ask(question)
    assert answer.status == "refused" and any(word in answer.text for word in ("漏斗", "funnel"))


@pytest.mark.parametrize(("question", "said"), [("平均等待时间", "2.50 小时"), ("average wait", "2.50 h"), ("各门店平均等待时间", "2.50 小时")])
def test_a_number_has_its_unit(asked: Any, question: str, said: str) -> None:
    answer = asked(ONE).ask(question)
    assert said in answer.text and not disagreements(answer)
