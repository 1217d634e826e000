"""Without a public address: the same by a connection of our own to Slack (socket mode)."""

from __future__ import annotations

import json
import queue
import threading
from typing import Any

from websockets.sync.server import ServerConnection, serve

from assistant.channels.chat.reception import Reception
from assistant.channels.chat.slack import CHANNEL, SlackSettings
from assistant.service import Service
from tests.channels.chat.slack.conftest import PEOPLE, Bot, shown
from tests.channels.chat.slack.stand_in import TOKEN, StandIn


def test_what_comes_by_a_connection_is_acknowledged_and_answered_once(slack: StandIn, service: Service, bot: Bot) -> None:
    acknowledged: queue.Queue[dict[str, Any]] = queue.Queue()
    event = bot.written("<@UBOT> total sales in May 2017")

    def talk(connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        for number in range(2):  # delivered twice
            payload = {"type": "event_callback", "event_id": "Ev1", "team_id": "T1", "event": event}
            envelope = {"envelope_id": f"e{number}", "type": "events_api", "accepts_response_payload": False, "retry_attempt": number}
            connection.send(json.dumps({**envelope, "payload": payload}))
        for message in connection:
            acknowledged.put(json.loads(message))

    with serve(talk, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        slack.socket = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/link"
        given = {"people": PEOPLE, "token": TOKEN, "app_token": "xapp-of-the-test", "base_url": f"{slack.url}/api/"}
        settings = SlackSettings.model_validate(given)
        reception = Reception(service, "slack", settings, CHANNEL.poster(settings))
        assert CHANNEL.routes(settings, reception) is None
        end = CHANNEL.listen(settings, reception)
        assert end is not None
        try:
            assert {acknowledged.get(timeout=30)["envelope_id"] for _ in range(2)} == {"e0", "e1"}
            assert "2017-05" in shown(slack.get()[0])
        finally:
            end()
            reception.close()
        assert len(slack.of("chat.postMessage")) == 1


def test_without_an_app_token_nothing_is_connected_to(bot: Bot) -> None:
    assert CHANNEL.listen(bot.settings, bot.reception) is None
