"""What doubled or halved from one period to the other: 同比翻倍的品类, categories whose sales more than doubled year over year."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import Having

_DOUBLED = re.compile(r"翻[了]?一?[倍番]|翻了一[倍番]|翻番|doubled?|doubling")
_HALVED = re.compile(r"腰斩|减半|halved")
_MORE = re.compile(r"还多|还不止|不止|以上|多|还要多|more than|over|at least|or more|更多")


def rule(state: State) -> None:
    """Takes the word where groups of one figure are compared over two periods: those that grew by all they had, or fell by half."""
    words = state.free(lambda m: _DOUBLED.fullmatch(m.text) or _HALVED.fullmatch(m.text))
    if len(words) != 1 or not state.compare or not state.groups or len(state.metrics) != 1 or state.having or state.share:
        return
    word = words[0]
    denied = next(iter(state.preceding(word)), None)
    if denied is not None and denied.has("not", "exclude"):
        return
    halved = bool(_HALVED.fullmatch(word.text))
    state.having.append(Having(by=state.metrics[0].name, side="growth", op="<=" if halved else ">=", value=-0.5 if halved else 1.0))
    for mark in [word, *_told_more(state, word)]:
        state.take(mark, "compare")


def _told_more(state: State, word: Mark) -> list[Mark]:
    beside = (next(iter(state.following(word, skip=lambda m: False)), None), next(iter(state.preceding(word)), None))
    return [m for m in beside if m is not None and not m.became and _MORE.fullmatch(m.text) and state.close(m, word, 2)]
