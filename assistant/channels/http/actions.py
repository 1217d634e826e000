"""What there is to do, and what is decided about it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from assistant.actions import Action, ActionList, State
from assistant.answer.export import csv_text
from assistant.channels.http.api import Api
from assistant.channels.http.auth import Caller
from assistant.channels.http.errors import documented
from assistant.channels.http.parameters import Body, Here, Lang, Reader, Writer
from assistant.channels.http.running import CHANNEL

router = APIRouter(prefix="/v1/actions", tags=["actions"])
ActionId = Annotated[str, Path(max_length=128, description="The id of an action, or its beginning.")]
_CSV = "text/csv"
_AUDIENCE: dict[int | str, dict[str, Any]] = {
    200: {"content": {_CSV: {"schema": {"type": "string"}}}, "description": "The ids of whom it concerns, with a header."},
    **documented(404),
}


class Reason(Body):
    """Why an action is put aside."""

    reason: str = Field(min_length=1, max_length=2_000, description="This kind is then proposed less to this user.")


class Edit(Body):
    """What is to be otherwise about an action."""

    changes: dict[str, float | str] = Field(
        min_length=1, max_length=20, description="owner, channel, when, or an assumption of the card by name.", examples=[{"owner": "ann"}]
    )


@router.get("", responses=documented())
async def actions(request: Request, here: Here, who: Reader, lang: Lang) -> ActionList:
    """What there is to do, best first; what is under way, decided, or lacks evidence."""
    return await here.running.result(request, partial(here.service.assistant.desk.listed, lang, who.user))


@router.get("/{action}", responses=documented(404))
async def action(request: Request, here: Here, who: Reader, lang: Lang, action: ActionId) -> Action:
    """The card of an action."""
    return await here.running.result(request, partial(here.service.assistant.desk.show, action, lang, who.user))


@router.post("/{action}/accept", responses=documented(404))
async def accept(request: Request, here: Here, who: Writer, lang: Lang, action: ActionId) -> Action:
    """Takes an action on."""
    return await _decided(request, here, who, action, "accepted", lang)


@router.post("/{action}/change", responses=documented(404))
async def change(request: Request, here: Here, who: Writer, lang: Lang, action: ActionId, body: Edit) -> Action:
    """Changes the owner, the channel, the time or an assumption; the figures follow."""
    return await _decided(request, here, who, action, "changed", lang, changes=body.changes)


@router.post("/{action}/dismiss", responses=documented(404))
async def dismiss(request: Request, here: Here, who: Writer, lang: Lang, action: ActionId, body: Reason) -> Action:
    """Puts an action aside."""
    return await _decided(request, here, who, action, "dismissed", lang, reason=body.reason)


@router.post("/{action}/done", responses=documented(404))
async def done(request: Request, here: Here, who: Writer, lang: Lang, action: ActionId) -> Action:
    """Says that an accepted action has been carried out."""
    return await _decided(request, here, who, action, "done", lang)


@router.get("/{action}/audience", response_class=Response, responses=_AUDIENCE)
async def audience(
    request: Request, here: Here, who: Reader, lang: Lang, action: ActionId, rows: Annotated[int | None, Query(ge=1, le=1_000_000)] = None
) -> Response:
    """Whom an action concerns, as CSV: ids, as far as this user may see them; written down in the audit."""
    columns, found = await here.running.result(request, partial(here.service.assistant.desk.audience, action, lang, who.user, rows, CHANNEL))
    return Response(csv_text(columns, found) + "\n", media_type=_CSV)


async def _decided(request: Request, here: Api, who: Caller, action: str, state: State, lang: str, **how: Any) -> Action:
    return await here.running.result(request, partial(here.service.assistant.desk.decide, action, state, lang, who.user, **how))
