"""Which of many names look or sound like a text: a shortlist by shared n-grams, for an exact measure to judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from semantic_layer.spelling import FIRST_SYLLABLE, has_han, heard

Ids: TypeAlias = npt.NDArray[np.int64]
_Codes: TypeAlias = npt.NDArray[np.uint32]
_Pairs: TypeAlias = npt.NDArray[np.uint64]
_Flags: TypeAlias = npt.NDArray[np.bool_]

_CHUNK = 100_000
_BITS = 18
_HALF = np.uint64(32)
_NONE = np.uint64(2**64 - 1)
_BLANK = 32
_BUDGET = 500_000
_SHORT = 6
_MOST_SHORT = 20_000


class NgramIndex:
    """Names by their n-grams: three letters, or two characters where one of them is Chinese.

    Chinese characters count by their sound, so that a homophone shares the n-grams of the right word.
    Blanks stand around each name. Of a text's n-grams the ones that very many names share are not looked at.
    """

    def __init__(self, names: Sequence[str]) -> None:
        parts = [self._pairs(names[n : n + _CHUNK], n) for n in range(0, len(names), _CHUNK)]
        pairs = np.concatenate(parts) if parts else np.empty(0, np.uint64)
        pairs.sort()
        pairs = pairs[np.diff(pairs, prepend=_NONE) != 0]
        self._owners = pairs.astype(np.uint32)
        buckets = (pairs >> _HALF).astype(np.int64)
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(buckets, minlength=1 << _BITS))])
        self._sizes = np.bincount(self._owners, minlength=len(names))
        self._short: dict[int, list[int]] = {}
        for number, name in enumerate(names):
            if len(name) <= _SHORT:
                self._short.setdefault(len(name), []).append(number)

    def similar(self, text: str, limit: int = 150) -> Ids:
        """The names that share most n-grams with `text`, and short ones of about its length."""
        grams = self._grams(f" {text} ")
        counts, _ = self._counts(grams)
        ids = np.flatnonzero(counts)
        found = _top(ids, counts[ids] / (len(grams) + self._sizes[ids]), limit)
        short = [n for size in (-1, 0, 1) for n in self._short.get(len(text) + size, ())]
        return np.union1d(found, np.array(short, dtype=np.int64)) if 0 < len(short) <= _MOST_SHORT else found

    def containing(self, words: Sequence[str], limit: int = 300) -> Ids:
        """The shortest names that hold all n-grams of the words, which may go on in the name."""
        grams = [self._grams(w if has_han(w) else f" {w}") for w in words]
        counts, used = self._counts(np.unique(np.concatenate(grams)))
        ids = np.flatnonzero(counts >= used) if used else np.empty(0, np.int64)
        return _top(ids, -self._sizes[ids], limit)

    def _counts(self, grams: Ids) -> tuple[Ids, int]:
        """How many of the n-grams each name has, and how many were looked at, the rare ones first."""
        sizes = self._starts[grams + 1] - self._starts[grams]
        order = np.argsort(sizes, kind="stable")
        affordable = (np.cumsum(sizes[order]) <= _BUDGET) | (np.arange(len(order)) == 0)
        parts = [self._owners[self._starts[g] : self._starts[g + 1]] for g in grams[order[affordable]]]
        hits = np.concatenate(parts) if parts else np.empty(0, np.uint32)
        return np.bincount(hits, minlength=len(self._sizes)), len(parts)

    def _grams(self, padded: str) -> Ids:
        buckets, _ = self._buckets(padded)
        return np.unique(buckets).astype(np.int64)

    def _pairs(self, names: Sequence[str], first: int) -> _Pairs:
        """For each n-gram its bucket (upper half) and the number of its name (lower half)."""
        buckets, places = self._buckets("".join(f" {n} " for n in names))
        lengths = np.fromiter((len(n) + 2 for n in names), dtype=np.int64, count=len(names))
        owners = np.repeat(np.arange(first, first + len(names), dtype=np.uint64), lengths)
        pairs: _Pairs = buckets.astype(np.uint64) << _HALF | owners[places]
        return pairs

    def _buckets(self, text: str) -> tuple[_Codes, Ids]:
        """The n-grams of `text` as numbers, and where they start; none reaches across two blanks."""
        codes = np.frombuffer(heard(text).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        wide, blank = codes >= FIRST_SYLLABLE, codes == _BLANK
        twos = np.flatnonzero(wide[:-1] | wide[1:])
        narrow = _windows(~wide) & ~(blank[:-2] & blank[1:-1]) & ~(blank[1:-1] & blank[2:])
        threes = np.flatnonzero(narrow)
        hashed = [_hash(codes[twos], codes[twos + 1]), _hash(codes[threes], codes[threes + 1], codes[threes + 2])]
        return np.concatenate(hashed), np.concatenate([twos, threes])


def _windows(flags: _Flags) -> _Flags:
    """Where three in a row are set."""
    return flags[:-2] & flags[1:-1] & flags[2:]


def _hash(*codes: _Codes) -> _Codes:
    """Spreads n-grams over the buckets; a shared bucket costs time, not truth."""
    mixed = np.zeros(len(codes[0]), dtype=np.uint32)
    for column in codes:
        mixed = (mixed ^ column) * np.uint32(0x9E3779B1)
        mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x85EBCA77)
    return mixed >> np.uint32(32 - _BITS)


def _top(ids: Ids, score: npt.NDArray[np.float64] | Ids, limit: int) -> Ids:
    """Up to `limit` of `ids` with the highest scores."""
    if len(ids) <= limit:
        return ids
    return ids[np.argpartition(-score, limit)[:limit]]
