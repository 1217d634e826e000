"""The best of some entities as a condition: sales of the top 100 customers, what the first tenth brought in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, Group, MetricRef, TimeRange

_HOW_MUCH = re.compile(r"\bhow much (?:did|do|does|of|came|money did)\b|(?:贡献|带来|产生|撑起|花|消费|买)[了出]{0,2}(?:多少|几[千万亿])")
_JOINED = re.compile(
    r"(?:\s*(?:,|、|&|;|(?:和|与|以及|及|还有|外加|再加|连同|同时|顺便)|(?:带上|带|附上|附|加上|标上|列上|给出|显示)"
    r"|\b(?:and|with|plus|along with|together with|alongside|as well as|also|including|incl\.?|show(?:ing)?|their|its|the|number of|how many)\b"
    r"|各自的?|每[户家个人位]的?|其|他们的|它们的|(?:再|也)?(?:给我|要|看看?)))+\s*"
)
_FEWEST = 5  # so few are a list to be shown, unless more is said
_MANY = 20
_IN_MONEY = ("dollars", "dollar", "in money", "金额", "多少钱")


@dataclass(frozen=True)
class Best:
    """The `number` entities that `head` names, highest (`desc`) or lowest by a metric, which was `named` or not."""

    head: Mark
    metric: str
    number: Mark
    desc: bool
    word: Mark
    named: bool

    @property
    def count(self) -> float:
        """How many, or how many percent of them."""
        value = self.number.number.value if self.number.number else 0
        return round(value * 100, 9) if is_part(self.number) else value


def is_part(number: Mark | None) -> bool:
    """Whether a number says what part of all there are: the top 10%."""
    return bool(number and number.number and number.number.kind == "percent" and 0 < number.number.value <= 1)


def of_another_time(state: State) -> None:
    """2017年销售额最高的10家店,12月合计卖了多少: the best of one period, of which something is asked in another one."""
    ranges = state.free(lambda m: m.time and m.time.kind == "range")
    apart = state.ops("versus", "growth", "decline", "change", "higher", "lower") or state.free(lambda m: m.time and m.time.kind == "compare")
    if len(ranges) != 2 or apart or len({(m.time.first, m.time.last) for m in ranges if m.time}) == 1:
        return
    for word in state.ops("top", "bottom"):
        own = next((r for r in ranges if _named_in(state, r, word)), None)
        asked = next((r for r in ranges if r is not own), None)
        if own is None or asked is None or own.time is None or not _asked_after(state, asked, word):
            continue
        state.best_time = TimeRange(start=own.time.first, end=own.time.last)
        state.take(own, "time:best")
        return


def _named_in(state: State, period: Mark, word: Mark) -> bool:
    """Whether a period, some number and what is ranked stand in one clause with the word that ranks."""
    inside = [m for m in state.free() if state.same_clause(m, word)]
    heads = [m for m in inside if m.entities]
    ranked = any(m.number and any(state.close(m, n, 3) for n in (word, *heads)) for m in inside) and bool(heads)
    return ranked and period in inside and (period.start < word.start or period.text.isascii())


def _asked_after(state: State, period: Mark, word: Mark) -> bool:
    """Whether a period is said of what is asked: in a clause of its own with a measure, or behind them (的10家店在12月卖了多少)."""
    head = next((m for m in state.free(lambda m: m.entities) if m.start >= word.end and state.same_clause(m, word)), None)
    measured = state.free(lambda m: (m.metrics or m.has("share") or m.has("by_amount")) and m.start >= period.end)
    if not state.same_clause(period, word):
        own = [m for m in state.free(lambda m: m.metrics or m.has("share")) if state.same_clause(m, period)]
        return bool(own) and (period.start > word.end or bool(measured))
    return bool(head and measured and not period.text.isascii() and 0 <= period.start - head.end <= 3)


def keeps_them(state: State, best: Best) -> bool:
    """Whether something is asked of the best ones, and they themselves are no rows of the answer."""
    if state.best_time is not None:
        return True
    if best.word.has("judge") and not best.word.has("top", "bottom"):
        return False
    head = best.head
    further = state.free(lambda m: m.metrics and m is not head)
    others = [m for m in further if not _listed_with(state, m, head) and not _beside_measure(state, m, best)]
    split = [t for b in state.ops("by") for t in [state.after(b)] if t and t.groupable and t is not head and t.start > head.end]
    asked_of_them = bool(others) and (best.named or best.word.text.isascii())
    few = best.count < _FEWEST and not is_part(best.number)
    if is_part(best.number):
        asked = best.named or others or state.ops("share", "total", "how_many")
        return bool(asked or _HOW_MUCH.search(state.text)) and not state.ops("list", "which", "separately")
    if not few and state.ops("share") and not state.ops("by", "which"):
        return True
    if not few and _HOW_MUCH.search(state.text) and not state.ops("list", "which", "separately"):
        return True
    many = best.count >= _MANY and (split or others or _split_by_period(state, best))
    return bool(state.ops("total") or many or (asked_of_them and bool(state.ops("how_many")) and not few))


def _listed_with(state: State, metric: Mark, head: Mark) -> bool:
    """Whether a further metric is only listed beside: the top 5 stores and their receipts."""
    first, second = sorted((metric, head), key=lambda m: m.start)
    ranks = [m for m in state.marks if first is head and first.end <= m.start and m.end <= second.start and m.became.startswith(("metric:", "order"))]
    return _JOINED.fullmatch(state.text[(ranks[-1] if ranks else first).end : second.start]) is not None


def _beside_measure(state: State, metric: Mark, best: Best) -> bool:
    """Sales and baskets of the top 20 households: what ranks them and what is listed with it are both shown of each."""
    ranks = next((m for m in state.marks if m.became == f"metric:{best.metric}" and m.end <= metric.start), None)
    if ranks is None or ranks.end > best.word.start:
        return False
    listed = [ranks, *(m for m in state.marks if m.metrics and ranks.end <= m.start and m.end <= metric.start), metric]
    return all(_JOINED.fullmatch(state.text[a.end : b.start]) for a, b in pairwise(listed))


def keep_best(state: State, best: Best) -> None:
    """Takes the best ones as a condition of what is asked, or of the part that a share is of."""
    side = {"top" if best.desc else "bottom": best.count}
    entity = best.head.entities[0]
    condition = EntityCondition(
        entity=entity, metric=MetricRef(metric=best.metric), percent=is_part(best.number), time=_own_period(state, best), **side  # type: ignore[arg-type]
    )
    state.take(best.head, f"entity:{entity}")
    share = state.ops("share")
    if share and not _amount_of(state, share):
        asked = next(iter(state.free(lambda m: m.metrics and m is not best.head)), None)
        state.add_metric(MetricRef(metric=asked.metrics[0] if asked else best.metric, where=(condition,), share=True))
        for mark in [*share, *([asked] if asked else []), *state.ops("total")]:
            state.take(mark, "share")
        return
    state.where.append(condition)
    if state.best_time is not None and best.count < _MANY and not is_part(best.number) and not state.ops("total") and not state.groups:
        state.add_group(Group(field=best.head.groupable))
    for mark in share:
        state.take(mark, "said")
    if not state.free(lambda m: m.metrics):
        state.add_metric(MetricRef(metric=best.metric))


_EACH_PERIOD = re.compile(r"(?:of|in|for|within|from)? ?(?:each|every)\b|[每各逐]")
_WITHIN = ("", "of", "in", "for", "within", "from")
_OF_THEM = re.compile(r"[^,;:]*\b(?:of|for|from|by)\b[^,;:]*")


def _own_period(state: State, best: Best) -> TimeRange | None:
    """2017全年花钱最多的100户,各季度花了多少: the best ones of the whole period in each of its parts, unless each part has its own.

    The 10 best customers of each month are those of that month.
    """
    time, grains = state.time, _grains(state)
    if state.best_time is not None:
        return state.best_time
    if not grains or time is None or time.start is None or time.end is None:
        return None
    return None if any(_has_its_own(state, mark, best) for mark in grains) else TimeRange(start=time.start, end=time.end)


def _grains(state: State) -> list[Mark]:
    return [m for m in state.marks if m.time and m.time.kind == "grain" and m.became.startswith("group:")]


def _has_its_own(state: State, grain: Mark, best: Best) -> bool:
    """每个月花钱最多的20户, the top 20 households of each month: each period has its best ones."""
    first, last = _ends(best)
    if not _EACH_PERIOD.match(grain.text):
        return False
    ahead = grain.end <= first and state.same_clause(grain, best.word)
    return ahead or (grain.text.isascii() and grain.start >= last and state.text[last : grain.start].strip() in _WITHIN)


def _split_by_period(state: State, best: Best) -> bool:
    """Sales by month of the top 100 households, 前100名顾客每个月的销售额: they are the same ones in each period."""
    first, last = _ends(best)
    for grain in _grains(state):
        ahead = grain.end <= first and _OF_THEM.fullmatch(state.text, grain.end, first) is not None
        behind = grain.start >= last and not grain.text.isascii()
        if ahead or behind:
            return not any(_has_its_own(state, g, best) for g in _grains(state))
    return False


def _ends(best: Best) -> tuple[int, int]:
    said = (best.word, best.number, best.head)
    return min(m.start for m in said), max(m.end for m in said)


def _amount_of(state: State, share: list[Mark]) -> bool:
    """How much of the money came from them, in dollars: the amount itself is asked, and no share of it."""
    said = state.ops("total", "by_amount") or any(w in state.text for w in _IN_MONEY)
    return bool(said) and all(m.text.startswith("how much") for m in share)
