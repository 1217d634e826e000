"""From what the values of a column are to the standardiser proposed for it, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from semantic_layer.catalog.draft.keys import KEY_WORDS
from semantic_layer.catalog.draft.words import Phrase
from semantic_layer.errors import Message
from semantic_layer.sources.propose.trial import TRIED, Counts

_MOSTLY = 0.95  # of the values have to be of a kind, where some are not
_FEWEST = 20  # values, before some of them may be of another kind
_MONEY_WORDS = ("amount", "price", "revenue", "sale", "sales", "turnover", "cost", "fee", "payment", "paid", "charge", "total", "discount")
_TIME_WORDS = ("date", "time", "day", "datetime", "timestamp", "ts", "birthday", "ordered", "created", "updated")
_CURRENCIES = ("CNY", "USD", "EUR", "GBP")


@dataclass(frozen=True)
class Choice:
    """What a column is taken for: the standardiser as `sources.yaml` writes it, the reason, and what becomes of values that are none."""

    kind: str
    step: Any
    reason: Message
    invalid: int = 0
    doubtful: bool = False  # somebody should look at it

    @property
    def is_code(self) -> bool:
        """Whether it may tell rows apart."""
        return self.kind in ("id", "integer")


def choose(counts: Counts, phrase: Phrase) -> Choice:
    """The likeliest kind of a column. What is not plain stays text."""
    if not counts.filled:
        return Choice("text", "text", Message("it is empty", "该列为空"), doubtful=True)
    if _is_code(counts, phrase):
        why = "its numbers begin with zeros" if counts.zeros else "its name says that it identifies something"
        why_zh = "数字以 0 开头" if counts.zeros else "列名表明它是编号"
        return Choice("id", "id", _counted(counts, "id", why, why_zh), counts.filled - counts.accepted["id"])
    return _time(counts, phrase) or _boolean(counts, phrase) or _number(counts, phrase) or _text(counts, phrase)


def _is_code(counts: Counts, phrase: Phrase) -> bool:
    if counts.zeros and counts.digits == counts.filled:
        return not _says(phrase, _TIME_WORDS) or counts.accepted["time"] < counts.filled
    measured = phrase.head is not None and (phrase.head.section == "measures" or bool(phrase.head.how))
    return phrase.last in KEY_WORDS and not measured


def _time(counts: Counts, phrase: Phrase) -> Choice | None:
    said = _says(phrase, _TIME_WORDS)
    if counts.digits * 2 > counts.filled and not said:
        return None  # numbers of ten digits are not all seconds
    first, second = _enough(counts, "day_first"), _enough(counts, "month_first")
    if first and second and counts.accepted["day_first"] == counts.accepted["month_first"]:
        why = Message("the day or the month may come first: left as text; write formats:", "日、月先后不明：保留为文本，请写明 formats:")
        return Choice("text", "text", why, doubtful=True)
    if first or second:
        kind = "day_first" if counts.accepted["day_first"] > counts.accepted["month_first"] else "month_first"
        order = ("the day comes first", "日在前") if kind == "day_first" else ("the month comes first", "月在前")
        return _dated(counts, kind, f": {order[0]}", f"：{order[1]}", doubtful=True)
    if _enough(counts, "time"):
        return _dated(counts, "time", "", "")
    if said and _enough(counts, "serial"):
        return _dated(counts, "serial", ": days as spreadsheets count them", "：电子表格的日期序号", doubtful=True)
    return None


def _dated(counts: Counts, kind: str, more: str, more_zh: str, doubtful: bool = False) -> Choice:
    step = TRIED[kind]
    if counts.clock[kind]:
        said = _counted(counts, kind, f"are times{more}", f"是时间{more_zh}")
    else:
        step = "date" if step == "time" else {"date": step["time"]}
        said = _counted(counts, kind, f"are days{more}", f"是日期{more_zh}")
    return Choice("time", step, said, counts.filled - counts.accepted[kind], doubtful)


def _boolean(counts: Counts, phrase: Phrase) -> Choice | None:
    asks = phrase.words[:1] in (("is",), ("has",)) or phrase.text.zh.startswith("是否")
    if counts.distinct != 2 or counts.accepted["boolean"] < counts.filled or (counts.digits and not asks):
        return None
    return Choice("boolean", "boolean", _counted(counts, "boolean", "are yes or no", "是“是/否”"))


def _number(counts: Counts, phrase: Phrase) -> Choice | None:
    money = _says(phrase, _MONEY_WORDS) and not counts.fine
    if money or not _enough(counts, "number"):
        for currency in _CURRENCIES:
            if _enough(counts, currency):
                # A plain number has no sign that says what it counts.
                return Choice("money", TRIED[currency], _counted(counts, currency, f"are amounts, read as {currency}", f"是金额，按 {currency} 读取"),
                              counts.filled - counts.accepted[currency], doubtful=currency != "CNY")  # fmt: skip
    for kind, en, zh in (("integer", "are whole numbers", "是整数"), ("number", "are numbers", "是数字")):
        if counts.accepted[kind] == counts.filled or (kind == "number" and _enough(counts, kind)):
            return Choice(kind, kind, _counted(counts, kind, en, zh), counts.filled - counts.accepted[kind])
    return None


def _text(counts: Counts, phrase: Phrase) -> Choice:
    for words, kind, en, zh in ((_TIME_WORDS, "time", "a time", "时间"), (_MONEY_WORDS, "CNY", "an amount", "金额")):
        if _says(phrase, words):
            n = counts.accepted[kind]
            why = Message(f"called {en}, but only {n:,} of {counts.filled:,} values are: left as text",
                          f"名为{zh}，但 {counts.filled:,} 个值中只有 {n:,} 个是：保留为文本")  # fmt: skip
            return Choice("text", "text", why, doubtful=True)
    return Choice("text", "text", Message("its values are nothing else", "其值不属于其他类型"))


def _enough(counts: Counts, kind: str) -> bool:
    accepted = counts.accepted[kind]
    return accepted == counts.filled or (counts.filled >= _FEWEST and accepted >= _MOSTLY * counts.filled)


def _says(phrase: Phrase, words: tuple[str, ...]) -> bool:
    if words is _TIME_WORDS and phrase.last in ("at", "ts"):
        return True
    return phrase.has(*words) or (phrase.head is not None and words is _TIME_WORDS and phrase.head.section == "times")


def _counted(counts: Counts, kind: str, en: str, zh: str) -> Message:
    if kind == "id":
        return Message(en, zh)
    accepted, filled = counts.accepted[kind], counts.filled
    if accepted == filled:
        return Message(f"all {filled:,} values {en}", f"全部 {filled:,} 个值{zh}")
    return Message(f"{accepted:,} of {filled:,} values {en}; the others count as missing", f"{filled:,} 个值中 {accepted:,} 个{zh}；其余按缺失处理")
