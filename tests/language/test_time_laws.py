"""What holds for whole classes of time expressions, in both languages and for every calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from assistant.language import Clock, TimeSpan, find_times, normalise
from assistant.language.holidays import holidays

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HAN = "一二三四五六日"
NTH = ("first", "second", "third", "fourth")
UNITS = {"week": "周", "month": "个月", "quarter": "个季度"}
STEP = {"week": relativedelta(weeks=1), "month": relativedelta(months=1), "quarter": relativedelta(months=3)}

# the morning of a Wednesday, with a year of data until the evening before
MORNING = Clock(dt.date(2017, 11, 22), data_start=dt.date(2017, 1, 1), data_end=dt.date(2017, 11, 21))

days = st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 31))
week_starts = st.sampled_from((1, 6, 7))
clocks = st.builds(lambda today, start: Clock(today, week_start=start), days, week_starts)


def only(question: str, clock: Clock) -> TimeSpan:
    """The one time expression of a question."""
    (span,) = find_times(normalise(question).text, clock)
    return span


def range_of(question: str, clock: Clock) -> tuple[dt.date | None, dt.date | None]:
    """The days of the one range of a question."""
    span = only(question, clock)
    assert span.kind == "range", (question, span)
    return span.first, span.last


def first_of_week(day: dt.date, clock: Clock) -> dt.date:
    return next(d for d in (day - dt.timedelta(n) for n in range(7)) if d.isoweekday() == clock.week_start)


@given(clocks, st.integers(1, 400))
def test_the_last_days_end_yesterday(clock: Clock, count: int) -> None:
    expected = (clock.today - dt.timedelta(count), clock.today)
    for question in (f"近{count}天", f"过去{count}天", f"last {count} days" if count > 1 else "last 1 day", f"past {count} days"):
        assert range_of(question, clock) == expected


@given(clocks, st.integers(1, 20), st.sampled_from(sorted(UNITS)))
def test_the_last_units_are_whole_and_adjoin_the_current_one(clock: Clock, count: int, unit: str) -> None:
    first, last = range_of(f"last {count} {unit}s", clock)
    assert range_of(f"最近{count}{UNITS[unit]}", clock) == (first, last)
    assert first and last and last <= clock.today < last + STEP[unit] and first + count * STEP[unit] == last
    assert last.isoweekday() == clock.week_start if unit == "week" else last.day == 1


@given(clocks, st.integers(1, 12), st.sampled_from(sorted(UNITS)))
def test_units_ago_are_whole_ones(clock: Clock, count: int, unit: str) -> None:
    ago = range_of(f"{count} {unit}{'s' if count > 1 else ''} ago", clock)
    assert range_of(f"{count}{UNITS[unit]}前", clock) == ago
    current, _ = range_of(f"this {unit}", clock)
    assert current and ago == (current - count * STEP[unit], current - (count - 1) * STEP[unit])


@given(clocks, st.integers(1, 4))
def test_weeks_follow_one_another_backwards(clock: Clock, back: int) -> None:
    first = first_of_week(clock.today, clock) - dt.timedelta(weeks=back)
    assert range_of("上" * back + "周", clock) == (first, first + dt.timedelta(7))
    for number in range(1, 8):
        day = next(d for d in (first + dt.timedelta(n) for n in range(7)) if d.isoweekday() == number)
        for week in ("周", "星期", "礼拜"):
            assert range_of("上" * back + week + HAN[number - 1], clock) == (day, day + dt.timedelta(1))
        if back < 3:
            name = ("last week", "the week before last")[back - 1]
            assert range_of(f"{WEEKDAYS[number - 1]} of {name}", clock) == (day, day + dt.timedelta(1))
            assert range_of(f"{'上' * back}周的周{HAN[number - 1]}", clock) == (day, day + dt.timedelta(1))


@given(clocks)
def test_a_weekend_is_a_saturday_and_the_day_after(clock: Clock) -> None:
    for question in ("last weekend", "上周末", "上上周末", "the weekend before last", "this weekend"):
        first, last = range_of(question, clock)
        assert first and last and first.isoweekday() == 6 and (last - first).days == 2
    assert range_of("last weekend", clock) == range_of("上周末", clock)


@given(clocks, st.integers(1, 7))
def test_the_latest_weekday_is_within_the_last_seven_days(clock: Clock, number: int) -> None:
    name = WEEKDAYS[number - 1]
    first, last = range_of(f"sales on {name}", clock)
    assert first and first.isoweekday() == number and 1 <= (clock.today - first).days <= 7
    assert range_of(f"last {name}", clock) == (first, last)
    assert range_of(f"{name} before last", clock)[0] == first - dt.timedelta(7)
    assert range_of(f"since {name}", clock)[0] == first


@pytest.mark.parametrize("month", range(1, 13))
def test_thirds_and_halves_of_a_month_make_the_whole(month: int) -> None:
    clock = replace(MORNING, today=dt.date(2018, 1, 1), data_end=dt.date(2017, 12, 31))
    name, whole = MONTHS[month - 1], range_of(f"{month}月", clock)
    thirds = [range_of(q, clock) for q in (f"early {name}", f"mid-{name}", f"late {name}")]
    assert thirds == [range_of(f"{month}月{part}旬", clock) for part in "上中下"]
    assert thirds[0] == range_of(f"{month}月初", clock) == range_of(f"the beginning of {name}", clock)
    assert thirds[2] == range_of(f"{month}月底", clock) == range_of(f"the end of {name}", clock)
    assert (thirds[0][0], thirds[2][1]) == whole and thirds[0][1] == thirds[1][0] and thirds[1][1] == thirds[2][0]
    halves = [range_of(f"the {half} half of {name}", clock) for half in ("first", "second")]
    assert halves == [range_of(f"{month}月{half}半月", clock) for half in "上下"]
    assert (halves[0][0], halves[1][1]) == whole and halves[0][1] == halves[1][0]


@given(st.integers(1, 11), st.integers(1, 4), st.integers(1, 7))
def test_the_nth_weekday_of_a_month(month: int, nth: int, number: int) -> None:
    clock = replace(MORNING, data_end=dt.date(2017, 12, 31), today=dt.date(2018, 1, 1))
    found = [d for d in (dt.date(2017, month, 1) + dt.timedelta(n) for n in range(28)) if d.isoweekday() == number][nth - 1]
    name = MONTHS[month - 1]
    for question in (f"{month}月第{nth}个周{HAN[number - 1]}", f"the {NTH[nth - 1]} {WEEKDAYS[number - 1]} of {name}"):
        assert range_of(question, clock) == (found, found + dt.timedelta(1))
    last, _ = range_of(f"the last {WEEKDAYS[number - 1]} in {name}", clock)
    assert last and last.isoweekday() == number and last.month == month and (last + dt.timedelta(7)).month != month
    assert range_of(f"{month}月最后一个周{HAN[number - 1]}", clock)[0] == last


@given(st.integers(1, 52))
def test_numbered_weeks_are_those_of_iso(number: int) -> None:
    first = dt.date.fromisocalendar(2017, number, 1)
    for question in (f"2017年第{number}周", f"week {number} of 2017", f"2017-W{number:02}"):
        assert range_of(question, MORNING) == (first, first + dt.timedelta(7))
    assert only(f"week {number} of 2017", replace(MORNING, week_start=7)).kind == "unsupported"


@given(clocks, st.sampled_from((None, -1, 0)))
def test_to_date_ends_with_the_data(clock: Clock, behind: int | None) -> None:
    end = None if behind is None else clock.today + dt.timedelta(behind)
    clock = replace(clock, data_start=dt.date(2014, 1, 1), data_end=end)
    for zh, en in (("年初至今", "YTD"), ("本月至今", "month to date"), ("本季至今", "QTD"), ("本周至今", "WTD")):
        first, last = range_of(en, clock)
        assert range_of(zh, clock) == (first, last)
        assert first and first <= clock.today and last in (clock.today, clock.today + dt.timedelta(1))
        assert (last == clock.today) == (behind == -1 and first < clock.today)


@given(clocks, st.integers(1, 12))
def test_a_fiscal_year_holds_today(clock: Clock, start: int) -> None:
    clock = replace(clock, fiscal_year_start=start)
    first, last = range_of("this fiscal year", clock)
    assert range_of("本财年", clock) == (first, last)
    assert first and last and first <= clock.today < last and (first.month, first.day) == (start, 1)
    assert range_of("last fiscal year", clock)[1] == first


@pytest.mark.parametrize(
    "question",
    [
        "6月31日", "2月29日", "13月", "第五季度", "第54周", "11月31号", "2017-02-30", "June 31", "February 29", "May 32nd", "Q5", "week 54",
        "2/30/2017", "20170230", "Monday August 15", "8月15日周一", "the fifth week of February",
    ],
)  # fmt: skip
def test_days_that_are_not_in_the_calendar(question: str) -> None:
    span = only(question, MORNING)
    assert (span.kind, span.note) == ("unsupported", "no such days in the calendar")


@pytest.mark.parametrize(
    "question",
    [
        "最近", "近期", "前段时间", "前阵子", "前几天", "近三五天", "两三天前", "过去几周", "当时", "那个月", "年初", "年中", "季末", "旺季", "夏天", "今天上午",
        "国庆前后", "5月左右", "25号", "月底", "周一", "前两周", "过去24小时",
        "recently", "lately", "the other day", "a while ago", "a few weeks ago", "that week", "back then", "early 2017", "mid-2017", "late Q3",
        "earlier this month", "last summer", "yesterday morning", "around Easter", "on the 25th", "Monday sales", "over the weekend", "03/04",
        "on 03/04", "05/06/2017", "last 24 hours", "every other week", "in recent weeks",
    ],
)  # fmt: skip
def test_what_fixes_no_days_is_asked_back(question: str) -> None:
    clock = replace(MORNING, events=holidays(("US", "CN"), (2016, 2017, 2018)))
    spans = find_times(normalise(question).text, clock)
    assert question == "03/04" or any(span.kind == "unsupported" and span.note for span in spans)
    assert not any(span.kind == "range" for span in spans)


@pytest.mark.parametrize("question", ["明天", "大后天", "下周", "下下周", "下周五", "下个月", "未来7天", "三天后", "明年", "tomorrow", "next week", "next Friday", "in the next 7 days", "two weeks from now", "next quarter"])
def test_the_future_is_a_range_after_today(question: str) -> None:
    first, _ = range_of(question, MORNING)
    assert first and first > MORNING.today


def test_parts_named_after_a_whole_are_of_it() -> None:
    spans = find_times("8月上旬和下旬", MORNING)
    assert [(s.first, s.last) for s in spans] == [
        (dt.date(2017, 8, 1), dt.date(2017, 8, 11)),
        (dt.date(2017, 8, 21), dt.date(2017, 9, 1)),
    ]
    spans = find_times("8月第一周和第二周", MORNING)
    assert [s.first for s in spans] == [dt.date(2017, 8, 1), dt.date(2017, 8, 8)]


def test_of_two_slashed_dates_one_tells_the_order() -> None:
    assert range_of("8/3 to 8/19", MORNING) == (dt.date(2017, 8, 3), dt.date(2017, 8, 20))
    assert range_of("3/8 to 19/8", MORNING) == (dt.date(2017, 8, 3), dt.date(2017, 8, 20))
    assert range_of("8/3到8/9", MORNING) == (dt.date(2017, 8, 3), dt.date(2017, 8, 10))
