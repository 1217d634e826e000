"""Steps of a ladder: 45岁以上, aged 25 to 44, income over 100k, silver and above.

They are values of an ordered field, told by where they begin or end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from assistant.reading.mark import Mark
from semantic_layer.catalog import Catalog

_NUMBERS = re.compile(r"\d+(?:\.\d+)?")
_THOUSAND = re.compile(r"\d ?k\b", re.IGNORECASE)
_OPEN_BELOW = re.compile(r"^(?:under|below|less than|<)|以下$|以内$|\bor less$", re.IGNORECASE)
_OPEN_ABOVE = re.compile(r"^(?:over|above|more than|>)|\+$|以上$|\bor more$|\band (?:over|above)$", re.IGNORECASE)
_OLD = re.compile(r"年龄|岁数|\bage\b")
_SIZE = re.compile(r"人口|家庭人数|家庭规模|\b(?:household|family) size\b")

_N = r"(\d{1,3})"
# Years of age: from one to another, from one on, up to one.
_BETWEEN_AGES = re.compile(
    rf"(?:\b(?:aged|ages?) )?(?<![\d.]){_N} ?(?:到|至|-|~|–|to|and) ?{_N} ?(?:周?岁(?:之间)?|years? old|-?year-?olds?\b|(?<=岁))"
    rf"|\b(?:aged|ages?) (?:between )?{_N} ?(?:-|~|–|to|and) ?{_N}(?![\d%])"
)
_FROM_AGE = re.compile(
    rf"(?<![\d.]){_N} ?周?岁?(?<=岁)(?:(?:及|或)?(?:以上|往上走?|朝上|之上|开外|打底)|[及或](?:更大|更老|更年长))"
    rf"|\b(?:(?:aged?|ages) )?{_N}(?: years?(?: of age)?)? (?:and|or) older\b"
    rf"|\b(?:aged?|ages) {_N} (?:and|or) (?:over|above|up)\b|\b{_N} years? (?:old|of age) (?:and|or) (?:over|above|up)\b"
)
_UP_TO_AGE = re.compile(
    rf"(?<![\d.]){_N} ?周?岁?(?<=岁)(?:及|或)?(?:以下|往下|朝下|之下)"
    rf"|\b(?:(?:aged?|ages) )?{_N}(?: years?(?: of age)?)? (?:and|or) younger\b|\byounger than {_N}\b"
    rf"|\baged? under {_N}\b"
)
_PEOPLE_UP = re.compile(
    r"([一二两三四五六七八九]|\d)口(?:人|之家)?(?:及|或)?(?:以上|往上|朝上|打底)"
    r"|\b(?:families|households) of (\d) (?:or|and) (?:more|up|above)\b"
)
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_TO = re.compile(r" ?(?:到|至|-|~|–|to|and) ?\$?")
_BESIDE = re.compile(r"\s?(?:在|是|为|大于|(?:of|is|are|at|a|year|yearly|annual) )*[$¥]?")
_UNITS = ("岁", "周岁", "元", "块", "美元", "人", "口", "之间", "years", "years old", "yuan", "dollars", "people")
_SIGNS = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}


class Step(NamedTuple):
    """One value of a ladder, from `low` to `high`; either end may be open."""

    value: str
    low: float | None
    high: float | None


class Ladder(NamedTuple):
    """An ordered field whose values are bands of numbers that join. `exact`: whole numbers, of which over 2 is 3 and more."""

    field: str
    names: tuple[str, ...]
    steps: tuple[Step, ...]
    exact: bool


def ladders(catalog: Catalog) -> tuple[Ladder, ...]:
    """The ladders of a catalog."""
    found = []
    for dataset, spec in catalog.spec.datasets.items():
        for name, field in spec.fields.items():
            steps = _steps(field.order) if field.order else ()
            if steps:
                exact = not any(_THOUSAND.search(s.value) or "元" in s.value for s in steps)
                found.append(Ladder(f"{dataset}.{name}", tuple(n.lower() for n in field.names()), steps, exact))
    return tuple(found)


def _steps(order: Sequence[object]) -> tuple[Step, ...]:
    """The values of a field as joining bands, or nothing where they are none."""
    steps = [_step(str(value)) for value in order]
    bands = [s for s in steps if s is not None]
    if len(bands) < 2 or len(bands) < len(steps):
        return ()
    rising = all(a.low is None or b.low is None or a.low < b.low for a, b in pairwise(bands))
    return tuple(bands) if rising and all(s.low is not None for s in bands[1:]) else ()


def _step(value: str) -> Step | None:
    factor = 1000 if _THOUSAND.search(value) else 1
    numbers = [float(n) * factor for n in _NUMBERS.findall(value)]
    if len(numbers) == 2:
        return Step(value, numbers[0], numbers[1])
    if len(numbers) != 1:
        return None
    if _OPEN_BELOW.search(value):
        return Step(value, None, numbers[0])
    if _OPEN_ABOVE.search(value):
        return Step(value, numbers[0], None)
    return Step(value, numbers[0], numbers[0]) if _NUMBERS.fullmatch(value) else None


def _kept(ladder: Ladder, low: float | None, high: float | None, strict: bool = False) -> tuple[str, ...]:
    """The values from `low` to `high`, where both ends are those of a step; else none: half a step is no answer."""
    steps = ladder.steps
    first, last = 0, len(steps) - 1
    if low is not None:
        wanted = low + 1 if strict and ladder.exact else low
        first = next((i for i, s in enumerate(steps) if s.low == wanted), -1)
    if high is not None:
        ends = [i for i, s in enumerate(steps) if s.high == high and not strict]
        before = [i - 1 for i, s in enumerate(steps) if s.low == high and i]
        last = next(iter([*ends, *before]), -1)
    return tuple(s.value for s in steps[first : last + 1]) if 0 <= first <= last else ()


def aged(text: str, known: Sequence[Ladder]) -> Iterator[tuple[int, int, str, tuple[str, ...]]]:
    """What is said of ages, and of how many live together: (start, end, field, values)."""
    for pattern, called in ((_BETWEEN_AGES, _OLD), (_FROM_AGE, _OLD), (_UP_TO_AGE, _OLD), (_PEOPLE_UP, _SIZE)):
        meant = [k for k in known if any(called.search(n) for n in k.names)]
        for found in pattern.finditer(text) if len(meant) == 1 else ():
            numbers = [float(_DIGITS.get(g, 0) or g) for g in found.groups() if g]
            low = None if pattern is _UP_TO_AGE else numbers[0]
            high = numbers[-1] if pattern in (_BETWEEN_AGES, _UP_TO_AGE) else None
            if values := _kept(meant[0], low, high):
                yield found.start(), found.end(), meant[0].field, values


def stepped(text: str, marks: list[Mark], catalog: Catalog, known: Sequence[Ladder]) -> list[Mark]:
    """The marks, with a number beside the name of a ladder, or a word of comparison beside one of its steps, made the steps that are meant."""
    out = list(marks)
    for mark in marks:
        beside = _beside_a_step(text, out, mark, catalog) or (_beside_a_name(text, out, mark, known) if known else None)
        if beside:
            taken, field, values = beside
            at = min(out.index(m) for m in taken)
            start, end = min(m.start for m in taken), max(m.end for m in taken)
            whole = Mark(start, end, text[start:end], values=tuple((field, v) for v in values))
            out = [m for m in out if m not in taken]
            out.insert(at, whole)
    return out


def _beside_a_step(text: str, marks: list[Mark], op: Mark, catalog: Catalog) -> tuple[list[Mark], str, tuple[str, ...]] | None:
    """银卡以上, above silver, gold or higher: a word of comparison right beside a value of an ordered field, and no number."""
    sign = next((s for name, s in _SIGNS.items() if op.has(name)), "")
    if not sign or op not in marks:
        return None
    at = marks.index(op)
    before, after = marks[at - 1] if at else None, marks[at + 1] if at + 1 < len(marks) else None
    if after is not None and after.number:
        return None
    suffix = op.text.endswith(("以上", "以下")) or op.text.startswith(("and ", "or ", "及", "或"))
    value = before if suffix else after
    if value is None or len({f for f, _ in value.values}) != 1 or len(value.values) != 1:
        return None
    if text[min(value.end, op.end) : max(value.start, op.start)].strip():
        return None
    field, kept = value.values[0]
    order = [str(v) for v in catalog.field(field).spec.order]
    if kept not in order or len(order) < 3:
        return None
    place = order.index(kept)
    values = {">": order[place + 1 :], ">=": order[place:], "<": order[:place], "<=": order[: place + 1]}[sign]
    return ([value, op], field, tuple(values)) if values else None


def _beside_a_name(text: str, marks: list[Mark], named: Mark, known: Sequence[Ladder]) -> tuple[list[Mark], str, tuple[str, ...]] | None:
    """收入10万以上, earning over 100k, income from 50k to 99k, aged 25-44: the name of a ladder right before its bounds."""
    ladder = next((k for k in known if k.field in named.fields), None)
    if ladder is None or named not in marks:
        return None
    behind = [m for m in marks[marks.index(named) + 1 :] if not (m.filler and _BESIDE.fullmatch(m.text + " "))][:4]
    op = next((m for m in behind[:2] if any(m.has(s) for s in _SIGNS)), None)
    numbers = [m for m in behind[:3] if m.number and not m.time]
    if not numbers or numbers[0] not in behind[:2]:
        return None
    first = numbers[0]
    between = text[named.end : min(first.start, op.start if op else first.start)]
    if not _BESIDE.fullmatch(between):
        return None
    assert first.number
    second = next((m for m in numbers[1:] if _TO.fullmatch(text, first.end, m.start)), None)
    if second and second.number:
        low = first.number.value
        if second.number.value >= 1000 > low and _THOUSAND.search(second.text):
            low *= 1000  # 50 to 99k
        values = _kept(ladder, low, second.number.value)
        return (_covered(marks, named, second), ladder.field, values) if values else None
    if op is None or text[min(first.end, op.end) : max(first.start, op.start)].strip("$¥ 岁元块口人"):
        return None
    sign = next(s for name, s in _SIGNS.items() if op.has(name))
    value, strict = first.number.value, sign in "<>"
    values = _kept(ladder, value, None, strict) if sign.startswith(">") else _kept(ladder, None, value, strict)
    last = max((op, first), key=lambda m: m.end)
    return (_covered(marks, named, last), ladder.field, values) if values else None


def _covered(marks: list[Mark], first: Mark, last: Mark) -> list[Mark]:
    """The marks from the first to the last, with the unit behind it."""
    end = last.end
    for mark in marks:
        if mark.text in _UNITS and 0 <= mark.start - end <= 1:
            end = mark.end
    return [m for m in marks if first.start <= m.start and m.end <= end]

