"""Hours of the day between two clock times: 晚上8点到10点, between 8pm and midnight, after 18:00."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .time import TimeSpan

_ZH_PART = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜里|夜间|深夜|半夜|晚|早"
_ZH_NUMBER = "[一二三四五六七八九十两]{1,3}|\\d{1,2}"
_ZH_CLOCK = rf"(?:(?P<@_part>{_ZH_PART})的?)?(?P<@>(?:{_ZH_NUMBER})(?=点|时(?!间))|\d{{1,2}}(?=:00))(?:点钟?整?|时|:00)"
_EN_CLOCK = r"(?:(?P<@>\d{1,2})(?::00)? ?(?P<@_half>am|pm|a\.m\.|p\.m\.)?(?![\d:%a-z])|(?P<@_word>noon|midday|midnight))"


def _clock(pattern: str, name: str) -> str:
    return pattern.replace("@", name)


_BETWEEN = (
    re.compile(rf"(?:从|在)?{_clock(_ZH_CLOCK, 'a')}(?:到|至|-|~|—)+{_clock(_ZH_CLOCK, 'b')}(?:之间|期间|这段时间|之内|的?时候)?"),
    re.compile(rf"\b(?:between|from) {_clock(_EN_CLOCK, 'a')} ?(?:and|to|until|till|-|–) ?{_clock(_EN_CLOCK, 'b')}"),
    re.compile(rf"(?<![\w:.-]){_clock(_EN_CLOCK, 'a')} ?(?:to|until|till|-|–) ?{_clock(_EN_CLOCK, 'b')}"),
)
_AFTER = (
    re.compile(rf"{_clock(_ZH_CLOCK, 'a')}(?:以|之)?后"),
    re.compile(rf"\bafter {_clock(_EN_CLOCK, 'a')}|(?<![\w:.-]){_clock(_EN_CLOCK, 'b')} (?:or|and) later"),
)
_BEFORE = (
    re.compile(rf"{_clock(_ZH_CLOCK, 'a')}(?:以|之)?前"),
    re.compile(rf"\bbefore {_clock(_EN_CLOCK, 'a')}"),
)
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_AFTERNOON = ("中午", "下午", "傍晚", "晚上", "晚间", "夜里", "夜间", "深夜", "晚")
_NOON, _DAY = 12, 24


def find_hours(text: str) -> list[TimeSpan]:
    """The stretches of whole hours of a normalised text, as spans of kind `weekday` whose `weekdays` are hours (0 to 23)."""
    out: list[TimeSpan] = []
    for found, hours in _all(text):
        if hours and not any(s.start < found.end() and found.start() < s.end for s in out):
            out.append(TimeSpan(found.start(), found.end(), "weekday", grain="hour_of_day", weekdays=hours))
    return out


def without(text: str, spans: Iterable[Any]) -> str:
    """The text with spaces in the place of these spans, each with a `start` and an `end`."""
    for span in spans:
        text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text


def _all(text: str) -> Iterator[tuple[re.Match[str], tuple[int, ...]]]:
    for pattern in _BETWEEN:
        for found in pattern.finditer(text):
            yield found, _between(found)
    for pattern in _AFTER:
        for found in pattern.finditer(text):
            first = _hour(found, "a")
            yield found, tuple(range(first if first is not None else _DAY, _DAY)) if _told(found) else ()
    for pattern in _BEFORE:
        for found in pattern.finditer(text):
            yield found, tuple(range(_hour(found, "a") or 0)) if _told(found) else ()


def _told(found: re.Match[str]) -> bool:
    """Whether a single clock time is one for sure: 晚上8点后, after 8pm, and no number of points or of something else."""
    told = [v for k, v in found.groupdict().items() if v and not k.isalpha()]
    return bool(told) or ":00" in found.group() or (not found.group().isascii() and (_hour(found, "a") or 0) > _NOON)


def _between(found: re.Match[str]) -> tuple[int, ...]:
    parts = found.groupdict()
    english = "a_half" in parts
    if english and not any(parts.get(k) for k in ("a_half", "b_half", "a_word", "b_word")) and ":00" not in found.group():
        return ()  # 8 to 10 of what?
    first, last = _hour(found, "a", "b"), _hour(found, "b", "" if english else "a")
    if first is None or last is None or first == last:
        return ()
    if last == 0 or (first == 0 and last == _DAY - 1 and not parts.get("b_half")):
        last = _DAY  # 0点到23点, the hours of a day one by one
    return tuple(range(first, last)) if first < last else (*range(last), *range(first, _DAY))


def _hour(found: re.Match[str], name: str, other: str = "") -> int | None:
    """The hour of a clock time; its half of the day may be told at the other end: 8 to 10pm, 晚上8点到10点."""
    parts = found.groupdict()
    if word := parts.get(f"{name}_word"):
        return 0 if word == "midnight" else _NOON
    said = parts.get(name)
    if said is None:
        return _hour(found, "b") if name == "a" and "b" in parts else None
    hour = int(said) if said.isdigit() else _spelt(said)
    half = parts.get(f"{name}_half") or (parts.get(f"{other}_half") if other else None)
    part = parts.get(f"{name}_part") or (parts.get(f"{other}_part") if other == "a" else None)
    if half:
        hour = hour % _NOON + _NOON * half.startswith("p")
    elif part in _AFTERNOON and hour < _NOON and not (part == "中午" and hour > 10) and not (hour < 6 and part in ("夜里", "夜间", "深夜")):
        hour += _NOON
    elif part in _AFTERNOON and hour == _NOON and part not in ("中午", "下午"):
        hour = _DAY
    return hour % _DAY if hour in range(_DAY + 1) else None


def _spelt(text: str) -> int:
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS.get(text, 99)
    return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
