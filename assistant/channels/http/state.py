"""Whether the server is alive and ready, and its counters."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response, Security
from pydantic import BaseModel

from assistant.channels.http.auth import Caller, caller
from assistant.channels.http.errors import Problem, Refused, documented
from assistant.channels.http.parameters import Here
from semantic_layer.errors import WenshuError

router = APIRouter(tags=["server"])
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


class State(BaseModel):
    """How the server is."""

    status: Literal["alive", "ready"]


@router.get("/health")
async def health() -> State:
    """Alive: the process answers."""
    return State(status="alive")


@router.get("/ready", responses={503: {"model": Problem, "description": "Not yet, or not now."}})
def ready(here: Here) -> State:
    """Ready: the shop is open and what questions need is loaded, and the store can be reached."""
    try:
        here.service.store.tokens.any(here.service.shop)
        here.service.assistant.shop.engine.version()
    except WenshuError:
        raise Refused(503, "not_ready", "http_not_ready", 5) from None
    if not here.prepared:
        raise Refused(503, "not_ready", "http_not_ready", 5)
    return State(status="ready")


_METRICS = {200: {"content": {"text/plain": {}}, "description": "In Prometheus's format."}, **documented()}


@router.get("/metrics", response_class=Response, responses=_METRICS)
def metrics(here: Here, who: Annotated[Caller, Security(caller, scopes=["metrics"])]) -> Response:
    """The counters of this server process."""
    return Response(here.metrics.text(), media_type=_TEXT)
