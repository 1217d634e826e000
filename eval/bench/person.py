"""People at the page, for the bench: one in a real browser, others by the protocol of the page, which costs this machine little."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

PATIENCE = 60.0  # seconds
_PROTOCOL = "streamlit"
# Kept as window.took: milliseconds until the message after the question's has a sentence.
_WATCH = """([question, before]) => {
    window.took = 0;
    const text = message => message && message.querySelector('[data-testid=stText]');
    const found = () => {
        const said = [...document.querySelectorAll('[data-testid=stChatMessage]')].slice(before);
        const at = said.findIndex(message => text(message) && text(message).innerText === question);
        return at >= 0 && text(said[at + 1]);
    };
    const begun = performance.now();
    new MutationObserver((_, self) => { if (found()) { self.disconnect(); window.took = performance.now() - begun; } })
        .observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


class Person(Protocol):
    """Somebody who asks."""

    def ask(self, question: str) -> float:
        """Seconds from Enter to the sentence of the answer. A question is asked once in a conversation. Raises TimeoutError."""
        ...

    def anew(self) -> None:
        """Begins a conversation."""
        ...


class Reader:
    """Somebody who follows what the server sends: the sentence counts when it has arrived."""

    by = "protocol"

    def __init__(self, address: str) -> None:
        self._address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.anew()

    def anew(self) -> None:
        """As a page that is opened."""
        from websockets.sync.client import connect
        from websockets.typing import Subprotocol

        self._connection = connect(self._address, subprotocols=[Subprotocol(_PROTOCOL)], max_size=None, open_timeout=PATIENCE)
        self._box, self._script = "", ""
        self._send({})
        for message in self._messages():
            if message.WhichOneof("type") == "script_finished" and self._box:
                break

    def ask(self, question: str) -> float:
        """Seconds until the sentence has arrived."""
        began = time.perf_counter()
        self._send({"id": self._box, "chat_input_value": {"data": question}})
        asked: tuple[int, int] | None = None
        seconds = 0.0
        for message in self._messages():
            place = tuple(message.metadata.delta_path)
            text = message.delta.new_element.text.body if message.WhichOneof("type") == "delta" else ""
            if text == question and len(place) > 1:
                asked = (place[0], place[1] + 1)
            elif text and asked and place[:2] == asked and not seconds:
                seconds = time.perf_counter() - began
            elif message.WhichOneof("type") == "script_finished" and seconds:
                break  # chart and table have arrived as well
        return seconds

    def _messages(self) -> Iterator[Any]:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        until = time.monotonic() + PATIENCE
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._connection.recv(timeout=max(0.0, until - time.monotonic())))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self._script = message.new_session.page_script_hash
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "chat_input":
                self._box = message.delta.new_element.chat_input.id
            yield message

    def _send(self, widget: dict[str, Any]) -> None:
        from streamlit.proto.BackMsg_pb2 import BackMsg

        message = BackMsg()
        message.rerun_script.query_string = ""
        message.rerun_script.page_script_hash = self._script
        if widget:
            state = message.rerun_script.widget_states.widgets.add()
            state.id = widget["id"]
            state.chat_input_value.data = widget["chat_input_value"]["data"]
        self._connection.send(message.SerializeToString())


class Viewer:
    """Somebody with a browser: the sentence counts when it stands on the page."""

    by = "browser"

    def __init__(self, page: Any) -> None:
        self._page = page

    def anew(self) -> None:
        """By the button."""
        self._page.get_by_test_id("stSidebar").get_by_test_id("stBaseButton-secondary").first.click()
        self._page.get_by_test_id("stChatMessage").nth(1).wait_for(state="detached")

    def ask(self, question: str) -> float:
        """Seconds until the sentence stands on the page."""
        box = self._page.get_by_test_id("stChatInputTextArea")
        box.fill(question)
        messages = self._page.get_by_test_id("stChatMessage").count()
        self._page.evaluate(_WATCH, [question, messages if messages > 1 else 0])  # the greeting goes
        box.press("Enter")
        seconds = float(self._page.wait_for_function("() => window.took").json_value()) / 1000
        self._page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        return seconds


@contextmanager
def viewing(address: str) -> Iterator[Viewer]:
    """A browser at the page. Raises FileNotFoundError without Chromium, ImportError without Playwright."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise FileNotFoundError("chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(locale="zh-CN", viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(address)
        page.get_by_test_id("stChatInputTextArea").wait_for()
        yield Viewer(page)
        browser.close()
