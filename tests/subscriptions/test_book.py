"""Who may subscribe what, and have it sent where; periods that move with the days."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from assistant.periods import kept, moved, stands_still
from assistant.service import Service
from assistant.subscriptions import Book, Place, Schedule, Wanted
from assistant.subscriptions.condition import condition_of
from semantic_layer.errors import UsageError
from semantic_layer.query import SemanticQuery

TEAM = Place("email", "team@shop.example")


def read(book: Book, question: str, user: str = "ann") -> Wanted:
    return book.read(question, "zh", user)


def test_a_question_is_read_once_and_kept_as_a_query(book: Book) -> None:
    made = book.add("ann", "zh", read(book, "昨天各城市的销售额"), Schedule(at="09:30"), TEAM)
    assert SemanticQuery.model_validate(made.query).group_by[0].field == "orders.city" and made.query["time"]["words"] == "昨天"
    assert made.due.astimezone(book.clock.zone).time() == dt.time(9, 30) and book.of("ann") == (made,) and book.of("bob") == ()


@pytest.mark.parametrize(("question", "lang", "every", "days"), [("销售额", "zh", "day", ("2024-06-17", "2024-06-18")), ("sales", "en", "week", ("2024-06-10", "2024-06-17"))])
def test_a_metric_alone_is_that_of_the_last_day_or_week(book: Book, question: str, lang: str, every: str, days: tuple[str, str]) -> None:
    made = book.add("ann", lang, book.read(question, lang, "ann"), Schedule.model_validate({"every": every}), TEAM)
    assert (made.query["time"]["start"], made.query["time"]["end"]) == days and made.query["time"]["words"]


@pytest.mark.parametrize("question", ["天气怎么样", "2024年5月的销售额", "sales in May 2024", "昨天的利润"])
def test_what_cannot_be_answered_or_never_changes_is_refused(book: Book, question: str) -> None:
    with pytest.raises(UsageError):
        book.add("ann", "zh", read(book, question), Schedule(), TEAM)
    assert book.of("ann") == ()


@pytest.mark.parametrize(
    ("to", "user"),
    [("email:anybody@else.example", "ann"), ("email:north@shop.example", "ann"), ("email:ann@shop.example", "bob"), ("email:ann@shop.example", ""), ("slack:C1", "ann"), ("email:", "ann"), ("", "ann"), ("email:team@shop.example,x@else.example", "ann")],
)
def test_nobody_sends_where_the_settings_do_not_name_them(book: Book, to: str, user: str) -> None:
    with pytest.raises(UsageError, match="Nothing may be sent"):
        book.place(to, user)


def test_where_one_may_send_is_said(book: Book) -> None:
    assert {str(p) for p in book.places("ann")} == {"email:ann@shop.example", "email:team@shop.example", "email:full@shop.example"}
    assert {str(p) for p in book.places("bob")} == {"email:north@shop.example", "email:team@shop.example", "email:full@shop.example"}
    with pytest.raises(UsageError, match=r"You may send to .*team@shop\.example"):
        book.place("email:x@else.example", "ann")


@pytest.mark.parametrize(
    ("question", "when", "said"),
    [("昨天各城市的销售额", "高于5", "a single figure"), ("昨天的退款率", "高于5", "in percent"), ("昨天的销售额", "高于5%", "no rate"), ("本月销售额", "目标5万", "period is over"), ("各城市的销售额", "异常", "")],
)
def test_a_condition_has_to_fit_its_question(book: Book, question: str, when: str, said: str) -> None:
    condition = condition_of(when)
    if not said:
        made = book.add("ann", "zh", read(book, question), Schedule(every="hour"), TEAM, condition)
        assert made.analysis == "anomaly" and "time" not in made.query and "group_by" not in made.query
        return
    with pytest.raises(UsageError, match=said):
        book.add("ann", "zh", read(book, question), Schedule(every="hour"), TEAM, condition)


def test_ones_own_are_found_by_the_beginning_of_their_id(book: Book) -> None:
    made = book.add("ann", "zh", read(book, "昨天的销售额"), Schedule(), TEAM)
    assert book.one(made.id[:6], "ann").id == made.id
    for id, user in ((made.id, "bob"), ("", "ann"), ("nothing", "ann")):
        with pytest.raises(UsageError, match="no subscription"):
            book.one(id, user)
    book.pause(made.id, "ann")
    assert book.one(made.id, "ann").paused
    book.resume(made.id, "ann")
    assert book.one(made.id, "ann").paused is None
    book.remove(made.id, "ann")
    assert book.of("ann") == ()


@pytest.mark.parametrize(
    ("question", "at", "later"),
    [
        ("昨天的销售额", "2024-07-02", ("2024-07-01", "2024-07-02")),
        ("sales last week", "2024-07-02", ("2024-06-24", "2024-07-01")),
        ("最近30天的销售额", "2024-07-02", ("2024-06-02", "2024-07-02")),
        ("本月销售额", "2024-07-02", ("2024-07-01", "2024-08-01")),
        ("2024年5月的销售额", "2024-07-02", ("2024-05-01", "2024-06-01")),
    ],
)
def test_periods_move_as_their_words_mean(book: Book, service: Service, question: str, at: str, later: tuple[str, str]) -> None:
    clock = service.assistant.reader(service.assistant.shop.access("ann")).clock
    query = kept(read(book, question).query, clock)
    assert moved(query, clock) == query
    time = moved(query, dataclasses.replace(clock, today=dt.date.fromisoformat(at))).time
    assert time and (str(time.start), str(time.end)) == later
    assert stands_still(query, clock) is ("2024" in question)


def test_days_that_the_words_do_not_mean_are_kept(book: Book, service: Service) -> None:
    clock = service.assistant.reader(service.assistant.shop.access("ann")).clock
    odd = SemanticQuery.model_validate({"metrics": ["sales"], "time": {"start": "2024-05-01", "end": "2024-05-03", "words": "昨天"}})
    later = dataclasses.replace(clock, today=dt.date(2024, 7, 2))
    assert moved(kept(odd, clock), later) == odd and stands_still(kept(odd, clock), clock)


def test_compared_periods_move_too(book: Book, service: Service) -> None:
    clock = service.assistant.reader(service.assistant.shop.access("ann")).clock
    query = kept(
        SemanticQuery.model_validate(
            {"metrics": ["sales"], "time": {"start": "2024-06-17", "end": "2024-06-18", "words": "昨天"},
             "compare": {"to": "range", "range": {"start": "2024-06-16", "end": "2024-06-17", "words": "前天"}}}
        ),
        clock,
    )  # fmt: skip
    later = moved(query, dataclasses.replace(clock, today=dt.date(2024, 7, 2)))
    assert later.compare and later.compare.range and str(later.compare.range.start) == "2024-06-30"
