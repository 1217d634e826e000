"""A name with a bound in its middle: saved more than $100 with the loyalty card, of "saved with the loyalty card"."""

from __future__ import annotations

from dataclasses import replace

from assistant.language.operators import FILLER
from assistant.linking.lexicon import Lexicon
from assistant.reading.mark import Mark

_BOUNDS = ("more_than", "at_least", "less_than", "at_most")
_LONGEST = 40  # characters behind the number that may belong to the name


def parted(text: str, marks: list[Mark], lexicon: Lexicon) -> list[Mark]:
    """The marks, with a word before a bound and what stands behind it made the one metric that both name together."""
    out = list(marks)
    for at, word in enumerate(marks):
        if not word.text.isascii() or word.became or not (word.unknown or word.metrics) or word.number:
            continue
        number = _bounded(text, marks, at)
        behind = next((m for m in marks if m.start > number.end), None) if number else None
        if number is None or behind is None or text[number.end : behind.start] != " ":
            continue
        whole = f"{word.text} {text[behind.start : behind.start + _LONGEST]}"
        joint = len(word.text) + 1
        for name in lexicon.scan(whole):
            end = behind.start + name.end - joint
            other = name.kind == "metric" and name.target not in word.metrics
            if other and name.start == 0 and name.end > joint and any(m.end == end for m in marks):
                taken = [m for m in marks if behind.start <= m.start and m.end <= end]
                rest = Mark(behind.start, end, text[behind.start : end], ops=frozenset([FILLER]))
                out = [m for m in out if m not in taken and m is not word]
                out += [replace(word, metrics=(name.target,), verbs=(), fields=(), entities=(), ops=frozenset()), rest]
                return sorted(out, key=lambda m: m.start)
    return out


def _bounded(text: str, marks: list[Mark], at: int) -> Mark | None:
    """The number of a bound right behind a word: saved [more than $100], saved [at least 5 dollars]."""
    behind = [m for m in marks[at + 1 :] if m.text not in "$€£¥"][:3]
    op = behind[0] if behind and behind[0].has(*_BOUNDS) and behind[0].start - marks[at].end <= 1 else None
    number = behind[1] if op and len(behind) > 1 and behind[1].number and not behind[1].time else None
    if number is None:
        return None
    unit = behind[2] if len(behind) > 2 and behind[2].counters and behind[2].start - number.end <= 1 and not behind[2].metrics else None
    return unit or number
