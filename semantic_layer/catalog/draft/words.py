"""Names of tables and columns taken apart into words, and said in Chinese and English by a glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from semantic_layer.catalog.models import Text
from semantic_layer.packaged import read_yaml

_FILE = Path(__file__).with_name("glossary.yaml")
_SECTIONS = ("things", "measures", "attributes", "times", "parts", "compounds")
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[\u4e00-\u9fff]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_UNIT = re.compile(r"\s*[（(](元|人民币|RMB|CNY|USD|EUR|GBP|[¥￥$€£]|件|个)[）)]\s*$", re.IGNORECASE)  # a unit behind a name
_LONGEST = 4  # words of a compound
_ALONE = {("total",): "总额", ("grand", "total"): "总额"}  # parts that mean something else where nothing follows
_SHORTEST = 3  # letters of a word inside a glued name
# Words of what happened, and of what is there.
EVENTS = (
    "order", "transaction", "purchase", "sale", "booking", "visit", "event", "invoice", "flight", "trip", "payment", "basket",
    "shipment", "session", "line",
)  # fmt: skip
STOCKS = ("stock", "inventory", "balance", "on hand", "available")


@dataclass(frozen=True)
class Entry:
    """What the glossary says of a word or a compound; `section` is the kind of thing it names."""

    key: str
    section: str
    zh: str
    en: str
    zh_more: tuple[str, ...] = ()
    en_more: tuple[str, ...] = ()
    counter: str = ""
    unit: str = ""
    how: str = ""
    people: bool = False
    personal: bool = False
    verbs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Phrase:
    """A name as words. `entries` cover it from left to right; a word that is not in the glossary has none."""

    words: tuple[str, ...]
    entries: tuple[Entry | None, ...]
    text: Text

    @property
    def head(self) -> Entry | None:
        """What says what kind of thing it is: the last part."""
        return self.entries[-1] if self.entries else None

    @property
    def known(self) -> bool:
        """Whether all of it is in the glossary."""
        return all(self.entries)

    @property
    def last(self) -> str:
        """The last word."""
        return self.words[-1] if self.words else ""

    def more(self, lang: str) -> tuple[str, ...]:
        """Other names, where one entry is the whole of it."""
        if len(self.entries) != 1 or self.entries[0] is None:
            return ()
        return self.entries[0].zh_more if lang == "zh" else self.entries[0].en_more

    def has(self, *keys: str) -> bool:
        """Whether one of these words stands in it."""
        return any(w in keys for w in self.words)


class Glossary:
    """Words and compounds with their names in both languages."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._entries: dict[str, Entry] = {}
        self._short: dict[str, str] = {}
        self._han: dict[str, str] = {}
        for section in _SECTIONS:
            for key, said in (data.get(section) or {}).items():
                self._add(str(key), section, said)
        self.values: Mapping[str, Mapping[str, Mapping[str, str]]] = data.get("values") or {}
        self.outcomes: Mapping[str, Mapping[str, Any]] = data.get("outcomes") or {}

    def _add(self, key: str, section: str, said: Mapping[str, Any]) -> None:
        verbs = {lang: tuple(v) for lang, v in (said.get("verbs") or {}).items()}
        entry = Entry(
            key, section, said["zh"], said.get("en", key), tuple(said.get("zh_more", ())), tuple(said.get("en_more", ())),
            said.get("counter", ""), said.get("unit", ""), said.get("how", ""), said.get("people", False), said.get("personal", False), verbs,
        )  # fmt: skip
        self._entries.setdefault(key, entry)
        for short in said.get("abbreviations", ()):
            self._short.setdefault(str(short), key)
        for name in (entry.zh, *entry.zh_more):
            self._han.setdefault(name, key)

    def phrase(self, name: str, without: str = "") -> Phrase:
        """A name as words; `without` is a prefix that every column of its table has."""
        name = _UNIT.sub("", name) or name
        words = tuple(self._words(name.removeprefix(without) or name))
        covered = tuple(self._covered(words))
        en = " ".join(e.en if e else w for e, w in covered)
        zh = "".join(e.zh if e else (w if _HAN.search(w) else w.upper()) for e, w in covered)
        if _HAN.search(name):
            zh = "".join(_PIECES.findall(name)) or name
        elif words in _ALONE:
            zh = _ALONE[words]
        return Phrase(words, tuple(e for e, _ in covered), Text(zh=zh, en=en))

    def _words(self, name: str) -> Iterator[str]:
        for piece in _PIECES.findall(name):
            if _HAN.search(piece):
                yield from self._cut_han(piece)
            elif piece.isdigit():
                yield piece
            else:
                word = piece.lower()
                yield from self._word(word).split() if self._word(word) in self._entries else self._glued(word)

    def _word(self, word: str) -> str:
        """The glossary's own form of a word: an abbreviation written out, the singular of a plural."""
        if word in self._entries:
            return word
        if word in self._short:
            return self._short[word]
        return next((s for s in singulars(word) if s in self._entries), word)

    def _glued(self, word: str) -> Iterator[str]:
        """Words written together: the fewest known ones that make it up, else the word as it is."""
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(_SHORTEST, len(word) + 1):
            for start in range(end - _SHORTEST + 1):
                head, part = best[start], self._word(word[start:end])
                current = best[end]
                if head is not None and part in self._entries and (current is None or len(head) + 1 < len(current)):
                    best[end] = [*head, part]
        for part in best[-1] or [word]:
            yield from part.split()

    def _cut_han(self, text: str) -> Iterator[str]:
        at = 0
        while at < len(text):
            length = next((n for n in range(len(text) - at, 0, -1) if text[at : at + n] in self._han), 1)
            piece = text[at : at + length]
            yield from self._han.get(piece, piece).split()
            at += length

    def _covered(self, words: tuple[str, ...]) -> Iterator[tuple[Entry | None, str]]:
        """The longest entries that cover the words, from left to right."""
        at = 0
        while at < len(words):
            for length in range(min(_LONGEST, len(words) - at), 0, -1):
                entry = self._entries.get(" ".join(words[at : at + length]))
                if entry is not None or length == 1:
                    yield entry, " ".join(words[at : at + length])
                    at += length
                    break


def singulars(word: str) -> Iterator[str]:
    """What an English plural may be the plural of."""
    if word.endswith("ies") and len(word) > 4:
        yield word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        yield word[:-2]
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        yield word[:-1]


def plural(text: str) -> str:
    """The plural of an English noun phrase."""
    if text.endswith(("ss", "x", "ch", "sh")):
        return text + "es"
    if text.endswith("s"):
        return text
    if text.endswith("y") and text[-2:-1] not in "aeiou":
        return text[:-1] + "ies"
    return text + "s"


@cache
def glossary() -> Glossary:
    """The glossary that comes with Wenshu."""
    return Glossary(read_yaml(_FILE.read_text(encoding="utf-8")))


def common_prefix(columns: Iterable[str]) -> str:
    """What stands before the first underscore of nearly all columns, if it is too short to be a word: `l_`."""
    names = list(columns)
    heads = [n.partition("_")[0] + "_" for n in names if "_" in n]
    if len(names) < 2 or not heads:
        return ""
    head = max(set(heads), key=lambda h: (heads.count(h), h))
    return head if len(head) <= 4 and heads.count(head) == len(names) else ""
