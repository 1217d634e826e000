"""`wenshu mcp`: the MCP server on standard input and output, or by HTTP on this machine."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from assistant.ask import Assistant
from assistant.service import Service
from semantic_layer.errors import UsageError

HOST, PORT = "127.0.0.1", 8700


def run_mcp(assistant: Assistant, user: str | None, http: bool, port: int, echo: Callable[[str], object]) -> None:
    """Serves until the client leaves, or Ctrl-C. Raises UsageError (a missing package, an unknown user), StoreError."""
    look_for_mcp()
    from assistant.channels.mcp.server import server_of

    service = Service.of(assistant)
    try:
        assistant.shop.access(user)
        server = server_of(service, lambda: user)
        if http:
            echo(f"http://{HOST}:{port}/mcp   (Ctrl-C)")
            server.run("streamable-http", host=HOST, port=port)
        else:
            server.run("stdio")
    finally:
        service.close()


def look_for_mcp() -> None:
    """Raises UsageError where the package is missing."""
    if find_spec("mcp") is None:
        raise UsageError("The MCP server needs a package: pip install 'wenshu[mcp]'", "MCP 服务需要安装：pip install 'wenshu[mcp]'")
