"""The words of business questions with a fixed meaning, and the words that carry none; both are data in words.yaml."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from assistant.language.normalise import normalise
from semantic_layer.packaged import read_yaml
from semantic_layer.spelling import Scanner

FILLER = "filler"
_DEGREE = "degree"
_MOST = {"growth": "growth_top", "decline": "decline_top"}
# Words that sort, and words that rank by how often, rank: the greatest first unless they say otherwise.
SORTS = ("sorting", "descending", "ascending")
_IMPLIED = {"sorting": "top", "descending": "top", "ascending": "bottom", "often": "top", "seldom": "bottom"}
_CHOICE = re.compile(r"\(([^()]*)\)")
_JOINTS = ("", " ", "得", "的", "得是", "的是", "幅度", "幅度是", "的幅度")


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


def operator_words() -> frozenset[str]:
    """The normalised words of all operators, fillers among them."""
    return frozenset(_words())


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    text = resources.files("assistant.language").joinpath("words.yaml").read_text(encoding="utf-8")
    meanings: dict[str, set[str]] = {}
    for operator, languages in read_yaml(text)["operators"].items():
        names = {operator, _IMPLIED.get(operator, operator)}
        for word in itertools.chain.from_iterable(languages.values()):
            for form in forms(normalise(str(word)).text):  # the pattern and not each of its many forms: those take a second
                meanings.setdefault(" ".join(form.split()), set()).update(names)
    return {word: frozenset(operators) for word, operators in meanings.items()}


def forms(pattern: str) -> Iterator[str]:
    """The words of a pattern with choices in brackets: 从(高|多)到(低|少) are four."""
    pieces = _CHOICE.split(pattern)
    yield from map("".join, itertools.product(*(p.split("|") if at % 2 else [p] for at, p in enumerate(pieces))))


