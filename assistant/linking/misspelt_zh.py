"""What Chinese characters may be a mistyping of: words that sound the same or nearly so, and such with one character missing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property, lru_cache

import rjieba

from assistant.language.dictionary import is_chinese_word
from assistant.linking.vocabulary import Kind, Replacement
from semantic_layer.spelling import has_han, heard

LONGEST = 10
SHORTEST_INCOMPLETE = 3
LONGEST_GENERAL = 3
# The log-probability of each error, roughly: how much more usual the text must become by mending it.
_SAME_SOUND = 6.0
_NEAR_SOUND = 8.5
_MISSING = 7.5
_ALONE = 4.5
_GENERAL = 3.0
_GAP = "\0"
_NUMBER = re.compile("[零〇一二三四五六七八九十百千万亿两半0-9]")
_OPPOSITES = frozenset(("买卖", "卖买", "钱欠", "欠钱"))  # they sound alike, and both are always meant
_DENYING_SOUNDS = frozenset(("bu", "mei", "mo", "fei", "wei", "wu", "chu"))
_LIMITING = frozenset("只仅")
_DENYING = frozenset("不没非未无除")
# Sounds that input by ear confuses.
_BLURRED = ((re.compile("^([zcs])h"), r"\1"), (re.compile("^l"), "n"), (re.compile("ng$"), "n"))


class ChineseWords:
    """Known Chinese words by their characters and sounds."""

    def __init__(self, words: Mapping[str, Kind]) -> None:
        self._single = {w for w, kind in words.items() if len(w) == 1 and (w in _DENYING or not kind.general)}
        self._known = frozenset(w for w in words if has_han(w) and len(w) <= LONGEST)

    @cached_property
    def _gapped(self) -> dict[str, list[str]]:
        """The words by what is left of them without one character. Made, as the sounds are, when a question first needs it."""
        gapped: dict[str, list[str]] = {}
        for word in self._known:
            for at in range(len(word)):
                if len(word) > 1 and not _NUMBER.match(word[at]):
                    gapped.setdefault(word[:at] + _GAP + word[at + 1 :], []).append(word)
        return gapped

    @cached_property
    def _heard(self) -> dict[str, list[str]]:
        sounds: dict[str, list[str]] = {}
        for word in self._known:
            if len(word) > 1 and not _NUMBER.search(word):
                sounds.setdefault(heard(word), []).append(word)
        return sounds

    def near(self, typed: str) -> list[Replacement]:
        """What the whole of `typed` may have been meant as."""
        if typed in self._known or _NUMBER.search(typed):
            return []
        best: dict[str, float] = {}
        for word, cost in (*self._one_wrong(typed), *self._incomplete(typed), *self._all_wrong(typed), *self._alone(typed), *_in_dictionary(typed)):
            best[word] = min(cost, best.get(word, cost))
        return [Replacement(word, cost) for word, cost in best.items() if not _opposite(typed, word) and not _turned_round(typed, word)]

    def _one_wrong(self, typed: str) -> Iterator[tuple[str, float]]:
        for at, own in enumerate(typed):
            if len(typed) > 1:
                for word in self._gapped.get(typed[:at] + _GAP + typed[at + 1 :], ()):
                    if _said(own) in _sounds(word[at]):
                        yield word, _SAME_SOUND
                    elif _blurred(_said(own)) in {_blurred(s) for s in _sounds(word[at])}:
                        yield word, _NEAR_SOUND

    def _alone(self, typed: str) -> Iterator[tuple[str, float]]:
        """Names of one character, and what denies: 诽油 is 非油. No other word so short can be told."""
        if len(typed) == 1:
            yield from ((word, _ALONE) for word in self._single if _said(typed) in _sounds(word))

    def _incomplete(self, typed: str) -> Iterator[tuple[str, float]]:
        if any(len(piece) > 1 for piece in rjieba.cut(typed, False)):
            return  # 优券 lacks a character; 余额, a word, lacks none; nor does 得最欢, before which a whole word would be missing
        for at in range(len(typed) + 1):
            words = self._gapped.get(typed[:at] + _GAP + typed[at:], ())
            yield from ((word, _MISSING) for word in words if len(word) >= SHORTEST_INCOMPLETE and (at or word[0] not in self._known))

    def _all_wrong(self, typed: str) -> Iterator[tuple[str, float]]:
        if len(typed) > 1 and has_han(typed):
            yield from ((word, _NEAR_SOUND) for word in self._heard.get(heard(typed), ()))


def _in_dictionary(typed: str) -> Iterator[tuple[str, float]]:
    """Words of the language that sound the same but for one common character."""
    if not 1 < len(typed) <= LONGEST_GENERAL or is_chinese_word(typed):
        return
    for at, own in enumerate(typed):
        for other in _homophones().get(_said(own), ""):
            word = typed[:at] + other + typed[at + 1 :]
            if other != own and is_chinese_word(word):
                yield word, _SAME_SOUND + _GENERAL


def may_deny(char: str) -> bool:
    """Whether a character sounds like one that denies: passed over, it could turn a question round."""
    return _said(char) in _DENYING_SOUNDS


def _turned_round(typed: str, meant: str) -> bool:
    """不分部门 is no 部分部门, 只付 no 支付: what denies or limits is never mended away; 付过 is no 不过: only what sounds alike becomes a denial."""
    for words in (_DENYING, _LIMITING):
        if words & set(typed) and not words & set(meant):
            return True
        if words & set(meant) and not words & set(typed):
            alike = len(typed) == len(meant) and all(_said(a) == _said(b) for a, b in zip(typed, meant, strict=True) if b in words)
            if not alike:
                return True
    return False


def _opposite(typed: str, meant: str) -> bool:
    return len(typed) == len(meant) and any(a + b in _OPPOSITES for a, b in zip(typed, meant, strict=True))


@lru_cache(maxsize=20_000)
def _said(char: str) -> str:
    """The usual reading of a character, without tone."""
    from pypinyin import lazy_pinyin  # its dictionary takes a third of a second

    return str(lazy_pinyin(char)[0])


@lru_cache(maxsize=20_000)
def _sounds(char: str) -> frozenset[str]:
    """All readings of a character, without tones."""
    from pypinyin import Style, pinyin

    return frozenset(pinyin(char, style=Style.NORMAL, heteronym=True)[0]) if has_han(char) else frozenset()


@cache
def _blurred(sound: str) -> str:
    for pattern, plain in _BLURRED:
        sound = pattern.sub(plain, sound)
    return sound


@cache
def _homophones() -> dict[str, str]:
    """The common characters (level 1 of GB 2312) by their usual sound."""
    pairs = ((high, low) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) if (high, low) < (0xD7, 0xFA))
    by_sound: dict[str, str] = {}
    for character in "".join(bytes(pair).decode("gb2312") for pair in pairs):
        by_sound[_said(character)] = by_sound.get(_said(character), "") + character
    return by_sound
