"""The long connection: the SDK's own client, with Feishu's gateway on loopback."""

from __future__ import annotations

import base64
import json
import queue
import threading
from collections.abc import Callable
from typing import Any

from lark_oapi.ws.pb.pbbp2_pb2 import Frame
from websockets.sync.server import ServerConnection, serve

from assistant.channels.chat.feishu import CHANNEL, FeishuSettings
from assistant.channels.chat.reception import Reception
from assistant.service import Service
from tests.channels.chat.feishu.conftest import is_reply
from tests.channels.chat.feishu.platform import Feishu, card, clicked, wrote
from tests.channels.chat.standin import Call, Standin


def framed(payload: dict[str, Any]) -> bytes:
    """An event as the gateway sends it."""
    frame = Frame(service=1, method=1, SeqID=1, LogID=1, payload=json.dumps(payload).encode())
    for key, value in {"type": "event", "message_id": "m1", "sum": "1", "seq": "0", "trace_id": "t1"}.items():
        header = frame.headers.add()
        header.key, header.value = key, value
    return bytes(frame.SerializeToString())


def acknowledged(connection: ServerConnection) -> dict[str, Any]:
    """What the client says to an event; it also says now and then that it is there."""
    while True:
        frame = Frame()
        frame.ParseFromString(connection.recv(60))
        if frame.method == 1:
            return dict(json.loads(frame.payload))


def test_events_and_clicks_come_by_the_long_connection(service: Service, platform: Standin, feishu: Feishu, make_settings: Callable[..., FeishuSettings]) -> None:
    settings = make_settings(verification_token="", long_connection=True)
    outbox: queue.Queue[bytes] = queue.Queue()
    acks: queue.Queue[dict[str, Any]] = queue.Queue()

    def gateway(connection: ServerConnection) -> None:
        while message := outbox.get():
            connection.send(message)
            acks.put(acknowledged(connection))

    with serve(gateway, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]

        def answering(call: Call) -> tuple[int, Any]:
            if call.path != "/callback/ws/endpoint":
                return feishu(call)
            assert call.json == {"AppID": settings.app_id, "AppSecret": "s"}
            url = f"ws://127.0.0.1:{port}/?device_id=d1&service_id=1"
            return 200, {"code": 0, "data": {"URL": url, "ClientConfig": {"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 0, "PingInterval": 120}}}

        platform.answering = answering
        reception = Reception(service, CHANNEL.name, settings, CHANNEL.poster(settings))
        assert CHANNEL.routes(settings, reception) is None  # nothing could tell who calls
        end = CHANNEL.listen(settings, reception)
        assert end is not None
        try:
            outbox.put(framed(wrote("best customers in May 2017")))
            assert acks.get(timeout=60)["code"] == 200
            (back,) = platform.wait(1, is_reply)
            value = card(back)["button"][0][1]
            outbox.put(framed(clicked(value)))
            told = acks.get(timeout=60)
            assert json.loads(base64.b64decode(told["data"]))["toast"]["content"] == "Working on it…"
            assert card(platform.wait(2, is_reply)[1])["table"]
        finally:
            outbox.put(b"")
            end()
            reception.close()
    assert not [t for t in threading.enumerate() if t.name == "wenshu-feishu-listens"]
