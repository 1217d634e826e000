"""What all routes of a server share."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from assistant.channels.http.cache import AnswerCache
from assistant.channels.http.limits import Rates
from assistant.channels.http.metrics import Metrics
from assistant.channels.http.running import Running
from assistant.service import Service
from semantic_layer.shops.settings import ServeSettings


@dataclass
class Api:
    """One server. `local` is the user of requests without a token, as long as there is none at all; None: they are refused in any case."""

    service: Service
    local: str | None
    metrics: Metrics
    running: Running
    cache: AnswerCache
    rates: Rates = field(default_factory=Rates)
    prepared: bool = False

    @classmethod
    def of(cls, service: Service, local: str | None) -> Api:
        """With the settings that the shop has now."""
        settings = service.assistant.shop.settings.serve
        metrics = Metrics()
        running = Running(settings.answers, settings.waiting, metrics)
        return cls(service, local, metrics, running, AnswerCache(service.assistant, settings.cache_seconds, metrics))

    @property
    def settings(self) -> ServeSettings:
        """As wenshu.yaml has them now."""
        return self.service.assistant.shop.settings.serve


def api(request: Request) -> Api:
    """The server that a request came to."""
    found: Api = request.app.state.api
    return found
