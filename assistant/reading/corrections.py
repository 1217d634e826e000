"""Typing errors mended in the text, before anything is read from it.

Only stretches that no mark explains are touched, and English words and Chinese characters that are no words of the
language. Each gets the known words it may have been meant as; the text is marked again with each, and the one stays
that leaves least unexplained for the smallest error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import rjieba

from assistant.language.general import is_general
from assistant.language.normalise import HAN, QUOTED
from assistant.linking.fluency import Fluency
from assistant.linking.misspelt_en import SHORTEST, EnglishWords
from assistant.linking.misspelt_zh import ChineseWords
from assistant.reading.capitals import proper_names
from assistant.reading.mark import Mark
from semantic_layer.spelling import has_han

MOST_ERRORS = 4
# What bounds the time of one question: a longer text is read as it stands, a longer stretch is no error of typing, and
# so many mended texts are tried at most.
LONGEST_TEXT = 300
LONGEST_STRETCH = 8
MOST_TRIED = 48
_CANDIDATES = 8
_REACH = 5  # characters around a Chinese one that may belong to its word
_PER_COST = 3.0  # characters that an English error costs
_CLOSE = {False: 0.6, True: 2.0}  # two corrections nearer than this are equally likely; by whether they are Chinese
_BLANK = 0.5
_DOUBLED_ZH = 5.0
_ELSEWHERE = 3.0  # an error in a character that has a meaning as it stands
_LENGTH, _PER_MARK, _PER_CHARACTER = 1.15, 0.6, 1.3
_LATIN = re.compile(r"(?<![a-z0-9_'#])[a-z]+(?![a-z0-9_'])")
_HAN_RUN = re.compile(f"[{HAN}]+")
_NUMBERS = frozenset("零一二三四五六七八九十百千万亿两半")


@dataclass(frozen=True)
class Correction:
    """text[start:end] of the text before it, read as `meant`."""

    start: int
    end: int
    typed: str
    meant: str
    cost: float


@dataclass(frozen=True)
class Corrected:
    """A text without its typing errors, what was mended, and other texts that are as likely."""

    text: str
    corrections: tuple[Correction, ...] = ()
    others: tuple[Corrected, ...] = ()


class _Mended(NamedTuple):
    """A way to mend a text: what it gains, the error, the text and its marks."""

    worth: float
    error: Correction
    text: str
    marks: list[Mark]


class Corrector:
    """Mends the typing errors of questions; `marks` gives the marks of a text, by the question as it was written."""

    def __init__(self, english: EnglishWords, chinese: ChineseWords, fluency: Fluency, marks: Callable[[str, str], list[Mark]]) -> None:
        self._english = english
        self._chinese = chinese
        self._fluency = fluency
        self._marks = marks

    def corrected(self, question: str, text: str) -> Corrected:
        """The text of a question with its errors mended, if it has any and is not too long."""
        if len(text) > LONGEST_TEXT:
            return Corrected(text)
        budget = iter(range(MOST_TRIED))
        done: tuple[Correction, ...] = ()
        others: tuple[Corrected, ...] = ()
        marks = self._marks(question, text)
        tried: set[str] = set()
        while len(done) < MOST_ERRORS:
            ranked = self._best(question, text, marks, tried, budget)
            if not ranked:
                break
            best = ranked[0]
            margin = _CLOSE[has_han(best.error.typed)]
            close = [c for c in ranked[1:] if c.worth > best.worth - margin and c.text != best.text]
            others += tuple(Corrected(c.text, (*done, c.error)) for c in close[:1])
            done, text, marks = (*done, best.error), best.text, best.marks
        return Corrected(text, done, others)

    def _best(self, question: str, text: str, marks: list[Mark], tried: set[str], budget: Iterator[int]) -> list[_Mended]:
        """The ways to mend the first stretch that can be mended, best first; none when the budget of tries is used up."""
        before = self._explained(text, marks)
        for proposals in self._proposals(question, text, marks):
            key = "|".join(sorted({p.typed for p in proposals}))
            if key in tried:
                continue
            out = []
            for p in sorted(proposals, key=lambda p: p.cost)[:_CANDIDATES]:
                if next(budget, None) is None:
                    return []
                fixed = text[: p.start] + p.meant + text[p.end :]
                fixed_marks = self._marks(question, fixed)
                worth = self._explained(fixed, fixed_marks) - before - p.cost
                if self._clear(fixed, fixed_marks, p) and worth > 0:
                    out.append(_Mended(worth, p, fixed, fixed_marks))
            if out:
                return sorted(out, key=lambda c: (-c.worth, len(c.error.typed)))
            tried.add(key)
        return []

    def _proposals(self, question: str, text: str, marks: list[Mark]) -> Iterator[list[Correction]]:
        quoted = [q.span() for q in QUOTED.finditer(text)]
        spans = [(m.start, m.end) for m in marks if m.unknown and not any(s <= m.start < e for s, e in quoted)]
        for word in _LATIN.finditer(text):
            if any(s <= word.start() < e for s, e in spans):
                yield [*self._apart(text, word), *self._word(question, word)]
        yield from self._characters(text, [at for s, e in spans for at in range(s, e)], list(_crumbs(marks)), marks)

    def _word(self, question: str, word: re.Match[str]) -> list[Correction]:
        """An English word that is none."""
        typed = word.group()
        if len(typed) < SHORTEST or self._english.knows(typed) or is_general(typed) or _shouted(typed, question):
            return []
        near = self._english.near(typed, named_only=typed in proper_names(question))
        return [Correction(*word.span(), typed, r.text, _PER_COST * r.cost) for r in near]

    def _apart(self, text: str, word: re.Match[str]) -> Iterator[Correction]:
        """A word with a blank in it."""
        for other in (_LATIN.match(text, word.end() + 1), _ending(text, word.start() - 1)):
            if other is None or text[min(word.end(), other.end()) : max(word.start(), other.start())] != " ":
                continue
            start, end = min(word.start(), other.start()), max(word.end(), other.end())
            joined = text[start:end].replace(" ", "")
            if self._english.knows(joined) and len(joined) > SHORTEST:
                yield Correction(start, end, text[start:end], joined, _PER_COST * _BLANK)

    def _characters(self, text: str, unknown: list[int], crumbs: list[int], marks: list[Mark]) -> Iterator[list[Correction]]:
        """What the Chinese characters that nothing explains may be meant as, stretch by stretch."""
        words = _real_words(text)
        compared = any(m.has("versus") or (m.time and m.time.kind == "compare") for m in marks)
        whole = [m for m in marks if not m.unknown and (compared or not m.has("change"))]  # 多多少, where nothing is compared, is 多少
        within = {at for m in whole for at in range(m.start, m.end - 1)}
        for run in _HAN_RUN.finditer(text):
            for first, last in _stretches([at for at in unknown if run.start() <= at < run.end()]):
                if last - first < LONGEST_STRETCH and not any(s <= first and last < e for s, e in words):
                    yield self._usual(text, run, [*_twice(text, first - 1, last + 1), *self._windows(text, run, first, last, words)])
            for first, last in _stretches([at for at in crumbs if run.start() <= at < run.end()]):
                chunk = text[first : last + 1]
                if not any(s <= first and last < e for s, e in words):
                    yield self._usual(text, run, [Correction(first, last + 1, chunk, r.text, r.cost) for r in self._chinese.near(chunk)])
            for twice in _twice(text, run.start(), run.end() - 1):
                if twice.start not in within:
                    yield self._usual(text, run, [twice])

    def _windows(self, text: str, run: re.Match[str], first: int, last: int, words: list[tuple[int, int]]) -> Iterator[Correction]:
        """Known words in the place of a stretch and its neighbours, where they cut no other word in two."""
        cuts = {at for s, e in words if e <= first or s > last for at in range(s + 1, e)}
        for start in range(max(run.start(), first - _REACH), last + 1):
            for end in range(max(start, first) + 1, min(run.end(), last + 1 + _REACH) + 1):
                if start not in cuts and end not in cuts:
                    for r in self._chinese.near(text[start:end]):
                        known = _ELSEWHERE if _kept(text[start:end], r.text, first - start, last - start) else 0.0
                        yield Correction(start, end, text[start:end], r.text, r.cost + known)

    def _usual(self, text: str, run: re.Match[str], proposals: list[Correction]) -> list[Correction]:
        """The proposals that make a text so much more usual as their errors are rare; what they lack is their cost."""
        out = []
        before: dict[tuple[int, int], float] = {}
        for p in proposals:
            low, high = max(run.start(), p.start - _REACH), min(run.end(), p.end + _REACH)
            if (low, high) not in before:
                before[low, high] = self._fluency.of(text[low:high])
            gain = self._fluency.of(text[low : p.start] + p.meant + text[p.end : high]) - before[low, high] - p.cost
            if gain > 0:
                out.append(replace(p, cost=-gain))
        return out

    def _explained(self, text: str, marks: list[Mark]) -> float:
        """How well marks explain a text, whatever its length."""
        worth = 0.0
        for mark in marks:
            length = mark.end - mark.start
            if not mark.unknown:
                worth += length**_LENGTH - _PER_MARK
            elif self._light(mark):
                worth += length**_LENGTH - 2 * _PER_MARK
            else:
                worth -= length
        return worth - _PER_CHARACTER * len(text)

    def _clear(self, text: str, marks: list[Mark], p: Correction) -> bool:
        """Whether everything that was mended is now known, or a word of the language."""
        start, end = p.start, p.start + len(p.meant)
        unknown = [m for m in marks if m.unknown and m.start < end and m.end > start]
        words = _real_words(text) if unknown and has_han(p.meant) else []
        return all(self._light(m) or any(s <= m.start and m.end <= e for s, e in words) for m in unknown)

    def _light(self, mark: Mark) -> bool:
        return is_general(mark.text) or self._english.says_nothing_of_a_shop(mark.text)


def _kept(typed: str, meant: str, first: int, last: int) -> bool:
    """Whether the characters from first to last, which nothing explains, stay as they are, and others change."""
    return len(typed) == len(meant) and typed[max(first, 0) : last + 1] == meant[max(first, 0) : last + 1]


def _real_words(text: str) -> list[tuple[int, int]]:
    """The Chinese words of two characters and more that a dictionary has."""
    out, at = [], 0
    for word in rjieba.cut(text, False):
        if len(word) > 1 and _HAN_RUN.fullmatch(word):
            out.append((at, at + len(word)))
        at += len(word)
    return out


def _crumbs(marks: list[Mark]) -> Iterator[int]:
    """Where marks of one Chinese character stand side by side, as the pieces of a broken word do."""
    single = [m.start for m in marks if len(m.text) == 1 and has_han(m.text) and not (m.time or m.number)]
    yield from (at for at in single if at - 1 in single or at + 1 in single)


def _stretches(places: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of the numbers that follow each other."""
    for _, group in groupby(enumerate(places), key=lambda p: p[1] - p[0]):
        run = [at for _, at in group]
        yield run[0], run[-1]


def _twice(text: str, first: int, last: int) -> Iterator[Correction]:
    """Where a character stands twice from first to last."""
    for at in range(max(first, 0), min(last, len(text) - 1)):
        if text[at] == text[at + 1] and _HAN_RUN.match(text[at]) and text[at] not in _NUMBERS:
            yield Correction(at, at + 2, text[at : at + 2], text[at], _DOUBLED_ZH)


def _ending(text: str, end: int) -> re.Match[str] | None:
    return next((m for m in _LATIN.finditer(text, 0, max(end, 0)) if m.end() == end), None)


def _shouted(word: str, question: str) -> bool:
    """In capitals: a code."""
    return re.search(rf"(?<![A-Za-z]){word.upper()}(?![A-Za-z])", question) is not None
