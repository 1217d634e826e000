"""The application: routes, limits, errors, and what runs beside them, such as the channels of chat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from assistant.channels.http import actions, asking, boards, catalog, charts, conversations, state
from assistant.channels.http.api import Api
from assistant.channels.http.errors import add_handlers
from assistant.channels.http.limits import BodyLimit
from assistant.channels.http.logs import Requests
from assistant.channels.http.requests import REQUEST_ID
from assistant.service import Service
from semantic_layer.errors import WenshuError

log = logging.getLogger("wenshu.http")
ROUTERS = tuple(m.router for m in (asking, conversations, charts, catalog, boards, actions, state))


class Part(Protocol):
    """Something else that a server serves: it adds its paths, and runs as long as the server does."""

    def mount(self, app: FastAPI) -> None:
        """Adds its paths; `app.state.api` is the server."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Entered when the server starts, left when it ends."""


def create_app(service: Service, local: str | None = None, parts: Sequence[Part] = ()) -> FastAPI:
    """The application of a service. `local` is the user of whoever has no token, as long as there is none; None lets nobody in without.

    Raises UsageError where a part cannot be mounted.
    """
    api = Api.of(service, local)
    app = FastAPI(
        title="Wenshu 问数",
        version=_version(),
        summary="Ask a shop's data a question in Chinese or English.",
        description="Every answer is computed with the rights of the token's user. Errors have the form of `Problem`. See docs/api.md.",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        lifespan=_lifespan(api, parts),
        redirect_slashes=False,
    )
    app.state.api = api
    for router in ROUTERS:
        app.include_router(router)
    for part in parts:
        part.mount(app)
    add_handlers(app)
    app.add_middleware(BodyLimit, most=lambda: 1000 * api.settings.max_body_kb)
    if api.settings.cors_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=api.settings.cors_origins, allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Accept-Language", REQUEST_ID], expose_headers=[REQUEST_ID, "Retry-After"],
        )  # fmt: skip
    app.add_middleware(Requests, metrics=api.metrics)
    return app


def _lifespan(api: Api, parts: Sequence[Part]):  # type: ignore[no-untyped-def]
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        preparing = asyncio.create_task(asyncio.to_thread(_prepare, api))
        try:
            async with AsyncExitStack() as stack:
                for part in parts:
                    await stack.enter_async_context(part.running())
                yield
        finally:
            await asyncio.to_thread(api.running.close)
            await preparing

    return lifespan


def _prepare(api: Api) -> None:
    """Loads what the first question needs, while the server answers already."""
    try:
        api.service.assistant.prepare()
        api.prepared = True
    except WenshuError as error:
        log.error("the shop could not be prepared: %s", error)


def _version() -> str:
    from importlib.metadata import version

    return version("wenshu")
