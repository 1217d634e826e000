"""Whether two words that the catalog does not know are the same, or one the translation of the other.

Two words of one language are never taken for one by their meaning: heroes and villains are as near to each other as to nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

from rapidfuzz import fuzz

from assistant.linking.encoders import Vectors
from semantic_layer.spelling import has_han

MEANT = 0.72  # the least likeness in meaning of words of two languages
_TYPO = 85  # the least likeness in spelling, of words of some length
_LONG = 5
_MOST = 6  # words; nobody verifies a question of more unknown ones


def paired(ours: Sequence[str], theirs: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> bool:
    """Whether each word of one side has a counterpart of its own on the other, none left over."""
    if len(ours) != len(theirs):
        return _same("".join(ours), "".join(theirs)) and min(len(ours), len(theirs)) > 0  # web shop, webshop
    if len(ours) > _MOST:
        return False
    if sorted(ours) == sorted(theirs):
        return True
    alike = [[_same(a, b) for b in theirs] for a in ours]
    if not all(any(row) for row in alike):
        near = encode(list(ours)) @ encode(list(theirs)).T >= MEANT
        alike = [[same or bool(near[i][j] and _of_two_languages(ours[i], theirs[j])) for j, same in enumerate(row)] for i, row in enumerate(alike)]
    return any(all(alike[i][j] for i, j in enumerate(order)) for order in permutations(range(len(theirs))))


def _same(one: str, other: str) -> bool:
    """One word in two forms, or with a typing error. Short words have many neighbours that are others."""
    if one == other or set(_stems(one)) & set(_stems(other)):
        return True
    return not has_han(one + other) and min(len(one), len(other)) >= _LONG and fuzz.ratio(one, other) >= _TYPO


def _of_two_languages(one: str, other: str) -> bool:
    return has_han(one) != has_han(other)


def _stems(word: str) -> tuple[str, ...]:
    if has_han(word):
        return (word,)
    singular = word.removesuffix("es") if word.endswith(("oes", "ses", "xes", "ches", "shes")) else word.removesuffix("s")
    return (word, singular)
