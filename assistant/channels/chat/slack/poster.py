"""Posts to Slack by its Web API."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RateLimitErrorRetryHandler, RetryState
from slack_sdk.webhook import WebhookClient

from assistant.channels.chat.channel import Incoming
from assistant.channels.chat.message import Message
from assistant.channels.chat.slack.blocks import Dressed, dressed
from assistant.channels.chat.slack.text import escaped
from prompts import word
from semantic_layer.errors import ChannelError, UsageError

log = logging.getLogger("wenshu.chat")

TIMEOUT = 20  # seconds for one call
PATIENCE = 30  # seconds that a call waits where Slack asks it to; longer ones are another try
TITLE = 150  # of a file
# What passes without anybody doing something about it; Slack has other names for what does not.
PASSING = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "accesslimited", "timeout"}


class SlackPoster:
    """Answers where `reply` of what came in says: in a thread, or aside to one person by the address that Slack gave with a command."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def answer(self, incoming: Incoming, message: Message) -> None:
        """Posts the answer, with chart and rows as files of the same thread. Raises ChannelError."""
        reply = incoming.reply
        with told():
            if reply.get("aside"):
                self._aside(reply["aside"], incoming.person, message, incoming.key)
            else:
                self._post(reply["channel"], reply["thread"], message, incoming.key)
        if "used" in reply and not message.failed:
            self._mark(reply["channel"], reply["used"])

    def send(self, place: str, message: Message, key: str) -> None:
        """Posts to a channel, or to a person, by its id. Raises ChannelError."""
        with told():
            self._post(place, None, message, key)

    def _post(self, place: str, thread: str | None, message: Message, key: str) -> None:
        shown = dressed(message)
        posted = self._client.chat_postMessage(
            channel=place,
            thread_ts=thread,
            text=shown.text,
            blocks=shown.blocks,
            mrkdwn=False,
            parse="none",
            unfurl_links=False,
            unfurl_media=False,
            metadata=_marked(key),
        )
        self._upload(posted["channel"], thread or posted["ts"], message, shown, key)

    def _upload(self, channel: str, thread: str | None, message: Message, shown: Dressed, key: str) -> None:
        """Shares the files of a message that stands already; where that fails it says so, since posting all again would repeat the message."""
        try:
            if files := _files(message, shown):
                with told():
                    self._client.files_upload_v2(file_uploads=files, channel=channel, thread_ts=thread)
        except (ChannelError, UsageError) as error:
            log.warning("slack: a file is missing from an answer: %s", error)
            note = dressed(Message(text=word("chat_no_file", message.lang), lang=message.lang))
            with told():
                self._client.chat_postMessage(
                    channel=channel, thread_ts=thread, text=note.text, blocks=note.blocks, mrkdwn=False, parse="none", metadata=_marked(f"{key}/file")
                )

    def _aside(self, address: str, person: str, message: Message, key: str) -> None:
        """Answers a command where it was typed, to that person alone; files go to the person's direct messages, since they cannot be shown aside."""
        shown = dressed(message)
        files = bool(_files(message, shown))
        elsewhere = message if not files else message.model_copy(update={"details": (*message.details, word("chat_file_aside", message.lang))})
        shown = dressed(elsewhere, file=False)
        response = WebhookClient(address, timeout=TIMEOUT, retry_handlers=[_Patient()]).send(
            text=shown.text, blocks=shown.blocks, response_type="ephemeral", replace_original=False, unfurl_links=False, unfurl_media=False
        )
        if response.status_code >= 500 or response.status_code == 429:
            raise ChannelError(f"Slack took no answer to a command: {response.status_code}.", f"Slack 没有接收对命令的回答：{response.status_code}。")
        if response.status_code != 200:  # the address is good for half an hour and five answers
            self._post(self._direct(person), None, message, key)
        elif files:
            self._upload(self._direct(person), None, message, shown, key)

    def _direct(self, person: str) -> str:
        """The channel of direct messages with a person."""
        return str(self._client.conversations_open(users=person)["channel"]["id"])

    def _mark(self, channel: str, used: Mapping[str, Any]) -> None:
        """Shows that a button was used. The answer stands already, so that a failure is only noted."""
        try:
            with told():
                self._client.chat_update(channel=channel, ts=used["ts"], text=used["text"], blocks=used["blocks"], parse="none")
        except ChannelError as error:
            log.warning("slack: a used button still stands: %s", error)


class _Patient(RateLimitErrorRetryHandler):
    """Waits as long as Slack asks, up to half a minute, and calls again."""

    def __init__(self) -> None:
        super().__init__(max_retry_count=3)

    def _can_retry(self, *, state: RetryState, request: HttpRequest, response: HttpResponse | None = None, error: Exception | None = None) -> bool:
        asked = super()._can_retry(state=state, request=request, response=response, error=error)
        return asked and response is not None and _seconds(response.headers) <= PATIENCE


def client(token: str, base_url: str) -> WebClient:
    """What calls Slack. A connection that breaks is not tried again here: what was posted before it broke would be posted twice."""
    return WebClient(token, base_url=base_url, timeout=TIMEOUT, retry_handlers=[_Patient()])


def _marked(key: str) -> dict[str, Any]:
    """The key of a message, by which a repeat can be told."""
    return {"event_type": "wenshu", "event_payload": {"key": key}}


@contextmanager
def told() -> Iterator[None]:
    """Raises what the SDK raises as ChannelError: with `again` for what passes."""
    try:
        yield
    except SlackApiError as error:
        status, name = error.response.status_code, _name(error)
        after = _seconds(error.response.headers) if status == 429 else None
        again = status >= 500 or status == 429 or name in PASSING
        raise ChannelError(f"Slack refuses: {name}.", f"Slack 拒绝了：{name}。", again, after) from error
    except (SlackClientError, OSError) as error:
        raise ChannelError(f"Slack cannot be reached: {error}.", f"连不上 Slack：{error}。") from error


def _name(error: SlackApiError) -> str:
    """Slack's name of what is wrong; where a proxy answered instead, the status."""
    data = error.response.data
    return str(data.get("error") or error.response.status_code) if isinstance(data, dict) else str(error.response.status_code)


def _seconds(headers: Mapping[str, Any]) -> float:
    """What Retry-After says; 1 where it says nothing."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            said = str(value[0] if isinstance(value, list) else value)
            return float(said) if said.isdigit() else 1.0
    return 1.0


def _files(message: Message, shown: Dressed) -> list[dict[str, Any]]:
    """The chart, and all rows where some are not shown. Raises UsageError where pictures need a package that is missing."""
    title, files = escaped(message.text.partition("\n")[0], TITLE), []
    if picture := message.picture():
        files.append({"file": picture, "filename": "chart.png", "title": title, "alt_txt": escaped(message.alt, 1000)})
    if shown.left and message.rows:
        files.append({"file": message.rows.encode("utf-8-sig"), "filename": "rows.csv", "title": title})
    return files
