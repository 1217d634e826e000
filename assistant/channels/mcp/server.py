"""The MCP server of one service: its tools and resources. All of them only read, as whoever asks, through the same gate as everybody else."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from assistant.answer.model import Answer
from assistant.answer.say import Speaker
from assistant.channels.mcp.asking import DEFAULT_ROWS, MOST_ROWS, checked, fields, query_of, result_of, unknown_values
from assistant.channels.mcp.shapes import Change, Dimension, Explained, Filter, Grain, Language, MetricCard, MetricName, Period, Reply, Result, Value
from assistant.pages import dimensions as catalog
from assistant.pages.dictionary import entry, headings
from assistant.progress import Progress, following
from assistant.service import Service
from semantic_layer.errors import WenshuError
from semantic_layer.query import SemanticQuery
from semantic_layer.shops import Access

INSTRUCTIONS = (
    "Answers about a shop's data. Find names with list_metrics, list_dimensions and search_values, then call query_metrics; "
    "or pass the person's own question to ask, in Chinese or English. Numbers come from these tools alone: never estimate or add up truncated rows. "
    "Periods are half-open: end is the day after the last. explain_change says why a metric changed."
)
Who = Callable[[], str | None]
Work = Callable[[], Any]
Run = Callable[[Work], Awaitable[Any]]
CHANNEL = "mcp"
_MOST_VALUES = 50
_STATUS: dict[str, Literal["answered", "needs_clarification", "refused"]] = {"answered": "answered", "clarify": "needs_clarification"}

Metrics = Annotated[list[str], Field(description="Names of metrics, from list_metrics.")]
Dimensions = Annotated[list[str], Field(description="dataset.field, from list_dimensions, to split by.")]
Filters = Annotated[list[Filter], Field(description="Conditions, all of which have to hold.")]
Start = Annotated[dt.date | None, Field(description="The first day (YYYY-MM-DD); none: from the beginning.")]
End = Annotated[dt.date | None, Field(description="The day after the last.")]
Split = Annotated[Grain | None, Field(description="Splits by time as well.")]
OrderBy = Annotated[str | None, Field(description="A metric or a dimension of the query, or time.")]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="Rows at most.")]
Against = Annotated[Literal["previous", "last_year"] | None, Field(description="Sets each metric beside the period before, or the same a year ago.")]
Spoken = Annotated[Language, Field(description="The language of labels and sentences.")]


async def in_a_thread(work: Work) -> Any:
    """Runs a tool beside the loop that hears the client."""

    def followed() -> Any:
        with following(Progress(CHANNEL)):
            return work()

    return await anyio.to_thread.run_sync(followed)


def server_of(service: Service, who: Who, run: Run = in_a_thread) -> MCPServer:
    """The server. `who` says, inside of a request, as which user it is answered; `run` works a tool out."""
    server: MCPServer = MCPServer("wenshu", title="Wenshu 问数", instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(service, who)
    for tool in (
        tools.list_metrics, tools.describe_metric, tools.list_dimensions, tools.search_values, tools.query_metrics, tools.explain_sql, tools.ask,
        tools.explain_change,
    ):  # fmt: skip
        reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=tool.__name__ != "ask", open_world_hint=False)
        server.tool(annotations=reads)(_told(tool, run))
    _add_resources(server, tools, run)
    return server


def _told(tool: Callable[..., Any], run: Run) -> Callable[..., Awaitable[Any]]:
    """The tool as the server calls it, with our errors as the model may read them."""

    @functools.wraps(tool)
    async def told(*args: Any, **named: Any) -> Any:
        try:
            return await run(functools.partial(tool, *args, **named))
        except WenshuError as error:
            raise ToolError(error.text(named.get("language") or "en")) from None

    return told


class Tools:
    """The tools, for whoever asks. Their descriptions are what a model reads."""

    def __init__(self, service: Service, who: Who) -> None:
        self._service, self._who = service, who

    @property
    def _user(self) -> str | None:
        return self._who()

    @property
    def _access(self) -> Access:
        return self._service.assistant.shop.access(self._user)

    def list_metrics(self, search: str = "", language: Spoken = "en") -> list[MetricName]:
        """Lists the metrics of the shop, or those in whose name, synonyms or description all words of the search stand."""
        found = headings(self._service.assistant.shop, language, self._user, search)
        return [MetricName(name=h.name, label=h.label, description=h.description) for h in found]

    def describe_metric(self, name: str, language: Spoken = "en") -> MetricCard:
        """Says what a metric means, how it is computed, and which dimensions it can be split and filtered by."""
        query_of(self._access, [name])
        found = entry(self._service.assistant.shop, name, language, self._user)
        return MetricCard(
            name=name, label=found.heading.label, description=found.heading.description, synonyms=list(found.synonyms), formula=found.formula,
            facts=dict(found.facts), dimensions=[d.name for d in self._dimensions(name, language)], made_of=[h.name for h in found.made_of],
            used_by=[h.name for h in found.used_by],
        )  # fmt: skip

    def list_dimensions(self, metric: str | None = None, language: Spoken = "en") -> list[Dimension]:
        """Lists the fields that metrics can be split and filtered by; of a metric, those that fit it."""
        if metric is not None:
            query_of(self._access, [metric])
        found = self._dimensions(metric or "", language)
        return [Dimension(name=d.name, label=d.label, type=d.type, description=d.description) for d in found]

    def _dimensions(self, metric: str, lang: str) -> list[catalog.Dimension]:
        """Without fields of time: those are the grain of a query."""
        return [d for d in catalog.dimensions(self._service.assistant.shop, lang, self._user, metric) if d.kind == "dimension"]

    def search_values(
        self, text: str, field: str | None = None, limit: Annotated[int, Field(ge=1, le=_MOST_VALUES)] = 10, language: Spoken = "en"
    ) -> list[Value]:
        """Finds values of dimensions (a city, a brand, a category, ...) by their name, a part of it, or a misspelling; of one field or of all."""
        access = self._access
        if field is not None:
            query_of(access, list(access.catalog.spec.metrics)[:1], [field])
        found = catalog.values(self._service.assistant.shop, text, language, self._user, field or "", limit)
        return [Value(field=v.field, value=v.value, label=v.label) for v in found]

    def query_metrics(
        self, metrics: Metrics, dimensions: Dimensions = [], filters: Filters = [], start: Start = None, end: End = None,  # noqa: B006
        grain: Split = None, order_by: OrderBy = None, descending: bool = True, limit: Limit = DEFAULT_ROWS, compare: Against = None,
        language: Spoken = "en",
    ) -> Result:  # fmt: skip
        """Computes metrics, split by dimensions and time, filtered, compared, ordered. `text` speaks of all rows, of which `limit` are given."""
        against = {"to": compare} if compare else None
        query = query_of(self._access, metrics, dimensions, filters, start, end, grain, order_by, descending, against)
        unknown = unknown_values(self._access, filters)
        return result_of(checked(self._answer(query, language)), limit, unknown)

    def explain_sql(
        self, metrics: Metrics, dimensions: Dimensions = [], filters: Filters = [], start: Start = None, end: End = None,  # noqa: B006
        grain: Split = None, order_by: OrderBy = None, descending: bool = True, compare: Against = None, language: Spoken = "en",
    ) -> Explained:  # fmt: skip
        """Gives the SQL that query_metrics would run with the same arguments, and what the metrics mean; runs nothing."""
        access = self._access
        query = query_of(access, metrics, dimensions, filters, start, end, grain, order_by, descending, {"to": compare} if compare else None)
        compiled, speaker = access.compile(query), Speaker(access.catalog, language)
        means = [access.catalog.metric(m) for m in metrics]
        return Explained(
            sql=compiled.sql(),
            reading=speaker.query(query, compiled.earlier),
            definitions=[f"{m.label.get(language)}: {m.description.get(language)}" for m in means],
        )

    def ask(
        self,
        question: Annotated[str, Field(description="In the person's own words, Chinese or English.")],
        conversation_id: Annotated[str | None, Field(description="Of an earlier reply, to go on from it: by store? and in June?")] = None,
    ) -> Reply:
        """Answers a question in words. What is unclear is asked back with options; what the data cannot answer is refused, with what they can."""
        store, shop, who = self._service.store, self._service.shop, self._user or ""
        conversation = conversation_id or store.start(shop, who, question[:200])
        if conversation_id and conversation_id not in {c.id for c in store.conversations(shop, who, 100_000)}:
            raise ToolError("There is no such conversation. Leave conversation_id out to begin one.")
        answer = self._service.assistant.ask(question, user=self._user, conversation=conversation)
        if answer.status == "error":
            raise ToolError(answer.text)
        return Reply(
            status=_STATUS.get(answer.status, "refused"),
            text=answer.text,
            conversation_id=conversation,
            options=[c.text for c in (*answer.choices, *answer.nearest)],
            result=result_of(answer, DEFAULT_ROWS) if answer.status == "answered" else None,
            findings=[f.text for f in answer.findings],
            actions=[a.text for a in answer.actions],
            unexplained=answer.unexplained,
            verified=answer.verified,
        )

    def explain_change(
        self,
        metric: str,
        period: Period,
        before: Annotated[Period | None, Field(description="What to compare with; none: the period before.")] = None,
        filters: Filters = [],  # noqa: B006
        language: Spoken = "en",
    ) -> Change:
        """Says why a metric changed between two periods: what the change is made of, and where it is concentrated, if it is no noise."""
        compare: dict[str, Any] = {"to": "range", "range": before.model_dump()} if before else {"to": "previous"}
        query = query_of(self._access, [metric], (), filters, period.start, period.end, compare=compare)
        unknown = unknown_values(self._access, filters)
        answer = checked(self._answer(query, language, "drivers"))
        findings = [f.model_dump(mode="json", exclude={"query"}) for f in answer.findings]
        return Change(text=answer.text, findings=findings, result=result_of(answer, caveats=unknown))

    def _answer(self, query: SemanticQuery, lang: str, analysis: str = "") -> Answer:
        return self._service.assistant.answer(query, lang, user=self._user, analysis=analysis)


def _add_resources(server: MCPServer, tools: Tools, run: Run) -> None:
    async def read(work: Work) -> str:
        try:
            return json.dumps(await run(work), ensure_ascii=False)
        except (ToolError, WenshuError) as error:
            raise ResourceError(str(error)) from None

    @server.resource("catalog://metrics", title="Metrics", description="The metrics of the shop.", mime_type="application/json")
    async def metrics() -> str:
        return await read(lambda: [m.model_dump() for m in tools.list_metrics()])

    @server.resource("catalog://dimensions", title="Dimensions", description="What metrics can be split by.", mime_type="application/json")
    async def dimensions() -> str:
        return await read(lambda: [d.model_dump() for d in tools.list_dimensions()])

    @server.resource("catalog://fields", title="Fields", description="All fields, as dataset.field.", mime_type="application/json")
    async def all_fields() -> str:
        return await read(lambda: fields(tools._access))

    @server.resource("metric://{name}", title="Metric", description="All about one metric.", mime_type="application/json")
    async def metric(name: str) -> str:
        return await read(lambda: tools.describe_metric(name).model_dump(mode="json"))
