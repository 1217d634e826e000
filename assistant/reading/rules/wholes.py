"""What a share is of, where the whole is named behind 占: things that are counted, or a metric that a known rate divides by."""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counted_entity
from assistant.reading.rules.ratios import ratio_parts
from assistant.reading.state import State
from semantic_layer.query import FieldCondition, MetricRef

OVER = ("占", "占了", "占到")
_AS_PART = re.compile(r"as (?:an? )?(?:%|percent|percentage|pct|share|proportion|fraction|part) of")


def rule(state: State) -> None:
    """New customers as a % of all buyers: the rate that divides one by the other, before the new ones are told from the rest."""
    for op in state.ops("share"):
        if _AS_PART.fullmatch(op.text) and known_rate_of_all(state, op):
            state.take(op, f"metric:{state.metrics[-1].metric}")
            return


def counted_of_all(state: State, part: list[Mark], op: Mark) -> str:
    """用券的单占所有单多少, 已婚家庭占全部家庭几成: things behind their own condition, or named as the whole, are counted and no money of theirs."""
    if op.text.isascii() or state.free(lambda m: m.metrics or (m.has("by_amount") and not m.has("share"))):
        return ""
    head = next(state.following(part[-1]), None)
    own = _counts(state, head) if head and head is not op and head.end <= op.start and state.close(part[-1], head, 1) else ""
    whole = whole_behind(state, op)
    of_all = _counts(state, whole) if whole else ""
    if (own and of_all and own != of_all) or not (of_all or (own and head and head.counters)):
        return ""
    for mark in (head if own else None, whole if of_all else None):
        if mark:
            state.take(mark, "count")
    return own or of_all


def whole_behind(state: State, op: Mark) -> Mark | None:
    """What stands behind 占, with or without a word for all of it: 占所有单, 占总单数."""
    said = op.text in OVER or _AS_PART.fullmatch(op.text)
    whole = next(state.following(op, skip=lambda m: m.filler or m.has("total")), None) if said else None
    return whole if whole and not whole.became and state.same_clause(op, whole) else None


def _counts(state: State, mark: Mark) -> str:
    """The metric that counts what a word or a classifier names: 家庭, 单."""
    if mark.became or mark.metrics or mark.number:
        return ""
    if mark.entities and (counted := count_metric(state, mark.entities[0])):
        return counted.metric or ""
    plain = next((m for m in mark.counters if counted_entity(state, m)), None)
    return plain or ""


def known_rate_of_all(state: State, op: Mark) -> bool:
    """用券小票数占小票数的百分比: one metric over all that it is a part of is the rate that the catalog has, or the share of what it keeps."""
    above = next(state.preceding(op), None)
    below = whole_behind(state, op)
    if above is None or below is None or above.became or not above.metrics or not state.close(above, op, 1):
        return False
    part, whole = above.metrics[0], (*below.metrics, _counts(state, below))[0]
    ref = _rate(state, part, whole) or _filtered(state, part, whole)
    if ref is None:
        return False
    state.add_metric(ref)
    for mark in (above, below):
        state.take(mark, f"metric:{ref.metric}")
    for mark in state.ops("share", "total"):
        state.take(mark, "share")
    return True


def _rate(state: State, part: str, whole: str) -> MetricRef | None:
    for name in state.catalog.spec.metrics:
        parts = ratio_parts(state.catalog, name)
        named = tuple(state.catalog.aggregate_name(a) for a in parts) if parts and _is_plain(state.catalog.formula(name).tree) else ()
        if named == (part, whole) and not state.catalog.metric(name).filter:
            return MetricRef(metric=name)
    return None


def _is_plain(tree: exp.Expr) -> bool:
    """Whether nothing but the two is in a quotient: a discount over sales and discount is no share of sales."""
    return isinstance(tree, exp.Div) and len(list(tree.find_all(exp.Placeholder))) == 2 and not tree.find(exp.Add, exp.Sub, exp.Mul)


def _filtered(state: State, part: str, whole: str) -> MetricRef | None:
    if not whole:
        return None
    spec, all_of = state.catalog.metric(part), state.catalog.metric(whole)
    plain = bool(spec.filter) and all(isinstance(c, FieldCondition) for c in spec.filter)
    same = spec.expression == all_of.expression and not all_of.filter and isinstance(state.catalog.formula(part).tree, exp.Placeholder)
    return MetricRef(metric=whole, where=tuple(spec.filter), share=True) if plain and same else None
