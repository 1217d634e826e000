"""Questions, queries and choices, answered as JSON or as server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import Future
from functools import partial
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Request, Response
from fastapi import Body as BodyOf
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import Field

from assistant.analyses import ANALYSES
from assistant.answer.model import Answer
from assistant.channels.http.api import Api
from assistant.channels.http.auth import Caller
from assistant.channels.http.errors import Json, Refused, Unanswered, documented
from assistant.channels.http.errors import told as problem_of
from assistant.channels.http.parameters import Asker, Body, Here, Id
from assistant.channels.http.requests import language, note
from assistant.channels.http.running import CHANNEL
from assistant.language import is_chinese
from assistant.progress import Progress, Step
from assistant.question import MAX_QUESTION, check_text
from prompts import word
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery

log = logging.getLogger("wenshu.http")
router = APIRouter(tags=["asking"])
Lang = Literal["auto", "zh", "en"]
EVENTS = "text/event-stream"
_LOOK = 0.05  # seconds between two looks at how far an answer is
_ALIVE = 15.0  # seconds without an event after which a comment keeps the connection open


class Question(Body):
    """A question in words."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION, description="The question, in Chinese or English.")
    lang: Lang = Field(default="auto", description="The language of the answer; auto: that of the question.")
    conversation: str | None = Field(default=None, max_length=32, description="The id of a conversation, which the question may go on from.")


class Query(Body):
    """A semantic query, as answers hold them: of a choice, of what could be asked next, of a pin."""

    query: SemanticQuery
    analysis: str = Field(default="", max_length=64, description="The analysis it is to be run with, where the choice names one.")
    question: str = Field(default="", max_length=MAX_QUESTION, description="What it is called; the text of the choice.")
    lang: Literal["zh", "en"] = Field(default="en", description="The language of the answer.")
    conversation: str | None = Field(default=None, max_length=32, description="The id of the conversation whose next turn it is.")


class Chosen(Body):
    """One of the choices of the last answer of a conversation."""

    choice: str = Field(min_length=1, max_length=16, description="The id of the choice.")
    lang: Lang = Field(default="auto", description="The language of the answer; auto: that of the answer before.")


_EXAMPLES: dict[str, Any] = {
    "english": {"summary": "In English", "value": {"question": "total sales last month"}},
    "chinese": {"summary": "In Chinese", "value": {"question": "上个月各类目的销售额"}},
}
_BY_MONTH = {"metrics": ["sales"], "group_by": [{"field": "time", "grain": "month"}]}
_QUERY: dict[str, Any] = {"months": {"summary": "Sales by month", "value": {"query": _BY_MONTH, "lang": "en"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Answer,
        "description": "The answer: `status` says whether there is one. With `Accept: text/event-stream` the events `step` (read, query, explain), "
        "`sentence` as soon as it stands, and `answer`, or `error`.",
        "content": {EVENTS: {"schema": {"type": "string"}}},
    },
    **documented(404),
}


@router.post("/v1/ask", responses=_ANSWERS, response_class=Json)
async def ask(request: Request, here: Here, who: Asker, body: Annotated[Question, BodyOf(openapi_examples=_EXAMPLES)]) -> Response:
    """Answers a question; of a conversation, as its next turn."""
    lang = request.state.lang = ("zh" if is_chinese(body.question) else "en") if body.lang == "auto" else body.lang
    check_text(body.question)
    ask = partial(here.service.assistant.ask, body.question, lang, user=who.user)
    if body.conversation is not None:
        await check_conversation(here, who, body.conversation)
        return await reply(request, here, partial(ask, conversation=body.conversation), body.question)
    return await reply(request, here, cached(request, here, who, ("ask", body.question, lang), ask), body.question)


@router.post("/v1/query", responses=_ANSWERS, response_class=Json)
async def query(request: Request, here: Here, who: Asker, body: Annotated[Query, BodyOf(openapi_examples=_QUERY)]) -> Response:
    """Answers a semantic query; of a conversation, as its next turn."""
    lang = request.state.lang = body.lang
    known_analysis(body.analysis)
    if body.question:
        check_text(body.question)
    run = partial(here.service.assistant.answer, body.query, lang, question=body.question, user=who.user, analysis=body.analysis)
    if body.conversation is not None:
        await check_conversation(here, who, body.conversation)
        return await reply(request, here, partial(run, conversation=body.conversation), body.question)
    asked = "query", body.query.key, body.analysis, body.question, lang
    return await reply(request, here, cached(request, here, who, asked, run), body.question)


@router.post("/v1/conversations/{conversation}/choices", responses=_ANSWERS, response_class=Json)
async def choose(request: Request, here: Here, who: Asker, conversation: Id, body: Chosen) -> Response:
    """Runs a choice of the last answer of a conversation, and remembers what was meant."""
    request.state.lang = "" if body.lang == "auto" else body.lang
    check_text(body.choice)
    await check_conversation(here, who, conversation)
    return await reply(request, here, partial(here.service.assistant.choose, conversation, body.choice, body.lang, user=who.user), body.choice)


def cached(request: Request, here: Api, who: Caller, asked: Hashable, made: Callable[[], Answer]) -> Callable[[], Answer]:
    """What gives the answer to what is `asked`; with `Cache-Control: no-cache` one that is made now."""
    if "no-cache" in request.headers.get("cache-control", ""):
        return made
    return lambda: here.cache.answer(asked, who.user, made)


def known_analysis(name: str) -> None:
    """Raises Refused for the name of no analysis; none is one."""
    if name and name not in ANALYSES:
        raise Refused(422, "no_analysis", "http_no_analysis", known=", ".join(ANALYSES))


async def check_conversation(here: Api, who: Caller, conversation: str) -> None:
    """Raises UnknownConversation for one that is not there, of another user, or of another shop; StoreError."""
    await run_in_threadpool(here.service.store.conversation, here.service.shop, who.name, conversation)


async def reply(request: Request, here: Api, work: Callable[[], Answer], question: str) -> Response:
    """The response of an answer, in the form that is accepted. Raises Refused, Gone."""
    if here.settings.log_questions:
        note(request, question=question)
    began, progress = time.perf_counter(), Progress(CHANNEL)
    if EVENTS in request.headers.get("accept", ""):
        future = here.running.begin(work, progress)
        told = partial(_told, request, here, began)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy is not to gather events
        return StreamingResponse(_events(request, here, future, progress, told), media_type=EVENTS, headers=headers)
    answer = _told(request, here, began, await here.running.result(request, work, progress))
    return Response(answer, media_type="application/json")


def _told(request: Request, here: Api, began: float, answer: Answer) -> bytes:
    """The JSON of an answer, once it is counted. Raises Unanswered for what has a status of its own."""
    error = answer.error.code if answer.error else ""
    here.metrics.answers.labels(answer.status, error).inc()
    here.metrics.answer_seconds.observe(time.perf_counter() - began)
    note(request, answer=answer.id, answer_status=answer.status)
    if answer.error and error in _STATUS:
        raise Unanswered(_STATUS[error], error, answer.text)
    return answer.model_dump_json().encode("utf-8", "replace")


# What is no failure of the answer but of whoever asked, or of the server at this moment.
_STATUS = {"usage": 422, "unknown_conversation": 404, "busy": 503, "store": 503, "store_busy": 503, "shop": 503, "catalog": 503}


async def _events(
    request: Request, here: Api, future: Future[Answer], progress: Progress, told: Callable[[Answer], bytes]
) -> AsyncIterator[bytes]:
    """Each step when it begins, the sentence when it stands, then the answer."""
    done, steps, text, quiet = asyncio.wrap_future(future), list(get_args(Step)), "", 0.0
    try:
        finished = False
        while not finished:
            finished = bool((await asyncio.wait({done}, timeout=_LOOK))[0])
            begun = steps[: steps.index(progress.step) + 1] if progress.step in steps else []
            news = [_event("step", {"step": step}) for step in begun if step != "model" or step == progress.step]  # not every question asks one
            if progress.text != text:
                news.append(_event("sentence", {"text": progress.text}))
            steps, text = steps[len(begun) :], progress.text
            quiet = 0.0 if news else quiet + _LOOK
            for event in news:
                yield event
            if quiet >= _ALIVE:
                quiet = 0.0
                yield b": waiting\n\n"
            if not finished and await request.is_disconnected():
                return
        yield b"event: answer\ndata: " + told(await done) + b"\n\n"
    except (Refused, WenshuError) as error:
        yield _event("error", problem_of(error.code, error.text(language(request))))
    except Exception:
        log.exception("unforeseen")
        yield _event("error", problem_of("internal", word("http_internal", language(request))))
    finally:
        if not future.done():
            here.running.stop(future, progress)


def _event(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "backslashreplace")
