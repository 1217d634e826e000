"""Questions about days to come and about days that stand out: what they ask is read as ever, and handed to its analysis."""

from __future__ import annotations

import datetime as dt
import re

from assistant.reading.mark import Mark
from assistant.reading.outcome import Refuse
from assistant.reading.rules.counting import count_metric
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import shift
from semantic_layer.query import SemanticQuery, TimeRange

_ANALYSES = ("forecast", "anomaly")
# A part of the year that names none: of days to come, the next one.
_BARE = re.compile(
    r"(?:in |for |of |this |the )*(?:q[1-4]|h[12]|(?:first|second|third|fourth) (?:quarter|half))"
    r"|(?:in |for |of |this |the )*(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)[a-z]*"
    r"|(?:第?[一二三四1-4]季度?|[上下]半年|(?:\d{1,2}|十?[一二三四五六七八九十])月份?)的?(?:全月|整月|一整月|全季|整季)?"
)
_RECENTLY = re.compile(r"最近|近期|近来|这阵子|这段时间|这些天|这几天|recently|lately|of late|recent")
_IS_IT = re.compile(r"(?:is|are|was|were) ")
_LOOKED_BACK = 91  # days of 最近, where no number is said
_DAY = dt.timedelta(days=1)


def rule(state: State) -> None:
    """Takes the words that ask for a forecast, or for what is unusual; the first of them says which."""
    marks = [m for m in state.free(lambda m: m.has(*_ANALYSES)) if not _of_a_thing(state, m)]
    marks += [m for m in state.free(lambda m: m.text == "normal") if not marks and _IS_IT.match(state.text) and not list(state.following(m))]
    if not marks or state.analysis:
        return
    name = next((a for a in _ANALYSES if marks[0].has(a)), "anomaly")
    state.analysis = name
    for mark in marks:
        if mark.has(name) or not mark.has(*_ANALYSES):
            state.take(mark, name)
    for mark in state.free(lambda m: name == "forecast" and m.text in _WILL):
        state.take(mark, name)
    if name == "anomaly":
        _days(state)
        _recently(state)
    _counted(state)


def _of_a_thing(state: State, mark: Mark) -> bool:
    """异常订单, suspicious households, which customers are odd: things, not days."""
    if mark.has("anomaly") and any(m.has("which") and (thing := state.after(m)) and thing.groupable and not thing.metrics for m in state.marks):
        return True
    after = next(iter(state.following(mark)), None)
    touching = after is not None and state.text[mark.end : after.start].strip() in ("", "的")
    return mark.has("anomaly") and touching and after is not None and bool(after.entities) and not after.metrics


_WILL = ("会", "将", "能", "可能", "would", "could", "might")  # 预测哪些会流失: what is to come, said over again
# What says over again that days are looked for, and found.
_OF_DAYS = re.compile(r"[几一]?[天日]|日子|日期|时候|时间点?|数据点|点|什么|days?|dates?|points?|times?|anything")
_MOST = ("最", "most", "the most", "特别", "最为")
_FINDING = re.compile(r"检测|识别|标出|标记|标注|圈出|排查|找出|flag|spot|detect|highlight|identify|find|mark|point out|pick out")


def _days(state: State) -> None:
    for mark in state.free(lambda m: m.has("list", "trend", "which", "whether") or _OF_DAYS.fullmatch(m.text)):
        if not (mark.time or mark.groupable or mark.metrics or mark.values):
            state.take(mark, "anomaly")
    for mark in state.free(lambda m: (_FINDING.fullmatch(m.text) and not (m.metrics or m.entities)) or m.text in _MOST):
        ahead = next(iter(state.following(mark)), None)
        if ahead and ahead.became == "anomaly":  # flag any anomalies: no flags are meant; most unusual: the furthest comes first
            state.take(mark, "anomaly")


def _counted(state: State) -> None:
    """Did orders drop suddenly: a thing without a metric is counted."""
    things = state.free(lambda m: m.entities)
    if len(things) == 1 and not any(m.metrics or m.verbs for m in state.marks) and (metric := count_metric(state, things[0].entities[0])):
        state.add_metric(metric)
        state.take(things[0], f"metric:{metric.name}")


def _recently(state: State) -> None:
    """Days that stand out recently: in the last quarter of a year."""
    for mark in state.free(lambda m: m.time and m.time.kind == "unsupported" and _RECENTLY.fullmatch(m.text.strip())):
        state.take(mark, "time")
        end = min(state.data_end + _DAY, state.today) if state.data_end else state.today
        state.time = TimeRange(start=end - _LOOKED_BACK * _DAY, end=end, words=mark.text)
        state.assume(f"“{mark.text}”按最近 {_LOOKED_BACK} 天", f'"{mark.text}" as the last {_LOOKED_BACK} days')


def ahead(state: State) -> None:
    """Forecast July: the next one, although a month without a year is the last one in any other question."""
    time = state.time
    if state.analysis != "forecast" or time is None or not (time.start and time.end) or time.end > state.today:
        return
    if any(m.time and m.became == "time" and _BARE.fullmatch(m.text.strip()) for m in state.marks):
        years = next(n for n in range(1, 100) if shift(time.end, 12 * n, "month") > state.today)
        state.time = time.model_copy(update={"start": shift(time.start, 12 * years, "month"), "end": shift(time.end, 12 * years, "month")})


_NO_PERIOD = {
    "forecast": ("没有说时段，预测未来 28 天", "no period was said: the next 28 days"),
    "anomaly": ("没有说时段，看最近 91 天", "no period was said: the last 91 days"),
}
_WHOLE = {
    "forecast": Text(
        zh="预测只做一个指标的整体：不分组、不排名、不列名单。", en="A forecast is made of one number as a whole: no groups, rankings or lists."
    ),
    "anomaly": Text(
        zh="异常日只看一个指标的整体，按天：不分组、不排名、不列名单。",
        en="Unusual days are told of one number as a whole, by day: no groups, rankings or lists.",
    ),
}


def only_whole(state: State) -> None:
    """Raises Refuse where a forecast, or unusual days, are asked of what is no single number; offers it for the whole."""
    if state.analysis not in _ANALYSES or not (state.metrics or state.records):
        return
    grains = ("day", "week", "month", "quarter") if state.analysis == "forecast" else ("day",)
    groups = [g for g in state.groups if g.grain not in grains]
    if state.analysis == "anomaly" and not groups:
        state.limit = None  # which day was most unusual: the furthest comes first
    beside = state.records or state.compare or state.share or state.running or state.having or state.limit is not None
    if len(state.metrics) == 1 and not groups and not beside:
        state.order.clear()
        if state.time is None:
            state.assume(*_NO_PERIOD[state.analysis])
        return
    nearest: tuple[SemanticQuery, ...] = ()
    if state.metrics:
        nearest = (SemanticQuery(metrics=tuple(state.metrics[:1]), where=tuple(state.where), time=state.time),)
    raise Refuse(_WHOLE[state.analysis], nearest, analysis=state.analysis)


