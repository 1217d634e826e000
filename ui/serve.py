"""Starts the page's server on this machine only."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from semantic_layer.errors import UsageError
from ui.served import Served, serve_this

ADDRESS = "127.0.0.1"
PORT = 8501
SECRETS = "secrets.toml"
_TRIED = 20


def free_port(wanted: int | None) -> int:
    """The wanted port, or the first free one from PORT on. Raises UsageError where it is taken."""
    for port in [wanted] if wanted is not None else range(PORT, PORT + _TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # one that was in use a moment ago is free
            try:
                probe.bind((ADDRESS, port))
            except (OSError, OverflowError):
                continue
            return port
    named = str(wanted) if wanted is not None else f"{PORT}-{PORT + _TRIED - 1}"
    raise UsageError(
        f"The port {named} is taken, or not yours to use. Choose another with --port.", f"端口 {named} 已被占用或不可用。请用 --port 另选一个。"
    )


def serve(served: Served, port: int, ready: Callable[[], object], browser: bool = False) -> None:
    """Serves the page until the process is told to stop. Calls `ready` once it is there; with `browser`, opens it in one."""
    from streamlit.web import bootstrap

    serve_this(served)
    threading.Thread(target=_when_there, args=(port, ready), daemon=True).start()
    options = {
        "server_address": ADDRESS,
        "server_port": port,
        "server_headless": not browser,
        "server_fileWatcherType": "none",
        "runner_fastReruns": False,  # a second run of a page would begin beside the one that is still answering
        "browser_gatherUsageStats": False,
        "client_toolbarMode": "minimal",
        "client_showErrorDetails": "none",
        "logger_hideWelcomeMessage": True,
        "global_developmentMode": False,
        "secrets_files": [str(served.assistant.shop.state / SECRETS)],  # who signs people in, where anybody does
    }
    script = str(Path(__file__).with_name("page.py"))
    bootstrap.load_config_options(options)
    bootstrap.run(script, False, [], options)


def _when_there(port: int, ready: Callable[[], object]) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, port)) == 0:
                break
        time.sleep(0.05)
    ready()
