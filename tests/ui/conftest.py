"""The page without a browser: Streamlit's own way to run it, over real shops and a store of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.ask import Assistant
from assistant.store import open_store
from semantic_layer.shops import Shop

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

    from assistant.store.store import Store

Opened = Callable[..., "AppTest"]

# Everything that Markdown, HTML or Streamlit would make something of.
HOSTILE = "<b onclick='x()'>A&B</b> **bold** `c` $x^2$ [l](http://a.bc) ![p](http://a.bc/p.png) :material/home: :smile: :red[r] www.a.bc 1_2_3"


@pytest.fixture(scope="module")
def assistant(shop: Shop) -> Assistant:
    return Assistant(shop)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def page(assistant: Assistant, store: Store) -> Opened:
    """Opens a page, by default the chat; in Chinese, unless another language, user, shop or address is named."""
    pytest.importorskip("streamlit")
    from streamlit.testing.v1 import AppTest

    from ui.served import Served, serve_this

    def opened(lang: str = "zh", user: str | None = None, of: Assistant | None = None, conversation: str = "", first: str = "chat", **address: str) -> AppTest:
        serve_this(Served(of or assistant, store, user, lang))
        test = AppTest.from_function(_script, default_timeout=60, args=(first,))
        for name, value in {**address, "c": conversation}.items():
            if value:
                test.query_params[name] = value
        test.run()
        assert not test.exception
        return test

    return opened


def _script(first: str) -> None:
    """What `ui/page.py` runs, but for the page that it begins with: the address of a page cannot be opened without a browser."""
    from ui.frame import draw

    draw(first)
