"""Funnels: the metrics of a catalog that are declared to follow each other, as one question (转化漏斗, the conversion funnel in June)."""

from __future__ import annotations

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.state import State
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.query import MetricRef, SemanticQuery

Chain = tuple[str, ...]
_LISTED = 3  # so many steps beside the word are the question itself
_LEAST = 2  # letters of a word that stands in a name


def rule(state: State) -> None:
    """The steps of the funnel that is meant: the only one, or the one that a metric beside the word is of. Raises AskBack.

    A catalog without steps has no funnel; the word is left then.
    """
    asked, chains = state.ops("funnel"), funnels(state.catalog)
    if not asked or not chains:
        return
    if len({m.text for m in state.marks if m.verbs or (m.metrics and not m.either)}) >= _LISTED:
        for mark in asked:
            state.take(mark, "said")  # 漏斗：浏览、加购、下单、支付各多少人: the steps are named themselves
        return
    named = [m for m in state.free(lambda m: not m.filler) if any(_is_of(state.catalog, m, c) for c in chains)]
    meant = [c for c in chains if all(_is_of(state.catalog, m, c) for m in named)]
    if len(meant) != 1:
        raise _which(state, meant or list(chains), asked[0])
    for step in meant[0]:
        state.add_metric(MetricRef(metric=step))
    for mark in (*asked, *named):
        state.take(mark, f"funnel:{meant[0][-1]}")


def funnels(catalog: Catalog) -> tuple[Chain, ...]:
    """Each funnel of the catalog from its first step to its last."""
    followed = {m.follows for m in catalog.spec.metrics.values()}
    chains = (_steps(catalog, name) for name, spec in catalog.spec.metrics.items() if spec.follows and name not in followed)
    return tuple(c for c in chains if len(c) > 1)


def _steps(catalog: Catalog, last: str) -> Chain:
    steps = [last]
    while (before := catalog.metric(steps[0]).follows) in catalog.spec.metrics and before not in steps:
        steps.insert(0, str(before))
    return tuple(steps)


def _is_of(catalog: Catalog, mark: Mark, chain: Chain) -> bool:
    """Whether the mark may name a step, or a metric made of steps, as a conversion rate is; or stands in the name of one (消息漏斗)."""
    steps = {a for step in chain for a in catalog.formula(step).aggregates}
    if any(name in chain or steps & set(catalog.formula(name).aggregates) for name in mark.metrics):
        return True
    labels = " ".join(f"{catalog.metric(step).label.zh} {catalog.metric(step).label.en}".lower() for step in chain)
    return not mark.metrics and not mark.number and len(mark.text) >= _LEAST and mark.text in labels


def _which(state: State, chains: list[Chain], asked: Mark) -> AskBack:
    """The choices keep the period; where more is said, they are only named."""
    ends = [tuple(state.catalog.metric(c[at]).label for at in (0, -1)) for c in chains]
    zh = "，还是".join(f"从{first.zh}到{last.zh}" for first, last in ends)
    en = ", or ".join(f"from {first.en} to {last.en}" for first, last in ends)
    message = Text(zh=f"“{asked.text}”是指{zh}？", en=f'Which "{asked.text}" is meant: {en}?')
    more = state.free(lambda m: not m.filler and m is not asked)
    choices = () if more or state.where or state.groups else tuple(_query(state, c) for c in chains)
    return AskBack(message, choices, (asked.text,))


def _query(state: State, chain: Chain) -> SemanticQuery:
    return SemanticQuery(metrics=tuple(MetricRef(metric=step) for step in chain), time=state.time)
