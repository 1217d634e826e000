"""What stands behind "instead of" was there and goes: it has to be something of the last query."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.dimensions import named, of_condition
from assistant.conversation.measured import is_measured
from assistant.conversation.removing import takes_out
from assistant.reading.mark import Mark

_NEUTRAL = ("by", "total", "which", "share")


def _instead_of(at: Context, cue: Cue) -> str:
    rest = [m for m in at.marks if m.start >= cue.end and not any(c in at.text[cue.end : m.start] for c in ",;:?!。")]
    telling = [m for m in rest if not m.filler]
    if not telling:
        return ""
    for mark in telling:
        if not (is_measured(at, mark) or takes_out(at, mark, cue) or _is_there(at, mark) or mark.has(*_NEUTRAL)):
            said = mark.text
            raise ask(f"上一问里没有“{said}”，要换掉什么？", f'There is no "{said}" in the last question. What is to be replaced?', said)
    at.out.instead = True
    at.out.unper = any(m.time and m.time.grain in {x.per for x in at.base.metrics if x.per} for m in telling)
    at.claim(telling[0].start, rest[-1].end, "instead of")
    return "instead of"


def _is_there(at: Context, mark: Mark) -> bool:
    """A period, a grain or a thing of the last query."""
    time = mark.time
    if time and time.kind == "range":
        return at.base.time is not None and (time.first, time.last) == (at.base.time.start, at.base.time.end)
    if time and time.grain:
        return time.grain in {g.grain for g in at.base.group_by} | {m.per for m in at.base.metrics}
    about = named(at.catalog, mark.fields, mark.entities)
    return any(of_condition(at.catalog, c) & about for c in at.base.where)


HANDLERS: dict[str, Handler] = {"instead_of": _instead_of}
