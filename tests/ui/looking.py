"""What stands on a page, and short ways to use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


def ask(page: AppTest, question: str) -> AppTest:
    """Types a question."""
    page.chat_input[0].set_value(question).run()
    assert not page.exception
    return page


def click(page: AppTest, key: str) -> AppTest:
    """Clicks the button with this key."""
    page.button(key=key).click().run()
    assert not page.exception
    return page


def texts(page: AppTest) -> list[str]:
    """What is shown as plain text without a click: questions, sentences, definitions."""
    behind = {id(each) for popover in page.get("popover") for each in popover.text}
    return [each.value for each in page.text if id(each) not in behind]


def conversation(page: AppTest) -> str | None:
    """The conversation in the page's address."""
    found = page.query_params.get("c")
    return found[0] if isinstance(found, list) else found


def keys(page: AppTest, beginning: str) -> list[str]:
    """The keys of buttons that begin like this, in the order of the page."""
    return [b.key for b in page.button if b.key and b.key.startswith(beginning)]


def plain(label: str) -> str:
    """A label as people see it: without escapes and invisible joiners."""
    return label.replace("\u2060", "").replace("\\", "")


def chips(page: AppTest, turn: int) -> list[str]:
    """The chips of a turn, counted from 1, as people see them."""
    return [plain(label) for label in _chips(page.chat_message[2 * turn - 1])]


def _chips(block: Any) -> Iterator[str]:
    """Those that open, and those that there is nothing to change to."""
    for child in getattr(block, "children", {}).values():
        if child.type == "popover" and child.proto.popover.type != "tertiary":
            yield child.proto.popover.label
        elif child.type == "button" and child.key.startswith("chip-"):
            yield child.label
        yield from _chips(child)
