"""What is planted in the mall is what why finds there. Needs a mall of a tenth of the scale: WENSHU_WHY_MALL=FOLDER or `mall` (`make accept`)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest

from assistant.answer.model import Answer
from assistant.ask import Assistant
from eval.agreement import disagreements
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import open_shop
from tests.analyses.shop import drivers

MALL = os.environ.get("WENSHU_WHY_MALL", "")
pytestmark = pytest.mark.skipif(not MALL, reason="takes a mall of a tenth of the scale, made by make accept")


@pytest.fixture(scope="module")
def mall() -> Iterator[Assistant]:
    with contextlib.closing(open_shop(MALL)) as shop:
        yield Assistant(shop)


def asked(mall: Assistant, question: str, analysis: str) -> Answer:
    answer = mall.ask(question)
    assert answer.status == "answered" and answer.analysis == analysis, answer.text
    assert not disagreements(answer)
    return answer


def test_a_stock_out_in_a_region(mall: Assistant) -> None:
    time = {"start": "2026-04-06", "end": "2026-04-27"}
    answer = mall.answer(SemanticQuery.model_validate({"metrics": ["paid_gmv"], "time": time, "compare": {}}), "zh", analysis="drivers")
    assert drivers(answer)[0] == {"products.category": {"小家电"}, "cities.region": {"华南"}}
    assert any("缺货率" in f.text and "小家电" in f.text for f in answer.findings if f.kind == "event")


def test_shares_that_changed(mall: Assistant) -> None:
    answer = asked(mall, "why did AOV fall in March 2026", "drivers_of_fall")
    mix = next(f for f in answer.findings if f.kind == "mix")
    assert mix.numbers["mix"] < 0 < mix.numbers["rate"] and "Within every sales channel it rose, in all it fell" in answer.text


def test_a_payment_channel_that_failed(mall: Assistant) -> None:
    time = {"start": "2025-09-16", "end": "2025-09-19"}
    answer = mall.answer(SemanticQuery.model_validate({"metrics": ["payment_success_rate"], "time": time, "compare": {}}), "zh", analysis="drivers")
    assert drivers(answer)[0] == {"payments.pay_channel": {"支付宝"}}


@pytest.mark.parametrize("metric", ["on_time_rate", "delivery_time"])
def test_a_carrier_that_is_slow_in_a_region(mall: Assistant, metric: str) -> None:
    time = {"start": "2026-03-10", "end": "2026-04-01"}
    answer = mall.answer(SemanticQuery.model_validate({"metrics": [metric], "time": time, "compare": {}}), "zh", analysis="drivers")
    assert drivers(answer)[0] == {"cities.region": {"西南"}, "shipments.carrier": {"迅达"}}


def test_a_rate_is_not_split_by_what_it_is_made_of(mall: Assistant) -> None:
    time = {"start": "2025-11-20", "end": "2025-11-29"}
    answer = mall.answer(SemanticQuery.model_validate({"metrics": ["cart_to_order_rate"], "time": time, "compare": {}}), "zh", analysis="drivers")
    assert answer.status == "answered" and "行为类型" not in " ".join(f.text for f in answer.findings)


def test_a_category_at_a_lower_level(mall: Assistant) -> None:
    answer = asked(mall, "2025年8月美妆护肤的销售额为什么下降", "drivers_of_fall")
    change = next(f for f in answer.findings if f.kind == "change")
    assert -change.numbers["growth"] > change.numbers["usual"]
