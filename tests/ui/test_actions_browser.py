"""Actions in a real browser: asked for in the chat, accepted on their page, exported, and still there after a restart."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semantic_layer.shops import Shop
from tests.actions.conftest import teahouse  # noqa: F401
from tests.ui.test_browser import Serve, ask, browser, opened, picture, serve, sound  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_an_action_is_accepted_and_exported(browser: Browser, serve: Serve, teahouse: Callable[..., Shop], tmp_path: Path) -> None:  # noqa: F811
    shop = teahouse()
    shop.close()
    arguments = ("--shop", str(shop.folder), "--today", "2024-07-01")
    page, elsewhere = opened(browser, serve(*arguments), "zh-CN")
    ask(page, "这周该做什么")
    page.get_by_text("32 位客人 30 天没来").first.wait_for()
    page.get_by_role("button", name=re.compile("打开行动清单")).click()
    page.get_by_role("heading", name="行动", exact=True).wait_for()
    page.get_by_role("button", name=re.compile("采纳")).click()
    page.get_by_role("heading", name="进行中").wait_for()
    picture(page, "actions-accepted")
    with page.expect_download() as listed:
        page.get_by_role("button", name=re.compile("导出 CSV")).click()
    assert "32 位客人 30 天没来" in Path(listed.value.path()).read_text(encoding="utf-8-sig")
    with page.expect_download() as people:
        page.get_by_role("button", name=re.compile("名单")).click()
    rows = Path(people.value.path()).read_text(encoding="utf-8-sig").split()
    assert rows[0] == "guest,town" and len(rows) == 25
    page.get_by_role("button", name=re.compile("看看是谁")).click()
    page.get_by_text("前 20 个，共 24 个").wait_for()
    assert sound(page) and not elsewhere
    page.close()

    address = serve(*arguments)
    page, elsewhere = opened(browser, address, "en-US")
    page.goto(f"{address}/actions")
    page.get_by_role("heading", name="Under way").wait_for()
    page.get_by_role("button", name=re.compile("Done")).click()
    page.get_by_text("Done or dismissed (1)").wait_for()
    picture(page, "actions-done")
    assert sound(page) and not elsewhere
    page.close()
