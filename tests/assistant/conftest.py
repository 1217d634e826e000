"""Assistants over the packaged shops, opened once; the mall is a small one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.reading.outcome import Reading
from semantic_layer.shops import open_shop


@pytest.fixture(scope="session")
def assistant_of(mall_shop: Path) -> Callable[[str], Assistant]:
    @cache
    def of(shop: str) -> Assistant:
        return Assistant(open_shop(str(mall_shop) if shop == "mall" else shop))

    return of


@pytest.fixture(scope="session")
def read(assistant_of: Callable[[str], Assistant]) -> Callable[[str, str], Reading]:
    """The reading of a question about a shop, by the whole of it. Raises AskBack or Refuse."""

    def reading(shop: str, question: str) -> Reading:
        assistant = assistant_of(shop)
        return assistant.reader(assistant.shop.whole).read(question)

    return reading
