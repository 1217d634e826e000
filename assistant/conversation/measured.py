"""Which words name what the last query measures."""

from __future__ import annotations

from assistant.conversation.context import Context
from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from semantic_layer.query import MetricRef


def is_measured(at: Context, mark: Mark) -> bool:
    """Whether it names a metric of the last query, or is a word of its name: the rate, per basket."""
    return any(m.metric in mark.metrics for m in at.base.metrics) or any(_is_word_of(at, mark.text, m) for m in at.base.metrics)


def _is_word_of(at: Context, word: str, metric: MetricRef) -> bool:
    """Whether a word is one of those that a metric is called by."""
    if metric.metric is None:
        return False
    names = [n.lower() for n in at.catalog.metric(metric.metric).names()]
    if word.isascii():
        return any(word.removesuffix("s") in (w.removesuffix("s") for w in n.split()) for n in names)
    return any(word in n for n in names)


def measure_replaced(at: Context, target: Mark) -> bool:
    """Not the rate, the redemptions: the only measure goes where another one is named."""
    if len(at.base.metrics) != 1 or not is_measured(at, target):
        return False
    others = [m for m in at.marks if m.metrics and m is not target and at.base.metrics[0].metric not in m.metrics and FILLER not in m.ops]
    return bool(others)
