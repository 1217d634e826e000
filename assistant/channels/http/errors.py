"""Errors as JSON: a code for programs, a sentence in the language asked, the id of the request; never a traceback."""

from __future__ import annotations

import json
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from assistant.channels.http.requests import REQUEST_ID, language, request_id
from prompts import word
from semantic_layer.errors import (
    Busy,
    CatalogError,
    EngineError,
    GuardError,
    ShopError,
    StoreError,
    UnknownAction,
    UnknownBoard,
    UnknownConversation,
    UnknownNameError,
    WenshuError,
)

log = logging.getLogger("wenshu.http")

_STATUS: tuple[tuple[type[WenshuError], int], ...] = (
    (UnknownConversation, 404), (UnknownBoard, 404), (UnknownAction, 404), (UnknownNameError, 404), (GuardError, 403),
    (Busy, 503), (StoreError, 503), (ShopError, 503), (CatalogError, 503), (EngineError, 503),
)  # fmt: skip
_SAID = {400: "http_unreadable", 404: "http_no_path", 405: "http_no_method", 413: "http_too_long", 415: "http_no_json"}
AGAIN = 2  # seconds after which to try again where the server is busy


class Wrong(BaseModel):
    """A part of the request that is not accepted."""

    where: str = Field(description="The part of the request, as body.question.")
    message: str = Field(description="What is wrong with it.")


class Failed(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs; stays the same.", examples=["unauthorized"])
    message: str = Field(description="A sentence for people, in the language asked.")
    request_id: str = Field(description="Finds the request in the log.")
    details: list[Wrong] = Field(default=[], description="The parts of the request that are not accepted.")


class Problem(BaseModel):
    """The body of every answer that is no success."""

    error: Failed


class Refused(Exception):
    """An error of the API itself: a status, a code, a phrase of ours; `after` says when to try again (seconds)."""

    def __init__(self, status: int, code: str, key: str, after: int | None = None, **parts: object) -> None:
        super().__init__(code)
        self.status, self.code, self.after, self._key, self._parts = status, code, after, key, parts

    def text(self, lang: str) -> str:
        """The sentence for people."""
        return word(self._key, lang, **self._parts)


class Unanswered(Refused):
    """An answer that failed for a reason that has a status of its own, in the words of the answer."""

    def __init__(self, status: int, code: str, said: str) -> None:
        super().__init__(status, code, "", AGAIN if status == 503 else None)
        self._said = said

    def text(self, lang: str) -> str:
        """The sentence for people, in the language of the answer."""
        return self._said


class Gone(Exception):
    """Whoever asked has gone."""


class Json(JSONResponse):
    """JSON in UTF-8; a half of a character, which is no text, as its escape."""

    def render(self, content: Any) -> bytes:
        """Raises ValueError for numbers that JSON does not have."""
        return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


def problem(
    request: Request, status: int, code: str, message: str, details: list[dict[str, str]] | None = None, headers: dict[str, str] | None = None
) -> Json:
    """The response that says what went wrong."""
    return Json(told(code, message, details), status, headers)


def told(code: str, message: str, details: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The body that says what went wrong."""
    return {"error": {"code": code, "message": message, "request_id": request_id(), "details": details or []}}


def status_of(error: WenshuError) -> int:
    """The status of one of our errors; 422 for what whoever asked can put right."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def add_handlers(app: FastAPI) -> None:
    """Everything that a route may raise becomes a response."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(Gone)(_gone)
    app.exception_handler(WenshuError)(_ours)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Exception)(_unforeseen)


async def _refused(request: Request, error: Refused) -> Json:
    headers = {"Retry-After": str(error.after)} if error.after is not None else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(request, error.status, error.code, error.text(language(request)), headers=headers)


async def _gone(request: Request, error: Gone) -> Response:
    return Response(status_code=499)  # nobody reads it; the log does


async def _ours(request: Request, error: WenshuError) -> Json:
    status = status_of(error)
    headers = {"Retry-After": str(AGAIN)} if status == 503 else None
    return problem(request, status, error.code, error.text(language(request)), headers=headers)


async def _invalid(request: Request, error: RequestValidationError) -> Json:
    lang = language(request)
    if any(e["type"] == "json_invalid" for e in error.errors()):
        return problem(request, 400, "unreadable", word("http_unreadable", lang))
    details = [{"where": ".".join(map(str, e["loc"])), "message": _said(e, lang)} for e in error.errors()]
    return problem(request, 422, "invalid", word("http_invalid", lang), details[:20])


def _said(error: dict[str, Any], lang: str) -> str:
    cause = error.get("ctx", {}).get("error")
    return cause.message.text(lang) if hasattr(cause, "message") else str(error["msg"])


async def _http(request: Request, error: HTTPException) -> Json:
    code = {401: "unauthorized", 404: "no_path", 405: "no_method", 413: "too_long", 415: "no_json"}.get(error.status_code, "unreadable")
    said = word(_SAID.get(error.status_code, "http_unreadable"), language(request))
    return problem(request, error.status_code, code, said, headers=dict(error.headers or {}))


async def _unforeseen(request: Request, error: Exception) -> Json:
    log.error("unforeseen", exc_info=error)
    headers = {REQUEST_ID: request_id()}  # this response does not come by the way of the others
    return problem(request, 500, "internal", word("http_internal", language(request)), headers=headers)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The statuses that a route may answer with beside its success, for OpenAPI."""
    return {status: {"model": Problem, "description": _DESCRIBED[status]} for status in (400, 401, 403, 413, 422, 429, 503, *statuses)}


_DESCRIBED = {
    400: "The request cannot be read.",
    401: "There is no token, or it is not good any more.",
    403: "The token is not for this, or its user may not see it.",
    404: "There is no such thing, or it is another user's.",
    413: "The body is too long.",
    422: "The request can be read but not carried out.",
    429: "Too many requests with this token; Retry-After says when to try again.",
    503: "The server is busy, or the shop or the store cannot be used now; Retry-After says when to try again.",
}
