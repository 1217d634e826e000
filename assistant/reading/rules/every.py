"""Entities that did something in each of several periods: shopped in every month of 2017, 每个月都来的顾客."""

from __future__ import annotations

import datetime as dt
import re

from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
from assistant.reading.rules.doers import doer, home_of
from assistant.reading.rules.doing import Doing, dataset_of
from assistant.reading.rules.done import count_unless_measured, exists_condition
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import TimeRange

_EVERY = re.compile(
    r"\b(?:in )?(?:each and every|every single|(?<=in )every|(?<=in )each) (?P<en>month|quarter|week)\b(?: of)?"
    r"|\b(?:in |across )?all (?:of the )?(?:\d+|three|four|six|twelve) (?P<all>month|quarter|week)s\b(?: of)?"
    r"|\ball (?:\d|two|three|four|five|six|twelve)(?P<listed>)(?=$|[?.,;])"
    r"|(?:每(?:一)?个?|各个?)(?P<zh>月|季度?|周|星期)(?:份)?(?=都|均|全)|(?P<zhzh>月月|周周|季季)"
)
_CAME = ("都来", "都有", "都买", "都消费", "都到")
_RELATIVE = re.compile(r"\b(?:who|that|which)\b|的(?:顾客|客户|会员|家庭|客人|人)")
_GRAINS = {"月": "month", "季": "quarter", "周": "week", "星": "week"}
_MOST = 13  # conditions of one query


def rule(state: State) -> None:
    """Turns every month of a period into one condition for each of its months; leaves what it cannot say unexplained."""
    said, who = _EVERY.search(state.text), doer(state)
    if said is None or who is None or (found := _deed(state, who, said)) is None:
        return
    verb, rows = found
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    inside = [m for m in state.free() if said.start() <= m.start < said.end() and m not in ranges]
    measured = state.free(lambda m: m.metrics and not m.entities and m not in inside and counted_entity(state, m.metrics[0]) != who)
    if measured and not _RELATIVE.search(state.text):
        return
    for mark in inside:
        mark.time, mark.ops = None, frozenset(["continuing"])  # no split by it, whatever becomes of the rest
    several = len(ranges) > 1
    word = next((g for g in said.groupdict().values() if g), ranges[0].time.grain if ranges and ranges[0].time else None) or ""
    grain = _GRAINS.get(word[:1], word)
    apart = several and said["listed"] is None and any(m.time and m.time.grain != grain for m in ranges)  # April, May and June are months
    if apart or state.ops("by", "versus", "top", "bottom", "share", "average", "not"):
        return
    whole = as_range(ranges[0].time) if ranges and ranges[0].time else _of_data(state)
    periods = [as_range(m.time) for m in ranges if m.time] if several else _buckets(state, whole, grain)
    if not 2 <= len(periods) <= _MOST:
        return
    things = state.free(lambda m: m.values or m.ids or m.segments)
    done = exists_condition(state, Doing(verb, rows, who, things=things))
    state.where += [done.model_copy(update={"time": p}) for p in periods]
    own = rows == home_of(state)
    told = state.free(lambda m: rows in m.verbs or m.text in ("都", "均", "全"))
    for mark in [*inside, *(ranges if several or not own else ()), *things, *told]:
        state.take(mark, f"exists:{rows}")
    count_unless_measured(state, Doing(verb, rows, who), whoever=not own)


def _deed(state: State, who: str, said: re.Match[str]) -> tuple[Mark, str] | None:
    """The verb of the question, and the rows that it tells of; where a bare 都有 says that they came, those of the default metric."""
    verbs = state.free(lambda m: m.verbs and not m.metrics)
    rows = {dataset_of(state, v, who) for v in verbs}
    if len(rows) == 1:
        return verbs[0], rows.pop()
    bare = not verbs and state.text[said.end() :].startswith(_CAME)
    return (state.marks[0], home_of(state)) if bare else None


def _of_data(state: State) -> TimeRange:
    """The whole span of the data: up to the last month, quarter or week that is over."""
    return TimeRange(start=state.data_start, end=min(d for d in (state.data_end and state.data_end + dt.timedelta(days=1), state.today) if d))


def _buckets(state: State, whole: TimeRange, grain: str) -> list[TimeRange]:
    """The whole months, quarters or weeks of a period; none where it does not consist of such."""
    week_start = state.catalog.spec.calendar.week_start
    if whole.start is None or whole.end is None or floor(whole.start, grain, week_start) != whole.start:
        return []
    out: list[TimeRange] = []
    at = whole.start
    while at < whole.end and len(out) <= _MOST:
        out.append(TimeRange(start=at, end=shift(at, 1, grain)))
        at = shift(at, 1, grain)
    return out if at == whole.end else []
