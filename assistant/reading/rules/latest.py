"""The first and the last of what is dated: when was the first order, 最近一笔订单是哪天, the 8 most recent orders."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
from assistant.reading.state import State
from semantic_layer.query import MetricRef

_EARLIEST = ("最早", "最先", "第一", "头一", "earliest", "oldest", "first", "very first")
LATEST = ("最近", "最新", "最晚", "最后", "latest", "newest", "most recent", "last", "very last")
_ONE_NAME = re.compile(r"(first|last|latest|earliest) ([a-z]+)")
_WHEN = re.compile(r"哪一?[天日]|什么时候|何时|几月几[号日]|什么日子|\bwhen\b|\b(?:what|which) (?:date|day)\b|\bon what (?:date|day)\b")
_BETWEEN = ("的", "一", "个", "of", "the", "our")
_CLASSIFIERS = ("个", "条", "笔", "单", "张")


def rule(state: State) -> None:
    """Takes the date of the first or the last one, or as many rows as are asked for of them."""
    for word, latest, named in list(_words(state)):
        when = _WHEN.search(state.text)
        field = _date(state, named)
        if field is None:
            continue
        inner = [m for m in state.marks if word.end <= m.start and m.end <= named.start]
        numbers = [m for m in (*inner, *_right_before(state, word)) if m.number and m.number.kind == "number" and not m.became]
        if when and all(m.number and m.number.value == 1 for m in numbers):
            state.add_metric(MetricRef(agg="max" if latest else "min", field=field))
            word.time, word.ops = None, frozenset()
            for mark in [word, named, *numbers, *(m for m in state.marks if when.start() <= m.start and m.end <= when.end())]:
                state.take(mark, "when")
            return
        if numbers and not when and named is not word:
            _rows(state, word, latest, numbers[0])
            return


def _words(state: State) -> Iterator[tuple[Mark, bool, Mark]]:
    """Words of order in time, whether they mean the last, and what they stand before."""
    for mark in state.free(lambda m: _plain(m) in (*_EARLIEST, *LATEST)):
        behind = state.following(mark, skip=lambda m: m.text in (*_BETWEEN, *_CLASSIFIERS) or m.number or m.values)
        named = next(behind, None)
        counter = next((m for m in state.following(mark, skip=lambda m: m.text in _BETWEEN or bool(m.number)) if m.counters), None)
        for thing in (named, counter):
            if thing is not None and _entity(state, thing) and thing.start - mark.end < 20 and state.same_clause(mark, thing):
                yield mark, _plain(mark) in LATEST, thing
                break
    for mark in state.free(lambda m: m.has("new") and _ONE_NAME.fullmatch(m.text)):
        yield mark, mark.text.startswith(("last", "latest")), mark


def _plain(mark: Mark) -> str:
    """The word of order alone: of "the last", of 最后一笔."""
    return re.sub(r"^the |的?一[笔单次张个条]$", "", mark.text)


def _right_before(state: State, word: Mark) -> list[Mark]:
    before = next(state.preceding(word), None)
    return [before] if before and before.end == word.start - 1 and word.text.isascii() else []


def _entity(state: State, mark: Mark) -> str | None:
    """The entity that a name or a counter stands for: orders, 笔订单, the first order in one word."""
    if told := _ONE_NAME.fullmatch(mark.text) if not mark.entities else None:
        names = {n.lower(): e for e, spec in state.catalog.spec.entities.items() for n in spec.names()}
        return names.get(told[2])
    return mark.entities[0] if mark.entities else counted_entity(state, mark.counters[0]) if mark.counters else None


def _date(state: State, named: Mark) -> str | None:
    """The field that dates each row of what is named; None where it has no date of its own."""
    entity = _entity(state, named)
    dataset = state.catalog.entity(entity).dataset if entity else None
    time = state.catalog.dataset(dataset).time if dataset else None
    return f"{dataset}.{time}" if time and "." not in time else None


def _rows(state: State, word: Mark, latest: bool, number: Mark) -> None:
    """The 8 most recent orders: a list, the last first, cut off after so many."""
    assert number.number
    for mark in state.ops("list"):
        state.take(mark, "list")
    word.time, word.ops = None, frozenset(["latest_first" if latest else "earliest_first", "list"])
    state.limit = int(number.number.value)
    number.number, number.ops = None, frozenset([FILLER])
