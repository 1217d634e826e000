"""Which of many names look or sound like a text: a shortlist by shared n-grams, for an exact measure to judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from semantic_layer.spelling import FIRST_SYLLABLE, heard
from semantic_layer.values.columns import Columns, ColumnWriter
from semantic_layer.values.keys import KeyTable, KeyWriter, hashes
from semantic_layer.values.postings import Ids, Postings, PostingsWriter

_Codes: TypeAlias = npt.NDArray[np.uint32]
_Flags: TypeAlias = npt.NDArray[np.bool_]

_BITS = 18
_BLANK = 32
# How many owners of n-grams are counted: for a name alone, and for names inside a longer text.
_BUDGET, _BUDGET_WITHIN = 60_000, 250_000
_FEWEST = 4
_LARGEST_SIZE = 255
_SHORTEST, _SHORT = 3, 8


class Grams:
    """Names by their n-grams: three letters, or two characters where one of them is Chinese.

    Chinese characters count by their sound, so that a homophone shares the n-grams of the right word.
    Blanks stand around each name. Of a text's n-grams the ones that very many names share are not looked at. Short
    names are also known by what is left of them without any one character: one mistake spoils most of their n-grams.
    """

    def __init__(self, columns: Columns, name: str) -> None:
        self._postings = Postings(columns, f"{name}.grams")
        self._sizes = columns[f"{name}.sizes"]
        self._short = KeyTable(columns, f"{name}.short")

    def similar(self, text: str, limit: int = 150) -> Ids:
        """The names that share most n-grams with `text`, and short ones that are one mistake away from it."""
        wanted, ids, shared = self._sharing(text, _BUDGET)
        found = top(ids, shared / (wanted + self.sizes(ids)), limit)
        short = self._short.find(hashes(_without_one(text))) if _SHORTEST <= len(text) <= _SHORT + 1 else ()
        return np.union1d(found, np.fromiter((number for _, number in short), np.int64))

    def within(self, text: str, limit: int) -> Ids:
        """The names of whose n-grams the text has most."""
        _, ids, shared = self._sharing(text, _BUDGET_WITHIN)
        return top(ids, shared / np.maximum(_FEWEST, self.sizes(ids)), limit)

    def _sharing(self, text: str, budget: int) -> tuple[int, Ids, Ids]:
        """How many n-grams the text has, the names that share some of the rarer ones, and how many each shares."""
        grams = _grams(f" {text} ")
        counts = self._postings.counts(grams)
        order = np.argsort(counts, kind="stable")
        affordable = (np.cumsum(counts[order]) <= budget) | (np.arange(len(order)) == 0)
        parts = [self._postings.owners(g, budget) for g in grams[order[affordable]].tolist()]
        return len(grams), *_counted(np.concatenate(parts) if parts else np.empty(0, np.uint32))

    def sizes(self, ids: Ids) -> Ids:
        """How many n-grams each name has, up to 255: about its length."""
        sized: Ids = self._sizes[ids].astype(np.int64)
        return sized

    def containing(self, text: str, most: int) -> Ids:
        """The names that may hold the text, which goes on in them on both sides; of very many the first `most`."""
        return self._postings.all_of(_grams(text), most)


class GramWriter:
    """Writes the n-grams of names."""

    def __init__(self, writer: ColumnWriter, name: str) -> None:
        self._postings = PostingsWriter(writer, f"{name}.grams", _BITS)
        self._sizes = writer.column(f"{name}.sizes", np.uint8)
        self._short = KeyWriter(writer, f"{name}.short")

    def extend(self, names: Sequence[str], first: int) -> None:
        """Adds names whose numbers begin with `first`."""
        buckets, places = _buckets("".join(f" {n} " for n in names))
        lengths = np.fromiter((len(n) + 2 for n in names), dtype=np.int64, count=len(names))
        owners = np.repeat(np.arange(first, first + len(names), dtype=np.uint64), lengths)[places]
        self._postings.extend(buckets, owners)
        self._sizes.extend(np.minimum(np.bincount((owners - np.uint64(first)).astype(np.int64), minlength=len(names)), _LARGEST_SIZE))
        short = [(text, n) for n, name in enumerate(names, first) if _SHORTEST <= len(name) <= _SHORT for text in _without_one(name)]
        self._short.extend(hashes([t for t, _ in short]), np.fromiter((n for _, n in short), np.uint32, len(short)))

    def finish(self) -> None:
        """Writes the columns."""
        self._postings.finish()
        self._short.finish()


def _without_one(text: str) -> list[str]:
    """The text, and the text without each of its characters: two that are one edit apart share one of these."""
    return list(dict.fromkeys((text, *(text[:n] + text[n + 1 :] for n in range(len(text))))))


def _counted(owners: _Codes) -> tuple[Ids, Ids]:
    """The different numbers, and how often each occurs."""
    owners.sort()
    firsts = np.flatnonzero(np.diff(owners, prepend=np.uint32(2**32 - 1)))
    return owners[firsts].astype(np.int64), np.diff(firsts, append=len(owners))


def _grams(padded: str) -> Ids:
    buckets, _ = _buckets(padded)
    return np.unique(buckets).astype(np.int64)


def _buckets(text: str) -> tuple[_Codes, Ids]:
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


def top(ids: Ids, score: npt.NDArray[np.float64] | Ids, limit: int) -> Ids:
    """Up to `limit` of `ids` with the highest scores."""
    if len(ids) <= limit:
        return ids
    return ids[np.argpartition(-score, limit)[:limit]]
