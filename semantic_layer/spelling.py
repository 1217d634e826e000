"""How names are spelled: folding, English number, sound, and finding a great many of them in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

HAN = r"々〇㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"

_HAN = re.compile(f"[{HAN}]")
_BORDER = re.compile(f"(?<=[{HAN}]) (?=[a-z0-9])|(?<=[a-z0-9]) (?=[{HAN}])")
_JOINED = re.compile(r"(?<=[a-z])[-_/](?=[a-z])")
_LAST_WORD = re.compile(r"[a-z]+$")
_FIRST_WIDE = "⺀"
_LONGEST_ENDING = 3
_LONGEST_SYLLABLE = 6
_MOST_SOUNDS = 20_000

FIRST_SYLLABLE = 0xF0000


def fold(text: str) -> str:
    """NFKC, lower case, single spaces. Names and texts must be folded alike."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(text.lower().split())


def has_han(text: str) -> bool:
    """Whether a Chinese character stands in it."""
    return not text.isascii() and _HAN.search(text) is not None


def is_short(name: str) -> bool:
    """Too short to be recognised by likeness: up to two Chinese characters, or three others."""
    return len(name) <= (2 if has_han(name) else 3)


def variants(name: str) -> tuple[str, ...]:
    """The folded name, and also without the blanks between Chinese and other characters."""
    if " " not in name or name.isascii():
        return (name,)
    return tuple(dict.fromkeys((name, _BORDER.sub("", name))))


def stem(word: str) -> str:
    """What the singular and the plural of an English word share: grocer(y|ies), box(es), house(s)."""
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith(("ies", "ie")):
        return word[: word.rindex("ie")] + "i"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "i"
    word = word.removesuffix("s")
    return word[:-1] if word.endswith(("se", "xe", "ze", "che", "she", "oe")) else word


def in_word(char: str) -> bool:
    """Whether it belongs to a word of a script that writes blanks between words."""
    return char.isalnum() and char < _FIRST_WIDE


def beginnings(text: str) -> Iterator[int]:
    """Where a name may begin: anywhere but inside a word."""
    return (n for n in range(len(text)) if not (n and in_word(text[n]) and in_word(text[n - 1])))


@dataclass(frozen=True, slots=True)
class Found:
    """A known name at text[start:end]; `number` is its place in the list of names."""

    start: int
    end: int
    number: int
    inflected: bool


class Scanner:
    """Finds all of many names in a text.

    Every place of the text is looked up by hash, so the time grows with the text and not with the number of
    names, and a million names are ready within seconds. Latin names must stand as whole words and may be in
    the other English number; a hyphen, underscore or slash between letters counts as a blank.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._first: dict[str, int] = {}
        self._more: dict[str, list[int]] = {}
        self._lengths: dict[str, int] = {}
        for number, name in enumerate(names):
            self._add(number, head(name))

    def _add(self, number: int, start: str) -> None:
        if not start:
            return
        if self._first.setdefault(start, number) != number:
            self._more.setdefault(start, []).append(number)
            return
        self._lengths[start[:2]] = self._lengths.get(start[:2], 0) | 1 << len(start)

    def numbers(self, text: str) -> list[int]:
        """The names that are equal to `text`, but for its English number."""
        return [n for n in self._headed(head(text)) if key(self._names[n]) == key(text)]

    def _headed(self, start: str) -> tuple[int, ...]:
        return (self._first[start], *self._more.get(start, ())) if start in self._first else ()

    def find(self, text: str) -> Iterator[Found]:
        """All names in `text`, overlapping ones included, from left to right."""
        text = plain(text)
        for start in beginnings(text):
            for length in self._possible_lengths(text, start):
                numbers = self._headed(text[start : start + length])
                if numbers and start + length <= len(text):
                    yield from begun(text, start, length, numbers, self._names)

    def _possible_lengths(self, text: str, start: int) -> Iterator[int]:
        heads = self._lengths.get(text[start], 0) | self._lengths.get(text[start : start + 2], 0)
        while heads:
            lowest = heads & -heads
            heads ^= lowest
            yield lowest.bit_length() - 1


def begun(text: str, start: int, length: int, numbers: Iterable[int], names: Sequence[str]) -> Iterator[Found]:
    """Those of the numbered names, all of which have the head text[start:start + length], that stand there to their end.

    The text must be `plain`.
    """
    end = start + length
    while end < len(text) and in_word(text[end - 1]) and in_word(text[end]):
        end += 1
    if end - start - length > _LONGEST_ENDING or _splits_number(text, start, end):
        return
    wanted = key(text[start:end])
    for number in numbers:
        name = names[number]
        if key(name) == wanted:
            yield Found(start, end, number, plain(name) != text[start:end])


def longest(found: Sequence[Found]) -> list[Found]:
    """Without overlaps: the leftmost, then the longest; names that share a place all stay."""
    kept: list[Found] = []
    for item in sorted(found, key=lambda f: (f.start, -f.end)):
        if not kept or item.start >= kept[-1].end or (item.start, item.end) == (kept[-1].start, kept[-1].end):
            kept.append(item)
    return kept


def plain(text: str) -> str:
    """With a blank in the place of what joins two words."""
    return _JOINED.sub(" ", text)


def key(name: str) -> str:
    """What both English numbers of a name share; equal for equal names only."""
    name = plain(name)
    last = _LAST_WORD.search(name)
    return name[: last.start()] + stem(last.group()) if last else name


def head(name: str) -> str:
    """The beginning that both numbers of a name share letter by letter: grocer of grocery and groceries."""
    shared = key(name)
    return shared[:-1] if len(shared) > 1 and shared[-1] == "i" and in_word(shared[-2]) else shared


def _splits_number(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] is only a part of a number such as 1.5 or 1,000."""
    before = text[start].isdigit() and start > 1 and text[start - 1] in ".," and text[start - 2].isdigit()
    after = text[end - 1].isdigit() and text[end : end + 1] in (".", ",") and text[end + 1 : end + 2].isdigit()
    return before or after


@lru_cache(_MOST_SOUNDS)
def sound(text: str) -> str:
    """Pinyin without tones in place of Chinese characters, read in context; anything else as it is."""
    if not has_han(text):
        return text
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(text))


def heard(text: str) -> str:
    """One character per syllable in the place of each Chinese character; homophones become equal."""
    return text.translate(_SYLLABLES) if has_han(text) else text


def typed(text: str) -> str | None:
    """What `heard` gives for the Chinese characters that `text` may be the pinyin of, two or more of them."""
    if not text.isascii() or not text.isalpha():
        return None
    known = _SYLLABLES.numbers
    ways: dict[int, list[str]] = {len(text): []}
    for start in range(len(text) - 1, -1, -1):
        for end in range(min(start + _LONGEST_SYLLABLE, len(text)), start, -1):
            if end in ways and text[start:end] in known:
                ways[start] = [text[start:end], *ways[end]]
                break
    parts = ways.get(0, [])
    return "".join(chr(known[p]) for p in parts) if len(parts) > 1 else None


class _Syllables(dict[int, int]):
    """Character codes to syllable codes, filled as characters are met; others stay. The codes are the same in every process."""

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The code of each syllable of Chinese."""
        from pypinyin.constants import PINYIN_DICT
        from pypinyin.contrib.tone_convert import to_normal

        toned = {reading for readings in PINYIN_DICT.values() for reading in readings.split(",")}
        return {syllable: number for number, syllable in enumerate(sorted(set(map(to_normal, toned))), FIRST_SYLLABLE)}

    def __missing__(self, code: int) -> int:
        self[code] = self._syllable(chr(code)) if _HAN.match(chr(code)) else code
        return self[code]

    def _syllable(self, char: str) -> int:
        from pypinyin import Style, pinyin

        return self.numbers.get(pinyin(char, style=Style.NORMAL)[0][0], ord(char))


_SYLLABLES = _Syllables()
