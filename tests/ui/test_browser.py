"""The page in a real browser, served as `wenshu ui` serves it. Needs Playwright and Chromium; skipped where they are missing.

WENSHU_SCREENSHOTS names a folder for pictures of the page.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from semantic_layer.places import home
from semantic_layer.shops import Shop
from tests.assistant.test_progress import ENDLESS, TABLES
from tests.conftest import write_shop
from tests.forked import Forked
from tests.ui.conftest import HOSTILE
from tests.ui.test_page import HOSTILE_CATALOG, HOSTILE_ROWS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
Serve = Callable[..., str]
# Clicks the buttons with these labels in no time, each for itself.
CLICKS = """async (all, labels) => { for (const label of labels) {
  [...all.querySelectorAll('button')].find((each) => each.innerText.trim().endsWith(label)).click();
  await new Promise((done) => setTimeout(done, 5));
} }"""


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
    running: list[Forked] = []

    def started(*arguments: str, port: int | None = None) -> str:
        env = {**os.environ, "WENSHU_HOME": str(home()), "WENSHU_STORE": f"sqlite:///{tmp_path / 'store.sqlite'}", "PYTHONUTF8": "1"}
        env["PYTHONPATH"] = str(Path(__file__).parents[2])
        for before in running:  # a second server takes the place of the first
            stop(before)
        process = Forked("ui", "--port", str(port or free()), *arguments, env=env, cwd=tmp_path)
        running[:] = [process]
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "no address was printed"
        return found[0]

    yield started
    for process in running:
        stop(process)


def stop(process: Forked) -> None:
    """Ends a server that may have ended already."""
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
    page.get_by_role("button", name=re.compile("停止|Stop$")).wait_for(state="detached")
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
    address = serve()
    page, elsewhere = opened(browser, address, "zh-CN")
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
    ask(page, "为什么12月销售额比11月高")
    page.get_by_text("按公式拆分").wait_for()
    picture(page, "5-why")
    page.get_by_role("button", name="钉到看板").nth(-2).click()
    page.get_by_role("textbox", name="磁贴标题").fill("销售走势")
    picture(page, "6-pin")
    page.get_by_role("dialog").get_by_role("button", name="钉到看板").click()
    page.get_by_role("dialog").wait_for(state="detached")
    resumed = page.url
    page.get_by_role("link", name="看板").click()
    page.get_by_role("heading", name="销售走势").wait_for()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    picture(page, "7-board")
    page.reload()
    page.get_by_role("heading", name="销售走势").wait_for()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    page.get_by_text("English", exact=True).click()
    page.get_by_role("link", name="Data health").click()
    page.get_by_text("has no sources.yaml").wait_for()
    assert sound(page) and elsewhere == []

    serve(port=int(address.rsplit(":", 1)[1]))  # the server begins anew
    page.goto(resumed)
    page.get_by_text("最高的 10 个品类").first.wait_for()
    page.get_by_text("改为：部门").wait_for()
    ask(page, "换成饼图")
    page.get_by_text("新对话").click()
    page.get_by_role("button", name=shop.settings.examples.zh[1]).wait_for()
    assert sound(page) and elsewhere == []


def test_a_running_answer_is_stopped_and_the_page_works_by_keyboard(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "endless", ENDLESS, *TABLES)
    settings = folder / "wenshu.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "limits: {seconds: 600, threads: 1}\n", encoding="utf-8")  # nothing but the button ends it
    page, elsewhere = opened(browser, serve("--shop", str(folder), "--today", "2024-06-01"), "en-GB")
    page.get_by_test_id("stChatInputTextArea").focus()
    page.keyboard.type("total sal")
    page.get_by_role("option", name="sales").wait_for()
    page.keyboard.press("Tab")
    assert page.get_by_test_id("stChatInputTextArea").input_value() == "total sales"
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Stop")
    button.wait_for()
    page.get_by_test_id("stStatusWidget").or_(page.get_by_text("Querying the data")).first.wait_for()
    picture(page, "8-running")
    page.wait_for_timeout(500)  # drawn, and not about to be drawn again
    button.press("Enter")
    page.get_by_text("Stopped, as you asked.").wait_for()
    page.get_by_role("button", name="Ask again").wait_for()
    page.reload()
    page.get_by_text("Stopped, as you asked.").wait_for()
    assert sound(page) and elsewhere == []


def test_a_conversation_is_opened_again_while_its_answer_runs(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    folder = write_shop(tmp_path / "endless", ENDLESS, *TABLES)
    settings = folder / "wenshu.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "limits: {seconds: 600, threads: 1}\n", encoding="utf-8")
    page, elsewhere = opened(browser, serve("--shop", str(folder), "--today", "2024-06-01"), "en-GB")
    asked, stopping = page.get_by_test_id("stChatMessage").get_by_text("total sales"), page.get_by_role("button", name="Stop")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("total sales")
    box.press("Escape")
    box.press("Enter")
    stopping.wait_for()
    kept = page.get_by_test_id("stSidebar").get_by_role("button", name="total sales", exact=True)
    kept.wait_for()
    # As they reach a page that is too busy to see to the first before the second.
    for first, second, is_open in (("New conversation", "total sales", True), ("total sales", "New conversation", False)):
        page.get_by_test_id("stSidebar").evaluate(CLICKS, [first, second])
        page.wait_for_timeout(2_000)  # for both to be seen to
        (stopping if is_open else page.get_by_text("What would you like to know?")).wait_for()
        asked.wait_for(state="visible" if is_open else "detached")
    kept.click()
    asked.wait_for()
    page.reload()
    asked.wait_for()
    stopping.press("Enter")
    page.get_by_text("Stopped, as you asked.").wait_for()
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
    picture(page, "9-markup")
    written = page.get_by_test_id("stApp").inner_text().replace("\u2060", "")
    assert written.count(HOSTILE) >= 3 and HOSTILE[:60] in written
    made: Any = page.evaluate("[...document.querySelectorAll('b[onclick], [data-testid=stChatMessage] a, .katex, img[alt=p]')].map(e => e.outerHTML)")
    assert made == [] and sound(page) and elsewhere == []
