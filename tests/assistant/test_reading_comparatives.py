"""What comparatives are read as: of two periods, of two groups, of those that had more; and which must not be answered."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader, Refuse
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY, DECEMBER = {"start": "2017-05-01", "end": "2017-06-01"}, {"start": "2017-12-01", "end": "2018-01-01"}
EVE = {"start": "2017-12-24", "end": "2017-12-25"}
MORE = {"by": "sales", "side": "difference", "op": ">", "value": 0}
READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("12月客单价比11月高吗", "12月的客单价是不是比11月贵啊"), {"metrics": ["average_basket_value"], "time": DECEMBER, "compare": {}}),
    (("were there more customers in December than in November?", "12月来客数超过11月了没"), {"metrics": ["customers"], "time": DECEMBER, "compare": {}}),
    (("平安夜的销售超过前一天没", "did Christmas Eve sales beat the day before?"), {"metrics": ["sales"], "time": EVE, "compare": {}}),
    (
        ("12月销售额比11月高的门店有哪些", "哪些门店12月销售额超过11月", "which stores had higher sales in December than in November"),
        {"metrics": ["sales"], "group_by": ["store"], "time": DECEMBER, "compare": {}, "having": [MORE]},
    ),
    (
        ("全国品牌和自有品牌，5月折扣率哪个高", "which had the higher discount rate in May, national brand or private label"),
        {"metrics": ["discount_rate"], "group_by": ["products.brand"], "time": MAY, "where": [{"field": "products.brand", "op": "not_null"}]},
    ),
    (
        ("5月367号店和406号店谁卖得多", "did store 367 or store 406 sell more in May"),
        {"metrics": ["sales"], "group_by": ["store"], "time": MAY, "where": [{"field": "store", "op": "in", "value": [367, 406]}]},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key


@pytest.mark.parametrize(
    "question",
    [
        "how many stores sold more in December than in November",
        "how many stores beat November in December",
        "12月消费比11月多的客户数",
        "12月消费比11月高的客户有多少",
        "12月比11月贵吗",
        "12月比前一周多吗",
        "12月人均消费高不高",
    ],
)
def test_is_not_answered_by_something_near(reader: Reader, question: str) -> None:
    with pytest.raises((AskBack, Refuse)):
        reader.read(question)
