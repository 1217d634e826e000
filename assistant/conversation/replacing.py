"""What stands behind "instead of" was there and goes: it has to be something of the last query."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.dimensions import named, of_condition
from assistant.conversation.removing import takes_out
from assistant.language.operators import FILLER
from assistant.reading.marks import Mark
from semantic_layer.query import MetricRef

_NEUTRAL = ("by", "total", "which", "share")


def _instead_of(at: Context, cue: Cue) -> str:
    rest = [m for m in at.marks if m.start >= cue.end and not any(c in at.text[cue.end : m.start] for c in ",;:?!。")]
    telling = [m for m in rest if not m.filler]
    if not telling:
        return ""
    for mark in telling:
        if not (_is_measured(at, mark) or takes_out(at, mark, cue) or _is_there(at, mark) or mark.has(*_NEUTRAL)):
            said = mark.text
            raise ask(f"上一问里没有“{said}”，要换掉什么？", f'There is no "{said}" in the last question. What is to be replaced?', said)
    at.out.instead = True
    at.out.unper = any(m.time and m.time.grain in {x.per for x in at.base.metrics if x.per} for m in telling)
    at.claim(telling[0].start, rest[-1].end, "instead of")
    return "instead of"


def _is_measured(at: Context, mark: Mark) -> bool:
    """Whether it names a metric of the last query, or is a word of its name: the rate, per basket."""
    return any(m.metric in mark.metrics for m in at.base.metrics) or any(is_word_of(at, mark.text, m) for m in at.base.metrics)


def is_word_of(at: Context, word: str, metric: MetricRef) -> bool:
    """Whether a word is one of those that a metric is called by."""
    if metric.metric is None:
        return False
    names = [n.lower() for n in at.catalog.metric(metric.metric).names()]
    if word.isascii():
        return any(word.removesuffix("s") in (w.removesuffix("s") for w in n.split()) for n in names)
    return any(word in n for n in names)


def _is_there(at: Context, mark: Mark) -> bool:
    """A period, a grain or a thing of the last query."""
    time = mark.time
    if time and time.kind == "range":
        return at.base.time is not None and (time.first, time.last) == (at.base.time.start, at.base.time.end)
    if time and time.grain:
        return time.grain in {g.grain for g in at.base.group_by} | {m.per for m in at.base.metrics}
    about = named(at.catalog, mark.fields, mark.entities)
    return any(of_condition(at.catalog, c) & about for c in at.base.where)


def measure_replaced(at: Context, target: Mark) -> bool:
    """Not the rate, the redemptions: the only measure goes where another one is named."""
    if len(at.base.metrics) != 1 or not _is_measured(at, target):
        return False
    others = [m for m in at.marks if m.metrics and m is not target and at.base.metrics[0].metric not in m.metrics and FILLER not in m.ops]
    return bool(others)


HANDLERS: dict[str, Handler] = {"instead_of": _instead_of}
