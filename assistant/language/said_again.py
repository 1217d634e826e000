"""Periods that are said again by their length alone: 5月4日到6月28日这八周, in June ... the same month, 上半年 ... 这半年里.

Such words mean the nearest period before them that is just as long; right behind it they say nothing new.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .numbers import chinese_number, english_number

if TYPE_CHECKING:
    from .time import TimeSpan

_MONTHS = {"月": 1, "month": 1, "季": 3, "季度": 3, "quarter": 3, "半年": 6, "half": 6, "half-year": 6, "half year": 6, "年": 12, "year": 12}
_DAYS = {"天": 1, "日": 1, "day": 1, "周": 7, "星期": 7, "礼拜": 7, "week": 7}
_ZH = re.compile(
    r"(?:在)?(?:同样|同样是|整个|也是|就)?(?P<this>这|那|该)(?:整整|整个|一整个?|足足)?(?P<number>[一二两俩三四五六七八九十]{1,3}|\d{1,3})?个?"
    r"(?P<unit>季度|半年|星期|礼拜|[天日周月季年])(?:的?时间)?(?:里面?|内|之内|当?中|期间|间)?"
)
_EN = re.compile(
    r"(?:\b(?:in|during|over|across|within|for|through) )?"
    r"\b(?P<this>that|the same|those|these|these same|those same|the|all)(?: (?:whole|entire|full))?"
    r" (?:(?P<number>[a-z]+|\d{1,3})[ -])?(?P<unit>half[ -]year|day|week|month|quarter|half|year)s?\b"
    r"(?! (?:before|earlier|after|ago|later|to date))"
)
# Between a period and its length: 5月到6月（共两个月）, from May to June, those two months.
_BESIDE = re.compile(r"[\s,:()—-]*(?:即|也就是|一共|总共|共)?[\s,]*|,? (?:i\.e\.|that is),? ")


_CLOSE_BEHIND = re.compile(r"的?(?:收盘|日终|打烊|关门|收市|营业结束|一天结束|结束|盘点)(?:时|的时候|之?后)?")
_UP_TO = re.compile(r"(?:截[至止到]|到|至)$|^(?:截[至止到]|到|至)")
_EVENING = re.compile(r"(?:的)?(?:晚上|夜里|半夜|午夜|零点|24点|晚)(?:为止)?")
_CLOSE_BEFORE = re.compile(r"\b(?:at |as of )?(?:the )?(?:close|end) of (?:(?:business|trading|play|the day|day) )?(?:on )?(?:the )?$")


def with_close(text: str, spans: list[TimeSpan]) -> list[TimeSpan]:
    """The spans, where the close of a day is that day: 6月30日收盘时, at close of business on June 30."""
    out: list[TimeSpan] = []
    for span in spans:
        one_day = span.kind == "range" and span.first is not None and span.last is not None and (span.last - span.first).days == 1
        behind = _CLOSE_BEHIND.match(text, span.end) if one_day else None
        ends = one_day or (span.kind == "range" and span.first is None)
        if not behind and ends and _UP_TO.search(text[max(0, span.start - 2) : span.start] or text[span.start : span.end]):
            behind = _EVENING.match(text, span.end)  # 截至昨天晚上
        before = _CLOSE_BEFORE.search(text, 0, span.start) if one_day else None
        if out and out[-1].end > span.start:
            continue  # the evening of a day up to which it goes
        kept = [s for s in out if not (before and s.end > before.start())]
        out = [*kept, replace(span, start=before.start() if before else span.start, end=behind.end() if behind else span.end)]
    return out


def with_said_again(text: str, spans: list[TimeSpan]) -> list[TimeSpan]:
    """The spans, where words that repeat a period before them stand for it; right behind it they are a part of it."""
    for found in sorted((*_ZH.finditer(text), *_EN.finditer(text)), key=lambda m: m.start()):
        meant = _meant(found, spans)
        if meant is None:
            continue
        kept = [s for s in spans if s.end <= found.start() or s.start >= found.end()]
        if _BESIDE.fullmatch(text, meant.end, found.start()):
            spans = [replace(s, end=found.end()) if s is meant else s for s in kept]
        else:
            spans = sorted([*kept, replace(meant, start=found.start(), end=found.end(), note="")], key=lambda s: s.start)
    return spans


def _meant(found: re.Match[str], spans: list[TimeSpan]) -> TimeSpan | None:
    """The nearest period before that is as long; none where the words name days of their own, or all of them."""
    unit, chinese = found["unit"], not found.group().isascii()
    number = _number(found["number"], chinese)
    if number is None or (found["number"] is None and not _points(found["this"], unit)):
        return None
    inside = [s for s in spans if s.start < found.end() and found.start() < s.end]
    if any(s.start < found.start() or s.end > found.end() for s in inside):
        return None
    before = [s for s in spans if s.kind == "range" and s.end <= found.start() and _is_as_long(s, number, unit)]
    return before[-1] if before else None


def _number(said: str | None, chinese: bool) -> int | None:
    if said is None:
        return 1
    if said.isdigit():
        return int(said)
    value = chinese_number(said.replace("俩", "两")) if chinese else english_number(said)
    return int(value) if value is not None and value == int(value) else None


def _points(this: str, unit: str) -> bool:
    """Whether a word points back, with no number: the same month, 这半年; that month says nothing new, and this month may be today's."""
    return this in ("该", "the same") or unit == "半年" or (this == "the" and unit == "year")


def _is_as_long(span: TimeSpan, number: int, unit: str) -> bool:
    if span.first is None or span.last is None:
        return False
    if unit in _DAYS:
        return (span.last - span.first).days == number * _DAYS[unit]
    length = _MONTHS[unit.replace("-", " ") if unit.startswith("half") else unit] * number
    months = (span.last.year - span.first.year) * 12 + span.last.month - span.first.month
    return months == length and span.first.day == span.last.day == 1
