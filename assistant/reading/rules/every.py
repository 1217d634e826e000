"""Entities that did something in each of several periods: shopped in every month of 2017, 每个月都来的顾客."""

from __future__ import annotations

import datetime as dt
import re

from assistant.reading.rules.counting import counted_entity
from assistant.reading.rules.doers import doer, home_of
from assistant.reading.rules.done import of_doer
from assistant.reading.rules.filters import conditions_of
from assistant.reading.rules.periods import as_range
from assistant.reading.state import State
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import ExistsCondition, TimeRange

_EVERY = re.compile(
    r"\b(?:in )?(?:each and every|every single|(?<=in )every|(?<=in )each) (?P<en>month|quarter|week)\b(?: of)?"
    r"|\b(?:in |across )?all (?:of the )?(?:\d+|three|four|six|twelve) (?P<all>month|quarter|week)s\b(?: of)?"
    r"|(?:每(?:一)?个?|各个?)(?P<zh>月|季度?|周|星期)(?:份)?(?=都|均|全)|(?P<zhzh>月月|周周|季季)"
)
_CAME = ("都来", "都有", "都买", "都消费", "都到")
_RELATIVE = re.compile(r"\b(?:who|that|which)\b|的(?:顾客|客户|会员|家庭|客人|人)")
_GRAINS = {"月": "month", "季": "quarter", "周": "week", "星": "week"}
_MOST = 13  # conditions of one query


def rule(state: State) -> None:
    """Turns every month of a period into one condition for each of its months; leaves what it cannot say unexplained."""
    said, who = _EVERY.search(state.text), doer(state)
    home = home_of(state)
    if said is None or who is None or (not any(home in m.verbs for m in state.marks) and not state.text[said.end() :].startswith(_CAME)):
        return
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    inside = [m for m in state.free() if said.start() <= m.start < said.end() and m not in ranges]
    measured = state.free(lambda m: m.metrics and not m.entities and m not in inside and counted_entity(state, m.metrics[0]) != who)
    if measured and not _RELATIVE.search(state.text):
        return
    for mark in inside:
        mark.time, mark.ops = None, frozenset(["continuing"])  # no split by it, whatever becomes of the rest
    if len(ranges) > 1 or state.ops("by", "versus", "top", "bottom", "share", "average", "not"):
        return
    word = next(g for g in said.groupdict().values() if g)
    periods = _buckets(state, as_range(ranges[0].time) if ranges and ranges[0].time else _of_data(state), _GRAINS.get(word[0], word))
    if not 2 <= len(periods) <= _MOST:
        return
    where = tuple(conditions_of(state, state.free(lambda m: m.values or m.ids or m.segments)))
    state.where += [ExistsCondition(entity=who, exists=home, where=where, time=p) for p in periods]
    for mark in [*inside, *state.free(lambda m: home in m.verbs or m.text in ("都", "均", "全"))]:
        state.take(mark, f"exists:{home}")
    of_doer(state, who)


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
