"""What a follow-up starts from: the last query and the rows of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answer.cells import day_of
from semantic_layer.compiler.time import shift
from semantic_layer.query import FORWARD_GRAINS, TIME, Condition, FieldCondition, Group, SemanticQuery, TimeRange

_OF_DAYS = ("anomaly", "forecast")
MOST_PINNED = 200  # rows that "them" may stand for


@dataclass(frozen=True)
class Last:
    """The query that a conversation is at, its rows (a mapping of column names for each), and the queries before it, the latest first.

    `analysis` is that of its answer, "" where its rows were all that was asked.
    """

    query: SemanticQuery
    rows: tuple[dict[str, Any], ...] = ()
    truncated: bool = False
    before: tuple[SemanticQuery, ...] = ()
    analysis: str = ""

    @staticmethod
    def of(
        query: SemanticQuery,
        columns: Sequence[dict[str, Any]],
        rows: Sequence[Sequence[Any]],
        truncated: bool,
        before: tuple[SemanticQuery, ...] = (),
        analysis: str = "",
    ) -> Last:
        """From the JSON of an answer."""
        names = [c["name"] for c in columns]
        return Last(query, tuple(dict(zip(names, row, strict=False)) for row in rows), truncated, before, analysis)

    def analysis_of(self, query: SemanticQuery) -> str:
        """The analysis that a change of the query goes on with: And in November, after the unusual days of December."""
        groups = [g for g in query.group_by if g.grain not in FORWARD_GRAINS]
        beside = query.records or query.compare or query.share or query.running or query.having or query.limit
        return self.analysis if self.analysis in _OF_DAYS and len(query.metrics) == 1 and not groups and not beside else ""

    @property
    def ranked(self) -> tuple[dict[str, Any], ...]:
        """The rows from the first of the ranking to the last: as they are where they were ordered by a metric, else by the first metric."""
        query = self.query
        metrics = {m.name for m in query.metrics}
        known = [r for r in self.rows if any(r.get(g.name) is not None for g in query.group_by)]
        if query.order_by and query.order_by[0].by in metrics:
            return tuple(known)
        by = query.metrics[0].name if query.metrics else ""
        return tuple(sorted((r for r in known if r.get(by) is not None), key=lambda r: -float(r[by])))

    def row(self, number: int, from_end: bool = False) -> dict[str, Any] | None:
        """The row at a place of the ranking, counted from 1."""
        ranked = self.ranked[::-1] if from_end else self.ranked
        return ranked[number - 1] if 0 < number <= len(ranked) and not self.truncated else None

    @property
    def cut(self) -> bool:
        """Whether the rows are a choice of all there are, by a ranking or a threshold."""
        return bool(self.query.limit or self.query.having)


def refers(group: Group) -> bool:
    """Whether a row's value of this group can be asked for by a filter or a period."""
    return group.field is not None and not group.edges and (group.grain is None or group.field == TIME)


def filters(groups: Sequence[Group], rows: Sequence[dict[str, Any]]) -> list[Condition]:
    """The conditions that keep what the rows are about, as far as that is no period."""
    out: list[Condition] = []
    for group in groups:
        if group.field is None or group.grain in FORWARD_GRAINS:
            continue
        values = tuple(dict.fromkeys(r.get(group.name) for r in rows))
        known = tuple(v for v in values if v is not None)
        if not known:
            out.append(FieldCondition(field=group.field, grain=group.grain, op="is_null"))
        elif len(known) == 1:
            out.append(FieldCondition(field=group.field, grain=group.grain, value=known[0]))
        else:
            out.append(FieldCondition(field=group.field, grain=group.grain, op="in", value=known))
    return out


def period(group: Group, row: dict[str, Any], within: TimeRange | None) -> TimeRange | None:
    """The period that a row of a trend covers, inside that of the query."""
    first = day_of(row.get(group.name))
    if first is None or group.grain not in FORWARD_GRAINS:
        return None
    start, end = first, shift(first, 1, group.grain)
    if within:
        start, end = max(start, within.start or start), min(end, within.end or end)
    return TimeRange(start=start, end=end, field=within.field if within else None) if start < end else None
