"""The values of an index and their names, as columns: written in one pass, looked up by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from semantic_layer.spelling import has_han, head, stem, variants
from semantic_layer.values.columns import Columns, ColumnWriter
from semantic_layer.values.entries import ValueEntry
from semantic_layer.values.grams import GramWriter
from semantic_layer.values.keys import KeyWriter, hashes
from semantic_layer.values.postings import PostingsWriter
from semantic_layer.values.texts import Texts, TextWriter
from semantic_layer.values.words import WORD_BITS, buckets, joined, words

# Sounds are part of the columns, and come from that package.
KIND = f"wenshu-values-2 pypinyin-{version('pypinyin')}"

_PIECE = 10_000
_MOST_WORDS = 500_000
_SHORTEST_WORD = 4
_BETWEEN = "\0"


class ValueTable:
    """Entries by number, and names by number with the entry each belongs to."""

    def __init__(self, columns: Columns) -> None:
        self.names = Texts(columns, "names")
        self._owners = columns["owners"]
        self._entries = Texts(columns, "entries")
        self._fields = columns["fields"]
        self._field_names: list[str] = columns.head["fields"]

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[ValueEntry]:
        return (self.entry(n) for n in range(len(self)))

    def entry(self, number: int) -> ValueEntry:
        """The entry of that number."""
        value, *names = self._entries[number].split(_BETWEEN)
        return ValueEntry(self._field_names[self._fields[number]], value, tuple(names) or (value,))

    def owner(self, name: int) -> ValueEntry:
        """The entry that a name belongs to."""
        return self.entry(int(self._owners[name]))


def write_values(entries: Iterable[ValueEntry], fold: Callable[[str], str], folder: Path | None, head: dict[str, Any]) -> Columns:
    """The columns of an index, in `folder` or in memory. What it takes of memory does not grow with the values, but for a few
    bytes each. Raises OSError where the folder cannot be written."""
    with ColumnWriter(folder) as writer:
        table = _TableWriter(writer, fold)
        for piece in _pieces(entries):
            table.extend(piece)
        return writer.finish(KIND, {**head, **table.finish()})


def _pieces(entries: Iterable[ValueEntry]) -> Iterator[list[ValueEntry]]:
    iterator = iter(entries)
    while piece := [e for _, e in zip(range(_PIECE), iterator, strict=False)]:
        yield piece


class _TableWriter:
    def __init__(self, writer: ColumnWriter, fold: Callable[[str], str]) -> None:
        self._fold = fold
        self._entries = TextWriter(writer, "entries")
        self._fields = writer.column("fields", np.uint16)
        self._names = TextWriter(writer, "names")
        self._owners = writer.column("owners", np.uint32)
        self._heads = KeyWriter(writer, "heads")
        self._joined = KeyWriter(writer, "joined")
        self._grams = GramWriter(writer, "names")
        self._words = PostingsWriter(writer, "words", WORD_BITS)
        self._spellings = TextWriter(writer, "spellings")
        self._spelling_grams = GramWriter(writer, "spellings")
        self._known: dict[str, None] = {}
        self._field_numbers: dict[str, int] = {}
        self._counts = (0, 0)
        self._longest = 0

    def extend(self, entries: Sequence[ValueEntry]) -> None:
        """Adds entries."""
        first_entry, first_name = self._counts
        self._entries.extend([e.value if e.names == (e.value,) else _BETWEEN.join((e.value, *e.names)) for e in entries])
        self._fields.extend(np.array([self._field_numbers.setdefault(e.field, len(self._field_numbers)) for e in entries]))
        named = [(n, name) for n, e in enumerate(entries, first_entry) for name in self._spelt(e)]
        names = [name for _, name in named]
        self._names.extend(names)
        self._owners.extend(np.array([n for n, _ in named], np.uint32))
        self._grams.extend(names, first_name)
        self._add_keys(names, first_name)
        self._add_words(names, first_name)
        self._counts = first_entry + len(entries), first_name + len(names)

    def _spelt(self, entry: ValueEntry) -> dict[str, None]:
        return dict.fromkeys(v for n in entry.names for v in variants(self._fold(n)) if v)

    def _add_keys(self, names: Sequence[str], first: int) -> None:
        numbers = np.arange(first, first + len(names), dtype=np.uint32)
        heads = [head(n) for n in names]
        self._longest = max([self._longest, *map(len, heads)])
        some = np.array([bool(h) for h in heads], np.bool_)
        self._heads.extend(hashes(heads)[some], numbers[some])
        without = [(n, j) for n, name in enumerate(names, first) if (j := joined(name)) and j != name]
        self._joined.extend(hashes([j for _, j in without]), np.array([n for n, _ in without], np.uint32))

    def _add_words(self, names: Sequence[str], first: int) -> None:
        latin = [[stem(w) for w in words(name) if not has_han(w)] for name in names]
        flat = [w for found in latin for w in found]
        owners = np.repeat(np.arange(first, first + len(names), dtype=np.uint64), [len(found) for found in latin])
        self._words.extend(buckets(flat), owners)
        if len(self._known) < _MOST_WORDS:
            self._known.update(dict.fromkeys(w for w in flat if len(w) >= _SHORTEST_WORD and w.isalpha()))

    def finish(self) -> dict[str, Any]:
        """Writes what had to wait for the last entry. Gives what the head of the columns says of them."""
        for n in range(0, len(known := list(self._known)), _PIECE):
            self._spellings.extend(known[n : n + _PIECE])
            self._spelling_grams.extend(known[n : n + _PIECE], n)
        for part in (self._heads, self._joined, self._grams, self._words, self._spelling_grams):
            part.finish()
        return {"fields": list(self._field_numbers), "longest": self._longest}
