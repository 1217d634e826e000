"""The catalog as the user may see it: metrics, what they can be split by, and the values that are there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from assistant.channels.http.errors import documented
from assistant.channels.http.parameters import Here, Lang, Reader
from assistant.pages import dictionary
from assistant.pages.dimensions import Dimension, Value
from assistant.pages.dimensions import dimensions as dimensions_of
from assistant.pages.dimensions import values as values_like

router = APIRouter(prefix="/v1/catalog", tags=["catalog"])
Name = Annotated[str, Path(max_length=200, description="The name of a metric in the catalog.")]
Metric = Annotated[str, Query(max_length=200, description="Only what this metric can be split by.")]
Search = Annotated[str, Query(max_length=200, description="Words that the label, another name or the description has to have.")]


@router.get("/metrics", responses=documented())
def metrics(here: Here, who: Reader, lang: Lang, search: Search = "") -> list[dictionary.Heading]:
    """The metrics, in the catalog's order; of a search the best found first."""
    return dictionary.headings(here.service.assistant.shop, lang, who.user, search)


@router.get("/metrics/{name}", responses=documented(404))
def metric(here: Here, who: Reader, lang: Lang, name: Name) -> dictionary.Entry:
    """All about a metric: what it means, how it is made, where it is used, what it can be split by, what can be asked."""
    return dictionary.entry(here.service.assistant.shop, name, lang, who.user)


@router.get("/dimensions", responses=documented(404))
def dimensions(here: Here, who: Reader, lang: Lang, metric: Metric = "") -> list[Dimension]:
    """What figures can be split and filtered by."""
    return dimensions_of(here.service.assistant.shop, lang, who.user, metric)


@router.get("/values", responses=documented(404))
def values(
    here: Here,
    who: Reader,
    lang: Lang,
    search: Annotated[str, Query(min_length=1, max_length=100, description="What the value is like, in any spelling.")],
    field: Annotated[str, Query(max_length=200, description="Only values of this field, as dataset.field.")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[Value]:
    """The values that are like a search, best first."""
    return values_like(here.service.assistant.shop, search, lang, who.user, field, limit)
