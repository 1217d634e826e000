"""Names of which only some words are said: Newark for Newark Liberty Intl, 酸奶 for 内蒙古酸奶."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from semantic_layer.spelling import has_han, heard, stem
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
_SHORTEST_MISSPELT = 5
_SHORTEST = {True: 2, False: 3}  # by whether they are Chinese
_LONGEST_SOUND = 2
_MOST_OWNERS = 100_000
_LOOKED_AT = 200
_FIRST_PART = re.compile(r"\s*(?:[/,;(（，、|]| - ).*", re.DOTALL)

Scored = list[tuple[float, int]]


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

        Where there are none, those that hold words spelled almost so.
        """
        wanted = _stems(text)
        if not wanted or len(text) < _SHORTEST[has_han(text)]:
            return []
        found = self._scored(text, wanted, self._candidates(wanted), limit)
        return found or self._corrected(text, wanted, limit)

    def _candidates(self, wanted: Sequence[str]) -> Ids:
        latin = [w for w in wanted if not has_han(w)]
        found = self._words.all_of(buckets(latin).astype(np.int64), _MOST_OWNERS) if latin else None
        for word in (w for w in wanted if has_han(w) and len(w) > 1):
            more = self._grams.containing(word, _MOST_OWNERS)
            found = more if found is None else np.intersect1d(found, more, assume_unique=True)
        return np.empty(0, np.int64) if found is None else found

    def _scored(self, text: str, wanted: Sequence[str], ids: Ids, limit: int, weight: float = 1.0) -> Scored:
        found: Scored = []
        shortest = top(ids, -self._grams.sizes(ids), _LOOKED_AT)
        for number in shortest[np.argsort(self._grams.sizes(shortest), kind="stable")].tolist():
            name = self._names[number]
            if (score := _score(text, wanted, name)) and name != text:
                found.append((weight * score, number))
                if len(found) == limit:
                    break
        return found

    def _corrected(self, text: str, wanted: Sequence[str], limit: int) -> Scored:
        """The names that hold the words as they were probably meant."""
        ways = [self._meant(w) for w in wanted]
        if sum(way != [w] for way, w in zip(ways, wanted, strict=True)) > _MOST_MISSPELT:
            return []
        found: Scored = []
        for meant in product(*ways):
            if list(meant) != list(wanted):
                found += self._scored(" ".join(meant), meant, self._candidates(meant), limit, _MISSPELT)
        return sorted(found, key=lambda f: -f[0])[:limit]

    def _meant(self, word: str) -> list[str]:
        """The word, if a name has it or it is too short to tell; else the words that are like it."""
        if len(word) < _SHORTEST_MISSPELT or not word.isascii() or not word.isalpha():
            return [word]
        near = {n: self._spellings[n] for n in self._spelling_grams.similar(word, 40).tolist()}
        if word in near.values():
            return [word]
        ranked = sorted(alike(word, near, _LIKE), key=lambda s: -s[0])[:_CORRECTIONS]
        return [near[n] for _, n in ranked] or [word]

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
        last, best = at, self.holding(text[slice(*free[at])], limit) if _telling(text[slice(*free[at])]) else []
        while best and last + 1 < len(free) and not has_han(text[slice(*free[last + 1])]) and free[last + 1][0] - free[last][1] <= 1:
            stretch = text[free[at][0] : free[last + 1][1]]
            wanted = _stems(stretch)
            longer = self._scored(stretch, wanted, self._candidates(wanted), limit)
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
        stop, best = start + 1, []
        while stop < end:
            piece = text[start : stop + 1]
            longer = self._scored(piece, [piece], self._grams.containing(piece, _MOST_OWNERS), limit)
            if not longer:
                break
            stop, best = stop + 1, longer
        return stop, best


def _stems(text: str) -> list[str]:
    return [w if has_han(w) else stem(w) for w in words(text)]


def _telling(word: str) -> bool:
    return len(word) >= _SHORTEST[False]


def _score(text: str, wanted: Sequence[str], name: str) -> float:
    """How strongly the words mean the name, 0 where it does not hold them all: Chinese ones anywhere in its characters."""
    own = set(_stems(name))
    by_sound = False
    for word in wanted:
        if word in own or (has_han(word) and word in name):
            continue
        if not has_han(word) or len(word) <= _LONGEST_SOUND or heard(word) not in heard(name):
            return 0.0
        by_sound = True
    first = _FIRST_PART.sub("", name)
    share = min(1.0, len(text) / len(name))
    score = _BEFORE_A_SIGN if first != name and _stems(first) == list(wanted) else _SHARE[0] + _SHARE[1] * share
    return score * (_BY_SOUND if by_sound else 1.0)
