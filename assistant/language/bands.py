"""Lists of bands: 1-5, 6-20, 21 and more; 500以下、500到2000、2000以上. They have to join, from the lowest to the highest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from assistant.language.numbers import NumberSpan, find_numbers

_UNIT = r"(?: ?[一-鿿]{1,2}?| [a-z]{3,12})?"
_JOINT = re.compile(rf"{_UNIT} ?(?:-+|~+|–|—|到|至|to|thru|through|up to)(?: ?(?:just )?(?:below|under|less than|不到|不足|不满|未满))? ?[$¥]?")
_AND = re.compile(rf"{_UNIT} (?:and|to) ?[$¥]?")
_UP = (
    r"(?: ?(?:\+|-?plus\b|以上|及以上|或以上|起|往上走?|朝上|之上|开外|打底|起步|起跳|(?:甚至|或者)更(?:多|高)"
    r"|及更多|或更多|(?:or|and) (?:more|up|above|over|higher|greater|beyond|upwards?)\b"
    r"|upwards?\b|up\b|above\b))"
)
_DOWN = r"(?: ?(?:及以下|或以下|以下|以内|之内|之下|封顶|往下|(?:or|and) (?:less|fewer|under|below|lower)\b))"
_HIGH_BEHIND = re.compile(rf"{_UNIT}{_UP}")
_LOW_BEHIND = re.compile(rf"{_UNIT}{_DOWN}")
_OVER_AHEAD = re.compile(r"(?:more than|greater than|over|above|beyond|exceeding|>|超过|大于|高于|多于|超出) ?[$¥]?$")
_FROM_AHEAD = re.compile(r"(?:at least|>=|≥|不少于|不低于|至少|大于等于|from) ?[$¥]?$")
_UNDER_AHEAD = re.compile(r"(?:less than|fewer than|lower than|under|below|<|不到|不足|少于|低于|小于|未满|不满) ?[$¥]?$")
_UP_TO_AHEAD = re.compile(r"(?:up to|at most|no more than|<=|≤|不超过|至多|最多|不多于) ?[$¥]?$")
_BETWEEN_AHEAD = re.compile(r"between ?[$¥]?$")
_LIKELY_JOINT = re.compile(rf"{_UNIT}(?: ?[,;/|、,;。和及与]+ ?| (?:and|then|or) |, ?(?:and|then|or) )?(?:the )?[$¥]?")

# 0-100,100-500: the comma divides two bands, and is none of a number.
_LISTED = re.compile(r"(-\d{1,3}),(\d{3})(?=-|~|\+|到|以上|及以上| ?元?以上| and| or)")


@dataclass(frozen=True)
class Band:
    """One band at text[start:end]: from `low` to `high`, either end open; `strict` where its own limit is not in it."""

    start: int
    end: int
    low: float | None
    high: float | None
    strict: bool = False


@dataclass(frozen=True)
class Bands:
    """The edges of joining bands, and where each is said."""

    edges: tuple[float, ...]
    spans: tuple[tuple[int, int], ...]


def find_bands(text: str) -> Bands | None:
    """The bands of a normalised text, where there are at least two of which one has two ends, and they join."""
    text = _LISTED.sub(r"\1 \2", text)
    bands = _bands(text, [n for n in find_numbers(text) if n.kind == "number"])
    bands = _with_single_values(text, bands)
    if len(bands) < 2 or not any(b.low is not None and b.high is not None for b in bands):
        return None
    ordered = sorted(bands, key=lambda b: (b.low is not None, b.low or 0))
    edges = _edges(ordered)
    return Bands(edges, tuple((b.start, b.end) for b in bands)) if edges else None


def _bands(text: str, numbers: list[NumberSpan]) -> list[Band]:
    out: list[Band] = []
    at = 0
    while at < len(numbers):
        number = numbers[at]
        following = numbers[at + 1] if at + 1 < len(numbers) else None
        closed = _closed(text, number, following)
        band = closed or _open(text, number)
        if band:
            out.append(band)
        at += 2 if closed else 1
    return out


def _closed(text: str, first: NumberSpan, second: NumberSpan | None) -> Band | None:
    if second is None or not first.value < second.value:
        return None
    between = text[first.end : second.start]
    ahead = _BETWEEN_AHEAD.search(text, 0, first.start)
    joined = _JOINT.fullmatch(between) or (ahead and _AND.fullmatch(between))
    return Band(ahead.start() if ahead else first.start, second.end, first.value, second.value) if joined else None


def _open(text: str, number: NumberSpan) -> Band | None:
    start, end, value = number.start, number.end, number.value
    if high := _HIGH_BEHIND.match(text, end):
        return Band(start, high.end(), value, None)
    if low := _LOW_BEHIND.match(text, end):
        return Band(start, low.end(), None, value, strict="or" not in low.group() and "and" not in low.group() and "及" not in low.group())
    for pattern, upward, strict in (
        (_OVER_AHEAD, True, True), (_FROM_AHEAD, True, False), (_UP_TO_AHEAD, False, False), (_UNDER_AHEAD, False, True),
    ):  # fmt: skip
        if ahead := pattern.search(text, 0, start):
            return Band(ahead.start(), end, value if upward else None, None if upward else value, strict)
    return None


def _with_single_values(text: str, bands: list[Band]) -> list[Band]:
    """1, 2-5, 6 or more: a number before a band that begins right after it is a band of its own."""
    taken = [(b.start, b.end) for b in bands]
    single = [n for n in find_numbers(text) if n.kind == "number" and not any(s <= n.start < e for s, e in taken)]
    out = list(bands)
    for number in reversed(single):
        after = min((b for b in out if b.start >= number.end), key=lambda b: b.start, default=None)
        if after and after.low == number.value + 1 and _LIKELY_JOINT.fullmatch(text, number.end, after.start):
            out.append(Band(number.start, number.end, number.value, number.value))
    return sorted(out, key=lambda b: b.start)


def _edges(bands: list[Band]) -> tuple[float, ...]:
    """Where each band begins; none where one does not begin where the one below it ends."""
    whole = all(b.low == (a.high or 0) + 1 for a, b in pairwise(bands) if a.low is not None and b.high is not None)
    edges: list[float] = []
    for below, band in pairwise([None, *bands]):
        assert band is not None
        if band.low is None:
            if below is not None:
                return ()
            continue
        low = band.low
        steps = any(a.low is not None and b.high is not None for a, b in pairwise(bands))  # 11-50, 51-100, 100以上: 100 is below
        if band.high is None and (band.strict or steps) and below and below.high == low and (whole and _disjoint(bands)):
            low += 1
        if below is not None and (below.high is None or low not in (below.high, below.high + 1)):
            return ()
        edges.append(low)
    last = bands[-1]
    if last.high is not None:
        edges.append(last.high + 1 if whole and _disjoint(bands) else last.high)
    return tuple(edges)


def _disjoint(bands: list[Band]) -> bool:
    """Whether the bands are of whole numbers: 1-5, 6-20."""
    joints = [(a.high, b.low) for a, b in pairwise(bands) if a.low is not None and b.high is not None]
    return all(high != low for high, low in joints) and (bool(joints) or len(bands) == 2)
