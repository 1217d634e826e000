"""The MCP server as a path of `wenshu serve`: who asks is whose token it is, what is worked out waits with everything else.

No session is kept: each request says who sent it, so that a token that is revoked, or a role that changes, counts at the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Security
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.channels.http.api import Api
from assistant.channels.http.auth import Caller, caller
from assistant.channels.http.errors import Refused
from assistant.channels.mcp.server import CHANNEL, Work, server_of
from assistant.progress import Progress

PATH = "/mcp"
_Model = Annotated[Caller, Security(caller, scopes=["ask", "read"])]
_user: ContextVar[str | None] = ContextVar("user of the request")


class McpPart:
    """See `Part`."""

    def __init__(self) -> None:
        self._server: MCPServer | None = None

    def mount(self, app: FastAPI) -> None:
        """Adds the path. Hosts and origins are checked by who lets callers in, for this path as for all others."""
        here: Api = app.state.api
        self._server = server_of(here.service, _user.get, lambda work: _worked_out(here, work))
        self._server.streamable_http_app(
            stateless_http=True,
            json_response=True,
            max_request_body_size=1000 * here.settings.max_body_kb,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        handle = self._server.session_manager.handle_request
        router = APIRouter()

        @router.post(PATH, include_in_schema=False)
        async def mcp(who: _Model) -> Response:
            return _HandedOver(handle, who.user)

        app.include_router(router)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Takes requests as long as the server runs."""
        assert self._server is not None
        async with self._server.session_manager.run():
            yield


class _HandedOver(Response):
    """What another application answers, as a user."""

    def __init__(self, app: ASGIApp, user: str | None) -> None:
        super().__init__()
        self._app, self._user = app, user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _user.set(self._user)
        try:
            await self._app(scope, receive, send)
        finally:
            _user.reset(token)


async def _worked_out(here: Api, work: Work) -> Any:
    """What a tool gives, with the room that the server has for answers. Raises ToolError where there is none."""
    progress = Progress(CHANNEL)
    try:
        future = here.running.begin(work, progress)
    except Refused as error:
        raise ToolError(error.text("en")) from None
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        here.running.stop(future, progress)
        raise
