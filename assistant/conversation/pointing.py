"""Words that point to rows of the last answer: the top one, they, that store."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.dimensions import excludes, named, of_condition, of_group
from assistant.conversation.last import MOST_PINNED, filters, period, refers
from assistant.conversation.removing import TOGETHER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import whom_it_counts
from semantic_layer.query import FORWARD_GRAINS, EntityCondition, FieldCondition, Group


def _row(at: Context, cue: Cue) -> str:
    groups = [g for g in at.base.group_by if refers(g)]
    if not groups or len(groups) != len(at.base.group_by):
        return ""
    if cue.grain and not any(g.grain == cue.grain for g in groups):
        return ""
    row = at.last.row(cue.number, cue.back)
    if row is None and _next_one(at, cue, groups):
        return "row"
    if row is None:
        said = cue.text.strip()
        raise ask(f"上一个结果里没有“{said}”这一行。", f'The last answer has no row "{said}".', said)
    noun = at.noun(cue, {of_group(at.catalog, g) for g in groups})
    if noun:
        at.claim(noun.start, noun.end, "row")
    if cue.number == 1 and _only_that(at, cue, noun):
        at.out.best = -1 if cue.back else 1
        return "row"
    if out := _left_out(at, cue):
        if any(g.grain in FORWARD_GRAINS for g in groups):
            return ""
        at.claim(out.start, out.end, "exclude")
        at.out.where += [c.model_copy(update={"negated": True}) for c in filters(groups, [row])]
        return "row"
    point(at, row, groups)
    return "row"


def _next_one(at: Context, cue: Cue, groups: list[Group]) -> bool:
    """The second, after the best one: the best without it."""
    rows = list(at.last.ranked)
    if at.base.limit != 1 or len(rows) != 1 or cue.number != 2 or cue.back or any(g.grain for g in groups):
        return False
    at.out.where += [c.model_copy(update={"op": "!="}) for c in filters(groups, rows) if isinstance(c, FieldCondition) and c.op == "="]
    return True


def _only_that(at: Context, cue: Cue, noun: Mark | None) -> bool:
    """Just the top one, 只要第一名: the ranking with one row, where nothing is asked of that row."""
    only = [c for c in at.cues if c.kind == "only"]
    rest = [m for m in at.marks if m is not noun and not m.filler and not at.is_cue(m)]
    return bool(only) and not rest


def _left_out(at: Context, cue: Cue) -> Mark | None:
    """The word by which a row is left out: without the top one, 第一名除外."""
    near = [m for m in at.marks if m.has("exclude") and (-len("the ") <= cue.start - m.end <= 2 or 0 <= m.start - cue.end <= 2)]
    return near[0] if near else None


def find_top_things(at: Context) -> None:
    """How did the top department do by month: the first row, where more is asked than which it is."""
    for mark in [m for m in at.marks if m.has("top", "bottom") and m.text.isascii() and at.text[: m.start].endswith("the ")]:
        noun = next((m for m in at.marks if 0 <= m.start - mark.end <= 1 and (m.fields or m.entities)), None)
        groups = [g for g in at.base.group_by if noun and of_group(at.catalog, g) in named(at.catalog, noun.fields, noun.entities)]
        rest = [m for m in at.marks if m not in (mark, noun) and not m.filler and not m.has("which", "top", "bottom")]
        if noun and groups and rest and not noun.text.endswith("s"):
            at.cues.append(Cue(mark.start - len("the "), mark.end, "row", at.text[mark.start : noun.end], back=mark.has("bottom")))


def point(at: Context, row: dict[str, object], groups: list[Group]) -> None:
    """The query is of one row from now on: what it was split by becomes filters and a period."""
    at.out.where += filters(groups, [row])
    for group in groups:
        if found := period(group, row, at.base.time):
            at.out.period = found
    at.out.ungrouped |= {g.name for g in groups}
    at.out.dropped |= {"limit", "order", "having"}


def _first(at: Context, cue: Cue) -> str:
    """The first five: of rows that are in an order."""
    if not at.base.group_by or not at.base.order_by:
        return ""
    at.out.best = cue.number
    return "limit"


_WHICH_OF_THEM = ("谁", "谁的", "who", "whose")


def _of_which(at: Context, cue: Cue) -> str:
    """其中汽油多少: a part of what was asked; of those who were counted, where the last question counted some."""
    entity = _counted(at)
    return _those_counted(at, cue, entity) if entity and not at.base.group_by else "about"


def _many(at: Context, cue: Cue) -> str:
    return all_of(at, cue, cue.number if cue.number > 1 else None)


def _them(at: Context, cue: Cue) -> str:
    return all_of(at, cue, None)


def all_of(at: Context, cue: Cue, number: int | None) -> str:
    """These five departments, they: the rows of the last answer, where those were a choice."""
    groups = [g for g in at.base.group_by if refers(g)]
    noun = at.noun(cue, {of_group(at.catalog, g) for g in groups})
    if not groups and (entity := _counted(at)):
        return _those_counted(at, cue, entity)
    if not groups:
        if any(m.has("how_many", "which", "top", "bottom") for m in at.marks):
            raise ask(f"“{cue.text}”指谁？上一个结果没有列出。", f'Who or what is "{cue.text}"? The last answer listed none.', cue.text)
        _same_people(at, cue)
        return "them"
    if _is_measured(at, cue):
        return "them"
    if told := _told_by_condition(at, cue):
        at.out.ungrouped |= {g.name for g in groups if g.field == told}
        at.out.dropped |= {"limit", "having", "order"}
        return "them"
    rows, said = list(at.last.ranked), cue.text.strip()
    together = [m for m in at.marks if m.has("total") and m.text in TOGETHER]
    if number is not None and number != len(rows):
        raise ask(f"上一个结果有 {len(rows)} 行，“{said}”指哪几个？", f'The last answer has {len(rows)} rows; which ones are "{said}"?', said)
    if at.last.cut and not rows:
        raise ask(f"没有可供“{said}”引用的结果。", f'There is no answer that "{said}" could point to.', said)
    if at.last.cut:
        if len(rows) > MOST_PINNED or at.last.truncated or any(g.grain in FORWARD_GRAINS for g in groups):
            raise ask(f"“{said}”太多，或者是时间段，请写明是哪些。", f'Please name what is meant by "{said}".', said)
        at.out.where += filters(groups, rows)
        at.out.dropped |= {"limit", "having"}
    for mark in [m for m in at.marks if m.text in _WHICH_OF_THEM and not at.is_cue(m)]:
        at.claim(mark.start, mark.end, "which of them")
    if together:
        at.out.ungrouped |= {g.name for g in groups}
        for mark in together:
            at.claim(mark.start, mark.end, "them together")
    at.out.further = at.out.points = True
    if noun:
        at.claim(noun.start, noun.end, "them")
    return "them"


def _is_measured(at: Context, cue: Cue) -> bool:
    """Which store had the most of them, after customers by month: "them" is what was counted, and ranks something else."""
    word = at.before(cue, lambda m: m.has("top", "bottom"), gap=1)
    names = {g.field for g in at.base.group_by}
    if at.last.cut or word is None or _counted(at) is None or not any(m.groupable and m.groupable not in names for m in at.marks):
        return False
    at.out.ungrouped |= {g.name for g in at.base.group_by}
    return True


def _told_by_condition(at: Context, cue: Cue) -> str | None:
    """All of those 200+ trip households, after the top five of them: whom the condition of the last query keeps, said once more."""
    ahead = [m for m in at.marks if m.start >= cue.end]
    end = next((n for n, m in enumerate(ahead) if any(isinstance(c, EntityCondition) and c.entity in m.entities for c in at.base.where)), -1)
    if end < 0:
        return None
    phrase = ahead[: end + 1]
    values = [m.number.value for m in phrase if m.number]
    for c in at.base.where:
        about = {n for m in phrase[:-1] for n in (*m.metrics, *m.counters)}
        if isinstance(c, EntityCondition) and c.entity in phrase[-1].entities and c.metric.metric in about and values == [c.value]:
            at.claim(phrase[0].start, phrase[-1].end, "them")
            return c.entity
    return None


def _same_people(at: Context, cue: Cue) -> None:
    """These people in November: whom the last answer was about, in its own period, are not those of another."""
    noun = next((m for m in at.marks if 0 <= m.start - cue.end <= 2 and m.entities), None)
    ranges = [m for m in at.marks if m.time and m.time.kind == "range"]
    time = at.base.time
    if noun and time and any(m.time and (m.time.first, m.time.last) != (time.start, time.end) for m in ranges):
        said = at.text[cue.start : noun.end]
        zh = f"“{said}”指上一问那段时间里的，还是另一段时间里的？请把问题说完整。"
        raise ask(zh, f'In which period are "{said}" meant? Please ask in full.', said)


def _counted(at: Context) -> str | None:
    """What the last query counts, and nothing else."""
    (metric,) = at.base.metrics if len(at.base.metrics) == 1 else (None,)
    return whom_it_counts(at.catalog, metric.metric) if metric and metric.metric and not metric.where else None


def _those_counted(at: Context, cue: Cue, entity: str) -> str:
    """How many made 100 trips? Top ten of them: who was counted, in the period they were counted in."""
    noun = next((m for m in at.marks if 0 <= m.start - cue.end <= 2 and entity in m.entities), None)
    named_time = [m.time for m in at.marks if m.time and m.time.kind == "range"]
    time = at.base.time
    if any(time is None or (t.first, t.last) != (time.start, time.end) for t in named_time) or at.out.period:
        said = cue.text.strip()
        raise ask(f"“{said}”是按另一段时间数出来的，请把问题说完整。", f'"{said}" were counted in another period. Please ask in full.', said)
    if any(m.has("top", "bottom", "list") for m in at.marks):
        at.out.beside.append(Group(field=entity))
        _measured_by(at, entity)
    if noun:
        at.claim(noun.start, noun.end, "them")
    at.out.points, at.out.those = True, at.text[cue.start : noun.end if noun else cue.end].strip()
    return "them"


def _measured_by(at: Context, entity: str) -> None:
    """The top five of those with more than 200 trips: by trips; of those with no such condition, by what rankings are by."""
    if not any(m.has("top", "bottom") for m in at.marks) or any(m.metrics and not m.entities for m in at.marks):
        return
    held = [c.metric.metric for c in at.base.where if isinstance(c, EntityCondition) and c.entity == entity]
    metric = next((m for m in held if m), at.catalog.default_metric)
    if metric:
        at.out.unmeasured |= {m.name for m in at.base.metrics}
        at.out.measured.append(metric)


def _it(at: Context, cue: Cue) -> str:
    """That store, 这个部门: the one that the last query was about, or the only row."""
    groups = [g for g in at.base.group_by if refers(g) and g.grain is None]
    held = {d for c in at.base.where if not excludes(c) for d in of_condition(at.catalog, c)}
    noun = at.noun(cue, {of_group(at.catalog, g) for g in groups} | held)
    if noun is None:
        return ""
    own = [g for g in groups if of_group(at.catalog, g) in named(at.catalog, noun.fields, noun.entities)]
    if own:
        rows = at.last.ranked
        if len(rows) != 1:
            label = at.text[cue.start : noun.end]
            en = f'Which one is "{label}"? The last answer has {len(rows)} rows.'
            raise ask(f"“{label}”指哪一个？上一个结果有 {len(rows)} 行。", en, label)
        point(at, rows[0], own)
    at.out.whole |= named(at.catalog, noun.fields, noun.entities)
    at.claim(noun.start, noun.end, "it")
    return "it"


HANDLERS: dict[str, Handler] = {
    "row": _row,
    "of_which": _of_which,
    "first": _first,
    "many": _many,
    "them": _them,
    "it": _it,
}
