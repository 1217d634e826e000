"""Amounts of rows that no metric names: total freight, 平均运费, 活动预算一共多少. Their sum or their mean; asked back where it is not said which."""

from __future__ import annotations

import re

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.rules.counting import counts_part_of
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import Aggregation, FieldCondition, MetricRef, SemanticQuery

_SUMS = ("total", "by_amount")


def rule(state: State) -> None:
    """Takes the name of a measure, where no metric is named. Raises AskBack where it may be added up or averaged."""
    if state.records:
        return
    if state.metrics or any(m.metrics for m in state.marks):
        _beside(state)
        return
    named = state.free(lambda m: _measure(state, m))
    refs = {_measure(state, m) for m in named}
    if len(refs) != 1 or state.ops("list", "share"):
        return
    ref, mark = refs.pop(), named[0]
    agg = _aggregation(state, mark)
    if state.catalog.dataset(ref.split(".")[0]).snapshot:
        return  # balances of many days are not added up
    if agg is None:
        raise _which(state, ref, mark)
    state.add_metric(MetricRef(agg=agg, field=ref))
    for each in named:
        state.take(each, f"metric:{ref}")
    for op in state.ops(*_SUMS, "average", "median", "how_many"):
        state.take(op, "said")


_NEAR = 3
_OF_ROWS = re.compile(r"的|,(?:一共|总共|合计)?|里的?| (?:on|of|for|from|in)(?: the| all)? |'s? |")


def _beside(state: State) -> None:
    """The number of campaigns and their total budget: a measure of the rows that are counted, beside a word that adds it up."""
    if not state.metrics and _of_those_kept(state):
        return
    names = [*(m.metric for m in state.metrics if m.metric), *(m.metrics[0] for m in state.free(lambda m: m.metrics))]
    homes = {h for n in names for h in state.catalog.formula(n).homes}
    for mark in state.free(lambda m: _measure(state, m)):
        ref = _measure(state, mark)
        told = [m for m in state.marks if m.has("total") and state.close(m, mark, _NEAR)]
        if homes == {ref.split(".")[0]} and told and not state.catalog.dataset(ref.split(".")[0]).snapshot and not state.order:
            state.add_metric(MetricRef(agg="sum", field=ref))
            for word in told:
                state.take(word, "said")
            state.take(mark, f"metric:{ref}")


def _of_those_kept(state: State) -> bool:
    """去年付款订单的运费, total freight on paid orders: the measure of the rows that a number of them keeps, added up."""
    counts = state.free(lambda m: m.metrics)
    measures = state.free(lambda m: _measure(state, m))
    if len(counts) != 1 or len(measures) != 1 or state.groups or state.ops("top", "bottom", "by", "more_than", "less_than", "at_least", "at_most"):
        return False
    count, measure, ref = counts[0], measures[0], _measure(state, measures[0])
    first, last = sorted((count, measure), key=lambda m: m.start)
    spec = state.catalog.metric(count.metrics[0])
    home = ref.split(".")[0]
    counted = [state.catalog.entity(e).dataset for e in state.catalog.spec.entities if counts_part_of(state.catalog, count.metrics[0], e)]
    kept = all(isinstance(c, FieldCondition) and state.reaches(home, c.field) for c in spec.filter)
    if home not in counted or not spec.filter or not kept or not _OF_ROWS.fullmatch(state.text, first.end, last.start):
        return False
    agg = _aggregation(state, measure)
    if state.catalog.dataset(home).snapshot:
        return False
    state.where += [c for c in spec.filter if c not in state.where]
    if agg is None:
        raise _which(state, ref, measure)
    state.add_metric(MetricRef(agg=agg, field=ref))
    state.take(count, "filter")
    for mark in (measure, *state.ops(*_SUMS, "average", "how_many")):
        state.take(mark, f"metric:{ref}")
    return True


def of_totals(state: State) -> None:
    """活动预算一共多少: what stands with a total is added up, before anything is counted."""
    if state.free(lambda m: _measure(state, m)) and state.ops(*_SUMS, "how_many") and not state.ops("top", "bottom", "more_than", "less_than"):
        rule(state)


def _measure(state: State, mark: Mark) -> str:
    """The measure that a mark names, and nothing else."""
    refs = [f for f in mark.fields if state.catalog.field(f).spec.kind == "measure"]
    return refs[0] if len(refs) == 1 and not (mark.metrics or mark.entities or mark.values or mark.segments) else ""


def _aggregation(state: State, mark: Mark) -> Aggregation | None:
    for name, agg in (("average", "avg"), ("median", "median")):
        if state.ops(name):
            return agg  # type: ignore[return-value]
    if state.text[: mark.start].endswith(("how much ", "多少", "sum of ", "amount of ")):
        return "sum"
    told = [m for m in state.ops(*_SUMS, "how_many") if state.same_clause(*sorted((m, mark), key=lambda m: m.start))]
    return "sum" if told else None


def _which(state: State, ref: str, mark: Mark) -> AskBack:
    ways: tuple[Aggregation, ...] = ("sum", "avg")
    rest = {"group_by": tuple(state.groups), "where": tuple(state.where), "time": state.time}
    choices = tuple(SemanticQuery.model_validate({"metrics": (MetricRef(agg=agg, field=ref),), **rest}) for agg in ways)
    label = state.catalog.field(ref).spec.label
    message = Text(zh=f"“{mark.text}”要合计还是平均？（{label.zh}）", en=f'Is "{mark.text}" to be added up or averaged? ({label.en})')
    return AskBack(message, choices, (mark.text,))
