"""What a model proposes, held against the catalog: names that exist, values that exist, a query that compiles."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from assistant.llm.forms import Filled, Kind, Word
from assistant.reading.around import Asked
from semantic_layer.errors import QueryError
from semantic_layer.query import AllOf, AnyOf, Condition, EntityCondition, EventCondition, ExistsCondition, FieldCondition, SemanticQuery

_FENCED = re.compile(r"\s*```(?:json)?\s*(?P<inside>.*?)\s*```\s*", re.DOTALL)
_SPELLINGS = 3


class Unusable(Exception):
    """What a model gave cannot be used; `problems` say why, in English, as it is told to mend them."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Proposal:
    """Queries that are valid for this user: one where `kind` is query, several ways to understand the question where it is ask_back."""

    kind: Kind
    queries: tuple[SemanticQuery, ...] = ()
    words: tuple[Word, ...] = ()


def parsed(text: str) -> Mapping[str, Any]:
    """The JSON object of a text. Raises Unusable."""
    if fenced := _FENCED.fullmatch(text):
        text = fenced["inside"]
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Unusable(f"it is not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise Unusable("it is not a JSON object")
    return data


def proposal(filled: Filled, asked: Asked) -> Proposal:
    """A filled form as valid queries. Raises Unusable with all that is wrong."""
    queries, problems = [], []
    for data in filled.queries:
        try:
            query = SemanticQuery.model_validate(data)
        except ValidationError as error:
            problems += [_problem(e) for e in error.errors(include_url=False, include_input=False)[:5]]
            continue
        found = list(problems_of(query, asked))
        problems += found
        queries += [query] if not found else []
    if not queries and (problems or filled.kind != "cannot"):
        raise Unusable(*(problems or ["there is no query in it"]))
    if filled.kind == "query" and problems:
        raise Unusable(*problems)
    return Proposal(filled.kind, tuple(dict.fromkeys(queries)), filled.words)


def _problem(error: Mapping[str, Any]) -> str:
    where, what = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


def problems_of(query: SemanticQuery, asked: Asked) -> Iterator[str]:
    """Why a query cannot be run for this user: what does not compile, and values that no row has."""
    access = asked.reader.shop
    try:
        access.compile(query)
    except QueryError as error:
        yield error.text("en")
        return
    known: dict[str, set[str]] = {}
    for entry in access.values.entries:
        known.setdefault(entry.field, set()).add(entry.value)
    for condition in field_conditions(query):
        if condition.op not in ("=", "!=", "in", "not_in") or condition.field not in known:
            continue
        for value in condition.value if isinstance(condition.value, tuple) else (condition.value,):
            if isinstance(value, str) and value not in known[condition.field]:
                near = [m.entry.value for m in access.values.fuzzy(value, 20, 0.6) if m.entry.field == condition.field][:_SPELLINGS]
                told = f"; near to it are {json.dumps(near, ensure_ascii=False)}" if near else ""
                yield f"{condition.field} has no value {json.dumps(value, ensure_ascii=False)}{told}"


def field_conditions(query: SemanticQuery) -> Iterator[FieldCondition]:
    """All comparisons on fields, wherever in the query."""
    cases = [g.case for g in query.group_by if g.case is not None]
    inside = [c for m in query.metrics for c in m.where] + [c for g in query.group_by if g.bucket for c in g.bucket.where]
    yield from _fields([*query.where, *cases, *inside])


def _fields(conditions: list[Condition]) -> Iterator[FieldCondition]:
    for c in conditions:
        if isinstance(c, FieldCondition):
            yield c
        elif isinstance(c, AnyOf | AllOf):
            yield from _fields(list(c.any_of if isinstance(c, AnyOf) else c.all_of))
        elif isinstance(c, EntityCondition):
            yield from _fields([*c.where, *c.metric.where])
        elif isinstance(c, ExistsCondition | EventCondition):
            yield from _fields(list(c.where))
