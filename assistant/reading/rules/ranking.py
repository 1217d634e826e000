"""Top and bottom: of the answer's rows, within each of a group, or as a condition on entities.

A ranking is a word that ranks, a number, a head (what is ranked) and a measure. They may stand in any order; what
stands together decides only where several could be meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.language.operators import SORTS
from assistant.reading.leftover import names_a_thing
from assistant.reading.mark import Mark
from assistant.reading.outcome import AskBack, Refuse
from assistant.reading.rules.best_ones import Best, is_part, keep_best, keeps_them
from assistant.reading.rules.comparatives import BETTER
from assistant.reading.rules.counting import count_metric, counting_in, counts_segment, is_added
from assistant.reading.rules.deeds import counted_deeds
from assistant.reading.rules.doers import homes_of
from assistant.reading.rules.extremes import extreme, of_each, of_one
from assistant.reading.rules.ranking_head import RANKS, asks_when, ranked_name, time_head
from assistant.reading.rules.units import RANKED_UNITS
from assistant.reading.state import State
from semantic_layer.catalog.models import Text
from semantic_layer.query import TIME, FieldCondition, Group, MetricRef, Order, SemanticQuery

DEFAULT_LIMIT = 10
_COUNTED = " 个家款种位座省里间条台"
_ONE = re.compile(r"谁|哪(?:一)?[个家款种位座省里间条台]|\bwho\b|\bwhich\b(?! ones)")
_ONE_OF = re.compile(r"\b(?:who|which)(?: one)? of (?:the|our|these|those|all) *$")
_SPEED = re.compile(r"\b(?:slow|fast|quick)(?:er|est)?\b|[快慢]")
# The speed of something itself, and not of how it sells.
_ABOUT_TIME = re.compile(r"^(?:the )?(?:slowest|fastest|quickest)$|^(?:最慢|最快)的?$")
_CHANGES = ("growth", "decline", "growth_top", "decline_top")
_OF_EACH = ("per", "each", "every", "for each", "for every", "in each", "within each", "of each", "每", "各", "逐")
# They have an object: so much of it was lost.
_OBJECT = ("lost", "lose", "losing", "gain", "added", "add", "adding", "shed", "picked up", "put on")
_DOLLARS = re.compile(r"\b(?:dollars?|euros?|pounds?|yuan|rmb|money)\b")
_OFTEN = ("most common", "least common", "最常见", "最罕见")
# These mean a ranking only beside a number.
_NEEDS_NUMBER = ("前", "后", "minimum", "maximum")
# What stands before these is who does it, and no measure: 年轻人最舍得在哪个部门花钱.
_WILLING = ("最舍得", "最爱", "最肯", "最愿意", "最能", "最会", "最敢", "最喜欢", "最喜爱", "最不舍得", "最不爱", "最不肯", "最不愿意", "最不喜欢")


@dataclass
class _Rank:
    """The parts of a ranking."""

    word: Mark
    desc: bool
    number: Mark | None = None
    head: Mark | None = None
    grain: str = ""
    metric: str | None = None
    one: bool = False  # of those that are counted, one is asked for


def rule(state: State) -> None:
    """Takes one ranking."""
    word = _word(state)
    if word is None:
        extreme(state, next(iter(state.ops("maximum", "minimum")), None))
        return
    if of_each(state, word):
        return
    rank = _Rank(word, _descends(state, word), _number(state, word))
    if word.text in _NEEDS_NUMBER and rank.number is None:
        return
    if of_one(state, word):
        return
    rank.grain = time_head(state, word, rank.number)
    rank.head = None if rank.grain or asks_when(state) else ranked_name(state, word, rank.number)
    if rank.head and rank.number and _counts_all(state, rank.number, rank.head, word):
        state.take(rank.number, "said")
        rank.number, rank.one = None, True
    if rank.head is None and not rank.grain and not state.groups and not word.has("judge"):
        if rank.number is None:
            extreme(state, word)
        return
    if not _measure(state, rank):
        return
    rank.desc = _descends(state, word, rank.metric)
    _take_words(state, rank)
    _apply(state, rank)


# -- the word and its number --------------------------------------------------------------------------------------


def _word(state: State) -> Mark | None:
    """The word that ranks: of growth first, then a clear one, one that sorts, a judgement last."""
    for names in (("growth_top", "decline_top"), ("top", "bottom"), ("judge",)):
        found = [m for m in state.ops(*names) if not (m.has("neutral") and _measured(state))]
        found = [m for m in found if m.text not in _NEEDS_NUMBER or _beside(state, m) is not None]
        found = [m for m in found if not (m.text in BETTER and _several_named(state))]
        if found:
            return min(found, key=lambda m: (m.has(*SORTS), m.text in _NEEDS_NUMBER, m.start))
    return None


def _several_named(state: State) -> bool:
    """App or mini program, which did better: of those that are named a row each, and no first of them."""
    return any(getattr(c, "op", "") == "in" and any(g.field == getattr(c, "field", "") for g in state.groups) for c in state.where)


def _measured(state: State) -> bool:
    """Whether a measure is named, so that "how do they perform" asks for it and ranks nothing."""
    return bool(state.metrics or state.free(lambda m: m.metrics))


def _descends(state: State, word: Mark, metric: str | None = None) -> bool:
    if word.has("judge") and (word.has(*SORTS) or not word.has("top", "bottom")):
        return word.has("judge_bad") == _less_is_better(state, metric)
    if _SPEED.search(word.text) and _less_is_better(state, metric):
        return word.has("bottom")  # the slowest carrier is the one that takes longest
    if word.has(*SORTS):
        sorts = state.ops(*SORTS)
        directed = [m for m in sorts if not m.has("sorting")]
        return (directed or sorts)[-1].has("top")
    if any(state.close(m, word, gap=2) for m in state.ops("judge_bad")):
        return False  # 最拉胯, the poorest performing
    return word.has("top", "growth_top") and not (state.compare and not word.has("growth_top") and state.ops("decline"))


def _less_is_better(state: State, metric: str | None) -> bool:
    """Whether the measure that is named is better the lower it is: the worst delay is the longest."""
    named = [metric] if metric else [m.metric for m in state.metrics if m.metric]
    named = named or [n for m in state.free(lambda m: m.metrics) for n in m.metrics[:1]]
    named = named or [m.metric for m in state.about if m.metric]
    return bool(named) and state.catalog.metric(named[0]).good == "down"


def _numbers(state: State) -> list[Mark]:
    numbers = state.free(lambda m: m.number and not m.time and m.number.kind != "ordinal")
    return [m for m in numbers if is_part(m) or (m.number and m.number.value >= 1 and float(m.number.value).is_integer())]


def _beside(state: State, word: Mark) -> Mark | None:
    """The number right beside a word that ranks."""
    return next((m for m in _numbers(state) if state.close(m, word, gap=2)), None)


def _number(state: State, word: Mark) -> Mark | None:
    """How many: right beside a word that ranks, right before what can be ranked, or the only number left."""
    words = [word, *(m for m in state.ops(*RANKS) if m is not word)]
    found = next((n for w in words if (n := _beside(state, w))), None)
    found = found or next((m for m in _numbers(state) if _before_head(state, m)), None)
    left = _numbers(state)
    return found or (left[0] if len(left) == 1 and left[0].number and left[0].number.value > 1 and left[0].number.value <= 1_000 else None)


def _counts_all(state: State, number: Mark, head: Mark, word: Mark) -> bool:
    """四家快递谁最准点, of the four carriers which is latest: how many there are, of which one is asked for."""
    if number.start > head.start or state.text[number.end : head.start].strip(_COUNTED):
        return False
    return bool(_ONE.search(state.text[head.end : word.start]) or _ONE_OF.search(state.text[: number.start]))


def _before_head(state: State, number: Mark) -> bool:
    after = state.after(number)
    unit = next((m for m in state.following(number, skip=lambda m: False) if m.start - number.end <= 1), None)
    if unit and not unit.became and unit.text in RANKED_UNITS:
        return True
    return bool(after and (after.groupable or after.counters or after.has(*RANKS) or (after.time and after.time.kind in ("grain", "cyclic"))))


def _take_words(state: State, rank: _Rank) -> None:
    """The ranking's own words, and every other word that says the same once more (the winner, busiest = most)."""
    state.take(rank.word, "order")
    if rank.number:
        state.take(rank.number, "limit")
    for other in state.ops(*RANKS, "growth", "decline"):
        ranked = other.has("top", "bottom", "growth_top", "decline_top")
        same = other.has(*SORTS) or not ranked or other.has("top", "growth_top") == rank.word.has("top", "growth_top", "judge")
        if same or state.same_clause(rank.word, other):
            state.take(other, "order")
    for single in state.ops("single"):
        if state.close(single, rank.word, gap=2):
            state.take(single, "limit")


# -- the measure --------------------------------------------------------------------------------------------------


def _measure(state: State, rank: _Rank) -> bool:
    """Finds what ranks; asks back for a judgement without one. False where the ranking is not understood."""
    rank.metric = _of_those_kept(state, rank) or _metric(state, rank) or _times(state, rank) or _done(state, rank)
    if rank.metric is None and _ABOUT_TIME.search(rank.word.text):
        rank.metric = _duration(state, rank)
        if rank.metric is None:
            return False  # the slowest of what: nothing there takes time
    judged = [m for m in (rank.word, *state.ops("judge")) if m.has("judge") and not m.has("top", "bottom") and not (m.has("neutral") and rank.number)]
    if judged:
        if rank.metric is None and state.free(lambda m: m.unknown and not m.filler and m.text.isascii() and len(m.text) > 2):
            return False
        named = any(m.became.startswith("metric:") and not m.entities for m in state.marks)
        if rank.metric is None and not named:
            _ask_measure(state, rank)
    return True


def _duration(state: State, rank: _Rank) -> str | None:
    """Which carrier is slowest, 哪家快递最快: the one measure of time that what is ranked has itself."""
    ref = rank.head.groupable if rank.head else ""
    own = ref.split(".")[0] if "." in ref else state.catalog.entity(ref).dataset if ref else None
    timed = [n for n, spec in state.catalog.spec.metrics.items() if spec.unit in ("h", "d", "min", "s")]
    found = [n for n in timed if own in state.catalog.formula(n).homes] or [n for n in timed if own and _all_reach(state, n, ref)]
    return found[0] if len(found) == 1 else None


def _all_reach(state: State, metric: str, ref: str) -> bool:
    return all(state.reaches(home, ref) for home in state.catalog.formula(metric).homes)


def _of_those_kept(state: State, rank: _Rank) -> str | None:
    """超时包裹最多的快递公司, the most late parcels: a metric that counts a segment of rows, by the segment's own name beside the word."""
    beside = next(state.following(rank.word) if rank.word.text.isascii() else state.preceding(rank.word), None)
    if beside is None or not beside.segments or beside.became or beside is rank.head or not state.close(rank.word, beside, 1):
        return None
    if not rank.word.text.endswith(("most", "fewest", "least", "多", "少", "多的", "少的")):
        return None
    name = counts_segment(state, beside.segments[0])
    if name:
        state.take(beside, f"metric:{name}")
    return name


def _metric(state: State, rank: _Rank) -> str | None:
    """The metric that ranks: after "by", what stands beside the word, else the nearest."""
    word, head = rank.word, rank.head
    ends = {m.end + 1 for m in state.marks if m is head or (rank.grain and m.became == f"group:{rank.grain}")}
    for by in [*state.ops("by"), *(m for m in state.marks if m.text in ("on", "for") and m.start in ends)]:
        after = state.after(by)
        again = head is not None and after is not None and after.groupable and after.groupable == head.groupable
        if not by.text.startswith(_OF_EACH) and after and after is not head and not after.became and not again:
            name = after.metrics[0] if after.metrics else _counted(state, after, head)
            if name:
                state.take(by, "order")
                state.take(after, f"metric:{name}")
                return name
    if head is not None and _called_after_measure(state, head):
        return state.meant_metric()  # the biggest spending households
    judged = word.has("judge") and not word.has("top", "bottom")
    willing = word.text.startswith(_WILLING)
    beside = None if judged or willing else _counted_beside(state, word, head)
    if beside:
        return beside
    ahead = (word.text.isascii() and not _touched(state, word)) or willing
    chosen = state.nearest(
        word,
        lambda m: m.metrics and m is not head and not (judged and m.entities) and not is_added(state, m) and not _of_each(state, m),
        forward_first=ahead,
    )
    if chosen is not None and chosen.metrics and chosen.end <= word.start:
        chosen = _first_listed(state, chosen)
    if chosen is None or not chosen.metrics:
        return None
    state.take(chosen, f"metric:{chosen.metrics[0]}")
    return chosen.metrics[0]


def _called_after_measure(state: State, head: Mark) -> bool:
    """Spending households: the name of the ranked begins with that of the usual measure."""
    names = state.catalog.metric(state.default_metric()).names()
    return head.text.isascii() and any(head.text.startswith(f"{n.lower()} ") for n in names)


def _touched(state: State, word: Mark) -> bool:
    """退款金额top10的商品及其退货率, sales top 5 stores with their margin: a measure right before the word."""
    before = next(state.preceding(word), None)
    return bool(before and before.metrics and not before.became and before.start >= 0 and not state.text[before.end : word.start].strip())


def _first_listed(state: State, metric: Mark) -> Mark:
    """Sales and baskets of the top 20: the first of a list of measures ranks."""
    before = next(state.preceding(metric), None)
    joint = state.text[before.end : metric.start].strip() if before else ""
    listed = before is not None and before.metrics and not before.became and joint in ("and", ",", ", and", "&", "和", "与", "及", "、")
    return _first_listed(state, before) if before is not None and listed else metric


def _of_each(state: State, mark: Mark) -> bool:
    """每家店: an entity that is split by ranks nothing by its number."""
    before = next(state.preceding(mark), None)
    return bool(before and before.has("by") and before.text.startswith(_OF_EACH) and state.close(before, mark))


def _times(state: State, rank: _Rank) -> str | None:
    """最勤, most often: what counts times ranks, whatever is the default; of what has rows of its own (which means of payment failed), these."""
    counted = [n for n, spec in state.catalog.spec.metrics.items() if "次" in spec.counters.zh or "times" in spec.counters.en]
    if not counted or not rank.word.has("often", "seldom"):
        return None
    ref = rank.head.groupable if rank.head else ""
    return next((n for n in counted if not ref or _all_reach(state, n, ref)), None) or (_rows_of(state, rank.head) if rank.head else None)


# What is done with one's feet is counted in times, and no money.
_COMING = re.compile(r"来店|到店|进店|光顾|光临|上门|登门|惠顾|来逛|来访|visit(?:s|ed|ing)?|(?:come|came|walk|walked) in|(?:drop|dropped) by")


def _done(state: State, rank: _Rank) -> str | None:
    """周几下单最多, 周几来店最多: the rows of the verb beside the word are counted, or times, where the default metric is another."""
    word = rank.word
    verb = next((m for m in state.free(lambda m: m.verbs and not m.metrics and m is not rank.head) if state.close(m, word, 2)), None)
    if verb is not None and _COMING.fullmatch(verb.text) and not word.has("judge"):
        counted = next((n for n, spec in state.catalog.spec.metrics.items() if "times" in spec.counters.en), None)
        if counted:
            state.take(verb, f"metric:{counted}")
            return counted
    if verb is None or word.has("judge") or set(verb.verbs) & set(state.catalog.formula(state.default_metric()).homes):
        return None
    told = counted_deeds(state, verb, verb.verbs[0]) if verb.deeds else None  # redeemed most: not granted most
    name = told or counting_in(state, verb.verbs[0], None)
    if name:
        state.take(verb, f"metric:{name}")
    return name


def _counted_beside(state: State, word: Mark, head: Mark | None) -> str | None:
    """The stores with the most receipts, 小票最多: what stands right beside the word is counted."""
    beside = state.after(word) if word.text.isascii() else next(iter(state.preceding(word)), None)
    if beside and word.text.isascii() and beside.values and not (beside.metrics or beside.entities):
        beside = _whose(state, beside) or beside  # the most male customers
    if beside is None or beside is head or beside.became or not state.close(beside, word, 3) or _of_each(state, beside):
        return None
    name = None if beside.metrics else _counted(state, beside, head) or _done_most(state, beside)
    if name:
        state.take(beside, f"metric:{name}")
    return name


def _whose(state: State, value: Mark) -> Mark | None:
    """What stands right behind a value, where it is counted: male customers."""
    behind = state.after(value)
    return behind if behind and state.close(value, behind, 1) and not behind.became and (behind.entities or behind.metrics) else None


def _done_most(state: State, verb: Mark) -> str | None:
    """收藏最多的商品, the most returned products: how often it was done, where the default metric's rows do not tell of it."""
    if not verb.verbs or verb.metrics or set(state.catalog.formula(state.default_metric()).homes) & set(verb.verbs):
        return None
    for dataset in verb.verbs:
        own = next((e for e, spec in state.catalog.spec.entities.items() if spec.dataset == dataset), None)
        counted = count_metric(state, own) if own and dataset in homes_of(state) else None
        told = counted_deeds(state, verb, dataset) if verb.deeds else None
        name = told or (counted.metric if counted else None) or counted_deeds(state, verb, dataset) or counting_in(state, dataset, None)
        if name:
            return name
    return None


def _counted(state: State, mark: Mark, head: Mark | None) -> str | None:
    """The metric that counts an entity, or what a counter counts."""
    if mark is head:
        return None
    if mark.entities and (counted := count_metric(state, mark.entities[0])):
        return counted.metric
    return mark.counters[0] if mark.counters else None


def _ask_measure(state: State, rank: _Rank) -> None:
    """Best and worst without a measure is asked back, with a ranking by each likely one."""
    word = rank.word
    head = rank.head or next((m for m in state.marks if m.groupable and m.became in ("count", "said", "subject")), None)
    choices = []
    if head is not None:
        for name in _likely(state, head):
            choices.append(
                SemanticQuery(
                    metrics=(MetricRef(metric=name),),
                    group_by=(Group(field=head.groupable),),
                    time=state.time,
                    where=tuple(state.where),
                    order_by=(Order(by=name, desc=rank.desc),),
                    limit=DEFAULT_LIMIT,
                )
            )
    if lost := [m for m in state.free() if m.lacking or (m.unknown and names_a_thing(m))]:  # 上周天气怎么样: of nothing that is there
        zh, en = "、".join(f"“{m.text}”" for m in lost), ", ".join(f'"{m.text}"' for m in lost)
        text = Text(zh=f"数据里没有 {zh} 对应的内容。", en=f"The data hold nothing called {en}.")
        raise Refuse(text, tuple(choices), tuple(m.text for m in lost))
    raise AskBack(Text(zh=f"“{word.text}”按什么衡量？", en=f'"{word.text}" by which measure?'), tuple(choices), (word.text,))


def _likely(state: State, head: Mark) -> list[str]:
    """Metrics that can be split by the head: the default one, then others of its kind."""
    names = [state.meant_metric(), *state.catalog.spec.metrics]
    reach = [n for n in dict.fromkeys(names) if all(state.reaches(h, head.groupable) for h in state.catalog.formula(n).homes)]
    ratios = [n for n in reach if state.catalog.formula(n).kind == "ratio"]
    plain = [n for n in reach if n not in ratios]
    return [*plain[:1], *[n for n in plain[1:] if state.catalog.formula(n).kind == "distinct"][:1], *ratios[:2]][:4]


# -- what it does -------------------------------------------------------------------------------------------------


def said_again(state: State) -> None:
    """Lost the most dollars, top 5: the word of ranking beside the number that became the limit."""
    for op in state.ops("top", "bottom"):
        number = state.after(op)
        if state.order and number is not None and number.became == "limit" and state.close(op, number, 1):
            state.take(op, "order")


def _apply(state: State, rank: _Rank) -> None:
    head = rank.head
    name = rank.metric or state.meant_metric()
    if rank.metric is None and not state.metrics and head is not None and (rank.word.text in _OFTEN or not _reached(state, head)):
        name = _rows_of(state, head) or name
    if rank.metric is None and not state.metrics:
        state.assume(f"未说明指标，按{state.catalog.metric(name).label.zh}", f"no measure was named: by {state.catalog.metric(name).label.en}")
    elif rank.metric is None:
        name = state.metrics[0].name
    best = Best(head, name, rank.number, rank.desc, rank.word, rank.metric is not None) if head and head.entities and rank.number else None
    if best and keeps_them(state, best):
        keep_best(state, best)
        return
    if is_part(rank.number):
        return  # the first tenth of what has no rows of its own
    limit = int(rank.number.number.value) if rank.number and rank.number.number else None
    if head is not None:
        _by_name(state, head)
        state.add_group(Group(field=head.groupable))
        state.take(head, f"group:{head.groupable}")
    ref = state.add_metric(MetricRef(metric=name)) if not any(m.name == name for m in state.metrics) else MetricRef(metric=name)
    if not state.groups and head is None:
        return
    if state.metrics and state.metrics[0].name != ref.name:
        state.metrics.sort(key=lambda m: m.name != ref.name)
    state.order.append(Order(by=ref.name, desc=rank.desc, side=_side(state)))
    state.limit = limit or (1 if rank.one else None if _all_of_them(state, rank) else _implied_limit(state, rank.word, head))
    _per_group(state, head)


def _all_of_them(state: State, rank: _Rank) -> bool:
    """Which hours are busiest, by hour: every hour is shown, the busiest first."""
    return bool(rank.grain) and any(m.time and m.time.kind in ("grain", "cyclic") and m.time.grain == rank.grain for m in state.marks)


def _reached(state: State, head: Mark) -> bool:
    return all(state.reaches(h, head.groupable) for h in state.homes())


def _rows_of(state: State, head: Mark) -> str | None:
    """The metric that counts the rows of what is ranked: the most common models are those of most planes."""
    return counting_in(state, head.fields[0].split(".")[0], None) if head.fields else None


def _side(state: State) -> Literal["value", "growth", "difference"]:
    if state.compare is None:
        return "value"
    behind_by = [next(state.following(op), None) for op in state.marks if op.has("by")]
    by_change = [m for m in behind_by if m and m.has("change") and m.became == "compare"]  # ranked by % change in sales
    grown = bool(by_change) or any(m.became in ("order", "compare") and m.has(*_CHANGES) for m in state.marks)
    amount = [m for m in state.marks if m.has("by_amount")] or _in_money(state)
    if grown and amount:
        for mark in state.ops("by_amount"):
            state.take(mark, "order")
        return "difference"
    return "growth" if grown else "value"


def _in_money(state: State) -> bool:
    """Dollars gained, 掉钱最多: what counts the metric stands with the word of change."""
    changed = [m for m in state.marks if m.became in ("order", "compare") and m.has(*_CHANGES)]
    if any("钱" in m.text for m in changed) or any(_lost_amount(state, m) for m in changed):
        return True
    money = state.default_metric()
    counters = [m for m in state.marks if money in m.counters and m.text != "钱" and any(state.close(m, c) for c in changed)]
    for mark in counters:
        state.take(mark, "order")
    return bool(counters)


def _lost_amount(state: State, word: Mark) -> bool:
    """Lost the most sales dollars: what was lost is named in money, and no rate."""
    named = next(state.following(word), None)
    lost = named is not None and bool(named.metrics) and 0 <= named.start - word.end <= 1
    return lost and named is not None and word.text.startswith(_OBJECT) and _DOLLARS.search(named.text) is not None


def _implied_limit(state: State, op: Mark, head: Mark | None) -> int | None:
    """Without a number: one for "which one", all for a ranking, ten for a plain top."""
    if op.has(*SORTS) or any(m.has(*SORTS) and m.became == "order" for m in state.marks):
        return None  # who grew the most? ranked from high to low: all of them
    if any(m.text.startswith("which one") and not m.text.endswith("ones") for m in state.marks):
        return 1
    head = head or next((m for m in state.marks if m.text.isascii() and m.became == f"group:{state.groups[-1].grain}"), None)
    english = head is not None and head.text.isascii()
    plural = english and head is not None and head.text.endswith("s")
    if any(m.text in ("哪些", "哪几个", "哪几家", "哪几") for m in state.marks) or plural or (op.text == "top" and not english):
        return DEFAULT_LIMIT
    return 1


def _by_name(state: State, head: Mark) -> None:
    """卖得最好的两款: what only a counter names is shown by its name."""
    spec = state.catalog.entity(head.entities[0]) if head.entities and head.counters and not head.shown and not head.fields else None
    if spec and spec.dataset and spec.shown_by and len(head.text) == 1:
        head.shown = f"{spec.dataset}.{spec.shown_by}"


def _per_group(state: State, head: Mark | None) -> None:
    """Each X beside a ranked Y: the best of Y within each X."""
    ranked = head.groupable if head else ""
    for op in state.ops("by"):
        target = state.after(op)
        if target and not target.became and target.groupable and target.groupable != ranked:
            group = state.add_group(Group(field=target.groupable))
            state.take(target, f"group:{target.groupable}")
            state.take(op, "group")
            state.limit_per.append(group.name)
    for group in state.groups:
        if group.field != ranked and group.name not in state.limit_per and ranked and (group.field == TIME or _told_apart(state, group)):
            state.limit_per.append(group.name)
    _of_each_value(state, ranked)
    _of_both_named(state, ranked)
    if state.limit is None:
        state.limit_per.clear()
    for group in state.groups:
        # The unknown group is never ranked within.
        if group.name in state.limit_per and group.field and "." in group.field and not group.grain and not _conditioned(state, group.field):
            state.where.append(FieldCondition(field=group.field, op="not_null"))


def _conditioned(state: State, field: str) -> bool:
    return any(isinstance(c, FieldCondition) and c.field == field for c in state.where)


def _of_each_value(state: State, ranked: str) -> None:
    """For meat, deli and produce, the best category of each: within each of the values named."""
    words = [m for m in state.ops("by") if m.text in ("of each", "each", "for each", "each of", "各", "各自") and not state.after(m)]
    words += [m for m in state.ops("by") if m.text in ("of each", "for each") and m not in words]
    named: dict[str, int] = {}
    for mark in state.free(lambda m: m.values):
        for f in dict.fromkeys(f for f, _ in mark.values):
            named[f] = named.get(f, 0) + 1
    field = next((f for f, n in named.items() if n > 1 and f != ranked), None)
    if words and field:
        group = state.add_group(Group(field=field))
        state.groups.sort(key=lambda g: g is not group)
        state.limit_per.append(group.name)
        state.take(words[0], "group")


_BOTH = re.compile(r".[和与及/]|还是|或|\b(?:and|or|versus|vs)\b")
_IN_EACH = ("by", "separately", "within")


def _of_both_named(state: State, ranked: str) -> None:
    """自有品牌和全国品牌里头,最好卖的品类各来三个: within each of the kinds that the name of a field lists."""
    words = [m for m in state.marks if m.has(*_IN_EACH) and m.became in ("", "group", "said")]
    for mark in state.free(lambda m: m.fields and not m.metrics and m.fields[0] != ranked and _BOTH.search(m.text)) if words and ranked else []:
        group = state.add_group(Group(field=mark.fields[0]))
        state.groups.sort(key=lambda g: g is not group)
        state.limit_per.append(group.name)
        state.take(mark, f"group:{mark.fields[0]}")
        for word in words:
            state.take(word, "group")


def _told_apart(state: State, group: Group) -> bool:
    """Whether several values of this field were named, so that each has its own ranking."""
    return any(getattr(c, "field", None) == group.field and getattr(c, "op", "") == "in" for c in state.where)
