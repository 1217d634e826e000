"""What the tools of the MCP server take and give."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["en", "zh"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filter(_Shape):
    """A condition on a field."""

    field: str = Field(description="dataset.field, from list_dimensions.")
    op: Literal["=", "!=", ">", ">=", "<", "<=", "in", "not_in", "between", "contains", "starts_with", "ends_with", "is_null", "not_null"] = "="
    value: str | float | bool | list[str | float] | None = Field(default=None, description="A list for in, not_in and between.")


class MetricName(_Shape):
    """A metric in a list."""

    name: str
    label: str
    description: str


class MetricCard(_Shape):
    """All about one metric; `dimensions` are what it can be split and filtered by."""

    name: str
    label: str
    description: str
    synonyms: list[str]
    formula: str
    facts: dict[str, str]
    dimensions: list[str]
    made_of: list[str]
    used_by: list[str]


class Dimension(_Shape):
    """A field that metrics are split and filtered by."""

    name: str = Field(description="dataset.field, as query_metrics takes it.")
    label: str
    type: str
    description: str = ""


class Value(_Shape):
    """A value of a field, as it stands in the data and in a filter; `label` is what people call it."""

    field: str
    value: str
    label: str


class Result(_Shape):
    """The rows of a query. `truncated` says that there are more than `row_count`; `period` is half-open."""

    columns: list[dict[str, Any]]
    rows: list[list[Any]]
    row_count: int
    truncated: bool
    text: str = Field(description="The answer as a sentence.")
    reading: str = Field(description="The query, said back in words.")
    period: dict[str, str | None] | None = None
    sql: str
    definitions: list[str]
    caveats: list[str]
    data_as_of: str | None = Field(description="The last day with data.")


class Explained(_Shape):
    """A query that was compiled and not run."""

    sql: str
    reading: str
    definitions: list[str]


class Reply(_Shape):
    """The answer to a question in words. `options` are what it may mean, or what can be answered instead: ask one of them."""

    status: Literal["answered", "needs_clarification", "refused"]
    text: str
    conversation_id: str
    options: list[str] = []
    result: Result | None = None
    findings: list[str] = []
    actions: list[str] = []
    unexplained: list[str] = []
    verified: str = Field(default="", description="The id of the verified question that this answers: an analyst has confirmed its query.")


class Change(_Shape):
    """Why a metric changed. `findings` are facts with their numbers."""

    text: str
    findings: list[dict[str, Any]]
    result: Result


class Period(_Shape):
    """The days [start, end)."""

    start: dt.date
    end: dt.date
