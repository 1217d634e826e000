"""How a value changed from an earlier one, in words, and what is said of a single figure beside the period before."""

from __future__ import annotations

import datetime as dt

from assistant.answer.model import Answer
from assistant.answer.numbers import shown
from assistant.answer.say import Speaker
from semantic_layer.query import SemanticQuery

_FEW = 30  # of things counted, below which a change may be chance
_HARDLY = 0.0005  # of what it was, or of one where it is a rate
_DAY = dt.timedelta(days=1)


def change(speaker: Speaker, was: float, now: float, rate: bool) -> str:
    """A growth in percent; of a rate the percentage points."""
    if now == was:
        return speaker.word("change_none")
    if abs(now - was) < (_HARDLY / 10 if rate else _HARDLY * was):
        return speaker.word("change_hardly")
    if rate:
        points = shown(abs(now - was) * 100, "number", "", speaker.lang)
        return speaker.word("change_points_up" if now > was else "change_points_down", points=points)
    if was <= 0:
        return speaker.word("change_unknown")
    return speaker.word("change_up" if now > was else "change_down", growth=shown(abs(now - was) / was, "percent", "", speaker.lang))


def since_before(speaker: Speaker, answer: Answer, metric: str) -> str:
    """A sentence on how a metric of a single figure stands to the comparable period before; "" where there is none."""
    if answer.change is None or answer.period is None:
        return ""
    sides = dict(zip((c.name for c in answer.change.columns), answer.change.rows[0], strict=True))
    column = next(c for c in answer.change.columns if c.name == metric)
    now, before, rate = sides[metric], sides[f"{metric}_previous"], column.format == "percent"
    if now is None or before is None or (before <= 0 and not rate):
        return ""
    query = SemanticQuery.model_validate(answer.change.query)
    assert query.compare and query.time and query.time.end
    whole = query.time.end == answer.period.end
    few = speaker.word("change_few") if column.format == "integer" and max(now, before) < _FEW else ""
    return speaker.word(
        "change_since" if whole else "change_since_partial",
        earlier=speaker.period(query.compare.range),
        previous=shown(before, column.format, column.unit, speaker.lang),
        value=shown(now, column.format, column.unit, speaker.lang),
        change=change(speaker, float(before), float(now), rate),
        day=query.time.end - _DAY,
        few=few,
    )
