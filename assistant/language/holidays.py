"""Holidays and shopping days of a country, as named events: fixed, counted, moved by Easter or by the Chinese calendar.

Easter is dateutil's; the Chinese calendar and the days off that China's State Council announced are lunar_python's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from dateutil.easter import easter

from semantic_layer.packaged import read_yaml

from .calendar import NamedEvent

_DAY = dt.timedelta(days=1)
_Dates = tuple[tuple[dt.date, dt.date], ...]


@lru_cache(maxsize=16)
def holidays(countries: tuple[str, ...], years: tuple[int, ...]) -> tuple[NamedEvent, ...]:
    """The named days of these countries (US, CN) in these years; those with no date in a year are left out there."""
    entries = [entry for entry in _entries() if set(entry["in"]) & set(countries)]
    # Year by year: lunar_python keeps the astronomy of one year only.
    days = {(at, year): _day(entry, year) for year in years for at, entry in enumerate(entries)}
    return tuple(event for at, entry in enumerate(entries) for event in _events(entry, [days[at, year] for year in years]))


@lru_cache(maxsize=1)
def _entries() -> list[dict[str, Any]]:
    text = resources.files("assistant.language").joinpath("holidays.yaml").read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = read_yaml(text)
    return entries


def _events(entry: dict[str, Any], days: Iterable[dt.date]) -> Iterator[NamedEvent]:
    names = (*entry["zh"], *entry["en"])
    dates = tuple(_dates(entry, days))
    yield NamedEvent(names[0], names, dates, loose=entry.get("loose", False))
    if off := entry.get("days_off"):
        names = (*off.get("zh", ()), *off.get("en", ()))
        yield NamedEvent(names[0], names, tuple(filter(None, (_days_off(first) for first, _ in dates))))


def _dates(entry: dict[str, Any], days: Iterable[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    for day in days:
        first = day + _DAY * entry.get("plus", 0)
        yield first, first + _DAY * entry.get("days", 1)


def _day(entry: dict[str, Any], year: int) -> dt.date:
    if "day" in entry:
        return dt.date.fromisoformat(f"{year}-{entry['day']}")
    if "nth" in entry:
        return _nth(year, *entry["nth"])
    if "easter" in entry:
        return easter(year) + _DAY * int(entry["easter"])
    from lunar_python import Lunar

    if "term" in entry:
        solar = Lunar.fromYmd(year, 3, 1).getJieQiTable()[entry["term"]]
    else:
        month, day = entry["lunar"]
        solar = Lunar.fromYmd(year - (month == 12), month, day).getSolar()
    return dt.date(solar.getYear(), solar.getMonth(), solar.getDay())


def _nth(year: int, month: int, weekday: int, which: int) -> dt.date:
    if which > 0:
        first = dt.date(year, month, 1)
        return first + _DAY * ((weekday - first.isoweekday()) % 7 + 7 * (which - 1))
    last = dt.date(year + month // 12, month % 12 + 1, 1) - _DAY
    return last - _DAY * ((last.isoweekday() - weekday) % 7)


def _days_off(holiday: dt.date) -> tuple[dt.date, dt.date] | None:
    """The announced days off around a holiday; None for years not announced."""
    from lunar_python.util import HolidayUtil

    days = [
        dt.date.fromisoformat(each.getDay())
        for each in HolidayUtil.getHolidaysByTarget(holiday.isoformat())
        if not each.isWork()
    ]
    return (min(days), max(days) + _DAY) if days else None
