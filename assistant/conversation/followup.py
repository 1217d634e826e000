"""Reads a question as a change of the last query: what its words name replaces or joins what is there, everything else stays."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

from assistant.conversation.comparing import Comparing
from assistant.conversation.dimensions import of_condition
from assistant.conversation.guards import Guarding
from assistant.conversation.known import settle_values
from assistant.conversation.merge import merge
from assistant.conversation.periods import moved
from assistant.conversation.ranking import Ranking
from assistant.conversation.sharing import Sharing
from assistant.language import TimeSpan, find_times
from assistant.language.reasons import EVERY_OR_LATEST
from assistant.reading import AskBack, Reading, Refuse
from assistant.reading.mark import Mark
from assistant.reading.rules import RULES, measures
from assistant.reading.rules.counting import per_entity, what_is_counted, whom_it_counts
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import floor
from semantic_layer.query import (
    Comparator,
    EntityCondition,
    EventCondition,
    Group,
    Having,
    MetricRef,
    Order,
    SemanticQuery,
)

_AT = RULES.index(measures.defaults)  # what is read before the rest of the query is there, and after
_DATED = re.compile(r"\d{4}|今|去年|前年|\b(?:this|last) year\b")
_DEICTIC = re.compile(
    r"\d{4}|今|去|前|上(?!半|旬)|下(?!半|旬)|本|这|昨|最近|近|过去|以来|至今"
    r"|this|last|previous|past|recent|today|yester|to date|ytd|so far|next|current|ago"
)
_SLIDING = re.compile(r"^(?:in |on |for |the )*(?:last|previous|prior) (?:day|week|month|quarter|year)$|^上一?个?(?:天|周|星期|礼拜|月|季度|季|年)$")

_BEFORE = re.compile(r"^(?:the )?(?:previous|prior) (?:day|week|month|quarter|year)$|^(?:上|前)一个?(?:天|周|星期|礼拜|月|季度|季|年)$")
_NEXT = re.compile(r"^(?:the )?next (?:day|week|month|quarter|year)$|^下一?个?(?:天|周|星期|礼拜|月|季度|季|年)$")
_NUMBER_OF = re.compile(r"[数量]$|\bnumber\b|\bcount\b")
_EMPTY = frozenset(f"follow-up: {kind}" for kind in ("about", "about_start", "about_end", "same", "only"))  # they change nothing by themselves
_COMPARATORS: dict[str, Comparator] = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}


class FollowUp(Comparing, Sharing, Ranking, Guarding):
    """One question about one last query. Raises AskBack where what it points to is not clear."""

    def read(self) -> Reading:
        """Raises AskBack or Refuse."""
        rules = (self._begin, *RULES[:_AT], self._merge, *RULES[_AT:])
        try:
            reading = self.reader.read(self.question, rules, (*self.changes.claimed, *self._who_did()), self.base.metrics)
            self._refuse_unasked(reading)
            self._refuse_without_base(reading)
            self._refuse_unused(reading)
            self._ask_whose(reading)
            meant = {became for _, became in reading.words} - _EMPTY
            nothing = not meant or "subject" in meant or "exclude" in meant or self.changes.instead
            if reading.query == self.base and nothing:
                raise Refuse(Text(zh="没有看出要怎么改上一问。", en="It does not say what to change about the last question."))
            return replace(reading, words=tuple((text, became) for text, became in reading.words if text))
        except AskBack as asked:
            asked.choices = self._completed(asked)
            if known := self._of_what_is_asked(asked):
                return known
            raise

    def _who_did(self) -> tuple[Mark, ...]:
        """8月来了但7月没来的: of those whom the last question counted; as if their name stood at the end."""
        counted = [e for m in self.base.metrics if m.metric and (e := what_is_counted(self.catalog, m.metric))]
        plain = not any(m.metrics or m.entities or m.has("how_many") for m in self.marks)
        several = len([m for m in self.marks if m.time and m.time.kind == "range"]) > 1
        if len(counted) != 1 or not plain or not several or not any(m.verbs for m in self.marks):
            return ()
        end = len(self.text)
        return (Mark(end, end, "", entities=(counted[0],)),)

    @property
    def _takes(self) -> tuple[Callable[[State], None], ...]:
        """What is understood of the last query before the rules read the rest, in its order."""
        periods = (self._new_again, self._dated, self._each_weekday, self._against)
        ranking = (self._judged, self._sorted_by_change, self._changed)
        measure = (self._per, self._ranked_by, self._so_many)
        return (*periods, *ranking, self._split, self._part_of, self._bound_anew, self._threshold, *measure, self._qualified)

    # -- before the rules -----------------------------------------------------------------------------------------

    def _begin(self, state: State) -> None:
        """What the rules need to know of the last query; what they leave as it is was not named."""
        self.working = change = copy.deepcopy(self.changes)
        base = self.base
        if state.marks and not any(m.groupable or (m.time and m.time.kind in ("grain", "cyclic")) for m in state.free()):
            state.groups = [g for g in base.group_by if g.name not in change.ungrouped]
        state.time = change.period or base.time
        state.compare = self._compare(state.time, change.against) if state.time and change.against else base.compare
        state.groups += [g for g in change.beside if g not in state.groups]
        settle_values(state, self.last)
        for take in self._takes:
            take(state)

    def _dated(self, state: State) -> None:
        """Q2, 四月: of the year of the last period, where that year was named. Last month, where that is the last period: the one before it."""
        base = self.base.time
        if base is None or base.start is None or base.end is None:
            return
        for mark in state.free(lambda m: m.time and m.time.kind == "range"):
            assert mark.time
            text = mark.text.strip()
            same = (mark.time.first, mark.time.last) == (base.start, base.end)
            back = (_SLIDING.match(text) and same) or _BEFORE.match(text)
            if (back or _NEXT.match(text)) and not state.ops("versus"):
                other = moved(base, mark.time.grain, -1 if back else 1)
                if other:
                    mark.time = replace(mark.time, first=other.start, last=other.end)
            elif _DATED.search(base.words) and not _DEICTIC.search(mark.text) and mark.time.first and mark.time.first.year != base.start.year:
                after = base.start.replace(year=base.start.year + 1, month=1, day=1)
                clock = replace(self.reader.clock, today=after, data_end=after)
                found = find_times(mark.text, clock)
                if len(found) == 1 and found[0].kind == "range" and found[0].first and found[0].first.year == base.start.year:
                    mark.time = replace(found[0], start=mark.start, end=mark.end)
                    mark.text = f"{base.start.year} {mark.text}"

    def _each_weekday(self, state: State) -> None:
        """Weekends, of a period of more than a week: all of them. Of a week: those of its days."""
        time = self.base.time
        week = time is not None and time.start is not None and time.end is not None and (time.end - time.start).days <= 7
        for mark in state.free(lambda m: m.time and (m.time.note == EVERY_OR_LATEST or (week and m.time.kind == "weekday"))):
            found = [t for every in ("每个", "every ") for t in find_times(every + mark.text, self.reader.clock) if t.kind == "weekday"]
            if found and week and time and time.start and time.end:
                first, last = time.start, time.end
                if (last - first).days < 7 and last <= (monday := floor(first, "week")) + dt.timedelta(7):
                    first, last = monday, monday + dt.timedelta(7)  # its working days, then its weekend
                days = [d for n in range((last - first).days) if (d := first + dt.timedelta(n)).isoweekday() in found[0].weekdays]
                if days and (days[-1] - days[0]).days == len(days) - 1:
                    mark.time = TimeSpan(mark.start, mark.end, "range", days[0], days[-1] + dt.timedelta(1), "day")
            elif found:
                mark.time = replace(found[0], start=mark.start, end=mark.end)

    def _threshold(self, state: State) -> None:
        """Only those above 10,000: of what the last question measured, where nothing else is named."""
        numbers = state.free(lambda m: m.number and not m.time)
        ops = state.ops(*_COMPARATORS)
        if len(numbers) != 1 or len(ops) != 1 or not self.base.group_by or not self.base.metrics or state.compare:
            return
        number, op = numbers[0].number, ops[0]
        if number is None or number.kind not in ("number", "percent", "amount", "money") or not state.close(op, numbers[0]):
            return
        if state.free(lambda m: (m.metrics or m.counters or m.verbs) and not m.filler and m is not numbers[0]):
            return
        sign = next(sign for name, sign in _COMPARATORS.items() if op.has(name))
        metric = self.base.metrics[0]
        in_percent = metric.share or (metric.metric is not None and self.catalog.metric(metric.metric).format == "percent")
        if (number.kind == "percent") != in_percent and (number.kind == "percent" or number.value > 1):
            return  # 5% of an amount, 5 of a rate: neither says what is meant
        state.having.append(Having(by=metric.name, op=sign, value=float(number.value)))
        nouns = state.free(lambda m: m.groupable in {g.field for g in self.base.group_by})
        for mark in (op, numbers[0], *nouns, *state.ops("which")):
            state.take(mark, "threshold:last")

    def _bound_anew(self, state: State) -> None:
        """And those above 100 trips: another bound of the condition that the last query puts on them."""
        numbers, ops = state.free(lambda m: m.number and not m.time), state.ops(*_COMPARATORS)
        if len(numbers) != 1 or len(ops) != 1 or numbers[0].number is None or not state.close(ops[0], numbers[0]):
            return
        named = state.free(lambda m: (m.metrics or m.counters) and not m.filler)
        about = {n for m in named for n in (*m.metrics, *m.counters)}
        of_part = [c for m in self.base.metrics for c in m.where]
        held = [c for c in (*self.base.where, *of_part) if isinstance(c, EntityCondition) and c.metric.metric in about]
        if len(named) != 1 or len(held) != 1 or not state.close(named[0], numbers[0]) or {g.field for g in self.base.group_by} & {held[0].entity}:
            return
        sign = next(sign for name, sign in _COMPARATORS.items() if ops[0].has(name))
        state.where.append(held[0].model_copy(update={"op": sign, "value": float(numbers[0].number.value)}))
        for mark in {id(m): m for m in (ops[0], numbers[0], named[0])}.values():
            state.take(mark, "condition")

    def _split(self, state: State) -> None:
        """Drill down to store, stores instead: what stands behind a word of splitting, or alone for another, is what to split by."""
        further = [m for m in self.changes.claimed if m.became == "follow-up: further"]
        names = state.free(lambda m: m.groupable and not m.values and not m.number and not self._kind_of_value(state, m))
        names = [m for m in names if not self._set_to(state, m)]
        chosen = [m for m in names for f in further if 0 <= m.start - f.end <= 3]
        if self.changes.instead and self.base.group_by and len(names) == 1 and not names[0].metrics and not state.ops("by"):
            chosen += names
        for mark in chosen:
            state.add_group(Group(field=mark.groupable))
            state.take(mark, f"group:{mark.groupable}")

    def _set_to(self, state: State, name: Mark) -> bool:
        """Age changed to 25-34, 年龄换成25-34: the name of the value that follows, and no split."""
        values = {f for m in state.marks for f, _ in m.values if m.start >= name.end}
        if not values & set(name.fields) or not self.changes.instead or not any(m.became == "follow-up: instead" for m in state.marks):
            return False
        state.take(name, f"filter:{name.groupable}")
        return True

    def _per(self, state: State) -> None:
        """Per customer: the ratio that the catalog has of the last metric and them."""
        about = next((m.metric for m in self.base.metrics if m.metric), None)
        for op in state.ops("by"):
            after = state.after(op)
            if op.text != "per" or after is None or not after.entities or not about or state.before(op):
                continue
            known = next((m for m in self.catalog.spec.metrics if per_entity(state, m) == (about, after.entities[0])), None)
            if known:
                state.add_metric(MetricRef(metric=known))
                state.take(op, f"metric:{known}")
                state.take(after, f"metric:{known}")
                state.groups = [g for g in self.base.group_by if g.name not in self.changes.ungrouped]

    def _qualified(self, state: State) -> None:
        """Unmarried households: they are who is asked about, not what is counted."""
        for mark in self.qualified(state.free()):
            state.take(mark, "subject")

    def _new_again(self, state: State) -> None:
        """What of new customers, after that of returning ones, or after sales: they are who is asked about, and not counted."""
        metrics = [m.metric for m in self.base.metrics if m.metric]
        told_apart = any(isinstance(c, EventCondition) for c in self.base.where)
        if any(isinstance(c, EventCondition) for m in metrics for a in self.catalog.formula(m).aggregates for c in a.filter):
            return  # the number of new ones, then that of returning ones
        if (metrics and any(whom_it_counts(self.catalog, m) for m in metrics) and not told_apart) or state.ops("how_many", "share"):
            return
        entity = next((c.entity for c in self.base.where if isinstance(c, EventCondition)), "")
        if entity in {what_is_counted(self.catalog, m) for m in metrics}:
            return
        for mark in state.free(lambda m: m.has("new", "returning") and m.metrics and not _NUMBER_OF.search(m.text)):
            mark.metrics = ()

    @property
    def carries_on(self) -> bool:
        """Whether it opens with the share of something that it does not name: as a share of all sales, 占当天全部的比例."""
        first = next((m for m in self.marks if not m.filler), None)
        return first is not None and first.has("share") and first.text.startswith(("as ", "占")) and not first.text.startswith("占比")

    def qualified(self, marks: list[Mark]) -> list[Mark]:
        """The names of things that only stand behind a value, where nothing is counted or split."""
        if any(m.has("how_many", "which", "by", "share") or (m.metrics and not m.entities) for m in marks):
            return []
        values = [m for m in marks if m.values or m.segments]
        return [m for m in marks if m.metrics and m.entities and any(0 <= m.start - v.end <= 1 for v in values)]

    # -- after them -------------------------------------------------------------------------------------------------

    def _merge(self, state: State) -> None:
        merge(state, self.last, self.working)

    def _completed(self, asked: AskBack) -> tuple[SemanticQuery, ...]:
        """The choices of a question back, each as a change of the last query; where there are none, the last query's own measures."""
        base = self.base
        if not asked.choices and base.group_by and any(m.has("judge") for m in self.marks):
            return tuple(self._checked(base, order_by=(Order(by=m.name),), limit=1) or base for m in base.metrics)
        out = []
        for choice in asked.choices:
            inside = [c for m in choice.metrics for c in m.where]
            dims = {d for c in (*choice.where, *inside) for d in of_condition(self.catalog, c)}
            kept = [c for c in base.where if not of_condition(self.catalog, c) & dims and c not in self.changes.without and c not in choice.where]
            done = self._checked(choice, where=(*kept, *choice.where), time=choice.time or base.time)
            out.append(done or choice)
        return tuple(dict.fromkeys(out))

def kept(base: SemanticQuery, query: SemanticQuery) -> Text | None:
    """What a changed query keeps of the last one, in words."""
    within = [c for m in query.metrics if m.share for c in m.where]  # what a share is of was a filter
    same = base.metrics == query.metrics or {m.metric for m in base.metrics} == {m.metric for m in query.metrics} != {None}
    parts = [
        ("指标", "metric", bool(base.metrics) and same),
        ("时间段", "period", base.time is not None and base.time == query.time),
        ("分组", "grouping", bool(base.group_by) and set(base.group_by) <= set(query.group_by)),
        ("条件", "filters", bool(base.where) and any(c in (*query.where, *within) for c in base.where)),
        ("排序", "order", bool(base.order_by) and base.order_by == query.order_by),
        ("名次", "limit", base.limit is not None and base.limit == query.limit),
        ("对比", "comparison", base.compare is not None and base.compare == query.compare),
    ]
    zh = [z for z, _, stays in parts if stays]
    en = [e for _, e, stays in parts if stays]
    if not zh:
        return None
    return Text(zh=f"接上一问，沿用{'、'.join(zh)}", en=f"goes on from the last question, keeping its {', '.join(en)}")


def names_metric(words: tuple[tuple[str, str], ...], metrics: tuple[MetricRef, ...]) -> bool:
    """Whether the words of a reading name its metric, rather than leave it to be assumed."""
    return bool(metrics) and any(b.startswith(("metric:", "count", "max over", "min over", "median", "extreme")) for _, b in words)
