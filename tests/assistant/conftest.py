"""Assistants over the packaged shops, opened once; the mall is a small one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from assistant.ask import Assistant
from semantic_layer.shops import open_shop
from semantic_layer.shops.mall.generate import generate
from tests.shops.mall.conftest import SCALE, shop_over


@pytest.fixture(scope="session")
def assistant_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Assistant]:
    @cache
    def of(shop: str) -> Assistant:
        if shop != "mall":
            return Assistant(open_shop(shop))
        made = tmp_path_factory.mktemp("made")
        generate(made, SCALE)
        return Assistant(open_shop(str(shop_over(made / "truth", tmp_path_factory.mktemp("small") / "mall"))))

    return of
