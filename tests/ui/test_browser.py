"""The page in a real browser, served as `wenshu ui` serves it. Needs Playwright and Chromium; skipped where they are missing.

WENSHU_SCREENSHOTS names a folder for pictures of the page.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from semantic_layer.places import home
from semantic_layer.shops import Shop
from tests.conftest import write_shop
from tests.ui.conftest import HOSTILE
from tests.ui.test_page import HOSTILE_CATALOG, HOSTILE_ROWS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
Serve = Callable[..., str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts `wenshu ui` with a store of the test's own; gives the address that it prints."""
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str, port: int | None = None) -> str:
        env = {**os.environ, "WENSHU_HOME": str(home()), "WENSHU_STORE": f"sqlite:///{tmp_path / 'store.sqlite'}", "PYTHONUTF8": "1"}
        env["PYTHONPATH"] = str(Path(__file__).parents[2])
        command = [sys.executable, "-m", "assistant.channels.cli", "ui", "--port", str(port or free()), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=tmp_path)
        running.append(process)
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "no address was printed"
        return found[0]

    yield started
    for process in running:
        process.terminate()
        assert process.wait(timeout=30) == 0, "it stops when it is told to"


def free() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def opened(browser: Browser, address: str, locale: str) -> tuple[Page, list[str]]:
    """A new page, and a list of what it asks of other hosts."""
    elsewhere: list[str] = []
    ours = (address, address.replace("http", "ws"), "data:", "blob:")
    page = browser.new_page(locale=locale, viewport={"width": 1280, "height": 1100})
    page.set_default_timeout(60_000)
    page.on("request", lambda request: None if request.url.startswith(ours) else elsewhere.append(request.url))
    page.goto(address)
    page.get_by_test_id("stChatInputTextArea").wait_for()
    return page, elsewhere


def ask(page: Page, question: str) -> None:
    """Types a question and waits for the answer."""
    messages = page.get_by_test_id("stChatMessage")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill(question)
    box.press("Enter")
    page.get_by_test_id("stChatMessage").filter(has_text=question).first.wait_for()
    page.get_by_test_id("stSpinner").wait_for(state="detached")
    messages.last.get_by_test_id("stText").first.wait_for()


def picture(page: Page, name: str) -> None:
    """Keeps a picture where one is wanted."""
    if folder := os.environ.get("WENSHU_SCREENSHOTS"):
        page.wait_for_timeout(1_500)  # charts and tables are painted a moment later
        page.screenshot(path=Path(folder) / f"{name}.png")


def sound(page: Page) -> bool:
    """Whether the page shows no exception."""
    return page.get_by_test_id("stException").count() == 0


def test_a_conversation_in_chinese(browser: Browser, serve: Serve, shop: Shop) -> None:
    page, elsewhere = opened(browser, serve(), "zh-CN")
    picture(page, "1-first-visit")
    page.get_by_role("button", name=shop.settings.examples.zh[0]).click()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    page.get_by_text("牛肉（BEEF）（$13,056.59） 等").first.wait_for()
    picture(page, "2-answer")
    page.get_by_text("柱状图", exact=True).click()
    picture(page, "2-columns")
    page.get_by_role("tab", name="表格").click()
    page.get_by_test_id("stDataFrame").wait_for()
    page.get_by_test_id("stPopoverButton").filter(has_text="品类").first.click()
    page.get_by_role("combobox", name="改为").click()
    picture(page, "3-chip")
    page.get_by_role("option", name="部门").click()
    page.get_by_text("改为：部门").wait_for()
    ask(page, "哪个品类最有效")
    page.get_by_role("button", name="小票数").first.click()
    page.get_by_text("最高的 10 个品类").first.wait_for()
    picture(page, "4-choice")
    ask(page, "销售额按月走势")
    page.get_by_test_id("stVegaLiteChart").last.wait_for()
    picture(page, "5-trend")
    page.reload()
    page.get_by_text("最高的 10 个品类").first.wait_for()
    page.get_by_text("改为：部门").wait_for()
    page.get_by_text("新对话").click()
    page.get_by_role("button", name=shop.settings.examples.zh[1]).wait_for()
    page.get_by_text("English", exact=True).click()
    page.get_by_text("New conversation").wait_for()
    picture(page, "6-english")
    assert sound(page) and elsewhere == []


def test_markup_is_text_for_the_browser_too(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "hostile", HOSTILE_CATALOG, *HOSTILE_ROWS)
    page, elsewhere = opened(browser, serve("--shop", str(folder), "--today", "2024-06-01"), "en-GB")
    ask(page, HOSTILE)
    page.get_by_text("New conversation").click()
    page.get_by_role("button", name="by").first.click()
    page.get_by_role("tab", name="Table").click()
    page.get_by_test_id("stDataFrame").wait_for()
    page.get_by_text("Definitions and reading").click()
    page.get_by_test_id("stExpanderDetails").get_by_test_id("stText").first.wait_for()
    picture(page, "7-markup")
    written = page.get_by_test_id("stApp").inner_text().replace("\u2060", "")
    assert written.count(HOSTILE) >= 3 and HOSTILE[:60] in written
    made: Any = page.evaluate("[...document.querySelectorAll('b[onclick], [data-testid=stChatMessage] a, .katex, img[alt=p]')].map(e => e.outerHTML)")
    assert made == [] and sound(page) and elsewhere == []
