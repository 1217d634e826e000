"""Two people at once, signed in through OpenID Connect, in a real browser: each sees their own chats and what their role shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import write_shop
from tests.ui.provider import PEOPLE, provider
from tests.ui.test_board import CATALOG, RIGHTS, ROWS
from tests.ui.test_browser import Serve, ask, browser, free, serve, sound  # noqa: F401

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ANN, BOB = PEOPLE


@pytest.fixture
def address(tmp_path: Path, serve: Serve) -> Iterator[str]:  # noqa: F811
    """A page on which people have to sign in."""
    pytest.importorskip("authlib")
    folder = write_shop(tmp_path / "small", CATALOG, ROWS)
    rights = RIGHTS.replace("{ann: all, bob: web}", f"{{{ANN}: all, {BOB}: web}}")
    (folder / "wenshu.yaml").write_text(f"name: small\ndatabase: small.duckdb\ntoday: 2024-06-01\n{rights}", encoding="utf-8")
    port = free()
    with provider("wenshu") as place:
        (folder / ".wenshu").mkdir(exist_ok=True)
        secrets = f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "of-this-test-alone-and-long-enough"
client_id = "wenshu"
client_secret = "secret"
server_metadata_url = "{place}/.well-known/openid-configuration"
"""
        (folder / ".wenshu" / "secrets.toml").write_text(secrets, encoding="utf-8")
        yield serve("--shop", str(folder), port=port)


def signed_in(browser: Browser, address: str, person: str) -> Page:  # noqa: F811
    """A page in a browser of its own."""
    page = browser.new_context(locale="en-GB").new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=person).click()
    page.get_by_test_id("stChatInputTextArea").wait_for()
    page.get_by_test_id("stSidebar").get_by_text(person.split("@")[0]).wait_for()
    return page


def said(page: Page) -> str:
    """The figure that the last sentence ends with."""
    sentence = page.get_by_test_id("stChatMessage").last.get_by_test_id("stText").first.inner_text()
    return sentence.rstrip(".").rsplit(" ", 1)[-1]


def test_two_people_see_their_own_chats_under_their_own_rights(browser: Browser, address: str) -> None:  # noqa: F811
    ann, bob = signed_in(browser, address, ANN), signed_in(browser, address, BOB)
    ask(ann, "total sales in May 2024")
    ask(bob, "sales in May 2024")
    assert [said(page) for page in (ann, bob)] == ["10", "5"]
    for page, own, other in ((ann, "total sales in May 2024", ""), (bob, "sales in May 2024", "total")):
        page.reload()
        page.get_by_test_id("stSidebar").get_by_role("button", name=own).wait_for()
        assert not (other and page.get_by_test_id("stSidebar").get_by_role("button", name=other).count()) and sound(page)
        assert page.get_by_test_id("stSidebar").get_by_role("button", name="in May").count() == 1
    bob.goto(ann.url)
    bob.get_by_test_id("stChatInputTextArea").wait_for()
    assert not bob.get_by_text("total sales").count(), "the address of another's conversation opens nothing"
    bob.get_by_role("button", name="Sign out").click()
    bob.get_by_role("button", name="Sign in").wait_for()
