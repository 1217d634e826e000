"""The two clocks of the time tests, and a short way to write down what a question says about time."""

from __future__ import annotations

import datetime as dt

from assistant.language import Clock, NamedEvent, TimeSpan, find_times, normalise


def _days(*days: str, length: int = 1) -> tuple[tuple[dt.date, dt.date], ...]:
    firsts = [dt.date.fromisoformat(day) for day in days]
    return tuple((first, first + dt.timedelta(days=length)) for first in firsts)


EVENTS = (
    NamedEvent("618", ("618大促", "六一八"), _days("2017-06-18", "2025-06-18", "2026-06-18")),
    NamedEvent("双11", ("双十一", "Singles' Day"), _days("2016-11-11", "2017-11-11", "2025-11-11", "2026-11-11")),
    NamedEvent("Black Friday", ("黑五", "黑色星期五"), _days("2017-11-24", "2025-11-28", "2026-11-27")),
    NamedEvent("国庆", ("国庆节", "National Day"), _days("2017-10-01", "2025-10-01", "2026-10-01", length=7)),
)

# a year of data seen from the Monday after it
SHOP = Clock(
    today=dt.date(2018, 1, 1), data_start=dt.date(2017, 1, 1), data_end=dt.date(2018, 1, 1), events=EVENTS
)  # fmt: skip
# a Wednesday, nothing known of the data
OPEN = Clock(today=dt.date(2026, 11, 18), events=EVENTS)


def said(question: str, clock: Clock) -> list[str]:
    """Each time expression of the question as `words = meaning`."""
    text = normalise(question).text
    return [f"{text[span.start : span.end]} = {_meaning(span)}" for span in find_times(text, clock)]


def meanings(question: str, clock: Clock) -> list[str]:
    """Each time expression of the question, without its words."""
    return [_meaning(span) for span in find_times(normalise(question).text, clock)]


def _meaning(span: TimeSpan) -> str:
    if span.kind == "range":
        ends = f"{span.first or ''}..{span.last or ''}"
        return " ".join(filter(None, (ends, span.grain, "to date" if span.to_date else "")))
    if span.kind == "weekday":
        return "on " + ",".join(map(str, span.weekdays))
    if span.kind == "compare":
        return " ".join(filter(None, ("vs", span.compare, span.grain)))
    if span.kind == "unsupported":
        return "?"
    note = span.note if span.note in ("average", "which", "per") else ""
    return " ".join(filter(None, (span.kind, span.grain, note)))
