"""`wenshu serve`: one server for the HTTP API, every channel of chat that the shop configures, and MCP where it is asked for."""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from assistant.ask import Assistant
from assistant.channels.mcp.run import look_for_mcp
from assistant.service import Service
from semantic_layer.errors import UsageError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.channels.chat.registry import Configured
    from assistant.channels.http.app import Part

HOST, PORT = "127.0.0.1", 8600
LEASE = 120.0  # seconds after which another server takes up what one that died was at
_ENDING = 20  # seconds that open requests have to end
_IDLE = 75  # seconds that a connection is kept without a request: longer than proxies do, so that it is they who close it


def run_serve(
    assistant: Assistant, echo: Callable[[str], object], host: str = HOST, port: int = PORT, user: str | None = None, lease: float = LEASE
) -> None:
    """Serves until Ctrl-C. Raises UsageError (a missing package, a taken port, no token for an open address), ShopError, StoreError."""
    for package in ("fastapi", "uvicorn", "prometheus_client"):
        if find_spec(package) is None:
            raise UsageError(
                "The server needs packages: pip install -c constraints.txt -e '.[serve]'",
                "服务需要安装：pip install -c constraints.txt -e '.[serve]'",
            )
    import uvicorn

    from assistant.channels.http.app import create_app
    from assistant.channels.http.auth import is_loopback
    from assistant.channels.http.logs import write_to

    service = Service.of(assistant)
    try:
        here = is_loopback(host)
        _check_tokens(service, host, here, user)
        listening = _listening(host, port)
        app = create_app(service, (user or "") if here else None, parts(service, lease))
        write_to(sys.stderr)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_keep_alive=_IDLE, timeout_graceful_shutdown=_ENDING
        )
        echo(f"Wenshu 问数: http://{host}:{listening.getsockname()[1]}   (Ctrl-C)")
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        service.close()


def parts(service: Service, lease: float = LEASE) -> list[Part]:
    """Everything that is served beside the API: what is to be added is a `Part`. Raises UsageError where something is missing that one needs."""
    from assistant.channels.chat.registry import configured

    made: list[Part] = [ChatPart(service, each, lease) for each in configured(service.assistant.shop)]
    if service.assistant.shop.settings.serve.mcp:
        look_for_mcp()
        from assistant.channels.mcp.mounted import McpPart

        made.append(McpPart())
    return made


class ChatPart:
    """A channel of chat: its paths, its reception, and its connection where it listens by one."""

    def __init__(self, service: Service, configured: Configured, lease: float = LEASE) -> None:
        """Raises UsageError where a package is missing."""
        from assistant.channels.chat.reception import Reception

        self._channel, self._settings = configured
        self._receive = Reception(service, self._channel.name, self._settings, self._channel.poster(self._settings), lease=lease)

    def mount(self, app: FastAPI) -> None:
        """Adds the paths that the platform calls; they check its signatures, and take no token of ours."""
        router = self._channel.routes(self._settings, self._receive)
        if router is not None:
            app.include_router(router, include_in_schema=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Receives, and listens, as long as the server runs."""
        self._receive.start()
        end = await asyncio.to_thread(self._channel.listen, self._settings, self._receive)
        try:
            yield
        finally:
            if end:
                await asyncio.to_thread(end)
            await asyncio.to_thread(self._receive.close)


def _check_tokens(service: Service, host: str, here: bool, user: str | None) -> None:
    """Raises UsageError where anybody could reach a server that asks for no token, or the local user has no role."""
    known = service.store.tokens.of(service.shop)
    if here:
        if not known:
            service.assistant.shop.access(user)
        return
    now = dt.datetime.now(dt.UTC)
    if not any(t.good(now) for t in known):
        raise UsageError(
            f"--host {host} would open the shop to others, and there is no token that they could be asked for. "
            "Make one first: wenshu token create --user NAME",
            f"--host {host} 会向其他机器开放店铺，而现在还没有可用的令牌。请先创建：wenshu token create --user 名称",
        )


def _listening(host: str, port: int) -> socket.socket:
    """A socket that is bound. Raises UsageError."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except (OSError, OverflowError) as error:
        told: Any = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{host}:{port} cannot be listened to: {told}. Choose another with --port.", f"无法监听 {host}:{port}：{told}。请用 --port 另选端口。"
        ) from None
