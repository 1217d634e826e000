"""Other wordings that verified questions are found by, class by class, and what lies right beside each and is not taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.conftest import write_shop
from tests.verified.conftest import SANTAS, TODAY, Opened

STATES = {"bad": {"label": {"en": "spoilt", "zh": "变质"}}, "good": {"label": {"en": "fresh", "zh": "新鲜"}}}
PRIORITIES = {"1": {"label": {"en": "urgent", "zh": "紧急"}, "synonyms": {"en": ["rush"]}}, "2": {"label": {"en": "normal", "zh": "普通"}}}
CATALOG: dict[str, Any] = {
    "datasets": {
        "orders": {
            "source": "orders",
            "primary_key": ["id"],
            "time": "day",
            "fields": {
                "id": {"type": "integer", "entity": "order"},
                "client": {"type": "integer", "entity": "client"},
                "day": {"type": "date", "kind": "dimension"},
                "city": {"type": "string", "label": {"en": "city", "zh": "城市"}},
                "state": {"type": "string", "label": {"en": "state of the order", "zh": "订单结果"}, "values": STATES},
                "priority": {"type": "string", "label": {"en": "priority", "zh": "优先级"}, "values": PRIORITIES},
                "amount": {"type": "number", "kind": "measure"},
            },
        },
        "clients": {
            "source": "clients",
            "primary_key": ["id"],
            "fields": {
                "id": {"type": "integer", "entity": "client"},
                "name": {"type": "string", "label": {"en": "client name", "zh": "客户"}},
            },
        },
    },
    "relationships": [{"from": "orders.client", "to": "clients.id"}],
    "entities": {
        "order": {"dataset": "orders", "label": {"en": "order", "zh": "订单"}},
        "client": {"dataset": "clients", "shown_by": "name", "label": {"en": "client id", "zh": "客户编号"}, "people": True},
    },
    "metrics": {
        "sales": {"expression": "SUM(orders.amount)", "format": "currency", "label": {"en": "sales", "zh": "销售额"}, "default": True},
        "orders": {"expression": "COUNT(orders.*)", "format": "integer", "label": {"en": "orders", "zh": "订单数"}},
        "clients": {"expression": "COUNT(clients.*)", "format": "integer", "label": {"en": "clients", "zh": "客户数"}},
        "buyers": {"expression": "COUNT(DISTINCT orders.client)", "format": "integer", "label": {"en": "ordering clients", "zh": "下单客户数"}},
        "order_value": {"expression": "sales / orders", "format": "currency", "label": {"en": "average order value", "zh": "客单价"}},
        "spoilt_orders": {
            "expression": "COUNT(orders.*)",
            "filter": [{"field": "orders.state", "value": "bad"}],
            "format": "integer",
            "label": {"en": "orders gone bad", "zh": "坏单数"},
        },
        "waste_rate": {"expression": "spoilt_orders / orders", "format": "percent", "label": {"en": "waste rate", "zh": "坏单率"}},
    },
    "segments": {
        "spoiled": {
            "label": {"en": "spoiled orders", "zh": "变质单"},
            "where": [{"field": "orders.state", "value": "bad"}],
            "verbs": {"en": ["went off", "go off"]},
        }
    },
}
ROWS = """CREATE TABLE clients AS SELECT i AS id, 'Client ' || i AS name FROM range(0, 9) t(i);
CREATE TABLE orders AS SELECT i AS id, i % 7 AS client, DATE '2025-01-01' + CAST(i AS INTEGER) AS day,
    CASE WHEN i % 3 = 0 THEN 'Lyon' ELSE 'Metz' END AS city, CASE WHEN i % 4 = 0 THEN 'bad' ELSE 'good' END AS state,
    CASE WHEN i % 5 = 0 THEN '1' ELSE '2' END AS priority, (i % 11) * 1.5 AS amount FROM range(0, 400) t(i)"""
JANUARY = {"start": "2026-01-01", "end": "2026-02-01"}


def entry(identifier: str, question: str, **query: Any) -> dict[str, Any]:
    return {"id": identifier, "questions": [question], "query": {"time": JANUARY, **query}, "on": TODAY}


URGENT = {"metric": "orders", "where": [{"field": "orders.priority", "value": "1"}], "share": True}
BEST = {"metrics": ["sales"], "group_by": ["orders.city"], "order_by": [{"by": "sales", "desc": True}], "limit": 1}
ENTRIES = {
    "sun-cities": entry("sun-cities", "Which were our sun-bird cities last month?", **BEST),
    "sun-cities-zh": entry("sun-cities-zh", "上个月的太阳鸟城市是哪些？", **BEST),
    "value": entry("value", "What was the average order value last month?", metrics=["order_value"]),
    "share": entry("share", "What share of last month's orders were urgent?", metrics=[URGENT]),
    "fans": entry("fans", "上个月铁杆客户有多少家？", metrics=["buyers"], where=[{"entity": "client", "metric": "orders", "op": ">=", "value": 5}]),
    "bad": entry("bad", "上个月各城市的坏单数", metrics=["spoilt_orders"], group_by=["orders.city"]),
    "urgent-waste": entry(
        "urgent-waste",
        "What was the waste rate of urgent orders last month?",
        metrics=["waste_rate"],
        where=[{"field": "orders.priority", "value": "1"}],
    ),
    "august": entry(
        "august",
        "How did sales in August 2025 compare with July 2025?",
        metrics=["sales"],
        time={"start": "2025-08-01", "end": "2025-09-01"},
        compare={"to": "previous"},
    ),
    "waste": entry("waste", "上个月各城市的坏单率", metrics=["waste_rate"], group_by=["orders.city"]),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], str]]:
    """Asks a question where one entry is verified: the id of the entry that it is answered from."""
    folder: Path = tmp_path_factory.mktemp("paraphrases") / "small"
    write_shop(folder, CATALOG, ROWS)
    (folder / "wenshu.yaml").write_text("{name: small, database: small.duckdb}", encoding="utf-8")
    assistant = Assistant(open_shop(str(folder), TODAY))

    def ask(identifier: str, question: str) -> str:
        text = yaml.safe_dump({"verified": [ENTRIES[identifier]]}, allow_unicode=True, sort_keys=False)
        (folder / "verified.yaml").write_text(text, encoding="utf-8")
        return assistant.ask(question).verified

    yield ask
    assistant.shop.close()


FOUND = {
    "words with and without hyphens": [
        ("sun-cities", "List our sun bird cities for January 2026"),
        ("sun-cities", "Which cities counted as sunbirds in January 2026?"),
    ],
    "the figure over the number of what is averaged": [
        ("value", "In January 2026, what did the average order come to?"),
        ("value", "How much was a typical order worth on average last month?"),
    ],
    "the whole shown beside its share": [("share", "What percentage of our orders last month were rush orders?")],
    "who is counted, by the name of a number of all of them": [("fans", "2026年1月铁杆客户数"), ("fans", "上个月有多少客户算得上铁杆")],
    "who wants to know it": [("fans", "帮我数一下上个月的铁杆客户，销售总监要")],
    "a figure told of by what it counts": [("bad", "2026年1月按城市看变质次数")],
    "a rate told of as a part": [("waste", "2026年1月各城市变质的比例")],
    "a rate told of by its part and its whole": [
        ("waste", "orders gone bad as a % of orders in January 2026, by city"),
        ("waste", "waste % by city, January 2026"),
        ("waste", "2026年1月各城市坏单数占订单数的百分之几"),
    ],
    "a group told of by all that it has": [("waste", "2026年1月Lyon、Metz各自的坏单率"), ("waste", "Lyon and Metz: waste rate of each in January 2026")],
    "the year behind both periods": [("august", "sales: August vs July, 2025"), ("august", "2025: sales in August versus July")],
    "a group by a word that means it": [("waste", "waste rate of each town in January 2026"), ("waste", "2026年1月各个地市的坏单率")],
    "a rate told of by what was done": [("urgent-waste", "In January 2026 what share of rush ones went off?")],
}
NOT_TAKEN = {
    "a figure of what is listed": [
        ("sun-cities", "How many sun-bird cities did we have last month?"),
        ("sun-cities", "What did our sun-bird cities sell last month?"),
        ("sun-cities-zh", "上个月的太阳鸟城市有多少个？"),
    ],
    "another word in the hyphens": [
        ("sun-cities", "Which were our moon-bird cities last month?"),
        ("sun-cities", "Which were our sun cities last month?"),
    ],
    "another figure of what is averaged": [
        ("value", "How many orders did the average client place last month?"),
        ("value", "What did the average client come to last month?"),
    ],
    "the whole of the share alone": [("share", "How many orders were there last month, and how many of them were rush orders?")],
    "all of them": [("fans", "2026年1月客户数"), ("fans", "2026年1月新客户数"), ("fans", "上个月有多少订单算得上铁杆")],
    "an amount of what is counted": [("bad", "上个月各城市变质的金额")],
    "the other part": [("waste", "2026年1月各城市新鲜的比例"), ("bad", "2026年1月按城市看新鲜次数"), ("bad", "2026年1月按城市看变质的销售额")],
    "the whole as a part of its part": [
        ("waste", "orders as a % of orders gone bad in January 2026, by city"),
        ("waste", "2026年1月各城市坏单数占全部坏单数的百分之几"),
    ],
    "some of a group, or all of it as one": [("waste", "2026年1月Lyon的坏单率"), ("waste", "2026年1月Lyon、Metz一共的坏单率")],
    "a group by a word that means another": [("waste", "waste rate of each priority in January 2026"), ("waste", "2026年1月各个季节的坏单率")],
    "the year as the other period": [("august", "sales: August 2025 vs 2025"), ("august", "sales: August vs June, 2025"), ("august", "sales: August, 2025")],
    "other rows of it": [
        ("urgent-waste", "In January 2026 what share of rush ones never went off?"),
        ("urgent-waste", "In January 2026 what share of normal ones went off?"),
    ],
}


@pytest.mark.parametrize(("identifier", "question"), [pair for pairs in FOUND.values() for pair in pairs])
def test_is_found_by(asked: Callable[[str, str], str], identifier: str, question: str) -> None:
    assert asked(identifier, question) == identifier


@pytest.mark.parametrize(("identifier", "question"), [pair for pairs in NOT_TAKEN.values() for pair in pairs])
def test_is_another_question(asked: Callable[[str, str], str], identifier: str, question: str) -> None:
    assert asked(identifier, question) == ""


@pytest.mark.parametrize("question", ["How did sales in August 2025 go, no need to compare with July?", "2025年8月的销售额，不用和7月比"])
def test_a_comparison_that_nobody_wants_is_another_question(asked: Callable[[str, str], str], question: str) -> None:
    assert asked("august", question) == ""


@pytest.mark.parametrize("question", ["上个月囤货党有多少人", "上个月客户控有多少人", "上个月客户迷的销售额"])
def test_a_house_name_of_people_is_not_passed_over(opened: Opened, question: str) -> None:
    assert opened(SANTAS).ask(question).status in ("clarify", "refused")


def test_a_house_name_of_people_that_only_shares_its_ending_is_another(opened: Opened) -> None:
    hoarders = {**SANTAS, "id": "hoarders", "questions": ["上个月囤货党有多少人？"], "on": dt.date(2026, 2, 1)}
    assistant = opened(hoarders)
    assert assistant.ask("2026年1月囤货党人数").verified == "hoarders"
    assert assistant.ask("上个月剁手党有多少人？").verified == ""
