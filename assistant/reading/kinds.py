"""A word for a kind that is pointed at behind a value: 纸尿裤那个品类, eggs, that category."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.state import State

_POINTED = re.compile(r"的?[那这][一两三几]?[个种类款档]?|, (?:that|this)")


def of_a_kind(state: State) -> None:
    """纸尿裤那个品类: a kind that is pointed at behind a value says which value is meant, and splits nothing.

    A nickname is that of the one of this kind called so; the own name of a value of another kind is asked back by the second look.
    """
    for value in [m for m in state.marks if m.values]:
        _settle(state, value, next(state.following(value), None))


def _settle(state: State, value: Mark, word: Mark | None) -> None:
    if word is None or not word.fields or word.metrics or word.entities or word.values:
        return
    if not _POINTED.fullmatch(state.text[value.end : word.start].strip()):
        return
    same = tuple(v for v in value.values if v[0] in word.fields)
    called = () if same or _is_own_name(state, value) else _called_so(state, word.fields[0], value.text)
    if same or len(called) == 1:
        value.values, word.ops = same or called, frozenset([FILLER])
    word.fields = ()


def _is_own_name(state: State, value: Mark) -> bool:
    """Whether a value is called so in the first place, and not only by a synonym."""
    for field, v in value.values:
        spec = state.catalog.field(field).spec.values.get(str(v)) if "." in field else None
        if value.text in (str(v).lower(), *((spec.label.zh.lower(), spec.label.en.lower()) if spec else ())):
            return True
    return False


def _called_so(state: State, field: str, word: str) -> tuple[tuple[str, str], ...]:
    """The values of a field whose names begin with a word."""
    known = state.catalog.field(field).spec.values
    return tuple((field, v) for v, spec in known.items() if any(n.lower().startswith(word) for n in spec.names()))


def kinds_of_values(state: State) -> Iterator[Mark]:
    """猪肉这个部门: a kind that a value is pointed out as, and that it is not of."""
    for value in [m for m in state.marks if m.values and m.became.startswith("filter:")]:
        word = next(state.following(value), None)
        if word is None or word.became or not word.unknown or not _POINTED.fullmatch(state.text[value.end : word.start].strip()):
            continue
        if any(word.text in (n.lower() for n in spec.names()) for d in state.catalog.spec.datasets.values() for spec in d.fields.values()):
            yield word
