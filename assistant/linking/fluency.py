"""How usual a Chinese text is, by the frequencies of words: what tells a mistyped word from a new one."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import rjieba

from assistant.language.dictionary import chinese_frequency
from assistant.linking.vocabulary import Kind

_TOTAL = 60_101_967  # of all frequencies in jieba's dictionary
_LONGEST = 8
# What a shop's own words count as at least, in the frequencies of jieba's dictionary.
_OWN = {Kind.NAME: 500, Kind.PART: 500, Kind.OPERATOR: 500, Kind.TIME: 500, Kind.LACKING: 300, Kind.VALUE: 300}
_STRANGE = log(1 / _TOTAL) - 1.0


class Fluency:
    """The log-probability of texts, as words drawn one by one from jieba's dictionary and a shop's vocabulary."""

    def __init__(self, words: Mapping[str, Kind]) -> None:
        self._own = {w: _OWN[k] for w, k in words.items() if k in _OWN and (k is not Kind.OPERATOR or not _phrase(w))}

    def of(self, text: str) -> float:
        """The log-probability of the likeliest way to cut `text` into words."""
        best = [0.0]
        for end in range(1, len(text) + 1):
            starts = range(max(0, end - _LONGEST), end)
            best.append(max(best[start] + self._word(text[start:end]) for start in starts))
        return best[-1]

    def _word(self, word: str) -> float:
        times = max(chinese_frequency(word), self._own.get(word, 0))
        return log(times / _TOTAL) if times else _STRANGE * len(word)


def _phrase(word: str) -> bool:
    """Whether it is made of other words: 多少项 is no likelier than its parts."""
    return len(word) > 2 and any(1 < len(piece) < len(word) for piece in rjieba.cut(word, False))
