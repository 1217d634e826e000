"""What a process serves, over the packaged shop or one of a test's own, with a store of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.service import Service
from assistant.store import open_store
from semantic_layer.shops import Shop


@pytest.fixture(scope="session")
def assistant(shop: Shop) -> Assistant:
    """One over the packaged shop; a service gives it its store."""
    return Assistant(shop)


@pytest.fixture
def open_service(tmp_path: Path) -> Iterator[Callable[[Assistant], Service]]:
    """Opens services over one store, as several processes do."""
    services: list[Service] = []

    def opened(assistant: Assistant) -> Service:
        services.append(Service(assistant, open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")))
        return services[-1]

    yield opened
    for each in services:
        each.store.close()


@pytest.fixture
def service(assistant: Assistant, open_service: Callable[[Assistant], Service]) -> Service:
    """Of the packaged shop."""
    return open_service(assistant)
