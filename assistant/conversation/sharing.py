"""What share the last query is of a whole."""

from __future__ import annotations

import datetime as dt

from assistant.conversation.dimensions import named, of_condition
from assistant.conversation.question import Question
from assistant.reading import AskBack, Refuse
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import ratio_of
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, Condition, FieldCondition, MetricRef, TimeRange

_WHOLE_WORDS = ("全部", "所有", "全店", "整体", "总体", "大盘", "all", "overall", "whole", "entire", "全", "total", "everything")


class Sharing(Question):
    """The parts of a follow-up that ask for a share."""

    def _part_of(self, state: State) -> None:
        """What share that is: of the whole without the conditions of the last query, but for those that are named again."""
        ops = state.ops("share")
        groups = [g for g in self.base.group_by if g.name not in self.changes.ungrouped and g.field != TIME]
        refs = self.base.metrics
        split = any(m.groupable and not m.metrics for m in state.free()) and bool(state.ops("by", "which"))
        if self._known_ratio(state, ops):
            return
        self._ask_of_which_whole(state, ops)
        if self._part_in_time(state, ops):
            return
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

    def _known_ratio(self, state: State, ops: list[Mark]) -> bool:
        """Refunds, as a share of sales; buyers, 新客占多少: the rate that the catalog has of the two."""
        last = self.base.metrics[0].metric if len(self.base.metrics) == 1 and not self.base.metrics[0].share else None
        named = state.free(lambda m: m.metrics)
        if last is None or not ops or len(named) != 1:
            return False
        whole = ops[0].start < named[0].start
        pairs = [(last, n) if whole else (n, last) for n in named[0].metrics]
        found = next((r for top, bottom in pairs if (r := ratio_of(self.catalog, top, bottom))), None)
        if found is None:
            return False
        state.metrics = [MetricRef(metric=found)]
        for mark in (*ops, *named, *state.ops("how_many", "total")):
            state.take(mark, f"metric:{found}")
        return True

    def _part_in_time(self, state: State, ops: list[Mark]) -> bool:
        """As a share of the whole year, 占全年多少: the period of the last query is the part of a longer one."""
        claimed = [m for m in self.changes.claimed if m.became == "follow-up: period"]
        named = [m for m in (*state.free(lambda m: m.time and m.time.kind == "range"), *claimed) if self._names_whole(state, m, ops)]
        part, base = self.base.time, self.base
        if len(named) != 1 or part is None or part.start is None or part.end is None:
            return False
        said, time = named[0].text.strip(), named[0].time
        whole = TimeRange(start=time.first, end=time.last, field=part.field) if time else self.changes.period
        if whole is None or whole.start is None or whole.end is None or (whole.start, whole.end) == (part.start, part.end):
            return False
        if not whole.start <= part.start < part.end <= whole.end or base.group_by or len(base.metrics) != 1 or base.metrics[0].share:
            raise Refuse(Text(zh=f"这里不能算占“{said}”的比例。", en=f'A share of "{said}" cannot be worked out here.'), unexplained=(said,))
        inside = FieldCondition(field=TIME, op="between", value=(part.start, part.end - dt.timedelta(1)))
        ref = base.metrics[0]
        if base.where:
            own = self._checked(base, metrics=(ref.model_copy(update={"where": (*ref.where, inside), "share": True}),), time=whole)
            all_there_is = ref.model_copy(update={"where": (*ref.where, *base.where, inside), "share": True})
            of_all = self._checked(base, metrics=(all_there_is,), where=(), time=whole)
            en = f"Of what there is like it in {said}, or of everything in {said}?"
            raise AskBack(Text(zh=f"是占{said}里同样条件的，还是占{said}的全部？", en=en), tuple(q for q in (own, of_all) if q))
        state.metrics, state.time = [ref.model_copy(update={"where": (*ref.where, inside), "share": True})], whole
        for mark in (*named, *ops, *state.ops("total", "how_many"), *state.free(lambda m: ref.metric in m.metrics)):
            state.take(mark, "share")
        return True

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
        said = mark.text.startswith("of ")
        behind = [op for op in ops if op.start < mark.start <= op.end + 4]
        return any(said or op.text.endswith("of") or not op.text.isascii() or state.text[op.end : mark.start].strip() == "of" for op in behind)

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


def _of_other_level(condition: Condition, mark: Mark) -> bool:
    """The department MEAT, after the category CHICKEN: of the same hierarchy, and another field."""
    return bool(mark.values) and isinstance(condition, FieldCondition) and condition.field not in {f for f, _ in mark.values}
