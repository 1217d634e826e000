"""Actions in a real browser: asked for in the chat, accepted on their page, exported, and still there after a reload and a restart."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semantic_layer.shops import Shop
from tests.actions.conftest import Mall, mall, teahouse  # noqa: F401
from tests.ui.test_browser import Serve, ask, browser, opened, picture, serve, sound  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
CARTS = re.compile("人加购未下单：提醒其中")


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
    page.reload()
    page.get_by_role("heading", name="进行中").wait_for()
    assert page.get_by_role("button", name=re.compile("采纳")).count() == 0
    with page.expect_download() as listed:
        page.get_by_role("button", name=re.compile("导出 CSV")).click()
    (row,) = csv.DictReader(Path(listed.value.path()).read_text(encoding="utf-8-sig").splitlines())
    assert "32 位客人 30 天没来" in row.values() and any("已采纳" in value for value in row.values())
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


def test_a_morning_with_the_mall(browser: Browser, serve: Serve, mall: Mall) -> None:  # noqa: F811
    """From an example over its reason to what to do about it, on the shop that `make demo` opens."""
    page, elsewhere = opened(browser, serve("--shop", str(mall.folder)), "zh-CN")
    page.get_by_role("button", name="上个月各类目的销售额").click()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    ask(page, "6月GMV和5月比")
    page.get_by_role("button", name=re.compile("为什么：GMV")).last.click()
    page.get_by_text("有记录：618大促").wait_for()
    page.get_by_test_id("stVegaLiteChart").last.wait_for()
    picture(page, "mall-why")
    page.get_by_role("button", name="钉到看板").last.click()
    page.get_by_role("textbox", name="磁贴标题").fill("GMV 为何下降")
    page.get_by_role("dialog").get_by_role("button", name="钉到看板").click()
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("link", name="看板").click()
    page.get_by_role("heading", name="GMV 为何下降").wait_for()
    page.reload()
    page.get_by_role("heading", name="GMV 为何下降").wait_for()
    page.get_by_test_id("stVegaLiteChart").wait_for()

    page.get_by_role("link", name="行动").click()
    card = page.get_by_test_id("stVerticalBlock").filter(has=page.get_by_role("heading", name=CARTS)).last
    reached = re.search("可触达 ([0-9,]+)", card.inner_text())
    assert reached
    card.get_by_role("button", name="采纳").click()
    page.get_by_role("heading", name="进行中").wait_for()
    page.reload()
    page.get_by_role("heading", name="进行中").wait_for()
    picture(page, "mall-actions")
    with page.expect_download() as listed:
        page.get_by_role("button", name=re.compile("导出 CSV")).click()
    rows = list(csv.DictReader(Path(listed.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert [row for row in rows if CARTS.search("".join(row.values())) and "已采纳" in "".join(row.values())]
    with page.expect_download() as people:
        card.get_by_role("button", name=re.compile("名单")).click()
    taken = Path(people.value.path()).read_text(encoding="utf-8-sig").splitlines()[1:]
    assert len({line.split(",")[0] for line in taken}) == len(taken) == int(reached[1])
    assert sound(page) and not elsewhere
    page.close()
