"""The promises of find_times beside its meanings: spans, settings of the clock, speed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

from assistant.language import find_times

from . import test_time_en, test_time_zh
from .clocks import OPEN, SHOP, meanings, said

QUESTIONS = [*test_time_zh.FROM_THE_SHOP, *test_time_en.FROM_THE_SHOP]


def test_spans_are_sorted_and_never_overlap() -> None:
    for question in (" ".join(QUESTIONS[at : at + 3]) for at in range(len(QUESTIONS) - 3)):
        spans = find_times(question.lower(), SHOP)
        assert all(one.end <= other.start for one, other in pairwise(spans))


def test_ranges_are_half_open_and_never_empty() -> None:
    for question in QUESTIONS:
        for span in find_times(question.lower(), OPEN):
            assert span.first is None or span.last is None or span.first < span.last


def test_unsupported_spans_say_why() -> None:
    spans = [span for question in QUESTIONS for span in find_times(question.lower(), SHOP)]
    assert all(span.note for span in spans if span.kind == "unsupported")


def test_a_week_begins_where_the_calendar_says() -> None:
    sundays = replace(OPEN, week_start=7)
    assert meanings("上周", sundays) == ["2026-11-08..2026-11-15 week"]
    assert meanings("week of Nov 11", sundays) == ["2026-11-08..2026-11-15 week"]
    assert meanings("last Friday", sundays) == ["2026-11-13..2026-11-14 day"]
    assert meanings("上周五", sundays) == ["2026-11-13..2026-11-14 day"]


def test_a_fiscal_year_may_begin_in_april() -> None:
    april = replace(OPEN, fiscal_year_start=4)
    assert meanings("last fiscal year", april) == ["2025-04-01..2026-04-01 year"]
    assert meanings("本财年", april) == ["2026-04-01..2027-04-01 year"]
    assert meanings("fiscal Q2", april) == ["2026-07-01..2026-10-01 quarter"]
    assert meanings("this fiscal quarter", april) == ["2026-10-01..2027-01-01 quarter"]
    assert meanings("FY2026", april) == ["?"]
    assert meanings("Q2", april) == ["2026-04-01..2026-07-01 quarter"]


def test_the_year_is_one_with_data() -> None:
    ended = replace(OPEN, data_start=dt.date(2024, 3, 1), data_end=dt.date(2025, 6, 15))
    assert meanings("5月", ended) == ["2025-05-01..2025-06-01 month"]
    assert meanings("6月", ended) == ["2024-06-01..2024-07-01 month"]
    assert meanings("2月", ended) == ["2025-02-01..2025-03-01 month"]
    assert meanings("11月到1月", ended) == ["2024-11-01..2025-02-01 month"]


def test_an_unknown_occasion_is_not_guessed() -> None:
    bare = replace(SHOP, events=())
    assert meanings("双11销售额", bare) == ["?"]
    assert meanings("618大促", bare) == ["?"]
    assert said("618", bare) == []
