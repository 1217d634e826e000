"""Feishu, from its events to its cards: the SDK, an app, the reception, a store and the shop, with the open platform on loopback."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.ask import Assistant
from assistant.channels.chat.channel import ChannelSettings
from assistant.channels.chat.feishu import CHANNEL, FeishuSettings, card_of
from assistant.channels.chat.message import Message
from assistant.service import Service
from semantic_layer.errors import ChannelError, UsageError
from semantic_layer.shops import open_shop
from tests.channels.chat.feishu.conftest import Serve, is_reply
from tests.channels.chat.feishu.platform import KEY, TOKEN, Feishu, card, check_content, clicked, event, sealed, signed, wrote
from tests.channels.chat.standin import Standin
from tests.conftest import write_shop

QUESTION = "2017年5月各部门的销售额"
FIGURE = "total sales in May 2017"


# -- who calls ---------------------------------------------------------------------------------------------------------


def test_the_address_is_verified(serve: Serve) -> None:
    asked = {"challenge": 'c"1', "token": TOKEN, "type": "url_verification"}
    response = serve().deliver(asked)
    assert (response.status_code, response.json()) == (200, {"challenge": 'c"1'})
    assert serve().deliver({**asked, "token": "another"}).status_code == 403
    assert serve().deliver({k: v for k, v in asked.items() if k != "token"}).status_code == 403


@pytest.mark.parametrize("token", [TOKEN, ""])
def test_the_address_is_verified_encrypted(serve: Serve, token: str) -> None:
    server, asked = serve(encrypt_key=KEY, verification_token=token), {"challenge": "c1", "token": TOKEN, "type": "url_verification"}
    assert server.deliver(sealed(asked)).json() == {"challenge": "c1"}
    assert server.deliver(sealed(asked, "another-key")).status_code == 401
    assert server.deliver(asked).status_code == (200 if token else 401)


def test_what_does_not_come_from_feishu_is_refused(serve: Serve, platform: Standin) -> None:
    plain, secret = serve(), serve(encrypt_key=KEY)
    body = sealed(wrote(FIGURE))
    refused = {
        "token": (plain, {**wrote(FIGURE), "header": {**wrote(FIGURE)["header"], "token": "another"}}, None, 403),
        "a token of half a character": (plain, json.dumps({**wrote(FIGURE), "header": {"token": "\ud83d"}}).encode(), None, 403),
        "no token": (plain, {"schema": "2.0", "header": {"event_type": "im.message.receive_v1"}, "event": {}}, None, 403),
        "signature": (secret, body, signed(body, "another-key"), 401),
        "signature of another body": (secret, body, signed(sealed(wrote("x"))), 401),
        "no signature": (secret, body, None, 401),
        "no encryption, no signature": (secret, wrote(FIGURE), None, 401),
        "the key of another": (secret, sealed(wrote(FIGURE), "another-key"), signed(b""), 401),
        "no cipher text": (secret, b'{"encrypt": "!"}', signed(b'{"encrypt": "!"}'), 401),
        "encrypted without a key": (plain, body, signed(body), 401),
        "no JSON": (plain, b"{", None, 400),
        "a list": (plain, b"[]", None, 400),
        "deep": (plain, b"[" * 100_000, None, 400),
    }
    for name, (server, payload, headers, status) in refused.items():
        assert server.deliver(payload, headers).status_code == status, name
    for broken in ({"event": {}}, {"event": None}, {"event": {"message": {"chat_type": "p2p", "message_type": "text"}, "sender": {"sender_type": "user"}}}, {"event": {"message": [], "sender": 1}}):
        assert plain.deliver({**wrote(FIGURE), **broken}).status_code == 400, broken
    assert not platform.calls


def test_an_encrypted_event_is_answered(serve: Serve, platform: Standin) -> None:
    body = sealed(wrote(FIGURE))
    assert serve(encrypt_key=KEY, verification_token="").deliver(body, signed(body)).status_code == 200
    (call,) = platform.wait(1, is_reply)
    assert "2017-05" in card(call)["div"][0]


# -- questions and answers ---------------------------------------------------------------------------------------------


def test_a_chinese_question_is_answered_with_table_chart_and_buttons(serve: Serve, platform: Standin) -> None:
    assert serve().deliver(wrote(QUESTION)).json() == {}
    (call,) = platform.wait(1, is_reply)
    assert call.path == "/open-apis/im/v1/messages/om_1/reply" and call.json["reply_in_thread"] is False
    found = card(call)
    assert "2017-05" in found["div"][0] and found["img"][0]["img_key"] == "img_v3_1" and found["img"][0]["alt"]["content"] in found["div"][0]
    (table,) = found["table"]
    assert len(table["columns"]) == 2 and table["columns"][1]["horizontal_align"] == "right" and len(table["rows"]) >= 10
    assert "没有列出" in found["div"][1] and "\n» " in found["div"][1]
    assert found["button"] and all(value["do"].startswith("next:zh:") and value["thread"] == "oc_1" for _, value in found["button"])
    assert len([c for c in platform.calls if c.path.endswith("/images")]) == 1


def test_a_group_is_answered_where_the_bot_is_mentioned(serve: Serve, platform: Standin) -> None:
    server = serve()
    for ignored in (
        wrote(FIGURE, "om_2", group=True, at=""),
        wrote(FIGURE, "om_3", group=True, at="user"),
        wrote(FIGURE, "om_4", sender="bot"),
        wrote(FIGURE, "om_5", sender="app"),
        wrote('{"image_key": "img_1"}', "om_6", kind="image"),
        event("im.chat.updated_v1", {"chat_id": "oc_1"}),
        event("im.message.message_read_v1", {}),
    ):
        assert server.deliver(ignored).status_code == 200
    server.deliver(wrote(FIGURE, group=True))
    (call,) = platform.wait(1, is_reply)
    assert call.path.endswith("/om_1/reply") and call.json["reply_in_thread"] is True and "2017-05" in card(call)["div"][0]
    assert "_user_1" not in call.json["content"]
    server.deliver(wrote("by department", "om_7", group=True, root="om_1"))  # in the thread of the first
    server.deliver(wrote("by department", "om_8", group=True))
    first, other = sorted(platform.wait(3, is_reply)[1:], key=lambda c: c.path)
    assert len(card(first)["table"][0]["rows"]) > 5 and "2017" in first.json["content"]
    assert card(other)["div"][0] != card(first)["div"][0]
    server.reception.close()
    assert len([c for c in platform.calls if is_reply(c)]) == 3


def test_rich_text_and_names_of_others_are_read(serve: Serve, platform: Standin, service: Service) -> None:
    server = serve()
    lines = [[{"tag": "at", "user_id": "@_user_1", "user_name": "问数"}, {"tag": "text", "text": " total sales"}], [{"tag": "text", "text": "in May 2017"}]]
    server.deliver(wrote(json.dumps({"title": "", "content": lines}), kind="post", group=True))
    (call,) = platform.wait(1, is_reply)
    assert "2017-05" in card(call)["div"][0]
    message = wrote("how many orders has @_user_2", "om_2")
    message["event"]["message"]["mentions"] = [{"key": "@_user_2", "id": {"open_id": "ou_x"}, "name": "Zoe", "mentioned_type": "user"}]
    server.deliver(message)
    platform.wait(2, is_reply)
    (thread,) = service.store.threads.of(service.shop, "feishu", "oc_1")
    assert service.store.turns(thread.conversation, "ann")[-1].answer["question"] == "how many orders has Zoe"


def test_characters_that_no_database_keeps_are_no_failure(serve: Serve, platform: Standin) -> None:
    assert serve().deliver(json.dumps(wrote("total sales in May 2017 \ud83d\0")).encode()).status_code == 200
    assert card(platform.wait(1, is_reply)[0])["div"][0]


def test_nothing_but_a_mention_is_told_what_can_be_asked(serve: Serve, platform: Standin) -> None:
    serve().deliver(wrote("", group=True))
    (call,) = platform.wait(1, is_reply)
    assert "例如" in card(call)["div"][0] and len(card(call)["div"]) > 1


def test_a_question_back_is_chosen_by_a_button(serve: Serve, platform: Standin) -> None:
    server = serve()
    server.deliver(wrote("best customers in May 2017", group=True))
    (back,) = platform.wait(1, is_reply)
    choices = card(back)["button"]
    assert len(choices) >= 2 and json.loads(back.json["content"])["body"]["elements"][-len(choices)]["type"] == "primary"
    response = server.deliver(clicked(choices[1][1]))
    assert response.json() == {"toast": {"type": "info", "content": "Working on it…"}}
    chosen = platform.wait(2, is_reply)[1]
    assert chosen.path.endswith("/om_card/reply") and chosen.json["reply_in_thread"] is True and card(chosen)["table"]
    server.deliver(wrote("best customers in May 2017", "om_9", group=True))  # what was meant is remembered
    assert card(platform.wait(3, is_reply)[2])["table"]


def test_the_next_question_and_why_are_asked_by_buttons(serve: Serve, platform: Standin) -> None:
    server = serve()
    server.deliver(wrote("2017年6月的销售额比5月多多少"))
    (call,) = platform.wait(1, is_reply)
    offered = card(call)["button"]
    assert offered
    for number, (_, value) in enumerate(offered):
        assert server.deliver(clicked(value)).json()["toast"]["content"] == "正在查…"
        assert card(platform.wait(2 + number, is_reply)[1 + number])["div"][0]


def test_a_button_is_good_in_its_thread_alone_and_once_for_a_click(serve: Serve, platform: Standin) -> None:
    server = serve()
    server.deliver(wrote(QUESTION))
    value = card(platform.wait(1, is_reply)[0])["button"][0][1]
    server.deliver(clicked({**value, "thread": "oc_2"}))
    assert "失效" in card(platform.wait(2, is_reply)[1])["div"][0]
    for _ in range(3):
        server.deliver(clicked(value, id="ev-again"))
    platform.wait(3, is_reply)
    server.reception.close()
    assert len([c for c in platform.calls if is_reply(c)]) == 3
    assert server.deliver(clicked({"x": 1})).status_code == 400


def test_an_action_is_taken_on_or_put_aside_by_a_button(serve: Serve, platform: Standin, service: Service) -> None:
    server = serve()
    server.deliver(wrote("这周该做什么", group=True))
    offered = [(label, value) for label, value in card(platform.wait(1, is_reply)[0])["button"] if value["do"].startswith("action:")]
    assert [label.split("：")[0] for label, _ in offered[:2]] == ["采纳", "不采纳"]
    server.deliver(clicked(offered[0][1], person="ou_bob"))
    assert "已采纳" in card(platform.wait(2, is_reply)[1])["div"][0] and "bob" in card(platform.wait(2, is_reply)[1])["div"][0]
    server.deliver(clicked({**offered[1][1], "do": "action:zh:dismissed:nothing"}))
    assert "nothing" in card(platform.wait(3, is_reply)[2])["div"][0]  # there is no such action, and that is said
    server.reception.close()


def test_the_sdk_is_loaded_only_where_it_is_used() -> None:
    code = "import sys, assistant.channels.chat.feishu, assistant.channels.chat.dingtalk; sys.exit(any(m in sys.modules for m in ('lark_oapi', 'dingtalk_stream')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# -- once --------------------------------------------------------------------------------------------------------------


def test_what_is_delivered_again_is_not_answered_again(serve: Serve, platform: Standin, assistant: Assistant, open_service: Callable[[Assistant], Service]) -> None:
    one, other = serve(), serve(open_service(assistant))  # two processes over one store
    for server in (one, one, other, other):  # 15 s, 5 min, 1 h and 6 h later, under whatever event_id
        assert server.deliver(wrote(FIGURE)).status_code == 200
    platform.wait(1, is_reply)
    one.reception.close(), other.reception.close()
    assert len([c for c in platform.calls if is_reply(c)]) == 1


def test_a_slow_answer_is_acknowledged_first(serve: Serve, platform: Standin, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ask, acknowledged = service.assistant.ask, threading.Event()

    def slow(*given: Any, **named: Any) -> Any:
        assert acknowledged.wait(60)
        return ask(*given, **named)

    monkeypatch.setattr(service.assistant, "ask", slow)
    assert serve().deliver(wrote(FIGURE)).status_code == 200  # before anything is asked
    assert not any(is_reply(c) for c in platform.calls)
    acknowledged.set()
    assert "2017-05" in card(platform.wait(1, is_reply)[0])["div"][0]


@pytest.mark.parametrize("failure", [(500, b"<html>bad gateway</html>"), (429, {"code": 99991400, "msg": "request trigger frequency limit"}), (400, {"code": 230020, "msg": "rate limit"})])
def test_what_feishu_does_not_take_now_is_sent_again_under_the_same_id(serve: Serve, platform: Standin, feishu: Feishu, failure: tuple[int, Any], service: Service) -> None:
    feishu.failing = [failure]
    serve(start=True, lease=1.0).deliver(wrote(FIGURE))
    first, second = platform.wait(2, is_reply)
    assert first.json["uuid"] == second.json["uuid"] and first.path == second.path
    (thread,) = service.store.threads.of(service.shop, "feishu", "oc_1")
    assert len(service.store.turns(thread.conversation, "ann")) == 1  # asked once


def test_what_feishu_refuses_for_good_is_given_up(serve: Serve, platform: Standin, feishu: Feishu) -> None:
    feishu.failing = [(400, {"code": 230011, "msg": "the message was withdrawn"})]
    server = serve(start=True, lease=0.2)
    server.deliver(wrote(FIGURE))
    platform.wait(1, is_reply)
    server.deliver(wrote(FIGURE, "om_2"))
    platform.wait(2, is_reply)
    server.reception.close()
    assert [c.path.split("/")[-2] for c in platform.calls if is_reply(c)] == ["om_1", "om_2"]


def test_a_card_that_is_not_taken_becomes_its_sentence(serve: Serve, platform: Standin, feishu: Feishu) -> None:
    feishu.failing = [(400, {"code": 230099, "msg": "Failed to create card content"})]
    serve().deliver(wrote(FIGURE))
    _, text = platform.wait(2, is_reply)
    assert text.json["msg_type"] == "text" and "2017-05" in json.loads(text.json["content"])["text"]


def test_without_leave_to_upload_the_chart_is_left_out(serve: Serve, platform: Standin, feishu: Feishu) -> None:
    feishu.no_images = 400, {"code": 99991672, "msg": "Access denied. scope im:resource"}
    serve().deliver(wrote(QUESTION))
    found = card(platform.wait(1, is_reply)[0])
    assert found["table"] and not found["img"]


# -- who asks, and what the data hold ----------------------------------------------------------------------------------


def test_nobody_who_is_not_known_gets_data(serve: Serve, platform: Standin) -> None:
    silent = serve()
    assert silent.deliver(wrote(FIGURE, person="ou_zoe")).json() == {}
    assert silent.deliver(clicked({"do": "next:en:x:1:0", "thread": "oc_1"}, person="ou_zoe")).json() == {}
    silent.reception.close()
    assert not platform.calls
    serve(tell_unknown=True).deliver(wrote(FIGURE, "om_2", person="ou_zoe"))
    (call,) = platform.wait(1, is_reply)
    assert "not registered" in card(call)["div"][0] and not card(call)["table"]


def test_people_are_known_by_any_of_their_ids(serve: Serve, platform: Standin, service: Service) -> None:
    serve(people={"on_ou_zoe": "zoe"}).deliver(wrote(FIGURE, person="ou_zoe"))
    platform.wait(1, is_reply)
    assert [t.user for t in service.store.threads.of(service.shop, "feishu", "oc_1")] == ["zoe"]


HOSTILE = ["<at id=all></at>", "<at user_id=\"all\">x</at>", "**bold** [link](https://evil.example) | a", "line\nline\n# head", "\u202eevil\u200b", "@_all @所有人", "</font><text_tag>"]
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


@pytest.mark.parametrize("question", ["sales by city", "各城市的销售额"])
def test_values_of_the_data_mention_nobody_and_break_nothing(
    tmp_path: Path, serve: Serve, platform: Standin, open_service: Callable[[Assistant], Service], question: str
) -> None:
    values = ", ".join(f"({n}, '{v.replace(chr(39), chr(39) * 2)}', {10.0 * (n + 1)})" for n, v in enumerate(HOSTILE))
    folder = write_shop(tmp_path / "small", CATALOG, f"CREATE TABLE orders AS FROM (VALUES {values}) t(id, city, amount)")
    shop = open_shop(str(folder))
    serve(open_service(Assistant(shop))).deliver(wrote(question))
    (call,) = platform.wait(1, is_reply)  # all text is plain_text, all columns are text: the platform checked it
    shown = card(call)["table"][0]["rows"]
    assert len(shown) == len(HOSTILE) and {"<at id=all></at>", "line line # head", "evil"} <= {row["c0"] for row in shown}
    assert not any(c in call.json["content"] for c in "\u202e\u200b")
    shop.close()


def test_a_sentence_alone_tags_nobody(make_settings: Callable[..., FeishuSettings], platform: Standin, feishu: Feishu) -> None:
    feishu.failing = [(400, {"code": 230099, "msg": "Failed to create card content"})]
    CHANNEL.poster(make_settings()).send("oc_1", Message(text='Best: <at user_id="all">x</at>'), "k")
    text = json.loads(platform.wait(2, is_reply)[1].json["content"])["text"]
    assert "<" not in text and "Best" in text


def test_a_card_has_as_many_rows_as_it_has_room_for() -> None:
    wide = Message(text="x" * 10_000, heads=("h",) * 40, numeric=(False,) * 40, table=(("值" * 500,) * 40,) * 15, details=("y" * 2_000,) * 3)
    found = card_of(wide)
    check_content("interactive", json.dumps(found, ensure_ascii=False))
    assert any("more rows" in e["text"]["content"] for e in found["body"]["elements"] if e["tag"] == "div")


# -- what nobody asked for, and settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "kind"), [("oc_9", "chat_id"), ("ou_9", "open_id"), ("on_9", "union_id"), ("e9a", "user_id")])
def test_a_message_is_sent_to_a_chat_or_a_person(make_settings: Callable[..., FeishuSettings], platform: Standin, place: str, kind: str) -> None:
    poster, message = CHANNEL.poster(make_settings()), Message(text="Sales fell", heads=("a", "b"), numeric=(False, True), table=(("x", "1"),))
    for key in ("k1", "k1", "k2"):
        poster.send(place, message, key)
    calls = platform.wait(3, is_reply)
    assert {c.path for c in calls} == {f"/open-apis/im/v1/messages?receive_id_type={kind}"} and {c.json["receive_id"] for c in calls} == {place}
    assert calls[0].json["uuid"] == calls[1].json["uuid"] != calls[2].json["uuid"]


def test_wrong_credentials_are_tried_again_and_told(make_settings: Callable[..., FeishuSettings], platform: Standin) -> None:
    platform.answering = lambda _: (200, {"code": 10014, "msg": "app secret invalid"})
    with pytest.raises(ChannelError, match="app secret invalid") as told:
        CHANNEL.poster(make_settings()).send("oc_1", Message(text="x"), "k")
    assert told.value.again


def test_settings_say_what_is_missing(make_settings: Callable[..., FeishuSettings]) -> None:
    with pytest.raises(ValidationError, match="verification_token or encrypt_key"):
        make_settings(verification_token="")
    with pytest.raises(UsageError, match=r"channels\.feishu\.domain"):
        CHANNEL.poster(make_settings(domain="http://open.example.com"))
    secret = make_settings(app_secret="hush", encrypt_key="hush", verification_token="hush")
    assert "hush" not in repr(secret)
    assert isinstance(secret, ChannelSettings) and CHANNEL.listen(secret, None) is None  # type: ignore[arg-type]
