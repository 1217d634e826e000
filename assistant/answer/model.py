"""The answer object and its JSON, the same for every channel."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["answered", "clarify", "refused", "error"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AnswerColumn(_Part):
    """A column: its name, what people call it, its type, unit and role; `names` are those of its values that people call otherwise.

    `adds` says whether the values of several rows make the value of all of them when added up. `place` says that the values are
    provinces of China; `step` is the place of a metric in the funnel that all metrics of the answer are steps of.
    """

    name: str
    label: str
    type: str
    unit: str = ""
    format: str = "number"
    role: str
    grain: str | None = None
    names: dict[str, str] = {}
    adds: bool = False
    place: str = ""
    step: int | None = None


class Word(_Part):
    """What a word of the question became."""

    text: str
    became: str


class Choice(_Part):
    """A way to go on: a runnable query said in words, and the analysis it is to be run with."""

    id: str
    text: str
    query: dict[str, Any]
    analysis: str = ""


class Finding(_Part):
    """A stated fact: its kind, the sentence in the answer's language, the numbers it rests on, how much it stands out, the query that shows it."""

    kind: str
    text: str
    numbers: dict[str, float] = {}
    score: float = 0.0
    query: dict[str, Any] | None = None


class Beside(_Part):
    """Rows of a query that nobody asked for, to be seen beside those of the answer."""

    query: dict[str, Any]
    columns: list[AnswerColumn]
    rows: list[list[Any]]


class Pointed(_Part):
    """An action that an answer points to: its id (none where it is a kind of action alone), its kind and headline, and the rows of its card."""

    id: str = ""
    kind: str
    text: str
    urgency: str = ""
    rows: list[tuple[str, str]] = []


class Period(_Part):
    """The days an answer covers; `end` is the first day after it."""

    start: dt.date | None
    end: dt.date | None
    grain: str | None = None


class Failure(_Part):
    """What went wrong, in a sentence; `id` finds the details in the log."""

    code: str
    message: str
    id: str = ""


class Answer(_Part):
    """One answer. `rows` are raw values in column order; `text` is the sentence for people, in `lang`; `next` is what could be asked next.
    `chart` is a Vega-Lite specification with its data, where the rows are seen better than read; `form` is the form asked for.
    `findings` are what the `analysis` found behind the rows. Beside a single figure stand its `change` on the period before, and its `trend`.
    `findings` are what the `analysis` found behind the rows, `actions` what can be done about them.

    `verified` is the id of the verified question that it answers; `model` says where a language model read the question: `alone`, or
    `agrees` with the grammar; `worded` is the answer in its words, all figures the answer's own.

    `undone` is how many turns of the conversation it took back.
    """

    id: str
    question: str
    status: Status
    lang: str = "en"
    reading: str = ""
    query: dict[str, Any] | None = None
    words: list[Word] = []
    unexplained: list[str] = []
    confidence: float = 0.0
    period: Period | None = None
    columns: list[AnswerColumn] = []
    rows: list[list[Any]] = []
    truncated: bool = False
    chart: dict[str, Any] | None = None
    form: str = ""
    analysis: str = ""
    verified: str = ""
    model: str = ""
    worded: str = ""
    findings: list[Finding] = []
    change: Beside | None = None
    trend: Beside | None = None
    actions: list[Pointed] = []
    sql: str = ""
    text: str = ""
    choices: list[Choice] = []
    nearest: list[Choice] = []
    undone: int = 0
    next: list[Choice] = []
    definitions: list[str] = []
    caveats: list[str] = []
    freshness: dict[str, Any] = {}
    error: Failure | None = None
    timings_ms: dict[str, float] = {}

    @property
    def further(self) -> list[Finding]:
        """The findings that the sentence does not say already."""
        return [f for f in self.findings if f.text not in self.text]

    def to_json(self, kept: bool = False) -> dict[str, Any]:
        """Plain data for JSON; to be `kept`, without the chart, which can be made of the rows again."""
        return self.model_dump(mode="json", exclude={"chart"} if kept else None)
