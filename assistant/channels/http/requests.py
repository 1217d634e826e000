"""What is known of a request everywhere: its id, and the language of whoever sent it."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from typing import Any

from fastapi import Request

REQUEST_ID = "X-Request-ID"  # the header
_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_present: ContextVar[str] = ContextVar("request", default="")


def request_id() -> str:
    """The id of the request that is being answered; empty outside of one."""
    return _present.get()


def begin(given: str) -> str:
    """A request begins: takes the id that it was given, where it is one, else a new one."""
    id = given if _ID.fullmatch(given) else uuid.uuid4().hex[:16]
    _present.set(id)
    return id


def language(request: Request) -> str:
    """zh or en: that of the question, or `lang` of the address, or what the browser prefers."""
    said = getattr(request.state, "lang", "") or request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "zh" if said.lower().startswith("zh") else "en"


def note(request: Request, **facts: Any) -> None:
    """Facts of a request for its line in the log."""
    request.scope.setdefault("wenshu.facts", {}).update(facts)
