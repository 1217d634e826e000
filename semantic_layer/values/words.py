"""The words of names, and what is left of a name without what separates its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from semantic_layer.spelling import HAN
from semantic_layer.values.keys import hashes
from semantic_layer.values.postings import Features

WORD_BITS = 18

_WORD = re.compile(f"[{HAN}]+|[^\\W_{HAN}]+")
_SEPARATORS = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")


def words(text: str) -> list[str]:
    """Runs of letters and digits; Chinese characters are a run of their own."""
    return _WORD.findall(text)


def places(text: str) -> list[tuple[int, int]]:
    """Where the words stand."""
    return [found.span() for found in _WORD.finditer(text)]


def joined(name: str) -> str:
    """The name without blanks and signs, except between digits, where they tell numbers apart."""
    return _SEPARATORS.sub("", name)


def buckets(found: Sequence[str]) -> Features:
    """The numbers of words as features; words may share one."""
    features: Features = (hashes(found) >> np.uint64(64 - WORD_BITS)).astype(np.uint32)
    return features
