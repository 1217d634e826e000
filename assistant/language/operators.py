"""The words of business questions with a fixed meaning, and the words that carry none; both are data in words.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml
from rapidfuzz import fuzz, process

from assistant.language.normalise import normalise
from semantic_layer.spelling import Scanner

FILLER = "filler"
_DEGREE = "degree"
_MOST = {"growth": "growth_top", "decline": "decline_top"}
_JOINTS = ("", " ", "得", "的", "得是", "的是")


@dataclass(frozen=True)
class OperatorSpan:
    """text[start:end] is a word of these operators (`filler` among them where it may be passed over)."""

    start: int
    end: int
    names: frozenset[str]


def find_operators(text: str) -> list[OperatorSpan]:
    """All operator words of a normalised text, overlapping ones included."""
    scanner, meanings = _lexicon()
    found: dict[tuple[int, int], set[str]] = {}
    for item in scanner.find(text):
        found.setdefault((item.start, item.end), set()).update(meanings[item.number])
    for span, name in list(_most_of_it(text, found)):
        found.setdefault(span, set()).add(name)
    for names in found.values():
        names.discard(_DEGREE)
    return [OperatorSpan(start, end, frozenset(names)) for (start, end), names in sorted(found.items()) if names]


def _most_of_it(text: str, found: dict[tuple[int, int], set[str]]) -> Iterator[tuple[tuple[int, int], str]]:
    """A word of growth or decline beside one of degree: 窜得最猛, climbed fastest, steepest fall."""
    degrees = [span for span, names in found.items() if _DEGREE in names]
    for (start, end), names in found.items():
        for kind in _MOST.keys() & names:
            for low, high in degrees:
                if low >= end and text[end:low] in _JOINTS:
                    yield (start, high), _MOST[kind]
                elif high < start and text[high:start] == " ":
                    yield (low, end), _MOST[kind]


@lru_cache(maxsize=1)
def _lexicon() -> tuple[Scanner, list[frozenset[str]]]:
    names = list(_words())
    return Scanner(names), [_words()[n] for n in names]


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    text = resources.files("assistant.language").joinpath("words.yaml").read_text(encoding="utf-8")
    meanings: dict[str, set[str]] = {}
    for operator, languages in yaml.load(text, Loader=_LOADER)["operators"].items():
        for words in languages.values():
            for word in words:
                meanings.setdefault(normalise(str(word)).text, set()).add(operator)
    return {word: frozenset(operators) for word, operators in meanings.items()}


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def similar_operator(word: str) -> frozenset[str]:
    """The operators of the English word that `word` misspells; empty if it misspells none."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return frozenset()
    names, meanings = _long_words()
    found = process.extractOne(word, names, scorer=fuzz.ratio, score_cutoff=85)
    if found is not None and len(word) < 5 and (found[1] < 88 or len(found[0]) < 5):
        return frozenset()
    if found is None or (found[1] < (88 if len(word) < 5 else 90) and sorted(found[0]) != sorted(word)):
        return frozenset()
    return meanings[found[0]]


@lru_cache(maxsize=1)
def _long_words() -> tuple[list[str], dict[str, frozenset[str]]]:
    words = {w: m for w, m in _words().items() if len(w) >= 5 and w.isascii() and w.isalpha()}
    return list(words), words
