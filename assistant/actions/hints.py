"""Rows of an ordinary answer that call for a kind of action. Nothing is asked of the data for it."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.actions.loading import Known
from assistant.actions.models import Watched
from assistant.answer.model import Answer, Pointed
from assistant.answer.say import Speaker
from semantic_layer.query import SemanticQuery

_MOST = 2


def hints(query: SemanticQuery, answer: Answer, known: Iterable[Known], speaker: Speaker) -> list[Pointed]:
    """Of an answer with a comparison by one field: for each playbook that watches it, the row that moved most."""
    if query.compare is None or len(query.group_by) != 1 or len(answer.columns) < 2:
        return []
    group = query.group_by[0]
    out = []
    for each in known:
        watched = each.playbook.answers
        if watched is None or group.field not in watched.by:
            continue
        for metric in query.metrics:
            if metric.metric in watched.metrics and not (metric.per or metric.over or metric.share):
                found = _strongest(answer, metric.name, watched)
                if found:
                    member, growth = found
                    name = speaker.value(group.field or "", member) if "." in (group.field or "") else str(member)
                    text = speaker.word("action_hint", what=name, change=f"{growth:+.0%}", label=each.playbook.label.get(speaker.lang))
                    out.append((abs(growth), Pointed(kind=each.name, text=text, urgency=each.playbook.urgency)))
                break
    return [hint for _, hint in sorted(out, key=lambda pair: -pair[0])[:_MOST]]


def _strongest(answer: Answer, metric: str, watched: Watched) -> tuple[object, float] | None:
    """(member, growth) of the row that moved most beyond what the playbook watches for."""
    place = next((i for i, c in enumerate(answer.columns) if c.name == f"{metric}_growth"), None)
    if place is None:
        return None
    moved = [(row[0], float(row[place])) for row in answer.rows if row[0] is not None and row[place] is not None]
    falls = [m for m in moved if watched.falls is not None and m[1] <= -watched.falls]
    rises = [m for m in moved if watched.rises is not None and m[1] >= watched.rises]
    return min(falls, key=lambda m: m[1], default=None) or max(rises, key=lambda m: m[1], default=None)
