"""What the words around a word tell of it: over 2017 compares nothing, picked up milk is no growth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark

_CHANGES = frozenset(["growth", "decline"])
_OVER = frozenset(["versus", "more_than"])
_OR_NOT = ("没", "没有", "不")
_ENOUGH = ("够", "够了")
_ENDS = tuple(",;?!。")
_BEYOND = frozenset(["more_than", "less_than", "at_least", "at_most"])
_TAKING = frozenset(
    ["take", "taking", "leave", "leaving", "kick", "kicking", "throw", "throwing", "cut", "cutting", "filter", "filtering", "keep", "keeping",
     "strip", "stripping", "pull", "pulling", "carve", "carving", "set", "setting", "put", "putting", "knock", "knocking", "get", "drop"]
)  # fmt: skip
_DETERMINERS = ("a", "an", "the", "one", "each", "every", "per", "their", "this", "that", "first", "last", "single")
_OFF = ("out", "aside", "off", "away")
_REACH = 7  # how many words may stand between the verb and its particle
_WHO = ("who", "that", "which", "with", "whose")
_ANYONE = ("everyone", "everybody", "anyone", "anybody", "someone", "somebody", "those", "the ones", "ones", "folks", "folk", "each one")
_AMOUNTS = ("dollars", "amount", "amounts", "total amount", "in dollars", "usd", "dollar amount", "in usd", "the amount")
_UNDER = ("under", "below", "beneath", "within", "inside")
_LOST_TO = re.compile(r"(?:lost|losing|loses?) (?:to|through|because of|on)\b")
_MOVED = ("moved", "evolved", "developed", "progressed", "trended", "changed over time")
_CAUSED = ("due to", "because of", "owing to", "因为", "由于", "因")
_BEHIND_THE = 5
_BE_OVER = ("were over", "was over", "are over", "is over", "were under", "was under", "are under", "is under")
_IN_THE_END = ("最后", "最终", "finally", "eventually", "ultimately", "in the end")
_SPENT = ("dropped", "drop", "dropping")


def _than_before(marks: Sequence[Mark], at: int) -> bool:
    """Whether a period, "than" and another period stand behind a word."""
    behind = [m for m in marks[at + 1 :] if m.text == "than" or (m.time and m.time.kind == "range")]
    return len(behind) >= 3 and behind[1].text == "than"


_NOBODY = ("nobody", "no one", "no-one", "noone", "没人", "无人")


def settled(marks: Sequence[Mark], text: str, people: str = "") -> list[Mark]:
    """The marks, with what they stand next to taken into account. `people` is the shop's entity of people, where it has just one."""
    amount = any(m.text in _AMOUNTS for m in marks)
    for at, mark in enumerate(marks):
        if _asks_which(marks, at):
            mark.ops = frozenset(["which"])  # any category where profit fell
        if mark.text == "cost" and marks[at + 1 : at + 2] and marks[at + 1].text == "us" and any(m.metrics for m in marks[:at]):
            mark.ops, mark.fields, mark.metrics, mark.either = frozenset([FILLER]), (), (), ()  # what did refunds cost us
        if mark.text == "how much of" and amount:
            mark.ops = frozenset([FILLER])  # how much of it, in dollars: no share
        if at and mark.entities and mark.verbs and marks[at - 1].text in _DETERMINERS and marks[at - 1].end == mark.start - 1:
            mark.verbs, mark.deeds = (), ()  # paid for an order: a thing
        if people and _is_anyone(marks, at):
            mark.entities, mark.ops = (people,), frozenset()
        if mark.text == "plus" and not any(m.number for m in marks[max(0, at - 2) : at]):
            mark.ops = frozenset([FILLER])  # sales plus baskets, domestic plus imported
        ahead = next((m for m in marks[at + 1 :] if not m.filler), None)
        if at and _or_not(mark, marks[at - 1]) and (ahead is None or text[mark.end : mark.end + 1] in _ENDS):
            mark.ops = frozenset([FILLER])  # 超过10万了没: yes or no
        if mark.text in _ENOUGH and not (ahead and ahead.number):
            mark.ops = frozenset([FILLER])  # 每段出两个就够
        if mark.text == "nothing" and not _of_a_verb(marks, at, ahead, people):
            mark.ops = frozenset()  # categories with sales in January but nothing in December
        if mark.text == "less" and _than_before(marks, at):
            mark.ops = frozenset(["lower"])  # brands that sold less in Q2 than in Q1
        if mark.text in _NOBODY and ahead and ahead.verbs:
            mark.ops, mark.entities = frozenset(["not"]), ()  # parts that nobody ordered
        if mark.has("neutral") and _how_it_went(marks, at) and not any(m.has("which") for m in marks):
            mark.ops = frozenset([FILLER])  # 去年卖得怎么样: how much was sold
        if ahead is None:
            continue
        if mark.text == "by" and at and _is_agent(marks, at, people):
            mark.ops = frozenset([FILLER])  # parts ordered by German customers
            if marks[at - 1].metrics:
                ahead.metrics, ahead.counters = (), ()  # orders by users aged 25 to 44: no number of users
        if _parted(marks, at):
            mark.ops = frozenset(["exclude"])
        if mark.ops == _OVER and _only_period(marks, at, ahead):
            mark.ops = frozenset([FILLER])
        if mark.ops & _BEYOND and ahead.time and ahead.time.kind == "range" and any(m.time and m.time.kind == "range" for m in marks[:at]):
            mark.ops = frozenset(["versus", "higher" if mark.has("more_than", "at_least") else "lower"])  # 12月超过11月: no number is bound
        if mark.text in _MOVED and re.match(r"how (?:has|have|had|did|do|does)\b", text) and not mark.ops:
            mark.ops = frozenset(["trend"])  # how has it moved this year
        if mark.ops & _CHANGES and _LOST_TO.match(text, mark.start):
            mark.ops = frozenset()  # revenue lost to discounts: what might have been, and no change
        if mark.text == "through" and ahead.values and ahead.start - mark.end <= _BEHIND_THE:
            mark.ops = frozenset([FILLER])  # orders through the mini program
        if mark.text in _CAUSED and ahead.values and any(m.has("how_many", "share") for m in marks):
            mark.ops = frozenset([FILLER])  # how many returns were due to quality problems: which of them, and not why
        told = any(m.segments and m.segments == ahead.segments for m in marks[:at])  # 油品和非油
        if (mark.text == "不" or (mark.text == "非" and not told)) and ahead.start == mark.end and (ahead.segments or ahead.values):
            mark.ops = frozenset(["not"])  # 打折的和不打折的
        if mark.verbs and mark.ops & _CHANGES and ahead.values:
            mark.ops -= _CHANGES
        if mark.text in _BE_OVER and (ahead.number or (ahead.text in "$¥€£" and len(marks) > at + 2 and marks[at + 2].number)):
            mark.ops = frozenset(["more_than" if mark.text.endswith("over") else "less_than"])  # what part of the baskets were over $100
        if mark.text in _IN_THE_END and (ahead.deeds or ahead.segments) and any(m.has("share", "how_many") for m in marks):
            mark.ops = frozenset([FILLER])  # 最后付款的比例: of those who did in the end
        if mark.text in _SPENT and _by_people(marks, at) and ahead.has("more_than", "at_least", "less_than", "at_most"):
            mark.ops = frozenset([FILLER])  # everyone who dropped more than a grand
        if _same_period_again(mark, ahead):
            mark.time, mark.ops = None, frozenset([FILLER])
        if mark.has("of_which") and ahead.entities and any(m.text in _WHO for m in marks[at + 1 : at + 4]):
            mark.ops = frozenset([FILLER])
        if mark.text == "of which" and at and marks[at - 1].entities and text[marks[at - 1].end : mark.start] == " " and _names(ahead):
            mark.ops = frozenset(["which"])  # customers of which nation
        if mark.text in ("ones", "one") and at and marks[at - 1].values and (named := _same_kind(marks, at)):
            mark.entities, mark.metrics, mark.ops = named.entities, named.metrics, frozenset()
        split = any(m.has("by") for m in marks[:at]) and (ahead.values or ahead.fields or ahead.segments)
        if mark.text == "between" and (split or ahead.has("new", "returning")):
            mark.ops = frozenset([FILLER])
        if mark.text in _UNDER and ahead.values and ahead.start - mark.end <= 5:
            mark.ops = frozenset([FILLER])  # categories under grocery
        if mark.has("more_than", "less_than") and _of_two(marks, at, ahead):
            mark.ops = frozenset(["versus", "higher" if mark.has("more_than") else "lower"])
    return list(marks)


def _asks_which(marks: Sequence[Mark], at: int) -> bool:
    """Any category where profit fell, any brands whose sales grew: those of which it is true are asked for."""
    if marks[at].text not in ("any", "are there any", "do we have any", "is there any") or at + 2 >= len(marks):
        return False
    named, joint = marks[at + 1], marks[at + 2]
    changed = any(m.ops & (_CHANGES | {"higher", "lower"}) for m in marks[at + 3 :])
    return bool(named.groupable) and joint.text in ("where", "whose", "in which", "for which", "with", "that") and changed


def _how_it_went(marks: Sequence[Mark], at: int) -> bool:
    """卖得怎么样: a verb right before the word, with its particle."""
    before = marks[max(0, at - 2) : at]
    return any(m.verbs and not m.deeds for m in before) and bool(before) and before[-1].text.endswith(("得", "的"))


def _of_a_verb(marks: Sequence[Mark], at: int, ahead: Mark | None, people: str) -> bool:
    """Nothing sold, bought nothing; customers who ordered in 1997 but nothing in 1998, whose verb stands with their name."""
    before = marks[:at]
    told = any(people in m.entities for m in before) and any(m.verbs or m.did for m in before)
    return told or any(m.verbs or m.did for m in (ahead, *before[-1:]) if m)


def _names(mark: Mark) -> bool:
    return bool(mark.fields or mark.either or mark.shown)


def _same_kind(marks: Sequence[Mark], at: int) -> Mark | None:
    """European customers and Asian ones: what stood behind the last value of the same kind."""
    fields = {f for f, _ in marks[at - 1].values}
    for value, named in pairwise(marks[: at - 1]):
        if value.values and fields & {f for f, _ in value.values} and named.entities:
            return named
    return None


def _or_not(mark: Mark, before: Mark) -> bool:
    return mark.text in _OR_NOT or (mark.text == "not" and before.text == "or")


def _of_two(marks: Sequence[Mark], at: int, ahead: Mark) -> bool:
    """Is salad bar bigger than seafood, store 367 more than store 406: two of a kind are compared, and no number."""
    for mark in reversed(marks[:at]):
        if (mark.ids and ahead.ids and mark.ids[0] == ahead.ids[0]) or (mark.segments and ahead.segments):
            return True
        if mark.values and ahead.values and {f for f, _ in mark.values} & {f for f, _ in ahead.values}:
            return True
    return False


def _is_anyone(marks: Sequence[Mark], at: int) -> bool:
    """Everyone who came, those with kids: people, where no other name for somebody or something stands before."""
    joint = marks[at + 1] if at + 1 < len(marks) else None
    named = any(m.entities or m.fields or m.metrics for m in marks[:at])
    return marks[at].text in _ANYONE and joint is not None and joint.text in ("who", "who've", "who'd", "whose") and not named


def _by_people(marks: Sequence[Mark], at: int) -> bool:
    return any(m.text in ("who", "people", "customers", "shoppers", "households") for m in marks[max(0, at - 2) : at])


def _parted(marks: Sequence[Mark], at: int) -> bool:
    """Take fuel out, leave the DELI aside: a verb of taking whose particle stands behind what is taken."""
    if marks[at].text not in _TAKING:
        return False
    named = False
    for mark in marks[at + 1 : at + _REACH]:
        if mark.text in _OFF:
            return named
        if not (mark.filler or mark.unknown or mark.values or mark.segments or mark.ids or mark.fields):
            return False
        named = named or bool(mark.values or mark.segments or mark.ids)
    return False


def _is_agent(marks: Sequence[Mark], at: int, people: str) -> bool:
    """Parts ordered by German customers: behind what was done, people in the plural did it, and split nothing."""
    behind = next((m for m in marks[at + 1 : at + 5] if not m.filler and not (m.values and not m.text.endswith("s"))), None)
    place = marks.index(behind) if behind else at
    told = next((m for m in marks[place + 1 : place + 3] if not m.filler), None)  # by customers in Japan, supplied by German suppliers
    kind = any(m.values for m in [*marks[at + 1 : place], *([told] if told else [])])
    who = behind is not None and ((people and people in behind.entities) or behind.values or (kind and behind.entities))
    several = behind is not None and behind.text.endswith(("s", "people", "folk")) and bool(who)
    if several and told and told.values and told.text.startswith("aged"):
        return True  # orders by users aged 25 to 44
    return bool(marks[at - 1].verbs or marks[at - 1].did) and marks[at - 1].text.endswith(("ed", "bought", "made", "given")) and several


def _same_period_again(mark: Mark, ahead: Mark) -> bool:
    """In this quarter Q2: a pointer right before the period that it points to."""
    both = mark.time and ahead.time and mark.time.kind == ahead.time.kind == "range"
    return bool(both and mark.text.startswith(("this ", "that ", "the said ")) and ahead.start - mark.end <= 2)


def _only_period(marks: Sequence[Mark], at: int, ahead: Mark) -> bool:
    """Spent 500 over 2017: a period behind the word, and none before it that it could be compared with."""
    if not (ahead.time and ahead.time.kind == "range"):
        return False
    return not any(m.time and m.time.kind == "range" for m in marks[:at])
