"""Days that stand out and level shifts, told apart and with their names."""

from __future__ import annotations

import datetime as dt

from assistant.answer.model import Answer, Finding
from semantic_layer.query import SemanticQuery
from tests.analyses.conftest import FIRST, WEEKDAY, Opened

_DAY = dt.timedelta(days=1)
_AUTUMN = {"start": "2025-09-01", "end": "2025-11-01"}


def _asked(opened: Opened, planted: dict[dt.date, float], lang: str = "en", metric: str = "takings", **events: object) -> Answer:
    query = SemanticQuery.model_validate({"metrics": [metric], "time": _AUTUMN})
    return opened(planted, **events).answer(query, lang, analysis="anomaly")


def _of(answer: Answer, kind: str) -> list[Finding]:
    return [f for f in answer.findings if f.kind == kind]


def _day(finding: Finding) -> str:
    assert finding.query
    return str(finding.query["time"]["start"])


def test_a_planted_day_is_found_with_the_range_it_leaves(opened: Opened) -> None:
    answer = _asked(opened, {dt.date(2025, 9, 17): 1600.0, dt.date(2025, 10, 4): 500.0})
    high, low = sorted(_of(answer, "unusual_day"), key=_day)
    assert (_day(high), _day(low)) == ("2025-09-17", "2025-10-04")
    assert high.numbers["value"] > high.numbers["high"] > high.numbers["expected"] > high.numbers["low"]
    assert low.numbers["value"] < low.numbers["low"]
    assert abs(high.numbers["expected"] - 10 * WEEKDAY[2]) < 40  # a Wednesday
    assert "above" in high.text and "below" in low.text and "2025-09-17 (Wed)" in high.text


def test_a_saturday_is_no_unusual_day_where_every_saturday_is_busy(opened: Opened) -> None:
    answer = _asked(opened, {})
    assert answer.status == "answered" and not answer.findings
    assert "No unusual day" in answer.text


def test_rows_state_what_is_expected_of_each_day(opened: Opened) -> None:
    answer = _asked(opened, {dt.date(2025, 9, 17): 1600.0})
    assert [c.name for c in answer.columns] == ["day", "takings", "expected", "low", "high"]
    assert len(answer.rows) == 61
    outside = [str(day) for day, value, _, low, high in answer.rows if not low <= value <= high]
    assert outside == ["2025-09-17"]
    assert answer.chart and len(answer.chart["data"]["values"]) == 61


def test_a_day_on_an_event_is_said_with_its_name(opened: Opened) -> None:
    sale = {"label": {"zh": "秋季大促", "en": "autumn sale"}, "dates": [{"start": "2025-09-17", "end": "2025-09-18"}]}
    planted = {dt.date(2025, 9, 17): 1600.0, dt.date(2025, 9, 18): 1700.0}
    answer = _asked(opened, planted, autumn_sale=sale)
    assert not _of(answer, "unusual_day")
    (event,) = _of(answer, "event_day")
    assert event.text.startswith("autumn sale:") and "2 days" in event.text


def test_a_level_shift_is_one_finding_and_not_many_days(opened: Opened) -> None:
    planted = {FIRST + n * _DAY: 8.0 * WEEKDAY[(FIRST + n * _DAY).weekday()] * (1 + 0.02 * ((n * 7) % 5 - 2)) for n in range(640, 730)}
    start = FIRST + 640 * _DAY  # 2025-10-02
    answer = _asked(opened, planted)
    (shift,) = _of(answer, "level_shift")
    assert abs((dt.date.fromisoformat(_day(shift)) - start).days) <= 1
    assert -0.25 < shift.numbers["change"] < -0.15
    assert not _of(answer, "unusual_day")
    assert "The level shifted once" in answer.text


def test_chinese_says_the_same(opened: Opened) -> None:
    answer = _asked(opened, {dt.date(2025, 9, 17): 1600.0}, "zh")
    (day,) = _of(answer, "unusual_day")
    assert "2025-09-17（周三）" in day.text and "高于预期范围" in day.text
    assert "有 1 天异常" in answer.text


def test_too_short_a_history_says_so(opened: Opened) -> None:
    query = SemanticQuery.model_validate({"metrics": ["takings"], "time": {"start": "2025-12-01", "end": "2025-12-31"}})
    answer = opened(since=dt.date(2025, 12, 1)).answer(query, "en", analysis="anomaly")
    assert not answer.findings and "takes at least 42" in answer.text


def test_groups_and_several_numbers_are_refused(opened: Opened) -> None:
    assistant = opened()
    for asked in ({"metrics": ["takings"], "group_by": ["orders.city"]}, {"metrics": ["takings", "buyers"]}):
        assert assistant.answer(SemanticQuery.model_validate(asked), "en", analysis="anomaly").status == "refused"


def test_an_ordinary_trend_by_day_notes_at_most_two_things(opened: Opened) -> None:
    planted = {dt.date(2025, 9, 17): 1600.0, dt.date(2025, 9, 29): 1500.0, dt.date(2025, 10, 11): 400.0}
    by_day = {"metrics": ["takings"], "time": _AUTUMN, "group_by": [{"field": "time", "grain": "day"}]}
    answer = opened(planted).answer(SemanticQuery.model_validate(by_day), "en")
    assert not answer.analysis and len(answer.findings) == 2
    assert {_day(f) for f in answer.findings} <= {"2025-09-17", "2025-09-29", "2025-10-11"}


def test_an_ordinary_trend_by_week_notes_its_odd_week(opened: Opened) -> None:
    week = [dt.date(2025, 9, 15) + n * _DAY for n in range(7)]
    planted = {day: 20.0 * WEEKDAY[day.weekday()] for day in week}
    by_week = {"metrics": ["takings"], "time": {"start": "2025-01-01", "end": "2025-12-30"}, "group_by": [{"field": "time", "grain": "week"}]}
    answer = opened(planted).answer(SemanticQuery.model_validate(by_week), "en")
    (finding,) = answer.findings
    assert finding.kind == "unusual_week" and finding.query and finding.query["time"] == {"start": "2025-09-15", "end": "2025-09-22"}
    assert "the week of 2025-09-15" in finding.text
