"""The greatest and the least value of something, where it is asked for and not what has it."""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import count_metric, counts_rows, per_entity
from assistant.reading.rules.ranking_head import asks_when, ranked_by
from assistant.reading.rules.units import RANKED_UNITS
from assistant.reading.state import State
from semantic_layer.query import MetricRef

_UNIT_OF_SINGLE = re.compile(r"(?:day|week|month|quarter)$")
_EACH = ("each", "at each", "in each", "for each", "of each", "every", "per")


def of_one(state: State, word: Mark) -> bool:
    """Our single biggest day's takings: the greatest value of a day, not the day that has it."""
    if _best_of_any(state, word):
        return True
    single = next((m for m in state.ops("single") if state.close(m, word, gap=2)), None)
    unit = next(iter(state.following(word)), None)
    named = unit.text if unit else ""
    if single is not None and (told := _UNIT_OF_SINGLE.search(single.text)):
        unit, named = single, told[0]
    whole = RANKED_UNITS.get(named) in ("day", "week", "month", "quarter")
    if single is None or unit is None or not whole or state.ops("which") or asks_when(state) or ranked_by(state):
        return False
    metric = state.nearest(word, lambda m: m.metrics) or _amount_asked(state, word)
    owned = next(state.following(unit), None)
    if metric is None and not (owned and owned.has("by_amount")):
        return False  # what was our single best month: which one it is
    name = (metric.metrics or metric.counters)[0] if metric else state.meant_metric()
    state.add_metric(MetricRef(metric=name, agg="max" if _greatest(word) else "min", over=RANKED_UNITS[named]))
    for mark in (single, word, unit, *([metric] if metric else [])):
        state.take(mark, "extreme")
    return True


def worth(state: State) -> None:
    """Takes the value of the greatest one, and how much it was: before what is asked of it is taken for another measure."""
    for word in state.ops("top", "bottom", "judge"):
        if (_amount_asked(state, word) and of_one(state, word)) or _worth_of_the_greatest(state, word):
            for op in state.ops("how_many"):
                state.take(op, "extreme")
            return


def _greatest(word: Mark) -> bool:
    return word.has("top") or (word.has("judge") and not word.has("judge_bad"))


def _amount_asked(state: State, word: Mark) -> Mark | None:
    """Best single day of last year - how many dollars was that: what is asked about it is what it is best by."""
    if not word.has("judge", "top", "bottom") or not any(state.close(m, word, gap=2) for m in state.ops("single")):
        return None
    counters = (next(state.following(op), None) for op in state.ops("how_many"))
    return next((m for m in counters if m and m.counters and not m.groupable and state.catalog.metric(m.counters[0]).format == "currency"), None)


_WORTH = re.compile(r"(?:是|有|值|花了?|达)?(?:多少(?:钱|元|块|金额)?|多大)[?。!]*$|\bhow (?:much|many dollars)\b|\bworth\b")
_ONE_OF_THEM = re.compile(r"的?(?:那|这)?一?(?:张|单|笔|个|次)?| (?:single |one )?")


def _worth_of_the_greatest(state: State, word: Mark) -> bool:
    """金额最大的那张小票是多少钱, how much was the largest receipt: the value of it, and not which one it is."""
    owner = next((m for m in state.marks if m.start >= word.end and m.entities and not m.became), None)
    plural = owner is not None and owner.text.isascii() and owner.text.endswith("s")
    if owner is None or plural or not word.has("top", "bottom") or state.ops("which", "list", "by") or not _WORTH.search(state.text):
        return False
    several = state.free(lambda m: m.number and not m.time and m.number.value > 1)
    if several or not _ONE_OF_THEM.fullmatch(state.text, word.end, owner.start):
        return False
    others = [m for m in state.free(lambda m: m.metrics or (m.groupable and m is not owner)) if not m.has("by_amount")]
    name = state.default_metric() if not others else others[0].metrics[0] if len(others) == 1 and others[0].metrics else ""
    averaged = any(per_entity(state, m) == (name, owner.entities[0]) for m in state.catalog.spec.metrics)
    if not averaged or state.catalog.entity(owner.entities[0]).people:
        return False  # which store, and which customer, is as much of an answer
    state.add_metric(MetricRef(metric=name, agg="max" if word.has("top") else "min", over=owner.entities[0]))
    inside = [m for m in state.marks if word.end <= m.start and m.end <= owner.start and not m.filler]
    for mark in (word, owner, *inside, *others, *state.ops("by_amount", "how_many")):
        state.take(mark, "extreme")
    return True


def _best_of_any(state: State, word: Mark) -> bool:
    """The most trips any single household made: the greatest value of one entity, not the entity that has it."""
    singles = [m for m in state.ops("single") if m.text.split()[-1].split("-")[-1] not in RANKED_UNITS]
    for single in [*singles, *state.free(lambda m: m.text in ("any one", "any", "one"))]:
        owner = next(iter(state.following(single)), None)
        entity = _one_of_what(state, owner) if owner is not None else ""
        if owner is None or owner.became or not entity or not state.close(single, owner, 2) or state.ops("which") or owner.start < word.start:
            continue
        asked = next((m for m in state.following(word) if m is not owner and (m.metrics or m.entities) and m.start < owner.start), None)
        counted = count_metric(state, asked.entities[0]) if asked and asked.entities and not asked.metrics else None
        name = asked.metrics[0] if asked and asked.metrics else counted.metric if counted and counted.metric else state.meant_metric()
        state.add_metric(MetricRef(metric=name, agg="max" if word.has("top") else "min", over=entity))
        for mark in (single, word, owner, *([asked] if asked else [])):
            state.take(mark, "extreme")
        return True
    return False


def _one_of_what(state: State, owner: Mark) -> str:
    """The entity that any one is of; of the name of a number of rows, those rows: any one return requested."""
    rows = counts_rows(state, owner.metrics[0]) if owner.metrics and not owner.entities else None
    return owner.entities[0] if owner.entities else next((e for e, spec in state.catalog.spec.entities.items() if rows and spec.dataset == rows), "")


def of_each(state: State, op: Mark) -> bool:
    """The highest temperature at each airport ranks nothing: it is the greatest value of each. Left unexplained where there is none."""
    metric = next((m for m in state.following(op) if m.metrics), None)
    each = next((m for m in state.following(metric, skip=lambda m: False) if m.text in _EACH), None) if metric else None
    if metric is None or each is None or not state.close(op, metric, gap=1) or op.has("judge") or state.ops("which") or not _averaged(state, metric):
        return False
    extreme(state, op)
    return True


def _averaged(state: State, metric: Mark) -> str:
    """The field that a metric averages."""
    call = state.catalog.formula(metric.metrics[0]).aggregates[0].call
    return f"{call.this.table}.{call.this.name}" if isinstance(call, exp.Avg) and isinstance(call.this, exp.Column) else ""


def extreme(state: State, op: Mark | None) -> None:
    """The highest temperature, 最大风速: the greatest value of what is otherwise averaged, where the two words stand together."""
    metric = next(state.following(op), None) if op else None
    if op is None or metric is None or not metric.metrics or metric.became or not state.close(op, metric, gap=1) or state.ops("average"):
        return
    field = _averaged(state, metric)
    if field:
        state.add_metric(MetricRef(agg="max" if op.has("top", "maximum") else "min", field=field))
        state.take(metric, f"metric:{metric.metrics[0]}")
        state.take(op, "extreme")
