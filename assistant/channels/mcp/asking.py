"""From the plain parameters of a tool to a semantic query, and from an answer to what a tool gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from assistant.answer.model import Answer
from assistant.channels.mcp.shapes import Filter, Grain, Result
from semantic_layer.errors import InvalidValue, nearest
from semantic_layer.query import TIME, SemanticQuery
from semantic_layer.shops import Access

MOST_ROWS, DEFAULT_ROWS = 1_000, 100
_LIKE = 200  # values that are like another, before those of other fields are left out


def query_of(
    access: Access,
    metrics: Sequence[str],
    dimensions: Sequence[str] = (),
    filters: Sequence[Filter] = (),
    start: dt.date | None = None,
    end: dt.date | None = None,
    grain: Grain | None = None,
    order_by: str | None = None,
    descending: bool = True,
    compare: Any = None,
) -> SemanticQuery:
    """The query that plain parameters ask for. Raises ToolError that says what to do."""
    _check_metrics(access, metrics)
    for name in (*dimensions, *(f.field for f in filters)):
        _check_field(access, name)
    groups: list[dict[str, Any]] = [{"field": TIME, "grain": grain}] if grain else []
    parts: dict[str, Any] = {
        "metrics": list(metrics),
        "group_by": [*groups, *({"field": d} for d in dimensions)],
        "where": [f.model_dump(exclude_none=True) for f in filters],
        "time": {"start": start, "end": end} if start or end else None,
        "order_by": [{"by": _column(order_by, metrics, dimensions, grain), "desc": descending}] if order_by else [],
        "compare": compare,
    }
    try:
        return SemanticQuery.model_validate(parts)
    except ValidationError as error:
        raise ToolError("; ".join(_told(e) for e in error.errors(include_url=False))) from None


def _told(error: Any) -> str:
    cause = (error.get("ctx") or {}).get("error")
    return cause.message.en if isinstance(cause, InvalidValue) else f"{'.'.join(map(str, error['loc']))}: {error['msg']}".lstrip(": ")


def _check_metrics(access: Access, names: Sequence[str]) -> None:
    known = access.catalog.spec.metrics
    if not names:
        raise ToolError("Name at least one metric. list_metrics has them.")
    for name in names:
        if name not in known:
            labels = {label.casefold(): n for n, m in known.items() for label in (m.label.en, m.label.zh, *m.synonyms.all()) if label}
            found = [labels[name.casefold()]] if name.casefold() in labels else nearest(name, known)
            raise ToolError(f"There is no metric {name}.{_meant(found)} list_metrics has them all.")


def _check_field(access: Access, name: str) -> None:
    known = fields(access)
    if name not in known and name != TIME:
        found = [f for f in known if f.rpartition(".")[2] == name] or nearest(name, known)
        raise ToolError(f"There is no dimension {name}.{_meant(found)} Write dataset.field; list_dimensions has them all.")


def fields(access: Access) -> list[str]:
    """All fields that the user may see, as dataset.field."""
    return [f"{dataset}.{field}" for dataset, spec in access.catalog.spec.datasets.items() for field in spec.fields]


def unknown_values(access: Access, filters: Sequence[Filter]) -> list[str]:
    """What is to be said of values that are not among those known of their field. Raises ToolError where others are like them."""
    out = []
    for each in filters:
        values = each.value if isinstance(each.value, list) else [each.value]
        for value in values if each.op in ("=", "!=", "in", "not_in") else ():
            if isinstance(value, str) and not any(e.field == each.field and e.value == value for e in access.values.exact(value)):
                like = [e.value for e in access.values.exact(value) if e.field == each.field]
                like += [m.entry.value for m in access.values.fuzzy(value, _LIKE) if m.entry.field == each.field]
                if like:
                    raise ToolError(f"{each.field} has no value {value}.{_meant(list(dict.fromkeys(like))[:3])} search_values has them all.")
                if access.catalog.field(each.field).spec.type == "string":
                    out.append(f"{value} is not among the known values of {each.field}.")
    return out


def _meant(found: Sequence[str]) -> str:
    return f" Did you mean {', '.join(found)}?" if found else ""


def _column(name: str, metrics: Sequence[str], dimensions: Sequence[str], grain: Grain | None) -> str:
    known = [*metrics, *dimensions, *([TIME] if grain else [])]
    if name not in known:
        raise ToolError(f"order_by is {name}, which is no column of this query. It has {', '.join(known)}.")
    query = SemanticQuery.model_validate({"metrics": ["m"], "group_by": [{"field": name, "grain": grain if name == TIME else None}]})
    return name if name in metrics else query.group_by[0].name


def checked(answer: Answer) -> Answer:
    """The answer, where there is one. Raises ToolError with what can be asked instead."""
    if answer.status == "answered":
        return answer
    instead = [c.text for c in (*answer.choices, *answer.nearest)]
    raise ToolError(answer.text + (f" Possible instead: {'; '.join(instead)}." if instead else ""))


def result_of(answer: Answer, limit: int = MOST_ROWS, caveats: Sequence[str] = ()) -> Result:
    """The rows of an answer, so many at most; with further caveats."""
    rows = answer.to_json()["rows"]
    period = answer.period
    return Result(
        columns=[c.model_dump(mode="json", exclude_defaults=True) for c in answer.columns],
        rows=rows[:limit],
        row_count=len(rows[:limit]),
        truncated=answer.truncated or len(rows) > limit,
        text=answer.text,
        reading=answer.reading,
        period={"start": _day(period.start), "end": _day(period.end)} if period else None,
        sql=answer.sql,
        definitions=answer.definitions,
        caveats=[*caveats, *answer.caveats],
        data_as_of=answer.freshness.get("last_day"),
    )


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
