"""Growth, decline and change between two periods."""

from __future__ import annotations

from assistant.reading.outcome import AskBack, Refuse
from assistant.reading.rules.counting import count_metric
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import previous, shift
from semantic_layer.query import FORWARD_GRAINS, Compare, TimeRange

_WORDS = ("growth", "decline", "change", "growth_top", "decline_top", "by_amount")
_DIFFER = ("差多少", "差了多少", "相差", "差异", "差别", "差多少钱", "differ", "difference", "differences")
_BETTER = ("好", "差", "强", "好些", "好点", "好一点", "好一些", "差些", "差点", "差一点", "更好", "更差", "好吗", "好不好", "理想")
_IN_PERCENT = ("percent", "per cent", "percentage", "pct", "%", "百分比", "百分点", "percentages", "percentage points")


def rule(state: State) -> None:
    """Takes the words of change; without a named base it is the period before."""
    words = state.ops(*_WORDS)
    if state.compare is not None:
        _count_of_them(state)
    changing = [m for m in words if not m.has("by_amount")]
    if not changing and state.compare is None:
        return
    if state.compare is None and any(g.case is not None for g in state.groups):
        for mark in state.ops("change"):
            state.take(mark, "compare")  # weekends and weekdays: two groups are set side by side, and no two periods
        return
    if state.compare is None:
        if state.ops("trend") and not any(m.has("growth_top", "decline_top") for m in changing):
            return
        if _is_only_a_trend(state):
            for mark in changing:
                state.take(mark, "trend")
            return
        if _between_groups(state):
            for mark in changing:
                state.take(mark, "compare")
            return
        _previous(state)
        _count_of_them(state)
    for mark in changing:
        if not mark.has("growth_top", "decline_top", "growth", "decline"):
            state.take(mark, "compare")
    for mark in state.ops("versus"):
        state.take(mark, "compare")
    for mark in state.free(lambda m: bool(words) and m.text in _IN_PERCENT):
        state.take(mark, "compare")
    for mark in state.free(lambda m: m.unknown and m.text in _BETTER):
        if not list(state.following(mark)) and state.text[: mark.start].count("比") == 1:
            state.take(mark, "compare")  # 准时率是不是比5月好: the figures tell


def based(state: State) -> None:
    """YoY growth for Q1 2017, 2017 against 2016, in data that begin in 2017: where only the change is asked for, or a base that
    is named, and the base is before all data. Raises Refuse."""
    time, compare, first = state.time, state.compare, state.data_start
    if compare is None or first is None or state.about:
        return
    named = [m.time for m in state.marks if m.time and m.time.kind == "range" and m.time.last and m.time.last <= first]
    grown = any(m.has("growth", "decline") for m in state.marks)
    if any(m.became.startswith("metric:") for m in state.marks) and not (named and not grown):
        return
    if compare.to == "previous" and time and any(g.grain and _holds_several(time, g.grain) for g in state.groups):
        return  # 17年按月环比: all periods but the first have one before them
    base = compare.range
    if base is None and time and time.start and time.end and compare.to in ("previous", "last_year"):
        base = previous(time, state.today, compare.to)[1]
    if base and base.end and base.end <= first:
        raise Refuse(
            Text(
                zh=f"数据从 {first} 开始，没有可以比较的上一段时间，算不出增长。",
                en=f"The data begin on {first}: there is no earlier period to compare with, so no growth can be given.",
            )
        )


def _holds_several(time: TimeRange, grain: str) -> bool:
    return bool(time.start and time.end and grain in FORWARD_GRAINS and shift(time.start, 1, grain) < time.end)


def _count_of_them(state: State) -> None:
    """上周的客人比前一周多还是少: how many they are, where nothing else is said of them."""
    more_or_fewer = [m for m in state.ops("change", "higher", "lower") if any(w in m.text for w in ("多", "少", "more", "fewer"))]
    entities = state.free(lambda m: m.entities and not m.metrics)
    if not more_or_fewer or len(entities) != 1 or state.metrics or state.free(lambda m: m.metrics):
        return
    before = state.before(entities[0])
    counted = None if before and before.has("by", "which") else count_metric(state, entities[0].entities[0])
    if counted:
        state.add_metric(counted)
        state.take(entities[0], "count")


def _is_only_a_trend(state: State) -> bool:
    """ "How sales change by month" is a trend, not a comparison."""
    in_percent = any("percent" in m.text or "%" in m.text for m in state.ops("change"))
    return any(g.grain for g in state.groups) and not in_percent and not state.ops("growth", "decline", "growth_top", "decline_top")


def _between_groups(state: State) -> bool:
    """不同收入的家庭人均消费差多少: the difference from one group to the next is seen in the split, where no period is named."""
    split = any((t := state.after(op)) and t.fields for op in state.ops("by", "which"))
    return split and state.time is None and all(w in _DIFFER for w in (m.text for m in state.ops(*_WORDS)))


def _previous(state: State) -> None:
    if state.time is None and not any(g.grain for g in state.groups):
        raise AskBack(
            Text(zh="要比较哪两段时间？例如“12月比11月”。", en='Which two periods should be compared? For example "December against November".'),
        )
    state.compare = Compare(to="previous")
    if not any(g.grain for g in state.groups):
        state.assume("与上一个同样长的时间段相比", "compared with the period before")
