"""Whom an action concerns: a query, counted and listed under the user's rights, and what such people did in the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.actions.filling import as_of, filled, looks_back
from assistant.actions.loading import lacking, named
from assistant.actions.models import Audience, Response
from assistant.actions.watching import Run
from semantic_layer.catalog import Catalog
from semantic_layer.errors import Message
from semantic_layer.query import Condition, SemanticQuery

LONGEST = 100_000  # that are exported at once


@dataclass(frozen=True)
class Crowd:
    """An audience: the conditions of who is meant and of who is left out, and how many there are.

    `listing` gives their ids, `size` counts those meant, `reached` those who remain; `left_out` says how many each reason takes out.
    """

    entity: str
    dataset: str
    conditions: tuple[Condition, ...]
    size: int
    reached: int
    left_out: Mapping[str, int]
    least: int
    listing: SemanticQuery
    queries: tuple[SemanticQuery, ...]
    unknown: tuple[Message, ...] = field(default=())


def counter(catalog: Catalog, audience: Audience) -> tuple[str, str]:
    """(dataset, field of the entity in it) where the members of the audience stand."""
    dataset = audience.dataset or catalog.entity(audience.of).dataset or ""
    return dataset, catalog.entity_field(audience.of, dataset) or audience.of


def crowd_of(audience: Audience, catalog: Catalog, run: Run, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] = ()) -> Crowd:
    """The audience as it is now. Raises QueryError, GuardError, EngineError, Unfilled."""
    dataset, key = counter(catalog, audience)
    today = values["today"]
    meant = as_of(filled(list(audience.where), values, rows), today)
    out, unknown = {}, []
    for name, without in audience.without.items():
        if lacking(named(list(without.where)), catalog):
            unknown.append(Message(without.label.get("en"), without.label.get("zh")))
        else:
            out[name] = {"all_of": as_of(filled(list(without.where), values, rows), today)}
    remain = [{**each, "negated": True} for each in out.values()]
    one = {"agg": "count_distinct", "field": f"{dataset}.{key}"}
    metrics = [one | {"alias": "size"}, one | {"alias": "reached", "where": remain}]
    metrics += [one | {"alias": f"without_{name}", "where": [each]} for name, each in out.items()]
    count = SemanticQuery.model_validate({"metrics": metrics if remain else metrics[:1], "where": meant})
    found = run(count)
    row = dict(zip((c.name for c in found.columns), found.rows[0], strict=True)) if found.rows else {}
    size = int(row.get("size") or 0)
    fields = [audience.of, *(f for f in audience.fields if _shown(catalog, f))]
    listing = {"records": {"dataset": dataset, "fields": fields, "distinct": True}, "where": [*meant, *remain], "limit": LONGEST}
    query = SemanticQuery.model_validate(listing | {"order_by": [{"by": audience.of, "desc": False}]})
    return Crowd(
        entity=audience.of, dataset=dataset, conditions=query.where, size=size, reached=int(row.get("reached") or 0) if remain else size,
        left_out={name: int(row.get(f"without_{name}") or 0) for name in out}, least=audience.least, listing=query, queries=(count,),
        unknown=tuple(unknown),
    )  # fmt: skip


def _shown(catalog: Catalog, ref: str) -> bool:
    """Whether a column of an export is there, and no personal data."""
    return not lacking((("field", ref),), catalog) and not catalog.field(ref).spec.personal


def together(crowd: Crowd, other: Crowd, catalog: Catalog, run: Run) -> int:
    """How many are in both. Raises QueryError, GuardError, EngineError."""
    key = catalog.entity_field(crowd.entity, crowd.dataset) or crowd.entity
    one = {"agg": "count_distinct", "field": f"{crowd.dataset}.{key}", "alias": "both"}
    both = SemanticQuery.model_validate({"metrics": [one], "where": [*crowd.conditions, *other.conditions]})
    rows = run(both).rows
    return int(rows[0][0] or 0) if rows else 0


@dataclass(frozen=True)
class Past:
    """What earlier audiences did: how many there were in so many waves, how many responded, and the query of the last wave."""

    of: float
    hits: float
    waves: int
    query: SemanticQuery | None


def past(
    response: Response, audience: Audience, catalog: Catalog, run: Run, today: dt.date, values: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]
) -> Past:
    """The response of earlier audiences, each as it was on its day. Waves that reach before the first day of what is counted are left out."""
    dataset, key = counter(catalog, audience)
    one = {"agg": "count_distinct", "field": f"{dataset}.{key}"}
    reach = looks_back(list(audience.where))
    first = _first_day(response, catalog, run)
    of = hits = 0.0
    waves, last = 0, None
    for wave in range(response.waves):
        day = today - dt.timedelta(days=response.days + wave * response.every)
        if first and day - dt.timedelta(days=reach) < first:
            break
        then = {**values, "today": day, "from": day, "until": day + dt.timedelta(days=response.days)}
        did = filled(response.does, then, rows)
        meant = as_of(filled(list(audience.where), then, rows), day)
        query = SemanticQuery.model_validate({"metrics": [one | {"alias": "people"}, one | {"alias": "did", "where": [did]}], "where": meant})
        found = run(query).rows
        if found:
            of, hits = of + float(found[0][0] or 0), hits + float(found[0][1] or 0)
        waves, last = waves + 1, last or query
    return Past(of, hits, waves, last)


def _first_day(response: Response, catalog: Catalog, run: Run) -> dt.date | None:
    """The first day of the dataset in which a response stands; None where it has no time of its own."""
    dataset = response.does.get("exists")
    time = catalog.spec.datasets[dataset].time if dataset in catalog.spec.datasets else None
    if time is None:
        return None
    field = time if "." in time else f"{dataset}.{time}"
    rows = run(SemanticQuery.model_validate({"metrics": [{"agg": "min", "field": field}]})).rows
    first = rows[0][0] if rows else None
    return first.date() if isinstance(first, dt.datetime) else first if isinstance(first, dt.date) else None
