"""What is counted for Prometheus; nothing in it says who asked what."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        at = self._registry
        self.requests = Counter("wenshu_requests", "Requests, by what was called and how it ended.", ("method", "route", "status"), registry=at)
        self.request_seconds = Histogram("wenshu_request_seconds", "From a request to its response.", ("route",), buckets=_SECONDS, registry=at)
        self.answers = Counter("wenshu_answers", "Answers, by how they ended.", ("status", "error"), registry=at)
        self.answer_seconds = Histogram("wenshu_answer_seconds", "From a question to its answer, the waiting with it.", buckets=_SECONDS, registry=at)
        self.running = Gauge("wenshu_running", "What is being worked out now.", registry=at)
        self.waiting = Gauge("wenshu_waiting", "What waits to be worked out.", registry=at)
        self.turned_away = Counter("wenshu_turned_away", "Questions that were not taken because too many waited.", registry=at)
        self.stopped = Counter("wenshu_stopped", "Answers that were stopped because whoever asked had gone.", registry=at)
        self.cache_hits = Counter("wenshu_cache_hits", "Questions answered by an answer that was there already.", registry=at)
        self.cache_misses = Counter("wenshu_cache_misses", "Questions for which there was none.", registry=at)

    def text(self) -> bytes:
        """All of them in Prometheus's text format."""
        return generate_latest(self._registry)
