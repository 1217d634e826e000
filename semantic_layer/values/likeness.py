"""How alike two names are: as the share of letters that would have to change, where letters that changed places count once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Levenshtein

from semantic_layer.spelling import is_short

_CODE = re.compile(r"\d+|(?<!')\b[a-z]\b")
_MOST_SWAPPED = 2


def alike(text: str, names: dict[int, str], cutoff: float, weight: float = 1.0) -> Iterator[tuple[float, int]]:
    """The names whose letters are like those of `text`, each with its score, from `cutoff` to `weight`."""
    least = cutoff / weight - _MOST_SWAPPED / len(text)
    for name, ratio, number in process.extract(text, names, scorer=fuzz.ratio, score_cutoff=max(0.0, 100 * least), limit=None):
        score = weight * (ratio / 100 + _swapped(text, name) / (len(text) + len(name)))
        if score >= cutoff:
            yield score, number


def likeness(text: str, name: str) -> float:
    """How alike the letters of both are, to 1."""
    return fuzz.ratio(text, name) / 100 + _swapped(text, name) / max(1, len(text) + len(name))


def _swapped(text: str, name: str) -> int:
    """How many pairs of letters changed places: each is one edit, and two without that kind."""
    return min(_MOST_SWAPPED, Levenshtein.distance(text, name) - OSA.distance(text, name))


def comparable(text: str, name: str) -> bool:
    """Whether a likeness of spelling may be an error: not so where a number or a letter of its own differs."""
    return not is_short(name) and _CODE.findall(text) == _CODE.findall(name)
