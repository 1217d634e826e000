"""Slack that is slow, away or refuses: what passes is tried again, what does not is given up, and nobody gets an answer twice for it."""

from __future__ import annotations

import time

import pytest

from assistant.channels.chat.channel import Incoming
from assistant.channels.chat.message import Message
from semantic_layer.errors import ChannelError
from tests.channels.chat.slack.conftest import Bot, MakeBot, shown

QUESTION = "total sales in May 2017"
INCOMING = Incoming("k", "U1", "C1/1.1", reply={"channel": "C1", "thread": "1.1"})


def test_where_slack_asks_to_wait_it_is_waited_for(bot: Bot) -> None:
    bot.slack.refuse("chat.postMessage", 429, "ratelimited", after=1)
    bot.mention(QUESTION)
    asked = time.monotonic()
    assert "2017-05" in shown(bot.slack.get()[0])
    bot.close()
    assert time.monotonic() - asked >= 1 and len(bot.slack.of("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("status", "error", "after", "again", "wait"),
    [
        (429, "ratelimited", 3600, True, 3600.0),
        (500, "", None, True, None),
        (200, "internal_error", None, True, None),
        (200, "channel_not_found", None, False, None),
        (200, "invalid_auth", None, False, None),
        (200, "is_archived", None, False, None),
    ],
)
def test_what_passes_is_told_from_what_does_not(bot: Bot, status: int, error: str, after: int | None, again: bool, wait: float | None) -> None:
    bot.slack.refuse("chat.postMessage", status, error, after)
    with pytest.raises(ChannelError) as raised:
        bot.reception.poster.answer(INCOMING, Message(text="x"))
    assert raised.value.again is again and raised.value.after == wait and not bot.slack.of("chat.postMessage")


def test_slack_that_cannot_be_reached_is_tried_again(make_bot: MakeBot) -> None:
    bot = make_bot(base_url="http://127.0.0.1:9/api/")
    with pytest.raises(ChannelError) as raised:
        bot.reception.poster.answer(INCOMING, Message(text="x"))
    assert raised.value.again


def test_an_answer_that_slack_did_not_take_comes_later_and_is_asked_once(make_bot: MakeBot) -> None:
    bot = make_bot(lease=1.0)
    bot.reception.start()
    bot.slack.refuse("chat.postMessage", 500)
    bot.mention(QUESTION, ts="1600000000.5")
    assert "2017-05" in shown(bot.slack.get()[0])
    bot.close()
    (thread,) = bot.service.store.threads.of(bot.service.shop, "slack", "C1/1600000000.5")
    assert len(bot.service.store.turns(thread.conversation, "ann")) == 1 and len(bot.slack.of("chat.postMessage")) == 1


def test_an_answer_that_slack_never_takes_is_given_up(make_bot: MakeBot) -> None:
    bot = make_bot(lease=0.4)
    bot.reception.start()
    bot.slack.refuse("chat.postMessage", 200, "is_archived", times=9)
    bot.mention(QUESTION)
    time.sleep(1.5)
    bot.close()
    assert not bot.service.store.inbox.unfinished(bot.service.shop, "slack", 0.0, 9)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_file_that_slack_does_not_take_is_said_and_the_answer_is_not_repeated(make_bot: MakeBot, method: str) -> None:
    bot = make_bot(lease=0.6)
    bot.reception.start()
    bot.slack.refuse(method, 500)
    bot.mention("2017年5月各部门的销售额")
    answer, note = bot.slack.get(number=2)
    assert "没有传上来" in shown(note) and note["thread_ts"] == answer["thread_ts"]
    first, second = (each["metadata"]["event_payload"]["key"] for each in (answer, note))
    assert second == f"{first}/file"
    time.sleep(1.0)
    bot.close()
    assert len(bot.slack.of("chat.postMessage")) == 2


def test_a_button_that_cannot_be_marked_does_not_spoil_its_answer(bot: Bot) -> None:
    bot.mention("2017年5月各部门的销售额")
    first = bot.slack.get()[0]
    bot.slack.refuse("chat.update", 200, "cant_update_message")
    do = next(e["value"] for b in first["blocks"] if b["type"] == "actions" for e in b["elements"])
    bot.click(first, do)
    bot.slack.get(number=2)
    bot.close()
    assert len(bot.slack.of("chat.postMessage")) == 2


def test_a_question_that_goes_wrong_gets_a_sentence(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom <secret>")

    monkeypatch.setattr(bot.service.assistant, "ask", broken)
    bot.mention("2017年5月的销售额")
    said = shown(bot.slack.get()[0])
    assert "出错" in said and "secret" not in said
