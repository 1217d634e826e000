"""How ranges of numbers, two figures side by side, lists with people, the value of the greatest and "or" are read, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.linking.lexicon import Lexicon
from assistant.reading import AskBack, Reader
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop

MAY = {"start": "2017-05-01", "end": "2017-06-01"}
YEAR = {"start": "2017-01-01", "end": "2018-01-01"}
DEPARTMENT, AGE = "products.department", "demographics.age"
KNOWN = {"field": DEPARTMENT, "op": "not_null"}
WITH_COUPON = {"segment": "with_coupon"}


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Reader:
    access = shop.whole
    return Reader(access, Lexicon(access.catalog), access.values)


def between(low: float, high: float, metric: str = "sales", group: str = DEPARTMENT) -> dict[str, Any]:
    where = {"where": [KNOWN]} if group == DEPARTMENT else {}
    having = [{"by": metric, "op": "between", "value": [low, high]}]
    return {"metrics": [metric], "group_by": [group], "time": MAY, "having": having, **where}


def kept(**condition: Any) -> dict[str, Any]:
    return {"metrics": ["customers"], "time": MAY, "where": [{"any_of": [{"field": f, "value": v} for f, v in condition.items()]}]}


READ: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    # the scale of the high end is that of the low one
    (
        ("5月销售额2到6万的部门", "which departments made 20 to 60 grand in May", "departments with sales between 20 and 60k in May"),
        between(20_000, 60_000),
    ),
    (("5月折扣率在10到30%之间的门店", "stores with a discount rate between 10 and 30% in May"), between(0.1, 0.3, "discount_rate", "store")),
    (("departments with sales between 500 and 2k in May",), between(500, 2000)),
    (
        ("how many customers came 4 to 6 times in May", "5月来过4到6次的顾客有多少"),
        {"metrics": ["customers"], "time": MAY, "where": [{"entity": "household", "metric": "baskets", "op": "between", "value": [4, 6]}]},
    ),
    # people in a list are counted
    (
        ("5月各年龄段的顾客和他们的消费额", "customers and the money they spent in May by age group"),
        {"metrics": ["customers", "sales"], "group_by": [AGE], "time": MAY},
    ),
    # what a name in two parts says
    (("5月分店看销售额", "5月分店销售额"), {"metrics": ["sales"], "group_by": ["store"], "time": MAY}),
    # two figures, or two rows; what else they are split by
    (
        ("5月用券和没用券的销售额，并排给我",),
        {
            "metrics": [
                {"metric": "sales", "where": [WITH_COUPON], "alias": "sales_with_coupon"},
                {"metric": "sales", "where": [{**WITH_COUPON, "negated": True}], "alias": "sales_not_with_coupon"},
            ],
            "time": MAY,
        },
    ),
    (
        ("5月各门店用券和没用券的销售额",),
        {"metrics": ["sales"], "group_by": [{"case": WITH_COUPON}, "store"], "time": MAY},
    ),
    (
        ("May by department: all dollars, next to it the dollars with a coupon",),
        {
            "metrics": ["sales", {"metric": "sales", "where": [WITH_COUPON], "alias": "sales_with_coupon"}],
            "group_by": [DEPARTMENT], "time": MAY,
        },
    ),
    # the value of the greatest
    (("5月最大的那张小票是多少钱",), {"metrics": [{"metric": "sales", "agg": "max", "over": "basket"}], "time": MAY}),
    (("our best single day in May - how many dollars was it",), {"metrics": [{"metric": "sales", "agg": "max", "over": "day"}], "time": MAY}),
    # one or the other, of different fields
    (
        ("how many customers bought BABY DIAPERS or anything from MEAT in May",),
        kept(**{"products.product_type": "BABY DIAPERS", DEPARTMENT: "MEAT"}),
    ),
    (("5月买了MEAT或者BABY DIAPERS的顾客有多少",), kept(**{DEPARTMENT: "MEAT", "products.product_type": "BABY DIAPERS"})),
    # without those of whom nothing is known
    (
        ("5月各年龄段的小票数，没年龄资料的别算进来", "baskets by age group in May, leaving out households with no age on file"),
        {"metrics": ["baskets"], "group_by": [AGE], "time": MAY, "where": [{"field": AGE, "op": "not_null"}]},
    ),
    # all through a period
    (
        ("running count of redemptions week over week thru May",),
        {"metrics": ["redemptions"], "group_by": [{"field": "time", "grain": "week"}], "time": MAY, "running": {}},
    ),
    (("daily baskets through May",), {"metrics": ["baskets"], "group_by": [{"field": "time", "grain": "day"}], "time": MAY}),
    (("total sales through May",), {"metrics": ["sales"], "time": {"end": "2017-06-01"}}),
    # a period said once more
    (("17年来过50次以上的顾客，当年一共带来多少销售额",), {
        "metrics": ["sales"], "time": YEAR, "where": [{"entity": "household", "metric": "baskets", "op": ">=", "value": 50}],
    }),
]  # fmt: skip


@pytest.mark.parametrize(("question", "query"), [(q, query) for questions, query in READ for q in questions])
def test_is_read_as(reader: Reader, question: str, query: dict[str, Any]) -> None:
    assert reader.read(question).query.key == SemanticQuery.model_validate(query).key


def test_neither_of_two(reader: Reader) -> None:
    where = reader.read("May sales excluding fuel or MEAT").query.where
    assert {getattr(c, "field", "") or getattr(c, "segment", "") for c in where} == {DEPARTMENT, "fuel"}


@pytest.mark.parametrize("question", ["what was the footfall in May", "5月客流多少", "5月花了一两百块的家庭有多少"])
def test_is_asked_back(reader: Reader, question: str) -> None:
    with pytest.raises(AskBack):
        reader.read(question)
