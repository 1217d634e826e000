"""Reads a question as a change of the last query: what its words name replaces or joins what is there, everything else stays."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace

from assistant.conversation.changes import changes
from assistant.conversation.dimensions import named, of_condition
from assistant.conversation.known import near_names, settle_values
from assistant.conversation.last import Last
from assistant.conversation.merge import merge
from assistant.conversation.periods import moved
from assistant.language import find_times
from assistant.language.general import is_general_chinese
from assistant.language.reasons import EVERY_OR_LATEST
from assistant.reading import AskBack, Reader, Reading, Refuse
from assistant.reading.marks import Mark
from assistant.reading.rules import RULES, measures
from assistant.reading.rules.counting import per_entity, what_is_counted
from assistant.reading.rules.filters import conditions_of
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import previous, shift
from semantic_layer.errors import WenshuError
from semantic_layer.query import (
    FORWARD_GRAINS,
    TIME,
    Comparator,
    Compare,
    Condition,
    EventCondition,
    FieldCondition,
    Group,
    Having,
    MetricRef,
    Order,
    SemanticQuery,
    TimeRange,
)
from semantic_layer.spelling import has_han

_AT = RULES.index(measures.defaults)  # what is read before the rest of the query is there, and after
_DATED = re.compile(r"\d{4}|今|去年|前年|\b(?:this|last) year\b")
_DEICTIC = re.compile(
    r"\d{4}|今|去|前|上(?!半|旬)|下(?!半|旬)|本|这|昨|最近|近|过去|以来|至今"
    r"|this|last|previous|past|recent|today|yester|to date|ytd|so far|next|current|ago"
)
_SLIDING = re.compile(r"^(?:in |on |for |the )*(?:last|previous|prior) (?:day|week|month|quarter|year)$|^上一?个?(?:天|周|星期|礼拜|月|季度|季|年)$")

_BEFORE = re.compile(r"^(?:the )?(?:previous|prior) (?:day|week|month|quarter|year)$|^(?:上|前)一个?(?:天|周|星期|礼拜|月|季度|季|年)$")
_NEXT = re.compile(r"^(?:the )?next (?:day|week|month|quarter|year)$|^下一?个?(?:天|周|星期|礼拜|月|季度|季|年)$")
_ASKING = ("when", "where", "who", "whom", "whose", "什么时候", "何时", "谁")
_SHOWING = frozenset(
    ["break", "breaking", "broken", "split", "down", "put", "show", "showing", "see", "look", "looking", "give", "get", "bring", "pull", "do",
     "go", "going", "make", "run", "let", "let's", "please", "just", "now", "well", "actually", "right", "quick", "quickly", "need", "want", "like", "wondering", "think", "list", "view",
     "table", "figure", "figures", "number", "numbers", "up", "here", "there", "too", "also", "so", "then", "ones", "one", "thing", "things", "i", "we"]
)  # fmt: skip
_EMPTY = frozenset(f"follow-up: {kind}" for kind in ("about", "about_start", "about_end", "same", "only"))  # they change nothing by themselves
_COMPARATORS: dict[str, Comparator] = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}


class FollowUp:
    """One question about one last query. Raises AskBack where what it points to is not clear."""

    def __init__(self, reader: Reader, question: str, last: Last) -> None:
        self.reader, self.question, self.last, self.base = reader, question, last, last.query
        self.catalog = reader.shop.catalog
        self.text = reader.text(question)
        self.marks = reader.marks(question)
        self.changes = self.working = changes(self.text, self.marks, last, self.catalog)

    def read(self) -> Reading:
        """Raises AskBack or Refuse."""
        rules = (self._begin, *RULES[:_AT], self._merge, *RULES[_AT:])
        try:
            reading = self.reader.read(self.question, rules, (*self.changes.claimed, *self._who_did()), self.base.metrics)
            self._refuse_unasked(reading)
            self._refuse_unused(reading)
            self._ask_whose(reading)
            meant = {became for _, became in reading.words} - _EMPTY
            nothing = not meant or "subject" in meant or "exclude" in meant or self.changes.instead
            if reading.query == self.base and nothing:
                raise Refuse(Text(zh="没有看出要怎么改上一问。", en="It does not say what to change about the last question."))
            return reading
        except AskBack as asked:
            asked.choices = self._completed(asked)
            if known := self._of_what_is_asked(asked):
                return known
            raise

    def _of_what_is_asked(self, asked: AskBack) -> Reading | None:
        """By nation, after sales by customer region: of two things of one name, the one that belongs to what the last query asks about."""
        mark = next((m for m in self.marks if m.either and asked.unexplained == (m.text,)), None)
        near = near_names(self.catalog, self.last, mark.either) if mark else []
        if len(near) != 1:
            return None
        fits = [c for c in asked.choices if near[0] in {g.field for g in c.group_by} | {getattr(f, "field", "") for f in c.where}]
        return Reading(fits[0], (*asked.words, (asked.unexplained[0], f"group:{near[0]}"))) if len(fits) == 1 else None

    def _who_did(self) -> tuple[Mark, ...]:
        """8月来了但7月没来的: of those whom the last question counted; as if their name stood at the end."""
        counted = [e for m in self.base.metrics if m.metric and (e := what_is_counted(self.catalog, m.metric))]
        plain = not any(m.metrics or m.entities or m.has("how_many") for m in self.marks)
        several = len([m for m in self.marks if m.time and m.time.kind == "range"]) > 1
        if len(counted) != 1 or not plain or not several or not any(m.verbs for m in self.marks):
            return ()
        end = len(self.text)
        return (Mark(end, end, "", entities=(counted[0],)),)

    def _refuse_unused(self, reading: Reading) -> None:
        """A follow-up is short: a word of it that changed nothing and confirmed nothing may be all it was about (只看自有的)."""
        unknown = {m.text for m in self.marks if m.unknown}
        lost = tuple(w for w in reading.unexplained if w in unknown and not _may_pass(w))
        if lost:
            zh, en = "、".join(f"“{w}”" for w in lost), ", ".join(f'"{w}"' for w in lost)
            message = Text(zh=f"没有看懂 {zh}，所以没有改上一问。", en=f"{en} was not understood, so the last question was not changed.")
            raise Refuse(message, (reading.query,), lost, reading.words)

    def _refuse_unasked(self, reading: Reading) -> None:
        """When did it run, who were they: what is asked for is not what the last question measured."""
        asking = next((m for m in self.marks if m.text in _ASKING and m.filler), None)
        if asking and not any(t.startswith(asking.text) for t, _ in reading.words):
            message = Text(zh=f"这里不能回答“{asking.text}”。", en=f'"{asking.text}" cannot be answered here.')
            raise Refuse(message, (reading.query,), (asking.text,), reading.words)

    def _ask_whose(self, reading: Reading) -> None:
        """How many of those redeemed: those who were counted in other rows (who got a coupon) are not those of the new ones."""
        said, homes = self.changes.those, [self._homes(q) for q in (self.base, reading.query)]
        if said and reading.query.records is None and not homes[1] <= homes[0]:
            message = Text(zh=f"“{said}”是在别的数据里数出来的，请把问题说完整。", en=f'"{said}" were counted among other data. Please ask in full.')
            raise AskBack(message, (reading.query,), (said,))

    def _homes(self, query: SemanticQuery) -> set[str]:
        return {h for m in query.metrics if m.metric for h in self.catalog.formula(m.metric).homes}

    @property
    def _takes(self) -> tuple[Callable[[State], None], ...]:
        """What is understood of the last query before the rules read the rest, in its order."""
        periods = (self._new_again, self._dated, self._each_weekday, self._against)
        return (*periods, self._changed, self._split, self._part_of, self._threshold, self._per, self._ranked_by, self._so_many, self._qualified)

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
        """Weekends, of a period of more than a week: all of them."""
        time = self.base.time
        if time and time.start and time.end and (time.end - time.start).days <= 7:
            return
        for mark in state.free(lambda m: m.time and m.time.note == EVERY_OR_LATEST):
            found = [t for every in ("每个", "every ") for t in find_times(every + mark.text, self.reader.clock) if t.kind == "weekday"]
            if found:
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
        value = float(number.value) / (100 if number.kind == "percent" else 1)
        state.having.append(Having(by=self.base.metrics[0].name, op=sign, value=value))
        nouns = state.free(lambda m: m.groupable in {g.field for g in self.base.group_by})
        for mark in (op, numbers[0], *nouns, *state.ops("which")):
            state.take(mark, "threshold:last")

    def _changed(self, state: State) -> None:
        """Only the ones that dropped: of what the last question compares."""
        words = state.ops("growth", "decline")
        own = {g.field for g in self.base.group_by}
        named = state.free(lambda m: not m.filler and (m.metrics or m.groupable or m.time or m.number))
        named += state.ops("growth_top", "decline_top", "top", "bottom")
        named = [m for m in named if m not in words and not (m.groupable and m.groupable in own)]
        if len(words) != 1 or named or self.base.compare is None or not self.base.group_by or not self.base.metrics:
            return
        sign: Comparator = "<" if words[0].has("decline") else ">"
        state.having.append(Having(by=self.base.metrics[0].name, op=sign, value=0, side="difference"))
        for mark in (words[0], *state.free(lambda m: m.groupable in own)):
            state.take(mark, "threshold:last")

    def _split(self, state: State) -> None:
        """Drill down to store, stores instead: what stands behind a word of splitting, or alone for another, is what to split by."""
        further = [m for m in self.changes.claimed if m.became == "follow-up: further"]
        names = state.free(lambda m: m.groupable and not m.values and not m.number)
        chosen = [m for m in names for f in further if 0 <= m.start - f.end <= 3]
        if self.changes.instead and self.base.group_by and len(names) == 1 and not names[0].metrics and not state.ops("by"):
            chosen += names
        for mark in chosen:
            state.add_group(Group(field=mark.groupable))
            state.take(mark, f"group:{mark.groupable}")

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

    def _ranked_by(self, state: State) -> None:
        """By baskets instead: what a ranking is by is a measure, also where its name is that of a thing."""
        if not self.base.order_by and not state.ops("top", "bottom"):
            return
        for op in state.ops("by"):
            after = state.after(op)
            if after and after.metrics and after.entities and not any(g.field in after.entities for g in self.base.group_by):
                state.add_metric(MetricRef(metric=after.metrics[0]))
                state.take(op, "order")
                state.take(after, f"metric:{after.metrics[0]}")
                state.groups = [g for g in self.base.group_by if g.name not in self.changes.ungrouped]

    def _so_many(self, state: State) -> None:
        """Make it 10: a number alone is how many rows there are to be."""
        telling = state.free(lambda m: not m.filler and not m.counters)
        if self.base.limit and len(telling) == 1 and telling[0].number and not telling[0].time:
            value = telling[0].number.value
            if value >= 1 and float(value).is_integer():
                state.limit = int(value)
                state.take(telling[0], "limit")

    def _qualified(self, state: State) -> None:
        """Unmarried households: they are who is asked about, not what is counted."""
        for mark in self.qualified(state.free()):
            state.take(mark, "subject")

    def _new_again(self, state: State) -> None:
        """What of new customers, after that of returning ones: they are who is asked about, and not counted."""
        if not any(isinstance(c, EventCondition) for c in self.base.where) or state.ops("how_many"):
            return
        for mark in state.free(lambda m: m.has("new") and m.metrics):
            entity = next((c.entity for c in self.base.where if isinstance(c, EventCondition)), "")
            counted = {what_is_counted(self.catalog, m.metric) for m in self.base.metrics if m.metric}
            if entity not in counted:
                mark.metrics = ()

    def qualified(self, marks: list[Mark]) -> list[Mark]:
        """The names of things that only stand behind a value, where nothing is counted or split."""
        if any(m.has("how_many", "which", "by", "share") or (m.metrics and not m.entities) for m in marks):
            return []
        values = [m for m in marks if m.values or m.segments]
        return [m for m in marks if m.metrics and m.entities and any(0 <= m.start - v.end <= 1 for v in values)]

    def _against(self, state: State) -> None:
        """Compared with November, 跟11月比: the one period named is what the last one is set against."""
        words = [m for m in state.ops("versus") if not m.has("more_than")]
        if words and not self._with_another(state, words):
            return
        ranges = state.free(lambda m: m.time and m.time.kind == "range")
        base = state.time
        words = words or [m for m in (*state.ops("separately"), *self.changes.claimed) if m.text in _BESIDE]
        if not words or len(ranges) != 1 or base is None or base.start is None or base.end is None:
            return
        time = ranges[0].time
        assert time
        if time.first is None or time.last is None:
            return
        start, end = time.first, time.last
        same = state.free(lambda m: m.has("same") or (m.time and m.time.kind == "compare" and m.text in _SAME_PERIOD))
        if same and (counterpart := _counterpart(base, ranges[0])):
            start, end = counterpart
            for mark in same:
                state.take(mark, "compare")
        if (start, end) == (base.start, base.end):
            before = moved(base, None, -1)
            if before is None or before.start is None or before.end is None:
                return
            start, end = before.start, before.end
        span = self.reader.shop.data_span
        if span and end <= span[0]:
            said = ranges[0].text
            raise Refuse(Text(zh=f"“{said}”没有数据，无法对比。", en=f'There are no data for "{said}" to compare with.'), unexplained=(said,))
        self.working.also = False
        self._ask_without_trend(base, TimeRange(start=start, end=end))
        state.compare = self._compare(base, TimeRange(start=start, end=end, words=ranges[0].text))
        for mark in (*words, *ranges):
            state.take(mark, "compare")

    def _ask_without_trend(self, current: TimeRange, earlier: TimeRange) -> None:
        """By week, compared with November: which week is set against which is not said."""
        trend = [g for g in self.base.group_by if g.grain in FORWARD_GRAINS and g.name not in self.changes.ungrouped]
        compare = self._compare(current, earlier)
        if not trend or compare.to == "last_year":
            return
        others = tuple(g for g in self.base.group_by if g not in trend)
        order = tuple(o for o in self.base.order_by if o.by not in {g.name for g in trend})
        plain = self._checked(self.base, group_by=others, compare=compare, order_by=order, limit=self.base.limit if order else None, limit_per=())
        zh, en = "按时间拆开的数不能跟一整段时间比。要比合计吗？", "What is split by time cannot be compared with a whole period. Compare the totals?"
        raise AskBack(Text(zh=zh, en=en), (plain,) if plain else ())

    def _with_another(self, state: State, words: list[Mark]) -> bool:
        """Compared with store 406: both side by side, where the last query was of another store. False where that was it."""
        values = state.free(lambda m: m.values or m.ids or m.segments)
        if not values:
            return True
        held = {d for c in self.base.where if isinstance(c, FieldCondition) for d in of_condition(self.catalog, c)}
        if all(self._dimensions(state, m) <= held for m in values):
            self.working.also = True
            for word in words:
                state.take(word, "compare")
        return False

    def _compare(self, current: TimeRange, earlier: TimeRange) -> Compare:
        """`previous` or `last_year` where that is just it."""
        for to in ("previous", "last_year"):
            whole, before = previous(current, self.reader.shop.today, to)
            if (before.start, before.end) == (earlier.start, earlier.end) and whole.end == current.end:
                return Compare(to=to)
        return Compare(to="range", range=earlier)

    def _part_of(self, state: State) -> None:
        """What share that is: of the whole without the conditions of the last query, but for those that are named again."""
        ops = state.ops("share")
        groups = [g for g in self.base.group_by if g.name not in self.changes.ungrouped and g.field != TIME]
        refs = self.base.metrics
        split = any(m.groupable and not m.metrics for m in state.free()) and bool(state.ops("by", "which"))
        self._ask_of_which_whole(state, ops)
        if not ops or groups or split or len(refs) != 1:
            return
        if refs[0].share:
            self._of_another_whole(state, ops)
            return
        if not self.base.where:
            return
        change = self.working
        kept = [c for c in self.base.where if of_condition(self.catalog, c) & change.whole]
        kept += [c for c in self.base.where if change.part and not of_condition(self.catalog, c) & change.part]
        marks = []
        for mark in state.free(lambda m: (m.entities or m.fields) and not m.metrics and not self._kind_of_value(state, m)):
            again = [c for c in self.base.where if of_condition(self.catalog, c) & named(self.catalog, mark.fields, mark.entities)]
            kept += again
            marks += [mark] if again else []
        for mark in state.free(lambda m: m.values or m.segments or m.ids or (m.time and m.time.kind == "weekday")):
            again = [c for c in self.base.where if of_condition(self.catalog, c) & self._dimensions(state, mark) and not _of_other_level(c, mark)]
            if not again and self._names_whole(state, mark, ops):
                continue
            if not again:
                return
            kept += again
            marks.append(mark)
        part = tuple(c for c in self.base.where if c not in kept)
        if not part:
            return
        for mark in (*marks, *ops, *state.ops("total"), *state.free(lambda m: refs[0].metric in m.metrics)):
            state.take(mark, "share")
        for mark in state.free(lambda m: m.text in _WHOLE_WORDS):
            state.take(mark, "share")
        state.metrics = [refs[0].model_copy(update={"where": (*refs[0].where, *part), "share": True})]
        self.working.without += part

    def _ask_of_which_whole(self, state: State, ops: list[Mark]) -> None:
        """Late shipments, as a share of all line items: the other measure is the whole, and does not take the place of the first."""
        measures = {m.metric for m in self.base.metrics}
        for op in ops:
            whole = state.after(op) if op.text.endswith("of") or op.text.startswith("占") else None
            whole = state.after(whole) if whole and whole.has("total") else whole
            if whole and whole.metrics and not measures & set(whole.metrics) and not any(m.metrics for m in state.preceding(op)):
                said = whole.text
                message = Text(zh=f"占“{said}”的比例要连同是什么的占比一起问。", en=f'Please say what is to be a share of "{said}" in one question.')
                raise Refuse(message, unexplained=(said,))

    def _kind_of_value(self, state: State, mark: Mark) -> bool:
        """MEAT部门: a name beside a value of it says what the value is of."""
        return any(set(mark.fields) & {f for f, _ in v.values} and min(abs(v.end - mark.start), abs(mark.end - v.start)) <= 1 for v in state.marks)

    def _names_whole(self, state: State, mark: Mark, ops: list[Mark]) -> bool:
        """占MEAT部门的几成, share of the MEAT department: what stands right behind the word of sharing is the whole."""
        return any(op.end <= mark.start <= op.end + 4 and (op.text.endswith("of") or not op.text.isascii()) for op in ops)

    def _of_another_whole(self, state: State, ops: list[Mark]) -> None:
        """占全店呢, of all sales: the same part, in all there is or in what is named."""
        ref = self.base.metrics[0]
        whole = [*state.ops("total"), *state.free(lambda m: m.text in _WHOLE_WORDS)]
        named = state.free(lambda m: m.values or m.segments or m.ids)
        if whole and not named:
            self.working.without += self.base.where
        if not whole and not (named and all(self._names_whole(state, m, ops) for m in named)):
            return
        for mark in (*ops, *whole):
            state.take(mark, "share")
        for mark in state.free(lambda m: ref.metric in m.metrics):
            state.take(mark, "share")
        state.metrics = [ref]

    def _dimensions(self, state: State, mark: Mark) -> set[str]:
        if mark.time:
            return {"time:day_of_week"}
        trial = State(state.text, [replace(mark)], state.catalog, state.today, state.data_end, about=state.about)
        return {d for c in conditions_of(trial, trial.marks) for d in of_condition(self.catalog, c)}

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
            dims = {d for c in choice.where for d in of_condition(self.catalog, c)}
            kept = [c for c in base.where if not of_condition(self.catalog, c) & dims and c not in self.changes.without and c not in choice.where]
            done = self._checked(choice, where=(*kept, *choice.where), time=choice.time or base.time)
            out.append(done or choice)
        return tuple(dict.fromkeys(out))

    def _checked(self, query: SemanticQuery, **parts: object) -> SemanticQuery | None:
        try:
            made = SemanticQuery.model_validate({**{n: getattr(query, n) for n in SemanticQuery.model_fields}, **parts})
            self.reader.shop.compile(made)
        except (ValueError, WenshuError):
            return None
        return made


_WHOLE_WORDS = ("全部", "所有", "全店", "整体", "总体", "大盘", "all", "overall", "whole", "entire", "全", "total", "everything")


_BESIDE = (
    "next to it", "next to that", "beside it", "beside that", "alongside it", "alongside that", "side by side", "side-by-side", "next to", "beside",
    "alongside", "并排", "并排看", "并列", "旁边放", "放一起比",
)  # fmt: skip
_SAME_PERIOD = ("同期", "同一时期", "same period", "the same period")
_SAME_DAY = re.compile(r"(?:the )?(?:previous|prior|last) (week|month|quarter|year)|(?:上|前)一?个?(周|星期|礼拜|月|季度|年)")
_ZH_GRAINS = {"周": "week", "星期": "week", "礼拜": "week", "月": "month", "季度": "quarter", "年": "year"}


def _may_pass(word: str) -> bool:
    """Whether an unused word of a follow-up only shows, or has no content of its own."""
    return is_general_chinese(word) or len(word) < 2 if has_han(word) else word in _SHOWING


def _of_other_level(condition: Condition, mark: Mark) -> bool:
    """The department MEAT, after the category CHICKEN: of the same hierarchy, and another field."""
    return bool(mark.values) and isinstance(condition, FieldCondition) and condition.field not in {f for f, _ in mark.values}


def _counterpart(base: TimeRange, mark: Mark) -> tuple[dt.date, dt.date] | None:
    """The same day of the week before, the same months of another year: as far back as the period that was named."""
    assert base.start and base.end and mark.time
    told = _SAME_DAY.fullmatch(mark.text.strip())
    grain = (told.group(1) or _ZH_GRAINS[told.group(2)]) if told else "year" if mark.time.grain == "year" else ""
    count = -1 if told else mark.time.first.year - base.start.year if mark.time.first else 0
    return (shift(base.start, count, grain), shift(base.end, count, grain)) if grain and count else None


def kept(base: SemanticQuery, query: SemanticQuery) -> Text | None:
    """What a changed query keeps of the last one, in words."""
    parts = [
        ("指标", "metric", bool(base.metrics) and base.metrics == query.metrics),
        ("时间段", "period", base.time is not None and base.time == query.time),
        ("分组", "grouping", bool(base.group_by) and set(base.group_by) <= set(query.group_by)),
        ("条件", "filters", bool(base.where) and any(c in query.where for c in base.where)),
        ("排序", "order", bool(base.order_by) and base.order_by == query.order_by),
        ("名次", "limit", base.limit is not None and base.limit == query.limit),
        ("对比", "comparison", base.compare is not None and base.compare == query.compare),
    ]
    zh = [z for z, _, same in parts if same]
    en = [e for _, e, same in parts if same]
    if not zh:
        return None
    return Text(zh=f"接上一问，沿用{'、'.join(zh)}", en=f"goes on from the last question, keeping its {', '.join(en)}")


def names_metric(words: tuple[tuple[str, str], ...], metrics: tuple[MetricRef, ...]) -> bool:
    """Whether the words of a reading name its metric, rather than leave it to be assumed."""
    return bool(metrics) and any(b.startswith(("metric:", "count", "max over", "min over", "median", "extreme")) for _, b in words)
