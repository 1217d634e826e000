"""The index of dimension values: which field and value a word of a question means."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

from rapidfuzz import fuzz, process

from semantic_layer.catalog import Catalog
from semantic_layer.catalog.models import FieldSpec
from semantic_layer.errors import ShopError
from semantic_layer.similar import NgramIndex
from semantic_layer.spelling import (
    HAN,
    Found,
    Scanner,
    fold,
    has_han,
    heard,
    is_short,
    longest,
    sound,
    stem,
    typed,
    variants,
)

LONGEST_VALUE = 100
FORMAT = "wenshu-values-1"

_INFLECTED = 0.98
_BY_SOUND = 0.97
_PARTIAL = (0.5, 0.25)
_SHORT_SOUND = (2, 0.85)
_WEAK = re.compile(r"\d+([.,]\d+)?|[a-z]{1,2}|.", re.DOTALL)
_CODE = re.compile(r"\d+|(?<!')\b[a-z]\b")
_WORD = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")

HitHow: TypeAlias = Literal["exact", "inflected", "weak"]
MatchHow: TypeAlias = Literal["similar", "partial"]


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """A value of `dataset.field` and all its names, its own text among them where people may say it."""

    field: str
    value: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueHit:
    """text[start:end] is a name of the value.

    `weak`: a plain number, a single character or two Latin letters: too plain to mean the value on its own.
    """

    start: int
    end: int
    field: str
    value: str
    how: HitHow


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """A value whose name is like the text (`similar`), or holds its words among others (`partial`)."""

    entry: ValueEntry
    score: float
    how: MatchHow


def collect_values(
    catalog: Catalog, distinct: Callable[[str], Iterable[str | int]], max_per_field: int = 20_000
) -> Iterator[ValueEntry]:
    """The values of every dimension that is not personal, with their names from the catalog.

    `distinct` gives the values of a `dataset.field`; of a long list the first `max_per_field` count. Dimensions
    that are not text contribute only the values that the catalog names.
    """
    for dataset, d in catalog.spec.datasets.items():
        for name, field in d.fields.items():
            if field.kind == "dimension" and not field.personal:
                yield from _field_values(f"{dataset}.{name}", field, distinct, max_per_field)


def _field_values(
    ref: str, field: FieldSpec, distinct: Callable[[str], Iterable[str | int]], limit: int
) -> Iterator[ValueEntry]:
    if field.type != "string":
        named = ((value, spec.names()) for value, spec in field.values.items())
        yield from (ValueEntry(ref, value, names) for value, names in named if names)
        return
    for value in islice((str(v) for v in distinct(ref) if v is not None), limit):
        if value.strip() and len(value) <= LONGEST_VALUE:
            names = field.values[value].names() if value in field.values else ()
            yield ValueEntry(ref, value, tuple(dict.fromkeys((value, *names))))


class ValueIndex:
    """Finds values in a text by any of their names.

    `fold` gives names the spelling that questions are normalised to. What a search needs is built on first use.
    `stamp` says what the index was built from; it is kept in the file and means nothing here.
    """

    def __init__(self, entries: Iterable[ValueEntry], fold: Callable[[str], str] = fold, stamp: str = "") -> None:
        self.entries = list(entries)
        self.stamp = stamp
        self._fold = fold
        self._names: list[str] = []
        self._owners: list[int | list[int]] = []
        self._register()

    def __len__(self) -> int:
        return len(self.entries)

    def _register(self) -> None:
        places: dict[str, int] = {}
        for number, entry in enumerate(self.entries):
            for name in dict.fromkeys(v for n in entry.names for v in variants(self._fold(n)) if v):
                at = places.setdefault(name, len(self._names))
                if at == len(self._names):
                    self._names.append(name)
                    self._owners.append(number)
                elif isinstance(owners := self._owners[at], list):
                    owners.append(number)
                else:
                    self._owners[at] = [owners, number]

    def _entries(self, name: int) -> list[ValueEntry]:
        owners = self._owners[name]
        return [self.entries[n] for n in (owners if isinstance(owners, list) else [owners])]

    @cached_property
    def _scanner(self) -> Scanner:
        return Scanner(self._names)

    @cached_property
    def _ngrams(self) -> NgramIndex:
        return NgramIndex(self._names)

    def exact(self, text: str) -> list[ValueEntry]:
        """The values one of whose names is `text`."""
        text = self._fold(text)
        names = [n for n in self._scanner.numbers(text) if self._names[n] == text]
        return [e for n in names for e in self._entries(n)]

    def scan(self, text: str, overlapping: bool = False) -> list[ValueHit]:
        """The values named in a normalised text: leftmost, then longest, with all fields that share them.

        With `overlapping`, also the shorter names inside longer ones.
        """
        found = list(self._scanner.find(text))
        best: dict[tuple[int, int, str, str], ValueHit] = {}
        for hit in (h for f in (found if overlapping else longest(found)) for h in self._hits(f)):
            key = (hit.start, hit.end, hit.field, hit.value)
            if key not in best or hit.how == "exact":
                best[key] = hit
        return list(best.values())

    def _hits(self, found: Found) -> Iterator[ValueHit]:
        weak = _WEAK.fullmatch(self._names[found.number]) is not None
        how: HitHow = "weak" if weak else "inflected" if found.inflected else "exact"
        for entry in self._entries(found.number):
            yield ValueHit(found.start, found.end, entry.field, entry.value, how)

    def fuzzy(self, text: str, limit: int = 5, cutoff: float = 0.8) -> list[ValueMatch]:
        """Up to `limit` values spelled or sounding like `text` (scores from `cutoff` to 1), then up to `limit`
        values whose name has its words among others (scores between .5 and .75)."""
        text = self._fold(text)
        if not text or len(text) > LONGEST_VALUE:
            return []
        similar = self._best(self._similar(text, cutoff), "similar", limit)
        seen = {m.entry for m in similar}
        return similar + [m for m in self._best(self._partial(text), "partial", limit) if m.entry not in seen]

    def _best(self, scored: Iterable[tuple[float, int]], how: MatchHow, limit: int) -> list[ValueMatch]:
        best: dict[ValueEntry, float] = {}
        for score, name in sorted(scored, key=lambda s: (-s[0], s[1]))[: 4 * limit]:
            for entry in self._entries(name):
                best.setdefault(entry, round(score, 4))
        return [ValueMatch(entry, score, how) for entry, score in best.items()][:limit]

    def _similar(self, text: str, cutoff: float) -> Iterator[tuple[float, int]]:
        for number in self._scanner.numbers(text):
            yield (1.0 if self._names[number] == text else _INFLECTED), number
        numbers = self._ngrams.similar(text).tolist()
        if not is_short(text):
            near = {n: name for n in numbers if _comparable(text, name := self._names[n])}
            yield from _alike(text, near, cutoff)
            yield from _alike(heard(text), {n: heard(name) for n, name in near.items()}, cutoff, _BY_SOUND)
        yield from self._homophones(text, numbers)

    def _homophones(self, text: str, near: list[int]) -> Iterator[tuple[float, int]]:
        """Chinese names of two or more characters that sound the same, or that `text` is the pinyin of."""
        if has_han(text):
            sounds = heard(text)
            same = [n for n in near if heard(self._names[n]) == sounds]
        else:
            sounds = typed(text) or ""
            same = [n for n in self._ngrams.similar(sounds).tolist() if sound(self._names[n]) == text] if sounds else []
        if len(sounds) > 1:
            yield from ((_BY_SOUND if len(sounds) > _SHORT_SOUND[0] else _SHORT_SOUND[1], n) for n in same)

    def _partial(self, text: str) -> Iterator[tuple[float, int]]:
        words = _words(text)
        if not words or len(text) < (2 if has_han(text) else 3):
            return
        for name in self._ngrams.containing(words).tolist():
            if _holds(self._names[name], words):
                share = min(1.0, len(text) / len(self._names[name]))
                yield _PARTIAL[0] + _PARTIAL[1] * share, name

    def save(self, path: Path) -> None:
        """Writes the entries as JSON lines, all or nothing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with part.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"format": FORMAT, "entries": len(self.entries), "stamp": self.stamp}) + "\n")
            for e in self.entries:
                file.write(json.dumps([e.field, e.value, *e.names], ensure_ascii=False) + "\n")
        os.replace(part, path)

    @classmethod
    def load(cls, path: Path, fold: Callable[[str], str] = fold) -> ValueIndex:
        """The index that `save` wrote. Raises ShopError where the file is missing, damaged or of another format."""
        try:
            with path.open(encoding="utf-8") as file:
                head = json.loads(file.readline())
                rows = [json.loads(line) for line in file]
            if head["format"] != FORMAT or head["entries"] != len(rows):
                raise ValueError(head)
            fields: dict[str, str] = {}
            entries = [ValueEntry(fields.setdefault(f, f), str(v), tuple(map(str, names))) for f, v, *names in rows]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ShopError(
                f"The index of values {path} cannot be read; refresh the shop to build it again.",
                f"取值索引 {path} 无法读取；请刷新店铺以重建。",
            ) from error
        return cls(entries, fold, str(head.get("stamp", "")))


def _alike(text: str, names: dict[int, str], cutoff: float, weight: float = 1.0) -> Iterator[tuple[float, int]]:
    """The names whose letters are like those of `text`, each with its score."""
    found = process.extract(text, names, scorer=fuzz.ratio, score_cutoff=100 * cutoff / weight, limit=None)
    yield from ((weight * score / 100, number) for _, score, number in found)


def _comparable(text: str, name: str) -> bool:
    """Whether a likeness of spelling may be an error: not so where a number or a letter of its own differs."""
    return not is_short(name) and _CODE.findall(text) == _CODE.findall(name)


def _words(text: str) -> list[str]:
    return [w if has_han(w) else stem(w) for w in _WORD.findall(text)]


def _holds(name: str, words: list[str]) -> bool:
    """Whether all words stand in the name; Chinese ones anywhere in its characters."""
    own = set(_words(name))
    return all(w in own or (has_han(w) and w in name) for w in words)
