"""Which measure, field and hours are meant: on a clinic's catalog, whose default metric is only one of several kinds of rows; and on two other shops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.language.hours import find_hours
from semantic_layer.shops import open_shop
from tests.conftest import write_shop


def key(entity: str) -> dict[str, Any]:
    return {"kind": "key", "type": "integer", "entity": entity}


def named(zh: str, en: str, **more: Any) -> dict[str, Any]:
    return {"label": {"zh": zh, "en": en}, **more}


def kept(field: str, value: object) -> list[dict[str, Any]]:
    return [{"field": field, "value": value}]


STEPS = {"booked": ("预约", "booked"), "arrived": ("到诊", "arrived"), "treated": ("治疗", "treated")}
CATALOG: dict[str, Any] = {
    "datasets": {
        "visits": named(
            "就诊记录", "visit records", primary_key=["visit_id"], time="seen_at", verbs={"zh": ["就诊"], "en": ["visited"]},
            fields={
                "visit_id": key("visit"),
                "patient_id": key("patient"),
                "doctor_id": key("doctor"),
                "seen_at": {"kind": "time", "type": "datetime", **named("就诊时间", "time of the visit")},
                "fee": {"kind": "measure", "type": "number", **named("每次诊费", "fee of each visit")},
                "channel": named("挂号渠道", "booking channel"),
                "on_schedule": named("是否准点", "on schedule or not", type="boolean"),
            },
        ),
        "doctors": named(
            "医生表", "list of doctors", primary_key=["doctor_id"],
            fields={
                "doctor_id": key("doctor"),
                "doctor_name": named("医生", "doctor"),
                "hired_on": {"kind": "time", "type": "date", **named("入职日期", "hiring date", synonyms={"en": ["date hired", "hire date"]})},
            },
        ),
        "ratings": named(
            "评分记录", "ratings", primary_key=["rating_id"], time="rated_at",
            fields={
                "rating_id": key("rating"),
                "patient_id": key("patient"),
                "rated_at": {"kind": "time", "type": "datetime", **named("打分时间", "time of the rating")},
                "grade": {"type": "integer", **named("星级", "stars", synonyms={"zh": ["星"], "en": ["star"]})},
                "reason": named("不满原因", "cause of complaint", values={"wait": named("等候太久", "long wait"), "cost": named("太贵", "too expensive")}),
                "channel": named("评价方式", "way of rating"),
            },
        ),
        "patients": {"primary_key": ["patient_id"], "fields": {"patient_id": key("patient"), "town": named("城镇", "town")}},
        "steps": named(
            "流程日志", "log of steps", primary_key=["step_id"], time="done_at",
            fields={
                "step_id": key("step"),
                "patient_id": key("patient"),
                "done_at": {"kind": "time", "type": "datetime", **named("步骤时间", "time of the step")},
                "kind": named("步骤", "kind of step"),
            },
        ),
    },
    "relationships": [
        {"from": "visits.doctor_id", "to": "doctors.doctor_id"},
        *({"from": f"{d}.patient_id", "to": "patients.patient_id"} for d in ("visits", "ratings", "steps")),
    ],
    "entities": {
        "visit": {"dataset": "visits", **named("就诊单", "visit")},
        "doctor": {"dataset": "doctors", "shown_by": "doctor_name", **named("医生编号", "doctor id")},
        "patient": {"dataset": "patients", "people": True, **named("患者", "patient")},
        "rating": {"dataset": "ratings", **named("评分", "rating")},
        "step": {"dataset": "steps", **named("步骤单", "step")},
    },
    "metrics": {
        "income": named("收入", "income", expression="SUM(visits.fee)", default=True, format="currency", unit="USD"),
        "mean_fee": named("平均诊费", "average fee", expression="AVG(visits.fee)"),
        "patients": named("患者数", "number of patients", expression="COUNT(patients.*)"),
        "ratings_given": named("评分数", "ratings given", expression="COUNT(ratings.*)"),
        **{
            f"{step}_patients": named(f"{zh}人数", f"patients who {en}", expression="COUNT(DISTINCT steps.patient_id)", filter=kept("steps.kind", step))
            for step, (zh, en) in STEPS.items()
        },
    },
    "segments": {
        step: named(f"{zh}的步骤", f"steps {en}", where=kept("steps.kind", step), verbs={"zh": [zh], "en": [en]}) for step, (zh, en) in STEPS.items()
    },
    "terms": {"channel": named("渠道", "channel", means=["visits.channel", "ratings.channel"])},
}  # fmt: skip

ROWS = (
    "CREATE TABLE patients AS FROM (VALUES (1, 'Ayr'), (2, 'Bury'), (3, 'Bury')) t(patient_id, town)",
    "CREATE TABLE doctors AS FROM (VALUES (1, 'Ann', DATE '2015-03-01'), (2, 'Bo', DATE '2017-02-01')) t(doctor_id, doctor_name, hired_on)",
    "CREATE TABLE visits AS FROM (VALUES (1, 1, 1, TIMESTAMP '2017-03-02 09:10:00', 100.0, 'phone', TRUE),"
    " (2, 2, 1, TIMESTAMP '2017-03-03 20:30:00', 40.0, 'app', FALSE), (3, 3, 2, TIMESTAMP '2017-11-04 21:00:00', 60.0, 'app', TRUE))"
    " t(visit_id, patient_id, doctor_id, seen_at, fee, channel, on_schedule)",
    "CREATE TABLE ratings AS FROM (VALUES (1, 1, TIMESTAMP '2017-03-04 08:00:00', 5, NULL, 'letter'),"
    " (2, 2, TIMESTAMP '2017-03-05 09:00:00', 1, 'wait', 'letter'), (3, 3, TIMESTAMP '2017-11-06 10:00:00', 2, 'cost', 'screen'),"
    " (4, 3, TIMESTAMP '2017-11-07 10:00:00', 1, 'wait', 'screen')) t(rating_id, patient_id, rated_at, grade, reason, channel)",
    "CREATE TABLE steps AS FROM (VALUES (1, 1, TIMESTAMP '2017-03-01 08:00:00', 'booked'), (2, 1, TIMESTAMP '2017-03-02 09:00:00', 'arrived'),"
    " (3, 2, TIMESTAMP '2017-03-02 08:00:00', 'booked'), (4, 2, TIMESTAMP '2017-03-03 20:00:00', 'arrived'),"
    " (5, 3, TIMESTAMP '2017-03-09 08:00:00', 'booked'), (6, 1, TIMESTAMP '2017-03-02 09:20:00', 'treated')) t(step_id, patient_id, done_at, kind)",
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    shop = open_shop(str(write_shop(tmp_path_factory.mktemp("clinic") / "shop", CATALOG, *ROWS)), dt.date(2018, 1, 1))
    yield Assistant(shop)
    shop.close()


@pytest.fixture(scope="module")
def grocery() -> Iterator[Assistant]:
    shop = open_shop("completejourney")
    yield Assistant(shop)
    shop.close()


ANSWERED: list[tuple[tuple[str, ...], list[list[object]]]] = [
    # what the default metric does not have is asked of the rows that have it
    (("what share was due to long wait", "等候太久占百分之几"), [[0.5]]),
    (("the most common cause of complaint in 2017",), [["wait", 2]]),
    # a grade is a value, one or a range of them
    (("how many 1-star ratings in 2017", "2017年一星评分有多少"), [[2]]),
    (("ratings given with 1 to 2 stars", "1到2星的评分数"), [[3]]),
    # hours of the day
    (("income between 8pm and midnight in 2017", "2017年晚上8点到12点的收入"), [[100.0]]),
    (("income before noon in 2017", "2017年早上8点到中午12点的收入"), [[100.0]]),
    # one word for fields of several kinds of rows: that of the rows measured
    (("income by channel", "各渠道收入"), [["app", 100.0], ["phone", 100.0]]),
    (("ratings given by channel", "各渠道评分数"), [["letter", 2], ["screen", 2]]),
    # a date that is not that of the rows measured
    (("income in 2017 of doctors hired in 2015", "2015年入职的医生2017年的收入"), [[140.0]]),
    # a part of a year in the whole of it
    (("what share of 2017 income fell in November", "2017年11月的收入占全年的比例"), [[0.3]]),
    # deeds in a list
    (("2017年3月预约、到诊、治疗的人数各是多少", "how many patients booked, arrived and treated in March 2017"), [[3, 2, 1]]),
    # a field that holds causes, the share of people, who did something to whom
    (("评分最多的2个不满原因",), [["cost", 1], ["wait", 2]]),
    (("share of Bury patients", "Bury患者占比"), [[2 / 3]]),
    # what a yes-or-no field says
    (("2017年准点的收入",), [[160.0]]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "rows"), [(q, rows) for questions, rows in ANSWERED for q in questions])
def test_what_is_meant_is_found(clinic: Assistant, question: str, rows: list[list[object]]) -> None:
    answer = clinic.ask(question)
    assert answer.status == "answered", answer.text
    assert sorted([*map(list, answer.rows)], key=str) == rows, answer.reading


@pytest.mark.parametrize("question", ["income by cause of complaint", "各不满原因的收入"])
def test_what_cannot_be_asked_of_a_measure_is_said_with_their_names(clinic: Assistant, question: str) -> None:
    answer = clinic.ask(question)
    assert answer.status == "refused"
    assert ("收入" in answer.text and "不满原因" in answer.text) or ("income" in answer.text and "cause of complaint" in answer.text)
    assert not {"ratings", "visits", "ratings.reason"} & set(answer.text.replace(".", " ").split())


def test_who_did_two_things_is_not_counted_twice(clinic: Assistant) -> None:
    answer = clinic.ask("how many patients booked and arrived in March 2017")
    assert answer.status != "answered" or answer.rows == [[2]]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("How many baskets before noon versus noon or later in 2017?", [[False, 121507], [True, 34255]]),
        ("2017年11月的销售额占全年的比例", None),
        ("what share of 2017 sales fell in November", None),
    ],
)
def test_hours_and_parts_of_a_year_on_another_shop(grocery: Assistant, question: str, rows: list[list[object]] | None) -> None:
    answer = grocery.ask(question)
    assert answer.status == "answered", answer.text
    month, year = (grocery.ask(q).rows[0][0] for q in ("sales in November 2017", "sales in 2017"))
    assert [list(r) for r in answer.rows] == (rows or [[pytest.approx(month / year)]])


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("晚上8点到10点", (20, 21)), ("晚上10点到凌晨2点", (0, 1, 22, 23)), ("上午九点到十一点", (9, 10)), ("20:00-22:00", (20, 21)),
        ("from 8 to 10pm", (20, 21)), ("between 9am and noon", (9, 10, 11)), ("after 8pm", (20, 21, 22, 23)), ("before 3am", (0, 1, 2)),
    ],
)  # fmt: skip
def test_hours_are_half_open(text: str, hours: tuple[int, ...]) -> None:
    assert [s.weekdays for s in find_hours(text)] == [hours]


@pytest.mark.parametrize("text", ["top 8 to 10 brands", "between 8 and 10", "6-8 units", "5点以后", "8点", "满100点后"])
def test_numbers_are_no_hours(text: str) -> None:
    assert find_hours(text) == []


def test_a_year_is_a_year_where_a_field_is_called_so_too() -> None:
    shop = open_shop("flights")
    answer = Assistant(shop).ask("2013年2月的航班数")
    assert answer.period and (answer.period.start, answer.period.end) == (dt.date(2013, 2, 1), dt.date(2013, 3, 1)), answer.reading
    assert Assistant(shop).ask("2012年的航班数是多少").status == "refused"
    shop.close()
