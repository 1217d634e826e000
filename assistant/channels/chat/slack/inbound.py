"""What Slack delivers, by slack-bolt: each thing is taken in with one write to the store and acknowledged; the answer begins afterwards."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltRequest
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_bolt.error import BoltError
from slack_sdk import WebClient
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from assistant.channels.chat.channel import Incoming
from assistant.channels.chat.reception import Reception
from assistant.channels.chat.slack.blocks import DO, plain, used
from assistant.channels.chat.slack.home import EXAMPLE, question_of, view
from assistant.channels.chat.slack.poster import told
from assistant.channels.chat.slack.text import asked, names, to_somebody_else
from assistant.language import is_chinese
from prompts import word
from semantic_layer.errors import UsageError

log = logging.getLogger("wenshu.chat")

WRITTEN = {None, "file_share", "thread_broadcast"}  # kinds of messages that somebody wrote; all others tell of edits, joins and the like
_TAKEN = "wenshu_taken"  # where a request keeps what is to be answered once it is acknowledged
ACKNOWLEDGING = 2  # threads that do nothing else
MOST_WAITING = 200  # questions, before they begin although more come in

Body = dict[str, Any]


def bolt_app(client: WebClient, signing_secret: str, receive: Reception) -> App:
    """The app of slack-bolt. Raises UsageError where Slack does not accept the token; where Slack is away, the token is looked at later."""

    def made(verified: bool) -> App:
        return App(
            name="wenshu",
            logger=logging.getLogger("wenshu.slack"),
            client=client,
            signing_secret=signing_secret,
            process_before_response=True,  # what could not be written down is not acknowledged: Slack delivers it again
            token_verification_enabled=verified,
        )

    try:
        app = made(True)
    except BoltError as error:
        raise UsageError(f"channels.slack: Slack does not accept the token: {error}", f"channels.slack：Slack 不接受这个 token：{error}") from error
    except OSError as error:
        log.warning("slack: the token could not be looked at: %s", error)
        app = made(False)
    inbound = Inbound(client, receive)
    app.event("app_mention")(inbound.mentioned)
    app.event("message")(inbound.wrote)
    app.event("app_home_opened")(ack=_acknowledge, lazy=[inbound.opened])
    app.command("/wenshu")(inbound.commanded)
    app.action(re.compile(f"^{DO}"))(inbound.clicked)
    app.action(re.compile(f"^{EXAMPLE}"))(ack=_acknowledge, lazy=[inbound.picked])
    return app


class Endpoint:
    """What answers Slack's calls. Dispatching has threads of its own, so that neither the event loop nor who answers questions holds it up;
    and no answer begins while calls wait to be acknowledged, since it would take the interpreter from them.
    """

    def __init__(self, app: App, begin: Callable[[Incoming], None]) -> None:
        self._app, self._begin = app, begin
        self._pool = ThreadPoolExecutor(ACKNOWLEDGING, thread_name_prefix="wenshu-slack-ack")
        self._calls = 0
        self._waiting: list[Incoming] = []

    async def events(self, request: Request) -> Response:
        """Acknowledges a call, and has what it brought answered afterwards."""
        try:
            bolt = to_bolt_request(request, await request.body())
        except (ValueError, AttributeError, TypeError):  # no body that Slack sends
            return Response(status_code=400)
        self._calls += 1
        try:
            response = to_starlette_response(await asyncio.get_running_loop().run_in_executor(self._pool, self._app.dispatch, bolt))
        finally:
            self._calls -= 1
        if response.status_code == 404:  # nothing of ours: Slack is not to deliver it again
            response = Response()
        response.background = BackgroundTask(self._acknowledged, bolt.context.get(_TAKEN))
        return response

    async def _acknowledged(self, incoming: Incoming | None) -> None:
        self._waiting += [incoming] if incoming else []
        if self._calls == 0 or len(self._waiting) > MOST_WAITING:
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                self._begin(each)


def _acknowledge(ack: Ack) -> None:
    ack()


class Inbound:
    """The listeners of the app."""

    def __init__(self, client: WebClient, receive: Reception) -> None:
        self._client, self._receive = client, receive

    def mentioned(self, event: Body, context: BoltContext, request: BoltRequest) -> None:
        """Somebody named us in a channel."""
        if _by_a_person(event):
            self._take(_written(event, context.bot_user_id), request)

    def wrote(self, event: Body, context: BoltContext, request: BoltRequest) -> None:
        """Somebody wrote: to us, or in a channel that we are in; there it is for us where it names us, or stands in a thread that we are part of."""
        if not _by_a_person(event):
            return
        incoming = _written(event, context.bot_user_id)
        if event.get("channel_type") == "im" or self._is_for_us(event, incoming, context.bot_user_id):
            self._take(incoming, request)

    def _is_for_us(self, event: Body, incoming: Incoming, bot: str | None) -> bool:
        text = event.get("text", "")
        if names(text, bot):
            return True
        if not event.get("thread_ts") or to_somebody_else(text, bot):
            return False
        return event.get("parent_user_id") == bot or self._receive.in_thread(incoming.thread)

    def commanded(self, command: Body, ack: Ack, request: BoltRequest) -> None:
        """`/wenshu` and a question; without one, what can be asked."""
        text, person = asked(command.get("text", ""), None), command["user_id"]
        incoming = Incoming(
            f"command/{command['trigger_id']}", person, f"{command['channel_id']}/{person}", text, reply={"aside": command["response_url"]}
        )
        taken = self._take(incoming, request)
        looking = word("chat_looking", "zh" if is_chinese(text) else "en", question=text)
        ack(response_type="ephemeral", text=plain(looking)["text"]) if taken and text else ack()

    def clicked(self, body: Body, action: Body, ack: Ack, request: BoltRequest) -> None:
        """A button of an answer. It is good once for each person, however often it is clicked."""
        channel, container, person, do = body["channel"]["id"], body["container"], body["user"]["id"], action["value"]
        stamp = container["message_ts"]
        key = f"click/{channel}/{stamp}/{person}/{do}"
        if container.get("is_ephemeral"):
            incoming = Incoming(key, person, f"{channel}/{person}", do=do, reply={"aside": body["response_url"]})
        else:
            message = body.get("message", {})
            thread = container.get("thread_ts") or message.get("thread_ts") or stamp
            marked = {"ts": stamp, "text": message.get("text", ""), "blocks": used(message.get("blocks", []), do)}
            incoming = Incoming(key, person, f"{channel}/{thread}", do=do, reply={"channel": channel, "thread": thread, "used": marked})
        self._take(incoming, request)
        ack()

    def opened(self, event: Body) -> None:
        """Somebody opened our home: it shows what can be asked, in the language of their Slack."""
        if event.get("tab", "home") != "home":
            return
        person = event["user"]
        user = self._receive.settings.user(person)
        if user is None and not self._receive.settings.tell_unknown:
            return
        with told():
            locale = self._client.users_info(user=person, include_locale=True)["user"].get("locale")
            self._client.views_publish(user_id=person, view=view(self._receive, user, _langs(locale)))

    def picked(self, body: Body, action: Body) -> None:
        """An example of our home: it is asked in the direct messages, as if its reader had written it there."""
        person = body["user"]["id"]
        user = self._receive.settings.user(person)
        question = question_of(self._receive, user, action["value"]) if user else None
        if question is None:
            return
        with told():
            channel = self._client.conversations_open(users=person)["channel"]["id"]
            text = plain(question)
            posted = self._client.chat_postMessage(
                channel=channel, text=text["text"], blocks=[{"type": "section", "text": text}], mrkdwn=False, parse="none", unfurl_links=False
            )
        thread = posted["ts"]
        self._receive.receive(Incoming(f"{channel}/{thread}", person, f"{channel}/{thread}", question, reply={"channel": channel, "thread": thread}))

    def _take(self, incoming: Incoming, request: BoltRequest) -> bool:
        taken = self._receive.receive(incoming, begin=False)
        if taken and request.mode == "socket_mode":
            self._receive.begin(incoming)  # its acknowledgement does not wait for us
        elif taken:
            request.context[_TAKEN] = incoming
        return taken


def _by_a_person(event: Body) -> bool:
    """Whether a person wrote this, just now: no bot, no edit, no notice of the channel."""
    machine = event.get("bot_id") or event.get("bot_profile") or event.get("user") in (None, "USLACKBOT")
    return not machine and event.get("subtype") in WRITTEN and "edited" not in event


def _written(event: Body, bot: str | None) -> Incoming:
    """Channel and time name a message, whichever kinds of event it is delivered as."""
    channel, stamp = event["channel"], event["ts"]
    thread = event.get("thread_ts") or stamp
    text = asked(event.get("text", ""), bot)
    return Incoming(f"{channel}/{stamp}", event["user"], f"{channel}/{thread}", text, reply={"channel": channel, "thread": thread})


def _langs(locale: str | None) -> tuple[str, ...]:
    """The language of a locale; both where Slack does not say."""
    if not locale:
        return ("zh", "en")
    return ("zh",) if locale.lower().startswith("zh") else ("en",)
