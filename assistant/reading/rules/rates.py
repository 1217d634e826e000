"""Rates that no metric names: the failure rate of payments, 取消率. The share of the rows that have this of few possible outcomes."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counting_in
from assistant.reading.rules.filters import conditions_of
from assistant.reading.state import State
from semantic_layer.query import FieldCondition, MetricRef

_RATES = ("率", "rate", "rates", "比率")
# More possible values than these are kinds of things, and no outcomes: the rate of one of them may be one of other rows.
_OUTCOMES = 3


def rule(state: State) -> None:
    """Takes a value of an outcome with the word rate right behind it, where nothing else is measured."""
    for word in state.free(lambda m: m.text in _RATES and not m.metrics):
        value = next(iter(state.preceding(word)), None)
        if value is not None and value.metrics and not value.became and state.close(value, word, 1) and _of_all(state, value, word):
            return
        if value is None or not value.values or value.became or not state.close(value, word, 1):
            continue
        ref = value.values[0][0]
        dataset, name = ref.split(".")
        spec = state.catalog.dataset(dataset)
        counted = counting_in(state, dataset, _own(state, dataset))
        if not 1 < len(spec.fields[name].values) <= _OUTCOMES or counted is None or state.free(lambda m: m.metrics):
            continue
        state.add_metric(MetricRef(metric=counted, where=tuple(conditions_of(state, [value])), share=True))
        state.take(word, "share")
        return


def _of_all(state: State, counted: Mark, word: Mark) -> bool:
    """Payment failure rate, where failed payments are a metric: its share in the metric that counts all of them."""
    name = counted.metrics[0]
    spec = state.catalog.metric(name)
    plain = bool(spec.filter) and all(isinstance(c, FieldCondition) for c in spec.filter) and state.catalog.formula(name).aggregates[0].counts
    whole = next((n for n, m in state.catalog.spec.metrics.items() if m.expression == spec.expression and not m.filter), None)
    if not plain or whole is None or state.free(lambda m: m.metrics and m is not counted):
        return False
    state.add_metric(MetricRef(metric=whole, where=tuple(spec.filter), share=True))
    state.take(counted, f"metric:{name}")
    state.take(word, "share")
    return True


def _own(state: State, dataset: str) -> str | None:
    spec = state.catalog.dataset(dataset)
    return next((e for k in spec.primary_key if (e := spec.fields[k].entity)), None) if len(spec.primary_key) == 1 else None
