"""Why a metric changed, or why one group is below another: the rest of the question says which change, and an analysis explains it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack
from assistant.reading.state import State
from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import Compare, FieldCondition, MetricRef, SemanticQuery, TimeRange

# They say that something is the cause, and do not ask for it: sales due to coupons.
_CLAIMS = (
    "due to", "because of", "attribute", "attributed to", "attribution", "explained by", "responsible for", "led to", "是因为", "归因",
)  # fmt: skip
_FALLS, _RISES = ("decline", "decline_top"), ("growth", "growth_top")
_BELOW, _ABOVE = ("lower", "less_than", "judge_bad", "bottom"), ("higher", "more_than", "top")
_ALSO = ("change", "versus", "degree", "judge", "neutral", "anomaly", "by_amount", "which", "how_many", "trend", "list")
# Of how it went, in a question that asks why; elsewhere they may be anything: a slip of a till, soft cheese.
_WEAK = (
    "slip", "slipped", "slipping", "soft", "softer", "weak", "weaker", "slow", "slower", "quiet", "flat", "slump", "slumped", "tank", "tanked",
    "sag", "sagged", "dip", "dipped", "sink", "sank", "slide", "slid", "shrink", "shrank", "shrunk", "suffer", "suffered", "poor", "down", "bad",
    "差", "差了", "淡", "冷清", "惨淡", "疲软", "不好", "不行", "变差",
)  # fmt: skip
_STRONG = (
    "strong", "stronger", "up", "jump", "jumped", "surge", "surged", "soar", "soared", "spike", "spiked", "climb", "climbed", "peak", "peaked",
    "good", "好", "好了", "旺", "火", "变好",
)  # fmt: skip
# How much, which is what the answer says.
_HOW_MUCH = (
    "突然", "忽然", "厉害", "那么厉害", "这么厉害", "明显", "大幅", "大幅度", "严重", "一下子", "一下", "猛", "惨", "那么惨", "这么惨", "狠", "快",
    "得这么", "得那么", "背后", "造成", "造成的", "引起", "引起的", "起来", "下来", "下去", "了这么多", "这么", "那么", "sudden", "sharp", "steep",
    "big", "large", "recent", "suddenly", "sharply", "badly", "dramatically", "significantly", "strongly", "steeply", "hard", "that much",
    "this much", "so much", "a lot", "happen", "happened", "went", "go", "going", "come", "been",
)  # fmt: skip
_UPWARD = re.compile(r"ris|rose|surg|spik|jump|increas|up|升|涨|增|高")
_DOWNWARD = re.compile(r"drop|fall|fell|dip|declin|decreas|down|降|跌|减|滑|低")
_NAMED = ("by", "which")
_BEHIND = ("不如", "不及", "比不上", "落后", "落后于", "低于", "below", "behind", "under", "lagging", "lags", "trailing", "trails", "weaker", "worse")
_AHEAD = ("超过", "高于", "好过", "领先", "领先于", "胜过", "above", "ahead", "ahead of", "stronger", "better")


def asked(state: State) -> None:
    """Takes the words that ask why; the change itself is read by the rules that follow."""
    for mark in [m for m in state.ops("why") if _one_of_the_columns(state, m)]:
        mark.ops -= {"why"}
    marks = [m for m in state.ops("why") if m.text not in _CLAIMS and not _splits(state, m)]
    if not marks:
        return
    state.analysis = "drivers"
    for mark in marks:
        state.take(mark, "why")
    for mark in state.free(lambda m: m.text in (*_WEAK, *_STRONG)):
        mark.ops, mark.verbs = frozenset(["decline" if mark.text in _WEAK else "growth"]), ()
        mark.metrics = mark.fields = mark.entities = mark.segments = mark.either = mark.counters = ()
        mark.values = ()
    for mark in state.ops("anomaly"):  # a sudden rise, 异常下降
        mark.ops = frozenset(["growth" if _UPWARD.search(mark.text) else "decline" if _DOWNWARD.search(mark.text) else "change"])
    periods = [m for m in state.marks if m.time and m.time.kind == "range"]
    for mark in state.free(lambda m: m.text in (*_BEHIND, *_AHEAD)):
        mark.ops = mark.ops | {"lower" if mark.text in _BEHIND else "higher"} | ({"versus"} if len(periods) > 1 else set())
    if not any(m.time for m in state.marks):  # else the rules of comparison would ask for two periods
        _directed(state)


def _splits(state: State, mark: Mark) -> bool:
    """按原因看, returns by reason: what the answer is to be split by."""
    before = state.before(mark)
    return before is not None and before.has(*_NAMED) and before.end <= mark.start <= before.end + 1 and before.text not in ("what", "which")


def _one_of_the_columns(state: State, mark: Mark) -> bool:
    """List the returns with request time, reason and amount: a column among others."""
    beside = [next(state.preceding(mark), None), next(state.following(mark), None)]
    listed = any(m and m.fields and _COLUMNS.fullmatch(_between(state, mark, m)) for m in beside)
    return bool(mark.fields and state.ops("list")) and listed


_COLUMNS = re.compile(r"\s*(?:,|、|和|与|及|and|, and|&|\+)\s*(?:the |its |their )?")


def _between(state: State, one: Mark, other: Mark) -> str:
    first, second = sorted((one, other), key=lambda m: m.start)
    return state.text[first.end : second.start]


def explained(state: State) -> None:
    """Takes what is left of the words of change, and asks back where no period is named. Raises AskBack."""
    if not state.analysis.startswith("drivers"):
        return
    _directed(state)
    for mark in (*state.ops(*_ALSO), *state.free(lambda m: m.text in _HOW_MUCH)):
        state.take(mark, "why")
    state.order.clear()
    state.having.clear()
    state.limit = None
    if not state.metrics and (state.groups or state.where or state.time):
        _default_metric(state)
    apart = any(isinstance(c, FieldCondition) and c.op == "in" for c in state.where) and state.groups
    several = len([m for m in state.marks if m.time and m.time.kind == "range" and m.became == "time"]) > 1
    if state.metrics and (state.time is None or several) and not apart and state.compare is None:
        query = SemanticQuery(metrics=tuple(state.metrics[:1]), where=tuple(state.where))
        raise which_period(query, state.today, state.data_end, state.catalog, state.analysis)


def _default_metric(state: State) -> None:
    name = state.default_metric()
    label = state.catalog.metric(name).label
    state.add_metric(MetricRef(metric=name))
    state.assume(f"未说明指标，按{label.zh}", f"no measure was named, so by {label.en}")


def _directed(state: State) -> None:
    """Whether it went down or up, by the words of the question."""
    for down, up in ((_FALLS, _RISES), (_BELOW, _ABOVE)):
        falls, rises = (_saying(state, ops) for ops in (down, up))
        for mark in (*falls, *rises):
            state.take(mark, "why")
        if state.analysis == "drivers" and bool(falls) != bool(rises):
            state.analysis = "drivers_of_fall" if falls else "drivers_of_rise"


def _saying(state: State, ops: tuple[str, ...]) -> list[Mark]:
    """The words of these kinds that are about the change: verbs of change always are, others where nothing else was made of them."""
    used = ("compare", "why", "said", "side by side", "trend")
    verbs = ops in (_FALLS, _RISES)
    return [m for m in state.marks if m.has(*ops) and (not m.became or m.became in used or (verbs and not (m.metrics or m.values)))]


def which_period(query: SemanticQuery, today: dt.date, data_end: dt.date | None, catalog: Catalog, analysis: str) -> AskBack:
    """The question back for the period whose change is to be explained: the last whole week, month or quarter."""
    end = min(today, data_end + dt.timedelta(days=1)) if data_end else today
    choices = []
    for grain in ("week", "month", "quarter"):
        last = floor(end, grain, catalog.spec.calendar.week_start)
        time = TimeRange(start=shift(last, -1, grain), end=last)
        choices.append(query.model_copy(update={"time": time, "compare": Compare()}))
    message = Text(zh="要解释哪一段时间的变化？", en="The change of which period is to be explained?")
    return AskBack(message, tuple(choices), analysis=analysis)


def only_why(marks: Sequence[Mark]) -> str:
    """The analysis that a question asks for that asks nothing but why: 为什么？ 原因呢 why did it fall? Empty for any other."""
    if not any(m.has("why") and m.text not in _CLAIMS for m in marks):
        return ""
    falls, rises = (any(m.has(*ops) for m in marks) for ops in (_FALLS, _RISES))
    known = ("why", *_FALLS, *_RISES, *_ALSO)
    if not all(m.filler or m.text in _HOW_MUCH or (m.has(*known) and not (m.metrics or m.values or m.time or m.segments)) for m in marks):
        return ""
    return "drivers" if falls == rises else "drivers_of_fall" if falls else "drivers_of_rise"
