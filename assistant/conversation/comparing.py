"""What a follow-up sets the last query against: another period, another store."""

from __future__ import annotations

import datetime as dt
import re

from assistant.conversation.dimensions import of_condition
from assistant.conversation.periods import moved
from assistant.conversation.question import Question
from assistant.reading import AskBack, Refuse
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.compiler.time import shift
from semantic_layer.query import FORWARD_GRAINS, FieldCondition, TimeRange

_BESIDE = (
    "next to it", "next to that", "beside it", "beside that", "alongside it", "alongside that", "side by side", "side-by-side", "next to", "beside",
    "alongside", "并排", "并排看", "并列", "旁边放", "放一起比",
)  # fmt: skip
_SAME_PERIOD = ("同期", "同一时期", "same period", "the same period")
_SAME_DAY = re.compile(r"(?:the )?(?:previous|prior|last) (week|month|quarter|year)|(?:上|前)一?个?(周|星期|礼拜|月|季度|年)")
_ZH_GRAINS = {"周": "week", "星期": "week", "礼拜": "week", "月": "month", "季度": "quarter", "年": "year"}


class Comparing(Question):
    """The parts of a follow-up that compare."""

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


def _counterpart(base: TimeRange, mark: Mark) -> tuple[dt.date, dt.date] | None:
    """The same day of the week before, the same months of another year: as far back as the period that was named."""
    assert base.start and base.end and mark.time
    told = _SAME_DAY.fullmatch(mark.text.strip())
    grain = (told.group(1) or _ZH_GRAINS[told.group(2)]) if told else "year" if mark.time.grain == "year" else ""
    count = -1 if told else mark.time.first.year - base.start.year if mark.time.first else 0
    return (shift(base.start, count, grain), shift(base.end, count, grain)) if grain and count else None
