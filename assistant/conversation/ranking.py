"""How a follow-up ranks, sorts and cuts the rows of the last query."""

from __future__ import annotations

import re

from assistant.conversation.question import Question
from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import Comparator, Group, Having, MetricRef, Order, Side

_SUPERLATIVE = re.compile(r"\b(?:best|worst|most)\b|最")
_RATE = re.compile(r"[率幅速]|\b(?:growth|rate|percent(?:age)?)\b|%")
_SPEED = ("最快", "最慢")
_BETTER = {"better": True, "更好": True, "变好": True, "好转": True, "worse": False, "更差": False, "变差": False, "恶化": False}


class Ranking(Question):
    """The parts of a follow-up that rank."""

    def _judged(self, state: State) -> None:
        """Which week was the best, of sales by week: by what the rows show; of stores or customers it is asked by which measure."""
        words = state.ops("judge") or state.free(lambda m: m.unknown and m.text in _SPEED)
        metric = self.base.metrics[0].metric if len(self.base.metrics) == 1 and not self.base.compare else None
        telling = state.free(lambda m: not m.filler and m not in words and not m.has("which"))
        if metric is None or self.catalog.metric(metric).good == "neutral" or len(words) != 1 or len(telling) > 1:
            return
        if not _SUPERLATIVE.search(words[0].text):
            return
        own = [g for g in self.base.group_by if g.field not in self.catalog.spec.entities]
        if own and (all(_names(m, own) for m in telling) if telling else len(self.base.group_by) == 1):
            down = words[0].has("judge_bad") != (self.catalog.metric(metric).good == "down")
            down = words[0].text == "最慢" if words[0].text in _SPEED else down
            words[0].ops = frozenset(["bottom" if down else "top"])

    def _sorted_by_change(self, state: State) -> None:
        """Sort by the difference, biggest drop first: of what the last query compares."""
        words = state.ops("change", "growth", "decline", "growth_top", "decline_top")
        sorts = state.ops("ascending", "descending")
        sorted_so = bool(sorts) or any(m.became == "follow-up: sort" for m in self.changes.claimed)
        named = state.free(lambda m: not m.filler and (m.metrics or m.groupable or m.values or m.time or (m.number and m.number.kind != "ordinal")))
        if not (words and sorted_so and self.base.compare and self.base.group_by and self.base.metrics) or named:
            return
        side: Side = "growth" if any(_RATE.search(m.text) for m in words) else "difference"
        down = any(m.has("decline", "decline_top") for m in words)
        ascending = any(m.has("ascending") for m in sorts) or bool(self.changes.ascending)
        desc = ascending if down else not ascending
        state.order = [Order(by=self.base.metrics[0].name, side=side, desc=desc)]
        for mark in (*words, *sorts, *state.free(lambda m: m.number and m.number.kind == "ordinal"), *state.ops("by", "top")):
            state.take(mark, "order")

    def _changed(self, state: State) -> None:
        """Only the ones that dropped: of what the last question compares."""
        words = state.ops("growth", "decline") or state.free(lambda m: m.has("judge") and m.text in _BETTER)
        own = {g.field for g in self.base.group_by}
        named = state.free(lambda m: not m.filler and (m.metrics or m.groupable or m.time or m.number))
        named += state.ops("growth_top", "decline_top", "top", "bottom")
        named = [m for m in named if m not in words and not (m.groupable and m.groupable in own)]
        if len(words) != 1 or named or self.base.compare is None or not self.base.group_by or not self.base.metrics:
            return
        metric = self.base.metrics[0].metric
        better = _BETTER.get(words[0].text)
        if better is not None and (metric is None or self.catalog.metric(metric).good == "neutral"):
            return
        less = words[0].has("decline") if better is None else better == (self.catalog.metric(metric or "").good == "down")
        sign: Comparator = "<" if less else ">"
        state.having.append(Having(by=self.base.metrics[0].name, op=sign, value=0, side="difference"))
        for mark in (words[0], *state.free(lambda m: m.groupable in own)):
            state.take(mark, "threshold:last")

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


def _names(mark: Mark, groups: list[Group]) -> bool:
    """Whether a mark is the name of one of the groups, and of nothing measured."""
    return not mark.metrics and any(g.grain == mark.time.grain if mark.time else g.field in mark.fields and not g.grain for g in groups)
