"""Words that point to the rows of the last answer."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Shop
from tests.conversation.conftest import Say, query_of

YEAR = {"start": "2017-01-01", "end": "2018-01-01"}
TOP = {"metrics": ["sales"], "group_by": ["products.department"], "time": YEAR, "order_by": [{"by": "sales"}], "limit": 3}
PLAIN = {"metrics": ["sales"], "group_by": ["products.department"], "time": YEAR}
MONTHS = {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}], "time": YEAR}
BEST_MONTH = {**MONTHS, "order_by": [{"by": "sales"}], "limit": 1}


@pytest.fixture(scope="module")
def departments(shop: Shop) -> list[str]:
    """By sales of the year, the highest first."""
    rows = shop.whole.answer(SemanticQuery.model_validate({**TOP, "limit": 30})).rows
    return [str(r[0]) for r in rows]


def only(department: str, **parts: Any) -> SemanticQuery:
    """The year's query of one department."""
    return SemanticQuery.model_validate(
        {"metrics": ["sales"], "time": YEAR, "where": [{"field": "products.department", "value": department}], **parts}
    )


@pytest.mark.parametrize("before", [TOP, PLAIN])
@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("第一名按品牌", 0), ("第一名那个部门按品牌拆", 0), ("the top one by brand", 0), ("冠军按品牌", 0), ("how did the top department do by brand", 0),
        ("第二名按品牌", 1), ("the second one by brand", 1), ("第三个按品牌", 2),
    ],
)  # fmt: skip
def test_a_row_by_its_place(say: Say, departments: list[str], before: dict[str, Any], said: str, place: int) -> None:
    assert query_of(say(said, query=before)) == only(departments[place], group_by=["products.brand"])


def test_the_last_row(say: Say, departments: list[str]) -> None:
    for said in ("最后一名的小票数", "baskets of the last one"):
        assert query_of(say(said, query=TOP)) == only(departments[2], metrics=["baskets"])


def test_a_row_that_is_left_out(say: Say, departments: list[str]) -> None:
    for said in ("去掉第一名", "without the top one"):
        query = query_of(say(said, query=TOP))
        assert query.limit == 3 and query.where[0].negated and query.where[0].value == departments[0]  # type: ignore[union-attr]


@pytest.mark.parametrize("said", ["它们的小票数", "这三个部门的小票数", "their baskets", "baskets of these 3 departments"])
def test_all_rows_of_a_ranking(say: Say, departments: list[str], said: str) -> None:
    query = query_of(say(said, query=TOP))
    assert [m.name for m in query.metrics] == ["baskets"] and query.limit is None and [g.name for g in query.group_by] == ["department"]
    assert set(query.where[0].value) == set(departments[:3])  # type: ignore[union-attr, arg-type]


def test_they_are_all_where_nothing_was_cut(say: Say) -> None:
    assert query_of(say("它们的小票数", query=PLAIN)) == SemanticQuery.model_validate({**PLAIN, "metrics": ["baskets"]})


@pytest.mark.parametrize("said", ["那个月各部门的销售额", "那个月按部门", "and that month by department"])
def test_that_month(say: Say, said: str) -> None:
    month = {"start": "2017-12-01", "end": "2018-01-01"}
    assert query_of(say(said, query=BEST_MONTH)) == SemanticQuery.model_validate({**PLAIN, "time": month})


@pytest.mark.parametrize("said", ["最高的那个月各部门的销售额", "sales by department in the top month", "the best month by department"])
def test_the_best_month_of_a_trend(say: Say, said: str) -> None:
    month = {"start": "2017-12-01", "end": "2018-01-01"}
    assert query_of(say(said, query=MONTHS)) == SemanticQuery.model_validate({**PLAIN, "time": month})


@pytest.mark.parametrize(
    ("before", "said"),
    [(MONTHS, "那个月各部门"), (TOP, "这个部门的小票数"), (TOP, "that department's baskets"), (TOP, "第九名呢"), (TOP, "这五个部门的小票数"),
     ({"metrics": ["sales"], "time": YEAR}, "how many of them bought fuel")],
)  # fmt: skip
def test_what_could_be_any_row_is_asked_back(say: Say, before: dict[str, Any], said: str) -> None:
    assert say(said, query=before).status == "clarify"


def test_that_store_is_the_one_asked_about(say: Say) -> None:
    before = {"metrics": ["sales"], "where": [{"field": "store", "value": 367}], "time": YEAR}
    for said in ("这家店的小票数", "that store's baskets"):
        assert query_of(say(said, query=before)) == SemanticQuery.model_validate({**before, "metrics": ["baskets"]})


def test_at_least_so_much_points_to_nothing(say: Say) -> None:
    query = query_of(say("10月比9月销售额跌了5%以上的部门", query=PLAIN))
    assert [(h.side, h.op, h.value) for h in query.having] == [("growth", "<=", -0.05)]
    assert [g.field for g in query.group_by] == ["products.department"]
