"""Deeds in a list, each counted: 浏览、加购、下单、支付的人数, how many viewed, added to cart and paid."""

from __future__ import annotations

import re

from assistant.reading.catalog_words import verbs_of
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counts_part_of
from assistant.reading.rules.deeds import called_by, counted_deeds
from assistant.reading.rules.doers import stands_in
from assistant.reading.state import State
from semantic_layer.query import MetricRef

_JOINT = re.compile(
    r"\s*(?:过|了)?(?:商品)?(?:的(?:人|用户|访客|顾客|客户)?)?\s*"
    r"(?:,|、|和|与|及|以及|到|/|->|→|\band\b|, and|&|\+)\s*(?:最后|再|to )?\s*"
)
_APART = re.compile(r"\b(?:each|respectively|separately)\b")
_ONE_AFTER_ANOTHER = 3  # who viewed and paid may have done both; viewed, added to cart and paid are steps
_TIMES = re.compile(r"次|量|how many times|\bcounts? of\b|number of")
_WHO = re.compile(r"人|用户|访客|位|\bwho\b|people|users|visitors|customers|shoppers")


def rule(state: State) -> None:
    """Takes a list of two deeds or more that a how many stands beside: a column for each of them."""
    listed = _run(state)
    if len(listed) < 2 or state.ops("not", "exclude", "both", "share", "but"):
        return
    dataset = _dataset(listed)
    asked = [m for m in state.marks if not m.became and (m.has("how_many", "separately") or _counts(m))]
    if not dataset or not asked or (state.text.isascii() and len(listed) < _ONE_AFTER_ANOTHER and not _APART.search(state.text)):
        return
    somebody = any(e for m in state.marks for e in m.entities if state.catalog.entity_field(e, dataset))
    people = (somebody or bool(_WHO.search(state.text))) and not _TIMES.search(state.text)
    names = [_metric(state, mark, dataset, people) for mark in listed]
    if not all(names) or len(set(names)) < len(names):
        return
    for name, mark in zip(names, listed, strict=True):
        state.add_metric(MetricRef(metric=name))
        mark.became = f"metric:{name}"
    for mark in asked:
        state.take(mark, "count")
    for mark in state.free(lambda m: any(state.catalog.entity_field(e, dataset) for e in m.entities)):
        state.take(mark, "count")


_THOSE = re.compile(
    r"(?:过|了)?的(?:人|用户|客户|顾客|会员|家庭|买家)?(?:又|还|也|一共|总共)?有?(?:多少|几)(?:个?人|位|名|户|家)?(?:家庭|用户|客户|顾客)?"
)


def those_beside(state: State) -> None:
    """触达了多少户、核销的又有多少户: those who did something, counted beside another figure."""
    for mark in state.free(lambda m: not m.text.isascii()):
        said = _THOSE.match(state.text, mark.end)
        datasets = mark.verbs or tuple(d for d, words in verbs_of(state.catalog).items() if mark.text in words or f"{mark.text}过" in words)
        inside = [m for m in state.free() if said and mark.start <= m.start < said.end()]
        others = state.free(lambda m: m.metrics and m not in inside)  # noqa: B023
        people = [e for d in datasets for e, s in state.catalog.spec.entities.items() if s.people and stands_in(state, e, d)]
        if said is None or not others or not people or not any(m.has("how_many") for m in inside):
            continue
        name = _metric(state, mark, mark.deeds[0][0], people=True) if mark.deeds else called_by(state, mark, people[0]) or ""
        if name:
            state.add_metric(MetricRef(metric=name))
            for each in inside:
                state.take(each, f"metric:{name}")


def _counts(mark: Mark) -> bool:
    """How many visitors, in one name."""
    return bool(mark.metrics) and mark.text.startswith("how many")


def _run(state: State) -> list[Mark]:
    """The longest run of deeds with nothing but joints between them."""
    best: list[Mark] = []
    run: list[Mark] = []
    for mark in state.free(lambda m: m.deeds):
        joined = run and _JOINT.fullmatch(state.text, run[-1].end, mark.start)
        run = [*run, mark] if joined else [mark]
        best = max(best, run, key=len)
    return best


def _dataset(listed: list[Mark]) -> str:
    """The one dataset whose rows tell of them all."""
    shared = set.intersection(*({d for d, _ in m.deeds} for m in listed))
    return shared.pop() if len(shared) == 1 else ""


def _metric(state: State, mark: Mark, dataset: str, people: bool) -> str:
    """The metric of those who did it, or of how often it was done."""
    if not people:
        return counted_deeds(state, mark, dataset) or ""
    kept = state.catalog.segment(next(s for d, s in mark.deeds if d == dataset)).where
    for name, spec in state.catalog.spec.metrics.items():
        formula = state.catalog.formula(name)
        whose = [e for e in state.catalog.spec.entities if counts_part_of(state.catalog, name, e)]
        if spec.filter == kept and formula.homes == (dataset,) and formula.kind == "distinct" and whose:
            return name
    return ""
