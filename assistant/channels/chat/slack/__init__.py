"""Slack, by slack-bolt: mentions, direct messages, threads, `/wenshu`, buttons and the app's home. See docs/slack.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr, model_validator

from assistant.channels.chat.channel import Channel, ChannelSettings, Poster
from semantic_layer.errors import InvalidValue, UsageError

if TYPE_CHECKING:
    from fastapi import APIRouter
    from slack_bolt import App

    from assistant.channels.chat.reception import Reception


class SlackSettings(ChannelSettings):
    """`signing_secret` is needed where Slack calls us, `app_token` where we connect to Slack (socket mode)."""

    token: SecretStr = Field(min_length=1, description="The bot's token, `xoxb-…`.")
    signing_secret: SecretStr | None = Field(default=None, min_length=1, description="The secret that Slack signs its calls with.")
    app_token: SecretStr | None = Field(default=None, min_length=1, description="An app-level token, `xapp-…`, to listen without a public address.")
    base_url: str = Field(default="https://slack.com/api/", description="Where Slack's Web API is.")

    @model_validator(mode="after")
    def _is_heard(self) -> SlackSettings:
        if not (self.signing_secret or self.app_token):
            raise InvalidValue("signing_secret or app_token is needed", "需要 signing_secret 或 app_token")
        return self


class Slack:
    """The channel."""

    name = "slack"
    settings: type[ChannelSettings] = SlackSettings

    def poster(self, settings: SlackSettings) -> Poster:
        """What posts by the Web API. Raises UsageError where slack-bolt is missing."""
        _look_for_bolt()
        from assistant.channels.chat.slack.poster import SlackPoster, client

        return SlackPoster(client(settings.token.get_secret_value(), settings.base_url))

    def routes(self, settings: SlackSettings, receive: Reception) -> APIRouter | None:
        """`POST /slack/events`, for events, buttons and commands alike. Raises UsageError."""
        if settings.signing_secret is None:
            return None
        from fastapi import APIRouter

        app = self._app(settings, receive)
        from assistant.channels.chat.slack.inbound import Endpoint

        router = APIRouter()
        router.add_route("/slack/events", Endpoint(app, receive.begin).events, methods=["POST"], include_in_schema=False)
        return router

    def listen(self, settings: SlackSettings, receive: Reception) -> Callable[[], None] | None:
        """Socket mode, where there is an app-level token. Raises UsageError, ChannelError."""
        if settings.app_token is None:
            return None
        app = self._app(settings, receive)
        from slack_bolt.adapter.socket_mode import SocketModeHandler

        from assistant.channels.chat.slack.poster import client, told

        token = settings.app_token.get_secret_value()
        handler = SocketModeHandler(app, token, web_client=client(token, settings.base_url))
        with told():
            handler.connect()  # type: ignore[no-untyped-call]
        return handler.close

    def _app(self, settings: SlackSettings, receive: Reception) -> App:
        _look_for_bolt()
        from assistant.channels.chat.slack.inbound import bolt_app
        from assistant.channels.chat.slack.poster import client

        secret = settings.signing_secret.get_secret_value() if settings.signing_secret else ""
        return bolt_app(client(settings.token.get_secret_value(), settings.base_url), secret, receive)


def _look_for_bolt() -> None:
    try:
        import slack_bolt  # noqa: F401
    except ImportError:
        raise UsageError("Slack needs one more package: pip install 'wenshu[slack]'.", "Slack 还需要一个包：pip install 'wenshu[slack]'。") from None


CHANNEL: Channel = Slack()
