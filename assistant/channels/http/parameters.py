"""Parameters that many routes have in common."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query, Request, Security
from pydantic import BaseModel, ConfigDict, model_validator

from assistant.channels.http.api import Api, api
from assistant.channels.http.auth import Caller, caller
from assistant.channels.http.requests import language
from semantic_layer.errors import InvalidValue

_DEEPEST = 60  # parts within parts, of a body


class Body(BaseModel):
    """A body of a request: nothing in it that is not known, that is no text, or that lies too deep."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_fit(cls, data: Any) -> Any:
        _check(data, 0)
        return data


def _check(node: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise InvalidValue("parts lie too deep within each other", "嵌套层数过多")
    if isinstance(node, str) and not node.isascii() and any("\ud800" <= c <= "\udfff" for c in node):
        raise InvalidValue("a half of a character is no text", "含有不成对的代理字符，不是文字")
    for part in (*node, *node.values()) if isinstance(node, dict) else node if isinstance(node, list) else ():
        _check(part, depth + 1)


_Named = Annotated[Literal["zh", "en"] | None, Query(description="The language of texts; none: that of Accept-Language.")]


def _spoken(request: Request, lang: _Named = None) -> str:
    return lang or language(request)


Here = Annotated[Api, Depends(api)]
Lang = Annotated[str, Depends(_spoken)]
Asker = Annotated[Caller, Security(caller, scopes=["ask"])]
Reader = Annotated[Caller, Security(caller, scopes=["read"])]
Writer = Annotated[Caller, Security(caller, scopes=["write"])]
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="The id.")]
