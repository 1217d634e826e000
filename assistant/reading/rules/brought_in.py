"""What somebody brought in, with no measure named: how much did new customers bring in, 老客6月贡献了多少. It is money."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import whom_it_counts
from assistant.reading.state import State

_BRINGS = re.compile(
    r"(?:bring|brings|bringing|brought)(?: us)?(?: in)?|contribut(?:e|es|ed|ing)|generat(?:e|es|ed|ing)"
    r"|(?:一共|共|总共)?(?:贡献|带来|产生|创造|撑起)[了过出]?"
)
_HOW_MUCH = ("多少", "多少钱", "多少的", "几多")


def rule(state: State) -> None:
    """Lets the verb stand for the default metric, where only people, and nothing that could be measured, are named beside it."""
    measured = state.free(lambda m: m.metrics and not (m.has("new", "returning") or _counts_people(state, m)))
    if measured or state.ops("share", "growth", "decline", "by_amount"):
        return
    for verb in state.free(lambda m: m.filler and _BRINGS.fullmatch(m.text)):
        amount = _amount(state, verb)
        if amount is not None:
            verb.metrics, verb.ops = (state.default_metric(),), frozenset()
            if amount.has("how_many"):
                state.take(amount, "said")
            return


def _counts_people(state: State, mark: Mark) -> bool:
    entity = whom_it_counts(state.catalog, mark.metrics[0])
    return bool(entity and state.catalog.entity(entity).people)


def _amount(state: State, verb: Mark) -> Mark | None:
    """The how much of a verb: before it in English, right behind it in Chinese, and of nothing that is counted."""
    if verb.text.isascii():
        return next((m for m in state.marks if m.end <= verb.start and m.text.startswith("how much")), None)
    behind = next((m for m in state.marks if m.start == verb.end), None)
    thing = next((m for m in state.marks if behind and m.start == behind.end), None)
    counted = thing is not None and (thing.counters or thing.entities or thing.values or thing.metrics or thing.unknown)
    return behind if behind and behind.text in _HOW_MUCH and not counted else None
