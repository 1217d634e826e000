"""What a word that no part of the query explains may do to the answer: nothing, or everything.

Each leftover word has a weight; the sum decides whether the question is answered, asked back or refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from assistant.language.dictionary import chinese_frequency, is_chinese_word
from assistant.language.general import chinese_words, is_general, is_general_chinese, tag_weight
from assistant.language.numbers import chinese_number
from assistant.linking.misspelt_zh import may_deny
from assistant.reading.catalog_words import catalog_words
from assistant.reading.defined import is_defined
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity
from assistant.reading.state import State
from semantic_layer.query import EntityCondition, FieldCondition
from semantic_layer.spelling import has_han

LIGHT = 0.12
HEAVY = 1.0
LACKING = 5.0
_USUAL = 600  # times that a character stands alone in the texts of a dictionary
# Operator words that add nothing when the rest is understood; every other one changes what is asked.
_LIGHT_OPS = frozenset(
    ["how_many", "list", "total", "by", "separately", "different", "within", "attributes", "trend",
     "buckets", "having", "by_amount",
     "but", "neutral"]
)  # fmt: skip
_MIDDLING_OPS = frozenset(["which", "of_which", "both", "versus", "change", "started", "ended", "exactly"])


_UNITS_OF_TIME = ("月", "周", "天", "季度", "季", "年", "months", "weeks", "days", "quarters", "years", "periods")


_JOINING_TWO = ("and", "or", "nor", "&", "plus", "vs", "versus", "和", "与", "及", "跟", "或", "、", "对比")
_LISTING = ("和", "与", "及", "跟", "同", "或", "以及", "还有")
# What ends a Chinese verb of showing: 摆开, 劈成, 加到.
_COMPLEMENTS = ("成", "开", "到", "出", "起", "上", "下", "来", "去", "掉", "给", "为", "取")
# What turns a verb into taking away or adding up: 扔掉, 攒起来.
_TURNING = ("掉", "起来", "下来", "下去", "上去", "除却", "之外")
# What makes a kind of people of what stands before it: 收藏控, 囤货党.
KINDS_OF_PEOPLE = frozenset([*"控党族迷粉狂", "狂魔", "达人", "专业户"])
# What may stand between such a word and what it is done to.
_JOINTS = ("得", "的", "了", "过", "出", "出去", "去", "开", "掉")
_DONE = ("了", "过", "够", "够了", "完", "完了", "到", "到了")
_NUMERALS = frozenset("百千万亿")
_COLUMNS = re.compile("([两二三四五六七八])(?:列|栏|项|样|块|个)")  # sales、折扣额、折扣率三列
_SO_MANY = re.compile("[两三四五六七八九十][天周月年位名家款件单]")
_DENYING = "不无非未"
_PERSONS = ("人", "者", "员", "商", "客")  # what ends the name of a kind of people
_SET_PHRASES = ("不过", "不妨", "无非", "别忘了", "不好意思", "不用", "没事", "无论", "不管", "未来")
_NOUNS = ("n", "vn", "an", "eng", "j", "l", "i", "s")
_VERBAL = ("ing", "ed", "ly", "est")
_SHORT = 3
_JOINING = ("after", "before", "during", "over", "under", "without", "within", "between", "against", "across", "since", "until", "though", "while")
# Words that say what is divided by what.
_DIVIDING = ("per", "per each")
# Words that split only before a name: 分 and 拆 are also verbs of showing.
_LOOSE = ("分", "拆", "照", "哪", "split", "slice", "break down", "breakdown")


def _are_two(text: str, one: Mark, other: Mark) -> bool:
    """East and South China: whether two marks are joined as two things."""
    between = text[min(one.end, other.end) : max(one.start, other.start)]
    return any(w in between.split() or (has_han(w) and w in between) for w in _JOINING_TWO)


def _is_listed(text: str, mark: Mark) -> bool:
    """Collected, in "collected, coupons and refunds": whether a word is a thing of a list, however general it is."""
    return text[: mark.start].rstrip().endswith((":", ",")) and text[mark.end :].lstrip().startswith(",")


class Leftovers:
    """Weighs the leftover words of one question."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._words = chinese_words(state.text) if any(m.unknown and has_han(m.text) for m in state.marks) else []

    def weight(self, mark: Mark) -> float:
        """From 0 (it may be passed over) to 1 and more (without it another question is answered)."""
        if mark.lacking:
            return LACKING
        if mark.unknown and mark.text in _UNITS_OF_TIME and self._after_tally(mark):
            return LIGHT
        if mark.unknown and (columns := _COLUMNS.fullmatch(mark.text)) and chinese_number(columns[1]) in self._tallies():
            return LIGHT
        if mark.unknown and _is_listed(self._state.text, mark):
            return HEAVY
        if mark.unknown and self._explains(mark):
            return LIGHT
        if mark.unknown:
            told = (
                self._makes_a_kind, self._names_a_split, self._is_cut, self._denies, self._tells_which, self._is_named, self._is_what_is_counted,
            )  # fmt: skip
            return HEAVY if any(tells(mark) for tells in told) else max(LIGHT, self._of_unknown(mark))
        if mark.number is not None and not mark.time:
            return self._of_number(mark)
        if mark.entities and not mark.metrics and self._is_averaged(mark):
            return LIGHT
        if mark.ops and not (mark.metrics or mark.fields or mark.entities or mark.values or mark.segments or mark.ids or mark.time):
            return self._of_operator(mark)
        return HEAVY

    def _explains(self, mark: Mark) -> bool:
        """Total stock available: beside what was understood, a word that its definition has anyway."""
        state = self._state
        around = (next(state.preceding(mark), None), next(state.following(mark), None))
        beside = [m for m in around if m is not None and m.became and state.close(m, mark, 1) and not _are_two(state.text, mark, m)]
        return not self._names_a_split(mark) and not self._denies(mark) and any(is_defined(state.catalog, mark, m) for m in beside)

    def _makes_a_kind(self, mark: Mark) -> bool:
        """囤货党, and 控 of 收藏控, 达 of 达人: a house's own name for people, of which at most the deed is known."""
        behind = [m for m in self._state.marks if m.start == mark.end and m.became in ("", "subject") and m.text in _PERSONS]
        if behind and not is_general_chinese(mark.text):
            return True
        if mark.text in KINDS_OF_PEOPLE:
            return any(m.end == mark.start and not m.unknown for m in self._state.marks)
        return mark.text.endswith(tuple(KINDS_OF_PEOPLE)) and not is_general_chinese(mark.text)

    def _names_a_split(self, mark: Mark) -> bool:
        """By cashier, 各省: what stands behind a word that splits is what the answer is to be split by."""
        before = next((m for m in self._state.marks if 0 <= mark.start - m.end <= 1 and m.start < mark.start), None)
        split = before is not None and not before.became and before.has("by", "which") and before.text not in _LOOSE
        counted = before is not None and before.has("how_many") and before.end == mark.start and before.became != "said"
        return split or counted or (len(mark.text) > 1 and mark.text[0] in "各每")

    def _is_averaged(self, mark: Mark) -> bool:
        """发出的包裹平均多久送到: the rows that the only measure averages anyway, named and not asked for."""
        state = self._state
        before = next(state.preceding(mark), None)
        asked = before is not None and state.close(before, mark, 2) and (before.has("by", "which", "how_many", "top", "bottom") or before.number)
        if asked or len(state.metrics) != 1 or not state.metrics[0].metric or state.order:
            return False
        leaves = state.catalog.formula(state.metrics[0].metric).aggregates
        rows = {a.home for a in leaves if isinstance(a.call, exp.Avg)}
        return len(rows) == 1 and rows == {state.catalog.entity(mark.entities[0]).dataset}

    def _is_named(self, mark: Mark) -> bool:
        """付款订单, where the catalog has paid orders: a word that its names are made of says which are meant."""
        known = catalog_words(self._state.catalog)
        return any(mark.text[s:e] in known for s, e, _ in chinese_words(mark.text)) if has_han(mark.text) else mark.text in known

    def _denies(self, mark: Mark) -> bool:
        """不知道, 无券: a Chinese word that turns what follows into its opposite."""
        return mark.text[0] in _DENYING and mark.text not in _SET_PHRASES and not is_general_chinese(mark.text)

    def _tells_which(self, mark: Mark) -> bool:
        """最炸, 栽得最狠, 扔掉汽油, 掉队的, 攒起来, 退出率: a Chinese word that says which are meant, what is done to the numbers, or a rate."""
        if mark.text.endswith("率") or (len(mark.text) > 1 and mark.text.endswith("过") and not is_general_chinese(mark.text)):
            return True  # 写过差评的用户: what was done
        if not has_han(mark.text) or is_general_chinese(mark.text) or _is_light(mark.text):
            return False
        before = next(self._state.preceding(mark, skip=lambda m: False), None)
        cut = before is not None and before.text == "最" and before.end == mark.start
        if cut or mark.text.endswith(_TURNING) or (mark.text[0] == "最" and len(mark.text) > 1):
            return True
        touching = list(_touching(self._state.marks, mark.end))
        joints = [mark.text[-1], *(m.text for m in itertools.takewhile(lambda m: m.text in _JOINTS, touching))]
        ahead = next((m for m in touching if m.text not in _JOINTS), None)
        if ahead is not None and ahead is touching[0] and ahead.has("top", "bottom") and ahead.text.startswith("最") and mark.text[-1] not in "得的":
            return len(mark.text) > 1  # 延误最多: what there is most of
        if ahead is None:
            return joints[-1] == "的"
        if touching[0].text in _LISTING and len(touching) > 1:
            other = touching[1]  # 周中和周末: what is listed beside something that was kept
            return bool(other.values or other.segments or other.ids or (other.time and other.time.kind == "weekday"))
        kept = bool(ahead.values or ahead.segments or ahead.ids)
        return ahead.has("top", "bottom", "judge") if joints[-1] in "得的" else kept

    def _is_what_is_counted(self, mark: Mark) -> bool:
        """加够了多少次, 攒了多少: a verb of one character right before how often or how much it was done."""
        if len(mark.text) != 1 or not has_han(mark.text) or is_general_chinese(mark.text):
            return False
        behind = [m for m in _touching(self._state.marks, mark.end) if m.text not in _DONE]
        between = self._state.text[mark.end : behind[0].start] if behind else ""
        if not between or not behind[0].has("how_many"):
            return False
        thing = next(iter(self._state.following(behind[0], skip=lambda m: m.has("different"))), None)
        named = thing is not None and (thing.entities or thing.fields or (thing.metrics and not thing.counters))
        return not (thing is not None and named and self._state.close(behind[0], thing, 4))  # 设了多少种不同的优惠券: coupons are counted

    def _is_cut(self, mark: Mark) -> bool:
        """Whether only a part of a Chinese word was used (最 of 最早, 打 of 打折): the whole word says something else."""
        word = next(((s, e) for s, e, _ in self._words if s <= mark.start and mark.end <= e and (s, e) != (mark.start, mark.end)), None)
        if word and _is_light(self._state.text[word[0] : word[1]]):
            return False
        rest = [m for m in self._state.marks if word and m.start < word[1] and m.end > word[0] and m is not mark]
        telling = [m for m in rest if m.became and m.became != "verb" and not m.has("how_many") and m.end - m.start == 1]
        return any(word and word[0] <= m.start and m.end <= word[1] for m in telling)

    def _of_unknown(self, mark: Mark) -> float:
        if not has_han(mark.text):
            return LIGHT if is_general(mark.text) else HEAVY
        over = [(s, e, t) for s, e, t in self._words if s < mark.end and e > mark.start]
        if is_general_chinese(mark.text):
            return LIGHT
        if len(mark.text) > 1 and self._is_thing(mark):
            return HEAVY
        if len(mark.text) > 1 and (set(mark.text) & _NUMERALS or _SO_MANY.match(mark.text)):
            return HEAVY  # 过百但, 七天: a number that was not understood
        weights = [0.0 if _is_light(self._state.text[s:e]) else self._of_word(s, e, t) for s, e, t in over]
        if any(_mistyped(self._state.text[s:e], t) for s, e, t in over):
            return HEAVY
        return max(weights, default=HEAVY)

    def _of_word(self, start: int, end: int, tag: str) -> float:
        """A verb right before a name (促销商品, 团购订单, 翻倍的门店) tells which of them; elsewhere it shows or does (拆开, 打包成).

        So does a word that only sounds: 咕噜订单, but 蹭蹭往上涨.
        """
        text = self._state.text
        if not tag.startswith(("v", "o")) or end - start < 2 or text[start:end].endswith(_COMPLEMENTS):
            return tag_weight(tag)
        ahead = end + (text[end : end + 1] == "的")
        named = next((m for m in self._state.marks if m.start == ahead), None)
        return 1.0 if named and (named.metrics or named.entities or named.fields or named.has("how_many")) else tag_weight(tag)

    def _is_thing(self, mark: Mark) -> bool:
        """买过尿布, 啤酒和尿布: what was bought, or what is listed beside a value, whatever part of speech a dictionary gives it."""
        before = next(iter(self._state.preceding(mark, skip=lambda m: m.text in ("了", "过"))), None)
        if before is None or before.unknown:
            return False
        gap = self._state.text[before.end : mark.start]
        if before.text in _LISTING:
            earlier = next(iter(self._state.preceding(before, skip=lambda m: False)), None)
            return bool(earlier and earlier.values and earlier.end == before.start and before.end == mark.start)
        return (not gap and bool(before.verbs) and before.text[0] in "买购卖") or (gap == "、" and bool(before.values))

    def _of_number(self, mark: Mark) -> float:
        """A number in words that only counts what was listed (三项, two figures) adds nothing."""
        assert mark.number
        behind = next(self._state.following(mark), None)
        if behind and self._state.close(mark, behind, 1) and _are_two(self._state.text, mark, behind):
            return HEAVY  # one and two stars
        tally = mark.number.kind == "number" and mark.number.value in self._tallies() and not mark.text.isdigit()
        return 2 * LIGHT if tally else HEAVY

    def _after_tally(self, mark: Mark) -> bool:
        """两个月, the three months: how many periods were named."""
        before = next(self._state.preceding(mark), None)
        return bool(before and before.number and not before.time and self._of_number(before) < HEAVY)

    def _tallies(self) -> set[float]:
        state = self._state
        listed = [len(c.value) for c in state.where if isinstance(c, FieldCondition) and isinstance(c.value, tuple)]
        known = [len(state.catalog.field(g.field).spec.values) for g in state.groups if g.field and "." in g.field]
        periods = [2] if state.compare else []
        periods += [sum(bool(m.time and m.time.kind == "range") for m in state.marks)]
        return {1.0, *map(float, [len(state.metrics), len(state.groups), state.limit or 0, *listed, *known, *periods])}

    def _of_operator(self, mark: Mark) -> float:
        if mark.text in _DIVIDING or (mark.has("how_many") and self._counts_another(mark)):
            return HEAVY
        if mark.has("epithet"):
            return LIGHT if self._bounded() else HEAVY
        asks = mark.has("which") and mark.text.startswith(("what", "who"))
        if mark.ops <= _LIGHT_OPS | {"filler"} or asks:
            return LIGHT
        return 0.5 if mark.ops <= _LIGHT_OPS | _MIDDLING_OPS | {"filler"} else HEAVY

    def _bounded(self) -> bool:
        """Whether a bound says what an epithet only colours: 超过10趟的铁粉, the big spenders who spent over 500."""
        return bool(self._state.having) or any(isinstance(c, EntityCondition) and c.op for c in self._state.where)

    def _counts_another(self, mark: Mark) -> bool:
        """多少户, beside a rate: it asks for the number of something that no metric of the answer counts."""
        metrics = self._state.catalog.spec.metrics
        counting = {n for n, m in metrics.items() if any(mark.text.endswith(c) for c in m.counters.zh)}
        counted = {counted_entity(self._state, n) for n in counting} - {None}
        return bool(counted) and not counted & {counted_entity(self._state, m.metric) for m in self._state.metrics if m.metric}


def names_a_thing(mark: Mark) -> bool:
    """Whether an unknown word may be the name of something that the data lack: a noun, and no verb, particle or number."""
    if mark.lacking:
        return True
    if not mark.unknown or is_general(mark.text):
        return False
    if has_han(mark.text):
        return any(tag.startswith(_NOUNS) for _, _, tag in chinese_words(mark.text)) or not any(has_han(c) for c in mark.text)
    return len(mark.text) > _SHORT and mark.text not in _JOINING and not mark.text.endswith(_VERBAL)


def _touching(marks: Sequence[Mark], end: int) -> Iterator[Mark]:
    """The marks from `end` on, up to the first gap."""
    for mark in marks:
        if mark.start == end:
            yield mark
            end = mark.end


def _mistyped(word: str, tag: str) -> bool:
    """Whether a dictionary only guesses what it is, from characters that are rare, or it sounds like a denial: 摸收到过 is 没收到过."""
    if len(word) == 1:
        return tag_weight(tag) < HEAVY and may_deny(word)
    return has_han(word) and not _is_light(word) and not is_chinese_word(word) and min(map(chinese_frequency, word)) < _USUAL


def _is_light(word: str) -> bool:
    """A Chinese noun of general language, or a verb of showing (挑出来, 捋一下), which a dictionary takes for a noun."""
    return is_general_chinese(word) or word.endswith(("出来", "一下", "一遍"))
