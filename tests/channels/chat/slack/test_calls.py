"""What Slack calls: only what it signed is heard, each thing once, and everything is acknowledged before it is answered."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from assistant.ask import Assistant
from assistant.channels.chat.channel import Incoming
from assistant.channels.chat.registry import Configured
from assistant.channels.chat.slack import CHANNEL
from assistant.channels.http.app import create_app
from assistant.channels.serve import ChatPart
from assistant.service import Service
from semantic_layer.errors import UsageError
from tests.channels.chat.slack.conftest import PEOPLE, SECRET, Bot, MakeBot, shown, signature
from tests.channels.chat.slack.stand_in import TOKEN, StandIn

QUESTION = "total sales in May 2017"
JOINS = {"type": "message", "subtype": "channel_join", "channel": "C1", "user": "U1", "ts": "1600000001.1", "text": "<@U1> has joined the channel"}


def answers(bot: Bot) -> int:
    """How many answers there were once all that came in is answered."""
    bot.close()
    return len(bot.slack.of("chat.postMessage"))


def test_the_address_is_verified(bot: Bot) -> None:
    response = bot.send(json.dumps({"type": "url_verification", "token": "x", "challenge": "abc"}).encode())
    assert response.status_code == 200 and "abc" in response.text


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"secret": "another"}, 401),
        ({"ago": 301}, 401),
        ({"ago": -400}, 401),
        ({"ago": 200}, 200),
    ],
    ids=["forged", "stale", "ahead", "late"],
)
def test_only_what_slack_signed_lately_is_heard(bot: Bot, given: dict[str, Any], status: int) -> None:
    body = json.dumps({"type": "event_callback", "event": bot.written(f"<@UBOT> {QUESTION}"), "event_id": "E"}).encode()
    assert bot.send(body, **given).status_code == status
    assert answers(bot) == (status == 200)


def test_a_body_that_was_changed_is_not_heard(bot: Bot) -> None:
    body, now = json.dumps({"type": "event_callback", "event": bot.written(QUESTION)}).encode(), int(time.time())
    headers = {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": signature(body, now), "Content-Type": "application/json"}
    assert bot.http.post("/slack/events", content=body.replace(b"May", b"Jun"), headers=headers).status_code == 401
    assert bot.http.post("/slack/events", content=body, headers={"Content-Type": "application/json"}).status_code == 401
    assert answers(bot) == 0


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[1]", b"", b"3", b'{"event": 3}', b'{"event": {"type": {}}}', b"payload=%7B", b"payload=3"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_what_is_no_call_of_slack_is_refused(bot: Bot, body: bytes, kind: str) -> None:
    assert bot.send(body, kind, secret="another").status_code in (400, 401)


def test_a_mention_is_answered_in_its_thread(bot: Bot) -> None:
    assert bot.mention(QUESTION, ts="1600000000.5").status_code == 200
    (posted,) = bot.slack.get()
    assert posted["channel"] == "C1" and posted["thread_ts"] == "1600000000.5" and "2017-05" in shown(posted)
    assert posted["unfurl_links"] is False and posted["unfurl_media"] is False and posted["metadata"]["event_payload"]["key"] == "C1/1600000000.5"


def test_a_direct_message_needs_no_mention(bot: Bot) -> None:
    bot.direct(QUESTION, ts="1600000000.5")
    (posted,) = bot.slack.get()
    assert posted["channel"] == "D1" and posted["thread_ts"] == "1600000000.5" and "2017-05" in shown(posted)


def test_what_is_sent_again_is_not_answered_again(bot: Bot) -> None:
    event = bot.written(f"<@UBOT> {QUESTION}")
    for number in range(4):
        retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"} if number else {}
        assert bot.event(event, **retry).status_code == 200
    assert answers(bot) == 1


def test_a_mention_that_comes_as_two_events_is_answered_once(bot: Bot) -> None:
    event = bot.written(f"<@UBOT> {QUESTION}")
    bot.event(event, "Ev1")
    bot.event({**event, "type": "message", "channel_type": "channel"}, "Ev2")
    assert answers(bot) == 1


def test_two_servers_over_one_store_answer_once(make_bot: MakeBot, assistant: Assistant, open_service: Callable[..., Service]) -> None:
    one, other = (make_bot(open_service(assistant)) for _ in range(2))
    event = one.written(f"<@UBOT> {QUESTION}")
    threads = [threading.Thread(target=each.event, args=(event, f"Ev{n}")) for n, each in enumerate((one, other) * 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert answers(one) == 1


def test_a_server_that_starts_anew_does_not_answer_again(make_bot: MakeBot, assistant: Assistant, open_service: Callable[..., Service]) -> None:
    before = make_bot(open_service(assistant))
    event = before.written(f"<@UBOT> {QUESTION}")
    before.event(event)
    assert answers(before) == 1
    after = make_bot(open_service(assistant))
    after.reception.start()
    assert after.event(event, **{"X-Slack-Retry-Num": "1"}).status_code == 200
    assert answers(after) == 1


def test_what_was_acknowledged_and_not_answered_is_answered_by_the_next_server(
    make_bot: MakeBot, assistant: Assistant, open_service: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = make_bot(open_service(assistant), lease=0.0)
    monkeypatch.setattr(before.reception, "_take_up", lambda key, incoming: None)  # it ends when it has acknowledged
    assert before.mention(QUESTION).status_code == 200
    after = make_bot(open_service(assistant))
    after.reception.start()
    assert "2017-05" in shown(after.slack.get()[0])


def test_slow_answers_do_not_hold_up_acknowledgements(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, go = bot.service.assistant.ask, threading.Event()
    monkeypatch.setattr(bot.service.assistant, "ask", lambda *given, **named: go.wait(60) and ask(*given, **named))
    for number in range(12):  # more than are answered at once
        assert bot.mention(QUESTION, channel=f"C{number}").status_code == 200
    assert not bot.slack.of("chat.postMessage")
    go.set()
    assert len(bot.slack.get(number=12)) == 12


def test_with_fifty_questions_in_flight_each_is_acknowledged_before_it_is_answered(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledged: dict[str, float] = {}
    begun: dict[str, float] = {}
    take_up = bot.reception._take_up

    def noted(key: str, incoming: Incoming) -> None:
        begun.setdefault(incoming.text, time.perf_counter())
        take_up(key, incoming)

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def sent(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                acknowledged[dict(scope["headers"])[b"x-question"].decode()] = time.perf_counter()

        await bot.app(scope, receive, sent)

    async def ask_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(watched), base_url="http://x", timeout=60) as http:
            calls = []
            for question in questions:
                body = json.dumps({"type": "event_callback", "event": bot.written(question), "event_id": question}).encode()
                now = int(time.time())
                headers = {"X-Slack-Request-Timestamp": str(now), "X-Slack-Signature": signature(body, now), "X-Question": question}
                calls.append(http.post("/slack/events", content=body, headers=headers | {"Content-Type": "application/json"}))
            return await asyncio.gather(*calls)

    questions = [f"total sales on May {day} 2017" for day in range(1, 26)] + [f"units on May {day} 2017" for day in range(1, 26)]
    monkeypatch.setattr(bot.reception, "_take_up", noted)
    assert {r.status_code for r in asyncio.run(ask_all())} == {200}
    bot.slack.get(number=50)
    assert set(begun) == set(acknowledged) == set(questions)
    assert all(acknowledged[q] < begun[q] for q in questions)


@pytest.mark.parametrize(
    "event",
    [
        {"subtype": "message_changed", "message": {"text": f"<@UBOT> {QUESTION}", "user": "U1", "ts": "1.1", "edited": {"user": "U1", "ts": "2.2"}}},
        {"subtype": "message_deleted", "previous_message": {"text": QUESTION, "user": "U1"}},
        {"subtype": "bot_message", "bot_id": "B9", "text": QUESTION},
        {"bot_id": "B9", "user": "U1", "text": QUESTION},
        {"bot_id": "BBOT", "user": "UBOT", "text": QUESTION},
        {"user": "UBOT", "text": QUESTION},
        {"subtype": "channel_topic", "user": "U1", "text": QUESTION},
        {"user": "U1", "text": f"<@UBOT> {QUESTION}", "edited": {"user": "U1", "ts": "2.2"}},
        JOINS,
    ],
    ids=["edited", "deleted", "another bot", "another bot as a person", "itself", "itself as a person", "topic", "mention in an edit", "join"],
)
@pytest.mark.parametrize("channel", ["im", "channel"])
def test_what_nobody_wrote_just_now_is_not_answered(bot: Bot, event: dict[str, Any], channel: str) -> None:
    response = bot.event({"type": "message", "channel": "C1", "channel_type": channel, "ts": "1600000000.7", **event})
    assert response.status_code == 200 and answers(bot) == 0


def test_an_edited_mention_is_no_new_question(bot: Bot) -> None:
    assert bot.mention(QUESTION, edited={"user": "U1", "ts": "2.2"}).status_code == 200
    assert answers(bot) == 0


@pytest.mark.parametrize("type", ["reaction_added", "member_joined_channel", "team_join", "something_new"])
def test_events_of_no_use_are_acknowledged(bot: Bot, type: str) -> None:
    assert bot.event({"type": type, "user": "U1", "item": {}}).status_code == 200
    assert answers(bot) == 0


def test_clicks_and_commands_of_no_use_are_acknowledged(bot: Bot) -> None:
    for type, more in (("block_actions", {"actions": [{"action_id": "x", "block_id": "b", "type": "button"}]}), ("view_submission", {"view": {}})):
        assert bot.interact({"type": type, "user": {"id": "U1"}, "team": {"id": "T1"}, **more}).status_code == 200


def test_what_could_not_be_written_down_is_not_acknowledged(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise OSError("disk full")

    event = bot.written(f"<@UBOT> {QUESTION}")
    with monkeypatch.context() as patched:
        patched.setattr(bot.service.store.inbox, "take", full)
        assert bot.event(event).status_code == 500  # Slack delivers it again
    assert bot.event(event, **{"X-Slack-Retry-Num": "1"}).status_code == 200
    assert answers(bot) == 1


@pytest.mark.parametrize("told", [False, True])
def test_nobody_who_is_not_known_gets_data(make_bot: MakeBot, told: bool) -> None:
    bot = make_bot(tell_unknown=told)
    assert bot.mention("2017年5月的销售额", user="U9").status_code == 200
    assert bot.command(QUESTION, "U9").status_code == 200
    bot.event({"type": "app_home_opened", "user": "U9", "tab": "home"})
    if told:
        bot.slack.get("response"), bot.slack.get("views.publish")
    bot.close()
    posted = bot.slack.of("chat.postMessage") + bot.slack.of("response")
    assert ["登记" in shown(p) or "registered" in shown(p) for p in posted] == [True] * (2 * told)
    assert not any("2017" in shown(p) for p in posted) and len(bot.slack.of("views.publish")) == told


def test_the_server_serves_it_beside_the_api(slack: StandIn, service: Service, bot: Bot) -> None:
    from fastapi.testclient import TestClient

    given = {"people": PEOPLE, "token": TOKEN, "signing_secret": SECRET, "base_url": f"{slack.url}/api/"}
    app = create_app(service, None, [ChatPart(service, Configured(CHANNEL, CHANNEL.settings.model_validate(given)))])
    with TestClient(app) as bot.http:
        assert bot.mention(QUESTION).status_code == 200
        assert "2017-05" in shown(slack.get()[0])
        assert "/slack/events" not in bot.http.get("/openapi.json").text


def test_a_token_that_slack_does_not_accept_is_told_at_the_start(slack: StandIn, make_bot: MakeBot) -> None:
    slack.refuse("auth.test", error="invalid_auth")
    with pytest.raises(UsageError, match="token"):
        make_bot()


def test_it_starts_while_slack_is_away(make_bot: MakeBot, slack: StandIn) -> None:
    bot = make_bot(base_url="http://127.0.0.1:9/api/")
    assert bot.send(json.dumps({"type": "url_verification", "challenge": "abc"}).encode()).status_code == 200
    assert bot.mention(QUESTION).status_code == 500  # nobody can be told apart from ourselves yet


def test_one_way_to_be_heard_is_needed() -> None:
    with pytest.raises(ValueError, match="signing_secret or app_token"):
        CHANNEL.settings.model_validate({"token": TOKEN})
