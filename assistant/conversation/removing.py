"""What a follow-up takes out of the last query: filters, groups, metrics, the limit, the comparison."""

from __future__ import annotations

from assistant.conversation.context import Context, Handler, ask
from assistant.conversation.cues import Cue
from assistant.conversation.dimensions import excludes, named, of_condition, of_group
from assistant.conversation.measured import measure_replaced
from assistant.reading.mark import Mark
from semantic_layer.query import TIME, Condition, FieldCondition, SegmentCondition

_GAP = 6  # characters of small words between a word of removal and that it is of a filter
_LITERAL = ("without", "no", "without the", "不要", "不看")  # leave out what they name, even where it was all that was asked for
# Says that rows are added up to one.
TOGETHER = (
    "together", "combined", "altogether", "in total", "all together",
    "一共", "总共", "合计", "共计", "加起来", "合起来", "合在一起", "加在一起", "共",
)  # fmt: skip
_BY = ("按", "拆", "分", "split", "group", "break")


def _filter_noun(at: Context, cue: Cue) -> str:
    return "" if not at.out.without and not at.out.dropped else "filter"


def _remove(at: Context, cue: Cue) -> str:
    target = at.after(cue, lambda m: True)
    if target is not None and target.unknown:
        target = None
    near = [c for c in at.cues if c.kind in ("filter_noun", "everything") and 0 <= c.start - cue.end <= _GAP]
    noun = next((c for c in near if c.kind == "filter_noun"), near[0] if near else None)
    after = next((m for m in at.marks if m.start >= cue.end and not m.filler), None)
    if after is not None and after.start - cue.end <= 2 and measure_replaced(at, after):
        at.out.instead = True
        at.claim(after.start, after.end, "removed")
        return "remove"
    if target is not None and target.metrics and not target.entities and len(at.base.metrics) == 1 == len(_measures(at, target)):
        label = at.text[target.start : target.end]
        raise ask(f"“{label}”是唯一的指标，不能去掉。要换成哪个指标？", f'"{label}" is the only measure. Which one instead?', label)
    if target is not None and (noun is None or target.start <= noun.end + 2) and takes_out(at, target, cue):
        at.claim(target.start, target.end, "removed")
        number = next((m for m in at.marks if m.number and 0 <= m.start - target.end <= 1), None) if "limit" in at.out.dropped else None
        if number:
            at.claim(number.start, number.end, "removed")
        return "remove"
    if target is not None and noun is None and (target.values or target.segments) and cue.text.isascii():
        # Drop the 65+: not asked for itself, so it is left out.
        at.out.claimed.append(Mark(cue.start, cue.end, cue.text, ops=frozenset(["exclude"])))
        return ""
    if noun is not None and target is None and (done := _all_filters(at, noun)):
        return done
    return _suffix_remove(at, cue) if not cue.text.isascii() else ""


def _measures(at: Context, target: Mark) -> list[str]:
    return [m.metric for m in at.base.metrics if m.metric in target.metrics]


def _suffix_remove(at: Context, cue: Cue) -> str:
    target = at.before(cue, lambda m: True)
    if target is None or not takes_out(at, target, cue):
        return "removed" if at.out.without else ""
    at.claim(target.start, target.end, "removed")
    return "remove"


def _unknowns(at: Context, cue: Cue) -> str:
    """Drop the unknowns, 不明的都不要: only rows of which the groups say something."""
    words = [c for c in at.cues if c.kind in ("remove", "suffix_remove")]
    marks = [m for m in at.marks if m.has("exclude") and not at.is_cue(m)]
    fields = [g.field for g in at.base.group_by if g.field and "." in g.field and not g.grain]
    if not fields or not (words or marks):
        return ""
    for start, end in [(c.start, c.end) for c in words] + [(m.start, m.end) for m in marks]:
        at.claim(start, end, "removed")
    at.out.where += [FieldCondition(field=f, op="not_null") for f in fields]
    return "removed"


def _restore(at: Context, cue: Cue) -> str:
    """Put fuel back in, 汽油加回来: what was left out is counted again."""
    for target in (at.before(cue, lambda m: True), at.after(cue, lambda m: True)):
        held = [c for c in at.base.where if target and _holds(c, target) and excludes(c)]
        if target is None or not held:
            continue
        for c in held:
            at.out.without.append(c)
            at.out.where += _others(c, target)
        at.claim(target.start, target.end, "restored")
        return "restored"
    return ""


def _others(condition: Condition, target: Mark) -> list[Condition]:
    """What stays left out."""
    if not isinstance(condition, FieldCondition) or not isinstance(condition.value, tuple):
        return []
    named = {v for f, v in target.values if f == condition.field} | set(target.ids[1] if target.ids else ())
    rest = tuple(v for v in condition.value if v not in named)
    return [condition.model_copy(update={"value": rest})] if rest else []


def _all_filters(at: Context, noun: Cue) -> str:
    if noun.text in ("limit", "limits", "cutoff", "限制") and at.base.limit:
        at.out.dropped |= {"limit"}
    elif at.base.where and noun.kind == "filter_noun":
        at.out.without += at.base.where
    else:
        return ""
    return "remove"


def takes_out(at: Context, target: Mark, cue: Cue) -> bool:
    """Takes out of the last query what a mark names, if it is there."""
    held = _held(at, target)
    if held and (target.values or target.segments or target.ids) and cue.text in _LITERAL and not _is_filter(at, target):
        return False
    dimensions = named(at.catalog, target.fields, target.entities)
    groups = {g.name for g in at.base.group_by if at.names_group(target, g, dimensions)}
    if any(w in cue.text for w in _BY) and groups:
        at.out.ungrouped |= groups
    elif held:
        at.out.without += held
    elif groups and not target.values:
        at.out.ungrouped |= groups
    elif len(at.base.metrics) > 1 and (gone := {m.name for m in at.base.metrics if m.metric in target.metrics}):
        at.out.unmeasured |= gone
    else:
        return _takes_out_part(at, target)
    return True


def _is_filter(at: Context, target: Mark) -> bool:
    """Whether a name is said to be that of a filter: 自有品牌这个条件."""
    return any(c.kind == "filter_noun" and 0 <= c.start - target.end <= 2 for c in at.cues)


def _takes_out_part(at: Context, target: Mark) -> bool:
    base, parts = at.base, at.out.dropped
    if target.number and any(h.value == target.number.value for h in base.having):
        for mark in at.marks:
            if 0 <= mark.start - target.end <= 1 and (mark.metrics or mark.counters or mark.entities):
                at.claim(mark.start, mark.end, "removed")
        parts |= {"having"}
        return True
    compared = target.has("versus", "growth", "change", "decline") or (target.time is not None and target.time.kind == "compare")
    if target.has("top", "bottom") and (base.limit or base.order_by):
        parts |= {"limit"} if base.limit else {"order"}
    elif target.has("share") and (base.share or any(m.share for m in base.metrics)):
        parts |= {"share"}
    elif compared and base.compare:
        parts |= {"compare"}
    elif target.has("running", "rolling") and base.running:
        parts |= {"running"}
    elif base.time and target.time and target.time.kind == "range" and (target.time.first, target.time.last) == (base.time.start, base.time.end):
        parts |= {"time"}
    else:
        return False
    return True


def _held(at: Context, target: Mark) -> list[Condition]:
    """The conditions of the last query that a mark names: by their value, or by what they are about."""
    if target.time and target.time.kind == "weekday":
        for mark in at.marks:
            if mark.time and mark.time.kind == "weekday" and mark is not target:
                at.claim(mark.start, mark.end, "removed")
        return [c for c in at.base.where if isinstance(c, FieldCondition) and c.grain == "day_of_week"]
    if target.values or target.segments or target.ids:
        return [c for c in at.base.where if _holds(c, target) and not excludes(c)]
    dimensions = named(at.catalog, target.fields, target.entities)
    return [c for c in at.base.where if of_condition(at.catalog, c) & dimensions]


def _everything(at: Context, cue: Cue) -> str:
    """All stores, 所有门店: the filter on them goes; where they were only cut to the first few, the cut."""
    target = at.after(cue, lambda m: bool(m.fields or m.entities), gap=2)
    if target is None and _alone(at, cue) and not at.out.without and (at.base.where or at.base.limit or at.base.having):
        at.out.without += at.base.where  # back to everything, 回到全部
        at.out.dropped |= set() if at.base.where else {"limit", "having"}
        at.out.strong = True
        return "remove"
    if target is None:
        return "removed" if at.out.without and at.after(cue, lambda m: True) is None else ""
    held = _held(at, target)
    dimensions = named(at.catalog, target.fields, target.entities)
    own = {g.name for g in at.base.group_by if at.names_group(target, g, dimensions)}
    together = [m for m in at.marks if m.has("total") and m.text in TOGETHER]
    if own and together:
        at.out.ungrouped |= own
        at.out.dropped |= {"limit", "having"}
        at.out.without += held
        for mark in (target, *together):
            at.claim(mark.start, mark.end, "total")
        return "total"
    if held and any(m.has("share") for m in at.marks):
        at.out.part |= dimensions
    elif held:
        at.out.without += held
    elif at.base.limit and any(of_group(at.catalog, g) in dimensions for g in at.base.group_by):
        at.out.dropped |= {"limit", "having"}
    elif at.base.having and any(of_group(at.catalog, g) in dimensions for g in at.base.group_by):
        at.out.dropped |= {"having"}
    else:
        return ""
    at.claim(target.start, target.end, "removed")
    return "remove"


def _alone(at: Context, cue: Cue) -> bool:
    """Whether a cue is all that is said, but for other cues and fillers."""
    return all(m.filler or at.is_cue(m) for m in at.marks) and any(c.kind in ("instead", "about", "about_end") for c in at.cues)


def _everyone(at: Context, cue: Cue) -> str:
    people = [e for e, spec in at.catalog.spec.entities.items() if spec.people]
    about = named(at.catalog, (), people)
    held = [c for c in at.base.where if of_condition(at.catalog, c) & about]
    at.out.without += held
    return "everyone" if held or at.out.without else ""


def _all_rows(at: Context, cue: Cue) -> str:
    if not (at.base.limit or at.base.having):
        return ""
    at.out.dropped |= {"limit", "having"}
    return "all rows"


def _all_time(at: Context, cue: Cue) -> str:
    if at.base.time is None:
        return ""
    at.out.dropped |= {"time"}
    return "all time"


def _total(at: Context, cue: Cue) -> str:
    """One number: no groups. "Total sales" only names the metric."""
    after = next((m for m in at.marks if 0 <= m.start - cue.end <= 1), None)
    if not at.base.group_by or any(m.has("share") for m in at.marks) or (after and (after.metrics or after.has("by"))):
        return ""
    if any(m.has("by", "which") or m.groupable for m in at.marks if not at.is_cue(m)) and not at.out.ungrouped:
        return ""
    at.out.ungrouped |= {g.name for g in at.base.group_by}
    return "total"


def _ungrouped(at: Context, cue: Cue) -> str:
    names = {g.name for g in at.base.group_by if g.field == TIME and g.grain == cue.grain}
    at.out.ungrouped |= names
    return "remove" if names else ""


def _holds(condition: Condition, target: Mark) -> bool:
    """Whether a condition is of a value or segment that a mark names."""
    if isinstance(condition, SegmentCondition):
        return condition.segment in target.segments
    if not isinstance(condition, FieldCondition):
        return False
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    if target.ids:
        return condition.field == target.ids[0] and set(values) <= set(target.ids[1])
    return any(f == condition.field and v in values for f, v in target.values)


HANDLERS: dict[str, Handler] = {
    "filter_noun": _filter_noun,
    "restore": _restore,
    "unknowns": _unknowns,
    "remove": _remove,
    "suffix_remove": _suffix_remove,
    "everything": _everything,
    "everyone": _everyone,
    "all_rows": _all_rows,
    "all_time": _all_time,
    "total": _total,
    "ungrouped": _ungrouped,
}
