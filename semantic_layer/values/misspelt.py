"""Whole names that stand misspelt somewhere in a longer text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from rapidfuzz import fuzz

from semantic_layer.spelling import heard, in_word, is_short
from semantic_layer.values.grams import Grams
from semantic_layer.values.likeness import comparable, likeness
from semantic_layer.values.texts import Texts

_ALIGNED = 0.7
_BY_SOUND = 0.97
_LOOKED_AT = 60
_CLOSE = 0.03


class Misspelt(NamedTuple):
    """text[start:end] is almost the name of this number."""

    start: int
    end: int
    number: int
    score: float


class MisspeltNames:
    """Finds names in a text by the n-grams they share with it, then looks where they stand."""

    def __init__(self, names: Texts, grams: Grams) -> None:
        self._names = names
        self._grams = grams

    def find(self, text: str, cutoff: float, limit: int) -> list[Misspelt]:
        """The names that are like a part of the text, with scores from `cutoff`; of those that overlap, the most alike."""
        numbers = self._grams.within(text, _LOOKED_AT).tolist()
        placed = [found for n in numbers if (found := self._placed(text, n)) and found.score >= cutoff]
        return list(_clearest(sorted(placed, key=lambda f: (f.start - f.end, -f.score)), limit))

    def _placed(self, text: str, number: int) -> Misspelt | None:
        """Where the name is most alike."""
        name = self._names[number]
        if is_short(name) or len(name) > len(text) + 1:
            return None
        aligned = fuzz.partial_ratio_alignment(heard(name), heard(text), score_cutoff=100 * _ALIGNED)
        if aligned is None:
            return None
        spans = product(_near(text, aligned.dest_start, 0), _near(text, aligned.dest_end, 1))
        tried = [Misspelt(s, e, number, _alike(text[s:e], name)) for s, e in spans if s < e]
        return max(tried, key=lambda f: (f.score, f.start - f.end), default=None)


def _near(text: str, place: int, end: int) -> set[int]:
    """The borders about a place, for names that are a character longer or shorter; never inside a word."""
    found = set()
    for at in range(max(0, place - 2), min(len(text), place + 2) + 1):
        while 0 < at < len(text) and in_word(text[at - 1]) and in_word(text[at]):
            at += 1 if end else -1
        found.add(at)
    return found


def _alike(piece: str, name: str) -> float:
    if piece != piece.strip() or is_short(piece) or not comparable(piece, name):
        return 0.0
    return max(likeness(piece, name), _BY_SOUND * likeness(heard(piece), heard(name)))


def _clearest(found: Sequence[Misspelt], limit: int) -> Iterator[Misspelt]:
    """Of names that overlap, the longer one where it holds the other, else those about as alike as the best; up to `limit`."""
    given = 0
    for one in found:
        rivals = [o for o in found if o.start < one.end and one.start < o.end and not _holds(one, o)]
        if given < limit and not any(_holds(o, one) or o.score > one.score + _CLOSE for o in rivals):
            given += 1
            yield one


def _holds(one: Misspelt, other: Misspelt) -> bool:
    """Whether the other stands inside it, and is shorter."""
    return one.start <= other.start and other.end <= one.end and (one.start, one.end) != (other.start, other.end)
