"""Questions answered from verified ones: which are, which are not, and under whose rights."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.channels.chat.message import message_of
from assistant.channels.render import as_text
from tests.verified.conftest import SANTAS, Opened

WHOLE = {"role": "whole", "allowed_tables": ["*"]}
SALES: dict[str, Any] = {
    "id": "sales-last-month",
    "questions": ["What were sales last month?"],
    "query": {"metrics": ["sales"], "time": {"start": "2026-01-01", "end": "2026-02-01"}},
    "on": dt.date(2026, 2, 1),
}


@pytest.mark.parametrize(
    "question",
    [
        "how many santas did we have LAST MONTH",
        "Number of santas in January 2026",
        "santa count last month please",
        "上个月有多少圣诞老人",
        "2026年1月的圣诞老人客户数",
    ],
)
def test_a_name_of_the_house_is_answered_from_what_an_analyst_confirmed(of_santas: Assistant, question: str) -> None:
    answer = of_santas.ask(question)
    assert (answer.status, answer.verified) == ("answered", "santas"), answer.text
    assert answer.query and answer.query["where"] == [{"segment": "gifts"}]


@pytest.mark.parametrize(
    "question",
    [
        "How many santas did we have in December 2025?",
        "How many customers were not santas last month?",
        "How many santas did we have in Lyon last month?",
        "How many elves did we have last month?",
        "How much did santas spend last month?",
        "How many santas did we have each week last month?",
        "How many santas had 3 orders last month?",
        "上个月不是圣诞老人的客户有多少？",
        "上个月里昂有多少圣诞老人？",
        "去年12月有多少圣诞老人？",
        "上个月圣诞老人的销售额",
        "上个月有多少雪人？",
    ],
)
def test_one_thing_more_or_another_is_another_question(of_santas: Assistant, question: str) -> None:
    answer = of_santas.ask(question)
    assert answer.verified == "" and answer.status in ("clarify", "refused"), answer.text


def test_what_the_grammar_reads_as_the_verified_query_is_marked(opened: Opened) -> None:
    assistant = opened(SALES)
    assert assistant.ask("上个月的营业额").verified == "sales-last-month"
    assert assistant.ask("revenue in December 2025").verified == ""


def test_last_month_is_that_before_the_day_of_asking(opened: Opened) -> None:
    answer = opened(SANTAS, SALES, today=dt.date(2026, 1, 5)).ask("How many santas did we have last month?")
    assert answer.verified == "santas" and answer.period
    assert (answer.period.start, answer.period.end) == (dt.date(2025, 12, 1), dt.date(2026, 1, 1))


def test_january_is_no_longer_last_month(opened: Opened) -> None:
    assistant = opened(SANTAS, today=dt.date(2026, 1, 5))
    assert assistant.ask("Number of santas in November 2025").verified == ""
    assert assistant.ask("Number of santas in December 2025").verified == "santas"


SLEEPING: dict[str, Any] = {
    "id": "sleeping",
    "questions": ["How many dormice do we have?"],
    "query": {
        "metrics": ["customers"],
        "where": [{"entity": "customer", "exists": "orders", "time": {"start": "2025-12-03", "end": "2026-02-01"}, "negated": True}],
    },
    "on": dt.date(2026, 2, 1),
}


def test_a_period_that_ran_up_to_the_day_of_verifying_and_has_no_words_is_good_for_that_day(opened: Opened) -> None:
    assert opened(SLEEPING).ask("How many dormice do we have?").verified == "sleeping"
    assert opened(SLEEPING, today=dt.date(2026, 2, 3)).ask("How many dormice do we have?").verified == ""


def test_words_for_such_a_period_let_it_move(opened: Opened) -> None:
    entry = {**SLEEPING, "periods": ["last 60 days"]}
    answer = opened(entry, today=dt.date(2026, 2, 3)).ask("How many dormice do we have?")
    assert answer.verified == "sleeping" and answer.query
    assert answer.query["where"][0]["time"] == {"start": "2025-12-05", "end": "2026-02-03"}


def test_two_verified_questions_that_fit_are_none(opened: Opened) -> None:
    other = {**SANTAS, "id": "others", "questions": ["How many santa did we have last month?"], "query": {**SANTAS["query"], "where": []}}
    assert opened(SANTAS, other).ask("number of santas in January 2026").verified == ""


def test_nobody_is_answered_from_what_they_may_not_see(opened: Opened) -> None:
    rights = {
        "rights": [WHOLE, {"role": "clerk", "allowed_tables": ["orders"], "denied_columns": {"orders": ["gift"]}}],
        "users": {"ann": "whole", "bob": "clerk"},
    }
    assistant = opened(SANTAS, **rights)
    question = "How many santas did we have last month?"
    assert assistant.ask(question, user="ann").verified == "santas"
    denied = assistant.ask(question, user="bob")
    assert denied.verified == "" and denied.status != "answered" and not denied.rows


def test_the_rows_are_those_of_the_one_who_asks(opened: Opened) -> None:
    lyon = {"role": "lyon", "allowed_tables": ["orders"], "row_filters": {"orders": "city = 'Lyon'"}}
    rights = {"rights": [WHOLE, lyon], "users": {"ann": "whole", "bob": "lyon"}}
    assistant = opened(SALES, **rights)
    whole, part = (assistant.ask("What were sales last month?", user=user) for user in ("ann", "bob"))
    assert whole.verified == part.verified == "sales-last-month"
    assert 0 < part.rows[0][0] < whole.rows[0][0]


def test_a_follow_up_in_a_conversation_keeps_what_was_asked_before(opened: Opened) -> None:
    assistant = opened({**SALES, "questions": ["sales"], "query": {"metrics": ["sales"]}})
    assistant.ask("customers in Lyon", conversation="c")
    answer = assistant.ask("sales", conversation="c")
    assert answer.query and answer.query["where"] and answer.verified == ""
    assert assistant.ask("sales").verified == "sales-last-month"


@pytest.mark.parametrize(("question", "mark"), [("How many santas did we have last month?", "verified question"), ("上个月有多少圣诞老人", "已核实")])
def test_every_channel_says_that_the_answer_is_verified(of_santas: Assistant, question: str, mark: str) -> None:
    answer = of_santas.ask(question)
    assert mark in as_text(answer, answer.lang)
    assert any(mark in line for line in message_of(answer).details)
    assert answer.to_json()["verified"] == "santas"
