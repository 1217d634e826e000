"""What workers ask and send: once, with the subscriber's rights, without storms, and visibly given up; over real shops, stores and a mail server."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from assistant.channels.chat.retrying import seconds_before
from assistant.service import Service
from assistant.store import Subscription
from assistant.subscriptions import Book, Place, Schedule
from assistant.subscriptions.condition import condition_of
from assistant.subscriptions.working import Worker
from tests.subscriptions.conftest import MakeShop
from tests.subscriptions.smtp import Mailbox

TEAM, FULL = Place("email", "team@shop.example"), Place("email", "full@shop.example")


def subscribe(service: Service, question: str, when: str = "", user: str = "ann", lang: str = "zh", to: Place = TEAM, every: str = "week") -> Subscription:
    """Due at once, and by itself not again before the test is over."""
    book = Book(service)
    made = book.add(user, lang, book.read(question, lang, user), Schedule.model_validate({"every": every, "on": (dt.date.today().isoweekday() + 2) % 7 + 1}), to, condition_of(when) if when else None)
    make_due(service, made)
    return book.one(made.id, user)


def make_due(service: Service, made: Subscription, ago: dt.timedelta = dt.timedelta(seconds=1)) -> None:
    due = (dt.datetime.now(dt.UTC) - ago).strftime("%Y-%m-%d %H:%M:%S.%f")
    with contextlib.closing(sqlite3.connect(service.assistant.shop.folder / "store.sqlite")) as store, store:
        store.execute("UPDATE wenshu_subscriptions SET due = ? WHERE id = ?", (due, made.id))


def text(mailbox: Mailbox, at: int = -1) -> str:
    return str(mailbox.mails[at].get_body(("plain",)).get_content())  # type: ignore[union-attr]


def change(folder: Path, statement: str) -> None:
    """Replaces the database, as a refresh does."""
    shutil.copy(folder / "small.duckdb", folder / "new.duckdb")
    with duckdb.connect(str(folder / "new.duckdb")) as connection:
        connection.execute(statement)
    (folder / "new.duckdb").replace(folder / "small.duckdb")


def test_a_digest_says_figure_change_why_and_has_a_chart(service: Service, mailbox: Mailbox) -> None:
    made = subscribe(service, "昨天的销售额")
    Worker(service).once()
    (mail,) = mailbox.mails
    said = text(mailbox)
    assert mail["Subject"] == "【订阅】昨天的销售额" and mail["To"] == "team@shop.example"
    assert "266" in said and "31.7%" in said and "原因" in said and "Sanya" in said
    assert "image/png" in [p.get_content_type() for p in mail.walk()]
    (kept,) = service.store.subscriptions.of(service.shop)
    assert kept.due > dt.datetime.now(dt.UTC) and kept.id == made.id
    Worker(service).once()
    assert len(mailbox.mails) == 1


def test_each_gets_it_in_their_language_and_with_their_rights(service: Service, mailbox: Mailbox) -> None:
    subscribe(service, "昨天各城市的销售额")
    subscribe(service, "sales by city yesterday", user="bob", lang="en", to=Place("email", "north@shop.example"))
    Worker(service).once()
    said = {m["To"]: str(m.get_body(("plain",)).get_content()) for m in mailbox.mails}  # type: ignore[union-attr]
    assert "Sanya" in said["team@shop.example"] and "销售额" in said["team@shop.example"]
    assert "Sanya" not in said["north@shop.example"] and "Harbin" in said["north@shop.example"] and "sales" in said["north@shop.example"]
    assert "合计" in said["team@shop.example"] and "266" in said["team@shop.example"] and "31.7%" in said["team@shop.example"]  # the change of the figure in all
    assert "原因" in said["team@shop.example"] and "In all" in said["north@shop.example"] and "266" not in said["north@shop.example"]


def test_one_alert_until_the_condition_clears(service: Service, mailbox: Mailbox, make_folder: MakeShop) -> None:
    folder = make_folder(mailbox.port)  # type: ignore[attr-defined]
    made = subscribe(service, "昨天的销售额", "高于250")
    for _ in range(3):
        Worker(service).once()
        make_due(service, made)
    assert len(mailbox.mails) == 1 and "【提醒】" in mailbox.mails[0]["Subject"] and "高于250" in text(mailbox)
    change(folder, "UPDATE orders SET amount = 10 WHERE day = DATE '2024-06-17'")
    Worker(service).once()
    assert len(mailbox.mails) == 1 and not service.store.subscriptions.of(service.shop)[0].state["holding"]
    change(folder, "UPDATE orders SET amount = 500 WHERE day = DATE '2024-06-17'")
    make_due(service, made)
    Worker(service).once()
    assert len(mailbox.mails) == 2 and "1,000" in text(mailbox)


def test_an_unusual_day_is_told_once(service: Service, mailbox: Mailbox) -> None:
    made = subscribe(service, "sales", "unusual", lang="en")
    for _ in range(2):
        Worker(service).once()
        make_due(service, made)
    assert len(mailbox.mails) == 1 and "2024-06-17" in text(mailbox) and "above the expected" in text(mailbox)
    assert "2024-06-17\t266" in text(mailbox), "the table has the last days"


@pytest.mark.parametrize(("goal", "told"), [("目标100", 0), ("目标2000", 1), ("目标不超过100", 1)])
def test_a_missed_goal_is_told_once_for_its_period(service: Service, mailbox: Mailbox, goal: str, told: int) -> None:
    made = subscribe(service, "上周销售额", goal)
    for _ in range(2):
        Worker(service).once()
        make_due(service, made)
    assert len(mailbox.mails) == told and (not told or "没有达成" in text(mailbox))


def test_what_was_missed_is_sent_once(service: Service, mailbox: Mailbox) -> None:
    made = subscribe(service, "昨天的销售额", every="day")
    make_due(service, made, dt.timedelta(days=12))
    Worker(service).once()
    assert len(mailbox.mails) == 1


def test_in_quiet_hours_nothing_is_sent(make_folder: MakeShop, mailbox: Mailbox, open_service: Callable[[Path], Service]) -> None:
    here = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=8)))
    around = [(here + dt.timedelta(hours=h)).strftime("%H:%M") for h in (-2, 2, 4)]
    folder = make_folder(mailbox.port)  # type: ignore[attr-defined]
    subscribe(open_service(folder), "昨天的销售额")
    quiet = open_service(make_folder(mailbox.port, quiet=f"{around[0]}-{around[1]}"))  # type: ignore[attr-defined]
    Worker(quiet).once()
    assert not mailbox.mails
    Worker(open_service(make_folder(mailbox.port, quiet=f"{around[1]}-{around[2]}"))).once()  # type: ignore[attr-defined]
    assert len(mailbox.mails) == 1


def until_done(service: Service) -> None:
    """Works as long as there is something to send."""
    worker = Worker(service)
    deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    while service.store.outbox.next_due(service.shop) and dt.datetime.now(dt.UTC) < deadline:
        worker.once()


def test_what_fails_is_tried_again_under_the_same_key_and_then_given_up(service: Service, mailbox: Mailbox) -> None:
    mailbox.refusals["full@shop.example"] = "450 mailbox full"
    made = subscribe(service, "昨天的销售额", to=FULL)
    worker = Worker(service)
    worker._ask_some()
    (waiting,) = service.store.outbox.delivered(service.shop).values()
    assert waiting.waiting == 1
    worker._send_some()
    (waiting,) = service.store.outbox.delivered(service.shop).values()
    assert waiting.waiting == 1 and "450 mailbox full" in waiting.error
    until_done(service)
    became = service.store.outbox.delivered(service.shop)[made.id]
    assert (became.sent, became.waiting, became.given_up) == (0, 0, 1) and "450" in became.error
    mailbox.refusals.clear()
    make_due(service, made)
    until_done(service)
    assert not mailbox.mails or len(set(mailbox.keys)) == 1


def test_what_is_refused_for_good_is_given_up_at_once(service: Service, mailbox: Mailbox) -> None:
    mailbox.refusals["full@shop.example"] = "550 nobody"
    made = subscribe(service, "昨天的销售额", to=FULL)
    Worker(service).once()
    assert service.store.outbox.delivered(service.shop)[made.id].given_up == 1


def test_what_is_no_longer_allowed_is_not_sent(make_folder: MakeShop, mailbox: Mailbox, open_service: Callable[[Path], Service]) -> None:
    folder = make_folder(mailbox.port)  # type: ignore[attr-defined]
    subscribe(open_service(folder), "昨天的销售额")
    settings = (folder / "wenshu.yaml").read_text(encoding="utf-8")
    (folder / "wenshu.yaml").write_text(settings.replace('team@shop.example: ["*"]', "team@shop.example: [bob]"), encoding="utf-8")
    later = open_service(folder)
    until_done(later)
    Worker(later).once()
    assert not mailbox.mails and "发送" in later.store.subscriptions.of(later.shop)[0].state["error"]


def test_a_question_that_cannot_be_answered_any_more_is_told_once(service: Service, mailbox: Mailbox, make_folder: MakeShop) -> None:
    made = subscribe(service, "昨天的销售额")
    folder = make_folder(mailbox.port)  # type: ignore[attr-defined]
    change(folder, "DELETE FROM orders WHERE day >= DATE '2024-06-17'")
    for _ in range(3):
        Worker(service).once()
        make_due(service, made)
    assert len(mailbox.mails) == 1 and "没有结果" in text(mailbox)
    assert service.store.subscriptions.of(service.shop)[0].state["error"]


def test_what_is_paused_or_removed_is_not_sent(service: Service, mailbox: Mailbox) -> None:
    mailbox.refusals["full@shop.example"] = "450 mailbox full"
    book, made = Book(service), subscribe(service, "昨天的销售额", to=FULL)
    worker = Worker(service)
    worker._ask_some()
    book.pause(made.id, "ann")
    mailbox.refusals.clear()
    until_done(service)
    assert not mailbox.mails and service.store.outbox.next_due(service.shop) is None
    book.resume(made.id, "ann")
    make_due(service, made)
    until_done(service)
    worker.once()
    assert len(mailbox.mails) == 1
    book.remove(made.id, "ann")
    assert service.store.outbox.delivered(service.shop) == {}


def test_several_workers_do_nothing_twice(service: Service, mailbox: Mailbox, make_folder: MakeShop, open_service: Callable[[Path], Service]) -> None:
    for n in range(12):
        subscribe(service, f"最近{n + 2}天的销售额")
    folder = make_folder(mailbox.port)  # type: ignore[attr-defined]
    services = [service, *(open_service(folder) for _ in range(2))]
    threads = [threading.Thread(target=Worker(s).once) for s in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mailbox.mails) == len(set(mailbox.keys)) == 12


def test_a_worker_that_lost_its_claim_writes_nothing(service: Service) -> None:
    made = subscribe(service, "昨天的销售额")
    store = service.store.subscriptions
    first = store.claim(service.shop, 0.0)  # its time is over at once
    second = store.claim(service.shop, 60.0)
    assert first and second and first.of == second.of
    message = Worker(service)._outgoing(made, Worker(service)._asked(made)[2])  # type: ignore[arg-type]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    assert not store.settle(service.shop, first, later, {}, message)
    assert service.store.outbox.next_due(service.shop) is None and store.claim(service.shop, 60.0) is None
    assert store.settle(service.shop, second, later, {}, message) and service.store.outbox.next_due(service.shop)


def test_what_kills_workers_is_given_up(service: Service) -> None:
    made = subscribe(service, "昨天的销售额")
    Worker(service)._ask_some()
    for _ in range(3):
        assert service.store.outbox.claim(service.shop, 0.0, 5, 3)
    assert service.store.outbox.claim(service.shop, 0.0, 5, 3) == ()
    became = service.store.outbox.delivered(service.shop)[made.id]
    assert became.given_up == 1 and "never finished" in became.error


def test_what_is_over_long_ago_is_forgotten(service: Service) -> None:
    subscribe(service, "昨天的销售额")
    Worker(service).once()
    now = dt.datetime.now(dt.UTC)
    assert service.store.outbox.forget(service.shop, now - dt.timedelta(days=1)) == 0
    assert service.store.outbox.forget(service.shop, now + dt.timedelta(days=1)) == 1


def test_tries_grow_apart_up_to_an_hour() -> None:
    waits = [[seconds_before(tries, 30.0, 3_600.0) for _ in range(50)] for tries in range(1, 20)]
    assert all(len(set(each)) > 10 for each in waits)
    assert all(min(15 * 2**n, 1_800) <= w <= min(30 * 2**n, 3_600) for n, each in enumerate(waits) for w in each)
    assert seconds_before(1, 30.0, 3_600.0, asked=600.0) == 600.0 and seconds_before(1, 30.0, 3_600.0, asked=1e9) == 3_600.0
