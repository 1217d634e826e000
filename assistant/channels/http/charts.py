"""The chart of an answer: as Vega-Lite with its data, as PNG or as SVG. A chart is always one of ours: none is drawn that somebody sends."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, ValidationError, model_validator
from pydantic_core import to_jsonable_python

from assistant.answer.chart import Form, plan_of, spec_of
from assistant.answer.chart.picture import png, svg
from assistant.answer.model import Answer
from assistant.channels.http.api import Api
from assistant.channels.http.asking import check_conversation, known_analysis
from assistant.channels.http.auth import Caller
from assistant.channels.http.errors import Json, Refused, documented
from assistant.channels.http.parameters import Asker, Body, Here, Id
from assistant.language import is_chinese
from assistant.question import MAX_QUESTION, check_text
from semantic_layer.errors import InvalidValue
from semantic_layer.query import SemanticQuery

router = APIRouter(prefix="/v1", tags=["charts"])
Kind = Literal["vega-lite", "png", "svg"]
KindQuery = Annotated[Kind, Query(alias="format", description="vega-lite, png or svg.")]
FormQuery = Annotated[Form | None, Query(description="The form it is drawn in; none: the one asked for, or the best one.")]
Dark = Annotated[bool, Query(description="On a dark ground; of png and svg.")]
_CHARTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The chart.",
        "content": {
            "application/json": {"schema": {"type": "object", "description": "A Vega-Lite specification with its data."}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "image/svg+xml": {"schema": {"type": "string"}},
        },
    },
    **documented(404),
}


class Drawing(Body):
    """What is to be drawn: the answer to a question, or to a semantic query."""

    question: str | None = Field(default=None, min_length=1, max_length=MAX_QUESTION, examples=["sales by month as a line chart"])
    query: SemanticQuery | None = None
    analysis: str = Field(default="", max_length=64, description="The analysis of the query.")
    lang: Literal["auto", "zh", "en"] = "auto"
    format: Kind = "png"
    form: Form | None = Field(default=None, description="The form it is drawn in; none: the one asked for, or the best one.")
    dark: bool = Field(default=False, description="On a dark ground; of png and svg.")

    @model_validator(mode="after")
    def _one(self) -> Drawing:
        if (self.question is None) == (self.query is None):
            raise InvalidValue("give either question or query", "question 与 query 必须且只能给一个")
        return self


@router.post("/chart", responses=_CHARTS, response_class=Response)
async def chart(request: Request, here: Here, who: Asker, body: Drawing) -> Response:
    """Draws the answer to a question or a query; 404 where it is better read than seen, or where there is none."""
    question = body.question or ""
    lang = request.state.lang = ("zh" if is_chinese(question) else "en") if body.lang == "auto" else body.lang
    known_analysis(body.analysis)
    if body.question is not None:
        check_text(body.question)
    return await here.running.result(request, lambda: _picture(_answer(here, who, body, lang), body.format, body.form, body.dark))


@router.get("/conversations/{conversation}/turns/{number}/chart", responses=_CHARTS, response_class=Response)
async def chart_of_turn(
    request: Request,
    here: Here,
    who: Asker,
    conversation: Id,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
    kind: KindQuery = "png",
    form: FormQuery = None,
    dark: Dark = False,
) -> Response:
    """Draws the answer of a turn, of the rows that were kept."""
    await check_conversation(here, who, conversation)
    return await here.running.result(request, lambda: _picture(_kept(here, who, conversation, number), kind, form, dark))


def _answer(here: Api, who: Caller, body: Drawing, lang: str) -> Answer:
    if body.query is None:
        ask = partial(here.service.assistant.ask, body.question or "", lang, user=who.user)
        return here.cache.answer(("ask", body.question, lang), who.user, ask)
    run = partial(here.service.assistant.answer, body.query, lang, user=who.user, analysis=body.analysis)
    return here.cache.answer(("query", body.query.key, body.analysis, "", lang), who.user, run)


def _kept(here: Api, who: Caller, conversation: str, number: int) -> Answer:
    turn = here.service.store.turn(conversation, who.name, number)
    if turn is None:
        raise Refused(404, "unknown_turn", "http_no_turn")
    try:
        return Answer.model_validate(turn.answer)
    except ValidationError:  # kept by another version
        raise Refused(404, "no_chart", "http_no_chart") from None


def _picture(answer: Answer, kind: Kind, form: Form | None, dark: bool) -> Response:
    spec = answer.chart
    if form or spec is None:
        plan = plan_of(answer, form)
        spec = spec_of(answer, plan) if plan and answer.status == "answered" else None
    if spec is None:
        raise Refused(404, "no_chart", "http_no_chart")
    if kind == "png":
        return Response(png(spec, dark), media_type="image/png")
    if kind == "svg":
        return Response(svg(spec, dark), media_type="image/svg+xml")
    return Json(to_jsonable_python(spec))
