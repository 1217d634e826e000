"""Which channels there are, and which of them a shop has configured."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from pydantic import ValidationError

from assistant.channels import chat
from assistant.channels.chat.channel import Channel, ChannelSettings
from assistant.variables import filled
from semantic_layer.errors import UsageError
from semantic_layer.shops import Shop

_SHARED = {"channel", "listening", "message", "outgoing", "reception", "registry", "retrying"}  # the files here that are no channels


class Configured(NamedTuple):
    """A channel with its settings."""

    channel: Channel
    settings: ChannelSettings


def names() -> tuple[str, ...]:
    """Of all channels there are."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(chat.__path__) if m.name not in _SHARED))


def configured(shop: Shop, only: str | None = None) -> Iterator[Configured]:
    """The channels in `channels:` of a shop's wenshu.yaml, or one of them. Raises UsageError for one that does not exist or lacks something."""
    for name, given in shop.settings.channels.items():
        if only not in (None, name):
            continue
        if name not in names():
            there = ", ".join(names())
            raise UsageError(
                f"wenshu.yaml, channels: there is no channel {name}. There are {there}.",
                f"wenshu.yaml 的 channels：没有渠道 {name}，可用的有 {there}。",
            )
        channel: Channel = import_module(f"{chat.__name__}.{name}").CHANNEL
        try:
            settings = channel.settings.model_validate(filled(given, f"channels.{name}"))
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False, include_url=False))
            raise UsageError(f"wenshu.yaml, channels.{name}: {told}.", f"wenshu.yaml 的 channels.{name}：{told}。") from None
        yield Configured(channel, settings)

