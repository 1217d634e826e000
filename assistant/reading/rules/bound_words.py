"""What the words around a bound make of it: strict or not (不含100), turned round (不到1000的不看), only asked (有没有卖到10万)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from assistant.reading.mark import Mark
from assistant.reading.rules.units import UNITS
from assistant.reading.state import State

_STRICT = {">=": ">", "<=": "<"}
_WITH_ENDS = {">": ">=", "<": "<="}
_OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "=": "!="}
_INCLUDING = ("含", "包含", "包括", "including", "incl", "incl.", "inclusive")
# A question that wants yes or no.
_WHETHER = re.compile(
    r"有没有|是不是|是否|有无|(?:吗|没|没有|嘛|不)\s*[?？!]*\s*$|(?:到|过)了?(?:没|吗)|^(?:did|does|do|is|are|was|were|has|have|had)\b"
)
_V = TypeVar("_V")


def with_ends(state: State, op: str, value: float, last: Mark) -> tuple[str, list[Mark]]:
    """The comparison as what follows it corrects it, with the marks that do: 100以上(不含100), more than 5 (including 5)."""
    for told in state.marks:
        number = next(state.following(told, skip=lambda m: False), None)
        if told.start < last.end or told.became or number is None or number.number is None or number.number.value != value:
            continue
        if number.start - told.end <= 1 and (told.has("exclude") or told.text in _INCLUDING):
            counter = next((m for m in state.following(number, skip=lambda m: False) if m.counters and m.start == number.end), None)
            sign = (_STRICT if told.has("exclude") else _WITH_ENDS).get(op, op)
            return sign, [told, number, *([counter] if counter else [])]
    return op, []


def left_out(state: State, op: str, marks: Sequence[Mark]) -> tuple[str, list[Mark]]:
    """The comparison of those that stay, where those that meet it are taken out: ignoring stores under 1000, 不到1000块的忽略."""
    first, last = min(marks, key=lambda m: m.start), max(marks, key=lambda m: m.end)
    for word in state.ops("exclude"):
        between = [m for m in state.marks if (last.end <= m.start and m.end <= word.start) or (word.end <= m.start and m.end <= first.start)]
        behind = word.start >= last.end
        if behind == word.text.isascii() or not state.same_clause(first if not behind else last, word):
            continue
        named = next(iter(state.following(word)), None)
        taken = behind and named is not None and (named.values or named.segments) and state.close(word, named, 2)
        if not taken and all(m.filler or m.became or m.groupable or m.has("both") or m.verbs or m.text in ("with", "that") for m in between):
            return _OPPOSITE.get(op, op), [word, *(m for m in between if m.has("both"))]
    return op, []


def wants_yes_or_no(state: State) -> bool:
    """Whether a question can be answered by yes or no: 是不是, did we, ...吗."""
    return bool(_WHETHER.search(state.text.strip()))


def asks_whether(state: State) -> bool:
    """Whether yes or no is wanted of the one figure of the answer: 11月有没有卖到10万, did November pass 100k?"""
    listed = [m for m in state.ops("list") if m.text != "有没有"]
    split = state.groups or state.ops("by", "which", "how_many", "top", "bottom")
    periods = state.free(lambda m: m.text in UNITS or (m.time and m.time.kind == "grain"))
    return wants_yes_or_no(state) and not (listed or split or periods)
