"""What comes in from a platform is answered once, in its thread, for whoever wrote it; over real shops and stores, with a poster that keeps what it gets."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.channels.chat.channel import ChannelSettings, Incoming
from assistant.channels.chat.message import Message
from assistant.channels.chat.reception import LONGEST_WAIT, WORKERS, Reception
from assistant.service import Service
from assistant.store.inbox import MOST_TRIES
from semantic_layer.errors import ChannelError
from semantic_layer.shops import open_shop
from tests.channels.small import CATALOG
from tests.conftest import write_shop

PEOPLE = {"U1": "ann", "U2": "bob", "U3": "cleo"}


class Posted:
    """Keeps what is posted; `failing` are the times that posting fails first, and `after` the seconds that the platform then asks for."""

    def __init__(self, failing: int = 0, after: float | None = None) -> None:
        self.answers: list[tuple[Incoming, Message]] = []
        self.tried: list[float] = []  # when
        self._failing, self._after, self._new = failing, after, threading.Condition()

    def answer(self, incoming: Incoming, message: Message) -> None:
        with self._new:
            self.tried.append(time.monotonic())
            if self._failing:
                self._failing -= 1
                raise ChannelError("The platform is away.", after=self._after)
            self.answers.append((incoming, message))
            self._new.notify_all()

    def send(self, place: str, message: Message, key: str) -> None:
        raise AssertionError("nobody is to be told what they did not ask")

    def get(self, number: int = 1) -> list[Message]:
        """All messages, once there are so many."""
        with self._new:
            assert self._new.wait_for(lambda: len(self.answers) >= number, 60), self.answers
            return [message for _, message in self.answers]


Receive = Callable[..., tuple[Reception, Posted]]


@pytest.fixture
def reception(service: Service) -> Iterator[Receive]:
    """Makes receptions of one channel, and closes them."""
    made: list[Reception] = []

    def make(
        over: Service = service, settings: ChannelSettings | None = None, failing: int = 0, start: bool = False, lease: float = 30,
        after: float | None = None,
    ) -> tuple[Reception, Posted]:  # fmt: skip
        posted = Posted(failing, after)
        made.append(Reception(over, "test", settings or ChannelSettings(people=PEOPLE), posted, lease=lease))
        if start:
            made[-1].start()
        return made[-1], posted

    yield make
    for each in made:
        each.close()


def wrote(text: str, key: str = "m1", person: str = "U1", thread: str = "C1/1") -> Incoming:
    return Incoming(key, person, thread, text)


def clicked(do: str, key: str = "c1", person: str = "U1", thread: str = "C1/1") -> Incoming:
    return Incoming(key, person, thread, do=do)


def test_a_question_is_answered_with_table_chart_and_buttons(reception: Receive) -> None:
    receive, posted = reception()
    assert receive.receive(wrote("2017年5月各部门的销售额"))
    (message,) = posted.get()
    assert "2017-05-01" in message.text and len(message.heads) == 2 and len(message.table) + message.more > 10
    assert message.spec and message.alt and message.picture()[:4] == b"\x89PNG"  # type: ignore[index]
    assert message.rows.count("\n") == len(message.table) + message.more
    assert message.buttons and all(b.do.startswith("next:zh:") for b in message.buttons)


def test_what_is_delivered_again_is_not_answered_again(reception: Receive, assistant: Assistant, open_service: Callable[[Assistant], Service]) -> None:
    receive, posted = reception()
    other, elsewhere = reception(open_service(assistant))  # another process over the same store
    assert receive.receive(wrote("total sales in May 2017"))
    assert not receive.receive(wrote("total sales in May 2017"))
    assert not other.receive(wrote("total sales in May 2017"))
    posted.get()
    receive.close(), other.close()
    assert len(posted.answers) == 1 and not elsewhere.answers


def test_a_thread_is_a_conversation(reception: Receive) -> None:
    receive, posted = reception()
    receive.receive(wrote("total sales in May 2017"))
    posted.get(1)
    receive.receive(wrote("by department", "m2"))
    receive.receive(wrote("by department", "m3", thread="C1/2"))
    first = [m for i, m in zip(posted.answers, posted.get(3), strict=True) if i[0].key == "m2"]
    assert len(first[0].table) > 5 and "2017" in first[0].text + "".join(first[0].details)
    other = next(m for i, m in posted.answers if i.key == "m3")
    assert other.text != first[0].text


def test_whoever_has_the_same_rights_goes_on_in_a_thread(reception: Receive) -> None:
    receive, posted = reception()
    receive.receive(wrote("total sales in May 2017"))
    posted.get(1)
    receive.receive(wrote("and in June?", "m2", person="U2"))
    assert "2017-06" in posted.get(2)[1].text


def test_a_question_back_is_chosen_by_a_button(reception: Receive) -> None:
    receive, posted = reception()
    receive.receive(wrote("best customers in May 2017"))
    back = posted.get(1)[0]
    assert len(back.ask) >= 2 and back.ask[0].main
    receive.receive(clicked(back.ask[1].do))
    chosen = posted.get(2)[1]
    assert chosen.table and not chosen.ask
    receive.receive(wrote("best customers in May 2017", "m9", thread="C1/9"))  # what was meant is remembered
    assert posted.get(3)[2].table


def test_who_asks_nothing_is_told_what_can_be_asked(reception: Receive, service: Service) -> None:
    receive, posted = reception()
    receive.receive(wrote("  "))
    hello = posted.get()[0]
    for lang in ("zh", "en"):
        assert service.assistant.examples(lang, "ann")[0].text in hello.details
    assert not receive.in_thread("C1/1")  # nobody has a conversation there yet


def test_what_is_acknowledged_first_begins_later(reception: Receive) -> None:
    receive, posted = reception()
    assert receive.receive(wrote("total sales in May 2017"), begin=False)
    time.sleep(0.2)
    assert not posted.answers and not receive.receive(wrote("total sales in May 2017"))
    receive.begin(wrote("total sales in May 2017"))
    assert "2017-05" in posted.get()[0].text and receive.in_thread("C1/1")


def test_a_button_is_of_its_thread_alone(reception: Receive) -> None:
    receive, posted = reception()
    receive.receive(wrote("2017年5月各部门的销售额"))
    do = posted.get(1)[0].buttons[0].do
    receive.receive(clicked(do, thread="C2/1"))
    assert not posted.get(2)[1].table and "失效" in posted.answers[1][1].text
    for number, forged in enumerate(("next:zh:nothing:1:0", "next:zh:::", "x", do.rpartition(":")[0] + ":99")):
        receive.receive(clicked(forged, f"f{number}"))
        assert not posted.get(3 + number)[2 + number].table
    receive.receive(clicked(do, "c2"))
    assert posted.get(7)[6].text


def test_nobody_who_is_not_known_gets_data(reception: Receive) -> None:
    receive, posted = reception()
    assert not receive.receive(wrote("total sales", person="U9"))
    told, other = reception(settings=ChannelSettings(people=PEOPLE, tell_unknown=True))
    told.receive(wrote("total sales", "m2", person="U9"))
    assert "not registered" in other.get()[0].text and not other.answers[0][1].table
    named, third = reception(settings=ChannelSettings(unknown="guest"))
    named.receive(wrote("total sales in May 2017", "m3", person="U9"))
    assert "2017-05" in third.get()[0].text and not posted.answers


def test_what_could_not_be_posted_is_posted_later_and_asked_once(reception: Receive, service: Service) -> None:
    receive, posted = reception(failing=1, start=True, lease=1.0)
    receive.receive(wrote("total sales in May 2017"))
    assert "2017-05" in posted.get()[0].text
    (thread,) = service.store.threads.of(service.shop, "test", "C1/1")
    assert len(service.store.turns(thread.conversation, "ann")) == 1


def test_a_platform_is_left_alone_for_as_long_as_it_asks(reception: Receive) -> None:
    receive, posted = reception(failing=2, start=True, after=4.0)  # twice as long as we would wait
    receive.receive(wrote("total sales in May 2017"))
    posted.get()
    first, second, third = posted.tried
    assert second - first >= 4 and third - second >= 4


def test_no_platform_is_waited_for_longer_than_anybody_waits_for_an_answer(reception: Receive, service: Service) -> None:
    receive, posted = reception(failing=1, after=86_400.0)
    receive.receive(wrote("total sales in May 2017"))
    until = time.monotonic() + 60
    while not posted.tried and time.monotonic() < until:
        time.sleep(0.05)
    receive.close()
    due = service.store.inbox.next_due(service.shop, "test")
    assert due is not None and dt.timedelta(minutes=4) < due - dt.datetime.now(dt.UTC) <= dt.timedelta(seconds=LONGEST_WAIT)


def test_what_is_never_posted_is_given_up(reception: Receive, service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.channels.chat.reception.FIRST_WAIT", 0.01)
    monkeypatch.setattr("assistant.channels.chat.reception.LONGEST_WAIT", 0.02)
    receive, posted = reception(failing=1_000, start=True)
    receive.receive(wrote("total sales in May 2017"))
    until = time.monotonic() + 60
    while (len(posted.tried) < MOST_TRIES or service.store.inbox.next_due(service.shop, "test")) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    assert len(posted.tried) == MOST_TRIES and not posted.answers
    assert [r.levelname for r in caplog.records if "is not answered" in r.message] == ["WARNING"] * (MOST_TRIES - 1) + ["ERROR"]


def test_what_a_server_does_not_come_to_before_it_ends_is_at_once_another_s(
    reception: Receive, service: Service, assistant: Assistant, open_service: Callable[[Assistant], Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    receive, first = reception(lease=600)
    began, free = threading.Event(), threading.Event()
    ask = service.assistant.ask

    def slow(*given: object, **named: object) -> object:
        began.set()
        assert free.wait(60)
        return ask(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(service.assistant, "ask", slow)
    keys = [f"m{n}" for n in range(WORKERS + 3)]
    for n, key in enumerate(keys):
        receive.receive(wrote("total sales in May 2017", key, thread=f"C1/{n}"))
    assert began.wait(60)
    ending = threading.Thread(target=receive.close)
    ending.start()
    time.sleep(0.3)
    free.set()
    ending.join()
    _, second = reception(open_service(assistant), start=True)
    assert 0 < len(first.answers) < len(keys)
    second.get(len(keys) - len(first.answers))
    assert sorted(i.key for i, _ in (*first.answers, *second.answers)) == keys


def test_what_a_server_left_unfinished_another_answers(reception: Receive, service: Service) -> None:
    service.store.inbox.take(service.shop, "test", "m1", wrote("total sales in May 2017").to_dict(), 0.0)  # and then it died
    _, posted = reception(start=True)
    assert "2017-05" in posted.get()[0].text


def test_nobody_takes_up_more_than_they_can_begin_with(reception: Receive, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox, free, ask = service.store.inbox, threading.Event(), service.assistant.ask
    for n in range(20):
        inbox.take(service.shop, "test", f"m{n}", wrote("total sales in May 2017", f"m{n}", thread=f"C1/{n}").to_dict(), 0.0)
    began = threading.Semaphore(0)

    def slow(*given: object, **named: object) -> object:
        began.release()
        assert free.wait(60)
        return ask(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(service.assistant, "ask", slow)
    _, posted = reception(start=True, lease=600)
    for _ in range(WORKERS):
        assert began.acquire(timeout=60)
    left = inbox.unfinished(service.shop, "test", 0.0, 100)  # as another server would find them
    assert len(left) == 20 - WORKERS and {each.tries for each in left} == {2}
    free.set()
    posted.get(20)
    assert len({i.key for i, _ in posted.answers}) == 20


def test_what_kills_whoever_takes_it_up_is_given_up(reception: Receive, service: Service, caplog: pytest.LogCaptureFixture) -> None:
    inbox = service.store.inbox
    inbox.take(service.shop, "test", "m1", wrote("total sales in May 2017").to_dict(), 0.0)
    for _ in range(MOST_TRIES - 1):
        assert len(inbox.unfinished(service.shop, "test", 0.0, 5)) == 1  # and then it died
    _, posted = reception(start=True)
    until = time.monotonic() + 60
    while "is given up" not in caplog.text and time.monotonic() < until:
        time.sleep(0.05)
    assert "m1 is given up" in caplog.text and not posted.answers


def test_what_takes_long_is_not_taken_for_left(reception: Receive, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    receive, posted = reception(start=True, lease=0.4)
    ask, asked = service.assistant.ask, []

    def slow(*given: object, **named: object) -> object:
        asked.append(given)
        time.sleep(1.5)
        return ask(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(service.assistant, "ask", slow)
    receive.receive(wrote("total sales in May 2017"))
    posted.get()
    receive.close()
    assert len(posted.answers) == len(asked) == 1


RIGHTS = """
rights:
  - {role: all, allowed_tables: ["*"]}
  - {role: north, allowed_tables: ["*"], row_filters: {orders: "city = 'Harbin'"}}
users: {ann: all, bob: north, cleo: all}
"""


def test_a_button_is_run_with_the_rights_of_who_clicks(
    tmp_path: Path, reception: Receive, open_service: Callable[[Assistant], Service]
) -> None:
    folder = write_shop(tmp_path / "small", CATALOG, "CREATE TABLE orders AS FROM (VALUES (1, 'Harbin', 'tea', 10.0), (2, 'Sanya', 'tea', 32.0)) t(id, city, kind, amount)")
    with (folder / "wenshu.yaml").open("a", encoding="utf-8") as settings:
        settings.write(RIGHTS)
    shop = open_shop(str(folder))
    receive, posted = reception(open_service(Assistant(shop)))
    receive.receive(wrote("sales by city"))
    first = posted.get(1)[0]
    assert {row[0] for row in first.table} == {"Harbin", "Sanya"}
    receive.receive(wrote("the same please", "m2", person="U2"))  # bob has other rights, and nothing to go on from
    assert not posted.get(2)[1].table
    receive.receive(wrote("profit by city", "m3", thread="C1/1"))
    instead = posted.get(3)[2].ask
    for number, person in enumerate(("U2", "U3")):
        receive.receive(clicked(instead[0].do, f"c{number}", person=person))
    said = {i.person: m for (i, _), m in zip(posted.answers, posted.get(5), strict=True) if i.do}
    assert "Sanya" not in " ".join([said["U2"].text, said["U2"].rows]) and "Sanya" in " ".join([said["U3"].text, said["U3"].rows])
    shop.close()
