"""What the answer is split by."""

from __future__ import annotations

import re

from sqlglot import exp

from assistant.language.operators import FILLER
from assistant.reading.mark import Mark
from assistant.reading.rules.counting import counted_entity, per_entity
from assistant.reading.rules.doings_again import POINTING
from assistant.reading.rules.shorthand import name_short
from assistant.reading.rules.units import LISTED_UNITS, UNIT_NAMES, UNITS
from assistant.reading.state import State
from semantic_layer.query import TIME, FieldCondition, Grain, Group

_INSIDE = re.compile(r"\b(?:in|of|at|from|on|for|with)\b")
_OWNED = re.compile(r"(?P<where>(?:所在|所属|归属|来自)(?:的|地)?)|的|'s? | ")
_EACH_ROW = ("per", "a", "for each", "of each", "每", "每个", "每架", "每位", "每件", "每单")
_SPLITTING = ("break down", "split", "slice", "break out", "split up", "breaking down", "split out", "拆", "拆分", "拆解", "细分")


def rule(state: State) -> None:
    """By X, each X, 各X, which X, X and Y after them."""
    _name_short(state)
    _how_they_are(state)
    _units_of_measures(state)
    _per_row(state)
    for op in state.ops("by", "which"):
        targets = [] if _splits_a_metric(state, op) else [t for t in _targets(state, op) if not _is_below_a_line(state, op, t)]
        for target in targets:
            state.add_group(Group(field=target.groupable))
            state.take(target, f"group:{target.groupable}")
        if targets or any(m.became.startswith("group:") and state.close(op, m) for m in state.marks):
            state.take(op, "group")
    _each_of_a_kind(state)
    _trend(state)
    _units(state)
    _bare(state)
    _units(state)
    _named_again(state)


def _how_they_are(state: State) -> None:
    """By how old the shoppers are: those who are so say only whose it is."""
    for field in state.free(lambda m: m.fields and m.text.startswith("how ")):
        whose = next(iter(state.following(field)), None)
        told = whose is not None and whose.entities and not whose.became and state.close(field, whose, 4)
        if whose is not None and told and re.match(r" (?:is|are|was|were)\b", state.text[whose.end :]):
            state.take(whose, "subject")


def owners(state: State) -> None:
    """按客户所在的大区, the 3 客户所属国, each customer's region, per part maker: whose field splits the answer says nothing more."""
    for owner in state.free(lambda m: m.entities):
        joint = _OWNED.match(state.text, owner.end)
        before = state.before(owner)
        if joint is None or (not joint["where"] and (before is None or not before.has("by") or before.became)):
            continue
        field = next((m for m in state.free(lambda m: m.groupable and not m.metrics) if m.start == joint.end()), None)
        datasets = [d for e in owner.entities if (d := state.catalog.entity(e).dataset)]
        of_it = field and field.groupable.split(".")[0]
        if of_it and any(d == of_it or state.catalog.graph.paths(d, of_it) for d in datasets):
            owner.ops, owner.entities, owner.metrics, owner.counters, owner.shown = frozenset([FILLER]), (), (), (), ""


def _each_of_a_kind(state: State) -> None:
    """Each Type A campaign, 每个A类活动: a row for each of those that have the value."""
    for op in state.ops("by"):
        kind = next(iter(state.following(op)), None)
        if kind is None or not state.close(op, kind, 2) or op.text in ("by", "按", "分") or not (owner := _kept_in(state, kind)):
            continue
        behind = next(iter(state.following(kind)), None)
        entities = [e for e, spec in state.catalog.spec.entities.items() if spec.dataset == owner]
        named = [e for e in entities if behind and e in behind.entities] or [
            e for e in entities if any(re.search(rf"(?:^|[^a-z]){re.escape(n.lower())}s?$", kind.text) for n in state.catalog.entity(e).names())
        ]
        if named:
            state.add_group(Group(field=named[0]))
            state.take(op, "group")
            if behind and kind.segments and named[0] in behind.entities:
                state.take(behind, "group")


def _kept_in(state: State, kind: Mark) -> str:
    """The dataset that a value or a segment keeps some rows of; "" for any other mark."""
    if kind.values:
        return kind.became.split(":")[1].split(".")[0] if kind.became.startswith("filter:") else ""
    where = state.catalog.segment(kind.segments[0]).where if kind.segments and not kind.verbs and not kind.metrics else ()
    fields = [c.field for c in where if isinstance(c, FieldCondition)]
    return fields[0].split(".")[0] if len(fields) == len(where) == 1 else ""


def _name_short(state: State) -> None:
    """Campaigns by type: the type of campaigns."""
    if not any(after.unknown for op in state.ops("by") if (after := next(state.following(op), None))):
        return
    entities = {e for m in state.marks for e in m.entities}
    entities |= {e for m in state.marks for n in m.metrics if (e := counted_entity(state, n))}
    datasets = {d for e in entities if (d := state.catalog.entity(e).dataset)}
    if len(datasets) == 1:
        name_short(state, datasets.pop())


def _units_of_measures(state: State) -> None:
    """Air time in minutes: the unit of the measure splits nothing."""
    units = {state.catalog.metric(n).unit.lower() for m in state.marks for n in m.metrics} - {""}
    for mark in state.free(lambda m: m.fields and m.text in units):
        before = next(state.preceding(mark, skip=lambda m: False), None)
        if before and before.text == "in":
            state.take(mark, "unit")
    names = {n for u in {state.catalog.metric(n).unit for m in state.marks for n in m.metrics} for n in UNIT_NAMES.get(u, ())}
    for mark in state.free(lambda m: m.unknown and m.text in names):
        before = next(state.preceding(mark, skip=lambda m: False), None)
        if before and before.text in ("in", "单位", "单位是", "按"):
            state.take(mark, "unit")  # the average delivery time in hours


def _per_row(state: State) -> None:
    """Average seats per plane, by maker: what is averaged over the rows of planes is of each plane as it is."""
    averaged = {
        (a.home, k)
        for m in state.marks
        for n in m.metrics
        for a in state.catalog.formula(n).aggregates
        if isinstance(a.call, exp.Avg)
        for k in state.catalog.dataset(a.home).primary_key
    }
    rows = {e for home, key in averaged if (e := state.catalog.dataset(home).fields[key].entity)}
    for op in state.ops("by"):
        target = state.after(op)
        others = [o for o in state.ops("by") if o is not op]
        if op.text in _EACH_ROW and target and not target.became and set(target.entities) & rows and (others or state.groups):
            state.take(op, "said")
            state.take(target, "subject")


def _splits_a_metric(state: State, op: Mark) -> bool:
    """Break down flights by quarter: what is broken down is a metric, and what it is split by comes later."""
    target = state.after(op)
    later = any(m.start > op.end and (m.has("by") or m.became.startswith("group:")) for m in state.marks)
    return bool(op.text in _SPLITTING and target and target.metrics and later)


def _named_again(state: State) -> None:
    """各部门在该部门的销售额, each store's sales in that store: the group that is there already."""
    for mark in state.free(lambda m: m.groupable and not m.metrics):
        pointing = POINTING.search(state.text, 0, mark.start)
        if pointing and any(g.field == mark.groupable for g in state.groups):
            state.take(mark, f"group:{mark.groupable}")


def _is_below_a_line(state: State, op: Mark, target: Mark) -> bool:
    """客单价（每单）: what the metric is already divided by is no group."""
    names = {n for m in state.marks for n in m.metrics} | {m.metric for m in state.metrics if m.metric}
    below = op.text in ("每", "per", "each") and any((r := per_entity(state, n)) and r[1] in target.entities for n in names)
    if below:
        state.take(op, "said")
        state.take(target, "said")
    return below


def _targets(state: State, op: Mark) -> list[Mark]:
    out: list[Mark] = []
    for mark in state.following(op):
        if mark.became.startswith(("group:", "filter:")) and not out:
            if mark.became.startswith("group:"):
                return []
            continue
        if not mark.became and splits(state, mark) and state.close(out[-1] if out else op, mark, gap=4) and _joined(state, out, mark):
            out.append(mark)
        else:
            break
    return out


def splits(state: State, mark: Mark) -> bool:
    """Whether an answer can be split by what a mark names: an amount that is also a metric is no group."""
    name = mark.groupable
    return bool(name) and not (mark.metrics and "." in name and state.catalog.field(name).spec.kind == "measure")


def _joined(state: State, before: list[Mark], mark: Mark) -> bool:
    """Whether a further name is one of a list: 按省份和品类; 各省份订单 is the orders of each province."""
    between = state.text[before[-1].end : mark.start] if before else ""
    if mark.text.isascii():
        return not _INSIDE.search(between)  # by number of kids in the home
    return not before or any(w in between for w in "和与、,及跟/×&+")


def _trend(state: State) -> None:
    """A trend without a grain takes one that fits its period."""
    for op in state.ops("trend") if state.compare else ():
        if op.text in _MOVED:
            state.take(op, "compare")  # June vs May: sales and orders, any movement?
    if state.ops("trend") and not any(g.grain for g in state.groups):
        _units(state)  # 四个季度的走势
    _trend_of_average(state)
    for op in state.ops("trend"):
        state.take(op, "trend")
        if not any(g.grain for g in state.groups):
            days = (state.time.end - state.time.start).days if state.time and state.time.start and state.time.end else 366
            grain: Grain = "day" if days <= 31 else "week" if days <= 92 else "month"
            state.add_group(Group(field=TIME, grain=grain))
            state.assume(f"趋势按{ {'day': '天', 'week': '周', 'month': '月'}[grain] }展示", f"the trend is shown by {grain}")


# How it moved, which is no line to be drawn where two periods are compared.
_MOVED = ("movement", "movements", "any movement", "evolution", "变动", "变化情况")


def _trend_of_average(state: State) -> None:
    """每周平均配送时长走势: of what is an average anyway, the unit of the average is that of the trend."""
    told = next(iter(state.free(lambda m: m.time and m.time.kind == "grain" and m.time.note == "average")), None)
    named = [n for m in state.marks for n in m.metrics[:1]]
    if told and told.time and state.ops("trend") and named and all(state.catalog.formula(n).kind != "additive" for n in named):
        state.add_group(Group(field=TIME, grain=told.time.grain))  # type: ignore[arg-type]
        state.take(told, f"group:{told.time.grain}")


def _units(state: State) -> None:
    """By quarters, 四个季度的销售额, 2017 months: a bare unit of time of a longer period, behind a word of grouping or its number."""
    for mark in state.free(lambda m: m.text in UNITS | LISTED_UNITS and not m.groupable and not m.metrics):
        before = next(iter(state.preceding(mark)), None)
        grain = (UNITS | LISTED_UNITS)[mark.text]
        counted = before and before.number and not before.time
        if counted and before and state.ops("total"):
            for each in (mark, before):  # two months altogether: how many they are
                state.take(each, "tally")
            continue
        of_period = before and before.time and before.time.kind == "range" and len(mark.text) > 4
        listed = before and before.became.startswith("group:") and _joined(state, [before], mark) and mark.text in LISTED_UNITS
        asked = before and (before.has("by") or counted or of_period or listed)
        if before and asked and not any(g.field == TIME for g in state.groups) and (state.time or listed):
            state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
            state.take(mark, f"group:{grain}")
            state.take(before, "group") if not before.time and not listed else None


def _bare(state: State) -> None:
    """A field's name that nothing else took is a group, where it is the only one or stands in a list with another."""
    _bare_levels(state)
    for mark in state.free(lambda m: m.fields and not m.metrics and not m.entities):
        counted = any(m.number and 0 <= mark.start - m.end <= 1 for m in state.marks)  # 60 minutes: a unit, not a split by minute
        if state.catalog.field(mark.fields[0]).spec.kind == "dimension" and not counted and (not state.groups or _listed(state, mark)):
            state.add_group(Group(field=mark.fields[0]))
            state.take(mark, f"group:{mark.fields[0]}")


def _bare_levels(state: State) -> None:
    """供应商大区的去年营收分布: a level above the entities that the rows name splits the answer, as a bare field does."""
    levels = {f for h in state.catalog.spec.hierarchies.values() for f in h}
    for mark in state.free(lambda m: m.shown in levels and not m.metrics and not m.values):
        told = any(m.values and mark.shown in {f for f, _ in m.values} for m in state.marks)
        if not told and (not state.groups or _listed(state, mark) or _lists(state, mark)):
            state.add_group(Group(field=mark.shown))
            state.take(mark, f"group:{mark.shown}")


def _lists(state: State, mark: Mark) -> bool:
    """Whether a group directly follows it: 客户大区和细分市场."""
    after = next(state.following(mark), None)
    return bool(after and after.became.startswith("group:") and state.close(after, mark, gap=4))


def _listed(state: State, mark: Mark) -> bool:
    """Whether it directly follows a group: by department and brand."""
    before = next(state.preceding(mark), None)
    return bool(before and before.became.startswith("group:") and state.close(before, mark, gap=4))
