"""Boards of pinned answers. Whoever knows the id of a board may look at it, with rights of their own; only its user changes it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from assistant.answer.chart import Form
from assistant.answer.model import Answer
from assistant.channels.http.api import Api
from assistant.channels.http.asking import known_analysis
from assistant.channels.http.errors import Refused, documented
from assistant.channels.http.parameters import Body, Here, Id, Reader, Writer
from assistant.pages.board import lasting, tile
from assistant.store import Board, Pin
from semantic_layer.errors import UnknownBoard
from semantic_layer.query import SemanticQuery

router = APIRouter(prefix="/v1/boards", tags=["boards"])
Title = Annotated[str, Field(min_length=1, max_length=200, description="What it is called.")]
Width = Annotated[int, Field(ge=1, le=6, description="In sixths of the board.")]


class Titled(Body):
    """A title."""

    title: Title


class Pinned(BaseModel):
    """A pin: the query that it asks, with the analysis and the form of its answer."""

    id: str
    title: str
    lang: str
    query: dict[str, Any]
    analysis: str
    form: str
    width: int
    created: dt.datetime

    @classmethod
    def of(cls, pin: Pin) -> Pinned:
        """Of what the store keeps."""
        return cls(**{name: getattr(pin, name) for name in cls.model_fields})


class Whole(BaseModel):
    """A board with its pins, in their order."""

    board: Board
    pins: list[Pinned]


class NewPin(Body):
    """What is to be pinned: the query of an answer."""

    title: Title
    query: SemanticQuery
    lang: Literal["zh", "en"] = "en"
    analysis: str = Field(default="", max_length=64, description="The analysis of the answer.")
    form: Form | Literal["", "table"] = Field(default="", description="The form of its chart; none: the best one.")
    width: Width = 3


class Change(Body):
    """What is to be otherwise about a pin."""

    title: Title | None = None
    width: Width | None = None
    move: int = Field(default=0, ge=-1_000, le=1_000, description="By so many places; less than 0: towards the beginning.")


class Shown(BaseModel):
    """The answer of a pin as this user may see it now; `note` says why it is not of now, or why there is none."""

    pin: Pinned
    answer: Answer | None
    note: str


@router.get("", responses=documented())
def boards(here: Here, who: Reader) -> list[Board]:
    """This user's boards, the oldest first."""
    return list(here.service.store.boards.of(here.service.shop, who.name))


@router.post("", status_code=201, responses=documented())
def start(here: Here, who: Writer, body: Titled) -> Board:
    """Makes a board."""
    return here.service.store.boards.board(here.service.store.boards.start(here.service.shop, who.name, body.title))


@router.get("/{board}", responses=documented(404))
def board(here: Here, who: Reader, board: Id) -> Whole:
    """A board with its pins."""
    known = _board(here, board)
    return Whole(board=known, pins=[Pinned.of(p) for p in here.service.store.boards.pins(board)])


@router.patch("/{board}", responses=documented(404))
def rename(here: Here, who: Writer, board: Id, body: Titled) -> Board:
    """Gives a board another title."""
    _board(here, board)
    here.service.store.boards.rename(board, who.name, body.title)
    return _board(here, board)


@router.delete("/{board}", status_code=204, responses=documented(404))
def delete(here: Here, who: Writer, board: Id) -> None:
    """Deletes a board with its pins."""
    _board(here, board)
    here.service.store.boards.remove(board, who.name)


@router.post("/{board}/pins", status_code=201, responses=documented(404))
def pin(here: Here, who: Writer, board: Id, body: NewPin) -> Pinned:
    """Pins an answer at the end of a board. Periods with the words that say just these days move on with the days."""
    known_analysis(body.analysis)
    _board(here, board)
    new = lasting(here.service.assistant, Pin(body.title, body.lang, body.query.to_dict(), body.analysis, body.form, body.width), who.user)
    return Pinned.of(_pin(here, board, here.service.store.boards.pin(board, who.name, new)))


@router.patch("/{board}/pins/{pin}", responses=documented(404))
def change(here: Here, who: Writer, board: Id, pin: Id, body: Change) -> Pinned:
    """Gives a pin another title, width or place."""
    _pin(here, board, pin)
    here.service.store.boards.change(board, who.name, pin, title=body.title, width=body.width)
    if body.move:
        here.service.store.boards.move(board, who.name, pin, body.move)
    return Pinned.of(_pin(here, board, pin))


@router.delete("/{board}/pins/{pin}", status_code=204, responses=documented(404))
def unpin(here: Here, who: Writer, board: Id, pin: Id) -> None:
    """Takes a pin off."""
    _pin(here, board, pin)
    here.service.store.boards.unpin(board, who.name, pin)


@router.get("/{board}/pins/{pin}/answer", responses=documented(404))
async def answer(request: Request, here: Here, who: Reader, board: Id, pin: Id) -> Shown:
    """Asks a pin anew, with the rights of this user."""
    service = here.service
    shown = await here.running.result(request, lambda: tile(service.assistant, service.store.boards, _pin(here, board, pin), who.user))
    return Shown(pin=Pinned.of(shown.pin), answer=shown.answer, note=shown.note)


def _board(here: Api, board: str) -> Board:
    """A board of this shop. Raises UnknownBoard."""
    known = here.service.store.boards.board(board)
    if known.shop != here.service.shop:
        raise UnknownBoard("There is no such board.", "没有这个看板。")
    return known


def _pin(here: Api, board: str, pin: str) -> Pin:
    """A pin of a board of this shop. Raises UnknownBoard, Refused."""
    _board(here, board)
    found = next((p for p in here.service.store.boards.pins(board) if p.id == pin), None)
    if found is None:
        raise Refused(404, "unknown_pin", "http_no_pin")
    return found
