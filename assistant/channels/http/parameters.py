"""Parameters that many routes have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request, Security
from pydantic import BaseModel, ConfigDict

from assistant.channels.http.api import Api, api
from assistant.channels.http.auth import Caller, caller
from assistant.channels.http.requests import language


class Body(BaseModel):
    """A body of a request: nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid")


_Named = Annotated[Literal["zh", "en"] | None, Query(description="The language of texts; none: that of Accept-Language.")]


def _spoken(request: Request, lang: _Named = None) -> str:
    return lang or language(request)


Here = Annotated[Api, Depends(api)]
Lang = Annotated[str, Depends(_spoken)]
Asker = Annotated[Caller, Security(caller, scopes=["ask"])]
Reader = Annotated[Caller, Security(caller, scopes=["read"])]
Writer = Annotated[Caller, Security(caller, scopes=["write"])]
Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$", description="The id.")]
