"""In what order a follow-up wants the rows."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.dimensions import named
from assistant.reading.mark import Mark
from semantic_layer.query import TIME, ExistsCondition

_RANKING = ("rank", "排名", "排行", "重新排名")


def _reverse(at: Context, cue: Cue) -> str:
    """The other end first; of one number, the other way round: came in June and not in May."""
    if at.base.group_by or at.base.records:
        at.out.flipped = True
        return "reverse"
    doings = [c for c in at.base.where if isinstance(c, ExistsCondition) and c.time and not c.where]
    if len(doings) == 1 and at.base.time and not at.base.compare:
        at.out.period = doings[0].time
        at.out.without.append(doings[0])
        at.out.where.append(doings[0].model_copy(update={"time": at.base.time}))
        return "the other way round"
    said = cue.text.strip()
    raise ask(f"“{said}”是把什么反过来？请把问题说完整。", f'What is to be turned round by "{said}"? Please ask in full.', said)


def _ascending(at: Context, cue: Cue) -> str:
    return _sorted(at, cue, True)


def _descending(at: Context, cue: Cue) -> str:
    return _sorted(at, cue, False)


def _sort(at: Context, cue: Cue) -> str:
    words = [m for m in at.marks if m.has("top", "bottom") and not (m.start < cue.end and cue.start < m.end)]
    if any(m.number and not m.time and m.number.kind != "ordinal" for m in at.marks):
        return ""
    if not _sorted(at, cue, words[0].has("bottom") if words else None):
        return ""
    for mark in words:
        at.claim(mark.start, mark.end, "order")
    return "sort"


def _sorted(at: Context, cue: Cue, ascending: bool | None) -> str:
    if not (at.base.group_by or at.base.records):
        return ""
    target = at.after(cue, lambda m: True) or at.before(cue, lambda m: True)
    column = _column(at, target) if target else ""
    if target and column:
        at.claim(target.start, target.end, f"order:{column}")
        at.out.order_by = column
    elif target and target.metrics and not at.out.order_by:
        at.claim(target.start, target.end, f"order:{target.metrics[0]}")
        column = at.out.order_by = target.metrics[0]
        at.out.measured.append(column)
    elif target and not at.out.order_by and (target.entities or target.fields):
        return ""
    at.out.ascending = ascending if ascending is not None else at.out.ascending
    by = next((m for m in at.marks if m.has("by") and cue.end <= m.start <= cue.end + 2 and column), None)
    before = next((m for m in at.marks if m.has("by") and target and m.end <= target.start <= m.end + 1 and column), None)
    for mark in {id(m): m for m in (by, before) if m and not at.is_cue(m)}.values():
        at.claim(mark.start, mark.end, "order")
    at.out.strong = True
    at.out.ranked = at.out.ranked or (cue.kind == "sort" and cue.text.startswith(_RANKING))
    return "sort"


def _column(at: Context, target: Mark) -> str:
    """The column of the last answer that a mark names."""
    for metric in at.base.metrics:
        if metric.metric in target.metrics or (metric.metric and any(_counts(at, metric.metric, e) for e in target.entities)):
            return metric.name
    dimensions = named(at.catalog, target.fields, target.entities)
    by_time = target.text in ("时间", "日期", "date", "time", "chronologically", "先后")
    return next((g.name for g in at.base.group_by if at.names_group(target, g, dimensions) or (by_time and g.field == TIME)), "")


def _counts(at: Context, metric: str, entity: str) -> bool:
    """Whether the words for a metric name an entity: households in redeeming households."""
    spec = at.catalog.metric(metric)
    names = at.catalog.entity(entity).names()
    return any(n.lower() in label.lower() for n in names for label in (spec.label.zh, spec.label.en))


HANDLERS: dict[str, Handler] = {
    "reverse": _reverse,
    "ascending": _ascending,
    "descending": _descending,
    "sort": _sort,
}
