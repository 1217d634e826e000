"""Bounds on what each row itself holds: orders over 200k, parts of size 30 or more, customers whose balance is negative.

A bound on a metric compares groups or entities; here each row has one value of its own, which no metric says.
"""

from __future__ import annotations

import re
from collections import Counter

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.bound_words import with_ends
from assistant.reading.rules.counting import counted_entity
from assistant.reading.state import State
from semantic_layer.query import FieldCondition, Operator

_OPS: dict[str, Operator] = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<=", "exactly": "="}
_WORTH = ("worth", "valued at", "priced", "priced at", "of", "金额", "单笔", "总额")
_MONEY = ("元", "块", "块钱", "人民币", "yuan", "rmb", "dollars", "bucks")
_MONEY_BETWEEN = re.compile(rf" ?(?:{'|'.join(_MONEY)}) ?(?:及|或)?")
_LEAST_AMOUNT = 1000  # below it a number beside orders counts them


def rule(state: State) -> None:
    """Takes each comparison of a field's own numbers with a number, and signs of amounts."""
    for op in state.ops("negative", "positive"):
        _signed(state, op)
    for op in state.ops(*_OPS):
        if _numbered(state, op):
            continue
        if _of_rate(state, op):
            continue
        number = _number(state, op)
        if number is None or number.number is None:
            continue
        first, last = sorted((op, number), key=lambda m: m.start)
        told = _field(state, first, last) or _amount(state, first, last, number.number.value)
        if told is None:
            continue
        field, marks = told
        sign = next(_OPS[o] for o in _OPS if op.has(o))
        sign, ends = with_ends(state, sign, number.number.value, last)  # type: ignore[assignment]
        state.where.append(FieldCondition(field=field, op=sign, value=number.number.value))
        for mark in (*marks, op, number, *ends, *_unit_of(state, field, last)):
            state.take(mark, f"threshold:{field}")


def _unit_of(state: State, field: str, last: Mark) -> list[Mark]:
    """Over 30,000 yuan: the money that an amount is in, right behind its number."""
    behind = next((m for m in state.marks if m.start >= last.end), None)
    named = behind is not None and behind.text in _MONEY and behind.start - last.end <= 1 and not behind.became
    return [behind] if behind is not None and named and state.catalog.field(field).spec.unit else []


def _numbered(state: State, op: Mark) -> bool:
    """Size 30 or more, 尺寸30以上: a number that looked like the name of one."""
    named = next(iter(state.preceding(op)), None)
    if named is None or not named.ids or named.became or "." not in named.ids[0] or len(named.ids[1]) != 1 or not state.close(named, op, 1):
        return False
    field, (value,) = named.ids
    sign, ends = with_ends(state, next(_OPS[o] for o in _OPS if op.has(o)), value, op)
    state.where.append(FieldCondition(field=field, op=sign, value=value))  # type: ignore[arg-type]
    for mark in (named, op, *ends):
        state.take(mark, f"threshold:{field}")
    return True


def _of_rate(state: State, op: Mark) -> bool:
    """At 5% discount or deeper: a rate that rows have, between its number and the comparison."""
    named = next(iter(state.preceding(op)), None)
    number = next(iter(state.preceding(named)), None) if named else None
    column = _column(state, named) if named and named.metrics and not named.became else None
    if not (op.has("at_least", "at_most") and named and number and number.number and number.number.kind == "percent" and column):
        return False
    if number.became or not state.close(number, named, 1) or not state.close(named, op, 1) or not number.text.isascii():
        return False
    state.where.append(FieldCondition(field=column, op=next(_OPS[o] for o in _OPS if op.has(o)), value=number.number.value))
    for mark in (number, named, op):
        state.take(mark, f"threshold:{column}")
    return True


def of_single(state: State) -> None:
    """单笔总价过10万: each row by itself, as a bound on rows already says."""
    if any(isinstance(c, FieldCondition) and "." in c.field and state.catalog.field(c.field).spec.kind == "measure" for c in state.where):
        for op in state.ops("single"):
            state.take(op, "said")


def _number(state: State, op: Mark) -> Mark | None:
    """The number right behind a comparison, or right before one that ends it (30 or more)."""
    money = lambda m: m.filler or m.text in _MONEY  # noqa: E731
    for mark in (next(iter(state.following(op)), None), next(iter(state.preceding(op, skip=money)), None)):
        if mark and mark.number and not mark.time and not mark.became and mark.number.kind == "number" and not mark.counters:
            return mark if state.close(op, mark, 2) or _MONEY_BETWEEN.fullmatch(state.text, mark.end, op.start) else None
    return None


def _field(state: State, first: Mark, last: Mark) -> tuple[str, list[Mark]] | None:
    """A number that each row has, right before the bound, or right behind it: a size; a list price, of the products that are named."""
    before, after = next(iter(state.preceding(first)), None), next(iter(state.following(last)), None)
    for mark, beside in ((before, first), (after, last)):
        if mark is None or mark.became or mark.metrics or not state.close(mark, beside, 4):
            continue
        specs = {f: state.catalog.field(f).spec for f in mark.fields}
        numbers = [f for f, s in specs.items() if s.type in ("integer", "number") and not s.entity]
        fields = [f for f in numbers if specs[f].kind == "dimension" or (specs[f].kind == "measure" and _rows_named(state, f))]
        if len(fields) == 1:
            return fields[0], [mark]
    return None


def _rows_named(state: State, field: str) -> bool:
    """Whether the things that have a number are named themselves, or listed: the products of a list price, 单行金额超过50的销售明细."""
    dataset = field.partition(".")[0]
    spec = state.catalog.dataset(dataset)
    own = {spec.fields[k].entity for k in spec.primary_key}
    listed = [m for op in state.ops("list") for m in [next(state.preceding(op, skip=lambda m: False), None)] if m and m.end == op.start]
    if any(dataset in m.verbs for m in listed):
        return True
    return any(own & {*m.entities, *(counted_entity(state, n) for n in m.metrics)} for m in state.marks)


def _amount(state: State, first: Mark, last: Mark, value: float) -> tuple[str, list[Mark]] | None:
    """Orders over 200k, 30万以上的订单: the one amount that a dated entity has."""
    after = next(iter(state.following(last)), None)
    between = state.text[last.end : after.start] if after else ""
    counted = after and not between.strip() and (after.counters or after.metrics or after.groupable)
    before = next(iter(state.preceding(first, skip=lambda m: m.filler or m.text in _WORTH)), None)
    owned = after if between == "的" else None
    head = before if first.text.isascii() else owned
    if value < _LEAST_AMOUNT or (counted and head is not after) or head is None or head.became or not head.entities:
        return None
    dataset = state.catalog.entity(head.entities[0]).dataset
    if dataset is None or state.catalog.dataset(dataset).time is None:
        return None
    amount = own_amount(state, dataset)
    return (amount, [m for m in state.marks if m.text in _WORTH and before and before.end <= m.start < first.start]) if amount else None


def own_amount(state: State, dataset: str) -> str | None:
    """The one column of money of a dataset that a metric adds up; of several the one that most metrics do, as the default one does."""
    found: Counter[str] = Counter()
    for name, spec in state.catalog.spec.metrics.items():
        formula = state.catalog.formula(name)
        call = formula.aggregates[0].call
        plain = spec.unit and isinstance(formula.tree, exp.Placeholder) and isinstance(call, exp.Sum)
        if plain and isinstance(call.this, exp.Column) and call.this.table == dataset:
            found[f"{dataset}.{call.this.name}"] += 1
    if len(found) < 2:
        return next(iter(found), None)
    (first, most), (_, second) = found.most_common(2)
    usual = state.catalog.formula(state.default_metric()).aggregates[0].call.this
    default = isinstance(usual, exp.Column) and first == f"{usual.table}.{usual.name}"
    return first if most > second or default else None


def _signed(state: State, op: Mark) -> None:
    """余额为负的客户, suppliers in the red: below or above zero, of the amount named or the one that whoever stands beside has."""
    named = state.nearest(op, lambda m: m.metrics and _column(state, m), forward_first=op.text.isascii())
    if named is not None and state.same_clause(*sorted((named, op), key=lambda m: m.start)):
        field = _column(state, named)
    else:
        named = None
        beside = next(iter(state.preceding(op)), None)
        whose = (beside.entities or tuple(e for n in beside.metrics[:1] if (e := counted_entity(state, n)))) if beside else ()
        dataset = state.catalog.entity(whose[0]).dataset if whose else None
        field = own_amount(state, dataset) if dataset else None
    named_ones = {e for m in state.marks for e in (*m.entities, *(counted_entity(state, n) for n in m.metrics[:1])) if e}
    owners = {state.catalog.entity(e).dataset for e in named_ones}
    if field is None or field.split(".")[0] not in owners:
        return
    state.where.append(FieldCondition(field=field, op="<" if op.has("negative") else ">", value=0))
    for mark in (op, *([named] if named else [])):
        state.take(mark, f"threshold:{field}")


def _column(state: State, mark: Mark) -> str | None:
    """The column that a metric adds up or averages as it is."""
    formula = state.catalog.formula(mark.metrics[0])
    call = formula.aggregates[0].call
    plain = isinstance(formula.tree, exp.Placeholder) and isinstance(call, (exp.Sum, exp.Avg)) and isinstance(call.this, exp.Column)
    return f"{call.this.table}.{call.this.name}" if plain else None
