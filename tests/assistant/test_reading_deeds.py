"""Verbs of segments on a library's catalog: renewed, returned late; who did it, how often, and of what the most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from tests.conftest import write_shop

CATALOG: dict[str, Any] = {
    "datasets": {
        "loans": {
            "label": {"zh": "借阅记录", "en": "loan records"},
            "primary_key": ["loan_id"],
            "time": "lent_at",
            "verbs": {"zh": ["借过", "借了", "借"], "en": ["borrowed"]},
            "fields": {
                "loan_id": {"kind": "key", "type": "integer", "entity": "loan"},
                "reader_id": {"kind": "key", "type": "integer", "entity": "reader"},
                "book_id": {"kind": "key", "type": "integer", "entity": "book"},
                "lent_at": {"kind": "time", "type": "date", "label": {"zh": "借出日", "en": "lending day"}},
            },
        },
        "notices": {
            "label": {"zh": "通知记录", "en": "notices"},
            "primary_key": ["notice_id"],
            "time": "sent_at",
            "verbs": {"zh": ["通知过"], "en": ["notified"]},
            "fields": {
                "notice_id": {"kind": "key", "type": "integer", "entity": "notice"},
                "reader_id": {"kind": "key", "type": "integer", "entity": "reader"},
                "book_id": {"kind": "key", "type": "integer", "entity": "book"},
                "sent_at": {"kind": "time", "type": "date", "label": {"zh": "通知日", "en": "day of the notice"}},
                "opened_at": {"kind": "time", "type": "date", "label": {"zh": "拆阅日", "en": "day of opening"}},
            },
        },
        "readers": {
            "primary_key": ["reader_id"],
            "fields": {
                "reader_id": {"kind": "key", "type": "integer", "entity": "reader"},
                "branch": {"label": {"zh": "分馆", "en": "branch"}},
            },
        },
        "books": {
            "primary_key": ["book_id"],
            "fields": {
                "book_id": {"kind": "key", "type": "integer", "entity": "book"},
                "title": {"label": {"zh": "书名", "en": "title"}},
            },
        },
    },
    "relationships": [{"from": f"{d}.{e}_id", "to": f"{e}s.{e}_id"} for d in ("loans", "notices") for e in ("reader", "book")],
    "entities": {
        "loan": {"dataset": "loans", "label": {"zh": "借阅单", "en": "loan"}},
        "notice": {"dataset": "notices", "label": {"zh": "通知", "en": "notice"}},
        "reader": {"dataset": "readers", "people": True, "label": {"zh": "读者", "en": "reader"}},
        "book": {"dataset": "books", "shown_by": "title", "label": {"zh": "书", "en": "book"}},
    },
    "metrics": {
        "loans": {"expression": "COUNT(loans.*)", "default": True, "label": {"zh": "借阅量", "en": "number of loans"}},
        "borrowers": {"expression": "COUNT(DISTINCT loans.reader_id)", "label": {"zh": "借书人数", "en": "borrowers"}},
        "readers": {"expression": "COUNT(readers.*)", "label": {"zh": "读者数", "en": "number of readers"}},
        "notices": {"expression": "COUNT(notices.*)", "label": {"zh": "通知量", "en": "notices sent"}},
        "openings": {
            "expression": "COUNT(notices.*)",
            "filter": [{"field": "notices.opened_at", "op": "not_null"}],
            "label": {"zh": "拆阅量", "en": "openings"},
        },
    },
    "segments": {
        "opened_notices": {
            "label": {"zh": "拆阅的通知", "en": "opened notices"},
            "where": [{"field": "notices.opened_at", "op": "not_null"}],
            "verbs": {"zh": ["拆阅", "拆阅过"], "en": ["opened"]},
        }
    },
}  # fmt: skip

ROWS = (
    "CREATE TABLE readers AS FROM (VALUES (1, 'North'), (2, 'North'), (3, 'South'), (4, 'South')) t(reader_id, branch)",
    "CREATE TABLE books AS FROM (VALUES (1, 'Emma'), (2, 'Ulysses')) t(book_id, title)",
    "CREATE TABLE loans AS FROM (VALUES (1, 1, 1, DATE '2017-05-03'), (2, 2, 1, DATE '2017-05-09'), (3, 1, 2, DATE '2017-06-02'),"
    " (4, 3, 1, DATE '2017-06-05')) t(loan_id, reader_id, book_id, lent_at)",
    "CREATE TABLE notices AS FROM (VALUES (1, 1, 1, DATE '2017-05-04', DATE '2017-05-05'), (2, 1, 2, DATE '2017-05-06', DATE '2017-05-07'),"
    " (3, 2, 1, DATE '2017-05-06', NULL), (4, 3, 2, DATE '2017-06-06', DATE '2017-06-07'), (5, 2, 1, DATE '2017-06-06', NULL))"
    " t(notice_id, reader_id, book_id, sent_at, opened_at)",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    shop = open_shop(str(write_shop(tmp_path_factory.mktemp("library") / "shop", CATALOG, *ROWS)), dt.date(2017, 7, 1))
    yield Assistant(shop)
    shop.close()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("how many readers opened a notice in May 2017", [[1]]),
        ("how many readers opened notices in May 2017", [[1]]),
        ("2017年5月有多少读者拆阅过通知", [[1]]),
        ("how many readers never opened a notice", [[2]]),
        ("从没拆阅过通知的读者有多少", [[2]]),
        ("number of readers who never opened a notice by branch", [["North", 1], ["South", 1]]),
        ("most opened books", [[2, 2], [1, 1]]),
        ("拆阅最多的2种书", [[2, 2], [1, 1]]),
        ("2017年6月通知过但没借的读者有多少", [[1]]),
        ("2017年6月通知过但从没借过的读者有多少", [[0]]),
        ("readers who opened a notice in May 2017 but did not in June 2017, how many", [[1]]),
    ],
)
def test_those_who_did_what_a_segment_tells_are_found(library: Assistant, question: str, rows: list[list[object]]) -> None:
    answer = library.ask(question)
    assert answer.status == "answered", answer.text
    assert sorted(answer.rows, key=str) == sorted(rows, key=str), answer.reading


@pytest.mark.parametrize("question", ["2017年5月借了多少", "2017年5月借阅量"])
def test_a_verb_before_a_bare_how_much_asks_for_its_measure(library: Assistant, question: str) -> None:
    answer = library.ask(question)
    assert (answer.status, answer.rows) == ("answered", [[2]])


def test_each_verb_of_a_list_is_counted(library: Assistant) -> None:
    answer = library.ask("2017年5月通知过多少、拆阅了多少")
    assert (answer.status, answer.rows) == ("answered", [[3, 2]])
