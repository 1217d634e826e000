"""The stream: the SDK's own client, with DingTalk's gateway on loopback."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from assistant.channels.chat.dingtalk import CHANNEL, DingTalkSettings
from assistant.channels.chat.reception import Reception
from assistant.service import Service
from semantic_layer.errors import StoreError
from tests.channels.chat.dingtalk.platform import SECRET, DingTalk, is_message, shown, wrote
from tests.channels.chat.standin import Call, Standin


def framed(payload: Any, id: str) -> str:
    headers = {"appId": "a", "connectionId": "c", "contentType": "application/json", "messageId": id, "time": "1690362102194", "topic": "/v1.0/im/bot/messages/get"}
    return json.dumps({"specVersion": "1.0", "type": "CALLBACK", "headers": headers, "data": json.dumps(payload)})


def test_messages_come_by_the_stream(
    service: Service, platform: Standin, webhook: str, dingtalk: DingTalk, make_settings: Callable[..., DingTalkSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(stream=True)
    outbox: queue.Queue[str] = queue.Queue()
    acks: queue.Queue[dict[str, Any]] = queue.Queue()

    def gateway(connection: ServerConnection) -> None:
        assert connection.request is not None and connection.request.path == "/connect?ticket=t%2F1"
        while message := outbox.get():
            connection.send(message)
            acks.put(json.loads(connection.recv(60)))

    def delivered(payload: Any, id: str) -> dict[str, Any]:
        outbox.put(framed(payload, id))
        ack = acks.get(timeout=60)
        assert ack["headers"]["messageId"] == id
        return ack

    with serve(gateway, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]

        def answering(call: Call) -> tuple[int, Any]:
            if call.path != "/v1.0/gateway/connections/open":
                return dingtalk(call)
            assert call.json["clientId"] == "ding1" and call.json["clientSecret"] == SECRET
            assert {"type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get"} in call.json["subscriptions"]
            return 200, {"endpoint": f"ws://127.0.0.1:{port}/connect", "ticket": "t/1"}

        platform.answering = answering
        reception = Reception(service, CHANNEL.name, settings, CHANNEL.poster(settings))
        end = CHANNEL.listen(settings, reception)
        assert end is not None
        try:
            assert delivered(wrote("total sales in May 2017", webhook), "f1")["code"] == 200
            assert "2017-05" in shown(platform.wait(1, is_message)[0])[0]
            assert delivered(wrote("total sales in May 2017", webhook), "f2")["code"] == 200  # again, and not answered again
            assert delivered({"msgtype": "text"}, "f3")["code"] == 400

            def away(*_: Any) -> bool:
                raise StoreError("away")

            monkeypatch.setattr(reception, "receive", away)
            assert delivered(wrote("total sales", webhook, "msg9"), "f4")["code"] == 500  # DingTalk delivers it again
        finally:
            outbox.put("")
            end()
            reception.close()
    assert len([c for c in platform.calls if is_message(c)]) == 1
    assert not [t for t in threading.enumerate() if t.name == "wenshu-dingtalk-listens"]
