"""The periods of a stored query: those that were said in words count from the day on which it is asked again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from assistant.language import Clock, find_times, normalise
from semantic_layer.query import SemanticQuery

_RANGE = {"start", "end", "field", "words"}
_LATER = dt.timedelta(days=400)  # by which everything that moves has moved


def kept(query: SemanticQuery, clock: Clock) -> SemanticQuery:
    """The query with the words of those periods alone that mean just these days; all others are fixed from now on."""

    def known(period: dict[str, Any]) -> dict[str, Any]:
        return period if _days(period, clock) == _own(period) else {**period, "words": ""}

    return _each(query, known)


def moved(query: SemanticQuery, clock: Clock) -> SemanticQuery:
    """A kept query with its periods as their words mean them today."""

    def today(period: dict[str, Any]) -> dict[str, Any]:
        days = _days(period, clock)
        return {**period, "start": days[0], "end": days[1]} if days else period

    return _each(query, today)


def stands_still(query: SemanticQuery, clock: Clock) -> bool:
    """Whether the days of a kept query are over and stay the same, so that its answer is the same whenever it is asked."""
    later = moved(query, replace(clock, today=clock.today + _LATER))
    return later == moved(query, clock) and query.time is not None and query.time.end is not None and query.time.end <= clock.today


def _days(period: dict[str, Any], clock: Clock) -> tuple[str | None, str | None] | None:
    """The days that the words of a period mean; None where there are none, or they are no period."""
    words = period.get("words")
    spans = find_times(normalise(words).text, clock) if words else []
    if len(spans) != 1 or spans[0].kind != "range":
        return None
    return tuple(day.isoformat() if day else None for day in (spans[0].first, spans[0].last))  # type: ignore[return-value]


def _own(period: dict[str, Any]) -> tuple[str | None, str | None]:
    return period.get("start"), period.get("end")


def _each(query: SemanticQuery, change: Callable[[dict[str, Any]], dict[str, Any]]) -> SemanticQuery:
    def walked(node: Any) -> Any:
        if isinstance(node, list):
            return [walked(x) for x in node]
        if not isinstance(node, dict):
            return node
        return {k: change(v) if k in ("time", "range") and isinstance(v, dict) and v.keys() <= _RANGE else walked(v) for k, v in node.items()}

    return SemanticQuery.model_validate(walked(query.to_dict()))
