"""`wenshu ui`: the page, as far as the terminal sees it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from assistant.ask import Assistant
from assistant.store import open_store, store_url
from semantic_layer.errors import UsageError
from ui.serve import ADDRESS, PORT, SECRETS, free_port, serve
from ui.served import Served


def address(port: int = PORT) -> str:
    """Where the page is."""
    return f"http://{ADDRESS}:{port}"


def serve_page(
    assistant: Assistant, echo: Callable[[str], object], port: int | None = None, lang: str = "auto", user: str | None = None, browser: bool = False
) -> None:
    """Serves the page until Ctrl-C. Raises UsageError (no Streamlit, a port that is taken, an unknown user), ShopError, StoreError."""
    if find_spec("streamlit") is None:
        raise UsageError(
            "The page needs Streamlit, which is not installed. `wenshu doctor` says how to install it (extra ui).",
            "页面需要 Streamlit，尚未安装。安装方法见 `wenshu doctor`（extra ui）。",
        )
    if (assistant.shop.state / SECRETS).is_file():
        _check_sign_in()
    else:
        assistant.shop.access(user)
    port = free_port(port)
    store = open_store(store_url(assistant.shop))

    def ready() -> None:
        echo(f"Wenshu 问数: {address(port)}   (Ctrl-C)")
        assistant.prepare()  # while the browser loads the page

    try:
        serve(Served(assistant, store, user, lang), port, ready, browser)
    finally:
        store.close()
        assistant.shop.close()


def _check_sign_in() -> None:
    if find_spec("authlib") is None or find_spec("httpx2") is None:
        raise UsageError(
            f"The shop has a {SECRETS}, so that people sign in, which needs packages: pip install -c constraints.txt -e '.[ui,signin]'",
            f"店铺有 {SECRETS}，需要登录，但没有安装所需的包：pip install -c constraints.txt -e '.[ui,signin]'",
        )
