"""What bounds are read as: strict or not, turned round, only asked."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import Reader
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY = {"start": "2017-05-01", "end": "2017-06-01"}
DEPARTMENT = "products.department"
KNOWN = {"field": DEPARTMENT, "op": "not_null"}


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


def customers(op: str, value: float, metric: str = "baskets") -> dict[str, Any]:
    return {"metrics": ["customers"], "time": MAY, "where": [{"entity": "household", "metric": metric, "op": op, "value": value}]}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("5月至少来过10单的客户有多少个",), customers(">=", 10)),
    (("5月花掉100块以上（不含100）的客户有几个",), customers(">", 100, "sales")),
    (("5月来了超过5次（含5次）的客户有几个", "how many customers made more than 5 trips in May (including 5)"), customers(">=", 5)),
    (
        ("5月折扣率超过20%的部门，销售额不到1000块的忽略", "departments with a discount rate over 20% in May, ignoring departments under $1000 in sales"),
        {
            "metrics": ["discount_rate", "sales"], "group_by": [DEPARTMENT], "time": MAY, "where": [KNOWN],
            "having": [{"by": "discount_rate", "op": ">", "value": 0.2}, {"by": "sales", "op": ">=", "value": 1000}],
        },
    ),
    (
        ("5月销售额落在2万到3万之间的部门，列出来",),
        {
            "metrics": ["sales"], "group_by": [DEPARTMENT], "time": MAY, "where": [KNOWN],
            "having": [{"by": "sales", "op": "between", "value": [20000, 30000]}],
        },
    ),
    (("5月销售额有没有卖到10万？", "5月销售额超过30万了没", "did we sell more than $400k in May?"), {"metrics": ["sales"], "time": MAY}),
    (
        ("5月客单价过40、单数又不少于500的店有哪些",),
        {
            "metrics": ["average_basket_value", "baskets"], "group_by": ["store"], "time": MAY,
            "having": [{"by": "average_basket_value", "op": ">", "value": 40}, {"by": "baskets", "op": ">=", "value": 500}],
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key
