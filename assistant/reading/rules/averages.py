"""Averages, medians and extremes of a metric that is taken once per entity or per day, week, month."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.rules.counting import counted_entity, known_ratio, per_entity
from assistant.reading.rules.measures import begins_another, is_average
from assistant.reading.rules.ranking_head import asks_when, ranked_by
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import FORWARD_GRAINS, TIME, Aggregation, Group, MetricRef, SemanticQuery

_GRAINS = {
    "日": "day", "天": "day", "day": "day", "周": "week", "week": "week", "月": "month", "month": "month", "季": "quarter", "quarter": "quarter",
}  # fmt: skip
_ORDER = ("day", "week", "month", "quarter", "half", "year")
# These split an answer, and are not what a median or an extreme is taken of.
_SPLITS = ("by", "按", "分")
_PERIOD = re.compile(r" (?:single )?(?:day|week|month|quarter)\b(?!')")
_ONE_EACH = ("per", "per each", "for each", "each", "every", "每", "每个", "每家", "每位", "每名", "每一个", "每种", "每类", "每张", "每笔")
_ONE = ("一", "1", "one", "a", "an")


def nested(state: State) -> None:
    """The median or the extreme of a metric taken once per entity or period: median spend per household, the highest day's sales."""
    _per_counted(state)
    for op in state.ops("median", "maximum", "minimum"):
        agg: Aggregation = "median" if op.has("median") else "max" if op.has("maximum") else "min"
        if state.text[: op.start].endswith("(") and any(m.agg == agg for m in state.metrics):
            state.take(op, "said")  # 中间值(中位): once more in brackets
        else:
            _nest(state, op, agg)
    last: MetricRef | None = None
    for op in state.ops("top", "bottom"):
        if last is not None and last.agg != ("max" if op.has("top") else "min") and not state.groups:
            state.add_metric(last.model_copy(update={"agg": "max" if op.has("top") else "min"}))  # 单日小票数,最高多少、最低多少
            state.take(op, "other extreme")
            continue
        over = _single(state) or _possessed(state, op) or _daily(state)
        asked = state.free(lambda m: m.has("which") or (m.number and m.number.kind == "number"))
        if over is not None and not asked and not ranked_by(state) and not asks_when(state) and not _names_period(state, op, over[0]):
            _nest(state, op, "max" if op.has("top") else "min")
            last = next((m for m in state.metrics if m.over), None)


def _per_counted(state: State) -> None:
    """Receipts per active store: divided by the number that a metric gives; per store alone is a row for each."""
    for op in state.ops("by"):
        target = next(iter(state.following(op)), None)
        named = target is not None and not target.became and " " in target.text and bool(target.metrics)
        if target is None or not named or op.text not in _ONE_EACH or not state.close(op, target, 1):
            continue
        entity = counted_entity(state, target.metrics[0])
        if entity and not state.catalog.entity(entity).people and state.free(lambda m: m.metrics and m.end <= op.start):  # noqa: B023
            state.take(target, f"per:{entity}")
            state.take(op, "average")
            _divide(state, entity)


def _names_period(state: State, op: Mark, over: str) -> bool:
    """What was our single biggest month: which one it was, where no figure of it is named."""
    behind = _PERIOD.match(state.text, op.end)
    return over in FORWARD_GRAINS and behind is not None and not state.free(lambda m: m.metrics or m.has("by_amount"))


def _nest(state: State, op: Mark, agg: Aggregation) -> None:
    """Adds the metric nearest to the word, taken over the unit that is named; without a unit it is no nested value."""
    metric = state.nearest(op, lambda m: m.metrics, forward_first=op.text.isascii())
    over = _number_per_period(state, metric) or _single(state) or _possessed(state, op) or _of_each(state, op)
    over = over or _typical_one(state, op, metric) or _grouped(state, metric, agg)
    metric = _measured_of(state, metric, over)
    if over is not None:
        unit, said = over
        name = metric.metrics[0] if metric else state.meant_metric()
        ratio = per_entity(state, name)
        if ratio and ratio[1] == unit:
            name = ratio[0]
    elif agg == "median" and metric is not None and (column := _of_rows(state, metric)):
        state.add_metric(MetricRef(agg="median", field=column))
        state.take(op, "median")
        state.take(metric, f"metric:{metric.metrics[0]}")
        return
    elif agg == "median" and metric is not None:
        name, of_entity = _once_per(state, metric)
        if of_entity is None:
            return
        unit, said = of_entity, []
        _restated(state, unit, metric)
    else:
        return
    if unit in FORWARD_GRAINS:
        state.groups[:] = [g for g in state.groups if g.field != TIME or g.grain != unit]
    state.add_metric(MetricRef(metric=name, agg=agg, over=unit))
    for mark in [op, *said, *([metric] if metric else [])]:
        mark.became = ""
        state.take(mark, f"{agg} over {unit}")


def _number_per_period(state: State, metric: Mark | None) -> tuple[str, list[Mark]] | None:
    """Median number of households per day, 每天顾客数的中位数: the number is taken once per day, where a word says that they are counted."""
    before = next(iter(state.preceding(metric)), None) if metric else None
    counted = before is not None and before.has("how_many") and metric is not None and state.close(before, metric, 1)
    grains = [m for m in _grain_marks(state) if m.time and m.time.note == "per" and m.text.startswith(("per ", "a ", "each ", "every "))]
    return (str(grains[0].time.grain), [grains[0]]) if counted and len(grains) == 1 and grains[0].time else None


def _typical_one(state: State, op: Mark, metric: Mark | None) -> tuple[str, list[Mark]] | None:
    """How many trips did the median shopper make: one of those who are named right behind the word, of whom something else is measured."""
    others = state.free(lambda m: m.metrics and m is not metric)
    if metric is None or not metric.entities or not state.catalog.entity(metric.entities[0]).people or not others:
        return None
    beside = next(state.following(op, skip=lambda m: False), None) is metric and metric.text.isascii() and not metric.text.endswith("s")
    alone = len(others) == 1 and not others[0].entities and op.has("median")  # the median of how much households spent
    return (metric.entities[0], [metric]) if beside or alone else None


def _measured_of(state: State, metric: Mark | None, over: tuple[str, list[Mark]] | None) -> Mark | None:
    """The metric that is taken once per unit: not the word that names the unit."""
    if over is None or metric not in over[1]:
        return metric
    return next(iter(state.free(lambda m: m.metrics and m is not metric)), None)


def _of_rows(state: State, metric: Mark) -> str | None:
    """The column of rows that each have one value of their own: the median balance of customers, the median supply cost."""
    formula = state.catalog.formula(metric.metrics[0])
    call = formula.aggregates[0].call
    if not isinstance(formula.tree, exp.Placeholder) or not isinstance(call, (exp.Sum, exp.Avg)) or not isinstance(call.this, exp.Column):
        return None
    home = state.catalog.dataset(call.this.table)
    key = [home.fields[k].entity for k in home.primary_key]
    others = [m for m in state.free(lambda m: m.entities and not m.metrics) if (b := state.before(m)) is None or not b.has("by")]
    named = {e for m in others for e in m.entities}
    one_each = isinstance(call, exp.Avg) or (len(key) == 1 and key[0] is not None)
    further = {e for e in named if state.catalog.entity_field(e, call.this.table)} - {*key}
    return f"{call.this.table}.{call.this.name}" if one_each and not further else None


def _single(state: State) -> tuple[str, list[Mark]] | None:
    """单日, a single month, 单笔: the unit that is named as one."""
    for op in state.ops("single"):
        grain = next((v for k, v in _GRAINS.items() if k in op.text), None)
        if grain:
            return grain, [op]
        counted = next((e for m in state.catalog.spec.metrics if _counts_with(state, m, op.text[-1:]) and (e := counted_entity(state, m))), None)
        if counted:
            return counted, [op]
        behind = next((m for m in state.following(op) if m.became or not m.has("top", "bottom", "maximum", "minimum")), None)
        if behind and behind.entities and not behind.metrics:
            return behind.entities[0], [op, behind]
        if behind and behind.unknown and behind.text in _GRAINS:
            return _GRAINS[behind.text], [op, behind]
    return None


def _counts_with(state: State, metric: str, word: str) -> bool:
    return bool(word) and not word.isascii() and word in state.catalog.metric(metric).counters.all()


def _possessed(state: State, op: Mark) -> tuple[str, list[Mark]] | None:
    """The biggest day's takings: the unit right behind the word, with what it owns behind it."""
    behind = next(state.following(op, skip=lambda m: False), None)
    owned = behind is not None and behind.unknown and behind.text.removesuffix("'s") in _GRAINS
    if behind is None or not owned or not (behind.text.endswith("'s") or state.text[behind.end : behind.end + 2] == "'s"):
        return None
    return _GRAINS[behind.text.removesuffix("'s")], [behind]


def _of_each(state: State, op: Mark) -> tuple[str, list[Mark]] | None:
    """Peak day, 日销售额峰值: a bare unit beside the word, or before the metric."""
    behind = next(state.following(op, skip=lambda m: False), None)
    if behind is not None and behind.unknown and behind.text in _GRAINS and behind.start - op.end <= 1:
        return _GRAINS[behind.text], [behind]
    for mark in state.free(lambda m: m.unknown and m.text in _GRAINS and not m.text.isascii()):
        named = next(state.following(mark, skip=lambda m: False), None)
        if named is not None and named.metrics and named.start == mark.end:
            return _GRAINS[mark.text], [mark]
    return None


def _daily(state: State) -> tuple[str, list[Mark]] | None:
    """Highest daily sales: of each day, where nothing is named that could be ranked by day."""
    grains = [m for m in _grain_marks(state) if m.text.isascii() and m.text.endswith("ly")]
    named = state.free(lambda m: (m.groupable and not m.metrics) or m.has("by"))
    return (str(grains[0].time.grain), [grains[0]]) if len(grains) == 1 and grains[0].time and not named else None


def _grouped(state: State, metric: Mark | None, agg: Aggregation) -> tuple[str, list[Mark]] | None:
    """Median of daily sales, 每天销售额的最大值: the finest grain that belongs to the metric; any other groups the answer."""
    own = [m for m in _grain_marks(state) if not m.text.startswith(_SPLITS) and (m.text.endswith("ly") or (metric and _adjoin(state, m, metric)))]
    grains = sorted(own, key=lambda m: _ORDER.index(str(m.time.grain)) if m.time else 0)
    of_entities = agg == "median" and metric is not None and per_entity(state, metric.metrics[0]) is not None
    if not grains or of_entities or (agg != "median" and any(m.groupable and not m.metrics for m in state.free())):
        return None
    return str(grains[0].time.grain) if grains[0].time else "day", [grains[0]]


def _adjoin(state: State, first: Mark, second: Mark) -> bool:
    return first.end <= second.start and not state.text[first.end : second.start].strip(" 的")


def _grain_marks(state: State) -> list[Mark]:
    return [m for m in state.marks if m.time and m.time.kind == "grain" and m.time.grain in _ORDER and m.time.note not in ("which", "average")]


def _once_per(state: State, metric: Mark) -> tuple[str, str | None]:
    """(metric, over): a ratio per entity is its numerator over that entity; else the entity named as a group."""
    ratio = per_entity(state, metric.metrics[0])
    if ratio:
        return ratio
    named = state.free(lambda m: m.entities and m is not metric)
    for mark in [*(m for m in named if (b := state.before(m)) and b.has("by")), *named]:
        before = state.before(mark)
        if before and before.has("by", "total"):
            state.take(before, "median")
        state.take(mark, f"over:{mark.entities[0]}")
        return metric.metrics[0], mark.entities[0]
    own = metric.entities[0] if metric.entities else None
    if own:
        return state.meant_metric(), own
    return metric.metrics[0], None


def _restated(state: State, entity: str, metric: Mark) -> None:
    """(每户算一个数): the same entity named again."""
    for mark in state.free(lambda m: m.entities and m is not metric and m.entities[0] == entity):
        before = next(state.preceding(mark), None)
        if before and before.has("by"):
            state.take(before, "median")
        state.take(mark, f"over:{entity}")


def rule(state: State) -> None:
    """Average per day, per store: the metric divided by days, or by the distinct stores."""
    grain = next(iter(state.free(lambda m: m.time and m.time.note == "average")), None)
    op = next(iter(state.ops("average")), None)
    if grain is None and op is not None:
        grain = next((m for m in state.marks if m.time and m.time.kind == "grain" and m.time.note == "per" and m.became.startswith("group:")), None)
        if grain and grain.time:
            state.groups[:] = [g for g in state.groups if g.grain != grain.time.grain or g.field != TIME]
    if grain is not None and grain.time:
        _said_twice(state, grain)
        if state.metrics and state.metrics[-1].per and not state.free(lambda m: m.metrics):
            state.add_group(Group(field=TIME, grain=grain.time.grain))  # type: ignore[arg-type]  # line items per order, yearly average
            state.take(grain, f"group:{grain.time.grain}")
            return
        _divide(state, grain.time.grain or "day")
        grain.became = ""
        state.take(grain, f"per:{grain.time.grain}")
        for mark in state.ops("average"):
            state.take(mark, "average")
        return
    entity = _averaged_over(state, op) if op else None
    if entity and op:
        _divide(state, entity)
        state.take(op, "average")
    elif op:
        _mean(state, op)


def _said_twice(state: State, average: Mark) -> None:
    """More per day at weekends? Average daily sales: the day of the average is no group beside it; 每天的顾客数再求日平均."""
    one = len(state.free(lambda m: m.metrics) or state.metrics) == 1
    for mark in state.marks:
        told = mark is not average and mark.time and mark.time.kind == "grain" and (mark.time.note == "per" or (one and not mark.time.note))
        if told and mark.time and average.time and mark.time.grain == average.time.grain:
            state.groups[:] = [g for g in state.groups if g.field != TIME or g.grain != mark.time.grain]
            mark.became = f"per:{mark.time.grain}"


def _mean(state: State, op: Mark) -> None:
    """平均账户余额: of what the catalog adds up for rows that each have one, the mean of the rows."""
    around = (next(iter(state.following(op)), None), next(iter(state.preceding(op)), None))
    beside = next((m for m in around if m and m.metrics and state.close(op, m)), None)
    column = _of_rows(state, beside) if beside and not beside.became and not is_average(state, beside.metrics[0]) else None
    if beside is None or column is None:
        return
    name = next((n for n in state.catalog.spec.metrics if averages_column(state, n, column)), None)
    state.add_metric(MetricRef(metric=name) if name else MetricRef(agg="avg", field=column))
    for mark in (op, beside):
        state.take(mark, f"metric:{name or column}")


def averages_column(state: State, metric: str, column: str) -> bool:
    formula = state.catalog.formula(metric)
    call = formula.aggregates[0].call
    if not isinstance(formula.tree, exp.Placeholder) or not isinstance(call, exp.Avg) or formula.aggregates[0].filter:
        return False
    return isinstance(call.this, exp.Column) and f"{call.this.table}.{call.this.name}" == column


def _averaged_over(state: State, op: Mark) -> str | None:
    """The entity an average is per: 平均每家店, per store beside average, 平均一户, the average household."""
    for before, target, entity in _targets(state, op):
        state.groups[:] = [g for g in state.groups if g.field not in (entity, target.shown or entity)]
        for mark in (before, target):
            mark.became = ""
            state.take(mark, f"per:{entity}" if mark is target else "average")
        return entity
    return None


def _targets(state: State, op: Mark) -> Iterator[tuple[Mark, Mark, str]]:
    for by in state.ops("by") + [m for m in state.marks if m.has("by") and m.became == "group"]:
        target = state.after(by)
        if target and (_is_one(target) if by.text in _ONE_EACH else target.entities and not target.metrics):
            yield by, target, target.entities[0]
    for one in state.marks:
        if one.text in _ONE and not one.became:
            target = next(state.following(one, skip=lambda m: False), None)
            beside = op.end == one.start and target is not None and target.became.startswith(("entity:", "subject"))  # 领过券的人,平均一人领几张
            entity = _entity_of(state, target) if target and (beside or not target.became) else None
            if entity is None and target and not target.became and _spends(state, one, target):
                entity = target.entities[0]
            if target and entity:
                yield one, target, entity
    named = next(state.following(op, skip=lambda m: False), None)
    if named and begins_another(state, op, named):
        return
    if named and _is_one(named) and not named.became and op.text.isascii() and not named.text.endswith("s") and _asks_more(state, named):
        yield op, named, named.entities[0]


def _spends(state: State, one: Mark, target: Mark) -> bool:
    """How much did a shopper spend, on average: one of those who do what is measured right behind them."""
    measured = next(state.following(target, skip=lambda m: False), None)
    done = measured is not None and bool(measured.metrics) and not measured.entities and state.close(target, measured, 1)
    return one.text.isascii() and one.text.isalpha() and _is_one(target) and done


def _is_one(mark: Mark) -> bool:
    """Whether a word names one entity, although its plural names a metric: per basket."""
    return bool(mark.entities) and (not mark.metrics or (mark.text.isascii() and not mark.text.endswith("s")))


def _asks_more(state: State, mark: Mark) -> bool:
    return bool(state.metrics or state.free(lambda m: m.metrics and m is not mark))


def _entity_of(state: State, mark: Mark) -> str | None:
    """The entity that a word names, or that its counter counts: 一户人家."""
    if mark.entities and not mark.metrics:
        return mark.entities[0]
    return counted_entity(state, mark.counters[0]) if mark.counters and not mark.text.isascii() else None


def _divide(state: State, per: str) -> None:
    """Adds the average per unit: known as a ratio, of the values of each unit, or the whole divided by the units."""
    marks = state.free(lambda m: m.metrics and counted_entity(state, m.metrics[0]) != per) or state.free(lambda m: m.metrics or m.counters)
    if not marks and state.metrics and state.metrics[-1].metric and not state.metrics[-1].per:
        name = state.metrics.pop().metric or ""
    else:
        name = (marks[0].metrics or marks[0].counters)[0] if marks else state.meant_metric()
    if marks:
        state.take(marks[0], f"metric:{name}")
    ratio = per_entity(state, name)
    if ratio and ratio[1] == per:
        state.add_metric(MetricRef(metric=name))
        return
    if is_average(state, name):
        # An average is not divided again: that of each day, of each store is asked for.
        state.add_metric(MetricRef(metric=name))
        shown = next((m.shown for m in state.marks if per in m.entities and m.shown), per)
        state.add_group(Group(field=TIME, grain=per) if per in FORWARD_GRAINS else Group(field=shown))  # type: ignore[arg-type]
        return
    known = known_ratio(state, name, per)
    if known:
        state.add_metric(MetricRef(metric=known))
        for mark in marks[:1]:
            mark.became = f"metric:{known}"
    elif _comes_again(state, name, per):
        state.add_metric(MetricRef(metric=name, agg="avg", over=per))
        state.assume("每个单位各算一次再取平均", "counted once for each, then averaged")
    else:
        _ask_which_average(state, name, per)
        state.add_metric(MetricRef(metric=name, per=per))


def _ask_which_average(state: State, name: str, per: str) -> None:
    """一单平均多少钱, in a shop whose average order value is of another amount: which of the two is meant?"""
    unit = state.catalog.metric(name).unit
    other = next((m for m, spec in state.catalog.spec.metrics.items() if unit and spec.unit == unit and _is_per(state, m, per)), None)
    if other is None:
        return
    refs = (MetricRef(metric=other), MetricRef(metric=name, per=per))
    asked, known = state.catalog.metric(name).label, state.catalog.metric(other).label
    raise AskBack(
        Text(zh=f"是指{known.zh}，还是{asked.zh}的平均？", en=f"Is it {known.en}, or the average of {asked.en}?"),
        tuple(SemanticQuery(metrics=(ref,), time=state.time, group_by=tuple(state.groups), where=tuple(state.where)) for ref in refs),
        (asked.en,),
    )


def _is_per(state: State, metric: str, entity: str) -> bool:
    """Whether a metric is a ratio to the number of an entity, counted by its rows."""
    formula = state.catalog.formula(metric)
    if entity not in state.catalog.spec.entities or not isinstance(formula.tree, exp.Div) or len(formula.aggregates) != 2:
        return False
    bottom = formula.aggregates[1]
    return bottom.counts and bottom.kind == "additive" and not bottom.filter and bottom.home == state.catalog.entity(entity).dataset


def _comes_again(state: State, name: str, per: str) -> bool:
    """Whether what a metric counts comes again in another unit: the customers of one day are also those of the next."""
    entity = counted_entity(state, name)
    if entity is None or entity == per:
        return False
    return state.catalog.entity(entity).people or sum(1 for d in state.catalog.spec.datasets if state.catalog.entity_field(entity, d)) > 1
