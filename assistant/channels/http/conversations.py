"""Conversations: to begin, list, read, rename and delete; and what people think of answers."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from assistant.channels.http.errors import documented
from assistant.channels.http.parameters import Asker, Body, Here, Id
from assistant.store import Conversation, Opinion, Turn
from semantic_layer.query import SemanticQuery

router = APIRouter(prefix="/v1", tags=["conversations"])
_LONGEST = 200
Title = Annotated[str, Field(max_length=_LONGEST, description="What it is called.")]
AnswerId = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,32}$", description="The id of an answer.")]


class Titled(Body):
    """A title."""

    title: Title = ""


class Named(Body):
    """Another title."""

    title: Annotated[str, Field(min_length=1, max_length=_LONGEST, description="What it is called.")]


class Said(BaseModel):
    """A turn: the question, how it ended, and its answer without the chart, with as many rows as are kept."""

    number: int
    question: str
    lang: str
    status: str
    created: dt.datetime
    answer: dict[str, Any]

    @classmethod
    def of(cls, turn: Turn) -> Said:
        """Of what the store keeps."""
        return cls(**{name: getattr(turn, name) for name in cls.model_fields})


class Whole(BaseModel):
    """A conversation with its turns, the first first."""

    conversation: Conversation
    turns: list[Said]


class Rating(Body):
    """What somebody thinks of an answer."""

    rating: Literal[1, -1] = Field(description="1: good, -1: bad.")
    comment: str = Field(default="", max_length=2_000, description="Why.")
    question: str = Field(default="", max_length=2_000, description="The question that was answered, to be kept with it.")
    query: SemanticQuery | None = Field(default=None, description="What it was read as, to be kept with it.")
    analysis: str = Field(default="", max_length=100, description="The analysis of the answer, if it had one.")
    lang: str = Field(default="", max_length=16, description="The language of the answer.")


@router.get("/conversations", responses=documented())
def conversations(here: Here, who: Asker, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[Conversation]:
    """This user's conversations, the last changed first."""
    return list(here.service.store.conversations(here.service.shop, who.name, limit))


@router.post("/conversations", status_code=201, responses=documented())
def start(here: Here, who: Asker, body: Titled) -> Conversation:
    """Begins a conversation."""
    store = here.service.store
    return store.conversation(here.service.shop, who.name, store.start(here.service.shop, who.name, body.title))


@router.get("/conversations/{conversation}", responses=documented(404))
def conversation(here: Here, who: Asker, conversation: Id) -> Whole:
    """A conversation with its turns."""
    known = here.service.store.conversation(here.service.shop, who.name, conversation)
    return Whole(conversation=known, turns=[Said.of(t) for t in here.service.store.turns(conversation, who.name)])


@router.patch("/conversations/{conversation}", responses=documented(404))
def rename(here: Here, who: Asker, conversation: Id, body: Named) -> Conversation:
    """Gives a conversation another title."""
    here.service.store.conversation(here.service.shop, who.name, conversation)
    here.service.store.rename(conversation, who.name, body.title)
    return here.service.store.conversation(here.service.shop, who.name, conversation)


@router.delete("/conversations/{conversation}", status_code=204, responses=documented(404))
def delete(here: Here, who: Asker, conversation: Id) -> None:
    """Deletes a conversation with its turns."""
    here.service.store.conversation(here.service.shop, who.name, conversation)
    here.service.store.remove(conversation, who.name)


@router.put("/answers/{answer}/feedback", status_code=204, responses=documented())
def rate(here: Here, who: Asker, answer: AnswerId, body: Rating) -> None:
    """Keeps what this user thinks of an answer, instead of what was kept before."""
    query = body.query.to_dict() if body.query else None
    opinion = Opinion(body.rating, body.comment, body.question, query=query, analysis=body.analysis, lang=body.lang)
    here.service.store.feedback.give(here.service.shop, who.name, answer, opinion)


@router.delete("/answers/{answer}/feedback", status_code=204, responses=documented())
def unrate(here: Here, who: Asker, answer: AnswerId) -> None:
    """Takes it back."""
    here.service.store.feedback.give(here.service.shop, who.name, answer, None)
