"""`wenshu worker`: asks the subscriptions that are due, and sends their messages."""

from __future__ import annotations

import signal
from collections.abc import Callable

from assistant.ask import Assistant
from assistant.channels.chat.registry import configured
from assistant.service import Service
from assistant.subscriptions.working import Worker
from prompts import word
from semantic_layer.shops import Shop


def run_worker(shop: Shop, lease: float, once: bool, lang: str, echo: Callable[[str], object]) -> None:
    """Works until SIGTERM or Ctrl-C, or once. Raises UsageError for a channel that lacks something, StoreError."""
    for channel, settings in configured(shop):
        channel.poster(settings)  # what is missing is said now, and not when the first message is due
    service = Service.of(Assistant(shop))
    worker = Worker(service, lease)
    try:
        if once:
            worker.once()
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        echo(word("worker_started", lang, shop=service.shop))
        worker.run()
    finally:
        service.close()
