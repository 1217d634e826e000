"""What the answer is split by."""

from __future__ import annotations

import re

from assistant.reading.marks import Mark
from assistant.reading.rules.bounds import UNITS
from assistant.reading.rules.counting import per_entity
from assistant.reading.state import State
from semantic_layer.query import TIME, Grain, Group

_POINTING = re.compile(r"(?:该|此|这个|那个|同一个?|同个|\b(?:that|this|the same|said))\s*$")


def rule(state: State) -> None:
    """By X, each X, 各X, which X, X and Y after them."""
    for op in state.ops("by", "which"):
        targets = [t for t in _targets(state, op) if not _is_below_a_line(state, op, t)]
        for target in targets:
            state.add_group(Group(field=target.groupable))
            state.take(target, f"group:{target.groupable}")
        if targets or any(m.became.startswith("group:") and state.close(op, m) for m in state.marks):
            state.take(op, "group")
    _trend(state)
    _units(state)
    _bare(state)
    _named_again(state)


def _named_again(state: State) -> None:
    """各部门在该部门的销售额, each store's sales in that store: the group that is there already."""
    for mark in state.free(lambda m: m.groupable and not m.metrics):
        pointing = _POINTING.search(state.text, 0, mark.start)
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
        if not mark.became and mark.groupable and state.close(out[-1] if out else op, mark, gap=4) and _joined(state, out, mark):
            out.append(mark)
        else:
            break
    return out


def _joined(state: State, before: list[Mark], mark: Mark) -> bool:
    """Whether a further name is one of a list: 按省份和品类; 各省份订单 is the orders of each province."""
    return not before or mark.text.isascii() or any(w in state.text[before[-1].end : mark.start] for w in "和与、,及跟/×&+")


def _trend(state: State) -> None:
    """A trend without a grain takes one that fits its period."""
    for op in state.ops("trend"):
        state.take(op, "trend")
        if not any(g.grain for g in state.groups):
            days = (state.time.end - state.time.start).days if state.time and state.time.start and state.time.end else 366
            grain: Grain = "day" if days <= 31 else "week" if days <= 92 else "month"
            state.add_group(Group(field=TIME, grain=grain))
            state.assume(f"趋势按{ {'day': '天', 'week': '周', 'month': '月'}[grain] }展示", f"the trend is shown by {grain}")


def _units(state: State) -> None:
    """By quarters, 四个季度的销售额, 2017 months: a bare unit of time of a longer period, behind a word of grouping or its number."""
    for mark in state.free(lambda m: m.text in UNITS and not m.groupable and not m.metrics):
        before = next(iter(state.preceding(mark)), None)
        grain = UNITS[mark.text]
        counted = before and before.number and not before.time
        of_period = before and before.time and before.time.kind == "range" and len(mark.text) > 4
        asked = before and (before.has("by") or counted or of_period)
        if before and asked and not any(g.field == TIME for g in state.groups) and state.time:
            state.add_group(Group(field=TIME, grain=grain))  # type: ignore[arg-type]
            state.take(mark, f"group:{grain}")
            state.take(before, "group") if not before.time else None


def _bare(state: State) -> None:
    """A field's name that nothing else took is a group, where it is the only one or stands in a list with another."""
    for mark in state.free(lambda m: m.fields and not m.metrics and not m.entities):
        counted = any(m.number and 0 <= mark.start - m.end <= 1 for m in state.marks)  # 60 minutes: a unit, not a split by minute
        if state.catalog.field(mark.fields[0]).spec.kind == "dimension" and not counted and (not state.groups or _listed(state, mark)):
            state.add_group(Group(field=mark.fields[0]))
            state.take(mark, f"group:{mark.fields[0]}")


def _listed(state: State, mark: Mark) -> bool:
    """Whether it directly follows a group: by department and brand."""
    before = next(state.preceding(mark), None)
    return bool(before and before.became.startswith("group:") and state.close(before, mark, gap=4))
