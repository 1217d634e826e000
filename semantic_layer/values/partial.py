"""Names of which only some words are said: Newark for Newark Liberty Intl, 酸奶 for 内蒙古酸奶."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TypeAlias

import numpy as np

from semantic_layer.spelling import FIRST_SYLLABLE, has_han, heard, stem, typed
from semantic_layer.values.columns import Columns
from semantic_layer.values.grams import Grams, top
from semantic_layer.values.likeness import alike
from semantic_layer.values.postings import Ids, Postings
from semantic_layer.values.texts import Texts
from semantic_layer.values.words import buckets, places, words

_SHARE = (0.5, 0.25)
_BEFORE_A_SIGN = 0.9
_BY_SOUND = 0.9
_MISSPELT = 0.9
_LIKE = 0.86
_CORRECTIONS = 2
_MOST_MISSPELT = 2
_SHORTEST_MISSPELT = 4
_SHORTEST = {True: 2, False: 3}  # by whether they are Chinese
_MOST_OWNERS = 100_000
_LOOKED_AT = 200
_FIRST_PART = re.compile(r"\s*(?:[/,;(（，、|]| - ).*", re.DOTALL)

_FIRST_SOUND = chr(FIRST_SYLLABLE)

Scored: TypeAlias = list[tuple[float, int]]
Holds: TypeAlias = Callable[[str, Sequence[str]], bool]


class PartialNames:
    """Finds names by some of their words, whichever these are; the English number of a word does not matter."""

    def __init__(self, columns: Columns, names: Texts, grams: Grams) -> None:
        self._names = names
        self._grams = grams
        self._words = Postings(columns, "words")
        self._spellings = Texts(columns, "spellings")
        self._spelling_grams = Grams(columns, "spellings")

    def holding(self, text: str, limit: int) -> Scored:
        """Up to `limit` names that hold all words of the text, with their scores, the shortest names.

        Where there are none, those that hold words spelled almost so, run together, or sounding the same.
        """
        wanted = _stems(text)
        if not wanted or len(text) < _SHORTEST[has_han(text)]:
            return []
        return self._literal(text, wanted, limit) or self._corrected(text, wanted, limit) or self._by_sound(text, wanted, limit)

    def _literal(self, text: str, wanted: Sequence[str], limit: int) -> Scored:
        return self._first(text, wanted, self._candidates(wanted), limit, _holds)

    def _candidates(self, wanted: Sequence[str]) -> Ids:
        """The names that may hold the words, or for Chinese ones their sounds."""
        latin = [w for w in wanted if not _is_wide(w)]
        found = self._words.all_of(buckets(latin).astype(np.int64), _MOST_OWNERS) if latin else None
        for word in (w for w in wanted if _is_wide(w) and len(w) > 1):
            more = self._grams.containing(word, _MOST_OWNERS)
            found = more if found is None else np.intersect1d(found, more, assume_unique=True)
        return np.empty(0, np.int64) if found is None else found

    def _first(self, text: str, wanted: Sequence[str], ids: Ids, limit: int, holds: Holds, weight: float = 1.0) -> Scored:
        """The shortest of the names that hold the words."""
        found: Scored = []
        shortest = top(ids, -self._grams.sizes(ids), _LOOKED_AT)
        for number in shortest[np.argsort(self._grams.sizes(shortest), kind="stable")].tolist():
            name = self._names[number]
            if name != text and holds(name, wanted):
                found.append((weight * _score(text, wanted, name), number))
                if len(found) == limit:
                    break
        return found

    def _corrected(self, text: str, wanted: Sequence[str], limit: int) -> Scored:
        """The names that hold the words as they were probably meant."""
        ways = [self._meant(w) for w in wanted]
        if sum(way != [(w,)] for way, w in zip(ways, wanted, strict=True)) > _MOST_MISSPELT:
            return []
        found: Scored = []
        for way in product(*ways):
            meant = [word for part in way for word in part]
            if meant != list(wanted):
                found += self._first(text, meant, self._candidates(meant), limit, _holds, _MISSPELT)
        return sorted(found, key=lambda f: -f[0])[:limit]

    def _meant(self, word: str) -> list[tuple[str, ...]]:
        """The word, if a name has it or it is too short to tell; else the words that are like it, or that it is made of."""
        if len(word) < _SHORTEST_MISSPELT or not word.isascii() or not word.isalpha():
            return [(word,)]
        near = {n: self._spellings[n] for n in self._spelling_grams.similar(word, 40).tolist()}
        if word in near.values():
            return [(word,)]
        ranked = sorted(alike(word, near, _LIKE), key=lambda s: -s[0])[:_CORRECTIONS]
        return [(near[n],) for _, n in ranked] or self._halves(word) or [(word,)]

    def _halves(self, word: str) -> list[tuple[str, ...]]:
        """The pairs of words that may have been run together."""
        cuts = range(_SHORTEST[False], len(word) - _SHORTEST[False] + 1)
        pairs = [(stem(word[:n]), stem(word[n:])) for n in cuts]
        known = self._words.counts(buckets([w for pair in pairs for w in pair]).astype(np.int64)).reshape(-1, 2) if pairs else ()
        return [pair for pair, counts in zip(pairs, known, strict=True) if all(counts)]

    def _by_sound(self, text: str, wanted: Sequence[str], limit: int) -> Scored:
        """The names that hold Chinese words of the same sound, or the words of which the text is the pinyin."""
        sounds = [typed(text) or ""] if text.isascii() else [heard(w) for w in wanted]
        if len(text) < _SHORTEST[has_han(text)] or not any(len(s) > 1 and _is_wide(s) for s in sounds):
            return []
        return self._first(text, sounds, self._candidates(sounds), limit, _sounds_like, _BY_SOUND)

    def stretches(self, text: str, taken: Sequence[tuple[int, int]], limit: int) -> Iterator[tuple[int, int, Scored]]:
        """The longest stretches of a text, outside `taken`, whose words some name holds, and up to `limit` such names of each."""
        free = [(s, e) for s, e in places(text) if not any(s < b and a < e for a, b in taken)]
        at = 0
        while at < len(free):
            start, end = free[at]
            if has_han(text[start:end]):
                yield from self._chinese(text, start, end, limit)
                at += 1
                continue
            last, found = self._run(text, free, at, limit)
            if found:
                yield start, free[last][1], found
            at = last + 1

    def _run(self, text: str, free: Sequence[tuple[int, int]], at: int, limit: int) -> tuple[int, Scored]:
        """The longest run of Latin words from `at` that some name holds: its last word, and the names."""
        first = text[slice(*free[at])]
        last, best = at, self._literal(first, _stems(first), limit) if len(first) >= _SHORTEST[False] else []
        while best and last + 1 < len(free) and not has_han(text[slice(*free[last + 1])]) and free[last + 1][0] - free[last][1] <= 1:
            stretch = text[free[at][0] : free[last + 1][1]]
            longer = self._literal(stretch, _stems(stretch), limit)
            if not longer:
                break
            last, best = last + 1, longer
        return last, best

    def _chinese(self, text: str, start: int, end: int, limit: int) -> Iterator[tuple[int, int, Scored]]:
        """In Chinese any characters side by side may be a word."""
        while start < end - 1:
            stop, found = self._longest_chinese(text, start, end, limit)
            if found:
                yield start, stop, found
            start = stop if found else start + 1

    def _longest_chinese(self, text: str, start: int, end: int, limit: int) -> tuple[int, Scored]:
        stop, best = start + 1, Scored()
        while stop < end:
            piece = text[start : stop + 1]
            longer = self._literal(piece, [piece], limit)
            if not longer:
                break
            stop, best = stop + 1, longer
        return stop, best


def _stems(text: str) -> list[str]:
    return [w if has_han(w) else stem(w) for w in words(text)]


def _is_wide(word: str) -> bool:
    """Whether it is made of Chinese characters or of their sounds."""
    return word >= _FIRST_SOUND or has_han(word)


def _holds(name: str, wanted: Sequence[str]) -> bool:
    """Whether all words stand in the name; Chinese ones anywhere in its characters."""
    own = set(_stems(name))
    return all(w in own or (has_han(w) and w in name) for w in wanted)


def _sounds_like(name: str, wanted: Sequence[str]) -> bool:
    """Whether all words, Chinese ones given by their sounds, stand in the name."""
    return all(w in heard(name) for w in wanted if _is_wide(w)) and _holds(name, [w for w in wanted if not _is_wide(w)])


def _score(text: str, wanted: Sequence[str], name: str) -> float:
    """How strongly the words mean a name that holds them: by how much of it they are, or as what stands before a sign."""
    first = _FIRST_PART.sub("", name)
    if first != name and _stems(first) == list(wanted):
        return _BEFORE_A_SIGN
    return _SHARE[0] + _SHARE[1] * min(1.0, len(text) / len(name))
