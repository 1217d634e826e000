"""Periods that a follow-up counts from that of the last query, or from a row of its answer."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.pointing import point
from semantic_layer.compiler.time import floor, shift
from semantic_layer.query import TIME, TimeRange


def _shift(at: Context, cue: Cue) -> str:
    moved = _moved(at, cue.grain, cue.number, cue.back)
    if moved is None:
        return ""
    at.out.period = moved
    return "period"


def _moved(at: Context, grain: str | None, number: int, back: bool) -> TimeRange | None:
    """The period of the last query, so many units earlier or later."""
    time = at.base.time
    if time is None or time.start is None or time.end is None:
        return None
    return moved(time, grain, -number if back else number)


def _that_time(at: Context, cue: Cue) -> str:
    group = next((g for g in at.base.group_by if g.field == TIME and g.grain == cue.grain), None)
    if at.out.period is not None:
        return "period"
    if cue.text.startswith("同") and any(m.has("versus") for m in at.marks):
        return ""  # the same day of another week
    if group is None:
        return "period" if _is_one(at, cue.grain) else _unclear(at, cue)
    rows = [r for r in at.last.rows if r.get(group.name) is not None]
    if not rows or (len(rows) != 1 and not (at.base.order_by and at.base.limit == 1)):
        _unclear(at, cue)
    point(at, rows[0], [group])
    return "period"


def _same_time(at: Context, cue: Cue) -> str:
    time = at.base.time
    if cue.grain and (time is None or time.start is None or time.end is None or shift(time.start, cue.number, cue.grain) != time.end):
        return ""  # of another length
    return "period" if time else ""


def _is_one(at: Context, grain: str | None) -> bool:
    """Whether the last period is one day, week, month, ..."""
    time = at.base.time
    if time is None or time.start is None or time.end is None or grain is None:
        return False
    return shift(time.start, 1, grain) >= time.end


def _unclear(at: Context, cue: Cue) -> str:
    said = cue.text.strip()
    raise ask(f"“{said}”指哪一段？请写明时间。", f'Which one is "{said}"? Please name the period.', said)


def _whole(at: Context, cue: Cue) -> str:
    """The whole year: of the last period, where it lies inside one."""
    time = at.base.time
    if time is None or time.start is None or time.end is None or cue.grain is None:
        return ""
    start = floor(time.start, cue.grain)
    end = shift(start, 1, cue.grain)
    if end < time.end:
        return ""
    at.out.period = TimeRange(start=start, end=end, field=time.field, words=cue.text.strip())
    return "period"


def moved(time: TimeRange, grain: str | None, count: int) -> TimeRange | None:
    """A period so many units later (earlier: below 0); without a unit, so many times its own length."""
    assert time.start and time.end
    if grain is None or grain == "":
        months = (time.end.year - time.start.year) * 12 + time.end.month - time.start.month
        if time.start.day == time.end.day == 1:
            start, end = shift(time.start, count * months, "month"), shift(time.end, count * months, "month")
        else:
            start, end = time.start + count * (time.end - time.start), time.end + count * (time.end - time.start)
    elif shift(time.start, 1, grain) < time.end and count < 0:
        # The month before a whole quarter is one month.
        start, end = shift(time.start, count, grain), time.start
    elif shift(time.start, 1, grain) < time.end:
        start, end = time.end, shift(time.end, count, grain)
    else:
        start = shift(time.start, count, grain)
        end = shift(start, 1, grain) if shift(time.start, 1, grain) == time.end else start + (time.end - time.start)
    return TimeRange(start=start, end=end, field=time.field)


HANDLERS: dict[str, Handler] = {
    "shift": _shift,
    "that_time": _that_time,
    "same_time": _same_time,
    "whole": _whole,
}
