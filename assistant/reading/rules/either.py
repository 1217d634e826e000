"""One or the other: conditions of different fields of which one is enough."""

from __future__ import annotations

import re
from itertools import pairwise

from assistant.reading.mark import Mark
from assistant.reading.state import State
from semantic_layer.query import AnyOf, FieldCondition, SegmentCondition

_OR = re.compile(
    r"(?:[^,;:。]|, ?(?=or\b))*"
    r"(?:(?<!more )\bor\b(?! (?:not|more|less|fewer|so|above|over|higher|below|under|equal)\b)|或(?!以上|以下|更|许|不))[^,;:。]*"
)


def rule(state: State) -> None:
    """Baby diapers or anything from the meat department: of two conditions that "or" joins one is enough."""
    kept = [m for m in state.marks if m.became.startswith(("filter:", "segment:"))]
    joined = {name for a, b in pairwise(kept) if _OR.fullmatch(state.text, a.end, b.start) for name in (_kept_as(a), _kept_as(b))}
    named = [c for c in state.where if isinstance(c, FieldCondition | SegmentCondition) and not _denied(c)]
    enough = [c for c in named if (c.field if isinstance(c, FieldCondition) else c.segment) in joined]
    if len(enough) > 1:
        state.where[:] = [AnyOf(any_of=tuple(enough)), *(c for c in state.where if c not in enough)]


def _denied(condition: FieldCondition | SegmentCondition) -> bool:
    """Excluding fuel or meat: neither of them."""
    return condition.negated or (isinstance(condition, FieldCondition) and condition.op in ("!=", "not_in"))


def _kept_as(mark: Mark) -> str:
    """The field or the segment that a mark became a condition of."""
    return mark.became.split(":")[1]
