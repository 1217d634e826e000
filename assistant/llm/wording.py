"""An answer in a model's words, which may hold no figure that the answer does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from assistant.answer.cells import KEYS, key_text
from assistant.answer.model import Answer
from assistant.answer.numbers import shown
from assistant.language import find_numbers, normalise
from assistant.llm.chat import Message
from assistant.llm.prompts import prompt

_ROWS, _LONGEST = 20, 600


def asked_to_word(answer: Answer) -> tuple[Message, ...]:
    """What a model is told to word an answer: its sentence and its first rows, as people read them."""
    rows = [[_cell(answer, n, value) for n, value in enumerate(row)] for row in answer.rows[:_ROWS]]
    text = prompt("word", answer.lang).filled(
        question=answer.question,
        sentence=answer.text,
        reading=answer.reading,
        columns=json.dumps([c.label for c in answer.columns], ensure_ascii=False),
        rows="\n".join(json.dumps(r, ensure_ascii=False) for r in rows),
        caveats=" ".join(answer.caveats),
    )
    return (("user", text),)


def _cell(answer: Answer, n: int, value: Any) -> str:
    column = answer.columns[n]
    if column.role in KEYS or not isinstance(value, int | float):
        return key_text(column, value, answer.lang)
    return shown(value, column.format, column.unit, answer.lang)


def kept(text: str, answer: Answer) -> str:
    """The wording, or "" where it is too long, or has a figure that is none of the answer's."""
    text = " ".join(text.split())
    return "" if not text or len(text) > _LONGEST or any(invented(text, answer)) else text


def invented(text: str, answer: Answer) -> Iterator[str]:
    """The figures of a text that stand neither in the answer as people read it, nor in its rows when rounded as the text has them."""
    told = [answer.text, answer.reading, answer.question, *answer.caveats, *(c.label for c in answer.columns)]
    told += [_cell(answer, n, v) for row in answer.rows for n, v in enumerate(row)]
    known = {value for t in told for value, _ in _figures(t)}
    raw = [abs(float(v)) for row in answer.rows for v in row if isinstance(v, int | float) and not isinstance(v, bool)]
    for value, written in _figures(text):
        step = _step(value, written)
        fits = any(abs(value - k) <= 1e-9 * max(1.0, abs(k)) for k in known) or any(abs(abs(value) - v) <= step / 2 for v in raw)
        if not fits and value != len(answer.rows):
            yield written


def _figures(text: str) -> Iterator[tuple[float, str]]:
    """Each figure of a text: its value and how it is written."""
    said = normalise(text).text
    for number in find_numbers(said):
        yield float(number.value), said[number.start : number.end]


def _step(value: float, written: str) -> float:
    """The value of the last digit that is written: 0.01 million of 1.25M."""
    digits = "".join(c for c in written if c.isdigit() or c == ".")
    decimals = digits.partition(".")[2]
    if not digits or not value:
        return 0.0
    scale = abs(value) / float(digits) if float(digits) else 1.0
    return float(scale * 10 ** -len(decimals)) if decimals else float(scale)
