"""Typing errors: what no name claims is tried as a misspelling of one, alone and with its neighbours."""

from __future__ import annotations

import re

from assistant.language.general import is_general
from assistant.linking.lexicon import Lexicon
from assistant.reading.mark import Mark
from assistant.reading.marks import UNITS_OF_TIME
from semantic_layer.spelling import fold, has_han, sound
from semantic_layer.values import ValueIndex

# Below these a likeness is a coincidence; chosen on the dev questions. A neighbour is drawn in only for a clear gain.
ALIKE = 0.86
ALIKE_WITH_NEIGHBOUR = 0.93
_SOUNDS_THE_SAME = 0.97
_SAME_SOUND = 0.9
_CLOSE = 0.03
# What names of airports, airlines and companies end in: people leave it out.
_SORT_OF_NAME = re.compile(
    r" (?:intl|international|airport|inc|incorporated|co|company|corp|corporation|ltd|limited|llc|plc|gmbh|group|airlines|airways)\.?$"
)
_DENYING = ("in", "un", "non-", "non", "dis")
_NOBODY = re.compile(r"\b(?:nobody|no[ -]?one|not|never)(?: has| have| had| was| were| been| yet| ever)* $")
_KINDS = {"metric": "metrics", "field": "fields", "entity": "entities", "segment": "segments"}


def repair(text: str, marks: list[Mark], lexicon: Lexicon, values: ValueIndex) -> list[Mark]:
    """The marks, with unknown ones replaced by the misspelt names they are."""
    for mark in [m for m in marks if m.unknown and m.text.isascii()]:
        if (denied := _opposite(text, mark, lexicon)) is not None:
            marks = sorted([*(m for m in marks if m.end <= denied.start or m.start >= denied.end), denied], key=lambda m: m.start)
    for mark in [m for m in marks if m.unknown]:
        if mark not in marks or is_general(mark.text) or mark.text.removesuffix("s") in UNITS_OF_TIME:
            continue
        fixed = _best(text, mark, marks, lexicon, values)
        if fixed is not None and not _denies(fixed, lexicon):
            marks = sorted([*(m for m in marks if m.end <= fixed.start or m.start >= fixed.end), fixed], key=lambda m: m.start)
    return marks


def _opposite(text: str, mark: Mark, lexicon: Lexicon) -> Mark | None:
    """Nobody has answered: the name that says the opposite of a word, where that is denied."""
    denied = _NOBODY.search(text[: mark.start])
    names = {f"{p}{mark.text}" for p in _DENYING} | {f"not {mark.text} yet", f"not yet {mark.text}"}
    found = next((n for n in lexicon.names if n.text in names), None) if denied else None
    return _named(denied.start(), mark.end, text[denied.start() : mark.end], 1.0, found.text, lexicon) if denied and found else None


def _denies(fixed: Mark, lexicon: Lexicon) -> bool:
    """Inactive is no misspelling of active, and answered none of unanswered."""
    rest = next((fixed.text.removeprefix(p) for p in _DENYING if fixed.text.startswith(p)), "")
    if len(rest) > 3 and any(n.text == rest for n in lexicon.names):
        return True
    opposites = {f"{p}{fixed.text}" for p in _DENYING}
    return bool(fixed.segments) and any(n.text in opposites for n in lexicon.names)


def _best(text: str, mark: Mark, marks: list[Mark], lexicon: Lexicon, values: ValueIndex) -> Mark | None:
    alone = _alike(mark.start, mark.end, mark.text, lexicon, values)
    wider = [m for s, e in _windows(mark, marks) for m in _alike(s, e, text[s:e], lexicon, values) if m.score >= _bar(text[s:e])]
    best_alone = max(alone, key=lambda m: m.score) if alone else None
    best_wider = max(wider, key=lambda m: m.score) if wider else None
    if best_wider and (best_alone is None or best_wider.score >= best_alone.score - _CLOSE):
        return best_wider
    return best_alone


def _bar(chunk: str) -> float:
    return _SOUNDS_THE_SAME if has_han(chunk) else ALIKE_WITH_NEIGHBOUR


def _windows(mark: Mark, marks: list[Mark]) -> list[tuple[int, int]]:
    """The unknown stretch with what touches it: a misspelling may break a name in two."""
    at = marks.index(mark)
    gap = 0 if has_han(mark.text) else 1
    left = marks[at - 1] if at and mark.start - marks[at - 1].end <= gap and _fragment(marks[at - 1]) else None
    right = marks[at + 1] if at + 1 < len(marks) and marks[at + 1].start - mark.end <= gap and _fragment(marks[at + 1]) else None
    out = [(left.start, mark.end)] if left else []
    out += [(mark.start, right.end)] if right else []
    return out + ([(left.start, right.end)] if left and right else [])


def _fragment(mark: Mark) -> bool:
    return mark.time is None and mark.ids is None and mark.number is None and (not mark.ops or mark.filler)


def _alike(start: int, end: int, chunk: str, lexicon: Lexicon, values: ValueIndex) -> list[Mark]:
    """What a stretch may be a misspelling of: a name of the catalog, a value, a word of business."""
    out = []
    for spelling in dict.fromkeys((chunk, _singular(chunk))):
        links = [x for x in lexicon.fuzzy(spelling) if x.score >= (_SOUNDS_THE_SAME if has_han(spelling) else ALIKE)] or _homophones(
            spelling, lexicon
        )
        if links:
            out.append(_named(start, end, chunk, links[0].score, links[0].name, lexicon))
    long = len(chunk) >= (2 if has_han(chunk) else 4)
    matches = [m for m in values.fuzzy(chunk, limit=3) if m.how == "similar" and m.score >= ALIKE] if long else []
    if matches:
        hits = tuple((m.entry.field, m.entry.value) for m in matches if m.score == matches[0].score)
        out.append(Mark(start, end, chunk, score=matches[0].score, values=hits))
    elif long and (named := _part_of_name(chunk, values, lexicon)):
        out.append(Mark(start, end, chunk, score=ALIKE, values=named))
    return out


def _part_of_name(chunk: str, values: ValueIndex, lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    """Newark, of Newark Liberty Intl: the first words of one name of a thing, which no other begins with."""
    found = [m.entry for m in values.partial(chunk, limit=20) if lexicon.names_things(m.entry.field)]
    begun = [e for e in found if any(fold(n).startswith(f"{chunk} ") and _SORT_OF_NAME.search(fold(n)) for n in e.names)]
    hits = tuple(dict.fromkeys((e.field, e.value) for e in begun))
    return hits if len({value for _, value in hits}) == 1 else ()


def _named(start: int, end: int, chunk: str, score: float, name: str, lexicon: Lexicon) -> Mark:
    """A mark with everything that the intended name stands for."""
    parts: dict[str, tuple[str, ...]] = {}
    for link in lexicon.scan(name):
        if (link.start, link.end) == (0, len(name)):
            parts[_KINDS[link.kind]] = tuple(dict.fromkeys((*parts.get(_KINDS[link.kind], ()), link.target)))
    return Mark(start, end, chunk, score=score, **parts)  # type: ignore[arg-type]


class _Alike:
    """A name that sounds just like a chunk."""

    def __init__(self, name: str) -> None:
        self.name, self.score = name, _SAME_SOUND


def _homophones(chunk: str, lexicon: Lexicon) -> list[_Alike]:
    """Two Chinese characters with the sound of a name: too short for likeness, but not by chance."""
    if len(chunk) != 2 or not has_han(chunk):
        return []
    heard = sound(chunk)
    return [_Alike(n.text) for n in lexicon.names if len(n.text) == 2 and n.text != chunk and has_han(n.text) and sound(n.text) == heard]


def _singular(word: str) -> str:
    if not word.isascii() or len(word) < 5:
        return word
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
