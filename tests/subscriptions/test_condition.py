"""What conditions words say, and what is none."""

from __future__ import annotations

import pytest

from assistant.subscriptions.condition import Condition, condition_of
from semantic_layer.errors import UsageError


@pytest.mark.parametrize(
    ("words", "condition"),
    [
        ("above 1000", Condition(kind="threshold", op=">", value=1000)),
        ("高于1000", Condition(kind="threshold", op=">", value=1000)),
        ("低于 1.5万", Condition(kind="threshold", op="<", value=15_000)),
        ("below $1,200.50", Condition(kind="threshold", op="<", value=1200.5)),
        ("no less than 4", Condition(kind="threshold", op=">=", value=4)),
        ("不超过5%", Condition(kind="threshold", op="<=", value=0.05, percent=True)),
        ("at most 5%", Condition(kind="threshold", op="<=", value=0.05, percent=True)),
        ("unusual", Condition(kind="unusual")),
        ("异常", Condition(kind="unusual")),
        ("goal 20000", Condition(kind="goal", op=">=", value=20_000)),
        ("目标2万", Condition(kind="goal", op=">=", value=20_000)),
        ("目标不超过5%", Condition(kind="goal", op="<=", value=0.05, percent=True)),
    ],
)
def test_what_words_say(words: str, condition: Condition) -> None:
    assert condition_of(words) == condition


@pytest.mark.parametrize("words", ["", "1000", "above", "above 10 and below 5", "above ten apples", "高于1000个苹果", "unusual apples", "when it rains", "goal"])
def test_what_is_no_condition_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="is no condition"):
        condition_of(words)
