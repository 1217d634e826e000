"""Assistants over the packaged shops, opened once; the mall is a small one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import open_shop


@pytest.fixture(scope="session")
def assistant_of(mall_shop: Path) -> Callable[[str], Assistant]:
    @cache
    def of(shop: str) -> Assistant:
        return Assistant(open_shop(str(mall_shop) if shop == "mall" else shop))

    return of
