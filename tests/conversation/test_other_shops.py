"""Follow-ups on a catalog of other words: ambiguous values, and entities that are no metrics."""

from __future__ import annotations

import contextlib

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.conversation.conftest import query_of


@pytest.mark.parametrize(("lines", "field"), [(("revenue by customer region in 1997", "only Asia"), "customer"), (("1997年各供应商地区的销售额", "只看亚洲"), "supplier")])
def test_a_value_of_two_dimensions_is_of_the_one_in_the_last_query(lines: tuple[str, str], field: str) -> None:
    with contextlib.closing(open_shop("wholesale")) as shop:
        assistant = Assistant(shop)
        answers = [assistant.ask(line, conversation="regions") for line in lines]
    (condition,) = query_of(answers[1]).where
    assert condition.value == "ASIA" and condition.field.startswith(field)  # type: ignore[union-attr]


@pytest.mark.parametrize("lines", [("revenue in 1996", "q4 only"), ("1996年的销售额", "第四季度呢"), ("1996年的销售额", "分季度看", "只要第四季度")])
def test_a_part_of_a_year_is_of_the_year_that_was_asked_about(lines: tuple[str, ...]) -> None:
    with contextlib.closing(open_shop("wholesale")) as shop:
        assistant = Assistant(shop)
        answer = [assistant.ask(line, conversation="years") for line in lines][-1]
    time = query_of(answer).time
    assert time is not None and str(time.start) == "1996-10-01"


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        (("revenue by customer region in 1996", "by nation"), "customer_nation.n_name"),
        (("top 10 suppliers by revenue in 1996", "just the germans"), "supplier_nation.n_name"),
        (("1996年各客户地区的销售额", "按国家"), "customer_nation.n_name"),
    ],
)
def test_a_name_of_two_things_is_of_what_was_asked_about(lines: tuple[str, ...], field: str) -> None:
    with contextlib.closing(open_shop("wholesale")) as shop:
        assistant = Assistant(shop)
        query = query_of([assistant.ask(line, conversation="nations") for line in lines][-1])
    assert field in {g.field for g in query.group_by} | {getattr(c, "field", "") for c in query.where}
