"""Rows of an ordinary answer that call for a kind of action. Nothing is asked of the data for it."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.actions.loading import Known
from assistant.actions.models import Watched
from assistant.answer.model import Answer, Pointed
from assistant.answer.say import Speaker
from semantic_layer.query import FieldCondition, SemanticQuery

_MOST = 2


def is_watched(query: SemanticQuery) -> bool:
    """Whether the rows of a query can point to anything: a comparison, by one field or of what conditions name."""
    return query.compare is not None and len(query.group_by) <= 1 and query.records is None


def hints(query: SemanticQuery, answer: Answer, known: Iterable[Known], speaker: Speaker) -> list[Pointed]:
    """Of an answer with a comparison: for each playbook that watches its group, or a field it is narrowed to, the member that moved most."""
    out = []
    for each in known:
        watched = each.playbook.answers
        metric = next((m.name for m in query.metrics if watched and m.metric in watched.metrics and not (m.per or m.over or m.share)), None)
        found = _strongest(_members(query, answer, watched), answer, metric, watched) if watched and metric else None
        if found:
            (field, member), growth = found
            name = speaker.value(field, member) if "." in field else str(member)
            text = speaker.word("action_hint", what=name, change=f"{growth:+.0%}", label=each.playbook.label.get(speaker.lang))
            out.append((abs(growth), Pointed(kind=each.name, text=text, urgency=each.playbook.urgency)))
    return [hint for _, hint in sorted(out, key=lambda pair: -pair[0])[:_MOST]]


def _members(query: SemanticQuery, answer: Answer, watched: Watched) -> list[tuple[str, object] | None]:
    """For each row the (field, member) that it is about, as far as the playbook watches that."""
    if query.group_by:
        field = query.group_by[0].field or ""
        return [(field, row[0]) if row[0] is not None and field in watched.by else None for row in answer.rows]
    named = [c for c in query.where if isinstance(c, FieldCondition) and c.field in watched.by and c.op == "=" and not c.negated]
    return [(named[0].field, named[0].value)] if named and len(answer.rows) == 1 else []


def _strongest(members: list[tuple[str, object] | None], answer: Answer, metric: str, watched: Watched) -> tuple[tuple[str, object], float] | None:
    """The member that moved most beyond what the playbook watches for, and its growth."""
    place = next((i for i, c in enumerate(answer.columns) if c.name == f"{metric}_growth"), None)
    if place is None:
        return None
    moved = [(m, float(row[place])) for m, row in zip(members, answer.rows, strict=False) if m is not None and row[place] is not None]
    falls = [m for m in moved if watched.falls is not None and m[1] <= -watched.falls]
    rises = [m for m in moved if watched.rises is not None and m[1] >= watched.rises]
    return min(falls, key=lambda m: m[1], default=None) or max(rises, key=lambda m: m[1], default=None)
