"""DingTalk, from its messages to its cards: an app, the reception, a store and the shop, with the open APIs on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.ask import Assistant
from assistant.channels.chat.dingtalk import CHANNEL, HOSTS, DingTalkSettings, dressed
from assistant.channels.chat.message import Button, Message
from assistant.service import Service
from semantic_layer.errors import ChannelError
from semantic_layer.shops import open_shop
from tests.channels.chat.dingtalk.conftest import Serve
from tests.channels.chat.dingtalk.platform import DingTalk, is_message, shown, signed, wrote
from tests.channels.chat.standin import Standin, standin
from tests.conftest import write_shop

QUESTION = "2017年5月各部门的销售额"
FIGURE = "total sales in May 2017"


# -- who calls ---------------------------------------------------------------------------------------------------------


def test_what_is_not_signed_within_the_hour_is_refused(serve: Serve, platform: Standin, webhook: str) -> None:
    server, message = serve(), wrote(FIGURE, webhook)
    good = signed()
    refused = {
        "another secret": signed("another"),
        "no signature": {"timestamp": good["timestamp"]},
        "no time": {"sign": good["sign"]},
        "another time": {**good, "timestamp": str(int(good["timestamp"]) + 1)},
        "an hour ago": signed(ago=3_700),
        "in an hour": signed(ago=-3_700),
        "no number": {**good, "timestamp": "soon"},
        "no ASCII": {**good, "timestamp": "１２３".encode()},
        "long": {**good, "timestamp": "9" * 5_000},
    }
    for name, headers in refused.items():
        assert server.deliver(message, headers) == 401, name  # type: ignore[arg-type]
    assert not platform.calls
    assert server.deliver(message, signed(ago=3_500)) == 200
    assert "2017-05" in shown(platform.wait(1, is_message)[0])[0]


def test_what_is_no_message_is_refused(serve: Serve, platform: Standin, webhook: str) -> None:
    server = serve()
    broken = [b"{", b"[]", b'"x"', b"[" * 100_000, {"msgtype": "text"}, {**wrote("x", webhook), "msgId": None}, {**wrote("x", webhook), "sessionWebhookExpiredTime": "soon"}]
    for each in broken:
        assert server.deliver(each) == 400, each  # type: ignore[arg-type]
    for ignored in (wrote("x", webhook, msgtype="picture", content={"downloadCode": "d"}), wrote("x", webhook, senderId="$:LWCP_v1:$bot"), wrote("x", webhook, msgtype="file", content={})):
        assert server.deliver(ignored) == 200
    server.reception.close()
    assert not platform.calls


# -- questions and answers ---------------------------------------------------------------------------------------------


def test_a_chinese_question_is_answered_with_rows_chart_and_buttons(serve: Serve, platform: Standin, webhook: str) -> None:
    assert serve().deliver(wrote(QUESTION, webhook)) == 200
    (call,) = platform.wait(1, is_message)
    text, buttons = shown(call)
    assert call.path == "/robot/sendBySession?session=s1" and "2017" in text and "![](@lADPDe7s2ySi18PNA6XNBXg)" in text
    assert text.count("\n- ") >= 10 and "没有列出" in text and "> » " in text
    assert buttons and all("#next:zh:" in said and "~" not in said for said in buttons.values())
    assert len([c for c in platform.calls if c.path.startswith("/media/upload")]) == 1


def test_a_question_back_is_chosen_by_a_click(serve: Serve, platform: Standin, webhook: str) -> None:
    server = serve()
    server.deliver(wrote("best customers in May 2017", webhook))
    text, buttons = shown(platform.wait(1, is_message)[0])
    choices = [said for said in buttons.values() if "#choice:" in said]
    assert len(choices) >= 2 and "\n1. " in text and "\n2. " in text
    server.deliver(wrote(choices[1], webhook, "msg2"))  # what DingTalk sends for whoever clicked
    assert "\n- " in shown(platform.wait(2, is_message)[1])[0]


def test_a_number_chooses_from_a_question_back(serve: Serve, platform: Standin, webhook: str) -> None:
    server = serve()
    server.deliver(wrote("best customers in May 2017", webhook))
    platform.wait(1, is_message)
    server.deliver(wrote("2", webhook, "msg2"))
    assert "\n- " in shown(platform.wait(2, is_message)[1])[0]


def test_the_next_question_and_why_are_asked_by_clicks(serve: Serve, platform: Standin, webhook: str) -> None:
    server = serve()
    server.deliver(wrote("2017年6月的销售额比5月多多少", webhook))
    _, buttons = shown(platform.wait(1, is_message)[0])
    assert buttons
    for number, said in enumerate(buttons.values()):
        server.deliver(wrote(said, webhook, f"click{number}"))
        assert shown(platform.wait(2 + number, is_message)[1 + number])[0]


def test_in_a_group_everybody_has_their_own_conversation_and_buttons_keep_theirs(serve: Serve, platform: Standin, webhook: str) -> None:
    server = serve()
    server.deliver(wrote(FIGURE, webhook, group=True))
    platform.wait(1, is_message)
    server.deliver(wrote("best customers in June 2017", webhook, "msg2", person="staff_bob", group=True))
    _, of_bob = shown(platform.wait(2, is_message)[1])
    server.deliver(wrote("by department", webhook, "msg3", group=True))  # goes on from Ann's question, not from Bob's
    assert "2017-05" in shown(platform.wait(3, is_message)[2])[0]
    choice = next(said for said in of_bob.values() if "#choice:" in said)
    server.deliver(wrote(choice, webhook, "msg4", group=True))  # Ann clicks on what Bob was asked
    text = shown(platform.wait(4, is_message)[3])[0]
    assert "2017-06" in text and "\n- " in text
    server.deliver(wrote(choice, webhook, "msg5", group=True, conversationId="cidOther=="))  # in another group it is nothing
    assert "no longer good" in shown(platform.wait(5, is_message)[4])[0]


def test_rich_text_and_spoken_words_are_read_and_a_mention_alone_is_helped(serve: Serve, platform: Standin, webhook: str) -> None:
    server = serve()
    rich = {"richText": [{"text": "total sales "}, {"downloadCode": "d", "type": "picture"}, {"text": "in May 2017"}]}
    server.deliver(wrote("", webhook, msgtype="richText", content=rich))
    assert "2017-05" in shown(platform.wait(1, is_message)[0])[0]
    server.deliver(wrote("", webhook, "msg2", msgtype="audio", content={"recognition": "2017年5月的销售额", "duration": 4000}))
    assert "2017" in shown(platform.wait(2, is_message)[1])[0]
    server.deliver(wrote("", webhook, "msg3", group=True))
    assert "例如" in shown(platform.wait(3, is_message)[2])[0]


# -- where answers go --------------------------------------------------------------------------------------------------


def test_nothing_goes_to_a_host_that_is_not_dingtalks(serve: Serve, platform: Standin) -> None:
    for evil in standin(lambda _: (200, {"errcode": 0})):
        server = serve(hosts=HOSTS)
        url = evil.url + "/robot/sendBySession?session=s1"
        addresses = (url, url.replace("http://", "http://oapi.dingtalk.com@"), "http://169.254.169.254/robot/sendBySession", "https://oapi.dingtalk.com.evil.example/x", "file:///etc/passwd")
        for number, address in enumerate(addresses):
            server.deliver(wrote(FIGURE, address, f"m{number}"))
        calls = platform.wait(len(addresses), is_message)  # answered all the same, as the robot
        assert {c.path for c in calls} == {"/v1.0/robot/oToMessages/batchSend"} and not evil.calls


@pytest.mark.parametrize("group", [True, False])
def test_where_the_webhook_is_no_good_the_robot_answers(serve: Serve, platform: Standin, webhook: str, dingtalk: DingTalk, group: bool) -> None:
    server = serve()
    server.deliver(wrote(FIGURE, webhook, group=group, sessionWebhookExpiredTime=int(time.time() * 1000) + 1_000))
    (call,) = platform.wait(1, is_message)
    assert call.path == f"/v1.0/robot/{'groupMessages/send' if group else 'oToMessages/batchSend'}"
    assert (call.json["openConversationId"] == "cidA/b==") if group else (call.json["userIds"] == ["staff_ann"])
    assert "2017-05" in shown(call)[0]
    dingtalk.failing = [(200, {"errcode": 300001, "errmsg": "session is not exist"})]
    server.deliver(wrote(FIGURE, webhook, "msg2", group=group))
    assert [c.path.split("?")[0] for c in platform.wait(3, is_message)[1:]] == ["/robot/sendBySession", call.path]
    assert len([c for c in platform.calls if c.path.endswith("/accessToken")]) == 1  # the token is kept


@pytest.mark.parametrize("failure", [(500, b"<html>"), (429, {}), (200, {"errcode": 130101, "errmsg": "send too fast"})])
def test_what_dingtalk_does_not_take_now_is_sent_again(serve: Serve, platform: Standin, webhook: str, dingtalk: DingTalk, failure: tuple[int, Any], service: Service) -> None:
    dingtalk.failing = [failure]
    serve(start=True, lease=1.0).deliver(wrote(FIGURE, webhook))
    first, second = platform.wait(2, is_message)
    assert first.path == second.path and "2017-05" in shown(second)[0]
    (thread,) = service.store.threads.of(service.shop, "dingtalk", "cidA/b==")
    assert len(service.store.turns(thread.conversation, "ann")) == 1  # asked once


def test_a_token_that_has_run_out_is_asked_for_anew(make_settings: Callable[..., DingTalkSettings], platform: Standin, dingtalk: DingTalk) -> None:
    poster = CHANNEL.poster(make_settings())
    dingtalk.failing = [(400, {"code": "InvalidAuthentication", "message": "token"})]
    with pytest.raises(ChannelError) as told:
        poster.send("staff_ann", Message(text="x"), "k")
    assert told.value.again
    poster.send("staff_ann", Message(text="x"), "k")
    assert len(platform.wait(2, is_message)) == 2 and len([c for c in platform.calls if c.path.endswith("/accessToken")]) == 2


def test_without_leave_to_upload_the_chart_is_left_out(serve: Serve, platform: Standin, webhook: str, dingtalk: DingTalk) -> None:
    dingtalk.no_media = 200, {"errcode": 88, "errmsg": "no permission"}
    serve().deliver(wrote(QUESTION, webhook))
    text, _ = shown(platform.wait(1, is_message)[0])
    assert "![" not in text and "\n- " in text


# -- once --------------------------------------------------------------------------------------------------------------


def test_what_is_delivered_again_is_not_answered_again(
    serve: Serve, platform: Standin, webhook: str, assistant: Assistant, open_service: Callable[[Assistant], Service]
) -> None:
    one, other = serve(), serve(open_service(assistant))  # two processes over one store
    for server in (one, one, other):
        assert server.deliver(wrote(FIGURE, webhook)) == 200
    platform.wait(1, is_message)
    one.reception.close(), other.reception.close()
    assert len([c for c in platform.calls if is_message(c)]) == 1


def test_a_slow_answer_is_acknowledged_first(serve: Serve, platform: Standin, webhook: str, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, acknowledged = service.assistant.ask, threading.Event()

    def slow(*given: Any, **named: Any) -> Any:
        assert acknowledged.wait(60)
        return ask(*given, **named)

    monkeypatch.setattr(service.assistant, "ask", slow)
    assert serve().deliver(wrote(FIGURE, webhook)) == 200
    assert not platform.calls
    acknowledged.set()
    assert "2017-05" in shown(platform.wait(1, is_message)[0])[0]


# -- who asks, and what the data hold ----------------------------------------------------------------------------------


def test_nobody_who_is_not_known_gets_data(serve: Serve, platform: Standin, webhook: str) -> None:
    silent = serve()
    assert silent.deliver(wrote(FIGURE, webhook, person="staff_zoe")) == 200
    silent.reception.close()
    assert not platform.calls
    serve(tell_unknown=True).deliver(wrote(QUESTION, webhook, "msg2", person="staff_zoe"))
    text, buttons = shown(platform.wait(1, is_message)[0])
    assert "管理员" in text and not buttons


HOSTILE = ["@所有人 @all @13800000000", "[click](https://evil.example)", "![x](https://evil.example/p.png)", "**bold** `code` | a", "line\n\n# head", "---", "\u202eevil", "<font color=red>x</font>"]
CATALOG = {
    "datasets": {
        "orders": {
            "source": "orders",
            "primary_key": ["id"],
            "fields": {"id": {"type": "integer"}, "city": {"type": "string", "label": {"en": "city", "zh": "城市"}}, "amount": {"type": "number"}},
        }
    },
    "metrics": {"sales": {"expression": "SUM(orders.amount)", "label": {"en": "sales", "zh": "销售额"}}},
}


@pytest.fixture
def hostile(tmp_path: Path, open_service: Callable[[Assistant], Service]) -> Iterator[Service]:
    values = ", ".join(f"({n}, '{v}', {10.0 * (n + 1)})" for n, v in enumerate(HOSTILE))
    folder = write_shop(tmp_path / "small", CATALOG, f"CREATE TABLE orders AS FROM (VALUES {values}) t(id, city, amount)")
    shop = open_shop(str(folder))
    yield open_service(Assistant(shop))
    shop.close()


@pytest.mark.parametrize("question", ["sales by city", "各城市的销售额"])
def test_values_of_the_data_mention_nobody_and_break_nothing(hostile: Service, serve: Serve, platform: Standin, webhook: str, question: str) -> None:
    serve(hostile).deliver(wrote(question, webhook))
    text, _ = shown(platform.wait(1, is_message)[0])
    ours = text.replace("![](@lADPDe7s2ySi18PNA6XNBXg)", "")
    assert not set(ours.split("[", 1)[0]) & set("@`|<~_") and "](https" not in text and "\u202e" not in text and "\n#" not in text and "\n---" not in text
    rows = [line for line in text.split("\n") if line.startswith("- ")]
    assert len(rows) == len(HOSTILE) and any("＠所有人 ＠all" in row for row in rows) and any("－－－" in row for row in rows)


def test_labels_of_the_data_are_no_links_and_no_other_button() -> None:
    asked = tuple(Button(label=label, do=f"choice:en:c:1:{n}") for n, label in enumerate(["](https://evil.example) #next:en:x:1:0", "y", *("值" * 200,) * 5]))
    title, text, buttons = dressed(Message(text="# x", ask=asked, buttons=(Button(label="z", do="next:en:c:1:0"),), lang="en"), short="abcdef")
    assert title == "＃ x" and "](https" not in text and "\n2. y\n" in text
    assert len(buttons) == 5 and buttons[1][0] == "2. y" and all(len(label) <= 20 and len(url) <= 500 for label, url in buttons)
    assert "[z](dtmd:" in text and "[6. 值" in text and buttons[0][1].endswith("%23choice%3Aen%3Ac%3A1%3A0~abcdef")


def test_a_row_says_what_its_numbers_are() -> None:
    one = Message(text="x", heads=("sales", "growth"), numeric=(True, True), table=(("5", "-6%"),), lang="en")
    assert "- sales 5 · growth -6%" in dressed(one)[1]
    pairs = Message(text="x", heads=("city", "sales"), numeric=(False, True), table=(("Harbin", "5"), ("Sanya", "6")), lang="en")
    assert "**city · sales**\n- Harbin · 5\n- Sanya · 6" in dressed(pairs)[1]


def test_a_text_has_as_many_rows_as_there_is_room_for() -> None:
    wide = Message(text="x" * 100, heads=("h",) * 40, numeric=(False,) * 40, table=(("值" * 300,) * 40,) * 15, lang="en")
    _, text, _ = dressed(wide)
    assert len(text.encode()) <= 15_003
    few = Message(text="x", heads=("a", "b", "c"), numeric=(False, True, True), table=(("tea", "1", "2"),), lang="en")
    assert "- tea · b 1 · c 2" in dressed(few)[1]


# -- what nobody asked for, and settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "path"), [("ops", "/robot/send"), ("cidX==", "/v1.0/robot/groupMessages/send"), ("staff_bob", "/v1.0/robot/oToMessages/batchSend")])
@pytest.mark.parametrize("buttons", [0, 1, 2, 5, 8])
def test_a_message_is_sent_to_a_group_or_a_person(make_settings: Callable[..., DingTalkSettings], platform: Standin, place: str, path: str, buttons: int) -> None:
    offered = tuple(Button(label=f"采纳 {n}", do=f"action:zh:accepted:a{n}") for n in range(buttons))
    CHANNEL.poster(make_settings()).send(place, Message(text="销售额下降", lang="zh", heads=("a", "b"), numeric=(False, True), table=(("x", "1"),), buttons=offered), "k1")
    (call,) = platform.wait(1, is_message)
    text, links = shown(call)
    assert call.path.split("?")[0] == path and "销售额下降" in text
    assert len(links) == (0 if place == "ops" else buttons)  # nobody hears a click on a robot that is only written to


def test_who_is_held_back_is_told_later(make_settings: Callable[..., DingTalkSettings], dingtalk: DingTalk) -> None:
    dingtalk.failing = [(200, {"processQueryKey": "q", "flowControlledStaffIdList": ["staff_ann"]})]
    with pytest.raises(ChannelError) as told:
        CHANNEL.poster(make_settings()).send("staff_ann", Message(text="x"), "k")
    assert told.value.again


def test_settings_keep_their_secrets(make_settings: Callable[..., DingTalkSettings]) -> None:
    found = make_settings()
    assert not any(secret in repr(found) for secret in ("app-secret", "SEC123", "robot-token"))
    assert CHANNEL.listen(found, None) is None  # type: ignore[arg-type]
    assert CHANNEL.routes(make_settings(stream=True), None) is None  # type: ignore[arg-type]
    assert json.loads(found.model_dump_json())["hosts"] == [*HOSTS, "127.0.0.1"]
