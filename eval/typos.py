"""One typing error in a question, as hands and input methods make them. The same seed makes the same errors."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache

import rjieba
from pypinyin import lazy_pinyin

from assistant.language.normalise import HAN, QUOTED

SHORTEST = 4  # letters of an English word that can bear an error
SHORTEST_DROP = 3  # characters of a Chinese word that one may be missing from

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LATIN = re.compile(r"[A-Za-z0-9_]+(?:[-./#][A-Za-z0-9_]+)*")
_WORD = re.compile(rf"[A-Za-z][a-z]{{{SHORTEST - 1},}}")
_HAN_WORD = re.compile(f"[{HAN}]{{2,}}")
_NUMBER_OR_TIME = re.compile("[零〇一二三四五六七八九十百千万亿两半双第年月日号天周旬季期节时昨今]|礼拜|元旦|国庆|中秋|端午|清明|圣诞|除夕|平安夜")
_MONTHS = "january february march april june july august september october november december sept"
_DAYS = "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays sundays tues thur thurs"
_TIMES = (
    "year years month months week weeks days hour hours quarter quarters weekend weekends weekday weekdays today yesterday tomorrow "
    "yearly monthly weekly daily quarterly christmas thanksgiving easter halloween"
)
_NUMBERS = (
    "zero three four five seven eight nine eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty "
    "fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion half double twice dozen "
    "first second third fourth fifth sixth seventh eighth ninth tenth"
)
_PROTECTED = frozenset(f"{_MONTHS} {_DAYS} {_TIMES} {_NUMBERS}".split())


def with_typo(question: str, seed: str) -> str | None:
    """The question with one random error in one of its words; None where no word can bear one.

    Numbers, dates, words of time, quoted text and codes stay as they are. English words of four letters and more get two letters
    swapped, one dropped, doubled or replaced by its neighbour on the keyboard, never the first, which people seldom miss
    (Yannakoudakis and Fawthrop 1983); Chinese words a homophone, a doubled or, if long, a dropped character.
    """
    chance = random.Random(seed)
    places = sorted({*_latin_words(question), *_han_words(question)})
    chance.shuffle(places)
    for start, end in places:
        word = question[start:end]
        kinds = list(_LATIN_ERRORS if word.isascii() else _HAN_ERRORS)
        chance.shuffle(kinds)
        for kind in kinds:
            if changed := kind(word, chance):
                return question[:start] + changed + question[end:]
    return None


def _latin_words(question: str) -> Iterator[tuple[int, int]]:
    quoted = [found.span() for found in QUOTED.finditer(question)]
    for found in _LATIN.finditer(question):
        inside = any(start <= found.start() < end for start, end in quoted)
        if _WORD.fullmatch(found[0]) and found[0].lower() not in _PROTECTED and not inside:
            yield found.span()


def _han_words(question: str) -> Iterator[tuple[int, int]]:
    quoted = [found.span() for found in QUOTED.finditer(question)]
    for word, start, end in rjieba.tokenize(question):
        inside = any(first <= start < last for first, last in quoted)
        if _HAN_WORD.fullmatch(word) and not _NUMBER_OR_TIME.search(word) and not inside:
            yield start, end


def _swapped(word: str, chance: random.Random) -> str | None:
    places = [i for i in range(1, len(word) - 1) if word[i] != word[i + 1]]
    if not places:
        return None
    at = chance.choice(places)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _dropped(word: str, chance: random.Random) -> str | None:
    if len(word) < SHORTEST_DROP:
        return None
    at = chance.randrange(1 if word.isascii() else 0, len(word))
    return word[:at] + word[at + 1 :]


def _doubled(word: str, chance: random.Random) -> str | None:
    at = chance.randrange(1 if word.isascii() else 0, len(word))
    return word[:at] + word[at] + word[at:]


def _neighbour(word: str, chance: random.Random) -> str | None:
    at = chance.randrange(1, len(word))
    return word[:at] + chance.choice(_neighbours()[word[at]]) + word[at + 1 :]


def _homophone(word: str, chance: random.Random) -> str | None:
    sounds = lazy_pinyin(word)
    choices = [(i, other) for i, own in enumerate(word) for other in _homophones().get(sounds[i], "") if other != own]
    if not choices:
        return None
    at, other = chance.choice(choices)
    return word[:at] + other + word[at + 1 :]


@cache
def _neighbours() -> dict[str, str]:
    """The letters around each letter of the keyboard."""
    place = {letter: (row, column) for row, letters in enumerate(_ROWS) for column, letter in enumerate(letters)}
    touching = {(0, -1), (0, 1), (1, -1), (1, 0), (-1, 0), (-1, 1)}
    return {a: "".join(b for b, (s, d) in place.items() if (s - r, d - c) in touching) for a, (r, c) in place.items()}


@cache
def _homophones() -> dict[str, str]:
    """The common characters (level 1 of GB 2312) by their sound without tone, which is what people type."""
    pairs = ((high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) if (high, low) < (0xD7, 0xFA))
    common = "".join(bytes(pair).decode("gb2312") for pair in pairs)
    by_sound: dict[str, str] = {}
    for character in common:
        sound = lazy_pinyin(character)[0]
        by_sound[sound] = by_sound.get(sound, "") + character
    return by_sound


_Error = Callable[[str, random.Random], str | None]
_LATIN_ERRORS: tuple[_Error, ...] = (_swapped, _dropped, _doubled, _neighbour)
_HAN_ERRORS: tuple[_Error, ...] = (_homophone, _doubled, _dropped)
