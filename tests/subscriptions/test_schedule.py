"""When things are due, by the shop's clock, across changes of the clock, and out of quiet hours."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.subscriptions.schedule import Schedule, ShopClock, schedule_of
from semantic_layer.errors import UsageError

SHANGHAI, BERLIN = ShopClock.of("Asia/Shanghai", ""), ShopClock.of("Europe/Berlin", "")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("schedule", "clock", "after", "due"),
    [
        (Schedule(at="09:00"), SHANGHAI, "2024-06-18 00:59", "2024-06-18 01:00"),
        (Schedule(at="09:00"), SHANGHAI, "2024-06-18 01:00", "2024-06-19 01:00"),
        (Schedule(at="00:30"), SHANGHAI, "2024-06-18 16:00", "2024-06-18 16:30"),  # tomorrow there already
        (Schedule(every="week", at="09:00", on=1), SHANGHAI, "2024-06-18 03:00", "2024-06-24 01:00"),
        (Schedule(every="week", at="09:00", on=2), SHANGHAI, "2024-06-18 03:00", "2024-06-25 01:00"),
        (Schedule(every="week", at="23:00", on=2), SHANGHAI, "2024-06-18 03:00", "2024-06-18 15:00"),
        (Schedule(every="hour"), SHANGHAI, "2024-06-18 03:20", "2024-06-18 04:00"),
        (Schedule(at="09:00"), BERLIN, "2024-03-30 09:00", "2024-03-31 07:00"),  # the clock was put forward
        (Schedule(at="02:30"), BERLIN, "2024-03-30 09:00", "2024-03-31 01:30"),  # a time that does not exist that day
        (Schedule(at="09:00"), BERLIN, "2024-10-26 09:00", "2024-10-27 08:00"),
        (Schedule(at="09:00"), SHANGHAI, "2024-06-01 01:00", "2024-06-02 01:00"),
    ],
)
def test_the_next_time(schedule: Schedule, clock: ShopClock, after: str, due: str) -> None:
    assert schedule.next(utc(after), clock) == utc(due)


def test_however_long_nobody_worked_the_next_time_is_one() -> None:
    assert Schedule(at="09:00").next(utc("2024-09-18 05:00"), SHANGHAI) == utc("2024-09-19 01:00")


def test_quiet_hours_across_midnight() -> None:
    clock = ShopClock.of("Asia/Shanghai", "22:00-08:00")
    assert clock.quiet_until(utc("2024-06-18 13:59")) is None  # 21:59 there
    assert clock.quiet_until(utc("2024-06-18 14:00")) == utc("2024-06-19 00:00")
    assert clock.quiet_until(utc("2024-06-18 23:59")) == utc("2024-06-19 00:00")
    assert clock.quiet_until(utc("2024-06-19 00:00")) is None
    assert Schedule(every="hour").next(utc("2024-06-18 13:30"), clock) == utc("2024-06-19 00:00")
    noon = ShopClock.of("Asia/Shanghai", "12:00-14:00")
    assert noon.quiet_until(utc("2024-06-18 05:00")) == utc("2024-06-18 06:00")
    assert noon.quiet_until(utc("2024-06-18 15:00")) is None


@pytest.mark.parametrize("on", ["monday", "Mon", "周一", "1"])
def test_days_of_the_week_in_both_languages(on: str) -> None:
    assert schedule_of("week", "9:05", on, "en", SHANGHAI) == Schedule(every="week", at="09:05", on=1)


@pytest.mark.parametrize(("every", "at", "on"), [("year", "09:00", "1"), ("day", "25:00", "1"), ("day", "9", "1"), ("week", "09:00", "someday"), ("week", "09:00", "8")])
def test_what_is_no_schedule_is_refused(every: str, at: str, on: str) -> None:
    with pytest.raises(UsageError, match="no schedule"):
        schedule_of(every, at, on, "en", SHANGHAI)


def test_a_time_in_quiet_hours_is_refused() -> None:
    with pytest.raises(UsageError, match="22:00-08:00"):
        schedule_of("day", "07:30", "1", "en", ShopClock.of("Asia/Shanghai", "22:00-08:00"))
