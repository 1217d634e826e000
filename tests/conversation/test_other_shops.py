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
