"""Numbers in a question, in digits, Chinese numerals and English words; never inside other words.

Percentages, tenths (三成) and fractions carry their plain value: 20% is 0.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

NumberKind = Literal["number", "percent", "ordinal", "fraction"]

CHINESE_NUMERAL = "[零〇一二两三四五六七八九十百千廿卅]+"
# The longer words first: where nothing bounds the match, nine is not to be found in ninety.
ENGLISH_NUMERAL = (
    "(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine)(?![a-z]))?"
    "|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    "|one|two|three|four|five|six|seven|eight|nine)"
)


@dataclass(frozen=True)
class NumberSpan:
    """A number at text[start:end]."""

    start: int
    end: int
    value: float
    kind: NumberKind = "number"


_DIGITS = {char: at for at, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_SMALL = {"十": 10, "百": 100, "千": 1_000, "廿": 20, "卅": 30}
_LARGE = {"万": 10_000, "亿": 100_000_000}
_SCALES = {
    "k": 1e3, "thousand": 1e3, "grand": 1e3, "千": 1e3, "hundred": 1e2, "百": 1e2, "w": 1e4, "万": 1e4, "百万": 1e6, "千万": 1e7,
    "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "亿": 1e8, "十亿": 1e9,
    "dozen": 12.0,
}  # fmt: skip
_WORDS = {
    word: at
    for at, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * at
    for at, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
_ORDINALS = {
    word: at
    for at, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], start=1
    )
}


def chinese_number(text: str) -> float | None:
    """The value of a Chinese numeral (三千五 3500, 一万零五 10005, 3万5千 35000), or None."""
    head, point, tail = text.partition("点")
    if point:
        whole, decimals = chinese_number(head), _digit_string(tail)
        return None if whole is None or decimals is None else float(f"{int(whole)}.{decimals}")
    spelled = _digit_string(text)
    if spelled and len(text) > 1 and not text.isdigit():
        return float(spelled)
    return _sum_of_units(text)


def english_number(text: str) -> float | None:
    """The value of an English numeral (two hundred and five, three million), or None."""
    total, group, seen = 0.0, 0.0, False
    for word in re.findall("[a-z]+", text):
        if word in ("and", "a", "an"):
            continue
        seen = True
        if word in _WORDS:
            group += _WORDS[word]
        elif word in ("hundred", "dozen"):
            group = max(group, 1) * _SCALES[word]
        elif word in ("thousand", "grand", "million", "billion"):
            total, group = total + max(group, 1) * _SCALES[word], 0.0
        else:
            return None
    return total + group if seen else None


def find_numbers(text: str) -> list[NumberSpan]:
    """Every number of a normalised text, left to right, longest first where several begin together."""
    spans = list(_spans(text))
    for at, (low, high) in enumerate(pairwise(spans)):
        if of_one := _of_one_scale(text, low, high):
            spans[at] = of_one
    return spans


# What joins the two ends of a range: between 10 and 50 grand, 1到5万, 10-20%; a plain and joins only behind between.
_RANGING = re.compile(r" ?(?:to|through|up to|[-~–—]{1,2}|到|至) ?[$¥€£]?")
_LINKING = re.compile(r" (?:and|to) [$¥€£]?|(?:和|与|跟|及)")
_PARTS = {"%": 0.01, "percent": 0.01, "per cent": 0.01, "pct": 0.01, "成": 0.1}
_BETWEEN = re.compile(r"\b(?:between|from) (?:about |around )?[$¥€£]?$|(?:在|介于|位于)$")


def _of_one_scale(text: str, low: NumberSpan, high: NumberSpan) -> NumberSpan | None:
    """Between 10 and 50 grand, 1到5万, 10 to 20%: the low end of a range in the scale that stands only at its high end."""
    if low.kind != "number" or low.value <= 0 or _scale_of(text[low.start : low.end]):
        return None
    between = text[low.end : high.start]
    if not (_RANGING.fullmatch(between) or (_LINKING.fullmatch(between) and _BETWEEN.search(text[: low.start]))):
        return None
    end = text[high.start : high.end]
    scale = _scale_of(end) if high.kind == "number" else next((v for w, v in _PARTS.items() if end.endswith(w)), 0.0)
    return replace(low, value=round(low.value * scale, 12), kind=high.kind) if 0 < low.value * scale < high.value else None


def _scale_of(number: str) -> float:
    """What the last word of a number multiplies by; 0 where it is no such word."""
    last = re.search(r"(?:[a-z]+|[百千万亿]+)$", number)
    return _SCALES.get(last[0], 0.0) if last else 0.0


def _spans(text: str) -> Iterator[NumberSpan]:
    for match in _PATTERN.finditer(text):
        name = match.lastgroup or ""
        if name not in _READERS:
            continue
        kind, read = _READERS[name]
        value = read(match.group())
        if value is not None:
            yield NumberSpan(match.start(), match.end(), value, kind)


def _digit_string(text: str) -> str | None:
    if not text or any(char not in _DIGITS and not char.isdigit() for char in text):
        return None
    return "".join(str(_DIGITS.get(char, char)) for char in text)


def _sum_of_units(text: str) -> float | None:
    """Sections of 万 and 亿; a last bare digit takes the unit below the one before it (三千五, 两万三)."""
    total, section, digit, unit = 0.0, 0.0, 0.0, 1
    pieces = re.findall(r"\d+(?:\.\d+)?|.", text)
    for at, piece in enumerate(pieces):
        if piece in _LARGE:
            unit = _LARGE[piece]
            total, section, digit = (
                (total + section + digit) * unit if unit > total else total + (section + digit) * unit,
                0.0,
                0.0,
            )
        elif piece in _SMALL:
            unit = _SMALL[piece] if _SMALL[piece] in (10, 100, 1_000) else 1
            section += (digit or 1) * _SMALL[piece]
            digit = 0.0
        elif (value := _single(piece)) is None:
            return None
        elif value == 0:
            unit = 1
        elif digit:
            return None  # 三五百, 一两万: about so many
        else:
            last = at == len(pieces) - 1
            digit = value * (unit // 10 if last and unit > 10 and value < 10 else 1)
    return total + section + digit


def _single(piece: str) -> float | None:
    if piece in _DIGITS:
        return _DIGITS[piece]
    return float(piece) if piece[0].isdigit() else None


def _any_number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else chinese_number(text)


def _scaled(text: str) -> float | None:
    found = re.match(r"([-+]?[\d,]+(?:\.\d+)?)\s*(.*)", text)
    if not found:
        return None
    value, scale = float(found[1].replace(",", "")), found[2]
    return value * _SCALES[scale] if scale else value


def _percent(text: str) -> float | None:
    value = _any_number(re.sub("百分之|%|percent|per cent|pct|,| ", "", text))
    return None if value is None else round(value / 100, 12)


def _tenths(text: str) -> float | None:
    head, _, tail = text.partition("成")
    value = 0.5 if head == "半" else _any_number(head)
    return None if value is None else round((value + (0.5 if tail else 0)) / 10, 12)


def _ratio(text: str) -> float | None:
    if "分之" in text:
        below, _, above = text.partition("分之")
    else:
        above, _, below = text.partition("/")
    top, bottom = _any_number(above), _any_number(below)
    return top / bottom if top is not None and bottom and top < bottom else None


def _ordinal(text: str) -> float | None:
    if text in _ORDINALS:
        return float(_ORDINALS[text])
    return _any_number(re.sub("第|st$|nd$|rd$|th$", "", text))


def _half(text: str) -> float:
    return 0.5


_NUMERAL = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万亿廿卅]+(?:点[零〇一二三四五六七八九]+)?)"
_SIMPLE = r"(?:\d+(?:\.\d+)?|[零〇一二三四五六七八九十百千]+)"
_COUNTED = "[档层段趟回行个家户件种类次天周月年日号季位名笔单人元块瓶箱袋包条级倍折批张份组款只场台辆座间套盒罐桶]"
_NOT_NUMBERS = (
    "一次性|一周年|十分(?!之)|千万别|周[一二三四五六]|星期[一二三四五六]|礼拜[一二三四五六]|[统唯单同]一|之一|万一"
    "|一个劲|一天到晚|一年一度|半成品|三明治|一家人|[一二三四五]线|一级棒|两口子"
)
_WORDY = (
    rf"(?:{ENGLISH_NUMERAL}|an?(?= (?:hundred|thousand|grand|million|billion|dozen)))"
    r"(?:(?:(?<=hundred) and|(?<=thousand) and|(?<=grand) and|(?<=million) and|(?<=billion) and|-)? "
    rf"(?:{ENGLISH_NUMERAL}|hundred|thousand|grand|million|billion|dozen))*"
)
_NOT_ONE = r"(?:no|any|every|some|which|this|that|each|the|other|previous|last|another) one\b|\bone (?=of\b)"
_GROUPS: tuple[tuple[str, str], ...] = (
    ("skipped", rf"{_NOT_NUMBERS}|\b(?:{_NOT_ONE})"),
    ("percent", rf"百分之{_NUMERAL}|(?<![\w.])[-+]?[\d,]+(?:\.\d+)? ?(?:%|percent\b|per cent\b|pct\b)|{_SIMPLE}%"),
    ("ratio", rf"{_SIMPLE}分之{_SIMPLE}|(?<![\w./])\d{{1,2}}/\d{{1,2}}(?![\w/])"),
    ("tenths", r"(?:\d|[一二两三四五六七八九半])成半?(?![本交为功员人品立都绩长熟果分])"),
    ("half", r"一半|\b(?<!first )(?<!second )(?<!1st )(?<!2nd )half\b(?! ?-?year)"),
    ("ordinal", rf"第{_SIMPLE}|(?<![\w.])\d+(?:st|nd|rd|th)\b|\b(?:{'|'.join(_ORDINALS)})\b"),
    ("mixed", r"(?<![a-z0-9_.])\d+(?:\.\d+)?(?:[亿万千百]\d+(?:\.\d+)?)+[万千百十]?(?![a-z0-9_])"),
    (
        "digits",
        (
            r"(?<![a-z0-9_.])(?:(?:(?<=[\s(<>=])|^)[-+])?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
            r"(?: ?(?:[百千]万|十亿|[万亿千百])|(?:k|mn|mio|m|bn|b|w)(?![a-z0-9_])"
            r"| (?:hundred|thousand|grand|million|billion|dozen)\b|(?![a-z0-9_]|\.\d))"
        ),
    ),
    ("years", r"[一二][零〇一二三四五六七八九]{3}(?![零〇一二三四五六七八九十百千万亿])"),
    (
        "chinese",
        (
            r"[零一二两三四五六七八九]*[十百千廿卅][零〇一二两三四五六七八九十百千万亿]*(?:点[零〇一二三四五六七八九]+)?"
            r"(?<!^[十百千])(?<=[零〇一二两三四五六七八九十百千万亿廿卅]{2})(?![货])|廿|卅"
            r"|(?<![一二两三四五六七八九])[一二两三四五六七八九][万亿][零〇一二两三四五六七八九十百千万亿]*"
            r"|[零一二两三四五六七八九]点[零〇一二三四五六七八九]+"
        ),
    ),
    (
        "single",
        rf"[零一二两三四五六七八九十](?={_COUNTED}|[到至][一二两三四五六七八九][百千万亿成])|(?<=[前后近于超满头])[一二两三四五六七八九十](?![十百千万亿])",
    ),
    ("round", rf"(?<=[过上破超逾满])[百千万亿](?=[的以元块,() 但却且而又还仍就]|{_COUNTED}|$)"),
    ("english", rf"\b{_WORDY}\b"),
)
_READERS: dict[str, tuple[NumberKind, Callable[[str], float | None]]] = {
    "percent": ("percent", _percent),
    "ratio": ("fraction", _ratio),
    "tenths": ("percent", _tenths),
    "half": ("fraction", _half),
    "ordinal": ("ordinal", _ordinal),
    "mixed": ("number", chinese_number),
    "digits": ("number", _scaled),
    "years": ("number", chinese_number),
    "chinese": ("number", chinese_number),
    "single": ("number", chinese_number),
    "round": ("number", _SCALES.get),
    "english": ("number", english_number),
}
_PATTERN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _GROUPS))
