"""What an English word may be a misspelling of: known words one typing error away (two, where it is long), and two words run together."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.language.dictionary import english_frequency
from assistant.linking.vocabulary import Kind, Replacement

SHORTEST = 3
LONG = 9
# What each error costs. Letters swapped, doubled or typed once instead of twice are slips of the hand that change nothing else.
_SLIP = 0.8
_MISSING_OR_ADDED = 1.0
_NEIGHBOUR = 1.0
_OTHER_LETTER = 1.3
_FIRST_LETTER = 0.6  # people seldom miss it (Yannakoudakis and Fawthrop 1983)
_SECOND_ERROR = 0.7
_RUN_TOGETHER = 0.9
# A real word is taken for a misspelling only if it is of three letters, and of a word of the language so much more frequent.
_MORE_FREQUENT = 8
_RARE = 300_000  # fewer times in a dictionary's sources: as likely an error as a word
_CANDIDATES = 6
# What a word may be meant as whose first letter differs.
_FIRST_MISSED = frozenset((Kind.NAME, Kind.TIME, Kind.LACKING))
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACE = {letter: (row, column) for row, letters in enumerate(_ROWS) for column, letter in enumerate(letters)}
_TOUCHING = frozenset({(0, -1), (0, 1), (1, -1), (1, 0), (-1, 0), (-1, 1)})


class EnglishWords:
    """Known English words by their kind; the rarest kinds cost a little more."""

    def __init__(self, words: Mapping[str, Kind]) -> None:
        self._kinds = dict(words)
        self._by_length: dict[int, list[str]] = {}
        for word in self._kinds:
            self._by_length.setdefault(len(word), []).append(word)

    def knows(self, word: str) -> bool:
        """Whether it is one of them, in either number."""
        return word in self._kinds or any(self._kinds.get(form, Kind.VALUE) is not Kind.VALUE for form in (word.removesuffix("s"), word + "s"))

    def says_nothing_of_a_shop(self, word: str) -> bool:
        """Whether it is a word of the language, of time or of operators, which others may complete."""
        return word in self._kinds and self._kinds[word].general

    def near(self, word: str, named_only: bool = False) -> list[Replacement]:
        """What `word` may have been meant as, nearest first; with `named_only`, without general language."""
        most = 2 if len(word) >= LONG else 1
        found = []
        for length in range(max(len(word) - most, SHORTEST + (len(word) <= SHORTEST)), len(word) + most + 1):
            names = self._by_length.get(length, [])
            found += [n for n, _, _ in process.extract(word, names, scorer=OSA.distance, score_cutoff=most, limit=None)]
        real = english_frequency(word) if english_frequency(word) >= _RARE else 0
        fits = [n for n in found if self._allowed(word, n, real, named_only)]
        out = [Replacement(n, _cost(word, n) + self._kinds[n].cost) for n in fits]
        return sorted(out, key=lambda r: (r.cost, -english_frequency(r.text)))[:_CANDIDATES] or ([] if real or named_only else self._apart(word))

    def _allowed(self, word: str, name: str, real: int, named_only: bool) -> bool:
        """Whether `word`, which stands in a dictionary `real` times, may be meant as a known name."""
        if real:
            begun = len(word) == SHORTEST and name.startswith(word[0]) and len(name) > SHORTEST
            return begun and self._kinds[name].general and english_frequency(name) > _MORE_FREQUENT * real
        begins = word[0] == name[0] or word[:2] == name[1::-1]
        return (begins or self._kinds[name] in _FIRST_MISSED) and not (named_only and self._kinds[name] in (Kind.OPERATOR, Kind.GENERAL))

    def _apart(self, word: str) -> list[Replacement]:
        """Two known words run together."""
        pairs = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        known = [p for p in pairs if all(w in self._kinds for w in p)]
        known.sort(key=lambda p: -min(len(p[0]), len(p[1])))
        return [Replacement(f"{first} {second}", _RUN_TOGETHER) for first, second in known[:2]]


def _cost(typed: str, meant: str) -> float:
    first = _FIRST_LETTER if typed[0] != meant[0] else 0.0
    if OSA.distance(typed, meant) > 1:
        return first + _MISSING_OR_ADDED + _SECOND_ERROR
    return first + _one_error(typed, meant)


def _one_error(typed: str, meant: str) -> float:
    if len(typed) != len(meant):
        longer, shorter = sorted((typed, meant), key=len, reverse=True)
        doubled = any(a == b and longer[:i] + longer[i + 1 :] == shorter for i, (a, b) in enumerate(pairwise(longer)))
        return _SLIP if doubled else _MISSING_OR_ADDED
    wrong = [(a, b) for a, b in zip(typed, meant, strict=True) if a != b]
    if len(wrong) > 1:
        return _SLIP
    return _NEIGHBOUR if wrong and _neighbours(*wrong[0]) else _OTHER_LETTER


def _neighbours(a: str, b: str) -> bool:
    """Whether two letters touch on the keyboard."""
    if a not in _PLACE or b not in _PLACE:
        return False
    (row, column), (other_row, other_column) = _PLACE[a], _PLACE[b]
    return (other_row - row, other_column - column) in _TOUCHING
