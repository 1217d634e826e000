"""The index of dimension values: which field and value a word of a question means."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np

from semantic_layer.errors import ShopError
from semantic_layer.spelling import Found, beginnings, begun, fold, has_han, head, heard, is_short, key, longest, plain, sound, typed, variants
from semantic_layer.values.columns import Columns
from semantic_layer.values.entries import LONGEST_VALUE, ValueEntry
from semantic_layer.values.grams import Grams
from semantic_layer.values.keys import KeyTable, hashes, pieces
from semantic_layer.values.likeness import alike, comparable
from semantic_layer.values.misspelt import MisspeltNames
from semantic_layer.values.partial import PartialNames
from semantic_layer.values.table import KIND, ValueTable, write_values
from semantic_layer.values.words import joined

_INFLECTED = 0.98
_BY_SOUND = 0.97
_WEAK_SCORE = 0.5
_SHORT_SOUND = (2, 0.85)
_WEAK = re.compile(r"\d+([.,]\d+)?|[a-z]{1,2}|.", re.DOTALL)
MOST_PARTIAL = 10
MISSPELT = 0.86
# What is kept where several names of one value stand at the same place.
_BEST_FIRST = ("exact", "synonym", "inflected", "weak")

HitHow: TypeAlias = Literal["exact", "synonym", "inflected", "weak", "similar", "partial"]
MatchHow: TypeAlias = Literal["similar", "partial"]


@dataclass(frozen=True, slots=True)
class ValueHit:
    """text[start:end] is a name of the value, and `score` (to 1) how strongly it says so.

    `exact`: the value itself; `synonym`: another of its names; `inflected`: either, in the other English number;
    `weak`: a plain number, a single character or two Latin letters: too plain to mean the value on its own;
    `similar`: a name, misspelt; `partial`: some words of a longer name.
    """

    start: int
    end: int
    field: str
    value: str
    how: HitHow
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A value whose name is like the text (`similar`), or holds its words among others (`partial`)."""

    entry: ValueEntry
    score: float
    how: MatchHow


class ValueIndex:
    """Finds values in a text by any of their names.

    `fold` gives names the spelling that questions are normalised to. `stamp` says what the index was built from; it means
    nothing here. The constructor builds in memory, `build` on disk, from where `load` maps it: what has not been looked at
    takes no memory. Safe to use from many threads.
    """

    def __init__(self, entries: Iterable[ValueEntry], fold: Callable[[str], str] = fold, stamp: str = "") -> None:
        self._open(write_values(entries, fold, None, {"stamp": stamp}), fold)

    @classmethod
    def build(cls, entries: Iterable[ValueEntry], folder: Path, fold: Callable[[str], str] = fold, stamp: str = "") -> ValueIndex:
        """An index in `folder`, all or nothing; an earlier one is replaced. Raises OSError where it cannot be written."""
        return cls._of(write_values(entries, fold, folder, {"stamp": stamp}), fold)

    @classmethod
    def load(cls, folder: Path, fold: Callable[[str], str] = fold) -> ValueIndex:
        """The index that `build` wrote. Raises ShopError where it is missing, damaged or of another format."""
        try:
            return cls._of(Columns.open(folder, KIND), fold)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ShopError(
                f"The index of values {folder} cannot be read; refresh the shop to build it again.",
                f"取值索引 {folder} 无法读取；请刷新店铺以重建。",
            ) from error

    @classmethod
    def _of(cls, columns: Columns, fold: Callable[[str], str]) -> ValueIndex:
        index = cls.__new__(cls)
        index._open(columns, fold)
        return index

    def _open(self, columns: Columns, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self.stamp: str = columns.head["stamp"]
        self._longest: int = columns.head["longest"]
        self._table = ValueTable(columns)
        self._names = self._table.names
        self._heads = KeyTable(columns, "heads")
        self._joined = KeyTable(columns, "joined")
        self._grams = Grams(columns, "names")
        self._misspelt = MisspeltNames(self._names, self._grams)
        self._partial = PartialNames(columns, self._names, self._grams)

    def __len__(self) -> int:
        return len(self._table)

    @property
    def entries(self) -> list[ValueEntry]:
        """All of them; of a large index, a long list."""
        return list(self._table)

    @property
    def names(self) -> Sequence[str]:
        """All names of all values, as they are looked for; of a large index, read one by one."""
        return self._names

    def exact(self, text: str) -> list[ValueEntry]:
        """The values one of whose names is `text`."""
        text = self._fold(text)
        return [self._table.owner(n) for n in self._equal(text) if self._names[n] == text]

    def _equal(self, text: str) -> list[int]:
        """The names that are equal to `text`, but for its English number."""
        found = self._heads.find(hashes([head(text)])) if head(text) else ()
        return [n for _, n in found if key(self._names[n]) == key(text)]

    def scan(self, text: str, overlapping: bool = False, partial: bool = False, misspelt: bool = False) -> list[ValueHit]:
        """The values named in a normalised text: leftmost, then longest, with all fields that share them.

        With `overlapping`, also the shorter names inside longer ones. With `misspelt`, also values whose whole name stands
        there almost. With `partial`, also values of whose names some words stand in the rest of the text, the shortest names
        of each stretch.
        """
        found = list(self._find(text))
        best: dict[tuple[int, int, str, str], ValueHit] = {}
        for hit in (h for f in (found if overlapping else longest(found)) for h in self._hits(f)):
            place = (hit.start, hit.end, hit.field, hit.value)
            if place not in best or _BEST_FIRST.index(hit.how) < _BEST_FIRST.index(best[place].how):
                best[place] = hit
        hits = list(best.values())
        hits += self._misspelt_hits(text, hits) if misspelt else ()
        hits += self._partial_hits(text, hits) if partial else ()
        return hits

    def _find(self, text: str) -> Iterator[Found]:
        """All names in `text`, overlapping ones included, from left to right."""
        text = plain(text)
        begins = np.fromiter(beginnings(text), np.int64)
        starts, lengths = (grid.ravel() for grid in np.meshgrid(begins, np.arange(1, self._longest + 1), indexing="ij"))
        inside = starts + lengths <= len(text)
        starts, lengths = starts[inside], lengths[inside]
        for place, number in self._heads.find(pieces(text, starts, starts + lengths)):
            start, length = int(starts[place]), int(lengths[place])
            if head(self._names[number]) == text[start : start + length]:
                yield from begun(text, start, length, (number,), self._names)

    def _hits(self, found: Found) -> Iterator[ValueHit]:
        name, entry = self._names[found.number], self._table.owner(found.number)
        own = name in variants(self._fold(entry.value))
        how: HitHow = "weak" if _WEAK.fullmatch(name) else "inflected" if found.inflected else "exact" if own else "synonym"
        score = {"weak": _WEAK_SCORE, "inflected": _INFLECTED}.get(how, 1.0)
        yield ValueHit(found.start, found.end, entry.field, entry.value, how, score)

    def _misspelt_hits(self, text: str, whole: list[ValueHit]) -> list[ValueHit]:
        found = self._misspelt.find(plain(text), MISSPELT, MOST_PARTIAL)
        known = [(h.start, h.end) for h in whole if h.how != "weak"]
        fresh = [f for f in found if not any(s <= f.start and f.end <= e for s, e in known)]
        owned = [(f, self._table.owner(f.number)) for f in fresh]
        return [ValueHit(f.start, f.end, entry.field, entry.value, "similar", round(f.score, 4)) for f, entry in owned]

    def _partial_hits(self, text: str, whole: list[ValueHit]) -> Iterator[ValueHit]:
        taken = [(h.start, h.end) for h in whole if h.how != "weak"]
        for start, end, scored in self._partial.stretches(plain(text), taken, MOST_PARTIAL):
            for match in self._best(scored, "partial", MOST_PARTIAL):
                yield ValueHit(start, end, match.entry.field, match.entry.value, "partial", match.score)

    def fuzzy(self, text: str, limit: int = 5, cutoff: float = 0.8) -> list[ValueMatch]:
        """Up to `limit` values spelled or sounding like `text` (scores from `cutoff` to 1), then up to `limit` values
        whose name has its words among others: `similar`, then `partial`."""
        similar = self.similar(text, limit, cutoff)
        seen = {m.entry for m in similar}
        return similar + [m for m in self.partial(text, limit) if m.entry not in seen]

    def similar(self, text: str, limit: int = 5, cutoff: float = 0.8) -> list[ValueMatch]:
        """Up to `limit` values spelled or sounding like `text`, best first, with scores from `cutoff` to 1."""
        text = self._fold(text)
        return self._best(self._similar(text, cutoff), "similar", limit) if 0 < len(text) <= LONGEST_VALUE else []

    def partial(self, text: str, limit: int = 5) -> list[ValueMatch]:
        """Up to `limit` values whose name has the words of `text` among others, best first.

        Scores are .9 where the text is what comes before a slash, comma, bracket or dash; else from .5 to .75, by how much of
        the name it is; and less where a word had to be corrected.
        """
        text = self._fold(text)
        return self._best(self._partial.holding(text, 4 * limit), "partial", limit) if 0 < len(text) <= LONGEST_VALUE else []

    def _best(self, scored: Iterable[tuple[float, int]], how: MatchHow, limit: int) -> list[ValueMatch]:
        best: dict[ValueEntry, float] = {}
        for score, name in sorted(scored, key=lambda s: (-s[0], s[1]))[: 4 * limit]:
            best.setdefault(self._table.owner(name), round(score, 4))
        return [ValueMatch(entry, score, how) for entry, score in islice(best.items(), limit)]

    def _similar(self, text: str, cutoff: float) -> Iterator[tuple[float, int]]:
        for number in self._equal(text):
            yield (1.0 if self._names[number] == text else _INFLECTED), number
        yield from ((_BY_SOUND, n) for n in self._differently_spaced(text))
        near = {n: self._names[n] for n in self._grams.similar(text).tolist()}
        if not is_short(text):
            spelt = {n: name for n, name in near.items() if comparable(text, name)}
            yield from alike(text, spelt, cutoff)
            if has_han(text):
                yield from alike(heard(text), {n: heard(name) for n, name in spelt.items()}, cutoff, _BY_SOUND)
        yield from self._homophones(text, near)

    def _differently_spaced(self, text: str) -> Iterator[int]:
        """The names that differ from `text` in blanks and signs only."""
        spaceless = joined(text)
        if is_short(spaceless):
            return
        yield from (n for _, n in self._joined.find(hashes([spaceless])) if joined(self._names[n]) == spaceless)
        if spaceless != text:
            yield from (n for n in self._equal(spaceless) if self._names[n] == spaceless)

    def _homophones(self, text: str, near: dict[int, str]) -> Iterator[tuple[float, int]]:
        """Chinese names of two or more characters that sound the same, or that `text` is the pinyin of."""
        if has_han(text):
            sounds = heard(text)
            same = [n for n, name in near.items() if heard(name) == sounds]
        else:
            sounds = typed(text) or ""
            names = ((n, self._names[n]) for n in (self._grams.similar(sounds).tolist() if sounds else ()))
            same = [n for n, name in names if len(name) == len(sounds) and sound(name) == text]
        if len(sounds) > 1:
            yield from ((_BY_SOUND if len(sounds) > _SHORT_SOUND[0] else _SHORT_SOUND[1], n) for n in same)
