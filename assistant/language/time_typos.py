"""Misspelt English words of time: agust, quater, wensday."""

from __future__ import annotations

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

_WORDS = (
    "january", "february", "april", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday", "sunday", "weekend", "weekends", "weekday", "weekdays", "month", "months", "quarter", "quarters", "yesterday", "daily",
    "weekly", "monthly", "quarterly", "yearly",
)  # fmt: skip
_LONG = 7
_CANDIDATE = re.compile(r"(?<![a-z0-9'-])[a-z]{5,}(?![a-z0-9'-])")


def misspelt(text: str) -> dict[str, str]:
    """The words of a normalised text that are one letter away from a word of time (two, where they are long), with that word."""
    found = {word: _time_word(word) for word in dict.fromkeys(_CANDIDATE.findall(text))}
    return {word: fixed for word, fixed in found.items() if fixed}


def _time_word(word: str) -> str | None:
    if word in _WORDS:
        return None
    found = process.extract(word, [w for w in _WORDS if w[0] == word[0]], scorer=OSA.distance, score_cutoff=2 if len(word) >= _LONG else 1, limit=2)
    if not found or (len(found) > 1 and found[0][1] == found[1][1]):
        return None
    return str(found[0][0])
